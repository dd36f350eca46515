"""Whole answers on the shipped corpus: what a candidate reads, judged by the corpus files."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from service.answering.answer import Answer, AnswerRequest, SectionKind, Statement
from service.answering.figures import dates
from tests.service.answering.cases import CASES, FACT, TALK, TIMELINE, UNKNOWN, Case
from tests.service.answering.conftest import ASKED_ON, Desk
from tests.service.answering.corpus_files import faults, files, statements, untidy

MISSION = "how do I prepare for a sensor-fusion role at Honda's AI venture?"
EARLIER = date(2026, 4, 20)
ZORBLAX = "how do I prepare at Zorblax Robotics?"
WHY_LEAVE = "why did Honda leave the venture?"

by_case = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.question} [{case.as_of}]")
whole_answers = pytest.mark.parametrize(
    ("question", "as_of"),
    [
        *((case.question, case.as_of) for case in CASES),
        (MISSION, ASKED_ON),
        (MISSION, EARLIER),
        (ZORBLAX, ASKED_ON),
        (WHY_LEAVE, ASKED_ON),
    ],
    ids=str,
)


def stated(answer: Answer, *kinds: SectionKind) -> str:
    """What the answer states, with its headings; of some kinds of section only, when they are named."""
    parts = [section for section in answer.sections if not kinds or section.kind in kinds]
    return "\n".join("\n".join([part.title, *(statement.text for statement in part.statements)]) for part in parts)


def shown(answer: Answer) -> str:
    """All that a reader sees of an answer: also its quotes, the titles of its sources and its follow-up questions."""
    quotes = [citation.quote for statement in statements(answer) for citation in statement.citations]
    return "\n".join([stated(answer), *quotes, *(source.title for source in answer.sources), *answer.follow_ups])


def in_section(answer: Answer, kind: SectionKind) -> list[Statement]:
    return [statement for section in answer.sections if section.kind == kind for statement in section.statements]


def news_cited(answer: Answer, statement: Statement) -> list[str]:
    sources = [answer.sources[citation.source - 1] for citation in statement.citations]
    return [source.title for source in sources if source.kind == "news"]


def found(pattern: str, text: str) -> bool:
    return bool(re.search(pattern, text, re.IGNORECASE | re.DOTALL))


class TestSensorFusionAtHondasVenture:
    """The mission's question, held against the six points of what makes a good answer to it."""

    @pytest.fixture
    def answer(self, desk: Desk) -> Answer:
        return desk.ask(MISSION)

    def test_the_venture_is_resolved_to_its_current_name_and_shown(self, answer: Answer) -> None:
        understanding = answer.understanding

        assert understanding.intent == "prepare"
        assert [company.name for company in understanding.companies] == ["Noetra"]
        company = understanding.companies[0]
        assert company.matched == "Honda's AI venture"
        assert company.formerly == ("Japan AI Foundation Model Development",)
        assert set(company.members) == {"SoftBank", "NEC", "Honda", "Sony"}
        assert [role.id for role in understanding.roles] == ["sensor-fusion-engineer"]

    def test_hondas_other_ventures_are_one_tap_away_and_not_mixed_in(self, answer: Answer) -> None:
        assert "Sony Honda Mobility" in answer.understanding.companies[0].alternatives
        assert not found("Afeela|Helm.ai|0 Series|Vezel", shown(answer))

    def test_it_has_every_section_of_a_preparation(self, answer: Answer) -> None:
        assert [section.kind for section in answer.sections] == [
            "news", "disagreements", "interview_tests", "links", "plan", "likely_questions", "questions_to_ask", "gaps",
        ]  # fmt: skip

    def test_the_news_bears_on_the_role(self, answer: Answer) -> None:
        news = in_section(answer, "news")

        assert 3 <= len(news) <= 6
        text = stated(answer, "news")
        assert found("sensor fusion", text)
        assert found("Honda is to be the first deployment customer", text)
        assert not found("Nippon Steel|Kobe Steel|megabanks|MUFG|GPU cloud subsidies", text)

    def test_the_news_reaches_to_what_is_newest_of_the_venture(self, answer: Answer) -> None:
        assert max(statement.as_of or date.min for statement in in_section(answer, "news")) >= date(2026, 6, 30)
        assert answer.freshness.newest == date(2026, 7, 2)
        assert answer.freshness.age_days == 145
        assert answer.freshness.note

    def test_the_differing_dollar_values_of_the_trillion_yen_stand_side_by_side_the_newest_first(
        self, answer: Answer
    ) -> None:
        text = stated(answer, "disagreements")

        for value, publisher, day in (
            ("$6.2 billion", "Convina Pulse", "2 July 2026"),
            ("$6.7 billion", "Tech Wire Asia", "15 April 2026"),
            ("$6.28 billion", "Decrypt", "13 April 2026"),
        ):
            assert value in text
            assert publisher in text
            assert day in text
        assert "¥1 trillion" in text
        assert text.index("Convina Pulse") < text.index("Tech Wire Asia") < text.index("Decrypt")
        assert text.count("newest") == 1
        assert found(r"Convina Pulse, 2 July 2026[^·]*newest", text)

    def test_what_the_interview_tests_comes_whole_from_the_guide(self, answer: Answer) -> None:
        text = stated(answer, "interview_tests")

        for topic in ("Kalman predict and update", "quaternions", "diverging filter", "real-time C\\+\\+"):
            assert found(topic, text)
        assert {statement.kind for statement in in_section(answer, "interview_tests")} == {"advice"}

    def test_what_joins_news_and_guide_cites_both(self, answer: Answer) -> None:
        links = in_section(answer, "links")

        assert links
        for statement in links:
            kinds = {answer.sources[citation.source - 1].kind for citation in statement.citations}
            assert statement.kind == "link"
            assert kinds == {"news", "guide"}
        assert found("sensor fusion", stated(answer, "links"))

    def test_the_plan_has_four_weeks_and_an_item_tied_to_the_news(self, answer: Answer) -> None:
        text = stated(answer, "plan")

        assert [f"Week {number}" in text for number in range(1, 5)] == [True] * 4
        assert "With 3 days" not in text
        assert any(news_cited(answer, statement) for statement in in_section(answer, "plan"))

    def test_the_questions_to_expect_say_what_a_strong_answer_has(self, answer: Answer) -> None:
        likely = in_section(answer, "likely_questions")

        assert 4 <= len(likely) <= 6
        assert all(found(r"\?.*A strong answer", statement.text) for statement in likely)
        assert any(found("fusion", statement.text) for statement in likely)

    def test_the_questions_to_ask_are_the_guides_and_ones_that_the_news_raises(self, answer: Answer) -> None:
        asked = in_section(answer, "questions_to_ask")

        assert any(found("sensor drops out", statement.text) for statement in asked)
        assert any(news_cited(answer, statement) for statement in asked)
        assert all("?" in statement.text for statement in asked)

    def test_the_gaps_are_said_plainly_with_the_nearest_that_is_known(self, answer: Answer) -> None:
        text = stated(answer, "gaps")

        assert found("do not say", text)
        assert found(r"\bpay", text)
        assert found("interview rounds", text)
        assert found("hir", text)
        assert found("United States, Europe and India", shown(answer))

    def test_every_statement_that_claims_something_is_cited_verbatim(self, answer: Answer) -> None:
        assert faults(answer) == []

    def test_it_is_a_page_without_praise(self, answer: Answer) -> None:
        assert len(statements(answer)) <= 40
        assert len(stated(answer).split()) <= 900
        assert not found("great question|good luck|you've got this|congratulations|excellent choice", stated(answer))


