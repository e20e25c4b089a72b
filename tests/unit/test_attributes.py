"""Attributes as mappings, in responses and requests."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from cognito_async import types
from cognito_async._codec.codec import decode
from cognito_async.attributes import Attributes
from cognito_async.errors import InvalidRequestError
from cognito_async.types import AttributeType

NAIVE = datetime(2001, 2, 3, tzinfo=UTC).replace(tzinfo=None)


def attributes(**values: str | None) -> Attributes:
    return Attributes(AttributeType(name=name, value=value) for name, value in values.items())


def sent(attributes: types.AttributeMapping) -> list[dict[str, str]]:
    """Return the attributes of a request in wire form."""
    request = types.UpdateUserAttributesRequest(access_token="t", user_attributes=attributes)
    listed: list[dict[str, str]] = request.to_wire()["UserAttributes"]
    return listed


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("birthdate", date(2001, 2, 3), "2001-02-03"),
        ("birthdate", date(999, 2, 3), "0999-02-03"),
        ("custom:hired", date(2001, 2, 3), "2001-02-03"),
        ("email_verified", True, "true"),
        ("custom:seats", 5, "5"),
        ("updated_at", 1577934245, "1577934245"),
        ("updated_at", datetime(2020, 1, 2, 3, 4, 5, 999999, UTC), "1577934245"),
        ("updated_at", datetime(2020, 1, 2, 4, 4, 5, tzinfo=timezone(timedelta(hours=1))), "1577934245"),
        ("updated_at", datetime(1969, 12, 31, 23, 59, 59, 500000, UTC), "-1"),
    ],
)
def test_values_are_sent_in_the_form_of_openid_connect(name: str, value: Any, text: str) -> None:
    assert sent({name: value}) == [{"Name": name, "Value": text}]


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("birthdate", NAIVE, "expected a date; a datetime with time zone is for updated_at"),
        ("updated_at", NAIVE, "expected a date; a datetime with time zone is for updated_at"),
        ("custom:score", 1.5, "expected str, bool, int, date or None, got float 1.5"),
        ("address", {"locality": "Kassel"}, "expected str, bool, int, date or None"),
    ],
)
def test_other_values_are_errors_that_name_the_attribute(name: str, value: Any, problem: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        sent({name: value})
    path = f".{name}" if name.isidentifier() else f"[{name!r}]"
    assert f"user_attributes{path}: {problem}" in str(caught.value)


def test_the_attributes_of_the_caller_are_not_changed() -> None:
    given = {"updated_at": datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)}
    sent(given)
    assert given == {"updated_at": datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)}


def test_values_are_text_as_the_service_sends_it() -> None:
    mapping = attributes(email="ana@example.com", level="3", birthdate="2000-01-01", subscribed="false")
    assert dict(mapping) == {
        "email": "ana@example.com",
        "level": "3",
        "birthdate": "2000-01-01",
        "subscribed": "false",
    }


@pytest.mark.parametrize("name", ["email_verified", "phone_number_verified"])
@pytest.mark.parametrize(
    ("text", "verified"), [("true", True), ("True", True), ("false", False), ("", False), ("yes", False)]
)
def test_verified_flags_are_bools(name: str, text: str, verified: bool) -> None:  # noqa: FBT001  a table
    assert attributes(**{name: text})[name] is verified


def test_attributes_are_a_mapping() -> None:
    mapping = attributes(email="a@b", email_verified="true")
    assert mapping == {"email": "a@b", "email_verified": True}
    assert len(mapping) == 2
    assert list(mapping) == ["email", "email_verified"]
    assert "email" in mapping
    assert "name" not in mapping
    assert mapping.get("email") == "a@b"
    assert mapping.get("name") is None
    assert mapping.get("name", "default") == "default"
    with pytest.raises(KeyError):
        mapping["name"]


def test_attributes_are_read_only() -> None:
    mapping = attributes(email="a@b")
    with pytest.raises(TypeError):
        mapping["email"] = "c@d"  # type: ignore[index]  # what is tested


def test_an_attribute_without_a_value_is_omitted() -> None:
    assert attributes(email=None, name="") == {"name": ""}


def test_the_last_value_of_a_name_counts() -> None:
    assert Attributes([AttributeType(name="a", value="1"), AttributeType(name="a", value="2")]) == {"a": "2"}


def test_the_repr_shows_the_values() -> None:
    assert repr(attributes(email="a@b", email_verified="true")) == (
        "Attributes({'email': 'a@b', 'email_verified': True})"
    )


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))]
)
def test_attributes_can_be_copied_and_pickled(duplicate: object) -> None:
    assert callable(duplicate)
    assert duplicate(attributes(email="a@b")) == {"email": "a@b"}


def test_every_access_creates_a_new_mapping() -> None:
    device = types.DeviceType(device_key="k", device_attributes=[AttributeType(name="a", value="b")])
    assert device.attribute_map == {"a": "b"}
    assert device.attribute_map is not device.attribute_map


@pytest.mark.parametrize("body", [b'{"Username": "ana"}', b'{"Username": "ana", "UserAttributes": null}'])
def test_a_missing_list_is_an_empty_mapping(body: bytes) -> None:
    assert decode(types.GetUserResponse, body).attribute_map == {}
    assert types.DeviceType(device_key="k").attribute_map == {}


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (
            b'[{"Name":"email_verified","Value":true},{"Name":"phone_number_verified","Value":false}]',
            {"email_verified": True, "phone_number_verified": False},
        ),
        (
            b'[{"Name":"a","Value":true},{"Name":"b","Value":3},{"Name":"c","Value":1.5}]',
            {"a": "true", "b": "3", "c": "1.5"},
        ),
        (b'[{"Name":"a","Value":["x"]},{"Name":["a"],"Value":"x"},{"Value":"x"},{"Name":null}]', {}),
        (b'["x", null, 1, ["y"], {"Name":"a","Value":"b"}]', {"a": "b"}),
        (b'{"email":"x"}', {}),
        (b'"email"', {}),
        (b"7", {}),
        (b"true", {}),
    ],
)
def test_a_response_with_values_of_unexpected_types_still_has_a_mapping(
    listed: bytes, expected: dict[str, str | bool]
) -> None:
    response = decode(types.AdminGetUserResponse, b'{"Username":"ana","UserAttributes":' + listed + b"}")
    assert response.attribute_map == expected


def test_a_mapping_is_created_from_any_objects_with_name_and_value() -> None:
    listed = [
        SimpleNamespace(name="email", value="a@example.com"),
        SimpleNamespace(name="sub", value=None),
        "x",
    ]
    assert Attributes(listed) == {"email": "a@example.com"}  # type: ignore[arg-type]


def test_the_mapping_of_a_response_can_be_sent() -> None:
    wire = [
        {"Name": "email", "Value": "ana@example.com"},
        {"Name": "email_verified", "Value": "true"},
        {"Name": "phone_number_verified", "Value": "false"},
        {"Name": "custom:level", "Value": "3"},
        {"Name": "sub", "Value": "11111111-2222-3333-4444-555555555555"},
    ]
    user = types.GetUserResponse.from_wire({"Username": "ana", "UserAttributes": wire})
    assert sent(user.attribute_map) == wire
    assert sent({**user.attribute_map, "sub": None}) == wire[:-1]


def test_bools_and_numbers_are_sent_as_text_and_none_is_omitted() -> None:
    mapping: types.AttributeMapping = {"a": "x", "b": True, "c": False, "d": 0, "e": -5, "f": None, "g": ""}
    assert sent(mapping) == [
        {"Name": "a", "Value": "x"},
        {"Name": "b", "Value": "true"},
        {"Name": "c", "Value": "false"},
        {"Name": "d", "Value": "0"},
        {"Name": "e", "Value": "-5"},
        {"Name": "g", "Value": ""},
    ]


def test_a_request_in_wire_form_accepts_a_mapping_too() -> None:
    wire = {"AccessToken": "t", "UserAttributes": {"email_verified": True}}
    request = types.UpdateUserAttributesRequest.from_wire(wire)
    assert request.user_attributes == [AttributeType(name="email_verified", value="true")]
