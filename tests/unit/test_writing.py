"""What is sent: converted, checked, and every problem named by its path."""

import json
from collections import ChainMap, UserList
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from attrs import field, frozen

from cognito_async import types
from cognito_async._codec import encode
from cognito_async._model import Shape
from cognito_async._writing import LENIENT, SEND, write
from cognito_async.errors import CognitoError, InvalidRequestError
from cognito_async.types import AttributeType

POOL = "eu-west-1_AbC123"


def create_user(**arguments: Any) -> types.AdminCreateUserRequest:
    return types.AdminCreateUserRequest(**{"user_pool_id": POOL, "username": "ana"} | arguments)


def problems(request: Any) -> tuple[str, ...]:
    with pytest.raises(InvalidRequestError) as caught:
        encode(request)
    return caught.value.problems


def body(request: Any) -> Any:
    return json.loads(encode(request))


@frozen(kw_only=True)
class Stamped(Shape):
    when: datetime | None = None
    amount: float | None = field(default=None)


def test_members_that_are_none_are_not_sent() -> None:
    assert body(create_user()) == {"UserPoolId": POOL, "Username": "ana"}


def test_empty_lists_and_maps_are_sent() -> None:
    sent = body(create_user(user_attributes=[], client_metadata={}))
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
def test_sequences_and_mappings_of_any_class_are_taken(attributes: Any) -> None:
    assert body(create_user(user_attributes=attributes))["UserAttributes"] == [
        {"Name": "email", "Value": "a@b"}
    ]


def test_an_instance_within_a_wire_shaped_dict_is_taken() -> None:
    wire = {"UserPoolId": POOL, "Username": "ana", "UserAttributes": [AttributeType(name="email")]}
    assert body(types.AdminCreateUserRequest.from_wire(wire))["UserAttributes"] == [{"Name": "email"}]


def test_text_of_a_string_enum_is_sent() -> None:
    class Action(StrEnum):
        SUPPRESS = "SUPPRESS"

    assert body(create_user(message_action=Action.SUPPRESS))["MessageAction"] == "SUPPRESS"


def test_an_unknown_enum_value_is_left_to_the_service() -> None:
    assert body(create_user(message_action="NEW_ACTION"))["MessageAction"] == "NEW_ACTION"


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
        ({"user_attributes": {"email": ["a@b"]}}, "user_attributes.email: expected str, bool, int or None, got list"),
        ({"user_attributes": {"custom:level": 1.5}}, "user_attributes['custom:level']: expected str, bool, int or None, got float 1.5"),
        ({"user_attributes": {"email": "\ud800"}}, "user_attributes.email: expected Unicode text, got half of a surrogate pair"),
        ({"user_attributes": {"": "a@b"}}, "user_attributes['']: expected at least 1 character, got str ''"),
        ({"user_attributes": {"": None}}, "user_attributes['']: expected at least 1 character, got str ''"),
        ({"user_attributes": {5: "a@b"}}, "user_attributes[5]: expected str, got int 5"),
        ({"user_attributes": {"a": 10**5000}}, "user_attributes.a: a number has too many digits to be sent"),
        ({"validation_data": {"code": b"x"}}, "validation_data.code: expected str, bool, int or None, got bytes"),
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
def test_what_does_not_fit_is_named_by_its_path(arguments: Any, problem: str) -> None:
    assert problems(create_user(**arguments)) == (problem,)


def test_every_problem_is_listed() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        encode(create_user(username=5, user_attributes=[{"Name": 1}, {"Name": 2}]))
    assert str(caught.value) == (
        "AdminCreateUserRequest: 3 problems\n"
        "  username: expected str, got int 5\n"
        "  user_attributes[0].Name: expected str, got int 1\n"
        "  user_attributes[1].Name: expected str, got int 2"
    )


def test_the_error_is_a_value_error_and_one_of_ours() -> None:
    assert issubclass(InvalidRequestError, ValueError)
    assert issubclass(InvalidRequestError, CognitoError)


def test_a_long_value_is_shortened() -> None:
    (problem,) = problems(create_user(force_alias_creation="x" * 1000))
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
    (problem,) = problems(create_user(**arguments))
    assert "123456789" not in problem
    assert problem.startswith(next(iter(arguments)))


def test_a_secret_in_a_nested_dict_is_masked_in_the_error_and_in_repr() -> None:
    request = types.ConfirmDeviceRequest(
        access_token="token-canary",
        device_key="key",
        device_secret_verifier_config={"PasswordVerifier": 4711, "Salt": "salt-canary"},
    )
    assert problems(request) == ("device_secret_verifier_config.PasswordVerifier: expected str, got int ***",)
    assert "canary" not in repr(request)
    assert "4711" not in repr(request)


@pytest.mark.parametrize(("value", "fits"), [(0, False), (1, True), (61, True), (True, False), (1.0, False)])
def test_integers_have_a_minimum_but_no_maximum(value: Any, fits: bool) -> None:  # noqa: FBT001  a table
    request = types.ListUserPoolsRequest(max_results=value)
    if fits:
        assert body(request) == {"MaxResults": value}
    else:
        assert len(problems(request)) == 1


def test_strings_have_a_minimum_but_no_maximum_and_no_pattern() -> None:
    assert body(types.AdminGetUserRequest(user_pool_id="not a pool " * 100, username="a"))
    assert problems(types.ListUsersRequest(user_pool_id=POOL, pagination_token="")) == (
        "pagination_token: expected at least 1 character, got str ''",
    )


