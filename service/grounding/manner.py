"""Checks of how a statement says it: denied or affirmed, planned or done, limited, attributed, ranked, explained.

Where a statement copies a source sentence, each change of wording is judged; where it is a paraphrase, cues on both
sides are compared, and only clear contradictions count. The table is in `exact`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from service.grounding import claims
from service.grounding.belonging import figures_of, is_within
from service.grounding.claims import Reading, Token, term_of
from service.grounding.comparison import FEW, Comparison, Copy
from service.grounding.verdict import Problem

_NEAR: Final = 5
"""How many words from a word of direction its subject and object stand."""


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
        if len(edit.given) <= FEW:
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
        yield from _dropped_limits(comparison, comparison.copy)
    if not claims.CONDITION.search(claim.text):
        for match in claims.strict_conditions(near.text):
            yield comparison.problem("hedge", "", f"The source makes this conditional: “{match.group()}”.")
            return


def _dropped_limits(comparison: Comparison, copy: Copy) -> Iterator[Problem]:
    """Limits that a copied sentence has lost. Those of figures are left to `content.figures`."""
    if any(_limits(comparison.claim, edit.claimed) for edit in copy.edits):
        return
    figures = figures_of(copy.reading)
    for edit in copy.edits:
        bounds = any(is_within(each, edit.given) for each in figures) or any(
            0 <= each.start - edit.given[-1].end <= 2 for each in figures if edit.given
        )
        if edit.is_short() and not bounds and _limits(copy.reading, edit.given):
            words = " ".join(token.word for token in edit.given)
            yield comparison.problem("hedge", "", f"The source limits this: “{words}”.", copy.sentence)
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
    """Say that "all" and "only" need a source that says so."""
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
