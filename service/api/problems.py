"""Errors as `application/problem+json` (RFC 9457), and the page that explains each problem type.

`CATALOGUE` maps the tree of `service.errors` to problem types, one to one. A problem's `type` is the relative
address `/v1/problems/<slug>`, which this module serves as JSON or, to a browser, as a page.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from service import errors
from service.api.negotiation import preferred

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of problem: its name in addresses, its HTTP status, and what it means and asks for."""

    slug: str
    status: HTTPStatus
    title: str
    meaning: str
    remedy: str


CATALOGUE: dict[type[Exception], ProblemType] = {
    errors.MalformedRequest: ProblemType(
        "malformed-request", HTTPStatus.BAD_REQUEST, "The request body is not JSON",
        "The body could not be read as one JSON object in UTF-8.",
        "Send one JSON object, for example {\"question\": \"What is Noetra building?\"}.",
    ),
    errors.InvalidRequest: ProblemType(
        "invalid-request", HTTPStatus.UNPROCESSABLE_ENTITY, "A field of the request cannot be used",
        "The request is well formed, but a field is missing, unknown, of the wrong type or out of bounds.",
        "Each entry of `errors` names a field (`pointer` into the body, or `parameter` of the address) and its fault.",
    ),
    errors.BodyTooLarge: ProblemType(
        "body-too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request body is too large",
        "The body exceeds the server's limit, 65,536 bytes unless its operator chose another.",
        "Shorten the question (4,000 characters at most), or send fewer earlier turns, or fewer or shorter passages.",
    ),
    errors.UnsupportedMediaType: ProblemType(
        "unsupported-media-type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The request body is not declared as JSON",
        "Bodies are read only when their Content-Type is application/json.",
        "Add the header Content-Type: application/json.",
    ),
    errors.AnswerNotFound: ProblemType(
        "answer-not-found", HTTPStatus.NOT_FOUND, "There is no such answer",
        "No answer has this id, or it is older than the server keeps answers.",
        "Ask the question again with POST /v1/answers.",
    ),
    errors.SessionNotFound: ProblemType(
        "session-not-found", HTTPStatus.NOT_FOUND, "There is no such conversation",
        "No conversation has this id: it was deleted, or was not used for as long as the server keeps them.",
        "Begin another with POST /v1/sessions.",
    ),
    errors.SessionsNotKept: ProblemType(
        "sessions-not-kept", HTTPStatus.CONFLICT, "The server keeps no conversations",
        "Its operator chose to keep neither answers nor conversations.",
        "Send the earlier questions along in the field history of POST /v1/answers.",
    ),
    errors.SourceNotFound: ProblemType(
        "source-not-found", HTTPStatus.NOT_FOUND, "There is no such source",
        "No source has this id; it may have been removed from the corpus.",
        "List the sources with GET /v1/sources.",
    ),
    errors.ProblemNotFound: ProblemType(
        "problem-not-found", HTTPStatus.NOT_FOUND, "There is no such problem type",
        "No problem type has this name.",
        "List them with GET /v1/problems.",
    ),
    errors.NotReady: ProblemType(
        "not-ready", HTTPStatus.SERVICE_UNAVAILABLE, "The service is not ready yet",
        "The indexes have not caught up with the sources, usually because the server has just started.",
        "Try again after the seconds in Retry-After; GET /readyz says when.",
    ),
    errors.AnswerTimeout: ProblemType(
        "answer-timeout", HTTPStatus.GATEWAY_TIMEOUT, "The answer took too long",
        "The answer was given up because it was not complete within the server's time limit.",
        "Try again, or ask a narrower question.",
    ),
}  # fmt: skip

UNKNOWN_ADDRESS = ProblemType(
    "not-found", HTTPStatus.NOT_FOUND, "Nothing is at this address",
    "The API has no such address.",
    "GET /openapi.json lists every address.",
)  # fmt: skip
WRONG_METHOD = ProblemType(
    "method-not-allowed", HTTPStatus.METHOD_NOT_ALLOWED, "This address does not take this method",
    "The address exists, but not with this HTTP method.",
    "Use a method that the Allow header names.",
)  # fmt: skip
INTERNAL = ProblemType(
    "internal-error", HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong in the service",
    "A fault of the service, not of the request. It was logged with the request id.",
    "Try again; if it lasts, tell the operator the value of X-Request-Id.",
)  # fmt: skip

BY_SLUG = {kind.slug: kind for kind in (*CATALOGUE.values(), UNKNOWN_ADDRESS, WRONG_METHOD, INTERNAL)}


class FieldFault(BaseModel):
    """One fault of a request."""

    pointer: str | None = Field(default=None, description="JSON pointer (RFC 6901) into the request body.")
    parameter: str | None = Field(default=None, description="Parameter of the address.")
    detail: str


class Problem(BaseModel):
    """A problem (RFC 9457). `type` is a relative address whose page explains it."""

    type: str = Field(examples=["/v1/problems/invalid-request"])
    title: str = Field(examples=["A field of the request cannot be used"])
    status: int = Field(examples=[422])
    detail: str = Field(description="What was wrong with this request and what to do.")
    instance: str = Field(description="Path of the request.", examples=["/v1/answers"])
    request_id: str | None = Field(default=None, description="As in the X-Request-Id header and in the server's log.")
    errors: list[FieldFault] | None = None


