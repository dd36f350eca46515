"""What the composers share: the question at hand with its evidence, the draft that they fill, and the role guides.

`extractive` makes one `Composition` a question and passes it to the composer of its intent (`facts`, `preparation`,
`timeline`, `comparison`), each of which reads evidence from it and adds sections to its draft.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from corpus.document import Document
from service.answering.answer import RoleUnderstood, Statement
from service.answering.aspects import ASPECTS, Aspect
from service.answering.draft import Draft
from service.answering.evidence import Difference, Evidence, Pool, Vector
from service.answering.phrasing import attributed, capitalised, listed, plain, presentable, with_blank
from service.answering.question import Question
from service.answering.terms import content_terms

NEAR_ENOUGH = 0.42
"""Least score of a sentence that is shown as the nearest to a question that the sources do not answer."""

# An aspect as what is not said about a company ("These sources do not say …"): with its name, and after it was named.
_NOT_SAID = {
    "hiring": ("whether {name} hires for this role now", "whether it hires for this role now"),
    "pay": ("what {name} pays", "what it pays"),
    "equity": ("what stock or equity employees of {name} get", "what stock or equity its employees get"),
    "headcount": ("how many people work at {name}", "how many people work there"),
    "interview rounds": ("how many interview rounds {name} has", "how many interview rounds it has"),
    "headquarters": ("where the headquarters or offices of {name} are", "where its headquarters or offices are"),
    "visa": ("whether {name} sponsors visas", "whether it sponsors visas"),
    "founders": ("who founded {name}", "who founded it"),
    "remote work": ("whether people at {name} may work remotely", "whether people may work remotely"),
    "benefits": ("which benefits {name} gives", "which benefits it gives"),
    "working hours": ("what working hours at {name} are like", "what its working hours are like"),
    "dress code": ("what to wear at {name}", "what to wear there"),
    "degree": ("which degree {name} asks for", "which degree it asks for"),
    "software": ("which software or middleware {name} uses", "which software or middleware it uses"),
    "valuation": ("what {name} is worth", "what it is worth"),
    "funding": ("how {name} is funded", "how it is funded"),
    "interviews": ("how {name} interviews", "how it interviews"),
    "customers": ("who the customers of {name} are", "who its customers are"),
    "permission": ("whether {name} allows that", "whether it allows that"),
    "strategy": ("what the strategy of {name} is", "what its strategy is"),
    "technology": ("how the technology of {name} works", "how its technology works"),
    "targets": ("what targets {name} has", "what targets it has"),
    "shipments": ("how many {name} shipped", "how many it shipped"),
    "profit": ("what profit {name} makes", "what profit it makes"),
    "revenue": ("what revenue {name} has", "what revenue it has"),
    "price": ("what the price is at {name}", "what the price is"),
    "status": ("where this stands at {name} now", "where this stands now"),
    "accuracy": ("which safety incidents {name} had", "which safety incidents it had"),
    "leadership": ("who leads {name}", "who leads it"),
    "jobs": ("which jobs {name} has open", "which jobs it has open"),
    "origin": ("what the technology of {name} is built on", "what it is built on"),
    "fleet": ("how large the fleet of {name} is", "how large its fleet is"),
    "size": ("how large that of {name} is", "how large it is"),
    "purpose": ("what that of {name} is meant for", "what it is meant for"),
    "former leadership": ("who led {name}", "who led it"),
    "founding": ("when {name} was founded", "when it was founded"),
    "name": ("what {name} is called now", "what it is called now"),
    "layoffs": ("which jobs {name} cut", "which jobs it cut"),
    "contested": ("who disputes this about {name}", "who disputes this"),
    "demand": ("whom {name} wants", "who is wanted"),
}


@dataclass(frozen=True, slots=True)
class Guide:
    """A role's guide by section; each item is one sentence or list item. `center` is its mean direction."""

    document: Document
    pool: Pool
    center: Vector

    def items(self, section: str) -> list[Evidence]:
        """The items under a heading, in the guide's order."""
        return [item for item in self.pool.items if item.passage.section.casefold() == section.casefold()]

    def relevance(self, question: Question, vector: Vector, item: Evidence) -> float:
        """How near an item is to the question: shared words by rarity, shared skills, and cosine."""
        words = self.pool.corrected(question.focus.terms)
        shared = sum(self.pool.weights.get(term, 0.0) for term in words if term in item.terms)
        skills = len(set(question.skills) & set(item.sentence.skills))
        return shared + 0.8 * skills + 2.0 * float(self.pool.vectors[item.row] @ vector)


def guide_of(document: Document, pool: Pool) -> Guide:
    """A guide from its document and sentences."""
    center = pool.vectors.mean(axis=0)
    return Guide(document, pool, np.asarray(center / max(float(np.linalg.norm(center)), 1e-9), dtype=np.float32))


