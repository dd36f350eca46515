"""Targets: recorded transcripts of every form, prose with marks, a chat endpoint, and servers that fail."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from eval import targets
from eval.agreement import Claim, ask_model
from eval.errors import RunError
from eval.golden import GoldenQuestion
from eval.records import NamedSource, Response
from eval.targets import Chat, ChatTarget, HttpTarget, TranscriptTarget, response_of_text

QUESTION = GoldenQuestion.model_validate(
    {
        "id": "q", "type": "fact", "question": "When?", "history": ["Who is it?"], "answerable": True,
        "passages": [{"text": "Acme began in May.", "title": "Acme", "publisher": "News"}],
    }
)  # fmt: skip
SOURCES = [NamedSource(document="a"), NamedSource(document="b")]

Reply = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "LONGEST_WAIT_S", 0)


def said(response: Response) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.text, tuple(cited.document for cited in each.citations)) for each in response.statements]


# -- prose


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It began in May [1]. It grew [1][2].", [("It began in May.", ("a",)), ("It grew.", ("a", "b"))]),
        ("It began in May. [1] It grew. [2]", [("It began in May.", ("a",)), ("It grew.", ("b",))]),
        ("- It began [2]\n- It grew", [("It began", ("b",)), ("It grew", ())]),
        ("It began [7].", [("It began.", ("[7]",))]),
    ],
)
def test_prose_is_cut_into_sentences_with_their_sources(text: str, expected: object) -> None:
    assert said(response_of_text(text, SOURCES)) == expected


@pytest.mark.parametrize("text", ["", "  ", "NO ANSWER", "No answer."])
def test_prose_that_declines_is_an_abstention(text: str) -> None:
    assert response_of_text(text, SOURCES).abstained


# -- transcripts


def transcript(path: Path, *rows: object) -> TranscriptTarget:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return TranscriptTarget(path, lambda name: name)


async def test_a_transcript_has_answers_in_three_forms(tmp_path: Path) -> None:
    contract = {
        "id": "q3", "question": "?", "standalone_question": "?", "as_of": "2026-07-02",
        "created_at": "2026-07-02T00:00:00Z", "understanding": {"intent": "fact"},
        "sources": [{"n": 1, "id": "doc", "kind": "news", "title": "t", "publisher": "p", "url": "u",
                     "published": "2026-07-01"}],
        "sections": [{"kind": "answer", "title": "Answer", "statements": [
            {"id": "s", "text": "It began.", "kind": "fact",
             "citations": [{"source": 1, "quote": "began", "start": 0, "end": 5}]}]}],
    }  # fmt: skip
    recorded = transcript(
        tmp_path / "t.jsonl",
        {"id": "q1", "text": "It began [1].", "sources": ["doc"]},
        {"id": "q2", "statements": [{"text": "It began.", "citations": [{"document": "doc", "quote": "began"}]}]},
        contract,
        {"id": "q4", "text": "I do not know.", "abstained": True},
    )

    answers = {name: await recorded.ask(QUESTION.model_copy(update={"id": name})) for name in ("q1", "q2", "q3", "q4")}

    assert [said(answers[name]) for name in ("q1", "q2", "q3")] == [[("It began.", ("doc",))]] * 3
    assert answers["q3"].statements[0].citations[0].quote == "began"
    assert answers["q4"].abstained


async def test_a_question_that_a_transcript_lacks_has_failed(tmp_path: Path) -> None:
    recorded = transcript(tmp_path / "t.jsonl", {"id": "other", "text": "Yes."})

    assert "has no answer" in (await recorded.ask(QUESTION)).error


@pytest.mark.parametrize(
    "row", [{"text": "no id"}, {"id": "q", "statements": [{"words": "x"}]}, {"id": "q", "prose": ""}]
)
def test_a_line_that_is_no_answer_is_refused_by_number(tmp_path: Path, row: object) -> None:
    with pytest.raises(RunError, match=r"t\.jsonl, line 2: not a recorded answer"):
        transcript(tmp_path / "t.jsonl", {"id": "first", "text": "Yes."}, row)


# -- servers


def server(*replies: Reply) -> tuple[httpx.MockTransport, list[httpx.Request]]:
    """A server that gives the replies in turn, the last one again and again; and the requests that it gets."""
    requests: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return replies[min(len(requests), len(replies)) - 1](request)

    return httpx.MockTransport(handle), requests


def status(code: int) -> Reply:
    return lambda request: httpx.Response(code, json={"detail": "busy"}, request=request)


def completion(text: str) -> Reply:
    body = {"choices": [{"message": {"content": text}}], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}
    return lambda request: httpx.Response(200, json=body, request=request)


def unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no route", request=request)


async def test_a_server_that_is_busy_or_out_of_reach_is_asked_again() -> None:
    transport, requests = server(status(429), unreachable, status(503), completion("It began [1]."))
    chat = Chat("http://llm.test/v1", "tiny", "secret", transport)

    reply = await chat.say([{"role": "user", "content": "When?"}])
    await chat.close()

    assert (reply.text, reply.error, len(requests)) == ("It began [1].", "", 4)
    assert str(requests[0].url) == "http://llm.test/v1/chat/completions"
    assert requests[0].headers["Authorization"] == "Bearer secret"


async def test_a_server_that_stays_busy_has_failed_after_some_attempts() -> None:
    transport, requests = server(status(503))
    chat = Chat("http://llm.test/v1", "tiny", transport=transport)

    reply = await chat.say([])
    await chat.close()

    assert "503" in reply.error
    assert len(requests) == targets.ATTEMPTS


async def test_a_request_that_is_refused_is_not_sent_again() -> None:
    transport, requests = server(status(422))
    target = HttpTarget("http://ally.test", lambda name: name, transport)

    response = await target.ask(QUESTION)
    await target.close()

    assert "422" in response.error
    assert len(requests) == 1


@pytest.mark.parametrize(
    "stream",
    [
        'event: answer.failed\ndata: {"detail": "The answer took too long."}\n\n',
        "event: answer.started\ndata: {}\n\n",
        "",
    ],
)
async def test_a_stream_that_fails_or_breaks_off_is_a_failed_question(stream: str) -> None:
    headers = {"Content-Type": "text/event-stream"}
    transport, _ = server(lambda request: httpx.Response(200, text=stream, headers=headers, request=request))
    target = HttpTarget("http://ally.test", lambda name: name, transport)

    response = await target.ask(QUESTION)
    await target.close()

    assert response.error
    assert not response.statements


@pytest.fixture
async def chat_target() -> AsyncIterator[tuple[ChatTarget, list[httpx.Request]]]:
    """A chat target for questions that bring passages: those are answered without a search."""
    transport, requests = server(completion("Acme began in May [1]."))

    class NoStore:
        class store:  # noqa: N801
            @staticmethod
            def sequence() -> int:
                return 1

    target = ChatTarget(Chat("http://llm.test/v1", "tiny", transport=transport), "http://llm.test/v1", NoStore())  # type: ignore[arg-type]
    yield target, requests
    await target.close()


async def test_a_chat_endpoint_answers_from_numbered_sources(
    chat_target: tuple[ChatTarget, list[httpx.Request]],
) -> None:
    target, requests = chat_target

    response = await target.ask(QUESTION)

    assert said(response) == [("Acme began in May.", ("q-1",))]
    assert (response.model, response.prompt_tokens, response.completion_tokens) == ("tiny", 7, 3)
    sent = json.loads(requests[0].content)
    assert sent["temperature"] == 0
    assert "[1] Acme. News" in sent["messages"][0]["content"]
    assert [message["content"] for message in sent["messages"][1:]] == ["Who is it?", "When?"]


async def test_a_model_judges_claims_with_the_prompt_of_the_judge() -> None:
    replies = ("SUPPORTED 90", "**UNSUPPORTED**, it does not say so.", "Perhaps")
    transport, requests = server(*map(completion, replies))
    chat = Chat("http://llm.test/v1", "tiny", transport=transport)
    claims = [Claim((f"q{at}", 0), "When?", "It began.", "It {began}.", True) for at in range(3)]

    labels = await ask_model(claims, chat, concurrency=1)
    await chat.close()

    assert labels == {("q0", 0): True, ("q1", 0): False}
    system, user = (message["content"] for message in json.loads(requests[0].content)["messages"])
    assert "UNSUPPORTED" in system
    assert "It {began}." in user
