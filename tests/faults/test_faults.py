"""Every fault with a signed, an unsigned and a non-idempotent operation, with and without retries."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import attrs
import pytest

from cognito_async import CognitoClient, errors
from cognito_async._http.error_map import map_error
from cognito_async._pipeline.state import Effects
from cognito_async.errors import CognitoError, ServiceError
from faults import server, table
from faults.fixtures import Fixtures, fixtures_for
from faults.server import FaultServer
from faults.table import CASES, Case, Retry
from support.transports import CREDENTIALS, REGION

pytestmark = pytest.mark.usefixtures("http_path")


def admin_get_user(client: CognitoClient) -> Awaitable[Any]:
    return client.admin_get_user(user_pool_id="eu-west-1_AbC123", username="ana")


def get_user(client: CognitoClient) -> Awaitable[Any]:
    return client.get_user(access_token="token")


def respond_to_auth_challenge(client: CognitoClient) -> Awaitable[Any]:
    return client.respond_to_auth_challenge(client_id="client", challenge_name="SMS_MFA")


OPERATIONS = (admin_get_user, get_user, respond_to_auth_challenge)


@asynccontextmanager
async def client_for(fixtures: Fixtures, **options: Any) -> AsyncGenerator[CognitoClient]:
    """Create a client that does not wait between attempts. Instead of the wait, a temporary fault ends."""

    async def skip_wait(seconds: float) -> None:
        if fixtures.server.times is None:
            return
        if fixtures.server.fault.refuse:
            await fixtures.server.recover()
        # On a busy machine, a healthy server may need longer than the timeouts of the case.
        transport: Any = client._pipeline._state.transport
        transport._read_timeout = 60.0
        transport._client_timeout = aiohttp.ClientTimeout(total=None, sock_connect=60.0)

    max_response_size = options.pop("max_response_size", None)
    settings = {"region": REGION, "credentials": CREDENTIALS, "proxy": fixtures.proxy or ""}
    settings |= {"endpoint_url": fixtures.server.url, "ca_bundle": fixtures.ca_bundle}
    async with CognitoClient(**settings | options) as client:
        client._pipeline.effects = Effects(sleep=skip_wait)
        if max_response_size is not None:
            client._pipeline.config = attrs.evolve(client.config, max_response_size=max_response_size)
        yield client


async def warm_up(client: CognitoClient, faults: FaultServer) -> None:
    """Open a connection that the next call reuses, unless the server closes it after the response."""
    await get_user(client)
    if faults.fault is server.CLOSES_AFTER_RESPONSE:
        await faults.wait_until_disconnected()
        await asyncio.sleep(0.01)


def combinations(*, temporary: bool) -> list[Any]:
    """Return cases with operations and retry modes; signature cases only with the signed operation."""
    return [
        pytest.param(case, operation, mode, id=f"{case.name}, {operation.__name__}, {mode}")
        for case in CASES
        for operation in OPERATIONS
        for mode in ("standard", "off")
        if (case.retry is not Retry.SIGNED_AGAIN or operation is admin_get_user)
        and not (temporary and (case.warm or case.proxy or not case.error))
    ]


@pytest.mark.parametrize(("case", "operation", "mode"), combinations(temporary=False))
async def test_a_permanent_fault_ends_as_in_the_table(
    case: Case, operation: Any, mode: str, tmp_path: Path
) -> None:
    idempotent = operation is not respond_to_auth_challenge
    attempts = case.attempts(idempotent=idempotent) if mode == "standard" else 1
    async with (
        fixtures_for(case, tmp_path) as fixtures,
        client_for(
            fixtures, retry_mode=mode, max_response_size=case.max_response_size, **case.options
        ) as client,
    ):
        if case.warm:
            await warm_up(client, fixtures.server)
        before = len(fixtures.server.requests)
        try:
            outcome = (await operation(client)).response_metadata
        except CognitoError as error:
            outcome = error
        arrived = len(fixtures.server.requests) - before

    resent = case.retry is Retry.RESENT and idempotent
    if case.succeeds(idempotent=idempotent):
        assert (outcome.http_status, outcome.retry_reasons) == (200, ())
    else:
        assert type(outcome) is getattr(errors, case.error)
        assert outcome.operation == "".join(word.title() for word in operation.__name__.split("_"))
        if isinstance(outcome, ServiceError):
            assert outcome.code == case.retry_reason
        if not isinstance(outcome, errors.InvalidResponseError):
            assert outcome.retry_reasons == (case.retry_reason,) * (attempts - 1)
    assert outcome.attempts == attempts
    assert arrived == (attempts + resent if case.arrives else 0)
    assert {request.line for request in fixtures.server.requests} <= {"POST / HTTP/1.1"}


@pytest.mark.parametrize(("case", "operation", "mode"), combinations(temporary=True))
async def test_a_call_survives_a_temporary_fault_if_the_table_has_a_retry(
    case: Case, operation: Any, mode: str, tmp_path: Path
) -> None:
    retried = mode == "standard" and case.attempts(idempotent=operation is not respond_to_auth_challenge) > 1
    # The second attempt has to succeed within these timeouts, also on a busy machine.
    timeouts = {name: 3 * seconds for name, seconds in case.options.items()}
    async with (
        fixtures_for(case, tmp_path, times=1) as fixtures,
        client_for(fixtures, retry_mode=mode, max_response_size=case.max_response_size, **timeouts) as client,
    ):
        try:
            outcome = (await operation(client)).response_metadata
        except CognitoError as error:
            outcome = error
        arrived = len(fixtures.server.requests)

    if retried:
        assert not isinstance(outcome, CognitoError)
        assert (outcome.attempts, outcome.retry_reasons) == (2, (case.retry_reason,))
    else:
        assert type(outcome) is getattr(errors, case.error)
        assert outcome.attempts == 1
    assert arrived == case.arrives + retried


def test_the_page_is_current() -> None:
    assert table.DOCUMENT.read_text(encoding="utf-8") == table.document(), (
        "PYTHONPATH=tests python tests/faults/table.py"
    )


def test_case_names_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


# Behavior for which the table has no column


@asynccontextmanager
async def server_and_client(
    fault: server.Fault, times: int | None = None, **options: Any
) -> AsyncGenerator[Any]:
    """Start a server with a fault and create a client for it."""
    async with FaultServer(fault, times) as faults, client_for(Fixtures(faults), **options) as client:
        yield faults, client


async def test_retry_reasons_name_each_fault_of_a_call() -> None:
    faults = [server.RESET_AFTER_REQUEST, server.status(400, "TooManyRequestsException"), server.HEALTHY]

    async def respond(peer: server.Peer, request: server.ReceivedRequest) -> None:
        fault = faults.pop(0)
        if fault.respond is None:
            await peer.send(server.response(200, server.success(request)))
        else:
            await fault.respond(peer, request)

    async with server_and_client(server.Fault(respond=respond)) as (_, client):
        metadata = (await get_user(client)).response_metadata
    assert metadata.attempts == 3
    assert metadata.retry_reasons == ("ConnectionLostError", "TooManyRequestsException")


async def test_an_invalid_response_after_a_retry_has_the_retry_reason() -> None:
    faults = [server.status(500), server.html(200)]

    async def respond(peer: server.Peer, request: server.ReceivedRequest) -> None:
        fault = faults.pop(0)
        assert fault.respond is not None
        await fault.respond(peer, request)

    async with server_and_client(server.Fault(respond=respond)) as (_, client):
        with pytest.raises(errors.InvalidResponseError) as caught:
            await get_user(client)
    assert caught.value.attempts == 2
    assert caught.value.retry_reasons == ("500",)


async def test_clock_skew_is_corrected_once_for_all_later_calls() -> None:
    async with server_and_client(server.REJECTS_SKEWED_SIGNATURES) as (faults, client):
        first = (await admin_get_user(client)).response_metadata
        second = (await admin_get_user(client)).response_metadata
    assert (first.attempts, first.retry_reasons) == (2, ("InvalidSignatureException",))
    assert (second.attempts, second.retry_reasons) == (1, ())
    signed = [
        datetime.strptime(request.header("X-Amz-Date"), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        for request in faults.requests
    ]
    assert abs(signed[1] - signed[0] - server.CLOCK_SKEW).total_seconds() < 5
    assert len({request.header("Authorization") for request in faults.requests[:2]}) == 2


async def test_a_rejected_signature_without_clock_skew_is_not_retried() -> None:
    async with server_and_client(server.status(400, "InvalidSignatureException")) as (faults, client):
        with pytest.raises(ServiceError) as caught:
            await admin_get_user(client)
    assert (caught.value.attempts, len(faults.requests)) == (1, 1)


@pytest.mark.parametrize("date", ["", "yesterday", "Tue, 99 Foo 2026 00:00:00 GMT", "x" * 1000])
async def test_a_rejected_signature_with_an_invalid_date_header_is_not_retried(date: str) -> None:
    async with server_and_client(server.status(400, "InvalidSignatureException", Date=date)) as (_, client):
        with pytest.raises(ServiceError) as caught:
            await admin_get_user(client)
    assert caught.value.attempts == 1


async def test_all_attempts_of_a_call_send_the_same_id_and_their_number() -> None:
    async with server_and_client(server.status(503), times=2) as (faults, client):
        await get_user(client)
    assert len({request.header("amz-sdk-invocation-id") for request in faults.requests}) == 1
    numbers = [request.header("amz-sdk-request") for request in faults.requests]
    assert numbers == ["attempt=1; max=3", "attempt=2; max=3", "attempt=3; max=3"]


async def test_an_unknown_host_name_raises_a_connect_error_and_is_retried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lookups = []

    async def getaddrinfo(host: str, *_: Any, **__: Any) -> Any:
        lookups.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    async with server_and_client(server.HEALTHY, endpoint_url="https://nowhere.example") as (_, client):
        with pytest.raises(errors.ConnectError) as caught:
            await respond_to_auth_challenge(client)
    assert caught.value.attempts == 3
    assert lookups == ["nowhere.example"] * 3


async def test_an_unsolicited_response_is_not_the_response_to_the_next_call() -> None:
    async def respond(peer: server.Peer, request: server.ReceivedRequest) -> None:
        expected = server.response(200, server.success(request))
        unsolicited = server.response(200, server.success(request).replace(b'"ana"', b'"eve"'))
        await peer.send(expected + (unsolicited if peer.requests == 1 else b""))

    async with server_and_client(server.Fault(respond=respond)) as (_, client):
        names = [(await get_user(client)).username for _ in range(3)]
    assert names == ["ana"] * 3


async def test_a_connection_with_a_truncated_response_is_not_reused() -> None:
    async with server_and_client(server.SHORT_CONTENT_LENGTH, times=1) as (_, client):
        with pytest.raises(errors.TransportError):
            await get_user(client)
        assert (await get_user(client)).username == "ana"


async def test_a_connection_reset_at_any_moment_raises_connection_lost_error() -> None:
    """RST may arrive before, during or after the write of the request; aiohttp's exceptions differ."""
    async with server_and_client(server.RESET_ON_CONNECT, retry_mode="off") as (_, client):
        calls = [get_user(client) for _ in range(200)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {errors.ConnectionLostError}


def test_a_write_to_a_closing_connection_raises_connection_lost_error() -> None:
    error = aiohttp.ClientConnectionResetError("Cannot write to closing transport")
    assert type(map_error(error, "host")) is errors.ConnectionLostError
