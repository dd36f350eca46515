"""The `ally` command: ask, search, look at sources, synchronise, serve and check the installation.

Further groups of commands (`ally eval …`) come from the entry points of `PLUG_INS`, so that nothing here imports them.
Everything heavy is imported inside the command that needs it, so that `ally --help` answers at once. Faults end in
one line on stderr: exit code 2 for a wrong use, 1 for a failure.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import typer
import typer.main
from pydantic import BaseModel, ValidationError
from typer.core import TyperGroup

if TYPE_CHECKING:
    from rich.console import Console
    from typer._click.core import Command

    from corpus.document import Document
    from corpus.search import Hit, SearchFilter
    from corpus.sync import Progress as SyncProgress
    from corpus.sync import ProgressListener
    from service.answering.answer import AnswerRequest
    from service.answering.engine import Engine
    from service.grounding.checker import Checker
    from service.settings import Settings

_STAGES = {"store": "Reading and embedding", "dense": "Dense index", "lexical": "Lexical index"}
DAY_FORMATS = ["%Y-%m-%d"]
CHECKED_AT_ONCE = 256
"""Statements of a file that are checked together."""

PLUG_INS = "ally.commands"
"""Group of entry points, each a `typer.Typer`, whose commands `ally` has too under the entry point's name."""

_Model = TypeVar("_Model", bound=BaseModel)


