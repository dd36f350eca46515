"""Checks of what belongs to whom: names, figures and times may all be in the sources and yet be mixed up.

In a copy with changes nothing may stand in the place of something else; elsewhere the words around a name or figure
must be more like those around it in the source than like those around another one. The table is in `exact`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from service.grounding.alignment import SourceSentence
from service.grounding.claims import Reading, Token, term_of
from service.grounding.comparison import Comparison, Copy
from service.grounding.names import Name
from service.grounding.quantities import same
from service.grounding.times import covers
from service.grounding.verdict import Problem, ProblemKind

_PRONOUNS = re.compile(
    r"\b(?:it|its|they|their|them|he|his|she|her|this|these|the (?:company|firm|venture|group|maker|carmaker|chipmaker|start-?up|university|agency|board|court|union|ministry|office|city|institute|council))\b",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    r"\b(?:was|were|is|are|been|be|being)\s(?:\w+\s){0,2}?\w+(?:ed|en|ght|ld|wn|de|id|nt|lt|ne)\b(?:\s\w+){0,4}?\sby\b",
    re.IGNORECASE,
)
_REACH: Final = 9
"""How many words to either side belong to the context of a name or figure."""
_CLEARLY: Final = 1.3
_BY: Final = 0.25
"""How much better another one's context must fit (factor and sum of weights) before the two are said to be mixed up."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A name, figure or time, of which a sentence says something; those of one `kind` could stand for one another."""

    kind: str
    key: str
    start: int
    end: int
    text: str


def _anchors(reading: Reading, names_of: Callable[[str], Sequence[Name]]) -> list[Anchor]:
    found = [
        Anchor(f"name {name.linked}", name.key, name.start, name.end, name.text)
        for name in names_of(reading.text)
        if not name.place
    ]
    found += figures_of(reading)
    found += [
        Anchor(
            "time",
            f"{time.year} {time.month} {time.day} {time.quarter} {time.half} {time.label}",
            time.start,
            time.end,
            time.text,
        )
        for time in reading.times
    ]
    return found


def figures_of(reading: Reading) -> list[Anchor]:
    """The figures of a sentence; those that belong to a name are none."""
    return [
        Anchor(f"figure {quantity.unit}", f"{quantity.value:.6g}", quantity.start, quantity.end, quantity.text)
        for quantity in reading.quantities
        if not quantity.label
    ]


def _context(reading: Reading, anchor: Anchor, anchors: Sequence[Anchor]) -> dict[tuple[str, int], float]:
    """Content terms around an anchor with their side and a weight that falls with the distance in words.

    In a passive clause the sides are turned, so that it reads as the active one.
    """
    tokens = reading.tokens
    inside = [place for place, token in enumerate(tokens) if anchor.start <= token.start < anchor.end]
    if not inside:
        return {}
    turned = tokens[inside[0]].clause in _passive_clauses(reading)
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


def _likeness(one: Mapping[tuple[str, int], float], other: Mapping[tuple[str, int], float]) -> float:
    return sum(min(weight, other[key]) for key, weight in one.items() if key in other)


def roles(comparison: Comparison) -> Iterator[Problem]:
    """What is said of a name, figure or time is said of it in the source, and not of another one there."""
    claim = comparison.claim
    mine = _anchors(claim, comparison.names.names)
    if not mine or (comparison.copy is not None and not _is_turned(claim, comparison.copy.reading)):
        return
    for sentence, reading in zip(comparison.evidence, comparison.near, strict=True):
        given = _anchors(reading, comparison.names.names)
        contexts = {anchor: _context(reading, anchor, given) for anchor in given}
        for anchor in mine:
            own = [other for other in given if other.kind == anchor.kind and other.key == anchor.key]
            others = [other for other in given if other.kind == anchor.kind and other.key != anchor.key]
            if not own or not others:
                continue
            context = _without(_context(claim, anchor, mine), [anchor.text, *(each.text for each in own)])
            fit = max(_likeness(context, contexts[each]) for each in own)
            best = max(others, key=lambda other: _likeness(context, contexts[other]))
            if _likeness(context, contexts[best]) > fit * _CLEARLY + _BY:
                kind: ProblemKind = "role" if anchor.kind.startswith("name") else "merge"
                yield comparison.problem(
                    kind, anchor.text, f"The source says this of {best.text}, not of {anchor.text}.", sentence
                )


def _is_turned(claim: Reading, source: Reading) -> bool:
    """Whether one of the two is passive and the other is not."""
    return bool(_passive_clauses(claim)) != bool(_passive_clauses(source))


