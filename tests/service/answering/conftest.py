"""The engine on the shipped corpus, opened once, and a way to ask it that remembers what was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from datetime import date
from typing import Any, TypeVar

import pytest

from corpus.entities import Entities
from service.answering.answer import Answer, AnswerEvent, AnswerRequest
from service.answering.engine import Engine, open_engine
from service.settings import Settings
from tests.service.conftest import copy_data

T = TypeVar("T")

ASKED_ON = date(2026, 11, 24)
"""The day on which the questions of these tests are asked, unless a test says otherwise."""


class Desk:
    """Where the tests ask: one engine, each question answered once however many tests read the answer."""

    def __init__(self, engine: Engine, runner: asyncio.Runner) -> None:
        self.engine = engine
        self._runner = runner
        self._answers: dict[str, Answer] = {}

    def ask(self, question: str, as_of: date = ASKED_ON, **fields: Any) -> Answer:
        request = AnswerRequest.model_validate({"question": question, "as_of": as_of, **fields})
        key = request.model_dump_json()
        if key not in self._answers:
            self._answers[key] = self.ask_again(request)
        return self._answers[key]

    def ask_again(self, request: AnswerRequest) -> Answer:
        return self.run(self.engine.collect(request))

    def run(self, awaited: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(awaited)

    def events(self, request: AnswerRequest) -> list[AnswerEvent]:
        async def listen() -> list[AnswerEvent]:
            return [event async for event in self.engine.answer(request)]

        return self.run(listen())


@pytest.fixture(scope="session")
def engine(built_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine on its own copy of the built data: the embedded dense index belongs to one owner at a time."""
    data_dir = tmp_path_factory.mktemp("answering") / "data"
    copy_data(built_settings.data_dir, data_dir)
    engine = open_engine(Settings(data_dir=data_dir))
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def entities(engine: Engine) -> Entities:
    return engine.entities


@pytest.fixture(scope="session")
def desk(engine: Engine) -> Iterator[Desk]:
    # A loop of its own that is never made the current one, so that the tests of the API keep theirs.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        yield Desk(engine, runner)
