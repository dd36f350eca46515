"""What there is to say about an answer beside its sections: who wrote it, what was withheld, what it cost.

A composer fills a `Told` while it tells the answer; the engine puts it into the last event.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from service.answering.answer import Composer, Outcomes, Source, TakeoverReason, Usage, Withheld


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a follow-up with a language model took; nothing where rules did it."""

    usage: Usage = field(default_factory=Usage)
    prompts: tuple[str, ...] = ()


@dataclass
class Told:
    """Complete when the last section has been told. `sources` are those that the statements cite."""

    read_by: Reading = field(default_factory=Reading)
    sources: tuple[Source, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    outcomes: Outcomes = field(default_factory=Outcomes)
    composer: Composer = "extractive"
    takeover: TakeoverReason | None = None
    model: str | None = None
    prompts: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)
    timings_ms: dict[str, float] = field(default_factory=dict)
