"""The hand-written claims of `eval/grounding/planted.jsonl`: whole sentences of shipped briefs, and two even halves."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import corpus
from corpus.document import Document
from corpus.readers.markdown import read_document
from corpus.split import sentence_spans
from eval.grounding.data import PLANTED, planted
from eval.jsonl import rows

ARTICLES = Path(corpus.__file__).parent / "articles"
ROWS = list(rows(PLANTED))
FIELDS = {"id", "passages", "published", "claim", "label", "kind", "note", "docs", "split"}
HONEST = {"paraphrase", "short", "unit", "join", "hedged", "coref", "inference"}
ERRORS = {
    "figure", "unit", "date", "name", "role_swap", "negation", "direction", "modality", "hedge", "attribution",
    "scope", "cause", "merge", "invented", "time", "superlative", "superseded", "over_inference",
}  # fmt: skip


def briefs(split: str) -> set[str]:
    return {name for row in ROWS if row["split"] == split for name in row["docs"]}


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    return {name: read_document(ARTICLES / name) for name in briefs("dev") | briefs("test")}


def of(label: int) -> list[dict[str, Any]]:
    return [row for row in ROWS if row["label"] == label]


def test_each_half_has_fifty_honest_claims_and_fifty_errors() -> None:
    assert Counter((row["split"], row["label"]) for row in ROWS) == {
        ("dev", 0): 50, ("dev", 1): 50, ("test", 0): 50, ("test", 1): 50,
    }  # fmt: skip


def test_half_of_the_errors_of_each_half_keep_the_words_of_the_source() -> None:
    assert Counter(row["id"].rpartition("-")[0] for row in of(0)) == {
        "dev-hostile": 25, "dev-fluent": 25, "test-hostile": 25, "test-fluent": 25,
    }  # fmt: skip
    assert all(row["id"].startswith(f"{row['split']}-") for row in ROWS)


def test_each_kind_of_error_has_five_claims_and_stands_in_both_halves() -> None:
    counts = Counter(row["kind"] for row in of(0))

    assert counts.keys() == ERRORS
    assert min(counts.values()) >= 5
    assert {(row["split"], row["kind"]) for row in of(0)} == {(s, kind) for s in ("dev", "test") for kind in ERRORS}


def test_honest_claims_are_of_the_known_kinds() -> None:
    assert {row["kind"] for row in of(1)} == HONEST


def test_rows_are_complete_and_none_stands_twice() -> None:
    assert all(row.keys() == FIELDS for row in ROWS)
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    assert len({row["claim"] for row in ROWS}) == len(ROWS)


def test_every_error_says_what_is_wrong_and_no_honest_claim_does() -> None:
    assert all(row["note"] for row in of(0))
    assert not any(row["note"] for row in of(1))


def test_passages_are_consecutive_whole_sentences_of_their_briefs(documents: dict[str, Document]) -> None:
    for row in ROWS:
        assert len(row["passages"]) == len(row["docs"]) <= 2, row["id"]
        for name, passage in zip(row["docs"], row["passages"], strict=True):
            text = documents[name].text
            start = text.find(passage)
            assert start >= 0, row["id"]
            spans = sentence_spans(text)
            assert start in {first for first, _ in spans}, row["id"]
            assert start + len(passage) in {last for _, last in spans}, row["id"]


def test_a_claim_carries_the_date_of_its_first_brief(documents: dict[str, Document]) -> None:
    for row in ROWS:
        assert row["published"] == documents[row["docs"][0]].published.isoformat(), row["id"]


def test_the_halves_share_no_brief_and_rest_on_many() -> None:
    assert not briefs("dev") & briefs("test")
    assert len(briefs("dev") | briefs("test")) >= 70


def test_claims_are_read_with_the_split_of_their_row() -> None:
    claims = planted(PLANTED)

    assert [claim.split for claim in claims] == [row["split"] for row in ROWS]
    assert [claim.label for claim in claims] == [row["label"] for row in ROWS]
    assert all(claim.sentences for claim in claims)


def test_rows_without_a_split_are_dev(tmp_path: Path) -> None:
    row = {key: value for key, value in ROWS[-1].items() if key != "split"}
    path = tmp_path / "dev.jsonl"
    path.write_text(json.dumps(row), encoding="utf-8")

    assert [claim.split for claim in planted(path)] == ["dev"]
