"""The serving process: one socket, one event loop, one `service.app`.

Called by `ally serve`.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn

from service.app import create_app
from service.errors import ServiceError
from service.settings import Settings

# After this many seconds of a shutdown, streams that are still open are cut.
GRACE_S = 3


def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until the process is told to stop.

    Args:
        settings: `host` and `port` say where; port 0 takes a free one.
        announce: gets one line with the address once the socket is open.

    Raises:
        ServiceError: the address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family, backlog=512)
    except OSError as error:
        raise ServiceError(
            f"Cannot listen on {settings.host} port {settings.port}: {error.strerror or error}. "
            "Choose another with --host and --port."
        ) from None
    shown = f"[{settings.host}]" if family is socket.AF_INET6 else settings.host
    announce(f"InterviewAlly serves http://{shown}:{listener.getsockname()[1]} (Ctrl-C stops it)")
    config = uvicorn.Config(
        create_app(settings),
        log_config=None,  # `service.logs` has set the loggers up
        access_log=False,  # `api.transport` writes one event a request, without what was asked
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    with listener:
        uvicorn.Server(config).run(sockets=[listener])
