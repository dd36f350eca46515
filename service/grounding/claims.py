"""What is checkable in a sentence: figures, times, names, and how each of its words is said.

A `Reading` is the analysis of one sentence, of a statement or of a source alike, so that `exact` can compare the two
part by part. A word is said as a fact, as a plan or as a possibility; it may be denied; somebody may have said it.
Rules, not a model: what a cue governs runs from the cue to the end of its clause.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final

from service.answering.terms import content_terms
from service.grounding.quantities import Quantity, quantities
from service.grounding.times import Time, times

FACT: Final = 3
PLANNED: Final = 2
POSSIBLE: Final = 1
"""How certain something is said to be: it is or was so; it is meant or expected to be; it may be."""

_TOKEN = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+|,\d{3}(?!\d))*['’]?|[,;:()–—]")
_CLAUSE_MARKS = frozenset(",;:()–—")
_CLAUSE_WORDS = frozenset(
    "but while whereas which who whose because although though unless if when where after before since than".split()
)


def _any(words: str, prefix: str = "", suffix: str = "") -> re.Pattern[str]:
    alternatives = "|".join(part.strip() for part in words.split("|"))
    return re.compile(rf"{prefix}\b(?:{alternatives})\b{suffix}", re.IGNORECASE)


NEGATION = _any(
    r"not|no(?!\.)|never|none|nobody|nothing|nowhere|neither|nor|without|cannot|\w+n['’]t|no longer|no one|hardly|scarcely|"
    r"fail(?:s|ed)? to|refus(?:e|es|ed|ing) to|declin(?:e|es|ed|ing)(?= to| comment)|den(?:y|ies|ied|ying)|lack(?:s|ed|ing)?|instead of|rather than|"
    r"far from|unable to|rul(?:e|es|ed) out|stopp?(?:ed|s)? short of|except(?: for)?|other than"
)
_NOT_NEGATION = re.compile(
    r"\b(?:not only|no (?:less|fewer|more|later|earlier|sooner) than|not (?:less|fewer|more|later|earlier) than|no doubt|without (?:doubt|fail)|nothing but|not just|no matter)\b",
    re.IGNORECASE,
)
NEGATIVE = _any(
    r"halt(?:s|ed|ing)?|stop(?:s|ped|ping)?|cancel(?:s|led|ling|ed|lation)?|scrap(?:s|ped)?|abandon(?:s|ed)?|reject(?:s|ed|ion)?|refus\w+|declin\w+|den(?:y|ies|ied|ial)|"
    r"end(?:s|ed|ing)?|drop(?:s|ped|ping)?|give[sn]? up|gave up|withdr[ae]w\w*|suspend\w*|postpon\w+|delay\w*|block\w*|bann?\w*|bar(?:s|red)|forbid\w*|forbade|prohibit\w*|"
    r"avoid\w*|prevent\w*|fail\w*|lack\w*|miss(?:es|ed|ing)?|unlike|instead|rather|except\w*|exclud\w+|exempt\w*|only|just|merely|alone|few|little|hardly|barely|"
    r"impossible|unclear|unknown|unable|unlikely|un\w+ed|in\w+able|wrong\w*|false|inaccurate|independent(?:ly)?|open|yet|still|remain\w*|last|"
    r"free|closed?|shut|quit|left|leaves?|gone|out|against|contradict\w*|oppos\w+|object\w*|contrary|neither|less|fewer|ahead|behind|zero|otherwise|spar(?:e|ed|es)|waiv\w+|ceas\w+|discontinu\w+|retir\w+|fall(?:s|en)? short|beyond|spared|too|different\w*|other|longest|largest|highest|biggest|most|least|lowest"
)
"""Words that deny without a negation: beside them, a statement's "not" may be right."""

