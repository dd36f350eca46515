"""A preparation on the shipped corpus: its plan, its questions, where news and guide meet, and what is missing."""

from __future__ import annotations

import re

import pytest

from service.answering.answer import Answer, SectionKind, Statement
from service.answering.composition import aspects_named, not_said
from service.answering.evidence import Pool
from service.answering.phrasing import ANGLES, shortened
from service.answering.plan import Plan, plan_for, weeks_named
from tests.service.answering.conftest import ASKED_ON, Desk
from tests.service.answering.corpus_files import statements

NOETRA = "how do I prepare for a sensor-fusion role at Honda's AI venture?"
PREPARATIONS = (
    NOETRA,
    "controls engineer interview at boston dynamics, how do I prepare? 14 days",
    "how do I prepare for ML infrastructure interview at Rapidus in 5 weeks",
    "prepare for robotics perception engineer at Waymo in 6 days",
    "prepare me for functional safety engineer at Tesla tomorrow",
    "world models researcher interview at NVIDIA, 10 days left, fresh grad, how to prepare",
    "how do I prepare for interviewing at Japanese companies, robot learning engineer at Toyota",
    "how do I prepare for an interview at Hyundai?",
)
each_preparation = pytest.mark.parametrize("question", PREPARATIONS)


def of_kind(answer: Answer, kind: SectionKind) -> list[Statement]:
    return [statement for section in answer.sections if section.kind == kind for statement in section.statements]


def title_of(answer: Answer, kind: SectionKind) -> str:
    return next(section.title for section in answer.sections if section.kind == kind)


def kinds_cited(answer: Answer, statement: Statement) -> set[str]:
    return {answer.sources[citation.source - 1].kind for citation in statement.citations}


class TestThePlanThatFitsTheDaysLeft:
    @pytest.mark.parametrize(
        ("text", "weeks"),
        [
            ("do weeks 1 and 3, with one kernel.", (1, 3)),
            ("do week 1, a reduced week 2 and one design.", (1, 2)),
            ("do weeks 1 and 2, and plan week 3 on paper.", (1, 2, 3)),
            ("do weeks 1 and 2, and read one export case study in place of week 3.", (1, 2)),
            ("select six stories, record all once and run one mock.", ()),
        ],
    )
    def test_a_shorter_plan_names_its_weeks(self, text: str, weeks: tuple[int, ...]) -> None:
        assert weeks_named(text) == weeks

    @pytest.fixture
    def plan(self, desk: Desk) -> dict[int | None, Plan]:
        """The plans of the guide to inference optimisation, whose 14 days are weeks 1 and 3."""
        store = desk.engine.store
        document = store.guide("inference-optimisation-engineer")
        assert document is not None
        pool = Pool((document, passage) for passage in store.document_passages(document.id))
        items = [item for item in pool.items if item.passage.section == "Preparation plan"]
        return {days: plan_for(items, days, ASKED_ON) for days in (None, 0, 1, 5, 6, 7, 10, 14, 21, 25, 28, 35)}

    @pytest.mark.parametrize(
        ("days", "labels"),
        [
            (None, ["Week 1", "Week 2", "Week 3", "Week 4"]),
            (0, ["With 3 days"]),
            (5, ["With 3 days"]),
            (6, ["With 7 days"]),
            (10, ["With 7 days"]),
            (14, ["With 14 days", "Week 1", "Week 3"]),
            (21, ["With 14 days", "Week 1", "Week 3"]),
            (25, ["Week 1", "Week 2", "Week 3", "Week 4"]),
            (35, ["Week 1", "Week 2", "Week 3", "Week 4"]),
        ],
    )
    def test_it_is_the_nearest_one_with_the_weeks_that_it_names(
        self, plan: dict[int | None, Plan], days: int | None, labels: list[str]
    ) -> None:
        assert [item.sentence.label for item in plan[days].items] == labels

    def test_its_title_says_so_when_it_is_not_as_long_as_the_days_left(self, plan: dict[int | None, Plan]) -> None:
        assert plan[6].title == "Your plan (6 days left; closest plan: 7 days)"
        assert plan[7].title == "Your plan (7 days left)"
        assert plan[25].title == "Your plan (25 days left; closest plan: four weeks)"

    def test_with_more_than_four_weeks_it_says_when_to_begin(self, plan: dict[int | None, Plan]) -> None:
        assert plan[35].title == "Your plan (35 days left; begin by 1 December 2026)"

    def test_days_to_spare_go_to_a_week_that_it_leaves_out(self, plan: dict[int | None, Plan]) -> None:
        spare = plan[21].spare

        assert spare is not None
        assert spare.sentence.label == "Week 2"
        assert plan[14].spare is None

    def test_its_weeks_are_tied_to_the_news_of_the_company(self, desk: Desk) -> None:
        answer = desk.ask(NOETRA)
        weeks = of_kind(answer, "plan")

        assert [statement.kind for statement in weeks] == ["link"] * 4
        assert all(kinds_cited(answer, statement) == {"news", "guide"} for statement in weeks)
        reports = [statement.citations[1].quote for statement in weeks]
        assert len(set(reports)) == 4

    def test_the_day_before_there_are_few_questions_and_one_report(self, desk: Desk) -> None:
        answer = desk.ask("prepare me for functional safety engineer at Tesla tomorrow")

        assert len(of_kind(answer, "likely_questions")) == 3
        assert len(of_kind(answer, "plan")) == 1

    def test_a_second_guide_gets_two_lines_and_no_plan_of_its_own(self, desk: Desk) -> None:
        answer = desk.ask("how do I prepare for interviewing at Japanese companies, robot learning engineer at Toyota")
        beside = [section for section in answer.sections if section.title.startswith("Beside it")]

        assert [len(section.statements) for section in beside] == [2]
        assert title_of(answer, "interview_tests").startswith("What a robot-learning engineer")


