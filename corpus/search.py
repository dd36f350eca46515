"""Hybrid search over passages: dense and BM25 rankings, fused, raised by what they name and by their age, diversified.

In goes a `SearchQuery` (the question's text, what it names, what may be found at all), out come `Hit`s: passages with
their documents, a score and the parts that made it. Before it stands question understanding, which fills the query;
after it evidence selection, which takes the hits' sentences. `dense` and `lexical` apply the filter themselves, so a
narrow filter never starves the list.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, cast

from corpus.document import Document, Passage

if TYPE_CHECKING:
    from corpus.embed import Embedder, Vectors
    from corpus.lexical import LexicalIndex
    from corpus.store import Store

RRF_K = 60
"""Rank constant of reciprocal rank fusion; 60 is the value of Cormack, Clarke and Büttcher, SIGIR 2009."""

FIRST_PLACE = 1.0 / (RRF_K + 1)
"""What the first place of one ranking is worth. The weights of the priors count in this unit."""

CANDIDATES = 60
"""Passages taken from each of the two rankings before fusion."""

EMBEDDING_CACHE_SIZE = 256
"""Question vectors kept, so that a question asked again (or searched twice with other filters) costs no model call."""


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """What may be found at all. Empty tuples and None mean "no restriction".

    A passage passes `companies`, `countries`, `topics` when its document names at least one of them
    (front matter or linked in its text); `roles` are guide ids; `as_of` hides news published later.

    `as_of`, `published_from` and `published_to` (all inclusive) restrict news: a guide is timeless advice and its date
    is that of its last review, so a question asked as of an earlier day still finds it. Only when `kinds` asks for
    guides and nothing else do `published_from` and `published_to` restrict the review date. Unknown values of any
    field are no error: nothing passes them.
    """

    companies: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    published_from: date | None = None
    published_to: date | None = None
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A search: `text` is embedded and matched; the entities raise passages that name them.

    `companies`, `skills`, `topics` and `countries` are canonical names, `roles` guide ids. `recency` in 0..1 says how
    much newer news is preferred: 0 not at all, 1 for "what is the latest". `max_per_document` and `max_per_publisher`
    bound the list as long as other passages can fill it (see `diversify`).

    Raises ValueError when `recency` is outside 0..1 or a count is below 1.
    """

    text: str
    filter: SearchFilter = field(default_factory=SearchFilter)
    companies: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    recency: float = 0.0
    limit: int = 24
    max_per_document: int = 3
    max_per_publisher: int = 6
    roles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse weights and counts that have no meaning."""
        if not 0.0 <= self.recency <= 1.0:
            raise ValueError(f"recency is a weight between 0 and 1, not {self.recency}.")
        for name in ("limit", "max_per_document", "max_per_publisher"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}.")


@dataclass(frozen=True, slots=True)
class Hit:
    """A found passage with its document, its final score and the parts that made it (the "why").

    `why` holds `dense_rank` and `cosine`, `lexical_rank` and `bm25` (None when that index did not return the passage
    among its candidates), and the three addends of `score`: `rrf`, `entity` and `recency`.
    """

    passage: Passage
    document: Document
    score: float
    why: dict[str, float | int | None]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The weights of a search: the two rankings' in the fusion, the priors' in units of `FIRST_PLACE`.

    `company_in_passage` is added when a sentence of the passage names an asked company, `company_in_document` when only
    the document's front matter does; `skill`, `topic` and `country` when passage or document name any that was asked;
    `role` to the guide of an asked role. `recency` is what the newest news gains over very old news at
    `SearchQuery.recency` 1; it halves every `half_life_days`.

    The defaults were chosen with `python -m eval.retrieval` on questions written for development; a quarter more or
    less of any weight changes recall by less than those questions can tell. Recency is kept small: it orders reports
    on one matter, while a weight of 1 already pushes the passage that answers below newer ones that do not.
    """

    dense: float = 1.0
    lexical: float = 1.0
    company_in_passage: float = 1.0
    company_in_document: float = 0.25
    skill: float = 0.1
    topic: float = 0.1
    country: float = 0.1
    role: float = 1.0
    recency: float = 0.25
    half_life_days: float = 90.0


class DensePassages(Protocol):
    """A dense index: `corpus.dense.DenseIndex` or `ExactDenseIndex`."""

    def query(self, vector: Vectors, where: SearchFilter | None = None, k: int = 60) -> list[tuple[str, float]]:
        """The `k` nearest passages that pass `where`: (passage id, cosine), best first."""


