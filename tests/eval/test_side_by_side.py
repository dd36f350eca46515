"""Two runs for readers: what the comparison comes to, and both answers side by side, in the terminal and on a page."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from eval.answers import aggregate
from eval.comparison import Comparison, compare
from eval.golden import GoldenQuestion
from eval.judging import Judge
from eval.records import AnswerRecord, Judgement, Response, Run, RunConfig, Said, StatementVerdict, Timings
from eval.side_by_side import changes, compared, conclusion, html, left_out, settings, show
from eval.sources import Sources
from tests.eval import liars
from tests.eval.run_folders import HOSTILE, answered, written
from tests.eval.test_report import Page

Scores = dict[str, tuple[float, float]]


def run_of(scores: Sequence[Scores], texts: Sequence[str] = ("It is so.",), question: str = "When?") -> Run:
    """A run with these scores, a question each, whose answers have these statements."""
    records = tuple(
        AnswerRecord(
            question=GoldenQuestion(id=f"q{at}", type="fact", question=question, answerable=True),
            response=Response(statements=tuple(Said(text=text) for text in texts), timings=Timings(total_ms=10.0 * at)),
            judgement=Judgement(statements=(StatementVerdict(claims=False),) * len(texts)),
            scores=each,
        )
        for at, each in enumerate(scores)
    )
    config = RunConfig(started="", target="t", questions=("dev.jsonl",), question_count=len(records))
    return Run(Path("runs/some"), config, records, aggregate(records))


def printed(comparison: Comparison, most: int = 5) -> str:
    console = Console(file=StringIO(), width=160)
    show(comparison, console, most)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


BAD: Scores = {"right": (0, 1), "tokens": (9, 1)}
GOOD: Scores = {"right": (1, 1), "tokens": (9, 1)}


# -- the conclusion


def test_a_run_is_no_different_from_itself() -> None:
    found = compare(run_of([GOOD, BAD]), run_of([GOOD, BAD]))

    assert conclusion(found) == "A and B do not differ in any metric on any of 2 questions."
    assert changes(found) == []
    assert "No answer got better or worse in any metric." in Page(html(found)).text


def test_what_few_questions_cannot_show_is_not_called_a_difference() -> None:
    found = compare(run_of([BAD] * 3 + [GOOD] * 4), run_of([GOOD] * 7))

    assert conclusion(found) == "There is no difference between A and B that 7 questions can show."
    assert [change.direction for change in changes(found)] == ["better"] * 3


def test_a_real_difference_is_named() -> None:
    better = compare(run_of([BAD] * 30), run_of([GOOD] * 30))
    worse = compare(run_of([GOOD] * 30), run_of([BAD] * 30))

    rest = "In the other 1 metrics there is no difference that 30 questions can show."
    assert conclusion(better) == f"B is better than A in: Answers right. {rest}"
    assert conclusion(worse) == f"B is worse than A in: Answers right. {rest}"
    assert "+100.0 points (+100.0 to +100.0)" in printed(better)
    assert "−100.0 points (−100.0 to −100.0)" in printed(worse)


def test_metrics_without_a_better_direction_are_different_at_most() -> None:
    found = compare(run_of([{"statements": (9, 1)}] * 30), run_of([{"statements": (2, 1)}] * 30))

    (row,) = compared(found)["Effort"]
    assert row.verdict == "different, which is neither better nor worse"
    assert row.p == "<0.001"
    assert changes(found) == []


def test_a_metric_whose_shares_differ_but_whose_values_do_not_is_the_same() -> None:
    found = compare(run_of([{"quotes_fabricated": (0, 2)}]), run_of([{"quotes_fabricated": (0, 5)}]))

    (row,) = compared(found)["Support"]
    assert row.verdict == "the same"
    assert "1 further metrics are the same." in printed(found)


def test_what_an_answer_costs_makes_no_answer_worse() -> None:
    found = compare(run_of([GOOD] * 9), run_of([GOOD | {"tokens": (500, 1)}] * 9))

    assert changes(found) == []
    assert "worse than A in: Tokens" in conclusion(found)


def test_questions_of_one_run_alone_are_left_out_and_that_is_said() -> None:
    found = compare(run_of([GOOD] * 5), run_of([GOOD] * 3))

    assert "2 stand in A alone and 0 in B alone" in left_out(found)
    assert left_out(found) in " ".join(printed(found).split())
    page = Page(html(found)).text
    assert left_out(found) in page
    assert "q3" in page
    assert left_out(compare(run_of([GOOD]), run_of([GOOD]))) == ""


# -- side by side


def test_an_answer_that_got_worse_stands_beside_what_it_was(
    dev_questions: list[GoldenQuestion], judge: Judge, sources: Sources, tmp_path: Path
) -> None:
    questions = [each for each in dev_questions if each.type == "disagreement"]
    before = written(tmp_path / "before", answered(questions, judge, sources))
    after = written(tmp_path / "after", answered(questions, judge, sources, liars.drops_every_hedge))

    found = compare(before, after)

    change = next(each for each in changes(found) if each.after.record.question.id == "dis-c07")
    assert change.direction == "worse"
    assert "Statements supported" in change.worse
    assert "SoftBank has put $30 billion into OpenAI for a stake of 11%." in change.new
    assert "SoftBank has put more than $30 billion into OpenAI for a stake of about 11%." in change.gone
    page = Page(html(found))
    assert "The source gives about 11%, the statement exactly 11%." in page.text
    assert {each["id"] for each in page.all("article")} == {each.after.record.question.id for each in changes(found)}
    assert "Unsupported statement" in printed(found)


def test_the_worse_come_first_and_what_is_left_out_of_the_terminal_is_counted() -> None:
    found = compare(run_of([BAD, GOOD, GOOD]), run_of([GOOD, BAD, GOOD]))

    assert [change.direction for change in changes(found)] == ["worse", "better"]
    text = printed(found, most=1)
    assert "Worse in B: When? [q1]" in text
    assert "Better in B: When?" not in text
    assert "and 1 more" in text


def test_what_both_say_is_not_repeated_in_the_terminal() -> None:
    text = printed(compare(run_of([BAD], ["Both say it.", "Only A."]), run_of([GOOD], ["Both say it.", "Only B."])))

    assert "Both say it." not in text
    assert "Only A." in text
    assert "Only B." in text
    assert text.count("and 1 that both say") == 2


def test_how_the_runs_were_made_stands_beside_each_other() -> None:
    rows = {name: values for name, *values in settings(compare(run_of([GOOD] * 3), run_of([GOOD])))}

    assert rows["Questions"] == ["3 of dev.jsonl", "1 of dev.jsonl"]
    assert rows["Whole answer, median"] == ["10 ms", "0.0 ms"]
    assert rows["Model"] == ["none named", "none named"]


# -- hostile


def test_hostile_answers_stay_text_on_the_page() -> None:
    found = compare(run_of([BAD], [HOSTILE], HOSTILE), run_of([GOOD], [HOSTILE + "!"], HOSTILE))

    page = Page(html(found))

    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert page.unclosed == []
    assert page.text.count("<script>alert(1)</script>") == 3


def test_markup_of_the_terminal_in_an_answer_is_printed_as_it_is() -> None:
    marked = "[bold red]danger[/bold red] [link=https://example.org]here[/link]"
    text = printed(compare(run_of([BAD], [marked], "[blink]?"), run_of([GOOD], ["Other."], "[blink]?")))

    assert "[bold red]danger[/bold red]" in text
    assert "Better in B: [blink]?" in text


@pytest.mark.parametrize("escape", ["\x1b[31mred", "\x1b]0;title\x07", "\x9b2J"])
def test_no_answer_steers_the_terminal(escape: str) -> None:
    text = printed(compare(run_of([BAD], [escape], escape), run_of([GOOD], ["Other."], escape)))

    assert "\x1b" not in text
    assert "\x9b" not in text
    assert "\x07" not in text
