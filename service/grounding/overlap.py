"""`OverlapScore`: how many of a statement's words its evidence has. The score where no learned model is at hand.

Stands behind `checker.Score`; the rules of `exact` catch what a count of words cannot.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import sqrt

from service.answering.terms import content_terms


class OverlapScore:
    """The geometric mean of two likenesses of words: the share of the statement's content terms that the evidence has
    (lexical coverage), and the cosine of the two bags of terms against the evidence sentence nearest to it.
    """

    def support(self, pairs: Sequence[tuple[str, Sequence[str]]]) -> list[float]:
        """For each (statement, evidence sentences) a likeness from 0 to 1."""
        return [_support(statement, evidence) for statement, evidence in pairs]


def _support(statement: str, evidence: Sequence[str]) -> float:
    wanted = Counter(content_terms(statement))
    given = [Counter(content_terms(sentence)) for sentence in evidence]
    if not wanted or not any(given):
        return 0.0
    having = frozenset().union(*given)
    coverage = sum(term in having for term in wanted) / len(wanted)
    return sqrt(coverage * max(_cosine(wanted, terms) for terms in (*given, sum(given, Counter()))))


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    product = sum(count * other[term] for term, count in one.items())
    length = sqrt(sum(count * count for count in one.values()) * sum(count * count for count in other.values()))
    return product / length if length else 0.0
