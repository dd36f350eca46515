"""Days, months, quarters, years and relative dates in statements, as far as each is known.

`service.answering.figures.dates` reads full dates; a statement that is checked may also say "last June", "Q1" or
"by 2028". A time is a set of parts (year, month, day, quarter, half), and a statement may leave parts out but not add
or change any. Relative dates are resolved against the publication date where there is one. Used by `claims` and `exact`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from service.answering.figures import MONTH, MONTHS

Side = Literal["", "until", "from"]
"""What a time bounds: an end ("until", "by", "before"), a beginning ("from", "since", "after"), or neither."""

_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_WEEKDAY = "|".join(_WEEKDAYS)
_SEASON = "spring|summer|autumn|fall|winter"
_YEAR = r"(?:19|20)\d\d"
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_DAY_WORDS = {
    word: number
    for number, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
        "sixteenth seventeenth eighteenth nineteenth twentieth".split(),
        start=1,
    )
}
_TIME = re.compile(
    rf"""\b(?:
      (?P<iso>{_YEAR}-\d\d(?:-\d\d)?)
    | (?:(?:the\s)?(?P<part>early|late|mid|end\sof|beginning\sof|start\sof|middle\sof)[\s-])?(?:the\s)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\sof)?\s(?P<month>{MONTH})\b\.?,?(?:\s(?P<year>{_YEAR}))?
    | (?:the\s)?(?P<dayword>{"|".join(_DAY_WORDS)})\sof\s(?P<month5>{MONTH})\b(?:\s(?P<year5>{_YEAR}))?
    | (?P<month2>{MONTH})\b\.?\s(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d|[,.]\d|%|\s(?:percent|million|billion|people|robots))(?:,?\s(?P<year2>{_YEAR}))?
    | (?P<month3>{MONTH})\b\.?(?:\sof)?,?\s(?P<year3>{_YEAR})
    | (?:(?P<quarter>first|second|third|fourth|1st|2nd|3rd|4th)[\s-]quarter|Q(?P<q>[1-4]))(?:\b(?:\sof)?(?:\sthe)?(?:\s(?P<fiscal>fiscal|financial|FY)(?:\syear)?)?\s?(?P<year4>{_YEAR})?)
    | (?P<half>first|second)[\s-]half(?:\sof)?(?:\sthe)?(?:\s(?P<fiscal2>fiscal|financial|FY)(?:\syear)?)?\s?(?P<year6>{_YEAR})?
    | (?P<fiscal3>fiscal|financial|FY)(?:\s?years?)?(?:\sto\s(?P<month6>{MONTH}))?\s?(?P<year7>{_YEAR})
    | (?P<season>{_SEASON})(?:\sof)?\s(?P<year8>{_YEAR})
    | (?P<rel>yesterday|today|tomorrow|tonight
        |(?:last|next|this|the\sprevious|the\spast|the\scoming)\s(?:week|month|quarter|year|spring|summer|autumn|fall|winter|{_WEEKDAY}|{MONTH})
        |(?:a|one|two|three|four|five|six|\d+)\s(?:days?|weeks?|months?|years?)\s(?:ago|earlier|later|before)
        |{_WEEKDAY}s?)
    | (?P<decade>{_YEAR}s)
    | (?P<plainyear>{_YEAR})(?!\s?(?:-\s?(?:node|nm)|GPUs|units|robots|people|engineers|workers|humanoids|jobs|euros|dollars|yen|vehicles|hours))
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)  # fmt: skip
_BARE_MONTH = re.compile(
    rf"\b(?P<lead>in|since|until|till|by|from|to|of|early|late|mid|mid-|through|before|after|during|for|and|last|next|this|between|between\sthe|every|was|the)[\s-](?P<month>(?i:{MONTH}))\b(?!\s(?:be|have|not|\d))",
)
_BARE_SEASON = re.compile(
    rf"\b(?:in|this|since|until|by|last|next|the|before|after|from)\s(?:the\s)?(?P<season>{_SEASON})\b", re.IGNORECASE
)
_SIDE_BEFORE: tuple[tuple[Side, re.Pattern[str]], ...] = (
    ("until", re.compile(r"\b(?:until|till|by|before|up to|through|ahead of|no later than|to|ends?|ended|expires?)\s(?:the\s)?(?:(?:end|beginning|start|middle|close)\sof\s)?(?:the\s)?(?:early\s|late\s|mid-?\s?)?$", re.IGNORECASE)),
    ("from", re.compile(r"\b(?:from|since|after|starting|beginning|as of|later than|not before|start(?:s|ed)?(?: in| on)?|begins?(?: in| on)?)\s(?:the\s)?(?:(?:end|beginning|start|middle|close)\sof\s)?(?:the\s)?(?:early\s|late\s|mid-?\s?)?$", re.IGNORECASE)),
)  # fmt: skip
_PART = re.compile(
    r"\b(?P<part>early|late|mid|the end of|the beginning of|the start of|the middle of|end of|end-)[\s-]?(?:in\s)?(?:the\s)?$",
    re.IGNORECASE,
)
_NUMBERS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}


