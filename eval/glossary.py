"""What the names in a run mean, in plain words: metrics, types of question, terms.

For readers who have never seen the evaluation; the exact definitions stand in the docstrings of `answers` and
`retrieval`. `report` and `side_by_side` show what stands here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from eval.answers import METRICS, Better

Unit = Literal["share", "score", "milliseconds", "count", "dollars"]


@dataclass(frozen=True, slots=True)
class Explained:
    """A metric for readers: a title, one sentence, and how its values are written.

    `share` and `score` lie in 0..1; a share is written as a percentage.
    """

    name: str
    group: str
    title: str
    sentence: str
    unit: Unit = "share"

    @property
    def better(self) -> Better:
        """Which direction is better; those that `METRICS` does not hold are of retrieval or of time."""
        if self.name in METRICS:
            return METRICS[self.name].better
        return "lower" if self.unit == "milliseconds" else "higher"

    @property
    def definition(self) -> str:
        """The exact definition with its source; "" where it stands elsewhere."""
        return METRICS[self.name].definition if self.name in METRICS else ""

    def written(self, value: float) -> str:
        """A value as readers see it, with its unit."""
        match self.unit:
            case "share":
                return f"{100 * value:.1f} %" if 0.0 < value < 1.0 else f"{100 * value:.0f} %"
            case "score":
                return f"{value:.3f}"
            case "milliseconds":
                return f"{value:,.0f} ms" if abs(value) >= 10 else f"{value:.1f} ms"
            case "dollars":
                return f"${value:.4f}"
        return f"{value:,.1f}"

    def change(self, value: float) -> str:
        """A difference of two values, with its sign; that of two shares is in percentage points."""
        sign = "+" if value > 0 else "−" if value < 0 else ""
        amount = abs(value)
        return f"{sign}{100 * amount:.1f}" if self.unit == "share" else f"{sign}{self.written(amount)}"


GROUPS: Final[Mapping[str, str]] = {
    "Support": "Does every statement stand on the source that it cites?",
    "Content": "Does the answer say what a good answer says, and nothing that it must not?",
    "Declining": "Does it decline exactly where there is nothing to answer from?",
    "Search": "Are the right passages found before an answer is written?",
    "Effort": "What does an answer take, and in which form were its statements released?",
    "Others": "Metrics without an explanation of their own yet.",
}
"""Groups of metrics in the order of the report, each with the question that it answers."""

_SUPPORT: Final = (
    ("support_rate", "Statements supported", "Of all statements that claim something, how many the cited documents bear out."),
    ("citation_recall", "Statements borne out by the cited words", "How much of an answer follows from the quoted words alone, without the rest of the document."),
    ("citation_precision", "Citations that are needed", "How many citations carry weight, rather than decorate a statement that stands without them."),
    ("quote_validity", "Quotes that are verbatim", "How many quotes stand word for word in the document they are said to be from."),
    ("quotes_fabricated", "Quotes made up", "Quotes whose words stand in no document at all."),
    ("quotes_stitched", "Quotes stitched together", "Quotes put together from separate places as if they stood side by side."),
    ("quotes_of_other_source", "Quotes from another document", "Quotes that exist, but in another document than the one cited."),
    ("hedges_dropped", "Hedges dropped", "Statements that lost an “about”, a “plans to” or an “X said” of their source."),
    ("future_citations", "Citations from the future", "Citations of news that appeared after the day on which the question is asked."),
)  # fmt: skip
_CONTENT: Final = (
    ("right", "Answers right", "Answers that say what was expected and nothing forbidden, and decline only where they should; missing facts are counted below."),
    ("nugget_recall_vital", "Vital facts conveyed", "How many of the facts that a good answer must contain the answer conveys, on average."),
    ("nugget_recall_all", "All facts conveyed", "The same over vital facts and merely useful ones together."),
    ("nugget_precision", "Brevity", "1 while an answer is as short as its facts allow; falls when it pours out text to catch them."),
    ("gold_cited", "Key sentences cited", "How many of the source sentences that a perfect answer rests on are quoted in the answer."),
    ("disagreement_shown", "Disagreements shown", "Where sources contradict each other: how often the answer shows more than one side."),
    ("freshness", "Newest fact given", "Where something changed: how often the answer rests on the newest report."),
    ("must_not_appear", "Forbidden content", "Answers that contain something they must not, such as a claim that was later withdrawn."),
    ("injection_obeyed", "Injections obeyed", "Answers that follow an instruction hidden in a question or in a document."),
    ("follow_up_consistency", "Follow-ups consistent", "How far a follow-up gets the same statements as the same question asked in full."),
)  # fmt: skip
_DECLINING: Final = (
    ("abstention_f1", "Declining, overall (F1)", "1 when it declines exactly where there is nothing to answer from; both false refusals and unfounded answers lower it."),
    ("abstention_precision", "Declined rightly", "Of the questions it declined, how many could indeed not be answered."),
    ("abstention_recall", "Unanswerable ones declined", "Of the questions that cannot be answered, how many it declined."),
    ("false_refusals", "False refusals", "Of the questions that can be answered, how many it declined all the same."),
)  # fmt: skip
_SEARCH: Final = (
    ("recall@10", "Evidence in the first 10", "How many of the passages that a good answer needs are among the first ten found."),
    ("recall@20", "Evidence in the first 20", "The same for the first twenty."),
    ("MRR", "First evidence, rank (MRR)", "1 when the first passage found is one that is needed, ½ when the second is, and so on; the mean."),
    ("nDCG@10", "Order of the first 10 (nDCG)", "1 when the first ten passages stand in the best possible order, the vital ones on top."),
)  # fmt: skip
_EFFORT: Final[tuple[tuple[str, str, str, Unit], ...]] = (
    ("failures", "Failures", "Questions that got no answer at all: errors and time-outs.", "share"),
    ("released_as_written", "Released as written", "Statements that passed the check as they were composed.", "share"),
    ("released_quoted", "Released as a quotation", "Statements that failed the check and were replaced by their source's own sentence.", "share"),
    ("withheld", "Withheld", "Statements that failed the check and were left out.", "share"),
    ("statements", "Statements in an answer", "Mean number of statements.", "count"),
    ("tokens", "Tokens", "Mean number of tokens that a language model read and wrote for an answer; 0 without one.", "count"),
    ("cost_usd", "Cost", "Mean cost of an answer, as far as the target tells.", "dollars"),
    ("first_event_ms_p50", "First event, median", "Half of the answers began to arrive within this time.", "milliseconds"),
    ("first_event_ms_p95", "First event, 95th percentile", "95 of 100 answers began to arrive within this time.", "milliseconds"),
    ("total_ms_p50", "Whole answer, median", "Half of the answers were complete within this time.", "milliseconds"),
    ("total_ms_p95", "Whole answer, 95th percentile", "95 of 100 answers were complete within this time.", "milliseconds"),
)  # fmt: skip
_SCORES: Final = frozenset({"MRR", "nDCG@10", "nugget_precision", "abstention_f1", "follow_up_consistency"})


def _table(group: str, rows: Iterable[tuple[str, str, str]]) -> dict[str, Explained]:
    return {
        name: Explained(name, group, title, sentence, "score" if name in _SCORES else "share")
        for name, title, sentence in rows
    }


EXPLAINED: Final[Mapping[str, Explained]] = (
    _table("Support", _SUPPORT)
    | _table("Content", _CONTENT)
    | _table("Declining", _DECLINING)
    | _table("Search", _SEARCH)
    | {row[0]: Explained(row[0], "Effort", *row[1:]) for row in _EFFORT}
)
"""Every metric by name, in the order of the report."""

QUESTION_TYPES: Final[Mapping[str, str]] = {
    "prepare": "How do I prepare for an interview as … at …?",
    "fact": "One fact about a company.",
    "skills": "Which skills does a role need?",
    "ask_them": "What could the candidate ask the interviewers?",
    "practise": "Questions to practise with.",
    "compare": "Two companies side by side.",
    "timeline": "What happened when?",
    "what_changed": "What is new since a day?",
    "disagreement": "Sources contradict each other, and the answer has to show it.",
    "superseded": "An older report was overtaken by a newer one.",
    "time_bound": "Asked as of an earlier day: later news must not be used.",
    "unanswerable": "About a known company, but the sources say nothing on it.",
    "unknown_company": "About a company that no source mentions.",
    "false_premise": "The question takes something for granted that is not so.",
    "ambiguous": "The name fits more than one company.",
    "out_of_scope": "Nothing that interview preparation is about.",
    "injection": "An instruction is planted in the question or in a document.",
    "follow_up": "Needs the earlier questions to be understood.",
    "partly": "Only a part of it can be answered.",
    "typing": "With typing errors.",
    "language": "In another language than English.",
}
"""What each type of question is, in a sentence."""

TERMS: Final[Mapping[str, str]] = {
    "Interval": "A figure over a few hundred questions is an estimate. The range in brackets is its 95 % interval: with "
    "other questions of the same kind, the figure would most likely lie in it. Two figures whose ranges overlap widely "
    "may be equal.",
    "Statement": "A sentence of an answer that claims something and cites its sources. Each is checked by itself.",
    "Vital, okay": "Facts and sentences that a good answer cannot do without are vital; those that improve it are okay.",
    "Fact to convey": "A short true statement, called a nugget, written down with the question: the answer conveys it in "
    "whatever words.",
    "Key sentence": "A sentence of a document, called a gold sentence, that a perfect answer would rest on.",
    "Declining": "Saying that there is nothing to answer from (abstaining).",
    "Judge": "What decides whether a source supports a statement. It is a program, so it gives the same verdict each "
    "time, and it can be wrong: `ally eval label` measures how often it agrees with people.",
}  # fmt: skip
"""The words that a reader has to know."""


def explained(name: str) -> Explained:
    """The explanation of a metric; of one that has none yet, its definition's first sentence."""
    if name in EXPLAINED:
        return EXPLAINED[name]
    first = METRICS[name].definition.partition("\n")[0] if name in METRICS else ""
    title = name.replace("_", " ")
    return Explained(name, "Others", title[:1].upper() + title[1:], first, "score")
