"""Two or more companies side by side, point by point, with what is not said about either."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from service.answering.answer import CompanyUnderstood
from service.answering.aspects import ASPECTS, Aspect
from service.answering.composition import Composition, aspects_named, difference_statement, not_said, unique
from service.answering.events import (
    TURNING_POINT,
    closeness,
    event_of,
    event_worth,
    happening,
    is_lead,
    without_attribution,
)
from service.answering.evidence import Evidence, differences, is_self_contained
from service.answering.facts import CHANGING_ASPECTS, compose_fact
from service.answering.figures import figures
from service.answering.focus import Focus
from service.answering.phrasing import capitalised, listed
from service.answering.preparation import add_role_advice
from service.answering.question import Question
from service.answering.terms import content_terms

MOST_POINTS = 4
PER_POINT: Mapping[int, int] = {1: 5, 2: 3}
"""Sentences of a company on a point by the number of points; on more points two."""
LONGEST_TALK = 9
"""Words from which a part of the question that asks for no detail is taken for talk."""
LONGEST_TITLE = 7
"""Words of a point's title when they are the question's own."""
TOO_ALIKE = 0.84
NEAR_THE_BEST = 0.72
"""Least share of a company's best score on a point that a further sentence of it has."""
NEAR_ON_A_GENERAL_POINT = 0.6
LEAST_SHARE = 0.34
"""Least share of a point's words, by rarity, that a sentence without its detail has."""
MOST_ALSO, ALSO_FLOOR = 3, 0.7
"""Sentences a company below the points, and the least share of its best score for the whole question that one has."""
LEAST_EVENT = 0.45
"""Least `event_worth` of a turning point."""
LEAST_CLOSE = 0.3
"""Least `closeness` of a sentence on a general point: what a report about others says of a company in passing is none."""
MOST_RANKED = 60
LEAST_HAPPENING = 0.15
"""Least `happening` of a sentence below the points: a state, but no opinion."""
NEWNESS = 0.2
"""What a report of the newest day gains on a detail that changes; half of it half a year before."""
DANGLING = 0.06
"""What a sentence loses that leans on the one before it."""
SAME_REPORT, SAME_MEASURE = 0.1, 0.06
"""What a sentence gains that stands in one report with the other company's, or has a figure of the same unit."""

# Details that stand in for each other when the sources tell one and not the other: how much money a company has.
_KIN: Mapping[str, frozenset[str]] = {
    "funding": frozenset({"valuation", "revenue", "profit"}),
    "valuation": frozenset({"funding"}),
    "revenue": frozenset({"profit", "shipments"}),
    "shipments": frozenset({"targets", "revenue"}),
    "targets": frozenset({"shipments"}),
    "strategy": frozenset({"targets", "customers"}),
    "permission": frozenset({"interviews"}),
    "interview rounds": frozenset({"interviews"}),
}
_FILLER = frozenset(
    content_terms(
        "compare comparison differ difference different both each better versus stand year two employer company pick choose "
        "offer point side main key currently respective flight week split sensible join work career pros cons good"
    )
)
_STANDING = re.compile(
    r"\bwhere (?:are|is|do|does|did) (?:they|each|it|both|the two)\b|\bstands?\b|\bstatus\b|\bprogress\b|\bhow far\b",
    re.IGNORECASE,
)
# "I saw different totals" compares reports, not companies.
_COMPARES = re.compile(
    r"\b(?:vs|versus|compar\w*|differ(?:s|ence|ences)?|both|each|better|which of|or|than|more|against)\b", re.IGNORECASE
)
SIDE_BY_SIDE = "Side by side"
_CLAUSE = re.compile(
    r"\b(?:do|does|did|is|are|was|were|has|have|had|will|would|can|could|i|me|my|each)\b", re.IGNORECASE
)
_ASKING = re.compile(r"\b(?:how|what|where|who|whose|which|when|why)\b", re.IGNORECASE)
# "for an interview at a bank", "both called me back" tell of the candidate, and ask for nothing.
_OWN_INTERVIEW = re.compile(
    r"\b(?:for|have|got|before|prepping) (?:an?|my|the|two|both)?\s*(?:\w+ )?(?:interviews?|onsites?|calls?|offers?|screens?)\b|"
    r"\bcalled me\b|\bi(?:'m|’m|m| am) interviewing\b|\bmy (?:interview|onsite|offer)s?\b",
    re.IGNORECASE,
)
_EDGE = (
    r"(?:and|or|the|an?|of|at|on|in|for|with|by|about|their|its|each|both|they|it|me|you|i|us|how|what|whats|where|who|which|when|"
    r"do|does|did|is|are|am|was|were|has|have|need|compared?|compare[sd]?|differ|differs|difference|differences|between|vs|"
    r"versus|to|please|pls|approach to|regarding)"
)
_EDGES = re.compile(rf"^(?:[\W_]|\b{_EDGE}\b)+|(?:[\W_]|\b{_EDGE}\b)+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Point:
    """A point of comparison: its title, its details, the sentences that bear on it, and the next best, best first.

    `near` holds what counts for a company of which nothing in `ranked` speaks; `asked` is whether the question names it.
    """

    title: str
    aspects: tuple[Aspect, ...]
    ranked: tuple[Evidence, ...]
    near: tuple[Evidence, ...] = ()
    asked: bool = False


_MONEY = re.compile(
    r"(?=.*(?:[$€¥£₹]\s?\d|\b(?:billion|million|trillion)\b))"
    r"(?=.*\b(?:rais|fund|round|valu|revenue|invest|sales|profit|loss|listing|worth|deal|agreement|secured|money|spend|costs?\b))",
    re.IGNORECASE,
)
# What is compared when the question names nothing: title, and what a sentence says that bears on it.
_FACETS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "What each builds",
        re.compile(
            r"\b(?:builds?|develops?|makes?|trains?|designs?|offers?|operates?|produces?|maker|learns?|controls?|is an? |uses)\b",
            re.IGNORECASE,
        ),
    ),
    ("Money", _MONEY),
    (
        "Scale",
        re.compile(
            r"\d[\d,.]*(?:\+| thousand| million)?\s(?:[\w-]+\s){0,2}(?:robots?|humanoids?|vehicles?|trucks?|rides?|cities|areas|employees|"
            r"people|engineers|researchers|customers?|units?|chips|GPUs|megawatts|miles|countries|workers|cars|robotaxis)\b",
            re.IGNORECASE,
        ),
    ),
    ("Recent turning points", TURNING_POINT),
)
_EVENT_WEIGHT = {"Recent turning points": 1.0, "What each builds": 0.0}
_STANDING_TITLES = ("Scale", "Recent turning points")