@dataclass(frozen=True, slots=True)
class Time:
    """A time as far as it is known: `text[start:end]` as written; parts that are not said are 0 or empty.

    `label` holds what has no number (a weekday, a season, "2020s", an unresolved "last week"), `part` "early", "late",
    "mid" and the like, and `side` what the time bounds.
    """

    text: str
    start: int
    end: int
    year: int = 0
    month: int = 0
    day: int = 0
    quarter: int = 0
    half: int = 0
    fiscal: bool = False
    label: str = ""
    part: str = ""
    side: Side = ""


@lru_cache(maxsize=20_000)
def times(text: str, published: date | None = None) -> tuple[Time, ...]:
    """All times of `text` in order; relative ones are resolved against `published`, the day on which it appeared."""
    found = [time for match in _TIME.finditer(text) if (time := _read(text, match, published)) is not None]
    for match in _BARE_MONTH.finditer(text):
        if match["month"][0].isupper():
            found.append(
                Time(match["month"], match.start("month"), match.end("month"), month=MONTHS[match["month"].casefold()])
            )
    for match in _BARE_SEASON.finditer(text):
        found.append(Time(match["season"], match.start("season"), match.end("season"), label=_season(match["season"])))
    found.sort(key=lambda time: (time.start, -time.end))
    kept: list[Time] = []
    for time in found:
        if not kept or time.start >= kept[-1].end:
            kept.append(_in_context(text, time))
    return tuple(_with_years(kept))


