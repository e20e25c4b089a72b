"""Sessions: when tokens are refreshed, what ends a session, and what survives an error."""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from attr import evolve

from cognito_async.errors import (
    CognitoError,
    ConnectionLostError,
    EnableSoftwareTokenMFAException,
    InternalErrorException,
    InvalidResponseError,
    NotAuthorizedException,
    RefreshTokenReuseException,
    TooManyRequestsException,
)
from cognito_async.sign_in import (
    AppClient,
    Device,
    RefreshTokenReusedError,
    SecretHashError,
    SignedIn,
    SignedOutError,
    SignInError,
    Tokens,
    UserDisabledError,
    WrongPasswordError,
)
from cognito_async.sign_in._refreshes import Refreshes
from cognito_async.transport import HTTPResponse
from support.transports import HANG, FakeClock, ScriptedTransport, client_with, http_response

POOL = "eu-west-1_AbC123"
CLIENT_SECRET = "secret-of-at-least-24-characters"
DEVICE = Device("eu-west-1_device", "-group", "password")


def jwt(**claims: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.c2ln"


def tokens_response(number: int = 1, *, lifetime: int | None = 3600, **members: Any) -> HTTPResponse:
    result = {
        "AccessToken": jwt(username="ana", n=number),
        "IdToken": jwt(email="ana@example.com", n=number),
        "ExpiresIn": lifetime,
    }
    result = {name: value for name, value in {**result, **members}.items() if value is not None}
    return http_response(body={"AuthenticationResult": result})


def error(code: str, message: str = "no", status: int = 400) -> HTTPResponse:
    return http_response(status, {"__type": code, "message": message})


def app_client(transport: ScriptedTransport, clock: FakeClock | None = None, **arguments: Any) -> AppClient:
    clock = clock or FakeClock()
    app = AppClient(
        client_with(transport, clock, retry_mode="off"), POOL, "client1", CLIENT_SECRET, **arguments
    )
    app._app = evolve(app._app, monotonic=lambda: clock.now, now=lambda: clock.now)
    return app


async def until(condition: Callable[[], object]) -> None:
    for _ in range(10_000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("the condition never held")


def operations(transport: ScriptedTransport) -> list[str]:
    return [request.headers["X-Amz-Target"].partition(".")[2] for request in transport.sent]


async def test_a_token_is_refreshed_when_less_than_a_minute_is_left() -> None:
    clock = FakeClock()
    transport = ScriptedTransport(tokens_response(1), tokens_response(2))
    session = app_client(transport, clock).session(refresh_token="refresh-1")
    first = await session.access_token()
    assert transport.json == {
        "RefreshToken": "refresh-1",
        "ClientId": "client1",
        "ClientSecret": CLIENT_SECRET,
    }
    assert "Authorization" not in transport.headers
    clock.now += 3539
    assert await session.access_token() == first
    assert session.tokens.expires_at == datetime.fromtimestamp(1_800_003_600, UTC)
    clock.now += 1
    assert await session.access_token() == jwt(username="ana", n=2)
    assert await session.id_token() == jwt(email="ana@example.com", n=2)
    assert len(transport.sent) == 2


async def test_a_short_token_is_used_for_half_of_its_lifetime() -> None:
    clock = FakeClock()
    transport = ScriptedTransport(default=tokens_response(1, lifetime=20))
    session = app_client(transport, clock).session(refresh_token="refresh-1")
    await session.access_token()
    clock.now += 9
    await session.access_token()
    assert len(transport.sent) == 1
    clock.now += 1
    await session.access_token()
    assert len(transport.sent) == 2


@pytest.mark.parametrize("which", ["monotonic", "now"])
async def test_the_clock_that_shows_less_time_counts(which: str) -> None:
    clock, slow = FakeClock(), FakeClock()
    transport = ScriptedTransport(default=tokens_response())
    app = app_client(transport, clock)
    app._app = evolve(app._app, **{which: lambda: slow.now})
    session = app.session(refresh_token="refresh-1")
    await session.access_token()
    clock.now += 3600
    await session.access_token()
    assert len(transport.sent) == 2


async def test_stored_tokens_are_used_until_they_expire() -> None:
    clock = FakeClock()
    stored = Tokens(
        access_token="access-1",
        refresh_token="refresh-1",
        expires_at=datetime.fromtimestamp(clock.now + 600, UTC),
    )
    transport = ScriptedTransport(default=tokens_response())
    session = app_client(transport, clock).session(tokens=stored, device=DEVICE, client_metadata={"a": "b"})
    assert await session.access_token() == "access-1"
    assert transport.sent == []
    assert session.claims == {}
    clock.now += 600
    await session.access_token()
    assert transport.json["DeviceKey"] == DEVICE.key
    assert transport.json["ClientMetadata"] == {"a": "b"}
    assert session.claims["email"] == "ana@example.com"


async def test_fifty_callers_share_a_refresh() -> None:
    transport = ScriptedTransport(default=tokens_response())
    session = app_client(transport).session(refresh_token="refresh-1")
    tokens = await asyncio.gather(*[session.access_token() for _ in range(50)])
    assert len(set(tokens)) == len(transport.sent) == 1


async def test_the_new_refresh_token_replaces_the_old_one_and_stays_if_none_comes() -> None:
    transport = ScriptedTransport(
        tokens_response(1, RefreshToken="refresh-2"), tokens_response(2, IdToken=None), tokens_response(3)
    )
    session = app_client(transport).session(refresh_token="refresh-1")
    assert (await session.refresh()).refresh_token == "refresh-2"
    assert (await session.refresh()).refresh_token == "refresh-2"
    assert session.claims["n"] == 1  # the ID token stays too
    await session.refresh()
    sent = [json.loads(request.body)["RefreshToken"] for request in transport.sent]
    assert sent == ["refresh-1", "refresh-2", "refresh-2"]


async def test_new_tokens_are_saved_before_anybody_gets_them() -> None:
    saved: list[Tokens] = []
    release = asyncio.Event()

    async def save(tokens: Tokens) -> None:
        saved.append(tokens)
        await release.wait()

    transport = ScriptedTransport(default=tokens_response(RefreshToken="refresh-2"))
    session = app_client(transport).session(refresh_token="refresh-1", on_tokens=save)
    waiting = [asyncio.create_task(session.access_token()) for _ in range(3)]
    await until(lambda: saved)
    assert not any(task.done() for task in waiting)
    closing = asyncio.create_task(session.close())
    await asyncio.sleep(0)
    assert not closing.done()
    release.set()
    await asyncio.gather(*waiting, closing)
    assert [tokens.refresh_token for tokens in saved] == ["refresh-2"]
    await session.close()  # nothing runs


async def test_tokens_that_were_not_saved_are_saved_by_the_next_caller() -> None:
    results: list[Exception | None] = [RuntimeError("disk full"), None]
    saved: list[Tokens] = []

    def save(tokens: Tokens) -> None:
        result = results.pop(0)
        if result is not None:
            raise result
        saved.append(tokens)

    transport = ScriptedTransport(tokens_response(RefreshToken="refresh-2"))
    session = app_client(transport).session(refresh_token="refresh-1")
    session.on_tokens = save
    with pytest.raises(RuntimeError, match="disk full"):
        await session.access_token()
    assert await session.access_token() == jwt(username="ana", n=1)
    assert [tokens.refresh_token for tokens in saved] == ["refresh-2"]
    assert len(transport.sent) == 1


async def test_a_refresh_ends_although_its_caller_was_cancelled() -> None:
    saved: list[Tokens] = []
    release = asyncio.Event()

    async def save(tokens: Tokens) -> None:
        saving.set()
        await release.wait()
        saved.append(tokens)

    saving = asyncio.Event()
    transport = ScriptedTransport(tokens_response(RefreshToken="refresh-2"))
    session = app_client(transport).session(refresh_token="refresh-1", on_tokens=save)
    caller = asyncio.create_task(session.access_token())
    await saving.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    release.set()
    async with session:
        pass
    assert [tokens.refresh_token for tokens in saved] == ["refresh-2"]
    assert await session.access_token()
    assert len(transport.sent) == 1


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (error("TooManyRequestsException"), TooManyRequestsException),
        (error("InternalErrorException", status=500), InternalErrorException),
        (ConnectionLostError("broken"), ConnectionLostError),
    ],
)
async def test_a_temporary_error_returns_the_old_token_while_it_is_valid(
    response: HTTPResponse | Exception, expected: type[Exception]
) -> None:
    clock = FakeClock()
    transport = ScriptedTransport(tokens_response(1), response, response, tokens_response(2))
    session = app_client(transport, clock).session(refresh_token="refresh-1")
    first = await session.access_token()
    clock.now += 3570
    assert await session.access_token() == first
    clock.now += 30
    with pytest.raises(expected):
        await session.access_token()
    assert await session.access_token() != first


