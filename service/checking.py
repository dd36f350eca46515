"""Statements that come from outside to be checked, and verdicts as they go out: one form for HTTP and command line.

`service.api.check` and `ally check` both use it; `service.grounding.checker` gives the verdicts in between.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from service.errors import Fault, InvalidRequest
from service.grounding.verdict import LONGEST_STATEMENT, Item, ProblemKind, Span, Verdict
from service.incoming import without_controls

LONGEST_PASSAGE = 200_000
"""Characters of a passage that are accepted: a whole report, not a book."""


class CheckRequest(BaseModel):
    """A statement and the texts that it cites."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    statement: Annotated[str, Field(min_length=1, max_length=LONGEST_STATEMENT, description="What is to be checked.")]
    passages: Annotated[
        tuple[Annotated[str, Field(max_length=LONGEST_PASSAGE)], ...],
        Field(
            min_length=1, max_length=50, description="The texts that should support it; offsets count their characters."
        ),
    ]
    published: date | None = Field(
        default=None, description="Day on which the texts appeared; “last June” is read from it."
    )

    @model_validator(mode="before")
    @classmethod
    def _trimmed(cls, value: Any) -> Any:
        """Trim the statement; the passages stay as they are, since offsets point into them."""
        if isinstance(value, dict) and isinstance(value.get("statement"), str):
            return value | {"statement": without_controls(value["statement"]).strip()}
        return value

    def item(self) -> Item:
        """The request as the checker takes it."""
        return Item(self.statement, self.passages, self.published)


class CheckLine(CheckRequest):
    """A line of a JSONL file of statements; `id` comes back with the verdict."""

    id: str | int | None = None


class SpanBody(BaseModel):
    """Words of a passage: `passages[passage][start:end] == text`, in Unicode code points."""

    passage: int
    start: int
    end: int
    text: str


class ProblemBody(BaseModel):
    """Something that the passages do not support."""

    kind: ProblemKind
    words: str = Field(description="The offending words of the statement; empty when something was left out.")
    explanation: str
    evidence: SpanBody | None = Field(description="The closest words of the passages.")


class VerdictBody(BaseModel):
    """Whether the passages support a statement, and what in it they do not."""

    support: float = Field(ge=0, le=1)
    supported: bool
    verbatim: bool = Field(description="The statement is a sentence of the passages.")
    problems: list[ProblemBody]
    evidence: list[SpanBody] = Field(description="The sentences that it was compared with, the best first.")
    nearest: SpanBody | None = Field(description="The sentence to show in its place.")


def verdict_body(verdict: Verdict) -> VerdictBody:
    """The verdict as it goes out."""
    return VerdictBody(
        support=round(verdict.support, 4),
        supported=verdict.supported,
        verbatim=verdict.verbatim,
        problems=[
            ProblemBody(
                kind=problem.kind,
                words=problem.words,
                explanation=problem.explanation,
                evidence=_span(problem.evidence) if problem.evidence else None,
            )
            for problem in verdict.problems
        ],
        evidence=[_span(span) for span in verdict.evidence],
        nearest=_span(verdict.nearest) if verdict.nearest else None,
    )


def read_lines(path: Path) -> list[CheckLine]:
    """All lines of a JSONL file; blank ones are left out.

    Raises:
        InvalidRequest: the file cannot be read or a line cannot be used; the message names the line and what is wrong.
    """
    return list(_lines(path))


def _lines(path: Path) -> Iterator[CheckLine]:
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield CheckLine.model_validate(json.loads(line))
        except json.JSONDecodeError as error:
            raise _refused(path, number, f"it is not JSON: {error.msg}, at character {error.pos + 1}") from None
        except RecursionError:
            raise _refused(path, number, "it is nested too deeply") from None
        except ValidationError as error:
            faults = [f"{'.'.join(map(str, fault['loc'])) or 'line'}: {fault['msg']}" for fault in error.errors()[:3]]
            raise _refused(path, number, "; ".join(faults)) from None


def read_text(path: Path) -> str:
    """The text of a file in UTF-8.

    Raises:
        InvalidRequest: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or "it cannot be read"
    except UnicodeDecodeError:
        reason = "it is not text in UTF-8"
    raise InvalidRequest([Fault(reason, parameter=str(path))])


def _refused(path: Path, number: int, reason: str) -> InvalidRequest:
    return InvalidRequest([Fault(reason, parameter=f"line {number} of {path}")])


def _span(span: Span) -> SpanBody:
    return SpanBody(passage=span.passage, start=span.start, end=span.end, text=span.text)
