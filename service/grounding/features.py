"""A statement beside its best source sentences, and a question beside a sentence, as rows of numbers.

`score` turns the rows into probabilities. A statement is compared with the one sentence nearest to it by words and by
vector, with the best two together, and with all of them. What matters is less how much agrees than what is left over on
either side: content words, figures, names, times, and the small words that turn a meaning around.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import log1p

import numpy as np

from service.grounding.lexicon import ANTONYMS, MARKS, PRONOUNS, Matrix, Text

Embed = Callable[[Sequence[str]], Matrix]
"""Texts → one L2-normalised row each."""

CANDIDATES = 8
"""Sentences of a source, best covering first, that are embedded; the others count by their words alone."""

RESEMBLES = 0.55
"""Cosine of two word vectors from which the words are taken to express the same thing (synonyms and inflections)."""

KINDS = tuple(kind for kind in MARKS if kind != "passive")

WINDOW = 5
"""Words on either side of a figure or name that say what it belongs to."""

SUPPORT_FEATURES: tuple[tuple[str, int], ...] = (
    ("cosine_best", 1), ("cosine_second", 0), ("cosine_two", 1), ("cosine_lead", 0), ("cosine_most", 1),
    ("sentences", 0),
    ("cover_best", 1), ("cover_two", 1), ("cover_all", 1), ("soft_best", 1), ("soft_two", 1), ("soft_all", 1),
    ("stems_best", 1), ("stems_two", 1), ("pairs_two", 1), ("ordered_best", 1), ("window_pairs", 1),
    ("source_covered", 0), ("left_count", -1), ("left_weight", -1), ("left_most", -1), ("left_alike", 1),
    ("left_all", -1), ("left_elsewhere", 0), ("second_gain", 0),
    ("figures", 0), ("figures_missing", -1), ("figures_missing_all", -1), ("figures_context", 1),
    ("figures_weak_missing", -1), ("times", 0), ("times_missing", -1), ("times_missing_all", -1),
    ("names", 0), ("names_missing", -1), ("names_missing_two", -1), ("names_missing_all", -1), ("names_context", 1),
    ("names_dropped", 0), ("subject_differs", -1), ("swapped", -1), ("passive_differs", 0),
    ("antonyms", -1), ("negation_odd", -1), ("direction_conflict", -1), ("comparison_conflict", -1),
    ("claim_words", 0), ("source_words", 0), ("length_ratio", 0), ("pronoun_source", 0),
    *((f"{kind}_{side}", sign) for kind in KINDS for side, sign in (("added", 0), ("dropped", 0), ("foreign", -1))),
)  # fmt: skip
"""Name of each column of `support_row`, and whether more of it can only speak for (1) or against (-1) support."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Sentences of a source by how well they bear on a statement.

    `order` holds indexes, best first; `second` is the one that adds most to the best, or None; `cosines` is NaN where a
    sentence was not embedded.
    """

    order: tuple[int, ...]
    second: int | None
    cosines: Matrix
    covers: Matrix

    @property
    def best(self) -> int:
        """Index of the sentence nearest to the statement."""
        return self.order[0]


@lru_cache(maxsize=1_024)
def likeness(one: Text, other: Text) -> Matrix:
    """How well each content word of `one` (rows) is expressed by each of `other` (columns), 0..1; not to be changed.

    The same stem or meaning counts 1; else the cosine of the word vectors, scaled so that unrelated words count 0.
    """
    if not one.content or not other.content:
        return np.zeros((len(one.content), len(other.content)), dtype=np.float32)
    scaled: Matrix = np.clip((one.vectors @ other.vectors.T - 0.25) / 0.6, 0.0, 0.9)
    columns: dict[str, list[int]] = {}
    for column, place in enumerate(other.content):
        word = other.words[place]
        for key in {word.stem, word.term}:
            columns.setdefault(key, []).append(column)
    for row, place in enumerate(one.content):
        word = one.words[place]
        for key in (word.stem, word.term):
            for column in columns.get(key, ()):
                scaled[row, column] = 1.0
    return scaled


def select(statement: Text, vector: Matrix, sentences: Sequence[Text], texts: Sequence[str], embed: Embed) -> Evidence:
    """Order the sentences by cosine with the statement plus the share of its words that they express."""
    weights = _weights(statement)
    most = np.stack([_best(likeness(statement, sentence)) for sentence in sentences])
    covers = most @ weights
    embedded = sorted(np.argsort(-covers, kind="stable")[:CANDIDATES].tolist())
    cosines = np.full(len(sentences), np.nan, dtype=np.float32)
    cosines[embedded] = embed([texts[index] for index in embedded]) @ vector
    rank = np.where(np.isnan(cosines), covers - 1.0, cosines + covers)
    order = tuple(int(index) for index in np.argsort(-rank, kind="stable"))
    if len(order) == 1:
        return Evidence(order, None, cosines, most)
    gains = np.maximum(most, most[order[0]]) @ weights - covers[order[0]]
    second = max(order[1:], key=lambda index: float(gains[index] + 0.25 * np.nan_to_num(cosines[index])))
    return Evidence(order, second, cosines, most)


def closest_two(statement: Text, sentences: Sequence[Text], least_gain: float) -> tuple[int, ...]:
    """Indexes of the sentence that expresses most of the statement's words and, when it adds at least `least_gain` (a
    share of the words by weight), of a second one; in the order of the source. Needs no vectors of sentences.
    """
    weights = _weights(statement)
    most = np.stack([_best(likeness(statement, sentence)) for sentence in sentences])
    best = int((most @ weights).argmax())
    gains = (np.maximum(most, most[best]) - most[best]) @ weights
    second = int(gains.argmax())
    return tuple(sorted((best, second))) if second != best and gains[second] >= least_gain else (best,)


def support_row(statement: Text, sentences: Sequence[Text], evidence: Evidence) -> list[float]:
    """One row of `SUPPORT_FEATURES`."""
    best = sentences[evidence.best]
    second = None if evidence.second is None else sentences[evidence.second]
    two = (best,) if second is None else (best, second)
    row: list[float] = [
        *_cosines(evidence, len(sentences)),
        *_coverage(statement, sentences, evidence, best, two),
        *_figures(statement, two, sentences),
        *_names(statement, best, two, sentences),
        *_turns(statement, best, two),
    ]
    length, source_length = len(statement.words), len(best.words)
    row += [
        log1p(length), log1p(source_length), length / (length + source_length),
        float(bool(best.words) and best.words[0].stem in PRONOUNS),
    ]  # fmt: skip
    return row + _marks(statement, best, two, sentences)


def _weights(text: Text) -> Matrix:
    """Weight of each content word, summing to 1."""
    weights = np.array([text.words[place].weight for place in text.content], dtype=np.float32)
    total = float(weights.sum())
    return weights / total if total > 0 else weights


def _best(alike: Matrix) -> Matrix:
    return alike.max(axis=1) if alike.shape[1] else np.zeros(alike.shape[0], dtype=np.float32)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _cosines(evidence: Evidence, count: int) -> list[float]:
    known = evidence.cosines[~np.isnan(evidence.cosines)]
    best = float(np.nan_to_num(evidence.cosines[evidence.best]))
    second = 0.0 if evidence.second is None else float(np.nan_to_num(evidence.cosines[evidence.second]))
    most = float(known.max())
    others = np.sort(known)[::-1]
    lead = float(others[0] - others[1]) if others.size > 1 else 0.0
    return [best, second, best + max(second, 0.0) * 0.5, lead, most, log1p(count)]


def _coverage(
    statement: Text, sentences: Sequence[Text], evidence: Evidence, best: Text, two: Sequence[Text]
) -> list[float]:
    weights = _weights(statement)
    covers = evidence.covers
    with_best = covers[evidence.best]
    with_two = with_best if evidence.second is None else np.maximum(with_best, covers[evidence.second])
    with_all = covers.max(axis=0)
    alike = likeness(statement, best)
    raw = np.array([statement.words[place].weight for place in statement.content], dtype=np.float32)
    left = with_two < RESEMBLES
    stems_two = frozenset().union(*(text.stems for text in two))
    back = _best(alike.T) if alike.size else np.zeros(len(best.content), dtype=np.float32)
    return [
        float((with_best >= 1.0) @ weights), float((with_two >= 1.0) @ weights), float((with_all >= 1.0) @ weights),
        float(with_best @ weights), float(with_two @ weights), float(with_all @ weights),
        _share(len(statement.stems & best.stems), len(statement.stems)),
        _share(len(statement.stems & stems_two), len(statement.stems)),
        _adjacent(statement, two),
        _in_order(alike),
        _within_window(statement, two),
        float(back @ _weights(best)),
        float(left.sum()), float(((1.0 - with_two) * raw)[left].sum()),
        float(((1.0 - with_two) * raw).max(initial=0.0)), float(with_two.min(initial=1.0)),
        float((with_all < RESEMBLES).sum()), float((left & (with_all >= 1.0)).sum()),
        float((with_two - with_best) @ weights),
    ]  # fmt: skip


def _adjacent(statement: Text, two: Sequence[Text]) -> float:
    """Share of the statement's pairs of neighbouring words that stand side by side in the evidence too."""
    stems = [word.stem for word in statement.words]
    pairs = set(pairwise(stems))
    found: set[tuple[str, str]] = set()
    for text in two:
        theirs = [word.stem for word in text.words]
        found |= pairs & set(pairwise(theirs))
    return _share(len(found), len(pairs))


