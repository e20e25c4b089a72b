"""The user pools of a verifier: their issuers and keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from cognito_async._errors import ConfigurationError
from cognito_async.tokens import _settings
from cognito_async.tokens._errors import WrongIssuerError
from cognito_async.tokens._jwks import KeyCache


class Pool:
    """A user pool."""

    __slots__ = ("id", "keys")

    def __init__(self, pool_id: str, keys: KeyCache) -> None:
        self.id = pool_id
        self.keys = keys


def pool_of(pools: Mapping[str, Pool], payload: Mapping[str, Any]) -> Pool:
    """Return the user pool that issued a token: never a URL that the token names.

    Raises:
        WrongIssuerError: It is none of the pools.
    """
    issuer = payload.get("iss")
    pool = pools.get(issuer) if isinstance(issuer, str) else None
    if pool is None:
        raise WrongIssuerError("the token is not from the user pool of the verifier")
    return pool


def create_pools(
    user_pool_id: object,
    issuer: object,
    jwks_url: object,
    jwks: object,
    *,
    allow_http: object,
    download: Callable[[str], Awaitable[bytes]],
    monotonic: Callable[[], float],
) -> dict[str, Pool]:
    """Return the user pools by issuer.

    Raises:
        ConfigurationError: An argument is invalid.
    """
    ids = _settings.pool_ids(user_pool_id)
    insecure = _settings.boolean("allow_http", allow_http)
    issuers = _settings.by_pool("issuer", issuer, ids)
    urls = _settings.by_pool("jwks_url", jwks_url, ids)
    documents: Mapping[str, Mapping[str, Any]] = _settings.key_sets(jwks, ids)
    if urls and documents:
        raise ConfigurationError("jwks= and jwks_url= exclude each other: with jwks=, nothing is fetched")
    pools: dict[str, Pool] = {}
    for pool_id in ids:
        if pool_id in issuers:
            is_name = pool_id in urls or bool(documents)  # nothing is fetched from it
            iss = _settings.checked_url("issuer", issuers[pool_id], allow_http=insecure or is_name)
        else:
            iss = _settings.issuer_of(pool_id)
        if iss in pools:
            raise ConfigurationError(f"issuer: {pools[iss].id} and {pool_id} have the same one")
        if pool_id in urls:
            url = _settings.checked_url("jwks_url", urls[pool_id], allow_http=insecure)
        else:
            url = f"{iss.rstrip('/')}{_settings.JWKS_PATH}"
        pools[iss] = Pool(pool_id, KeyCache(url, download, monotonic, documents.get(pool_id)))
    return pools
