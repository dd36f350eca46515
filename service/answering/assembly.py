"""An answer put together while a model writes it: its sections, in the order of the extractive answer.

The extractive answer is the outline. The model writes some of its sections; `Assembly` releases what passed its check,
fills up what the model left out with the extractive statements, and tells the rest as it stands. `generative` drives
it; what it returns are the events of the stream.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from rapidfuzz import fuzz

from service.answering.answer import (
    AnswerEvent,
    Outcomes,
    Section,
    SectionCompleted,
    SectionKind,
    SectionStarted,
    Source,
    Statement,
    StatementKind,
    StatementReleased,
    Withheld,
)
from service.answering.draft import Draft
from service.answering.evidence import Evidence
from service.grounding.release import Finding, Released, settle

ENOUGH = 0.6
"""Share of a section's extractive statements that a model's must reach in number, or the section is filled up."""
MORE = 2
"""Statements that a model may write in a section beyond the number of the extractive ones."""
SAME_HEADING = 75.0
"""Similarity (rapidfuzz `ratio`, 0..100) from which a model's heading is taken for one it was given."""
ALWAYS_KEPT = frozenset({"disagreement", "gap", "question"})
"""Kinds of extractive statements that no model replaces: what differs and what is missing is said."""

Key = tuple[str, int]


@dataclass
class _Section:
    """A section of the outline. `heading` is what the model calls it, empty when it is not the model's to write."""

    outline: Section
    heading: str
    written: int = 0
    released: int = 0
    cited: set[Key] = field(default_factory=set)
    told: set[str] = field(default_factory=set)


