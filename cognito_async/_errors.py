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
    ├── WaiterError                   what was waited for will not come
    │   └── WaiterTimeoutError        (also a TimeoutError) it did not come in time
    └── PaginationError               a list that does not come to an end

All of them pickle. Secrets appear in none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cognito_async._error_codes import (
    THROTTLING_CODES,
    TOO_MANY_REQUESTS,
    TRANSIENT_CODES,
    TRANSIENT_STATUSES,
)
from cognito_async._error_text import request_fact, sentence, tries


class CognitoError(Exception):
    """Base of every exception that this package raises on purpose.

    Attributes:
        resume_token: Of an error between the pages of a list: the ``starting_token`` that goes on after the
            last good page. None when there was none, and on errors elsewhere.
    """

    resume_token: str | None = None

    advice: str = ""
    """What to do next; ends the text of the error. Empty where the message says it itself."""

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
        if not self.advice:
            from cognito_async._advice import advice_for  # noqa: PLC0415  for what the model does not know

            self.advice = advice_for(self.code, status, throttling=self.throttling)
        super().__init__(message)

    def __str__(self) -> str:
        text = f"{self.operation or 'request'} failed with {self.code}"
        if self.message:
            text = f"{text}: {self.message}"
        facts = [
            f"HTTP {self.status}",
            *request_fact(self.request_id),
            *tries(self.attempts, self.retry_reasons),
        ]
        return sentence(text, facts, self.advice)

    @property
    def throttling(self) -> bool:
        """Whether the service asks for fewer requests."""
        if self.code == "LimitExceededException":
            return False
        return self.code in THROTTLING_CODES or self.status == TOO_MANY_REQUESTS

    @property
    def retryable(self) -> bool:
        """Whether the same request may well succeed a little later."""
        return self.throttling or self.code in TRANSIENT_CODES or self.status in TRANSIENT_STATUSES


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

    advice = "See that endpoint_url and proxy of client.config lead to the service."

    def __init__(self, message: str = "") -> None:
        self.operation = ""
        self.attempts = 1
        self.retry_reasons: tuple[str, ...] = ()
        super().__init__(message)

    def __str__(self) -> str:
        text = super().__str__()
        if self.operation:
            text = f"{self.operation} failed: {text}"
        return sentence(text, tries(self.attempts, self.retry_reasons), self.advice)


class ConnectError(TransportError):
    """No connection: host name not found, refused or unreachable. Nothing was sent."""

    advice = (
        "Nothing was sent. Look at region and endpoint_url of client.config, and whether this machine may "
        "reach the host: network, DNS, firewall, or a proxy that has to be set."
    )
    retryable = True
    may_have_arrived = False


class TLSError(ConnectError):
    """The TLS handshake failed or the certificate was not accepted. Nothing was sent."""

    advice = (
        "Nothing was sent. Where a company's proxy or an emulator has a certificate of its own, name its "
        "authority with ca_bundle or AWS_CA_BUNDLE; else look at endpoint_url and the clock of this machine."
    )
    retryable = False  # the certificate will be the same


class ProxyError(ConnectError):
    """The proxy could not be used. Nothing was sent to the service."""

    advice = (
        "Nothing was sent. Look at proxy of client.config, which comes from proxy=, HTTPS_PROXY or "
        'HTTP_PROXY; proxy="" or NO_PROXY goes without.'
    )


class ConnectionLostError(TransportError):
    """The connection broke before the answer was complete."""

    advice = (
        "The request may have been carried out: look before sending it again. If it happens often, "
        "something on the way closes connections early; a keepalive_timeout below its own helps."
    )
    retryable = True


class ResponseTooLargeError(TransportError):
    """The answer is longer than ``max_response_size``; it was not read to its end."""

    advice = "No answer of the service is as long: look at what endpoint_url of client.config leads to."


class RequestTimeoutError(TransportError, TimeoutError):
    """The time given for the call was over."""

    advice = (
        "A request that was sent may have been carried out: look before sending it again. A longer "
        "timeout, or more max_connections where many calls wait for one, gives it more room."
    )


class ConnectTimeoutError(RequestTimeoutError):
    """No connection in the time given. Nothing was sent."""

    advice = (
        "Nothing was sent. See whether this machine may reach the host (network, firewall, security group, "
        "VPC endpoint, a proxy that has to be set); on a slow network, raise connect_timeout."
    )
    retryable = True
    may_have_arrived = False


class ReadTimeoutError(RequestTimeoutError):
    """Connected, but no answer in the time given."""

    advice = (
        "The request may have been carried out: look before sending it again. Where Lambda triggers take "
        "long, raise read_timeout."
    )
    retryable = True


class ClientClosedError(TransportError):
    """The client is closed."""

    advice = "Keep one client as long as the application runs; close it, then its session, at the end."


class CredentialsError(CognitoError):
    """AWS credentials are missing, incomplete or could not be fetched.

    Attributes:
        operation: Operation that needed them, such as ``AdminGetUser``; empty outside of a call.
    """

    operation = ""

    def __str__(self) -> str:
        text = super().__str__()
        return f"{self.operation} failed: {text}" if self.operation else text


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

    advice = (
        "The call may have been carried out. Look at what endpoint_url and proxy of client.config lead to: "
        "something else than the service may have answered."
    )

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
        facts = [
            f"HTTP {self.status}",
            *request_fact(self.request_id),
            *tries(self.attempts, self.retry_reasons),
        ]
        return sentence(f"{self.operation} failed: {self.reason}", facts, self.advice)


class PaginationError(CognitoError):
    """A list cannot be read to its end: the service sent the same token twice."""

    advice = (
        "Reading on would never end: keep what came so far, and read the list again from its start later; "
        "if it goes on, it is a fault of the service or emulator."
    )

    def __str__(self) -> str:
        return sentence(super().__str__(), (), self.advice)


class WaiterError(CognitoError):
    """What was waited for will not come: it failed, or somebody ended it.

    Attributes:
        last: What the service said of it at last, such as a ``UserImportJobType``, or None.
    """

    def __init__(self, message: str, last: Any = None) -> None:
        self.last = last
        super().__init__(message)


class WaiterTimeoutError(WaiterError, TimeoutError):
    """What was waited for did not come in the time given; it may still come."""