async def test_another_error_is_raised_although_the_old_token_is_valid() -> None:
    clock = FakeClock()
    transport = ScriptedTransport(tokens_response(1), error("InvalidParameterException"), tokens_response(2))
    session = app_client(transport, clock).session(refresh_token="refresh-1")
    await session.access_token()
    clock.now += 3570
    with pytest.raises(Exception, match="InvalidParameterException"):
        await session.access_token()
    assert await session.access_token() == jwt(username="ana", n=2)


@pytest.mark.parametrize("code", ["NotAuthorizedException", "UserNotFoundException"])
async def test_a_refused_refresh_token_ends_the_session(code: str) -> None:
    transport = ScriptedTransport(error(code, "Refresh Token has been revoked"))
    session = app_client(transport).session(refresh_token="refresh-1")
    with pytest.raises(SignedOutError, match="the session has ended: the service refused") as caught:
        await session.access_token()
    assert type(caught.value.__cause__).__name__ == code
    await session.sign_out()
    for call in (session.access_token, session.id_token, session.refresh, session.get_user):
        with pytest.raises(SignedOutError) as again:
            await call()
        assert type(again.value.__cause__).__name__ == code
    assert len(transport.sent) == 1


async def test_a_wrong_client_secret_does_not_end_the_session() -> None:
    refused = error("NotAuthorizedException", "Unable to verify secret hash for client client1")
    transport = ScriptedTransport(refused, tokens_response())
    session = app_client(transport).session(refresh_token="refresh-1")
    with pytest.raises(SecretHashError):
        await session.access_token()
    assert await session.access_token()


