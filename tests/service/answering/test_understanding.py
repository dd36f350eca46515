"""What candidates leave unsaid or misspell, and how it is understood all the same: one table for each kind."""

from __future__ import annotations

from typing import Any

import pytest

from corpus.entities import Entities
from corpus.entities import load_entities as load_shipped_entities
from corpus.linking.spelling import near_ordinary
from service.answering.answer import AnswerRequest, Intent
from service.answering.engine import Engine
from service.answering.names import unknown_names
from service.answering.question import Question, understand
from service.answering.roles import uncovered_role
from service.answering.terms import respelt
from tests.service.answering.conftest import ASKED_ON, Desk


@pytest.fixture(scope="session")
def shipped() -> Entities:
    return load_shipped_entities()


@pytest.fixture(scope="session")
def read(engine: Engine) -> Any:
    """Reads a question on the day of these tests, with the words of the shipped corpus."""

    def read(question: str, **fields: Any) -> Question:
        request = AnswerRequest.model_validate({"question": question, **fields})
        return understand(request, engine.entities, ASKED_ON, engine.searcher.has_word)

    return read


@pytest.mark.parametrize(
    ("question", "companies"),
    [
        # an owner
        ("how did figure's IPO go", ["Figure AI"]),
        ("aurora's trucks in texas", ["Aurora"]),
        # the subject of a question
        ("does figure have free lunch", ["Figure AI"]),
        ("where will 1x make neo", ["1X"]),
        ("does 1x give equity", ["1X"]),
        ("how much money does scale have", ["Scale AI"]),
        ("what has aurora launched in texas", ["Aurora"]),
        ("how big is sierra", ["Sierra"]),
        ("who founded reflection", ["Reflection AI"]),
        ("why did figure leave openai", ["Figure AI", "OpenAI"]),
        ("whats figure up to", ["Figure AI"]),
        # the end of a place
        ("news on figure since january", ["Figure AI"]),
        ("who invested in 1x", ["1X"]),
        ("who works with aurora", ["Aurora"]),
        ("is figure better than 1x", ["Figure AI", "1X"]),
        ("compare figure and 1x", ["Figure AI", "1X"]),
        ("cruise or aurora?", ["Cruise", "Aurora"]),
        # the same words as words
        ("what does the figure of 30,000 mean", []),
        ("what is shown in figure 3", []),
        ("how do they run robots at scale", []),
        ("how did they ramp up", []),
        ("does scale matter for language models", []),
        ("is scale important at waymo", ["Waymo"]),
        ("it is indeed a good idea", []),
        ("the model does scale well", []),
        ("how do I control a robot with arm", []),
        ("the figure's caption", []),
        ("what is a good figure", []),
    ],
)
def test_an_ordinary_word_in_lower_case_is_a_company_where_only_a_name_can_stand(
    shipped: Entities, question: str, companies: list[str]
) -> None:
    assert list(shipped.link(question).companies) == companies


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("tell me about Covariant", ["Covariant"]),
        ("latest on Intrinsic", ["Intrinsic"]),
        ("is Motional hiring?", ["Motional"]),
        ("does Notion pay well", ["Notion"]),
        ("what is Symbolic's valuation", ["Symbolic"]),
        ("onsite with Collaborative next week, controls engineer", ["Collaborative"]),
        ("Compare Zorblax Robotics and Figure AI", ["Zorblax Robotics"]),
        # what the sources name, and what no firm is called
        ("tell me about Jensen Huang", []),
        ("latest on Altman", []),
        ("tell me about Bayes' theorem", []),
        ("tell me about RLHF", []),
        ("Tell Me About Interview Preparation", []),
    ],
)
def test_a_capital_where_a_firm_stands_names_a_firm_unless_the_sources_have_it(
    read: Any, question: str, unknown: list[str]
) -> None:
    assert list(read(question).unknown) == unknown


def test_a_word_counts_as_in_the_sources_only_as_it_is_written(engine: Engine) -> None:
    assert engine.searcher.has_word("covariance")
    assert engine.searcher.has_word("covariant")  # another form of the same word
    assert engine.searcher.has_word("Waymo")
    assert not engine.searcher.has_word("Covariant")


