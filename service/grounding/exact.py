"""The exact checks: what a statement says against what its sources say, kind by kind.

Each check is a function from a `Comparison` to problems, and `CHECKS` is the table of them. They are written for what
they catch: a wrong statement costs a candidate the job, a refused one costs style, so where the sources do not clearly
say it, a check objects. `checker` runs the table; a problem found here stands whatever the learned score says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from functools import cached_property
from typing import Final

from service.grounding import claims
from service.grounding.alignment import SourceSentence
from service.grounding.claims import Reading, Token, read, term_of
from service.grounding.names import Name, NameReader
from service.grounding.quantities import Quantity, qualifier_kept, same
from service.grounding.times import Time, covers, of_day, sides_agree
from service.grounding.verdict import Problem, ProblemKind

_COPIED: Final = 0.6
"""Share of a statement's words that stand in one source sentence in the same order, from which it is a copy with
changes: then the changes are what is checked."""
_FEW: Final = 4
"""Words up to which a change is a change of wording; a longer one leaves out or adds a part of its own."""


@dataclass(frozen=True)
class Edit:
    """A change of wording: words of the statement in place of words of the source, either of them possibly none."""

    claimed: tuple[Token, ...]
    given: tuple[Token, ...]

    def is_short(self) -> bool:
        """Whether only the wording is changed."""
        return len(self.claimed) <= _FEW and len(self.given) <= _FEW


@dataclass(frozen=True)
class Copy:
    """A statement beside the source sentence that it follows: the words they share, and the edits between them."""

    sentence: SourceSentence
    reading: Reading
    pairs: tuple[tuple[Token, Token], ...]
    edits: tuple[Edit, ...]

    @classmethod
    def of(cls, claim: Reading, sentence: SourceSentence, reading: Reading) -> Copy:
        """Align two sentences word by word; words of one meaning are the same word."""
        one = [token.term or token.word for token in claim.tokens]
        other = [token.term or token.word for token in reading.tokens]
        pairs: list[tuple[Token, Token]] = []
        edits: list[Edit] = []
        for tag, low, high, first, last in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
            if tag == "equal":
                pairs.extend(zip(claim.tokens[low:high], reading.tokens[first:last], strict=True))
            else:
                edits.append(Edit(claim.tokens[low:high], reading.tokens[first:last]))
        return cls(sentence, reading, tuple(pairs), tuple(edits))


@dataclass(frozen=True)
class Comparison:
    """A statement beside its sources: `evidence` are the one or two sentences nearest to it, the best first."""

    claim: Reading
    evidence: tuple[SourceSentence, ...]
    sentences: tuple[SourceSentence, ...]
    published: date | None
    names: NameReader

    @cached_property
    def near(self) -> tuple[Reading, ...]:
        """The evidence, analysed."""
        return tuple(self.reading(sentence) for sentence in self.evidence)

    @cached_property
    def near_text(self) -> str:
        """The evidence as one text."""
        return " ".join(sentence.text for sentence in self.evidence)

    @cached_property
    def copy(self) -> Copy | None:
        """How the statement follows one sentence of the evidence word by word; None where it does not."""
        copies = [
            Copy.of(self.claim, sentence, reading) for sentence, reading in zip(self.evidence, self.near, strict=True)
        ]
        best = max(copies, key=lambda copy: len(copy.pairs), default=None)
        return best if best and len(best.pairs) >= _COPIED * len(self.claim.tokens) else None

    def reading(self, sentence: SourceSentence) -> Reading:
        """The analysis of a source sentence."""
        return read(sentence.text, self.published)

    def problem(
        self, kind: ProblemKind, words: str, explanation: str, nearest: SourceSentence | None = None
    ) -> Problem:
        """A problem beside the closest evidence, by default the best sentence."""
        sentence = nearest or (self.evidence[0] if self.evidence else None)
        return Problem(kind, words, explanation, sentence.span if sentence else None)


Check = Callable[[Comparison], Iterator[Problem]]

_REPORTING = re.compile(
    r"\b(?:report\w*|wrote|writes?|writing|said|says|publish\w*|announced|according|article|dated)\b", re.IGNORECASE
)
_ORDINAL = re.compile(
    r"\b(?P<number>\d+)(?:st|nd|rd|th)\b|\b(?P<word>second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth)(?:-|\s(?!(?:half|quarter|of\s(?!the\b))))",
    re.IGNORECASE,
)
_ORDINAL_WORDS = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
_PRONOUNS = re.compile(
    r"\b(?:it|its|they|their|them|he|his|she|her|this|these|the (?:company|firm|venture|group|maker|carmaker|chipmaker|start-?up|university|agency|board|court|union|ministry|office|city|institute|council))\b",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    r"\b(?:was|were|is|are|been|be|being)\s(?:\w+\s){0,2}?\w+(?:ed|en|ght|ld|wn|de|id|nt|lt|ne)\b(?:\s\w+){0,4}?\sby\b",
    re.IGNORECASE,
)


# --- figures ---------------------------------------------------------------------------------------------------------


def figures(comparison: Comparison) -> Iterator[Problem]:
    """Every figure, in its unit and with its bounds, stands in a cited passage."""
    named = [(name.start, name.end) for name in comparison.names.names(comparison.claim.text)]
    for claimed in comparison.claim.quantities:
        if claimed.spelt and any(low <= claimed.start < high for low, high in named):
            continue  # "Eleven Labs": `names` looks after it
        if claimed.label:
            if not _is_labelled(claimed, comparison):
                yield comparison.problem(
                    "figure", claimed.text, f"No cited passage has this name with the number {claimed.text}."
                )
            continue
        givens = [
            (given, sentence)
            for sentence in _with_figures(comparison)
            for given in comparison.reading(sentence).quantities
            if same(claimed, given)
        ]
        if not givens:
            yield comparison.problem(
                "figure",
                claimed.text,
                f"No cited passage has the figure {claimed.text}.",
                _nearest_figure(claimed, comparison),
            )
        elif not any(qualifier_kept(claimed, given) for given, _ in _preferred(givens, comparison)):
            given, sentence = givens[0]
            yield comparison.problem("hedge", claimed.text, _bounds_differ(claimed, given), sentence)
    yield from _ordinals(comparison)


def _is_labelled(claimed: Quantity, comparison: Comparison) -> bool:
    """Whether a number that belongs to a name ("Level 4") stands behind the same word in the sources."""
    before = comparison.claim.text[: claimed.start].split()[-1:]
    word = before[0].strip("\"'“”‘’(") if before else ""
    wanted = re.compile(rf"\b{re.escape(word)}[\s-]?{re.escape(claimed.text)}(?![\d]|\.\d)", re.IGNORECASE)
    return any(wanted.search(sentence.text) for sentence in comparison.sentences)


def _with_figures(comparison: Comparison) -> Iterator[SourceSentence]:
    rest = (sentence for sentence in comparison.sentences if sentence not in comparison.evidence)
    yield from comparison.evidence
    yield from rest


def _preferred(
    givens: Sequence[tuple[Quantity, SourceSentence]], comparison: Comparison
) -> Sequence[tuple[Quantity, SourceSentence]]:
    """The figures of the evidence, where it has any."""
    near = [given for given in givens if given[1] in comparison.evidence]
    return near or givens


def _nearest_figure(claimed: Quantity, comparison: Comparison) -> SourceSentence | None:
    return next(
        (
            sentence
            for sentence in _with_figures(comparison)
            if any(given.unit == claimed.unit for given in comparison.reading(sentence).quantities)
        ),
        None,
    )


_BOUND_WORDS: Mapping[str, str] = {
    "": "exactly",
    "about": "about",
    "nearly": "nearly",
    "above": "more than or at least",
    "below": "less than or up to",
}


def _bounds_differ(claimed: Quantity, given: Quantity) -> str:
    return f"The source gives {_BOUND_WORDS[given.qualifier]} {given.text}, the statement {_BOUND_WORDS[claimed.qualifier]} {claimed.text}."


def _ordinals(comparison: Comparison) -> Iterator[Problem]:
    claim = comparison.claim
    taken = [(time.start, time.end) for time in claim.times]
    taken += [(quantity.start, quantity.end) for quantity in claim.quantities]
    given = None
    for match in _ORDINAL.finditer(comparison.claim.text):
        if any(low <= match.start() < high for low, high in taken):
            continue
        if given is None:
            given = {
                _ordinal(each) for sentence in comparison.sentences for each in _ORDINAL.finditer(sentence.text + " ")
            }
        if _ordinal(match) not in given:
            words = match.group().strip("- ")
            yield comparison.problem("figure", words, f"No cited passage says “{words}”.")


def _ordinal(match: re.Match[str]) -> int:
    return int(match["number"][:9]) if match["number"] else _ORDINAL_WORDS.index(match["word"].casefold())


# --- times -----------------------------------------------------------------------------------------------------------


def dates(comparison: Comparison) -> Iterator[Problem]:
    """Every time stands in a cited passage, as exactly as said, and bounds what it bounds there."""
    for claimed in comparison.claim.times:
        givens = list(_given_times(claimed, comparison))
        if not givens:
            if not _is_publication_date(claimed, comparison):
                yield comparison.problem("date", claimed.text, f"No cited passage has the time “{claimed.text}”.")
        elif not any(sides_agree(claimed, given) for given in givens):
            before = {"until": "ends", "from": "begins"}
            yield comparison.problem(
                "date",
                claimed.text,
                f"In the statement something {before[claimed.side]} at {claimed.text}, in the source it {before[givens[0].side]} there.",
            )


def _given_times(claimed: Time, comparison: Comparison) -> Iterator[Time]:
    near = [
        given for reading in comparison.near for given in reading.times if covers(claimed, given, comparison.published)
    ]
    if near:
        yield from near
        return
    for sentence in comparison.sentences:
        for given in comparison.reading(sentence).times:
            if covers(claimed, given, comparison.published):
                yield given


def _is_publication_date(claimed: Time, comparison: Comparison) -> bool:
    return (
        comparison.published is not None
        and bool(_REPORTING.search(comparison.claim.text))
        and covers(claimed, of_day(comparison.published), comparison.published)
    )


# --- names and what belongs to whom ----------------------------------------------------------------------------------


def names(comparison: Comparison) -> Iterator[Problem]:
    """Every name stands in a cited passage; companies count under all their names."""
    for words, explanation in comparison.names.unsupported(comparison.claim.text, comparison.sentences):
        yield comparison.problem("name", words, explanation)


@dataclass(frozen=True, slots=True)
class _Anchor:
    """A name, figure or time, of which a sentence says something: `kind` are those that could stand for one another."""

    kind: str
    key: str
    start: int
    end: int
    text: str


def _anchors(reading: Reading, names_of: Callable[[str], Sequence[Name]]) -> list[_Anchor]:
    found = [
        _Anchor(f"name {name.linked}", name.key, name.start, name.end, name.text)
        for name in names_of(reading.text)
        if not name.place
    ]
    found += _figures_of(reading)
    found += [
        _Anchor(
            "time",
            f"{time.year} {time.month} {time.day} {time.quarter} {time.half} {time.label}",
            time.start,
            time.end,
            time.text,
        )
        for time in reading.times
    ]
    return found


def _figures_of(reading: Reading) -> list[_Anchor]:
    return [
        _Anchor(f"figure {quantity.unit}", f"{quantity.value:.6g}", quantity.start, quantity.end, quantity.text)
        for quantity in reading.quantities
        if not quantity.label
    ]


def _context(
    reading: Reading, anchor: _Anchor, anchors: Sequence[_Anchor], *, turned: bool = False
) -> dict[tuple[str, int], float]:
    """Content terms around an anchor with their side and a weight that falls with the distance in words.

    `turned` reads a passive sentence as the active one.
    """
    tokens = reading.tokens
    inside = [place for place, token in enumerate(tokens) if anchor.start <= token.start < anchor.end]
    if not inside:
        return {}
    context: dict[tuple[str, int], float] = {}
    for direction, edge in ((-1, inside[0]), (1, inside[-1])):
        side = (-direction if turned else direction) if anchor.kind.startswith("name") else 0
        distance = 0
        place = edge + direction
        while 0 <= place < len(tokens) and distance < _REACH:
            token = tokens[place]
            distance += 1 if token.clause == tokens[edge].clause else 2
            is_name = any(_sort(each) == "name" and each.start <= token.start < each.end for each in anchors)
            if token.term and not (is_name and _sort(anchor) == "name"):
                weight = 1 / (1 + distance / 2)
                context[token.term, side] = max(context.get((token.term, side), 0.0), weight)
            place += direction
    return context


_NEAR: Final = 5
"""How many words from a word of direction its subject and object stand."""
_REACH: Final = 9
"""How many words to either side belong to the context of a name or figure."""
_CLEARLY: Final = 1.3
_BY: Final = 0.25
"""How much better another one's context must fit (factor and sum of weights) before the two are said to be mixed up."""


