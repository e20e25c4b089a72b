"""Updates keep settings that they do not change."""

from __future__ import annotations

from cognito_async.types import (
    PasswordPolicyType,
    UpdateUserPoolClientRequest,
    UpdateUserPoolRequest,
    UserPoolPolicyType,
)
from cognito_async.updates import merge_user_pool, merge_user_pool_client
from emulators.resources import Resources


async def test_an_update_keeps_the_other_settings_of_a_pool(resources: Resources) -> None:
    policy = PasswordPolicyType(minimum_length=12, require_symbols=False, require_numbers=True)
    pool_id = await resources.pool(
        policies=UserPoolPolicyType(password_policy=policy),
        auto_verified_attributes=["email"],
        user_pool_tags={"team": "a"},
    )
    before = (await resources.client.describe_user_pool(user_pool_id=pool_id)).user_pool
    change = UserPoolPolicyType(password_policy=PasswordPolicyType(minimum_length=14))
    await merge_user_pool(resources.client, UpdateUserPoolRequest(user_pool_id=pool_id, policies=change))
    after = (await resources.client.describe_user_pool(user_pool_id=pool_id)).user_pool
    assert after.policies is not None
    assert after.policies.password_policy is not None
    assert after.policies.password_policy.minimum_length == 14
    assert after.policies.password_policy.require_symbols is False
    assert after.policies.password_policy.require_numbers is True
    for name in ("name", "auto_verified_attributes", "user_pool_tags", "mfa_configuration"):
        assert getattr(after, name) == getattr(before, name), name


async def test_an_update_keeps_the_other_settings_of_an_app_client(resources: Resources) -> None:
    pool_id = await resources.pool()
    before = await resources.app(pool_id, callback_urls=["https://example.com/back"], access_token_validity=5)
    request = UpdateUserPoolClientRequest(
        user_pool_id=pool_id, client_id=before.client_id, id_token_validity=6
    )
    await merge_user_pool_client(resources.client, request)
    described = await resources.client.describe_user_pool_client(
        user_pool_id=pool_id, client_id=before.client_id
    )
    after = described.user_pool_client
    assert after.id_token_validity == 6
    for name in ("client_name", "callback_urls", "access_token_validity", "explicit_auth_flows"):
        assert getattr(after, name) == getattr(before, name), name
