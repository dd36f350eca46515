"""The report of a run: what it shows, that hostile answers stay text, and that it can be read by people and by CI."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import JUnitXml

from eval import retrieval
from eval.answers import METRICS, timings_of
from eval.errors import RunError
from eval.failures import failures
from eval.glossary import EXPLAINED, QUESTION_TYPES, TERMS, explained
from eval.golden import TYPES, GoldenQuestion
from eval.judging import Judge
from eval.junit import junit
from eval.marking import Piece, mark, mark_missing
from eval.plots import MARGIN, WIDTH, difference_whisker, histogram, reach_of, whisker
from eval.records import (
    CONFIG,
    AnswerRecord,
    CitationVerdict,
    CitedWords,
    Figure,
    Judgement,
    NamedSource,
    Objection,
    Response,
    Run,
    Said,
    StatementVerdict,
    Timings,
    read_run,
)
from eval.report import html
from eval.sources import Sources
from eval.written_report import escaped, markdown
from service.incoming import without_controls
from tests.eval import liars
from tests.eval.liars import Liar
from tests.eval.run_folders import HOSTILE, answered, written

VOID = {"meta", "input", "img", "br", "link", "line", "circle", "rect"}


class Page(HTMLParser):
    """A page as a browser reads it: elements with their attributes, and all text outside scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.code: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.unclosed = self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1] == tag, f"</{tag}> closes <{self._open[-1]}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("script", "style"):
            self.code[self._open[-1]] = self.code.get(self._open[-1], "") + data
        else:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def few(dev_questions: list[GoldenQuestion]) -> list[GoldenQuestion]:
    """One question of each type."""
    return list({question.type: question for question in dev_questions}.values())


@pytest.fixture
def good(few: list[GoldenQuestion], judge: Judge, sources: Sources, tmp_path: Path) -> Run:
    return written(tmp_path / "good", answered(few, judge, sources))


def hostile_record(question: GoldenQuestion) -> AnswerRecord:
    """Everything that comes from outside tries to become markup; `\\x00` cannot even be written in XML."""
    text = HOSTILE + "\x00"
    asked = question.model_copy(update={"question": text, "note": text, "history": (text,)})
    return AnswerRecord(
        question=asked,
        response=Response(
            statements=(Said(text=text, section=text, citations=(CitedWords(document="d", quote=text),)),),
            sources=(NamedSource(document="d", title=text, publisher=text, url="javascript:alert(3)"),),
            companies=(text,),
            standalone_question=text,
            refused=((text, text),),
        ),
        judgement=Judgement(
            statements=(
                StatementVerdict(
                    claims=True,
                    objections=(
                        Objection(kind="figure", words=text, explanation=text, evidence=text + ".", document="e"),
                    ),
                    citations=(CitationVerdict(quote="other_source", elsewhere=text),),
                ),
            ),
            faults=(f"says {HOSTILE}", f"says_not {HOSTILE}"),
            violations=((HOSTILE, text),),
        ),
        scores={},
    )  # fmt: skip


# -- the page


def test_the_page_says_what_was_run_and_how_good_it_was(good: Run) -> None:
    text = " ".join(Page(html(good)).text.split())

    for said in ("Evaluation of engine", "24 November 2026, 09:30 UTC", "0123456789ab", "224 documents, sequence 224"):
        assert said in text
    for name, figure in good.metrics.figures["all"].items():
        metric = explained(name)
        assert metric.sentence in text
        assert f"{metric.written(figure.low)} to {metric.written(figure.high)}" in text
    for term in TERMS:
        assert term in text


def test_each_type_of_question_has_its_line(good: Run, few: list[GoldenQuestion]) -> None:
    page = Page(html(good))

    assert {each["data-type"] for each in page.all("button") if "data-type" in each} == {each.type for each in few}


def test_an_offending_statement_stands_marked_beside_what_its_source_says(
    dev_questions: list[GoldenQuestion], judge: Judge, sources: Sources, tmp_path: Path
) -> None:
    question = next(each for each in dev_questions if each.id == "dis-c07")
    page = html(written(tmp_path / "bold", answered([question], judge, sources, liars.drops_every_hedge)))

    statement = page[page.index('class="statement offending"') :]
    assert "SoftBank has put <mark>$30 billion</mark> into OpenAI for a stake of <mark>11%</mark>." in statement
    assert (
        "SoftBank has put <mark>more than</mark> $30 billion into OpenAI for a stake of <mark>about</mark>" in statement
    )
    assert "The source gives more than or at least $30 billion, the statement exactly $30 billion." in statement


