"""A comparison of two runs for readers: in the terminal, and as one HTML page with both answers side by side.

`comparison` finds the differences and whether they are real; `failures` says what is wrong with either answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.comparison import LEVEL, Change, Comparison, Difference
from eval.glossary import EXPLAINED, GROUPS, Explained, explained
from eval.pages import page
from eval.plots import Whisker, difference_whisker, reach_of
from eval.records import AnswerRecord, Run
from eval.report import ShownAnswer, shown, written_time
from service.incoming import without_controls

Direction = Literal["worse", "better", "mixed"]
DIRECTIONS: Final[dict[Direction, str]] = {
    "worse": "Worse in B",
    "mixed": "Better in one way, worse in another",
    "better": "Better in B",
}
_EFFORT: Final = "Effort"
"""Metrics of this group, the price of an answer, make no answer better or worse."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A metric in both runs: its explanation, the difference, and where that lies on a line around zero."""

    metric: Explained
    difference: Difference
    plot: Whisker

    @property
    def same(self) -> bool:
        """Whether neither the figure nor any question's own value differs."""
        found = self.difference
        return found.outcome == "same" or (found.before == found.after and not found.up and not found.down)

    @property
    def verdict(self) -> str:
        """What the difference means for B, in words."""
        found = self.difference
        if self.same:
            return "the same"
        if found.outcome in ("better", "worse"):
            return found.outcome
        if self.metric.better == "neither" and found.p < LEVEL and not found.low <= 0.0 <= found.high:
            return "different, which is neither better nor worse"
        return "no difference that can be shown"

    @property
    def p(self) -> str:
        """The p-value of the sign test, written."""
        return f"{self.difference.p:.3f}" if self.difference.p >= 0.0005 else "<0.001"

    @property
    def interval(self) -> str:
        """The difference with its 95 % interval."""
        change = self.metric.change
        found = self.difference
        unit = " points" if self.metric.unit == "share" else ""
        return f"{change(found.after - found.before)}{unit} ({change(found.low)} to {change(found.high)})"


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A question with both answers, and the titles of the metrics that got better or worse."""

    direction: Direction
    better: tuple[str, ...]
    worse: tuple[str, ...]
    before: ShownAnswer
    after: ShownAnswer

    @property
    def new(self) -> frozenset[str]:
        """What only B says."""
        return _texts(self.after.record) - _texts(self.before.record)

    @property
    def gone(self) -> frozenset[str]:
        """What only A says."""
        return _texts(self.before.record) - _texts(self.after.record)


def conclusion(comparison: Comparison) -> str:
    """What the comparison comes to, in one or two sentences; metrics without a better direction take no part."""
    count = len(comparison.after.records) - _only_in(comparison.after, comparison)
    questions = f"{count} question{'' if count == 1 else 's'}"
    pairs = [(metric, each) for metric, each in _in_order(comparison) if metric.better != "neither"]
    if all(each.outcome == "same" for _, each in pairs):
        return f"A and B do not differ in any metric on any of {questions}."
    titles = {
        outcome: ", ".join(metric.title for metric, each in pairs if each.outcome == outcome)
        for outcome in ("better", "worse")
    }
    if not any(titles.values()):
        return f"There is no difference between A and B that {questions} can show."
    parts = "; and ".join(f"{outcome} than A in: {names}" for outcome, names in titles.items() if names)
    rest = sum(each.outcome not in titles for _, each in pairs)
    return f"B is {parts}. In the other {rest} metrics there is no difference that {questions} can show."


def caution(comparison: Comparison) -> str:
    """How sure a verdict is."""
    return (
        "A difference counts as real when its 95 % interval (paired bootstrap over questions) shuts out zero and an "
        f"exact sign test on the same questions gives p < {LEVEL:g}. With {len(comparison.differences)} metrics "
        "compared at once, one that is just past this line and stands alone may still be chance."
    )


def left_out(comparison: Comparison) -> str:
    """Which questions could not be compared, in a sentence; "" when all could be."""
    if not comparison.left_out and not comparison.edited:
        return ""
    before, after = _only_in(comparison.before, comparison), _only_in(comparison.after, comparison)
    edited = f", and {len(comparison.edited)} are worded differently" if comparison.edited else ""
    return (
        f"Compared over the questions that both runs have. {before} stand in A alone and {after} in B alone{edited}; "
        "they are left out."
    )


def compared(comparison: Comparison) -> dict[str, list[Compared]]:
    """The differences by group of metrics, in the order of the glossary; each group's plots share a scale by unit."""
    pairs = _in_order(comparison)
    reach = {
        unit: reach_of([bound for metric, each in pairs if metric.unit == unit for bound in (each.low, each.high)])
        for unit in {metric.unit for metric, _ in pairs}
    }
    return {
        group: [
            Compared(
                metric, each, difference_whisker(each.after - each.before, each.low, each.high, reach[metric.unit])
            )
            for metric, each in pairs
            if metric.group == group
        ]
        for group in GROUPS
    }


