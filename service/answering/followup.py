"""A follow-up as a question that stands alone: "and Sony?" becomes "how much did Sony raise?".

`standalone` comes before `question.understand`'s reading of a text, which knows nothing of earlier turns: whatever a
follow-up takes from them is written out, so it gets the answer that its standalone twin gets. These are rules, tried
in order; `answering.rewriting` asks a language model first where there is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

from corpus.entities import Entities, Links, Mention
from service.answering.figures import spoken
from service.answering.known import NOTHING, Known, covered_in, forgotten_fields
from service.answering.terms import content_terms
from service.answering.time_left import MONTHS_ALTERNATION, time_left

if TYPE_CHECKING:
    from service.answering.question import Question

Read = Callable[[str], "Question"]
"""Reads a text as if it were the first question of a conversation."""

MOST_CARRIED: Final = 600
"""Characters of an earlier question that a follow-up takes over at most."""
MOST_COMPARED: Final = 4
"""Companies that "which of them" or "compare them" stands for at most, the latest ones."""


def _pattern(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.IGNORECASE)


_LEAD_IN = _pattern(
    r"^(?:[\s,.!]*(?:and|so|ok(?:ay)?|but|well|hm+|oh|ah|wait|sorry|thanks?|great|cool|now then|right|also|then|no|nope|yes|actually)\b)+[\s,.!:-]*"
)
_FRAME: Final = frozenset(
    "and so ok okay well hm hmm oh ah wait sorry actually no not nope yes but also about with at for in on to of from by against vs "
    "versus the a an same question thing one again instead rather its it's i mean meant im i'm make that this role position job team "
    "please pls plz though too as switch change let lets let's us go going back only just what's now then or over into it company "
    "same's would be like wanted want sure applying asking interviewing me tell".split()
)
"""Words around a name or a date that add nothing to it: "oh wait it's for … actually"."""
_FRAME_PHRASES = _pattern(
    r"\b(?:in|at) the same (?:month|year|time|period|week)\b|\b(?:the|my) (?:role|position|job|company|interview) is\b|\b(?:what|how) (?:about|of)\b|\bwhat if\b|\bit is\b|\bdo the same\b|\bhow (?:does|do|did|is) it (?:work |look )?(?:for|at|with)\b|\blet(?:'s|’s|s)?\b"
)
_OPENS_ANEW = _pattern(r"^\W*(?:who|what)(?:'s|’s| is| are)\b(?! about)")
_WHEN = _pattern(
    rf"\b(?:(?:only|just)\s+)?(?:(?:in|since|until|till|before|after|during|from|by|back in|as of)\s+)?(?:(?:early|mid|late|the (?:start|end) of|end of)[ -])?"
    rf"(?:(?:this|last|next|that|the past|the last)\s+(?:year|month|week|quarter|spring|summer|autumn|fall|winter|{MONTHS_ALTERNATION})|"
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)?\s+)?(?:{MONTHS_ALTERNATION})\b(?:\s+\d{{1,2}}(?:st|nd|rd|th)?\b)?(?:,?\s+20\d\d)?|20\d\d|(?:spring|summer|autumn|winter)(?:\s+20\d\d)?)\b"
    rf"|\b(?:right now|nowadays|these days|at present|currently|so far|recently|lately|now|today)\b"
)
_AMBIGUOUS_MONTH = re.compile(r"(?:may|march|mar|sun|sat)", re.IGNORECASE)
_PRESENT = _pattern(r"now|nowadays|these days|at present|currently|today|right now")
_PAST_FORM = _pattern(r"\b(ran|led|headed|was|were|had|owned|made|built)\b")
_PRESENT_FORM = {
    "ran": "runs",
    "led": "leads",
    "headed": "heads",
    "was": "is",
    "were": "are",
    "had": "has",
    "owned": "owns",
    "made": "makes",
    "built": "builds",
}
_PREPOSITION = _pattern(r"\b(with|from|by|against|to|for|at|in|over)\s+(?:the\s+)?$")
_COMPARES = _pattern(r"\bvs\b|\bversus\b|\bcompar|\bdiffer|\bboth\b|\bbetter\b|\bwhich of\b|\bor\b")
_COMPARE = _pattern(r"^\W*compare\s+")
_WHICH_OF = _pattern(r"\b(?:which|any|each|both|all) of\s+$")
_DEFINES = _pattern(r"^\W*(?:what(?:'s|’s| is| are)|explain|define|how do(?:es)?)\b")
_COMPARED_WITH = _pattern(r"\b(?:that|this|it|they)\b(?=.{0,20}\bcompare[sd]? (?:with|to|against)\b)")
_MORE = _pattern(
    r"^\W*(?:(?:can you |could you |please )*(?:tell me more|(?:\w+ )?more(?: details?| info| questions| ones)?|(?:harder|easier|other|different|new) (?:ones|questions)|go on|continue|elaborate|in more detail|say more|expand)"
    r"(?: (?:please|pls|on that|about (?:that|this|it)))*)\W*$"
)
_BACK_TO = _pattern(r"\bback to\b|\breturn to\b")
_WHY = _pattern(
    r"^\W*(?:and |but |so )?(?:why(?: (?:so|is that|was that|that|not))?|how come|what(?:'s| is| was) the reason|for what reason)\W*$"
)
_WHICH_WORDS = _pattern(
    r"^\W*(?:who|when|where|how much|how many|how long|since when|until when|really|how so|which ones?|what for|says who|are you sure|is (?:that|this|it) (?:true|right|sure|certain))\W*$"
)
_SUBJECT = _pattern(
    r"^\W*(?:(?:show|give|tell|catch) me (?:up on |more )?)?(?:(?:a |the )?(?:timeline|chronology|history|overview) of|about|which of|what(?:'s|’s| is| has| was)? (?:new|changed|happened|the latest) (?:at|with|to|on|for|in)|(?:how (?:many|long|often)|when|where|who|what|why)(?: (?:did|does|do|is|are|was|were|has|have))?)\b|\b(?:please|pls)\b"
)
"""What a question wants of its subject, as far as it would turn another question that names the subject too."""
_PREFIX = _pattern(r"^(?:who|when|where|why|how \w+|[\w-]+ when|really|which ones?): ")
_IN_BRACKETS = re.compile(r" \(([^()]{8,})\)\W*$")
_MUCH = _pattern(r"^\W*how much(?: money)?(?: (?:did|does|do|has|have))?\b\s*")
_EVENT = _pattern(r"\b(?:that|this|those|these|it|reasons?|why|she|he|her|his|him)\b")
_SELF_REFERRING = _pattern(
    r"\b(?:that|this) (?:year|month|week|spring|summer|autumn|winter|january|february|march|april|may|june|july|august|september|october|november|december|role|job|team|interview|company)\b"
)
_THEY = _pattern(r"\b(they(?:'re|’re|'ve|’ve|'ll|’ll|'d|’d)?|their|theirs|them)\b")
_THEY_DO = _pattern(r"\b(do|are|have|were)(?= they\b)")
_SINGULAR = {"do": "does", "are": "is", "have": "has", "were": "was"}
_IT = _pattern(r"\b(it|its)\b(?!['’])")
_EXPLETIVE = _pattern(
    r"\bit\s+(?:(?:normal|possible|ok(?:ay)?|true|necessary|important|hard|difficult|better|likely|common|take|takes|mean|means|allowed|enough|too)\b|(?:is|was) (?:\w+ )?(?:to|that)\b)|"
    r"\bmake it\b|\bit for\b|\bis it (?:on|in|at|about)\b|\bcall it\b"
)
_FIRM = _pattern(r"\b(?:this|that|the|said) (?:company|firm|employer|start-?up|lab|venture)\b(?!\s+(?:that|which|who))")
_THERE = _pattern(
    r"(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )(?<!\bout )\bthere\b(?! (?:is|are|was|were|any|a|an|some|been|will|have|has)\b)"
)
_HE_OR_SHE = _pattern(r"\b(he|she|his|her|him)\b")
_OFFICE = re.compile(
    r"(?:\b[A-Z][\w&.-]*(?:\s[A-Z][\w&.-]*)*['’]s\s)(?:[\w-]+\s){0,3}?(?:lead|head|chief(?: executive)?|CEO|CTO|CFO|boss|founder|president|director|chair(?:man|woman)?)\b"
)
_ORDINAL = _pattern(
    r"\b(?:the )?(?:(first|second|third|fourth|last|latter|former|other|1st|2nd|3rd)(?: (?:one|company|firm|employer))\b|(?<=the )(latter|former|other)\b(?=\W*$|\s+(?:is|has|does|was|pays?|hires?|raise[ds]?)\b))(?!\s+\w*(?:round|interview|question|week|day|month|year|time|model|product|step|half|name|thing|version|quarter|release|robot|car|part))"
)
_ORDINALS = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3}
_GROUP = _pattern(
    r"\b(?P<of>which(?: one)? of|any of|each of|both of|all of|none of|between|among)\s+(?:them|these|those|the (?:(?:first|last) )?(?:two|three|four)|(?:the|these|those) companies)\b|"
    r"(?P<compared>\b(?:compare|rank)\s+)(?:them|these|those|the (?:(?:first|last) )?(?:two|three|four)|both|all (?:three|of them)|(?:these|those) (?:two|three))\b(?!\s+(?:with|to|and)\b)|"
    r"\b(?P<plain>the two(?: of them| companies)?|both(?: companies)?|all three(?: companies)?|the three companies|these companies|those companies)\b(?!\s+\w+s\b)|"
    r"(?P<which>\bwhich(?: one| company)?)(?=\s+(?:is|was|has|pays?|hires?|raised|offers?|would|should|does|gives?|tests?)\b)"
)
_END_OF_ROW = _pattern(r"\b(first|last) (two|three|four)\b")
_COUNTED = {"two": 2, "three": 3, "four": 4}
_TWO = _pattern(r"\b(?:two|both)\b")
_GENERAL = _pattern(
    r"\b(?:which|what|any|other|all|most|some|best|top|many) (?:[\w-]+ ){0,3}(?:companies|firms|start-?ups|employers|labs|makers|carmakers|robots|models)\b|"
    r"\bwho else\b|\banyone\b|\bin general\b|\bgenerally\b|\b(?:in|across) the (?:industry|field)\b"
)
_STATES = _pattern(r"^\W*(?:i|i'm|i’m|im|i've|i’ve|ive|my|we|actually i|make it|it's|it’s|its|only|just)\b")
_ASKS = _pattern(
    r"\?|\b(?:how|what|where|who|which|when|why)\b|^\W*(?:do|does|did|is|are|can|could|should|will|would|tell|give|show|compare|list)\b"
)
_SWAPPED_FOR_WHY = _pattern(
    r"^\W*(?:when|where|how (?:much|many \w+|long|often)|what)\s+(?=(?:did|does|do|is|are|was|were|has|have|will)\s)(?!what happened)"
)
_YES_OR_NO = _pattern(r"^\W*(?=(?:did|does|do|is|are|was|were|has|have|will)\s)")
_BEFORE_TIME_LEFT = _pattern(
    r",?\s*(?:\b(?:and|but)\s+)?(?:\b(?:i (?:only )?have|i(?:'|’)ve got|my \w+ is|the \w+ is)\s+)?(?:\b(?:in|within|on|only|just|with)\s+)*$"
)
_AFTER_TIME_LEFT = _pattern(r"^\s+(?:left|to go|away|from now|out|to prep(?:are)?)\b")
_WHAT_NEXT = _pattern(
    r"[,.;]?\s*(?:\b(?:so|now|and|then)\s+)*\bwhat(?:'s|’s| is)?\s+(?:next|else|now|then|left|(?:should|do|shall|must) i (?:do|study|learn|prepare|revise)(?: next| now| then)?)\W*$"
)
_TITLED = re.compile(r"(?:engineer|scientist|manager|researcher|developer|designer|lead|technician)$", re.IGNORECASE)
_EXPERIENCE_IS: Final = "My experience:"
_KIND_OF_NAME = frozenset({"company", "role"})


@dataclass(frozen=True, slots=True)
class Name:
    """A company as it is written into a question; `id` is its canonical name, empty for one that no source knows."""

    id: str
    written: str


@dataclass
class Talk:
    """What was said so far: the standalone questions, oldest first, read when a rule asks for them."""

    texts: Sequence[str]
    entities: Entities
    as_of: date
    read: Read
    known: Known = NOTHING

    @property
    def last(self) -> str:
        """The latest question, as far as it is taken over."""
        return self.texts[-1][:MOST_CARRIED] if self.texts else ""

    @cached_property
    def companies(self) -> tuple[Name, ...]:
        """Those of the latest question that named any; else the target's."""
        for text in reversed(self.texts):
            if names := self.names(text):
                return names
        company = self.known.target.company
        return (Name(company, company),) if company else ()

    @cached_property
    def discussed(self) -> tuple[Name, ...]:
        """Every company that was asked about, in the order in which they came up; what they were compared by is not."""
        found: dict[str, Name] = {}
        for text in self.texts:
            for name in self.names(text):
                found.setdefault(name.id or name.written, name)
        return tuple(found.values())

    def names(self, text: str) -> tuple[Name, ...]:
        """The companies of a question: known ones by the name that they have on the day, unknown ones as written."""
        question = self.read(text)
        known = tuple(Name(company.id, company.name) for company in question.companies)
        return known + tuple(Name("", name) for name in question.unknown)

    @cached_property
    def role(self) -> str:
        """The title of the role that was last asked about, else the target's; empty when there is none."""
        for text in reversed(self.texts):
            roles = self.read(text).roles
            if roles and not (roles[0].assumed and self.read(text).intent == "fact"):
                return roles[0].title
        return self.known.target.role or ""

    @cached_property
    def preparation(self) -> str:
        """The latest question that asked to be prepared, else one that a guide answers; empty when there is none."""
        for intents in (frozenset({"prepare"}), _PREPARES):
            for text in reversed(self.texts):
                if self.read(text).intent in intents:
                    return text[:MOST_CARRIED]
        return ""

    def about(self, company: str) -> str | None:
        """The latest question about a company alone, else about it and others."""
        named = [(text, self.names(text)) for text in reversed(self.texts)]
        found = [(len(names), text) for text, names in named if company in {name.id for name in names}]
        return min(found, key=lambda pair: pair[0])[1] if found else None


