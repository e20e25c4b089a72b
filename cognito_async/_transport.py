"""The only module that knows aiohttp: one session, one POST, and its errors as ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import aiohttp
from attrs import frozen
from yarl import URL

from cognito_async import _errors as errors
from cognito_async.config import Config


@frozen
class Reply:
    """An HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""

    body: bytes


class Transport(Protocol):
    """Sends one request. ``cognito_async.testing`` has one without network."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send a body and return the answer, whatever its status; raises a TransportError without one."""
        ...

    async def close(self) -> None:
        """Let go of every connection. May be called again."""
        ...


# The first match counts, so a class stands before its bases.
_ERRORS: tuple[tuple[type[BaseException], type[errors.TransportError], str], ...] = (
    (aiohttp.ConnectionTimeoutError, errors.ConnectTimeoutError, "no connection in time"),
    (aiohttp.SocketTimeoutError, errors.ReadTimeoutError, "connected, but no answer in time"),
    (aiohttp.ClientConnectorCertificateError, errors.TLSError, "the certificate was not accepted"),
    (aiohttp.ClientConnectorSSLError, errors.TLSError, "the TLS handshake failed"),
    (aiohttp.ClientProxyConnectionError, errors.ProxyError, "no connection to the proxy"),
    (aiohttp.ClientHttpProxyError, errors.ProxyError, "the proxy refused"),
    (aiohttp.ClientConnectorDNSError, errors.ConnectError, "the host name was not found"),
    (aiohttp.ClientConnectorError, errors.ConnectError, "no connection"),
    (
        aiohttp.ServerDisconnectedError,
        errors.ConnectionLostError,
        "the server closed the connection",
    ),
    (aiohttp.ClientPayloadError, errors.ConnectionLostError, "the answer broke off"),
    (aiohttp.ClientOSError, errors.ConnectionLostError, "the connection broke"),
    (aiohttp.ClientResponseError, errors.TransportError, "the answer is not HTTP"),
    (TimeoutError, errors.RequestTimeoutError, "no answer in time"),
    (aiohttp.ClientError, errors.TransportError, "the request failed"),
    (OSError, errors.TransportError, "the request failed"),
)


def map_error(error: BaseException, host: str) -> errors.TransportError:
    """Our exception for one of aiohttp's or the operating system's."""
    for theirs, ours, text in _ERRORS:
        if isinstance(error, theirs):
            return ours(f"{host}: {text} ({type(error).__name__})")
    message = f"{host}: {type(error).__name__}"
    return errors.TransportError(message)


class AiohttpTransport:
    """One aiohttp session, made on the loop of the first call."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send a body and return the answer, whatever its status; raises a TransportError without one."""
        if self._closed:
            raise errors.ClientClosedError("the client is closed; make a new one")
        session = self._session or self._open()
        target = URL(url, encoded=True)
        try:
            async with session.post(target, data=body, headers=headers, allow_redirects=False) as response:
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise map_error(error, target.host or url) from error
        received = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status, received, content)

    def _open(self) -> aiohttp.ClientSession:
        config = self._config
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=config.max_connections),
            # A call has its own deadline; these two notice a peer that is gone.
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=config.connect_timeout, sock_read=config.read_timeout
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # a .netrc entry for the host would replace the signature
        )
        return self._session

    async def close(self) -> None:
        """Let go of every connection. May be called again."""
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()
