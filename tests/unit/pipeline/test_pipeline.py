"""The pipeline: preparation, content of requests, views, closing and event loops."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cognito_async import CognitoClient, Credentials, errors
from cognito_async.transport import HTTPResponse
from support.calls import OK, POOL, THROTTLED, get_user, sign_up
from support.transports import (
    CREDENTIALS,
    HANG,
    REGION,
    FakeClock,
    ScriptedTransport,
    client_with,
    http_response,
)

# Preparation


async def test_a_missing_profile_raises_at_every_call_until_it_exists(
    clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    transport = ScriptedTransport()
    client = client_with(transport, clock, profile="work", region=None)
    for _ in range(2):
        with pytest.raises(errors.ConfigurationError, match="profile 'work'"):
            await get_user(client)
    path.write_text("[profile work]\nregion = eu-north-1\n")
    await get_user(client)
    assert transport.sent[0].url == "https://cognito-idp.eu-north-1.amazonaws.com"


async def test_a_missing_region_raises_at_every_call_until_it_is_set(
    clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    client = client_with(ScriptedTransport(), clock, region=None)
    outcomes = await asyncio.gather(*(get_user(client) for _ in range(10)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {errors.ConfigurationError}
    assert "AWS_REGION" in str(outcomes[0])
    path.write_text("[default]\nregion = eu-north-1\n")
    await get_user(client)
    assert client.config.sources["region"] == "profile default"


async def test_missing_credentials_raise_at_every_signed_call_and_at_no_other(clock: FakeClock) -> None:
    transport = ScriptedTransport()
    client = client_with(transport, clock, credentials=None)
    for _ in range(2):
        with pytest.raises(errors.CredentialsError, match="no AWS credentials"):
            await get_user(client)
    await sign_up(client)
    assert len(transport.sent) == 1


async def test_incomplete_credentials_raise_at_every_call_until_they_are_complete(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    client = client_with(ScriptedTransport(), clock, credentials=None)
    for _ in range(2):
        with pytest.raises(errors.CredentialsError, match="AWS_SECRET_ACCESS_KEY is not set"):
            await get_user(client)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    await get_user(client)


@pytest.mark.parametrize("name", ["ca_bundle", "client_cert"])
async def test_a_missing_certificate_raises_at_every_call(tmp_path: Path, name: str) -> None:
    path = tmp_path / "missing.pem"
    async with CognitoClient(region=REGION, credentials=CREDENTIALS, **{name: str(path)}) as client:
        for _ in range(2):
            with pytest.raises(errors.ConfigurationError, match=f"{name} .* cannot be read"):
                await get_user(client)


@pytest.mark.parametrize("path", ["a\0b", "\ud800"])
@pytest.mark.parametrize("name", ["ca_bundle", "client_cert"])
async def test_an_invalid_path_of_a_certificate_raises(name: str, path: str) -> None:
    async with CognitoClient(region=REGION, credentials=CREDENTIALS, **{name: path}) as client:
        with pytest.raises(errors.ConfigurationError, match=f"{name} .* cannot be read"):
            await get_user(client)


async def test_a_file_without_certificates_raises_and_is_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / "malformed.pem"
    path.write_text("hunter2")
    for name in ("ca_bundle", "client_cert"):
        async with CognitoClient(region=REGION, credentials=CREDENTIALS, **{name: str(path)}) as client:
            with pytest.raises(errors.ConfigurationError, match=f"{name} .* cannot be read") as caught:
                await get_user(client)
        assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("proxy", "error"),
    [
        ("socks5://127.0.0.1:9", errors.ConfigurationError),
        ("http://", errors.ConfigurationError),
        ("http://[::1", errors.CognitoError),  # the class depends on the release of aiohttp
        ("http://127.0.0.1:99999", errors.CognitoError),
    ],
)
async def test_an_unusable_proxy_of_the_environment_is_an_error_of_the_package(
    monkeypatch: pytest.MonkeyPatch, proxy: str, error: type[errors.CognitoError]
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with CognitoClient(region=REGION, credentials=CREDENTIALS, retry_mode="off") as client:
        with pytest.raises(error):
            await get_user(client)


# Requests


async def test_every_attempt_is_signed_with_its_own_time(clock: FakeClock) -> None:
    transport = ScriptedTransport(THROTTLED, THROTTLED, OK)
    await get_user(client_with(transport, clock))
    sent = [request.headers for request in transport.sent]
    assert [headers["X-Amz-Date"] for headers in sent] == [
        "20270115T080000Z",
        "20270115T080001Z",
        "20270115T080003Z",
    ]
    assert len({headers["Authorization"] for headers in sent}) == 3
    assert len({request.body for request in transport.sent}) == 1


async def test_every_attempt_is_signed_with_the_current_credentials(clock: FakeClock) -> None:
    expires_at = clock.now + 1.5

    class Provider:
        def cached(self) -> Credentials:
            name = "FIRST" if clock.now < expires_at else "SECOND"
            return Credentials(access_key_id=name, secret_access_key="secret")

    transport = ScriptedTransport(THROTTLED, THROTTLED, OK)
    client = client_with(transport, clock)
    client._pipeline._credentials = Provider()
    await get_user(client)
    used = [
        request.headers["Authorization"].split("Credential=")[1].split("/")[0] for request in transport.sent
    ]
    assert used == ["FIRST", "FIRST", "SECOND"]


async def test_unsigned_calls_have_no_signature_and_need_no_credentials(clock: FakeClock) -> None:
    async def must_not_be_called() -> Credentials:
        raise AssertionError("credentials were requested")

    transport = ScriptedTransport(THROTTLED, OK)
    await sign_up(client_with(transport, clock, credentials=must_not_be_called))
    for headers in (request.headers for request in transport.sent):
        assert not {"Authorization", "X-Amz-Date", "X-Amz-Security-Token"} & set(headers)


async def test_the_user_agent_names_retry_mode_application_and_extra(clock: FakeClock) -> None:
    transport = ScriptedTransport()
    client = client_with(
        transport, clock, retry_mode="adaptive", app_id="my shop/1", user_agent_extra="lib/2 (x)"
    )
    await get_user(client)
    assert transport.headers["User-Agent"].endswith("cfg/retry-mode#adaptive app/my-shop-1 lib/2 (x)")


# Views


async def test_a_view_has_its_own_retries_and_shares_everything_else(clock: FakeClock) -> None:
    created: list[ScriptedTransport] = []
    transport = ScriptedTransport(*[THROTTLED] * 9)
    client = client_with(transport, clock)
    client._pipeline._make_transport = lambda config: created.append(transport) or transport
    for retries, attempts in ((0, 1), (4, 5), (None, 3)):
        transport.sent.clear()
        transport.steps = [THROTTLED] * 9
        with pytest.raises(errors.TooManyRequestsException):
            await get_user(client.with_options(retries=retries))
        assert len(transport.sent) == attempts
        assert transport.headers["amz-sdk-request"] == f"attempt={attempts}; max={attempts}"
    assert created == [transport]
    assert len(transport.prepared) == 1


async def test_a_view_can_retry_if_the_client_does_not(clock: FakeClock) -> None:
    transport = ScriptedTransport(THROTTLED, OK)
    client = client_with(transport, clock, retry_mode="off")
    response = await get_user(client.with_options(retries=1))
    assert response.response_metadata.attempts == 2


async def test_a_view_has_its_own_deadline(clock: FakeClock) -> None:
    transport = ScriptedTransport(http_response(), HANG)
    client = client_with(transport, clock, timeout=None)
    await get_user(client)  # prepares the client, which may take longer than the timeout below
    with pytest.raises(errors.RequestTimeoutError, match=r"within 0\.01 seconds"):
        await get_user(client.with_options(timeout=0.01))
    assert (await get_user(client)).username is None


async def test_a_view_shares_the_fetch_of_credentials(clock: FakeClock) -> None:
    fetches = []

    async def fetch() -> Credentials:
        fetches.append(1)
        return CREDENTIALS

    client = client_with(ScriptedTransport(), clock, credentials=fetch)
    await asyncio.gather(*(get_user(client.with_options(retries=number)) for number in range(50)))
    assert fetches == [1]


async def test_closing_a_client_closes_its_views_and_vice_versa(clock: FakeClock) -> None:
    for closing, calling in ((0, 1), (1, 0)):
        transport = ScriptedTransport()
        client = client_with(transport, clock)
        clients = (client, client.with_options(retries=0))
        await get_user(client)
        await clients[closing].close()
        assert transport.closed == 1
        with pytest.raises(errors.ClientClosedError):
            await get_user(clients[calling])


# Cancellation and closing


async def test_cancellation_passes_through(clock: FakeClock) -> None:
    transport = ScriptedTransport(HANG)
    call = asyncio.create_task(get_user(client_with(transport, clock)))
    await transport.hanging.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert len(transport.sent) == 1


async def test_cancelling_the_first_call_does_not_cancel_the_preparation(clock: FakeClock) -> None:
    transport = ScriptedTransport()
    client = client_with(transport, clock)
    calls = [asyncio.create_task(get_user(client)) for _ in range(3)]
    await asyncio.sleep(0)
    calls[0].cancel()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(outcomes[0], asyncio.CancelledError)
    assert len(transport.sent) == 2
    assert len(transport.prepared) == 1


async def test_a_thousand_first_calls_prepare_once(clock: FakeClock) -> None:
    transport = ScriptedTransport()
    client = client_with(transport, clock)
    await asyncio.gather(*(get_user(client) for _ in range(1000)))
    assert len(transport.prepared) == 1
    assert len(transport.sent) == 1000


async def test_closing_the_client_ends_a_call_that_waits_for_the_preparation(clock: FakeClock) -> None:
    class SlowTransport(ScriptedTransport):
        async def prepare(self, url: str) -> None:
            self.hanging.set()
            await asyncio.Event().wait()

    transport = SlowTransport()
    client = client_with(transport, clock)
    call = asyncio.create_task(get_user(client))
    await transport.hanging.wait()
    await client.close()
    with pytest.raises(errors.ClientClosedError):
        await call


async def test_closing_the_client_ends_a_call_that_waits_for_credentials(clock: FakeClock) -> None:
    waiting = asyncio.Event()

    async def never() -> Credentials:
        waiting.set()
        await asyncio.Event().wait()
        raise AssertionError

    client = client_with(ScriptedTransport(), clock, credentials=never)
    call = asyncio.create_task(get_user(client))
    await waiting.wait()
    await client.close()
    with pytest.raises(errors.ClientClosedError):
        await call


async def test_closing_the_client_ends_a_call_that_waits_for_its_retry(clock: FakeClock) -> None:
    class ClosableTransport(ScriptedTransport):
        async def send(self, *args: Any, **options: Any) -> HTTPResponse:
            if self.closed:
                raise errors.ClientClosedError("the client is closed")
            return await super().send(*args, **options)

    transport = ClosableTransport(THROTTLED, OK)
    client = client_with(transport, clock)

    async def close_client(_seconds: float) -> None:
        await client.close()

    client._pipeline.effects = clock.effects._replace(sleep=close_client)
    with pytest.raises(errors.ClientClosedError) as caught:
        await get_user(client)
    assert len(transport.sent) == 1
    assert caught.value.retry_reasons == ("TooManyRequestsException",)


async def test_an_invalid_request_raises_even_if_the_client_is_closed(clock: FakeClock) -> None:
    client = client_with(ScriptedTransport(), clock)
    await client.close()
    with pytest.raises(errors.InvalidRequestError):
        await client.admin_get_user(user_pool_id=POOL, username=5)  # type: ignore[arg-type]


# Event loops


def test_a_client_works_on_several_loops_in_turn(clock: FakeClock) -> None:
    transport = ScriptedTransport()
    client = client_with(transport, clock)
    for _ in range(3):
        assert asyncio.run(get_user(client)).response_metadata.http_status == 200
    assert len(transport.prepared) == 1


def test_a_client_whose_first_loop_ended_during_the_preparation_works_on_the_next(clock: FakeClock) -> None:
    class SlowTransport(ScriptedTransport):
        preparing: asyncio.Event

        async def prepare(self, url: str) -> None:
            await super().prepare(url)
            if len(self.prepared) == 1:
                self.preparing.set()
                await asyncio.Event().wait()

    transport = SlowTransport()
    client = client_with(transport, clock)

    async def end_during_preparation() -> None:
        transport.preparing = asyncio.Event()
        call = asyncio.create_task(get_user(client))
        await transport.preparing.wait()
        assert not call.done()

    asyncio.run(end_during_preparation())
    asyncio.run(get_user(client))
    assert len(transport.prepared) == 2


async def test_expiring_credentials_are_refreshed_between_calls(clock: FakeClock) -> None:
    fetches = []

    async def fetch() -> Credentials:
        fetches.append(1)
        end = datetime.now(UTC) + timedelta(hours=1 if len(fetches) > 1 else 1 / 60)
        return Credentials(access_key_id=f"K{len(fetches)}", secret_access_key="secret", expires_at=end)

    transport = ScriptedTransport()
    client = client_with(transport, clock, credentials=fetch)
    await get_user(client)
    provider = client._pipeline._credentials
    provider._lifetime, provider._not_before = 3600.0, 0.0  # type: ignore[union-attr]
    await get_user(client)
    assert "Credential=K2/" in transport.headers["Authorization"]
