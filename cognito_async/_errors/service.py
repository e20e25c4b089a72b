"""Errors that the service returns, and the codes that justify a retry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cognito_async._errors.base import CognitoError, attempt_details, error_text, request_detail

THROTTLING_CODES = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
# LimitExceededException is not among them: it reports a quota or a lockout, and a pause does not help.

TRANSIENT_CODES = frozenset({"PriorRequestNotComplete", "RequestTimeout", "RequestTimeoutException"})
TRANSIENT_STATUSES = frozenset({500, 502, 503, 504})
TOO_MANY_REQUESTS = 429

# "PreSignUp failed with error <text of the function>." or "PreSignUp invocation failed due to <reason>.".
# Names of triggers start with an upper case letter; "null invocation failed due to configuration." has none.
_TRIGGER = r"([A-Z]\w+) (?:failed with error|invocation failed due to) "
_LAMBDA_MESSAGE = r"[A-Z]\w+ failed with error (.*?)\.?"


def metadata_to_wire(
    request_id: str | None, status: int, headers: Mapping[str, str], attempts: int
) -> dict[str, Any]:
    """Return the ``ResponseMetadata`` of boto3."""
    metadata = {} if request_id is None else {"RequestId": request_id}
    return {
        **metadata,
        "HTTPStatusCode": status,
        "HTTPHeaders": dict(headers),
        "RetryAttempts": attempts - 1,
    }


class ServiceError(CognitoError):
    """The service returned an error.

    Subclasses in ``cognito_async.errors`` stand for the errors in the model. Any other error is raised as
    this class and keeps its code.

    Attributes:
        code: Error code such as ``UserNotFoundException``; the HTTP status as text if the response has none.
        message: Message of the service, possibly empty.
        operation: Operation that failed, such as ``AdminGetUser``.
        status: HTTP status.
        request_id: Id that AWS support needs, or None.
        attempts: Number of requests sent, including the first.
        retry_reasons: Why each attempt but the last failed, such as ``("TooManyRequestsException",)``.
        headers: Response headers, names in lower case.
        members: Error body as the service sent it.
    """

    _wire_names: tuple[str, ...] = ()
    """Members of the error in the model besides ``message``."""

    def __init__(
        self,
        message: str = "",
        *,
        code: str | None = None,
        operation: str = "",
        status: int = 400,
        request_id: str | None = None,
        attempts: int = 1,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        self.code: str = type(self).__name__ if code is None else code
        self.message = message
        self.operation = operation
        self.status = status
        self.request_id = request_id
        self.attempts = attempts
        self.headers: Mapping[str, str] = headers or {}
        self.members: Mapping[str, Any] = members or {}
        self.retry_reasons: tuple[str, ...] = ()
        from cognito_async._errors import advice  # noqa: PLC0415  not needed before the first error

        if not self.advice:
            self.advice = advice.advice_for(self.code, status, throttling=self.throttling)
        elif by_text := advice.advice_by_text(self.code, message):
            self.advice = by_text
        super().__init__(message)

    def __str__(self) -> str:
        text = f"{self.operation or 'request'} failed with {self.code}"
        if self.message:
            text = f"{text}: {self.message}"
        details = [
            f"HTTP {self.status}",
            *request_detail(self.request_id),
            *attempt_details(self.attempts, self.retry_reasons),
        ]
        return error_text(text, details, self.advice)

    @property
    def response(self) -> dict[str, Any]:
        """The error as boto3's ``ClientError.response``: ``error.response["Error"]["Code"]``."""
        names = () if type(self) is ServiceError else ("message", *self._wire_names)
        modeled = {name: self.members[name] for name in names if self.members.get(name) is not None}
        return {
            "Error": {"Message": self.message, "Code": self.code},
            "ResponseMetadata": metadata_to_wire(self.request_id, self.status, self.headers, self.attempts),
            **modeled,
        }

    @property
    def trigger(self) -> str | None:
        """Lambda trigger that failed, such as ``PreSignUp``, if the message names one."""
        match = re.match(_TRIGGER, self.message)
        return match[1] if match else None

    @property
    def lambda_message(self) -> str | None:
        """Text of the error that the Lambda trigger raised, without the full stop that the service adds.

        None if the message has none, for example because the function was not invoked.
        """
        match = re.fullmatch(_LAMBDA_MESSAGE, self.message, re.DOTALL)
        return match[1] if match else None

    @property
    def throttling(self) -> bool:
        """Whether the service rejected the request because there were too many.

        The code decides; HTTP 429 counts only with a code that is not in the model, as in botocore.
        """
        if self.code in THROTTLING_CODES:
            return True
        modeled = type(self) is not ServiceError or self.code == "LimitExceededException"
        return self.status == TOO_MANY_REQUESTS and not modeled

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed a little later."""
        return self.throttling or self.code in TRANSIENT_CODES or self.status in TRANSIENT_STATUSES
