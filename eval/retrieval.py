"""Does search find the passages that an answer must rest on?

Metrics of ranked retrieval as pure functions over NumPy arrays, and a command that measures search over questions with
gold sentences: `python -m eval.retrieval --questions FILE.jsonl`. A passage is relevant when it holds (part of) a gold
sentence; its gain is 2 for a vital sentence and 1 for an okay one. Every metric takes

- `gains`: the gain of each returned passage, best first, 0 for an irrelevant one;
- `relevant`: the gains of all relevant passages of the question, returned or not, in any order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
