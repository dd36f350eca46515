"""Which company names in a text hold: ordinary words, look-alikes, ambiguous names, products inside longer names.

Two readers with the same rules of precedence: one for questions, which are typed in any case, and one for edited
text, in which an ordinary word in lower case is never a company.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from corpus.catalogue import Company
from corpus.linking.index import Found, Rule
from corpus.linking.reading import Reading, inside, longest, overlap
from corpus.linking.words import FUNCTION_WORDS, JOINED, PAUSE

_CONTEXT_WORDS: Final = 8
"""How many words to either side a context word may stand away and still be near."""

_CUES_BEFORE: Final = (
    ("at",), ("join",), ("joining",), ("joined",), ("interview", "with"), ("interviews", "with"),
    ("interviewing", "with"),
    ("interview", "for"), ("interviewing", "for"), ("interviewer", "from"), ("work", "for"), ("working", "for"),
    ("work", "with"), ("works", "for"), ("role", "with"), ("job", "with"), ("role", "in"), ("offer", "from"),
    ("offer", "by"), ("apply", "to"), ("applying", "to"), ("applied", "to"), ("hired", "by"), ("recruiter", "from"),
    ("recruiter", "at"), ("call", "with"), ("chat", "with"), ("internship", "with"), ("tell", "me", "about"),
    ("know", "about"), ("what", "about"),
    ("how", "about"), ("same", "for"), ("but", "for"), ("company", "called"), ("startup", "called"),
    ("compare",), ("ceo", "of"), ("boss", "of"), ("founder", "of"), ("founders", "of"), ("valuation", "of"),
    ("timeline", "of"), ("history", "of"),
)  # fmt: skip
_CUES_AFTER: Final = frozenset(
    "interview interviews interviewer interviewers interviewing role roles job jobs recruiter recruiters onsite loop "
    "offer internship careers hiring hires recruiting recruitment ceo cto employees employee inc corp ltd ipo "
    "valuation layoffs hq headquarters salary salaries".split()
)
_COORDINATORS: Final = frozenset("vs versus or and x with than".split())
_LINKING_WORDS: Final = frozenset("and or ok okay so now then but for please pls".split())
_DETERMINERS: Final = frozenset(
    "the a an this that these those each every any no some my your our his her their its what which whose".split()
)
_NOT_A_NAME_BEFORE: Final = frozenset({"of", "out"})
_ASKING: Final = frozenset("is are was were does do did has have will would can could should".split())
"""Verbs that stand before the subject of a question ("does figure pay well")."""
_QUESTION_WORDS: Final = frozenset("who whom whose what when where why how which".split())
_ASKED_AND_VERB: Final = frozenset("whats whos wheres hows whens whys".split())
_BEFORE_A_QUESTION: Final = frozenset("and so but ok okay hey hi now then also or".split())
_SAID_OF_THINGS: Final = frozenset(
    "affect affects matter matters help helps influence impact mean means improve change important needed enough "
    "possible necessary true required useful".split()
)
"""What is asked of size, thought or sharpness, and not of a company named so ("does scale matter")."""
_PEOPLE: Final = frozenset("they them their theyre".split())
"""Words for those who work at a company that was just named."""
_PLACED_AFTER: Final = frozenset("on about at in into with for from by".split())
_TIMES: Final = frozenset("since lately recently now today this last next yet so right please pls rn".split())
"""Words with which the phrase that a preposition opens has ended."""


def in_question(reading: Reading, companies: Mapping[str, Company], role_starts: frozenset[int]) -> list[Found]:
    """The company names of a question, ambiguous ones decided; at the words `role_starts` a role's name begins."""
    sure, common, ambiguous, blocks = _sorted_out(reading)
    described = [each for each in (*sure, *ambiguous) if each.name.via in {"phrase", "ambiguous"}]
    others = [each for each in (*sure, *ambiguous) if each not in described]
    described = [each for each in described if not _belongs_to_a_stranger(reading, each, others, companies)]
    plain = longest([*others, *described], reading.row)
    accepted = [
        each for each in common if _meant_in_question(reading, each, companies[each.name.target], plain, role_starts)
    ]
    accepted += _listed_with_others(reading, [each for each in common if each not in accepted], [*plain, *accepted])
    if not plain and not accepted and not role_starts:
        accepted = [each for each in common if _ends_a_place(reading, each)]
    return _settled(reading, [*others, *described, *accepted], blocks)


def in_edited_text(reading: Reading) -> list[Found]:
    """The company names of edited text: ordinary words count in exact case, ambiguous ones when something decides."""
    sure, common, ambiguous, blocks = _sorted_out(reading)
    exact = [each for each in common if _is_exact(reading, each)]
    settled = _settled(reading, [*sure, *exact, *ambiguous], blocks)
    return [each for each in settled if each.name.rule is not Rule.AMBIGUOUS or each.name.via != "ambiguous"]


