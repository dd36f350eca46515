"""Checks of what a statement holds: every figure, time and name stands in a cited passage.

A problem of this kind is never outvoted: what no cited passage has is not released. The table is in `exact`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from service.grounding.alignment import SourceSentence
from service.grounding.comparison import Comparison
from service.grounding.quantities import Quantity, qualifier_kept, same
from service.grounding.times import Time, covers, of_day, sides_agree
from service.grounding.verdict import Problem

_REPORTING = re.compile(
    r"\b(?:report\w*|wrote|writes?|writing|said|says|publish\w*|announced|according|article|dated)\b", re.IGNORECASE
)
_REPORTED_ON = re.compile(
    r"\b(?:reported|wrote|writes|reports|noted|notes|summari[sz]ed|cited)\b(?:\s[\w'’&.-]+){0,4}\son\s*$", re.IGNORECASE
)
_ORDINAL = re.compile(
    r"\b(?P<number>\d+)(?:st|nd|rd|th)\b|\b(?P<word>second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth)(?:-|\s(?!(?:half|quarter|of\s(?!the\b))))",
    re.IGNORECASE,
)
_ORDINAL_WORDS = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()


def figures(comparison: Comparison) -> Iterator[Problem]:
    """Every figure, in its unit and with its bounds, stands in a cited passage."""
    named = [(name.start, name.end) for name in comparison.names.names(comparison.claim.text)]
    for claimed in comparison.claim.quantities:
        if claimed.spelt and any(low <= claimed.start < high for low, high in named):
            continue  # "Eleven Labs": `names` looks after it
        if claimed.label:
            if not _is_labelled(claimed, comparison):
                yield comparison.problem(
                    "figure", claimed.text, f"No cited passage has this name with the number {claimed.text}."
                )
            continue
        givens = [
            (given, sentence)
            for sentence in _with_figures(comparison)
            for given in comparison.reading(sentence).quantities
            if same(claimed, given)
        ]
        if not givens:
            yield comparison.problem(
                "figure",
                claimed.text,
                f"No cited passage has the figure {claimed.text}.",
                _nearest_figure(claimed, comparison),
            )
        elif not any(qualifier_kept(claimed, given) for given, _ in _preferred(givens, comparison)):
            given, sentence = givens[0]
            yield comparison.problem("hedge", claimed.text, _bounds_differ(claimed, given), sentence)
    yield from _ordinals(comparison)


def _is_labelled(claimed: Quantity, comparison: Comparison) -> bool:
    """Whether a number that belongs to a name ("Level 4") stands behind the same word in the sources."""
    before = comparison.claim.text[: claimed.start].split()[-1:]
    word = before[0].strip("\"'“”‘’(") if before else ""
    wanted = re.compile(rf"\b{re.escape(word)}[\s-]?{re.escape(claimed.text)}(?![\d]|\.\d)", re.IGNORECASE)
    return any(wanted.search(sentence.text) for sentence in comparison.sentences)


def _with_figures(comparison: Comparison) -> Iterator[SourceSentence]:
    rest = (sentence for sentence in comparison.sentences if sentence not in comparison.evidence)
    yield from comparison.evidence
    yield from rest


def _preferred(
    givens: Sequence[tuple[Quantity, SourceSentence]], comparison: Comparison
) -> Sequence[tuple[Quantity, SourceSentence]]:
    """The figures of the evidence, where it has any."""
    near = [given for given in givens if given[1] in comparison.evidence]
    return near or givens


def _nearest_figure(claimed: Quantity, comparison: Comparison) -> SourceSentence | None:
    return next(
        (
            sentence
            for sentence in _with_figures(comparison)
            if any(given.unit == claimed.unit for given in comparison.reading(sentence).quantities)
        ),
        None,
    )


_BOUND_WORDS: Mapping[str, str] = {
    "": "exactly",
    "about": "about",
    "nearly": "nearly",
    "above": "more than or at least",
    "below": "less than or up to",
}


def _bounds_differ(claimed: Quantity, given: Quantity) -> str:
    return f"The source gives {_BOUND_WORDS[given.qualifier]} {given.text}, the statement {_BOUND_WORDS[claimed.qualifier]} {claimed.text}."


def _ordinals(comparison: Comparison) -> Iterator[Problem]:
    claim = comparison.claim
    taken = [(time.start, time.end) for time in claim.times]
    taken += [(quantity.start, quantity.end) for quantity in claim.quantities]
    given = None
    for match in _ORDINAL.finditer(comparison.claim.text):
        if any(low <= match.start() < high for low, high in taken):
            continue
        if given is None:
            given = {
                _ordinal(each) for sentence in comparison.sentences for each in _ORDINAL.finditer(sentence.text + " ")
            }
        if _ordinal(match) not in given:
            words = match.group().strip("- ")
            yield comparison.problem("figure", words, f"No cited passage says “{words}”.")


def _ordinal(match: re.Match[str]) -> int:
    return int(match["number"][:9]) if match["number"] else _ORDINAL_WORDS.index(match["word"].casefold())


def dates(comparison: Comparison) -> Iterator[Problem]:
    """Every time stands in a cited passage, as exactly as said, and bounds what it bounds there."""
    for claimed in comparison.claim.times:
        givens = list(_given_times(claimed, comparison))
        if not givens:
            if not _is_publication_date(claimed, comparison):
                yield comparison.problem("date", claimed.text, f"No cited passage has the time “{claimed.text}”.")
        elif not any(sides_agree(claimed, given) for given in givens):
            before = {"until": "ends", "from": "begins"}
            yield comparison.problem(
                "date",
                claimed.text,
                f"In the statement something {before[claimed.side]} at {claimed.text}, in the source it {before[givens[0].side]} there.",
            )


def _given_times(claimed: Time, comparison: Comparison) -> Iterator[Time]:
    near = [
        given for reading in comparison.near for given in reading.times if covers(claimed, given, comparison.published)
    ]
    if near:
        yield from near
        return
    for sentence in comparison.sentences:
        for given in comparison.reading(sentence).times:
            if covers(claimed, given, comparison.published):
                yield given


def report_days(comparison: Comparison) -> Iterator[Problem]:
    """A day that the sources have only as that on which somebody reported is not told as the day of an event."""
    text = comparison.claim.text
    if _REPORTING.search(text):
        return
    for claimed in comparison.claim.times:
        found = [
            _REPORTED_ON.search(sentence.text[: given.start])
            for sentence in comparison.sentences
            for given in comparison.reading(sentence).times
            if given.day and covers(claimed, given, comparison.published)
        ]
        # "24 September 2025: …" is how an answer gives the day of a report.
        if claimed.day and found and all(found) and text[claimed.end : claimed.end + 1] != ":":
            explanation = f"{claimed.text} is the day of the report and not of what it reports."
            yield comparison.problem("date", claimed.text, explanation)


def _is_publication_date(claimed: Time, comparison: Comparison) -> bool:
    return (
        comparison.published is not None
        and bool(_REPORTING.search(comparison.claim.text))
        and covers(claimed, of_day(comparison.published), comparison.published)
    )


def names(comparison: Comparison) -> Iterator[Problem]:
    """Every name stands in a cited passage; companies count under all their names."""
    for words, explanation in comparison.names.unsupported(comparison.claim.text, comparison.sentences):
        yield comparison.problem("name", words, explanation)
