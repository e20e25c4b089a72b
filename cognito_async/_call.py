"""One call on its way: how much time it has left, how often it was tried and why."""

from __future__ import annotations

import asyncio
import copy
import logging
from collections.abc import Awaitable, Mapping
from typing import TypeVar

from cognito_async._agent import invocation_id
from cognito_async._errors import (
    ClientClosedError,
    CognitoError,
    CredentialsError,
    InvalidResponseError,
    RequestTimeoutError,
    ServiceError,
    TransportError,
)
from cognito_async._model import Operation
from cognito_async._protocol import Reply

T = TypeVar("T")
FailureT = TypeVar("FailureT", bound=TransportError | ServiceError | InvalidResponseError)

log = logging.getLogger("cognito_async")


class Call:
    """A call on its way."""

    __slots__ = (
        "attempts",
        "body",
        "end",
        "has_waited",
        "id",
        "max_attempts",
        "operation",
        "paid",
        "reasons",
        "seconds",
        "skew_corrected",
    )

    def __init__(self, operation: Operation, body: bytes, seconds: float | None, end: float | None) -> None:
        self.operation = operation
        self.body = body
        self.seconds = seconds
        self.end = end
        self.max_attempts = 1
        self.id = invocation_id()
        self.attempts = 0
        self.reasons: tuple[str, ...] = ()
        self.has_waited = False
        self.paid: int | None = None
        self.skew_corrected = False


def seconds_left(call: Call) -> float | None:
    """Rest of the time of a call; all of it when nothing took any yet, which is the cheap and common case."""
    if call.end is None or not call.has_waited:
        return call.seconds
    return max(0.001, call.end - asyncio.get_running_loop().time())


async def in_time(work: Awaitable[T], call: Call, lack: str, *, sent: int) -> T:
    """Wait for something within the time of the call.

    Args:
        work: What is waited for.
        call: The call that needs it.
        lack: What there is not when the time is over.
        sent: Requests of the call that went out before.
    """
    call.has_waited = True
    deadline = asyncio.timeout_at(call.end)
    try:
        async with deadline:
            return await work
    except ClientClosedError as error:
        raise told(error, call) from None
    except TimeoutError as error:
        if isinstance(error, CognitoError) or not deadline.expired():
            raise
    failure = told(timed_out(call, lack), call)
    failure.attempts = sent
    if not sent:
        failure.may_have_arrived = False
        failure.advice = "Look at what was waited for, or raise timeout."
    raise failure


def timed_out(call: Call, lack: str = "no answer") -> RequestTimeoutError:
    return RequestTimeoutError(f"{lack} within {call.seconds:g} seconds")


def reason(failure: CognitoError) -> str:
    return failure.code if isinstance(failure, ServiceError) else type(failure).__name__


def told(failure: FailureT, call: Call) -> FailureT:
    """Write the call's story on its failure."""
    failure.operation = call.operation.name
    failure.attempts = call.attempts
    failure.retry_reasons = call.reasons
    return failure


def needed_by(operation: Operation, error: CredentialsError) -> CredentialsError:
    """Return a copy that names the operation: all who wait for the same credentials get one error."""
    own = copy.copy(error).with_traceback(error.__traceback__)
    own.operation = operation.name
    return own


def log_attempt(call: Call, outcome: Reply | CognitoError, seconds: float) -> None:
    """Say what happened, never what was in it."""
    status = getattr(outcome, "status", None)
    headers: Mapping[str, str] = getattr(outcome, "headers", {})
    facts = {
        "operation": call.operation.name,
        "attempt": call.attempts,
        "status": status,
        "error": reason(outcome) if isinstance(outcome, CognitoError) else None,
        "request_id": headers.get("x-amzn-requestid"),
        "duration": seconds,
    }
    log.debug(
        "%(operation)s attempt %(attempt)s: %(status)s %(error)s in %(duration).3f s", facts, extra=facts
    )
