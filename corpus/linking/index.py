"""The index of names: one Aho-Corasick automaton over normalised words, built once from the catalogue.

In goes a row of words, out come all names that stand in it, overlapping ones included, each with the entry it points
to and the rule under which it counts. Which of them hold is decided by `corpus.linking.linker`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import Enum, auto
from typing import Literal, NamedTuple

import ahocorasick

from corpus.catalogue import Ambiguous, Catalogue, Company, Role
from corpus.linking.words import BREAK, JOINED, Word, key

Section = Literal["company", "role", "skill", "country", "topic"]
Via = Literal[
    "name", "former_name", "alias", "product", "phrase", "typo", "loose", "field", "ambiguous", "place"
]  # fmt: skip


class Rule(Enum):
    """Under which condition a name counts."""

    PLAIN = auto()
    """Always."""
    COMMON_WORD = auto()
    """A company named by an ordinary word: exact case, an employer cue, or a context word near."""
    AS_WRITTEN = auto()
    """Only in exactly the case of the catalogue."""
    FIELD = auto()
    """A role's trade: only beside a role word."""
    LOOSE = auto()
    """Wider than the role: only when nothing fits better."""
    AMBIGUOUS = auto()
    """Fits several entries: cues decide."""
    UNRELATED = auto()
    """Looks like the entry and is not it."""


class Name(NamedTuple):
    """Words that point to an entry: `target` is its canonical name or id, `written` the words as catalogued."""

    section: Section
    target: str
    via: Via
    written: str
    rule: Rule = Rule.PLAIN
    ambiguous: Ambiguous | None = None


class Found(NamedTuple):
    """A name in a row of words: it covers words `first` to `last`, both included; `alternatives` are other readings."""

    first: int
    last: int
    name: Name
    alternatives: tuple[str, ...] = ()


class NameIndex:
    """All names of a catalogue, ready to be found."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Build the automaton; this is the only costly step, a fraction of a second."""
        self.names: dict[tuple[str, ...], list[Name]] = defaultdict(list)
        for name, forms in _all_names(catalogue):
            for form in forms:
                if form and name not in self.names[form]:
                    self.names[form].append(name)
        self.word_ids = {
            word: number for number, word in enumerate(sorted({w for form in self.names for w in form}), 1)
        }
        self._entries = list(self.names.values())
        self._lengths = [len(form) for form in self.names]
        self._automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS, ahocorasick.KEY_SEQUENCE)
        for number, form in enumerate(self.names):
            self._automaton.add_word(tuple(self.word_ids[word] for word in form), number)
        self._automaton.make_automaton()

    def find(self, row: Sequence[Word]) -> list[Found]:
        """All names in `row`, in the order of their ends. A name covers whole written words and crosses no break."""
        if not row:
            return []
        ids = tuple(self.word_ids.get(word.norm, 0) for word in row)
        found: list[Found] = []
        for last, number in self._automaton.iter(ids):
            first = last - self._lengths[number] + 1
            if _is_whole(row, first, last):
                has_owner = last > first and any(word.possessive for word in row[first:last])
                found.extend(
                    Found(first, last, name) for name in self._entries[number] if not has_owner or _may_have_owner(name)
                )
        return found


def _may_have_owner(name: Name) -> bool:
    """Whether a possessive may stand inside the name: "Honda's AI venture" is one thing, "Sony's AI" is not Sony AI."""
    return name.via in {"phrase", "ambiguous"} or any(mark in name.written for mark in "'’")


def _is_whole(row: Sequence[Word], first: int, last: int) -> bool:
    if not (row[first].first and row[last].last):
        return False
    for position in range(first + 1, last + 1):
        if row[position].gap == BREAK:
            return False
    # "C" is not named in "C++", nor "A" in "A*": a sign that touches a single letter belongs to it.
    following = row[last + 1] if last + 1 < len(row) else None
    return not (
        following is not None
        and following.norm in {"+", "*"}
        and following.gap == JOINED
        and following.start == row[last].end
        and len(row[last].norm) == 1
    )


