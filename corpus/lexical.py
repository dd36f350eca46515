"""The lexical index: passages by the BM25 of their words, in tantivy.

Derived from `corpus.store`, searched by `corpus.search`. It finds what vectors blur: names, model numbers, acronyms.
Questions are never parsed as a query language; their words become term queries.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.errors import IndexInUseError
from corpus.store import Applied, StoredDocument, date_restriction, day_number

if TYPE_CHECKING:
    import tantivy

    from corpus.search import SearchFilter

_FORMAT = "1"
"""Changes whenever the same documents would be kept differently; part of the folder's name."""

_WRITER_BYTES = 15_000_000
"""tantivy's least memory for one indexing thread; hundreds of documents need no more."""

_FIELD_WEIGHTS: Mapping[str, float] = {"text": 1.0, "title": 0.6, "names": 0.5}
"""A word in the passage counts most; title and company names are shared by all passages of a document."""

MAX_TERMS = 64
"""Distinct words of a question that are looked up, the rarest ones; a pasted advert has hundreds."""


class LexicalIndex:
    """A tantivy index in a folder.

    A change batch and how far the change log was applied are one commit, so a crash leaves the index as it was before
    the batch or after it. Several processes may search; only one can write at a time.
    """

    def __init__(self, folder: Path) -> None:
        """Open the index in `folder`, made if need be."""
        import tantivy

        self._tantivy = tantivy
        self._folder = folder / f"v{_FORMAT}"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._schema = _schema()
        self._index = tantivy.Index(self._schema, path=str(self._folder))
        self._analyzer = _english()
        self._index.register_tokenizer("english", self._analyzer)
        self._index.reload()

    @property
    def applied(self) -> Applied:
        """Which store's change log this index follows, and up to where."""
        self._index.reload()
        searcher = self._index.searcher()
        hits = searcher.search(self._term("marker", "applied"), 1).hits
        if not hits:
            return Applied("", 0)
        state = json.loads(searcher.doc(hits[0][1])["state"][0])
        return Applied(state["store"], state["sequence"])

    def apply(self, stored: Sequence[StoredDocument], removed: Sequence[str], applied: Applied) -> None:
        """Write `stored` documents, take `removed` ids out and remember `applied`, in one commit.

        Raises:
            IndexInUseError: another process is writing.
        """
        writer = self._writer()
        for document_id in (*(item.document.id for item in stored), *removed):
            writer.delete_documents_by_term("document_id", document_id)
        for item in stored:
            for entry in self._entries(item):
                writer.add_document(entry)
        self._mark(writer, applied)
        self._commit(writer)

    def clear(self) -> None:
        """Take everything out."""
        writer = self._writer()
        writer.delete_all_documents()
        self._commit(writer)

    def query(self, text: str, where: SearchFilter | None = None, k: int = 60) -> list[tuple[str, float]]:
        """The `k` passages that fit the words of `text` best among those that pass `where`: (passage id, BM25)."""
        searcher = self._index.searcher()
        terms = self._terms(searcher, text)
        if not terms:
            return []
        query = self._any([self._word_query(term) for term in terms])
        if conditions := self._conditions(where) if where else []:
            # Conditions only select: with a constant score of 0 they leave the BM25 sum alone.
            silent = [self._tantivy.Query.const_score_query(condition, 0.0) for condition in conditions]
            query = self._all([query, *silent])
        hits = searcher.search(query, k, count=False).hits
        found = [(str(searcher.doc(address)["passage_id"][0]), float(score)) for score, address in hits]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))

    def count(self) -> int:
        """Number of passages in the index."""
        searcher = self._index.searcher()
        kinds = self._any([self._term("kind", "news"), self._term("kind", "guide")])
        return int(searcher.search(kinds, 1, count=True).count)  # type: ignore[attr-defined]

    def _writer(self) -> tantivy.IndexWriter:
        try:
            return self._index.writer(_WRITER_BYTES, 1)
        except ValueError as error:
            raise IndexInUseError(
                f"The lexical index in {self._folder} is being written by another process; try again when it is done."
            ) from error

    def _commit(self, writer: tantivy.IndexWriter) -> None:
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def _mark(self, writer: tantivy.IndexWriter, applied: Applied) -> None:
        writer.delete_documents_by_term("marker", "applied")
        state = json.dumps({"store": applied.store_id, "sequence": applied.sequence})
        writer.add_document(self._tantivy.Document(marker="applied", state=state))

    def _entries(self, stored: StoredDocument) -> list[tantivy.Document]:
        document, names = stored.document, stored.names
        shared: dict[str, Any] = {
            "document_id": document.id,
            "kind": document.kind,
            "published": day_number(document.published),
            "companies": list(names.companies),
            "countries": list(names.countries),
            "topics": list(names.topics),
            "roles": list(names.roles),
            "title": document.title,
            "names": " ".join(names.companies),
        }
        return [
            self._tantivy.Document(passage_id=passage.id, text=f"{passage.section} {passage.text}".strip(), **shared)
            for passage in stored.passages
        ]

    def _terms(self, searcher: tantivy.Searcher, text: str) -> list[str]:
        """The distinct words of `text` that occur in the index, the rarest first if there are too many."""
        words = dict.fromkeys(self._analyzer.analyze(text))
        known = {w: sum(searcher.doc_freq(field, w) for field in _FIELD_WEIGHTS) for w in words}
        terms = [word for word, frequency in known.items() if frequency]
        return terms if len(terms) <= MAX_TERMS else sorted(terms, key=lambda word: (known[word], word))[:MAX_TERMS]

    def _word_query(self, term: str) -> tantivy.Query:
        boost = self._tantivy.Query.boost_query
        return self._any([boost(self._term(field, term), weight) for field, weight in _FIELD_WEIGHTS.items()])

    def _conditions(self, where: SearchFilter) -> list[tantivy.Query]:
        conditions = []
        asked: Mapping[str, tuple[str, ...]] = {
            "companies": where.companies, "countries": where.countries, "topics": where.topics, "roles": where.roles,
            "kind": where.kinds,
        }  # fmt: skip
        for field, values in asked.items():
            if values:
                conditions.append(self._any([self._term(field, value) for value in values]))
        if (dates := date_restriction(where)) is not None:
            spared = [self._term("kind", "guide")] if dates.spares_guides else []
            conditions.append(self._any([self._published(dates.first, dates.last), *spared]))
        return conditions

    def _published(self, first: date | None, last: date | None) -> tantivy.Query:
        return self._tantivy.Query.range_query(
            self._schema,
            "published",
            self._tantivy.FieldType.Integer,
            lower_bound=day_number(first or date.min),
            upper_bound=day_number(last or date.max),
        )

    def _term(self, field: str, value: str) -> tantivy.Query:
        return self._tantivy.Query.term_query(self._schema, field, value)

    def _any(self, queries: Sequence[tantivy.Query]) -> tantivy.Query:
        return self._tantivy.Query.boolean_query([(self._tantivy.Occur.Should, query) for query in queries])

    def _all(self, queries: Sequence[tantivy.Query]) -> tantivy.Query:
        return self._tantivy.Query.boolean_query([(self._tantivy.Occur.Must, query) for query in queries])


def _schema() -> tantivy.Schema:
    import tantivy

    builder = tantivy.SchemaBuilder()
    for name in ("passage_id", "document_id", "kind", "companies", "countries", "topics", "roles", "marker"):
        builder.add_text_field(name, stored=name == "passage_id", tokenizer_name="raw", index_option="basic")
    for name in _FIELD_WEIGHTS:
        builder.add_text_field(name, tokenizer_name="english", index_option="freq")
    builder.add_integer_field("published", indexed=True, fast=True)
    builder.add_text_field("state", stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def _english() -> tantivy.TextAnalyzer:
    """Words in lower case without accents, stop words and inflection (Snowball English)."""
    import tantivy

    filters = tantivy.Filter
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (
        filters.remove_long(40), filters.lowercase(), filters.ascii_fold(), filters.stopword("english"),
        filters.stemmer("english"),
    ):  # fmt: skip
        builder = builder.filter(step)
    return builder.build()
