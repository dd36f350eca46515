"""The documents that answers are judged against: those of the store, and the passages given with a question.

`Sources` finds a document by whatever name a target or a question file calls it by, and says where quoted words stand.
Comes before `judging`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Final

from corpus.document import Document, DocumentKind
from eval.golden import GoldenQuestion
from eval.records import QuoteStatus
from service.answering.figures import spoken

_SPACES = re.compile(r"\s+")
_TYPOGRAPHY = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-"})
_GAP = re.compile(r"\[?(?:…|\.\.\.)\]?")
FEWEST_WORDS: Final = 3
"""Words that a piece of a stitched quote has at least; shorter runs stand anywhere by chance."""
MOST_PIECES: Final = 3
"""Pieces that a stitched quote has at most; what needs more was not taken from the source."""


def normal(text: str) -> str:
    """The text on one line with straight quotes and hyphens: what is compared when words are looked for verbatim."""
    return _SPACES.sub(" ", text.translate(_TYPOGRAPHY)).strip()


@dataclass(frozen=True)
class SourceText:
    """A document: its id, how it is named, and its text. `published` is the day on which it appeared."""

    id: str
    kind: DocumentKind
    file: str
    title: str
    publisher: str
    url: str
    published: date
    text: str

    @cached_property
    def normal(self) -> str:
        """The text as quotes are looked for in it."""
        return normal(self.text)

    @property
    def header(self) -> str:
        """Title, publisher and day as one text: a source supports statements about itself too."""
        return f"{self.title}. {self.publisher}, {self.spoken}."

    @cached_property
    def spoken(self) -> str:
        """The day of publication as it is written in answers: 2 July 2026."""
        return spoken(self.published)

    def has(self, words: str) -> bool:
        """Whether the words stand in the text, white space and typography aside."""
        return bool(words) and normal(words) in self.normal


class Sources:
    """Documents by id, file name and address."""

    def __init__(self, documents: Iterable[SourceText]) -> None:
        self._by_id = {document.id: document for document in documents}
        self._by_name: dict[str, SourceText] = {}
        for document in self._by_id.values():
            for name in (document.url, document.file, document.id):
                if name:
                    self._by_name[name] = document

    @classmethod
    def of(cls, documents: Iterable[Document]) -> Sources:
        """The sources that these documents are."""
        return cls(
            SourceText(
                id=each.id,
                kind=each.kind,
                file=Path(each.path).name,
                title=each.title,
                publisher=each.publisher,
                url=each.url,
                published=each.published,
                text=each.text,
            )
            for each in documents
        )

    def __len__(self) -> int:
        return len(self._by_id)

    def find(self, name: str) -> SourceText | None:
        """The document with that id, file name or address; None when there is none."""
        return self._by_name.get(name)

    def beside(self, question: GoldenQuestion) -> Sources:
        """The documents that a question is answered from: its own passages when it brings some, else these."""
        if not question.passages:
            return self
        return Sources(
            SourceText(
                id=passage.id,
                kind="news",
                file="",
                title=passage.title,
                publisher=passage.publisher,
                url=passage.url,
                published=passage.published or question.day,
                text=passage.text,
            )
            for passage in with_ids(question).passages
        )

    def quote_status(self, quote: str, cited: SourceText | None) -> tuple[QuoteStatus, str]:
        """Where quoted words stand, and the id of the source that has them when it is another one than the cited.

        `verbatim`: in the cited source. `other_source`: in another one. `stitched`: its pieces, of at least
        `FEWEST_WORDS` words each and at most `MOST_PIECES` of them, stand in the cited source, but not together.
        `fabricated`: none of these. A source that is not known has no words.
        """
        if not quote:
            return "no_quote", ""
        if cited is None:
            return "unknown_source", ""
        if cited.has(quote):
            return "verbatim", ""
        for other in self._by_id.values():
            if other.has(quote):
                return "other_source", other.id
        return ("stitched" if _is_stitched(quote, cited) else "fabricated"), ""


def with_ids(question: GoldenQuestion) -> GoldenQuestion:
    """The question with an id for each passage that it brings along, so that citations can name it."""
    named = tuple(
        passage if passage.id else passage.model_copy(update={"id": f"{question.id}-{number}"})
        for number, passage in enumerate(question.passages, start=1)
    )
    return question.model_copy(update={"passages": named})


def _is_stitched(quote: str, source: SourceText) -> bool:
    """Whether the longest pieces that stand in the source, taken from left to right, make up the whole quote."""
    pieces = 0
    for part in _GAP.split(normal(quote)):
        words = part.split()
        while words:
            length = _longest_prefix(words, source.normal)
            if length < min(FEWEST_WORDS, len(words)) or length == 0:
                return False
            pieces += 1
            words = words[length:]
    return 1 < pieces <= MOST_PIECES


def _longest_prefix(words: Sequence[str], text: str) -> int:
    """Number of words at the start that stand together in `text`; found by bisection, since a prefix of one is one."""
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if " ".join(words[:middle]) in text else (low, middle - 1)
    return low