_POSSIBLE = _any(
    r"may(?!\s\d)|might|could|possibl[ey]|possibility|perhaps|reportedly|allegedly|alleged|(?:is|are|was|were) said to|(?:is|are|was|were) (?:thought|believed|rumou?red|reported|understood) to|"
    r"potential(?:ly)?|rumou?r(?:s|ed)?|consider(?:s|ed|ing)?|mull(?:s|ed|ing)?|weigh(?:s|ed|ing)?|explor(?:e|es|ed|ing)|in talks|talks|discuss(?:es|ed|ing)?|negotiat\w+|thinking of|thinks? of|"
    r"option(?:al)?|probabl[ey]|likely|presumably|suggest(?:s|ed)?|unconfirmed|appear(?:s|ed)? to|seem(?:s|ed)?(?: to)?|apparently|can imagine|conceivable|whether|unless|subject to"
)
_PLANNED = _any(
    r"will|shall|would|should|\w+['’]ll|plan(?:s|ned|ning)?|intend(?:s|ed|ing)?|intention|aim(?:s|ed|ing)?|target(?:s|ed|ing)?|goal|goals|expect(?:s|ed|ing|ation|ations)?|forecast(?:s|ed)?|"
    r"projects|projected|projection|due|scheduled|slated|set to|about to|ambition|promis(?:e|es|ed|ing)|pledg(?:e|es|ed|ing)|vow(?:s|ed)?|hopes?|hoped|hoping|would like|ask(?:s|ed)? (?:for|to)|demand(?:s|ed)?|call(?:s|ed)? for|wish(?:es|ed)?|request(?:s|ed)?|seek(?:s|ing)?|sought|propos(?:e|es|ed|al|als)|prepar(?:e|es|ed|ing)|wants?|wanted|"
    r"envisag(?:e|es|ed)|commit(?:s|ted|ment)?|upcoming|coming|future|meant to|ready to|agreed to|supposed to|anticipat(?:e|es|ed)|predict(?:s|ed|ion)?|outlook|guidance|estimat(?:e|es|ed)|foresee[ns]?|on course|on track|soon|"
    r"(?:is|are|was|were)(?: (?:also|now|then|still|first|not|only|soon|later|both|each))? to(?= [a-z])|to be|going to|to come|to follow|must|have to|has to|need(?:s|ed)? to|must"
)
_FACT_AGAIN = re.compile(
    r"\b(?:and|but)\s(?:[\w'’]+\s){0,3}?(?:has|have|had|did|does|was|were|is|are)\s(?!to\b|expected|due|planned)"
)
"""A second verb that tells a fact after one that told a plan."""
_CERTAIN_NAMES = re.compile(r"\bPlan\b|\bTargets?\b|\bFuture\b|\bWill\b(?=\s[A-Z])|\bMay\b|\bExpect")
ATTRIBUTION = re.compile(
    r"\baccording to\b|\bby \S+(?: \S+)? (?:own )?(?:count|account|estimate|reckoning)\b|\b[A-Z]\S*['’]s (?:view|opinion|estimate|account|words|count)\b|\bin the (?:view|words|opinion) of\b|\bas (?:\S+ ){1,3}(?:put|puts|sees?) it\b"
    r"|\b(?:said|says|say|saying|claim(?:s|ed)?|argu(?:es|ed)|believ(?:es?|ed)|thinks?|thought|warn(?:s|ed)|not(?:es|ed)|holds?|held that|sees?|saw|call(?:s|ed)|reckon(?:s|ed)?|insist(?:s|ed)|maintain(?:s|ed)|"
    r"writes?|wrote|report(?:s|ed)|stat(?:es|ed)|told|tells|explain(?:s|ed)|confirm(?:s|ed)|admit(?:s|ted)|suggest(?:s|ed)|find(?:s)?|found that|estimat(?:es|ed)|expect(?:s|ed)?|predict(?:s|ed)|forecast(?:s|ed)?|project(?:s|ed)? that|"
    r"den(?:y|ies|ied)|criticis(?:es|ed)|complain(?:s|ed)|object(?:s|ed)|repl(?:y|ies|ied)|counter(?:s|ed)|point(?:s|ed) out|add(?:s|ed)|cit(?:es|ed)|describ(?:es|ed)|consider(?:s|ed)|regard(?:s|ed)|put(?:s)? (?:it|the)|quot(?:es|ed)|reads?|judg(?:es|ed)|ask(?:s|ed)|speaks? of|spoke of|announced|mention(?:s|ed)|names?d?|recommend(?:s|ed)|advis(?:es|ed)|doubts?|doubted|fears?|feared|hopes?|hoped|sure|think|know|knows|in the eyes of|for the)\b",
    re.IGNORECASE,
)
"""Any sign that somebody says it; generous, since it only excuses."""
OPINION = re.compile(
    r"(?P<lead>\baccording to (?P<by>[^,.;]+))"
    r"|(?P<speaker>[^,;]{2,80}?)\s(?:said|says|claim(?:s|ed)|argu(?:es|ed)|believ(?:es|ed)|thinks?|warn(?:s|ed)|holds?|reckon(?:s|ed)|insist(?:s|ed)|maintain(?:s|ed)|estimat(?:es|ed)|sees)(?: on [^,;]{3,20})?\s(?:that\s|in\s|it\s)?(?P<said>.+)"
    r"|,\s(?P<tail>[^,;]{2,60}?\s(?:said|says|claim(?:s|ed)|argu(?:es|ed)|believ(?:es|ed)|warn(?:s|ed)|estimat(?:es|ed)))(?=[,.;]|\son\s|$)",
)
"""Somebody's word for what is told; a publisher's plain "reported" or "wrote" is left out, as the citation names it."""
SPEAKER = re.compile(
    r"\baccording to\b[^.;]*|\b[A-Z][^,;]*\b(?:said|says|claim(?:s|ed)|argu(?:es|ed)|believ(?:es|ed)|thinks|thought|warn(?:s|ed)|holds|held|reckon(?:s|ed)|insist(?:s|ed)|estimat(?:es|ed)|expects|expected|sees)\b(?: on [^,;]{3,20})?(?: that\b)?"
)
"""Who says it, where that is cut out of a sentence."""
CAUSE = _any(
    r"because|due to|owing to|thanks to|as a result|therefore|thus|hence|caus(?:e|es|ed|ing)|led to|leads to|lead to|result(?:s|ed|ing)? in|result(?:s|ed)? from|reason(?:s)?|so that|on account of|in response|"
    r"which is why|that is why|explain(?:s|ed)?|attribut(?:es|ed|able)|blam(?:es|ed|ing)|owe[sd]?|prompt(?:s|ed)|forced|driven by|drove|thereby|consequently|on grounds|stem(?:s|med)"
)
CAUSE_OPENS = re.compile(
    r"^(?:therefore|thus|hence|as a result|consequently|because of (?:this|that)|for (?:this|that) reason|so)\b|\b(?:the|a|one|main|as) (?:main )?(?:reason|cause)\b|\b(?:this|that|it|which) (?:is|was) (?:because|due to|why)\b|\bexplain(?:s|ed)?\b|\bput(?:s)? (?:this|it|that) down to\b|\bblam(?:e|es|ed)\b|\battribut\w+\b",
    re.IGNORECASE,
)
"""Words by which a sentence gives the reason for what the one before it says, or its result."""
CAUSE_LOOSE = _any(
    r"since|as|so|for|after|when|once|if|means?|meant|makes?|made|in order to|to|by|with|from|through|otherwise|reflect\w*|follow\w*|against|although|despite|given|over|response|need\w*|require\w*|why|where|which"
)
"""Words by which a source may give a reason without a "because"."""
_CAUSE_PART = re.compile(
    r"\b(?:because(?: of)?|due to|owing to|thanks to|as a result of|on account of|in response to|caused by|driven by|so that|resulted from|attributed to|blamed on|prompted by|forced by)\s(?P<part>[^,;.]+)",
    re.IGNORECASE,
)
ONLY = _any(r"only|sole(?:ly)?|exclusive(?:ly)?|nothing but|no one else|nobody else|alone|just one|none but")
ONLY_LOOSE = _any(
    r"only|sole(?:ly)?|just|exclusive(?:ly)?|nothing|no|not|alone|merely|single|except\w*|rather|instead|but|one|without|none|nobody|unlike|limited|neither|all|last|never|whereas|while|first|other|others|few|still"
)
ALL = _any(
    r"(?<!in )(?<!at )(?<!after )(?<!above )all|every(?! (?:\w+|\w+ \w+) (?:days|weeks|months|years))|everyone|everybody|everything|always|entire(?:ly)?|whole|any(?=where|one|body)|without exception|whenever|wherever|under all circumstances|in any case"
)
ALL_LOOSE = _any(
    r"all|every|each|every\w+|always|entire(?:ly)?|whole|any\w*|complete(?:ly)?|full(?:y)?|throughout|total|altogether|no|none|never|neither|nobody|nothing|without|the (?:two|three|four|five|six|seven|eight|nine|ten|\d+)|both|either|100|its \d+|common|together|also|too|general(?:ly)?|not|standard|must|as well|two|same|rest"
)
CONDITION = _any(
    r"if|unless|subject to|provided|as long as|conditional|on condition|depend(?:s|ed|ing)?|only after|once|until|should|pending|assuming|in case|when|where|who|with the consent|consent|requires?|needs?|milestones|without|approval|approved|as soon as|tied to|whoever|any\w*|those|that|first|after|needed|at the"
)
_CONDITION_STRICT = _any(
    r"if(?! any)|unless|subject to|provided that|as long as|conditional(?: on)?|on condition|depends on|depending on|pending|assuming"
)
SUPERLATIVE = re.compile(
    r"\b(?P<word>(?!(?:west|east|north\w+|south\w+|interest|invest\w*|forest|request|guest|test|rest|west|contest|latest|suggest|protest|budapest|honest|modest|harvest|chest|nest|digest|manifest|arrest|attest|best-of|at least|crest|quest|latest)\b)[a-z]{2,}est|most|least|first|best|worst|top|record|unprecedented|leading|foremost|number one|no other|never before|ever|maximum|minimum|last)\b",
    re.IGNORECASE,
)
_SUPERLATIVE_CLASS: Mapping[str, str] = {
    **dict.fromkeys(
        "largest biggest greatest highest most record top maximum longest busiest foremost leading".split(), "top"
    ),
    **dict.fromkeys("smallest lowest least fewest minimum shortest".split(), "bottom"),
    **dict.fromkeys("first earliest oldest".split(), "first"),
    **dict.fromkeys("last newest youngest".split(), "last"),
    **dict.fromkeys("fastest quickest soonest".split(), "fast"),
    **dict.fromkeys(("no other", "never before", "ever", "unprecedented", "number one"), "top"),
}
_NOT_SUPERLATIVE = re.compile(
    r"\bat (?:first|last|least|most|best|the (?:most|least|latest|earliest|highest))\b|\bmost(?: of)? (?:of|the|its|their|people|candidates|companies|firms|\w+s)\b|\bfirst (?:of all|half|name|place)\b|\blast (?:year|month|week|quarter|spring|summer|autumn|winter|\w+day|january|february|march|april|may|june|july|august|september|october|november|december)\b|\bfor the most part\b|\bin the first place\b|\bat long last\b|\bmostly\b|\bif ever\b|\bno longer\b|\b(?:first|most|last) recent\b|\b(?:the|its|their|a) (?:first|last) (?:two|three|four|five|six|\d+)\b",
    re.IGNORECASE,
)


