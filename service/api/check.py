"""`/v1/check`: does what the given passages say support a statement? For answers that were written elsewhere.

Uses `service.grounding`; nothing is searched and nothing is kept.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Body

from service.api.answers import problems
from service.api.runtime import ServingRuntime
from service.checking import CheckRequest, VerdictBody, verdict_body

router = APIRouter(tags=["check"])

EXAMPLES: dict[str, Any] = {
    "plan_as_fact": {
        "summary": "A plan told as done",
        "value": {
            "statement": "Honda is the venture's first deployment customer and has put ¥1 trillion into it.",
            "passages": [
                "Honda is to be the first deployment customer. Japan's government pledged ¥1 trillion, about "
                "$6.7 billion, over five years."
            ],
            "published": "2026-04-15",
        },
    },
    "supported": {
        "summary": "The same figure in another notation",
        "value": {
            "statement": "Japan's government pledged 1,000 billion yen over five years.",
            "passages": ["Japan's government pledged ¥1 trillion over five years."],
        },
    },
}


@router.post(
    "/v1/check",
    operation_id="checkStatement",
    summary="Check a statement against passages",
    responses=problems(
        s400="The body is not JSON",
        s413="The body is too large",
        s415="The body is not declared as JSON",
        s422="A field cannot be used",
        s503="Not ready yet; see Retry-After",
    ),
)
async def check_statement(
    request: Annotated[CheckRequest, Body(openapi_examples=EXAMPLES)], runtime: ServingRuntime
) -> VerdictBody:
    """Say whether the passages support the statement, and which of its words they do not.

    Figures, dates, names, negation and the manner of saying are checked by rules that veto, the rest by a score.
    """
    verdicts = await asyncio.to_thread(lambda: runtime.checker.check_all([request.item()]))
    return verdict_body(verdicts[0])