def changes(comparison: Comparison) -> list[ShownChange]:
    """The questions whose answers got better or worse, the worse first; effort alone changes no question.

    Raises:
        RunError: the verdicts of a record do not fit its statements.
    """
    found = [change for each in comparison.changes if (change := _shown_change(each))]
    return sorted(found, key=lambda change: list(DIRECTIONS).index(change.direction))


def html(comparison: Comparison) -> str:
    """The page of a comparison.

    Raises:
        RunError: the verdicts of a record do not fit its statements.
    """
    found = changes(comparison)
    return page(
        "side_by_side.html.j2",
        {
            "before": comparison.before,
            "after": comparison.after,
            "settings": settings(comparison),
            "conclusion": conclusion(comparison),
            "caution": caution(comparison),
            "left_out": left_out(comparison),
            "left_out_ids": (*comparison.left_out, *comparison.edited),
            "compared": compared(comparison),
            "changes": found,
            "directions": [
                (name, label, sum(change.direction == name for change in found)) for name, label in DIRECTIONS.items()
            ],
        },
    )


def settings(comparison: Comparison) -> list[tuple[str, str, str]]:
    """How the runs were made: name, value in A, value in B."""

    def of(run: Run) -> list[tuple[str, str]]:
        config = run.config
        return [
            ("Folder", run.folder.name),
            ("When", written_time(config.started)),
            ("Target", config.target),
            ("Model", config.model or "none named"),
            ("Code", config.git_revision[:12] + (", with uncommitted changes" if config.git_dirty else "")),
            ("Corpus", f"{config.corpus_documents} documents, sequence {config.corpus_seq}"),
            ("Prompts", ", ".join(config.prompts) or "none"),
            ("Judge", config.judge),
            ("Questions", f"{len(run.records)} of {', '.join(config.questions)}"),
            ("Whole answer, median", _median(run)),
        ]

    return [(name, a, b) for (name, a), (_, b) in zip(of(comparison.before), of(comparison.after), strict=True)]


def show(comparison: Comparison, console: Console, most: int) -> None:
    """Print the comparison: conclusion, differences, and of the changed questions the first `most` side by side.

    Raises:
        RunError: the verdicts of a record do not fit its statements.
    """
    console.print(_settings_table(comparison))
    console.print(_differences_table(comparison))
    console.print(Text(conclusion(comparison), style="bold"))
    console.print(Text(caution(comparison), style="dim"))
    if sentence := left_out(comparison):
        console.print(Text(sentence))
    found = changes(comparison)
    counted = ", ".join(
        f"{sum(change.direction == name for change in found)} {label[0].lower()}{label[1:]}"
        for name, label in DIRECTIONS.items()
    )
    console.print(Text(f"\nAnswers that changed: {counted}.", style="bold"))
    for change in found[:most]:
        console.print(_change_table(change))
    if len(found) > most:
        console.print(
            Text(f"… and {len(found) - most} more; --html FILE shows all of them, --most N more of them here.")
        )


