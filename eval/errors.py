"""What can go wrong in an evaluation: `EvalError`, whose text is one clear sentence for the person who ran it."""

from __future__ import annotations


class EvalError(Exception):
    """Base of the evaluation's own errors."""


class GoldenError(EvalError):
    """A question file that cannot be used; the message names the file, the line and what to mend."""


class RunError(EvalError):
    """A run that cannot be made or read; the message says why and what to do."""
