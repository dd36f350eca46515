"""Preparing for a role at a company: news that bears on the role, what interviews test, where the two meet, a plan,
questions, and what the sources lack. Also its parts alone: about a company, skills, questions to ask, practise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.answering.answer import RoleUnderstood, Statement
from service.answering.aspects import Aspect
from service.answering.common_ground import Join, joins
from service.answering.company_news import (
    company_news,
    is_of_use,
    is_opinion,
    is_report,
    is_subject,
    stands_alone,
    valued,
)
from service.answering.composition import (
    Composition,
    Guide,
    article,
    aspects_named,
    difference_statement,
    is_interview_guide,
    lower_title,
    not_said,
    question_and_answer,
)
from service.answering.evidence import Evidence, choose, differences
from service.answering.figures import spoken
from service.answering.phrasing import (
    Angle,
    angle_of,
    listed,
    plain,
    presentable,
    quotation,
)
from service.answering.plan import plan_for
from service.answering.terms import content_terms

NEWS_FACTS = 5
LINKS = 2
LIKELY_QUESTIONS = 5
LAST_MINUTE_QUESTIONS = 3
"""Questions for who has a day or less."""
NEWS_QUESTIONS = 2
"""Questions to the interviewer that the news raise, beside those of the guide."""
TIED_QUOTE = 14
"""Words of a report that a week of the plan is tied to."""
WANTED_DETAILS = ("hiring", "pay", "interview rounds", "headcount")
"""What candidates usually want to know about an employer; what is absent is said."""
_TELLING_ANGLES = {"review": 0.2, "data": 0.15, "closure": 0.1, "leadership": 0.1, "incident": 0.1, "deadline": 0.05}
"""How much more a question is worth about news that an insider knows much more of than any report."""
_USE_OF_ANY = "be ready to say what it means to you"
_AND = re.compile(r",|\band\b|&")
_ABOUT_PEOPLE = frozenset({"leadership", "layoff", "hiring", "partners", "deal", "interviews"})
# What a sentence must say for a detail of its own company to count as told.
_TOLD_OF_ITSELF = {
    "pay": re.compile(
        r"\b(?:salar(?:y|ies)|base pay|compensation|wages?|monthly pay|earns?\b|pays? (?:its|up to|engineers|researchers|staff))",
        re.IGNORECASE,
    ),
    "headcount": re.compile(
        r"\b(?:employs?|has|have|workforce of|team of|staff of)\b[^.]{0,30}?\d[\d,]*(?:\s[\w-]+){0,3}\s(?:employees|staff|people|engineers|researchers|workers)\b"
        r"|\d[\d,]*(?:\s[\w-]+){0,2}\s(?:employees|people|engineers|researchers) work\b|\bheadcount\b",
        re.IGNORECASE,
    ),
    "hiring": re.compile(
        r"\b(?:to|will|would|not) hire\b|\bhires\b|\bhiring\b|\bopen (?:roles|positions|posts)\b|\bopenings\b|\brecruit(?:s|ing|ment)\b|\bvacanc|\bcreate \w+ of jobs\b",
        re.IGNORECASE,
    ),
    "interview rounds": re.compile(
        r"\brounds?\b.*\binterview|\binterview.*\b(?:rounds?|stages?|loop|minutes|process)\b|\btake-home\b|\bproject to do at home\b|\bphone screen",
        re.IGNORECASE,
    ),
}
_PROFILE = re.compile(
    r"\b(?:fresh(?:er)? grad\w*|new grad\w*|undergrad\w*|phd student|msc student|grad student|intern(?:ship)?\b|"
    r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten)\+? ?(?:yrs?|years?)(?:'? (?:of )?(?:experience|exp\b|in \w+|of [\w ]{2,20}?|\w+))?|"
    r"coming from \w+|come from \w+|career changer|switching from \w+)",
    re.IGNORECASE,
)
"""What candidates say of themselves; the guides have one plan for all."""


def compose_prepare(work: Composition) -> None:
    """The whole preparation plan."""
    scored = valued(work)
    news = add_news(work, scored)
    in_order = sorted(work.guides, key=lambda pair: is_interview_guide(pair[0].id))
    if in_order:
        role, guide = in_order[0]
        _add_tests(work, role, guide)
        joined = joins(work, guide, [item for item in news if is_subject(work, item)], LINKS)
        _add_links(work, joined)
        _add_plan(work, guide, news, scored)
        for other, other_guide in in_order[1:]:
            _add_beside(work, other, other_guide)
        _add_likely_questions(work, guide, news, [join.item for join in joined])
    _add_questions_to_ask(work, scored, NEWS_QUESTIONS, in_order)
    _add_gaps(work)
    if not work.guides and not news and not work.draft.abstained:
        work.abstain()


def compose_skills(work: Composition) -> None:
    """Which skills count: the company's news that names them, and the role's guide."""
    draft = work.draft
    news = add_news(work, valued(work), 4)
    if not work.question.companies and not draft.abstained:
        found = [item for item in choose(work.pool, work.ranked, (), 3, 0.7) if item.score >= 0.36]
        draft.section("news", "What the news says", [draft.fact(item) for item in found])
    for role, guide in work.guides:
        _add_tests(work, role, guide)
        ordered = sorted(_core_topics(work, guide, 4 if work.question.companies else 7), key=lambda item: item.row)
        draft.section("interview_tests", "Core topics", [draft.fact(item) for item in ordered])
    for _, guide in work.guides[:1]:
        _add_links(work, joins(work, guide, news, LINKS))
    if not draft.sections:
        work.abstain()


def _core_topics(work: Composition, guide: Guide, limit: int) -> list[Evidence]:
    """The guide's topics nearest to the candidate's words, and of those the ones on the skills that make the role."""
    skills = set(guide.document.skills)

    def value(item: Evidence) -> float:
        return guide.relevance(work.question, work.vector, item) + 0.5 * len(skills & set(item.sentence.skills))

    return sorted(guide.items("Core topics"), key=lambda item: (-value(item), item.row))[:limit]


def compose_about(work: Composition) -> None:
    """What the sources know about a company."""
    if work.draft.abstained:
        return
    add_news(work, valued(work), 6)
    if not work.draft.sections:
        work.abstain()


def compose_questions_to_ask(work: Composition) -> None:
    """Questions to the interviewer, from the news and from the guide."""
    _add_questions_to_ask(work, valued(work), 2 * NEWS_QUESTIONS, work.guides)
    if not work.draft.sections:
        work.abstain()


def compose_practise(work: Composition) -> None:
    """The guide's questions with what a strong answer covers, those nearest to the candidate's words first."""
    draft = work.draft
    news = company_news(work, valued(work), 3)
    for role, guide in work.guides:
        statements = [draft.fact(item, question_and_answer(item)) for item in _likely(work, guide, (), (), 5)]
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
        _add_plan(work, guide, (), ())
        _add_likely_questions(work, guide, (), ())


def add_news(work: Composition, scored: Sequence[tuple[float, Evidence]], limit: int = NEWS_FACTS) -> list[Evidence]:
    """Add the news that bears on the question and where its figures differ; returns the sentences shown."""
    if not work.question.companies:
        return []
    draft = work.draft
    news = company_news(work, scored, limit)
    title = f"What the news says about {work.names}{_former_names(work, news)}"
    draft.section("news", title, [draft.fact(item) for item in news])
    asked = set(work.question.asked_ids)
    about = [item for item in work.ranked if asked & {*item.sentence.companies, *item.document.companies}]
    found = [
        difference
        for difference in differences(work.pool, about[:80])
        if not difference.update
        and any(asked & set(item.sentence.companies) and is_subject(work, item) for item, _ in difference.reports)
    ]
    draft.section("disagreements", "Where sources differ", [difference_statement(draft, d) for d in found[:2]])
    return news


def _former_names(work: Composition, news: Sequence[Evidence]) -> str:
    """A note for the title when a sentence below it calls a company by the name that it had then."""
    used = [
        name
        for company in work.question.companies
        for name in company.formerly
        if any(name in item.sentence.text.replace(company.name, "") for item in news)
    ]
    return f" (earlier called {listed(used)})" if used else ""


def _add_tests(work: Composition, role: RoleUnderstood, guide: Guide) -> None:
    title = f"What {article(role.title)} {lower_title(role.title)} interview tests"
    if is_interview_guide(role.id):
        title = f"What counts: {lower_title(role.title)}"
    items = guide.items("What interviews test")
    work.draft.section("interview_tests", title, [work.draft.fact(item) for item in items])


def _add_links(work: Composition, joined: Sequence[Join]) -> None:
    """What both the news and the guide are about, each with the guide's own words."""
    draft = work.draft
    statements = [draft.say("link", _link_text(join), [join.news, join.item]) for join in joined]
    draft.section("links", "Where the two meet", statements)


