"""``TokenVerifier``: decides whether a token is valid, and why not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Self

from cognito_async._lazy import is_loaded
from cognito_async._preload import import_off_loop
from cognito_async._uncopyable import Uncopyable
from cognito_async.tokens import _settings
from cognito_async.tokens._checks import (
    check_audience,
    check_client,
    check_expiry,
    check_groups,
    check_nonce,
    check_not_before,
    check_scopes,
    check_use,
    checked_token,
)
from cognito_async.tokens._claims import ACCESS, ID, AccessClaims, ClaimsT, IdClaims, Kind
from cognito_async.tokens._download import Downloader
from cognito_async.tokens._jwks import Found
from cognito_async.tokens._pools import Pool, create_pools, pool_of
from cognito_async.tokens._token_cache import Entry, TokenCache
from cognito_async.transport import Transport

if TYPE_CHECKING:
    from cognito_async.tokens._jose import Unverified

_JOSE = "cognito_async.tokens._jose"


class TokenVerifier(Uncopyable):
    """Verifies tokens of user pools, with keys that are fetched once and then kept.

    ::

        async with TokenVerifier("eu-west-1_AbC123", client_id=["web", "mobile"]) as verifier:
            claims = await verifier.access(token)

    Create one and share it. It opens a connection only to fetch keys: with the first token, when a token
    names an unknown key (at most every 10 seconds), and in the background once a day. If a fetch fails, the
    keys that are there stay in use, however old they are, and a warning is logged. After ``close``, they stay
    in use, and nothing is fetched.

    A token that was verified here may have been revoked: only the service knows that.

    Args:
        user_pool_id: Id of the user pool, such as ``eu-west-1_AbC123``, or a list for several pools.
        client_id: Id of the app client whose tokens are accepted, or a list. None accepts those of all app
            clients of the pools.
        leeway: Seconds by which the clocks of this machine and of the service may differ.
        groups: The user must be in at least one of these groups.
        scopes: Access tokens must have all of these scopes.
        audience: URL of the API, or a list: access tokens must be bound to one of these (RFC 8707). None
            accepts bound and unbound ones.
        issuer: ``iss`` of the tokens if it is not that of AWS, such as the URL of an emulator and the pool;
            or a mapping of user pool ids to such URLs.
        jwks_url: URL of the keys, or a mapping as above; by default the issuer and
            ``/.well-known/jwks.json``.
        jwks: Keys, in place of those at the URL, which is then never used: a JSON Web Key Set, or a mapping
            of user pool ids to key sets.
        cache: Number of verified tokens to remember until they expire or the keys change; None for none. A
            token that was seen before costs a tenth.
        allow_http: Whether keys may come unencrypted from other machines, for emulators in containers.
        transport: Fetches keys in place of aiohttp; ``close()`` closes it.

    Raises:
        ConfigurationError: An argument is invalid.
        InvalidRequestError: ``groups`` or ``scopes`` is empty or not text.
    """

    _instead = "it holds connections and keys. Create one in each process"

    def __init__(
        self,
        user_pool_id: str | Collection[str],
        *,
        client_id: str | Collection[str] | None,
        leeway: float = 0,
        groups: str | Collection[str] | None = None,
        scopes: str | Collection[str] | None = None,
        audience: str | Collection[str] | None = None,
        issuer: str | Mapping[str, str] | None = None,
        jwks_url: str | Mapping[str, str] | None = None,
        jwks: Mapping[str, Any] | None = None,
        cache: int | None = None,
        allow_http: bool = False,
        transport: Transport | None = None,
    ) -> None:
        self._downloader = Downloader(_settings.checked_transport(transport))
        self._pools = create_pools(
            user_pool_id,
            issuer,
            jwks_url,
            jwks,
            allow_http=allow_http,
            download=self._downloader.get,
            monotonic=time.monotonic,
        )
        self._client_ids = _settings.client_ids(client_id)
        self._leeway = _settings.checked_leeway(leeway)
        self._groups = _settings.required_names("groups", groups)
        self._scopes = _settings.required_names("scopes", scopes)
        self._audience = _settings.accepted("audience", audience)
        size = _settings.cache_size(cache)
        self._cache = TokenCache(size) if size else None
        self._now = time.time

    def __repr__(self) -> str:
        ids = ", ".join(pool.id for pool in self._pools.values())
        return f"{type(self).__name__}({ids})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections, if there are any. May be called more than once."""
        async with AsyncExitStack() as stack:  # closes all, also if this call is cancelled
            stack.push_async_callback(self._downloader.close)
            for pool in self._pools.values():
                stack.push_async_callback(pool.keys.close)

    async def hydrate(self) -> None:
        """Import what verification needs, and fetch the keys unless they are there.

        At the start of a service, it lets the first token cost no more than others, and the ``sync`` methods
        work. It fetches keys again that are older than a day, or that lacked one that a ``sync`` method was
        asked for, at most every 10 seconds. If that fails, the keys that are there stay in use.

        Raises:
            KeysUnavailableError: There are no keys of a pool, and they could not be fetched.
            ConfigurationError: As above, because of a certificate or proxy of the environment.
            ModuleNotFoundError: joserfc is not installed.
        """
        await _import_library()
        loads = (pool.keys.load() for pool in self._pools.values())
        # All of them end before the first error is raised: none is left behind.
        for result in await asyncio.gather(*loads, return_exceptions=True):
            if result is not None:
                raise result

    # Verification

    async def access(
        self,
        token: str,
        *,
        scopes: str | Collection[str] | None = None,
        groups: str | Collection[str] | None = None,
    ) -> AccessClaims:
        """Return the claims of an access token.

        Args:
            token: Access token, without the word Bearer.
            scopes: The token must have all of these scopes, besides those of the verifier.
            groups: The user must be in at least one of these groups, besides those of the verifier.

        Raises:
            TokenError: The token is invalid; the subclass says why.
            ConfigurationError: There are no keys yet, and a certificate or proxy of the environment cannot be
                used.
            InvalidRequestError: ``scopes`` or ``groups`` is empty or not text.
        """
        return self._permitted(await self._verified(ACCESS, token), scopes, groups)

    async def id(
        self, token: str, *, nonce: str | None = None, groups: str | Collection[str] | None = None
    ) -> IdClaims:
        """Return the claims of an ID token.

        Args:
            token: ID token.
            nonce: Nonce of the authorization request, which the token must have; None after a sign-in without
                one.
            groups: The user must be in at least one of these groups, besides those of the verifier.

        Raises:
            TokenError: The token is invalid; the subclass says why.
            ConfigurationError: There are no keys yet, and a certificate or proxy of the environment cannot be
                used.
            InvalidRequestError: ``nonce`` or ``groups`` is empty or not text.
        """
        return self._expected(await self._verified(ID, token), nonce, groups)

    def access_sync(
        self,
        token: str,
        *,
        scopes: str | Collection[str] | None = None,
        groups: str | Collection[str] | None = None,
    ) -> AccessClaims:
        """Return the claims of an access token, as ``access`` does, with the keys that are there.

        The keys are those of ``jwks=``, or of the last fetch, such as that of ``hydrate``: await it on a
        schedule, or after ``UnknownKeyError``.

        Raises:
            TokenError: The token is invalid, or there are no keys yet.
            InvalidRequestError: ``scopes`` or ``groups`` is empty or not text.
        """
        return self._permitted(self._verified_sync(ACCESS, token), scopes, groups)

    def id_sync(
        self, token: str, *, nonce: str | None = None, groups: str | Collection[str] | None = None
    ) -> IdClaims:
        """Return the claims of an ID token, as ``id`` does, with the keys that are there.

        Raises:
            TokenError: The token is invalid, or there are no keys yet.
            InvalidRequestError: ``nonce`` or ``groups`` is empty or not text.
        """
        return self._expected(self._verified_sync(ID, token), nonce, groups)

    def _set_clock(self, clock: Callable[[], float]) -> None:
        """Use another clock, for the time of day and for the age of keys."""
        self._now = clock
        for pool in self._pools.values():
            pool.keys.monotonic = clock

    # Steps

    async def _verified(self, kind: Kind[ClaimsT], token: str) -> ClaimsT:
        data, now = checked_token(token), self._now()
        if self._cache is not None and (entry := self._cache.get(data, now)) is not None:
            entry.cache.refresh_if_old()
            if isinstance(entry.claims, kind.claims):
                return entry.claims
        if not is_loaded(_JOSE):
            await _import_library()
        unverified, pool = self._read(data)
        found = await pool.keys.get(unverified.kid)
        pool.keys.refresh_if_old()
        return self._finish(kind, data, unverified, pool, found)

    def _verified_sync(self, kind: Kind[ClaimsT], token: str) -> ClaimsT:
        data = checked_token(token)
        if self._cache is not None:
            entry = self._cache.get(data, self._now())
            if entry is not None and isinstance(entry.claims, kind.claims):
                return entry.claims
        unverified, pool = self._read(data)
        return self._finish(kind, data, unverified, pool, pool.keys.find(unverified.kid))

    def _read(self, data: bytes) -> tuple[Unverified, Pool]:
        """Decode a token, and find its user pool."""
        try:
            from cognito_async.tokens._jose import Unverified  # noqa: PLC0415  imports joserfc
        except ModuleNotFoundError:
            raise _without_library() from None
        unverified = Unverified(data)
        return unverified, pool_of(self._pools, unverified.payload)

    def _finish(
        self, kind: Kind[ClaimsT], data: bytes, unverified: Unverified, pool: Pool, found: Found
    ) -> ClaimsT:
        """Check the signature and all that is the same for each call; remember the token."""
        unverified.verify(found.key)
        payload = unverified.payload
        now = self._now()
        check_expiry(payload, now, self._leeway)
        check_not_before(payload, now, self._leeway)
        check_use(payload, kind)
        claims = kind.build(payload, pool.id)
        check_client(claims, self._client_ids)
        if isinstance(claims, AccessClaims):
            check_audience(claims, self._audience)
        if self._cache is not None:
            expires = claims.expires_at.timestamp() + self._leeway
            self._cache.put(data, Entry(claims, expires, pool.keys, found.keys))
        return claims

    def _permitted(
        self,
        claims: AccessClaims,
        scopes: str | Collection[str] | None,
        groups: str | Collection[str] | None,
    ) -> AccessClaims:
        check_groups(claims, self._groups, groups)
        check_scopes(claims, self._scopes, scopes)
        return claims

    def _expected(
        self, claims: IdClaims, nonce: str | None, groups: str | Collection[str] | None
    ) -> IdClaims:
        check_groups(claims, self._groups, groups)
        check_nonce(claims, nonce)
        return claims


async def _import_library() -> None:
    """Import joserfc off the event loop."""
    try:
        await import_off_loop(_JOSE, owner=_settings.VERIFIER)
    except ModuleNotFoundError:
        raise _without_library() from None


def _without_library() -> ModuleNotFoundError:
    return ModuleNotFoundError(
        'TokenVerifier needs joserfc: pip install "cognito-async[tokens]"', name="joserfc"
    )
