"""From end to end against moto's Cognito on loopback."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from cognito_async import CognitoClient, Credentials
from cognito_async.errors import (
    GroupExistsException,
    NotAuthorizedException,
    ResourceNotFoundException,
    UsernameExistsException,
    UserNotFoundException,
)
from cognito_async.types import AttributeType

HERE = Path(__file__).parent
QUICKSTART = HERE.parent.parent / "docs" / "examples" / "quickstart.py"


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with load(HERE / "moto_server.py").moto_server() as address:
        yield address


@pytest.fixture
async def client(url: str) -> AsyncIterator[CognitoClient]:
    credentials = Credentials(access_key_id="emulator", secret_access_key="emulator")
    async with CognitoClient(region="eu-west-1", endpoint_url=url, credentials=credentials) as made:
        yield made


@pytest.fixture
async def pool_id(client: CognitoClient) -> AsyncIterator[str]:
    created = await client.create_user_pool(pool_name="test")
    yield created.user_pool.id
    await client.delete_user_pool(user_pool_id=created.user_pool.id)


async def test_a_pool_lives_and_dies(client: CognitoClient) -> None:
    created = await client.create_user_pool(
        pool_name="life", policies={"PasswordPolicy": {"MinimumLength": 12}}, user_pool_tags={"a": "b"}
    )
    pool_id = created.user_pool.id
    described = await client.describe_user_pool(user_pool_id=pool_id)
    assert described.user_pool.name == "life"
    assert described.user_pool.policies is not None
    assert described.user_pool.policies.password_policy is not None
    assert described.user_pool.policies.password_policy.minimum_length == 12
    await client.update_user_pool(user_pool_id=pool_id, mfa_configuration="OFF")
    pools = await client.list_user_pools(max_results=60)
    assert pool_id in [pool.id for pool in pools.user_pools]
    deleted = await client.delete_user_pool(user_pool_id=pool_id)
    assert deleted.response_metadata.http_status == 200
    with pytest.raises(ResourceNotFoundException):
        await client.describe_user_pool(user_pool_id=pool_id)


async def test_a_user_lives_and_dies(client: CognitoClient, pool_id: str) -> None:
    created = await client.admin_create_user(
        user_pool_id=pool_id,
        username="ana",
        user_attributes=[AttributeType(name="email", value="ana@example.com")],
        message_action="SUPPRESS",
    )
    assert created.user.user_status == "FORCE_CHANGE_PASSWORD"
    assert created.user.user_create_date.utcoffset() is not None
    with pytest.raises(UsernameExistsException):
        await client.admin_create_user(user_pool_id=pool_id, username="ana")
    await client.admin_update_user_attributes(
        user_pool_id=pool_id, username="ana", user_attributes=[{"Name": "given_name", "Value": "Ana Ł"}]
    )
    found = await client.admin_get_user(user_pool_id=pool_id, username="ana")
    assert AttributeType(name="given_name", value="Ana Ł") in found.user_attributes
    await client.admin_disable_user(user_pool_id=pool_id, username="ana")
    assert not (await client.admin_get_user(user_pool_id=pool_id, username="ana")).enabled
    await client.admin_delete_user(user_pool_id=pool_id, username="ana")
    with pytest.raises(UserNotFoundException):
        await client.admin_get_user(user_pool_id=pool_id, username="ana")


async def test_a_list_is_read_page_by_page(client: CognitoClient, pool_id: str) -> None:
    names = {f"user-{number}" for number in range(25)}
    await asyncio.gather(*(client.admin_create_user(user_pool_id=pool_id, username=name) for name in names))
    seen: list[str] = []
    token = None
    while True:
        page = await client.list_users(user_pool_id=pool_id, limit=10, pagination_token=token)
        assert len(page.users) <= 10
        seen += [user.username for user in page.users]
        token = page.pagination_token
        if token is None:
            break
    assert sorted(seen) == sorted(names)


async def test_groups_have_members(client: CognitoClient, pool_id: str) -> None:
    await client.admin_create_user(user_pool_id=pool_id, username="ana")
    await client.create_group(user_pool_id=pool_id, group_name="admins", precedence=0)
    with pytest.raises(GroupExistsException):
        await client.create_group(user_pool_id=pool_id, group_name="admins")
    await client.admin_add_user_to_group(user_pool_id=pool_id, username="ana", group_name="admins")
    groups = await client.admin_list_groups_for_user(user_pool_id=pool_id, username="ana")
    assert [(group.group_name, group.precedence) for group in groups.groups] == [("admins", 0)]


async def test_a_user_signs_in_without_aws_credentials(client: CognitoClient, pool_id: str, url: str) -> None:
    app = await client.create_user_pool_client(
        user_pool_id=pool_id, client_name="app", explicit_auth_flows=["ALLOW_USER_PASSWORD_AUTH"]
    )
    client_id = app.user_pool_client.client_id
    await client.admin_create_user(user_pool_id=pool_id, username="ana")
    await client.admin_set_user_password(
        user_pool_id=pool_id, username="ana", password="Correct-Horse-7", permanent=True
    )
    async with CognitoClient(endpoint_url=url) as public:
        answer = await public.initiate_auth(
            client_id=client_id,
            auth_flow="USER_PASSWORD_AUTH",
            auth_parameters={"USERNAME": "ana", "PASSWORD": "Correct-Horse-7"},
        )
        assert answer.authentication_result is not None
        token = answer.authentication_result.access_token
        assert token is not None
        assert (await public.get_user(access_token=token)).username == "ana"
        with pytest.raises(NotAuthorizedException):
            await public.initiate_auth(
                client_id=client_id,
                auth_flow="USER_PASSWORD_AUTH",
                auth_parameters={"USERNAME": "ana", "PASSWORD": "wrong"},
            )


def test_the_quickstart_runs_to_its_end() -> None:
    command = [sys.executable, str(HERE / "moto_server.py"), str(QUICKSTART)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert result.returncode == 0, result.stderr
    assert "120 users on 2 pages" in result.stdout
    assert "UsernameExistsException" in result.stdout
    assert "NotAuthorizedException" in result.stdout
    assert result.stdout.rstrip().endswith("All done.")
