"""Documents → passages of whole sentences, with exact character spans.

Second station on the way of a document, between `corpus.readers` and `corpus.store`. News is cut into sentences and
packed into passages of about 80 words, the length at which a MiniLM-sized embedding still tells one fact from
another. A guide is read as Markdown: each heading begins a passage, each list item is one sentence. Nothing is
rewritten: every sentence is `document.text[start:end]`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from corpus.document import Document, Passage, Sentence

SPLITTER_VERSION = "1"
"""Changes whenever the same text would be cut differently, so that `corpus.sync` cuts stored documents again."""

TARGET_WORDS = 80
MAX_WORDS = 110


class SentenceLinks(Protocol):
    """Canonical names found in a sentence; `corpus.entities.Links` is one."""

    @property
    def companies(self) -> Sequence[str]:
        """Canonical company names."""

    @property
    def skills(self) -> Sequence[str]:
        """Canonical skill names."""

    @property
    def countries(self) -> Sequence[str]:
        """Canonical country names."""


SentenceLinker = Callable[[str], SentenceLinks]
"""Finds names in one sentence: `Entities.link_document`."""


def split(document: Document, link: SentenceLinker | None = None) -> tuple[Passage, ...]:
    """Cut `document` into passages in reading order; `link` names the entities of each sentence.

    News passages have about 80 words and at most 110, unless one sentence alone is longer. A guide has one passage a
    section, and several of whole items where a section is longer than 110 words.
    """
    units = list(_guide_units(document.text) if document.kind == "guide" else _news_units(document.text))
    sentences = [_sentence(document.text, unit, link) for unit in units]
    passages: list[Passage] = []
    for first, last in _groups(document.text, units):
        start, end = units[first].start, units[last].end
        passages.append(
            Passage(
                document_id=document.id,
                ordinal=len(passages),
                text=document.text[start:end],
                start=start,
                end=end,
                section=units[first].section,
                sentences=tuple(sentences[first : last + 1]),
            )
        )
    return tuple(passages)


@dataclass(frozen=True, slots=True)
class _Unit:
    """The span of a sentence or list item, with its label and the heading above it."""

    start: int
    end: int
    section: str = ""
    label: str = ""


def _sentence(text: str, unit: _Unit, link: SentenceLinker | None) -> Sentence:
    words = text[unit.start : unit.end]
    if link is None:
        return Sentence(words, unit.start, unit.end, unit.label)
    names = link(words)
    return Sentence(
        words, unit.start, unit.end, unit.label, tuple(names.companies), tuple(names.skills), tuple(names.countries)
    )


def _groups(text: str, units: Sequence[_Unit]) -> Iterator[tuple[int, int]]:
    """Yield (first, last) indexes of the units that make one passage.

    Each section is divided into as many parts as its length asks for, then cut at the unit boundaries nearest to
    equal parts, so that no passage is left with a single stray sentence.
    """
    first = 0
    while first < len(units):
        end = first
        while end < len(units) and units[end].section == units[first].section:
            end += 1
        words = [len(text[unit.start : unit.end].split()) for unit in units[first:end]]
        total = sum(words)
        parts = 1 if total <= MAX_WORDS else max(round(total / TARGET_WORDS), -(-total // MAX_WORDS))
        yield from ((first + a, first + b) for a, b in _even_parts(words, parts))
        first = end


def _even_parts(words: Sequence[int], parts: int) -> Iterator[tuple[int, int]]:
    """Yield index ranges (both ends included) of about equal word counts, none above `MAX_WORDS` if avoidable."""
    share = sum(words) / parts
    begin = current = before = 0
    part = 1
    for index, count in enumerate(words):
        boundary_passed = part < parts and before + count / 2 > part * share
        if current and (current + count > MAX_WORDS or boundary_passed):
            yield begin, index - 1
            begin, current, part = index, 0, part + 1
        current += count
        before += count
    if words:
        yield begin, len(words) - 1


# --- news ------------------------------------------------------------------------------------------------------------

_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
_BOUNDARY = re.compile(r"(?<![.!?…])(?P<stop>[.!?…]++|[。！？]++)(?P<close>[\"'”’»)\]}*_]*+)(?:\s++|(?<=[。！？])|\Z)")
_LAST_WORD = re.compile(r"[^\s(\[{\"“‘'«*]*\Z")
_OPENING = "\"'“‘«([{*_"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEVER_LAST = _words(
    "mr mrs ms mx dr prof rev hon gen col lt sgt capt cmdr adm gov sen rep pres messrs mt ft "
    "e.g i.e cf vs v viz approx est ca incl excl esp resp op ed eds vol"
)
"""Abbreviations that stand before what they belong to, so a sentence never ends with them."""

_BEFORE_NUMBER = _words("no nos fig figs eq sec ch pp p art para jan feb mar apr jun jul aug sep sept oct nov dec")
"""Abbreviations only where a number follows ("No. 2"); "no" and "art" end sentences as ordinary words."""

_MAYBE_LAST = _words(
    "co cos bros jr sr st ave blvd dept univ intl etc al assn ph.d m.d b.a m.sc b.sc "
    "u.s u.k u.n e.u u.s.a u.a.e d.c r.o.k yahoo"
)
"""Abbreviations that may or may not end a sentence; the next word decides (`_STARTERS`)."""

_STARTERS = _words(
    "a an the this that these those it its he she they we you i in on at by for from to of with as after before since "
    "until under over during while when where what who why how if but and or so yet nor not no both all some many most "
    "each every one two three four five more less about according another other his her their our there here once "
    "neither either only also still then now today however meanwhile moreover analysts employers"
)
"""Words that begin a sentence far more often than they continue a name after an abbreviation."""

_LEGAL_FORM = _words("inc ltd corp llc plc gmbh s.a n.v b.v s.p.a")
_AFTER_LEGAL_FORM = _words(
    "chief ceo cfo cto coo president chair chairman chairwoman chairperson founder co-founder vice executive senior "
    "director board class shares stock"
)
"""Titles and securities that go on with a company's name ("Apple Inc. Chief Executive Tim Cook")."""

