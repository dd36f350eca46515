"""The engine: one question in, one stream of typed events out.

HTTP, server-sent events, the terminal, Slack and the evaluation harness render the events of `Engine.answer`; none of
them knows how an answer is made. The steps are those of the architecture: understand, search and select, compose,
check, then release statement by statement. The work runs in a thread, so the event loop stays free.
"""

from __future__ import annotations

import asyncio
import tempfile
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from corpus.embed import Vectors
from corpus.entities import Entities, load_entities
from corpus.search import Searcher, SearchFilter
from corpus.store import Store
from service.answering.answer import (
    Answer,
    AnswerCompleted,
    AnswerEvent,
    AnswerFilters,
    AnswerFollowUps,
    AnswerRequest,
    AnswerSources,
    AnswerStarted,
    AnswerSummary,
    Freshness,
    Section,
    SectionCompleted,
    SectionStarted,
    StatementReleased,
    Turn,
)
from service.answering.draft import Draft
from service.answering.extractive import ExtractiveComposer
from service.answering.facts import ANSWER_FLOOR
from service.answering.figures import spoken
from service.answering.given import given_passages, given_words
from service.answering.known import NOTHING, Known
from service.answering.phrasing import freshness_note
from service.answering.question import Question, reread, understand
from service.answering.told import Reading, Told
from service.grounding.composed import ComposedChecker

if TYPE_CHECKING:
    from corpus.dense import DenseIndex, ExactDenseIndex
    from corpus.embed import Embedder
    from service.answering.composition import Composition
    from service.answering.generative import GenerativeComposer
    from service.answering.rewriting import Rewriter
    from service.grounding.checker import Checker
    from service.settings import Settings


CHECKED_FOLLOW_UPS = 2_048
"""Suggested questions of which it is remembered whether they have an answer; a company and a role give a few."""
MOST_TURNS_ANSWERED = 3
"""Earlier turns, the latest, of which is worked out what they were answered with."""
FEWEST_STATEMENTS = 3
"""Statements that are composed to see whether a question has an answer."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether questions can be answered: the store's sequence number and how far each index has applied it."""

    ready: bool
    detail: str
    corpus_seq: int
    applied: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Composed:
    """A question with its finished draft, and how long each step took in milliseconds."""

    question: Question
    draft: Draft
    work: Composition | None
    corpus_seq: int
    timings_ms: dict[str, float]


