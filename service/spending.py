"""What language models used, by day and model, and whether the day's budget is spent.

`service.llm` records every call here and the engine asks before it begins an answer. The figures lie in the database
of the sources, so that they outlast a restart and count for all processes together.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Column, Date, Float, Integer, MetaData, String, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

from service.answering.answer import Usage
from service.database import connect

_metadata = MetaData()
_spending = Table(
    "model_spending",
    _metadata,
    Column("day", Date, primary_key=True),
    Column("model", String(200), primary_key=True),
    Column("calls", Integer, nullable=False),
    Column("prompt_tokens", Integer, nullable=False),
    Column("completion_tokens", Integer, nullable=False),
    Column("cost_usd", Float, nullable=False),
)
_COUNTED = ("calls", "prompt_tokens", "completion_tokens", "cost_usd")


class Spending:
    """The ledger. Days are those of UTC. Every method blocks; call it in a thread from the event loop."""

    def __init__(
        self,
        url: str,
        daily_tokens: int = 0,
        daily_usd: float = 0.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Open the table, creating it when it is missing.

        Args:
            url: SQLAlchemy address; the folder of a SQLite file is created.
            daily_tokens: read and written tokens of a day after which it is spent; 0 for no limit.
            daily_usd: the same in US dollars.
            now: the clock, aware of its zone.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: when the database cannot be used.
        """
        self._daily_tokens, self._daily_usd, self._now = daily_tokens, daily_usd, now
        self._engine = connect(url)
        _metadata.create_all(self._engine)

    def record(self, model: str, usage: Usage) -> None:
        """Add one call of a model to today."""
        insert: Any = sqlite.insert if self._engine.dialect.name == "sqlite" else postgresql.insert
        row = insert(_spending).values(
            day=self._today(),
            model=model[:200],
            calls=1,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            cost_usd=usage.cost_usd,
        )
        # The database adds, so that processes that write at the same time lose nothing.
        added = {name: _spending.c[name] + row.excluded[name] for name in _COUNTED}
        with self._engine.begin() as connection:
            connection.execute(row.on_conflict_do_update(index_elements=["day", "model"], set_=added))

    def today(self) -> Usage:
        """Tokens and cost of all models today."""
        columns = [func.coalesce(func.sum(_spending.c[name]), 0) for name in _COUNTED[1:]]
        with self._engine.connect() as connection:
            prompt, completion, cost = connection.execute(
                select(*columns).where(_spending.c.day == self._today())
            ).one()
        return Usage(prompt_tokens=int(prompt), completion_tokens=int(completion), cost_usd=float(cost))

    def is_spent(self) -> bool:
        """Whether today's budget is used up."""
        if not (self._daily_tokens or self._daily_usd):
            return False
        used = self.today()
        tokens = used.prompt_tokens + used.completion_tokens
        return bool(
            (self._daily_tokens and tokens >= self._daily_tokens)
            or (self._daily_usd and used.cost_usd >= self._daily_usd)
        )

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def _today(self) -> date:
        return self._now().astimezone(UTC).date()
