"""Validators of settings: each returns the value to keep, or raises a ValueError with what is expected."""

from __future__ import annotations

import re
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

RetryMode: TypeAlias = Literal["standard", "adaptive", "off"]

# Compiled by re on first use.
_REGION = r"(?!-)(?!\d+\Z)[A-Za-z0-9-]{1,63}(?<!-)"
_YEAR = 366 * 24 * 3600
_DIGITS = 18  # fits into 64 bits
_ADDRESS = r"\[[0-9a-f:.]*:[0-9a-f:.]*(%[a-z0-9]+)?\]"
_NAME = r"((?!-)[a-z0-9_-]{1,63}(?<!-)\.)*(?!-)[a-z0-9_-]{1,63}(?<!-)\.?"
# The whole authority of a URL: parsers disagree about anything else.
_HOST = rf"({_ADDRESS}|{_NAME})(:[0-9]*)?"
_USER_AGENT_TEXT = r"[A-Za-z0-9 !$%&'*+.^_`|~,/#()-]*"


def region(value: Any) -> str:
    """Region name, in lower case; it may be a pseudo-region with ``fips``."""
    if isinstance(value, str) and re.fullmatch(_REGION, value):
        name = value.lower()
        if re.fullmatch(_REGION, without_fips(name)):
            return name
    raise ValueError("the name of a region, such as eu-west-1")


def is_fips_region(name: str) -> bool:
    """Return whether a region is a pseudo-region such as ``fips-us-east-1`` or ``us-east-1-fips``."""
    return "fips-" in name or "-fips" in name


def without_fips(name: str) -> str:
    """Return the region that a pseudo-region stands for, as botocore does."""
    return name.replace("fips-", "").replace("-fips", "")


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
    except ValueError:  # an invalid port, or half an IPv6 address
        return False


def proxy(value: Any) -> str:
    """URL of a proxy, or an empty string for none."""
    if value == "" or (isinstance(value, str) and re.fullmatch(r"https?://[!-~]+", value)):
        return str(value)
    raise ValueError("a URL such as http://proxy.example:3128, or empty for none")


def non_empty(value: Any) -> str:
    """Non-empty string."""
    if isinstance(value, str) and value:
        return value
    raise ValueError("text of at least one character")


def user_agent_text(value: Any) -> str:
    """Text that is allowed in the user agent header."""
    if isinstance(value, str) and re.fullmatch(_USER_AGENT_TEXT, value):
        return value
    raise ValueError("text of letters, digits, spaces and !$%&'*+.^_`|~,/#()-")


def boolean(value: Any) -> bool:
    """Boolean. As in the AWS SDKs, the text ``true`` in any case is True, all other text is False."""
    if isinstance(value, bool | str):
        return value is True or (isinstance(value, str) and value.lower() == "true")
    raise ValueError("True or False")


def count(value: Any) -> int:
    """Positive integer, also as text from the environment."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _DIGITS:
        value = int(value)
    if type(value) is int and 1 <= value < 10**_DIGITS:
        return value
    raise ValueError(f"a number of at least 1, with at most {_DIGITS} digits")


def retries(value: Any) -> int:
    """Number of retries, 0 or more."""
    if type(value) is int and 0 <= value < 10**_DIGITS:
        return value
    raise ValueError(f"a number of retries of at least 0, with at most {_DIGITS} digits")


def seconds(value: Any) -> float:
    """Positive number of seconds, at most a year."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _YEAR:
        return float(value)
    raise ValueError("a number of seconds from above 0 to a year, or None")


def retry_mode(value: Any) -> RetryMode:
    """Retry mode."""
    match value:
        case "standard":
            return "standard"
        case "adaptive":
            return "adaptive"
        case "off":
            return "off"
        case "legacy":  # still set in many environments; standard retries the same errors
            return "standard"
        case _:
            raise ValueError("standard, adaptive or off")


def certificate(value: Any) -> str | tuple[str, str]:
    """File of a certificate, or a pair: certificate and key."""
    if isinstance(value, tuple) and len(value) == 2:  # noqa: PLR2004  certificate and key
        return (non_empty(value[0]), non_empty(value[1]))
    return non_empty(value)
