"""The rows of a public set in the form in which all sets are kept: one JSON object a line.

A row has a question, its answers, whether it can be answered, and passages that are relevant (`positive`), are not
(`negative`) or are not told apart (`unlabelled`). `load` is the only reader; each benchmark takes from a row what it
needs.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from eval import jsonl
from service.answering.answer import GivenPassage

LONGEST_GIVEN = 20_000
"""Characters that a given passage may have; a longer text is given in parts."""


class BenchmarkError(Exception):
    """Raised when a set cannot be used; the message is one sentence that says which file and what to do."""


@dataclass(frozen=True, slots=True)
class Text:
    """A passage of a set; what the set does not know of it is empty."""

    id: str
    text: str
    title: str = ""
    source: str = ""
    url: str = ""
    published: date | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A question with its passages. `answerable` is None where the set does not say."""

    id: str
    question: str
    asked_on: date | None
    answers: tuple[str, ...]
    answerable: bool | None
    positive: tuple[Text, ...]
    negative: tuple[Text, ...]
    unlabelled: tuple[Text, ...]
    extra: dict[str, Any]


def load(folder: Path, name: str) -> list[Row]:
    """The questions of the set `name`.

    Raises:
        BenchmarkError: the file is missing, empty or not of this form.
    """
    return [_row(each, path, number) for path, number, each in _objects(folder, name)]


def spread(rows: Sequence[Row], limit: int | None) -> list[Row]:
    """At most `limit` rows, taken evenly: sets are sorted by kind, so the first rows alone would be of one kind."""
    if limit is None or limit >= len(rows):
        return list(rows)
    return [rows[place * len(rows) // limit] for place in range(limit)]


def load_texts(folder: Path, name: str) -> list[Text]:
    """The passages of a set that is a collection.

    Raises:
        BenchmarkError: the file is missing, empty or not of this form.
    """
    found = []
    for path, number, each in _objects(folder, name):
        try:
            found.append(text_of(each))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise _malformed(path, number, error) from None
    return found


def text_of(value: dict[str, Any]) -> Text:
    """A passage from its JSON object.

    Raises:
        AttributeError, KeyError, TypeError, ValueError: it is no object, has no id or text, or its date is none.
    """
    published = value.get("date")
    return Text(
        id=str(value["id"]),
        text=str(value["text"]),
        title=value.get("title") or "",
        source=value.get("source") or "",
        url=value.get("url") or "",
        published=date.fromisoformat(published) if published else None,
    )


def given(texts: Sequence[Text]) -> tuple[GivenPassage, ...]:
    """Passages as a request brings them, those without words left out.

    A text that is longer than a request may bring is given in parts that end at a blank.
    """
    return tuple(
        GivenPassage(
            text=part,
            id=text.id[:200],
            title=text.title[:500],
            publisher=text.source[:200],
            url=text.url if len(text.url) <= 2_000 else "",
            published=text.published,
        )
        for text in texts
        for part in _parts(text.text)
    )


def _parts(text: str) -> list[str]:
    parts = []
    while len(text) > LONGEST_GIVEN:
        end = text.rfind(" ", 1, LONGEST_GIVEN)
        end = end if end > 0 else LONGEST_GIVEN
        parts.append(text[:end])
        text = text[end:]
    return [part for part in (*parts, text) if part.strip()]


def _objects(folder: Path, name: str) -> list[tuple[Path, int, dict[str, Any]]]:
    """The objects of `folder/NAME.jsonl`, or of `folder/retrieval/NAME.jsonl`, each with its file and number."""
    places = (folder / f"{name}.jsonl", folder / "retrieval" / f"{name}.jsonl")
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise BenchmarkError(
            f"{name}.jsonl is missing: neither {folder} nor its subfolder retrieval has it. "
            "Give the folder that holds the public sets with --data DIR."
        )
    try:
        found = [(path, number, each) for number, each in enumerate(jsonl.rows(path), start=1)]
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BenchmarkError(f"{path} cannot be read: {error}.") from None
    if not found:
        raise BenchmarkError(f"{path} is empty.")
    return found


def _row(value: dict[str, Any], path: Path, number: int) -> Row:
    try:
        return Row(
            id=str(value["id"]),
            question=str(value["question"]),
            asked_on=date.fromisoformat(value["date"]) if value.get("date") else None,
            answers=tuple(str(answer) for answer in value["answers"]),
            answerable=value["answerable"],
            positive=tuple(map(text_of, value["positive"])),
            negative=tuple(map(text_of, value["negative"])),
            unlabelled=tuple(map(text_of, value["unlabelled"])),
            extra=value.get("extra") or {},
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _malformed(path, number, error) from None


def _malformed(path: Path, number: int, error: Exception) -> BenchmarkError:
    what = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
    return BenchmarkError(f"{path}, row {number}: {what}.")