def _passive_clauses(reading: Reading) -> frozenset[int]:
    return frozenset(reading.clause_of(match.start()) for match in _PASSIVE.finditer(reading.text))


def _without(context: dict[tuple[str, int], float], texts: Sequence[str]) -> dict[tuple[str, int], float]:
    own = {term_of(word) for text in texts for word in text.split()}
    return {key: weight for key, weight in context.items() if key[0] not in own}


def exchanged(comparison: Comparison) -> Iterator[Problem]:
    """In a copy with changes, no name, figure or time stands in the place of another one, and no name is moved."""
    copy = comparison.copy
    if copy is None:
        return
    mine, given = _anchors(comparison.claim, comparison.names.names), _anchors(copy.reading, comparison.names.names)
    left_out = {other.key for edit in copy.edits for other in given if is_within(other, edit.given)}
    for edit in copy.edits:
        ours = [anchor for anchor in mine if is_within(anchor, edit.claimed)]
        theirs = [anchor for anchor in given if is_within(anchor, edit.given)]
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
                kind == "role"
                and not _is_turned(comparison.claim, copy.reading)
                and anchor.key in left_out
                and not _only_reordered(anchor, given, comparison.claim, copy)
            ):
                words = f"In the source {anchor.text} stands in another place."
                yield comparison.problem(kind, anchor.text, words, copy.sentence)


_LONG: Final = 9
"""Words of the source up to which a name in their place replaces the name among them."""


def _sort(anchor: Anchor) -> str:
    return anchor.kind.partition(" ")[0]


def _only_reordered(anchor: Anchor, given: Sequence[Anchor], claim: Reading, copy: Copy) -> bool:
    there = [other for other in given if other.key == anchor.key]
    return _is_listed(anchor, claim.text) and any(_is_listed(other, copy.reading.text) for other in there)


def _is_listed(anchor: Anchor, text: str) -> bool:
    """Whether a name is one of a list of names, whose order means nothing."""
    before, after = text[: anchor.start], text[anchor.end :]
    return bool(
        re.search(r"[A-Z][\w.&-]*(?:,| and| or|, and)\s$", before) or re.match(r"(?:,|,? and| or)\s[A-Z]", after)
    )


def is_within(anchor: Anchor, tokens: Sequence[Token]) -> bool:
    """Whether the anchor has a word among the tokens."""
    return any(anchor.start < token.end and token.start < anchor.end for token in tokens)


def _is_same_figure(anchor: Anchor, others: Sequence[Anchor], claim: Reading, copy: Copy) -> bool:
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
        owners = [name for name in my_names if claim.clause_of(name.start) == clause and not name.place]
        owners = owners or [name for name in my_names if name.start < claimed.start and not name.place][-1:]
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


def subjects(comparison: Comparison) -> Iterator[Problem]:
    """What is told of the company that opens the statement is not told of another one in the source.

    "Google allows GPT-5" where the source says it of Meta: every sentence with the other names of the statement names a
    company that the statement leaves out, and not the one that opens it.
    """
    names = comparison.names.names(comparison.claim.text)
    subject = names[0] if names and names[0].linked and not names[0].place else None
    if subject is None:
        return
    told = [name for name in names[1:] if name.key != subject.key and not name.place]
    said = {name.text.casefold() for name in names}
    wrong: list[tuple[str, SourceSentence]] = []
    for place, sentence in enumerate(comparison.sentences):
        if told and all(name.text.casefold() in sentence.text.casefold() for name in told):
            own = [name for name in comparison.names.names(sentence.text) if name.text.casefold() not in said]
            others = [name for name in own if name.linked and not name.place]
            if not others or any(name.key == subject.key for name in own) or _goes_on(comparison, place, subject):
                return
            wrong.append((others[0].text, sentence))
    if wrong and subject.text.casefold() not in wrong[0][1].text.casefold():
        other, sentence = wrong[0]
        yield comparison.problem(
            "role", subject.text, f"The source tells this of {other}, not of {subject.text}.", sentence
        )


def _goes_on(comparison: Comparison, place: int, subject: Name) -> bool:
    """Whether the sentence at `place` refers back to one before it that names the subject."""
    sentence = comparison.sentences[place]
    before = comparison.sentences[max(0, place - 2) : place]
    return bool(_PRONOUNS.search(sentence.text)) and any(
        _names_it(comparison, each, subject) for each in before if each.span.passage == sentence.span.passage
    )


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
