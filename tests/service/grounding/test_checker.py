"""The checker as a whole: quotations, veto, evidence, batches, and any input at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corpus
from corpus.entities import load_entities
from eval.grounding.mutations import EXACT, Original, cases, originals, verdicts
from service.grounding.checker import Checker, shipped_checker
from service.grounding.verdict import LONGEST_STATEMENT, Item, Problem, Span, Verdict

CORPUS = Path(corpus.__file__).parent


@pytest.fixture(scope="module")
def sentences() -> list[Original]:
    return list(originals(CORPUS, load_entities()))


class Doubt:
    """A score that supports nothing."""

    def support(self, pairs: Sequence[tuple[str, Sequence[str]]]) -> list[float]:
        return [0.0] * len(pairs)


def test_a_sentence_of_the_source_is_supported_whatever_the_score_says() -> None:
    checker = Checker(load_entities(), Doubt())

    verdict = checker.check("“Not one robot” was sold in 2025", ['First. "Not one robot" was sold in 2025. Last.'])

    assert (verdict.supported, verdict.verbatim, verdict.support) == (True, True, 1.0)


def test_a_part_of_a_sentence_is_no_quotation(rules: Checker) -> None:
    verdict = rules.check("Tesla sold the plant.", ["It is not true that Tesla sold the plant."])

    assert not verdict.verbatim


def test_the_rules_veto_a_score_that_is_sure(rules: Checker) -> None:
    verdict = rules.check("Honda raised $7 billion.", ["Honda raised $5 billion."])

    assert not verdict.supported
    assert verdict.support < 0.5


def test_a_low_score_refuses_what_no_rule_objects_to() -> None:
    verdict = Checker(load_entities(), Doubt()).check("Honda builds nice cars.", ["Honda makes good cars."])

    assert [problem.kind for problem in verdict.problems] == ["score"]


@pytest.mark.parametrize("statement", ["Honda raised $7 billion.", "Cats sleep.", "Honda raised $5 billion.", "…"])
def test_the_nearest_sentence_is_always_given(rules: Checker, statement: str) -> None:
    verdict = rules.check(statement, ["Sony makes sensors.", "Honda raised $5 billion."])

    assert verdict.nearest is not None


@pytest.mark.parametrize(
    ("statement", "passages", "kind"),
    [
        ("", ["Text."], "empty"),
        (" \n", ["Text."], "empty"),
        ("Honda hires.", [], "no_passages"),
        ("Honda hires.", ["", "  "], "no_passages"),
        ("?!…", ["Text."], "no_words"),
        ("a" * (LONGEST_STATEMENT + 1), ["Text."], "too_long"),
        ("トヨタは工場を閉鎖した。", ["Honda hires."], "name"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_its_reason(
    rules: Checker, statement: str, passages: list[str], kind: str
) -> None:
    verdict = rules.check(statement, passages)

    assert kind in {problem.kind for problem in verdict.problems}


def test_a_passage_of_a_megabyte_is_read(rules: Checker) -> None:
    passage = "Sony makes sensors for cars in many places. " * 23_000 + "Honda raised $5 billion in June."

    assert rules.check("Honda raised $5bn in June.", [passage]).supported


def test_many_statements_get_the_verdicts_that_each_gets_alone(rules: Checker, sentences: list[Original]) -> None:
    items = [Item(each.text, each.passages[-1:], each.published) for each in sentences[:20]]

    assert rules.check_all(items) == [rules.check(item.statement, item.passages, item.published) for item in items]


def test_every_sentence_of_the_shipped_corpus_is_supported_by_its_brief(sentences: list[Original]) -> None:
    checker = Checker(load_entities(), Doubt())

    found = checker.check_all([Item(each.text, each.passages, each.published) for each in sentences])

    assert all(verdict.supported for verdict in found)


@pytest.mark.parametrize("mutate", EXACT, ids=lambda mutate: str(mutate.__name__))
def test_no_figure_date_or_company_that_the_passages_lack_is_released(
    rules: Checker, sentences: list[Original], mutate: object
) -> None:
    made = cases(mutate, sentences, load_entities(), seed=1, most=150)  # type: ignore[arg-type]  # an entry of the table

    assert made
    assert [case.text for case, verdict in zip(made, verdicts(rules, made), strict=True) if verdict.supported] == []


def test_a_verdict_cannot_contradict_itself() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Verdict(0.5, supported=False)
    with pytest.raises(ValueError, match="no problems"):
        Verdict(0.5, supported=True, problems=(Problem("score", "", ""),))
    with pytest.raises(ValueError, match="share"):
        Verdict(1.5, supported=True)
    with pytest.raises(ValueError, match="fit"):
        Span(0, 0, 3, "text")


PIECES = st.sampled_from(
    """Honda SoftBank Noetra $5 ¥1 trillion billion % percent 12 3,000 a quarter half of one in four not no because due to plans
    will may has said according , ; . ? “ ” ( ) - – the first largest all only before after 2026 April Monday Q1 fiscal last
    year 日本 ٣ ² ½ \u0000 \ud83d\ude00 rose fell more less than about up to -- ** - """.split(" ")
)
TEXTS = st.one_of(
    st.text(max_size=200), st.lists(PIECES, max_size=25).map(" ".join), st.lists(PIECES, max_size=25).map("".join)
)


@settings(deadline=None, max_examples=200)
@given(TEXTS, st.lists(TEXTS, max_size=3), st.one_of(st.none(), st.dates()))
def test_any_input_gets_a_verdict_whose_spans_fit(statement: str, passages: list[str], published: date | None) -> None:
    verdict = SHIPPED.check(statement, passages, published)

    spans = [*verdict.evidence, *(problem.evidence for problem in verdict.problems if problem.evidence)]
    assert all(passages[span.passage][span.start : span.end] == span.text for span in spans)


@settings(deadline=None, max_examples=100)
@given(TEXTS)
def test_a_text_supports_itself_unless_it_has_no_words(text: str) -> None:
    verdict = SHIPPED.check(text, [text])

    assert verdict.supported or {problem.kind for problem in verdict.problems} <= {"empty", "no_words", "no_passages"}


SHIPPED = shipped_checker(load_entities())
