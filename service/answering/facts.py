"""Questions of fact: one or two sentences a part, earlier reports in order, differing figures side by side.

For each part of the question the best sentence is taken (one that speaks of the detail asked, if that is of a kind
that must be told outright); what no sentence tells is said to be missing. `compose_fact` is the entry.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from service.answering.answerability import ANSWERABLE, PREMISE_SHARE, answerability, reported_share
from service.answering.aspects import Aspect
from service.answering.composition import Composition, difference_statement, not_said, of_nobody, unique
from service.answering.evidence import (
    Difference,
    Evidence,
    answer_type_fit,
    choose,
    differences,
    is_retrospective,
)
from service.answering.figures import dates, figures
from service.answering.focus import Focus
from service.answering.phrasing import dated
from service.answering.preparation import add_role_advice
from service.answering.terms import content_terms

ANSWER_FLOOR = 0.42
"""Least score of a sentence that answers a question or a part of it; tuned on the development questions."""
COVERED_SHORT, COVERED_LONG, SHORT_QUESTION = 0.4, 0.12, 3
"""Least share of the asked words that the answer's document has: of a question of up to `SHORT_QUESTION` words, or a
longer one, in which much is chat."""
TELLING_SHARE = 0.8
"""Least share of the best score that a sentence telling an asked detail needs to go before one that does not."""
MATTER_NAMED = 0.25
"""Share of a question's other words in one sentence from which they count as naming a matter."""
CHANGING_ASPECTS = frozenset(
    {"valuation", "funding", "revenue", "profit", "status", "leadership", "shipments", "targets", "layoffs"}
)
"""Details whose newest report replaces the older ones."""
MEASURED_ASPECTS = frozenset({"valuation", "funding", "revenue", "profit", "shipments", "targets"})
"""Of these, the ones told in figures."""
ALIKE_FOR_A_FACT = 0.72
"""Least cosine of two reports on the very matter asked about; lower than elsewhere, since both answer one question."""
ALSO_FLOOR = 0.75
"""Least share of the best score that a further report has, to be worth a line below the answer."""
TELLING_ALSO_FLOOR = 0.6
"""The same for one that tells the very detail asked."""
FEW_FURTHER = 0.5
"""Answerability from which an answer needs little beside it; below, its neighbours may be what was meant."""
MOST_ALSO, MOST_ALSO_SURE = 4, 2
"""Further reports below an answer that may have missed the point, and below a surer one.

More lines find more of what was asked, and bury it: on the development questions four everywhere find 4 more in a
hundred of the vital nuggets, at a precision by length of .27 instead of .35.
"""
SURE = 0.35
"""Answerability from which a sentence near enough answers although its document has few of the asked words: chat has
many of its own. On both development files this answers no question that has no answer."""
_MOST_PARTS = 4
MOST_AGAINST = 4
"""Sentences that are shown where what the question assumes is not reported."""
AGAINST_FLOOR = 0.38
"""Least worth of one: what is nearest to a claim that nobody makes is seldom very near."""
_FULL_NAME = re.compile(r"\b[A-Z][a-z]{2,} [A-Z][a-z]{2,}\b")
_DENIES = re.compile(
    r"\b(?:not|no|never|none|neither|without|denie[sd]|rejects?|rejected|instead|remains?|stays?|continues?)\b",
    re.IGNORECASE,
)
_YES_NO = re.compile(r"\W*(?:did|has|have|is|are|was|were|does|do)\b", re.IGNORECASE)
_EXACT = re.compile(r"\b(?:differ|exact|precise|slight|conflict|really|which (?:one|number))", re.IGNORECASE)


