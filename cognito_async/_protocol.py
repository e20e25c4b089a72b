"""What a client asks of its transport: one POST, and the answer to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class Reply(NamedTuple):
    """An HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""

    body: bytes


class Transport(Protocol):
    """Sends requests: ``CognitoClient(transport=...)`` takes one in place of aiohttp.

    Signing, retrying and reading answers are the client's part; a transport knows nothing of the service.
    """

    async def prepare(self, url: str) -> None:
        """Get ready, before the first request to a URL: whatever reads files or takes long."""
        ...

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, seconds: float | None, resend: bool
    ) -> Reply:
        """Send a body and return the answer, whatever its status.

        Args:
            url: Where to.
            headers: All that are to be sent, but for the length.
            body: What is to be sent.
            seconds: Time until the whole answer is there; None for no limit.
            resend: Whether the request may be sent once more when a connection that was kept open turns out
                to be closed.

        Raises:
            TransportError: There was no answer. Its class says whether the client tries again.
        """
        ...

    async def close(self) -> None:
        """Let go of every connection. May be called again, and without ``prepare`` before."""
        ...
