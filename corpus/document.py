"""What a source is: a dated document, its passages and their sentences.

Readers (`corpus.readers`) produce `Document`s, `corpus.split` cuts them into `Passage`s, `corpus.store`
keeps both, and `corpus.search` returns passages. Every offset counts Unicode code points in
`Document.text`, so `document.text[start:end]` is always the quoted text itself.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

DocumentKind = Literal["news", "guide"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One quotable unit of a passage: a sentence of a brief, or one paragraph sentence or list item of a guide.

    `start` and `end` are offsets in the document's text; `label` is the bold lead of a guide's list item
    without its punctuation (`Week 1`, `EKF or UKF?`), else empty; the names are canonical names that the
    entity linker found in this sentence alone.
    """

    text: str
    start: int
    end: int
    label: str = ""
    companies: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise ValueError when the span and the text cannot belong together."""
        if self.start < 0 or self.end - self.start != len(self.text):
            raise ValueError(f"Span {self.start}:{self.end} does not fit a sentence of {len(self.text)} characters.")


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one document, the unit of retrieval.

    `section` is the guide's heading ("What interviews test") and empty for news. `sentence_vectors` holds one
    int8 row per sentence (shape `[len(sentences), dimensions]`, row-major bytes; scale-free because only the
    direction counts); it is empty until the passage has been embedded.
    """

    document_id: str
    ordinal: int
    text: str
    start: int
    end: int
    section: str
    sentences: tuple[Sentence, ...]
    sentence_vectors: bytes = field(default=b"", repr=False)

    @property
    def id(self) -> str:
        """Stable key of the passage in the store and in both indexes."""
        return f"{self.document_id}#{self.ordinal}"


@dataclass(frozen=True, slots=True)
class Document:
    """A source with its provenance. `text` is the body exactly as in its file, without the front matter.

    `published` is the publication date of news and the review date of a guide. `companies`, `countries`,
    `topics` and `skills` are canonical names or ids of entities.yaml; `role` is the guide's role id.
    """

    id: str
    kind: DocumentKind
    title: str
    publisher: str
    url: str
    published: date
    text: str
    path: str = ""
    companies: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    role: str = ""

    @property
    def content_hash(self) -> str:
        """SHA-256 over everything that a reader could change, as hexadecimal."""
        parts = (
            self.kind, self.title, self.publisher, self.url, self.published.isoformat(), self.text, self.role,
            *self.companies, "|", *self.countries, "|", *self.topics, "|", *self.skills,
        )  # fmt: skip
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def document_id(address: str) -> str:
    """The stable id of a document, from its canonical address (URL, or path for guides): `doc_` + 12 hex digits."""
    return "doc_" + hashlib.sha256(address.encode()).hexdigest()[:12]
