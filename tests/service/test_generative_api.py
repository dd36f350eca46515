"""A model in the settings writes what the API streams, and its faults never reach the client."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import httpx
import pytest

from service.api.runtime import WARM_UP
from tests.service.conftest import PREPARE, CopySettings, OpenApp
from tests.service.scripted_model import Asked, Reply, ScriptedModel, scripted_model

ASKED = {"question": PREPARE, "as_of": "2026-11-24"}


async def careful(asked: Asked, reply: Reply) -> None:
    number = next(number for number, text in asked.passages.items() if "began operations" in text)
    lines = [
        "## News",
        f"- Noetra began operations on 1 July 2026. [{number}]",
        f"- Noetra pays $1 million. [{number}]",
    ]
    await reply.say("\n".join(lines) + "\n")


async def broken(_: Asked, reply: Reply) -> None:
    await reply.status("500 Internal Server Error", '{"error": {"message": "Traceback: secret"}}')


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModel]:
    with scripted_model({"careful": careful, "broken": broken}) as server:
        yield server


async def streamed(client: httpx.AsyncClient) -> list[dict[str, object]]:
    response = await client.post("/v1/answers", json=ASKED, headers={"Accept": "text/event-stream"})
    return [json.loads(data) for data in re.findall(r"^data: (.+)$", response.text, re.MULTILINE)]


async def test_what_the_model_wrote_is_streamed_kept_and_accounted_for(
    copied_settings: CopySettings, open_app: OpenApp, model: ScriptedModel
) -> None:
    settings = copied_settings(model="openai/careful", model_api_base=model.url, model_first_token_s=30)
    async with open_app(settings) as client:
        assert model.count("careful") == 0, f"the warm-up question {WARM_UP!r} costs nothing"
        events = await streamed(client)
        answer = (await client.get(f"/v1/answers/{events[0]['id']}")).json()

    written = [s for section in answer["sections"] for s in section["statements"] if s["composer"] == "generative"]
    assert written[0]["text"] == "Noetra began operations on 1 July 2026."
    assert "$1 million" not in json.dumps(answer)
    assert (answer["composer"], answer["model"], answer["prompts"]) == (
        "generative",
        "openai/careful",
        ["answer@1.1.0"],
    )
    assert answer["usage"]["completion_tokens"] > 0
    assert answer["outcomes"]["as_written"] == 1
    assert events[-1]["event"] == "answer.completed"
    told = [event["statement"] for event in events if event["event"] == "statement"]
    assert told == [s for section in answer["sections"] for s in section["statements"]]


async def test_a_broken_model_is_no_error_of_the_answer(
    copied_settings: CopySettings, open_app: OpenApp, model: ScriptedModel
) -> None:
    settings = copied_settings(model="openai/broken", model_api_base=model.url)
    async with open_app(settings) as client:
        response = await client.post("/v1/answers", json=ASKED)

    assert response.status_code == 200
    assert response.json()["composer"] == "extractive"
    assert response.json()["takeover"] == "unreachable"
    assert "secret" not in response.text
