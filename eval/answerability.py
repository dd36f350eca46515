"""Is a question that the sources answer told from one that they do not? `python -m eval.answerability` measures it.

For each kind of question without an answer (a detail that is not reported, a false premise, an unknown company, out of
scope) the ROC AUC of `service.answering.answerability` against the questions of fact that are answered, beside that of
the best cosine alone, and how often the gold sentence comes first. With `--fit` the weights are fitted anew (needs the
extra `bench`) and judged with each question left out in turn.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from eval.golden import TODAY, GoldenQuestion, load_questions
from eval.grounding.metrics import Array, Estimate, bootstrap, roc_auc
from eval.targets import request_of
from service.answering.answer import AnswerFilters
from service.answering.answerability import Answerability, answerability
from service.answering.engine import Engine, open_engine
from service.answering.facts import tells_all
from service.answering.known import NOTHING
from service.settings import load_settings

WITHOUT_ANSWER = {
    "not reported": ("unanswerable",),
    "false premise": ("false_premise",),
    "unknown or out of scope": ("unknown_company", "out_of_scope"),
}
"""Kinds of questions without an answer → types of the question files."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A question with its answerability, its best cosine, and the place of the first vital gold sentence from 0."""

    id: str
    type: str
    answered: bool
    parts: Answerability
    gold_at: int | None


def score(engine: Engine, golden: GoldenQuestion) -> Scored:
    """The answerability of a golden question."""
    question = engine.understood(request_of(golden), NOTHING, TODAY)
    work = engine.composer.evidence(question, AnswerFilters())
    gold = [each.sentence for each in golden.gold if each.grade == "vital"]
    places = (
        place
        for place, item in enumerate(work.ranked)
        if any(item.sentence.text in sentence or sentence in item.sentence.text for sentence in gold)
    )
    parts = answerability(work, is_told=tells_all(work))
    return Scored(golden.id, golden.type, golden.answerable is True, parts, next(places, None))


def report(scored: Sequence[Scored], draws: int, seed: int) -> list[str]:
    """The table, a line each."""
    answered = [each for each in scored if each.type == "fact" and each.answered]
    lines = [f"{'answered facts against':26}{'n':>8}{'answerability':>22}{'best cosine':>22}"]
    for name, types in WITHOUT_ANSWER.items():
        others = [each for each in scored if each.type in types]
        both = [*answered, *others]
        labels = np.array([1] * len(answered) + [0] * len(others))
        columns = []
        for values in ([e.parts.probability for e in both], [e.parts.cosine for e in both]):
            estimate = bootstrap(roc_auc, np.array(values), labels, [e.id for e in both], draws=draws, seed=seed)
            columns.append(_shown(estimate))
        lines.append(f"{name:26}{len(answered):>4}+{len(others):<3}{columns[0]:>22}{columns[1]:>22}")
    with_gold = [each for each in answered if each.gold_at is not None]
    for most in (1, 3, 10):
        share = sum(each.gold_at is not None and each.gold_at < most for each in with_gold) / max(1, len(answered))
        lines.append(f"gold sentence among the first {most}: {share:.2f}")
    return lines


def fitted(scored: Sequence[Scored]) -> list[str]:
    """Weights fitted on the questions, and the AUC of each kind with every question left out in turn."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    kinds = {type: name for name, types in WITHOUT_ANSWER.items() for type in types}
    used = [each for each in scored if (each.type == "fact" and each.answered) or each.type in kinds]
    rows: Array = np.array([astuple(each.parts) for each in used])
    labels = np.array([int(each.type == "fact") for each in used])

    def model() -> Any:
        return make_pipeline(StandardScaler(), LogisticRegression(C=0.1))

    left_out = np.array(
        [
            model().fit(np.delete(rows, at, axis=0), np.delete(labels, at)).decision_function(rows[at : at + 1])[0]
            for at in range(len(used))
        ]
    )
    whole = model().fit(rows, labels)
    weights = whole[-1].coef_[0] / whole[0].scale_
    constant = float(whole[-1].intercept_[0] - weights @ whole[0].mean_)
    lines = [f"{field.name:10}{weight:8.2f}" for field, weight in zip(fields(Answerability), weights, strict=True)]
    lines.append(f"{'constant':10}{constant:8.2f}")
    for name, types in WITHOUT_ANSWER.items():
        chosen = np.array([each.type == "fact" or each.type in types for each in used])
        lines.append(f"left out one by one, {name}: {roc_auc(left_out[chosen], labels[chosen]):.3f}")
    return lines


def _shown(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0."""
    parser = argparse.ArgumentParser(prog="python -m eval.answerability", description=__doc__)
    parser.add_argument("--questions", type=Path, required=True, nargs="+", metavar="FILE", help="JSONL of questions")
    parser.add_argument("--fit", action="store_true", help="fit the weights on these questions and print them")
    parser.add_argument("--draws", type=int, default=1_000, help="bootstrap resamples (default 1000)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    engine = open_engine(load_settings())
    try:
        scored = [score(engine, golden) for golden in load_questions(options.questions)]
    finally:
        engine.close()
    print("\n".join(fitted(scored) if options.fit else report(scored, options.draws, options.seed)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