def _link_text(join: Join) -> str:
    label = join.item.sentence.label
    if label.endswith("?"):
        guide = f"expect “{label}”"
    else:
        guide = f"rehearse “{presentable(join.item.sentence, join.item.document).rstrip('.')}”"
    named = f"names {listed(join.skills)}" if join.skills else f"is about {join.field}"
    return f"{quotation(join.news, TIED_QUOTE)} {named}: {guide}."


def _add_plan(
    work: Composition, guide: Guide, news: Sequence[Evidence], scored: Sequence[tuple[float, Evidence]]
) -> None:
    """The guide's plan for the days that are left, each item tied to a piece of the company's news."""
    draft, question = work.draft, work.question
    plan = plan_for(guide.items("Preparation plan"), question.days_left, question.as_of)
    tied = _tied(work, guide, plan.items, news, scored)
    statements = []
    for item in plan.items:
        if item.key in tied:
            report, angle = tied[item.key]
            use = _USE_OF_ANY if is_interview_guide(guide.document.role) else angle.use
            text = (
                f"{presentable(item.sentence, item.document)} Tie it to {quotation(report, TIED_QUOTE, angle)}: {use}."
            )
            statements.append(draft.say("link", text, [item, report]))
        else:
            statements.append(draft.fact(item))
    if plan.spare:
        text = f"In the days to spare, {lower_title(presentable(plan.spare.sentence, plan.spare.document))}"
        statements.append(draft.fact(plan.spare, text))
    draft.section("plan", plan.title, statements)


