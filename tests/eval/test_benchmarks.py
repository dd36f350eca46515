"""Public benchmarks on tiny made-up sets in the form of the real ones, with the product's own engine and search."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st

from corpus.entities import Entities, load_entities
from eval.benchmarks import command
from eval.benchmarks.command import BENCHMARKS, main
from eval.benchmarks.outcome import Line, Outcome, Table, as_json, as_text, mean, rejection
from eval.benchmarks.reading import contains
from eval.benchmarks.retrieval import multihoprag, searcher_of
from eval.benchmarks.rows import LONGEST_GIVEN, BenchmarkError, Text, given, load, spread
from service.settings import Settings
from tests.corpus.parts import HashedWords
from tests.service.conftest import built_settings

# The shipped corpus's model as the tests of the service build and keep it.
shipped = built_settings


def passage(id: str, text: str, **others: object) -> dict[str, object]:
    return {"id": id, "text": text, **others}


def row(number: int, question: str, **others: object) -> dict[str, object]:
    return {
        "id": f"made-up/{number}",
        "set": "made-up",
        "question": question,
        "date": None,
        "answers": [],
        "answer_parts": None,
        "answerable": True,
        "positive": [],
        "negative": [],
        "unlabelled": [],
        "extra": {},
        **others,
    }


FACTS = [
    passage("f1", "Zorblax builds welding robots in Ulm.", title="Welders", source="Ulm News", date="2023-10-01"),
    passage("f2", "Quandrix raised eight million dollars.", title="Quandrix grows"),
    passage("f3", "The bakery on the corner sells rye bread.", title="Bread"),
    passage("f4", "A storm closed the harbour for two days.", title="Weather"),
]
TURNS = [
    {"speaker": "user", "text": "Where does Zorblax build welding robots?"},
    {"speaker": "agent", "text": "Zorblax builds them in Ulm."},
]
SETS: dict[str, list[dict[str, object]]] = {
    "multihoprag_facts": FACTS,
    "multihoprag": [
        row(1, "Who builds welding robots in Ulm?", positive=FACTS[:1], extra={"question_type": "inference_query"}),
        row(2, "Who raised eight million dollars?", positive=FACTS[1:2], extra={"question_type": None}),
        row(3, "Who sold a submarine?", answerable=False, extra={"question_type": "null_query"}),
    ],
    "mtragun": [
        row(
            1,
            "And who raised eight million dollars?",
            positive=FACTS[1:2],
            extra={"answerability": "ANSWERABLE", "collection": "news", "history": TURNS},
        ),
        row(
            2, "Which?", answerable=None, extra={"answerability": "UNDERSPECIFIED", "collection": "news", "history": []}
        ),
        row(
            3,
            "What closed the harbour?",
            positive=FACTS[3:],
            extra={"answerability": "ANSWERABLE", "collection": "sea", "history": []},
        ),
    ],
    "nomiracl_en": [
        row(1, "What does the bakery sell?", unlabelled=FACTS),
        row(2, "Who is the mayor of Springfield?", answerable=False, negative=FACTS),
    ],
    "clapnq_dev": [
        row(1, "What does the bakery sell?", positive=FACTS[2:3]),
        row(2, "Who is the mayor of Springfield?", answerable=False, negative=FACTS[2:3]),
    ],
    "rgb_fact": [
        row(
            1,
            "How much did Quandrix raise?",
            answers=["eight million"],
            positive=FACTS[1:2],
            negative=[passage("n1", "Quandrix raised about eight million."), *FACTS[2:]],
            extra={
                "fake_answer": "ten million",
                "counterfactual": [passage("c1", "Quandrix raised ten million dollars.")],
                "suspect_negatives": ["n1"],
            },
        ),
    ],
    "realtimeqa": [
        row(1, "Where does Zorblax build welding robots?", answers=["Ulm"], positive=FACTS[:1], unlabelled=FACTS[2:]),
        row(2, "Who won?", answerable=None, unlabelled=FACTS),
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with every set."""
    for name, rows in SETS.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(each) + "\n" for each in rows), encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="session")
