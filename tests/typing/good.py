"""What users write: has to pass mypy --strict and pyright strict. Checked, not run."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_type

from cognito_async import CognitoClient, Credentials, errors, types
from cognito_async.errors import ServiceError, UsernameExistsException
from cognito_async.types import AdminGetUserRequest, AttributeType, UserType


async def provider() -> Credentials:
    return Credentials(access_key_id="a", secret_access_key="b", session_token=None)


def clients() -> list[CognitoClient]:
    return [
        CognitoClient(),
        CognitoClient(region="eu-west-1", endpoint_url="http://127.0.0.1:5000", max_connections=5),
        CognitoClient(credentials=Credentials(access_key_id="a", secret_access_key="b")),
        CognitoClient(credentials=provider),
    ]


async def users(client: CognitoClient, pool_id: str) -> list[str]:
    created = await client.admin_create_user(
        user_pool_id=pool_id,
        username="ana",
        user_attributes=[AttributeType(name="email", value="a@b"), {"Name": "name", "Value": "Ana"}],
        desired_delivery_mediums=("EMAIL",),
        message_action="SUPPRESS",
        client_metadata={"source": "test"},
    )
    assert_type(created, types.AdminCreateUserResponse)
    assert_type(created.user, UserType)
    assert_type(created.user.username, str)
    assert_type(created.user.user_create_date, datetime)
    assert_type(created.response_metadata.request_id, str | None)
    page = await client.list_users(user_pool_id=pool_id, filter='email ^= "a"', limit=60)
    names = [user.username for user in page.users]
    assert_type(page.pagination_token, str | None)
    found = await client.send(AdminGetUserRequest(user_pool_id=pool_id, username="ana"))
    assert_type(found, types.AdminGetUserResponse)
    return [*names, found.username]


async def sign_in(client: CognitoClient, client_id: str) -> str | None:
    answer = await client.initiate_auth(
        client_id=client_id, auth_flow="USER_PASSWORD_AUTH", auth_parameters={"USERNAME": "a"}
    )
    if answer.challenge_name == "NEW_PASSWORD_REQUIRED":
        await client.respond_to_auth_challenge(
            client_id=client_id, challenge_name="NEW_PASSWORD_REQUIRED", session=answer.session
        )
    return answer.authentication_result.access_token if answer.authentication_result else None


async def pool(client: CognitoClient) -> str:
    created = await client.create_user_pool(
        pool_name="p",
        policies=types.UserPoolPolicyType(password_policy=types.PasswordPolicyType(minimum_length=12)),
    )
    assert_type(await client.delete_user_pool(user_pool_id=created.user_pool.id), types.EmptyResponse)
    return created.user_pool.id


async def caught(client: CognitoClient) -> tuple[str, bool]:
    try:
        await client.admin_create_user(user_pool_id="p", username="u")
    except UsernameExistsException as error:
        return error.code, error.retryable
    except errors.InvalidParameterException as error:
        assert_type(error.reason_code, str | None)
    except ServiceError as error:
        assert_type(error.request_id, str | None)
    return "", False


def wire() -> Mapping[str, Any]:
    request = AdminGetUserRequest.from_wire({"UserPoolId": "p", "Username": "u"})
    assert_type(request, AdminGetUserRequest)
    return request.to_wire()
