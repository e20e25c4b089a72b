"""Every member of the update requests: a change of one leaves all others as they were."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import Shape as Model
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cognito_async import types
from cognito_async._model import Shape
from cognito_async._model.fields import core_type, is_shape, shape_fields, wire_name
from cognito_async.updates import merge_user_pool, merge_user_pool_client
from cognito_async.updates._describe import DESCRIBED_AS
from support.fake_settings_api import (
    CLIENT_ID,
    POOL_ID,
    UNCHANGED_IF_OMITTED,
    FakeSettingsAPI,
    at,
    consistent,
    contradictions,
)
from support.strategies import known_members, service_model, wire_values
from support.transports import client_with

KINDS: dict[str, tuple[type[Any], type[Shape], dict[str, str], Any]] = {
    "UserPool": (types.UpdateUserPoolRequest, types.UserPoolType, {"user_pool_id": POOL_ID}, merge_user_pool),
    "UserPoolClient": (
        types.UpdateUserPoolClientRequest,
        types.UserPoolClientType,
        {"user_pool_id": POOL_ID, "client_id": CLIENT_ID},
        merge_user_pool_client,
    ),
}
READ_ONLY_VALUES = {
    "UserPool": {
        "Id": POOL_ID,
        "Arn": "arn",
        "CreationDate": 1.5,
        "AliasAttributes": ["email"],
        "Domain": "auth",
    },
    "UserPoolClient": {
        "UserPoolId": POOL_ID,
        "ClientId": CLIENT_ID,
        "ClientSecret": "s",
        "ClientType": "REGULAR",
    },
}

# Members with the same value, or that exclude each other: a change of one may change the others.
RELATED = [
    {"SmsVerificationMessage", "EmailVerificationMessage", "EmailVerificationSubject"}
    | {"VerificationMessageTemplate"},
    {"Policies", "AdminCreateUserConfig"},
    {"ExplicitAuthFlows", "RefreshTokenRotation"},
]

EXAMPLES = settings(max_examples=5, suppress_health_check=list(HealthCheck))
"""Few, because there are many members; each example has a random selection of them."""


def models_of(kind: str) -> dict[str, Model]:
    return known_members(service_model().shape_for(f"Update{kind}Request"))


def model_of(kind: str, wire: str) -> Model:
    return models_of(kind)[wire]


# Without the members that an older botocore does not know.
MEMBERS = [
    (kind, wire_name(field))
    for kind, (request, _, ids, _) in KINDS.items()
    for field in shape_fields(request)
    if field.name not in ids and wire_name(field) in models_of(kind).keys() - UNCHANGED_IF_OMITTED
]


def possible_settings(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return settings that a pool or an app client may have."""
    members = {
        DESCRIBED_AS.get(wire, wire): wire_values(model_of(kind, wire), blobs=False)
        for member, wire in MEMBERS
        if member == kind
    }
    return st.fixed_dictionaries({}, optional=members).map(
        lambda drawn: consistent(drawn | READ_ONLY_VALUES[kind])
    )


def filled(shape: Model, number: int) -> Any:
    """Return a value with every member of a shape; different values for each number."""
    match shape.type_name:
        case "structure":
            return {name: filled(member, number) for name, member in known_members(shape).items()}
        case "list":
            return [filled(shape.member, number)]
        case "map":
            return {filled(shape.key, number): filled(shape.value, number)}
        case "string":
            return shape.enum[number % len(shape.enum)] if shape.enum else f"value-{number}".ljust(20, ".")
        case "integer":
            return shape.metadata.get("min", 0) + number
        case kind:
            assert kind == "boolean"
            return number % 2 == 0


def all_settings(kind: str) -> dict[str, Any]:
    """Return a pool or an app client with every setting."""
    members = {
        DESCRIBED_AS.get(wire, wire): filled(model_of(kind, wire), 1)
        for member, wire in MEMBERS
        if member == kind
    }
    return consistent(members | READ_ONLY_VALUES[kind])


async def update(kind: str, api: FakeSettingsAPI, **changes: Any) -> None:
    request, _, ids, merge = KINDS[kind]
    names = {wire_name(field): field.name for field in shape_fields(request)}
    await merge(client_with(api), request(**ids, **{names[wire]: value for wire, value in changes.items()}))
    assert api.operations == [f"Describe{kind}", f"Update{kind}"]


def described(settings: dict[str, Any], wire: str) -> Any:
    return settings.get(DESCRIBED_AS.get(wire, wire))


