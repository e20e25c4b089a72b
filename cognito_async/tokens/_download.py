"""Downloads key sets, with the transport of the client."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

from cognito_async._errors import ClientClosedError, ResponseTooLargeError, TransportError
from cognito_async._preload import import_off_loop
from cognito_async._single_flight import SingleFlight
from cognito_async.tokens._errors import KeysUnavailableError
from cognito_async.tokens._settings import VERIFIER, without_query
from cognito_async.transport import HTTPRequest, HTTPResponse, Transport

MAX_SIZE = 64 * 1024
"""Largest key set in bytes; those of the service have about 900."""

TIMEOUT = 5.0
"""Seconds for an attempt."""

DEADLINE = 10.0
"""Seconds for a whole fetch: import of aiohttp, TLS context and attempts."""

_ATTEMPTS = 2
_OK = 200
_SERVER_ERROR = 500
_MODULES = ("cognito_async._http.aiohttp_transport", "cognito_async._http.user_agent")
_VARIABLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "COGNITO_ASYNC_DIRECT_HTTP")


class Downloader:
    """Sends GET requests; opens the transport with the first one."""

    def __init__(self, transport: Transport | None) -> None:
        self._transport = transport
        self._headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        self._is_ready = False
        self._is_closed = False
        self._origin = ""
        self._lock = threading.Lock()
        self._opening = SingleFlight(self._open, VERIFIER)

    async def get(self, url: str) -> bytes:
        """Return the body at a URL; once more after a failure that may pass.

        Raises:
            KeysUnavailableError: There was no response with status 200 in time, or a longer one than
                ``MAX_SIZE``.
            ConfigurationError: A certificate or proxy of the environment cannot be used.
        """
        shown = without_query(url)
        try:
            async with asyncio.timeout(DEADLINE):
                response = await self._response(url)
        except ResponseTooLargeError:
            raise _too_long(shown) from None
        except TransportError as error:
            if isinstance(error, ClientClosedError) and self._is_closed:
                raise _closed() from None
            raise KeysUnavailableError(f"cannot fetch the keys from {shown}: {error.args[0]}") from error
        except TimeoutError:
            raise KeysUnavailableError(
                f"cannot fetch the keys from {shown}: no response within {DEADLINE:.0f} seconds"
            ) from None
        if response.status != _OK:
            raise KeysUnavailableError(f"cannot fetch the keys from {shown}: HTTP {response.status}")
        if len(response.body) > MAX_SIZE:
            raise _too_long(shown)
        return response.body

    async def _response(self, url: str) -> HTTPResponse:
        transport = await self._ready_transport(url)
        request = HTTPRequest("GET", url, self._headers)
        for _ in range(_ATTEMPTS - 1):
            try:
                response = await transport.send(request, timeout=TIMEOUT, resend=True)
            except TransportError as error:
                if not error.retryable:
                    raise
            else:
                if response.status < _SERVER_ERROR:
                    return response
        return await transport.send(request, timeout=TIMEOUT, resend=True)

    async def _ready_transport(self, url: str) -> Transport:
        if not self._is_ready and not self._is_closed:
            parts = urlsplit(url)
            self._origin = f"{parts.scheme}://{parts.netloc}/"
            await self._opening.wait()
        if self._is_closed:
            raise _closed()
        assert self._transport is not None  # noqa: S101  opened above
        return self._transport

    async def _open(self) -> None:
        if self._transport is None:
            transport = await self._default_transport()
            with self._lock:
                is_needed = self._transport is None and not self._is_closed
                if is_needed:
                    self._transport = transport
            if not is_needed:  # another event loop was faster, or closed the verifier
                await transport.close()
        if self._transport is not None:
            await self._transport.prepare(self._origin)
            self._is_ready = True

    async def _default_transport(self) -> Transport:
        """Return aiohttp's transport, with certificates and proxy of the environment."""
        await import_off_loop(*_MODULES, owner=VERIFIER)
        from cognito_async._http.aiohttp_transport import AiohttpTransport  # noqa: PLC0415  imports aiohttp
        from cognito_async._http.user_agent import user_agent  # noqa: PLC0415  as above
        from cognito_async.config._resolve import complete_config, resolve_config, with_proxy  # noqa: PLC0415  as above

        environment = {name: os.environ[name] for name in _VARIABLES if name in os.environ}
        settings = {
            "endpoint_url": self._origin,  # the proxy depends on it
            "max_response_size": MAX_SIZE,
            "connect_timeout": None,  # an attempt has a single timeout
            "read_timeout": None,
        }
        config = complete_config(resolve_config(settings, environment), {}, environment)
        config = with_proxy(config, os.environ)
        self._headers = {**self._headers, "User-Agent": user_agent(config)}
        return AiohttpTransport(config)

    async def close(self) -> None:
        """Close the transport, also if this call is cancelled."""
        with self._lock:
            self._is_closed = True
            transport = self._transport
        async with AsyncExitStack() as stack:
            if transport is not None:
                stack.push_async_callback(transport.close)
            await self._opening.close()


def _closed() -> KeysUnavailableError:
    return KeysUnavailableError("the verifier is closed")


def _too_long(url: str) -> KeysUnavailableError:
    return KeysUnavailableError(f"the response of {url} is longer than {MAX_SIZE} bytes")
