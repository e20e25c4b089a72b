"""Tries once in a process, without network, whether aiohttp's inner parts are as the direct path expects."""

from __future__ import annotations

import asyncio
import inspect
import logging
from typing import Any

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from cognito_async._http.direct import new_target
from cognito_async._http.protocol import DirectProtocol

_log = logging.getLogger("cognito_async")
_HEAD = b"HTTP/1.1 200 OK\r\nA: b\r\n"
_RESPONSES = (
    ((_HEAD + b"Content-Length: 2\r\n\r\n{}",), b"{}"),
    ((_HEAD, b"Content-Length: 3\r\n\r\n{", b" }"), b"{ }"),
    (
        (b"HTTP/1.1 100 Continue\r\n\r\n" + _HEAD, b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
        b"{}",
    ),
)

_supported: bool | None = None


def is_supported() -> bool:
    """Return whether the direct path works with the installed aiohttp; called on a loop."""
    global _supported  # noqa: PLW0603  the result for the process
    if _supported is None:
        try:
            problem = _problem()
        except Exception as error:  # noqa: BLE001  whatever another release of aiohttp raises
            problem = f"{type(error).__name__}: {error}"
        _supported = not problem
        if problem:
            _log.info(
                "aiohttp %s: requests use its session, because its inner parts are unknown (%s)",
                aiohttp.__version__,
                problem,
            )
    return _supported


def _problem() -> str:
    """Return what is not as expected; empty if all is."""
    loop = asyncio.get_running_loop()
    parameters = list(inspect.signature(aiohttp.TCPConnector.connect).parameters)
    if parameters != ["self", "req", "traces", "timeout"]:
        return f"TCPConnector.connect takes {parameters}"
    if not new_target("POST", URL("http://127.0.0.1:1/"), loop, True).connection_key.host:
        return "a request has no connection key"
    transport = _Transport()
    protocol = DirectProtocol(loop)
    protocol.connection_made(transport)
    for pieces, body in _RESPONSES:
        response = protocol.response()
        for piece in pieces:
            protocol.data_received(piece)
        message, stream = response.result()
        received = (message.code, message.headers["a"], stream.is_eof() and stream.read_nowait())
        if received != (200, "b", body) or protocol.should_close or transport.closed:
            return f"a response was read as {received}"
    response = protocol.response()
    protocol.data_received(b"no HTTP\r\n\r\n")
    if not isinstance(response.exception(), HttpProcessingError) or not transport.closed:
        return "a malformed response is no error"
    protocol = DirectProtocol(loop)
    protocol.connection_made(_Transport())
    response = protocol.response()
    protocol.connection_lost(None)
    if not isinstance(response.exception(), aiohttp.ServerDisconnectedError):
        return "a lost connection is no error"
    return ""


class _Transport(asyncio.Transport):
    closed = False

    def close(self) -> None:
        self.closed = True

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ARG002  asyncio's signature
        return default
