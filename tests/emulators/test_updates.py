"""Updates keep settings that they do not change."""

from __future__ import annotations

from cognito_async.types import (
    PasswordPolicyType,
    UpdateUserPoolClientRequest,
    UpdateUserPoolRequest,
    UserPoolPolicyType,
)
from cognito_async.updates import merge_user_pool, merge_user_pool_client
from emulators.resources import Scene


async def test_a_pool_keeps_what_an_update_does_not_change(scene: Scene) -> None:
    policy = PasswordPolicyType(minimum_length=12, require_symbols=False, require_numbers=True)
    pool_id = await scene.pool(
        policies=UserPoolPolicyType(password_policy=policy),
        auto_verified_attributes=["email"],
        user_pool_tags={"team": "a"},
    )
    before = (await scene.client.describe_user_pool(user_pool_id=pool_id)).user_pool
    change = UserPoolPolicyType(password_policy=PasswordPolicyType(minimum_length=14))
    await merge_user_pool(scene.client, UpdateUserPoolRequest(user_pool_id=pool_id, policies=change))
    after = (await scene.client.describe_user_pool(user_pool_id=pool_id)).user_pool
    assert after.policies is not None
    assert after.policies.password_policy is not None
    assert after.policies.password_policy.minimum_length == 14
    assert after.policies.password_policy.require_symbols is False
    assert after.policies.password_policy.require_numbers is True
    for name in ("name", "auto_verified_attributes", "user_pool_tags", "mfa_configuration"):
        assert getattr(after, name) == getattr(before, name), name


async def test_an_app_client_keeps_what_an_update_does_not_change(scene: Scene) -> None:
    pool_id = await scene.pool()
    before = await scene.app(pool_id, callback_urls=["https://example.com/back"], access_token_validity=5)
    request = UpdateUserPoolClientRequest(
        user_pool_id=pool_id, client_id=before.client_id, id_token_validity=6
    )
    await merge_user_pool_client(scene.client, request)
    described = await scene.client.describe_user_pool_client(user_pool_id=pool_id, client_id=before.client_id)
    after = described.user_pool_client
    assert after.id_token_validity == 6
    for name in ("client_name", "callback_urls", "access_token_validity", "explicit_auth_flows"):
        assert getattr(after, name) == getattr(before, name), name
