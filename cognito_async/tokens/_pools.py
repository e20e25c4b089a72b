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

    __slots__ = ("id", "issuer", "keys")

    def __init__(self, pool_id: str, issuer: str, keys: KeyCache) -> None:
        self.id = pool_id
        self.issuer = issuer
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
    allow_http: bool,
    download: Callable[[str], Awaitable[bytes]],
    monotonic: Callable[[], float],
) -> dict[str, Pool]:
    """Return the user pools by issuer.

    Raises:
        ConfigurationError: An argument is invalid.
    """
    ids = _settings.pool_ids(user_pool_id)
    if len(ids) > 1 and (issuer is not None or jwks_url is not None):
        raise ConfigurationError("issuer and jwks_url: pass them for a verifier of one user pool only")
    documents: Mapping[str, Mapping[str, Any]] = _settings.key_sets(jwks, ids)
    pools: dict[str, Pool] = {}
    for pool_id in ids:
        if issuer is None:
            iss = _settings.issuer_of(pool_id)
        else:
            is_name = jwks_url is not None or bool(documents)  # nothing is fetched from it
            iss = _settings.checked_url("issuer", issuer, allow_http=allow_http or is_name)
        if jwks_url is None:
            url = f"{iss.rstrip('/')}{_settings.JWKS_PATH}"
        else:
            url = _settings.checked_url("jwks_url", jwks_url, allow_http=allow_http)
        pools[iss] = Pool(pool_id, iss, KeyCache(url, download, monotonic, documents.get(pool_id)))
    return pools
