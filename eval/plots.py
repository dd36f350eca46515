"""Geometry of the plots in the pages: figures with intervals on a line, differences around zero, a histogram of times.

Values in, SVG user units out; the templates draw them. Nothing here knows of colours or of HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

import numpy as np

from eval.records import Figure

WIDTH: Final = 240
MARGIN: Final = 8
STEPS: Final = 5
"""Bins of a histogram in each power of ten of milliseconds."""


@dataclass(frozen=True, slots=True)
class Whisker:
    """A value on a line, with its interval, in user units from the left; `marks` are further values on the line."""

    value: float
    low: float
    high: float
    marks: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Bin:
    """A bar of a histogram: `count` answers that took at least `start` and less than `end` milliseconds.

    `height` is its share of the highest bar, 0..1.
    """

    start: float
    end: float
    count: int
    height: float


def whisker(figure: Figure, marks: Sequence[float] = ()) -> Whisker:
    """A figure between 0 and 1 on a line of `WIDTH`."""
    return Whisker(_at(figure.value), _at(figure.low), _at(figure.high), tuple(map(_at, marks)))


def difference_whisker(value: float, low: float, high: float, reach: float) -> Whisker:
    """A difference on a line from -`reach` to `reach`, which must be positive; 0 stands in the middle."""
    at, left, right = (_at((each / reach + 1) / 2) for each in (value, low, high))
    return Whisker(at, left, right)


def histogram(milliseconds: Sequence[float]) -> tuple[Bin, ...]:
    """Times in bins of equal width on a logarithmic scale, since answers take from milliseconds to minutes.

    Times under 1 ms fall into the first bin. Nothing for nothing.
    """
    if not milliseconds:
        return ()
    places = np.floor(STEPS * np.log10(np.maximum(milliseconds, 1.0)) + 1e-9).astype(int)
    counts = np.bincount(places - places.min())
    return tuple(
        Bin(10 ** (place / STEPS), 10 ** ((place + 1) / STEPS), int(count), float(count / counts.max()))
        for place, count in enumerate(counts, start=int(places.min()))
    )


def reach_of(values: Sequence[float]) -> float:
    """A round number (1, 2 or 5 times a power of ten) that no absolute value exceeds; 1 for zeros alone."""
    largest = max(map(abs, values), default=0.0)
    if largest == 0.0:
        return 1.0
    power = 10.0 ** floor(log10(largest))
    return next(step * power for step in (1, 2, 5, 10) if ceil(largest / power * 1e6) <= step * 1e6)


def _at(share: float) -> float:
    return round(MARGIN + min(max(share, 0.0), 1.0) * (WIDTH - 2 * MARGIN), 1)
