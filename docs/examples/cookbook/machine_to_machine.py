"""Give a service access to an API: ``machine_to_machine.py set-up``, then ``... token``."""

from __future__ import annotations

import asyncio
import os
import sys

from cognito_async import CognitoClient, types
from cognito_async.oauth import ClientCredentials
from cognito_async.sign_in import AppClient
from cognito_async.tokens import TokenVerifier

SCOPE = "orders/read"


async def set_up(client: CognitoClient, pool_id: str) -> None:
    """Create the API with its scope, and an app client that may ask for it; once."""
    scope = types.ResourceServerScopeType(scope_name="read", scope_description="Read them")
    await client.create_resource_server(
        user_pool_id=pool_id, identifier="orders", name="Orders", scopes=[scope]
    )
    created = await client.create_user_pool_client(
        user_pool_id=pool_id,
        client_name="billing",
        generate_secret=True,
        explicit_auth_flows=["ALLOW_REFRESH_TOKEN_AUTH"],  # no user can sign in with it
        allowed_o_auth_flows=["client_credentials"],
        allowed_o_auth_scopes=[SCOPE],
        allowed_o_auth_flows_user_pool_client=True,
    )
    app = created.user_pool_client
    print(f"COGNITO_CLIENT_ID={app.client_id} COGNITO_CLIENT_SECRET={app.client_secret}")


async def token(client: CognitoClient, pool_id: str) -> None:
    """Get a token as the service, and check it as the API."""
    client_id, secret = os.environ["COGNITO_CLIENT_ID"], os.environ["COGNITO_CLIENT_SECRET"]
    app = AppClient(client, pool_id, client_id, secret)
    service = ClientCredentials(app, domain=os.environ["COGNITO_DOMAIN"], scopes={SCOPE})
    async with TokenVerifier(pool_id, client_id=client_id) as api:
        claims = await api.access(await service.token(), scopes={SCOPE})
        print(claims.client_id, sorted(claims.scopes))


async def main(command: str) -> None:
    """Run ``set-up`` or ``token``."""
    run = {"set-up": set_up, "token": token}[command]
    async with CognitoClient() as client:
        await run(client, os.environ["COGNITO_USER_POOL_ID"])


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