def _likeness(one: Mapping[tuple[str, int], float], other: Mapping[tuple[str, int], float]) -> float:
    return sum(min(weight, other[key]) for key, weight in one.items() if key in other)


def roles(comparison: Comparison) -> Iterator[Problem]:
    """What is said of a name, figure or time is said of it in the source, and not of another one there."""
    claim = comparison.claim
    mine = _anchors(claim, comparison.names.names)
    if not mine or comparison.copy is not None:
        return
    for sentence, reading in zip(comparison.evidence, comparison.near, strict=True):
        given = _anchors(reading, comparison.names.names)
        turned = bool(_PASSIVE.search(claim.text)) != bool(_PASSIVE.search(reading.text))
        contexts = {anchor: _context(reading, anchor, given) for anchor in given}
        for anchor in mine:
            own = [other for other in given if other.kind == anchor.kind and other.key == anchor.key]
            others = [other for other in given if other.kind == anchor.kind and other.key != anchor.key]
            if not own or not others:
                continue
            context = _without(
                _context(claim, anchor, mine, turned=turned), [anchor.text, *(each.text for each in own)]
            )
            fit = max(_likeness(context, contexts[each]) for each in own)
            best = max(others, key=lambda other: _likeness(context, contexts[other]))
            if _likeness(context, contexts[best]) > fit * _CLEARLY + _BY:
                kind: ProblemKind = "role" if anchor.kind.startswith("name") else "merge"
                yield comparison.problem(
                    kind, anchor.text, f"The source says this of {best.text}, not of {anchor.text}.", sentence
                )