def test_what_the_sources_write_with_a_capital_is_no_unknown_firm() -> None:
    names = unknown_names(
        "tell me about Altman", [], [], [], lambda _: True, lambda _: None, lambda word: word == "Altman"
    )

    assert names == ()


@pytest.mark.parametrize(
    ("role", "question"),
    [
        ("sensor-fusion-engineer", "quiz me on kalman filters"),
        ("sensor-fusion-engineer", "what skills do i need for sensor fusion"),
        ("robot-learning-engineer", "what skills for robot learning at physical intelligence"),
        ("robot-learning-engineer", "what skills do I need for VLA work"),
        ("robotics-perception-engineer", "skills waymo looks for in perception"),
        ("functional-safety-engineer", "what should i study for toyota woven functional safety"),
        ("sim-to-real-engineer", "intern at Unitree RL locomotion, how do i prepare"),
        ("robot-learning-engineer", "Sanctuary AI robot learning what should i study"),
        ("sim-to-real-engineer", "tell me about domain randomisation"),
        ("robot-learning-engineer", "want to get into physical ai, what should i learn"),
        ("sensor-fusion-engineer", "whats the difference between EKF and UKF"),
    ],
)
def test_a_field_brings_the_guide_that_fits_it_best(read: Any, role: str, question: str) -> None:
    roles = read(question).roles

    assert [found.id for found in roles] == [role]
    assert roles[0].assumed


def test_other_guides_for_a_field_are_shown(read: Any) -> None:
    assert "robot-learning-engineer" in read("quiz me on RL and locomotion").roles[0].alternatives


@pytest.mark.parametrize(
    "question",
    [
        "prepare me for an interview at Zephyr Dynamics",
        "what AI skills do they want",
        "who sells lidar to Waymo?",
        "write a python function",
    ],
)
def test_no_guide_is_guessed_from_a_firms_name_a_word_for_everything_or_a_question_of_fact(
    read: Any, question: str
) -> None:
    assert read(question).roles == ()


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("data scientist", "data scientist interview at anduril"),
        ("mechanical engineer", "tesla mechanical engineer interview next week"),
        ("UX designer", "UX designer loop at Figure AI"),
        ("hardware engineer", "senior hardware engineer at 1x"),
        (None, "engineer interview at Tesla"),
        (None, "my interview at Tesla"),
    ],
)
def test_a_trade_is_its_noun_with_the_words_that_narrow_it(title: str | None, text: str) -> None:
    companies = [(text.find(name), text.find(name) + len(name)) for name in ("tesla", "1x") if name in text]
    role = uncovered_role(text, companies)

    assert (role.title if role else None) == title


@pytest.mark.parametrize(
    ("intent", "question"),
    [
        ("prepare", "interview at Noetra in 3 days for robot learning engineer, fresh grad, what shd i do"),
        ("prepare", "interviewing at wayve for perception engineer tmrw help"),
        ("prepare", "onsite with skild ai for RL engineer in 2 weeks what should i focus on"),
        ("prepare", "data scientist interview at anduril"),
        ("prepare", "quick - 3 days to nvidia robotics sim interview what do i do"),
        ("prepare", "i have an interview at waabi on thursday"),
        ("prepare", "my waymo interview is in a week"),
        ("fact", "i have an interview at canva soon, am i allowed to have copilot on"),
        ("fact", "how many rounds in the interview at anthropic"),
        ("fact", "who interviews at openai"),
        ("fact", "can i use claude in the anthropic interview"),
        ("fact", "what is openai's latest valuation?"),
        ("fact", "who is ceo of skild ai"),
        ("fact", "tell me about wayve's funding"),
        ("about", "tell me about waymo"),
        ("about", "what is figure doing now"),
        ("about", "openai"),
        ("changes", "latest on waymo"),
        ("changes", "anything new with noetra?"),
        ("skills", "what should an ML infra engineer know"),
        ("skills", "do i need ROS for robotics software jobs"),
        ("fact", "do i need a visa for noetra"),
    ],
)
def test_the_intent_shows_in_what_is_told_as_well_as_in_what_is_asked(read: Any, intent: Intent, question: str) -> None:
    assert read(question).intent == intent


