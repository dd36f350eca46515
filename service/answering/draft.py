"""An answer under construction: sources numbered as they are first cited, statements, sections.

The only place where citations are made: each is sliced from its document's text, so a quote cannot differ from its
source. Composers fill a `Draft`, `verify` checks what they worded around the quotations, and the engine turns it into
events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from corpus.document import Document
from service.answering.answer import (
    AbstentionReason,
    Citation,
    Section,
    SectionKind,
    Source,
    Statement,
    StatementKind,
    Withheld,
)
from service.answering.evidence import Evidence
from service.answering.phrasing import presentable
from service.grounding.composed import Cited, ComposedChecker


@dataclass
class Draft:
    """Sections in the making. `room` bounds how many statements may still be added."""

    room: int
    sections: list[Section] = field(default_factory=list)
    follow_ups: list[str] = field(default_factory=list)
    abstained: bool = False
    reason: AbstentionReason | None = None
    withheld: list[Withheld] = field(default_factory=list)
    _documents: dict[str, tuple[int, Document]] = field(default_factory=dict)
    _count: int = 0
    _shown: set[tuple[str, int]] = field(default_factory=set)

    def finished(self) -> tuple[tuple[Section, ...], tuple[Source, ...]]:
        """The sections and the sources that they cite, numbered from 1 in the order of their first citation."""
        numbers: dict[int, int] = {}
        sections = tuple(
            section.model_copy(
                update={"statements": tuple(_renumbered(statement, numbers) for statement in section.statements)}
            )
            for section in self.sections
        )
        documents = dict(self._documents.values())
        return sections, tuple(_source(n, documents[number]) for number, n in numbers.items())

    def verify(self, checker: ComposedChecker) -> None:
        """Check every statement with citations against them; what they do not bear out goes to `withheld`.

        A section that loses all its statements is dropped.
        """
        documents = dict(self._documents.values())
        checked = (
            section.model_copy(
                update={
                    "statements": tuple(
                        filter(None, (self._verified(s, documents, checker) for s in section.statements))
                    )
                }
            )
            for section in self.sections
        )
        self.sections = [section for section in checked if section.statements]

    def continued(self, room: int) -> Draft:
        """An empty draft whose sources are numbered as `finished` numbers this one's."""
        _, sources = self.finished()
        documents = {document.id: document for _, document in self._documents.values()}
        return Draft(room, _documents={source.id: (source.n, documents[source.id]) for source in sources})

    def register(self, document: Document) -> None:
        """Number a source before it is cited."""
        self._documents.setdefault(document.id, (len(self._documents) + 1, document))

    def sources(self) -> tuple[Source, ...]:
        """The sources that are numbered so far, cited or not."""
        return tuple(_source(number, document) for number, document in self._documents.values())

    def show(self, key: tuple[str, int]) -> None:
        """Note that the answer states the sentence with this key (`Evidence.key`)."""
        self._shown.add(key)

    def has_shown(self, key: tuple[str, int]) -> bool:
        """Whether the answer states the sentence with this key already."""
        return key in self._shown

    def cited_sentences(self, sections: Iterable[int]) -> list[tuple[str, int]]:
        """The sentences that these sections cite, by key, once each, in order; sections by their place."""
        ids = {number: document.id for number, document in self._documents.values()}
        cited = (c for at in sections for statement in self.sections[at].statements for c in statement.citations)
        return list(dict.fromkeys((ids[citation.source], citation.start) for citation in cited))

    def shows(self, item: Evidence) -> bool:
        """Whether the answer states this sentence already."""
        return item.key in self._shown

    def cite(self, item: Evidence) -> Citation:
        """A citation of a whole sentence, cut from its document's text."""
        number, document = self._documents.setdefault(item.document.id, (len(self._documents) + 1, item.document))
        start, end = item.sentence.start, item.sentence.end
        return Citation(source=number, quote=document.text[start:end], start=start, end=end)

    def say(self, kind: StatementKind, text: str, evidence: Sequence[Evidence] = ()) -> Statement:
        """A statement with its citations; the date is that of the newest cited source."""
        self._count += 1
        return Statement(
            id=f"st_{self._count}",
            text=text,
            kind=kind,
            citations=tuple(self.cite(item) for item in evidence),
            as_of=max((item.document.published for item in evidence if item.document.kind == "news"), default=None),
        )

    def fact(self, item: Evidence, text: str | None = None) -> Statement:
        """A sentence of a source as a statement of its own: news as a fact, a guide's as advice."""
        self.show(item.key)
        return self.say(
            "fact" if item.document.kind == "news" else "advice",
            text or presentable(item.sentence, item.document),
            [item],
        )

    def gap(self, text: str, evidence: Sequence[Evidence] = ()) -> Statement:
        """What the sources do not say."""
        return self.say("gap", text, evidence)

    def section(self, kind: SectionKind, title: str, statements: Iterable[Statement]) -> None:
        """Add a section, cut to the room that is left; an empty one is dropped."""
        kept = tuple(statements)[: max(0, self.room)]
        if kept:
            self.room -= len(kept)
            self.sections.append(Section(kind=kind, title=title, statements=kept))

    def _verified(
        self, statement: Statement, documents: Mapping[int, Document], checker: ComposedChecker
    ) -> Statement | None:
        if not statement.citations:
            return statement
        cited = [
            Cited(citation.quote, documents[citation.source].publisher, documents[citation.source].published)
            for citation in statement.citations
        ]
        found = checker.check(statement.text, cited)
        if found.problems:
            first = found.problems[0]
            self.withheld.append(Withheld(text=statement.text, reason=first.explanation, words=first.words))
            return None
        return statement if statement.checked == (found.by,) else statement.model_copy(update={"checked": (found.by,)})


def _renumbered(statement: Statement, numbers: dict[int, int]) -> Statement:
    citations = tuple(
        citation.model_copy(update={"source": numbers.setdefault(citation.source, len(numbers) + 1)})
        for citation in statement.citations
    )
    return statement.model_copy(update={"citations": citations})


def _source(n: int, document: Document) -> Source:
    return Source(
        n=n, id=document.id, kind=document.kind, title=document.title, publisher=document.publisher, url=document.url,
        published=document.published,
    )  # fmt: skip
