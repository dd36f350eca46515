"""Timelines and changes: dated happenings of the company, once each, over its whole story; and how events are told."""

from __future__ import annotations

from datetime import date

import pytest

from corpus.document import Document, Passage, Sentence
from service.answering.answer import Answer, Statement
from service.answering.events import Precision, closeness, event_of, happening
from service.answering.evidence import Evidence, is_self_contained
from service.answering.timeline import LATELY, MOST_EVENTS
from tests.service.answering.conftest import Desk

PUBLISHED = date(2026, 5, 20)


def evidence(text: str, companies: tuple[str, ...] = ("Acme",), published: date = PUBLISHED) -> Evidence:
    """A sentence in the middle of a report on Acme by The Paper."""
    lead = "Acme opened a plant. "
    document = Document(
        id="d", kind="news", title="Acme opens a plant", publisher="The Paper", url="https://paper.example/d",
        published=published, text=lead + text, companies=("Acme",),
    )  # fmt: skip
    sentences = (
        Sentence(lead.strip(), 0, len(lead) - 1, companies=("Acme",)),
        Sentence(text, len(lead), len(lead) + len(text), companies=companies),
    )
    passage = Passage("d", 0, document.text, 0, len(document.text), "", sentences)
    return Evidence(document, passage, sentences[1], 1, frozenset())


def events(answer: Answer) -> list[Statement]:
    return [statement for section in answer.sections if section.kind == "timeline" for statement in section.statements]


@pytest.mark.parametrize(
    ("text", "day", "precision"),
    [
        ("Acme chose a chief on 3 May 2026, The Paper reported on 20 May 2026.", date(2026, 5, 3), Precision.DAY),
        ("Acme was set up in September 2022.", date(2022, 9, 1), Precision.MONTH),
        ("Two students founded Acme in 2017.", date(2017, 1, 1), Precision.YEAR),
        ("A founder left for Bolt in autumn 2025.", date(2025, 9, 1), Precision.YEAR),
        ("Acme sold a unit, The Paper reported on 20 May 2026.", PUBLISHED, Precision.REPORT),
        ("Acme is expected to close the round as early as the end of May 2026.", PUBLISHED, Precision.REPORT),
        ("Acme had revenue of $5 million in the quarter that ended on 26 April 2026.", PUBLISHED, Precision.REPORT),
        ("Acme plans a launch in London in 2026.", PUBLISHED, Precision.REPORT),
        ("Acme will move in August 2027.", PUBLISHED, Precision.REPORT),
    ],
)
def test_an_event_has_the_day_on_which_it_happened_not_a_bound_a_plan_or_its_report(
    text: str, day: date, precision: Precision
) -> None:
    event = event_of(evidence(text))

    assert (event.day, event.precision) == (day, precision)


@pytest.mark.parametrize(
    ("deed", "other"),
    [
        ("Acme bought Bolt.", "Acme plans to buy Bolt."),
        ("Acme plans to buy Bolt.", "Acme is a maker of robots."),
        ("Acme was sold.", "Acme had long been seen as a leader."),
        ("Acme had record revenue.", "Acme had hired early."),
        ("The engineers leave Acme for Bolt.", "Every candidate starts with a screen at Acme."),
        ("Acme is a maker of robots.", "The Paper sees Acme as a leader."),
    ],
)
def test_deeds_count_more_than_plans_plans_more_than_states_and_opinions_least(deed: str, other: str) -> None:
    assert happening(evidence(deed)) > happening(evidence(other))


def test_a_sentence_is_nearest_to_its_subject_and_not_near_when_it_names_only_others() -> None:
    subject = closeness(evidence("Acme bought Bolt.", ("Acme", "Bolt")), ("Acme",))
    in_its_report = closeness(evidence("Bolt sold a unit to Acme.", ("Bolt", "Acme")), ("Acme",))
    aside = closeness(evidence("Bolt sold a unit to Acme and Core.", ("Bolt", "Acme", "Core")), ("Core",))

    assert subject > in_its_report > aside > 0.0
    assert closeness(evidence("Bolt bought Core.", ("Bolt", "Core")), ("Acme",)) == 0.0


@pytest.mark.parametrize(
    "text",
    [
        "The flaw came to light when an empty vehicle drove into a flooded lane.",
        "The filing belongs to a wave of listings.",
        "The first ¥387.3 billion pays for fiscal 2026.",
        "PLaMo 3 therefore mixes two kinds of layers.",
        "Two engineers announced their departures from the lab one day later.",
        "Robots Atlas places the announcement after the split with Figure AI.",
        "It was renamed.",
        "Also named was a new chief.",
        "Then the company moved to Osaka.",
    ],
)
def test_a_sentence_that_leans_on_another_is_not_self_contained(text: str) -> None:
    assert not is_self_contained(text)


