"""Objects of JSON-lines files: the form of every question file and labelled set."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON-lines file in UTF-8, in order; blank lines are left out.

    Raises:
        OSError: the file cannot be read.
        json.JSONDecodeError: a line is not JSON.
    """
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)
