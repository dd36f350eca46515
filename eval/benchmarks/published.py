"""Figures that others published on these sets, each with where it was read.

Nothing here is measured by us. A figure that follows from somebody else's published replies says so.
"""

from __future__ import annotations

from eval.benchmarks.outcome import Published

_MULTIHOP = "summary of arXiv 2401.15391 at app.argminai.com/arxiv-dashboard/papers/2401.15391v1"
MULTIHOP_RAG: tuple[Published, ...] = (
    Published("best retriever, with reranker, over whole stories", {"Hits@4": 0.6625, "Hits@10": 0.7467}, _MULTIHOP),
)

_MTRAG = "MTRAG-UN-arxiv.pdf in IBM/mt-rag-benchmark, table 2; arXiv 2602.23184"
MTRAG_UN: tuple[Published, ...] = tuple(
    Published(f"{system}, {reading}", {"Recall@5": value}, _MTRAG)
    for system, last_turn, rewritten in (
        ("BM25", 0.29, 0.36),
        ("BGE-base 1.5", 0.25, 0.38),
        ("Granite R2", 0.29, 0.40),
        ("Elser", 0.40, 0.49),
    )
    for reading, value in (("last turn", last_turn), ("rewritten question", rewritten))
)

_NOMIRACL = (
    "counted from the reply files of project-miracl/nomiracl, results/baselines, by its own rule; arXiv 2312.11361"
)
NOMIRACL: tuple[Published, ...] = tuple(
    Published(model, {"rejected": 1 - present, "refused": refused}, _NOMIRACL)
    for model, present, refused in (
        ("gpt-4-azure", 0.424, 0.048),
        ("gpt-3.5-turbo-azure", 0.444, 0.080),
        ("Mixtral-8x7B-Instruct-v0.1", 0.272, 0.208),
        ("Mistral-7B-Instruct-v0.2", 0.064, 0.588),
        ("Orca-2-13b", 0.876, 0.004),
        ("llama-2-70b-chat", 0.896, 0.000),
        ("flan-t5-xxl", 0.812, 0.012),
    )
)
"""English, 250 + 250 questions. "rejected" is what is not "says present" on the half without an answer (invalid replies
count as rejected, in the models' favour), "refused" is "says don't know" on the half with one.
"""