def entities() -> Entities:
    return load_entities()


Bench = Callable[..., tuple[int, dict[str, Any], str, str]]


@pytest.fixture
def bench(
    folder: Path,
    shipped: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Bench:
    """Run the command on the made-up sets: exit code, figures, what it printed, what it complained of."""
    monkeypatch.setenv("ALLY_DATA_DIR", str(shipped.data_dir))

    def run(*arguments: str) -> tuple[int, dict[str, Any], str, str]:
        figures = tmp_path / "figures.json"
        code = main([*arguments, "--data", str(folder), "--json", str(figures)])
        printed, complaints = capsys.readouterr()
        return code, json.loads(figures.read_text()) if figures.exists() else {}, printed, complaints

    return run


def value(figures: dict[str, Any], table: int, system: str, metric: str, group: str | None = None) -> float:
    """A figure of the JSON form."""
    lines = [
        line
        for line in figures["tables"][table]["lines"]
        if line["system"] == system and group in (None, line["group"])
    ]
    return float(lines[0]["figures"][metric]["value"])


# -- the command


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_prints_its_table_and_writes_its_figures(bench: Bench, name: str) -> None:
    code, figures, printed, complaints = bench(name)

    assert (code, complaints) == (0, "")
    assert figures["name"] == name
    assert figures["tables"][0]["lines"]
    assert all(line["system"] in printed for table in figures["tables"] for line in table["lines"])
    for table in figures["tables"]:
        for line in table["lines"]:
            assert all(figure["low"] <= figure["value"] <= figure["high"] for figure in line["figures"].values())


def test_two_runs_give_the_same_figures(bench: Bench) -> None:
    first, again = bench("rgb_fact")[1], bench("rgb_fact")[1]

    assert first | {"seconds": 0} == again | {"seconds": 0}


@pytest.mark.parametrize("name", [*BENCHMARKS, "multihoprag_facts"])
def test_a_missing_set_is_said_to_be_missing(bench: Bench, folder: Path, name: str) -> None:
    (folder / f"{name}.jsonl").unlink()

    code, figures, printed, complaint = bench(name.removesuffix("_facts"))

    assert (code, figures, printed) == (2, {}, "")
    assert complaint.startswith(f"eval: {name}.jsonl is missing: neither {folder} nor its subfolder retrieval has it.")
    assert len(complaint.splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("not json\n", "cannot be read"),
        ('{"id": "a"}\n', "row 1: 'question' is missing"),
        (json.dumps(row(1, "a", positive=[{"id": "p"}])), "row 1: 'text' is missing"),
        (json.dumps(row(1, "a", date="soon")), "row 1: Invalid isoformat string"),
        (json.dumps(row(1, "a", positive=["p"])), "row 1: 'str' object has no attribute"),
        ("[1]", "row 1: "),
        (json.dumps(row(1, "a")), "No row of the set has passages"),
    ],
)
def test_a_set_that_is_not_of_the_form_is_refused_by_row(bench: Bench, folder: Path, content: str, said: str) -> None:
    (folder / "clapnq_dev.jsonl").write_text(content)

    code, _, _, complaint = bench("clapnq_dev")

    assert code == 2
    assert said in complaint
    assert len(complaint.splitlines()) == 1


def test_the_folder_above_the_sets_will_do(folder: Path, tmp_path: Path) -> None:
    above = tmp_path / "data"
    (above / "retrieval").mkdir(parents=True)
    (folder / "clapnq_dev.jsonl").rename(above / "retrieval" / "clapnq_dev.jsonl")

    assert len(load(above, "clapnq_dev")) == 2


