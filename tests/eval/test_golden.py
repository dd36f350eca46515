"""Question files: what is read, what is refused with a sentence, what the validator finds, and drafts of new ones."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from eval.drafting import draft
from eval.errors import GoldenError
from eval.golden import GoldenQuestion, find_question, load_questions, question_files
from eval.judging import Judge
from eval.sources import Sources
from eval.validation import examine
from service.answering.answer import (
    Answer,
    Citation,
    CompanyUnderstood,
    Section,
    Source,
    Statement,
    Understanding,
)

DOC = "2026-07-02-convina-noetra-44-investors.md"
SENTENCE = "Noetra began operations on 1 July 2026, with SoftBank, Sony, NEC and Honda together holding the majority."


def row(**fields: object) -> dict[str, object]:
    gold = [{"doc": DOC, "sentence": SENTENCE, "grade": "vital"}]
    nuggets = [{"text": "Noetra began operations on 1 July 2026.", "grade": "vital", "doc": DOC}]
    return {
        "id": "fact-1", "type": "fact", "question": "When?", "history": [], "as_of": None, "answerable": True,
        "gold": gold, "nuggets": nuggets, "expect": {"abstain": False, "says": ["1 July"]}, **fields,
    }  # fmt: skip


def written(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(each if isinstance(each, str) else json.dumps(each) for each in rows) + "\n")
    return path


# -- reading


def test_the_questions_of_the_project_are_read_and_have_distinct_ids() -> None:
    questions = load_questions(question_files("all"))

    assert len(questions) >= 200
    assert len({question.id for question in questions}) == len(questions)


def test_a_question_without_a_day_is_asked_on_the_day_of_the_files() -> None:
    question = GoldenQuestion.model_validate(row())

    assert question.day == date(2026, 11, 24)
    assert question.model_copy(update={"as_of": date(2026, 4, 1)}).day == date(2026, 4, 1)


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        ("{", r"q\.jsonl, line 2: not JSON"),
        (row(id="b", type="riddle"), r"q\.jsonl, line 2: type: Input should be 'prepare'"),
        (row(id="b", expect={"says": ["("]}), r"line 2: expect\.says\.0: The regular expression '\(' does not compile"),
        (row(id="b", question=""), r"line 2: question: String should have at least 1 character"),
        (row(id="b", answer="42"), r"line 2: answer: Extra inputs are not permitted"),
        (row(id="b", gold=[{"doc": DOC, "sentence": SENTENCE, "grade": "nice"}]), r"line 2: gold\.0\.grade"),
        (row(), r"line 2: the id fact-1 stands in q\.jsonl too"),
    ],
)
def test_a_broken_file_is_refused_by_line_and_field(tmp_path: Path, broken: object, complaint: str) -> None:
    path = written(tmp_path / "q.jsonl", row(), broken)

    with pytest.raises(GoldenError, match=complaint):
        load_questions([path])


def test_a_missing_file_split_or_question_is_named(tmp_path: Path) -> None:
    with pytest.raises(GoldenError, match=r"none\.jsonl: cannot be read"):
        load_questions([tmp_path / "none.jsonl"])
    with pytest.raises(GoldenError, match="no questions of the split 'draft'"):
        question_files("draft")
    with pytest.raises(GoldenError, match="no question 'fact-0'"):
        find_question("fact-0", [written(tmp_path / "q.jsonl", row())])


# -- validating


def remarks(sources: Sources, judge: Judge, **fields: object) -> list[tuple[bool, str]]:
    return [(each.fatal, each.text) for each in examine([GoldenQuestion.model_validate(row(**fields))], sources, judge)]


def test_a_fair_question_has_no_remark(sources: Sources, judge: Judge) -> None:
    assert remarks(sources, judge) == []


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        (
            {"gold": [{"doc": DOC, "sentence": "Noetra began.", "grade": "vital"}]},
            "does not hold 'Noetra began.' verbatim",
        ),
        ({"gold": [{"doc": "no.md", "sentence": "Noetra began.", "grade": "vital"}]}, "There is no document no.md."),
        ({"as_of": "2026-07-01"}, "appeared on 2026-07-02, after the day of the question, 2026-07-01"),
        ({"nuggets": [{"text": "x", "grade": "okay", "doc": "no.md"}]}, "no document no.md, which a nugget names"),
        ({"expect": {"abstain": True}}, "answerable, and yet abstaining is expected"),
        ({"gold": []}, "answerable and has no gold sentence"),
        ({"type": "follow_up"}, "a follow-up without a history"),
    ],
)
def test_an_unfair_question_is_found(sources: Sources, judge: Judge, fields: dict[str, object], complaint: str) -> None:
    found = remarks(sources, judge, **fields)

    assert any(fatal and complaint in text for fatal, text in found)


def test_a_nugget_that_the_judge_cannot_confirm_is_a_remark_and_no_fault(sources: Sources, judge: Judge) -> None:
    found = remarks(sources, judge, nuggets=[{"text": "Noetra began on 9 May 2025.", "grade": "vital", "doc": DOC}])

    assert [fatal for fatal, _ in found] == [False]


@pytest.mark.slow
def test_the_questions_of_the_project_can_be_used(sources: Sources, judge: Judge) -> None:
    found = [each for each in examine(load_questions(question_files("all")), sources, judge) if each.fatal]

    assert found == []


# -- drafting


@pytest.fixture
def answer(sources: Sources) -> Answer:
    document = sources.find(DOC)
    assert document is not None
    start = document.text.index(SENTENCE)
    citation = Citation(source=1, quote=SENTENCE, start=start, end=start + len(SENTENCE))
    statements = (
        Statement(id="st_1", text=SENTENCE, kind="fact", citations=(citation,)),
        Statement(id="st_2", text="Noetra (formerly X) pays well.", kind="advice", citations=(citation,)),
    )
    return Answer(
        id="ans_1",
        question="since when?",
        standalone_question="since when?",
        as_of=date(2026, 11, 24),
        created_at=datetime(2026, 11, 24, tzinfo=UTC),
        understanding=Understanding(intent="changes", companies=(CompanyUnderstood(name="Noetra", matched="Noetra"),)),
        sources=(
            Source(n=1, id=document.id, kind="news", title="t", publisher="p", url="u", published=document.published),
        ),
        sections=(Section(kind="answer", title="Answer", statements=statements),),
    )


def test_a_served_answer_becomes_a_draft_with_its_cited_words_as_gold(answer: Answer, sources: Sources) -> None:
    found = draft(answer, sources, "the date is right", ["st_2"])

    assert (found.type, found.split, found.note) == ("what_changed", "draft", "the date is right")
    assert [(gold.doc, gold.sentence) for gold in found.gold] == [(DOC, SENTENCE)]
    assert found.expect.says_not == (r"Noetra\ \(formerly\ X\)\ pays\ well\.",)
    assert GoldenQuestion.model_validate_json(found.model_dump_json(exclude_defaults=True)) == found


def test_a_draft_names_a_statement_that_the_answer_does_not_have(answer: Answer, sources: Sources) -> None:
    with pytest.raises(GoldenError, match="no statement st_9"):
        draft(answer, sources, wrong=["st_9"])
