"""Killed at any point and run again, a sync ends where an undisturbed one does.

The sync runs in a process of its own, which says each step it has done and waits for a word to go on. It is killed with
SIGKILL either while it waits (between two writes) or right after it was told to go on (within the next one).
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from tests.corpus.parts import CORPUS, Built, HashedWords

BRIEFS = sorted((CORPUS / "articles").glob("*.md"))[::19][:10]
GUIDES = sorted((CORPUS / "guides").glob("*.md"))[:2]
QUESTIONS = ("robots that pay engineers", "How do you tune a Kalman filter?", "OpenAI hires in Tokyo", "lidar 2026")

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class State:
    """All that can be seen of a store and its indexes."""

    log: list[tuple[str, str]]
    documents: list[tuple[object, ...]]
    dense_ids: list[str]
    nearest: list[list[tuple[str, float]]]
    best: list[list[tuple[str, float]]]

    @classmethod
    def of(cls, data: Path) -> State:
        built = Built.at(data)
        try:
            vectors = HashedWords().embed(QUESTIONS)
            stored = built.store.stored(built.store.document_ids())
            assert built.dense.applied.sequence == built.lexical.applied.sequence == built.store.sequence()
            return cls(
                log=[(change.document_id, change.action) for change in built.store.changes(0)],
                documents=[(i.document, i.passages, i.vectors.tobytes(), i.model_id) for i in stored.values()],
                dense_ids=built.dense.passage_ids(),
                nearest=[built.dense.query(vector, None, 1_000) for vector in vectors],
                best=[built.lexical.query(question, None, 1_000) for question in QUESTIONS],
            )
        finally:
            built.close()


def assert_same(found: State, expected: State) -> None:
    assert found.log == expected.log
    assert found.documents == expected.documents
    assert found.dense_ids == expected.dense_ids
    for one, other in zip((*found.nearest, *found.best), (*expected.nearest, *expected.best), strict=True):
        assert [key for key, _ in one] == [key for key, _ in other]
        assert np.allclose([score for _, score in one], [score for _, score in other], rtol=1e-6)


def start(root: Path, data: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.corpus.sync_process", str(root), str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=CORPUS.parent,
    )


def run_to_end(root: Path, data: Path) -> list[str]:
    """Sync undisturbed; returns the steps."""
    with start(root, data) as process:
        said, told = _pipes(process)
        steps = []
        for line in said:
            steps.append(line.strip())
            told.write("\n")
            told.flush()
    assert process.returncode == 0
    return steps


def kill_at(root: Path, data: Path, step: str, *, while_writing: bool) -> None:
    """Sync until `step` was done, then kill: at once, or after the process was told to go on."""
    with start(root, data) as process:
        said, told = _pipes(process)
        for line in said:
            if line.strip() == step:
                if while_writing:
                    told.write("\n")
                    told.flush()
                process.kill()
                break
            told.write("\n")
            told.flush()
        else:
            pytest.fail(f"the sync ended without {step!r}")
    # After its last step the process may have ended before the signal reached it.
    assert process.returncode == -signal.SIGKILL or (while_writing and step.startswith("lexical"))


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert process.stdout is not None
    assert process.stdin is not None
    return process.stdout, process.stdin


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of twelve shipped files."""
    root = tmp_path_factory.mktemp("corpus")
    for path in (*BRIEFS, *GUIDES):
        target = root / path.parent.name / path.name
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, target)
    return root


@pytest.fixture(scope="module")
def first(root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, State]:
    """The data folder of an undisturbed sync, which nobody writes to, and what is in it."""
    data = tmp_path_factory.mktemp("first")
    steps = run_to_end(root, data)
    assert steps == [
        *(f"store {number}" for number in range(1, 13)),
        *(f"{index} {number}" for index in ("dense", "lexical") for number in (4, 8, 12)),
    ]
    return data, State.of(data)


BETWEEN, WITHIN = pytest.param(False, id="between writes"), pytest.param(True, id="while writing")


@pytest.mark.parametrize("while_writing", [BETWEEN, WITHIN])
@pytest.mark.parametrize("step", ["store 7", "store 12", "dense 4", "lexical 4"])
def test_a_first_sync_that_was_killed_is_completed_by_the_next(
    root: Path, first: tuple[Path, State], tmp_path: Path, step: str, while_writing: bool
) -> None:
    kill_at(root, tmp_path, step, while_writing=while_writing)

    run_to_end(root, tmp_path)

    assert_same(State.of(tmp_path), first[1])


def test_a_sync_that_is_killed_at_every_turn_gets_there_in_the_end(
    root: Path, first: tuple[Path, State], tmp_path: Path
) -> None:
    for step in ("store 3", "store 6", "dense 4", "lexical 4"):
        kill_at(root, tmp_path, step, while_writing=True)

    run_to_end(root, tmp_path)

    assert_same(State.of(tmp_path), first[1])


@pytest.fixture(scope="module")
def changed_root(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same corpus with a file less, a file more, and two files changed."""
    changed = tmp_path_factory.mktemp("changed") / "corpus"
    shutil.copytree(root, changed)
    articles = changed / "articles"
    (articles / BRIEFS[0].name).unlink()
    shutil.copyfile(sorted((CORPUS / "articles").glob("*.md"))[1], articles / "9999-added.md")
    shorter = articles / BRIEFS[1].name
    content = shorter.read_text(encoding="utf-8")
    shorter.write_text(content[: content.rindex(". ") + 1] + "\n", encoding="utf-8")
    longer = articles / BRIEFS[2].name
    longer.write_text(longer.read_text(encoding="utf-8").strip() + " OpenAI hires in Tokyo." * 12, encoding="utf-8")
    return changed


@pytest.fixture(scope="module")
def second(changed_root: Path, first: tuple[Path, State], tmp_path_factory: pytest.TempPathFactory) -> State:
    """What an undisturbed sync of the changes ends in."""
    data = tmp_path_factory.mktemp("second") / "data"
    shutil.copytree(first[0], data)
    assert run_to_end(changed_root, data) == ["store 1", "store 2", "store 3", "dense 4", "lexical 4"]
    return State.of(data)


@pytest.mark.parametrize("while_writing", [BETWEEN, WITHIN])
@pytest.mark.parametrize("step", ["store 1", "dense 4"])
def test_a_sync_of_changes_that_was_killed_is_completed_by_the_next(
    changed_root: Path, first: tuple[Path, State], second: State, tmp_path: Path, step: str, while_writing: bool
) -> None:
    data = tmp_path / "data"
    shutil.copytree(first[0], data)
    kill_at(changed_root, data, step, while_writing=while_writing)

    run_to_end(changed_root, data)

    assert_same(State.of(data), second)