@pytest.mark.parametrize(
    "question",
    [
        "jobs?", "is AI taking jobs", "tell me something about robots", "which company should i apply to", "robots",
        "interview", "help me prepare", "i have an interview tomorrow", "how do i get a job in AI",
        "mock interview please", "i got rejected from google",
    ],
)  # fmt: skip
def test_a_question_that_names_nothing_is_answered_by_asking_back(read: Any, desk: Desk, question: str) -> None:
    answer = desk.ask(question)

    assert read(question).vague
    assert not answer.abstained
    assert [(section.kind, [s.kind for s in section.statements]) for section in answer.sections] == [("gaps", ["gap"])]
    assert len(answer.follow_ups) == 3


@pytest.mark.parametrize(
    "question",
    [
        "who laid off people?", "robot jobs in Japan", "what do robots cost?", "waymo jobs", "tell me about lidar",
        "salary", "Elon Musk", "news since March 2026", "who is hiring",
    ],
)  # fmt: skip
def test_a_question_with_one_thing_to_answer_about_is_not_vague(read: Any, question: str) -> None:
    assert not read(question).vague


def test_a_role_without_a_guide_is_said_to_have_none(desk: Desk) -> None:
    answer = desk.ask("data scientist interview at anduril")

    assert not answer.abstained
    assert "No role guide covers “data scientist”" in answer.sections[0].statements[0].text
    assert {"news", "interview_tests", "likely_questions"} <= {section.kind for section in answer.sections}
    assert not any("data scientist" in question for question in answer.follow_ups)


@pytest.mark.parametrize(
    ("meant", "written"),
    [
        ("how do i prepare for a perception interview", "how do i prepair for a perception interveiw"),
        ("trillion parameter model of japan", "trilion paramater modle of japan"),
        ("how many robots does hyundai plan", "how many robts does hyundai plan"),
        ("who is the chief executive", "who is the cheif executive"),
        ("what should i do", "wat shd i do"),
        # names, tools and words that the sources lack stay as they are
        ("a role at vexolin", "a role at vexolin"),
        ("Intervew at Zorblax", "Intervew at Zorblax"),
        ("neuralink and gatik", "neuralink and gatik"),
        ("with gtsam and ceres", "with gtsam and ceres"),
    ],
)
def test_typing_errors_of_words_are_mended_and_names_left_alone(read: Any, meant: str, written: str) -> None:
    assert read(written).standalone == meant


def test_a_linked_name_is_never_mended() -> None:
    text = "the lanch of lanch"

    assert (
        respelt(text, [(4, 9)], lambda word: word in ("the", "of"), near_ordinary, lambda _: True)
        == "the lanch of launch"
    )


@pytest.mark.parametrize(
    ("days", "question"),
    [
        (2, "interview thursday at zoox, motion planner"),
        (3, "onsite at waymo fri"),
        (2, "thursday interview with nvidia"),
        (None, "i had an interview last thursday at nvidia"),
        (None, "what did Honda announce thursday"),
        (None, "How many trips a week does Waymo make?"),
        (7, "my waymo interview is in a week"),
    ],
)
def test_a_bare_weekday_counts_beside_an_interview(read: Any, days: int | None, question: str) -> None:
    assert read(question).days_left == days


@pytest.mark.parametrize(
    ("experience", "question"),
    [
        ("fresh grad", "fresh grad, perception engineer at Wayve, how should I prepare?"),
        ("5 yrs RL", "5 yrs RL, moving to robot learning at Figure AI, prep plan please"),
        ("3+ years experience", "i have 3+ years experience in C++, prepare me for Zoox"),
        ("senior", "senior perception engineer at waymo"),
        ("", "how do I prepare for a perception role at Waymo?"),
        ("", "What did Honda announce two years ago?"),
    ],
)
def test_what_the_candidate_says_of_experience_is_shown_in_their_words(
    read: Any, experience: str, question: str
) -> None:
    assert read(question).understanding().experience == experience


def test_the_experience_of_the_target_goes_before_the_words(read: Any) -> None:
    assert (
        read("fresh grad, prepare me for Zoox", target={"experience": "2 years of C++"}).experience == "2 years of C++"
    )
