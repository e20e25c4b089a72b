"""StubTransport: order and number of responses, recorded requests, and its client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from cognito_async import CognitoClient, Credentials, HTTPRequest
from cognito_async.errors import (
    ConfigurationError,
    InvalidRequestError,
    TooManyRequestsException,
    UserNotFoundException,
)
from cognito_async.testing import StubTransport
from cognito_async.types import (
    AdminCreateUserRequest,
    AdminDeleteUserRequest,
    AdminGetUserRequest,
    AdminGetUserResponse,
    AttributeType,
    EmptyResponse,
    ListUsersResponse,
    SignUpRequest,
    SignUpResponse,
)
from support.calls import POOL, get_user

ANA = AdminGetUserResponse.from_wire({"Username": "ana"})
EMPTY_PAGE = ListUsersResponse(users=[])


# Order and number of responses


async def test_responses_are_returned_in_the_order_they_were_added(
    stub: StubTransport, client: CognitoClient
) -> None:
    stub.add(ANA, times=2)
    stub.add(EMPTY_PAGE)
    await get_user(client)
    await get_user(client)
    await client.list_users(user_pool_id=POOL)
    stub.assert_all_used()


async def test_the_error_of_a_call_out_of_order_shows_the_call_and_all_stubbed_responses(
    stub: StubTransport, client: CognitoClient
) -> None:
    stub.add(ANA)
    stub.add(EMPTY_PAGE)
    with pytest.raises(AssertionError) as caught:
        await client.list_users(user_pool_id=POOL, limit=5)
    assert str(caught.value) == (
        "no stubbed response matches:\n"
        "  ListUsersRequest(user_pool_id='eu-west-1_AbC123', limit=5)\n"
        "because:\n"
        "  1. is for AdminGetUser\n"
        "stubbed:\n"
        "  1. AdminGetUserResponse to AdminGetUser, used 0 of 1\n"
        "  2. ListUsersResponse to ListUsers, used 0 of 1"
    )


async def test_a_call_without_stubbed_responses_raises(stub: StubTransport, client: CognitoClient) -> None:
    with pytest.raises(AssertionError, match=r"because:\n  all are used\nstubbed:\n  nothing$"):
        await get_user(client)


async def test_a_call_after_the_last_response_raises(stub: StubTransport, client: CognitoClient) -> None:
    stub.add(ANA)
    await get_user(client)
    with pytest.raises(AssertionError, match=r"because:\n  all are used\nstubbed:\n  1\. .* used 1 of 1$"):
        await get_user(client)


async def test_in_any_order_each_call_gets_the_first_matching_response_that_is_left() -> None:
    stub = StubTransport(in_order=False)
    first, second = (AdminGetUserResponse.from_wire({"Username": name}) for name in ("first", "second"))
    stub.add(first, having={"username": "ana"})
    stub.add(second)
    stub.add(EMPTY_PAGE)
    async with stub.client() as client:
        await client.list_users(user_pool_id=POOL)
        assert (await get_user(client, "bob")).username == "second"
        assert (await get_user(client, "ana")).username == "first"
        with pytest.raises(AssertionError, match="all are used"):
            await get_user(client, "ana")


async def test_in_any_order_the_error_of_a_call_without_match_lists_all_differences(
    stub: StubTransport, client: CognitoClient
) -> None:
    stub.in_order = False
    stub.add(EMPTY_PAGE)
    stub.add(ANA, having={"username": "ana"})
    with pytest.raises(AssertionError) as caught:
        await get_user(client, "bob")
    assert "  1. is for ListUsers\n  2. username: expected 'ana', got 'bob'\nstubbed" in str(caught.value)


async def test_a_response_for_any_number_of_requests_may_stay_unused(
    stub: StubTransport, client: CognitoClient
) -> None:
    stub.add(ANA, times=None)
    stub.add(EMPTY_PAGE)
    stub.add(SignUpResponse.from_wire({}), times=None)
    await get_user(client)
    await client.list_users(user_pool_id=POOL)
    await get_user(client)
    stub.assert_all_used()
    with pytest.raises(AssertionError, match="AdminGetUser, used 2 of any number"):
        await client.list_users(user_pool_id=POOL)


# Unused responses


async def test_unused_responses_are_listed(stub: StubTransport, client: CognitoClient) -> None:
    stub.add(ANA, times=3)
    stub.add(EMPTY_PAGE)
    stub.add(lambda _: ANA, to=AdminGetUserRequest)
    await get_user(client)
    with pytest.raises(AssertionError) as caught:
        stub.assert_all_used()
    assert str(caught.value).splitlines() == [
        "not all responses were used:",
        "  1. AdminGetUserResponse to AdminGetUser, used 1 of 3",
        "  2. ListUsersResponse to ListUsers, used 0 of 1",
        "  3. result of <lambda> to AdminGetUser, used 0 of 1",
    ]


def test_the_end_of_a_with_block_raises_if_a_response_was_not_used() -> None:
    with pytest.raises(AssertionError, match="TooManyRequestsException to any call, used 0 of 1"):  # noqa: SIM117
        with StubTransport() as stub:
            stub.add(TooManyRequestsException("slow down"))


def test_an_error_in_a_with_block_is_not_replaced() -> None:
    with pytest.raises(LookupError), StubTransport() as stub:  # noqa: PT012
        stub.add(ANA)
        raise LookupError


async def test_a_call_without_match_fails_the_test_even_if_the_tested_code_caught_the_error(
    stub: StubTransport, client: CognitoClient
) -> None:
    for name in ("ana", "bob"):
        with pytest.raises(AssertionError):
            await get_user(client, name)
    with pytest.raises(AssertionError, match=r"(?s)username='ana'.*username='bob'"):
        stub.assert_all_used()


# Recorded requests


async def test_requests_are_recorded_as_objects(stub: StubTransport, client: CognitoClient) -> None:
    stub.add(UserNotFoundException("no"))
    stub.add(EmptyResponse(), to=AdminDeleteUserRequest)
    attributes = [AttributeType(name="email", value="ana@example.com")]
    with pytest.raises(UserNotFoundException):
        await client.admin_create_user(user_pool_id=POOL, username="ana", user_attributes=attributes)
    await client.admin_delete_user(user_pool_id=POOL, username="ana")
    assert stub.requests == [
        AdminCreateUserRequest(user_pool_id=POOL, username="ana", user_attributes=attributes),
        AdminDeleteUserRequest(user_pool_id=POOL, username="ana"),
    ]


async def test_headers_are_recorded_and_show_whether_a_request_was_signed(
    stub: StubTransport, client: CognitoClient
) -> None:
    stub.add(ANA)
    stub.add(SignUpResponse.from_wire({}))
    await get_user(client)
    await client.sign_up(client_id="c", username="ana", password="canary-password")
    signed, unsigned = stub.sent
    assert (signed.signed, unsigned.signed) == (True, False)
    assert "Credential=testing/" in signed.headers["authorization"]
    assert signed.headers["X-Amz-Target"] == signed.headers["x-amz-target"]
    assert signed.headers["x-amz-target"].endswith(".AdminGetUser")
    assert isinstance(unsigned.request, SignUpRequest)
    assert unsigned.request.password == "canary-password"
    assert repr(signed) == f"SentRequest(AdminGetUserRequest(user_pool_id={POOL!r}, username='ana'), signed)"
    assert repr(unsigned).endswith("password='***'), not signed)")


async def test_an_invalid_request_is_not_recorded(stub: StubTransport, client: CognitoClient) -> None:
    with pytest.raises(InvalidRequestError):
        await client.admin_get_user(user_pool_id="", username="ana")
    assert stub.sent == []


# The client


async def test_a_throttled_call_is_retried_without_a_delay(
    stub: StubTransport, client: CognitoClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    delays: list[float] = []
    sleep: Callable[[float], Any] = asyncio.sleep

    async def recorded_sleep(seconds: float) -> None:
        delays.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", recorded_sleep)
    stub.add(TooManyRequestsException("slow down", headers={"x-amz-retry-after": "4000"}), times=2)
    stub.add(ANA)
    metadata = (await get_user(client)).response_metadata
    assert (metadata.attempts, metadata.retry_reasons) == (3, ("TooManyRequestsException",) * 2)
    assert delays
    assert set(delays) == {0}


async def test_the_client_of_a_stub_ignores_environment_and_files(
    stub: StubTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_PROFILE": "nowhere",
        "AWS_REGION": "xx-nowhere-1",
        "AWS_ENDPOINT_URL": "http://localstack:4566",
        "AWS_RETRY_MODE": "off",
        "AWS_MAX_ATTEMPTS": "9",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "HTTPS_PROXY": "http://proxy.example",
    }.items():
        monkeypatch.setenv(name, value)
    stub.add(TooManyRequestsException("slow down"))
    stub.add(ANA)
    async with stub.client() as client:
        assert await get_user(client) == ANA
        config = client.config
    assert (config.region, config.retry_mode, config.max_attempts) == ("eu-west-1", "standard", 3)
    assert "/eu-west-1/cognito-idp/" in stub.sent[0].headers["authorization"]


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"])
async def test_the_client_of_a_stub_ignores_invalid_variables(
    variable: str, stub: StubTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "<no URL and no name>")
    with pytest.raises(ConfigurationError, match=variable):
        CognitoClient(region="eu-west-1")
    stub.add(ANA)
    async with stub.client() as client:
        assert await get_user(client) == ANA
        assert (client.config.endpoint_url, client.config.app_id) == (None, None)


async def test_settings_of_a_stub_client_take_precedence_over_the_defaults(stub: StubTransport) -> None:
    credentials = Credentials(access_key_id="mine", secret_access_key="s", session_token="t")
    stub.add(TooManyRequestsException("slow down"))
    async with stub.client(region="us-west-2", retry_mode="off", credentials=credentials) as client:
        with pytest.raises(TooManyRequestsException):
            await get_user(client)
    assert "Credential=mine/" in stub.sent[0].headers["authorization"]
    assert "/us-west-2/" in stub.sent[0].headers["authorization"]


async def test_a_stub_serves_several_clients_in_turn(stub: StubTransport) -> None:
    stub.add(ANA, times=2)
    for _ in range(2):
        async with stub.client() as client:
            await get_user(client)
    stub.assert_all_used()


async def test_each_page_is_a_stubbed_response(stub: StubTransport, client: CognitoClient) -> None:
    page = {"Users": [{"Username": "ana"}], "PaginationToken": "next"}
    stub.add(ListUsersResponse.from_wire(page), having={"pagination_token": None})
    stub.add(EMPTY_PAGE, having={"pagination_token": "next"})
    users = await client.get_paginator("list_users").paginate(user_pool_id=POOL).collect()
    assert [user.username for user in users] == ["ana"]
    stub.assert_all_used()


async def test_other_tasks_run_during_a_call(stub: StubTransport, client: CognitoClient) -> None:
    stub.add(ANA, times=2)
    await get_user(client)
    order: list[str] = []

    async def call() -> None:
        await get_user(client)
        order.append("call")

    async def other() -> None:
        order.append("other")

    await asyncio.gather(call(), other())
    assert order == ["other", "call"]


def test_the_stub_works_on_several_event_loops_in_turn(stub: StubTransport) -> None:
    stub.add(ANA, times=2)
    client = stub.client()
    for _ in range(2):
        assert asyncio.run(get_user(client)) == ANA


async def test_a_request_that_is_not_a_call_of_the_api_raises_and_fails_the_test_at_its_end(
    stub: StubTransport,
) -> None:
    request = HTTPRequest("GET", "https://example.com/keys", {}, b"")
    with pytest.raises(
        AssertionError, match=r"^GET https://example\.com/keys is not a call of the user pools API$"
    ):
        await stub.send(request, timeout=None, resend=False)
    assert stub.sent == []
    with pytest.raises(AssertionError, match=r"^GET https://example\.com/keys is not a call"):
        stub.assert_all_used()
