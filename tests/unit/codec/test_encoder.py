"""Encoding of requests: conversion, validation, and the path of every invalid member."""

import json
from collections import ChainMap, UserList
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from attrs import field, frozen

from cognito_async import types
from cognito_async._codec.codec import encode
from cognito_async._codec.encoder import LENIENT_PYTHON, STRICT_JSON, unstructure
from cognito_async._model import Shape
from cognito_async.errors import CognitoError, InvalidRequestError
from cognito_async.types import AttributeType

POOL = "eu-west-1_AbC123"


def create_user(**arguments: Any) -> types.AdminCreateUserRequest:
    return types.AdminCreateUserRequest(**{"user_pool_id": POOL, "username": "ana"} | arguments)


def problems_of(request: Any) -> tuple[str, ...]:
    with pytest.raises(InvalidRequestError) as caught:
        encode(request)
    return caught.value.problems


def body_of(request: Any) -> Any:
    return json.loads(encode(request))


@frozen(kw_only=True)
class Sample(Shape):
    when: datetime | None = None
    amount: float | None = field(default=None)


def test_members_that_are_none_are_not_sent() -> None:
    assert body_of(create_user()) == {"UserPoolId": POOL, "Username": "ana"}


def test_empty_lists_and_maps_are_sent() -> None:
    sent = body_of(create_user(user_attributes=[], client_metadata={}))
    assert sent["UserAttributes"] == []
    assert sent["ClientMetadata"] == {}


@pytest.mark.parametrize(
    "attributes",
    [
        [AttributeType(name="email", value="a@b")],
        (AttributeType(name="email", value="a@b"),),
        [{"Name": "email", "Value": "a@b"}],
        [ChainMap({"Name": "email"}, {"Value": "a@b"})],
        UserList([AttributeType(name="email", value="a@b")]),
    ],
)
def test_sequences_and_mappings_of_any_class_are_accepted(attributes: Any) -> None:
    assert body_of(create_user(user_attributes=attributes))["UserAttributes"] == [
        {"Name": "email", "Value": "a@b"}
    ]


def test_an_instance_within_a_dict_in_wire_form_is_accepted() -> None:
    wire = {"UserPoolId": POOL, "Username": "ana", "UserAttributes": [AttributeType(name="email")]}
    assert body_of(types.AdminCreateUserRequest.from_wire(wire))["UserAttributes"] == [{"Name": "email"}]


def test_a_mapping_of_attributes_is_sent_as_a_list() -> None:
    attributes = {
        "email": "a@b",
        "email_verified": True,
        "custom:beta": False,
        "custom:level": 5,
        "name": None,
    }
    assert body_of(create_user(user_attributes=attributes))["UserAttributes"] == [
        {"Name": "email", "Value": "a@b"},
        {"Name": "email_verified", "Value": "true"},
        {"Name": "custom:beta", "Value": "false"},
        {"Name": "custom:level", "Value": "5"},
    ]


def test_the_value_of_a_string_enum_is_sent() -> None:
    class Action(StrEnum):
        SUPPRESS = "SUPPRESS"

    assert body_of(create_user(message_action=Action.SUPPRESS))["MessageAction"] == "SUPPRESS"


def test_an_unknown_enum_value_is_sent() -> None:
    assert body_of(create_user(message_action="NEW_ACTION"))["MessageAction"] == "NEW_ACTION"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"username": None}, "username: required, but missing or None"),
        ({"username": 5}, "username: expected str, got int 5"),
        ({"username": b"ana"}, "username: expected str, got bytes"),
        ({"username": ""}, "username: expected at least 1 character, got str ''"),
        ({"username": "\ud800"}, "username: expected Unicode text, got half of a surrogate pair"),
        ({"username": "x" * 99 + "\ud800"}, "username: expected Unicode text, got half of a surrogate pair"),
        ({"force_alias_creation": "true"}, "force_alias_creation: expected bool, got str 'true'"),
        ({"force_alias_creation": 1}, "force_alias_creation: expected bool, got int 1"),
        ({"desired_delivery_mediums": "SMS"}, "desired_delivery_mediums: expected a list, got str 'SMS'"),
        ({"desired_delivery_mediums": b"SMS"}, "desired_delivery_mediums: expected a list, got bytes"),
        ({"desired_delivery_mediums": {"SMS"}}, "desired_delivery_mediums: expected a list, got set"),
        ({"desired_delivery_mediums": iter(["SMS"])}, "desired_delivery_mediums: expected a list, got list_iterator"),
        ({"desired_delivery_mediums": ["SMS", 7]}, "desired_delivery_mediums[1]: expected str, got int 7"),
        ({"user_attributes": "email"}, "user_attributes: expected a list, or a mapping of names to values, got str 'email'"),
        ({"user_attributes": {"email": ["a@b"]}}, "user_attributes.email: expected str, bool, int, date or None, got list"),
        ({"user_attributes": {"custom:level": 1.5}}, "user_attributes['custom:level']: expected str, bool, int, date or None, got float 1.5"),
        ({"user_attributes": {"email": "\ud800"}}, "user_attributes.email: expected Unicode text, got half of a surrogate pair"),
        ({"user_attributes": {"": "a@b"}}, "user_attributes['']: expected at least 1 character, got str ''"),
        ({"user_attributes": {"": None}}, "user_attributes['']: expected at least 1 character, got str ''"),
        ({"user_attributes": {5: "a@b"}}, "user_attributes[5]: expected str, got int 5"),
        ({"user_attributes": {"a": 10**5000}}, "user_attributes.a: a number has too many digits"),
        ({"validation_data": {"code": b"x"}}, "validation_data.code: expected str, bool, int, date or None, got bytes"),
        ({"user_attributes": ["email"]}, "user_attributes[0]: expected AttributeType or a dict in wire form, got str"),
        ({"user_attributes": [{}]}, "user_attributes[0].Name: required, but missing or None"),
        ({"user_attributes": [{"Name": None}]}, "user_attributes[0].Name: required, but missing or None"),
        ({"user_attributes": [AttributeType(name=3)]}, "user_attributes[0].name: expected str, got int 3"),
        (
            {"user_attributes": [{"Name": "a", "Valu": "b"}]},
            "user_attributes[0].Valu: unknown member, did you mean 'Value'? AttributeType has Name, Value",
        ),
        ({"user_attributes": [{"Name": "a", 3: "b"}]}, "user_attributes[0].3: unknown member, AttributeType has Name, Value"),
        ({"client_metadata": ["a"]}, "client_metadata: expected a dict, got list"),
    ],
)  # fmt: skip
def test_an_invalid_member_is_named_by_its_path(arguments: Any, problem: str) -> None:
    assert problems_of(create_user(**arguments)) == (problem,)