async def test_reuse_of_a_refresh_token_is_its_own_error_and_final() -> None:
    transport = ScriptedTransport(error("RefreshTokenReuseException"))
    session = app_client(transport).session(refresh_token="refresh-1")
    with pytest.raises(RefreshTokenReuseException) as caught:
        await session.access_token()
    assert type(caught.value) is RefreshTokenReusedError
    assert isinstance(caught.value, SignedOutError)
    assert caught.value.code == "RefreshTokenReuseException"
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    with pytest.raises(SignedOutError, match="the refresh token was used before"):
        await session.access_token()
    assert len(transport.sent) == 1


async def test_without_a_refresh_token_the_session_ends_with_the_access_token() -> None:
    clock = FakeClock()
    stored = Tokens(access_token="access-1", expires_at=datetime.fromtimestamp(clock.now + 600, UTC))
    transport = ScriptedTransport(http_response())
    session = app_client(transport, clock).session(tokens=stored)
    clock.now += 600
    with pytest.raises(SignedOutError, match="expired, and there is no refresh token"):
        await session.access_token()
    with pytest.raises(SignedOutError):
        await session.access_token()
    assert transport.sent == []


async def test_sign_out_revokes_the_refresh_token() -> None:
    transport = ScriptedTransport(tokens_response(RefreshToken="refresh-2"), http_response())
    session = app_client(transport).session(refresh_token="refresh-1")
    await session.access_token()
    await session.sign_out()
    assert operations(transport)[-1] == "RevokeToken"
    assert transport.json == {"Token": "refresh-2", "ClientId": "client1", "ClientSecret": CLIENT_SECRET}
    with pytest.raises(SignedOutError, match="the user signed out"):
        await session.access_token()


