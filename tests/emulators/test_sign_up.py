"""Self-service of users: sign-up, forgotten passwords, attributes, deletion."""

from __future__ import annotations

import pytest

from cognito_async.errors import (
    CodeMismatchException,
    NotAuthorizedException,
    ResourceNotFoundException,
    ServiceError,
    UsernameExistsException,
    UserNotConfirmedException,
    UserNotFoundException,
)
from cognito_async.types import AttributeType
from emulators.resources import OTHER_PASSWORD, PASSWORD, Resources, as_dict, wrong_code

EMAIL = AttributeType(name="email", value="ana@example.com")


async def _sign_up(resources: Resources) -> tuple[str, str]:
    """Sign up Ana in a new pool; return the ids of pool and app client."""
    pool_id = await resources.pool(auto_verified_attributes=["email"])
    client_id = await resources.app_id(pool_id)
    response = await resources.public.sign_up(
        client_id=client_id, username="ana", password=PASSWORD, user_attributes=[EMAIL]
    )
    assert response.user_confirmed is False
    assert response.user_sub
    return pool_id, client_id


async def test_a_user_signs_up_and_confirms(resources: Resources) -> None:
    pool_id, client_id = await _sign_up(resources)
    user = await resources.client.admin_get_user(user_pool_id=pool_id, username="ana")
    assert user.user_status == "UNCONFIRMED"
    with (
        resources.step("sign-in before confirmation fails with its error"),
        pytest.raises(UserNotConfirmedException),
    ):
        await resources.sign_in(client_id)
    code = await resources.code(pool_id)
    with resources.step("a wrong code does not confirm"), pytest.raises(CodeMismatchException):
        await resources.public.confirm_sign_up(
            client_id=client_id, username="ana", confirmation_code=wrong_code(code)
        )
    await resources.public.confirm_sign_up(client_id=client_id, username="ana", confirmation_code=code)
    user = await resources.client.admin_get_user(user_pool_id=pool_id, username="ana")
    assert user.user_status == "CONFIRMED"
    await resources.sign_in(client_id)


async def test_sign_up_returns_the_delivery_details(resources: Resources) -> None:
    pool_id = await resources.pool(auto_verified_attributes=["email"])
    client_id = await resources.app_id(pool_id)
    response = await resources.public.sign_up(
        client_id=client_id, username="ana", password=PASSWORD, user_attributes=[EMAIL]
    )
    with resources.step("sign_up returns the delivery details"):
        assert response.code_delivery_details is not None
        assert response.code_delivery_details.delivery_medium == "EMAIL"
        assert response.code_delivery_details.attribute_name == "email"


async def test_sign_up_fails_for_existing_users_and_unknown_clients(resources: Resources) -> None:
    _, client_id = await _sign_up(resources)
    with pytest.raises(UsernameExistsException):
        await resources.public.sign_up(
            client_id=client_id, username="ana", password=PASSWORD, user_attributes=[EMAIL]
        )
    with pytest.raises(ResourceNotFoundException):
        await resources.public.sign_up(client_id="missing", username="bea", password=PASSWORD)


async def test_a_code_is_sent_again(resources: Resources) -> None:
    pool_id, client_id = await _sign_up(resources)
    response = await resources.public.resend_confirmation_code(client_id=client_id, username="ana")
    assert response.code_delivery_details is not None
    assert response.code_delivery_details.delivery_medium == "EMAIL"
    await resources.public.confirm_sign_up(
        client_id=client_id, username="ana", confirmation_code=await resources.code(pool_id)
    )
    await resources.sign_in(client_id)


async def test_an_administrator_confirms_a_sign_up(resources: Resources) -> None:
    pool_id, client_id = await _sign_up(resources)
    await resources.client.admin_confirm_sign_up(user_pool_id=pool_id, username="ana")
    await resources.sign_in(client_id)
    with pytest.raises(ServiceError):
        await resources.client.admin_confirm_sign_up(user_pool_id=pool_id, username="zoe")


