"""Calls that many tests make, and responses to them."""

from __future__ import annotations

from typing import Any

from cognito_async import CognitoClient, types
from support.transports import error_response, http_response

POOL = "eu-west-1_AbC123"
OK = http_response(200, {"Username": "ana"})
THROTTLED = error_response("TooManyRequestsException")
SERVER_ERROR = error_response("InternalErrorException", 500)


async def get_user(client: CognitoClient, username: str = "ana") -> types.AdminGetUserResponse:
    """Call a signed, idempotent operation."""
    return await client.admin_get_user(user_pool_id=POOL, username=username)


async def sign_up(client: CognitoClient) -> Any:
    """Call an unsigned, idempotent operation."""
    return await client.sign_up(client_id="client", username="ana", password="password")


async def confirm_sign_up(client: CognitoClient) -> Any:
    """Call an unsigned operation that uses up a code."""
    return await client.confirm_sign_up(client_id="client", username="ana", confirmation_code="123456")


async def respond_to_challenge(client: CognitoClient) -> Any:
    """Call a signed operation that uses up a session."""
    return await client.admin_respond_to_auth_challenge(
        user_pool_id=POOL, client_id="client", challenge_name="SMS_MFA"
    )
