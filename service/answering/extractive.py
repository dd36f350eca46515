"""The extractive composer: a structured, cited answer without a language model.

It gathers evidence for a `Question`, decides whether the question is one for this corpus at all, and hands the work to
the composer of its intent. Everything stated is a source's own sentence, or a fixed phrase around quotations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from corpus.document import Document, Passage
from service.answering.answer import AnswerFilters, Intent, RoleUnderstood
from service.answering.comparison import compose_compare
from service.answering.composition import (
    Composition,
    Guide,
    article,
    guide_of,
    is_interview_guide,
    lower_title,
    with_the,
)
from service.answering.draft import Draft
from service.answering.evidence import Evidence, Guides, Pool, Search, gather
from service.answering.facts import ANSWER_FLOOR, compose_fact
from service.answering.known import FIELDS, Field
from service.answering.phrasing import listed
from service.answering.preparation import (
    compose_about,
    compose_practise,
    compose_prepare,
    compose_questions_to_ask,
    compose_skills,
)
from service.answering.question import Question, asks_knowledge
from service.answering.timeline import compose_changes, compose_timeline

SCOPE_FLOOR = 0.33
"""Least score that makes a question without any known name one for this corpus."""
NAMELESS_FLOOR = ANSWER_FLOOR + 0.06
"""The same for a question that has no word of careers, companies or robots either, and for one on given passages."""
MOST_GUIDES = 2
NEAREST_GUIDE = "behavioural-interviews"
"""The guide that serves any role, offered where no guide covers the role or none is named."""
EXAMPLES = (
    "How do I prepare for a sensor-fusion role at Honda's AI venture?",
    "What changed at NVIDIA since 1 March 2026?",
    "Practice questions for a robot learning engineer",
)

_FORGOTTEN: dict[Field, str] = {
    "company": "your company",
    "role": "your role",
    "interview_date": "the date of your interview",
    "experience": "your experience",
    "covered": "what you have covered",
}
_COMPOSERS: dict[Intent, Callable[[Composition], None]] = {
    "prepare": compose_prepare,
    "fact": compose_fact,
    "compare": compose_compare,
    "timeline": compose_timeline,
    "changes": compose_changes,
    "skills": compose_skills,
    "questions_to_ask": compose_questions_to_ask,
    "practise": compose_practise,
    "about": compose_about,
}


@dataclass(frozen=True, slots=True)
class Composed:
    """A finished draft, and the work with its evidence; None where nothing was looked up or nothing was fit."""

    draft: Draft
    work: Composition | None = None


class ExtractiveComposer:
    """Composes answers from a corpus. Holds no state but the parsed guides; safe to share.

    Args:
        search: hybrid search, and the vector of a text.
        store: where guides are read from.
        related: members or parent of a company, searched when its own news is thin.
        is_employer: whether a company is one that interviews people, not a programme or a public body.
        corpus_note: one sentence that says what the corpus covers, for questions outside it.
    """

    def __init__(
        self,
        search: Search,
        store: Guides,
        related: Callable[[str], Sequence[str]],
        is_employer: Callable[[str], bool],
        corpus_note: Callable[[], str],
    ) -> None:
        self._search = search
        self._store = store
        self._related = related
        self._is_employer = is_employer
        self._corpus_note = corpus_note
        self._guide = lru_cache(maxsize=64)(self._read_guide)

    def compose(
        self,
        question: Question,
        filters: AnswerFilters,
        max_statements: int,
        given: Sequence[tuple[Document, Passage]] | None = None,
    ) -> Composed:
        """The answer's sections for a question, at most `max_statements` statements, and the evidence behind them.

        With `given` passages, even none, the answer rests on these alone: neither the corpus nor its guides are used.
        """
        draft = Draft(room=max_statements)
        if question.forgets:
            named = listed([_FORGOTTEN[field] for field in FIELDS if field in question.forgets])
            draft.section(
                "answer", "Forgotten", [draft.gap(f"From here on this conversation goes on without {named}.")]
            )
            return Composed(draft)
        if question.intent == "smalltalk":
            self._greet(draft)
            return Composed(draft)
        if given is not None:
            return Composed(draft, self._read(draft, question, given))
        if question.vague:
            self._ask_back(draft, question)
            return Composed(draft)
        question, pool = gather(question, self._search, filters, self._related)
        ranked = pool.rank(question, question.focus, self._search.vector(question.standalone))
        if _is_out_of_scope(question, ranked):
            draft.abstained, draft.reason = True, "out_of_scope"
            text = f"This question is outside what I can answer from sources. {self._corpus_note()}"
            draft.section("gaps", "Outside what these sources cover", [draft.gap(text)])
            draft.follow_ups = list(EXAMPLES)
            return Composed(draft)
        with_guides = not filters.kinds or "guide" in filters.kinds
        roles = question.roles[:MOST_GUIDES] if with_guides else ()
        guides = [(role, guide) for role in roles if (guide := self._guide(role.id)) is not None]
        if question.unknown:
            _say_unknown(draft, question, guides)
        if with_guides and not guides and question.intent == "prepare" and not draft.abstained:
            guides = self._nearest_guide(draft, question)
        elif with_guides and not guides and _takes_any_guide(question) and (guide := self._guide(NEAREST_GUIDE)):
            guides = [(_any_role(guide), guide)]
        if guides and asks_knowledge(question):
            # Knowledge of the trade itself stands in the guides, not in the news.
            pool = Pool(
                (item.document, item.passage) for each in (pool, *(g.pool for _, g in guides)) for item in each.items
            )
            ranked = pool.rank(question, question.focus, self._search.vector(question.standalone))
        work = Composition(draft, question, pool, ranked, self._search.vector, guides)
        _composer(question)(work)
        draft.follow_ups = _follow_ups(question, pool, self._is_employer)
        if draft.abstained and not draft.follow_ups:
            draft.follow_ups = list(EXAMPLES)
        return Composed(draft, work)

    def evidence(self, question: Question, filters: AnswerFilters) -> Composition:
        """A question with its ranked evidence of the news, before anything is composed of it: for measuring."""
        question, pool = gather(question, self._search, filters, self._related)
        ranked = pool.rank(question, question.focus, self._search.vector(question.standalone))
        return Composition(Draft(room=0), question, pool, ranked, self._search.vector, [])

    def _read(self, draft: Draft, question: Question, given: Sequence[tuple[Document, Passage]]) -> Composition:
        """Answer from given passages, or say that they do not answer.

        No question is outside the scope of passages that were brought for it, whatever the corpus is about. One that
        names nobody has less to go by, so that it takes more to answer it.
        """
        pool = Pool(given)
        ranked = pool.rank(question, question.focus, self._search.vector(question.standalone))
        work = Composition(draft, question, pool, ranked, self._search.vector, [])
        if question.companies or question.roles or (ranked and ranked[0].score >= NAMELESS_FLOOR):
            _composer(question)(work)
        else:
            told = [item.sentence.text for item in ranked]
            work.abstain([aspect for aspect in question.focus.strict if not any(map(aspect.told.search, told))])
        return work

    def forget(self) -> None:
        """Drop the parsed guides after the corpus changed."""
        self._guide.cache_clear()

    def _read_guide(self, role_id: str) -> Guide | None:
        document = self._store.guide(role_id)
        if document is None:
            return None
        return guide_of(document, Pool((document, p) for p in self._store.document_passages(document.id)))

    def _greet(self, draft: Draft) -> None:
        text = (
            "Hello. Tell me the company and the role, and the interview date if you have one; "
            f"I answer from dated sources and show each one. {self._corpus_note()}"
        )
        draft.section("answer", "Hello", [draft.gap(text)])
        draft.follow_ups = [*EXAMPLES]

    def _ask_back(self, draft: Draft, question: Question) -> None:
        """Ask for what a vague question leaves open, with examples to choose from."""
        if question.companies:
            name = question.companies[0].name
            text = f"What would you like to know about {name}? Name the role, or choose one of the questions below."
            draft.follow_ups = [f"What's new at {name}?", f"What should I ask them at {name}?", f"Timeline of {name}"]
        else:
            asked = "Which company or role is it about? Name one, and the interview date if you have one."
            text = f"{asked} {self._corpus_note()}"
            draft.follow_ups = [*EXAMPLES]
        draft.section("gaps", "One thing first", [draft.gap(text)])

    def _nearest_guide(self, draft: Draft, question: Question) -> list[tuple[RoleUnderstood, Guide]]:
        """The guide to fall back on when no guide covers the role, which is said; nothing when the corpus lacks it."""
        guide = self._guide(NEAREST_GUIDE)
        if guide is None:
            return []
        if question.roles:
            what = f"No role guide covers {listed([f'“{role.title}”' for role in question.roles])}"
        else:
            what = "No role is named; name one, for example “motion planning engineer”, to get its guide"
        text = f"{what}. The nearest guide is the one on {lower_title(guide.document.title)}, which any role meets."
        draft.section("gaps", "What is not covered", [draft.gap(text)])
        return [(_any_role(guide), guide)]


def _any_role(guide: Guide) -> RoleUnderstood:
    """The role behind a guide that fits whatever the role is."""
    return RoleUnderstood(id=guide.document.role, title=guide.document.title, matched="", assumed=True)


def _composer(question: Question) -> Callable[[Composition], None]:
    """The composer of the intent; about nothing in particular is answered as a question of fact."""
    if question.intent == "about" and not question.companies:
        return compose_fact
    return _COMPOSERS.get(question.intent, compose_fact)


def _takes_any_guide(question: Question) -> bool:
    """Whether interviews in general help: a known employer, and no role with a guide of its own."""
    return bool(question.companies) and question.intent in ("prepare", "questions_to_ask")


def _is_out_of_scope(question: Question, ranked: Sequence[Evidence]) -> bool:
    if question.companies or question.roles or question.unknown:
        return False
    best = ranked[0].score if ranked else 0.0
    familiar = question.in_scope_words or question.skills or question.topics
    return best < (SCOPE_FLOOR if familiar else NAMELESS_FLOOR)


def _say_unknown(draft: Draft, question: Question, guides: Sequence[tuple[RoleUnderstood, Guide]]) -> None:
    names = listed([f"“{name}”" for name in question.unknown], "or")
    text = f"These sources know nothing of {names}, so nothing here is said about it."
    if question.companies:
        text += f" What follows is about {listed([company.name for company in question.companies])}."
    elif guides:
        text += " What follows comes from the role guide and says nothing about that employer."
    draft.section("gaps", "Not in these sources", [draft.gap(text)])
    if not question.companies:
        draft.abstained, draft.reason = True, "unknown_company"


def _follow_ups(question: Question, pool: Pool, is_employer: Callable[[str], bool]) -> list[str]:
    """Next questions that the sources can answer: on a company with news of its own, and on a role with a guide."""
    found: dict[Intent, str] = {}
    role = next((role for role in question.roles if role.id), None)
    company = question.companies[0] if question.companies else None
    if company and any(company.id in item.sentence.companies for item in pool.items):
        if is_employer(company.id):
            if role and not is_interview_guide(role.id):
                found["prepare"] = f"How do I prepare for {_with_article(role)} interview at {with_the(company.name)}?"
            found["questions_to_ask"] = f"What should I ask them at {with_the(company.name)}?"
        found["timeline"] = f"Timeline of {with_the(company.name)}"
    elif role:
        found["prepare"] = (
            f"How do I prepare for {_with_article(role)}{'' if is_interview_guide(role.id) else ' interview'}?"
        )
    if role:
        found["practise"] = f"Practice questions for {_with_article(role)}"
    return [text for intent, text in found.items() if intent != question.intent][:3]


def _with_article(role: RoleUnderstood) -> str:
    """A role inside a question: "a sensor-fusion engineer"; kinds of interview stand in the plural."""
    title = lower_title(role.title)
    return title if is_interview_guide(role.id) else f"{article(role.title)} {title}"
