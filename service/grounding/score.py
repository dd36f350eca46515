"""Learned scores: how probable it is that sentences support a statement, and that a sentence answers a question.

The rows of `features` go through gradient-boosted trees and a linear model, whose log-odds are added and calibrated.
Nothing heavier than NumPy runs here besides the embedder that is passed in. The files in `model/` are written by
`python -m eval.grounding.train`; what they were trained on and what they achieve says `model/README.md`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from corpus.embed import Embedder
from corpus.split import sentence_spans
from service.grounding.features import ANSWER_FEATURES, SUPPORT_FEATURES, answer_rows, select, support_row
from service.grounding.lexicon import Lexicon, Matrix

MODEL = Path(__file__).parent / "model"
"""The shipped model files."""

LONGEST = 1_500
"""Characters of a sentence that are read as one; what is longer is cut at a blank, so that no input is slow."""

_REMEMBERED = 4_096

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Trees:
    """Gradient-boosted trees as arrays of shape (trees, nodes); `feature` is -1 in a leaf, whose `value` counts."""

    feature: npt.NDArray[np.int16]
    threshold: Array
    left: npt.NDArray[np.int16]
    right: npt.NDArray[np.int16]
    value: Array
    baseline: float

    def log_odds(self, rows: Array) -> Array:
        """The sum of the trees' values for each row."""
        trees = np.arange(len(self.feature))
        node = np.zeros((len(rows), len(trees)), dtype=np.int64)
        each = np.arange(len(rows))[:, None]
        while True:
            feature = self.feature[trees, node]
            inner = feature >= 0
            if not inner.any():
                return np.asarray(self.value[trees, node].sum(axis=1) + self.baseline, dtype=np.float64)
            goes_left = rows[each, np.maximum(feature, 0)] <= self.threshold[trees, node]
            following = np.where(goes_left, self.left[trees, node], self.right[trees, node])
            node = np.where(inner, following, node)


@dataclass(frozen=True)
class Model:
    """Trees and a linear model over the same rows, joined by logistic regression on their log-odds (Platt 1999)."""

    trees: Trees
    coefficients: Array
    intercept: float
    blend: tuple[float, float, float]
    """Weights of the trees' and of the linear log-odds, and the constant."""

    def probability(self, rows: Array) -> Array:
        """Calibrated probability of each row."""
        by_trees, linear = self.parts(rows)
        a, b, c = self.blend
        return np.asarray(1.0 / (1.0 + np.exp(-(a * by_trees + b * linear + c))), dtype=np.float64)

    def parts(self, rows: Array) -> tuple[Array, Array]:
        """Log-odds by the trees and by the linear model, before they are joined."""
        return self.trees.log_odds(rows), rows @ self.coefficients + self.intercept

    @classmethod
    def load(cls, path: Path, features: Sequence[tuple[str, int]]) -> Model:
        """Read what `save` wrote.

        Raises:
            ValueError: the file was written for other features.
            OSError, KeyError: the file is missing or damaged.
        """
        with np.load(path, allow_pickle=False) as file:
            names = str(file["features"]).split("\n")
            if names != [name for name, _ in features]:
                raise ValueError(
                    f"{path} was trained on other features; run `python -m eval.grounding.train` to make it again."
                )
            trees = Trees(
                file["feature"], file["threshold"].astype(np.float64), file["left"], file["right"],
                file["value"].astype(np.float64), float(file["baseline"]),
            )  # fmt: skip
            a, b, c = (float(weight) for weight in file["blend"])
            return cls(trees, file["coefficients"].astype(np.float64), float(file["intercept"]), (a, b, c))

    def save(self, path: Path, features: Sequence[tuple[str, int]]) -> None:
        """Write the model with the names of its features."""
        trees = self.trees
        np.savez_compressed(
            path,
            features=np.array("\n".join(name for name, _ in features)),
            feature=trees.feature,
            threshold=trees.threshold.astype(np.float32),
            left=trees.left,
            right=trees.right,
            value=trees.value.astype(np.float32),
            baseline=np.array(trees.baseline),
            coefficients=self.coefficients,
            intercept=np.array(self.intercept),
            blend=np.array(self.blend),
        )


