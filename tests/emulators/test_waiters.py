"""Waiting for a domain."""

from __future__ import annotations

import pytest

from cognito_async.errors import WaiterError
from cognito_async.waiters import wait_for_domain
from emulators.resources import Scene


async def test_wait_for_a_domain(scene: Scene) -> None:
    pool_id = await scene.pool()
    await scene.client.create_user_pool_domain(domain="waited-for", user_pool_id=pool_id)
    found = await wait_for_domain(scene.client, domain="waited-for", timeout=10)
    assert (found.status, found.user_pool_id) == ("ACTIVE", pool_id)
    await scene.client.delete_user_pool_domain(domain="waited-for", user_pool_id=pool_id)
    with pytest.raises(WaiterError):
        await wait_for_domain(scene.client, domain="waited-for", timeout=10)