async def test_sign_out_everywhere() -> None:
    transport = ScriptedTransport(tokens_response(), http_response())
    session = app_client(transport).session(refresh_token="refresh-1")
    await session.sign_out(everywhere=True)
    assert operations(transport) == ["GetTokensFromRefreshToken", "GlobalSignOut"]
    with pytest.raises(SignedOutError):
        await session.refresh()


async def test_a_session_without_a_refresh_token_signs_out_without_a_request() -> None:
    clock = FakeClock()
    stored = Tokens(access_token="access-1", expires_at=datetime.fromtimestamp(clock.now + 600, UTC))
    transport = ScriptedTransport()
    session = app_client(transport, clock).session(tokens=stored)
    await session.sign_out()
    assert transport.sent == []
    with pytest.raises(SignedOutError):
        await session.access_token()


async def test_a_failed_sign_out_does_not_end_the_session() -> None:
    transport = ScriptedTransport(tokens_response(), error("TooManyRequestsException"))
    session = app_client(transport).session(refresh_token="refresh-1")
    await session.access_token()
    with pytest.raises(TooManyRequestsException):
        await session.sign_out()
    assert await session.access_token()


async def test_a_sign_out_during_a_refresh_hands_out_no_tokens() -> None:
    release = asyncio.Event()

    saving = asyncio.Event()

    async def save(_tokens: Tokens) -> None:
        saving.set()
        await release.wait()

    transport = ScriptedTransport(tokens_response(), http_response())
    session = app_client(transport).session(refresh_token="refresh-1", on_tokens=save)
    waiting = asyncio.create_task(session.access_token())
    await saving.wait()
    session._end = "the user signed out", None
    release.set()
    with pytest.raises(SignedOutError, match="the user signed out"):
        await waiting


def test_a_session_says_who_it_is_and_no_token() -> None:
    session = app_client(ScriptedTransport()).session(refresh_token="kanarienvogel", username="ana")
    assert repr(session) == "SignedIn(username='ana', expires_at='unknown')"
    with pytest.raises(SignedOutError, match="there are no tokens yet"):
        _ = session.tokens


async def test_names_of_a_session() -> None:
    app = app_client(ScriptedTransport(tokens_response()))
    session = app.session(refresh_token="refresh-1", username="ana@example.com")
    assert session.username == "ana@example.com"
    await session.access_token()
    assert session.username == "ana"
    assert repr(session) == "SignedIn(username='ana', expires_at='2027-01-15 09:00:00 UTC')"
    for access, id_token, name in [
        ("not a token", None, None),
        ("a.b.c", None, None),
        ("a.W10.c", jwt(**{"cognito:username": "bo"}), "bo"),
    ]:
        tokens = Tokens(access_token=access, id_token=id_token, expires_at=datetime.now(UTC))
        assert app.session(tokens=tokens).username == name


async def test_a_session_goes_on_when_a_loop_was_closed_during_its_refresh() -> None:
    transport = ScriptedTransport(HANG, tokens_response())
    session = app_client(transport).session(refresh_token="refresh-1")

    async def cancelled_call() -> None:
        task = asyncio.ensure_future(session.access_token())
        await until(lambda: transport.sent)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    def close_loop_by_hand() -> None:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(cancelled_call())
        loop.close()
        gc.collect()

    await asyncio.to_thread(close_loop_by_hand)
    assert await session.access_token()


async def test_on_tokens_may_use_its_session() -> None:
    names: list[Any] = []
    transport = ScriptedTransport(
        tokens_response(), http_response(body={"Username": "ana", "UserAttributes": []})
    )
    session = app_client(transport).session(refresh_token="refresh-1")

    async def save(_tokens: Tokens) -> None:
        users = await asyncio.gather(session.get_user(), session.refresh())
        await session.close()
        names.append(users[0].username)

    session.on_tokens = save
    assert await session.access_token()
    assert names == ["ana"]