def _tied(
    work: Composition,
    guide: Guide,
    items: Sequence[Evidence],
    news: Sequence[Evidence],
    scored: Sequence[tuple[float, Evidence]],
) -> dict[tuple[str, int], tuple[Evidence, Angle]]:
    """For each item of a plan the report nearest to it that a candidate can do something with, each kind once.

    A shorter plan's summary is left alone when the weeks that it refers to follow. A guide to a kind of interview gets
    one report: its weeks are not about the company's work.
    """
    if not news:
        return {}
    items = items[1:] if len(items) > 1 and items[0].sentence.label.startswith("With") else items
    reports = [*news, *(item for value, item in scored[:30] if value >= 0.4 * scored[0][0] and item not in news)]
    usable = [
        (report, angle)
        for report in reports
        if (angle := angle_of(report, work.question.as_of)) and _of_employer(work, report) and is_of_use(work, report)
    ]
    found: dict[tuple[str, int], tuple[Evidence, Angle]] = {}
    for item in items:
        near = work.pool.vectors @ guide.pool.vectors[item.row]
        taken = {angle.id for _, angle in found.values()} | {report.key for report, _ in found.values()}
        left = [pair for pair in usable if not {pair[0].key, pair[1].id} & taken]
        if left and not (found and is_interview_guide(guide.document.role)):
            # Nearest to the item; what the work is for comes before who does it, and the news shown before the others.
            found[item.key] = max(
                left,
                key=lambda p: (
                    float(near[p[0].row]) + 0.15 * (p[0] in news) - 0.3 * (p[1].id in _ABOUT_PEOPLE),
                    -p[0].row,
                ),
            )
    return found


