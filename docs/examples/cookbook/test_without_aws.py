"""Tests that need no AWS account and no network: ``pytest test_without_aws.py``."""

from __future__ import annotations

import pytest

from cognito_async import CognitoClient
from cognito_async.errors import UserNotFoundException
from cognito_async.sign_in import AppClient, SignedIn, WrongPasswordError
from cognito_async.testing import FakeUserPool, StubTransport
from cognito_async.types import AdminGetUserRequest


async def is_enabled(client: CognitoClient, username: str) -> bool:
    """Return whether a user may sign in; this is the code under test."""
    try:
        user = await client.admin_get_user(
            user_pool_id="eu-west-1_AbC123", username=username
        )
    except UserNotFoundException:
        return False
    return bool(user.enabled)


async def sign_in(app: AppClient, username: str, password: str) -> str:
    """Return an access token; this too."""
    step = await app.sign_in(username, password)
    if not isinstance(step, SignedIn):
        raise TypeError(f"not prepared for {type(step).__name__}")
    return await step.access_token()


async def test_an_unknown_user_is_not_enabled(cognito_stub: StubTransport) -> None:
    """A stub returns what the test says."""
    cognito_stub.add(UserNotFoundException("User does not exist."), to=AdminGetUserRequest)
    assert not await is_enabled(cognito_stub.client(), "ana")


async def test_only_the_password_signs_in(cognito_user_pool: FakeUserPool) -> None:
    """A fake pool verifies passwords, codes and tokens, as Cognito does."""
    cognito_user_pool.add_user("ana", "Correct-Horse-7")
    app = cognito_user_pool.app()
    with pytest.raises(WrongPasswordError):
        await sign_in(app, "ana", "Wrong-Horse-7")
    token = await sign_in(app, "ana", "Correct-Horse-7")
    assert (await cognito_user_pool.verifier().access(token)).username == "ana"
