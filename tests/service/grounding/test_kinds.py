"""Every kind of error is found and named, and its honest twin passes."""

from __future__ import annotations

from datetime import date

import pytest

from service.grounding.checker import Checker
from service.grounding.verdict import ProblemKind

PUBLISHED = date(2026, 4, 15)

# kind of error, what the source says, a wrong statement, and a right one
TWINS: list[tuple[ProblemKind, str, str, str]] = [
    ("figure", "Japan's government pledged ¥1 trillion over five years.", "The government pledged ¥2 trillion over five years.", "The government pledged 1,000 billion yen over five years."),
    ("figure", "The programme has ₹10,371 crore.", "The programme has ₹10,371 lakh.", "The programme has ₹103.71 billion."),
    ("figure", "The round brought $6.7 billion.", "The round brought €6.7 billion.", "The round brought $6.7bn."),
    ("figure", "A quarter of the profiles will be fake.", "A third of the profiles will be fake.", "25% of the profiles will be fake."),
    ("figure", "The chip runs for 36 months.", "The chip runs for 36 weeks.", "The chip runs for three years."),
    ("figure", "The system has Level 4 autonomy.", "This system has Level 5 autonomy.", "This system has Level 4 autonomy."),
    ("figure", "It is the company's third factory.", "This is the company's fourth factory.", "This is the company's third factory."),
    ("figure", "Twelve cities were chosen by the panel.", "The panel chose thirteen cities.", "The panel chose 12 cities."),
    ("figure", "Wayve raised $2 billion in a round that values Wayve at $8 billion.", "Wayve raised $8 billion in a round.", "Wayve is worth $8 billion after a $2 billion round."),
    ("figure", "Symbotic had revenue of $630 million and a net loss of $19 million.", "Symbotic had a net loss of $630 million.", "Symbotic's sales were $630 million and its loss $19 million."),
    ("figure", "Honda replaced its forecast of a ¥300 billion profit with that of a loss.", "Honda forecast a loss of ¥300 billion.", "Honda had forecast a profit of ¥300 billion."),
    ("figure", "The option came before a round of $2 billion that valued Cursor at $50 billion.", "Cursor was valued at $2 billion.", "Cursor was valued at $50 billion."),
    ("hedge", "About 200 engineers work there.", "There, 200 engineers work.", "There, roughly 200 engineers work."),
    ("hedge", "They allow up to 20 minutes.", "They allow at least 20 minutes.", "They allow 20 minutes at most."),
    ("date", "The plant opened on 12 March 2026.", "The plant opened on 13 March 2026.", "The plant opened in March 2026."),
    ("date", "The plant opened in March 2026.", "The plant opened on 12 March 2026.", "The plant opened in the first quarter of 2026."),
    ("date", "The lease runs until 2030.", "The lease runs from 2030.", "The lease runs until 2030, they say."),
    ("date", "The plant opened in 2025.", "The plant opened this year.", "The plant opened last year."),
    ("date", "Waymo has the right to buy Nuro, the Post reported on 15 April 2026.", "Waymo got the right to buy Nuro on 15 April 2026.", "Waymo has the right to buy Nuro."),
    ("name", "Honda is the venture's customer.", "Toyota is a customer of the venture.", "Honda is a customer of the venture."),
    ("name", "Sony Honda Mobility halted the car.", "Honda halted this car.", "This car was halted by Sony Honda Mobility."),
    ("name", "Japan AI Foundation Model Development builds a model.", "Rapidus is building a model.", "Noetra is building a model."),
    ("name", "Demis Hassabis signed the memorandum.", "The memorandum was signed by Mustafa Suleyman.", "The memorandum was signed by Hassabis."),
    ("role", "SoftBank bought ABB Robotics for $5 billion.", "ABB Robotics bought SoftBank for $5 billion.", "For $5 billion, SoftBank bought ABB Robotics."),
    ("role", "SoftBank acquired Ampere, and Arm advised on the deal.", "Arm acquired Ampere, and SoftBank advised on the deal.", "Ampere was acquired by SoftBank, and Arm advised on the deal."),
    ("role", "Candidates in the Meta session may use GPT-5 and Claude Sonnet 4. Google also permits AI tools.", "Google allows candidates to use GPT-5 and Claude Sonnet 4.", "Candidates at Meta may use GPT-5 and Claude Sonnet 4."),
    ("merge", "Sales rose by 12% and profit by 4% in the year.", "Sales rose by 4% and profit by 4% in the year.", "In the year sales rose by 12% and profit by 4%."),
    ("negation", "Waymo has recalled its cars.", "Waymo has not recalled its cars.", "Waymo recalled its cars."),
    ("negation", "SoftBank did not comment on the talks.", "SoftBank did comment on the talks.", "SoftBank made no comment on the talks."),
    ("direction", "Honda shares fell by 5.9% on Friday.", "Honda shares rose by 5.9% on Friday.", "On Friday Honda shares dropped by 5.9%."),
    ("direction", "The plant opened before the merger.", "The plant opened after the merger.", "Before the merger the plant opened."),
    ("modality", "Waymo plans to start service in London.", "Waymo has started service in London.", "Waymo intends to start service in London."),
    ("modality", "The launch could slip into next winter.", "The launch will slip into next winter.", "The launch may slip into next winter."),
    ("hedge", "The robots mostly work at night.", "The robots work at night.", "Mostly, the robots work at night."),
    ("attribution", "The analyst Ming Kuo said that the factory stands empty.", "The factory stands empty.", "According to the analyst Ming Kuo, the factory stands empty."),
    ("attribution", "The chip is late, according to people at Foxconn.", "The chip is late.", "People at Foxconn say that the chip is late."),
    ("superlative", "Waymo runs a robotaxi service in Phoenix.", "In Phoenix, Waymo runs the largest robotaxi service.", "In Phoenix, Waymo runs a robotaxi service."),
    ("scope", "Engineers from Europe can apply to the scheme.", "Engineers from Europe can always apply to the scheme.", "Europe's engineers can apply to the scheme."),
    ("cause", "Nuro closed the office. Demand was weak in the spring.", "Nuro closed the office because staff had left.", "Nuro closed the office."),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "source", "wrong", "right"), TWINS)
