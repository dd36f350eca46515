"""Both indexes follow the store, filter by the same rules as it, and survive every question."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pytest
from chromadb.errors import InvalidArgumentError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.dense import DenseIndex, ExactDenseIndex, connect_dense_index, open_dense_index
from corpus.errors import IndexInUseError, IndexUnreachableError
from corpus.lexical import LexicalIndex
from corpus.search import SearchFilter
from corpus.store import Applied, Store
from corpus.sync import is_current, rebuild, replay
from tests.corpus.parts import Built, HashedWords, guide, news, put, stored

EVERYTHING = 1_000
DOCUMENTS = [
    stored(document, HashedWords(), *linked)
    for document, linked in [
        (news("honda", "Honda builds lidar cars.", companies=("Honda",), countries=("Japan",)), ("Honda",)),
        (news("nec", "The venture of Honda and NEC hires.", published=date(2026, 7, 1)), ("Honda", "NEC")),
        (news("openai", "OpenAI pays well.", companies=("OpenAI",), topics=("pay",)), ("OpenAI",)),
        (guide("fusion", "## Core topics\n- **Filters:** EKF and UKF for lidar.\n- Gating of tracks."), ()),
        (guide("manager", "## What the role does\nIt plans products for Honda."), ("Honda",)),
    ]
]
JUNE = date(2026, 6, 1)
FILTERS = [
    SearchFilter(),
    SearchFilter(companies=("Honda",)),
    SearchFilter(companies=("NEC", "OpenAI", "Nobody")),
    SearchFilter(companies=("Honda",), countries=("Japan",)),
    SearchFilter(topics=("pay", "hiring")),
    SearchFilter(roles=("fusion", "manager")),
    SearchFilter(kinds=("news",)),
    SearchFilter(kinds=("news", "guide"), as_of=JUNE),
    SearchFilter(as_of=date(2020, 1, 1)),
    SearchFilter(published_from=JUNE),
    SearchFilter(published_from=date(2026, 4, 15), published_to=date(2026, 4, 15)),
    SearchFilter(published_from=JUNE, companies=("Honda",), as_of=date(2026, 12, 31)),
    SearchFilter(kinds=("guide",), published_to=JUNE),
    SearchFilter(kinds=("guide",), as_of=JUNE),
    SearchFilter(companies=("Nobody",)),
]


class DenseQuery(Protocol):
    def query(
        self, vector: npt.NDArray[np.float32], where: SearchFilter | None = None, k: int = 60
    ) -> list[tuple[str, float]]: ...


@pytest.fixture
def filled(built: Built) -> Built:
    for item in DOCUMENTS:
        put(built.store, item)
    replay(built.store, built.dense, "dense")
    replay(built.store, built.lexical, "lexical")
    return built


def dense_ids(index: DenseQuery, text: str, where: SearchFilter | None = None) -> set[str]:
    return {key for key, _ in index.query(HashedWords().embed([text])[0], where, EVERYTHING)}


def passage_ids(store: Store, where: SearchFilter | None = None) -> set[str]:
    return {passage.id for key in store.document_ids(where) for passage in store.document_passages(key)}


# What is found


@pytest.mark.parametrize("where", FILTERS, ids=str)
def test_store_and_indexes_agree_on_what_a_filter_lets_through(filled: Built, where: SearchFilter) -> None:
    expected = passage_ids(filled.store, where)
    # Words of every passage, so that the lexical index can leave out none for lack of a match.
    words = " ".join(passage.text for item in DOCUMENTS for passage in item.passages)

    assert dense_ids(filled.dense, "anything", where) == expected
    assert dense_ids(ExactDenseIndex(filled.store, "hashed-words"), "anything", where) == expected
    assert {key for key, _ in filled.lexical.query(words, where, EVERYTHING)} == expected


def test_the_dense_index_ranks_as_an_exact_search_does(built: Built) -> None:
    embedder = HashedWords()
    words = np.random.default_rng(7).choice(["robot", "lidar", "chip", "pay", "hire", "plan", "car", "arm"], (400, 6))
    for number, row in enumerate(words):
        put(built.store, stored(news(f"n{number}", " ".join(row) + f" {number}."), embedder))
    replay(built.store, built.dense, "dense")
    exact = ExactDenseIndex(built.store, embedder.model_id)

    for question in ("robot pay", "lidar car plan", "hire"):
        vector = embedder.embed([question])[0]
        found, expected = built.dense.query(vector, None, 60), exact.query(vector, None, 60)
        assert len({key for key, _ in found} & {key for key, _ in expected}) >= 58
        assert np.allclose([cosine for _, cosine in found[:10]], [cosine for _, cosine in expected[:10]], atol=1e-5)


def test_the_lexical_index_finds_words_in_any_inflection_case_and_accent(filled: Built) -> None:
    put(filled.store, stored(news("poesia", "La Poésie Robotics tests tracking devices."), HashedWords()))
    replay(filled.store, filled.lexical, "lexical")

    (best, *_) = filled.lexical.query("POESIE track device testing")

    assert best[0] in passage_ids(filled.store)
    assert filled.store.passages([best[0]])[best[0]].text.startswith("La Poésie")


def test_title_and_company_names_are_found_though_the_text_lacks_them(filled: Built) -> None:
    document = news("short", "It hires engineers.", title="Noetra opens an office", companies=("Preferred Networks",))
    put(filled.store, stored(document, HashedWords()))
    replay(filled.store, filled.lexical, "lexical")

    assert [key for key, _ in filled.lexical.query("Noetra")] == [f"{document.id}#0"]
    assert [key for key, _ in filled.lexical.query("preferred networks")] == [f"{document.id}#0"]


@pytest.mark.parametrize(
    "text", ["", "  ", "the of and", "?!", "AI: robots", "C++ (jobs", "zzzz", "+-*:^~\"'[]{}()\\/"]
)
def test_no_question_is_read_as_a_query_language(filled: Built, text: str) -> None:
    assert filled.lexical.query(text) == []


@given(st.text(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_question_is_answered(filled: Built, text: str) -> None:
    hits = filled.lexical.query(text, SearchFilter(kinds=("news",)))

    assert [score for _, score in hits] == sorted((score for _, score in hits), reverse=True)


def test_a_very_long_question_costs_no_more_than_its_rarest_words(filled: Built) -> None:
    hits = filled.lexical.query("lidar " + " ".join(f"word{number}" for number in range(5_000)))

    assert len(hits) == 2


# Following the store


def test_an_index_that_is_replayed_twice_stays_the_same(filled: Built) -> None:
    before = filled.dense.passage_ids()
    item = DOCUMENTS[0]
    at = Applied(filled.store.id, 1)

    for _ in range(2):
        filled.dense.apply([item], [], at)
        filled.lexical.apply([item], [], at)

    assert filled.dense.passage_ids() == before
    assert filled.lexical.count() == len(before)
    assert filled.dense.applied == filled.lexical.applied == at


def test_an_index_remembers_a_change_only_after_it_was_written(filled: Built) -> None:
    before = filled.dense.applied
    too_wide = replace(DOCUMENTS[0], vectors=np.ones((1, 7), dtype=np.float32))  # Chroma refuses another length

    with pytest.raises(InvalidArgumentError):
        filled.dense.apply([too_wide], [], Applied(filled.store.id, before.sequence + 1))

    assert filled.dense.applied == before


def test_changes_and_removals_reach_both_indexes(filled: Built) -> None:
    embedder = HashedWords()
    longer = news("honda", "\n\n".join(f"Honda part {n} {'word ' * 90}end." for n in range(3)), companies=("Honda",))
    put(filled.store, stored(longer, embedder))
    replay(filled.store, filled.dense, "dense")
    replay(filled.store, filled.lexical, "lexical")
    assert {f"{longer.id}#0", f"{longer.id}#1", f"{longer.id}#2"} <= set(filled.dense.passage_ids())

    put(filled.store, DOCUMENTS[0])
    filled.store.delete(DOCUMENTS[1].document.id)
    replay(filled.store, filled.dense, "dense")
    replay(filled.store, filled.lexical, "lexical")

    assert set(filled.dense.passage_ids()) == passage_ids(filled.store)
    assert filled.lexical.count() == len(passage_ids(filled.store))
    assert filled.lexical.query("venture") == []
    assert is_current(filled.store, filled.dense)
    assert is_current(filled.store, filled.lexical)


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_a_log_can_be_replayed_in_pieces_of_any_size(built: Built, batch: int) -> None:
    for item in (*DOCUMENTS, *DOCUMENTS[:3]):
        put(built.store, item)
    built.store.delete(DOCUMENTS[4].document.id)

    assert replay(built.store, built.dense, "dense", batch=batch) == 5
    assert replay(built.store, built.lexical, "lexical", batch=batch) == 5

    assert set(built.dense.passage_ids()) == passage_ids(built.store)
    assert built.lexical.count() == len(passage_ids(built.store))


def test_indexes_are_rebuilt_from_the_store_alone(filled: Built) -> None:
    before = (filled.dense.passage_ids(), filled.lexical.query("lidar"))

    rebuild(filled.store, filled.dense, filled.lexical)

    assert (filled.dense.passage_ids(), filled.lexical.query("lidar")) == before


def test_an_index_of_another_store_is_filled_anew(filled: Built, tmp_path: Path) -> None:
    other = Store(f"sqlite:///{tmp_path / 'other.db'}")
    put(other, DOCUMENTS[2])

    for index in (filled.dense, filled.lexical):
        replay(other, index, "dense")

    assert set(filled.dense.passage_ids()) == passage_ids(other)
    assert filled.lexical.count() == 1
    other.close()


def test_vectors_of_another_model_are_never_mixed_in(filled: Built, tmp_path: Path) -> None:
    filled.dense.close()
    wider = HashedWords("wider", dimensions=64)

    index = open_dense_index(tmp_path / "data" / "chroma", wider.model_id)
    replay(filled.store, index, "dense")
    assert index.passage_ids() == []

    put(filled.store, stored(DOCUMENTS[0].document, wider))
    replay(filled.store, index, "dense")
    assert index.passage_ids() == [f"{DOCUMENTS[0].document.id}#0"]
    assert [key for key, _ in ExactDenseIndex(filled.store, "wider").query(wider.embed(["cars"])[0])] == (
        index.passage_ids()
    )
    index.close()


def test_what_was_written_is_there_after_reopening(filled: Built, tmp_path: Path) -> None:
    before = (filled.dense.passage_ids(), filled.dense.applied, filled.lexical.query("lidar"))
    filled.close()

    again = Built.at(tmp_path / "data")

    assert (again.dense.passage_ids(), again.dense.applied, again.lexical.query("lidar")) == before
    assert again.lexical.applied == again.dense.applied
    again.close()


# Several openers


def test_a_second_process_is_told_that_the_dense_index_is_in_use(built: Built, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from corpus.dense import open_dense_index\nfrom corpus.errors import IndexInUseError\n"
        "try: open_dense_index(Path(sys.argv[1]), 'hashed-words')\nexcept IndexInUseError as error: print(error)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "data" / "chroma")]

    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])

    assert "open in another process" in result.stdout
    with pytest.raises(IndexInUseError):
        open_dense_index(tmp_path / "data" / "chroma", "hashed-words")


def test_a_second_opener_of_the_lexical_index_searches_what_the_first_wrote(filled: Built, tmp_path: Path) -> None:
    reader = LexicalIndex(tmp_path / "data" / "lexical")
    assert len(reader.query("lidar")) == 2

    filled.store.delete(DOCUMENTS[0].document.id)
    replay(filled.store, filled.lexical, "lexical")

    assert reader.applied == filled.lexical.applied
    assert len(reader.query("lidar")) == 1


def test_exact_search_follows_the_store(filled: Built) -> None:
    exact = ExactDenseIndex(filled.store, "hashed-words")
    assert len(dense_ids(exact, "cars")) == 5

    for item in DOCUMENTS:
        filled.store.delete(item.document.id)

    assert dense_ids(exact, "cars") == set()


def test_an_address_without_a_chroma_server_is_an_error_with_advice() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(IndexUnreachableError, match="chroma run"):
        connect_dense_index(f"http://127.0.0.1:{port}", "m")
    with pytest.raises(IndexUnreachableError, match="http://localhost:8000"):
        connect_dense_index("localhost:8000", "m")


@pytest.fixture
def chroma_url(tmp_path: Path) -> Iterator[str]:
    """A real Chroma server on a port of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(tmp_path / "server")]
    # Its log goes to a file: a pipe that nobody reads fills up, and the server waits for ever.
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, "ANONYMIZED_TELEMETRY": "False"},
        )
    yield f"http://127.0.0.1:{port}"
    os.killpg(process.pid, signal.SIGTERM)
    process.wait()


@pytest.mark.slow
def test_two_clients_of_one_chroma_server_see_each_others_changes(chroma_url: str, built: Built) -> None:
    for item in DOCUMENTS:
        put(built.store, item)
    writer = connected(chroma_url)
    reader = connected(chroma_url)

    replay(built.store, writer, "dense")
    assert dense_ids(reader, "cars") == passage_ids(built.store)
    for where in FILTERS:
        assert dense_ids(reader, "cars", where) == passage_ids(built.store, where)

    writer.clear()
    assert reader.applied == Applied("", 0)
    assert dense_ids(reader, "cars") == set()
    replay(built.store, writer, "dense")
    assert dense_ids(reader, "cars") == passage_ids(built.store)
    assert is_current(built.store, reader)


def connected(url: str) -> DenseIndex:
    """The index on the server, as soon as the server answers."""
    latest = time.monotonic() + 30
    while True:
        try:
            return connect_dense_index(url, "hashed-words")
        except IndexUnreachableError:
            if time.monotonic() > latest:
                raise
