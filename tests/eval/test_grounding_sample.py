"""The shipped checker does no worse than its model card says."""

from __future__ import annotations

from pathlib import Path

import pytest

import corpus
from corpus.entities import load_entities
from eval.grounding.sample import measure, recorded
from service.grounding.checker import shipped_checker


@pytest.mark.slow
def test_the_checker_catches_and_keeps_as_much_of_the_sample_as_is_on_record() -> None:
    folder = Path(corpus.__file__).parent

    found = measure(shipped_checker(load_entities(folder / "entities.yaml")), folder)

    assert found.keys() == recorded().keys()
    assert {name: share for name, share in found.items() if share < recorded()[name]} == {}
