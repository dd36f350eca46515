"""How good is each judge of support, measured on labelled sets? Run `python -m eval.judges --data DIR`.

Judges score statements between 0 (unsupported) and 1. One threshold per judge is fixed on development data for all
sets; figures come with a 95 % interval over resampled sources, and sets that `DIR` does not have are named. With
`--html FILE` the table and reliability diagrams are written as one page, with `--json FILE` all figures.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Protocol
from xml.etree import ElementTree as Xml

import numpy as np
from rich.console import Console
from rich.table import Table

from corpus.embed import DEFAULT_MODEL, Embedder, load_embedder
from corpus.entities import load_entities
from eval.embeddings import RememberingEmbedder
from eval.grounding import sample
from eval.grounding.data import (
    HUMAN_SETS,
    LABELLED,
    PLANTED,
    Asked,
    Claim,
    contrastive,
    contrastive_questions,
    human,
    labelled,
    passages_asked,
    planted,
)
from eval.grounding.metrics import (
    Array,
    Estimate,
    Labels,
    balanced_accuracy,
    bootstrap,
    calibration_error,
    f1_unsupported,
    reliability,
    roc_auc,
    threshold_for,
)
from service.answering.terms import content_terms
from service.grounding.checker import Checker, shipped_checker
from service.grounding.cross_encoder import CrossEncoder, CrossEncoderAnswers, CrossEncoderScore, has_cross_encoder
from service.grounding.lexicon import Lexicon
from service.grounding.score import MODEL, Answerability, LearnedScore
from service.grounding.verdict import Item as Checked
from service.settings import load_settings

THRESHOLD_SETS = ("contrastive", "begin_wow", "factscore", "fever_symmetric", "qags_cnndm", "qags_xsum")
"""Sets whose dev rows fix each judge's threshold. Sets with dev rows only (wice, fm2, begin_tc, planted) take no part,
so their figures are held out too."""

QUESTION_SETS = ("clapnq_dev", "nomiracl_en")
"""Files of `DIR/retrieval` that say of given passages whether they answer the question."""

PUBLISHED = (
    "summedits, published balanced accuracy over whole domains, ten of them (the set here has five, repeats dropped): "
    "SummaCConv .571, Llama-2-13B .584, QAFactEval .657, GPT-4 .821, people .909 (Laban et al. 2023).",
    "fever_symmetric, published for version 0.1 (here 0.2), accuracy of a BERT classifier: .575, re-weighted .616 "
    "(Schuster et al. 2019).",
    "Published figures of qags, factscore, ragtruth and wice are about other splits or selections.",
)


@dataclass(frozen=True, slots=True)
class Item:
    """A statement or question beside its sentences; `response` names the answer that a statement was cut from."""

    id: str
    text: str
    sentences: tuple[str, ...]
    label: int
    source: str
    response: str
    kind: str
    published: date | None = None


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """A set to be measured on; `split` is test, or dev where nothing else is to be had. `threshold_items` are the dev
    rows that take part in fixing thresholds.
    """

    name: str
    split: str
    items: tuple[Item, ...]
    threshold_items: tuple[Item, ...] = ()


class Judge(Protocol):
    """Scores items between 0 and 1, higher for better supported (or answered)."""

    @property
    def name(self) -> str:
        """As it stands in the table."""

    def scores(self, items: Sequence[Item]) -> Array:
        """One score an item."""


@dataclass(frozen=True)
class Always:
    """Calls everything supported: what the other judges must beat."""

    name: str = "always supported"

    def scores(self, items: Sequence[Item]) -> Array:
        """1 for each."""
        return np.ones(len(items))


@dataclass(frozen=True)
class Overlap:
    """The share of the statement's words that the source has, whatever their order."""

    name: str = "lexical overlap"

    def scores(self, items: Sequence[Item]) -> Array:
        """Share of distinct content terms; 0 for a statement without any."""
        found = []
        for item in items:
            mine = set(content_terms(item.text))
            theirs = {term for sentence in item.sentences for term in content_terms(sentence)}
            found.append(len(mine & theirs) / len(mine) if mine else 0.0)
        return np.array(found)


