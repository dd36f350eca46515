"""What the endpoints share: settings, engine, unfinished and kept answers, and whether all of it is ready.

`service.app` starts one `Runtime` with the process. It brings the indexes up to date, opens the engine and then
serves; until then endpoints that need the engine answer `not-ready`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import structlog
from fastapi import Depends, Request

from corpus.errors import IndexInUseError
from service.answer_store import AnswerStore
from service.answering.answer import AnswerRequest
from service.answering.engine import Engine, Readiness, open_engine
from service.api.runs import Runs
from service.errors import NotReady, SessionsNotKept
from service.response_cache import ResponseCache, fingerprint, open_cache
from service.session_store import SessionStore, SessionTurn
from service.settings import PREFIX, Settings
from service.upkeep import describe, is_built, is_exported, synchronise

if TYPE_CHECKING:
    from service.grounding.checker import Checker

log = structlog.get_logger("ally.server")

OPENING = "The service is opening its indexes."
WARM_UP = "How do I prepare for a sensor-fusion role at Honda's AI venture?"
BUILDING = "The indexes are being built from the sources, which takes a minute or two the first time."


class Runtime:
    """The state of a serving process. Belongs to one event loop."""

    def __init__(self, settings: Settings) -> None:
        """Hold `settings`; nothing is opened before `start`."""
        self.settings = settings
        self._waiting_for = OPENING
        self._engine: Engine | None = None
        self._answers: AnswerStore | None = None
        self._sessions: SessionStore | None = None
        self._cache: ResponseCache | None = None
        self._runs: Runs | None = None
        self._opening: asyncio.Task[None] | None = None

    @property
    def engine(self) -> Engine:
        """The engine. Raises NotReady until it is open."""
        if self._engine is None:
            raise NotReady(self._waiting_for)
        return self._engine

    @property
    def checker(self) -> Checker:
        """The grounding checker; ask for it off the event loop. Raises NotReady until the engine is open."""
        return self.engine.checker

    @property
    def runs(self) -> Runs:
        """The unfinished answers. Raises NotReady until the engine is open."""
        if self._runs is None:
            raise NotReady(self._waiting_for)
        return self._runs

    @property
    def sessions(self) -> SessionStore:
        """The conversations. Raises NotReady until they are open, SessionsNotKept when there are none."""
        if self._sessions is None:
            raise NotReady(self._waiting_for)
        if not self.settings.answer_retention_days:
            raise SessionsNotKept
        return self._sessions

    async def forget_answers(self, turns: Sequence[SessionTurn]) -> None:
        """Remove the answers of some turns, also from the cache."""
        if self._answers is not None:
            await asyncio.to_thread(self._answers.forget, [turn.answer_id for turn in turns])
        if self._cache is not None:
            await self._cache.forget([turn.cache_key for turn in turns])

    def require_ready(self) -> None:
        """Raise NotReady until questions are answered."""
        if self._runs is None:
            raise NotReady(self._waiting_for)

    async def find_answer(self, answer_id: str) -> str | None:
        """A kept answer as JSON text, or None. Raises NotReady until the database is open."""
        if self._answers is None:
            raise NotReady(self._waiting_for)
        return await asyncio.to_thread(self._answers.find, answer_id)

    async def readiness(self) -> Readiness:
        """Whether questions are answered, and what is waited for if not."""
        if self._engine is None:
            return Readiness(ready=False, detail=self._waiting_for, corpus_seq=0, applied={})
        return await asyncio.to_thread(self._engine.ready)

    def start(self) -> None:
        """Begin to open everything in the background, so that the process answers `/healthz` at once."""
        self._opening = asyncio.create_task(self._open())

    async def opened(self) -> None:
        """Wait until everything is open, or has failed to open."""
        if self._opening:
            await asyncio.wait({self._opening})

    async def close(self) -> None:
        """Break off what is running and give everything back."""
        if self._opening:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        if self._runs:
            await self._runs.close()
        if self._engine:
            await asyncio.to_thread(self._engine.close)
        if self._cache:
            await self._cache.close()
        for store in (self._answers, self._sessions):
            if store:
                store.close()

    async def _open(self) -> None:
        try:
            settings = self.settings
            if is_exported(settings) and await asyncio.to_thread(is_built, settings):
                await self._catch_up()
            else:
                self._waiting_for = BUILDING
                await self._build()
                self._waiting_for = OPENING
            self._answers = await asyncio.to_thread(AnswerStore, settings.database_url, settings.answer_retention_days)
            self._engine = await asyncio.to_thread(open_engine, settings)
            self._sessions = await asyncio.to_thread(
                SessionStore, settings.database_url, settings.answer_retention_days, settings.session_turns
            )
            self._cache = open_cache(settings)
            program = fingerprint(settings, self._engine.entities.fingerprint)
            self._runs = Runs(
                self._engine, self._answers, self._sessions, self._cache, program, settings.request_timeout_s
            )
            log.info("ready")
            # The first question fills the caches of names, patterns and passages; better ours than a candidate's.
            # A model is not asked: it would cost, and may be slow.
            await self._engine.collect(AnswerRequest(question=WARM_UP, composer="extractive"))
            await asyncio.to_thread(self._engine.warm)
        except Exception as error:  # Told by /readyz and the log; the process stays so that both can be read.
            self._waiting_for = f"The service could not open its indexes ({error}); `ally doctor` says how to mend it."
            log.exception("not_ready")

    async def _catch_up(self) -> None:
        """Take in what changed in the source files since the last time; a fraction of a second when nothing did."""
        try:
            report = await asyncio.to_thread(synchronise, self.settings)
        except IndexInUseError as error:
            # Another server on the same data does this work; questions are answered from the store all the same.
            log.warning("not_synchronised", reason=str(error))
            return
        log.info("synchronised", report=describe(report))

    async def _build(self) -> None:
        """Run `ally sync` in a process of its own.

        Exporting a model and embedding a whole corpus takes PyTorch and a gigabyte of memory; a process gives both
        back at its end, and can be ended at any time.
        """
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "service.cli", "sync", env=inherited | self.settings.environment()
        )
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            process.terminate()
            await process.wait()
            raise
        if code:
            raise RuntimeError(f"`ally sync` ended with exit code {code}")


def get_runtime(request: Request) -> Runtime:
    """The runtime of the application that handles `request`."""
    runtime = request.app.state.runtime
    assert isinstance(runtime, Runtime)
    return runtime


def get_serving_runtime(runtime: Annotated[Runtime, Depends(get_runtime)]) -> Runtime:
    """The runtime once it answers. Raises NotReady until then."""
    runtime.require_ready()
    return runtime


AnyRuntime = Annotated[Runtime, Depends(get_runtime)]
ServingRuntime = Annotated[Runtime, Depends(get_serving_runtime)]
