"""What hooks get to know of a response or an error. Loaded only by clients that have hooks."""

from __future__ import annotations

from typing import Any

from cognito_async import retry
from cognito_async._errors import CognitoError
from cognito_async._pipeline.call import Call
from cognito_async._pipeline.log import error_name
from cognito_async.transport import HTTPResponse

# Facts about a failed call that are those of its last attempt.
_OF_LAST_ATTEMPT = frozenset({"status", "request_id", "throttled"})


def facts_of(outcome: HTTPResponse | BaseException, call: Call) -> dict[str, Any]:
    """Return what a result says about a response or an error."""
    if isinstance(outcome, HTTPResponse):
        return {
            "status": outcome.status,
            "error": None,
            "retryable": False,
            "throttled": False,
            "request_id": outcome.headers.get("x-amzn-requestid"),
            "response_size": len(outcome.body),
        }
    facts: dict[str, Any] = dict.fromkeys(("status", "request_id", "response_size"))
    facts |= {"error": type(outcome).__name__, "retryable": False, "throttled": False}
    if isinstance(outcome, CognitoError):
        facts["status"] = getattr(outcome, "status", None)
        facts["request_id"] = getattr(outcome, "request_id", None)
        facts["error"] = error_name(outcome)
        facts["retryable"] = retry.is_retryable(outcome, call.operation)
        facts["throttled"] = retry.is_throttling(outcome)
    return facts


def facts_of_failure(error: BaseException, call: Call, last_attempt: dict[str, Any]) -> dict[str, Any]:
    """Return what a result says about the error of a call, and of its last attempt."""
    facts = facts_of(error, call)
    kept = {
        name: last_attempt[name] for name in ("status", "request_id", "throttled") if name in last_attempt
    }
    return facts | kept