_PREPARES = frozenset({"prepare", "skills", "practise", "questions_to_ask"})


def standalone(text: str, talk: Talk) -> str:
    """`text` with everything written out that it takes from the earlier turns or from what is known of the candidate.

    A text that takes nothing is returned as it is. The result is read like any first question, and never raises.
    """
    if talk.read(text).intent == "smalltalk" or forgotten_fields(text):
        return text
    rewritten = text
    if talk.texts:
        referred = _with_references(text, talk)
        rewritten = next((found for rule in _RULES if (found := rule(referred, talk)) is not None), referred)
    return _completed(rewritten, talk)


# -- what names stand for: ordinals, groups


def _with_references(text: str, talk: Talk) -> str:
    """Of "the second one", "which of them" and "the other" as the names of companies that were talked about."""
    if len(talk.discussed) < 2:
        return text

    def group(match: re.Match[str]) -> str:
        names = talk.discussed[-MOST_COMPARED:]
        if (end := _END_OF_ROW.search(match.group(0))) and not match["which"]:
            count = _COUNTED[end.group(2).casefold()]
            names = talk.discussed[:count] if end.group(1).casefold() == "first" else talk.discussed[-count:]
        elif _TWO.search(match.group(0)) or (match["which"] and len(talk.companies) == 2):
            names = talk.companies if len(talk.companies) == 2 else talk.discussed[-2:]
        listed = _listed([name.written for name in names])
        if match["of"]:
            return f"{match['of']} {listed}"
        if match["which"]:
            return f"which of {listed}"
        return f"{match['compared'] or ''}{listed}"

    grouped = _GROUP.sub(group, text, count=1)
    if grouped != text:
        return grouped
    if _THEY.search(text) or _IT.search(text):
        # "when do they ship the first one": the company is "they", so that the ordinal is something of theirs.
        return text
    return _ORDINAL.sub(lambda match: _by_position(match, talk), text, count=1)