async def test_unsaved_tokens_do_not_keep_a_session_from_refreshing() -> None:
    def fail(_tokens: Tokens) -> None:
        raise RuntimeError("disk full")

    clock = FakeClock()
    transport = ScriptedTransport(tokens_response(1), tokens_response(2), tokens_response(3))
    session = app_client(transport, clock).session(refresh_token="refresh-1", on_tokens=fail)
    with pytest.raises(RuntimeError):
        await session.access_token()
    session.on_tokens = None
    clock.now += 3600
    assert await session.access_token() == jwt(username="ana", n=2)
    session.on_tokens = fail
    with pytest.raises(RuntimeError):
        await session.refresh()
    saved: list[Tokens] = []
    session.on_tokens = saved.append
    await session.close()
    assert [tokens.access_token for tokens in saved] == [jwt(username="ana", n=3)]
    assert len(transport.sent) == 3


async def test_the_id_token_has_a_lifetime_of_its_own() -> None:
    clock = FakeClock()

    def response(number: int) -> HTTPResponse:
        return tokens_response(
            number, IdToken=jwt(n=number, iat=clock.now + 7, exp=clock.now + 307), lifetime=86400
        )

    transport = ScriptedTransport(response(1), response(2), tokens_response(3, IdToken=None))
    session = app_client(transport, clock).session(refresh_token="refresh-1")
    await session.access_token()
    clock.now += 200
    await session.id_token()
    assert len(transport.sent) == 1
    clock.now += 41
    await session.id_token()
    assert session.claims["n"] == 2
    clock.now += 300
    with pytest.raises(SignedOutError, match="no ID token"):
        await session.id_token()
    await session.access_token()
    assert len(transport.sent) == 3


@pytest.mark.parametrize(
    ("claims", "requests"),
    [({"exp": 1_800_000_100}, 0), ({"exp": 1_800_000_050}, 1), ({}, 1), ({"exp": "x"}, 1)],
)
async def test_a_stored_id_token_is_used_until_it_says(claims: dict[str, Any], requests: int) -> None:
    clock = FakeClock()
    stored = Tokens(
        access_token="a",
        id_token=jwt(**claims),
        refresh_token="r",
        expires_at=datetime.fromtimestamp(clock.now + 9999, UTC),
    )
    transport = ScriptedTransport(tokens_response())
    await app_client(transport, clock).session(tokens=stored).id_token()
    assert len(transport.sent) == requests


@pytest.mark.parametrize("rotated", [True, False])
async def test_sessions_with_the_same_refresh_token_share_its_refresh(*, rotated: bool) -> None:
    clock = FakeClock()
    first = tokens_response(1, RefreshToken="refresh-2") if rotated else tokens_response(1)
    transport = ScriptedTransport(first, default=tokens_response(2))
    app = app_client(transport, clock)
    app._app = evolve(app._app, refreshes=Refreshes(lambda: clock.now))
    saved: list[Tokens] = []
    sessions = [app.session(refresh_token="refresh-1", on_tokens=saved.append) for _ in range(5)]
    await asyncio.gather(*[session.access_token() for session in sessions])
    assert len(transport.sent) == 1
    assert len(saved) == 5
    clock.now += 9
    late = app.session(refresh_token="refresh-1")
    await late.access_token()
    assert len(transport.sent) == (1 if rotated else 2)
    clock.now += 1
    await app.session(refresh_token="refresh-1").access_token()
    assert len(transport.sent) == (2 if rotated else 3)
    assert "refresh-1" not in repr(app._app.refreshes)


@pytest.mark.parametrize(
    "failure", [ConnectionLostError("broken"), error("InternalErrorException", status=500)]
)
async def test_a_lost_response_is_asked_for_again_at_once(failure: Any) -> None:
    transport = ScriptedTransport(failure, tokens_response(), failure, failure)
    clock = FakeClock()
    app = AppClient(client_with(transport, clock, max_attempts=2).with_options(timeout=30), POOL, "client1")
    session = app.session(refresh_token="refresh-1")
    await session.access_token()
    sent = len(transport.sent)
    with pytest.raises((ConnectionLostError, InternalErrorException)):
        await session.refresh()
    assert (sent, len(transport.sent)) == (2, 4)


