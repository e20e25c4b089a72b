"""Life cycles of groups and their members."""

from __future__ import annotations

import pytest

from cognito_async.errors import GroupExistsException, ResourceNotFoundException, UserNotFoundException
from emulators.resources import Resources, claims


async def test_group_life_cycle(resources: Resources) -> None:
    pool_id = await resources.pool()
    created = await resources.client.create_group(
        user_pool_id=pool_id, group_name="admins", description="Full access", precedence=0
    )
    assert created.group is not None
    assert (created.group.group_name, created.group.precedence) == ("admins", 0)
    group = (await resources.client.get_group(user_pool_id=pool_id, group_name="admins")).group
    assert group is not None
    assert (group.description, group.precedence, group.user_pool_id) == ("Full access", 0, pool_id)
    assert group.creation_date is not None
    with resources.step("a second group with the same name is rejected"), pytest.raises(GroupExistsException):
        await resources.client.create_group(user_pool_id=pool_id, group_name="admins")
    await resources.client.delete_group(user_pool_id=pool_id, group_name="admins")
    with pytest.raises(ResourceNotFoundException):
        await resources.client.get_group(user_pool_id=pool_id, group_name="admins")


async def test_update_group(resources: Resources) -> None:
    pool_id = await resources.pool()
    await resources.client.create_group(user_pool_id=pool_id, group_name="admins", description="Full access")
    updated = await resources.client.update_group(
        user_pool_id=pool_id, group_name="admins", description="Limited access", precedence=3
    )
    assert updated.group is not None
    group = (await resources.client.get_group(user_pool_id=pool_id, group_name="admins")).group
    assert group is not None
    assert (group.description, group.precedence) == ("Limited access", 3)


async def test_groups_are_listed(resources: Resources) -> None:
    pool_id = await resources.pool()
    names = ["admins", "guests", "sellers"]
    for name in names:
        await resources.client.create_group(user_pool_id=pool_id, group_name=name)
    listed = await resources.client.list_groups(user_pool_id=pool_id)
    assert listed.groups is not None
    assert sorted(group.group_name or "" for group in listed.groups) == names
    with resources.step("groups are paginated"):
        first = await resources.client.list_groups(user_pool_id=pool_id, limit=2)
        assert first.groups is not None
        assert len(first.groups) == 2
        assert first.next_token is not None
    pages = resources.client.get_paginator("list_groups").paginate(user_pool_id=pool_id, page_size=2)
    assert sorted([group.group_name or "" async for group in pages.items()]) == names


async def test_users_join_and_leave_groups(resources: Resources) -> None:
    pool_id = await resources.pool()
    for name in ("ana", "bea"):
        await resources.user(pool_id, name)
    for name in ("admins", "guests"):
        await resources.client.create_group(user_pool_id=pool_id, group_name=name)
        await resources.client.admin_add_user_to_group(user_pool_id=pool_id, username="ana", group_name=name)
    await resources.client.admin_add_user_to_group(user_pool_id=pool_id, username="bea", group_name="guests")

    members = await resources.client.list_users_in_group(user_pool_id=pool_id, group_name="guests")
    assert members.users is not None
    assert sorted(user.username or "" for user in members.users) == ["ana", "bea"]
    groups = await resources.client.admin_list_groups_for_user(user_pool_id=pool_id, username="ana")
    assert groups.groups is not None
    assert sorted(group.group_name or "" for group in groups.groups) == ["admins", "guests"]

    await resources.client.admin_remove_user_from_group(
        user_pool_id=pool_id, username="ana", group_name="guests"
    )
    members = await resources.client.list_users_in_group(user_pool_id=pool_id, group_name="guests")
    assert members.users is not None
    assert [user.username for user in members.users] == ["bea"]
    with resources.step("a user cannot join a missing group"), pytest.raises(ResourceNotFoundException):
        await resources.client.admin_add_user_to_group(
            user_pool_id=pool_id, username="ana", group_name="missing"
        )
    with resources.step("a missing user cannot join a group"), pytest.raises(UserNotFoundException):
        await resources.client.admin_add_user_to_group(
            user_pool_id=pool_id, username="zoe", group_name="guests"
        )


async def test_tokens_contain_the_groups(resources: Resources) -> None:
    pool_id = await resources.pool()
    client_id = await resources.app_id(pool_id)
    await resources.user(pool_id)
    await resources.client.create_group(user_pool_id=pool_id, group_name="admins")
    await resources.client.admin_add_user_to_group(user_pool_id=pool_id, username="ana", group_name="admins")
    assert claims((await resources.sign_in(client_id)).access)["cognito:groups"] == ["admins"]
