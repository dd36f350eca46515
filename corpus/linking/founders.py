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
from corpus.linking.reading import Reading, forms, overlap
from corpus.linking.words import BREAK, FUNCTION_WORDS, PAUSE, key

_VENTURE_NOUNS: Final = frozenset({"venture", "jv", "consortium", "alliance"})
_FIRM_NOUNS: Final = frozenset({"company", "startup", "firm", "project"})
_LIST_GLUE: Final = frozenset({"and", "plus", "x", "+"})
_BEFORE_FOUNDERS: Final = frozenset({"of", "between", "by", "from", "with"})
_UNSPECIFIC: Final = frozenset("joint new latest own big secret the tech technology led backed japanese".split())
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
        silent = member_words | country_words | _VENTURE_NOUNS | _FIRM_NOUNS | FUNCTION_WORDS | _UNSPECIFIC
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
        followers: list[list[Found]] = [*groups[1:], []]
        found = [
            venture
            for group, following in zip(groups, followers[: len(groups)], strict=True)
            if (venture := self._by_members(reading, group, following, countries)) is not None
        ]
        for country in countries:
            venture = self._by_country(reading, country)
            if venture is not None and not any(overlap(venture, other) for other in (*found, *companies)):
                found.append(venture)
        return found

    def _by_members(
        self, reading: Reading, group: list[Found], following: list[Found], countries: list[Found]
    ) -> Found | None:
        """The venture of the companies in `group`, and of those `following` after "with"."""
        noun = _noun_after(reading, group[-1].last)
        if noun is not None:
            return self._before_noun(reading, group, noun, following, countries)
        return self._with_its_members(reading, group, following) or self._after_noun(reading, group)

    def _before_noun(
        self, reading: Reading, group: list[Found], noun: int, following: list[Found], countries: list[Found]
    ) -> Found | None:
        """The venture of "Honda's physical AI venture" and "the SoftBank/NEC joint venture with Sony"."""
        last = group[-1].last
        members = self._members_of(group)
        end = noun
        if following and reading.norm(noun + 1) == "with" and following[0].first == noun + 2:
            members |= {each.name.target for each in following}
            end = following[-1].last
        between = [each for each in countries if last < each.first and each.last < noun]
        places = {each.name.target for each in between}
        candidates = [each for each in self._owned_by(members) if not places or each.country in places]
        named = {position for each in between for position in range(each.first, each.last + 1)}
        specific = {reading.norm(position) for position in range(last + 1, noun) if position not in named} - _UNSPECIFIC
        known = frozenset(word for word in specific if any(word in self._describing[each.name] for each in candidates))
        is_known_pair = len(members) > 1 and (reading.row[last].possessive or end > noun)
        if reading.norm(noun) in _FIRM_NOUNS and not (known or places or is_known_pair):
            return None
        if len(members) == 1 and specific and not known:
            return None
        return self._chosen(reading, candidates, (group[0].first, end), known, members)

    def _with_its_members(self, reading: Reading, group: list[Found], following: list[Found]) -> Found | None:
        """A venture that is named already, with its members after "with": "Sony's chip venture with TSMC"."""
        named = group[-1]
        venture = self._companies[named.name.target]
        is_followed = (
            bool(following) and following[0].first == named.last + 2 and reading.norm(named.last + 1) == "with"
        )
        if not is_followed or not {each.name.target for each in following} <= set(venture.members):
            return None
        return named._replace(last=following[-1].last)

    def _after_noun(self, reading: Reading, group: list[Found]) -> Found | None:
        """The venture of "the joint venture of Sony and TSMC"; its members must be at least two."""
        members = self._members_of(group)
        first = group[0].first
        noun = first - 2
        is_described = (
            reading.norm(first - 1) in _BEFORE_FOUNDERS and reading.norm(noun) in _VENTURE_NOUNS | _FIRM_NOUNS
        )
        if not is_described or len(members) < 2:
            return None
        return self._chosen(reading, self._owned_by(members), (noun, group[-1].last), frozenset(), members)

    def _members_of(self, group: list[Found]) -> set[str]:
        """The companies of a list; in "Sony, Honda and NEC" the first two are no mention of their own venture."""
        if len(group) == 1:
            return {group[0].name.target}
        entries = [self._companies[each.name.target] for each in group]
        return {name for entry in entries for name in (entry.members or (entry.name,))}

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
        if not is_specific or len(best) > 1:
            return None
        return self._chosen(reading, best, (country.first, noun), qualifiers, set())

    def _chosen(
        self,
        reading: Reading,
        candidates: list[Company],
        span: tuple[int, int],
        known: frozenset[str],
        members: Iterable[str],
    ) -> Found | None:
        """The best of `candidates`, with those that fit as well as alternatives.

        Most describing words among `known` come first, then the fewest other members, then the most describing words
        anywhere in the text, then the founders' own order of their ventures.
        """
        if not candidates:
            return None
        founders = [self._companies[member] for member in members]

        def fit(venture: Company) -> tuple[int, int, int]:
            describing = self._describing[venture.name]
            others = len(venture.members) if len(founders) > 1 else 0
            return -len(known & describing), others, -sum(not reading.present.isdisjoint(forms(w)) for w in describing)

        def order(venture: Company) -> int:
            return min(
                (each.ventures.index(venture.name) for each in founders if venture.name in each.ventures), default=0
            )

        ranked = sorted(candidates, key=lambda venture: (fit(venture), order(venture)))
        tied = tuple(each.name for each in ranked[1:] if fit(each) == fit(ranked[0]))
        return Found(*span, Name("company", ranked[0].name, "ambiguous" if tied else "phrase", ""), tied)


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
        if reading.gap(position) >= PAUSE or word in FUNCTION_WORDS:
            return None
        if word in _VENTURE_NOUNS or word in _FIRM_NOUNS:
            return position
    return None
