"""Requests that a stubbed response is for, and the differences of others."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async import CognitoClient, types
from cognito_async.errors import InvalidRequestError, UserNotFoundException
from cognito_async.testing import StubTransport
from cognito_async.types import (
    AdminCreateUserRequest,
    AdminDeleteUserRequest,
    AttributeType,
    InitiateAuthRequest,
    InitiateAuthResponse,
    ListUsersResponse,
    SignUpResponse,
)
from support.calls import POOL

EMPTY_PAGE = ListUsersResponse(users=[])


async def test_a_request_matches_in_any_equivalent_form(stub: StubTransport, client: CognitoClient) -> None:
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
    with pytest.raises(AssertionError) as caught:
        await client.admin_create_user(
            user_pool_id=POOL,
            username="bob",
            user_attributes=[{"Name": "email", "Value": "bob@example.com"}, {"Name": "name"}],
            desired_delivery_mediums=["EMAIL", "SMS"],
            force_alias_creation=True,
        )
    differences = str(caught.value).partition("because:\n")[2].partition("\nstubbed")[0].splitlines()
    assert differences == [
        "  1. username: expected 'ana', got 'bob'",
        "  1. user_attributes[0].value: expected 'ana@example.com', got 'bob@example.com'",
        "  1. force_alias_creation: expected None, got True",
        "  1. desired_delivery_mediums: expected ['EMAIL'], got ['EMAIL', 'SMS']",
    ]


async def test_with_having_only_the_named_members_are_compared(
    stub: StubTransport, client: CognitoClient
) -> None:
    stub.add(EMPTY_PAGE, having={"limit": 5, "pagination_token": None}, times=2)
    await client.list_users(user_pool_id=POOL, limit=5)
    with pytest.raises(AssertionError) as caught:
        await client.list_users(user_pool_id=POOL, limit=5, pagination_token="t")
    assert "pagination_token: expected None, got 't'" in str(caught.value)
    assert "ListUsersRequest(limit=5) with any other members, used 1 of 2" in str(caught.value)


async def test_maps_are_compared_entry_by_entry(stub: StubTransport, client: CognitoClient) -> None:
    resource = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbC123"
    stub.add(
        types.TagResourceResponse(),
        to=types.TagResourceRequest(resource_arn=resource, tags={"a": "1", "b": "2", "d": "4"}),
    )
    with pytest.raises(AssertionError) as caught:
        await client.tag_resource(resource_arn=resource, tags={"a": "1", "b": "3", "c": "3", "d": "4"})
    assert "  1. tags['b']: expected '2', got '3'\n  1. tags['c']: expected None, got '3'" in str(
        caught.value
    )


async def test_secrets_are_compared_and_masked(stub: StubTransport, client: CognitoClient) -> None:
    parameters = {"USERNAME": "ana", "PASSWORD": "canary-1"}
    response = InitiateAuthResponse.from_wire({})
    stub.add(
        response,
        to=InitiateAuthRequest(
            client_id="c", auth_flow="USER_PASSWORD_AUTH", auth_parameters=parameters, session="s" * 20
        ),
    )
    stub.add(SignUpResponse.from_wire({}), having={"password": "canary-2"})
    with pytest.raises(AssertionError) as caught:
        await client.initiate_auth(
            client_id="c",
            auth_flow="USER_PASSWORD_AUTH",
            auth_parameters=parameters | {"PASSWORD": "canary-3"},
        )
    message = str(caught.value)
    assert "auth_parameters['PASSWORD']: the values differ (secret, not shown)\n" in message
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
def test_an_invalid_matcher_is_rejected_when_it_is_added(
    to: Any, having: dict[str, Any], error: type[Exception], words: str, stub: StubTransport
) -> None:
    with pytest.raises(error, match=words):
        stub.add(UserNotFoundException("no"), to=to, having=having)