def compose_compare(work: Composition) -> None:
    """Each point of comparison with every company's sentences on it, and what is said about neither."""
    if not work.question.companies:
        add_role_advice(work)
        return
    work = replace(work, question=replace(work.question, companies=_compared(work.question)))
    draft, question = work.draft, work.question
    if not _COMPARES.search(question.standalone) and _is_one_matter(work):
        compose_fact(work)
        return
    points = _asked_points(work)
    if not points:
        points = [_facet(work, title) for title, _ in _FACETS]
    elif _STANDING.search(question.standalone):
        points += [_facet(work, title) for title in _STANDING_TITLES][: MOST_POINTS - len(points)]
    shown: list[Evidence] = []
    is_complete = True
    for point in points:
        limit = _limit(point, len(points))
        chosen = _side_by_side(work, point, limit, {item.key for item in shown})
        shown += unique([item for items in chosen.values() for item in items])
        is_complete &= point.title != SIDE_BY_SIDE and all(chosen.values())
        _add_point(work, point, chosen)
    if points[0].asked and (len(points) > 1 or not is_complete):
        _add_also(work, shown)
    found = [d for d in differences(work.pool, unique([*shown, *work.ranked[:20]])) if not d.update]
    told = [d for d in found if any(draft.shows(item) for item, _ in d.reports)]
    draft.section("disagreements", "Where sources differ", [difference_statement(draft, d) for d in told[:2]])


def _compared(question: Question) -> tuple[CompanyUnderstood, ...]:
    """The companies that stand side by side, without one that two others only deal with ("both get money from Uber").

    Such a one stands behind a preposition and is joined to no other by "and", "or", "vs" or a comma.
    """
    text = question.standalone
    places = sorted(
        (found.start(), found.end(), company.id)
        for company in question.companies
        for found in re.finditer(re.escape(company.matched), text)
    )
    joined = {
        name
        for left, right in pairwise(places)
        if _JOINS.fullmatch(text[left[1] : right[0]])
        for name in (left[2], right[2])
    }
    beside = {name for start, _, name in places if _BESIDE.search(text[:start])}
    kept = tuple(company for company in question.companies if company.id in joined or company.id not in beside)
    return kept if len(kept) >= 2 else question.companies


