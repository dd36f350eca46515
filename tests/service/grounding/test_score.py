"""The shipped scores: what they tell apart, that every input gets a number, that NumPy repeats the training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.embed import DEFAULT_MODEL, Embedder, load_embedder
from eval.grounding.train import exported
from service.grounding.features import ANSWER_FEATURES, SUPPORT_FEATURES, asked_kind
from service.grounding.lexicon import Lexicon
from service.grounding.score import LONGEST, MODEL, Answerability, LearnedScore, Model, Trees, readable
from tests.corpus.parts import HashedWords

SOURCE = (
    "Honda will invest ¥10 billion in Noetra, a Tokyo company that builds foundation models for robots.",
    "Noetra plans to hire 200 engineers by March 2027, chief executive Aya Sato said.",
    "The ministry has not decided whether it will lend the venture more money.",
    "Its first model fell short of the accuracy that carmakers had asked for.",
)


@pytest.fixture(scope="module")
def embedder(request: pytest.FixtureRequest) -> Embedder:
    return load_embedder(DEFAULT_MODEL, request.config.cache.mkdir("shipped-corpus"))


@pytest.fixture(scope="module")
def score(embedder: Embedder) -> LearnedScore:
    return LearnedScore(embedder)


@pytest.fixture(scope="module")
def answerability(embedder: Embedder) -> Answerability:
    return Answerability(embedder)


def test_the_source_s_own_sentences_are_supported(score: LearnedScore) -> None:
    supports = score.support([(sentence, SOURCE) for sentence in SOURCE])

    assert min(supports) > score.thresholds["support_balanced"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("Noetra wants to hire 200 engineers.", "Noetra wants to hire 900 engineers."),
        ("Honda will invest ¥10 billion in Noetra.", "Toyota will invest ¥10 billion in Noetra."),
        ("Noetra builds foundation models for robots.", "Noetra builds batteries for aircraft in Nagoya."),
        ("Noetra plans to hire engineers by March 2027.", "Noetra plans to hire engineers by August 2027."),
    ],
)
def test_an_error_lowers_the_support(score: LearnedScore, right: str, wrong: str) -> None:
    of_right, of_wrong = score.support([(right, SOURCE), (wrong, SOURCE)])

    assert of_right > of_wrong


def test_a_statement_on_another_topic_is_not_supported(score: LearnedScore) -> None:
    (support,) = score.support([("The restaurant serves lunch until three on weekdays.", SOURCE)])

    assert support < 0.2


def test_several_sentences_are_supported_as_well_as_the_least_of_them(score: LearnedScore) -> None:
    good, bad = "Noetra wants to hire 200 engineers.", "It pays them twice what Toyota pays in Nagoya."

    together, of_good, of_bad = score.support([(f"{good} {bad}", SOURCE), (good, SOURCE), (bad, SOURCE)])

    assert together == pytest.approx(min(of_good, of_bad))


def test_the_order_and_number_of_pairs_change_no_score(score: LearnedScore) -> None:
    pairs = [(sentence, SOURCE) for sentence in (*SOURCE, "Noetra was founded in 2019.")]

    assert score.support(pairs)[::-1] == pytest.approx(score.support(pairs[::-1]))
    assert score.support(pairs[:1]) == pytest.approx(score.support(pairs)[:1])
    assert score.support([]) == []


@pytest.mark.parametrize(
    ("statement", "sentences"),
    [("", SOURCE), (" \n", SOURCE), ("…!?", SOURCE), ("Noetra hires.", ()), ("Noetra hires.", ("", "  ")), ("", ())],
)
def test_nothing_to_compare_is_no_support(score: LearnedScore, statement: str, sentences: Sequence[str]) -> None:
    assert score.support([(statement, sentences)]) == [0.0]


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("ノエトラは技術者を採用する。", "ノエトラは技術者200人を採用する計画だ。"),
        ("Ноэтра нанимает инженеров.", "Ноэтра наймёт 200 инженеров."),
        ("1.2.3 9,,9 % $", "5.5.5.5"),
        ("😀", "😀😀"),
        ("the of and", "the of and"),
        ("a" * 5_000, "b" * 5_000),
    ],
)
def test_any_script_gets_a_probability(
    score: LearnedScore, answerability: Answerability, statement: str, sentence: str
) -> None:
    (support,) = score.support([(statement, (sentence,))])
    (answer,) = answerability.scores(statement, (sentence,))

    assert 0.0 <= support <= 1.0
    assert 0.0 <= answer <= 1.0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(statement=st.text(max_size=80), sentences=st.lists(st.text(max_size=80), max_size=5))
def test_every_input_gets_a_probability(statement: str, sentences: list[str]) -> None:
    words = HashedWords(dimensions=384)

    (support,) = LearnedScore(words).support([(statement, sentences)])
    answers = Answerability(words).scores(statement, sentences)

    assert 0.0 <= support <= 1.0
    assert len(answers) == len(sentences)
    assert all(0.0 <= answer <= 1.0 for answer in answers)


def test_a_passage_of_a_megabyte_is_read_in_pieces(score: LearnedScore) -> None:
    passage = "robot arm sensor fusion " * 40_000 + "Noetra plans to hire 200 engineers by March 2027."

    pieces = readable([passage])
    (support,) = score.support([("Noetra plans to hire 200 engineers by March 2027.", [passage])])

    assert max(map(len, pieces)) <= LONGEST
    assert " ".join(pieces) == " ".join(passage.split(" "))
    assert 0.0 <= support <= 1.0


def test_the_answering_sentence_comes_first(answerability: Answerability) -> None:
    for question, answer in (
        ("how many engineers does noetra want to hire", 1),
        ("how much will Honda put into Noetra?", 0),
        ("was the accuracy of its first model good enough for carmakers?", 3),
    ):
        scores = answerability.scores(question, SOURCE)

        assert scores.index(max(scores)) == answer, question


def test_a_question_about_something_else_scores_low(answerability: Answerability) -> None:
    asked = max(answerability.scores("how many engineers does noetra want to hire", SOURCE))
    other = max(answerability.scores("what does the canteen cost?", SOURCE))

    assert other < answerability.thresholds["answers_balanced"] < asked


def test_blank_sentences_and_questions_answer_nothing(answerability: Answerability) -> None:
    assert answerability.scores("who leads it?", ["", SOURCE[1]])[0] == 0.0
    assert answerability.scores("?", SOURCE) == [0.0] * 4
    assert answerability.scores("who?", []) == []


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("how much did they pay", "money"),
        ("How many robots are there?", "amount"),
        ("how long is the interview", "duration"),
        ("so when does it start", "when"),
        ("who runs noetra", "who"),
        ("is it listed?", "yes_no"),
        ("tell me", "other"),
    ],
)
def test_the_kind_of_answer_is_read_from_the_question_word(question: str, kind: str) -> None:
    assert asked_kind(Lexicon.load(MODEL / "lexicon.npz").read(question)) == kind


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("¥1 trillion, 1,000 billion yen", [1e12, 1e12]),
        ("$6.7bn or 6.7 billion", [6.7e9, 6.7e9]),
        ("forty-two robots", [42]),
        ("in 2026 some 5,200 left", [5200]),
        ("twelve of 30", [12, 30]),
        ("1.2.3", []),
    ],
)
def test_figures_are_read_in_digits_and_words(text: str, values: list[float]) -> None:
    assert [value for value, _ in Lexicon.load(MODEL / "lexicon.npz").read(text).figures] == values


def test_the_arrays_give_what_the_trained_trees_give() -> None:
    ensemble = pytest.importorskip("sklearn.ensemble", reason="the extra bench is not installed")
    random = np.random.default_rng(0)
    rows = random.normal(size=(400, 5))
    labels = (rows[:, 0] + rows[:, 1] * rows[:, 2] > 0).astype(int)
    boosted = ensemble.HistGradientBoostingClassifier(max_iter=20, random_state=0).fit(rows, labels)

    assert exported(boosted).log_odds(rows) == pytest.approx(boosted.decision_function(rows))


def test_a_model_is_read_as_it_was_written(tmp_path: Path) -> None:
    features = (("one", 1), ("two", 0))
    trees = Trees(
        np.array([[0, -1, -1]], dtype=np.int16), np.array([[0.5, 0, 0]]), np.array([[1, 0, 0]], dtype=np.int16),
        np.array([[2, 0, 0]], dtype=np.int16), np.array([[0.0, -1.5, 1.5]]), 0.25,
    )  # fmt: skip
    model = Model(trees, np.array([0.5, -0.5]), 0.125, (1.0, 0.5, -0.25))
    rows = np.array([[0.0, 1.0], [1.0, -1.0]])

    model.save(tmp_path / "m.npz", features)

    assert Model.load(tmp_path / "m.npz", features).probability(rows) == pytest.approx(model.probability(rows))
    assert model.trees.log_odds(rows) == pytest.approx([-1.25, 1.75])


def test_a_model_of_other_features_is_refused(tmp_path: Path) -> None:
    Model.load(MODEL / "answers.npz", ANSWER_FEATURES).save(tmp_path / "m.npz", ANSWER_FEATURES)

    with pytest.raises(ValueError, match="trained on other features; run"):
        Model.load(tmp_path / "m.npz", SUPPORT_FEATURES)


def test_more_overlap_never_lowers_the_trees_value() -> None:
    """What can only speak for support is held to it, whatever the training data suggest."""
    trees = Model.load(MODEL / "support.npz", SUPPORT_FEATURES).trees
    random = np.random.default_rng(0)
    rows = random.uniform(0, 1, size=(50, len(SUPPORT_FEATURES)))

    for column, (name, sign) in enumerate(SUPPORT_FEATURES):
        if sign:
            more = rows.copy()
            more[:, column] += 0.3

            assert (sign * (trees.log_odds(more) - trees.log_odds(rows)) >= -1e-6).all(), name
