"""The offline judge: a target's response against its golden question and the documents it cites.

Every statement, quote, nugget and gold sentence gets a verdict; `answers` turns the verdicts into metrics. The judge of
entailment is the product's own checker, exact rules with a veto and a score (`service.grounding.checker`); its error is
measured on labelled sets by `eval.judges`. Nothing here asks a network or a clock, so the same response is judged the
same way every time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from eval.golden import GoldenQuestion, Nugget
from eval.records import (
    CitationVerdict,
    CitedWords,
    GoldVerdict,
    Judgement,
    NuggetVerdict,
    Objection,
    Response,
    Said,
    StatementVerdict,
)
from eval.sources import Sources, SourceText, normal
from service.answering.answer import NEEDS_CITATION
from service.answering.terms import content_terms
from service.grounding.checker import Checker
from service.grounding.verdict import Item, Verdict

THRESHOLD: Final = 0.5
"""Support from which the judge says yes. The product errs on the strict side; a measurement should err as little to one
side as to the other: on the dev half of `eval/grounding/labelled.jsonl` this catches 79 % of the unsupported sentences
and keeps 75 % of the others (the product's threshold: 89 and 58 %).
"""
_QUOTED = re.compile(r"“([^”]+)”")
_ELLIPSIS = re.compile(r"\s*…\s*")
_DENIES = re.compile(r"\b(?:no|not|none|nothing|nor|never|outside|cannot|can't|don't|doesn't|unclear|unknown)\b", re.I)
_SIDE = re.compile(
    r"(?P<value>[^()]+?) \((?P<publisher>.+?), (?P<day>\d{1,2} [A-Z][a-z]+ \d{4})(?P<newest>, the newest)?\)\.?"
)
_FRAME_RULES: Final = frozenset({"figure", "date", "name"})
"""Rules that hold for the words around quotations too: these words may connect, but bring no fact of their own."""
_SHARE_QUOTED: Final = 0.5
"""Share of a gold sentence that a citation's quote must have to count as citing it."""


@dataclass(frozen=True, slots=True)
class _Premise:
    """What a citation gives as evidence: texts, with the document they are from."""

    texts: tuple[str, ...]
    source: SourceText


class Judge:
    """Judges responses. Verdicts are remembered, so a sentence that many answers share is checked once."""

    name = "rules and lexical score of service.grounding"

    def __init__(self, checker: Checker, sources: Sources) -> None:
        self._checker = checker
        self._sources = sources
        self._verdicts: dict[Item, Verdict] = {}

    def judge(self, question: GoldenQuestion, response: Response) -> Judgement:
        """Everything that can be found out about `response` from the question and the cited documents."""
        sources = self._sources.beside(question)
        statements = tuple(self._statement(said, sources) for said in response.statements)
        gold = self._gold(question, response, statements, sources)
        return Judgement(
            statements=statements,
            gold=gold,
            nuggets=tuple(self._nugget(each, question, response, statements, gold) for each in question.nuggets),
            faults=faults(question, response),
            violations=violations(question, response),
        )

    def entails(self, texts: Sequence[str], statement: str, published: date | None = None) -> bool:
        """Whether the texts, taken together, support the statement."""
        return self._verdict(statement, tuple(texts), published).supported

    # ---- statements ----

    def _statement(self, said: Said, sources: Sources) -> StatementVerdict:
        cited = [sources.find(citation.document) for citation in said.citations]
        statuses = [
            sources.quote_status(citation.quote, source) for citation, source in zip(said.citations, cited, strict=True)
        ]
        if not said.citations:
            verdict, objections = self._support(said, [])
            claims = claims_something(said)
            return StatementVerdict(claims=claims, objections=objections if claims else ())
        whole = [_Premise((source.text, source.header), source) for source in _distinct(cited)]
        verdict, objections = self._support(said, whole)
        # Words that do not stand in the cited source are no evidence, however well they fit the statement.
        words: list[_Premise | None] = []
        for citation, source, (status, _) in zip(said.citations, cited, statuses, strict=True):
            usable = source is not None and status in ("verbatim", "no_quote")
            text = citation.quote or (source.text if source else "")
            words.append(_Premise((text, source.header), source) if usable and source else None)
        entailed = self._support(said, [each for each in words if each])[0].supported
        return StatementVerdict(
            claims=claims_something(said),
            supported=verdict.supported,
            support=round(verdict.support, 6),
            verbatim=verdict.verbatim,
            entailed=entailed,
            objections=objections,
            citations=tuple(
                CitationVerdict(quote=status, elsewhere=where, precise=entailed and self._is_precise(said, words, at))
                for at, (status, where) in enumerate(statuses)
            ),
        )

    def _is_precise(self, said: Said, words: Sequence[_Premise | None], at: int) -> bool:
        """ALCE's citation precision of one citation of a statement that all citations together support."""
        own = words[at]
        if own is None:
            return False
        if self._support(said, [own])[0].supported:
            return True
        others = [each for place, each in enumerate(words) if each and place != at]
        return not self._support(said, others)[0].supported

    def _support(self, said: Said, premises: Sequence[_Premise]) -> tuple[Verdict, tuple[Objection, ...]]:
        """The verdict on a statement, and what speaks against it.

        A link or a question puts words of its own around quotations. It is supported as well when each quotation
        stands in a cited source and the words around them bring no figure, date or name that the sources do not have.
        A disagreement that sets figures side by side is supported as well when each stands in the source beside it. Of
        a gap, only what follows a lead-in with a colon is a claim.
        """
        texts = tuple(text for premise in premises for text in premise.texts)
        published = max((premise.source.published for premise in premises), default=None)
        claim = said.text.partition(": ")[2] if said.kind == "gap" and ": " in said.text else said.text
        verdict = self._verdict(claim, texts, published)
        if not verdict.supported and (
            (said.kind in ("link", "question") and self._is_framed(said, premises, published))
            or (said.kind == "disagreement" and _sets_side_by_side(said.text, premises))
        ):
            verdict = Verdict(1.0, True, (), verdict.evidence, verdict.nearest)
        owners = [premise.source.id for premise in premises for _ in premise.texts]
        return verdict, tuple(
            Objection(
                kind=problem.kind,
                words=problem.words,
                explanation=problem.explanation,
                evidence=problem.evidence.text if problem.evidence else "",
                document=owners[problem.evidence.passage] if problem.evidence else "",
            )
            for problem in verdict.problems
        )

    def _is_framed(self, said: Said, premises: Sequence[_Premise], published: date | None) -> bool:
        quoted = _QUOTED.findall(said.text)
        sources = [premise.source for premise in premises]
        if not quoted or not all(_quotes(words, sources) for words in quoted):
            return False
        frame = _QUOTED.sub(" ", said.text)
        texts = tuple(text for source in sources for text in (source.text, source.header))
        kinds = {problem.kind for problem in self._verdict(frame, texts, published).problems}
        return not kinds & _FRAME_RULES

    def _verdict(self, statement: str, texts: tuple[str, ...], published: date | None) -> Verdict:
        item = Item(statement, texts, published)
        if item not in self._verdicts:
            self._verdicts[item] = self._checker.check_all([item])[0]
        return self._verdicts[item]

    # ---- gold sentences and nuggets ----

    def _gold(
        self,
        question: GoldenQuestion,
        response: Response,
        statements: Sequence[StatementVerdict],
        sources: Sources,
    ) -> tuple[GoldVerdict, ...]:
        verdicts = []
        for gold in question.gold:
            document = sources.find(gold.doc)
            if document is None:
                continue
            citing = _citing(gold.sentence, document, response, sources)
            supported = [at for at in citing if statements[at].supported]
            verdicts.append(
                GoldVerdict(
                    document=document.id,
                    sentence=gold.sentence,
                    grade=gold.grade,
                    published=document.published,
                    cited=bool(citing),
                    statement=next(iter(supported or citing), None),
                )
            )
        return tuple(verdicts)

    def _nugget(
        self,
        nugget: Nugget,
        question: GoldenQuestion,
        response: Response,
        statements: Sequence[StatementVerdict],
        gold: Sequence[GoldVerdict],
    ) -> NuggetVerdict:
        """A nugget is conveyed by a supported statement that cites its gold sentence or entails it.

        What an answer says to be missing (a gap) conveys a nugget as well.
        """
        supported = [
            at
            for at, (said, verdict) in enumerate(zip(response.statements, statements, strict=True))
            if verdict.supported or (said.kind == "gap" and not verdict.claims)
        ]
        document = self._sources.beside(question).find(nugget.doc) if nugget.doc else None
        behind = self._behind(nugget, [each for each in gold if document is None or each.document == document.id])
        for each in behind:
            if each.statement in supported:
                return NuggetVerdict(text=nugget.text, grade=nugget.grade, found="gold", statement=each.statement)
        texts = tuple(response.statements[at].text for at in supported)
        if texts:
            verdict = self._verdict(nugget.text, texts, None)
            if verdict.supported and verdict.nearest:
                at = supported[verdict.nearest.passage]
                return NuggetVerdict(text=nugget.text, grade=nugget.grade, found="entailed", statement=at)
        return NuggetVerdict(text=nugget.text, grade=nugget.grade)

    def _behind(self, nugget: Nugget, gold: Sequence[GoldVerdict]) -> list[GoldVerdict]:
        """The gold sentences that a nugget rests on: those that entail it, else the one that shares most words."""
        entailing = [each for each in gold if self.entails([each.sentence], nugget.text)]
        if entailing or not gold:
            return entailing
        terms = frozenset(content_terms(nugget.text))
        return [max(gold, key=lambda each: len(terms & frozenset(content_terms(each.sentence))))]


def _sets_side_by_side(text: str, premises: Sequence[_Premise]) -> bool:
    """Whether a statement of the form `what “…” is: A (publisher, day, the newest) · B (publisher, day)` is true.

    Each figure must stand in the cited words of that publisher and day, "the newest" at the last day only, and what the
    figures are about must be quoted from, or stand in, a cited source.
    """
    first, *others = text.split(" · ")
    frame, _, opening = first.rpartition(": ")
    sides = [_SIDE.fullmatch(side.strip()) for side in (opening, *others)]
    if not frame or not others or not all(sides):
        return False
    found = [side for side in sides if side]
    days = {premise.source.spoken: premise.source.published for premise in premises}
    latest = max((days[side["day"]] for side in found if side["day"] in days), default=None)
    sources = [premise.source for premise in premises]
    about = _QUOTED.findall(frame) or [frame.partition(" is put at ")[0]]
    return all(_quotes(words, sources) for words in about) and all(
        _stands_beside(side, premises) and (not side["newest"] or days[side["day"]] == latest) for side in found
    )


def _stands_beside(side: re.Match[str], premises: Sequence[_Premise]) -> bool:
    return any(
        normal(side["value"]) in normal(" ".join(premise.texts))
        for premise in premises
        if premise.source.publisher == side["publisher"] and premise.source.spoken == side["day"]
    )


def claims_something(said: Said) -> bool:
    """Whether a statement claims anything about the world.

    Facts, advice, links and disagreements do. A question does when it quotes, or does not ask; a gap when it says
    nothing about what is missing. So a target gains nothing by calling its facts gaps.
    """
    if said.kind in NEEDS_CITATION:
        return True
    if said.kind == "question":
        return bool(_QUOTED.search(said.text)) or "?" not in said.text
    return not _DENIES.search(said.text)


def answer_text(response: Response) -> str:
    """Everything an answer says, with the dates of its citations: what the patterns of a question are matched with."""
    sources = {source.document: source for source in response.sources}
    lines, section = [response.abstention_reason], ""
    for said in response.statements:
        if said.section != section:
            section = said.section
            lines.append(section)
        named = [sources[citation.document] for citation in said.citations if citation.document in sources]
        cited = " ".join(f"[{source.publisher}, {source.published or ''}]" for source in named)
        lines.append(f"{said.text} {cited}")
    return "\n".join(line for line in lines if line)


def faults(question: GoldenQuestion, response: Response) -> tuple[str, ...]:
    """What is not as the question expects it: words missing or there that must not be, abstention, what was understood.

    A target that does not say what it understood is not held to it.
    """
    expect, text = question.expect, answer_text(response)
    found = ["no answer"] if response.error else []
    found += [f"says {pattern}" for pattern in expect.says if not re.search(pattern, text, re.I | re.S)]
    found += [f"says_not {pattern}" for pattern, _ in violations(question, response)]
    if expect.abstain is not None and has_abstained(response) != expect.abstain:
        found.append(f"abstained {has_abstained(response)}")
    if response.companies is not None:
        found += [f"company {name}" for name in expect.companies if name not in response.companies]
    if response.roles is not None:
        found += [f"role {role}" for role in expect.roles if role not in response.roles]
    return tuple(found)


def violations(question: GoldenQuestion, response: Response) -> tuple[tuple[str, str], ...]:
    """The `says_not` patterns that the answer matches, each with the matched words."""
    text = answer_text(response)
    matches = ((pattern, re.search(pattern, text, re.I)) for pattern in question.expect.says_not)
    return tuple((pattern, match.group()) for pattern, match in matches if match)


def has_abstained(response: Response) -> bool:
    """Whether the target declined: it says so, or it answered with nothing at all. A failure is no abstention."""
    return not response.error and (response.abstained or not response.statements)


def _distinct(sources: Sequence[SourceText | None]) -> list[SourceText]:
    return list({source.id: source for source in sources if source}.values())


def _quotes(words: str, sources: Sequence[SourceText]) -> bool:
    """Whether a source has the words in this order, an ellipsis standing for whatever was left out."""
    parts = [re.escape(normal(part)) for part in _ELLIPSIS.split(words) if part.strip()]
    pattern = re.compile(".{0,400}?".join(parts), re.I)
    return bool(parts) and any(pattern.search(source.normal) for source in sources)


def _citing(sentence: str, document: SourceText, response: Response, sources: Sources) -> list[int]:
    """The places of the statements with a citation of the sentence, whole or in good part."""
    wanted = normal(sentence)

    def is_it(citation: CitedWords) -> bool:
        quote, source = normal(citation.quote), sources.find(citation.document)
        if not quote or source is None or source.id != document.id:
            return False
        return wanted in quote or (quote in wanted and len(quote) >= _SHARE_QUOTED * len(wanted))

    return [at for at, said in enumerate(response.statements) if any(map(is_it, said.citations))]
