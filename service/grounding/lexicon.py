"""What is known of single words: how rare they are, what they resemble, and which small words change a meaning.

`features` compares statements with sentences through `Lexicon.read`, which cuts a text into words once and keeps for
each its stem, its meaning on the footing of `service.answering.terms`, its weight and its vector. The table of weights
and vectors is written by `python -m eval.grounding.train`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import Stemmer

from service.answering.figures import MONTHS
from service.answering.terms import content_terms

Matrix = npt.NDArray[np.float32]

_TOKEN = re.compile(r"[$¥€£₹]|[^\W_]+(?:[.,][0-9]+)*(?:['’][^\W_]+)?%?")
_STEMMER = Stemmer.Stemmer("english")
_NEGATED = re.compile(r"n['’]?t$")

_DIGITS = re.compile(r"[0-9]")
_SMALL_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
).split()
_NUMBER_WORDS: Mapping[str, float] = {
    **{word: float(value) for value, word in enumerate(_SMALL_NUMBERS)},
    **{
        word: 10.0 * tens
        for tens, word in enumerate("thirty forty fifty sixty seventy eighty ninety".split(), start=3)
    },
    "half": 0.5, "dozen": 12.0, "twice": 2.0, "double": 2.0, "doubled": 2.0, "triple": 3.0, "tripled": 3.0,
    "once": 1.0, "third": 3.0, "quarter": 4.0, "second": 2.0, "first": 1.0, "fourth": 4.0, "fifth": 5.0, "both": 2.0,
}  # fmt: skip
_MAGNITUDES: Mapping[str, float] = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "mn": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9, "trillion": 1e12,
    "tn": 1e12, "k": 1e3,
}  # fmt: skip
# Words that count only sometimes ("the one that", "second-hand", "both"): too common to be missed as figures.
_WEAK_NUMBERS = frozenset("one first second once third both half quarter".split())

_WEEKDAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())
_YEAR = re.compile(r"(?:19|20)\d\d")

MARKS: Mapping[str, frozenset[str]] = {
    kind: frozenset(words.split())
    for kind, words in {
        "negation": "not no never none neither nor without cannot nobody nothing refuse refuses refused deny denies "
        "denied fail fails failed lack lacks lacked unable unlike rejected reject rejects declined",
        "hedge": "may might could would can likely possibly perhaps probably appears appear seems seem suggest "
        "suggests believed believe believes estimated estimates reportedly allegedly apparently potential potentially "
        "possible unclear should uncertain partly preliminary",
        "plan": "will plans plan planned planning intends intend aims aim hopes hope hoped expects expect expected "
        "considering considers targets proposed proposes scheduled wants seeks seeking due upcoming next soon going "
        "shall until applied bid talks pending trial pilot test testing",
        "done": "has have had already was were did since completed finished now",
        "said": "said says say told according claims claimed claim argues argued argue reported reports announced "
        "wrote writes calls called thinks believes estimates estimated expects admits admitted stated notes warns "
        "warned objects replies points critics analysts researchers spokesperson insists concedes sees",
        "condition": "if unless only except provided subject once when whether depends condition otherwise without "
        "apart excluding until",
        "cause": "because due since therefore thus hence caused causes cause led leads result results resulted owing "
        "thanks reason so after why prompted forced allows allowed helped despite although though",
        "every": "all every each always any entire whole everyone everything everywhere both completely fully entirely "
        "total wherever whenever nobody none never",
        "only": "only sole solely just exclusively alone single merely",
        "some": "some several many most few part partly certain mostly often sometimes usually majority half largely "
        "mainly generally typically almost nearly",
        "utmost": "first largest biggest best most highest lowest smallest least worst fastest latest last oldest "
        "youngest newest top record unique world's ever leading greatest cheapest earliest",
        "more": "more higher larger bigger greater above over exceeds exceeded exceeding longer faster older better "
        "beyond least stronger heavier costlier dearer outnumber",
        "less": "less fewer lower smaller below under shorter slower cheaper younger worse most lighter weaker",
        "up": "rose rise rises rising risen grew grow grows growing grown increase increased increases increasing up "
        "raised raise gained gain climbed jumped soared expanded expand widened doubled tripled added improved "
        "lengthened extended accelerated strengthened",
        "down": "fell fall falls falling fallen dropped drop drops decrease decreased decreases declined decline down "
        "cut cuts reduced reduce reduces lost loss shrank shrink narrowed halved slowed lowered slipped weakened "
        "shortened worsened",
        "about": "about roughly around approximately nearly almost some up least most over under more less than "
        "estimated close",
        "before": "before until earlier previously prior former formerly ago by then past",
        "after": "after since following later subsequently afterwards next then once",
        "still": "still yet already longer remains remain continues continue again now currently no",
        "passive": "by been being",
    }.items()
}
"""Small words by what they do to a meaning. A word may stand under several kinds ("until")."""

_ANTONYMS = """
up down, rise fall, rose fell, grow shrink, increase decrease, increase reduce, raise cut, raise lower, gain lose,
win lose, won lost, higher lower, high low, more less, more fewer, above below, over under, before after, early late,
earlier later, first last, largest smallest, largest least, bigger smaller, biggest smallest, longer shorter,
long short, faster slower, fast slow, better worse, best worst, older younger, old new, older newer, cheap expensive,
cheaper dearer, strong weak, open close, open shut, opened closed, start stop, start end, begin end, began ended,
enter leave, join leave, arrive depart, buy sell, bought sold, lend borrow, hire dismiss, hire fire, accept reject,
accept refuse, accept decline, approve reject, allow forbid, allow ban, permit forbid, permit ban, allow prevent,
include exclude, inside outside, within beyond, internal external, public private, domestic foreign, north south,
east west, left right, front rear, front back, top bottom, upper lower, day night, summer winter, morning evening,
same different, similar different, equal unequal, always never, all none, every no, everyone nobody,
everything nothing, both neither, with without, agree disagree, confirm deny, support oppose, succeed fail,
success failure, pass fail, safe dangerous, safe unsafe, legal illegal, possible impossible, able unable,
likely unlikely, voluntary mandatory, optional required, optional mandatory, temporary permanent, partial full,
partly fully, part whole, minority majority, minimum maximum, least most, exceed miss, ahead behind, heavy light,
thick thin, wide narrow, widen narrow, expand contract, extend shorten, speed slow, accelerate slow, improve worsen,
strengthen weaken, profit loss, income expense, import export, supply demand, buyer seller, customer supplier,
employer employee, lender borrower, owner tenant, landlord tenant, manual automatic, human machine,
hardware software, online offline, indoor outdoor, wet dry, hot cold, hard soft, hard easy, simple complex,
male female, man woman, positive negative, plus minus, known unknown, active inactive, visible hidden, free paid,
empty full, alive dead, add remove, install remove, include omit, keep drop, keep sell, remember forget, ask answer,
teach learn, send receive, give take, push pull, borrowed lent, parent subsidiary, senior junior, former current,
previous next, past future, past present, yes no, true false, right wrong, certain uncertain, clear unclear,
complete incomplete, continue stop, continue end, resume halt, postpone advance, delay hasten, double halve,
double half, majority minority, exclusive shared
"""


def _stem(word: str) -> str:
    return str(_STEMMER.stemWord(word))


def _antonyms() -> Mapping[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for pair in _ANTONYMS.split(","):
        one, other = (_stem(word) for word in pair.split())
        table.setdefault(one, set()).add(other)
        table.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in table.items()}


ANTONYMS = _antonyms()
"""Stems of words of opposite meaning, either way."""

_NO_MARKS: frozenset[str] = frozenset()
_KINDS_OF: Mapping[str, frozenset[str]] = {
    word: frozenset(kind for kind, words in MARKS.items() if word in words)
    for word in frozenset().union(*MARKS.values())
}
PRONOUNS = frozenset("it its they their them he his him she her this these that those".split())


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text.

    `term` is its meaning as `content_terms` gives it, empty for a function word; `marks` are the kinds of `MARKS` that
    it belongs to; `name` is true of a word in capitals that is not merely the first of its sentence.
    """

    text: str
    stem: str
    term: str
    weight: float
    marks: frozenset[str]
    name: bool


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A text cut into words; `content` gives the positions of content words, and `vectors` one row for each of them.

    `figures` are the values of the numbers in it with the position of their first word, years apart; `times` are
    years, months and weekdays.
    """

    words: tuple[Word, ...]
    content: tuple[int, ...]
    vectors: Matrix
    figures: tuple[tuple[float, int], ...]
    weak_figures: frozenset[float]
    times: frozenset[str]
    stems: frozenset[str]
    terms: frozenset[str]
    names: frozenset[str]
    marks: Mapping[str, int]


class Lexicon:
    """Weights and vectors of words; `read` cuts a text by them."""

    def __init__(self, weights: Mapping[str, float], unseen: float, rows: Mapping[str, int], vectors: Matrix) -> None:
        """Take the table as `load` reads it.

        Args:
            weights: inverse document frequency of a term.
            unseen: the weight of any other term.
            rows: row in `vectors` of a common word in lower case, or of a stem. A sentence's first word is taken for a
                name when it is not among them.
            vectors: L2-normalised rows; a word without one resembles nothing but itself.
        """
        self._weights, self._unseen, self._rows, self._vectors = weights, unseen, rows, vectors
        self._nothing = np.zeros(vectors.shape[1], dtype=np.float32)
        self.read = lru_cache(maxsize=20_000)(self._read)

    @classmethod
    def load(cls, path: Path) -> Lexicon:
        """Read the table that `save` wrote.

        Raises:
            OSError, KeyError, ValueError: the file is missing or is not such a table.
        """
        with np.load(path, allow_pickle=False) as file:
            terms, weights = str(file["terms"]).split("\n"), file["weights"]
            words, vectors = str(file["words"]).split("\n"), file["vectors"].astype(np.float32)
            unseen = float(file["unseen"])
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        rows = {word: row for row, word in enumerate(words)}
        for word, row in list(rows.items()):
            rows.setdefault(_stem(word), row)
        table = dict(zip(terms, (float(weight) for weight in weights), strict=True))
        return cls(table, unseen, rows, vectors / np.where(lengths > 0, lengths, 1.0))

    @staticmethod
    def save(path: Path, weights: Mapping[str, float], unseen: float, words: list[str], vectors: Matrix) -> None:
        """Write a table: `weights` of terms in half precision, `vectors` of `words` (one row each) as int8."""
        largest = np.abs(vectors).max(axis=1, keepdims=True)
        np.savez_compressed(
            path,
            terms=np.array("\n".join(weights)),
            weights=np.array(list(weights.values()), dtype=np.float16),
            unseen=np.array(unseen),
            words=np.array("\n".join(words)),
            vectors=np.rint(vectors * (127.0 / np.where(largest > 0, largest, 1.0))).astype(np.int8),
        )

    def _read(self, text: str) -> Text:
        words: list[Word] = []
        begins = True
        end = 0
        for match in _TOKEN.finditer(text):
            begins = begins or any(mark in ".!?:\n" for mark in text[end : match.start()])
            words.append(self._word(match[0], begins))
            begins, end = False, match.end()
        content = tuple(place for place, word in enumerate(words) if word.term)
        marks: dict[str, int] = {}
        for word in words:
            for kind in word.marks:
                marks[kind] = marks.get(kind, 0) + 1
        figures, weak = _figures(words)
        lowered = [word.text.casefold() for word in words]
        return Text(
            words=tuple(words),
            content=content,
            vectors=np.array([self._vector(words[place]) for place in content], dtype=np.float32).reshape(
                len(content), self._vectors.shape[1]
            ),
            figures=figures,
            weak_figures=weak,
            times=frozenset(
                word[:3] if word in MONTHS else word
                for word, read in zip(lowered, words, strict=True)
                if (word in MONTHS and (word != "may" or read.name)) or word in _WEEKDAYS or _YEAR.fullmatch(word)
            ),
            stems=frozenset(word.stem for word in words),
            terms=frozenset(word.term for word in words if word.term),
            names=frozenset(word.stem for word in words if word.name),
            marks=marks,
        )

    def _word(self, token: str, begins: bool) -> Word:
        stem, term, marks, weight, lower_known = _facts(self, token)
        capital = token[0].isupper()
        inner = any(letter.isupper() for letter in token[1:])
        name = capital and bool(term) and (not begins or inner or not lower_known)
        return Word(token, stem, term, weight, marks, name)

    def _vector(self, word: Word) -> Matrix:
        # A name resembles nothing but itself: that two carmakers are alike must not count as agreement.
        row = -1 if word.name else self._rows.get(word.text.casefold(), self._rows.get(word.stem, -1))
        return self._vectors[row] if row >= 0 else self._nothing

    def facts(self, token: str) -> tuple[str, str, frozenset[str], float, bool]:
        """Stem, term, marks, weight and whether it is known as a common word, of a token as written."""
        lower = token.casefold().replace("’", "'")
        bare = lower.removesuffix("'s").replace("'", "")
        marks = _KINDS_OF.get(bare, _NO_MARKS)
        if _NEGATED.search(lower) and len(lower) > 3 and "'" in lower:
            marks = marks | {"negation"}
        number = _NUMBER_WORDS.get(bare)
        if number is not None and bare not in _WEAK_NUMBERS:
            term = f"{number:g}"
        else:
            terms = content_terms(bare)
            term = terms[0] if terms else ""
        weight = self._weights.get(term, self._unseen) if term else 0.0
        return _stem(bare.rstrip("%")), term, marks, weight, bare in self._rows


@lru_cache(maxsize=50_000)
def _facts(lexicon: Lexicon, token: str) -> tuple[str, str, frozenset[str], float, bool]:
    return lexicon.facts(token)


def _figures(words: list[Word]) -> tuple[tuple[tuple[float, int], ...], frozenset[float]]:
    """The numbers of a text with their positions; those written as weak words apart, since they often count nothing."""
    strong: list[tuple[float, int]] = []
    weak: set[float] = set()
    place = 0
    while place < len(words):
        start, lower = place, words[place].text.casefold().rstrip("%")
        place += 1
        if _DIGITS.match(lower):
            digits = re.match(r"[0-9][0-9.,]*", lower)
            value = float(digits[0].replace(",", "").rstrip(".") or 0) if digits and digits[0].count(".") < 2 else None
            if value is None or _YEAR.fullmatch(lower):
                continue
        elif lower in _NUMBER_WORDS:
            value = _NUMBER_WORDS[lower]
            if 20 <= value <= 90 and place < len(words):
                unit = _NUMBER_WORDS.get(words[place].text.casefold(), 0.0)
                if 1 <= unit <= 9 and words[place].text.casefold() not in _WEAK_NUMBERS:
                    value, place = value + unit, place + 1
        else:
            continue
        is_weak = lower in _WEAK_NUMBERS
        while place < len(words) and words[place].text.casefold() in _MAGNITUDES:
            value, is_weak = value * _MAGNITUDES[words[place].text.casefold()], False
            place += 1
        if is_weak:
            weak.add(value)
        else:
            strong.append((value, start))
    return tuple(strong), frozenset(weak)
