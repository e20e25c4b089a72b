"""Every member that an update has: when it is changed, all else stays as it was."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import Shape as Model
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from support.fake_settings_api import CLIENT_ID, POOL_ID, ForgetfulTransport, at, consistent, contradictions
from support.strategies import known_members, service_model, wire_values
from support.transports import client_with

from cognito_async import types
from cognito_async._model import Shape
from cognito_async._model.fields import core_type, is_shape, shape_fields, wire_name
from cognito_async.updates import merge_user_pool, merge_user_pool_client
from cognito_async.updates._describe import DESCRIBED_AS

KINDS: dict[str, tuple[type[Any], type[Shape], dict[str, str], Any]] = {
    "UserPool": (types.UpdateUserPoolRequest, types.UserPoolType, {"user_pool_id": POOL_ID}, merge_user_pool),
    "UserPoolClient": (
        types.UpdateUserPoolClientRequest,
        types.UserPoolClientType,
        {"user_pool_id": POOL_ID, "client_id": CLIENT_ID},
        merge_user_pool_client,
    ),
}
FIXED = {
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

# Members that say the same, or exclude each other: a change of one may show in the others.
TOGETHER = [
    {"SmsVerificationMessage", "EmailVerificationMessage", "EmailVerificationSubject"}
    | {"VerificationMessageTemplate"},
    {"Policies", "AdminCreateUserConfig"},
    {"ExplicitAuthFlows", "RefreshTokenRotation"},
]

EXAMPLES = settings(max_examples=5, suppress_health_check=list(HealthCheck))
"""Few, as there are many members; which of them are there, is drawn anew for each."""


def models_of(kind: str) -> dict[str, Model]:
    return known_members(service_model().shape_for(f"Update{kind}Request"))


def model_of(kind: str, wire: str) -> Model:
    return models_of(kind)[wire]


# Of an older botocore, those that it knows.
MEMBERS = [
    (kind, wire_name(field))
    for kind, (request, _, ids, _) in KINDS.items()
    for field in shape_fields(request)
    if field.name not in ids and wire_name(field) in models_of(kind)
]


def settings_of(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """What a pool or an app client may be like."""
    members = {
        DESCRIBED_AS.get(wire, wire): wire_values(model_of(kind, wire), blobs=False)
        for member, wire in MEMBERS
        if member == kind
    }
    return st.fixed_dictionaries({}, optional=members).map(lambda drawn: consistent(drawn | FIXED[kind]))


def filled(shape: Model, number: int) -> Any:
    """A value with every member of a shape in it; other ones for every number."""
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


def everything(kind: str) -> dict[str, Any]:
    """A pool or an app client with every setting."""
    members = {
        DESCRIBED_AS.get(wire, wire): filled(model_of(kind, wire), 1)
        for member, wire in MEMBERS
        if member == kind
    }
    return consistent(members | FIXED[kind])


async def update(kind: str, transport: ForgetfulTransport, **changes: Any) -> None:
    request, _, ids, merge = KINDS[kind]
    names = {wire_name(field): field.name for field in shape_fields(request)}
    await merge(
        client_with(transport), request(**ids, **{names[wire]: value for wire, value in changes.items()})
    )
    assert transport.operations == [f"Describe{kind}", f"Update{kind}"]


def described(settings: dict[str, Any], wire: str) -> Any:
    return settings.get(DESCRIBED_AS.get(wire, wire))


def assert_kept(kind: str, before: dict[str, Any], after: dict[str, Any], changed: str) -> None:
    touched = next((group for group in TOGETHER if changed in group), {changed})
    for member, wire in MEMBERS:
        if member == kind and wire not in touched:
            assert described(after, wire) == described(before, wire), wire


@pytest.mark.parametrize("kind", KINDS)
def test_a_description_has_every_member_of_the_update(kind: str) -> None:
    """One that it does not have would be lost; somebody has to decide what happens to it."""
    request, described_as, ids, _ = KINDS[kind]
    there = {wire_name(field): core_type(field.type)[0] for field in shape_fields(described_as)}
    for field in shape_fields(request):
        if field.name not in ids:
            wire = wire_name(field)
            name = DESCRIBED_AS.get(wire, wire)
            assert name in there, f"decide in updates.py how {wire} is kept: no description has it"
            kind_there = there[name]
            if is_shape(kind_there):
                assert core_type(field.type)[0] is kind_there, wire


@pytest.mark.parametrize(("kind", "wire"), MEMBERS)
@EXAMPLES
@given(data=st.data())
async def test_a_member_is_changed_and_all_others_are_kept(kind: str, wire: str, data: st.DataObject) -> None:
    before = data.draw(settings_of(kind))
    value = data.draw(wire_values(model_of(kind, wire), blobs=False))
    # What the request itself makes impossible, is for the service to say.
    assume(not contradictions({wire: value}))
    if wire == "EmailVerificationMessage":
        assume(at(before, "VerificationMessageTemplate", "DefaultEmailOption") != "CONFIRM_WITH_LINK")
    if wire == "VerificationMessageTemplate":
        # An email that the option does not send, beside the one that it does.
        option = value.get("DefaultEmailOption", at(before, wire, "DefaultEmailOption"))
        assume(("EmailMessage" if option == "CONFIRM_WITH_LINK" else "EmailMessageByLink") not in value)
    if wire == "ExplicitAuthFlows":
        assume(at(before, "RefreshTokenRotation", "Feature") != "ENABLED")
    transport = ForgetfulTransport(kind, before)
    await update(kind, transport, **{wire: value})
    assert_kept(kind, before, transport.settings, wire)
    assert contains(described(transport.settings, wire), value)


def contains(values: Any, part: Any) -> bool:
    """Whether a structure has what the part of one says."""
    if isinstance(part, dict) and isinstance(values, dict):
        return all(key in values and contains(values[key], below) for key, below in part.items())
    return bool(values == part)


@pytest.mark.parametrize("kind", KINDS)
@EXAMPLES
@given(data=st.data())
async def test_a_request_without_changes_changes_nothing(kind: str, data: st.DataObject) -> None:
    before = data.draw(settings_of(kind))
    transport = ForgetfulTransport(kind, before)
    await update(kind, transport)
    assert transport.settings == before


# Within structures

NESTED = [
    (kind, wire, inner)
    for kind, wire in MEMBERS
    if model_of(kind, wire).type_name == "structure"
    for inner in known_members(model_of(kind, wire))
]
# These take the place of others; test_updates.py in the unit tests has what happens then.
EXCLUDING = {"EmailMessageByLink", "EmailSubjectByLink", "DefaultEmailOption"}
EXCLUDING |= {"PreTokenGeneration", "PreTokenGenerationConfig", "EumsSms", "SnsCallerArn", "ExternalId"}
EXCLUDING |= {"SnsRegion", "ApplicationId", "ApplicationArn", "Feature"}


@pytest.mark.parametrize(("kind", "wire", "inner"), [case for case in NESTED if case[2] not in EXCLUDING])
async def test_a_member_within_a_structure_is_changed_and_the_others_in_it_are_kept(
    kind: str, wire: str, inner: str
) -> None:
    before = everything(kind)
    model = model_of(kind, wire)
    # Each required member of a structure has to be given when any is.
    value = {
        name: filled(member, 2)
        for name, member in known_members(model).items()
        if name == inner or name in model.required_members
    }
    transport = ForgetfulTransport(kind, before)
    await update(kind, transport, **{wire: value})
    old, new = before[wire], transport.settings[wire]
    for name in known_members(model):
        if name in value:
            assert new[name] == value[name] != old.get(name)
        elif name != "UnusedAccountValidityDays" or wire != "Policies":
            assert new.get(name) == old.get(name), name
    assert_kept(kind, before, transport.settings, wire)


@pytest.mark.parametrize("kind", KINDS)
async def test_with_everything_set_a_request_without_changes_changes_nothing(kind: str) -> None:
    before = everything(kind)
    transport = ForgetfulTransport(kind, before)
    await update(kind, transport)
    assert transport.settings == before
