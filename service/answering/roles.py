"""Roles that a question is about: those that it names, the guide for a field ("quiz me on Kalman filters"), and trades
that no guide covers ("data scientist").

`question` asks for the last two when entity linking found no role; both answers are marked as assumed, so that a reader
sees how the question was read and may correct it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from corpus.entities import Entities, Links, Mention
from service.answering.answer import RoleUnderstood
from service.answering.terms import STOP_WORDS

FIELD_VOTES = 2.0
"""What a role counts whose own field is named; the first role of a skill counts 1, the second 1/2 and so on."""
_MOST_ALTERNATIVES = 3
_TRADE = re.compile(
    r"\b(?:engineer|scientist|analyst|designer|technician|developer|architect|manager|researcher|recruiter|administrator|"
    r"accountant|lawyer|programmer|operator|mechanic|machinist|marketer|economist|writer)\b",
    re.IGNORECASE,
)
_WORD_BEFORE = re.compile(r"([A-Za-z][\w+#/&-]*)\s+$")
_NO_TRADE = STOP_WORDS | frozenset(
    "interview interviews interviewing role job position intern internship junior senior staff principal lead mid "
    "level grad graduate fresh entry experienced aspiring hiring next week become becoming".split()
)
_MOST_TRADE_WORDS = 3
_PRODUCT_TRADE = re.compile(r"\b(?:[Pp]roduct (?:[Mm]anager|[Oo]wner|[Ll]ead)|PM)\b(?!\s*\d)")


def roles_in(links: Links, entities: Entities) -> tuple[RoleUnderstood, ...]:
    """The roles that `links` found named, in order; one that a loose or ambiguous word stands for is assumed."""
    found: dict[str, RoleUnderstood] = {}
    for mention in links.mentions:
        role = entities.role(mention.name) if mention.kind == "role" else None
        if role and role.id not in found:
            assumed = mention.via in ("loose", "ambiguous")
            found[role.id] = RoleUnderstood(
                id=role.id,
                title=role.title,
                matched=mention.matched,
                assumed=assumed,
                alternatives=tuple(mention.alternatives[:3]),
            )
    return tuple(found.values())


def named_role(name: str, entities: Entities) -> RoleUnderstood:
    """The role that the candidate says it is; without a guide for it, its `id` is empty and it is marked as assumed."""
    role_id = entities.resolve_role(name)
    if role_id is None:
        linked = entities.link(name).roles
        role_id = linked[0] if linked else None
    role = entities.role(role_id) if role_id else None
    return (
        RoleUnderstood(id=role.id, title=role.title, matched=name)
        if role
        else RoleUnderstood(id="", title=name, matched=name, assumed=True)
    )


def role_of_field(fields: Sequence[Mention], entities: Entities) -> RoleUnderstood | None:
    """The role whose guide fits the named fields best, or None when no guide does.

    Args:
        fields: the mentions of skills and topics in a question.
        entities: the catalogue, which says which roles ask for a skill and what a role's fields are called.
    """
    votes: dict[str, float] = defaultdict(float)
    matched: list[str] = []
    for mention in fields:
        skill = entities.skill(mention.name)
        if skill and skill.generic:
            continue
        for number, role_id in enumerate(skill.roles if skill else (), 1):
            votes[role_id] += 1 / number
        field = entities.resolve_role(mention.matched)
        if field:
            votes[field] += FIELD_VOTES
        if field or (skill and skill.roles):
            matched.append(mention.matched)
    in_order = sorted(votes, key=lambda role_id: -votes[role_id])
    found = [role for role_id in in_order if (role := entities.role(role_id))]
    if not found:
        return None
    return RoleUnderstood(
        id=found[0].id,
        title=found[0].title,
        matched=", ".join(dict.fromkeys(matched)),
        assumed=True,
        alternatives=tuple(role.id for role in found[1 : 1 + _MOST_ALTERNATIVES]),
    )


def product_role(text: str, entities: Entities) -> RoleUnderstood | None:
    """The role of who answers for a product, if the text names that trade: whatever field the product is of ("PM for
    voice agents"), such a title says more of the interview than the field.
    """
    found = _PRODUCT_TRADE.search(text)
    role = entities.role(role_id) if found and (role_id := entities.resolve_role("product manager")) else None
    return RoleUnderstood(id=role.id, title=role.title, matched=found.group(0)) if role and found else None


def uncovered_role(text: str, names: Iterable[tuple[int, int]]) -> RoleUnderstood | None:
    """The trade that a text names ("mechanical engineer"), as a role without a guide: its `id` is empty.

    `names` are the spans of companies, which are no part of a trade ("tesla mechanical engineer").
    """
    spans = list(names)
    for match in _TRADE.finditer(text):
        start = match.start()
        for _ in range(_MOST_TRADE_WORDS):
            before = _WORD_BEFORE.search(text[:start])
            if not before or before.group(1).casefold() in _NO_TRADE:
                break
            if any(low < before.end(1) and before.start(1) < high for low, high in spans):
                break
            start = before.start(1)
        if start < match.start():
            title = text[start : match.end()]
            return RoleUnderstood(id="", title=title, matched=title, assumed=True)
    return None
