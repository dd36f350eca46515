"""Retrieval on public sets: does the product's hybrid search find the passages that a question rests on?

`multihoprag` asks for several facts of news stories at once, `mtragun` for what a follow-up means. The passages of a
set are put into a store and a lexical index of their own, built from the product's parts, and every system searches
these: the product's search as it is, its two rankings fused without the rest, and each ranking alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from corpus.dense import ExactDenseIndex
from corpus.document import Document
from corpus.embed import Embedder
from corpus.entities import Entities
from corpus.lexical import LexicalIndex
from corpus.search import CANDIDATES, Hit, Ranking, Searcher, SearchQuery
from corpus.split import split
from corpus.store import Store
from corpus.sync import passage_embedding_text, replay
from eval.benchmarks.outcome import Line, Outcome, Table, mean
from eval.benchmarks.published import MTRAG_UN, MULTIHOP_RAG
from eval.benchmarks.rows import Row, Text, load, load_texts, spread
from eval.retrieval import recall_at_k, reciprocal_rank
from service.answering.answer import AnswerRequest, Turn
from service.answering.question import Question, understand

UNDATED = date(2000, 1, 1)
"""Stands for a date that the set does not give; age takes no part in these searches."""
RETURNED = 10
"""Texts that a system returns."""
BARE = Ranking(company_in_passage=0, company_in_document=0, skill=0, topic=0, country=0, role=0, recency=0)
SYSTEMS = ("product", "fused (RRF)", "BM25 alone", "cosine alone")
"""The compared searches; only the product's own is told which names the question has."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, how it is read, the ids of the texts that it rests on, and what is resampled as one."""

    group: str
    question: Question
    relevant: frozenset[str]
    cluster: str


@contextmanager
def searcher_of(texts: Sequence[Text], entities: Entities, embedder: Embedder) -> Iterator[Searcher]:
    """The product's search over `texts`, each a document of its own. Only for the thread that opens it."""
    documents = [
        Document(
            id=text.id,
            kind="news",
            title=text.title,
            publisher=text.source,
            url=text.url,
            published=text.published or UNDATED,
            text=text.text,
        )
        for text in texts
    ]
    cut = [(document, split(document, entities.link_document)) for document in documents]
    vectors = embedder.embed([passage_embedding_text(document, part) for document, parts in cut for part in parts])
    with TemporaryDirectory(prefix="ally-benchmark-") as folder:
        store = Store("sqlite://")  # in memory: nothing of it is kept
        start = 0
        for document, parts in cut:
            store.put(document, parts, vectors[start : start + len(parts)], model_id=embedder.model_id)
            start += len(parts)
        lexical = LexicalIndex(Path(folder))
        replay(store, lexical, "lexical")
        try:
            yield Searcher(store, ExactDenseIndex(store, embedder.model_id), lexical, embedder)
        finally:
            store.close()


def multihoprag(folder: Path, entities: Entities, embedder: Embedder, limit: int | None) -> Outcome:
    """Hits@4, Hits@10 and MRR@10 on the news questions of MultiHop-RAG, as its authors' script counts them.

    A hit is a question with any of its facts among the first k; questions without facts (the "null" ones) are left out.
    Recall@10, the share of a question's facts among the first ten, is not among the published figures.

    Raises:
        BenchmarkError: a file is missing or malformed.
    """
    rows = spread([row for row in load(folder, "multihoprag") if row.positive], limit)
    texts = load_texts(folder, "multihoprag_facts")
    embedder.embed([row.question for row in rows])
    with searcher_of(texts, entities, embedder) as searcher:
        asked = [
            _Asked(
                (row.extra.get("question_type") or "inference or temporal, not told apart").replace("_query", ""),
                understand(AnswerRequest(question=row.question[:4000]), entities, UNDATED, searcher.has_word),
                frozenset(text.id for text in row.positive),
                row.id,
            )
            for row in rows
        ]
        lines = _lines(searcher, asked)
    return Outcome(
        "multihoprag",
        (Table(f"Retrieval over {len(texts)} facts of news stories", _by_group(lines)),),
        MULTIHOP_RAG,
        (
            "Easier than the published protocol: the collection is the 981 fact sentences that some question rests on; "
            "theirs is the whole stories in chunks.",
            "Theirs has a reranker after the embedding; here there is none.",
            f"Questions without facts are left out, as in the authors' script: {len(rows)} questions count.",
        ),
    )