class Engine:
    """Answers questions from one corpus. Safe to share between requests; `close` gives everything back.

    Args:
        store: the sources.
        searcher: hybrid search over them.
        entities: the names that the corpus knows.
        embed: vectors of texts, for passages that a request brings along.
        applied: how far each index has applied the store's change log, by name.
        now: the time of a question; its date is `as_of` where the request has none.
        new_id: the id of an answer.
        on_close: called once by `close`.
        generative: writes answers with a language model; None when there is none.
        rewriter: reads follow-ups with a language model; None when rules alone do.
    """

    def __init__(  # noqa: PLR0913 - an engine is the sum of its parts
        self,
        store: Store,
        searcher: Searcher,
        entities: Entities,
        embed: Callable[[Sequence[str]], Vectors],
        applied: Callable[[], dict[str, int]],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[], str] = lambda: f"ans_{uuid.uuid4().hex[:20]}",
        on_close: Sequence[Callable[[], None]] = (),
        generative: GenerativeComposer | None = None,
        rewriter: Rewriter | None = None,
    ) -> None:
        self.store = store
        self.searcher = searcher
        self.entities = entities
        self._embed = embed
        self._applied = applied
        self._now = now
        self._new_id = new_id
        self._on_close = tuple(on_close)
        self._generative = generative
        self._rewriter = rewriter
        self.composer = ExtractiveComposer(searcher, store, entities.related, self._is_employer, self._corpus_note)
        self._composed_at = -1
        self._checker = ComposedChecker(entities)
        self._has_answer = lru_cache(maxsize=CHECKED_FOLLOW_UPS)(self._answers_question)

    @cached_property
    def checker(self) -> Checker:
        """The grounding checker. Its first use imports rules and compiles patterns: ask off the event loop."""
        from service.grounding.checker import shipped_checker

        return shipped_checker(self.entities)

    def warm(self) -> None:
        """Load what the first answer of a language model would wait for, if there is one. Blocks for seconds."""
        if self._generative is not None:
            self._generative.warm()
            self.checker.check("Noetra hired 40 engineers in May 2026.", ["Noetra was to hire 30 engineers by June."])

    def close(self) -> None:
        """Close store and indexes."""
        for close in self._on_close:
            close()

    def ready(self) -> Readiness:
        """Whether the indexes have applied everything that the store holds."""
        sequence, applied = self.store.sequence(), self._applied()
        behind = [name for name, at in applied.items() if at < sequence]
        if sequence == 0:
            return Readiness(False, "The corpus is empty; run `ally sync`.", sequence, applied)
        if behind:
            return Readiness(False, f"Behind the store: {', '.join(behind)}; run `ally sync`.", sequence, applied)
        return Readiness(True, "ready", sequence, applied)

    def today(self) -> date:
        """The day of a question that names none."""
        return self._now().date()

    def new_id(self) -> str:
        """An id for another answer."""
        return self._new_id()

    async def answer(self, request: AnswerRequest, known: Known = NOTHING) -> AsyncGenerator[AnswerEvent]:
        """The events of an answer: started, sources, sections with their statements, follow-ups, completed.

        `known` is what the conversation told of the candidate; it completes what the question leaves open.
        """
        started = perf_counter()
        created, answer_id = self._now(), self._new_id()
        told = Told()
        question = await self._question(request, known, created.date(), told)
        understood = perf_counter()
        yield AnswerStarted(id=answer_id, understanding=question.understanding(), as_of=question.as_of)
        composed = await asyncio.to_thread(self._compose, question, request)
        async with aclosing(self._told(composed, request, told)) as events:
            async for event in events:
                yield event
        follow_ups = await asyncio.to_thread(self._answerable, composed, request)
        yield AnswerFollowUps(follow_ups=follow_ups)
        withheld = (*composed.draft.withheld, *told.withheld)
        newest = max((source.published for source in told.sources if source.kind == "news"), default=None)
        summary = AnswerSummary(
            id=answer_id,
            question=request.question,
            standalone_question=composed.question.standalone,
            as_of=question.as_of,
            created_at=created,
            understanding=composed.question.understanding(),
            abstained=composed.draft.abstained,
            abstention_reason=composed.draft.reason,
            sources=told.sources,
            freshness=Freshness(
                newest=newest,
                age_days=(question.as_of - newest).days if newest else None,
                note=freshness_note(newest, question.as_of),
            ),
            withheld=withheld if request.trace else None,
            withheld_count=len(withheld),
            follow_ups=follow_ups,
            outcomes=told.outcomes,
            composer=told.composer,
            takeover=told.takeover,
            model=told.model,
            prompts=(*told.read_by.prompts, *told.prompts),
            usage=told.read_by.usage.plus(told.usage),
            corpus_seq=composed.corpus_seq,
            timings_ms={
                "understand": round((understood - started) * 1e3, 2),
                **composed.timings_ms,
                **told.timings_ms,
                "total": round((perf_counter() - started) * 1e3, 2),
            },
        )
        yield AnswerCompleted(answer=summary)

    async def collect(self, request: AnswerRequest, known: Known = NOTHING) -> Answer:
        """The whole answer."""
        return await collected(self.answer(request, known))

    def understood(self, request: AnswerRequest, known: Known, today: date) -> Question:
        """How the rules read a request. Blocks for milliseconds.

        What nobody named so far may be what was answered: "who builds India's model?", then "who are their investors?".
        """
        question = self._read(request, known, today)
        named = question.companies or question.unknown or question.is_smalltalk
        if not request.history or request.passages or named:
            return question
        history = self._history_with_answer(request, today)
        if history is None:
            return question
        again = self._read(request.model_copy(update={"history": history}), known, today)
        return again if again.companies else question

    def _history_with_answer(self, request: AnswerRequest, today: date) -> tuple[Turn, ...] | None:
        """The earlier turns with the company that the last one asked about or was answered with; None without one."""
        *before, last = request.history[-MOST_TURNS_ANSWERED:]
        earlier = request.history[: -len(before) - 1]
        asked = last.standalone_question or last.question
        turn = AnswerRequest(question=asked, history=tuple(before), as_of=request.as_of)
        question = self.understood(turn, NOTHING, today)
        text = question.standalone
        if not question.companies:
            if question.intent != "fact" or question.unknown:
                return None
            best = next(iter(self.composer.evidence(question, AnswerFilters()).ranked), None)
            if best is None or best.score < ANSWER_FLOOR or not best.sentence.companies:
                return None
            text += f" ({best.sentence.companies[0]})"
        return (*earlier, *before, last.model_copy(update={"standalone_question": text}))

    def _read(self, request: AnswerRequest, known: Known, today: date) -> Question:
        in_sources = given_words(request.passages) if request.passages else self.searcher.has_word
        return understand(request, self.entities, today, in_sources, known)

    async def _question(self, request: AnswerRequest, known: Known, today: date, told: Told) -> Question:
        """How a request is read: a follow-up by the model, where there is one and it keeps to the conversation."""
        question = await asyncio.to_thread(self.understood, request, known, today)
        rewriter = self._rewriter
        if rewriter is None or not request.history or request.composer == "extractive" or question.is_smalltalk:
            return question
        if not await rewriter.is_affordable():
            return question
        from service.llm import Bill

        bill = Bill()
        turns = [turn.standalone_question or turn.question for turn in request.history]
        text = await rewriter.rewritten(request.question, turns, question.standalone, bill)
        told.read_by = Reading(usage=bill.usage, prompts=(rewriter.prompt_id,) if text else ())
        if text is None:
            return question
        alone = request.model_copy(update={"question": text, "history": ()})
        return replace(await asyncio.to_thread(self.understood, alone, known, today), text=request.question)

    def reread(self, turns: Sequence[Turn], before: Known, after: Known) -> list[str]:
        """The standalone questions of a session's turns after what is known of the candidate was corrected."""
        return reread(turns, before, after, self.entities, self.today(), self.searcher.has_word)

    def _told(self, composed: _Composed, request: AnswerRequest, told: Told) -> AsyncGenerator[AnswerEvent]:
        """The events from the sources to the last section, by the composer that the request and the draft allow."""
        draft, work = composed.draft, composed.work
        if self._generative is None or work is None or draft.abstained or request.composer == "extractive":
            return _extracted(draft, told)
        return self._generative.tell(draft, work, request.max_statements, self.checker, told)

    def _compose(self, question: Question, request: AnswerRequest) -> _Composed:
        started = perf_counter()
        sequence = self.store.sequence()
        if sequence != self._composed_at:
            self.composer.forget()
            self._composed_at = sequence
        given = None
        if request.passages:
            given = given_passages(request.passages, self.entities, self._embed, question.as_of)
        composed = self.composer.compose(question, request.filters, request.max_statements, given)
        written = perf_counter()
        composed.draft.verify(self._checker)
        timings = {"compose": written - started, "check": perf_counter() - written}
        if self._generative is not None:
            _ = self.checker  # Loaded here, in a thread.
        return _Composed(
            question, composed.draft, composed.work, sequence, {step: round(t * 1e3, 2) for step, t in timings.items()}
        )

    def _answerable(self, composed: _Composed, request: AnswerRequest) -> tuple[str, ...]:
        """The suggested questions that have an answer, each read and composed as if it were asked. Blocks."""
        as_of, filters = composed.question.as_of, request.filters
        return tuple(
            text for text in composed.draft.follow_ups if self._has_answer(text, as_of, filters, composed.corpus_seq)
        )

    def _answers_question(self, text: str, as_of: date, filters: AnswerFilters, corpus_seq: int) -> bool:
        """Whether a question gets an answer as of a day. `corpus_seq` is for the cache that stands before this."""
        request = AnswerRequest(question=text, as_of=as_of, filters=filters)
        question = self.understood(request, NOTHING, as_of)
        draft = self.composer.compose(question, filters, FEWEST_STATEMENTS).draft
        return not draft.abstained and not question.vague

    def _is_employer(self, company: str) -> bool:
        entry = self.entities.company(company)
        return entry is None or entry.kind in ("company", "venture", "lab")

    def _corpus_note(self) -> str:
        counts = self.store.counts()
        newest, _ = self.store.list_documents(SearchFilter(kinds=("news",)), limit=1)
        latest = f", the newest of {spoken(newest[0].published)}" if newest else ""
        return (
            f"The sources are {counts.news} dated news briefs and {counts.guides} role guides about AI, robotics and "
            f"self-driving companies{latest}: what the companies build, raise, ship and hire for, and what interviews "
            "for these roles test."
        )


