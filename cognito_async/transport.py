"""The transport protocol: ``CognitoClient(transport=...)`` sends requests with it in place of aiohttp."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

__all__ = ["Connections", "HTTPRequest", "HTTPResponse", "Transport"]


class HTTPRequest(NamedTuple):
    """An HTTP request, ready to be sent."""

    method: str
    """Method in upper case, such as ``POST``."""

    url: str
    """Absolute URL, percent-encoded."""

    headers: Mapping[str, str]
    """All headers except ``Content-Length`` and, if it is missing, ``Host``: the transport adds them."""

    body: bytes = b""
    """Body; empty for none."""


class HTTPResponse(NamedTuple):
    """An HTTP response with its complete body."""

    status: int
    """Status code."""

    headers: Mapping[str, str]
    """Headers, names in lower case."""

    body: bytes
    """Body, without any transfer encoding."""


class Connections(NamedTuple):
    """The connections of a client at one moment, on all its event loops."""

    in_use: int
    """Requests in flight, each on a connection."""

    waiting: int
    """Requests that wait because ``max_connections`` are in use."""


class Transport(Protocol):
    """Sends HTTP requests.

    The client signs, retries and decodes; a transport only sends bytes and returns them.
    """

    async def prepare(self, url: str) -> None:
        """Prepare for a URL before the first ``send``: read files, build a TLS context."""
        ...

    async def send(self, request: HTTPRequest, *, timeout: float | None, resend: bool) -> HTTPResponse:  # noqa: ASYNC109  part of the interface, and cheaper than asyncio.timeout
        """Send a request and return its response, whatever the status. Redirects are not followed.

        Args:
            request: Request to send, to any host.
            timeout: Seconds until the response is complete, connecting included; None for no limit.
            resend: Whether to send the request once more if a kept-alive connection turns out to be closed.

        Raises:
            TransportError: No response was received. The class decides whether the client retries.
        """
        ...

    async def close(self) -> None:
        """Close all connections. May be called more than once, and without a call to ``prepare``."""
        ...
