"""A model's answer as it streams: plain lines, read one by one into headings and cited statements.

The contract is `## heading` and `- statement [2][5]`, which small models can follow too. What comes in other dress
(numbered lists, bold headings, paragraphs, code fences, thoughts in tags) is read as well as it can be; nothing of it
is believed here. `generative` feeds the pieces of the stream in and passes the statements on to their checks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from corpus.split import sentence_spans
from service.answering.evidence import is_self_contained
from service.answering.phrasing import plain
from service.incoming import without_controls

LONGEST_LINE: Final = 1_500
"""Characters of a line; a longer one is no statement."""

_HEADING = re.compile(r"^\s*(?:#{1,6}\s*(?P<marked>.+?)\s*#*|\*\*(?P<bold>[^*]+?):?\*\*:?)\s*$")
_TITLE_AND_TEXT = re.compile(r"^\s*#{1,6}\s*(?P<title>[^.:→]{1,60}?)\s*(?:->|→|:)\s+(?P<text>\S.*)$")
_SHORTEST_TEXT: Final = 20
"""Letters behind a heading on its own line ("## Answer -> Noetra began…") from which they are a statement."""
_BULLET = re.compile(r"^\s*(?:[-*+•–]\s+|\(?\d{1,2}[.)]\s+)")
_CITED = re.compile(
    r"\s*[\[【]\s*(?:(?:passages?|sources?)\s+)?\^?(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\s*[\]】]", re.IGNORECASE
)
_FENCE = re.compile(r"^\s*(?:```|~~~|---+$|\*\*\*+$)")
_THOUGHT_BEGINS = re.compile(r"<(think|thinking|reasoning)>", re.IGNORECASE)
_THOUGHT_ENDS = re.compile(r"</(?:think|thinking|reasoning)>", re.IGNORECASE)
_ENDS_WHOLE = re.compile(r"(?:[.!?。]|[\]】])[\"'”’)*]*$")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, without its marks."""

    text: str


@dataclass(frozen=True, slots=True)
class Written:
    """A statement as the model wrote it, its citations taken out: the numbers of the passages, in order, each once."""

    text: str
    cited: tuple[int, ...]


class ContractBroken(ValueError):
    """Raised when what comes cannot be lines of an answer."""


class LineParser:
    """Turns pieces of text into headings and statements as soon as each is complete."""

    def __init__(self) -> None:
        """Start before the first piece."""
        self._buffer = ""
        self._thinking = False
        self._cited: tuple[int, ...] = ()

    def feed(self, piece: str) -> Iterator[Heading | Written]:
        """What `piece` completes.

        Raises:
            ContractBroken: a line is longer than `LONGEST_LINE`.
        """
        self._buffer += piece.replace("\r", "\n")
        *lines, self._buffer = self._buffer.split("\n")
        if len(self._buffer) > LONGEST_LINE:
            raise ContractBroken("A line does not end.")
        for line in lines:
            yield from self._read(line)
            self._cited = ()
        if cut := self._complete():
            whole, self._buffer = self._buffer[:cut], self._buffer[cut:]
            yield from self._read(whole)

    def finish(self) -> Iterator[Heading | Written]:
        """The last line, unless it breaks off in the middle of a sentence."""
        line, self._buffer = self._buffer, ""
        if _ENDS_WHOLE.search(line.rstrip()):
            yield from self._read(line)

    def _complete(self) -> int:
        """How much of the open line can be read already: all up to a sentence that stands alone and is whole too.

        Small models write all they have to say on one line; its statements need not wait for its end. A sentence with a
        number of its own takes nothing from those behind it.
        """
        if self._thinking or "<" in self._buffer or not re.search(r"[.!?]\s", self._buffer):
            return 0
        text, marks = _uncited(self._buffer)
        spans = list(sentence_spans(text))
        for before, (start, end) in reversed(list(pairwise(spans[:-1]))):
            if _within(marks, before[0], start) and is_self_contained(text[start:end]):
                return next(mark.behind + start - mark.at for mark in reversed(marks) if mark.at <= start)
        return 0

    def _read(self, line: str) -> Iterator[Heading | Written]:
        line = _INVISIBLE.sub("", without_controls(self._without_thoughts(line))).strip()
        if _FENCE.match(line) or not any(character.isalnum() for character in line):
            return
        heading = _HEADING.match(line)
        with_text = _TITLE_AND_TEXT.match(line)
        if with_text and sum(map(str.isalpha, with_text["text"])) >= _SHORTEST_TEXT:
            yield Heading(plain(with_text["title"].strip("* ")))
            line = with_text["text"]
        elif heading and not _CITED.search(line):
            yield Heading(plain((heading["marked"] or heading["bold"]).strip("* :")))
            return
        bullet = _BULLET.match(line)
        for statement in _statements(line[bullet.end() :] if bullet else line, self._cited):
            self._cited = statement.cited
            yield statement

    def _without_thoughts(self, line: str) -> str:
        """The line outside <think>…</think>, where some models reason before they answer."""
        kept = ""
        while line:
            found = (_THOUGHT_ENDS if self._thinking else _THOUGHT_BEGINS).search(line)
            if not self._thinking:
                kept += line[: found.start()] if found else line
            if found is None:
                break
            self._thinking = not self._thinking
            line = line[found.end() :]
        return kept


def _statements(line: str, cited_before: tuple[int, ...]) -> Iterator[Written]:
    """The statements of a line: its sentences, those that lean on the one before joined to it."""
    text, marks = _uncited(line)
    spans: list[tuple[int, int]] = []
    for start, end in sentence_spans(text):
        if spans and not is_self_contained(text[start:end]):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    cited = [_within(marks, start, following) for start, following in _reaches(spans, len(text))]
    for number, (start, end) in enumerate(spans):
        # A sentence without a number shares that of the next one of its line, or else of the one before.
        own = (
            cited[number]
            or next((c for c in cited[number + 1 :] if c), ())
            or next((c for c in reversed(cited[:number]) if c), cited_before)
        )
        words = plain(text[start:end])
        if any(character.isalnum() for character in words):
            yield Written(words, own)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A citation: where it stood in the line without citations, where it ends in the line, and its numbers."""

    at: int
    behind: int
    numbers: tuple[int, ...]


def _uncited(line: str) -> tuple[str, list[_Mark]]:
    """The line without citations, and where in it each one stood."""
    text, marks, end = "", list[_Mark](), 0
    for found in _CITED.finditer(line):
        text += line[end : found.start()]
        end = found.end()
        marks.append(_Mark(len(text), end, tuple(int(number) for number in re.findall(r"\d+", found[1]))))
    return text + line[end:], marks


def _reaches(spans: list[tuple[int, int]], length: int) -> Iterator[tuple[int, int]]:
    """Each sentence's start and that of the next one: a citation behind the full stop belongs to the sentence."""
    starts = [start for start, _ in spans]
    return zip([0, *starts[1:]], [*starts[1:], length + 1], strict=True)


def _within(marks: list[_Mark], start: int, end: int) -> tuple[int, ...]:
    return tuple(
        dict.fromkeys(n for mark in marks if start < mark.at < end or mark.at == start == 0 for n in mark.numbers)
    )
