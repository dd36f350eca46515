"""Answers in the making: one task per answer writes its events to a log that any number of clients read.

The endpoint (`api.answers`) starts a `Run`, or finds it again after a broken connection. The task goes on when the
client is gone, so that it can come back; the whole answer is kept before its last event is shown. Equal requests share
one computation: one that is running already, or one of a short while ago (`response_cache`); each has its own id.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter

import structlog
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from service.answer_store import AnswerStore
from service.answering.answer import (
    Answer,
    AnswerCompleted,
    AnswerEvent,
    AnswerRequest,
    AnswerStarted,
    Turn,
    Usage,
)
from service.answering.corrections import dated
from service.answering.engine import Engine, collected
from service.answering.known import NOTHING, Known, after, forgotten_fields
from service.answering.replay import replay
from service.errors import AnswerTimeout, NotReady
from service.response_cache import ResponseCache, key_of, may_be_kept
from service.session_store import Session, SessionStore, SessionTurn

log = structlog.get_logger("ally.answers")


class Run:
    """The log of one answer: its events so far and, at its end, the answer or the error that broke it off."""

    def __init__(self) -> None:
        self.events: list[AnswerEvent] = []
        self.answer: Answer | None = None
        self.error: Exception | None = None
        self._news = asyncio.Event()

    @property
    def id(self) -> str | None:
        """The answer's id, None before its first event."""
        first = self.events[0] if self.events else None
        return first.id if isinstance(first, AnswerStarted) else None

    @property
    def ended(self) -> bool:
        """Whether no further event comes."""
        return self.answer is not None or self.error is not None

    def announce(self) -> None:
        """Wake everybody who waits for something new."""
        self._news.set()
        self._news = asyncio.Event()

    async def follow(self, start: int) -> AsyncIterator[AnswerEvent]:
        """The events from number `start` (0 is the first) to the end, as they come; raises the run's error."""
        position = start
        while True:
            news = self._news
            while position < len(self.events):
                yield self.events[position]
                position += 1
            if self.error is not None:
                raise self.error
            if self.answer is not None:
                return
            if news is self._news:
                await news.wait()

    async def whole(self) -> Answer:
        """Wait for the end. Raises the run's error."""
        async for _ in self.follow(len(self.events)):
            pass
        assert self.answer is not None
        return self.answer


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be answered: the request as the engine gets it, what is known, its session; its key, or none."""

    request: AnswerRequest
    known: Known
    session: Session | None
    corpus_seq: int
    key: str


class Runs:
    """Starts runs and finds those that have not finished. Belongs to one event loop."""

    def __init__(
        self,
        engine: Engine,
        store: AnswerStore,
        sessions: SessionStore,
        cache: ResponseCache | None,
        program: str,
        timeout_s: float,
    ) -> None:
        """Hold the parts.

        Args:
            engine: computes answers.
            store: keeps them.
            sessions: where turns are added.
            cache: answers of a short while ago; without one every request is computed anew.
            program: `response_cache.fingerprint`.
            timeout_s: seconds after which a run is given up.
        """
        self._engine = engine
        self._store = store
        self._sessions = sessions
        self._cache = cache
        self._program = program
        self._timeout_s = timeout_s
        self._running: dict[str, Run] = {}
        self._computing: dict[str, Run] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, request: AnswerRequest, session: Session | None = None) -> Run:
        """Start answering and wait for the first event; the turn is added to `session` at the end.

        Raises:
            AnswerTimeout: nothing came in time.
            Exception: whatever the engine raises before its first event.
        """
        run = Run()
        task = asyncio.create_task(self._execute(run, request, session))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        async for _ in run.follow(0):
            break
        return run

    def find(self, answer_id: str) -> Run | None:
        """The unfinished run of an answer."""
        return self._running.get(answer_id)

    async def close(self) -> None:
        """Break off what is still running."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _order(self, request: AnswerRequest, session: Session | None) -> _Order:
        """The request with what its session adds, and its key. One that no answer is shared for has none."""
        known = NOTHING
        if session is not None:
            known = session.known
            as_of = request.as_of or self._engine.today()
            turns = (
                Turn(
                    question=t.question,
                    answer_id=t.answer_id,
                    standalone_question=t.standalone_question
                    if t.as_of == as_of
                    else dated(t.standalone_question, t.as_of),
                )
                for t in session.turns
            )
            request = request.model_copy(update={"history": tuple(turns)})
        if self._cache is None:
            return _Order(request, known, session, 0, "")
        corpus_seq = await asyncio.to_thread(self._engine.store.sequence)
        return _Order(
            request, known, session, corpus_seq, key_of(request, known, self._engine.today(), corpus_seq, self._program)
        )

    async def _events(self, run: Run, order: _Order) -> AsyncGenerator[AnswerEvent]:
        """The events of an answer: of an equal request that is running or was answered, else computed."""
        began = perf_counter()
        leader = self._computing.get(order.key)
        if leader is not None:
            async for event in _again(leader.follow(0), self._engine.new_id(), began):
                yield event
            return
        if order.key:
            self._computing[order.key] = run
        try:
            if (kept := await self._cached(order.key)) is not None:
                async for event in _again(_each(list(replay(kept))), self._engine.new_id(), began):
                    yield event
                return
            async for event in self._engine.answer(order.request, order.known):
                yield event
        finally:
            if self._computing.get(order.key) is run:
                del self._computing[order.key]

    async def _cached(self, key: str) -> Answer | None:
        text = await self._cache.get(key) if self._cache is not None and key else None
        try:
            return Answer.model_validate_json(text) if text is not None else None
        except ValidationError:  # Written by another version, or not by us.
            log.warning("cache_entry_unreadable")
            return None

    async def _execute(self, run: Run, request: AnswerRequest, session: Session | None) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                order = await self._order(request, session)
                async with aclosing(self._events(run, order)) as events:
                    async for event in events:
                        if isinstance(event, AnswerCompleted):
                            answer = await collected(_each([*run.events, event]))
                            await self._keep(answer, order)
                            run.answer = answer
                        run.events.append(event)
                        if isinstance(event, AnswerStarted):
                            self._running[event.id] = run
                        run.announce()
                        # An engine that computes without waiting would otherwise hold the events back to the end.
                        await asyncio.sleep(0)
            if run.answer is None:
                raise RuntimeError("The engine ended without answer.completed.")
        except TimeoutError:
            run.error = AnswerTimeout(self._timeout_s)
            log.warning("answer_timeout", answer_id=run.id, seconds=self._timeout_s)
        except asyncio.CancelledError:
            run.error = NotReady("The server is stopping. Ask again in a moment.")
            raise
        except Exception as error:  # Told to every client of the run by `follow`.
            run.error = error
            if run.id:  # Without an id nobody has been answered yet, and the endpoint raises and logs it.
                log.exception("answer_failed", answer_id=run.id)
        finally:
            if run.id:
                self._running.pop(run.id, None)
            run.announce()
        if run.answer:
            log.info(
                "answer",
                answer_id=run.answer.id,
                intent=run.answer.understanding.intent,
                abstained=run.answer.abstained,
                composer=run.answer.composer,
                cached=run.answer.cached,
                timings_ms=run.answer.timings_ms,
            )

    async def _keep(self, answer: Answer, order: _Order) -> None:
        if self._cache is not None and not answer.cached and may_be_kept(answer, order.corpus_seq):
            await self._cache.put(order.key, answer.model_dump_json())
        try:
            await asyncio.to_thread(self._store.keep, answer)
            if order.session is not None and not await asyncio.to_thread(self._add_turn, answer, order):
                # Its conversation was deleted meanwhile, and with it goes what was said in it.
                await asyncio.to_thread(self._store.forget, [answer.id])
                if self._cache is not None:
                    await self._cache.forget([order.key])
        except SQLAlchemyError:
            # The candidate gets the answer all the same; it only cannot be fetched again.
            log.exception("answer_not_kept", answer_id=answer.id)

    def _add_turn(self, answer: Answer, order: _Order) -> bool:
        assert order.session is not None
        turn = SessionTurn(
            answer.question, answer.standalone_question, answer.id, answer.created_at, answer.as_of, order.key
        )
        added = self._sessions.add(order.session.id, turn, lambda known: after(known, answer))
        if added and forgotten_fields(answer.question):
            self._sessions.change(order.session.id, lambda session: self._reread(session, order.known))
        return added

    def _reread(self, session: Session, before: Known) -> tuple[Known, list[str]]:
        """A session's turns after the candidate had something forgotten: they say it no longer."""
        turns = [Turn(question=t.question, standalone_question=t.standalone_question) for t in session.turns]
        return session.known, self._engine.reread(turns, before, session.known)


async def _again(events: AsyncIterator[AnswerEvent], answer_id: str, began: float) -> AsyncIterator[AnswerEvent]:
    """The events of an equal request's answer, as those of an answer of its own that cost nothing more."""
    async for event in events:
        if isinstance(event, AnswerStarted):
            yield event.model_copy(update={"id": answer_id})
        elif isinstance(event, AnswerCompleted):
            own = {
                "id": answer_id,
                "created_at": datetime.now(UTC),
                "cached": True,
                "usage": Usage(),
                "timings_ms": {"total": round((perf_counter() - began) * 1e3, 2)},
            }
            yield AnswerCompleted(answer=event.answer.model_copy(update=own))
        else:
            yield event


async def _each(events: Sequence[AnswerEvent]) -> AsyncIterator[AnswerEvent]:
    for event in events:
        yield event
