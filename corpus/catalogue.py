"""The entries of entities.yaml as values: companies, roles, skills, countries, topics, and words that fit several.

`read_catalogue` reads and validates the file; `corpus.linking` builds its index from the `Catalogue`, and
`corpus.entities` answers look-ups from it. The opening comment of entities.yaml explains every field.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from corpus.errors import CorpusFileError

CompanyKind = Literal["company", "venture", "programme", "lab", "agency", "product-line"]
OWNED_TOGETHER: frozenset[CompanyKind] = frozenset({"venture", "programme"})
"""Kinds of entry that have members, and that people name by those members."""

_STRICT = ConfigDict(extra="forbid", frozen=True)
_Month = Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]


@dataclass(frozen=True, slots=True)
class NameInTime:
    """A name and the time in which it was the current one; an empty `since` or `until` leaves that side open.

    Both are ISO years, months or days, as far as known. `also` has translations and other spellings of that name.
    """

    __pydantic_config__ = _STRICT

    name: str
    since: Annotated[_Month, Field(alias="from")] = ""
    until: _Month = ""
    also: tuple[str, ...] = ()

    def starts(self) -> date:
        """The first day on which readers can be expected to know the name: the last day of a month or year `since`."""
        return _last_day(self.since) if self.since else date.min


@dataclass(frozen=True, slots=True)
class Company:
    """A company, venture, programme, laboratory, public body or product line, with everything that points to it."""

    __pydantic_config__ = _STRICT

    name: str
    kind: CompanyKind
    country: str = ""
    aliases: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    common_words: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    names_over_time: tuple[NameInTime, ...] = ()
    parent: str = ""
    members: tuple[str, ...] = ()
    ventures: tuple[str, ...] = ()
    investors: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    not_to_confuse_with: tuple[str, ...] = ()
    unrelated: tuple[str, ...] = ()
    in_briefs: bool = True
    note: str = ""

    def names_at(self, as_of: date) -> tuple[NameInTime, ...]:
        """The names that had come up by `as_of`, oldest first; never empty, as something must be shown."""
        if not self.names_over_time:
            return (NameInTime(name=self.name),)
        in_order = sorted(self.names_over_time, key=NameInTime.starts)
        return tuple(entry for entry in in_order if entry.starts() <= as_of) or (in_order[0],)


@dataclass(frozen=True, slots=True)
class Role:
    """A role or a kind of interview that a guide covers; `id` is the guide's."""

    __pydantic_config__ = _STRICT

    id: str
    title: str
    kind: Literal["role", "interview-guide"] = "role"
    aliases: tuple[str, ...] = ()
    loose_aliases: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skill:
    """A skill and the roles that ask for it; `generic` skills stand in nearly every question and say little."""

    __pydantic_config__ = _STRICT

    name: str
    aliases: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    generic: bool = False


@dataclass(frozen=True, slots=True)
class Country:
    """A country, or a region with its members; `people` are adjectives, `places` point to the country."""

    __pydantic_config__ = _STRICT

    name: str
    kind: Literal["country", "region"] = "country"
    iso: str = ""
    aliases: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of the briefs; `aliases` are the words of questions."""

    __pydantic_config__ = _STRICT

    id: str
    title: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Words that fit several entries, the most likely first; `cues` are words in the text that decide for one."""

    __pydantic_config__ = _STRICT

    alias: str
    candidates: Annotated[tuple[str, ...], Field(min_length=2)]
    cues: dict[str, tuple[str, ...]] = field(default_factory=dict)
    needs_role_word: bool = False


@dataclass(frozen=True, slots=True)
class AmbiguousWords:
    """The ambiguous words of each section."""

    __pydantic_config__ = _STRICT

    companies: tuple[Ambiguous, ...] = ()
    roles: tuple[Ambiguous, ...] = ()
    skills: tuple[Ambiguous, ...] = ()
    countries: tuple[Ambiguous, ...] = ()
    topics: tuple[Ambiguous, ...] = ()


