"""How log events are written: one JSON object a line on stderr for the server, short text for the command line.

Called once at each way in, before anything logs. The standard library's loggers (uvicorn, chromadb) go the same way.
"""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import Processor

_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def log_json(level: str) -> None:
    """Write events from `level` on as JSON lines."""
    # Local variables stay out of the tracebacks: they hold questions.
    tracebacks = structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    )
    _configure(level, [tracebacks, structlog.processors.JSONRenderer(ensure_ascii=False)])


def log_text(level: str) -> None:
    """Write events from `level` on as short lines for a person."""
    renderer = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    _configure(level, [renderer])


def _configure(level: str, last: list[Processor]) -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in ("chromadb", "httpx", "uvicorn.error"):  # They tell the usual as info.
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
