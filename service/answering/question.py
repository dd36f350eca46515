"""What a question asks: intent, companies, roles, what detail, which time, and how many days are left.

In goes an `AnswerRequest`, out comes a `Question`, the value that evidence selection and the composers work from. Each
thing is read in a module of its own (`intents`, `companies`, `roles`, `focus`, `periods`, `time_left` and others), and
put together here. None looks at sources: entity linking (`corpus.entities`) does the names, tables of patterns the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from corpus.entities import Entities, Links
from service.answering.answer import (
    AnswerRequest,
    CompanyUnderstood,
    Intent,
    RoleUnderstood,
    Target,
    TimeWindow,
    Turn,
    Understanding,
)
from service.answering.aspects import ASPECTS
from service.answering.companies import companies_in, companies_of_a_country, named_company
from service.answering.corrections import corrected
from service.answering.focus import NEWEST, Focus, focus_on, parts_of
from service.answering.followup import standalone
from service.answering.instructions import readable
from service.answering.intents import ASKS_SOMETHING, GUIDED, OPEN_ASPECTS, PAST, WANTS_HELP, intent_of
from service.answering.known import NOTHING, Field, Known, covered_in, forgotten_fields, without
from service.answering.languages import FUNCTION_WORDS, GLOSS, in_english, language_of
from service.answering.names import unknown_names
from service.answering.patterns import any_case
from service.answering.periods import window_of
from service.answering.premise import premise_of
from service.answering.roles import named_role, product_role, role_of_field, roles_in, uncovered_role
from service.answering.talk import Talk
from service.answering.terms import content_terms, respelt
from service.answering.time_left import time_left

MOST_TURNS = 20
"""Earlier questions that a follow-up can refer to; what lies further back does not count."""
_HIRES = any_case(r"\bhir(?:e|es|ing)\b|\brecruit")
_OF_AN_EMPLOYER = any_case(r"\b(?:jobs?|roles?|careers?|positions?|internships?|interviews?|engineers?)\b")
_GENERAL_TERMS = frozenset(
    content_terms(
        "job jobs role career careers company companies employer employers firm robot robotics robotic AI tech industry field "
        "sector area interview interviewer engineer engineers engineering apply applying application work working works news "
        "latest something anything everything stuff taking take takes rejected offer start best top study revise learn "
        "learning advice tips tip focus guide help prepping prepping preparation tomorrow tmrw today week month day days "
        "weeks monday tuesday wednesday thursday friday saturday sunday nervous soon answer question talk chat love want "
        "interested thinking people find looking land nail ace crack plz practise practice mock quiz drill questions skills "
        "timeline salary startup startups"
    )
)
"""Words of careers and robots in general: a question of these alone says nothing of what it is about."""
_EXPERIENCE = any_case(
    r"\b(?:fresh|new|recent|college|uni(?:versity)?) grad(?:uate)?s?\b|\bfresher\b|\bentry[- ]level\b|\bno (?:\w+ )?experience\b|"
    r"\b\d{1,2}\+? ?(?:years?|yrs?|yoe)(?:['’])?(?: of)?(?: \w+)?(?: experience| exp)?\b(?= *(?:[,.;!?)]|$|in\b|with\b|at\b|and\b|of\b|how\b|what\b))|"
    r"\b(?:junior|mid[- ]level|senior|staff|principal)\b(?= (?:\w+ ){0,3}(?:engineer|scientist|researcher|manager|developer)\b)|"
    r"\b(?:phd|msc|bsc|master'?s?|undergrad(?:uate)?|bachelor'?s?) student(?: (?:in|of) [\w -]{2,40})?\b|\b(?:career change|career switch|switching (?:careers?|from (?:\w+ ?){1,2}))\b"
)
_SCOPE_WORDS = any_case(
    r"\binterview|\bjobs?\b|\broles?\b|\bcareer|\brecruit|\bhir(?:e|ing)\b|\bengineer|\bresearcher|\bcompan(?:y|ies)\b|\brobot|\bAI\b|\bstart-?ups?\b|\blaid off\b|\blayoffs?\b|"
    r"\bself-driving\b|\bdriverless\b|\bhumanoids?\b|\bautonomous\b|\bautonomy\b|\bfirms?\b|\btalent\b|\bcandidates?\b|\bapplicants?\b|\bcv\b|\bvisa\b|\bdata cent|\bchips?\b|面接|採用"
)
_NO_FOCUS = Focus("", (), (), frozenset())


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the engine works on it. `as_of` hides later news; `parts` are what it asks one after the other.

    `described_ids` are the companies that fit a description without a name ("the Korean group that …"). `vague` says
    that it names nothing to answer about, so that the candidate is asked for a company or role.
    """

    text: str
    standalone: str
    intent: Intent
    as_of: date
    companies: tuple[CompanyUnderstood, ...] = ()
    unknown: tuple[str, ...] = ()
    forgets: frozenset[Field] = frozenset()
    roles: tuple[RoleUnderstood, ...] = ()
    skills: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    window: TimeWindow | None = None
    days_left: int | None = None
    experience: str = ""
    covered: tuple[str, ...] = ()
    vague: bool = False
    language: str = "en"
    focus: Focus = _NO_FOCUS
    parts: tuple[Focus, ...] = ()
    premise: str = ""
    in_scope_words: bool = False
    related_ids: tuple[str, ...] = ()
    described_ids: frozenset[str] = frozenset()

    @property
    def is_smalltalk(self) -> bool:
        """Whether nothing is asked of the sources: a greeting, or something that is to be forgotten."""
        return self.intent == "smalltalk"

    @property
    def asked_ids(self) -> tuple[str, ...]:
        """The companies whose news counts as being about the question: those asked about, and their next of kin."""
        return self.company_ids + self.related_ids

    @property
    def company_ids(self) -> tuple[str, ...]:
        """Canonical names of the companies asked about."""
        return tuple(company.id for company in self.companies)

    def understanding(self) -> Understanding:
        """The part of the question that the candidate sees and may correct."""
        return Understanding(
            intent=self.intent, companies=self.companies, unknown_companies=self.unknown, roles=self.roles, skills=self.skills,
            countries=self.countries, topics=self.topics, time_window=self.window, days_left=self.days_left,
            experience=self.experience, language=self.language,
        )  # fmt: skip