class Cosine:
    """The cosine of the statement with the nearest sentence."""

    name = "embedding cosine"

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def scores(self, items: Sequence[Item]) -> Array:
        """Greatest cosine, negative ones counting 0."""
        found = []
        for item in items:
            vectors = self._embedder.embed([item.text, *item.sentences])
            found.append(max(0.0, float((vectors[1:] @ vectors[0]).max())))
        return np.array(found)


class StageA:
    """The shipped learned score of support."""

    name = "stage A"

    def __init__(self, embedder: Embedder, folder: Path = MODEL) -> None:
        self._score = LearnedScore(embedder, folder)

    def scores(self, items: Sequence[Item]) -> Array:
        """Calibrated probability of support."""
        return np.array(self._score.support([(item.text, item.sentences) for item in items]))


class ShippedChecker:
    """The checker that answers and `ally check` use: exact rules that veto, beside a score."""

    name = "shipped checker"

    def __init__(self, corpus_dir: Path) -> None:
        self._checker = _shipped(corpus_dir)

    def scores(self, items: Sequence[Item]) -> Array:
        """Its support; what a rule objects to lies below what only the score doubts."""
        asked = [Checked(item.text, (" ".join(item.sentences),), item.published) for item in items]
        return np.array([verdict.support for verdict in self._checker.check_all(asked)])


def _shipped(corpus_dir: Path) -> Checker:
    return shipped_checker(load_entities(corpus_dir / "entities.yaml"))


class StageAAnswers:
    """The shipped learned score of answerability: that of the sentence which answers best."""

    name = "stage A"

    def __init__(self, embedder: Embedder, folder: Path = MODEL) -> None:
        self._score = Answerability(embedder, folder)

    def scores(self, items: Sequence[Item]) -> Array:
        """Greatest probability over the sentences."""
        return np.array([max(self._score.scores(item.text, item.sentences), default=0.0) for item in items])


class StageB:
    """The cross-encoder of support, alone or joined with stage A."""

    def __init__(self, folder: Path, first: LearnedScore | None = None) -> None:
        self.name = "joined" if first else "stage B"
        self._score = CrossEncoderScore(Lexicon.load(folder / "lexicon.npz"), CrossEncoder(folder), first)

    def scores(self, items: Sequence[Item]) -> Array:
        """Calibrated probability of support."""
        return np.array(self._score.support([(item.text, item.sentences) for item in items]))


