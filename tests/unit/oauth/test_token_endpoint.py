"""The token endpoint: authentication, retries, errors, and responses of any form."""

from __future__ import annotations

import asyncio
import json
import logging
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest

from cognito_async import HTTPRequest, HTTPResponse
from cognito_async.errors import (
    CognitoError,
    ConnectError,
    ConnectionLostError,
    InvalidResponseError,
    ReadTimeoutError,
    RequestTimeoutError,
    ServiceError,
    TooManyRequestsException,
)
from cognito_async.oauth import ManagedLogin, OAuthError
from cognito_async.sign_in import AppClient, Tokens
from support.transports import HANG, FakeClock, ScriptedTransport, client_with, http_response

from .conftest import REDIRECT, SECRET, Verifier

TOKENS = {
    "access_token": "access-1",
    "refresh_token": "refresh-1",
    "token_type": "Bearer",
    "expires_in": 3600,
}
OK = http_response(body=TOKENS)
THROTTLED = http_response(429, {"error": "too_many_requests"})
LOST = ConnectionLostError("lost")


class Scripted:
    """A managed login over scripted responses."""

    def __init__(self, *steps: Any, secret: str | None = None, **settings: Any) -> None:
        self.transport = ScriptedTransport(*steps)
        self.clock = FakeClock()
        self.client = client_with(self.transport, self.clock, **settings)
        app = AppClient(self.client, "eu-west-1_AbC123", "client1", secret)
        self.login = ManagedLogin(app, domain="my-app", redirect_uri=REDIRECT, verifier=Verifier())

    async def redeem(self, code: str = "code-1") -> Tokens:
        request = self.login.authorize()
        session = await self.login.redeem(f"{REDIRECT}?code={code}&state={request.state}", request)
        return session.tokens

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.transport.sent[-1].body.decode(), strict_parsing=True))


async def test_a_public_app_client_sends_its_id_in_the_body() -> None:
    scripted = Scripted(OK)
    await scripted.redeem()
    request = scripted.transport.sent[0]
    assert request.method == "POST"
    assert request.url == "https://my-app.auth.eu-west-1.amazoncognito.com/oauth2/token"
    assert "Authorization" not in request.headers
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.headers["User-Agent"].startswith("cognito_async/")
    form = scripted.form
    assert len(form.pop("code_verifier")) == 43
    assert form == {
        "grant_type": "authorization_code",
        "code": "code-1",
        "redirect_uri": REDIRECT,
        "client_id": "client1",
    }


@pytest.mark.parametrize("call", ["redeem", "refresh", "revoke"])
async def test_a_secret_is_sent_in_the_header_alone(call: str) -> None:
    scripted = Scripted(OK, secret=SECRET)
    await (scripted.redeem() if call == "redeem" else getattr(scripted.login, call)("refresh-0"))
    kind, _, value = scripted.transport.headers["Authorization"].partition(" ")
    assert (kind, b64decode(value).decode()) == ("Basic", f"client1:{SECRET}")
    assert "client_id" not in scripted.form
    assert SECRET not in scripted.transport.sent[0].body.decode()


async def test_the_tokens_of_the_response_are_returned() -> None:
    scripted = Scripted(http_response(body={**TOKENS, "token_type": "bearer"}))
    tokens = await scripted.redeem()
    assert (tokens.access_token, tokens.refresh_token, tokens.id_token) == ("access-1", "refresh-1", None)


# Retries


@pytest.mark.parametrize("error", [LOST, ReadTimeoutError("late"), http_response(503, {})])
async def test_a_code_is_not_sent_twice_after_a_lost_response(error: Any) -> None:
    scripted = Scripted(error, OK)
    with pytest.raises(CognitoError):
        await scripted.redeem()
    assert len(scripted.transport.sent) == 1
    assert scripted.transport.resend == [False]


@pytest.mark.parametrize("error", [THROTTLED, ConnectError("refused")])
async def test_a_code_is_sent_again_if_it_was_not_read(error: Any) -> None:
    scripted = Scripted(error, OK)
    await scripted.redeem()
    assert len(scripted.transport.sent) == 2
    assert len(scripted.clock.slept) == 1


async def test_a_refresh_is_not_sent_twice_and_a_revocation_is() -> None:
    scripted = Scripted(LOST, LOST, http_response())
    with pytest.raises(ConnectionLostError, match="OAuthToken failed"):
        await scripted.login.refresh("refresh-0")
    await scripted.login.revoke("refresh-0")
    assert scripted.transport.resend == [False, True, True]


