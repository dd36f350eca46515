"""Bring the source files into the store, and the store's changes into the two indexes.

The last station on the way of a document. `sync` reads the files, embeds only what is new, writes one transaction a
document, and then replays the change log into each index from where that index stands. Whatever moment the process
dies at, running it again ends in the same state as a run that nobody disturbed: a document is in the store whole or not
at all, an index remembers a change only after it has applied it, and applying a change twice does no harm.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from corpus.document import Document, Passage, Sentence
from corpus.embed import Embedder, Vectors, quantise
from corpus.errors import CorpusFileError
from corpus.readers.markdown import NameResolver, distinct, read_document, source_files
from corpus.split import SPLITTER_VERSION, SentenceLinks, split
from corpus.store import Applied, Store, StoredDocument

EMBEDDED_TEXT_VERSION = "1"
"""Changes whenever other text is embedded for the same passage (`passage_embedding_text`)."""

REPLAY_BATCH = 64
"""Documents an index takes in one write; what a crash can make it repeat."""


class SourceEntities(NameResolver, Protocol):
    """What syncing needs to know of names; `corpus.entities.Entities` is one."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever a text could be linked differently."""

    def link_document(self, text: str) -> SentenceLinks:
        """The names in one sentence of a document."""


class DerivedIndex(Protocol):
    """An index that follows the store's change log: `corpus.dense.DenseIndex`, `corpus.lexical.LexicalIndex`."""

    @property
    def applied(self) -> Applied:
        """Which store's log it follows, and up to where."""

    def apply(self, stored: Sequence[StoredDocument], removed: Sequence[str], applied: Applied) -> None:
        """Write and remove documents, then remember `applied`; repeating it changes nothing."""

    def clear(self) -> None:
        """Take everything out, and forget what was applied."""


