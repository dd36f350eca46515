"""`/v1/sessions`: conversations. Begin one, see what it holds, correct what it knows of the candidate, delete it.

Questions belong to one by `session_id` in `POST /v1/answers` (`api.answers`); `service.session_store` keeps them.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Response
from fastapi import status as http
from pydantic import BaseModel, ConfigDict, Field, model_validator

from service import session_store
from service.answering.answer import Target, Turn
from service.answering.known import NOTHING, Known, corrected
from service.answering.known import Field as KnownField
from service.api.answers import problems
from service.api.runtime import Runtime, ServingRuntime
from service.errors import SessionNotFound
from service.incoming import cleaned
from service.session_store import SessionTurn

router = APIRouter(tags=["sessions"])

SessionId = Annotated[str, Path(description="`id` of the conversation; a secret", max_length=80)]
PATCH_EXAMPLES: dict[str, Any] = {
    "corrected": {"summary": "Another role and day", "value": {"role": "perception", "interview_date": "2026-12-04"}},
    "forgotten": {"summary": "Forget the day", "value": {"interview_date": None}},
}  # fmt: skip


class TargetChange(BaseModel):
    """What the candidate is preparing for. A field that is left out stays; null forgets it (RFC 7396)."""

    model_config = ConfigDict(extra="forbid")

    company: str | None = Field(default=None, min_length=1, max_length=200, description="Name or alias.")
    role: str | None = Field(default=None, min_length=1, max_length=200, description="Role id or any of its names.")
    interview_date: date | None = None
    experience: str | None = Field(default=None, min_length=1, max_length=2000)
    covered: list[Annotated[str, Field(min_length=1, max_length=200)]] | None = Field(default=None, max_length=20)

    @model_validator(mode="before")
    @classmethod
    def _clean_texts(cls, value: Any) -> Any:
        return cleaned(value)

    def named(self) -> frozenset[KnownField]:
        """The fields that are given."""
        fields: tuple[KnownField, ...] = ("company", "role", "interview_date", "experience", "covered")
        return frozenset(field for field in fields if field in self.model_fields_set)


class NewSession(BaseModel):
    """A conversation that begins, with what is known already."""

    model_config = ConfigDict(extra="forbid")

    target: TargetChange = Field(default_factory=TargetChange)


class TurnOfSession(BaseModel):
    """A question of a conversation."""

    question: str
    standalone_question: str = Field(description="How it was read, with what it took from the turns before.")
    answer_id: str = Field(description="Opens its answer under /v1/answers/{id}.")
    asked_at: datetime


class SessionOut(BaseModel):
    """A conversation: its last turns, the oldest first, and what it knows of the candidate."""

    id: str = Field(description="A secret: whoever has it can read and continue the conversation.")
    created_at: datetime
    expires_at: datetime = Field(description="When it is deleted unless it is used before.")
    target: Target = Field(description="Gathered from what was said; completes later questions.")
    interviews: dict[str, date] = Field(description="The day of the interview at each company that one was named for.")
    turns: list[TurnOfSession]


NOT_FOUND = problems(
    s404="No such conversation", s409="The server keeps no conversations", s503="Not ready yet; see Retry-After"
)


@router.post(
    "/v1/sessions",
    operation_id="createSession",
    summary="Begin a conversation",
    status_code=http.HTTP_201_CREATED,
    response_model=SessionOut,
    responses={
        201: {"headers": {"Location": {"schema": {"type": "string"}, "description": "Its address"}}},
        **problems(
            s400="The body is not JSON",
            s409="The server keeps no conversations",
            s422="A field cannot be used",
            s503="Not ready yet; see Retry-After",
        ),
    },
)
async def create_session(
    runtime: ServingRuntime, response: Response, new: Annotated[NewSession, Body(default_factory=NewSession)]
) -> SessionOut:
    """Begin a conversation. Send its `id` as `session_id` with each question; `{}` is body enough."""
    known = corrected(NOTHING, _target(new.target, runtime), new.target.named())
    session = await asyncio.to_thread(runtime.sessions.create, known)
    response.headers["Location"] = f"/v1/sessions/{session.id}"
    return _shown(session, runtime)


@router.get(
    "/v1/sessions/{session_id}",
    operation_id="getSession",
    summary="Open a conversation",
    response_model=SessionOut,
    responses=NOT_FOUND,
)
async def get_session(session_id: SessionId, runtime: ServingRuntime) -> SessionOut:
    """Its turns and what it knows of the candidate."""
    return _shown(_found(await asyncio.to_thread(runtime.sessions.find, session_id)), runtime)


@router.patch(
    "/v1/sessions/{session_id}",
    operation_id="correctSession",
    summary="Correct what a conversation knows",
    response_model=SessionOut,
    responses={**NOT_FOUND, **problems(s400="The body is not JSON", s422="A field cannot be used")},
)
async def correct_session(
    session_id: SessionId,
    changes: Annotated[TargetChange, Body(openapi_examples=PATCH_EXAMPLES)],
    runtime: ServingRuntime,
) -> SessionOut:
    """Correct the target. Later questions are read with it; a field that is null is forgotten."""
    target = _target(changes, runtime)

    def change(session: session_store.Session) -> tuple[Known, list[str]]:
        known = corrected(session.known, target, changes.named())
        turns = [Turn(question=t.question, standalone_question=t.standalone_question) for t in session.turns]
        return known, runtime.engine.reread(turns, session.known, known)

    return _shown(_found(await asyncio.to_thread(runtime.sessions.change, session_id, change)), runtime)


@router.delete(
    "/v1/sessions/{session_id}",
    operation_id="deleteSession",
    summary="Delete a conversation",
    status_code=http.HTTP_204_NO_CONTENT,
    responses=NOT_FOUND,
)
async def delete_session(session_id: SessionId, runtime: ServingRuntime) -> Response:
    """Forget everything: the turns, what is known, and the answers that were given in it."""
    session = _found(await asyncio.to_thread(runtime.sessions.remove, session_id))
    await runtime.forget_answers(session.turns)
    return Response(status_code=http.HTTP_204_NO_CONTENT)


def _found(session: session_store.Session | None) -> session_store.Session:
    if session is None:
        raise SessionNotFound
    return session


def _target(change: TargetChange, runtime: Runtime) -> Target:
    """The target with names as the corpus has them, where it knows them."""
    entities = runtime.engine.entities
    company, role = change.company, change.role
    if company and (canonical := entities.resolve_company(company)):
        company = entities.name_at(canonical, runtime.engine.today())
    if role:
        role_id = entities.resolve_role(role) or next(iter(entities.link(role).roles), None)
        known_role = entities.role(role_id) if role_id else None
        role = known_role.title if known_role else role
    return Target(
        company=company,
        role=role,
        interview_date=change.interview_date,
        experience=change.experience,
        covered=tuple(change.covered or ()),
    )


def _shown(session: session_store.Session, runtime: Runtime) -> SessionOut:
    return SessionOut(
        id=session.id,
        created_at=session.created_at.replace(tzinfo=UTC),
        expires_at=session.used_at.replace(tzinfo=UTC) + timedelta(days=runtime.settings.answer_retention_days),
        target=session.known.target,
        interviews=session.known.interviews,
        turns=[_turn(turn) for turn in session.turns],
    )


def _turn(turn: SessionTurn) -> TurnOfSession:
    return TurnOfSession(
        question=turn.question,
        standalone_question=turn.standalone_question,
        answer_id=turn.answer_id,
        asked_at=turn.asked_at.replace(tzinfo=UTC),
    )
