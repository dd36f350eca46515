"""The generative composer: a language model writes from the evidence of the extractive answer, and is checked.

It takes the extractive answer with its evidence, asks the model for some of its sections, and releases each statement
as soon as it is complete and examined, while the model goes on writing. Whatever the model does, the answer is
completed: what it leaves out, or cannot support, is told by the extractive composer in the same stream.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import numpy as np
import numpy.typing as npt
import structlog

import prompts
from service.answering.answer import (
    AnswerEvent,
    AnswerSources,
    Intent,
    Section,
    SectionKind,
    TakeoverReason,
)
from service.answering.assembly import Assembly
from service.answering.composition import Composition
from service.answering.draft import Draft
from service.answering.figures import spoken
from service.answering.lines import ContractBroken, Heading, LineParser, Written
from service.answering.offered import Offered, offered, one_line, without_header
from service.answering.told import Told
from service.grounding.checker import Checker
from service.grounding.judge import Judge
from service.grounding.release import Examiner, Finding
from service.llm import Bill, LanguageModel, ModelFailure, load_litellm

log = structlog.get_logger("ally.answers")

WRITES: Final[Mapping[Intent, frozenset[SectionKind]]] = {
    "prepare": frozenset({"news", "interview_tests", "links", "plan"}),
    "fact": frozenset({"answer"}),
    "compare": frozenset({"comparison"}),
    "skills": frozenset({"news", "interview_tests"}),
    "about": frozenset({"news"}),
}
"""The sections that a model writes, by intent. The others list what sources say: there is nothing to word."""
HEADINGS: Final[Mapping[SectionKind, str]] = {
    "news": "News",
    "interview_tests": "What interviews test",
    "links": "Where the two meet",
    "plan": "Plan",
    "answer": "Answer",
}
TASKS: Final[Mapping[SectionKind, str]] = {
    "news": "what the news passages say that matters for the question, the most important first",
    "interview_tests": "what interviews for the role test, from the guide",
    "links": "what a news passage and the guide both speak of; cite both",
    "plan": "what to prepare in which week, from the guide, in its order",
    "answer": "the answer to the question, and nothing else",
    "comparison": "what the passages say about this point for each company",
}
MOST_LINES: Final = 80
"""Lines after which a model that does not stop is stopped."""
MOST_HEADINGS_IN_ROW: Final = 8
"""Headings without a statement between them, after which a model is taken to go round in circles."""
MOST_REFUSED_IN_ROW: Final = 8
"""Statements in a row that were withheld, after which the model is not listened to any longer."""


class GenerativeComposer:
    """Writes answers with a language model. Safe to share between the answers of one event loop."""

    def __init__(
        self,
        model: LanguageModel,
        embed: Callable[[str], npt.NDArray[np.float32]],
        evidence_characters: int,
        judge: Judge | None = None,
    ) -> None:
        """`embed` gives a text's vector of length 1; `evidence_characters` bounds the passages in the prompt."""
        self._model = model
        self._embed = embed
        self._characters = evidence_characters
        self._judge = judge
        self._prompt = prompts.load("answer")

    def warm(self) -> None:
        """Load what the first answer would wait for. Blocks for seconds."""
        load_litellm()

    async def tell(
        self, base: Draft, work: Composition, most: int, checker: Checker, told: Told
    ) -> AsyncGenerator[AnswerEvent]:
        """The events from `answer.sources` to the last section, and what there is to say about them, in `told`.

        Args:
            base: the finished extractive answer.
            work: the evidence behind it.
            most: statements of the answer.
            checker: checks each statement.
            told: filled as the answer is told, complete when the last event has been taken.
        """
        headings = _headings(work.question.intent, base.finished()[0])
        cited = base.cited_sentences(headings)
        passages = await asyncio.to_thread(offered, work, cited, self._characters)
        affordable = bool(headings and passages) and await self._model.is_affordable()
        if headings and passages and not affordable:
            told.takeover = "budget_spent"
        assembly = Assembly(base, headings if affordable else {}, most)
        if affordable:
            for passage in passages:
                assembly.draft.register(passage.document)
        yield AnswerSources(sources=assembly.draft.sources())
        for event in assembly.begin():
            yield event
        if affordable:
            writing = self._writing(assembly, work, passages, checker)
            async with aclosing(writing.events()) as events:
                async for event in events:
                    yield event
            writing.report(told)
        for event in assembly.finish():
            yield event
        told.sources = assembly.used_sources()

    def _writing(
        self, assembly: Assembly, work: Composition, passages: Sequence[Offered], checker: Checker
    ) -> _Writing:
        prompt = self._prompt.render(
            token=secrets.token_hex(6),
            question=one_line(work.question.standalone),
            today=spoken(work.question.as_of),
            passages=[passage.for_prompt() for passage in passages],
            sections=assembly.tasks(TASKS),
        )
        judged = Bill()
        examiner = Examiner(checker, passages, self._embed, prompt["system"], self._judge, judged)
        names = (self._prompt.id, *([self._judge.prompt_id] if self._judge else []))
        return _Writing(self._model, prompt, names, assembly, examiner, judged, passages)


@dataclass
class _Statement:
    """A statement under examination, and when the model had finished it."""

    finding: asyncio.Task[Finding]
    complete_at: float


