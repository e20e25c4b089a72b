"""Checks of what callers pass; values that may be secrets are never quoted."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

_SCOPE = r"[\x21\x23-\x5B\x5D-\x7E]+"  # RFC 6749, section 3.3
_URI_CHARACTERS = r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+"  # RFC 3986
_LOCAL = ("localhost", "127.0.0.1")  # the service knows no other hosts for ``http``


def scope_text(scopes: object) -> str | None:
    """Return the value of the parameter ``scope``; None for None, which stands for all scopes.

    Raises:
        ValueError: They are not a collection of scopes, or there are none: the service would grant all.
    """
    if scopes is None:
        return None
    if isinstance(scopes, str) or not isinstance(scopes, Iterable):
        raise ValueError(  # noqa: TRY004  as all checks here; the caller converts it
            "scopes: expected a collection of text, such as {'openid', 'email'}"
        )
    names = list(scopes)
    if not all(isinstance(name, str) and re.fullmatch(_SCOPE, name) for name in names):
        raise ValueError("scopes: expected text without blanks, one for each scope")
    if not names:
        raise ValueError("scopes: expected at least one; None stands for all that the app client allows")
    return " ".join(sorted(set(names)))


def web_url(name: str, value: object) -> str:
    """Return the URL of a page of the application to which the browser is redirected.

    Raises:
        ValueError: It is something else.
    """
    expected = ValueError(
        f"{name}: expected a URL of your application as registered with the app client: https, or http "
        "on localhost, without user and #"
    )
    if not isinstance(value, str) or not re.fullmatch(_URI_CHARACTERS, value) or "#" in value:
        raise expected
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise expected from None
    if not host or "@" in parts.netloc:
        raise expected
    if parts.scheme == "https" or (parts.scheme == "http" and host in _LOCAL):
        return value
    raise expected


def absolute_uri(name: str, value: object) -> str | None:
    """Return an absolute URI without fragment, as RFC 8707 wants it; None for None.

    Raises:
        ValueError: It is something else.
    """
    if value is None:
        return None
    if (
        not isinstance(value, str)
        or "#" in value
        or not re.fullmatch(rf"[A-Za-z][A-Za-z0-9+.-]*:{_URI_CHARACTERS}", value)
    ):
        raise ValueError(f"{name}: expected an absolute URI without #, such as 'https://api.example.com'")
    return value


def optional_text(name: str, value: object) -> str | None:
    """Return text that is not empty, or None.

    Raises:
        ValueError: It is something else, or cannot be sent.
    """
    if value is None:
        return None
    if not isinstance(value, str) or not value or not _is_encodable(value):
        raise ValueError(f"{name}: expected text of at least one character")
    return value


def texts(
    name: str,
    value: object,
    reserved: Collection[str] = (),
    arguments: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """Return a mapping of text to text; None is an empty one.

    Args:
        name: Name of the argument.
        value: Its value.
        reserved: Keys that are refused.
        arguments: Keys that are refused because there is an argument for them, and its name.

    Raises:
        ValueError: It is something else, or has a key that is refused.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ValueError(f"{name}: expected a mapping of text to text")  # noqa: TRY004  as above
    if not all(isinstance(each, str) and _is_encodable(each) for pair in value.items() for each in pair):
        raise ValueError(f"{name}: expected text for keys and values")
    taken = sorted(set(value).intersection(reserved))
    if taken:
        raise ValueError(f"{name}: {', '.join(taken)} cannot be replaced")
    for key in sorted(set(value).intersection(arguments)):
        raise ValueError(f"{name}: {key} has an argument of its own: pass {arguments[key]}=...")
    return dict(value)


def _is_encodable(text: str) -> bool:
    """Return whether text contains no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
