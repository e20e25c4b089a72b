"""Checks of the arguments of ``TokenVerifier``."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from cognito_async._endpoints import PARTITIONS, resolve_endpoint
from cognito_async._errors import ConfigurationError, InvalidRequestError
from cognito_async._hosts import is_loopback
from cognito_async._messages import safe_repr
from cognito_async.transport import Transport

VERIFIER = "TokenVerifier"
POOL_ID = re.compile(r"[a-z][a-z0-9-]*_[A-Za-z0-9]+")  # emulators have a region such as "local"
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*)(:[0-9]+)?")
_NOT_IN_URLS = frozenset(' "<>\\^`{|}#')
_MAX_LEEWAY = 3600
_UNITS = ((86400, "days"), (3600, "hours"), (60, "minutes"), (1, "seconds"))
JWKS_PATH = "/.well-known/jwks.json"


def pool_ids(value: object) -> tuple[str, ...]:
    """Return the ids of user pools from one id or several.

    Raises:
        ConfigurationError: One of them is not an id of a user pool, or there is none.
    """
    ids = tuple(dict.fromkeys(_texts("user_pool_id", value)))
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
    return accepted("client_id", value)


def accepted(name: str, value: object) -> frozenset[str] | None:
    """Return accepted values from one or several; None accepts all.

    Raises:
        ConfigurationError: One of them is not text or empty, or there is none.
    """
    return None if value is None else frozenset(_texts(name, value))


def _texts(name: str, value: object) -> tuple[str, ...]:
    texts = _texts_of(value)
    if not texts:
        raise ConfigurationError(f"{name}: expected text or a list of text, got {safe_repr(value)}")
    return texts


def _texts_of(value: object) -> tuple[str, ...]:
    """Return the texts of one text or several; empty if there is none, or something else among them."""
    texts: tuple[object, ...] = ()
    if isinstance(value, str):
        texts = (value,)
    elif isinstance(value, Collection) and not isinstance(value, Mapping):
        texts = tuple(value)
    result = tuple(each for each in texts if isinstance(each, str) and each)
    return result if len(result) == len(texts) else ()


def issuer_of(pool_id: str) -> str:
    """Return the issuer of a user pool of AWS.

    Raises:
        ConfigurationError: The region of the id is not one of AWS, or a pseudo-region.
    """
    region = pool_id.partition("_")[0]
    if not any(re.match(partition.pattern, region) for partition in PARTITIONS):
        raise ConfigurationError(
            f"user_pool_id: AWS has no region {region!r}: pass issuer= for a pool of an emulator"
        )
    return f"{resolve_endpoint(region=region)}/{pool_id}"


def checked_url(name: str, value: object, *, allow_http: bool) -> str:
    """Return a URL of an issuer or its keys.

    Args:
        name: Name of the argument.
        value: Its value.
        allow_http: Whether ``http`` is allowed for other machines.

    Raises:
        ConfigurationError: It is not a URL, or keys could be replaced on the way.
    """
    scheme, host = _scheme_and_host(value)
    if not host or (name == "issuer" and "?" in str(value)):
        no_query = ", no query" if name == "issuer" else ""
        raise ConfigurationError(f"{name}: expected a URL (http or https, no user, no #{no_query})")
    if scheme == "http" and not allow_http and not is_loopback(host):
        raise ConfigurationError(
            f"{name}: keys that come over http can be replaced on the way: use https, or allow_http=True"
        )
    return str(value)


def _scheme_and_host(value: object) -> tuple[str, str]:
    """Return scheme and host of a URL; empty text if it is not one."""
    if isinstance(value, str) and value.isascii() and value.isprintable() and not _NOT_IN_URLS & set(value):
        try:
            parts = urlsplit(value)
            if parts.scheme in ("http", "https") and _HOST.fullmatch(parts.netloc) and parts.port != 0:
                return parts.scheme, parts.hostname or ""
        except ValueError:  # a port or an IPv6 address that does not exist
            pass
    return "", ""


def without_query(url: str) -> str:
    """Return a URL for messages: its query may be a secret."""
    return url.partition("?")[0]


def by_pool(name: str, value: object, ids: tuple[str, ...]) -> Mapping[str, object]:
    """Return the values of an argument by user pool, from one value or a mapping; some may be missing.

    Raises:
        ConfigurationError: There is one value for several user pools, or one for another user pool.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        if len(ids) == 1:
            return {ids[0]: value}
        raise ConfigurationError(f"{name}: for several user pools, pass a mapping of their ids to URLs")
    others = [each for each in value if each not in ids]
    if others:
        raise ConfigurationError(f"{name}: the verifier has no user pool {safe_repr(others[0])}")
    return value


def boolean(name: str, value: object) -> bool:
    """Return a boolean.

    Raises:
        ConfigurationError: It is something else.
    """
    if isinstance(value, bool):
        return value
    raise ConfigurationError(f"{name}: expected True or False, got {safe_repr(value)}")


def checked_transport(value: Transport | None) -> Transport | None:
    """Return a transport.

    Raises:
        ConfigurationError: It lacks a method.
    """
    if value is None or all(callable(getattr(value, name, None)) for name in ("prepare", "send", "close")):
        return value
    raise ConfigurationError(
        f"transport: expected an object with prepare, send and close, got {type(value).__name__}"
    )


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
    names = _texts_of(value)
    if not names:
        problem = f"{name}: expected text or a list of text that is not empty"
        raise InvalidRequestError(VERIFIER, [problem])
    if name == "scopes" and any(each.split() != [each] for each in names):
        raise InvalidRequestError(VERIFIER, [f"{name}: a scope has no white space; pass several as a list"])
    return frozenset(names)


def duration(seconds: float) -> str:
    """Return a duration for messages: seconds up to two minutes, minutes up to two hours, and so on."""
    whole = math.ceil(seconds)
    size, unit = next((size, unit) for size, unit in _UNITS if whole >= 2 * size or size == 1)
    return "1 second" if whole == 1 else f"{whole // size} {unit}"