Stage = Literal["store", "dense", "lexical"]


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` documents have passed a stage; `item` names the newest (a path, or an id of the store)."""

    stage: Stage
    done: int
    total: int
    item: str = ""


ProgressListener = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did, in documents unless the name says otherwise. `refused` files keep their earlier version."""

    added: int
    updated: int
    removed: int
    unchanged: int
    embedded_passages: int
    embedded_sentences: int
    refused: tuple[CorpusFileError, ...]
    sequence: int
    seconds: float


def sync(  # noqa: PLR0913 - each part that a sync touches is passed in
    root: Path,
    store: Store,
    dense: DerivedIndex,
    lexical: DerivedIndex,
    embedder: Embedder,
    entities: SourceEntities,
    progress: ProgressListener = lambda _: None,
    *,
    batch: int = REPLAY_BATCH,
    clock: Callable[[], float] = time.perf_counter,
) -> SyncReport:
    """Make store and indexes equal the files under `root` (`articles/`, `guides/`).

    A document whose file and pipeline are unchanged is not touched. One whose text is unchanged but is linked or cut
    anew keeps the vectors of every passage and sentence that reads the same. Documents whose file is gone are
    removed. A file that cannot be read is reported in `refused`, and the version of it in the store stays.
    Documents that came from elsewhere (without a path) are never removed, only brought up to date. `batch` is the
    number of documents that an index takes in one write.

    Raises:
        CorpusFileError: `root` holds no corpus at all, which is a wrong path rather than a wish to delete everything.
    """
    began = clock()
    documents, refused = _read(root, entities)
    pipeline = pipeline_hash(embedder.model_id, entities)
    known, paths = store.fingerprints(), store.paths()

    kept = {error.path.parent.name + "/" + error.path.name for error in refused}
    present = {document.id for document in documents}
    gone = [key for key, path in paths.items() if path and key not in present and path not in kept]
    stale = [
        document
        for document in documents
        if known.get(document.id) != (document.content_hash, pipeline) or paths[document.id] != document.path
    ]
    elsewhere = [key for key, path in paths.items() if not path and known[key][1] != pipeline]
    work = [*stale, *store.documents(elsewhere).values()]

    for document_id in sorted(gone):
        store.delete(document_id)
    embedded_passages = embedded_sentences = 0
    for number, document in enumerate(work, start=1):
        prepared = _prepare(document, store, embedder, entities)
        store.put(document, prepared.passages, prepared.vectors, model_id=embedder.model_id, pipeline_hash=pipeline)
        embedded_passages += prepared.embedded_passages
        embedded_sentences += prepared.embedded_sentences
        progress(Progress("store", number, len(work), document.path or document.id))
    replay(store, dense, "dense", progress, batch=batch)
    replay(store, lexical, "lexical", progress, batch=batch)
    added = sum(document.id not in known for document in work)
    return SyncReport(
        added=added,
        updated=len(work) - added,
        removed=len(gone),
        unchanged=len(documents) - len(stale),
        embedded_passages=embedded_passages,
        embedded_sentences=embedded_sentences,
        refused=tuple(refused),
        sequence=store.sequence(),
        seconds=clock() - began,
    )


def replay(
    store: Store,
    index: DerivedIndex,
    stage: Stage,
    progress: ProgressListener = lambda _: None,
    *,
    batch: int = REPLAY_BATCH,
) -> int:
    """Apply to `index` what the store's change log has beyond it; returns the number of documents applied.

    An index of another store, or one that is ahead of the store (a backup was restored), is emptied and filled anew.
    """
    applied = index.applied
    if applied.store_id != store.id or applied.sequence > store.sequence():
        index.clear()
        applied = Applied(store.id, 0)
    total = store.pending(applied.sequence)
    done = 0
    while changes := store.latest_changes(applied.sequence, batch):
        ids = [change.document_id for change in changes]
        stored = store.stored(ids)
        applied = Applied(store.id, changes[-1].sequence)
        index.apply(list(stored.values()), [key for key in ids if key not in stored], applied)
        done += len(changes)
        progress(Progress(stage, done, max(done, total), ids[-1]))
    return done


def rebuild(
    store: Store, dense: DerivedIndex, lexical: DerivedIndex, progress: ProgressListener = lambda _: None
) -> None:
    """Empty both indexes and fill them from the store, without reading a file or embedding anything."""
    stages: tuple[tuple[Stage, DerivedIndex], ...] = (("dense", dense), ("lexical", lexical))
    for stage, index in stages:
        index.clear()
        replay(store, index, stage, progress)


def is_current(store: Store, index: DerivedIndex) -> bool:
    """Whether `index` has applied every change of `store`."""
    return index.applied == Applied(store.id, store.sequence())


def pipeline_hash(model_id: str, entities: SourceEntities) -> str:
    """Identifies how passages are made: the splitter, the entities, what is embedded and by which model."""
    parts = (SPLITTER_VERSION, EMBEDDED_TEXT_VERSION, entities.fingerprint, model_id)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def passage_embedding_text(document: Document, passage: Passage) -> str:
    """The text that stands for a passage: with its title and heading, which name what it is about."""
    heading = f"{document.title}: {passage.section}" if passage.section else document.title
    return f"{heading}\n{_plain(passage.text)}"


def sentence_embedding_text(sentence: Sentence) -> str:
    """The text that stands for a sentence: itself, without the marks of bold type."""
    return _plain(sentence.text)


@dataclass(frozen=True, slots=True)
class _Prepared:
    passages: tuple[Passage, ...]
    vectors: Vectors
    embedded_passages: int
    embedded_sentences: int


def _read(root: Path, entities: SourceEntities) -> tuple[list[Document], list[CorpusFileError]]:
    files = source_files(root)
    if not files:
        raise CorpusFileError(root, "holds no articles/*.md and no guides/*.md; give the folder that has them.")
    documents: list[Document] = []
    refused: list[CorpusFileError] = []
    taken: set[str] = set()
    for path in files:
        try:
            documents.append(distinct(read_document(path, entities), taken))
            taken.add(documents[-1].id)
        except CorpusFileError as error:
            refused.append(error)
    return documents, refused


def _prepare(document: Document, store: Store, embedder: Embedder, entities: SourceEntities) -> _Prepared:
    """Cut, link and embed a document; what the stored version already has a vector for is taken from there."""
    passages = split(document, entities.link_document)
    passage_texts = [passage_embedding_text(document, passage) for passage in passages]
    sentence_texts = [sentence_embedding_text(s) for passage in passages for s in passage.sentences]
    passage_vectors, sentence_rows = _known_vectors(store.stored([document.id]).get(document.id), embedder)
    new_passages = [text for text in dict.fromkeys(passage_texts) if text not in passage_vectors]
    new_sentences = [text for text in dict.fromkeys(sentence_texts) if text not in sentence_rows]
    vectors = embedder.embed([*new_passages, *new_sentences])
    passage_vectors.update(zip(new_passages, vectors, strict=False))
    rows = (row.tobytes() for row in quantise(vectors[len(new_passages) :]))
    sentence_rows.update(zip(new_sentences, rows, strict=True))
    return _Prepared(
        passages=tuple(_with_sentence_vectors(passages, sentence_rows)),
        vectors=np.stack([passage_vectors[text] for text in passage_texts]),
        embedded_passages=len(new_passages),
        embedded_sentences=len(new_sentences),
    )


def _known_vectors(stored: StoredDocument | None, embedder: Embedder) -> tuple[dict[str, Vectors], dict[str, bytes]]:
    """The vectors that the stored version has, by the text that was embedded."""
    if stored is None or stored.model_id != embedder.model_id:
        return {}, {}
    size = embedder.dimensions
    passages = {
        passage_embedding_text(stored.document, passage): vector
        for passage, vector in zip(stored.passages, stored.vectors, strict=True)
    }
    sentences = {
        sentence_embedding_text(sentence): passage.sentence_vectors[position * size : (position + 1) * size]
        for passage in stored.passages
        for position, sentence in enumerate(passage.sentences)
    }
    return passages, sentences


def _with_sentence_vectors(passages: Iterable[Passage], rows: dict[str, bytes]) -> Iterable[Passage]:
    for passage in passages:
        joined = b"".join(rows[sentence_embedding_text(sentence)] for sentence in passage.sentences)
        yield replace(passage, sentence_vectors=joined)


def _plain(text: str) -> str:
    return text.replace("**", "")
