"""Hooks: functions that a client calls before and after each call, and each attempt of it.

::

    class Slow(Hooks):
        def after_call(self, call: CallInfo, result: CallResult, state: object) -> None:
            if result.seconds > 1:
                print(call.operation, result.seconds, result.attempts)

    client = CognitoClient(region="eu-west-1", hooks=[Slow()])

What hooks receive contains no body, no header, no credentials and no data of users.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from cognito_async.transport import Connections

__all__ = ["AttemptInfo", "AttemptResult", "CallInfo", "CallResult", "Connections", "Hooks"]


class CallInfo(NamedTuple):
    """A call, before anything is sent."""

    operation: str
    """Name in the API, such as ``AdminGetUser``; ``OAuthToken`` and the like for the OAuth 2.0 endpoints."""

    signed: bool
    """Whether the request is signed with AWS credentials."""

    quota: str | None
    """Category of the quota that the request counts for, such as ``UserRead``; None if there is none."""

    timeout: float | None
    """Seconds for the whole call; None for no limit."""

    id: str
    """Random id of the call. Operations send it in all attempts, as ``amz-sdk-invocation-id``."""


class AttemptInfo(NamedTuple):
    """An attempt, before its request is signed and sent."""

    number: int
    """1 for the first attempt of a call."""

    max_attempts: int
    """Maximum number of attempts of the call."""

    method: str
    """HTTP method."""

    host: str
    """Host that the request goes to, without the port."""

    port: int
    """Port that the request goes to."""

    region: str | None
    """Region of the client; None if only an endpoint URL is set."""

    timeout: float | None
    """Seconds left for the call; None for no limit."""

    waited: float
    """Seconds that the call has waited for a rate limit of the client just before."""

    delayed: float
    """Seconds that the call has waited just before because the previous attempt failed."""


class AttemptResult(NamedTuple):
    """How an attempt ended."""

    seconds: float
    """Duration, with the time to get credentials and a connection."""

    status: int | None
    """HTTP status; None without a response."""

    error: str | None
    """Code of the error of the service, else the name of the exception's class; None on success."""

    retryable: bool
    """Whether the request may be sent again after this error."""

    throttled: bool
    """Whether the service rejected the request because there were too many."""

    request_id: str | None
    """Id of the request at the service."""

    response_size: int | None
    """Bytes of the body; None without a response, and for an error of the service."""

    retry_delay: float | None
    """Seconds until the next attempt; None if there is none."""


class CallResult(NamedTuple):
    """How a call ended."""

    seconds: float
    """Duration, with all attempts and all the time between them."""

    attempts: int
    """Number of attempts that began. The last one may have ended before its request was sent, for example
    without credentials."""

    status: int | None
    """HTTP status of the last attempt; None if it had no response."""

    error: str | None
    """Code of the error of the service, else the name of the exception's class such as ``CancelledError``;
    None on success."""

    retryable: bool
    """Whether the call may be made again after this error."""

    throttled: bool
    """Whether the service rejected the last attempt because there were too many requests."""

    request_id: str | None
    """Id of the last attempt at the service."""

    response_size: int | None
    """Bytes of the body of the response; None on failure."""

    waited: float
    """Seconds that the call has waited for rate limits of the client."""

    delayed: float
    """Seconds that the call has waited between attempts because one had failed."""


class Hooks:
    """Base of all hooks. Override the methods that you need; those of this class do nothing.

    The methods are plain functions and run on the event loop, between the steps of a call: they must be
    fast. An exception that one raises is logged, once for each method, and has no influence on the call. If
    ``before_call`` raises one, the other methods are not called for this call.

    An object may be used by several clients. ``state`` is what ``before_call`` returned for the call.
    """

    def attach(self, connections: Callable[[], Connections | None]) -> None:
        """Called when a client is created with these hooks.

        Args:
            connections: Returns the number of requests in flight and of those that wait for a connection;
                None after the client was closed. It may be called at any time and in any thread.
        """

    def before_call(self, call: CallInfo) -> Any:
        """Called before a call: its parameters are valid, nothing was sent.

        Returns:
            Any object; the other methods get it as ``state``.
        """

    def before_attempt(self, call: CallInfo, attempt: AttemptInfo, state: Any) -> Mapping[str, str] | None:
        """Called before each attempt.

        Returns:
            Headers to add to the request, or None. They are not signed. Headers that the client sets itself
            cannot be replaced, except ``X-Amzn-Trace-Id``.
        """

    def after_attempt(self, call: CallInfo, attempt: AttemptInfo, result: AttemptResult, state: Any) -> None:
        """Called after each attempt, also if it was cancelled. Several hooks are called in reverse order."""

    def after_call(self, call: CallInfo, result: CallResult, state: Any) -> None:
        """Called exactly once for each ``before_call``: after a response, an error or a cancellation.

        Several hooks are called in reverse order.
        """
