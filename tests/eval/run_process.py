"""Asks golden questions in a process of its own that stands still after some answers, so that it can be killed.

python -m tests.eval.run_process FOLDER ANSWERS
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from eval.golden import GoldenQuestion
from eval.records import Response, Said
from eval.run import Plan, ask_all, read_start


class Counting:
    """Answers with the question's id, `answers` times; then it never answers again. Remembers what it was asked."""

    name = "counting"
    fingerprint = ""

    def __init__(self, answers: int = sys.maxsize) -> None:
        self.asked: list[str] = []
        self._answers = answers

    async def ask(self, question: GoldenQuestion) -> Response:
        self.asked.append(question.id)
        if len(self.asked) > self._answers:
            await asyncio.Event().wait()
        return Response(statements=(Said(text=f"Answer to {question.id}."),))

    async def close(self) -> None:
        pass


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    asyncio.run(ask_all(Counting(int(sys.argv[2])), Plan(read_start(folder).questions), folder))
