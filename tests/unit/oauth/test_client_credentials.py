"""``ClientCredentials``: one request for all callers, early renewal, and what happens when it fails."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qsl

import attrs
import pytest

from cognito_async import HTTPResponse
from cognito_async.errors import (
    ClientClosedError,
    ConfigurationError,
    ConnectionLostError,
    InvalidResponseError,
)
from cognito_async.oauth import ClientCredentials, OAuthError
from cognito_async.oauth._http import Endpoints
from cognito_async.oauth._token_endpoint import request_tokens
from cognito_async.rate_limit import LimitedRequest
from cognito_async.sign_in import AppClient
from cognito_async.sign_in._tokens import unverified_claims
from cognito_async.testing import FakeUserPool
from support.transports import HANG, FakeClock, ScriptedTransport, client_with, http_response

from .conftest import SECRET

LOST = ConnectionLostError("lost")


def tokens(number: int, lifetime: Any = 3600) -> HTTPResponse:
    body = {"access_token": f"access-{number}", "token_type": "Bearer", "expires_in": lifetime}
    return http_response(body=body)


class Scripted:
    """Client credentials over scripted responses."""

    def __init__(self, *steps: Any, secret: str | None = SECRET, **settings: Any) -> None:
        self.transport = ScriptedTransport(*steps)
        self.clock = FakeClock()
        self.client = client_with(self.transport, self.clock, retry_mode="off")
        app = AppClient(self.client, "eu-west-1_AbC123", "client1", secret)
        app._app = attrs.evolve(app._app, now=lambda: self.clock.now, monotonic=lambda: self.clock.now)
        self.m2m = ClientCredentials(app, domain="my-app", **settings)

    async def background(self) -> None:
        """Let the renewal in the background end."""
        if self.m2m._fetching.running:
            await asyncio.wait([self.m2m._fetching.start()])

    @property
    def requests(self) -> int:
        return len(self.transport.sent)


async def test_a_service_gets_its_token() -> None:
    pool = FakeUserPool(client_secret=SECRET)
    pool.app_client.oauth_flows = ["client_credentials"]
    pool.app_client.scopes = ["orders/read", "orders/write"]
    m2m = ClientCredentials(
        pool.app(),
        domain=pool.domain,
        scopes={"orders/read"},
        client_metadata={"tenant": "1"},
    )
    token = await m2m.token()
    assert await m2m.token() == token
    claims = unverified_claims(token)
    assert claims["client_id"] == claims["sub"] == pool.client_id
    assert claims["scope"] == "orders/read"
    form = pool.requests[0].members
    assert json.loads(form["aws_client_metadata"]) == {"tenant": "1"}
    assert len(pool.requests) == 1
    pool.clock.advance(3600)
    assert await m2m.token() != token


async def test_the_form_has_only_what_was_passed() -> None:
    scripted = Scripted(tokens(1))
    assert await scripted.m2m.token() == "access-1"
    assert parse_qsl(scripted.transport.sent[0].body.decode()) == [("grant_type", "client_credentials")]
    assert scripted.transport.resend == [True]
    assert repr(scripted.m2m) == (
        "ClientCredentials(domain='https://my-app.auth.eu-west-1.amazoncognito.com', scopes='all')"
    )


async def test_concurrent_callers_share_a_request() -> None:
    scripted = Scripted(tokens(1))
    assert set(await asyncio.gather(*(scripted.m2m.token() for _ in range(50)))) == {"access-1"}
    assert scripted.requests == 1


async def test_a_cancelled_caller_does_not_cancel_the_others() -> None:
    scripted = Scripted(tokens(1))
    first, second = (asyncio.create_task(scripted.m2m.token()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == "access-1"
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_token_is_renewed_in_its_last_minute_while_callers_get_it() -> None:
    scripted = Scripted(tokens(1), tokens(2))
    await scripted.m2m.token()
    scripted.clock.now += 3539
    assert await scripted.m2m.token() == "access-1"
    await scripted.background()
    assert scripted.requests == 1
    scripted.clock.now += 2
    assert await scripted.m2m.token() == "access-1"
    await scripted.background()
    assert await scripted.m2m.token() == "access-2"
    assert scripted.requests == 2


async def test_at_its_end_a_token_is_renewed_before_callers_get_it() -> None:
    scripted = Scripted(tokens(1), tokens(2))
    await scripted.m2m.token()
    scripted.clock.now += 3595
    assert await scripted.m2m.token() == "access-2"


@pytest.mark.parametrize("passed", [3550, 3595])
async def test_after_a_failed_renewal_the_token_is_used_until_it_expires(
    passed: float, caplog: pytest.LogCaptureFixture
) -> None:
    scripted = Scripted(tokens(1), LOST, LOST, tokens(2))
    await scripted.m2m.token()
    scripted.clock.now += passed
    for _ in range(3):
        assert await scripted.m2m.token() == "access-1"
        await scripted.background()
    assert scripted.requests == 2  # a pause after the failure
    scripted.clock.now += 3601 - passed
    caplog.clear()
    with pytest.raises(ConnectionLostError):
        await scripted.m2m.token()
    assert caplog.records == []  # the caller has the error
    assert await scripted.m2m.token() == "access-2"


async def test_a_renewal_is_tried_again_after_a_pause() -> None:
    scripted = Scripted(tokens(1), LOST, tokens(2))
    await scripted.m2m.token()
    scripted.clock.now += 3545
    await scripted.m2m.token()
    await scripted.background()
    scripted.clock.now += 6
    assert await scripted.m2m.token() == "access-1"
    await scripted.background()
    assert await scripted.m2m.token() == "access-2"


async def test_a_renewal_that_fails_after_the_end_is_an_error() -> None:
    class Slow(ScriptedTransport):
        async def send(self, *arguments: Any, **options: Any) -> HTTPResponse:
            if self.sent:
                scripted.clock.now += 10
            return await super().send(*arguments, **options)

    scripted = Scripted(tokens(1), LOST)
    slow = Slow(tokens(1), LOST)
    scripted.client._pipeline._make_transport = lambda _: slow
    await scripted.m2m.token()
    scripted.clock.now += 3595
    with pytest.raises(ConnectionLostError):
        await scripted.m2m.token()


async def test_a_short_token_is_renewed_in_the_second_half_of_its_life() -> None:
    scripted = Scripted(tokens(1, 20), tokens(2, 20))
    await scripted.m2m.token()
    scripted.clock.now += 9
    await scripted.m2m.token()
    await scripted.background()
    assert scripted.requests == 1
    scripted.clock.now += 2
    await scripted.m2m.token()
    await scripted.background()
    assert scripted.requests == 2


async def test_without_expires_in_the_claims_say_the_lifetime() -> None:
    scripted = Scripted(tokens(1, None), tokens(2))
    await scripted.m2m.token()
    scripted.clock.now += 3500
    assert await scripted.m2m.token() == "access-1"


async def test_a_renewal_in_the_background_does_not_delay_callers_of_a_short_token() -> None:
    scripted = Scripted(tokens(1, 20), HANG)
    await scripted.m2m.token()
    scripted.clock.now += 12  # eight seconds are left, five of them without waiting
    async with asyncio.timeout(10):
        assert await scripted.m2m.token() == "access-1"
    await scripted.transport.hanging.wait()


async def test_a_token_that_was_refused_is_forgotten() -> None:
    scripted = Scripted(tokens(1), tokens(2))
    assert await scripted.m2m.token() == "access-1"
    scripted.m2m.invalidate("access-1")
    assert await scripted.m2m.token() == "access-2"
    scripted.m2m.invalidate("access-1")  # somebody is late
    assert await scripted.m2m.token() == "access-2"
    assert scripted.requests == 2


async def test_nothing_is_forgotten_before_the_first_token() -> None:
    scripted = Scripted(tokens(1))
    scripted.m2m.invalidate("access-0")
    assert await scripted.m2m.token() == "access-1"


async def test_a_running_renewal_is_shared_after_invalidate() -> None:
    scripted = Scripted(tokens(1), tokens(2))
    await scripted.m2m.token()
    scripted.clock.now += 3550
    assert await scripted.m2m.token() == "access-1"  # starts the renewal
    scripted.m2m.invalidate("access-1")
    assert await scripted.m2m.token() == "access-2"
    assert scripted.requests == 2


async def test_fifty_callers_with_a_refused_token_send_one_request() -> None:
    scripted = Scripted(*(tokens(number) for number in range(1, 60)))
    m2m = scripted.m2m
    assert await m2m.token() == "access-1"

    async def call_api(number: int) -> str:
        for attempt in range(2):
            token = await m2m.token()
            for _ in range(number):  # the API answers each caller at another time
                await asyncio.sleep(0)
            if token == "access-1" and attempt == 0:
                m2m.invalidate(token)
                continue
            return token
        raise AssertionError

    assert set(await asyncio.gather(*map(call_api, range(50)))) == {"access-2"}
    assert scripted.requests == 2


class Waiting(ScriptedTransport):
    """Sends the second request only when it is allowed to."""

    def __init__(self, *steps: Any) -> None:
        super().__init__(*steps)
        self.go = asyncio.Event()

    async def send(self, *arguments: Any, **options: Any) -> HTTPResponse:
        if len(self.sent) == 1:
            self.hanging.set()
            await self.go.wait()
        return await super().send(*arguments, **options)


async def test_a_renewal_that_fails_after_invalidate_starts_no_pause(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scripted, transport = Scripted(), Waiting(tokens(1), LOST, tokens(2))
    scripted.client._pipeline._make_transport = lambda _: transport
    await scripted.m2m.token()
    scripted.clock.now += 3550
    await scripted.m2m.token()  # starts a renewal, which fails
    await transport.hanging.wait()
    scripted.m2m.invalidate("access-1")
    transport.go.set()
    await scripted.background()
    assert scripted.m2m._next_early == 0
    assert caplog.records == []
    assert await scripted.m2m.token() == "access-2"


async def test_a_new_token_ends_the_pause() -> None:
    scripted = Scripted(tokens(1, 4), LOST, tokens(2, 4), tokens(3))
    await scripted.m2m.token()
    scripted.clock.now += 2.5
    await scripted.m2m.token()  # waits for a renewal or starts it, which fails
    await scripted.background()
    scripted.clock.now += 1.6
    assert await scripted.m2m.token() == "access-2"
    scripted.clock.now += 2.1  # less than five seconds after the failure
    await scripted.m2m.token()
    await scripted.background()
    assert await scripted.m2m.token() == "access-3"


async def test_a_renewal_that_fails_in_the_background_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scripted = Scripted(
        tokens(1), http_response(400, {"error": "invalid_client", "error_description": SECRET})
    )
    await scripted.m2m.token()
    scripted.clock.now += 3550
    for _ in range(3):
        assert await scripted.m2m.token() == "access-1"
        await scripted.background()
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("cognito_async", "WARNING")
    assert record.getMessage().startswith(
        "renewal of an access token failed; the current one is used until it expires: OAuthToken failed with "
        "invalid_client: ***"
    )
    assert SECRET not in caplog.text


async def test_any_exception_in_the_background_starts_the_pause(caplog: pytest.LogCaptureFixture) -> None:
    scripted = Scripted(tokens(1), *(RuntimeError("access-1") for _ in range(10)))
    await scripted.m2m.token()
    scripted.clock.now += 3550
    for _ in range(3):
        assert await scripted.m2m.token() == "access-1"
        await scripted.background()
    assert scripted.requests == 2
    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == ["RuntimeError"]


# Resources

RESOURCE = "https://orders.example.com"


def jwt(**claims: Any) -> str:
    payload = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.signature"


def bearing(token: str) -> HTTPResponse:
    return http_response(body={"access_token": token, "token_type": "Bearer", "expires_in": 3600})


@pytest.mark.parametrize("audience", [None, "https://other.example.com", ["https://other.example.com"], 3])
async def test_a_token_that_is_not_bound_is_not_handed_out(audience: Any) -> None:
    claims = {} if audience is None else {"aud": audience}
    scripted = Scripted(bearing(jwt(**claims)), resource=RESOURCE)
    with pytest.raises(InvalidResponseError, match=r"not bound to the resource .* only tokens of users"):
        await scripted.m2m.token()


@pytest.mark.parametrize("token", [jwt(aud=RESOURCE), jwt(aud=["a", RESOURCE]), "opaque"])
async def test_a_token_that_may_be_bound_is_handed_out(token: str) -> None:
    scripted = Scripted(bearing(token), resource=RESOURCE)
    assert await scripted.m2m.token() == token


async def test_user_pools_bind_no_tokens_of_machines() -> None:
    settings: Any = {"client_secret": SECRET}
    for strict in (True, False):
        pool = FakeUserPool(**settings, strict=strict)
        pool.app_client.oauth_flows, pool.app_client.scopes = ["client_credentials"], ["orders/read"]
        m2m = ClientCredentials(pool.app(), domain=pool.domain, resource=RESOURCE)
        if strict:
            with pytest.raises(InvalidResponseError, match="not bound"):
                await m2m.token()
        else:
            assert unverified_claims(await m2m.token())["aud"] == RESOURCE


async def test_a_refused_app_client_is_an_error() -> None:
    scripted = Scripted(http_response(400, {"error": "invalid_scope"}), scopes=["orders/read"])
    with pytest.raises(OAuthError, match="OAuthToken failed with invalid_scope"):
        await scripted.m2m.token()


async def test_a_closed_client_sends_nothing() -> None:
    scripted = Scripted(tokens(1))
    await scripted.client.close()
    with pytest.raises(ClientClosedError, match="OAuthToken failed"):
        await scripted.m2m.token()


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"secret": None}, "client credentials need an app client with a secret"),
        ({"scopes": "orders/read"}, "scopes: expected a collection"),
        ({"scopes": set()}, "scopes: expected at least one; None stands for all"),
        ({"resource": "orders"}, "resource: expected an absolute URI"),
        ({"client_metadata": {"a": 3}}, "client_metadata: expected text"),
    ],
)
def test_wrong_values_are_rejected(settings: Any, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        Scripted(**settings)


class RecordingLimiter:
    """Records the quota categories of requests."""

    def __init__(self) -> None:
        self.quotas: list[str | None] = []

    def acquire(self, request: LimitedRequest, /) -> None:
        self.quotas.append(request.quota)

    def feedback(self, request: LimitedRequest, /, *, throttled: bool, seconds: float) -> None:
        pass


async def test_a_rate_limiter_sees_the_quota_of_the_grant() -> None:
    limiter = RecordingLimiter()
    client = client_with(ScriptedTransport(default=tokens(1)), limiter=limiter)
    endpoints = Endpoints(
        AppClient(client, "eu-west-1_AbC123", "client1", SECRET)._app, "https://auth.example"
    )
    for grant in ("client_credentials", "refresh_token", "authorization_code"):
        await request_tokens(endpoints, {"grant_type": grant}, idempotent=True)
    await endpoints.send("OAuthUserInfo", "GET", "/oauth2/userInfo", bearer="token")
    assert limiter.quotas == ["ClientAuthentication", "UserAuthentication", None, None]
