"""``ManagedLogin`` against the fake pool: from the URL to the session, and back to the logout."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import attrs
import pytest

from cognito_async import HTTPRequest, HTTPResponse
from cognito_async.errors import (
    ConfigurationError,
    InvalidRequestError,
    InvalidResponseError,
    NotAuthorizedException,
    RequestTimeoutError,
)
from cognito_async.oauth import (
    AuthorizationRequest,
    CallbackError,
    ManagedLogin,
    OAuthError,
    StateMismatchError,
)
from cognito_async.sign_in import AppClient, SignedIn, Tokens
from cognito_async.sign_in._refreshes import Refreshes
from cognito_async.sign_in._tokens import unverified_claims
from cognito_async.testing import FakeAppClient, FakeUserPool
from cognito_async.testing._fake_pool.transport import PoolTransport
from cognito_async.tokens import (
    BadSignatureError,
    KeysUnavailableError,
    MalformedTokenError,
    TokenVerifier,
    WrongClientError,
    WrongNonceError,
)
from support.transports import ScriptedTransport, client_with, http_response

from .conftest import BYE, REDIRECT, Verifier

USER_SCOPE = "aws.cognito.signin.user.admin"


def operations(pool: FakeUserPool) -> list[str]:
    return [request.operation for request in pool.requests]


async def test_a_user_signs_in(pool: FakeUserPool, login: ManagedLogin) -> None:
    saved: list[Tokens] = []
    request = login.authorize(scopes={"openid", "email", USER_SCOPE}, provider="COGNITO", lang="de")
    restored = AuthorizationRequest.from_state(request.to_state())
    session = await login.redeem(
        pool.managed_login(request.url, "ana"), restored, on_tokens=saved.append, client_metadata={"a": "b"}
    )
    assert session.username == "ana"
    assert session.claims["nonce"] == request.nonce
    assert (await session.get_user()).username == "ana"
    tokens = await session.refresh()
    assert saved == [tokens]
    await session.sign_out()
    assert operations(pool) == ["OAuthToken", "GetUser", "GetTokensFromRefreshToken", "RevokeToken"]


async def test_all_scopes_are_the_default(pool: FakeUserPool, login: ManagedLogin) -> None:
    request = login.authorize()
    assert "scope=" not in request.url
    session = await login.redeem(pool.managed_login(request.url, "ana"), request)
    assert unverified_claims(session.tokens.access_token)["scope"].split() == sorted(pool.app_client.scopes)


async def test_without_openid_there_is_no_id_token(pool: FakeUserPool, login: ManagedLogin) -> None:
    pool.app_client.scopes = ["orders/read"]
    request = login.authorize(scopes=["orders/read"], resource="https://api.example.com")
    session = await login.redeem(pool.managed_login(request.url, "ana"), request)
    assert session.tokens.id_token is None
    assert unverified_claims(session.tokens.access_token)["aud"] == "https://api.example.com"
    with pytest.raises(NotAuthorizedException, match="required scopes"):
        await session.get_user()


async def test_all_parameters_are_in_the_url(pool: FakeUserPool, login: ManagedLogin) -> None:
    request = login.authorize(
        scopes=("openid", "email", "openid"),
        provider="Google",
        login_hint="ana+x@example.com",
        lang="pt-BR",
        resource="https://api.example.com/v1?x=1",
        prompt="login",
        parameters={"idp_identifier": "example.com"},
    )
    assert request.url.startswith(f"{pool.domain}/oauth2/authorize?")
    query = dict(parse_qsl(urlsplit(request.url).query, strict_parsing=True))
    for name in ("state", "nonce", "code_challenge"):
        del query[name]
    assert query == {
        "idp_identifier": "example.com",
        "identity_provider": "Google",
        "login_hint": "ana+x@example.com",
        "lang": "pt-BR",
        "resource": "https://api.example.com/v1?x=1",
        "prompt": "login",
        "response_type": "code",
        "client_id": pool.client_id,
        "redirect_uri": REDIRECT,
        "scope": "email openid",
        "code_challenge_method": "S256",
    }


async def test_a_user_who_cancels_is_denied(pool: FakeUserPool, login: ManagedLogin) -> None:
    request = login.authorize()
    with pytest.raises(OAuthError) as caught:
        await login.redeem(pool.managed_login(request.url, "ana", signed_in=False), request)
    assert caught.value.error == "access_denied"
    assert operations(pool) == []


async def test_the_callback_of_another_request_is_rejected(pool: FakeUserPool, login: ManagedLogin) -> None:
    mine, others = login.authorize(), login.authorize()
    with pytest.raises(StateMismatchError):
        await login.redeem(pool.managed_login(others.url, "ana"), mine)
    assert operations(pool) == []


async def test_a_code_is_redeemed_once(pool: FakeUserPool, login: ManagedLogin) -> None:
    request = login.authorize()
    url = pool.managed_login(request.url, "ana")
    await login.redeem(url, request)
    with pytest.raises(OAuthError, match=r"OAuthToken failed with invalid_grant .* Start the sign-in again"):
        await login.redeem(url, request)


async def test_a_code_is_worthless_without_the_verifier(pool: FakeUserPool, login: ManagedLogin) -> None:
    mine, others = login.authorize(), login.authorize()
    url = pool.managed_login(others.url, "ana").replace(others.state, mine.state)
    with pytest.raises(OAuthError, match="invalid_grant"):
        await login.redeem(url, mine)


async def test_the_id_token_has_the_nonce(pool: FakeUserPool, login: ManagedLogin) -> None:
    request = login.authorize()
    url = pool.managed_login(request.url.replace(request.nonce, "other"), "ana")
    with pytest.raises(WrongNonceError):
        await login.redeem(url, request)


@pytest.mark.parametrize("nonce", ["", "nonce="])
async def test_an_id_token_without_the_nonce_is_rejected(
    pool: FakeUserPool, login: ManagedLogin, nonce: str
) -> None:
    request = login.authorize()
    url = pool.managed_login(request.url.replace(f"nonce={request.nonce}", nonce), "ana")
    with pytest.raises(WrongNonceError):
        await login.redeem(url, request)


class Forged(PoolTransport):
    """A pool whose ID tokens are changed on the way."""

    def __init__(self, pool: FakeUserPool, change: Callable[[str], str]) -> None:
        super().__init__(pool._service)
        self.change = change

    async def send(self, request: HTTPRequest, *, timeout: float | None, resend: bool) -> HTTPResponse:
        response = await super().send(request, timeout=timeout, resend=resend)
        body = json.loads(response.body)
        return response._replace(
            body=json.dumps({**body, "id_token": self.change(body["id_token"])}).encode()
        )


def without_signature(token: str) -> str:
    payload = token.split(".")[1]
    return f"eyJhbGciOiJub25lIn0.{payload}."


def with_another_signature(token: str) -> str:
    head, payload, signature = token.split(".")
    first = "B" if signature[0] == "A" else "A"
    return f"{head}.{payload}.{first}{signature[1:]}"


@pytest.mark.parametrize("change", [without_signature, with_another_signature])
async def test_a_forged_id_token_is_rejected(
    pool: FakeUserPool, verifier: TokenVerifier, change: Callable[[str], str]
) -> None:
    app = pool.app(transport=Forged(pool, change))
    login = ManagedLogin(app, domain=pool.domain, redirect_uri=REDIRECT, verifier=verifier)
    request = login.authorize()
    with pytest.raises((BadSignatureError, MalformedTokenError)):
        await login.redeem(pool.managed_login(request.url, "ana"), request)


@pytest.mark.parametrize("accepted", ["own", "all"])
async def test_the_id_token_of_another_app_client_is_rejected(pool: FakeUserPool, accepted: str) -> None:
    other = pool.add_client()
    step = await pool.app(other).sign_in("ana", "correct horse", flow="password")
    assert isinstance(step, SignedIn)
    app = pool.app(transport=Forged(pool, lambda _: str(step.tokens.id_token)))
    verifier = pool.verifier() if accepted == "own" else pool.verifier(client_id=None)
    login = ManagedLogin(app, domain=pool.domain, redirect_uri=REDIRECT, verifier=verifier)
    token = await refresh_token(pool)
    error = WrongClientError if accepted == "own" else InvalidResponseError
    with pytest.raises(error, match="another app client"):
        await login.refresh(token)
    request = login.authorize()
    id_token = await id_token_for(pool, other, request)
    login = ManagedLogin(
        pool.app(transport=Forged(pool, lambda _: id_token)),
        domain=pool.domain,
        redirect_uri=REDIRECT,
        verifier=verifier,
    )
    with pytest.raises(error, match="another app client"):  # although it has the nonce
        await login.redeem(pool.managed_login(request.url, "ana"), request)


async def test_a_request_of_another_redirect_uri_is_rejected(
    pool: FakeUserPool, app: AppClient, login: ManagedLogin, verifier: TokenVerifier
) -> None:
    other = ManagedLogin(app, domain=pool.domain, redirect_uri=f"{REDIRECT}2", verifier=verifier)
    with pytest.raises(InvalidRequestError, match="another app client or redirect URI"):
        await login.redeem(f"{REDIRECT}2?code=1", other.authorize())
    client = pool.app(pool.add_client())
    other = ManagedLogin(client, domain=pool.domain, redirect_uri=REDIRECT, verifier=verifier)
    with pytest.raises(InvalidRequestError, match="another app client or redirect URI"):
        await login.redeem(f"{REDIRECT}?code=1", other.authorize())
    with pytest.raises(InvalidRequestError, match="expected AuthorizationRequest, got str"):
        await login.redeem(f"{REDIRECT}?code=1", login.authorize().to_state())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"on_tokens": "x"}, "on_tokens: expected a function, got str"),
        ({"client_metadata": ["x"]}, "client_metadata: expected a mapping"),
        ({"client_metadata": {"a": 3}}, "client_metadata: expected str"),
    ],
)
async def test_arguments_are_checked_before_the_code_is_sent(
    pool: FakeUserPool, login: ManagedLogin, arguments: Any, problem: str
) -> None:
    request = login.authorize()
    url = pool.managed_login(request.url, "ana")
    with pytest.raises(InvalidRequestError, match=problem):
        await login.redeem(url, request, **arguments)
    assert operations(pool) == []
    assert (await login.redeem(url, request)).username == "ana"


class SlowKeys(PoolTransport):
    """A pool whose keys never come."""

    async def send(self, request: HTTPRequest, *, timeout: float | None, resend: bool) -> HTTPResponse:
        if request.url.endswith("jwks.json"):
            await asyncio.Event().wait()
        return await super().send(request, timeout=timeout, resend=resend)


@pytest.mark.parametrize("call", ["redeem", "refresh"])
async def test_the_id_token_is_verified_within_the_timeout(pool: FakeUserPool, call: str) -> None:
    token = await refresh_token(pool)
    verifier = pool.verifier(transport=SlowKeys(pool._service))
    app = pool.app(timeout=0.05)
    await app._app.client._pipeline.prepare()  # not part of the time that is measured
    login = ManagedLogin(app, domain=pool.domain, redirect_uri=REDIRECT, verifier=verifier)
    request = login.authorize()
    url = pool.managed_login(request.url, "ana")
    with pytest.raises(RequestTimeoutError) as caught:
        await (login.redeem(url, request) if call == "redeem" else login.refresh(token))
    assert str(caught.value).startswith(
        "OAuthToken failed: the ID token was not verified within 0.05 seconds. The request was carried out: "
        "start the sign-in again. Await verifier.hydrate()"
    )
    await verifier.close()


@pytest.mark.parametrize("error", [TimeoutError("own"), KeysUnavailableError("own")])
async def test_an_error_of_the_verifier_is_raised(
    pool: FakeUserPool, app: AppClient, error: Exception
) -> None:
    class Failing:
        async def id(self, token: str, *, nonce: str | None = None) -> Any:
            raise error

    login = ManagedLogin(app, domain=pool.domain, redirect_uri=REDIRECT, verifier=Failing())
    request = login.authorize()
    with pytest.raises(type(error), match="own"):
        await login.redeem(pool.managed_login(request.url, "ana"), request)


@pytest.mark.parametrize("kind", ["access_token", "id_token"])
async def test_the_lifetime_counts_from_the_response_by_both_clocks(pool: FakeUserPool, kind: str) -> None:
    start = pool.clock.time()
    clocks = {"now": start, "monotonic": 0.0}
    app = pool.app()
    app._app = attrs.evolve(
        app._app, now=lambda: clocks["now"], monotonic=lambda: clocks["monotonic"], refreshes=Refreshes()
    )

    class Slow:
        async def id(self, token: str, *, nonce: str | None = None) -> Any:
            clocks["now"] += 30
            clocks["monotonic"] += 30

    login = ManagedLogin(app, domain=pool.domain, redirect_uri=REDIRECT, verifier=Slow())
    request = login.authorize()
    session = await login.redeem(pool.managed_login(request.url, "ana"), request)
    assert session.tokens.expires_at.timestamp() == pytest.approx(start + 3600)
    token = str(session.tokens.refresh_token)
    assert (await login.refresh(token)).expires_at.timestamp() == pytest.approx(start + 30 + 3600)
    first = getattr(session.tokens, kind)
    assert await getattr(session, kind)() == first
    clocks["monotonic"] += 3500  # the date stands still
    assert await getattr(session, kind)() != first


async def id_token_for(pool: FakeUserPool, client: FakeAppClient, request: AuthorizationRequest) -> str:
    """Return an ID token with the nonce of a request, for another app client."""
    client.callback_urls = [REDIRECT]
    login = ManagedLogin(
        pool.app(client), domain=pool.domain, redirect_uri=REDIRECT, verifier=pool.verifier(client_id=None)
    )
    own = login.authorize()
    url = pool.managed_login(own.url.replace(own.nonce, request.nonce), "ana")
    session = await login.redeem(url, attrs.evolve(own, nonce=request.nonce))
    return str(session.tokens.id_token)


async def refresh_token(pool: FakeUserPool) -> str:
    """Return a refresh token of the pool."""
    own = ManagedLogin(pool.app(), domain=pool.domain, redirect_uri=REDIRECT, verifier=Verifier())
    request = own.authorize()
    session = await own.redeem(pool.managed_login(request.url, "ana"), request)
    return str(session.tokens.refresh_token)


async def test_tokens_are_refreshed_at_the_token_endpoint(pool: FakeUserPool, login: ManagedLogin) -> None:
    request = login.authorize()
    session = await login.redeem(pool.managed_login(request.url, "ana"), request)
    token = session.tokens.refresh_token
    assert token is not None
    tokens = await login.refresh(token)
    assert tokens.refresh_token == token
    assert tokens.access_token != session.tokens.access_token
    assert tokens.id_token not in (None, session.tokens.id_token)
    pool.app_client.refresh_grace = 0
    rotated = await login.refresh(token)
    assert rotated.refresh_token not in (None, token)
    with pytest.raises(OAuthError, match="invalid_grant"):
        await login.refresh(token)


async def test_tokens_without_an_id_token_are_refreshed(pool: FakeUserPool, login: ManagedLogin) -> None:
    request = login.authorize(scopes={USER_SCOPE})
    session = await login.redeem(pool.managed_login(request.url, "ana"), request)
    assert (await login.refresh(str(session.tokens.refresh_token))).id_token is None


async def test_a_revoked_token_cannot_be_used(pool: FakeUserPool, login: ManagedLogin) -> None:
    request = login.authorize()
    session = await login.redeem(pool.managed_login(request.url, "ana"), request)
    token = str(session.tokens.refresh_token)
    await login.revoke(token)
    with pytest.raises(OAuthError, match="invalid_grant"):
        await login.refresh(token)
    with pytest.raises(OAuthError, match="invalid_token"):
        await login.user_info(session.tokens.access_token)
    with pytest.raises(OAuthError, match="unsupported_token_type"):
        await login.revoke(session.tokens.access_token)


async def test_user_info_has_flags_as_booleans(pool: FakeUserPool, login: ManagedLogin) -> None:
    pool.user("ana").attributes["phone_number_verified"] = "false"
    request = login.authorize()
    session = await login.redeem(pool.managed_login(request.url, "ana"), request)
    info = await login.user_info(session.tokens.access_token, sub=session.claims["sub"])
    assert info.sub == pool.user("ana").sub
    assert (info.username, info.email, info.email_verified) == ("ana", "ana@example.com", True)
    assert (info.phone_number, info.phone_number_verified) == ("+15550100", False)
    assert info.attributes["phone_number_verified"] is False
    assert repr(info) == f"UserInfo(sub={info.sub!r})"
    for same in (pickle.loads(pickle.dumps(info)), copy.deepcopy(info), copy.copy(info)):
        assert same == info
        assert hash(same) == hash(info)
        with pytest.raises(TypeError):
            same.attributes["sub"] = "other"


async def test_user_info_needs_the_scope_openid(pool: FakeUserPool, login: ManagedLogin) -> None:
    request = login.authorize(scopes={USER_SCOPE})
    session = await login.redeem(pool.managed_login(request.url, "ana"), request)
    with pytest.raises(OAuthError) as caught:
        await login.user_info(session.tokens.access_token)
    assert (caught.value.error, caught.value.status) == ("invalid_token", 401)


async def test_the_logout_url_is_that_of_the_domain(pool: FakeUserPool, login: ManagedLogin) -> None:
    base, _, query = login.logout_url(to=f"{BYE}?a=b").partition("?")
    assert base == f"{pool.domain}/logout"
    assert dict(parse_qsl(query)) == {"client_id": pool.client_id, "logout_uri": f"{BYE}?a=b"}


# Values that are rejected


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"scopes": "openid email"}, "scopes: expected a collection"),
        ({"scopes": 3}, "scopes: expected a collection"),
        ({"scopes": ["openid email"]}, "scopes: expected text without blanks"),
        ({"scopes": [3]}, "scopes: expected text without blanks"),
        ({"provider": ""}, "provider: expected text"),
        ({"login_hint": 3}, "login_hint: expected text"),
        ({"lang": "\ud800"}, "lang: expected text"),
        ({"prompt": b"none"}, "prompt: expected text"),
        ({"resource": "api"}, "resource: expected an absolute URI"),
        ({"resource": "https://api.example.com/#x"}, "resource: expected an absolute URI"),
        ({"resource": 3}, "resource: expected an absolute URI"),
        ({"parameters": ["a"]}, "parameters: expected a mapping"),
        ({"parameters": {"a": 3}}, "parameters: expected text for keys and values"),
        ({"parameters": {"state": "x", "nonce": "y"}}, "parameters: nonce, state cannot be replaced"),
        ({"parameters": {"scope": "x"}}, "parameters: scope cannot be replaced"),
        ({"parameters": {"identity_provider": "Google"}}, "pass provider="),
        ({"parameters": {"prompt": "login"}}, "parameters: prompt has an argument of its own: pass prompt="),
        ({"parameters": {"lang": "de"}}, "pass lang="),
        ({"parameters": {"login_hint": "ana"}}, "pass login_hint="),
        ({"parameters": {"resource": "https://a.example"}}, "pass resource="),
        ({"scopes": []}, "scopes: expected at least one; None stands for all"),
        ({"scopes": set()}, "scopes: expected at least one; None stands for all"),
    ],
)
def test_wrong_values_are_rejected(login: ManagedLogin, arguments: Any, problem: str) -> None:
    with pytest.raises(InvalidRequestError, match=problem):
        login.authorize(**arguments)


@pytest.mark.parametrize(
    "uri",
    [
        "http://app.example/callback",
        "http://127.0.0.2/callback",
        "https://app.example/callback#x",
        "https://user@app.example/callback",
        "https:///callback",
        "https://[::1/callback",
        "https://app.example:99999/",
        "/callback",
        "myapp://callback",
        "https://app.example/ä",
        "",
        None,
    ],
)
def test_a_redirect_uri_is_a_page_of_the_application(
    app: AppClient, verifier: TokenVerifier, uri: Any
) -> None:
    with pytest.raises(ConfigurationError, match="redirect_uri: expected a URL"):
        ManagedLogin(app, domain="my-app", redirect_uri=uri, verifier=verifier)


@pytest.mark.parametrize("uri", ["http://localhost:8000/cb", "http://127.0.0.1/cb?x=1", "https://a.example"])
def test_a_local_redirect_uri_may_be_http(app: AppClient, verifier: TokenVerifier, uri: str) -> None:
    login = ManagedLogin(app, domain="my-app", redirect_uri=uri, verifier=verifier)
    assert login.authorize().redirect_uri == uri
    url = "https://my-app.auth.eu-west-1.amazoncognito.com"
    assert repr(login) == f"ManagedLogin(domain={url!r}, redirect_uri={uri!r})"


def test_other_objects_are_rejected(app: AppClient, login: ManagedLogin) -> None:
    settings: Any = {"domain": "my-app", "redirect_uri": REDIRECT}
    with pytest.raises(ConfigurationError, match="app: expected an AppClient, got str"):
        ManagedLogin("app", **settings, verifier=Verifier())  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="verifier: expected a TokenVerifier, got NoneType"):
        ManagedLogin(app, **settings, verifier=None)
    with pytest.raises(TypeError, match="share it"):
        copy.copy(login)


async def test_texts_are_not_empty(login: ManagedLogin) -> None:
    with pytest.raises(InvalidRequestError, match="refresh_token"):
        await login.refresh("")
    with pytest.raises(InvalidRequestError, match="refresh_token"):
        await login.revoke("")
    with pytest.raises(InvalidRequestError, match="access_token: expected"):
        await login.user_info("")
    for token in ("a b", "ä", "a\r\nX: y"):
        with pytest.raises(InvalidRequestError, match="characters that no token has"):
            await login.user_info(token)
    with pytest.raises(InvalidRequestError, match="to: expected a URL"):
        login.logout_url(to="bye")
    with pytest.raises(CallbackError):
        await login.redeem("", login.authorize())


# Responses of something else


def scripted(*steps: Any) -> tuple[ManagedLogin, ScriptedTransport]:
    transport = ScriptedTransport(*steps)
    app = AppClient(client_with(transport), "eu-west-1_AbC123", "client1")
    return ManagedLogin(app, domain="my-app", redirect_uri=REDIRECT, verifier=Verifier()), transport


async def test_an_id_token_that_was_asked_for_is_there() -> None:
    login, _ = scripted(http_response(body={"access_token": "a", "token_type": "Bearer"}))
    request = login.authorize(scopes={"openid"})
    with pytest.raises(InvalidResponseError, match="there is no ID token"):
        await login.redeem(f"{REDIRECT}?code=c&state={request.state}", request)


async def test_an_id_token_is_that_of_this_app_client(pool: FakeUserPool) -> None:
    other = FakeUserPool(users={"ana": "pw"})
    step = await other.app().sign_in("ana", "pw", flow="password")
    assert isinstance(step, SignedIn)
    tokens = {"access_token": "a", "token_type": "Bearer", "id_token": step.tokens.id_token}
    login, _ = scripted(http_response(body=tokens))
    with pytest.raises(InvalidResponseError, match="that of another app client"):
        await login.refresh("refresh-1")


@pytest.mark.parametrize("body", [{"sub": ""}, {"sub": 3}, {"email": "a"}])
async def test_user_info_has_a_sub(body: Any) -> None:
    login, _ = scripted(http_response(body=body))
    with pytest.raises(InvalidResponseError, match="there is no sub"):
        await login.user_info("token")


async def test_user_info_is_about_the_expected_user() -> None:
    login, _ = scripted(http_response(body={"sub": "a"}))
    with pytest.raises(InvalidResponseError, match="another user"):
        await login.user_info("token", sub="b")


async def test_flags_of_another_form_are_not_true() -> None:
    login, transport = scripted(http_response(body={"sub": "a", "email_verified": "yes", "email": 3}))
    info = await login.user_info("token")
    assert (info.email_verified, info.email, info.phone_number_verified) == (False, None, False)
    assert transport.sent[0].method == "GET"
    assert transport.headers["Authorization"] == "Bearer token"
    assert transport.sent[0].body == b""
