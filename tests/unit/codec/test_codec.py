"""``from_wire``, ``to_wire`` and ``to_json``: conversion from and to the dicts of boto3, and JSON."""

from __future__ import annotations

import json
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


# JSON


def test_to_json_has_iso_8601_times_in_utc_and_base64() -> None:
    moment = datetime(2023, 11, 14, 23, 13, 20, 123456, tzinfo=timezone(timedelta(hours=1)))
    user = types.UserType.from_wire(COMPLETE | {"UserCreateDate": moment})
    assert json.loads(user.to_json())["UserCreateDate"] == "2023-11-14T22:13:20.123456Z"
    assert json.loads(user.to_json())["UserLastModifiedDate"] == "1970-01-01T00:00:05Z"
    asset = types.AssetType(category="FAVICON_ICO", color_mode="DARK", extension="ICO", bytes_=b"\xff\x00")
    assert json.loads(asset.to_json())["Bytes"] == "/wA="
    for shape in (user, asset):
        assert type(shape).from_wire(json.loads(shape.to_json())) == shape
        assert json.loads(json.dumps(shape.to_wire(json=True))) == json.loads(shape.to_json())


COMPLETE = ANA | {"UserCreateDate": 5, "UserLastModifiedDate": 5}


def test_without_json_to_wire_keeps_datetimes_and_bytes() -> None:
    asset = types.AssetType(category="FAVICON_ICO", color_mode="DARK", extension="ICO", bytes_=b"\xff")
    assert asset.to_wire()["Bytes"] == b"\xff"
    assert isinstance(types.UserType.from_wire(COMPLETE).to_wire()["UserCreateDate"], datetime)


def test_a_time_whose_utc_form_has_no_year_keeps_its_offset() -> None:
    first = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    user = types.UserType.from_wire(COMPLETE | {"UserCreateDate": first})
    assert user.to_wire(json=True)["UserCreateDate"] == "0001-01-01T00:00:00+01:00"


def test_to_json_converts_dicts_inside_a_request_too() -> None:
    request = types.ListUsersRequest(user_pool_id="p", limit=5)
    assert request.to_json() == '{"UserPoolId":"p","Limit":5}'
    assets = [{"Category": "FAVICON_ICO", "ColorMode": "DARK", "Extension": "ICO", "Bytes": b"a"}]
    branding = types.CreateManagedLoginBrandingRequest(user_pool_id="p", client_id="c", assets=assets)
    assert json.loads(branding.to_json())["Assets"][0]["Bytes"] == "YQ=="


def test_to_json_contains_tokens_and_repr_does_not() -> None:
    response = types.InitiateAuthResponse.from_wire({"AuthenticationResult": {"AccessToken": "canary"}})
    assert "canary" in response.to_json()
    assert "canary" not in repr(response)


@pytest.mark.parametrize("value", [datetime(2020, 1, 1), "noon"])  # noqa: DTZ001  without a time zone on purpose
def test_to_json_rejects_a_time_without_a_time_zone(value: Any) -> None:
    user = types.UserType(
        username="a",
        user_create_date=value,
        user_last_modified_date=value,
        enabled=True,
        user_status="CONFIRMED",
    )
    with pytest.raises(InvalidRequestError, match="user_create_date: expected a datetime with time zone"):
        user.to_json()


def test_to_json_rejects_a_number_that_json_libraries_cannot_read() -> None:
    with pytest.raises(InvalidRequestError, match="too many digits"):
        types.ListUsersRequest(user_pool_id="p", limit=10**5000).to_json()


@pytest.mark.parametrize("text", ["not base64!", "YQ=", "ł"])
def test_from_wire_rejects_text_that_is_not_base64(text: str) -> None:
    with pytest.raises(
        InvalidRequestError, match=r"ImageFile: expected bytes, or their base64 as text$"
    ) as caught:
        types.SetUICustomizationRequest.from_wire({"UserPoolId": "p", "ImageFile": text})
    assert text not in str(caught.value)


def test_the_bytes_of_an_instance_are_never_text() -> None:
    request = types.SetUICustomizationRequest(user_pool_id="p", image_file="YQ==")  # type: ignore[arg-type]
    with pytest.raises(InvalidRequestError, match="image_file: expected bytes"):
        request.to_wire()


# Metadata


def test_to_wire_adds_the_metadata_of_boto3() -> None:
    metadata = {"RequestId": "r-1", "HTTPStatusCode": 200, "HTTPHeaders": {"a": "b"}, "RetryAttempts": 2}
    response = types.ListUsersResponse.from_wire({"Users": [ANA], "ResponseMetadata": metadata})
    assert response.to_wire(metadata=True)["ResponseMetadata"] == metadata
    assert "ResponseMetadata" not in response.to_wire()
    again = json.loads(json.dumps(response.to_wire(json=True, metadata=True)))
    assert types.ListUsersResponse.from_wire(again).response_metadata == response.response_metadata


def test_a_response_without_request_id_has_none_in_its_metadata() -> None:
    metadata = types.ListUsersResponse().to_wire(metadata=True)["ResponseMetadata"]
    assert metadata == {"HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0}


def test_only_responses_have_metadata() -> None:
    with pytest.raises(TypeError, match="metadata"):
        types.AttributeType(name="a").to_wire(metadata=True)  # type: ignore[call-arg]


# Unknown members


def test_from_wire_can_ignore_unknown_members() -> None:
    newer = {"Users": [COMPLETE | {"Passkeys": 2}], "Total": 1}
    older = {"Users": [COMPLETE]}
    expected = types.ListUsersResponse.from_wire(older)
    assert types.ListUsersResponse.from_wire(newer, unknown="ignore") == expected
    with pytest.raises(InvalidRequestError, match="unknown member"):
        types.ListUsersResponse.from_wire(newer)
    request = {"UserPoolId": "p", "Username": "a", "Newer": {}}
    assert types.AdminGetUserRequest.from_wire(request, unknown="ignore").username == "a"
    with pytest.raises(InvalidRequestError, match="Username: required"):
        types.AdminGetUserRequest.from_wire({"UserPoolId": "p", "Newer": 1}, unknown="ignore")


def test_from_wire_rejects_another_way_of_dealing_with_unknown_members() -> None:
    with pytest.raises(InvalidRequestError, match=r"unknown= takes .* got 'skip'"):
        types.AdminGetUserRequest.from_wire({}, unknown="skip")  # type: ignore[arg-type]
