"""Maps errors of aiohttp and of the operating system to those of this package."""

from __future__ import annotations

import os
import re
import socket
import ssl
import sys

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError, TransferEncodingError

from cognito_async import _errors as errors

# The first match counts, so subclasses come before their bases.
_ERRORS: tuple[tuple[type[BaseException], type[errors.TransportError], str], ...] = (
    (aiohttp.ConnectionTimeoutError, errors.ConnectTimeoutError, "no connection within connect_timeout"),
    (aiohttp.SocketTimeoutError, errors.ReadTimeoutError, "connected, but no data within read_timeout"),
    (aiohttp.ClientConnectorCertificateError, errors.TLSError, "the certificate was rejected"),
    (aiohttp.ClientConnectorSSLError, errors.TLSError, "the TLS handshake failed"),
    (aiohttp.ClientProxyConnectionError, errors.ProxyError, "no connection to the proxy"),
    (aiohttp.ClientHttpProxyError, errors.ProxyError, "the proxy rejected the request"),
    (aiohttp.ClientConnectorDNSError, errors.ConnectError, "the host name was not found"),
    (aiohttp.ClientConnectorError, errors.ConnectError, "no connection"),
    (aiohttp.ServerDisconnectedError, errors.ConnectionLostError, "the server closed the connection"),
    (aiohttp.ClientPayloadError, errors.ConnectionLostError, "the response is incomplete"),
    (aiohttp.ClientConnectionResetError, errors.ConnectionLostError, "the connection broke"),
    (aiohttp.ClientOSError, errors.ConnectionLostError, "the connection broke"),
    (aiohttp.ClientResponseError, errors.TransportError, "the response is not HTTP"),
    (HttpProcessingError, errors.TransportError, "the response is not HTTP"),
    (TimeoutError, errors.RequestTimeoutError, "no response within the timeout"),
    (aiohttp.ClientError, errors.TransportError, "the request failed"),
    (OSError, errors.TransportError, "the request failed"),
)

# aiohttp's parser rejects more responses then, such as one with two headers ``Server``.
_STRICT = sys.flags.dev_mode or bool(os.environ.get("PYTHONASYNCIODEBUG"))
# The constant words of the parser's errors. What follows quotes the response, which may hold secrets.
# It is compiled when it is first needed.
_PARSER_REASON = (
    r"(?:Bad status line:\s+)?"
    r"(Duplicate '[A-Za-z-]{1,40}' header|Data after `Connection: close`|Got more than \d+ bytes"
    r"|(?:Bad|Chunk|Content-Length|Duplicate|Expected|Invalid|Missing|Too|Transfer-Encoding|Unexpected)"
    r"(?: (?:can't|[A-Za-z0-9`/,-]+(?![\w'\"])))+)"
)


def map_error(error: BaseException, host: str) -> errors.TransportError:
    """Return this package's exception for one of aiohttp or the operating system."""
    for theirs, ours, text in _ERRORS:
        if isinstance(error, theirs):
            return ours(f"{host}: {text} ({_describe(error)})")
    return errors.TransportError(f"{host}: {type(error).__name__}")


def _describe(error: BaseException) -> str:
    """Return the class of an error and the part of its text without URL, headers and password.

    The class of an error of aiohttp's parser depends on the way of the request, so its reason stands alone.
    """
    cause = safe_cause(error) or error
    text: str | None = None
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        text = f"{error.host}:{error.port}"
    elif isinstance(error, aiohttp.ClientHttpProxyError):
        text = f"HTTP {error.status}"
    elif isinstance(error, (aiohttp.ClientResponseError, HttpProcessingError)):
        return _parser_reason(error) or "aiohttp rejects it"
    elif isinstance(cause, ssl.SSLError):  # the attributes exist only if OpenSSL reported the error
        text = (getattr(cause, "verify_message", None) or getattr(cause, "reason", None) or "").rstrip(".")
    elif isinstance(cause, socket.gaierror):
        text = cause.strerror
    elif isinstance(cause, OSError) and cause.errno:
        text = os.strerror(cause.errno)
    return f"{type(cause).__name__}: {text}" if text else type(cause).__name__


def _parser_reason(error: BaseException) -> str | None:
    """Return why aiohttp's parser rejected a response, without the part of the response that it quotes."""
    chain = [error]
    while chain[-1].__cause__ is not None:
        chain.append(chain[-1].__cause__)
    parser_error = next((link for link in chain if isinstance(link, HttpProcessingError)), None)
    if parser_error is None:
        return None
    if isinstance(chain[-1], TransferEncodingError):  # its message may be nothing but a part of the response
        reason = "Invalid chunk"
    elif match := re.match(_PARSER_REASON, parser_error.message):
        reason = match[1]
    else:
        return None
    return f"{reason}; aiohttp is strict in Python's development mode" if _STRICT else reason


def safe_cause(error: BaseException) -> BaseException | None:
    """Return the error of the operating system or of TLS behind an error; these hold no secrets."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return error.certificate_error
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error
    return error if isinstance(error, OSError) and not isinstance(error, aiohttp.ClientError) else None
