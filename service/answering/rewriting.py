"""A language model's reading of a follow-up, taken only when it keeps to what the conversation said.

`engine` asks it before it understands a follow-up; `followup`'s rules hold when it is slow, down, or brings in a name,
a figure or a date that nobody mentioned. Only imported when a model is set.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from typing import Final

import structlog

import prompts
from corpus.entities import Entities
from service.answering.offered import one_line
from service.answering.time_left import MONTHS_ALTERNATION
from service.grounding.instructions import gives_orders
from service.llm import Bill, LanguageModel, ModelFailure

log = structlog.get_logger("ally.answers")

LONGEST: Final = 500
"""Characters of a rewritten question; a model that writes more is answering it."""
MOST_TURNS: Final = 6
"""Earlier questions that the model is shown, the latest ones."""

_WORD: Final = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_AMOUNT: Final = re.compile(
    rf"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|hundred|thousand|million|billion|trillion|half|"
    rf"today|tomorrow|yesterday|(?:mon|tues|wednes|thurs|fri|satur|sun)day|{MONTHS_ALTERNATION}",
    re.IGNORECASE,
)


class Rewriter:
    """Asks a language model for standalone questions. Safe to share between the answers of one event loop."""

    def __init__(self, model: LanguageModel, entities: Entities, timeout_s: float) -> None:
        """`timeout_s`: seconds in which the whole question has to be there."""
        self._model = model
        self._entities = entities
        self._timeout_s = timeout_s
        self._prompt = prompts.load("rewrite")

    @property
    def prompt_id(self) -> str:
        """The prompt behind it, as name@version."""
        return self._prompt.id

    async def rewritten(self, question: str, turns: Sequence[str], by_rules: str, bill: Bill) -> str | None:
        """`question` as it stands alone, None when the model has no such reading in time. Never raises.

        Args:
            question: the follow-up.
            turns: the earlier questions, the oldest first.
            by_rules: the rules' reading; what it names may be named.
            bill: where the call is recorded.
        """
        prompt = self._prompt.render(
            token=secrets.token_hex(6),
            turns=[one_line(turn)[:LONGEST] for turn in turns[-MOST_TURNS:]],
            question=one_line(question)[:LONGEST],
        )
        reply = ""
        try:
            async with asyncio.timeout(self._timeout_s), aclosing(self._model.stream(prompt, bill)) as pieces:
                async for piece in pieces:
                    reply += piece
                    if len(reply) > LONGEST or "\n" in reply.strip():
                        break
        except (TimeoutError, ModelFailure) as error:
            log.info("not_rewritten", reason=type(error).__name__)
            return None
        found = reply.strip().split("\n")[0].strip(" \"'`*")
        return found if keeps_to(found, question, [*turns, by_rules], self._entities) else None

    async def is_affordable(self) -> bool:
        """Whether the day's budget leaves room for a call."""
        return await self._model.is_affordable()


def keeps_to(found: str, question: str, said: Sequence[str], entities: Entities) -> bool:
    """Whether a rewritten question says no more than the conversation did.

    It has every company of `question`, and no company, role, name, figure or date that neither `question` nor `said`
    has; it is short and gives no orders.
    """
    if not 3 <= len(found) <= LONGEST or gives_orders(found):
        return False
    texts = [question, *said]
    mentioned = [mention for text in texts for mention in entities.link(text).mentions]
    allowed = {(mention.kind, mention.name) for mention in mentioned if mention.kind in ("company", "role")}
    links = entities.link(found)
    named = {(mention.kind, mention.name) for mention in links.mentions if mention.kind in ("company", "role")}
    words = {word.casefold() for text in texts for word in _WORD.findall(text)}
    words |= {word.casefold() for _, name in allowed for word in _WORD.findall(name)}
    asked = set(entities.link(question).companies)
    return named <= allowed and asked <= set(links.companies) and all(word in words for word in _telling(found))


def _telling(text: str) -> Iterator[str]:
    """The words of a text that name something: figures, amounts, dates, and capitalised words but the first."""
    for match in _WORD.finditer(text):
        word = match.group(0)
        is_name = word[0].isupper() and match.start() > 0 and word != "I"
        if is_name or any(character.isdigit() for character in word) or _AMOUNT.fullmatch(word):
            yield word.casefold()
