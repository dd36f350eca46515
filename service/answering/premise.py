"""What a question takes for granted: "after A took over B, who runs it?" assumes the takeover.

`question` keeps the premise, and `answerability` looks whether the sources report it.
"""

from __future__ import annotations

import re

from service.answering.intents import ASKS_SOMETHING
from service.answering.patterns import any_case

_PREMISE = any_case(
    r"\bwhy (?:did|has|have|is|are|was|were)\b|\bnow that\b|\b(?:since|given that|seeing that) (?:\w+ ){1,3}(?:is|was|are|has|have|sold|left|bought|owns)\b|"
    r",\s*(?:right|correct|yes|no|isn't it|true)\s*\?|\bi (?:hear|heard|read) (?:that )?\w+ (?:is|has|was|will)\b|\bhow did they\b|\bso how do they\b|\bwho took (?:its|their|his|her) place\b|\bhow many\b.*\b(?:roll(?:ed)? out|been delivered|delivered|shipped)\b"
)
_HAPPENED_VERB = (
    r"(?:won|bought|acquired|took over|taken over|takes over|owns|sold|left|quit|merged|joined|closed|cancelled|canceled|scrapped|"
    r"halted|banned|fired|abolished|repealed|became|split|dropped|moved|opened|stopped|killed|replaced|withdrew|pulled out|"
    r"gave up|shut down|went bankrupt|went public|is (?:closing|leaving|buying|relaunching|moving|shutting|selling|dropping))"
)
_LEADING_CLAUSE = any_case(
    rf"^\W*(?:so |and |but )?(?:after|since|because|as|with|once)\s+([^,?]*\b{_HAPPENED_VERB}\b[^,?]*),"
)
"""A clause that leads to the question and takes something for granted ("after A took over B, is everything …")."""
_TOLD_EVENT = any_case(
    rf"^\W*((?!(?:how|what|where|who|which|when|why|is|are|does|do|did|has|have|can|i|my|we|if)\b)[^?,;]*?\b{_HAPPENED_VERB}\b[^?,;–]*?)(?=[,;.!]|\s[-–]\s|$)"
)
"""A sentence or clause that tells of an event before something is asked ("A won the contract; what will it build?")."""


def premise_of(text: str) -> str:
    """What a question takes for granted, or "": the clause that tells it, or the whole sentence when it asks why or how."""
    for part in re.split(r"(?<=[.!?;])\s+", text):
        if lead := _LEADING_CLAUSE.match(part):
            return lead.group(1).strip()
        if _PREMISE.search(part):
            return part.strip(" .?!;")
        if (told := _TOLD_EVENT.match(part)) and ASKS_SOMETHING.search(text.replace(told.group(1), "", 1)):
            return told.group(1).strip(" .?!;,-")
    return ""
