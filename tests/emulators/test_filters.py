"""Filters find users."""

from __future__ import annotations

from cognito_async import filters
from emulators.resources import Resources


async def emails_of(resources: Resources, pool_id: str, text: str) -> list[str]:
    page = await resources.client.list_users(user_pool_id=pool_id, filter=text)
    return sorted(user.attribute_map["email"] for user in page.users)


async def test_users_are_found_by_filters(resources: Resources) -> None:
    pool_id = await resources.pool()
    for name in ("ana", "anton", "bea"):
        await resources.client.admin_create_user(
            user_pool_id=pool_id,
            username=name,
            user_attributes={"email": f"{name}@example.com", "email_verified": name == "ana"},
            message_action="SUPPRESS",
        )
    assert await emails_of(resources, pool_id, filters.equals("email", "bea@example.com")) == [
        "bea@example.com"
    ]
    an = ["ana@example.com", "anton@example.com"]
    assert await emails_of(resources, pool_id, filters.starts_with("email", "an")) == an
    assert await emails_of(resources, pool_id, filters.starts_with("username", "an")) == an
    assert await emails_of(
        resources, pool_id, filters.equals("cognito:user_status", "FORCE_CHANGE_PASSWORD")
    ) == [
        *an,
        "bea@example.com",
    ]
    assert await emails_of(resources, pool_id, filters.equals("email", "nobody@example.com")) == []
    ana = await resources.client.admin_get_user(user_pool_id=pool_id, username="ana")
    assert ana.attribute_map["email_verified"] is True
    bea = await resources.client.admin_get_user(user_pool_id=pool_id, username="bea")
    assert bea.attribute_map["email_verified"] is False
