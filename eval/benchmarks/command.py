"""The command `python -m eval.benchmarks NAME --data DIR`: one public benchmark, its table, and JSON on request."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from corpus.embed import Embedder, load_embedder
from corpus.entities import Entities, load_entities
from corpus.errors import CorpusError
from eval.benchmarks.outcome import Outcome, as_json, as_text
from eval.benchmarks.reading import clapnq_dev, nomiracl_en, realtimeqa, rgb_fact
from eval.benchmarks.retrieval import mtragun, multihoprag
from eval.benchmarks.rows import BenchmarkError
from eval.embeddings import RememberingEmbedder
from service.errors import SettingsError
from service.settings import load_settings

Benchmark = Callable[[Path, Entities, Embedder, int | None], Outcome]

BENCHMARKS: Mapping[str, Benchmark] = {
    "multihoprag": multihoprag,
    "mtragun": mtragun,
    "nomiracl_en": nomiracl_en,
    "clapnq_dev": clapnq_dev,
    "rgb_fact": rgb_fact,
    "realtimeqa": realtimeqa,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one benchmark and print it; 0 when it ran, 2 when its files or the model cannot be used."""
    options = _options(arguments)
    started = time.perf_counter()
    try:
        settings = load_settings()
        model = load_embedder(settings.embedding_model, settings.data_dir)
        embedder = RememberingEmbedder(model, settings.data_dir / "cache")
        entities = load_entities(settings.corpus_dir / "entities.yaml")
        outcome = BENCHMARKS[options.name](options.data, entities, embedder, options.limit)
        seconds = time.perf_counter() - started
        if options.json:
            body = as_json(outcome) | {"limit": options.limit, "seconds": round(seconds, 1)}
            options.json.write_text(json.dumps(body, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except (BenchmarkError, CorpusError, SettingsError, OSError) as error:
        print(f"eval: {error}", file=sys.stderr)
        return 2
    print(as_text(outcome))
    part = f" on {options.limit} rows at most" if options.limit is not None else ""
    print(f"\n{outcome.name}{part}, {seconds:.0f} s. In brackets: 95 % bootstrap intervals.")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.benchmarks", description=__doc__)
    parser.add_argument("name", choices=BENCHMARKS, metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the public sets (NAME.jsonl)")
    parser.add_argument("--limit", type=_count, help="take this many rows at most, spread over the set")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file as well")
    return parser.parse_args(arguments)


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return count
