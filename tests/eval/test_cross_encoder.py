"""What the cross-encoder learns from, and how its figures are taken."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from eval.grounding.data import Asked, Claim
from eval.grounding.join_cross_encoder import Judged, Part, fit, paired_difference
from eval.grounding.pairs import contrastive_units, question_units, term_vectors, wrong_words


def _marked(wrong: str, right: str) -> list[str]:
    return [wrong[start:end] for start, end in wrong_words(wrong, right)]


def test_the_words_in_which_twins_differ_are_marked() -> None:
    assert _marked("Sales rose by 5.2 percent.", "Sales fell by 5.2 percent.") == ["rose"]
    assert {"Acme", "Brill"} <= {*_marked("Acme bought Brill.", "Brill bought Acme.")}
    assert _marked("The same.", "The same.") == []


def test_a_word_that_was_left_out_marks_its_neighbours() -> None:
    assert _marked("It will hire.", "It will not hire.") == ["will", "hire"]


def test_twins_stand_in_one_unit_and_the_right_one_above(tmp_path: Path) -> None:
    texts = (("Sales rose.", 1, 1), ("Sales fell.", 0, 1), ("It hires.", 1, None))
    claims = [{"claim": text, "label": label, "twin": twin} for text, label, twin in texts]
    path = tmp_path / "train.jsonl"
    path.write_text(json.dumps({"id": "A", "claims": claims}) + "\n", encoding="utf-8")
    read = [
        Claim(f"A/{number}", text, ("Sales rose.",), label, "A", "A", "", "train")
        for number, (text, label, _) in enumerate(texts)
    ]

    twins, alone = contrastive_units(path, read, lambda _, sentences: tuple(sentences))

    assert [pair.text for pair in twins.pairs] == ["Sales rose.", "Sales fell."]
    assert twins.better == ((0, 1),)
    assert [pair.marks for pair in twins.pairs] == [(), ((6, 10),)]
    assert (len(alone.pairs), alone.better) == (1, ())


def test_questions_stand_beside_sentences_of_their_own_and_of_another_source() -> None:
    asked = [
        Asked(
            f"q{n}", f"Who leads firm {n}?", tuple(f"Firm {n} did thing {i}." for i in range(30)), (4,), 1, f"{n}", ""
        )
        for n in range(3)
    ]

    units = question_units(asked, term_vectors, 0)

    for question, unit in zip(asked, units, strict=True):
        assert unit.pairs[0].evidence == (question.sentences[4],)
        assert [pair.label for pair in unit.pairs] == [1, 0, 0, 0]
        assert [pair.evidence[0] in question.sentences for pair in unit.pairs] == [True, True, True, False]


def test_a_score_that_speaks_against_support_is_left_out_of_the_join() -> None:
    draw = np.random.default_rng(0)
    labels = draw.integers(0, 2, 400)
    values = np.stack([labels + draw.normal(size=400), -labels + draw.normal(size=400)], axis=1)

    one, other, _ = fit([Part(values, labels, ["s"] * 400)])

    assert one > 0.5
    assert other == 0.0


def test_the_difference_of_two_judges_is_taken_over_the_same_sources() -> None:
    labels = np.array([0, 1] * 50)
    noise = np.random.default_rng(1).normal(size=100)
    sources = [str(number // 4) for number in range(100)]
    sets = [Judged("a", {"good": labels + noise, "bad": noise, "same": noise}, labels, sources)]

    better = paired_difference(sets, "good", "bad", 200, 0)
    none = paired_difference(sets, "same", "bad", 200, 0)

    assert better["low"] > 0
    assert none == {"value": 0.0, "low": 0.0, "high": 0.0}