def _by_position(match: re.Match[str], talk: Talk) -> str:
    word = (match.group(1) or match.group(2)).casefold()
    names = talk.discussed
    current = talk.companies[0] if talk.companies else names[-1]
    if word == "other":
        others = [name for name in names if name != current]
        return others[-1].written if others else match.group(0)
    if word in ("last", "latter"):
        return names[-1].written
    if word == "former":
        return names[-2].written
    position = _ORDINALS[word]
    return names[position].written if position < len(names) else match.group(0)


# -- rules: each gives the rewritten question, or None when it does not apply


def _again(text: str, talk: Talk) -> str | None:
    """Of "tell me more": the question before."""
    return talk.last if _MORE.match(text) else None


def _why(text: str, talk: Talk) -> str | None:
    """Of "why?": the reason for what the question before asked about."""
    if not _WHY.match(text):
        return None
    last = _core(talk.last)
    for question_word in (_SWAPPED_FOR_WHY, _YES_OR_NO):
        if question_word.match(last) and not re.match(r"\W*what\s+(?:is|are)\b", last, re.IGNORECASE):
            return question_word.sub("why ", last, count=1)
    return f"why: {_stem(last)}?"


def _bare_question_word(text: str, talk: Talk) -> str | None:
    """Of "who?", "since when?": of the question before."""
    return (
        f"{_LEAD_IN.sub('', text).strip(' ?')}: {_stem(_PREFIX.sub('', talk.last))}?"
        if _WHICH_WORDS.match(text)
        else None
    )


