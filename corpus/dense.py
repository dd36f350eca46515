"""The dense index: passages by the cosine of their vectors. Derived from `corpus.store`, searched by `corpus.search`.

`DenseIndex` keeps them in Chroma, embedded in this process or on a Chroma server. `ExactDenseIndex` compares the
query with every vector of the store and needs no index at all: for a second process beside the one that owns the
embedded index, and as the yardstick in tests.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
from filelock import FileLock, Timeout

from corpus.errors import IndexInUseError, IndexUnreachableError
from corpus.store import Applied, Store, StoredDocument, date_restriction, day_number

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection
    from chromadb.api.types import QueryResult

    from corpus.search import SearchFilter

Vector = npt.NDArray[np.float32]

_FORMAT = "1"
"""Changes whenever the same documents would be kept differently, so that older collections are filled again."""

_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 256}
"""Accuracy before speed: at 256 candidates nearly nothing of an exact search's first 60 is missed (the tests compare),
and a query still takes few milliseconds. They cannot be changed once a collection has been made."""

_BATCH = 1_000


class DenseIndex:
    """Passage vectors in Chroma, of one embedding model.

    Each row carries what filters ask for. How far the change log was applied stands in the collection's metadata,
    written after the rows, so that a crash in between only repeats idempotent writes.
    """

    def __init__(self, client: ClientAPI, model_id: str, lock: FileLock | None = None) -> None:
        """Use `open_dense_index` or `connect_dense_index`, which make the client."""
        self._client = client
        self._lock = lock
        self._model_id = model_id
        # Vectors of different models have different lengths and no common meaning, hence a collection each.
        self._name = f"passages-{hashlib.sha256(f'{_FORMAT}:{model_id}'.encode()).hexdigest()[:12]}"
        self._collection = self._made()

    @property
    def applied(self) -> Applied:
        """Which store's change log this index follows, and up to where."""
        metadata = self._client.get_collection(self._name, embedding_function=None).metadata or {}
        return Applied(str(metadata.get("store", "")), int(str(metadata.get("sequence", 0))))

    def apply(self, stored: Sequence[StoredDocument], removed: Sequence[str], applied: Applied) -> None:
        """Write `stored` documents and take `removed` ids out; then remember `applied`. Repeating it changes nothing.

        Documents that another model embedded are left out until they have been embedded by this one.
        """
        usable = [item for item in stored if item.model_id == self._model_id]
        rows = [row for item in usable for row in _rows(item)]
        for first in range(0, len(rows), _BATCH):
            batch = rows[first : first + _BATCH]
            self._collection.upsert(
                ids=[row[0] for row in batch],
                embeddings=np.stack([row[1] for row in batch]),
                metadatas=[row[2] for row in batch],
            )
        self._drop_stale([*(item.document.id for item in stored), *removed], {row[0] for row in rows})
        self._collection.modify(metadata={"store": applied.store_id, "sequence": applied.sequence})

    def clear(self) -> None:
        """Take everything out."""
        self._client.delete_collection(self._name)
        self._collection = self._made()

    def query(self, vector: Vector, where: SearchFilter | None = None, k: int = 60) -> list[tuple[str, float]]:
        """The `k` passages nearest to `vector` among those that pass `where`: (passage id, cosine), best first."""
        from chromadb.errors import NotFoundError

        conditions = _where(where) if where else None
        try:
            found = self._found(vector, conditions, k)
        except NotFoundError:  # another process rebuilt the index on the server, under a new internal id
            self._collection = self._made()
            found = self._found(vector, conditions, k)
        distances = found["distances"] or [[]]
        hits = [(key, 1.0 - float(distance)) for key, distance in zip(found["ids"][0], distances[0], strict=True)]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))

    def count(self) -> int:
        """Number of passages in the index."""
        return self._collection.count()

    def passage_ids(self) -> list[str]:
        """Ids of all passages in the index, sorted."""
        return sorted(self._collection.get(include=[])["ids"])

    def drop_other_models(self) -> None:
        """Delete the vectors of models that are no longer used. For an index that nobody else shares."""
        for collection in self._client.list_collections():
            if collection.name.startswith("passages-") and collection.name != self._name:
                self._client.delete_collection(collection.name)

    def close(self) -> None:
        """Let another process open the embedded index."""
        if self._lock is not None:
            self._lock.release()

    def _found(self, vector: Vector, conditions: dict[str, Any] | None, k: int) -> QueryResult:
        return self._collection.query(
            query_embeddings=vector[np.newaxis], n_results=k, where=conditions, include=["distances"]
        )

    def _made(self) -> Collection:
        configuration: Any = {"hnsw": _HNSW}
        return self._client.get_or_create_collection(self._name, configuration=configuration, embedding_function=None)

    def _drop_stale(self, document_ids: Sequence[str], current: set[str]) -> None:
        """Delete rows of these documents that are not current: of removed documents and of longer earlier versions."""
        for batch in _batches(document_ids, 200):
            there = self._collection.get(where={"document_id": {"$in": batch}}, include=[])["ids"]  # type: ignore[dict-item]
            if stale := [key for key in there if key not in current]:
                self._collection.delete(ids=stale)


