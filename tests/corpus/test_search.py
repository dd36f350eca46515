"""Fusion, priors, diversification and filters of hybrid search, on a small corpus of real files' shape."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.document import Document, Passage, Sentence, document_id
from corpus.search import (
    FIRST_PLACE,
    Hit,
    Ranking,
    SearchQuery,
    diversify,
    entity_prior,
    explain,
    recency_prior,
    reciprocal_rank_fusion,
)


def news(
    slug: str, *, publisher: str = "Daily", published: date = date(2026, 5, 1), **names: tuple[str, ...]
) -> Document:
    """A brief with a text of no importance; `names` are its front matter's companies, topics, …"""
    address = f"https://news.example/{slug}"
    return Document(
        id=document_id(address), kind="news", title=slug, publisher=publisher, url=address, published=published,
        text="A sentence.", **names,
    )  # fmt: skip


def passage(document: Document, ordinal: int = 0, **names: tuple[str, ...]) -> Passage:
    """A passage of one sentence that names `names`."""
    sentence = Sentence(document.text, 0, len(document.text), **names)
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
    document = news("round-up", companies=("Honda", "Sony"))
    asked = SearchQuery("honda", companies=("Honda",))

    named = entity_prior(asked, passage(document, companies=("Honda",)), document, Ranking())
    listed = entity_prior(asked, passage(document, companies=("Sony",)), document, Ranking())
    absent = entity_prior(asked, passage(news("other")), news("other"), Ranking())

    assert named > listed > absent == 0.0


def test_naming_both_companies_of_a_comparison_gains_no_more_than_naming_one() -> None:
    document = news("deal", companies=("Honda", "Sony"))
    asked = SearchQuery("honda or sony", companies=("Honda", "Sony"))

    both = entity_prior(asked, passage(document, companies=("Honda", "Sony")), document, Ranking())
    one = entity_prior(asked, passage(document, companies=("Sony",)), document, Ranking())

    assert both == one


def test_skills_topics_and_countries_add_their_own_gain() -> None:
    document = news("skills", skills=("sensor fusion",), topics=("hiring",), countries=("Japan",))
    asked = SearchQuery("jobs", skills=("sensor fusion",), topics=("hiring",), countries=("Japan",))
    weights = Ranking(skill=1.0, topic=2.0, country=4.0)

    assert entity_prior(asked, passage(document), document, weights) == pytest.approx(7 * FIRST_PLACE)


def test_recency_halves_with_every_half_life_and_starts_at_the_newest_news() -> None:
    weights = Ranking(recency=1.0, half_life_days=30)
    newest = date(2026, 7, 1)

    assert recency_prior(news("new", published=newest), newest, weights) == pytest.approx(FIRST_PLACE)
    assert recency_prior(news("old", published=date(2026, 6, 1)), newest, weights) == pytest.approx(FIRST_PLACE / 2)


def test_a_guide_gains_nothing_from_its_review_date() -> None:
    guide = Document("doc_g", "guide", "Guide", "Us", "", date(2026, 7, 1), "Text.", role="sensor-fusion-engineer")

    assert recency_prior(guide, date(2026, 7, 1), Ranking()) == 0.0


# Diversification


def test_no_document_and_no_publisher_takes_more_places_than_allowed_while_others_can_fill_the_list() -> None:
    loud = [news(f"loud-{n}", publisher="Loud") for n in range(3)]
    quiet = [news(f"quiet-{n}", publisher=f"Quiet {n}") for n in range(3)]
    hits = [hit(loud[0], 9, n) for n in range(3)] + [hit(document, 5) for document in loud[1:]]
    hits += [hit(document, 1) for document in quiet]

    found = diversify(hits, SearchQuery("x", limit=4, max_per_document=2, max_per_publisher=3))

    assert [each.document.title for each in found] == ["loud-0", "loud-0", "loud-1", "quiet-0"]


def test_what_was_held_back_fills_a_list_that_would_be_short() -> None:
    only = news("only")
    hits = [hit(only, 3 - n, ordinal=n) for n in range(3)]

    found = diversify(hits, SearchQuery("x", limit=3, max_per_document=1, max_per_publisher=1))

    assert [each.passage.ordinal for each in found] == [0, 1, 2]


def test_guides_do_not_count_as_one_publisher() -> None:
    guides = [
        Document(f"doc_{n}", "guide", f"Guide {n}", "Us", "", date(2026, 7, 1), "Text.", role=f"role-{n}")
        for n in range(3)
    ]
    hits = [hit(guide, 3) for guide in guides] + [hit(news("brief"), 1)]

    assert diversify(hits, SearchQuery("x", limit=3, max_per_document=1, max_per_publisher=1)) == hits[:3]


# Queries and explanations


@pytest.mark.parametrize("wrong", [{"recency": 1.5}, {"recency": -0.1}, {"limit": 0}, {"max_per_document": 0}])
def test_a_query_without_meaning_is_refused_with_the_value_named(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=str(next(iter(wrong.values())))):
        SearchQuery("text", **wrong)  # type: ignore[arg-type]


def test_an_explanation_names_both_ranks_and_only_the_priors_that_count() -> None:
    why = {
        "dense_rank": 3,
        "cosine": 0.614,
        "lexical_rank": None,
        "bm25": None,
        "rrf": 0.0159,
        "entity": 0.0082,
        "recency": 0.0,
    }
    found = Hit(passage(news("brief")), news("brief"), 0.0241, why)

    assert explain(found) == "0.0241 = dense #3 (cosine 0.61) · lexical – · rrf 0.0159 · entity +0.0082"
