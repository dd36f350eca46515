"""An answer as text: what stands in a line, and what a hostile source cannot do to a terminal or a page."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest
from rich.console import Console

from service.answering.answer import (
    Answer,
    Citation,
    CompanyUnderstood,
    Freshness,
    RoleUnderstood,
    Section,
    Source,
    Statement,
    Understanding,
)
from service.answering.replay import replay
from service.terminal import Layout, markdown, print_line

QUOTE = "Noetra began operations on 1 July 2026."


def answer(**changes: object) -> Answer:
    cited = (Citation(source=1, quote=QUOTE, start=0, end=len(QUOTE)),)
    values: dict[str, object] = {
        "id": "ans_1",
        "question": "What is Noetra?",
        "standalone_question": "What is Noetra?",
        "as_of": date(2026, 11, 24),
        "created_at": datetime(2026, 11, 24, tzinfo=UTC),
        "understanding": Understanding(
            intent="prepare",
            companies=(
                CompanyUnderstood(
                    name="Noetra", id="Noetra", matched="Noetra", formerly=("JAIFMD",), alternatives=("Sony Honda",)
                ),
            ),
            roles=(RoleUnderstood(id="sensor-fusion-engineer", title="Sensor-fusion engineer", matched="fusion"),),
            days_left=7,
        ),
        "sources": (
            Source(
                n=1,
                id="doc_1",
                kind="news",
                title="Noetra begins",
                publisher="Convina Pulse",
                url="https://news.example/a",
                published=date(2026, 7, 2),
            ),
        ),
        "sections": (
            Section(
                kind="news",
                title="What the news says",
                statements=(
                    Statement(id="st_1", text=QUOTE, kind="fact", citations=cited),
                    Statement(id="st_2", text="It began.", kind="fact", citations=cited, released="quoted"),
                    Statement(id="st_3", text="The sources do not say what it pays.", kind="gap"),
                ),
            ),
        ),
        "follow_ups": ("What next?",),
        **changes,
    }
    return Answer.model_validate(values)


def printed(whole: Answer, *, terminal: bool = False) -> str:
    file = io.StringIO()
    console = Console(file=file, width=60, force_terminal=terminal, highlight=False, markup=False, emoji=False)
    layout = Layout()
    for event in replay(whole):
        for line in layout.lines(event):
            print_line(line, console)
    return file.getvalue()


def test_the_first_line_says_how_the_question_was_understood_and_how_fresh_the_evidence_is() -> None:
    assert printed(answer()).splitlines()[0] == (
        "Noetra (formerly JAIFMD; not Sony Honda) · role understood as Sensor-fusion engineer · 7 days left · "
        "newest evidence 2 July 2026 (5 months old) · 1 source"
    )


def test_a_source_is_named_where_it_is_first_cited_and_numbered_from_then_on() -> None:
    lines = printed(answer()).splitlines()

    assert f"- {QUOTE} [1, Convina Pulse, 2 Jul 2026]" in lines
    assert "- It began. (quoted) [1]" in lines
    assert "- The sources do not say what it pays." in lines
    assert "[1] Noetra begins · Convina Pulse · 2 Jul 2026 · https://news.example/a" in lines
    assert lines[-1] == "- What next?"


def test_a_pipe_gets_one_plain_line_a_statement_and_a_terminal_wrapped_colour() -> None:
    assert "\x1b" not in printed(answer())

    coloured = printed(answer(), terminal=True)

    assert "\x1b[" in coloured
    assert "• Noetra began" in coloured


def test_notes_stand_at_the_end() -> None:
    noted = printed(answer(withheld_count=2, freshness=Freshness(note="Check for later news.")))

    assert noted.splitlines()[-2:] == [
        "Check for later news.",
        "2 statements were withheld: the sources do not bear out more.",
    ]


@pytest.mark.parametrize("terminal", [False, True])
def test_control_characters_of_a_source_do_not_reach_the_terminal(terminal: bool) -> None:
    hostile = answer(follow_ups=("\x1b]0;owned\x07\x1b[2Jcleared\u009b31m",))

    shown = printed(hostile, terminal=terminal)

    assert "\x1b]0;" not in shown
    assert "\x1b[2J" not in shown
    assert "\u009b" not in shown


def test_an_address_that_is_no_web_address_is_not_shown() -> None:
    sources = (answer().sources[0].model_copy(update={"url": "javascript:alert(1)"}),)

    assert "javascript" not in printed(answer(sources=sources))


def test_markdown_escapes_what_would_be_markup() -> None:
    text = markdown(answer(follow_ups=("Is *this* <b>safe</b>?",)))

    assert text.startswith("**Noetra**")
    assert "**What the news says**" in text
    assert "- Is \\*this\\* \\<b\\>safe\\</b\\>?" in text
    assert "<https://news.example/a>" in text
