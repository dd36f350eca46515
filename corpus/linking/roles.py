"""Which role a text means: its names, the trade beside a role word, and the guesses where nothing fits exactly.

Certain readings come first: a role's name, then its field beside a role word ("perception interview"). Only where a
question has neither is a wider name taken, or the likeliest candidate of an ambiguous one; the mention says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from corpus.catalogue import Role
from corpus.linking.index import Found, Rule
from corpus.linking.reading import Reading, inside, longest, overlap
from corpus.linking.words import FUNCTION_WORDS, JOINED, PAUSE

_CONNECTORS: Final = frozenset("in of for on as about around is doing with a an the my their your".split())
_VERB_BEFORE: Final = frozenset("am im are was were be been".split())
_PREPARING: Final = frozenset(
    "prep prepare prepares preparing preparation study studying practise practice practising practicing apply applying "
    "join joining train training drill revise".split()
)
_FILLERS: Final = frozenset(
    "a an the my its it is it's im i for in on as actually mostly mainly really rather sorry oh no wait ok so well and "
    "just please pls thanks role side part stuff track kind sort of".split()
)
_PLACES: Final = frozenset({"at", "with", "for", "by"})


class RoleReader:
    """Finds roles; knows the words that make a field a role and which names count only in their case."""

    def __init__(self, roles: Iterable[Role], role_words: frozenset[str], as_written: frozenset[str]) -> None:
        """`role_words` are "role", "job", "engineer" …; `as_written` are loose names that are words in lower case."""
        self._roles: Mapping[str, Role] = {role.id: role for role in roles}
        self._role_words = frozenset(role_words)
        self._as_written = as_written

    def in_question(self, reading: Reading, companies: list[Found]) -> list[Found]:
        """The roles of a question; `companies` hide the roles' words that stand inside their names."""
        wider = self._wider(reading, companies)
        names = [each for each in self._names(reading, companies) if not any(inside(each, other) for other in wider)]
        fields = self._fields(reading, companies, names)
        sure = [*names, *(each for each in fields if not any(inside(each, other) for other in wider))]
        if any(self._roles[each.name.target].kind == "role" for each in sure):
            return sure
        ambiguous = self._ambiguous(reading, companies, sure)
        decided = [each for each in ambiguous if each.name.via != "ambiguous"]
        if decided:
            return [*sure, *decided]
        loose = longest(
            [each for each in self._loose(reading, companies) if not _overlaps_any(each, sure)], reading.row
        )
        return [*sure, *(loose or ambiguous)]

    def in_edited_text(self, reading: Reading, companies: list[Found]) -> list[Found]:
        """The roles that edited text names, or whose field stands beside a role word."""
        names = self._names(reading, companies)
        beside = [
            each for each in self._of_rule(reading, Rule.FIELD, companies, names) if self._is_beside(reading, each)
        ]
        return [*names, *longest(beside, reading.row)]

    def starts(self, reading: Reading) -> frozenset[int]:
        """The words at which a role's name or a field beside a role word begins, whatever else may be there."""
        return frozenset(
            each.first
            for each in reading.found
            if each.name.section == "role"
            and (each.name.rule in {Rule.PLAIN, Rule.LOOSE} or self._is_beside(reading, each))
        )

    def _names(self, reading: Reading, companies: list[Found]) -> list[Found]:
        exact = [
            each
            for each in self._of_rule(reading, Rule.AS_WRITTEN, companies, [])
            if reading.written(each) == each.name.written
        ]
        return longest([*self._of_rule(reading, Rule.PLAIN, companies, []), *exact], reading.row)

    def _loose(self, reading: Reading, companies: list[Found]) -> list[Found]:
        return [
            each
            for each in self._of_rule(reading, Rule.LOOSE, companies, [])
            if each.name.written not in self._as_written or reading.written(each) == each.name.written
        ]

    def _wider(self, reading: Reading, companies: list[Found]) -> list[Found]:
        """Names that are only guessed, yet say more than a sure name inside them: "robotics AI engineer"."""
        ambiguous = self._of_rule(reading, Rule.AMBIGUOUS, companies, [])
        whole = [each for each in ambiguous if each.name.ambiguous and not each.name.ambiguous.needs_role_word]
        return [*self._loose(reading, companies), *whole]

    def _ambiguous(self, reading: Reading, companies: list[Found], sure: list[Found]) -> list[Found]:
        candidates = [
            each
            for each in self._of_rule(reading, Rule.AMBIGUOUS, companies, sure)
            if each.name.ambiguous and (not each.name.ambiguous.needs_role_word or self._is_beside(reading, each))
        ]
        return [reading.decided(each, ()) for each in longest(candidates, reading.row)]

    def _fields(self, reading: Reading, companies: list[Found], names: list[Found]) -> list[Found]:
        fields = longest(self._of_rule(reading, Rule.FIELD, companies, names), reading.row)
        preparing = any(word.norm in _PREPARING or word.norm in self._role_words for word in reading.row)
        company_starts = {each.first for each in companies}
        beside = [
            each
            for each in fields
            if self._is_beside(reading, each) or (preparing and _is_at_company(reading, each, company_starts))
        ]
        return beside or _alone_in_its_clause(reading, [each for each in fields if not _is_verb(reading, each)])

    def _of_rule(self, reading: Reading, rule: Rule, companies: list[Found], names: list[Found]) -> list[Found]:
        """The role names under `rule` that no company's name hides and no surer role takes."""
        return [
            each
            for each in reading.found
            if each.name.section == "role"
            and each.name.rule is rule
            and not any(overlap(each, company) and not _contains(each, company) for company in companies)
            and not _overlaps_any(each, names)
        ]

    def _is_beside(self, reading: Reading, each: Found) -> bool:
        """Whether a role word stands right after the field, or one word later, or before it ("job in controls")."""
        if _is_verb(reading, each):
            return False
        for position in (each.last + 1, each.last + 2):
            word = reading.norm(position)
            if reading.gap(position) >= PAUSE or word in FUNCTION_WORDS:
                break
            if word in self._role_words:
                return True
        position = each.first - 1
        while (
            each.first - position <= 3 and reading.norm(position) in _CONNECTORS and reading.gap(position + 1) == JOINED
        ):
            position -= 1
        connected = (
            position < each.first - 1
            or reading.text[reading.row[each.first].start - 2 : reading.row[each.first].start] == ": "
        )
        return connected and reading.norm(position) in self._role_words