def _axes() -> Mapping[str, tuple[str, int]]:
    """Words of a direction: word → (axis, +1 or -1)."""
    table: dict[str, tuple[str, int]] = {}
    for axis, line in enumerate(_AXES.strip().splitlines()):
        up, _, down = line.partition("|")
        for words, sign in ((up, 1), (down, -1)):
            for word in words.split():
                table.setdefault(word, (str(axis), sign))
    return table


_AXES = """
rise rises rose risen rising increase increases increased increasing grow grows grew grown growing growth climb climbs climbed gained gains higher soar soared jump jumped jumps surge surged upwards raise raised raises raising highest upward widened | fall falls fell fallen falling decrease decreases decreased decreasing decline declined declines drop drops dropped dropping shrink shrank shrinks shrinking lower lowered lowers reduce reduces reduced reducing slump slumped cut cuts slipped downwards plunged plunge lose loses lost losing lowest downward narrowed dip dipped
more greater | less fewer
most | least fewest
above exceed exceeds exceeded exceeding beyond surpass surpassed over | below under
before earlier prior previously | after later afterwards following
faster quicker quickly sooner fastest accelerate accelerated accelerates accelerating | slower slowly slow slows slowed slowest
longer longest lengthened lengthen | shorter shortest shortened shorten shortens
larger bigger largest biggest expand expanded expands expanding | smaller smallest
better best improve improved improves improving stronger | worse worst deteriorate deteriorated weaker worsened
cheaper cheapest inexpensive | dearer pricier costlier expensive
oldest older | newest youngest younger newer
profit profits profitable surplus | loss losses deficit unprofitable
start starts started starting begin begins began begun beginning launch launched launches launching | end ends ended ending stop stops stopped stopping halt halted halts cease ceased discontinue discontinued
hire hires hired hiring recruit recruits recruited recruiting | dismiss dismissed dismisses fire fired fires
accept accepts accepted approve approves approved allow allows allowed permit permits permitted | reject rejects rejected refuse refuses refused forbid forbids forbidden ban bans banned prohibit prohibited
win wins won | lost
include includes included including | exclude excludes excluded excluding omit omits omitted
ahead | behind
easier easy simpler | harder difficult
majority | minority
succeed succeeded pass passes passed | fail fails failed
import imports imported | export exports exported
always | never
optional voluntary | mandatory compulsory obligatory
public | private
minimum | maximum
inside indoors | outside outdoors
join joins joined | leave leaves left quit quits
often frequently frequent | seldom rarely rare
warmer hotter | cooler colder
wider | narrower
agree agrees agreed | disagree disagrees disagreed
positive | negative
buy buys bought acquire acquires acquired | sell sells sold
receive receives received | give gives gave
up | down
open opens opened opening | close closes closed closing shut
over | under
always | seldom
"""
AXES: Final[Mapping[str, tuple[str, int]]] = _axes()


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a sentence: its content term (empty for function words), its clause, and how it is said."""

    word: str
    start: int
    end: int
    term: str
    clause: int
    negated: bool
    certainty: int
    attributed: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One sentence, analysed. `superlatives` are (class, start, end); `directions` map an axis to the signs said."""

    text: str
    tokens: tuple[Token, ...]
    terms: frozenset[str]
    quantities: tuple[Quantity, ...]
    times: tuple[Time, ...]
    superlatives: tuple[tuple[str, int, int], ...]
    directions: Mapping[str, frozenset[int]] = field(hash=False)
    negations: tuple[tuple[int, int], ...] = ()

    def clause_of(self, offset: int) -> int:
        """The clause in which the character at `offset` stands."""
        clause = 0
        for token in self.tokens:
            if token.start > offset:
                break
            clause = token.clause
        return clause


