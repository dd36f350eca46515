"""The stream of an answer over a real connection: framing, heartbeat, and going on after a break."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from service.api.negotiation import preferred
from service.api.sse import position_of
from tests.service.conftest import PREPARE, Server

pytestmark = pytest.mark.slow

HEADERS = {"Accept": "text/event-stream"}


@dataclass(frozen=True)
class Frame:
    event: str
    id: str
    data: dict[str, Any]


def frames(lines: Iterator[str]) -> Iterator[Frame]:
    """Read frames as the HTML standard says: fields line by line, dispatched by an empty line."""
    fields: dict[str, str] = {}
    for line in lines:
        if line and not line.startswith(":"):
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif not line and fields:
            yield Frame(fields["event"], fields["id"], json.loads(fields["data"]))
            fields = {}


def streamed(server: Server, question: str = PREPARE, **headers: str) -> list[Frame]:
    with httpx.stream(
        "POST", f"{server.url}/v1/answers", json={"question": question}, headers=HEADERS | headers, timeout=60
    ) as response:
        assert response.status_code == 200
        return list(frames(response.iter_lines()))


def test_the_events_come_in_the_order_of_the_contract_with_growing_ids(server: Server) -> None:
    seen = streamed(server)

    names = [frame.event for frame in seen]
    assert names[:2] == ["answer.started", "answer.sources"]
    assert names[-2:] == ["answer.follow_ups", "answer.completed"]
    assert names.count("section.started") == names.count("section.completed") > 1
    answer_id = seen[0].data["id"]
    assert [frame.id for frame in seen] == [f"{answer_id}/{number}" for number in range(1, len(seen) + 1)]
    assert all(frame.data["event"] == frame.event for frame in seen)


def test_the_statements_of_the_stream_are_those_of_the_json_answer(server: Server) -> None:
    seen = streamed(server)
    answer = httpx.get(f"{server.url}/v1/answers/{seen[0].data['id']}").json()

    sections: list[dict[str, Any]] = []
    for frame in seen:
        if frame.event == "section.started":
            sections.append({"kind": frame.data["kind"], "title": frame.data["title"], "statements": []})
        elif frame.event == "statement":
            sections[frame.data["section"]]["statements"].append(frame.data["statement"])

    assert sections == answer.pop("sections")
    assert seen[-1].data["answer"] == answer


def test_proxies_are_told_to_pass_the_stream_on_at_once(server: Server) -> None:
    with httpx.stream("POST", f"{server.url}/v1/answers", json={"question": PREPARE}, headers=HEADERS) as response:
        response.read()

    assert response.headers["Content-Type"].startswith("text/event-stream")
    assert response.headers["Cache-Control"] == "no-cache, no-transform"
    assert response.headers["X-Accel-Buffering"] == "no"


def test_a_comment_is_sent_while_nothing_else_comes(server: Server) -> None:
    with httpx.stream("POST", f"{server.url}/v1/answers", json={"question": PREPARE}, headers=HEADERS) as response:
        lines = list(response.iter_lines())

    assert ": waiting" in lines


@pytest.mark.parametrize("read", [1, 3, 9])
def test_a_broken_stream_goes_on_behind_the_last_event_seen(server: Server, read: int) -> None:
    with httpx.stream("POST", f"{server.url}/v1/answers", json={"question": PREPARE}, headers=HEADERS) as response:
        coming = frames(response.iter_lines())
        before = [next(coming) for _ in range(read)]

    after = streamed(server, **{"Last-Event-ID": before[-1].id})

    whole = frames(httpx.get(f"{server.url}/v1/answers/{before[0].data['id']}", headers=HEADERS).iter_lines())
    assert before + after == list(whole)


def test_an_answer_whose_client_has_gone_is_finished_and_kept(server: Server) -> None:
    with httpx.stream("POST", f"{server.url}/v1/answers", json={"question": PREPARE}, headers=HEADERS) as response:
        started = next(frames(response.iter_lines()))

    answer = httpx.get(f"{server.url}/v1/answers/{started.data['id']}")

    assert answer.status_code == 200
    assert answer.json()["sections"]


def test_a_refusal_before_the_first_event_is_a_problem_and_no_stream(server: Server) -> None:
    response = httpx.post(f"{server.url}/v1/answers", json={"question": ""}, headers=HEADERS)

    assert response.status_code == 422
    assert response.headers["Content-Type"] == "application/problem+json"


def test_the_log_has_a_line_for_each_request_and_no_question(server: Server) -> None:
    streamed(server, question="What is Noetra building, confidentially?")
    httpx.get(f"{server.url}/v1/sources", params={"q": "confidentially"})
    httpx.get(f"{server.url}/v1/answers/last")

    # The line of a request is written before its connection serves the next one.
    events = [json.loads(line) for line in list(server.log) if line.startswith("{")]

    requests = [event for event in events if event["event"] == "request"]
    assert {"method", "path", "status", "duration_ms", "request_id"} <= set(requests[-1])
    assert not any("confidentially" in line for line in server.log)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/event-stream", "text/event-stream"),
        ("text/*", "text/event-stream"),
        ("application/json, text/event-stream", "application/json"),
        ("application/json;q=0.5, text/event-stream", "text/event-stream"),
        ("text/event-stream;q=0.1, */*;q=0.5", "application/json"),
        ("text/event-stream;q=0", "application/json"),
        ("text/html", "application/json"),
        ("TEXT/EVENT-STREAM ; Q=1", "text/event-stream"),
        (";;;q=x,,", "application/json"),
    ],
)
def test_the_accept_header_chooses_between_json_and_stream(accept: str | None, chosen: str) -> None:
    assert preferred(accept, ("application/json", "text/event-stream")) == chosen


@pytest.mark.parametrize(
    ("header", "position"),
    [
        ("ans_1/7", ("ans_1", 7)),
        ("ans_1/0", ("ans_1", 0)),
        ("ans_1/", None),
        ("ans_1/-1", None),
        ("7", None),
        ("a/b/1", None),
        ("", None),
        (None, None),
    ],
)
def test_a_last_event_id_names_an_answer_and_a_number(header: str | None, position: tuple[str, int] | None) -> None:
    assert position_of(header) == position