def understand(
    request: AnswerRequest,
    entities: Entities,
    today: date,
    in_sources: Callable[[str], bool],
    known: Known = NOTHING,
) -> Question:
    """Read a question: who, what role, which intent, which time.

    A follow-up is written out first (`followup`), so that it is read as its standalone twin is.

    Args:
        request: the question with its corrections and earlier turns.
        entities: the names that the corpus knows.
        today: the day of the question, used when the request has no `as_of`.
        in_sources: whether a word stands anywhere in the sources, one with a capital as it is written.
        known: what earlier turns told of the candidate; completes what the question leaves open.
    """
    as_of = request.as_of or today
    asked = readable(request.question)
    reader = _Reader(entities, as_of, in_sources)
    text = reader.text(request.question)
    if request.history or known != NOTHING:
        text = standalone(text, Talk(reader.earlier(request.history), entities, as_of, reader.read, known))
    return _read(text, asked, request, reader)


def reread(
    turns: Sequence[Turn],
    before: Known,
    after: Known,
    entities: Entities,
    today: date,
    in_sources: Callable[[str], bool],
) -> list[str]:
    """The standalone questions of `turns`, one each, after what is known was corrected from `before` to `after`."""
    reader = _Reader(entities, today, in_sources)
    texts = [turn.standalone_question or turn.question for turn in turns]
    return corrected(texts, before, after, Talk(tuple(texts), entities, today, reader.read))


