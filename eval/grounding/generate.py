"""Sentences that a language model writes about our passages: the raw material of `labelled.jsonl`.

`python -m eval.grounding.generate --model openai/NAME --api-base http://127.0.0.1:PORT/v1 --output FILE` asks each
question of `questions.txt` with the passages that the product's own search finds for it, and writes a line a sentence.
Before it stands a built store (`ally sync`) and a served model; after it somebody who reads every sentence beside its
passages and labels it, and `eval.grounding.data.labelled`, which reads the result.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from corpus.errors import CorpusError
from corpus.search import Hit, SearchFilter, SearchQuery
from corpus.split import sentence_spans
from eval import jsonl
from eval.golden import TODAY
from service.answering.engine import Engine, open_engine
from service.settings import load_settings

QUESTIONS = Path(__file__).with_name("questions.txt")
"""A question a line, after its type and a tab."""

SEED = 9
TEMPERATURE = 0.7
MAX_TOKENS = 220

INSTRUCTION = (
    "Write an answer of six full sentences for a candidate who prepares for a job interview: answer the question, then "
    "say what else in the passages belongs to it. Use only the passages and your own words; plain prose, no list."
)
"""Stands last, where small models heed it most; asked for less, they answer in one sentence."""

_MARKER = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
"""What stands before a list item that the model writes all the same."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A question with its line number in `questions.txt`, which is its name in the output."""

    number: int
    type: str
    text: str


def questions() -> list[Numbered]:
    """All questions, in an order that the seed fixes, so that any stretch of them holds every type."""
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    numbered = [Numbered(number, *line.split("\t")) for number, line in enumerate(lines, start=1)]
    random.Random(SEED).shuffle(numbered)
    return numbered


def passages_for(engine: Engine, question: Numbered) -> list[Hit]:
    """The best passages, two for most questions, three for a comparison, from different documents."""
    links = engine.entities.link(question.text)
    query = SearchQuery(
        question.text,
        SearchFilter(as_of=TODAY),
        companies=links.companies,
        skills=links.skills,
        topics=links.topics,
        countries=links.countries,
        roles=links.roles,
        limit=3 if question.type == "compare" else 2,
        max_per_document=1,
    )
    return engine.searcher.search(query)


def prompt(question: str, passages: Sequence[str]) -> str:
    """What the model is asked."""
    numbered = "\n\n".join(f"[{n}] {text}" for n, text in enumerate(passages, start=1))
    return f"Passages:\n\n{numbered}\n\nQuestion: {question}\n\n{INSTRUCTION}"


def sentences(answer: str) -> Iterator[str]:
    """The sentences of an answer as the product cuts them, without headings and list markers."""
    for line in answer.splitlines():
        text = _MARKER.sub("", line).replace("**", "").strip()
        if text.startswith("#") or text.endswith(":"):
            continue
        for start, end in sentence_spans(text):
            sentence = text[start:end].strip()
            if any(map(str.isalpha, sentence)):
                yield sentence


def records(model: str, question: Numbered, hits: Sequence[Hit], answers: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The lines of one question's answers, each sentence once.

    `published` is the day of all its passages, and null where they differ.
    The id is made of the model, the question's number, the answer's letter and the sentence's place in it.
    """
    days: set[date] = {hit.document.published for hit in hits}
    published = days.pop().isoformat() if len(days) == 1 else None
    name = model.rpartition("/")[2]
    said = set()
    for letter, answer in zip(ascii_lowercase, answers, strict=False):
        for place, sentence in enumerate(sentences(answer), start=1):
            if sentence in said:
                continue
            said.add(sentence)
            yield {
                "id": f"{name}-{question.number:02}{letter}-{place}",
                "question": question.text,
                "model": name,
                "passages": [hit.passage.text for hit in hits],
                "published": published,
                "claim": sentence,
                "docs": [Path(hit.document.path).name for hit in hits],
            }


def ask(model: str, api_base: str, text: str, seed: int, samples: int) -> list[str]:
    """The model's answers, without the last sentence where the limit of tokens broke it off."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else the import asks the network for prices
    import litellm

    litellm.suppress_debug_info = True
    response = litellm.completion(
        model=model,
        api_base=api_base,
        api_key=os.environ.get("OPENAI_API_KEY", "none"),
        messages=[{"role": "user", "content": text}],
        temperature=TEMPERATURE,
        seed=seed,
        n=samples,
        max_tokens=MAX_TOKENS,
        timeout=1200,
    )
    return [
        whole(choice.message.content or "") if choice.finish_reason == "length" else choice.message.content or ""
        for choice in response.choices
    ]


def whole(text: str) -> str:
    """`text` up to the end of its last sentence."""
    return text[: max(text.rfind(end) for end in (". ", ".\n", "! ", "? ")) + 1]


def generate(engine: Engine, asked: Sequence[Numbered], model: str, api_base: str, output: Path, samples: int) -> None:
    """Ask every question of `asked` and append the sentences of its answers to `output` as soon as they are there."""
    for written, question in enumerate(asked, start=1):
        hits = passages_for(engine, question)
        text = prompt(question.text, [hit.passage.text for hit in hits])
        answers = ask(model, api_base, text, SEED + question.number, samples)
        lines = [json.dumps(record, ensure_ascii=False) for record in records(model, question, hits, answers)]
        with output.open("a", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
        print(f"{written}/{len(asked)} {len(lines)} sentences: {question.text}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when every question is answered, 2 when the corpus cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.grounding.generate", description="Let a model answer questions from our passages."
    )
    parser.add_argument("--model", required=True, help="litellm's name of the model, such as openai/qwen")
    parser.add_argument("--api-base", required=True, help="address of the model's server")
    parser.add_argument("--output", type=Path, required=True, help="JSONL file; questions that it holds are not asked")
    parser.add_argument("--start", type=int, default=0, help="first question, in the seed's order")
    parser.add_argument("--count", type=int, default=None, help="how many questions; default: all")
    parser.add_argument("--samples", type=int, default=1, help="answers to each question, at most 26; default: 1")
    options = parser.parse_args(arguments)
    try:
        engine = open_engine(load_settings())
    except CorpusError as error:
        print(f"eval: {error}", file=sys.stderr)
        return 2
    stop = None if options.count is None else options.start + options.count
    try:
        done = {row["question"] for row in jsonl.rows(options.output)} if options.output.exists() else set()
        missing = [question for question in questions()[options.start : stop] if question.text not in done]
        generate(engine, missing, options.model, options.api_base, options.output, options.samples)
    finally:
        engine.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