def _without(context: dict[tuple[str, int], float], texts: Sequence[str]) -> dict[tuple[str, int], float]:
    own = {term_of(word) for text in texts for word in text.split()}
    return {key: weight for key, weight in context.items() if key[0] not in own}


def exchanged(comparison: Comparison) -> Iterator[Problem]:
    """In a copy with changes, no name, figure or time stands in the place of another one, and no name is moved."""
    copy = comparison.copy
    if copy is None:
        return
    mine, given = _anchors(comparison.claim, comparison.names.names), _anchors(copy.reading, comparison.names.names)
    left_out = {other.key for edit in copy.edits for other in given if _within(other, edit.given)}
    for edit in copy.edits:
        ours = [anchor for anchor in mine if _within(anchor, edit.claimed)]
        theirs = [anchor for anchor in given if _within(anchor, edit.given)]
        for anchor in ours:
            others = [other for other in theirs if _sort(other) == _sort(anchor)]
            if any(other.key == anchor.key for other in others) or _is_same_figure(
                anchor, others, comparison.claim, copy
            ):
                continue
            kind: ProblemKind = "role" if _sort(anchor) == "name" else "merge"
            if others and len(edit.given) <= _LONG:
                words = f"The source has {others[0].text} in the place of {anchor.text}."
                yield comparison.problem(kind, anchor.text, words, copy.sentence)
            elif (
                kind == "role" and anchor.key in left_out and not _only_reordered(anchor, given, comparison.claim, copy)
            ):
                words = f"In the source {anchor.text} stands in another place."
                yield comparison.problem(kind, anchor.text, words, copy.sentence)


