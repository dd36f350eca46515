"""Citations, statements and answers under construction: what cannot be built, and what always holds."""

from __future__ import annotations

from datetime import date
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from corpus.document import Document, Sentence
from service.answering.answer import Citation, Statement, StatementKind
from service.answering.draft import Draft
from tests.service.answering.pools import evidence

CITED = Citation(source=1, quote="Wayve raised $1.5 billion.", start=0, end=26)


def document(text: str, number: int = 1, kind: Literal["news", "guide"] = "news") -> Document:
    return Document(
        id=f"doc_{number}", kind=kind, title=f"Title {number}", publisher="Decrypt", url=f"https://news.example/{number}",
        published=date(2026, 4, number), text=text,
    )  # fmt: skip


class TestWhatCannotBeBuilt:
    @pytest.mark.parametrize("kind", ["fact", "advice", "link", "disagreement"])
    def test_a_claim_without_a_citation(self, kind: StatementKind) -> None:
        with pytest.raises(ValidationError, match=f"A {kind} needs at least one citation"):
            Statement(id="st_1", text="Wayve raised $1.5 billion.", kind=kind)

    @pytest.mark.parametrize("kind", ["gap", "question"])
    def test_but_what_claims_nothing_needs_none(self, kind: StatementKind) -> None:
        assert Statement(id="st_1", text="These sources do not say.", kind=kind).citations == ()

    @pytest.mark.parametrize("end", [25, 27, 0])
    def test_a_citation_whose_span_is_not_as_long_as_its_quote(self, end: int) -> None:
        with pytest.raises(ValidationError, match="as long as its quote"):
            Citation(source=1, quote="Wayve raised $1.5 billion.", start=0, end=end)

    @pytest.mark.parametrize("wrong", [{"source": 0}, {"quote": "", "end": 0}, {"start": -1, "end": 25}])
    def test_a_citation_of_no_source_no_words_or_no_place(self, wrong: dict[str, object]) -> None:
        with pytest.raises(ValidationError):
            Citation.model_validate(CITED.model_dump() | wrong)

    @pytest.mark.parametrize(
        "wrong", [{"text": ""}, {"support": 1.1}, {"support": -0.1}, {"kind": "opinion"}, {"note": "x"}]
    )
    def test_a_statement_without_words_with_an_impossible_support_or_of_no_kind(self, wrong: dict[str, object]) -> None:
        statement = Statement(id="st_1", text="Wayve raised $1.5 billion.", kind="fact", citations=(CITED,))

        with pytest.raises(ValidationError):
            Statement.model_validate(statement.model_dump() | wrong)

    def test_a_sentence_whose_span_does_not_fit(self) -> None:
        with pytest.raises(ValueError, match="does not fit"):
            Sentence("Wayve", 0, 4)

    def test_a_built_statement_cannot_be_changed(self) -> None:
        statement = Statement(id="st_1", text="Wayve raised $1.5 billion.", kind="fact", citations=(CITED,))

        with pytest.raises(ValidationError):
            statement.text = "Wayve raised $9 billion."  # type: ignore[misc]


class TestDraft:
    def test_news_is_stated_as_fact_and_a_guide_as_advice(self) -> None:
        draft = Draft(room=5)
        (news,) = evidence(document("Wayve raised money."), [(0, 19)])
        (guide,) = evidence(document("Derive an EKF.", 2, "guide"), [(0, 14)])

        fact, advice = draft.fact(news), draft.fact(guide)

        assert (fact.kind, fact.as_of) == ("fact", date(2026, 4, 1))
        assert (advice.kind, advice.as_of) == ("advice", None)

    def test_what_was_stated_is_remembered(self) -> None:
        draft = Draft(room=5)
        first, second = evidence(document("One. Two."), [(0, 4), (5, 9)])

        draft.fact(first)

        assert draft.shows(first)
        assert not draft.shows(second)

    def test_a_statement_of_several_sources_has_the_date_of_the_newest(self) -> None:
        items = [evidence(document("One.", number), [(0, 4)])[0] for number in (3, 9, 5)]

        assert Draft(room=1).say("disagreement", "They differ.", items).as_of == date(2026, 4, 9)

    def test_sources_are_numbered_in_the_order_in_which_the_answer_cites_them(self) -> None:
        draft = Draft(room=9)
        items = [evidence(document("One.", number), [(0, 4)])[0] for number in (1, 2, 3)]
        later, earlier = draft.fact(items[0]), draft.fact(items[2])
        draft.section("news", "First shown", [earlier])
        draft.section("answer", "Then shown", [later, draft.fact(items[1])])

        sections, sources = draft.finished()

        assert [source.id for source in sources] == ["doc_3", "doc_1", "doc_2"]
        assert [s.citations[0].source for section in sections for s in section.statements] == [1, 2, 3]

    def test_a_statement_that_found_no_room_leaves_no_source_behind(self) -> None:
        draft = Draft(room=1)
        items = [evidence(document("One.", number), [(0, 4)])[0] for number in (1, 2)]
        draft.section("news", "News", [draft.fact(item) for item in items])
        draft.section("gaps", "Gaps", [draft.gap("These sources do not say.")])

        sections, sources = draft.finished()

        assert [len(section.statements) for section in sections] == [1]
        assert [source.id for source in sources] == ["doc_1"]

    def test_an_empty_section_is_left_out(self) -> None:
        draft = Draft(room=3)

        draft.section("links", "Where the two meet", [])

        assert draft.finished() == ((), ())


@st.composite
def texts_with_spans(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]]]:
    """Any text with some spans of it that hold a letter."""
    text = draw(st.text(min_size=1, max_size=80).map(lambda words: f"a{words}z"))
    cuts = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(lambda cut: (min(cut), max(cut)))
    spans = draw(st.lists(cuts.filter(lambda cut: any(c.isalpha() for c in text[cut[0] : cut[1]])), max_size=5))
    return text, spans


@given(st.lists(texts_with_spans(), max_size=4), st.integers(0, 12))
def test_every_citation_of_any_draft_is_a_span_of_its_document(
    drawn: list[tuple[str, list[tuple[int, int]]]], room: int
) -> None:
    documents = [document(text, number) for number, (text, _) in enumerate(drawn, start=1)]
    draft = Draft(room=room)
    for each, (_, spans) in zip(documents, drawn, strict=True):
        draft.section("news", each.title, [draft.fact(item) for item in evidence(each, spans)])

    sections, sources = draft.finished()

    statements = [statement for section in sections for statement in section.statements]
    citations = [citation for statement in statements for citation in statement.citations]
    by_id = {each.id: each for each in documents}
    assert len(statements) == min(room, sum(len(spans) for _, spans in drawn))
    assert len({statement.id for statement in statements}) == len(statements)
    assert list(dict.fromkeys(citation.source for citation in citations)) == [source.n for source in sources]
    assert [source.n for source in sources] == list(range(1, len(sources) + 1))
    for citation in citations:
        text = by_id[sources[citation.source - 1].id].text
        assert text[citation.start : citation.end] == citation.quote


@given(st.text(min_size=1), st.integers(0, 1000), st.integers(-3, 1003))
def test_a_citation_is_built_exactly_when_its_span_fits(quote: str, start: int, end: int) -> None:
    fits = end - start == len(quote)

    try:
        Citation(source=1, quote=quote, start=start, end=end)
    except ValidationError:
        assert not fits
    else:
        assert fits
