"""MFA with an authenticator app: setup and sign-in with real codes."""

from __future__ import annotations

import pytest

from cognito_async.errors import CodeMismatchException, InvalidParameterException, ServiceError
from cognito_async.types import SoftwareTokenMfaConfigType, SoftwareTokenMfaSettingsType, UserPoolMfaType
from emulators.resources import OTHER_PASSWORD, PASSWORD, Scene, authenticator_code, wrong_code

PREFERRED = SoftwareTokenMfaSettingsType(enabled=True, preferred_mfa=True)
OFF = SoftwareTokenMfaSettingsType(enabled=False, preferred_mfa=False)


async def _pool_with_factor(scene: Scene, configuration: UserPoolMfaType = "OPTIONAL") -> tuple[str, str]:
    pool_id = await scene.pool()
    await scene.client.set_user_pool_mfa_config(
        user_pool_id=pool_id,
        mfa_configuration=configuration,
        software_token_mfa_configuration=SoftwareTokenMfaConfigType(enabled=True),
    )
    client_id = await scene.app_id(pool_id)
    await scene.user(pool_id)
    return pool_id, client_id


async def _enrol(scene: Scene, access_token: str) -> str:
    """Enrol an authenticator app; return its secret."""
    secret = (await scene.public.associate_software_token(access_token=access_token)).secret_code
    assert secret is not None
    code = await authenticator_code(secret)
    verified = await scene.public.verify_software_token(
        access_token=access_token, user_code=code, friendly_device_name="phone"
    )
    assert verified.status == "SUCCESS"
    return secret


async def test_enroll_authenticator_app(scene: Scene) -> None:
    pool_id, client_id = await _pool_with_factor(scene)
    token = (await scene.sign_in(client_id)).access
    secret = (await scene.public.associate_software_token(access_token=token)).secret_code
    assert secret is not None
    code = await authenticator_code(secret)
    with scene.step("a wrong code is rejected in the setup"):
        with pytest.raises(ServiceError) as raised:
            await scene.public.verify_software_token(access_token=token, user_code=wrong_code(code))
        assert raised.value.code in {"CodeMismatchException", "EnableSoftwareTokenMFAException"}
    verified = await scene.public.verify_software_token(access_token=token, user_code=code)
    assert verified.status == "SUCCESS"
    await scene.public.set_user_mfa_preference(access_token=token, software_token_mfa_settings=PREFERRED)
    with scene.step("a user sees the second factor"):
        found = await scene.public.get_user(access_token=token)
        assert found.user_mfa_setting_list == ["SOFTWARE_TOKEN_MFA"]
        assert found.preferred_mfa_setting == "SOFTWARE_TOKEN_MFA"
    with scene.step("an administrator sees the second factor"):
        seen = await scene.client.admin_get_user(user_pool_id=pool_id, username="ana")
        assert seen.user_mfa_setting_list == ["SOFTWARE_TOKEN_MFA"]
        assert seen.preferred_mfa_setting == "SOFTWARE_TOKEN_MFA"


async def test_sign_in_with_authenticator_code(scene: Scene) -> None:
    _, client_id = await _pool_with_factor(scene)
    token = (await scene.sign_in(client_id)).access
    secret = await _enrol(scene, token)
    await scene.public.set_user_mfa_preference(access_token=token, software_token_mfa_settings=PREFERRED)
    names = {"USERNAME": "ana", "PASSWORD": PASSWORD}
    challenge = await scene.public.initiate_auth(
        client_id=client_id, auth_flow="USER_PASSWORD_AUTH", auth_parameters=names
    )
    assert challenge.challenge_name == "SOFTWARE_TOKEN_MFA"
    assert challenge.authentication_result is None
    code = await authenticator_code(secret)
    with scene.step("a wrong code does not sign in"), pytest.raises(CodeMismatchException):
        await scene.public.respond_to_auth_challenge(
            client_id=client_id,
            challenge_name="SOFTWARE_TOKEN_MFA",
            session=challenge.session,
            challenge_responses={"USERNAME": "ana", "SOFTWARE_TOKEN_MFA_CODE": wrong_code(code)},
        )
    again = await scene.public.initiate_auth(
        client_id=client_id, auth_flow="USER_PASSWORD_AUTH", auth_parameters=names
    )
    response = await scene.public.respond_to_auth_challenge(
        client_id=client_id,
        challenge_name="SOFTWARE_TOKEN_MFA",
        session=again.session,
        challenge_responses={"USERNAME": "ana", "SOFTWARE_TOKEN_MFA_CODE": await authenticator_code(secret)},
    )
    assert response.authentication_result is not None
    assert response.authentication_result.access_token is not None
    found = await scene.public.get_user(access_token=response.authentication_result.access_token)
    assert found.username == "ana"