async def _extracted(draft: Draft, told: Told) -> AsyncGenerator[AnswerEvent]:
    """The events of a finished draft."""
    sections, told.sources = draft.finished()
    yield AnswerSources(sources=told.sources)
    for number, section in enumerate(sections):
        yield SectionStarted(section=number, kind=section.kind, title=section.title)
        for statement in section.statements:
            yield StatementReleased(section=number, statement=statement)
        yield SectionCompleted(section=number)


async def collected(events: AsyncIterator[AnswerEvent]) -> Answer:
    """The answer that a stream of events describes: its sections put together, and the summary of its last event.

    Raises:
        ValueError: the stream ended before `answer.completed`.
    """
    sections: list[Section] = []
    async for event in events:
        if isinstance(event, SectionStarted):
            sections.append(Section(kind=event.kind, title=event.title, statements=()))
        elif isinstance(event, StatementReleased):
            open_section = sections[-1]
            sections[-1] = open_section.model_copy(update={"statements": (*open_section.statements, event.statement)})
        elif isinstance(event, AnswerCompleted):
            return Answer(**dict(event.answer), sections=tuple(sections))
    raise ValueError("The stream of events ended before answer.completed.")


ONE_QUESTION_PASSAGES = 50_000
"""Passages up to which a process that answers one question compares all vectors instead of opening Chroma."""