class Assembly:
    """Collects statements into sections and says what the reader sees next. Not for use by several tasks."""

    def __init__(self, base: Draft, headings: Mapping[int, str], most: int) -> None:
        """Begin an answer.

        Args:
            base: the extractive answer.
            headings: which of its sections the model writes, by their place, and what it calls them.
            most: statements of the answer.
        """
        sections, _ = base.finished()
        self.draft = base.continued(most)
        self.withheld: list[Withheld] = []
        self.outcomes = Outcomes()
        self.refused_in_row = 0
        self._sections = [_Section(outline, headings.get(at, "")) for at, outline in enumerate(sections)]
        self._most = most
        self._at = -1
        self._number = -1
        self._count = 0
        self._texts: list[str] = []
        self._used: set[int] = set()

    @property
    def is_full(self) -> bool:
        """Whether the model has nothing more to write."""
        later = any(section.heading for section in self._sections[self._at + 1 :])
        return not later and (self._at < 0 or not self._has_room_for(self._sections[self._at]))

    def used_sources(self) -> tuple[Source, ...]:
        """The sources that the released statements cite, under their numbers."""
        return tuple(source for source in self.draft.sources() if source.n in self._used)

    def tasks(self, described: Mapping[SectionKind, str]) -> list[dict[str, str | int]]:
        """What the model is asked for: each heading with its task and how many statements it may have."""
        return [
            {
                "heading": section.heading,
                "task": described[section.outline.kind],
                "statements": len(section.outline.statements) + (MORE if len(section.outline.statements) > 1 else 0),
            }
            for section in self._sections
            if section.heading
        ]

    def begin(self) -> Iterator[AnswerEvent]:
        """What comes before the first section that the model writes."""
        first = next((at for at, section in enumerate(self._sections) if section.heading), len(self._sections))
        yield from self._move(first)

    def heading(self, text: str) -> Iterator[AnswerEvent]:
        """Go on to the section that a model's heading names; one that is unknown or past changes nothing."""
        later = [at for at in range(self._at + 1, len(self._sections)) if self._sections[at].heading]
        best = max(later, key=lambda at: _alike(text, self._sections[at].heading), default=None)
        here = _alike(text, self._sections[self._at].heading)
        if best is not None and _alike(text, self._sections[best].heading) >= max(SAME_HEADING, here):
            yield from self._move(best)

    def is_heading(self, text: str) -> bool:
        """Whether a statement is one of the headings, said once more: small models repeat what they are asked for."""
        return any(_alike(text, section.heading) >= SAME_HEADING for section in self._sections)

    def add(self, finding: Finding) -> Iterator[AnswerEvent]:
        """Release or withhold a statement of the open section; one for which there is no room is dropped.

        A model that forgets its headings writes on under the first: what rests on the sentences of a later section
        opens that one.
        """
        settled = settle(finding, self.draft.shows, self._texts)
        if not isinstance(settled, Withheld):
            yield from self._move(self._place({item.key for item in settled.evidence}))
        section = self._sections[self._at]
        if not self._has_room_for(section):
            return
        if isinstance(settled, Withheld):
            self.withheld.append(settled)
            self.refused_in_row += 1
            self._count_outcome("withheld")
            return
        self.refused_in_row = 0
        self._count_outcome("quoted" if settled.quoted else "as_written")
        keys = {item.key for item in settled.evidence}
        yield from self._caught_up(section, keys)
        section.written += 1
        section.cited |= keys
        for key in keys:
            self.draft.show(key)
        yield from self._emit(section, self._statement(settled))

    def finish(self) -> Iterator[AnswerEvent]:
        """Everything that is left, from the extractive answer."""
        yield from self._move(len(self._sections))

    def _place(self, keys: set[Key]) -> int:
        """The section that a statement belongs to by the sentences that it rests on: the open one, or a later one."""

        def rests_on(section: _Section) -> bool:
            return any(self._essential(statement) & keys for statement in section.outline.statements)

        later = range(self._at + 1, len(self._sections))
        if rests_on(self._sections[self._at]):
            return self._at
        return next((at for at in later if self._sections[at].heading and rests_on(self._sections[at])), self._at)

    def _count_outcome(self, name: str) -> None:
        self.outcomes = self.outcomes.model_copy(update={name: getattr(self.outcomes, name) + 1})

    def _has_room_for(self, section: _Section) -> bool:
        outlined = len(section.outline.statements)
        spare = self._most - self._count - sum(len(s.outline.statements) for s in self._sections[self._at + 1 :])
        # A statement takes the place of an extractive one, except in a plan, where it may be about none of its weeks.
        replaced = 0 if section.outline.kind == "plan" else 1
        return section.written < outlined + MORE and spare - len(list(self._missing(section))) + replaced > 0

    def _move(self, target: int) -> Iterator[AnswerEvent]:
        """Complete the open section, tell those between, and open the one at `target`."""
        while self._at < target:
            if self._at >= 0:
                section = self._sections[self._at]
                for statement in list(self._missing(section)):
                    yield from self._emit_outlined(section, statement)
                if section.released:
                    yield SectionCompleted(section=self._number)
            self._at += 1

    def _missing(self, section: _Section) -> Iterator[Statement]:
        """The extractive statements that a section still needs, in their order."""
        left = [s for s in section.outline.statements if s.id not in section.told and not self._is_covered(section, s)]
        statements = section.outline.statements
        is_plan = section.outline.kind == "plan"
        enough = len(statements) if is_plan or not section.written else ceil(ENOUGH * len(statements))
        room = enough - section.written
        for statement in left:
            if statement.kind in ALWAYS_KEPT:
                yield statement
            elif room > 0 or is_plan:
                room -= 1
                yield statement

    def _is_covered(self, section: _Section, statement: Statement) -> bool:
        """Whether the answer says already what an extractive statement says."""
        if statement.kind in ALWAYS_KEPT or not statement.citations:
            return False
        keys = self._essential(statement)
        return keys <= section.cited or (statement.kind != "link" and all(self.draft.has_shown(key) for key in keys))

    def _essential(self, statement: Statement) -> set[Key]:
        """The sentences that a statement is about: a guide's where it joins one to a piece of news."""
        sources = {source.n: source for source in self.draft.sources()}
        keys = {(sources[c.source].id, c.start) for c in statement.citations}
        guides = {(sources[c.source].id, c.start) for c in statement.citations if sources[c.source].kind == "guide"}
        return guides or keys

    def _caught_up(self, section: _Section, keys: set[Key]) -> Iterator[AnswerEvent]:
        """The weeks of a plan that come before what the model writes about a later one."""
        if section.outline.kind != "plan":
            return
        statements = section.outline.statements
        place = next((at for at, s in enumerate(statements) if self._essential(s) & keys), 0)
        for statement in statements[:place]:
            if statement.id not in section.told and not self._is_covered(section, statement):
                yield from self._emit_outlined(section, statement)

    def _emit_outlined(self, section: _Section, statement: Statement) -> Iterator[AnswerEvent]:
        section.told.add(statement.id)
        if statement.kind in ("fact", "advice"):
            for key in self._essential(statement):
                self.draft.show(key)
        yield from self._emit(section, statement)

    def _emit(self, section: _Section, statement: Statement) -> Iterator[AnswerEvent]:
        if self._count >= self._most:
            return
        if not section.released:
            self._number += 1
            yield SectionStarted(section=self._number, kind=section.outline.kind, title=section.outline.title)
        section.released += 1
        self._count += 1
        self._texts.append(statement.text)
        self._used |= {citation.source for citation in statement.citations}
        numbered = statement.model_copy(update={"id": f"st_{self._count}"})
        yield StatementReleased(section=self._number, statement=numbered)

    def _statement(self, released: Released) -> Statement:
        return self.draft.say(_kind(released.evidence), released.text, released.evidence).model_copy(
            update={
                "support": round(released.support, 4),
                "checked": released.checked,
                "released": "quoted" if released.quoted else "as_written",
                "composer": "generative",
            }
        )


def _kind(evidence: Sequence[Evidence]) -> StatementKind:
    """What a statement is by what it rests on: news makes a fact, a guide advice, both a link."""
    kinds = {item.document.kind for item in evidence}
    return "link" if len(kinds) > 1 else "fact" if "news" in kinds else "advice"


def _alike(one: str, other: str) -> float:
    def bare(text: str) -> str:
        return re.sub(r"[\W\d_]+", " ", text).strip().casefold()

    return float(fuzz.ratio(bare(one), bare(other))) if other else 0.0
