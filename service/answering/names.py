"""Names in a question that the corpus does not know: companies that it has never heard of.

The entity linker finds what is known; this module looks at the words that it left over. A left-over word counts as a
name when it is neither an ordinary English word nor a word of the corpus and stands where an employer stands, or when
it is written as a name ("Sanctuary AI", "pony.ai"). Better to call a name unknown than to answer about another firm.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from service.answering.terms import STOP_WORDS, is_called_a_firm

_SUFFIX = r"(?:AI|Robotics|Labs?|Space|Technologies|Technology|Motors|Systems|Semiconductor|Dynamics|Mobility|Automation|Robots|Aerospace|Inc|Ltd|LLC|GmbH|Corp)"
_NAME_WITH_SUFFIX = re.compile(rf"\b((?:[A-Z][\w&-]*\s){{1,3}}{_SUFFIX})\b")
_DOMAIN = re.compile(r"\b([a-z][a-z0-9-]{2,}\.(?:ai|io|tech))\b", re.IGNORECASE)
_CAPITALISED = r"((?:[A-Z][\w&-]*(?:\.\w+)*)(?:\s(?:[A-Z][\w&-]*(?:\.\w+)*))*)"
_AFTER_CUE = re.compile(
    rf"\b(?:at|joining|join|work for|working for|hired by|(?:interview(?:ing|s)?|role|job|internship|onsite|loop|round|screen|"
    rf"chat|call) with|(?:offer|recruiter|mail|email|message|invitation|invite|reply) from|(?:invited|approached|contacted|shortlisted|headhunted) by|(?:apply|applying|applied) to)\s+{_CAPITALISED}"
)
# Where news is asked for or a firm does something: a word there that the sources do not have names a firm.
_AFTER_WEAK_CUE = re.compile(
    rf"\b(?:[Tt]ell me (?:more )?about|[Ll]atest (?:on|from|with|about|at)|[Nn]ews (?:on|about|from|of)|[Uu]pdates? (?:on|from|about)|"
    rf"[Aa]nything (?:on|about|new (?:with|at|from))|[Kk]now about|[Hh]eard of|[Ww]hat about|"
    rf"(?:valuation|CEO|ceo|boss|founders?|history|[Tt]imeline|[Cc]hronology|funding|revenue|customers|competitors|employees|headquarters) of|"
    rf"[Ww]ho (?:founded|owns|runs|leads|backs|bought))\s+{_CAPITALISED}\b(?!['’])"
)
_FIRM_ACTS = re.compile(
    r"(?:^|[?.!,;]\s|\b(?:[Ww]h(?:o|at|en|ere|y)|[Hh]ow|much|many)\s)(?:[Ii]s|[Dd]oes|[Dd]id|[Hh]as|[Ww]ill)\s"
    r"((?:[A-Z][\w&-]*\s){1,3})(?:(?:already|ever|just|also|still|now|finally|recently|really)\s)?"
    r"(?:hir|recruit|rais|pay|sponsor|offer|build|built|make|making|made|sell|sold|public\b|profitable\b|worth\b|grow|doing\b|said\b|say\b|announc|plan|launch|"
    r"sign|buy|bought|acquir|merg|partner|work|cut\b|lay\b|laid\b|expand|open|a (?:good|great) (?:company|place|employer)\b)"
)
_FIRM_OWNS = re.compile(
    r"\b([A-Z][\w&-]*)['’]s\s(?:latest |next |current )?(?:valuation|interviews?|hiring|CEO|ceo|funding|revenue|IPO|ipo|headquarters|offices?|founders?|"
    r"employees|engineers|salar|robots?|strategy|business|customers)"
)
_OPENING = STOP_WORDS | frozenset(
    "compare interview interviewing timeline chronology latest news joining research which".split()
)
_LOWER_SUFFIX = re.compile(
    r"\b(?:at|join|joining|for|with|vs\.?|versus|against|compare)\s+([a-z]{4,}\s(?:ai|robotics|labs|motors|technologies))\b",
    re.IGNORECASE,
)
_LEADING_FIRM = re.compile(r"^\W*([a-z]{4,}\s(?:ai|robotics|labs|motors|technologies))\s(?=\w)", re.IGNORECASE)
_FIRM_WROTE = re.compile(
    r"^\W*([a-z]{4,}\s(?:ai|robotics|labs|motors|technologies))\b.{0,60}?\b(?:wrote|called|contacted|invited|e-?mailed|messaged|reached out)\b",
    re.IGNORECASE,
)
_KATAKANA_FIRM = re.compile(r"[ァ-ヺー]{3,}(?:ロボティクス|モーターズ|テクノロジーズ?|エーアイ|システムズ?|ラボ)")
_BEFORE_EMPLOYER = re.compile(
    r"(?:\b(?:at|for|with|join|joining|compare|versus|vs\.?|is|does|did|has|and|or)\s+|^\W*|[,;:.!?]\s*)$",
    re.IGNORECASE,
)
_AFTER_EMPLOYER = re.compile(
    r"^(?:'s|s)?(?:\s+(?:ai|robotics|labs?))?\s*(?:$|[?!.,:;@-]|(?:and|or|with|to|against|vs\.?|versus|compared|one of|hiring|working on|building|raising|up to|interview|intervew|loop|onsite)\b|\w+ (?:interview|role|job|hiring)\b)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z][A-Za-z&'-]*[A-Za-z]")
_FORMER = re.compile(
    r"\b(?:used to (?:be|work)|formerly|previously|(?:he|she|they|who) (?:was|were|worked)|came)\s+(?:at\s+)?$"
)
_EVENT = re.compile(r"\b(?:Week|Summit|Conference|Congress|Forum|Expo|Fair|Festival|Keynote|Awards?|Days?|Show|Act)$")
_NOT_NAMES = frozenset(
    "I AI Mon Tue Wed Thu Fri Sat Sun Monday Tuesday Wednesday Thursday Friday Saturday Sunday Series".split()
)


def unknown_names(
    text: str,
    name_spans: Sequence[tuple[int, int]],
    word_spans: Sequence[tuple[int, int]],
    role_starts: Sequence[int],
    is_known_word: Callable[[str], bool],
    nearest_word: Callable[[str], str | None],
    in_sources: Callable[[str], bool] = lambda word: False,
) -> tuple[str, ...]:
    """Names in `text` that the corpus does not know, as written, in order of appearance.

    `name_spans` are the spans of linked companies and roles, `word_spans` those of skills, topics and places (which may
    be part of a name, as in "Sierra Space Robotics"), `role_starts` where a role's name begins;
    `is_known_word` says whether a lower-case word is ordinary English or stands in the corpus, `nearest_word` gives the
    ordinary word that a misspelt one was meant to be, or None; `in_sources` says whether a word with a capital stands so in the corpus.
    """

    def free(start: int, end: int) -> bool:
        outside_names = all(end <= low or start >= high for low, high in name_spans)
        return outside_names and not any(low <= start and end <= high for low, high in word_spans)

    found: list[tuple[int, int, str]] = []

    def add(start: int, end: int) -> None:
        if free(start, end) and all(end <= low or start >= high for low, high, _ in found):
            found.append((start, end, text[start:end]))

    for pattern in (_NAME_WITH_SUFFIX, _DOMAIN, _LOWER_SUFFIX):
        for match in pattern.finditer(text):
            words = match.group(1).casefold().split()
            start = match.start(1)
            while len(words) > 1 and words[0] in _OPENING:
                start += len(words.pop(0)) + 1
            is_doing = pattern is _LOWER_SUFFIX and words[0].endswith("ing") and is_known_word(words[0])
            is_field = is_doing or (
                _is_common_modifier(words[0]) and (pattern is _LOWER_SUFFIX or words[-1] == "robots")
            )
            if (len(words) > 1 or pattern is _DOMAIN) and not is_field:
                add(start, match.end(1))
    if leading := _leading_firm(text, role_starts):
        add(*leading)
    for match in _KATAKANA_FIRM.finditer(text):
        add(*match.span())
    for match in _AFTER_CUE.finditer(text):
        name = match.group(1)
        known = _all_known_capitals(name) or (name.isupper() and all(map(in_sources, name.split())))
        if (
            name not in _NOT_NAMES
            and not known
            and not _EVENT.search(name)
            and not _FORMER.search(text[: match.start()])
        ):
            add(*match.span(1))
    for pattern in (_AFTER_WEAK_CUE, _FIRM_ACTS, _FIRM_OWNS):
        for match in pattern.finditer(text):
            words = match.group(1).split()
            if not any(word.isupper() or word in _NOT_NAMES for word in words) and not all(map(in_sources, words)):
                add(match.start(1), match.start(1) + len(match.group(1).rstrip()))
    for span in _strange_words(text, role_starts, free, is_known_word, nearest_word, in_sources):
        add(*span)
    return tuple(name for _, _, name in sorted(found))


def _strange_words(
    text: str,
    role_starts: Sequence[int],
    free: Callable[[int, int], bool],
    is_known_word: Callable[[str], bool],
    nearest_word: Callable[[str], str | None],
    in_sources: Callable[[str], bool],
) -> Iterator[tuple[int, int]]:
    """Single words that are neither ordinary nor misspelt and are written as a name or stand where an employer does."""
    for match in _WORD.finditer(text):
        word = match.group(0)
        called_a_firm = is_called_a_firm(text, *match.span())
        is_ordinary = is_known_word(word.casefold()) and not (
            called_a_firm and word[0].isupper() and not in_sources(word)
        )
        before, after = text[: match.start()], text[match.end() :]
        if len(word) < 4 or is_ordinary or not free(*match.span()) or _FORMER.search(before):
            continue
        capitalised = word[0].isupper() and match.start() > 0 and not before.rstrip().endswith((".", "!", "?"))
        in_place = bool(_BEFORE_EMPLOYER.search(before)) and (
            bool(_AFTER_EMPLOYER.search(after))
            or any(0 <= start - match.end() <= 4 + len(" ai") for start in role_starts)
        )
        meant = nearest_word(word.casefold())
        is_name = meant is None or (capitalised and not _is_slip(word.casefold(), meant))
        if ((capitalised or in_place) and is_name) or called_a_firm:
            suffix = re.match(r"\s(?:AI|ai|Robotics|robotics|Labs|labs)\b", after)
            yield match.start(), match.end() + (suffix.end() if suffix else 0)


def _is_slip(word: str, meant: str) -> bool:
    """Whether a word came from another by a letter too many, too few or in the wrong place: a capitalised word with
    another letter ("Helsing" for "helping") is rather a name.
    """
    return len(word) != len(meant) or sorted(word) == sorted(meant)


def _leading_firm(text: str, role_starts: Sequence[int]) -> tuple[int, int] | None:
    """The span of a firm that opens a question, in front of a role ("perplexity ai machine learning engineer") or as
    the one that wrote ("vexolin robotics in Osaka wrote me").
    """
    match = _LEADING_FIRM.match(text)
    if not match or match.end() not in role_starts:
        match = _FIRM_WROTE.match(text)
    if not match or _is_common_modifier(match.group(1).casefold().split()[0]):
        return None
    return match.span(1)


def _is_common_modifier(word: str) -> bool:
    """Whether the word makes "<word> AI" a field instead of a firm."""
    return word in frozenset(
        "physical sovereign generative applied embedded edge embodied industrial agentic enterprise responsible conversational "
        "your their this that robot robots national domestic japanese chinese korean american european british indian big "
        "mobile service humanoid warehouse surgical legged medical on-device autonomous senior junior staff principal lead".split()
    )


def _all_known_capitals(words: str) -> bool:
    """Whether every word is an abbreviation that names a kind of work or a level (SWE, L4, ML, PhD), not a firm."""
    return all(len(word) <= 3 and word.isupper() for word in words.split())
