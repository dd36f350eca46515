"""The extractive composer: a structured, cited answer without a language model.

It takes a `Question`, gathers evidence, and fills a `Draft` with sections for the question's intent. Everything that
it states is a source's own sentence, or a fixed phrase around quotations of sources; it can be read as the table
`_COMPOSERS` from intent to the sections that such an answer has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

import numpy as np

from corpus.document import Document
from service.answering.answer import AnswerFilters, Intent, RoleUnderstood, SectionKind, Statement
from service.answering.draft import Draft
from service.answering.evidence import (
    Difference,
    Evidence,
    Guides,
    Pool,
    Search,
    Vector,
    choose,
    differences,
    gather,
)
from service.answering.figures import dates, figures, spoken
from service.answering.phrasing import (
    attributed,
    capitalised,
    days_phrase,
    listed,
    plain,
    presentable,
    quoted_for_question,
    with_blank,
)
from service.answering.question import ASPECTS, Aspect, Focus, Question
from service.answering.terms import content_terms

ANSWER_FLOOR = 0.36
"""Least score of the best sentence for a question to count as answered; tuned on the development questions."""
CHANGING_ASPECTS = frozenset(
    {"valuation", "funding", "revenue", "profit", "status", "leadership", "shipments", "targets"}
)
"""Details whose newest report replaces the older ones."""
MEASURED_ASPECTS = frozenset({"valuation", "funding", "revenue", "profit", "shipments", "targets"})
"""Of these, the ones told in figures."""
SCOPE_FLOOR = 0.33
"""Least score that makes a question without any known name or career word count as one for this corpus."""
ALIKE_FOR_A_FACT = 0.7
"""Least cosine of two reports on the very matter asked about; lower than elsewhere, since both answer one question."""
ALSO_FLOOR = 0.8
"""Least share of the best score that a further report has, to be worth a line below the answer."""
NEWS_FACTS = 5
LIKELY_QUESTIONS = 6
WANTED_DETAILS = ("hiring", "pay", "interview rounds", "headcount")
"""What candidates usually want to know about an employer; what is absent is said."""
_MONEY_DETAIL = re.compile(
    r"\b(?:valu|share|stock|revenue|profit|earnings|EBITDA|net income|round|raise|invest|stake|dividend)", re.IGNORECASE
)
_OPINION = re.compile(
    r"\b(?:argues|reads the|in .{3,30}'s view|believes|sees the|notes that|commented)\b", re.IGNORECASE
)
_TURNING_POINT = re.compile(
    r"\b(?:halt|cancel|retire|stop|end(?:s|ed)\b|closed?\b|acquir|buy|bought|renam|formerly|began operations|went public|resign|left\b|step(?:s|ped) down|laid off|recall|complet|chosen|chose\b|selected)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Guide:
    """A role's guide by section; each item is one sentence or list item."""

    document: Document
    pool: Pool
    center: Vector

    def items(self, section: str) -> list[Evidence]:
        """The items under a heading, in the guide's order."""
        return [item for item in self.pool.items if item.passage.section.casefold() == section.casefold()]


