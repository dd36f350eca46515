"""One golden question from search to verdict, as lines for the terminal: understood, found, said, refused, missed.

For the question "why is this answer wrong": was the gold sentence found by search, was it chosen, was it said rightly?
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final

from corpus.search import Hit, explain
from eval import retrieval
from eval.golden import GoldenQuestion
from eval.judging import has_abstained
from eval.records import AnswerRecord, Response
from eval.run import Asked, record_of
from eval.session import Session
from eval.targets import EngineTarget

SHOWN: Final = 12
"""Passages of the search that are shown; gold ones further down are shown too."""


def lines(question: GoldenQuestion, session: Session) -> Iterator[str]:
    """The trace of one question, answered by the engine of the session."""
    response = asyncio.run(EngineTarget(session.engine, "").ask(question))
    record = record_of(question, Asked(id=question.id, response=response), session.judge, {})
    yield f"{question.id} ({question.type}, as of {question.day}): {question.question}"
    yield from (f"  earlier: {text}" for text in question.history)
    yield from _understood(response)
    yield from _found(question, record, session)
    yield from _said(record)
    yield from _refused(record)
    yield from _missed(record)


def _understood(response: Response) -> Iterator[str]:
    yield ""
    yield "UNDERSTOOD"
    yield f"  standalone: {response.standalone_question}"
    yield f"  companies: {', '.join(response.companies or ()) or 'none'}"
    yield f"  roles: {', '.join(response.roles or ()) or 'none'}"


def _found(question: GoldenQuestion, record: AnswerRecord, session: Session) -> Iterator[str]:
    """The passages of the search, with their scores; `gold` and `cited` say what became of them."""
    yield ""
    yield "SEARCHED AND SCORED"
    if question.passages:
        yield "  The question brings its own passages; nothing was searched."
        return
    hits = retrieval.hits_of(question.model_dump(mode="json"), session.engine.searcher, session.engine.entities)
    gold = {(each.document, each.sentence) for each in record.judgement.gold}
    quotes = {(each.document, each.quote) for said in record.response.statements for each in said.citations}
    for rank, hit in enumerate(hits, start=1):
        marks = [name for name, found in (("gold", _holds(hit, gold)), ("cited", _holds(hit, quotes))) if found]
        if rank <= SHOWN or "gold" in marks:
            yield f"  {rank:>2} {hit.score:.3f} {hit.document.published} {hit.document.publisher}: {hit.document.title}"
            yield f"     {explain(hit)} {' '.join(f'[{mark}]' for mark in marks)}".rstrip()
    found = {hit.document.id for hit in hits}
    for each in record.judgement.gold:
        if each.document not in found:
            yield f"  not found: {each.sentence}"


def _said(record: AnswerRecord) -> Iterator[str]:
    yield ""
    yield f"SAID{' (abstained)' if has_abstained(record.response) else ''}"
    for said, verdict in zip(record.response.statements, record.judgement.statements, strict=True):
        state = "claims nothing" if not verdict.claims else "supported" if verdict.supported else "NOT SUPPORTED"
        yield f"  {said.section} | {said.kind} | {state} | {said.text}"
        for objection in verdict.objections:
            yield f"      {objection.kind}: {objection.explanation} [{objection.words}]"
        for citation, found in zip(said.citations, verdict.citations, strict=True):
            if found.quote != "verbatim":
                yield f"      {found.quote}: {citation.quote}"


def _refused(record: AnswerRecord) -> Iterator[str]:
    yield ""
    yield f"REFUSED ({record.response.withheld_count} statements withheld)"
    yield from (f"  {reason}: {text}" for text, reason in record.response.refused)


def _missed(record: AnswerRecord) -> Iterator[str]:
    yield ""
    yield "MISSED"
    yield from (f"  fault: {fault}" for fault in record.judgement.faults)
    yield from (f"  gold, {each.grade}: {each.sentence}" for each in record.judgement.gold if not each.cited)
    yield from (f"  nugget, {each.grade}: {each.text}" for each in record.judgement.nuggets if not each.found)


def _holds(hit: Hit, sentences: set[tuple[str, str]]) -> bool:
    return any(hit.document.id == document and words and words in hit.passage.text for document, words in sentences)