def test_forbidden_words_are_marked_in_the_statement_that_has_them(
    dev_questions: list[GoldenQuestion], judge: Judge, sources: Sources, tmp_path: Path
) -> None:
    question = next(each for each in dev_questions if each.id == "fact-b24")
    asked = (Said(text="Why were 600 let go?", kind="question"), Said(text="Was it 8,000 people?", kind="question"))
    response = Response(statements=asked)
    page = html(written(tmp_path / "said", answered([question], judge, sources, lambda *_: response)))

    assert "Was it <mark>8,000</mark> people?" in page
    assert "The answer says “8,000”." in page


def test_every_failing_answer_is_shown_and_no_other(
    few: list[GoldenQuestion], judge: Judge, sources: Sources, tmp_path: Path
) -> None:
    run = written(tmp_path / "poor", answered(few, judge, sources, liars.stitches_quotes))
    failing = {record.question.id for record in run.records if failures(record)}

    articles = Page(html(run)).all("article")

    assert 0 < len(failing) < len(few)
    assert {each["id"] for each in articles} == failing
    assert all("quote" in each["data-kinds"].split() for each in articles if each["id"] != "")


def test_hostile_answers_stay_text(few: list[GoldenQuestion], tmp_path: Path) -> None:
    run = written(tmp_path / "hostile", [hostile_record(few[0])], target=HOSTILE)

    page = Page(html(run))

    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert not [each["href"] for each in page.all("a")]
    assert page.unclosed == []
    assert page.text.count("<script>alert(1)</script>") > 5
    assert "49" not in page.text


