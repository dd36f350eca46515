"""The labelled sentences on our own corpus are whole: fields, labels, marked words, splits and passages."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import corpus
from corpus.readers.markdown import read_folder
from eval.grounding.data import LABELLED, labelled
from eval.grounding.generate import questions, sentences
from eval.jsonl import rows

FIELDS = {
    "id": str, "question": str, "model": str, "passages": list, "published": str | None, "claim": str, "docs": list,
    "label": int, "words": list, "kind": str, "note": str, "split": str,
}  # fmt: skip
SUPPORTED = {"verbatim", "paraphrase"}
UNSUPPORTED = {
    "figure", "date", "name", "role_swap", "negation", "direction", "modality", "hedge", "attribution", "scope",
    "cause", "merge", "invented", "over_inference", "other",
}  # fmt: skip


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    return list(rows(LABELLED))


def test_there_are_sentences_of_more_than_one_model_and_of_both_labels(lines: list[dict[str, Any]]) -> None:
    assert len(lines) >= 170
    assert min(Counter(line["model"] for line in lines).values()) >= 75
    for split in ("dev", "test"):
        labels = Counter(line["label"] for line in lines if line["split"] == split)
        assert labels[0] >= 50
        assert labels[1] >= 15


def test_every_line_has_the_fields_and_no_other(lines: list[dict[str, Any]]) -> None:
    for line in lines:
        assert line.keys() == FIELDS.keys(), line["id"]
        for name, kind in FIELDS.items():
            assert isinstance(line[name], kind), (line["id"], name)
        assert line["claim"].strip() == line["claim"] != ""
        if line["published"] is not None:
            date.fromisoformat(line["published"])
    assert len({line["id"] for line in lines}) == len(lines)


def test_an_unsupported_sentence_marks_words_of_its_own_and_a_supported_one_marks_none(
    lines: list[dict[str, Any]],
) -> None:
    for line in lines:
        if line["label"]:
            assert not line["words"], line["id"]
            assert line["kind"] in SUPPORTED, line["id"]
        else:
            assert line["words"], line["id"]
            assert line["kind"] in UNSUPPORTED, line["id"]
            assert line["note"], line["id"]
        for words in line["words"]:
            assert words, line["id"]
            assert words in line["claim"], line["id"]


def test_a_sentence_called_verbatim_stands_in_a_passage(lines: list[dict[str, Any]]) -> None:
    for line in lines:
        if line["kind"] == "verbatim":
            assert any(line["claim"].rstrip(".") in passage for passage in line["passages"]), line["id"]


def test_dev_has_the_questions_with_odd_numbers_and_test_the_others(lines: list[dict[str, Any]]) -> None:
    numbers = {question.text: question.number for question in questions()}
    for line in lines:
        assert int(line["id"].split("-")[1][:2]) == numbers[line["question"]], line["id"]
        assert line["split"] == ("dev" if numbers[line["question"]] % 2 else "test"), line["id"]


def test_dev_and_test_share_no_question(lines: list[dict[str, Any]]) -> None:
    asked = {split: {line["question"] for line in lines if line["split"] == split} for split in ("dev", "test")}

    assert {line["split"] for line in lines} == asked.keys()
    assert not asked["dev"] & asked["test"]


def test_passages_stand_in_the_shipped_document_that_is_named_beside_them(lines: list[dict[str, Any]]) -> None:
    texts = {Path(document.path).name: document.text for document in read_folder(Path(corpus.__file__).parent)}
    for line in lines:
        assert 2 <= len(line["passages"]) <= 3, line["id"]
        for passage, name in zip(line["passages"], line["docs"], strict=True):
            assert passage in texts[name], (line["id"], name)


def test_the_reader_keeps_label_split_and_answer(lines: list[dict[str, Any]]) -> None:
    claims = labelled()

    assert [(claim.id, claim.label, claim.split) for claim in claims] == [
        (line["id"], line["label"], line["split"]) for line in lines
    ]
    assert all(claim.sentences for claim in claims)
    assert {claim.response: claim.source for claim in claims} == {
        line["id"].rpartition("-")[0]: line["question"] for line in lines
    }


def test_an_answer_is_cut_without_markers_and_headings() -> None:
    answer = (
        "# Honda\nIts plans:\n1. **Honda** builds cars. It sells them.\n2.\n- Its price is 3.\n\n* Nobody knows why."
    )

    assert list(sentences(answer)) == ["Honda builds cars.", "It sells them.", "Its price is 3.", "Nobody knows why."]


def test_a_line_that_is_no_sentence_of_the_set_is_refused_by_its_reader(tmp_path: Path) -> None:
    path = tmp_path / "labelled.jsonl"
    path.write_text(json.dumps({"id": "a", "claim": "Honda builds cars."}) + "\n", encoding="utf-8")

    with pytest.raises(KeyError, match="passages"):
        labelled(path)
