"""The words around quotations."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.document import Document, Sentence
from service.answering.figures import figures
from service.answering.phrasing import (
    age,
    attributed,
    capitalised,
    days_phrase,
    freshness_note,
    listed,
    plain,
    presentable,
    shortened,
    with_blank,
)


def document(publisher: str = "Decrypt", published: date = date(2026, 4, 13)) -> Document:
    return Document("doc_1", "news", "A title", publisher, "https://news.example/1", published, "")


def sentence(text: str) -> Sentence:
    return Sentence(text, 0, len(text))


GUIDE = Document("doc_g", "guide", "Sensor-fusion engineer", "InterviewAlly guide", "", date(2026, 11, 24), "")


@pytest.mark.parametrize(
    ("shown", "text", "publisher"),
    [
        ("Waabi raised $1 billion.", "Waabi raised $1 billion, Decrypt reported on 13 April 2026.", "Decrypt"),
        ("Waabi raised $1 billion.", "Waabi raised $1 billion, Decrypt wrote on 13 April 2026.", "Decrypt (via Pulse)"),
        ("Waabi raised $1 billion.", "Waabi raised $1 billion, the Decrypt reported on 13 April 2026.", "Decrypt"),
    ],
)
def test_an_attribution_that_the_citation_repeats_is_left_out(shown: str, text: str, publisher: str) -> None:
    assert presentable(sentence(text), document(publisher)) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Waabi raised $1 billion, according to Reuters.",
        "Waabi raised $1 billion, Decrypt reported on 12 April 2026.",
        "Waabi raised $1 billion, Reuters reported on 13 April 2026.",
        "Decrypt reported on 13 April 2026 that Waabi raised $1 billion.",
    ],
)
def test_any_other_attribution_stays(text: str) -> None:
    assert presentable(sentence(text), document()) == text


def test_an_item_of_a_guide_becomes_a_sentence_without_markdown() -> None:
    assert presentable(sentence("**Week 1:** derive  and code a `KF`."), GUIDE) == "Week 1: derive and code a KF."
    assert presentable(sentence("which sensor drops out?"), GUIDE) == "Which sensor drops out?"


@pytest.mark.parametrize(
    ("words", "parts"), [("", []), ("a", ["a"]), ("a and b", ["a", "b"]), ("a, b and c", ["a", "b", "c"])]
)
def test_a_list_is_read_as_one_speaks_it(words: str, parts: list[str]) -> None:
    assert listed(parts) == words
    assert listed(parts, "or") == words.replace(" and ", " or ")


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("0 days", 0), ("1 day", 1), ("20 days", 20), ("3 weeks", 21), ("8 weeks", 59), ("2 months", 60),
        ("4½ months", 137), ("5 months", 152), ("12 months", 365), ("2.0 years", 731),
    ],
)  # fmt: skip
def test_an_age_is_told_in_the_unit_that_fits(words: str, days: int) -> None:
    assert age(days) == words


@given(st.integers(0, 5000))
def test_every_age_has_a_number_and_a_unit(days: int) -> None:
    number, unit = age(days).split()

    assert number[0].isdigit() or number == "½"
    assert unit in {"day", "days", "weeks", "months", "years"}


def test_the_reader_is_warned_of_old_news_only() -> None:
    newest = date(2026, 7, 2)

    assert freshness_note(None, newest) is None
    assert freshness_note(newest, newest + timedelta(days=59)) is None
    assert "2 months old" in (freshness_note(newest, newest + timedelta(days=60)) or "")


@pytest.mark.parametrize(("words", "days"), [("today", 0), ("1 day left", 1), ("9 days left", 9)])
def test_the_days_left_are_said_in_words(words: str, days: int) -> None:
    assert days_phrase(days) == words


def test_a_publisher_is_named_with_the_day() -> None:
    assert attributed(document()) == "Decrypt, 13 April 2026"


def test_a_figure_is_blanked_out_of_its_sentence() -> None:
    text = "Hyundai will invest $6.27 billion in a hub in Saemangeum."

    blanked = with_blank(text, figures(text)[0])

    assert blanked.startswith("Hyundai will invest …")
    assert "6.27" not in blanked


@given(st.text(max_size=80))
def test_plain_words_have_single_spaces_and_no_marks(text: str) -> None:
    shown = plain(text)

    assert "**" not in shown
    assert "`" not in shown
    assert shown == " ".join(shown.split())


@pytest.mark.parametrize(
    ("shown", "text"), [("", ""), ("Which?", "which?"), ("NEC", "NEC"), ("9 trillion", "9 trillion")]
)
def test_a_statement_begins_with_a_capital(shown: str, text: str) -> None:
    assert capitalised(text) == shown


@pytest.mark.parametrize(
    ("text", "most", "short"),
    [
        (
            "Wayve and Uber signed a memorandum on cars on 12 March 2026 that names Tokyo and Osaka",
            9,
            "Wayve and Uber signed a memorandum on cars …",
        ),
        (
            "The round brought the company about $5 billion more than the one that it closed in spring",
            7,
            "The round brought the company …",
        ),
        (
            "Zoox wants to carry passengers across Phoenix from 2026 onwards with its own small fleet of cars",
            9,
            "Zoox wants to carry passengers across Phoenix from 2026 …",
        ),
    ],
)
def test_a_quotation_is_not_cut_between_a_number_and_what_it_counts(text: str, most: int, short: str) -> None:
    assert shortened(text, most) == short
