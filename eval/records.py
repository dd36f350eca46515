"""What a run writes down: the records of `runs/<time>-<name>/`, which report, compare, gate and trace read back.

A run folder holds three files:

- `config.json`, a `RunConfig`: what was asked of what, at which revision;
- `answers.jsonl`, an `AnswerRecord` a line, in the order of the questions: the golden question, the target's `Response`
  in a form that is the same for every target, the `Judgement` of every statement, quote, nugget and gold sentence, and
  the question's share of every metric (`scores`);
- `metrics.json`, a `Metrics`: a `Figure` (value with its 95 % interval) for each metric and group of questions.

All of them are pydantic models: `model_validate_json` reads them, `read_run` reads a whole folder. A metric is a ratio
of sums over questions: `scores[name]` is a question's (numerator, denominator), and a metric that does not apply to a
question is absent from its scores. So any subset of questions is aggregated anew by adding up (`eval.answers`).
Nothing in `scores` depends on the clock; what does stands in `Response.timings` and `Metrics.timings`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from eval.errors import RunError
from eval.golden import GoldenQuestion, Grade
from service.answering.answer import Frozen

CONFIG, ANSWERS, METRICS = "config.json", "answers.jsonl", "metrics.json"

StatementKind = Literal["fact", "advice", "link", "disagreement", "gap", "question"]
QuoteStatus = Literal["verbatim", "stitched", "other_source", "fabricated", "no_quote", "unknown_source"]


# ---- What a target answers -----------------------------------------------------------------------------------------


class CitedWords(Frozen):
    """A citation: `document` is the id of a source in the store (or as the target calls it, when it is unknown there).

    `quote` is "" when the target cites a document without quoting it.
    """

    document: str
    quote: str = ""


class Said(Frozen):
    """A statement of the answer. A target that does not tell kinds apart says facts."""

    text: str
    kind: StatementKind = "fact"
    section: str = ""
    citations: tuple[CitedWords, ...] = ()
    released: Literal["as_written", "quoted"] = "as_written"


class NamedSource(Frozen):
    """A cited source as the target shows it."""

    document: str
    kind: Literal["news", "guide"] = "news"
    title: str = ""
    publisher: str = ""
    url: str = ""
    published: date | None = None


class Timings(Frozen):
    """Milliseconds from the request to the first event and to the end; None where the target does not say."""

    first_event_ms: float | None = None
    total_ms: float | None = None


class Response(Frozen):
    """An answer as every target gives it. `error` says why there is none, in a sentence; "" when there is one.

    `companies` are canonical names and `roles` guide ids that the target understood, None where it does not say what it
    understood. `refused` are statements that it withheld, with the reason.
    """

    statements: tuple[Said, ...] = ()
    sources: tuple[NamedSource, ...] = ()
    abstained: bool = False
    abstention_reason: str = ""
    companies: tuple[str, ...] | None = None
    roles: tuple[str, ...] | None = None
    standalone_question: str = ""
    refused: tuple[tuple[str, str], ...] = ()
    withheld_count: int = 0
    model: str = ""
    prompts: tuple[str, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    timings: Timings = Timings()
    error: str = ""


# ---- What the judges say of it -------------------------------------------------------------------------------------


class Objection(Frozen):
    """What the judge objects to in a statement: offending `words`, an explanation, and the source's own `evidence`."""

    kind: str
    words: str = ""
    explanation: str = ""
    evidence: str = ""
    document: str = Field(default="", description="Id of the source that the evidence stands in.")


class CitationVerdict(Frozen):
    """`quote` says whether the quoted words stand in the cited source; `elsewhere` is the source that has them instead.

    `precise` is ALCE's citation precision: the citation alone supports the statement, or the others do not without it.
    """

    quote: QuoteStatus
    elsewhere: str = ""
    precise: bool = False


class StatementVerdict(Frozen):
    """The judgement of one statement, in the place of `Response.statements`.

    `claims` says whether it claims anything about the world: questions and gaps do not, and are left out of the metrics
    of support, though they are judged too. `supported`: by the cited documents as wholes. `entailed`: by the cited
    words alone (ALCE's citation recall). `support` is the judge's score, 0..1.
    """

    claims: bool
    supported: bool = False
    support: float = 0.0
    verbatim: bool = False
    entailed: bool = False
    objections: tuple[Objection, ...] = ()
    citations: tuple[CitationVerdict, ...] = ()


