"""A pre sign-up trigger (AWS Lambda): links a social login to the user with its address."""

from __future__ import annotations

import asyncio
from typing import Any

from cognito_async import CognitoClient, filters
from cognito_async.types import ProviderUserIdentifierType

# Those that verify email addresses.
PROVIDERS = {"google": "Google", "signinwithapple": "SignInWithApple"}
RUNNER = asyncio.Runner()
CLIENT = CognitoClient(timeout=4)  # the service waits five seconds; this does no I/O


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Link, if this is the first sign-in with an identity provider."""
    if event["triggerSource"] == "PreSignUp_ExternalProvider":
        RUNNER.run(link(CLIENT, event))
    return event


async def link(client: CognitoClient, event: dict[str, Any]) -> bool:
    """Link, if both addresses are verified and one user matches; return whether."""
    prefix, _, subject = event["userName"].partition("_")  # google_115290504606846976
    provider, pool_id = PROVIDERS.get(prefix.lower()), event["userPoolId"]
    attributes = event["request"]["userAttributes"]
    email = attributes.get("email")
    if provider is None or not email or attributes.get("email_verified") != "true":
        return False
    pages = client.get_paginator("list_users").paginate(
        user_pool_id=pool_id, filter=filters.equals("email", email)
    )
    found = [user async for user in pages.items() if user.user_status == "CONFIRMED"]
    if len(found) != 1 or not found[0].attribute_map.get("email_verified"):
        return False
    await client.admin_link_provider_for_user(
        user_pool_id=pool_id,
        destination_user=ProviderUserIdentifierType(
            provider_name="Cognito", provider_attribute_value=found[0].username
        ),
        source_user=ProviderUserIdentifierType(
            provider_name=provider,
            provider_attribute_name="Cognito_Subject",
            provider_attribute_value=subject,
        ),
    )
    return True