class _WithPlugIns(TyperGroup):
    """The commands of this module, and those of the entry points; these are loaded when they are asked for."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        return [*super().list_commands(ctx), *(point.name for point in entry_points(group=PLUG_INS))]

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Command | None:  # type: ignore[override]
        found = super().get_command(ctx, cmd_name)
        for point in () if found else entry_points(group=PLUG_INS, name=cmd_name):
            return typer.main.get_command(point.load())
        return found


app = typer.Typer(
    name="ally",
    cls=_WithPlugIns,
    help="Prepares candidates for interviews from dated industry news, with a source for every sentence.\n\n"
    'Start with:  ally ask "how do I prepare for a sensor-fusion role at Honda\'s AI venture?"',
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
sources_app = typer.Typer(help="List the sources that answers are made from, or open one.", no_args_is_help=True)
app.add_typer(sources_app, name="sources")

AsOf = Annotated[
    datetime | None,
    typer.Option(formats=DAY_FORMATS, metavar="YYYY-MM-DD", help="Know nothing that was published after this day."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Company = Annotated[list[str] | None, typer.Option(help="Only documents that name this company. May be repeated.")]
Country = Annotated[list[str] | None, typer.Option(help="Only documents about this country. May be repeated.")]
Topic = Annotated[list[str] | None, typer.Option(help="Only documents on this topic. May be repeated.")]
Role = Annotated[list[str] | None, typer.Option(help="Only the guide of this role. May be repeated.")]
Kind = Annotated[Literal["news", "guide"] | None, typer.Option(help="Only this kind of document.")]


@app.command(epilog='Example:  ally ask --as-of 2026-04-20 "who is behind Honda\'s AI venture?"')
def ask(
    question: Annotated[str, typer.Argument(help="The question, in quotes; - reads it from standard input.")],
    *,
    as_of: AsOf = None,
    company: Annotated[str | None, typer.Option(help="The company you mean, if the question does not say.")] = None,
    role: Annotated[str | None, typer.Option(help="The role you mean, by name or id.")] = None,
    interview_date: Annotated[
        datetime | None,
        typer.Option(formats=DAY_FORMATS, metavar="YYYY-MM-DD", help="Day of your interview: the plan is cut to fit."),
    ] = None,
    as_json: Json = False,
    trace: Annotated[
        bool, typer.Option("--trace", help="Also show what was withheld and how long each step took.")
    ] = False,
) -> None:
    """Answer a question from the sources, every sentence cited. Builds the indexes first if they are missing."""
    request = _request(
        {
            "question": sys.stdin.read(20_000) if question == "-" else question,
            "as_of": _day(as_of),
            "target": {"company": company, "role": role, "interview_date": _day(interview_date)},
            "trace": trace,
        }
    )
    with _engine() as engine:
        _show(engine, request, as_json)


@app.command(epilog='Example:  ally answer --passages found.jsonl "how much did the venture raise?"')
def answer(
    question: Annotated[str, typer.Argument(help="The question, in quotes; - reads it from standard input.")],
    *,
    passages: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help='JSON lines, or one JSON list: {"text", "id"?, "title"?, "publisher"?, "url"?, "published"?}; '
            "at most 50; - reads standard input. One without a date counts as published on the day of the question.",
        ),
    ],
    as_of: AsOf = None,
    as_json: Json = False,
    trace: Annotated[
        bool, typer.Option("--trace", help="Also show what was withheld and how long each step took.")
    ] = False,
) -> None:
    """Answer a question from passages that you bring, and from nothing else. Needs no index."""
    from service.answering.engine import open_engine_without_corpus
    from service.passage_file import parse_passages, read_passages

    piped = str(passages) == "-"
    if piped and question == "-":
        raise typer.BadParameter("Only one of question and passages can be read from standard input.")
    request = _request(
        {
            "question": sys.stdin.read(20_000) if question == "-" else question,
            "passages": parse_passages(sys.stdin.read(), "standard input") if piped else read_passages(passages),
            "as_of": _day(as_of),
            "trace": trace,
        }
    )
    settings = _settings()
    if not _model_is_exported(settings):
        _note("Preparing the embedding model, which takes a minute or two, once.")
    engine = open_engine_without_corpus(settings)
    try:
        _show(engine, request, as_json)
    finally:
        engine.close()


def _show(engine: Engine, request: AnswerRequest, as_json: bool) -> None:
    if as_json:
        typer.echo(asyncio.run(engine.collect(request)).model_dump_json(indent=2))
    else:
        asyncio.run(_stream(engine, request, _console()))


def _model_is_exported(settings: Settings) -> bool:
    from corpus.embed import onnx_folder

    return (onnx_folder(settings.embedding_model, settings.data_dir) / "model.json").exists()


async def _stream(engine: Engine, request: AnswerRequest, console: Console) -> None:
    from service.terminal import Layout, print_line

    layout = Layout()
    async for event in engine.answer(request):
        for line in layout.lines(event):
            print_line(line, console)
        console.file.flush()


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="What to look for, in quotes.")],
    *,
    as_of: AsOf = None,
    company: Company = None,
    country: Country = None,
    topic: Topic = None,
    role: Role = None,
    kind: Kind = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many passages to show.")] = 8,
    as_json: Json = False,
) -> None:
    """Search the passages and show the scores and where they come from."""
    from corpus.search import SearchQuery, explain
    from service.incoming import clean

    text = clean(query)
    if not text:
        raise typer.BadParameter("The query is empty. Say what to look for.")
    with _engine() as engine:
        links = engine.entities.link(text)
        found = engine.searcher.search(
            SearchQuery(
                text=text,
                filter=_filter(engine, as_of, company, country, topic, role, kind),
                companies=links.companies,
                skills=links.skills,
                topics=links.topics,
                countries=links.countries,
                limit=limit,
            )
        )
    if as_json:
        typer.echo(json.dumps([_hit(hit) for hit in found], ensure_ascii=False, indent=2))
        return
    console = _console()
    for number, hit in enumerate(found, start=1):
        _print(console, f"{number:>2}  {hit.score:.3f}  {_origin(hit.document)}  {hit.passage.id}", "bold")
        _print(console, f"    {explain(hit)}", "dim")
        _print(console, f"    {' '.join(hit.passage.text.split())}")
    if not found:
        _print(console, "Nothing was found. Loosen the filters, or see `ally sources list`.")


@sources_app.command("list")
def list_sources(
    text: Annotated[str, typer.Argument(help="Words of the title or the publisher.")] = "",
    *,
    as_of: AsOf = None,
    company: Company = None,
    country: Country = None,
    topic: Topic = None,
    role: Role = None,
    kind: Kind = None,
    offset: Annotated[int, typer.Option(min=0, help="How many to skip.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many to show.")] = 50,
    as_json: Json = False,
) -> None:
    """List the sources, newest first."""
    with _engine() as engine:
        where = _filter(engine, as_of, company, country, topic, role, kind)
        documents, total = engine.store.list_documents(where, text=text, offset=offset, limit=limit)
    if as_json:
        typer.echo(json.dumps([_document(document) for document in documents], ensure_ascii=False, indent=2))
        return
    console = _console()
    for document in documents:
        _print(console, f"{document.id}  {document.published}  {document.title} · {document.publisher}")
    shown = f"{offset + 1} to {offset + len(documents)}" if documents else "none"
    _note(f"{shown} of {total} sources")


@sources_app.command("show")
def show_source(
    source_id: Annotated[str, typer.Argument(help="Id of the source, as `ally sources list` prints it.")],
    as_json: Json = False,
) -> None:
    """Print a source with its whole text."""
    from service.errors import SourceNotFound

    with _engine() as engine:
        document = engine.store.document(source_id)
    if document is None:
        raise SourceNotFound(source_id)
    if as_json:
        typer.echo(json.dumps(_document(document) | {"text": document.text}, ensure_ascii=False, indent=2))
        return
    console = _console()
    _print(console, document.title, "bold")
    _print(console, f"{document.publisher} · {document.published} · {document.url}", "dim")
    _print(console, "")
    _print(console, document.text)


@app.command()
def sync(
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Drop both indexes and build them anew.")] = False,
) -> None:
    """Bring store and indexes up to date with the source files. What has not changed costs nothing."""
    from service.upkeep import rebuild_indexes

    settings = _settings()
    if rebuild:
        with _progress() as progress:
            rebuild_indexes(settings, progress)
        _note("Both indexes are built anew.")
    else:
        _synchronise(settings)


@app.command(epilog='Example:  ally check --statement "Honda leads the venture." --source report.txt')
def check(
    *,
    statement: Annotated[str | None, typer.Option(help="The statement, in quotes.")] = None,
    source: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Text file that should support it. May be repeated.")
    ] = None,
    published: Annotated[
        datetime | None,
        typer.Option(formats=DAY_FORMATS, metavar="YYYY-MM-DD", help="Day on which the source appeared."),
    ] = None,
    jsonl: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help='Check many: one {"id", "statement", "passages": [text, …], "published"?} a line; prints the same '
            "with the verdicts, in order.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check whether sources support a statement, and say what in it they do not. Exit code 1 if they do not."""
    if (jsonl is None) == (statement is None) or (statement is not None and not source) or (jsonl and source):
        raise typer.BadParameter("Give either --statement with at least one --source, or --jsonl alone.")
    if jsonl is not None:
        _check_lines(jsonl)
    elif not _check_one(str(statement), source or [], _day(published), as_json):
        raise typer.Exit(1)


