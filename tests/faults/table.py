"""Every fault with the expected outcome of a call; run as a script, it writes docs/faults.md."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Literal

from attrs import frozen

from faults import server
from faults.server import Fault
from support.markdown import table, widths_of

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "faults.md"
MAX_ATTEMPTS = 3
SHORT_TIMEOUT = 0.1
"""Seconds of the timeouts that a hanging server exceeds."""


class Retry(Enum):
    """When a request is sent again, with the words of the page."""

    ALWAYS = "yes"
    IF_IDEMPOTENT = "if idempotent"
    NEVER = "no"
    RESENT = "if idempotent, at once"
    SIGNED_AGAIN = "once, with a new signature"


@frozen
class Case:
    """A fault, and the expected outcome of a call while the fault lasts."""

    group: str
    name: str
    fault: Fault
    error: str
    """Class of the error; empty if the call succeeds anyway."""

    retry: Retry = Retry.NEVER
    reason: str = ""
    """Expected entry in ``retry_reasons`` for a failed attempt; by default the class of the error."""

    arrives: bool = True
    """Whether the server receives the request."""

    tls: bool = False
    warm: bool = False
    """Whether a successful call comes first, so that the connection is reused."""

    proxy: Literal["", "dead", "refusing"] = ""
    options: Mapping[str, Any] = {}
    """Settings of the client other than the defaults."""

    max_response_size: int | None = None
    """Maximum size of a response in bytes; None for the default."""

    @property
    def retry_reason(self) -> str:
        return self.reason or self.error

    def attempts(self, *, idempotent: bool) -> int:
        """Return the number of attempts with retries on, while the fault lasts."""
        match self.retry:
            case Retry.ALWAYS:
                return MAX_ATTEMPTS
            case Retry.IF_IDEMPOTENT:
                return MAX_ATTEMPTS if idempotent else 1
            case Retry.SIGNED_AGAIN:
                return 2
            case _:
                return 1

    def succeeds(self, *, idempotent: bool) -> bool:
        """Return whether the call succeeds while the fault lasts."""
        return not self.error or (self.retry is Retry.RESENT and idempotent)


CONNECTING = "Connecting"
TLS = "TLS"
BREAKS = "The connection breaks or hangs"
STATUSES = "Errors of the service"
BODIES = "Responses that this API does not send"
HANGING = {"read_timeout": SHORT_TIMEOUT}

CASES = (
    Case(CONNECTING, "Connection refused", server.REFUSED, "ConnectError", Retry.ALWAYS, arrives=False),
    Case(
        CONNECTING,
        "Proxy not reachable",
        server.HEALTHY,
        "ProxyError",
        Retry.ALWAYS,
        arrives=False,
        proxy="dead",
    ),
    Case(
        CONNECTING,
        "Proxy rejects the tunnel (407)",
        server.HEALTHY,
        "ProxyError",
        Retry.ALWAYS,
        arrives=False,
        tls=True,
        proxy="refusing",
    ),
    Case(
        TLS,
        "Handshake without a response",
        server.HANDSHAKE_HANGS,
        "ConnectTimeoutError",
        Retry.ALWAYS,
        arrives=False,
        tls=True,
        options={"connect_timeout": SHORT_TIMEOUT},
    ),
    Case(
        TLS,
        "Connection closed during the handshake",
        server.HANDSHAKE_CLOSED,
        "ConnectError",
        Retry.ALWAYS,
        arrives=False,
        tls=True,
    ),
    Case(TLS, "Certificate of an unknown authority", server.UNKNOWN_CA, "TLSError", arrives=False, tls=True),
    Case(TLS, "Certificate of another host", server.WRONG_HOST, "TLSError", arrives=False, tls=True),
    Case(TLS, "Expired certificate", server.EXPIRED, "TLSError", arrives=False, tls=True),
    Case(TLS, "Plain HTTP where TLS is expected", server.PLAIN_ON_TLS, "TLSError", arrives=False, tls=True),
    Case(
        BREAKS,
        "Reset before the request is read",
        server.RESET_ON_CONNECT,
        "ConnectionLostError",
        Retry.IF_IDEMPOTENT,
        arrives=False,
    ),
    Case(
        BREAKS,
        "Reset after the request",
        server.RESET_AFTER_REQUEST,
        "ConnectionLostError",
        Retry.IF_IDEMPOTENT,
    ),
    Case(
        BREAKS,
        "Closed without a response",
        server.CLOSED_WITHOUT_RESPONSE,
        "ConnectionLostError",
        Retry.IF_IDEMPOTENT,
    ),
    Case(
        BREAKS, "Closed in the headers", server.CLOSED_IN_HEADERS, "ConnectionLostError", Retry.IF_IDEMPOTENT
    ),
    Case(BREAKS, "Closed in the body", server.CLOSED_IN_BODY, "ConnectionLostError", Retry.IF_IDEMPOTENT),
    Case(
        BREAKS,
        "Closed in a chunked body",
        server.CLOSED_IN_CHUNKED_BODY,
        "ConnectionLostError",
        Retry.IF_IDEMPOTENT,
    ),
    Case(BREAKS, "Reset in the body", server.RESET_IN_BODY, "ConnectionLostError", Retry.IF_IDEMPOTENT),
    Case(
        BREAKS,
        "No response within `read_timeout`",
        server.HANGS,
        "ReadTimeoutError",
        Retry.IF_IDEMPOTENT,
        options=HANGING,
    ),
    Case(
        BREAKS,
        "No more of the body within `read_timeout`",
        server.HANGS_IN_BODY,
        "ReadTimeoutError",
        Retry.IF_IDEMPOTENT,
        options=HANGING,
    ),
    Case(
        BREAKS,
        "Response sent byte by byte until `timeout` ends",
        server.SENDS_BYTE_BY_BYTE,
        "RequestTimeoutError",
        options={"timeout": 4 * SHORT_TIMEOUT},
    ),
    Case(
        BREAKS,
        "Kept-alive connection closed during the next request",
        server.CLOSES_REUSED_CONNECTION,
        "ConnectionLostError",
        Retry.RESENT,
        warm=True,
    ),
    Case(BREAKS, "Kept-alive connection closed between calls", server.CLOSES_AFTER_RESPONSE, "", warm=True),
    Case(
        STATUSES,
        "500 InternalErrorException",
        server.status(500, "InternalErrorException"),
        "InternalErrorException",
        Retry.IF_IDEMPOTENT,
    ),
    *(
        Case(
            STATUSES,
            f"{code} without a code",
            server.status(code),
            "ServiceError",
            Retry.IF_IDEMPOTENT,
            str(code),
        )
        for code in (500, 502, 503, 504)
    ),
    Case(
        STATUSES,
        "400 TooManyRequestsException",
        server.status(400, "TooManyRequestsException"),
        "TooManyRequestsException",
        Retry.ALWAYS,
    ),
    Case(
        STATUSES,
        "400 ThrottlingException",
        server.status(400, "ThrottlingException"),
        "ServiceError",
        Retry.ALWAYS,
        "ThrottlingException",
    ),
    Case(STATUSES, "429 without a code", server.status(429), "ServiceError", Retry.ALWAYS, "429"),
    *(
        Case(
            STATUSES,
            f"{code} LimitExceededException",
            server.status(code, "LimitExceededException"),
            "LimitExceededException",
        )
        for code in (400, 429)
    ),
    Case(
        STATUSES,
        "400 NotAuthorizedException",
        server.status(400, "NotAuthorizedException"),
        "NotAuthorizedException",
    ),
    Case(
        STATUSES,
        "400, signature rejected, the server's clock is ahead",
        server.REJECTS_SIGNATURES,
        "ServiceError",
        Retry.SIGNED_AGAIN,
        "InvalidSignatureException",
    ),
    Case(BODIES, "403 with HTML", server.html(403), "ServiceError", reason="403"),
    Case(BODIES, "404 with HTML", server.html(404), "ServiceError", reason="404"),
    Case(BODIES, "502 with HTML", server.html(502), "ServiceError", Retry.IF_IDEMPOTENT, "502"),
    Case(BODIES, "503 with HTML", server.html(503), "ServiceError", Retry.IF_IDEMPOTENT, "503"),
    Case(BODIES, "200 with HTML", server.html(200), "InvalidResponseError"),
    Case(BODIES, "200 with a body that is not JSON", server.NOT_JSON, "InvalidResponseError"),
    Case(BODIES, "200 with a JSON array", server.JSON_ARRAY, "InvalidResponseError"),
    Case(BODIES, "Content-Length shorter than the body", server.SHORT_CONTENT_LENGTH, "TransportError"),
    Case(BODIES, "Valid JSON, other content type", server.OTHER_CONTENT_TYPE, ""),
    Case(
        BODIES,
        "Body too large, declared",
        server.LARGE_BODY,
        "ResponseTooLargeError",
        max_response_size=100_000,
    ),
    Case(
        BODIES,
        "Body too large, not declared",
        server.LARGE_CHUNKED_BODY,
        "ResponseTooLargeError",
        max_response_size=100_000,
    ),
    Case(BODIES, "Header too long", server.LONG_HEADER, "TransportError"),
    Case(BODIES, "Not HTTP", server.NOT_HTTP, "TransportError"),
    *(
        Case(BODIES, f"Redirect ({code})", server.redirect(code), "ServiceError", reason=str(code))
        for code in (301, 302, 307, 308)
    ),
)


# The page

INTRODUCTION = f"""\
# Faults

