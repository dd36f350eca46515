"""Is what a question asks in the sources at all? One number for a whole question, from the evidence found for it.

`facts` asks it before it answers and abstains where it is low. It joins what the sentences are like (`evidence` has
ranked them) with what the question needs of them: its details told, its assumption reported, its companies named.
Whether one sentence answers a question is `service.grounding.score.Answerability`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import Final

from service.answering.composition import Composition
from service.answering.terms import content_terms

PREMISE_SHARE: Final = 0.6
"""Least share of an assumption's words that one sentence must have to report it."""
ANSWERABLE: Final = 0.2
"""Least answerability of a question of fact that is answered: on the development questions everything that the news
answer stands above it, but for a question that assumes an old figure."""


@dataclass(frozen=True, slots=True)
class Answerability:
    """What speaks for a question being answered by its evidence; each part lies in 0..1.

    Attributes:
        best: score of the best sentence about the companies asked about.
        cosine: that of the nearest such sentence and the question.
        coverage: share of the asked words that the best sentence's document has.
        untold: 1 when a detail that must be told outright ("pay", "how many rounds") is told by none of them.
        premise: share of the words of what the question takes for granted that one sentence has; 1 without such.
        named: how much of the companies asked about the best sentence names; .5 when none is asked about, 0 when only
            unknown ones are.
    """

    best: float
    cosine: float
    coverage: float
    untold: float
    premise: float
    named: float

    @property
    def probability(self) -> float:
        """That the sources answer, 0..1: a logistic regression (L2, C = .1, standardised parts) on the facts,
        unanswerable questions, false premises, unknown companies and questions out of scope of both development files.

        Left out one by one there, the ROC AUC of answered facts is .901 against unanswerable questions, .911 against
        false premises, and .933 against unknown companies and questions out of scope (best cosine: .79, .59, .92).
        """
        log_odds = (
            2.77 * self.best + 2.19 * self.cosine + 1.88 * self.coverage - 1.64 * self.untold + 2.61 * self.premise
            + 1.12 * self.named - 6.49
        )  # fmt: skip
        return 1.0 / (1.0 + exp(-log_odds))


def answerability(work: Composition, *, is_told: bool) -> Answerability:
    """The answerability of a composition's question; `is_told` says whether its strict details are told."""
    question, pool = work.question, work.pool
    own = work.own()
    if not own:
        return Answerability(0.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    best = own[0]
    return Answerability(
        best=best.score,
        cosine=max(0.0, float((pool.vectors[[item.row for item in own[:30]]] @ work.vector).max())),
        coverage=pool.coverage(question.focus, best),
        untold=float(bool(question.focus.strict) and not is_told),
        premise=reported_share(work, question.premise) if question.premise else 1.0,
        named=pool.share_named(question.asked_ids, best) if question.asked_ids else (0.0 if question.unknown else 0.5),
    )


def reported_share(work: Composition, claim: str) -> float:
    """How much of a claim of the question one sentence reports: the largest share of its words' weight, 0..1.

    Only a sentence that names all the companies of the claim counts; a claim without words of its own is reported.
    """
    question, pool = work.question, work.pool
    names = {term for company in question.companies for term in content_terms(f"{company.name} {company.matched}")}
    assumed = [t for t in pool.corrected(tuple(dict.fromkeys(content_terms(claim)))) if t not in names]
    if not assumed:
        return 1.0
    parties = {company.id for company in question.companies if company.matched in claim}
    weight = {term: pool.weights.get(term, pool.unseen) for term in assumed}
    told = (
        sum(value for term, value in weight.items() if term in item.terms)
        for item in work.ranked
        if parties.issubset(item.sentence.companies)
    )
    return max(told, default=0.0) / sum(weight.values())
