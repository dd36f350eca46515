"""Conversations over HTTP: begun, continued, corrected, forgotten, and kept no longer than agreed."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from service.answering.answer import Target
from service.answering.known import NOTHING, Known
from service.session_store import SessionStore, SessionTurn
from tests.corpus.conftest import database_url, postgres_url
from tests.service.conftest import CopySettings, OpenApp

pytestmark = pytest.mark.asyncio(loop_scope="session")

AS_OF = "2026-11-24"
PREPARE = "How do I prepare for a motion planning interview at Wayve in two weeks?"


async def begun(client: httpx.AsyncClient, **target: Any) -> str:
    response = await client.post("/v1/sessions", json={"target": target} if target else {})
    assert response.status_code == 201, response.text
    assert response.headers["Location"] == f"/v1/sessions/{response.json()['id']}"
    return str(response.json()["id"])


async def ask(client: httpx.AsyncClient, session: str, question: str, **fields: Any) -> dict[str, Any]:
    body = {"question": question, "session_id": session, "as_of": AS_OF, **fields}
    response = await client.post("/v1/answers", json=body)
    assert response.status_code == 200, response.text
    return response.json()  # type: ignore[no-any-return]


async def shown(client: httpx.AsyncClient, session: str) -> dict[str, Any]:
    response = await client.get(f"/v1/sessions/{session}")
    assert response.status_code == 200, response.text
    return response.json()  # type: ignore[no-any-return]


async def test_a_follow_up_is_read_with_the_turns_of_its_session(client: httpx.AsyncClient) -> None:
    session = await begun(client)
    first = await ask(client, session, "How much did Wayve raise in February 2026?")
    second = await ask(client, session, "and Waymo?")

    assert second["standalone_question"] == "How much did Waymo raise in February 2026?"
    assert "16 billion" in str(second["sections"])
    turns = (await shown(client, session))["turns"]
    assert [(turn["question"], turn["answer_id"]) for turn in turns] == [
        ("How much did Wayve raise in February 2026?", first["id"]),
        ("and Waymo?", second["id"]),
    ]
    assert turns[1]["standalone_question"] == second["standalone_question"]


async def test_two_sessions_do_not_hear_of_each_other(client: httpx.AsyncClient) -> None:
    one, other = await begun(client), await begun(client)
    await ask(client, one, "tell me about Wayve")
    await ask(client, other, "tell me about Zoox")

    answers = await asyncio.gather(ask(client, one, "who founded it?"), ask(client, other, "who founded it?"))

    assert [answer["understanding"]["companies"][0]["name"] for answer in answers] == ["Wayve", "Zoox"]


async def test_the_target_is_gathered_and_completes_later_questions(client: httpx.AsyncClient) -> None:
    session = await begun(client)
    await ask(client, session, PREPARE)
    await ask(client, session, "What does Sony build?")

    target = (await shown(client, session))["target"]
    answer = await ask(client, session, "how should I prepare?", as_of="2026-11-25")

    assert target["company"] == "Wayve"
    assert target["role"] == "Motion-planning engineer"
    assert target["interview_date"] == "2026-12-08"
    assert answer["understanding"]["companies"][0]["name"] == "Wayve"
    assert answer["understanding"]["days_left"] == 13


async def test_a_session_can_begin_with_a_target(client: httpx.AsyncClient) -> None:
    session = await begun(client, company="honda's AI venture", role="sensor fusion", interview_date="2026-12-01")

    answer = await ask(client, session, "how do I prepare?")

    understanding = answer["understanding"]
    assert understanding["companies"][0]["name"] == "Noetra"
    assert understanding["roles"][0]["id"] == "sensor-fusion-engineer"
    assert understanding["days_left"] == 7


async def test_a_correction_holds_for_what_comes_after(client: httpx.AsyncClient) -> None:
    session = await begun(client)
    await ask(client, session, PREPARE)

    response = await client.patch(
        f"/v1/sessions/{session}", json={"company": "zoox", "role": "perception", "interview_date": "2026-12-04"}
    )
    answer = await ask(client, session, "what should I ask them?")
    plan = await ask(client, session, "so how do I prepare?")

    assert response.json()["target"] == {
        "company": "Zoox",
        "role": "Robotics perception engineer",
        "interview_date": "2026-12-04",
        "experience": None,
        "covered": [],
    }
    assert answer["understanding"]["companies"][0]["name"] == "Zoox"
    assert answer["understanding"]["roles"][0]["id"] == "robotics-perception-engineer"
    assert plan["understanding"]["days_left"] == 10


async def test_two_weeks_said_on_an_earlier_day_are_counted_from_that_day(client: httpx.AsyncClient) -> None:
    session = await begun(client)
    await ask(client, session, PREPARE)

    later = await ask(client, session, "what about Zoox?", as_of="2026-11-27")

    assert later["understanding"]["days_left"] == 11
    assert later["standalone_question"].endswith("My interview is on 8 December 2026.")


@pytest.mark.parametrize("way", ["patch", "message"])
async def test_the_day_of_the_interview_can_be_forgotten(client: httpx.AsyncClient, way: str) -> None:
    session = await begun(client)
    await ask(client, session, PREPARE)
    if way == "patch":
        await client.patch(f"/v1/sessions/{session}", json={"interview_date": None})
    else:
        await ask(client, session, "forget my interview date")

    again = await ask(client, session, "what about Zoox?")
    target = (await shown(client, session))["target"]

    assert again["understanding"]["days_left"] is None
    assert again["understanding"]["companies"][0]["name"] == "Zoox"
    assert target["interview_date"] is None
    assert target["role"] == "Motion-planning engineer"


async def test_deleting_a_session_forgets_its_turns_and_answers(client: httpx.AsyncClient) -> None:
    session = await begun(client)
    answer = await ask(client, session, "What is the role of a secret question about Wayve?")

    assert (await client.delete(f"/v1/sessions/{session}")).status_code == 204

    assert (await client.get(f"/v1/sessions/{session}")).status_code == 404
    assert (await client.get(f"/v1/answers/{answer['id']}")).status_code == 404
    assert (await client.delete(f"/v1/sessions/{session}")).status_code == 404
    gone = await client.post("/v1/answers", json={"question": "and Zoox?", "session_id": session})
    assert gone.status_code == 404
    assert gone.json()["type"] == "/v1/problems/session-not-found"
    assert session not in gone.json()["detail"]


async def test_a_session_goes_on_after_a_restart(copied_settings: CopySettings, open_app: OpenApp) -> None:
    settings = copied_settings(session_turns=2)
    async with open_app(settings) as client:
        session = await begun(client)
        await ask(client, session, "tell me about Wayve")
        await ask(client, session, "and Zoox?")

    async with open_app(settings) as client:
        assert (await ask(client, session, "who founded it?"))["standalone_question"] == "who founded Zoox?"
        assert [turn["question"] for turn in (await shown(client, session))["turns"]] == [
            "and Zoox?",
            "who founded it?",
        ]


async def test_a_server_that_keeps_nothing_keeps_no_conversations(
    copied_settings: CopySettings, open_app: OpenApp
) -> None:
    async with open_app(copied_settings(answer_retention_days=0)) as client:
        response = await client.post("/v1/sessions", json={})

    assert response.status_code == 409
    assert response.json()["type"] == "/v1/problems/sessions-not-kept"
    assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"question": "and Zoox?", "session_id": "1"}, "/session_id"),
        ({"question": "and Zoox?", "session_id": "ses_" + "a" * 32, "history": [{"question": "Wayve?"}]}, ""),
    ],
)
async def test_a_session_id_that_cannot_be_used_is_named(
    client: httpx.AsyncClient, body: dict[str, Any], pointer: str
) -> None:
    response = await client.post("/v1/answers", json=body)

    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"company": ""}, "/company"),
        ({"interview_date": "soon"}, "/interview_date"),
        ({"salary": 3}, "/salary"),
        ({"covered": ["x" * 201]}, "/covered/0"),
    ],
)
async def test_a_correction_that_cannot_be_used_is_named(
    client: httpx.AsyncClient, change: dict[str, Any], pointer: str
) -> None:
    response = await client.patch(f"/v1/sessions/{await begun(client)}", json=change)

    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


async def test_the_api_describes_sessions(client: httpx.AsyncClient) -> None:
    described = (await client.get("/openapi.json")).json()

    assert set(described["paths"]["/v1/sessions/{session_id}"]) == {"get", "patch", "delete"}
    assert set(described["paths"]["/v1/sessions"]) == {"post"}
    question = described["components"]["schemas"]["QuestionRequest"]["properties"]
    assert "session_id" in question


# -- the store, on SQLite and on PostgreSQL

url = database_url
server_url = postgres_url


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 24, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


def turn(number: int) -> SessionTurn:
    return SessionTurn(
        f"q{number}", f"s{number}", f"ans_{number}", datetime(2026, 11, 24, tzinfo=UTC), date(2026, 11, 24)
    )


async def test_ids_cannot_be_guessed(url: str) -> None:
    store = SessionStore(url, 30, 20)
    ids = {store.create(NOTHING).id for _ in range(50)}

    assert len(ids) == 50
    assert all(len(made) >= 36 for made in ids)
    store.close()


async def test_a_session_lives_until_it_was_not_used_for_the_retention(url: str) -> None:
    clock = Clock()
    store = SessionStore(url, 30, 20, clock)
    session = store.create(Known(target=Target(company="Wayve", interview_date=date(2026, 12, 1))))

    clock.time += timedelta(days=29)
    assert store.add(session.id, turn(1), lambda known: known)
    clock.time += timedelta(days=29)
    assert store.find(session.id) is not None
    clock.time += timedelta(days=2)
    assert store.find(session.id) is None
    assert not store.add(session.id, turn(2), lambda known: known)
    store.create(NOTHING)
    store.close()

    clock.time -= timedelta(days=20)
    reopened = SessionStore(url, 30, 20, clock)
    assert reopened.find(session.id) is None
    reopened.close()


async def test_only_the_last_turns_are_kept(url: str) -> None:
    store = SessionStore(url, 30, most_turns=3)
    session, other = store.create(NOTHING), store.create(NOTHING)
    store.add(other.id, turn(0), lambda known: known)
    for number in range(1, 6):
        store.add(session.id, turn(number), lambda known: known)

    found, untouched = store.find(session.id), store.find(other.id)
    assert found is not None
    assert untouched is not None
    assert [kept.question for kept in found.turns] == ["q3", "q4", "q5"]
    assert [kept.question for kept in untouched.turns] == ["q0"]
    store.close()


async def test_turns_that_come_at_the_same_time_are_all_kept(url: str) -> None:
    store = SessionStore(url, 30, 20)
    session = store.create(NOTHING)

    def learn(known: Known) -> Known:
        covered = (*known.target.covered, f"thing {len(known.target.covered)}")
        return known.model_copy(update={"target": known.target.model_copy(update={"covered": covered})})

    added = await asyncio.gather(*(asyncio.to_thread(store.add, session.id, turn(n), learn) for n in range(8)))

    found = store.find(session.id)
    assert found is not None
    assert all(added)
    assert {kept.question for kept in found.turns} == {f"q{n}" for n in range(8)}
    assert len(found.known.target.covered) == 8
    store.close()
