"""Decoding of responses: the fast decoder, and the lenient one for values of an unexpected type."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cognito_async import types
from cognito_async._codec.codec import UndecodableError, decode
from cognito_async._model import EmptyResponse


def users(body: bytes) -> Any:
    return decode(types.ListUsersResponse, body).users


def test_nested_members_are_decoded_to_instances() -> None:
    response = decode(
        types.ListUsersResponse,
        b'{"Users":[{"Username":"ana","Attributes":[{"Name":"email","Value":"a@b"}]}],"PaginationToken":"t"}',
    )
    assert isinstance(response.users[0], types.UserType)
    assert response.users[0].attributes == [types.AttributeType(name="email", value="a@b")]
    assert response.pagination_token == "t"


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
def test_timestamps_are_decoded_to_aware_datetimes_in_utc(text: bytes, seconds: float) -> None:
    (user,) = users(b'{"Users":[{"UserCreateDate":' + text + b"}]}")
    assert user.user_create_date == datetime.fromtimestamp(seconds, UTC)
    # The service sends numbers; only text can name another time zone, which is kept.
    assert user.user_create_date.tzinfo is UTC or b"+02:00" in text


@pytest.mark.parametrize("text", [b'"yesterday"', b"true", b"1e300", b"[1]", b"{}"])
def test_a_malformed_timestamp_is_kept_unchanged(text: bytes) -> None:
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
def test_both_decoders_read_the_same_timestamps(text: str, seconds: float) -> None:
    (user,) = users(json.dumps({"Users": [{"UserCreateDate": text, "Enabled": "maybe"}]}).encode())
    assert user.enabled == "maybe"
    assert user.user_create_date == datetime.fromtimestamp(seconds, UTC)
    assert user.user_create_date.tzinfo is UTC


def test_blobs_are_decoded_to_bytes_and_malformed_base64_is_kept() -> None:
    response = decode(
        types.DescribeManagedLoginBrandingResponse,
        b'{"ManagedLoginBranding":{"Assets":[{"Bytes":"AAEC"},{"Bytes":"?"},{"Bytes":7}]}}',
    )
    assert [asset.bytes_ for asset in response.managed_login_branding.assets or ()] == [b"\0\1\2", "?", 7]


def test_documents_are_kept_unchanged() -> None:
    response = decode(
        types.StartWebAuthnRegistrationResponse, b'{"CredentialCreationOptions":{"a":[{"alg":-7},null]}}'
    )
    assert response.credential_creation_options == {"a": [{"alg": -7}, None]}


def test_negative_numbers_in_a_document_of_a_response_are_kept() -> None:
    response = decode(
        types.DescribeManagedLoginBrandingResponse, b'{"ManagedLoginBranding":{"Settings":{"a":-1}}}'
    )
    assert types.DescribeManagedLoginBrandingResponse.from_wire(response.to_wire()) == response


def test_unknown_members_are_ignored_and_unknown_enum_values_kept() -> None:
    (user,) = users(b'{"New":1,"Users":[{"Username":"a","UserStatus":"DREAMING","New":{}}]}')
    assert user.user_status == "DREAMING"


@pytest.mark.parametrize("value", [b"5", b'"text"', b"null", b"[]", b"true", b"{}", b"1.5"])
def test_a_value_of_an_unexpected_type_is_kept_beside_the_other_members(value: bytes) -> None:
    response = decode(types.ListUsersResponse, b'{"Users":' + value + b',"PaginationToken":"t"}')
    assert response.pagination_token == "t"
    response = decode(types.ListUsersResponse, b'{"Users":[' + value + b'],"PaginationToken":"t"}')
    assert len(response.users) == 1
    (user,) = users(
        b'{"Users":[{"Username":' + value + b',"Enabled":' + value + b',"Attributes":' + value + b"}]}"
    )
    assert isinstance(user, types.UserType)


def test_secrets_in_a_member_of_an_unexpected_type_are_masked_in_repr() -> None:
    response = decode(types.InitiateAuthResponse, b'{"AuthenticationResult":[{"AccessToken":"canary"}]}')
    assert "canary" not in repr(response)
    response = decode(types.InitiateAuthResponse, b'{"AuthenticationResult":{"ExpiresIn":3600}}')
    assert "expires_in=3600" in repr(response)


def test_json_that_only_a_lenient_parser_accepts_is_decoded() -> None:
    (user,) = users(b'{"Users":[{"Username":"\\ud800"}]}')
    assert user.username == "\ud800"


def test_null_is_decoded_as_a_missing_member() -> None:
    response = decode(types.ListUsersResponse, b'{"Users":null,"PaginationToken":null}')
    assert response.users == []
    assert response.pagination_token is None


def test_a_missing_required_member_is_none() -> None:
    assert decode(types.AdminCreateUserResponse, b"{}").user is None


def test_the_missing_list_of_a_list_operation_is_empty() -> None:
    assert decode(types.ListUsersResponse, b"{}").users == []
    assert types.ListUsersResponse().users == []


def test_an_empty_body_is_an_empty_response() -> None:
    assert decode(types.ListUsersResponse, b"") == types.ListUsersResponse()


@pytest.mark.parametrize("body", [b"", b"{}", b'{"New": 1}'])
def test_an_operation_without_output_accepts_an_empty_body_and_any_object(body: bytes) -> None:
    assert decode(EmptyResponse, body) == EmptyResponse()


@pytest.mark.parametrize("body", [b"<html>sign in</html>", b"null", b"[]", b"\xff", b'{"a":'])
def test_an_operation_without_output_rejects_a_body_that_is_not_a_json_object(body: bytes) -> None:
    with pytest.raises(UndecodableError):
        decode(EmptyResponse, body)


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
def test_a_body_that_is_not_a_json_object_is_described_and_not_quoted(body: bytes, reason: str) -> None:
    with pytest.raises(UndecodableError) as caught:
        decode(types.ListUsersResponse, body)
    assert reason in str(caught.value)
    assert "secret" not in str(caught.value)
