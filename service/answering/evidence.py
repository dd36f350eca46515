"""Sentences that bear on a question: gathered from search, scored, chosen, and compared with each other.

`gather` turns a `Question` into a `Pool` of sentences (with their stored vectors, so that nothing is embedded here but
the question), `Pool.rank` scores them, `choose` covers what was asked with few sentences, and `differences` finds
figures on the same matter that publishers report differently. The composers put the result into words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import combinations, product
from math import log
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from corpus.document import Document, Passage, Sentence
from corpus.embed import dequantise
from corpus.search import Hit, SearchFilter, SearchQuery
from service.answering.answer import AnswerFilters
from service.answering.figures import Figure, dates, figures
from service.answering.focus import Focus
from service.answering.question import Question
from service.answering.terms import content_terms, inverse_frequencies
from service.grounding.instructions import gives_orders

Vector = NDArray[np.float32]

# Weights of a sentence's score for a question; each part lies in 0..1. Tuned on the development questions.
W_COSINE, W_COVERAGE, W_COMPANY, W_TYPE, W_ASPECT, W_RECENCY = 0.36, 0.36, 0.15, 0.11, 0.14, 0.06
W_DOCUMENT = 0.2
"""Share of a sentence's score that its document's two best sentences give: what stands together belongs together."""
TITLE_SHARE = 0.35
"""What a question's word counts that stands only in the document's title, as a share of one in the sentence."""
W_NEWEST = 0.10
"""Added to the weight of recency when a question asks for the present state."""
W_RETROSPECT = 0.09
"""Taken from a sentence about an earlier state, unless that is what is asked."""
W_ENDED = 0.05
"""Added to a sentence that says that the matter was given up: nothing else about it should be read without that."""
UNSEEN_SHARE = 0.5
"""Weight of a word that no gathered sentence has, as a share of the rarest word's: chat is full of such words."""
CALLED_SHARE = 0.4
"""Weight of a word that named an asked detail, as a share of its own: the sentence need not use the same word."""
KEY_WEIGHT = 1.6
"""How much more a word of the asked clause counts than one of its context."""
RECENCY_HALF_LIFE_DAYS = 120.0
SAME_MATTER = 0.78
"""Least cosine of two sentences that report the same matter; pairs of the shipped corpus were read to set it."""
SAME_MATTER_SURE = 0.86
LEAST_ALIKE = 0.5
"""Cosine below which two sentences are not compared at all."""
EXTENDS_MATTER = 0.5
"""Least cosine of a report without the shared figure to one with it, when their other figures are close."""
UPDATE_AFTER_DAYS = 45
"""Reports further apart than this on a changing quantity are an older and a newer report, not a disagreement."""
ROUNDING = 0.02
"""Largest relative difference that counts as rounding: about 700 for 671 is another figure to a candidate."""
_MAX_RATIO = 1.7
_EXPECTATION = re.compile(
    r"\b(?:expect|forecast|guid|plan|would|could|talks?|negotiat|seek|target|aim|hope|want|project(?:ed|s)|is to|are to|may|might)",
    re.IGNORECASE,
)
_RETROSPECT = re.compile(
    r"\b(?:previous(?:ly)?|(?:months?|years?|weeks?|quarters?) earlier|had (?:been|already|first|long)|formerly|once was|earlier (?:record|round))\b",
    re.IGNORECASE,
)
_ENDED = re.compile(
    r"\b(?:halt(?:s|ed)|cancel(?:s|led)?|retired|discontinued|given up|gave up|no longer|wound down|scrap(?:s|ped)|ends? (?:the )?(?:production|development))\b",
    re.IGNORECASE,
)
_ASKS_EARLIER = re.compile(
    r"\b(?:before|previous(?:ly)?|earlier|used to|former(?:ly)?|original(?:ly)?|was|were|did|had)\b", re.IGNORECASE
)
_REPORTED_ON = re.compile(r"(?:reported|wrote|said|announced) (?:on|in) .*$", re.IGNORECASE)
_PERIODS = {
    "year": re.compile(r"\b20\d\d\b"),
    "quarter": re.compile(r"\b(first|second|third|fourth) quarter\b|\bQ[1-4]\b", re.IGNORECASE),
    "month": re.compile(
        r"\b(January|February|March|April|May|June|July|August|September|October|November|December)(?= 20\d\d)"
    ),
}