def _substitution(text: str, talk: Talk) -> str | None:
    """Of "and Sony?", "what about a perception role?", "and this May?": the question before, with the new name or time."""
    fresh = _Fresh.of(text, talk)
    if not fresh.is_bare:
        return None
    if fresh.days is not None and not (fresh.companies or fresh.role or fresh.when):
        return None  # `_statement` adds it
    if fresh.companies and _BACK_TO.search(text) and fresh.companies[0].id:
        earlier = talk.about(fresh.companies[0].id)
        if earlier:
            return earlier
    rewritten = talk.last
    if fresh.role and not talk.read(rewritten).roles and talk.preparation:
        rewritten = talk.preparation
        if not fresh.companies and len(talk.companies) == 1 and talk.companies[0] not in talk.names(rewritten):
            fresh = replace(fresh, companies=talk.companies)
    if fresh.companies:
        rewritten = _with_companies(rewritten, fresh, talk)
    if fresh.role:
        rewritten = _with_role(rewritten, fresh.role, talk)
    if fresh.when:
        rewritten = _with_when(rewritten, fresh.when)
    if fresh.days is not None:
        rewritten = f"{_without_time_left(rewritten, talk.as_of)} {_sentence(f'in {fresh.days}')}"
    return rewritten


def _statement(text: str, talk: Talk) -> str | None:
    """Of "I only have 3 days", "my interview is on 2 December": what was to be prepared, with this added."""
    question = talk.read(text)
    has_covered = bool(covered_in(text)) and not question.companies
    if question.days_left is None and not question.experience and not has_covered:
        return None
    if has_covered and talk.preparation and not _ASKS.search(_WHAT_NEXT.sub("", text)):
        return f"{_ended(talk.preparation)} {_sentence(_WHAT_NEXT.sub('', text))}"
    if (
        _ASKS.search(_LEAD_IN.sub("", text))
        or question.companies
        or not (_STATES.match(_LEAD_IN.sub("", text)) or _is_bare_time(text, talk))
    ):
        return None
    base = talk.preparation
    if not base:
        return None
    if question.days_left is not None:
        base = _without_time_left(base, talk.as_of)
    if question.roles and not question.roles[0].assumed:
        base = _with_role(base, question.roles[0].title, talk)
    said = re.sub(
        r"^\W*(?:(?:ok(?:ay)?|and|so|but|please|no|wait|actually)\W+)*make (?:it|that)\b",
        "I have",
        text,
        flags=re.IGNORECASE,
    )
    return f"{_ended(base)} {_sentence(said)}"


