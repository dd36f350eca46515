"""The exact checks: what a statement says against what its sources say, kind by kind.

Each check is a function from a `Comparison` to problems, and `CHECKS` is the table of them. They are written for what
they catch: a wrong statement costs a candidate the job, a refused one costs style. `checker` runs the table; a problem
found here stands whatever the learned score says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.grounding import belonging, content, manner, measures
from service.grounding.comparison import Check, Comparison
from service.grounding.verdict import Problem

CHECKS: Final[Mapping[str, Check]] = {
    "figure": content.figures,
    "measure": measures.measures,
    "date": content.dates,
    "report's day": content.report_days,
    "name": content.names,
    "role": belonging.roles,
    "exchange": belonging.exchanged,
    "merge": belonging.merged,
    "subject": belonging.subjects,
    "negation": manner.negation,
    "direction": manner.direction,
    "modality": manner.modality,
    "hedge": manner.hedges,
    "attribution": manner.attribution,
    "superlative": manner.superlatives,
    "scope": manner.scope,
    "cause": manner.cause,
}
"""The checks by name, in the order in which their problems are told."""


def problems(comparison: Comparison) -> tuple[Problem, ...]:
    """What every check of `CHECKS` objects to."""
    return tuple(problem for check in CHECKS.values() for problem in check(comparison))
