"""Real parts that are small enough for every test: an embedder without a model, a linker with a handful of names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from corpus.dense import DenseIndex, open_dense_index
from corpus.document import Document, document_id
from corpus.embed import quantise
from corpus.lexical import LexicalIndex
from corpus.split import split
from corpus.store import Store, StoredDocument
from corpus.sync import passage_embedding_text, sentence_embedding_text

CORPUS = Path(__file__).resolve().parents[2] / "corpus"


class HashedWords:
    """Embeds a text as the sum of one fixed random direction a word: texts that share words are similar."""

    def __init__(self, model_id: str = "hashed-words", dimensions: int = 48) -> None:
        self.model_id = model_id
        self.dimensions = dimensions
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.embedded.extend(texts)
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        sums = np.stack([sum(map(self._direction, re.findall(r"\w+", f"{text} .".lower() + "x"))) for text in texts])
        return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True), dtype=np.float32)

    def _direction(self, word: str) -> npt.NDArray[np.float64]:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4])
        return np.random.default_rng(seed).normal(size=self.dimensions)


@dataclass(frozen=True)
class Names:
    companies: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


class FewNames:
    """Knows the companies it is given, links them where they are written, and takes every other name as canonical."""

    def __init__(self, *companies: str) -> None:
        self._companies = companies
        self.fingerprint = ",".join(companies)

    def canonical_company(self, name: str) -> str | None:
        return name

    def link_document(self, text: str) -> Names:
        return Names(companies=tuple(name for name in self._companies if name in text))


def news(
    slug: str,
    text: str,
    *,
    published: date = date(2026, 4, 15),
    title: str = "A title",
    companies: tuple[str, ...] = (),
    countries: tuple[str, ...] = (),
    topics: tuple[str, ...] = (),
) -> Document:
    """A brief that says `text`; the names are those of its front matter."""
    url = f"https://news.example/{slug}"
    return Document(
        id=document_id(url),
        kind="news",
        title=title,
        publisher="Daily",
        url=url,
        published=published,
        text=text,
        path=f"articles/{slug}.md",
        companies=companies,
        countries=countries,
        topics=topics,
    )


def guide(role: str, text: str, *, reviewed: date = date(2026, 11, 24)) -> Document:
    """A role guide."""
    return Document(
        id=document_id(f"guide:{role}"), kind="guide", title=role, publisher="InterviewAlly guide", url="",
        published=reviewed, text=text, path=f"guides/{role}.md", role=role,
    )  # fmt: skip


def stored(document: Document, embedder: HashedWords, *linked: str) -> StoredDocument:
    """The document cut, linked and embedded, as `corpus.sync` stores it; `linked` companies are linked in its text."""
    passages = tuple(
        replace(
            passage,
            sentence_vectors=quantise(
                embedder.embed([sentence_embedding_text(s) for s in passage.sentences])
            ).tobytes(),
        )
        for passage in split(document, FewNames(*linked).link_document)
    )
    vectors = embedder.embed([passage_embedding_text(document, passage) for passage in passages])
    return StoredDocument(document, passages, vectors, embedder.model_id)


def put(store: Store, item: StoredDocument) -> int:
    return store.put(item.document, item.passages, item.vectors, model_id=item.model_id)


@dataclass
class Built:
    """A store with both its indexes in one folder."""

    store: Store
    dense: DenseIndex
    lexical: LexicalIndex

    @classmethod
    def at(cls, folder: Path, model_id: str = "hashed-words") -> Built:
        return cls(
            Store(f"sqlite:///{folder / 'corpus.db'}"),
            open_dense_index(folder / "chroma", model_id),
            LexicalIndex(folder / "lexical"),
        )

    def close(self) -> None:
        self.dense.close()
        self.store.close()