async def test_tokens_are_not_saved_after_a_sign_out() -> None:
    release = asyncio.Event()
    saved: list[Tokens] = []

    class SlowTransport(ScriptedTransport):
        async def send(self, request: Any, **options: Any) -> HTTPResponse:
            response = await super().send(request, **options)
            if len(self.sent) == 1:
                await release.wait()
            return response

    transport = SlowTransport(tokens_response(RefreshToken="refresh-2"), http_response())
    session = app_client(transport).session(refresh_token="refresh-1", on_tokens=saved.append)
    waiting = asyncio.create_task(session.access_token())
    await until(lambda: transport.sent)
    leaving = asyncio.create_task(session.sign_out())
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(waiting, leaving)
    assert transport.json["Token"] == "refresh-2"


async def test_a_sign_out_does_not_fail_with_the_refresh_that_it_waits_for() -> None:
    transport = ScriptedTransport(error("TooManyRequestsException"), http_response())
    session = app_client(transport).session(refresh_token="refresh-1")
    refresh = session._refreshing.start()
    await session.sign_out()
    assert isinstance(refresh.exception(), TooManyRequestsException)
    assert transport.json["Token"] == "refresh-1"


async def test_an_error_of_close_does_not_replace_that_of_the_block() -> None:
    def fail(_tokens: Tokens) -> None:
        raise CognitoError("not saved")

    session = app_client(ScriptedTransport(tokens_response())).session(refresh_token="r", on_tokens=fail)
    with pytest.raises(CognitoError):
        await session.access_token()
    with pytest.raises(KeyError):
        async with session:
            raise KeyError
    with pytest.raises(CognitoError, match="not saved"):
        async with session:
            pass


async def test_a_response_without_an_access_token_keeps_the_new_refresh_token() -> None:
    without = tokens_response(AccessToken=None, RefreshToken="refresh-2")
    transport = ScriptedTransport(http_response(), without, tokens_response())
    session = app_client(transport).session(refresh_token="refresh-1")
    with pytest.raises(InvalidResponseError, match="there are no tokens"):
        await session.access_token()
    with pytest.raises(InvalidResponseError, match="there is no access token"):
        await session.access_token()
    await session.access_token()
    assert transport.json["RefreshToken"] == "refresh-2"


async def test_a_revoked_access_token_ends_the_session() -> None:
    revoked = error("NotAuthorizedException", "Access Token has been revoked")
    other = error("NotAuthorizedException", "User is disabled.")
    transport = ScriptedTransport(tokens_response(), other, revoked)
    session = app_client(transport).session(refresh_token="refresh-1")
    with pytest.raises(UserDisabledError):
        await session.get_user()
    with pytest.raises(SignedOutError, match="the access token was revoked"):
        await session.get_user()
    with pytest.raises(SignedOutError):
        await session.access_token()


async def test_a_deleted_user_is_signed_out() -> None:
    transport = ScriptedTransport(tokens_response(), http_response())
    session = app_client(transport).session(refresh_token="refresh-1")
    await session.delete_user()
    assert operations(transport)[-1] == "DeleteUser"
    with pytest.raises(SignedOutError, match="the user was deleted"):
        await session.get_user()


async def test_a_user_without_a_password_gets_one() -> None:
    transport = ScriptedTransport(tokens_response(), http_response())
    await app_client(transport).session(refresh_token="refresh-1").change_password(None, "A new passphrase")
    assert "PreviousPassword" not in transport.json


@pytest.mark.parametrize(
    ("body", "expected"), [({}, InvalidResponseError), ({"SecretCode": "A"}, EnableSoftwareTokenMFAException)]
)
async def test_odd_responses_to_the_setup_of_an_authenticator_app(body: Any, expected: Any) -> None:
    transport = ScriptedTransport(
        tokens_response(), http_response(body=body), http_response(body={"Status": "ERROR"})
    )
    session = app_client(transport).session(refresh_token="refresh-1")
    with pytest.raises(expected):
        await (await session.set_up_totp()).confirm("123456")