def assert_kept(kind: str, before: dict[str, Any], after: dict[str, Any], changed: str) -> None:
    related = next((group for group in RELATED if changed in group), {changed})
    for member, wire in MEMBERS:
        if member == kind and wire not in related:
            assert described(after, wire) == described(before, wire), wire


@pytest.mark.parametrize("kind", KINDS)
def test_a_description_has_every_member_of_the_update(kind: str) -> None:
    """A merge would lose any other member: its handling has to be decided."""
    request, described_as, ids, _ = KINDS[kind]
    described_types = {wire_name(field): core_type(field.type)[0] for field in shape_fields(described_as)}
    for field in shape_fields(request):
        wire = wire_name(field)
        if field.name not in ids and wire not in UNCHANGED_IF_OMITTED:
            name = DESCRIBED_AS.get(wire, wire)
            assert name in described_types, f"decide in cognito_async/updates how to keep {wire}"
            if is_shape(described_types[name]):
                assert core_type(field.type)[0] is described_types[name], wire


@pytest.mark.parametrize(("kind", "wire"), MEMBERS)
@EXAMPLES
@given(data=st.data())
async def test_a_member_is_changed_and_all_others_are_kept(kind: str, wire: str, data: st.DataObject) -> None:
    before = data.draw(possible_settings(kind))
    value = data.draw(wire_values(model_of(kind, wire), blobs=False))
    # A contradiction within the request is left to the service.
    assume(not contradictions({wire: value}))
    if wire == "EmailVerificationMessage":
        assume(at(before, "VerificationMessageTemplate", "DefaultEmailOption") != "CONFIRM_WITH_LINK")
    if wire == "VerificationMessageTemplate":
        # Not the email that the option does not use.
        option = value.get("DefaultEmailOption", at(before, wire, "DefaultEmailOption"))
        assume(("EmailMessage" if option == "CONFIRM_WITH_LINK" else "EmailMessageByLink") not in value)
    if wire == "ExplicitAuthFlows":
        assume(at(before, "RefreshTokenRotation", "Feature") != "ENABLED")
    api = FakeSettingsAPI(kind, before)
    await update(kind, api, **{wire: value})
    assert_kept(kind, before, api.settings, wire)
    assert contains(described(api.settings, wire), value)


def contains(values: Any, part: Any) -> bool:
    """Return whether a value equals another one or, for structures, has all its members."""
    if isinstance(part, dict) and isinstance(values, dict):
        return all(key in values and contains(values[key], nested) for key, nested in part.items())
    return bool(values == part)


@pytest.mark.parametrize("kind", KINDS)
@EXAMPLES
@given(data=st.data())
async def test_a_request_without_changes_changes_nothing(kind: str, data: st.DataObject) -> None:
    before = data.draw(possible_settings(kind))
    api = FakeSettingsAPI(kind, before)
    await update(kind, api)
    assert api.settings == before


# Members of structures

NESTED = [
    (kind, wire, inner)
    for kind, wire in MEMBERS
    if model_of(kind, wire).type_name == "structure"
    for inner in known_members(model_of(kind, wire))
]
# These replace other members; the unit tests of cognito_async.updates cover them.
EXCLUDING = {"EmailMessageByLink", "EmailSubjectByLink", "DefaultEmailOption"}
EXCLUDING |= {"PreTokenGeneration", "PreTokenGenerationConfig", "EumsSms", "SnsCallerArn", "ExternalId"}
EXCLUDING |= {"SnsRegion", "ApplicationId", "ApplicationArn", "Feature"}


@pytest.mark.parametrize(("kind", "wire", "inner"), [case for case in NESTED if case[2] not in EXCLUDING])
async def test_a_member_of_a_structure_is_changed_and_its_other_members_are_kept(
    kind: str, wire: str, inner: str
) -> None:
    before = all_settings(kind)
    model = model_of(kind, wire)
    # The required members of a structure are required as soon as any member is set.
    value = {
        name: filled(member, 2)
        for name, member in known_members(model).items()
        if name == inner or name in model.required_members
    }
    api = FakeSettingsAPI(kind, before)
    await update(kind, api, **{wire: value})
    old, new = before[wire], api.settings[wire]
    for name in known_members(model):
        if name in value:
            assert new[name] == value[name] != old.get(name)
        elif name != "UnusedAccountValidityDays" or wire != "Policies":
            assert new.get(name) == old.get(name), name
    assert_kept(kind, before, api.settings, wire)


@pytest.mark.parametrize("kind", KINDS)
async def test_with_all_settings_a_request_without_changes_changes_nothing(kind: str) -> None:
    before = all_settings(kind)
    api = FakeSettingsAPI(kind, before)
    await update(kind, api)
    assert api.settings == before
