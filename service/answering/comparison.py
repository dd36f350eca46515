"""Two or more companies side by side, point by point, with what is not said about either."""

from __future__ import annotations

from collections.abc import Sequence

from service.answering.composition import Composition, difference_statement, not_said, unique
from service.answering.evidence import Evidence, differences
from service.answering.preparation import add_role_advice
from service.answering.question import Focus

PER_COMPANY = 5
TOO_ALIKE = 0.8


def compose_compare(work: Composition) -> None:
    """Reports that name both, then each company's answers to the points of comparison."""
    draft, question = work.draft, work.question
    if not question.companies:
        add_role_advice(work)
        return
    asked = set(question.asked_ids)
    both = [
        item
        for item in work.ranked[:30]
        if len(set(item.sentence.companies) & asked) >= 2 and item.score >= 0.8 * work.ranked[0].score
    ]
    draft.section("comparison", "Both in one report", [draft.fact(item) for item in both[:2]])
    of_part = [(part, work.pool.rank(question, part, work.embed(part.text))) for part in question.parts]
    for company in question.companies:
        own = [
            item
            for item in work.ranked
            if company.id in item.sentence.companies
            or (not item.sentence.companies and item.document.companies[:1] == (company.id,))
        ]
        chosen = _points(work, own, of_part)
        draft.section("comparison", company.name, [draft.fact(item) for item in chosen])
        missing = [
            aspect
            for aspect in question.focus.aspects
            if not any(aspect.told.search(item.sentence.text) for item in own)
        ]
        if missing:
            text = f"These sources do not say {not_said(missing, company.name)}."
            draft.section("gaps", f"Not said about {company.name}", [draft.gap(text)])
    shown = [item for item in work.ranked if draft.shows(item)]
    found = [d for d in differences(work.pool, unique([*shown, *work.ranked[:20]])) if not d.update]
    draft.section("disagreements", "Where sources differ", [difference_statement(draft, d) for d in found[:2]])


def _points(
    work: Composition, own: Sequence[Evidence], of_part: Sequence[tuple[Focus, Sequence[Evidence]]]
) -> list[Evidence]:
    """A company's sentences: the best for each point of comparison, then the best for the whole question."""
    keys = {item.key for item in own if not work.draft.shows(item)}
    chosen: list[Evidence] = []
    for part, ranked in of_part:
        best = next((item for item in ranked if item.key in keys and _bears_on(part, item)), None)
        if best and len(chosen) < PER_COMPANY and all(best.key != item.key for item in chosen):
            chosen.append(best)
    for item in own:
        if len(chosen) >= PER_COMPANY:
            break
        if item.key in keys and all(
            item.key != other.key and work.pool.similarity(item, other) < TOO_ALIKE for other in chosen
        ):
            chosen.append(item)
    return chosen


def _bears_on(part: Focus, item: Evidence) -> bool:
    """Whether a sentence has a word or a detail of a point of comparison."""
    return bool(item.covered) or any(aspect.told.search(item.sentence.text) for aspect in part.aspects)
