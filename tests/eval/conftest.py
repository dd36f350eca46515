"""The shipped corpus as files, without an index: enough to judge answers; and with indexes for whole runs."""

from __future__ import annotations

import pytest

from corpus.entities import load_entities
from corpus.readers.markdown import read_folder
from eval.golden import GoldenQuestion, load_questions, question_files
from eval.judging import Judge
from eval.sources import Sources
from service.grounding.checker import shipped_checker
from tests.corpus.parts import CORPUS
from tests.service.conftest import built_settings

__all__ = ["built_settings"]


@pytest.fixture(scope="session")
def sources() -> Sources:
    return Sources.of(read_folder(CORPUS))


@pytest.fixture(scope="session")
def judge(sources: Sources) -> Judge:
    return Judge(shipped_checker(load_entities()), sources)


@pytest.fixture(scope="session")
def dev_questions() -> list[GoldenQuestion]:
    return load_questions(question_files("dev"))
