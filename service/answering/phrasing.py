"""Words around quotations: sentences made presentable, dates, lists, and the fixed phrases of the extractive composer.

Everything that a statement says beyond its quotation is worded here, so that the composer decides what is said and
this module how.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from corpus.document import Document, Sentence
from service.answering.figures import Figure, dates, spoken

if TYPE_CHECKING:
    from service.answering.evidence import Evidence

LONGEST_QUOTE = 18
"""Words of a report that open a question to the interviewer."""
_YEAR = re.compile(r"\b20\d\d\b")
_CLAUSE_END = re.compile(
    r"[,;:](?=\s)|\s(?=(?:and|but|while|which|who|so that|because|after|before|with|that is|such as|for|to|in|at)\s)"
)
_SAYING = re.compile(r"\b(?:said|says|wrote|told|announced|confirmed|stressed)$")
# What a cut must not end with: words that lead on, and a number whose unit or month was cut off (a year has none).
_LEFT_HANGING = re.compile(
    r"(?:\s(?:and|or|of|for|to|in|on|at|by|with|the|a|an|that|which|as|its|from|about|will|is|(?!20\d\d\b)[$€£¥₹₩]?\d[\d,.]*))+$"
)
_REPORTING = r"(?:reported|wrote|said|writes|reports|announced)"


def plain(text: str) -> str:
    """A source's words without Markdown marks and with single spaces."""
    return re.sub(r"\s+", " ", text.replace("**", "").replace("`", "")).strip()


def presentable(sentence: Sentence, document: Document) -> str:
    """The sentence as a statement: its own words, without a closing "…, <publisher> reported on <its date>".

    The citation beside the statement gives publisher and date already; any other attribution stays.
    """
    text = plain(sentence.text)
    if document.kind == "guide":
        return capitalised(text)
    publisher = re.escape(re.split(r"\s*\(", document.publisher)[0])
    tail = re.compile(
        rf",\s+(?:the\s+)?{publisher}\s+{_REPORTING}\s+on\s+{re.escape(spoken(document.published))}\.$", re.IGNORECASE
    )
    return tail.sub(".", text)


def dated(day: date, item: Evidence) -> str:
    """A sentence behind its date: the day, or the month where no more is known."""
    exact = any(found == day and words[:1].isdigit() for found, words in dates(item.sentence.text))
    stamp = spoken(day) if exact or day == item.document.published else f"{day:%B %Y}"
    return f"{stamp}: {presentable(item.sentence, item.document)}"


def capitalised(text: str) -> str:
    """The text with a capital at its start."""
    return text[:1].upper() + text[1:]


def listed(parts: Sequence[str], word: str = "and") -> str:
    """A, B and C."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def attributed(document: Document) -> str:
    """Publisher and date in brackets' words: `Decrypt, 13 April 2026`."""
    return f"{document.publisher}, {spoken(document.published)}"


def with_blank(text: str, figure: Figure) -> str:
    """The clause around a figure, the figure itself replaced by an ellipsis."""
    place = text.find(figure.text)
    if place < 0:
        place, end = figure.start, figure.end
    else:
        end = place + len(figure.text)
    before = re.split(r"[;:]\s|,\s(?=(?:and|but|which|so)\b)", text[:place])[-1].split()
    after = re.split(r"[,;:]|\.(?:\s|$)", text[end:])[0].split()
    start = max(0, len(before) - 14)
    ending = " ".join(after[:8])
    if len(after) > 8:
        ending = _LEFT_HANGING.sub("", f" {ending}").lstrip()
    return f"{'… ' if start else ''}{' '.join(before[start:])} … {ending}".strip()


def age(days: int) -> str:
    """How long ago, in words: 5 days, 3 weeks, 4½ months, 2 years."""
    if days < 21:
        return f"{days} day{'' if days == 1 else 's'}"
    if days < 60:
        return f"{days // 7} weeks"
    if days < 700:
        halves = round(days / 30.44 * 2)
        return f"{halves // 2}{'½' if halves % 2 else ''} months"
    return f"{days / 365.25:.1f} years"


@dataclass(frozen=True, slots=True)
class Angle:
    """A kind of news: the words that tell it, what to ask an interviewer about it, and what to do with it in a plan."""

    id: str
    told: re.Pattern[str]
    ask: str
    use: str


def _angle(id: str, told: str, ask: str, use: str) -> Angle:
    return Angle(id, re.compile(told, re.IGNORECASE), ask, use)


