"""Refusals. A `DomainError` is what a person is told; each door turns it into its own form in one place.

Codes are stable and documented (docs/problems.md; a test compares). The shape on the wire is RFC 9457.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar


class DomainError(Exception):
    """A refusal with a stable `code`, an HTTP `status` and an English `message` template filled by keyword."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400
    message: ClassVar[str] = "This cannot be done."

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(self.text)

    @property
    def text(self) -> str:
        """Return the English sentence."""
        return self.message.format(**self.params)

    def problem(self) -> dict[str, Any]:
        """Return the RFC 9457 object: type, title, status, detail, code and the parameters as extension members."""
        extra = {key: plain(value) for key, value in self.params.items()}
        return {
            "type": f"/problems/{self.code}",
            "title": type(self).__name__,
            "status": self.status,
            "detail": self.text,
            "code": self.code,
            **{key: value for key, value in extra.items() if key not in {"type", "title", "status", "detail", "code"}},
        }


def fault_of(refusal: DomainError) -> dict[str, Any]:
    """Return a refusal as rows keep it: its code and parameters, to be said later in anybody's language."""
    return {"code": refusal.code, "params": {name: plain(value) for name, value in refusal.params.items()}}


class NotFound(DomainError):
    """The thing is not there, or is not the actor's to see: both look the same."""

    code = "not_found"
    status = 404
    message = "There is nothing here, or it is not yours to see."


class Forbidden(DomainError):
    """The actor may see it but not do this."""

    code = "forbidden"
    status = 403
    message = "You may not do this."


class SignInNeeded(DomainError):
    """No valid session or token."""

    code = "sign_in_needed"
    status = 401
    message = "Please sign in."


class Invalid(DomainError):
    """Input of the wrong shape. `fields` maps a field to its sentence."""

    code = "invalid"
    status = 422
    message = "Some of what was entered is not right."


class KeyReused(DomainError):
    """An idempotency key came again with other input."""

    code = "idempotency_key_reused"
    status = 409
    message = "This Idempotency-Key was used before with other input."


class KeyMissing(DomainError):
    """A write came without an idempotency key."""

    code = "idempotency_key_missing"
    status = 400
    message = "Send an Idempotency-Key header of 8 to 80 characters with every write."


class Busy(DomainError):
    """A queue is full, or a wait took too long. Nothing was done, or the same key asked again gives the answer."""

    code = "busy"
    status = 503
    message = "Too much is going on right now. Please try again in a moment."


class TooMany(DomainError):
    """A rate limit."""

    code = "too_many"
    status = 429
    message = "Too many attempts. Please wait {seconds} seconds."


def plain(value: Any) -> Any:
    """Return `value` as JSON can carry it (UUIDs, times and enums as text)."""
    if isinstance(value, bool | int | float | str | type(None)):
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return str(value)


def all_problems() -> Iterator[type[DomainError]]:
    """Yield every DomainError class that is loaded (for the documentation and its test)."""
    pending = [DomainError]
    while pending:
        for sub in pending.pop().__subclasses__():
            yield sub
            pending.append(sub)
