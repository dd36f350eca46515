"""An answer as text: the events of the engine laid out in lines, printed in colour, plain, or as Markdown.

`Layout` turns events into `Line`s of styled spans and knows nothing of the medium; `print_line` writes one to a
terminal or a pipe, `markdown` to a document.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from service.answering.answer import (
    Answer,
    AnswerCompleted,
    AnswerEvent,
    AnswerFollowUps,
    AnswerSources,
    AnswerStarted,
    AnswerSummary,
    Citation,
    SectionStarted,
    Source,
    Statement,
    StatementReleased,
    Understanding,
)
from service.answering.figures import spoken
from service.answering.phrasing import age
from service.answering.replay import replay
from service.incoming import without_controls

if TYPE_CHECKING:
    from rich.console import Console

SpanStyle = Literal["plain", "strong", "quiet", "warning"]
LineKind = Literal["understanding", "heading", "statement", "source", "follow_up", "note", "blank"]

_NAMES_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Span:
    """Words in one style. `url` makes them a link where the medium has links."""

    text: str
    style: SpanStyle = "plain"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph of the layout."""

    kind: LineKind
    spans: tuple[Span, ...] = ()

    @property
    def text(self) -> str:
        """The words without their styles."""
        return "".join(span.text for span in self.spans)


def short_date(day: date) -> str:
    """A date as in citations: 2 Jul 2026."""
    return f"{day.day} {day:%b %Y}"


class Layout:
    """Lays the events of one answer out, in the order in which they come."""

    def __init__(self) -> None:
        """Start before the first event."""
        self._understanding: Understanding | None = None
        self._as_of: date | None = None
        self._sources: dict[int, Source] = {}
        self._named: set[int] = set()

    def lines(self, event: AnswerEvent) -> Iterator[Line]:
        """The lines that `event` adds."""
        match event:
            case AnswerStarted():
                self._understanding, self._as_of = event.understanding, event.as_of
            case AnswerSources():
                self._sources = {source.n: source for source in event.sources}
                if self._understanding and self._as_of:
                    yield _understanding_line(self._understanding, event.sources, self._as_of)
            case SectionStarted():
                yield Line("blank")
                yield Line("heading", (Span(without_controls(event.title), "strong"),))
            case StatementReleased():
                yield self._statement_line(event.statement)
            case AnswerFollowUps():
                yield from self._source_lines()
                if event.follow_ups:
                    yield Line("blank")
                    yield Line("heading", (Span("Ask next", "strong"),))
                    for question in event.follow_ups:
                        yield Line("follow_up", (Span(without_controls(question)),))
            case AnswerCompleted():
                yield from _closing_lines(event.answer)

    def _statement_line(self, statement: Statement) -> Line:
        spans = [Span(without_controls(statement.text), "quiet" if statement.kind == "gap" else "plain")]
        if statement.released == "quoted":
            spans.append(Span(" (quoted)", "quiet"))
        if statement.citations:
            spans.append(Span(f" [{self._label(statement.citations)}]", "quiet"))
        return Line("statement", tuple(spans))

    def _label(self, citations: tuple[Citation, ...]) -> str:
        """`1, Convina Pulse, 2 Jul 2026` where a source is first cited, `1` from then on."""
        labels = []
        for number in dict.fromkeys(citation.source for citation in citations):
            source = self._sources.get(number)
            if source is None or number in self._named:
                labels.append(str(number))
            else:
                self._named.add(number)
                labels.append(f"{number}, {_publisher(source)}, {_dated(source)}")
        return "; ".join(labels)

    def _source_lines(self) -> Iterator[Line]:
        if not self._sources:
            return
        yield Line("blank")
        yield Line("heading", (Span("Sources", "strong"),))
        # A model is offered more sources than its answer cites in the end.
        for source in (source for number, source in self._sources.items() if number in self._named):
            spans = [
                Span(f"[{source.n}] ", "quiet"),
                Span(without_controls(source.title)),
                Span(f" · {_publisher(source)} · {_dated(source)}", "quiet"),
            ]
            if source.url.startswith(("http://", "https://")):
                address = without_controls(source.url)
                spans += [Span(" · ", "quiet"), Span(address, "quiet", url=address)]
            yield Line("source", tuple(spans))


def _publisher(source: Source) -> str:
    return without_controls(source.publisher)


def _dated(source: Source) -> str:
    return ("reviewed " if source.kind == "guide" else "") + short_date(source.published)


