"""Waiters for import jobs and domains, on a fake clock."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from cognito_async import CognitoClient, types
from cognito_async.errors import (
    CognitoError,
    InvalidRequestError,
    InvalidResponseError,
    ReadTimeoutError,
    RequestTimeoutError,
    ResourceNotFoundException,
    WaiterError,
    WaiterTimeoutError,
)
from cognito_async.transport import HTTPResponse
from cognito_async.waiters import wait_for_domain, wait_for_import_job
from support.transports import HANG, FakeClock, ScriptedTransport, client_with, error_response, http_response

POOL = "eu-west-1_AbC123"
WAITERS: list[Callable[..., Awaitable[Any]]] = [
    lambda client, **options: wait_for_import_job(client, user_pool_id=POOL, job_id="import-1", **options),
    lambda client, **options: wait_for_domain(client, domain="auth", **options),
]


def job(status: str, **members: Any) -> HTTPResponse:
    """Return a response that describes an import job."""
    ids = {"JobId": "import-1", "UserPoolId": POOL}
    description = ids | {"Status": status, "PreSignedUrl": "https://canary"} | members
    return http_response(body={"UserImportJob": description})


def domain(status: str) -> HTTPResponse:
    """Return a response that describes a domain."""
    return http_response(body={"DomainDescription": {"Domain": "auth", "Status": status}})


def unfinished(status: str) -> HTTPResponse:
    """Return a response to both operations, with a status that is not final."""
    description = {"UserImportJob": {"JobId": "import-1", "UserPoolId": POOL, "Status": status}}
    return http_response(body=description | {"DomainDescription": {"Domain": "auth", "Status": status}})


def scripted(*steps: Any, **arguments: Any) -> tuple[CognitoClient, ScriptedTransport, FakeClock]:
    """Return a client with a scripted transport and a fake clock."""
    transport, clock = ScriptedTransport(*steps), FakeClock()
    return client_with(transport, clock, **arguments), transport, clock


async def test_a_job_that_succeeds_is_returned_with_its_numbers() -> None:
    steps = [
        job("Created"),
        job("Pending"),
        job("InProgress"),
        job("Succeeded", ImportedUsers=7, FailedUsers=1),
    ]
    client, transport, clock = scripted(*steps)
    done = await wait_for_import_job(client, user_pool_id=POOL, job_id="import-1")
    assert (done.status, done.imported_users, done.failed_users) == ("Succeeded", 7, 1)
    assert transport.json == {"UserPoolId": POOL, "JobId": "import-1"}
    assert clock.slept == [2.0, 3.0, 4.5]


async def test_a_domain_that_becomes_active_is_returned() -> None:
    client, transport, clock = scripted(domain("CREATING"), domain("UPDATING"), domain("ACTIVE"))
    active = await wait_for_domain(client, domain="auth", delay=1)
    assert active == types.DomainDescriptionType(domain="auth", status="ACTIVE")
    assert transport.json == {"Domain": "auth"}
    assert clock.slept == [1.0, 1.5]


@pytest.mark.parametrize("waiter", WAITERS)
async def test_work_that_is_done_already_is_returned_without_a_delay(waiter: Any) -> None:
    both = {"UserImportJob": {"Status": "Succeeded"}, "DomainDescription": {"Status": "ACTIVE"}}
    client, transport, clock = scripted(http_response(body=both))
    await waiter(client)
    assert len(transport.sent) == 1
    assert clock.slept == []


@pytest.mark.parametrize("status", ["Failed", "Expired", "Stopped"])
async def test_a_failed_job_is_an_error_with_its_message(status: str) -> None:
    client, *_ = scripted(job("InProgress"), job(status, CompletionMessage="Too many users have failed."))
    with pytest.raises(WaiterError) as caught:
        await wait_for_import_job(client, user_pool_id=POOL, job_id="import-1")
    assert type(caught.value) is WaiterError
    text = f"import job import-1 ended as {status}: Too many users have failed."
    assert str(caught.value) == f"{text} {WaiterError.advice}"
    assert caught.value.last.status == status
    assert "canary" not in repr(caught.value) + repr(caught.value.last)


async def test_a_job_without_a_message_has_none_in_its_error() -> None:
    client, *_ = scripted(job("Stopped"))
    with pytest.raises(WaiterError, match=r"^import job import-1 ended as Stopped\. "):
        await wait_for_import_job(client, user_pool_id=POOL, job_id="import-1")


@pytest.mark.parametrize("status", ["FAILED", "DELETING"])
async def test_a_failed_domain_is_an_error(status: str) -> None:
    client, *_ = scripted(domain("CREATING"), domain(status))
    with pytest.raises(WaiterError, match=rf"^domain auth is {status}\. "):
        await wait_for_domain(client, domain="auth")


async def test_a_domain_that_does_not_exist_is_an_error() -> None:
    client, *_ = scripted(http_response(body={"DomainDescription": {}}))
    with pytest.raises(WaiterError, match=r"^there is no domain auth\. "):
        await wait_for_domain(client, domain="auth")


@pytest.mark.parametrize("waiter", WAITERS)
async def test_delays_grow_by_half_up_to_thirty_seconds(waiter: Any) -> None:
    client, _, clock = scripted(*[unfinished("CREATING")] * 100)
    with pytest.raises(WaiterTimeoutError):
        await waiter(client, timeout=200, delay=10)
    assert clock.slept[:5] == [10.0, 15.0, 22.5, 30.0, 30.0]


async def test_a_delay_above_thirty_seconds_stays_constant() -> None:
    client, _, clock = scripted(*[domain("CREATING")] * 3, domain("ACTIVE"))
    await wait_for_domain(client, domain="auth", delay=60)
    assert clock.slept == [60.0, 60.0, 60.0]


@pytest.mark.parametrize("waiter", WAITERS)
@pytest.mark.parametrize(("timeout", "last_call_at"), [(100, 99.0), (5, 4.5), (0.1, 0.09)])
async def test_the_last_call_is_just_before_the_timeout(
    waiter: Any, timeout: float, last_call_at: float
) -> None:
    client, _, clock = scripted(*[unfinished("UPDATING")] * 100)
    with pytest.raises(WaiterTimeoutError) as caught:
        await waiter(client, timeout=timeout)
    assert sum(clock.slept) == pytest.approx(last_call_at, abs=1e-5)
    assert f" is still UPDATING after {timeout:g} seconds. {caught.value.advice}" in str(caught.value)
    assert caught.value.last.status == "UPDATING"


@pytest.mark.parametrize("waiter", WAITERS)
@pytest.mark.parametrize("overrun", [1.5, 55.0])
async def test_a_delay_that_ends_after_the_deadline_is_a_timeout(waiter: Any, overrun: float) -> None:
    client, transport, clock = scripted(*[unfinished("UPDATING")] * 100)

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        clock.now += overrun

    client._pipeline.effects = client._pipeline.effects._replace(sleep=sleep)
    with pytest.raises(WaiterTimeoutError, match=r" is still UPDATING after 50 seconds\. ") as caught:
        await waiter(client, timeout=50)
    assert caught.value.last.status == "UPDATING"
    assert len(transport.sent) == len(clock.slept)  # none after the last delay


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"UserImportJob": None, "DomainDescription": None},
        {"UserImportJob": "Pending", "DomainDescription": "ACTIVE"},
        {"UserImportJob": {"Status": ["Pending"]}, "DomainDescription": {"Status": ["ACTIVE"]}},
    ],
)
@pytest.mark.parametrize("waiter", WAITERS)
async def test_a_response_without_the_description_is_an_error(waiter: Any, body: Any) -> None:
    client, transport, _ = scripted(http_response(body=body))
    with pytest.raises(InvalidResponseError) as caught:
        await waiter(client)
    assert str(caught.value) == (
        f"{caught.value.operation} failed: the description has no status (HTTP 200, request id request-1). "
        "Check where endpoint_url of client.config points to."
    )
    headers = transport.sent[-1].headers
    assert headers["X-Amz-Target"].endswith(f".{caught.value.operation}")


@pytest.mark.parametrize("waiter", WAITERS)
async def test_a_hanging_call_does_not_exceed_the_timeout(waiter: Any) -> None:
    client, transport, clock = scripted(HANG, timeout=None)
    await client._pipeline.prepare()
    with pytest.raises(WaiterTimeoutError, match=r": no response within 0.01 seconds\. ") as caught:
        await waiter(client, timeout=0.01)
    assert isinstance(caught.value.__cause__, RequestTimeoutError)
    assert caught.value.last is None
    assert transport.timeouts == [pytest.approx(0.01, abs=0.01)]
    assert clock.slept == []


@pytest.mark.parametrize("waiter", WAITERS)
async def test_a_call_has_at_most_the_timeout_of_the_client(waiter: Any) -> None:
    client, transport, _ = scripted(HANG, timeout=60)
    await client._pipeline.prepare()
    with pytest.raises(RequestTimeoutError):
        await waiter(client.with_options(timeout=0.01), timeout=1000)
    assert transport.timeouts == [pytest.approx(0.01, abs=0.01)]


async def test_a_read_timeout_is_raised_unchanged() -> None:
    client, *_ = scripted(ReadTimeoutError("no response"), retry_mode="off")
    with pytest.raises(ReadTimeoutError):
        await wait_for_domain(client, domain="auth", timeout=10)


@pytest.mark.parametrize("waiter", WAITERS)
async def test_errors_of_the_service_are_raised_unchanged(waiter: Any) -> None:
    client, *_ = scripted(error_response("ResourceNotFoundException"))
    with pytest.raises(ResourceNotFoundException):
        await waiter(client)


@pytest.mark.parametrize("waiter", WAITERS)
async def test_waiting_can_be_cancelled(waiter: Any) -> None:
    client, transport, _ = scripted(HANG)
    task = asyncio.ensure_future(waiter(client))
    await transport.hanging.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_delay_can_be_cancelled() -> None:
    client, *_ = scripted(domain("CREATING"))
    sleeping = asyncio.Event()

    async def sleep(_: float) -> None:
        sleeping.set()
        await asyncio.Event().wait()

    client._pipeline.effects = client._pipeline.effects._replace(sleep=sleep)
    task = asyncio.ensure_future(wait_for_domain(client, domain="auth"))
    await sleeping.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("name", ["timeout", "delay"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "5", None, True])
@pytest.mark.parametrize("waiter", WAITERS)
async def test_timeout_and_delay_must_be_numbers_of_seconds(waiter: Any, name: str, value: Any) -> None:
    client, transport, _ = scripted()
    with pytest.raises(InvalidRequestError, match=f"^waiters: {name}: expected a number of seconds"):
        await waiter(client, **{name: value})
    assert transport.sent == []


def test_a_waiter_timeout_error_is_an_error_of_the_package_and_can_be_pickled() -> None:
    error = WaiterTimeoutError("not in time", types.DomainDescriptionType(domain="auth"))
    assert isinstance(error, TimeoutError)
    assert isinstance(error, CognitoError)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.last) == (type(error), str(error), error.last)
