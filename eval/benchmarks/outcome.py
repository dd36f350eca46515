"""What a benchmark found: tables of figures with intervals, beside what others published. Rendered as text or JSON.

Every benchmark module builds an `Outcome`; `command` prints it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eval.grounding.metrics import Array, Estimate, Labels, balanced_accuracy, bootstrap, f1_unsupported

DRAWS = 1000
"""Bootstrap resamples of an interval."""
SEED = 20_261_128
"""Of the bootstrap, so that two runs give the same interval."""


@dataclass(frozen=True, slots=True)
class Published:
    """A figure that somebody else published or that follows from what they published: on which set, and read where."""

    system: str
    figures: Mapping[str, float]
    read_in: str


@dataclass(frozen=True, slots=True)
class Line:
    """One system on one group of `n` questions."""

    group: str
    system: str
    n: int
    figures: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Table:
    """Lines that have the same figures, in the order in which they are to be read."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished benchmark. `notes` say where the protocol differs from the published one and what to mind."""

    name: str
    tables: tuple[Table, ...]
    published: tuple[Published, ...]
    notes: tuple[str, ...]


def mean(values: Sequence[float], groups: Sequence[str]) -> Estimate:
    """The mean of one value a question with its 95 % interval, resampling whole `groups` of questions.

    The percentile cluster bootstrap of `eval.grounding.metrics.bootstrap`, in one product of matrices.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("There is nothing to take the mean of.")
    numbers = {name: number for number, name in enumerate(dict.fromkeys(groups))}
    places = [numbers[name] for name in groups]
    sums, sizes = np.bincount(places, values), np.bincount(places)
    equal = np.full(len(numbers), 1 / len(numbers))
    drawn = np.random.default_rng(SEED).multinomial(len(numbers), equal, size=DRAWS)
    low, high = np.quantile((drawn @ sums) / (drawn @ sizes), (0.025, 0.975))
    return Estimate(float(sums.sum() / sizes.sum()), float(low), float(high))


def rejection(answered: Sequence[bool], answerable: Sequence[bool], groups: Sequence[str]) -> dict[str, Estimate]:
    """How well a system tells the questions that its passages answer from those that they do not.

    "rejected" is the share of unanswerable questions that it does not answer (higher is better), "refused" the share of
    answerable ones that it does not answer (false refusals; lower is better), "balanced" the mean of the shares that it
    gets right in the two kinds (half for a system that always does the same), and "F1" that of finding the
    unanswerable. A share of none is 0.
    """
    scores, labels = np.asarray(answered, dtype=np.float64), np.asarray(answerable, dtype=np.int64)
    metrics: dict[str, Callable[[Array, Labels, Array], float]] = {
        "rejected": lambda scores, labels, weights: _silent(scores, weights * (labels == 0)),
        "refused": lambda scores, labels, weights: _silent(scores, weights * (labels == 1)),
        "balanced": lambda scores, labels, weights: balanced_accuracy(scores, labels, 0.5, weights),
        "F1": lambda scores, labels, weights: f1_unsupported(scores, labels, 0.5, weights),
    }
    return {name: bootstrap(metric, scores, labels, groups, draws=DRAWS, seed=SEED) for name, metric in metrics.items()}


def as_text(outcome: Outcome) -> str:
    """The tables with intervals, the published figures and the notes, for a terminal."""
    parts = []
    for table in outcome.tables:
        parts.append("\n".join([table.title, *_columns(table)]))
    if outcome.published:
        told = [
            f"  {each.system}: "
            + ", ".join(f"{name} {_number(value)}" for name, value in each.figures.items())
            + f" ({each.read_in})"
            for each in outcome.published
        ]
        parts.append("\n".join(["Published", *told]))
    parts.append("\n".join(["To mind", *(f"  - {note}" for note in outcome.notes)]))
    return "\n\n".join(parts)


def as_json(outcome: Outcome) -> dict[str, Any]:
    """The same as an object for `json.dumps`."""
    return {
        "name": outcome.name,
        "tables": [
            {
                "title": table.title,
                "lines": [
                    {
                        "group": line.group,
                        "system": line.system,
                        "n": line.n,
                        "figures": {
                            name: {"value": figure.value, "low": figure.low, "high": figure.high}
                            for name, figure in line.figures.items()
                        },
                    }
                    for line in table.lines
                ],
            }
            for table in outcome.tables
        ],
        "published": [
            {"system": each.system, "figures": dict(each.figures), "read_in": each.read_in}
            for each in outcome.published
        ],
        "notes": list(outcome.notes),
    }


def _silent(answered: Array, weights: Array) -> float:
    total = weights.sum()
    return float(((answered < 0.5) * weights).sum() / total) if total > 0 else 0.0


def _columns(table: Table) -> list[str]:
    names = list(table.lines[0].figures) if table.lines else []
    group = max([5, *(len(line.group) for line in table.lines)])
    system = max([6, *(len(line.system) for line in table.lines)])
    lines = [f"{'group':{group}}  {'system':{system}}  {'n':>5}" + "".join(f"  {name:>20}" for name in names)]
    before = None
    for line in table.lines:
        shown = line.group if line.group != before else ""
        before = line.group
        figures = "".join(f"  {_interval(line.figures[name]):>20}" for name in names)
        lines.append(f"{shown:{group}}  {line.system:{system}}  {line.n:>5}{figures}")
    return lines


def _interval(figure: Estimate) -> str:
    return f"{_number(figure.value)} [{_number(figure.low)}, {_number(figure.high)}]"


def _number(value: float) -> str:
    """A share with three digits after the point, a count or length with none."""
    return f"{value:.3f}" if math.fabs(value) <= 1.0 else f"{value:.0f}"
