"""Kept answers: found again for as long as the settings say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.answer_store import AnswerStore
from service.answering.answer import Answer
from tests.service.test_terminal import answer

DAY = timedelta(days=1)


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 24, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


def test_an_answer_is_found_until_its_retention_ends(tmp_path: Path) -> None:
    clock = Clock()
    store = AnswerStore(f"sqlite:///{tmp_path}/new/ally.db", retention_days=30, now=clock)
    store.keep(answer())

    clock.time += 30 * DAY - timedelta(seconds=1)
    found = store.find("ans_1")
    assert found is not None
    assert Answer.model_validate_json(found).model_dump() == answer().model_dump()

    clock.time += timedelta(seconds=1)
    assert store.find("ans_1") is None
    store.close()


def test_old_answers_are_removed_when_the_store_is_opened(tmp_path: Path) -> None:
    clock = Clock()
    url = f"sqlite:///{tmp_path}/ally.db"
    store = AnswerStore(url, retention_days=1, now=clock)
    store.keep(answer())
    store.close()

    clock.time += 2 * DAY
    AnswerStore(url, retention_days=1, now=clock).close()

    clock.time -= 2 * DAY
    reopened = AnswerStore(url, retention_days=1, now=clock)
    assert reopened.find("ans_1") is None
    reopened.close()


def test_the_same_id_replaces_the_answer(tmp_path: Path) -> None:
    store = AnswerStore(f"sqlite:///{tmp_path}/ally.db", retention_days=1)
    store.keep(answer())
    store.keep(answer(question="Another?"))

    assert '"Another?"' in (store.find("ans_1") or "")
    store.close()


def test_a_retention_of_no_days_keeps_nothing(tmp_path: Path) -> None:
    store = AnswerStore(f"sqlite:///{tmp_path}/ally.db", retention_days=0)
    store.keep(answer())

    assert store.find("ans_1") is None
    store.close()