def _pronouns(text: str, talk: Talk) -> str | None:
    """Of "who founded it?", "what should I ask them?": the names in their place; and what "that" or "she" was about."""
    if _GENERAL.search(text):
        return None
    rewritten = _with_names(text, talk)
    if rewritten != text:
        question = talk.read(text)
        if question.intent in _PREPARES and talk.read(rewritten).intent != question.intent and talk.companies:
            # "what do they test": the words that ask for skills are kept together.
            return f"{_stem(text)} at {_listed([name.written for name in talk.companies])}{_end(text)}"
        words = content_terms(_without_names(rewritten, talk.entities.link(rewritten)))
        return _with_event(rewritten, talk) if len(words) <= 1 and _needs_event(rewritten) else rewritten
    if _needs_event(text) and not talk.read(text).companies:
        return _with_event(_LEAD_IN.sub("", text), talk)
    return None


def _with_event(text: str, talk: Talk) -> str:
    """`text` with what the question before was about, which "that" or "the reason" points to."""
    subject = _SUBJECT.sub("", _MUCH.sub("money that ", _stem(_core(talk.last)))).strip()
    known = set(content_terms(text))
    if not set(content_terms(_without_names(subject, talk.entities.link(subject)))) - known and not (
        {name.id for name in talk.names(subject)} - {name.id for name in talk.names(text)}
    ):
        return text
    return f"{_stem(text)} ({subject})?"


def _topic(text: str, talk: Talk) -> str | None:
    """Of "how many rounds?", "any news since June?": of the company that was talked about."""
    question = talk.read(text)
    if question.companies or question.unknown or _GENERAL.search(text) or question.countries:
        return None
    if question.intent in _PREPARES and talk.known.target.company:
        return None  # The candidate's own interview, whatever else was asked about in between; `_completed` adds it.
    names = talk.companies
    asked = _LEAD_IN.sub("", text).strip()
    if names and not _is_knowledge(question):
        listed = _listed([name.written for name in names])
        if question.intent in _PREPARES or question.focus.aspects:
            return f"{_stem(asked)} at {listed}{_end(asked)}"
        if _is_thin(question, text) or _LEAD_IN.match(text):
            return f"{listed}: {_stem(asked)} ({_without_all_names(_core(talk.last), talk)})?"
        return f"{listed}: {asked}"
    if not names and talk.role and not question.roles and _of_the_last_role(question, text):
        return f"{_stem(asked)} ({talk.role}){_end(asked)}"
    return None


_RULES: Final = (_again, _why, _bare_question_word, _substitution, _statement, _pronouns, _topic)


