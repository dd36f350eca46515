"""More claims out of the hand-written ones: joined, verbatim, put beside another source, with one word exchanged.

The hand-written pairs are always on the topic of their source and mostly one sentence's worth, so a model trained on
them alone forgets what an answer to something else looks like. Automatic errors are easy, which is why they only
accompany the hand-written ones and no figure is reported on them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from eval.grounding.data import Claim

Vectors = npt.NDArray[np.float32]

_CLAUSE = re.compile(r"(?:, (?:which|who|because|but|and|while|after|although|where)\b|; | because | after | so that )")
_FIGURE = re.compile(r"\b(?!(?:19|20)\d\d\b)\d+(?:[.,]\d+)*")
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w&]+(?: [A-Z0-9][\w&]*)*")


def variations(claims: Sequence[Claim], embed: Callable[[Sequence[str]], Vectors], seed: int) -> list[Claim]:
    """Varied claims of the records that `claims` come from; `source` stays, so folds stay whole.

    Args:
        claims: hand-written claims of several sources, at least two.
        embed: texts to vectors, for finding the other source that resembles most.
        seed: of the random choices.
    """
    draw = random.Random(seed)
    by_source: dict[str, list[Claim]] = {}
    for claim in claims:
        by_source.setdefault(claim.source, []).append(claim)
    names = list(by_source)
    vectors = embed([" ".join(by_source[name][0].sentences) for name in names])
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -1.0)
    made: list[Claim] = []
    for number, name in enumerate(names):
        right = [claim for claim in by_source[name] if claim.label]
        wrong = [claim for claim in by_source[name] if not claim.label]
        near = by_source[names[int(draw.choice(np.argsort(-alike[number])[:5].tolist()))]]
        if not right or not wrong:
            continue
        sentences = right[0].sentences
        made += _verbatim(right[0], sentences, draw)
        one, other = draw.sample(right, 2) if len(right) > 1 else (right[0], right[0])
        made.append(_varied(one, joined(one.text, other.text), 1, "joined"))
        made.append(_varied(one, joined(*draw.sample([one.text, draw.choice(wrong).text], 2)), 0, "joined_wrong"))
        strangers = [claim for claim in near if claim.label]
        for stranger in draw.sample(strangers, min(3, len(strangers))):
            made.append(_varied(replace(stranger, sentences=sentences, source=name), stranger.text, 0, "stranger"))
        if strangers:
            made.append(_varied(one, joined(one.text, draw.choice(strangers).text), 0, "joined_stranger"))
        text = " ".join(sentences)
        for claim in draw.sample(right, min(4, len(right))):
            changed = exchanged(claim.text, text, draw)
            if changed is not None:
                made.append(_varied(claim, changed, 0, "exchanged"))
    return made


def joined(one: str, other: str) -> str:
    """Both statements as one sentence."""
    first, _, rest = other.partition(" ")
    begin = first.casefold() if first.casefold() in _LOWERED else first
    return f"{one.rstrip('. ')}, and {begin} {rest}"


_LOWERED = frozenset(
    "the a an it they its their in on at after before since for there this these some all no one".split()
)


def exchanged(text: str, source: str, draw: random.Random) -> str | None:
    """`text` with one figure or name replaced by another of the source, or None when there is nothing to exchange."""
    for pattern in draw.sample((_FIGURE, _NAME), 2):
        mine = list(pattern.finditer(text))
        theirs = sorted({match[0] for match in pattern.finditer(source)} - {match[0] for match in mine})
        if mine and theirs:
            match = draw.choice(mine)
            return text[: match.start()] + draw.choice(theirs) + text[match.end() :]
    return None


def _verbatim(model: Claim, sentences: Sequence[str], draw: random.Random) -> list[Claim]:
    sentence = draw.choice(sentences)
    made = [_varied(model, sentence, 1, "verbatim")]
    for longer in draw.sample(list(sentences), min(2, len(sentences))):
        cut = _CLAUSE.search(longer, 30)
        if cut is not None and len(longer) - cut.start() > 15:
            made.append(_varied(model, longer[: cut.start()] + ".", 1, "shortened"))
    changed = exchanged(sentence, " ".join(sentences), draw)
    if changed is not None:
        made.append(_varied(model, changed, 0, "exchanged"))
    return made


def _varied(claim: Claim, text: str, label: int, kind: str) -> Claim:
    return replace(claim, id=f"{claim.id}/{kind}", text=text, label=label, kind=kind)
