"""A pre sign-up trigger (AWS Lambda) that links a social login to the user with the same email address."""

from __future__ import annotations

import asyncio
from typing import Any

from cognito_async import CognitoClient, filters
from cognito_async.types import ProviderUserIdentifierType

PROVIDERS = {"google": "Google", "signinwithapple": "SignInWithApple"}  # those that verify email addresses
RUNNER = asyncio.Runner()
CLIENT = CognitoClient()  # does no I/O


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Link, if this is the first sign-in with an identity provider."""
    if event["triggerSource"] == "PreSignUp_ExternalProvider":
        RUNNER.run(link(CLIENT, event))
    return event


async def link(client: CognitoClient, event: dict[str, Any]) -> bool:
    """Return whether the identity was linked: both addresses must be verified, and one user must match."""
    prefix, _, subject = event["userName"].partition("_")  # such as google_115290504606846976
    provider, attributes = PROVIDERS.get(prefix.lower()), event["request"]["userAttributes"]
    if provider is None or attributes.get("email_verified") != "true":
        return False
    same_email = filters.equals("email", attributes["email"])
    pages = client.get_paginator("list_users").paginate(user_pool_id=event["userPoolId"], filter=same_email)
    found = [user async for user in pages.items() if user.user_status == "CONFIRMED"]
    if len(found) != 1 or not found[0].attribute_map.get("email_verified"):
        return False
    await client.admin_link_provider_for_user(
        user_pool_id=event["userPoolId"],
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
