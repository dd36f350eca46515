"""What follows the training of the cross-encoder: export to int8 ONNX, the joins with stage A, and the figures.

Called by `eval.grounding.train_cross_encoder`. The joins are fitted on development data alone (contrastive dev, its
variations, held-out entailment pairs); the human-labelled sets are only measured.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from eval.grounding.data import Asked, Claim
from eval.grounding.metrics import bootstrap, roc_auc
from service.grounding.cross_encoder import CrossEncoder, CrossEncoderAnswers, CrossEncoderScore
from service.grounding.lexicon import Lexicon
from service.grounding.score import Answerability, LearnedScore

if TYPE_CHECKING:
    from eval.grounding.network import Network

Array = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

MOST_BYTES = 30_000_000
"""What the shipped network may take."""


def export(network: Network, path: Path) -> None:
    """Write the network to `path` as ONNX with int8 weights (dynamic quantisation, one scale for each column).

    Weights take seven bits, since processors without VNNI add products of eight-bit ones in sixteen bits and overflow.

    Raises:
        ValueError: the file is larger than `MOST_BYTES`.
    """
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    network.eval()
    ids = torch.tensor([[101, 2028, 102, 101, 2048, 102], [101, 2093, 102, 101, 2176, 102]])
    positions = torch.tensor([[0, 1, 2, 0, 1, 2]] * 2)
    segments = torch.tensor([[0, 0, 0, 1, 1, 1]] * 2)
    shape = {0: torch.export.Dim("pairs"), 1: torch.export.Dim("tokens")}
    with tempfile.TemporaryDirectory() as folder, torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's remarks on its own internals
        whole = Path(folder) / "whole.onnx"
        torch.onnx.export(
            network, (ids, positions, segments), str(whole), input_names=["ids", "positions", "segments"],
            output_names=["support", "marks", "answers"], dynamic_shapes=(shape, shape, shape), dynamo=True,
            verbose=False, external_data=False,
        )  # fmt: skip
        quantize_dynamic(whole, path, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path} takes {path.stat().st_size:,} bytes, more than {MOST_BYTES:,}.")


# --- joins -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """One part of the data of a join: a row of log-odds for each text, its label, and the source it stands in."""

    values: Array
    labels: Labels
    sources: Sequence[str]


def fit(parts: Sequence[Part]) -> list[float]:
    """Weights and constant of a logistic regression; every part, and both labels in it, count the same.

    A weight below zero would mean that support speaks against support: such a column is left out (weight 0).
    """
    from sklearn.linear_model import LogisticRegression

    values, labels = np.concatenate([part.values for part in parts]), np.concatenate([part.labels for part in parts])
    weights = np.concatenate([_even(part.labels) for part in parts])
    columns = list(range(values.shape[1]))
    while True:
        found = LogisticRegression(C=10.0, max_iter=1_000).fit(values[:, columns], labels, sample_weight=weights)
        below = [column for column, weight in zip(columns, found.coef_[0], strict=True) if weight < 0]
        if not below or len(columns) == 1:
            break
        columns.remove(min(below, key=lambda column: float(found.coef_[0][columns.index(column)])))
    filled = np.zeros(values.shape[1])
    filled[columns] = found.coef_[0]
    return [round(float(weight), 4) for weight in (*filled, found.intercept_[0])]


def _even(labels: Labels) -> Array:
    found = np.zeros(len(labels))
    for label in (0, 1):
        chosen = labels == label
        found[chosen] = 500.0 / max(1, chosen.sum())
    return found


def crossed(parts: Sequence[Part], seed: int) -> Array:
    """Log-odds of the first part's rows by joins that were fitted without their sources (five folds)."""
    from sklearn.model_selection import GroupKFold

    first, rest = parts[0], parts[1:]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(first.sources))}
    groups = [numbers[name] for name in first.sources]
    found = np.zeros(len(first.labels))
    for train, test in GroupKFold(5, shuffle=True, random_state=seed).split(first.values, first.labels, groups):
        kept = Part(first.values[train], first.labels[train], [first.sources[index] for index in train])
        *weights, constant = fit([kept, *rest])
        found[test] = first.values[test] @ np.array(weights) + constant
    return found


def claim_part(score: CrossEncoderScore, claims: Sequence[Claim]) -> Part:
    """The rows of claims of one sentence; of several only their whole has a label."""
    rows, labels, sources = [], [], []
    for claim in claims:
        values = score.values(claim.text, claim.sentences)
        if len(values) == 1:
            rows.append(values[0])
            labels.append(claim.label)
            sources.append(claim.source)
    return Part(np.array(rows), np.array(labels), sources)


def question_part(score: CrossEncoderAnswers, questions: Sequence[Asked]) -> Part:
    """A row for every sentence beside its question."""
    values, labels, sources = [], [], []
    for question in questions:
        values.append(score.values(question.text, question.sentences))
        labels += [int(index in question.answers) for index in range(len(question.sentences))]
        sources += [question.source] * len(question.sentences)
    return Part(np.concatenate(values), np.array(labels), sources)