def open_engine(settings: Settings) -> Engine:
    """An engine on the built indexes of `settings`, for a process that serves many questions.

    The embedded dense index belongs to one process at a time: when another one (a running server) has it, the store's
    own vectors are searched exactly instead, which gives the same answers.

    Raises:
        corpus.errors.CorpusError: the store, the model or an index cannot be opened.
    """
    from corpus.dense import ExactDenseIndex, connect_dense_index, open_dense_index
    from corpus.embed import model_id
    from corpus.errors import IndexInUseError

    store = Store(settings.database_url)
    model = model_id(settings.embedding_model)
    if settings.chroma_url:
        return _engine(settings, store, connect_dense_index(settings.chroma_url, model))
    try:
        return _engine(settings, store, open_dense_index(settings.data_dir / "chroma", model))
    except IndexInUseError:
        return _engine(settings, store, ExactDenseIndex(store, model))


def open_engine_for_one_question(settings: Settings) -> Engine:
    """An engine that is quick to open: an exact search over the store's vectors costs less than opening Chroma.

    A store too large for that is opened as `open_engine` does. The answers are the same.

    Raises:
        corpus.errors.CorpusError: the store, the model or an index cannot be opened.
    """
    from corpus.dense import ExactDenseIndex
    from corpus.embed import model_id

    store = Store(settings.database_url)
    if store.counts().passages > ONE_QUESTION_PASSAGES:
        store.close()
        return open_engine(settings)
    return _engine(settings, store, ExactDenseIndex(store, model_id(settings.embedding_model)))


def open_engine_without_corpus(settings: Settings) -> Engine:
    """An engine that knows no sources but the passages that a request brings; it needs no built index.

    Its store is empty and lies in a folder that `close` removes. The embedding model is exported first if it has not
    been, which takes about a minute, once.

    Raises:
        corpus.errors.CorpusError: the model cannot be opened.
    """
    from corpus.embed import load_embedder

    entities = load_entities(settings.corpus_dir / "entities.yaml")
    return engine_without_corpus(entities, load_embedder(settings.embedding_model, settings.data_dir))


def engine_without_corpus(entities: Entities, embedder: Embedder) -> Engine:
    """As `open_engine_without_corpus`, with names and a model that are open already."""
    from corpus.dense import ExactDenseIndex
    from corpus.lexical import LexicalIndex

    folder = tempfile.TemporaryDirectory(prefix="ally-given-")
    store = Store(f"sqlite:///{Path(folder.name) / 'empty.db'}")
    dense, lexical = ExactDenseIndex(store, embedder.model_id), LexicalIndex(Path(folder.name) / "lexical")
    return Engine(
        store,
        Searcher(store, dense, lexical, embedder),
        entities,
        embedder.embed,
        lambda: {"lexical": lexical.applied.sequence},
        on_close=[store.close, folder.cleanup],
    )


def _engine(settings: Settings, store: Store, dense: DenseIndex | ExactDenseIndex) -> Engine:
    from corpus.dense import DenseIndex
    from corpus.embed import load_embedder
    from corpus.lexical import LexicalIndex

    entities = load_entities(settings.corpus_dir / "entities.yaml")
    embedder = load_embedder(settings.embedding_model, settings.data_dir)
    lexical = LexicalIndex(settings.data_dir / "lexical")

    def applied() -> dict[str, int]:
        found = {"lexical": lexical.applied.sequence}
        if isinstance(dense, DenseIndex):
            found["dense"] = dense.applied.sequence
        return found

    closing = [dense.close, store.close] if isinstance(dense, DenseIndex) else [store.close]
    searcher = Searcher(store, dense, lexical, embedder)
    generative = rewriter = None
    if settings.model:
        from service.answering.writers import open_generative, open_rewriter

        generative, close = open_generative(settings, searcher.vector)
        closing.append(close)
        if settings.rewrite_timeout_s:
            rewriter, close = open_rewriter(settings, entities)
            closing.append(close)
    return Engine(
        store, searcher, entities, embedder.embed, applied, on_close=closing, generative=generative, rewriter=rewriter
    )
