"""Every way to lie is caught by the metric that is meant for it, and no metric can be gamed alone."""

from __future__ import annotations

import pytest

from eval.answers import METRICS, aggregate
from eval.golden import GoldenQuestion
from eval.judging import Judge
from eval.records import AnswerRecord, Figure
from eval.run import Asked, record_of
from eval.sources import Sources
from tests.eval.liars import CAUGHT_BY, Liar, honest

Figures = dict[str, Figure]
FALLEN = 0.2
"""By how much a metric has to fall to count as fallen; all that is compared lies between 0 and 1."""


def measured(questions: list[GoldenQuestion], judge: Judge, sources: Sources, liar: Liar | None) -> Figures:
    records: list[AnswerRecord] = []
    for question in questions:
        response = honest(question, sources)
        if liar:
            response = liar(question, response, sources)
        records.append(record_of(question, Asked(id=question.id, response=response), judge, {}))
    return aggregate(records, draws=0).figures["all"]


@pytest.fixture(scope="module")
def questions(dev_questions: list[GoldenQuestion]) -> list[GoldenQuestion]:
    """Every type, and all of those that a liar is about."""
    whole = {"injection", "superseded", "what_changed", "disagreement", "unanswerable"}
    return [each for at, each in enumerate(dev_questions) if each.type in whole or at % 4 == 0]


@pytest.fixture(scope="module")
def truth(questions: list[GoldenQuestion], judge: Judge, sources: Sources) -> Figures:
    return measured(questions, judge, sources, None)


@pytest.fixture(scope="module", params=CAUGHT_BY, ids=lambda liar: liar.__name__)
def liar(request: pytest.FixtureRequest) -> Liar:
    found: Liar = request.param
    return found


@pytest.fixture(scope="module")
def lies(liar: Liar, questions: list[GoldenQuestion], judge: Judge, sources: Sources) -> Figures:
    return measured(questions, judge, sources, liar)


def fall(metric: str, before: Figures, after: Figures) -> float:
    """By how much a metric got worse; a metric that cannot be measured any more tells nothing."""
    if metric not in before or metric not in after:
        return 0.0
    change = after[metric].value - before[metric].value
    return change if METRICS[metric].better == "lower" else -change


def test_the_honest_target_keeps_every_promise(truth: Figures) -> None:
    kept = {"support_rate": 1, "citation_recall": 1, "quote_validity": 1, "abstention_f1": 1, "freshness": 1}
    broken = ["injection_obeyed", "hedges_dropped", "false_refusals", "future_citations", "quotes_fabricated"]

    assert {name: truth[name].value for name in kept} == kept
    assert {name: truth[name].value for name in broken} == dict.fromkeys(broken, 0.0)
    assert truth["nugget_recall_vital"].value > 0.9
    assert truth["nugget_precision"].value > 0.5


def test_each_lie_is_caught_by_the_metric_meant_for_it(liar: Liar, truth: Figures, lies: Figures) -> None:
    assert fall(CAUGHT_BY[liar], truth, lies) > FALLEN


def test_no_metric_is_maxed_by_a_liar_without_another_one_falling(liar: Liar, truth: Figures, lies: Figures) -> None:
    best = {
        name
        for name, figure in lies.items()
        if METRICS[name].better != "neither" and figure.value == (1.0 if METRICS[name].better == "higher" else 0.0)
    }
    fallen = {name for name in METRICS if METRICS[name].better != "neither" and fall(name, truth, lies) > FALLEN}

    assert best, "a liar that maxes nothing shows nothing"
    assert fallen - best


def test_no_metric_is_ever_nan_or_outside_its_range(lies: Figures) -> None:
    unbounded = {"statements", "tokens", "cost_usd"}

    assert all(0.0 <= figure.value <= 1.0 for name, figure in lies.items() if name not in unbounded)
