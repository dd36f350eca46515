"""The gate: does a run reach the thresholds of `thresholds.toml`?

Comes after `run`, which wrote the figures. Each line of the file is a metric with the least (`min`) or greatest (`max`)
value that is let through, and, where that is not yet what is wanted, the `goal`. A metric that a run did not measure
does not pass: what is not looked at cannot be called good.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import Field, ValidationError, model_validator

from eval.errors import RunError
from eval.records import Figure, Metrics
from service.answering.answer import Frozen

THRESHOLDS = Path(__file__).parent / "thresholds.toml"
QUICK: Final = "quick"


class Threshold(Frozen):
    """What one metric has to reach, and what is wanted of it in the end."""

    min: float | None = None
    max: float | None = None
    goal: float | None = None

    @model_validator(mode="after")
    def _one_side(self) -> Threshold:
        if (self.min is None) == (self.max is None):
            raise ValueError("give either min or max")
        return self

    def passes(self, value: float) -> bool:
        """Whether a value is let through."""
        return value >= self.min if self.min is not None else value <= (self.max or 0.0)

    def reaches_goal(self, value: float) -> bool:
        """Whether a value is as good as is wanted."""
        if self.goal is None:
            return True
        return value >= self.goal if self.min is not None else value <= self.goal


class Thresholds(Frozen):
    """Thresholds by table of the file ("all", a type, or "quick"), then by metric."""

    groups: dict[str, dict[str, Threshold]] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One threshold held against a run; `figure` is None when the run did not measure the metric."""

    group: str
    metric: str
    threshold: Threshold
    figure: Figure | None

    @property
    def passed(self) -> bool:
        """Whether the run is let through here."""
        return self.figure is not None and self.threshold.passes(self.figure.value)

    @property
    def sentence(self) -> str:
        """What was found, for people."""
        wanted = (
            f"at least {self.threshold.min:g}" if self.threshold.min is not None else f"at most {self.threshold.max:g}"
        )
        name = self.metric if self.group == "all" else f"{self.metric} of {self.group}"
        if self.figure is None:
            return f"{name} was not measured, wanted is {wanted}"
        figure = f"{self.figure.value:.3f} ({self.figure.low:.3f} to {self.figure.high:.3f}, n={self.figure.n})"
        goal = "" if self.threshold.reaches_goal(self.figure.value) else f"; the goal is {self.threshold.goal:g}"
        return f"{name} is {figure}, wanted is {wanted}{goal}"


def load_thresholds(path: Path = THRESHOLDS) -> Thresholds:
    """Read a threshold file.

    Raises:
        RunError: it cannot be read, or a line is no threshold.
    """
    try:
        return Thresholds(groups=tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise RunError(f"{path.name} cannot be read: {error}.") from None
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"][1:])
        raise RunError(f"{path.name}: {place}: {fault['msg'].removeprefix('Value error, ')}.") from None


def hold_against(metrics: Metrics, thresholds: Thresholds, *, quick: bool = False) -> Iterator[Finding]:
    """Every threshold with what the run measured. A quick run is held against the table `quick` alone.

    Raises:
        RunError: there are no thresholds for such a run.
    """
    tables = {group: table for group, table in thresholds.groups.items() if (group == QUICK) == quick}
    if not tables:
        raise RunError(f"There is no threshold for a {'quick' if quick else 'whole'} run.")
    for table, wanted in tables.items():
        group = "all" if table == QUICK else table
        measured: Mapping[str, Figure] = metrics.figures.get(group, {}) | metrics.timings.get(group, {})
        for name, threshold in wanted.items():
            yield Finding(group, name, threshold, measured.get(name))