def covers(claimed: Time, given: Time, published: date | None) -> bool:
    """Whether everything that the claimed time says is said by the given one, or follows from it.

    A month implies its quarter and half, unless the year is a fiscal one; a month or day without a year takes the one
    nearest to `published`.
    """
    given = _completed(given, published)
    if claimed.fiscal and not given.fiscal and (given.year or given.label):
        return False
    if claimed.label and claimed.label != given.label and not _resolves(claimed, given):
        return False
    if claimed.part and claimed.part != given.part and not (claimed.part in {"early", "late", "mid"} and given.month):
        return False
    quarter = given.quarter or (0 if given.fiscal or not given.month else (given.month + 2) // 3)
    half = given.half or (0 if given.fiscal or not quarter else (quarter + 1) // 2)
    wanted = (claimed.year, claimed.month, claimed.day, claimed.quarter, claimed.half)
    has = (given.year, given.month, given.day, quarter, half)
    said = any(wanted) or claimed.label
    return bool(said) and all(want in (0, have) for want, have in zip(wanted, has, strict=True))


def sides_agree(claimed: Time, given: Time) -> bool:
    """Whether the claimed time bounds what the given one bounds: "until 2027" is not "from 2027"."""
    return not claimed.side or not given.side or claimed.side == given.side


def of_day(day: date) -> Time:
    """A day as a time, such as the publication date, which a statement may name."""
    return Time("", 0, 0, day.year, day.month, day.day, label=_WEEKDAYS[day.weekday()])


def _read(text: str, match: re.Match[str], published: date | None) -> Time | None:
    groups = match.groupdict()
    start = match.start()
    year = next(
        (
            int(groups[name])
            for name in ("year", "year2", "year3", "year4", "year5", "year6", "year7", "year8", "plainyear")
            if groups[name]
        ),
        0,
    )
    month = next(
        (MONTHS[groups[name].casefold()] for name in ("month", "month2", "month3", "month5") if groups[name]), 0
    )
    day = next((int(groups[name]) for name in ("day", "day2") if groups[name]), 0) or _DAY_WORDS.get(
        (groups["dayword"] or "").casefold(), 0
    )
    if (groups["month2"] or "").casefold() in {"may", "march"} and not groups["month2"][0].isupper():
        return None
    if groups["iso"]:
        parts = [int(part) for part in groups["iso"].split("-")]
        year, month, day = parts[0], parts[1], parts[2] if len(parts) > 2 else 0
    if month > 12 or day > 31:
        return None
    fiscal = bool(groups["fiscal"] or groups["fiscal2"] or groups["fiscal3"])
    label = _season(groups["season"] or "") or (groups["decade"] or "").casefold()
    written = match.group().rstrip(" ,")
    time = Time(
        written, start, start + len(written), year, month, day,
        quarter=int(groups["q"] or _ORDINALS.get((groups["quarter"] or "").casefold(), 0)),
        half=_ORDINALS.get((groups["half"] or "").casefold(), 0),
        fiscal=fiscal, label=label,
    )  # fmt: skip
    return _relative(time, groups["rel"].casefold(), published) if groups["rel"] else time


def _relative(time: Time, words: str, published: date | None) -> Time:
    """Resolve words such as "last year" as far as they can be; what cannot stays a label."""
    words = " ".join(words.split())
    unresolved = replace(time, label=words)
    if words.rstrip("s") in _WEEKDAYS:
        return replace(time, label=words.rstrip("s"))
    if published is None:
        return unresolved
    shift = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}.get(words)
    if shift is not None:
        day = published + timedelta(days=shift)
        return replace(time, year=day.year, month=day.month, day=day.day)
    head, _, tail = words.rpartition(" ")
    step = -1 if head in {"last", "the previous", "the past"} else 1 if head in {"next", "the coming"} else 0
    if tail == "year":
        return replace(time, year=published.year + step)
    if tail == "month":
        index = published.year * 12 + published.month - 1 + step
        return replace(time, year=index // 12, month=index % 12 + 1)
    if tail == "quarter":
        index = published.year * 4 + (published.month - 1) // 3 + step
        return replace(time, year=index // 4, quarter=index % 4 + 1)
    return _named(time, words, tail, published)


def _named(time: Time, words: str, tail: str, published: date) -> Time:
    """Resolve "last June" and "two years ago"; a season and all else stays a label."""
    if tail in MONTHS:
        return replace(time, month=MONTHS[tail])
    if ago := re.fullmatch(r"(\w+) years? ago", words):
        digits = ago[1] if ago[1].isdecimal() and ago[1].isascii() and len(ago[1]) < 4 else "0"
        return replace(time, year=published.year - _NUMBERS.get(ago[1], int(digits)))
    season = next((name for name in _SEASON.split("|") if name == tail), "")
    return replace(time, label=_season(season) or words)


def _season(word: str) -> str:
    return "autumn" if word.casefold() == "fall" else word.casefold()


def _in_context(text: str, time: Time) -> Time:
    before = text[max(0, time.start - 40) : time.start]
    part = _PART.search(before)
    named = re.sub(r"^the\s|\sof$|-$", "", part["part"].casefold()) if part else ""
    named = {"beginning": "start", "middle": "mid"}.get(named, named)
    side = next((name for name, pattern in _SIDE_BEFORE if pattern.search(before)), "")
    return replace(time, part=named, side=side)  # type: ignore[arg-type]  # the table's names are sides


def _with_years(found: list[Time]) -> Iterator[Time]:
    """Give a day or month without year the year of the next time that has one: "from 3 to 5 March 2026", "in May and June 2026"."""
    for position, time in enumerate(found):
        following = found[position + 1] if position + 1 < len(found) else None
        near = following is not None and following.start - time.end <= 6
        if following is not None and near and time.month and not time.year and following.month:
            yield replace(time, year=following.year)
        else:
            yield time


def _completed(given: Time, published: date | None) -> Time:
    if published is None or given.year or not (given.month or given.quarter or given.half):
        return given
    month = given.month or given.quarter * 3 or given.half * 6
    years = (published.year - 1, published.year, published.year + 1)
    nearest = min(years, key=lambda year: abs((year - published.year) * 12 + month - published.month))
    return replace(given, year=nearest)


def _resolves(claimed: Time, given: Time) -> bool:
    """Whether a weekday is the one of the given day."""
    if claimed.label not in _WEEKDAYS or not (given.year and given.month and given.day):
        return False
    try:
        return date(given.year, given.month, given.day).weekday() == _WEEKDAYS.index(claimed.label)
    except ValueError:
        return False
