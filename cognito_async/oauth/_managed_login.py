"""Sign-in on the pages of managed login, with the authorization code grant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from cognito_async._errors import ConfigurationError, InvalidRequestError
from cognito_async._uncopyable import Uncopyable
from cognito_async.oauth import _inputs
from cognito_async.oauth._authorization import (
    ARGUMENTS,
    RESERVED,
    AuthorizationRequest,
    code_of_callback,
    new_request,
)
from cognito_async.oauth._domains import endpoints_of
from cognito_async.oauth._http import Invalid
from cognito_async.oauth._logout import logout_url
from cognito_async.oauth._token_endpoint import request_tokens, revoke
from cognito_async.oauth._user_info import UserInfo, request_user_info
from cognito_async.sign_in import AppClient, OnTokens, SignedIn, Tokens
from cognito_async.sign_in._deadline import Deadline
from cognito_async.sign_in._inputs import checked_function, checked_text, checked_texts, checked_type
from cognito_async.sign_in._tokens import unverified_claims

_SLOW_VERIFIER = (
    "The request was carried out: start the sign-in again. Await verifier.hydrate() at the start of the "
    "program, so that the keys are there, or raise timeout of the client."
)


class IdTokenVerifier(Protocol):
    """Verifies ID tokens; ``cognito_async.tokens.TokenVerifier`` is one."""

    async def id(self, token: str, *, nonce: str | None = None) -> Any:
        """Return the claims of an ID token of the app client.

        Args:
            token: ID token.
            nonce: ``nonce`` that it must contain; None for any.

        Raises:
            CognitoError: Signature, issuer, audience, use, time or nonce is wrong.
        """
        ...


class ManagedLogin(Uncopyable):
    """Sign-in on the pages of managed login or the classic hosted UI, for a web application.

    It holds no connection and no state of users: create one, and share it.

    Args:
        app: App client, whose client sends the requests.
        domain: Domain of the user pool: its prefix, its host name or custom domain, or its URL; see also
            ``discover``. ``http`` is allowed for this machine only.
        redirect_uri: URL of your application to which browsers return, exactly as registered with the app
            client.
        verifier: Verifies the ID tokens, within the timeout of the client: await its ``hydrate()`` at the
            start of the program, so that the keys are there.

    Raises:
        ConfigurationError: A value is of the wrong form.
    """

    _instead = "it uses a client; share it, or create one in each process"

    def __init__(self, app: AppClient, *, domain: str, redirect_uri: str, verifier: IdTokenVerifier) -> None:
        self._endpoints = endpoints_of(app, domain)
        try:
            self._redirect_uri = _inputs.web_url("redirect_uri", redirect_uri)
        except ValueError as error:
            raise ConfigurationError(str(error)) from None
        if not callable(getattr(verifier, "id", None)):
            raise ConfigurationError(f"verifier: expected a TokenVerifier, got {type(verifier).__name__}")
        self._app = app
        self._verifier = verifier

    def __repr__(self) -> str:
        return f"{type(self).__name__}(domain={self.url!r}, redirect_uri={self._redirect_uri!r})"

    @property
    def url(self) -> str:
        """URL of the domain."""
        return self._endpoints.url

    def authorize(
        self,
        *,
        scopes: Iterable[str] | None = None,
        provider: str | None = None,
        login_hint: str | None = None,
        lang: str | None = None,
        resource: str | None = None,
        prompt: str | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> AuthorizationRequest:
        """Return a new request, with state, nonce and PKCE: redirect the browser to its ``url``.

        Args:
            scopes: Scopes, such as ``{"openid", "email"}``; None for all that the app client allows. Without
                ``openid`` there is no ID token, and ``email``, ``phone`` and ``profile`` are refused. Without
                ``aws.cognito.signin.user.admin`` the operations of signed-in users are refused.
            provider: Name of the identity provider to go to at once, such as ``Google``.
            login_hint: User name to fill in, or to pass to Google and OpenID Connect providers.
            lang: Language of the pages of managed login, such as ``de``; the classic hosted UI ignores it.
            resource: URI of the API that the access token is for; it becomes ``aud``, of refreshed tokens
                too. It begins with ``https://``, ``http://localhost`` or a scheme of your own.
            prompt: ``none`` to sign in only if the browser has a session, else the error ``login_required``;
                ``login`` to ask again; ``select_account`` and ``consent`` for identity providers. Several are
                separated by blanks. The classic hosted UI ignores it.
            parameters: Further parameters, such as ``{"idp_identifier": "example.com"}``.

        Raises:
            InvalidRequestError: A value is of the wrong form.
        """
        try:
            query = {
                **_inputs.texts("parameters", parameters, RESERVED, ARGUMENTS),
                "identity_provider": _inputs.optional_text("provider", provider),
                "login_hint": _inputs.optional_text("login_hint", login_hint),
                "lang": _inputs.optional_text("lang", lang),
                "resource": _inputs.absolute_uri("resource", resource),
                "prompt": _inputs.optional_text("prompt", prompt),
            }
            scope = _inputs.scope_text(scopes)
        except ValueError as error:
            raise InvalidRequestError("authorize", [str(error)]) from None
        return new_request(
            f"{self.url}/oauth2/authorize",
            client_id=self._endpoints.app.client_id,
            redirect_uri=self._redirect_uri,
            scope=scope,
            parameters=query,
        )

    async def redeem(
        self,
        callback_url: str,
        request: AuthorizationRequest,
        *,
        on_tokens: OnTokens | None = None,
        client_metadata: Mapping[str, str] | None = None,
    ) -> SignedIn:
        """Return the session of the user who was called back.

        The checks, in this order: the URL is the redirect URI, its state is that of the request, it reports
        no error, there is a code, the service exchanges it, and the ID token is valid and has the nonce. All
        of it has to end within the timeout of the client.

        Args:
            callback_url: Whole URL of the callback, with its query.
            request: The request that the browser was sent with, from ``AuthorizationRequest.from_state``.
            on_tokens: Function that saves new tokens, see ``SignedIn``.
            client_metadata: Custom values for the pre token generation trigger of a later refresh.

        Raises:
            StateMismatchError: It is the callback of another request, or forged; also if it reports an error.
            CallbackError: It is not a callback of a sign-in.
            OAuthError: The user, the identity provider or the service refused.
            InvalidRequestError: The request is that of another app client or redirect URI, or another
                argument is invalid.
            InvalidResponseError: The response has no usable tokens.
            RequestTimeoutError: There was no response in time, or the ID token was not verified in time.
            CognitoError: The ID token is invalid, and other errors of the request.
        """
        where, app = "redeem", self._endpoints.app
        checked_type(where, "request", request, AuthorizationRequest)
        own = (app.client_id, self._redirect_uri)
        if (request.client_id, request.redirect_uri) != own:
            raise InvalidRequestError(where, ["request: it is that of another app client or redirect URI"])
        checked_function(where, "on_tokens", on_tokens)
        if client_metadata is not None:
            client_metadata = checked_texts(where, "client_metadata", client_metadata)
        code = code_of_callback(callback_url, request)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": request.code_verifier,
        }
        deadline = Deadline(app.client, app.timeout)
        response, invalid = await request_tokens(self._endpoints, form, idempotent=False)
        if response.id_token is not None:
            await self._verify(response.id_token, invalid, deadline, nonce=request.nonce)
        elif request.scope is not None and "openid" in request.scope.split():
            raise invalid("there is no ID token")
        session = self._app.session(
            tokens=response.tokens(), on_tokens=on_tokens, client_metadata=client_metadata
        )
        # Both clocks, from the response on, as after a sign-in.
        session._lifetime, session._id_lifetime = response.lifetime, response.id_lifetime  # noqa: SLF001  package
        return session

    async def refresh(self, refresh_token: str) -> Tokens:
        """Return new tokens for a refresh token, from the token endpoint.

        Sessions refresh their tokens themselves, with an operation of the API. This is for pools whose device
        tracking forbids that.

        The request is not repeated after a lost response: with refresh token rotation, the token may be used.

        Raises:
            OAuthError: ``invalid_grant``: the token has expired or was revoked; the user must sign in again.
            CognitoError: Other errors of the request.
        """
        checked_text("refresh", "refresh_token", refresh_token)
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        deadline = Deadline(self._endpoints.app.client, self._endpoints.app.timeout)
        response, invalid = await request_tokens(self._endpoints, form, idempotent=False)
        if response.id_token is not None:
            await self._verify(response.id_token, invalid, deadline)
        return response.tokens(refresh_token)

    async def _verify(
        self, id_token: str, invalid: Invalid, deadline: Deadline, nonce: str | None = None
    ) -> None:
        """Verify an ID token. The verifier may accept those of other app clients: this is for one."""
        await deadline.wait_for(
            self._verifier.id(id_token, nonce=nonce),
            operation="OAuthToken",
            what="the ID token was not verified",
            advice=_SLOW_VERIFIER,
        )
        if unverified_claims(id_token).get("aud") != self._endpoints.app.client_id:
            raise invalid("the ID token is that of another app client")

    async def revoke(self, refresh_token: str) -> None:
        """Revoke a refresh token, and the access tokens made from it; ``SignedIn.sign_out`` does the same.

        Raises:
            CognitoError: Errors of the request.
        """
        await revoke(self._endpoints, checked_text("revoke", "refresh_token", refresh_token))

    async def user_info(self, access_token: str, *, sub: str | None = None) -> UserInfo:
        """Return the attributes of the user of an access token with the scope ``openid``.

        Args:
            access_token: Access token.
            sub: ``sub`` of the ID token, which must be the same.

        Raises:
            OAuthError: ``invalid_token``: it has expired, was revoked, or lacks the scope.
            InvalidResponseError: It is about another user.
            CognitoError: Other errors of the request.
        """
        token = checked_text("user_info", "access_token", access_token)
        if not token.isascii() or not token.isprintable() or " " in token:
            raise InvalidRequestError("user_info", ["access_token: contains characters that no token has"])
        return await request_user_info(self._endpoints, token, sub)

    def logout_url(self, *, to: str) -> str:
        """Return the URL that ends the browser's session with managed login: redirect the browser to it.

        Tokens stay valid: also ``await session.sign_out()``.

        Args:
            to: URL to return to, registered with the app client as a sign-out URL.

        Raises:
            InvalidRequestError: It is of the wrong form.
        """
        try:
            to = _inputs.web_url("to", to)
        except ValueError as error:
            raise InvalidRequestError("logout_url", [str(error)]) from None
        return logout_url(self.url, self._endpoints.app.client_id, to)