def _in_order(alike: Matrix) -> float:
    """Share of neighbouring aligned content words whose counterparts keep their order; 1 when there are no two."""
    places = [int(row.argmax()) for row in alike if row.size and row.max() >= RESEMBLES]
    if len(places) < 2:
        return 1.0
    return sum(a <= b for a, b in pairwise(places)) / (len(places) - 1)


def _within_window(statement: Text, two: Sequence[Text]) -> float:
    """Weighted share of neighbouring content words whose counterparts stand within `WINDOW` of each other."""
    if len(statement.content) < 2:
        return 1.0
    weights = _weights(statement)
    near = np.zeros(len(statement.content) - 1, dtype=bool)
    for text in two:
        places = np.array(text.content)
        alike = likeness(statement, text) >= RESEMBLES
        for index in range(len(near)):
            one, other = places[alike[index]], places[alike[index + 1]]
            if one.size and other.size:
                near[index] |= bool(np.abs(one[:, None] - other[None, :]).min() <= WINDOW)
    pair_weights = weights[1:] + weights[:-1]
    total = float(pair_weights.sum())
    return float(near @ pair_weights) / total if total > 0 else 1.0


def _context(statement: Text, place: int, text: Text, there: int) -> float:
    """How well the content words around `place` are expressed around `there` in `text`; 1 when there are none."""
    mine = [row for row, at in enumerate(statement.content) if at != place and abs(at - place) <= WINDOW]
    theirs = [column for column, at in enumerate(text.content) if at != there and abs(at - there) <= WINDOW + 2]
    if not mine:
        return 1.0
    if not theirs:
        return 0.0
    alike = likeness(statement, text)[np.ix_(mine, theirs)]
    return float(alike.max(axis=1).mean())


