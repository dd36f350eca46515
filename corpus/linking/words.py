"""Text as a row of normalised words, each with the span that it has in the original text.

Both sides of every comparison pass through here: the names of entities.yaml and the text in which they are looked
for. Normalising means Unicode NFKC, case folding, and dropping apostrophes and the possessive 's; hyphens, dashes,
slashes, commas and full stops separate words, "&" reads as "and", and "start up" as "startup". A Chinese, Japanese or
Korean character is a word of its own, so that a name in such a script is found inside a run of text without spaces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

JOINED: Final = 0
"""Nothing, a space or a hyphen stands before the word."""
PAUSE: Final = 1
"""A comma, a slash or a dash between spaces stands before the word: it may belong to the same name."""
BREAK: Final = 2
"""A sentence, a bracket or a clause ends before the word: no name goes across."""

FUNCTION_WORDS: Final = frozenset(
    "a an the of in on at for to from by with about as is are was were be and or but not no do does did has have had "
    "will would can could should may might must what which who when where why how i me you we us they it my your our "
    "their its his her this that these those if so than then".split()
)
"""Words that build sentences and never stand inside the description of a company or a role."""

_CJK = (
    r"\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f"
)
_MARKS = r"\u0300-\u036f"
_APOSTROPHES = "'’‘ʼ＇`´"
_LETTER = rf"[^\W_{_CJK}]"
_LETTERS = rf"{_LETTER}+(?:[{_MARKS}]+{_LETTER}*)*"
_WORD = re.compile(
    rf"{_LETTERS}(?:(?:[{_APOSTROPHES}]|_+){_LETTERS})*"
    rf"|(?P<cjk>[{_CJK}][\u3099\u309a\uff9e\uff9f]*)"
    r"|[&＆+*]"
)
_POSSESSIVE = re.compile(rf"[{_APOSTROPHES}][sS]\Z")
_APOSTROPHE = re.compile(f"[{_APOSTROPHES}]")
_JOINING = frozenset({"", " ", "-"})
_UP = frozenset({"up", "ups"})
_HARD_STOP = re.compile(r"[!?;:()\[\]{}<>|\"“”«»。！？；：（）「」『』、…•\n\r\u2028\u2029]")
_SOFT_STOP = re.compile(r"[,/，／]|\s[-–—]+\s|[–—]")


class Word(NamedTuple):
    """One normalised word.

    `start` and `end` are offsets of what stands in the text, `stem_end` leaves the possessive 's out. When one written
    word gives several normalised ones ("sensorfusion"), all have its span, and only the outer ones are `first` and
    `last`. `gap` is what stands before: JOINED, PAUSE or BREAK. `typo` marks a word that was read with a correction.
    """

    norm: str
    start: int
    end: int
    stem_end: int
    gap: int
    possessive: bool = False
    first: bool = True
    last: bool = True
    typo: bool = False


def words(text: str) -> list[Word]:
    """The words of `text` in order, with offsets in `text`. Any string is accepted."""
    found: list[Word] = []
    previous_end = 0
    previous = ""
    for match in _WORD.finditer(text):
        start, end = match.span()
        norms, suffix = _normalise(match.group())
        if not norms:
            continue
        between = text[previous_end:start]
        gap = BREAK if not found else JOINED if between in _JOINING else _gap(between, previous)
        previous_end, previous = end, norms[-1]
        if len(norms) == 1:
            found.append(Word(previous, start, end, end - suffix, gap, suffix > 0))
        else:
            found.extend(_spread(norms, start, end, suffix, gap))
        if previous in _UP and len(found) > 1 and found[-2].norm == "start" and gap == JOINED:
            up, begin = found.pop(), found.pop()
            found.append(up._replace(norm=begin.norm + up.norm, start=begin.start, gap=begin.gap))
    return found


@lru_cache(maxsize=16384)
def key(name: str) -> tuple[str, ...]:
    """The normalised words of a name, by which it is stored and found."""
    return tuple(word.norm for word in words(name))


def _spread(norms: tuple[str, ...], start: int, end: int, suffix: int, gap: int) -> Iterator[Word]:
    """The normalised words that one written word gives."""
    last = len(norms) - 1
    for position, norm in enumerate(norms):
        before = gap if position == 0 else JOINED
        yield Word(norm, start, end, end - suffix, before, suffix > 0, position == 0, position == last)


def _gap(between: str, previous: str) -> int:
    if _HARD_STOP.search(between):
        return BREAK
    if "." in between:
        # The full stop of an abbreviation or inside a name ("U.S. Chamber", "Helm.ai", "3.0") ends no sentence.
        return JOINED if len(between) == 1 or len(previous) == 1 else BREAK
    return PAUSE if _SOFT_STOP.search(between) else JOINED


@lru_cache(maxsize=65536)
def _normalise(written: str) -> tuple[tuple[str, ...], int]:
    """The normalised words that one written word gives, and the length of its possessive ending."""
    suffix = 2 if _POSSESSIVE.search(written) else 0
    folded = unicodedata.normalize("NFKC", written[: len(written) - suffix]).casefold()
    folded = _APOSTROPHE.sub("", folded)
    if folded in {"&", "+", "*"}:
        return ("and" if folded == "&" else folded,), 0
    # An identifier such as ANTHROPIC_API_KEY is one written word of several: a name must cover all of it.
    if folded.isalnum():
        # Compatibility forms may hide several ideographs in one character.
        cjk = _WORD.match(folded)
        if len(folded) > 1 and cjk is not None and cjk.group("cjk"):
            return tuple(folded), suffix
        return (folded,), suffix
    return tuple(match.group().casefold() for match in _WORD.finditer(folded)), suffix
