"""Every fault with a signed, an unsigned and a not replay-safe operation, retries on and off."""

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
from faults import server, table
from faults.fixtures import Stage, staged
from faults.server import FaultServer
from faults.table import CASES, Case, Retry
from support.transports import CREDENTIALS, REGION

from cognito_async import CognitoClient, errors
from cognito_async._http.error_map import map_error
from cognito_async._pipeline.pipeline import Effects
from cognito_async.errors import CognitoError, ServiceError


def admin_get_user(client: CognitoClient) -> Awaitable[Any]:
    return client.admin_get_user(user_pool_id="eu-west-1_AbC123", username="ana")


def get_user(client: CognitoClient) -> Awaitable[Any]:
    return client.get_user(access_token="token")


def respond_to_auth_challenge(client: CognitoClient) -> Awaitable[Any]:
    return client.respond_to_auth_challenge(client_id="client", challenge_name="SMS_MFA")


OPERATIONS = (admin_get_user, get_user, respond_to_auth_challenge)


@asynccontextmanager
async def client_of(stage: Stage, **options: Any) -> AsyncGenerator[CognitoClient]:
    """A client that does not wait between attempts; a refusing server opens meanwhile, if it is to."""

    async def skip(seconds: float) -> None:
        if stage.server.fault.refuse and stage.server.times:
            await stage.server.mend()

    largest = options.pop("largest", None)
    settings = {"region": REGION, "credentials": CREDENTIALS, "proxy": stage.proxy or ""}
    settings |= {"endpoint_url": stage.server.url, "ca_bundle": stage.ca_bundle}
    async with CognitoClient(**settings | options) as client:
        client._pipeline.effects = Effects(sleep=skip)
        if largest is not None:
            client._pipeline.config = attrs.evolve(client.config, max_response_size=largest)
        yield client


async def warm_up(client: CognitoClient, faults: FaultServer) -> None:
    """Leave a connection that is kept, and let a server that closes it do so."""
    await get_user(client)
    if faults.fault is server.CLOSES_WHEN_IDLE:
        await faults.abandoned()
        await asyncio.sleep(0.01)


def combinations(*, passing: bool) -> list[Any]:
    """Cases and operations; a signature that does not exist cannot be refused."""
    return [
        pytest.param(case, operation, mode, id=f"{case.name}, {operation.__name__}, {mode}")
        for case in CASES
        for operation in OPERATIONS
        for mode in ("standard", "off")
        if (case.retry is not Retry.SIGNED_ANEW or operation is admin_get_user)
        and not (passing and (case.warm or case.proxy or not case.error))
    ]


@pytest.mark.parametrize(("case", "operation", "mode"), combinations(passing=False))
async def test_a_fault_that_lasts_gives_what_the_table_says(
    case: Case, operation: Any, mode: str, tmp_path: Path
) -> None:
    safe = operation is not respond_to_auth_challenge
    attempts = case.attempts(safe=safe) if mode == "standard" else 1
    async with (
        staged(case, tmp_path) as stage,
        client_of(stage, retry_mode=mode, largest=case.largest, **case.options) as client,
    ):
        if case.warm:
            await warm_up(client, stage.server)
        before = len(stage.server.requests)
        try:
            outcome = (await operation(client)).response_metadata
        except CognitoError as error:
            outcome = error
        arrived = len(stage.server.requests) - before

    resent = case.retry is Retry.RESENT and safe
    if case.succeeds(safe=safe):
        assert (outcome.http_status, outcome.retry_reasons) == (200, ())
    else:
        assert type(outcome) is getattr(errors, case.error)
        assert outcome.operation == "".join(word.title() for word in operation.__name__.split("_"))
        if isinstance(outcome, ServiceError):
            assert outcome.code == case.told
        if not isinstance(outcome, errors.InvalidResponseError):
            assert outcome.retry_reasons == (case.told,) * (attempts - 1)
    assert outcome.attempts == attempts
    assert arrived == (attempts + resent if case.arrives else 0)
    assert {request.line for request in stage.server.requests} <= {"POST / HTTP/1.1"}


@pytest.mark.parametrize(("case", "operation", "mode"), combinations(passing=True))
async def test_a_fault_that_passes_is_survived_where_the_table_says_retried(
    case: Case, operation: Any, mode: str, tmp_path: Path
) -> None:
    retried = mode == "standard" and case.attempts(safe=operation is not respond_to_auth_challenge) > 1
    async with (
        staged(case, tmp_path, times=1) as stage,
        client_of(stage, retry_mode=mode, largest=case.largest, **case.options) as client,
    ):
        try:
            outcome = (await operation(client)).response_metadata
        except CognitoError as error:
            outcome = error
        arrived = len(stage.server.requests)

    if retried:
        assert not isinstance(outcome, CognitoError)
        assert (outcome.attempts, outcome.retry_reasons) == (2, (case.told,))
    else:
        assert type(outcome) is getattr(errors, case.error)
        assert outcome.attempts == 1
    assert arrived == case.arrives + retried


def test_the_document_is_what_the_table_says() -> None:
    assert table.DOCUMENT.read_text(encoding="utf-8") == table.document(), (
        "PYTHONPATH=tests python tests/faults/table.py"
    )


def test_every_case_has_a_name_of_its_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


# What the table has no column for