async def test_admin_set_mfa_preference(scene: Scene) -> None:
    pool_id, client_id = await _pool_with_factor(scene)
    secret = await _enrol(scene, (await scene.sign_in(client_id)).access)
    await scene.client.admin_set_user_mfa_preference(
        user_pool_id=pool_id, username="ana", software_token_mfa_settings=PREFERRED
    )
    challenge = await scene.client.admin_initiate_auth(
        user_pool_id=pool_id,
        client_id=client_id,
        auth_flow="ADMIN_USER_PASSWORD_AUTH",
        auth_parameters={"USERNAME": "ana", "PASSWORD": PASSWORD},
    )
    assert challenge.challenge_name == "SOFTWARE_TOKEN_MFA"
    response = await scene.client.admin_respond_to_auth_challenge(
        user_pool_id=pool_id,
        client_id=client_id,
        challenge_name="SOFTWARE_TOKEN_MFA",
        session=challenge.session,
        challenge_responses={"USERNAME": "ana", "SOFTWARE_TOKEN_MFA_CODE": await authenticator_code(secret)},
    )
    assert response.authentication_result is not None
    await scene.client.admin_set_user_mfa_preference(
        user_pool_id=pool_id, username="ana", software_token_mfa_settings=OFF
    )
    await scene.sign_in(client_id)


async def test_a_factor_must_be_enrolled_to_be_preferred(scene: Scene) -> None:
    _, client_id = await _pool_with_factor(scene)
    token = (await scene.sign_in(client_id)).access
    with (
        scene.step("only an enrolled factor can be preferred"),
        pytest.raises(InvalidParameterException),
    ):
        await scene.public.set_user_mfa_preference(access_token=token, software_token_mfa_settings=PREFERRED)


async def test_an_invited_user_sets_up_required_mfa(scene: Scene) -> None:
    pool_id, client_id = await _pool_with_factor(scene, "ON")
    await scene.client.admin_create_user(
        user_pool_id=pool_id, username="bea", temporary_password=PASSWORD, message_action="SUPPRESS"
    )
    invited = await scene.public.initiate_auth(
        client_id=client_id,
        auth_flow="USER_PASSWORD_AUTH",
        auth_parameters={"USERNAME": "bea", "PASSWORD": PASSWORD},
    )
    assert invited.challenge_name == "NEW_PASSWORD_REQUIRED"
    challenge = await scene.public.respond_to_auth_challenge(
        client_id=client_id,
        challenge_name="NEW_PASSWORD_REQUIRED",
        session=invited.session,
        challenge_responses={"USERNAME": "bea", "NEW_PASSWORD": OTHER_PASSWORD},
    )
    with scene.step("an invited user sets up required MFA"):
        assert challenge.challenge_name == "MFA_SETUP"
        associated = await scene.public.associate_software_token(session=challenge.session)
        assert associated.secret_code is not None
        verified = await scene.public.verify_software_token(
            session=associated.session, user_code=await authenticator_code(associated.secret_code)
        )
        assert verified.status == "SUCCESS"
        response = await scene.public.respond_to_auth_challenge(
            client_id=client_id,
            challenge_name="MFA_SETUP",
            session=verified.session,
            challenge_responses={"USERNAME": "bea"},
        )
        assert response.authentication_result is not None


async def test_sign_in_without_required_mfa_returns_mfa_setup(scene: Scene) -> None:
    _, client_id = await _pool_with_factor(scene, "ON")
    with scene.step("a sign-in returns MFA_SETUP if the pool requires MFA"):
        challenge = await scene.public.initiate_auth(
            client_id=client_id,
            auth_flow="USER_PASSWORD_AUTH",
            auth_parameters={"USERNAME": "ana", "PASSWORD": PASSWORD},
        )
        assert challenge.challenge_name == "MFA_SETUP"