_SUBJECT_WORDS = 5
"""A legal form among the first words of a sentence belongs to its subject, so the sentence has not ended there."""

_CLOCK = _words("a.m p.m")
_AFTER_CLOCK = _words(
    "eastern pacific central mountain gmt utc bst cet et pt est pst jst local monday tuesday wednesday thursday friday "
    "saturday sunday january february march april may june july august september october november december"
)
"""Zones, days and months that go on with a time of day ("9 a.m. Pacific"); any other capital begins a sentence."""

_COUNTED_BY_LETTER = _words("series round class plan type level tier phase model option grade vitamin team")
"""Words whose single capital letter is a name and may end a sentence ("its Series B. SoftBank led"), not an initial."""

_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of plain text, in order and disjoint; together they cover all that is not white space.

    A blank line always ends a sentence. Elsewhere a sentence ends at `.`, `!`, `?` or `…` (with closing quotes and
    brackets) followed by white space, unless the stop belongs to an abbreviation, an initial or a number, or the next
    word begins in lower case. Rules, not a model: they need no data and no second of loading, and
    `tests/corpus/test_split.py` shows them right on every sentence of the shipped briefs.
    """
    spans: list[tuple[int, int]] = []
    for begin, limit in _paragraphs(text):
        start = begin
        for boundary in _BOUNDARY.finditer(text, start, limit):
            if boundary.end() < limit and _ends_sentence(text, start, boundary, limit):
                spans.append((start, boundary.end("close")))
                start = boundary.end()
        spans.append((start, limit))
    return spans


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Spans between blank lines, without the white space around them."""
    begin = 0
    for end, following in [*(gap.span() for gap in _BLANK_LINE.finditer(text)), (len(text), len(text))]:
        block = text[begin:end]
        if block.strip():
            yield begin + len(block) - len(block.lstrip()), begin + len(block.rstrip())
        begin = following