def _add_beside(work: Composition, role: RoleUnderstood, guide: Guide) -> None:
    """The second guide in two lines: what counts most for this question, and its shortest fitting plan."""
    draft, question = work.draft, work.question
    days = 7 if question.days_left is None else question.days_left
    plan = plan_for(guide.items("Preparation plan"), days, question.as_of)
    tests = guide.items("What interviews test")
    first = max(tests, key=lambda item: (guide.relevance(question, work.vector, item), -item.row), default=None)
    statements = [draft.fact(item) for item in (first, plan.items[0]) if item is not None]
    draft.section("plan", f"Beside it: {lower_title(role.title)}", statements)


def _add_likely_questions(
    work: Composition, guide: Guide, news: Sequence[Evidence], linked: Sequence[Evidence]
) -> None:
    draft, days = work.draft, work.question.days_left
    limit = LAST_MINUTE_QUESTIONS if days is not None and days <= 1 else LIKELY_QUESTIONS - (len(work.guides) > 1)
    statements = [draft.fact(i, question_and_answer(i)) for i in _likely(work, guide, news, linked, limit)]
    draft.section("likely_questions", "Questions you may get", statements)


def _likely(
    work: Composition, guide: Guide, news: Sequence[Evidence], linked: Sequence[Evidence], limit: int
) -> list[Evidence]:
    """The guide's questions: those that the news lead to, then those nearest to the candidate's words and the news.

    What the candidate has covered already comes last.
    """
    reported = {term for item in news for term in item.terms}
    skills = {skill for item in news for skill in item.sentence.skills}
    first = {item.key for item in linked}
    covered = [frozenset(content_terms(part)) for said in work.question.covered for part in _AND.split(said)]

    def is_covered(item: Evidence) -> bool:
        return any(terms and terms <= item.terms for terms in covered)

    def value(item: Evidence) -> float:
        near = sum(guide.pool.weights.get(term, 0.0) for term in item.terms & reported)
        shared = len(skills & set(item.sentence.skills))
        return guide.relevance(work.question, work.vector, item) + 0.15 * near + 0.8 * shared

    items = guide.items("Likely questions")
    if is_interview_guide(guide.document.role):
        first |= {item.key for item in items[:1]}  # The opener ("tell me about yourself") comes in nearly every one.
    return sorted(items, key=lambda item: (is_covered(item), item.key not in first, -value(item), item.row))[:limit]


def _add_questions_to_ask(
    work: Composition,
    scored: Sequence[tuple[float, Evidence]],
    limit: int,
    guides: Sequence[tuple[RoleUnderstood, Guide]],
) -> None:
    draft = work.draft
    statements = [
        draft.say("question", f"{_reported(item, angle)}: {angle.ask}", [item])
        for item, angle in _asked_about(work, scored, limit)
    ]
    for _, guide in guides[:1]:
        items = guide.items("Questions to ask the interviewer")
        statements += [draft.say("question", plain(item.sentence.text), [item]) for item in items]
    draft.section("questions_to_ask", "Questions to ask them", statements)


def _reported(item: Evidence, angle: Angle) -> str:
    """A report as a candidate can mention it: quotation, publisher and date."""
    publisher = item.document.publisher.split(" (")[0]
    return f"{quotation(item, angle=angle)} ({publisher}, {spoken(item.document.published)})"