async def test_throttling_is_an_error_of_its_own() -> None:
    scripted = Scripted(THROTTLED, THROTTLED, THROTTLED)
    with pytest.raises(
        TooManyRequestsException, match=r"HTTP 429.*3 attempts, retried after TooManyRequests"
    ):
        await scripted.redeem()


async def test_retries_can_be_off() -> None:
    scripted = Scripted(THROTTLED, retry_mode="off")
    with pytest.raises(TooManyRequestsException):
        await scripted.redeem()


async def test_the_timeout_of_the_client_is_that_of_the_call() -> None:
    scripted = Scripted(HANG, timeout=0.01)
    await scripted.client._pipeline.prepare()  # not part of the time that is measured
    with pytest.raises(RequestTimeoutError, match=r"OAuthToken failed: no response within 0\.01 seconds"):
        await scripted.redeem()


async def test_a_cancelled_call_is_cancelled() -> None:
    scripted = Scripted(HANG)
    task = asyncio.create_task(scripted.redeem())
    await scripted.transport.hanging.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


# Errors


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        ("invalid_request", "registered with the app client exactly"),
        ("invalid_client", "Check client id and client secret"),
        ("invalid_grant", "a code is valid once and for five minutes"),
        ("unauthorized_client", "Allow the grant"),
        ("unsupported_grant_type", "Allow the grant"),
        ("invalid_scope", "Allow the scopes"),
        ("access_denied", "Offer the user to start again"),
        ("login_required", "without prompt=none"),
        ("new_error", "See the description"),
    ],
)
async def test_each_error_says_what_to_do(error: str, advice: str) -> None:
    body = {"error": error, "error_description": "Description\nof it."}
    scripted = Scripted(http_response(400, body))
    with pytest.raises(OAuthError, match=advice) as caught:
        await scripted.redeem()
    assert (caught.value.error, caught.value.status) == (error, 400)
    assert caught.value.description == "Description of it."
    assert caught.value.request_id == "request-1"
    assert isinstance(caught.value, ServiceError)


def html(status: int, body: bytes = b"<html>blocked</html>", **headers: str) -> HTTPResponse:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return HTTPResponse(status, {"content-type": "text/html; charset=utf-8", **names}, body)


@pytest.mark.parametrize(
    ("response", "message", "advice"),
    [
        (html(403), "Forbidden; the body is not an error of OAuth 2.0 (text/html, 20 bytes)", "AWS WAF"),
        (html(404), "Not Found; the body is not an error", "Something other than the user pool domain"),
        (html(302, b""), "Found; redirects are not followed", "Something other"),
        (html(400, b""), "Bad Request", "Something other"),
        (html(599), "unknown status; the body", "AWS Health Dashboard"),
        (http_response(400, {"error": 3}), "Bad Request; the body", "Something other"),
        (http_response(400, {"error": "a\x00b"}), "Bad Request; the body", "Something other"),
        (http_response(400, {"error": "x" * 61}), "Bad Request; the body", "Something other"),
        (http_response(400, {"error": "é", "error_description": "Text"}), "Text", "Something other"),
    ],
)
async def test_responses_of_something_else_are_described(
    response: HTTPResponse, message: str, advice: str
) -> None:
    scripted = Scripted(response)
    with pytest.raises(OAuthError) as caught:
        await scripted.redeem()
    assert caught.value.error == str(response.status)
    assert caught.value.description.startswith(message)
    assert advice in caught.value.advice


async def test_the_error_may_be_in_a_header() -> None:
    header = 'Bearer realm="x", error="invalid_token", error_description="Access token is expired."'
    scripted = Scripted(html(401, b"", www_authenticate=header))
    with pytest.raises(OAuthError, match=r"invalid_token: Access token is expired\."):
        await scripted.login.user_info("access-1")


async def test_a_request_id_may_be_that_of_the_edge() -> None:
    scripted = Scripted(html(403, x_amz_cf_id="edge-1"))
    with pytest.raises(OAuthError, match="request id edge-1"):
        await scripted.redeem()