def _ends_sentence(text: str, start: int, boundary: re.Match[str], limit: int) -> bool:
    if boundary["stop"][0] in "。！？":
        return True
    following = text[boundary.end() : min(limit, boundary.end() + 60)].lstrip(_OPENING).split(maxsplit=1)
    next_word = following[0] if following else ""
    # A lower-case word goes on with the sentence, except a name such as xAI or eWeek.
    if next_word[:1].islower() and not any(letter.isupper() for letter in next_word):
        return False
    if boundary["stop"] == "." and boundary["close"].strip("*_"):
        return True
    before = text[start : boundary.start("stop")]
    word = _LAST_WORD.search(before[-40:])[0]  # type: ignore[index]  # the pattern matches the empty string too
    if boundary["stop"] != ".":  # the mark of a name such as "Yahoo! Japan" is no end
        return word.lower() not in _MAYBE_LAST or _starts_sentence(next_word)
    if word.isdigit() and before.strip() == word:  # "1. Open the file": a number that only counts the sentence
        return False
    return _may_end_with(word, before, next_word)


def _may_end_with(word: str, before: str, next_word: str) -> bool:
    """Whether the full stop after `word` ends the sentence `before` (which ends with `word`)."""
    lower = word.lower()
    if lower in _NEVER_LAST or (lower in _BEFORE_NUMBER and next_word[:1].isdigit()):
        return False
    bare_next = next_word.rstrip(".,;").lower()
    if lower in _CLOCK:
        return bare_next not in _AFTER_CLOCK
    if lower in _LEGAL_FORM and len(before.split()) > _SUBJECT_WORDS:
        return bare_next not in _AFTER_LEGAL_FORM | _AFTER_CLOCK
    if lower in _LEGAL_FORM | _MAYBE_LAST:
        return _starts_sentence(next_word)
    if _INITIALS.fullmatch(word) and word[-1].isupper():
        counted = before[: -len(word)].split()[-1:]
        return _starts_sentence(next_word) or (bool(counted) and counted[0].lower() in _COUNTED_BY_LETTER)
    return True


def _starts_sentence(word: str) -> bool:
    return word.rstrip(".,;:!?\"'”’)").lower().removesuffix("'s").removesuffix("’s") in _STARTERS


def _news_units(text: str) -> Iterator[_Unit]:
    return (_Unit(start, end) for start, end in sentence_spans(text))


# --- guides ----------------------------------------------------------------------------------------------------------

_BOLD_LEAD = re.compile(r"(?:\*\*|__)(?P<lead>.+?)(?:\*\*|__)", re.DOTALL)
_WHOLE_BLOCKS = frozenset({"fence", "code_block", "html_block"})


def _guide_units(text: str) -> Iterator[_Unit]:
    from markdown_it import MarkdownIt

    starts = [0, *(match.end() for match in re.finditer("\n", text)), len(text)]
    section = ""
    item_opened = False
    tokens = MarkdownIt("commonmark").parse(text)
    for position, token in enumerate(tokens):
        if token.type == "heading_open":
            section = tokens[position + 1].content
        elif token.type == "list_item_open":
            item_opened = True
        elif token.type == "paragraph_open" and token.map is not None:
            start, end = _content_span(text, starts, (token.map[0], token.map[1]), tokens[position + 1].content)
            if item_opened:
                item_opened = False
                yield _Unit(start, end, section, _label(text[start:end]))
            else:
                for first, last in sentence_spans(text[start:end]):
                    yield _Unit(start + first, start + last, section)
        elif token.type in _WHOLE_BLOCKS and token.map is not None:
            start, end = _content_span(text, starts, (token.map[0], token.map[1]), "")
            yield _Unit(start, end, section)


def _content_span(text: str, line_starts: Sequence[int], lines: tuple[int, int], content: str) -> tuple[int, int]:
    """Span of a block from its source lines, without the list marker or indentation before `content`."""
    start, end = line_starts[lines[0]], line_starts[lines[1]]
    first_line = content.partition("\n")[0]
    start = max(start, text.find(first_line, start, end))
    block = text[start:end]
    return start + len(block) - len(block.lstrip()), start + len(block.rstrip())


def _label(item: str) -> str:
    """The bold lead of a list item: `**Week 1:** derive…` gives "Week 1", `**EKF or UKF?** A…` "EKF or UKF?"."""
    match = _BOLD_LEAD.match(item)
    return match["lead"].strip().rstrip(":.").strip() if match else ""