def _understanding_line(understanding: Understanding, sources: tuple[Source, ...], as_of: date) -> Line:
    """What the question was taken to mean and how fresh the evidence is, in one line."""
    parts: list[list[Span]] = []
    for company in understanding.companies:
        part = [Span(company.name, "strong")]
        asides = []
        if company.formerly:
            asides.append("formerly " + ", ".join(company.formerly[:_NAMES_SHOWN]))
        if company.members:
            asides.append("members: " + ", ".join(company.members[:_NAMES_SHOWN]))
        if company.alternatives:
            asides.append("not " + ", ".join(company.alternatives[:_NAMES_SHOWN]))
        if asides:
            part.append(Span(f" ({'; '.join(asides)})"))
        parts.append(part)
    parts.extend(
        [Span(name, "strong"), Span(" (not known here)", "warning")] for name in understanding.unknown_companies
    )
    for role in understanding.roles:
        verb = "role assumed to be " if role.assumed else "role understood as "
        parts.append([Span(verb), Span(role.title, "strong")])
    if understanding.days_left is not None:
        left = understanding.days_left
        parts.append([Span("1 day left" if left == 1 else f"{left} days left")])
    news = [source.published for source in sources if source.kind == "news"]
    if news:
        newest = max(news)
        days = (as_of - newest).days
        parts.append([Span(f"newest evidence {spoken(newest)} ({f'{age(days)} old' if days > 0 else 'today'})")])
    parts.append([Span("1 source" if len(sources) == 1 else f"{len(sources) or 'no'} sources")])
    spans: list[Span] = []
    for part in parts:
        spans += ([Span(" · ", "quiet")] if spans else []) + part
    return Line("understanding", tuple(Span(without_controls(span.text), span.style) for span in spans))


def _closing_lines(answer: AnswerSummary) -> Iterator[Line]:
    notes = [answer.freshness.note] if answer.freshness.note else []
    if answer.withheld_count:
        count = answer.withheld_count
        notes.append(
            f"{count} statement{' was' if count == 1 else 's were'} withheld: the sources do not bear out more."
        )
    for withheld in answer.withheld or ():
        notes.append(f"Withheld ({withheld.reason}): {withheld.text}")
    if answer.withheld is not None:  # Only a trace has them, and who asks for one wants the timings too.
        timings = " · ".join(f"{step} {duration:.1f} ms" for step, duration in answer.timings_ms.items())
        notes.append(f"{answer.id} · {answer.composer} · corpus {answer.corpus_seq} · {timings}")
    if notes:
        yield Line("blank")
    for note in notes:
        yield Line("note", (Span(without_controls(note), "quiet"),))


_RICH_STYLES: dict[SpanStyle, str] = {"plain": "", "strong": "bold", "quiet": "dim", "warning": "yellow"}
_BULLETED: frozenset[LineKind] = frozenset(("statement", "follow_up"))


def print_line(line: Line, console: Console) -> None:
    """Write `line`: in colour and wrapped with a hanging indent on a terminal, one plain line each in a pipe."""
    from rich.text import Text

    text = Text()
    for span in line.spans:
        style = _RICH_STYLES[span.style] + (f" link {span.url}" if span.url else "")
        if line.kind == "heading":
            style += " cyan"
        text.append(span.text, style.strip())
    if not console.is_terminal:
        bullet = "- " if line.kind in _BULLETED else ""
        console.print(Text(bullet) + text, soft_wrap=True, highlight=False)
        return
    if line.kind not in _BULLETED:
        console.print(text, highlight=False)
        return
    for number, wrapped in enumerate(text.wrap(console, max(20, console.width - 2))):
        console.print(Text("  " if number else "• ") + wrapped, highlight=False)


def markdown(answer: Answer) -> str:
    """The whole answer as Markdown."""
    layout = Layout()
    written: list[str] = []
    for event in replay(answer):
        for line in layout.lines(event):
            text = "".join(_markdown_span(span, line.kind) for span in line.spans)
            match line.kind:
                case "heading":
                    text = f"**{text}**\n"
                case "statement" | "follow_up" | "source":
                    text = f"- {text}"
            written.append(text)
    return "\n".join(written).strip() + "\n"


def _markdown_span(span: Span, kind: LineKind) -> str:
    text = span.text.replace("\\", "\\\\")
    for character in "*_[]<>`":
        text = text.replace(character, "\\" + character)
    if span.url:
        return f"<{span.url}>"
    return f"**{text}**" if span.style == "strong" and kind != "heading" else text
