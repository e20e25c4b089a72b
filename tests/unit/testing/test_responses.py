"""Stubbed responses: responses and errors as the service sends them, and functions in their place."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from cognito_async import CognitoClient, types
from cognito_async.errors import (
    ConnectError,
    ForbiddenException,
    InternalErrorException,
    InvalidRequestError,
    ReadTimeoutError,
    ServiceError,
    TransportError,
    UserNotFoundException,
)
from cognito_async.operations import METHODS
from cognito_async.testing import StubTransport
from cognito_async.types import (
    AdminGetUserRequest,
    AdminGetUserResponse,
    AttributeType,
    EmptyResponse,
    ListUsersRequest,
    ListUsersResponse,
    SignUpResponse,
)
from support.calls import get_user

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


def raise_lookup_error(_: object) -> AdminGetUserResponse:
    raise LookupError("a mistake in the test")


async def test_a_response_equals_the_stubbed_one(stub: StubTransport, client: CognitoClient) -> None:
    stub.add(ANA)
    response = await get_user(client)
    assert response == ANA
    assert response is not ANA
    stub.assert_all_used()


async def test_a_response_in_wire_form_may_lack_required_members(
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
    stubbed = UserNotFoundException("no such user")
    stub.add(stubbed, to=AdminGetUserRequest)
    with pytest.raises(UserNotFoundException) as caught:
        await get_user(client)
    error = caught.value
    assert error is not stubbed
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
async def test_an_error_has_the_status_that_the_service_uses_for_it(
    error: ServiceError, status: int, stub: StubTransport, client: CognitoClient
) -> None:
    stub.add(error)
    with pytest.raises(type(error)) as caught:
        await get_user(client.with_options(retries=0))
    assert (caught.value.status, caught.value.code) == (status, error.code)


async def test_headers_and_members_of_a_stubbed_error_are_kept(
    stub: StubTransport, client: CognitoClient
) -> None:
    error = UserNotFoundException("no", headers={"x-more": "m"}, members={"More": 1}, request_id="r")
    stub.add(error)
    with pytest.raises(UserNotFoundException) as caught:
        await get_user(client)
    assert caught.value.headers["x-more"] == "m"
    assert caught.value.members["More"] == 1
    assert caught.value.request_id == "r"


async def test_a_transport_error_is_raised_as_a_copy_and_is_retried(
    stub: StubTransport, client: CognitoClient
) -> None:
    stubbed = ConnectError("no network")
    stub.add(stubbed, to=AdminGetUserRequest, times=3)
    with pytest.raises(
        ConnectError, match=r"^AdminGetUser failed: no network \(3 attempts, retried after ConnectError\)\. "
    ):
        await get_user(client)
    assert (stubbed.operation, stubbed.attempts) == ("", 1)
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
    with pytest.raises(type(error)) as caught:
        await get_user(client)
    assert caught.value.operation == "AdminGetUser"


async def test_other_exceptions_of_a_function_pass_through(
    stub: StubTransport, client: CognitoClient
) -> None:
    stub.add(raise_lookup_error)
    with pytest.raises(LookupError, match="a mistake in the test"):
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


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (
            lambda _: EMPTY_PAGE,
            "TypeError: AdminGetUser returns AdminGetUserResponse, not ListUsersResponse",
        ),
        (raise_lookup_error, "LookupError: a mistake in the test"),
    ],
)
async def test_a_function_that_returns_no_response_fails_the_test_even_if_the_code_caught_the_error(
    function: Callable[[Any], Any], error: str, stub: StubTransport, client: CognitoClient
) -> None:
    stub.add(function, to=AdminGetUserRequest)
    with suppress(Exception):
        await get_user(client)
    with pytest.raises(AssertionError) as caught:
        stub.assert_all_used()
    name = function.__name__
    assert str(caught.value) == f"no response from:\n  result of {name} to AdminGetUser\nerror:\n  {error}"


INVALID = AdminGetUserResponse.from_wire({"Username": "ana"})
object.__setattr__(INVALID, "enabled", "yes")


@pytest.mark.parametrize(
    ("response", "to", "error", "words"),
    [
        (None, AdminGetUserRequest, TypeError, "got NoneType"),
        (UserNotFoundException, AdminGetUserRequest, TypeError, "got the class UserNotFoundException"),
        (ANA, ListUsersRequest, TypeError, "ListUsers returns ListUsersResponse, not AdminGetUserRes"),
        (EmptyResponse(), None, TypeError, r"more than one operation: .* to=DeleteUserRequest"),
        (ANA, AdminGetUserResponse, TypeError, r"to= takes a request .* got AdminGetUserResponse"),
        (ANA, "admin_get_user", TypeError, r"to= takes a request .* got str"),
        (INVALID, None, InvalidRequestError, "AdminGetUserResponse: enabled: expected bool, got str 'yes'"),
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


def test_every_operation_has_a_request_and_a_response_of_its_name() -> None:
    # Stubs find the operation of a response by this rule, and the shape of a received request.
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