_LONG: Final = 9
"""Words of the source up to which a name in their place replaces the name among them."""


def _sort(anchor: _Anchor) -> str:
    return anchor.kind.partition(" ")[0]


def _only_reordered(anchor: _Anchor, given: Sequence[_Anchor], claim: Reading, copy: Copy) -> bool:
    there = [other for other in given if other.key == anchor.key]
    return _is_listed(anchor, claim.text) and any(_is_listed(other, copy.reading.text) for other in there)


def _is_listed(anchor: _Anchor, text: str) -> bool:
    """Whether a name is one of a list of names, whose order means nothing."""
    before, after = text[: anchor.start], text[anchor.end :]
    return bool(
        re.search(r"[A-Z][\w.&-]*(?:,| and| or|, and)\s$", before) or re.match(r"(?:,|,? and| or)\s[A-Z]", after)
    )


def _within(anchor: _Anchor, tokens: Sequence[Token]) -> bool:
    return any(anchor.start < token.end and token.start < anchor.end for token in tokens)


def _is_same_figure(anchor: _Anchor, others: Sequence[_Anchor], claim: Reading, copy: Copy) -> bool:
    """Whether one of the figures or times in its place says the same in another notation."""
    starts = {other.start for other in others}
    if _sort(anchor) == "time":
        claimed = next(time for time in claim.times if time.start == anchor.start)
        return any(covers(claimed, given, None) for given in copy.reading.times if given.start in starts)
    if _sort(anchor) != "figure":
        return False
    mine = next(quantity for quantity in claim.quantities if quantity.start == anchor.start)
    return any(same(mine, given) for given in copy.reading.quantities if given.start in starts)


