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
from emulators.resources import OTHER_PASSWORD, PASSWORD, Scene, as_dict, wrong_code

EMAIL = AttributeType(name="email", value="ana@example.com")


async def _sign_up(scene: Scene) -> tuple[str, str]:
    """Sign up Ana in a new pool; return the ids of pool and app client."""
    pool_id = await scene.pool(auto_verified_attributes=["email"])
    client_id = await scene.app_id(pool_id)
    response = await scene.public.sign_up(
        client_id=client_id, username="ana", password=PASSWORD, user_attributes=[EMAIL]
    )
    assert response.user_confirmed is False
    assert response.user_sub
    return pool_id, client_id


async def test_a_user_signs_up_and_confirms(scene: Scene) -> None:
    pool_id, client_id = await _sign_up(scene)
    found = await scene.client.admin_get_user(user_pool_id=pool_id, username="ana")
    assert found.user_status == "UNCONFIRMED"
    with (
        scene.step("sign-in before confirmation fails with its error"),
        pytest.raises(UserNotConfirmedException),
    ):
        await scene.sign_in(client_id)
    code = await scene.code(pool_id)
    with scene.step("a wrong code does not confirm"), pytest.raises(CodeMismatchException):
        await scene.public.confirm_sign_up(
            client_id=client_id, username="ana", confirmation_code=wrong_code(code)
        )
    await scene.public.confirm_sign_up(client_id=client_id, username="ana", confirmation_code=code)
    found = await scene.client.admin_get_user(user_pool_id=pool_id, username="ana")
    assert found.user_status == "CONFIRMED"
    await scene.sign_in(client_id)


async def test_sign_up_returns_the_delivery_details(scene: Scene) -> None:
    pool_id = await scene.pool(auto_verified_attributes=["email"])
    client_id = await scene.app_id(pool_id)
    response = await scene.public.sign_up(
        client_id=client_id, username="ana", password=PASSWORD, user_attributes=[EMAIL]
    )
    with scene.step("sign_up returns the delivery details"):
        assert response.code_delivery_details is not None
        assert response.code_delivery_details.delivery_medium == "EMAIL"
        assert response.code_delivery_details.attribute_name == "email"


async def test_sign_up_fails_for_existing_users_and_unknown_clients(scene: Scene) -> None:
    _, client_id = await _sign_up(scene)
    with pytest.raises(UsernameExistsException):
        await scene.public.sign_up(
            client_id=client_id, username="ana", password=PASSWORD, user_attributes=[EMAIL]
        )
    with pytest.raises(ResourceNotFoundException):
        await scene.public.sign_up(client_id="missing", username="bea", password=PASSWORD)


async def test_a_code_is_sent_again(scene: Scene) -> None:
    pool_id, client_id = await _sign_up(scene)
    response = await scene.public.resend_confirmation_code(client_id=client_id, username="ana")
    assert response.code_delivery_details is not None
    assert response.code_delivery_details.delivery_medium == "EMAIL"
    await scene.public.confirm_sign_up(
        client_id=client_id, username="ana", confirmation_code=await scene.code(pool_id)
    )
    await scene.sign_in(client_id)


async def test_an_administrator_confirms_a_sign_up(scene: Scene) -> None:
    pool_id, client_id = await _sign_up(scene)
    await scene.client.admin_confirm_sign_up(user_pool_id=pool_id, username="ana")
    await scene.sign_in(client_id)
    with pytest.raises(ServiceError):
        await scene.client.admin_confirm_sign_up(user_pool_id=pool_id, username="zoe")


async def test_a_forgotten_password_is_replaced(scene: Scene) -> None:
    pool_id = await scene.pool(auto_verified_attributes=["email"])
    client_id = await scene.app_id(pool_id)
    await scene.user(pool_id)
    response = await scene.public.forgot_password(client_id=client_id, username="ana")
    assert response.code_delivery_details is not None
    with scene.step("forgot_password returns the delivery details"):
        assert response.code_delivery_details.delivery_medium == "EMAIL"
    code = await scene.code(pool_id)
    with scene.step("a wrong code sets no password"), pytest.raises(CodeMismatchException):
        await scene.public.confirm_forgot_password(
            client_id=client_id, username="ana", confirmation_code=wrong_code(code), password=OTHER_PASSWORD
        )
    await scene.public.confirm_forgot_password(
        client_id=client_id, username="ana", confirmation_code=code, password=OTHER_PASSWORD
    )
    await scene.sign_in(client_id, password=OTHER_PASSWORD)
    await scene.rejects_password(client_id, PASSWORD)


async def test_a_user_changes_the_password(scene: Scene) -> None:
    pool_id = await scene.pool()
    client_id = await scene.app_id(pool_id)
    await scene.user(pool_id)
    token = (await scene.sign_in(client_id)).access
    with scene.step("a wrong old password is rejected"), pytest.raises(NotAuthorizedException):
        await scene.public.change_password(
            access_token=token, previous_password=OTHER_PASSWORD, proposed_password=OTHER_PASSWORD
        )
    await scene.public.change_password(
        access_token=token, previous_password=PASSWORD, proposed_password=OTHER_PASSWORD
    )
    await scene.sign_in(client_id, password=OTHER_PASSWORD)


async def test_a_user_reads_and_changes_attributes(scene: Scene) -> None:
    pool_id = await scene.pool()
    client_id = await scene.app_id(pool_id)
    await scene.user(pool_id, locale="pl-PL")
    token = (await scene.sign_in(client_id)).access
    found = await scene.public.get_user(access_token=token)
    assert found.username == "ana"
    assert as_dict(found.user_attributes)["email"] == "ana@example.com"
    await scene.public.update_user_attributes(
        access_token=token, user_attributes=[AttributeType(name="given_name", value="Ana Ł")]
    )
    assert (await scene.attributes(pool_id))["given_name"] == "Ana Ł"
    await scene.public.delete_user_attributes(access_token=token, user_attribute_names=["locale"])
    assert "locale" not in await scene.attributes(pool_id)


async def test_an_invalid_token_is_rejected(scene: Scene) -> None:
    with scene.step("an invalid token is rejected"), pytest.raises(NotAuthorizedException):
        await scene.public.get_user(access_token="made.up.token")


async def test_a_user_verifies_an_address(scene: Scene) -> None:
    pool_id = await scene.pool(auto_verified_attributes=["email"])
    client_id = await scene.app_id(pool_id)
    await scene.user(pool_id, email_verified="false")
    token = (await scene.sign_in(client_id)).access
    response = await scene.public.get_user_attribute_verification_code(
        access_token=token, attribute_name="email"
    )
    with scene.step("a verification returns the delivery details"):
        assert response.code_delivery_details is not None
        assert response.code_delivery_details.attribute_name == "email"
    code = await scene.code(pool_id)
    with pytest.raises(CodeMismatchException):
        await scene.public.verify_user_attribute(
            access_token=token, attribute_name="email", code=wrong_code(code)
        )
    await scene.public.verify_user_attribute(access_token=token, attribute_name="email", code=code)
    assert (await scene.attributes(pool_id))["email_verified"] == "true"


async def test_delete_user(scene: Scene) -> None:
    pool_id = await scene.pool()
    client_id = await scene.app_id(pool_id)
    await scene.user(pool_id)
    await scene.public.delete_user(access_token=(await scene.sign_in(client_id)).access)
    with pytest.raises(UserNotFoundException):
        await scene.client.admin_get_user(user_pool_id=pool_id, username="ana")
