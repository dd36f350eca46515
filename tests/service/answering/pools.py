"""Small pools of evidence whose likeness is given by hand: a sentence's vector is an angle in the plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import cos, radians, sin

import numpy as np

from corpus.document import Document, Passage, Sentence, document_id
from service.answering.evidence import Evidence, Pool


@dataclass(frozen=True)
class Report:
    """One sentence that one publisher reports. The cosine of two reports is that of the difference of their angles."""

    text: str
    publisher: str = "Decrypt"
    published: date = date(2026, 4, 13)
    angle: float = 0.0
    companies: tuple[str, ...] = ()

    def document(self) -> Document:
        address = f"https://news.example/{self.publisher}/{self.published}"
        return Document(
            id=document_id(address), kind="news", title=f"{self.publisher} reports", publisher=self.publisher,
            url=address, published=self.published, text=self.text, companies=self.companies,
        )  # fmt: skip

    def passage(self) -> Passage:
        vector = np.array([127 * cos(radians(self.angle)), 127 * sin(radians(self.angle))]).round().astype(np.int8)
        sentence = Sentence(self.text, 0, len(self.text), companies=self.companies)
        return Passage(
            self.document().id, 0, self.text, 0, len(self.text), "", (sentence,), sentence_vectors=vector.tobytes()
        )


def pool_of(*reports: Report) -> Pool:
    return Pool((report.document(), report.passage()) for report in reports)


def evidence(document: Document, spans: Sequence[tuple[int, int]]) -> list[Evidence]:
    """The given spans of a document as evidence."""
    sentences = tuple(Sentence(document.text[start:end], start, end) for start, end in spans)
    passage = Passage(document.id, 0, document.text, 0, len(document.text), "", sentences)
    return [Evidence(document, passage, sentence, row, frozenset()) for row, sentence in enumerate(sentences)]