def test_items_of_a_list_have_a_minimum() -> None:
    request = types.CreateUserPoolClientRequest(
        user_pool_id=POOL, client_name="c", callback_urls=["https://a", ""]
    )
    assert problems(request) == ("callback_urls[1]: expected at least 1 character, got str ''",)


def test_lists_have_a_minimum() -> None:
    request = types.AddCustomAttributesRequest(user_pool_id=POOL, custom_attributes=[])
    assert problems(request) == ("custom_attributes: expected at least 1 item, got 0",)


def test_keys_of_a_map_have_a_minimum() -> None:
    request = types.TagResourceRequest(resource_arn="x" * 20, tags={"": "value"})
    assert problems(request) == ("tags['']: expected at least 1 character, got str ''",)


class FloatOfItsOwn(float):
    """As numpy's are."""


class IntOfItsOwn(int):
    pass


def test_numbers_of_classes_of_their_own_are_sent_as_plain_ones() -> None:
    assert body(types.ListUserPoolsRequest(max_results=IntOfItsOwn(5))) == {"MaxResults": 5}
    assert body(branding({"a": FloatOfItsOwn(0.5)}))["Settings"] == {"a": 0.5}


def test_an_integer_of_any_size_is_left_to_the_service() -> None:
    assert body(types.ListUserPoolsRequest(max_results=10**400)) == {"MaxResults": 10**400}
    assert body(branding({"a": 10**400}))["Settings"] == {"a": 10**400}


def test_an_integer_that_python_cannot_write_is_refused() -> None:
    huge = 10**5000
    too_long = ("a number has too many digits to be sent",)
    assert problems(types.ListUserPoolsRequest(max_results=huge)) == too_long
    assert problems(branding({"a": huge})) == too_long
    (problem,) = problems(create_user(username=huge))
    assert problem == "username: expected str, got int (too long to be shown)"
    (problem,) = problems(create_user(client_metadata={huge: "a"}))
    assert problem.startswith("client_metadata[(too long to be shown)]: expected str")


@pytest.mark.parametrize("value", [b"\x00\x01", bytearray(b"\x00\x01")])
def test_blobs_are_sent_as_base64(value: Any) -> None:
    request = types.SetUICustomizationRequest(user_pool_id=POOL, image_file=value)
    assert body(request)["ImageFile"] == "AAE="


@pytest.mark.parametrize("value", ["AAE=", memoryview(b"a"), 5, [1]])
def test_blobs_are_bytes_and_nothing_else(value: Any) -> None:
    (problem,) = problems(types.SetUICustomizationRequest(user_pool_id=POOL, image_file=value))
    assert problem.startswith("image_file: expected bytes, got ")


def branding(settings: Any) -> types.CreateManagedLoginBrandingRequest:
    return types.CreateManagedLoginBrandingRequest(user_pool_id=POOL, client_id="c", settings=settings)


@pytest.mark.parametrize(
    "document",
    [{"a": [1, 0, 2.5, True, None, "text", {"b": {}}]}, [], "text", 0, False, {"big": 2**70}],
)
def test_documents_are_sent_as_they_are(document: Any) -> None:
    assert body(branding(document))["Settings"] == document


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
def test_what_a_document_cannot_hold_is_named_by_its_path(document: Any, path: str) -> None:
    (problem,) = problems(branding(document))
    assert problem.startswith(f"{path}: expected ")


def test_a_passkey_document_takes_the_negative_numbers_of_its_algorithms() -> None:
    request = types.CompleteWebAuthnRegistrationRequest(
        access_token="t", credential={"response": {"publicKeyAlgorithm": -7}}
    )
    assert body(request)["Credential"] == {"response": {"publicKeyAlgorithm": -7}}


def test_a_document_within_itself_is_refused() -> None:
    document: dict[str, Any] = {}
    document["self"] = document
    (problem,) = problems(branding(document))
    assert problem == "nested too deeply, or within itself"


def test_timestamps_are_seconds_in_json_and_datetimes_in_the_wire_form() -> None:
    when = datetime(2020, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    assert write(Stamped(when=when), Stamped, SEND) == {"When": 1577836800}
    assert write(Stamped(when=when + timedelta(milliseconds=500)), Stamped, SEND) == {"When": 1577836800.5}
    assert write(Stamped(when=when), Stamped, LENIENT) == {"When": when}


@pytest.mark.parametrize("when", [datetime(2020, 1, 1), "2020-01-01", 5, True])  # noqa: DTZ001  it is the point
def test_a_timestamp_that_is_sent_needs_a_time_zone(when: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"when: expected a datetime with time zone"):
        write(Stamped(when=when), Stamped, SEND)


@pytest.mark.parametrize(
    ("amount", "fits"), [(1, True), (1.5, True), (float("nan"), False), ("1", False), (True, False)]
)
def test_floats_are_finite_numbers(amount: Any, fits: bool) -> None:  # noqa: FBT001  a table
    if fits:
        assert write(Stamped(amount=amount), Stamped, SEND) == {"Amount": amount}
    else:
        with pytest.raises(InvalidRequestError, match="amount: expected"):
            write(Stamped(amount=amount), Stamped, SEND)
