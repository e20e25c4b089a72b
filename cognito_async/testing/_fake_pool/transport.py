"""The transport of clients in the process of a fake pool."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from cognito_async.testing._fake_pool.service import Service
from cognito_async.transport import HTTPRequest, HTTPResponse


class PoolTransport:
    """A transport that calls the fake pool without a network."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def prepare(self, url: str) -> None:
        """Do nothing; there is nothing to prepare."""

    async def send(
        self,
        request: HTTPRequest,
        *,
        timeout: float | None,  # noqa: ARG002, ASYNC109  responses take no time
        resend: bool,  # noqa: ARG002  there are no connections
    ) -> HTTPResponse:
        """Return the response of the pool."""
        await asyncio.sleep(0)  # let other tasks run, as a network would
        return self._service.respond(request, urlsplit(request.url).path or "/")

    async def close(self) -> None:
        """Do nothing; another client may use the pool."""
