"""A follow-up as a question that stands alone: "and Sony?" becomes "how much did Sony raise?".

`standalone` comes before `question.understand`'s reading of a text, which knows nothing of earlier turns: whatever a
follow-up takes from them is written out, so it gets the answer that its standalone twin gets. These are rules, tried
in order (`references` and `substitution` put the names in); `answering.rewriting` asks a language model first where
there is one.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from corpus.entities import Links
from service.answering.figures import spoken
from service.answering.intents import GUIDED
from service.answering.known import covered_in, forgotten_fields
from service.answering.patterns import any_case
from service.answering.phrasing import listed
from service.answering.references import needs_event, with_names, with_references
from service.answering.substitution import ASKS, Fresh, with_companies, with_role, with_when, without_time_left
from service.answering.talk import Talk
from service.answering.terms import content_terms
from service.answering.wording import as_role, as_sentence, end_of, ended, stem, without_spans

if TYPE_CHECKING:
    from service.answering.question import Question

_LEAD_IN = any_case(
    r"^(?:[\s,.!]*(?:and|so|ok(?:ay)?|but|well|hm+|oh|ah|wait|sorry|thanks?|great|cool|now then|right|also|then|no|nope|yes|actually)\b)+[\s,.!:-]*"
)
_DEFINES = any_case(r"^\W*(?:what(?:'s|’s| is| are)|explain|define|how do(?:es)?)\b")
_MORE = any_case(
    r"^\W*(?:(?:can you |could you |please )*(?:tell me more|(?:\w+ )?more(?: details?| info| questions| ones)?|(?:harder|easier|other|different|new) (?:ones|questions)|go on|continue|elaborate|in more detail|say more|expand)"
    r"(?: (?:please|pls|on that|about (?:that|this|it)))*)\W*$"
)
_BACK_TO = any_case(r"\bback to\b|\breturn to\b")
_WHY = any_case(
    r"^\W*(?:and |but |so )?(?:why(?: (?:so|is that|was that|that|not))?|how come|what(?:'s| is| was) the reason|for what reason)\W*$"
)
_WHICH_WORDS = any_case(
    r"^\W*(?:who|when|where|how much|how many|how long|since when|until when|really|how so|which ones?|what for|says who|are you sure|is (?:that|this|it) (?:true|right|sure|certain))\W*$"
)
_SUBJECT = any_case(
    r"^\W*(?:(?:show|give|tell|catch) me (?:up on |more )?)?(?:(?:a |the )?(?:timeline|chronology|history|overview) of|about|which of|what(?:'s|’s| is| has| was)? (?:new|changed|happened|the latest) (?:at|with|to|on|for|in)|(?:how (?:many|long|often)|when|where|who|what|why)(?: (?:did|does|do|is|are|was|were|has|have))?)\b|\b(?:please|pls)\b"
)
"""What a question wants of its subject, as far as it would turn another question that names the subject too."""
_PREFIX = any_case(r"^(?:who|when|where|why|how \w+|[\w-]+ when|really|which ones?): ")
_IN_BRACKETS = re.compile(r" \(([^()]{8,})\)\W*$")
_MUCH = any_case(r"^\W*how much(?: money)?(?: (?:did|does|do|has|have))?\b\s*")
_GENERAL = any_case(
    r"\b(?:which|what|any|other|all|most|some|best|top|many) (?:[\w-]+ ){0,3}(?:companies|firms|start-?ups|employers|labs|makers|carmakers|robots|models)\b|"
    r"\bwho else\b|\banyone\b|\bin general\b|\bgenerally\b|\b(?:in|across) the (?:industry|field)\b"
)
_STATES = any_case(r"^\W*(?:i|i'm|i’m|im|i've|i’ve|ive|my|we|actually i|make it|it's|it’s|its|only|just)\b")
_SWAPPED_FOR_WHY = any_case(
    r"^\W*(?:when|where|how (?:much|many \w+|long|often)|what)\s+(?=(?:did|does|do|is|are|was|were|has|have|will)\s)(?!what happened)"
)
_YES_OR_NO = any_case(r"^\W*(?=(?:did|does|do|is|are|was|were|has|have|will)\s)")
_WHAT_NEXT = any_case(
    r"[,.;]?\s*(?:\b(?:so|now|and|then)\s+)*\bwhat(?:'s|’s| is)?\s+(?:next|else|now|then|left|(?:should|do|shall|must) i (?:do|study|learn|prepare|revise)(?: next| now| then)?)\W*$"
)
_EXPERIENCE_IS: Final = "My experience:"
_KIND_OF_NAME = frozenset({"company", "role"})


def standalone(text: str, talk: Talk) -> str:
    """`text` with everything written out that it takes from the earlier turns or from what is known of the candidate.

    A text that takes nothing is returned as it is. The result is read like any first question, and never raises.
    """
    if talk.read(text).intent == "smalltalk" or forgotten_fields(text):
        return text
    rewritten = text
    if talk.texts:
        referred = with_references(text, talk)
        rewritten = next((found for rule in _RULES if (found := rule(referred, talk)) is not None), referred)
    return _completed(rewritten, talk)


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
    return f"why: {stem(last)}?"


def _bare_question_word(text: str, talk: Talk) -> str | None:
    """Of "who?", "since when?": of the question before."""
    return (
        f"{_LEAD_IN.sub('', text).strip(' ?')}: {stem(_PREFIX.sub('', talk.last))}?"
        if _WHICH_WORDS.match(text)
        else None
    )


def _substitution(text: str, talk: Talk) -> str | None:
    """Of "and Sony?", "what about a perception role?", "and this May?": the question before, with the new name or time."""
    fresh = Fresh.of(text, talk)
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
        rewritten = with_companies(rewritten, fresh, talk)
    if fresh.role:
        rewritten = with_role(rewritten, fresh.role, talk)
    if fresh.when:
        rewritten = with_when(rewritten, fresh.when)
    if fresh.days is not None:
        rewritten = f"{without_time_left(rewritten, talk.as_of)} {as_sentence(f'in {fresh.days}')}"
    return rewritten


def _statement(text: str, talk: Talk) -> str | None:
    """Of "I only have 3 days", "my interview is on 2 December": what was to be prepared, with this added."""
    question = talk.read(text)
    has_covered = bool(covered_in(text)) and not question.companies
    if question.days_left is None and not question.experience and not has_covered:
        return None
    if has_covered and talk.preparation and not ASKS.search(_WHAT_NEXT.sub("", text)):
        return f"{ended(talk.preparation)} {as_sentence(_WHAT_NEXT.sub('', text))}"
    if (
        ASKS.search(_LEAD_IN.sub("", text))
        or question.companies
        or not (_STATES.match(_LEAD_IN.sub("", text)) or _is_bare_time(text, talk))
    ):
        return None
    base = talk.preparation
    if not base:
        return None
    if question.days_left is not None:
        base = without_time_left(base, talk.as_of)
    if question.roles and not question.roles[0].assumed:
        base = with_role(base, question.roles[0].title, talk)
    said = re.sub(
        r"^\W*(?:(?:ok(?:ay)?|and|so|but|please|no|wait|actually)\W+)*make (?:it|that)\b",
        "I have",
        text,
        flags=re.IGNORECASE,
    )
    return f"{ended(base)} {as_sentence(said)}"


def _pronouns(text: str, talk: Talk) -> str | None:
    """Of "who founded it?", "what should I ask them?": the names in their place; and what "that" or "she" was about."""
    if _GENERAL.search(text):
        return None
    rewritten = with_names(text, talk)
    if rewritten != text:
        question = talk.read(text)
        if question.intent in GUIDED and talk.read(rewritten).intent != question.intent and talk.companies:
            # "what do they test": the words that ask for skills are kept together.
            return f"{stem(text)} at {listed([name.written for name in talk.companies])}{end_of(text)}"
        words = content_terms(_without_names(rewritten, talk.entities.link(rewritten)))
        return _with_event(rewritten, talk) if len(words) <= 1 and needs_event(rewritten) else rewritten
    if needs_event(text) and not talk.read(text).companies:
        return _with_event(_LEAD_IN.sub("", text), talk)
    return None


def _with_event(text: str, talk: Talk) -> str:
    """`text` with what the question before was about, which "that" or "the reason" points to."""
    subject = _SUBJECT.sub("", _MUCH.sub("money that ", stem(_core(talk.last)))).strip()
    known = set(content_terms(text))
    if not set(content_terms(_without_names(subject, talk.entities.link(subject)))) - known and not (
        {name.id for name in talk.names(subject)} - {name.id for name in talk.names(text)}
    ):
        return text
    return f"{stem(text)} ({subject})?"


def _topic(text: str, talk: Talk) -> str | None:
    """Of "how many rounds?", "any news since June?": of the company that was talked about."""
    question = talk.read(text)
    if question.companies or question.unknown or _GENERAL.search(text) or question.countries:
        return None
    if question.intent in GUIDED and talk.known.target.company:
        return None  # The candidate's own interview, whatever else was asked about in between; `_completed` adds it.
    names = talk.companies
    asked = _LEAD_IN.sub("", text).strip()
    if names and not _is_knowledge(question):
        companies = listed([name.written for name in names])
        if question.intent in GUIDED or question.focus.aspects:
            return f"{stem(asked)} at {companies}{end_of(asked)}"
        if _is_thin(question, text) or _LEAD_IN.match(text):
            return f"{companies}: {stem(asked)} ({_without_all_names(_core(talk.last), talk)})?"
        return f"{companies}: {asked}"
    if not names and talk.role and not question.roles and _of_the_last_role(question, text):
        return f"{stem(asked)} ({talk.role}){end_of(asked)}"
    return None


_RULES: Final = (_again, _why, _bare_question_word, _substitution, _statement, _pronouns, _topic)


def _completed(text: str, talk: Talk) -> str:
    """What a request for preparation leaves open, from the turns and the target: company, role, date, experience."""
    question, target = talk.read(text), talk.known.target
    if question.intent not in GUIDED:
        needs_company = question.intent == "fact" and question.vague and not question.companies
        return f"{target.company}: {text}" if needs_company and target.company else text
    names = [name.written for name in talk.names(text)]
    if target.company and not names and not _GENERAL.search(text):
        names = [target.company]
        text = f"{stem(text)} at {target.company}{end_of(text)}"
    if talk.role and not question.roles:
        text = f"{stem(text)} {as_role(talk.role)}{end_of(text)}"
    if target.covered and question.intent in ("prepare", "practise") and not question.covered:
        text = f"{ended(text)} I've already covered {listed(target.covered)}."
    if question.intent != "prepare":
        return text
    day = talk.known.interview_at(names[0] if names else None, talk.as_of)
    if day and question.days_left is None:
        text = f"{ended(text)} My interview is on {spoken(day)}."
    if target.experience and not question.experience:
        text = f"{ended(text)} {_EXPERIENCE_IS} {target.experience}."
    return text


# -- parts of the rules


def _is_bare_time(text: str, talk: Talk) -> bool:
    return Fresh.of(text, talk).is_bare


def _is_thin(question: Question, text: str) -> bool:
    return question.intent == "fact" and (not question.focus.terms or needs_event(text))


def _is_knowledge(question: Question) -> bool:
    """Whether the trade itself is asked about ("what is a Kalman filter"), whoever the talk was of."""
    return bool(question.skills) and not question.focus.aspects and bool(_DEFINES.match(question.standalone))


def _of_the_last_role(question: Question, text: str) -> bool:
    return question.intent == "fact" and not question.focus.strict and len(question.focus.terms) <= 6


def _without_names(text: str, links: Links) -> str:
    return without_spans(text, [(m.start, m.end) for m in links.mentions if m.kind in _KIND_OF_NAME])


def _without_all_names(text: str, talk: Talk) -> str:
    links = talk.entities.link(text)
    named = [(m.start, m.end) for m in links.mentions if m.kind == "company" and m.via != "product"]
    return re.sub(r"\s+", " ", without_spans(text, named)).strip(" ?.")


def _core(text: str) -> str:
    """What a rewritten question is about at bottom: of "when was that (did Sony raise money)?" what stands in brackets."""
    inner = _IN_BRACKETS.search(text)
    return inner.group(1) if inner and content_terms(inner.group(1)) else _PREFIX.sub("", text)
