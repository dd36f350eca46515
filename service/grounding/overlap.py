"""`OverlapScore`: how many of a statement's words its evidence has. The score where no learned model is at hand.

Stands behind `checker.Score`; the rules of `exact` catch what a count of words cannot. Figures and times are theirs
alone: "1,000 billion yen" for "¥1 trillion" is no difference, and a wrong one is refused whatever the other words are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import sqrt

from service.answering.terms import content_terms
from service.grounding.claims import read


class OverlapScore:
    """The geometric mean of two likenesses of words, figures and times left out: the share of the statement's content
    terms that the evidence has (lexical coverage), and the cosine of the two bags of terms against the nearest sentence
    of the evidence.
    """

    def support(self, pairs: Sequence[tuple[str, Sequence[str]]]) -> list[float]:
        """For each (statement, evidence sentences) a likeness from 0 to 1."""
        return [_support(statement, evidence) for statement, evidence in pairs]


def _support(statement: str, evidence: Sequence[str]) -> float:
    wanted = Counter(content_terms(_without_figures(statement)))
    given = [Counter(content_terms(_without_figures(sentence))) for sentence in evidence]
    if not wanted or not any(given):
        return 0.0
    having = frozenset().union(*given)
    coverage = sum(term in having for term in wanted) / len(wanted)
    return sqrt(coverage * max(_cosine(wanted, terms) for terms in (*given, sum(given, Counter()))))


def _without_figures(text: str) -> str:
    reading = read(text, None)
    spans = [(figure.start, figure.end) for figure in reading.quantities if not figure.label]
    spans += [(time.start, time.end) for time in reading.times]
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    product = sum(count * other[term] for term, count in one.items())
    length = sqrt(sum(count * count for count in one.values()) * sum(count * count for count in other.values()))
    return product / length if length else 0.0
