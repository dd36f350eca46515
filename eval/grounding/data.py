"""Labelled statements and questions from the files of a data folder, in one form.

`DIR/grounding/*.jsonl` (human labels), `DIR/contrastive/{train,dev}.jsonl`, `DIR/planted/dev.jsonl`, `DIR/nli/*.jsonl`
and the passages of `DIR/retrieval` that do or do not answer a question. What each set is and under which licence it
stands, says the README beside it. A folder that is missing is said to be, never skipped in silence. Two sets lie beside
this module: `planted.jsonl`, hand-written claims over the shipped corpus, and `labelled.jsonl`, sentences that local
models wrote about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from corpus.split import sentence_spans
from eval.jsonl import rows

HUMAN_SETS = (
    "begin_wow", "begin_tc", "factscore", "fever_symmetric", "fm2", "qags_cnndm", "qags_xsum", "ragtruth_qa",
    "ragtruth_qa_sentences", "summedits", "wice",
)  # fmt: skip
"""The files that are looked for in `DIR/grounding`."""

PLANTED = Path(__file__).with_name("planted.jsonl")
"""100 honest paraphrases and 100 claims with one planted error over shipped briefs, written and labelled by hand.

Half is dev and half test, without a brief in common, and no brief of `DIR/planted/dev.jsonl` is used. For measuring
only, never for training; thresholds may be read off the dev half. The second part of an `id` tells errors that keep the
source's own words (`hostile`) from reworded ones (`fluent`).
"""

LABELLED = Path(__file__).with_name("labelled.jsonl")
"""What `eval.grounding.generate` wrote, read sentence by sentence: the set on our own corpus."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement beside the sentences of its source; `label` is 1 when they support it.

    `source` names the source text, for resampling; `response` the whole response that the statement was cut from.
    """

    id: str
    text: str
    sentences: tuple[str, ...]
    label: int
    source: str
    response: str
    kind: str
    split: str
    published: date | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question beside the sentences of a source; `answers` are the indexes of those that answer it.

    `label` is 1 when the source answers it, also where it is not known by which sentence (`answers` is then empty).
    """

    id: str
    text: str
    sentences: tuple[str, ...]
    answers: tuple[int, ...]
    label: int
    source: str
    kind: str


def sentences_of(text: str) -> tuple[str, ...]:
    """The sentences of a text as `corpus.split` cuts them; the whole of it when there are none."""
    return tuple(text[start:end] for start, end in sentence_spans(text) if text[start:end].strip()) or (text,)


def human(path: Path) -> list[Claim]:
    """All rows of a file of `DIR/grounding`, whatever their split."""
    cut: dict[str, tuple[str, ...]] = {}
    claims = []
    for row in rows(path):
        source = row["source"]
        if source not in cut:
            cut[source] = sentences_of(source)
        # summedits has some thirty edits of each summary, which stand and fall together.
        unit = row["group"] if row["set"] == "summedits" else source
        claims.append(
            Claim(
                row["id"], row["claim"], cut[source], int(row["label"]), unit, row["group"], row["task"], row["split"]
            )
        )
    return claims


def contrastive(path: Path) -> list[Claim]:
    """The claims of a file of `DIR/contrastive`."""
    return [
        Claim(
            f"{row['id']}/{number}", claim["claim"], tuple(row["source"]), int(claim["label"]), row["id"],
            f"{row['id']}/{number}", claim["kind"], path.stem,
        )
        for row in rows(path)
        for number, claim in enumerate(row["claims"])
    ]  # fmt: skip


def contrastive_questions(path: Path) -> list[Asked]:
    """The questions of a file of `DIR/contrastive`."""
    return [
        Asked(
            f"{row['id']}/q{number}", asked["question"], tuple(row["source"]), tuple(asked["answers"]),
            int(bool(asked["answers"])), row["id"], asked["kind"],
        )
        for row in rows(path)
        for number, asked in enumerate(row["questions"])
    ]  # fmt: skip


def planted(path: Path) -> list[Claim]:
    """The claims of `DIR/planted/dev.jsonl` or of `PLANTED`; rows without a split are dev."""
    return [
        Claim(
            row["id"],
            row["claim"],
            tuple(sentence for passage in row["passages"] for sentence in sentences_of(passage)),
            int(row["label"]),
            " ".join(row["docs"]),
            row["id"],
            row["kind"],
            row.get("split", "dev"),
            date.fromisoformat(row["published"]),
        )
        for row in rows(path)
    ]


def labelled(path: Path = LABELLED) -> list[Claim]:
    """The sentences of `labelled.jsonl`, both splits; those of one answer stand in order and share `response`.

    A sentence is labelled as it is meant in its answer, so a pronoun in it may refer to an earlier one. The splits
    share no question, and `source` is the question: all that was written about it was read from much the same passages.
    """
    return [
        Claim(
            row["id"],
            row["claim"],
            tuple(sentence for passage in row["passages"] for sentence in sentences_of(passage)),
            int(row["label"]),
            row["question"],
            row["id"].rpartition("-")[0],
            row["kind"],
            row["split"],
            date.fromisoformat(row["published"]) if row["published"] else None,
        )
        for row in rows(path)
    ]


def entailment(path: Path) -> list[Claim]:
    """The pairs of a file of `DIR/nli`; only entailment is support."""
    return [
        Claim(
            f"{path.stem}/{number}", row["hypothesis"], sentences_of(row["premise"]), int(row["label"] == "entailment"),
            row["premise"], f"{path.stem}/{number}", row["label"], "dev",
        )
        for number, row in enumerate(rows(path))
        if row["hypothesis"].strip() and row["premise"].strip()
    ]  # fmt: skip


def passages_asked(path: Path) -> list[Asked]:
    """The questions of a file of `DIR/retrieval` whose passages are given and known to answer them or not."""
    found = []
    for row in rows(path):
        passages = row["positive"] if row["answerable"] else row["negative"]
        texts = [passage["text"] for passage in passages or row["unlabelled"]]
        if row["answerable"] is None or not texts:
            continue
        sentences = tuple(sentence for text in texts for sentence in sentences_of(text))
        found.append(Asked(row["id"], row["question"], sentences, (), int(row["answerable"]), row["id"], path.stem))
    return found
