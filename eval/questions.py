"""Check answers against questions with known answers: `python -m eval.questions --questions FILE.jsonl`.

Each line of the file is a question with what a right answer says (patterns), must not say, whether it abstains, and the
gold sentences that it rests on. A question is right when every `says` pattern is found, no `says_not` pattern is, the
abstention is as expected, and the companies and roles expected were understood. Beside that stands the share of the
vital gold sentences that a citation's quote holds (nugget recall of the TREC RAG tracks, on evidence sentences).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from corpus.readers.markdown import read_folder
from eval import jsonl
from service.answering.answer import Answer, AnswerRequest, Turn
from service.answering.engine import Engine, open_engine
from service.settings import load_settings

TODAY = date(2026, 11, 24)
"""What `as_of: null` means in the question files."""


@dataclass(frozen=True, slots=True)
class Result:
    """One judged answer: which conditions failed, and how many of its vital gold sentences are cited."""

    id: str
    type: str
    question: str
    faults: tuple[str, ...]
    vital: int
    vital_cited: int
    answer: Answer
    text: str


def answer_text(answer: Answer) -> str:
    """Everything an answer says, with the dates of its citations: what the patterns of a question are matched with."""
    sources = {source.n: source for source in answer.sources}
    lines: list[str] = [answer.abstention_reason or ""]
    for section in answer.sections:
        lines.append(section.title)
        for statement in section.statements:
            cited = " ".join(
                f"[{sources[c.source].publisher}, {sources[c.source].published.isoformat()}]"
                for c in statement.citations
            )
            lines.append(f"{statement.text} {cited}")
    return "\n".join(line for line in lines if line)


def judge(row: dict[str, Any], answer: Answer, paths: dict[str, str]) -> Result:
    """Compare an answer with a question's expectations; `paths` maps a document id to its file name."""
    expect, text = row["expect"], answer_text(answer)
    faults = [f"says {pattern}" for pattern in expect["says"] if not re.search(pattern, text, re.I | re.S)]
    faults += [f"says_not {pattern}" for pattern in expect["says_not"] if re.search(pattern, text, re.I)]
    if expect["abstain"] is not None and answer.abstained != expect["abstain"]:
        faults.append(f"abstained {answer.abstained}")
    understood = {company.id for company in answer.understanding.companies}
    faults += [f"company {name}" for name in expect["companies"] if name not in understood]
    faults += [f"role {role}" for role in expect["roles"] if role not in {r.id for r in answer.understanding.roles}]
    source_path = {source.n: paths.get(source.id, "") for source in answer.sources}
    quotes = [(source_path[c.source], c.quote) for s in answer.sections for t in s.statements for c in t.citations]
    vital = [gold for gold in row["gold"] if gold["grade"] == "vital"]
    cited = sum(
        any(path == g["doc"] and (g["sentence"] in quote or quote in g["sentence"]) for path, quote in quotes)
        for g in vital
    )
    return Result(row["id"], row["type"], row["question"], tuple(faults), len(vital), cited, answer, text)


async def run(engine: Engine, rows: Iterable[dict[str, Any]], paths: dict[str, str]) -> list[Result]:
    """Ask every question and judge its answer, in order."""
    results = []
    for row in rows:
        request = AnswerRequest(
            question=row["question"],
            as_of=date.fromisoformat(row["as_of"]) if row["as_of"] else TODAY,
            history=tuple(Turn(question=text) for text in row["history"]),
        )
        results.append(judge(row, await engine.collect(request), paths))
    return results


def table(results: Sequence[Result]) -> str:
    """Per type and over all: number of questions, share right, share of vital gold sentences cited."""
    lines = [f"{'type':16} {'n':>4} {'right':>7} {'vital cited':>12}"]
    types = sorted({result.type for result in results})
    groups = [(name, [r for r in results if r.type == name]) for name in types]
    groups.append(("all", list(results)))
    groups.append(("all but follow_up", [r for r in results if r.type != "follow_up"]))
    for name, group in groups:
        right = sum(not result.faults for result in group) / max(1, len(group))
        vital = sum(result.vital for result in group)
        cited = f"{sum(r.vital_cited for r in group) / vital:12.2f}" if vital else f"{'-':>12}"
        lines.append(f"{name:16} {len(group):4} {right:7.2f} {cited}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when it ran, 2 when the file cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m eval.questions", description=__doc__)
    parser.add_argument("--questions", type=Path, required=True, help="JSONL file of questions")
    parser.add_argument("--only", default="", help="regular expression of ids or types")
    parser.add_argument(
        "--failures", action="store_true", help="print every question that is not right, with its answer"
    )
    parser.add_argument("--answers", action="store_true", help="print every answer")
    options = parser.parse_args(arguments)
    try:
        rows = list(jsonl.rows(options.questions))
    except (OSError, json.JSONDecodeError) as error:
        print(f"eval: cannot read {options.questions}: {error}", file=sys.stderr)
        return 2
    rows = [row for row in rows if re.search(options.only, f"{row['type']} {row['id']}")]
    settings = load_settings()
    paths = {document.id: Path(document.path).name for document in read_folder(settings.corpus_dir)}
    engine = open_engine(settings)
    try:
        results = asyncio.run(run(engine, rows, paths))
    finally:
        engine.close()
    for result in results:
        if options.answers or (options.failures and result.faults):
            understood = result.answer.understanding
            print(f"## {result.id} {result.question}")
            print(f"   {understood.model_dump(exclude_defaults=True)}")
            print(result.text)
            print("   FAULTS", *result.faults, f"vital {result.vital_cited}/{result.vital}", sep=" | ")
            print()
    print(table(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
