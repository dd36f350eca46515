"""The real engine on the shipped corpus, built once; an HTTP client in the process and a server outside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from service.api.runtime import Runtime
from service.app import create_app
from service.logs import log_json
from service.settings import PREFIX, Settings
from service.upkeep import synchronise

PREPARE = "how do I prepare for a sensor-fusion role at Honda's AI venture?"

OpenApp = Callable[[Settings], AbstractAsyncContextManager[httpx.AsyncClient]]
CopySettings = Callable[..., Settings]


@pytest.fixture(scope="session", autouse=True)
def _log_as_the_server_does() -> None:
    log_json("warning")


def copy_data(source: Path, target: Path) -> None:
    """Copy built data in a process of its own.

    Closing a database's file in this process would drop the locks that SQLite's own connections hold on it here, and
    another process could then delete the log under them (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    """
    subprocess.run(["cp", "-R", str(source), str(target)], check=True)


@pytest.fixture(scope="session")
def built_settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The shipped corpus with its indexes, in a folder of this test session.

    pytest's cache keeps it between sessions; the synchronisation brings it up to date with the files each time.
    """
    kept = request.config.cache.mkdir("shipped-corpus")
    synchronise(Settings(data_dir=kept))
    data_dir = tmp_path_factory.mktemp("ally") / "data"
    copy_data(kept, data_dir)
    return Settings(data_dir=data_dir)


@pytest.fixture
def copied_settings(built_settings: Settings, tmp_path: Path) -> CopySettings:
    """Settings of a copy of the built data, for tests that break it or need it for themselves."""

    def copy(**changes: object) -> Settings:
        data_dir = tmp_path / "data"
        copy_data(built_settings.data_dir, data_dir)
        return Settings.model_validate({"data_dir": data_dir, **changes})

    return copy


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The application, started and done with opening, behind a client."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        runtime = app.state.runtime
        assert isinstance(runtime, Runtime)
        await runtime.opened()
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://ally.test", timeout=60) as client:
            yield client


@pytest.fixture
def open_app() -> OpenApp:
    return opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(built_settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with opened(built_settings) as client:
        yield client


@dataclass(frozen=True)
class Server:
    """A serving process: its address, and the lines it has written to its log so far."""

    url: str
    log: list[str]


@contextmanager
def served(settings: Settings) -> Iterator[Server]:
    """`ally serve` in a process of its own, ready to answer."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    process = subprocess.Popen(
        [sys.executable, "-m", "service.cli", "serve", "--host", "127.0.0.1", "--port", "0"],
        env=inherited | settings.environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    log: list[str] = []
    drain = threading.Thread(target=log.extend, args=(process.stderr,))
    try:
        for line in process.stderr:
            log.append(line)
            if line.startswith("{") and json.loads(line)["event"] in ("ready", "not_ready"):
                break
        # Nobody else empties the pipe, and a server whose log cannot be written stands still.
        drain.start()
        announced = next(line for line in log if line.startswith("InterviewAlly serves "))
        yield Server(announced.split()[2], log)
    finally:
        process.terminate()
        process.wait()
        if drain.ident:  # started
            drain.join()
        process.stderr.close()


@pytest.fixture(scope="module")
def server(built_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on its own copy of the data, whose streams send a comment after a millisecond of silence.

    It keeps no answers for equal requests, so that every stream is of an answer in the making.
    """
    data_dir = tmp_path_factory.mktemp("served") / "data"
    copy_data(built_settings.data_dir, data_dir)
    with served(Settings(data_dir=data_dir, heartbeat_s=0.001, cache_ttl_s=0)) as server:
        yield server
