"""Ventures that are described by who founded them or where: "the SoftBank/NEC/Honda/Sony venture", "Honda's AI JV".

Entities.yaml lists the common descriptions as phrases; these rules cover their endless variants. The words between
the founders and the noun must fit what the catalogue says of the venture, so that "Honda's battery venture", which the
catalogue does not know, stays a question about Honda.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from corpus.catalogue import OWNED_TOGETHER, Catalogue, Company
from corpus.linking.index import Found, Name
from corpus.linking.reading import Reading, overlap
from corpus.linking.words import BREAK, PAUSE, key

_VENTURE_NOUNS: Final = frozenset({"venture", "jv", "consortium", "alliance"})
_FIRM_NOUNS: Final = frozenset({"company", "startup", "firm", "project"})
_LIST_GLUE: Final = frozenset({"and", "plus", "x", "+"})
_BEFORE_FOUNDERS: Final = frozenset({"of", "between", "by", "from", "with"})
_UNSPECIFIC: Final = frozenset("joint new latest own big secret the tech technology led backed japanese".split())
_FUNCTION_WORDS: Final = frozenset(
    "a an the of in on at for to from by with about as is are was were be and or but not no do does did has have had "
    "will would can could should what which who when where why how i you we they it my your our their its his her this "
    "that these those if so".split()
)
_INDEFINITE: Final = frozenset("a an any some which another other every each no best top many few".split())
_MOST_QUALIFIERS: Final = 6


class Founders:
    """Knows the ventures of a catalogue by their members, countries and the words that describe them."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Collect, for each venture and programme, the words of its phrases and cues that are no names."""
        self._companies: Mapping[str, Company] = {company.name: company for company in catalogue.companies}
        self._ventures = tuple(each for each in catalogue.companies if each.kind in OWNED_TOGETHER)
        member_words = {key(member)[0] for venture in self._ventures for member in venture.members}
        country_words = {
            word for each in catalogue.countries for written in (each.name, *each.people) for word in key(written)
        }
        silent = member_words | country_words | _VENTURE_NOUNS | _FIRM_NOUNS | _FUNCTION_WORDS | _UNSPECIFIC
        cues: dict[str, set[str]] = {venture.name: set() for venture in self._ventures}
        for entry in catalogue.ambiguous.companies:
            for candidate, words in entry.cues.items():
                if candidate in cues:
                    cues[candidate].update(word for cue in words for word in key(cue))
        self._describing = {
            venture.name: (cues[venture.name] | {word for phrase in venture.phrases for word in key(phrase)}) - silent
            for venture in self._ventures
        }

    def described(self, reading: Reading, companies: list[Found], countries: list[Found]) -> list[Found]:
        """The ventures that the text describes by `companies` or `countries` found in it, as longer names."""
        groups = _groups(reading, companies)
        found: list[Found] = []
        for number, group in enumerate(groups):
            following = groups[number + 1] if number + 1 < len(groups) else []
            venture = self._with_its_members(reading, group, following) or self._by_members(
                reading, group, following, countries
            )
            if venture is not None:
                found.append(venture)
        for country in countries:
            venture = self._by_country(reading, country)
            if venture is not None and not any(overlap(venture, other) for other in (*found, *companies)):
                found.append(venture)
        return found

    def _with_its_members(self, reading: Reading, group: list[Found], following: list[Found]) -> Found | None:
        """A venture that is named already, with its members after "with": "Sony's chip venture with TSMC"."""
        venture = self._companies[group[-1].name.target]
        if not following or venture.kind not in OWNED_TOGETHER or reading.norm(group[-1].last + 1) != "with":
            return None
        if following[0].first != group[-1].last + 2 or not {each.name.target for each in following} <= set(
            venture.members
        ):
            return None
        return group[-1]._replace(last=following[-1].last)

    def _by_members(
        self, reading: Reading, group: list[Found], following: list[Found], countries: list[Found]
    ) -> Found | None:
        """The venture of the companies in `group`, and of those `following` after "with"."""
        first, last = group[0].first, group[-1].last
        members = {each.name.target for each in group}
        noun = _noun_after(reading, last)
        if noun is None:
            start = _noun_before(reading, first)
            is_described = start is not None and len(members) > 1
            return (
                self._chosen(self._owned_by(members), (start or 0, last), frozenset(), members)
                if is_described
                else None
            )
        end = noun
        if following and reading.norm(noun + 1) == "with" and following[0].first == noun + 2:
            members |= {each.name.target for each in following}
            end = following[-1].last
        between = [each for each in countries if last < each.first and each.last < noun]
        spoken_for = {position for each in between for position in range(each.first, each.last + 1)}
        specific = {
            reading.norm(position) for position in range(last + 1, noun) if position not in spoken_for
        } - _UNSPECIFIC
        places = {each.name.target for each in between}
        candidates = [each for each in self._owned_by(members) if not places or each.country in places]
        known = frozenset(word for word in specific if any(word in self._describing[each.name] for each in candidates))
        is_known_pair = len(members) > 1 and (reading.row[last].possessive or end > noun)
        if reading.norm(noun) in _FIRM_NOUNS and not (known or is_known_pair or places):
            return None
        if len(members) == 1 and specific and not known:
            return None
        return self._chosen(candidates, (first, end), known, members)

    def _owned_by(self, members: set[str]) -> list[Company]:
        return [each for each in self._ventures if members <= set(each.members)]

    def _by_country(self, reading: Reading, country: Found) -> Found | None:
        if reading.norm(country.first - 1) in _INDEFINITE:
            return None
        noun = _noun_after(reading, country.last)
        if noun is None or reading.norm(noun) in {"startup", "firm"}:
            return None
        qualifiers = frozenset(reading.norm(position) for position in range(country.last + 1, noun))
        candidates = [
            each
            for each in self._ventures
            if each.country == country.name.target
            and qualifiers & self._describing[each.name]
            and not (reading.norm(noun) == "company" and each.kind == "programme")
        ]
        scores = {each.name: len(qualifiers & self._describing[each.name]) for each in candidates}
        best = [each for each in candidates if scores[each.name] == max(scores.values())]
        # "a Japanese AI company" may be any; two fitting words, a possessive or the word venture make it this one.
        is_specific = bool(best) and (
            scores[best[0].name] > 1 or reading.row[country.last].possessive or reading.norm(noun) in _VENTURE_NOUNS
        )
        return self._chosen(best, (country.first, noun), qualifiers, set()) if is_specific and len(best) == 1 else None

    def _chosen(
        self, candidates: list[Company], span: tuple[int, int], known: frozenset[str], members: Iterable[str]
    ) -> Found | None:
        """The best of `candidates`: most describing words, then, for several founders, fewest members besides them."""
        if not candidates:
            return None
        founders = [self._companies[member] for member in members]

        def rank(venture: Company) -> tuple[int, int, int]:
            order = min(
                (each.ventures.index(venture.name) for each in founders if venture.name in each.ventures), default=0
            )
            return (
                -len(known & self._describing[venture.name]),
                len(venture.members) if len(founders) > 1 else 0,
                order,
            )

        ranked = sorted(candidates, key=rank)
        tied = [each.name for each in ranked[1:] if rank(each)[:2] == rank(ranked[0])[:2]]
        name = Name("company", ranked[0].name, "ambiguous" if tied else "phrase", "")
        return Found(*span, name, tuple(tied))


