"""The keys of a user pool: fetched once for all who wait, and kept when a later fetch fails."""

from __future__ import annotations

import copy
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from cognito_async._errors import ClientClosedError, ConfigurationError
from cognito_async._single_flight import SingleFlight
from cognito_async.tokens._errors import KeysUnavailableError, UnknownKeyError
from cognito_async.tokens._json import load_object
from cognito_async.tokens._settings import VERIFIER, without_query

if TYPE_CHECKING:
    from joserfc.jwk import RSAKey

MAX_AGE = 24 * 3600.0
"""Seconds after which keys are fetched again, in the background."""

REFETCH_INTERVAL = 10.0
"""Seconds between two fetches while there are keys."""

RETRY_AFTER_FAILURE = 1.0
"""Seconds without a fetch after one that failed, while there are no keys."""

_log = logging.getLogger("cognito_async")


class Found(NamedTuple):
    """A key, and the mapping of all keys that it is from: another thread may replace them."""

    key: RSAKey
    keys: Mapping[str, RSAKey]


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
        self._fetched_at = 0.0
        self._refresh_at = math.inf
        self._next_fetch = -math.inf
        self._failure: KeysUnavailableError | ConfigurationError | None = None
        self._lacked_key = False
        self._is_closed = False
        self._flight = SingleFlight(self._fetch, VERIFIER)

    def find(self, kid: str) -> Found:
        """Return a key from those that are there; the next ``load`` fetches them again if it is unknown.

        Raises:
            KeysUnavailableError: There are none yet.
            UnknownKeyError: None of them has this id.
        """
        self._load_document()
        try:
            return self._find(kid)
        except UnknownKeyError:
            self._lacked_key = True
            raise

    async def get(self, kid: str) -> Found:
        """Return a key; fetch the keys if it is unknown, at most once per interval.

        Raises:
            KeysUnavailableError: There are no keys, and they could not be fetched.
            ConfigurationError: As above, because of a setting of the environment.
            UnknownKeyError: None of them has this id.
        """
        self._load_document()
        if self.keys is None or kid not in self.keys:
            if self._is_due():
                await self.fetch()
            elif self.keys is None and self._failure is not None:
                raise _copy(self._failure)
        return self._find(kid)

    def _find(self, kid: str) -> Found:
        keys = self.keys
        if keys is None:
            raise KeysUnavailableError("the keys were not fetched yet: await hydrate() first")
        if kid in keys:
            return Found(keys[kid], keys)
        raise UnknownKeyError("the user pool has no key with the id of the token")

    def _is_due(self) -> bool:
        if self._document is not None or (self._is_closed and self.keys is not None):
            return False
        return self._flight.running or self.monotonic() >= self._next_fetch

    def refresh_if_old(self) -> None:
        """Start a fetch in the background if the keys are old; they stay valid meanwhile."""
        if self.monotonic() >= self._refresh_at and not self._is_closed:
            self._flight.start()

    async def load(self) -> None:
        """Fetch the keys if there are none; again if they are old, or if ``find`` lacked one.

        Raises:
            KeysUnavailableError: There are no keys, and they could not be fetched.
            ConfigurationError: As above, because of a setting of the environment.
        """
        self._load_document()
        is_old = self.monotonic() >= self._refresh_at
        if self.keys is None or ((is_old or self._lacked_key) and self._is_due()):
            await self.fetch()

    async def fetch(self) -> None:
        """Fetch the keys now; callers share a fetch, and each gets an error of its own.

        Raises:
            KeysUnavailableError: There are no keys, and they could not be fetched.
            ConfigurationError: As above, because of a setting of the environment.
        """
        failure: KeysUnavailableError | ConfigurationError | None
        try:
            failure = await self._flight.wait()
        except ClientClosedError:
            failure = KeysUnavailableError("the verifier was closed while this call waited")
        if failure is not None and self.keys is None:
            raise _copy(failure)

    async def close(self) -> None:
        """Cancel a fetch; start none from now on."""
        self._is_closed = True
        await self._flight.close()

    async def _fetch(self) -> KeysUnavailableError | ConfigurationError | None:
        """Fetch the keys; return why that failed."""
        self._refresh_at = self.monotonic() + REFETCH_INTERVAL  # other loops do not refresh them too
        failure = await self._replace()
        if failure is not None:
            failure.__traceback__ = None  # it stays until the next fetch; frames would keep the response
        now = self.monotonic()
        self._next_fetch = now + (RETRY_AFTER_FAILURE if self.keys is None else REFETCH_INTERVAL)
        self._failure = failure
        if failure is None:
            self._lacked_key = False
            self._fetched_at = now
            self._refresh_at = now + MAX_AGE
        else:
            self._refresh_at = now + REFETCH_INTERVAL
            if self.keys is not None:
                age = now - self._fetched_at
                _log.warning("%s; keys that were fetched %d seconds ago stay in use", failure.args[0], age)
        return failure

    async def _replace(self) -> KeysUnavailableError | ConfigurationError | None:
        try:
            self._read(await self._download(self._url))
        except (KeysUnavailableError, ConfigurationError) as error:
            return error
        except Exception as error:  # noqa: BLE001  of a transport of the caller
            kind = type(error).__name__
            failure = KeysUnavailableError(f"cannot fetch the keys from {without_query(self._url)}: {kind}")
            failure.__cause__ = error
            return failure
        return None

    def _read(self, body: bytes) -> None:
        try:
            self._set(load_object(body))
        except ValueError as error:
            url = without_query(self._url)
            raise KeysUnavailableError(f"the response of {url} is not usable: {error}") from None

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


def _copy(
    error: KeysUnavailableError | ConfigurationError,
) -> KeysUnavailableError | ConfigurationError:
    """Return an error of one caller alone: Python adds the caller's frames to it."""
    own = copy.copy(error)
    own.__cause__, own.__context__ = error.__cause__, error.__context__
    own.__suppress_context__ = error.__suppress_context__
    return own


def _numbers(key: RSAKey) -> tuple[str, str]:
    members = key.as_dict(private=False)
    return str(members["n"]), str(members["e"])