class ExtractiveComposer:
    """Composes answers from a corpus. Holds no state but the parsed guides; safe to share.

    Args:
        search: hybrid search, and the question's vector.
        store: where guides are read from.
        related: members or parent of a company, searched when its own news is thin.
        corpus_note: one sentence that says what the corpus covers, for questions outside it.
    """

    def __init__(
        self, search: Search, store: Guides, related: Callable[[str], Sequence[str]], corpus_note: Callable[[], str]
    ) -> None:
        self._search = search
        self._store = store
        self._related = related
        self._corpus_note = corpus_note
        self._guide = lru_cache(maxsize=64)(self._read_guide)

    def compose(self, question: Question, filters: AnswerFilters, max_statements: int) -> Draft:
        """The answer's sections for a question."""
        draft = Draft(room=max_statements)
        if question.intent == "smalltalk":
            self._greet(draft)
            return draft
        question, pool = gather(question, self._search, filters, self._related)
        ranked = pool.rank(question, question.focus, self._search.vector(question.standalone))
        if self._is_out_of_scope(question, ranked):
            draft.abstained, draft.reason = True, "out_of_scope"
            draft.section(
                "gaps",
                "Outside what these sources cover",
                [draft.gap(f"This question is outside what I can answer from sources. {self._corpus_note()}")],
            )
            return draft
        if question.unknown:
            self._say_unknown(draft, question)
        _COMPOSERS[question.intent](self, draft, question, pool, ranked)
        if not draft.follow_ups and not draft.abstained:
            draft.follow_ups = self._follow_ups(question, pool)
        return draft

    def forget(self) -> None:
        """Drop the parsed guides after the corpus changed."""
        self._guide.cache_clear()

    # --- what every intent may need ------------------------------------------------------------------------------

    def _read_guide(self, role_id: str) -> Guide | None:
        document = self._store.guide(role_id)
        if document is None:
            return None
        pool = Pool((document, passage) for passage in self._store.document_passages(document.id))
        center = pool.vectors.mean(axis=0)
        return Guide(document, pool, np.asarray(center / max(float(np.linalg.norm(center)), 1e-9), dtype=np.float32))

    def _guides(self, question: Question) -> list[tuple[RoleUnderstood, Guide]]:
        found = ((role, self._guide(role.id)) for role in question.roles[:2])
        return [(role, guide) for role, guide in found if guide is not None]

    @staticmethod
    def _is_out_of_scope(question: Question, ranked: Sequence[Evidence]) -> bool:
        if question.companies or question.roles or question.unknown:
            return False
        best = ranked[0].score if ranked else 0.0
        return best < SCOPE_FLOOR or not (
            question.in_scope_words or question.skills or question.topics or best >= ANSWER_FLOOR + 0.12
        )

    def _greet(self, draft: Draft) -> None:
        text = (
            "Hello. Tell me the company and the role, and the interview date if you have one; "
            f"I answer from dated sources and show each one. {self._corpus_note()}"
        )
        draft.section("answer", "Hello", [draft.gap(text)])
        draft.follow_ups = [
            "How do I prepare for a sensor-fusion role at Honda's AI venture?",
            "What changed at NVIDIA since 1 March 2026?",
            "Practice questions for a robot learning engineer",
        ]

    def _say_unknown(self, draft: Draft, question: Question) -> None:
        names = listed([f"“{name}”" for name in question.unknown], "or")
        closest = (
            f" What follows is about {listed([c.name for c in question.companies])}." if question.companies else ""
        )
        if question.roles and not question.companies:
            closest = " What follows comes from the role guide and says nothing about that employer."
        draft.section(
            "gaps",
            "Not in these sources",
            [draft.gap(f"These sources know nothing of {names}, so nothing here is said about it.{closest}")],
        )
        if not question.companies:
            draft.abstained, draft.reason = True, "unknown_company"

    def _follow_ups(self, question: Question, pool: Pool) -> list[str]:
        names = [company.name for company in question.companies[:1]]
        about = {company.id: company for company in question.companies}
        named = [item for item in pool.items if set(item.sentence.companies) & set(about)]
        found: list[str] = []
        for name in names:
            if named:
                role = question.roles[0].title.casefold() if question.roles else ""
                options = {
                    "prepare": f"How do I prepare for {_article(role)} {role} interview at {name}?" if role else "",
                    "questions_to_ask": f"What should I ask them at {name}?",
                    "timeline": f"Timeline of {name}",
                }
                found += [text for intent, text in options.items() if text and intent != question.intent]
        for role_understood in question.roles[:1]:
            if question.intent != "practise":
                found.append(
                    f"Practice questions for {_article(role_understood.title)} {role_understood.title.casefold()}"
                )
        return found[:3]

    def _difference(self, draft: Draft, difference: Difference) -> Statement:
        newest = difference.reports[0][0].document.published
        several_dates = len({item.document.published for item, _ in difference.reports}) > 1
        parts = []
        for item, figure in difference.reports:
            mark = ", the newest" if several_dates and item.document.published == newest else ""
            parts.append(f"{figure.text} ({attributed(item.document)}{mark})")
        lead, lead_figure = difference.reports[0]
        if difference.anchor:
            opening = f"{capitalised(difference.anchor)} is put at different sums"
        elif difference.update:
            opening = f"The figure has moved in “{with_blank(plain_text(lead), lead_figure)}”"
        else:
            opening = f"Reports differ on the figure in “{with_blank(plain_text(lead), lead_figure)}”"
        return draft.say("disagreement", f"{opening}: {' · '.join(parts)}.", [item for item, _ in difference.reports])

    def _differences(
        self, draft: Draft, pool: Pool, items: Sequence[Evidence], limit: int, keep_rounding: bool = False
    ) -> list[Statement]:
        found = [d for d in differences(pool, items, keep_rounding=keep_rounding) if not d.update]
        return [self._difference(draft, difference) for difference in found[:limit]]

    # --- facts ---------------------------------------------------------------------------------------------------

    def _compose_fact(self, draft: Draft, question: Question, pool: Pool, ranked: list[Evidence]) -> None:
        if draft.abstained:
            self._add_role_advice(draft, question)
            return
        parts = question.parts if len(question.parts) > 1 else (question.focus,)
        found: list[Evidence] = []
        missing: list[Aspect] = []
        for part in parts[:4]:
            best = self._best_for(question, pool, ranked, part, whole=len(parts) == 1)
            if best is None:
                missing += part.strict
            elif all(best.key != item.key for item in found):
                found.append(best)
        if not found:
            self._abstain(draft, question, ranked, missing)
            return
        documents = {item.document.id for item in found}
        related = [
            item
            for item in ranked
            if item.document.id in documents
            or set(item.sentence.companies) & set(question.asked_ids)
            or not question.companies
        ]
        chosen = choose(pool, related, found, limit=min(4, len(parts) + 1), floor=0.66, gain=0.12)
        newest, earlier = self._succession(question, pool, related, chosen)
        statements = []
        if question.premise and self._premise_unsupported(question, pool, chosen):
            statements.append(
                draft.gap(
                    f"No source here reports what the question assumes (“{question.premise}”). The nearest reports:"
                )
            )
        statements += [draft.fact(item) for item in newest]
        if missing:
            names = listed([company.name for company in question.companies]) or "the company"
            statements.append(
                draft.gap(f"These sources do not say {listed([_missing(a, names) for a in missing], 'or')}.")
            )
        draft.section("answer", "Answer", statements)
        draft.section(
            "timeline", "Earlier reports", [draft.fact(item, _dated(item.document.published, item)) for item in earlier]
        )
        near = _unique([*chosen, *(item for item in related[:16] if item.score >= 0.7 * related[0].score)])
        keys = {item.key for item in chosen}
        found_differences = [
            difference
            for difference in differences(pool, near, alike=ALIKE_FOR_A_FACT, keep_rounding=True)
            if any(item.key in keys for item, _ in difference.reports)
        ]
        told = {item.key for difference in found_differences[:2] for item, _ in difference.reports}
        also = [
            item
            for item in related[:12]
            if item.score >= ALSO_FLOOR * related[0].score
            and item.key not in told
            and not draft.shows(item)
            and all(pool.similarity(item, other) < 0.9 for other in [*newest, *earlier])
        ]
        draft.section(
            "disagreements",
            "Where sources differ",
            [self._difference(draft, difference) for difference in found_differences[:2]],
        )
        draft.section("news", "Also reported", [draft.fact(item) for item in also[:2]])

    def _best_for(
        self, question: Question, pool: Pool, ranked: Sequence[Evidence], part: Focus, *, whole: bool
    ) -> Evidence | None:
        """The sentence that answers one part of the question, or None when none is near enough."""
        if whole:
            candidates = list(ranked)
        else:
            total = {item.key: item.score for item in ranked}
            of_part = pool.rank(question, part, self._search.vector(part.text))
            candidates = sorted(
                (replace(item, score=(item.score + total[item.key]) / 2) for item in of_part),
                key=lambda item: (-item.score, item.row),
            )
        fitting = (
            item
            for item in candidates
            if _is_about(question, item) and all(aspect.told.search(item.sentence.text) for aspect in part.strict)
        )
        best = next(fitting, None)
        return best if best is not None and best.score >= ANSWER_FLOOR else None

    @staticmethod
    def _succession(
        question: Question, pool: Pool, ranked: Sequence[Evidence], chosen: list[Evidence]
    ) -> tuple[list[Evidence], list[Evidence]]:
        """For a matter that changes: the answer led by its newest report, and up to two earlier reports, newest first."""
        aspects = [aspect for aspect in question.focus.aspects if aspect.id in CHANGING_ASPECTS]
        if not aspects:
            return chosen, []
        lead = chosen[0]
        measured = any(aspect.id in MEASURED_ASPECTS for aspect in aspects)
        floor = 0.62 if measured else 0.72
        same = [
            item
            for item in ranked[:40]
            if item.score >= floor * ranked[0].score
            and any(aspect.told.search(item.sentence.text) for aspect in aspects)
            and (not measured or figures(item.sentence.text))
            and (
                not question.company_ids
                or set(lead.sentence.companies) & set(item.sentence.companies) & set(question.asked_ids)
            )
            and (pool.similarity(item, lead) >= 0.45 or item.key == lead.key)
        ]
        same.sort(key=lambda item: (-item.document.published.toordinal(), -item.score))
        if not same:
            return chosen, []
        newest = same[0]
        answer = _unique([newest, *sorted(chosen, key=lambda item: -item.document.published.toordinal())])
        answer = answer[: max(2, len(chosen))]
        shown = {item.key for item in answer}
        earlier: list[Evidence] = []
        for item in same:
            is_older = item.document.published < newest.document.published
            if is_older and item.key not in shown and all(item.document.id != other.document.id for other in earlier):
                earlier.append(item)
        return answer, earlier[:2]

    @staticmethod
    def _premise_unsupported(question: Question, pool: Pool, chosen: Sequence[Evidence]) -> bool:
        assumed = set(pool.corrected(tuple(dict.fromkeys(content_terms(question.premise)))))
        assumed -= {
            term for company in question.companies for term in content_terms(f"{company.name} {company.matched}")
        }
        stated = frozenset().union(*(item.terms for item in chosen))
        return bool(assumed) and not assumed <= stated

    def _abstain(self, draft: Draft, question: Question, ranked: Sequence[Evidence], strict: Sequence[Aspect]) -> None:
        draft.abstained, draft.reason = True, "no_evidence"
        names = listed([company.name for company in question.companies]) or "this"
        if strict:
            text = f"These sources do not say {listed([_missing(aspect, names) for aspect in strict], 'or')}."
        else:
            text = (
                f"These sources do not answer this about {names}: “{question.standalone}”"
                if question.companies
                else "These sources do not answer this."
            )
        draft.section("gaps", "What these sources don't say", [draft.gap(text)])
        near = [
            item
            for item in ranked[:2]
            if item.score >= 0.42 and (not question.asked_ids or set(item.sentence.companies) & set(question.asked_ids))
        ]
        draft.section("answer", "The nearest that they do say", [draft.fact(item) for item in near])

    # --- prepare, skills, about ------------------------------------------------------------------------------------

    def _company_news(self, question: Question, pool: Pool, ranked: Sequence[Evidence], limit: int) -> list[Evidence]:
        """Facts about the companies that bear on the role and on the question's own words; varied, none told twice."""
        guides = self._guides(question)
        skills = {skill for _, guide in guides for skill in guide.document.skills} | set(question.skills)
        centers = [guide.center for _, guide in guides]
        asks_money = any(aspect.id in ("valuation", "funding", "pay", "price") for aspect in question.focus.aspects)
        scored: list[tuple[float, Evidence]] = []
        for item in ranked:
            text = item.sentence.text
            if question.asked_ids and not set(item.sentence.companies) & set(question.asked_ids):
                if not set(item.document.companies[:2]) & set(question.asked_ids):
                    continue
            value = 0.55 * item.score
            value += 0.35 * max((float(pool.vectors[item.row] @ center) for center in centers), default=0.0)
            value += 0.10 * min(2, len(set(item.sentence.skills) & skills))
            value += 0.08 * min(3, len(item.sentence.skills)) * (question.intent == "skills")
            value += 0.06 * bool(set(item.sentence.companies) & set(question.asked_ids))
            value += 0.05 * bool(_TURNING_POINT.search(text))
            value += 0.05 * (item.passage.ordinal == 0 and item.sentence.start == item.passage.sentences[0].start)
            value += 0.07 * any(aspect.told.search(text) for aspect in _of("hiring", "interviews"))
            if pool.newest:
                value += 0.08 * 0.5 ** ((pool.newest - item.document.published).days / 120)
            if _MONEY_DETAIL.search(text) and not asks_money:
                value -= 0.10
            if _OPINION.search(text):
                value -= 0.05
            scored.append((value, item))
        scored.sort(key=lambda pair: (-pair[0], pair[1].row))
        return _varied(pool, scored, limit)

    def _compose_prepare(self, draft: Draft, question: Question, pool: Pool, ranked: list[Evidence]) -> None:
        news = self._add_news(draft, question, pool, ranked)
        guides = self._guides(question)
        for role, guide in guides:
            draft.section(
                "interview_tests",
                f"What {_article(role.title)} {_lower(role.title)} interview tests",
                [draft.fact(item) for item in guide.items("What interviews test")],
            )
        if news:
            self._add_links(draft, question, pool, news, guides)
        for number, (role, guide) in enumerate(guides):
            self._add_plan(draft, question, role, guide, news if number == 0 else ())
        for _, guide in guides[:1]:
            self._add_likely_questions(draft, question, guide, news)
        self._add_questions_to_ask(draft, question, news, guides)
        self._add_gaps(draft, question, pool)
        if not guides and not news and not draft.abstained:
            self._abstain(draft, question, ranked, ())

    def _add_news(
        self, draft: Draft, question: Question, pool: Pool, ranked: Sequence[Evidence], limit: int = NEWS_FACTS
    ) -> list[Evidence]:
        if not question.companies:
            return []
        news = self._company_news(question, pool, ranked, limit)
        names = listed([company.name for company in question.companies])
        draft.section("news", f"What the news says about {names}", [draft.fact(item) for item in news])
        about = [
            item
            for item in ranked
            if set(item.sentence.companies) & set(question.asked_ids)
            and item.document.id in {n.document.id for n in news}
        ]
        own = [
            item
            for item in ranked
            if set(item.document.companies[:1]) & set(question.asked_ids)
            or set(item.sentence.companies) & set(question.asked_ids)
        ]
        draft.section(
            "disagreements", "Where sources differ", self._differences(draft, pool, _unique(about + own)[:60], 2)
        )
        return news

    def _add_role_advice(self, draft: Draft, question: Question) -> None:
        for role, guide in self._guides(question):
            draft.section(
                "interview_tests",
                f"What {_article(role.title)} {_lower(role.title)} interview tests",
                [draft.fact(item) for item in guide.items("What interviews test")],
            )
            self._add_plan(draft, question, role, guide, ())
            self._add_likely_questions(draft, question, guide, ())
            break

    def _add_links(
        self,
        draft: Draft,
        question: Question,
        pool: Pool,
        news: Sequence[Evidence],
        guides: Sequence[tuple[RoleUnderstood, Guide]],
    ) -> None:
        statements: list[Statement] = []
        used: set[tuple[str, int]] = set()
        for _, guide in guides[:1]:
            wanted = [*guide.items("Likely questions"), *guide.items("Core topics")]
            if not wanted:
                continue
            for item in news:
                skills = [
                    skill
                    for skill in item.sentence.skills
                    if skill in guide.document.skills or any(skill in w.sentence.skills for w in wanted)
                ]
                scores = guide.pool.vectors @ pool.vectors[item.row]
                options = (
                    [w for w in wanted if w.key not in used and (not skills or set(skills) & set(w.sentence.skills))]
                    if skills
                    else []
                )
                best = max(options, key=lambda w: float(scores[w.row]), default=None)
                if best is None:
                    best = max(
                        (w for w in wanted if w.key not in used), key=lambda w: float(scores[w.row]), default=None
                    )
                    if best is None or float(scores[best.row]) < 0.34:
                        continue
                used.add(best.key)
                joint = (
                    f"the news names {listed(skills[:3])}"
                    if skills
                    else f"the news says: “{presentable(item.sentence, item.document).rstrip('.')}”"
                )
                label = best.sentence.label.rstrip(".:")
                target = (
                    f"the guide's question “{label}”"
                    if label.endswith("?")
                    else f"the guide's topic “{label}”"
                    if label
                    else f"“{plain(best.sentence.text)}”"
                )
                statements.append(
                    draft.say("link", f"{capitalised(joint)}; rehearse {target} with that in mind.", [item, best])
                )
                if len(statements) == 3:
                    break
        draft.section("links", "Where the two meet", statements)

    def _add_plan(
        self, draft: Draft, question: Question, role: RoleUnderstood, guide: Guide, news: Sequence[Evidence]
    ) -> None:
        items = guide.items("Preparation plan")
        weeks = [item for item in items if item.sentence.label.startswith("Week")]
        short = sorted(
            ((int(re.sub(r"\D", "", i.sentence.label) or 0), i) for i in items if i.sentence.label.startswith("With")),
            key=lambda pair: pair[0],
        )
        days = question.days_left
        reading = list(dict.fromkeys(item.document.id for item in news))
        first_of = {item.document.id: item for item in reversed(news)}
        statements: list[Statement] = []
        title = "Your plan"
        if days is not None and days < 28 and short:
            length, item = next((pair for pair in reversed(short) if pair[0] <= max(days, short[0][0])), short[0])
            title = f"Your plan ({days_phrase(days)})"
            statements.append(draft.fact(item))
            if days >= 14:
                statements += [draft.fact(week) for week in weeks[:2]]
            elif days >= 7 and weeks:
                statements.append(draft.fact(weeks[0]))
            del length
        else:
            title = (
                "Your plan (four weeks; give the interview date and it shrinks to fit)"
                if days is None
                else f"Your plan ({days_phrase(days)})"
            )
            statements += [draft.fact(week) for week in weeks]
        if len(question.roles) > 1:
            title = f"{title}: {_lower(role.title)}"
        if reading:
            chosen = [first_of[key] for key in reading[:3]]
            titles = listed([f"“{item.document.title}” ({attributed(item.document)})" for item in chosen])
            statements.append(draft.say("advice", f"Read first, so that you can speak about it: {titles}.", chosen))
        draft.section("plan", title, statements)

    def _add_likely_questions(self, draft: Draft, question: Question, guide: Guide, news: Sequence[Evidence]) -> None:
        statements = [draft.fact(item, _question_and_answer(item)) for item in self._likely(question, guide, news)]
        draft.section("likely_questions", "Questions you may get", statements)

    def _likely(
        self, question: Question, guide: Guide, news: Sequence[Evidence], limit: int = LIKELY_QUESTIONS
    ) -> list[Evidence]:
        """The guide's questions, those nearest to the candidate's words and to the news first."""
        items = guide.items("Likely questions")
        words = set(guide.pool.corrected(question.focus.terms))
        skills = set(question.skills) | {skill for item in news for skill in item.sentence.skills}
        terms = words | {term for item in news for term in item.terms}
        vector = self._search.vector(question.standalone)

        def value(item: Evidence) -> float:
            asked = sum(guide.pool.weights.get(term, 0.0) for term in item.terms & words)
            near = sum(guide.pool.weights.get(term, 0.0) for term in item.terms & terms)
            return (
                asked
                + 0.15 * near
                + 0.8 * len(skills & set(item.sentence.skills))
                + 2.0 * float(guide.pool.vectors[item.row] @ vector)
            )

        return sorted(items, key=lambda item: (-value(item), item.row))[:limit]

    def _add_questions_to_ask(
        self,
        draft: Draft,
        question: Question,
        news: Sequence[Evidence],
        guides: Sequence[tuple[RoleUnderstood, Guide]],
        limit: int = 2,
    ) -> None:
        statements = [
            draft.say("question", quoted_for_question(item.sentence, item.document), [item])
            for item in _spread_over_documents(news, limit)
        ]
        for _, guide in guides[:1]:
            statements += [
                draft.say("question", plain(item.sentence.text), [item])
                for item in guide.items("Questions to ask the interviewer")
            ]
        draft.section("questions_to_ask", "Questions to ask them", statements)

    def _add_gaps(self, draft: Draft, question: Question, pool: Pool) -> None:
        if not question.companies:
            return
        name = question.companies[0].name
        own = [
            item
            for item in pool.items
            if set(item.sentence.companies) & set(question.company_ids[:1] + question.related_ids)
        ]
        missing = [
            aspect for aspect in _of(*WANTED_DETAILS) if not any(aspect.told.search(item.sentence.text) for item in own)
        ]
        known = [aspect for aspect in _of("hiring", "pay", "interview rounds") if aspect not in missing]
        statements = []
        if missing:
            statements.append(
                draft.gap(f"These sources do not say {listed([_missing(aspect, name) for aspect in missing], 'or')}.")
            )
        for aspect in known[:1]:
            nearest = [item for item in own if aspect.told.search(item.sentence.text) and not draft.shows(item)]
            nearest.sort(key=lambda item: (-item.document.published.toordinal(), item.row))
            if nearest:
                statements.append(
                    draft.gap(
                        f"The nearest on {aspect.noun}: {presentable(nearest[0].sentence, nearest[0].document)}",
                        nearest[:1],
                    )
                )
        draft.section("gaps", "What these sources don't say", statements)

    def _compose_skills(self, draft: Draft, question: Question, pool: Pool, ranked: list[Evidence]) -> None:
        news = self._add_news(draft, question, pool, ranked, 4)
        if not question.companies:
            found = [item for item in choose(pool, ranked, (), 3, 0.7) if item.score >= ANSWER_FLOOR]
            draft.section("news", "What the news says", [draft.fact(item) for item in found])
        guides = self._guides(question)
        for role, guide in guides:
            draft.section(
                "interview_tests",
                f"What {_article(role.title)} {_lower(role.title)} interview tests",
                [draft.fact(item) for item in guide.items("What interviews test")],
            )
            topics = self._nearest(question, guide, guide.items("Core topics"), 4)
            draft.section("answer", "Core topics", [draft.fact(item) for item in topics])
        if news:
            self._add_links(draft, question, pool, news, guides)
        if not draft.sections:
            self._abstain(draft, question, ranked, ())

    def _nearest(self, question: Question, guide: Guide, items: Sequence[Evidence], limit: int) -> list[Evidence]:
        vector = self._search.vector(question.standalone)
        words = set(guide.pool.corrected(question.focus.terms))
        order = sorted(
            items, key=lambda i: (-float(guide.pool.vectors[i.row] @ vector) - 0.2 * len(i.terms & words), i.row)
        )[:limit]
        return sorted(order, key=lambda item: item.row)

    def _compose_about(self, draft: Draft, question: Question, pool: Pool, ranked: list[Evidence]) -> None:
        if draft.abstained:
            return
        if not question.companies:
            self._compose_fact(draft, question, pool, ranked)
            return
        self._add_news(draft, question, pool, ranked, 6)
        if not draft.sections:
            self._abstain(draft, question, ranked, ())

    # --- questions to ask, practise -------------------------------------------------------------------------------

    def _compose_questions_to_ask(self, draft: Draft, question: Question, pool: Pool, ranked: list[Evidence]) -> None:
        news = self._company_news(question, pool, ranked, 5) if question.companies else []
        self._add_questions_to_ask(draft, question, news, self._guides(question), limit=4)
        if not draft.sections:
            self._abstain(draft, question, ranked, ())

    def _compose_practise(self, draft: Draft, question: Question, pool: Pool, ranked: list[Evidence]) -> None:
        guides = self._guides(question)
        news = self._company_news(question, pool, ranked, 2) if question.companies else []
        for role, guide in guides:
            statements = [draft.fact(item, _question_and_answer(item)) for item in self._likely(question, guide, (), 5)]
            draft.section("likely_questions", f"Practise: {_lower(role.title)}", statements)
        draft.section("news", "Tie your answers to their news", [draft.fact(item) for item in news])
        if not guides:
            names = listed([f"“{word}”" for word in question.skills]) or "that"
            draft.abstained, draft.reason = not news, None if news else "no_evidence"
            draft.section(
                "gaps",
                "What these sources don't say",
                [
                    draft.gap(
                        f"No role guide covers {names}; name the role (for example “motion planning engineer”) and I can practise its questions."
                    )
                ],
            )

    # --- timeline, changes ----------------------------------------------------------------------------------------

    def _compose_timeline(self, draft: Draft, question: Question, pool: Pool, ranked: list[Evidence]) -> None:
        self._add_timeline(draft, question, pool, ranked, "Timeline", 10)

    def _compose_changes(self, draft: Draft, question: Question, pool: Pool, ranked: list[Evidence]) -> None:
        matched = f" {question.window.matched}" if question.window else ""
        self._add_timeline(draft, question, pool, ranked, f"What changed{matched}", 9)

    def _add_timeline(
        self, draft: Draft, question: Question, pool: Pool, ranked: list[Evidence], title: str, limit: int
    ) -> None:
        own = [
            item for item in ranked if not question.asked_ids or set(item.sentence.companies) & set(question.asked_ids)
        ]
        events: list[tuple[date, Evidence]] = []
        per_document: dict[str, int] = {}
        floor = 0.55 * own[0].score if own else 0.0
        for item in own:
            day = _event_date(item)
            if not _within(question, day, item.document.published) or item.score < floor:
                continue
            if per_document.get(item.document.id, 0) >= 2 or len(events) >= limit:
                continue
            if any(pool.similarity(item, other) > 0.83 and abs((day - at).days) < 40 for at, other in events):
                continue
            per_document[item.document.id] = per_document.get(item.document.id, 0) + 1
            events.append((day, item))
        events.sort(key=lambda event: (event[0], event[1].row))
        names = listed([company.name for company in question.companies])
        statements = [draft.fact(item, _dated(day, item)) for day, item in events]
        draft.section("timeline", f"{title}: {names}" if names else title, statements)
        if not statements:
            self._abstain(draft, question, ranked, ())

    # --- compare --------------------------------------------------------------------------------------------------

    def _compose_compare(self, draft: Draft, question: Question, pool: Pool, ranked: list[Evidence]) -> None:
        if not question.companies:
            self._add_role_advice(draft, question)
            return
        both = [
            item
            for item in ranked[:30]
            if len(set(item.sentence.companies) & set(question.asked_ids)) >= 2 and item.score >= 0.8 * ranked[0].score
        ]
        if both:
            draft.section("comparison", "Both in one report", [draft.fact(item) for item in both[:2]])
        for company in question.companies:
            own = [
                item
                for item in ranked
                if company.id in item.sentence.companies or item.document.companies[:1] == (company.id,)
            ]
            chosen: list[Evidence] = []
            for part in question.parts:
                of_part = pool.rank(question, part, self._search.vector(part.text))
                keys = {item.key for item in own}
                best = next((item for item in of_part if item.key in keys and _bears_on(part, item)), None)
                if best and not draft.shows(best) and len(chosen) < 5 and all(best.key != item.key for item in chosen):
                    chosen.append(best)
            own = [item for item in own if not draft.shows(item)]
            for item in own:
                if len(chosen) >= 5:
                    break
                if all(item.key != other.key and pool.similarity(item, other) < 0.8 for other in chosen):
                    chosen.append(item)
            draft.section("comparison", company.name, [draft.fact(item) for item in chosen])
            missing = [
                aspect
                for aspect in question.focus.aspects
                if not any(aspect.told.search(item.sentence.text) for item in [*own, *chosen])
            ]
            if missing:
                text = f"These sources do not say {listed([_missing(a, company.name) for a in missing], 'or')}."
                draft.section("gaps", f"Not said about {company.name}", [draft.gap(text)])
        shown = [item for item in ranked if draft.shows(item)]
        draft.section("disagreements", "Where sources differ", self._differences(draft, pool, shown + ranked[:20], 2))