def test_the_wrong_one_of_two_twins_is_refused_for_its_kind(
    rules: Checker, kind: ProblemKind, source: str, wrong: str, right: str
) -> None:
    verdict = rules.check(wrong, [source], PUBLISHED)

    assert kind in {problem.kind for problem in verdict.problems}
    assert not verdict.supported


@pytest.mark.parametrize(("kind", "source", "wrong", "right"), TWINS)
def test_the_right_one_of_two_twins_passes(
    rules: Checker, kind: ProblemKind, source: str, wrong: str, right: str
) -> None:
    assert rules.check(right, [source], PUBLISHED).problems == ()


def test_a_problem_names_the_words_and_the_closest_evidence(rules: Checker) -> None:
    passages = ["Sony makes sensors.", "Honda raised $5 billion. It hired 40 people."]

    [problem] = rules.check("Honda raised $7 billion.", passages).problems[:1]

    assert (problem.kind, problem.words) == ("figure", "$7 billion")
    assert problem.evidence is not None
    assert passages[problem.evidence.passage][problem.evidence.start : problem.evidence.end] == problem.evidence.text
    assert problem.evidence.text == "Honda raised $5 billion."


def test_currencies_are_never_converted(rules: Checker) -> None:
    assert not rules.check("The state gave $6.7 billion.", ["The state gave ¥1 trillion."]).supported


def test_a_figure_of_one_company_is_not_told_of_another(rules: Checker) -> None:
    passages = ["Cohere raised $600 million in May. Mistral AI has offices in Paris and hired a new chief of sales."]

    verdict = rules.check("Mistral AI, which has offices in Paris, raised $600 million.", passages)

    assert "merge" in {problem.kind for problem in verdict.problems}


def test_relative_dates_are_read_from_the_day_of_publication(rules: Checker) -> None:
    passages = ["The court ruled yesterday."]

    assert rules.check("The court ruled on 14 April 2026.", passages, PUBLISHED).supported
    assert not rules.check("The court ruled on 14 April 2026.", passages).supported
