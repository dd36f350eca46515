"""A served answer as the draft of a golden question: what it cited becomes gold, what was wrong must not appear.

A draft is for a person to complete: its nuggets are the answer's own words, and its gold sentences are those that the
answer happened to cite. So it has the split `draft`, which no run asks for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

from eval.errors import GoldenError
from eval.golden import Expectation, Gold, GoldenQuestion, QuestionType
from eval.sources import Sources
from service.answer_store import AnswerStore
from service.answering.answer import Answer, Intent
from service.settings import load_settings

TYPES: Final[Mapping[Intent, QuestionType]] = {
    "prepare": "prepare", "compare": "compare", "timeline": "timeline", "changes": "what_changed", "skills": "skills",
    "questions_to_ask": "ask_them", "practise": "practise", "out_of_scope": "out_of_scope",
}  # fmt: skip
"""The type of a draft by the intent that was understood; what is not named is a fact."""


def kept_answer(answer_id: str) -> Answer:
    """An answer that the server kept.

    Raises:
        GoldenError: there is none of that id.
    """
    settings = load_settings()
    store = AnswerStore(settings.database_url, settings.answer_retention_days)
    try:
        text = store.find(answer_id)
    finally:
        store.close()
    if text is None:
        raise GoldenError(f"There is no answer {answer_id!r}, or it is no longer kept.")
    return Answer.model_validate_json(text)


def draft(answer: Answer, sources: Sources, comment: str = "", wrong: Collection[str] = ()) -> GoldenQuestion:
    """The draft of a golden question from an answer.

    Args:
        answer: as it was served. It knows its question, but not the conversation before it.
        sources: where its documents are looked up.
        comment: what a person thought of it; becomes the note.
        wrong: ids of statements that must not appear again.

    Raises:
        GoldenError: the answer has no statement of an id in `wrong`.
    """
    statements = {each.id: each for section in answer.sections for each in section.statements}
    if unknown := sorted(set(wrong) - set(statements)):
        raise GoldenError(f"The answer {answer.id} has no statement {', '.join(unknown)}.")
    documents = {source.n: sources.find(source.id) for source in answer.sources}
    cited = dict.fromkeys(
        (document.file, citation.quote)
        for each in statements.values()
        if each.id not in wrong
        for citation in each.citations
        if (document := documents.get(citation.source)) and document.file
    )
    return GoldenQuestion(
        id=f"draft-{answer.id}",
        type=TYPES.get(answer.understanding.intent, "fact"),
        question=answer.question,
        as_of=answer.as_of,
        answerable=not answer.abstained,
        gold=tuple(Gold(doc=file, sentence=quote, grade="okay") for file, quote in cited),
        expect=Expectation(
            abstain=answer.abstained, says_not=tuple(re.escape(statements[each].text) for each in wrong)
        ),
        split="draft",
        note=comment,
    )