CALLS: list[tuple[str, Callable[[SignedIn], Any], dict[str, Any], dict[str, Any]]] = [
    ("GetUser", lambda s: s.get_user(), {}, {"Username": "ana", "UserAttributes": []}),
    ("UpdateUserAttributes", lambda s: s.update_attributes({"name": "Ana"}, client_metadata={"a": "b"}), {"UserAttributes": [{"Name": "name", "Value": "Ana"}], "ClientMetadata": {"a": "b"}}, {}),
    ("DeleteUserAttributes", lambda s: s.delete_attributes("name", "nickname"), {"UserAttributeNames": ["name", "nickname"]}, {}),
    ("GetUserAttributeVerificationCode", lambda s: s.send_attribute_code("email"), {"AttributeName": "email"}, {}),
    ("VerifyUserAttribute", lambda s: s.verify_attribute("email", "123456"), {"AttributeName": "email", "Code": "123456"}, {}),
    ("ChangePassword", lambda s: s.change_password("old", "new"), {"PreviousPassword": "old", "ProposedPassword": "new"}, {}),
    ("SetUserMFAPreference", lambda s: s.set_mfa(sms=False, preferred="email"), {"SMSMfaSettings": {"Enabled": False}, "EmailMfaSettings": {"Enabled": True, "PreferredMfa": True}}, {}),
    ("StartWebAuthnRegistration", lambda s: s.start_passkey(), {}, {"CredentialCreationOptions": {"challenge": "x"}}),
    ("CompleteWebAuthnRegistration", lambda s: s.finish_passkey({"id": "x"}), {"Credential": {"id": "x"}}, {}),
    ("ListWebAuthnCredentials", lambda s: s.passkeys(), {}, {"Credentials": []}),
    ("DeleteWebAuthnCredential", lambda s: s.delete_passkey("x"), {"CredentialId": "x"}, {}),
    ("ListDevices", lambda s: s.devices(), {}, {"Devices": [{"DeviceKey": "k"}]}),
    ("UpdateDeviceStatus", lambda s: s.remember_device("k"), {"DeviceKey": "k", "DeviceRememberedStatus": "remembered"}, {}),
    ("UpdateDeviceStatus", lambda s: s.remember_device("k", remember=False), {"DeviceKey": "k", "DeviceRememberedStatus": "not_remembered"}, {}),
    ("ForgetDevice", lambda s: s.forget_device("k"), {"DeviceKey": "k"}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "call", "members", "body"), CALLS, ids=[case[0] for case in CALLS])
async def test_operations_of_signed_in_users_send_the_access_token(
    operation: str, call: Callable[[SignedIn], Any], members: dict[str, Any], body: dict[str, Any]
) -> None:
    transport = ScriptedTransport(tokens_response(), http_response(body=body))
    session = app_client(transport).session(refresh_token="refresh-1")
    await call(session)
    assert operations(transport) == ["GetTokensFromRefreshToken", operation]
    sent = {name: value for name, value in transport.json.items() if name not in ("MaxResults", "Limit")}
    assert sent == {"AccessToken": jwt(username="ana", n=1), **members}


async def test_passkey_options_are_a_mapping() -> None:
    options = {"CredentialCreationOptions": {"challenge": "x", "rp": {"id": "example.com"}}}
    transport = ScriptedTransport(tokens_response(), http_response(body=options))
    session = app_client(transport).session(refresh_token="refresh-1")
    assert await session.start_passkey() == {"challenge": "x", "rp": {"id": "example.com"}}


