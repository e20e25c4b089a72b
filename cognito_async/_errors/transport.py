"""Errors of calls that got no response; the tree is drawn in ``_errors/__init__.py``."""

from __future__ import annotations

from cognito_async._errors.base import CognitoError, attempt_details, error_text


class TransportError(CognitoError):
    """No response was received.

    Attributes:
        operation: Operation that was called, such as ``AdminGetUser``.
        attempts: Number of requests attempted, including the first.
        retry_reasons: Why each attempt but the last failed, such as ``("ConnectError",)``.
        retryable: Whether another attempt may succeed.
        may_have_arrived: Whether the request may have reached the service and been carried out.
    """

    retryable = False
    may_have_arrived = True

    advice = "Check that endpoint_url and proxy of client.config point to the service."

    def __init__(self, message: str = "") -> None:
        self.operation = ""
        self.attempts = 1
        self.retry_reasons: tuple[str, ...] = ()
        super().__init__(message)

    def __str__(self) -> str:
        text = self.args[0]
        if self.operation:
            text = f"{self.operation} failed: {text}"
        return error_text(text, attempt_details(self.attempts, self.retry_reasons), self.advice)


class ConnectError(TransportError):
    """No connection: host name not found, refused or unreachable. Nothing was sent."""

    advice = (
        "Nothing was sent. Check region and endpoint_url of client.config, and whether this machine can "
        "reach the host (network, DNS, firewall, a required proxy)."
    )
    retryable = True
    may_have_arrived = False


class TLSError(ConnectError):
    """The TLS handshake failed or the certificate was rejected. Nothing was sent."""

    advice = (
        "Nothing was sent. If a company proxy or an emulator has its own certificate, pass the authority "
        "with ca_bundle or AWS_CA_BUNDLE; otherwise check endpoint_url and the clock of this machine."
    )
    retryable = False  # the certificate will be the same


class ProxyError(ConnectError):
    """The proxy could not be used. Nothing was sent to the service."""

    advice = (
        "Nothing was sent. Check proxy of client.config, which comes from proxy=, HTTPS_PROXY or HTTP_PROXY; "
        'proxy="" or NO_PROXY bypasses it.'
    )


class ConnectionLostError(TransportError):
    """The connection broke before the response was complete."""

    advice = (
        "The request may have been carried out: check before you send it again. If this happens often, "
        "a device on the way closes idle connections early; a keepalive_timeout below its limit helps."
    )
    retryable = True


class ResponseTooLargeError(TransportError):
    """The response is longer than ``max_response_size``; it was not read to its end."""

    advice = "No response of the service is this long: check where endpoint_url of client.config points to."


class RequestTimeoutError(TransportError, TimeoutError):
    """The timeout of the call expired."""

    advice = (
        "A request that was sent may have been carried out: check before you send it again. A longer "
        "timeout helps, or more max_connections if many calls wait for a connection."
    )


class ConnectTimeoutError(RequestTimeoutError):
    """No connection within ``connect_timeout``. Nothing was sent."""

    advice = (
        "Nothing was sent. Check whether this machine can reach the host (network, firewall, security group, "
        "VPC endpoint, a required proxy); on a slow network, raise connect_timeout."
    )
    retryable = True
    may_have_arrived = False


class ReadTimeoutError(RequestTimeoutError):
    """Connected, but no data within ``read_timeout``."""

    advice = (
        "The request may have been carried out: check before you send it again. If Lambda triggers are slow, "
        "raise read_timeout."
    )
    retryable = True


class ClientClosedError(TransportError):
    """The client is closed."""

    advice = "Keep one client for the lifetime of the application; close it, then its session, at the end."
