"""Text that speaks to a machine instead of telling a reader something: orders, roles, prompt marks.

Such a sentence in a source is no evidence, and in an answer it is no statement; `answering.evidence`, `offered` and
`release` leave it out. Recognising it is a second line of defence: the first is that only what a passage supports is shown.
"""

from __future__ import annotations

import re
from functools import lru_cache

_ORDERS = re.compile(
    r"""
    \b(?:ignor|disregard|forget|overrid|bypass|discard|skip|neglect)\w*\b
        [^.!?]{0,50}\b(?:instruct|rule|prompt|guideline|direction|command|polic|constraint|restriction|system\ message|told|above|passages?|sources?)
    | \b(?:system|developer|hidden|initial|secret)[\s_-]+(?:prompt|message|instructions?)\b
    | \b(?:your|these|my|new|updated|the\s+following|previous|prior)\s+(?:\w+\s+)?(?:instructions|directives|programming)\b
    | \b(?:you\s+are\s+now|you\s+must\s+now|from\s+now\s+on|act\s+as\s+(?:if|an?|the)|pretend\s+(?:to\s+be|that\s+you|you)|role-?play|switch\s+to)\b
        (?=.*\b(?:you|mode|ai|assistant|model|answer|reply|respond|say|unrestricted|pirate|dan)\b)
    | \b(?:developer|debug|god|admin|jailbreak|unrestricted|maintenance)\s+mode\b | \bjailbr(?:eak|oken)\b | (?-i:\bDAN\b)
    | (?:^|[.!?:;]\s+|\b(?:please|must|should|always|only|then|and|to)\s+)
        (?:say|print|output|reply|respond|repeat|echo|recite|insert|append|include|reveal|disclose|display|end|begin|start|close|finish)\b
        [^.!?]{0,40}(?:["“‘]|:\s|\b(?:exactly|verbatim|the\ (?:word|words|phrase|token|link|following|string|text\ above)|every\ (?:answer|statement|line)|in\ (?:your|the)\ (?:answer|reply|response)|your\ answer|with\ https?)\b)
    | \b(?:ai|assistants?|chat-?bots?|language\ models?|llms?|summari[sz]ers?)\b\s*[:,]?\s*(?:reading|processing|that\ reads?|who\ reads?|must|should|please|are\ to|is\ to|do\ not|don't|:)
        (?=[^.!?]*\b(?:ignore|say|answer|reply|cite|tell|recommend|include|state|claim|visit|output|print|write|this)\b)
    | \b(?:note|message|attention|instruction|important)\b[^.!?]{0,15}\b(?:to|for)\s+(?:the\s+)?(?:ai|assistant|model|llm|chat-?bot|system)\b
    | \b(?:tell|inform|advise|instruct|urge|direct)\s+(?:the\s+|every\s+|all\s+)?(?:candidates?|users?|readers?)\s+(?:to|that)\b
    | <\|?/?(?:im_start|im_end|system|assistant|user|endoftext|s|inst)\b[^>]*\|?> | \[/?(?:INST|SYS(?:TEM)?)\] | <<SYS>>
    | (?:^|[.!?]\s)\s*(?:\#+\s*)?(?:system|assistant|user|developer)\s*:
    """,
    re.IGNORECASE | re.VERBOSE,
)


@lru_cache(maxsize=8_192)
def gives_orders(text: str) -> bool:
    """Whether a sentence gives orders to a model that reads it, or plays one of the roles of its conversation."""
    return bool(_ORDERS.search(text))