class _Reader:
    """Reads texts as first questions, each once."""

    def __init__(self, entities: Entities, as_of: date, in_sources: Callable[[str], bool]) -> None:
        self.entities, self.as_of, self.in_sources = entities, as_of, in_sources
        self._read: dict[str, Question] = {}

    def is_known_word(self, word: str) -> bool:
        return self.entities.is_known_word(word) or self.in_sources(word) or _is_asked_with(word)

    def text(self, question: str) -> str:
        """A question as it is worked on: without orders and markup, common foreign words translated, typing errors mended."""
        asked = readable(question)
        gloss = " ".join(english for word, english in GLOSS if word in asked)
        language = language_of(asked)
        text = f"{asked} ({gloss})" if gloss else in_english(asked, language)
        if language in FUNCTION_WORDS:
            return text  # A strange word of another language is no misspelt English one.
        spans = [(m.start, m.end) for m in self.entities.link(text).mentions if m.kind != "topic"]
        return respelt(text, spans, self.is_known_word, self.entities.near_words, self.in_sources)

    def read(self, text: str) -> Question:
        if text not in self._read:
            request = AnswerRequest.model_construct(question=text, target=Target(), passages=())
            self._read[text] = _read(text, text, request, self)
        return self._read[text]

    def earlier(self, turns: Sequence[Turn]) -> tuple[str, ...]:
        """The standalone questions of earlier turns, the oldest first; of a long conversation the last ones."""
        texts: list[str] = []
        for turn in turns[-MOST_TURNS:]:
            text = self.text(turn.standalone_question or turn.question)
            if forgotten := forgotten_fields(turn.question):
                texts = self._without(texts, forgotten)
                continue
            if texts and not turn.standalone_question:
                text = standalone(text, Talk(tuple(texts), self.entities, self.as_of, self.read))
            texts.append(text)
        return tuple(texts)

    def _without(self, texts: Sequence[str], fields: frozenset[Field]) -> list[str]:
        """Earlier questions after the candidate asked for something to be forgotten."""
        if set(fields) >= {"company", "role"}:
            return []
        told = [(self.read(text), text) for text in texts]
        left = next((question.days_left for question, _ in reversed(told) if question.days_left is not None), None)
        experience = next((question.experience for question, _ in reversed(told) if question.experience), None)
        day = self.as_of + timedelta(days=left) if left is not None else None
        before = Known(target=Target(interview_date=day, experience=experience))
        talk = Talk(tuple(texts), self.entities, self.as_of, self.read)
        return corrected(texts, before, without(before, fields), talk)


def _read(text: str, asked: str, request: AnswerRequest, reader: _Reader) -> Question:
    """Read `text` by itself; `asked` is what was written, and `request` has the corrections."""
    entities, as_of, in_sources = reader.entities, reader.as_of, reader.in_sources
    language = language_of(asked)

    def is_known_word(word: str) -> bool:
        # A strange word of another language is no employer.
        return language in FUNCTION_WORDS or reader.is_known_word(word)

    links = entities.link(text)
    companies, roles = companies_in(text, links, entities, as_of), roles_in(links, entities)
    if roles and all(mention.via == "field" for mention in links.mentions if mention.kind == "role"):
        roles = (title,) if (title := product_role(text, entities)) else roles
    if request.target.company:
        named = named_company(request.target.company, entities, as_of)
        companies = (named,) if named.id else ()
    if request.target.role:
        roles = (named_role(request.target.role, entities),)
    # A field of work may be part of a firm's name ("Noetix Robotics interview").
    names = [
        m for m in links.mentions if m.kind == "company" or (m.kind == "role" and m.via not in ("field", "ambiguous"))
    ]
    name_spans = [(m.start, m.end) for m in names]
    word_spans = [(m.start, m.end) for m in links.mentions if m not in names]
    role_starts = [mention.start for mention in links.mentions if mention.kind == "role"]
    unknown = unknown_names(
        text,
        name_spans,
        word_spans,
        role_starts,
        is_known_word,
        entities.nearest_word,
        in_sources,
    )
    if request.target.company and not companies:
        unknown = (request.target.company, *unknown)
    elif not (companies or roles or _SCOPE_WORDS.search(text)):
        # A strange word in lower case far from work and firms ("lasagne") is no employer.
        unknown = tuple(name for name in unknown if name != name.lower())
    if request.passages:
        unknown = ()  # what the passages are about, the client knows
    left = time_left(text, as_of)
    days_left = left.days if left else None
    if request.target.interview_date:
        days_left = max(0, (request.target.interview_date - as_of).days)
    experience = request.target.experience or ", ".join(m.group(0) for m in _EXPERIENCE.finditer(text))
    focus = focus_on(text, links)
    guess = _role_guess(text, links, unknown, entities)
    forgets = forgotten_fields(text)
    intent = "smalltalk" if forgets else intent_of(text, companies, unknown, roles, guess, links, days_left, as_of)
    if intent in GUIDED:
        # A tool or robot that somebody mentions is not where they apply ("undergrad with a LeRobot project").
        direct = {
            mention.name
            for mention in links.mentions
            if mention.kind == "company"
            and (mention.via != "product" or mention.name.casefold() in mention.matched.casefold())
        }
        companies = tuple(company for company in companies if company.id in direct) or companies
    window = window_of(text, intent, as_of)
    if not roles and guess and intent in GUIDED:
        roles = (guess,)
    question = Question(
        text=request.question,
        standalone=text,
        intent=intent,
        as_of=as_of,
        companies=companies,
        unknown=unknown,
        forgets=forgets,
        roles=roles,
        skills=links.skills,
        countries=links.countries,
        topics=links.topics,
        window=window,
        days_left=days_left,
        experience=experience,
        covered=(*request.target.covered, *covered_in(text)),
        language=language,
        focus=focus,
        parts=parts_of(text, intent, entities),
        premise=premise_of(text),
        in_scope_words=bool(_SCOPE_WORDS.search(text)),
        described_ids=frozenset() if companies else companies_of_a_country(text, links, entities),
    )
    if not roles and guess and guess.id and asks_knowledge(question):
        question = replace(question, roles=(guess,))
    return replace(question, vague=_is_vague(question, entities))