def compose_fact(work: Composition) -> None:
    """Answer a question of fact, or say what the sources lack."""
    draft, question = work.draft, work.question
    if draft.abstained:
        add_role_advice(work)
        return
    found, missing = _best_for_each_part(work)
    probability = answerability(work, is_told=not missing).probability
    is_near = bool(found) and probability >= SURE
    is_answered = is_near or any(_answers(work, item) for item in found)
    if not is_answered or (probability < ANSWERABLE and not (question.premise and _tells_change(work, found))):
        if question.premise and question.companies and not missing:
            _deny_premise(work)
        else:
            work.abstain(missing)
        return
    documents = {item.document.id for item in found}
    related = [item for item in work.ranked if item.document.id in documents or work.is_about(item)]
    parts = max(1, len(question.parts))
    chosen = choose(work.pool, related, found, limit=min(_MOST_PARTS, parts + 1), floor=0.66, gain=0.12)
    newest, earlier = _succession(work, related, chosen)
    statements = []
    if question.premise and _unreported(work, question.premise):
        statements.append(draft.gap(_premise_denied(work)))
        newest = [*newest, *_against_premise(work, newest, MOST_AGAINST - len(newest))]
    elif _YES_NO.match(question.standalone) and parts == 1 and _unreported(work, question.standalone):
        statements.append(draft.gap("None of these sources says so outright; the nearest reports:"))
    asks_date = "date" in question.focus.answer_types
    statements += [
        draft.fact(item, dated(item.document.published, item) if asks_date and not dates(item.sentence.text) else None)
        for item in newest
    ]
    if missing:
        statements.append(draft.gap(f"These sources do not say {not_said(missing, work.names)}."))
    draft.section("answer", "Answer", statements)
    draft.section("timeline", "Earlier reports", [draft.fact(i, dated(i.document.published, i)) for i in earlier])
    differing = _differences_about(work, related, chosen)
    draft.section("disagreements", "Where sources differ", [difference_statement(draft, d) for d in differing])
    told = [item for difference in differing for item, _ in difference.reports] + newest + earlier
    is_sure = probability >= FEW_FURTHER
    also = [
        item
        for item in related[:40]
        if item.score
        >= (
            TELLING_ALSO_FLOOR
            if _tells_any(work, item) or (item.document.id in documents and not is_sure)
            else ALSO_FLOOR
        )
        * related[0].score
        and all(item.key != other.key and work.pool.similarity(item, other) < 0.9 for other in told)
    ][: MOST_ALSO_SURE if is_sure else MOST_ALSO]
    also += _of_the_others(work, [*told, *also])
    draft.section("news", "Also reported", [draft.fact(item) for item in also])


def _of_the_others(work: Composition, told: Sequence[Evidence]) -> list[Evidence]:
    """The best sentence of each company asked about that nothing told so far names, if several are."""
    found: list[Evidence] = []
    for company in work.question.company_ids if len(work.question.company_ids) > 1 else ():
        if not any(company in item.sentence.companies for item in (*told, *found)):
            own = (item for item in work.ranked if company in item.sentence.companies)
            found += [item for item in own if item.score >= ANSWER_FLOOR][:1]
    return found


def tells_all(work: Composition) -> bool:
    """Whether a sentence about the companies asked about tells every detail that has to be told outright."""
    part = work.question.focus
    return not part.strict or any(
        work.is_about(item) and _tells(work, part, item, work.ranked) for item in work.ranked[:60]
    )


def _tells_any(work: Composition, item: Evidence) -> bool:
    """Whether a sentence tells a strict detail that was asked, or disputes what is, of a company asked about."""
    named = set(work.question.asked_ids) & set(item.sentence.companies)
    details = (aspect for aspect in work.question.focus.aspects if aspect.strict or aspect.id == "contested")
    return bool(named) and any(aspect.told.search(item.sentence.text) for aspect in details)


def _deny_premise(work: Composition) -> None:
    """Say that nothing reports what the question takes for granted, and what the reports nearest to it say."""
    draft = work.draft
    statements = [draft.gap(_premise_denied(work))]
    statements += [draft.fact(item) for item in _against_premise(work, (), MOST_AGAINST)]
    draft.section("answer", "Answer", statements)


def _tells_change(work: Composition, found: Sequence[Evidence]) -> bool:
    """Whether what was found tells a measured detail that was asked: the present figure corrects an old one."""
    told = [aspect.told for aspect in work.question.focus.aspects if aspect.id in MEASURED_ASPECTS]
    return any(pattern.search(item.sentence.text) for pattern in told for item in found)


def _premise_denied(work: Composition) -> str:
    """Says that the assumption is not reported, without telling it again: what is repeated is what is remembered."""
    about = f" about {work.names}" if work.names else ""
    return f"No source here reports what the question assumes{about}."


