"""Companies that a question is about: named, corrected by the candidate, or described by their country.

`question` asks here; linking (`corpus.entities`) has found the names, and `names` finds those that no source knows.
"""

from __future__ import annotations

from datetime import date

from corpus.entities import Entities, Links, Mention
from service.answering.answer import CompanyUnderstood
from service.answering.patterns import any_case

_NOT_BEFORE = any_case(
    r"\b(?:not|except|other than|rather than|instead of)\s+(?:the\s+|at\s+|about\s+|their\s+|its\s+)?$"
)
_FIRM_NOUN = any_case(
    r"^\s+(?:[\w-]+\s){0,2}(?:group|company|firm|start-?up|\w*maker|manufacturer|lab|giant|unicorn|conglomerate|player)\b"
)


def companies_in(text: str, links: Links, entities: Entities, as_of: date) -> tuple[CompanyUnderstood, ...]:
    """The companies that a text names, in order, by their names on the day; not those it rules out ("not Waymo")."""
    found: dict[str, CompanyUnderstood] = {}
    for mention in links.mentions:
        if mention.kind == "company" and not _NOT_BEFORE.search(text[: mention.start]):
            found.setdefault(mention.name, _company(mention.name, mention.matched, entities, as_of, mention))
    return tuple(found.values())


def named_company(name: str, entities: Entities, as_of: date) -> CompanyUnderstood:
    """The company that the candidate says it is; its `id` is empty when no source knows it."""
    canonical = entities.resolve_company(name)
    if canonical is None:
        return CompanyUnderstood(name=name, id="", matched=name)
    return _company(canonical, name, entities, as_of)


def companies_of_a_country(text: str, links: Links, entities: Entities) -> frozenset[str]:
    """The companies of the country by which a question describes one: "the Korean group that builds humanoids"."""
    countries = {
        country
        for mention in links.mentions
        if mention.kind == "country" and _FIRM_NOUN.match(text[mention.end :])
        for country in entities.countries_within(mention.name)
    }
    return frozenset(company.name for company in entities.companies() if countries and company.country in countries)


def _company(
    name: str, matched: str, entities: Entities, as_of: date, mention: Mention | None = None
) -> CompanyUnderstood:
    entry = entities.company(name)
    alternatives = (mention.alternatives if mention else ()) or entities.alternatives(name, matched)
    return CompanyUnderstood(
        name=entities.name_at(name, as_of),
        id=name,
        matched=matched,
        formerly=entities.former_names(name, as_of),
        members=entry.members if entry else (),
        alternatives=tuple(alternatives[:2]),
    )
