"""Does search find the passages that an answer must rest on? Run `python -m eval.retrieval --questions FILE.jsonl`.

Metrics of ranked retrieval as pure functions over NumPy arrays, and a command that measures search over questions with
gold sentences, by type of question: each ranking alone, both fused, with the priors and limits of a real search, and
with the news filtered by the companies asked for. A passage is relevant when it holds (part of) a gold sentence; its
gain is 2 for a vital sentence and 1 for an okay one. Recall and MRR count vital passages only, nDCG both.

Every metric takes `gains`, the gain of each returned passage, best first, 0 for an irrelevant one; and most take
`relevant`, the gains of all relevant passages of the question, returned or not, in any order.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.entities import Entities, Links
from corpus.errors import CorpusError
from corpus.search import Hit, Ranking, Searcher, SearchFilter, SearchQuery
from corpus.store import Store
from eval import jsonl
from eval.golden import TODAY
from service.answering.engine import open_engine
from service.settings import load_settings

GAIN: Mapping[str, float] = {"vital": 2.0, "okay": 1.0}

RETURNED = 24
"""Passages asked of search, as many as a default `SearchQuery` returns."""

Gains = NDArray[np.float64]


def recall_at_k(gains: Gains, relevant: Gains, k: int) -> float:
    """Share of the relevant passages that stand among the first `k`; NaN when there is none to find.

    Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008, section 8.3 (recall) with the cut-off
    of 8.4.
    """
    if not np.count_nonzero(relevant):
        return float("nan")
    return float(np.count_nonzero(gains[:k]) / np.count_nonzero(relevant))


def reciprocal_rank(gains: Gains) -> float:
    """1 / rank of the first relevant passage, 0 when none was returned. Its mean over questions is the MRR.

    Voorhees, "The TREC-8 Question Answering Track Report", 1999.
    """
    found = np.flatnonzero(gains)
    return float(1.0 / (found[0] + 1)) if found.size else 0.0


def dcg_at_k(gains: Gains, k: int) -> float:
    """Discounted cumulative gain: the sum of gain / log2(rank + 1) over the first `k` ranks.

    Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20(4), 2002, with the discount
    log2(rank + 1) that discounts from the second rank on (Burges et al., ICML 2005) and linear gains.
    """
    top = np.asarray(gains, dtype=np.float64)[:k]
    return float(np.sum(top / np.log2(np.arange(2, top.size + 2))))


def ndcg_at_k(gains: Gains, relevant: Gains, k: int) -> float:
    """DCG over the DCG of the best possible order (Järvelin and Kekäläinen 2002); NaN when nothing is relevant."""
    best = dcg_at_k(np.sort(np.asarray(relevant, dtype=np.float64))[::-1], k)
    return dcg_at_k(gains, k) / best if best > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class Judged:
    """A question with the names in it and the gain of every passage that is relevant to it, by passage id.

    `text` holds the last earlier question too when the question is a follow-up, since search gets standalone text.
    """

    id: str
    type: str
    text: str
    as_of: date
    links: Links
    gains: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class System:
    """A way to search that is measured: its weights, and what it asks for a question."""

    name: str
    ranking: Ranking
    query: Callable[[Judged], SearchQuery]


METRICS: Mapping[str, Callable[[Gains, Gains], float]] = {
    "recall@10": lambda gains, relevant: recall_at_k(_vital(gains), _vital(relevant), 10),
    "recall@20": lambda gains, relevant: recall_at_k(_vital(gains), _vital(relevant), 20),
    "MRR": lambda gains, _: reciprocal_rank(_vital(gains)),
    "nDCG@10": lambda gains, relevant: ndcg_at_k(gains, relevant, 10),
}


def systems() -> tuple[System, ...]:
    """The compared ways to search, from the barest to the product's own."""
    bare = Ranking(
        company_in_passage=0, company_in_document=0, skill=0, topic=0, country=0, role=0, recency=0
    )  # fmt: skip
    return (
        System("dense", replace(bare, lexical=0), _bare_query),
        System("lexical", replace(bare, dense=0), _bare_query),
        System("fused", bare, _bare_query),
        System("fused+priors", Ranking(), _query),
        System("company filter", Ranking(), _filtered_query),
    )


