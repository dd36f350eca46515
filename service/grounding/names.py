"""Names in a statement that its sources do not have: companies through the entity linker, all others as written.

An old and a new name, or a name and its alias, are the same company; a venture is not its parent, and a product that
the sources do not name is not its maker. Names that the linker does not know must stand in the sources word for word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from corpus.entities import Entities, Mention
from service.answering.figures import MONTHS
from service.grounding.alignment import SourceSentence

_WORD = re.compile(r"[^\W_]+(?:[.'’&-][^\W_]+)*")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_SENTENCE_START = re.compile(r"(?:^|[.!?:]\s)[\"'“‘(*\s]*$")
_POSSESSIVE = re.compile(r"['’]s?$")
_NOT_NAMES = frozenset(
    "i ai ceo cto cfo coo us uk eu usa mr mrs ms dr monday tuesday wednesday thursday friday saturday sunday q1 q2 q3 q4 fy english "
    "spring summer autumn winter".split()
) | frozenset(MONTHS)
_AS_WRITTEN = frozenset({"product", "ambiguous"})


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a sentence: `key` is the canonical name of a company, the last word of another name, in lower case; a `place` names a country
    or its people, or is a month.
    """

    key: str
    text: str
    start: int
    end: int
    linked: bool
    place: bool = False


class NameReader:
    """Reads names with the entities of the corpus. What it has read is kept, so one instance serves all checks."""

    def __init__(self, entities: Entities) -> None:
        """`entities`: what the corpus knows by name."""
        self._entities = entities
        self._links = lru_cache(maxsize=10_000)(entities.link_document)
        self._forms = lru_cache(maxsize=4_000)(self._forms_of)
        self.names = lru_cache(maxsize=10_000)(self._names)

    def unsupported(self, statement: str, sentences: Sequence[SourceSentence]) -> Iterator[tuple[str, str]]:
        """Names of the statement that no sentence has, as (words, explanation)."""
        links = self._links(statement)
        words = _words_of(tuple(sentence.text for sentence in sentences))
        companies = [mention for mention in links.mentions if mention.kind == "company"]
        for mention in companies:
            if not self._has_company(mention, sentences, words):
                other = self._relative(mention, sentences)
                yield (
                    mention.matched,
                    (
                        f"The sources speak of {other}, which is not {mention.name}."
                        if other
                        else f"No cited passage names {mention.name}."
                    ),
                )
        covered = [(mention.start, mention.end) for mention in companies]
        for start, end, word in _capitalised(statement):
            if any(start < high and low < end for low, high in covered) or self._is_there(word, words):
                continue
            if _SENTENCE_START.search(statement[:start]) and self._is_ordinary(word):
                continue
            country = next(
                (each.name for each in links.mentions if each.kind == "country" and each.start <= start < each.end),
                None,
            )
            if country and any(country in self._links(sentence.text).countries for sentence in sentences):
                continue
            yield statement[start:end], f"No cited passage has the name “{statement[start:end]}”."
        text = "\n".join(sentence.text for sentence in sentences)
        for match in _UNSPACED.finditer(statement):
            if match.group() not in text and not any(low <= match.start() < high for low, high in covered):
                yield match.group(), f"No cited passage has the words “{match.group()}”."

    def _names(self, text: str) -> tuple[Name, ...]:
        """The names of a sentence: companies, and runs of other capitalised words."""
        mentions = self._links(text).mentions
        found = [
            Name(
                mention.matched.casefold() if mention.via in _AS_WRITTEN else mention.name,
                mention.matched,
                mention.start,
                mention.end,
                linked=True,
            )
            for mention in mentions
            if mention.kind == "company"
        ]
        run: list[tuple[int, int, str]] = []
        for part in (*_capitalised(text), None):
            if part is not None:
                start, end, word = part
                is_free = all(end <= name.start or start >= name.end for name in found)
                opens = bool(_SENTENCE_START.search(text[:start])) and self._is_ordinary(word)
                if run and is_free and text[run[-1][1] : start] in {" ", " of ", " & "}:
                    run.append(part)
                    continue
                following = [part] if is_free and not opens else []
            else:
                following = []
            if run:
                low, high = run[0][0], run[-1][1]
                is_place = run[-1][2] in _NOT_NAMES or any(
                    each.kind == "country" and each.start < high and low < each.end for each in mentions
                )
                found.append(Name(run[-1][2], text[low:high], low, high, linked=False, place=is_place))
            run = following
        return tuple(sorted(found, key=lambda name: name.start))

    def _has_company(self, mention: Mention, sentences: Sequence[SourceSentence], words: frozenset[str]) -> bool:
        if mention.via in _AS_WRITTEN:
            return all(self._is_there(word, words) for _, _, word in _all_words(mention.matched))
        forms = self._forms(mention.name)
        for sentence in sentences:
            if forms & _words_of((sentence.text,)) and any(
                each.kind == "company" and each.name == mention.name for each in self._links(sentence.text).mentions
            ):
                return True
        return False

    def _relative(self, mention: Mention, sentences: Sequence[SourceSentence]) -> str | None:
        """A parent, member or venture of the company that the sentences name instead."""
        entry = self._entities.company(mention.name)
        if entry is None:
            return None
        kin = {entry.parent, *entry.members, *entry.ventures, *entry.not_to_confuse_with} - {""}
        named = (name for sentence in sentences for name in self._links(sentence.text).companies)
        return next((name for name in named if name in kin), None)

    def _forms_of(self, company: str) -> frozenset[str]:
        """Every word of everything that the company is called."""
        entry = self._entities.company(company)
        if entry is None:
            return _words_of((company,))
        former = [name for each in entry.names_over_time for name in (each.name, *each.also)]
        return _words_of((entry.name, *entry.aliases, *entry.products, *entry.phrases, *former))

    def _is_there(self, word: str, words: frozenset[str]) -> bool:
        if word in words or word in _NOT_NAMES:
            return True
        parts = re.split(r"[-.&]", word)
        if len(parts) > 1 and all(part in words or part in _NOT_NAMES or not part for part in parts):
            return True
        return (word.endswith("s") and word[:-1] in words) or f"{word}s" in words

    def _is_ordinary(self, word: str) -> bool:
        return (
            self._entities.is_known_word(word)
            or word in _NOT_NAMES
            or any(
                self._entities.is_known_word(word.removesuffix(ending))
                for ending in ("s", "ed", "d", "ing", "ly")
                if word.endswith(ending)
            )
            or "-" in word
            or (len(word) < 3)
        )


@lru_cache(maxsize=4_000)
def _words_of(texts: tuple[str, ...]) -> frozenset[str]:
    """The words of the texts in lower case, whole and cut at hyphens and full stops, possessives without their s."""
    found: set[str] = set()
    for text in texts:
        for _, _, word in _all_words(text):
            found.add(word)
            found.update(part for part in re.split(r"[-.&'’]", word) if part)
    return frozenset(found)


def _all_words(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _WORD.finditer(text):
        yield match.start(), match.end(), _POSSESSIVE.sub("", match.group()).casefold()


def _capitalised(text: str) -> Iterator[tuple[int, int, str]]:
    """Words with a capital or with letters and digits, which names are written in."""
    for match in _WORD.finditer(text):
        written = _POSSESSIVE.sub("", match.group())
        if any(letter.isupper() for letter in written) and not written.isdecimal():
            yield match.start(), match.start() + len(written), written.casefold()
