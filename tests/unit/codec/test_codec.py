"""``from_wire`` and ``to_wire``: conversion from and to the dicts of boto3."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from cognito_async import types
from cognito_async._codec.codec import decode
from cognito_async._model import Request, ResponseMetadata, Shape
from cognito_async.errors import InvalidRequestError

ANA = {
    "Username": "ana",
    "Attributes": [{"Name": "email", "Value": "ana@example.com"}],
    "UserCreateDate": 1.594889658976e9,
    "Enabled": True,
    "UserStatus": "CONFIRMED",
}


def test_from_wire_accepts_a_response_of_boto3() -> None:
    boto3_response = {
        "Users": [ANA | {"UserCreateDate": datetime(2020, 1, 1, tzinfo=UTC), "UserLastModifiedDate": 5}],
        "ResponseMetadata": {
            "RequestId": "r-1",
            "HTTPStatusCode": 200,
            "HTTPHeaders": {"a": "b"},
            "RetryAttempts": 2,
        },
    }
    response = types.ListUsersResponse.from_wire(boto3_response)
    assert response.users[0].user_create_date == datetime(2020, 1, 1, tzinfo=UTC)
    assert response.users[0].user_last_modified_date == datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC)
    assert response.response_metadata == ResponseMetadata(
        request_id="r-1", http_status=200, headers={"a": "b"}, attempts=3
    )


def test_from_wire_and_to_wire_are_inverse() -> None:
    stamp = datetime(2020, 1, 1, tzinfo=UTC)
    wire = {"Users": [ANA | {"UserCreateDate": stamp, "UserLastModifiedDate": stamp}], "PaginationToken": "t"}
    assert types.ListUsersResponse.from_wire(wire).to_wire() == wire


@pytest.mark.parametrize(
    ("wire", "path"),
    [
        ({"Users": [{"Username": 5}]}, r"Users\[0\].Username: expected str"),
        ({"Users": "ana"}, "Users: expected a list"),
        (
            {"users": []},
            r"users: unknown member, did you mean .Users.\? ListUsersResponse has Users, PaginationToken",
        ),
        ([], "expected ListUsersResponse or a dict in wire form, got list"),
        (None, "expected ListUsersResponse or a dict in wire form, got NoneType"),
    ],
)
def test_from_wire_names_an_invalid_member_by_its_path(wire: Any, path: str) -> None:
    with pytest.raises(InvalidRequestError, match=path):
        types.ListUsersResponse.from_wire(wire)


def test_to_wire_names_an_invalid_member_by_its_path() -> None:
    response = decode(types.ListUsersResponse, b'{"Users":[{"Username":"a","Enabled":"yes"}]}')
    with pytest.raises(InvalidRequestError, match=r"users\[0\].enabled: expected bool, got str 'yes'"):
        response.to_wire()


def test_from_wire_does_not_change_its_argument() -> None:
    wire = {"Users": [ANA, {"Username": 5}], "ResponseMetadata": {}}
    before = repr(wire)
    with pytest.raises(InvalidRequestError):
        types.ListUsersResponse.from_wire(wire)
    assert repr(wire) == before


def test_from_wire_accepts_a_response_with_missing_members() -> None:
    response = types.ListUsersResponse.from_wire({"Users": [{"Username": "ana"}]})
    assert types.ListUsersResponse.from_wire(response.to_wire()) == response


def test_from_wire_requires_the_required_members_of_nested_shapes_and_requests() -> None:
    with pytest.raises(InvalidRequestError, match="Name: required"):
        types.AttributeType.from_wire({"Value": "a"})
    with pytest.raises(InvalidRequestError, match="Username: required"):
        types.AdminGetUserRequest.from_wire({"UserPoolId": "p"})


@pytest.mark.parametrize("metadata", [None, [], "text", {"RetryAttempts": None}, {"RetryAttempts": "x"}])
def test_from_wire_rejects_malformed_metadata(metadata: Any) -> None:
    with pytest.raises(InvalidRequestError, match="ResponseMetadata"):
        types.ListUsersResponse.from_wire({"ResponseMetadata": metadata})


@pytest.mark.parametrize("shape", [Shape, Request])
def test_from_wire_of_a_base_class_is_an_error(shape: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"use one of cognito_async.types"):
        shape.from_wire({})


def test_a_string_in_place_of_a_request_is_not_quoted() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        types.ChangePasswordRequest.from_wire('{"PreviousPassword":"canary"}')  # type: ignore[arg-type]
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("number", ["NaN", "nan", 1e20, float("inf"), True])
def test_from_wire_rejects_a_number_that_is_not_a_timestamp(number: Any) -> None:
    with pytest.raises(InvalidRequestError, match="UserCreateDate: expected a datetime"):
        types.ListUsersResponse.from_wire({"Users": [{"UserCreateDate": number}]})


def test_from_wire_converts_datetimes_to_utc() -> None:
    moment = datetime(2020, 1, 1, 5, tzinfo=timezone(timedelta(hours=5)))
    (user,) = types.ListUsersResponse.from_wire({"Users": [{"UserCreateDate": moment}]}).users
    assert user.user_create_date.tzinfo is UTC
    assert user.user_create_date == moment
