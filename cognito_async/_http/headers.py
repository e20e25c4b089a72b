"""Header names, the content type, and a lazy view of response headers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from multidict import istr

# istr caches its case-folded form; for a plain str, aiohttp computes it on every request.
ACCEPT_ENCODING: str = istr("Accept-Encoding")
AUTHORIZATION: str = istr("Authorization")
CONTENT_TYPE: str = istr("Content-Type")
DATE: str = istr("X-Amz-Date")
HOST: str = istr("Host")
INVOCATION_ID: str = istr("amz-sdk-invocation-id")
SDK_REQUEST: str = istr("amz-sdk-request")
SECURITY_TOKEN: str = istr("X-Amz-Security-Token")
TARGET: str = istr("X-Amz-Target")
TRACE_ID: str = istr("X-Amzn-Trace-Id")
USER_AGENT: str = istr("User-Agent")

CONTROLS = bytes({*range(0x20), 0x7F} - {ord("\t")})
"""Characters that no header may contain, RFC 9110: with a line break, it could add another one."""

BODY_TYPE = "application/x-amz-json-1.1"
"""Content type of requests and responses."""


class Headers(Mapping[str, str]):
    """Response headers, converted to a dict only on demand.

    Names are in lower case, lookup ignores case. If a header was sent twice, the first value counts.
    """

    __slots__ = ("_received",)

    def __init__(self, received: Mapping[str, str]) -> None:
        self._received = received

    def __getitem__(self, name: str) -> str:
        return self._received[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a header, or the default."""
        return self._received.get(name, default)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name.lower() for name in self._received))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple[type[dict[str, str]], tuple[dict[str, str]]]:
        return dict, (dict(self),)  # aiohttp's own mapping does not pickle


def date_of(headers: Mapping[str, str]) -> float | None:
    """Return the ``Date`` of a response in seconds since 1970; None if it is missing or malformed."""
    try:
        return parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (ValueError, OverflowError):
        return None


def check_headers(headers: Mapping[str, str]) -> None:
    """Check the headers of a request; older releases of aiohttp do not check names, and not for NUL.

    Raises:
        ValueError: One contains a control character.
    """
    text = "".join((*headers, *headers.values())).encode()
    if len(text.translate(None, CONTROLS)) < len(text):
        raise control_character_error()


def control_character_error() -> ValueError:
    """Return the error for a header that contains a control character."""
    return ValueError("a header contains a control character")
