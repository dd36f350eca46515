"""The time that a question asks about: "since March", "between May and July 2026", "last week".

`window_of` gives the publication dates that `question` narrows the search to, and `intents` asks it whether news of a
time is wanted. The days left until an interview are read in `time_left`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from service.answering.answer import Intent, TimeWindow
from service.answering.figures import MONTHS
from service.answering.patterns import any_case
from service.answering.time_left import COUNT, MONTHS_ALTERNATION, NUMBER_WORDS

_SEASONS = {"winter": (12, 2), "spring": (3, 5), "summer": (6, 8), "autumn": (9, 11), "fall": (9, 11)}
_POINT = rf"(?:(?:early|mid|late|the (?:start|end) of|end of)\s+)?(?:(\d{{1,2}})(?:st|nd|rd|th)?\s+)?(?:({MONTHS_ALTERNATION}|winter|spring|summer|autumn|fall|new year)\b\s*(\d{{1,2}}(?:st|nd|rd|th)?,?\s+)?)?(20\d\d)?"
_OPENING_OF = any_case(
    rf"\bfirst (?:{COUNT} )?(days?|weeks?|half)(?: of)?(?: the month of)? ({MONTHS_ALTERNATION}) (20\d\d)\b"
)
_Point = Sequence[str | None]


def window_of(text: str, intent: Intent, as_of: date) -> TimeWindow | None:
    """The publication dates asked for. A fact question's dates say when something happened, so they only narrow the
    search when the question says "only", or names a month and no more ("january 2026: which firms …").
    """
    narrow = (
        intent in ("changes", "timeline")
        or re.search(r"\bonly\b|\bjust (?:in|for|from)\b|\bthat (?:week|month)\b", text, re.IGNORECASE)
        or re.match(rf"\W*(?:in )?(?:{MONTHS_ALTERNATION}) 20\d\d\s*[:,]", text, re.IGNORECASE)
    )
    if not narrow:
        return None
    if match := _OPENING_OF.search(text):
        return _opening(match)
    if match := re.search(rf"\b(?:between|from)\s+{_POINT}\s*(?:and|to|-|–|until)\s+{_POINT}", text, re.IGNORECASE):
        start, end = match.groups()[:4], match.groups()[4:]
        return _span(start, end, match.group(0), as_of)
    if match := re.search(
        rf"\b((?:{MONTHS_ALTERNATION})\s+20\d\d|20\d\d)\s*(?:-|–|to)\s*((?:{MONTHS_ALTERNATION})\s+20\d\d|20\d\d)",
        text,
        re.IGNORECASE,
    ):
        first, last = (re.fullmatch(_POINT, part, re.IGNORECASE) for part in match.groups())
        if first and last:
            return _span(first.groups(), last.groups(), match.group(0), as_of)
    if match := re.search(rf"\bsince\s+{_POINT}", text, re.IGNORECASE):
        first_day = _first_day(match.groups(), as_of)
        return TimeWindow(start=first_day, end=None, matched=match.group(0).strip()) if first_day else None
    if match := re.search(rf"\b({MONTHS_ALTERNATION})\s+(20\d\d)\b", text, re.IGNORECASE):
        groups = (None, match.group(1), None, match.group(2))
        return _span(groups, groups, match.group(0), as_of)
    return _named_period(text, as_of)


def _opening(match: re.Match[str]) -> TimeWindow:
    """The days from the first of a month on: its first ten days, its first week, its first half."""
    number, unit, month, year = (group.casefold() if group else "" for group in match.groups())
    count = int(number) if number.isdigit() else NUMBER_WORDS.get(number.removeprefix("a "), 1)
    days = {"day": count, "week": 7 * count}.get(unit.rstrip("s"), 15)
    start = date(int(year), MONTHS[month], 1)
    return TimeWindow(start=start, end=start + timedelta(days=max(1, min(days, 28)) - 1), matched=match.group(0))


def _named_period(text: str, as_of: date) -> TimeWindow | None:
    """A window without a written day or month: this month, last week, this year, in 2026."""
    if recent := re.search(r"\b(this|last|past) (week|month)\b", text, re.IGNORECASE):
        return _recent(recent, as_of)
    if re.search(r"\bthis year\b", text, re.IGNORECASE):
        return TimeWindow(start=date(as_of.year, 1, 1), end=None, matched="this year")
    if match := re.search(r"\bin (20\d\d)\b|\b(20\d\d) so far\b", text, re.IGNORECASE):
        year = int(match.group(1) or match.group(2))
        return TimeWindow(start=date(year, 1, 1), end=date(year, 12, 31), matched=match.group(0))
    return None


def _span(start: _Point, end: _Point, matched: str, as_of: date) -> TimeWindow | None:
    if not any(end):
        return None
    if not start[3] and end[3]:
        start = (start[0], start[1] or end[1], start[2], end[3])
    first, last = _first_day(start, as_of), _last_day(end, as_of)
    return TimeWindow(start=first, end=last, matched=matched.strip()) if first and last and first <= last else None


def _recent(match: re.Match[str], as_of: date) -> TimeWindow:
    """This or last calendar week or month; "the past week" is the seven days up to now, "the past month" thirty."""
    which, unit = match.group(1).casefold(), match.group(2).casefold()
    if which == "past":
        start = as_of - timedelta(days=7 if unit == "week" else 30)
        return TimeWindow(start=start, end=None, matched=match.group(0))
    this = as_of - timedelta(days=as_of.weekday()) if unit == "week" else as_of.replace(day=1)
    if which == "this":
        return TimeWindow(start=this, end=None, matched=match.group(0))
    end = this - timedelta(days=1)
    start = end - timedelta(days=6) if unit == "week" else end.replace(day=1)
    return TimeWindow(start=start, end=end, matched=match.group(0))


def _first_day(point: _Point, as_of: date) -> date | None:
    day, month, american_day, year_text = point
    year = int(year_text) if year_text else as_of.year
    name = (month or "").casefold()
    digits = re.sub(r"\D", "", day or american_day or "")
    if not name:
        return date(year, 1, 1) if year_text else None
    if name == "new year":
        return date(year, 1, 1)
    number = _SEASONS[name][0] if name in _SEASONS else MONTHS[name]
    try:
        found = date(year, number, int(digits or 1))
    except ValueError:
        return None
    return found if year_text or found <= as_of else replace_year(found, year - 1)


def _last_day(point: _Point, as_of: date) -> date | None:
    first = _first_day(point, as_of)
    if first is None or point[0] or point[2]:
        return first
    name = (point[1] or "").casefold()
    month = _SEASONS[name][1] if name in _SEASONS else (12 if not name else first.month)
    following = date(first.year + (month == 12), month % 12 + 1, 1)
    return following - timedelta(days=1)


def replace_year(day: date, year: int) -> date:
    """The same day in another year; 29 February becomes 28 February."""
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)