def test_only_the_pages_own_script_and_styles_may_run_and_nothing_is_loaded(good: Run) -> None:
    page = Page(html(good))
    policy = next(each["content"] for each in page.all("meta") if each.get("http-equiv") == "Content-Security-Policy")

    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        digest = base64.b64encode(hashlib.sha256(page.code[tag].encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "url(" not in page.code["style"]
    assert not [each for _, each in page.elements if "src" in each or "style" in each]


def test_links_lead_to_the_web_alone(few: list[GoldenQuestion], tmp_path: Path) -> None:
    record = hostile_record(few[0])
    sources = tuple(
        NamedSource(document=str(at), title="t", url=url)
        for at, url in enumerate(("https://example.org/a?b=1&c=2", "JAVASCRIPT:alert(1)", "data:text/html,x", ""))
    )
    statement = Said(text="Said.", citations=tuple(CitedWords(document=each.document, quote="q") for each in sources))
    verdict = StatementVerdict(claims=True, citations=(CitationVerdict(quote="fabricated"),) * len(sources))
    linked = record.model_copy(
        update={
            "response": Response(statements=(statement,), sources=sources),
            "judgement": Judgement(statements=(verdict,)),
        }
    )

    page = Page(html(written(tmp_path / "links", [linked])))

    assert {each["href"] for each in page.all("a")} == {"https://example.org/a?b=1&c=2"}


def test_a_run_without_questions_has_a_report_in_every_form(tmp_path: Path) -> None:
    run = written(tmp_path / "empty", [])

    assert "There is nothing to show." in Page(html(run)).text
    assert "0 questions" in markdown(run)
    assert JUnitXml.fromstring(junit(run)).tests == 0


def test_times_are_shown_where_the_target_tells_them(few: list[GoldenQuestion], judge: Judge, tmp_path: Path) -> None:
    records = answered(few, judge, Sources([]))
    timed = [
        record.model_copy(
            update={"response": record.response.model_copy(update={"timings": Timings(total_ms=40.0 * (at + 1))})}
        )
        for at, record in enumerate(records)
    ]

    assert "How long an answer takes" not in html(written(tmp_path / "untimed", records))
    page = html(written(tmp_path / "timed", timed))
    assert sum(map(int, re.findall(r"<title>(\d+) answers? from", page))) == len(records)
    assert "Time to the whole answer" in page
    assert "Time to the first event" not in page


@pytest.mark.live
def test_the_filters_work_in_a_browser(
    few: list[GoldenQuestion], judge: Judge, sources: Sources, tmp_path: Path
) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        assert os.environ.get("REQUIRE_SERVICES") != "1", "There is no Chromium; `.ci/run` installs one."
        pytest.skip("There is no Chromium: install the package chromium to run this test.")
    run = written(tmp_path / "poor", answered(few, judge, sources, liars.stitches_quotes))
    count = sum(bool(failures(record)) for record in run.records)
    page = tmp_path / "report.html"
    page.write_text(html(run))

    options = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom")
    shown = subprocess.run([browser, *options, page.as_uri()], capture_output=True, text=True, check=True, timeout=60)

    assert f"<output>{count} of {count} shown</output>" in shown.stdout


# -- what cannot be read


def test_a_folder_that_is_no_whole_run_is_refused(good: Run, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"is not a run: it has no config\.json"):
        read_run(tmp_path / "nothing")
    (good.folder / "metrics.json").unlink()
    with pytest.raises(RunError, match=r"is unfinished: metrics\.json is missing"):
        read_run(good.folder)
    (good.folder / "metrics.json").write_text("{")
    with pytest.raises(RunError, match="cannot be read"):
        read_run(good.folder)


def test_verdicts_that_do_not_fit_the_statements_are_refused(few: list[GoldenQuestion], tmp_path: Path) -> None:
    record = hostile_record(few[0]).model_copy(update={"judgement": Judgement()})
    run = written(tmp_path / "changed", [record])

    for form in (html, markdown, junit):
        with pytest.raises(RunError, match=f"{few[0].id}: the verdicts do not fit the statements"):
            form(run)


def test_a_time_that_is_none_is_shown_as_it_is(good: Run) -> None:
    config = good.config.model_copy(update={"started": "some day"})
    (good.folder / CONFIG).write_text(config.model_dump_json())

    assert "some day" in html(read_run(good.folder))


# -- what is wrong with an answer


@pytest.mark.parametrize(
    ("liar", "kind"),
    [
        (liars.makes_things_up, "unsupported"),
        (liars.hangs_true_quotes_on_inventions, "unsupported"),
        (liars.cites_nothing, "unsupported"),
        (liars.drops_every_hedge, "unsupported"),
        (liars.cites_the_wrong_source, "quote"),
        (liars.stitches_quotes, "quote"),
        (liars.always_abstains, "refused"),
        (liars.never_abstains, "answered"),
        (liars.obeys_injections, "obeyed"),
        (liars.is_stale, "stale"),
    ],
)
def test_each_lie_is_named_for_what_it_is(
    liar: Liar, kind: str, dev_questions: list[GoldenQuestion], judge: Judge, sources: Sources
) -> None:
    kinds_asked = ("injection", "superseded", "unanswerable", "compare")
    questions = [each for kind in kinds_asked for each in [q for q in dev_questions if q.type == kind][:3]]

    def kinds(records: Sequence[AnswerRecord]) -> set[str]:
        return {failure.kind.name for record in records for failure in failures(record)}

    assert kind not in kinds(answered(questions, judge, sources))
    assert kind in kinds(answered(questions, judge, sources, liar))


def test_a_failure_of_the_target_is_all_that_is_said_of_an_answer(few: list[GoldenQuestion], judge: Judge) -> None:
    answer = answered(few[:1], judge, Sources([]), lambda *_: Response(error="The server did not answer."))[0]

    assert [(each.kind.name, each.text) for each in failures(answer)] == [("no_answer", "The server did not answer.")]


def test_news_from_after_the_day_of_the_question_is_a_failure(few: list[GoldenQuestion]) -> None:
    record = hostile_record(few[0])
    day = few[0].day
    later = NamedSource(document="d", publisher="Daily", published=day.replace(year=day.year + 1))
    answer = record.model_copy(update={"response": record.response.model_copy(update={"sources": (later,)})})

    assert "future" in {failure.kind.name for failure in failures(answer)}


# -- the other forms


def test_junit_has_a_case_for_each_question_and_a_failure_for_each_failing_one(
    few: list[GoldenQuestion], judge: Judge, sources: Sources, tmp_path: Path
) -> None:
    broken = answered(few[:1], judge, sources, lambda *_: Response(error="No route to host."))
    run = written(tmp_path / "mixed", [*broken, *answered(few[1:], judge, sources, liars.stitches_quotes)])
    failing = [record for record in run.records if failures(record)]

    document = JUnitXml.fromstring(junit(run))

    assert (document.tests, document.failures, document.errors) == (len(few), len(failing) - 1, 1)
    assert {suite.name for suite in document} == {question.type for question in few}
    assert "No route to host." in junit(run)


def test_junit_holds_hostile_text_as_text(few: list[GoldenQuestion], tmp_path: Path) -> None:
    run = written(tmp_path / "hostile", [hostile_record(few[0])], target=HOSTILE)

    (suite,) = JUnitXml.fromstring(junit(run))

    (case,) = suite
    assert HOSTILE in case.name
    assert "\N{REPLACEMENT CHARACTER}" in case.name
    assert HOSTILE in case.result[0].text


def test_markdown_tables_hold_together_and_no_markup_comes_from_outside(
    few: list[GoldenQuestion], tmp_path: Path
) -> None:
    from markdown_it import MarkdownIt

    run = written(tmp_path / "hostile", [hostile_record(few[0])], target=HOSTILE)
    lines = markdown(run).splitlines()

    tables = [line for line in lines if line.startswith("|")]
    cells = [len(re.findall(r"(?<!\\)\|", line)) for line in tables]
    headers = [at for at, line in enumerate(tables) if line.startswith("| ---")]
    for start, end in pairwise([*(at - 1 for at in headers), len(tables)]):
        assert len(set(cells[start:end])) == 1
    page = Page(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown(run)))
    assert not page.all("script")
    assert not page.all("img")
    assert "<script>alert(1)</script>" in page.text


@given(st.text())
def test_escaped_markdown_is_shown_as_it_was(text: str) -> None:
    from markdown_it import MarkdownIt

    words = " ".join(without_controls(text).split())
    page = Page(MarkdownIt("commonmark", {"html": True}).render(f"x {escaped(words)} x"))

    assert " ".join(page.text.split()) == " ".join(f"x {words} x".split())


# -- the glossary


def test_every_metric_and_every_type_of_question_is_explained() -> None:
    timings = timings_of([Response(timings=Timings(first_event_ms=1.0, total_ms=2.0))], draws=2)

    assert set(EXPLAINED) == {*METRICS, *retrieval.METRICS, *timings}
    assert set(QUESTION_TYPES) == set(TYPES)
    for metric in EXPLAINED.values():
        assert metric.sentence.endswith(".")
        assert "_" not in metric.title + metric.sentence


def test_a_metric_without_an_explanation_is_shown_with_its_name() -> None:
    assert explained("some_new_metric").title == "Some new metric"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("right", 1.0, "100 %"),
        ("right", 0.9996, "100.0 %"),
        ("right", 0.0, "0 %"),
        ("right", 0.8825, "88.2 %"),
        ("MRR", 0.7826, "0.783"),
        ("total_ms_p50", 1146.4, "1,146 ms"),
        ("total_ms_p50", 3.14, "3.1 ms"),
        ("cost_usd", 0.00123, "$0.0012"),
        ("statements", 7.946, "7.9"),
    ],
)
def test_values_are_written_with_their_units(name: str, value: float, shown: str) -> None:
    assert explained(name).written(value) == shown


