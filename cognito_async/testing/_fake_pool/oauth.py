"""The endpoints of a fake user pool domain: managed login, tokens, user info, logout and discovery."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from email.utils import formatdate
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from cognito_async.testing._fake_pool import oauth_page, steps
from cognito_async.testing._fake_pool.clients import FakeAppClient, bad_setting
from cognito_async.testing._fake_pool.faults import WRONG_PASSWORD, FaultError
from cognito_async.testing._fake_pool.oauth_codes import Authorization, Codes, RedirectError, with_query
from cognito_async.testing._fake_pool.oauth_grants import OAuthFault, authenticated, tokens_for
from cognito_async.testing._fake_pool.requests import ReceivedRequest
from cognito_async.testing._fake_pool.state import State
from cognito_async.testing._fake_pool.stored_user import StoredUser
from cognito_async.testing._fake_pool.tokens import visible_attributes
from cognito_async.transport import HTTPRequest, HTTPResponse

_COOKIE = "cognito"
_COOKIE_LIFETIME = 3600
_PAGES = ("OAuthAuthorize", "OAuthLogin", "OAuthLogout")
_DENIED = RedirectError("access_denied", "User cancelled")
_NO_SESSION = RedirectError("login_required", "The user has no session")
_FAULTS = {
    "UnsupportedTokenTypeException": "unsupported_token_type",
    "UnauthorizedException": "invalid_client",
}


class OAuth:
    """Answers the requests of browsers and applications to the domain."""

    def __init__(self, state: State, requests: list[ReceivedRequest]) -> None:
        self._state = state
        self._requests = requests
        self._codes = Codes(state.clock)
        self._browsers: dict[str, tuple[StoredUser, float]] = {}
        discovery = f"/{state.settings.pool_id}/.well-known/openid-configuration"
        self._routes: dict[tuple[str, str], tuple[str, Callable[[_Call], HTTPResponse]]] = {
            ("GET", "/oauth2/authorize"): ("OAuthAuthorize", self._authorize),
            ("POST", "/login"): ("OAuthLogin", self._login),
            ("POST", "/oauth2/token"): ("OAuthToken", self._token),
            ("POST", "/oauth2/revoke"): ("OAuthRevoke", self._revoke),
            ("GET", "/oauth2/userInfo"): ("OAuthUserInfo", self._user_info),
            ("GET", "/logout"): ("OAuthLogout", self._logout),
            ("GET", discovery): ("OpenIDConfiguration", self._discovery),
        }

    def respond(self, request: HTTPRequest, path: str) -> HTTPResponse | None:
        """Return the response to a request; None for a path that is none of these."""
        route = self._routes.get((request.method, path))
        if route is None:
            return None
        name, endpoint = route
        call = _Call(request)
        self._requests.append(ReceivedRequest(name, {**call.query, **call.form}, signed=False))
        try:
            call.check_parameters()
            response = endpoint(call)
        except OAuthFault as fault:
            response = _json(fault.status, {"error": fault.error}, fault.headers)
        except RedirectError as error:
            if name in _PAGES:
                text = f"{error.error}: {error.description}"
                response = _page(HTTPStatus.BAD_REQUEST, oauth_page.error(text))
            else:
                response = _json(HTTPStatus.BAD_REQUEST, {"error": error.error})
        headers = {
            "date": formatdate(self._state.clock.time(), usegmt=True),
            "x-amzn-requestid": str(uuid.uuid4()),
        }
        return response._replace(headers={**headers, **response.headers})

    # The browser

    def callback(self, url: str, username: str, *, denied: bool) -> str:
        """Return the URL to which a user is redirected who signs in, or cancels."""
        user = self._state.find(username, verified=False)
        if user is None:
            raise LookupError(f"the fake pool has no user {username!r}")
        try:
            query = _unique(parse_qsl(urlsplit(url).query, keep_blank_values=True))
            authorization = Authorization.of_query(query, self._state.clients)
            if not denied:
                self._check_pages(user)
        except RedirectError as error:
            raise bad_setting(f"{error.error}: {error.description}") from None
        return self._target(query, authorization, user, denied=denied)

    def _check_pages(self, user: StoredUser) -> None:
        """Raise the error for a user who would need a page that there is none of."""
        if steps.needs_second_factor(self._state.settings, user):
            raise RedirectError("not implemented", "the fake pool's pages have no MFA")
        if user.status == "FORCE_CHANGE_PASSWORD":
            raise RedirectError("not implemented", "the fake pool's pages cannot set a new password")

    def _target(
        self,
        query: Mapping[str, str],
        authorization: Authorization,
        user: StoredUser,
        *,
        denied: bool = False,
    ) -> str:
        """Return the redirect after a sign-in: with a code, or with an error."""
        if denied:
            return _with_error(query, authorization, _DENIED)
        try:
            authorization.check(query)
            steps.check_status(user)
        except RedirectError as error:
            return _with_error(query, authorization, error)
        except FaultError as fault:
            return _with_error(query, authorization, RedirectError("invalid_request", fault.message))
        return _back(query, authorization, {"code": self._codes.new(authorization, user)})

    def _authorize(self, call: _Call) -> HTTPResponse:
        authorization = Authorization.of_query(call.query, self._state.clients)
        user, expires = self._browsers.get(call.cookie(_COOKIE), (None, 0.0))
        prompts = authorization.prompts
        if user is not None and self._state.clock.time() < expires and "login" not in prompts:
            return _redirect(self._target(call.query, authorization, user))
        try:
            authorization.check(call.query)
        except RedirectError as error:
            return _redirect(_with_error(call.query, authorization, error))
        if "none" in prompts:
            return _redirect(_with_error(call.query, authorization, _NO_SESSION))
        return _page(HTTPStatus.OK, oauth_page.form(call.query_text))

    def _login(self, call: _Call) -> HTTPResponse:
        authorization = Authorization.of_query(call.query, self._state.clients)
        if "cancel" in call.form:
            return _redirect(_with_error(call.query, authorization, _DENIED))
        user = self._state.find(call.form.get("username", ""))
        if user is None or not user.has_password(call.form.get("password", "")):
            return _page(HTTPStatus.OK, oauth_page.form(call.query_text, WRONG_PASSWORD))
        self._check_pages(user)
        browser = str(uuid.uuid4())
        self._browsers[browser] = user, self._state.clock.time() + _COOKIE_LIFETIME
        cookie = f"{_COOKIE}={browser}; Path=/; HttpOnly; SameSite=Lax"
        return _redirect(self._target(call.query, authorization, user), {"set-cookie": cookie})

    def _logout(self, call: _Call) -> HTTPResponse:
        client = self._state.clients.get(call.query.get("client_id", ""))
        to = call.query.get("logout_uri", "")
        if client is None or to not in client.logout_urls:
            raise RedirectError("invalid_request", "client_id or logout_uri is not registered")
        self._browsers.pop(call.cookie(_COOKIE), None)
        return _redirect(to, {"set-cookie": f"{_COOKIE}=; Path=/; Max-Age=0"})

    # The application

    def _client(self, call: _Call) -> FakeAppClient:
        return authenticated(call.headers.get("authorization"), call.form, self._state.clients)

    def _token(self, call: _Call) -> HTTPResponse:
        client = self._client(call)
        return _json(HTTPStatus.OK, tokens_for(client, call.form, self._state, self._codes))

    def _revoke(self, call: _Call) -> HTTPResponse:
        client = self._client(call)
        try:
            self._state.tokens.revoke(call.form.get("token", ""), client)
        except FaultError as fault:
            raise OAuthFault(_FAULTS.get(fault.code, "invalid_request")) from None
        return HTTPResponse(HTTPStatus.OK, {}, b"")

    def _user_info(self, call: _Call) -> HTTPResponse:
        kind, _, token = call.headers.get("authorization", "").partition(" ")
        try:
            sign_in = self._state.tokens.access(token if kind == "Bearer" else "", "openid")
        except FaultError:
            challenge = 'Bearer error="invalid_token", error_description="Access token is invalid."'
            headers = {"www-authenticate": challenge}
            raise OAuthFault("invalid_token", HTTPStatus.UNAUTHORIZED, headers) from None
        attributes = visible_attributes(sign_in.user.attributes, sign_in.scope)
        return _json(HTTPStatus.OK, {**attributes, "username": sign_in.user.username})

    def _discovery(self, _: _Call) -> HTTPResponse:
        issuer, domain = self._state.issuer, self._state.domain
        return _json(
            HTTPStatus.OK,
            {
                "authorization_endpoint": f"{domain}/oauth2/authorize",
                "end_session_endpoint": f"{domain}/logout",
                "id_token_signing_alg_values_supported": ["RS256"],
                "issuer": issuer,
                "jwks_uri": f"{issuer}/.well-known/jwks.json",
                "response_types_supported": ["code", "token"],
                "revocation_endpoint": f"{domain}/oauth2/revoke",
                "scopes_supported": ["openid", "email", "phone", "profile"],
                "subject_types_supported": ["public"],
                "token_endpoint": f"{domain}/oauth2/token",
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "userinfo_endpoint": f"{domain}/oauth2/userInfo",
            },
        )


class _Call:
    """A request, read as a browser or an application sends it."""

    def __init__(self, request: HTTPRequest) -> None:
        self.headers = {name.lower(): value for name, value in request.headers.items()}
        self.query_text = urlsplit(request.url).query
        query = parse_qsl(self.query_text, keep_blank_values=True)
        form: list[tuple[str, str]] = []
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            form = parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True)
        self._pairs = query, form
        self.query, self.form = dict(query), dict(form)

    def check_parameters(self) -> None:
        """Raise the error for a parameter that is repeated."""
        for pairs in self._pairs:
            _unique(pairs)

    def cookie(self, name: str) -> str:
        """Return the value of a cookie; empty if there is none."""
        pairs = (pair.strip().partition("=") for pair in self.headers.get("cookie", "").split(";"))
        return next((value for each, _, value in pairs if each == name), "")


def _unique(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return parameters by name.

    Raises:
        RedirectError: One of them is repeated.
    """
    query = dict(pairs)
    if len(query) < len(pairs):
        raise RedirectError("invalid_request", "a parameter is repeated")
    return query


def _with_error(query: Mapping[str, str], authorization: Authorization, error: RedirectError) -> str:
    return _back(query, authorization, {"error_description": error.description, "error": error.error})


def _back(query: Mapping[str, str], authorization: Authorization, result: Mapping[str, str]) -> str:
    """Return the callback URL with a result and the state of the request."""
    state = {name: query[name] for name in ("state",) if name in query}
    return with_query(authorization.redirect_uri, {**result, **state})


def _json(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> HTTPResponse:
    own = {"content-type": "application/json;charset=UTF-8", "cache-control": "no-store", **(headers or {})}
    return HTTPResponse(status, own, msgspec.json.encode(body))


def _page(status: int, body: bytes) -> HTTPResponse:
    return HTTPResponse(
        status, {"content-type": "text/html;charset=UTF-8", "cache-control": "no-store"}, body
    )


def _redirect(url: str, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    return HTTPResponse(HTTPStatus.FOUND, {"location": url, **(headers or {})}, b"")
