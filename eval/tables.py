"""Figures of a run as plain text for the terminal: overall with intervals, and by type of question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from eval.records import Figure, Metrics

BY_TYPE: Final = (
    "right", "nugget_recall_vital", "gold_cited", "support_rate", "citation_recall", "quote_validity",
    "recall@10", "nDCG@10",
)  # fmt: skip
"""Metrics that the table by type shows."""


def overall(metrics: Metrics) -> str:
    """Every metric over all questions: value, 95 % interval, number of questions that take part."""
    figures = metrics.figures.get("all", {}) | metrics.timings.get("all", {})
    lines = [f"{'metric':26}{'value':>9}  {'95 % interval':^19}{'n':>5}"]
    lines += [
        f"{name:26}{_number(each.value):>9}  {_number(each.low):>8} to {_number(each.high):<7}{each.n:>5}"
        for name, each in figures.items()
    ]
    return "\n".join(lines)


def by_type(metrics: Metrics, names: Sequence[str] = BY_TYPE) -> str:
    """A line a type, with the chosen metrics as value and interval; – where a metric does not apply."""
    shown = [name for name in names if any(name in group for group in metrics.figures.values())]
    lines = [f"{'type':17}{'n':>4}" + "".join(f"{name:>21}" for name in shown)]
    groups = [name for name in metrics.figures if name != "all"] + ["all"]
    for name in groups:
        group = metrics.figures[name]
        count = group["right"].n if "right" in group else 0
        lines.append(f"{name:17}{count:>4}" + "".join(f"{_cell(group, metric):>21}" for metric in shown))
    return "\n".join(lines)


def _cell(group: Mapping[str, Figure], metric: str) -> str:
    figure = group.get(metric)
    return f"{figure.value:.2f} ({figure.low:.2f}–{figure.high:.2f})" if figure else "–"


def _number(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 100 else f"{value:.0f}"