def _check_one(statement: str, sources: Sequence[Path], published: date | None, as_json: bool) -> bool:
    from service.checking import CheckRequest, read_text, verdict_body

    passages = [read_text(path) for path in sources]
    request = _validated(CheckRequest, {"statement": statement, "passages": passages, "published": published})
    verdict = _checker().check_all([request.item()])[0]
    if as_json:
        typer.echo(verdict_body(verdict).model_dump_json(indent=2))
        return verdict.supported
    console = _console()
    found, style = ("supported", "green") if verdict.supported else ("not supported", "bold red")
    _print(console, f"{found} ({verdict.support:.2f}{', verbatim' if verdict.verbatim else ''})", style)
    for problem in verdict.problems:
        _print(console, f"- {problem.kind}: {problem.explanation}{f' [{problem.words}]' if problem.words else ''}")
    if verdict.nearest:
        _print(console, f"Nearest sentence, in {sources[verdict.nearest.passage]}: {verdict.nearest.text}", "dim")
    return verdict.supported


def _check_lines(path: Path) -> None:
    from service.checking import read_lines, verdict_body

    lines = read_lines(path)
    checker = _checker()
    for start in range(0, len(lines), CHECKED_AT_ONCE):
        batch = lines[start : start + CHECKED_AT_ONCE]
        for line, verdict in zip(batch, checker.check_all([each.item() for each in batch]), strict=True):
            given = line.model_dump(mode="json", exclude_unset=True)
            typer.echo(json.dumps(given | verdict_body(verdict).model_dump(mode="json"), ensure_ascii=False))


def _checker() -> Checker:
    from corpus.entities import load_entities
    from service.grounding.checker import shipped_checker

    return shipped_checker(load_entities(_settings().corpus_dir / "entities.yaml"))


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on. Default: ALLY_HOST, 127.0.0.1.")] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one. Default: ALLY_PORT, 8000."),
    ] = None,
) -> None:
    """Serve the HTTP API and the demo page. Brings the indexes up to date first."""
    from service import server
    from service.logs import log_json

    settings = _settings()
    log_json(settings.log_level)
    changes: dict[str, Any] = {"host": host, "port": port}
    server.serve(
        settings.model_copy(update={name: value for name, value in changes.items() if value is not None}), _note
    )


@app.command()
def doctor() -> None:
    """Check the installation and say how to mend what is wrong. Exit code 1 if something is."""
    from service.doctor import examine

    console = _console()
    broken = 0
    for finding in examine():
        mark, style = ("ok  ", "green") if finding.ok else ("FAIL", "bold red")
        _print(console, f"{mark}  {finding.subject}: {finding.detail}", style)
        if not finding.ok:
            broken += 1
            _print(console, f"      {finding.remedy}")
    if broken:
        raise typer.Exit(1)


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    typer.echo(installed("interviewally"))


