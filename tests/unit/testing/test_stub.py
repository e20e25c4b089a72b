"""StubTransport: responses, expected requests, recorded requests, and assertion messages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aioresponses import aioresponses

import cognito_async
from cognito_async import CognitoClient, Credentials, HTTPRequest, HTTPResponse, Transport, types
from cognito_async.errors import (
    ConfigurationError,
    ConnectError,
    ForbiddenException,
    InternalErrorException,
    InvalidRequestError,
    ReadTimeoutError,
    ServiceError,
    TooManyRequestsException,
    TransportError,
    UserNotFoundException,
)
from cognito_async.operations import METHODS
from cognito_async.testing import SentRequest, StubTransport
from cognito_async.types import (
    AdminCreateUserRequest,
    AdminDeleteUserRequest,
    AdminGetUserRequest,
    AdminGetUserResponse,
    AttributeType,
    EmptyResponse,
    InitiateAuthRequest,
    InitiateAuthResponse,
    ListUsersRequest,
    ListUsersResponse,
    SignUpRequest,
    SignUpResponse,
)

POOL = "eu-west-1_AbC123"
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
ANA = AdminGetUserResponse(
    username="ana",
    user_create_date=NOON,
    user_last_modified_date=NOON.replace(microsecond=250_000),
    enabled=True,
    user_status="CONFIRMED",
    user_attributes=[AttributeType(name="email", value="ana@example.com")],
)
EMPTY_PAGE = ListUsersResponse(users=[])


@pytest.fixture
def stub() -> StubTransport:
    return StubTransport()


@pytest.fixture
async def client(stub: StubTransport) -> AsyncIterator[CognitoClient]:
    async with stub.client() as client:
        yield client


async def get_user(client: CognitoClient, username: str = "ana") -> AdminGetUserResponse:
    return await client.admin_get_user(user_pool_id=POOL, username=username)


# Responses


async def test_a_response_equals_the_stubbed_one(stub: StubTransport, client: CognitoClient) -> None:
    stub.add(ANA)
    found = await get_user(client)
    assert found == ANA
    assert found is not ANA
    stub.assert_all_used()


async def test_a_response_from_the_dicts_of_boto3_may_lack_members(
    stub: StubTransport, client: CognitoClient
) -> None:
    stub.add(AdminGetUserResponse.from_wire({"Username": "ana"}))
    assert (await get_user(client)).username == "ana"


async def test_request_ids_are_numbered(stub: StubTransport, client: CognitoClient) -> None:
    stub.add(ANA, times=2)
    ids = [(await get_user(client)).response_metadata.request_id for _ in range(2)]
    assert ids == ["stub-1", "stub-2"]


async def test_metadata_of_a_stubbed_response_is_kept(stub: StubTransport, client: CognitoClient) -> None:
    metadata = {"RequestId": "r", "HTTPStatusCode": 201, "HTTPHeaders": {"x-more": "m"}}
    stub.add(SignUpResponse.from_wire({"UserConfirmed": True, "UserSub": "s", "ResponseMetadata": metadata}))
    metadata = (
        await client.sign_up(client_id="c", username="ana", password="Correct-Horse-7")
    ).response_metadata
    assert (metadata.request_id, metadata.http_status, metadata.headers["x-more"]) == ("r", 201, "m")


async def test_an_error_is_raised_as_if_the_service_sent_it(
    stub: StubTransport, client: CognitoClient
) -> None:
    prepared = UserNotFoundException("no such user")
    stub.add(prepared, to=AdminGetUserRequest)
    with pytest.raises(UserNotFoundException) as raised:
        await get_user(client)
    error = raised.value
    assert error is not prepared
    assert (error.operation, error.message, error.status) == ("AdminGetUser", "no such user", 400)
    assert (error.request_id, error.attempts) == ("stub-1", 1)
    assert error.members == {"__type": "UserNotFoundException", "message": "no such user"}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InternalErrorException("broken"), 500),
        (ForbiddenException("by the firewall"), 403),
        (InternalErrorException("broken", status=503), 503),
        (ServiceError("new", code="NewException", status=402), 402),
    ],
)
async def test_an_error_has_the_status_of_the_service(
    error: ServiceError, status: int, stub: StubTransport, client: CognitoClient
) -> None:
    stub.add(error)
    with pytest.raises(type(error)) as raised:
        await get_user(client.with_options(retries=0))
    assert (raised.value.status, raised.value.code) == (status, error.code)


async def test_headers_and_members_of_a_stubbed_error_are_kept(
    stub: StubTransport, client: CognitoClient
) -> None:
    error = UserNotFoundException("no", headers={"x-more": "m"}, members={"More": 1}, request_id="r")
    stub.add(error)
    with pytest.raises(UserNotFoundException) as raised:
        await get_user(client)
    assert raised.value.headers["x-more"] == "m"
    assert raised.value.members["More"] == 1
    assert raised.value.request_id == "r"


async def test_a_transport_error_is_raised_as_a_copy(stub: StubTransport, client: CognitoClient) -> None:
    prepared = ConnectError("no network")
    stub.add(prepared, to=AdminGetUserRequest, times=3)
    with pytest.raises(
        ConnectError, match=r"^AdminGetUser failed: no network \(3 attempts, retried after ConnectError\)\. "
    ):
        await get_user(client)
    assert (prepared.operation, prepared.attempts) == ("", 1)
    stub.assert_all_used()


async def test_a_function_creates_the_response_from_the_request(
    stub: StubTransport, client: CognitoClient
) -> None:
    def greet(request: AdminGetUserRequest) -> AdminGetUserResponse:
        return AdminGetUserResponse.from_wire({"Username": request.username.upper()})

    stub.add(greet, to=AdminGetUserRequest, times=2)
    assert (await get_user(client, "ana")).username == "ANA"
    assert (await get_user(client, "bob")).username == "BOB"


@pytest.mark.parametrize("error", [UserNotFoundException("no"), ReadTimeoutError("late")])
@pytest.mark.parametrize("how", ["returned", "raised"])
async def test_a_function_may_return_and_raise_errors(
    how: str, error: ServiceError | TransportError, stub: StubTransport, client: CognitoClient
) -> None:
    def fail(_: AdminGetUserRequest) -> ServiceError | TransportError:
        if how == "raised":
            raise error
        return error

    stub.add(fail, to=AdminGetUserRequest, times=None)
    with pytest.raises(type(error)) as raised:
        await get_user(client)
    assert raised.value.operation == "AdminGetUser"


async def test_other_exceptions_of_a_function_pass_through(
    stub: StubTransport, client: CognitoClient
) -> None:
    def fail(_: object) -> AdminGetUserResponse:
        raise LookupError("a fault of the test")

    stub.add(fail)
    with pytest.raises(LookupError, match="a fault of the test"):
        await get_user(client)


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        ({"Username": "ana"}, "expected a response, an error or a function .* got dict"),
        (EMPTY_PAGE, "AdminGetUser returns AdminGetUserResponse, not ListUsersResponse"),
    ],
)
async def test_a_function_must_return_a_response(
    returned: Any, words: str, stub: StubTransport, client: CognitoClient
) -> None:
    stub.add(lambda _: returned)
    with pytest.raises(TypeError, match=words):
        await get_user(client)


def raise_lookup_error(_: object) -> AdminGetUserResponse:
    raise LookupError("a fault of the test")


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (
            lambda _: EMPTY_PAGE,
            "TypeError: AdminGetUser returns AdminGetUserResponse, not ListUsersResponse",
        ),
        (raise_lookup_error, "LookupError: a fault of the test"),
    ],
)
async def test_a_function_without_a_response_fails_the_test_at_its_end_too(
    function: Callable[[Any], Any], why: str, stub: StubTransport, client: CognitoClient
) -> None:
    stub.add(function, to=AdminGetUserRequest)
    with suppress(Exception):
        await get_user(client)
    with pytest.raises(AssertionError) as raised:
        stub.assert_all_used()
    name = function.__name__
    assert str(raised.value) == f"no response from:\n  result of {name} to AdminGetUser\nerror:\n  {why}"


WRONG = AdminGetUserResponse.from_wire({"Username": "ana"})
object.__setattr__(WRONG, "enabled", "yes")


@pytest.mark.parametrize(
    ("response", "to", "error", "words"),
    [
        (None, AdminGetUserRequest, TypeError, "got NoneType"),
        (UserNotFoundException, AdminGetUserRequest, TypeError, "got the class UserNotFoundException"),
        (ANA, ListUsersRequest, TypeError, "ListUsers returns ListUsersResponse, not AdminGetUserRes"),
        (EmptyResponse(), None, TypeError, r"more than one operation: .* to=DeleteUserRequest"),
        (ANA, AdminGetUserResponse, TypeError, r"to= takes a request .* got AdminGetUserResponse"),
        (ANA, "admin_get_user", TypeError, r"to= takes a request .* got str"),
        (WRONG, None, InvalidRequestError, "AdminGetUserResponse: enabled: expected bool, got str 'yes'"),
    ],
)
def test_an_invalid_response_is_rejected_when_it_is_added(
    response: Any, to: Any, error: type[Exception], words: str, stub: StubTransport
) -> None:
    with pytest.raises(error, match=words):
        stub.add(response, to=to)
    stub.assert_all_used()


@pytest.mark.parametrize("times", [0, -1])
def test_times_is_at_least_one(times: int, stub: StubTransport) -> None:
    with pytest.raises(ValueError, match="at least 1, or None"):
        stub.add(ANA, times=times)


def test_every_operation_can_be_stubbed(stub: StubTransport) -> None:
    names = [name for names in METHODS.values() for name in names]
    requests = {
        value.operation.name: value
        for name in types.__all__
        if isinstance(value := getattr(types, name), type) and hasattr(value, "operation")
    }
    assert len(requests) == len(names)
    for name, request in requests.items():
        assert request.__name__ == f"{name}Request"
        assert request.operation.response in (EmptyResponse, getattr(types, f"{name}Response", None))


# Expected requests


async def test_responses_are_returned_in_the_order_they_were_added(
    stub: StubTransport, client: CognitoClient
) -> None:
    stub.add(ANA, times=2)
    stub.add(EMPTY_PAGE)
    await get_user(client)
    await get_user(client)
    await client.list_users(user_pool_id=POOL)
    stub.assert_all_used()


async def test_a_call_out_of_order_raises_with_the_call_and_the_stubbed_responses(
    stub: StubTransport, client: CognitoClient
) -> None:
    stub.add(ANA)
    stub.add(EMPTY_PAGE)
    with pytest.raises(AssertionError) as raised:
        await client.list_users(user_pool_id=POOL, limit=5)
    assert str(raised.value) == (
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


async def test_in_any_order_each_call_gets_the_first_unused_match() -> None:
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


async def test_in_any_order_a_call_without_match_lists_all_differences(
    stub: StubTransport, client: CognitoClient
) -> None:
    stub.in_order = False
    stub.add(EMPTY_PAGE)
    stub.add(ANA, having={"username": "ana"})
    with pytest.raises(AssertionError) as raised:
        await get_user(client, "bob")
    assert "  1. is for ListUsers\n  2. username: expected 'ana', got 'bob'\nstubbed" in str(raised.value)


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


async def test_equal_requests_match_in_any_form(stub: StubTransport, client: CognitoClient) -> None:
    expected = AdminCreateUserRequest(
        user_pool_id=POOL,
        username="ana",
        user_attributes=[AttributeType(name="email", value="ana@example.com")],
    )
    error = UserNotFoundException("no")
    stub.add(error, to=expected)
    with pytest.raises(UserNotFoundException):
        await client.admin_create_user(
            user_pool_id=POOL,
            username="ana",
            user_attributes=({"Name": "email", "Value": "ana@example.com"},),
        )
    stub.assert_all_used()


async def test_every_difference_from_the_expected_request_is_listed(
    stub: StubTransport, client: CognitoClient
) -> None:
    expected = AdminCreateUserRequest(
        user_pool_id=POOL,
        username="ana",
        user_attributes=[AttributeType(name="email", value="ana@example.com"), AttributeType(name="name")],
        desired_delivery_mediums=["EMAIL"],
    )
    stub.add(UserNotFoundException("no"), to=expected)
    with pytest.raises(AssertionError) as raised:
        await client.admin_create_user(
            user_pool_id=POOL,
            username="bob",
            user_attributes=[{"Name": "email", "Value": "bob@example.com"}, {"Name": "name"}],
            desired_delivery_mediums=["EMAIL", "SMS"],
            force_alias_creation=True,
        )
    why = str(raised.value).partition("because:\n")[2].partition("\nstubbed")[0].splitlines()
    assert why == [
        "  1. username: expected 'ana', got 'bob'",
        "  1. user_attributes[0].value: expected 'ana@example.com', got 'bob@example.com'",
        "  1. force_alias_creation: expected None, got True",
        "  1. desired_delivery_mediums: expected ['EMAIL'], got ['EMAIL', 'SMS']",
    ]


async def test_only_named_members_are_compared(stub: StubTransport, client: CognitoClient) -> None:
    stub.add(EMPTY_PAGE, having={"limit": 5, "pagination_token": None}, times=2)
    await client.list_users(user_pool_id=POOL, limit=5)
    with pytest.raises(AssertionError) as raised:
        await client.list_users(user_pool_id=POOL, limit=5, pagination_token="t")
    assert "pagination_token: expected None, got 't'" in str(raised.value)
    assert "ListUsersRequest(limit=5) with any other members, used 1 of 2" in str(raised.value)


async def test_maps_are_compared_entry_by_entry(stub: StubTransport, client: CognitoClient) -> None:
    resource = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbC123"
    stub.add(
        types.TagResourceResponse(),
        to=types.TagResourceRequest(resource_arn=resource, tags={"a": "1", "b": "2", "d": "4"}),
    )
    with pytest.raises(AssertionError) as raised:
        await client.tag_resource(resource_arn=resource, tags={"a": "1", "b": "3", "c": "3", "d": "4"})
    assert "  1. tags['b']: expected '2', got '3'\n  1. tags['c']: expected None, got '3'" in str(
        raised.value
    )


async def test_secrets_are_compared_but_not_shown(stub: StubTransport, client: CognitoClient) -> None:
    parameters = {"USERNAME": "ana", "PASSWORD": "canary-1"}
    response = InitiateAuthResponse.from_wire({})
    stub.add(
        response,
        to=InitiateAuthRequest(
            client_id="c", auth_flow="USER_PASSWORD_AUTH", auth_parameters=parameters, session="s" * 20
        ),
    )
    stub.add(SignUpResponse.from_wire({}), having={"password": "canary-2"})
    with pytest.raises(AssertionError) as raised:
        await client.initiate_auth(
            client_id="c",
            auth_flow="USER_PASSWORD_AUTH",
            auth_parameters=parameters | {"PASSWORD": "canary-3"},
        )
    message = str(raised.value)
    assert "auth_parameters['PASSWORD']: another secret\n" in message
    assert "session: expected '***', got None" in message
    assert "canary" not in message + repr(stub.sent)


@pytest.mark.parametrize(
    ("to", "having", "error", "words"),
    [
        (None, {"username": "ana"}, TypeError, "having= requires the class of a request"),
        (
            AdminDeleteUserRequest(user_pool_id=POOL, username="ana"),
            {"username": "ana"},
            TypeError,
            "having= requires the class of a request",
        ),
        (AdminDeleteUserRequest, {"user": "ana"}, ValueError, "names user, .* has user_pool_id, username"),
        (AdminDeleteUserRequest, {"username": 1}, InvalidRequestError, "Username: expected str, got int"),
    ],
)
def test_an_impossible_expectation_is_rejected(
    to: Any, having: dict[str, Any], error: type[Exception], words: str, stub: StubTransport
) -> None:
    with pytest.raises(error, match=words):
        stub.add(UserNotFoundException("no"), to=to, having=having)


# Unused responses


async def test_unused_responses_are_listed(stub: StubTransport, client: CognitoClient) -> None:
    stub.add(ANA, times=3)
    stub.add(EMPTY_PAGE)
    stub.add(lambda _: ANA, to=AdminGetUserRequest)
    await get_user(client)
    with pytest.raises(AssertionError) as raised:
        stub.assert_all_used()
    assert str(raised.value).splitlines() == [
        "not all responses were used:",
        "  1. AdminGetUserResponse to AdminGetUser, used 1 of 3",
        "  2. ListUsersResponse to ListUsers, used 0 of 1",
        "  3. result of <lambda> to AdminGetUser, used 0 of 1",
    ]


def test_the_end_of_a_with_block_checks_that_all_were_used() -> None:
    with pytest.raises(AssertionError, match="TooManyRequestsException to any call, used 0 of 1"):  # noqa: SIM117
        with StubTransport() as stub:
            stub.add(TooManyRequestsException("slow down"))


def test_an_error_in_a_with_block_is_not_replaced() -> None:
    with pytest.raises(LookupError), StubTransport() as stub:  # noqa: PT012
        stub.add(ANA)
        raise LookupError


async def test_a_call_without_match_fails_the_test_even_if_the_code_caught_it(
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
    waits: list[float] = []
    sleep: Callable[[float], Any] = asyncio.sleep

    async def note(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", note)
    stub.add(TooManyRequestsException("slow down", headers={"x-amz-retry-after": "4000"}), times=2)
    stub.add(ANA)
    metadata = (await get_user(client)).response_metadata
    assert (metadata.attempts, metadata.retry_reasons) == (3, ("TooManyRequestsException",) * 2)
    assert waits
    assert set(waits) == {0}


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


@pytest.mark.parametrize(
    "variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "AWS_SDK_UA_APP_ID"]
)
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


async def test_a_request_without_a_target_raises_with_its_method_and_url(stub: StubTransport) -> None:
    request = HTTPRequest("GET", "https://example.com/keys", {}, b"")
    with pytest.raises(
        AssertionError, match=r"^GET https://example\.com/keys is not a call of the user pools API$"
    ):
        await stub.send(request, timeout=None, resend=False)


# Other transports


class Echo:
    """A transport that is not part of the package."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __bool__(self) -> bool:
        return False

    async def prepare(self, url: str) -> None:
        self.calls.append(f"prepare {url}")

    async def send(self, request: HTTPRequest, *, timeout: float | None, resend: bool) -> HTTPResponse:
        self.calls.append(f"{request.method} {request.url} {request.body.decode()}")
        return HTTPResponse(200, {}, b'{"Username": "echo"}')

    async def close(self) -> None:
        self.calls.append("close")


