"""Reading given passages on public sets: does the product answer what they answer, and refuse what they do not?

`nomiracl_en`, `clapnq_dev` and `rgb_fact` have questions that their passages do not answer (negative rejection);
`rgb_fact` also has passages in which the answer was swapped, and `realtimeqa` news of the week in which it was asked.
Every question is put to the real engine with its passages, as `ally answer` and `POST /v1/answers` do, beside baselines
that need no thought.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from corpus.embed import Embedder
from corpus.entities import Entities
from corpus.split import sentence_spans
from eval.benchmarks.outcome import Line, Outcome, Table, mean, rejection
from eval.benchmarks.published import NOMIRACL
from eval.benchmarks.rows import BenchmarkError, Row, Text, given, load, spread
from eval.grounding.metrics import Array, threshold_for
from service.answering.answer import Answer, AnswerRequest
from service.answering.engine import Engine, engine_without_corpus

ASKED_ON = date(2026, 11, 24)
"""The day of a question that has none."""
MOST_GIVEN = 50
"""Passages that a request may bring."""
FOLDS = 5
"""Parts of a set; the threshold of the cosine baseline for one part is chosen on the others."""
FIRST_SENTENCES = 3
"""Sentences that the baseline quotes which takes the beginning of the first passage."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question with its passages, and whether they answer it; cases of one `cluster` are resampled as one."""

    cluster: str
    question: str
    asked_on: date | None
    texts: tuple[Text, ...]
    answerable: bool = True
    answers: tuple[str, ...] = ()
    swapped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a system says to a case; `text` is empty when it does not answer, `first` is its first statement."""

    answered: bool
    text: str = ""
    first: str = ""


def nomiracl_en(folder: Path, entities: Entities, embedder: Embedder, limit: int | None) -> Outcome:
    """Ten retrieved passages a question: is an answer among them? Half of the questions have none.

    Raises:
        BenchmarkError: the file is missing or malformed.
    """
    cases = _answerable_or_not(folder, "nomiracl_en", limit)
    return Outcome(
        "nomiracl_en",
        (_rejection_table("Ten passages: is an answer among them?", cases, entities, embedder),),
        NOMIRACL,
        ("Language models were asked to say “present” or “don't know”; the product answers or says that it cannot.",),
    )


def _answerable_or_not(folder: Path, name: str, limit: int | None) -> list[Case]:
    rows = spread(load(folder, name), limit)
    return [Case(row.id, row.question, row.asked_on, _texts(row), bool(row.answerable)) for row in rows]


def clapnq_dev(folder: Path, entities: Entities, embedder: Embedder, limit: int | None) -> Outcome:
    """One passage a question, of the right article; half of the questions have no answer in it.

    Raises:
        BenchmarkError: the file is missing or malformed.
    """
    cases = _answerable_or_not(folder, "clapnq_dev", limit)
    return Outcome(
        "clapnq_dev",
        (_rejection_table("One passage of the right article: does it answer?", cases, entities, embedder),),
        (),
        (
            "No published figure for this task was read.",
            "The passages are tokenised (“Moore 's law .”), as in the set.",
        ),
    )


def rgb_fact(folder: Path, entities: Entities, embedder: Embedder, limit: int | None) -> Outcome:
    """Web snippets: refusing those without the answer, finding it among noise, and what swapped answers do.

    A negative that has every word of an answer (`suspect_negatives`) is left out.

    Raises:
        BenchmarkError: the file is missing or malformed.
    """
    rows = spread(load(folder, "rgb_fact"), limit)
    plain, noisy, swapped, both = ([_rgb(row, kind) for row in rows] for kind in ("plain", "noisy", "swapped", "both"))
    without = [_rgb(row, "without") for row in rows]
    kinds = (
        ("relevant alone", plain), ("relevant and noise", noisy), ("swapped alone", swapped),
        ("relevant, then swapped", both),
    )  # fmt: skip
    lines = [line for group, cases in kinds for line in _answer_lines(group, _usable(cases), entities, embedder)]
    told_apart = [case for pair in zip(noisy, without, strict=True) for case in pair]
    return Outcome(
        "rgb_fact",
        (
            _rejection_table("Noise alone, or with relevant passages among it?", told_apart, entities, embedder),
            Table("What is answered: the true answer, and the one that was swapped in", tuple(lines)),
        ),
        (),
        (
            "No published figure on these rows was read; RGB's own on noise and rejection are on another file.",
            "“swapped alone”: every passage says the wrong thing, and the product has no other knowledge; repeating it "
            "with its source is what it is built to do, so neither a high nor a low share is a success there.",
            "“relevant, then swapped”: sources contradict each other; best is to show both answers.",
            "An answer is found as words of a text, so a share says what is shown, not that it was understood.",
        ),
    )


def realtimeqa(folder: Path, entities: Entities, embedder: Embedder, limit: int | None) -> Outcome:
    """Quiz questions on the news of a week, with stories of that week; only rows whose gold story holds the answer.

    Raises:
        BenchmarkError: the file is missing or malformed.
    """
    rows = spread([row for row in load(folder, "realtimeqa") if row.answerable and row.positive], limit)
    gold = [Case(row.id, row.question, None, row.positive, answers=row.answers) for row in rows]
    among = [Case(row.id, row.question, None, (*row.unlabelled, *row.positive), answers=row.answers) for row in rows]
    lines = [
        line
        for group, cases in (("gold story", gold), ("search results, then gold story", among))
        for line in _answer_lines(group, _usable(cases), entities, embedder)
    ]
    return Outcome(
        "realtimeqa",
        (Table("Does the answer contain one of the right ones?", tuple(lines)),),
        (),
        (
            "No published figure for this task was read.",
            f"Only the {len(rows)} rows whose gold story has the answer's words; a number is matched as a whole.",
            "A system that shows more words hits more often: read the share beside the words shown.",
        ),
    )


def _texts(row: Row) -> tuple[Text, ...]:
    return (*row.positive, *row.negative, *row.unlabelled)


def _rgb(row: Row, kind: str) -> Case:
    suspects = set(row.extra.get("suspect_negatives", ()))
    noise = tuple(text for text in row.negative if text.id not in suspects)
    swapped = tuple(Text(id=str(value["id"]), text=str(value["text"])) for value in row.extra.get("counterfactual", ()))
    texts = {
        "plain": row.positive,
        "noisy": (*noise, *row.positive),
        "without": noise,
        "swapped": swapped,
        "both": (*row.positive, *swapped),
    }[kind]
    fake = row.extra.get("fake_answer")
    return Case(row.id, row.question, None, texts, kind != "without", row.answers, (str(fake),) if fake else ())


def _usable(cases: Iterable[Case]) -> list[Case]:
    """The cases that have passages: without one, the product would take the question for one on its corpus."""
    return [case for case in cases if given(case.texts)]


# -- systems


def _engine_replies(cases: Sequence[Case], entities: Entities, embedder: Embedder) -> list[Reply]:
    """What the engine says to each case, from its passages alone."""
    engine = engine_without_corpus(entities, embedder)
    try:
        return asyncio.run(_asked(engine, cases))
    finally:
        engine.close()


async def _asked(engine: Engine, cases: Sequence[Case]) -> list[Reply]:
    replies = []
    for case in cases:
        request = AnswerRequest(
            question=case.question[:4000],
            as_of=case.asked_on or ASKED_ON,
            passages=given(case.texts)[:MOST_GIVEN],
        )
        replies.append(reply_of(await engine.collect(request)))
    return replies


def reply_of(answer: Answer) -> Reply:
    """What an answer states, without what it says of gaps and without its questions; nothing when it abstains."""
    if answer.abstained:
        return Reply(False)
    stated = [s.text for section in answer.sections for s in section.statements if s.kind not in ("gap", "question")]
    return Reply(True, "\n".join(stated), stated[0] if stated else "")


def _cosine_replies(cases: Sequence[Case], embedder: Embedder) -> tuple[list[Reply], Array]:
    """The sentence nearest to each question, quoted, and its cosine."""
    replies, cosines = [], []
    for case in cases:
        sentences = [sentence for text in case.texts for sentence in _sentences(text.text)]
        vectors = embedder.embed([case.question, *sentences])
        similar = vectors[1:] @ vectors[0]
        best = int(similar.argmax())
        replies.append(Reply(True, sentences[best], sentences[best]))
        cosines.append(float(similar[best]))
    return replies, np.asarray(cosines)


def _beginnings(cases: Sequence[Case]) -> list[Reply]:
    """The beginning of the first passage of each case, quoted."""
    replies = []
    for case in cases:
        sentences = [sentence for text in case.texts for sentence in _sentences(text.text)][:FIRST_SENTENCES]
        replies.append(Reply(True, "\n".join(sentences), sentences[0]))
    return replies


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text) if text[start:end].strip()] or [text]


def _above_threshold(cosines: Array, answerable: Sequence[bool]) -> list[bool]:
    """Whether each cosine is at least the threshold with the best balanced accuracy on the other folds."""
    labels, places = np.asarray(answerable, dtype=np.int64), np.arange(len(cosines))
    answered = np.zeros(len(cosines), dtype=bool)
    for fold in range(FOLDS):
        own, others = places % FOLDS == fold, places % FOLDS != fold
        if own.any() and others.any():
            answered[own] = cosines[own] >= threshold_for([(cosines[others], labels[others])])
    return answered.tolist()


# -- figures


def _rejection_table(title: str, cases: Sequence[Case], entities: Entities, embedder: Embedder) -> Table:
    cases = _usable(cases)
    if not cases:
        raise BenchmarkError("No row of the set has passages, so there is nothing to read.")
    answerable = [case.answerable for case in cases]
    clusters = [case.cluster for case in cases]
    _, cosines = _cosine_replies(cases, embedder)
    systems: tuple[tuple[str, list[bool]], ...] = (
        ("product", [reply.answered for reply in _engine_replies(cases, entities, embedder)]),
        ("always answer", [True] * len(cases)),
        ("never answer", [False] * len(cases)),
        ("cosine threshold", _above_threshold(cosines, answerable)),
    )
    group = f"{answerable.count(False)} unanswerable, {answerable.count(True)} answerable"
    return Table(
        title, tuple(Line(group, name, len(cases), rejection(told, answerable, clusters)) for name, told in systems)
    )


def _answer_lines(group: str, cases: Sequence[Case], entities: Entities, embedder: Embedder) -> list[Line]:
    """What is shown of the right answers and of swapped ones, by the product and by two ways to quote."""
    if not cases:
        return []
    systems = (
        ("product", _engine_replies(cases, entities, embedder)),
        ("cosine: nearest sentence", _cosine_replies(cases, embedder)[0]),
        ("beginning of the first", _beginnings(cases)),
    )
    clusters = [case.cluster for case in cases]
    lines = []
    for name, replies in systems:
        values: dict[str, Callable[[Case, Reply], float]] = {
            "right": lambda case, reply: _shows(case.answers, reply.text),
            "right at once": lambda case, reply: _shows(case.answers, reply.first),
        }
        if any(case.swapped for case in cases):
            values["swapped"] = lambda case, reply: _shows(case.swapped, reply.text)
            values["both"] = lambda case, reply: min(_shows(case.answers, reply.text), _shows(case.swapped, reply.text))
        values["refused"] = lambda _, reply: float(not reply.answered)
        values["words shown"] = lambda _, reply: float(len(reply.text.split()))
        figures = {
            metric: mean([value(case, reply) for case, reply in zip(cases, replies, strict=True)], clusters)
            for metric, value in values.items()
        }
        lines.append(Line(group, name, len(cases), figures))
    return lines


def _shows(answers: Sequence[str], text: str) -> float:
    return float(any(contains(answer, text) for answer in answers))


_QUOTES = re.compile(r"[\"“”‘’'`]")
_WHOLE_BEFORE = r"(?<![\w$€£¥])(?<!\d[.,])"
_WHOLE_AFTER = r"(?![\w%]|[.,]?\d)(?!(?<=\d) (?:thousand|million|billion|trillion|percent|per cent)\b)"
_BETWEEN = re.compile(r"[^\w$€£¥%.,]+")


def contains(answer: str, text: str) -> bool:
    """Whether the words of an answer stand in a text one after the other, case, quotes and dashes ignored.

    They are matched as whole words, a number as a whole: "6" stands neither in "16" nor in "6.5", "6%" or "6 million".
    """
    wanted, told = _comparable(answer), _comparable(text)
    if not wanted:
        return False
    return re.search(rf"{_WHOLE_BEFORE}{re.escape(wanted)}{_WHOLE_AFTER}", told) is not None


def _comparable(text: str) -> str:
    return _BETWEEN.sub(" ", _QUOTES.sub("", text.casefold())).strip(" .,")
