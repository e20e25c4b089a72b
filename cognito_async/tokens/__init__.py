"""Verify the tokens of user pools: access tokens in an API, ID tokens after a sign-in.

::

    async with TokenVerifier("eu-west-1_AbC123", client_id="1h57kf5cpq17m0eml12EXAMPLE") as verifier:
        claims = await verifier.access(token, scopes={"orders/read"})
        print(claims.sub, claims.groups)

It needs no client and no AWS credentials. Requires ``pip install "cognito-async[tokens]"``.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cognito_async.tokens._claims import AccessClaims as AccessClaims
    from cognito_async.tokens._claims import Claims as Claims
    from cognito_async.tokens._claims import IdClaims as IdClaims
    from cognito_async.tokens._errors import BadSignatureError as BadSignatureError
    from cognito_async.tokens._errors import ExpiredTokenError as ExpiredTokenError
    from cognito_async.tokens._errors import KeysUnavailableError as KeysUnavailableError
    from cognito_async.tokens._errors import MalformedTokenError as MalformedTokenError
    from cognito_async.tokens._errors import MissingGroupError as MissingGroupError
    from cognito_async.tokens._errors import MissingScopeError as MissingScopeError
    from cognito_async.tokens._errors import NotYetValidError as NotYetValidError
    from cognito_async.tokens._errors import TokenError as TokenError
    from cognito_async.tokens._errors import UnknownKeyError as UnknownKeyError
    from cognito_async.tokens._errors import WrongAudienceError as WrongAudienceError
    from cognito_async.tokens._errors import WrongClientError as WrongClientError
    from cognito_async.tokens._errors import WrongIssuerError as WrongIssuerError
    from cognito_async.tokens._errors import WrongNonceError as WrongNonceError
    from cognito_async.tokens._errors import WrongUseError as WrongUseError
    from cognito_async.tokens._verifier import TokenVerifier as TokenVerifier
else:  # hidden from type checkers: with __getattr__ they accept any name
    from cognito_async._lazy import lazy_names

    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "_claims": ("AccessClaims", "Claims", "IdClaims"),
            "_errors": (
                "BadSignatureError",
                "ExpiredTokenError",
                "KeysUnavailableError",
                "MalformedTokenError",
                "MissingGroupError",
                "MissingScopeError",
                "NotYetValidError",
                "TokenError",
                "UnknownKeyError",
                "WrongAudienceError",
                "WrongClientError",
                "WrongIssuerError",
                "WrongNonceError",
                "WrongUseError",
            ),
            "_verifier": ("TokenVerifier",),
        },
    )
