"""The shipped checker on the committed sample: hand-written claims, a local model's sentences, and changed sentences.

`python -m eval.grounding.sample` prints what it catches and keeps, beside what stands in `service/grounding/model/
sample.json`; `--write` records it there. A test fails when the checker falls below the record. The whole measurement,
on all labelled sets, is `python -m eval.judges`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import corpus
from corpus.entities import load_entities
from eval.grounding.by_kind import labelled
from eval.grounding.mutations import EXACT, FINE, HONEST, cases, originals, verdicts
from service.grounding.checker import Checker, shipped_checker
from service.grounding.score import MODEL

RECORD: Final = MODEL / "sample.json"
SEED: Final = 2026
"""Of the changed sentences; `eval.grounding.mutations` was developed with another one."""
EACH: Final = 40
"""Changed sentences a kind: as many as a test has the time for."""
CLAIMS: Final = {"hand-written claims": "planted.jsonl", "sentences of local models": "labelled.jsonl"}
"""Files beside this module whose test split is measured."""

Shares = dict[str, float]
"""Name of a share → the share, 0..1: what is caught of the wrong and what is kept of the right. More is better."""


def measure(checker: Checker, corpus_dir: Path) -> Shares:
    """What the checker catches and keeps of the sample; each share is rounded to four decimals."""
    found: Shares = {}
    for name, file in CLAIMS.items():
        claims = [claim for claim in labelled(Path(__file__).parent / file) if claim.split == "test"]
        supported = [verdict.supported for verdict in checker.check_all([claim.item for claim in claims])]
        wrong = [not ok for ok, claim in zip(supported, claims, strict=True) if not claim.supported]
        right = [ok for ok, claim in zip(supported, claims, strict=True) if claim.supported]
        found[f"{name}, wrong ones caught"] = _share(wrong)
        found[f"{name}, right ones kept"] = _share(right)
    entities = load_entities(corpus_dir / "entities.yaml")
    sentences = list(originals(corpus_dir, entities))
    for group, what in ((EXACT + FINE, "caught"), (HONEST, "kept")):
        for mutate in group:
            checked = verdicts(checker, cases(mutate, sentences, entities, SEED, EACH))
            kind = mutate.__name__.replace("_", " ")
            found[f"{kind}, {what}"] = _share([verdict.supported == (what == "kept") for verdict in checked])
    return found


def recorded() -> Shares:
    """The shares on record.

    Raises:
        OSError, ValueError: the record is missing or damaged.
    """
    shares: Shares = json.loads(RECORD.read_text(encoding="utf-8"))
    return shares


def _share(right: Sequence[bool]) -> float:
    return round(sum(right) / len(right), 4) if right else 1.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and record when asked to; 1 when a share is below its record."""
    parser = argparse.ArgumentParser(prog="python -m eval.grounding.sample", description=__doc__)
    parser.add_argument("--write", action="store_true", help="record what is measured")
    options = parser.parse_args(arguments)
    folder = Path(corpus.__file__).parent
    found = measure(shipped_checker(load_entities(folder / "entities.yaml")), folder)
    if options.write:
        RECORD.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    record = recorded() if RECORD.exists() else {}
    for name, share in found.items():
        known = record.get(name)
        print(f"{name:45}{share:8.1%}{'' if known is None else f'   on record {known:.1%}'}")
    return 1 if any(share < record.get(name, 0.0) for name, share in found.items()) else 0


if __name__ == "__main__":
    sys.exit(main())
