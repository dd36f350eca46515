"""Syncing makes store and indexes equal the files, and embeds nothing twice."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.document import document_id
from corpus.embed import dequantise
from corpus.entities import load_entities
from corpus.errors import CorpusFileError
from corpus.store import Store
from corpus.sync import Progress, SyncReport, is_current, sync
from tests.corpus.parts import CORPUS, Built, FewNames, HashedWords, news, put, stored

BRIEFS = sorted((CORPUS / "articles").glob("*.md"))[::40]
GUIDES = sorted((CORPUS / "guides").glob("*.md"))[:1]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A corpus of a few shipped files."""
    for path in (*BRIEFS, *GUIDES):
        target = tmp_path / "corpus" / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return tmp_path / "corpus"


def run(root: Path, built: Built, embedder: HashedWords, entities: FewNames = FewNames("OpenAI")) -> SyncReport:  # noqa: B008
    return sync(root, built.store, built.dense, built.lexical, embedder, entities)


def brief(root: Path, number: int = 0) -> Path:
    return root / "articles" / BRIEFS[number].name


def edit(path: Path, old: str, new: str) -> None:
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new), encoding="utf-8")


def content_of(store: Store) -> Iterator[tuple[object, ...]]:
    """Everything in the store but the log."""
    for key, item in sorted(store.stored(store.document_ids()).items()):
        yield key, item.document, item.passages, item.vectors.tobytes(), item.model_id, store.fingerprints()[key]


def test_the_first_sync_takes_every_file_in(root: Path, built: Built, embedder: HashedWords) -> None:
    report = run(root, built, embedder)

    files = len(BRIEFS) + len(GUIDES)
    assert (report.added, report.updated, report.removed, report.unchanged) == (files, 0, 0, 0)
    assert built.store.counts().documents == files
    assert report.embedded_passages == built.store.counts().passages == built.dense.count() == built.lexical.count()
    assert is_current(built.store, built.dense)
    assert is_current(built.store, built.lexical)


def test_every_sentence_has_its_vector(root: Path, built: Built, embedder: HashedWords) -> None:
    run(root, built, embedder)

    for item in built.store.stored(built.store.document_ids()).values():
        for passage in item.passages:
            vectors = dequantise(passage.sentence_vectors, embedder.dimensions)
            assert len(vectors) == len(passage.sentences)
            expected = embedder.embed([passage.sentences[-1].text.replace("**", "")])[0]
            assert vectors[-1] @ expected > 0.999


def test_a_sync_without_changes_embeds_and_writes_nothing(root: Path, built: Built, embedder: HashedWords) -> None:
    sequence = run(root, built, embedder).sequence
    embedder.embedded.clear()
    for path in root.rglob("*.md"):  # a fresh checkout has new times
        os.utime(path)

    report = run(root, built, embedder)

    assert (report.added, report.updated, report.removed) == (0, 0, 0)
    assert report.sequence == sequence
    assert embedder.embedded == []


def test_only_the_changed_sentence_and_its_passage_are_embedded(
    root: Path, built: Built, embedder: HashedWords
) -> None:
    run(root, built, embedder)
    embedder.embedded.clear()
    document = next(d for d in built.store.list_documents()[0] if d.path.endswith(brief(root).name))
    last = built.store.document_passages(document.id)[-1].sentences[-1].text
    edit(brief(root), last, "Something else happened on 3 May 2026.")

    report = run(root, built, embedder)

    assert (report.updated, report.unchanged) == (1, len(BRIEFS) + len(GUIDES) - 1)
    assert (report.embedded_passages, report.embedded_sentences) == (1, 1)
    assert len(embedder.embedded) == 2
    assert built.lexical.query("Something else happened May")[0][0].startswith(document.id)


def test_changed_entities_link_anew_without_embedding(root: Path, built: Built, embedder: HashedWords) -> None:
    run(root, built, embedder, FewNames("OpenAI"))
    vectors = [row[3] for row in content_of(built.store)]
    embedder.embedded.clear()

    report = run(root, built, embedder, FewNames("OpenAI", "The"))

    assert report.updated == len(BRIEFS) + len(GUIDES)
    assert embedder.embedded == []
    assert [row[3] for row in content_of(built.store)] == vectors
    assert "The" in built.store.company_names()


def test_another_model_embeds_everything_anew(root: Path, built: Built, embedder: HashedWords) -> None:
    first = run(root, built, embedder)

    second = run(root, built, HashedWords("another"))

    assert second.updated == first.added
    assert second.embedded_passages == first.embedded_passages
    assert {item.model_id for item in built.store.stored(built.store.document_ids()).values()} == {"another"}


