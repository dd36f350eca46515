"""Language models, reached through litellm: the one module that knows it.

A `LanguageModel` streams the text of one completion with timeouts, retries, fallbacks and a limit on how many run at
once; what was used goes to a `Bill` and to the day's `Spending`. litellm takes seconds to import, so it is loaded at
the first call, in a thread. The generative composer and the judge come after.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Final, Literal, cast

import structlog
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from service.answering.answer import Usage
from service.spending import Spending

log = structlog.get_logger("ally.llm")

FailureReason = Literal["timeout", "stalled", "unreachable", "rate_limited", "refused", "broken_off", "too_long"]
"""Why a model's text is not to be had, or not to its end."""

CHARACTERS_PER_TOKEN: Final = 4
"""A rough measure for what a provider did not count; OpenAI gives it for English text."""
ATTEMPTS: Final = 2
"""Attempts at one model before the next is asked."""
_LONGEST_TOKEN: Final = 16
"""Characters that a token has at most, on average: a stream longer than this allows has ignored its limit."""
_PASSING: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_JITTER = wait_random_exponential(multiplier=0.3, max=3.0)


class ModelFailure(Exception):
    """A model did not do what it was asked. It is never an error of the answer: another composer takes over."""

    def __init__(self, reason: FailureReason, detail: str = "") -> None:
        """`reason`: for programs; `detail`: for the log only, since it may hold a provider's text."""
        self.reason: FailureReason = reason
        super().__init__(detail or reason)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model as litellm names it, with the address and the key of its API where they are not the provider's own."""

    model: str
    api_base: str = ""
    api_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for the first token, between two, and for all; tokens that may be written."""

    first_token_s: float = 15.0
    stall_s: float = 8.0
    total_s: float = 45.0
    max_tokens: int = 1_200


@dataclass
class Bill:
    """What the calls of one answer used. `model` is the last one that began to write."""

    usage: Usage = field(default_factory=Usage)
    model: str | None = None

    def add(self, usage: Usage) -> None:
        """Add one call."""
        self.usage = Usage(
            prompt_tokens=self.usage.prompt_tokens + usage.prompt_tokens,
            completion_tokens=self.usage.completion_tokens + usage.completion_tokens,
            cost_usd=round(self.usage.cost_usd + usage.cost_usd, 8),
        )


class LanguageModel:
    """A model with its fallbacks. Safe to share between the answers of one event loop."""

    def __init__(
        self, endpoints: Sequence[Endpoint], limits: Limits, spending: Spending | None = None, concurrency: int = 8
    ) -> None:
        """`endpoints`: at least one, asked in this order; `spending`: where calls are recorded, if anywhere."""
        if not endpoints:
            raise ValueError("A language model needs at least one endpoint.")
        self._endpoints = tuple(endpoints)
        self.limits = limits
        self._spending = spending
        self._slots = asyncio.Semaphore(concurrency)

    async def is_affordable(self) -> bool:
        """Whether the day's budget leaves room for another call."""
        return self._spending is None or not await asyncio.to_thread(self._spending.is_spent)

    async def stream(self, prompt: Mapping[str, str], bill: Bill) -> AsyncGenerator[str]:
        """The completion of a prompt (`system` and `user`), piece by piece as it is written.

        Close the iterator (`contextlib.aclosing`) to break the completion off; what it used is billed all the same.

        Raises:
            ModelFailure: no model began in time, or the one that did stalled, broke off or went on for too long.
        """
        messages = [{"role": role, "content": text} for role, text in prompt.items()]
        deadline = time.monotonic() + self.limits.total_s
        await _within(self._slots.acquire(), self.limits.first_token_s, "timeout")
        try:
            endpoint, chunks, first = await self._begun(messages, deadline)
            bill.model = endpoint.model
            call = _Call(endpoint.model, sum(map(len, prompt.values())))
            try:
                async for text in self._texts(call, chunks, first, deadline):
                    yield text
            finally:
                await _closed(chunks)
                await self._settle(call, bill)
        finally:
            self._slots.release()

    async def _begun(self, messages: list[dict[str, str]], deadline: float) -> tuple[Endpoint, AsyncIterator[Any], Any]:
        """The first model that begins to answer, its stream, and the first chunk of it."""
        failure = ModelFailure("timeout")
        for endpoint in self._endpoints:
            try:
                chunks, first = await self._attempts(endpoint, messages, deadline)
            except ModelFailure as error:
                log.warning("model_failed", model=endpoint.model, reason=error.reason, detail=str(error)[:300])
                failure = error
            else:
                return endpoint, chunks, first
        raise failure

    async def _attempts(
        self, endpoint: Endpoint, messages: list[dict[str, str]], deadline: float
    ) -> tuple[AsyncIterator[Any], Any]:
        patience = min(self.limits.first_token_s, deadline - time.monotonic())
        retrying = AsyncRetrying(
            stop=stop_after_attempt(ATTEMPTS) | stop_before_delay(max(0.0, patience)),
            wait=_wait,
            retry=retry_if_exception(_is_passing),
            reraise=True,
        )
        try:
            async with asyncio.timeout(patience):
                return await retrying(self._open, endpoint, messages)
        except TimeoutError:
            raise ModelFailure("timeout", f"no token within {patience:.1f} s") from None
        except Exception as error:  # litellm passes on whatever a provider's client raises.
            raise _failure(error) from error

    async def _open(self, endpoint: Endpoint, messages: list[dict[str, str]]) -> tuple[AsyncIterator[Any], Any]:
        litellm = await asyncio.to_thread(load_litellm)
        chunks = await litellm.acompletion(
            model=endpoint.model,
            messages=messages,
            api_base=endpoint.api_base or None,
            api_key=endpoint.api_key or ("none" if endpoint.api_base else None),
            max_tokens=self.limits.max_tokens,
            temperature=0.0,
            timeout=self.limits.total_s,
            stream=True,
            stream_options={"include_usage": True},
            max_retries=0,
            num_retries=0,
        )
        try:
            return chunks, await anext(chunks)
        except StopAsyncIteration:
            raise ModelFailure("broken_off", "an empty stream") from None

    async def _texts(self, call: _Call, chunks: AsyncIterator[Any], first: Any, deadline: float) -> AsyncIterator[str]:
        chunk = first
        while chunk is not None:
            if text := call.take(chunk):
                yield text
            if call.written > self.limits.max_tokens * _LONGEST_TOKEN:
                raise ModelFailure("too_long", f"{call.written} characters")
            left = deadline - time.monotonic()
            reason: FailureReason = "stalled" if left > self.limits.stall_s else "timeout"
            try:
                chunk = await _within(anext(chunks, None), min(self.limits.stall_s, left), reason)
            except ModelFailure:
                raise
            except Exception as error:
                raise _failure(error, begun=True) from error
        if call.finish is None:
            raise ModelFailure("broken_off", "the stream ended without a reason")
        if call.finish == "length":
            raise ModelFailure("too_long", f"{self.limits.max_tokens} tokens")

    async def _settle(self, call: _Call, bill: Bill) -> None:
        usage = call.usage()
        bill.add(usage)
        if self._spending is not None:
            # The money is spent even if the reader has gone.
            await asyncio.shield(asyncio.to_thread(self._spending.record, call.model, usage))