class ProblemPage(BaseModel):
    """What a problem type means."""

    type: str
    title: str
    status: int
    meaning: str
    remedy: str


def problem_of(error: Exception, instance: str, request_id: str | None) -> Problem:
    """Describe `error` for the client.

    Errors that are not in the catalogue become `internal-error`, and nothing of their text is told.
    """
    kind = CATALOGUE.get(type(error))
    faults = error.faults if isinstance(error, errors.InvalidRequest) else ()
    return _problem(
        kind or INTERNAL,
        str(error) if kind else INTERNAL.remedy,
        instance,
        request_id,
        [FieldFault(pointer=fault.pointer, parameter=fault.parameter, detail=fault.detail) for fault in faults] or None,
    )


def _problem(
    kind: ProblemType, detail: str, instance: str, request_id: str | None, faults: list[FieldFault] | None = None
) -> Problem:
    return Problem(
        type=f"/v1/problems/{kind.slug}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=instance,
        request_id=request_id,
        errors=faults,
    )


def response_of(error: Exception, request: Request) -> Response:
    """The HTTP response for `error`."""
    problem = problem_of(error, request.url.path, request.scope.get("request_id"))
    headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, errors.NotReady) else None
    return problem_response(problem, headers)


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """Serialise `problem`; absent members are left out."""
    return JSONResponse(
        problem.model_dump(exclude_none=True), status_code=problem.status, headers=headers, media_type=MEDIA_TYPE
    )


def faults_of(details: list[Any]) -> list[errors.Fault]:
    """Translate pydantic's error list (`loc` starting with body, query or path) into faults."""
    faults = []
    for detail in details:
        place, *path = detail["loc"]
        message = str(detail["msg"]).removeprefix("Value error, ")
        if place == "body":
            pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
            faults.append(errors.Fault(message, pointer=pointer))
        else:
            faults.append(errors.Fault(message, parameter=str(path[0]) if path else str(place)))
    return faults


def install(app: FastAPI) -> None:
    """Make every error response of `app` a problem. Unforeseen exceptions are `api.transport`'s."""

    @app.exception_handler(errors.ServiceError)
    async def _service_error(request: Request, error: Exception) -> Response:
        return response_of(error, request)

    @app.exception_handler(RequestValidationError)
    async def _validation_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        details = list(error.errors())
        broken = next((detail for detail in details if detail["type"] == "json_invalid"), None)
        if broken:
            position = broken["loc"][-1]
            reason = broken.get("ctx", {}).get("error", "it is not JSON")
            return response_of(
                errors.MalformedRequest(f"The request body is not JSON: {reason}, at character {position}."), request
            )
        return response_of(errors.InvalidRequest(faults_of(details)), request)

    @app.exception_handler(HTTPException)
    async def _http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == HTTPStatus.BAD_REQUEST:
            return response_of(errors.MalformedRequest("The request body cannot be read as JSON in UTF-8."), request)
        kind = {HTTPStatus.NOT_FOUND: UNKNOWN_ADDRESS, HTTPStatus.METHOD_NOT_ALLOWED: WRONG_METHOD}.get(
            HTTPStatus(error.status_code), INTERNAL
        )
        detail = f"{kind.meaning} {kind.remedy}"
        problem = _problem(kind, detail, request.url.path, request.scope.get("request_id"))
        return problem_response(problem, dict(error.headers or {}))


router = APIRouter(tags=["problems"])


def _page(kind: ProblemType) -> ProblemPage:
    return ProblemPage(
        type=f"/v1/problems/{kind.slug}", title=kind.title, status=kind.status, meaning=kind.meaning, remedy=kind.remedy
    )


@router.get("/v1/problems", operation_id="listProblemTypes", summary="Every problem type")
async def list_problem_types() -> list[ProblemPage]:
    """List the problem types that `type` of an error response can name."""
    return [_page(kind) for kind in sorted(BY_SLUG.values(), key=lambda kind: (kind.status, kind.slug))]


@router.get(
    "/v1/problems/{slug}",
    operation_id="getProblemType",
    summary="What a problem type means",
    response_model=ProblemPage,
    responses={404: {"model": Problem, "description": "No such problem type"}},
)
async def get_problem_type(slug: str, request: Request) -> Response:
    """Explain a problem type, as JSON or, to a browser, as a page."""
    kind = BY_SLUG.get(slug)
    if kind is None:
        raise errors.ProblemNotFound(slug)
    if preferred(request.headers.get("accept"), ("application/json", "text/html")) == "text/html":
        title, meaning, remedy = (html.escape(text) for text in (kind.title, kind.meaning, kind.remedy))
        return HTMLResponse(
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
            f"<h1>{title}</h1><p>HTTP {kind.status.value}</p><p>{meaning}</p><p>{remedy}</p></html>"
        )
    return JSONResponse(_page(kind).model_dump())