def _overlaps_any(each: Found, others: Iterable[Found]) -> bool:
    return any(overlap(each, other) for other in others)


def _is_verb(reading: Reading, each: Found) -> bool:
    """Whether "planning" or "tracking" is what somebody does ("I'm planning to interview")."""
    return reading.norm(each.last).endswith("ing") and reading.norm(each.first - 1) in _VERB_BEFORE


def _is_at_company(reading: Reading, each: Found, company_starts: set[int]) -> bool:
    after = each.last + 1
    following = {after + 1, after + 2} if reading.norm(after + 1) in {"the", "a"} else {after + 1}
    return reading.norm(after) in _PLACES and bool(company_starts & following)


def _alone_in_its_clause(reading: Reading, fields: list[Found]) -> list[Found]:
    """Fields that make up a clause by themselves ("Woven by Toyota, perception."), unless they list several roles."""
    alone = [each for each in fields if _is_alone(reading, each)]
    whole = any(each.first == 0 and each.last == len(reading.row) - 1 for each in alone)
    return alone if len({each.name.target for each in alone}) == 1 and not whole else []


def _is_alone(reading: Reading, each: Found) -> bool:
    first, last = each.first, each.last
    while reading.gap(first) < PAUSE:
        first -= 1
    while reading.gap(last + 1) < PAUSE:
        last += 1
    others = (*range(first, each.first), *range(each.last + 1, last + 1))
    return all(reading.norm(position) in _FILLERS for position in others)


def _contains(each: Found, company: Found) -> bool:
    return (
        each.first <= company.first
        and company.last <= each.last
        and each.last - each.first > company.last - company.first
    )