<!-- Written by tests/faults/table.py from the cases that tests/faults/test_faults.py runs. -->

The tables list how a call reacts to faults of the network and the service. They apply to the defaults,
`retry_mode="standard"` and `max_attempts={MAX_ATTEMPTS}`. With `retry_mode="off"`, the errors are the same and there is one attempt.

- *Error* is the class that is raised if the fault lasts. If the fault ends in time, a retried call succeeds.
- *Retried*: most operations are idempotent. The others use up something that is valid once, such as the session of
  `respond_to_auth_challenge` or the code of `confirm_sign_up`; they are only sent again if the service cannot have
  carried out the first request. "At once" means within one attempt, also with retries off: the call succeeds on a new connection.
- *Attempts* is `error.attempts`, for idempotent operations and for the others. `error.retry_reasons` has the reason why
  each attempt but the last failed. If the call succeeds, both are in `response_metadata`.

The classes are in `cognito_async.errors`. A `ServiceError` for a code that the API does not define has it in `error.code`.
"""
COLUMNS = ("Fault", "Error", "Retried", "Attempts, idempotent", "Attempts, others")


def _row(case: Case) -> tuple[str, ...]:
    attempts = [str(case.attempts(idempotent=idempotent)) for idempotent in (True, False)]
    if not case.error:
        return case.name, "none, the call succeeds", "not needed", *attempts
    return case.name, f"`{case.error}`", case.retry.value, *attempts


def document() -> str:
    """Return the text of docs/faults.md."""
    parts = [INTRODUCTION]
    widths = widths_of([COLUMNS, *map(_row, CASES)])
    for group in dict.fromkeys(case.group for case in CASES):
        rows = [COLUMNS, *(_row(case) for case in CASES if case.group == group)]
        parts.append(f"## {group}\n\n{table(rows, widths=widths)}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT}: {len(CASES)} faults\n")
