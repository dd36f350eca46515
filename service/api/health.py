"""`/healthz` and `/readyz`: is the process alive, and can it answer?"""

from __future__ import annotations

from importlib.metadata import version
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from service.api.answers import problems
from service.api.runtime import AnyRuntime
from service.errors import NotReady

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"
    version: str


class Ready(BaseModel):
    """The indexes have caught up with the sources."""

    status: Literal["ready"] = "ready"
    detail: str
    corpus_seq: int
    applied: dict[str, int]


@router.get("/healthz", operation_id="getHealth", summary="Is the process alive?")
async def get_health() -> Health:
    """Always 200 while the process answers at all."""
    return Health(version=version("interviewally"))


@router.get(
    "/readyz",
    operation_id="getReadiness",
    summary="Can it answer?",
    responses=problems(s503="The indexes have not caught up; `detail` says what is being waited for"),
)
async def get_readiness(runtime: AnyRuntime) -> Ready:
    """200 once the indexes have caught up with the sources, 503 with Retry-After until then."""
    readiness = await runtime.readiness()
    if not readiness.ready:
        raise NotReady(readiness.detail)
    return Ready(detail=readiness.detail, corpus_seq=readiness.corpus_seq, applied=readiness.applied)
