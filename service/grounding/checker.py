"""`Checker`: does what the passages say support a statement? The rules veto, the score decides the rest.

Takes a statement and the passages it cites, returns a `Verdict`. `alignment` finds the evidence, `exact` compares part
by part, and a `Score` judges what rules cannot. A statement that is a sentence of its source needs neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from corpus.entities import Entities
from service.answering.terms import content_terms
from service.grounding import exact
from service.grounding.alignment import SourceSentence, best, is_verbatim, parts, sentences
from service.grounding.claims import read
from service.grounding.comparison import Comparison
from service.grounding.names import NameReader
from service.grounding.overlap import OverlapScore
from service.grounding.verdict import LONGEST_STATEMENT, Item, Problem, ProblemKind, Span, Verdict

THRESHOLD: Final = 0.7
"""Support from which a statement stands, for `OverlapScore`. A learned score brings its own.

Read off the dev halves of `eval/grounding`: of what small models wrote it catches 89 % of the unsupported sentences and
keeps 58 % of the others (rules alone: 45 and 80 %; at .5: 79 and 75 %), of the hand-written claims, half of them
hostile, 82 % and 40 % (rules: 74 and 54 %). What is refused is shown in its source's own words.
"""


class Score(Protocol):
    """Judges how far texts support a statement."""

    def support(self, pairs: Sequence[tuple[str, Sequence[str]]]) -> list[float]:
        """For each (statement, evidence sentences) the probability that the evidence supports it, 0..1."""


class Checker:
    """Checks statements against passages. Keeps what it has read of them, so one instance serves all threads."""

    def __init__(self, entities: Entities, score: Score, threshold: float = THRESHOLD) -> None:
        """`entities` link names, `score` judges beside the rules, and `threshold` is the least support that stands."""
        self._names = NameReader(entities)
        self._score = score
        self._threshold = threshold

    def check(self, statement: str, passages: Sequence[str], published: date | None = None) -> Verdict:
        """The verdict on one statement. Never raises: what cannot be judged is not supported, and the verdict says why.

        Args:
            statement: one sentence, or a few that belong together.
            passages: the texts that it cites, of any length.
            published: the day on which the texts appeared; relative dates are read from it.
        """
        return self.check_all([Item(statement, tuple(passages), published)])[0]

    def check_all(self, items: Sequence[Item]) -> list[Verdict]:
        """The verdicts on many statements, in order; the score is asked once for all of them."""
        drafts = [self._compare(item) for item in items]
        asked = [draft for draft in drafts if isinstance(draft, _Draft)]
        supports = iter(self._score.support([(draft.statement, draft.texts) for draft in asked]) if asked else [])
        return [self._judged(draft, next(supports)) if isinstance(draft, _Draft) else draft for draft in drafts]

    def _compare(self, item: Item) -> Verdict | _Draft:
        """What the rules say, or the verdict at once where there is nothing to compare or nothing to doubt."""
        statement = item.statement.strip()
        found = sentences(item.passages)
        terms = frozenset(content_terms(statement[:LONGEST_STATEMENT]))
        evidence = best(terms, found)
        if refused := _unreadable(statement, evidence):
            return Verdict(0.0, False, (refused,), tuple(each.span for each in evidence), _nearest_span(evidence))
        if is_verbatim(statement, item.passages):
            return Verdict(1.0, True, (), tuple(each.span for each in evidence), _nearest_span(evidence), verbatim=True)
        return _Draft(statement, evidence, tuple(self._problems(statement, item, found)))

    def _problems(self, statement: str, item: Item, found: Sequence[SourceSentence]) -> Iterator[Problem]:
        """What the rules object to in each sentence of the statement."""
        for part in parts(statement):
            if not is_verbatim(part, item.passages):
                evidence = best(frozenset(content_terms(part)), found)
                read_part = read(part, item.published)
                yield from exact.problems(Comparison(read_part, evidence, tuple(found), item.published, self._names))

    def _judged(self, draft: _Draft, score: float) -> Verdict:
        support = min(1.0, max(0.0, score))
        problems = draft.problems
        if problems:
            # What a rule objects to stands below most of what is only doubtful, and still in the order of the score.
            support *= self._threshold / 2
        elif support < self._threshold:
            doubt = Problem(
                "score", draft.statement, "The cited passages do not clearly say this.", _nearest_span(draft.evidence)
            )
            problems = (doubt,)
        spans = tuple(each.span for each in draft.evidence)
        return Verdict(support, not problems, problems, spans, _nearest_span(draft.evidence))


@dataclass(frozen=True, slots=True)
class _Draft:
    """A statement that the rules have read and the score has not."""

    statement: str
    evidence: tuple[SourceSentence, ...]
    problems: tuple[Problem, ...]

    @property
    def texts(self) -> list[str]:
        """The evidence as texts."""
        return [sentence.text for sentence in self.evidence]


def shipped_checker(entities: Entities, threshold: float = THRESHOLD) -> Checker:
    """The checker as it is shipped, or with another threshold."""
    return Checker(entities, OverlapScore(), threshold)


def _unreadable(statement: str, evidence: Sequence[SourceSentence]) -> Problem | None:
    """Why a statement cannot be compared with anything."""
    faults: tuple[tuple[bool, ProblemKind, str], ...] = (
        (not statement, "empty", "The statement is empty."),
        (
            len(statement) > LONGEST_STATEMENT,
            "too_long",
            f"The statement is longer than {LONGEST_STATEMENT:,} characters; check it sentence by sentence.",
        ),
        (not evidence, "no_passages", "There is no passage with words in it to check the statement against."),
        (not any(character.isalnum() for character in statement), "no_words", "The statement has no words to check."),
    )
    return next(
        (Problem(kind, statement[:80], why, _nearest_span(evidence)) for is_fault, kind, why in faults if is_fault),
        None,
    )


def _nearest_span(evidence: Sequence[SourceSentence]) -> Span | None:
    return evidence[0].span if evidence else None
