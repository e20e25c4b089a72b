"""Checks of settings: each returns what is kept, or says in a ValueError what it should be."""

from __future__ import annotations

import re
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

RetryMode: TypeAlias = Literal["standard", "adaptive", "off"]

# Compiled by re when first used.
_REGION = r"(?!-)(?!\d+\Z)[A-Za-z0-9-]{1,63}(?<!-)"
_YEAR = 366 * 24 * 3600
_DIGITS = 18  # what fits into 64 bits
_ADDRESS = r"\[[0-9a-f:.]*:[0-9a-f:.]*(%[a-z0-9]+)?\]"
_NAME = r"((?!-)[a-z0-9_-]{1,63}(?<!-)\.)*(?!-)[a-z0-9_-]{1,63}(?<!-)\.?"
# All that stands between // and /, because parsers do not agree on what else may be there.
_HOST = rf"({_ADDRESS}|{_NAME})(:[0-9]*)?"
_AGENT_WORDS = r"[A-Za-z0-9 !$%&'*+.^_`|~,/#()-]*"


def region(value: Any) -> str:
    """Name of a region."""
    if isinstance(value, str) and re.fullmatch(_REGION, value):
        return value
    raise ValueError("the name of a region, such as eu-west-1")


def url(value: Any) -> str:
    """URL of an endpoint."""
    if isinstance(value, str) and _is_usable(value):
        return value
    raise ValueError("a URL such as http://127.0.0.1:5000 (http or https, no user, no #)")


def _is_usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https")
            and re.fullmatch(_HOST, parts.netloc.lower()) is not None
            and parts.port != 0
            and "#" not in url
            and url.isascii()
            and url.isprintable()
            and not set(url) & set(' \\"<>^`{|}')
        )
    except ValueError:  # a port that is no number, or half an IPv6 address
        return False


def proxy(value: Any) -> str:
    """URL of a proxy, or nothing."""
    if value == "" or (isinstance(value, str) and re.fullmatch(r"https?://[!-~]+", value)):
        return str(value)
    raise ValueError("a URL such as http://proxy.example:3128, or empty for none")


def text(value: Any) -> str:
    """Text that is there."""
    if isinstance(value, str) and value:
        return value
    raise ValueError("text of at least one character")


def agent_text(value: Any) -> str:
    """Text that fits into the user agent header."""
    if isinstance(value, str) and re.fullmatch(_AGENT_WORDS, value):
        return value
    raise ValueError("text of letters, digits, spaces and !$%&'*+.^_`|~,/#()-")


def switch(value: Any) -> bool:
    """True or false; of a text, the AWS SDKs take the word true in any case for true, all else for false."""
    if isinstance(value, bool | str):
        return value is True or (isinstance(value, str) and value.lower() == "true")
    raise ValueError("True or False")


def count(value: Any) -> int:
    """Positive number, from the environment as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _DIGITS:
        value = int(value)
    if type(value) is int and 1 <= value < 10**_DIGITS:
        return value
    raise ValueError(f"a number of at least 1, with at most {_DIGITS} digits")


def retries(value: Any) -> int:
    """Number of attempts after the first."""
    if type(value) is int and 0 <= value < 10**_DIGITS:
        return value
    raise ValueError(f"a number of retries of at least 0, with at most {_DIGITS} digits")


def seconds(value: Any) -> float:
    """Duration above zero."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _YEAR:
        return float(value)
    raise ValueError("a number of seconds from above 0 to a year, or None")


def retry_mode(value: Any) -> RetryMode:
    """Mode of retries."""
    match value:
        case "standard":
            return "standard"
        case "adaptive":
            return "adaptive"
        case "off":
            return "off"
        case "legacy":  # still in many environments; what it retried, standard retries too
            return "standard"
        case _:
            raise ValueError("standard, adaptive or off")


def certificate(value: Any) -> str | tuple[str, str]:
    """File of a certificate, or its file and that of its key."""
    if isinstance(value, tuple) and len(value) == 2:  # noqa: PLR2004  certificate and key
        return (text(value[0]), text(value[1]))
    return text(value)