_JOINS = re.compile(
    r"(?:['’]s)?\s*,?\s*(?:(?:and|or|vs\.?|versus|against|with|than)\s+)?(?:the |at |with )?\s*", re.IGNORECASE
)
_BESIDE = re.compile(r"\b(?:from|by|with|for|through|via)\s+(?:the\s+)?$", re.IGNORECASE)


def _is_one_matter(work: Composition) -> bool:
    """Whether what is asked lies between the companies: the best sentences name them all ("pays for the arm of …")."""
    best = work.ranked[:2]
    return bool(best) and all(set(work.question.company_ids) <= set(item.sentence.companies) for item in best)


def _limit(point: Point, points: int) -> int:
    """How many sentences of a company a point takes: more the fewer points, but few on a figure that changes."""
    if point.title == _FACETS[-1][0] or (point.aspects and CHANGING_ASPECTS.issuperset(a.id for a in point.aspects)):
        return 3
    return PER_POINT.get(points, 2)


def _asked_points(work: Composition) -> list[Point]:
    """The points that the question names, each detail once; what is only talk or names the companies is none."""
    points: list[Point] = []
    for part in work.question.parts:
        aspects = tuple(aspect for aspect in part.aspects if aspect.id != "status")
        if _OWN_INTERVIEW.search(part.text) and not _ASKING.search(part.text):
            continue
        if not aspects and len(part.text.split()) > LONGEST_TALK and not _ASKING.search(part.text):
            continue
        words = _words(work, part)
        if not aspects and not words and "place" in part.answer_types and not _STANDING.search(part.text):
            aspects = tuple(aspects_named("headquarters"))
        if not aspects and (len(words) < 1 + _names_company(work, part) or _STANDING.search(part.text)):
            continue
        told = {aspect.id for point in points for aspect in point.aspects}
        if not (aspects and told.issuperset(aspect.id for aspect in aspects)):
            points.append(_point(work, part, aspects, words))
    return [point for point in points if point.aspects or point.ranked][:MOST_POINTS]


def _words(work: Composition, part: Focus) -> tuple[str, ...]:
    """The content words of a part that the sources have, without those of the companies' names."""
    names = {t for c in work.question.companies for t in content_terms(f"{c.matched} {c.name} {c.id}")} | _FILLER
    found = work.pool.corrected(part.terms)
    return tuple(term for term in found if term not in names and term in work.pool.weights)


def _names_company(work: Composition, part: Focus) -> bool:
    return any(company.matched.casefold() in part.text.casefold() for company in work.question.companies)


def _point(work: Composition, part: Focus, aspects: tuple[Aspect, ...], words: tuple[str, ...]) -> Point:
    """A point with the sentences that tell its detail, or without one have its words, and the next best.

    Next best is what tells a kindred detail, what stands in a report on the matter, and what has the point's words.
    """
    pool = work.pool
    whole = {item.key: item.score for item in work.ranked}
    ranked = [
        replace(item, score=(item.score + whole[item.key]) / 2)
        for item in pool.rank(work.question, part, work.embed(part.text))
    ]
    total = sum(pool.weights[term] for term in words) or 1.0

    def has_words(item: Evidence, share: float) -> bool:
        return bool(words) and sum(pool.weights[term] for term in words if term in item.terms) >= share * total

    ids = {aspect.id for aspect in aspects}
    if aspects:
        patterns = [aspect.told for aspect in aspects] + ([_MONEY] if "funding" in ids else [])
        bearing = [item for item in ranked if any(pattern.search(item.sentence.text) for pattern in patterns)]
    else:
        bearing = [item for item in ranked if has_words(item, LEAST_SHARE)]
    kin = set().union(*(_KIN.get(name, frozenset()) for name in ids)) if ids else set()
    patterns = [aspect.told for aspect in ASPECTS if aspect.id in kin] + ([TURNING_POINT] if "strategy" in ids else [])
    near = [
        item
        for item in ranked
        if any(pattern.search(item.sentence.text) for pattern in patterns)
        or (ids & set(item.document.topics) and item.covered)
        or has_words(item, LEAST_SHARE)
    ]
    newness = NEWNESS if ids & CHANGING_ASPECTS else 0.0
    return Point(
        _title(work, part), aspects, _by_fitness(work, bearing, newness), _by_fitness(work, near, newness), asked=True
    )


