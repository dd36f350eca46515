"""What can go wrong in the service, as one tree.

    ServiceError                  base; its text is one clear sentence for the person who asked
    ├── SettingsError             an ALLY_ setting cannot be used (the process does not start)
    ├── MalformedRequest          the body is not JSON
    ├── InvalidRequest            a field is missing or out of bounds
    ├── BodyTooLarge              the body exceeds ALLY_MAX_BODY_BYTES
    ├── UnsupportedMediaType      the body is not declared as JSON
    ├── AnswerNotFound            no such answer, or no longer kept
    ├── SessionNotFound           no such conversation, or no longer kept
    ├── SessionsNotKept           ALLY_ANSWER_RETENTION_DAYS is 0
    ├── SourceNotFound            no such source
    ├── ProblemNotFound           no such problem type
    ├── NotReady                  the indexes have not caught up with the sources
    └── AnswerTimeout             the answer took longer than ALLY_REQUEST_TIMEOUT_S

`service.api.problems` maps every class but SettingsError to one problem type; `service.cli` prints the sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# More than these make no readable sentence; the problem's `errors` lists them all.
_FAULTS_TOLD = 3


class ServiceError(Exception):
    """Base of the service's own errors."""


class SettingsError(ServiceError):
    """Raised when a setting is unknown or its value cannot be used."""


class MalformedRequest(ServiceError):
    """Raised when a request body cannot be read as JSON."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a request: where (`pointer` into the JSON body, or `parameter` of the address) and what."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None


class InvalidRequest(ServiceError):
    """Raised when a request is well formed but a field cannot be used. `faults` names each of them."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """`faults`: at least one."""
        self.faults = tuple(faults)
        told = [f"{fault.pointer or fault.parameter or 'body'}: {fault.detail}" for fault in self.faults[:_FAULTS_TOLD]]
        more = f"; and {len(self.faults) - _FAULTS_TOLD} more" if len(self.faults) > _FAULTS_TOLD else ""
        super().__init__(f"The request cannot be used: {'; '.join(told)}{more}.")


class BodyTooLarge(ServiceError):
    """Raised when a request body exceeds the limit."""

    def __init__(self, limit: int) -> None:
        """`limit`: in bytes."""
        super().__init__(
            f"The request body is larger than {limit:,} bytes. Shorten the question, its history or its passages."
        )


class UnsupportedMediaType(ServiceError):
    """Raised when a request body is not declared as JSON."""

    def __init__(self, content_type: str) -> None:
        """`content_type`: as the client sent it, possibly empty."""
        sent = f"not {content_type[:80]!r}" if content_type else "and none was sent"
        super().__init__(f"Send the request with Content-Type: application/json, {sent}.")


class AnswerNotFound(ServiceError):
    """Raised when no answer has the given id."""

    def __init__(self, answer_id: str) -> None:
        """`answer_id`: as the client sent it."""
        super().__init__(f"There is no answer {answer_id[:80]!r}, or it is no longer kept. Ask the question again.")


class SessionNotFound(ServiceError):
    """Raised when no conversation has the given id. The text leaves the id out, since it is a secret."""

    def __init__(self) -> None:
        super().__init__(
            "There is no such conversation, or it is no longer kept. Begin another with POST /v1/sessions."
        )


class SessionsNotKept(ServiceError):
    """Raised when a conversation is asked for on a server that keeps none."""

    def __init__(self) -> None:
        super().__init__("This server keeps no conversations. Send the earlier questions along as history.")


class SourceNotFound(ServiceError):
    """Raised when no source has the given id."""

    def __init__(self, source_id: str) -> None:
        """`source_id`: as the client sent it."""
        super().__init__(f"There is no source {source_id[:80]!r}. GET /v1/sources lists those that exist.")


class ProblemNotFound(ServiceError):
    """Raised when no problem type has the given name."""

    def __init__(self, slug: str) -> None:
        """`slug`: as the client sent it."""
        super().__init__(f"There is no problem type {slug[:80]!r}. GET /v1/problems lists those that exist.")


class NotReady(ServiceError):
    """Raised while the indexes have not caught up with the sources. `retry_after_s` says when to try again."""

    def __init__(self, detail: str, retry_after_s: int = 5) -> None:
        """`detail`: what is being waited for, as a sentence."""
        self.retry_after_s = retry_after_s
        super().__init__(detail)


class AnswerTimeout(ServiceError):
    """Raised when an answer takes too long."""

    def __init__(self, seconds: float) -> None:
        """`seconds`: the limit that was exceeded."""
        super().__init__(
            f"The answer was not complete after {seconds:g} seconds. Try again, or ask something narrower."
        )
