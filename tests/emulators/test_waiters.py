"""Waiting for a domain."""

from __future__ import annotations

import pytest

from cognito_async.errors import WaiterError
from cognito_async.waiters import wait_for_domain
from emulators.resources import Resources


async def test_wait_for_a_domain(resources: Resources) -> None:
    pool_id = await resources.pool()
    await resources.client.create_user_pool_domain(domain="waited-for", user_pool_id=pool_id)
    description = await wait_for_domain(resources.client, domain="waited-for", timeout=60)
    assert (description.status, description.user_pool_id) == ("ACTIVE", pool_id)
    await resources.client.delete_user_pool_domain(domain="waited-for", user_pool_id=pool_id)
    with pytest.raises(WaiterError):
        await wait_for_domain(resources.client, domain="waited-for", timeout=60)
