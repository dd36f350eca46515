"""Statements that the extractive composer words around its quotations: links, plans, disagreements, dated lines.

Each is checked before the engine releases it: what it puts in quotation marks stands in its citations word for word,
and so does every figure, time and name that it says outside of them (or in the publisher and date shown beside it).
The words between are the product's own fixed phrases, which no source has to support. Statements of a language model
go through `checker` instead, which reads everything they say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from corpus.entities import Entities
from service.answering.figures import spoken
from service.answering.phrasing import plain
from service.grounding.verdict import Problem, Span

_QUOTED: Final = re.compile(r"“([^”]*)”")
_DATE_LABEL: Final = re.compile(r"^((?:\d{1,2} )?[A-Z][a-z]+ 20\d\d): ")
_SOURCE_NAMED: Final = re.compile(
    r"^, [^,;]*\b(?:reported|wrote|said|writes|reports|announced)\b[^,;]*$", re.IGNORECASE
)
"""The end of a sentence that the citation beside it says already: "…, Reuters reported on 12 March 2026"."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation's words with the publisher and the day that are shown beside them."""

    quote: str
    publisher: str
    published: date


@dataclass(frozen=True, slots=True)
class Composed:
    """How a composed statement was found right: as a quotation or part by part; `problems` when it was not."""

    by: Literal["quote", "exact"]
    problems: tuple[Problem, ...] = ()


class ComposedChecker:
    """Checks composed statements. Keeps the names that it has read, so one instance serves all answers."""

    def __init__(self, entities: Entities) -> None:
        """`entities` link the names of companies."""
        self._entities = entities
        self._rules: _Rules | None = None

    def check(self, statement: str, cited: Sequence[Cited]) -> Composed:
        """Whether the citations have what the statement quotes, and its figures, times and names."""
        quotes = [plain(each.quote) for each in cited]
        if _is_quotation(statement, cited, quotes):
            return Composed("quote")
        for match in _QUOTED.finditer(statement):
            if not any(_stands_in(match.group(1), quote) for quote in quotes):
                return Composed("exact", (Problem("quote", match.group(1), "No citation has these words."),))
        if self._rules is None:
            self._rules = _Rules(self._entities)
        beside = [f"{each.publisher} reported on {spoken(each.published)}." for each in cited]
        return Composed("exact", self._rules.problems(_QUOTED.sub("“…”", statement), (*quotes, *beside)))


class _Rules:
    """The exact checks of figures, times and names; made at first use, since their patterns take a while to compile."""

    def __init__(self, entities: Entities) -> None:
        from service.grounding.names import NameReader

        self._names = NameReader(entities)

    def problems(self, statement: str, passages: tuple[str, ...]) -> tuple[Problem, ...]:
        from service.grounding import content
        from service.grounding.alignment import SourceSentence
        from service.grounding.claims import read
        from service.grounding.comparison import Comparison

        sentences = tuple(
            SourceSentence(Span(number, 0, len(passage), passage), frozenset())
            for number, passage in enumerate(passages)
        )
        comparison = Comparison(read(statement, None), sentences, sentences, None, self._names)
        return tuple(
            problem
            for check in (content.figures, content.dates, content.names)
            for problem in check(comparison)
            if problem.kind in ("figure", "date", "name")
        )


def _stands_in(words: str, quote: str) -> bool:
    """Whether the quote has the words, in order where an ellipsis stands for what was left out."""
    place = 0
    for piece in words.split("…"):
        found = quote.find(piece.strip(" ."), place)
        if found < 0:
            return False
        place = found + len(piece.strip(" ."))
    return True


def _is_quotation(statement: str, cited: Sequence[Cited], quotes: Sequence[str]) -> bool:
    """Whether a statement is a whole quotation, bare or behind a date of its own or of its source.

    The only words that may be left out are those that name the source at its end.
    """
    label = _DATE_LABEL.match(statement)
    text = statement[label.end() :] if label else statement
    for each, quote in zip(cited, quotes, strict=True):
        if label and label.group(1) not in quote and not spoken(each.published).endswith(label.group(1)):
            continue
        start = text.rstrip(".")
        if quote[:1].casefold() + quote[1:] == text[:1].casefold() + text[1:]:
            return True
        if quote.startswith(start) and _SOURCE_NAMED.match(quote[len(start) :].rstrip(".")):
            return True
    return False