def _settings_table(comparison: Comparison) -> Table:
    table = Table("", "A", "B", box=None, pad_edge=False)
    for name, before, after in settings(comparison):
        table.add_row(Text(name, style="dim"), _text(before), _text(after, style="" if before == after else "bold"))
    return table


def _differences_table(comparison: Comparison) -> Table:
    """Metrics that do not differ have no line; they are counted."""
    table = Table("Metric", "A", "B", "B − A (95 %)", "up/down", "p", "n", "B is", box=None, pad_edge=False)
    same = 0
    for each in (each for group in compared(comparison).values() for each in group):
        found = each.difference
        if each.same:
            same += 1
            continue
        style = {"better": "green", "worse": "red"}.get(found.outcome, "")
        table.add_row(
            Text(each.metric.title),
            Text(each.metric.written(found.before)),
            Text(each.metric.written(found.after)),
            Text(each.interval),
            f"{found.up}/{found.down}",
            each.p,
            str(found.n),
            Text(each.verdict, style=style),
        )
    if same:
        table.caption = f"{same} further metrics are the same."
    return table


def _change_table(change: ShownChange) -> Table:
    question = change.after.record.question
    table = Table(
        "A",
        "B",
        title=_text(f"{DIRECTIONS[change.direction]}: {question.question} [{question.id}]"),
        title_justify="left",
        expand=True,
        show_lines=False,
    )
    for column in table.columns:
        column.ratio = 1
    gains = Text(f"better: {', '.join(change.better)}", style="green") if change.better else Text()
    losses = Text(f"worse: {', '.join(change.worse)}", style="red") if change.worse else Text()
    table.caption = Text(" · ").join(each for each in (losses, gains) if each)
    table.add_row(Text("\n").join(_side(change.before, change.gone)), Text("\n").join(_side(change.after, change.new)))
    return table


def _side(answer: ShownAnswer, own: frozenset[str]) -> Iterator[Text]:
    """What is wrong with an answer, then what only it says, then how much both say."""
    for failure in answer.failures:
        yield _text(f"✗ {failure.kind.label}: {failure.text}", style="red")
    for statement in answer.statements:
        if statement.said.text in own:
            yield _text(f"• {statement.said.text}")
    if shared := len(answer.statements) - sum(each.said.text in own for each in answer.statements):
        yield Text(f"and {shared} that both say", style="dim")
    if not answer.statements:
        yield _text(answer.record.response.error or "Declined to answer.", style="dim")


def _text(words: str, style: str = "") -> Text:
    """Words from outside for the terminal, which they must not steer."""
    return Text(without_controls(words), style)


def _shown_change(change: Change) -> ShownChange | None:
    better, worse = (_titles(names) for names in (change.better, change.worse))
    if not better and not worse:
        return None
    direction: Direction = "mixed" if better and worse else "better" if better else "worse"
    return ShownChange(direction, better, worse, shown(change.before), shown(change.after))


def _titles(names: Sequence[str]) -> tuple[str, ...]:
    metrics = (explained(name) for name in names)
    return tuple(metric.title for metric in metrics if metric.group != _EFFORT or metric.name == "failures")


def _texts(record: AnswerRecord) -> frozenset[str]:
    return frozenset(said.text for said in record.response.statements)


def _in_order(comparison: Comparison) -> list[tuple[Explained, Difference]]:
    """The differences with their explanations, in the order of the glossary."""
    order = list(EXPLAINED)
    pairs = [(explained(each.metric), each) for each in comparison.differences]
    return sorted(pairs, key=lambda pair: order.index(pair[0].name) if pair[0].name in EXPLAINED else len(order))


def _only_in(run: Run, comparison: Comparison) -> int:
    return sum(record.question.id in comparison.left_out for record in run.records)


def _median(run: Run) -> str:
    figure = run.metrics.timings.get("all", {}).get("total_ms_p50")
    return explained("total_ms_p50").written(figure.value) if figure else "not recorded"