def _completed(text: str, talk: Talk) -> str:
    """What a request for preparation leaves open, from the turns and the target: company, role, date, experience."""
    question, target = talk.read(text), talk.known.target
    if question.intent not in _PREPARES:
        needs_company = question.intent == "fact" and question.vague and not question.companies
        return f"{target.company}: {text}" if needs_company and target.company else text
    names = [name.written for name in talk.names(text)]
    if target.company and not names and not _GENERAL.search(text):
        names = [target.company]
        text = f"{_stem(text)} at {target.company}{_end(text)}"
    if talk.role and not question.roles:
        text = f"{_stem(text)} {_as_role(talk.role)}{_end(text)}"
    if target.covered and question.intent in ("prepare", "practise") and not question.covered:
        text = f"{_ended(text)} I've already covered {_listed(target.covered)}."
    if question.intent != "prepare":
        return text
    day = talk.known.interview_at(names[0] if names else None, talk.as_of)
    if day and question.days_left is None:
        text = f"{_ended(text)} My interview is on {spoken(day)}."
    if target.experience and not question.experience:
        text = f"{_ended(text)} {_EXPERIENCE_IS} {target.experience}."
    return text


# -- corrections


def corrected(texts: Sequence[str], before: Known, after: Known, talk: Talk) -> list[str]:
    """The standalone questions of a conversation after what is known was corrected or forgotten.

    What an earlier question says of the interview's day or of the experience no longer counts, and the latest question
    is read with the right company and role, so that a follow-up goes on from there.
    """
    old, new = before.target, after.target
    texts = list(texts)
    if old.interview_date != new.interview_date or before.interviews != after.interviews:
        texts = [_without_time_left(text, talk.as_of) or text for text in texts]
    if old.experience and old.experience != new.experience:
        texts = [_without_experience(text, old.experience) or text for text in texts]
    if not texts:
        return texts
    named = [name for name in talk.names(texts[-1]) if old.company in (name.written, name.id)]
    if new.company and new.company != old.company and named:
        fresh = _Fresh((Name("", new.company),), "", "", "", None, is_bare=True)
        texts[-1] = _with_companies(texts[-1], fresh, talk)
    if new.role and new.role != old.role and talk.read(texts[-1]).roles:
        texts[-1] = _with_role(texts[-1], new.role, talk)
    return texts


def dated(text: str, said_on: date) -> str:
    """A standalone question of an earlier day, with the time left as the day of the interview, which does not move."""
    left = time_left(text, said_on)
    if left is None:
        return text
    day = spoken(said_on + timedelta(days=left.days))
    return f"{_ended(_without_time_left(text, said_on) or text)} My interview is on {day}."


def _without_experience(text: str, experience: str) -> str:
    return " ".join(part for part in re.split(r"(?<=[.?!])\s+", text) if experience.casefold() not in part.casefold())


# -- parts of the rules


@dataclass(frozen=True, slots=True)
class _Fresh:
    """What a turn brings: companies, a role, a time, the time left; `is_bare` when it brings nothing else."""

    companies: tuple[Name, ...]
    preposition: str
    role: str
    when: str
    days: str | None
    is_bare: bool

    @staticmethod
    def of(text: str, talk: Talk) -> _Fresh:
        links = talk.entities.link(text)
        question = talk.read(text)
        names = [m for m in links.mentions if m.kind == "company"]
        kept = {company.id for company in question.companies}
        companies = tuple(_written(m, talk) for m in names if m.name in kept)
        roles = [m for m in links.mentions if m.kind == "role"]
        preposition = _PREPOSITION.search(text[: names[0].start]) if names else None
        spans = [(m.start, m.end) for m in (*names, *roles)]
        for unknown in question.unknown:
            if (start := text.find(unknown)) >= 0:
                companies += (Name("", unknown),)
                spans.append((start, start + len(unknown)))
        left = time_left(text, talk.as_of)
        if left:
            spans.append((left.start, left.end))
        when = next((m for m in _WHEN.finditer(text) if not _overlaps(m, spans) and not _is_modal_may(m, text)), None)
        if when:
            spans.append(when.span())
        rest = _FRAME_PHRASES.sub(" ", _cut(text, spans))
        words = set(re.findall(r"[^\W_]+(?:['’]\w+)?", rest.casefold().replace("’", "'"))) - {"s"}
        return _Fresh(
            companies=tuple(dict.fromkeys(companies)),
            preposition=preposition.group(1).casefold() if preposition else "",
            role=_title(roles[0], talk) if roles else "",
            when=when.group(0).strip() if when else "",
            days=text[left.start : left.end] if left else None,
            is_bare=bool(spans) and words <= _FRAME and not _OPENS_ANEW.match(_FRAME_PHRASES.sub(" ", text)),
        )


def _overlaps(match: re.Match[str], spans: Sequence[tuple[int, int]]) -> bool:
    return any(match.start() < high and low < match.end() for low, high in spans)


def _is_modal_may(match: re.Match[str], text: str) -> bool:
    """Whether "may" or "march" is a verb: in lower case, and with nothing of a date about it."""
    return bool(_AMBIGUOUS_MONTH.fullmatch(match.group(0))) and match.group(0).islower()


