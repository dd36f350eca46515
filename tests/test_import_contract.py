"""Which part may import which, and what start-up must not load.

The layers stand in pyproject.toml under `[tool.importlinter]`; here they are run as a test, and shown to catch what
they are there for.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("corpus", "service", "prompts", "eval")

# Each costs between half a second and ten seconds to import; a question that is answered without them must not pay.
HEAVY = ("torch", "transformers", "sentence_transformers", "litellm", "onnx", "slack_bolt")


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter with the configuration and the packages of `root`."""
    program = (
        "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"
    )
    return subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The configuration and the Python files of every package, free to be changed."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        for source in (ROOT / package).rglob("*.py"):
            target = tmp_path / source.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return tmp_path


def test_the_import_contracts_hold() -> None:
    result = lint_imports(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("corpus", "service"),
        ("corpus", "eval"),
        ("corpus", "prompts"),
        ("service", "eval"),
        ("prompts", "corpus"),
        ("prompts", "service"),
        ("prompts", "eval"),
        ("service.answering", "service.cli"),
    ],
)
def test_an_import_against_the_direction_is_caught(copy: Path, importer: str, imported: str) -> None:
    module = copy.joinpath(*importer.split(".")) / "planted.py"
    module.write_text(f"def late() -> None:\n    import {imported}  # an import inside a function counts too\n")

    result = lint_imports(copy)

    assert result.returncode != 0
    assert f"{importer}.planted -> {imported}" in result.stdout


@pytest.mark.parametrize("module", ["service.app", "service.cli", "service.answering.engine"])
def test_start_up_loads_nothing_of_a_language_model(module: str) -> None:
    """Without a model in the settings nothing of the generative composer is ever used."""
    parts = ("prompts", "tenacity", "service.llm", "service.answering.generative", "service.grounding.checker")
    program = f"import sys, {module}; print(*sorted(set({parts!r}) & set(sys.modules)))"

    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == []


@pytest.mark.parametrize("module", ["service.app", "service.cli"])
def test_start_up_loads_no_heavy_library(module: str) -> None:
    program = f"import sys, {module}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"

    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == []
