"""Conversations kept by their id, beside the answers: their last turns, and what is known of the candidate.

`api.runs` reads a session before an answer and adds the turn after it; `api.sessions` shows, corrects and removes it.
A session that was not used for as long as answers are kept is unknown, and is removed when the store is opened and
when another begins.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import (
    Column,
    Connection,
    Date,
    DateTime,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
)
from sqlalchemy import update as update_rows

from service.answering.known import Known
from service.database import connect

_metadata = MetaData()
_sessions = Table(
    "sessions",
    _metadata,
    Column("id", String(64), primary_key=True),
    # SQLite keeps no zone, so the times are UTC by agreement.
    Column("created_at", DateTime, nullable=False),
    Column("used_at", DateTime, nullable=False, index=True),
    Column("known", Text, nullable=False),
)
_turns = Table(
    "session_turns",
    _metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("session_id", String(64), nullable=False),
    Column("asked_at", DateTime, nullable=False),
    # The day that the question was asked for: "in two weeks" counts from it.
    Column("as_of", Date, nullable=False),
    Column("question", Text, nullable=False),
    Column("standalone_question", Text, nullable=False),
    Column("answer_id", String(64), nullable=False),
    Column("cache_key", String(64), nullable=False),
    Index("session_turns_in_order", "session_id", "n"),
)


@dataclass(frozen=True, slots=True)
class SessionTurn:
    """A question of a session, as asked and as read, and its answer. `cache_key` is empty for one that no cache has."""

    question: str
    standalone_question: str
    answer_id: str
    asked_at: datetime
    as_of: date
    cache_key: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation: its last turns, the oldest first, and what is known of the candidate."""

    id: str
    created_at: datetime
    used_at: datetime
    known: Known
    turns: tuple[SessionTurn, ...] = ()


Change = Callable[[Session], tuple[Known, Sequence[str]]]
"""What is known afterwards, and the standalone question of each turn."""


class SessionStore:
    """Keeps conversations for `retention_days` after their last use, each with its last `most_turns` turns.

    Every method blocks; call it in a thread from the event loop.
    """

    def __init__(
        self, url: str, retention_days: int, most_turns: int, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Open the tables, creating them when they are missing, and remove what is too old.

        Args:
            url: SQLAlchemy address; the folder of a SQLite file is created.
            retention_days: 0 keeps no conversations.
            most_turns: at least 1.
            now: the clock, aware of its zone.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: when the database cannot be used.
        """
        self.retention = timedelta(days=retention_days)
        self._most_turns = most_turns
        self._now = now
        self._engine = connect(url)
        _metadata.create_all(self._engine)
        with self._engine.begin() as connection:
            self._remove_old(connection)

    def create(self, known: Known) -> Session:
        """Begin a conversation. Its id is a secret: whoever has it reads and continues the conversation."""
        now = self._clock()
        session = Session(f"ses_{secrets.token_urlsafe(24)}", now, now, known)
        with self._engine.begin() as connection:
            self._remove_old(connection)
            connection.execute(
                insert(_sessions).values(id=session.id, created_at=now, used_at=now, known=known.model_dump_json())
            )
        return session

    def find(self, session_id: str) -> Session | None:
        """The conversation, None when it is unknown, forgotten or too old."""
        with self._engine.connect() as connection:
            return self._read(connection, session_id)

    def add(self, session_id: str, turn: SessionTurn, learn: Callable[[Known], Known]) -> bool:
        """Add a turn and what it tells; older turns than the last ones go. False when the conversation is gone."""
        with self._engine.begin() as connection:
            if not self._lock(connection, session_id):
                return False
            session = self._read(connection, session_id)
            assert session is not None
            connection.execute(
                insert(_turns).values(
                    session_id=session_id,
                    asked_at=_stored(turn.asked_at),
                    as_of=turn.as_of,
                    question=turn.question,
                    standalone_question=turn.standalone_question,
                    answer_id=turn.answer_id,
                    cache_key=turn.cache_key,
                )
            )
            self._write(connection, session_id, learn(session.known))
            kept = select(_turns.c.n).where(_turns.c.session_id == session_id).order_by(_turns.c.n.desc())
            oldest = connection.execute(kept.offset(self._most_turns - 1).limit(1)).scalar_one_or_none()
            if oldest is not None:
                connection.execute(delete(_turns).where(_turns.c.session_id == session_id, _turns.c.n < oldest))
        return True

    def change(self, session_id: str, change: Change) -> Session | None:
        """Correct what is known and how the turns were read. The conversation afterwards, None when it is gone."""
        with self._engine.begin() as connection:
            if not self._lock(connection, session_id):
                return None
            session = self._read(connection, session_id)
            assert session is not None
            known, texts = change(session)
            self._write(connection, session_id, known)
            rows = connection.execute(
                select(_turns.c.n).where(_turns.c.session_id == session_id).order_by(_turns.c.n)
            ).scalars()
            for n, text in zip(list(rows), texts, strict=True):
                connection.execute(update_rows(_turns).where(_turns.c.n == n).values(standalone_question=text))
            return self._read(connection, session_id)

    def remove(self, session_id: str) -> Session | None:
        """Remove a conversation and return it, None when there is none."""
        with self._engine.begin() as connection:
            if not self._lock(connection, session_id):
                return None
            session = self._read(connection, session_id)
            connection.execute(delete(_turns).where(_turns.c.session_id == session_id))
            connection.execute(delete(_sessions).where(_sessions.c.id == session_id))
        return session

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def _clock(self) -> datetime:
        return _stored(self._now())

    def _lock(self, connection: Connection, session_id: str) -> bool:
        """Mark a conversation as used. As the first statement of a transaction this makes others wait for it."""
        used = update_rows(_sessions).where(_sessions.c.id == session_id, _sessions.c.used_at > self._oldest())
        return bool(connection.execute(used.values(used_at=self._clock())).rowcount)

    def _read(self, connection: Connection, session_id: str) -> Session | None:
        row = connection.execute(
            select(_sessions).where(_sessions.c.id == session_id, _sessions.c.used_at > self._oldest())
        ).one_or_none()
        if row is None:
            return None
        turns = connection.execute(select(_turns).where(_turns.c.session_id == session_id).order_by(_turns.c.n))
        return Session(
            row.id,
            row.created_at,
            row.used_at,
            Known.model_validate_json(row.known),
            tuple(
                SessionTurn(
                    turn.question, turn.standalone_question, turn.answer_id, turn.asked_at, turn.as_of, turn.cache_key
                )
                for turn in turns
            ),
        )

    def _write(self, connection: Connection, session_id: str, known: Known) -> None:
        connection.execute(
            update_rows(_sessions).where(_sessions.c.id == session_id).values(known=known.model_dump_json())
        )

    def _oldest(self) -> datetime:
        return self._clock() - self.retention

    def _remove_old(self, connection: Connection) -> None:
        old = select(_sessions.c.id).where(_sessions.c.used_at <= self._oldest())
        connection.execute(delete(_turns).where(_turns.c.session_id.in_(old)))
        connection.execute(delete(_sessions).where(_sessions.c.used_at <= self._oldest()))


def _stored(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(tzinfo=None)