def _by_fitness(work: Composition, items: Sequence[Evidence], newness: float) -> tuple[Evidence, ...]:
    """The items with scores for a comparison: about the company, understood alone, not an opinion; newer if it matters."""
    asked = work.question.asked_ids
    newest = work.pool.newest
    scored = []
    for item in items:
        score = item.score + 0.12 * closeness(item, asked) + 0.1 * is_lead(item) - 0.1 * (happening(item) < 0.1)
        score -= 0.1 * (not item.sentence.companies)
        score -= 0.0 if is_self_contained(item.sentence.text) else DANGLING
        if newest:
            score += newness * 0.5 ** ((newest - item.document.published).days / 180)
        scored.append(replace(item, score=score))
    return tuple(sorted(unique(scored), key=lambda item: (-item.score, item.row)))


def _facet(work: Composition, title: str) -> Point:
    """A general point of comparison: events for the turning points, else what fits its pattern, openings first."""
    told, weight = dict(_FACETS)[title], _EVENT_WEIGHT.get(title, 0.2)
    asked = work.question.asked_ids
    items = []
    for item in work.ranked:
        if closeness(item, asked) < LEAST_CLOSE:
            continue
        worth = event_worth(event_of(item), asked)
        if told.search(item.sentence.text) and (told is not TURNING_POINT or worth >= LEAST_EVENT):
            items.append(replace(item, score=0.5 * item.score + weight * worth + 0.08 * is_lead(item)))
    return Point(title, (), _by_fitness(work, items, NEWNESS))


def _side_by_side(
    work: Composition, point: Point, limit: int, shown: Collection[tuple[str, int]]
) -> dict[str, list[Evidence]]:
    """Each company's sentences on a point, the first ones matched: one report or one measure for all, if there is."""
    own = {company.id: _candidates(work, point, company.id, shown) for company in work.question.companies}
    best = max((items[0].score for items in own.values() if items), default=0.0)
    chosen: dict[str, list[Evidence]] = {name: [] for name in own}
    both = next((i for i in point.ranked if sum(_holds(items, i) for items in own.values()) >= 2), None)
    if both is not None and both.score >= NEAR_THE_BEST * best:
        for name, items in own.items():
            chosen[name] += [both] if _holds(items, both) else []
    near = NEAR_THE_BEST if point.asked else NEAR_ON_A_GENERAL_POINT
    for name in sorted(own, key=lambda name: -own[name][0].score if own[name] else 0.0):
        others = [item for other, items in chosen.items() if other != name for item in items]
        ranked = sorted(own[name], key=lambda item: -(item.score + _matches(item, others)))
        for item in ranked:
            if len(chosen[name]) >= limit:
                break
            if chosen[name] and item.score < near * own[name][0].score:
                continue
            if all(
                item.key != other.key and work.pool.similarity(item, other) < TOO_ALIKE
                for other in (*chosen[name], *others)
            ):
                chosen[name].append(item)
    return chosen


def _candidates(work: Composition, point: Point, company: str, shown: Collection[tuple[str, int]]) -> list[Evidence]:
    """A company's sentences for a point, best first: those that bear on it, else the next best.

    To them come those that give its figure in a count of several companies of which another's sentence bears on the
    point: "Omdia put Unitree second with 4,200 humanoid robots".
    """
    bearing = [item for item in point.ranked if _is_own(item, company)]
    counted = {
        item.key: replace(item, score=lead.score)
        for lead in point.ranked[:12]
        if not _is_own(lead, company) and set(lead.sentence.companies) & set(work.question.company_ids)
        for item in work.ranked
        if _is_own(item, company) and _is_same_count(item, lead)
    }
    bearing = [item for item in bearing if item.key not in counted] + list(counted.values())
    if CHANGING_ASPECTS & {aspect.id for aspect in point.aspects}:
        bearing = _newest_first(bearing, company)
    if not bearing:
        bearing = [item for item in point.near if _is_own(item, company)]
    return sorted((i for i in bearing if i.key not in shown), key=lambda i: (-i.score, i.row))


def _newest_first(items: Sequence[Evidence], company: str) -> list[Evidence]:
    """The sentences with the newest figure that is a fact about the company raised to the best score."""
    settled = [
        i
        for i in items
        if closeness(i, (company,)) >= 1.0 and happening(i) >= 1.0 and figures(without_attribution(i.sentence.text))
    ]
    if not settled:
        return list(items)
    newest = max(settled, key=lambda item: (item.document.published, item.score))
    best = max(item.score for item in items)
    return [replace(item, score=best) if item.key == newest.key else item for item in items]