def _figures(statement: Text, two: Sequence[Text], sentences: Sequence[Text]) -> list[float]:
    in_two = {value for text in two for value, _ in text.figures} | {v for text in two for v in text.weak_figures}
    in_all = {v for text in sentences for v, _ in text.figures} | {v for text in sentences for v in text.weak_figures}
    mine = [value for value, _ in statement.figures]
    context = 1.0
    for value, place in statement.figures:
        around = [
            _context(statement, place, text, there)
            for text in two
            for theirs, there in text.figures
            if _equal(value, theirs)
        ]
        if around:
            context = min(context, max(around))
    times_two = frozenset().union(*(text.times for text in two))
    times_all = frozenset().union(*(text.times for text in sentences))
    return [
        float(len(mine)),
        float(sum(not any(_equal(value, theirs) for theirs in in_two) for value in mine)),
        float(sum(not any(_equal(value, theirs) for theirs in in_all) for value in mine)),
        context,
        float(len(statement.weak_figures - in_two)),
        float(len(statement.times)), float(len(statement.times - times_two)), float(len(statement.times - times_all)),
    ]  # fmt: skip


def _equal(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other))


def _names(statement: Text, best: Text, two: Sequence[Text], sentences: Sequence[Text]) -> list[float]:
    in_two = frozenset().union(*(text.stems for text in two))
    in_all = frozenset().union(*(text.stems for text in sentences))
    names = statement.names
    places: dict[str, int] = {}
    for place, word in enumerate(statement.words):
        if word.stem in names:
            places.setdefault(word.stem, place)
    context = 1.0
    for name, place in places.items():
        around = [
            _context(statement, place, text, there)
            for text in two
            for there, word in enumerate(text.words)
            if word.stem == name
        ]
        if around:
            context = min(context, max(around))
    first_here = min(places, key=lambda name: places[name], default=None)
    theirs = [word.stem for word in best.words if word.stem in names or word.name]
    shared = [name for name in sorted(places, key=lambda name: places[name]) if name in theirs]
    swapped = sum(theirs.index(a) > theirs.index(b) for a, b in pairwise(shared))
    passive = (statement.marks.get("passive", 0) > 0) != (best.marks.get("passive", 0) > 0)
    return [
        float(len(names)), float(len(names - best.stems)), float(len(names - in_two)), float(len(names - in_all)),
        context, float(len(best.names - statement.stems)),
        float(bool(theirs) and first_here is not None and theirs[0] != first_here),
        float(swapped > 0 and not passive), float(passive),
    ]  # fmt: skip


