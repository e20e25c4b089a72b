"""Starlette: users by their access tokens, and responses for errors. It needs no FastAPI.

::

    verifier = TokenVerifier("eu-west-1_AbC123", client_id="1h57kf5cpq17m0eml12EXAMPLE")
    backend = AccessTokenBackend(verifier)
    middleware = [Middleware(AuthenticationMiddleware, backend=backend, on_error=backend.on_error)]
    app = Starlette(routes=routes, middleware=middleware)
    add_error_handlers(app)

Requires Starlette 0.47 or newer and ``pip install "cognito-async[tokens]"``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, cast

from cognito_async._errors import CognitoError
from cognito_async.integrations._bearer import (
    ErrorResponse,
    check_verifier,
    checked_groups,
    checked_realm,
    checked_scopes,
    log_response,
    verify_request,
)
from cognito_async.integrations._responses import error_response
from cognito_async.tokens import AccessClaims, TokenVerifier

try:
    from starlette.applications import Starlette
    from starlette.authentication import (
        AuthCredentials,
        AuthenticationBackend,
        AuthenticationError,
        BaseUser,
    )
    from starlette.middleware.authentication import AuthenticationMiddleware
    from starlette.requests import HTTPConnection, Request
    from starlette.responses import JSONResponse, Response
    from starlette.websockets import WebSocket, WebSocketState
except ModuleNotFoundError as error:
    if error.name != "starlette":
        raise
    text = 'cognito_async.integrations.starlette needs Starlette: pip install "starlette>=0.47"'
    raise ModuleNotFoundError(text, name="starlette") from None

if TYPE_CHECKING:
    from starlette.types import ExceptionHandler

__all__ = ["AccessTokenBackend", "AccessTokenUser", "add_error_handlers"]

_POLICY_VIOLATION, _INTERNAL_ERROR, _TRY_AGAIN_LATER = 1008, 1011, 1013


class AccessTokenUser(BaseUser):
    """The user of an access token: ``request.user``.

    Attributes:
        claims: Claims of the token.
    """

    def __init__(self, claims: AccessClaims) -> None:
        self.claims = claims

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.claims!r})"

    @property
    def is_authenticated(self) -> bool:
        """True."""
        return True

    @property
    def display_name(self) -> str:
        """User name; of a machine (client credentials), the id of its app client."""
        return self.claims.username or self.claims.sub

    @property
    def identity(self) -> str:
        """Id of the user, which never changes (``sub``)."""
        return self.claims.sub


class AccessTokenBackend(AuthenticationBackend):
    """Backend of ``AuthenticationMiddleware``: the user is that of the access token in ``Authorization``.

    ``request.user`` is an ``AccessTokenUser``. ``request.auth.scopes`` are the scopes of the token and
    ``authenticated``, for ``@requires("orders/read")`` and ``@requires("authenticated")``. Groups are in
    ``request.user.claims.groups``, and not among the scopes: a scope may have any name, also that of a group.

    Requests without a token, or with another scheme than Bearer, are anonymous. An invalid token is rejected:
    pass ``on_error`` to the middleware too. ID tokens are rejected, because they are for the application that
    signed the user in.

    Args:
        verifier: Verifies the tokens; or a function that returns it for a connection.
        scopes: Tokens must have all of these scopes, besides those of the verifier.
        groups: Users must be in at least one of these groups, besides those of the verifier.
        realm: Realm of ``WWW-Authenticate``.

    Raises:
        ConfigurationError: ``verifier`` or ``realm`` is invalid.
        InvalidRequestError: ``scopes`` or ``groups`` is empty or not text.
    """

    def __init__(
        self,
        verifier: TokenVerifier | Callable[[HTTPConnection], TokenVerifier],
        *,
        scopes: str | Collection[str] | None = None,
        groups: str | Collection[str] | None = None,
        realm: str | None = None,
    ) -> None:
        check_verifier(verifier)
        self._verifier = verifier
        self._scopes = checked_scopes(scopes)
        self._groups = checked_groups(groups)
        self._realm = checked_realm(realm)

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, AccessTokenUser] | None:
        """Return the scopes and the user; None without a token.

        Raises:
            AuthenticationError: The token was rejected, or could not be checked.
        """
        verifier = self._verifier if isinstance(self._verifier, TokenVerifier) else self._verifier(conn)
        result = await verify_request(
            verifier,
            conn.headers.getlist("Authorization"),
            scopes=self._scopes,
            groups=self._groups,
            realm=self._realm,
        )
        if isinstance(result, ErrorResponse):
            raise _RejectedError(result)
        if result is None:
            return None
        return AuthCredentials(["authenticated", *sorted(result.scopes)]), AccessTokenUser(result)

    @staticmethod
    def on_error(conn: HTTPConnection, error: AuthenticationError) -> Response:
        """Return the response for a rejected token: for ``on_error`` of the middleware."""
        if isinstance(error, _RejectedError):
            return _response(error.response)
        return AuthenticationMiddleware.default_on_error(conn, error)


class _RejectedError(AuthenticationError):
    """A token was rejected; the text is that of the response."""

    def __init__(self, response: ErrorResponse) -> None:
        self.response = response
        super().__init__(response.detail)


def add_error_handlers(app: Starlette, *, realm: str | None = None) -> None:
    """Let an application respond to errors of this package with a status and JSON.

    The response has a fixed text, and for errors of the caller their name: ``{"detail": "The code is wrong",
    "code": "CodeMismatchException"}``. The error itself is logged once, to ``cognito_async``. A handler that
    you add for one class takes precedence for that class. Works with FastAPI too.

    Args:
        app: Application of Starlette or FastAPI.
        realm: Realm of ``WWW-Authenticate``.

    Raises:
        ConfigurationError: ``realm`` is invalid.
    """
    checked = checked_realm(realm)

    async def handle(connection: Request | WebSocket, error: CognitoError) -> Response | None:
        result = error_response(error, checked)
        log_response(result, error)
        response = _response(result)
        if not isinstance(connection, WebSocket):
            return response
        await _refuse(connection, response)
        return None

    # Starlette's types know no handler for requests and WebSockets together.
    app.add_exception_handler(CognitoError, cast("ExceptionHandler", handle))


def _response(response: ErrorResponse) -> Response:
    return JSONResponse(response.body, response.status, response.headers)


async def _refuse(websocket: WebSocket, response: Response) -> None:
    """Send the response if the connection is not accepted yet and the server can; else close it."""
    if websocket.application_state is WebSocketState.CONNECTED:
        await websocket.close(_close_code(response.status_code))
    elif websocket.application_state is WebSocketState.CONNECTING:
        if "websocket.http.response" in websocket.scope.get("extensions", {}):
            await websocket.send_denial_response(response)
        else:
            await websocket.close(_POLICY_VIOLATION)  # HTTP 403


def _close_code(status: int) -> int:
    if status < 500:  # noqa: PLR2004  HTTP
        return _POLICY_VIOLATION
    return _TRY_AGAIN_LATER if status >= 503 else _INTERNAL_ERROR  # noqa: PLR2004  HTTP
