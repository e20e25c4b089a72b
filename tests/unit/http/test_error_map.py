"""The table that maps errors of aiohttp and of the operating system to those of this package."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp import http_exceptions as parser

from cognito_async import _errors as errors
from cognito_async._http import error_map
from cognito_async._http.error_map import _ERRORS, map_error, safe_cause

SECRET = "proxy-password"
CONNECTION: Any = SimpleNamespace(host="proxy.example", port=3128, is_ssl=False, ssl=True)
REQUEST: Any = SimpleNamespace(
    real_url=f"http://user:{SECRET}@proxy.example", headers={"Authorization": SECRET}
)
REFUSED = ConnectionRefusedError(errno.ECONNREFUSED, f"refused by {SECRET}")


def verification_error(**attributes: str) -> ssl.SSLError:
    """Return an error as OpenSSL reports it, with its attributes."""
    error = ssl.SSLCertVerificationError(1, SECRET)
    for name, value in attributes.items():
        setattr(error, name, value)
    return error


def payload_error() -> aiohttp.ClientPayloadError:
    """Return the error of a chunked body that ends early."""
    error = aiohttp.ClientPayloadError(SECRET)
    error.__cause__ = parser.TransferEncodingError(SECRET)
    return error


MESSAGES: list[tuple[BaseException, type[errors.TransportError], str]] = [
    (
        aiohttp.ClientConnectorError(CONNECTION, REFUSED),
        errors.ConnectError,
        f"no connection (ConnectionRefusedError: {os.strerror(errno.ECONNREFUSED)})",
    ),
    (
        aiohttp.ClientConnectorError(CONNECTION, OSError(SECRET)),  # without a number
        errors.ConnectError,
        "no connection (OSError)",
    ),
    (
        aiohttp.ClientConnectorDNSError(CONNECTION, socket.gaierror(socket.EAI_NONAME, "Name not known")),
        errors.ConnectError,
        "the host name was not found (gaierror: Name not known)",
    ),
    (
        aiohttp.ClientProxyConnectionError(CONNECTION, REFUSED),
        errors.ProxyError,
        "no connection to the proxy (ConnectionRefusedError: proxy.example:3128)",
    ),
    (
        aiohttp.ClientHttpProxyError(REQUEST, (), status=407, message=SECRET),
        errors.ProxyError,
        "the proxy rejected the request (ClientHttpProxyError: HTTP 407)",
    ),
    (
        aiohttp.ClientConnectorCertificateError(
            CONNECTION, verification_error(verify_message="unable to get local issuer certificate.")
        ),
        errors.TLSError,
        "the certificate was rejected (SSLCertVerificationError: unable to get local issuer certificate)",
    ),
    (
        aiohttp.ClientConnectorSSLError(CONNECTION, verification_error(reason="WRONG_VERSION_NUMBER")),
        errors.TLSError,
        "the TLS handshake failed (SSLCertVerificationError: WRONG_VERSION_NUMBER)",
    ),
    (
        aiohttp.ServerDisconnectedError(SECRET),
        errors.ConnectionLostError,
        "the server closed the connection (ServerDisconnectedError)",
    ),
    (
        payload_error(),
        errors.ConnectionLostError,
        "the response is incomplete (ClientPayloadError)",
    ),
    (TimeoutError(SECRET), errors.RequestTimeoutError, "no response within the timeout (TimeoutError)"),
    (
        BrokenPipeError(errno.EPIPE, SECRET),
        errors.TransportError,
        f"the request failed (BrokenPipeError: {os.strerror(errno.EPIPE)})",
    ),
]


@pytest.mark.parametrize(("error", "expected", "text"), MESSAGES, ids=lambda part: type(part).__name__)
def test_the_message_names_host_failure_and_cause_without_quoting_aiohttp(
    error: BaseException, expected: type[errors.TransportError], text: str
) -> None:
    mapped = map_error(error, "api.example:8443")
    assert type(mapped) is expected
    assert mapped.args == (f"api.example:8443: {text}",)


# Of the parser in C and of that in Python; both quote the response.
PARSER_REASONS: list[tuple[parser.HttpProcessingError, str]] = [
    (parser.BadHttpMessage("Duplicate 'Server' header found."), "Duplicate 'Server' header"),
    (parser.BadHttpMessage(f"Duplicate Content-Length:\n\n  b'{SECRET}'\n  ^"), "Duplicate Content-Length"),
    (parser.BadHttpMessage(f"Invalid header token:\n\n  b'X: {SECRET}'\n   ^"), "Invalid header token"),
    (
        parser.BadStatusLine(error=f"Bad status line:\n  Invalid status code:\n\n  b'{SECRET}'\n  ^"),
        "Invalid status code",
    ),
    (
        parser.BadStatusLine(error=f"Bad status line:\n  Expected HTTP/, RTSP/ or ICE/:\n\n  b'{SECRET}'"),
        "Expected HTTP/, RTSP/ or ICE/",
    ),
    (parser.BadStatusLine(SECRET), "Bad status line"),
    (parser.InvalidHeader(SECRET.encode()), "Invalid HTTP header"),
    (parser.LineTooLong(SECRET, 8190), "Got more than 8190 bytes"),
    (  # of older releases of aiohttp, where the size is also a number
        parser.BadHttpMessage(f"Got more than 8190 bytes (9000) when reading {SECRET}."),
        "Got more than 8190 bytes",
    ),
    (  # of newer releases
        parser.BadHttpMessage(f"Got more than 8190 bytes when reading: b'{SECRET}'."),
        "Got more than 8190 bytes",
    ),
    (parser.BadHttpMessage("Too many headers received"), "Too many headers received"),
    (
        parser.BadHttpMessage(f"Transfer-Encoding can't be present with Content-Length:\n\n  b'{SECRET}'"),
        "Transfer-Encoding can't be present with Content-Length",
    ),
    (
        parser.BadHttpMessage(f"Data after `Connection: close`:\n\n  b'{SECRET}'"),
        "Data after `Connection: close`",
    ),
    (parser.TransferEncodingError(f"Invalid {SECRET}"), "Invalid chunk"),
    (parser.BadHttpMessage(f"Invalid header b'{SECRET}'"), "Invalid header"),
    (parser.BadHttpMessage(SECRET), "aiohttp rejects it"),
]


def as_response_error(error: parser.HttpProcessingError) -> aiohttp.ClientResponseError:
    """Return an error of the parser as aiohttp raises it."""
    copy = parser.HttpProcessingError(code=error.code, message=error.message)
    copy.__cause__ = error
    raised = aiohttp.ClientResponseError(REQUEST, (), status=400, message=error.message)
    raised.__cause__ = copy
    return raised


@pytest.mark.parametrize(("error", "reason"), PARSER_REASONS, ids=lambda part: type(part).__name__)
def test_a_response_that_is_not_http_has_the_parser_s_reason_without_quoting_the_response(
    error: parser.HttpProcessingError, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(error_map, "_STRICT", False)
    for raised in (error, as_response_error(error)):
        mapped = map_error(raised, "host")
        assert type(mapped) is errors.TransportError
        assert mapped.args == (f"host: the response is not HTTP ({reason})",)


def test_the_reason_says_that_the_parser_is_strict_in_development_mode(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(error_map, "_STRICT", True)
    mapped = map_error(as_response_error(PARSER_REASONS[0][0]), "host")
    assert mapped.args[0].endswith("header; aiohttp is strict in Python's development mode)")


def test_a_response_error_that_is_not_the_parser_s_is_not_quoted() -> None:
    error = aiohttp.ClientResponseError(REQUEST, (), status=400, message=f"Bad {SECRET}")
    assert map_error(error, "host").args == ("host: the response is not HTTP (aiohttp rejects it)",)


def test_only_errors_of_the_system_and_of_tls_become_the_cause() -> None:
    certificate_error = verification_error()
    assert safe_cause(aiohttp.ClientConnectorError(CONNECTION, REFUSED)) is REFUSED
    assert (
        safe_cause(aiohttp.ClientConnectorCertificateError(CONNECTION, certificate_error))
        is certificate_error
    )
    assert safe_cause(REFUSED) is REFUSED
    assert safe_cause(aiohttp.ClientOSError(errno.EPIPE, SECRET)) is None
    assert safe_cause(aiohttp.ClientHttpProxyError(REQUEST, (), status=407)) is None


def test_subclasses_come_before_their_bases_in_the_table() -> None:
    seen: list[type[BaseException]] = []
    for source, target, _ in _ERRORS:
        assert not issubclass(source, tuple(seen)), source
        assert issubclass(target, errors.TransportError)
        seen.append(source)


def test_every_exception_of_aiohttp_has_a_row_in_the_table() -> None:
    for name in dir(aiohttp):
        value = getattr(aiohttp, name, None)
        if isinstance(value, type) and issubclass(value, aiohttp.ClientError):
            assert issubclass(value, tuple(source for source, _, _ in _ERRORS)), name


def test_an_exception_without_a_row_maps_to_a_transport_error() -> None:
    assert type(map_error(RuntimeError("x"), "host")) is errors.TransportError
