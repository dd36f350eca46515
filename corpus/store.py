"""The SQL store: documents, their passages with vectors, and the log of changes. The only truth of the corpus.

Third station on the way of a document. `corpus.sync` writes here; `corpus.dense` and `corpus.lexical` are derived
from it by replaying the change log; everything that reads text, dates or spans reads it here. SQLite by default, any
SQLAlchemy database (PostgreSQL is tested) by URL.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    create_engine,
    delete,
    event,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from corpus.document import Document, Passage, Sentence
from corpus.errors import StoreError

if TYPE_CHECKING:
    from corpus.search import SearchFilter

SCHEMA_VERSION = "1"

Vectors = npt.NDArray[np.float32]
NameKind = Literal["company", "country", "topic", "skill", "role"]
Action = Literal["put", "delete"]


class _Base(DeclarativeBase):
    pass


class _DocumentRow(_Base):
    __tablename__ = "documents"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), index=True)
    title: Mapped[str] = mapped_column(Text)
    publisher: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    published: Mapped[date] = mapped_column(index=True)
    text: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(120), index=True)
    front_matter: Mapped[str] = mapped_column(Text)
    """JSON object with the lists `companies`, `countries`, `topics`, `skills`."""
    content_hash: Mapped[str] = mapped_column(String(64))
    pipeline_hash: Mapped[str] = mapped_column(String(64))
    model_id: Mapped[str] = mapped_column(Text)
    """The embedding model of the passages' vectors."""


class _PassageRow(_Base):
    __tablename__ = "passages"

    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    start: Mapped[int]
    end: Mapped[int]
    section: Mapped[str] = mapped_column(Text)
    sentences: Mapped[str] = mapped_column(Text)
    """JSON array of [start, end, label, companies, skills, countries]; the words are the document's text."""
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    """Little-endian float32, L2-normalised."""
    sentence_vectors: Mapped[bytes] = mapped_column(LargeBinary)
    """One int8 row per sentence."""


class _NameRow(_Base):
    """A name that a document bears in its front matter or in one of its sentences; what filters ask for."""

    __tablename__ = "document_names"

    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), primary_key=True)

    __table_args__ = (Index("ix_document_names_kind_name", "kind", "name"),)


class _ChangeRow(_Base):
    __tablename__ = "changes"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    document_id: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(8))
    at: Mapped[str] = mapped_column(String(40))
    """UTC, ISO 8601."""

    # AUTOINCREMENT: SQLite would otherwise give a deleted highest number out again.
    __table_args__ = ({"sqlite_autoincrement": True},)


class _MetaRow(_Base):
    __tablename__ = "corpus_meta"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the change log: the document was written or deleted at `at` (UTC)."""

    sequence: int
    document_id: str
    action: Action
    at: datetime


@dataclass(frozen=True, slots=True)
class Applied:
    """How far an index follows a change log: whose (`Store.id`; empty for a new index) and up to which number."""

    store_id: str
    sequence: int


@dataclass(frozen=True, slots=True)
class DocumentNames:
    """What a document can be filtered by: front matter and the names linked in its sentences."""

    companies: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document with all that the derived indexes need. `vectors` has one row per passage, made by `model_id`."""

    document: Document
    passages: tuple[Passage, ...]
    vectors: Vectors
    model_id: str

    @property
    def names(self) -> DocumentNames:
        """The names of this document."""
        return document_names(self.document, self.passages)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the store holds."""

    documents: int
    news: int
    guides: int
    passages: int
    sequence: int


def document_names(document: Document, passages: Iterable[Passage]) -> DocumentNames:
    """Join the front matter's names with those of the sentences, in order and without repetition."""
    sentences = [sentence for passage in passages for sentence in passage.sentences]
    return DocumentNames(
        companies=_joined(document.companies, (s.companies for s in sentences)),
        countries=_joined(document.countries, (s.countries for s in sentences)),
        topics=_joined(document.topics, ()),
        skills=_joined(document.skills, (s.skills for s in sentences)),
        roles=(document.role,) if document.role else (),
    )


