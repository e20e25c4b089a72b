"""The state of one call: its deadline, its attempts and the reasons for its retries."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable
from typing import Any, Protocol, TypeVar

from cognito_async._errors import (
    ClientClosedError,
    CognitoError,
    CredentialsError,
    InvalidResponseError,
    RequestTimeoutError,
    ServiceError,
    TransportError,
)
from cognito_async._model import Operation, Request
from cognito_async._pipeline.tracing import invocation_id
from cognito_async.credentials._credentials import Credentials
from cognito_async.transport import HTTPRequest, HTTPResponse

T = TypeVar("T")
ErrorT = TypeVar("ErrorT", bound=TransportError | ServiceError | InvalidResponseError)


class Observer(Protocol):
    """What runs the hooks of a client around the attempts of one call."""

    def before_attempt(self, url: str, region: str | None) -> None: ...

    def with_headers(self, request: HTTPRequest) -> HTTPRequest: ...

    def after_attempt(self, outcome: HTTPResponse | CognitoError, delay: float | None) -> None: ...

    async def delay(self, sleep: Awaitable[None]) -> None: ...


class Call:
    """A call from its encoded request to its response or error."""

    __slots__ = (
        "attempts",
        "body",
        "credentials",
        "deadline",
        "id",
        "max_attempts",
        "observer",
        "operation",
        "reasons",
        "request",
        "retry_cost",
        "skew_corrected",
        "time_elapsed",
        "timeout",
        "waited",
    )

    def __init__(
        self, operation: Operation, body: bytes, timeout: float | None, deadline: float | None
    ) -> None:
        self.operation = operation
        self.body = body
        self.timeout = timeout
        self.deadline = deadline
        """Time on the event loop's clock."""
        self.max_attempts = 1
        self.id = invocation_id()
        self.attempts = 0
        self.reasons: tuple[str, ...] = ()
        self.time_elapsed = False
        """Whether anything has waited since the call began."""
        self.retry_cost: int | None = None
        self.skew_corrected = False
        self.observer: Observer | None = None
        """None without hooks."""
        self.request: Request[Any] | None = None
        """The request; None if it is no operation of the API."""
        self.waited = 0.0
        """Seconds that the current attempt waited for rate limits."""
        self.credentials: Credentials | None = None
        """Credentials of the current attempt; None if the operation is not signed."""

    def seconds_left(self) -> float | None:
        """Return the time until the deadline; the whole timeout if nothing has waited yet."""
        if self.deadline is None or not self.time_elapsed:
            return self.timeout
        return max(0.001, self.deadline - asyncio.get_running_loop().time())

    async def wait_for(self, awaitable: Awaitable[T], *, timeout_message: str, attempts: int) -> T:
        """Wait for a step of the call, at most until its deadline.

        Args:
            awaitable: The step.
            timeout_message: Text of the error at the deadline, such as ``no credentials``.
            attempts: Number of requests sent so far, for the error.
        """
        self.time_elapsed = True
        scope = asyncio.timeout_at(self.deadline)
        try:
            async with scope:
                return await awaitable
        except ClientClosedError as error:
            raise self.annotate(error) from None
        except TimeoutError as error:
            if isinstance(error, CognitoError) or not scope.expired():
                raise
        failure = self.annotate(self.timeout_error(timeout_message))
        failure.attempts = attempts
        if not attempts:
            failure.may_have_arrived = False
            failure.advice = "Check the step that took so long, or raise timeout."
        raise failure

    def timeout_error(self, message: str = "no response") -> RequestTimeoutError:
        """Return the error for the end of the call's own timeout."""
        return RequestTimeoutError(f"{message} within {self.timeout:g} seconds")

    def annotate(self, error: ErrorT) -> ErrorT:
        """Set operation, attempts and retry reasons on an error of this call, and return it."""
        error.operation = self.operation.name
        error.attempts = self.attempts
        error.retry_reasons = self.reasons
        return error


def closed_error(call: Call, message: str = "the client is closed") -> ClientClosedError:
    """Return the error of a call whose next request is not sent, because the client is closed."""
    error = call.annotate(ClientClosedError(message))
    error.may_have_arrived = call.attempts > 0
    return error


def copy_for_operation(error: CredentialsError, operation: Operation) -> CredentialsError:
    """Return a copy that names the operation; all calls that wait for credentials get the same error."""
    own = copy.copy(error).with_traceback(error.__traceback__)
    own.operation = operation.name
    return own
