"""What a client asks of a rate limiter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol


class LimitedRequest(NamedTuple):
    """Facts about a request that is about to be sent: one attempt of a call. No usernames, no secrets."""

    operation: str
    """Name of the operation, such as ``AdminGetUser``."""

    quota: str | None
    """Quota category of the operation, such as ``UserRead``; None if AWS lists none."""

    region: str
    """Region of the client."""

    user_pool_id: str | None
    """Pool that the request names; None if it names none."""

    challenge: str | None
    """Challenge that the request responds to, such as ``PASSWORD_VERIFIER``; None for other requests."""

    attempt: int
    """Number of the attempt; the first is 1."""

    seconds_left: float | None
    """Seconds until the deadline of the call; None if it has none."""

    provisioned_rate: Callable[[str], Awaitable[int]]
    """Asks the service for the rate of a category, over the same client: requests per second."""


class RateLimiter(Protocol):
    """Decides when requests are sent; for ``CognitoClient(limiter=...)``.

    A limiter may serve several clients, event loops and threads at a time; its methods must not block.
    """

    def acquire(self, request: LimitedRequest, /) -> Awaitable[None] | None:
        """Return None to send the request now, or an awaitable that returns when it may be sent.

        ``async def acquire`` fits too. The client cancels the awaitable at the deadline of the call, and when
        the client is closed. An exception ends the call. In all these cases, ``feedback`` is not called.
        """
        ...

    def feedback(self, request: LimitedRequest, /, *, throttled: bool, seconds: float) -> None:
        """Receive the outcome of an attempt.

        Called exactly once for each request that ``acquire`` let go, however the attempt ends: also if it
        fails, if the call is cancelled, and if it was not sent because the client was closed. An exception
        is logged the first time, and does not end the call.

        Args:
            request: The request, the same object as that of ``acquire``.
            throttled: Whether the service rejected it because there were too many.
            seconds: Time between sending it and the response, error or cancellation.
        """
        ...
