"""The few sentences about a company that a candidate for a role should know.

`company_news` weighs each sentence by how near it is to the question and to the role's guide, and by what kind of news
it is; turning points, first customers and dates to come each have a place of their own. `preparation` shows the
result, asks about it and ties its plan to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

from service.answering.composition import Composition, aspects_named, unique
from service.answering.evidence import Evidence, Pool

TOO_WIDE = frozenset({"AI", "robotics", "machine learning", "software engineering"})
"""Skills that nearly every sentence of such news is about."""
MOST_PER_DOCUMENT = 2
TURNING_POINT_DAYS = 183
"""How long before the newest report on a company a change of course still counts as news: half a year."""
BACKGROUND_YEARS = 2
"""Sentences whose latest year lies this far before their report tell history."""
PLACE_FLOOR = 0.65
"""Least share of the value of the sentence that it displaces, for one that takes a place kept for its kind."""
GOOD_ENOUGH = 0.5
"""Least share of the best sentence's value for one that is shown."""
WEAK_FLOOR = 0.56
"""The same for finance, views, life stories and what others do."""
AT_LEAST = 3
"""Sentences that are shown however weak they are, if there are so many."""
REPETITION = 0.2
"""What a sentence loses for each unit of cosine to one that is shown already."""
SAID_ALREADY = 0.85
"""Cosine from which two sentences say the same."""
_MONEY_DETAIL = re.compile(
    r"\b(?:valu(?:ed|ation|es at)|market value|shares?\b|shareholders?|stocks?\b|revenue|profit|earnings|EBITDA|net income|"
    r"(?<!interview )round\b|Series [A-H]\b|put [$¥€£]|raise[sd]?\b|invest|stakes?\b|dividend|bondholder|market capitali|"
    r"bid for|votes?\b|voting|equity|pledge|support for|loans|guarantees|impairments?|losses|forecast|tariffs|go public|"
    r"listing|buy back|debt|lost \$|began trading)",
    re.IGNORECASE,
)
_PAY = re.compile(r"\bpay\b|\bsalar", re.IGNORECASE)
_OPINION = re.compile(
    r"\b(?:argues?|sees?|reads? the|in [\w. ]{3,40}'s view|believes?|notes? that|commented|holds that|'s analysis|"
    r"describes? the|names? \w+ \w+ as|called|stressed|praised|warns?|explains?|criticised|links the|compares?)\b",
    re.IGNORECASE,
)
_OTHER_ACTOR = re.compile(
    r"^(?:[\w-]+(?:'s)? ){0,4}?(?:governments?|ministry|minister|union|observers|analysts?|regulators?|companies|banks|"
    r"investors|rivals|salaries)\b",
    re.IGNORECASE,
)
"""Who acts when it is not the company, though the sentence names no other."""
_BIOGRAPHY = re.compile(
    r"\b(?:founded\b[^.]*\bwith\b|doctorate|graduated|studied|was born|spent \d+ years|had (?:worked|led|been)|previously|earlier (?:worked|led)|"
    r"before (?:he|she|joining)|used to|was (?:a|the) (?:\w+ )?(?:co-?founder|chief|head|vice|researcher|professor)|"
    r"worked (?:at|for) |became \w+ (?:\w+ )?officer)\b",
    re.IGNORECASE,
)
_LEANS_ON_CONTEXT = re.compile(
    r"^An earlier\b|^(?:The|This|These|That|Those|Such|It|They|He|She)\s(?![^.]*\b[A-Z])|"
    r"(?i:\btherefore\b|\bof those\b|\b(?:hours|days?|weeks?|months?) later\b|\bthe (?:first|corrected) version\b|"
    r"\bthe (?:announcement|filing|flaw|deal|memo|letter|new company)\b)",
)
_TURNING_POINT = re.compile(
    r"\b(?:halt(?:s|ed)?|cancel(?:s|led)?|retire[sd]?|discontinu\w+|scrap(?:s|ped)|gave up|given up|shut down|closed|"
    r"acquire[sd]?|buys?|bought|merge[rd]?|renamed|began operations|went public|resign\w*|left|steps? down|stepped down|"
    r"step down|interim|laid off|layoffs?|recall(?:s|ed)?|completed|chose|replac\w+|promoted|appointed|unveiled|released|"
    r"launched|rehired)\b",
    re.IGNORECASE,
)
_FIRST_USE = re.compile(
    r"\bfirst (?:\w+ ){0,2}(?:customer|deployment|use|commercial|site|plant|city)|\bcustomers?\b|\bdeploy(?:s|ed|ment)?\b|"
    r"\bput (?:\w+ )?to work\b|(?-i:\bpilots?\b)",
    re.IGNORECASE,
)
_TO_COME = re.compile(
    r"\b(?:is|are) (?:to|due|expected)\b|\bplans?\b|\baims?\b|\bwill\b|\btargets?\b|\bexpects?\b", re.IGNORECASE
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def company_news(work: Composition, scored: Sequence[tuple[float, Evidence]], limit: int) -> list[Evidence]:
    """Facts about the companies that bear on the role and on the question's own words; varied, none told twice.

    `scored` is what `valued` found.
    """
    best = scored[0][0] if scored else 0.0
    floor = {True: GOOD_ENOUGH * best, False: WEAK_FLOOR * best}
    sound = [pair for pair in scored if pair[0] >= floor[work.question.intent == "skills" or is_of_use(work, pair[1])]]
    places = _kept_places(work) if limit > 3 else ()
    news = _varied(work.pool, sound, limit, places)
    if len(news) < min(limit, AT_LEAST):
        news = unique([*news, *_varied(work.pool, scored, limit)])[: min(limit, AT_LEAST)]
    return news


def valued(work: Composition) -> list[tuple[float, Evidence]]:
    """The sentences about the companies with what each is worth to the candidate, best first; none without a company."""
    question, pool = work.question, work.pool
    if not question.companies:
        return []
    skills = {skill for _, guide in work.guides for skill in guide.document.skills} | set(question.skills)
    founders = {m for c in question.companies for m in c.members if m.casefold() in c.matched.casefold()}
    asks_money = any(aspect.id in ("valuation", "funding", "pay", "price") for aspect in question.focus.aspects)
    practical = aspects_named("hiring", "interviews")
    places = _kept_places(work)
    scored: list[tuple[float, Evidence]] = []
    for item in work.own():
        sentence, text = item.sentence, item.sentence.text
        value = 0.55 * item.score
        value += 0.35 * max((float(pool.vectors[item.row] @ guide.center) for _, guide in work.guides), default=0.0)
        value += 0.10 * min(2, len(set(sentence.skills) & skills))
        named_skills = set(sentence.skills) - TOO_WIDE
        value += 0.10 * min(4, len(named_skills)) * (question.intent == "skills")
        value += (0.25 if len(question.companies) > 1 else 0.12) * pool.share_named(question.asked_ids, item)
        value += 0.10 * bool(set(sentence.companies) & founders)
        value += 0.05 * any(fits(item) for fits in places)
        value += 0.05 * (item.passage.ordinal == 0 and sentence.start == item.passage.sentences[0].start)
        value += 0.07 * any(aspect.told.search(text) for aspect in practical)
        if pool.newest:
            value += 0.08 * 0.5 ** ((pool.newest - item.document.published).days / 120)
        if _MONEY_DETAIL.search(text) and not asks_money:
            value -= 0.10
        # Asked for skills, whoever says which ones count is welcome: the company itself seldom does.
        if not (question.intent == "skills" and named_skills):
            value -= 0.08 * is_opinion(item) + 0.08 * (not is_subject(work, item))
        if _is_history(item):
            value -= 0.15
        if _LEANS_ON_CONTEXT.search(text):
            value -= 0.12
        scored.append((value, item))
    return sorted(scored, key=lambda pair: (-pair[0], pair[1].row))


def is_subject(work: Composition, item: Evidence) -> bool:
    """Whether a sentence is about a company asked about, or a member of its venture, before anybody else."""
    ours = {*work.question.asked_ids, *(member for c in work.question.companies for member in c.members)}
    first = (*item.sentence.companies, *item.document.companies)[:1]
    return not ours.isdisjoint(first) and not _OTHER_ACTOR.search(item.sentence.text)


def is_opinion(item: Evidence) -> bool:
    """Whether a sentence tells what somebody thinks, its publisher above all."""
    text = item.sentence.text
    publishers = re.split(r"\s*[(,]\s*(?:via\s+)?|\)", item.document.publisher)
    return bool(_OPINION.search(text)) or any(
        name and text.startswith((f"{name} ", f"{name}'s ")) for name in publishers
    )


def is_of_use(work: Composition, item: Evidence) -> bool:
    """Whether a sentence reports what the company does and stands alone: no finance, no view, no life story."""
    return is_subject(work, item) and is_report(item)


def is_report(item: Evidence) -> bool:
    """Whether a sentence tells of work and stands alone: no finance, no view, no life story, nothing left open."""
    text = item.sentence.text
    return stands_alone(item) and not (_MONEY_DETAIL.search(text) or _PAY.search(text))


def stands_alone(item: Evidence) -> bool:
    """Whether a sentence tells a fact and can be understood without its neighbours."""
    return not (_LEANS_ON_CONTEXT.search(item.sentence.text) or is_opinion(item) or _is_history(item))


def is_turning_point(work: Composition, item: Evidence) -> bool:
    """Whether a sentence tells of a change of course by the company, within half a year of the newest report."""
    newest = work.pool.newest
    recent = newest is None or (newest - item.document.published).days <= TURNING_POINT_DAYS
    return (
        recent and is_subject(work, item) and not _is_history(item) and bool(_TURNING_POINT.search(item.sentence.text))
    )


def is_deadline(item: Evidence, as_of: date) -> bool:
    """Whether a sentence announces something for a year that has not ended."""
    text = item.sentence.text
    return bool(_TO_COME.search(text)) and any(int(year) > as_of.year for year in _YEAR.findall(text))


def _is_history(item: Evidence) -> bool:
    text = item.sentence.text
    years = [int(year) for year in _YEAR.findall(text)]
    old = bool(years) and max(years) <= item.document.published.year - BACKGROUND_YEARS
    return old or bool(_BIOGRAPHY.search(text))


_Place = Callable[[Evidence], bool]


def _kept_places(work: Composition) -> tuple[_Place, ...]:
    """The kinds of sentence that have a place among the news: a turning point, a first use, a date to come."""
    return (
        lambda item: is_of_use(work, item) and is_turning_point(work, item),
        lambda item: is_of_use(work, item) and bool(_FIRST_USE.search(item.sentence.text)),
        lambda item: is_of_use(work, item) and is_deadline(item, work.question.as_of),
    )


def _varied(
    pool: Pool, scored: Sequence[tuple[float, Evidence]], limit: int, places: Sequence[_Place] = ()
) -> list[Evidence]:
    """The best items, none near to one chosen before (maximal marginal relevance, Carbonell and Goldstein 1998).

    Each of `places` goes to the best item that fits it, if one is good enough and none was chosen anyway. A document
    gives at most `MOST_PER_DOCUMENT` items as long as others have something good enough.
    """
    chosen: list[Evidence] = []
    if not scored:
        return chosen
    displaced = scored[min(limit, len(scored)) - 1][0]
    filled = {item.key: {n for n, fits in enumerate(places) if fits(item)} for _, item in scored[:80]}
    for most in (MOST_PER_DOCUMENT, limit):
        left = [pair for pair in scored[:80] if pair[1] not in chosen]
        while left and len(chosen) < limit:
            open_places = set(range(len(places))).difference(*(filled[item.key] for item in chosen))
            fitting = [
                pair for pair in left if pair[0] >= PLACE_FLOOR * displaced and open_places & filled[pair[1].key]
            ]
            wanted = fitting if fitting and len(open_places) >= limit - len(chosen) else left
            nearest = {item.key: max((pool.similarity(item, c) for c in chosen), default=0.0) for _, item in wanted}
            value, item = max(wanted, key=lambda pair: (pair[0] - REPETITION * nearest[pair[1].key], -pair[1].row))
            left.remove((value, item))
            from_document = sum(other.document.id == item.document.id for other in chosen)
            if from_document < most and nearest[item.key] <= SAID_ALREADY:
                chosen.append(item)
    return chosen