class TestTheSameQuestionInApril:
    """Asked on 20 April 2026, before the venture was renamed."""

    @pytest.fixture
    def answer(self, desk: Desk) -> Answer:
        return desk.ask(MISSION, EARLIER)

    def test_it_speaks_of_the_venture_by_the_name_of_that_day(self, answer: Answer) -> None:
        assert [company.name for company in answer.understanding.companies] == ["Japan AI Foundation Model Development"]
        assert answer.understanding.companies[0].formerly == ()
        assert "Japan AI Foundation Model Development" in stated(answer, "news")

    def test_it_knows_nothing_of_noetra_or_of_later_figures(self, answer: Answer) -> None:
        understanding = answer.understanding
        unnamed = tuple(company.model_copy(update={"id": ""}) for company in understanding.companies)
        text = answer.model_copy(
            update={"understanding": understanding.model_copy(update={"companies": unnamed})}
        ).model_dump_json()

        for later in (
            "Noetra",
            r"387\.3",
            r"6\.2 billion",
            "stage.gate",
            "10 million AI robots",
            "15 applications",
            "44 firms",
        ):
            assert not found(later, text), later

    def test_it_still_prepares(self, answer: Answer) -> None:
        kinds = {section.kind for section in answer.sections}

        assert {"news", "interview_tests", "links", "plan", "likely_questions", "questions_to_ask", "gaps"} <= kinds
        assert found("sensor fusion", stated(answer, "news"))
        assert answer.freshness.newest == date(2026, 4, 15)


