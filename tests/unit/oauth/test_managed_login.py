"""``ManagedLogin`` against the fake pool: from the URL to the session, and back to the logout."""

from __future__ import annotations

import copy
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from cognito_async.errors import (
    ConfigurationError,
    InvalidRequestError,
    InvalidResponseError,
    NotAuthorizedException,
)
from cognito_async.oauth import (
    AuthorizationRequest,
    CallbackError,
    ManagedLogin,
    OAuthError,
    StateMismatchError,
)
from cognito_async.sign_in import AppClient, SignedIn, Tokens
from cognito_async.sign_in._tokens import unverified_claims
from cognito_async.testing import FakeUserPool
from support.transports import ScriptedTransport, client_with, http_response

from .conftest import BYE, REDIRECT, NonceError, Verifier

USER_SCOPE = "aws.cognito.signin.user.admin"


def operations(pool: FakeUserPool) -> list[str]:
    return [request.operation for request in pool.requests]


async def test_a_user_signs_in(pool: FakeUserPool, login: ManagedLogin, verifier: Verifier) -> None:
    saved: list[Tokens] = []
    request = login.authorize(scopes={"openid", "email", USER_SCOPE}, provider="COGNITO", lang="de")
    restored = AuthorizationRequest.from_state(request.to_state())
    session = await login.redeem(
        pool.managed_login(request.url, "ana"), restored, on_tokens=saved.append, client_metadata={"a": "b"}
    )
    assert session.username == "ana"
    assert session.claims["nonce"] == request.nonce
    assert verifier.calls == [(session.tokens.id_token, request.nonce)]
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


async def test_without_openid_there_is_no_id_token(
    pool: FakeUserPool, login: ManagedLogin, verifier: Verifier
) -> None:
    request = login.authorize(scopes=["email"], resource="https://api.example.com")
    session = await login.redeem(pool.managed_login(request.url, "ana"), request)
    assert session.tokens.id_token is None
    assert verifier.calls == []
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
    with pytest.raises(NonceError):
        await login.redeem(url, request)


async def test_a_request_of_another_redirect_uri_is_rejected(
    pool: FakeUserPool, app: AppClient, login: ManagedLogin, verifier: Verifier
) -> None:
    other = ManagedLogin(app, domain=pool.domain, redirect_uri=f"{REDIRECT}2", verifier=verifier)
    with pytest.raises(InvalidRequestError, match="another app client or redirect URI"):
        await login.redeem(f"{REDIRECT}2?code=1", other.authorize())
    with pytest.raises(InvalidRequestError, match="expected AuthorizationRequest, got str"):
        await login.redeem(f"{REDIRECT}?code=1", login.authorize().to_state())  # type: ignore[arg-type]


async def test_tokens_are_refreshed_at_the_token_endpoint(
    pool: FakeUserPool, login: ManagedLogin, verifier: Verifier
) -> None:
    request = login.authorize()
    session = await login.redeem(pool.managed_login(request.url, "ana"), request)
    token = session.tokens.refresh_token
    assert token is not None
    tokens = await login.refresh(token)
    assert tokens.refresh_token == token
    assert tokens.access_token != session.tokens.access_token
    assert verifier.calls[1:] == [(tokens.id_token, None)]
    pool.app_client.refresh_grace = 0
    rotated = await login.refresh(token)
    assert rotated.refresh_token not in (None, token)
    with pytest.raises(OAuthError, match="invalid_grant"):
        await login.refresh(token)


async def test_tokens_without_an_id_token_are_refreshed(pool: FakeUserPool, login: ManagedLogin) -> None:
    request = login.authorize(scopes={"email"})
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


async def test_user_info_needs_the_scope_openid(pool: FakeUserPool, login: ManagedLogin) -> None:
    request = login.authorize(scopes={"email"})
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
    ],
)
def test_wrong_values_are_rejected(login: ManagedLogin, arguments: Any, problem: str) -> None:
    with pytest.raises(InvalidRequestError, match=problem):
        login.authorize(**arguments)


def test_no_scopes_are_all(login: ManagedLogin) -> None:
    assert login.authorize(scopes=[]).scope is None


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
def test_a_redirect_uri_is_a_page_of_the_application(app: AppClient, verifier: Verifier, uri: Any) -> None:
    with pytest.raises(ConfigurationError, match="redirect_uri: expected a URL"):
        ManagedLogin(app, domain="my-app", redirect_uri=uri, verifier=verifier)


@pytest.mark.parametrize("uri", ["http://localhost:8000/cb", "http://127.0.0.1/cb?x=1", "https://a.example"])
def test_a_local_redirect_uri_may_be_http(app: AppClient, verifier: Verifier, uri: str) -> None:
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
