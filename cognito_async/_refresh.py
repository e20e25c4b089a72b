"""One provider for many callers: fetches once, refreshes early in the background, keeps what still works."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from cognito_async._errors import CredentialsError
from cognito_async._single_flight import SingleFlight
from cognito_async.credentials import Credentials

EARLY = 15 * 60
"""Seconds before the end from which credentials are renewed in the background, as in botocore."""

LATE = 10 * 60
"""Seconds before the end from which callers wait for new ones, as in botocore."""

RETRY_AFTER = 30
"""Seconds between attempts to renew credentials that still work."""

_log = logging.getLogger("cognito_async")


class Source(Protocol):
    """Where credentials come from, and how much longer the last ones work."""

    async def fetch(self) -> Credentials:
        """Get credentials."""
        ...

    def seconds_left(self, credentials: Credentials) -> float | None:
        """How long these work; None for ever."""
        ...

    def latest(self, credentials: Credentials) -> Credentials:
        """Return newer ones when they are there without waiting, else these."""
        ...


class CallableSource:
    """A coroutine function of the caller's; what it returns says by ``expires_at`` how long it works."""

    def __init__(self, function: Callable[[], Awaitable[Credentials]]) -> None:
        self.function = function

    async def fetch(self) -> Credentials:
        """Call the function."""
        credentials = await self.function()
        if not isinstance(credentials, Credentials):
            raise CredentialsError(
                f"the credentials provider returned {type(credentials).__name__} instead of "
                "cognito_async.Credentials(access_key_id=..., secret_access_key=...)"
            )
        return credentials

    def seconds_left(self, credentials: Credentials) -> float | None:
        """By the clock of this machine."""
        end = credentials.expires_at
        return None if end is None else end.timestamp() - time.time()

    def latest(self, credentials: Credentials) -> Credentials:
        """Nothing is newer before the function is called again."""
        return credentials


class RefreshingProvider:
    """Hands out credentials; any number of callers and event loops may share one."""

    def __init__(
        self, source: Source, clock: Callable[[], float] = time.monotonic, *, shared: bool = False
    ) -> None:
        self.shared = shared
        self._source = source
        self._clock = clock
        self._fetching = SingleFlight(self._fetch)
        self._current: Credentials | None = None
        self._lifetime: float | None = None
        self._not_before = 0.0

    def ready(self) -> Credentials | None:
        """Return credentials that can be had without waiting, if there are such."""
        current = self._current
        if current is None:
            return None
        current = self._current = self._source.latest(current)
        left = self._source.seconds_left(current)
        if left is None or left > self._threshold(EARLY):
            return current
        if left > 0 and self._clock() < self._not_before:
            return current
        if left > self._threshold(LATE):
            self._fetching.start()
            return current
        return None

    async def __call__(self) -> Credentials:
        """Return credentials that work now.

        Raises:
            CredentialsError: There are none, and none can be fetched; the same error for all who wait.
        """
        ready = self.ready()
        if ready is not None:
            return ready
        current = self._current
        try:
            return await self._fetching.wait()
        except CredentialsError:
            left = None if current is None else self._source.seconds_left(current)
            if current is None or left is None or left <= 0:
                raise
            return current

    async def close(self) -> None:
        """End a fetch that is under way on this loop, unless others may wait for it."""
        if not self.shared:
            await self._fetching.close()

    def _threshold(self, seconds: float) -> float:
        """The seconds, or less for credentials that never had twice the longest threshold to live."""
        return seconds if self._lifetime is None else min(seconds, self._lifetime * seconds / (2 * EARLY))

    async def _fetch(self) -> Credentials:
        try:
            fetched = await self._source.fetch()
            self._keep(fetched)
        except Exception as error:
            self._not_before = self._clock() + RETRY_AFTER
            _log.warning("fetching credentials failed (%s)", type(error).__name__)
            if isinstance(error, CredentialsError):
                raise
            raise CredentialsError(
                f"fetching credentials failed ({type(error).__name__}): what the provider raised is the "
                "__cause__ of this error"
            ) from error
        return fetched

    def _keep(self, fetched: Credentials) -> None:
        left = self._source.seconds_left(fetched)
        if left is not None and left <= 0:
            raise CredentialsError(
                "the credentials that were fetched have expired already: look at the clock of this machine, "
                "and whether the provider hands out old ones"
            )
        if self._current is not None and fetched.access_key_id == self._current.access_key_id:
            # botocore kept the old ones after a failure of its own.
            self._not_before = self._clock() + RETRY_AFTER
        else:
            self._lifetime = left
        self._current = fetched
