"""Equal requests share one answer: from the cache, from a computation that is running, and never a wrong one."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from service.answer_store import AnswerStore
from service.answering.answer import Answer, AnswerEvent, AnswerRequest, Target, Turn
from service.answering.engine import Engine
from service.answering.known import NOTHING, Known
from service.answering.replay import replay
from service.api.runs import Runs
from service.response_cache import MemoryCache, RedisCache, fingerprint, key_of, may_be_kept
from service.session_store import SessionStore
from service.settings import Settings
from tests.service.conftest import CopySettings, OpenApp
from tests.service.test_terminal import answer

REDIS_URL = "redis://127.0.0.1:6379/0"
TODAY = date(2026, 11, 24)
QUESTION = {"question": "What is Noetra building?", "as_of": "2026-11-24"}


class CountingEngine:
    """Stands where the engine does, and waits until the test lets it go on: the order of things is the test's."""

    def __init__(self, takeover: str | None = None) -> None:
        self.asked = 0
        self.sequence_number = 7
        self.go_on = asyncio.Event()
        self._takeover = takeover
        self.store = self

    def sequence(self) -> int:
        return self.sequence_number

    def today(self) -> date:
        return TODAY

    def new_id(self) -> str:
        return f"ans_{uuid.uuid4().hex[:20]}"

    async def answer(self, request: AnswerRequest, known: Known = NOTHING) -> AsyncIterator[AnswerEvent]:
        self.asked += 1
        fields = {"id": self.new_id(), "corpus_seq": 7, "takeover": self._takeover}
        whole = answer(question=request.question).model_copy(update=fields)
        for number, event in enumerate(replay(whole)):
            if number == 2:
                await self.go_on.wait()
            yield event


def runs(engine: CountingEngine, folder: Path, cache: MemoryCache | None) -> Runs:
    url = f"sqlite:///{folder}/ally.db"
    stands_in: Any = engine
    return Runs(stands_in, AnswerStore(url, 30), SessionStore(url, 30, 20), cache, "program", 30.0)


def cache() -> MemoryCache:
    return MemoryCache(1_000_000, 600.0)


def told(whole: Answer) -> dict[str, object]:
    return whole.model_dump(exclude={"id", "created_at", "cached", "timings_ms", "usage"})


# -- runs


async def test_equal_requests_at_the_same_time_are_computed_once(tmp_path: Path) -> None:
    engine = CountingEngine()
    made = runs(engine, tmp_path, cache())
    request = AnswerRequest(question="What is Noetra building?")

    started = await asyncio.gather(*(made.start(request) for _ in range(5)))
    engine.go_on.set()
    answers = [await run.whole() for run in started]

    assert engine.asked == 1
    assert len({whole.id for whole in answers}) == 5
    assert sorted(whole.cached for whole in answers) == [False, True, True, True, True]
    assert all(told(whole) == told(answers[0]) for whole in answers)
    await made.close()


async def test_an_answer_is_given_again_with_an_id_of_its_own(tmp_path: Path) -> None:
    engine = CountingEngine()
    engine.go_on.set()
    made = runs(engine, tmp_path, cache())
    request = AnswerRequest(question="What is Noetra building?")

    first = await (await made.start(request)).whole()
    again = await made.start(request)
    second = await again.whole()

    assert engine.asked == 1
    assert (first.cached, second.cached) == (False, True)
    assert first.id != second.id == again.id
    assert told(first) == told(second)
    assert [event.event for event in again.events] == [event.event for event in replay(second)]
    await made.close()


async def test_an_answer_that_a_model_broke_off_is_not_given_again(tmp_path: Path) -> None:
    engine = CountingEngine(takeover="stalled")
    engine.go_on.set()
    made = runs(engine, tmp_path, cache())

    for _ in range(2):
        assert not (await (await made.start(AnswerRequest(question="a"))).whole()).cached

    assert engine.asked == 2
    await made.close()


