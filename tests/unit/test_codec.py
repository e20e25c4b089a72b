"""Responses are read leniently; the wire form converts both ways and is checked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest

from cognito_async import types
from cognito_async._codec import UndecodableError, decode
from cognito_async._model import EmptyResponse, Request, ResponseMetadata, Shape
from cognito_async.errors import InvalidRequestError

ANA = {
    "Username": "ana",
    "Attributes": [{"Name": "email", "Value": "ana@example.com"}],
    "UserCreateDate": 1.594889658976e9,
    "Enabled": True,
    "UserStatus": "CONFIRMED",
}


def users(body: bytes) -> Any:
    return decode(types.ListUsersResponse, body).users


def test_a_response_becomes_instances_all_the_way_down() -> None:
    answer = decode(
        types.ListUsersResponse,
        b'{"Users":[{"Username":"ana","Attributes":[{"Name":"email","Value":"a@b"}]}],"PaginationToken":"t"}',
    )
    assert isinstance(answer.users[0], types.UserType)
    assert answer.users[0].attributes == [types.AttributeType(name="email", value="a@b")]
    assert answer.pagination_token == "t"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (b"1700000000", 1700000000.0),
        (b"1.594889658976E9", 1594889658.976),
        (b"1700000000.5", 1700000000.5),
        (b'"1700000000"', 1700000000.0),
        (b'"2020-07-16T08:54:18.976Z"', 1594889658.976),
        (b'"2020-07-16T10:54:18.976+02:00"', 1594889658.976),
        (b"0", 0.0),
        (b"-1", -1.0),
    ],
)
def test_timestamps_become_aware_datetimes_in_utc(text: bytes, seconds: float) -> None:
    (user,) = users(b'{"Users":[{"UserCreateDate":' + text + b"}]}")
    assert user.user_create_date == datetime.fromtimestamp(seconds, UTC)
    # The service sends numbers; only a text may name another zone, which is then kept.
    assert user.user_create_date.tzinfo is UTC or b"+02:00" in text


@pytest.mark.parametrize("text", [b'"yesterday"', b"true", b"1e300", b"[1]", b"{}"])
def test_a_timestamp_that_cannot_be_read_is_kept_as_it_came(text: bytes) -> None:
    (user,) = users(b'{"Users":[{"Username":"a","UserCreateDate":' + text + b"}]}")
    assert not isinstance(user.user_create_date, datetime)
    assert user.username == "a"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2020-07-16T08:54:18.976Z", 1594889658.976),
        ("2020-07-16T10:54:18.976+02:00", 1594889658.976),
        ("2020-07-16T08:54:18.976", 1594889658.976),
        ("1.594889658976e9", 1594889658.976),
    ],
)
def test_a_timestamp_is_the_same_beside_a_member_of_an_unexpected_type(text: str, seconds: float) -> None:
    (user,) = users(json.dumps({"Users": [{"UserCreateDate": text, "Enabled": "odd"}]}).encode())
    assert user.enabled == "odd"
    assert user.user_create_date == datetime.fromtimestamp(seconds, UTC)
    assert user.user_create_date.tzinfo is UTC


def test_blobs_become_bytes_and_what_is_no_base64_is_kept() -> None:
    answer = decode(
        types.DescribeManagedLoginBrandingResponse,
        b'{"ManagedLoginBranding":{"Assets":[{"Bytes":"AAEC"},{"Bytes":"?"},{"Bytes":7}]}}',
    )
    assert [asset.bytes_ for asset in answer.managed_login_branding.assets or ()] == [b"\0\1\2", "?", 7]


def test_documents_come_as_they_are() -> None:
    answer = decode(
        types.StartWebAuthnRegistrationResponse, b'{"CredentialCreationOptions":{"a":[{"alg":-7},null]}}'
    )
    assert answer.credential_creation_options == {"a": [{"alg": -7}, None]}


def test_unknown_members_and_enum_values_do_not_matter() -> None:
    (user,) = users(b'{"New":1,"Users":[{"Username":"a","UserStatus":"DREAMING","New":{}}]}')
    assert user.user_status == "DREAMING"


@pytest.mark.parametrize("value", [b"5", b'"text"', b"null", b"[]", b"true", b"{}", b"1.5"])
def test_a_value_of_an_unexpected_type_is_kept_and_loses_nothing_else(value: bytes) -> None:
    answer = decode(types.ListUsersResponse, b'{"Users":' + value + b',"PaginationToken":"t"}')
    assert answer.pagination_token == "t"
    answer = decode(types.ListUsersResponse, b'{"Users":[' + value + b'],"PaginationToken":"t"}')
    assert len(answer.users) == 1
    (user,) = users(
        b'{"Users":[{"Username":' + value + b',"Enabled":' + value + b',"Attributes":' + value + b"}]}"
    )
    assert isinstance(user, types.UserType)


def test_null_is_as_if_left_out() -> None:
    answer = decode(types.ListUsersResponse, b'{"Users":null,"PaginationToken":null}')
    assert answer.users == []
    assert answer.pagination_token is None


def test_a_member_that_is_promised_and_missing_is_none() -> None:
    assert decode(types.AdminCreateUserResponse, b"{}").user is None


def test_the_list_of_a_list_operation_defaults_to_empty() -> None:
    assert decode(types.ListUsersResponse, b"{}").users == []
    assert types.ListUsersResponse().users == []


@pytest.mark.parametrize("body", [b"", b"{}", b'{"New": 1}'])
def test_an_operation_without_output_takes_nothing_and_any_object(body: bytes) -> None:
    assert decode(EmptyResponse, body) == EmptyResponse()


@pytest.mark.parametrize("body", [b"<html>log in</html>", b"null", b"[]", b"\xff", b'{"a":'])
def test_an_operation_without_output_takes_no_page_of_somebody_else(body: bytes) -> None:
    with pytest.raises(UndecodableError):
        decode(EmptyResponse, body)


def test_an_empty_body_is_an_empty_answer() -> None:
    assert decode(types.ListUsersResponse, b"") == types.ListUsersResponse()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>secret</html>", "not JSON (19 bytes)"),
        (b'{"Users":[', "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"Users":"\xff"}', "not JSON"),
        (b"null", "null instead of an object"),
        (b"[]", "an array instead"),
        (b'"text"', "a string instead"),
        (b"true", "a boolean instead"),
        (b"5", "a number instead"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused_without_being_quoted(body: bytes, reason: str) -> None:
    with pytest.raises(UndecodableError) as caught:
        decode(types.ListUsersResponse, body)
    assert reason in str(caught.value)
    assert "secret" not in str(caught.value)


def test_from_wire_takes_what_boto3_returns() -> None:
    boto3_answer = {
        "Users": [ANA | {"UserCreateDate": datetime(2020, 1, 1, tzinfo=UTC), "UserLastModifiedDate": 5}],
        "ResponseMetadata": {
            "RequestId": "r-1",
            "HTTPStatusCode": 200,
            "HTTPHeaders": {"a": "b"},
            "RetryAttempts": 2,
        },
    }
    answer = types.ListUsersResponse.from_wire(boto3_answer)
    assert answer.users[0].user_create_date == datetime(2020, 1, 1, tzinfo=UTC)
    assert answer.users[0].user_last_modified_date == datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC)
    assert answer.response_metadata == ResponseMetadata(
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
def test_from_wire_names_what_does_not_fit(wire: Any, path: str) -> None:
    with pytest.raises(InvalidRequestError, match=path):
        types.ListUsersResponse.from_wire(wire)


def test_a_response_may_lack_what_the_service_may_leave_out() -> None:
    answer = types.ListUsersResponse.from_wire({"Users": [{"Username": "ana"}]})
    assert types.ListUsersResponse.from_wire(answer.to_wire()) == answer


def test_a_nested_shape_and_a_request_need_their_members() -> None:
    with pytest.raises(InvalidRequestError, match="Name: required"):
        types.AttributeType.from_wire({"Value": "a"})
    with pytest.raises(InvalidRequestError, match="Username: required"):
        types.AdminGetUserRequest.from_wire({"UserPoolId": "p"})


@pytest.mark.parametrize("metadata", [None, [], "text", {"RetryAttempts": None}, {"RetryAttempts": "x"}])
def test_odd_metadata_is_refused(metadata: Any) -> None:
    with pytest.raises(InvalidRequestError, match="ResponseMetadata"):
        types.ListUsersResponse.from_wire({"ResponseMetadata": metadata})


@pytest.mark.parametrize("shape", [Shape, Request])
def test_a_base_class_is_no_shape_to_make(shape: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"use one of cognito_async.types"):
        shape.from_wire({})


def test_a_text_in_place_of_a_whole_request_is_not_shown() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        types.ChangePasswordRequest.from_wire('{"PreviousPassword":"canary"}')  # type: ignore[arg-type]
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("number", ["NaN", "nan", 1e20, float("inf"), True])
def test_a_number_that_is_no_time_is_refused(number: Any) -> None:
    with pytest.raises(InvalidRequestError, match="UserCreateDate: expected a datetime"):
        types.ListUsersResponse.from_wire({"Users": [{"UserCreateDate": number}]})


def test_a_datetime_of_another_zone_becomes_utc() -> None:
    moment = datetime(2020, 1, 1, 5, tzinfo=timezone(timedelta(hours=5)))
    (user,) = types.ListUsersResponse.from_wire({"Users": [{"UserCreateDate": moment}]}).users
    assert user.user_create_date.tzinfo is UTC
    assert user.user_create_date == moment


def test_what_is_json_but_too_odd_for_a_strict_parser_is_read() -> None:
    (user,) = users(b'{"Users":[{"Username":"\\ud800"}]}')
    assert user.username == "\ud800"


def test_negative_numbers_in_a_document_of_the_service_are_kept() -> None:
    answer = decode(
        types.DescribeManagedLoginBrandingResponse, b'{"ManagedLoginBranding":{"Settings":{"a":-1}}}'
    )
    assert types.DescribeManagedLoginBrandingResponse.from_wire(answer.to_wire()) == answer


def test_secrets_in_a_member_of_an_unexpected_type_are_masked_in_repr() -> None:
    answer = decode(types.InitiateAuthResponse, b'{"AuthenticationResult":[{"AccessToken":"canary"}]}')
    assert "canary" not in repr(answer)
    answer = decode(types.InitiateAuthResponse, b'{"AuthenticationResult":{"ExpiresIn":3600}}')
    assert "expires_in=3600" in repr(answer)


def test_to_wire_names_what_does_not_fit() -> None:
    answer = decode(types.ListUsersResponse, b'{"Users":[{"Username":"a","Enabled":"yes"}]}')
    with pytest.raises(InvalidRequestError, match=r"users\[0\].enabled: expected bool, got str 'yes'"):
        answer.to_wire()


def test_from_wire_does_not_change_what_it_is_given() -> None:
    wire = {"Users": [ANA, {"Username": 5}], "ResponseMetadata": {}}
    before = repr(wire)
    with pytest.raises(InvalidRequestError):
        types.ListUsersResponse.from_wire(wire)
    assert repr(wire) == before


def test_metadata_is_out_of_repr_and_equality() -> None:
    one = types.ListUsersResponse(response_metadata=ResponseMetadata(request_id="1"))
    assert one == types.ListUsersResponse(response_metadata=ResponseMetadata(request_id="2"))
    assert "metadata" not in repr(one)


def test_only_an_instance_of_the_same_shape_with_the_same_members_is_equal() -> None:
    attribute = types.AttributeType(name="a", value="b")
    assert attribute == types.AttributeType(name="a", value="b")
    assert hash(attribute) == hash(types.AttributeType(name="a", value="b"))
    for other in (types.AttributeType(name="a"), types.EmptyResponse(), {"name": "a", "value": "b"}, None):
        assert attribute != other
        assert other != attribute


def test_shapes_are_frozen_attrs_classes() -> None:
    attribute = types.AttributeType(name="a")
    assert attrs.evolve(attribute, value="b") == types.AttributeType(name="a", value="b")
    assert attrs.asdict(attribute) == {"name": "a", "value": None}
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        attribute.name = "b"  # type: ignore[misc]


def test_secrets_are_masked_in_repr() -> None:
    tokens = types.AuthenticationResultType(access_token="canary", id_token="canary", expires_in=3600)
    assert "canary" not in repr(tokens)
    assert "expires_in=3600" in repr(tokens)
    assert "refresh_token=None" in repr(tokens)
