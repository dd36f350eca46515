"""What comes from outside, cleaned before it is validated: one way in for HTTP and for the command line.

Comes before `answering.engine`, which takes the `AnswerRequest` that is built here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field, model_validator

from service.answering.answer import AnswerRequest


def without_controls(text: str) -> str:
    """`text` without what no reader sees and some database, log or terminal stumbles over.

    Dropped are control characters except newline and tab, and lone surrogates (JSON can spell them, UTF-8 cannot).
    """
    return "".join(
        character for character in text if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cs")
    )


def clean(text: str) -> str:
    """`text` without control characters (`without_controls`), trimmed."""
    return without_controls(text).strip()


def cleaned(value: Any) -> Any:
    """A JSON value with every text in it cleaned (`clean`)."""
    return _each_text(value, clean)


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list | tuple):
        return [_each_text(item, change) for item in value]
    if isinstance(value, dict):
        return {key: _each_text(item, change) for key, item in value.items()}
    return value


class QuestionRequest(AnswerRequest):
    """A question with its optional corrections. Texts are trimmed and freed of control characters first.

    Passages are not trimmed, since the offsets of citations count their characters.
    """

    question: Annotated[
        str, Field(min_length=1, max_length=4000, description="1 to 4,000 characters, counted after trimming.")
    ]

    session_id: str | None = Field(
        default=None,
        pattern=r"^ses_[A-Za-z0-9_-]{16,60}$",
        description="Conversation of POST /v1/sessions that the question belongs to; takes the place of `history`.",
    )

    @model_validator(mode="after")
    def _one_history(self) -> QuestionRequest:
        if self.session_id and self.history:
            raise ValueError("Give either session_id or history.")
        return self

    @model_validator(mode="before")
    @classmethod
    def _clean_texts(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {key: _each_text(item, without_controls if key == "passages" else clean) for key, item in value.items()}