@each_preparation
def test_a_preparation_is_about_a_page(desk: Desk, question: str) -> None:
    answer = desk.ask(question)

    assert len(answer.sections) + len(statements(answer)) <= 38


@each_preparation
def test_no_two_questions_to_ask_are_alike(desk: Desk, question: str) -> None:
    asked = [statement.text.rsplit(": ", 1)[-1] for statement in of_kind(desk.ask(question), "questions_to_ask")]

    assert len(asked) >= 3
    assert len(set(asked)) == len(asked)


@each_preparation
def test_a_report_that_a_question_quotes_is_about_the_company(desk: Desk, question: str) -> None:
    answer = desk.ask(question)
    ours = {company.id for company in answer.understanding.companies}
    documents = {source.n: desk.engine.store.document(source.id) for source in answer.sources}

    for statement in of_kind(answer, "questions_to_ask"):
        for citation in statement.citations:
            document = documents[citation.source]
            assert document is not None
            assert document.kind == "guide" or ours & set(document.companies), statement.text


@each_preparation
def test_news_and_guide_meet_on_something_that_both_name(desk: Desk, question: str) -> None:
    answer = desk.ask(question)

    for statement in of_kind(answer, "links"):
        assert kinds_cited(answer, statement) == {"news", "guide"}
        assert re.search(r" names [a-zA-Z]| is about [a-z]", statement.text), statement.text


def test_news_and_guide_meet_on_a_shared_skill_first(desk: Desk) -> None:
    first = of_kind(desk.ask(NOETRA), "links")[0]

    assert "names sensor fusion" in first.text
    assert "Early, mid or late fusion for radar and camera?" in first.text


class TestTheNewsThatIsChosen:
    def test_it_has_the_turn_the_first_use_and_the_date_to_come(self, desk: Desk) -> None:
        text = " ".join(statement.text for statement in of_kind(desk.ask(NOETRA), "news"))

        assert "began operations on 1 July 2026" in text
        assert "first deployment customer" in text
        assert "first model as early as the fiscal year that ends in March 2027" in text

    def test_it_tells_who_leaves_and_no_life_story(self, desk: Desk) -> None:
        answer = desk.ask("controls engineer interview at boston dynamics, how do I prepare? 14 days")
        text = " ".join(statement.text for statement in of_kind(answer, "news"))

        assert "step down" in text
        assert "doctorate" not in text

    def test_a_name_that_the_company_had_then_is_explained_once(self, desk: Desk) -> None:
        answer = desk.ask(NOETRA)

        assert title_of(answer, "news").endswith("(earlier called Japan AI Foundation Model Development)")
        assert sum("earlier called" in section.title for section in answer.sections) == 1

    def test_a_name_inside_the_present_one_needs_no_explanation(self, desk: Desk) -> None:
        answer = desk.ask("robot learning engineer at Google DeepMind, prep plan")

        assert title_of(answer, "news") == "What the news says about Google DeepMind"

    def test_a_difference_in_the_figures_of_others_is_left_out(self, desk: Desk) -> None:
        answer = desk.ask("AI product manager at Microsoft, how should I prepare for the interview?")

        assert of_kind(answer, "disagreements") == []