def test_a_removed_file_leaves_store_and_indexes(root: Path, built: Built, embedder: HashedWords) -> None:
    run(root, built, embedder)
    brief(root).unlink()

    report = run(root, built, embedder)

    assert report.removed == 1
    assert brief(root).name not in {Path(path).name for path in built.store.paths().values()}
    assert built.dense.count() == built.lexical.count() == built.store.counts().passages


def test_a_renamed_file_stays_the_same_document(root: Path, built: Built, embedder: HashedWords) -> None:
    run(root, built, embedder)
    ids = built.store.document_ids()
    brief(root).rename(root / "articles" / "2020-01-01-renamed.md")

    report = run(root, built, embedder)

    assert (report.added, report.updated, report.removed) == (0, 1, 0)
    assert built.store.document_ids() == ids
    assert "articles/2020-01-01-renamed.md" in built.store.paths().values()


def test_a_file_that_cannot_be_used_is_reported_and_its_earlier_version_kept(
    root: Path, built: Built, embedder: HashedWords
) -> None:
    run(root, built, embedder)
    before = list(content_of(built.store))
    edit(brief(root), "published:", "publishd:")
    (root / "articles" / "new.md").write_text("no front matter")

    report = run(root, built, embedder)

    assert sorted(error.path.name for error in report.refused) == sorted([brief(root).name, "new.md"])
    assert report.removed == 0
    assert list(content_of(built.store)) == before


def test_a_folder_without_a_corpus_deletes_nothing(
    root: Path, built: Built, embedder: HashedWords, tmp_path: Path
) -> None:
    run(root, built, embedder)

    with pytest.raises(CorpusFileError, match="holds no articles"):
        run(tmp_path / "nowhere", built, embedder)

    assert built.store.counts().documents == len(BRIEFS) + len(GUIDES)


def test_documents_from_elsewhere_stay_and_are_brought_up_to_date(
    root: Path, built: Built, embedder: HashedWords
) -> None:
    page = replace(news("page", "OpenAI hires."), path="")
    put(built.store, stored(page, embedder))

    first, second = run(root, built, embedder), run(root, built, embedder)

    assert (first.removed, first.updated, second.updated) == (0, 1, 0)
    assert built.store.document(page.id) == page
    assert built.store.document_passages(page.id)[0].sentences[0].companies == ("OpenAI",)


def test_two_briefs_of_one_page_are_both_kept(root: Path, built: Built, embedder: HashedWords) -> None:
    twin = root / "articles" / "9999-twin.md"
    shutil.copyfile(brief(root), twin)

    run(root, built, embedder)

    assert built.store.counts().news == len(BRIEFS) + 1
    assert document_id("path:articles/9999-twin.md") in built.store.document_ids()


def test_a_synced_store_equals_one_built_from_scratch(
    root: Path, built: Built, embedder: HashedWords, tmp_path: Path
) -> None:
    run(root, built, embedder, FewNames())
    brief(root, 1).unlink()
    edit(brief(root, 2), "published: 20", "published: 20")
    edit(brief(root, 2), "title: ", "title: New ")
    run(root, built, embedder)
    scratch = Built.at(tmp_path / "scratch")

    run(root, scratch, embedder)

    assert list(content_of(built.store)) == list(content_of(scratch.store))
    assert built.dense.passage_ids() == scratch.dense.passage_ids()
    scratch.close()


def test_progress_counts_every_stage_to_its_end(root: Path, built: Built, embedder: HashedWords) -> None:
    seen: list[Progress] = []

    sync(root, built.store, built.dense, built.lexical, embedder, FewNames(), seen.append)

    last = {progress.stage: progress for progress in seen}
    files = len(BRIEFS) + len(GUIDES)
    assert {stage: (p.done, p.total) for stage, p in last.items()} == dict.fromkeys(
        ("store", "dense", "lexical"), (files, files)
    )


def test_the_shipped_files_are_linked_by_the_shipped_entities(root: Path, built: Built, embedder: HashedWords) -> None:
    sync(root, built.store, built.dense, built.lexical, embedder, load_entities())

    linked = {name for item in built.store.stored(built.store.document_ids()).values() for name in item.names.companies}
    assert linked
    for item in built.store.stored(built.store.document_ids()).values():
        assert set(item.document.companies) <= set(item.names.companies)
        assert built.store.document_ids() == sorted(built.store.document_ids())