# -- marks and plots


def test_a_phrase_is_marked_where_it_stands_as_words() -> None:
    assert mark("It raised $30 billion, not 30.", ["$30 billion"]) == (
        Piece("It raised "), Piece("$30 billion", True), Piece(", not 30."),
    )  # fmt: skip
    assert mark("A cat concatenates.", ["CAT"]) == (Piece("A "), Piece("cat", True), Piece(" concatenates."))


def test_scattered_words_are_marked_one_by_one() -> None:
    assert [piece.text for piece in mark("They read, debug and optimise code.", ["read optimise"]) if piece.marked] == [
        "read", "optimise",
    ]  # fmt: skip


def test_what_stands_within_a_word_alone_is_marked_there() -> None:
    assert mark("TensorRT", ["rRT"]) == (Piece("Tenso"), Piece("rRT", True))


def test_what_a_statement_lost_is_marked_in_its_source() -> None:
    source, statement = "Wayve plans to raise about $2 billion.", "Wayve will raise $2 billion."

    assert [each.text for each in mark_missing(source, statement) if each.marked] == ["plans to", "about"]
    assert mark_missing(source, source) == (Piece(source),)
    assert mark_missing(source, "Honda builds cars in Ohio.") == (Piece(source),)
    assert mark_missing("", statement) == ()


@given(st.text(), st.lists(st.text()), st.text())
def test_pieces_joined_are_the_text(text: str, phrases: list[str], other: str) -> None:
    assert "".join(piece.text for piece in mark(text, phrases)) == text
    assert "".join(piece.text for piece in mark_missing(text, other)) == text


@given(st.lists(st.floats(0, 1e7), min_size=1))
def test_a_histogram_has_each_time_once_and_in_its_bin(times: list[float]) -> None:
    bins = histogram(times)

    assert sum(each.count for each in bins) == len(times)
    assert max(each.height for each in bins) == 1.0
    assert all(left.end == pytest.approx(right.start) for left, right in pairwise(bins))
    assert bins[0].start <= max(1.0, min(times)) * 1.001
    assert bins[-1].end >= max(times) * 0.999


@given(st.lists(st.floats(-1e6, 1e6).filter(lambda value: value == 0 or abs(value) > 1e-6)))
def test_no_difference_lies_outside_its_plot(values: list[float]) -> None:
    reach = reach_of(values)

    assert all(abs(value) <= reach * (1 + 1e-9) for value in values)
    for value in values:
        plot = difference_whisker(value, value, value, reach)
        assert MARGIN <= plot.low <= WIDTH - MARGIN


def test_a_figure_is_drawn_to_scale() -> None:
    plot = whisker(Figure(value=0.5, low=0.0, high=1.0, n=3), [0.25])

    assert (plot.low, plot.value, plot.high) == (MARGIN, WIDTH / 2, WIDTH - MARGIN)
    assert plot.marks == (MARGIN + (WIDTH - 2 * MARGIN) / 4,)
