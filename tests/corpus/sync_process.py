"""A sync in a process of its own, which says each step and waits to be told to go on: `test_crash_replay` kills it.

Usage: python -m tests.corpus.sync_process CORPUS DATA
"""

from __future__ import annotations

import sys
from pathlib import Path

from corpus.sync import Progress, sync
from tests.corpus.parts import Built, FewNames, HashedWords


def step(progress: Progress) -> None:
    """Say that a step is done; go on when a line comes."""
    sys.stdout.write(f"{progress.stage} {progress.done}\n")
    sys.stdout.flush()
    sys.stdin.readline()


def main() -> None:
    root, data = map(Path, sys.argv[1:])
    built = Built.at(data)
    # Four documents a write, so that a small corpus takes several.
    sync(root, built.store, built.dense, built.lexical, HashedWords(), FewNames("OpenAI", "Honda"), step, batch=4)


if __name__ == "__main__":
    main()
