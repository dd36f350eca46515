"""A writing engine on a scripted model, and what must hold of every answer whatever the model does."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np

from service.answering.answer import Answer, AnswerEvent, AnswerRequest, Statement
from service.answering.engine import Engine
from service.answering.generative import GenerativeComposer
from service.answering.phrasing import plain
from service.grounding.judge import LanguageModelJudge
from service.llm import Endpoint, LanguageModel, Limits
from service.spending import Spending
from tests.service.answering.conftest import ASKED_ON
from tests.service.scripted_model import Asked, Reply, Script, ScriptedModel

LIMITS = Limits(first_token_s=20.0, stall_s=20.0, total_s=40.0, max_tokens=800)
MISSION = "how do I prepare for a sensor-fusion role at Honda's AI venture?"
ZORBLAX = (
    {
        "text": "Zorblax raised $7 million in March 2026. Zorblax builds warehouse robots in Ulm. Zorblax employs 40 "
        "people.",
        "title": "Zorblax grows",
        "publisher": "Ulm News",
        "published": "2026-09-01",
        "url": "https://ulm.example/zorblax",
    },
    {
        "text": "Zorblax plans to open a second factory in Bremen in 2027. Its rival Wubblex raised $9 million.",
        "title": "Zorblax plans a factory",
        "publisher": "Bremen Post",
        "published": "2026-10-01",
        "url": "https://bremen.example/factory",
    },
)


def writing_engine(
    engine: Engine,
    server: ScriptedModel,
    *models: str,
    judge: str = "",
    judge_timeout_s: float = 10.0,
    limits: Limits = LIMITS,
    spending: Spending | None = None,
    evidence_characters: int = 9_000,
) -> Engine:
    """The engine's parts with scripted models that write, and judge if asked to."""
    endpoints = [Endpoint(f"openai/{name}", server.url, "k") for name in models]
    opinions = None
    if judge:
        judging = LanguageModel([Endpoint(f"openai/{judge}", server.url, "k")], limits)
        opinions = LanguageModelJudge(judging, judge_timeout_s)
    model = LanguageModel(endpoints, limits, spending)
    writer = GenerativeComposer(model, engine.searcher.vector, evidence_characters, opinions)
    return Engine(
        engine.store,
        engine.searcher,
        engine.entities,
        lambda texts: np.stack([engine.searcher.vector(text) for text in texts]),
        dict,
        generative=writer,
    )


def request(question: str = MISSION, **fields: Any) -> AnswerRequest:
    return AnswerRequest.model_validate({"question": question, "as_of": ASKED_ON, "trace": True, **fields})


async def events_of(engine: Engine, asked: AnswerRequest) -> list[AnswerEvent]:
    return [event async for event in engine.answer(asked)]


async def each_of(events: list[AnswerEvent]) -> AsyncIterator[AnswerEvent]:
    for event in events:
        yield event


def statements(answer: Answer, composer: str | None = None) -> list[Statement]:
    every = [statement for section in answer.sections for statement in section.statements]
    return [statement for statement in every if composer in (None, statement.composer)]


def texts(answer: Answer) -> str:
    """All that a reader sees of an answer: statements, titles, follow-ups, sources."""
    seen = [section.title for section in answer.sections] + [s.text for s in statements(answer)]
    seen += [*answer.follow_ups, *(f"{source.title} {source.url}" for source in answer.sources)]
    return "\n".join(seen)


def assert_sound(answer: Answer, engine: Engine, given: tuple[dict[str, str], ...] = ()) -> None:
    """Every quotation stands in its source, and every released statement is one, or passes the checker."""
    bodies = {source.n: _body(engine, source.id, source.title, given) for source in answer.sources}
    for statement in statements(answer):
        for citation in statement.citations:
            assert bodies[citation.source][citation.start : citation.end] == citation.quote
        if statement.composer == "generative":
            quotes = [plain(citation.quote) for citation in statement.citations]
            if statement.released == "quoted":
                assert statement.text in quotes
                assert statement.checked == ("quote",)
            else:
                passages = [bodies[citation.source] for citation in statement.citations]
                assert engine.checker.check(statement.text, passages).problems == () or "judge" in statement.checked
    assert answer.withheld_count == len(answer.withheld or ()) == answer.outcomes.withheld
    ids = [statement.id for statement in statements(answer)]
    assert ids == [f"st_{n}" for n in range(1, len(ids) + 1)]
    assert {c.source for s in statements(answer) for c in s.citations} == {source.n for source in answer.sources}


def _body(engine: Engine, source_id: str, title: str, given: tuple[dict[str, str], ...]) -> str:
    document = engine.store.document(source_id)
    return document.text if document else next(passage["text"] for passage in given if passage["title"] == title)


def says(write: Callable[[Asked], str]) -> Script:
    """A script that writes a whole completion."""

    async def script(asked: Asked, reply: Reply) -> None:
        await reply.say(write(asked))

    return script


def number_of(asked: Asked, words: str) -> int:
    """The number of the passage in which some words stand."""
    return next(number for number, text in asked.passages.items() if words in text)


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", text)
