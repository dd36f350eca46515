"""A finished answer as the events that streamed it, so that a client can go on where it was cut off.

The counterpart of `engine.collected`, which puts an answer together from its events.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.answering.answer import (
    Answer,
    AnswerCompleted,
    AnswerEvent,
    AnswerFollowUps,
    AnswerSources,
    AnswerStarted,
    AnswerSummary,
    SectionCompleted,
    SectionStarted,
    StatementReleased,
)


def replay(answer: Answer) -> Iterator[AnswerEvent]:
    """The events of `answer`, in the order of the contract."""
    yield AnswerStarted(id=answer.id, understanding=answer.understanding, as_of=answer.as_of)
    yield AnswerSources(sources=answer.sources)
    for index, section in enumerate(answer.sections):
        yield SectionStarted(section=index, kind=section.kind, title=section.title)
        for statement in section.statements:
            yield StatementReleased(section=index, statement=statement)
        yield SectionCompleted(section=index)
    yield AnswerFollowUps(follow_ups=answer.follow_ups)
    summary = {name: getattr(answer, name) for name in AnswerSummary.model_fields}
    yield AnswerCompleted(answer=AnswerSummary(**summary))
