"""The exported model gives the original's vectors, without the original's libraries; a bad export is not used."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from corpus import embed
from corpus.embed import (
    DEFAULT_MODEL,
    MIN_PARITY,
    OnnxEmbedder,
    TorchEmbedder,
    dequantise,
    load_embedder,
    model_id,
    onnx_folder,
    quantise,
)
from corpus.errors import EmbedderError
from corpus.readers.markdown import read_folder
from corpus.split import split
from tests.corpus.parts import CORPUS

TEXTS = ["Honda joined the venture.", "EKF or UKF?", "", "面接の準備", "word " * 400, "x" * 5000]


@pytest.fixture(scope="module")
def original() -> TorchEmbedder:
    return TorchEmbedder(DEFAULT_MODEL)


def test_the_export_was_compared_with_the_original(data_dir: Path) -> None:
    facts = json.loads((onnx_folder(DEFAULT_MODEL, data_dir) / "model.json").read_text())

    assert facts["model_id"] == DEFAULT_MODEL
    assert facts["parity"]["least_cosine"] >= MIN_PARITY


@pytest.mark.slow
def test_exported_vectors_are_those_of_the_model(minilm: OnnxEmbedder, original: TorchEmbedder) -> None:
    passages = [passage for document in read_folder(CORPUS) for passage in split(document)]
    texts = [*TEXTS, *(passage.text for passage in passages[::40])]

    cosines = (minilm.embed(texts) * original.embed(texts)).sum(axis=1)

    assert cosines.min() >= 0.9999


def test_vectors_are_normalised_rows_in_the_order_of_the_texts(minilm: OnnxEmbedder) -> None:
    vectors = minilm.embed(TEXTS)

    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), minilm.dimensions)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert minilm.embed([]).shape == (0, minilm.dimensions)


def test_a_vector_depends_on_its_text_alone_to_the_last_bit(minilm: OnnxEmbedder) -> None:
    together = minilm.embed(TEXTS)

    for text, row in zip(TEXTS, together, strict=True):
        assert np.array_equal(minilm.embed([text])[0], row)


def test_texts_of_like_meaning_are_nearer_than_others(minilm: OnnxEmbedder) -> None:
    asked, near, far = minilm.embed(
        ["How do I tune a Kalman filter?", "Q and R of an EKF are set from sensor noise.", "Shares fell on Monday."]
    )

    assert asked @ near > asked @ far + 0.2


def test_the_export_loads_without_the_libraries_it_replaces(data_dir: Path, minilm: OnnxEmbedder) -> None:
    assert minilm.model_id == DEFAULT_MODEL  # the export is there
    program = (
        "import sys; from pathlib import Path; from corpus.embed import load_embedder\n"
        f"load_embedder({DEFAULT_MODEL!r}, Path({str(data_dir)!r})).embed(['text'])\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )

    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=CORPUS.parent
    )

    assert result.stdout.strip() == "[]"


@pytest.mark.slow
def test_an_export_that_differs_is_refused_and_the_model_used_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An exact copy cannot reach a cosine above 1, so this stands for an export that is not exact enough.
    monkeypatch.setattr(embed, "MIN_PARITY", 1.01)

    with capture_logs() as logs:
        embedder = load_embedder(DEFAULT_MODEL, tmp_path)

    assert isinstance(embedder, TorchEmbedder)
    assert [entry["event"] for entry in logs] == ["embedder.onnx_refused"]
    assert "is below 1.01" in logs[0]["reason"]
    assert [path.suffix for path in tmp_path.glob("models/*")] == [".lock"]


def test_a_damaged_export_says_what_to_delete(tmp_path: Path, data_dir: Path, minilm: OnnxEmbedder) -> None:
    folder = onnx_folder(minilm.model_id, tmp_path)
    shutil.copytree(onnx_folder(minilm.model_id, data_dir), folder)
    (folder / "model.onnx").write_bytes(b"cut short")

    with pytest.raises(EmbedderError, match="delete the folder"):
        load_embedder(DEFAULT_MODEL, tmp_path)


@pytest.mark.slow
def test_an_unknown_model_is_an_error_with_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    with pytest.raises(EmbedderError, match=DEFAULT_MODEL):
        load_embedder(str(tmp_path / "no-such-model"), tmp_path)


def test_models_of_the_same_folder_name_are_told_apart(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "model").mkdir(parents=True)

    ids = {model_id(str(tmp_path / name / "model")) for name in ("a", "b")}

    assert len(ids) == 2
    assert model_id("sentence-transformers/all-MiniLM-L6-v2") == model_id(DEFAULT_MODEL) == DEFAULT_MODEL
    assert onnx_folder("org/model", tmp_path).parent == tmp_path / "models"


@given(st.integers(0, 2**32 - 1))
def test_int8_rows_keep_the_direction(seed: int) -> None:
    vectors = np.random.default_rng(seed).normal(size=(3, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)

    restored = dequantise(quantise(vectors).tobytes(), 384)

    assert ((restored * vectors).sum(axis=1) > 0.999).all()


def test_int8_of_a_zero_vector_is_zero() -> None:
    assert not dequantise(quantise(np.zeros((1, 4), dtype=np.float32)).tobytes(), 4).any()
