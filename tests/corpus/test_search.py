"""Hybrid search: fusion, priors, diversification, and whole searches over a small store with both its indexes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.document import Document, Passage, Sentence
from corpus.search import (
    FIRST_PLACE,
    Hit,
    Ranking,
    Searcher,
    SearchFilter,
    SearchQuery,
    diversify,
    entity_prior,
    explain,
    recency_prior,
    reciprocal_rank_fusion,
    text_with_names,
)
from corpus.store import Applied
from corpus.sync import replay
from tests.corpus.parts import Built, HashedWords, guide, news, put, stored


def brief(slug: str, *, publisher: str = "Daily", companies: tuple[str, ...] = ()) -> Document:
    """A brief whose text is of no importance."""
    return replace(news(slug, "A sentence.", title=slug, companies=companies), publisher=publisher)


def passage(document: Document, ordinal: int = 0, companies: tuple[str, ...] = ()) -> Passage:
    """A passage of one sentence that names `companies`."""
    sentence = Sentence(document.text, 0, len(document.text), companies=companies)
    return Passage(document.id, ordinal, document.text, 0, len(document.text), "", (sentence,))


def hit(document: Document, score: float, ordinal: int = 0) -> Hit:
    """A hit whose score needs no explanation."""
    return Hit(passage(document, ordinal), document, score, {})


# Fusion


def test_fusion_adds_the_weighted_reciprocal_ranks_of_both_lists() -> None:
    fused = reciprocal_rank_fusion([(1.0, ["a", "b"]), (0.5, ["b"])], k=60)

    assert fused == {"a": pytest.approx(1 / 61), "b": pytest.approx(1 / 62 + 0.5 / 61)}


@given(st.permutations(["a", "b", "c", "d"]))
def test_fusing_a_list_with_itself_keeps_its_order(ids: list[str]) -> None:
    fused = reciprocal_rank_fusion([(1.0, ids), (1.0, ids)])

    assert sorted(fused, key=lambda key: -fused[key]) == ids


# Priors


def test_a_passage_whose_sentence_names_the_company_gains_more_than_one_whose_document_lists_it() -> None:
    document = brief("round-up", companies=("Honda", "Sony"))
    asked = SearchQuery("honda", companies=("Honda",))

    named = entity_prior(asked, passage(document, companies=("Honda",)), document, Ranking())
    listed = entity_prior(asked, passage(document, companies=("Sony",)), document, Ranking())
    absent = entity_prior(asked, passage(brief("other")), brief("other"), Ranking())

    assert named > listed > absent == 0.0


def test_naming_both_companies_of_a_comparison_gains_no_more_than_naming_one() -> None:
    document = brief("deal", companies=("Honda", "Sony"))
    asked = SearchQuery("honda or sony", companies=("Honda", "Sony"))

    both = entity_prior(asked, passage(document, companies=("Honda", "Sony")), document, Ranking())
    one = entity_prior(asked, passage(document, companies=("Sony",)), document, Ranking())

    assert both == one


def test_skills_topics_and_countries_add_their_own_gain() -> None:
    document = replace(brief("jobs"), skills=("sensor fusion",), topics=("hiring",), countries=("Japan",))
    asked = SearchQuery("jobs", skills=("sensor fusion",), topics=("hiring",), countries=("Japan",))
    weights = Ranking(skill=1.0, topic=2.0, country=4.0)

    assert entity_prior(asked, passage(document), document, weights) == pytest.approx(7 * FIRST_PLACE)


def test_recency_halves_with_every_half_life_and_starts_at_the_newest_news() -> None:
    weights = Ranking(recency=1.0, half_life_days=30)
    newest = date(2026, 7, 1)

    assert recency_prior(replace(brief("new"), published=newest), newest, weights) == pytest.approx(FIRST_PLACE)
    assert recency_prior(replace(brief("old"), published=date(2026, 6, 1)), newest, weights) == pytest.approx(
        FIRST_PLACE / 2
    )


def test_a_guide_gains_nothing_from_its_review_date() -> None:
    reviewed = date(2026, 7, 1)

    assert recency_prior(guide("planner", "Text.", reviewed=reviewed), reviewed, Ranking()) == 0.0


# Diversification


def test_no_document_and_no_publisher_takes_more_places_than_allowed_while_others_can_fill_the_list() -> None:
    loud = [brief(f"loud-{n}", publisher="Loud") for n in range(3)]
    quiet = [brief(f"quiet-{n}", publisher=f"Quiet {n}") for n in range(3)]
    hits = [hit(loud[0], 9, n) for n in range(3)] + [hit(document, 5) for document in (*loud[1:], *quiet)]

    found = diversify(hits, SearchQuery("x", limit=4, max_per_document=2, max_per_publisher=3))

    assert [each.document.title for each in found] == ["loud-0", "loud-0", "loud-1", "quiet-0"]


def test_what_was_held_back_fills_a_list_that_would_be_short() -> None:
    only = brief("only")
    hits = [hit(only, 3 - n, ordinal=n) for n in range(3)]

    found = diversify(hits, SearchQuery("x", limit=3, max_per_document=1, max_per_publisher=1))

    assert [each.passage.ordinal for each in found] == [0, 1, 2]


def test_guides_do_not_count_as_one_publisher() -> None:
    hits = [hit(guide(f"role-{n}", "Text."), 3) for n in range(3)] + [hit(brief("news"), 1)]

    assert diversify(hits, SearchQuery("x", limit=3, max_per_document=1, max_per_publisher=1)) == hits[:3]


def test_the_guide_of_an_asked_role_may_come_whole() -> None:
    asked, other = guide("planner", "Text."), guide("tester", "Text.")
    hits = [hit(document, 9 - n, ordinal=n) for n in range(3) for document in (asked, other)] + [hit(brief("news"), 1)]

    found = diversify(hits, SearchQuery("x", roles=("planner",), limit=5, max_per_document=1))

    assert [each.document.role for each in found] == ["planner", "tester", "planner", "planner", ""]


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), unique=True, max_size=15),
    st.integers(1, 8),
    st.integers(1, 3),
    st.integers(1, 3),
)
def test_diversification_loses_nothing_and_repeats_nothing(
    places: list[tuple[int, int]], limit: int, per_document: int, per_publisher: int
) -> None:
    documents = [brief(f"d{n}", publisher=f"p{n % 2}") for n in range(5)]
    hits = [hit(documents[document], 1.0, ordinal) for document, ordinal in places]

    found = diversify(
        hits, SearchQuery("x", limit=limit, max_per_document=per_document, max_per_publisher=per_publisher)
    )

    assert len(found) == min(limit, len(hits))
    assert len({each.passage.id for each in found}) == len(found)


# Queries and explanations


@pytest.mark.parametrize("recency", [1.5, -0.1])
def test_a_recency_without_meaning_is_refused_with_the_value_named(recency: float) -> None:
    with pytest.raises(ValueError, match=f"between 0 and 1, not {recency}"):
        SearchQuery("text", recency=recency)


def test_a_limit_without_meaning_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="max_per_document must be at least 1, not 0"):
        SearchQuery("text", max_per_document=0)


@pytest.mark.parametrize(
    ("text", "companies", "completed"),
    [
        ("what does honda's AI venture build?", ("Noetra", "Honda"), "what does honda's AI venture build? (Noetra)"),
        ("Wayveの東京での試験", ("Wayve",), "Wayveの東京での試験 (Wayve)"),
        ("anything at Wayve?", ("Wayve",), "anything at Wayve?"),
        ("anything at C3 (AI)?", (), "anything at C3 (AI)?"),
    ],
)
def test_the_words_of_a_query_are_completed_by_the_company_names_that_they_lack(
    text: str, companies: tuple[str, ...], completed: str
) -> None:
    assert text_with_names(SearchQuery(text, companies=companies)) == completed


def test_an_explanation_names_both_ranks_and_only_the_priors_that_count() -> None:
    why: dict[str, float | int | None] = {
        "dense_rank": 3, "cosine": 0.614, "lexical_rank": None, "bm25": None,
        "rrf": 0.0159, "entity": 0.0082, "recency": 0.0,
    }  # fmt: skip

    line = explain(Hit(passage(brief("news")), brief("news"), 0.0241, why))

    assert line == "0.0241 = dense #3 (cosine 0.61) · lexical – · rrf 0.0159 · entity +0.0082"


# Whole searches

NOETRA = news(
    "noetra", "Noetra builds a robot foundation model in Tokyo.", published=date(2026, 7, 2), title="Noetra begins",
    companies=("Noetra",), countries=("Japan",), topics=("physical-ai",),
)  # fmt: skip
VENTURE = news(
    "venture", "The venture plans a robot foundation model.", published=date(2026, 4, 15), title="A venture is founded",
    companies=("Noetra", "Honda"), countries=("Japan",),
)  # fmt: skip
WAYMO = news(
    "waymo", "Waymo drives robot taxis in ten cities.", published=date(2026, 2, 24), title="Waymo grows",
    companies=("Waymo",), countries=("United States",), topics=("autonomous-vehicles",),
)  # fmt: skip
PLANNER = guide("planner", "## What interviews test\n- Candidates plan a path for a robot arm.")


@pytest.fixture
def searcher(built: Built, embedder: HashedWords) -> Searcher:
    """Search over three briefs and one guide."""
    for document in (NOETRA, VENTURE, WAYMO, PLANNER):
        put(built.store, stored(document, embedder, "Noetra", "Honda", "Waymo"))
    replay(built.store, built.dense, "dense")
    replay(built.store, built.lexical, "lexical")
    return Searcher(built.store, built.dense, built.lexical, embedder)


def titles(hits: list[Hit]) -> set[str]:
    return {each.document.title for each in hits}


def test_a_search_returns_passages_with_their_documents_and_scores_that_add_up(searcher: Searcher) -> None:
    found = searcher.search(SearchQuery("robot foundation model", companies=("Noetra",), recency=1.0))

    assert found[0].document == NOETRA
    assert NOETRA.text[found[0].passage.start : found[0].passage.end] == found[0].passage.text
    for each in found:
        parts = [each.why[name] for name in ("rrf", "entity", "recency")]
        assert each.score == pytest.approx(sum(part for part in parts if part is not None))
    assert found[0].why["dense_rank"] is not None
    assert found[0].why["lexical_rank"] is not None


def test_the_same_query_gives_the_same_list(searcher: Searcher) -> None:
    asked = SearchQuery("robot", companies=("Waymo",), recency=0.5)

    assert searcher.search(asked) == searcher.search(asked)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (SearchFilter(companies=("Honda",)), {VENTURE.title}),
        (SearchFilter(companies=("Waymo", "Honda")), {WAYMO.title, VENTURE.title}),
        (SearchFilter(countries=("Japan",), topics=("physical-ai",)), {NOETRA.title}),
        (SearchFilter(roles=("planner",)), {PLANNER.title}),
        (SearchFilter(kinds=("guide",)), {PLANNER.title}),
        (SearchFilter(kinds=("news",), published_from=date(2026, 4, 15)), {NOETRA.title, VENTURE.title}),
        (SearchFilter(kinds=("news",), published_to=date(2026, 4, 15)), {WAYMO.title, VENTURE.title}),
    ],
)
def test_a_filter_leaves_what_passes_it(searcher: Searcher, where: SearchFilter, expected: set[str]) -> None:
    assert titles(searcher.search(SearchQuery("robot", where))) == expected


@pytest.mark.parametrize(
    "where",
    [
        SearchFilter(companies=("Nobody & Sons",)),
        SearchFilter(countries=("Atlantis",)),
        SearchFilter(topics=("'; DROP TABLE documents",)),
        SearchFilter(roles=("astronaut",)),
        SearchFilter(kinds=("rumour",)),
        SearchFilter(kinds=("news",), published_from=date(2027, 1, 1)),
    ],
)
def test_a_filter_that_nothing_passes_gives_an_empty_list(searcher: Searcher, where: SearchFilter) -> None:
    assert searcher.search(SearchQuery("robot", where)) == []


def test_as_of_hides_news_published_later_but_no_guide(searcher: Searcher) -> None:
    found = searcher.search(SearchQuery("robot", SearchFilter(as_of=date(2026, 4, 20))))

    assert titles(found) == {VENTURE.title, WAYMO.title, PLANNER.title}


def test_review_dates_are_restricted_when_guides_alone_are_asked_for(searcher: Searcher) -> None:
    before_the_review = SearchFilter(kinds=("guide",), published_to=date(2026, 11, 23))

    assert searcher.search(SearchQuery("robot", before_the_review)) == []


def test_recency_puts_the_newer_of_two_like_reports_first(searcher: Searcher) -> None:
    recent = searcher.search(SearchQuery("The venture plans a robot foundation model.", recency=1.0))
    timeless = searcher.search(SearchQuery("The venture plans a robot foundation model."))

    newest = next(each for each in recent if each.document == NOETRA)
    assert timeless[0].document == VENTURE
    assert newest.why["recency"] == pytest.approx(Ranking().recency * FIRST_PLACE)


def test_a_deleted_document_is_not_found_even_before_the_indexes_have_followed(
    built: Built, searcher: Searcher
) -> None:
    built.store.delete(WAYMO.id)

    assert WAYMO.title not in titles(searcher.search(SearchQuery("robot taxis", companies=("Waymo",))))
    assert built.dense.applied != Applied(built.store.id, built.store.sequence())


def test_a_question_searched_again_with_other_filters_is_embedded_once(
    searcher: Searcher, embedder: HashedWords
) -> None:
    embedder.embedded.clear()

    searcher.search(SearchQuery("robot taxis", companies=("Waymo",)))
    searcher.search(SearchQuery("robot taxis", SearchFilter(kinds=("guide",))))

    assert embedder.embedded == ["robot taxis"]


def test_a_blank_text_finds_nothing(searcher: Searcher) -> None:
    assert searcher.search(SearchQuery(" \n")) == []


@pytest.mark.parametrize("text", ['AI: robots" OR (', "C++ (jobs", "*", "ロボット", "\x00\x07", "robot " * 5_000])
def test_no_text_is_a_query_language_or_an_error(searcher: Searcher, text: str) -> None:
    assert len(searcher.search(SearchQuery(text))) <= 24


def test_other_weights_search_the_same_parts(searcher: Searcher) -> None:
    lexical_alone = searcher.reweighted(Ranking(dense=0.0))

    assert all(each.why["dense_rank"] is None for each in lexical_alone.search(SearchQuery("taxis")))
    assert searcher.search(SearchQuery("taxis"))[0].why["dense_rank"] is not None
