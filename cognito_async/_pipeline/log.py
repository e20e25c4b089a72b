"""Log records of attempts, without bodies and secrets."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from cognito_async._errors import CognitoError, ServiceError
from cognito_async._pipeline.call import Call
from cognito_async.transport import HTTPResponse

log = logging.getLogger("cognito_async")


def error_name(error: CognitoError) -> str:
    """Return the code of an error of the service, else the name of its class."""
    return error.code if isinstance(error, ServiceError) else type(error).__name__


def log_attempt(call: Call, outcome: HTTPResponse | CognitoError, seconds: float) -> None:
    """Write a DEBUG record: operation, attempt, status, error, request id and duration."""
    status = getattr(outcome, "status", None)
    headers: Mapping[str, str] = getattr(outcome, "headers", {})
    fields = {
        "operation": call.operation.name,
        "attempt": call.attempts,
        "status": status,
        "error": error_name(outcome) if isinstance(outcome, CognitoError) else None,
        "request_id": headers.get("x-amzn-requestid"),
        "duration": seconds,
    }
    log.debug(
        "%(operation)s attempt %(attempt)s: %(status)s %(error)s in %(duration).3f s", fields, extra=fields
    )