def _is_bare_time(text: str, talk: Talk) -> bool:
    return _Fresh.of(text, talk).is_bare


def _written(mention: Mention, talk: Talk) -> Name:
    """The company's name on the day; a product keeps its own, since it says more."""
    written = mention.matched if mention.via == "product" else talk.entities.name_at(mention.name, talk.as_of)
    return Name(mention.name, written)


def _title(mention: Mention, talk: Talk) -> str:
    role = talk.entities.role(mention.name)
    return role.title if role and mention.via not in ("ambiguous",) else mention.matched


def _with_companies(text: str, fresh: _Fresh, talk: Talk) -> str:
    """`text` about other companies. The one behind the same preposition gives way, else the one it is about."""
    new = _listed([name.written for name in fresh.companies])
    links = talk.entities.link(text)
    question = talk.read(text)
    asked = {company.id for company in question.companies}
    mentions = [m for m in links.mentions if m.kind == "company" and m.name in asked]
    spans = [(m.start, m.end, m.name) for m in mentions]
    for unknown in question.unknown:
        if (start := text.find(unknown)) >= 0:
            spans.append((start, start + len(unknown), unknown))
    if not spans:
        return f"{_stem(text)} {fresh.preposition or 'at'} {new}{_end(text)}"
    named = {name for _, _, name in spans}
    if fresh.preposition in ("with", "from", "by", "against", "to", "for"):
        behind = {
            n
            for low, _, n in spans
            if (found := _PREPOSITION.search(text[:low])) and found.group(1).casefold() == fresh.preposition
        }
        if behind and len(named) > 1:
            named = behind
    if len(named) > 1:
        last = max(high for _, high, _ in spans)
        if {name.id for name in fresh.companies} <= named and _COMPARES.search(text):
            if _WHICH_OF.search(text[: min(spans)[0]]):
                return f"tell me about {new}"
            return _COMPARE.sub("tell me about ", f"{_WHICH_OF.sub('', text[: min(spans)[0]])}{new}{text[last:]}")
        if _COMPARES.search(text):
            return f"{text[:last]} and {new}{text[last:]}"
        named = {min(spans)[2]}
    return _replaced(text, [(low, high) for low, high, name in spans if name in named], new)


def _replaced(text: str, spans: Sequence[tuple[int, int]], new: str) -> str:
    """The first span becomes `new`, with an article before it dropped; what else the text says of that name goes."""
    first, *others = sorted(spans)
    for low, high in sorted(others, reverse=True):
        text = re.sub(r"(?:\bthe\s+)?$", "", text[:low]) + re.sub(r"^['’]s\b", "", text[high:])
    before = re.sub(r"\bthe\s+$", "", text[: first[0]], flags=re.IGNORECASE)
    return re.sub(r"\s+(?=[?.!,]|\s)", "", before + new + text[first[1] :])


def _with_role(text: str, role: str, talk: Talk) -> str:
    """`text` with another role in place of its own, or with this one added."""
    mentions = [m for m in talk.entities.link(text).mentions if m.kind == "role"]
    if not mentions:
        return f"{_stem(text)} {_as_role(role)}{_end(text)}"
    named = _lower(role)
    for mention in reversed(mentions[1:]):
        text = text[: mention.start] + text[mention.end :]
    low, high = mentions[0].start, mentions[0].end
    before = re.sub(r"\ban?\s+$", f"{_article(named)} ", text[:low], flags=re.IGNORECASE)
    after = re.sub(r"^s\b", "", text[high:])
    if re.search(r"\bengineer\W*$", named) and re.match(r"\s+(?:engineers?|roles?|positions?|jobs?)\b", after):
        after = re.sub(r"^\s+(?:engineers?|roles?|positions?|jobs?)\b", "", after)
    return re.sub(r"[ \t]+", " ", before + named + after)


def _with_when(text: str, when: str) -> str:
    """`text` at another time: in place of its own, else at its end."""
    matches = [m for m in _WHEN.finditer(text) if not _is_modal_may(m, text)]
    if not matches:
        return f"{_stem(text)} {when}{_end(text)}"
    match = matches[-1]
    if _PRESENT.fullmatch(when):
        text = (
            _PAST_FORM.sub(lambda found: _PRESENT_FORM[found.group(1).casefold()], text[: match.start()])
            + text[match.start() :]
        )
        match = [m for m in _WHEN.finditer(text) if not _is_modal_may(m, text)][-1]
    return re.sub(r"\s+(?=[?.!,]|\s|$)", "", f"{text[: match.start()]}{when}{text[match.end() :]}")


def _without_time_left(text: str, as_of: date) -> str:
    """`text` without the words for the time left: whole sentences of it, or "in two weeks"."""
    first, *others = re.split(r"(?<=[.?!])\s+", text)
    kept = [other for other in others if _ASKS.search(other) or not time_left(other, as_of)]
    return " ".join(cut for part in (first, *kept) if (cut := _cut_time_left(part, as_of)).strip())


