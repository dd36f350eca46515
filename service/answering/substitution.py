"""Another company, role or time in a question: "how much did Figure raise?" becomes "how much did Sony raise?".

`Fresh.of` says what a turn brings ("and Sony?", "make it three days"), and the functions put it in the place of what
an earlier question has. `followup` uses both, `corrections` the functions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from corpus.entities import Mention
from service.answering.patterns import any_case
from service.answering.phrasing import listed
from service.answering.talk import Name, Talk
from service.answering.time_left import MONTHS_ALTERNATION, time_left
from service.answering.wording import article, as_role, end_of, lowered, stem, without_spans

_FRAME: Final = frozenset(
    "and so ok okay well hm hmm oh ah wait sorry actually no not nope yes but also about with at for in on to of from by against vs "
    "versus the a an same question thing one again instead rather its it's i mean meant im i'm make that this role position job team "
    "please pls plz though too as switch change let lets let's us go going back only just what's now then or over into it company "
    "same's would be like wanted want sure applying asking interviewing me tell".split()
)
"""Words around a name or a date that add nothing to it: "oh wait it's for … actually"."""
_FRAME_PHRASES = any_case(
    r"\b(?:in|at) the same (?:month|year|time|period|week)\b|\b(?:the|my) (?:role|position|job|company|interview) is\b|\b(?:what|how) (?:about|of)\b|\bwhat if\b|\bit is\b|\bdo the same\b|\bhow (?:does|do|did|is) it (?:work |look )?(?:for|at|with)\b|\blet(?:'s|’s|s)?\b"
)
_OPENS_ANEW = any_case(r"^\W*(?:who|what)(?:'s|’s| is| are)\b(?! about)")
_WHEN = any_case(
    rf"\b(?:(?:only|just)\s+)?(?:(?:in|since|until|till|before|after|during|from|by|back in|as of)\s+)?(?:(?:early|mid|late|the (?:start|end) of|end of)[ -])?"
    rf"(?:(?:this|last|next|that|the past|the last)\s+(?:year|month|week|quarter|spring|summer|autumn|fall|winter|{MONTHS_ALTERNATION})|"
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)?\s+)?(?:{MONTHS_ALTERNATION})\b(?:\s+\d{{1,2}}(?:st|nd|rd|th)?\b)?(?:,?\s+20\d\d)?|20\d\d|(?:spring|summer|autumn|winter)(?:\s+20\d\d)?)\b"
    rf"|\b(?:right now|nowadays|these days|at present|currently|so far|recently|lately|now|today)\b"
)
_AMBIGUOUS_MONTH = re.compile(r"(?:may|march|mar|sun|sat)", re.IGNORECASE)
_PRESENT = any_case(r"now|nowadays|these days|at present|currently|today|right now")
_PAST_FORM = any_case(r"\b(ran|led|headed|was|were|had|owned|made|built)\b")
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
_PREPOSITION = any_case(r"\b(with|from|by|against|to|for|at|in|over)\s+(?:the\s+)?$")
_COMPARES = any_case(r"\bvs\b|\bversus\b|\bcompar|\bdiffer|\bboth\b|\bbetter\b|\bwhich of\b|\bor\b")
_COMPARE = any_case(r"^\W*compare\s+")
_WHICH_OF = any_case(r"\b(?:which|any|each|both|all) of\s+$")
ASKS = any_case(
    r"\?|\b(?:how|what|where|who|which|when|why)\b|^\W*(?:do|does|did|is|are|can|could|should|will|would|tell|give|show|compare|list)\b"
)
"""Asks or orders something, rather than stating it."""
_BEFORE_TIME_LEFT = any_case(
    r",?\s*(?:\b(?:and|but)\s+)?(?:\b(?:i (?:only )?have|i(?:'|’)ve got|my \w+ is|the \w+ is)\s+)?(?:\b(?:in|within|on|only|just|with)\s+)*$"
)
_AFTER_TIME_LEFT = any_case(r"^\s+(?:left|to go|away|from now|out|to prep(?:are)?)\b")


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a turn brings: companies, a role, a time, the time left; `is_bare` when it brings nothing else."""

    companies: tuple[Name, ...]
    preposition: str
    role: str
    when: str
    days: str | None
    is_bare: bool

    @staticmethod
    def of(text: str, talk: Talk) -> Fresh:
        """What `text` brings; every field is empty when it brings nothing."""
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
        rest = _FRAME_PHRASES.sub(" ", without_spans(text, spans))
        words = set(re.findall(r"[^\W_]+(?:['’]\w+)?", rest.casefold().replace("’", "'"))) - {"s"}
        return Fresh(
            companies=tuple(dict.fromkeys(companies)),
            preposition=preposition.group(1).casefold() if preposition else "",
            role=_title(roles[0], talk) if roles else "",
            when=when.group(0).strip() if when else "",
            days=text[left.start : left.end] if left else None,
            is_bare=bool(spans) and words <= _FRAME and not _OPENS_ANEW.match(_FRAME_PHRASES.sub(" ", text)),
        )