class TestWhatIsSaidToBeMissing:
    def test_pay_expected_in_an_industry_is_not_what_the_company_pays(self, desk: Desk) -> None:
        gap = of_kind(desk.ask(NOETRA), "gaps")[0]

        for part in ("what Noetra pays", "how many people work there", "whether it hires for this role now"):
            assert part in gap.text

    def test_the_nearest_on_hiring_is_the_hiring_of_its_founders(self, desk: Desk) -> None:
        gaps = of_kind(desk.ask(NOETRA), "gaps")

        assert "expects Honda, Sony, NEC and SoftBank to hire in the United States, Europe and India" in gaps[1].text

    def test_the_interviews_that_are_told_are_not_missing(self, desk: Desk) -> None:
        gap = of_kind(desk.ask("prepare me for an LLM engineer role at Anthropic"), "gaps")[0]

        assert "interview rounds" not in gap.text

    def test_several_details_are_parted_by_semicolons_and_name_the_company_once(self) -> None:
        text = not_said(aspects_named("pay", "interview rounds", "hiring"), "Wayve")

        assert text == "what Wayve pays; how many interview rounds it has; or whether it hires for this role now"

    def test_what_candidates_say_of_themselves_is_said_not_to_count(self, desk: Desk) -> None:
        answer = desk.ask("world models researcher interview at NVIDIA, 10 days left, fresh grad, how to prepare")

        assert "“fresh grad” is not weighed in" in of_kind(answer, "gaps")[-1].text

    def test_without_a_role_the_plan_is_said_to_be_the_general_one(self, desk: Desk) -> None:
        answer = desk.ask("how do I prepare for an interview at Hyundai?")

        assert "behavioural interviews" in of_kind(answer, "gaps")[-1].text
        assert of_kind(answer, "plan")


class TestWhatIsOfferedNext:
    def test_a_programme_interviews_nobody(self, desk: Desk) -> None:
        # Its timeline is not offered either, since the sources have none.
        assert desk.ask("what is GENIAC").follow_ups == ()
        assert desk.ask("Timeline of GENIAC").abstained

    def test_a_kind_of_interview_stands_in_the_plural(self, desk: Desk) -> None:
        answer = desk.ask("How should I prepare for behavioural interviews?")

        assert answer.follow_ups == ("Practice questions for behavioural interviews",)

    def test_an_abstention_offers_something_that_can_be_answered(self, desk: Desk) -> None:
        answer = desk.ask("tell me about Brimstone Labs")

        assert answer.abstained
        assert answer.follow_ups
        assert not desk.ask(answer.follow_ups[0]).abstained


class TestQuotations:
    @pytest.mark.parametrize(
        ("text", "most", "expected"),
        [
            ("Honda is to be the first customer.", 5, "Honda is to be the first customer"),
            (
                "NTT began to offer its model on 20 October 2025, and it runs on a single graphics processor.",
                12,
                "NTT began to offer its model on 20 October 2025 …",
            ),
        ],
    )
    def test_a_long_one_ends_with_a_clause(self, text: str, most: int, expected: str) -> None:
        assert shortened(text, most) == expected

    def test_no_two_kinds_of_news_raise_the_same_question(self) -> None:
        assert len({angle.ask for angle in ANGLES}) == len(ANGLES)

    def test_a_quarter_that_ended_is_no_closure_and_a_machine_that_learns_no_data(self) -> None:
        closure, data = (next(angle for angle in ANGLES if angle.id == name) for name in ("closure", "data"))

        assert not closure.told.search("NVIDIA had sales of $57 billion in the quarter that ended on 26 October 2025.")
        assert not data.told.search("John Giannandrea led machine learning at Apple.")


def test_a_question_of_skills_shows_the_sentences_that_name_skills(desk: Desk) -> None:
    answer = desk.ask("which skills does Honda's AI venture look for?")

    assert "sim-to-real transfer" in " ".join(statement.text for statement in of_kind(answer, "news"))


def test_of_news_alone_no_general_guide_is_taken(desk: Desk) -> None:
    answer = desk.ask("how do I prepare for an interview at Hyundai?", filters={"kinds": ["news"]})

    assert {source.kind for source in answer.sources} == {"news"}
