"""Checks of the arguments of ``TokenVerifier``."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from cognito_async._endpoints import resolve_endpoint
from cognito_async._errors import ConfigurationError, InvalidRequestError
from cognito_async._hosts import is_loopback
from cognito_async._messages import safe_repr

POOL_ID = re.compile(r"[a-z][a-z0-9-]*_[A-Za-z0-9]+")  # emulators have a region such as "local"
_MAX_LEEWAY = 3600
_UNITS = ((86400, "days"), (3600, "hours"), (60, "minutes"), (1, "seconds"))
JWKS_PATH = "/.well-known/jwks.json"


def pool_ids(value: object) -> tuple[str, ...]:
    """Return the ids of user pools from one id or several.

    Raises:
        ConfigurationError: One of them is not an id of a user pool, or there is none.
    """
    ids = _texts("user_pool_id", value)
    for each in ids:
        if not POOL_ID.fullmatch(each):
            raise ConfigurationError(
                f"user_pool_id: expected an id such as 'eu-west-1_AbC123', got {safe_repr(each)}"
            )
    return ids


def client_ids(value: object) -> frozenset[str] | None:
    """Return the ids of app clients from one id or several; None accepts all app clients.

    Raises:
        ConfigurationError: One of them is not text or empty, or there is none.
    """
    return None if value is None else frozenset(_texts("client_id", value))


def _texts(name: str, value: object) -> tuple[str, ...]:
    texts: tuple[object, ...] = ()
    if isinstance(value, str):
        texts = (value,)
    elif isinstance(value, Collection) and not isinstance(value, (bytes, Mapping)):
        texts = tuple(value)
    result = tuple(each for each in texts if isinstance(each, str) and each)
    if not result or len(result) < len(texts):
        expected = "text or a list of text"
        raise ConfigurationError(f"{name}: expected {expected}, got {safe_repr(value)}")
    return result


def issuer_of(pool_id: str) -> str:
    """Return the issuer of a user pool of AWS."""
    return f"{resolve_endpoint(region=pool_id.partition('_')[0])}/{pool_id}"


def checked_url(name: str, value: object, *, allow_http: bool) -> str:
    """Return a URL of an issuer or its keys.

    Args:
        name: Name of the argument.
        value: Its value.
        allow_http: Whether ``http`` is allowed for other machines.

    Raises:
        ConfigurationError: It is not a URL, or keys could be replaced on the way.
    """
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
        host = parts.hostname
    except ValueError:  # half an IPv6 address
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        raise ConfigurationError(f"{name}: expected a URL (http or https, no user)")
    if parts.scheme == "http" and not allow_http and not is_loopback(host):
        raise ConfigurationError(
            f"{name}: keys that come over http can be replaced on the way: use https, or allow_http=True"
        )
    return str(value)


def checked_leeway(value: object) -> float:
    """Return the seconds by which clocks may differ.

    Raises:
        ConfigurationError: It is not a number of seconds up to an hour.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= _MAX_LEEWAY:
        return float(value)
    raise ConfigurationError(f"leeway: expected seconds from 0 to {_MAX_LEEWAY}, got {safe_repr(value)}")


def cache_size(value: object) -> int:
    """Return the number of tokens to remember; None is none.

    Raises:
        ConfigurationError: It is not a positive integer.
    """
    if value is None:
        return 0
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise ConfigurationError(f"cache: expected the number of tokens to remember, got {safe_repr(value)}")


def key_sets(value: object, ids: tuple[str, ...]) -> Mapping[str, Mapping[str, Any]]:
    """Return the key sets by user pool; empty if there are none.

    Raises:
        ConfigurationError: They are not a key set, or not one for each of several user pools.
    """
    if value is None:
        return {}
    if isinstance(value, Mapping):
        if "keys" in value and len(ids) == 1:
            return {ids[0]: value}
        if all(isinstance(value.get(each), Mapping) for each in ids):
            return {each: value[each] for each in ids}
    raise ConfigurationError(
        'jwks: expected a key set, {"keys": [...]}, or a mapping of each user pool id to its key set'
    )


def required_names(name: str, value: str | Collection[str] | None) -> frozenset[str]:
    """Return required scopes or groups; None is none.

    Raises:
        InvalidRequestError: They are not text, or a list is empty, which would require nothing.
    """
    if value is None:
        return frozenset()
    names = frozenset((value,) if isinstance(value, str) else value)
    if not names or not all(isinstance(each, str) and each for each in names):
        problem = f"{name}: expected text or a list of text that is not empty"
        raise InvalidRequestError("TokenVerifier", [problem])
    return names


def duration(seconds: float) -> str:
    """Return a duration for messages: seconds up to two minutes, minutes up to two hours, and so on."""
    whole = math.ceil(seconds)
    size, unit = next((size, unit) for size, unit in _UNITS if whole >= 2 * size or size == 1)
    return "1 second" if whole == 1 else f"{whole // size} {unit}"
