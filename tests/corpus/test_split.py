"""Sentences are cut where a reader would cut them, and every span is exact."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.document import Document
from corpus.readers.markdown import read_folder
from corpus.split import MAX_WORDS, sentence_spans, split
from tests.corpus.parts import CORPUS, FewNames, guide, news

DOCUMENTS = list(read_folder(CORPUS))
NEWS = [document for document in DOCUMENTS if document.kind == "news"]
GUIDES = [document for document in DOCUMENTS if document.kind == "guide"]

# Names that begin a sentence in lower case.
LOWER_CASE_NAMES = ("eWeek", "upGrad", "xAI", "tsuzumi", "π0")


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


# Where sentences end


@pytest.mark.parametrize(
    "text",
    [
        "The U.S. Department of Energy chose Honda.",
        "Dr. Fei-Fei Li and Prof. J. R. Smith joined.",
        "London Inc. wrote so on 11 June 2025.",
        "Apple Inc. Chief Executive Tim Cook spoke.",
        "They spoke with the new Foxconn Technology Co. Ltd. Chief Executive Young Liu.",
        "Skild AI raised $6.7 billion at a valuation of ¥3.5 trillion, up 3.5 percent.",
        "It ranked No. 2 in St. Louis, e.g. before Waymo vs. Zoox.",
        "Helm.ai and A.X K1 run on ROS 2 v1.2 at 3.5 GHz.",
        "Yahoo! Japan said so.",
        "TSMC chief executive C.C. Wei named it.",
        "The call begins at 9 a.m. Pacific Time.",
        "Why not? he asked.",
        "1. Open the file.",
    ],
)
def test_a_stop_inside_a_sentence_does_not_end_it(text: str) -> None:
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Prices rose in the U.S. The end is open.", 2),
        ("It is made by London Inc. London Inc. observes more.", 2),
        ("It raised its Series B. SoftBank led the round.", 2),
        ("Nobody said no. Then came 2026. 1X hired.", 3),
        ("“We grew.” He left (see A.X K1.) Then xAI hired.", 3),
        ("They hired. xAI did not. eWeek asked why!", 3),
        ("Really?! Yes… Maybe.", 3),
        ("According to City A.M. Wayve leads.", 2),
        ("今日は晴れ。明日は雨。", 2),
        ("A heading without a stop\n\nA paragraph.", 2),
        ("no stop at all", 1),
        ("", 0),
        (" \n\n \t\n", 0),
    ],
)
def test_a_stop_between_sentences_ends_one(text: str, count: int) -> None:
    assert len(sentences(text)) == count


PIECES = [
    "Honda",
    "xAI",
    "the",
    "U.S.",
    "Inc.",
    "A.M.",
    "B.",
    "3.5",
    "No.",
    "2.",
    "said.",
    "why?",
    "“Yes.”",
    "(so.)",
    "…",
    "!",
]


@given(
    st.one_of(
        st.text(),
        st.lists(st.sampled_from([*PIECES, "\n", "\n\n", "  ", "\t", "。"]), max_size=40).map(" ".join),
        st.lists(st.sampled_from([*PIECES, ".", " "]), max_size=40).map("".join),
    )
)
def test_spans_are_ordered_disjoint_trimmed_and_cover_all_but_white_space(text: str) -> None:
    spans = sentence_spans(text)

    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)
    covered = {index for start, end in spans for index in range(start, end)}
    assert all(text[index].isspace() for index in range(len(text)) if index not in covered)


def test_every_sentence_of_the_shipped_news_begins_and_ends_as_one() -> None:
    for document in NEWS:
        for text in sentences(document.text):
            assert re.search(r"[.!?][”\")]?$", text), (document.path, text)
            assert not text[0].islower() or text.startswith(LOWER_CASE_NAMES), (document.path, text)


def test_no_sentence_of_the_shipped_news_hides_another_one() -> None:
    # All places where a stop stands before a capital within a sentence, read and found right.
    inside = {
        match[0]
        for document in NEWS
        for text in sentences(document.text)
        for match in re.finditer(r"\S+[.!?][”\")]? +[A-Z0-9]\S*", text)
    }
    assert inside <= {"U.S. District", "U.S. Chamber", "C.C. Wei"}


# Passages


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.path)
def test_passages_quote_their_document_exactly(document: Document) -> None:
    passages = split(document)

    assert [passage.ordinal for passage in passages] == list(range(len(passages)))
    for passage in passages:
        assert document.text[passage.start : passage.end] == passage.text
        assert (passage.start, passage.end) == (passage.sentences[0].start, passage.sentences[-1].end)
        for sentence in passage.sentences:
            assert document.text[sentence.start : sentence.end] == sentence.text


def test_news_passages_have_about_eighty_words_and_leave_no_sentence_out() -> None:
    for document in NEWS:
        passages = split(document)
        assert [s.text for p in passages for s in p.sentences] == sentences(document.text)
        assert all(len(passage.text.split()) <= MAX_WORDS for passage in passages), document.path
        assert all(len(passage.text.split()) >= 35 for passage in passages), document.path


def test_a_sentence_longer_than_a_passage_stays_whole() -> None:
    long = " ".join(["word"] * 300) + "."

    passages = split(news("long", f"Short one. Long {long} Short two."))

    assert f"Long {long}" in [sentence.text for passage in passages for sentence in passage.sentences]


def test_a_guide_has_its_headings_as_sections_and_its_items_as_labelled_sentences() -> None:
    text = (
        "## What the role does\nIt fuses data. It tracks objects.\n\n"
        "## Likely questions\n1. **EKF or UKF?** A strong answer weighs both. It is short.\n2. **Why Q?** Because.\n\n"
        "## Preparation plan\n- **Week 1:** derive a KF;\n  plot NIS.\n- **With 3 days:** rehearse.\n* Plain item\n"
    )

    passages = split(guide("fusion", text))

    assert [passage.section for passage in passages] == ["What the role does", "Likely questions", "Preparation plan"]
    found = [(s.label, s.text) for passage in passages for s in passage.sentences]
    assert found == [
        ("", "It fuses data."),
        ("", "It tracks objects."),
        ("EKF or UKF?", "**EKF or UKF?** A strong answer weighs both. It is short."),
        ("Why Q?", "**Why Q?** Because."),
        ("Week 1", "**Week 1:** derive a KF;\n  plot NIS."),
        ("With 3 days", "**With 3 days:** rehearse."),
        ("", "Plain item"),
    ]


def test_every_list_item_of_the_shipped_guides_is_one_sentence() -> None:
    for document in GUIDES:
        items = re.findall(r"^(?:- |\d+\. )(.+)$", document.text, flags=re.MULTILINE)
        whole = {sentence.text for passage in split(document) for sentence in passage.sentences}
        assert items
        assert set(items) <= whole, document.path


def test_a_long_section_is_cut_between_items() -> None:
    items = "\n".join(f"- Item {number}: {'word ' * 30}end." for number in range(9))

    passages = split(guide("long", f"## Core topics\n{items}\n"))

    assert len(passages) > 2
    assert {passage.section for passage in passages} == {"Core topics"}
    assert sum(len(passage.sentences) for passage in passages) == 9


@given(st.text(alphabet="ab.*#-1 \n>`", max_size=200))
def test_any_markdown_gives_ordered_exact_spans(text: str) -> None:
    found = [sentence for passage in split(guide("any", text)) for sentence in passage.sentences]

    assert all(text[s.start : s.end] == s.text and s.text.strip() for s in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


def test_each_sentence_names_the_entities_of_its_own_words() -> None:
    document = news("two", "Honda builds cars. NEC builds servers.")

    (passage,) = split(document, FewNames("Honda", "NEC").link_document)

    assert [sentence.companies for sentence in passage.sentences] == [("Honda",), ("NEC",)]