def _sorted_out(reading: Reading) -> tuple[list[Found], list[Found], list[Found], list[Found]]:
    """Certain names, ordinary words, ambiguous names, and look-alikes."""
    names = [each for each in reading.found if each.name.section == "company"]
    wider = [
        each
        for each in reading.found
        if each.name.section != "company" and each.name.rule is Rule.PLAIN and each.name.via in {"name", "alias"}
    ]

    def stands_free(each: Found) -> bool:
        # "Isaac Sim engineer" is a role and "robot arm" a thing, not NVIDIA and Arm; "Noetra interview" is Noetra.
        by_the_way = each.name.via == "product" or each.name.rule is Rule.COMMON_WORD
        return not (by_the_way and any(inside(each, other) for other in wider))

    names = [each for each in names if stands_free(each)]
    return (
        [each for each in names if each.name.rule is Rule.PLAIN],
        [each for each in names if each.name.rule is Rule.COMMON_WORD],
        [each for each in names if each.name.rule is Rule.AMBIGUOUS],
        [each for each in names if each.name.rule is Rule.UNRELATED],
    )


def _settled(reading: Reading, names: Iterable[Found], blocks: Iterable[Found]) -> list[Found]:
    """The names that hold when look-alikes are taken out, the longest is preferred and the ambiguous are decided."""
    blocks = [block for block in blocks if not _is_overridden(reading, block)]
    free = [
        each
        for each in names
        if not any(
            block.name.target == each.name.target and overlap(block, each) and not inside(block, each)
            for block in blocks
        )
    ]
    kept = longest(free, reading.row)
    named = {each.name.target for each in kept if each.name.ambiguous is None}
    return [reading.decided(each, named) for each in kept]


def _is_overridden(reading: Reading, block: Found) -> bool:
    """Whether the text writes the name inside a lower-case look-alike as a name ("at Scale" against "at scale")."""
    written = reading.written(block)
    inner = written.split(" ")[-1]
    return (
        block.name.written.islower()
        and block.name.written.startswith("at ")
        and inner[:1].isupper()
        and not inner.isupper()
    )


def _belongs_to_a_stranger(
    reading: Reading, described: Found, names: Iterable[Found], companies: Mapping[str, Company]
) -> bool:
    """Whether a company that has no part in the venture stands before it as an owner ("GM and Honda's venture")."""
    entry = described.name.ambiguous
    targets = entry.candidates if entry else (described.name.target,)
    members = {member for target in targets for member in companies[target].members}
    glue = reading.norm(described.first - 1) == "and"
    last = described.first - 2 if glue else described.first - 1
    if not members or not (glue or reading.gap(described.first) == PAUSE):
        return False
    return any(each.last == last and each.name.target not in members for each in names if each.name.via != "product")


def _is_exact(reading: Reading, each: Found) -> bool:
    return reading.written(each) == each.name.written


def _meant_in_question(
    reading: Reading, each: Found, company: Company, plain: list[Found], role_starts: frozenset[int]
) -> bool:
    """Whether an ordinary word of a question means the company that bears it as a name."""
    cued = _has_cue_before(reading, each.first) or _has_cue_after(reading, each.last, role_starts)
    named = any(other.name.target == company.name and not overlap(other, each) for other in plain)
    if cued or named or _is_all_that_is_asked(reading, each) or _is_asked_about(reading, each):
        return True
    if _is_put_first(reading, each) or _is_chosen_from(reading, each):
        return True
    near = any(
        reading.has_near(word, each.first - _CONTEXT_WORDS, each.last + _CONTEXT_WORDS, outside=each)
        for word in company.context
    )
    if _is_exact(reading, each):
        capital_says_nothing = (
            reading.opens_sentence(each.first) and each.first == each.last and each.name.written.istitle()
        )
        stands_apart = reading.gap(each.last + 1) >= PAUSE or reading.row[each.last].possessive
        return near or stands_apart or not capital_says_nothing
    return near and not _is_used_as_a_word(reading, each)


def _is_all_that_is_asked(reading: Reading, each: Found) -> bool:
    """Whether the question has no other word than such names: "figure?", "and agility", "cruise or aurora"."""
    names = {
        position
        for other in reading.found
        if other.name.section == "company" and other.name.rule is Rule.COMMON_WORD
        for position in range(other.first, other.last + 1)
    }
    others = (word for position, word in enumerate(reading.row) if position not in names)
    return each.first in names and all(word.norm in _LINKING_WORDS for word in others)