_COMPOSERS: dict[Intent, Callable[[ExtractiveComposer, Draft, Question, Pool, list[Evidence]], None]] = {
    "prepare": ExtractiveComposer._compose_prepare,
    "fact": ExtractiveComposer._compose_fact,
    "compare": ExtractiveComposer._compose_compare,
    "timeline": ExtractiveComposer._compose_timeline,
    "changes": ExtractiveComposer._compose_changes,
    "skills": ExtractiveComposer._compose_skills,
    "questions_to_ask": ExtractiveComposer._compose_questions_to_ask,
    "practise": ExtractiveComposer._compose_practise,
    "about": ExtractiveComposer._compose_about,
    "out_of_scope": ExtractiveComposer._compose_fact,
}


def _of(*ids: str) -> list[Aspect]:
    return [aspect for aspect in ASPECTS if aspect.id in ids]


def _missing(aspect: Aspect, name: str) -> str:
    """The aspect as what is not said about a company."""
    return {
        "hiring": f"whether {name} hires for this role now",
        "pay": f"what {name} pays",
        "equity": f"what stock or equity employees of {name} get",
        "headcount": f"how many people work on this at {name}",
        "interview rounds": f"how many interview rounds {name} has or what they are like",
        "headquarters": f"where the headquarters or offices of {name} are",
        "visa": f"whether {name} sponsors visas",
        "founders": f"who founded {name}",
        "software": f"which software or middleware {name} uses",
    }.get(aspect.id, f"{aspect.noun} ({name})")


