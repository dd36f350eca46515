"""`/v1/answers`: ask a question and get the answer whole or as a stream; fetch an answer again.

The engine makes the answer (`answering.engine`), `api.runs` keeps its events, `api.sse` frames them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Path, Request
from fastapi.responses import Response

from service.answering.answer import Answer, AnswerEvent
from service.answering.replay import replay
from service.api.negotiation import preferred
from service.api.problems import MEDIA_TYPE, Problem
from service.api.runtime import Runtime, ServingRuntime
from service.api.sse import frames, position_of, stream
from service.errors import AnswerNotFound, SessionNotFound
from service.incoming import QuestionRequest

router = APIRouter(tags=["answers"])

JSON = "application/json"
EVENT_STREAM = "text/event-stream"

QUESTION_EXAMPLES: dict[str, Any] = {
    "prepare": {
        "summary": "Prepare for a role",
        "value": {"question": "how do I prepare for a sensor-fusion role at Honda's AI venture?"},
    },
    "as_of": {
        "summary": "What was known on a day",
        "value": {"question": "Who is behind Honda's AI venture?", "as_of": "2026-04-20"},
    },
    "corrected": {
        "summary": "With the company, the role and the interview's date given",
        "value": {
            "question": "how do I prepare?",
            "target": {"company": "Noetra", "role": "sensor-fusion-engineer", "interview_date": "2026-12-01"},
        },
    },
    "passages": {
        "summary": "From passages of your own, and from nothing else",
        "value": {
            "question": "How much did Zorblax raise?",
            "passages": [
                {"text": "Zorblax raised $7 million in August.", "publisher": "Ulm News", "published": "2026-09-01"}
            ],
        },
    },
}
STREAM_EXAMPLE = (
    'event: answer.started\ndata: {"event":"answer.started","id":"ans_5f0c","understanding":{"intent":"fact"},'
    '"as_of":"2026-11-24"}\nid: ans_5f0c/1\n\n'
    'event: answer.sources\ndata: {"event":"answer.sources","sources":[]}\nid: ans_5f0c/2\n\n: waiting\n\n'
)


def problems(**described: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries for problem responses, given as `s404="…"`."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        int(status.removeprefix("s")): {"model": Problem, "description": text, "content": content}
        for status, text in described.items()
    }


ANSWER_RESPONSE: dict[int | str, dict[str, Any]] = {
    200: {
        "model": Answer,
        "description": "The answer; with `Accept: text/event-stream` the same as server-sent events "
        "(`answer.started`, `answer.sources`, `section.started`, `statement`, `section.completed`, "
        "`answer.follow_ups`, `answer.completed` or `answer.failed`).",
        "content": {EVENT_STREAM: {"schema": {"type": "string"}, "example": STREAM_EXAMPLE}},
    }
}


@router.post(
    "/v1/answers",
    operation_id="createAnswer",
    summary="Ask a question",
    responses={
        **ANSWER_RESPONSE,
        **problems(
            s400="The body is not JSON",
            s404="`Last-Event-ID` names an answer, or `session_id` a conversation, that is not kept",
            s409="The server keeps no conversations",
            s413="The body is too large",
            s415="The body is not declared as JSON",
            s422="A field cannot be used",
            s503="The indexes have not caught up yet; see Retry-After",
            s504="The answer took too long",
        ),
    },
)
async def create_answer(
    question: Annotated[QuestionRequest, Body(openapi_examples=QUESTION_EXAMPLES)],
    runtime: ServingRuntime,
    request: Request,
    accept: Annotated[str | None, Header(description="`application/json` or `text/event-stream`")] = None,
    last_event_id: Annotated[
        str | None, Header(alias="Last-Event-ID", description="Id of the last event seen: goes on after it.")
    ] = None,
) -> Response:
    """Answer from the dated sources, every statement cited.

    After a broken stream, send the same request with the `Last-Event-ID` header: the answer goes on behind that
    event and is not made anew.
    """
    position = position_of(last_event_id)
    if position:
        return await _kept(runtime, *position, accept, request)
    session = None
    if question.session_id:
        session = await asyncio.to_thread(runtime.sessions.find, question.session_id)
        if session is None:
            raise SessionNotFound
    run = await runtime.runs.start(question, session)
    assert run.id is not None
    if preferred(accept, (JSON, EVENT_STREAM)) == EVENT_STREAM:
        return stream(frames(run.id, run.follow(0), 0, runtime.settings.heartbeat_s, request))
    return _json((await run.whole()).model_dump_json(), run.id)


@router.get(
    "/v1/answers/{answer_id}",
    operation_id="getAnswer",
    summary="Fetch an answer again",
    responses={**ANSWER_RESPONSE, **problems(s404="No such answer", s503="Not ready yet; see Retry-After")},
)
async def get_answer(
    answer_id: Annotated[str, Path(description="`id` of the answer")],
    runtime: ServingRuntime,
    request: Request,
    accept: Annotated[str | None, Header()] = None,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID")] = None,
) -> Response:
    """The answer as it was given, whole or as a stream. One that is still being made is waited for."""
    position = position_of(last_event_id)
    seen = position[1] if position and position[0] == answer_id else 0
    return await _kept(runtime, answer_id, seen, accept, request)


async def _kept(runtime: Runtime, answer_id: str, seen: int, accept: str | None, request: Request) -> Response:
    streamed = preferred(accept, (JSON, EVENT_STREAM)) == EVENT_STREAM
    run = runtime.runs.find(answer_id)
    if run:
        if streamed:
            return stream(frames(answer_id, run.follow(seen), seen, runtime.settings.heartbeat_s, request))
        return _json((await run.whole()).model_dump_json(), answer_id)
    text = await runtime.find_answer(answer_id)
    if text is None:
        raise AnswerNotFound(answer_id)
    if streamed:
        events = _from(seen, Answer.model_validate_json(text))
        return stream(frames(answer_id, events, seen, runtime.settings.heartbeat_s, request))
    return _json(text, answer_id)


async def _from(seen: int, answer: Answer) -> AsyncIterator[AnswerEvent]:
    for number, event in enumerate(replay(answer)):
        if number >= seen:
            yield event


def _json(text: str, answer_id: str) -> Response:
    return Response(text, media_type=JSON, headers={"Content-Location": f"/v1/answers/{answer_id}", "Vary": "Accept"})
