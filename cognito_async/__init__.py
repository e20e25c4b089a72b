"""Typed async client for Amazon Cognito user pools.

``CognitoClient`` has every operation as a method; ``cognito_async.types`` has the shapes they take and
return, ``cognito_async.errors`` the exceptions they raise. Names are loaded when first used.
"""

from typing import TYPE_CHECKING

from cognito_async._version import __version__ as __version__

if TYPE_CHECKING:
    from cognito_async import errors as errors
    from cognito_async import types as types
    from cognito_async._protocol import Reply as Reply
    from cognito_async._protocol import Transport as Transport
    from cognito_async.client import CognitoClient as CognitoClient
    from cognito_async.config import Config as Config
    from cognito_async.credentials import Credentials as Credentials
    from cognito_async.credentials import CredentialsProvider as CredentialsProvider
    from cognito_async.pagination import Pages as Pages
    from cognito_async.pagination import Paginator as Paginator
else:  # out of sight of type checkers, which would take any name for valid
    from cognito_async._lazy import lazy_names

    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "": ("errors", "types"),
            "_protocol": ("Reply", "Transport"),
            "client": ("CognitoClient",),
            "config": ("Config",),
            "credentials": ("Credentials", "CredentialsProvider"),
            "pagination": ("Pages", "Paginator"),
        },
    )
    __all__ += ["__version__"]