@dataclass(frozen=True, slots=True)
class Composition:
    """A question, its evidence (`ranked` best first) and the draft of its answer.

    `embed` gives the vector of a part of the question; `guides` are those of the question's roles.
    """

    draft: Draft
    question: Question
    pool: Pool
    ranked: list[Evidence]
    embed: Callable[[str], Vector]
    guides: list[tuple[RoleUnderstood, Guide]]

    @property
    def names(self) -> str:
        """The companies asked about, as words; empty when there is none."""
        return listed([company.name for company in self.question.companies])

    @property
    def vector(self) -> Vector:
        """The whole question's vector."""
        return self.embed(self.question.standalone)

    def is_about(self, item: Evidence) -> bool:
        """Whether a sentence is about a company of the question.

        It names one; or it names nobody and goes on about one, named last before it or first in its document; or it
        names only members of the venture asked about ("Honda is to be the first customer" in a report on the venture).
        See `of_nobody` for news without any name.
        """
        asked = set(self.question.asked_ids)
        named = set(item.sentence.companies)
        if not asked or asked & named or of_nobody(item):
            return True
        members = {member for company in self.question.companies for member in company.members}
        if named:
            return bool(asked & set(item.document.companies)) and members.issuperset(named)
        spoken_of = set(_spoken_of(item))
        goes_on = asked & {*spoken_of, *item.document.companies[:1]}
        return bool(goes_on) or (bool(asked & set(item.document.companies)) and members.issuperset(spoken_of))

    def own(self) -> list[Evidence]:
        """The sentences about the companies of the question, best first."""
        return [item for item in self.ranked if self.is_about(item)]

    def abstain(self, missing: Sequence[Aspect] = ()) -> None:
        """Say that the sources do not answer, what they lack, and the nearest that they have."""
        draft, question = self.draft, self.question
        draft.abstained, draft.reason = True, "no_evidence"
        if missing:
            text = f"These sources do not say {not_said(missing, self.names)}."
        elif question.companies:
            text = f"These sources do not answer this about {self.names}."
        else:
            text = "These sources do not answer this."
        draft.section("gaps", "What these sources don't say", [draft.gap(text)])
        asked = set(question.asked_ids)
        called = {
            t for a in missing for found in a.asked.finditer(question.standalone) for t in content_terms(found[0])
        }
        near = [
            item
            for item in self.ranked[:2]
            if item.score >= NEAR_ENOUGH
            and (not asked or asked & set(item.sentence.companies))
            and (not missing or item.covered - called)
        ]
        draft.section("answer", "The nearest that they do say", [draft.fact(item) for item in near])


def of_nobody(item: Evidence) -> bool:
    """Whether a sentence is of news that names no company at all: it is about whom it was found for.

    A snippet need not repeat the name that its title, or the page that it is from, had.
    """
    return item.document.kind == "news" and not item.document.companies


def _spoken_of(item: Evidence) -> Sequence[str]:
    """The companies that a sentence without a name goes on about: the last named before it, or its document's first."""
    before = (s for s in reversed(item.passage.sentences) if s.start < item.sentence.start and s.companies)
    last = next(before, None)
    return last.companies if last else item.document.companies[:1]


def difference_statement(draft: Draft, difference: Difference) -> Statement:
    """Differing figures side by side with publishers and dates, the newest report marked."""
    newest = difference.reports[0][0].document.published
    several_dates = len({item.document.published for item, _ in difference.reports}) > 1
    parts = []
    for item, figure in difference.reports:
        mark = ", the newest" if several_dates and item.document.published == newest else ""
        parts.append(f"{figure.text} ({attributed(item.document)}{mark})")
    lead, lead_figure = difference.reports[0]
    context = with_blank(presentable(lead.sentence, lead.document), lead_figure)
    if difference.anchor:
        opening = f"{capitalised(difference.anchor)} is put at different sums"
    elif difference.update:
        opening = f"The figure has moved in “{context}”"
    else:
        opening = f"Reports differ on the figure in “{context}”"
    return draft.say("disagreement", f"{opening}: {' · '.join(parts)}.", [item for item, _ in difference.reports])


def aspects_named(*ids: str) -> list[Aspect]:
    """The aspects with these ids, in the order of their table."""
    return [aspect for aspect in ASPECTS if aspect.id in ids]


def not_said(aspects: Sequence[Aspect], name: str) -> str:
    """What is not said about a company, as the end of "These sources do not say …": semicolons between several.

    Without a name, of nothing in particular ("what it pays").
    """
    told = dict.fromkeys(_NOT_SAID.get(aspect.id, (f"{aspect.noun} at {{name}}", aspect.noun)) for aspect in aspects)
    # "it" would leave open which of several companies is meant.
    later = 0 if " and " in name else 1
    parts = [
        forms[min(number, later)].format(name=with_the(name)) if name else forms[1] for number, forms in enumerate(told)
    ]
    return parts[0] if len(parts) == 1 else f"{'; '.join(parts[:-1])}; or {parts[-1]}"


def with_the(name: str) -> str:
    """A company's name inside a sentence: "the Sony-TSMC image-sensor venture" where it ends in a common noun."""
    return f"the {name}" if name.rsplit(maxsplit=1)[-1].islower() else name


def question_and_answer(item: Evidence) -> str:
    """A guide's question with its answer: "EKF or UKF? A strong answer weighs …"."""
    return plain(item.sentence.text)


def article(words: str) -> str:
    """The indefinite article for a title."""
    return "an" if re.match(r"[aeio]|ML\b|LLM\b|AI\b", words, re.IGNORECASE) else "a"


def is_interview_guide(role_id: str) -> bool:
    """Whether a guide is about a kind of interview ("behavioural interviews") and not about a role."""
    return role_id.endswith(("-interviews", "-companies"))


def lower_title(title: str) -> str:
    """A title inside a sentence: lower-case unless it begins with an abbreviation."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def unique(items: Sequence[Evidence]) -> list[Evidence]:
    """The items once each, in order."""
    return list({item.key: item for item in items}.values())
