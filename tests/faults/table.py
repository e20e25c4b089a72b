"""Every fault and what a call is expected to make of it; run as a script, it writes docs/faults.md."""

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
"""Seconds until a hanging server counts as one."""


class Retry(Enum):
    """When a request is sent again, and how the document says so."""

    ALWAYS = "yes"
    IF_IDEMPOTENT = "if replay-safe"
    NEVER = "no"
    RESENT = "if replay-safe, at once"
    SIGNED_AGAIN = "once, signed anew"


@frozen
class Case:
    """A fault, what a call does about it, and what comes out while it lasts."""

    group: str
    name: str
    fault: Fault
    error: str
    """Class of the error; empty when the call succeeds all the same."""

    retry: Retry = Retry.NEVER
    reason: str = ""
    """What is told about a failed attempt; the class of the error unless it says otherwise."""

    arrives: bool = True
    """Whether the server gets to see the request."""

    tls: bool = False
    warm: bool = False
    """Whether a call that goes well comes before, so that a kept connection is used."""

    proxy: Literal["", "dead", "refusing"] = ""
    options: Mapping[str, Any] = {}
    """Settings of the client beside the defaults."""

    max_response_size: int | None = None
    """Bytes of an answer that are accepted, when not as many as by default."""

    @property
    def retry_reason(self) -> str:
        return self.reason or self.error

    def attempts(self, *, idempotent: bool) -> int:
        """How many attempts there are with retries on, while the fault lasts."""
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
        """Whether the call returns a result while the fault lasts."""
        return not self.error or (self.retry is Retry.RESENT and idempotent)


CONNECTING = "Connecting"
TLS = "TLS"
BREAKS = "The connection breaks or hangs"
STATUSES = "Errors of the service"
BODIES = "Answers that are not this API's"
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
        "Proxy refuses the tunnel (407)",
        server.HEALTHY,
        "ProxyError",
        Retry.ALWAYS,
        arrives=False,
        tls=True,
        proxy="refusing",
    ),
    Case(
        TLS,
        "Handshake without an answer",
        server.HANDSHAKE_HANGS,
        "ConnectTimeoutError",
        Retry.ALWAYS,
        arrives=False,
        tls=True,
        options={"connect_timeout": SHORT_TIMEOUT},
    ),
    Case(
        TLS,
        "Handshake broken off",
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
        "Closed without an answer",
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
    Case(BREAKS, "No answer in time", server.HANGS, "ReadTimeoutError", Retry.IF_IDEMPOTENT, options=HANGING),
    Case(
        BREAKS,
        "No more of the body in time",
        server.HANGS_IN_BODY,
        "ReadTimeoutError",
        Retry.IF_IDEMPOTENT,
        options=HANGING,
    ),
    Case(
        BREAKS,
        "Answer drips until the call's time is over",
        server.SENDS_BYTE_BY_BYTE,
        "RequestTimeoutError",
        options={"timeout": 2 * SHORT_TIMEOUT},
    ),
    Case(
        BREAKS,
        "Kept connection closed with the next request on its way",
        server.CLOSES_REUSED_CONNECTION,
        "ConnectionLostError",
        Retry.RESENT,
        warm=True,
    ),
    Case(BREAKS, "Kept connection closed between calls", server.CLOSES_AFTER_RESPONSE, "", warm=True),
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
        "400 signature refused, the server's clock is ahead",
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
    Case(BODIES, "200 with something else than JSON", server.NOT_JSON, "InvalidResponseError"),
    Case(BODIES, "200 with a JSON array", server.JSON_ARRAY, "InvalidResponseError"),
    Case(BODIES, "Content-Length shorter than the body", server.SHORT_CONTENT_LENGTH, "TransportError"),
    Case(BODIES, "Other content type, right JSON", server.OTHER_CONTENT_TYPE, ""),
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


# The document

INTRODUCTION = f"""\
# What each fault gives

<!-- Written by `PYTHONPATH=tests python tests/faults/table.py` from the cases that tests/faults/test_faults.py runs. -->

What a call does when the network or the service misbehaves, with the defaults: `retry_mode="standard"` and
`max_attempts={MAX_ATTEMPTS}`. With `retry_mode="off"` the errors are the same and there is one attempt.

- *Error* is the class that is raised when the fault lasts; when it passes, a retried call succeeds.
- *Retried*: most operations are replay-safe. The others use up a code or a session that is valid once, such as
  `respond_to_auth_challenge` and `confirm_sign_up`; they are sent again only when the service cannot have carried
  out the first request.
  "At once" is within one attempt, also with retries off: the call succeeds on a new connection.
- *Attempts* is what `error.attempts` says, for replay-safe operations and for the others.
  `error.retry_reasons` says why each attempt but the last failed; on a result both are in `response_metadata`.

Classes are in `cognito_async.errors`. A `ServiceError` that the API does not define keeps its code in `error.code`.
"""
COLUMNS = ("Fault", "Error", "Retried", "Attempts, replay-safe", "Attempts, others")


def _row(case: Case) -> tuple[str, ...]:
    attempts = [str(case.attempts(idempotent=idempotent)) for idempotent in (True, False)]
    if not case.error:
        return case.name, "none, the call succeeds", "not needed", *attempts
    return case.name, f"`{case.error}`", case.retry.value, *attempts


def document() -> str:
    """The text of docs/faults.md."""
    parts = [INTRODUCTION]
    widths = widths_of([COLUMNS, *map(_row, CASES)])
    for group in dict.fromkeys(case.group for case in CASES):
        rows = [COLUMNS, *(_row(case) for case in CASES if case.group == group)]
        parts.append(f"## {group}\n\n{table(rows, widths=widths)}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT}: {len(CASES)} faults\n")
