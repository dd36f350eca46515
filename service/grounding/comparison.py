"""A statement beside its sources, ready to be compared: the evidence, analysed, and how the statement copies it.

Built by `checker` for each sentence of a statement; the checks (`content`, `belonging`, `manner`) read it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from functools import cached_property
from typing import Final

from service.grounding.alignment import SourceSentence
from service.grounding.claims import Reading, Token, read
from service.grounding.names import NameReader
from service.grounding.verdict import Problem, ProblemKind

_COPIED: Final = 0.6
"""Share of a statement's words that stand in one source sentence in the same order, from which it is a copy with
changes: then the changes are what is checked."""
FEW: Final = 4
"""Words up to which a change is a change of wording; a longer one leaves out or adds a part of its own."""


@dataclass(frozen=True)
class Edit:
    """A change of wording: words of the statement in place of words of the source, either of them possibly none."""

    claimed: tuple[Token, ...]
    given: tuple[Token, ...]

    def is_short(self) -> bool:
        """Whether only the wording is changed."""
        return len(self.claimed) <= FEW and len(self.given) <= FEW


@dataclass(frozen=True)
class Copy:
    """A statement beside the source sentence that it follows: the words they share, and the edits between them."""

    sentence: SourceSentence
    reading: Reading
    pairs: tuple[tuple[Token, Token], ...]
    edits: tuple[Edit, ...]

    @classmethod
    def of(cls, claim: Reading, sentence: SourceSentence, reading: Reading) -> Copy:
        """Align two sentences word by word; words of one meaning are the same word."""
        one = [token.term or token.word for token in claim.tokens]
        other = [token.term or token.word for token in reading.tokens]
        pairs: list[tuple[Token, Token]] = []
        edits: list[Edit] = []
        for tag, low, high, first, last in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
            if tag == "equal":
                pairs.extend(zip(claim.tokens[low:high], reading.tokens[first:last], strict=True))
            else:
                edits.append(Edit(claim.tokens[low:high], reading.tokens[first:last]))
        return cls(sentence, reading, tuple(pairs), tuple(edits))


@dataclass(frozen=True)
class Comparison:
    """A statement beside its sources: `evidence` are the one or two sentences nearest to it, the best first."""

    claim: Reading
    evidence: tuple[SourceSentence, ...]
    sentences: tuple[SourceSentence, ...]
    published: date | None
    names: NameReader

    @cached_property
    def near(self) -> tuple[Reading, ...]:
        """The evidence, analysed."""
        return tuple(self.reading(sentence) for sentence in self.evidence)

    @cached_property
    def near_text(self) -> str:
        """The evidence as one text."""
        return " ".join(sentence.text for sentence in self.evidence)

    @cached_property
    def copy(self) -> Copy | None:
        """How the statement follows one sentence of the evidence word by word; None where it does not."""
        copies = [
            Copy.of(self.claim, sentence, reading) for sentence, reading in zip(self.evidence, self.near, strict=True)
        ]
        best = max(copies, key=lambda copy: len(copy.pairs), default=None)
        return best if best and len(best.pairs) >= _COPIED * len(self.claim.tokens) else None

    def reading(self, sentence: SourceSentence) -> Reading:
        """The analysis of a source sentence."""
        return read(sentence.text, self.published)

    def problem(
        self, kind: ProblemKind, words: str, explanation: str, nearest: SourceSentence | None = None
    ) -> Problem:
        """A problem beside the closest evidence, by default the best sentence."""
        sentence = nearest or (self.evidence[0] if self.evidence else None)
        return Problem(kind, words, explanation, sentence.span if sentence else None)


Check = Callable[[Comparison], Iterator[Problem]]
"""What one check objects to."""
