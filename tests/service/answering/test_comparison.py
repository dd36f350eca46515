"""Comparisons: point by point, one measure side by side, and gaps only where the sources are silent."""

from __future__ import annotations

import re

from service.answering.answer import Answer, Section
from tests.service.answering.conftest import Desk


def points(answer: Answer) -> dict[str, Section]:
    return {section.title: section for section in answer.sections if section.kind == "comparison"}


def said(section: Section) -> str:
    return "\n".join(statement.text for statement in section.statements)


def test_each_point_that_the_question_names_has_its_section_with_both_companies(desk: Desk) -> None:
    answer = desk.ask("compare Cohere and Mistral funding and strategy")

    found = points(answer)
    assert {"Funding", "Strategy"} <= found.keys()
    for title in ("Funding", "Strategy"):
        assert "Cohere" in said(found[title])
        assert "Mistral" in said(found[title])


def test_figures_of_one_counter_stand_side_by_side(desk: Desk) -> None:
    answer = desk.ask("unitree vs agibot: who ships more")

    section = next(iter(points(answer).values()))
    assert "4,200" in said(section)
    assert "5,168" in said(section)


def test_a_report_on_both_opens_the_point_that_it_bears_on_and_nothing_off_the_point_follows(desk: Desk) -> None:
    answer = desk.ask("waymo vs wayve tech approach")

    section = points(answer)["Tech approach"]
    assert "Wayve trains one AI system" in section.statements[0].text
    assert "Waymo relies on high-resolution maps" in section.statements[0].text
    everything = "\n".join(said(section) for section in answer.sections)
    for off_the_point in ("Phoenix factory", "Toyota", "memorandum", "talent"):
        assert off_the_point not in everything


def test_no_gap_is_claimed_for_what_stands_in_the_answer(desk: Desk) -> None:
    for question in (
        "compare anthropic and openai interviews",
        "compare Cohere and Mistral funding and strategy",
        "waymo or wayve? how does their driving tech differ & who has more money",
    ):
        answer = desk.ask(question)
        assert [s.text for section in answer.sections for s in section.statements if s.kind == "gap"] == []


def test_what_the_sources_lack_about_one_company_is_said_on_its_point(desk: Desk) -> None:
    answer = desk.ask("driverless trucks: aurora versus waabi. approach and where are they at")

    approach = points(answer)["Approach"]
    assert [s.kind for s in approach.statements if "Aurora" in s.text] == ["gap"]
    assert any("simulators" in s.text for s in approach.statements)


def test_without_points_the_companies_are_compared_on_what_they_build_money_scale_and_turning_points(
    desk: Desk,
) -> None:
    answer = desk.ask("Figure vs Apptronik")

    found = points(answer)
    assert list(found) == ["What each builds", "Money", "Scale", "Recent turning points"]
    assert "Helix" in said(found["What each builds"])
    assert "$935 million" in said(found["Money"])
    assert "BMW" in said(found["Recent turning points"])


def test_the_newest_settled_figure_leads_over_older_ones_and_plans(desk: Desk) -> None:
    answer = desk.ask("Compare the valuation of Anthropic, OpenAI and xAI")

    text = said(points(answer)["Valuation"])
    assert "$965 billion" in text
    assert "$852 billion" in text
    assert "$250 billion" in text
    assert "$61.5 billion" not in text


def test_a_question_about_what_lies_between_two_companies_is_answered_and_not_compared(desk: Desk) -> None:
    answer = desk.ask(
        "how much is SoftBank paying for ABB's robot arm business? I keep seeing slightly different numbers"
    )

    assert points(answer) == {}
    text = "\n".join(said(section) for section in answer.sections)
    assert "5.375" in text or "5,375" in text
    assert "5.4 billion" in text


def test_a_company_that_the_others_only_deal_with_is_not_compared(desk: Desk) -> None:
    answer = desk.ask("wayve and nuro both get money from nvidia. compare funding and tech")

    assert set(points(answer)) - {"Also reported"}
    assert not any(s.kind == "gap" and "NVIDIA" in s.text for each in answer.sections for s in each.statements)


def test_companies_joined_by_conjunctions_are_all_compared_behind_a_preposition_too(desk: Desk) -> None:
    answer = desk.ask("difference in funding at Cohere, Mistral AI and Sakana AI")

    found = said(points(answer)["Funding"])
    assert all(name in found for name in ("Cohere", "Mistral", "Sakana"))


def test_the_candidates_own_interview_is_no_point_of_comparison(desk: Desk) -> None:
    answer = desk.ask("Cohere vs Mistral AI: funding? for an interview at a bank in Paris")

    assert "Funding" in points(answer)
    assert not any("interview" in title.casefold() for title in points(answer))


def test_a_fleet_a_size_and_what_a_model_is_built_on_are_told_in_other_words(desk: Desk) -> None:
    fleets = said(points(desk.ask("compare the fleets planned by waabi and nuro"))["Fleets planned"])
    assert re.search(r"\d[\d,]* robotaxis", fleets)

    sizes = said(points(desk.ask("tsuzumi 2 vs PLaMo 3: sizes"))["Sizes"])
    assert "parameters" in sizes
