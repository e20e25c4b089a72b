"""Headers that identify a call: the X-Ray trace on AWS Lambda, and the invocation id."""

from __future__ import annotations

from collections.abc import Mapping
from os import urandom
from urllib.parse import quote

from cognito_async._http.headers import TRACE_ID


def trace_header(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the X-Ray header of the current Lambda invocation; it changes with each one."""
    trace = environment.get("_X_AMZN_TRACE_ID")
    return {TRACE_ID: quote(trace, safe="-=;:+&[]{}\"',")} if trace else {}


def on_lambda(environment: Mapping[str, str]) -> bool:
    """Return whether this process runs on AWS Lambda."""
    return bool(environment.get("AWS_LAMBDA_FUNCTION_NAME"))


def invocation_id() -> str:
    """Return a random UUID for a call.

    The bytes come from the operating system, 0.3 us slower than from ``random``: a program's own seed has no
    influence, and processes that are forked or restored from a snapshot send different ids. ``uuid.uuid4``
    would take three times as long.
    """
    digits = urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
