"""Server-sent events: the frames of an answer's stream (HTML Living Standard, section 9.2).

The id of a frame is `<answer id>/<number of the event>`, so that `Last-Event-ID` alone says where to go on.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from starlette.requests import Request

from service.answering.answer import AnswerEvent
from service.api.problems import problem_of

HEARTBEAT = b": waiting\n\n"
# no-transform and X-Accel-Buffering keep proxies from compressing or collecting the stream before they pass it on.
HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}


def position_of(last_event_id: str | None) -> tuple[str, int] | None:
    """The answer id and the number of events already seen that a `Last-Event-ID` header names, or None."""
    found = re.fullmatch(r"([A-Za-z0-9_-]{1,64})/(\d{1,6})", last_event_id or "")
    return (found[1], int(found[2])) if found else None


async def frames(
    answer_id: str, events: AsyncIterator[AnswerEvent], seen: int, heartbeat_s: float, request: Request
) -> AsyncIterator[bytes]:
    """Frame `events`, whose first is number `seen + 1`; an error of theirs becomes the last frame.

    Args:
        answer_id: of the answer that is streamed.
        events: what the client has not seen yet.
        seen: how many events the client has already.
        heartbeat_s: seconds of silence after which a comment line is sent.
        request: named in the problem of `answer.failed`.
    """
    number = seen
    upcoming: asyncio.Task[AnswerEvent] | None = None
    try:
        while True:
            upcoming = asyncio.ensure_future(_next(events))
            # wait() leaves the task running at its timeout, where wait_for() would break the iterator off.
            while not (await asyncio.wait({upcoming}, timeout=heartbeat_s))[0]:
                yield HEARTBEAT
            event = upcoming.result()
            number += 1
            yield format_sse_event(data_str=event.model_dump_json(), event=event.event, id=f"{answer_id}/{number}")
    except StopAsyncIteration:
        return
    except Exception as error:  # The response has begun, so that the error can only be told inside it.
        problem = problem_of(error, request.url.path, request.scope.get("request_id"))
        data = problem.model_dump_json(exclude_none=True)
        yield format_sse_event(data_str=data, event="answer.failed", id=f"{answer_id}/{number + 1}")
    finally:
        if upcoming is not None:
            upcoming.cancel()


async def _next(events: AsyncIterator[AnswerEvent]) -> AnswerEvent:
    return await anext(events)


def stream(frames: AsyncIterator[bytes]) -> StreamingResponse:
    """The streaming response of `frames`."""
    return StreamingResponse(frames, media_type="text/event-stream", headers=HEADERS)
