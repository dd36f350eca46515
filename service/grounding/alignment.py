"""The sentences of cited passages, and which of them speak of what a statement says.

Passages are cut into sentences once and kept; a statement is compared with the one or two sentences that cover most
of its words, rare words counting more. Comes before `exact`, which compares part by part.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import log

from corpus.split import sentence_spans
from service.answering.terms import content_terms
from service.grounding.verdict import Span

_SECOND_ADDS = 0.12
"""Share of a statement's words that a second sentence must add to be evidence too."""
_MARKS = re.compile(r"[*_`#>]+")
_SPACES = re.compile(r"\s+")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " ", "\u202f": " "})
_LIST_ITEM = re.compile(r"^\s*(?:[-*+•]|\d+[.)])\s+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SourceSentence:
    """A sentence of a passage, with its content terms; `span.passage` is the passage's place among the cited ones."""

    span: Span
    terms: frozenset[str]

    @property
    def text(self) -> str:
        """The sentence as written."""
        return self.span.text


@lru_cache(maxsize=2_000)
def _cut(passage: str) -> tuple[tuple[int, int, frozenset[str]], ...]:
    cut = []
    for start, end in sentence_spans(passage):
        # A line of a list is a sentence of its own, whatever stands at its end.
        edges = sorted({start, *(match.start() for match in _LIST_ITEM.finditer(passage, start, end)), end})
        for low, high in pairwise(edges):
            text = passage[low:high]
            first, last = low + len(text) - len(text.lstrip()), high - len(text) + len(text.rstrip())
            if first < last:
                cut.append((first, last, frozenset(content_terms(passage[first:last]))))
    return tuple(cut)


def sentences(passages: Sequence[str]) -> tuple[SourceSentence, ...]:
    """The sentences of all passages, in order."""
    return tuple(
        SourceSentence(Span(number, low, high, passage[low:high]), terms)
        for number, passage in enumerate(passages)
        for low, high, terms in _cut(passage)
    )


def best(terms: frozenset[str], among: Sequence[SourceSentence]) -> tuple[SourceSentence, ...]:
    """The sentence that covers most of `terms`, and a second one when it adds to it; nothing without sentences.

    A term weighs log(1 + n / df) over the n sentences (inverse document frequency), so that what every sentence says
    decides nothing. The earlier sentence wins a tie.
    """
    if not among:
        return ()
    weights = _weights(terms, among)
    total = sum(weights.values()) or 1.0
    first = max(among, key=lambda sentence: _covered(sentence, weights))
    left = {term: weight for term, weight in weights.items() if term not in first.terms}
    second = max(among, key=lambda sentence: _covered(sentence, left))
    if _covered(second, left) / total < _SECOND_ADDS:
        return (first,)
    return (first, second)


def coverage(terms: frozenset[str], evidence: Sequence[SourceSentence], among: Sequence[SourceSentence]) -> float:
    """The weighted share of `terms` that `evidence` has; weights as in `best`."""
    weights = _weights(terms, among)
    total = sum(weights.values())
    having = frozenset().union(*(sentence.terms for sentence in evidence))
    return sum(weight for term, weight in weights.items() if term in having) / total if total else 0.0


def is_verbatim(statement: str, passages: Sequence[str]) -> bool:
    """Whether the statement is one whole sentence of a passage, or several that follow one another.

    White space, typographic quotes and Markdown marks are left aside. A part of a sentence is no quotation here: what
    was cut off may turn its meaning.
    """
    wanted = plain(statement)
    if not wanted:
        return False
    return any(wanted in _plain_sentences(passage) or _is_run(statement, passage) for passage in passages)


def plain(text: str) -> str:
    """The text on one line, with straight quotes, and without Markdown marks, final stop and capital at its start."""
    line = _SPACES.sub(" ", _MARKS.sub("", _LIST_ITEM.sub("", text)).translate(_QUOTES)).strip().rstrip(".;")
    return line[:1].casefold() + line[1:]


def parts(statement: str) -> tuple[str, ...]:
    """The sentences of a statement, cut at semicolons too: each of them is checked by itself."""
    cut = [statement[low:high] for low, high in sentence_spans(statement)]
    return tuple(part.strip() for sentence in cut for part in sentence.split("; ") if part.strip())


@lru_cache(maxsize=2_000)
def _plain_sentences(passage: str) -> tuple[str, ...]:
    return tuple(plain(passage[low:high]) for low, high, _ in _cut(passage))


def _is_run(statement: str, passage: str) -> bool:
    wanted = tuple(plain(statement[low:high]) for low, high in sentence_spans(statement))
    given = _plain_sentences(passage)
    return len(wanted) > 1 and any(given[at : at + len(wanted)] == wanted for at in range(len(given)))


def _weights(terms: frozenset[str], among: Sequence[SourceSentence]) -> dict[str, float]:
    count = len(among)
    return {term: log(1 + count / max(1, sum(term in sentence.terms for sentence in among))) for term in terms}


def _covered(sentence: SourceSentence, weights: dict[str, float]) -> float:
    return sum(weight for term, weight in weights.items() if term in sentence.terms)
