"""Errors of the client itself: credentials, configuration, requests, responses, lists and waiters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, Self

from cognito_async._errors.base import CognitoError, attempt_details, error_text, request_detail


class CredentialsError(CognitoError):
    """AWS credentials are missing, incomplete or could not be fetched.

    Attributes:
        operation: Operation that needed them, such as ``AdminGetUser``; empty outside of a call.
    """

    operation = ""

    def __str__(self) -> str:
        text = super().__str__()
        return f"{self.operation} failed: {text}" if self.operation else text


class ConfigurationError(CognitoError):
    """A setting is missing, malformed or contradicts another one."""


class InvalidRequestError(CognitoError, ValueError):
    """The request does not match the API. Nothing was sent.

    Attributes:
        shape: Shape of the request, such as ``AdminCreateUserRequest``.
        problems: One text per problem; each starts with the path of the member.
    """

    def __init__(self, shape: str, problems: Sequence[str]) -> None:
        self.shape = shape
        self.problems: tuple[str, ...] = tuple(problems)
        super().__init__(shape, self.problems)

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return f"{self.shape}: {self.problems[0]}"
        return "\n  ".join([f"{self.shape}: {len(self.problems)} problems", *self.problems])


class _Metadata(Protocol):
    """The parts of ``ResponseMetadata`` that errors repeat."""

    @property
    def request_id(self) -> str | None: ...
    @property
    def http_status(self) -> int: ...
    @property
    def attempts(self) -> int: ...
    @property
    def retry_reasons(self) -> tuple[str, ...]: ...


class InvalidResponseError(CognitoError):
    """The status reports success, but the response cannot be used.

    Attributes:
        operation: Operation that was called.
        status: HTTP status.
        request_id: Id that AWS support needs, or None.
        attempts: Number of requests sent, including the first.
        retry_reasons: Why each attempt but the last failed.
    """

    advice = (
        "The call may have been carried out. Check endpoint_url and proxy of client.config: something other "
        "than the service may have responded."
    )

    def __init__(
        self,
        reason: str,
        *,
        operation: str,
        status: int,
        request_id: str | None = None,
        attempts: int = 1,
    ) -> None:
        self.reason = reason
        self.operation = operation
        self.status = status
        self.request_id = request_id
        self.attempts = attempts
        self.retry_reasons: tuple[str, ...] = ()
        super().__init__(reason)

    @classmethod
    def from_metadata(
        cls, reason: str, *, operation: str, metadata: _Metadata, advice: str | None = None
    ) -> Self:
        """Return the error for a response that was decoded and cannot be used."""
        error = cls(
            reason,
            operation=operation,
            status=metadata.http_status,
            request_id=metadata.request_id,
            attempts=metadata.attempts,
        )
        error.retry_reasons = metadata.retry_reasons
        if advice is not None:
            error.advice = advice
        return error

    def __str__(self) -> str:
        details = [
            f"HTTP {self.status}",
            *request_detail(self.request_id),
            *attempt_details(self.attempts, self.retry_reasons),
        ]
        return error_text(f"{self.operation} failed: {self.reason}", details, self.advice)


class PaginationError(CognitoError):
    """The service sent the same pagination token twice, so the list has no end."""

    advice = (
        "Stopped to avoid an endless loop. Keep the items received so far and read the list again from its "
        "start later; if the error repeats, the fault is in the service or the emulator."
    )


class WaiterError(CognitoError):
    """The expected state cannot be reached: the job or domain failed, or somebody stopped it.

    Attributes:
        last: Last state that the service returned, such as a ``UserImportJobType``, or None.
    """

    advice = "error.last has the last state: fix the cause, then retry."

    def __init__(self, message: str, last: Any = None) -> None:
        self.last = last
        super().__init__(message)


class WaiterTimeoutError(WaiterError, TimeoutError):
    """The expected state was not reached before the timeout; it may still be reached."""

    advice = "The state may still be reached: wait again, with a longer timeout."