class Searcher:
    """Hybrid search over one corpus. Holds no state of its own but a cache of question vectors; safe to share.

    Args:
        store: the truth, from which passages and documents are read.
        dense: nearest passages by cosine.
        lexical: best passages by BM25.
        embedder: makes the question's vector; the same model as the passages'.
        ranking: the weights; the default was tuned with `python -m eval.retrieval`.
    """

    def __init__(
        self,
        store: Store,
        dense: DensePassages,
        lexical: LexicalIndex,
        embedder: Embedder,
        ranking: Ranking = Ranking(),
    ) -> None:
        self._store = store
        self._dense = dense
        self._lexical = lexical
        self._ranking = ranking

        def embed(text: str) -> Vectors:
            vectors = embedder.embed([text])
            vectors.setflags(write=False)  # shared by every search of the same text
            return cast("Vectors", vectors[0])

        self._vector: Callable[[str], Vectors] = lru_cache(EMBEDDING_CACHE_SIZE)(embed)

    def reweighted(self, ranking: Ranking) -> Searcher:
        """The same search with other weights, over the same parts and question vectors: for comparing them."""
        other = copy(self)
        other._ranking = ranking
        return other

    def vector(self, text: str) -> Vectors:
        """The embedding of a question, kept so that searching it again costs no model call; do not write to it."""
        return self._vector(text)

    def has_word(self, word: str) -> bool:
        """Whether a word, in any of its forms, stands in the sources; a word with a capital counts only as written."""
        if word == word.casefold():
            return bool(self._lexical.query(word, SearchFilter(), 1))
        passages = self._store.passages(key for key, _ in self._lexical.query(word, SearchFilter(), CANDIDATES))
        as_written = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
        return any(as_written.search(passage.text) for passage in passages.values())

    def search(self, query: SearchQuery) -> list[Hit]:
        """The best passages for `query`, at most `query.limit`, empty when nothing passes the filter.

        Score = reciprocal rank fusion of the two rankings + what the passage names + how new it is; ties are broken by
        passage id, so the same corpus and query give the same list. See `diversify` for the order of the result.
        """
        if not query.text.strip():
            return []
        # The vector is of the text alone, so that evidence selection and further searches of a question share it.
        dense = self._dense.query(self._vector(query.text), query.filter, CANDIDATES) if self._ranking.dense else ()
        words = text_with_names(query)
        lexical = self._lexical.query(words, query.filter, CANDIDATES) if self._ranking.lexical else ()
        return diversify(self._score(query, dense, lexical), query)

    def _score(
        self, query: SearchQuery, dense: Sequence[tuple[str, float]], lexical: Sequence[tuple[str, float]]
    ) -> list[Hit]:
        """All candidates of both rankings, best first."""
        weights = self._ranking
        dense_places = {passage_id: (rank, cosine) for rank, (passage_id, cosine) in enumerate(dense, start=1)}
        lexical_places = {passage_id: (rank, bm25) for rank, (passage_id, bm25) in enumerate(lexical, start=1)}
        fused = reciprocal_rank_fusion(
            [(weights.dense, [key for key, _ in dense]), (weights.lexical, [key for key, _ in lexical])]
        )
        passages = self._store.passages(fused)
        documents = self._store.documents({passage.document_id for passage in passages.values()})
        newest = max((d.published for d in documents.values() if d.kind == "news"), default=date.min)
        hits = []
        for passage_id, passage in passages.items():
            document = documents.get(passage.document_id)
            if document is None:  # deleted between the two reads
                continue
            dense_rank, cosine = dense_places.get(passage_id, (None, None))
            lexical_rank, bm25 = lexical_places.get(passage_id, (None, None))
            rrf = fused[passage_id]
            entity = entity_prior(query, passage, document, weights)
            recency = query.recency * recency_prior(document, newest, weights)
            why = {
                "dense_rank": dense_rank, "cosine": cosine, "lexical_rank": lexical_rank, "bm25": bm25,
                "rrf": rrf, "entity": entity, "recency": recency,
            }  # fmt: skip
            hits.append(Hit(passage, document, rrf + entity + recency, why))
        return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))


def text_with_names(query: SearchQuery) -> str:
    """What the lexical index is asked: the text, and the canonical names of its companies as far as it lacks them.

    "Honda's AI venture" has no telling word in common with a passage about Noetra; "(Noetra)" has.
    """
    missing = [name for name in query.companies if not _stands_in(name, query.text)]
    return f"{query.text} ({', '.join(missing)})" if missing else query.text


