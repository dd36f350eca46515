"""Preparing for a role at a company: news that bears on the role, what interviews test, where the two meet, a plan,
questions, and what the sources lack. Also its parts alone: about a company, skills, questions to ask, practise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.answering.answer import RoleUnderstood, Statement
from service.answering.composition import (
    Composition,
    Guide,
    article,
    aspects_named,
    difference_statement,
    lower_title,
    not_said,
    question_and_answer,
)
from service.answering.evidence import Evidence, Pool, choose, differences
from service.answering.phrasing import (
    attributed,
    days_phrase,
    listed,
    plain,
    presentable,
    quoted_for_question,
)

NEWS_FACTS = 5
LIKELY_QUESTIONS = 6
READING = 3
"""Reports that a plan tells the candidate to read first."""
WANTED_DETAILS = ("hiring", "pay", "interview rounds", "headcount")
"""What candidates usually want to know about an employer; what is absent is said."""
LINK_FLOOR = 0.3
"""Least cosine of a report and a guide's item to be joined, besides a shared skill."""
_MONEY_DETAIL = re.compile(
    r"\b(?:valu|share|stock|revenue|profit|earnings|EBITDA|net income|round|raise|invest|stake|dividend)", re.IGNORECASE
)
_OPINION = re.compile(
    r"\b(?:argues?|sees?|reads? the|in [\w. ]{3,40}'s view|believes?|notes? that|commented|holds that|'s analysis|"
    r"describes? the|names? \w+ \w+ as)\b",
    re.IGNORECASE,
)
_TURNING_POINT = re.compile(
    r"\b(?:halt|cancel|retire|stop|end(?:s|ed)\b|closed?\b|acquir|buy|bought|renam|formerly|began operations|went public|"
    r"resign|left\b|step(?:s|ped) down|laid off|recall|complet|chose\b|selected|first (?:deployment|model|customer)|releas)",
    re.IGNORECASE,
)


def compose_prepare(work: Composition) -> None:
    """The whole preparation plan."""
    news = add_news(work)
    for role, guide in work.guides:
        _add_tests(work, role, guide)
    _add_links(work, news)
    for number, (role, guide) in enumerate(work.guides):
        _add_plan(work, role, guide, news if number == 0 else ())
    for _, guide in work.guides[:1]:
        _add_likely_questions(work, guide, news)
    _add_questions_to_ask(work, news, 2)
    _add_gaps(work)
    if not work.guides and not news and not work.draft.abstained:
        work.abstain()


def compose_skills(work: Composition) -> None:
    """Which skills count: the company's news that names them, and the role's guide."""
    draft = work.draft
    news = add_news(work, 4)
    if not work.question.companies:
        found = [item for item in choose(work.pool, work.ranked, (), 3, 0.7) if item.score >= 0.36]
        draft.section("news", "What the news says", [draft.fact(item) for item in found])
    for role, guide in work.guides:
        _add_tests(work, role, guide)
        topics = guide.items("Core topics")
        nearest = sorted(topics, key=lambda item: (-guide.relevance(work.question, work.vector, item), item.row))[:4]
        ordered = sorted(nearest, key=lambda item: item.row)
        draft.section("interview_tests", "Core topics", [draft.fact(item) for item in ordered])
    _add_links(work, news)
    if not draft.sections:
        work.abstain()


def compose_about(work: Composition) -> None:
    """What the sources know about a company."""
    if work.draft.abstained:
        return
    add_news(work, 6)
    if not work.draft.sections:
        work.abstain()


def compose_questions_to_ask(work: Composition) -> None:
    """Questions to the interviewer, from the news and from the guide."""
    news = company_news(work, 5) if work.question.companies else []
    _add_questions_to_ask(work, news, 4)
    if not work.draft.sections:
        work.abstain()


def compose_practise(work: Composition) -> None:
    """The guide's questions with what a strong answer covers, those nearest to the candidate's words first."""
    draft = work.draft
    news = company_news(work, 3) if work.question.companies else []
    for role, guide in work.guides:
        statements = [draft.fact(item, question_and_answer(item)) for item in _likely(work, guide, (), 5)]
        draft.section("likely_questions", f"Practise: {lower_title(role.title)}", statements)
    draft.section("news", "Tie your answers to their news", [draft.fact(item) for item in news])
    if not work.guides:
        asked = listed([f"“{skill}”" for skill in work.question.skills]) or "that"
        text = (
            f"No role guide covers {asked}. Name the role, for example “motion planning engineer”, "
            "and its questions can be practised."
        )
        draft.section("gaps", "What these sources don't say", [draft.gap(text)])
        draft.abstained, draft.reason = not news, None if news else "no_evidence"


def add_role_advice(work: Composition) -> None:
    """What the first role's guide knows, when nothing is known of the employer."""
    for role, guide in work.guides[:1]:
        _add_tests(work, role, guide)
        _add_plan(work, role, guide, ())
        _add_likely_questions(work, guide, ())


