"""The shipped files read without the code under test, and answers checked against them.

A file is the front matter between two lines of dashes, then the text; that is all this reader knows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from service.answering.answer import Answer, Source, Statement

CORPUS = Path(__file__).resolve().parents[3] / "corpus"
NEEDS_CITATION = {"fact", "advice", "link", "disagreement"}


@dataclass(frozen=True)
class File:
    """A file of the corpus: where it lies, its front matter, and its text without the newlines around it."""

    name: str
    front: dict[str, Any]
    text: str

    @property
    def dated(self) -> date:
        day = self.front.get("published") or self.front["reviewed"]
        assert isinstance(day, date)
        return day


@cache
def files() -> tuple[File, ...]:
    found = []
    for path in sorted([*(CORPUS / "articles").glob("*.md"), *(CORPUS / "guides").glob("*.md")]):
        _, front, text = path.read_text(encoding="utf-8").split("---\n", 2)
        found.append(File(path.name, yaml.safe_load(front), text.strip("\n")))
    return tuple(found)


def file_of(source: Source) -> File:
    """The one file that a source of an answer names: news by address and title, a guide by its title."""
    found = [
        file
        for file in files()
        if file.front["title"] == source.title
        and (("role" in file.front) if source.kind == "guide" else file.front.get("url") == source.url)
    ]
    assert len(found) == 1, f"{source.title!r} ({source.url}) names {len(found)} files"
    return found[0]


def statements(answer: Answer) -> list[Statement]:
    return [statement for section in answer.sections for statement in section.statements]


def faults(answer: Answer) -> list[str]:
    """What is wrong with an answer's sources, citations and figures, judged by the files alone; empty when all is well."""
    said = statements(answer)
    return [
        *_faults_of_sources(answer, said),
        *(fault for statement in said for fault in _faults_of_statement(answer, statement)),
    ]


def _faults_of_sources(answer: Answer, said: list[Statement]) -> list[str]:
    found = []
    first_cited = list(dict.fromkeys(citation.source for statement in said for citation in statement.citations))
    if first_cited != [source.n for source in answer.sources] or first_cited != list(range(1, len(first_cited) + 1)):
        found.append(f"sources {[s.n for s in answer.sources]} are first cited in the order {first_cited}")
    if len({statement.id for statement in said}) != len(said):
        found.append("two statements have one id")
    if len({source.id for source in answer.sources}) != len(answer.sources):
        found.append("a document is listed as two sources")
    for source in answer.sources:
        file = file_of(source)
        if source.published != file.dated:
            found.append(f"{file.name} is dated {file.dated}, the source says {source.published}")
        if source.kind == "news" and source.publisher != file.front["publisher"]:
            found.append(f"{file.name} is by {file.front['publisher']}, the source says {source.publisher}")
        if source.kind == "news" and file.dated > answer.as_of:
            found.append(f"{file.name} was published after {answer.as_of}")
    return found


def _faults_of_statement(answer: Answer, statement: Statement) -> list[str]:
    found = []
    if statement.kind in NEEDS_CITATION and not statement.citations:
        found.append(f"{statement.kind} without a citation: {statement.text}")
    cited = [answer.sources[citation.source - 1] for citation in statement.citations]
    for citation, source in zip(statement.citations, cited, strict=True):
        if file_of(source).text[citation.start : citation.end] != citation.quote:
            found.append(f"{file_of(source).name}[{citation.start}:{citation.end}] is not {citation.quote!r}")
    if statement.citations:
        known = " ".join(
            [citation.quote for citation in statement.citations]
            + [f"{source.title} {source.publisher} {source.published:%d %B %Y} {source.published.day}" for source in cited]
        )
        if missing := _numbers(statement.text) - _numbers(known):
            found.append(f"{sorted(missing)} stand in no cited sentence: {statement.text}")
        if statement.as_of != max((source.published for source in cited if source.kind == "news"), default=None):
            found.append(f"as_of {statement.as_of} is not the date of the newest cited news: {statement.text}")
    return found


def _numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:[.,]\d+)*", text))


def untidy(answer: Answer) -> list[str]:
    """What a reader would stumble over: said twice, left-over Markdown, sentences without a beginning or an end."""
    texts = [statement.text for statement in statements(answer)]
    found = [f"said twice: {text}" for text in sorted({text for text in texts if texts.count(text) > 1})]
    for text in texts:
        if re.search(r"\*\*|`|  |\n| [,.;]|\.\.|,\.|\(\)|“”|\bNone\b|\{|\}", text):
            found.append(f"left-over marks: {text}")
        if not re.match(r"\W*(?:\d|[A-Z]|[a-z]+[A-Z])", text):
            found.append(f"no beginning: {text}")
        if not re.search(r"[.?!][”\")]*$", text):
            found.append(f"no end: {text}")
    return found