def open_dense_index(folder: Path, model_id: str) -> DenseIndex:
    """Open the embedded index in `folder`, made if need be, for this process alone until it is closed.

    Raises:
        IndexInUseError: another process has it open. Chroma would not notice that one's writes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "owner.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise IndexInUseError(
            f"The dense index in {folder} is open in another process, most likely `ally serve`. Stop that one, or set "
            "ALLY_CHROMA_URL to a Chroma server that both can use."
        ) from error
    import chromadb

    client = chromadb.PersistentClient(folder, settings=_settings())
    index = DenseIndex(client, model_id, lock)
    index.drop_other_models()
    return index


def connect_dense_index(url: str, model_id: str) -> DenseIndex:
    """Use the Chroma server at `url` (`http://host:8000`); any number of processes may.

    Raises:
        IndexUnreachableError: no Chroma server answers there.
    """
    import chromadb

    address = urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise IndexUnreachableError(f"A Chroma server's address looks like http://localhost:8000, not {url!r}.")
    tls = address.scheme == "https"
    port = address.port or (443 if tls else 8000)
    try:
        client = chromadb.HttpClient(address.hostname, port, ssl=tls, settings=_settings())
        return DenseIndex(client, model_id)
    except ValueError as error:  # what Chroma makes of a refused connection
        raise IndexUnreachableError(
            f"No Chroma server answers at {url} ({error}); start one with `chroma run`, or unset ALLY_CHROMA_URL to "
            "keep the index in this process."
        ) from error


class ExactDenseIndex:
    """Compares a query with all vectors of the store, in memory; always as new as the store.

    Exact, and at ten thousand passages still a matter of milliseconds; it takes 1.5 kB of memory a passage and some
    seconds a hundred thousand passages to load.
    """

    def __init__(self, store: Store, model_id: str) -> None:
        """Read from `store` the vectors that `model_id` made, at the first query and after every change."""
        self._store = store
        self._model_id = model_id
        self._sequence = -1
        self._ids: list[str] = []
        self._documents: npt.NDArray[np.str_] = np.empty(0, dtype=np.str_)
        self._vectors: Vector = np.empty((0, 0), dtype=np.float32)

    def query(self, vector: Vector, where: SearchFilter | None = None, k: int = 60) -> list[tuple[str, float]]:
        """The `k` passages nearest to `vector` among those that pass `where`: (passage id, cosine), best first."""
        self._follow_store()
        if not self._ids:
            return []
        cosines = self._vectors @ vector
        if where is None:
            candidates: Iterable[int] = range(len(self._ids))
        else:
            candidates = np.flatnonzero(np.isin(self._documents, self._store.document_ids(where))).tolist()
        ranked = sorted(candidates, key=lambda index: (-cosines[index], self._ids[index]))
        return [(self._ids[index], float(cosines[index])) for index in islice(ranked, k)]

    def _follow_store(self) -> None:
        sequence = self._store.sequence()
        if sequence == self._sequence:
            return
        everything = self._store.stored(self._store.document_ids()).values()
        usable = [item for item in everything if item.model_id == self._model_id and item.passages]
        self._ids = [passage.id for item in usable for passage in item.passages]
        self._documents = np.array([item.document.id for item in usable for _ in item.passages], dtype=np.str_)
        if usable:
            self._vectors = np.concatenate([item.vectors for item in usable])
        self._sequence = sequence


def _settings() -> Any:
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)


def _rows(stored: StoredDocument) -> Iterable[tuple[str, Vector, dict[str, Any]]]:
    document, names = stored.document, stored.names
    metadata: dict[str, Any] = {
        "document_id": document.id,
        "kind": document.kind,
        "publisher": document.publisher,
        "published": day_number(document.published),
        # Chroma refuses empty lists.
        **{
            key: list(values)
            for key, values in (
                ("companies", names.companies),
                ("countries", names.countries),
                ("topics", names.topics),
                ("roles", names.roles),
            )
            if values
        },
    }
    for passage, vector in zip(stored.passages, stored.vectors, strict=True):
        yield passage.id, vector, metadata


def _where(where: SearchFilter) -> dict[str, Any] | None:
    """The filter in Chroma's language, in which every clause has exactly one operator."""
    clauses: list[dict[str, Any]] = []
    asked: Mapping[str, tuple[str, ...]] = {
        "companies": where.companies, "countries": where.countries, "topics": where.topics, "roles": where.roles,
    }  # fmt: skip
    for key, names in asked.items():
        if names:
            clauses.append(_any([{key: {"$contains": name}} for name in names]))
    if where.kinds:
        clauses.append({"kind": {"$in": list(where.kinds)}})
    if (dates := date_restriction(where)) is not None:
        spared = [{"kind": {"$eq": "guide"}}] if dates.spares_guides else []
        if dates.first is not None:
            clauses.append(_any([{"published": {"$gte": day_number(dates.first)}}, *spared]))
        if dates.last is not None:
            clauses.append(_any([{"published": {"$lte": day_number(dates.last)}}, *spared]))
    if len(clauses) > 1:
        return {"$and": clauses}
    return clauses[0] if clauses else None


def _any(clauses: list[dict[str, Any]]) -> dict[str, Any]:
    return {"$or": clauses} if len(clauses) > 1 else clauses[0]


def _batches(items: Sequence[str], size: int) -> Iterable[list[str]]:
    return (list(items[first : first + size]) for first in range(0, len(items), size))
