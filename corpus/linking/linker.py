"""Linking: from a text to the companies, roles, skills, countries and topics that it names.

`Linker.question` reads what candidates type: any case, typing errors, words run together, ventures described by their
founders. `Linker.edited_text` reads the corpus, where names are spelt right, and is stricter and faster.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from corpus.catalogue import Catalogue
from corpus.linking import companies as company_rules
from corpus.linking.founders import Founders
from corpus.linking.index import Found, NameIndex, Rule, Section, Via
from corpus.linking.reading import Reading, inside, longest, overlap, same_words
from corpus.linking.roles import RoleReader
from corpus.linking.spelling import SHORTEST, Spelling, is_ordinary, ordinary_words
from corpus.linking.words import BREAK, Word, key, words

_LONGEST_RUN: Final = 3
"""How many words may have been run together or torn apart by typing errors."""
_SHORTEST_OWNER: Final = 3
"""Shorter names with an s are other words more often than possessives without their apostrophe."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a text: `text[start:end] == matched`, and `name` is the canonical name or id that it points to.

    `via` says how: by its name, a former name, an alias, a product, a describing phrase, a place, with a typing error,
    by a loose or a field's name of a role, or as the likeliest of several (`ambiguous`). `alternatives` are the other
    entries that the words could mean.
    """

    kind: Section
    name: str
    matched: str
    start: int
    end: int
    via: Via
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Links:
    """The names of a text, in its order."""

    mentions: tuple[Mention, ...]

    @property
    def companies(self) -> tuple[str, ...]:
        """Canonical names of the companies, each once, in the order of their first mention."""
        return self._names("company")

    @property
    def roles(self) -> tuple[str, ...]:
        """Ids of the roles."""
        return self._names("role")

    @property
    def skills(self) -> tuple[str, ...]:
        """Canonical names of the skills."""
        return self._names("skill")

    @property
    def countries(self) -> tuple[str, ...]:
        """Canonical names of the countries and regions."""
        return self._names("country")

    @property
    def topics(self) -> tuple[str, ...]:
        """Ids of the topics."""
        return self._names("topic")

    def _names(self, kind: Section) -> tuple[str, ...]:
        return tuple(dict.fromkeys(mention.name for mention in self.mentions if mention.kind == kind))


class Linker:
    """Finds the names of a catalogue in texts. Building it takes a fraction of a second; keep one."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Build the index and the rules from `catalogue`."""
        self.index = NameIndex(catalogue)
        self._companies = {company.name: company for company in catalogue.companies}
        self._founders = Founders(catalogue)
        self._roles = RoleReader(catalogue.roles, catalogue.role_words, catalogue.as_written.roles)
        self._owners = frozenset(owner for owner in _owners(catalogue) if len(owner) >= _SHORTEST_OWNER)
        known = frozenset(self.index.word_ids) | catalogue.role_words
        run_together = {
            "".join(form): form
            for form, names in self.index.names.items()
            if len(form) > 1
            and any(name.rule in {Rule.PLAIN, Rule.FIELD} and name.section != "topic" for name in names)
        }
        self._spelling = Spelling(
            known, {name: form for name, form in run_together.items() if len(name) >= 7 and name not in known}
        )
        self.known_words = known

    def question(self, text: str) -> Links:
        """The names in a question, typing errors included."""
        row = tuple(self._respelt(words(text)))
        reading = Reading.of(text, row, self.index)
        companies = company_rules.in_question(reading, self._companies, self._roles.starts(reading))
        countries = _of_section(reading, "country")
        companies = self._without_plurals(
            reading, longest([*companies, *self._founders.described(reading, companies, countries)], row)
        )
        roles = self._roles.in_question(reading, companies)
        return _links(reading, companies, roles, _other_sections(reading, companies))

    def edited_text(self, text: str) -> Links:
        """The names in edited text, such as a brief or one of its sentences: no typing errors, no guesses."""
        row = tuple(words(text))
        reading = Reading.of(text, row, self.index)
        named = company_rules.in_edited_text(reading)
        described = [each for each in self._founders.described(reading, named, []) if each.name.via == "phrase"]
        companies = longest([*named, *described], row) if described else named
        roles = self._roles.in_edited_text(reading, companies)
        sure = [each for each in _other_sections(reading, companies) if each.name.via != "ambiguous"]
        return _links(reading, companies, roles, sure)

    def _respelt(self, row: list[Word]) -> list[Word]:
        """The row as it was meant: owners without apostrophe ("softbanks"), typing errors, words run together."""
        known = self.known_words
        if all(word.norm in known or len(word.norm) < SHORTEST for word in row):
            return [self._owner(word) for word in row]
        meant: list[Word] = []
        position = 0
        while position < len(row):
            word = self._owner(row[position])
            position += 1
            if word.norm in known or len(word.norm) < SHORTEST or not word.norm.isalpha() or is_ordinary(word.norm):
                meant.append(word)
                continue
            corrected = self._spelling.word(word.norm)
            if corrected is not None:
                lost_apostrophe = word.norm.endswith("s") and not corrected.endswith("s")
                meant.append(word._replace(norm=corrected, typo=True, possessive=word.possessive or lost_apostrophe))
                continue
            ahead, name = self._run(meant, row, position, word)
            meant.extend(name)
            position += ahead
        return meant

    def _run(self, meant: list[Word], row: list[Word], position: int, word: Word) -> tuple[int, list[Word]]:
        """Read an unknown word, alone or with its neighbours, as a name; returns the words ahead that it took.

        Words that it takes from before are removed from `meant`.
        """
        for back in range(min(_LONGEST_RUN - 1, len(meant)), -1, -1):
            for ahead in range(min(_LONGEST_RUN - 1 - back, len(row) - position), -1, -1):
                run = [*meant[len(meant) - back :], word, *row[position : position + ahead]]
                if any(each.gap == BREAK for each in run[1:]):
                    continue
                name = self._spelling.name("".join(each.norm for each in run))
                if name is not None:
                    del meant[len(meant) - back :]
                    return ahead, _spread(name, run)
        return 0, [word]

    def _owner(self, word: Word) -> Word:
        """Read "softbanks" and "TSMCs" as possessives, where the word is no word of a name by itself."""
        stem = word.norm[:-1]
        if word.norm.endswith("s") and stem in self._owners and word.norm not in self.known_words:
            return word._replace(norm=stem, possessive=True)
        return word

    def _without_plurals(self, reading: Reading, companies: list[Found]) -> list[Found]:
        """Leave out "apples" and the like: an ordinary plural is no possessive that lost its apostrophe."""

        def is_plural(each: Found) -> bool:
            word = reading.row[each.last]
            written = reading.text[word.start : word.end]
            lost_apostrophe = word.possessive and word.stem_end == word.end
            return lost_apostrophe and each.first == each.last and written.islower() and written in ordinary_words()

        return [each for each in companies if not is_plural(each)]


