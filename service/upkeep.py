"""Keeping the built data up to date: the parts that `corpus.sync` needs, opened as the settings say.

`ally sync` and the start of the server come through here; `answering.engine.open_engine` opens what is built here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from corpus.store import Store
from corpus.sync import Progress, ProgressListener, SyncReport, rebuild, sync
from service.settings import Settings

if TYPE_CHECKING:
    from corpus.dense import DenseIndex
    from corpus.embed import Embedder, Vectors
    from corpus.lexical import LexicalIndex


def _silent(_: Progress) -> None:
    """Report nothing."""


def is_built(settings: Settings) -> bool:
    """Whether the store has ever been filled.

    Raises:
        corpus.errors.StoreError: the database cannot be opened.
    """
    store = Store(settings.database_url)
    try:
        return store.sequence() > 0
    finally:
        store.close()


def is_exported(settings: Settings) -> bool:
    """Whether the embedding model stands ready for ONNX Runtime, so that bringing up to date needs no PyTorch."""
    from corpus.embed import onnx_folder

    return (onnx_folder(settings.embedding_model, settings.data_dir) / "model.json").is_file()


def synchronise(settings: Settings, progress: ProgressListener = _silent) -> SyncReport:
    """Make store and indexes equal the source files; exports the embedding model when that has not been done.

    Raises:
        corpus.errors.CorpusError: no sources, or store, model or index cannot be used; IndexInUseError when another
            process has the embedded dense index.
    """
    from corpus.embed import load_embedder
    from corpus.entities import load_entities

    with _opened(settings) as parts:
        embedder = (
            _EmbedderWhenNeeded(settings)
            if is_exported(settings)
            else load_embedder(settings.embedding_model, settings.data_dir, _sample(settings))
        )
        entities = load_entities(settings.corpus_dir / "entities.yaml")
        return sync(settings.corpus_dir, parts.store, parts.dense, parts.lexical, embedder, entities, progress)


def describe(report: SyncReport) -> str:
    """What a synchronisation did, in one line."""
    done = [
        f"{count} {what}"
        for count, what in ((report.added, "added"), (report.updated, "updated"), (report.removed, "removed"))
        if count
    ]
    refused = f", {len(report.refused)} refused" if report.refused else ""
    return f"{', '.join(done) or 'nothing changed'}, {report.unchanged} unchanged{refused} in {report.seconds:.1f} s"


def rebuild_indexes(settings: Settings, progress: ProgressListener = _silent) -> None:
    """Empty both indexes and fill them from the store, without embedding anything.

    Raises:
        corpus.errors.CorpusError: as `synchronise` does.
    """
    with _opened(settings) as parts:
        rebuild(parts.store, parts.dense, parts.lexical, progress)


@dataclass(frozen=True, slots=True)
class _Parts:
    store: Store
    dense: DenseIndex
    lexical: LexicalIndex


@contextmanager
def _opened(settings: Settings) -> Iterator[_Parts]:
    from corpus.dense import connect_dense_index, open_dense_index
    from corpus.embed import model_id
    from corpus.lexical import LexicalIndex

    model = model_id(settings.embedding_model)
    dense = (
        connect_dense_index(settings.chroma_url, model)
        if settings.chroma_url
        else open_dense_index(settings.data_dir / "chroma", model)
    )
    try:
        store = Store(settings.database_url)
        try:
            yield _Parts(store, dense, LexicalIndex(settings.data_dir / "lexical"))
        finally:
            store.close()
    finally:
        dense.close()


class _EmbedderWhenNeeded:
    """The exported embedder, loaded at its first text: most synchronisations find nothing to embed."""

    def __init__(self, settings: Settings) -> None:
        from corpus.embed import model_id

        self.model_id = model_id(settings.embedding_model)
        self._settings = settings

    @cached_property
    def _embedder(self) -> Embedder:
        from corpus.embed import load_embedder

        return load_embedder(self._settings.embedding_model, self._settings.data_dir)

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._embedder.dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One L2-normalised float32 row a text, in the same order."""
        return self._embedder.embed(texts)


def _sample(settings: Settings) -> tuple[str, ...]:
    """Paragraphs of the sources, on which an exported model is compared with its original."""
    from corpus.readers.markdown import source_files

    texts = (path.read_text(encoding="utf-8", errors="replace") for path in source_files(settings.corpus_dir))
    return tuple(paragraph for text in texts for paragraph in text.splitlines() if len(paragraph) > 40)
