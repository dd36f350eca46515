"""Amounts, shares, counts and dates in text."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering.figures import dates, figures, spoken


@pytest.mark.parametrize(
    ("value", "unit", "written", "text"),
    [
        (6.7e9, "USD", "$6.7 billion", "about $6.7 billion, over five years"),
        (1e12, "JPY", "¥1 trillion", "pledged ¥1 trillion"),
        (8.6e9, "USD", "$8.6bn", "at a valuation of $8.6bn"),
        (1.5e9, "USD", "US$1.5 billion", "Wayve raised US$1.5 billion"),
        (1.1341e12, "TWD", "NT$1,134.1 billion", "revenue of NT$1,134.1 billion"),
        (25e6, "EUR", "€25 million", "a budget of €25 million"),
        (1.03e11, "INR", "₹10,300 crore", "with ₹10,300 crore over five years"),
        (5.375e9, "USD", "5,375 million dollars", "for 5,375 million dollars"),
        (31512, "CNY", "31,512 yuan", "earn 31,512 yuan a month"),
        (9e12, "KRW", "9 trillion won", "about 9 trillion won for Saemangeum"),
        (11.5, "%", "11.5%", "limited to 11.5% in normal times"),
        (5.9, "%", "5.9 per cent", "fell by as much as 5.9 per cent"),
        (5168, "humanoid", "5,168", "counted 5,168 humanoid robots"),
        (1e12, "parameters", "1 trillion", "a model of 1 trillion parameters"),
    ],
)
def test_a_figure_has_a_value_a_unit_and_the_words_it_was_written_in(
    value: float, unit: str, written: str, text: str
) -> None:
    found = figures(text)

    assert (found[0].unit, found[0].text) == (unit, written)
    assert found[0].value == pytest.approx(value)
    assert text[found[0].start : found[0].end] == written


@pytest.mark.parametrize(
    "text",
    ["on 30 June 2026", "in 2026", "fiscal 2026", "in March 2027", "by the end of 2026", "from 2026 to 2030", "none"],
)
def test_dates_and_years_are_no_figures(text: str) -> None:
    assert figures(text) == ()


def test_figures_beside_a_date_are_still_found() -> None:
    found = figures("Japan announced ¥387.3 billion of aid on 30 June 2026 and 44 firms may follow in 2027.")

    assert [(figure.value, figure.unit) for figure in found] == [(pytest.approx(387.3e9), "JPY"), (44, "firms")]


@pytest.mark.parametrize(
    ("day", "words", "text"),
    [
        (date(2026, 7, 1), "1 July 2026", "began operations on 1 July 2026, with SoftBank"),
        (date(2026, 4, 1), "April 2026", "launched in April 2026"),
        (date(2026, 9, 3), "3 Sept 2026", "due 3 Sept 2026"),
    ],
)
def test_a_date_needs_month_and_year(day: date, words: str, text: str) -> None:
    assert dates(text) == ((day, words),)


@pytest.mark.parametrize("text", ["in 2026", "in May", "on 31 June 2026", "on 30 February 2026", "2026-07-01"])
def test_what_names_no_day_or_month_of_the_calendar_is_no_date(text: str) -> None:
    assert dates(text) == ()


def test_a_date_is_spoken_with_the_day_first() -> None:
    assert spoken(date(2026, 7, 2)) == "2 July 2026"


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_spoken_date_is_read_back(day: date) -> None:
    assert dates(f"It was reported on {spoken(day)}.") == ((day, spoken(day)),)
    assert figures(f"It was reported on {spoken(day)}.") == ()


PIECES = st.sampled_from(
    """$ US$ NT$ ¥ € 1 12 1,000 1,23 3.5 0 ٣ ² billion million trillion crore bn % per cent yen won robots in 2026 30
    June Feb . , - –""".split()
)
TEXTS = st.one_of(
    st.text(max_size=120),
    st.lists(PIECES, max_size=14).map(" ".join),
    st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=14).map("".join),
)


@given(TEXTS)
def test_figures_of_any_text_are_spans_of_it_in_order(text: str) -> None:
    found = figures(text)

    assert [text[figure.start : figure.end].strip() for figure in found] == [figure.text for figure in found]
    assert all(0 <= figure.start < figure.end <= len(text) for figure in found)
    assert all(left.end <= right.start for left, right in pairwise(found))
    assert all(figure.value >= 0 for figure in found)


@given(TEXTS)
def test_dates_of_any_text_are_words_of_it(text: str) -> None:
    assert all(words in text and day.year >= 2000 for day, words in dates(text))


@given(
    st.sampled_from([("$", "USD"), ("¥", "JPY"), ("€", "EUR"), ("£", "GBP"), ("US$", "USD")]),
    st.decimals(min_value=1, max_value=999, places=1),
    st.sampled_from([("trillion", 1e12), ("billion", 1e9), ("million", 1e6)]),
)
def test_an_amount_is_worth_what_it_says(
    currency: tuple[str, str], number: object, magnitude: tuple[str, float]
) -> None:
    written = f"{currency[0]}{number} {magnitude[0]}"

    found = figures(f"The round brings {written} to the firm.")

    assert [(figure.text, figure.unit) for figure in found] == [(written, currency[1])]
    assert found[0].value == pytest.approx(float(str(number)) * magnitude[1])