def add_news(work: Composition, limit: int = NEWS_FACTS) -> list[Evidence]:
    """Add the news that bears on the question and where its figures differ; returns the sentences shown."""
    if not work.question.companies:
        return []
    draft = work.draft
    news = company_news(work, limit)
    draft.section("news", f"What the news says about {work.names}", [draft.fact(item) for item in news])
    asked = set(work.question.asked_ids)
    about = [item for item in work.ranked if asked & {*item.sentence.companies, *item.document.companies}]
    found = [difference for difference in differences(work.pool, about[:80]) if not difference.update]
    draft.section("disagreements", "Where sources differ", [difference_statement(draft, d) for d in found[:2]])
    return news


def company_news(work: Composition, limit: int) -> list[Evidence]:
    """Facts about the companies that bear on the role and on the question's own words; varied, none told twice."""
    question, pool = work.question, work.pool
    skills = {skill for _, guide in work.guides for skill in guide.document.skills} | set(question.skills)
    founders = {m for c in question.companies for m in c.members if m.casefold() in c.matched.casefold()}
    asks_money = any(aspect.id in ("valuation", "funding", "pay", "price") for aspect in question.focus.aspects)
    practical = aspects_named("hiring", "interviews")
    scored: list[tuple[float, Evidence]] = []
    for item in work.own():
        sentence, text = item.sentence, item.sentence.text
        value = 0.55 * item.score
        value += 0.35 * max((float(pool.vectors[item.row] @ guide.center) for _, guide in work.guides), default=0.0)
        value += 0.10 * min(2, len(set(sentence.skills) & skills))
        value += 0.08 * min(3, len(sentence.skills)) * (question.intent == "skills")
        value += (0.25 if len(question.companies) > 1 else 0.12) * pool.share_named(question.asked_ids, item)
        value += 0.10 * bool(set(sentence.companies) & founders)
        value += 0.05 * bool(_TURNING_POINT.search(text))
        value += 0.05 * (item.passage.ordinal == 0 and sentence.start == item.passage.sentences[0].start)
        value += 0.07 * any(aspect.told.search(text) for aspect in practical)
        if pool.newest:
            value += 0.08 * 0.5 ** ((pool.newest - item.document.published).days / 120)
        if _MONEY_DETAIL.search(text) and not asks_money:
            value -= 0.10
        if _OPINION.search(text):
            value -= 0.08
        scored.append((value, item))
    scored.sort(key=lambda pair: (-pair[0], pair[1].row))
    return _varied(pool, scored, limit)


def _add_tests(work: Composition, role: RoleUnderstood, guide: Guide) -> None:
    title = f"What {article(role.title)} {lower_title(role.title)} interview tests"
    if guide.document.role.endswith(("interviews", "companies")):
        title = f"What counts: {lower_title(role.title)}"
    items = guide.items("What interviews test")
    work.draft.section("interview_tests", title, [work.draft.fact(item) for item in items])


def _add_links(work: Composition, news: Sequence[Evidence]) -> None:
    """Skills that both the news and the guide name, each with the guide's question or topic nearest to the report."""
    draft = work.draft
    statements: list[Statement] = []
    for _, guide in work.guides[:1]:
        left = [*guide.items("Likely questions"), *guide.items("Core topics")]
        for item in news:
            skills = [skill for skill in item.sentence.skills if skill in guide.document.skills]
            if not skills or not left:
                continue
            near = guide.pool.vectors @ work.pool.vectors[item.row]
            best = max(left, key=lambda other: float(near[other.row]) + 0.05 * other.sentence.label.endswith("?"))
            if float(near[best.row]) < LINK_FLOOR:
                continue
            left.remove(best)
            label = best.sentence.label.rstrip(".:")
            kind = "question" if label.endswith("?") else "topic"
            text = f"The news names {listed(skills[:3])}; the guide's {kind} “{label}” is where to show it."
            statements.append(draft.say("link", text, [item, best]))
    draft.section("links", "Where the two meet", statements[:3])