class Store:
    """Documents, passages and the change log in one SQL database.

    Writes are serialised by the database, so that sequence numbers become visible in their order and a reader that
    has seen number n will never miss a smaller one. Reads are cached a document at a time and the cache follows the
    change log, so another process's writes are seen at the next read. Safe to use from several threads.
    """

    def __init__(
        self,
        url: str,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        cached_documents: int = 5_000,
    ) -> None:
        """Open the database at `url` (`sqlite:///path`, `postgresql+psycopg://…`) and create what is missing.

        `now` dates the changes; `cached_documents` bounds the memory of the read cache (about 20 kB each).

        Raises:
            StoreError: the database cannot be opened or was written by another version.
        """
        self._now = now
        self._engine = _engine(url)
        self._cache: OrderedDict[str, StoredDocument] = OrderedDict()
        self._cache_size = cached_documents
        self._cache_sequence = 0
        self._lock = threading.Lock()
        try:
            _Base.metadata.create_all(self._engine)
            self.id = self._opened_id()
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise StoreError(
                f"The corpus database at {self._engine.url.render_as_string()} cannot be opened ({reason}); "
                "check its address and that it can be written."
            ) from error

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    # --- writing -------------------------------------------------------------------------------------------------

    def put(
        self,
        document: Document,
        passages: Sequence[Passage],
        vectors: Vectors,
        *,
        model_id: str = "",
        pipeline_hash: str = "",
    ) -> int:
        """Write a document with its passages, replacing an earlier version; returns the change's sequence number.

        `vectors` has one L2-normalised float32 row per passage, made by the embedding model `model_id`;
        `pipeline_hash` says by which code and data the passages were made. All of it is one transaction.

        Raises:
            ValueError: the vectors do not fit the passages, or a passage belongs to another document.
        """
        if vectors.ndim != 2 or len(vectors) != len(passages):
            raise ValueError(f"{len(passages)} passages need as many rows of vectors, got shape {vectors.shape}.")
        if any(passage.document_id != document.id for passage in passages):
            raise ValueError(f"A passage given for {document.id} belongs to another document.")
        with self._engine.begin() as connection:
            _take_write_turn(connection)
            connection.execute(delete(_DocumentRow).where(_DocumentRow.id == document.id))
            connection.execute(insert(_DocumentRow).values(_document_values(document, pipeline_hash, model_id)))
            if passages:
                rows = [_passage_values(p, v) for p, v in zip(passages, vectors, strict=True)]
                connection.execute(insert(_PassageRow), rows)
            if names := list(_name_values(document.id, document_names(document, passages))):
                connection.execute(insert(_NameRow), names)
            return self._log(connection, document.id, "put")

    def delete(self, document_id: str) -> int:
        """Delete a document and its passages; returns the change's sequence number.

        Raises:
            KeyError: no such document.
        """
        with self._engine.begin() as connection:
            _take_write_turn(connection)
            if not connection.execute(delete(_DocumentRow).where(_DocumentRow.id == document_id)).rowcount:
                raise KeyError(document_id)
            return self._log(connection, document_id, "delete")

    # --- the change log ------------------------------------------------------------------------------------------

    def sequence(self) -> int:
        """Number of the newest change; 0 for an empty store."""
        with self._engine.connect() as connection:
            return int(connection.execute(select(func.max(_ChangeRow.sequence))).scalar() or 0)

    def changes(self, after: int, limit: int = 1_000) -> list[Change]:
        """The changes with numbers above `after`, oldest first, at most `limit`."""
        return self._changes(_ChangeRow.sequence > after, limit)

    def latest_changes(self, after: int, limit: int) -> list[Change]:
        """As `changes`, but only the newest of each document: what a replay must look at, each document once."""
        newest = select(func.max(_ChangeRow.sequence)).where(_ChangeRow.sequence > after)
        newest = newest.group_by(_ChangeRow.document_id)
        return self._changes(_ChangeRow.sequence.in_(newest), limit)

    def pending(self, after: int) -> int:
        """Number of documents with a change above `after`."""
        query = select(func.count(_ChangeRow.document_id.distinct())).where(_ChangeRow.sequence > after)
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar() or 0)

    def fingerprints(self) -> dict[str, tuple[str, str]]:
        """(content hash, pipeline hash) of every document, by id: what `corpus.sync` compares."""
        query = select(_DocumentRow.id, _DocumentRow.content_hash, _DocumentRow.pipeline_hash)
        with self._engine.connect() as connection:
            return {row[0]: (row[1], row[2]) for row in connection.execute(query)}

    def paths(self) -> dict[str, str]:
        """The file each document was read from, by document id; empty for documents without a file."""
        with self._engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(select(_DocumentRow.id, _DocumentRow.path))}

    def counts(self) -> Counts:
        """How many documents, passages and changes there are."""
        with self._engine.connect() as connection:
            query = select(_DocumentRow.kind, func.count()).group_by(_DocumentRow.kind)
            kinds = {row[0]: int(row[1]) for row in connection.execute(query)}
            passages = connection.execute(select(func.count()).select_from(_PassageRow)).scalar() or 0
        news, guides = kinds.get("news", 0), kinds.get("guide", 0)
        return Counts(news + guides, news, guides, int(passages), self.sequence())

    # --- reading -------------------------------------------------------------------------------------------------

    def stored(self, document_ids: Iterable[str]) -> dict[str, StoredDocument]:
        """Documents with passages and vectors, by id; unknown ids are left out."""
        wanted = list(dict.fromkeys(document_ids))
        if not wanted:
            return {}
        with self._lock:
            self._follow_changes()
            self._cache.update(self._load([key for key in wanted if key not in self._cache]))
            found = {key: self._cache[key] for key in wanted if key in self._cache}
            for key in found:
                self._cache.move_to_end(key)
            while len(self._cache) > self._cache_size:
                self._cache.popitem(last=False)
        return found

    def document(self, document_id: str) -> Document | None:
        """The document, or None."""
        stored = self.stored([document_id]).get(document_id)
        return stored.document if stored else None

    def documents(self, document_ids: Iterable[str]) -> dict[str, Document]:
        """The documents by id, in the order asked for; unknown ids are left out."""
        return {key: stored.document for key, stored in self.stored(document_ids).items()}

    def document_passages(self, document_id: str) -> tuple[Passage, ...]:
        """All passages of a document in reading order; empty for an unknown one."""
        stored = self.stored([document_id]).get(document_id)
        return stored.passages if stored else ()

    def passages(self, passage_ids: Iterable[str]) -> dict[str, Passage]:
        """The passages by id, in the order asked for; unknown ids are left out."""
        found = (stored.passages[ordinal] for stored, ordinal in self._located(passage_ids))
        return {passage.id: passage for passage in found}

    def vectors(self, passage_ids: Iterable[str]) -> Vectors:
        """The embeddings of passages, one row each in the order asked for.

        Raises:
            KeyError: an id is not in the store, which would shift the rows.
        """
        ids = list(passage_ids)
        located = self._located(ids)
        if len(located) != len(ids):
            known = {stored.passages[ordinal].id for stored, ordinal in located}
            raise KeyError(next(key for key in ids if key not in known))
        if not located:
            return np.empty((0, 0), dtype=np.float32)
        return np.stack([stored.vectors[ordinal] for stored, ordinal in located])

    def guide(self, role_id: str) -> Document | None:
        """The guide of a role, or None."""
        query = select(_DocumentRow.id).where(_DocumentRow.kind == "guide", _DocumentRow.role == role_id)
        with self._engine.connect() as connection:
            found = connection.execute(query.order_by(_DocumentRow.id)).scalar()
        return self.document(found) if found else None

    def list_documents(
        self, where: SearchFilter | None = None, *, text: str = "", offset: int = 0, limit: int = 50
    ) -> tuple[list[Document], int]:
        """A page of the documents that pass `where`, newest first, and how many pass in all.

        `text` further asks for documents whose title or publisher contains it (letter case ignored).
        """
        conditions = filter_conditions(where)
        if text.strip():
            pattern = f"%{_escape_like(text.strip())}%"
            fields = (_DocumentRow.title, _DocumentRow.publisher)
            conditions.append(or_(*(field.ilike(pattern, escape="\\") for field in fields)))
        page = select(_DocumentRow.id).where(*conditions)
        page = page.order_by(_DocumentRow.published.desc(), _DocumentRow.id).offset(offset).limit(limit)
        with self._engine.connect() as connection:
            total = connection.execute(select(func.count()).select_from(_DocumentRow).where(*conditions)).scalar()
            ids = list(connection.execute(page).scalars())
        return list(self.documents(ids).values()), int(total or 0)

    def document_ids(self, where: SearchFilter | None = None) -> list[str]:
        """Ids of the documents that pass `where`, sorted."""
        query = select(_DocumentRow.id).where(*filter_conditions(where)).order_by(_DocumentRow.id)
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def names(self, kind: NameKind) -> dict[str, int]:
        """Every name of a kind with the number of documents that bear it, most frequent first."""
        count = func.count().label("n")
        query = select(_NameRow.name, count).where(_NameRow.kind == kind).group_by(_NameRow.name)
        with self._engine.connect() as connection:
            return {row[0]: int(row[1]) for row in connection.execute(query.order_by(count.desc(), _NameRow.name))}

    def company_names(self) -> list[str]:
        """Canonical names of the companies that some document names, most frequent first."""
        return list(self.names("company"))

    # --- internals -----------------------------------------------------------------------------------------------

    def _opened_id(self) -> str:
        """The store's own random id, by which a derived index notices that it belongs to another store."""
        with self._engine.begin() as connection:
            rows = {row.key: row.value for row in connection.execute(select(_MetaRow.key, _MetaRow.value))}
            if not rows:
                rows = {"schema": SCHEMA_VERSION, "id": secrets.token_hex(8), "writer": ""}
                connection.execute(insert(_MetaRow), [{"key": key, "value": value} for key, value in rows.items()])
        if rows["schema"] != SCHEMA_VERSION:
            raise StoreError(
                f"The corpus database is of version {rows['schema']}, this program needs {SCHEMA_VERSION}: "
                "delete the database and run `ally sync`, which fills it again from the source files."
            )
        return str(rows["id"])

    def _log(self, connection: Connection, document_id: str, action: Action) -> int:
        at = self._now().astimezone(UTC).isoformat()
        added = connection.execute(insert(_ChangeRow).values(document_id=document_id, action=action, at=at))
        return int(added.inserted_primary_key[0])  # type: ignore[index]

    def _changes(self, condition: ColumnElement[bool], limit: int) -> list[Change]:
        query = select(_ChangeRow.sequence, _ChangeRow.document_id, _ChangeRow.action, _ChangeRow.at)
        query = query.where(condition).order_by(_ChangeRow.sequence).limit(limit)
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return [
            Change(row[0], row[1], "put" if row[2] == "put" else "delete", datetime.fromisoformat(row[3]))
            for row in rows
        ]

    def _located(self, passage_ids: Iterable[str]) -> list[tuple[StoredDocument, int]]:
        keys = [(document_id, ordinal) for document_id, _, ordinal in (key.rpartition("#") for key in passage_ids)]
        stored = self.stored(document_id for document_id, _ in keys)
        return [
            (stored[document_id], int(ordinal))
            for document_id, ordinal in keys
            if document_id in stored and ordinal.isdecimal() and int(ordinal) < len(stored[document_id].passages)
        ]

    def _follow_changes(self) -> None:
        """Drop what changed since the cache was filled."""
        newest = self.sequence()
        if newest < self._cache_sequence or newest - self._cache_sequence > self._cache_size:
            self._cache.clear()
        elif newest > self._cache_sequence:
            for change in self.changes(self._cache_sequence, newest - self._cache_sequence):
                self._cache.pop(change.document_id, None)
        self._cache_sequence = newest

    def _load(self, document_ids: Sequence[str]) -> dict[str, StoredDocument]:
        loaded: dict[str, StoredDocument] = {}
        # Below SQLite's oldest limit of 999 variables a statement.
        for first in range(0, len(document_ids), 900):
            chunk = document_ids[first : first + 900]
            with self._engine.connect() as connection:
                documents = connection.execute(select(*_DOCUMENT_COLUMNS).where(_DocumentRow.id.in_(chunk))).all()
                query = select(*_PASSAGE_COLUMNS).where(_PassageRow.document_id.in_(chunk))
                rows = connection.execute(query.order_by(_PassageRow.document_id, _PassageRow.ordinal)).all()
            by_document: dict[str, list[Any]] = {}
            for row in rows:
                by_document.setdefault(row.document_id, []).append(row)
            for row in documents:
                loaded[row.id] = _stored_document(row, by_document.get(row.id, []))
        return loaded