class _Writing:
    """One answer while the model writes it: a task reads the model, and its statements are released in their order."""

    def __init__(
        self,
        model: LanguageModel,
        prompt: Mapping[str, str],
        prompt_ids: tuple[str, ...],
        assembly: Assembly,
        examiner: Examiner,
        judged: Bill,
        passages: Sequence[Offered],
    ) -> None:
        self._passages = passages
        self._model = model
        self._prompt = prompt
        self._prompt_ids = prompt_ids
        self._assembly = assembly
        self._examiner = examiner
        self._bill = Bill()
        self._judged = judged
        self._lines: asyncio.Queue[Heading | _Statement | None] = asyncio.Queue()
        self._examined: set[asyncio.Task[Finding]] = set()
        self._takeover: TakeoverReason | None = None
        self._stopped = False
        self._headings_in_row = 0
        self._began = perf_counter()
        self._first_token_ms: float | None = None
        self._added_ms: list[float] = []

    async def events(self) -> AsyncGenerator[AnswerEvent]:
        """What the model's statements add to the answer, as they pass."""
        reading = asyncio.create_task(self._read())
        preparing = asyncio.create_task(asyncio.to_thread(self._examiner.prepare))
        try:
            while (line := await self._lines.get()) is not None:
                if self._stopped:
                    continue
                if isinstance(line, Heading):
                    for event in self._assembly.heading(line.text):
                        yield event
                    continue
                finding = await self._found(line)
                if finding is not None:
                    for event in self._assembly.add(finding):
                        yield event
                self._stop_if_done()
        finally:
            reading.cancel()
            for task in self._examined:
                task.cancel()
            await asyncio.gather(reading, preparing, *self._examined, return_exceptions=True)

    def report(self, told: Told) -> None:
        """Fill in what is known at the end."""
        assembly = self._assembly
        told.withheld, told.outcomes = tuple(assembly.withheld), assembly.outcomes
        told.composer = "generative" if told.outcomes.as_written + told.outcomes.quoted else "extractive"
        told.takeover = self._takeover or ("unsupported" if told.composer == "extractive" else None)
        told.model, told.prompts = self._bill.model, self._prompt_ids if self._bill.model else ()
        self._bill.add(self._judged.usage)
        told.usage = self._bill.usage
        if self._first_token_ms is not None:
            told.timings_ms["first_token"] = round(self._first_token_ms, 2)
        if self._added_ms:
            told.timings_ms["check_per_statement"] = round(sum(self._added_ms) / len(self._added_ms), 2)
            told.timings_ms["check_slowest"] = round(max(self._added_ms), 2)

    async def _found(self, line: _Statement) -> Finding | None:
        try:
            finding = await line.finding
        except Exception:  # A statement that cannot be examined is not shown; the answer goes on.
            log.exception("statement_not_examined")
            return None
        self._added_ms.append((perf_counter() - line.complete_at) * 1e3)
        return finding

    def _stop_if_done(self) -> None:
        if self._assembly.refused_in_row >= MOST_REFUSED_IN_ROW:
            self._takeover = "unsupported"
            self._stopped = True
        elif self._assembly.is_full:
            self._stopped = True

    async def _read(self) -> None:
        """Read the model to its end, and put each line into the queue as soon as it is complete; None is the last."""
        try:
            parser = LineParser()
            async with aclosing(self._model.stream(self._prompt, self._bill)) as pieces:
                async for piece in pieces:
                    if self._first_token_ms is None:
                        self._first_token_ms = (perf_counter() - self._began) * 1e3
                    for line in parser.feed(piece):
                        self._put(line)
                    if self._stopped:
                        return
            for line in parser.finish():
                self._put(line)
        except ModelFailure as failure:
            self._takeover = failure.reason
            log.warning("model_failed", reason=failure.reason, detail=str(failure)[:300])
        except ContractBroken as broken:
            self._takeover = "contract_broken"
            log.warning("model_failed", reason="contract_broken", detail=str(broken))
        except Exception:  # Whatever else a model or its client does, the candidate gets an answer.
            self._takeover = "failed"
            log.exception("model_failed")
        finally:
            self._lines.put_nowait(None)

    def _put(self, line: Heading | Written) -> None:
        if isinstance(line, Heading):
            self._headings_in_row += 1
            if self._headings_in_row > MOST_HEADINGS_IN_ROW:
                raise ContractBroken("Headings without statements.")
            self._lines.put_nowait(line)
            return
        if self._assembly.is_heading(line.text):
            return
        self._headings_in_row = 0
        if len(self._examined) >= MOST_LINES:
            raise ContractBroken(f"More than {MOST_LINES} statements.")
        task = asyncio.create_task(self._examiner.examine(without_header(line, self._passages)))
        self._examined.add(task)
        self._lines.put_nowait(_Statement(task, perf_counter()))


def _headings(intent: Intent, sections: Sequence[Section]) -> dict[int, str]:
    """Which sections a model writes, by place, and under which heading: each heading once, none with a gap in it."""
    found: dict[int, str] = {}
    for at, section in enumerate(sections):
        heading = HEADINGS.get(section.kind, section.title)
        has_gap = any(statement.kind == "gap" for statement in section.statements)
        if section.kind in WRITES.get(intent, ()) and not has_gap and heading not in found.values():
            found[at] = heading
    return found
