"""Patterns for what a candidate types, in capitals or not.

The tables of `intents`, `focus`, `followup` and their neighbours are made of them.
"""

from __future__ import annotations

import re


def any_case(expression: str) -> re.Pattern[str]:
    """`expression` compiled to match capitals and small letters alike.

    Raises:
        re.error: it is no regular expression.
    """
    return re.compile(expression, re.IGNORECASE)
