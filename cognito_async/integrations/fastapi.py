"""FastAPI: access tokens as a dependency, and responses for errors.

::

    verifier = TokenVerifier("eu-west-1_AbC123", client_id="1h57kf5cpq17m0eml12EXAMPLE")
    app = FastAPI()
    add_error_handlers(app)


    @app.get("/orders")
    async def orders(
        claims: Annotated[AccessClaims, Depends(RequireAccess(verifier, scopes={"orders/read"}))],
    ) -> list[Order]: ...

Requires FastAPI 0.123.10 or newer and ``pip install "cognito-async[tokens]"``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from inspect import Parameter, Signature
from typing import Annotated, Any

from cognito_async._errors import ConfigurationError
from cognito_async.integrations._bearer import (
    ErrorResponse,
    check_verifier,
    checked_groups,
    checked_realm,
    checked_scopes,
    not_authenticated,
    verify_request,
)
from cognito_async.tokens import AccessClaims, TokenVerifier

try:
    from fastapi import Depends, HTTPException, Security, WebSocketException
    from fastapi.requests import HTTPConnection
    from fastapi.security import HTTPBearer, SecurityScopes
    from fastapi.security.base import SecurityBase
except ModuleNotFoundError as error:
    if error.name != "fastapi":
        raise
    text = 'cognito_async.integrations.fastapi needs FastAPI: pip install "fastapi>=0.123.10"'
    raise ModuleNotFoundError(text, name="fastapi") from None

from cognito_async.integrations.starlette import add_error_handlers

__all__ = ["RequireAccess", "add_error_handlers"]

_POLICY_VIOLATION = 1008


class RequireAccess:
    """Dependency that requires a valid access token, and returns its claims.

    ::

        CanRead = Annotated[AccessClaims, Depends(RequireAccess(verifier, scopes={"orders/read"}))]

        require = RequireAccess(verifier)
        CanWrite = Annotated[AccessClaims, Security(require, scopes=["orders/write"])]

    The token is that of the header ``Authorization: Bearer ...``; headers and statuses of the responses are
    those of RFC 6750. Works for WebSockets too. The OpenAPI document has the security scheme, and for each
    endpoint the scopes that it requires.

    ID tokens are rejected: they tell the application that signed the user in who the user is, have no scopes,
    and are seen by more parties than the API.

    Args:
        verifier: Verifies the tokens; or a dependency that returns it, which tests can override.
        scopes: The token must have all of these scopes, besides those of the verifier and of ``Security``.
        groups: The user must be in at least one of these groups, besides those of the verifier.
        realm: Realm of ``WWW-Authenticate``.
        scheme: Security scheme in the OpenAPI document, such as ``OAuth2AuthorizationCodeBearer`` of FastAPI,
            with which Swagger UI signs in. By default bearer tokens, under the name ``AccessToken``.

    Raises:
        ConfigurationError: ``verifier``, ``realm`` or ``scheme`` is invalid.
        InvalidRequestError: ``scopes`` or ``groups`` is empty or not text.
    """

    __signature__: Signature

    def __init__(
        self,
        verifier: TokenVerifier | Callable[..., TokenVerifier | Awaitable[TokenVerifier]],
        *,
        scopes: str | Collection[str] | None = None,
        groups: str | Collection[str] | None = None,
        realm: str | None = None,
        scheme: SecurityBase | None = None,
    ) -> None:
        check_verifier(verifier)
        self._verifier: Any = verifier
        self._scopes = checked_scopes(scopes)
        self._groups = checked_groups(groups)
        self._realm = checked_realm(realm)
        # FastAPI reads dependencies and scopes from the signature, which differs with the arguments.
        documented = Security(_Documented(scheme), scopes=sorted(self._scopes))
        types: dict[str, Any] = {
            "connection": HTTPConnection,
            "security_scopes": SecurityScopes,
            "scheme": Annotated[None, documented],
        }
        if not isinstance(verifier, TokenVerifier):
            types["verifier"] = Annotated[TokenVerifier, Depends(verifier)]
        self.__signature__ = Signature(
            [Parameter(name, Parameter.KEYWORD_ONLY, annotation=each) for name, each in types.items()]
        )

    async def __call__(
        self,
        *,
        connection: HTTPConnection,
        security_scopes: SecurityScopes,
        verifier: TokenVerifier | None = None,
        scheme: None = None,  # noqa: ARG002  in the OpenAPI document
    ) -> AccessClaims:
        """Return the claims; FastAPI calls this.

        Raises:
            HTTPException: There is no valid token, or it could not be checked.
            WebSocketException: The same, on a server that cannot respond to a WebSocket with a status.
        """
        result = await verify_request(
            self._verifier if verifier is None else verifier,
            connection.headers.getlist("Authorization"),
            scopes=self._scopes.union(security_scopes.scopes),
            groups=self._groups,
            realm=self._realm,
        )
        if isinstance(result, AccessClaims):
            return result
        raise _exception(connection, result or not_authenticated(self._realm))


class _Documented(SecurityBase):
    """A security scheme as FastAPI documents it; it does nothing when called."""

    def __init__(self, scheme: SecurityBase | None) -> None:
        if scheme is None:
            scheme = HTTPBearer(bearerFormat="JWT", scheme_name="AccessToken")
        if not isinstance(scheme, SecurityBase):
            raise ConfigurationError(f"scheme: expected a security scheme, got {type(scheme).__name__}")
        self.model = scheme.model
        self.scheme_name = scheme.scheme_name

    async def __call__(self) -> None:
        """Do nothing: ``RequireAccess`` reads the header."""


def _exception(connection: HTTPConnection, response: ErrorResponse) -> HTTPException | WebSocketException:
    can_respond = "websocket.http.response" in connection.scope.get("extensions", {})
    if connection.scope["type"] == "websocket" and not can_respond:
        return WebSocketException(_POLICY_VIOLATION, response.detail)
    return HTTPException(response.status, response.detail, response.headers)
