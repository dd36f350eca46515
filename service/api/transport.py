"""What happens to every request before and after its endpoint: its id, its log line, and what bodies are read.

Two plain ASGI middlewares, so that streams pass through untouched. `RequestContext` is the outermost.
"""

from __future__ import annotations

import re
import uuid
from time import perf_counter

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import response_of
from service.errors import BodyTooLarge, UnsupportedMediaType

REQUEST_ID = "X-Request-Id"
# Whoever has the id of a conversation can read it.
_SESSION = re.compile(r"ses_[^/]+")
log = structlog.get_logger("ally.http")


class RequestContext:
    """Gives each request an id and one log event; turns an unforeseen exception into a problem without internals.

    A client's own `X-Request-Id` is kept when it is short and plain. The log names the path but neither the
    query nor the body, since both can hold a candidate's question.
    """

    def __init__(self, app: ASGIApp) -> None:
        """`app`: the next in line."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = sent if re.fullmatch(r"[A-Za-z0-9._-]{1,64}", sent) else uuid.uuid4().hex
        scope["request_id"] = request_id
        began = perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_id)
            except Exception as error:
                log.exception("unhandled_error", path=_SESSION.sub("ses_…", scope["path"]))
                if status:  # The response has begun: only breaking it off tells the client that it is not whole.
                    raise
                await response_of(error, Request(scope))(scope, receive, send_with_id)
            finally:
                log.info(
                    "request",
                    method=scope["method"],
                    path=_SESSION.sub("ses_…", scope["path"]),
                    status=status,
                    duration_ms=round((perf_counter() - began) * 1000, 1),
                )


class BodyGuard:
    """Refuses bodies that are too large (counted as they arrive, whatever Content-Length claims) or not JSON."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        """`app`: the next in line. `max_bytes`: largest accepted body."""
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or scope["method"] not in ("POST", "PUT", "PATCH"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self.max_bytes:
            await response_of(BodyTooLarge(self.max_bytes), Request(scope))(scope, receive, send)
            return
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json" and not re.fullmatch(r"application/[\w.-]+\+json", media_type):
            error = UnsupportedMediaType(headers.get("content-type", ""))
            await response_of(error, Request(scope))(scope, receive, send)
            return
        # The bodies are small by definition, so the whole is read before the endpoint sees any of it.
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            if len(body) > self.max_bytes:
                await response_of(BodyTooLarge(self.max_bytes), Request(scope))(scope, receive, send)
                return
            if not message.get("more_body"):
                break
        replayed = False

        async def receive_again() -> Message:
            nonlocal replayed
            if replayed:
                return await receive()
            replayed = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, receive_again, send)
