"""MFA with an authenticator app: setup and sign-in with real codes."""

from __future__ import annotations

import pytest

from cognito_async.errors import CodeMismatchException, InvalidParameterException, ServiceError
from cognito_async.types import SoftwareTokenMfaConfigType, SoftwareTokenMfaSettingsType, UserPoolMfaType
from emulators.resources import OTHER_PASSWORD, PASSWORD, Resources, authenticator_code, wrong_code

PREFERRED = SoftwareTokenMfaSettingsType(enabled=True, preferred_mfa=True)
OFF = SoftwareTokenMfaSettingsType(enabled=False, preferred_mfa=False)


async def _pool_with_factor(
    resources: Resources, configuration: UserPoolMfaType = "OPTIONAL"
) -> tuple[str, str]:
    pool_id = await resources.pool()
    await resources.client.set_user_pool_mfa_config(
        user_pool_id=pool_id,
        mfa_configuration=configuration,
        software_token_mfa_configuration=SoftwareTokenMfaConfigType(enabled=True),
    )
    client_id = await resources.app_id(pool_id)
    await resources.user(pool_id)
    return pool_id, client_id


async def _enroll(resources: Resources, access_token: str) -> str:
    """Enroll an authenticator app; return its secret."""
    secret = (await resources.public.associate_software_token(access_token=access_token)).secret_code
    assert secret is not None
    code = await authenticator_code(secret)
    verified = await resources.public.verify_software_token(
        access_token=access_token, user_code=code, friendly_device_name="phone"
    )
    assert verified.status == "SUCCESS"
    return secret


async def test_enroll_authenticator_app(resources: Resources) -> None:
    pool_id, client_id = await _pool_with_factor(resources)
    token = (await resources.sign_in(client_id)).access
    secret = (await resources.public.associate_software_token(access_token=token)).secret_code
    assert secret is not None
    code = await authenticator_code(secret)
    with resources.step("a wrong code is rejected in the setup"):
        with pytest.raises(ServiceError) as raised:
            await resources.public.verify_software_token(access_token=token, user_code=wrong_code(code))
        assert raised.value.code in {"CodeMismatchException", "EnableSoftwareTokenMFAException"}
    verified = await resources.public.verify_software_token(access_token=token, user_code=code)
    assert verified.status == "SUCCESS"
    await resources.public.set_user_mfa_preference(access_token=token, software_token_mfa_settings=PREFERRED)
    with resources.step("a user sees the second factor"):
        user = await resources.public.get_user(access_token=token)
        assert user.user_mfa_setting_list == ["SOFTWARE_TOKEN_MFA"]
        assert user.preferred_mfa_setting == "SOFTWARE_TOKEN_MFA"
    with resources.step("an administrator sees the second factor"):
        user = await resources.client.admin_get_user(user_pool_id=pool_id, username="ana")
        assert user.user_mfa_setting_list == ["SOFTWARE_TOKEN_MFA"]
        assert user.preferred_mfa_setting == "SOFTWARE_TOKEN_MFA"


async def test_sign_in_with_authenticator_code(resources: Resources) -> None:
    _, client_id = await _pool_with_factor(resources)
    token = (await resources.sign_in(client_id)).access
    secret = await _enroll(resources, token)
    await resources.public.set_user_mfa_preference(access_token=token, software_token_mfa_settings=PREFERRED)
    names = {"USERNAME": "ana", "PASSWORD": PASSWORD}
    challenge = await resources.public.initiate_auth(
        client_id=client_id, auth_flow="USER_PASSWORD_AUTH", auth_parameters=names
    )
    assert challenge.challenge_name == "SOFTWARE_TOKEN_MFA"
    assert challenge.authentication_result is None
    code = await authenticator_code(secret)
    with resources.step("a wrong code does not sign in"), pytest.raises(CodeMismatchException):
        await resources.public.respond_to_auth_challenge(
            client_id=client_id,
            challenge_name="SOFTWARE_TOKEN_MFA",
            session=challenge.session,
            challenge_responses={"USERNAME": "ana", "SOFTWARE_TOKEN_MFA_CODE": wrong_code(code)},
        )
    second_challenge = await resources.public.initiate_auth(
        client_id=client_id, auth_flow="USER_PASSWORD_AUTH", auth_parameters=names
    )
    response = await resources.public.respond_to_auth_challenge(
        client_id=client_id,
        challenge_name="SOFTWARE_TOKEN_MFA",
        session=second_challenge.session,
        challenge_responses={"USERNAME": "ana", "SOFTWARE_TOKEN_MFA_CODE": await authenticator_code(secret)},
    )
    assert response.authentication_result is not None
    assert response.authentication_result.access_token is not None
    user = await resources.public.get_user(access_token=response.authentication_result.access_token)
    assert user.username == "ana"


