"""A text being read: its words, the names found in it, and questions about what stands where.

`Reading` is what the rules for companies, roles and the rest look at. It never changes; each rule returns the names
that it holds for real.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from corpus.linking.index import Found, NameIndex
from corpus.linking.words import BREAK, PAUSE, Word, key


@dataclass(frozen=True, slots=True)
class Reading:
    """A text, its words, every name that could be meant, and the normalised words `present` as a set."""

    text: str
    row: tuple[Word, ...]
    found: tuple[Found, ...]
    present: frozenset[str]

    @classmethod
    def of(cls, text: str, row: Sequence[Word], index: NameIndex) -> Reading:
        """Read `text`, whose words are `row`, with all names of `index`."""
        return cls(text, tuple(row), tuple(index.find(row)), frozenset(word.norm for word in row))

    def norm(self, position: int) -> str:
        """The normalised word at `position`, or an empty string beyond the ends."""
        return self.row[position].norm if 0 <= position < len(self.row) else ""

    def gap(self, position: int) -> int:
        """What stands before the word at `position`; beyond the ends a BREAK."""
        return self.row[position].gap if 0 <= position < len(self.row) else BREAK

    def written(self, found: Found) -> str:
        """The words of `found` as the text has them, without a closing possessive 's."""
        return self.text[self.row[found.first].start : self.row[found.last].stem_end]

    def opens_sentence(self, position: int) -> bool:
        """Whether a capital at `position` may be due to the beginning of a sentence."""
        return self.gap(position) == BREAK

    def runs_on(self, first: int, last: int) -> bool:
        """Whether no comma, slash, dash or stop stands between the words `first` to `last`."""
        return all(self.gap(position) < PAUSE for position in range(first + 1, last + 1))

    def has(self, phrase: str, outside: Found | None = None) -> bool:
        """Whether the words of `phrase` stand in the text, singular or plural, outside the words of `outside`."""
        return self.has_near(phrase, 0, len(self.row) - 1, outside)

    def has_near(self, phrase: str, first: int, last: int, outside: Found | None = None) -> bool:
        """As `has`, between the words `first` and `last`."""
        wanted = key(phrase)
        if not wanted or self.present.isdisjoint(forms(wanted[-1])):
            return False
        for start in range(max(0, first), min(last, len(self.row) - 1) - len(wanted) + 2):
            end = start + len(wanted) - 1
            if outside is not None and start <= outside.last and end >= outside.first:
                continue
            if all(self.row[start + offset].norm == word for offset, word in enumerate(wanted[:-1])) and self.row[
                end
            ].norm in forms(wanted[-1]):
                return True
        return False

    def decided(self, found: Found, sure: Iterable[str]) -> Found:
        """`found` with the candidate that the text speaks for, where its words fit several entries.

        A candidate among `sure`, which the text names elsewhere, weighs most, then the number of its cues in the
        text. When nothing decides, the first candidate is taken and `via` stays "ambiguous".
        """
        entry = found.name.ambiguous
        if entry is None:
            return found
        named = frozenset(sure)
        votes = [
            (candidate in named, sum(self.has(cue, outside=found) for cue in entry.cues.get(candidate, ())))
            for candidate in entry.candidates
        ]
        best = max(votes)
        target = entry.candidates[votes.index(best)]
        return Found(
            found.first,
            found.last,
            found.name._replace(target=target, via="alias" if best > (False, 0) else "ambiguous"),
            tuple(candidate for candidate in entry.candidates if candidate != target),
        )


def longest(found: Iterable[Found], row: Sequence[Word]) -> list[Found]:
    """The names that remain when of overlapping ones the longest is kept; equally long, the earlier; in text order."""

    def letters(each: Found) -> int:
        return row[each.last].end - row[each.first].start

    kept: list[Found] = []
    taken = bytearray(len(row))
    for each in sorted(found, key=lambda each: (-letters(each), each.first)):
        if not any(taken[each.first : each.last + 1]):
            taken[each.first : each.last + 1] = b"\x01" * (each.last + 1 - each.first)
            kept.append(each)
    return sorted(kept, key=lambda each: each.first)


def overlap(one: Found, other: Found) -> bool:
    """Whether the two share a word."""
    return one.first <= other.last and other.first <= one.last


def inside(one: Found, other: Found) -> bool:
    """Whether `one` is a part of `other` and shorter."""
    return other.first <= one.first and one.last <= other.last and (one.first, one.last) != (other.first, other.last)


def same_words(one: Found, other: Found) -> bool:
    """Whether the two cover exactly the same words."""
    return (one.first, one.last) == (other.first, other.last)


@lru_cache(maxsize=4096)
def forms(word: str) -> frozenset[str]:
    """The word and its plural."""
    plural = word[:-1] + "ies" if word.endswith("y") else word + "es"
    return frozenset({word, word + "s", plural})