def test_of_an_invented_company_the_corpus_knows_nothing_and_cites_nothing(desk: Desk) -> None:
    answer = desk.ask(ZORBLAX)

    assert answer.understanding.unknown_companies == ("Zorblax Robotics",)
    assert answer.understanding.companies == ()
    assert answer.abstained
    assert answer.abstention_reason == "unknown_company"
    assert found("know nothing of “Zorblax Robotics”", stated(answer))
    assert answer.sources == ()
    assert all(not statement.citations for statement in statements(answer))


def test_a_premise_that_no_source_reports_is_not_accepted(desk: Desk) -> None:
    answer = desk.ask(WHY_LEAVE)

    assert found("No source here reports|do not (?:say|report|answer)", stated(answer))
    honda_left = r"Honda (?:has |had )?(?:left|leaves|quit|quits|withdr[ae]w|exited)"
    assert not found(honda_left, "\n".join(s.text for s in statements(answer) if s.kind == "fact"))


@pytest.mark.parametrize(
    ("question", "claim"),
    [
        ("Since Honda bought Wayve, who is my boss there?", "Honda bought Wayve"),
        ("Waymo bought Zoox, right? which team stays", "Waymo bought Zoox"),
    ],
)
def test_an_assumption_is_denied_without_being_told_again(desk: Desk, question: str, claim: str) -> None:
    told = [s.text for s in statements(desk.ask(question))]

    assert any("No source here reports what the question assumes" in text for text in told)
    assert not found(claim, "\n".join(told))


@by_case
def test_the_answer_holds_what_the_corpus_says_and_nothing_that_it_must_not(desk: Desk, case: Case) -> None:
    answer = desk.ask(case.question, case.as_of)
    text = stated(answer)

    assert [pattern for pattern in case.says if not found(pattern, text)] == [], text
    assert [pattern for pattern in case.never if found(pattern, shown(answer))] == [], shown(answer)
    assert case.abstained in (None, answer.abstained), text
    assert case.reason in (None, answer.abstention_reason), text
    assert [kind for kind in case.sections if kind not in {section.kind for section in answer.sections}] == [], text
    cited = [source for source in answer.sources if source.kind == "news"] if not answer.abstained else []
    outside = [source.title for source in cited if not case.cited_from <= source.published <= case.cited_to]
    assert outside == []


@by_case
def test_the_question_is_understood_for_what_it_is(desk: Desk, case: Case) -> None:
    assert case.intent in (None, desk.ask(case.question, case.as_of).understanding.intent)


@whole_answers
def test_every_citation_is_a_verbatim_span_of_its_file_and_no_figure_comes_from_elsewhere(
    desk: Desk, question: str, as_of: date
) -> None:
    assert faults(desk.ask(question, as_of)) == []