@dataclass
class _Call:
    """One completion as far as it has come."""

    model: str
    prompt_characters: int
    written: int = 0
    finish: str | None = None
    counted: tuple[int, int] | None = None

    def take(self, chunk: Any) -> str:
        """Note what a chunk says of the call, and return its text."""
        if getattr(chunk, "usage", None):
            self.counted = (int(chunk.usage.prompt_tokens or 0), int(chunk.usage.completion_tokens or 0))
        if not chunk.choices:
            return ""
        choice = chunk.choices[0]
        self.finish = choice.finish_reason or self.finish
        text = cast("str", choice.delta.content or "")
        self.written += len(text)
        return text

    def usage(self) -> Usage:
        """Tokens as the provider counted them, else by length; cost where litellm knows the price, else 0."""
        prompt, completion = self.counted or (
            self.prompt_characters // CHARACTERS_PER_TOKEN,
            self.written // CHARACTERS_PER_TOKEN,
        )
        return Usage(prompt_tokens=prompt, completion_tokens=completion, cost_usd=_cost(self.model, prompt, completion))


@cache
def load_litellm() -> Any:
    """litellm, set up to stay quiet and to ask no server but the model's. Blocks for seconds the first time."""
    # Otherwise the import itself fetches the table of prices.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    import litellm

    litellm.suppress_debug_info = True
    litellm.drop_params = True  # Not every model takes a temperature.
    litellm.telemetry = False
    litellm.disable_aiohttp_transport = True  # httpx gives its connections back when a stream is closed half-way.
    # The first calls import as much again, for seconds, on the loop that runs them: here one that nobody waits for.
    with contextlib.suppress(Exception), asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(_rehearsed(litellm))
    return litellm


async def _rehearsed(litellm: Any) -> None:
    """A stream that litellm makes up, and a call to the discard port of this machine (RFC 863), which refuses it."""
    call = {
        "model": "openai/none", "messages": [{"role": "user", "content": "."}], "api_key": "none", "stream": True,
        "stream_options": {"include_usage": True}, "max_retries": 0, "num_retries": 0, "timeout": 1.0,
    }  # fmt: skip
    async for _ in await litellm.acompletion(**call, mock_response="Two words."):
        pass
    await litellm.acompletion(**call, api_base="http://127.0.0.1:9")


def _cost(model: str, prompt: int, completion: int) -> float:
    litellm = load_litellm()
    try:
        parts = litellm.cost_per_token(model=model, prompt_tokens=prompt, completion_tokens=completion)
    except Exception:  # Of a model of one's own nobody knows the price; litellm has no narrower error for it.
        return 0.0
    return float(sum(parts))


async def _within(awaited: Any, seconds: float, reason: FailureReason) -> Any:
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            return await awaited
    except TimeoutError:
        raise ModelFailure(reason, f"nothing within {seconds:.1f} s") from None


async def _closed(chunks: Any) -> None:
    close = getattr(chunks, "aclose", None)
    if close is not None:
        await close()


def _is_passing(error: BaseException) -> bool:
    """Whether the same model may answer a moment later: overloaded, rate-limited, or not reached."""
    status = getattr(error, "status_code", None)
    is_the_models = isinstance(error, Exception) and not isinstance(error, ModelFailure)
    return is_the_models and (status is None or status in _PASSING)


def _wait(state: RetryCallState) -> float:
    """What the server asks for (`Retry-After`), else exponential with full jitter."""
    error = state.outcome.exception() if state.outcome else None
    asked = _retry_after(error)
    return asked if asked is not None else _JITTER(state)


def _retry_after(error: BaseException | None) -> float | None:
    headers = getattr(error, "litellm_response_headers", None) or getattr(
        getattr(error, "response", None), "headers", {}
    )
    value = headers.get("retry-after")
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def _failure(error: Exception, *, begun: bool = False) -> ModelFailure:
    if isinstance(error, ModelFailure):
        return error
    status = getattr(error, "status_code", None)
    reason: FailureReason
    if begun:
        reason = "broken_off"
    elif status == 429:
        reason = "rate_limited"
    elif isinstance(status, int) and 400 <= status < 500:
        reason = "refused"
    else:
        reason = "unreachable"
    return ModelFailure(reason, f"{type(error).__name__}: {error}")
