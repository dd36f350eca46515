"""One evaluation run: ask every question, judge every answer, write the run folder.

Responses are written one by one as they come, so a run that was killed goes on where it stopped; judging and metrics
are made anew from them at the end, which takes seconds. `targets` answers, `judging` judges, `answers` counts,
`commands` is the way in.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import numpy as np
from pydantic import ValidationError

import corpus
import prompts
import service
from eval import retrieval
from eval.answers import aggregate, scores
from eval.errors import RunError
from eval.golden import GoldenQuestion, load_questions
from eval.judging import Judge
from eval.records import ANSWERS, CONFIG, METRICS, AnswerRecord, Response, Run, RunConfig
from eval.targets import Target
from service.answering.answer import Frozen
from service.answering.engine import Engine

START: Final = "start.json"
RESPONSES: Final = "responses.jsonl"
"""What an unfinished run has besides `config.json`: what it is to do, and responses in the order in which they came."""
QUICK_PER_TYPE: Final = 2
ROOT: Final = Path(__file__).resolve().parents[1]
_WATCHED: Final = ("numpy", "onnxruntime", "tantivy", "chromadb")

OnProgress = Callable[[int, int], None]


class Begun(Frozen):
    """What a run is going to do, in `start.json` until it is finished."""

    target: str
    model: str = ""
    questions: tuple[GoldenQuestion, ...]
    files: tuple[str, ...] = ()
    only: str = ""
    quick: bool = False
    started: str


class Asked(Frozen):
    """A line of `responses.jsonl`: what the target answered, and to the standalone twin of a follow-up."""

    id: str
    response: Response
    twin: Response | None = None
    cached: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """The questions of a run, the files they are from, and how they were chosen among them."""

    questions: Sequence[GoldenQuestion]
    files: Sequence[Path]
    only: str = ""
    quick: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run does: the questions, how many at a time, and where remembered responses lie (None: nowhere)."""

    questions: Sequence[GoldenQuestion]
    concurrency: int = 2
    cache: Path | None = None