def test_all_problems_of_a_request_are_reported() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        encode(create_user(username=5, user_attributes=[{"Name": 1}, {"Name": 2}]))
    assert str(caught.value) == (
        "AdminCreateUserRequest: 3 problems\n"
        "  username: expected str, got int 5\n"
        "  user_attributes[0].Name: expected str, got int 1\n"
        "  user_attributes[1].Name: expected str, got int 2"
    )


def test_invalid_request_error_is_a_value_error_and_a_cognito_error() -> None:
    assert issubclass(InvalidRequestError, ValueError)
    assert issubclass(InvalidRequestError, CognitoError)


def test_a_long_value_is_shortened_in_the_error() -> None:
    (problem,) = problems_of(create_user(force_alias_creation="x" * 1000))
    assert len(problem) < 120


@pytest.mark.parametrize(
    "arguments",
    [
        {"temporary_password": 123456789},
        {"client_metadata": {"token": 123456789}},
        {"client_metadata": {"token": ["123456789"]}},
    ],
)
def test_a_secret_is_masked_in_the_error(arguments: Any) -> None:
    (problem,) = problems_of(create_user(**arguments))
    assert "123456789" not in problem
    assert problem.startswith(next(iter(arguments)))


def test_a_secret_in_a_nested_dict_is_masked_in_the_error_and_in_repr() -> None:
    request = types.ConfirmDeviceRequest(
        access_token="token-canary",
        device_key="key",
        device_secret_verifier_config={"PasswordVerifier": 4711, "Salt": "salt-canary"},
    )
    assert problems_of(request) == (
        "device_secret_verifier_config.PasswordVerifier: expected str, got int ***",
    )
    assert "canary" not in repr(request)
    assert "4711" not in repr(request)


@pytest.mark.parametrize(
    ("value", "is_valid"), [(0, False), (1, True), (61, True), (True, False), (1.0, False)]
)
def test_integers_have_a_minimum_but_no_maximum(value: Any, is_valid: bool) -> None:  # noqa: FBT001  a table
    request = types.ListUserPoolsRequest(max_results=value)
    if is_valid:
        assert body_of(request) == {"MaxResults": value}
    else:
        assert len(problems_of(request)) == 1


def test_strings_have_a_minimum_length_but_no_maximum_and_no_pattern() -> None:
    assert body_of(types.AdminGetUserRequest(user_pool_id="not a pool " * 100, username="a"))
    assert problems_of(types.ListUsersRequest(user_pool_id=POOL, pagination_token="")) == (
        "pagination_token: expected at least 1 character, got str ''",
    )


def test_items_of_a_list_have_a_minimum_length() -> None:
    request = types.CreateUserPoolClientRequest(
        user_pool_id=POOL, client_name="c", callback_urls=["https://a", ""]
    )
    assert problems_of(request) == ("callback_urls[1]: expected at least 1 character, got str ''",)


def test_lists_have_a_minimum_length() -> None:
    request = types.AddCustomAttributesRequest(user_pool_id=POOL, custom_attributes=[])
    assert problems_of(request) == ("custom_attributes: expected at least 1 item, got 0",)


def test_keys_of_a_map_have_a_minimum_length() -> None:
    request = types.TagResourceRequest(resource_arn="x" * 20, tags={"": "value"})
    assert problems_of(request) == ("tags['']: expected at least 1 character, got str ''",)


class FloatSubclass(float):
    """As those of numpy."""


class IntSubclass(int):
    pass


