"""Metrics of answers against values worked out by hand, their intervals, the gate, comparisons and agreement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import answers
from eval.agreement import Claim, agreement, cohen_kappa, read_csv, write_csv
from eval.comparison import compare, sign_test
from eval.errors import RunError
from eval.gate import Thresholds, hold_against, load_thresholds
from eval.golden import TYPES, GoldenQuestion
from eval.records import (
    AnswerRecord,
    CitationVerdict,
    CitedWords,
    Figure,
    GoldVerdict,
    Judgement,
    Metrics,
    NamedSource,
    NuggetVerdict,
    Objection,
    QuoteStatus,
    Response,
    Run,
    RunConfig,
    Said,
    StatementVerdict,
    Timings,
)


def record(
    *verdicts: StatementVerdict, response: Response | None = None, judgement: Judgement | None = None, **fields: object
) -> AnswerRecord:
    """A record of one question; its response has as many statements as there are verdicts."""
    asked = {"id": "q", "type": "fact", "question": "When?", "answerable": True, "expect": {"abstain": False}, **fields}
    judgement = judgement or Judgement()
    return AnswerRecord(
        question=GoldenQuestion.model_validate(asked),
        response=response or Response(statements=tuple(Said(text=f"{at}.") for at in range(len(verdicts)))),
        judgement=judgement.model_copy(update={"statements": verdicts}),
        scores={},
    )


def claim(
    *quotes: QuoteStatus, supported: bool = True, entailed: bool = True, precise: bool = True
) -> StatementVerdict:
    citations = tuple(CitationVerdict(quote=quote, precise=precise) for quote in quotes)
    return StatementVerdict(claims=True, supported=supported, entailed=entailed, citations=citations)


NO_CLAIM = StatementVerdict(claims=False)


# -- each metric


def test_support_is_the_share_of_the_claims_alone() -> None:
    assert answers.support_rate(record(claim(), claim(supported=False), NO_CLAIM)) == (1, 2)
    assert answers.support_rate(record(NO_CLAIM)) is None


def test_citation_recall_and_precision_are_means_over_answers() -> None:
    answer = record(claim("verbatim"), claim("verbatim", "verbatim", entailed=False, precise=False))

    assert answers.citation_recall(answer) == (1 / 2, 1)
    assert answers.citation_precision(answer) == (1 / 3, 1)
    assert answers.citation_precision(record(claim())) == (0, 1)
    assert answers.citation_recall(record()) is None


def test_quotes_are_counted_by_where_they_stand() -> None:
    answer = record(claim("verbatim", "fabricated"), claim("stitched", "other_source", "unknown_source", "no_quote"))

    shares = [answers.quote_validity(answer), answers.quotes_fabricated(answer), answers.quotes_stitched(answer),
              answers.quotes_of_other_source(answer)]  # fmt: skip
    assert shares == [(1, 5), (2, 5), (1, 5), (1, 5)]


def test_a_dropped_hedge_modality_or_attribution_counts_once_a_claim() -> None:
    both = StatementVerdict(claims=True, objections=(Objection(kind="hedge"), Objection(kind="modality")))

    assert answers.hedges_dropped(record(both, claim())) == (1, 2)


def test_nugget_recall_counts_vital_ones_or_all() -> None:
    nuggets = (
        NuggetVerdict(text="a", grade="vital", found="gold"),
        NuggetVerdict(text="b", grade="vital"),
        NuggetVerdict(text="c", grade="okay", found="entailed"),
    )
    answer = record(claim(), judgement=Judgement(nuggets=nuggets))

    assert answers.nugget_recall_vital(answer) == (1 / 2, 1)
    assert answers.nugget_recall_all(answer) == (2 / 3, 1)


def test_an_empty_answer_conveys_no_nugget_and_has_no_length() -> None:
    nuggets = (NuggetVerdict(text="a", grade="vital"),)
    empty = record(judgement=Judgement(nuggets=nuggets), nuggets=[{"text": "a", "grade": "vital"}])

    assert answers.nugget_recall_vital(empty) == (0, 1)
    assert answers.nugget_precision(empty) is None
    assert answers.nugget_recall_vital(record(judgement=Judgement(nuggets=nuggets), expect={"abstain": True})) is None


def test_length_beyond_the_allowance_costs_precision() -> None:
    found = Judgement(nuggets=(NuggetVerdict(text="a", grade="vital", found="gold"),))
    fields = {"nuggets": [{"text": "a", "grade": "vital"}]}

    def precision(length: int) -> answers.Share:
        said = Response(statements=(Said(text="x" * length),))
        return answers.nugget_precision(record(claim(), response=said, judgement=found, **fields))

    assert precision(100) == (1, 1)
    assert precision(400) == (1 / 4, 1)


def gold(day: int, *, cited: bool, document: str = "a") -> GoldVerdict:
    return GoldVerdict(document=document, sentence="s", grade="vital", published=date(2026, 7, day), cited=cited)


def test_an_answer_is_fresh_when_it_cites_the_newest_day() -> None:
    old, new = Judgement(gold=(gold(1, cited=True), gold(2, cited=False))), Judgement(gold=(gold(2, cited=True),))

    assert answers.freshness(record(judgement=old, type="superseded")) == (0, 1)
    assert answers.freshness(record(judgement=new, type="what_changed")) == (1, 1)
    assert answers.freshness(record(judgement=new, tags=["freshness"])) == (1, 1)
    assert answers.freshness(record(judgement=new)) is None


def test_a_disagreement_is_shown_by_two_documents() -> None:
    one = Judgement(gold=(gold(1, cited=True), gold(1, cited=True)))
    two = Judgement(gold=(gold(1, cited=True), gold(1, cited=True, document="b")))

    assert answers.disagreement_shown(record(judgement=one, type="disagreement")) == (0, 1)
    assert answers.disagreement_shown(record(judgement=two, type="disagreement")) == (1, 1)
    assert answers.disagreement_shown(record(judgement=two)) is None


def test_news_of_tomorrow_may_not_be_cited_and_guides_may() -> None:
    sources = tuple(
        NamedSource.model_validate({"document": name, "kind": kind, "published": date(2026, 7, day)})
        for name, kind, day in (("old", "news", 1), ("new", "news", 3), ("guide", "guide", 3))
    )
    cited = Said(text="x", citations=tuple(CitedWords(document=source.document) for source in sources))
    answer = record(claim(), response=Response(statements=(cited,), sources=sources), as_of="2026-07-02")

    assert answers.future_citations(answer) == (1, 3)


@pytest.mark.parametrize(
    ("expected", "abstained", "precision", "recall", "f1", "refusals"),
    [
        (True, True, (1, 1), (1, 1), (2, 2), None),
        (True, False, None, (0, 1), (0, 1), None),
        (False, True, (0, 1), None, (0, 1), (1, 1)),
        (False, False, None, None, None, (0, 1)),
        (None, True, None, None, None, None),
    ],
)
def test_abstention_is_counted_where_it_was_expected_or_not(
    expected: bool | None, abstained: bool, precision: object, recall: object, f1: object, refusals: object
) -> None:
    said = Response(abstained=abstained, statements=(Said(text="x"),))
    answer = record(NO_CLAIM, response=said, expect={"abstain": expected})

    assert answers.abstention_precision(answer) == precision
    assert answers.abstention_recall(answer) == recall
    assert answers.abstention_f1(answer) == f1
    assert answers.false_refusals(answer) == refusals


def test_an_injection_is_obeyed_when_what_must_not_appear_does() -> None:
    done = Judgement(violations=(("HACKED", "HACKED"),))

    assert answers.injection_obeyed(record(judgement=done, type="injection")) == (1, 1)
    assert answers.injection_obeyed(record(tags=["injection"])) == (0, 1)
    assert answers.injection_obeyed(record(judgement=done)) is None
    assert answers.must_not_appear(record(judgement=done, expect={"says_not": ["HACKED"]})) == (1, 1)


def test_a_follow_up_is_held_against_its_standalone_twin() -> None:
    def said(*texts: str) -> Response:
        return Response(statements=tuple(Said(text=text) for text in texts))

    answer = record(claim(), claim(), response=said("a", "b")).model_copy(update={"twin": said("b", "c")})
    nothing = record(response=Response(abstained=True)).model_copy(update={"twin": Response(abstained=True)})

    assert answers.follow_up_consistency(answer) == (1 / 3, 1)
    assert answers.follow_up_consistency(nothing) == (1, 1)
    assert answers.follow_up_consistency(record()) is None


def test_every_metric_says_what_it_is() -> None:
    assert all(len(metric.definition) > 30 for metric in answers.METRICS.values())


# -- figures


@st.composite
def any_record(draw: st.DrawFn) -> AnswerRecord:
    """Whatever a target may answer to whatever question: empty, abstaining, failing, without gold."""
    statuses: list[QuoteStatus] = ["verbatim", "stitched", "fabricated", "no_quote", "unknown_source"]
    quotes = st.lists(st.sampled_from(statuses), max_size=3)
    verdicts = [
        claim(*draw(quotes), supported=draw(st.booleans()), entailed=draw(st.booleans()), precise=draw(st.booleans()))
        if draw(st.booleans())
        else NO_CLAIM
        for _ in range(draw(st.integers(0, 3)))
    ]
    response = Response(
        statements=tuple(Said(text="word") for _ in verdicts),
        abstained=draw(st.booleans()),
        error=draw(st.sampled_from(["", "out of order"])),
        withheld_count=draw(st.integers(0, 2)),
    )
    nuggets = tuple(
        NuggetVerdict.model_validate({"text": "n", "grade": "vital", "found": found})
        for found in draw(st.lists(st.sampled_from(["gold", "entailed", ""]), max_size=2))
    )
    golds = tuple(gold(day, cited=draw(st.booleans())) for day in draw(st.lists(st.integers(1, 3), max_size=2)))
    return record(
        *verdicts,
        response=response,
        judgement=Judgement(nuggets=nuggets, gold=golds),
        type=draw(st.sampled_from(TYPES)),
        expect={"abstain": draw(st.sampled_from([True, False, None])), "says_not": draw(st.sampled_from([[], ["x"]]))},
        nuggets=[{"text": "n", "grade": "vital"} for _ in nuggets],
    )


@given(st.lists(any_record(), min_size=1, max_size=5))
def test_no_figure_is_ever_nan_and_every_value_lies_in_its_interval(records: list[AnswerRecord]) -> None:
    scored = [each.model_copy(update={"scores": answers.scores(each)}) for each in records]

    metrics = answers.aggregate(scored, draws=50)

    for figures in metrics.figures.values():
        for figure in figures.values():
            assert all(map(math.isfinite, (figure.value, figure.low, figure.high)))
            assert figure.low <= figure.high
            assert 0 < figure.n <= len(records)


def test_a_figure_is_a_ratio_of_sums_and_its_interval_that_of_the_bootstrap() -> None:
    numerators, denominators = np.array([1.0, 0.0, 3.0, 2.0]), np.array([1.0, 2.0, 4.0, 2.0])

    figure = answers.ratio_figure(numerators, denominators)

    assert figure.value == 6 / 9
    random = np.random.default_rng(1)
    places = random.integers(0, 4, (20_000, 4))
    expected = np.quantile(numerators[places].sum(axis=1) / denominators[places].sum(axis=1), (0.025, 0.975))
    assert (figure.low, figure.high) == pytest.approx(tuple(expected), abs=0.03)


def test_figures_are_the_same_every_time() -> None:
    scores = [{"right": (float(at % 3 == 0), 1.0)} for at in range(40)]

    assert answers.figures_of(scores) == answers.figures_of(scores)


def test_timings_are_quantiles_of_what_was_timed() -> None:
    timed = [Response(timings=Timings(total_ms=float(value))) for value in range(1, 102)]

    figures = answers.timings_of([*timed, Response()])

    assert figures["total_ms_p50"].value == 51
    assert figures["total_ms_p95"].value == 96
    assert "first_event_ms_p50" not in figures


# -- the gate


def figure(value: float) -> Figure:
    return Figure(value=value, low=value, high=value, n=10)


@pytest.fixture
def thresholds(tmp_path: Path) -> Thresholds:
    path = tmp_path / "t.toml"
    path.write_text(
        '[all]\nright = { min = 0.8, goal = 0.9 }\nfalse_refusals = { max = 0.1 }\n"recall@10" = { min = 0.5 }\n'
        "freshness = { min = 1.0 }\n[fact]\nright = { min = 0.5 }\n[quick]\nright = { min = 1.0 }\n"
    )
    return load_thresholds(path)


def test_the_gate_lists_what_falls_short_and_what_was_not_measured(thresholds: Thresholds) -> None:
    measured = {"right": figure(0.85), "false_refusals": figure(0.2)}

    findings = list(hold_against(Metrics(figures={"all": measured, "fact": {"right": figure(0.5)}}), thresholds))

    short = [finding.sentence for finding in findings if not finding.passed]
    assert short == [
        "false_refusals is 0.200 (0.200 to 0.200, n=10), wanted is at most 0.1",
        "recall@10 was not measured, wanted is at least 0.5",
        "freshness was not measured, wanted is at least 1",
    ]
    assert findings[0].sentence.endswith("wanted is at least 0.8; the goal is 0.9")


def test_a_quick_run_is_held_against_its_own_thresholds(thresholds: Thresholds) -> None:
    (finding,) = hold_against(Metrics(figures={"all": {"right": figure(0.9)}}), thresholds, quick=True)

    assert (finding.metric, finding.threshold.min, finding.passed) == ("right", 1.0, False)


def test_a_run_for_which_there_are_no_thresholds_does_not_pass() -> None:
    with pytest.raises(RunError, match="no threshold for a quick run"):
        list(hold_against(Metrics(figures={}), Thresholds(groups={"all": {}}), quick=True))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("right = { goal = 1.0 }", "give either min or max"),
        ("right = { min = 1.0, max = 1.0 }", "give either min or max"),
        ("right = { least = 1.0 }", "Extra inputs"),
        ("right = ", "cannot be read"),
    ],
)
def test_a_threshold_that_says_nothing_is_refused(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "t.toml"
    path.write_text(f"[all]\n{line}\n")

    with pytest.raises(RunError, match=complaint):
        load_thresholds(path)


def test_the_shipped_thresholds_name_metrics_that_exist() -> None:
    known = {*answers.METRICS, "recall@10", "nDCG@10"}

    assert all(set(group) <= known for group in load_thresholds().groups.values())


# -- comparison


Scores = dict[str, tuple[float, float]]


def run_of(shares: Sequence[Scores], *, question: str = "When?") -> Run:
    records = tuple(
        record(id=f"q{at}", question=question).model_copy(update={"scores": scores}) for at, scores in enumerate(shares)
    )
    return Run(Path(), RunConfig(started="", target="", questions=(), question_count=0), records, Metrics(figures={}))


def test_the_sign_test_is_exact() -> None:
    assert sign_test(0, 0) == 1.0
    assert sign_test(5, 5) == 1.0
    assert sign_test(10, 0) == pytest.approx(2 / 1024)
    assert sign_test(1, 9) == pytest.approx(2 * 11 / 1024)


def test_a_real_difference_is_told_from_chance() -> None:
    neither: Scores = {"right": (0, 1), "false_refusals": (0, 1)}
    both: Scores = {"right": (1, 1), "false_refusals": (1, 1)}
    low, high = run_of([neither] * 30), run_of([both] * 20 + [neither] * 10)
    mixed = run_of([neither | {"right": (float(at % 15 == 0), 1)} for at in range(30)])

    assert {each.metric: each.outcome for each in compare(low, high).differences} == {
        "right": "better", "false_refusals": "worse",
    }  # fmt: skip
    assert {each.metric: each.outcome for each in compare(low, mixed).differences} == {
        "right": "unclear", "false_refusals": "same",
    }  # fmt: skip


def test_a_comparison_names_the_questions_that_changed() -> None:
    before, after = run_of([{"right": (0, 1)}, {"right": (1, 1)}, {"right": (1, 1)}]), run_of([{"right": (1, 1)}] * 2)

    found = compare(before, after)

    assert [(change.after.question.id, change.better, change.worse) for change in found.changes] == [
        ("q0", ("right",), ())
    ]
    assert found.left_out == ("q2",)


def test_an_abstention_that_one_run_alone_has_counts_in_that_run() -> None:
    before = run_of([{"abstention_precision": (1, 1)}, {"abstention_precision": (0, 1)}])
    after = run_of([{"abstention_precision": (1, 1)}, {}])

    (difference,) = compare(before, after).differences

    assert (difference.before, difference.after) == (0.5, 1.0)


def test_a_question_that_was_edited_between_the_runs_is_left_out() -> None:
    before, after = run_of([{"right": (0, 1)}, {"right": (1, 1)}]), run_of([{"right": (1, 1)}, {"right": (0, 1)}])
    reworded = after.records[1].model_copy(
        update={"question": after.records[1].question.model_copy(update={"question": "Where?"})}
    )

    found = compare(before, replace(after, records=(after.records[0], reworded)))

    assert found.edited == ("q1",)
    assert [change.after.question.id for change in found.changes] == ["q0"]


def test_runs_of_different_questions_are_not_compared() -> None:
    with pytest.raises(RunError, match="share no question"):
        compare(run_of([]), run_of([{}]))
    with pytest.raises(RunError, match="share no question"):
        compare(run_of([{}]), run_of([{}], question="Where?"))


# -- agreement


@pytest.mark.parametrize(
    ("table", "kappa"),
    [
        ((20, 5, 10, 15), 0.4),
        ((10, 0, 0, 10), 1.0),
        ((0, 10, 10, 0), -1.0),
        ((10, 0, 0, 0), 1.0),
        ((10, 10, 0, 0), 0.0),
        ((0, 0, 0, 0), 0.0),
    ],
)
def test_kappa_is_agreement_beyond_chance(table: tuple[float, float, float, float], kappa: float) -> None:
    assert cohen_kappa(*table) == pytest.approx(kappa)


@pytest.fixture
def claims() -> list[Claim]:
    return [Claim((f"q{at}", 0), "When?", text, "It began.", at != 1) for at, text in enumerate(("=1+1", "b", "c"))]


def test_labels_come_back_from_a_spreadsheet(claims: list[Claim], tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    write_csv(claims, path)
    rows = path.read_text().splitlines()
    assert "'=1+1" in rows[1]
    path.write_text("\n".join([rows[0], f"{rows[1]}yes", f"{rows[2]}No", f"{rows[3]}"]))

    labels = read_csv(path)

    assert labels == {("q0", 0): True, ("q1", 0): False}
    assert agreement(claims, labels).kappa.value == 1.0


def test_labels_that_differ_are_named(claims: list[Claim]) -> None:
    found = agreement(claims, {("q0", 0): True, ("q1", 0): True, ("q2", 0): True})

    assert found.share.value == pytest.approx(2 / 3)
    assert found.differing == (("q1", 0),)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("question_id,statement,supported\nq,0,perhaps\n", "yes or no, not 'perhaps'"),
        ("a,b\n1,2\n", "needs the columns"),
    ],
)
def test_a_label_file_that_cannot_be_used_is_refused(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(content)

    with pytest.raises(RunError, match=complaint):
        read_csv(path)


def test_no_label_is_no_agreement(claims: list[Claim]) -> None:
    with pytest.raises(RunError, match="has a label"):
        agreement(claims, {})
