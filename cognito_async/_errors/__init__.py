"""The hand-written exceptions; those of the service's model are generated into ``cognito_async.errors``.

::

    CognitoError
    ├── ServiceError                  the service returned an error; one subclass for each modeled error
    ├── TransportError                no response
    │   ├── ConnectError              no connection: name not found, refused, unreachable
    │   │   ├── TLSError              certificate or handshake
    │   │   └── ProxyError            the proxy is unreachable or refused
    │   ├── ConnectionLostError       the connection broke before the response was complete
    │   ├── ResponseTooLargeError     the response is longer than ``max_response_size``
    │   ├── RequestTimeoutError       (also a TimeoutError)
    │   │   ├── ConnectTimeoutError   no connection within ``connect_timeout``
    │   │   └── ReadTimeoutError      no response within ``read_timeout``
    │   └── ClientClosedError         a call after ``close()``
    ├── CredentialsError              not found, or not usable
    ├── ConfigurationError            a setting is missing or contradicts another
    ├── InvalidRequestError           (also a ValueError) rejected before anything was sent
    ├── InvalidResponseError          a response that this API does not send
    ├── WaiterError                   the expected state cannot be reached
    │   └── WaiterTimeoutError        (also a TimeoutError) not reached within the timeout
    └── PaginationError               a list that does not end

All of them pickle. None contains a secret.
"""

from cognito_async._errors.base import CognitoError
from cognito_async._errors.client import (
    ConfigurationError,
    CredentialsError,
    InvalidRequestError,
    InvalidResponseError,
    PaginationError,
    WaiterError,
    WaiterTimeoutError,
)
from cognito_async._errors.service import ServiceError
from cognito_async._errors.transport import (
    ClientClosedError,
    ConnectError,
    ConnectionLostError,
    ConnectTimeoutError,
    ProxyError,
    ReadTimeoutError,
    RequestTimeoutError,
    ResponseTooLargeError,
    TLSError,
    TransportError,
)

__all__ = [
    "ClientClosedError",
    "CognitoError",
    "ConfigurationError",
    "ConnectError",
    "ConnectTimeoutError",
    "ConnectionLostError",
    "CredentialsError",
    "InvalidRequestError",
    "InvalidResponseError",
    "PaginationError",
    "ProxyError",
    "ReadTimeoutError",
    "RequestTimeoutError",
    "ResponseTooLargeError",
    "ServiceError",
    "TLSError",
    "TransportError",
    "WaiterError",
    "WaiterTimeoutError",
]

for _name in __all__:
    # Tracebacks and pickles name the module that users import from.
    globals()[_name].__module__ = "cognito_async.errors"
