"""Answering from passages that the request brings along, instead of the corpus.

They become documents and passages like those of the corpus (whole sentences, linked names, sentence vectors), so the
composers do not know the difference; nothing of them is stored.
"""

from __future__ import annotations

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


def given_passages(
    given: Sequence[GivenPassage],
    entities: Entities,
    embed: Callable[[Sequence[str]], npt.NDArray[np.float32]],
    as_of: date,
) -> list[tuple[Document, Passage]]:
    """The passages of a request as documents with their passages; what was published after `as_of` is left out.

    A passage without a date counts as published on `as_of`. `embed` gives one row of length 1 for each text.
    """
    found = []
    for number, passage in enumerate(given, start=1):
        published = passage.published or as_of
        if published > as_of:
            continue
        links = entities.link_document(f"{passage.title}\n{passage.text}")
        document = Document(
            id=passage.id or document_id(passage.url or f"given:{number}:{passage.text}"),
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