def _against_premise(work: Composition, shown: Sequence[Evidence], limit: int) -> list[Evidence]:
    """What is reported of the companies and people that an unreported assumption names, the best first.

    A sentence that denies something ("was not selected"), or that names a person whom the assumption names, goes
    before others, whichever company it is about.
    """
    people = {t for name in _FULL_NAME.findall(work.question.premise) for t in content_terms(name)} & set(
        work.pool.weights
    )
    people -= {t for c in work.question.companies for t in content_terms(f"{c.id} {c.name} {c.matched}")}
    worth = [
        (item.score + 0.12 * bool(_DENIES.search(item.sentence.text)) + 0.25 * len(people & item.terms), item)
        for item in work.ranked
        if (people & item.terms or work.is_about(item)) and all(item.key != other.key for other in shown)
    ]
    worth.sort(key=lambda pair: (-pair[0], pair[1].row))
    return [item for value, item in worth[:limit] if value >= AGAINST_FLOOR]


def _answers(work: Composition, item: Evidence) -> bool:
    """Whether a sentence is evidence on the matter of the question or a part of it, and not only about the company."""
    if not work.question.focus.terms:
        return True
    return any(_is_on(work, focus, item) for focus in (work.question.focus, *work.question.parts))


def _is_on(work: Composition, focus: Focus, item: Evidence) -> bool:
    """Whether a sentence tells an asked detail, has a number asked about, or its document has enough of the words."""
    if any(aspect.id != "status" and aspect.told.search(item.sentence.text) for aspect in focus.aspects):
        return True
    if any(term.isdigit() and len(term) >= 3 and term in item.terms for term in focus.terms):
        return True
    least = COVERED_SHORT if len(focus.terms) <= SHORT_QUESTION else COVERED_LONG
    return bool(focus.terms) and work.pool.coverage(focus, item) >= least


def _best_for_each_part(work: Composition) -> tuple[list[Evidence], list[Aspect]]:
    asked = work.question.parts or (work.question.focus,)
    whole = len(asked) == 1
    parts = [one for part in asked for one in _one_detail_each(part)]
    found: list[Evidence] = []
    missing: list[Aspect] = []
    for part in parts[:_MOST_PARTS]:
        best = best_for(work, part, whole=whole)
        if best is None:
            missing += [aspect for aspect in part.strict if aspect not in missing]
        elif all(best.key != item.key for item in found):
            found.append(best)
        elif part.aspects and (other := best_for(work, part, whole=whole, but=found)) and _tells_part(part, other):
            found.append(other)
    return found, missing


def _one_detail_each(part: Focus) -> list[Focus]:
    """A part that asks for several details ("ARR and valuation") as one part a detail."""
    if len(part.strict) < 2:
        return [part]
    return [replace(part, aspects=(aspect,)) for aspect in part.strict]


def _tells_part(part: Focus, item: Evidence) -> bool:
    """Whether a sentence tells a detail that a part of the question asks for, other than where it stands."""
    return any(aspect.id != "status" and aspect.told.search(item.sentence.text) for aspect in part.aspects)


def best_for(work: Composition, part: Focus, *, whole: bool, but: Sequence[Evidence] = ()) -> Evidence | None:
    """The sentence that answers one part of the question, none of `but`; None when none is near enough."""
    candidates = work.ranked
    if not whole:
        total = {item.key: item.score for item in work.ranked}
        candidates = sorted(
            (
                replace(item, score=(item.score + total[item.key]) / 2)
                for item in work.pool.rank(work.question, part, work.embed(part.text))
            ),
            key=lambda item: (-item.score, item.row),
        )
    told = {item.key for item in but}
    fitting = [
        item
        for item in candidates
        if item.key not in told and work.is_about(item) and _tells(work, part, item, candidates)
    ]
    if not fitting or fitting[0].score < ANSWER_FLOOR:
        return None
    details = [aspect.told for aspect in part.aspects if aspect.id != "status"]
    telling = (
        item
        for item in fitting
        if any(told.search(item.sentence.text) for told in details)
        or (not details and answer_type_fit(part.answer_types, item.sentence) > 0)
    )
    best = next(telling, fitting[0]) if details or part.answer_types else fitting[0]
    return best if best.score >= TELLING_SHARE * fitting[0].score else fitting[0]