@asynccontextmanager
async def played(fault: server.Fault, times: int | None = None, **options: Any) -> AsyncGenerator[Any]:
    """A server with a fault, and a client for it."""
    async with FaultServer(fault, times) as faults:
        stage = Stage(faults, None, None)
        async with client_of(stage, **options) as client:
            yield faults, client


async def test_one_call_may_meet_several_faults_and_tells_all_of_them() -> None:
    faults = [server.RESET, server.status(400, "TooManyRequestsException"), server.FINE]

    async def answer(peer: server.Peer, request: server.HttpRequest) -> None:
        fault = faults.pop(0)
        if fault.answer is None:
            await peer.send(server.response(200, server.success(request)))
        else:
            await fault.answer(peer, request)

    async with played(server.Fault(answer=answer)) as (_, client):
        metadata = (await get_user(client)).response_metadata
    assert metadata.attempts == 3
    assert metadata.retry_reasons == ("ConnectionLostError", "TooManyRequestsException")


async def test_an_answer_that_cannot_be_read_after_a_retry_tells_why_there_was_one() -> None:
    faults = [server.status(500), server.html(200)]

    async def answer(peer: server.Peer, request: server.HttpRequest) -> None:
        fault = faults.pop(0)
        assert fault.answer is not None
        await fault.answer(peer, request)

    async with played(server.Fault(answer=answer)) as (_, client):
        with pytest.raises(errors.InvalidResponseError) as caught:
            await get_user(client)
    assert caught.value.attempts == 2
    assert caught.value.retry_reasons == ("500",)


async def test_a_clock_that_is_wrong_is_learned_once_for_all_later_calls() -> None:
    async with played(server.CLOCK_AHEAD) as (faults, client):
        first = (await admin_get_user(client)).response_metadata
        second = (await admin_get_user(client)).response_metadata
    assert (first.attempts, first.retry_reasons) == (2, ("InvalidSignatureException",))
    assert (second.attempts, second.retry_reasons) == (1, ())
    signed = [
        datetime.strptime(request.header("X-Amz-Date"), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        for request in faults.requests
    ]
    assert abs(signed[1] - signed[0] - server.SKEW).total_seconds() < 5
    assert len({request.header("Authorization") for request in faults.requests[:2]}) == 2


async def test_a_refused_signature_without_a_skewed_clock_is_not_sent_again() -> None:
    async with played(server.status(400, "InvalidSignatureException")) as (faults, client):
        with pytest.raises(ServiceError) as caught:
            await admin_get_user(client)
    assert (caught.value.attempts, len(faults.requests)) == (1, 1)


@pytest.mark.parametrize("date", ["", "yesterday", "Tue, 99 Foo 2026 00:00:00 GMT", "x" * 1000])
async def test_a_refused_signature_with_a_date_that_is_none_is_not_sent_again(date: str) -> None:
    async with played(server.status(400, "InvalidSignatureException", Date=date)) as (_, client):
        with pytest.raises(ServiceError) as caught:
            await admin_get_user(client)
    assert caught.value.attempts == 1


async def test_all_attempts_of_a_call_have_one_id_and_their_number() -> None:
    async with played(server.status(503), times=2) as (faults, client):
        await get_user(client)
    assert len({request.header("amz-sdk-invocation-id") for request in faults.requests}) == 1
    numbers = [request.header("amz-sdk-request") for request in faults.requests]
    assert numbers == ["attempt=1; max=3", "attempt=2; max=3", "attempt=3; max=3"]


async def test_a_host_name_that_is_not_found_is_a_connect_error_and_retried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lookups = []

    async def getaddrinfo(host: str, *_: Any, **__: Any) -> Any:
        lookups.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    async with FaultServer() as faults:
        stage = Stage(faults, None, None)
        async with client_of(stage, endpoint_url="https://nowhere.example") as client:
            with pytest.raises(errors.ConnectError) as caught:
                await respond_to_auth_challenge(client)
    assert caught.value.attempts == 3
    assert lookups == ["nowhere.example"] * 3


async def test_what_a_server_sends_unasked_is_not_the_answer_to_the_next_call() -> None:
    async def answer(peer: server.Peer, request: server.HttpRequest) -> None:
        good = server.response(200, server.success(request))
        stray = server.response(200, server.success(request).replace(b'"ana"', b'"eve"'))
        await peer.send(good + (stray if peer.requests == 1 else b""))

    async with played(server.Fault(answer=answer)) as (_, client):
        names = [(await get_user(client)).username for _ in range(3)]
    assert names == ["ana"] * 3


async def test_a_connection_whose_answer_was_cut_short_is_not_used_again() -> None:
    async with played(server.TOO_SHORT_LENGTH, times=1) as (_, client):
        with pytest.raises(errors.TransportError):
            await get_user(client)
        assert (await get_user(client)).username == "ana"


async def test_connections_broken_at_any_moment_are_lost_connections() -> None:
    """RST may arrive before, while or after the request is written; aiohttp raises something else each time."""
    async with played(server.RESET_ON_CONNECT, retry_mode="off") as (_, client):
        calls = [get_user(client) for _ in range(200)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {errors.ConnectionLostError}


def test_writing_to_a_connection_that_closes_is_a_lost_connection() -> None:
    error = aiohttp.ClientConnectionResetError("Cannot write to closing transport")
    assert type(map_error(error, "host")) is errors.ConnectionLostError
