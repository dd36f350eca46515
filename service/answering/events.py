"""What makes a sentence the report of an event: when it happened, that it happened, and to whom.

`timeline` orders these events, `comparison` takes the turning points from them. Everything is judged by the form of one
sentence and its place in its document; nothing is embedded here.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from functools import lru_cache

from service.answering.evidence import Evidence, is_self_contained
from service.answering.figures import MONTHS, figures, spoken

PLANNED = 0.6
"""What a plan is worth as a happening, when the question does not ask for plans."""
LEAST_DEED = 0.25
"""`happening` below which a sentence without a date is no event."""
NAMED_ASIDE = 0.2
"""How close a sentence is to a company that it names beside others, in a report that is not about it."""


class Precision(IntEnum):
    """How exactly a sentence says when its event happened; `REPORT` when only its report has a date."""

    REPORT = 0
    YEAR = 1
    MONTH = 2
    DAY = 3


@dataclass(frozen=True, slots=True)
class Event:
    """A sentence as an event. `day` is the first day that its date can mean, `stamp` the date in words."""

    item: Evidence
    day: date
    stamp: str
    precision: Precision


TURNING_POINT = re.compile(
    r"\b(?:halt|cancel|retire[sd]?\b|stop(?:s|ped)\b|ends?\b|ended\b|clos(?:es|ed)\b|acquir|buys?\b|bought|merge|renam|formerly|"
    r"began|begins\b|start(?:s|ed)\b|found(?:ed|s)\b|formed\b|launch|went public|gone public|listing|Nasdaq|prospectus|resign|"
    r"left\b|leaves?\b|dismiss|step(?:s|ped)? down|laid off|layoff|recall|complet|chose\b|selected|appoint|succeed|becom|becam|interim|"
    r"first (?:deployment|model|customer)|releas|presented|unveil|rais(?:es|ed|ing)\b|funding\b|\bround\b|invest(?:s|ed)?\b|moves? to\b|secured|valu(?:es|ed)\b|"
    r"licen[cs]e|signed|pledge|approv|sued|ruled|record)",
    re.IGNORECASE,
)
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_WHEN = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})\s)?(?P<month>{_MONTH})\s(?:(?P<american>\d{{1,2}}),\s)?(?P<year>(?:19|20)\d\d)\b|"
    r"\b(?P<part>early|mid|late|spring|summer|autumn|fall|winter)[ -](?P<of>(?:19|20)\d\d)\b|"
    r"\b(?:in|since)\s(?P<alone>(?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_FIRST_MONTH = {"early": 1, "mid": 6, "late": 10, "winter": 1, "spring": 3, "summer": 6, "autumn": 9, "fall": 9}
# A date behind these is a bound, the end of a period, or the date of a report, not the day of the event.
_NOT_THE_DAY = re.compile(
    r"\b(?:by|until|till|before|after|through|to|from|than|for|within months of|ends?|ended|dated|article of|summary of|report of|"
    r"goal (?:for|in)|start of|end of|towards|as early as)\s+(?:on\s|in\s|the\s|around\s|about\s)*(?:(?:early|mid|late|end|start)\s+(?:of\s+)?)?$|"
    r"\bsince\s\w[\w ]{0,30}$",  # "the largest since Snowflake in 2020"
    re.IGNORECASE,
)
_EXPECTED = re.compile(
    r"\b(?:will|would|could|may|might|plan(?:s|ned)?|aim(?:s|ed)?|expect(?:s|ed)?|wants?|wanted|intend(?:s|ed)?|scheduled|hopes?|"
    r"due|target(?:s|ed)?|(?:is|are|was|were) (?:meant )?to)\b[^,;]*$",
    re.IGNORECASE,
)
_ATTRIBUTION = re.compile(
    r",\s[^,]*\b(?:reported|wrote|writes|summarised|notes|noted)\b.*$|,?\s(?:as cited by|according to)\s[^,]*\.?$",
    re.IGNORECASE,
)
_OPINION = re.compile(
    r"\b(?:notes?|sees?|argues?|reads|believes?|links|places|names|calls|describes|compare[sd]?|doubts|considers|finds|thinks|"
    r"holds that|warns that|warns|expects|estimates?|recommends|advises|defends|dates|sets|treats|translates|stress(?:es)?|suggests?)\b"
)
_VIEW = re.compile(r"\bin \S+(?: \S+)?['’]s? view\b|\banalysts? (?:call|say|expect|see)|^for \w+, the\b", re.IGNORECASE)
_PAST = (
    r"began|chose|bought|sold|left|rose|fell|won|lost|built|took|gave|went|said|told|drew|hit|cut|became|quit|put|brought|"
    r"held|met|paid|grew|set|sent|came|ran|filed|(?!need|exceed|feed|speed|indeed|based|named|called|led\b)[a-z]+ed"
)
# The first of these in a sentence is taken for its verb; the group says what kind of statement it makes.
_VERB = re.compile(
    rf"\b(?:(?P<spoken>said|told|stressed|described|explained|claimed|argued|added|admitted)\b|"
    rf"(?P<background>had(?: [a-z]+ly| long| earlier| already| first| never| also| all but| not)* (?:been|{_PAST}|begun|chosen|shown|taken|given|gone|become|made|risen|fallen|led)\b|did not|does not|do not|used to|was (?:once|originally|previously)|(?:was|were) (?:to|expected|meant|supposed)\b)|"
    rf"(?P<happened>(?:has|have|was|were)(?: been| first| [a-z]+ly| also| now| already| since| all but)* (?:{_PAST}|begun|chosen|shown|taken|given|gone|become|made|grown|risen|fallen)\b|"
    rf"had\b|(?:is|are) (?:now |also )?[a-z]+ing\b|(?<!, )(?<!-)(?<!the )(?<!The )(?<!an )(?<!\ba )(?<!its )\b(?:{_PAST})\b(?! by\b| as\b)|(?:was|is) (?:formerly|previously) (?:called|known|named))|"
    r"(?P<present>joins?|leaves?|moves?|takes?|halts?|cancels?|opens|launch(?:es)?|starts?|begins?|acquires?|buys?|sells|raises|"
    r"cuts|becomes|steps down|returns?|signs|wins|replaces|drops|restarts|recalls|adds|releases|ends|closes|scraps)|"
    r"(?P<planned>will|(?:is|are) (?:to|expected|planned|due|set to)\b|plans?|aims?|wants?|intends?|expects?|targets?|hopes?|seeks?|"
    r"forecasts?|considers?|prepares?|promises?)|"
    r"(?P<state>is|are|was|were|has|have|can|could|would|may|might|should|must|owns|employs|makes|builds|develops|trains|uses|"
    r"works?|relies|offers|covers|holds|operates|tests?|needs?|remains?|stays?|belongs?|looks for|competes?|says|costs?|gives|asks?))\b(?!-)"
)
_HABIT = re.compile(
    r"\b(?:every|each|usually|often|always|an? (?:day|week|month|year)|interviews?|candidates?|applicants?|screens?|take-home)\b",
    re.IGNORECASE,
)
_WORTH = {"happened": 1.0, "spoken": 0.4, "present": 0.7, "planned": PLANNED, "state": 0.15, "background": 0.18}


@lru_cache(maxsize=20_000)
def without_attribution(text: str) -> str:
    """A sentence without the closing words that say who reported it and when."""
    return _ATTRIBUTION.sub("", text)


def is_lead(item: Evidence) -> bool:
    """Whether a sentence opens its document: in news that is what is reported, the rest explains it."""
    return item.passage.ordinal == 0 and item.sentence.start == item.passage.sentences[0].start


def event_of(item: Evidence) -> Event:
    """When a sentence's event happened.

    That is its first date which is not later than the report and neither a bound ("by May 2026") nor something expected;
    without one it is the day of the report. A year alone counts, and so does a season.
    """
    text, published = without_attribution(item.sentence.text), item.document.published
    for found in _WHEN.finditer(text):
        before = text[: found.start()]
        if _NOT_THE_DAY.search(before) or _EXPECTED.search(before):
            continue
        if (event := _dated(item, found)) and event.day <= published:
            return event
    return Event(item, published, spoken(published), Precision.REPORT)


def _dated(item: Evidence, found: re.Match[str]) -> Event | None:
    number = found["day"] or found["american"]
    try:
        if found["month"]:
            day = date(int(found["year"]), MONTHS[found["month"].casefold()], int(number or 1))
            stamp = spoken(day) if number else f"{day:%B %Y}"
            return Event(item, day, stamp, Precision.DAY if number else Precision.MONTH)
    except ValueError:
        return None
    year = found["of"] or found["alone"]
    if found["alone"] and int(year) >= item.document.published.year:
        return None  # "in 2026", written in 2026, may lie ahead
    if found["part"]:
        day = date(int(year), _FIRST_MONTH[found["part"].casefold()], 1)
        return Event(item, day, f"{found['part'].capitalize()} {year}", Precision.YEAR)
    return Event(item, date(int(year), 1, 1), year, Precision.YEAR)


def happening(item: Evidence, planned: float = PLANNED) -> float:
    """How far a sentence tells that something happened, 0..1: a deed 1, a plan `planned`, a state or an opinion little.

    What was said is a deed in the opening of a report or when its day is known, else less; so is the present tense
    ("leaves for OpenAI"), unless it tells a habit.
    """
    text = without_attribution(item.sentence.text)
    publishers = [name for name in re.split(r"\s*[(),]\s*|\bvia\b|\band\b", item.document.publisher) if len(name) > 3]
    if (
        _VIEW.search(text)
        or text.startswith(("No ", "None ", "Neither "))
        or any(text.startswith(name.strip()) for name in publishers)
    ):
        return 0.05
    verb = _VERB.search(text)
    opinion = _OPINION.search(text)
    if opinion and (verb is None or opinion.start() <= verb.start()) and not _opens_with_company(item):
        return 0.05
    if verb is None:
        return 0.3
    kind = next(name for name in _WORTH if verb[name])
    has_date = event_of(item).precision > Precision.REPORT
    if kind == "present" and _HABIT.search(text):
        return 0.2
    if (kind == "present" and is_lead(item)) or (kind == "spoken" and (is_lead(item) or has_date)):
        return 1.0
    worth = planned if kind == "planned" else _WORTH[kind]
    # An old event in the pluperfect is still dated news: "Tulloch had already gone to Meta in autumn 2025".
    return max(worth, 0.45) if has_date else worth


def _opens_with_company(item: Evidence) -> bool:
    """Whether a sentence's first word belongs to the name of a company that it names."""
    first = re.split(r"[\s'’,]", item.sentence.text, maxsplit=1)[0]
    return any(first in name.split() for name in item.sentence.companies)


