"""`ally eval …`: the command line of the evaluation. `service.cli` finds it through the entry point `ally.commands`.

Everything that is not the command line itself is imported inside the command that needs it. Faults end in one line on
stderr and exit code 1; a gate that is not passed has exit code 1 too, a wrong use 2.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, ParamSpec, TypeVar

import typer

if TYPE_CHECKING:
    from eval.records import Run
    from eval.run import OnProgress

_P = ParamSpec("_P")
_R = TypeVar("_R")

RUNS = Path("runs")
_LOG_WIDTH = 140
"""Columns of tables in a pipe or a log, which has no width of its own."""

app = typer.Typer(
    name="eval",
    help="Measure answers on golden questions: offline, repeatable, with intervals.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Runs = Annotated[Path, typer.Option(metavar="FOLDER", help="Where runs are kept.")]
RunFolder = Annotated[Path | None, typer.Argument(help="Folder of the run. Default: the newest one.")]
Split = Annotated[Literal["dev", "test", "all"], typer.Option(help="Which of the project's questions.")]
Files = Annotated[
    list[Path] | None, typer.Option("--questions", metavar="FILE", help="Question files instead of the project's.")
]
TargetName = Annotated[
    str,
    typer.Option(
        metavar="TARGET",
        help="engine | http://… (a server of ours) | chat:http://…/v1 (OpenAI-compatible; key in OPENAI_API_KEY) | "
        "FILE.jsonl (recorded answers).",
    ),
]


def _told(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """The command, with an evaluation's errors told as one line instead of raised."""

    @functools.wraps(command)
    def wrapped(*arguments: _P.args, **options: _P.kwargs) -> _R:
        from eval.errors import EvalError

        try:
            return command(*arguments, **options)
        except EvalError as error:
            typer.echo(f"ally eval: {error}", err=True)
            raise typer.Exit(1) from None

    wrapped.__signature__ = inspect.signature(command, eval_str=True)  # type: ignore[attr-defined]
    return wrapped


@app.command()
@_told
def run(
    *,
    target: TargetName = "engine",
    model: Annotated[str, typer.Option(help="Model of a chat endpoint.")] = "",
    split: Split = "dev",
    questions: Files = None,
    only: Annotated[str, typer.Option(metavar="REGEX", help="Only questions whose type and id match.")] = "",
    quick: Annotated[bool, typer.Option("--quick", help="Two questions of each type.")] = False,
    name: Annotated[str, typer.Option(help="Name of the run, part of its folder's.")] = "",
    runs: Runs = RUNS,
    resume: Annotated[Path | None, typer.Option(metavar="RUN", help="Go on with a run that was broken off.")] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="Questions at a time.")] = 2,
    cache: Annotated[
        bool | None,
        typer.Option(
            help="Use remembered answers of the same target, code and corpus. Default: only for chat endpoints, whose "
            "answers cost money; remembered answers have old timings."
        ),
    ] = None,
) -> None:
    """Ask golden questions, judge every answer, and write `runs/<time>-<name>/`."""
    from eval.golden import question_files
    from eval.run import choose, new_folder, start
    from eval.session import check_target

    if resume is None:
        check_target(target, model)
        chosen = choose(questions or question_files(split), only, quick)
        folder = new_folder(runs, name or split)
        start(folder, chosen, target, model)
    else:
        folder = resume
    carry_out(folder, concurrency, cache, runs)


def carry_out(folder: Path, concurrency: int, cache: bool | None, runs: Path) -> Run:
    """Ask what is left to ask, judge, and print the tables."""
    from eval.run import Plan, ask_all, describe, finish, read_start, retrieval_scores, write_config
    from eval.session import CHAT, opened, target_of
    from eval.tables import by_type, overall

    begun = read_start(folder)
    with opened() as session:
        target = target_of(begun.target, session, begun.model)
        write_config(folder, describe(begun, target, session.judge, session.engine))
        remember = begun.target.startswith(CHAT) if cache is None else cache
        plan = Plan(begun.questions, concurrency, runs / "cache" if remember else None)
        with _bar("Asking") as asked, asyncio.Runner() as runner:
            runner.run(ask_all(target, plan, folder, asked))
            runner.run(target.close())
        ranked = retrieval_scores(session.engine, begun.questions) if begun.target == "engine" else {}
        with _bar("Judging") as judged:
            done = finish(folder, begun.questions, session.judge, ranked, judged)
    typer.echo(f"{overall(done.metrics)}\n\n{by_type(done.metrics)}\n")
    typer.echo(f"Written to {folder}", err=True)
    return done


