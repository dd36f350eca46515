"""Answering from passages that the request brings along, instead of the corpus.

They become documents and passages like those of the corpus (whole sentences, linked names, sentence vectors), so the
composers do not know the difference; nothing of them is stored. `given_words` tells question understanding, which comes
before, what stands in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import numpy.typing as npt

from corpus.document import Document, Passage, document_id
from corpus.embed import quantise
from corpus.entities import Entities
from corpus.split import split
from service.answering.answer import GivenPassage
from service.answering.terms import content_terms


def given_passages(
    given: Sequence[GivenPassage],
    entities: Entities,
    embed: Callable[[Sequence[str]], npt.NDArray[np.float32]],
    as_of: date,
) -> list[tuple[Document, Passage]]:
    """The passages of a request as documents with their passages; what was published after `as_of` is left out.

    A passage without a date counts as published on `as_of`. Each is a document of its own: where two have one id, or
    one address and no id (two parts of a page), the later gets a number after it. `embed` gives one row of length 1 for
    each text.
    """
    found = []
    taken: set[str] = set()
    for number, passage in enumerate(given, start=1):
        published = passage.published or as_of
        if published > as_of:
            continue
        links = entities.link_document(f"{passage.title}\n{passage.text}")
        document = Document(
            id=_free(passage.id or document_id(passage.url or f"given:{number}:{passage.text}"), taken),
            kind="news",
            title=passage.title or f"Passage {number}",
            publisher=passage.publisher or "given with the question",
            url=passage.url,
            published=published,
            text=passage.text,
            companies=links.companies,
            countries=links.countries,
            topics=links.topics,
            skills=links.skills,
        )
        taken.add(document.id)
        found += [(document, part) for part in split(document, entities.link_document)]
    sentences = [sentence.text for _, part in found for sentence in part.sentences]
    rows = quantise(embed(sentences)) if sentences else np.empty((0, 1), dtype=np.int8)
    start = 0
    embedded = []
    for document, part in found:
        end = start + len(part.sentences)
        embedded.append((document, replace(part, sentence_vectors=rows[start:end].tobytes())))
        start = end
    return embedded


def given_words(given: Sequence[GivenPassage]) -> Callable[[str], bool]:
    """Whether a word stands in the passages: in any of its forms, or one with a capital as it is written."""
    text = "\n".join(f"{passage.title}\n{passage.text}" for passage in given)
    # Word by word: `content_terms` remembers what it was given, and whole passages would fill the memory.
    terms = frozenset(term for word in set(text.split()) for term in content_terms(word))

    def stands(word: str) -> bool:
        if word == word.casefold():
            return not terms.isdisjoint(content_terms(word))
        return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None

    return stands


def _free(wanted: str, taken: set[str]) -> str:
    """`wanted`, or the first of `wanted-2`, `wanted-3`, … that is not taken."""
    found, number = wanted, 1
    while found in taken:
        number += 1
        found = f"{wanted}-{number}"
    return found