def _turns(statement: Text, best: Text, two: Sequence[Text]) -> list[float]:
    """Opposite words, odd negations and opposite directions."""
    stems = frozenset().union(*(text.stems for text in two))
    antonyms = sum(1 for stem in statement.stems - stems if ANTONYMS.get(stem, frozenset()) & stems)
    odd = (statement.marks.get("negation", 0) - best.marks.get("negation", 0)) % 2
    return [
        float(antonyms), float(odd),
        _opposed(statement, two, "up", "down"), _opposed(statement, two, "more", "less"),
    ]  # fmt: skip


def _opposed(statement: Text, two: Sequence[Text], one: str, other: str) -> float:
    """1 when the statement goes one way and the evidence only the other."""
    here = statement.marks.get(one, 0) > 0, statement.marks.get(other, 0) > 0
    there = any(text.marks.get(one, 0) for text in two), any(text.marks.get(other, 0) for text in two)
    return float(here[0] != here[1] and there[0] != there[1] and here[0] != there[0])


def _marks(statement: Text, best: Text, two: Sequence[Text], sentences: Sequence[Text]) -> list[float]:
    """For each kind: words of it that the best two do not have, that the best has and the statement has not, and
    words that stand nowhere in the source.
    """
    in_two = frozenset().union(*(text.stems for text in two))
    in_all = frozenset().union(*(text.stems for text in sentences))
    row = []
    for kind in KINDS:
        mine = {word.stem for word in statement.words if kind in word.marks}
        kind_two = sum(text.marks.get(kind, 0) for text in two)
        row += [
            float(bool(mine) and not kind_two),
            float(best.marks.get(kind, 0) > 0 and not mine),
            float(len(mine - in_two) + len(mine - in_all)),
        ]
    return row


# --- questions -------------------------------------------------------------------------------------------------------

