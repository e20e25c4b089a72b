"""Why a token was rejected: one class for each reason. No message contains a part of the token.

::

    TokenError
    ├── MalformedTokenError    not a JSON Web Token of a user pool
    ├── WrongIssuerError       from another user pool
    ├── UnknownKeyError        signed with a key that the user pool does not publish
    ├── BadSignatureError      changed, or not signed by the user pool
    ├── ExpiredTokenError      too old
    ├── NotYetValidError       too new
    ├── WrongUseError          an ID token in place of an access token, or the reverse
    ├── WrongClientError       from another app client
    ├── WrongAudienceError     bound to another API, or to none
    ├── WrongNonceError        from another authorization request
    ├── MissingScopeError      valid, but without a required scope
    ├── MissingGroupError      valid, but the user is in none of the groups
    └── KeysUnavailableError   not checked: the keys of the user pool could not be fetched
"""

from __future__ import annotations

from collections.abc import Iterable

from cognito_async._errors import CognitoError

_SIGN_IN = "Respond with HTTP 401, so that the client gets a new token."


class TokenError(CognitoError):
    """The token was rejected; the subclasses say why."""


class MalformedTokenError(TokenError):
    """It is not a JSON Web Token in the form that user pools issue, signed with RS256."""

    advice = f"Pass an ID or access token alone, unchanged, without the word Bearer. {_SIGN_IN}"


class WrongIssuerError(TokenError):
    """The token comes from another user pool, or from something other than a user pool."""

    advice = f"Check user_pool_id, and issuer= if the pool is an emulator. {_SIGN_IN}"


class UnknownKeyError(TokenError):
    """None of the user pool's keys that are there has the id that the token names."""

    advice = (
        "With jwks=, pass the current keys of the user pool; before the sync methods, await hydrate() again. "
        f"{_SIGN_IN}"
    )


class BadSignatureError(TokenError):
    """The signature does not fit: the token was changed, or something other than the pool signed it."""

    advice = f"Trust nothing in the token. {_SIGN_IN}"


class ExpiredTokenError(TokenError):
    """The token has expired."""

    advice = f"{_SIGN_IN} If tokens expire too early, check the clock of this machine, or pass leeway=."


class NotYetValidError(TokenError):
    """The token is not valid yet."""

    advice = f"Check the clock of this machine, or pass leeway=. {_SIGN_IN}"


class WrongUseError(TokenError):
    """It is an ID token where an access token is required, or the reverse."""

    advice = (
        f"An API takes access tokens; ID tokens are for the application that signed the user in. {_SIGN_IN}"
    )


class WrongClientError(TokenError):
    """The token was issued to another app client."""

    advice = f"Check client_id, which takes a list for several app clients. {_SIGN_IN}"


class WrongAudienceError(TokenError):
    """The access token is bound to another API, or to none (RFC 8707)."""

    advice = f"Check audience=. The client has to name the API when it requests the token. {_SIGN_IN}"


class WrongNonceError(TokenError):
    """The nonce is missing or is not that of the authorization request."""

    advice = "Start the sign-in again; each authorization request needs a nonce of its own."


class MissingScopeError(TokenError):
    """The token is valid, but it lacks scopes.

    Attributes:
        missing: The required scopes that the token lacks.
        required: All scopes that are required, for ``scope`` of ``WWW-Authenticate``.
    """

    advice = "Respond with HTTP 403; the client has to request the scope when it signs in."

    def __init__(self, missing: Iterable[str], required: Iterable[str] = ()) -> None:
        self.missing: frozenset[str] = frozenset(missing)
        self.required: frozenset[str] = self.missing | frozenset(required)
        super().__init__(f"the token lacks the scopes {', '.join(sorted(self.missing))}")


class MissingGroupError(TokenError):
    """The token is valid, but its user is in none of the required groups.

    Attributes:
        required: The groups, one of which is required.
    """

    advice = "Respond with HTTP 403; a user who was added to a group needs a new token."

    def __init__(self, required: Iterable[str]) -> None:
        self.required: frozenset[str] = frozenset(required)
        super().__init__(f"the user is in none of the groups {', '.join(sorted(self.required))}")


class KeysUnavailableError(TokenError):
    """The token could not be checked: the keys of the user pool are not there."""

    advice = "Respond with HTTP 503. Check the network, the proxy and user_pool_id; jwks= needs no network."


for _class in (TokenError, *TokenError.__subclasses__()):
    _class.__module__ = (
        "cognito_async.tokens"  # tracebacks and pickles name the module that users import from
    )
