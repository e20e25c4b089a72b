"""Maps errors of aiohttp and of the operating system to those of this package."""

from __future__ import annotations

import os
import socket
import ssl

import aiohttp

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
    (TimeoutError, errors.RequestTimeoutError, "no response within the timeout"),
    (aiohttp.ClientError, errors.TransportError, "the request failed"),
    (OSError, errors.TransportError, "the request failed"),
)


def map_error(error: BaseException, host: str) -> errors.TransportError:
    """Return this package's exception for one of aiohttp or the operating system."""
    for theirs, ours, text in _ERRORS:
        if isinstance(error, theirs):
            return ours(f"{host}: {text} ({_describe(error)})")
    return errors.TransportError(f"{host}: {type(error).__name__}")


def _describe(error: BaseException) -> str:
    """Return the class of an error and the part of its text without URL, headers and password."""
    cause = safe_cause(error) or error
    text: str | None = None
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        text = f"{error.host}:{error.port}"
    elif isinstance(error, aiohttp.ClientHttpProxyError):
        text = f"HTTP {error.status}"
    elif isinstance(cause, ssl.SSLError):  # the attributes exist only if OpenSSL reported the error
        text = (getattr(cause, "verify_message", None) or getattr(cause, "reason", None) or "").rstrip(".")
    elif isinstance(cause, socket.gaierror):
        text = cause.strerror
    elif isinstance(cause, OSError) and cause.errno:
        text = os.strerror(cause.errno)
    return f"{type(cause).__name__}: {text}" if text else type(cause).__name__


def safe_cause(error: BaseException) -> BaseException | None:
    """Return the error of the operating system or of TLS behind an error; these hold no secrets."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return error.certificate_error
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error
    return error if isinstance(error, OSError) and not isinstance(error, aiohttp.ClientError) else None
