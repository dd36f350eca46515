"""Which part of a guide's plan fits the days that are left before the interview.

A guide has a plan of four weeks and shorter ones ("With 7 days: …") that refer to its weeks by number. `plan_for`
picks the nearest of them, with the weeks that it names; `preparation` words the result.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from service.answering.evidence import Evidence
from service.answering.figures import spoken
from service.answering.phrasing import days_phrase

WORTH_SPENDING = 3
"""Days beyond the nearest plan from which they are given a week of their own."""
_WEEKS = re.compile(r"\bweeks?\s(\d(?:(?:,\s|\sand\s|,\sand\s)\d)*)\b", re.IGNORECASE)
_LEFT_OUT = re.compile(
    r"\b(?:in place of|instead of|drop|skip|without)\s+weeks?\s\d(?:\s(?:and|or)\s\d)*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A guide's items for the time that is left. `spare` is the week to begin when days are left over."""

    title: str
    items: tuple[Evidence, ...]
    spare: Evidence | None = None


def plan_for(items: Sequence[Evidence], days: int | None, as_of: date) -> Plan:
    """The plan among `items` (a guide's "Preparation plan") whose length is nearest to `days`; of two, the shorter.

    Without a number of days, or with more than the whole plan takes, it is the plan by weeks.
    """
    weeks = {number: item for item in items if (number := _number(item, "Week"))}
    short = {length: item for item in items if (length := _number(item, "With"))}
    whole = 7 * len(weeks)
    if days is None:
        return Plan("Your plan (four weeks; give the interview date and it shrinks to fit)", tuple(weeks.values()))
    left = days_phrase(days)
    if days > whole:
        return Plan(f"Your plan ({left}; begin by {spoken(as_of + timedelta(days - whole))})", tuple(weeks.values()))
    nearest = min([*short, whole], key=lambda length: (abs(length - days), length))
    closest = "" if nearest == days else f"; closest plan: {'four weeks' if nearest == whole else f'{nearest} days'}"
    if nearest == whole:
        return Plan(f"Your plan ({left}{closest})", tuple(weeks.values()))
    named = weeks_named(short[nearest].sentence.text)
    unnamed = [item for number, item in weeks.items() if number not in named]
    return Plan(
        f"Your plan ({left}{closest})",
        (short[nearest], *(weeks[number] for number in named if number in weeks)),
        unnamed[0] if unnamed and days - nearest >= WORTH_SPENDING else None,
    )


def weeks_named(text: str) -> tuple[int, ...]:
    """The weeks that a shorter plan refers to, in order: 1 and 3 of "do weeks 1 and 3, with one kernel"."""
    found = (int(digit) for names in _WEEKS.findall(_LEFT_OUT.sub("", text)) for digit in re.findall(r"\d", names))
    return tuple(dict.fromkeys(found))


def _number(item: Evidence, word: str) -> int | None:
    """The number in a label of the kind "Week 1" or "With 14 days"."""
    found = re.match(rf"{word}\s(\d+)\b", item.sentence.label)
    return int(found.group(1)) if found else None
