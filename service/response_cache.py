"""Answers kept for a short while, so that equal requests are computed once: in memory, or in Redis for all replicas.

`api.runs` asks it before the engine and fills it afterwards. A key holds everything that an answer depends on, so an
entry is never wrong, only old; a cache that cannot be reached is no error of the answer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from importlib.metadata import version
from typing import TYPE_CHECKING, Final, Protocol

import structlog
from cachetools import TTLCache

from service.answering.answer import Answer, AnswerRequest
from service.answering.known import Known
from service.settings import Settings

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = structlog.get_logger("ally.cache")

PREFIX: Final = "ally:answer:"
REDIS_TIMEOUT_S: Final = 0.5
"""Seconds after which Redis counts as unreachable: computing an answer anew takes less than waiting longer."""


class ResponseCache(Protocol):
    """Where answers are kept, as JSON text under a key."""

    async def get(self, key: str) -> str | None:
        """The answer, None when there is none."""

    async def put(self, key: str, answer: str) -> None:
        """Keep an answer for a while."""

    async def forget(self, keys: Iterable[str]) -> None:
        """Drop answers."""

    async def close(self) -> None:
        """Give everything back."""


class MemoryCache:
    """A cache in this process: the least recently used goes when the room is used up, each after its time."""

    def __init__(self, max_bytes: int, ttl_s: float) -> None:
        """`max_bytes`: characters of JSON in all; an answer that is larger than that is not kept."""
        self._kept: TTLCache[str, str] = TTLCache(max_bytes, ttl_s, getsizeof=len)

    async def get(self, key: str) -> str | None:
        """The answer, None when there is none."""
        return self._kept.get(key)

    async def put(self, key: str, answer: str) -> None:
        """Keep an answer."""
        if len(answer) <= self._kept.maxsize:
            self._kept[key] = answer

    async def forget(self, keys: Iterable[str]) -> None:
        """Drop answers."""
        for key in keys:
            self._kept.pop(key, None)

    async def close(self) -> None:
        """Drop everything."""
        self._kept.clear()


class RedisCache:
    """A cache that replicas share. Redis bounds its own memory (`maxmemory-policy allkeys-lru`)."""

    def __init__(self, url: str, ttl_s: float) -> None:
        """`url`: as redis-py takes it (`redis://host:6379/0`). Nothing is connected before the first use."""
        from redis.asyncio import Redis

        self._redis: Redis = Redis.from_url(
            url, decode_responses=True, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S
        )
        self._ttl_ms = max(1, int(ttl_s * 1000))

    async def get(self, key: str) -> str | None:
        """The answer, None when there is none or Redis cannot be reached."""
        from redis.exceptions import RedisError

        try:
            found = await self._redis.get(PREFIX + key)
        except (RedisError, OSError) as error:
            log.warning("cache_unreachable", reason=type(error).__name__)
            return None
        return str(found) if found is not None else None

    async def put(self, key: str, answer: str) -> None:
        """Keep an answer, unless Redis cannot be reached."""
        from redis.exceptions import RedisError

        try:
            await self._redis.set(PREFIX + key, answer, px=self._ttl_ms)
        except (RedisError, OSError) as error:
            log.warning("cache_unreachable", reason=type(error).__name__)

    async def forget(self, keys: Iterable[str]) -> None:
        """Drop answers; one that cannot be dropped now ends with its time."""
        from redis.exceptions import RedisError

        names = [PREFIX + key for key in keys if key]
        if not names:
            return
        try:
            await self._redis.delete(*names)
        except (RedisError, OSError) as error:
            log.warning("cache_unreachable", reason=type(error).__name__)

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()


def open_cache(settings: Settings) -> ResponseCache | None:
    """The cache of the settings, None when answers are not to be kept in one."""
    if not settings.cache_ttl_s:
        return None
    if settings.redis_url.get_secret_value():
        return RedisCache(settings.redis_url.get_secret_value(), settings.cache_ttl_s)
    return MemoryCache(settings.cache_max_bytes, settings.cache_ttl_s)


def fingerprint(settings: Settings, entities: str) -> str:
    """What an answer depends on beside its request and the sources: the program, names, prompts and models.

    `entities`: identifies the file of names.
    """
    texts = {}
    if settings.model:
        import prompts  # Start-up without a model does without it.

        texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(prompts.FOLDER.glob("*.md"))}
    parts = [version("interviewally"), entities, texts, settings.embedding_model, settings.corpus_dir.as_posix()]
    models = [settings.model, settings.model_fallbacks, settings.model_api_base, settings.judge_model]
    limits = [settings.model_max_tokens, settings.model_evidence_chars, settings.rewrite_timeout_s]
    return _digest([*parts, *models, *limits])


def key_of(request: AnswerRequest, known: Known, today: date, corpus_seq: int, program: str) -> str:
    """The key of a request's answer: all its fields, the day, what is known, the sources' state, the program."""
    fields = request.model_dump(mode="json") | {"as_of": (request.as_of or today).isoformat()}
    fields.pop("session_id", None)  # What a session adds to a request stands in its history and in `known`.
    return _digest([fields, known.model_dump(mode="json"), corpus_seq, program])


def may_be_kept(answer: Answer, corpus_seq: int) -> bool:
    """Whether another request may get this answer: it is whole as its composer meant it, and of these sources."""
    return answer.takeover is None and answer.corpus_seq == corpus_seq


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()
