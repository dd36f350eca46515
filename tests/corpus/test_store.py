"""The store keeps documents whole, logs every change, and finds them again; on SQLite and on PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import StoreError
from corpus.search import SearchFilter
from corpus.store import Change, Store
from tests.corpus.parts import HashedWords, guide, news, put, stored

HONDA = news(
    "honda",
    "Honda builds cars. NEC builds servers.",
    companies=("Honda",),
    countries=("Japan",),
    topics=("physical-ai",),
)
OPENAI = news(
    "openai", "OpenAI hires in London.", published=date(2026, 7, 1), companies=("OpenAI",), title="100% of it"
)
FUSION = guide("sensor-fusion-engineer", "## What the role does\nIt fuses data.")


def test_what_was_put_is_read_back_equal(store: Store, embedder: HashedWords) -> None:
    item = stored(HONDA, embedder, "Honda", "NEC")

    put(store, item)

    assert store.document(HONDA.id) == HONDA
    assert store.document_passages(HONDA.id) == item.passages
    assert store.passages([item.passages[0].id]) == {item.passages[0].id: item.passages[0]}
    assert np.array_equal(store.vectors([item.passages[0].id]), item.vectors)
    assert store.stored([HONDA.id])[HONDA.id].model_id == embedder.model_id


def test_reading_keeps_the_order_asked_for_and_leaves_unknown_ids_out(store: Store, embedder: HashedWords) -> None:
    for document in (HONDA, OPENAI):
        put(store, stored(document, embedder))

    assert list(store.documents([OPENAI.id, "doc_unknown", HONDA.id])) == [OPENAI.id, HONDA.id]
    assert list(store.passages([f"{OPENAI.id}#0", f"{HONDA.id}#9", "nonsense", "#", f"{HONDA.id}#0"])) == [
        f"{OPENAI.id}#0",
        f"{HONDA.id}#0",
    ]
    assert store.document("doc_unknown") is None
    assert store.document_passages("doc_unknown") == ()
    with pytest.raises(KeyError):
        store.vectors([f"{HONDA.id}#0", f"{HONDA.id}#9"])


def test_every_change_is_logged_in_order(database_url: str, embedder: HashedWords) -> None:
    at = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    store = Store(database_url, now=lambda: at)

    numbers = [put(store, stored(HONDA, embedder)), put(store, stored(OPENAI, embedder)), store.delete(HONDA.id)]

    first, second, third = numbers
    assert first < second < third == store.sequence()
    assert store.changes(first) == [Change(second, OPENAI.id, "put", at), Change(third, HONDA.id, "delete", at)]
    assert [change.sequence for change in store.changes(0, limit=1)] == [first]
    assert store.latest_changes(0, 10) == [Change(second, OPENAI.id, "put", at), Change(third, HONDA.id, "delete", at)]
    assert store.pending(first) == 2
    store.close()


def test_a_new_version_replaces_the_old_one_whole(store: Store, embedder: HashedWords) -> None:
    long = news("honda", "\n\n".join(f"Paragraph {n} {'word ' * 90}end." for n in range(3)), companies=("Honda", "NEC"))
    put(store, stored(long, embedder))
    assert len(store.document_passages(long.id)) == 3

    put(store, stored(HONDA, embedder))

    assert len(store.document_passages(HONDA.id)) == 1
    assert store.counts().passages == 1
    assert store.company_names() == ["Honda"]


def test_a_deleted_document_leaves_nothing_behind(store: Store, embedder: HashedWords) -> None:
    put(store, stored(HONDA, embedder, "NEC"))
    store.document(HONDA.id)

    store.delete(HONDA.id)

    assert store.document(HONDA.id) is None
    assert (store.counts().documents, store.counts().passages, store.company_names()) == (0, 0, [])
    with pytest.raises(KeyError):
        store.delete(HONDA.id)


def test_a_write_that_fails_leaves_the_store_as_it_was(store: Store, embedder: HashedWords) -> None:
    put(store, stored(HONDA, embedder))
    other = stored(OPENAI, embedder)

    with pytest.raises(ValueError, match="belongs to another document"):
        store.put(HONDA, other.passages, other.vectors)
    with pytest.raises(ValueError, match="rows of vectors"):
        store.put(OPENAI, other.passages, np.zeros((0, 4), dtype=np.float32))

    assert (store.sequence(), store.counts().documents) == (1, 1)


def test_another_opener_sees_changes_at_its_next_read(database_url: str, embedder: HashedWords) -> None:
    writer, reader = Store(database_url), Store(database_url)
    put(writer, stored(HONDA, embedder))
    assert reader.document(HONDA.id) == HONDA

    changed = news("honda", "Honda left.", companies=("Honda",))
    put(writer, stored(changed, embedder))

    assert reader.document(HONDA.id) == changed
    assert reader.id == writer.id
    writer.close()
    reader.close()


def test_threads_that_write_at_once_lose_nothing_and_read_in_order(store: Store, embedder: HashedWords) -> None:
    items = [stored(news(f"n{number}", f"News number {number}."), embedder) for number in range(24)]

    with ThreadPoolExecutor(4) as threads:
        numbers = list(threads.map(lambda item: put(store, item), items))

    assert len(set(numbers)) == 24
    assert [change.sequence for change in store.changes(0)] == sorted(numbers)
    assert store.counts().documents == 24


def test_a_guide_is_found_by_its_role(store: Store, embedder: HashedWords) -> None:
    put(store, stored(FUSION, embedder))

    assert store.guide("sensor-fusion-engineer") == FUSION
    assert store.guide("juggler") is None


JUNE = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (SearchFilter(), [FUSION, OPENAI, HONDA]),
        (SearchFilter(companies=("NEC", "Nobody")), [HONDA]),  # linked in the text only
        (SearchFilter(companies=("Honda",), topics=("pay",)), []),
        (SearchFilter(countries=("Japan",), topics=("physical-ai",)), [HONDA]),
        (SearchFilter(roles=("sensor-fusion-engineer",)), [FUSION]),
        (SearchFilter(kinds=("news",)), [OPENAI, HONDA]),
        (SearchFilter(as_of=JUNE), [FUSION, HONDA]),  # a guide has no news date
        (SearchFilter(published_from=JUNE), [FUSION, OPENAI]),
        (SearchFilter(published_to=date(2026, 4, 15), published_from=date(2026, 4, 15)), [FUSION, HONDA]),
        (SearchFilter(as_of=JUNE, published_to=date(2026, 12, 31), kinds=("news",)), [HONDA]),
        (SearchFilter(kinds=("guide",), published_to=JUNE), []),
        (SearchFilter(kinds=("guide",), as_of=JUNE), [FUSION]),
    ],
)
def test_a_filter_selects_documents(
    store: Store, embedder: HashedWords, where: SearchFilter, found: list[object]
) -> None:
    for item in (stored(HONDA, embedder, "NEC"), stored(OPENAI, embedder), stored(FUSION, embedder)):
        put(store, item)

    documents, total = store.list_documents(where)

    assert documents == found
    assert total == len(found)
    assert store.document_ids(where) == sorted(document.id for document in documents)


def test_documents_are_listed_in_pages_newest_first(store: Store, embedder: HashedWords) -> None:
    documents = [news(f"n{day}", "A sentence.", published=date(2026, 1, day)) for day in range(1, 8)]
    for document in documents:
        put(store, stored(document, embedder))

    page, total = store.list_documents(offset=2, limit=3)

    assert [document.published.day for document in page] == [5, 4, 3]
    assert total == 7


@pytest.mark.parametrize(("text", "count"), [("100%", 1), ("A TITLE", 1), ("daily", 2), ("_", 0), ("%", 1), (" ", 2)])
def test_titles_and_publishers_are_searched_literally(
    store: Store, embedder: HashedWords, text: str, count: int
) -> None:
    for document in (HONDA, OPENAI):
        put(store, stored(document, embedder))

    assert store.list_documents(text=text)[1] == count


def test_the_names_of_the_corpus_are_counted(store: Store, embedder: HashedWords) -> None:
    put(store, stored(HONDA, embedder, "NEC", "Honda"))
    put(store, stored(news("two", "Honda grows."), embedder, "Honda"))

    assert store.names("company") == {"Honda": 2, "NEC": 1}
    assert store.company_names() == ["Honda", "NEC"]
    assert store.names("topic") == {"physical-ai": 1}


def test_fingerprints_say_what_a_document_was_made_of(store: Store, embedder: HashedWords) -> None:
    item = stored(HONDA, embedder)
    store.put(HONDA, item.passages, item.vectors, pipeline_hash="p1")

    assert store.fingerprints() == {HONDA.id: (HONDA.content_hash, "p1")}
    assert store.paths() == {HONDA.id: "articles/honda.md"}


def test_few_cached_documents_serve_as_many_as_are_asked_for(database_url: str, embedder: HashedWords) -> None:
    store = Store(database_url, cached_documents=2)
    documents = [news(f"n{number}", "A sentence.") for number in range(5)]
    for document in documents:
        put(store, stored(document, embedder))

    for _ in range(2):
        assert list(store.documents([d.id for d in documents]).values()) == documents
    store.close()


def test_a_database_of_another_version_is_refused_with_advice(tmp_path: Path) -> None:
    path = tmp_path / "corpus.db"
    Store(f"sqlite:///{path}").close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE corpus_meta SET value = '0' WHERE key = 'schema'")
    connection.commit()
    connection.close()

    with pytest.raises(StoreError, match="ally sync"):
        Store(f"sqlite:///{path}")


@pytest.mark.parametrize("spoil", [Path.mkdir, lambda path: path.write_bytes(b"not a database" * 99)])
def test_a_database_that_cannot_be_opened_is_an_error_of_ours(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    path = tmp_path / "corpus.db"
    spoil(path)

    with pytest.raises(StoreError, match="cannot be opened"):
        Store(f"sqlite:///{path}")