def is_main_company(item: Evidence, companies: Collection[str]) -> bool:
    """Whether a sentence's document is about one of the companies: it is the first that the document lists."""
    return bool(item.document.companies) and item.document.companies[0] in companies


def closeness(item: Evidence, companies: Collection[str], members: Collection[str] = ()) -> float:
    """How far a sentence is about one of the companies, 0..1; 0 when it is about others.

    Its subject 1; one of its subjects, or named at all in a document about the company .9; the first company that it names .6; named beside
    others `NAMED_ASIDE`. Without being named: the opening of a document whose title names the company .9, or that is
    about a member of the venture asked about .7; a sentence that names nobody, or none but `members`, .3.
    """
    named, document = item.sentence.companies, item.document
    main = is_main_company(item, companies)
    if set(named) & set(companies):
        subject = _is_subject(item, companies)
        first = named[0] in companies
        return 1.0 if first and subject else 0.9 if main or subject else 0.6 if first else NAMED_ASIDE
    of_member = bool(set(document.companies) & set(companies)) and document.companies[0] in members
    if is_lead(item) and main and any(company in document.title for company in companies):
        return 0.9
    if is_lead(item) and of_member and set(members).issuperset(named):
        return 0.7
    return 0.3 if (main or of_member) and set(members).issuperset(named) else 0.0