def test_a_limit_takes_rows_from_all_of_the_file(folder: Path) -> None:
    rows = [row(number, "a", answerable=number > 50) for number in range(100)]
    (folder / "many.jsonl").write_text("".join(json.dumps(each) + "\n" for each in rows))

    loaded = load(folder, "many")
    assert [each.id for each in spread(loaded, 4)] == [f"made-up/{number}" for number in (0, 25, 50, 75)]
    assert spread(loaded, 1_000) == spread(loaded, None) == loaded


def test_a_limit_below_one_and_an_unknown_name_are_wrong_uses() -> None:
    for arguments in (["clapnq_dev", "--data", ".", "--limit", "0"], ["trivia", "--data", "."]):
        with pytest.raises(SystemExit, match="2"):
            command.main(arguments)


# -- retrieval


def test_search_finds_what_a_question_rests_on_and_a_question_without_facts_is_left_out(bench: Bench) -> None:
    _, figures, printed, _ = bench("multihoprag")

    assert figures["tables"][0]["lines"][0]["n"] == 2
    assert value(figures, 0, "product", "Hits@4", "all") == 1.0
    assert "Hits@10 0.747" in printed
    groups = {line["group"] for line in figures["tables"][0]["lines"]}
    assert groups == {"all", "inference", "inference or temporal, not told apart"}


def test_only_follow_ups_are_asked_and_history_changes_what_is_searched(bench: Bench) -> None:
    _, figures, _, _ = bench("mtragun")

    lines = figures["tables"][0]["lines"]
    assert {line["n"] for line in lines} == {1}
    assert {line["system"] for line in lines} >= {"product, last turn", "product, with history"}
    assert value(figures, 0, "BM25 alone, last turn", "Recall@5") == 1.0


def test_a_set_without_follow_ups_says_so(bench: Bench, folder: Path) -> None:
    (folder / "mtragun.jsonl").write_text(json.dumps(SETS["mtragun"][2]))

    code, _, printed, _ = bench("mtragun")

    assert code == 0
    assert "No follow-up" in printed


def test_a_fact_that_is_not_found_counts_as_nothing_and_not_as_an_error(folder: Path, entities: Entities) -> None:
    lost = row(1, "xyzzy", positive=[passage("gone", "Nowhere.")], extra={"question_type": "inference_query"})
    (folder / "multihoprag.jsonl").write_text(json.dumps(lost))

    outcome = multihoprag(folder, entities, HashedWords(), None)

    assert {figure.value for line in outcome.tables[0].lines for figure in line.figures.values()} == {0.0}


def test_a_long_text_is_found_once_though_it_is_cut_into_passages(entities: Entities) -> None:
    from corpus.search import SearchQuery

    long = " ".join(f"Robot number {number} welds in Ulm." for number in range(200))
    texts = [Text("long", long), Text("short", "Bread is sold in Ulm.")]

    with searcher_of(texts, entities, HashedWords()) as searcher:
        hits = searcher.search(SearchQuery("robots that weld in Ulm", limit=2, max_per_document=1))

    assert [hit.document.id for hit in hits] == ["long", "short"]


# -- reading


def test_what_the_passages_answer_is_answered_and_what_they_do_not_is_refused(bench: Bench) -> None:
    for name in ("nomiracl_en", "clapnq_dev"):
        _, figures, _, _ = bench(name)

        assert value(figures, 0, "product", "rejected") == 1.0
        assert value(figures, 0, "product", "refused") == 0.0


def test_always_and_never_answering_get_half_of_the_balanced_accuracy(bench: Bench) -> None:
    _, figures, _, _ = bench("nomiracl_en")

    for system, rejected in (("always answer", 0.0), ("never answer", 1.0)):
        assert value(figures, 0, system, "rejected") == value(figures, 0, system, "refused") == rejected
        assert value(figures, 0, system, "balanced") == 0.5