def _stands_in(name: str, text: str) -> bool:
    """Whether `text` has `name` as words of its own; in "Wayveの東京" it is part of a longer one to the index."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


def reciprocal_rank_fusion(rankings: Iterable[tuple[float, Sequence[str]]], k: int = RRF_K) -> dict[str, float]:
    """One score per id from several (weight, ids best first) rankings: the sum of weight / (k + rank), rank from 1.

    Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods",
    SIGIR 2009. Only ranks count, so cosines and BM25 scores need no common scale.
    """
    fused: dict[str, float] = {}
    for weight, ids in rankings:
        for rank, passage_id in enumerate(ids, start=1):
            fused[passage_id] = fused.get(passage_id, 0.0) + weight / (k + rank)
    return fused


def entity_prior(query: SearchQuery, passage: Passage, document: Document, ranking: Ranking) -> float:
    """What a passage gains because it, or its document, names what was asked for (in units of a score).

    Whether the sentences themselves name a company weighs more than whether the document lists it: a round-up that
    lists ten companies has one sentence about each. Several asked companies do not add up, so that a comparison finds
    passages about either.
    """
    gain = 0.0
    if query.companies:
        asked = set(query.companies)
        if any(asked.intersection(sentence.companies) for sentence in passage.sentences):
            gain += ranking.company_in_passage
        elif asked.intersection(document.companies):
            gain += ranking.company_in_document
    if _named(query.skills, document.skills, (sentence.skills for sentence in passage.sentences)):
        gain += ranking.skill
    if _named(query.countries, document.countries, (sentence.countries for sentence in passage.sentences)):
        gain += ranking.country
    if not set(query.topics).isdisjoint(document.topics):
        gain += ranking.topic
    if document.role and document.role in query.roles:
        gain += ranking.role
    return gain * FIRST_PLACE


def _named(asked: Collection[str], by_document: Collection[str], by_sentences: Iterable[Collection[str]]) -> bool:
    if not asked:
        return False
    names = set(asked)
    return not names.isdisjoint(by_document) or any(not names.isdisjoint(sentence) for sentence in by_sentences)


def recency_prior(document: Document, newest: date, ranking: Ranking) -> float:
    """What news gains for being new (in units of a score): `ranking.recency`, halved every `half_life_days`.

    Age counts from the newest news among the candidates, not from today: otherwise the prior would fade as a corpus
    rests, and the newest report on a matter would gain nothing because another company made news later. Guides gain
    nothing, since they are not news.
    """
    if document.kind != "news":
        return 0.0
    age_days = (newest - document.published).days
    return float(ranking.recency * 0.5 ** (age_days / ranking.half_life_days) * FIRST_PLACE)


def diversify(hits: Sequence[Hit], query: SearchQuery) -> list[Hit]:
    """The first `query.limit` of `hits` (best first), not too many of one document or one publisher of news.

    All guides have one publisher, the product, and the guide of an asked role is wanted whole: the former limit does
    not count guides, the latter not that guide. When the rest of the list cannot fill `query.limit`, the best of those
    held back follow at the end, since a short list is better repeated than cut: scores fall within each part.
    """
    of_document: Counter[str] = Counter()
    of_publisher: Counter[str] = Counter()
    chosen: list[Hit] = []
    held_back: list[Hit] = []
    for hit in hits:
        document = hit.document
        wanted_whole = document.role != "" and document.role in query.roles
        if (not wanted_whole and of_document[document.id] >= query.max_per_document) or (
            document.kind == "news" and of_publisher[document.publisher] >= query.max_per_publisher
        ):
            held_back.append(hit)
            continue
        of_document[document.id] += 1
        of_publisher[document.publisher] += 1
        chosen.append(hit)
        if len(chosen) == query.limit:
            break
    return chosen + held_back[: query.limit - len(chosen)]


def explain(hit: Hit) -> str:
    """One line that says why `hit` stands where it does, for people: score, both ranks, and what each prior added."""
    why = hit.why
    parts = [
        _place("dense", why["dense_rank"], "cosine", why["cosine"]),
        _place("lexical", why["lexical_rank"], "bm25", why["bm25"]),
        f"rrf {why['rrf']:.4f}",
    ]
    parts += [f"{name} +{why[name]:.4f}" for name in ("entity", "recency") if why[name]]
    return f"{hit.score:.4f} = " + " · ".join(parts)


def _place(index: str, rank: float | None, measure: str, value: float | None) -> str:
    return f"{index} –" if rank is None else f"{index} #{rank} ({measure} {value:.2f})"
