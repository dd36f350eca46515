"""Runs: killed and gone on with, repeated, remembered; and whole ones over the engine and over HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.commands import carry_out
from eval.errors import RunError
from eval.golden import GoldenQuestion, question_files
from eval.judging import Judge
from eval.records import Response, RunConfig, read_run, runs_in
from eval.run import RESPONSES, Chosen, Plan, ask_all, choose, finish, new_folder, read_start, start, write_config
from eval.session import opened, target_of
from eval.targets import HttpTarget
from service.settings import PREFIX, Settings
from tests.eval.run_process import Counting

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def few(dev_questions: list[GoldenQuestion]) -> list[GoldenQuestion]:
    return dev_questions[:6]


@pytest.fixture
def folder(tmp_path: Path, few: list[GoldenQuestion]) -> Path:
    """A run that has begun and has asked nothing yet."""
    return begun(tmp_path, few)


def begun(runs: Path, questions: Sequence[GoldenQuestion]) -> Path:
    folder = new_folder(runs, "test")
    start(folder, Chosen(questions, question_files("dev")), "engine")
    write_config(folder, RunConfig(started="", target="test", questions=(), question_count=len(questions)))
    return folder


def killed_after(folder: Path, answers: int) -> None:
    """Run until so many answers are written, then kill the process as `kill -9` does."""
    arguments = [sys.executable, "-m", "tests.eval.run_process", str(folder), str(answers)]
    process = subprocess.Popen(arguments, cwd=ROOT, stderr=subprocess.PIPE)
    try:
        while process.poll() is None:
            written = (folder / RESPONSES).read_bytes() if (folder / RESPONSES).exists() else b""
            if written.count(b"\n") >= answers:
                break
        assert process.poll() is None, process.stderr.read().decode() if process.stderr else ""
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        if process.stderr:
            process.stderr.close()


# -- killed


def test_a_killed_run_goes_on_with_what_was_not_answered(folder: Path, few: list[GoldenQuestion], judge: Judge) -> None:
    killed_after(folder, 3)
    rest = Counting()

    asyncio.run(ask_all(rest, Plan(read_start(folder).questions), folder))
    run = finish(folder, few, judge, {})

    assert len(rest.asked) == 3
    assert [record.question.id for record in run.records] == [question.id for question in few]
    assert {record.response.statements[0].text for record in run.records} == {f"Answer to {each.id}." for each in few}


def test_a_line_that_the_kill_cut_short_is_asked_again(folder: Path, few: list[GoldenQuestion], judge: Judge) -> None:
    asyncio.run(ask_all(Counting(), Plan(few), folder))
    whole = (folder / RESPONSES).read_bytes()
    (folder / RESPONSES).write_bytes(whole[:-20])
    rest = Counting()

    asyncio.run(ask_all(rest, Plan(few), folder))

    assert len(rest.asked) == 1
    assert len(finish(folder, few, judge, {}).records) == len(few)


def test_a_question_that_failed_is_asked_again(folder: Path, few: list[GoldenQuestion]) -> None:
    class Failing(Counting):
        async def ask(self, question: GoldenQuestion) -> Response:
            await super().ask(question)
            return Response(error="out of order")

    asyncio.run(ask_all(Failing(), Plan(few), folder))
    again = Counting()
    asyncio.run(ask_all(again, Plan(few), folder))

    assert len(again.asked) == len(few)


def test_an_unfinished_run_is_not_read_as_a_finished_one(tmp_path: Path, folder: Path, judge: Judge) -> None:
    with pytest.raises(RunError, match="is unfinished"):
        read_run(folder)
    with pytest.raises(RunError, match="has no response to"):
        finish(folder, read_start(folder).questions, judge, {})

    assert runs_in(tmp_path) == []


def test_a_finished_run_cannot_be_gone_on_with(folder: Path, few: list[GoldenQuestion], judge: Judge) -> None:
    asyncio.run(ask_all(Counting(), Plan(few), folder))
    finish(folder, few, judge, {})

    with pytest.raises(RunError, match="is finished"):
        read_start(folder)


# -- remembered


def test_a_remembered_answer_is_not_asked_for_again(tmp_path: Path, few: list[GoldenQuestion]) -> None:
    class Known(Counting):
        fingerprint = "one"

    first, second = Known(), Known()
    for target in (first, second):
        asyncio.run(ask_all(target, Plan(few, cache=tmp_path / "cache"), begun(tmp_path / "runs", few)))

    assert (len(first.asked), len(second.asked)) == (len(few), 0)


def test_an_answer_of_another_target_is_not_remembered(tmp_path: Path, few: list[GoldenQuestion]) -> None:
    first, second = Counting(), Counting()
    first.fingerprint, second.fingerprint = "one", "two"
    for target in (first, second):
        asyncio.run(ask_all(target, Plan(few, cache=tmp_path / "cache"), begun(tmp_path / "runs", few)))

    assert len(second.asked) == len(few)


def test_a_follow_up_is_asked_with_its_standalone_twin(tmp_path: Path, few: list[GoldenQuestion], judge: Judge) -> None:
    follow_up = few[0].model_copy(update={"history": ("who?",), "standalone": "who is it?"})
    folder, target = begun(tmp_path, [follow_up]), Counting()

    asyncio.run(ask_all(target, Plan([follow_up]), folder))
    run = finish(folder, [follow_up], judge, {})

    assert target.asked == [follow_up.id, f"{follow_up.id}#standalone"]
    assert run.metrics.figures["all"]["follow_up_consistency"].value == 0.0


# -- chosen


def test_the_quick_subset_has_questions_of_every_type() -> None:
    files = question_files("dev")
    whole, quick = choose(files), choose(files, quick=True)

    assert {each.type for each in quick.questions} == {each.type for each in whole.questions}
    assert len(quick.questions) < len(whole.questions) / 3


def test_what_matches_no_question_is_refused() -> None:
    with pytest.raises(RunError, match="No question matches 'nothing-like-it'"):
        choose(question_files("dev"), only="nothing-like-it")
    with pytest.raises(RunError, match="no regular expression"):
        choose(question_files("dev"), only="(")


# -- whole


@pytest.fixture
def environment(built_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ALLY_DATA_DIR", str(built_settings.data_dir))


@pytest.mark.usefixtures("environment")
def test_two_runs_of_one_configuration_have_the_same_figures(tmp_path: Path) -> None:
    chosen = choose(question_files("dev"), quick=True)
    runs = []
    for concurrency in (1, 4):
        folder = new_folder(tmp_path, "same")
        start(folder, chosen, "engine")
        runs.append(carry_out(folder, concurrency, None, tmp_path))

    first, second = (read_run(run.folder) for run in runs)
    assert first.metrics.figures == second.metrics.figures
    assert [record.scores for record in first.records] == [record.scores for record in second.records]
    assert first.config.fingerprint == second.config.fingerprint
    assert {"recall@10", "nDCG@10", "support_rate", "right"} <= set(first.metrics.figures["all"])


@pytest.mark.usefixtures("environment")
def test_a_server_answers_as_the_engine_does(built_settings: Settings) -> None:
    from service.app import create_app

    questions = choose(question_files("dev"), quick=True).questions[::6]

    async def both() -> list[tuple[Response, Response]]:
        import httpx

        app = create_app(built_settings)
        async with app.router.lifespan_context(app):
            await app.state.runtime.opened()
            with opened() as session:
                engine = target_of("engine", session)
                server = HttpTarget(
                    "http://ally.test", session.engine.entities.resolve_company, httpx.ASGITransport(app)
                )
                try:
                    return [(await engine.ask(question), await server.ask(question)) for question in questions]
                finally:
                    await server.close()

    for mine, theirs in asyncio.run(both()):
        assert theirs.error == ""
        assert theirs.timings.first_event_ms is not None
        assert theirs.model_copy(update={"timings": mine.timings}) == mine
