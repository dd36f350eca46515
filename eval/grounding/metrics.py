"""Metrics of a judge that gives each statement a score, and bootstrap intervals of them.

Every metric takes `scores`, `labels` (1 supported, 0 not) and `weights` of rows (how often each counts, 1 by default),
which is how a bootstrap resamples. A judge that gives the same score to everything, or a set of one class, yields a
number (chance), never NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
Metric = Callable[[Array, Labels, Array], float]

BINS = 10
"""Equal-width bins of the calibration error and of the reliability diagram."""


def roc_auc(scores: Array, labels: Labels, weights: Array | None = None) -> float:
    """Probability that a supported statement scores above an unsupported one, ties counting half; .5 for one class.

    The area under the ROC curve (Fawcett, "An introduction to ROC analysis", 2006).
    """
    counts = np.ones(len(scores)) if weights is None else weights
    _, places = np.unique(scores, return_inverse=True)
    positive = np.bincount(places, counts * (labels == 1))
    negative = np.bincount(places, counts * (labels == 0))
    total = positive.sum() * negative.sum()
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum() / total) if total > 0 else 0.5


def balanced_accuracy(scores: Array, labels: Labels, threshold: float, weights: Array | None = None) -> float:
    """Mean of the shares of supported statements at or above the threshold and of unsupported ones below it.

    A class that is missing counts a half, so that a set of one class gives no full marks.
    """
    counts = np.ones(len(scores)) if weights is None else weights
    shares = []
    for label, right in ((1, scores >= threshold), (0, scores < threshold)):
        total = counts[labels == label].sum()
        shares.append(counts[(labels == label) & right].sum() / total if total > 0 else 0.5)
    return float(np.mean(shares))


def f1_unsupported(scores: Array, labels: Labels, threshold: float, weights: Array | None = None) -> float:
    """F1 of finding the unsupported statements; 0 when none is found or there is none."""
    counts = np.ones(len(scores)) if weights is None else weights
    called = scores < threshold
    hits = counts[called & (labels == 0)].sum()
    total = counts[called].sum() + counts[labels == 0].sum()
    return float(2 * hits / total) if total > 0 else 0.0


def calibration_error(scores: Array, labels: Labels, weights: Array | None = None) -> float:
    """Expected calibration error: the mean gap between score and share supported over `BINS` equal-width bins.

    Guo et al., "On Calibration of Modern Neural Networks", 2017, section 3. Scores outside 0..1 are clipped.
    """
    counts = np.ones(len(scores)) if weights is None else weights
    total = counts.sum()
    if total <= 0:
        return 0.0
    clipped = np.clip(scores, 0.0, 1.0)
    places = np.minimum((clipped * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(places, counts * (clipped - labels), minlength=BINS)
    return float(np.abs(gaps).sum() / total)


def reliability(scores: Array, labels: Labels) -> list[tuple[float, float, int]]:
    """For each bin with statements: mean score, share supported, and number of statements."""
    clipped = np.clip(scores, 0.0, 1.0)
    places = np.minimum((clipped * BINS).astype(np.int64), BINS - 1)
    found = []
    for place in range(BINS):
        inside = places == place
        if inside.any():
            found.append((float(clipped[inside].mean()), float(labels[inside].mean()), int(inside.sum())))
    return found


def threshold_for(sets: Sequence[tuple[Array, Labels]]) -> float:
    """The threshold with the highest mean balanced accuracy over the sets; the middle of the best gap between scores.

    One threshold for several sets, so that no set is tuned to by itself.
    """
    values = np.unique(np.concatenate([scores for scores, _ in sets]))
    if len(values) > 2_000:
        values = np.unique(np.quantile(values, np.linspace(0, 1, 2_000)))
    edges = np.concatenate([[values[0] - 1e-6], (values[1:] + values[:-1]) / 2, [values[-1] + 1e-6]])
    means = np.zeros(len(edges))
    for scores, labels in sets:
        for label, side in ((1, "above"), (0, "below")):
            chosen = np.sort(scores[labels == label])
            below = np.searchsorted(chosen, edges, side="left") / max(1, len(chosen))
            share = (1 - below) if side == "above" else below
            means += (share if len(chosen) else 0.5) / (2 * len(sets))
    return float(edges[int(means.argmax())])


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


def bootstrap(
    metric: Metric, scores: Array, labels: Labels, sources: Sequence[str], *, draws: int, seed: int
) -> Estimate:
    """A metric with the 2.5th and 97.5th percentile over `draws` resamples of whole sources.

    Statements about one source stand or fall together, so sources are resampled and not statements (the cluster
    bootstrap of Davison and Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8).
    """
    value = metric(scores, labels, np.ones(len(scores)))
    if draws <= 0:
        return Estimate(value, value, value)
    numbers = {name: number for number, name in enumerate(dict.fromkeys(sources))}
    source_of = np.array([numbers[name] for name in sources])
    random = np.random.default_rng(seed)
    drawn = [
        metric(scores, labels, random.multinomial(len(numbers), np.full(len(numbers), 1 / len(numbers)))[source_of])
        for _ in range(draws)
    ]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Estimate(value, float(low), float(high))