@whole_answers
def test_no_answer_repeats_itself_or_breaks_off(desk: Desk, question: str, as_of: date) -> None:
    assert untidy(desk.ask(question, as_of)) == []


@pytest.mark.parametrize("case", FACT, ids=lambda case: case.question)
def test_a_question_of_fact_gets_a_sentence_or_two_and_no_plan(desk: Desk, case: Case) -> None:
    answer = desk.ask(case.question, case.as_of)

    assert {section.kind for section in answer.sections} <= {"answer", "timeline", "disagreements", "news", "gaps"}
    assert len(in_section(answer, "answer")) <= 2, stated(answer)
    assert len(statements(answer)) <= 6, stated(answer)


@pytest.mark.parametrize("case", FACT, ids=lambda case: case.question)
def test_what_was_asked_stands_in_the_answer_itself_and_not_among_what_is_also_reported(desk: Desk, case: Case) -> None:
    text = stated(desk.ask(case.question, case.as_of), "answer", "disagreements")

    assert [pattern for pattern in case.says if not found(pattern, text)] == [], text


@pytest.mark.parametrize("case", TIMELINE, ids=lambda case: case.question)
def test_a_timeline_runs_forward(desk: Desk, case: Case) -> None:
    events = in_section(desk.ask(case.question, case.as_of), "timeline")

    stamps = [statement.text.split(":")[0] for statement in events]
    days = [known[0][0] if (known := dates(stamp)) else date(int(stamp[-4:]), 1, 1) for stamp in stamps]
    assert len(days) == len(events) >= 2
    assert days == sorted(days)


@pytest.mark.parametrize("case", UNKNOWN, ids=lambda case: case.question)
def test_nothing_is_cited_for_a_company_that_the_corpus_does_not_know(desk: Desk, case: Case) -> None:
    answer = desk.ask(case.question, case.as_of)
    name = answer.understanding.unknown_companies[0]

    assert in_section(answer, "gaps")[0].text.count(f"“{name}”") == 1
    assert [statement.text for statement in statements(answer) if statement.citations and name in statement.text] == []
    if not answer.understanding.companies:
        assert [source.title for source in answer.sources if source.kind == "news"] == []


@pytest.mark.parametrize("case", TALK, ids=lambda case: case.question)
def test_talk_and_questions_outside_the_field_cite_nothing_and_hear_what_the_sources_cover(
    desk: Desk, case: Case
) -> None:
    answer = desk.ask(case.question, case.as_of)

    assert answer.sources == ()
    assert len(statements(answer)) == 1
    assert found("dated news briefs", stated(answer))


