"""What the extractive composer words around its quotations is checked against them before it is released."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import corpus
from corpus.entities import load_entities
from service.grounding.composed import Cited, ComposedChecker

REUTERS = Cited(
    "Wayve and Uber plan a pilot with 20 cars in Tokyo for late 2026, Reuters reported on 12 March 2026.",
    "Reuters",
    date(2026, 3, 12),
)
GUIDE = Cited("**EKF or UKF?** A strong answer weighs accuracy against cost.", "InterviewAlly", date(2026, 11, 1))


@pytest.fixture(scope="module")
def checker() -> ComposedChecker:
    return ComposedChecker(load_entities(Path(corpus.__file__).parent / "entities.yaml"))


@pytest.mark.parametrize(
    "statement",
    [
        "Wayve and Uber plan a pilot with 20 cars in Tokyo for late 2026, Reuters reported on 12 March 2026.",
        "Wayve and Uber plan a pilot with 20 cars in Tokyo for late 2026.",
        "12 March 2026: Wayve and Uber plan a pilot with 20 cars in Tokyo for late 2026.",
        "March 2026: Wayve and Uber plan a pilot with 20 cars in Tokyo for late 2026.",
    ],
)
def test_a_quotation_may_lose_the_name_of_its_source_and_gain_its_date(
    checker: ComposedChecker, statement: str
) -> None:
    assert checker.check(statement, [REUTERS]).by == "quote"


@pytest.mark.parametrize(
    "statement",
    [
        "“Wayve and Uber plan a pilot …” (Reuters, 12 March 2026): what has to work before that date?",
        "“Wayve and Uber plan … in Tokyo”: expect “EKF or UKF?”.",
        "Reports differ on the figure in “plan a pilot with … cars”: 20 (Reuters, 12 March 2026, the newest).",
    ],
)
def test_fixed_phrases_around_quotations_need_no_source(checker: ComposedChecker, statement: str) -> None:
    found = checker.check(statement, [REUTERS, GUIDE])

    assert found.by == "exact"
    assert not found.problems


@pytest.mark.parametrize(
    ("statement", "kind", "words"),
    [
        ("Wayve and Uber plan a pilot with 25 cars in Tokyo for late 2026.", "figure", "25"),
        ("14 March 2026: Wayve and Uber plan a pilot with 20 cars in Tokyo for late 2026.", "date", "14 March 2026"),
        ("Wayve and Nissan: “plan a pilot with 20 cars”.", "name", "Nissan"),
        ("“Wayve and Uber run a pilot” (Reuters, 12 March 2026): ask about it.", "quote", "Wayve and Uber run a pilot"),
        (
            "“in Tokyo … with 20 cars”: the parts of a quotation stand in their order.",
            "quote",
            "in Tokyo … with 20 cars",
        ),
        ("“Wayve and Uber plan a pilot” (The Guardian, 12 March 2026).", "name", "Guardian"),
    ],
)
def test_what_the_citations_do_not_have_is_found(
    checker: ComposedChecker, statement: str, kind: str, words: str
) -> None:
    problems = checker.check(statement, [REUTERS]).problems

    assert (kind, words) in {(problem.kind, problem.words) for problem in problems}


def test_a_sentence_that_is_cut_short_is_no_quotation(checker: ComposedChecker) -> None:
    cut = "Wayve and Uber plan a pilot with 20 cars."

    assert checker.check(cut, [REUTERS]).by == "exact"