def merged(comparison: Comparison) -> Iterator[Problem]:
    """A figure and the name it is told of stand in one sentence of the source, or in two where the second refers back."""
    claim = comparison.claim
    my_names = comparison.names.names(claim.text)
    for claimed in claim.quantities:
        if claimed.label:
            continue
        clause = claim.clause_of(claimed.start)
        owners = [name for name in my_names if claim.clause_of(name.start) == clause]
        homes = [
            (place, sentence)
            for place, sentence in enumerate(comparison.sentences)
            if any(same(claimed, given) for given in comparison.reading(sentence).quantities)
        ]
        for owner in owners:
            if homes and not any(_tells_of(comparison, place, owner) for place, _ in homes):
                yield comparison.problem(
                    "merge", claimed.text, f"The source does not tell {claimed.text} of {owner.text}.", homes[0][1]
                )
                break


def _tells_of(comparison: Comparison, place: int, owner: Name) -> bool:
    """Whether the sentence at `place` names the owner, or nobody else and follows one that does."""
    sentence = comparison.sentences[place]
    if _names_it(comparison, sentence, owner):
        return True
    others = comparison.names.names(sentence.text)
    if others and not _PRONOUNS.search(sentence.text):
        return False
    before = [
        each for each in comparison.sentences[max(0, place - 2) : place] if each.span.passage == sentence.span.passage
    ]
    return any(_names_it(comparison, each, owner) for each in before) or not others


def _names_it(comparison: Comparison, sentence: SourceSentence, owner: Name) -> bool:
    if any(name.key == owner.key for name in comparison.names.names(sentence.text)):
        return True
    return not owner.linked and owner.key in sentence.text.casefold()


# --- how it is said --------------------------------------------------------------------------------------------------