def _add_plan(work: Composition, role: RoleUnderstood, guide: Guide, news: Sequence[Evidence]) -> None:
    """The guide's plan by week, or the one for the days that are left; the news to read first."""
    draft, days = work.draft, work.question.days_left
    items = guide.items("Preparation plan")
    weeks = [item for item in items if item.sentence.label.startswith("Week")]
    short = sorted(
        (int(found.group()), item)
        for item in items
        if item.sentence.label.startswith("With") and (found := re.search(r"\d+", item.sentence.label))
    )
    if days is None:
        title, shown = "Your plan (four weeks; give the interview date and it shrinks to fit)", weeks
    elif days >= 28 or not short:
        title, shown = f"Your plan ({days_phrase(days)})", weeks
    else:
        fitting = [item for length, item in short if length <= days] or [short[0][1]]
        title, shown = f"Your plan ({days_phrase(days)})", [fitting[-1], *_weeks_for(days, weeks)]
    if len(work.guides) > 1:
        title = f"{title}: {lower_title(role.title)}"
    statements = [draft.fact(item) for item in shown]
    first_of = {item.document.id: item for item in reversed(news)}
    reading = [first_of[key] for key in dict.fromkeys(item.document.id for item in news)][:READING]
    if reading:
        titles = listed([f"“{item.document.title}” ({attributed(item.document)})" for item in reading])
        statements.append(draft.say("advice", f"Read first, so that you can speak about it: {titles}.", reading))
    draft.section("plan", title, statements)


def _weeks_for(days: int, weeks: Sequence[Evidence]) -> list[Evidence]:
    """The weeks that a shorter plan refers to by number ("do weeks 1 and 2")."""
    return list(weeks[: 2 if days >= 14 else 1 if days >= 7 else 0])


def _add_likely_questions(work: Composition, guide: Guide, news: Sequence[Evidence]) -> None:
    draft = work.draft
    statements = [draft.fact(i, question_and_answer(i)) for i in _likely(work, guide, news, LIKELY_QUESTIONS)]
    draft.section("likely_questions", "Questions you may get", statements)


def _likely(work: Composition, guide: Guide, news: Sequence[Evidence], limit: int) -> list[Evidence]:
    """The guide's questions, those nearest to the candidate's words and to the news first."""
    reported = {term for item in news for term in item.terms}
    skills = {skill for item in news for skill in item.sentence.skills}

    def value(item: Evidence) -> float:
        near = sum(guide.pool.weights.get(term, 0.0) for term in item.terms & reported)
        shared = len(skills & set(item.sentence.skills))
        return guide.relevance(work.question, work.vector, item) + 0.15 * near + 0.8 * shared

    return sorted(guide.items("Likely questions"), key=lambda item: (-value(item), item.row))[:limit]


def _add_questions_to_ask(work: Composition, news: Sequence[Evidence], limit: int) -> None:
    draft = work.draft
    statements = [
        draft.say("question", quoted_for_question(item.sentence, item.document), [item])
        for item in _spread_over_documents(news)[:limit]
    ]
    for _, guide in work.guides[:1]:
        items = guide.items("Questions to ask the interviewer")
        statements += [draft.say("question", plain(item.sentence.text), [item]) for item in items]
    draft.section("questions_to_ask", "Questions to ask them", statements)


def _add_gaps(work: Composition) -> None:
    """What candidates usually want to know and the sources lack, with the nearest on what they do have."""
    if not work.question.companies:
        return
    draft, name = work.draft, work.question.companies[0].name
    own = sorted(work.own(), key=lambda item: (-item.document.published.toordinal(), item.row))
    told = {a.id: [i for i in own if a.told.search(i.sentence.text)] for a in aspects_named(*WANTED_DETAILS)}
    missing = [aspect for aspect in aspects_named(*WANTED_DETAILS) if not told[aspect.id]]
    statements = []
    if missing:
        statements.append(draft.gap(f"These sources do not say {not_said(missing, name)}."))
    for aspect in aspects_named("hiring", "interview rounds"):
        nearest = [item for item in told[aspect.id] if not draft.shows(item)]
        if nearest:
            text = f"The nearest on {aspect.noun}: {presentable(nearest[0].sentence, nearest[0].document)}"
            statements.append(draft.gap(text, nearest[:1]))
            break
    draft.section("gaps", "What these sources don't say", statements)


def _varied(pool: Pool, scored: Sequence[tuple[float, Evidence]], limit: int, per_document: int = 3) -> list[Evidence]:
    """The best items, none near to one chosen before (maximal marginal relevance, Carbonell and Goldstein 1998)."""
    chosen: list[Evidence] = []
    left = list(scored[:60])
    counts: dict[str, int] = {}
    while left and len(chosen) < limit:
        nearest = {item.key: max((pool.similarity(item, c) for c in chosen), default=0.0) for _, item in left}
        value, item = max(left, key=lambda pair: (pair[0] - 0.35 * nearest[pair[1].key], -pair[1].row))
        left.remove((value, item))
        if counts.get(item.document.id, 0) < per_document and nearest[item.key] <= 0.85:
            counts[item.document.id] = counts.get(item.document.id, 0) + 1
            chosen.append(item)
    return chosen


def _spread_over_documents(items: Sequence[Evidence]) -> list[Evidence]:
    """The items with the first of each document before the others."""
    first = {item.document.id: item for item in reversed(items)}
    return [item for item in items if first[item.document.id] is item] + [
        item for item in items if first[item.document.id] is not item
    ]