def _cut_time_left(sentence: str, as_of: date) -> str:
    while left := time_left(sentence, as_of):
        before = _BEFORE_TIME_LEFT.sub("", sentence[: left.start])
        sentence = before + _AFTER_TIME_LEFT.sub("", sentence[left.end :])
    return sentence


def _with_names(text: str, talk: Talk) -> str:
    """The first fitting kind of pronoun replaced by the companies that were last talked about."""
    if not talk.companies or talk.read(text).unknown:
        return _with_office(text, talk)
    name = _listed([name.written for name in talk.companies])

    if talk.read(text).companies:
        if _COMPARED_WITH.search(text):
            return _COMPARED_WITH.sub(name, text, count=1)
        if not re.search(r"\b(?:with|than|from|like|against)\b", text, re.IGNORECASE):
            return _with_office(text, talk)
    if len(talk.companies) == 1:
        text = _THEY_DO.sub(lambda match: _SINGULAR[match.group(1).casefold()], text)

    def noun(match: re.Match[str]) -> str:
        word = match.group(1).casefold()
        if word in ("their", "its", "theirs"):
            return f"{name}'" if name.endswith("s") else f"{name}'s"
        contracted = {"re": " are", "ve": " have", "ll": " will", "d": " would"}
        return name + contracted.get(re.split(r"['’]", word, maxsplit=1)[1], "") if re.search(r"['’]", word) else name

    if _THEY.search(text):
        return _THEY.sub(noun, text)
    if _FIRM.search(text):
        return _FIRM.sub(name, text)
    if _THERE.search(text):
        return _THERE.sub(f"at {name}", text, count=1)
    if _IT.search(text) and not _EXPLETIVE.search(text):
        return _IT.sub(noun, text)
    return _with_office(text, talk)


def _with_office(text: str, talk: Talk) -> str:
    """Of "she" as the holder of the office that the question before named."""
    office = _OFFICE.search(talk.last)
    if not office or not _HE_OR_SHE.search(text):
        return text
    return _HE_OR_SHE.sub(lambda m: office.group(0) + ("'s" if m.group(1).casefold() == "his" else ""), text, count=1)


def _needs_event(text: str) -> bool:
    return bool(_EVENT.search(_SELF_REFERRING.sub(" ", text))) and not _EXPLETIVE.search(text)


def _is_thin(question: Question, text: str) -> bool:
    return question.intent == "fact" and (not question.focus.terms or _needs_event(text))


def _is_knowledge(question: Question) -> bool:
    """Whether the trade itself is asked about ("what is a Kalman filter"), whoever the talk was of."""
    return bool(question.skills) and not question.focus.aspects and bool(_DEFINES.match(question.standalone))


def _of_the_last_role(question: Question, text: str) -> bool:
    return question.intent == "fact" and not question.focus.strict and len(question.focus.terms) <= 6


def _without_names(text: str, links: Links) -> str:
    return _cut(text, [(m.start, m.end) for m in links.mentions if m.kind in _KIND_OF_NAME])


def _without_all_names(text: str, talk: Talk) -> str:
    links = talk.entities.link(text)
    named = [(m.start, m.end) for m in links.mentions if m.kind == "company" and m.via != "product"]
    return re.sub(r"\s+", " ", _cut(text, named)).strip(" ?.")


def _cut(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for low, high in sorted(spans, reverse=True):
        text = f"{text[:low]} {text[high:]}"
    return text


def _core(text: str) -> str:
    """What a rewritten question is about at bottom: of "when was that (did Sony raise money)?" what stands in brackets."""
    inner = _IN_BRACKETS.search(text)
    return inner.group(1) if inner and content_terms(inner.group(1)) else _PREFIX.sub("", text)


def _stem(text: str) -> str:
    return text.strip().rstrip(" ?.!")


def _end(text: str) -> str:
    return "?" if text.strip().endswith("?") else ""


def _ended(text: str) -> str:
    return text if text.strip()[-1:] in "?.!" else f"{text.strip()}."


def _sentence(text: str) -> str:
    text = _stem(text)
    return f"{text[:1].upper()}{text[1:]}."


def _article(words: str) -> str:
    return "an" if words[:1].casefold() in "aeio" else "a"


def _lower(title: str) -> str:
    first = title.split(" ", maxsplit=1)[0]
    return title if first.isupper() or any(c.isupper() for c in first[1:]) else title[:1].lower() + title[1:]


def _as_role(role: str) -> str:
    named = _lower(role)
    return f"as {_article(named)} {named}" if _TITLED.search(named) else f"({named})"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
