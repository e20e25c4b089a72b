"""Typed async client for Amazon Cognito user pools.

``CognitoClient`` has a method for each operation; ``cognito_async.types`` has the shapes of requests and
responses, ``cognito_async.errors`` the exceptions. Names are imported on first use.
"""

from typing import TYPE_CHECKING

from cognito_async._version import __version__ as __version__

if TYPE_CHECKING:
    from cognito_async import errors as errors
    from cognito_async import types as types
    from cognito_async._preload import preload as preload
    from cognito_async.client import CognitoClient as CognitoClient
    from cognito_async.config import Config as Config
    from cognito_async.credentials import Credentials as Credentials
    from cognito_async.credentials import CredentialsProvider as CredentialsProvider
    from cognito_async.pagination import Pages as Pages
    from cognito_async.pagination import Paginator as Paginator
    from cognito_async.transport import HTTPRequest as HTTPRequest
    from cognito_async.transport import HTTPResponse as HTTPResponse
    from cognito_async.transport import Transport as Transport
else:  # hidden from type checkers: with __getattr__ they accept any name
    from cognito_async._lazy import lazy_names

    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "": ("errors", "types"),
            "_preload": ("preload",),
            "client": ("CognitoClient",),
            "config": ("Config",),
            "credentials": ("Credentials", "CredentialsProvider"),
            "pagination": ("Pages", "Paginator"),
            "transport": ("HTTPRequest", "HTTPResponse", "Transport"),
        },
    )
    __all__ += ["__version__"]