class StageBAnswers:
    """The cross-encoder of answerability, alone or joined with stage A: that of the sentence which answers best."""

    def __init__(self, folder: Path, first: Answerability | None = None) -> None:
        self.name = "joined" if first else "stage B"
        self._score = CrossEncoderAnswers(CrossEncoder(folder), first)

    def scores(self, items: Sequence[Item]) -> Array:
        """Greatest probability over the sentences."""
        return np.array([max(self._score.scores(item.text, item.sentences), default=0.0) for item in items])


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one judge on one set. `best` is the balanced accuracy at the threshold that suits this very set
    best, which no user can know.
    """

    set: str
    split: str
    judge: str
    statements: int
    sources: int
    supported: float
    threshold: float
    auc: Estimate
    balanced: Estimate
    best: float
    f1: Estimate
    calibration: Estimate
    milliseconds: Estimate
    reliability: tuple[tuple[float, float, int], ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0 when at least one set was there."""
    parser = argparse.ArgumentParser(prog="python -m eval.judges", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with the labelled sets")
    parser.add_argument("--only", nargs="+", default=[], metavar="SET", help="measure these sets alone")
    parser.add_argument("--limit", type=int, metavar="N", help="about N statements a set, whole sources")
    parser.add_argument("--draws", type=int, default=1_000, help="bootstrap resamples (default 1000)")
    parser.add_argument("--timed", type=int, default=20, help="statements a set on which speed is taken (default 20)")
    parser.add_argument("--model", type=Path, default=MODEL, metavar="DIR", help="default: the shipped model")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the tables and diagrams as a page")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    settings = load_settings()
    plain = load_embedder(DEFAULT_MODEL, settings.data_dir)
    stored = RememberingEmbedder(plain, settings.data_dir / "cache")
    claims, questions, missing = labelled_sets(options.data, options.only)
    if options.limit:
        claims, questions = ([limited(each, options.limit) for each in sets] for sets in (claims, questions))
    rows: list[Row] = []
    judges_of: list[tuple[list[LabelledSet], Callable[[Embedder], list[Judge]]]] = [
        (claims, lambda embedder: _support_judges(embedder, options.model, settings.corpus_dir)),
        (questions, lambda embedder: _answer_judges(embedder, options.model)),
    ]
    for sets, make in judges_of:
        if sets:
            for judge, timed in zip(make(stored), make(plain), strict=True):
                rows += judged(judge, timed, sets, draws=options.draws, timed_items=options.timed, seed=options.seed)
    shares = {} if options.only else sample.measure(_shipped(settings.corpus_dir), settings.corpus_dir)
    console = Console(width=None if sys.stdout.isatty() else 150)
    for title, sets in (("Does the source support the statement?", claims), ("Is the question answered?", questions)):
        if sets:
            console.print(_table(title, [row for row in rows if row.set in {each.name for each in sets}]))
    if shares:
        console.print(_shares_table(shares))
    for line in (*_means(rows, claims), *_notes(missing)):
        console.print(line)
    if options.json:
        options.json.write_text(
            json.dumps({"rows": [asdict(row) for row in rows], "shares": shares, "missing": missing}, indent=2) + "\n",
            encoding="utf-8",
        )
    if options.html:
        options.html.write_text(page(rows, shares, _notes(missing)), encoding="utf-8")
    return 0 if rows else 1


def _support_judges(embedder: Embedder, model: Path, corpus_dir: Path) -> list[Judge]:
    judges: list[Judge] = [
        Always(), Overlap(), Cosine(embedder), StageA(embedder, model), ShippedChecker(corpus_dir),
    ]  # fmt: skip
    if has_cross_encoder(model):
        judges += [StageB(model), StageB(model, LearnedScore(embedder, model))]
    return judges


def _answer_judges(embedder: Embedder, model: Path) -> list[Judge]:
    judges: list[Judge] = [Always("always answered"), Overlap(), Cosine(embedder), StageAAnswers(embedder, model)]
    if has_cross_encoder(model):
        judges += [StageBAnswers(model), StageBAnswers(model, Answerability(embedder, model))]
    return judges


def labelled_sets(folder: Path, only: Sequence[str] = ()) -> tuple[list[LabelledSet], list[LabelledSet], list[str]]:
    """Sets of statements, sets of questions, and the names of the files that are not in `folder`.

    Args:
        folder: the data folder.
        only: names of sets to read; all when empty.
    """
    missing: list[str] = []

    known: set[str] = set()

    def there(name: str, path: Path) -> bool:
        known.add(name)
        if only and name not in only:
            return False
        if not path.is_file():
            missing.append(f"{name} ({path.relative_to(folder)})")
            return False
        return True

    claims: list[LabelledSet] = []
    path = folder / "contrastive" / "dev.jsonl"
    if there("contrastive", path):
        items = tuple(_statement(claim) for claim in contrastive(path))
        claims.append(LabelledSet("contrastive", "dev", items, items))
    path = folder / "planted" / "dev.jsonl"
    if there("planted", path):
        claims.append(LabelledSet("planted", "dev", tuple(_statement(claim) for claim in planted(path))))
    for name, own in (("our claims", planted(PLANTED)), ("our models' sentences", labelled(LABELLED))):
        known.add(name)
        if not only or name in only:
            test, dev = (tuple(_statement(c) for c in own if c.split == split) for split in ("test", "dev"))
            claims.append(LabelledSet(name, "test", test, dev))
    for name in HUMAN_SETS:
        path = folder / "grounding" / f"{name}.jsonl"
        if there(name, path):
            read = human(path)
            split = "test" if any(claim.split == "test" for claim in read) else "dev"
            rows_of_dev = [claim for claim in read if claim.split == "dev"] if name in THRESHOLD_SETS else []
            items = tuple(_statement(claim) for claim in read if claim.split == split)
            claims.append(LabelledSet(name, split, items, tuple(map(_statement, rows_of_dev))))
            if name.endswith("_sentences"):
                claims.append(LabelledSet(f"{name}, responses", split, items))
    questions: list[LabelledSet] = []
    path = folder / "contrastive" / "dev.jsonl"
    if there("contrastive questions", path):
        items = tuple(_question(asked) for asked in contrastive_questions(path))
        questions.append(LabelledSet("contrastive questions", "dev", items, items))
    for name in QUESTION_SETS:
        path = folder / "retrieval" / f"{name}.jsonl"
        if there(name, path):
            questions.append(LabelledSet(name, "test", tuple(_question(asked) for asked in passages_asked(path))))
    missing += [
        f"{name} (no set of that name; there are {', '.join(sorted(known))})" for name in sorted({*only} - known)
    ]
    return claims, questions, missing


def _statement(claim: Claim) -> Item:
    return Item(
        claim.id, claim.text, claim.sentences, claim.label, claim.source, claim.response, claim.kind, claim.published
    )  # fmt: skip


def _question(asked: Asked) -> Item:
    return Item(asked.id, asked.text, asked.sentences, asked.label, asked.source, asked.id, asked.kind)


def limited(labelled: LabelledSet, limit: int) -> LabelledSet:
    """Whole sources in an order that depends on nothing but their text, until there are `limit` items."""

    def first(items: Iterable[Item]) -> tuple[Item, ...]:
        by_source: dict[str, list[Item]] = {}
        for item in items:
            by_source.setdefault(item.source, []).append(item)
        kept: list[Item] = []
        for source in sorted(by_source, key=lambda name: hashlib.sha256(name.encode()).digest()):
            if len(kept) >= limit:
                break
            kept += by_source[source]
        return tuple(kept)

    return LabelledSet(labelled.name, labelled.split, first(labelled.items), first(labelled.threshold_items))


def judged(
    judge: Judge, timed: Judge, sets: Sequence[LabelledSet], *, draws: int, timed_items: int, seed: int
) -> list[Row]:
    """The figures of one judge on every set, at one threshold from the sets' dev rows (.5 when there are none).

    Args:
        judge: the judge, free to remember vectors from an earlier run.
        timed: the same judge without such a memory, whose speed is taken.
        sets: the sets; one whose name ends in "responses" is measured by response, the least of its scores.
        draws: bootstrap resamples.
        timed_items: statements a set on which speed is taken.
        seed: of the resamples.
    """
    known: dict[tuple[str, str], Array] = {}

    def scored(items: tuple[Item, ...]) -> Array:
        key = (items[0].id, items[-1].id)
        if key not in known:
            known[key] = judge.scores(items)
        return known[key]

    dev = [
        (scored(each.threshold_items), np.array([item.label for item in each.threshold_items]))
        for each in sets
        if each.threshold_items
    ]
    threshold = threshold_for(dev) if dev else 0.5
    rows = []
    for each in sets:
        if not each.items:
            continue
        print(f"{judge.name}: {each.name}, {len(each.items)} statements", file=sys.stderr, flush=True)
        scores, labels = scored(each.items), np.array([item.label for item in each.items])
        sources = [item.source for item in each.items]
        if each.name.endswith("responses"):
            scores, labels, sources = _by_response(each.items, scores)
        rows.append(
            _row(
                each,
                judge.name,
                (scores, labels, sources),
                threshold,
                _times(timed, each.items, timed_items),
                draws,
                seed,
            )
        )
    return rows


def _by_response(items: Sequence[Item], scores: Array) -> tuple[Array, Labels, list[str]]:
    """A response is as well supported as the least supported of its sentences."""
    least: dict[str, tuple[float, int, str]] = {}
    for item, score in zip(items, scores, strict=True):
        known = least.get(item.response, (float("inf"), 1, item.source))
        least[item.response] = (min(known[0], float(score)), min(known[1], item.label), item.source)
    values = list(least.values())
    return np.array([v[0] for v in values]), np.array([v[1] for v in values]), [v[2] for v in values]


def _times(judge: Judge, items: Sequence[Item], count: int) -> Array:
    """Milliseconds for each of `count` items spread over the set; sources are new to the judge."""
    chosen = items[:: max(1, len(items) // max(1, count))][:count]
    taken = []
    for item in chosen:
        begin = time.perf_counter()
        judge.scores([item])
        taken.append(1_000 * (time.perf_counter() - begin))
    return np.array(taken or [0.0])


def _row(
    labelled: LabelledSet,
    judge: str,
    values: tuple[Array, Labels, list[str]],
    threshold: float,
    times: Array,
    draws: int,
    seed: int,
) -> Row:
    scores, labels, sources = values

    def estimate(metric: Callable[[Array, Labels, Array], float]) -> Estimate:
        return bootstrap(metric, scores, labels, sources, draws=draws, seed=seed)

    no_labels = np.zeros(len(times), dtype=np.int64)
    return Row(
        set=labelled.name,
        split=labelled.split,
        judge=judge,
        statements=len(scores),
        sources=len(set(sources)),
        supported=float(labels.mean()),
        threshold=threshold,
        auc=estimate(roc_auc),
        balanced=estimate(lambda s, y, w: balanced_accuracy(s, y, threshold, w)),
        best=balanced_accuracy(scores, labels, threshold_for([(scores, labels)])),
        f1=estimate(lambda s, y, w: f1_unsupported(s, y, threshold, w)),
        calibration=estimate(calibration_error),
        milliseconds=bootstrap(
            lambda s, _, w: float((s * w).sum() / max(1.0, w.sum())),
            times, no_labels, [str(number) for number in range(len(times))], draws=draws, seed=seed,
        ),
        reliability=tuple(reliability(scores, labels)),
    )  # fmt: skip


# --- reporting -------------------------------------------------------------------------------------------------------

_HEADINGS = ("set", "judge", "AUC", "balanced acc.", "best*", "F1 unsupported", "calibration error", "ms")


def _cells(row: Row) -> tuple[str, ...]:
    dev = " (dev)" if row.split == "dev" else ""
    return (
        f"{row.set}{dev}, {row.statements} of {row.sources}", row.judge, _shown(row.auc), _shown(row.balanced),
        _decimals(row.best), _shown(row.f1), _shown(row.calibration),
        f"{row.milliseconds.value:.1f} [{row.milliseconds.low:.1f}, {row.milliseconds.high:.1f}]",
    )  # fmt: skip


def _decimals(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")


def _shown(estimate: Estimate) -> str:
    return f"{_decimals(estimate.value)} [{_decimals(estimate.low)}, {_decimals(estimate.high)}]"


def _table(title: str, rows: Sequence[Row]) -> Table:
    table = Table(title=title, caption="n of sources · 95 % interval over sources · *at the set's own best threshold")
    for heading in _HEADINGS:
        table.add_column(heading)
    last = ""
    for row in _by_set(rows):
        cells = _cells(row)
        if cells[0] != last and last:
            table.add_section()
        table.add_row("" if cells[0] == last else cells[0], *cells[1:])
        last = cells[0]
    return table


def _by_set(rows: Sequence[Row]) -> list[Row]:
    order = {name: number for number, name in enumerate(dict.fromkeys(row.set for row in rows))}
    return sorted(rows, key=lambda row: order[row.set])


def _means(rows: Sequence[Row], sets: Sequence[LabelledSet]) -> list[str]:
    """Mean balanced accuracy over the human sets at the one threshold; the sentences of answers stand for answers."""
    counted = {each.name for each in sets} & (set(HUMAN_SETS) - {"ragtruth_qa"})
    lines = []
    for judge in dict.fromkeys(row.judge for row in rows):
        mine = [row for row in rows if row.judge == judge and row.set in counted]
        if mine:
            mean = float(np.mean([row.balanced.value for row in mine]))
            auc = float(np.mean([row.auc.value for row in mine]))
            lines.append(
                f"{judge}: mean balanced accuracy {_decimals(mean)} at threshold {mine[0].threshold:.3f}, mean AUC "
                f"{_decimals(auc)}, over {len(mine)} human-labelled sets"
            )
    return lines


def _notes(missing: Sequence[str]) -> list[str]:
    return [
        "Calibration error of lexical overlap and cosine takes the raw score for a probability, which it is not.",
        *PUBLISHED,
        f"Not found and not measured: {', '.join(missing)}." if missing else "Every set that was asked for was found.",
    ]


SHARES = (
    "Statements of the sample: hand-written claims and sentences of local models (test halves), and true sentences of "
    "the corpus that were changed in one way each."
)


def _shares_table(shares: sample.Shares) -> Table:
    table = Table(title="The shipped checker at its threshold", caption=SHARES)
    table.add_column("statements")
    table.add_column("share", justify="right")
    for name, share in shares.items():
        table.add_row(name, f"{share:.1%}")
    return table


def _shares_rows(shares: sample.Shares) -> str:
    return "".join(f"<tr><td>{html.escape(name)}</td><td>{share:.1%}</td></tr>" for name, share in shares.items())


_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1a1a1a;background:#fff}
table{border-collapse:collapse;width:100%;font-size:13px}th,td{padding:.25rem .5rem;text-align:left;
border-bottom:1px solid #ddd}tr.first td{border-top:2px solid #888}figure{display:inline-block;margin:0 1.5rem 1rem 0}
figcaption{font-weight:600}li{margin:.2rem 0}
"""


def page(rows: Sequence[Row], shares: sample.Shares, notes: Sequence[str]) -> str:
    """The tables, notes and a reliability diagram for each judge as an HTML page without anything from elsewhere."""
    head = "".join(f"<th>{html.escape(heading)}</th>" for heading in _HEADINGS)
    lines, last = [], ""
    for row in _by_set(rows):
        cells = _cells(row)
        first = cells[0] != last
        last = cells[0]
        shown = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        lines.append(f'<tr class="first">{shown}</tr>' if first else f"<tr>{shown}</tr>")
    figures = "".join(
        f"<figure><figcaption>{html.escape(judge)}</figcaption>"
        f"{diagram([row for row in rows if row.judge == judge])}</figure>"
        for judge in dict.fromkeys(row.judge for row in rows)
    )
    items = "".join(f"<li>{html.escape(note)}</li>" for note in notes)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Judges of support</title>'
        f"<style>{_STYLE}</style></head><body><h1>Judges of support</h1>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
        f"<h2>Reliability</h2><p>Score (across) against the share that people call supported (up), one line a set.</p>"
        f"{figures}<h2>The shipped checker at its threshold</h2><p>{SHARES}</p>"
        f"<table><tbody>{_shares_rows(shares)}</tbody></table><h2>Notes</h2><ul>{items}</ul></body></html>\n"
    )


_SIDE, _MARGIN = 280, 34
_COLOURS = ("#1b6ca8", "#c8553d", "#2f7d4f", "#8e5ea2", "#b8860b", "#5a6b7b", "#d1495b", "#00798c", "#6b4226", "#444")


def diagram(rows: Sequence[Row]) -> str:
    """A reliability diagram as SVG: a line for each row, the diagonal is perfect calibration."""
    size = _SIDE + 2 * _MARGIN
    svg = Xml.Element(
        "svg", xmlns="http://www.w3.org/2000/svg", width=str(size), height=str(size), role="img",
        viewBox=f"0 0 {size} {size}",
    )  # fmt: skip

    def at(across: float, up: float) -> str:
        return f"{_MARGIN + across * _SIDE:.1f},{_MARGIN + (1 - up) * _SIDE:.1f}"

    Xml.SubElement(svg, "polyline", points=" ".join(map(at, (0, 0, 1), (1, 0, 0))), fill="none", stroke="#333")
    Xml.SubElement(
        svg, "polyline", points=f"{at(0, 0)} {at(1, 1)}", fill="none", stroke="#999", attrib={"stroke-dasharray": "4 4"}
    )
    for value in (0.0, 0.5, 1.0):
        across, up = at(value, 0).split(","), at(0, value).split(",")
        Xml.SubElement(
            svg, "text", x=across[0], y=str(float(across[1]) + 16), attrib={"font-size": "11", "text-anchor": "middle"}
        ).text = f"{value:g}"
        Xml.SubElement(
            svg, "text", x=str(float(up[0]) - 6), y=up[1], attrib={"font-size": "11", "text-anchor": "end"}
        ).text = f"{value:g}"
    for number, row in enumerate(rows):
        colour = _COLOURS[number % len(_COLOURS)]
        line = Xml.SubElement(svg, "g", fill=colour, stroke=colour, attrib={"stroke-width": "1.5"})
        Xml.SubElement(line, "title").text = f"{row.set}: calibration error {_decimals(row.calibration.value)}"
        points = [at(score, share) for score, share, _ in row.reliability]
        Xml.SubElement(line, "polyline", points=" ".join(points), fill="none")
        for point, (_, _, count) in zip(points, row.reliability, strict=True):
            x, _, y = point.partition(",")
            circle = Xml.SubElement(line, "circle", cx=x, cy=y, r="3")
            Xml.SubElement(circle, "title").text = f"{row.set}: {count} statements"
    return Xml.tostring(svg, encoding="unicode")


if __name__ == "__main__":
    sys.exit(main())
