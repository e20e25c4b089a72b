"""The keys of a user pool: fetched once for all who wait, and kept when a later fetch fails."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from cognito_async._errors import ClientClosedError
from cognito_async._single_flight import SingleFlight
from cognito_async.tokens._errors import KeysUnavailableError, UnknownKeyError
from cognito_async.tokens._json import load_object

if TYPE_CHECKING:
    from joserfc.jwk import RSAKey

MAX_AGE = 24 * 3600.0
"""Seconds after which keys are fetched again, in the background."""

REFETCH_INTERVAL = 10.0
"""Seconds between two fetches because of an unknown key id, and after a failure in the background."""

RETRY_AFTER_FAILURE = 1.0
"""Seconds without a fetch after one that failed."""


class KeyCache:
    """Keys of a user pool by id.

    Args:
        url: URL of the JSON Web Key Set.
        download: Coroutine function that returns the body at a URL, or raises ``KeysUnavailableError``.
        monotonic: Clock.
        document: Key set to use in place of that at the URL, which is then never fetched.
    """

    def __init__(
        self,
        url: str,
        download: Callable[[str], Awaitable[bytes]],
        monotonic: Callable[[], float],
        document: Mapping[str, Any] | None = None,
    ) -> None:
        self.keys: Mapping[str, RSAKey] | None = None
        """Current keys, a new mapping whenever they change; None before the first fetch."""

        self._url = url
        self._download = download
        self.monotonic = monotonic
        self._document = document
        self._contents: frozenset[tuple[str, str, str]] = frozenset()
        self._refresh_at = math.inf
        self._next_fetch = -math.inf
        self._failure: str | None = None
        self._flight = SingleFlight(self._fetch)

    def find(self, kid: str) -> RSAKey:
        """Return a key from those that are there.

        Raises:
            KeysUnavailableError: There are none yet.
            UnknownKeyError: None of them has this id.
        """
        self._load_document()
        if self.keys is None:
            raise KeysUnavailableError("the keys were not fetched yet: await hydrate() first")
        if kid in self.keys:
            return self.keys[kid]
        raise UnknownKeyError("the user pool has no key with the id of the token")

    async def get(self, kid: str) -> RSAKey:
        """Return a key; fetch the keys if it is unknown, at most once per interval.

        Raises:
            KeysUnavailableError: They could not be fetched.
            UnknownKeyError: None of them has this id.
        """
        self._load_document()
        if self.keys is None or kid not in self.keys:
            if self._is_due():
                await self.fetch()
            elif self._failure is not None:
                raise KeysUnavailableError(self._failure)
        return self.find(kid)

    def _is_due(self) -> bool:
        if self._document is not None:
            return False
        return self._flight.running or self.monotonic() >= self._next_fetch

    def refresh_if_old(self) -> None:
        """Start a fetch in the background if the keys are old; they stay valid meanwhile."""
        if self.monotonic() >= self._refresh_at:
            self._flight.start()

    async def load(self) -> None:
        """Fetch the keys unless they are there.

        Raises:
            KeysUnavailableError: They could not be fetched.
        """
        self._load_document()
        if self.keys is None:
            await self.fetch()

    async def fetch(self) -> None:
        """Fetch the keys now; callers share a fetch.

        Raises:
            KeysUnavailableError: They could not be fetched.
        """
        try:
            await self._flight.wait()
        except ClientClosedError:
            raise KeysUnavailableError("the verifier was closed while this call waited") from None

    async def close(self) -> None:
        """Cancel a fetch."""
        await self._flight.close()

    async def _fetch(self) -> None:
        self._refresh_at = self.monotonic() + REFETCH_INTERVAL  # if this one fails
        try:
            body = await self._download(self._url)
            try:
                self._set(load_object(body))
            except ValueError as error:
                raise KeysUnavailableError(f"the response of {self._url} is not usable: {error}") from None
        except KeysUnavailableError as error:
            self._failure = error.args[0]
            self._next_fetch = self.monotonic() + RETRY_AFTER_FAILURE
            raise
        now = self.monotonic()
        self._failure = None
        self._next_fetch = now + REFETCH_INTERVAL
        self._refresh_at = now + MAX_AGE

    def _load_document(self) -> None:
        if self.keys is None and self._document is not None:
            try:
                self._set(self._document)
            except ValueError as error:
                raise KeysUnavailableError(f"jwks= is not usable: {error}") from None

    def _set(self, document: Mapping[str, Any]) -> None:
        from cognito_async.tokens._jose import read_keys  # noqa: PLC0415  imports joserfc, when it is needed

        keys = read_keys(document)
        contents = frozenset((kid, *_numbers(key)) for kid, key in keys.items())
        if contents != self._contents:
            self.keys, self._contents = keys, contents


def _numbers(key: RSAKey) -> tuple[str, str]:
    members = key.as_dict(private=False)
    return str(members["n"]), str(members["e"])