async def test_admin_set_mfa_preference(resources: Resources) -> None:
    pool_id, client_id = await _pool_with_factor(resources)
    secret = await _enroll(resources, (await resources.sign_in(client_id)).access)
    await resources.client.admin_set_user_mfa_preference(
        user_pool_id=pool_id, username="ana", software_token_mfa_settings=PREFERRED
    )
    challenge = await resources.client.admin_initiate_auth(
        user_pool_id=pool_id,
        client_id=client_id,
        auth_flow="ADMIN_USER_PASSWORD_AUTH",
        auth_parameters={"USERNAME": "ana", "PASSWORD": PASSWORD},
    )
    assert challenge.challenge_name == "SOFTWARE_TOKEN_MFA"
    response = await resources.client.admin_respond_to_auth_challenge(
        user_pool_id=pool_id,
        client_id=client_id,
        challenge_name="SOFTWARE_TOKEN_MFA",
        session=challenge.session,
        challenge_responses={"USERNAME": "ana", "SOFTWARE_TOKEN_MFA_CODE": await authenticator_code(secret)},
    )
    assert response.authentication_result is not None
    await resources.client.admin_set_user_mfa_preference(
        user_pool_id=pool_id, username="ana", software_token_mfa_settings=OFF
    )
    await resources.sign_in(client_id)


async def test_a_factor_must_be_enrolled_to_be_preferred(resources: Resources) -> None:
    _, client_id = await _pool_with_factor(resources)
    token = (await resources.sign_in(client_id)).access
    with (
        resources.step("only an enrolled factor can be preferred"),
        pytest.raises(InvalidParameterException),
    ):
        await resources.public.set_user_mfa_preference(
            access_token=token, software_token_mfa_settings=PREFERRED
        )


async def test_an_invited_user_sets_up_required_mfa(resources: Resources) -> None:
    pool_id, client_id = await _pool_with_factor(resources, "ON")
    await resources.client.admin_create_user(
        user_pool_id=pool_id, username="bea", temporary_password=PASSWORD, message_action="SUPPRESS"
    )
    invited = await resources.public.initiate_auth(
        client_id=client_id,
        auth_flow="USER_PASSWORD_AUTH",
        auth_parameters={"USERNAME": "bea", "PASSWORD": PASSWORD},
    )
    assert invited.challenge_name == "NEW_PASSWORD_REQUIRED"
    challenge = await resources.public.respond_to_auth_challenge(
        client_id=client_id,
        challenge_name="NEW_PASSWORD_REQUIRED",
        session=invited.session,
        challenge_responses={"USERNAME": "bea", "NEW_PASSWORD": OTHER_PASSWORD},
    )
    with resources.step("an invited user sets up required MFA"):
        assert challenge.challenge_name == "MFA_SETUP"
        associated = await resources.public.associate_software_token(session=challenge.session)
        assert associated.secret_code is not None
        verified = await resources.public.verify_software_token(
            session=associated.session, user_code=await authenticator_code(associated.secret_code)
        )
        assert verified.status == "SUCCESS"
        response = await resources.public.respond_to_auth_challenge(
            client_id=client_id,
            challenge_name="MFA_SETUP",
            session=verified.session,
            challenge_responses={"USERNAME": "bea"},
        )
        assert response.authentication_result is not None


async def test_sign_in_without_required_mfa_returns_mfa_setup(resources: Resources) -> None:
    _, client_id = await _pool_with_factor(resources, "ON")
    with resources.step("a sign-in returns MFA_SETUP if the pool requires MFA"):
        challenge = await resources.public.initiate_auth(
            client_id=client_id,
            auth_flow="USER_PASSWORD_AUTH",
            auth_parameters={"USERNAME": "ana", "PASSWORD": PASSWORD},
        )
        assert challenge.challenge_name == "MFA_SETUP"
