"""Figures in text: amounts of money, shares in percent, counts with what they count, and dates.

`evidence` uses them to see which figures of two reports measure the same thing and differ. Amounts are never
converted between currencies; a figure keeps the words in which it was written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
            "september sep sept", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
MAGNITUDE = {
    "trillion": 1e12, "tn": 1e12, "billion": 1e9, "bn": 1e9, "million": 1e6, "mn": 1e6, "crore": 1e7, "thousand": 1e3, "lakh": 1e5,
}  # fmt: skip
SYMBOL = {
    "$": "USD",
    "US$": "USD",
    "¥": "JPY",
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "NT$": "TWD",
    "C$": "CAD",
    "A$": "AUD",
}
_WORD = {
    "dollar": "USD", "dollars": "USD", "yen": "JPY", "euro": "EUR", "euros": "EUR", "pounds": "GBP", "won": "KRW", "yuan": "CNY",
    "rupees": "INR",
}  # fmt: skip
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_FIGURE = re.compile(
    rf"(?P<symbol>US\$|NT\$|C\$|A\$|[$¥€£₹])?\s?(?P<number>{_NUMBER})(?:[\s-]?(?P<magnitude>trillion|billion|million|thousand|crore|lakh|tn|bn|mn)\b)?"
    rf"(?:[\s-]?(?P<percent>%|per ?cent\b)|\s(?P<currency>dollars?|yen|euros?|pounds|won|yuan|rupees)\b|[\s-](?P<noun>[A-Za-z][a-z]+(?:\s[a-z]+)?))?",
)
_OPENING_WORDS = frozenset(
    "About Only In Over Some Nearly Around Almost At By The A More Up From Of With To And All After Before Under".split()
)
_NOT_UNITS = frozenset(
    "in of and or to for at on from a the is are was were more than after before by with up total active as per".split()
)
_DATE = re.compile(rf"\b(?:(?P<day>\d{{1,2}})\s)?(?P<month>{MONTH})\s(?P<year>20\d\d)\b", re.IGNORECASE)
_DATE_SPAN = re.compile(
    rf"\b\d{{1,2}}\s{MONTH}(?:\s20\d\d)?\b|\b{MONTH}\s20\d\d\b|\b(?:fiscal(?: year)?|since|in|of|from|until|by|for|to|and|early|late|mid|second half of|end of)\s20\d\d\b|\b20\d\d\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as written (`text`, at `start:end`), its value, and its unit: an ISO 4217 code, "%", or the stemless noun
    that follows a count ("robots", "cities"); the unit is empty for a bare number.
    """

    value: float
    unit: str
    text: str
    start: int
    end: int


@lru_cache(maxsize=20_000)
def figures(text: str) -> tuple[Figure, ...]:
    """All figures of a text except dates and years, in order."""
    blocked = [match.span() for match in _DATE_SPAN.finditer(text)]
    found = []
    for match in _FIGURE.finditer(text):
        start, end = match.start("symbol") if match["symbol"] else match.start("number"), match.end()
        if any(start < high and low < match.end("number") for low, high in blocked):
            continue
        if not (match["symbol"] or match["magnitude"] or match["percent"] or match["currency"]) and _is_model_number(
            text, match
        ):
            continue
        value = float(match["number"].replace(",", "")) * MAGNITUDE.get(match["magnitude"] or "", 1.0)
        if match["symbol"]:
            unit, end = SYMBOL[match["symbol"]], match.end("magnitude") if match["magnitude"] else match.end("number")
        elif match["percent"]:
            unit = "%"
        elif match["currency"]:
            unit = _WORD[match["currency"]]
        else:
            noun = (match["noun"] or "").split(" ")[0]
            unit = "" if noun in _NOT_UNITS else noun
            end = match.end("magnitude") if match["magnitude"] else match.end("number")
        found.append(Figure(value, unit, text[start:end].strip(), start, end))
    return tuple(found)


def _is_model_number(text: str, match: re.Match[str]) -> bool:
    """Whether a number belongs to a name ("Helix 2", "Level 3"): a small one right after a word with a capital."""
    before = re.search(r"([A-Z][\w-]*) $", text[: match.start("number")])
    small = len(match["number"]) <= 3
    return bool(small and before and before.group(1) not in _OPENING_WORDS)


@lru_cache(maxsize=20_000)
def dates(text: str) -> tuple[tuple[date, str], ...]:
    """Dates of a text with at least month and year, each as (first day it can mean, words as written)."""
    found = []
    for match in _DATE.finditer(text):
        try:
            day = date(int(match["year"]), MONTHS[match["month"].casefold()], int(match["day"] or 1))
        except ValueError:
            continue
        found.append((day, match.group(0)))
    return tuple(found)


def spoken(day: date) -> str:
    """A date as the answers write it: 2 July 2026."""
    return f"{day.day} {day:%B %Y}"