ANSWER_KINDS = ("who", "when", "where", "amount", "duration", "money", "why", "how", "yes_no", "which", "other")

ANSWER_FEATURES: tuple[tuple[str, int], ...] = (
    ("cosine", 1), ("cosine_behind", 1), ("rank", 0), ("cosine_most", 0),
    ("cover", 1), ("soft", 1), ("soft_near", 1), ("soft_all", 1), ("soft_behind", 1), ("stems", 1), ("pairs", 1),
    ("left_most", -1), ("left_all_most", -1), ("left_count", -1), ("left_all_count", -1), ("unexplained", 0),
    ("names_missing", -1), ("names_missing_all", -1), ("figures_missing", -1), ("times_missing", -1),
    ("times_missing_all", -1),
    ("has_name", 0), ("has_time", 0), ("has_figure", 0), ("has_money", 0), ("has_percent", 0), ("has_cause", 0),
    ("has_plan", 0), ("has_negation", 0), ("has_said", 0),
    ("fits", 1), ("count_near", 1), ("antonyms", -1), ("negation_odd", 0), ("utmost_missing", -1),
    ("new_words", 0), ("sentence_words", 0), ("question_words", 0), ("sentences", 0),
    *((f"asks_{kind}", 0) for kind in ANSWER_KINDS),
)  # fmt: skip
"""Name of each column of `answer_rows`, with signs as in `SUPPORT_FEATURES`."""


def answer_rows(
    question: Text, vector: Matrix, sentences: Sequence[Text], texts: Sequence[str], embed: Embed
) -> list[list[float]]:
    """One row of `ANSWER_FEATURES` for each sentence, read beside the others."""
    cosines = embed(texts) @ vector
    weights = _weights(question)
    raw = np.array([question.words[place].weight for place in question.content], dtype=np.float32)
    alikes = [likeness(question, sentence) for sentence in sentences]
    most = np.stack([_best(alike) for alike in alikes])
    soft = most @ weights
    with_all = most.max(axis=0)
    order = np.argsort(-(cosines + soft), kind="stable")
    ranks = np.empty(len(sentences))
    ranks[order] = np.arange(len(sentences))
    stems_all = frozenset().union(*(sentence.stems for sentence in sentences))
    times_all = frozenset().union(*(sentence.times for sentence in sentences))
    asked = asked_kind(question)
    rows = []
    for index, sentence in enumerate(sentences):
        near = np.maximum(most[index], most[index - 1]) if index else most[index]
        others = np.delete(cosines, index)
        other_soft = np.delete(soft, index)
        missing = most[index] < RESEMBLES
        missing_all = with_all < RESEMBLES
        utmost = {word.stem for word in question.words if "utmost" in word.marks}
        rows.append(
            [
                float(cosines[index]), float(cosines[index] - others.max(initial=0.0)), log1p(ranks[index]),
                float(cosines.max()),
                float((most[index] >= 1.0) @ weights), float(soft[index]), float(near @ weights),
                float(with_all @ weights), float(soft[index] - other_soft.max(initial=0.0)),
                _share(len(question.stems & sentence.stems), len(question.stems)), _adjacent(question, (sentence,)),
                float(((1.0 - most[index]) * raw).max(initial=0.0)), float(((1.0 - with_all) * raw).max(initial=0.0)),
                float(missing.sum()), float(missing_all.sum()),
                float(1.0 - _best(alikes[index].T).mean()) if alikes[index].size else 1.0,
                float(len(question.names - sentence.stems)), float(len(question.names - stems_all)),
                float(len({value for value, _ in question.figures} - {value for value, _ in sentence.figures})),
                float(len(question.times - sentence.times)), float(len(question.times - times_all)),
                *_holds(question, sentence),
                _fits(asked, question, sentence), _counted_near(question, sentence, alikes[index]),
                float(sum(1 for s in question.stems - sentence.stems if ANTONYMS.get(s, frozenset()) & sentence.stems)),
                float((question.marks.get("negation", 0) - sentence.marks.get("negation", 0)) % 2),
                float(len(utmost - sentence.stems)),
                float(len(sentence.terms - question.terms)), log1p(len(sentence.words)), log1p(len(question.words)),
                log1p(len(sentences)),
                *(float(asked == kind) for kind in ANSWER_KINDS),
            ]
        )  # fmt: skip
    return rows