@pytest.mark.parametrize(
    "text",
    [
        "The flaw in Waymo's software came to light in May 2026.",
        "The model of the SoftBank venture is meant to control machines.",
        "The Council of the European Union gave final approval to the AI Act Omnibus.",
        "Acme announced a deal with Bolt, and the deal runs for five years.",
        "Cerebras priced the listing of its shares at $185.",
        "Noetra began operations on 1 July 2026.",
        "More than one year later than planned, Acme opened its plant.",
    ],
)
def test_a_sentence_that_says_what_it_speaks_of_is_self_contained(text: str) -> None:
    assert is_self_contained(text)


def test_a_timeline_reaches_over_the_whole_story_under_the_former_name_too(desk: Desk) -> None:
    answer = desk.ask("timeline of Noetra")

    text = " ".join(event.text for event in events(answer))
    assert text.index("21 December 2025") < text.index("April 2026:") < text.index("1 July 2026:")
    assert "Japan AI Foundation Model Development" in text


def test_a_ventures_timeline_leaves_out_other_news_of_its_founders(desk: Desk) -> None:
    text = " ".join(event.text for event in events(desk.ask("afeela timeline")))

    assert "halts the Afeela 1" in text
    assert "Noetra" not in text
    assert "SoftBank" not in text


def test_an_event_that_several_publishers_report_stands_once(desk: Desk) -> None:
    answer = desk.ask("history of Wayve")

    rounds = [event for event in events(answer) if "raised" in event.text and "8.6" in event.text]
    assert len(rounds) == 1


def test_a_part_and_its_whole_are_no_disagreement(desk: Desk) -> None:
    # One report says $1.5 billion, of which $1.2 billion is the round; another names the round alone.
    answer = desk.ask("history of Wayve")

    assert not [section for section in answer.sections if section.kind == "disagreements"]


def test_what_is_new_without_a_date_is_the_half_year_up_to_the_newest_report(desk: Desk) -> None:
    answer = desk.ask("what's new at anthropic")

    days = [source.published for source in answer.sources]
    section = answer.sections[0]
    assert "since" in section.title
    assert "Series H" in " ".join(event.text for event in section.statements), "the newest is never missing"
    assert max(days) - min(days) <= LATELY
    assert len(section.statements) <= MOST_EVENTS


def test_the_title_says_the_window_and_nothing_in_it_happened_before(desk: Desk) -> None:
    answer = desk.ask("what changed at Hyundai since 15 January 2026", as_of=date(2026, 3, 1))

    assert answer.sections[0].title == "What changed since 15 January 2026: Hyundai"
    assert min(source.published for source in answer.sources) >= date(2026, 1, 15)


def test_a_window_without_reports_is_said_to_be_one(desk: Desk) -> None:
    answer = desk.ask("What's new at Tesla since 1 July 2026?")

    assert answer.abstained
    assert answer.abstention_reason == "no_evidence"
    assert answer.sections[0].statements[0].text == "These sources report nothing about Tesla since 1 July 2026."


def test_what_is_scheduled_next_is_told_when_it_is_asked_for(desk: Desk) -> None:
    answer = desk.ask("Rapidus: what did the state do and when, plus what's scheduled next (production, IPO)")

    text = " ".join(event.text for event in events(answer))
    assert "mass-produce" in text or "mass production" in text
    assert "go public" in text


def test_the_story_of_a_figure_has_talks_and_closed_rounds_but_nothing_without_it(desk: Desk) -> None:
    told = [event.text for event in events(desk.ask("Anthropic valuation, step by step since march 2026"))]

    assert any("in early talks" in text for text in told)
    assert any("Series H" in text for text in told)
    assert all("billion" in text for text in told)


def test_a_list_of_matters_does_not_narrow_a_timeline_to_one_of_them(desk: Desk) -> None:
    told = " ".join(
        event.text for event in events(desk.ask("history of Tesla Optimus: targets, people leaving, factory"))
    )

    assert "Kumar" in told
    assert "production target" in told


def test_what_is_asked_beside_the_events_is_answered_first(desk: Desk) -> None:
    answer = desk.ask("what changed at Boston Dynamics since january 2026 and who leads it?")

    assert [section.kind for section in answer.sections][:2] == ["answer", "timeline"]
    assert "Amanda McMaster" in " ".join(statement.text for statement in answer.sections[0].statements)


def test_when_something_applies_is_answered_with_a_full_date(desk: Desk) -> None:
    answer = desk.ask("EU AI Act: what happened when, and when do the high-risk rules apply?")

    section = next(section for section in answer.sections if section.kind == "answer")
    assert "2027" in section.statements[0].text


def test_where_little_happened_a_deal_that_a_report_calls_done_is_told(desk: Desk) -> None:
    told = [
        event.text
        for event in events(desk.ask("what changed at Anthropic since 20 february 2026", as_of=date(2026, 2, 28)))
    ]

    assert any("had closed a Series G round" in text for text in told)