def negation(comparison: Comparison) -> Iterator[Problem]:
    """What the source denies is denied, and what it affirms is not."""
    claim = comparison.claim
    if comparison.copy is not None:
        yield from _copied_negation(comparison, comparison.copy)
        return
    mine = {token.term for token in claim.tokens if token.term and token.negated}
    denied, affirmed = _polarity(comparison.near)
    sources_deny = any(reading.negations for reading in comparison.near) or claims.NEGATIVE.search(comparison.near_text)
    if mine and mine <= affirmed and not sources_deny:
        start, end = claim.negations[0]
        yield comparison.problem("negation", claim.text[start:end], "The statement denies what the source says.")
        return
    stated = {token.term for token in claim.tokens if token.term and not token.negated}
    lost = (stated & denied) - affirmed - mine
    if lost and len(lost) * 5 >= len(claim.terms) and not claim.negations and not claims.NEGATIVE.search(claim.text):
        words = ", ".join(token.word for token in claim.tokens if token.term in lost)
        yield comparison.problem("negation", words, "The source denies what the statement says.")


def _copied_negation(comparison: Comparison, copy: Copy) -> Iterator[Problem]:
    """Negations put in or taken out of a copied sentence."""
    for edit in copy.edits:
        mine = _cues_in(comparison.claim, edit.claimed)
        theirs = _cues_in(copy.reading, edit.given)
        if len(mine) % 2 == len(theirs) % 2:
            continue
        if mine:
            yield comparison.problem(
                "negation", mine[0], "The statement denies what the source does not deny.", copy.sentence
            )
            return
        if len(edit.given) <= _FEW:
            yield comparison.problem("negation", "", f"The source denies this: “{theirs[0]}”.", copy.sentence)
            return


def _cues_in(reading: Reading, tokens: Sequence[Token]) -> list[str]:
    """The negations that begin within the tokens."""
    starts = {token.start for token in tokens}
    return [reading.text[low:high] for low, high in reading.negations if low in starts]


def _polarity(readings: Sequence[Reading]) -> tuple[frozenset[str], frozenset[str]]:
    """The terms that the readings deny, and those that they affirm."""
    denied = {token.term for reading in readings for token in reading.tokens if token.term and token.negated}
    affirmed = {token.term for reading in readings for token in reading.tokens if token.term and not token.negated}
    return frozenset(denied), frozenset(affirmed)


def direction(comparison: Comparison) -> Iterator[Problem]:
    """What rises in the statement does not fall in the source, more is not less, before is not after."""
    given: dict[str, set[int]] = {}
    for reading in comparison.near:
        for axis, signs in reading.directions.items():
            given.setdefault(axis, set()).update(signs)
    if comparison.copy is not None:
        for edit in comparison.copy.edits:
            mine = {found: token for token in edit.claimed if (found := claims.axis_of(token.word))}
            theirs = {found for token in edit.given if (found := claims.axis_of(token.word))}
            for (line, sign), token in mine.items():
                if (line, -sign) in theirs:
                    yield comparison.problem(
                        "direction", token.word, "The source says the opposite direction.", comparison.copy.sentence
                    )
                    return
    for axis, signs in comparison.claim.directions.items():
        if axis not in given or signs & given[axis]:
            continue
        said = _said_of(comparison.claim, axis)
        if said & frozenset().union(*(_said_of(reading, axis) for reading in comparison.near)):
            words = ", ".join(token.word for token in comparison.claim.tokens if _axis(token) == axis)
            yield comparison.problem("direction", words, "The source says the opposite direction.")


def _axis(token: Token) -> str:
    return claims.AXES.get(token.word, ("", 0))[0]


def _said_of(reading: Reading, axis: str) -> frozenset[str]:
    """The content terms near the words of an axis."""
    places = [place for place, token in enumerate(reading.tokens) if _axis(token) == axis]
    return frozenset(
        token.term
        for place in places
        for token in reading.tokens[max(0, place - _NEAR) : place + _NEAR + 1]
        if token.term and _axis(token) != axis
    )