class _Vectors:
    """The embedder with a memory, since the same source sentences stand beside many statements."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, Matrix] = {}

    def embed(self, texts: Sequence[str]) -> Matrix:
        unknown = [text for text in dict.fromkeys(texts) if text not in self._known]
        if unknown:
            if len(self._known) + len(unknown) > _REMEMBERED:
                self._known = {text: self._known[text] for text in texts if text in self._known}
            self._known.update(zip(unknown, self._embedder.embed(unknown), strict=True))
        return np.stack([self._known[text] for text in texts])


class _Learned:
    """What both scores share: the words, the vectors, and texts made fit to be read."""

    def __init__(self, embedder: Embedder, folder: Path = MODEL) -> None:
        """Score with vectors of `embedder` and the model files in `folder`.

        The model was trained on vectors of `corpus.embed.DEFAULT_MODEL`; with others its scores are not calibrated.

        Raises:
            OSError, KeyError, ValueError: a model file is missing, damaged or of another version.
        """
        self._folder = folder
        self._lexicon = Lexicon.load(folder / "lexicon.npz")
        self._vectors = _Vectors(embedder)

    @cached_property
    def thresholds(self) -> Mapping[str, float]:
        """Named operating points; `model/README.md` says what each catches and keeps."""
        facts: dict[str, Any] = json.loads((self._folder / "thresholds.json").read_text(encoding="utf-8"))
        return {name: float(value) for name, value in facts.items()}


class LearnedScore(_Learned):
    """Does a source support a statement, judged by what both have in common and what either has alone?"""

    @cached_property
    def model(self) -> Model:
        """The shipped weights."""
        return Model.load(self._folder / "support.npz", SUPPORT_FEATURES)

    def support(self, pairs: Sequence[tuple[str, Sequence[str]]]) -> list[float]:
        """Calibrated probability that the sentences support the statement, for each pair of both.

        A statement of several sentences is as well supported as the least of them. Without words in the statement or
        without sentences the support is 0.
        """
        if not pairs:
            return []
        rows: list[list[float]] = []
        owners: list[int] = []
        for index, (statement, sentences) in enumerate(pairs):
            for row in self.rows(statement, sentences):
                rows.append(row)
                owners.append(index)
        read = frozenset(owners)
        found = [1.0 if index in read else 0.0 for index in range(len(pairs))]
        if rows:
            for owner, value in zip(owners, self.model.probability(np.array(rows)), strict=True):
                found[owner] = min(found[owner], float(value))
        return found

    def rows(self, statement: str, sentences: Sequence[str]) -> list[list[float]]:
        """The features of each sentence of the statement beside the source."""
        texts = readable(sentences)
        parts = [part for part in readable(_cut(statement)) if self._lexicon.read(part).words]
        if not texts or not parts:
            return []
        source = [self._lexicon.read(text) for text in texts]
        vectors = self._vectors.embed(parts)
        found = []
        for part, vector in zip(parts, vectors, strict=True):
            read = self._lexicon.read(part)
            found.append(support_row(read, source, select(read, vector, source, texts, self._vectors.embed)))
        return found


class Answerability(_Learned):
    """Does a sentence, read beside the others that were found with it, answer a question?"""

    @cached_property
    def model(self) -> Model:
        """The shipped weights."""
        return Model.load(self._folder / "answers.npz", ANSWER_FEATURES)

    def scores(self, question: str, sentences: Sequence[str]) -> list[float]:
        """Calibrated probability that a sentence answers the question, for each of the sentences.

        The sentences should be those of one source or of one search, since they are compared with each other. A blank
        sentence scores 0, and so do all when the question has no words.
        """
        texts = [sentence.strip()[:LONGEST] for sentence in sentences]
        kept = [index for index, text in enumerate(texts) if self._lexicon.read(text).words]
        found = [0.0] * len(texts)
        rows = self.rows(question, [texts[index] for index in kept])
        if rows:
            for index, value in zip(kept, self.model.probability(np.array(rows)), strict=True):
                found[index] = float(value)
        return found

    def rows(self, question: str, sentences: Sequence[str]) -> list[list[float]]:
        """The features of each sentence; none when there is nothing to compare."""
        asked = self._lexicon.read(question[:LONGEST])
        if not asked.words or not sentences:
            return []
        read = [self._lexicon.read(sentence) for sentence in sentences]
        return answer_rows(asked, self._vectors.embed([question[:LONGEST]])[0], read, sentences, self._vectors.embed)


def readable(sentences: Sequence[str]) -> list[str]:
    """The sentences that are not blank, those longer than `LONGEST` cut at blanks."""
    found = []
    for sentence in sentences:
        rest = sentence.strip()
        while len(rest) > LONGEST:
            cut = rest.rfind(" ", 1, LONGEST)
            cut = cut if cut > 0 else LONGEST
            found.append(rest[:cut])
            rest = rest[cut:].lstrip()
        if rest:
            found.append(rest)
    return found


def _cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]