class TestCorrectionsAndRestrictions:
    """What a client may add to a question."""

    def test_the_target_company_replaces_the_one_that_was_understood(self, desk: Desk) -> None:
        answer = desk.ask(MISSION, target={"company": "Sony Honda Mobility"})

        assert [company.name for company in answer.understanding.companies] == ["Sony Honda Mobility"]
        assert found("Afeela", stated(answer, "news"))
        assert not found("Noetra", stated(answer, "news"))
        assert faults(answer) == []

    def test_the_target_role_replaces_the_one_that_was_understood(self, desk: Desk) -> None:
        answer = desk.ask(MISSION, target={"role": "motion-planning-engineer"})

        assert [role.id for role in answer.understanding.roles] == ["motion-planning-engineer"]
        assert found("RRT", stated(answer, "interview_tests"))
        assert not found("Kalman", stated(answer, "interview_tests"))

    def test_of_a_target_company_that_the_corpus_does_not_know_it_is_said_first(self, desk: Desk) -> None:
        answer = desk.ask(MISSION, target={"company": "Zorblax Robotics"})

        assert answer.sections[0].kind == "gaps"
        assert found("know nothing of “Zorblax Robotics”", stated(answer, "gaps"))
        assert {source.kind for source in answer.sources} == {"guide"}
        assert in_section(answer, "interview_tests")

    def test_an_interview_date_shrinks_the_plan(self, desk: Desk) -> None:
        answer = desk.ask(MISSION, target={"interview_date": ASKED_ON + timedelta(days=7)})

        assert answer.understanding.days_left == 7
        assert found("With 7 days", stated(answer, "plan"))
        assert not found("Week [234]", stated(answer, "plan"))

    def test_an_interview_in_two_months_keeps_the_four_weeks(self, desk: Desk) -> None:
        answer = desk.ask(MISSION, target={"interview_date": ASKED_ON + timedelta(days=60)})

        assert all(f"Week {number}" in stated(answer, "plan") for number in range(1, 5))

    def test_of_guides_alone_no_news_is_told(self, desk: Desk) -> None:
        answer = desk.ask(MISSION, filters={"kinds": ["guide"]})

        assert {source.kind for source in answer.sources} == {"guide"}
        assert in_section(answer, "plan")

    def test_of_news_alone_no_guide_is_told(self, desk: Desk) -> None:
        answer = desk.ask(MISSION, filters={"kinds": ["news"]})

        assert {source.kind for source in answer.sources} == {"news"}

    def test_publication_dates_bound_the_news(self, desk: Desk) -> None:
        bounds = {"published_from": "2026-06-30", "published_to": "2026-06-30"}

        answer = desk.ask("What do you know about Noetra?", filters=bounds)

        assert {source.published for source in answer.sources} == {date(2026, 6, 30)}

    @pytest.mark.parametrize("limit", [1, 5, 12])
    def test_no_more_is_said_than_was_asked_for(self, desk: Desk, limit: int) -> None:
        answer = desk.ask(MISSION, max_statements=limit)

        assert len(statements(answer)) == limit
        assert faults(answer) == []


class TestFollowUps:
    """A later question of a conversation leaves out what was said before."""

    def test_the_company_is_the_one_of_the_question_before(self, desk: Desk) -> None:
        answer = desk.ask("and who led the round?", history=[{"question": "How much did Wayve raise?"}])

        assert [company.name for company in answer.understanding.companies] == ["Wayve"]
        assert found("Eclipse", stated(answer))
        assert faults(answer) == []

    def test_the_role_is_the_one_of_the_question_before(self, desk: Desk) -> None:
        answer = desk.ask(
            "practise five of these questions with me",
            history=[{"question": "how do I prepare for a motion planning role at Zoox?"}],
        )

        assert [role.id for role in answer.understanding.roles] == ["motion-planning-engineer"]
        assert found("RRT|planner|plan", stated(answer, "likely_questions"))

    def test_a_company_that_is_named_wins_over_the_one_before(self, desk: Desk) -> None:
        answer = desk.ask("what is Wayve valued at?", history=[{"question": "what is Waymo valued at?"}])

        assert [company.name for company in answer.understanding.companies] == ["Wayve"]
        assert found(r"8\.6", stated(answer))
        assert "126" not in stated(answer, "answer")

    def test_what_an_answer_offers_to_ask_next_can_be_answered(self, desk: Desk) -> None:
        offered = desk.ask(MISSION).follow_ups

        assert 1 <= len(offered) <= 3
        for question in offered:
            answer = desk.ask(question)
            assert not answer.abstained, question
            assert len(statements(answer)) >= 3, question
            assert faults(answer) == []


@pytest.mark.parametrize(
    "question", [MISSION, "timeline of Noetra", "What is Anthropic valued at?", ZORBLAX, "hi there!"]
)
def test_the_same_question_gets_the_same_answer(desk: Desk, question: str) -> None:
    request = AnswerRequest(question=question, as_of=ASKED_ON)

    once, again = (
        desk.ask_again(request).model_dump(mode="json", exclude={"id", "created_at", "timings_ms"}) for _ in range(2)
    )

    assert once == again


def test_the_tests_read_the_files_that_the_engine_was_built_from(desk: Desk) -> None:
    counts = desk.engine.store.counts()

    assert counts.news + counts.guides == len(files())
