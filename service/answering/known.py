"""What a conversation has told of the candidate: company, role, day of the interview, experience, what is covered.

`after` gathers it from an answer's understanding, turn by turn; `followup` completes later questions with it, and
`service.session_store` keeps it. The candidate sees it as a `Target`, corrects it, and has parts of it forgotten.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final, Literal, get_args

import pydantic

from service.answering.answer import AnswerSummary, Frozen, Intent, Target

Field = Literal["company", "role", "interview_date", "experience", "covered"]
FIELDS: Final[tuple[Field, ...]] = get_args(Field)
MOST_COVERED: Final = 20
"""Things that are remembered as covered, the latest ones."""

_TELLS_OF_THE_CANDIDATE: Final[frozenset[Intent]] = frozenset({"prepare", "skills", "practise", "questions_to_ask"})
_FORGET = re.compile(
    r"^\W*(?:(?:please|ok(?:ay)?|and|can you|could you|you can)\s+)*(?:forget|delete|drop|erase|remove)\s+(?:about\s+)?"
    r"(?P<what>(?:(?:my|the|all|that|what|i|of|it|have|about|me|told|said|you|know)\s+)*[\w ,-]{2,60}?)(?:\s+please)?\W*$",
    re.IGNORECASE,
)
_NAMED: Final[tuple[tuple[re.Pattern[str], tuple[Field, ...]], ...]] = (
    (re.compile(r"\b(?:everything|it all|all of it|all that|about me|this conversation|the conversation)\b", re.I), FIELDS),
    (re.compile(r"\b(?:date|day|deadline|when (?:my|the) interview)\b", re.I), ("interview_date",)),
    (re.compile(r"\b(?:company|employer|firm)\b", re.I), ("company",)),
    (re.compile(r"\b(?:role|position|job|title)\b", re.I), ("role",)),
    (re.compile(r"\b(?:experience|background|years|cv|degree)\b", re.I), ("experience",)),
    (re.compile(r"\b(?:covered|progress|what i (?:know|did|have done|studied))\b", re.I), ("covered",)),
)  # fmt: skip
_COVERED = re.compile(
    r"\b(?:i(?:'ve|’ve| have)?\s+(?:already\s+)?(?:covered|revised|studied|finished|practi[sc]ed|been through|gone through|done with)|"
    r"i(?:'m|’m| am)\s+(?:already\s+)?(?:done with|comfortable with|fine with|good at|confident (?:in|with|about))|"
    r"i\s+already\s+(?:know|did))\s+(?P<what>[^.?!;]{2,120}?)(?=\s*(?:[.?!;]|$|,?\s+(?:so|but|now|what|which|how|before|already)\b))",
    re.IGNORECASE,
)


class Known(Frozen):
    """What is known: the current target, and the day of the interview at each company that one was named for."""

    target: Target = Target()
    interviews: dict[str, date] = pydantic.Field(default_factory=dict)

    def interview_at(self, company: str | None, as_of: date) -> date | None:
        """The day of the interview at `company` (None: wherever), None when it is unknown or lies before `as_of`."""
        if company is None or company == self.target.company or self.target.company is None:
            day = self.target.interview_date
        else:
            day = self.interviews.get(company)
        return day if day and day >= as_of else None


NOTHING: Final = Known()


def after(known: Known, answer: AnswerSummary) -> Known:
    """`known` with what the question of `answer` told of the candidate.

    Only questions that speak of an interview or of preparing for one tell it: who asks what Sony builds does not
    apply there. Each company keeps its own day.
    """
    forgotten = forgotten_fields(answer.question)
    if forgotten:
        return without(known, forgotten)
    read, old = answer.understanding, known.target
    covered = tuple(dict.fromkeys((*old.covered, *covered_in(answer.question))))[-MOST_COVERED:]
    if read.intent not in _TELLS_OF_THE_CANDIDATE:
        return known.model_copy(update={"target": old.model_copy(update={"covered": covered})})
    names = [company.name for company in read.companies] + list(read.unknown_companies)
    company = names[0] if len(names) == 1 else old.company
    roles = [role.title for role in read.roles]
    day = answer.as_of + timedelta(days=read.days_left) if read.days_left is not None else None
    interviews = dict(known.interviews)
    if day and company:
        interviews[company] = day
    if day is None:
        day = old.interview_date if company == old.company or old.company is None else interviews.get(company or "")
    if day and company:
        interviews.setdefault(company, day)
    target = Target(
        company=company,
        role=roles[0] if roles else old.role,
        interview_date=day,
        experience=read.experience[:2000] or old.experience,
        covered=covered,
    )
    return Known(target=target, interviews=interviews)


def corrected(known: Known, changes: Target, named: frozenset[Field]) -> Known:
    """`known` with the fields `named` taken from `changes`; an empty one is forgotten. The day moves along."""
    target = known.target.model_copy(update={field: getattr(changes, field) for field in named})
    interviews = dict(known.interviews)
    if "company" in named and known.target.company:
        interviews.pop(known.target.company, None)
    if "interview_date" in named and target.interview_date is None:
        interviews.pop(target.company or "", None)
    if target.company and target.interview_date:
        interviews[target.company] = target.interview_date
    return Known(target=target, interviews=interviews)


def without(known: Known, fields: frozenset[Field]) -> Known:
    """`known` without some fields; the days of all interviews go together."""
    kept = corrected(known, Target(), fields)
    return kept.model_copy(update={"interviews": {}}) if "interview_date" in fields else kept


def forgotten_fields(text: str) -> frozenset[Field]:
    """What a message asks to be forgotten ("forget my interview date", "forget everything"); empty for any other."""
    asked = _FORGET.match(text)
    if asked is None or len(text) > 100:
        return frozenset()
    return frozenset(field for pattern, fields in _NAMED if pattern.search(asked["what"]) for field in fields)


def covered_in(text: str) -> tuple[str, ...]:
    """What a message says is covered already, in its words ("I've already covered Kalman filters")."""
    return tuple(match["what"].strip(" ,") for match in _COVERED.finditer(text))
