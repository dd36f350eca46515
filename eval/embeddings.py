"""An embedder that remembers: vectors of texts are kept in one SQLite file, so a second run embeds nothing."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import numpy as np

from corpus.embed import Embedder, Vectors


class RememberingEmbedder:
    """Wraps an embedder; the file is bound to its model by name, and is free to be deleted at any time."""

    def __init__(self, embedder: Embedder, folder: Path) -> None:
        """Keep vectors in `folder`, which is created, under the model's id."""
        folder.mkdir(parents=True, exist_ok=True)
        self._embedder = embedder
        self.model_id, self.dimensions = embedder.model_id, embedder.dimensions
        path = folder / f"vectors-{hashlib.sha256(self.model_id.encode()).hexdigest()[:12]}.db"
        # The engine embeds in threads of its own; the lock lets one of them at a time use the connection.
        self._file = sqlite3.connect(path, check_same_thread=False)
        self._turn = Lock()
        self._file.execute("CREATE TABLE IF NOT EXISTS vectors (text BLOB PRIMARY KEY, vector BLOB NOT NULL)")
        self._known: dict[bytes, Vectors] = {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One L2-normalised float32 row a text, in the same order."""
        with self._turn:
            return self._embedded(texts)

    def _embedded(self, texts: Sequence[str]) -> Vectors:
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
        unknown: dict[bytes, str] = {}
        for key, text in zip(keys, texts, strict=True):
            if key not in self._known:
                found = self._file.execute("SELECT vector FROM vectors WHERE text = ?", (key,)).fetchone()
                if found:
                    self._known[key] = np.frombuffer(found[0], dtype=np.float32)
                else:
                    unknown[key] = text
        if unknown:
            vectors = self._embedder.embed(list(unknown.values()))
            self._known.update(zip(unknown, vectors, strict=True))
            with self._file:
                self._file.executemany(
                    "INSERT OR REPLACE INTO vectors VALUES (?, ?)",
                    ((key, vector.tobytes()) for key, vector in zip(unknown, vectors, strict=True)),
                )
        if not keys:
            return np.empty((0, self.dimensions), dtype=np.float32)
        return np.stack([self._known[key] for key in keys])
