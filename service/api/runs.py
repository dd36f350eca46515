"""Answers in the making: one task per answer writes its events to a log that any number of clients read.

The endpoint (`api.answers`) starts a `Run`, or finds it again after a broken connection. The task goes on when the
client is gone, so that it can come back; the whole answer is kept before its last event is shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError

from service.answer_store import AnswerStore
from service.answering.answer import Answer, AnswerCompleted, AnswerEvent, AnswerRequest, AnswerStarted
from service.answering.engine import Engine, collected
from service.errors import AnswerTimeout, NotReady

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


class Runs:
    """Starts runs and finds those that have not finished. Belongs to one event loop."""

    def __init__(self, engine: Engine, store: AnswerStore, timeout_s: float) -> None:
        """`timeout_s`: seconds after which a run is given up."""
        self._engine = engine
        self._store = store
        self._timeout_s = timeout_s
        self._running: dict[str, Run] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, request: AnswerRequest) -> Run:
        """Start answering and wait for the first event.

        Raises:
            AnswerTimeout: nothing came in time.
            Exception: whatever the engine raises before its first event.
        """
        run = Run()
        task = asyncio.create_task(self._execute(run, request))
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

    async def _execute(self, run: Run, request: AnswerRequest) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                async for event in self._engine.answer(request):
                    if isinstance(event, AnswerCompleted):
                        answer = await collected(_each([*run.events, event]))
                        await self._keep(answer)
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
                timings_ms=run.answer.timings_ms,
            )

    async def _keep(self, answer: Answer) -> None:
        try:
            await asyncio.to_thread(self._store.keep, answer)
        except SQLAlchemyError:
            # The candidate gets the answer all the same; it only cannot be fetched again.
            log.exception("answer_not_kept", answer_id=answer.id)


async def _each(events: Sequence[AnswerEvent]) -> AsyncIterator[AnswerEvent]:
    for event in events:
        yield event
