"""What a question, or one part of it, is after: content words, details, and kinds of answer.

`question` reads a whole question and its parts here; `evidence` and the composers select by the `Focus` that comes
back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from corpus.entities import Entities, Links
from service.answering.answer import Intent
from service.answering.aspects import ASPECTS, Aspect
from service.answering.patterns import any_case
from service.answering.terms import content_terms

_ANSWER_TYPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("money", any_case(r"\b(?:billion|million) (?:dollars|yen|euros|pounds)\b|\bhow much\b|\bprice\b|\bworth\b|\bvalu(?:ed|ation)\b|\brais(?:e|ed)\b|\brevenue\b|\bprofit\b|\bbudget\b|\bmoney\b|\bcosts?\b|\bpay(?:ing)?\b|\bowed?\b|\bspending\b")),
    ("number", any_case(r"\bhow many\b|\bnumber of\b|\bhow (?:big|large|fast|long|often)\b|\bscore\b|\bcount\b|\bparams?\b|\bparameters?\b|\bsize\b|\btotals?\b|\btarget|\bgrowth\b|\bhow did\b.*\bdo\b")),
    ("percent", any_case(r"\bshare\b|\bper ?cent\b|%|\bmarket share\b|\bsplit\b|\bhow big is .* stake\b")),
    ("date", any_case(r"\bwhen\b|\bwhat (?:date|day|month|year)\b|\bhow soon\b")),
    ("place", any_case(r"\bwhere\b|\bwhich (?:cit(?:y|ies)|wich cities|town|country|place)|\bcities\b|\bbased\b|\btown\b")),
    ("person", any_case(r"\bwho\b|\bwhose\b")),
    ("reason", any_case(r"\bwhy\b|\breasons?\b|\bwhat for\b")),
    ("duration", any_case(r"\bhow long\b|\bhow much time\b|\bhow often\b|\bhow fast\b|\bin days\b|\bfaster\b")),
)  # fmt: skip
_ASKING = r"(?:(?:since|to|at|in|by|for|on|from|with) )?(?:how|what|where|who|whom|which|when|why)"
_SPLIT_PARTS = any_case(
    rf"[?;]\s*|\.\s+(?=[A-Z])|,?\s+(?:and|&|plus|also)\s+(?=(?:{_ASKING}|is|are|does|do|did|has|have|can|by)\b)|,\s*(?={_ASKING}\b)|\s[-–]\s(?={_ASKING}\b)"
)
_SPLIT_POINTS = any_case(r"[?;:,&]\s*|\s-\s|\band\b|\bversus\b|\bvs\b\.?|\bor\b|\.\s")
_ASKED_CLAUSE = any_case(
    r"\b(?:how (?:many|much|big|long|fast|often)|who|which|what|where|when|why)\b[^?:;,]*$|\b(?:how (?:many|much|big|long|fast|often)|who|which|what|where|when|why)\b[^?:;,]*(?=[?:;,])"
)
NEWEST = any_case(
    r"\b(?:latest|newest|current(?:ly)?|now|rn|still|yet|already|done|most recent|so far|this year|these days|today|nowadays|since then|any ?more|any later|as of now|at the moment|by now|up[- ]to[- ]date)\b"
)
"""Words that want the present state."""
_ASKS = any_case(
    r"\W*(?:so |and |but |then |also )?(?:how|what|whats|where|who|which|when|why|is|are|does|do|did|has|have|can|could|was|were|will)\b"
)
_LISTED = any_case(r"(?::|\s[-–])\s+([^:?]+)\??\s*$")
_MOST_WORDS_LISTED = 7


@dataclass(frozen=True, slots=True)
class Focus:
    """What a question, or one part of it, is after: content words without names, details, and kinds of answer.

    `key_terms` are the words after the question word: what is asked, as against what it is asked about; `newest` says
    that the present state is wanted ("latest", "yet", "this year").
    """

    text: str
    terms: tuple[str, ...]
    aspects: tuple[Aspect, ...]
    answer_types: frozenset[str]
    key_terms: frozenset[str] = frozenset()
    newest: bool = False

    @property
    def strict(self) -> tuple[Aspect, ...]:
        """The details that only a sentence speaking of them answers."""
        return tuple(aspect for aspect in self.aspects if aspect.strict)


def focus_on(text: str, links: Links) -> Focus:
    """What a text asks for; `links` are the names in it, which do not count as content words."""
    return Focus(
        text=text,
        terms=tuple(dict.fromkeys(content_terms(without_companies(text, links)))),
        aspects=tuple(aspect for aspect in ASPECTS if aspect.asked.search(text)),
        answer_types=frozenset(name for name, pattern in _ANSWER_TYPES if pattern.search(text)),
        key_terms=frozenset(content_terms(clause.group(0))) if (clause := _ASKED_CLAUSE.search(text)) else frozenset(),
        newest=bool(NEWEST.search(text)),
    )


def without_companies(text: str, links: Links) -> str:
    """The text without the names of companies; a product's name stays, since it says what is asked about."""
    named = (m for m in links.mentions if m.kind == "company" and m.via != "product")
    for mention in sorted(named, key=lambda m: -m.start):
        text = text[: mention.start] + " " + text[mention.end :]
    return text


def parts_of(text: str, intent: Intent, entities: Entities) -> tuple[Focus, ...]:
    """What a question asks one after the other; for a comparison, the points of comparison.

    Args:
        text: the question.
        intent: the kind of answer that it wants.
        entities: the names that the corpus knows.
    """
    splitter = _SPLIT_POINTS if intent == "compare" else _SPLIT_PARTS
    parts = [part.strip(" ,.") for part in splitter.split(text) if part and part.strip(" ,.")]
    if intent == "fact" and len(wanted := _listed_details(text)) > 1:
        return tuple(focus for part in wanted if (focus := focus_on(part, entities.link(part))).terms)
    focuses = [focus_on(part, entities.link(part)) for part in parts]
    return tuple(
        focus
        for focus in focuses
        if focus.terms and (intent == "compare" or focus.aspects or focus.answer_types or _ASKS.match(focus.text))
    )


def _listed_details(text: str) -> list[str]:
    """The details that a question lists after a colon or a dash ("the Ohio site: exact place, gigawatts and who pays")."""
    found = _LISTED.search(text)
    details = [part.strip(" ,.") for part in re.split(r",|\band\b|&|\bplus\b", found.group(1))] if found else []
    details = [detail for detail in details if content_terms(detail)] if found and "," in found.group(1) else []
    return details if all(len(detail.split()) <= _MOST_WORDS_LISTED for detail in details) else []