@app.command()
@_told
def gate(
    run: RunFolder = None,
    *,
    runs: Runs = RUNS,
    thresholds: Annotated[Path | None, typer.Option(metavar="FILE", help="Default: eval/thresholds.toml.")] = None,
) -> None:
    """Hold a run against the thresholds; exit code 1, with a list of what fell short, when it does not pass."""
    from eval.gate import THRESHOLDS, hold_against, load_thresholds
    from eval.records import read_run

    held = read_run(run or _newest(runs))
    findings = list(hold_against(held.metrics, load_thresholds(thresholds or THRESHOLDS), quick=held.config.quick))
    short = [finding for finding in findings if not finding.passed]
    for finding in findings:
        if finding.passed:
            typer.echo(f"ok    {finding.sentence}")
    for finding in short:
        typer.echo(f"SHORT {finding.sentence}")
    typer.echo(f"{len(findings) - len(short)} of {len(findings)} thresholds are reached by {held.folder.name}.")
    if short:
        raise typer.Exit(1)


@app.command()
@_told
def report(
    run: RunFolder = None,
    *,
    runs: Runs = RUNS,
    form: Annotated[
        Literal["html", "md", "junit"], typer.Option("--format", help="A page, Markdown, or JUnit XML for CI.")
    ] = "html",
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Default: report.html in the run's folder; other formats are printed, as is any with -.",
        ),
    ] = None,
) -> None:
    """Write a run as one page for readers: figures, a table by type, every failing answer beside its sources."""
    from eval.junit import junit
    from eval.records import read_run
    from eval.report import html
    from eval.written_report import markdown

    shown = read_run(run or _newest(runs))
    text = {"html": html, "md": markdown, "junit": junit}[form](shown)
    if output is None and form == "html":
        output = shown.folder / "report.html"
    _write_or_print(text, output)