def _asked_about(
    work: Composition, scored: Sequence[tuple[float, Evidence]], limit: int
) -> list[tuple[Evidence, Angle]]:
    """The news that raise a question, most telling first: each kind of question once, documents taken in turn."""
    told = [
        (0.5 * value + _TELLING_ANGLES.get(angle.id, 0.0) - 0.1 * work.draft.shows(item), item, angle)
        for value, item in scored[:60]
        if value >= 0.35 * scored[0][0] and (angle := angle_of(item, work.question.as_of))
    ]
    options = [option for option in told if _raises(work, option[1], option[2])]
    if not options:  # Of some companies only finance is told.
        options = [o for o in told if _of_employer(work, o[1]) and is_subject(work, o[1]) and stands_alone(o[1])]
    found: list[tuple[Evidence, Angle]] = []
    everything = options
    while options and len(found) < limit:
        seen = [item.document.id for item, _ in found]
        _, item, angle = max(options, key=lambda o: (o[0] - 0.15 * seen.count(o[1].document.id), -o[1].row))
        found.append((item, angle))
        options = [option for option in options if option[2].id != angle.id]
    if len(found) < min(limit, NEWS_QUESTIONS):  # All the news are of one kind; another report may be asked about too.
        seen = [item.document.id for item, _ in found]
        others = sorted((o for o in everything if o[1].document.id not in seen), key=lambda o: (-o[0], o[1].row))
        found += [(item, angle) for _, item, angle in others[: min(limit, NEWS_QUESTIONS) - len(found)]]
    return found


def _raises(work: Composition, item: Evidence, angle: Angle) -> bool:
    """Whether the company's people can be asked about a report: it tells of the company's work, or of a deal for it."""
    deal = angle.id == "deal" and work.question.company_ids[0] in item.sentence.companies and is_report(item)
    return deal or ((_of_employer(work, item) or angle.id == "review") and is_of_use(work, item))


def _of_employer(work: Composition, item: Evidence) -> bool:
    """Whether a sentence is about the first of several companies: the one where the interview is."""
    asked = work.question.companies
    return not {asked[0].id, *work.question.related_ids, *asked[0].members}.isdisjoint(item.sentence.companies)


def _add_gaps(work: Composition) -> None:
    """What candidates usually want to know and the sources lack, with the nearest on what they do have."""
    if not work.question.companies:
        return
    draft, name = work.draft, work.question.companies[0].name
    own = sorted(work.own(), key=lambda item: (-item.document.published.toordinal(), item.row))
    details = aspects_named(*WANTED_DETAILS)
    missing = [aspect for aspect in details if not any(_tells_of_itself(work, aspect, item) for item in own)]
    statements: list[Statement] = []
    if missing:
        statements.append(draft.gap(f"These sources do not say {not_said(missing, name)}."))
    nearest = _nearest_on_hiring(work, own)
    if nearest and not draft.shows(nearest):
        text = f"The nearest on hiring: {presentable(nearest.sentence, nearest.document)}"
        statements.append(draft.gap(text, [nearest]))
    if not work.question.roles:
        statements.append(
            draft.gap("No guide here covers the role, or none was named: the plan is that of behavioural interviews.")
            if work.guides
            else draft.gap("Name the role, and what its interviews test and a plan are added.")
        )
    elif profile := _PROFILE.search(work.question.standalone):
        statements.append(
            draft.gap(f"The plan is the same for all levels: “{profile.group(0).strip()}” is not weighed in.")
        )
    draft.section("gaps", "What these sources don't say", statements)


def _tells_of_itself(work: Composition, aspect: Aspect, item: Evidence) -> bool:
    """Whether a sentence tells a detail of the company asked about: it is the subject, and the role the one hired."""
    named = item.sentence.companies
    if (
        not named
        or named[0] not in work.question.company_ids
        or not _TOLD_OF_ITSELF[aspect.id].search(item.sentence.text)
    ):
        return False
    if aspect.id != "hiring":
        return True
    skills = {skill for _, guide in work.guides for skill in guide.document.skills} | set(work.question.skills)
    return bool(skills & set(item.sentence.skills))


def _nearest_on_hiring(work: Composition, own: Sequence[Evidence]) -> Evidence | None:
    """The newest sentence on hiring by the company, or else by a member of its venture."""
    hiring = [
        item
        for item in own
        if item.sentence.companies
        and _TOLD_OF_ITSELF["hiring"].search(item.sentence.text)
        and (not is_opinion(item) or "to hire" in item.sentence.text)
    ]
    by_company = [item for item in hiring if item.sentence.companies[0] in work.question.company_ids]
    return next(iter([*by_company, *(item for item in hiring if is_subject(work, item))]), None)