# In order: the first that fits decides. Verbs of events, not topics, so that "a quarter that ended" is no closure.
ANGLES: tuple[Angle, ...] = (
    _angle(
        "review", r"\bstage.gates?\b|\bmilestone review",
        "what does a review measure, and what happens if it is missed?",
        "say what your part would have to show at such a review",
    ),
    _angle(
        "leadership",
        r"\bste(?:p|ps|pped) down\b|\bresign(?:s|ed)?\b|\binterim\b|\bsucceeds?\b|\bappointed\b|\bpromoted\b|\btakes over as\b|"
        r"\bpeople who left\b|\bha(?:s|ve|d) left\b|\bleft (?:the company|for|(?-i:[A-Z]))|\bdepart(?:s|ed|ures?)\b|\bwent to\b|\bnew chief\b",
        "who decides the direction of the work now, and what has changed since?",
        "know who decides on this work now",
    ),
    _angle(
        "layoff", r"\blaid off\b|\blayoffs?\b|\bjob cuts\b|\bthe cuts at\b|\bcuts? [\d,]+ (?:jobs|posts)",
        "how is the team set up after the cuts, and which work goes on?",
        "know which of this work goes on after the cuts",
    ),
    _angle(
        "closure",
        r"\bhalt(?:s|ed)\b|\bcancel(?:s|led)\b|\bretired (?:the|its)\b|\bscrap(?:s|ped)\b|\bdiscontinu(?:es|ed)\b|\bgiven up\b|\bgave up\b|"
        r"\bshut down\b|\bclosed (?:its|the|unit|robotaxi)\b|\bfor halting\b",
        "what did the team keep from that work, and what does it do instead?",
        "say what you would have kept from that work",
    ),
    _angle(
        "incident", r"\brecall(?:s|ed)?\b|\bcrash(?:es|ed)?\b|\bcollisions?\b|\bflooded\b|\binvestigat(?:es|ed|ion)\b",
        "which test would catch this now, before release?",
        "work out which test would have caught this",
    ),
    _angle(
        "interviews",
        r"\b(?:values|technical|coding|separate|onsite) interview\b|\binterview (?:loop|rounds?|questions?)\b|\bcandidates\b|\bapplicants\b|"
        r"\btake-home\b|\bengineering project to do at home\b|\bCodeSignal\b|\b(?:tests|expects from) .*\bengineers?\b|\bengineer track\b",
        "what do people who do well in this format show that others do not?",
        "rehearse the week's work in that format",
    ),
    _angle(
        "hiring",
        r"\b(?:to|will|has|have|is) hir(?:e|ed|ing)\b|\bhires\b|\brehired\b|\bopen roles\b|\brecruit(?:s|ed|ing|ment)\b|\bcreate \w+ of jobs\b|"
        r"\d+ (?:AI )?engineers\b|\bengineers from\b",
        "which of these people would this role work with most?",
        "say which of these people this work would be done with",
    ),
    _angle(
        "data",
        r"\btrain(?:s|ed)?\b[^.]{0,40}\b(?:on|with)\b[^.]{0,40}\bdata\b|\btraining data\b|\bdata collection\b|\bdriving data\b|\bcollects?\b[^.]*\bdata\b|"
        r"\bteleoperat|\bdemonstrations\b",
        "which data is that, and who decides that it is good enough?",
        "say which data the method needs and how you would check it",
    ),
    _angle(
        "deadline",
        r"\b(?:is|are) (?:to|due|expected)\b[^.]*\b20\d\d\b|\b(?:plans?|aims?|will|targets?|expects?|wants?)\b[^.]*\b20\d\d\b",
        "what has to work before that date, and which part is most at risk?",
        "say what has to work before that date",
    ),
    _angle(
        "customer",
        r"\b(?:first|deployment) customers?\b|\bcustomers\b|\bdeploy(?:s|ed|ment)?\b|(?-i:\bpilots?\b(?! schemes))|\bto work in\b|\buses\b(?! no\b)|\bwill (?:add|use|apply)\b|"
        r"\bat work\b|\bsells\b|\bbring\b[^.]*\binto\b",
        "which result does that user judge first?",
        "take that use as your example",
    ),
    _angle(
        "deal", r"\bacquir(?:es?|ed)\b|\bbuys?\b|\bbought\b|\bpurchase\b|\bmerger\b|\btakes? over (?-i:[A-Z])|\bmoves? into a unit\b|\bseparate company\b",
        "what does the deal change for the team that this role joins?",
        "say what the deal could change for this work",
    ),
    _angle(
        "partners",
        r"\bpartner(?:s|ship|ed)?\b|\bjoint venture\b|\bconsortium\b|\bcollaborat|\bmemorandum\b|\btogether (?:with|holding)\b|\bequipped\b|\bcontributes\b",
        "how is the work divided between the partners, and where does this role sit?",
        "know which partner does which part of this work",
    ),
    _angle(
        "expansion", r"\bexpands?\b|\bexpansion\b|\bnew (?:cities|depots|office|base|plant)\b|\bopen(?:s|ed)? (?:its|a|an|the) (?:[\w-]+ ){0,4}(?:office|base|plant|factory|laboratory|site|centre|depot)\b|\bbegins? in\b",
        "what has to change in the system for the new places?",
        "say what would change for this work in the new places",
    ),
    _angle(
        "production", r"\bfactory\b|\bproduction (?:line|target)|\binto production\b|\bproduces?\b|\bmass-produce|\bshipped\b|\bships\b|\brobots a year\b|\bunits\b|\bdurability\b|\bproductivity\b",
        "what limits the pace, and what is tried against it?",
        "say what this work could do about the limit",
    ),
    _angle(
        "listing", r"\blisting\b|\bgo(?:es)? public\b|\bwent public\b|\bprospectus\b|\bbegan trading\b",
        "what does the listing change for the engineers?",
        "say what a listing changes for this work",
    ),
    _angle(
        "aim", r"\bmission\b|\bstrategy\b|\bfocus(?:es)?\b|\bpriorit\w+|\bintends? to\b|\bwants? to\b|\bbets? on\b",
        "how does that aim show in what this team does each week?",
        "say how this work serves that aim",
    ),
    _angle(
        "technology",
        r"\b(?:aims? at|builds?|building|develops?|presented|unveiled|released|launched|relies on|runs on|learns|combines|joins|has \d+)\b|"
        r"\bis (?:a|an|to process|to handle|meant to)\b|\bmodel of\b",
        "which design decision is still open, and what would settle it?",
        "say where this work would sit in it",
    ),
)  # fmt: skip


