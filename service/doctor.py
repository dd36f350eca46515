"""Checks of an installation: what is there, what is broken and how to mend it. Read by `ally doctor`.

Each check looks at one thing and mends nothing by itself.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

from service.settings import Settings, load_settings
from service.upkeep import is_exported

OLDEST_PYTHON = (3, 11)
SYNC = "Run `ally sync`."


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `remedy` says what to do when `ok` is false."""

    subject: str
    ok: bool
    detail: str
    remedy: str = ""


class Fault(Exception):
    """Raised by a check with what is wrong and how to mend it."""

    def __init__(self, detail: str, remedy: str) -> None:
        """`detail` and `remedy`: a sentence each."""
        super().__init__(detail)
        self.detail = detail
        self.remedy = remedy


def examine() -> Iterator[Finding]:
    """Run every check and say what it found; a fault of one does not stop the others, except unusable settings."""
    yield _finding("Python", _python)
    yield _finding("packages", _packages)
    try:
        settings = load_settings()
    except Exception as error:
        yield Finding("settings", False, str(error), "Correct or unset the variable; the README lists them all.")
        return
    yield Finding("settings", True, f"data in {settings.data_dir}")
    for subject, check in _CHECKS.items():
        yield _finding(subject, lambda check=check: check(settings))  # type: ignore[misc]


def _finding(subject: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, True, check())
    except Fault as fault:
        return Finding(subject, False, fault.detail, fault.remedy)
    except Exception as error:
        return Finding(
            subject, False, f"{type(error).__name__}: {error}", "See the message; ALLY_LOG_LEVEL=debug tells more."
        )


def _python() -> str:
    running = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        raise Fault(f"{running} is too old", "Install Python 3.11 or newer and run `make setup`.")
    return running


def _packages() -> str:
    """Whether every run-time dependency is there in a version that the project takes."""
    needed = [Requirement(line) for line in requires("interviewally") or ()]
    needed = [requirement for requirement in needed if requirement.marker is None or requirement.marker.evaluate()]
    wrong = []
    for requirement in needed:
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            wrong.append(f"{requirement.name} is {found}, needed is {requirement.specifier}")
    if wrong:
        raise Fault("; ".join(wrong), "Run `make setup`, or install with constraints.txt.")
    return f"{len(needed)} as needed"


def _sources(settings: Settings) -> str:
    from corpus.entities import load_entities
    from corpus.errors import CorpusFileError
    from corpus.readers.markdown import read_document, source_files

    files = source_files(settings.corpus_dir)
    if not files:
        raise Fault(f"none in {settings.corpus_dir}", "Set ALLY_CORPUS_DIR to a folder with articles/ and guides/.")
    entities = load_entities(settings.corpus_dir / "entities.yaml")
    refused = []
    for path in files:
        try:
            read_document(path, entities)
        except CorpusFileError as error:
            refused.append(str(error))
    if refused:
        raise Fault("; ".join(refused), "Mend these files; corpus/README.md describes their format.")
    return f"{len(files)} files in {settings.corpus_dir}"


def _database(settings: Settings) -> str:
    from corpus.store import Store

    store = Store(settings.database_url)
    try:
        counts = store.counts()
    finally:
        store.close()
    if not counts.sequence:
        raise Fault("empty", SYNC)
    return f"{counts.news} news briefs, {counts.guides} guides, {counts.passages} passages, change {counts.sequence}"


def _model(settings: Settings) -> str:
    from corpus.embed import OnnxEmbedder, onnx_folder

    if not is_exported(settings):
        raise Fault(
            f"{settings.embedding_model} has not been exported to ONNX, so that every start loads PyTorch",
            f"{SYNC} Where it says that the export was refused, another ALLY_EMBEDDING_MODEL starts faster.",
        )
    embedder = OnnxEmbedder(onnx_folder(settings.embedding_model, settings.data_dir))
    return (
        f"{embedder.model_id}, {len(embedder.embed(['a test'])[0])} dimensions, ONNX Runtime {version('onnxruntime')}"
    )


def _indexes(settings: Settings) -> str:
    from corpus.dense import connect_dense_index, open_dense_index
    from corpus.embed import model_id
    from corpus.errors import IndexInUseError
    from corpus.lexical import LexicalIndex
    from corpus.store import Store
    from corpus.sync import is_current

    model = model_id(settings.embedding_model)
    store = Store(settings.database_url)
    try:
        behind = [] if is_current(store, LexicalIndex(settings.data_dir / "lexical")) else ["lexical"]
        try:
            if settings.chroma_url:
                dense = connect_dense_index(settings.chroma_url, model)
            else:
                dense = open_dense_index(settings.data_dir / "chroma", model)
        except IndexInUseError:
            held = "; the dense index is open in a running server"
        else:
            held = ""
            behind += [] if is_current(store, dense) else ["dense"]
            dense.close()
    finally:
        store.close()
    if behind:
        raise Fault(
            f"behind the database: {', '.join(behind)}", f"{SYNC} If that does not help: `ally sync --rebuild`."
        )
    return f"caught up{held}"


_CHECKS: dict[str, Callable[[Settings], str]] = {
    "sources": _sources,
    "database": _database,
    "embedding model": _model,
    "indexes": _indexes,
}
