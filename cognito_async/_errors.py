"""The exceptions that do not come from the model.

::

    CognitoError
    ├── ServiceError                  the service answered with an error; a class for each
    ├── TransportError                no answer
    │   ├── ConnectError              no connection: name not found, refused, unreachable
    │   │   ├── TLSError              certificate or handshake
    │   │   └── ProxyError            the proxy said no
    │   ├── ConnectionLostError       the connection broke before the answer was complete
    │   ├── ResponseTooLargeError     the answer is longer than ``max_response_size``
    │   ├── RequestTimeoutError       (also a TimeoutError)
    │   │   ├── ConnectTimeoutError   no connection in time
    │   │   └── ReadTimeoutError      no answer in time
    │   └── ClientClosedError         a call after ``close()``
    ├── CredentialsError              none found, or not usable
    ├── ConfigurationError            a setting is missing or contradicts another
    ├── InvalidRequestError           (also a ValueError) refused before anything was sent
    ├── InvalidResponseError          an answer that is not what this API answers
    └── PaginationError               a list that does not come to an end

All of them pickle. Secrets appear in none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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
"""Codes that ask for a pause. LimitExceededException is none of them: it is a quota or a lockout."""

_TRANSIENT_CODES = frozenset({"PriorRequestNotComplete", "RequestTimeout", "RequestTimeoutException"})
_TRANSIENT_STATUSES = frozenset({500, 502, 503, 504})
_TOO_MANY_REQUESTS = 429


class CognitoError(Exception):
    """Base of every exception that this package raises on purpose.

    Attributes:
        resume_token: Of an error between the pages of a list: the ``starting_token`` that goes on after the
            last good page. None when there was none, and on errors elsewhere.
    """

    resume_token: str | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by class, arguments and attributes, whatever ``__init__`` takes."""
        return _rebuild, (type(self), self.args), self.__dict__


def _rebuild(cls: type[CognitoError], args: tuple[object, ...]) -> CognitoError:
    error = cls.__new__(cls)
    error.args = args
    return error


class ServiceError(CognitoError):
    """The service answered with an error.

    Subclasses in ``cognito_async.errors`` stand for the modelled errors; an error that the model does
    not know comes as this class and keeps its code.

    Attributes:
        code: Error code such as ``UserNotFoundException``; the HTTP status as text when there is none.
        message: What the service wrote, possibly empty.
        operation: Operation that failed, such as ``AdminGetUser``.
        status: HTTP status.
        request_id: Id that AWS support asks for, or None.
        attempts: Requests that were sent, the first one included.
        retry_reasons: Why each attempt but the last failed, such as ``("TooManyRequestsException",)``.
        headers: Response headers, names in lower case.
        members: The error body as the service sent it.
    """

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
        super().__init__(message)

    def __str__(self) -> str:
        facts = [f"HTTP {self.status}"]
        if self.request_id:
            facts.append(f"request id {self.request_id}")
        if self.attempts > 1:
            facts.append(f"{self.attempts} attempts")
        text = f"{self.code}: {self.message}" if self.message else self.code
        return f"{self.operation or 'request'} failed with {text} ({', '.join(facts)})"

    @property
    def throttling(self) -> bool:
        """Whether the service asks for fewer requests."""
        if self.code == "LimitExceededException":
            return False
        return self.code in THROTTLING_CODES or self.status == _TOO_MANY_REQUESTS

    @property
    def retryable(self) -> bool:
        """Whether the same request may well succeed a little later."""
        return self.throttling or self.code in _TRANSIENT_CODES or self.status in _TRANSIENT_STATUSES


class TransportError(CognitoError):
    """No answer came.

    Attributes:
        operation: Operation that was called, such as ``AdminGetUser``.
        attempts: Requests that were tried, the first one included.
        retry_reasons: Why each attempt but the last failed, such as ``("ConnectError",)``.
    """

    retryable = False
    """Whether another try may succeed."""

    may_have_arrived = True
    """Whether the request may have reached the service and been carried out."""

    def __init__(self, message: str = "") -> None:
        self.operation = ""
        self.attempts = 1
        self.retry_reasons: tuple[str, ...] = ()
        super().__init__(message)

    def __str__(self) -> str:
        text = super().__str__()
        if self.operation:
            text = f"{self.operation}: {text}"
        return f"{text} ({self.attempts} attempts)" if self.attempts > 1 else text


class ConnectError(TransportError):
    """No connection: host name not found, refused or unreachable. Nothing was sent."""

    retryable = True
    may_have_arrived = False


class TLSError(ConnectError):
    """The TLS handshake failed or the certificate was not accepted. Nothing was sent."""

    retryable = False  # the certificate will be the same


class ProxyError(ConnectError):
    """The proxy could not be used. Nothing was sent to the service."""


class ConnectionLostError(TransportError):
    """The connection broke before the answer was complete."""

    retryable = True


class ResponseTooLargeError(TransportError):
    """The answer is longer than ``max_response_size``; it was not read to its end."""


class RequestTimeoutError(TransportError, TimeoutError):
    """The time given for the call was over."""


class ConnectTimeoutError(RequestTimeoutError):
    """No connection in the time given. Nothing was sent."""

    retryable = True
    may_have_arrived = False


class ReadTimeoutError(RequestTimeoutError):
    """Connected, but no answer in the time given."""

    retryable = True


class ClientClosedError(TransportError):
    """The client is closed."""


class CredentialsError(CognitoError):
    """AWS credentials are missing, incomplete or could not be fetched."""


class ConfigurationError(CognitoError):
    """A setting is missing, malformed or contradicts another one."""


class InvalidRequestError(CognitoError, ValueError):
    """The request does not fit the API. Nothing was sent.

    Attributes:
        shape: Shape that was to be sent, such as ``AdminCreateUserRequest``.
        problems: One text per problem, each starting with the path of the member.
    """

    def __init__(self, shape: str, problems: Sequence[str]) -> None:
        self.shape = shape
        self.problems: tuple[str, ...] = tuple(problems)
        super().__init__(shape, self.problems)

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return f"{self.shape}: {self.problems[0]}"
        return "\n  ".join([f"{self.shape}: {len(self.problems)} problems", *self.problems])


class InvalidResponseError(CognitoError):
    """The service said success, but its answer cannot be read.

    Attributes:
        operation: Operation that was called.
        status: HTTP status.
        request_id: Id that AWS support asks for, or None.
        attempts: Requests that were sent, the first one included.
        retry_reasons: Why each attempt but the last failed.
    """

    def __init__(
        self,
        reason: str,
        *,
        operation: str,
        status: int,
        request_id: str | None = None,
        attempts: int = 1,
    ) -> None:
        self.reason = reason
        self.operation = operation
        self.status = status
        self.request_id = request_id
        self.attempts = attempts
        self.retry_reasons: tuple[str, ...] = ()
        super().__init__(reason)

    def __str__(self) -> str:
        request = f", request id {self.request_id}" if self.request_id else ""
        return f"{self.operation}: {self.reason} (HTTP {self.status}{request})"


class PaginationError(CognitoError):
    """A list cannot be read to its end: the service sent the same token twice."""
