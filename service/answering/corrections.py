"""Earlier questions of a conversation after something in them was corrected or forgotten, or on a later day.

`question` rewrites a session's turns with `corrected`; `service.api.runs` has those of earlier days `dated`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from service.answering.figures import spoken
from service.answering.known import Known
from service.answering.substitution import Fresh, with_companies, with_role, without_time_left
from service.answering.talk import Name, Talk
from service.answering.time_left import time_left
from service.answering.wording import ended


def corrected(texts: Sequence[str], before: Known, after: Known, talk: Talk) -> list[str]:
    """The standalone questions of a conversation after what is known was corrected or forgotten.

    What an earlier question says of the interview's day or of the experience no longer counts, and the latest question
    is read with the right company and role, so that a follow-up goes on from there.
    """
    old, new = before.target, after.target
    texts = list(texts)
    if old.interview_date != new.interview_date or before.interviews != after.interviews:
        texts = [without_time_left(text, talk.as_of) or text for text in texts]
    if old.experience and old.experience != new.experience:
        texts = [_without_experience(text, old.experience) or text for text in texts]
    if not texts:
        return texts
    named = [name for name in talk.names(texts[-1]) if old.company in (name.written, name.id)]
    if new.company and new.company != old.company and named:
        fresh = Fresh((Name("", new.company),), "", "", "", None, is_bare=True)
        texts[-1] = with_companies(texts[-1], fresh, talk)
    if new.role and new.role != old.role and talk.read(texts[-1]).roles:
        texts[-1] = with_role(texts[-1], new.role, talk)
    return texts


def dated(text: str, said_on: date) -> str:
    """A standalone question of an earlier day, with the time left as the day of the interview, which does not move."""
    left = time_left(text, said_on)
    if left is None:
        return text
    day = spoken(said_on + timedelta(days=left.days))
    return f"{ended(without_time_left(text, said_on) or text)} My interview is on {day}."


def _without_experience(text: str, experience: str) -> str:
    return " ".join(part for part in re.split(r"(?<=[.?!])\s+", text) if experience.casefold() not in part.casefold())
