"""How far judges agree: the offline judge with people, or with a language model, on the statements of a run.

Labels of people come and go as CSV, without the judge's verdict in it, so that nobody is led. A language model is asked
through an OpenAI-compatible endpoint. Both are reported with Cohen's kappa beside the bare share of agreement, since
most statements are supported and always saying so agrees often.
"""

from __future__ import annotations

import asyncio
import csv
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

import prompts
from eval.answers import DRAWS, ratio_figure, resamples
from eval.errors import RunError
from eval.records import AnswerRecord, Figure, Run
from service.answering.offered import one_line
from service.grounding.judge import read_opinion

if TYPE_CHECKING:
    from eval.targets import Chat

COLUMNS: Final = ("question_id", "statement", "question", "text", "evidence", "supported")
YES: Final = frozenset({"yes", "y", "true", "1", "supported"})
NO: Final = frozenset({"no", "n", "false", "0", "unsupported"})

Place = tuple[str, int]
"""A statement of a run: the id of its question, and its place in the answer."""
Labels = Mapping[Place, bool]


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement to label, with what it cites and what the offline judge says."""

    place: Place
    question: str
    text: str
    evidence: str
    supported: bool


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often two judges say the same, and Cohen's kappa, over `n` statements; with the statements they differ on."""

    share: Figure
    kappa: Figure
    n: int
    differing: tuple[Place, ...]


def claims_of(run: Run) -> list[Claim]:
    """The statements of a run that claim something and cite something, in order."""
    return [claim for record in run.records for claim in _claims(record)]


def cohen_kappa(both: float, first_only: float, second_only: float, neither: float) -> float:
    """Agreement of two judges beyond chance, from how many statements each calls supported.

    Cohen, "A coefficient of agreement for nominal scales", 1960: (observed - expected) / (1 - expected). 1 when both
    say the same of everything, even where chance would as well; 0 for no statements.
    """
    total = both + first_only + second_only + neither
    if total <= 0:
        return 0.0
    observed = (both + neither) / total
    first, second = (both + first_only) / total, (both + second_only) / total
    expected = first * second + (1 - first) * (1 - second)
    if expected >= 1.0:
        return 1.0 if observed >= 1.0 else 0.0
    return float((observed - expected) / (1 - expected))


def agreement(claims: Sequence[Claim], labels: Labels, draws: int = DRAWS) -> Agreement:
    """How far `labels` agree with the offline judge, with 95 % intervals over resampled questions.

    Raises:
        RunError: there is no label for any of the claims.
    """
    labelled = [claim for claim in claims if claim.place in labels]
    if not labelled:
        raise RunError("None of the run's statements has a label.")
    questions = list(dict.fromkeys(claim.place[0] for claim in labelled))
    table = np.zeros((len(questions), 4))  # both, the judge only, the label only, neither
    for claim in labelled:
        cell = 2 * (not claim.supported) + (not labels[claim.place])
        table[questions.index(claim.place[0]), cell] += 1
    drawn = [cohen_kappa(*row) for row in resamples(len(questions), draws) @ table]
    value = cohen_kappa(*table.sum(axis=0))
    low, high = np.quantile(drawn, (0.025, 0.975)) if drawn else (value, value)
    return Agreement(
        share=ratio_figure(table[:, 0] + table[:, 3], table.sum(axis=1), draws),
        kappa=Figure(value=value, low=float(low), high=float(high), n=len(questions)),
        n=len(labelled),
        differing=tuple(claim.place for claim in labelled if labels[claim.place] != claim.supported),
    )


def write_csv(claims: Iterable[Claim], path: Path) -> None:
    """Write statements for people to label, one a row, the column `supported` empty.

    Raises:
        RunError: the file cannot be written.
    """
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(COLUMNS)
            for claim in claims:
                name, at = claim.place
                table.writerow((name, at, *map(_plain, (claim.question, claim.text, claim.evidence)), ""))
    except OSError as error:
        raise RunError(f"{path}: cannot be written ({error.strerror}).") from None


def read_csv(path: Path) -> dict[Place, bool]:
    """The labels of a file: column `supported` is yes or no, or empty where nobody has decided.

    Raises:
        RunError: the file cannot be read, lacks a column, or a label is neither yes nor no.
    """
    labels: dict[Place, bool] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                given = row["supported"].strip().casefold()
                if not given:
                    continue
                if given not in YES | NO:
                    raise RunError(f"{path.name}: supported is yes or no, not {row['supported']!r}.")
                labels[row["question_id"], int(row["statement"])] = given in YES
    except OSError as error:
        raise RunError(f"{path}: cannot be read ({error.strerror}).") from None
    except (KeyError, ValueError, AttributeError, csv.Error):
        raise RunError(f"{path.name}: needs the columns question_id, statement and supported in every row.") from None
    return labels


async def ask_model(
    claims: Sequence[Claim], chat: Chat, concurrency: int = 4, on_progress: Callable[[int, int], None] = lambda *_: None
) -> dict[Place, bool]:
    """What a language model says of each claim; those on which it has no opinion, or fails, are left out.

    It is asked with the prompt of the judge that the service uses (`service.grounding.judge`).
    """
    prompt = prompts.load("judge")
    turns = asyncio.Semaphore(concurrency)
    labels: dict[Place, bool] = {}
    done = 0

    async def one(claim: Claim) -> None:
        nonlocal done
        async with turns:
            asked = prompt.render(
                token=secrets.token_hex(6), statement=one_line(claim.text), passages=[one_line(claim.evidence)]
            )
            reply = await chat.say([{"role": role, "content": text} for role, text in asked.items()])
        opinion = read_opinion(reply.text)
        if opinion is not None:
            labels[claim.place] = opinion.supported
        done += 1
        on_progress(done, len(claims))

    async with asyncio.TaskGroup() as group:
        for claim in claims:
            group.create_task(one(claim))
    return labels


def _claims(record: AnswerRecord) -> Iterator[Claim]:
    statements = zip(record.response.statements, record.judgement.statements, strict=True)
    for at, (said, verdict) in enumerate(statements):
        quotes = " | ".join(citation.quote for citation in said.citations if citation.quote)
        if verdict.claims and quotes:
            yield Claim((record.question.id, at), record.question.question, said.text, quotes, verdict.entailed)


def _plain(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
