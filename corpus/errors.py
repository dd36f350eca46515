"""Everything that can go wrong with the corpus, as one tree.

    CorpusError
    ├── CorpusFileError        a source file cannot be used as it stands
    ├── StoreError             the database is of another version or cannot be reached
    ├── EmbedderError          the embedding model cannot be loaded
    │   └── ParityError        an exported ONNX file does not reproduce its model
    ├── IndexInUseError        another process owns an index, or is writing it
    └── IndexUnreachableError  no Chroma server answers

Each message says what was wrong and what to do about it.
"""

from __future__ import annotations

from pathlib import Path


class CorpusError(Exception):
    """Base class of the errors of this package."""


class CorpusFileError(CorpusError):
    """A source file cannot be used as it stands: `path` names it, `problem` says what to change."""

    def __init__(self, path: Path, problem: str) -> None:
        """Keep `path` and `problem`; the message joins them."""
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


class StoreError(CorpusError):
    """The store's database is of another version, or cannot be reached."""


class EmbedderError(CorpusError):
    """The embedding model cannot be loaded."""


class ParityError(EmbedderError):
    """An exported ONNX file does not reproduce the vectors of the model it was exported from."""


class IndexInUseError(CorpusError):
    """Another process owns the embedded dense index (a second opener would see stale vectors), or writes the other."""


class IndexUnreachableError(CorpusError):
    """No Chroma server answers at the configured address."""
