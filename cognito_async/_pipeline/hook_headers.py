"""Checks the headers that hooks add. Loaded only by clients that have hooks."""

from __future__ import annotations

from collections.abc import Mapping

from cognito_async._http.headers import TRACE_ID, check_headers

# Set by the client, or with a meaning for the connection.
_OWN_HEADERS = frozenset(
    {
        *("accept", "accept-encoding", "authorization", "content-encoding", "content-length", "content-type"),
        *("amz-sdk-invocation-id", "amz-sdk-request", "cookie", "host", "user-agent", "connection", "expect"),
        *("proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade"),
    }
)


def checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers that a hook adds, under the names in lower case.

    Raises:
        TypeError: They are not a mapping of strings.
        ValueError: One is set by the client, or contains a control character.
    """
    if not isinstance(headers, Mapping):
        raise TypeError(f"expected a mapping of headers, got {type(headers).__name__}")
    checked: dict[str, str] = {}
    for name, value in headers.items():
        if not (isinstance(name, str) and isinstance(value, str)):
            raise TypeError("expected headers of strings")
        lower = name.lower()
        if lower in _OWN_HEADERS or lower.startswith("x-amz-"):
            raise ValueError(f"the client sets {lower} itself")
        if not name or not name.isascii() or set(name) & set(' \t:"(),/;<=>?@[\\]{}'):
            raise ValueError("a header has an invalid name")
        checked[TRACE_ID if lower == TRACE_ID.lower() else lower] = value
    check_headers(checked)
    return checked
