"""Names of the headers that are sent, and a view of those that are received."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from multidict import istr

# aiohttp takes these as they are; of an ordinary text it works out anew every time how it compares.
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


class Headers(Mapping[str, str]):
    """Headers of an answer, turned into a dict only when somebody wants one.

    Names are in lower case and are looked up in any; of a header that was sent twice, the first counts.
    """

    __slots__ = ("_received",)

    def __init__(self, received: Mapping[str, str]) -> None:
        self._received = received

    def __getitem__(self, name: str) -> str:
        return self._received[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Value of a header, or the default."""
        return self._received.get(name, default)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name.lower() for name in self._received))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple[type[dict[str, str]], tuple[dict[str, str]]]:
        return dict, (dict(self),)  # what aiohttp holds does not pickle


def date_of(headers: Mapping[str, str]) -> float | None:
    """When an answer was sent, in seconds since 1970; None when it does not say."""
    try:
        return parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (ValueError, OverflowError):
        return None
