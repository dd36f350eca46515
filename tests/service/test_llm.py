"""Language models over real HTTP: streaming, timeouts, retries, fallbacks, the bill and the day's budget."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Iterator
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.answering.answer import Usage
from service.llm import Bill, Endpoint, LanguageModel, Limits, ModelFailure, load_litellm
from service.spending import Spending
from tests.service.scripted_model import Asked, Reply, Script, ScriptedModel, event, scripted_model

PROMPT = {"system": "Be brief.", "user": "Say hello."}
FAST = Limits(first_token_s=2.0, stall_s=0.5, total_s=8.0, max_tokens=50)
PATIENT = Limits(10.0, 10.0, 20.0, 50)
USED = {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14}


async def hello(_: Asked, reply: Reply) -> None:
    await reply.say("Hello, Zoë — 你好.", USED)


async def half_a_character(_: Asked, reply: Reply) -> None:
    await reply.begin()
    whole = event({"content": "Zoë"})
    middle = whole.index("ë".encode()) + 1
    await reply.chunk(whole[:middle])
    await reply.chunk(whole[middle:])
    await reply.end()


async def broken_characters(_: Asked, reply: Reply) -> None:
    await reply.begin()
    await reply.chunk(event({"content": "Zoë"}).replace("ë".encode(), "ë".encode()[:1]))
    await reply.end()


async def silent(_: Asked, reply: Reply) -> None:
    await reply.silence()


async def stalls(_: Asked, reply: Reply) -> None:
    await reply.begin()
    await reply.text("Hel")
    await reply.silence()


async def rate_limited(_: Asked, reply: Reply) -> None:
    await reply.status("429 Too Many Requests", '{"error": {"message": "slow down"}}', Retry_After="60")


async def broken(_: Asked, reply: Reply) -> None:
    await reply.status("500 Internal Server Error", '{"error": {"message": "oops"}}')


async def forbidden(_: Asked, reply: Reply) -> None:
    await reply.status("401 Unauthorized", '{"error": {"message": "no such key"}}')


async def cut(_: Asked, reply: Reply) -> None:
    await reply.begin()
    await reply.text("Hello, wor")


async def malformed(_: Asked, reply: Reply) -> None:
    await reply.begin()
    await reply.text("Hello. ")
    await reply.chunk(b'data: {"choices": [{"delta": {"content": "wor\n\n')
    await reply.end()


async def endless(_: Asked, reply: Reply) -> None:
    await reply.begin()
    while True:
        await reply.text("and so on ")


class Recovering:
    """Answers after two faults."""

    def __init__(self, fault: Script) -> None:
        self._fault, self._faults = fault, 0

    async def __call__(self, asked: Asked, reply: Reply) -> None:
        self._faults += 1
        await (self._fault if self._faults < 2 else hello)(asked, reply)


async def briefly_limited(_: Asked, reply: Reply) -> None:
    await reply.status("429 Too Many Requests", '{"error": {"message": "slow down"}}', Retry_After="0.1")


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedModel]:
    load_litellm()
    scripts: dict[str, Script] = {
        "hello": hello, "half": half_a_character, "bytes": broken_characters, "silent": silent, "stalls": stalls,
        "limited": rate_limited, "broken": broken, "forbidden": forbidden, "cut": cut, "malformed": malformed,
        "endless": endless,
    }  # fmt: skip
    with scripted_model(scripts) as server:
        yield server


def model(server: ScriptedModel, *names: str, limits: Limits = FAST, spending: Spending | None = None) -> LanguageModel:
    return LanguageModel([Endpoint(f"openai/{name}", server.url, "k") for name in names], limits, spending)


async def text_of(asked: LanguageModel, bill: Bill | None = None) -> str:
    async with aclosing(asked.stream(PROMPT, bill or Bill())) as pieces:
        return "".join([piece async for piece in pieces])


async def failure_of(asked: LanguageModel) -> str:
    with pytest.raises(ModelFailure) as failure:
        await text_of(asked)
    return failure.value.reason


async def test_text_streams_and_the_provider_counts_the_tokens(server: ScriptedModel) -> None:
    bill = Bill()

    assert await text_of(model(server, "hello"), bill) == "Hello, Zoë — 你好."
    assert (bill.model, bill.usage) == ("openai/hello", Usage(prompt_tokens=11, completion_tokens=3))


async def test_the_prompt_arrives_as_system_and_user(server: ScriptedModel) -> None:
    await text_of(model(server, "hello"))

    assert (server.asked[-1].system, server.asked[-1].user) == (PROMPT["system"], PROMPT["user"])
    assert server.asked[-1].body["max_tokens"] == FAST.max_tokens


async def test_a_character_cut_in_half_between_two_chunks_arrives_whole(server: ScriptedModel) -> None:
    assert await text_of(model(server, "half")) == "Zoë"


async def test_bytes_that_are_no_text_end_in_text_or_in_a_failure(server: ScriptedModel) -> None:
    text = ""
    with contextlib.suppress(ModelFailure):
        text = await text_of(model(server, "bytes"))

    assert text in ("", "Zo\ufffd")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("silent", "timeout"),
        ("stalls", "stalled"),
        ("limited", "rate_limited"),
        ("broken", "unreachable"),
        ("forbidden", "refused"),
        ("cut", "broken_off"),
        ("malformed", "broken_off"),
        ("endless", "too_long"),
    ],
)
async def test_a_fault_is_told_by_its_kind(server: ScriptedModel, name: str, reason: str) -> None:
    assert await failure_of(model(server, name)) == reason


async def test_a_server_that_is_not_there_is_unreachable() -> None:
    assert (
        await failure_of(LanguageModel([Endpoint("openai/x", "http://127.0.0.1:9/v1", "k")], PATIENT)) == "unreachable"
    )


@pytest.mark.parametrize("fault", [briefly_limited, broken])
async def test_a_passing_fault_is_tried_again(server: ScriptedModel, fault: Script) -> None:
    name = f"recovering-{fault.__name__}"
    server.scripts[name] = Recovering(fault)

    assert await text_of(model(server, name, limits=PATIENT)) == "Hello, Zoë — 你好."
    assert server.count(name) == 2


async def test_a_refused_key_is_not_tried_again(server: ScriptedModel) -> None:
    before = server.count("forbidden")

    await failure_of(model(server, "forbidden"))

    assert server.count("forbidden") == before + 1


async def test_a_wait_longer_than_the_patience_goes_to_the_next_model_at_once(server: ScriptedModel) -> None:
    bill = Bill()

    assert await text_of(model(server, "limited", "silent", "hello"), bill) == "Hello, Zoë — 你好."
    assert bill.model == "openai/hello"


async def test_a_model_that_broke_off_is_not_followed_by_another(server: ScriptedModel) -> None:
    assert await failure_of(model(server, "cut", "hello")) == "broken_off"


async def test_what_was_written_before_a_fault_is_billed_by_its_length(server: ScriptedModel) -> None:
    bill = Bill()
    with pytest.raises(ModelFailure):
        await text_of(model(server, "endless"), bill)

    assert bill.usage.completion_tokens >= FAST.max_tokens
    assert bill.usage.prompt_tokens == len("".join(PROMPT.values())) // 4


async def test_a_reader_who_goes_away_ends_the_completion_and_frees_its_place(server: ScriptedModel) -> None:
    asked = LanguageModel([Endpoint("openai/endless", server.url, "k")], FAST, concurrency=1)
    for _ in range(3):
        async with aclosing(asked.stream(PROMPT, Bill())) as pieces:
            assert await anext(pieces)
    gc.collect()


async def test_at_most_so_many_completions_run_at_once(server: ScriptedModel) -> None:
    running = most = 0

    async def counted(_: Asked, reply: Reply) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await reply.say("Hello.")
        running -= 1

    server.scripts["counted"] = counted
    asked = LanguageModel([Endpoint("openai/counted", server.url, "k")], PATIENT, concurrency=2)

    assert await asyncio.gather(*(text_of(asked) for _ in range(6))) == ["Hello."] * 6
    assert most <= 2


class TestTheLedger:
    def test_it_adds_up_by_day_and_outlasts_a_restart(self, tmp_path: Path) -> None:
        now = datetime(2026, 11, 24, 23, 59, tzinfo=UTC)
        ledger = Spending(f"sqlite:///{tmp_path / 'x.db'}", now=lambda: now)
        for _ in range(2):
            ledger.record("openai/m", Usage(prompt_tokens=10, completion_tokens=5, cost_usd=0.25))
        ledger.record("openai/n", Usage(prompt_tokens=1, completion_tokens=1))
        ledger.close()

        again = Spending(f"sqlite:///{tmp_path / 'x.db'}", now=lambda: now)
        tomorrow = Spending(f"sqlite:///{tmp_path / 'x.db'}", now=lambda: now.replace(day=25))

        assert again.today() == Usage(prompt_tokens=21, completion_tokens=11, cost_usd=0.5)
        assert tomorrow.today() == Usage()
        again.close()
        tomorrow.close()

    @pytest.mark.parametrize(
        ("tokens", "usd", "spent"),
        [(0, 0.0, False), (15, 0.0, True), (16, 0.0, False), (0, 0.2, True), (0, 0.3, False)],
    )
    def test_the_budget_is_spent_when_either_limit_is_reached(
        self, tmp_path: Path, tokens: int, usd: float, spent: bool
    ) -> None:
        ledger = Spending(f"sqlite:///{tmp_path / 'x.db'}", tokens, usd)
        ledger.record("openai/m", Usage(prompt_tokens=10, completion_tokens=5, cost_usd=0.25))

        assert ledger.is_spent() is spent
        ledger.close()

    async def test_every_completion_is_recorded(self, server: ScriptedModel, tmp_path: Path) -> None:
        ledger = Spending(f"sqlite:///{tmp_path / 'x.db'}", daily_tokens=14)
        asked = model(server, "hello", spending=ledger)

        assert await asked.is_affordable()
        await text_of(asked)
        assert ledger.today() == Usage(prompt_tokens=11, completion_tokens=3)
        assert not await asked.is_affordable()
        ledger.close()


async def test_a_known_price_becomes_a_cost(server: ScriptedModel) -> None:
    server.scripts["gpt-4o-mini"] = hello
    bill = Bill()

    await text_of(model(server, "gpt-4o-mini"), bill)

    assert 0 < bill.usage.cost_usd < 0.001