async def test_a_client_accepts_any_transport_and_closes_it() -> None:
    transport = Echo()
    checked: Transport = transport
    credentials = Credentials(access_key_id="a", secret_access_key="b")
    async with CognitoClient(region="eu-west-1", credentials=credentials, transport=checked) as client:
        assert (await get_user(client)).username == "echo"
    url = "https://cognito-idp.eu-west-1.amazonaws.com"
    body = '{"UserPoolId":"eu-west-1_AbC123","Username":"ana"}'
    assert transport.calls == [f"prepare {url}", f"POST {url} {body}", "close"]


async def test_a_client_without_calls_closes_its_transport() -> None:
    transport = Echo()
    async with CognitoClient(region="eu-west-1", transport=transport):
        pass
    assert transport.calls == ["close"]


async def test_a_transport_whose_preparation_failed_is_closed_with_the_client() -> None:
    class Broken(Echo):
        async def prepare(self, url: str) -> None:
            raise ConnectError(f"{url}: not ready")

    transport = Broken()
    async with CognitoClient(region="eu-west-1", transport=transport) as client:
        with pytest.raises(ConnectError):
            await client.confirm_sign_up(client_id="c", username="ana", confirmation_code="123456")
    assert transport.calls == ["close"]


async def test_a_transport_and_a_session_exclude_each_other() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(ConfigurationError, match="session= and transport="):
            CognitoClient(region="eu-west-1", session=session, transport=StubTransport())


async def test_aioresponses_intercepts_the_calls_of_an_ordinary_client() -> None:
    url = "https://cognito-idp.eu-west-1.amazonaws.com/"
    credentials = Credentials(access_key_id="a", secret_access_key="b")
    with aioresponses() as mocked:
        mocked.post(url, payload={"Username": "ana"}, headers={"x-amzn-requestid": "r"})
        mocked.post(url, status=400, payload={"__type": "UserNotFoundException", "message": "no such user"})
        mocked.post(url, exception=aiohttp.ServerDisconnectedError())
        mocked.post(url, payload={"Username": "bob"})
        async with CognitoClient(region="eu-west-1", credentials=credentials) as client:
            found = await get_user(client)
            assert (found.username, found.response_metadata.request_id) == ("ana", "r")
            with pytest.raises(UserNotFoundException, match="no such user"):
                await get_user(client)
            again = await get_user(client)
            assert again.username == "bob"
            assert again.response_metadata.retry_reasons == ("ConnectionLostError",)
        mocked.assert_called()


def test_the_types_of_a_transport_are_exported_by_the_package() -> None:
    assert {"HTTPRequest", "HTTPResponse", "Transport"} <= set(cognito_async.__all__)
    assert cognito_async.testing.SentRequest is SentRequest
