"""Words around quotations: sentences made presentable, dates, lists, and the fixed phrases of the extractive composer.

Everything that a statement says beyond its quotation is worded here, so that the composer decides what is said and
this module how.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from corpus.document import Document, Sentence
from service.answering.figures import Figure, dates, spoken

if TYPE_CHECKING:
    from service.answering.evidence import Evidence

LONGEST_QUOTE = 18
"""Words of a report that open a question to the interviewer."""
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


def event_date(item: Evidence) -> date:
    """When a sentence's event happened: its own first date that is not after the report, else the report's date."""
    found = [day for day, _ in dates(item.sentence.text) if day <= item.document.published]
    return found[0] if found else item.document.published


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
    return f"{'… ' if start else ''}{' '.join(before[start:])} … {' '.join(after[:8])}".strip()


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


# A follow-up question to the interviewer for each kind of news: what an insider can tell and no report does.
_ASK: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), question)
    for pattern, question in (
        (
            r"\bhalt|\bcancel|\bretire|\bstop|\bended\b|\bgiven up\b|\bclosed\b",
            "what did the team keep from that work, and what does it do instead?",
        ),
        (
            r"\blaid off\b|\blayoff|\bcut(?:s|ting)?\b.*\bjobs\b|\bdismiss|\bleft\b|\bleave|\bresign|\bdepart",
            "how has the team changed since, and who decides its direction now?",
        ),
        (
            r"\brecall|\bcrash|\bincident|\bregulator",
            "what changed in testing and release since, and which check would catch it now?",
        ),
        (
            r"\bhir(?:e|es|ing)\b|\bopen roles\b|\brecruit|\bpositions\b",
            "which of these posts matter most for the next milestone, and why are they open?",
        ),
        (
            r"\binterview|\bcandidates?\b|\btake-home\b",
            "what separates the candidates who do well in this format from those who do not?",
        ),
        (
            r"\bstage.gate|\bceiling\b|\bmilestone",
            "what is measured at the next review, and what happens if it is missed?",
        ),
        (r"\btrain|\bdata\b|\blearn", "where does the data come from, and how do you know that it is good enough?"),
        (
            r"\bmodel\b|\bparameters\b|\barchitecture\b|\bfoundation\b",
            "which design decision is still open, and what would settle it?",
        ),
        (
            r"\bpartner|\bventure\b|\bcustomer|\bagreement|\bwith\b.*\btogether\b",
            "how is the work divided between the partners, and where does this role sit?",
        ),
        (
            r"\bfactory|\bplant\b|\bproduction\b|\bship|\bdeploy|\brobots a year\b|\bunits\b",
            "what limits the pace today, and what has to work before the numbers can grow?",
        ),
        (
            r"\bplan|\bis to\b|\bare to\b|\bexpect|\baim",
            "what has to be true for that date to hold, and what is the largest risk?",
        ),
        (
            r"\brais|\bvalu|\bround\b|\bfund|\binvest|[$¥€£]",
            "what does the money change for this team in the coming year?",
        ),
        (r"", "what does this mean for the team that I would join?"),
    )
)


def question_about(text: str) -> str:
    """A question to the interviewer that fits a report."""
    return next(question for pattern, question in _ASK if pattern.search(text))


def quoted_for_question(sentence: Sentence, document: Document) -> str:
    """A report as the opening of a question: `“…” (Decrypt, 13 April 2026): what …?`; a long one is cut."""
    text = presentable(sentence, document).rstrip(".")
    words = text.split()
    quoted = text if len(words) <= LONGEST_QUOTE else f"{' '.join(words[:LONGEST_QUOTE]).rstrip(',;')} …"
    return f"“{quoted}” ({attributed(document)}): {question_about(text)}"


def days_phrase(days: int) -> str:
    """How much time is left, in words."""
    return "today" if days == 0 else "1 day left" if days == 1 else f"{days} days left"


def freshness_note(newest: date | None, as_of: date) -> str | None:
    """A warning when the newest cited report is older than two months."""
    if newest is None or (as_of - newest).days < 60:
        return None
    return f"The newest report used is {age((as_of - newest).days)} old; check for later news before the interview."
