"""What becomes of a statement that a model wrote: released as written, replaced by its source's words, or withheld.

`examine` looks at one statement by itself, while the model goes on writing: does what it cites support it, or another
retrieved passage, and which sentence could stand in its place? `settle` decides in the order of the answer, since what
the reader has seen already counts. `answering.generative` calls both.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from service.answering.answer import Withheld
from service.answering.evidence import Evidence, has_verb, is_self_contained, unit_rows
from service.answering.lines import Written
from service.answering.offered import Offered
from service.answering.phrasing import plain
from service.answering.terms import content_terms
from service.grounding.checker import Checker
from service.grounding.instructions import gives_orders
from service.grounding.judge import CONFIDENT, Judge, Opinion
from service.grounding.verdict import Item, Span, Verdict
from service.llm import Bill

Established = Literal["quote", "exact", "score", "judge"]

NEAR_ENOUGH: Final = 0.5
"""Least cosine of a statement and the sentence that may stand in its place: below it they speak of two matters."""
OTHERS_TRIED: Final = 3
"""Passages, besides those cited, that a statement is compared with."""
LEAST_COVERED: Final = 0.8
"""Share of a statement's content words that the passages behind it must have."""
FEWEST_WORDS: Final = 3
SAME_WORDS: Final = 92.0
"""Similarity (rapidfuzz `token_set_ratio`, 0..100) from which two statements say the same."""
_LEAKED_RUN: Final = 7
"""Words in a row that a statement and the instructions share when it gives them away."""

