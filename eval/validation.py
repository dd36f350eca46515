"""Are golden questions fair? Gold sentences stand verbatim in the corpus, and nuggets follow from their document.

What cannot be right is a fault; what the offline judge cannot confirm is a remark for a person to look at, since the
judge errs. `ally eval validate` prints both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from eval.golden import GoldenQuestion
from eval.judging import Judge
from eval.sources import Sources


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a question that is wrong (`fatal`) or should be looked at."""

    question: str
    text: str
    fatal: bool


def examine(questions: Iterable[GoldenQuestion], sources: Sources, judge: Judge) -> Iterator[Remark]:
    """Every remark on every question, in order."""
    for question in questions:
        known = sources.beside(question)
        yield from (Remark(question.id, text, True) for text in _faults(question, known))
        yield from (Remark(question.id, text, False) for text in _doubts(question, known, judge))


def _faults(question: GoldenQuestion, sources: Sources) -> Iterator[str]:
    for gold in question.gold:
        document = sources.find(gold.doc)
        if document is None:
            yield f"There is no document {gold.doc}."
        elif gold.sentence not in document.text:
            yield f"{gold.doc} does not hold {gold.sentence!r} verbatim."
        elif document.kind == "news" and document.published > question.day:
            yield f"{gold.doc} appeared on {document.published}, after the day of the question, {question.day}."
    for nugget in question.nuggets:
        if nugget.doc and sources.find(nugget.doc) is None:
            yield f"There is no document {nugget.doc}, which a nugget names."
    if question.expect.abstain and question.answerable is True:
        yield "It is answerable, and yet abstaining is expected."
    if question.expect.abstain is False and question.answerable is True and not question.gold:
        yield "It is answerable and has no gold sentence."
    if question.type == "follow_up" and not question.history:
        yield "It is a follow-up without a history."


def _doubts(question: GoldenQuestion, sources: Sources, judge: Judge) -> Iterator[str]:
    for nugget in question.nuggets:
        document = sources.find(nugget.doc) if nugget.doc else None
        if document and not judge.entails([document.text, document.header], nugget.text, document.published):
            yield f"The judge does not find {nugget.text!r} in {nugget.doc}."