_WHO_SAID = re.compile(r",? according to [^,]{3,60}$|, (?:as )?[^,]{3,60} (?:reported|wrote|said) on \d.*$")


def angle_of(item: Evidence, as_of: date) -> Angle | None:
    """The kind of news that a sentence tells, or None when it tells of no event, use or product.

    A date counts as one to come while its year lasts.
    """
    text = _WHO_SAID.sub("", presentable(item.sentence, item.document))
    for angle in ANGLES:
        found = angle.told.search(text)
        if found and (angle.id != "deadline" or any(int(year) >= as_of.year for year in _YEAR.findall(text))):
            return angle
    return None


def shortened(text: str, most: int = LONGEST_QUOTE, least: int = 0) -> str:
    """The opening of a sentence, at most `most` words, cut where a clause ends and marked with an ellipsis.

    At least `least` words are kept. One that has no such place is cut at a word; a sentence just a little longer than
    `most` stays whole.
    """
    text = text.rstrip(".")
    words = text.split()
    most, least = max(most, least), max(least, most // 2)
    if len(words) <= most + 3:
        return text
    opening = " ".join(words[: most + 1])
    ends = [end for found in _CLAUSE_END.finditer(opening) if not _SAYING.search(end := opening[: found.start()])]
    cut = next((end for end in reversed(ends) if len(end.split()) >= least), " ".join(words[:most]))
    return f"{_LEFT_HANGING.sub('', cut).rstrip(' ,;:')} …"


def quotation(item: Evidence, most: int = LONGEST_QUOTE, angle: Angle | None = None) -> str:
    """A report's words in quotation marks, a long one shortened so that what makes its angle is kept."""
    text = presentable(item.sentence, item.document)
    found = angle.told.search(text) if angle else None
    least = len(text[: found.end()].split()) if found else 0
    return f"“{shortened(text, most, least)}”"


def days_phrase(days: int) -> str:
    """How much time is left, in words."""
    return "today" if days == 0 else "1 day left" if days == 1 else f"{days} days left"


def freshness_note(newest: date | None, as_of: date) -> str | None:
    """A warning when the newest cited report is older than two months."""
    if newest is None or (as_of - newest).days < 60:
        return None
    return f"The newest report used is {age((as_of - newest).days)} old; check for later news before the interview."