_DURATION_UNITS = frozenset("year month week day hour minut second decad quarter".split())
_MONEY_WORDS = frozenset("dollar euro yen pound cent price cost valuat budget salari pay paid revenu loan fee".split())
_CURRENCY_SIGNS = frozenset("$¥€£₹")
_YES_NO = frozenset(
    "is are was were do does did has have had can could will would should may might must isnt arent".split()
)


def asked_kind(question: Text) -> str:
    """What kind of answer a question wants, one of `ANSWER_KINDS`, by its question word wherever it stands."""
    words = [word.text.casefold() for word in question.words]
    pairs = set(pairwise(words))
    stems = question.stems
    if ("how", "long") in pairs or ("how", "old") in pairs or ("how", "soon") in pairs:
        return "duration"
    if ("how", "much") in pairs and (stems & _MONEY_WORDS or "worth" in stems):
        return "money"
    if ("how", "many") in pairs or ("how", "much") in pairs or ("what", "percentage") in pairs:
        return "amount"
    if ("how", "big") in pairs or ("how", "far") in pairs or ("how", "often") in pairs or ("how", "fast") in pairs:
        return "amount"
    for kind, openings in (
        ("when", {"when"}), ("who", {"who", "whom", "whose"}), ("where", {"where"}), ("why", {"why"}), ("how", {"how"}),
        ("which", {"which", "what", "whats"}),
    ):  # fmt: skip
        if openings & set(words):
            return kind
    return "yes_no" if words and words[0] in _YES_NO else "other"


def _holds(question: Text, sentence: Text) -> list[float]:
    return [
        float(len(sentence.names - question.stems) > 0), float(len(sentence.times - question.times) > 0),
        float(len(sentence.figures) > 0), float(_has_money(sentence)),
        float(any(word.text.endswith("%") or word.stem == "percent" for word in sentence.words)),
        float(sentence.marks.get("cause", 0) > 0), float(sentence.marks.get("plan", 0) > 0),
        float(sentence.marks.get("negation", 0) > 0), float(sentence.marks.get("said", 0) > 0),
    ]  # fmt: skip


def _has_money(sentence: Text) -> bool:
    return any(word.text in _CURRENCY_SIGNS for word in sentence.words) or bool(sentence.stems & _MONEY_WORDS)


def _fits(asked: str, question: Text, sentence: Text) -> float:
    """1 when the sentence holds something of the kind that is asked for and that the question does not say itself."""
    new_figures = {value for value, _ in sentence.figures} - {value for value, _ in question.figures}
    fits = {
        "who": bool(sentence.names - question.stems),
        "where": bool(sentence.names - question.stems),
        "when": bool(sentence.times - question.times) or bool(sentence.stems & _DURATION_UNITS),
        "amount": bool(new_figures or sentence.weak_figures),
        "money": bool(new_figures) and _has_money(sentence),
        "duration": bool(sentence.stems & _DURATION_UNITS) or bool(sentence.times - question.times),
        "why": sentence.marks.get("cause", 0) > 0,
    }.get(asked)
    return 0.5 if fits is None else float(fits)


def _counted_near(question: Text, sentence: Text, alike: Matrix) -> float:
    """How well the content words of the question are expressed within `WINDOW` words of a figure of the sentence."""
    if not sentence.figures or not alike.size:
        return 0.0
    near = [
        column
        for column, at in enumerate(sentence.content)
        if any(0 < abs(at - place) <= WINDOW for _, place in sentence.figures)
    ]
    if not near:
        return 0.0
    return float(alike[:, near].max(axis=1) @ _weights(question))
