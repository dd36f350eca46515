"""Two runs side by side: is the difference of a metric real, and which questions got better or worse?

Runs are compared over the questions that both have, question by question, so that the difficulty of a question weighs
on both sides alike. `report` and `ally eval compare` show what stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import comb
from typing import Final, Literal

import numpy as np

from eval.answers import DRAWS, METRICS, Better, resamples
from eval.errors import RunError
from eval.records import AnswerRecord, Run

LEVEL: Final = 0.05
Outcome = Literal["better", "worse", "unclear", "same"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric in run A and in run B, over the `n` questions to which it applies in one of them.

    `low` and `high` bound the difference B - A (95 %, paired bootstrap); `up` and `down` count the questions whose own
    value rose and fell, and `p` is the exact sign test's. `outcome` is what that means for B.
    """

    metric: str
    before: float
    after: float
    low: float
    high: float
    up: int
    down: int
    p: float
    n: int
    outcome: Outcome

    @property
    def sentence(self) -> str:
        """What the difference means, plainly."""
        change = f"{self.metric} {self.before:.3f} → {self.after:.3f} ({self.low:+.3f} to {self.high:+.3f})"
        counted = f"{self.up} questions up, {self.down} down, p = {self.p:.3f}, n = {self.n}"
        meaning = {
            "same": "no question differs",
            "unclear": "this may be chance",
            "better": "B is better, and this is no chance",
            "worse": "B is worse, and this is no chance",
        }[self.outcome]
        return f"{change}: {meaning} ({counted})"


@dataclass(frozen=True, slots=True)
class Change:
    """A question whose answer got better or worse: the metrics that rose and fell in worth, and both records."""

    better: tuple[str, ...]
    worse: tuple[str, ...]
    before: AnswerRecord
    after: AnswerRecord


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs compared. `left_out` are questions that only one of them has, `edited` those asked in other words."""

    before: Run
    after: Run
    differences: tuple[Difference, ...]
    changes: tuple[Change, ...]
    left_out: tuple[str, ...]
    edited: tuple[str, ...] = ()


def compare(before: Run, after: Run, draws: int = DRAWS) -> Comparison:
    """Compare run B (`after`) with run A (`before`).

    Raises:
        RunError: they share no question.
    """
    first, second = before.by_id, after.by_id
    both = [name for name in first if name in second]
    shared = [name for name in both if _asked(first[name]) == _asked(second[name])]
    if not shared:
        raise RunError("The two runs share no question.")
    pairs = [(first[name], second[name]) for name in shared]
    names = dict.fromkeys(metric for pair in pairs for record in pair for metric in record.scores)
    found = (_difference(name, pairs, draws) for name in names)
    return Comparison(
        before=before,
        after=after,
        differences=tuple(difference for difference in found if difference),
        changes=tuple(_changes(pairs)),
        left_out=tuple(sorted(set(first) ^ set(second))),
        edited=tuple(sorted(set(both) - set(shared))),
    )


def sign_test(up: int, down: int) -> float:
    """Two-sided p-value of the exact sign test: are rises and falls equally likely? 1 when there are none.

    Conover, "Practical Nonparametric Statistics", 3rd edition 1999, section 3.4; ties are left out.
    """
    count = up + down
    tail = sum(comb(count, k) for k in range(min(up, down) + 1))
    return min(1.0, float(2 * tail / 2**count))


def better_of(metric: str) -> Better:
    """Which direction of a metric is better; those of retrieval are better when higher."""
    return METRICS[metric].better if metric in METRICS else "higher"


def _asked(record: AnswerRecord) -> tuple[object, ...]:
    """What has to be the same for two answers to be comparable."""
    return record.question.question, record.question.history, record.question.day


def _difference(metric: str, pairs: list[tuple[AnswerRecord, AnswerRecord]], draws: int) -> Difference | None:
    """None where the metric applies to no question of one of the runs.

    The paired bootstrap of Efron and Tibshirani 1993: each draw takes the same questions on both sides, and a figure is
    the ratio of sums over those of them to which the metric applies in that run. The sign test takes the questions to
    which it applies in both.
    """
    either = [
        (a.scores.get(metric), b.scores.get(metric)) for a, b in pairs if metric in a.scores or metric in b.scores
    ]
    table = np.array([[first or (0, 0), second or (0, 0)] for first, second in either], dtype=np.float64)
    totals = table.sum(axis=0)  # [run, numerator and denominator]
    if not totals[:, 1].all():
        return None
    before, after = totals[:, 0] / totals[:, 1]
    drawn = np.einsum("dq,qrs->drs", resamples(len(either), draws), table)
    drawn = drawn[drawn[:, :, 1].all(axis=1)]
    ratios = drawn[:, :, 0] / drawn[:, :, 1]
    changes = ratios[:, 1] - ratios[:, 0] if len(ratios) else np.array([after - before])
    low, high = (float(bound) for bound in np.quantile(changes, (0.025, 0.975)))
    own = [(first[0] / first[1], second[0] / second[1]) for first, second in either if first and second]
    up, down = sum(b > a for a, b in own), sum(b < a for a, b in own)
    p = sign_test(up, down)
    outcome = "same" if all(first == second for first, second in either) else _outcome(metric, low, high, p)
    return Difference(metric, float(before), float(after), low, high, up, down, p, len(either), outcome)


def _outcome(metric: str, low: float, high: float, p: float) -> Outcome:
    """A difference is real when the interval shuts out 0 and the sign test agrees; each alone errs in its own way."""
    better = better_of(metric)
    if better == "neither" or low <= 0.0 <= high or p >= LEVEL:
        return "unclear"
    return "better" if (low > 0.0) == (better == "higher") else "worse"


def _changes(pairs: list[tuple[AnswerRecord, AnswerRecord]]) -> Iterator[Change]:
    worth: Mapping[Better, Callable[[float], float]] = {"higher": lambda gain: gain, "lower": lambda gain: -gain}
    for before, after in pairs:
        gains = {
            metric: worth[better](_own(after, metric) - _own(before, metric))
            for metric in before.scores
            if metric in after.scores and (better := better_of(metric)) in worth
        }
        up = tuple(metric for metric, gain in gains.items() if gain > 0)
        down = tuple(metric for metric, gain in gains.items() if gain < 0)
        if up or down:
            yield Change(up, down, before, after)


def _own(record: AnswerRecord, metric: str) -> float:
    numerator, denominator = record.scores[metric]
    return numerator / denominator
