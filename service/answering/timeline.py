"""Events of a company in order: a timeline, or what changed in a time window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from service.answering.composition import Composition
from service.answering.evidence import Evidence
from service.answering.facts import CHANGING_ASPECTS
from service.answering.phrasing import dated, event_date

MOST_EVENTS = 10
PER_DOCUMENT = 2
FLOOR = 0.55
"""Least share of the best score that an event's sentence has."""
SAME_EVENT = 0.83
"""Cosine from which two sentences of about the same time tell the same event."""


def compose_timeline(work: Composition) -> None:
    """The events of the companies asked about, oldest first."""
    told = [aspect.told for aspect in work.question.focus.aspects if aspect.id in CHANGING_ASPECTS - {"status"}]
    of_matter = [item for item in work.own() if any(pattern.search(item.sentence.text) for pattern in told)]
    _add_events(work, "Timeline", of_matter or work.own())


def compose_changes(work: Composition) -> None:
    """What happened in the time asked about, oldest first."""
    window = work.question.window
    _add_events(work, f"What changed {window.matched}" if window else "What changed lately", work.own())


def _add_events(work: Composition, title: str, own: Sequence[Evidence]) -> None:
    draft, question = work.draft, work.question
    if draft.abstained:
        return
    events: list[tuple[date, Evidence]] = []
    of_document: dict[str, int] = {}
    for item in own:
        day = event_date(item)
        if item.score < FLOOR * own[0].score or not _within(work, day, item.document.published):
            continue
        if of_document.get(item.document.id, 0) >= PER_DOCUMENT or len(events) >= MOST_EVENTS:
            continue
        if any(work.pool.similarity(item, other) > SAME_EVENT and abs((day - at).days) < 40 for at, other in events):
            continue
        of_document[item.document.id] = of_document.get(item.document.id, 0) + 1
        events.append((day, item))
    events.sort(key=lambda event: (event[0], event[1].row))
    heading = f"{title}: {work.names}" if question.companies else title
    draft.section("timeline", heading, [draft.fact(item, dated(day, item)) for day, item in events])
    if not events:
        work.abstain()


def _within(work: Composition, day: date, published: date) -> bool:
    """Whether an event belongs to the window: it happened in it, or was reported in it and did not happen before."""
    window = work.question.window
    if window is None:
        return True
    low, high = window.start or date.min, window.end or date.max
    return low <= day <= high or (low <= published <= high and day >= low)