def _is_about(question: Question, item: Evidence) -> bool:
    """Whether a sentence is about a company of the question: it names one, or names none in a document about one."""
    asked = set(question.asked_ids)
    named = set(item.sentence.companies) or set(item.document.companies[:3])
    return not asked or bool(asked & named)


def _bears_on(part: Focus, item: Evidence) -> bool:
    """Whether a sentence has a word or a detail of what is asked."""
    return bool(item.covered) or any(aspect.told.search(item.sentence.text) for aspect in part.aspects)


def _varied(pool: Pool, scored: Sequence[tuple[float, Evidence]], limit: int, per_document: int = 3) -> list[Evidence]:
    """The best items, none near to one chosen before (maximal marginal relevance, Carbonell and Goldstein 1998)."""
    chosen: list[Evidence] = []
    left = list(scored[:60])
    counts: dict[str, int] = {}
    while left and len(chosen) < limit:
        value, item = max(
            left,
            key=lambda pair: (
                pair[0] - 0.35 * max((pool.similarity(pair[1], c) for c in chosen), default=0.0),
                -pair[1].row,
            ),
        )
        left.remove((value, item))
        if counts.get(item.document.id, 0) >= per_document or any(pool.similarity(item, c) > 0.85 for c in chosen):
            continue
        counts[item.document.id] = counts.get(item.document.id, 0) + 1
        chosen.append(item)
    return chosen