class Search(Protocol):
    """Hybrid search and the model that embeds its questions."""

    def search(self, query: SearchQuery) -> list[Hit]:
        """The best passages for a query."""

    def vector(self, text: str) -> Vector:
        """The embedding of a text, of length 1."""


class Guides(Protocol):
    """Where whole documents are read from."""

    def guide(self, role_id: str) -> Document | None:
        """The guide of a role."""

    def document_passages(self, document_id: str) -> tuple[Passage, ...]:
        """A document's passages in reading order."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of a source as evidence. `score` is its fitness for the question last ranked, 0..1 and rarely above 0.9."""

    document: Document
    passage: Passage
    sentence: Sentence
    row: int
    terms: frozenset[str]
    score: float = 0.0
    covered: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[str, int]:
        """What makes it the same sentence: document and place."""
        return self.document.id, self.sentence.start


@lru_cache(maxsize=8192)
def _unit_rows(vectors: bytes, count: int) -> Vector:
    return dequantise(vectors, len(vectors) // count)


def unit_rows(passage: Passage) -> Vector:
    """The passage's sentence vectors as float32 rows of length 1, shape `[sentences, dimensions]`; do not write to it."""
    return _unit_rows(passage.sentence_vectors, len(passage.sentences))


class Pool:
    """The sentences of some passages, ready to be scored: `vectors` has one unit row per item of `items`."""

    def __init__(self, passages: Iterable[tuple[Document, Passage]]) -> None:
        """Take every sentence of the passages once, in the order given; orders to a machine are no evidence."""
        items: list[Evidence] = []
        rows: list[Vector] = []  # one block a passage
        seen: set[str] = set()
        for document, passage in passages:
            if passage.id in seen:
                continue
            seen.add(passage.id)
            told = [at for at, sentence in enumerate(passage.sentences) if not gives_orders(sentence.text)]
            rows.append(unit_rows(passage)[told])
            for sentence in (passage.sentences[at] for at in told):
                items.append(Evidence(document, passage, sentence, len(items), frozenset(content_terms(sentence.text))))
        self.items = items
        self.vectors: Vector = np.concatenate(rows) if rows else np.zeros((0, 1), dtype=np.float32)
        self._titles = {item.document.id: frozenset(content_terms(item.document.title)) for item in items}
        self.weights, self.unseen = inverse_frequencies(sorted(item.terms) for item in items)
        self._named = Counter(company for item in items for company in item.sentence.companies)
        self.newest: date | None = max((i.document.published for i in items if i.document.kind == "news"), default=None)

    def corrected(self, terms: Sequence[str]) -> tuple[str, ...]:
        """The terms with those that no sentence has replaced by a sentence's term one slip away, if there is one."""
        found = [term if term in self.weights else self._nearest(term) for term in terms]
        return tuple(dict.fromkeys(found))

    def _nearest(self, term: str) -> str:
        if len(term) < 5 or not term.isalpha():
            return term
        slips = 1 if len(term) < 8 else 2
        match = process.extractOne(term, self.weights.keys(), scorer=OSA.distance, score_cutoff=slips)
        return str(match[0]) if match else term

    def rank(self, question: Question, focus: Focus, vector: Vector) -> list[Evidence]:
        """All items scored for a question's focus, best first; ties stand in pool order.

        `vector` is the embedding of the focus's text.
        """
        if not self.items:
            return []
        key = set(self.corrected(sorted(focus.key_terms)))
        weight = {
            term: self.weights.get(term, self.unseen * UNSEEN_SHARE) * (KEY_WEIGHT if term in key else 1.0)
            for term in self.corrected(focus.terms)
        }
        # What an asked detail was called is judged by the detail's own patterns, so that a bare verb ("runs") is not.
        called = {
            term
            for aspect in focus.aspects
            for found in aspect.asked.finditer(focus.text)
            for term in content_terms(found.group(0))
        }
        weight = {term: value * (CALLED_SHARE if term in called else 1.0) for term, value in weight.items()}
        total = sum(weight.values()) or 1.0
        recency = W_RECENCY + W_NEWEST * focus.newest
        past = 0.0 if _ASKS_EARLIER.search(focus.text) else W_RETROSPECT
        cosine = np.clip(self.vectors @ vector, 0.0, 1.0)
        scored = []
        for item, similarity in zip(self.items, cosine.tolist(), strict=True):
            inside = frozenset(term for term in weight if term in item.terms)
            title = self._titles[item.document.id]
            coverage = sum(weight[term] for term in inside) + TITLE_SHARE * sum(
                value for term, value in weight.items() if term not in inside and term in title
            )
            score = (
                W_COSINE * similarity
                + W_COVERAGE * coverage / total
                + W_COMPANY * self._names_asked(question, item)
                + W_TYPE * answer_type_fit(focus.answer_types, item.sentence)
                + W_ASPECT * aspect_fit(focus, item.sentence.text)
                + recency * self._recency(item.document)
                + W_ENDED * (bool(inside) and bool(_ENDED.search(item.sentence.text)))
                - past * is_retrospective(item.sentence.text)
            )
            scored.append(replace(item, score=score, covered=inside))
        scores_of: dict[str, list[float]] = {}
        for item in scored:
            scores_of.setdefault(item.document.id, []).append(item.score)
        together = {key: sum(sorted(values)[-2:]) / min(2, len(values)) for key, values in scores_of.items()}
        scored = [
            replace(item, score=(1 - W_DOCUMENT) * item.score + W_DOCUMENT * together[item.document.id])
            for item in scored
        ]
        return sorted(scored, key=lambda item: (-item.score, item.row))

    def similarity(self, left: Evidence, right: Evidence) -> float:
        """Cosine of two sentences of this pool."""
        return float(self.vectors[left.row] @ self.vectors[right.row])

    def speaks_of(self, item: Evidence, term: str) -> bool:
        """Whether a sentence, or the title above it, has a term."""
        return term in item.terms or term in self._titles[item.document.id]

    def has_figure(self, document_id: str, figure: Figure) -> bool:
        """Whether any gathered sentence of a document has a figure of this value and unit."""
        return any(
            other.value == figure.value and other.unit == figure.unit
            for item in self.items
            if item.document.id == document_id
            for other in figures(item.sentence.text)
        )

    def coverage(self, focus: Focus, item: Evidence) -> float:
        """Which share of the asked words' weight stands in the document of a sentence, 0..1; 1 when nothing was asked.

        Unlike in ranking, a word that no sentence has counts in full: it is what the sources lack.
        """
        weight = {term: self.weights.get(term, self.unseen) for term in self.corrected(focus.terms)}
        total = sum(weight.values())
        stands = self._document_terms(item.document.id)
        return sum(value for term, value in weight.items() if term in stands) / total if total else 1.0

    def _document_terms(self, key: str) -> frozenset[str]:
        return self._titles[key].union(*(item.terms for item in self.items if item.document.id == key))

    def share_named(self, companies: Sequence[str], item: Evidence) -> float:
        """How much of the asked companies a sentence names, 0..1; one in less news counts more."""
        weight = {company: self._company_weight(company) for company in companies}
        total = sum(weight.values())
        return (
            sum(value for company, value in weight.items() if company in item.sentence.companies) / total
            if total
            else 0.0
        )

    def _names_asked(self, question: Question, item: Evidence) -> float:
        """How far a sentence is about who is asked about, 0..1."""
        if not question.asked_ids:
            return 1.0 if question.described_ids.intersection(item.sentence.companies) else 0.5
        if named := self.share_named(question.asked_ids, item):
            return 0.6 + 0.4 * named
        return 0.4 if not item.sentence.companies and set(question.asked_ids) & set(item.document.companies) else 0.0

    def _company_weight(self, company: str) -> float:
        """Inverse frequency of a company among the sentences, as that of words."""
        named = self._named.get(company, 0)
        return log(1 + (len(self.items) - named + 0.5) / (named + 0.5))

    def _recency(self, document: Document) -> float:
        if document.kind != "news" or self.newest is None:
            return 0.0
        return float(0.5 ** ((self.newest - document.published).days / RECENCY_HALF_LIFE_DAYS))


_REASON = re.compile(
    r"\b(?:because|reasons?|so that|in order to|due to|led to|costs?|priorit|gave .* as|over concerns|blam(?:es|ed)|puts? down to|explain)",
    re.IGNORECASE,
)
_DURATION = re.compile(
    r"\b(?:\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|half an?)[- ](?:minute|hour|day|week|month|year)s?\b",
    re.IGNORECASE,
)
_PERSON = re.compile(r"\b[A-Z][a-z]+ [A-Z][a-z]+(?:-[A-Z][a-z]+)?\b")
_TYPE_TESTS: dict[str, Callable[[Sentence], bool]] = {
    "money": lambda sentence: any(len(f.unit) == 3 and f.unit.isupper() for f in figures(sentence.text)),
    "number": lambda sentence: bool(figures(sentence.text)),
    "percent": lambda sentence: any(f.unit == "%" for f in figures(sentence.text)),
    "date": lambda sentence: bool(dates(sentence.text)) or "20" in sentence.text,
    "place": lambda sentence: bool(sentence.countries),
    "person": lambda sentence: bool(_PERSON.search(sentence.text)),
    "reason": lambda sentence: bool(_REASON.search(sentence.text)),
    "duration": lambda sentence: bool(_DURATION.search(sentence.text)),
}


def is_retrospective(text: str) -> bool:
    """Whether a sentence is about a state that something newer has replaced ("the previous record", "months earlier")."""
    return bool(_RETROSPECT.search(text))


def answer_type_fit(types: Iterable[str], sentence: Sentence) -> float:
    """Which share of the asked kinds of answer (money, date, place, …) a sentence has, 0..1."""
    wanted = list(types)
    return sum(_TYPE_TESTS[name](sentence) for name in wanted) / len(wanted) if wanted else 0.0


def aspect_fit(focus: Focus, text: str) -> float:
    """Which share of the asked aspects a sentence speaks of, 0..1; where it stands "now" counts only by itself."""
    aspects = [aspect for aspect in focus.aspects if aspect.id != "status"] or list(focus.aspects)
    return sum(bool(aspect.told.search(text)) for aspect in aspects) / len(aspects) if aspects else 0.0


def source_filter(
    question: Question, filters: AnswerFilters, *, companies: Sequence[str] = (), kinds: Sequence[str] = ("news",)
) -> SearchFilter:
    """What may be found for a question: its `as_of` and window, and the request's own restrictions."""
    starts = [day for day in (filters.published_from, question.window.start if question.window else None) if day]
    ends = [day for day in (filters.published_to, question.window.end if question.window else None) if day]
    return SearchFilter(
        companies=tuple(companies) or filters.companies,
        countries=filters.countries,
        topics=filters.topics,
        kinds=tuple(kind for kind in kinds if not filters.kinds or kind in filters.kinds) or ("none",),
        published_from=max(starts, default=None),
        published_to=min(ends, default=None),
        as_of=question.as_of,
    )


def gather(
    question: Question, search: Search, filters: AnswerFilters, related: Callable[[str], Sequence[str]]
) -> tuple[Question, Pool]:
    """The pool of news sentences for a question: what names its companies, and what fits it whoever it names.

    `related` gives the members or the parent of a company; their news is taken when its own is too thin, and the
    question returned says so in `related_ids`.
    """
    hits: list[Hit] = []
    kin: list[str] = []
    for company in question.company_ids:
        own = search.search(_query(question, source_filter(question, filters, companies=(company,)), 60))
        hits += own
        if len(own) < 2 and related(company):
            kin += related(company)
            hits += search.search(_query(question, source_filter(question, filters, companies=related(company)), 30))
    question = replace(question, related_ids=tuple(dict.fromkeys(kin)))
    if not question.company_ids or question.intent == "fact":
        # What names no company may be about the trade itself, which the guides tell.
        kinds = ("news",) if question.company_ids or question.intent != "fact" else ("news", "guide")
        hits += search.search(_query(question, source_filter(question, filters, kinds=kinds), 24))
    return question, Pool((hit.document, hit.passage) for hit in hits)


def _query(question: Question, where: SearchFilter, limit: int) -> SearchQuery:
    return SearchQuery(
        text=question.standalone, filter=where, companies=question.asked_ids, skills=question.skills, topics=question.topics,
        countries=question.countries, roles=tuple(role.id for role in question.roles), recency=0.3, limit=limit, max_per_document=6, max_per_publisher=limit,
    )  # fmt: skip


def choose(
    pool: Pool, ranked: Sequence[Evidence], first: Sequence[Evidence], limit: int, floor: float, gain: float = 0.1
) -> list[Evidence]:
    """The sentences of `first`, then those of `ranked` that add what is asked and not yet covered (greedy coverage).

    A further sentence must score at least `floor` of the best one and cover a share `gain` of the asked words' weight
    that the chosen ones do not. Greedy choice for coverage is within 1 - 1/e of the best set (Nemhauser et al. 1978).
    """
    chosen = list(first) or list(ranked[:1])
    if not chosen:
        return []
    asked = frozenset(term for item in ranked for term in item.covered)
    total = sum(pool.weights.get(term, pool.unseen) for term in asked) or 1.0
    while len(chosen) < limit:
        covered = frozenset(term for item in chosen for term in item.terms)
        best: tuple[float, Evidence] | None = None
        for item in ranked[:60]:
            if item.score < floor * ranked[0].score or any(item.key == other.key for other in chosen):
                continue
            if max(pool.similarity(item, other) for other in chosen) > 0.92:
                continue
            new = sum(pool.weights.get(term, pool.unseen) for term in item.covered - covered) / total
            if new >= gain and (best is None or item.score + new > best[0]):
                best = (item.score + new, item)
        if best is None:
            break
        chosen.append(best[1])
    return chosen


@dataclass(frozen=True, slots=True)
class Difference:
    """Figures on one matter that differ between sources, newest report first.

    `anchor` is the figure that all the reports share (¥1 trillion), or empty when the sentences themselves are alike.
    `update` is True when the reports are so far apart that the newer replaces the older.
    """

    reports: tuple[tuple[Evidence, Figure], ...]
    anchor: str = ""
    update: bool = False


def differences(
    pool: Pool,
    items: Sequence[Evidence],
    *,
    alike: float = SAME_MATTER_SURE,
    keep_rounding: bool = False,
    matter: frozenset[str] = frozenset(),
) -> list[Difference]:
    """Disagreements among the sentences, each group once, in the order of `items`.

    Two figures disagree when they have the same unit, differ by less than a factor of 1.7 and stand (a) beside a
    figure that both sentences share, or (b) in sentences of two documents that report the same matter in the same
    mood (fact or expectation) and the same period: a cosine of `alike` or more, and a third of their words in common or
    a word of `matter`. A figure that is the other one rounded does not disagree, unless `keep_rounding`; nor do two that
    one document reports, since they measure two things.
    """
    with_figures = [(item, figures(item.sentence.text)) for item in items]
    with_figures = [(item, found) for item, found in with_figures if found]
    groups: list[list[tuple[Evidence, Figure]]] = []
    anchors: list[str] = []
    for left, right in combinations([item for item, _ in with_figures], 2):
        for f, g, anchor in _disagreeing(pool, left, right, alike, keep_rounding, matter):
            _join(groups, anchors, (left, f), (right, g), anchor)
    for group, anchor in zip(groups, anchors, strict=True):
        if anchor:
            _extend(pool, group, with_figures)
    found = []
    for group, anchor in zip(groups, anchors, strict=True):
        newest_first = sorted(group, key=lambda report: (-report[0].document.published.toordinal(), report[0].row))
        of_value: dict[float, tuple[Evidence, Figure]] = {}
        for item, figure in newest_first:
            of_value.setdefault(figure.value, (item, figure))
        reports = list(of_value.values())
        if len(reports) < 2:
            continue
        days = (reports[0][0].document.published - reports[-1][0].document.published).days
        found.append(Difference(tuple(reports), anchor, update=not anchor and days > UPDATE_AFTER_DAYS))
    return found


def _disagreeing(
    pool: Pool, left: Evidence, right: Evidence, alike: float, keep_rounding: bool, matter: frozenset[str]
) -> Iterator[tuple[Figure, Figure, str]]:
    """The pairs of figures of two sentences that disagree, each with the figure that both sentences share, or ""."""
    cosine = pool.similarity(left, right)
    if left.document.id == right.document.id or cosine < LEAST_ALIKE:
        return
    left_figures, right_figures = figures(left.sentence.text), figures(right.sentence.text)
    values = {(g.unit, g.value) for g in right_figures}
    shared = [f for f in left_figures if f.unit and (f.unit, f.value) in values]
    same_matter = (
        cosine >= (min(alike, SAME_MATTER) if shared else alike)
        and same_mood(left, right)
        and same_period(left, right)
        and bool(_share_words(left, right) or matter & left.terms & right.terms)
    )
    for f, g in product(left_figures, right_figures):
        if (
            not _comparable(f, g, keep_rounding)
            or pool.has_figure(left.document.id, g)
            or pool.has_figure(right.document.id, f)
        ):
            continue
        anchor = next((s.text for s in shared if _is_anchor(s, f)), "")
        if anchor or (same_matter and not (_is_comparison(left, f) or _is_comparison(right, g))):
            yield f, g, anchor


def _extend(
    pool: Pool, group: list[tuple[Evidence, Figure]], others: Sequence[tuple[Evidence, Sequence[Figure]]]
) -> None:
    """Add reports on a matter that is known to be told differently, though they lack the anchor itself."""
    known = {item.key for item, _ in group}
    unit, values = group[0][1].unit, [figure.value for _, figure in group]
    for item, found in others:
        if item.key in known or any(item.document.publisher == member.document.publisher for member, _ in group):
            continue
        near = max(pool.similarity(item, member) for member, _ in group)
        shared = max(len(item.terms & member.terms) for member, _ in group)
        for figure in found:
            in_range = 0.87 * min(values) <= figure.value <= 1.15 * max(values)
            if figure.unit == unit and in_range and near >= EXTENDS_MATTER and shared >= 2:
                group.append((item, figure))
                break


def _is_anchor(shared: Figure, other: Figure) -> bool:
    """An amount that the other figure converts (¥1 trillion, or $6.2 billion): both money, in two currencies."""
    return (
        len(shared.unit) == 3
        and len(other.unit) == 3
        and shared.unit.isupper()
        and other.unit.isupper()
        and shared.unit != other.unit
    )


def _comparable(left: Figure, right: Figure, keep_rounding: bool) -> bool:
    if left.value == right.value or min(left.value, right.value) <= 0 or not (left.unit or right.unit):
        return False
    # A count without its noun ("671 billion in total") may be a count of what the other one names, money never.
    if left.unit != right.unit and (
        (left.unit and right.unit) or (left.unit + right.unit).isupper() or "%" in left.unit + right.unit
    ):
        return False
    if abs(log(left.value / right.value)) > log(_MAX_RATIO):
        return False
    return keep_rounding or not (_is_rounding(left, right) or _is_rounding(right, left))


def _is_rounding(rough: Figure, fine: Figure) -> bool:
    """Whether `rough` is `fine` with fewer digits ($5.4 billion for $5.375 billion), and not more than 2 % away."""
    if abs(rough.value / fine.value - 1) > ROUNDING:
        return False
    digits = re.sub(r"\D", "", rough.text).strip("0")
    fewer = len(digits) < len(re.sub(r"\D", "", fine.text).strip("0"))
    return fewer and float(f"{fine.value:.{max(len(digits), 1)}g}") == rough.value


def same_mood(left: Evidence, right: Evidence) -> bool:
    """Whether both sentences state a fact, or both an expectation."""
    return bool(_EXPECTATION.search(left.sentence.text)) == bool(_EXPECTATION.search(right.sentence.text))


def _share_words(left: Evidence, right: Evidence) -> bool:
    """Whether two sentences have a third of their words in common, the names of companies left out."""
    names = {term for item in (left, right) for company in item.sentence.companies for term in content_terms(company)}
    one, other = ({term for term in item.terms - names if not term[0].isdigit()} for item in (left, right))
    return len(one & other) >= max(1.0, min(len(one), len(other)) / 3)


_EARLIER = re.compile(
    r"\ba (?:year|quarter) earlier\b|\bprevious (?:year|quarter)\b|\bthe year before\b", re.IGNORECASE
)


def _is_comparison(item: Evidence, figure: Figure) -> bool:
    """Whether a figure is the one that a report compares its own with ("after a loss of … a year earlier")."""
    return bool(_EARLIER.search(item.sentence.text[figure.end : figure.end + 60]))


def same_period(left: Evidence, right: Evidence) -> bool:
    """Whether the figures of two sentences may belong to one time: no different years, quarters or months are named."""
    one, other = (_periods(item.sentence.text) for item in (left, right))
    return all(not one[kind] or not other[kind] or one[kind] & other[kind] for kind in one)


def _periods(text: str) -> dict[str, frozenset[str]]:
    text = _REPORTED_ON.sub("", text)
    return {kind: frozenset(found.casefold() for found in pattern.findall(text)) for kind, pattern in _PERIODS.items()}


def _join(
    groups: list[list[tuple[Evidence, Figure]]],
    anchors: list[str],
    left: tuple[Evidence, Figure],
    right: tuple[Evidence, Figure],
    anchor: str,
) -> None:
    """Add a disagreeing pair to the group that holds one of its figures, or open a group."""

    def holds(group: Sequence[tuple[Evidence, Figure]], report: tuple[Evidence, Figure]) -> bool:
        return any(item.key == report[0].key and figure.start == report[1].start for item, figure in group)

    for number, group in enumerate(groups):
        if holds(group, left) or holds(group, right):
            for report in (left, right):
                same = any(
                    figure.value == report[1].value and item.document.publisher == report[0].document.publisher
                    for item, figure in group
                )
                if not holds(group, report) and not same:
                    group.append(report)
            anchors[number] = anchors[number] or anchor
            return
    groups.append([left, right])
    anchors.append(anchor)


_REFERS_BACK = re.compile(
    r"^(?:it|its|they|their|he|his|she|her|this|that|these|those|such|both|neither|another|others|some of|one of them|"
    r"therefore|thus|hence|also|then|later|earlier|afterwards|however|instead|meanwhile|moreover|nevertheless|still|"
    r"a strong answer|but|and|so|yet|in addition|as a result|at the same time|by contrast|the (?:same|latter|former|others?))\b|"
    r"\b(?:therefore|thus|likewise|in turn|the latter|the same (?:period|quarter|year|month|week|day|time)|"
    r"(?:one|a|the next|the following|two|three|some) (?:day|week|month|year)s? (?:later|before|earlier))\b(?! (?:than|that)\b)",
    re.IGNORECASE,
)
_HAPPENING_NOUN = (
    r"(?:announcement|deal|decision|move|agreement|round|filing|listing|incident|flaw|merger|acquisition|purchase|"
    r"investment|investments|cuts|layoffs|departures|hub|report|study|article|ban|ruling|signing|venture|bidding)"
)
# "…reads the listing as a wager": a happening of an earlier sentence; "the listing of Cerebras" says which.
_BARE_REFERENCE = re.compile(
    rf"\bthe {_HAPPENING_NOUN}(?:'s|’s)?(?= (?!of\b|by\b|for\b|with\b|between\b|at\b|in\b|that\b|from\b|on\b)[a-z]|[,.;]|$)"
)
_FIRST_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|may|might|must|should|does|do|did|came|comes|brings?|brought|"
    r"belongs?|says?|said|shows?|goes|went|gives?|gave|takes?|took|makes?|made|covers?|starts?|ends?|pays?|depends?|follows?|"
    r"includes?|adds?|remains?|stays?|works?|runs?|ran|uses?|wants?|aims?|expects?|tests?|asks?|needs?|means?|rose|fell|"
    r"grew|began|begins|held|holds|puts?|led|leads|left|leaves|lets|cites?|(?!(?:based|led|named|united|automated|shared)\b)[a-z]+ed)\b"
)


def has_verb(text: str) -> bool:
    """Whether a text has one of the common verbs, or a word that looks like one ("merged"): a judgement by form."""
    return bool(_FIRST_VERB.search(text))


def is_self_contained(text: str) -> bool:
    """Whether a sentence can be understood without the one before it.

    It cannot when it opens with a pronoun or a connective, or with "The …" where nothing up to the verb has a name
    ("The flaw came to light", but not "The flaw in Waymo's software came to light"), and when it points at a happening
    that it does not name ("places the announcement after the split"). A judgement by form, so it is meant to demote a
    sentence and not to exclude it.
    """
    if _REFERS_BACK.search(text):
        return False
    for found in _BARE_REFERENCE.finditer(text):
        noun = found.group(0).split()[1].removesuffix("'s").removesuffix("’s")
        if not re.search(rf"\b(?:an?|its|their|[\w-]+['’]s) (?:[\w.-]+ ){{0,3}}{noun}\b", text[: found.start()]):
            return False
    if not text.startswith(("The ", "the ")):
        return True
    verb = _FIRST_VERB.search(text, 4)
    subject = text[4 : verb.start()] if verb else text[4:80]
    return bool(re.search(r"[A-Z]|[^\W\d_]['’]s\b", subject))
