"""The passages that a model may write from: those behind the extractive answer first, then the next best.

`extractive` gives the evidence, `generative` puts the passages into the prompt, and `grounding.release` checks what
was written against them. Sentences that give orders to a machine are left out: they are no evidence of anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from corpus.document import Document, Passage
from service.answering.composition import Composition
from service.answering.evidence import Evidence
from service.answering.figures import spoken
from service.answering.lines import Written
from service.answering.phrasing import plain
from service.grounding.instructions import gives_orders

MOST_PASSAGES = 24
LEAST_SHARE = 0.6
"""Least score of a passage's best sentence, as a share of the best sentence's, for what the answer does not cite."""

_LIKE_A_CITATION = re.compile(r"[\[【]\s*(\d+)\s*[\]】]")


@dataclass(frozen=True)
class Offered:
    """A passage under the number by which the model cites it. `items` are its sentences as evidence."""

    number: int
    document: Document
    passage: Passage
    items: tuple[Evidence, ...]

    @cached_property
    def text(self) -> str:
        """The passage's text with orders to a machine blanked out, so that offsets stay what they are."""
        text = self.passage.text
        for sentence in self.passage.sentences:
            if gives_orders(sentence.text):
                start, end = sentence.start - self.passage.start, sentence.end - self.passage.start
                text = text[:start] + " " * (end - start) + text[end:]
        return text

    @cached_property
    def header(self) -> tuple[str, str]:
        """Its source and date, as the prompt shows them in front of it."""
        document = self.document
        date = f"reviewed {spoken(document.published)}" if document.kind == "guide" else spoken(document.published)
        publisher = document.publisher if document.kind == "news" else f"{document.publisher}, {document.title}"
        return one_line(publisher), date

    def for_prompt(self) -> dict[str, str | int]:
        """What the prompt shows of it, each text on one line."""
        source, date = self.header
        text = one_line(" ".join(item.sentence.text for item in self.items if not gives_orders(item.sentence.text)))
        return {"number": self.number, "source": source, "date": date, "text": text}

    def sentence_at(self, start: int, end: int) -> Evidence | None:
        """The sentence that shares most characters with `text[start:end]`, None when none does."""
        start, end = start + self.passage.start, end + self.passage.start
        shared = {item.key: min(end, item.sentence.end) - max(start, item.sentence.start) for item in self.items}
        best = max(self.items, key=lambda item: shared[item.key], default=None)
        return best if best is not None and shared[best.key] > 0 else None


def without_header(written: Written, passages: Iterable[Offered]) -> Written:
    """A statement without the source and date that a model copied in front of it; they cite where nothing else does."""
    for passage in passages:
        header = f"{', '.join(passage.header)}: "
        if written.text.startswith(header) and len(written.text) > len(header):
            return Written(written.text[len(header) :], written.cited or (passage.number,))
    return written


def one_line(text: str) -> str:
    """A text as it may stand in a prompt: on one line, with nothing that looks like one of our citations."""
    return _LIKE_A_CITATION.sub(r"(\1)", plain(text))


def offered(work: Composition, cited: Iterable[tuple[str, int]], characters: int) -> tuple[Offered, ...]:
    """The passages for a question, numbered from 1; at least one if there is any, at most `characters` long together.

    `cited` are the sentences of the extractive answer as (document id, start), the most important first.
    """
    everything = {item.key: item for item in _all_items(work)}
    first = [everything[key] for key in cited if key in everything]
    best = work.ranked[0].score if work.ranked else 0.0
    further = [item for item in work.ranked if item.score >= LEAST_SHARE * best and work.is_about(item)]
    by_passage: dict[str, list[Evidence]] = {}
    for item in everything.values():
        by_passage.setdefault(item.passage.id, []).append(item)
    chosen: dict[str, Offered] = {}
    left = characters
    for item in [*first, *further]:
        if item.passage.id in chosen or len(chosen) >= MOST_PASSAGES:
            continue
        passage = Offered(len(chosen) + 1, item.document, item.passage, tuple(by_passage[item.passage.id]))
        if not passage.text.strip() or (chosen and len(passage.text) > left):
            continue
        left -= len(passage.text)
        chosen[item.passage.id] = passage
    return tuple(chosen.values())


def _all_items(work: Composition) -> Iterator[Evidence]:
    yield from work.pool.items
    for _, guide in work.guides:
        yield from guide.pool.items
