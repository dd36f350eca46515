"""What a check is given and what it says: do the passages support a statement, which words do they not, the evidence.

`checker` builds a `Verdict`, `service.api.check` and `ally check` show it. Offsets count Unicode code points.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

LONGEST_STATEMENT: Final = 4_000
"""Characters of a statement that are read; a longer one is no statement but a document."""

ProblemKind = Literal[
    "empty", "no_passages", "too_long", "no_words", "quote", "figure", "date", "name", "role", "merge", "negation", "direction", "modality",
    "hedge", "attribution", "superlative", "scope", "cause", "score",
]  # fmt: skip
"""What is wrong. `score` is the learned score's own doubt; all others are found by rules, whatever the score says."""


@dataclass(frozen=True, slots=True)
class Item:
    """A statement to check, with the texts it cites and the day on which they were published, if known."""

    statement: str
    passages: tuple[str, ...]
    published: date | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Words of a passage: `passages[passage][start:end] == text`."""

    passage: int
    start: int
    end: int
    text: str

    def __post_init__(self) -> None:
        """Raise ValueError when the span and the text cannot belong together."""
        if self.passage < 0 or self.start < 0 or self.end - self.start != len(self.text):
            raise ValueError(f"Span {self.start}:{self.end} does not fit {len(self.text)} characters.")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that the passages do not support.

    `words` are the offending words of the statement (empty when something is missing from it), `explanation` is one
    sentence for the reader, and `evidence` the closest words of the passages, None when there are none.
    """

    kind: ProblemKind
    words: str
    explanation: str
    evidence: Span | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the passages support a statement.

    `support` is 0..1; a statement is `supported` when no rule objects and the score reaches the threshold, or when it
    is a `verbatim` quotation. `evidence` are the sentences it was compared with, the best first, and `nearest` is the
    sentence to show in its place, None only when the passages have none.
    """

    support: float
    supported: bool
    problems: tuple[Problem, ...] = ()
    evidence: tuple[Span, ...] = ()
    nearest: Span | None = None
    verbatim: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for a support outside 0..1 and for a verdict that contradicts its problems."""
        if not 0.0 <= self.support <= 1.0:
            raise ValueError(f"Support is a share from 0 to 1, not {self.support}.")
        if self.supported == bool(self.problems):
            raise ValueError("A supported statement has no problems, and an unsupported one has at least one.")
