"""The days until the interview, as far as a text says: "in two weeks", "on Friday", "my onsite is on 5 January".

`question` reads the plan's length here, `substitution` what a later turn replaces ("make it three days").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from service.answering.figures import MONTHS

MONTHS_ALTERNATION = "|".join(sorted(MONTHS, key=len, reverse=True))

NUMBER_WORDS = {word: value for value, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())} | {
    "a": 1, "an": 1, "fourteen": 14, "couple of": 2,
}  # fmt: skip
COUNT = r"(\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|a couple of)"
_DAYS = re.compile(
    rf"(?<!rides )(?<!hours )(?<!times )(?<!robots )\b{COUNT}[\s-]?(day|week)s?\b(?!\s+(?:of|ago|late|before the))",
    re.IGNORECASE,
)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = re.compile(
    r"\b(?:on|next|this|by)\s+(mon|tue|wed|thu|fri|sat|sun)(?:s|sday|day|nes|nesday|r|rs|rsday|urday)?\b",
    re.IGNORECASE,
)
# Without a preposition only beside the interview, and not "sat" and "sun", which are other words as well.
_BARE_WEEKDAY = re.compile(
    r"(?<!last )(?<!every )(?<!each )\b(mon|tue|wed|thu|fri|sat(?=urday)|sun(?=day))(?:s?day|nesday|rsday|urday|s|rs|r)?\b",
    re.IGNORECASE,
)
_ARTICLES = frozenset({"a", "an"})
_BEFORE = re.compile(r"\b(?:in|within|have|got|only|just|about|with|under)\s+$", re.IGNORECASE)
_AFTER = re.compile(r"^\s*(?:left|to go|until|till|away|from now|out|to prep)\b", re.IGNORECASE)
_DAY_MONTH = re.compile(
    rf"\b(?:(\d{{1,2}})(?:st|nd|rd|th)?(?: of)?\s+({MONTHS_ALTERNATION})|"
    rf"({MONTHS_ALTERNATION})\s+(\d{{1,2}})(?:st|nd|rd|th)?)\b(?:,?\s+(20\d\d))?",
    re.IGNORECASE,
)
_INTERVIEW_NEAR = re.compile(
    r"interview|intervew|screen|round|loop|onsite|mensetsu|colloquio|test day|call", re.IGNORECASE
)
_TOMORROW = re.compile(r"\btomorrow\b|\btmrw\b", re.IGNORECASE)
_TODAY = re.compile(r"\binterview\b.{0,20}\btoday\b|\btoday\b.{0,20}\binterview\b", re.IGNORECASE)
_NEXT_WEEK = re.compile(r"\bnext week\b", re.IGNORECASE)
INTERVIEWED = re.compile(
    r"\binterv(?:i?ew|eiw)(?:s|ing)?\b|\bonsite\b|\b(?:phone|recruiter|tech(?:nical)?|a|my) screen\b|\bscreening\b|\bfinal round\b|"
    r"\b(?:call|chat|talk) with (?:the|a|their) (?:recruiter|hiring manager)\b|"
    r"\b(?:loops?|rounds?) (?:at|with)\b|\bmy loop\b|\bsuper ?day\b|\bmensetsu\b|面接|面试|면접",
    re.IGNORECASE,
)
"""Words for an interview that is to come."""


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """Days until the interview, and the words that say so: `text[start:end]`."""

    days: int
    start: int
    end: int


def time_left(text: str, as_of: date) -> TimeLeft | None:
    """How long it is until the interview, counted from `as_of`; None when the text does not say, or it lies behind."""
    for match in _DAYS.finditer(text):
        count = match.group(1).casefold()
        is_article = count in _ARTICLES
        if is_article and not (_BEFORE.search(text[: match.start()]) or _AFTER.match(text[match.end() :])):
            continue  # "trips a week"
        number = int(count) if count.isdigit() else NUMBER_WORDS.get(count.removeprefix("a "), 2)
        return _said(match, number * (7 if match.group(2).casefold() == "week" else 1))
    for match in _DAY_MONTH.finditer(text):
        if not interview_is_near(text[max(0, match.start() - 60) : match.end() + 40]):
            continue
        try:
            days = (_day(match, as_of) - as_of).days
        except ValueError:
            continue
        return _said(match, days) if days >= 0 else None
    return _said_without_figures(text, as_of)


def interview_is_near(text: str) -> bool:
    """Whether the words around a date speak of an interview, rather than of news."""
    return bool(_INTERVIEW_NEAR.search(text))


def _day(match: re.Match[str], as_of: date) -> date:
    """The day that a match of `_DAY_MONTH` names; without a year the next one. Raises ValueError for 30 February."""
    day, month = int(match.group(1) or match.group(4)), MONTHS[(match.group(2) or match.group(3)).casefold()]
    year = match.group(5)
    named = date(int(year) if year else as_of.year, month, day)
    return named if year or named >= as_of else date(named.year + 1, month, day)


def _said_without_figures(text: str, as_of: date) -> TimeLeft | None:
    if match := _TOMORROW.search(text):
        return _said(match, 1)
    if match := _TODAY.search(text):
        return _said(match, 0)
    if weekday := _WEEKDAY.search(text) or (INTERVIEWED.search(text) and _BARE_WEEKDAY.search(text)) or None:
        ahead = (_WEEKDAYS.index(weekday.group(1).casefold()) - as_of.weekday()) % 7
        return _said(weekday, ahead or 7)
    if match := _NEXT_WEEK.search(text):
        return _said(match, 7)
    return None


def _said(match: re.Match[str], days: int) -> TimeLeft:
    return TimeLeft(days, match.start(), match.end())
