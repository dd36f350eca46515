"""The README says what is so: its commands run, the answer it shows is the product's, its table lists every setting."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

import pytest
import typer

from service import cli
from service.answering.answer import Answer, AnswerEvent
from service.settings import ENV_FILE_VARIABLE, PREFIX, Settings
from tests.service.conftest import Server, built_settings, copy_data, served

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCED: list[tuple[str, str]] = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
SCRIPTS = [text for language, text in FENCED if language == "sh"]
ADDRESS = "http://127.0.0.1:8000"
"""Where the README's requests go; the tests send them to a server of their own."""

LEFT_OUT = "…"
"""A line of the shown answer that stands for any number of lines."""

Shell = Callable[[str], subprocess.CompletedProcess[str]]

# The shipped corpus as the tests of the service build and keep it.
shipped = built_settings


@pytest.fixture(scope="module")
def server(shipped: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # A folder of its own: beside a running server `ally sync` would have to refuse.
    data_dir = tmp_path_factory.mktemp("readme") / "data"
    copy_data(shipped.data_dir, data_dir)
    with served(Settings(data_dir=data_dir)) as server:
        yield server


@pytest.fixture(scope="module")
def shell(shipped: Settings, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Run a block of the README in bash, once however many tests read its output; `make` only says what it would do."""
    curl_home = tmp_path_factory.mktemp("curl")
    (curl_home / ".curlrc").write_text("fail-with-body\nmax-time = 60\n")
    # Not part of the make that may be running these tests, and no settings of whoever runs them.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith((PREFIX, "MAKE", "MFLAGS"))}
    environment = inherited | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "ALLY_DATA_DIR": str(shipped.data_dir),
        "CURL_HOME": str(curl_home),
        "HF_HUB_OFFLINE": "1",
    }

    @cache
    def run(script: str) -> subprocess.CompletedProcess[str]:
        script = re.sub(r"^make ", "make --dry-run ", script, flags=re.MULTILINE).replace(ADDRESS, server.url)
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def script(*words: str) -> str:
    """The block in which all of `words` stand."""
    (found,) = (text for text in SCRIPTS if all(word in text for word in words))
    return found


def blocks(text: str) -> list[list[str]]:
    """The lines between the marks for what is left out, without blank ones."""
    parts: list[list[str]] = [[]]
    for line in text.splitlines():
        if line == LEFT_OUT:
            parts.append([])
        elif line.strip():
            parts[-1].append(line)
    return parts


# -- commands


def test_every_command_is_of_a_kind_that_is_checked_here() -> None:
    without_input = re.sub(r"<<'END'\n.*?^END$", "", "".join(SCRIPTS), flags=re.MULTILINE | re.DOTALL)
    one_a_line = re.sub(r"^\w+=\$\(", "", without_input.replace("\\\n", " "), flags=re.MULTILINE)
    programs = {line.split()[0] for line in one_a_line.splitlines() if line.strip()}

    assert programs == {"make", "ally", "curl"}


@pytest.mark.slow
@pytest.mark.parametrize("commands", SCRIPTS, ids=lambda text: text.split("   ")[0].strip()[:60])
def test_the_commands_run(commands: str, shell: Shell) -> None:
    done = shell(commands)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip()
    assert "Traceback" not in done.stderr


def test_commands_named_in_sentences_exist() -> None:
    ally = typer.main.get_command(cli.app)
    commands = set(ally.list_commands(ally.make_context("ally", [], resilient_parsing=True)))  # type: ignore[attr-defined]
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"`ally ([a-z]+)", README)) <= commands
    assert set(re.findall(r"`make ([a-z-]+)", README)) <= targets
    assert all(find_spec(module) for module in re.findall(r"`python -m ([\w.]+)", README))


# -- what the commands answer


@pytest.mark.slow
def test_the_answer_shown_is_the_answer_given(shell: Shell) -> None:
    command = script("ally ask", "sensor-fusion role")
    (shown,) = (text for _, text in FENCED if "Where sources differ" in text)
    given = [line for line in shell(command).stdout.splitlines() if line.strip()]

    position = 0
    for block in blocks(shown):
        fits = (at for at in range(position, len(given)) if given[at : at + len(block)] == block)
        start = next(fits, None)
        assert start is not None, "\n".join(["The answer does not hold:", *block, "It is now:", *given])
        assert position > 0 or start == 0
        position = start + len(block)
    assert shown.rstrip().endswith(LEFT_OUT) or position == len(given)


@pytest.mark.slow
def test_the_answer_over_http_is_the_answer_of_the_terminal(shell: Shell) -> None:
    answer = Answer.model_validate_json(shell(script("curl", "sensor-fusion role")).stdout)
    printed = shell(script("ally ask", "sensor-fusion role")).stdout

    statements = [statement for section in answer.sections for statement in section.statements]
    assert len(statements) > 10
    assert all(statement.text in printed for statement in statements)


@pytest.mark.slow
def test_the_stream_brings_the_events_that_the_readme_names(shell: Shell) -> None:
    stream = shell(script("curl", "text/event-stream")).stdout
    events = re.findall(r"^event: (.+)$", stream, re.MULTILINE)
    data = [json.loads(line) for line in re.findall(r"^data: (.+)$", stream, re.MULTILINE)]

    assert events[:3] == ["answer.started", "answer.sources", "section.started"]
    assert events[-2:] == ["answer.follow_ups", "answer.completed"]
    assert data[0]["understanding"]["days_left"] == 7
    named = {model.model_fields["event"].default for model in get_args(AnswerEvent)} | {"answer.failed"}
    assert set(events) <= named
    assert all(f"`{event}`" in README for event in named)


@pytest.mark.slow
def test_as_of_hides_later_sources(shell: Shell) -> None:
    listed, _ = json.JSONDecoder().raw_decode(shell(script("/v1/sources?")).stdout)

    assert listed["items"]
    assert max(item["published"] for item in listed["items"] if item["kind"] == "news") <= "2026-04-20"


# -- table and links


def test_the_table_lists_every_setting_with_its_default() -> None:
    def shown(default: str) -> str:
        return f"`{default}`" if default and default != "shipped corpus" else default

    rows = [f"| `{variable}` | {shown(default)} | {meaning} |" for variable, default, meaning in Settings.variables()]

    assert [line for line in README.splitlines() if line.startswith(f"| `{PREFIX}")] == rows
    assert f"`{ENV_FILE_VARIABLE}`" in README


def test_links_lead_somewhere() -> None:
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", README) if "://" not in target]
    headings = {f"#{title.lower().replace(' ', '-')}" for title in re.findall(r"^#+ (.+)$", README, re.MULTILINE)}

    assert targets
    assert [target for target in targets if not (target in headings or (ROOT / target).exists())] == []