def modality(comparison: Comparison) -> Iterator[Problem]:
    """A plan is not told as done, and a possibility not as a plan."""
    claim = comparison.claim
    if comparison.copy is not None:
        for edit in comparison.copy.edits:
            if (
                edit.is_short()
                and _is_open(comparison.copy.reading, edit.given)
                and edit.claimed
                and not _is_open(claim, edit.claimed)
            ):
                yield _told_as_more(comparison, edit.claimed, claims.PLANNED)
                return
        raised = [
            (mine, theirs)
            for mine, theirs in comparison.copy.pairs
            if mine.term and mine.certainty > theirs.certainty and claim.text[mine.start].islower()
        ]
        if raised:
            yield _told_as_more(comparison, [mine for mine, _ in raised], min(theirs.certainty for _, theirs in raised))
        return
    given: dict[str, int] = {}
    for reading in comparison.near:
        for token in reading.tokens:
            if token.term:
                given[token.term] = max(given.get(token.term, 0), token.certainty)
    least = min((token.certainty for token in claim.tokens), default=claims.FACT)
    shared = [token for token in claim.tokens if token.term in given]
    risen = [token for token in shared if least > given[token.term]]
    if risen and len(risen) * 4 >= len(shared):
        yield _told_as_more(comparison, risen, min(given[token.term] for token in risen))


def _is_open(reading: Reading, tokens: Sequence[Token]) -> bool:
    """Whether the tokens tell a plan or a possibility."""
    # The word behind decides whether "is to" is one: "is to start".
    return bool(tokens) and claims.is_open(reading.text[tokens[0].start : tokens[-1].end + 12])


def _told_as_more(comparison: Comparison, tokens: Sequence[Token], certainty: int) -> Problem:
    said = "a possibility" if certainty == claims.POSSIBLE else "a plan or an expectation"
    return comparison.problem("modality", " ".join(token.word for token in tokens), f"In the source this is {said}.")


def hedges(comparison: Comparison) -> Iterator[Problem]:
    """Limits such as "some", "usually" and "if" are kept."""
    claim, near = comparison.claim, comparison.near[0] if comparison.near else None
    if near is None:
        return
    if comparison.copy is not None:
        for edit in comparison.copy.edits:
            # A limit of a figure that is left out with it limits nothing; `figures` compares those that stay.
            bounds = any(_within(anchor, edit.given) for anchor in _figures_of(comparison.copy.reading))
            if (
                edit.is_short()
                and not bounds
                and _limits(comparison.copy.reading, edit.given)
                and not _limits(claim, edit.claimed)
            ):
                yield comparison.problem(
                    "hedge",
                    "",
                    f"The source limits this: “{' '.join(token.word for token in edit.given)}”.",
                    comparison.copy.sentence,
                )
                return
    if not claims.CONDITION.search(claim.text):
        for match in claims.strict_conditions(near.text):
            yield comparison.problem("hedge", "", f"The source makes this conditional: “{match.group()}”.")
            return


def _limits(reading: Reading, tokens: Sequence[Token]) -> bool:
    """Whether the words of the tokens hold a limit such as "some" or "up to"."""
    return bool(tokens) and bool(claims.HEDGE.search(reading.text[tokens[0].start : tokens[-1].end]))


def attribution(comparison: Comparison) -> Iterator[Problem]:
    """What the source gives as somebody's word is told as that one's word."""
    claim = comparison.claim
    if comparison.copy is not None:
        for edit in comparison.copy.edits:
            said = _opinion_in(comparison.copy.reading, edit.given)
            if said and not _opinion_in(claim, edit.claimed):
                words = f"The source gives this as somebody's word: “{said}”."
                yield comparison.problem("attribution", "", words, comparison.copy.sentence)
                return
    if not comparison.near or claims.ATTRIBUTION.search(claim.text):
        return
    near = comparison.near[0]
    shared = [token for token in near.tokens if token.term in claim.terms]
    theirs = [token for token in shared if token.attributed]
    if theirs and len(theirs) * 2 > len(shared):
        speaker = next((match for match in claims.OPINION.finditer(near.text)), None)
        said = speaker.group()[:60] if speaker else ""
        yield comparison.problem("attribution", "", f"The source gives this as somebody's word: “{said}…”.")


