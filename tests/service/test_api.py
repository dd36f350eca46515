"""The HTTP API on the shipped corpus: answers, sources, health, and what bad input gets."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import pytest

from service.answering.answer import Answer
from service.api.runtime import Runtime
from service.app import create_app
from service.incoming import QuestionRequest
from service.settings import Settings
from tests.service.conftest import PREPARE, CopySettings, OpenApp

pytestmark = pytest.mark.asyncio(loop_scope="session")

JSON = {"Content-Type": "application/json"}


async def ask(client: httpx.AsyncClient, question: str, **fields: Any) -> dict[str, Any]:
    response = await client.post("/v1/answers", json={"question": question, **fields})
    assert response.status_code == 200, response.text
    return response.json()  # type: ignore[no-any-return]


# -- answers


async def test_an_answer_is_sectioned_cited_and_dated(client: httpx.AsyncClient) -> None:
    answer = Answer.model_validate(await ask(client, PREPARE, as_of="2026-11-24"))

    assert answer.understanding.companies[0].name == "Noetra"
    assert answer.understanding.roles[0].id == "sensor-fusion-engineer"
    assert {"news", "interview_tests", "plan", "gaps"} <= {section.kind for section in answer.sections}
    assert answer.sources
    assert all(source.published <= date(2026, 11, 24) for source in answer.sources)


async def test_every_quote_stands_at_its_offsets_in_the_text_that_the_source_endpoint_serves(
    client: httpx.AsyncClient,
) -> None:
    answer = Answer.model_validate(await ask(client, PREPARE))
    ids = {source.n: source.id for source in answer.sources}
    texts = {number: (await client.get(f"/v1/sources/{key}")).json()["text"] for number, key in ids.items()}

    citations = [c for section in answer.sections for s in section.statements for c in s.citations]

    assert citations
    for citation in citations:
        assert texts[citation.source][citation.start : citation.end] == citation.quote


async def test_passages_that_a_request_brings_are_the_only_sources_and_keep_their_offsets(
    client: httpx.AsyncClient,
) -> None:
    text = "  Zorblax raised $7 million.\u0000 Noetra is its rival. "
    given = {"text": text, "id": "mine-1", "publisher": "Ulm News", "url": "https://ulm.example/a"}

    answer = Answer.model_validate(
        await ask(client, "How much did Zorblax raise?", passages=[given | {"published": "2026-09-01"}])
    )

    assert [(s.id, s.publisher, s.url, s.published) for s in answer.sources] == [
        ("mine-1", "Ulm News", "https://ulm.example/a", date(2026, 9, 1))
    ]
    citations = [c for section in answer.sections for s in section.statements for c in s.citations]
    assert "Zorblax raised $7 million." in [citation.quote for citation in citations]
    kept = text.replace("\u0000", "")
    assert all(kept[citation.start : citation.end] == citation.quote for citation in citations)


@pytest.mark.parametrize(
    ("passage", "pointer"),
    [
        ({"text": ""}, "/passages/0/text"),
        ({"id": "a"}, "/passages/0/text"),
        ({"text": "a", "published": "soon"}, "/passages/0/published"),
        ({"text": "a", "score": 1}, "/passages/0/score"),
    ],
)
async def test_a_passage_that_cannot_be_used_is_a_problem_that_points_at_it(
    client: httpx.AsyncClient, passage: dict[str, Any], pointer: str
) -> None:
    response = await client.post("/v1/answers", json={"question": "How much?", "passages": [passage]})

    assert response.status_code == 422
    assert [fault["pointer"] for fault in response.json()["errors"]] == [pointer]


async def test_an_answer_can_be_fetched_again_also_after_a_restart(
    copied_settings: CopySettings, open_app: OpenApp
) -> None:
    settings = copied_settings()
    async with open_app(settings) as client:
        response = await client.post("/v1/answers", json={"question": "What is Noetra building?"})
        address = response.headers["Content-Location"]
        assert (await client.get(address)).json() == response.json()

    async with open_app(settings) as client:
        assert (await client.get(address)).json() == response.json()


async def test_the_question_is_trimmed_and_freed_of_control_characters(client: httpx.AsyncClient) -> None:
    answer = await ask(client, " \x00\x1b[31mWhat is\tNoetra\x07 building?\n\x7f ")

    assert answer["question"] == "[31mWhat is\tNoetra building?"


@pytest.mark.parametrize(
    "question",
    [
        "Wie bereite ich mich auf ein Vorstellungsgespräch bei Noetra vor?",
        "ノエトラの面接はどう準備すればいいですか？",
        "كيف أستعد لمقابلة في شركة هوندا؟",
        "🤖" * 50,
        "?" * 4000,
        "a\u0301\u200b\u202e\ufeff",
        "'; DROP TABLE documents; --",
        "AI: robots (C++ OR jobs",
    ],
)
async def test_any_text_gets_an_answer(client: httpx.AsyncClient, question: str) -> None:
    assert (await ask(client, question))["question"] == question


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/question"),
        ({"question": ""}, "/question"),
        ({"question": " \n\t\x00 "}, "/question"),
        ({"question": "x" * 4001}, "/question"),
        ({"question": 7}, "/question"),
        ({"question": None}, "/question"),
        ({"question": ["a"]}, "/question"),
        ({"question": "a", "as_of": "yesterday"}, "/as_of"),
        ({"question": "a", "as_of": "2026-02-30"}, "/as_of"),
        ({"question": "a", "max_statements": 0}, "/max_statements"),
        ({"question": "a", "target": {"role": 3}}, "/target/role"),
        ({"question": "a", "filters": {"kinds": ["news", "rumour"]}}, "/filters/kinds/1"),
        ({"question": "a", "history": [{"question": ""}]}, "/history/0/question"),
        ({"question": "a", "a/b~c": 1}, "/a~1b~0c"),
        ([], ""),
        ("question", ""),
        (None, ""),
    ],
)
async def test_a_field_that_cannot_be_used_is_named_by_its_pointer(
    client: httpx.AsyncClient, body: object, pointer: str
) -> None:
    response = await client.post("/v1/answers", content=json.dumps(body), headers=JSON)

    problem = assert_problem(response, 422, "invalid-request")
    assert pointer in [error["pointer"] for error in problem["errors"]]


@pytest.mark.parametrize(
    "body",
    [
        b'{"question": "a"',
        b"question=a",
        b'{"question": "\xff\xfe"}',
        b"[" * 30_000,
        b'{"question": "a", "max_statements": ' + b"9" * 5_000 + b"}",
    ],
)
async def test_a_body_that_is_not_json_is_malformed(client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post("/v1/answers", content=body, headers=JSON)

    assert_problem(response, 400, "malformed-request")


async def test_a_lone_surrogate_is_dropped(client: httpx.AsyncClient) -> None:
    body = rb'{"question": "What is \ud800Noetra?"}'

    response = await client.post("/v1/answers", content=body, headers=JSON)

    assert response.json()["question"] == "What is Noetra?"


async def test_a_body_over_the_limit_is_refused_however_it_is_sent(client: httpx.AsyncClient) -> None:
    body = json.dumps({"question": "x" * 100_000}).encode()

    async def in_pieces() -> Any:
        for start in range(0, len(body), 10_000):
            yield body[start : start + 10_000]

    assert_problem(await client.post("/v1/answers", content=body, headers=JSON), 413, "body-too-large")
    assert_problem(await client.post("/v1/answers", content=in_pieces(), headers=JSON), 413, "body-too-large")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "json"])
async def test_a_body_must_be_declared_as_json(client: httpx.AsyncClient, content_type: str) -> None:
    response = await client.post("/v1/answers", content=b'{"question": "a"}', headers={"Content-Type": content_type})

    assert_problem(response, 415, "unsupported-media-type")


@pytest.mark.parametrize("answer_id", ["ans_unknown", "..%2f..%2fetc", "'", "ans_" + "0" * 500])
async def test_an_unknown_answer_is_not_found(client: httpx.AsyncClient, answer_id: str) -> None:
    response = await client.get(f"/v1/answers/{answer_id}")

    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"


async def test_an_unknown_position_of_a_stream_is_not_found(client: httpx.AsyncClient) -> None:
    headers = {"Accept": "text/event-stream", "Last-Event-ID": "ans_unknown/3"}

    response = await client.post("/v1/answers", json={"question": "a"}, headers=headers)

    assert_problem(response, 404, "answer-not-found")


async def test_a_fault_of_the_service_is_told_without_internals(
    copied_settings: CopySettings, open_app: OpenApp
) -> None:
    settings = copied_settings()
    async with open_app(settings) as client:
        connection = sqlite3.connect(settings.data_dir / "ally.db")
        connection.execute("DROP TABLE changes")
        connection.close()

        answer = await client.post("/v1/answers", json={"question": PREPARE})
        stream = await client.post("/v1/answers", json={"question": PREPARE}, headers={"Accept": "text/event-stream"})

    assert "changes" not in assert_problem(answer, 500, "internal-error")["detail"]
    assert stream.status_code in (200, 500)  # 200 when the first event had been sent
    assert "/v1/problems/internal-error" in stream.text
    assert "sqlite" not in stream.text.lower()


# -- sources


async def test_sources_are_listed_newest_first_a_page_at_a_time(client: httpx.AsyncClient) -> None:
    address: str | None = "/v1/sources?kind=news&limit=60"
    seen: list[dict[str, Any]] = []
    while address:
        response = await client.get(address)
        page = response.json()
        seen += page["items"]
        address = response.links.get("next", {}).get("url")

    assert len(seen) == len({source["id"] for source in seen}) == page["total"]
    assert [source["published"] for source in seen] == sorted((s["published"] for s in seen), reverse=True)
    assert set(response.links) == {"first", "prev", "last"}


async def test_sources_are_filtered_by_company_under_any_of_its_names(client: httpx.AsyncClient) -> None:
    by_name = (await client.get("/v1/sources", params={"company": "Noetra"})).json()
    by_former_name = (
        await client.get("/v1/sources", params={"company": "Japan AI Foundation Model Development"})
    ).json()

    assert by_name["total"] > 0
    assert by_name == by_former_name


@pytest.mark.parametrize(
    ("parameters", "holds"),
    [
        ({"kind": "guide"}, lambda source: source["kind"] == "guide"),
        ({"role": "sensor-fusion-engineer"}, lambda source: source["role"] == "sensor-fusion-engineer"),
        ({"topic": "humanoids"}, lambda source: "humanoids" in source["topics"]),
        ({"kind": "news", "as_of": "2026-01-31"}, lambda source: source["published"] <= "2026-01-31"),
        (
            {"kind": "news", "published_from": "2026-03-01", "published_to": "2026-03-31"},
            lambda source: source["published"].startswith("2026-03"),
        ),
        ({"q": "NOETRA"}, lambda source: "noetra" in (source["title"] + source["publisher"]).lower()),
    ],
)
async def test_each_filter_keeps_only_what_it_names(
    client: httpx.AsyncClient, parameters: dict[str, str], holds: Callable[[dict[str, Any]], bool]
) -> None:
    page = (await client.get("/v1/sources", params=parameters)).json()

    assert page["items"]
    assert all(holds(source) for source in page["items"])


async def test_a_page_behind_the_last_is_empty_and_leads_back(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/sources", params={"offset": 100_000})

    assert response.json()["items"] == []
    assert "prev" in response.links
    assert "next" not in response.links


@pytest.mark.parametrize("parameter", ["limit=0", "limit=x", "offset=-1", "as_of=soon", "kind=rumour", "colour=red"])
async def test_a_parameter_that_cannot_be_used_is_named(client: httpx.AsyncClient, parameter: str) -> None:
    problem = assert_problem(await client.get(f"/v1/sources?{parameter}"), 422, "invalid-request")

    assert parameter.partition("=")[0] in [error["parameter"] for error in problem["errors"]]


async def test_an_unknown_source_is_not_found(client: httpx.AsyncClient) -> None:
    assert_problem(await client.get("/v1/sources/doc_unknown"), 404, "source-not-found")


# -- health and readiness


async def test_it_is_ready_when_every_index_has_caught_up(client: httpx.AsyncClient) -> None:
    ready = (await client.get("/readyz")).json()

    assert set(ready["applied"].values()) == {ready["corpus_seq"]}


async def test_before_the_indexes_are_open_it_is_alive_but_not_ready(built_settings: Settings) -> None:
    app = create_app(built_settings)
    app.state.runtime = Runtime(built_settings)  # not started
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ally.test") as client:
        assert (await client.get("/healthz")).status_code == 200
        for response in (
            await client.get("/readyz"),
            await client.get("/v1/sources"),
            await client.post("/v1/answers", json={"question": "a"}, headers={"Accept": "text/event-stream"}),
        ):
            assert_problem(response, 503, "not-ready")
            assert int(response.headers["Retry-After"]) > 0


async def test_a_start_that_fails_is_told_by_readyz(
    copied_settings: CopySettings, open_app: OpenApp, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with open_app(copied_settings(corpus_dir=tmp_path_factory.mktemp("empty"))) as client:
        problem = assert_problem(await client.get("/readyz"), 503, "not-ready")

    assert "ally doctor" in problem["detail"]


async def test_changed_sources_are_taken_in_at_the_start(
    copied_settings: CopySettings, open_app: OpenApp, built_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shipped = built_settings.corpus_dir
    corpus = tmp_path_factory.mktemp("corpus")
    for folder in ("articles", "guides"):
        (corpus / folder).mkdir()
    (corpus / "entities.yaml").write_bytes((shipped / "entities.yaml").read_bytes())
    article = next((shipped / "articles").glob("2026-07-02-*.md"))
    (corpus / "articles" / article.name).write_bytes(article.read_bytes())

    async with open_app(copied_settings(corpus_dir=corpus)) as client:
        assert (await client.get("/readyz")).status_code == 200
        assert (await client.get("/v1/sources")).json()["total"] == 1


# -- what every response has


async def test_a_request_id_is_made_or_taken_over(client: httpx.AsyncClient) -> None:
    made = (await client.get("/healthz")).headers["X-Request-Id"]
    taken = (await client.get("/healthz", headers={"X-Request-Id": "trace-1"})).headers["X-Request-Id"]
    forged = (await client.get("/healthz", headers={"X-Request-Id": "a b\tc"})).headers["X-Request-Id"]

    assert re.fullmatch(r"[0-9a-f]{32}", made)
    assert taken == "trace-1"
    assert re.fullmatch(r"[0-9a-f]{32}", forged)


async def test_only_the_origins_of_the_settings_may_call_from_a_browser(
    built_settings: Settings,
) -> None:
    app = create_app(built_settings.model_copy(update={"cors_origins": ("https://jobs.example",)}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ally.test") as client:
        allowed = await client.get("/healthz", headers={"Origin": "https://jobs.example"})
        other = await client.get("/healthz", headers={"Origin": "https://other.example"})
        preflight = await client.options(
            "/v1/answers",
            headers={
                "Origin": "https://jobs.example",
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "content-type, last-event-id",
            },
        )

    assert allowed.headers["Access-Control-Allow-Origin"] == "https://jobs.example"
    assert "Access-Control-Allow-Origin" not in other.headers
    assert preflight.status_code == 200


# -- OpenAPI and the widget


async def test_operation_ids_are_stable(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]

    assert {operation["operationId"] for path in paths.values() for operation in path.values()} == {
        "checkStatement",
        "createAnswer",
        "createSession",
        "getSession",
        "correctSession",
        "deleteSession",
        "getAnswer",
        "getHealth",
        "getProblemType",
        "getReadiness",
        "getSource",
        "listProblemTypes",
        "listSources",
    }


async def test_the_examples_of_the_openapi_document_are_valid_requests(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    body = document["paths"]["/v1/answers"]["post"]["requestBody"]["content"]["application/json"]

    assert body["examples"]
    for example in body["examples"].values():
        QuestionRequest.model_validate(example["value"])


async def test_the_demo_page_loads_the_widget_from_this_server_alone(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    script = await client.get("/widget/ally-chat.js")

    assert re.findall(r'src="([^"]+)"', page.text) == ["/widget/ally-chat.js"]
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script.text)


def assert_problem(response: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """Check the shape that every problem has, and return it."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["type"] == f"/v1/problems/{slug}"
    assert problem["status"] == status
    assert problem["instance"] == response.request.url.path
    assert problem["request_id"] == response.headers["X-Request-Id"]
    assert problem["title"]
    assert problem["detail"].endswith((".", "says when."))
    return problem
