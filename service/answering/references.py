"""What "they", "the second one" and "which of them" stand for: the companies that were talked about, by name.

`followup` replaces ordinals and groups before it tries its rules (`with_references`), and pronouns in one of them
(`with_names`).
"""

from __future__ import annotations

import re
from typing import Final

from service.answering.patterns import any_case
from service.answering.phrasing import listed
from service.answering.talk import Talk

MOST_COMPARED: Final = 4
"""Companies that "which of them" or "compare them" stands for at most, the latest ones."""
_ORDINAL = any_case(
    r"\b(?:the )?(?:(first|second|third|fourth|last|latter|former|other|1st|2nd|3rd)(?: (?:one|company|firm|employer))\b|(?<=the )(latter|former|other)\b(?=\W*$|\s+(?:is|has|does|was|pays?|hires?|raise[ds]?)\b))(?!\s+\w*(?:round|interview|question|week|day|month|year|time|model|product|step|half|name|thing|version|quarter|release|robot|car|part))"
)
_ORDINALS = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3}
_GROUP = any_case(
    r"\b(?P<of>which(?: one)? of|any of|each of|both of|all of|none of|between|among)\s+(?:them|these|those|the (?:(?:first|last) )?(?:two|three|four)|(?:the|these|those) companies)\b|"
    r"(?P<compared>\b(?:compare|rank)\s+)(?:them|these|those|the (?:(?:first|last) )?(?:two|three|four)|both|all (?:three|of them)|(?:these|those) (?:two|three))\b(?!\s+(?:with|to|and)\b)|"
    r"\b(?P<plain>the two(?: of them| companies)?|both(?: companies)?|all three(?: companies)?|the three companies|these companies|those companies)\b(?!\s+\w+s\b)|"
    r"(?P<which>\bwhich(?: one| company)?)(?=\s+(?:is|was|has|pays?|hires?|raised|offers?|would|should|does|gives?|tests?)\b)"
)
_END_OF_ROW = any_case(r"\b(first|last) (two|three|four)\b")
_COUNTED = {"two": 2, "three": 3, "four": 4}
_TWO = any_case(r"\b(?:two|both)\b")
_THEY = any_case(r"\b(they(?:'re|’re|'ve|’ve|'ll|’ll|'d|’d)?|their|theirs|them)\b")
_THEY_DO = any_case(r"\b(do|are|have|were)(?= they\b)")
_SINGULAR = {"do": "does", "are": "is", "have": "has", "were": "was"}
_IT = any_case(r"\b(it|its)\b(?!['’])")
_EXPLETIVE = any_case(
    r"\bit\s+(?:(?:normal|possible|ok(?:ay)?|true|necessary|important|hard|difficult|better|likely|common|take|takes|mean|means|allowed|enough|too)\b|(?:is|was) (?:\w+ )?(?:to|that)\b)|"
    r"\bmake it\b|\bit for\b|\bis it (?:on|in|at|about)\b|\bcall it\b"
)
_FIRM = any_case(r"\b(?:this|that|the|said) (?:company|firm|employer|start-?up|lab|venture)\b(?!\s+(?:that|which|who))")
_THERE = any_case(
    r"(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )(?<!\bout )\bthere\b(?! (?:is|are|was|were|any|a|an|some|been|will|have|has)\b)"
)
_HE_OR_SHE = any_case(r"\b(he|she|his|her|him)\b")
_OFFICE = re.compile(
    r"(?:\b[A-Z][\w&.-]*(?:\s[A-Z][\w&.-]*)*['’]s\s)(?:[\w-]+\s){0,3}?(?:lead|head|chief(?: executive)?|CEO|CTO|CFO|boss|founder|president|director|chair(?:man|woman)?)\b"
)
_COMPARED_WITH = any_case(r"\b(?:that|this|it|they)\b(?=.{0,20}\bcompare[sd]? (?:with|to|against)\b)")
_EVENT = any_case(r"\b(?:that|this|those|these|it|reasons?|why|she|he|her|his|him)\b")
_SELF_REFERRING = any_case(
    r"\b(?:that|this) (?:year|month|week|spring|summer|autumn|winter|january|february|march|april|may|june|july|august|september|october|november|december|role|job|team|interview|company)\b"
)


def with_references(text: str, talk: Talk) -> str:
    """`text` with "the second one", "which of them" or "the other" as the names of companies that were talked about.

    It is returned as it is when it has none of them, or when fewer than two companies were talked about.
    """
    if len(talk.discussed) < 2:
        return text

    def group(match: re.Match[str]) -> str:
        names = talk.discussed[-MOST_COMPARED:]
        if (end := _END_OF_ROW.search(match.group(0))) and not match["which"]:
            count = _COUNTED[end.group(2).casefold()]
            names = talk.discussed[:count] if end.group(1).casefold() == "first" else talk.discussed[-count:]
        elif _TWO.search(match.group(0)) or (match["which"] and len(talk.companies) == 2):
            names = talk.companies if len(talk.companies) == 2 else talk.discussed[-2:]
        companies = listed([name.written for name in names])
        if match["of"]:
            return f"{match['of']} {companies}"
        if match["which"]:
            return f"which of {companies}"
        return f"{match['compared'] or ''}{companies}"

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


def with_names(text: str, talk: Talk) -> str:
    """`text` with its first fitting kind of pronoun replaced by the companies that were last talked about.

    Of "she" as the holder of an office that the question before named; `text` itself when nothing fits.
    """
    if not talk.companies or talk.read(text).unknown:
        return _with_office(text, talk)
    name = listed([name.written for name in talk.companies])

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


def needs_event(text: str) -> bool:
    """Whether a text points to what the question before was about ("who decided that?", "the reason")."""
    return bool(_EVENT.search(_SELF_REFERRING.sub(" ", text))) and not _EXPLETIVE.search(text)