def _all_names(catalogue: Catalogue) -> Iterable[tuple[Name, list[tuple[str, ...]]]]:
    """Every name with the normalised forms in which it may stand."""
    for company in catalogue.companies:
        for name in _company_names(company):
            yield name, [key(name.written)]
    for role in catalogue.roles:
        for name in _role_names(role, catalogue.as_written.roles):
            yield name, _role_forms(name.written)
    for skill in catalogue.skills:
        for written in (skill.name, *skill.aliases):
            via: Via = "name" if written == skill.name else "alias"
            yield (
                Name("skill", skill.name, via, written, _case_rule(written, catalogue.as_written.skills)),
                _with_plural(written),
            )
    for country in catalogue.countries:
        for written in (country.name, *country.aliases, *country.people, *country.places):
            via = "name" if written == country.name else "place" if written in country.places else "alias"
            yield (
                Name("country", country.name, via, written, _case_rule(written, catalogue.as_written.countries)),
                [key(written)],
            )
    for topic in catalogue.topics:
        for written in (topic.title, *topic.aliases):
            via = "name" if written == topic.title else "alias"
            yield (
                Name("topic", topic.id, via, written, _case_rule(written, catalogue.as_written.topics)),
                _with_plural(written),
            )
    yield from _ambiguous_names(catalogue)


def _ambiguous_names(catalogue: Catalogue) -> Iterable[tuple[Name, list[tuple[str, ...]]]]:
    sections: tuple[tuple[Section, tuple[Ambiguous, ...]], ...] = (
        ("company", catalogue.ambiguous.companies),
        ("role", catalogue.ambiguous.roles),
        ("skill", catalogue.ambiguous.skills),
        ("country", catalogue.ambiguous.countries),
        ("topic", catalogue.ambiguous.topics),
    )
    for section, entries in sections:
        for entry in entries:
            name = Name(section, entry.candidates[0], "ambiguous", entry.alias, Rule.AMBIGUOUS, entry)
            if section == "role":
                yield name, _role_forms(entry.alias)
            else:
                yield name, _with_plural(entry.alias) if section in {"skill", "topic"} else [key(entry.alias)]


def _company_names(company: Company) -> Iterable[Name]:
    forms: list[tuple[str, Via]] = []
    for entry in company.names_over_time:
        via: Via = "former_name" if entry.until else "name"
        forms += [(written, via) for written in (entry.name, *entry.also)]
    forms += [(company.name, "name")]
    forms += [(written, "alias") for written in company.aliases]
    forms += [(written, "product") for written in company.products]
    forms += [(written, "phrase") for written in company.phrases]
    for written, via in dict.fromkeys(forms):
        rule = Rule.COMMON_WORD if written in company.common_words else Rule.PLAIN
        yield Name("company", company.name, via, written, rule)
    for written in company.unrelated:
        yield Name("company", company.name, "alias", written, Rule.UNRELATED)


def _role_names(role: Role, as_written: frozenset[str]) -> Iterable[Name]:
    yield Name("role", role.id, "name", role.title)
    for alias in role.aliases:
        yield Name("role", role.id, "alias", alias, _case_rule(alias, as_written))
    for alias in role.loose_aliases:
        # "PM" is loose and counts as written only; the case is checked with the loose names.
        yield Name("role", role.id, "loose", alias, Rule.LOOSE)
    for trade in role.fields:
        yield Name("role", role.id, "field", trade, Rule.FIELD)


def _case_rule(written: str, as_written: frozenset[str]) -> Rule:
    return Rule.AS_WRITTEN if written in as_written else Rule.PLAIN


def _with_plural(written: str) -> list[tuple[str, ...]]:
    form = key(written)
    if not form or not form[-1].isalpha() or form[-1].endswith("s") or len(form[-1]) < 2:
        return [form]
    return [form, (*form[:-1], form[-1] + "s")]


def _role_forms(written: str) -> list[tuple[str, ...]]:
    """The form, its plural, and both with "eng" for "engineer", as candidates write it."""
    forms = _with_plural(written)
    if forms[0] and forms[0][-1] == "engineer":
        forms += _with_plural(" ".join((*forms[0][:-1], "eng")))
    return forms
