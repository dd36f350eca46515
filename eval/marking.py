"""Which words of a text to highlight: offending words of a statement, and the words of a source that it lost.

Gives pieces of the text, marked or not, that `report` and `side_by_side` show; nothing here knows of HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

_WORD = re.compile(r"[\w$€¥£₹%](?:[\w.,%'’-]*[\w%])?")
NEAR: Final = 0.4
"""Share of common words from which two texts count as wordings of one thing, so that their difference says something;
of unrelated texts, everything would be marked."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; the pieces of a text, joined, are the text."""

    text: str
    marked: bool = False


def mark(text: str, phrases: Iterable[str]) -> tuple[Piece, ...]:
    """The text with each phrase marked: where it stands, or else each of its words where they stand as words.

    A phrase that stands within a word alone is marked there. Upper and lower case are the same. A phrase of which
    nothing stands in the text marks nothing.
    """
    spans: list[tuple[int, int]] = []
    for phrase in phrases:
        for pattern in _patterns(phrase) if phrase.strip() else ():
            found = [match.span() for match in re.finditer(pattern, text, re.I)]
            spans += found
            if found:
                break
    return _pieces(text, spans)


def mark_missing(source: str, statement: str) -> tuple[Piece, ...]:
    """The source with the words marked that the statement does not have, if the two are wordings of one thing."""
    words = list(_WORD.finditer(source))
    matcher = SequenceMatcher(
        None, [word.group().lower() for word in words], [word.lower() for word in _WORD.findall(statement)], False
    )
    if matcher.ratio() < NEAR:
        return (Piece(source),) if source else ()
    changed = ((first, last) for tag, first, last, _, _ in matcher.get_opcodes() if tag in ("delete", "replace"))
    return _pieces(source, [(words[first].start(), words[last - 1].end()) for first, last in changed])


def _patterns(phrase: str) -> tuple[str, ...]:
    """Patterns of a phrase, the best first: as a whole, any of its words, any place."""
    return _whole(phrase), "|".join(map(_whole, phrase.split())), re.escape(phrase.strip())


def _whole(phrase: str) -> str:
    """A pattern of the phrase that does not begin or end within a word, white space aside."""
    body = r"\s+".join(map(re.escape, phrase.split()))
    before = r"(?<!\w)" if phrase.strip()[0].isalnum() else ""
    after = r"(?!\w)" if phrase.strip()[-1].isalnum() else ""
    return f"{before}{body}{after}"


def _pieces(text: str, spans: Iterable[tuple[int, int]]) -> tuple[Piece, ...]:
    return tuple(piece for piece in _cut(text, sorted(spans)) if piece.text)


def _cut(text: str, spans: list[tuple[int, int]]) -> Iterator[Piece]:
    at = 0
    for start, end in spans:
        if end > at:
            yield Piece(text[at : max(start, at)])
            yield Piece(text[max(start, at) : end], marked=True)
            at = end
    yield Piece(text[at:])