def _opinion_in(reading: Reading, tokens: Sequence[Token]) -> str:
    """The words among the tokens that give a statement as somebody's, empty without any."""
    if not tokens:
        return ""
    match = claims.SPEAKER.search(reading.text[tokens[0].start : tokens[-1].end + 6])
    return match.group() if match else ""


def superlatives(comparison: Comparison) -> Iterator[Problem]:
    """The first, the largest and the like are called so in the source."""
    given = {each[0] for reading in comparison.near for each in reading.superlatives}
    for kind, start, end in comparison.claim.superlatives:
        if kind not in given:
            words = comparison.claim.text[start:end]
            yield comparison.problem("superlative", words, f"The source does not say “{words}”.")


def scope(comparison: Comparison) -> Iterator[Problem]:
    """ "All" and "only" need a source that says so."""
    for strict, loose in ((claims.ALL, claims.ALL_LOOSE), (claims.ONLY, claims.ONLY_LOOSE)):
        match = strict.search(comparison.claim.text)
        if match and not loose.search(comparison.near_text):
            yield comparison.problem("scope", match.group(), f"The source does not say “{match.group()}”.")


def cause(comparison: Comparison) -> Iterator[Problem]:
    """A reason is given as a reason in the source, for the same thing."""
    claim = comparison.claim
    for match in claims.cause_parts(claim.text):
        reason = frozenset(term for word in match["part"].split() if (term := term_of(word.strip(".,;:"))))
        effect = claim.terms - reason
        if not _gives_reason(comparison, reason, effect):
            yield comparison.problem("cause", match.group(), "The source does not give this reason.")
            return
    loose = claims.CAUSE.search(claim.text)
    if loose and not claims.CAUSE.search(comparison.near_text) and not claims.CAUSE_LOOSE.search(comparison.near_text):
        yield comparison.problem("cause", loose.group(), "The source gives no reason.")


def _gives_reason(comparison: Comparison, reason: frozenset[str], effect: frozenset[str]) -> bool:
    """Whether one sentence has both and links them, or two that follow one another and one of which names a reason."""
    for place, sentence in enumerate(comparison.sentences):
        if _share(reason, sentence.terms) < _REASON:
            continue
        linked = claims.CAUSE.search(sentence.text) or claims.CAUSE_LOOSE.search(sentence.text)
        if linked and _share(effect, sentence.terms) >= _EFFECT:
            return True
        for first, second in ((place - 1, place), (place, place + 1)):
            if first < 0 or second >= len(comparison.sentences):
                continue
            other = comparison.sentences[first if second == place else second]
            if claims.CAUSE_OPENS.search(comparison.sentences[second].text) and _share(effect, other.terms) >= _EFFECT:
                return True
    return False


_REASON: Final = 0.5
_EFFECT: Final = 0.5
"""Shares of the terms of a reason and of what it explains that a sentence must have to link the two."""


def _share(terms: frozenset[str], given: frozenset[str]) -> float:
    return len(terms & given) / len(terms) if terms else 1.0


CHECKS: Final[Mapping[str, Check]] = {
    "figure": figures,
    "date": dates,
    "name": names,
    "role": roles,
    "exchange": exchanged,
    "merge": merged,
    "negation": negation,
    "direction": direction,
    "modality": modality,
    "hedge": hedges,
    "attribution": attribution,
    "superlative": superlatives,
    "scope": scope,
    "cause": cause,
}
"""The checks by name, in the order in which their problems are told."""


def problems(comparison: Comparison) -> tuple[Problem, ...]:
    """What every check of `CHECKS` objects to."""
    return tuple(problem for check in CHECKS.values() for problem in check(comparison))
