"""Golden questions: what is asked, what a right answer rests on, says and must not say.

`eval/questions/*.jsonl` holds them, one JSON object a line. `run` asks them, `judging` compares the answers with them,
and `validation` checks that they are fair: their gold sentences stand in the corpus and their nuggets follow from it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, ValidationError

from eval import jsonl
from eval.errors import GoldenError
from service.answering.answer import Frozen, GivenPassage

TODAY = date(2026, 11, 24)
"""What `as_of: null` means in the question files."""

QUESTIONS = Path(__file__).parent / "questions"
"""The golden questions of the project."""

Grade = Literal["vital", "okay"]
QuestionType = Literal[
    "prepare", "fact", "skills", "ask_them", "practise", "compare", "timeline", "what_changed", "disagreement",
    "superseded", "time_bound", "unanswerable", "unknown_company", "false_premise", "ambiguous", "out_of_scope",
    "injection", "follow_up", "partly", "typing", "language",
]  # fmt: skip
TYPES: tuple[str, ...] = get_args(QuestionType)


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"The regular expression {pattern!r} does not compile: {error}.") from None
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]


class Gold(Frozen):
    """A sentence, copied verbatim from the document with the file name `doc`, that a perfect answer would rest on."""

    doc: str = Field(min_length=1)
    sentence: str = Field(min_length=1)
    grade: Grade


class Nugget(Frozen):
    """A short true statement, in own words, that a perfect answer conveys; `doc` is the document that says it."""

    text: str = Field(min_length=1)
    grade: Grade
    doc: str | None = None


class Expectation(Frozen):
    """What a right answer does: `abstain` None leaves it open, patterns are matched case-insensitively."""

    companies: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    abstain: bool | None = None
    says: tuple[Pattern, ...] = ()
    says_not: tuple[Pattern, ...] = ()


class GoldenQuestion(Frozen):
    """A question with its expectations. `history` are earlier questions, oldest first; `as_of` None means `TODAY`.

    `standalone` is the twin of a follow-up that needs no history, and `passages` make the corpus of this one question
    (an injection planted in a document, say).
    """

    id: str = Field(min_length=1, pattern=r"^[\w.-]+$")
    type: QuestionType
    question: str = Field(min_length=1, max_length=4000)
    history: tuple[str, ...] = ()
    standalone: str = ""
    as_of: date | None = None
    answerable: bool | Literal["partly"]
    gold: tuple[Gold, ...] = ()
    nuggets: tuple[Nugget, ...] = ()
    expect: Expectation = Expectation()
    passages: tuple[GivenPassage, ...] = ()
    split: Literal["dev", "test", "draft"] = "dev"
    tags: tuple[str, ...] = ()
    note: str = ""

    @property
    def day(self) -> date:
        """The day on which it is asked."""
        return self.as_of or TODAY


def load_questions(paths: Iterable[Path]) -> list[GoldenQuestion]:
    """The questions of JSON-lines files, in order.

    Raises:
        GoldenError: a file cannot be read, a line is no question, or an id stands twice.
    """
    questions: list[GoldenQuestion] = []
    seen: dict[str, Path] = {}
    for path in paths:
        for number, question in _read(path):
            if question.id in seen:
                raise GoldenError(
                    f"{path.name}, line {number}: the id {question.id} stands in {seen[question.id].name} too."
                )
            seen[question.id] = path
            questions.append(question)
    return questions


def find_question(question_id: str, paths: Iterable[Path]) -> GoldenQuestion:
    """The question with that id.

    Raises:
        GoldenError: a file cannot be used, or no question has the id.
    """
    for question in load_questions(paths):
        if question.id == question_id:
            return question
    raise GoldenError(f"There is no question {question_id!r}.")


def question_files(split: str) -> list[Path]:
    """The project's files of a split (`dev`, `test`), or of `all`.

    Raises:
        GoldenError: there is none.
    """
    found = sorted(QUESTIONS.glob("*.jsonl" if split == "all" else f"{split}*.jsonl"))
    if not found:
        raise GoldenError(f"There are no questions of the split {split!r} in eval/questions.")
    return found


def _read(path: Path) -> Iterable[tuple[int, GoldenQuestion]]:
    number = 0
    try:
        for number, row in enumerate(jsonl.rows(path), start=1):
            yield number, GoldenQuestion.model_validate(row)
    except OSError as error:
        raise GoldenError(f"{path}: cannot be read ({error.strerror}).") from None
    except json.JSONDecodeError as error:
        raise GoldenError(f"{path.name}, line {number + 1}: not JSON ({error.msg}).") from None
    except ValidationError as error:
        raise GoldenError(f"{path.name}, line {number}: {_fault(error)}") from None


def _fault(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg'].removeprefix('Value error, ')}"
