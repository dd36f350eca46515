"""The command line on the shipped corpus: what it prints, and how it ends when something is wrong."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from service import cli
from service.answering.answer import Answer
from service.settings import PREFIX, Settings
from tests.service.conftest import PREPARE, CopySettings, served

RunAlly = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ally(built_settings: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> RunAlly:
    """Run the command line on the built corpus: exit code, standard output, standard error."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ALLY_DATA_DIR", str(built_settings.data_dir))

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(list(arguments))
        return code, *capfd.readouterr()

    return run


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return subprocess.run(
        [sys.executable, "-m", "service.cli", *arguments],
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
    )


# -- ask


def test_ask_prints_understanding_sections_citations_and_sources(ally: RunAlly) -> None:
    code, printed, complaints = ally("ask", "--as-of", "2026-11-24", PREPARE)

    assert code == 0
    assert complaints == ""
    first = printed.splitlines()[0]
    assert first.startswith("Noetra (formerly Japan AI Foundation Model Development")
    assert "role understood as Sensor-fusion engineer" in first
    assert re.search(r"^- .+ \[\d+, [^\]]+ \d{1,2} \w{3} \d{4}\]$", printed, re.MULTILINE)
    assert re.search(r"^\[1\] .+ · https://\S+$", printed, re.MULTILINE)
    assert "\x1b" not in printed


def test_ask_knows_nothing_later_than_as_of(ally: RunAlly) -> None:
    _, printed, _ = ally("ask", "--as-of", "2026-04-20", PREPARE)

    assert "Japan AI Foundation Model Development" in printed
    assert "Noetra" not in printed


def test_ask_prints_the_answer_as_json(ally: RunAlly) -> None:
    code, printed, _ = ally("ask", "--json", "--company", "Noetra", "--interview-date", "2026-12-01",
                            "--as-of", "2026-11-24", "how do I prepare?")  # fmt: skip

    answer = Answer.model_validate_json(printed)
    assert code == 0
    assert answer.understanding.companies[0].name == "Noetra"
    assert answer.understanding.days_left == 7


def test_ask_reads_the_question_from_standard_input(
    ally: RunAlly, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "question").write_text("What is Noetra building?\n")
    with (tmp_path / "question").open() as question:
        monkeypatch.setattr(sys, "stdin", question)
        code, printed, _ = ally("ask", "--json", "-")

    assert code == 0
    assert json.loads(printed)["question"] == "What is Noetra building?"


def test_trace_adds_the_timings(ally: RunAlly) -> None:
    _, printed, _ = ally("ask", "--trace", "What is Noetra building?")

    assert re.search(r"ans_\w+ · extractive · corpus \d+ · understand [\d.]+ ms", printed)


@pytest.mark.slow
def test_ask_builds_missing_indexes_and_says_so(tmp_path: Path, built_settings: Settings) -> None:
    corpus = tmp_path / "corpus"
    for folder in ("articles", "guides"):
        (corpus / folder).mkdir(parents=True)
    (corpus / "entities.yaml").write_bytes((built_settings.corpus_dir / "entities.yaml").read_bytes())
    for article in (built_settings.corpus_dir / "articles").glob("2026-07-0*-*noetra*.md"):
        (corpus / "articles" / article.name).write_bytes(article.read_bytes())
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models").symlink_to(built_settings.data_dir / "models")

    done = process("ask", "What is Noetra?", ALLY_DATA_DIR=str(tmp_path / "data"), ALLY_CORPUS_DIR=str(corpus))

    assert done.returncode == 0, done.stderr
    assert "The indexes are missing" in done.stderr
    assert "Noetra" in done.stdout


@pytest.mark.slow
def test_ask_answers_the_same_beside_a_running_server(copied_settings: CopySettings) -> None:
    settings = copied_settings()
    alone = process("ask", "--as-of", "2026-11-24", PREPARE, ALLY_DATA_DIR=str(settings.data_dir))
    with served(settings):
        beside = process("ask", "--as-of", "2026-11-24", PREPARE, ALLY_DATA_DIR=str(settings.data_dir))
        sync = process("sync", ALLY_DATA_DIR=str(settings.data_dir))

    assert beside.returncode == 0, beside.stderr
    assert beside.stdout == alone.stdout
    # Writing is the server's alone, and the command line says what to do.
    assert sync.returncode == 1
    assert "ally serve" in sync.stderr
    assert len(sync.stderr.splitlines()) == 1


# -- answer

GIVEN = (
    '{"text": "Zorblax raised $7 million. It builds robots in Ulm.", "publisher": "Ulm News", '
    '"published": "2026-09-01", "url": "https://ulm.example/a"}',
    '{"text": "Noetra names Zorblax as a rival.", "id": "mine", "title": null}',
)