@app.command()
@_told
def compare(
    before: Annotated[Path, typer.Argument(metavar="A", help="Folder of the run to compare with.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="Folder of the run that is judged.")],
    *,
    most: Annotated[int, typer.Option(min=0, help="Changed answers to show side by side.")] = 5,
    page: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page with all of them as well.")
    ] = None,
) -> None:
    """Is run B better than run A? Paired bootstrap and exact sign test, and the answers that changed, side by side."""
    from rich.console import Console

    from eval.comparison import compare as compared
    from eval.records import read_run
    from eval.side_by_side import html, show

    found = compared(read_run(before), read_run(after))
    console = Console()
    if not console.is_terminal:
        console.width = _LOG_WIDTH
    show(found, console, most)
    if page:
        _write_or_print(html(found), page)


@app.command()
@_told
def label(
    run: RunFolder = None,
    *,
    runs: Runs = RUNS,
    to: Annotated[Path | None, typer.Option(metavar="CSV", help="Write the statements for people to label.")] = None,
    read: Annotated[Path | None, typer.Option(metavar="CSV", help="Read labels, and say how far they agree.")] = None,
    chat: Annotated[str, typer.Option(metavar="URL", help="Ask a language model behind this endpoint instead.")] = "",
    model: Annotated[str, typer.Option(help="Model of the endpoint.")] = "",
) -> None:
    """How far does the offline judge agree with people, or with a language model?"""
    from eval.agreement import agreement, ask_model, claims_of, read_csv, write_csv
    from eval.records import read_run
    from eval.session import chat_of

    if sum(map(bool, (to, read, chat))) != 1:
        raise typer.BadParameter("Give one of --to, --read and --chat.")
    claims = claims_of(read_run(run or _newest(runs)))
    if to:
        write_csv(claims, to)
        typer.echo(f"{len(claims)} statements are in {to}; fill in the column supported with yes or no.")
        return
    if read:
        labels = read_csv(read)
    else:
        endpoint = chat_of(chat, model)
        with _bar("Asking") as asked, asyncio.Runner() as runner:
            labels = runner.run(ask_model(claims, endpoint, on_progress=asked))
            runner.run(endpoint.close())
    found = agreement(claims, labels)
    for name, figure in (("agreement", found.share), ("Cohen's kappa", found.kappa)):
        typer.echo(f"{name:14} {figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})")
    typer.echo(f"over {found.n} statements of {found.kappa.n} questions; they differ on {len(found.differing)}:")
    for question, at in found.differing:
        typer.echo(f"  {question}, statement {at + 1}")


@app.command()
@_told
def trace(
    question_id: Annotated[str, typer.Argument(help="Id of a golden question.")],
    *,
    split: Split = "all",
    questions: Files = None,
) -> None:
    """Show one question from search to verdict: what was understood, found, said, refused and missed."""
    from eval.golden import find_question, question_files
    from eval.session import opened
    from eval.trace import lines

    question = find_question(question_id, questions or question_files(split))
    with opened() as session:
        for line in lines(question, session):
            typer.echo(line)


@app.command()
@_told
def validate(split: Split = "all", questions: Files = None) -> None:
    """Check question files: gold sentences stand in the corpus, nuggets follow from their document.

    Exit code 1 for a question that cannot be used. What the judge cannot confirm is listed, and is no fault.
    """
    from eval.golden import load_questions, question_files
    from eval.session import opened
    from eval.validation import examine

    files = questions or question_files(split)
    asked = load_questions(files)
    with opened() as session:
        remarks = list(examine(asked, session.sources, session.judge))
    for remark in remarks:
        typer.echo(f"{'FAULT ' if remark.fatal else 'check '} {remark.question}: {remark.text}")
    broken = len({remark.question for remark in remarks if remark.fatal})
    typer.echo(f"{len(asked)} questions in {len(files)} files: {broken} cannot be used, {len(remarks)} remarks.")
    if broken:
        raise typer.Exit(1)


@app.command()
@_told
def bench(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The public set; an unknown name lists them.")],
    data: Annotated[Path, typer.Option(metavar="DIR", help="Folder with the sets, which are not shipped.")],
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many rows.")] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write every figure.")] = None,
) -> None:
    """Measure retrieval or reading on a public set, beside published figures and plain baselines."""
    from eval.benchmarks.command import main

    options = ["--data", str(data)]
    options += ["--limit", str(limit)] if limit is not None else []
    options += ["--json", str(json)] if json is not None else []
    raise typer.Exit(main([name, *options]))


@app.command()
@_told
def add(
    answer_id: Annotated[str, typer.Argument(help="Id of a kept answer, as the API gave it.")],
    *,
    comment: Annotated[str, typer.Option(help="What was good or wrong about it.")] = "",
    wrong: Annotated[
        list[str] | None, typer.Option(metavar="STATEMENT", help="Id of a statement that must not appear.")
    ] = None,
    to: Annotated[Path | None, typer.Option(metavar="FILE", help="Append to this file. Default: print it.")] = None,
) -> None:
    """Turn a served answer into the draft of a golden question."""
    from eval.drafting import draft, kept_answer
    from eval.session import opened

    answer = kept_answer(answer_id)
    with opened() as session:
        line = draft(answer, session.sources, comment, wrong or ()).model_dump_json(exclude_defaults=True)
    if to is None:
        typer.echo(line)
        return
    with to.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    typer.echo(f"Added to {to}; complete it and read it before it counts.", err=True)


def _write_or_print(text: str, to: Path | None) -> None:
    from eval.errors import RunError

    if to is None or to == Path("-"):
        typer.echo(text, nl=False)
        return
    try:
        to.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RunError(f"{to} cannot be written: {error.strerror}.") from None
    typer.echo(f"Written to {to}", err=True)


def _newest(runs: Path) -> Path:
    from eval.errors import RunError
    from eval.records import runs_in

    found = runs_in(runs)
    if not found:
        raise RunError(f"There is no finished run in {runs}; `ally eval run` makes one.")
    return found[-1]


@contextlib.contextmanager
def _bar(label: str) -> Iterator[OnProgress]:
    """A bar on a terminal; in a pipe or a log, nothing that fills it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task(label, total=None)
        yield lambda done, of: bars.update(task, completed=done, total=of)


if __name__ == "__main__":
    app()
