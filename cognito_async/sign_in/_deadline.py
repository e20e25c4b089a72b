"""The end of one method of a sign-in, all of its requests and computations included."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from cognito_async._errors import CognitoError, RequestTimeoutError
from cognito_async.client import CognitoClient
from cognito_async.sign_in._modpow import Steps, run_sliced

T = TypeVar("T")

_NO_TIME = 1e-9
"""Timeout of a request for which no time is left: it fails with the error of a timeout."""
_ADVICE = (
    "Start the sign-in again. A longer timeout helps, or gmpy2, with which SRP takes a quarter of the time: "
    'pip install "cognito-async[srp]".'
)


class Deadline:
    """The end of one method.

    Args:
        client: Client that sends the requests.
        seconds: Seconds from now; None for the timeout of the client for each request.
    """

    def __init__(self, client: CognitoClient, seconds: float | None) -> None:
        self._client = client
        self._seconds = seconds
        self._end = None if seconds is None else asyncio.get_running_loop().time() + seconds

    def client(self) -> CognitoClient:
        """Return the client for the next request, limited to the time that is left."""
        if self._end is None:
            return self._client
        left = self._end - asyncio.get_running_loop().time()
        return self._client.with_options(timeout=max(left, _NO_TIME))

    async def run(self, steps: Steps[T], *, low_priority: bool = False) -> T:
        """Run a computation on the event loop, see ``run_sliced``.

        Raises:
            RequestTimeoutError: It did not end in time; nothing was sent meanwhile.
        """
        try:
            return await self._in_time(run_sliced(steps, low_priority=low_priority))
        except _ExpiredError:
            error = RequestTimeoutError(f"not computed within {self._seconds:g} seconds")
            error.operation = "SRP"
            error.may_have_arrived = False
            error.advice = _ADVICE
            raise error from None

    async def wait_for(self, awaitable: Awaitable[T], *, operation: str, what: str, advice: str) -> T:
        """Wait for a step that comes after the request.

        Args:
            awaitable: The step.
            operation: The request, for the error.
            what: What did not happen in time, such as ``the ID token was not verified``.
            advice: What to do then.

        Raises:
            RequestTimeoutError: It did not end in time.
        """
        try:
            return await self._in_time(awaitable)
        except _ExpiredError:
            error = RequestTimeoutError(f"{what} within {self._seconds:g} seconds")
            error.operation = operation
            error.advice = advice
            raise error from None

    async def _in_time(self, awaitable: Awaitable[T]) -> T:
        scope = asyncio.timeout_at(self._end)
        try:
            async with scope:
                return await awaitable
        except TimeoutError as error:
            if isinstance(error, CognitoError) or not scope.expired():
                raise  # the step's own
            raise _ExpiredError from None


class _ExpiredError(Exception):
    """There is no time left."""
