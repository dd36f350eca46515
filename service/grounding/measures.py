"""What a sum of money is of: a valuation is no money raised, and revenue is no profit.

A sum that stands in the sources proves nothing when they give it as something else. The words around it say what it is
where they say it at all; the check is silent where either side leaves it open. The table of checks is in `exact`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from service.grounding.claims import Reading
from service.grounding.comparison import Comparison
from service.grounding.quantities import Quantity, same
from service.grounding.verdict import Problem

_RIGHT_BEHIND: Final[Mapping[str, re.Pattern[str]]] = {
    "a valuation": re.compile(r"^ (?:(?:post|pre)-money )?valuation\b", re.IGNORECASE),
    "money raised": re.compile(r"^ (?:[\w-]+ ){0,2}(?:rounds?|funding|series [a-h])\b", re.IGNORECASE),
    "revenue": re.compile(r"^ (?:[\w-]+ )?(?:revenue|ARR)\b", re.IGNORECASE),
    "profit": re.compile(r"^ (?:[\w-]+ )?profit\b", re.IGNORECASE),
    "a loss": re.compile(r"^ (?:[\w-]+ )?loss\b", re.IGNORECASE),
}
_BEFORE: Final[Mapping[str, re.Pattern[str]]] = {
    kind: re.compile(rf"\b(?:{words})\b(?:\W+[\w'’-]+){{0,5}}\W*$", re.IGNORECASE)
    for kind, words in {
        "a valuation": r"valu(?:e[ds]?|ing|ations?)|worth|market cap(?:italisation|italization)?|post-money|pre-money",
        "money raised": r"rais(?:e[ds]?|ing)|secur(?:e[ds]?|ing)|rounds? of|funding of|rounds? totall?ing",
        "revenue": r"revenues?|sales|turnover|ARR",
        "profit": r"profits?|earnings|net income",
        "a loss": r"loss(?:es)?|lost",
    }.items()
}
_BEHIND: Final[Mapping[str, re.Pattern[str]]] = {
    "money raised": re.compile(
        r"^ (?:(?:was |were |is |being )?(?:newly )?raised|"
        r"in (?:an?|its|the|new|fresh) (?:[\w-]+ ){0,3}(?:round|funding))\b",
        re.IGNORECASE,
    ),
    "revenue": re.compile(r"^ (?:in|of) (?:[\w-]+ ){0,2}(?:revenue|sales|turnover)\b", re.IGNORECASE),
    "profit": re.compile(r"^ (?:in|of) (?:[\w-]+ ){0,2}(?:profit|earnings|net income)\b", re.IGNORECASE),
    "a loss": re.compile(r"^ (?:in|of) (?:[\w-]+ )?loss(?:es)?\b", re.IGNORECASE),
}
_CLAUSE_ENDS: Final = re.compile(r"[;:,]|\b(?:and|but|while|after|which|who)\b")


def measures(comparison: Comparison) -> Iterator[Problem]:
    """Sums that the sources give as something else than the statement does."""
    given = [
        (quantity, kinds(reading, quantity), sentence)
        for sentence in comparison.sentences
        for reading in (comparison.reading(sentence),)
        for quantity in _sums(reading)
    ]
    for quantity in _sums(comparison.claim):
        claimed = kinds(comparison.claim, quantity)
        found = [(what, sentence) for other, what, sentence in given if same(quantity, other)]
        if claimed and found and all(what and not what & claimed for what, _ in found):
            what, sentence = found[0]
            told, said = " or ".join(sorted(what)), " or ".join(sorted(claimed))
            explanation = f"The source gives {quantity.text} as {told}, not as {said}."
            yield comparison.problem("figure", quantity.text, explanation, sentence)


def kinds(reading: Reading, quantity: Quantity) -> frozenset[str]:
    """What a sum is of, as far as the words around it say.

    The noun right behind it counts most ("a ¥300 billion profit"), then the words up to five before it, within its
    clause and after any other figure ("values it at $8 billion"), then those behind it ("$8 billion raised").
    """
    earlier = [other.end for other in reading.quantities if other.end <= quantity.start]
    before = _CLAUSE_ENDS.split(reading.text[max(earlier, default=0) : quantity.start])[-1]
    behind = reading.text[quantity.end :]
    for patterns, words in ((_RIGHT_BEHIND, behind), (_BEFORE, before), (_BEHIND, behind)):
        if found := frozenset(kind for kind, pattern in patterns.items() if pattern.search(words)):
            return found
    return frozenset()


def _sums(reading: Reading) -> list[Quantity]:
    return [q for q in reading.quantities if len(q.unit) == 3 and q.unit.isupper() and not q.label]
