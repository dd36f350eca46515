"""Run folders as `ally eval run` writes them, from responses that a test makes up; judged by the real judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from eval.answers import aggregate
from eval.golden import GoldenQuestion
from eval.judging import Judge
from eval.records import ANSWERS, METRICS, AnswerRecord, Response, Run, RunConfig, read_run
from eval.run import Asked, record_of, write, write_config
from eval.sources import Sources
from tests.eval.liars import Liar, honest

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'[red]|`{{ 7 * 7 }}"


def judged(
    questions: Iterable[GoldenQuestion], judge: Judge, respond: Callable[[GoldenQuestion], Response]
) -> list[AnswerRecord]:
    return [record_of(each, Asked(id=each.id, response=respond(each)), judge, {}) for each in questions]


def answered(
    questions: Iterable[GoldenQuestion], judge: Judge, sources: Sources, liar: Liar | None = None
) -> list[AnswerRecord]:
    """The honest target's answers, or what a liar makes of them."""

    def respond(question: GoldenQuestion) -> Response:
        response = honest(question, sources)
        return liar(question, response, sources) if liar else response

    return judged(questions, judge, respond)


def written(folder: Path, records: list[AnswerRecord], target: str = "engine") -> Run:
    """A run folder with these records, read back."""
    folder.mkdir(parents=True)
    config = RunConfig(
        started="2026-11-24T09:30:00+00:00",
        target=target,
        questions=("dev.jsonl",),
        question_count=len(records),
        git_revision="0123456789abcdef",
        corpus_seq=224,
        corpus_documents=224,
        judge="rules",
    )
    write_config(folder, config)
    write(folder / ANSWERS, "".join(record.model_dump_json() + "\n" for record in records))
    write(folder / METRICS, aggregate(records).model_dump_json())
    return read_run(folder)