@dataclass(frozen=True)
class Judged:
    """Scores of several judges on one set."""

    name: str
    scores: dict[str, Array]
    labels: Labels
    sources: Sequence[str]


def area(judged: Judged, judge: str, draws: int, seed: int) -> dict[str, float]:
    """ROC AUC with its 95 % interval over resampled sources."""
    found = bootstrap(roc_auc, judged.scores[judge], judged.labels, judged.sources, draws=draws, seed=seed)
    return {"value": round(found.value, 3), "low": round(found.low, 3), "high": round(found.high, 3)}


def paired_difference(sets: Sequence[Judged], one: str, other: str, draws: int, seed: int) -> dict[str, float]:
    """How much more mean ROC AUC over the sets `one` has than `other`, with a 95 % interval.

    The same resampled sources are used for both (paired cluster bootstrap), in every set independently.
    """
    random = np.random.default_rng(seed)
    numbered = [{name: number for number, name in enumerate(dict.fromkeys(judged.sources))} for judged in sets]
    places = [
        np.array([numbers[name] for name in judged.sources]) for judged, numbers in zip(sets, numbered, strict=True)
    ]
    differences = []
    for draw in range(draws + 1):
        each = []
        for judged, numbers, place in zip(sets, numbered, places, strict=True):
            count = len(numbers)
            # The first draw takes every source once: the estimate itself.
            drawn = random.multinomial(count, np.full(count, 1 / count)) if draw else np.ones(count)
            weights = drawn[place].astype(np.float64)
            each.append(
                roc_auc(judged.scores[one], judged.labels, weights)
                - roc_auc(judged.scores[other], judged.labels, weights)
            )
        differences.append(float(np.mean(each)))
    low, high = np.quantile(differences[1:], (0.025, 0.975))
    return {"value": round(differences[0], 3), "low": round(float(low), 3), "high": round(float(high), 3)}


def judge_all(
    lexicon: Lexicon,
    encoder: CrossEncoder,
    first: LearnedScore,
    claims: Sequence[tuple[str, str, tuple[str, ...]]],
    progress: Callable[[int], None] = lambda _: None,
) -> dict[str, Array]:
    """Scores of stage A, of the network alone and of both joined on (source, statement, sentences)."""
    joined = CrossEncoderScore(lexicon, encoder, first)
    a, b, both = [], [], []
    weights, joint = np.array(encoder.weights["support"]), np.array(encoder.weights["support_joined"])
    for number, (_, statement, sentences) in enumerate(claims):
        values = joined.values(statement, sentences)
        if len(values):
            a.append(float(values[:, 0].min()))
            b.append(float((values[:, 1:] @ weights[:-1] + weights[-1]).min()))
            both.append(float((values @ joint[:-1] + joint[-1]).min()))
        else:
            a.append(-50.0)
            b.append(-50.0)
            both.append(-50.0)
        progress(number)
    return {"stage A": np.array(a), "stage B": np.array(b), "joined": np.array(both)}


def answer_figures(
    encoder: CrossEncoder, first: Answerability, questions: Sequence[Asked]
) -> dict[str, dict[str, float]]:
    """For stage A, the network alone and both joined: ROC AUC of the best sentence's score against whether any answers,
    and how often an answering sentence comes first and among the first three.
    """
    both = CrossEncoderAnswers(encoder, first)
    values = [both.values(question.text, question.sentences) for question in questions]
    truth = np.array([question.label for question in questions])
    alone, joint = np.array(encoder.weights["answers"]), np.array(encoder.weights["answers_joined"])
    ways: dict[str, Callable[[Array], Array]] = {
        "stage A": lambda v: v[:, 0],
        "stage B": lambda v: v[:, 1:] @ alone[:-1],
        "joined": lambda v: v @ joint[:-1],
    }
    found = {}
    for name, way in ways.items():
        scores = [way(value) for value in values]
        ranks = [
            (np.argsort(-score, kind="stable"), question.answers)
            for score, question in zip(scores, questions, strict=True)
            if question.answers
        ]
        found[name] = {
            "auc": round(roc_auc(np.array([score.max() for score in scores]), truth), 3),
            "first": round(float(np.mean([rank[0] in answers for rank, answers in ranks])), 3),
            "among three": round(
                float(np.mean([bool(set(rank[:3].tolist()) & set(answers)) for rank, answers in ranks])), 3
            ),
        }
    return found


def agreement(network_outputs: Array, encoder: CrossEncoder, pairs: Sequence[Any]) -> dict[str, float]:
    """How far the int8 probabilities of support are from those of the network as trained, on the same pairs."""
    exported = np.array([[r.support, r.wrong] for r in (encoder.read(p.text, p.evidence) for p in pairs)])
    probabilities = 1.0 / (1.0 + np.exp(-exported[:, 0])), 1.0 / (1.0 + np.exp(-network_outputs[:, 0]))
    gaps = np.abs(probabilities[0] - probabilities[1])
    return {
        "pairs": len(pairs),
        "largest": round(float(gaps.max()), 3),
        "mean": round(float(gaps.mean()), 4),
        "correlation": round(float(np.corrcoef(exported[:, 0], network_outputs[:, 0])[0, 1]), 4),
    }