async def test_without_a_cache_every_request_is_computed(tmp_path: Path) -> None:
    engine = CountingEngine()
    engine.go_on.set()
    made = runs(engine, tmp_path, None)

    for _ in range(2):
        await (await made.start(AnswerRequest(question="a"))).whole()

    assert engine.asked == 2
    await made.close()


async def test_a_change_of_the_sources_makes_an_answer_anew(tmp_path: Path) -> None:
    engine = CountingEngine()
    engine.go_on.set()
    made = runs(engine, tmp_path, cache())
    request = AnswerRequest(question="a")
    await (await made.start(request)).whole()

    engine.sequence_number = 8
    await (await made.start(request)).whole()

    assert engine.asked == 2
    await made.close()


async def test_an_entry_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    engine, kept = CountingEngine(), cache()
    engine.go_on.set()
    made = runs(engine, tmp_path, kept)
    request = AnswerRequest(question="a")
    await kept.put(key_of(request, NOTHING, TODAY, 7, "program"), '{"id": 1}')

    assert not (await (await made.start(request)).whole()).cached
    await made.close()


def test_only_whole_answers_of_these_sources_are_kept() -> None:
    whole = answer().model_copy(update={"corpus_seq": 7})

    assert may_be_kept(whole, 7)
    assert not may_be_kept(whole, 8)
    assert not may_be_kept(whole.model_copy(update={"takeover": "budget_spent"}), 7)


# -- keys


@pytest.mark.parametrize(
    "other",
    [
        {"question": "What is noetra building?"},
        {"as_of": "2026-11-23"},
        {"history": [{"question": "tell me about Wayve"}]},
        {"target": {"role": "sensor-fusion-engineer"}},
        {"target": {"interview_date": "2026-12-01"}},
        {"filters": {"kinds": ["news"]}},
        {"filters": {"published_from": "2026-01-01"}},
        {"passages": [{"text": "Noetra builds robots."}]},
        {"composer": "extractive"},
        {"max_statements": 3},
        {"language": "ja"},
        {"trace": True},
    ],
)
def test_whatever_an_answer_depends_on_is_part_of_its_key(other: dict[str, object]) -> None:
    def key(fields: dict[str, object]) -> str:
        return key_of(AnswerRequest.model_validate({**QUESTION, **fields}), NOTHING, TODAY, 7, "program")

    assert key({}) == key({})
    assert key(other) != key({})


def test_the_day_what_is_known_the_sources_and_the_program_are_part_of_a_key() -> None:
    request = AnswerRequest(question="a", history=(Turn(question="b"),))
    known = Known(target=Target(company="Wayve"))
    keys = [
        key_of(request, NOTHING, TODAY, 7, "program"),
        key_of(request, NOTHING, date(2026, 11, 25), 7, "program"),
        key_of(request, known, TODAY, 7, "program"),
        key_of(request, NOTHING, TODAY, 8, "program"),
        key_of(request, NOTHING, TODAY, 7, "other"),
    ]

    assert len(set(keys)) == len(keys)
    assert key_of(request.model_copy(update={"as_of": TODAY}), NOTHING, TODAY, 7, "program") == keys[0]


