"""How a rewritten question is put together: its end, its articles, and the names of roles in it.

`followup`, `substitution` and `corrections` word with it what they write out. The words around an answer's quotations
are those of `phrasing`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_TITLED = re.compile(r"(?:engineer|scientist|manager|researcher|developer|designer|lead|technician)$", re.IGNORECASE)


def stem(text: str) -> str:
    """A question without the marks at its end, so that words can follow."""
    return text.strip().rstrip(" ?.!")


def end_of(text: str) -> str:
    """What goes behind the last word of a text that was a question or was none: "?" or ""."""
    return "?" if text.strip().endswith("?") else ""


def ended(text: str) -> str:
    """A text with a mark at its end, so that a sentence can follow."""
    return text if text.strip()[-1:] in "?.!" else f"{text.strip()}."


def as_sentence(text: str) -> str:
    """A remark as a sentence: with a capital and a full stop, whatever mark it ended with."""
    text = stem(text)
    return f"{text[:1].upper()}{text[1:]}."


def article(words: str) -> str:
    """The indefinite article for `words`."""
    return "an" if words[:1].casefold() in "aeio" else "a"


def lowered(title: str) -> str:
    """A role's title in the middle of a sentence; abbreviations keep their capitals ("SLAM engineer")."""
    first = title.split(" ", maxsplit=1)[0]
    return title if first.isupper() or any(c.isupper() for c in first[1:]) else title[:1].lower() + title[1:]


def as_role(role: str) -> str:
    """A role as the end of a question: "as a perception engineer", or in brackets when it is no title."""
    named = lowered(role)
    return f"as {article(named)} {named}" if _TITLED.search(named) else f"({named})"


def without_spans(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """`text` with a space in place of each span (start, end); spans must not overlap."""
    for low, high in sorted(spans, reverse=True):
        text = f"{text[:low]} {text[high:]}"
    return text