@lru_cache(maxsize=4096)
def _is_asked_with(word: str) -> bool:
    """Whether a word by itself asks for a detail or for help, so that it is no slip for one of the sources' words."""
    patterns = (WANTS_HELP, NEWEST, *(aspect.asked for aspect in ASPECTS))
    return any(pattern.search(word) for pattern in patterns)


def asks_knowledge(question: Question) -> bool:
    """Whether a question of fact is about the trade itself ("EKF or UKF?"): it names no company, place or time, and
    wants no detail of one; and nobody and no figure, unless it names the role whose guide may tell.
    """
    focus = question.focus
    names = question.companies or question.unknown or question.countries or question.window
    return (
        question.intent == "fact"
        and not (names or (focus.answer_types and not question.roles))
        and not {aspect.id for aspect in focus.aspects} - ({"interviews"} if question.roles else set())
        and bool(ASKS_SOMETHING.search(question.standalone))
    )


def _role_guess(text: str, links: Links, unknown: Sequence[str], entities: Entities) -> RoleUnderstood | None:
    """The role that the named skills belong to, else a trade without a guide; what stands in a firm's name is neither."""
    firms = [(start, start + len(name)) for name in unknown if (start := text.find(name)) >= 0]
    skills = [
        mention
        for mention in links.mentions
        if mention.kind in ("skill", "topic")
        and not any(low <= mention.start and mention.end <= high for low, high in firms)
    ]
    known = [match.span() for match in _EXPERIENCE.finditer(text)]
    wanted = [m for m in skills if not any(low <= m.start and m.end <= high for low, high in known)]
    companies = [(m.start, m.end) for m in links.mentions if m.kind == "company"]
    trade = uncovered_role(text, companies + firms)
    return role_of_field(wanted, entities) or trade


def _is_vague(question: Question, entities: Entities) -> bool:
    """Whether a question is about careers or robots in general, so that no source can be the answer to it.

    One that names a company is vague when it is a remark without anything asked ("I got rejected from Google").
    """
    if question.intent == "smalltalk" or question.language != "en" or question.unknown or question.roles:
        return False
    skills = (entities.skill(name) for name in question.skills)
    if question.countries or question.window or any(skill and not skill.generic for skill in skills):
        return False
    aspects = {aspect.id for aspect in question.focus.aspects}
    if aspects - OPEN_ASPECTS or _HIRES.search(question.standalone):
        return False
    terms = {term for term in question.focus.terms if not term.isdigit()}
    text = question.standalone
    is_remark = not ASKS_SOMETHING.search(text) and (PAST.search(text) or not (aspects or _OF_AN_EMPLOYER.search(text)))
    if question.companies and (question.intent != "fact" or not is_remark):
        return False
    return terms <= _GENERAL_TERMS
