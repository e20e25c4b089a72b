"""A provider that refreshes credentials before they expire, with one fetch for all callers."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from cognito_async._errors import CredentialsError
from cognito_async._single_flight import SingleFlight
from cognito_async.credentials import Credentials

ADVISORY_REFRESH = 15 * 60
"""Seconds before expiry at which a refresh in the background starts, as in botocore."""

MANDATORY_REFRESH = 10 * 60
"""Seconds before expiry at which callers wait for new credentials, as in botocore."""

RETRY_AFTER = 30
"""Seconds between attempts to refresh credentials that are still valid."""

_log = logging.getLogger("cognito_async")


class Source(Protocol):
    """A source of credentials with their time of expiry."""

    async def fetch(self) -> Credentials:
        """Fetch credentials."""
        ...

    def seconds_left(self, credentials: Credentials) -> float | None:
        """Return the seconds until these expire; None if they do not expire."""
        ...

    def latest(self, credentials: Credentials) -> Credentials:
        """Return newer credentials if they are available without waiting, else the same."""
        ...


class CallableSource:
    """The caller's coroutine function; ``expires_at`` of its result is the expiry."""

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
        """Return the seconds until ``expires_at``, by the clock of this machine."""
        end = credentials.expires_at
        return None if end is None else end.timestamp() - time.time()

    def latest(self, credentials: Credentials) -> Credentials:
        """Return the same credentials; only another call of the function returns newer ones."""
        return credentials


class RefreshingProvider:
    """Provides credentials to any number of callers and event loops."""

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

    def cached(self) -> Credentials | None:
        """Return valid credentials without waiting, or None; start a refresh in the background if due."""
        current = self._current
        if current is None:
            return None
        current = self._current = self._source.latest(current)
        left = self._source.seconds_left(current)
        if left is None or left > self._threshold(ADVISORY_REFRESH):
            return current
        if left > 0 and self._clock() < self._not_before:
            return current
        if left > self._threshold(MANDATORY_REFRESH):
            self._fetching.start()
            return current
        return None

    async def __call__(self) -> Credentials:
        """Return valid credentials; fetch them if necessary.

        Raises:
            CredentialsError: There are none, and fetching failed; all waiting callers get the same error.
        """
        cached = self.cached()
        if cached is not None:
            return cached
        current = self._current
        try:
            return await self._fetching.wait()
        except CredentialsError:
            left = None if current is None else self._source.seconds_left(current)
            if current is None or left is None or left <= 0:
                raise
            return current

    async def close(self) -> None:
        """Cancel a fetch on this loop, unless other clients may wait for it."""
        if not self.shared:
            await self._fetching.close()

    def _threshold(self, seconds: float) -> float:
        """Return the threshold, scaled down for credentials with a lifetime below half an hour."""
        return (
            seconds
            if self._lifetime is None
            else min(seconds, self._lifetime * seconds / (2 * ADVISORY_REFRESH))
        )

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
                f"fetching credentials failed ({type(error).__name__}): the exception of the provider is the "
                "__cause__ of this error"
            ) from error
        return fetched

    def _keep(self, fetched: Credentials) -> None:
        left = self._source.seconds_left(fetched)
        if left is not None and left <= 0:
            raise CredentialsError(
                "the fetched credentials have already expired: check the clock of this machine, and whether "
                "the provider returns old credentials"
            )
        if self._current is not None and fetched.access_key_id == self._current.access_key_id:
            # botocore kept the old credentials after a failure of its own.
            self._not_before = self._clock() + RETRY_AFTER
        else:
            self._lifetime = left
        self._current = fetched
