"""Headers that identify a call: the X-Ray trace on AWS Lambda, and the invocation id."""

from __future__ import annotations

from collections.abc import Mapping
from random import getrandbits
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
    """Return a random UUID for a call. Several times faster than ``uuid.uuid4``; it is not a secret."""
    digits = f"{getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
