"""Life cycles of identity providers, and users that sign in with them."""

from __future__ import annotations

import json

import pytest

from cognito_async.errors import DuplicateProviderException, ResourceNotFoundException
from cognito_async.types import ProviderUserIdentifierType
from emulators.resources import Resources, as_dict

DETAILS = {
    "client_id": "pool",
    "client_secret": "hush",
    "authorize_scopes": "openid",
    "oidc_issuer": "https://login.example",
    "attributes_request_method": "GET",
}


async def test_identity_provider_life_cycle(resources: Resources) -> None:
    pool_id = await resources.pool()
    created = await resources.client.create_identity_provider(
        user_pool_id=pool_id,
        provider_name="Example",
        provider_type="OIDC",
        provider_details=DETAILS,
        attribute_mapping={"email": "mail"},
    )
    assert created.identity_provider.provider_name == "Example"
    described = await resources.client.describe_identity_provider(
        user_pool_id=pool_id, provider_name="Example"
    )
    provider = described.identity_provider
    assert (provider.provider_type, provider.attribute_mapping) == ("OIDC", {"email": "mail"})
    assert provider.provider_details is not None
    assert DETAILS.items() <= provider.provider_details.items()
    with (
        resources.step("a second provider with the same name is rejected"),
        pytest.raises(DuplicateProviderException),
    ):
        await resources.client.create_identity_provider(
            user_pool_id=pool_id, provider_name="Example", provider_type="OIDC", provider_details=DETAILS
        )
    await resources.client.update_identity_provider(
        user_pool_id=pool_id, provider_name="Example", attribute_mapping={"email": "address"}
    )
    described = await resources.client.describe_identity_provider(
        user_pool_id=pool_id, provider_name="Example"
    )
    assert described.identity_provider.attribute_mapping == {"email": "address"}
    listed = await resources.client.list_identity_providers(user_pool_id=pool_id, max_results=60)
    assert [(provider.provider_name, provider.provider_type) for provider in listed.providers] == [
        ("Example", "OIDC")
    ]
    await resources.client.delete_identity_provider(user_pool_id=pool_id, provider_name="Example")
    with pytest.raises(ResourceNotFoundException):
        await resources.client.describe_identity_provider(user_pool_id=pool_id, provider_name="Example")


async def test_a_provider_is_found_by_an_identifier(resources: Resources) -> None:
    pool_id = await resources.pool()
    await resources.client.create_identity_provider(
        user_pool_id=pool_id,
        provider_name="Example",
        provider_type="OIDC",
        provider_details=DETAILS,
        idp_identifiers=["example.com"],
    )
    described = await resources.client.get_identity_provider_by_identifier(
        user_pool_id=pool_id, idp_identifier="example.com"
    )
    assert described.identity_provider.provider_name == "Example"
    with pytest.raises(ResourceNotFoundException):
        await resources.client.get_identity_provider_by_identifier(
            user_pool_id=pool_id, idp_identifier="none"
        )


async def test_link_and_unlink_a_provider_for_a_user(resources: Resources) -> None:
    pool_id = await resources.pool()
    await resources.client.create_identity_provider(
        user_pool_id=pool_id, provider_name="Example", provider_type="OIDC", provider_details=DETAILS
    )
    await resources.user(pool_id)
    external_user = ProviderUserIdentifierType(
        provider_name="Example", provider_attribute_name="Cognito_Subject", provider_attribute_value="ana-1"
    )
    await resources.client.admin_link_provider_for_user(
        user_pool_id=pool_id,
        destination_user=ProviderUserIdentifierType(provider_name="Cognito", provider_attribute_value="ana"),
        source_user=external_user,
    )
    user = await resources.client.admin_get_user(user_pool_id=pool_id, username="ana")
    identities = json.loads(as_dict(user.user_attributes)["identities"] or "[]")
    assert [(identity["providerName"], identity["userId"]) for identity in identities] == [
        ("Example", "ana-1")
    ]
    await resources.client.admin_disable_provider_for_user(user_pool_id=pool_id, user=external_user)
    user = await resources.client.admin_get_user(user_pool_id=pool_id, username="ana")
    assert json.loads(as_dict(user.user_attributes).get("identities") or "[]") == []