@dataclass(frozen=True, slots=True)
class DateRestriction:
    """The dates of a search filter in one rule for the store and both indexes: `first` and `last` are included.

    With `spares_guides` a guide passes whatever its date: it is advice, dated by its last review and not by an event.
    """

    first: date | None
    last: date | None
    spares_guides: bool


def date_restriction(where: SearchFilter) -> DateRestriction | None:
    """What `where` says about dates (see `SearchFilter`), or None when it says nothing."""
    if where.kinds and set(where.kinds) == {"guide"}:
        restriction = DateRestriction(where.published_from, where.published_to, spares_guides=False)
    else:
        last = min((day for day in (where.published_to, where.as_of) if day is not None), default=None)
        restriction = DateRestriction(where.published_from, last, spares_guides=True)
    return None if restriction.first is None and restriction.last is None else restriction


def day_number(day: date) -> int:
    """The date as yyyymmdd: both indexes compare numbers, not dates."""
    return day.year * 10_000 + day.month * 100 + day.day


def filter_conditions(where: SearchFilter | None) -> list[ColumnElement[bool]]:
    """SQL conditions on `documents` for a search filter."""
    if where is None:
        return []
    conditions: list[ColumnElement[bool]] = []
    asked: Mapping[str, tuple[str, ...]] = {
        "company": where.companies, "country": where.countries, "topic": where.topics, "role": where.roles,
    }  # fmt: skip
    for kind, names in asked.items():
        if names:
            bearing = select(_NameRow.document_id).where(_NameRow.kind == kind, _NameRow.name.in_(names))
            conditions.append(_DocumentRow.id.in_(bearing))
    if where.kinds:
        conditions.append(_DocumentRow.kind.in_(where.kinds))
    if (dates := date_restriction(where)) is not None:
        spared = [_DocumentRow.kind == "guide"] if dates.spares_guides else []
        if dates.first is not None:
            conditions.append(or_(_DocumentRow.published >= dates.first, *spared))
        if dates.last is not None:
            conditions.append(or_(_DocumentRow.published <= dates.last, *spared))
    return conditions