@pytest.mark.parametrize(
    "content", ["\n\n".join(GIVEN), "\ufeff" + GIVEN[0] + "\n" + GIVEN[1], f"[\n{', '.join(GIVEN)}]"]
)
def test_answer_rests_on_the_passages_of_a_file_alone(ally: RunAlly, tmp_path: Path, content: str) -> None:
    path = tmp_path / "found.jsonl"
    path.write_text(content, encoding="utf-8")

    code, printed, complaints = ally(
        "answer", "--passages", str(path), "--as-of", "2026-11-24", "How much did Zorblax raise?"
    )

    assert (code, complaints) == (0, "")
    assert "Zorblax raised $7 million. [1, Ulm News, 1 Sep 2026]" in printed
    assert re.search(r"^\[1\] .+ · Ulm News · 1 Sep 2026 · https://ulm\.example/a$", printed, re.MULTILINE)


def test_answer_says_that_the_passages_do_not_tell(ally: RunAlly, tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    path.write_text(f"[{GIVEN[0]}]", encoding="utf-8")

    code, printed, _ = ally("answer", "--json", "--passages", str(path), "What is the valuation of Wayve?")

    answer = Answer.model_validate_json(printed)
    assert code == 0
    assert answer.abstained
    assert answer.sources == ()


def test_answer_reads_passages_or_question_from_standard_input(
    ally: RunAlly, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "found.jsonl").write_text(GIVEN[0], encoding="utf-8")
    question = "How much did Zorblax raise?"
    for piped, passages, asked in ((GIVEN[0], "-", question), (question, str(tmp_path / "found.jsonl"), "-")):
        monkeypatch.setattr("sys.stdin", io.StringIO(piped))

        code, printed, _ = ally("answer", "--passages", passages, asked)

        assert code == 0
        assert "$7 million" in printed


def test_answer_needs_no_index(built_settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to(built_settings.data_dir / "models")
    (tmp_path / "found.jsonl").write_text(GIVEN[0], encoding="utf-8")

    done = process(
        "answer",
        "--passages",
        str(tmp_path / "found.jsonl"),
        "How much did Zorblax raise?",
        ALLY_DATA_DIR=str(tmp_path),
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "$7 million" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["found.jsonl", "models"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "in.jsonl: it holds no passage"),
        ("[]", "in.jsonl: it holds no passage"),
        (GIVEN[0] + "\nnot json", "line 2 of in.jsonl: it is not JSON: "),
        ("[1,", "in.jsonl: it is not JSON: "),
        ('{"text": "a"}\n"b"', "line 2 of in.jsonl: it is not a JSON object with a text"),
        ('[{"text": "a"}, {"id": "b"}]', "passage 2 of in.jsonl: text: Field required"),
        ('{"text": " "}', "line 1 of in.jsonl: text: it is blank"),
        ('{"text": "a", "published": "soon"}', "line 1 of in.jsonl: published: "),
        ('{"text": "a", "date": "2026-09-01"}', "line 1 of in.jsonl: date: no such field; known are text, id, title"),
        ('{"text": "a"}\n' * 51, "in.jsonl: it holds 51 passages; give the best 50"),
        ("[" * 100_000, "in.jsonl: it is nested too deeply"),
        (b"\xff\xfe", "in.jsonl: it is not text in UTF-8"),
        (None, "in.jsonl: No such file or directory"),
    ],
)
def test_a_passage_file_that_cannot_be_used_is_one_line_that_says_where_and_why(
    ally: RunAlly,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: str | bytes | None,
    complaint: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path("in.jsonl").write_bytes(content if isinstance(content, bytes) else content.encode())

    code, printed, said = ally("answer", "--passages", "in.jsonl", "How much did Zorblax raise?")

    assert (code, printed) == (2, "")
    assert complaint in said
    assert len(said.splitlines()) == 1


# -- search and sources


def test_search_shows_scores_and_why(ally: RunAlly) -> None:
    code, printed, _ = ally("search", "sensor fusion", "--limit", "3", "--kind", "news")
    _, as_json, _ = ally("search", "sensor fusion", "--limit", "3", "--kind", "news", "--json")

    hits = json.loads(as_json)
    assert code == 0
    assert len(hits) == 3
    assert all(hit["source"]["kind"] == "news" and hit["why"] for hit in hits)
    assert all(hit["passage"] in printed for hit in hits)


def test_sources_are_listed_and_opened(ally: RunAlly) -> None:
    _, listed, _ = ally("sources", "list", "--company", "Noetra", "--json")
    first = json.loads(listed)[0]

    code, shown, _ = ally("sources", "show", first["id"])

    assert code == 0
    assert first["title"] in shown
    assert first["url"] in shown


# -- sync and doctor


def test_sync_says_that_nothing_changed(
    copied_settings: CopySettings, ally: RunAlly, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLY_DATA_DIR", str(copied_settings().data_dir))

    code, _, said = ally("sync")

    assert code == 0
    assert "nothing changed" in said


def test_sync_rebuilds_the_indexes(
    copied_settings: CopySettings, ally: RunAlly, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLY_DATA_DIR", str(copied_settings().data_dir))

    assert ally("sync", "--rebuild")[0] == 0

    code, printed, _ = ally("doctor")
    assert code == 0, printed


def test_doctor_finds_what_is_broken_and_says_how_to_mend_it(
    ally: RunAlly, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ALLY_DATA_DIR", str(tmp_path))

    code, printed, _ = ally("doctor")

    assert code == 1
    assert re.search(r"^FAIL  database: .+\n +Run `ally sync`", printed, re.MULTILINE)


def test_doctor_names_settings_that_cannot_be_used(ally: RunAlly, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLY_PORT", "http")

    code, printed, _ = ally("doctor")

    assert code == 1
    assert "FAIL  settings" in printed
    assert "ALLY_PORT" in printed


def test_ask_catches_up_first_when_an_index_is_behind(
    copied_settings: CopySettings, ally: RunAlly, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = copied_settings()
    shutil.rmtree(settings.data_dir / "lexical")
    monkeypatch.setenv("ALLY_DATA_DIR", str(settings.data_dir))

    code, printed, said = ally("ask", PREPARE)

    assert code == 0
    assert "catching up" in said
    assert "Noetra" in printed


# -- wrong use and failures


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["ask"], 2),
        (["ask", ""], 2),
        (["ask", " \x00\t"], 2),
        (["ask", "x" * 4001], 2),
        (["ask", "--as-of", "tomorrow", "a"], 2),
        (["ask", "--colour", "a"], 2),
        (["answer", "How much?"], 2),
        (["answer", "--passages", "-", "-"], 2),
        (["search", " "], 2),
        (["search", "--limit", "0", "a"], 2),
        (["search", "--kind", "rumour", "a"], 2),
        (["sources", "show", "doc_unknown"], 1),
        (["serve", "--port", "70000"], 2),
        (["serve", "--host", "192.0.2.1", "--port", "0"], 1),
        (["frobnicate"], 2),
    ],
)
def test_a_fault_is_one_line_on_standard_error(ally: RunAlly, arguments: list[str], code: int) -> None:
    got, printed, complaint = ally(*arguments)

    assert got == code
    assert printed == ""
    assert len(complaint.splitlines()) == 1
    assert complaint.startswith("ally: ")


def test_a_data_folder_that_cannot_be_made_is_one_line_that_names_the_setting(
    ally: RunAlly, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("ALLY_DATA_DIR", str(tmp_path / "file" / "data"))
    monkeypatch.delenv("ALLY_DATABASE_URL", raising=False)

    code, _, told = ally("ask", "hello")

    assert code == 1
    assert told.count("\n") == 1
    assert "ALLY_DATA_DIR" in told


def test_a_damaged_database_is_one_line_on_standard_error(
    ally: RunAlly, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ALLY_DATA_DIR", str(tmp_path))
    (tmp_path / "ally.db").write_bytes(b"this is no database" * 100)

    code, printed, complaint = ally("ask", "What is Noetra?")

    assert code == 1
    assert printed == ""
    assert len(complaint.splitlines()) == 1


def test_a_reader_that_has_seen_enough_is_no_fault(built_settings: Settings) -> None:
    command = f'"{sys.executable}" -m service.cli sources list --limit 1000 | head -1'
    environment = os.environ | {"ALLY_DATA_DIR": str(built_settings.data_dir)}

    done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.startswith("doc_")
    assert "Traceback" not in done.stderr
    assert "rror" not in done.stderr


# -- start-up


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "--help"], ["answer", "--help"], ["version"]])
def test_help_and_version_load_nothing_heavy(arguments: list[str]) -> None:
    program = f"""
import sys
from service import cli
cli.run({arguments!r})
print("loaded:", *sorted({{"sqlalchemy", "numpy", "fastapi", "chromadb", "torch"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert done.stdout.splitlines()[-1].strip() == "loaded:"


def test_serving_a_built_index_loads_no_training_library(built_settings: Settings) -> None:
    program = f"""
import asyncio, sys
from service.app import create_app
from service.settings import Settings
from service.incoming import QuestionRequest

async def serve() -> None:
    app = create_app(Settings(data_dir={str(built_settings.data_dir)!r}))
    async with app.router.lifespan_context(app):
        await app.state.runtime.opened()
        await app.state.runtime.engine.collect(QuestionRequest(question={PREPARE!r}))

asyncio.run(serve())
print("loaded:", *sorted({{"torch", "transformers", "sentence_transformers", "litellm", "sklearn"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert done.stdout.splitlines()[-1].strip() == "loaded:"
