"""Figures and times however they are written."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.grounding.quantities import quantities, same
from service.grounding.times import covers, times

PUBLISHED = date(2026, 3, 4)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("9,000 billion won", 9e12, "KRW"),
        ("half a trillion dollars", 5e11, "USD"),
        ("£3m", 3e6, "GBP"),
        ("₹10,371 crore", 1.0371e11, "INR"),
        ("two dozen robots", 24, ""),
        ("a hundred engineers", 100, ""),
        ("twenty-five firms", 25, ""),
        ("two-thirds of them", 200 / 3, "%"),
        ("six in ten", 60, "%"),
        ("25 per cent", 25, "%"),
        ("3 percentage points", 3, "points"),
        ("200MW", 2e8, "power"),
        ("0.48 square kilometres", 4.8e5, "square length"),
        ("48 hectares", 4.8e5, "square length"),
        ("sales doubled", 2, "x"),
        ("the 1.6T-parameter model", 1.6e12, ""),
    ],
)
def test_a_figure_has_its_value_in_its_unit(text: str, value: float, unit: str) -> None:
    [found] = quantities(text)

    assert found.value == pytest.approx(value)
    assert found.unit == unit


@pytest.mark.parametrize(
    ("text", "qualifier"),
    [
        ("about 200 people", "about"),
        ("200 people or so", ""),
        ("nearly 200 people", "nearly"),
        ("more than 200 people", "above"),
        ("at least 200 people", "above"),
        ("200 or more people", "above"),
        ("up to 200 people", "below"),
        ("no more than 200 people", "below"),
        ("over five years", ""),
    ],
)
def test_a_figure_has_its_bound(text: str, qualifier: str) -> None:
    assert quantities(text)[0].qualifier == qualifier


def test_both_ends_of_a_range_have_its_unit() -> None:
    assert [(each.value, each.unit) for each in quantities("$100-200 million a year")] == [(1e8, "USD"), (2e8, "USD")]
    assert [(each.value, each.unit) for each in quantities("three to five percent")] == [(3, "%"), (5, "%")]


@pytest.mark.parametrize(
    ("claimed", "source", "agree"),
    [
        ("about $36 billion", "$35.9 billion", True),
        ("$36 billion", "$35.9 billion", False),
        ("over half", "52%", True),
        ("over half", "48%", False),
        ("5 yen", "5 dollars", False),
        ("49 billion of the parameters", "$49 billion", True),
        ("49 billion robots", "$49 billion", False),
    ],
)
def test_rounding_is_allowed_where_the_statement_says_that_it_rounds(claimed: str, source: str, agree: bool) -> None:
    assert same(quantities(claimed)[0], quantities(source)[0]) is agree


@pytest.mark.parametrize(
    ("claimed", "source", "follows"),
    [
        ("in April 2026", "on 15 April 2026", True),
        ("on 15 April 2026", "in April 2026", False),
        ("on April 15, 2026", "on 15 April 2026", True),
        ("on 2026-04-15", "on 15 April 2026", True),
        ("in the second quarter of 2026", "in April 2026", True),
        ("in the first half of 2026", "in April 2026", True),
        ("in the first quarter of fiscal 2026", "in the first quarter of 2026", False),
        ("in fiscal 2027", "in the fiscal year 2027", True),
        ("in April 2026", "in April", True),
        ("in April 2025", "in April", False),
        ("in 2025", "last year", True),
        ("in February 2026", "last month", True),
        ("on 3 March 2026", "yesterday", True),
        ("in 2024", "two years ago", True),
        ("at the end of 2026", "in 2026", False),
        ("in 2026", "at the end of 2026", True),
        ("on Monday", "on Tuesday", False),
        ("on Wednesday", "on 4 March 2026", True),
        ("in spring 2026", "in autumn 2026", False),
    ],
)
def test_a_time_follows_from_a_finer_one(claimed: str, source: str, follows: bool) -> None:
    assert covers(times(claimed, PUBLISHED)[0], times(source, PUBLISHED)[0], PUBLISHED) is follows


@pytest.mark.parametrize("text", ["it may rise", "they march on", "an august body", "a fall in sales"])
def test_ordinary_words_are_no_months(text: str) -> None:
    assert times(text) == ()


@given(st.text(max_size=150), st.one_of(st.none(), st.dates()))
def test_any_text_is_read(text: str, published: date | None) -> None:
    assert all(text[each.start : each.end] == each.text for each in quantities(text))
    assert all(text[each.start : each.end] == each.text for each in times(text, published))
