"""Which words of a question are names that the corpus does not know."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering.names import unknown_names

ORDINARY = frozenset(
    """how do i prepare for an interview at the role with a job engineer robotics what is valuation of tell me about
    compare and hiring robot learning offer from company work does perception physical your did munich drone people
    raise money lately search start-up last worth now has said will are they hiring hires osaka wrote about london tech
    week someone used training""".split()
)


def unknown(text: str, *known: str, words: Sequence[str] = (), roles: Sequence[str] = ()) -> tuple[str, ...]:
    """The unknown names of a text in which the `known` companies, the `words` of skills and the `roles` were linked."""

    def spans(names: Sequence[str]) -> list[tuple[int, int]]:
        return [match.span() for name in names for match in re.finditer(re.escape(name), text)]

    return unknown_names(
        text,
        spans([*known, *roles]),
        spans(words),
        [start for start, _ in spans(roles)],
        lambda word: word in ORDINARY,
        lambda word: "interview" if word == "intervieww" else None,
    )


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (("Zorblax Robotics",), "how do I prepare at Zorblax Robotics?"),
        (("Brimstone Labs",), "tell me about Brimstone Labs"),
        (("Vexolin",), "an interview at Vexolin"),
        (("vexolin",), "an interview at vexolin?"),
        (("pony.ai",), "what is the valuation of pony.ai"),
        (("Quantivo", "Nexavolt"), "compare Quantivo and Nexavolt"),
        (("zorblax ai",), "a job at zorblax ai"),
        (("Nimble Robots",), "I was invited by Nimble Robots for an interview"),
        (("Quantivo",), "got a message from Quantivo"),
        (("vexolin",), "compare vexolin with your company"),
        (("vexolin",), "what is vexolin working on"),
        ((), "The AI side of the company"),
        (("ゾルブラクスロボティクス",), "ゾルブラクスロボティクスの面接"),
        (("Vexolin",), "Did Vexolin, the Munich drone people, raise money lately?"),
        (("vexolin",), "the munich drone people, vexolin. what are they worth now"),
        (("Robot",), "Robot, the search start-up: last valuation?"),
        (("Sakura Zorb",), "Has Sakura Zorb said what it will do with the company?"),
        (("vexolin robotics",), "vexolin robotics in Osaka wrote me about a role"),
        ((), "how do I prepare at London Tech Week?"),
        ((), "the role is about training AI"),
        ((), "someone who used to be at Vexolin"),
        ((), "how do I prepare for an interview?"),
        ((), "a job at a robotics company"),
        ((), "an intervieww at the company"),
    ],
)
def test_a_name_is_a_word_that_nobody_knows_where_an_employer_stands(names: tuple[str, ...], text: str) -> None:
    assert unknown(text) == names


def test_a_verb_before_the_name_is_not_part_of_it() -> None:
    assert unknown("Compare Zorblax Robotics and Figure AI", "Figure AI") == ("Zorblax Robotics",)


def test_a_name_that_was_linked_is_known() -> None:
    assert unknown("an interview at Wayve", "Wayve") == ()
    assert unknown("compare Wayve and Zorblax", "Wayve") == ("Zorblax",)


def test_a_name_may_hold_the_word_of_a_skill_or_a_field() -> None:
    assert unknown("how do I prepare at Sierra Space Robotics?", words=["Robotics"]) == ("Sierra Space Robotics",)
    assert unknown("how do I prepare for Robotics?", words=["Robotics"]) == ()


def test_a_field_of_work_is_no_firm() -> None:
    assert unknown("a job for physical ai") == ()


WORDS = st.sampled_from(
    [
        "Knowna",
        "Knownb",
        "Zorblax",
        "Quantivo",
        "AI",
        "Robotics",
        "Labs",
        "at",
        "compare",
        "and",
        "interview",
        "pony.ai",
        "?",
        ",",
    ]
)


@given(st.lists(WORDS, max_size=12).map(" ".join))
def test_an_unknown_name_never_overlaps_a_known_one(text: str) -> None:
    for name in unknown(text, "Knowna", "Knownb"):
        assert "Knowna" not in name
        assert "Knownb" not in name


@given(
    st.text(max_size=120),
    st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120)), max_size=4),
    st.lists(st.integers(0, 120), max_size=3),
)
def test_of_any_text_the_unknown_names_are_its_own_words(
    text: str, spans: list[tuple[int, int]], role_starts: list[int]
) -> None:
    found = unknown_names(text, spans, spans, role_starts, lambda _: False, lambda _: None)

    assert all(name and name in text for name in found)


def test_a_stranger_compared_with_a_known_company_is_named() -> None:
    assert unknown("Wayve vs zorblax ai", "Wayve") == ("zorblax ai",)
    assert unknown("compare vexolin with Unitree", "Unitree") == ("vexolin",)
    assert unknown("Warehouse Robots at Wayve", "Wayve", words=["Robots", "Warehouse"]) == ()
