"""The end of one method of a sign-in, all of its requests and computations included."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from cognito_async._errors import RequestTimeoutError
from cognito_async.client import CognitoClient
from cognito_async.sign_in._modpow import Steps, run_sliced

T = TypeVar("T")

_NO_TIME = 1e-9
"""Timeout of a request for which no time is left: it fails with the error of a timeout."""


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
            async with asyncio.timeout_at(self._end):
                return await run_sliced(steps, low_priority=low_priority)
        except TimeoutError:
            message = f"SRP was not computed within {self._seconds:g} seconds"
            raise RequestTimeoutError(message) from None
