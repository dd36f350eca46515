"""Passages of a file that a question is answered from: JSON lines, or one JSON list.

`ally answer` reads them here; over HTTP the same objects stand in `passages` of `POST /v1/answers`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from service.answering.answer import GivenPassage
from service.checking import read_text
from service.errors import Fault, InvalidRequest
from service.incoming import without_controls

MOST_PASSAGES = 50
"""As many as a request may bring (`AnswerRequest.passages`)."""
_UNKNOWN = f"no such field; known are {', '.join(GivenPassage.model_fields)}"


def read_passages(path: Path) -> tuple[GivenPassage, ...]:
    """The passages of a file, as `parse_passages` reads them.

    Raises:
        InvalidRequest: the file cannot be read, or as `parse_passages` says.
    """
    return parse_passages(read_text(path), str(path))


def parse_passages(text: str, name: str) -> tuple[GivenPassage, ...]:
    """The passages of a text that is called `name` in messages, in order.

    Each is a JSON object with `text` and, where known, `id`, `title`, `publisher`, `url` and `published` (YYYY-MM-DD);
    null counts as not known. The text has one a line (blank lines are left out), or is a JSON list of them.

    Raises:
        InvalidRequest: the text holds no passage or more than `MOST_PASSAGES`, or one of them cannot be used; the
            message names the line, or the place in the list, and what is wrong.
    """
    found = _listed(text, name) if text.lstrip().startswith("[") else _lines(text, name)
    passages = tuple(_passage(value, where) for where, value in found)
    if not passages:
        raise _refused(name, "it holds no passage")
    if len(passages) > MOST_PASSAGES:
        raise _refused(name, f"it holds {len(passages)} passages; give the best {MOST_PASSAGES}")
    return passages


def _lines(text: str, name: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            where = f"line {number} of {name}"
            yield where, _json(line, where, "write one JSON object a line, or one JSON list")


def _listed(text: str, name: str) -> Iterator[tuple[str, Any]]:
    values = _json(text, name, "a file that begins with [ is read as one JSON list")
    return ((f"passage {number} of {name}", value) for number, value in enumerate(values, start=1))


def _json(text: str, where: str, hint: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, character {error.colno}" if error.lineno > 1 else f"character {error.pos + 1}"
        raise _refused(where, f"it is not JSON: {error.msg}, at {place} ({hint})") from None
    except RecursionError:
        raise _refused(where, "it is nested too deeply") from None


def _passage(value: Any, where: str) -> GivenPassage:
    if not isinstance(value, dict):
        raise _refused(where, "it is not a JSON object with a text")
    # Trimming would shift the offsets of citations, which count the text as it was given.
    known = {
        name: without_controls(item) if isinstance(item, str) else item
        for name, item in value.items()
        if item is not None
    }
    try:
        passage = GivenPassage.model_validate(known)
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, fault['loc']))}: {_UNKNOWN if fault['type'] == 'extra_forbidden' else fault['msg']}"
            for fault in error.errors()[:3]
        ]
        raise _refused(where, "; ".join(faults)) from None
    if not passage.text.strip():
        raise _refused(where, "text: it is blank")
    return passage


def _refused(where: str, reason: str) -> InvalidRequest:
    return InvalidRequest([Fault(reason, parameter=where)])