# Responses that cannot be used


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ([], "not a JSON object"),
        ({**TOKENS, "access_token": None}, "no access token"),
        ({**TOKENS, "access_token": ""}, "access_token is not a token"),
        ({**TOKENS, "access_token": 3}, "access_token is not a token"),
        ({**TOKENS, "access_token": "a b"}, "access_token is not a token"),
        ({**TOKENS, "id_token": "a\r\nb"}, "id_token is not a token"),
        ({**TOKENS, "refresh_token": "é"}, "refresh_token is not a token"),
        ({**TOKENS, "token_type": "mac"}, "not Bearer"),
        ({**TOKENS, "token_type": None}, "not Bearer"),
        ({**TOKENS, "expires_in": 0}, "not a number of seconds"),
        ({**TOKENS, "expires_in": "3600"}, "not a number of seconds"),
        ({**TOKENS, "expires_in": True}, "not a number of seconds"),
        ({**TOKENS, "expires_in": 10**30}, "not a number of seconds"),
        ({**TOKENS, "expires_in": float("nan")}, "not a number of seconds"),
    ],
)
async def test_unusable_responses_are_rejected(body: Any, reason: str) -> None:
    scripted = Scripted(HTTPResponse(200, {}, json.dumps(body).encode()))
    with pytest.raises(InvalidResponseError, match=f"OAuthToken failed: .*{reason}.*check the domain"):
        await scripted.redeem()


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 100_000, b"\xff"])
async def test_other_bodies_are_rejected(body: bytes) -> None:
    scripted = Scripted(HTTPResponse(200, {}, body))
    with pytest.raises(InvalidResponseError, match="not a JSON object"):
        await scripted.redeem()


# Secrets

CANARY = "canary-7f3a"
BASIC = b64encode(f"client1:{SECRET}".encode()).decode()


@pytest.mark.parametrize(
    "call",
    [
        lambda each: each.redeem(CANARY),
        lambda each: each.login.refresh(CANARY),
        lambda each: each.login.revoke(CANARY),
        lambda each: each.login.user_info(CANARY),
    ],
)
@pytest.mark.parametrize(
    "response",
    [
        http_response(400, {"error": CANARY, "error_description": f"{CANARY} {SECRET} {BASIC}"}),
        http_response(400, {"error": "invalid_grant", "error_description": f"{CANARY} {SECRET} {BASIC}"}),
        http_response(429, {"error": "invalid_grant", "error_description": f"{CANARY} {SECRET} {BASIC}"}),
    ],
)
async def test_no_secret_is_in_an_error_or_a_log(
    call: Callable[[Scripted], Any], response: HTTPResponse, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    scripted = Scripted(response, secret=SECRET, retry_mode="off")
    with pytest.raises(ServiceError) as caught:
        await call(scripted)
    for secret in (CANARY, SECRET, BASIC):
        assert secret not in str(caught.value)
        assert secret not in repr((caught.value.__dict__, caught.value.args))
        assert secret not in repr(scripted.login)
        assert secret not in caplog.text
    assert "attempt 1" in caplog.text


async def test_the_verifier_of_pkce_is_in_no_error() -> None:
    class Echo(ScriptedTransport):
        async def send(self, request: HTTPRequest, **options: Any) -> HTTPResponse:
            description = f"no {dict(parse_qsl(request.body.decode()))['code_verifier']}"
            return http_response(400, {"error": "invalid_grant", "error_description": description})

    scripted = Scripted()
    scripted.login._endpoints.app.client._pipeline._make_transport = lambda _: Echo()
    with pytest.raises(OAuthError) as caught:
        await scripted.redeem()
    assert caught.value.description == "no ***"


async def test_a_short_text_is_not_torn_out_of_errors() -> None:
    scripted = Scripted(http_response(400, {"error": "invalid_grant", "error_description": "Too late"}))
    with pytest.raises(OAuthError) as caught:
        await scripted.redeem("t")
    assert (caught.value.error, caught.value.description) == ("invalid_grant", "Too late")


async def test_a_secret_that_contains_another_is_masked_as_a_whole() -> None:
    scripted = Scripted(
        http_response(400, {"error": "x", "error_description": f"{SECRET}-more"}), secret=SECRET
    )
    with pytest.raises(OAuthError) as caught:
        await scripted.redeem(f"{SECRET}-more")
    assert caught.value.description == "***"


@pytest.mark.parametrize("exp", ["9" * 400, "1e400", "NaN", "-Infinity", '"soon"'])
async def test_an_end_that_is_no_time_does_not_count(exp: str) -> None:
    """The scripted verifier accepts such a token."""
    payload = urlsafe_b64encode(f'{{"iat": 0, "exp": {exp}, "aud": "client1"}}'.encode()).decode().rstrip("=")
    token = f"e30.{payload}.s"
    scripted = Scripted(http_response(body={"access_token": token, "id_token": token}))
    tokens = await scripted.redeem()
    app = scripted.login._endpoints.app
    assert 3500 < tokens.expires_at.timestamp() - app.now() <= 3600