def _other_sections(reading: Reading, companies: list[Found]) -> list[Found]:
    """Skills, countries and topics of a text: the longest name of each section, outside the companies' names."""
    kept: list[Found] = []
    for section in ("skill", "country", "topic"):
        names = [each for each in _of_section(reading, section) if not _is_hidden(each, companies)]
        sure = {each.name.target for each in names if each.name.ambiguous is None}
        kept += [reading.decided(each, sure) for each in longest(names, reading.row)]
    return kept


def _of_section(reading: Reading, section: str) -> list[Found]:
    return [
        each
        for each in reading.found
        if each.name.section == section
        and (each.name.rule is not Rule.AS_WRITTEN or reading.written(each) == each.name.written)
    ]


def _is_hidden(each: Found, companies: list[Found]) -> bool:
    """Whether the words belong to a company's name: Boston Dynamics is no place. A phrase still names its country."""
    for company in companies:
        if not overlap(each, company) or inside(company, each):
            continue
        is_description = company.name.via in {"phrase", "ambiguous"}
        if same_words(each, company) or (is_description and each.name.section == "country"):
            continue
        return True
    return False


def _spread(name: tuple[str, ...], run: list[Word]) -> list[Word]:
    """The words of `name` in place of the written words of `run`; each has the whole span."""
    first, last = run[0], run[-1]
    return [
        Word(
            norm,
            first.start,
            last.end,
            last.stem_end,
            first.gap if position == 0 else 0,
            last.possessive and position == len(name) - 1,
            position == 0,
            position == len(name) - 1,
            typo=True,
        )
        for position, norm in enumerate(name)
    ]


def _links(reading: Reading, companies: list[Found], roles: list[Found], others: list[Found]) -> Links:
    mentions = [_mention(reading, each) for each in (*companies, *roles, *others)]
    return Links(tuple(sorted(mentions, key=lambda mention: (mention.start, -mention.end))))


def _mention(reading: Reading, each: Found) -> Mention:
    start, end = reading.row[each.first].start, reading.row[each.last].stem_end
    has_typo = any(word.typo for word in reading.row[each.first : each.last + 1])
    via: Via = "typo" if has_typo and each.name.via not in {"loose", "ambiguous", "field"} else each.name.via
    return Mention(each.name.section, each.name.target, reading.text[start:end], start, end, via, each.alternatives)


def _owners(catalogue: Catalogue) -> Iterable[str]:
    """Words that stand before a possessive 's: last words of companies' names, countries, and owners in phrases."""
    for company in catalogue.companies:
        former = [entry.name for entry in company.names_over_time]
        for written in (company.name, *company.aliases, *former):
            if written not in company.common_words:
                yield key(written)[-1]
        yield from (word.norm for phrase in company.phrases for word in words(phrase) if word.possessive)
    for entry in catalogue.ambiguous.companies:
        yield from (word.norm for word in words(entry.alias) if word.possessive)
    yield from (country.name.casefold() for country in catalogue.countries)
