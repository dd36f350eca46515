"""`ally eval …` from the command line: found through its entry point, told faults in one line, and traced questions."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from eval.golden import question_files
from eval.records import read_run, runs_in
from service import cli
from service.answer_store import AnswerStore
from service.answering.answer import AnswerRequest
from service.answering.engine import open_engine_for_one_question
from service.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _plugged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry point as pyproject.toml declares it, however the package was installed."""
    points = EntryPoints([EntryPoint("eval", "eval.commands:app", cli.PLUG_INS)])
    monkeypatch.setattr(cli, "entry_points", points.select)


@pytest.fixture
def built(built_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ALLY_DATA_DIR", str(built_settings.data_dir))
    return built_settings


def run(capfd: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = cli.run([str(argument) for argument in arguments])
    return code, *capfd.readouterr()


def test_the_entry_point_is_declared() -> None:
    import tomllib

    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]

    assert declared == {cli.PLUG_INS: {"eval": "eval.commands:app"}}


def test_ally_lists_the_evaluation_among_its_commands(capfd: pytest.CaptureFixture[str]) -> None:
    code, printed, _ = run(capfd, "--help")
    assert code == 0
    assert "Measure answers on golden questions" in printed

    code, printed, _ = run(capfd, "eval", "--help")
    assert code == 0
    assert {"run", "gate", "report", "compare", "trace", "validate", "add", "label"} <= set(printed.split())


def test_the_command_line_of_the_evaluation_loads_nothing_heavy() -> None:
    program = "import sys, eval.commands; print(*{'numpy', 'eval.run', 'corpus', 'rich', 'httpx'} & set(sys.modules))"

    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert result.stdout.split() == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("gate", "--runs", "none"), "There is no finished run in none"),
        (("gate", "none"), "none is not a run"),
        (("compare", "none", "none"), "none is not a run"),
        (("run", "--resume", "none"), "none is not a run"),
        (("run", "--only", "("), "no regular expression"),
        (("run", "--questions", "none.jsonl"), "none.jsonl: cannot be read"),
        (("run", "--name", "a/b"), "made of letters"),
        (("run", "--target", "oracle"), "--target 'oracle' is none of"),
        (("run", "--target", "chat:http://127.0.0.1:1/v1"), "needs --model"),
        (("trace", "fact-none"), "There is no question 'fact-none'"),
    ],
)
def test_a_fault_ends_in_one_line(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...],
    complaint: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)

    code, printed, complaints = run(capfd, "eval", *arguments)

    assert (code, printed) == (1, "")
    assert complaints.startswith("ally eval: ")
    assert complaint in complaints
    assert complaints.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_recorded_transcript_is_run_gated_and_compared(
    built: Settings, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    runs, subset, recorded = tmp_path / "runs", tmp_path / "subset.jsonl", tmp_path / "recorded.jsonl"
    asked = question_files("dev")[0].read_text().splitlines()[:4]
    subset.write_text("\n".join(asked))
    for name, answered in (("good", 4), ("poor", 1)):
        rows = [json.loads(line) for line in asked[:answered]]
        first = [(row["id"], row["gold"][0]) for row in rows]
        answers = [{"id": id, "text": f"{gold['sentence']} [1]", "sources": [gold["doc"]]} for id, gold in first]
        recorded.write_text("\n".join(map(json.dumps, answers)))
        options = ("--target", recorded, "--questions", subset, "--name", name, "--runs", runs)
        code, printed, _ = run(capfd, "eval", "run", *options)
        assert code == 0
        assert "support_rate" in printed
    good, poor = runs_in(runs)
    assert read_run(good).metrics.figures["all"]["support_rate"].value == 1.0
    assert read_run(poor).metrics.figures["all"]["failures"].value == 0.75

    code, printed, _ = run(capfd, "eval", "gate", poor)
    assert code == 1
    assert "SHORT failures is 0.750" in printed

    code, printed, _ = run(capfd, "eval", "compare", good, poor)
    assert code == 0
    assert "Failures 0 % 75.0 % +75.0 points" in " ".join(printed.split())

    page = tmp_path / "both.html"
    assert run(capfd, "eval", "compare", good, poor, "--most", "0", "--html", page)[0] == 0
    assert "Two evaluations compared" in page.read_text()

    labels = tmp_path / "labels.csv"
    code, printed, _ = run(capfd, "eval", "label", good, "--to", labels)
    assert code == 0
    assert labels.is_file()


def test_a_report_is_written_into_the_runs_folder_or_printed(
    built: Settings, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, printed, _ = run(capfd, "eval", "run", "--quick", "--only", "out_of_scope", "--runs", tmp_path)
    assert code == 0
    (folder,) = runs_in(tmp_path)

    code, printed, told = run(capfd, "eval", "report", "--runs", tmp_path)
    assert (code, printed) == (0, "")
    assert str(folder / "report.html") in told
    assert (folder / "report.html").read_text().startswith("<!doctype html>")

    code, printed, _ = run(capfd, "eval", "report", folder, "--format", "md")
    assert (code, printed[:2]) == (0, "# ")
    code, printed, _ = run(capfd, "eval", "report", folder, "--format", "junit", "--output", "-")
    assert (code, printed[:11]) == (0, "<testsuites")
    code, _, told = run(capfd, "eval", "report", folder, "--output", tmp_path / "none" / "page.html")
    assert code == 1
    assert "cannot be written: No such file or directory." in told


def test_a_traced_question_shows_what_was_found_said_and_missed(
    built: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    code, printed, _ = run(capfd, "eval", "trace", "wha-c12", "--split", "dev")

    assert code == 0
    headings = ["UNDERSTOOD", "SEARCHED AND SCORED", "SAID", "REFUSED", "MISSED"]
    assert [name for line in printed.splitlines() for name in headings if line.startswith(name)] == headings
    assert "[gold]" in printed
    assert "dense #" in printed


def test_a_kept_answer_becomes_a_draft(built: Settings, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    engine = open_engine_for_one_question(built)
    answer = asyncio.run(engine.collect(AnswerRequest(question="When did Noetra begin operations?")))
    engine.close()
    store = AnswerStore(built.database_url, 30)
    store.keep(answer)
    store.close()
    drafts = tmp_path / "drafts.jsonl"

    code, _, _ = run(capfd, "eval", "add", answer.id, "--comment", "too long", "--to", drafts)

    assert code == 0
    row = json.loads(drafts.read_text())
    assert (row["question"], row["note"], row["split"]) == ("When did Noetra begin operations?", "too long", "draft")
    assert row["gold"]
    code, _, complaints = run(capfd, "eval", "add", "ans_none")
    assert code == 1
    assert "There is no answer 'ans_none'" in complaints
