"""The exceptions of calls that got no answer; where they belong is drawn in ``_errors``."""

from __future__ import annotations

from cognito_async._error_base import CognitoError, sentence, tries


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
        text = self.args[0]
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