_ANY: Final = "A company was to hire 2 engineers in Japan by May 2026, not more, according to its plans."
"""A statement that none of the checks takes for a quotation, so that each of them reads the passages."""
_ADDRESS = re.compile(
    r"(?:https?|ftp|file|data|javascript|mailto|tel)\s*:\S*|//\S+|\]\s*\(\S*|<[a-z/!][^>]*>?", re.IGNORECASE
)
_DOMAIN = re.compile(r"\b(?:[a-z0-9-]+\.)+[a-z]{2,}\b(?:/\S*)?", re.IGNORECASE)
_FIGURE = re.compile(r"\d[\d,.]*\d|\d")
_REASONS: Final = {
    "figure": "figure_not_in_source",
    "date": "date_not_in_source",
    "name": "name_not_in_source",
    "score": "not_supported",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement examined. `evidence` are the sentences that carry it, or those nearest to it, the best first.

    `reason` is empty when it may be released as written; `checked` says how its support was established.
    """

    written: Written
    support: float
    evidence: tuple[Evidence, ...]
    checked: tuple[Established, ...] = ()
    reason: str = ""
    words: str = ""
    texts: tuple[str, ...] = ()
    judge_may_decide: bool = False


class Examiner:
    """Examines the statements of one answer against the passages that were offered for it."""

    def __init__(
        self,
        checker: Checker,
        passages: Sequence[Offered],
        embed: Callable[[str], npt.NDArray[np.float32]],
        instructions: str,
        judge: Judge | None = None,
        bill: Bill | None = None,
    ) -> None:
        """`embed` gives a text's vector of length 1; `instructions` must not be given away; `bill` is the judge's."""
        self._checker = checker
        self._passages = {passage.number: passage for passage in passages}
        self._embed = embed
        self._instructions = _runs(instructions)
        self._judge = judge
        self._bill = bill or Bill()

    def prepare(self) -> None:
        """Read the passages, so that the first statement need not wait for it. Blocks."""
        self._verdict(_ANY, [[passage] for passage in self._passages.values()])

    async def examine(self, written: Written) -> Finding:
        """The finding on a statement; the checker works in a thread, and the judge, if any, is asked last."""
        finding = await asyncio.to_thread(self._checked, written)
        if self._judge is None or not finding.judge_may_decide:
            return finding
        opinion = await self._judge.opinion(written.text, finding.texts, self._bill)
        return weighed(finding, opinion)

    def _checked(self, written: Written) -> Finding:
        if reason := self._unfit(written.text):
            return Finding(written, 0.0, (), reason=reason)
        cited = [self._passages[number] for number in written.cited if number in self._passages]
        verdict = self._verdict(written.text, [cited])[0] if cited else None
        if verdict is not None and _bears(verdict, written.text, cited):
            return self._supported(written, verdict, cited)
        others = self._others(written.text, cited)
        verdicts = self._verdict(written.text, [[other] for other in others])
        for other, found in sorted(zip(others, verdicts, strict=True), key=lambda pair: -pair[1].support):
            if _bears(found, written.text, [other]):
                return self._supported(written, found, [other])
        if verdict is not None:
            return self._unsupported(written, verdict, cited)
        if not others:
            return Finding(written, 0.0, (), reason="not_cited")
        best = max(range(len(others)), key=lambda number: verdicts[number].support)
        return self._unsupported(written, verdicts[best], [others[best]], "not_cited")

    def _verdict(self, text: str, groups: Sequence[Sequence[Offered]]) -> list[Verdict]:
        return self._checker.check_all(
            [Item(text, tuple(passage.text for passage in group), _published(group)) for group in groups]
        )

    def _unfit(self, text: str) -> str:
        """Why a statement is not shown whoever supports it; empty when nothing speaks against it."""
        if self._instructions & _runs(text):
            return "discloses_instructions"
        known = " ".join(passage.text for passage in self._passages.values()).casefold()
        if _ADDRESS.search(text) or any(found[0].casefold() not in known for found in _DOMAIN.finditer(text)):
            return "foreign_link"
        if gives_orders(text):
            return "instruction"
        if text.rstrip("\"'”’)").endswith("?"):
            return "question"
        if len(re.findall(r"\w+", text)) < FEWEST_WORDS:
            return "fragment"
        return ""

    def _others(self, text: str, cited: Sequence[Offered]) -> list[Offered]:
        """The passages that share most of the statement's words, beside those cited."""
        terms = frozenset(content_terms(text))
        left = [passage for passage in self._passages.values() if passage not in cited]
        shared = {passage.number: _best_share(terms, passage) for passage in left}
        near = sorted((p for p in left if shared[p.number]), key=lambda p: (-shared[p.number], p.number))
        return near[:OTHERS_TRIED]

    def _supported(self, written: Written, verdict: Verdict, passages: Sequence[Offered]) -> Finding:
        evidence = _evidence(verdict, passages, written.text)
        if not evidence:
            return Finding(written, verdict.support, (), reason="not_cited")
        checked: tuple[Established, ...] = ("quote",) if verdict.verbatim else ("exact", "score")
        # "It began operations in July" leans on a line that may have been withheld.
        reason = "" if is_self_contained(written.text) else "unclear_reference"
        if not verdict.verbatim and _is_cut_off(written.text, passages):
            reason = "fragment"
        texts = tuple(passage.text for passage in passages)
        return Finding(
            written, verdict.support, evidence, checked, reason, "", texts, not verdict.verbatim and not reason
        )

    def _unsupported(
        self, written: Written, verdict: Verdict, passages: Sequence[Offered], reason: str = ""
    ) -> Finding:
        # Without a problem it was supported, and has words that its passages lack.
        kind, words = next(((p.kind, p.words) for p in verdict.problems), ("score", ""))
        only_score = all(each.kind == "score" for each in verdict.problems)
        near = self._nearest(written.text, verdict, passages)
        return Finding(
            written,
            verdict.support,
            near,
            reason=reason or _REASONS.get(kind, f"{kind}_not_supported"),
            words=words if words != written.text else "",
            texts=tuple(passage.text for passage in passages),
            judge_may_decide=only_score and not reason and is_self_contained(written.text),
        )

    def _nearest(self, text: str, verdict: Verdict, passages: Sequence[Offered]) -> tuple[Evidence, ...]:
        """The sentences that speak of what a statement says, nearest first."""
        found = [item for span in (verdict.nearest, *verdict.evidence) if span for item in _at(span, passages)]
        vector = self._embed(text)
        return tuple(item for item in _first_of_key(found) if _cosine(item, vector) >= NEAR_ENOUGH)


def _is_cut_off(text: str, passages: Sequence[Offered]) -> bool:
    """Whether a text is a part of a sentence that says nothing by itself ("Industry Minister Ryosei Akazawa")."""
    part = plain(text).rstrip(".").casefold()
    is_item = ":" in text  # "Week 3: build a small pose graph" needs no verb of those that are known
    return not (is_item or has_verb(text)) and any(
        part in plain(item.sentence.text).casefold() for passage in passages for item in passage.items
    )


def _bears(verdict: Verdict, text: str, passages: Sequence[Offered]) -> bool:
    """Whether passages bear a statement out: the checker finds so, and they have nearly all of its words.

    The second is stricter than the checker: a word that no cited passage has in any of its forms is the model's own.
    """
    if not verdict.supported or verdict.verbatim:
        return verdict.supported
    terms = frozenset(content_terms(text))
    having = frozenset().union(*(item.terms for passage in passages for item in passage.items))
    return len(terms & having) >= LEAST_COVERED * len(terms)


def weighed(finding: Finding, opinion: Opinion | None) -> Finding:
    """The finding after a second opinion.

    Both have to agree, except that a confident judge overrules the learned score; without an opinion the checker's
    finding stands.
    """
    if opinion is None:
        return finding
    if not finding.reason:
        if opinion.supported:
            return replace(finding, checked=(*finding.checked, "judge"))
        return replace(finding, reason="judge_disagrees", checked=())
    if opinion.supported and opinion.confidence >= CONFIDENT and finding.evidence:
        return replace(finding, reason="", support=opinion.confidence, checked=("exact", "judge"))
    return finding


@dataclass(frozen=True, slots=True)
class Released:
    """A statement to show: the model's words with the sentences behind them, or a source's sentence in their place."""

    text: str
    evidence: tuple[Evidence, ...]
    support: float
    checked: tuple[Established, ...]
    quoted: bool


def settle(finding: Finding, shown: Callable[[Evidence], bool], told: Iterable[str]) -> Released | Withheld:
    """Decide on a statement in the order of the answer.

    Args:
        finding: what its examination found.
        shown: whether the answer has quoted or told a sentence already.
        told: the texts of the statements released so far.
    """
    text = finding.written.text
    if not finding.reason:
        if any(fuzz.token_set_ratio(text, other) >= SAME_WORDS for other in told):
            return Withheld(text=text, reason="repeated")
        return Released(_closed(text), finding.evidence, finding.support, finding.checked, quoted=False)
    for item in finding.evidence:
        if not shown(item) and _stands_alone(item):
            return Released(plain(item.sentence.text), (item,), 1.0, ("quote",), quoted=True)
    hidden = finding.reason in ("discloses_instructions", "foreign_link", "instruction")
    return Withheld(text="" if hidden else text, reason=finding.reason, words=finding.words)


def _stands_alone(item: Evidence) -> bool:
    """Whether a sentence can be quoted by itself."""
    return is_self_contained(item.sentence.text) and not gives_orders(item.sentence.text)


def _closed(text: str) -> str:
    return text if text[-1] in '.!”")’' else f"{text.rstrip(',;:')}."


def _published(passages: Sequence[Offered]) -> date | None:
    """The day from which relative dates are read: that of the news cited, unless several days are."""
    days = {passage.document.published for passage in passages if passage.document.kind == "news"}
    return days.pop() if len(days) == 1 else None


def _evidence(verdict: Verdict, passages: Sequence[Offered], text: str) -> tuple[Evidence, ...]:
    """The sentences behind a supported statement: those it was compared with, and those that have its other figures."""
    found = [item for span in verdict.evidence for item in _at(span, passages)]
    told = " ".join(item.sentence.text for item in found)
    for figure in dict.fromkeys(_FIGURE.findall(text)):
        if figure not in told:
            items = (item for passage in passages for item in passage.items if figure in item.sentence.text)
            found += islice(items, 1)
            told = " ".join(item.sentence.text for item in found)
    return tuple(_first_of_key(found))


def _at(span: Span, passages: Sequence[Offered]) -> list[Evidence]:
    item = passages[span.passage].sentence_at(span.start, span.end)
    return [] if item is None else [item]


def _first_of_key(items: Iterable[Evidence]) -> list[Evidence]:
    return list({item.key: item for item in items}.values())


def _cosine(item: Evidence, vector: npt.NDArray[np.float32]) -> float:
    row = next(n for n, sentence in enumerate(item.passage.sentences) if sentence.start == item.sentence.start)
    return float(unit_rows(item.passage)[row] @ vector)


def _best_share(terms: frozenset[str], passage: Offered) -> float:
    if not terms:
        return 0.0
    return max(len(terms & item.terms) / len(terms) for item in passage.items)


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return frozenset(tuple(words[at : at + _LEAKED_RUN]) for at in range(len(words) - _LEAKED_RUN + 1))
