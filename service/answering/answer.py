"""The answer as a value: understanding, sections of statements, sources, and the events that stream it.

`engine` yields these events, and every client (HTTP, SSE, terminal, Slack, eval) renders them. The models follow
the answer's contract, version 1; they are the HTTP schema as well, so there is one definition of an answer.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Intent = Literal[
    "prepare", "fact", "compare", "timeline", "changes", "skills", "questions_to_ask", "practise", "about", "smalltalk",
    "out_of_scope",
]  # fmt: skip
SectionKind = Literal[
    "news", "disagreements", "interview_tests", "links", "plan", "likely_questions", "questions_to_ask", "gaps",
    "answer", "timeline", "comparison",
]  # fmt: skip
StatementKind = Literal["fact", "advice", "link", "disagreement", "gap", "question"]
AbstentionReason = Literal["unknown_company", "out_of_scope", "no_evidence"]
Composer = Literal["extractive", "generative"]
TakeoverReason = Literal[
    "timeout", "stalled", "unreachable", "rate_limited", "refused", "broken_off", "too_long", "contract_broken",
    "unsupported", "budget_spent", "failed",
]  # fmt: skip
NEEDS_CITATION: frozenset[str] = frozenset({"fact", "advice", "link", "disagreement"})


class Frozen(BaseModel):
    """Immutable model that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CompanyUnderstood(Frozen):
    """A company of the question: the name that is current at `as_of`, and what the question called it."""

    name: str
    # Within the process only: it would tell a question asked as of an earlier day how the company is called later.
    id: str = Field(default="", exclude=True, description="Canonical name of the entity, stable over renamings.")
    matched: str
    formerly: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()


class RoleUnderstood(Frozen):
    """A role of the question: the guide that covers it."""

    id: str
    title: str
    matched: str
    assumed: bool = Field(default=False, description="True when the words fit several roles or none exactly.")
    alternatives: tuple[str, ...] = ()


class TimeWindow(Frozen):
    """Publication dates that the question asks about, both ends included; None leaves that side open."""

    start: date | None = None
    end: date | None = None
    matched: str = ""


class Understanding(Frozen):
    """How the question was read. Shown to the candidate, who can correct it through `target`."""

    intent: Intent
    companies: tuple[CompanyUnderstood, ...] = ()
    unknown_companies: tuple[str, ...] = ()
    roles: tuple[RoleUnderstood, ...] = ()
    skills: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    time_window: TimeWindow | None = None
    days_left: int | None = Field(default=None, ge=0, description="Days until the interview, as far as said.")
    experience: str = Field(default="", description="What the candidate said of their experience, in their words.")
    language: str = "en"


class Citation(Frozen):
    """Verbatim words of a source: `source` is the number in `Answer.sources`; offsets are code points in its text."""

    source: int = Field(ge=1)
    quote: str = Field(min_length=1)
    start: int = Field(ge=0)
    end: int

    @model_validator(mode="after")
    def _span_fits(self) -> Citation:
        if self.end - self.start != len(self.quote):
            raise ValueError("A citation's span must be as long as its quote.")
        return self


class Statement(Frozen):
    """One sentence of the answer. A fact, advice, link or disagreement without a citation cannot be built."""

    id: str
    text: str = Field(min_length=1)
    kind: StatementKind
    citations: tuple[Citation, ...] = ()
    support: float = Field(default=1.0, ge=0.0, le=1.0)
    checked: tuple[Literal["quote", "exact", "score", "judge"], ...] = ("quote",)
    released: Literal["as_written", "quoted"] = "as_written"
    composer: Composer = Field(default="extractive", description="Which composer chose and worded it.")
    as_of: date | None = Field(default=None, description="Publication date of the newest cited source.")

    @model_validator(mode="after")
    def _is_cited(self) -> Statement:
        if self.kind in NEEDS_CITATION and not self.citations:
            raise ValueError(f"A {self.kind} needs at least one citation: {self.text!r}")
        return self


class Section(Frozen):
    """A titled group of statements."""

    kind: SectionKind
    title: str
    statements: tuple[Statement, ...]


class Source(Frozen):
    """A cited document. `id` opens it under `/v1/sources/{id}`."""

    n: int = Field(ge=1)
    id: str
    kind: Literal["news", "guide"]
    title: str
    publisher: str
    url: str
    published: date


class Freshness(Frozen):
    """How old the newest cited news is on the day of the question."""

    newest: date | None = None
    age_days: int | None = None
    note: str | None = None


class Withheld(Frozen):
    """A statement that was not released, and why."""

    text: str
    reason: str
    words: str = ""