def _unique(items: Sequence[Evidence]) -> list[Evidence]:
    return list({item.key: item for item in items}.values())


def _spread_over_documents(items: Sequence[Evidence], limit: int) -> list[Evidence]:
    seen: set[str] = set()
    first = [item for item in items if not (item.document.id in seen or seen.add(item.document.id))]  # type: ignore[func-returns-value]
    rest = [item for item in items if item not in first]
    return (first + rest)[:limit]


def _event_date(item: Evidence) -> date:
    """When the sentence's event happened: its own first date that is not after the report, else the report's date."""
    found = [day for day, _ in dates(item.sentence.text) if day <= item.document.published]
    return found[0] if found else item.document.published


def _within(question: Question, day: date, published: date) -> bool:
    window = question.window
    if window is None:
        return True
    low, high = window.start or date.min, window.end or date.max
    return low <= day <= high or (low <= published <= high and day >= low)


def _dated(day: date, item: Evidence) -> str:
    text = presentable(item.sentence, item.document)
    exact = any(found == day and re.match(r"\d", words) for found, words in dates(item.sentence.text))
    stamp = spoken(day) if exact or day == item.document.published else f"{day:%B %Y}"
    return f"{stamp}: {text}"


def _question_and_answer(item: Evidence) -> str:
    label = item.sentence.label
    text = plain(item.sentence.text)
    return f"{label} {text[len(label) :].strip()}" if label and text.startswith(label) else text


def plain_text(item: Evidence) -> str:
    """The sentence as it stands in its source, without Markdown marks."""
    return item.sentence.text


def _article(words: str) -> str:
    return "an" if words[:1].casefold() in "aeio" or words.startswith(("ML", "LLM")) else "a"


def _lower(title: str) -> str:
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


__all__ = ["ExtractiveComposer", "Guide", "SectionKind"]
