"""Life cycles of app clients and resource servers."""

from __future__ import annotations

import pytest

from cognito_async.errors import NotAuthorizedException, ResourceNotFoundException
from cognito_async.types import ResourceServerScopeType
from emulators.resources import PASSWORD, Resources, secret_hash

SCOPES = [ResourceServerScopeType(scope_name="read", scope_description="Read orders")]


async def test_app_client_life_cycle(resources: Resources) -> None:
    pool_id = await resources.pool()
    created = await resources.client.create_user_pool_client(
        user_pool_id=pool_id,
        client_name="shop",
        explicit_auth_flows=["ALLOW_USER_PASSWORD_AUTH"],
        callback_urls=["https://shop.example/back"],
        id_token_validity=2,
    )
    app = created.user_pool_client
    assert app is not None
    assert (app.client_name, app.user_pool_id, app.client_secret) == ("shop", pool_id, None)
    await resources.client.update_user_pool_client(
        user_pool_id=pool_id, client_id=app.client_id, client_name="store", id_token_validity=3
    )
    described = (
        await resources.client.describe_user_pool_client(user_pool_id=pool_id, client_id=app.client_id)
    ).user_pool_client
    assert described is not None
    assert (described.client_id, described.client_name) == (app.client_id, "store")
    assert described.id_token_validity == 3
    await resources.client.delete_user_pool_client(user_pool_id=pool_id, client_id=app.client_id)
    with pytest.raises(ResourceNotFoundException):
        await resources.client.describe_user_pool_client(user_pool_id=pool_id, client_id=app.client_id)


async def test_app_clients_are_listed(resources: Resources) -> None:
    pool_id = await resources.pool()
    created = {await resources.app_id(pool_id) for _ in range(3)}
    listed = await resources.client.list_user_pool_clients(user_pool_id=pool_id, max_results=60)
    assert {app.client_id for app in listed.user_pool_clients} == created
    assert {app.client_name for app in listed.user_pool_clients} == {"app"}
    with resources.step("app clients are paginated"):
        first = await resources.client.list_user_pool_clients(user_pool_id=pool_id, max_results=2)
        assert len(first.user_pool_clients) == 2
        assert first.next_token is not None
    pages = resources.client.get_paginator("list_user_pool_clients").paginate(
        user_pool_id=pool_id, page_size=2
    )
    assert {app.client_id async for app in pages.items()} == created


async def test_an_app_client_with_a_secret_requires_a_secret_hash(resources: Resources) -> None:
    pool_id = await resources.pool()
    app = await resources.app(pool_id, generate_secret=True)
    assert app.client_id is not None
    assert app.client_secret is not None
    await resources.user(pool_id)
    names = {"USERNAME": "ana", "PASSWORD": PASSWORD}
    proof = secret_hash(app.client_secret, "ana", app.client_id)
    response = await resources.public.initiate_auth(
        client_id=app.client_id,
        auth_flow="USER_PASSWORD_AUTH",
        auth_parameters=names | {"SECRET_HASH": proof},
    )
    assert response.authentication_result is not None
    with resources.step("a wrong secret hash is rejected"), pytest.raises(NotAuthorizedException):
        await resources.public.initiate_auth(
            client_id=app.client_id,
            auth_flow="USER_PASSWORD_AUTH",
            auth_parameters=names | {"SECRET_HASH": proof[::-1]},
        )


async def test_create_resource_server(resources: Resources) -> None:
    pool_id = await resources.pool()
    created = await resources.client.create_resource_server(
        user_pool_id=pool_id, identifier="https://api.example", name="orders", scopes=SCOPES
    )
    assert created.resource_server.identifier == "https://api.example"
    described = await resources.client.describe_resource_server(
        user_pool_id=pool_id, identifier="https://api.example"
    )
    assert described.resource_server.name == "orders"
    assert described.resource_server.scopes == SCOPES
    await resources.client.create_resource_server(user_pool_id=pool_id, identifier="stock", name="stock")
    pages = resources.client.get_paginator("list_resource_servers").paginate(user_pool_id=pool_id)
    listed = [server async for server in pages.items()]
    assert {server.identifier for server in listed} == {"https://api.example", "stock"}
    with pytest.raises(ResourceNotFoundException):
        await resources.client.describe_resource_server(user_pool_id=pool_id, identifier="missing")


async def test_update_and_delete_resource_server(resources: Resources) -> None:
    pool_id = await resources.pool()
    await resources.client.create_resource_server(
        user_pool_id=pool_id, identifier="api", name="orders", scopes=SCOPES
    )
    new_scopes = [*SCOPES, ResourceServerScopeType(scope_name="write", scope_description="Change orders")]
    await resources.client.update_resource_server(
        user_pool_id=pool_id, identifier="api", name="sales", scopes=new_scopes
    )
    described = await resources.client.describe_resource_server(user_pool_id=pool_id, identifier="api")
    assert (described.resource_server.name, described.resource_server.scopes) == ("sales", new_scopes)
    await resources.client.delete_resource_server(user_pool_id=pool_id, identifier="api")
    with pytest.raises(ResourceNotFoundException):
        await resources.client.describe_resource_server(user_pool_id=pool_id, identifier="api")