def with_companies(text: str, fresh: Fresh, talk: Talk) -> str:
    """`text` about the companies of `fresh`. The one behind the same preposition gives way, else the one it is about.

    A comparison takes them in beside those it has; a text without a company gets them at its end.
    """
    new = listed([name.written for name in fresh.companies])
    links = talk.entities.link(text)
    question = talk.read(text)
    asked = {company.id for company in question.companies}
    mentions = [m for m in links.mentions if m.kind == "company" and m.name in asked]
    spans = [(m.start, m.end, m.name) for m in mentions]
    for unknown in question.unknown:
        if (start := text.find(unknown)) >= 0:
            spans.append((start, start + len(unknown), unknown))
    if not spans:
        return f"{stem(text)} {fresh.preposition or 'at'} {new}{end_of(text)}"
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


def with_role(text: str, role: str, talk: Talk) -> str:
    """`text` with another role in place of its own, or with this one added."""
    mentions = [m for m in talk.entities.link(text).mentions if m.kind == "role"]
    if not mentions:
        return f"{stem(text)} {as_role(role)}{end_of(text)}"
    named = lowered(role)
    for mention in reversed(mentions[1:]):
        text = text[: mention.start] + text[mention.end :]
    low, high = mentions[0].start, mentions[0].end
    before = re.sub(r"\ban?\s+$", f"{article(named)} ", text[:low], flags=re.IGNORECASE)
    after = re.sub(r"^s\b", "", text[high:])
    if re.search(r"\bengineer\W*$", named) and re.match(r"\s+(?:engineers?|roles?|positions?|jobs?)\b", after):
        after = re.sub(r"^\s+(?:engineers?|roles?|positions?|jobs?)\b", "", after)
    return re.sub(r"[ \t]+", " ", before + named + after)


def with_when(text: str, when: str) -> str:
    """`text` at another time: in place of its own, else at its end."""
    matches = [m for m in _WHEN.finditer(text) if not _is_modal_may(m, text)]
    if not matches:
        return f"{stem(text)} {when}{end_of(text)}"
    match = matches[-1]
    if _PRESENT.fullmatch(when):
        text = (
            _PAST_FORM.sub(lambda found: _PRESENT_FORM[found.group(1).casefold()], text[: match.start()])
            + text[match.start() :]
        )
        match = [m for m in _WHEN.finditer(text) if not _is_modal_may(m, text)][-1]
    return re.sub(r"\s+(?=[?.!,]|\s|$)", "", f"{text[: match.start()]}{when}{text[match.end() :]}")


def without_time_left(text: str, as_of: date) -> str:
    """`text` without the words for the time left: whole sentences of it, or "in two weeks"."""
    first, *others = re.split(r"(?<=[.?!])\s+", text)
    kept = [other for other in others if ASKS.search(other) or not time_left(other, as_of)]
    return " ".join(cut for part in (first, *kept) if (cut := _cut_time_left(part, as_of)).strip())


def _cut_time_left(sentence: str, as_of: date) -> str:
    while left := time_left(sentence, as_of):
        before = _BEFORE_TIME_LEFT.sub("", sentence[: left.start])
        sentence = before + _AFTER_TIME_LEFT.sub("", sentence[left.end :])
    return sentence


def _replaced(text: str, spans: Sequence[tuple[int, int]], new: str) -> str:
    """The first span becomes `new`, with an article before it dropped; what else the text says of that name goes."""
    first, *others = sorted(spans)
    for low, high in sorted(others, reverse=True):
        text = re.sub(r"(?:\bthe\s+)?$", "", text[:low]) + re.sub(r"^['’]s\b", "", text[high:])
    before = re.sub(r"\bthe\s+$", "", text[: first[0]], flags=re.IGNORECASE)
    return re.sub(r"\s+(?=[?.!,]|\s)", "", before + new + text[first[1] :])


def _written(mention: Mention, talk: Talk) -> Name:
    """The company's name on the day; a product keeps its own, since it says more."""
    written = mention.matched if mention.via == "product" else talk.entities.name_at(mention.name, talk.as_of)
    return Name(mention.name, written)


def _title(mention: Mention, talk: Talk) -> str:
    role = talk.entities.role(mention.name)
    return role.title if role and mention.via not in ("ambiguous",) else mention.matched


def _overlaps(match: re.Match[str], spans: Sequence[tuple[int, int]]) -> bool:
    return any(match.start() < high and low < match.end() for low, high in spans)


def _is_modal_may(match: re.Match[str], text: str) -> bool:
    """Whether "may" or "march" is a verb: in lower case, and with nothing of a date about it."""
    return bool(_AMBIGUOUS_MONTH.fullmatch(match.group(0))) and match.group(0).islower()