def main() -> None:
    """Run the command line; the entry point of `ally`."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run `arguments` and return the exit code; whatever goes wrong becomes one line on stderr."""
    try:
        code = app(arguments, prog_name="ally", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except typer.TyperException as error:  # A wrong use of the command line.
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(error.format_message())
            return 2
        _note(f"ally: {error.format_message().replace('Value error, ', '')} `ally --help` says more.")
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt, asyncio.CancelledError):
        _note("Stopped.")
        return 130
    except BrokenPipeError:
        # The reader (`| head`) has seen enough; Python would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        place = f" {error.filename}" if error.filename else ""
        _note(f"ally: cannot use{place} ({error.strerror}); ALLY_DATA_DIR names a folder that can be written.")
        return 1
    except Exception as error:
        from corpus.errors import CorpusError
        from service.errors import InvalidRequest, ServiceError

        if isinstance(error, CorpusError | ServiceError):
            _note(f"ally: {error}")
            return 2 if isinstance(error, InvalidRequest) else 1
        if os.environ.get("ALLY_LOG_LEVEL", "").lower() == "debug":
            raise
        _note(f"ally: unexpected fault: {type(error).__name__}: {error} (ALLY_LOG_LEVEL=debug shows where)")
        return 1


def _settings() -> Settings:
    from service.logs import log_text
    from service.settings import load_settings

    settings = load_settings()
    # Who types a command wants its result; what it does on the way is told at debug.
    log_text(settings.log_level if settings.log_level == "debug" else "error")
    return settings


@contextlib.contextmanager
def _engine() -> Iterator[Engine]:
    """The engine on the current indexes, which are built first when there are none."""
    from service.answering.engine import open_engine_for_one_question
    from service.upkeep import is_built

    settings = _settings()
    if not is_built(settings):
        _note("The indexes are missing: building them from the sources, which takes a minute or two, once.")
        _synchronise(settings)
    engine = open_engine_for_one_question(settings)
    if not engine.ready().ready:  # A synchronisation was broken off.
        engine.close()
        _note("The indexes are behind the database: catching up.")
        _synchronise(settings)
        engine = open_engine_for_one_question(settings)
    try:
        yield engine
    finally:
        engine.close()


def _synchronise(settings: Settings) -> None:
    from service.upkeep import describe, synchronise

    with _progress() as progress:
        report = synchronise(settings, progress)
    for error in report.refused:
        _note(f"Refused: {error}")
    _note(f"Sources: {describe(report)}.")


@contextlib.contextmanager
def _progress() -> Iterator[ProgressListener]:
    """A bar on a terminal; in a pipe or a log, nothing that fills it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def show(progress: SyncProgress) -> None:
            if progress.stage not in tasks:
                tasks[progress.stage] = bars.add_task(_STAGES[progress.stage], total=progress.total)
            bars.update(tasks[progress.stage], completed=progress.done, total=progress.total)

        yield show


def _request(fields: dict[str, Any]) -> AnswerRequest:
    from service.incoming import QuestionRequest

    return _validated(QuestionRequest, fields)


def _validated(model: type[_Model], fields: dict[str, Any]) -> _Model:
    from service.errors import Fault, InvalidRequest

    try:
        return model.model_validate(fields)
    except ValidationError as error:
        faults = [Fault(fault["msg"], parameter=str(fault["loc"][-1])) for fault in error.errors()]
        raise InvalidRequest(faults) from None


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _filter(
    engine: Engine,
    as_of: datetime | None,
    companies: Sequence[str] | None,
    countries: Sequence[str] | None,
    topics: Sequence[str] | None,
    roles: Sequence[str] | None,
    kind: str | None,
) -> SearchFilter:
    from corpus.search import SearchFilter

    return SearchFilter(
        companies=tuple(engine.entities.resolve_company(name) or name for name in companies or ()),
        countries=tuple(countries or ()),
        topics=tuple(topics or ()),
        roles=tuple(roles or ()),
        kinds=(kind,) if kind else (),
        as_of=_day(as_of),
    )


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False, emoji=False, markup=False)


def _print(console: Console, text: str, style: str = "") -> None:
    from service.incoming import without_controls

    console.print(without_controls(text), style=style, soft_wrap=not console.is_terminal)


def _note(sentence: str) -> None:
    """Say something that is not the result: on stderr, so that pipes get the result alone."""
    typer.echo(sentence, err=True)


def _origin(document: Document) -> str:
    return f"{document.title} · {document.publisher} · {document.published}"


def _document(document: Document) -> dict[str, Any]:
    names = ("id", "kind", "title", "publisher", "url", "companies", "countries", "topics", "skills", "role")
    return {name: getattr(document, name) for name in names} | {"published": document.published.isoformat()}


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "passage": hit.passage.id,
        "score": hit.score,
        "why": hit.why,
        "section": hit.passage.section,
        "text": hit.passage.text,
        "source": _document(hit.document),
    }


if __name__ == "__main__":
    main()