def mtragun(folder: Path, entities: Entities, embedder: Embedder, limit: int | None) -> Outcome:
    """Recall@5 on the follow-ups of MTRAG-UN, searched by the last turn alone and by the question as it is understood.

    Raises:
        BenchmarkError: the file is missing or malformed.
    """
    everything = load(folder, "mtragun")
    texts = list({text.id: text for row in everything for text in row.positive}.values())
    rows = [row for row in everything if row.positive and row.extra.get("history")]
    rows = spread([row for row in rows if row.extra.get("answerability") in ("ANSWERABLE", "PARTIAL")], limit)
    if not rows:
        return Outcome("mtragun", (Table("No follow-up with passages among these rows", ()),), MTRAG_UN, ())
    with searcher_of(texts, entities, embedder) as searcher:
        readings = {
            "last turn": [_follow_up(row, (), entities, searcher) for row in rows],
            "with history": [_follow_up(row, _turns(row), entities, searcher) for row in rows],
        }
        lines = [line for reading, asked in readings.items() for line in _lines(searcher, asked, f", {reading}")]
    return Outcome(
        "mtragun",
        (Table(f"Retrieval of what follow-ups mean, over {len(texts)} passages", _by_group(lines)),),
        MTRAG_UN,
        (
            f"Much easier than the published protocol: the collection is the {len(texts)} passages that some row of "
            "the set rests on (the union of all rows' passages), not the full corpora of four domains.",
            "Published figures are on 468 questions of 666, first turns among them; these are the follow-ups "
            "(answerable, or in part) among the 507 that the repository gives with passages.",
            "“With history” is the question as the product understands it from the earlier questions, by rules; the "
            "published “rewritten question” is the authors' own rewriting.",
        ),
    )


def _turns(row: Row) -> tuple[Turn, ...]:
    told = [turn["text"].strip()[:4000] for turn in row.extra["history"] if turn["speaker"] == "user"]
    return tuple(Turn(question=text) for text in told if text)[-50:]


def _follow_up(row: Row, history: tuple[Turn, ...], entities: Entities, searcher: Searcher) -> _Asked:
    request = AnswerRequest(question=row.question[:4000], history=history)
    question = understand(request, entities, UNDATED, searcher.has_word)
    relevant = frozenset(text.id for text in row.positive)
    return _Asked(str(row.extra.get("collection", "")), question, relevant, row.id.split("<::>")[0])


def _lines(searcher: Searcher, asked: Sequence[_Asked], suffix: str = "") -> list[Line]:
    """The figures of every system on each group of questions and on all."""
    found = [
        {system: _figures(ids, each.relevant) for system, ids in _rankings(searcher, each.question).items()}
        for each in asked
    ]
    groups = sorted({each.group for each in asked})
    lines = []
    for group in ("all", *(groups if len(groups) > 1 else ())):
        places = [place for place, each in enumerate(asked) if group in ("all", each.group)]
        clusters = [asked[place].cluster for place in places]
        for system in SYSTEMS:
            names = found[places[0]][system]
            figures = {name: mean([found[place][system][name] for place in places], clusters) for name in names}
            lines.append(Line(group, system + suffix, len(places), figures))
    return lines


def _rankings(searcher: Searcher, question: Question) -> dict[str, list[str]]:
    """The texts that each system returns, best first; a search tells the ranks in the two rankings that it fused."""
    everything = 2 * CANDIDATES
    bare = SearchQuery(question.standalone, limit=everything, max_per_document=everything, max_per_publisher=everything)
    named = replace(
        bare,
        companies=question.asked_ids,
        skills=question.skills,
        topics=question.topics,
        countries=question.countries,
    )
    fused = searcher.reweighted(BARE).search(bare)
    return {
        "product": _texts(fused if named == bare else searcher.search(named)),
        "fused (RRF)": _texts(fused),
        "BM25 alone": _texts(_by_rank(fused, "lexical_rank")),
        "cosine alone": _texts(_by_rank(fused, "dense_rank")),
    }


def _by_rank(hits: Sequence[Hit], name: str) -> list[Hit]:
    """The hits that one ranking has, in its order."""
    ranks = [(rank, hit) for hit in hits if (rank := hit.why[name]) is not None]
    return [hit for _, hit in sorted(ranks, key=lambda pair: pair[0])]


def _texts(hits: Sequence[Hit]) -> list[str]:
    """The first `RETURNED` texts, each at the place of its best passage."""
    return list(dict.fromkeys(hit.document.id for hit in hits))[:RETURNED]


def _figures(ids: Sequence[str], relevant: frozenset[str]) -> dict[str, float]:
    gains = np.array([float(key in relevant) for key in ids], dtype=np.float64)
    every = np.ones(len(relevant))
    return {
        "Hits@4": float(gains[:4].any()),
        "Hits@10": float(gains.any()),
        "MRR@10": reciprocal_rank(gains),
        "Recall@5": recall_at_k(gains, every, 5),
        "Recall@10": recall_at_k(gains, every, 10),
    }


def _by_group(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Lines of one group together, in the order in which groups and systems first appear."""
    order = list(dict.fromkeys(line.group for line in lines))
    return tuple(sorted(lines, key=lambda line: order.index(line.group)))
