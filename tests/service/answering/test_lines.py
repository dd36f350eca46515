"""A model's text becomes headings and cited statements, whatever pieces and dress it comes in."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering.lines import LONGEST_LINE, ContractBroken, Heading, LineParser, Written

TEXT = "## News\n- Honda is the first customer. [1][3]\n\n## Plan\n- Week 1: derive a filter. [2]\n"
READ = [
    Heading("News"),
    Written("Honda is the first customer.", (1, 3)),
    Heading("Plan"),
    Written("Week 1: derive a filter.", (2,)),
]


def read(*pieces: str) -> list[Heading | Written]:
    parser = LineParser()
    found = [line for piece in pieces for line in parser.feed(piece)]
    return [*found, *parser.finish()]


@given(st.lists(st.integers(0, len(TEXT)), max_size=12))
def test_where_the_pieces_are_cut_makes_no_difference(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(TEXT)]

    assert read(*(TEXT[a:b] for a, b in pairwise(edges))) == READ


def test_a_statement_is_there_as_soon_as_its_line_ends() -> None:
    parser = LineParser()

    assert list(parser.feed("- Honda is the first customer. [1]")) == []
    assert list(parser.feed("\n- Sony")) == [Written("Honda is the first customer.", (1,))]


@pytest.mark.parametrize(
    ("line", "cited"),
    [
        ("- Honda builds robots [1] [2].", (1, 2)),
        ("* Honda builds robots. [1, 2]", (1, 2)),
        ("1. Honda builds robots. [passage 4]", (4,)),
        ("• Honda builds robots【7】.", (7,)),
        ("Honda builds robots. [2][2]", (2,)),
        ("- **Honda** builds `robots`. [^3]", (3,)),
        ("- Honda builds robots.", ()),
        ("- Hon\u200bda bui\u202elds robots. [5]", (5,)),
    ],
)
def test_citations_and_marks_are_taken_out_of_the_statement(line: str, cited: tuple[int, ...]) -> None:
    assert read(line + "\n") == [Written("Honda builds robots.", cited)]


def test_a_line_of_several_sentences_is_several_statements_each_with_its_numbers() -> None:
    assert read("Honda builds robots. Sony builds cameras [2]. NEC builds servers. [3]\n") == [
        Written("Honda builds robots.", (2,)),
        Written("Sony builds cameras.", (2,)),
        Written("NEC builds servers.", (3,)),
    ]


LONG = (
    "Honda builds robots. [1] It sells them in Japan. Sony builds cameras [2][3]. NEC builds servers. [2] "
    "SoftBank leads the venture. Noetra is its name."
)


@given(st.lists(st.integers(0, len(LONG)), max_size=12))
def test_a_long_line_is_read_alike_wherever_it_is_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(LONG)]

    assert read(*(LONG[a:b] for a, b in pairwise(edges)), "\n") == read(LONG + "\n")


def test_statements_of_a_long_line_do_not_wait_for_its_end() -> None:
    parser = LineParser()

    assert list(parser.feed("Honda builds robots. [1] Sony builds cameras. [2")) == [
        Written("Honda builds robots.", (1,))
    ]
    assert list(parser.feed("] NEC builds servers. So")) == [Written("Sony builds cameras.", (2,))]


def test_a_sentence_that_leans_on_the_one_before_stays_with_it() -> None:
    assert read("- Honda builds robots. It sells them in Japan. [2]\n") == [
        Written("Honda builds robots. It sells them in Japan.", (2,))
    ]


def test_what_a_strong_answer_does_stays_with_its_question() -> None:
    line = "How wide should randomisation be? A strong answer centres on identified values. [2]"
    assert read(f"- {line}\n") == [Written(line.removesuffix(" [2]"), (2,))]


@pytest.mark.parametrize("heading", ["## News", "# News #", "**News**", "**News:**", "### **News**"])
def test_headings_come_in_several_dresses(heading: str) -> None:
    assert read(heading + "\n") == [Heading("News")]


@pytest.mark.parametrize("between", [" -> ", ": ", " → "])
def test_a_statement_on_the_line_of_its_heading_is_read(between: str) -> None:
    assert read(f"## News{between}Honda builds robots in Ohio. [1]\n") == [
        Heading("News"),
        Written("Honda builds robots in Ohio.", (1,)),
    ]


def test_thoughts_fences_and_rules_are_no_statements() -> None:
    text = "<think>Honda? [1]\nSony! [2]</think>\n```\n- Honda builds robots. [1]\n```\n---\n***\n"

    assert read(text) == [Written("Honda builds robots.", (1,))]


@pytest.mark.parametrize(
    ("end", "whole"), [("- Honda bui", False), ("- Honda builds robots.", True), ("- Honda builds robots [1]", True)]
)
def test_a_last_line_that_breaks_off_is_dropped(end: str, whole: bool) -> None:
    assert bool(read(end)) is whole


def test_a_line_without_end_breaks_the_contract() -> None:
    with pytest.raises(ContractBroken):
        read("word " * LONGEST_LINE)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    for line in read(text, "\n"):
        assert line.text.strip()
        assert "\n" not in line.text
