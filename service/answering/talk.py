"""What was said so far in a conversation, as the rules for follow-ups and corrections look it up.

`question` opens a `Talk` with the standalone questions of the earlier turns; `followup` and `corrections` work with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Final

from corpus.entities import Entities
from service.answering.intents import GUIDED
from service.answering.known import NOTHING, Known

if TYPE_CHECKING:
    from service.answering.question import Question

Read = Callable[[str], "Question"]
"""Reads a text as if it were the first question of a conversation."""
MOST_CARRIED: Final = 600
"""Characters of an earlier question that a follow-up takes over at most."""


@dataclass(frozen=True, slots=True)
class Name:
    """A company as it is written into a question; `id` is its canonical name, empty for one that no source knows."""

    id: str
    written: str


@dataclass
class Talk:
    """What was said so far: the standalone questions, oldest first, read when a rule asks for them."""

    texts: Sequence[str]
    entities: Entities
    as_of: date
    read: Read
    known: Known = NOTHING

    @property
    def last(self) -> str:
        """The latest question, as far as it is taken over."""
        return self.texts[-1][:MOST_CARRIED] if self.texts else ""

    @cached_property
    def companies(self) -> tuple[Name, ...]:
        """Those of the latest question that named any; else the target's."""
        for text in reversed(self.texts):
            if names := self.names(text):
                return names
        company = self.known.target.company
        return (Name(company, company),) if company else ()

    @cached_property
    def discussed(self) -> tuple[Name, ...]:
        """Every company that was asked about, in the order in which they came up; what they were compared by is not."""
        found: dict[str, Name] = {}
        for text in self.texts:
            for name in self.names(text):
                found.setdefault(name.id or name.written, name)
        return tuple(found.values())

    def names(self, text: str) -> tuple[Name, ...]:
        """The companies of a question: known ones by the name that they have on the day, unknown ones as written."""
        question = self.read(text)
        known = tuple(Name(company.id, company.name) for company in question.companies)
        return known + tuple(Name("", name) for name in question.unknown)

    @cached_property
    def role(self) -> str:
        """The title of the role that was last asked about, else the target's; empty when there is none."""
        for text in reversed(self.texts):
            roles = self.read(text).roles
            if roles and not (roles[0].assumed and self.read(text).intent == "fact"):
                return roles[0].title
        return self.known.target.role or ""

    @cached_property
    def preparation(self) -> str:
        """The latest question that asked to be prepared, else one that a guide answers; empty when there is none."""
        for intents in (frozenset({"prepare"}), GUIDED):
            for text in reversed(self.texts):
                if self.read(text).intent in intents:
                    return text[:MOST_CARRIED]
        return ""

    def about(self, company: str) -> str | None:
        """The latest question about a company alone, else about it and others."""
        named = [(text, self.names(text)) for text in reversed(self.texts)]
        found = [(len(names), text) for text, names in named if company in {name.id for name in names}]
        return min(found, key=lambda pair: pair[0])[1] if found else None
