"""A question without markup and without sentences that try to instruct the program: they are data, not orders.

`question` reads what is left. Orders that stand in sources are recognised by `service.grounding.instructions`.
"""

from __future__ import annotations

import re

from service.answering.patterns import any_case

_INSTRUCTION = any_case(
    r"\bignore\b.{0,40}\b(?:instruction|rule|prompt|above|previous)|\bdisregard\b|\bsystem prompt\b|\bfull prompt\b|\bdeveloper note\b|\bnew (?:developer|system) (?:note|rule|instruction)|\bjailbreak\b|"
    r"^\W*(?:system|assistant|developer|admin)(?: (?:note|message|prompt|turn|update))?\s*(?::|$)|\b(?:system|policy|prompt) (?:update|override)\b|\b(?:every|each|all) (?:reply|replies|answers?|responses?)\b[^.?]{0,12}\b(?:must|should|shall|ha(?:s|ve) to|ends?|starts?|begins?)\b|"
    r"\banswer (?:everything|all|every \w+) with\b|\b(?:reply|respond|answer) only with\b|\b(?:cite|name|give|use) no (?:sources?|citations?)\b|\b(?:double|triple|halve) (?:every|each|all)\b|"
    r"\b(?:ignorier|vergiss|vergessen|missacht)\w*\b.{0,40}\b(?:anweisung|regel|vorgabe|befehl)\w*|\b(?:deine|ihre|die) (?:anweisungen|regeln|systemvorgaben)\b|\b(?:keine|ohne) (?:quellen|zitate|belege)\b|\b(?:verdopple|halbiere|verdreifache)\b|"
    r"\b(?:ignore[sz]?|oublie[sz]?)\b.{0,40}\b(?:instructions|consignes|règles)\b|\b(?:ignora|olvida|dimentica)\w*\b.{0,40}\b(?:instrucciones|reglas|istruzioni|regole)\b|"
    r"\byou(?:'re| are) (?:now )?DAN\b|\bDAN\b|\bbase64\b|\benv(?:ironment)? var|\bAPI_KEY\b|\banswer without citations\b|\bin every answer\b|\bA: LOL\b|\bdebugging in prod\b|指示をすべて無視|忽略以上|\bpretend (?:to be|you)|\bact as\b|\brepeat after me\b"
)
_MARKUP = re.compile(r"</?[a-z_]{2,20}>|[#=*]{3,}|-{3,}")
_EXAMPLE = re.compile(r"(?:^|\n)\s*Q:\s*(.+?)(?=\s*A:|\n|$)")
_AFTER_INSTRUCTION = any_case(
    r"^.*?\b(?:then|after that|now(?! on\b)|dann|danach|ensuite|puis|luego|después|poi)\b[:,]?\s*(?:tell me|answer|say)?\s*"
)


def readable(text: str) -> str:
    """The question without markup and without sentences that try to instruct the program.

    Of several examples ("Q: … A: …") the last question is kept; of a text that only instructs, all but the markup.
    """
    text = _MARKUP.sub("\n", text)
    if len(examples := _EXAMPLE.findall(text)) > 1:
        text = examples[-1]
    sentences = [part.strip() for part in re.split(r"(?<=[.!。！])\s+|(?<=[?？。！])\s*|\n+", text) if part.strip()]
    kept = []
    for sentence in sentences:
        if not _INSTRUCTION.search(sentence):
            kept.append(sentence)
        elif (rest := _AFTER_INSTRUCTION.sub("", sentence)) != sentence and not _INSTRUCTION.search(rest):
            kept.append(rest)
        else:
            before_orders = re.sub(r"(\bsystem prompt|\bnote)\s*:.*", r"\1", sentence, flags=re.IGNORECASE)
            clauses = re.split(r"(?<=[,;:，：、])", before_orders)
            kept.append("".join(clause for clause in clauses if not _INSTRUCTION.search(clause)).strip(" ,;:，："))
    return re.sub(r"\s+", " ", " ".join(kept)).strip() or re.sub(r"\s+", " ", text).strip()