def test_numbers_of_subclasses_are_sent_as_plain_numbers() -> None:
    assert body_of(types.ListUserPoolsRequest(max_results=IntSubclass(5))) == {"MaxResults": 5}
    assert body_of(branding({"a": FloatSubclass(0.5)}))["Settings"] == {"a": 0.5}


def test_integers_of_any_size_are_sent() -> None:
    assert body_of(types.ListUserPoolsRequest(max_results=10**400)) == {"MaxResults": 10**400}
    assert body_of(branding({"a": 10**400}))["Settings"] == {"a": 10**400}


def test_an_integer_that_python_cannot_convert_to_text_is_an_error() -> None:
    too_long = 10**5000
    expected = ("a number has too many digits",)
    assert problems_of(types.ListUserPoolsRequest(max_results=too_long)) == expected
    assert problems_of(branding({"a": too_long})) == expected
    (problem,) = problems_of(create_user(username=too_long))
    assert problem == "username: expected str, got int (too long to show)"
    (problem,) = problems_of(create_user(client_metadata={too_long: "a"}))
    assert problem.startswith("client_metadata[(too long to show)]: expected str")


@pytest.mark.parametrize("value", [b"\x00\x01", bytearray(b"\x00\x01")])
def test_blobs_are_sent_as_base64(value: Any) -> None:
    request = types.SetUICustomizationRequest(user_pool_id=POOL, image_file=value)
    assert body_of(request)["ImageFile"] == "AAE="


@pytest.mark.parametrize("value", ["AAE=", memoryview(b"a"), 5, [1]])
def test_blobs_must_be_bytes(value: Any) -> None:
    (problem,) = problems_of(types.SetUICustomizationRequest(user_pool_id=POOL, image_file=value))
    assert problem.startswith("image_file: expected bytes, got ")


def branding(settings: Any) -> types.CreateManagedLoginBrandingRequest:
    return types.CreateManagedLoginBrandingRequest(user_pool_id=POOL, client_id="c", settings=settings)


@pytest.mark.parametrize(
    "document",
    [{"a": [1, 0, 2.5, True, None, "text", {"b": {}}]}, [], "text", 0, False, {"big": 2**70}],
)
def test_documents_are_sent_unchanged(document: Any) -> None:
    assert body_of(branding(document))["Settings"] == document


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"a": {"b": [1, float("nan")]}}, "settings.a.b[1]"),
        ({"a": float("inf")}, "settings.a"),
        ({"a": -1}, "settings.a"),
        ({"a": -0.5}, "settings.a"),
        ({"a b": object()}, "settings['a b']"),
        ({"a": {1, 2}}, "settings.a"),
        ({"a": b"bytes"}, "settings.a"),
        ({"a": datetime(2020, 1, 1, tzinfo=UTC)}, "settings.a"),
        ({1: "a"}, "settings[1]"),
        ({"a": memoryview(b"ab")}, "settings.a"),
        ({"a": "\udfff"}, "settings.a"),
    ],
)
def test_an_invalid_value_in_a_document_is_named_by_its_path(document: Any, path: str) -> None:
    (problem,) = problems_of(branding(document))
    assert problem.startswith(f"{path}: expected ")


def test_a_passkey_document_may_have_the_negative_numbers_of_its_algorithms() -> None:
    request = types.CompleteWebAuthnRegistrationRequest(
        access_token="t", credential={"response": {"publicKeyAlgorithm": -7}}
    )
    assert body_of(request)["Credential"] == {"response": {"publicKeyAlgorithm": -7}}


def test_a_document_that_contains_itself_is_an_error() -> None:
    document: dict[str, Any] = {}
    document["self"] = document
    (problem,) = problems_of(branding(document))
    assert problem == "nested too deeply, or within itself"


def test_timestamps_are_seconds_in_json_and_datetimes_in_wire_form() -> None:
    when = datetime(2020, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    assert unstructure(Sample(when=when), Sample, STRICT_JSON) == {"When": 1577836800}
    assert unstructure(Sample(when=when + timedelta(milliseconds=500)), Sample, STRICT_JSON) == {
        "When": 1577836800.5
    }
    assert unstructure(Sample(when=when), Sample, LENIENT_PYTHON) == {"When": when}


@pytest.mark.parametrize("when", [datetime(2020, 1, 1), "2020-01-01", 5, True])  # noqa: DTZ001  the case to test
def test_a_timestamp_must_have_a_time_zone(when: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"when: expected a datetime with time zone"):
        unstructure(Sample(when=when), Sample, STRICT_JSON)


@pytest.mark.parametrize(
    ("amount", "is_valid"), [(1, True), (1.5, True), (float("nan"), False), ("1", False), (True, False)]
)
def test_floats_must_be_finite_numbers(amount: Any, is_valid: bool) -> None:  # noqa: FBT001  a table
    if is_valid:
        assert unstructure(Sample(amount=amount), Sample, STRICT_JSON) == {"Amount": amount}
    else:
        with pytest.raises(InvalidRequestError, match="amount: expected"):
            unstructure(Sample(amount=amount), Sample, STRICT_JSON)
