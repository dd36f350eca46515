"""What the cross-encoder is trained on: statements and questions beside one or two sentences, in units of what belongs
together.

A unit holds a claim and its twin, or a question with sentences that do and do not answer it, so that the network can
learn which of two is better. Words in which a wrong claim differs from its right twin are marked. Comes before
`eval.grounding.train_cross_encoder`; evidence is chosen as the product chooses it (`LearnedScore.readings`).
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from corpus.entities import load_entities
from eval.grounding.data import Asked, Claim, sentences_of
from eval.grounding.mutations import EXACT, FINE, HONEST, Mutate, cases, originals
from eval.jsonl import rows
from service.answering.terms import content_terms

Head = Literal["support", "answers"]
Vectors = npt.NDArray[np.float32]
Evidence = Callable[[str, Sequence[str]], tuple[str, ...] | None]
"""Statement and source sentences → the one or two that bear on it; None for a statement of several sentences."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A text beside its evidence. `marks` are [start, end) of the wrong words of the text; None where not known."""

    text: str
    evidence: tuple[str, ...]
    label: int
    head: Head = "support"
    marks: tuple[tuple[int, int], ...] | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """Pairs that are learned from in one step; each of `better` names a pair that must score above another."""

    pairs: tuple[Pair, ...]
    better: tuple[tuple[int, int], ...] = ()


_WORD = re.compile(r"\w+(?:[.,'’-]\w+)*|[^\w\s]")


def wrong_words(wrong: str, right: str) -> tuple[tuple[int, int], ...]:
    """[start, end) of the words of `wrong` that `right` has not in their place.

    Where a word was only left out, its neighbours on both sides are given: the gap has no word of its own.
    """
    mine, theirs = list(_WORD.finditer(wrong)), [match[0].casefold() for match in _WORD.finditer(right)]
    matcher = SequenceMatcher(None, [match[0].casefold() for match in mine], theirs, autojunk=False)
    marked: set[int] = set()
    for operation, low, high, _, _ in matcher.get_opcodes():
        if operation in {"delete", "replace"}:
            marked.update(range(low, high))
        elif operation == "insert":
            marked.update(index for index in (low - 1, low) if 0 <= index < len(mine))
    return tuple(mine[index].span() for index in sorted(marked))


def contrastive_units(path: Path, claims: Sequence[Claim], evidence: Evidence) -> list[Unit]:
    """The hand-written claims of the file `path`, a claim together with its twin."""
    twins = {
        f"{row['id']}/{number}": claim["twin"]
        for row in rows(path)
        for number, claim in enumerate(row["claims"])
    }  # fmt: skip
    together: dict[str, list[tuple[Claim, Pair]]] = {}
    for claim in claims:
        chosen = evidence(claim.text, claim.sentences)
        if chosen is not None:
            twin = twins[claim.id]
            key = claim.id if twin is None else f"{claim.source} {twin}"
            marks: tuple[tuple[int, int], ...] | None = () if claim.label else None
            together.setdefault(key, []).append((claim, Pair(claim.text, chosen, claim.label, "support", marks)))
    units = []
    for members in together.values():
        pairs = [pair for _, pair in members]
        right = [index for index, pair in enumerate(pairs) if pair.label]
        wrong = [index for index, pair in enumerate(pairs) if not pair.label]
        for index in wrong:
            if right:
                pairs[index] = replace(pairs[index], marks=wrong_words(pairs[index].text, pairs[right[0]].text))
        units.append(Unit(tuple(pairs), tuple((one, other) for one in right for other in wrong)))
    return units


def claim_units(claims: Iterable[Claim], evidence: Evidence) -> list[Unit]:
    """One unit a claim; the words of the wrong ones are not marked."""
    units = []
    for claim in claims:
        chosen = evidence(claim.text, claim.sentences)
        if chosen is not None:
            units.append(Unit((Pair(claim.text, chosen, claim.label, "support", () if claim.label else None),)))
    return units


def mutated_units(corpus: Path, kept_out: frozenset[str], evidence: Evidence, most: int, seed: int) -> list[Unit]:
    """Sentences of the shipped briefs with one planted error, and honest rewritings of others.

    Args:
        corpus: the folder of the briefs.
        kept_out: file names of briefs that evaluation sets are about; every second other brief is kept out too (by
            hash of its address in the text), so that mutations of those remain held out.
        evidence: chooses the evidence.
        most: cases of each kind.
        seed: of the mutations.
    """
    entities = load_entities(corpus / "entities.yaml")
    unread = {path.read_text(encoding="utf-8") for name in kept_out for path in corpus.rglob(name)}
    sentences = [
        original
        for original in originals(corpus, entities)
        if _in_training(original.passages) and not any(original.passages[0][:80] in text for text in unread)
    ]
    honest: frozenset[Mutate] = frozenset(HONEST)
    units = []
    for mutate in (*EXACT, *FINE, *HONEST):
        for case in cases(mutate, sentences, entities, seed, most):
            chosen = evidence(case.text, [s for passage in case.original.passages for s in sentences_of(passage)])
            if chosen is not None:
                label = int(mutate in honest)
                marks = () if label else wrong_words(case.text, case.original.text)
                units.append(Unit((Pair(case.text, chosen, label, "support", marks),)))
    return units


def term_vectors(texts: Sequence[str]) -> Vectors:
    """L2-normalised bags of content terms, hashed to 4,096 places: which texts are about the same, without a model."""
    found = np.zeros((len(texts), 4_096), dtype=np.float32)
    for row, text in enumerate(texts):
        for term in set(content_terms(text)):
            found[row, int.from_bytes(hashlib.sha256(term.encode()).digest()[:4], "big") % 4_096] = 1.0
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)


def _in_training(passages: Sequence[str]) -> bool:
    return hashlib.sha256(passages[0].encode()).digest()[0] % 2 == 0


def question_units(questions: Sequence[Asked], embed: Callable[[Sequence[str]], Vectors], seed: int) -> list[Unit]:
    """Questions beside sentences: one that answers, the two nearest of the same source that do not, and one of another
    source, which is chosen near to the question for every second one.
    """
    draw = random.Random(seed)
    sentences = list(dict.fromkeys(sentence for question in questions for sentence in question.sentences))
    place = {sentence: index for index, sentence in enumerate(sentences)}
    matrix = embed(sentences)
    units = []
    for question, vector in zip(questions, embed([question.text for question in questions]), strict=True):
        cosines = matrix @ vector
        own = {place[sentence] for sentence in question.sentences}
        wrong = [
            sentence
            for index, sentence in sorted(
                enumerate(question.sentences), key=lambda item: -float(cosines[place[item[1]]])
            )
            if index not in question.answers
        ][:2]
        near = [int(index) for index in np.argpartition(-cosines, 40)[:40] if int(index) not in own]
        other = (
            draw.choice(near)
            if draw.random() < 0.5
            else draw.choice([i for i in range(len(sentences)) if i not in own])
        )
        right = [question.sentences[draw.choice(question.answers)]] if question.answers else []
        texts = [*right, *wrong, sentences[other]]
        pairs = [Pair(question.text, (text,), int(index < len(right)), "answers") for index, text in enumerate(texts)]
        units.append(Unit(tuple(pairs), tuple((0, index) for index in range(1, len(texts))) if right else ()))
    return units