class NuggetVerdict(Frozen):
    """Whether the answer conveys a nugget: its gold sentence is cited (`gold`) or a statement entails it (`entailed`).

    `statement` is the place of the statement that does; None when none does.
    """

    text: str
    grade: Grade
    found: Literal["gold", "entailed", ""] = ""
    statement: int | None = None


class GoldVerdict(Frozen):
    """Whether a citation quotes a gold sentence; `document` is its id in the store."""

    document: str
    sentence: str
    grade: Grade
    published: date
    cited: bool = False
    statement: int | None = None


class Judgement(Frozen):
    """Everything that was found out about an answer. `faults` is empty when it is right (see `eval.judging`).

    `violations` are the `says_not` patterns that the answer matches, each with the matched words.
    """

    statements: tuple[StatementVerdict, ...] = ()
    nuggets: tuple[NuggetVerdict, ...] = ()
    gold: tuple[GoldVerdict, ...] = ()
    faults: tuple[str, ...] = ()
    violations: tuple[tuple[str, str], ...] = ()


class AnswerRecord(Frozen):
    """One line of `answers.jsonl`. `twin` is the answer to the standalone question of a follow-up."""

    question: GoldenQuestion
    response: Response
    judgement: Judgement
    scores: dict[str, tuple[float, float]]
    twin: Response | None = None
    cached: bool = False


# ---- The run ---------------------------------------------------------------------------------------------------------


class RunConfig(Frozen):
    """What was run. Two runs are comparable question by question when they share question ids; the rest is for people.

    `fingerprint` is what a cached response depends on besides the question: target, revision, corpus and model.
    """

    started: str
    target: str
    questions: tuple[str, ...] = Field(description="Names of the question files.")
    question_count: int
    only: str = ""
    quick: bool = False
    git_revision: str = ""
    git_dirty: bool = False
    corpus_seq: int = 0
    corpus_documents: int = 0
    model: str = ""
    prompts: tuple[str, ...] = ()
    judge: str = ""
    versions: dict[str, str] = Field(default_factory=dict)
    fingerprint: str = ""


class Figure(Frozen):
    """A metric with its 95 % interval; `n` questions take part. A metric without any is absent, never NaN."""

    value: float
    low: float
    high: float
    n: int


class Metrics(Frozen):
    """Figures by group of questions ("all", then the types), then by metric.

    `figures` are the same in two runs of one configuration; `timings` (milliseconds) are not.
    """

    figures: dict[str, dict[str, Figure]]
    timings: dict[str, dict[str, Figure]] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run as read back."""

    folder: Path
    config: RunConfig
    records: tuple[AnswerRecord, ...]
    metrics: Metrics

    @property
    def by_id(self) -> Mapping[str, AnswerRecord]:
        """The records by the id of their question."""
        return {record.question.id: record for record in self.records}


def read_run(folder: Path) -> Run:
    """Read a run folder.

    Raises:
        RunError: the folder is no run, the run is unfinished, or a file cannot be read.
    """
    missing = [name for name in (CONFIG, ANSWERS, METRICS) if not (folder / name).is_file()]
    if CONFIG in missing:
        raise RunError(f"{folder} is not a run: it has no {CONFIG}.")
    if missing:
        raise RunError(
            f"{folder} is unfinished: {', '.join(missing)} is missing. `ally eval run --resume` finishes it."
        )
    try:
        config = RunConfig.model_validate_json((folder / CONFIG).read_bytes())
        lines = (folder / ANSWERS).read_text(encoding="utf-8").split("\n")
        records = tuple(AnswerRecord.model_validate_json(line) for line in lines if line)
        metrics = Metrics.model_validate_json((folder / METRICS).read_bytes())
    except (ValidationError, UnicodeDecodeError, OSError) as error:
        raise RunError(f"{folder} cannot be read: {str(error).splitlines()[0]}.") from None
    return Run(folder, config, records, metrics)


def runs_in(folder: Path) -> list[Path]:
    """The finished runs of a folder, oldest first."""
    return sorted(path for path in folder.glob("*/") if (path / METRICS).is_file())
