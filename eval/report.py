"""The report of a run as one HTML page that a stranger can read: overview, tables, every failing answer.

From a run folder as `records.read_run` gives it; `failures` says what is wrong with an answer, `glossary` explains the
words, `pages` renders. `written_report` has the same as Markdown, `junit` as JUnit XML.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from eval.failures import KINDS, QUOTE_STATES, Failure, Kind, failures
from eval.gate import Finding, hold_against, load_thresholds
from eval.glossary import EXPLAINED, GROUPS, Explained, explained
from eval.marking import Piece, mark, mark_missing
from eval.pages import page
from eval.plots import Bin, histogram
from eval.records import AnswerRecord, Figure, NamedSource, Objection, Run, Said, StatementVerdict
from eval.tables import BY_TYPE

HEADLINES = ("right", "support_rate", "quote_validity", "nugget_recall_vital", "abstention_f1", "total_ms_p50")
"""Metrics that stand on top, large."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A citation as it is shown: its source, the quoted words with those marked that the statement lost, its state."""

    source: NamedSource
    quote: tuple[Piece, ...]
    valid: bool
    state: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """An objection of the judge, with the words of the source that speak against the statement."""

    explanation: str
    source: NamedSource | None
    words: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class ShownStatement:
    """A statement with its offending words marked, beside what it cites and what is wrong with it."""

    text: tuple[Piece, ...]
    said: Said
    verdict: StatementVerdict
    citations: tuple[Quoted, ...]
    evidence: tuple[Evidence, ...]
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """An answer with what is wrong with it; `failures` is empty for one that is as it should be."""

    record: AnswerRecord
    failures: tuple[Failure, ...]
    statements: tuple[ShownStatement, ...]

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of failure, each once, the gravest first."""
        return tuple(dict.fromkeys(failure.kind for failure in self.failures))

    @property
    def of_the_whole(self) -> tuple[Failure, ...]:
        """The failures that are not of one statement."""
        return tuple(failure for failure in self.failures if failure.statement is None)

    @property
    def offending(self) -> tuple[ShownStatement, ...]:
        """The statements with a failure."""
        return tuple(statement for statement in self.statements if statement.failures)


@dataclass(frozen=True, slots=True)
class Row:
    """A metric with its figure and, where the gate has a threshold for it, how it stands to that."""

    metric: Explained
    figure: Figure
    finding: Finding | None

    @property
    def bounds(self) -> tuple[float, ...]:
        """The threshold and, where it differs, the goal."""
        if self.finding is None:
            return ()
        threshold = self.finding.threshold
        bound = threshold.min if threshold.min is not None else threshold.max
        return tuple(value for value in (bound, threshold.goal) if value is not None)


def html(run: Run) -> str:
    """The page of a run.

    Raises:
        RunError: the verdicts of a record do not fit its statements, or the thresholds cannot be read.
    """
    answers = [shown(record) for record in run.records]
    findings = list(hold_against(run.metrics, load_thresholds(), quick=run.config.quick))
    rows = rows_of(run, findings)
    counted = Counter(kind.name for answer in answers for kind in answer.kinds)
    return page(
        "report.html.j2",
        {
            "run": run,
            "started": written_time(run.config.started),
            "headlines": [row for name in HEADLINES for row in rows if row.metric.name == name],
            "rows": {group: [row for row in rows if row.metric.group == group] for group in GROUPS},
            "findings": findings,
            "failing": sorted((each for each in answers if each.failures), key=gravity),
            "fine": [each for each in answers if not each.failures],
            "kinds": [(kind, counted[name]) for name, kind in KINDS.items() if counted[name]],
            "by_type": table_by_type(run, answers),
            "columns": columns(run),
            "times": times(run),
        },
    )


def shown(record: AnswerRecord) -> ShownAnswer:
    """A record as it is shown.

    Raises:
        RunError: its verdicts do not fit its statements.
    """
    found = failures(record)
    named = {source.document: source for source in record.response.sources}
    statements = (
        _statement(said, verdict, named, tuple(each for each in found if each.statement == at))
        for at, (said, verdict) in enumerate(zip(record.response.statements, record.judgement.statements, strict=True))
    )
    return ShownAnswer(record, found, tuple(statements))


def gravity(answer: ShownAnswer) -> tuple[int, int]:
    """What failing answers are sorted by: the gravest kind of failure first, then those with most failures."""
    return list(KINDS.values()).index(answer.failures[0].kind), -len(answer.failures)


def rows_of(run: Run, findings: Iterable[Finding]) -> list[Row]:
    """Every metric over all questions, in the order of the glossary."""
    figures = run.metrics.figures.get("all", {}) | run.metrics.timings.get("all", {})
    held = {finding.metric: finding for finding in findings if finding.group == "all"}
    order = [name for name in EXPLAINED if name in figures] + [name for name in figures if name not in EXPLAINED]
    return [Row(explained(name), figures[name], held.get(name)) for name in order]


def columns(run: Run) -> list[Explained]:
    """The metrics that the table by type shows."""
    return [explained(name) for name in BY_TYPE if name in run.metrics.figures.get("all", {})]


def table_by_type(run: Run, answers: Sequence[ShownAnswer]) -> list[tuple[str, int, int, list[Figure | None]]]:
    """A line for each type of question: its name, its answers, how many of them fail, and the figures of `columns`."""
    asked = Counter[str](answer.record.question.type for answer in answers)
    failing = Counter[str](answer.record.question.type for answer in answers if answer.failures)
    return [
        (kind, asked[kind], failing[kind], [figures.get(column.name) for column in columns(run)])
        for kind, figures in run.metrics.figures.items()
        if kind != "all"
    ]


def times(run: Run) -> list[tuple[str, tuple[Bin, ...]]]:
    """Histograms of the times to the first event and to the end, as far as the target tells them.

    Answers that were remembered tell the time of another run, and are left out.
    """
    timings = [record.response.timings for record in run.records if not record.cached]
    columns = {
        "Time to the first event": [each.first_event_ms for each in timings if each.first_event_ms is not None],
        "Time to the whole answer": [each.total_ms for each in timings if each.total_ms is not None],
    }
    return [(title, histogram(values)) for title, values in columns.items() if values]


def written_time(moment: str) -> str:
    """An ISO 8601 time as readers see it; as it is when it is none."""
    try:
        return f"{datetime.fromisoformat(moment):%d %B %Y, %H:%M %Z}".lstrip("0").rstrip()
    except ValueError:
        return moment


def _statement(
    said: Said, verdict: StatementVerdict, named: dict[str, NamedSource], wrong: tuple[Failure, ...]
) -> ShownStatement:
    objections = verdict.objections if any(failure.kind.name == "unsupported" for failure in wrong) else ()
    citations = tuple(
        Quoted(
            source=_source(citation.document, named),
            quote=mark_missing(citation.quote, said.text) if objections else _plain(citation.quote),
            valid=found.quote in ("verbatim", "no_quote"),
            state=QUOTE_STATES[found.quote] + (f": {_name(found.elsewhere, named)}" if found.elsewhere else ""),
        )
        for citation, found in zip(said.citations, verdict.citations, strict=True)
    )
    quotes = {citation.quote for citation in said.citations}
    return ShownStatement(
        text=mark(said.text, [*(each.words for each in objections), *(each.words for each in wrong)]),
        said=said,
        verdict=verdict,
        citations=citations,
        evidence=tuple(_evidence(objection, said, quotes, named) for objection in objections),
        failures=wrong,
    )


def _evidence(objection: Objection, said: Said, quotes: set[str], named: dict[str, NamedSource]) -> Evidence:
    """The words of the source are left out where they stand beside the statement already."""
    new = objection.evidence if objection.evidence not in quotes else ""
    return Evidence(
        explanation=objection.explanation,
        source=_source(objection.document, named) if new else None,
        words=mark_missing(new, said.text),
    )


def _source(document: str, named: dict[str, NamedSource]) -> NamedSource:
    return named.get(document) or NamedSource(document=document)


def _name(document: str, named: dict[str, NamedSource]) -> str:
    source = _source(document, named)
    return source.title or source.publisher or document


def _plain(text: str) -> tuple[Piece, ...]:
    return (Piece(text),) if text else ()