def test_another_model_or_another_file_of_names_is_another_program(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    programs = [
        fingerprint(settings, "a"),
        fingerprint(settings, "b"),
        fingerprint(settings.model_copy(update={"model": "openai/x"}), "a"),
        fingerprint(settings.model_copy(update={"judge_model": "openai/x"}), "a"),
    ]

    assert len(set(programs)) == len(programs)
    assert fingerprint(settings, "a") == programs[0]


# -- in memory


async def test_the_memory_is_bounded_and_the_longest_unused_goes_first() -> None:
    small = MemoryCache(10, 600.0)
    await small.put("a", "12345")
    await small.put("b", "12345")
    await small.get("a")
    await small.put("c", "12345")
    await small.put("d", "longer than all room")

    assert [await small.get(key) for key in "abcd"] == ["12345", None, "12345", None]
    await small.forget(["a", "unknown"])
    assert await small.get("a") is None


# -- over HTTP


async def test_the_answer_says_that_it_was_given_before(copied_settings: CopySettings, open_app: OpenApp) -> None:
    async with open_app(copied_settings()) as client:
        first = (await client.post("/v1/answers", json=QUESTION)).json()
        second = (await client.post("/v1/answers", json=QUESTION)).json()
        kept = (await client.get(f"/v1/answers/{second['id']}")).json()
        stream = await client.post("/v1/answers", json=QUESTION, headers={"Accept": "text/event-stream"})

    assert (first["cached"], second["cached"]) == (False, True)
    assert first["id"] != second["id"]
    assert first["sections"] == second["sections"]
    assert kept == second
    assert '"cached":true' in stream.text
    assert stream.text.count("event: answer.completed") == 1


async def test_a_deleted_session_leaves_nothing_in_the_cache(copied_settings: CopySettings, open_app: OpenApp) -> None:
    async with open_app(copied_settings()) as client:
        answers = []
        for _ in range(2):
            session = (await client.post("/v1/sessions", json={})).json()["id"]
            body = {**QUESTION, "session_id": session}
            answers.append((await client.post("/v1/answers", json=body)).json())
            await client.delete(f"/v1/sessions/{session}")

    assert [whole["cached"] for whole in answers] == [False, False]


async def test_a_redis_that_is_not_there_is_no_error_of_the_answer(
    copied_settings: CopySettings, open_app: OpenApp
) -> None:
    async with open_app(copied_settings(redis_url="redis://127.0.0.1:9/0")) as client:
        responses = [await client.post("/v1/answers", json=QUESTION) for _ in range(2)]

    assert [response.status_code for response in responses] == [200, 200]
    assert [response.json()["cached"] for response in responses] == [False, False]


# -- in Redis


@pytest.fixture
async def redis() -> AsyncIterator[RedisCache]:
    from redis.asyncio import Redis
    from redis.exceptions import RedisError

    try:
        async with Redis.from_url(REDIS_URL, socket_connect_timeout=1) as probe:
            await probe.ping()
    except (RedisError, OSError) as error:
        if os.environ.get("REQUIRE_SERVICES") == "1":
            raise
        pytest.skip(f"no Redis at {REDIS_URL}: {error}")
    kept = RedisCache(REDIS_URL, 30.0)
    yield kept
    await kept.close()


@pytest.mark.service
async def test_redis_keeps_an_answer_for_every_replica(redis: RedisCache) -> None:
    key, replica = f"test-{uuid.uuid4().hex}", RedisCache(REDIS_URL, 30.0)

    assert await redis.get(key) is None
    await redis.put(key, '{"text": "¥1 trillion"}')
    assert await replica.get(key) == '{"text": "¥1 trillion"}'
    await replica.forget([key, ""])
    assert await redis.get(key) is None
    await replica.close()


@pytest.mark.service
async def test_replicas_answer_from_the_same_redis(
    redis: RedisCache, copied_settings: CopySettings, open_app: OpenApp
) -> None:
    settings = copied_settings(redis_url=REDIS_URL, max_body_bytes=65_536)
    body = {**QUESTION, "question": f"What is Noetra building? ({uuid.uuid4().hex[:8]})"}
    async with open_app(settings) as client:
        first = (await client.post("/v1/answers", json=body)).json()
    async with open_app(settings) as client:
        second = (await client.post("/v1/answers", json=body)).json()

    assert (first["cached"], second["cached"]) == (False, True)
    assert first["sections"] == second["sections"]


def test_the_engine_stands_in_with_the_methods_that_runs_call() -> None:
    for name in ("today", "new_id", "answer"):
        assert callable(getattr(Engine, name))
        assert callable(getattr(CountingEngine, name))