def _engine(url: str) -> Engine:
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return create_engine(address, pool_pre_ping=True)
    if address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address, connect_args={"timeout": 30, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        # FULL: a change that an index has applied must survive a power cut, or the two would part.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def _take_write_turn(connection: Connection) -> None:
    """Wait for other writers: a lock on one row (PostgreSQL), or the database's write lock (SQLite)."""
    connection.execute(update(_MetaRow).where(_MetaRow.key == "writer").values(value=""))


_DOCUMENT_COLUMNS = tuple(
    getattr(_DocumentRow, name)
    for name in (
        "id",
        "kind",
        "title",
        "publisher",
        "url",
        "published",
        "text",
        "path",
        "role",
        "front_matter",
        "model_id",
    )
)
_PASSAGE_COLUMNS = tuple(column for column in _PassageRow.__table__.columns)


def _document_values(document: Document, pipeline_hash: str, model_id: str) -> dict[str, Any]:
    lists = {name: list(getattr(document, name)) for name in ("companies", "countries", "topics", "skills")}
    return {
        "id": document.id,
        "kind": document.kind,
        "title": document.title,
        "publisher": document.publisher,
        "url": document.url,
        "published": document.published,
        "text": document.text,
        "path": document.path,
        "role": document.role,
        "front_matter": json.dumps(lists, ensure_ascii=False),
        "content_hash": document.content_hash,
        "pipeline_hash": pipeline_hash,
        "model_id": model_id,
    }


def _passage_values(passage: Passage, vector: npt.NDArray[np.float32]) -> dict[str, Any]:
    sentences = [[s.start, s.end, s.label, s.companies, s.skills, s.countries] for s in passage.sentences]
    return {
        "document_id": passage.document_id,
        "ordinal": passage.ordinal,
        "start": passage.start,
        "end": passage.end,
        "section": passage.section,
        "sentences": json.dumps(sentences, ensure_ascii=False),
        "vector": np.asarray(vector, dtype="<f4").tobytes(),
        "sentence_vectors": passage.sentence_vectors,
    }


def _name_values(document_id: str, names: DocumentNames) -> Iterable[dict[str, str]]:
    kinds: Mapping[NameKind, tuple[str, ...]] = {
        "company": names.companies, "country": names.countries, "topic": names.topics, "skill": names.skills,
        "role": names.roles,
    }  # fmt: skip
    for kind, values in kinds.items():
        for name in values:
            yield {"document_id": document_id, "kind": kind, "name": name}


def _document(row: Any) -> Document:
    lists = json.loads(row.front_matter)
    return Document(
        id=row.id,
        kind=row.kind,
        title=row.title,
        publisher=row.publisher,
        url=row.url,
        published=row.published,
        text=row.text,
        path=row.path,
        companies=tuple(lists["companies"]),
        countries=tuple(lists["countries"]),
        topics=tuple(lists["topics"]),
        skills=tuple(lists["skills"]),
        role=row.role,
    )


def _stored_document(document_row: Any, rows: Sequence[Any]) -> StoredDocument:
    document = _document(document_row)
    passages = tuple(_passage(document, row) for row in rows)
    vectors = [np.frombuffer(row.vector, dtype="<f4") for row in rows]
    stacked = np.stack(vectors) if vectors else np.empty((0, 0), dtype=np.float32)
    stacked.setflags(write=False)
    return StoredDocument(document, passages, stacked, document_row.model_id)


def _passage(document: Document, row: Any) -> Passage:
    text = document.text
    return Passage(
        document_id=document.id,
        ordinal=row.ordinal,
        text=text[row.start : row.end],
        start=row.start,
        end=row.end,
        section=row.section,
        sentences=tuple(
            Sentence(text[start:end], start, end, label, tuple(companies), tuple(skills), tuple(countries))
            for start, end, label, companies, skills, countries in json.loads(row.sentences)
        ),
        sentence_vectors=row.sentence_vectors,
    )


def _joined(first: Sequence[str], others: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*first, *(name for names in others for name in names)]))


def _escape_like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