def _tells(work: Composition, part: Focus, item: Evidence, candidates: Sequence[Evidence]) -> bool:
    """Whether a sentence tells every strict detail of a company asked about, and of the matter that was meant."""
    if not part.strict:
        return True
    asked_ids = set(work.question.asked_ids)
    named = not asked_ids or bool(asked_ids & set(item.sentence.companies)) or of_nobody(item)
    if not (named or _tells_who_leads(work, part, item)) or not all(
        aspect.told.search(item.sentence.text) for aspect in part.strict
    ):
        return False
    pool = work.pool
    asked = [found.group(0) for aspect in part.strict for found in aspect.asked.finditer(part.text)]
    detail = {term for words in asked for term in content_terms(words)}
    matter = [term for term in pool.corrected(part.terms) if term not in detail and term in pool.weights]
    share = [
        (sum(pool.weights[term] for term in matter if pool.speaks_of(other, term)), other)
        for other in candidates[:20]
        if work.is_about(other)
    ]
    most, on_matter = max(share, key=lambda pair: pair[0], default=(0.0, item))
    named = most >= MATTER_NAMED * sum(pool.weights[term] for term in matter)
    own = sum(pool.weights[term] for term in matter if pool.speaks_of(item, term))
    return not named or own >= 0.5 * most or item.document.id == on_matter.document.id


def _tells_who_leads(work: Composition, part: Focus, item: Evidence) -> bool:
    """Whether a sentence in a document about the one company asked about may say who leads it, though it names another
    company ("A is to lead the new company").
    """
    asked = work.question.company_ids
    leads = all(aspect.id == "leadership" for aspect in part.strict)
    return leads and len(asked) == 1 and asked[0] in item.document.companies[:1]


def _succession(
    work: Composition, ranked: Sequence[Evidence], chosen: list[Evidence]
) -> tuple[list[Evidence], list[Evidence]]:
    """For a matter that changes: the answer led by its newest report, and up to two earlier ones, newest first."""
    question = work.question
    aspects = [aspect for aspect in question.focus.aspects if aspect.id in CHANGING_ASPECTS]
    if not aspects and not question.focus.newest:
        return chosen, []
    lead = chosen[0]
    # Of several companies asked about, the one that the best document is about: "the SoftBank money for Skild AI".
    subject = next((name for name in ranked[0].document.companies if name in question.asked_ids), None)
    measured = any(aspect.id in MEASURED_ASPECTS for aspect in aspects)
    floor = 0.62 if measured else 0.72
    same = [
        item
        for item in ranked[:40]
        if item.score >= floor * ranked[0].score
        and (not aspects or any(aspect.told.search(item.sentence.text) for aspect in aspects))
        and (not measured or figures(item.sentence.text))
        and (item.key == lead.key or not is_retrospective(item.sentence.text))
        and (subject is None or subject in item.sentence.companies)
        and (work.pool.similarity(item, lead) >= (0.45 if aspects else 0.6) or item.key == lead.key)
    ]
    if not same:
        return chosen, []
    same.sort(key=lambda item: (-item.document.published.toordinal(), -item.score))
    newest = same[0]
    superseded = {item.key for item in same if item.document.published < newest.document.published}
    current = [item for item in chosen if item.key not in superseded or item.document.id == newest.document.id]
    answer = unique([newest, *sorted(current, key=lambda item: -item.document.published.toordinal())])
    answer = answer[: max(2, len(chosen))]
    shown = {item.key for item in answer}
    earlier: list[Evidence] = []
    for item in same:
        is_older = item.document.published < newest.document.published
        if is_older and item.key not in shown and all(item.document.id != other.document.id for other in earlier):
            earlier.append(item)
    return answer, earlier[:2]


def _differences_about(work: Composition, related: Sequence[Evidence], chosen: Sequence[Evidence]) -> list[Difference]:
    """Differing figures in which a chosen sentence takes part, at most two groups."""
    told = {(figure.unit, figure.value) for item in chosen for figure in figures(item.sentence.text) if figure.unit}
    same_figure = (i for i in related if told & {(f.unit, f.value) for f in figures(i.sentence.text)})
    near = unique([*chosen, *(i for i in related[:16] if i.score >= 0.7 * related[0].score), *same_figure])
    asks_figures = work.question.focus.answer_types & {"money", "number", "percent"}
    keys = {item.key for item in (chosen if asks_figures else chosen[:1])}
    exact = bool(_EXACT.search(work.question.focus.text))
    found = differences(
        work.pool, near, alike=ALIKE_FOR_A_FACT, keep_rounding=exact, matter=work.question.focus.key_terms
    )
    return [d for d in found if any(item.key in keys for item, _ in d.reports)][:2]


def _unreported(work: Composition, claim: str) -> bool:
    """Whether no sentence reports a claim of the question: what it takes for granted, or asks to be confirmed."""
    return reported_share(work, claim) < PREMISE_SHARE