@lru_cache(maxsize=20_000)
def read(text: str, published: date | None = None) -> Reading:
    """Analyse one sentence; relative dates are resolved against `published`. Any text is accepted."""
    found_times = times(text, published)
    taken = tuple((time.start, time.end) for time in found_times)
    found_quantities = quantities(text, taken)
    matches = [
        match
        for match in _TOKEN.finditer(text)
        if match.group() not in _CLAUSE_MARKS or not any(low < match.start() < high for low, high in taken)
    ]
    clauses = _clauses([match.group().casefold() for match in matches])
    words = [match for match in matches if match.group() not in _CLAUSE_MARKS]
    clause_at = {match.start(): clause for match, clause in zip(matches, clauses, strict=True)}
    negations = tuple(_negations(text))
    negated = _governed(negations, words, clause_at, longest=7)
    certainty = _certainties(text, words, clause_at)
    attributed = attributed_spans(text)
    tokens = tuple(
        Token(
            match.group().casefold(),
            match.start(),
            match.end(),
            term_of(match.group()),
            clause_at[match.start()],
            match.start() in negated,
            certainty[match.start()],
            any(low <= match.start() < high for low, high in attributed),
        )
        for match in words
    )
    return Reading(
        text,
        tokens,
        frozenset(token.term for token in tokens if token.term),
        found_quantities,
        found_times,
        tuple(_superlatives(text, taken)),
        _directions(tokens),
        negations,
    )


