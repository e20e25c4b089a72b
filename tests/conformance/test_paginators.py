"""Every paginator: it exists, has the parameters of its operation, and returns pages of its items."""

from __future__ import annotations

import inspect
import json
import typing
from typing import Any

import pytest
from botocore import xform_name

from cognito_async import Pages, Paginator, types
from cognito_async.errors import InvalidRequestError
from cognito_async.operations import AllOperations
from support.strategies import operation_model, operation_names
from support.transports import ScriptedTransport, client_with, http_response

# The paginators that the API reference lists for boto3's client.
REFERENCE = """
    AdminListGroupsForUser
    AdminListUserAuthEvents
    ListGroups
    ListIdentityProviders
    ListResourceServers
    ListUserPoolClients
    ListUserPools
    ListUsers
    ListUsersInGroup
""".split()

# By operation: members for the token and the limit, maximum of the limit, member with the items, their shape.
PAGINATORS: dict[str, tuple[str, str | None, int, str, str]] = {
    "AdminListDevices": ("PaginationToken", "Limit", 60, "Devices", "DeviceType"),
    "AdminListGroupsForUser": ("NextToken", "Limit", 60, "Groups", "GroupType"),
    "AdminListUserAuthEvents": ("NextToken", "MaxResults", 60, "AuthEvents", "AuthEventType"),
    "AdminListUserSessions": ("NextToken", None, 0, "Sessions", "SessionDescriptionType"),
    "ListCIMDPolicies": ("NextToken", "MaxResults", 60, "CIMDPolicies", "CIMDPolicySummaryType"),
    "ListClientMetadataURLs": ("NextToken", "MaxResults", 60, "ClientMetadataURLs", "ClientMetadataURLType"),
    "ListDevices": ("PaginationToken", "Limit", 60, "Devices", "DeviceType"),
    "ListGroups": ("NextToken", "Limit", 60, "Groups", "GroupType"),
    "ListIdentityProviders": ("NextToken", "MaxResults", 60, "Providers", "ProviderDescription"),
    "ListPointInTimeRecoveries": (
        "NextToken",
        "MaxResults",
        60,
        "Restorations",
        "RestorationDescriptionType",
    ),
    "ListResourceServers": ("NextToken", "MaxResults", 50, "ResourceServers", "ResourceServerType"),
    "ListTerms": ("NextToken", "MaxResults", 60, "Terms", "TermsDescriptionType"),
    "ListUserImportJobs": ("PaginationToken", "MaxResults", 60, "UserImportJobs", "UserImportJobType"),
    "ListUserPoolClientSecrets": ("NextToken", None, 0, "ClientSecrets", "ClientSecretDescriptorType"),
    "ListUserPoolClients": ("NextToken", "MaxResults", 60, "UserPoolClients", "UserPoolClientDescription"),
    "ListUserPoolReplicas": ("NextToken", None, 0, "UserPoolReplicas", "UserPoolReplicaType"),
    "ListUserPools": ("NextToken", "MaxResults", 60, "UserPools", "UserPoolDescriptionType"),
    "ListUserSessions": ("NextToken", None, 0, "Sessions", "SessionDescriptionType"),
    "ListUsers": ("PaginationToken", "Limit", 60, "Users", "UserType"),
    "ListUsersInGroup": ("NextToken", "Limit", 60, "Users", "UserType"),
    "ListWebAuthnCredentials": (
        "NextToken",
        "MaxResults",
        20,
        "Credentials",
        "WebAuthnCredentialDescription",
    ),
}
NAMES = sorted(PAGINATORS)
CONTROLS = ["page_size", "max_items", "starting_token", "prefetch"]


def paginator_class(name: str) -> type[Paginator[Any, Any]]:
    return AllOperations._paginators[xform_name(name)]


def parameters(name: str) -> dict[str, inspect.Parameter]:
    signature = inspect.signature(vars(paginator_class(name))["paginate"])
    return dict(list(signature.parameters.items())[1:])