async def test_a_forgotten_password_is_replaced(resources: Resources) -> None:
    pool_id = await resources.pool(auto_verified_attributes=["email"])
    client_id = await resources.app_id(pool_id)
    await resources.user(pool_id)
    response = await resources.public.forgot_password(client_id=client_id, username="ana")
    assert response.code_delivery_details is not None
    with resources.step("forgot_password returns the delivery details"):
        assert response.code_delivery_details.delivery_medium == "EMAIL"
    code = await resources.code(pool_id)
    with resources.step("a wrong code sets no password"), pytest.raises(CodeMismatchException):
        await resources.public.confirm_forgot_password(
            client_id=client_id, username="ana", confirmation_code=wrong_code(code), password=OTHER_PASSWORD
        )
    await resources.public.confirm_forgot_password(
        client_id=client_id, username="ana", confirmation_code=code, password=OTHER_PASSWORD
    )
    await resources.sign_in(client_id, password=OTHER_PASSWORD)
    await resources.rejects_password(client_id, PASSWORD)


async def test_a_user_changes_the_password(resources: Resources) -> None:
    pool_id = await resources.pool()
    client_id = await resources.app_id(pool_id)
    await resources.user(pool_id)
    token = (await resources.sign_in(client_id)).access
    with resources.step("a wrong old password is rejected"), pytest.raises(NotAuthorizedException):
        await resources.public.change_password(
            access_token=token, previous_password=OTHER_PASSWORD, proposed_password=OTHER_PASSWORD
        )
    await resources.public.change_password(
        access_token=token, previous_password=PASSWORD, proposed_password=OTHER_PASSWORD
    )
    await resources.sign_in(client_id, password=OTHER_PASSWORD)


async def test_a_user_reads_and_changes_attributes(resources: Resources) -> None:
    pool_id = await resources.pool()
    client_id = await resources.app_id(pool_id)
    await resources.user(pool_id, locale="pl-PL")
    token = (await resources.sign_in(client_id)).access
    user = await resources.public.get_user(access_token=token)
    assert user.username == "ana"
    assert as_dict(user.user_attributes)["email"] == "ana@example.com"
    await resources.public.update_user_attributes(
        access_token=token, user_attributes=[AttributeType(name="given_name", value="Ana Ł")]
    )
    assert (await resources.attributes(pool_id))["given_name"] == "Ana Ł"
    await resources.public.delete_user_attributes(access_token=token, user_attribute_names=["locale"])
    assert "locale" not in await resources.attributes(pool_id)


async def test_an_invalid_token_is_rejected(resources: Resources) -> None:
    with resources.step("an invalid token is rejected"), pytest.raises(NotAuthorizedException):
        await resources.public.get_user(access_token="not.a.token")


async def test_a_user_verifies_an_address(resources: Resources) -> None:
    pool_id = await resources.pool(auto_verified_attributes=["email"])
    client_id = await resources.app_id(pool_id)
    await resources.user(pool_id, email_verified="false")
    token = (await resources.sign_in(client_id)).access
    response = await resources.public.get_user_attribute_verification_code(
        access_token=token, attribute_name="email"
    )
    with resources.step("a verification returns the delivery details"):
        assert response.code_delivery_details is not None
        assert response.code_delivery_details.attribute_name == "email"
    code = await resources.code(pool_id)
    with pytest.raises(CodeMismatchException):
        await resources.public.verify_user_attribute(
            access_token=token, attribute_name="email", code=wrong_code(code)
        )
    await resources.public.verify_user_attribute(access_token=token, attribute_name="email", code=code)
    assert (await resources.attributes(pool_id))["email_verified"] == "true"


async def test_delete_user(resources: Resources) -> None:
    pool_id = await resources.pool()
    client_id = await resources.app_id(pool_id)
    await resources.user(pool_id)
    await resources.public.delete_user(access_token=(await resources.sign_in(client_id)).access)
    with pytest.raises(UserNotFoundException):
        await resources.client.admin_get_user(user_pool_id=pool_id, username="ana")