def judged_questions(rows: Iterable[Mapping[str, Any]], store: Store, entities: Entities) -> list[Judged]:
    """Those questions (lines of a question file) that have a vital gold sentence, with their relevant passages.

    Raises:
        ValueError: a gold sentence does not stand in the stored document that it names.
    """
    documents = {Path(document.path).name: document for document in store.documents(store.document_ids()).values()}
    judged = []
    for row in rows:
        gains: dict[str, float] = {}
        for gold in row["gold"]:
            document = documents.get(gold["doc"])
            start = document.text.find(gold["sentence"]) if document else -1
            if document is None or start < 0:
                raise ValueError(
                    f"Question {row['id']}: {gold['doc']} does not hold {gold['sentence']!r}; "
                    "run `ally sync`, or correct the question file."
                )
            end = start + len(gold["sentence"])
            for passage in store.document_passages(document.id):
                if passage.start < end and start < passage.end:
                    gains[passage.id] = max(gains.get(passage.id, 0.0), GAIN[gold["grade"]])
        if GAIN["vital"] in gains.values():
            judged.append(_judged(row, gains, entities))
    return judged


def hits_of(row: Mapping[str, Any], searcher: Searcher, entities: Entities) -> list[Hit]:
    """What the product's search finds for a question (a line of a question file), best first."""
    return searcher.search(_query(_judged(row, {}, entities)))


def measure(searcher: Searcher, system: System, questions: Iterable[Judged]) -> dict[str, NDArray[np.float64]]:
    """Every metric of `system`, one value a question, in the order of `questions`."""
    values: dict[str, list[float]] = {name: [] for name in METRICS}
    weighted = searcher.reweighted(system.ranking)
    for question in questions:
        hits = weighted.search(system.query(question))
        gains = np.array([question.gains.get(hit.passage.id, 0.0) for hit in hits])
        relevant = np.array(list(question.gains.values()))
        for name, metric in METRICS.items():
            values[name].append(metric(gains, relevant))
    return {name: np.array(column) for name, column in values.items()}


def report(questions: Sequence[Judged], measured: Mapping[str, Mapping[str, NDArray[np.float64]]]) -> str:
    """One table a metric: the mean over the questions of each type, and over all, a column a system."""
    types = np.array([question.type for question in questions])
    groups = [(name, types == name) for name in sorted(set(types))] + [("all", np.full(len(types), True))]
    tables = []
    for metric in METRICS:
        lines = [f"{metric:16}{'n':>5}" + "".join(f"{system:>16}" for system in measured)]
        for name, chosen in groups:
            means = "".join(f"{values[metric][chosen].mean():16.3f}" for values in measured.values())
            lines.append(f"{name:16}{chosen.sum():5}{means}")
        tables.append("\n".join(lines))
    return "\n\n".join(tables)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when it ran, 2 when the questions or the corpus cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.retrieval", description="Measure search on questions with gold sentences."
    )
    parser.add_argument("--questions", type=Path, required=True, help="JSONL file of questions")
    options = parser.parse_args(arguments)
    try:
        rows = list(jsonl.rows(options.questions))
        engine = open_engine(load_settings())
    except (OSError, json.JSONDecodeError) as error:
        print(f"eval: cannot read {options.questions}: {error}", file=sys.stderr)
        return 2
    except CorpusError as error:
        print(f"eval: {error}", file=sys.stderr)
        return 2
    try:
        questions = judged_questions(rows, engine.store, engine.entities)
        measured = {system.name: measure(engine.searcher, system, questions) for system in systems()}
    except ValueError as error:
        print(f"eval: {options.questions}: {error}", file=sys.stderr)
        return 2
    finally:
        engine.close()
    print(report(questions, measured))
    return 0


def _vital(gains: Gains) -> Gains:
    return np.where(gains >= GAIN["vital"], gains, 0.0)


def _judged(row: Mapping[str, Any], gains: Mapping[str, float], entities: Entities) -> Judged:
    text = " ".join((*row["history"][-1:], row["question"]))
    as_of = date.fromisoformat(row["as_of"]) if row["as_of"] else TODAY
    return Judged(row["id"], row["type"], text, as_of, entities.link(text), gains)


def _bare_query(question: Judged) -> SearchQuery:
    """The text alone; no limit per document or publisher either."""
    return SearchQuery(
        question.text,
        SearchFilter(as_of=question.as_of),
        limit=RETURNED,
        max_per_document=RETURNED,
        max_per_publisher=RETURNED,
    )


def _query(question: Judged) -> SearchQuery:
    """What the product asks: the text and the names in it."""
    links = question.links
    return SearchQuery(
        question.text,
        SearchFilter(as_of=question.as_of),
        companies=links.companies,
        skills=links.skills,
        topics=links.topics,
        countries=links.countries,
        roles=links.roles,
        limit=RETURNED,
    )


def _filtered_query(question: Judged) -> SearchQuery:
    """As `_query`, among the documents that name an asked company; guides, which name none, are shut out."""
    return replace(_query(question), filter=SearchFilter(as_of=question.as_of, companies=question.links.companies))


if __name__ == "__main__":
    sys.exit(main())
