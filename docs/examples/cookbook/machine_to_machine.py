"""Give a service access to an API: ``python machine_to_machine.py``."""

from __future__ import annotations

import asyncio
import os

from cognito_async import CognitoClient
from cognito_async.oauth import ClientCredentials
from cognito_async.sign_in import AppClient
from cognito_async.tokens import TokenVerifier
from cognito_async.types import ResourceServerScopeType, UserPoolClientType

SCOPE = "orders/read"


async def set_up(client: CognitoClient, pool_id: str) -> UserPoolClientType:
    """Create the API with its scope, and an app client that may ask for it; once."""
    scope = ResourceServerScopeType(scope_name="read", scope_description="Read orders")
    await client.create_resource_server(
        user_pool_id=pool_id, identifier="orders", name="Orders", scopes=[scope]
    )
    created = await client.create_user_pool_client(
        user_pool_id=pool_id,
        client_name="billing",
        generate_secret=True,
        allowed_o_auth_flows=["client_credentials"],
        allowed_o_auth_scopes=[SCOPE],
        allowed_o_auth_flows_user_pool_client=True,
    )
    return created.user_pool_client


async def main() -> None:
    """Get a token as the service, and check it as the API."""
    pool_id = os.environ["COGNITO_USER_POOL_ID"]
    async with CognitoClient() as client:
        created = await set_up(client, pool_id)
        app = AppClient(client, pool_id, created.client_id, created.client_secret)
        service = ClientCredentials(
            app, domain=os.environ["COGNITO_DOMAIN"], scopes={SCOPE}
        )
        token = await service.token()  # the service sends it as "Authorization: Bearer ..."
        async with TokenVerifier(pool_id, client_id=created.client_id) as api:
            claims = await api.access(token, scopes={SCOPE})
            print(claims.client_id, sorted(claims.scopes))


if __name__ == "__main__":
    asyncio.run(main())