@dataclass(frozen=True, slots=True)
class AsWritten:
    """Names of each section that count only in exactly this case."""

    __pydantic_config__ = _STRICT

    roles: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All entries of entities.yaml."""

    __pydantic_config__ = _STRICT

    version: Literal[1]
    reviewed: date
    companies: tuple[Company, ...]
    role_words: frozenset[str]
    roles: tuple[Role, ...]
    skills: tuple[Skill, ...]
    countries: tuple[Country, ...]
    topics: tuple[Topic, ...]
    as_written: AsWritten = AsWritten()
    ambiguous: AmbiguousWords = AmbiguousWords()


def read_catalogue(path: Path) -> Catalogue:
    """Read and validate an entities file.

    Raises:
        CorpusFileError: the file cannot be read, is not YAML, has an unknown or missing field, or its entries
            contradict each other; the message says where.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is ten times as fast, but not in every build
    try:
        with path.open(encoding="utf-8") as file:
            catalogue = TypeAdapter(Catalogue).validate_python(yaml.load(file, Loader=loader))
    except OSError as error:
        raise CorpusFileError(path, f"cannot be read ({error.strerror}); check the corpus folder.") from error
    except ValidationError as error:
        places = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:5])
        raise CorpusFileError(path, f"does not fit the format that its opening comment explains: {places}") from error
    except (yaml.YAMLError, ValueError) as error:  # PyYAML reports a date that does not exist as a ValueError
        raise CorpusFileError(path, f"is not valid YAML: {error}") from error
    problems = [*_unknown_references(catalogue), *_repeated_names(catalogue), *_one_sided_ventures(catalogue)]
    if problems:
        raise CorpusFileError(path, f"contradicts itself: {' '.join(problems[:5])}")
    return catalogue


def _last_day(iso: str) -> date:
    """The day itself, or the last day of an ISO month or year."""
    parts = [int(part) for part in iso.split("-")]
    if len(parts) == 3:
        return date(*parts)
    year, month = parts[0], parts[1] if len(parts) == 2 else 12
    return date(year, month, calendar.monthrange(year, month)[1])


def _unknown_references(catalogue: Catalogue) -> Iterable[str]:
    companies = {company.name for company in catalogue.companies}
    countries = {country.name for country in catalogue.countries}
    roles = {role.id for role in catalogue.roles}
    skills = {skill.name for skill in catalogue.skills}
    topics = {topic.id for topic in catalogue.topics}
    references: list[tuple[str, tuple[str, ...], set[str]]] = [
        ("country of a company", tuple(each.country for each in catalogue.companies if each.country), countries),
        ("parent", tuple(each.parent for each in catalogue.companies if each.parent), companies),
        ("role of a skill", tuple(role for each in catalogue.skills for role in each.roles), roles),
        ("member of a region", tuple(name for each in catalogue.countries for name in each.members), countries),
    ]
    for each in catalogue.companies:
        names = (*each.members, *each.ventures, *each.investors, *each.partners, *each.not_to_confuse_with)
        references.append((f"name in the entry {each.name!r}", names, companies))
    for section, known in (
        (catalogue.ambiguous.companies, companies),
        (catalogue.ambiguous.roles, roles),
        (catalogue.ambiguous.skills, skills),
        (catalogue.ambiguous.countries, countries),
        (catalogue.ambiguous.topics, topics),
    ):
        for word in section:
            references.append((f"candidate of {word.alias!r}", (*word.candidates, *word.cues), known))
    for what, names, known in references:
        yield from (f"The {what} {name!r} has no entry." for name in names if name not in known)


def _repeated_names(catalogue: Catalogue) -> Iterable[str]:
    sections = {
        "companies": [company.name for company in catalogue.companies],
        "roles": [role.id for role in catalogue.roles],
        "skills": [skill.name for skill in catalogue.skills],
        "countries": [country.name for country in catalogue.countries],
        "topics": [topic.id for topic in catalogue.topics],
    }
    for section, names in sections.items():
        yield from (f"{section} has {name!r} twice." for name in sorted({n for n in names if names.count(n) > 1}))


def _one_sided_ventures(catalogue: Catalogue) -> Iterable[str]:
    """Memberships are written on both sides, so that neither side can be forgotten when one changes."""
    owned = {(each.name, member) for each in catalogue.companies for member in each.members}
    owning = {(venture, each.name) for each in catalogue.companies for venture in each.ventures}
    yield from (
        f"{member!r} is a member of {venture!r}, which is not among its ventures."
        for venture, member in sorted(owned - owning)
    )
    yield from (
        f"{venture!r} is a venture of {member!r}, which is not among its members."
        for venture, member in sorted(owning - owned)
    )
