"""The checker on claims labelled by hand: the share of wrong claims caught and of right ones refused, by kind.

`python -m eval.grounding.by_kind FILE…` reads JSONL files in two forms: a claim a line (`claim`, `label`, `kind`,
`passages`, `published`), or a source a line with its `claims` (`source`, a list of sentences). Two columns: the rules
alone, and beside the shipped score.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from corpus.entities import load_entities
from eval.grounding.mutations import EverythingSupported
from eval.jsonl import rows
from service.grounding.checker import Checker, shipped_checker
from service.grounding.verdict import Item


@dataclass(frozen=True, slots=True)
class Labelled:
    """A claim with its passages, whether they support it, of which kind it is, and its split (dev without one)."""

    item: Item
    supported: bool
    kind: str
    split: str = "dev"


def labelled(path: Path) -> Iterator[Labelled]:
    """The claims of a file.

    Raises:
        KeyError, ValueError: a line has neither form.
    """
    for row in rows(path):
        passages = tuple(row["passages"]) if "passages" in row else (" ".join(row["source"]),)
        published = date.fromisoformat(row["published"]) if row.get("published") else None
        for claim in row.get("claims", [row]):
            yield Labelled(
                Item(claim["claim"], passages, published), claim["label"] == 1, claim["kind"], row.get("split", "dev")
            )


def main(paths: Sequence[str]) -> int:
    """Print a table for each file."""
    entities = load_entities()
    rules, shipped = Checker(entities, EverythingSupported()), shipped_checker(entities)
    for path in paths:
        claims = list(labelled(Path(path)))
        refused: dict[tuple[bool, str], list[tuple[bool, bool]]] = defaultdict(list)
        items = [claim.item for claim in claims]
        for claim, one, other in zip(claims, rules.check_all(items), shipped.check_all(items), strict=True):
            verdict = (not one.supported, not other.supported)
            for kind in (claim.kind, "all"):
                refused[claim.supported, kind].append(verdict)
        print(f"{path}\n{'':8}{'kind':18}{'claims':>7}{'rules':>8}{'with score':>12}")
        for (supported, kind), verdicts in sorted(refused.items()):
            by_rules, by_all = (sum(column) / len(verdicts) for column in zip(*verdicts, strict=True))
            print(f"{'right' if supported else 'wrong':8}{kind:18}{len(verdicts):>7}{by_rules:>8.1%}{by_all:>12.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
