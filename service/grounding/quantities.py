"""Amounts, shares, measures and counts in statements, however they are written, with their qualifiers.

`service.answering.figures` reads the figures of edited reports; here every way to write one counts, since a statement
that is checked may say "a quarter" where its source says "25%", or "9,000 billion won" for "9 trillion won". Amounts
are never converted between currencies; measures are (36 months are 3 years). Used by `claims` and `exact`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from service.answering.figures import MAGNITUDE, SYMBOL
from service.answering.terms import content_terms

Qualifier = Literal["", "about", "nearly", "above", "below"]
"""How a figure is bounded: exactly, about, nearly (a little less), above (at least, more than), below (up to)."""

_CURRENCY = {
    "dollar": "USD", "usd": "USD", "yen": "JPY", "jpy": "JPY", "euro": "EUR", "eur": "EUR", "pound": "GBP", "gbp": "GBP",
    "won": "KRW", "krw": "KRW", "yuan": "CNY", "renminbi": "CNY", "rmb": "CNY", "rupee": "INR", "inr": "INR",
    "krone": "NOK", "kroner": "NOK", "krona": "SEK", "kronor": "SEK", "franc": "CHF", "peso": "MXN", "real": "BRL",
    "reais": "BRL", "zloty": "PLN", "zlotys": "PLN", "rand": "ZAR", "lira": "TRY", "shekel": "ILS", "dirham": "AED",
    "ringgit": "MYR", "baht": "THB", "forint": "HUF", "koruna": "CZK", "kuna": "HRK", "rupiah": "IDR", "riyal": "SAR",
    "cent": "cent",
}  # fmt: skip
_MEASURE: dict[str, tuple[str, float]] = {
    "second": ("time", 1.0), "sec": ("time", 1.0), "millisecond": ("time", 1e-3), "ms": ("time", 1e-3), "microsecond": ("time", 1e-6),
    "minute": ("time", 60.0), "hour": ("time", 3600.0), "day": ("time", 86400.0), "week": ("time", 604800.0),
    "fortnight": ("time", 1209600.0),
    "month": ("months", 1.0), "quarter": ("months", 3.0), "year": ("months", 12.0), "decade": ("months", 120.0),
    "watt": ("power", 1.0), "kilowatt": ("power", 1e3), "kw": ("power", 1e3), "megawatt": ("power", 1e6), "mw": ("power", 1e6),
    "gigawatt": ("power", 1e9), "gw": ("power", 1e9),
    "kilowatt-hour": ("energy", 1e3), "kwh": ("energy", 1e3), "megawatt-hour": ("energy", 1e6), "mwh": ("energy", 1e6),
    "gigawatt-hour": ("energy", 1e9), "gwh": ("energy", 1e9), "watt-hour": ("energy", 1.0), "wh": ("energy", 1.0),
    "mm": ("length", 1e-3), "millimetre": ("length", 1e-3), "millimeter": ("length", 1e-3), "cm": ("length", 1e-2),
    "centimetre": ("length", 1e-2), "centimeter": ("length", 1e-2), "metre": ("length", 1.0), "meter": ("length", 1.0),
    "km": ("length", 1e3), "kilometre": ("length", 1e3), "kilometer": ("length", 1e3), "nm": ("length", 1e-9),
    "nanometre": ("length", 1e-9), "nanometer": ("length", 1e-9), "mile": ("mile", 1.0), "foot": ("foot", 1.0),
    "feet": ("foot", 1.0), "inch": ("inch", 1.0), "gram": ("mass", 1e-3), "kg": ("mass", 1.0), "kilogram": ("mass", 1.0),
    "kilo": ("mass", 1.0), "tonne": ("mass", 1e3), "ton": ("mass", 1e3), "gb": ("bytes", 1e9), "gigabyte": ("bytes", 1e9),
    "mb": ("bytes", 1e6), "megabyte": ("bytes", 1e6), "tb": ("bytes", 1e12), "terabyte": ("bytes", 1e12),
    "hertz": ("frequency", 1.0), "hz": ("frequency", 1.0), "khz": ("frequency", 1e3), "mhz": ("frequency", 1e6),
    "ghz": ("frequency", 1e9), "degree": ("degree", 1.0), "acre": ("acre", 1.0), "hectare": ("square length", 1e4),
    "mph": ("mph", 1.0),
}  # fmt: skip
_MAGNITUDES = MAGNITUDE | {"m": 1e6, "b": 1e9, "k": 1e3, "t": 1e12, "hundred": 1e2, "dozen": 12.0}
_WORDS = {
    name: float(value)
    for value, name in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen".split()
    )
} | {
    name: float(value)
    for value, name in zip(
        range(20, 100, 10), "twenty thirty forty fifty sixty seventy eighty ninety".split(), strict=True
    )
}
_DENOMINATOR = {
    "half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
    "ninth": 9, "tenth": 10,
}  # fmt: skip
_TIMES = {"twice": 2.0, "double": 2.0, "doubled": 2.0, "doubles": 2.0, "doubling": 2.0, "triple": 3.0, "tripled": 3.0, "trebled": 3.0,
          "quadrupled": 4.0, "halved": 0.5, "halve": 0.5, "halves": 0.5, "halving": 0.5}  # fmt: skip

_NUMBER = r"\d{1,3}(?:[,\u00a0\u202f]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_UNIT_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_SPELT = rf"(?:(?:{_TENS})[-\s](?:one|two|three|four|five|six|seven|eight|nine)|{_UNIT_WORD})\b(?!-?(?:first|second|third|fifth|\w+th)\b)"
_SCALE = r"trillion|billion|million|thousand|hundred|dozen|crore|lakh|tn|bn|mn"
_AMOUNT = re.compile(
    rf"(?P<symbol>US\$|NT\$|HK\$|C\$|A\$|S\$|[$¥€£₹₩])?\s?(?<![\w.,])(?P<number>{_NUMBER}|(?i:\b(?:{_SPELT}|an?|half\sa)(?=[\s-](?:{_SCALE})\b)|\b{_SPELT}\b))"
    rf"(?:[\s-]?(?P<scale>(?i:(?:{_SCALE})s?\b(?:[\s-](?:{_SCALE})\b)?)|(?:(?<=[\d])[mbktMBKT]\b)))?"
    r"(?![\d:]|,\d|\.\d)",
)
_FRACTION = re.compile(
    r"\b(?P<top>an?|one|two|three|four|five|six|seven|eight|nine)[\s-](?P<bottom>half|third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth)s?\b(?=\s(?:of|as|less|more|fewer|lower|higher|in|will|is|are|was|were|have|has)\b|[,.;])"
    r"|\b(?P<half>half)\b(?!\sa\s(?:trillion|billion|million|dozen)|\sof\s(?:the\s)?(?:fiscal\s)?(?:year|20\d\d)|[\s-]year|\s(?:an?|past)\b)"
    r"|\b(?P<part>\w+)\s(?:in|out\sof)\s(?:every\s)?(?P<whole>two|three|four|five|six|seven|eight|nine|ten|twenty|\d+)\b(?!\s(?:days?|weeks?|months?|years?|hours?|steps|phases|stages|cities|countries|lots|minutes|languages|places))",
    re.IGNORECASE,
)
_HALF_OF_A_YEAR = re.compile(r"\b(?:first|second|last|other|next|this)\s$", re.IGNORECASE)
_MULTIPLE = re.compile(rf"\b(?:{'|'.join(_TIMES)})\b", re.IGNORECASE)
_AFTER = re.compile(
    r"[\s-]?(?P<percent>%|per\s?cent(?:age)?\b)(?:[\s-]?(?P<points>points?)\b)?|\s?(?P<compact>kwh|mwh|gwh|kw|mw|gw|km|kg|gb|tb|mb|nm|mm|cm|ms|ghz|mhz|khz|hz)\b|(?:[\s-](?:(?:US|Canadian|Australian|square|cubic|calendar|working|fiscal|full)[\s-])?(?P<word>[^\W\d_]+(?:-hours?)?))?",
    re.IGNORECASE,
)
_BEFORE: tuple[tuple[Qualifier, re.Pattern[str]], ...] = tuple(
    (qualifier, re.compile(rf"(?:\b(?:{words})\s(?:the\s|an?\s)?)$", re.IGNORECASE))  # type: ignore[misc]
    for qualifier, words in (
        ("below", r"up to|at most|at best|no more than|not more than|as (?:many|much|high|long) as|a maximum of|less than|fewer than|under|below|lower than|within|maximum|shorter than|limited to|capped at|short of|at the most"),
        ("above", r"more than|at least|no less than|not less than|no fewer than|over|above|exceeding|exceeds|exceed|in excess of|a minimum of|minimum|upwards of|longer than|higher than|greater than|better than"),
        ("about", r"about|around|roughly|approximately|some|circa|ca\.|approx\.|an estimated|estimated|in the region of|close to|or so|somewhere near"),
        ("nearly", r"nearly|almost|just under|just below|a little under|slightly (?:less|fewer) than|not quite|barely"),
        ("above", r"just over|a little over|slightly (?:more|over)(?: than)?|well over"),
    )
)  # fmt: skip
_BEHIND: tuple[tuple[Qualifier, re.Pattern[str]], ...] = (
    ("above", re.compile(r"^\s?(?:or more|or longer|or higher|at least|at the least|plus\b|and more|upwards|\+)", re.IGNORECASE)),
    ("below", re.compile(r"^\s?(?:or less|or fewer|at most|at the most|at best|or under)", re.IGNORECASE)),
    ("about", re.compile(r"^\s?(?:or so|or thereabouts|approximately)", re.IGNORECASE)),
)  # fmt: skip
_DURATION = re.compile(r"\b(?:over|within|under|above)\s(?:the\s|a\s)?$", re.IGNORECASE)
"""Before a length of time, "over" and "within" say how long something takes, not how exact the figure is."""
_NAMES_BEFORE = re.compile(
    r"(?:\b(?:Level|Stage|Tier|Series|Version|Phase|Step|Article|Section|Round|Model|Part|Chapter|Week|Day|No\.?|level|version|phase|step|week|stage|[A-Z][\w.]*[A-Za-z]-?))[\s-]?$"
)
_NO_NAMES = frozenset(
    "Only About Nearly Some Over Around The In Of At Under Just Almost Roughly By From To With For And Up Between Another Its All Their A An On After Before Since Until More Less Fewer Another Every Each Both These Those Other Further Approximately Than Or As If".split()
)
_ARTICLES = frozenset({"a", "an", "half a"})
_EXACT = 0.0005
"""Relative difference up to which two figures are the same: room for floating point."""
_ROUND = 0.06
"""Relative difference that "about" and "nearly" may bridge: 35.9 is about 36, 9.5 is not about 9."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure: `text[start:end]` as written, its value in `unit` (an ISO 4217 code, "%", a dimension such as "time" in
    seconds, "x" for a multiple, or "" for a count), the lower-case word behind it, and how it is bounded.

    `spelt` marks a figure in words, `label` a number that belongs to a name ("GPT 5", "Level 3").
    """

    value: float
    unit: str
    noun: str
    qualifier: Qualifier
    text: str
    start: int
    end: int
    spelt: bool = False
    label: bool = False


@lru_cache(maxsize=20_000)
def quantities(text: str, taken: tuple[tuple[int, int], ...] = ()) -> tuple[Quantity, ...]:
    """All figures of `text` in order, outside the spans `taken` (its dates)."""
    found = sorted(_all(text, taken), key=lambda quantity: (quantity.start, -quantity.end))
    kept: list[Quantity] = []
    for quantity in found:
        if not kept or quantity.start >= kept[-1].end:
            kept.append(quantity)
    return tuple(_with_shared_units(text, kept))


def same(claimed: Quantity, given: Quantity) -> bool:
    """Whether the two are the same figure in the same unit, their qualifiers left aside except where they round."""
    if not _units_agree(claimed, given):
        return False
    claimed_value, given_value = claimed.value, given.value
    difference = abs(claimed_value - given_value) / max(abs(given_value), abs(claimed_value), 1e-12)
    tolerance = 0.02 if "%" in (claimed.unit, given.unit) and (claimed.spelt or given.spelt) else _EXACT
    if difference <= tolerance:
        return True
    if claimed.qualifier == "about":
        return difference <= _ROUND
    if claimed.qualifier == "nearly":
        return given_value <= claimed_value and difference <= _ROUND
    if claimed.qualifier == "above":
        return claimed_value <= given_value <= claimed_value * 1.25 and not given.qualifier
    if claimed.qualifier == "below":
        return claimed_value * 0.75 <= given_value <= claimed_value and not given.qualifier
    return False


def qualifier_kept(claimed: Quantity, given: Quantity) -> bool:
    """Whether the claimed figure is bounded as the given one is; a wider statement ("about 5" for 5) is not."""
    if claimed.qualifier == given.qualifier:
        return True
    if abs(claimed.value - given.value) / max(abs(given.value), 1e-12) > _EXACT and claimed.qualifier:
        return True  # a rounded figure: `same` has tested its side
    return claimed.qualifier in {"about", "nearly"} and given.qualifier in {"about", "nearly"}


def _units_agree(claimed: Quantity, given: Quantity) -> bool:
    if claimed.unit == given.unit:
        return True
    # "49 billion of the 1,600 billion parameters": a bare number takes the unit that the other one has, but a count of
    # things is no amount of money and no share.
    bare = {quantity.unit for quantity in (claimed, given)}
    without = claimed if not claimed.unit else given
    return "" in bare and not term_of(without.noun) and not bare & {"%", "x"}


def term_of(word: str) -> str:
    """The content term of a noun behind a figure, empty for "of" and the like."""
    return next(iter(content_terms(word)), "")


def _all(text: str, taken: tuple[tuple[int, int], ...]) -> Iterator[Quantity]:
    def free(start: int, end: int) -> bool:
        return all(end <= low or start >= high for low, high in taken)

    for match in _FRACTION.finditer(text):
        if not free(*match.span()):
            continue
        share = _share(text, match)
        if share is not None:
            yield _quantity(text, share, "%", "", match.start(), match.end(), spelt=True)
    for match in _MULTIPLE.finditer(text):
        if free(*match.span()):
            yield _quantity(text, _TIMES[match.group().casefold()], "x", "", match.start(), match.end(), spelt=True)
    for match in _AMOUNT.finditer(text):
        if free(match.start("number"), match.end()) and (quantity := _amount(text, match)) is not None:
            yield quantity


def _share(text: str, match: re.Match[str]) -> float | None:
    if match["half"]:
        return None if _HALF_OF_A_YEAR.search(text[: match.start()]) else 50.0
    if match["bottom"]:
        if (
            match["bottom"].casefold() == "quarter"
            and match["top"].casefold() in {"a", "one"}
            and text[match.end() :].startswith((",", ".", ";", " in", " earlier"))
        ):
            return None
        top = _WORDS.get(match["top"].casefold(), 1.0)
        return 100.0 * top / _DENOMINATOR[match["bottom"].casefold()]
    part, whole = _plain_number(match["part"]), _plain_number(match["whole"])
    return 100.0 * part / whole if part and whole and part < whole else None


def _plain_number(word: str) -> float | None:
    folded = word.casefold()
    return float(folded) if folded.isdecimal() and folded.isascii() else _WORDS.get(folded)


def _amount(text: str, match: re.Match[str]) -> Quantity | None:
    written = match["number"].casefold()
    spelt = not written[0].isdigit()
    if spelt and not match["scale"] and written == "one":
        return None  # mostly a pronoun; "one of three" is read as a share
    value = _spelt_value(written) if spelt else float(re.sub(r"[,\u00a0\u202f]", "", written))
    scale = match["scale"] or ""
    for word in re.split(r"[\s-]", scale):
        value *= (
            _MAGNITUDES.get(word.casefold().removesuffix("s") if word else "", 1.0)
            if len(word) > 1
            else _MAGNITUDES.get(word.casefold(), 1.0)
        )
    start, end = match.start("symbol") if match["symbol"] else match.start("number"), match.end()
    after = _AFTER.match(text, end)
    assert after is not None  # every part of the pattern may be empty
    if match["symbol"]:
        unit, noun, stop = SYMBOL.get(match["symbol"], match["symbol"]), "", end
    elif after["percent"]:
        unit, noun, stop = ("points" if after["points"] else "%"), "", after.end()
    else:
        word = (after["compact"] or after["word"] or "").casefold()
        unit, factor, is_unit = _unit_of(word)
        value, noun, stop = value * factor, word, after.end() if is_unit else end
        if is_unit and (area := _AREA.search(text[end : after.end()])):
            power = 2 if area.group().casefold() == "square" else 3
            unit, value = f"{area.group().casefold()} {unit}", value * factor ** (power - 1)
    if spelt and not unit and not scale and value < 2:
        return None
    named = _NAMES_BEFORE.search(text[max(0, start - 40) : start])
    label = bool(
        named
        and not unit
        and not match["symbol"]
        and not scale
        and not spelt
        and "," not in written
        and named.group().strip(" -") not in _NO_NAMES
    )
    return _quantity(text, value, unit, noun, start, stop, spelt=spelt, label=label)


def _unit_of(word: str) -> tuple[str, float, bool]:
    singular = word.removesuffix("s") if len(word) > 2 else word
    for form in (word, singular):
        if form in _CURRENCY:
            return _CURRENCY[form], 1.0, True
        if form in _MEASURE:
            dimension, factor = _MEASURE[form]
            return dimension, factor, True
    if singular == "time" and word == "times":
        return "x", 1.0, True
    return "", 1.0, False


def _spelt_value(written: str) -> float:
    if written == "half a":
        return 0.5
    if written in _ARTICLES:
        return 1.0
    return sum(_WORDS.get(part, 0.0) for part in re.split(r"[-\s]", written))


def _quantity(  # the fields of a figure
    text: str, value: float, unit: str, noun: str, start: int, end: int, *, spelt: bool = False, label: bool = False
) -> Quantity:
    before = text[max(0, start - 40) : start]
    qualifier: Qualifier = next((name for name, pattern in _BEFORE if pattern.search(before)), "")
    if not qualifier:
        behind = text[end : end + 24]
        qualifier = next((name for name, pattern in _BEHIND if pattern.search(behind)), "")
    if unit in {"time", "months"} and _DURATION.search(before):
        qualifier = ""
    return Quantity(value, unit, noun, qualifier, text[start:end], start, end, spelt, label)


_AREA = re.compile(r"\b(?:square|cubic)\b", re.IGNORECASE)
_JOINED = re.compile(r"\s?(?:-|–|to|and|or)\s?")


def _with_shared_units(text: str, found: list[Quantity]) -> Iterator[Quantity]:
    """Give "$100-200 million" and "between 3 and 5 percent" one unit and magnitude at both ends."""
    for position, quantity in enumerate(found):
        following = found[position + 1] if position + 1 < len(found) else None
        previous = found[position - 1] if position else None
        if (
            quantity.unit == ""
            and not quantity.noun.isalpha()
            and following is not None
            and _JOINED.fullmatch(text[quantity.end : following.start])
        ) or (
            quantity.noun in {"to", "and", "or"}
            and following is not None
            and _JOINED.fullmatch(text[quantity.end : following.start])
        ):
            yield _shared(quantity, following)
        elif (
            quantity.unit == ""
            and previous is not None
            and previous.unit
            and previous.text[:1] in SYMBOL
            and _JOINED.fullmatch(text[previous.end : quantity.start])
            and not quantity.noun
        ):
            yield _shared(quantity, previous)
        elif (
            following is not None
            and quantity.text[:1] in SYMBOL
            and following.unit == ""
            and quantity.value < 1000 <= following.value
            and re.fullmatch(r"\s?[-–]\s?|\sto\s", text[quantity.end : following.start])
        ):
            yield Quantity(
                quantity.value * _scale_of(following),
                quantity.unit,
                "",
                quantity.qualifier,
                quantity.text,
                quantity.start,
                quantity.end,
            )
        elif (
            previous is not None
            and previous.text[:1] in SYMBOL
            and quantity.unit == ""
            and re.fullmatch(r"\s?[-–]\s?|\sto\s", text[previous.end : quantity.start])
        ):
            yield Quantity(
                quantity.value,
                previous.unit,
                "",
                quantity.qualifier or previous.qualifier,
                quantity.text,
                quantity.start,
                quantity.end,
            )
        else:
            yield quantity


def _shared(quantity: Quantity, other: Quantity) -> Quantity:
    value = quantity.value
    if other.unit in set(_MEASURE_FACTORS):
        value *= _MEASURE_FACTORS[other.unit].get(other.noun.removesuffix("s"), 1.0)
    elif value < 1000 <= other.value and not quantity.spelt:
        value *= _scale_of(other)
    return Quantity(
        value,
        other.unit,
        other.noun,
        quantity.qualifier,
        quantity.text,
        quantity.start,
        quantity.end,
        quantity.spelt,
        quantity.label,
    )


def _scale_of(quantity: Quantity) -> float:
    match = re.search(rf"(?i:\b(?P<scale>{_SCALE})\b)|(?<=\d)(?P<letter>[mbktMBKT])\b", quantity.text)
    return _MAGNITUDES.get((match["scale"] or match["letter"]).casefold(), 1.0) if match else 1.0


_MEASURE_FACTORS: dict[str, dict[str, float]] = {}
for _name, (_dimension, _factor) in _MEASURE.items():
    _MEASURE_FACTORS.setdefault(_dimension, {})[_name] = _factor