def _groups(reading: Reading, companies: list[Found]) -> list[list[Found]]:
    """Runs of companies joined by commas, slashes, hyphens and "and", a venture "with" the next included."""
    groups: list[list[Found]] = []
    for each in companies:
        if groups and _is_listed(reading, groups[-1][-1].last, each.first):
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups


def _is_listed(reading: Reading, last: int, first: int) -> bool:
    between = range(last + 1, first)
    if any(reading.gap(position) == BREAK for position in (*between, first)):
        return False
    return all(reading.norm(position) in _LIST_GLUE for position in between)


def _noun_after(reading: Reading, last: int) -> int | None:
    """The position of a venture noun after `last`, with qualifiers but no function word or comma between."""
    for position in range(last + 1, last + 2 + _MOST_QUALIFIERS):
        word = reading.norm(position)
        if reading.gap(position) >= PAUSE or word in _FUNCTION_WORDS:
            return None
        if word in _VENTURE_NOUNS or word in _FIRM_NOUNS:
            return position
    return None


def _noun_before(reading: Reading, first: int) -> int | None:
    """The position of "venture" in "venture of", "venture between" and the like right before `first`."""
    if reading.norm(first - 1) in _BEFORE_FOUNDERS and reading.norm(first - 2) in _VENTURE_NOUNS:
        return first - 2
    return None
