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
    """Sends one request; tests put one without network in its place."""

    async def prepare(self, url: str) -> None:
        """Get ready for requests to a URL: whatever reads files or takes long."""
        ...

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, seconds: float | None, resend: bool
    ) -> Reply:
        """Send a body and return the answer, whatever its status; raises a TransportError without one."""
        ...

    async def close(self) -> None:
        """Let go of every connection. May be called again."""
        ...