class Usage(Frozen):
    """Tokens and cost of a language model; zeros for the extractive composer."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0

    def plus(self, other: Usage) -> Usage:
        """Both together."""
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            cost_usd=round(self.cost_usd + other.cost_usd, 8),
        )


class Outcomes(Frozen):
    """What became of the statements that a model wrote; zeros for the extractive composer."""

    as_written: int = Field(default=0, ge=0, description="Supported, and shown in the model's words.")
    quoted: int = Field(default=0, ge=0, description="Not supported as written, and replaced by a source's sentence.")
    withheld: int = Field(default=0, ge=0, description="Not supported, and not shown.")


class AnswerSummary(Frozen):
    """Everything about an answer except its sections: the payload of `answer.completed`."""

    id: str
    question: str
    standalone_question: str
    as_of: date
    created_at: datetime
    understanding: Understanding
    abstained: bool = False
    abstention_reason: AbstentionReason | None = None
    sources: tuple[Source, ...] = ()
    freshness: Freshness = Freshness()
    withheld: tuple[Withheld, ...] | None = Field(default=None, description="Only when the request asks for a trace.")
    withheld_count: int = 0
    follow_ups: tuple[str, ...] = ()
    outcomes: Outcomes = Outcomes()
    composer: Composer = Field(default="extractive", description="generative when a model wrote any of it.")
    takeover: TakeoverReason | None = Field(
        default=None, description="Why the extractive composer took over from the model; null when it did not."
    )
    model: str | None = Field(default=None, description="The model that wrote, or began to.")
    prompts: tuple[str, ...] = ()
    corpus_seq: int = 0
    cached: bool = Field(
        default=False, description="Whether it was taken from an equal request, earlier or at the same time."
    )
    usage: Usage = Usage()
    timings_ms: dict[str, float] = Field(default_factory=dict)


class Answer(AnswerSummary):
    """The whole answer, as `POST /v1/answers` returns it."""

    sections: tuple[Section, ...] = ()


class Target(Frozen):
    """The candidate's correction or completion of the understanding."""

    company: str | None = None
    role: str | None = None
    interview_date: date | None = None
    experience: str | None = Field(default=None, max_length=2000)
    covered: tuple[Annotated[str, Field(max_length=200)], ...] = Field(
        default=(), max_length=20, description="What the candidate has covered already, in their words."
    )


class Turn(Frozen):
    """An earlier question of the conversation."""

    question: str = Field(min_length=1, max_length=4000)
    answer_id: str | None = None
    standalone_question: str | None = Field(
        default=None,
        max_length=8000,
        description="How its answer read it; worked out from the turns before when left out.",
    )


class AnswerFilters(Frozen):
    """Restrictions of the sources that may be used."""

    companies: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    published_from: date | None = None
    published_to: date | None = None
    kinds: tuple[Literal["news", "guide"], ...] = ()


class GivenPassage(Frozen):
    """A passage that the client brings along. Its text is data: nothing in it is followed as an instruction."""

    text: str = Field(min_length=1, max_length=20_000)
    id: str = Field(default="", max_length=200)
    title: str = Field(default="", max_length=500)
    publisher: str = Field(default="", max_length=200)
    url: str = Field(default="", max_length=2_000)
    published: date | None = None


class AnswerRequest(Frozen):
    """A question with its optional corrections, as `POST /v1/answers` takes it."""

    question: Annotated[str, Field(min_length=1, max_length=4000)]
    as_of: date | None = None
    history: tuple[Turn, ...] = Field(default=(), max_length=50)
    target: Target = Target()
    filters: AnswerFilters = AnswerFilters()
    passages: tuple[GivenPassage, ...] = Field(default=(), max_length=50, description="Answer from these alone.")
    composer: Literal["auto", "extractive", "generative"] = "auto"
    max_statements: int = Field(default=40, ge=1, le=200)
    language: str = Field(default="en", pattern=r"^[a-z]{2}(-[A-Za-z]{2,4})?$")
    trace: bool = False


class AnswerStarted(Frozen):
    """First event: the question was understood."""

    event: Literal["answer.started"] = "answer.started"
    id: str
    understanding: Understanding
    as_of: date


class AnswerSources(Frozen):
    """Second event: the sources that the statements will cite."""

    event: Literal["answer.sources"] = "answer.sources"
    sources: tuple[Source, ...]


class SectionStarted(Frozen):
    """A section opens; its statements follow."""

    event: Literal["section.started"] = "section.started"
    section: int = Field(ge=0)
    kind: SectionKind
    title: str


class StatementReleased(Frozen):
    """A checked statement of the open section."""

    event: Literal["statement"] = "statement"
    section: int = Field(ge=0)
    statement: Statement


class SectionCompleted(Frozen):
    """The section is whole."""

    event: Literal["section.completed"] = "section.completed"
    section: int = Field(ge=0)


class AnswerFollowUps(Frozen):
    """Questions that the corpus can answer next."""

    event: Literal["answer.follow_ups"] = "answer.follow_ups"
    follow_ups: tuple[str, ...]


class AnswerCompleted(Frozen):
    """Last event: everything that the JSON answer has except its sections."""

    event: Literal["answer.completed"] = "answer.completed"
    answer: AnswerSummary


AnswerEvent = (
    AnswerStarted
    | AnswerSources
    | SectionStarted
    | StatementReleased
    | SectionCompleted
    | AnswerFollowUps
    | AnswerCompleted
)
