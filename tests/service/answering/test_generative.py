"""Answers that a language model writes: released when supported, quoted or withheld when not, always completed."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.answering.answer import AnswerCompleted, AnswerSources, StatementReleased, TakeoverReason, Usage
from service.answering.engine import Engine, collected
from service.llm import load_litellm
from service.spending import Spending
from tests.service.answering.writing import (
    LIMITS,
    MISSION,
    ZORBLAX,
    assert_sound,
    each_of,
    events_of,
    number_of,
    request,
    says,
    sentences,
    statements,
    texts,
    writing_engine,
)
from tests.service.scripted_model import Asked, Reply, Script, ScriptedModel, event, scripted_model

RAISED = "How much did Zorblax raise?"
OPENING = "Noetra began operations on 1 July 2026, with SoftBank, Sony, NEC and Honda together holding the majority."


def good(asked: Asked) -> str:
    """What a careful model writes: sentences of the passages, some shortened, each with its number."""
    if "Zorblax" in asked.user:
        return f"## Answer\n- Zorblax raised $7 million in March 2026. [{number_of(asked, '$7')}]\n"
    noetra, honda, guide = (number_of(asked, words) for words in (OPENING, "first deployment customer", "Week 1:"))
    lines = [
        "## News",
        f"- Noetra began operations on 1 July 2026. [{noetra}]",
        f"- Honda is to be the first deployment customer. [{honda}]",
        "- Noetra and AIST are to release a first model as early as the fiscal year that ends in March 2027. "
        f"[{number_of(asked, 'release a first model')}]",
        "## Plan",
        f"- Week 1: derive and code a KF and an EKF for a two-dimensional robot. [{guide}]",
        f"- Week 3: build a small GTSAM pose graph. [{guide}]",
    ]
    return "\n".join(lines) + "\n"


def invented(asked: Asked) -> str:
    number = number_of(asked, OPENING)
    return (
        f"## News\n- Noetra began operations on 1 July 2026 with 4,200 employees. [{number}]\n"
        f"- Noetra pays its engineers $310,000 a year. [{number}]\n"
        f"- SoftBank bought Noetra for $90 billion in May 2031. [{number}]\n"
        "## Plan\n- Week 1: practise mindfulness and power poses every morning. [1]\n"
    )


def uncited_advice(_: Asked) -> str:
    return "## News\n" + "".join(
        f"- {text}\n"
        for text in (
            "Research the company culture thoroughly.",
            "Dress well and arrive early for the interview. [99]",
            "Believe in yourself and stay positive! [0]",
        )
    )


def prose(_: Asked) -> str:
    return "Sure! Here is what I can tell you about interviews.\n\nInterviews are conversations, and you will do fine."


def refusal(_: Asked) -> str:
    return "I'm sorry, but I can't help with that request."


def as_json(_: Asked) -> str:
    return '{"answer": {"news": ["Noetra is great"], "plan": []}}'


def repeats(asked: Asked) -> str:
    return "## News\n" + f"- Noetra began operations on 1 July 2026. [{number_of(asked, OPENING)}]\n" * 30


def headings(_: Asked) -> str:
    return "## News\n## Where the two meet\n" * 200


def nothing(_: Asked) -> str:
    return "\n"


async def stalls(asked: Asked, reply: Reply) -> None:
    await reply.begin()
    await reply.text("\n".join(good(asked).splitlines()[:3]) + "\n- Honda has pro")
    await reply.silence()


async def silent(_: Asked, reply: Reply) -> None:
    await reply.silence()


async def cut(asked: Asked, reply: Reply) -> None:
    await reply.begin()
    await reply.text(
        "\n".join(good(asked).splitlines()[:3]) + "\n- Noetra began operations on 1 July 2026, with SoftBank"
    )


async def ends_without_a_word(asked: Asked, reply: Reply) -> None:
    await cut(asked, reply)
    await reply.raw(b"0\r\n\r\n")


async def half_a_character(asked: Asked, reply: Reply) -> None:
    await reply.begin()
    for line in good(asked).splitlines():
        whole = event({"content": line.replace("Noetra began", "Noetra — began") + "\n"})
        middle = len(whole) - 20 if "—".encode() not in whole else whole.index("—".encode()) + 1
        await reply.chunk(whole[:middle])
        await reply.chunk(whole[middle:])
    await reply.end()


async def limited(_: Asked, reply: Reply) -> None:
    await reply.status("429 Too Many Requests", '{"error": {"message": "slow down"}}', Retry_After="3600")


async def broken(_: Asked, reply: Reply) -> None:
    await reply.status("500 Internal Server Error", '{"error": {"message": "oops"}}')


async def endless(asked: Asked, reply: Reply) -> None:
    await reply.begin()
    await reply.text(good(asked))
    while True:
        await reply.text("- And so it goes, on and on. [1]\n")


async def endless_line(asked: Asked, reply: Reply) -> None:
    await reply.begin()
    await reply.text("\n".join(good(asked).splitlines()[:3]) + "\n")
    for number in itertools.count():
        await reply.text(f"and {number} ")


async def malformed(asked: Asked, reply: Reply) -> None:
    await reply.begin()
    await reply.text("\n".join(good(asked).splitlines()[:3]) + "\n")
    await reply.chunk(b'data: {"choices": [{"delta": {"content": "- Noe\n\n')
    await reply.end()


def without_headings(asked: Asked) -> str:
    first, *lines = good(asked).splitlines()
    return "\n".join([first, *(line for line in lines if not line.startswith("#"))]) + "\n"


def cut_off(asked: Asked) -> str:
    return f"## News\n- SoftBank, Sony, NEC and Honda together. [{number_of(asked, OPENING)}]\n"


def headings_as_text(asked: Asked) -> str:
    return "\n\n".join(heading for heading in asked.headings for _ in range(5))


def with_headers(asked: Asked) -> str:
    source = re.search(rf"^\[{number_of(asked, OPENING)}\] (.+?, \d+ \w+ \d{{4}}: )", asked.user, re.MULTILINE)
    assert source
    return f"## News\n- {source[1]}{OPENING}\n"


SCRIPTS: dict[str, Script] = {
    "good": says(good), "invented": says(invented), "uncited": says(uncited_advice), "prose": says(prose),
    "refusal": says(refusal), "json": says(as_json), "repeats": says(repeats), "nothing": says(nothing),
    "headings": says(headings), "unheaded": says(without_headings), "sourced": says(with_headers),
    "echoes": says(headings_as_text), "fragment": says(cut_off),
    "stalls": stalls, "silent": silent, "cut": cut, "wordless": ends_without_a_word, "half": half_a_character,
    "limited": limited, "broken": broken, "endless": endless, "line": endless_line, "malformed": malformed,
}  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedModel]:
    load_litellm()
    with scripted_model(dict(SCRIPTS)) as server:
        yield server


@pytest.fixture
def zorblax() -> dict[str, Any]:
    return {"question": RAISED, "passages": ZORBLAX}


async def test_a_careful_model_is_shown_as_it_wrote(engine: Engine, server: ScriptedModel) -> None:
    answer = await writing_engine(engine, server, "good").collect(request())

    assert_sound(answer, engine)
    assert answer.composer == "generative"
    assert answer.takeover is None
    assert answer.model == "openai/good"
    assert answer.prompts == ("answer@1.1.0",)
    written = statements(answer, "generative")
    assert [s.released for s in written] == ["as_written"] * 5
    assert written[0].text == "Noetra began operations on 1 July 2026."
    assert written[0].citations[0].quote == OPENING
    assert written[0].as_of is not None
    assert {s.kind for s in written} == {"fact", "advice"}
    assert answer.outcomes.as_written == 5
    assert answer.usage.prompt_tokens > 1_000
    assert answer.usage.completion_tokens > 50


async def test_what_differs_and_what_is_missing_is_said_whatever_the_model_writes(
    engine: Engine, server: ScriptedModel
) -> None:
    extractive = await engine.collect(request())
    answer = await writing_engine(engine, server, "good").collect(request())

    for kind in ("disagreements", "likely_questions", "questions_to_ask", "gaps"):
        told, expected = (
            [s.text for s in x.statements] for a in (answer, extractive) for x in a.sections if x.kind == kind
        )
        assert told == expected
    assert [s.kind for s in answer.sections] == [s.kind for s in extractive.sections]
    assert [s.title for s in answer.sections] == [s.title for s in extractive.sections]


async def test_weeks_of_a_plan_that_the_model_leaves_out_stand_in_their_place(
    engine: Engine, server: ScriptedModel
) -> None:
    answer = await writing_engine(engine, server, "good").collect(request())

    plan = next(section for section in answer.sections if section.kind == "plan")
    assert [s.text[:7] for s in plan.statements] == ["Week 1:", "Week 2:", "Week 3:", "Week 4:"]
    assert [s.composer for s in plan.statements] == ["generative", "extractive"] * 2


async def test_what_a_model_writes_without_headings_stands_in_the_section_of_its_sources(
    engine: Engine, server: ScriptedModel
) -> None:
    headed = await writing_engine(engine, server, "good").collect(request())
    answer = await writing_engine(engine, server, "unheaded").collect(request())

    assert_sound(answer, engine)
    assert [(s.kind, [x.text for x in s.statements]) for s in answer.sections] == [
        (s.kind, [x.text for x in s.statements]) for s in headed.sections
    ]


async def test_a_part_of_a_sentence_that_says_nothing_is_not_shown(engine: Engine, server: ScriptedModel) -> None:
    answer = await writing_engine(engine, server, "fragment").collect(request())

    assert [s.text for s in statements(answer, "generative")] == [OPENING]
    assert answer.outcomes.quoted == 1


async def test_a_heading_without_its_marks_is_no_statement(engine: Engine, server: ScriptedModel) -> None:
    answer = await writing_engine(engine, server, "echoes").collect(request())

    assert statements(answer, "generative") == []
    assert answer.withheld == ()


async def test_the_source_that_a_model_copies_in_front_of_its_statement_becomes_its_citation(
    engine: Engine, server: ScriptedModel
) -> None:
    answer = await writing_engine(engine, server, "sourced").collect(request())

    (written,) = statements(answer, "generative")
    assert written.text == written.citations[0].quote == OPENING


async def test_what_a_model_invents_is_replaced_by_the_sources_words_or_withheld(
    engine: Engine, server: ScriptedModel
) -> None:
    answer = await writing_engine(engine, server, "invented").collect(request())

    assert_sound(answer, engine)
    seen = texts(answer)
    assert not any(lie in seen for lie in ("4,200", "310,000", "90 billion", "2031", "mindfulness"))
    quoted = [s for s in statements(answer, "generative") if s.released == "quoted"]
    assert OPENING in [s.text for s in quoted]
    assert answer.outcomes.as_written == 0
    assert answer.outcomes.withheld + answer.outcomes.quoted == 4
    reasons = {withheld.reason for withheld in answer.withheld or ()}
    assert reasons
    assert reasons <= {"figure_not_in_source", "date_not_in_source", "name_not_in_source", "not_supported", "not_cited"}


async def test_a_quotation_is_not_shown_twice(engine: Engine, server: ScriptedModel, zorblax: dict[str, Any]) -> None:
    def twice(asked: Asked) -> str:
        return "## Answer\n" + f"- Zorblax raised $70 million in March 2026. [{number_of(asked, '$7')}]\n" * 2

    server.scripts["twice"] = says(twice)
    answer = await writing_engine(engine, server, "twice").collect(request(**zorblax))

    assert [s.text for s in statements(answer)].count("Zorblax raised $7 million in March 2026.") == 1
    assert answer.outcomes.quoted == 1
    assert answer.outcomes.withheld >= 1


async def test_a_wrong_citation_is_put_right(engine: Engine, server: ScriptedModel, zorblax: dict[str, Any]) -> None:
    def wrong(asked: Asked) -> str:
        return f"## Answer\n- Zorblax raised $7 million in March 2026. [{number_of(asked, 'Bremen')}][77]\n"

    server.scripts["wrong"] = says(wrong)
    answer = await writing_engine(engine, server, "wrong").collect(request(**zorblax))

    (written,) = statements(answer, "generative")
    assert written.released == "as_written"
    assert [citation.quote for citation in written.citations] == ["Zorblax raised $7 million in March 2026."]
    assert [source.publisher for source in answer.sources] == ["Ulm News"]


async def test_a_figure_of_another_company_is_not_lent(
    engine: Engine, server: ScriptedModel, zorblax: dict[str, Any]
) -> None:
    def lent(asked: Asked) -> str:
        return f"## Answer\n- Zorblax raised $9 million. [{number_of(asked, 'Wubblex')}]\n"

    server.scripts["lent"] = says(lent)
    answer = await writing_engine(engine, server, "lent").collect(request(**zorblax))

    assert_sound(answer, engine, ZORBLAX)
    assert "Zorblax raised $9 million" not in texts(answer)


async def test_a_statement_that_leans_on_one_that_was_withheld_is_not_shown_as_written(
    engine: Engine, server: ScriptedModel, zorblax: dict[str, Any]
) -> None:
    def leaning(asked: Asked) -> str:
        number = number_of(asked, "$7")
        lines = ["## Answer", f"- Wubblex is loved by investors. [{number}]", f"- It raised $7 million. [{number}]"]
        return "\n".join(lines) + "\n"

    server.scripts["leaning"] = says(leaning)
    answer = await writing_engine(engine, server, "leaning").collect(request(**zorblax))

    assert not any(s.text.startswith("It ") for s in statements(answer))
    assert "Zorblax raised $7 million in March 2026." in [s.text for s in statements(answer)]


@pytest.mark.parametrize(
    ("model", "takeover", "survive"),
    [
        ("uncited", (None, "unsupported"), 0),
        ("prose", (None, "unsupported"), 0),
        ("refusal", ("unsupported",), 0),
        ("json", ("unsupported",), 0),
        ("nothing", ("unsupported",), 0),
        ("repeats", ("unsupported",), 1),
        ("headings", ("contract_broken",), 0),
        ("stalls", ("stalled",), 2),
        ("silent", ("timeout",), 0),
        ("cut", ("broken_off",), 2),
        ("wordless", (None,), 2),
        ("limited", ("rate_limited",), 0),
        ("broken", ("unreachable",), 0),
        ("endless", ("unsupported", "contract_broken"), 5),
        ("line", ("contract_broken",), 2),
        ("malformed", ("broken_off",), 2),
        ("half", (None,), 4),
    ],
)
async def test_whatever_the_model_does_the_answer_is_complete_and_sound(
    engine: Engine, server: ScriptedModel, model: str, takeover: tuple[TakeoverReason | None, ...], survive: int
) -> None:
    limits = replace(LIMITS, first_token_s=2.0, stall_s=1.0) if model in ("stalls", "silent", "limited") else LIMITS
    events = await events_of(writing_engine(engine, server, model, limits=limits), request())
    answer, extractive = await collected(each_of(events)), await engine.collect(request())

    assert_sound(answer, engine)
    assert answer.takeover in takeover
    assert len([s for s in statements(answer, "generative") if s.released == "as_written"]) >= survive
    assert [section.kind for section in answer.sections] == [section.kind for section in extractive.sections]
    assert len(statements(answer)) >= 0.7 * len(statements(extractive))
    assert "with SoftBank" not in [s.text[-13:] for s in statements(answer)]
    streamed = [e.statement for e in events if isinstance(e, StatementReleased)]
    assert streamed == statements(answer)


async def test_the_next_model_is_asked_when_the_first_does_not_begin(engine: Engine, server: ScriptedModel) -> None:
    answer = await writing_engine(engine, server, "broken", "good").collect(request())

    assert answer.model == "openai/good"
    assert answer.takeover is None
    assert answer.outcomes.as_written == 5


async def test_a_statement_is_shown_while_the_model_is_still_writing(engine: Engine, server: ScriptedModel) -> None:
    seen = asyncio.Event()
    loop = asyncio.get_running_loop()
    waited: list[bool] = []

    async def waits(asked: Asked, reply: Reply) -> None:
        head, _, rest = good(asked).partition("- Honda")
        await reply.begin()
        await reply.text(head)
        waiting = asyncio.run_coroutine_threadsafe(asyncio.wait_for(seen.wait(), 30), loop)
        await asyncio.wrap_future(waiting)
        waited.append(True)
        await reply.text("- Honda" + rest)
        await reply.end()

    server.scripts["waits"] = waits
    async with aclosing(writing_engine(engine, server, "waits").answer(request())) as events:
        async for each in events:
            if isinstance(each, StatementReleased) and each.statement.composer == "generative":
                seen.set()

    assert waited == [True]


async def test_the_sources_are_numbered_before_the_first_statement(engine: Engine, server: ScriptedModel) -> None:
    events = await events_of(writing_engine(engine, server, "good"), request())

    (sources,) = (each for each in events if isinstance(each, AnswerSources))
    assert events.index(sources) == 1
    completed = events[-1]
    assert isinstance(completed, AnswerCompleted)
    assert set(completed.answer.sources) <= set(sources.sources)


async def test_a_reader_who_goes_away_stops_the_model(engine: Engine, server: ScriptedModel) -> None:
    hung_up = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def patient(asked: Asked, reply: Reply) -> None:
        await reply.begin()
        await reply.text(good(asked))
        try:
            while True:
                await reply.text(" ")
        except ConnectionError:
            loop.call_soon_threadsafe(hung_up.set)
            raise

    server.scripts["patient"] = patient
    async with aclosing(writing_engine(engine, server, "patient").answer(request())) as events:
        async for each in events:
            if isinstance(each, StatementReleased) and each.statement.composer == "generative":
                break

    await asyncio.wait_for(hung_up.wait(), 30)


async def test_a_spent_budget_leaves_the_answer_to_the_extractive_composer(
    engine: Engine, server: ScriptedModel, tmp_path: Path
) -> None:
    ledger = Spending(f"sqlite:///{tmp_path / 'x.db'}", daily_tokens=100)
    ledger.record("openai/good", Usage(prompt_tokens=100))
    before = server.count("good")

    answer = await writing_engine(engine, server, "good", spending=ledger).collect(request())
    ledger.close()

    assert (answer.composer, answer.takeover, answer.model) == ("extractive", "budget_spent", None)
    assert server.count("good") == before
    assert [s.text for s in statements(answer)] == [s.text for s in statements(await engine.collect(request()))]


@pytest.mark.parametrize(
    ("question", "fields"),
    [
        (MISSION, {"composer": "extractive"}),
        ("how do I prepare at Zorblax Robotics?", {}),
        ("What is a good recipe for lasagne?", {}),
        ("hi there!", {}),
        ("timeline of Noetra", {}),
    ],
)
async def test_the_model_is_not_asked_where_there_is_nothing_to_write(
    engine: Engine, server: ScriptedModel, question: str, fields: dict[str, str]
) -> None:
    before = len(server.asked)

    answer = await writing_engine(engine, server, "good").collect(request(question, **fields))

    assert len(server.asked) == before
    assert (answer.composer, answer.takeover) == ("extractive", None)
    assert [s.text for s in statements(answer)] == [s.text for s in statements(await engine.collect(request(question)))]


@pytest.mark.parametrize("most", [1, 5, 12])
async def test_the_limit_of_statements_holds(engine: Engine, server: ScriptedModel, most: int) -> None:
    answer = await writing_engine(engine, server, "good").collect(request(max_statements=most))

    assert 0 < len(statements(answer)) <= most


async def test_the_prompt_gives_the_evidence_as_numbered_dated_data(engine: Engine, server: ScriptedModel) -> None:
    await writing_engine(engine, server, "good").collect(request())
    asked = [each for each in server.asked if each.model == "good"][-1]

    assert sorted(asked.passages) == list(range(1, len(asked.passages) + 1))
    assert "Convina Pulse, 2 July 2026: " in asked.user
    assert sum(map(len, asked.passages.values())) <= 9_500
    assert asked.headings[0] == "News"
    assert all(sentences(text) for text in asked.passages.values())


class TestASecondOpinion:
    """A judge beside the checker."""

    @pytest.fixture(autouse=True)
    def _judges(self, server: ScriptedModel) -> None:
        server.scripts |= {
            "agrees": says(lambda _: "SUPPORTED 99"),
            "objects": says(lambda _: "UNSUPPORTED 80"),
            "mumbles": says(lambda _: "Well, it depends on how you look at it."),
            "late": silent,
        }

    @pytest.mark.parametrize(
        ("judge", "released", "checked"),
        [
            ("agrees", "as_written", ("exact", "score", "judge")),
            ("objects", "quoted", ("quote",)),
            ("mumbles", "as_written", ("exact", "score")),
            ("late", "as_written", ("exact", "score")),
            ("broken", "as_written", ("exact", "score")),
        ],
    )
    async def test_both_have_to_agree_and_without_an_opinion_the_checker_decides(
        self, engine: Engine, server: ScriptedModel, judge: str, released: str, checked: tuple[str, ...]
    ) -> None:
        def shortened(asked: Asked) -> str:
            return f"## Answer\n- Zorblax raised $7 million. [{number_of(asked, '$7')}]\n"

        server.scripts["shortened"] = says(shortened)
        writing = writing_engine(engine, server, "shortened", judge=judge, judge_timeout_s=2.0)
        answer = await writing.collect(request(RAISED, passages=ZORBLAX))

        (written,) = statements(answer, "generative")
        assert (written.released, written.checked) == (released, checked)
        assert "judge@1.0.0" in answer.prompts

    async def test_it_never_overrules_the_exact_checks(self, engine: Engine, server: ScriptedModel) -> None:
        answer = await writing_engine(engine, server, "invented", judge="agrees").collect(request())

        assert answer.outcomes.as_written == 0
        assert "4,200" not in texts(answer)

    async def test_it_is_billed(self, engine: Engine, server: ScriptedModel) -> None:
        alone = await writing_engine(engine, server, "good").collect(request())
        judged = await writing_engine(engine, server, "good", judge="agrees").collect(request())

        assert judged.usage.prompt_tokens > alone.usage.prompt_tokens
        assert judged.model == "openai/good"
