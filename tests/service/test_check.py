"""`POST /v1/check` and `ally check`: statements that were written elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from service import cli

SOURCE = "Honda is to be the first deployment customer. Japan's government pledged ¥1 trillion over five years."

RunAlly = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ally(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> RunAlly:
    monkeypatch.setenv("ALLY_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "source.txt").write_text(SOURCE, encoding="utf-8")

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(["check", *arguments])
        return code, *capfd.readouterr()

    return run


def test_a_supported_statement_ends_with_0(ally: RunAlly) -> None:
    code, printed, _ = ally(
        "--statement", "The government of Japan pledged 1,000 billion yen over five years.", "--source", "source.txt"
    )

    assert code == 0
    assert printed.startswith("supported (")


def test_an_unsupported_statement_ends_with_1_and_says_why(ally: RunAlly) -> None:
    code, printed, _ = ally("--statement", "Japan's government pledged ¥2 trillion.", "--source", "source.txt")

    assert code == 1
    assert "figure: No cited passage has the figure ¥2 trillion." in printed
    assert "Nearest sentence, in source.txt: Japan's government pledged" in printed


def test_the_verdict_is_printed_as_json(ally: RunAlly) -> None:
    code, printed, _ = ally("--statement", "Honda has 9 customers.", "--source", "source.txt", "--json")

    verdict = json.loads(printed)
    assert code == 1
    assert not verdict["supported"]
    assert {"kind", "words", "explanation", "evidence"} == set(verdict["problems"][0])


def test_a_file_of_statements_comes_back_in_order_with_its_verdicts(ally: RunAlly, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"id": "b", "statement": "Honda is to be the first deployment customer.", "passages": [SOURCE]},
        {"id": 2, "statement": "Toyota is a customer.", "passages": [SOURCE], "published": "2026-04-15"},
    ]
    (tmp_path / "in.jsonl").write_text("\n\n".join(json.dumps(row) for row in rows), encoding="utf-8")

    code, printed, _ = ally("--jsonl", "in.jsonl")

    found = [json.loads(line) for line in printed.splitlines()]
    assert code == 0
    assert [(row["id"], row["supported"]) for row in found] == [("b", True), (2, False)]
    assert [{name: row[name] for name in given} for row, given in zip(found, rows, strict=True)] == rows


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "line 2 of in.jsonl: it is not JSON"),
        ("[]", "line 2 of in.jsonl: line: "),
        ('{"statement": "", "passages": ["a"]}', "line 2 of in.jsonl: statement: "),
        ('{"statement": "A."}', "line 2 of in.jsonl: passages: "),
        ('{"statement": "A.", "passages": ["a"], "published": "soon"}', "line 2 of in.jsonl: published: "),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_printed(ally: RunAlly, tmp_path: Path, line: str, complaint: str) -> None:
    good = '{"statement": "A.", "passages": ["A."]}'
    (tmp_path / "in.jsonl").write_text(f"{good}\n{line}\n", encoding="utf-8")

    code, printed, complaints = ally("--jsonl", "in.jsonl")

    assert (code, printed) == (2, "")
    assert complaint in complaints
    assert complaints.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [(), ("--statement", "A."), ("--source", "source.txt"), ("--jsonl", "in.jsonl", "--statement", "A."),
     ("--jsonl", "missing.jsonl"), ("--statement", "A.", "--source", "missing.txt"),
     ("--statement", " ", "--source", "source.txt")],
)  # fmt: skip
def test_a_wrong_use_ends_with_2_and_one_line(ally: RunAlly, arguments: tuple[str, ...]) -> None:
    code, printed, complaints = ally(*arguments)

    assert (code, printed) == (2, "")
    assert complaints.count("\n") == 1


@pytest.mark.asyncio(loop_scope="session")
async def test_the_api_says_what_is_not_supported(client: httpx.AsyncClient) -> None:
    body = {"statement": "Honda has become the first deployment customer.", "passages": [SOURCE]}

    verdict = (await client.post("/v1/check", json=body)).json()

    assert not verdict["supported"]
    assert verdict["problems"][0]["kind"] == "modality"
    assert verdict["nearest"]["text"] == SOURCE[verdict["nearest"]["start"] : verdict["nearest"]["end"]]


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"statement": " \u0000", "passages": ["a"]}, "/statement"),
        ({"statement": "A.", "passages": []}, "/passages"),
        ({"statement": "A."}, "/passages"),
        ({"statement": "A.", "passages": ["a"], "published": "x"}, "/published"),
    ],
)
async def test_a_field_that_cannot_be_used_is_a_problem(
    client: httpx.AsyncClient, body: dict[str, object], pointer: str
) -> None:
    response = await client.post("/v1/check", json=body)

    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert [fault["pointer"] for fault in response.json()["errors"]] == [pointer]


@pytest.mark.asyncio(loop_scope="session")
async def test_the_schema_has_examples_that_work(client: httpx.AsyncClient) -> None:
    operation = (await client.get("/openapi.json")).json()["paths"]["/v1/check"]["post"]
    examples = operation["requestBody"]["content"]["application/json"]["examples"]

    found = {name: (await client.post("/v1/check", json=each["value"])).json() for name, each in examples.items()}

    assert {name: verdict["supported"] for name, verdict in found.items()} == {"plan_as_fact": False, "supported": True}