@lru_cache(maxsize=50_000)
def term_of(word: str) -> str:
    """The content term of one word, empty for a function word."""
    terms = content_terms(word.removesuffix("'s").removesuffix("’s"))
    return terms[0] if terms else ""


HEDGE = _any(
    r"about|roughly|around|approximately|nearly|almost|up to|at least|at most|more than|less than|fewer than|as (?:many|much|high|long|early|low) as|over|under|above|below|some|most|many|several|mainly|mostly|partly|in part|often|usually|sometimes|typically|"
    r"probably|possibly|likely|reportedly|allegedly|generally|largely|on average|in some cases|may|might|could|perhaps|just over|just under|estimated|expected|initially|at first|so far|potentially|primarily|tentatively|in principle|apparently|presumably|certain|part of|rarely|hardly|seldom|frequently|normally|tend to|tends to|can"
)
"""Words that limit what they stand before; one that goes missing makes a statement say more than its source."""


def cause_parts(text: str) -> Iterator[re.Match[str]]:
    """What a text gives as the cause of something: matches with the group `part`."""
    return _CAUSE_PART.finditer(text)


def strict_conditions(text: str) -> Iterator[re.Match[str]]:
    """Conditions that a statement must not leave out."""
    return _CONDITION_STRICT.finditer(text)


