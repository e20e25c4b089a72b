"""Life cycles of users, by admin operations."""

from __future__ import annotations

import asyncio

import pytest

from cognito_async.errors import (
    InvalidPasswordException,
    NotAuthorizedException,
    PasswordResetRequiredException,
    UsernameExistsException,
    UserNotFoundException,
)
from cognito_async.types import AttributeType
from emulators.resources import OTHER_PASSWORD, PASSWORD, Resources, as_dict


async def test_user_life_cycle(resources: Resources) -> None:
    pool_id = await resources.pool()
    created = await resources.client.admin_create_user(
        user_pool_id=pool_id,
        username="ana",
        temporary_password=PASSWORD,
        user_attributes=[AttributeType(name="email", value="ana@example.com")],
        message_action="SUPPRESS",
    )
    assert created.user is not None
    assert (created.user.username, created.user.user_status) == ("ana", "FORCE_CHANGE_PASSWORD")
    assert as_dict(created.user.attributes)["email"] == "ana@example.com"
    assert created.user.user_create_date is not None
    assert created.user.user_create_date.utcoffset() is not None
    with pytest.raises(UsernameExistsException):
        await resources.client.admin_create_user(user_pool_id=pool_id, username="ana")
    user = await resources.client.admin_get_user(user_pool_id=pool_id, username="ana")
    assert user.enabled is True
    assert user.user_attributes is not None
    await resources.client.admin_delete_user(user_pool_id=pool_id, username="ana")
    with pytest.raises(UserNotFoundException):
        await resources.client.admin_get_user(user_pool_id=pool_id, username="ana")


async def test_attributes_are_set_and_removed(resources: Resources) -> None:
    pool_id = await resources.pool()
    await resources.user(pool_id)
    await resources.client.admin_update_user_attributes(
        user_pool_id=pool_id,
        username="ana",
        user_attributes=[{"Name": "given_name", "Value": "Ana Ł"}, {"Name": "locale", "Value": "pl-PL"}],
    )
    assert {"given_name": "Ana Ł", "locale": "pl-PL"}.items() <= (await resources.attributes(pool_id)).items()
    await resources.client.admin_delete_user_attributes(
        user_pool_id=pool_id, username="ana", user_attribute_names=["locale"]
    )
    attributes = await resources.attributes(pool_id)
    assert "locale" not in attributes
    assert attributes["given_name"] == "Ana Ł"


async def test_users_are_listed(resources: Resources) -> None:
    pool_id = await resources.pool()
    names = [f"user-{number}" for number in range(5)]
    await asyncio.gather(*(resources.user(pool_id, name) for name in names))
    listed = await resources.client.list_users(user_pool_id=pool_id)
    assert listed.users is not None
    assert sorted(user.username or "" for user in listed.users) == names
    page = await resources.client.list_users(user_pool_id=pool_id, filter='email = "user-3@example.com"')
    assert page.users is not None
    assert [user.username for user in page.users] == ["user-3"]
    page = await resources.client.list_users(user_pool_id=pool_id, filter='username ^= "user-"')
    assert page.users is not None
    assert len(page.users) == 5


async def test_users_are_paginated(resources: Resources) -> None:
    pool_id = await resources.pool()
    names = [f"user-{number}" for number in range(5)]
    await asyncio.gather(*(resources.user(pool_id, name) for name in names))
    with resources.step("users are paginated"):
        first = await resources.client.list_users(user_pool_id=pool_id, limit=2)
        assert first.users is not None
        assert len(first.users) == 2
        assert first.pagination_token is not None
    pages = resources.client.get_paginator("list_users").paginate(user_pool_id=pool_id, page_size=2)
    assert sorted([user.username or "" async for user in pages.items()]) == names


async def test_a_disabled_user_cannot_sign_in(resources: Resources) -> None:
    pool_id = await resources.pool()
    client_id = await resources.app_id(pool_id)
    await resources.user(pool_id)
    await resources.client.admin_disable_user(user_pool_id=pool_id, username="ana")
    assert (await resources.client.admin_get_user(user_pool_id=pool_id, username="ana")).enabled is False
    with resources.step("a disabled user is rejected"), pytest.raises(NotAuthorizedException):
        await resources.sign_in(client_id)
    await resources.client.admin_enable_user(user_pool_id=pool_id, username="ana")
    assert (await resources.client.admin_get_user(user_pool_id=pool_id, username="ana")).enabled is True
    await resources.sign_in(client_id)


async def test_an_administrator_sets_a_password(resources: Resources) -> None:
    pool_id = await resources.pool(policies={"PasswordPolicy": {"MinimumLength": 8, "RequireNumbers": True}})
    client_id = await resources.app_id(pool_id)
    await resources.user(pool_id)
    user = await resources.client.admin_get_user(user_pool_id=pool_id, username="ana")
    assert user.user_status == "CONFIRMED"
    await resources.client.admin_set_user_password(
        user_pool_id=pool_id, username="ana", password=OTHER_PASSWORD, permanent=True
    )
    await resources.rejects_password(client_id, PASSWORD)
    await resources.sign_in(client_id, password=OTHER_PASSWORD)
    with (
        resources.step("a password that violates the policy is rejected"),
        pytest.raises(InvalidPasswordException),
    ):
        await resources.client.admin_set_user_password(
            user_pool_id=pool_id, username="ana", password="short", permanent=True
        )


async def test_an_administrator_resets_a_password(resources: Resources) -> None:
    pool_id = await resources.pool()
    client_id = await resources.app_id(pool_id)
    await resources.user(pool_id)
    await resources.client.admin_reset_user_password(user_pool_id=pool_id, username="ana")
    user = await resources.client.admin_get_user(user_pool_id=pool_id, username="ana")
    assert user.user_status == "RESET_REQUIRED"
    with (
        resources.step("sign-in of a user with a reset password fails with its error"),
        pytest.raises(PasswordResetRequiredException),
    ):
        await resources.sign_in(client_id)
    await resources.public.confirm_forgot_password(
        client_id=client_id,
        username="ana",
        confirmation_code=await resources.code(pool_id),
        password=OTHER_PASSWORD,
    )
    await resources.sign_in(client_id, password=OTHER_PASSWORD)
