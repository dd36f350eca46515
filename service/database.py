"""The service's own tables live in the database of the sources; this opens it for them.

`answer_store` and `spending` each keep one table there. SQLite is set up so that readers go on beside a writer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url


def connect(url: str) -> Engine:
    """An engine for a SQLAlchemy address; the folder of a SQLite file is created."""
    parsed = make_url(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if is_sqlite and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed)
    if is_sqlite:
        event.listen(engine, "connect", _wait_for_other_writers)
    return engine


def _wait_for_other_writers(connection: Any, _record: Any) -> None:
    # WAL lets readers go on while the sources are being synchronised; the timeout (ms) is for two writers.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA busy_timeout=5000")