def arguments(name: str) -> dict[str, Any]:
    """Return a value for each parameter other than token and limit."""
    samples = {"AttributesToGet": ["sub"], "ClientType": "PUBLIC"}
    token, limit, *_ = PAGINATORS[name]
    members = operation_model(name).input_shape.members.keys() - {token, limit}
    return {member: samples.get(member, "eu-west-1_AbC123") for member in members}


def test_exactly_the_list_operations_with_a_token_have_a_paginator() -> None:
    assert set(REFERENCE) < set(NAMES)
    assert [xform_name(name) for name in NAMES] == sorted(AllOperations._paginators)
    lists = {name for name in operation_names() if name.removeprefix("Admin").startswith("List")}
    assert lists - set(NAMES) == {"ListTagsForResource"}
    client = client_with(ScriptedTransport())
    assert {name for name in operation_names() if client.can_paginate(xform_name(name))} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_paginator_has_the_parameters_of_its_operation_except_token_and_limit(name: str) -> None:
    token, limit, *_ = PAGINATORS[name]
    own = [member for member in operation_model(name).input_shape.members if member not in (token, limit)]
    assert sorted(parameters(name)) == sorted([*map(xform_name, own), *CONTROLS])
    assert list(parameters(name))[-4:] == CONTROLS
    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in parameters(name).values())


@pytest.mark.parametrize("name", NAMES)
def test_parameters_have_the_types_and_defaults_of_the_method(name: str) -> None:
    method = inspect.signature(getattr(AllOperations, xform_name(name))).parameters
    for own, parameter in parameters(name).items():
        if own not in CONTROLS:
            assert parameter == method[own]
    assert [parameters(name)[control].default for control in CONTROLS] == [None, None, None, 0]


@pytest.mark.parametrize("name", NAMES)
def test_get_type_hints_works(name: str) -> None:
    _, limit, _, _, item = PAGINATORS[name]
    hints = typing.get_type_hints(vars(paginator_class(name))["paginate"])
    assert hints["return"] == Pages[getattr(types, f"{name}Response"), getattr(types, item)]
    assert hints["page_size"] == (int | None if limit else type(None))


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_is_documented(name: str) -> None:
    documentation = inspect.getdoc(vars(paginator_class(name))["paginate"]) or ""
    assert f"API_{name}.html" in documentation
    for parameter in parameters(name):
        assert f"    {parameter}: " in documentation
    if maximum := PAGINATORS[name][2]:
        assert f"by default {maximum}, the largest value" in " ".join(documentation.split())


@pytest.mark.parametrize("name", NAMES)
async def test_a_paginator_sends_every_parameter_and_returns_every_page(name: str) -> None:
    token, limit, maximum, result, item = PAGINATORS[name]
    transport = ScriptedTransport(
        *(http_response(body={result: [{}, {}], token: value}) for value in ("t1", None))
    )
    paginator: Any = client_with(transport).get_paginator(xform_name(name))
    wire = arguments(name)
    pages = paginator.paginate(**{xform_name(member): value for member, value in wire.items()})
    items = await pages.collect()
    assert [type(part).__name__ for part in items] == [item] * 4
    first = wire | ({limit: maximum} if limit else {})
    assert [json.loads(request.body) for request in transport.sent] == [first, first | {token: "t1"}]


@pytest.mark.parametrize("name", NAMES)
def test_page_size_is_rejected_if_the_operation_has_no_limit(name: str) -> None:
    wire = {xform_name(member): value for member, value in arguments(name).items()}
    paginator: Any = paginator_class(name)(client_with(ScriptedTransport()))
    if PAGINATORS[name][1]:
        assert isinstance(paginator.paginate(**wire, page_size=1), Pages)
    else:
        with pytest.raises(InvalidRequestError, match=f"{name} has no page size"):
            paginator.paginate(**wire, page_size=1)


@pytest.mark.parametrize("name", NAMES)
def test_get_paginator_has_an_overload_for_every_name(name: str) -> None:
    overloads = typing.get_overloads(AllOperations.get_paginator)
    returned = {
        typing.get_args(hints["operation_name"])[0]: hints["return"]
        for hints in map(typing.get_type_hints, overloads)
    }
    assert returned[xform_name(name)] is paginator_class(name)
    assert len(returned) == len(NAMES)
