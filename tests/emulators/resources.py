"""What the tests of this folder use: an emulator, recording clients, and common resources."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import pytest
from attrs import define, frozen
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from cognito_async.errors import NotAuthorizedException
from cognito_async.types import (
    AttributeType,
    AuthenticationResultType,
    ExplicitAuthFlowsType,
    UserPoolClientType,
)
from emulators.recording import RecordingClient, Steps
from emulators.servers import Emulator, Running

PASSWORD = "Correct-Horse-7"
OTHER_PASSWORD = "Battery-Staple-8"
FLOWS: list[ExplicitAuthFlowsType] = [
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
]
PERIOD = 30
"""Period of the codes of authenticator apps, in seconds."""

MARGIN = 5
"""Seconds that a code must remain valid; moto rejects expired codes."""


@frozen
class Tokens:
    """The tokens of a sign-in."""

    access: str
    id: str
    refresh: str
    type: str | None


@define
class Resources:
    """An emulator with clients and resources for one test."""

    emulator: Emulator
    running: Running
    client: RecordingClient
    """With AWS credentials."""

    public: RecordingClient
    """Without credentials, as in a mobile app."""

    steps: Steps
    pools: list[str]
    """Pools to delete after the test."""

    def step(self, name: str) -> AbstractContextManager[None]:
        return self.steps.step(name)

    async def pool(self, **settings: Any) -> str:
        """Create a pool that is deleted after the test."""
        pool_id = (await self.client.create_user_pool(pool_name="test", **settings)).user_pool.id
        assert pool_id is not None
        self.pools.append(pool_id)
        return pool_id

    async def app(self, pool_id: str, **settings: Any) -> UserPoolClientType:
        created = await self.client.create_user_pool_client(
            user_pool_id=pool_id, client_name="app", explicit_auth_flows=FLOWS, **settings
        )
        assert created.user_pool_client is not None
        return created.user_pool_client

    async def app_id(self, pool_id: str, **settings: Any) -> str:
        client_id = (await self.app(pool_id, **settings)).client_id
        assert client_id is not None
        return client_id

    async def user(self, pool_id: str, username: str = "ana", **attributes: str) -> None:
        """Create a user with the password PASSWORD."""
        attributes_by_name = {"email": f"{username}@example.com", "email_verified": "true"} | attributes
        await self.client.admin_create_user(
            user_pool_id=pool_id,
            username=username,
            user_attributes=[
                AttributeType(name=name, value=value) for name, value in attributes_by_name.items()
            ],
            message_action="SUPPRESS",
        )
        await self.client.admin_set_user_password(
            user_pool_id=pool_id, username=username, password=PASSWORD, permanent=True
        )

    async def sign_in(self, client_id: str, username: str = "ana", password: str = PASSWORD) -> Tokens:
        response = await self.public.initiate_auth(
            client_id=client_id,
            auth_flow="USER_PASSWORD_AUTH",
            auth_parameters={"USERNAME": username, "PASSWORD": password},
        )
        assert response.challenge_name is None
        return tokens_of(response.authentication_result)

    async def rejects_password(self, client_id: str, password: str) -> None:
        """Check that a sign-in with this password fails."""
        with self.step("a wrong password is rejected"), pytest.raises(NotAuthorizedException):
            await self.sign_in(client_id, password=password)

    async def attributes(self, pool_id: str, username: str = "ana") -> dict[str, str | None]:
        """Return the attributes of a user from AdminGetUser."""
        user = await self.client.admin_get_user(user_pool_id=pool_id, username=username)
        return as_dict(user.user_attributes)

    async def code(self, pool_id: str, username: str = "ana") -> str:
        """Return the newest code sent to a user."""
        return await asyncio.to_thread(self.emulator.code, self.running, pool_id, username)


def tokens_of(result: AuthenticationResultType | None) -> Tokens:
    """Return the tokens of a complete sign-in."""
    assert result is not None
    assert result.access_token is not None
    assert result.id_token is not None
    assert result.refresh_token is not None
    return Tokens(result.access_token, result.id_token, result.refresh_token, result.token_type)


def as_dict(attributes: Sequence[AttributeType] | None) -> dict[str, str | None]:
    return {attribute.name: attribute.value for attribute in attributes or []}


def claims(token: str) -> dict[str, Any]:
    """Return the claims of a token, without verification."""
    middle = token.split(".")[1]
    payload: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return payload


def secret_hash(secret: str, username: str, client_id: str) -> str:
    """Return the SECRET_HASH of an app client with a secret."""
    digest = hmac.digest(secret.encode(), (username + client_id).encode(), "sha256")
    return base64.b64encode(digest).decode()


async def authenticator_code(secret: str) -> str:
    """Return the current code of an authenticator app; it remains valid for at least MARGIN seconds."""
    seconds_left = PERIOD - time.time() % PERIOD
    if seconds_left < MARGIN:
        await asyncio.sleep(seconds_left)
    padded = secret + "=" * (-len(secret) % 8)
    # The secret of moto is shorter than RFC 4226 requires.
    app = TOTP(base64.b32decode(padded, casefold=True), 6, SHA1(), PERIOD, enforce_key_length=False)
    return app.generate(time.time()).decode()


def wrong_code(code: str) -> str:
    """Return a wrong code."""
    return f"{(int(code) + 1) % 1_000_000:06}"
