"""Retrieval metrics against values worked out by hand, and the measuring of a small corpus."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import ndcg_score

from corpus.entities import load_entities
from corpus.search import Searcher
from corpus.sync import replay
from eval.retrieval import (
    dcg_at_k,
    judged_questions,
    main,
    measure,
    ndcg_at_k,
    recall_at_k,
    reciprocal_rank,
    report,
    systems,
)
from tests.corpus.parts import Built, HashedWords, news, put, stored


def gains(*values: float) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64)


def test_recall_is_the_share_of_the_relevant_within_the_cut_off() -> None:
    returned, relevant = gains(0, 1, 0, 2, 1), gains(2, 1, 1, 1)

    assert recall_at_k(returned, relevant, 3) == 1 / 4
    assert recall_at_k(returned, relevant, 10) == 3 / 4


def test_the_reciprocal_rank_is_that_of_the_first_relevant() -> None:
    assert reciprocal_rank(gains(0, 0, 1, 2)) == 1 / 3
    assert reciprocal_rank(gains(0, 0)) == 0.0
    assert reciprocal_rank(gains()) == 0.0


def test_cumulative_gain_is_discounted_by_the_logarithm_of_the_rank() -> None:
    assert dcg_at_k(gains(2, 0, 1, 2), 3) == pytest.approx(2 / math.log2(2) + 1 / math.log2(4))


def test_the_best_order_has_a_normalised_gain_of_one_and_a_worse_one_less() -> None:
    relevant = gains(1, 2)

    assert ndcg_at_k(gains(2, 1, 0), relevant, 10) == 1.0
    worse = (1 + 2 / math.log2(3)) / (2 + 1 / math.log2(3))
    assert ndcg_at_k(gains(1, 2, 0), relevant, 10) == pytest.approx(worse)


def test_without_anything_to_find_recall_and_normalised_gain_are_undefined() -> None:
    assert math.isnan(recall_at_k(gains(0, 0), gains(), 10))
    assert math.isnan(ndcg_at_k(gains(0, 0), gains(), 10))


@given(st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=1, max_size=30).filter(any), st.integers(1, 30), st.data())
def test_every_metric_lies_between_nothing_and_all(relevant: list[float], k: int, data: st.DataObject) -> None:
    returned = gains(*data.draw(st.permutations(relevant)))

    for value in (recall_at_k(returned, gains(*relevant), k), ndcg_at_k(returned, gains(*relevant), k)):
        assert 0.0 <= value <= 1.0 + 1e-12


def test_normalised_gain_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    for _ in range(50):
        gains_by_rank = random.choice([0.0, 0.0, 0.0, 1.0, 2.0], 24)
        gains_by_rank[random.integers(24)] = 2.0

        expected = ndcg_score([gains_by_rank], [-np.arange(24.0)], k=10)

        assert ndcg_at_k(gains_by_rank, gains_by_rank[gains_by_rank > 0], 10) == pytest.approx(expected)


# Measuring


def question(sentence: str, **others: object) -> dict[str, object]:
    row: dict[str, object] = {
        "id": "fact-1",
        "type": "fact",
        "question": "what does Waymo drive?",
        "history": [],
        "as_of": None,
        "gold": [{"doc": "waymo.md", "sentence": sentence, "grade": "vital"}],
    }
    return row | others


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    """A store of two briefs with both its indexes."""
    parts = Built.at(tmp_path / "data")
    for slug, text in (("waymo", "Waymo drives taxis. It hires."), ("honda", "Honda builds cars.")):
        put(parts.store, stored(news(slug, text), HashedWords(), "Waymo", "Honda"))
    replay(parts.store, parts.dense, "dense")
    replay(parts.store, parts.lexical, "lexical")
    yield parts
    parts.close()


def test_questions_with_a_vital_gold_sentence_are_measured_on_every_system(built: Built) -> None:
    okay = [{"doc": "waymo.md", "sentence": "It hires.", "grade": "okay"}]
    rows = [question("Waymo drives taxis."), question("", gold=[]), question("", gold=okay)]
    searcher = Searcher(built.store, built.dense, built.lexical, HashedWords())

    questions = judged_questions(rows, built.store, load_entities())
    measured = {system.name: measure(searcher, system, questions) for system in systems()}

    assert len(questions) == 1
    assert all(values["recall@10"].tolist() == [1.0] for values in measured.values())
    heading = report(questions, measured).splitlines()[0]
    assert heading.split() == ["recall@10", "n", "dense", "lexical", "fused", "fused+priors", "company", "filter"]


def test_a_gold_sentence_that_no_document_holds_is_refused_by_name(built: Built) -> None:
    with pytest.raises(ValueError, match=r"Question fact-1: waymo\.md does not hold 'Waymo flies\.'"):
        judged_questions([question("Waymo flies.")], built.store, load_entities())


def test_a_missing_question_file_ends_the_command_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--questions", str(tmp_path / "none.jsonl")]) == 2

    assert "cannot read" in capsys.readouterr().err
