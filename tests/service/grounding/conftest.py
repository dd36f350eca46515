"""One checker for all tests: the rules on the shipped entities, beside a score that never doubts."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from corpus.entities import load_entities
from service.grounding.checker import Checker


class NoDoubt:
    """A score that supports everything, so that what is refused the rules have refused."""

    def support(self, pairs: Sequence[tuple[str, Sequence[str]]]) -> list[float]:
        return [1.0] * len(pairs)


@pytest.fixture(scope="session")
def rules() -> Checker:
    return Checker(load_entities(), NoDoubt())
