"""The cross-encoder at run time: choice of evidence, every input gets a number, no neighbour changes a score.

The network here is a small one with random weights, exported as the real one is: what is tested is that its files are
run as they were trained. What the trained network achieves, its card says.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from eval.grounding.join_cross_encoder import export
from eval.grounding.network import Network
from eval.grounding.pairs import Pair
from eval.grounding.train_cross_encoder import LowerStates, outputs_on
from service.grounding.cross_encoder import CrossEncoder, CrossEncoderAnswers, CrossEncoderScore, evidence, tokens
from service.grounding.lexicon import Lexicon
from service.grounding.score import MODEL

SOURCE = (
    "Honda will invest ¥10 billion in Noetra, a Tokyo company that builds foundation models for robots.",
    "Noetra plans to hire 200 engineers by March 2027, chief executive Aya Sato said.",
    "The ministry has not decided whether it will lend the venture more money.",
)
STRANGE = (
    "東京の会社がロボットを作る。",
    "Компания наняла инженеров.",
    "🤖🤖",
    "a\x00b",
    "\ud800",
    "Ａｃｍｅ ｈｉｒｅｄ ２００",
)


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(3)
    small = BertConfig(hidden_size=48, num_hidden_layers=4, num_attention_heads=4, intermediate_size=96)
    made = Network(BertModel(small, add_pooling_layer=False))
    made.eval()
    return made


@pytest.fixture(scope="module")
def folder(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("cross-encoder")
    export(network, made / "cross_encoder.onnx")
    weights = {"support": [1.0, 0.5, 0.0], "answers": [1.0, 0.0]}
    (made / "cross_encoder.json").write_text(json.dumps(weights), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.load(MODEL / "lexicon.npz")


@pytest.fixture(scope="module")
def score(folder: Path, lexicon: Lexicon) -> CrossEncoderScore:
    return CrossEncoderScore(lexicon, CrossEncoder(folder))


def test_the_exported_network_says_what_the_trained_one_says(network: Network, folder: Path) -> None:
    pairs = [Pair("Noetra hires.", (SOURCE[1],), 1), Pair("Honda will invest in Noetra.", SOURCE[:2], 1)]
    trained = outputs_on(network, LowerStates(network), pairs)
    run = [CrossEncoder(folder).read(pair.text, pair.evidence) for pair in pairs]

    # Int8 rounds; a wrong input (positions, segments, order) moves these random scores much further.
    assert np.allclose([[r.support, r.wrong, r.answers] for r in run], trained, atol=0.05)


def test_the_lower_layers_read_each_text_by_itself(network: Network) -> None:
    ids = torch.tensor([[101, 2028, 102, 101, 2048, 102]])
    other = torch.tensor([[101, 2028, 102, 101, 3000, 102]])
    positions, segments = torch.tensor([[0, 1, 2, 0, 1, 2]]), torch.tensor([[0, 0, 0, 1, 1, 1]])
    with torch.no_grad():
        one, two = network.alone(ids, positions, segments), network.alone(other, positions, segments)
        read = network.together(one, ids, segments)[0], network.together(two, other, segments)[0]

    assert torch.equal(one[:, :3], two[:, :3])
    assert not torch.equal(*read)


def test_support_is_a_probability_and_depends_on_no_other_pair(score: CrossEncoderScore) -> None:
    pairs = [(sentence, SOURCE) for sentence in SOURCE]
    together = score.support(pairs)

    assert all(0.0 < value < 1.0 for value in together)
    assert together == [score.support([pair])[0] for pair in pairs]


def test_nothing_to_compare_is_not_supported(score: CrossEncoderScore) -> None:
    assert score.support([]) == []
    assert (
        score.support([("", SOURCE), ("...", SOURCE), ("Noetra hires.", ()), ("Noetra hires.", ("", " "))]) == [0.0] * 4
    )


def test_a_statement_is_as_well_supported_as_its_least_sentence(score: CrossEncoderScore) -> None:
    one, other = "Noetra plans to hire 200 engineers.", "Honda will invest ¥10 billion in Noetra."

    both = score.support([(f"{one} {other}", SOURCE)])[0]

    assert both == pytest.approx(min(score.support([(one, SOURCE), (other, SOURCE)])))


@pytest.mark.parametrize("text", [*STRANGE, "word " * 5_000, "x" * 200_000])
def test_every_text_gets_a_number(score: CrossEncoderScore, folder: Path, text: str) -> None:
    values = score.support([(text, SOURCE), (SOURCE[0], (text,))])
    answers = CrossEncoderAnswers(CrossEncoder(folder)).scores(text, [text, "", *SOURCE])

    assert all(0.0 <= value <= 1.0 for value in (*values, *answers))
    assert answers[1] == 0.0


def test_evidence_is_the_sentence_with_the_words_and_a_second_that_adds_to_it(lexicon: Lexicon) -> None:
    alone = evidence(lexicon, "Noetra plans to hire engineers.", SOURCE)
    both = evidence(lexicon, "Honda will invest ¥10 billion in a company that plans to hire 200 engineers.", SOURCE)

    assert alone == [("Noetra plans to hire engineers.", SOURCE[1:2])]
    assert both[0][1] == SOURCE[:2]


def test_a_long_text_is_cut_and_keeps_its_end_mark() -> None:
    ids, offsets = tokens("one two three four five six seven", 5)

    assert (len(ids), len(offsets)) == (5, 5)
    assert (ids[0], ids[-1]) == (101, 102)


def test_no_pytorch_is_loaded_to_score(folder: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from service.grounding.cross_encoder import CrossEncoder, CrossEncoderScore
from service.grounding.lexicon import Lexicon
from service.grounding.score import MODEL
score = CrossEncoderScore(Lexicon.load(MODEL / "lexicon.npz"), CrossEncoder(Path({str(folder)!r})))
score.support([("Noetra hires engineers.", ["Noetra plans to hire 200 engineers."])])
print(*sorted({{"torch", "transformers", "sklearn"}} & set(sys.modules)))
"""
    found: Any = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == ""
