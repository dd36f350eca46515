"""Fixtures of the corpus tests."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.embed import DEFAULT_MODEL, OnnxEmbedder, load_embedder
from corpus.store import Store
from tests.corpus.parts import Built, HashedWords


@pytest.fixture
def embedder() -> HashedWords:
    return HashedWords()


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    parts = Built.at(tmp_path / "data")
    yield parts
    parts.close()


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the default model has been exported once for all tests."""
    folder = tmp_path_factory.mktemp("data")
    load_embedder(DEFAULT_MODEL, folder)
    return folder


@pytest.fixture(scope="session")
def minilm(data_dir: Path) -> OnnxEmbedder:
    embedder = load_embedder(DEFAULT_MODEL, data_dir)
    assert isinstance(embedder, OnnxEmbedder)
    return embedder


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """The URL of an empty schema in a PostgreSQL database, dropped afterwards."""
    server = os.environ.get("ALLY_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
    try:
        import psycopg

        connection = psycopg.connect(server.replace("+psycopg", ""), connect_timeout=3, autocommit=True)
    except Exception as error:  # no driver, no server, no database: the reason says which
        if os.environ.get("REQUIRE_SERVICES") == "1":
            raise
        pytest.skip(f"needs PostgreSQL at {server} ({type(error).__name__}: {error})")
    schema = f"ally_{secrets.token_hex(4)}"
    with connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        yield f"{server}?options=-csearch_path%3D{schema}"
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each store test runs on both databases."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'corpus.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = Store(database_url)
    yield store
    store.close()