def test_a_negative_that_has_the_answer_is_left_out_and_swapped_answers_are_told_from_true_ones(bench: Bench) -> None:
    _, figures, _, _ = bench("rgb_fact")

    # With the suspect negative among the noise, the product would answer from it.
    assert value(figures, 0, "product", "rejected") == 1.0
    assert value(figures, 1, "product", "right", "relevant alone") == 1.0
    assert value(figures, 1, "product", "swapped", "relevant alone") == 0.0
    assert value(figures, 1, "product", "right", "swapped alone") == 0.0
    assert value(figures, 1, "product", "swapped", "swapped alone") == 1.0


def test_only_answerable_rows_with_a_gold_story_count(bench: Bench) -> None:
    _, figures, _, _ = bench("realtimeqa")

    assert {line["n"] for line in figures["tables"][0]["lines"]} == {1}
    assert value(figures, 0, "product", "right", "gold story") == 1.0


@pytest.mark.parametrize(
    ("answer", "text", "stands"),
    [
        ("“Squid Game”", "Netflix renews 'Squid Game' again.", True),
        ("Sweden and Finland", "sweden and finland apply", True),
        ("Sweden and Finland", "Sweden applies; Finland too", False),
        ("6", "It has 6 legs.", True),
        ("6", "It ends with 6.", True),
        ("6", "It has 16 legs, or 6.5, or 6,000, or $6, or 6%.", False),
        ("63", "63", True),
        ("60%", "some 60% of them", True),
        ("$5", "for $5 a month", True),
        ("$5", "for $5 billion", False),
        ("$5 billion", "for $5 billion", True),
        ("5", "for $5 billion", False),
        ("Ulm", "Ulmen grow there", False),
        ("BA.5", "the BA.5 variant", True),
        ("...", "anything", False),
        ("", "anything", False),
    ],
)
def test_an_answer_is_matched_as_whole_words_and_whole_numbers(answer: str, text: str, stands: bool) -> None:
    assert contains(answer, text) is stands


@settings(deadline=None)
@for_any(st.lists(st.sampled_from([" ", "b. ", "word " * 999, "x" * 7_001, "y" * 21_000]), max_size=12))
def test_a_text_is_given_whole_in_parts_that_fit(pieces: list[str]) -> None:
    text = "".join(pieces)
    parts = given([Text("a", text)])

    assert all(0 < len(part.text) <= LONGEST_GIVEN for part in parts)
    assert "".join("".join(part.text.split()) for part in parts) == "".join(text.split())


# -- figures


def test_rejection_and_refusal_are_shares_of_their_own_kinds() -> None:
    figures = rejection([True, False, False, True], [False, False, True, True], list("abcd"))

    assert figures["rejected"].value == 0.5
    assert figures["refused"].value == 0.5
    assert figures["balanced"].value == 0.5
    assert figures["F1"].value == 0.5


def test_rejection_of_one_kind_alone_is_a_number() -> None:
    figures = rejection([True, True], [True, True], ["a", "b"])

    assert figures["rejected"].value == 0.0
    assert figures["refused"].value == 0.0


def test_a_mean_of_rows_that_belong_together_has_the_wider_interval() -> None:
    values = [0.0, 0.0, 1.0, 1.0] * 5
    apart = mean(values, [str(place) for place in range(20)])
    together = mean(values, [str(place // 10) for place in range(20)])

    assert apart.value == together.value == 0.5
    assert apart.low < 0.5 < apart.high
    with pytest.raises(ValueError, match="nothing"):
        mean([], [])


def test_an_outcome_is_rendered_with_its_intervals_and_notes() -> None:
    table = Table("A table", (Line("all", "product", 3, {"right": mean([1.0, 0.0, 1.0], ["a", "b", "c"])}),))
    outcome = Outcome("made-up", (table,), (), ("A note.",))

    assert "0.667 [0.000, 1.000]" in as_text(outcome)
    assert "- A note." in as_text(outcome)
    assert as_json(outcome)["tables"][0]["lines"][0]["figures"]["right"]["value"] == pytest.approx(2 / 3)


def test_a_file_that_cannot_be_used_is_an_error_of_the_benchmarks(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"nothing\.jsonl is missing"):
        load(tmp_path, "nothing")
