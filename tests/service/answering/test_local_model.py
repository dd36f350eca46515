"""A real model on this machine writes: what it invents is withheld, or its source's words stand in its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.answering.answer import Answer, Statement
from service.answering.engine import Engine
from service.llm import Bill, Endpoint, LanguageModel, Limits, load_litellm
from service.local_llm import NoLocalModel, packaged_model, served
from tests.service.answering.conftest import Desk
from tests.service.answering.writing import MISSION, ZORBLAX, assert_sound, request, statements, texts, writing_engine
from tests.service.scripted_model import ScriptedModel

# Generous, since a busy machine reads a prompt of a thousand tokens at its own pace.
LIMITS = Limits(first_token_s=400.0, stall_s=60.0, total_s=600.0, max_tokens=150)


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedModel]:
    load_litellm()
    with served(packaged_model()) as address:
        yield ScriptedModel(address, {})


class TestWhatIsServed:
    def test_a_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(NoLocalModel, match=r"no file .*nothing\.gguf"), served(tmp_path / "nothing.gguf"):
            pass

    def test_a_file_that_is_no_model_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "noise.gguf").write_bytes(b"noise" * 100)

        with pytest.raises(NoLocalModel, match=r"noise\.gguf cannot be served"), served(tmp_path / "noise.gguf"):
            pass

    def test_the_packaged_model_is_a_file(self) -> None:
        assert packaged_model().stat().st_size > 50_000_000


@pytest.mark.live
@pytest.mark.slow
class TestTheSmallModel:
    async def test_it_streams_and_counts_its_tokens(self, server: ScriptedModel) -> None:
        bill = Bill()
        model = LanguageModel([Endpoint("openai/local", server.url, "none")], LIMITS)
        prompt = {"system": "Answer in one short sentence.", "user": "What is a robot?"}

        pieces = [piece async for piece in model.stream(prompt, bill)]

        assert len(pieces) > 5
        assert bill.usage.prompt_tokens > 10
        assert bill.usage.completion_tokens >= len(pieces) - 2

    @pytest.mark.parametrize(
        ("question", "given"), [("How much did Zorblax raise?", ZORBLAX), (MISSION, ())], ids=["fact", "prepare"]
    )
    def test_every_released_statement_is_borne_out(
        self, desk: Desk, engine: Engine, server: ScriptedModel, question: str, given: tuple[dict[str, str], ...]
    ) -> None:
        fields: dict[str, Any] = {"passages": given} if given else {}
        writing = writing_engine(engine, server, "local", limits=LIMITS, evidence_characters=2_500)
        answer = desk.run(writing.collect(request(question, **fields)))

        assert_sound(answer, engine, given)
        assert answer.usage.completion_tokens > 0
        assert_nothing_left_out(answer, desk.ask(question, **fields))
        assert "$7 million" in texts(answer) or not given
        assert all(statement.citations for statement in statements(answer, "generative"))


def assert_nothing_left_out(answer: Answer, extractive: Answer) -> None:
    """Sections stand in the extractive order, and one is missing only if the others quote all that it quotes."""
    kinds = [section.kind for section in answer.sections]
    assert kinds == [section.kind for section in extractive.sections if section.kind in kinds]
    missing = [s for section in extractive.sections if section.kind not in kinds for s in section.statements]
    assert quoted_by(extractive, missing) <= quoted_by(answer, statements(answer))


def quoted_by(answer: Answer, spoken: list[Statement]) -> set[tuple[str, int]]:
    """Which sentences statements cite: the source's title, and where in it."""
    titles = {source.n: source.title for source in answer.sources}
    return {(titles[citation.source], citation.start) for statement in spoken for citation in statement.citations}
