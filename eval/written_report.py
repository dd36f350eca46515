"""The report of a run as Markdown: for a pull request, a log, a terminal.

The same content as the page of `report`, without plots. Words of questions, answers and sources are escaped, so they
can neither become markup nor break a table.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from eval.failures import KINDS
from eval.gate import hold_against, load_thresholds
from eval.glossary import GROUPS
from eval.records import Figure, Run
from eval.report import ShownAnswer, columns, gravity, rows_of, shown, table_by_type, written_time
from service.incoming import without_controls

_SPECIAL = re.compile(r"([\\`*_\[\]|~<>&$]|^[-+#=]|^\d+(?=[.)]))")


def markdown(run: Run) -> str:
    """The report, ending in a line break.

    Raises:
        RunError: the verdicts of a record do not fit its statements, or the thresholds cannot be read.
    """
    answers = [shown(record) for record in run.records]
    return "\n".join([*_overview(run, answers), *_figures(run), *_types(run, answers), *_failing(answers)]) + "\n"


def escaped(text: str) -> str:
    """Text on one line in which neither Markdown, HTML nor a terminal sees a command."""
    return _SPECIAL.sub(r"\\\1", " ".join(without_controls(text).split()))


def _overview(run: Run, answers: list[ShownAnswer]) -> Iterator[str]:
    config = run.config
    failing = sum(bool(answer.failures) for answer in answers)
    revision = f"{config.git_revision[:12]}{', with uncommitted changes' if config.git_dirty else ''}"
    yield f"# Evaluation of {escaped(config.target)}"
    yield ""
    yield f"{len(answers)} questions, {failing} answers fail in at least one way."
    yield ""
    for name, value in (
        ("When", written_time(config.started)),
        ("Model", config.model),
        ("Questions", ", ".join(config.questions)),
        ("Only", config.only),
        ("Code", revision),
        ("Corpus", f"{config.corpus_documents} documents, sequence {config.corpus_seq}"),
        ("Prompts", ", ".join(config.prompts)),
        ("Judge", config.judge),
        ("Folder", run.folder.name),
    ):
        if value:
            yield f"- {name}: {escaped(value)}"
    yield ""


def _figures(run: Run) -> Iterator[str]:
    rows = rows_of(run, hold_against(run.metrics, load_thresholds(), quick=run.config.quick))
    if not rows:
        return
    yield "## Figures"
    yield ""
    yield "| Metric | Figure | 95 % interval | n | What it is |"
    yield "| --- | ---: | ---: | ---: | --- |"
    for row in (row for group in GROUPS for row in rows if row.metric.group == group):
        metric, figure = row.metric, row.figure
        short = " **Short of the gate.**" if row.finding and not row.finding.passed else ""
        interval = f"{metric.written(figure.low)} to {metric.written(figure.high)}"
        yield (
            f"| {escaped(metric.title)} (`{metric.name}`) | {metric.written(figure.value)} | {interval} | {figure.n} | "
            f"{escaped(metric.sentence)}{short} |"
        )
    yield ""


def _types(run: Run, answers: list[ShownAnswer]) -> Iterator[str]:
    shown_columns = columns(run)
    lines = table_by_type(run, answers)
    if not lines:
        return

    def cell(at: int, figure: Figure | None) -> str:
        written = shown_columns[at].written
        return f"{written(figure.value)} ({written(figure.low)} to {written(figure.high)})" if figure else "–"

    yield "## By type of question"
    yield ""
    yield _line(["Type", "n", "Failing", *(escaped(column.title) for column in shown_columns)])
    yield _line(["---", *["---:"] * (2 + len(shown_columns))])
    for kind, asked, failing, figures in lines:
        yield _line([escaped(kind), str(asked), str(failing), *(cell(at, each) for at, each in enumerate(figures))])
    yield ""


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _failing(answers: list[ShownAnswer]) -> Iterator[str]:
    failing = sorted((answer for answer in answers if answer.failures), key=gravity)
    if not failing:
        return
    counted = Counter(kind.name for answer in failing for kind in answer.kinds)
    yield "## Failing answers"
    yield ""
    yield ", ".join(f"{kind.label.lower()}: {counted[name]}" for name, kind in KINDS.items() if counted[name]) + "."
    yield ""
    for answer in failing:
        question = answer.record.question
        yield f"### {escaped(question.id)} ({escaped(question.type)})"
        yield ""
        yield f"> {escaped(question.question)}"
        yield ""
        for failure in answer.failures:
            pattern = f" Pattern: {escaped(failure.pattern)}" if failure.pattern else ""
            yield f"- **{failure.kind.label}** {escaped(failure.text)}{pattern}"
            if failure.statement is not None:
                statement = answer.statements[failure.statement]
                yield f"  - Statement: {escaped(statement.said.text)}"
                for citation in statement.said.citations:
                    yield f"  - Cited: {escaped(citation.document)}: {escaped(citation.quote) or 'no quote'}"
        yield ""