def _is_same_count(item: Evidence, lead: Evidence) -> bool:
    """Whether two sentences of one report give figures of one unit by the same counter, a name that both have."""
    if item.document.id != lead.document.id or item.key == lead.key:
        return False
    units = [{f.unit for f in figures(i.sentence.text) if f.unit and not f.unit.isupper()} for i in (item, lead)]
    known = {word for i in (item, lead) for name in i.sentence.companies for word in name.split()} | {"The"}
    known |= set(re.findall(r"\w+", item.document.publisher))
    names = [set(re.findall(r"\b[A-Z]\w+", without_attribution(i.sentence.text))) - known for i in (item, lead)]
    return bool(units[0] & units[1] and names[0] & names[1])


def _holds(items: Sequence[Evidence], item: Evidence) -> bool:
    return any(item.key == other.key for other in items)


def _matches(item: Evidence, others: Sequence[Evidence]) -> float:
    """What a sentence gains from what is shown of the other companies on the same point."""
    units = {figure.unit for figure in figures(item.sentence.text) if figure.unit}
    same_report = any(item.document.id == other.document.id for other in others)
    same_measure = any(units & {figure.unit for figure in figures(other.sentence.text)} for other in others)
    return SAME_REPORT * same_report + SAME_MEASURE * same_measure


def _is_own(item: Evidence, company: str) -> bool:
    """Whether a sentence is about a company: it names it, or nobody in a report that is about it."""
    named = item.sentence.companies
    return company in named or (not named and item.document.companies[:1] == (company,))


def _add_point(work: Composition, point: Point, chosen: Mapping[str, Sequence[Evidence]]) -> None:
    """A section with the companies in the order asked; what one of them lacks is said where it would stand."""
    draft = work.draft
    every = unique([item for items in chosen.values() for item in items])
    in_common = [item for item in every if sum(_holds(own, item) for own in chosen.values()) >= 2]
    statements = [draft.fact(item) for item in in_common]
    for company in work.question.companies:
        items = [item for item in chosen[company.id] if not _holds(in_common, item)]
        if CHANGING_ASPECTS & {aspect.id for aspect in point.aspects}:
            items.sort(key=lambda item: -item.document.published.toordinal())
        statements += [draft.fact(item) for item in items]
        if not chosen[company.id] and (text := _lacking(work, point, company.id, company.name)):
            statements.append(draft.gap(text))
    draft.section("comparison", point.title, statements)


def _add_also(work: Composition, shown: Sequence[Evidence]) -> None:
    """What fits the question as a whole and stands under no point: a sentence or two a company, of deeds and plans."""
    also: list[Evidence] = []
    ranked = _by_fitness(work, [i for i in work.ranked[:MOST_RANKED] if happening(i) >= LEAST_HAPPENING], 0.0)
    for company in work.question.companies:
        own = [item for item in ranked if company.id in item.sentence.companies]
        added = 0
        for item in own:
            told = (*shown, *also)
            is_new = all(i.key != item.key and work.pool.similarity(i, item) < TOO_ALIKE for i in told)
            if is_new and item.score >= ALSO_FLOOR * own[0].score and added < MOST_ALSO:
                also.append(item)
                added += 1
    work.draft.section("comparison", "Also reported", [work.draft.fact(item) for item in also])


def _lacking(work: Composition, point: Point, company_id: str, name: str) -> str:
    """What the sources do not say about a company on a point that was asked; empty when any of its sentences may."""
    if any(_is_own(item, company_id) for item in (*point.ranked, *point.near)):
        return ""
    topics = {aspect.id for aspect in point.aspects}
    in_report = any(topics & set(i.document.topics) for i in work.ranked if _is_own(i, company_id))
    if point.aspects and not in_report:
        return f"These sources do not say {not_said(point.aspects, name)}."
    what = "this" if point.title == SIDE_BY_SIDE else f"“{point.title}”"
    return f"These sources say nothing on {what} for {name}." if point.asked else ""


def _title(work: Composition, part: Focus) -> str:
    """A point's name: the question's own words when they are few and ask nothing by themselves, else its details."""
    text = part.text
    for company in work.question.companies:
        for name in (company.matched, company.name, company.id):
            text = re.sub(rf"\b{re.escape(name)}(?:['’]s)?", " ", text, flags=re.IGNORECASE)
    text = _EDGES.sub("", re.sub(r"\s+", " ", text))
    asks = _ASKING.search(part.text) or _CLAUSE.search(text)
    if 0 < len(text.split()) <= LONGEST_TITLE and not asks:
        return capitalised(text)
    nouns = [re.sub(r"^(?:its|the|who its) ", "", aspect.noun) for aspect in part.aspects]
    return capitalised(listed(nouns)) if nouns else SIDE_BY_SIDE