async def test_an_authenticator_app_is_set_up_and_used() -> None:
    transport = ScriptedTransport(
        tokens_response(),
        http_response(body={"SecretCode": "ABCDEFGH"}),
        error("EnableSoftwareTokenMFAException", "Code mismatch"),
        http_response(body={"Status": "SUCCESS"}),
        http_response(),
    )
    session = app_client(transport).session(refresh_token="refresh-1")
    setup = await session.set_up_totp()
    assert setup.secret == "ABCDEFGH"
    assert repr(setup) == "TotpRegistration()"
    assert setup.uri("Shop", "ana") == "otpauth://totp/Shop:ana?secret=ABCDEFGH&issuer=Shop"
    with pytest.raises(Exception, match="Code mismatch"):
        await setup.confirm("111111")
    await setup.confirm("123456", device_name="phone")
    verify, prefer = transport.sent[-2:]
    assert json.loads(verify.body)["FriendlyDeviceName"] == "phone"
    assert json.loads(prefer.body)["SoftwareTokenMfaSettings"] == {"Enabled": True, "PreferredMfa": True}


async def test_an_authenticator_app_need_not_be_preferred() -> None:
    transport = ScriptedTransport(
        tokens_response(),
        http_response(body={"SecretCode": "A"}),
        http_response(body={"Status": "SUCCESS"}),
        http_response(),
    )
    session = app_client(transport).session(refresh_token="refresh-1")
    await (await session.set_up_totp()).confirm("123456", prefer=False)
    assert transport.json["SoftwareTokenMfaSettings"] == {"Enabled": True}


async def test_a_wrong_previous_password_is_a_wrong_password() -> None:
    refused = error("NotAuthorizedException", "Incorrect username or password.")
    session = app_client(ScriptedTransport(tokens_response(), refused)).session(refresh_token="refresh-1")
    with pytest.raises(WrongPasswordError) as caught:
        await session.change_password("old", "new")
    assert isinstance(caught.value, SignInError)
    assert isinstance(caught.value, NotAuthorizedException)


@pytest.mark.parametrize(
    ("call", "operation", "members", "body"),
    [
        (lambda app: app.devices("ana"), "AdminListDevices", {}, {"Devices": [{"DeviceKey": "k"}]}),
        (lambda app: app.remember_device("ana", "k"), "AdminUpdateDeviceStatus", {"DeviceKey": "k", "DeviceRememberedStatus": "remembered"}, {}),
        (lambda app: app.remember_device("ana", "k", remember=False), "AdminUpdateDeviceStatus", {"DeviceKey": "k", "DeviceRememberedStatus": "not_remembered"}, {}),
        (lambda app: app.forget_device("ana", "k"), "AdminForgetDevice", {"DeviceKey": "k"}, {}),
    ],
)  # fmt: skip
async def test_administrators_manage_the_devices_of_any_user(
    call: Callable[[AppClient], Any], operation: str, members: dict[str, Any], body: dict[str, Any]
) -> None:
    transport = ScriptedTransport(http_response(body=body))
    await call(app_client(transport))
    assert operations(transport) == [operation]
    assert "Authorization" in transport.headers
    sent = {name: value for name, value in transport.json.items() if name != "Limit"}
    assert sent == {"UserPoolId": POOL, "Username": "ana", **members}


# Numbers that are no times


@pytest.mark.parametrize("end", ["9" * 400, "1e400", "NaN", "-Infinity", '"soon"', "null"])
async def test_an_end_of_an_id_token_that_is_no_time_does_not_count(end: str) -> None:
    payload = base64.urlsafe_b64encode(f'{{"iat": 0, "exp": {end}}}'.encode()).decode().rstrip("=")
    id_token = f"e30.{payload}.c2ln"
    transport = ScriptedTransport(tokens_response(IdToken=id_token))
    app = AppClient(client_with(transport), POOL, "client1")
    session = app.session(refresh_token="refresh-1")
    assert await session.id_token() == id_token  # valid as long as the access token
    restored = app.session(tokens=session.tokens)
    assert restored._id_lifetime.date == 0  # renewed at the first use


@pytest.mark.parametrize("lifetime", [10**30, -1])
async def test_a_lifetime_that_is_no_time_is_an_error(lifetime: int) -> None:
    transport = ScriptedTransport(tokens_response(lifetime=lifetime))
    session = AppClient(client_with(transport), POOL, "client1").session(refresh_token="refresh-1")
    with pytest.raises(InvalidResponseError, match="the lifetime of the access token is not a number"):
        await session.access_token()
