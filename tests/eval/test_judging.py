"""The offline judge: where quotes stand, what is supported, what counts as conveyed."""

from __future__ import annotations

from datetime import date

import pytest

from corpus.entities import load_entities
from eval.golden import Expectation, Gold, GoldenQuestion, Nugget
from eval.judging import Judge, claims_something, has_abstained
from eval.records import CitedWords, NamedSource, Response, Said, StatementKind
from eval.sources import Sources, SourceText
from service.answering.answer import GivenPassage
from service.grounding.checker import shipped_checker

NOETRA = (
    "Noetra began operations on 1 July 2026. SoftBank and NEC lead the company together with their partners. "
    "The project is said to cost about $6.2 billion over five years."
)
HONDA = "Honda builds cars in Suzuka. The project of the four companies costs $6.7 billion, the magazine wrote."


def source(id: str, text: str, publisher: str, day: date) -> SourceText:
    return SourceText(id, "news", f"{id}.md", f"About {id}", publisher, f"https://news.example/{id}", day, text)


@pytest.fixture(scope="module")
def sources() -> Sources:
    return Sources(
        [
            source("noetra", NOETRA, "Convina Pulse", date(2026, 7, 2)),
            source("honda", HONDA, "Tech Wire Asia", date(2026, 4, 15)),
        ]
    )


@pytest.fixture(scope="module")
def judge(sources: Sources) -> Judge:
    return Judge(shipped_checker(load_entities()), sources)


def question(**fields: object) -> GoldenQuestion:
    return GoldenQuestion.model_validate({"id": "q", "type": "fact", "question": "When?", "answerable": True, **fields})


def said(text: str, *citations: tuple[str, str], kind: StatementKind = "fact") -> Said:
    return Said(
        text=text, kind=kind, citations=tuple(CitedWords(document=name, quote=quote) for name, quote in citations)
    )


BEGAN = "Noetra began operations on 1 July 2026."


# -- quotes


@pytest.mark.parametrize(
    ("quote", "status"),
    [
        (BEGAN, "verbatim"),
        ("Noetra began  operations\non 1 July 2026", "verbatim"),
        ("Honda builds cars in Suzuka.", "other_source"),
        ("Noetra began operations over five years.", "stitched"),
        ("SoftBank and NEC lead … about $6.2 billion over five years.", "stitched"),
        ("Noetra ended operations on 1 July 2026.", "fabricated"),
        ("Toyota leads the company.", "fabricated"),
        ("", "no_quote"),
    ],
)
def test_a_quote_is_found_where_it_stands(sources: Sources, quote: str, status: str) -> None:
    assert sources.quote_status(quote, sources.find("noetra"))[0] == status


def test_a_quote_of_a_source_that_does_not_exist_is_none(sources: Sources) -> None:
    assert sources.quote_status(BEGAN, sources.find("nowhere")) == ("unknown_source", "")


def test_a_source_is_found_by_id_file_and_address(sources: Sources) -> None:
    found = {sources.find(name) for name in ("noetra", "noetra.md", "https://news.example/noetra")}

    assert len(found) == 1
    assert None not in found


# -- statements


def test_words_that_stand_nowhere_are_no_evidence(judge: Judge) -> None:
    invented = "Noetra opened an office in Paris."
    answer = Response(statements=(said(invented, ("noetra", invented)),))

    verdict = judge.judge(question(), answer).statements[0]

    assert (verdict.supported, verdict.entailed) == (False, False)
    assert verdict.citations[0].quote == "fabricated"


def test_a_statement_that_its_document_says_and_its_quote_does_not_is_supported_and_not_entailed(judge: Judge) -> None:
    answer = Response(statements=(said(BEGAN, ("noetra", "SoftBank and NEC lead the company")),))

    verdict = judge.judge(question(), answer).statements[0]

    assert (verdict.supported, verdict.entailed) == (True, False)


def test_a_citation_that_adds_nothing_is_not_precise(judge: Judge) -> None:
    answer = Response(statements=(said(BEGAN, ("noetra", BEGAN), ("honda", "Honda builds cars in Suzuka.")),))

    verdict = judge.judge(question(), answer).statements[0]

    assert [citation.precise for citation in verdict.citations] == [True, False]


def test_a_wrong_figure_is_objected_to_with_the_words_of_the_source(judge: Judge) -> None:
    answer = Response(statements=(said("Noetra began operations on 3 July 2026.", ("noetra", BEGAN)),))

    verdict = judge.judge(question(), answer).statements[0]

    assert not verdict.supported
    assert verdict.objections[0].kind == "date"
    assert verdict.objections[0].document == "noetra"
    assert BEGAN.rstrip(".") in verdict.objections[0].evidence


@pytest.mark.parametrize(
    ("statement", "claims"),
    [
        (said("Who leads the team?", kind="question"), False),
        (said("“Noetra began operations”: who leads the team?", kind="question"), True),
        (said("Noetra pays well.", kind="question"), True),
        (said("These sources do not say what Noetra pays.", kind="gap"), False),
        (said("Noetra pays $300,000.", kind="gap"), True),
        (said("Learn the Kalman filter.", kind="advice"), True),
    ],
)
def test_what_a_statement_is_called_does_not_free_it_from_being_true(statement: Said, claims: bool) -> None:
    assert claims_something(statement) is claims


