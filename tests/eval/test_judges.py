"""Metrics of judges against scikit-learn and values worked out by hand, and a table of small sets."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.embeddings import RememberingEmbedder
from eval.grounding.data import Claim, contrastive
from eval.grounding.metrics import (
    Array,
    balanced_accuracy,
    bootstrap,
    calibration_error,
    f1_unsupported,
    reliability,
    roc_auc,
    threshold_for,
)
from eval.grounding.variations import exchanged, joined, variations
from eval.judges import Always, Item, Judge, LabelledSet, Overlap, Row, diagram, judged, labelled_sets, page
from tests.corpus.parts import HashedWords

SCORES = np.array([0.9, 0.8, 0.8, 0.4, 0.3, 0.1])
LABELS = np.array([1, 1, 0, 1, 0, 0])


def test_auc_is_the_share_of_pairs_in_the_right_order_with_ties_counting_half() -> None:
    assert roc_auc(SCORES, LABELS) == pytest.approx((3 + 2.5 + 2) / 9)


def test_balanced_accuracy_is_the_mean_of_both_classes() -> None:
    assert balanced_accuracy(SCORES, LABELS, 0.5) == pytest.approx((2 / 3 + 2 / 3) / 2)
    assert balanced_accuracy(SCORES, LABELS, 0.8) == pytest.approx((2 / 3 + 2 / 3) / 2)


def test_f1_is_of_the_unsupported() -> None:
    # Below .5: one supported, two unsupported of three.
    assert f1_unsupported(SCORES, LABELS, 0.5) == pytest.approx(2 * (2 / 3) * (2 / 3) / (4 / 3))


def test_calibration_error_is_the_weighted_gap_of_the_bins() -> None:
    scores, labels = np.array([0.95, 0.95, 0.15, 0.15]), np.array([1, 0, 0, 0])

    assert calibration_error(scores, labels) == pytest.approx(0.5 * (0.95 - 0.5) + 0.5 * 0.15)
    assert reliability(scores, labels) == [pytest.approx((0.15, 0.0, 2)), pytest.approx((0.95, 0.5, 2))]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.35, 0.5, 0.9, 1.0]), st.integers(0, 1)), min_size=2, max_size=40),
    st.sampled_from([0.1, 0.35, 0.6]),
)
def test_metrics_agree_with_scikit_learn(rows: list[tuple[float, int]], threshold: float) -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="the extra bench is not installed")
    scores, labels = np.array([score for score, _ in rows]), np.array([label for _, label in rows])
    if len(set(labels.tolist())) < 2:
        return
    called = (scores >= threshold).astype(int)

    assert roc_auc(scores, labels) == pytest.approx(metrics.roc_auc_score(labels, scores))
    assert balanced_accuracy(scores, labels, threshold) == pytest.approx(
        metrics.balanced_accuracy_score(labels, called)
    )
    assert f1_unsupported(scores, labels, threshold) == pytest.approx(
        metrics.f1_score(labels, called, pos_label=0, zero_division=0)
    )


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1), st.integers(0, 3)), min_size=1, max_size=30))
def test_a_weight_counts_a_row_that_many_times(rows: list[tuple[float, int, int]]) -> None:
    scores, labels, weights = (np.array(column) for column in zip(*rows, strict=True))
    repeated = np.repeat(scores, weights), np.repeat(labels, weights)

    assert roc_auc(scores, labels, weights) == pytest.approx(roc_auc(*repeated))
    assert balanced_accuracy(scores, labels, 0.4, weights) == pytest.approx(balanced_accuracy(*repeated, 0.4))
    assert f1_unsupported(scores, labels, 0.4, weights) == pytest.approx(f1_unsupported(*repeated, 0.4))
    assert calibration_error(scores, labels, weights) == pytest.approx(calibration_error(*repeated))


@pytest.mark.parametrize("labels", [[1, 1, 1], [0, 0, 0], [1, 0, 1]])
@pytest.mark.parametrize("scores", [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0], [0.2, 0.5, 0.9]])
def test_degenerate_judges_and_sets_give_numbers(scores: list[float], labels: list[int]) -> None:
    values, truth = np.array(scores), np.array(labels)

    def all_metrics(weights: Array | None) -> list[float]:
        return [
            roc_auc(values, truth, weights),
            balanced_accuracy(values, truth, 0.5, weights),
            f1_unsupported(values, truth, 0.5, weights),
            calibration_error(values, truth, weights),
        ]

    threshold = threshold_for([(values, truth)])

    assert np.isfinite([*all_metrics(None), *all_metrics(np.zeros(3)), threshold]).all()


def test_one_threshold_serves_all_sets() -> None:
    one = np.array([0.2, 0.6]), np.array([0, 1])
    other = np.array([0.4, 0.9]), np.array([0, 1])

    threshold = threshold_for([one, other])

    assert 0.4 < threshold < 0.6
    assert balanced_accuracy(*one, threshold) == balanced_accuracy(*other, threshold) == 1.0


def test_the_interval_comes_from_resampled_sources_and_holds_the_value() -> None:
    random = np.random.default_rng(3)
    labels = random.integers(0, 2, 300)
    scores = np.clip(labels * 0.2 + random.uniform(0, 0.8, 300), 0, 1)

    by_row = bootstrap(roc_auc, scores, labels, [str(i) for i in range(300)], draws=200, seed=0)
    in_tens = bootstrap(roc_auc, np.repeat(scores[:30], 10), np.repeat(labels[:30], 10),
                        [str(i // 10) for i in range(300)], draws=200, seed=0)  # fmt: skip

    assert by_row.low < by_row.value < by_row.high
    assert in_tens.high - in_tens.low > 2 * (by_row.high - by_row.low)


def test_the_same_seed_gives_the_same_interval() -> None:
    sources = list("aabbcc")

    first, again = (bootstrap(roc_auc, SCORES, LABELS, sources, draws=50, seed=7) for _ in range(2))

    assert first == again


# --- judging ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Given:
    """Scores an item by the figure that its text is."""

    name: str = "given"

    def scores(self, items: object) -> Array:
        assert isinstance(items, tuple | list)
        return np.array([float(item.text) for item in items])


def item(score: float, label: int, source: str = "s", response: str = "r", name: str = "") -> Item:
    return Item(name or f"{source}{response}{score}", str(score), ("A sentence.",), label, source, response, "x")


def measured(judge: Judge, *sets: LabelledSet) -> list[Row]:
    return judged(judge, judge, sets, draws=20, timed_items=2, seed=0)


def test_the_threshold_comes_from_the_dev_rows_and_not_from_the_test_rows() -> None:
    dev = (item(0.2, 0, name="d0"), item(0.4, 1, name="d1"))
    test = tuple(item(s, y, source=str(s)) for s, y in ((0.25, 0), (0.5, 0), (0.7, 1)))

    (row,) = measured(Given(), LabelledSet("set", "test", test, dev))

    assert row.threshold == pytest.approx(0.3)
    assert row.balanced.value == pytest.approx((1 + 0.5) / 2)
    assert row.best == 1.0
    assert row.auc.value == 1.0


def test_a_response_is_as_good_as_its_worst_sentence() -> None:
    sentences = (
        item(0.9, 1, "a", "r1"), item(0.1, 0, "a", "r1"), item(0.8, 1, "b", "r2"), item(0.7, 1, "b", "r2"),
    )  # fmt: skip

    (row,) = measured(Given(), LabelledSet("x, responses", "test", sentences))

    assert (row.statements, row.sources, row.supported) == (2, 2, 0.5)
    assert row.auc.value == 1.0


def test_calling_everything_supported_is_chance_and_never_nan() -> None:
    items = tuple(item(0.5, label, source=str(label), name=str(label)) for label in (0, 1))

    (row,) = measured(Always(), LabelledSet("set", "test", items, items))

    assert (row.auc.value, row.balanced.value, row.f1.value, row.calibration.value) == (0.5, 0.5, 0.0, 0.5)


def test_overlap_counts_the_words_of_the_statement_that_the_source_has() -> None:
    items = [
        Item("1", "Noetra dismissed engineers", ("Noetra let go of robots.",), 1, "s", "r", ""),
        Item("2", "of the", ("Noetra.",), 0, "s", "r", ""),
    ]

    assert Overlap().scores(items).tolist() == pytest.approx([2 / 3, 0.0])


def write(path: Path, *rows: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


RECORD = {
    "id": "A-1",
    "source": [
        "Noetra raised ¥10 billion from Honda.",
        "It will hire 200 engineers in Nagoya because carmakers asked for more.",
    ],
    "published": "2026-01-01",
    "publisher": "P",
    "claims": [
        {"claim": "Honda put money into Noetra.", "label": 1, "kind": "paraphrase", "twin": 1, "note": None},
        {"claim": "Noetra put money into Honda.", "label": 0, "kind": "role_swap", "twin": 1, "note": "x"},
    ],
    "questions": [
        {"question": "who funded noetra", "answers": [0], "kind": "direct", "note": None},
        {"question": "who leads noetra", "answers": [], "kind": "absent", "note": None},
    ],
}
HUMAN = {
    "source": "Noetra hired 200 engineers. Honda paid.", "task": "qa", "group": "g", "set": "ragtruth_qa_sentences",
}  # fmt: skip


def test_sets_are_read_and_missing_ones_are_named(tmp_path: Path) -> None:
    write(tmp_path / "contrastive" / "dev.jsonl", RECORD)
    write(
        tmp_path / "grounding" / "ragtruth_qa_sentences.jsonl",
        {**HUMAN, "id": "1", "claim": "Noetra hired.", "label": 1, "split": "test"},
        {**HUMAN, "id": "2", "claim": "Honda left.", "label": 0, "split": "test"},
    )

    claims, questions, missing = labelled_sets(tmp_path)

    assert [each.name for each in claims] == [
        "contrastive",
        "our claims",
        "our models' sentences",
        "ragtruth_qa_sentences",
        "ragtruth_qa_sentences, responses",
    ]
    assert [each.label for each in questions[0].items] == [1, 0]
    assert claims[3].items[0].sentences == ("Noetra hired 200 engineers.", "Honda paid.")
    assert "planted (planted/dev.jsonl)" in missing
    assert "wice (grounding/wice.jsonl)" in missing


def test_an_unknown_name_is_said_to_be_unknown(tmp_path: Path) -> None:
    _, _, missing = labelled_sets(tmp_path, only=["nope"])

    assert len(missing) == 1
    assert missing[0].startswith("nope (no set of that name; there are begin_tc, ")


def test_the_page_stands_alone_and_its_diagrams_are_well_formed() -> None:
    items = tuple(item(s, y, source=str(s)) for s, y in ((0.25, 0), (0.5, 0), (0.7, 1)))
    rows = measured(Given("<given>"), LabelledSet("a & b", "dev", items, items))

    text = page(rows, {"hedge dropped, caught": 0.975}, ["note <1>"])

    assert "&lt;given&gt;" in text
    assert "a &amp; b (dev), 3 of 3" in text
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert len(Xml.fromstring(diagram(rows)).findall(".//{*}circle")) == 3


# --- data and vectors ------------------------------------------------------------------------------------------------


def test_vectors_are_remembered_between_runs(tmp_path: Path) -> None:
    words = HashedWords()
    first = RememberingEmbedder(words, tmp_path).embed(["one robot", "two robots", "one robot"])

    again = RememberingEmbedder(words, tmp_path).embed(["two robots", "one robot"])

    assert words.embedded == ["one robot", "two robots"]
    assert again.tolist() == first[[1, 0]].tolist()
    assert RememberingEmbedder(words, tmp_path).embed([]).shape == (0, 48)


def claims_of(tmp_path: Path, edit: Callable[[str], str]) -> list[Claim]:
    write(tmp_path / "a.jsonl", RECORD, json.loads(edit(json.dumps(RECORD)).replace("A-1", "A-2")))
    return contrastive(tmp_path / "a.jsonl")


def test_variations_stay_with_their_source_and_repeat_with_the_seed(tmp_path: Path) -> None:
    claims = claims_of(tmp_path, lambda text: text.replace("Noetra", "Velmar").replace("200", "300"))

    varied = variations(claims, HashedWords().embed, seed=1)

    assert {claim.source for claim in varied} == {"A-1", "A-2"}
    assert {claim.kind for claim in varied if claim.label} == {"joined", "verbatim", "shortened"}
    assert all(claim.text in claim.sentences for claim in varied if claim.kind == "verbatim")
    assert not any(claim.label for claim in varied if claim.kind in ("stranger", "exchanged", "joined_wrong"))
    assert varied == variations(claims, HashedWords().embed, seed=1)


def test_exchanging_takes_a_figure_or_name_of_the_same_source() -> None:
    import random

    changed = exchanged("It hired 20 people.", "It hired 20 of 50 people in 2026.", random.Random(0))

    assert changed == "It hired 50 people."
    assert exchanged("It hired people.", "It hired 20.", random.Random(0)) is None
    assert joined("Honda paid.", "The firm grew.") == "Honda paid, and the firm grew."
    assert joined("Honda paid.", "Noetra grew.") == "Honda paid, and Noetra grew."