def attributed_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Spans that are somebody's word and not the publisher's report."""
    spans = []
    for match in OPINION.finditer(text):
        if match["said"]:
            spans.append(match.span("said"))
        elif match["lead"] and match.start() < 3:
            spans.append((match.end(), len(text)))
        else:
            spans.append((0, match.start()))
    return tuple(spans)


def _clauses(words: list[str]) -> list[int]:
    """The number of the clause in which each token stands; a list ("A, B and C") does not end one."""
    numbers = []
    clause = 0
    for position, word in enumerate(words):
        ends = (word in _CLAUSE_MARKS and not (word == "," and _in_list(words, position))) or word in _CLAUSE_WORDS
        if ends:
            clause += 1
        numbers.append(clause)
    return numbers


def _in_list(words: list[str], comma: int) -> bool:
    """Whether a comma separates items of a list: at most three words to the next comma or "and".

    A comma right before "and" ends a list only when a comma stands shortly before it: "A, B, and C".
    """
    following = words[comma + 1 : comma + 5]
    if following[:1] in (["and"], ["or"]):
        return "," in words[max(0, comma - 4) : comma]
    for word in following:
        if word in {"and", "or", ","}:
            return word != "," or comma + 2 < len(words)
        if word in _CLAUSE_WORDS or word in _CLAUSE_MARKS:
            return False
    return False


def _negations(text: str) -> Iterator[tuple[int, int]]:
    harmless = [match.span() for match in _NOT_NEGATION.finditer(text)]
    for match in NEGATION.finditer(text):
        if not any(low <= match.start() < high for low, high in harmless):
            yield match.span()


def _governed(
    cues: tuple[tuple[int, int], ...], words: list[re.Match[str]], clause_at: Mapping[int, int], longest: int
) -> frozenset[int]:
    """Starts of the words that a cue governs: those behind it in its clause, up to `longest` and to "and" or "but"."""
    governed: set[int] = set()
    for start, end in cues:
        behind = [match for match in words if match.start() >= end]
        clause = next((clause_at[match.start()] for match in words if match.start() >= start), None)
        for match in behind[:longest]:
            if clause_at[match.start()] != clause or match.group().casefold() in {"and", "but"}:
                break
            governed.add(match.start())
    return frozenset(governed)


def _certainties(text: str, words: list[re.Match[str]], clause_at: Mapping[int, int]) -> dict[int, int]:
    certainty = {match.start(): FACT for match in words}
    named = [match.span() for match in _CERTAIN_NAMES.finditer(text)]
    for pattern, level in ((_PLANNED, PLANNED), (_POSSIBLE, POSSIBLE)):
        for cue in pattern.finditer(text):
            if any(low <= cue.start() < high for low, high in named):
                continue
            clause = next((clause_at[match.start()] for match in words if match.end() > cue.start()), 0)
            turn = _FACT_AGAIN.search(text, cue.end())
            end = turn.start() if turn else len(text)
            for match in words:
                if cue.start() <= match.start() < end and clause_at[match.start()] == clause:
                    certainty[match.start()] = min(certainty[match.start()], level)
    return certainty


def is_open(text: str) -> bool:
    """Whether the words tell a plan or a possibility."""
    return bool(_PLANNED.search(text) or _POSSIBLE.search(text))


def _superlatives(text: str, taken: tuple[tuple[int, int], ...]) -> Iterator[tuple[str, int, int]]:
    harmless = [*taken, *(match.span() for match in _NOT_SUPERLATIVE.finditer(text))]
    for match in SUPERLATIVE.finditer(text):
        if not any(low <= match.start() < high for low, high in harmless):
            word = match["word"].casefold()
            yield _SUPERLATIVE_CLASS.get(word, word), match.start(), match.end()


def axis_of(word: str) -> tuple[str, int] | None:
    """The axis and sign of a word of direction, or of the first part of a compound ("above-average")."""
    return AXES.get(word) or AXES.get(word.partition("-")[0])


def _directions(tokens: tuple[Token, ...]) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for token in tokens:
        axis = AXES.get(token.word)
        if axis is not None:
            found.setdefault(axis[0], set()).add(-axis[1] if token.negated else axis[1])
    return {axis: frozenset(signs) for axis, signs in found.items()}
