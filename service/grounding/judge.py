"""A second opinion on a statement: a language model reads it beside its passages.

`LanguageModelJudge` asks one through `service.llm` with the prompt `judge`; `release` weighs its opinion against the
checker's, and the evaluation measures it like any other judge. One that is late, down or unclear has no opinion.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, Protocol

import prompts
from service.answering.offered import one_line
from service.llm import Bill, LanguageModel, ModelFailure

CONFIDENT: Final = 0.9
"""Confidence from which a judge may overrule the learned score (never the exact checks)."""

_OPINION = re.compile(
    r"\b(?P<verdict>UNSUPPORTED|NOT SUPPORTED|SUPPORTED)\b\W*(?P<confidence>\d{1,3}(?:\.\d+)?)?", re.IGNORECASE
)
_LONGEST_REPLY: Final = 400


@dataclass(frozen=True, slots=True)
class Opinion:
    """Whether a judge finds a statement supported, and how sure it is, 0..1."""

    supported: bool
    confidence: float


class Judge(Protocol):
    """Gives opinions on statements."""

    @property
    def prompt_id(self) -> str:
        """The prompt behind the opinions, as name@version."""

    async def opinion(self, statement: str, passages: Sequence[str], bill: Bill) -> Opinion | None:
        """Whether the passages support the statement; None without an opinion in time. Never raises."""


class LanguageModelJudge:
    """A judge that asks a language model."""

    def __init__(self, model: LanguageModel, timeout_s: float) -> None:
        """`timeout_s`: seconds in which the whole opinion has to be there."""
        self._model = model
        self._timeout_s = timeout_s
        self._prompt = prompts.load("judge")

    @property
    def prompt_id(self) -> str:
        """The prompt behind the opinions, as name@version."""
        return self._prompt.id

    async def opinion(self, statement: str, passages: Sequence[str], bill: Bill) -> Opinion | None:
        """Whether the passages support the statement; None without an opinion in time. Never raises."""
        prompt = self._prompt.render(
            token=secrets.token_hex(6), statement=one_line(statement), passages=[one_line(text) for text in passages]
        )
        reply = ""
        try:
            async with asyncio.timeout(self._timeout_s), aclosing(self._model.stream(prompt, bill)) as pieces:
                async for piece in pieces:
                    reply += piece
                    if len(reply) > _LONGEST_REPLY:
                        break
        except (TimeoutError, ModelFailure):
            # What came before it broke off may be the opinion already.
            pass
        return read_opinion(reply)


def read_opinion(reply: str) -> Opinion | None:
    """The opinion in a reply, None where there is none. Without a number it counts as half sure."""
    found = _OPINION.search(reply)
    if found is None:
        return None
    confidence = float(found["confidence"] or 50.0)
    return Opinion(found["verdict"].upper() == "SUPPORTED", min(confidence, 100.0) / 100)
