"""Events of a company in order: a timeline, or what changed in a time window."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from math import exp

import numpy as np

from service.answering.answer import TimeWindow
from service.answering.aspects import Aspect
from service.answering.composition import Composition, difference_statement, unique
from service.answering.events import (
    NAMED_ASIDE,
    PLANNED,
    TURNING_POINT,
    Event,
    Precision,
    closeness,
    event_of,
    event_worth,
    is_lead,
    is_main_company,
)
from service.answering.evidence import Evidence, answer_type_fit, differences
from service.answering.facts import CHANGING_ASPECTS, MEASURED_ASPECTS, best_for
from service.answering.figures import dates, figures, spoken
from service.answering.focus import Focus
from service.answering.phrasing import presentable
from service.answering.question import Question
from service.answering.terms import content_terms

MOST_EVENTS = 10
LARGE = 100
"""Least figure that marks two reports as being of one event when both have it; small ones are shared by chance."""
LATELY = timedelta(days=182)
"""How far "what's new" reaches back from the newest report, when no time is named: half a year."""
FLOOR = 0.43
"""Least worth of an event (`event_worth`), set by reading the timelines of the shipped corpus."""
ASIDE_FLOOR = 0.56
"""The same for a sentence that names the company beside others, in a report that is not about it."""
MATTER = 0.3
"""What full agreement with the matter asked about adds to an event's worth."""
SECOND_FROM_DOCUMENT = 0.16
"""What each further event of a document loses when there are many documents: a story is told by many reports."""
CROWDED = 0.07
"""What an event loses for each chosen one of the same days; it fades with the distance, to a third of it in 25 days."""
LEAST_AFTER_LOSSES = 0.28
"""What an event must be worth beside the chosen ones, else the timeline ends with fewer than `MOST_EVENTS`."""
NAMELESS_FLOOR = 0.6
"""Least share of the best score of a sentence in a timeline that names no company."""
FEW_EVENTS = 6
"""Events up to which deals that a report mentions as done before are added to a timeline."""
SHARE_OF_PART = 0.6
"""Share of the asked words of the best sentence that one with a date must have to answer "when"."""
NAMED_FIRST = 0.9
"""How close a sentence is to a company that is its subject, or that its report is about."""
_HAD = re.compile(r"\bhad (?:already |just |recently |also )?(?!not\b|been\b|all\b)\w+(?:ed|ld|ght|nt|en|un)\b")
OTHER_MATTERS = 2
"""Words for other matters from which a question asks for more than the story of one detail."""
_OF_EVENTS = frozenset({"status", "interviews", "hiring", "funding", "targets"})
"""Details that a timeline tells anyway, so that naming one asks for nothing beside it."""
_ASKS_DETAIL = re.compile(
    r"\W*(?:so |and |but |then |also )?(?:who|where|when|how (?:much|many|big|large)|whos|wheres|whens|which|what(?:'s|’s|s| is| are))\b",
    re.IGNORECASE,
)
_OF_THE_STORY = re.compile(
    r"\b(?:happen\w*|chang\w*|new|timeline|chronolog\w*|steps?|events?|latest|history|order|milestones?|between|since)\b",
    re.IGNORECASE,
)
# Words of a question for events that do not say which events.
_NO_MATTER = frozenset(
    content_terms(
        "timeline chronology chronological sequence order history month year quarter step date happen change different "
        "new news newest recent recently update catch bring speed story event key main milestone interview tomorrow day week "
        "summary note past far short brief full list big important currently join late"
    )
)
_ASKS_PLANS = re.compile(r"\b(?:next|scheduled|upcoming|roadmap|planned|plans?|ahead|coming|future)\b", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween (?!(?:[\w]+ )?(?:19|20)\d\d)[A-Za-z][\w. ]* and [A-Za-z]", re.IGNORECASE)
_MONTH_OR_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def compose_timeline(work: Composition) -> None:
    """The events of the companies asked about, oldest first."""
    _answer_parts(work)
    of_matter = [item for item in work.own() if _tells_detail(item, _told_alone(work))]
    _add_events(work, "Timeline", of_matter or _about(work), work.question.window)


def compose_changes(work: Composition) -> None:
    """What happened in the time asked about, oldest first; without one, in the half-year up to the newest report."""
    _answer_parts(work)
    window = work.question.window
    if window is None and work.pool.newest is not None:
        window = TimeWindow(start=work.pool.newest - LATELY)
    _add_events(work, "What changed", _about(work), window)


def _answer_parts(work: Composition) -> None:
    """Answer what a question asks beside the events: "what changed at Apple, and who leads Siri"."""
    question = work.question
    if len(question.parts) < 2:
        return
    answers = []
    for part in question.parts:
        is_detail = part.answer_types or any(aspect.id not in _OF_EVENTS for aspect in part.aspects)
        if is_detail and _ASKS_DETAIL.match(part.text) and not _OF_THE_STORY.search(part.text):
            answers += _answers_to(work, part)
    work.draft.section("answer", "Answer", [work.draft.fact(item) for item in unique(answers)])


def _answers_to(work: Composition, part: Focus) -> list[Evidence]:
    """The sentences that answer one part: the best one; for a day, the best with a full date too when that has none."""
    best = best_for(work, part, whole=False)
    if best is None or (part.answer_types and not answer_type_fit(part.answer_types, best.sentence)):
        return []
    if any(aspect.id == "leadership" for aspect in part.aspects):
        other = best_for(work, part, whole=False, but=[best])  # who leaves, and who takes over
        return [best, other] if other else [best]
    if "date" not in part.answer_types or dates(best.sentence.text):
        return [best]
    with_day = (
        item
        for item in work.own()
        if dates(item.sentence.text) and len(best.covered & item.terms) >= SHARE_OF_PART * len(best.covered)
    )
    day = next(with_day, None)
    return [day, best] if day else [best]


def _tells_detail(item: Evidence, aspects: Sequence[Aspect]) -> bool:
    """Whether a sentence tells one of the details; a valuation only with a sum of money ("a values interview" has none)."""
    return any(
        aspect.told.search(item.sentence.text)
        and (
            aspect.id != "valuation"
            or any(len(figure.unit) == 3 and figure.unit.isupper() for figure in figures(item.sentence.text))
        )
        for aspect in aspects
    )


def _told_alone(work: Composition) -> list[Aspect]:
    """The one detail whose story is asked for ("valuation, step by step"); none when the question names more."""
    aspects = [aspect for aspect in work.question.focus.aspects if aspect.id in CHANGING_ASPECTS - {"status"}]
    called = {
        term
        for aspect in aspects
        for found in aspect.asked.finditer(work.question.standalone)
        for term in content_terms(found.group(0))
    }
    others = {term for term in _matter_terms(work) if term not in called}
    return [] if len(others) >= OTHER_MATTERS else aspects


def _about(work: Composition) -> list[Evidence]:
    """The sentences about the companies asked about, with the openings of the reports that are about them."""
    companies = work.question.asked_ids
    items = [
        item
        for item in work.ranked
        if work.is_about(item) or (companies and is_lead(item) and is_main_company(item, companies))
    ]
    if _BETWEEN.search(work.question.standalone):
        of_both = [item for item in items if len(set(companies) & set(item.sentence.companies)) >= 2]
        return of_both or items
    return items


def _add_events(work: Composition, title: str, items: Sequence[Evidence], window: TimeWindow | None) -> None:
    draft, question = work.draft, work.question
    if draft.abstained:
        return
    if not question.companies and items:
        items = _on_topic(question, [item for item in items if item.score >= NAMELESS_FLOOR * items[0].score])
    events = [event for item in items if _within(window, event := event_of(item))]
    chosen, repeated = _chosen(work, _valued(work, events))
    chosen += _just_before(work, events, chosen)
    chosen.sort(key=lambda event: (event.day, event.precision, event.item.row))
    heading = f"{title}{_span(window, question.as_of)}" + (f": {work.names}" if question.companies else "")
    draft.section("timeline", heading, [draft.fact(event.item, _line(event)) for event in chosen])
    if not chosen:
        _say_nothing_happened(work, _span(window, question.as_of))
        return
    reports = unique([event.item for event in (*chosen, *repeated)])
    found = [d for d in differences(work.pool, reports) if not d.update and any(draft.shows(i) for i, _ in d.reports)]
    draft.section("disagreements", "Where sources differ", [difference_statement(draft, d) for d in found[:2]])


def _just_before(work: Composition, events: Sequence[Event], chosen: Sequence[Event]) -> list[Event]:
    """Deals told in the pluperfect ("had closed a round of $30 billion"), where little else happened, best first."""
    asked = work.question.asked_ids
    deals = [
        event
        for event in events
        if closeness(event.item, asked) >= NAMED_FIRST
        and _HAD.search(event.item.sentence.text)
        and TURNING_POINT.search(event.item.sentence.text)
        and any(figure.unit.isupper() for figure in figures(event.item.sentence.text))
    ]
    found: list[Event] = []
    for event in sorted(deals, key=lambda event: (-event.item.score, event.item.row)):
        if len(chosen) + len(found) >= FEW_EVENTS:
            break
        if not any(_is_same(work, event, other) for other in (*chosen, *found)):
            found.append(event)
    return found


def _on_topic(question: Question, items: Sequence[Evidence]) -> list[Evidence]:
    """The sentences of the documents that share the question's topics, all or all but one of those that any shares."""
    shared = [len(set(question.topics) & set(item.document.topics)) for item in items]
    return [
        item for item, count in zip(items, shared, strict=True) if count >= max(1, max(shared) - 1) or not max(shared)
    ]


def _say_nothing_happened(work: Composition, span: str) -> None:
    if not span:
        work.abstain()
        return
    work.draft.abstained, work.draft.reason = True, "no_evidence"
    matter = f"about {work.names}" if work.question.companies else "on this"
    text = f"These sources report nothing {matter}{span}."
    work.draft.section("gaps", "What these sources don't say", [work.draft.gap(text)])


def _valued(work: Composition, events: Sequence[Event]) -> list[tuple[float, Event]]:
    """The events with their worth for the question, those below the floor left out; the most worth first."""
    question = work.question
    members = {member for company in question.companies for member in company.members}
    matter = _matter_fit(work, [event.item for event in events])
    planned = 1.0 if _ASKS_PLANS.search(question.standalone) else PLANNED
    measured = any(aspect.id in MEASURED_ASPECTS for aspect in question.focus.aspects) and bool(_told_alone(work))
    valued = []
    for event, fit in zip(events, matter, strict=True):
        worth = event_worth(event, question.asked_ids, members, planned)
        if measured and closeness(event.item, question.asked_ids, members) >= 0.6 and figures(event.item.sentence.text):
            worth = max(worth, FLOOR)  # of a figure's story every figure is a part, talks and the pluperfect too
        aside = question.companies and closeness(event.item, question.asked_ids, members) < NAMED_ASIDE + 0.01
        if worth >= (ASIDE_FLOOR if aside else FLOOR):
            valued.append((worth + MATTER * fit, event))
    return sorted(valued, key=lambda pair: (-pair[0], -pair[1].item.document.published.toordinal(), pair[1].item.row))


def _matter_text(question: Question) -> str:
    """The question without its companies and its time."""
    text = question.standalone
    for company in question.companies:
        for name in (company.matched, company.name, *company.formerly):
            text = re.sub(re.escape(name), " ", text, flags=re.IGNORECASE)
    if question.window:
        text = text.replace(question.window.matched, " ")
    return _MONTH_OR_YEAR.sub(" ", text)


def _matter_terms(work: Composition) -> list[str]:
    """The words for the matter that a question names beside companies and time, those that the sources have."""
    found = work.pool.corrected(content_terms(_matter_text(work.question)))
    return [term for term in found if term in work.pool.weights and term not in _NO_MATTER]


def _matter_fit(work: Composition, items: Sequence[Evidence]) -> list[float]:
    """How far each sentence is on the matter that the question names beside companies and time, 0..1."""
    question, pool = work.question, work.pool
    text, terms = _matter_text(question), _matter_terms(work)
    if not terms or not items:
        return [0.0] * len(items)
    total = sum(pool.weights[term] for term in set(terms))
    told = [aspect.told for aspect in question.focus.aspects if aspect.id != "status"]
    cosine = np.clip(pool.vectors @ work.embed(text), 0.0, 1.0)
    best = max(float(cosine[item.row]) for item in items) or 1.0
    fits = []
    for item in items:
        shared = sum(pool.weights[term] for term in set(terms) if pool.speaks_of(item, term)) / total
        detail = any(pattern.search(item.sentence.text) for pattern in told)
        fits.append(0.35 * shared + 0.5 * float(cosine[item.row]) / best + 0.15 * detail)
    return [fit / max(fits) for fit in fits]


def _chosen(work: Composition, valued: Sequence[tuple[float, Event]]) -> tuple[list[Event], list[Event]]:
    """The events to show, spread over the story, and the further reports of them.

    The newest event that is worth most comes first, so that it is never missing; then always the one that is worth
    most after what it loses for standing in a document or at a time that the chosen ones cover.
    """
    chosen: list[Event] = []
    repeated: list[Event] = []
    left = list(valued)
    breadth = min(1.0, len({event.item.document.id for _, event in valued}) / MOST_EVENTS)
    if left:
        newest = max(event.item.document.published for _, event in left)
        first = next(pair for pair in left if pair[1].item.document.published >= newest - timedelta(days=7))
        left.remove(first)
        left.insert(0, first)
    while left and len(chosen) < MOST_EVENTS:
        if chosen:
            best = max(left, key=lambda pair: _after_losses(pair, chosen, breadth))
            left.remove(best)
            if _after_losses(best, chosen, breadth) < LEAST_AFTER_LOSSES:
                break
        else:
            best = left.pop(0)
        if any(_is_same(work, best[1], other) for other in chosen):
            repeated.append(best[1])
        else:
            chosen.append(best[1])
    return chosen, repeated


def _after_losses(pair: tuple[float, Event], chosen: Sequence[Event], breadth: float) -> float:
    """An event's worth beside the chosen ones; `breadth`, 0..1, says for how many documents there are to choose from."""
    worth, event = pair
    again = sum(other.item.document.id == event.item.document.id for other in chosen)
    near = sum(exp(-abs((event.day - other.day).days) / 25) for other in chosen)
    return worth - breadth * (SECOND_FROM_DOCUMENT * again + CROWDED * near)


def _is_same(work: Composition, event: Event, other: Event) -> bool:
    """Whether two sentences report one event: alike and of about the same time, the less alike the nearer in time."""
    days = abs((event.day - other.day).days)
    cosine = work.pool.similarity(event.item, other.item)
    if min(event.precision, other.precision) >= Precision.MONTH and days <= 3:
        return cosine >= 0.68
    found = [figures(e.item.sentence.text) for e in (event, other)]
    sums, counts = (
        [{f.value for f in side if f.unit.isupper()} for side in found],
        [{f.value for f in side if f.value >= LARGE} for side in found],
    )
    if days > 7 and all(sums) and not sums[0] & sums[1]:
        return False  # a later report with other figures has news of its own
    if Precision.YEAR in (event.precision, other.precision):
        days = 0 if event.day.year == other.day.year else days
    return days <= 45 and cosine >= (0.55 if counts[0] & counts[1] else 0.76)


def _line(event: Event) -> str:
    """An event behind its date; one that only its report dates says so, unless it is what was reported."""
    reported = "" if event.precision > Precision.REPORT or is_lead(event.item) else "Reported "
    return f"{reported}{event.stamp}: {presentable(event.item.sentence, event.item.document)}"


def _within(window: TimeWindow | None, event: Event) -> bool:
    """Whether an event belongs to the window: it happened in it, or was reported in it and did not happen before."""
    if window is None:
        return True
    low, high = window.start or date.min, window.end or date.max
    return low <= event.day <= high or (low <= event.item.document.published <= high and event.day >= low)


def _span(window: TimeWindow | None, as_of: date) -> str:
    """The window as words of a title."""
    if window is None or window.start is None:
        return f" until {spoken(window.end)}" if window and window.end else ""
    if window.end is None or window.end >= as_of:
        return f" since {spoken(window.start)}"
    return f" from {spoken(window.start)} to {spoken(window.end)}"