def new_folder(runs: Path, name: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Path:
    """Create `runs/<time>-<name>`.

    Raises:
        RunError: the name cannot be that of a folder.
    """
    if not re.fullmatch(r"[\w.-]{1,60}", name):
        raise RunError(f"The name of a run is made of letters, digits, - and _, not {name!r}.")
    stamp = now().strftime("%Y%m%dT%H%M%S")
    for number in range(1, 100):
        folder = runs / (f"{stamp}-{name}" if number == 1 else f"{stamp}-{name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder
    raise RunError(f"There are too many runs of the name {name!r} of this second.")


def choose(files: Sequence[Path], only: str = "", quick: bool = False) -> Chosen:
    """The questions of `files` whose type and id match `only`; with `quick` the first `QUICK_PER_TYPE` of each type.

    Raises:
        GoldenError: a file cannot be used.
        RunError: nothing is left, or `only` is no regular expression.
    """
    try:
        wanted = re.compile(only)
    except re.error as error:
        raise RunError(f"--only is no regular expression: {error}.") from None
    chosen = [each for each in load_questions(files) if wanted.search(f"{each.type} {each.id}")]
    if quick:
        places = Counter[str]()
        first = []
        for each in chosen:
            places[each.type] += 1
            if places[each.type] <= QUICK_PER_TYPE:
                first.append(each)
        chosen = first
    if not chosen:
        raise RunError(f"No question matches {only!r}.")
    return Chosen(chosen, files, only, quick)


async def ask_all(target: Target, plan: Plan, folder: Path, on_progress: OnProgress = lambda done, of: None) -> None:
    """Ask what `responses.jsonl` does not hold yet, `plan.concurrency` questions at a time, and append the answers.

    A failed answer is kept too, but asked again by the next resumption.
    """
    done = {asked.id for asked in _asked(folder).values() if not asked.response.error}
    left = [question for question in plan.questions if question.id not in done]
    finished = len(plan.questions) - len(left)
    on_progress(finished, len(plan.questions))
    turns = asyncio.Semaphore(plan.concurrency)
    cache = _Cache(plan.cache, target.fingerprint)

    with _whole_lines(folder / RESPONSES).open("a", encoding="utf-8") as responses:

        async def one(question: GoldenQuestion) -> None:
            nonlocal finished
            async with turns:
                asked = await _ask(target, question, cache)
            responses.write(asked.model_dump_json() + "\n")
            responses.flush()
            finished += 1
            on_progress(finished, len(plan.questions))

        async with asyncio.TaskGroup() as group:
            for question in left:
                group.create_task(one(question))


def finish(
    folder: Path,
    questions: Sequence[GoldenQuestion],
    judge: Judge,
    ranked: Mapping[str, Mapping[str, float]],
    on_progress: OnProgress = lambda done, of: None,
) -> Run:
    """Judge the responses of a folder, write `answers.jsonl` and `metrics.json`, and give the run.

    `ranked` are metrics of retrieval by question id and name, {} for a target whose search is not ours.

    Raises:
        RunError: a question has no response yet.
    """
    asked = _asked(folder)
    missing = [question.id for question in questions if question.id not in asked]
    if missing:
        raise RunError(f"{folder} has no response to {', '.join(missing[:5])}; `ally eval run --resume` goes on.")
    records = []
    for done, question in enumerate(questions, start=1):
        records.append(record_of(question, asked[question.id], judge, ranked.get(question.id, {})))
        on_progress(done, len(questions))
    metrics = aggregate(records)
    write(folder / ANSWERS, "".join(record.model_dump_json() + "\n" for record in records))
    write(folder / METRICS, metrics.model_dump_json(indent=1) + "\n")
    for name in (START, RESPONSES):
        (folder / name).unlink(missing_ok=True)
    config = RunConfig.model_validate_json((folder / CONFIG).read_bytes())
    return Run(folder, config, tuple(records), metrics)


def record_of(question: GoldenQuestion, asked: Asked, judge: Judge, ranked: Mapping[str, float]) -> AnswerRecord:
    """A question's record: its response judged, and its share of every metric."""
    record = AnswerRecord(
        question=question,
        response=asked.response,
        judgement=judge.judge(question, asked.response),
        scores={},
        twin=asked.twin,
        cached=asked.cached,
    )
    return record.model_copy(update={"scores": scores(record) | {name: (value, 1.0) for name, value in ranked.items()}})


def retrieval_scores(engine: Engine, questions: Iterable[GoldenQuestion]) -> dict[str, dict[str, float]]:
    """Recall, MRR and nDCG of the product's own search, by question id; questions without vital gold are left out.

    Defined in `eval.retrieval`: recall and MRR count passages with vital gold sentences, nDCG those with okay ones too.

    Raises:
        ValueError: a gold sentence does not stand in the stored document that it names.
    """
    asked = [question for question in questions if not question.passages]
    rows = [question.model_dump(mode="json") for question in asked]
    judged = retrieval.judged_questions(rows, engine.store, engine.entities)
    system = next(each for each in retrieval.systems() if each.name == "fused+priors")
    measured = retrieval.measure(engine.searcher, system, judged)
    return {
        question.id: {name: float(np.round(values[place], 9)) for name, values in measured.items()}
        for place, question in enumerate(judged)
    }


def start(folder: Path, chosen: Chosen, target: str, model: str = "") -> None:
    """Write what a run is going to do, so that it can be gone on with after a kill."""
    begun = Begun(
        target=target,
        model=model,
        questions=tuple(chosen.questions),
        files=tuple(path.name for path in chosen.files),
        only=chosen.only,
        quick=chosen.quick,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    write(folder / START, begun.model_dump_json())


def read_start(folder: Path) -> Begun:
    """What a run that was broken off was going to do.

    Raises:
        RunError: the folder is no run, or a finished one.
    """
    try:
        return Begun.model_validate_json((folder / START).read_bytes())
    except OSError:
        state = "is finished" if (folder / METRICS).is_file() else "is not a run"
        raise RunError(f"{folder} {state}; there is nothing to go on with.") from None
    except ValidationError as error:
        raise RunError(f"{folder / START} cannot be read: {str(error).splitlines()[0]}.") from None


def describe(begun: Begun, target: Target, judge: Judge, engine: Engine) -> RunConfig:
    """The configuration of a run."""
    revision, dirty = git_state()
    counts = engine.store.counts()
    return RunConfig(
        started=begun.started,
        target=target.name,
        questions=begun.files,
        question_count=len(begun.questions),
        only=begun.only,
        quick=begun.quick,
        git_revision=revision,
        git_dirty=dirty,
        corpus_seq=engine.store.sequence(),
        corpus_documents=counts.news + counts.guides,
        model=begun.model,
        prompts=tuple(getattr(target, "prompts", ())),
        judge=judge.name,
        versions={name: _version(name) for name in _WATCHED},
        fingerprint=target.fingerprint,
    )


def write_config(folder: Path, config: RunConfig) -> None:
    """Write `config.json`."""
    write(folder / CONFIG, config.model_dump_json(indent=1) + "\n")


def write(path: Path, text: str) -> None:
    """Write a file so that whoever reads it finds it whole or not at all."""
    beside = path.with_name(path.name + ".part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def git_state() -> tuple[str, bool]:
    """The revision of the code, and whether files differ from it; ("", False) outside a repository."""

    def git(*arguments: str) -> str:
        found = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        return found.stdout.strip() if found.returncode == 0 else ""

    try:
        return git("rev-parse", "HEAD"), bool(git("status", "--porcelain", "--untracked-files=no"))
    except OSError:
        return "", False


def code_fingerprint(engine: Engine) -> str:
    """SHA-256 over the code and data that the engine answers with, and the corpus sequence, as hexadecimal."""
    digest = hashlib.sha256(str(engine.store.sequence()).encode())
    for package in (corpus, service, prompts):
        for path in sorted(Path(str(package.__file__)).parent.rglob("*")):
            if path.suffix in (".py", ".npz", ".yaml", ".json", ".txt") and "__pycache__" not in path.parts:
                digest.update(path.read_bytes())
    return digest.hexdigest()


class _Cache:
    """Responses by target and question, a file each. Without a folder or a fingerprint it remembers nothing."""

    def __init__(self, folder: Path | None, fingerprint: str) -> None:
        self._folder = folder if fingerprint else None
        self._fingerprint = fingerprint

    def find(self, question: GoldenQuestion) -> Response | None:
        path = self._path(question)
        try:
            return Response.model_validate_json(path.read_bytes()) if path else None
        except (OSError, ValidationError):
            return None

    def keep(self, question: GoldenQuestion, response: Response) -> None:
        path = self._path(question)
        if path and not response.error:
            path.parent.mkdir(parents=True, exist_ok=True)
            write(path, response.model_dump_json())

    def _path(self, question: GoldenQuestion) -> Path | None:
        if self._folder is None:
            return None
        asked = question.model_dump(mode="json", include={"question", "history", "as_of", "passages"})
        key = hashlib.sha256(json.dumps([self._fingerprint, question.id, asked], sort_keys=True).encode()).hexdigest()
        return self._folder / key[:2] / f"{key}.json"


async def _ask(target: Target, question: GoldenQuestion, cache: _Cache) -> Asked:
    response, cached = await _ask_or_remember(target, question, cache)
    twin = None
    if question.standalone:
        alone = question.model_copy(
            update={"id": f"{question.id}#standalone", "question": question.standalone, "history": ()}
        )
        twin, _ = await _ask_or_remember(target, alone, cache)
    return Asked(id=question.id, response=response, twin=twin, cached=cached)


async def _ask_or_remember(target: Target, question: GoldenQuestion, cache: _Cache) -> tuple[Response, bool]:
    if remembered := cache.find(question):
        return remembered, True
    response = await target.ask(question)
    cache.keep(question, response)
    return response, False


def _asked(folder: Path) -> dict[str, Asked]:
    """What was answered so far; a line that a kill cut short does not count, a later line replaces an earlier one."""
    path = folder / RESPONSES
    found: dict[str, Asked] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").split("\n") if path.is_file() else ():
        try:
            asked = Asked.model_validate_json(line)
        except ValidationError:
            continue
        found[asked.id] = asked
    return found


def _whole_lines(path: Path) -> Path:
    """The file, cut behind its last whole line."""
    if path.is_file():
        content = path.read_bytes()
        os.truncate(path, content.rfind(b"\n") + 1)
    return path


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
