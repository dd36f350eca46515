"""What the corpus knows by name: linking names in text, and looking entries up.

`load_entities` reads entities.yaml; the resulting `Entities` is used by the readers (canonical names of front
matter), by `corpus.split` (names in each sentence) and by question understanding. The rules of linking are in
`corpus.linking`, the entries in `corpus.catalogue`.
"""

from __future__ import annotations

import hashlib
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from corpus.catalogue import Catalogue, Company, Country, NameInTime, Role, Skill, Topic, read_catalogue
from corpus.errors import CorpusFileError
from corpus.linking.index import Name, Rule, Section, Via
from corpus.linking.linker import Linker, Links, Mention
from corpus.linking.spelling import is_ordinary, near_ordinary, nearest_ordinary
from corpus.linking.words import key

__all__ = [
    "SHIPPED", "Company", "Country", "Entities", "Links", "Mention", "NameInTime", "Role", "Section", "Skill", "Topic",
    "Via", "load_entities",
]  # fmt: skip

SHIPPED: Final = Path(__file__).with_name("entities.yaml")
"""The file that comes with the corpus."""


class Entities:
    """Companies, roles, skills, countries and topics, with everything that they are called.

    Immutable after construction, so one instance serves all threads.
    """

    def __init__(self, catalogue: Catalogue, fingerprint: str = "") -> None:
        """Build the index of names, a fraction of a second; keep the instance.

        `fingerprint` identifies the file's content, so that a changed file has documents linked anew.
        """
        self.fingerprint: Final = fingerprint
        self._linker = Linker(catalogue)
        self._companies = {company.name: company for company in catalogue.companies}
        self._roles = {role.id: role for role in catalogue.roles}
        self._skills = {skill.name: skill for skill in catalogue.skills}
        self._countries = {country.name: country for country in catalogue.countries}
        self._topics = {topic.id: topic for topic in catalogue.topics}
        parents = {company.parent for company in catalogue.companies}
        self._owner_names = {
            company.name: tuple(key(written) for written in (company.name, *company.aliases))
            for company in catalogue.companies
            if company.ventures or company.name in parents
        }

    def link(self, text: str) -> Links:
        """The names in a question: any case, typing errors, guesses for what fits several entries. Never raises."""
        return self._linker.question(text)

    def link_document(self, text: str) -> Links:
        """The names in edited text: no typing errors, no loose names of roles, and no guesses. Never raises."""
        return self._linker.edited_text(text)

    def companies(self) -> tuple[Company, ...]:
        """All companies, in the order of the file."""
        return tuple(self._companies.values())

    def roles(self) -> tuple[Role, ...]:
        """All roles and kinds of interview, in the order of the file."""
        return tuple(self._roles.values())

    def topics(self) -> tuple[Topic, ...]:
        """All topics, in the order of the file."""
        return tuple(self._topics.values())

    def company(self, name: str) -> Company | None:
        """The company of this canonical name."""
        return self._companies.get(name)

    def role(self, role_id: str) -> Role | None:
        """The role of this id."""
        return self._roles.get(role_id)

    def skill(self, name: str) -> Skill | None:
        """The skill of this canonical name."""
        return self._skills.get(name)

    def country(self, name: str) -> Country | None:
        """The country or region of this canonical name."""
        return self._countries.get(name)

    def topic(self, topic_id: str) -> Topic | None:
        """The topic of this id."""
        return self._topics.get(topic_id)

    def name_at(self, company: str, as_of: date) -> str:
        """What the company with this canonical name was called on the day `as_of`.

        A change that is known to the month or year counts from that month's or year's last day. Before its first
        name a company has that first name; a name without an entry is returned as it is.
        """
        entry = self._companies.get(company)
        return entry.names_at(as_of)[-1].name if entry else company

    def former_names(self, company: str, as_of: date) -> tuple[str, ...]:
        """The names that the company had given up by the day `as_of`, the latest first."""
        entry = self._companies.get(company)
        return tuple(former.name for former in reversed(entry.names_at(as_of)[:-1])) if entry else ()

    def related(self, company: str) -> tuple[str, ...]:
        """Companies whose briefs speak of this one, when no brief names it in its front matter; else nothing.

        Members first, then the parent, the ventures and the partners.
        """
        entry = self._companies.get(company)
        if entry is None or entry.in_briefs:
            return ()
        parent = (entry.parent,) if entry.parent else ()
        return tuple(dict.fromkeys((*entry.members, *parent, *entry.ventures, *entry.partners)))

    def alternatives(self, company: str, matched: str) -> tuple[str, ...]:
        """What else the words `matched` could have meant than `company`, the most likely first.

        Those first that share with the words a founder or an owner that they name: for "Honda's AI venture" that is
        Sony Honda Mobility, which Honda founded too.
        """
        entry = self._companies.get(company)
        if entry is None:
            return ()
        named = self._founders_named_in(matched)
        return tuple(sorted(entry.not_to_confuse_with, key=lambda other: not (named & self._owners_of(other))))

    def countries_within(self, name: str) -> tuple[str, ...]:
        """The countries of a region, regions inside it resolved; a country is within itself."""
        entry = self._countries.get(name)
        if entry is None:
            return ()
        inner = tuple(country for member in entry.members for country in self.countries_within(member))
        return tuple(dict.fromkeys(inner)) or (name,)

    def resolve_company(self, name: str) -> str | None:
        """The canonical name behind a name, former name, alias, product or phrase in any case; None if unknown.

        A name that fits several companies is resolved to none of them.
        """
        return self._resolve("company", name)

    canonical_company = resolve_company

    def resolve_role(self, name: str) -> str | None:
        """The id behind an id, title, alias, or else a loose alias or field, in any case; None if unknown."""
        return name if name in self._roles else self._resolve("role", name)

    def resolve_skill(self, name: str) -> str | None:
        """The canonical name of a skill behind its name or an alias, in any case; None if unknown."""
        return self._resolve("skill", name)

    def resolve_country(self, name: str) -> str | None:
        """The canonical name of a country or region behind a name, adjective, place or ISO code; None if unknown."""
        by_code = (country.name for country in self._countries.values() if country.iso and country.iso == name.upper())
        return self._resolve("country", name) or next(by_code, None)

    def resolve_topic(self, name: str) -> str | None:
        """The id of a topic behind its id, title or an alias, in any case; None if unknown."""
        return name if name in self._topics else self._resolve("topic", name)

    def is_known_word(self, word: str) -> bool:
        """Whether the lower-case `word` stands in any name or is an ordinary English word."""
        return word in self._linker.known_words or is_ordinary(word)

    def nearest_word(self, word: str) -> str | None:
        """The ordinary English word that the lower-case `word` was probably meant to be, or None."""
        return nearest_ordinary(word)

    def near_words(self, word: str) -> tuple[str, ...]:
        """The ordinary English words that the lower-case `word` may have been meant to be, the likeliest first."""
        return near_ordinary(word)

    def _resolve(self, section: Section, written: str) -> str | None:
        names = self._linker.index.names.get(key(written), [])
        fitting = [
            name for name in names if name.section == section and name.rule not in {Rule.UNRELATED, Rule.AMBIGUOUS}
        ]
        return min(fitting, key=_certainty).target if fitting else None

    def _founders_named_in(self, matched: str) -> frozenset[str]:
        """The companies that own or founded something and are named within the words."""
        reading = key(matched)
        return frozenset(
            name for name, written in self._owner_names.items() if any(_contains(reading, part) for part in written)
        )

    def _owners_of(self, name: str) -> frozenset[str]:
        entry = self._companies.get(name)
        return frozenset((*entry.members, entry.parent)) if entry else frozenset()


def load_entities(path: Path | None = None) -> Entities:
    """Read an entities file, by default the shipped one, and build its index; the last file read is kept in memory.

    Raises:
        CorpusFileError: the file is missing, malformed or contradicts itself; the message says where.
    """
    source = path or SHIPPED
    try:
        fingerprint = hashlib.sha256(source.read_bytes()).hexdigest()
    except OSError as error:
        raise CorpusFileError(source, f"cannot be read ({error.strerror}); check the corpus folder.") from error
    return _load(source, fingerprint)


@lru_cache(maxsize=1)
def _load(source: Path, fingerprint: str) -> Entities:
    return Entities(read_catalogue(source), fingerprint)


def _certainty(name: Name) -> int:
    return (Rule.PLAIN, Rule.AS_WRITTEN, Rule.COMMON_WORD, Rule.LOOSE, Rule.FIELD).index(name.rule)


def _contains(words: tuple[str, ...], part: tuple[str, ...]) -> bool:
    return any(words[start : start + len(part)] == part for start in range(len(words) - len(part) + 1))