def test_a_link_may_connect_quotations_and_bring_no_figure_of_its_own(judge: Judge) -> None:
    cited = ("noetra", BEGAN)
    true = said("“Noetra began operations on 1 July 2026”: say where this work would sit in it.", cited, kind="link")
    more = said("“Noetra began operations on 1 July 2026” with 900 engineers: say what they do.", cited, kind="link")
    false = said("“Noetra began operations in Paris”: say where this work would sit in it.", cited, kind="link")

    verdicts = judge.judge(question(), Response(statements=(true, more, false))).statements

    assert [verdict.supported for verdict in verdicts] == [True, False, False]


SIDES = (("noetra", "The project is said to cost about $6.2 billion over five years."),
         ("honda", "The project of the four companies costs $6.7 billion, the magazine wrote."))  # fmt: skip
TRUE_SIDES = (
    "Reports differ on “The project …”: $6.2 billion (Convina Pulse, 2 July 2026, the newest)"
    " · $6.7 billion (Tech Wire Asia, 15 April 2026)."
)


@pytest.mark.parametrize(
    ("text", "supported"),
    [
        (TRUE_SIDES, True),
        (TRUE_SIDES.replace("$6.7", "$7.6"), False),
        (TRUE_SIDES.replace("Tech Wire Asia", "Reuters"), False),
        (TRUE_SIDES.replace(", the newest", "").replace("April 2026)", "April 2026, the newest)"), False),
        (TRUE_SIDES.replace("The project …", "The price of rice …"), False),
    ],
)
def test_figures_side_by_side_are_each_held_against_their_own_source(judge: Judge, text: str, supported: bool) -> None:
    answer = Response(statements=(said(text, *SIDES, kind="disagreement"),))

    assert judge.judge(question(), answer).statements[0].supported is supported


# -- gold and nuggets

GOLD = (Gold(doc="noetra.md", sentence=BEGAN, grade="vital"),)
NUGGETS = (Nugget(text="Operations started in July 2026.", grade="vital", doc="noetra.md"),)


def conveyed(judge: Judge, *statements: Said) -> str:
    judgement = judge.judge(question(gold=GOLD, nuggets=NUGGETS), Response(statements=statements))
    return judgement.nuggets[0].found


def test_a_nugget_is_conveyed_by_citing_its_gold_sentence(judge: Judge) -> None:
    assert conveyed(judge, said(BEGAN, ("noetra", BEGAN))) == "gold"


def test_a_nugget_is_not_conveyed_by_a_false_statement_above_a_true_quote(judge: Judge) -> None:
    assert conveyed(judge, said("Noetra has closed its doors.", ("noetra", BEGAN))) == ""


def test_a_few_words_of_a_gold_sentence_do_not_cite_it(judge: Judge) -> None:
    answer = Response(statements=(said(BEGAN, ("noetra", "Noetra began")),))

    assert not judge.judge(question(gold=GOLD), answer).gold[0].cited


# -- the whole answer


def test_right_is_what_says_what_it_must_and_nothing_else(judge: Judge) -> None:
    expect = Expectation(says=("1 July 2026",), says_not=("bankrupt",), abstain=False, companies=("Noetra",))
    asked = question(expect=expect)
    right = Response(statements=(said(BEGAN, ("noetra", BEGAN)),), companies=("Noetra",))
    wrong = Response(statements=(said("Noetra is bankrupt."),), companies=("Honda",), abstained=True)

    assert judge.judge(asked, right).faults == ()
    assert judge.judge(asked, wrong).faults == (
        "says 1 July 2026", "says_not bankrupt", "abstained True", "company Noetra",
    )  # fmt: skip
    assert judge.judge(asked, wrong).violations == (("bankrupt", "bankrupt"),)


def test_a_target_that_does_not_say_what_it_understood_is_not_held_to_it(judge: Judge) -> None:
    asked = question(expect=Expectation(companies=("Noetra",), roles=("data-engineer",)))

    assert judge.judge(asked, Response(statements=(said("Yes."),))).faults == ()


def test_the_dates_of_cited_sources_count_as_said(judge: Judge) -> None:
    asked = question(expect=Expectation(says=("2026-07-02",)))
    named = NamedSource(document="noetra", publisher="Convina Pulse", published=date(2026, 7, 2))
    answer = Response(statements=(said("It began.", ("noetra", BEGAN)),), sources=(named,))

    assert judge.judge(asked, answer).faults == ()


def test_a_failure_is_no_abstention() -> None:
    assert has_abstained(Response())
    assert has_abstained(Response(abstained=True, statements=(said("Nothing is known."),)))
    assert not has_abstained(Response(error="out of order"))


def test_passages_given_with_a_question_are_its_only_sources(judge: Judge) -> None:
    asked = question(passages=(GivenPassage(text="Acme builds robots in Ohio."),))
    own = said("Acme builds robots in Ohio.", ("q-1", "Acme builds robots in Ohio."))
    other = said(BEGAN, ("noetra", BEGAN))

    verdicts = judge.judge(asked, Response(statements=(own, other))).statements

    assert [verdict.supported for verdict in verdicts] == [True, False]
    assert verdicts[1].citations[0].quote == "unknown_source"