def _is_asked_about(reading: Reading, each: Found) -> bool:
    """Whether the name owns something or is the subject of the question: "how did figure's listing go", "is 1x hiring".

    A bare noun in these places is a name; with an article or a possessive before it, it is a word.
    """
    before, after = reading.norm(each.first - 1), reading.norm(each.last + 1)
    if before in _DETERMINERS or after in _SAID_OF_THINGS:
        return False
    if reading.row[each.last].possessive:
        return True
    if reading.gap(each.first) != JOINED:
        return False
    ends = reading.gap(each.last + 1) >= PAUSE or after in _TIMES
    if ends and reading.norm(each.first - 2) in _QUESTION_WORDS:
        return before == "is" or reading.norm(each.first - 2) == "who"  # "what is spot", "who founded reflection"
    if before in _ASKED_AND_VERB:
        return True
    if before not in _ASKING:
        return False
    start = each.first - 1
    while reading.gap(start) < PAUSE:
        start -= 1
    opening = [reading.norm(position) for position in range(start, each.first - 1)]
    if ends and before != "is":
        return False
    return all(word in _BEFORE_A_QUESTION for word in opening) or any(word in _QUESTION_WORDS for word in opening)


def _is_put_first(reading: Reading, each: Found) -> bool:
    """Whether the name stands apart at the start and is spoken of as people: "cosine, who are they"."""
    if each.first > 0 or reading.gap(each.last + 1) < PAUSE:
        return False
    return any(reading.norm(position) in _PEOPLE for position in range(each.last + 1, len(reading.row)))


def _is_chosen_from(reading: Reading, each: Found) -> bool:
    """Whether a question opens with the choice between a word and the name: "covariant or physical intelligence?"."""
    coordinated = reading.norm(each.first - 1) in {"or", "vs", "versus"} and each.first - 1 in {1, 2}
    coordinated = coordinated and reading.norm(0) not in _DETERMINERS  # "a table or figure?"
    pauses = any(reading.gap(position) >= PAUSE for position in range(1, each.last + 1))
    return coordinated and not pauses and reading.gap(each.last + 1) >= PAUSE


def _ends_a_place(reading: Reading, each: Found) -> bool:
    """Whether a preposition stands before the name and its phrase ends with it: "news on figure since January".

    "In figure 3" and "at 1x" of a recording are no such places: a number never counts.
    """
    if reading.gap(each.first) != JOINED or reading.norm(each.first - 1) not in _PLACED_AFTER:
        return False
    after = reading.norm(each.last + 1)
    described = reading.norm(each.first - 1) == "with" and reading.norm(each.first - 3) in _DETERMINERS
    if after.isdigit() or reading.norm(each.last).isdigit() or described:  # "a robot with arm"
        return False
    return reading.gap(each.last + 1) >= PAUSE or after in _TIMES


def _is_used_as_a_word(reading: Reading, each: Found) -> bool:
    """Whether the words around treat the name as an ordinary word: "the figure of", "to scale", "their spot in"."""
    before, after = reading.norm(each.first - 1), reading.norm(each.last + 1)
    if before == "to" or (after in _NOT_A_NAME_BEFORE and reading.gap(each.last + 1) == JOINED):
        return True
    ends = reading.gap(each.last + 1) >= PAUSE or after in FUNCTION_WORDS
    return before in _DETERMINERS and ends


def _has_cue_before(reading: Reading, first: int) -> bool:
    if reading.text[reading.row[first].start - 1 : reading.row[first].start] == "@":
        return True
    if reading.text[: reading.row[first].start].rstrip().endswith("@"):
        return True
    if reading.gap(first) != JOINED:
        return False
    return any(
        all(reading.norm(first - len(cue) + offset) == word for offset, word in enumerate(cue)) for cue in _CUES_BEFORE
    )


def _has_cue_after(reading: Reading, last: int, role_starts: frozenset[int]) -> bool:
    if reading.gap(last + 1) != JOINED:
        return False
    return reading.norm(last + 1) in _CUES_AFTER or last + 1 in role_starts


def _listed_with_others(reading: Reading, unsure: Iterable[Found], sure: Iterable[Found]) -> list[Found]:
    """The unsure names that stand beside a sure one, joined by "vs", "or", "and" or a comma ("waymo vs aurora")."""
    compared = frozenset({"than", "vs", "versus"})
    firsts = {each.first for each in sure}
    lasts = {each.last for each in sure}

    def beside(each: Found) -> bool:
        if _is_used_as_a_word(reading, each):
            return False
        after = each.last + 1
        if reading.norm(after) in _COORDINATORS and after + 1 in firsts:
            return True
        before = each.first - 1
        if lasts and reading.norm(before) in compared and reading.gap(each.last + 1) >= PAUSE:
            return True
        return reading.norm(before) in _COORDINATORS and before - 1 in lasts

    return [each for each in unsure if beside(each)]
