"""Retry decisions: whether, when and at what cost a failed request is sent again. Nothing here waits.

The numbers are those of botocore 1.44's standard mode, with two differences. LimitExceededException is not
retried, because it reports a quota or a lockout. A request that is not idempotent is retried only if it
cannot have been carried out.
"""

from __future__ import annotations

from collections.abc import Mapping

from cognito_async._errors import CognitoError, ServiceError, TransportError
from cognito_async._http.headers import date_of
from cognito_async._model import Operation

__all__ = [
    "RetryQuota",
    "corrected_skew",
    "is_retryable",
    "is_skewed",
    "is_throttling",
    "retry_cost",
    "retry_delay",
]

# Longest first delay in seconds; each further one may be twice as long.
_BASE_DELAY = 0.05
_THROTTLING_BASE_DELAY = 1.0
# Longest delay in seconds before any retry, unless the service requests more.
_MAX_DELAY = 20.0

# Tokens of a new client; each retry costs some, which come back if it succeeds.
_RETRY_QUOTA = 500
_RETRY_COST = 14
_THROTTLING_COST = 5
# Tokens for a call that succeeds without a retry.
_SUCCESS_REFUND = 1

# From this HTTP status on, the service failed.
_SERVER_ERROR = 500

# Difference between the clocks, in seconds, that explains a rejected signature.
_MAX_CLOCK_SKEW = 4 * 60
_SKEW_CODES = frozenset(
    {
        "InvalidSignatureException",
        "RequestExpired",
        "RequestInTheFuture",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
    }
)


def is_retryable(error: CognitoError, operation: Operation) -> bool:
    """Return whether sending the request again may help and is safe."""
    if isinstance(error, ServiceError):
        # The service rejects a throttled request before it does anything.
        return error.throttling or (error.retryable and operation.idempotent)
    if isinstance(error, TransportError):
        return error.retryable and (operation.idempotent or not error.may_have_arrived)
    return False


def is_throttling(error: CognitoError) -> bool:
    """Return whether the service rejected the request because there were too many."""
    return isinstance(error, ServiceError) and error.throttling


def retry_cost(error: CognitoError) -> int:
    """Return the cost of a retry after this error, in tokens of the quota."""
    return _THROTTLING_COST if is_throttling(error) else _RETRY_COST


def retry_delay(error: CognitoError, retries: int, random: float) -> float:
    """Return the seconds to wait: exponential backoff with full jitter, or what the service requests.

    Args:
        error: Error of the last attempt.
        retries: Number of retries before this one.
        random: A number from 0 to 1.
    """
    base = _THROTTLING_BASE_DELAY if is_throttling(error) else _BASE_DELAY
    delay = random * min(base * 2.0**retries, _MAX_DELAY)
    requested = _requested_delay(error.headers) if isinstance(error, ServiceError) else None
    return delay if requested is None else max(delay, min(requested, delay + 5))


def _requested_delay(headers: Mapping[str, str]) -> float | None:
    text = headers.get("x-amz-retry-after", "").strip()  # milliseconds
    return float(text) / 1000 if text.isascii() and text.isdigit() else None  # float: any number of digits


def is_skewed(error: CognitoError) -> bool:
    """Return whether a wrong clock may be why the signature was rejected.

    With status 500 or above, the request may have been carried out, whatever the code says.
    """
    return isinstance(error, ServiceError) and error.code in _SKEW_CODES and error.status < _SERVER_ERROR


def corrected_skew(error: CognitoError, *, now: float, skew: float) -> float | None:
    """Return the new difference between the service's clock and ours; None if the clock is not the cause.

    Args:
        error: Error of the last attempt.
        now: Seconds since 1970 by the clock of this machine.
        skew: Difference that the rejected signature was made with, in seconds.
    """
    if not isinstance(error, ServiceError) or not is_skewed(error):
        return None
    service = date_of(error.headers)
    if service is None or abs(service - now - skew) < _MAX_CLOCK_SKEW:
        return None
    return service - now


class RetryQuota:
    """Tokens that a client has for retries: while many calls fail, it stops adding load."""

    def __init__(self) -> None:
        self.tokens: int = _RETRY_QUOTA

    def acquire(self, cost: int) -> bool:
        """Pay for a retry; return False if too few tokens are left."""
        if self.tokens < cost:
            return False
        self.tokens -= cost
        return True

    def release(self, cost: int | None) -> None:
        """Return tokens after a success: the cost of its last retry, or one token if there was none."""
        self.tokens = min(_RETRY_QUOTA, self.tokens + (_SUCCESS_REFUND if cost is None else cost))
