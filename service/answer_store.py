"""Answers kept by their id, in the same database as the sources, so that they survive a restart.

A kept answer is the JSON response itself. Answers older than the retention are unknown, and are removed when the
store is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Column, DateTime, MetaData, String, Table, Text, delete, insert, select

from service.answering.answer import Answer
from service.database import connect

_metadata = MetaData()
_answers = Table(
    "answers",
    _metadata,
    Column("id", String(64), primary_key=True),
    # SQLite keeps no zone, so the times are UTC by agreement.
    Column("created_at", DateTime, nullable=False, index=True),
    Column("answer", Text, nullable=False),
)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class AnswerStore:
    """Keeps answers for `retention_days`. Every method blocks; call it in a thread from the event loop."""

    def __init__(self, url: str, retention_days: int, now: Callable[[], datetime] = _utc_now) -> None:
        """Open the table, creating it when it is missing, and remove what is too old.

        Args:
            url: SQLAlchemy address; the folder of a SQLite file is created.
            retention_days: 0 keeps nothing.
            now: the clock, aware of its zone.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: when the database cannot be used.
        """
        self._retention = timedelta(days=retention_days)
        self._now = now
        self._engine = connect(url)
        _metadata.create_all(self._engine)
        with self._engine.begin() as connection:
            connection.execute(delete(_answers).where(_answers.c.created_at <= self._oldest()))

    def _oldest(self) -> datetime:
        return (self._now() - self._retention).astimezone(UTC).replace(tzinfo=None)

    def keep(self, answer: Answer) -> None:
        """Store `answer` under its id; one that is there already is replaced."""
        if not self._retention:
            return
        row = {"id": answer.id, "created_at": self._now().astimezone(UTC).replace(tzinfo=None)}
        with self._engine.begin() as connection:
            connection.execute(delete(_answers).where(_answers.c.id == answer.id))
            connection.execute(insert(_answers).values(answer=answer.model_dump_json(), **row))

    def find(self, answer_id: str) -> str | None:
        """The answer as JSON text, or None when it is unknown or too old."""
        query = select(_answers.c.answer).where(_answers.c.id == answer_id, _answers.c.created_at > self._oldest())
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one_or_none()

    def forget(self, answer_ids: Sequence[str]) -> None:
        """Remove answers; ids that are unknown are passed over."""
        with self._engine.begin() as connection:
            connection.execute(delete(_answers).where(_answers.c.id.in_(answer_ids)))

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()
