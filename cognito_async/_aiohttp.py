"""What is done otherwise than aiohttp does it: connections are told apart, headers are not collected."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any
from weakref import WeakSet

import aiohttp
from aiohttp.connector import Connection

from cognito_async._traffic import Exchange

# For the connector: what the task that asks for a connection is doing.
current_exchange: ContextVar[Exchange] = ContextVar("current_exchange")


class TrackingConnector(aiohttp.TCPConnector):
    """Remembers which connections have been used, because only those may have been closed meanwhile."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._used: WeakSet[Any] = WeakSet()

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Any],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109  the signature is aiohttp's
    ) -> Connection:
        exchange = current_exchange.get()
        while True:
            connection = await super().connect(req, traces, timeout)
            protocol = connection.protocol
            was_used = protocol in self._used
            if not (was_used and exchange.wants_new):
                break
            connection.close()
        if not was_used:
            self._used.add(protocol)
        exchange.was_used = was_used
        exchange.step(self._loop.time())
        return connection


class PlainRequest(aiohttp.ClientRequest):
    """A request that comes with all its headers: aiohttp need not collect any, which takes it 5 us.

    Should aiohttp rename one of these steps, it does its own again, and nothing else changes.
    """

    skip_auto_headers: Any = ()  # of older releases, where update_auto_headers makes it

    def update_headers(self, headers: Any) -> None:
        """Take the headers as they are."""
        self.headers = headers

    def update_auto_headers(self, skip_auto_headers: Any) -> None:
        """Add none."""

    def update_cookies(self, cookies: Any) -> None:
        """Add none; there is no jar."""

    def update_auth(self, auth: Any, trust_env: Any = False) -> None:  # noqa: FBT002  aiohttp's
        """Add none; an endpoint has neither user nor password."""

    def update_content_encoding(self, data: Any) -> None:
        """Leave the body as it was signed."""

    def update_transfer_encoding(self) -> None:
        """Send the body whole."""

    def update_expect_continue(self, expect: Any = False) -> None:  # noqa: FBT002  aiohttp's
        """Send the body at once."""
