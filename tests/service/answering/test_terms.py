"""Content words of questions and sources on a common footing."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering.terms import STOP_WORDS, content_terms, inverse_frequencies


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("worth", "valuation"),
        ("let go", "dismissed"),
        ("laid off", "layoffs"),
        ("bought", "acquisition"),
        ("salary", "wages"),
        ("vacancies", "hires"),
        ("boss", "chief"),
        ("data center", "data centres"),
        ("take-home", "take home"),
        ("start-up", "startups"),
        ("params", "parameters"),
        ("robots", "robot"),
        ("30,000", "30000"),
        ("$1.4bn", "$1.4 billion"),
        ("Noetra's", "noetras"),
    ],
)
def test_everyday_words_meet_the_words_of_the_sources(asked: str, told: str) -> None:
    assert set(content_terms(asked)) & set(content_terms(told))


@pytest.mark.parametrize(
    ("one", "other"),
    [("valuation", "revenue"), ("factory", "city"), ("salary", "price"), ("quit", "bought"), ("1.4", "14")],
)
def test_different_matters_stay_apart(one: str, other: str) -> None:
    assert not set(content_terms(one)) & set(content_terms(other))


def test_the_filler_of_a_chatty_question_says_nothing() -> None:
    assert content_terms("hey, could you please tell me what they have been up to, thanks") == ()
    assert content_terms("so how much did they raise then?") == content_terms("raise")


def test_scripts_without_spaces_have_no_words_to_compare_with_the_english_sources() -> None:
    assert content_terms("ラピダス Rapidus") == ("rapidus",)
    assert content_terms("Kühlung") == ("kühlung",)


ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=120)


@given(st.text(max_size=200))
def test_any_text_has_terms_and_always_the_same(text: str) -> None:
    terms = content_terms(text)

    assert terms == content_terms(text)
    assert all(term and not term.isspace() for term in terms)


@pytest.mark.parametrize("word", sorted(STOP_WORDS))
def test_a_stop_word_has_no_terms(word: str) -> None:
    assert content_terms(word) == ()


@given(ASCII)
def test_case_does_not_matter(text: str) -> None:
    assert content_terms(text.upper()) == content_terms(text.lower())


@given(
    st.sampled_from(
        "valuation raise dismissed bought salary hire employees build factory chief profit chip robot licence".split()
    )
)
def test_the_words_for_a_meaning_stand_for_themselves(meaning: str) -> None:
    assert content_terms(" ".join(content_terms(meaning))) == content_terms(meaning)


@given(st.lists(st.lists(st.sampled_from("abcdef"), max_size=6), max_size=8))
def test_rarer_terms_weigh_more_and_unseen_ones_most(texts: list[list[str]]) -> None:
    weights, unseen = inverse_frequencies(texts)

    count = {term: sum(term in text for text in texts) for term in weights}
    by_frequency = sorted(weights, key=lambda term: count[term])
    ordered = [weights[term] for term in by_frequency]
    assert ordered == sorted(ordered, reverse=True)
    assert all(0 < weight <= unseen < inf for weight in ordered)