def _is_subject(item: Evidence, companies: Collection[str]) -> bool:
    """Whether one of the companies stands before the sentence's verb.

    A company that is named by a product or a nickname is not found in the text; the first one named counts then.
    """
    text, named = item.sentence.text, item.sentence.companies
    verb = _VERB.search(text)
    places = {name: text.find(name.split()[0]) for name in named if name in companies}
    if places.get(named[0], 0) < 0:
        places[named[0]] = 0
    return any(0 <= place < (verb.start() if verb else len(text)) for place in places.values())


def event_worth(
    event: Event, companies: Collection[str], members: Collection[str] = (), planned: float = PLANNED
) -> float:
    """How well a sentence serves as an event of the companies, 0..1: deeds, dates, openings of reports, turning points.

    0 for a sentence about others, and for a state, a habit or an opinion without a date. `planned` is what a plan is worth beside a deed.
    """
    item = event.item
    text = without_attribution(item.sentence.text)
    about = closeness(item, companies, members) if companies else 0.5
    deed = happening(item, planned)
    if about < 0.9 and (verb := _VERB.search(text)) and verb["spoken"]:
        deed = min(deed, _WORTH["spoken"])  # what others say about a company is no deed of it
    undated_state = deed < LEAST_DEED and event.precision is Precision.REPORT
    if about == 0.0 or undated_state or (event.precision is Precision.YEAR and about < 0.9):
        return 0.0
    worth = (
        0.32 * deed
        + 0.18 * is_lead(item)
        + 0.12 * (0.0, 0.5, 0.8, 1.0)[event.precision]
        + 0.24 * about
        + 0.10 * bool(TURNING_POINT.search(text))
        + 0.04 * bool(figures(text))
    )
    return worth - (0.0 if is_self_contained(item.sentence.text) else 0.15)
