"""The operations of a fake pool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from cognito_async.testing._fake_pool import (
    account,
    admin,
    devices,
    passkeys,
    profile,
    respond,
    start,
)
from cognito_async.testing._fake_pool.requests import Incoming
from cognito_async.testing._fake_pool.state import State

OPERATIONS: Final[Mapping[str, Callable[[State, Incoming], Mapping[str, Any]]]] = {
    # Sign-in and tokens
    "InitiateAuth": start.initiate_auth,
    "RespondToAuthChallenge": respond.respond_to_auth_challenge,
    "AdminInitiateAuth": start.admin_initiate_auth,
    "AdminRespondToAuthChallenge": respond.admin_respond_to_auth_challenge,
    "GetTokensFromRefreshToken": profile.get_tokens_from_refresh_token,
    "RevokeToken": profile.revoke_token,
    "GlobalSignOut": profile.global_sign_out,
    "AdminUserGlobalSignOut": admin.user_global_sign_out,
    # Accounts
    "SignUp": account.sign_up,
    "ConfirmSignUp": account.confirm_sign_up,
    "ResendConfirmationCode": account.resend_confirmation_code,
    "ForgotPassword": account.forgot_password,
    "ConfirmForgotPassword": account.confirm_forgot_password,
    "ChangePassword": account.change_password,
    # Signed-in users
    "GetUser": profile.get_user,
    "UpdateUserAttributes": profile.update_user_attributes,
    "DeleteUserAttributes": profile.delete_user_attributes,
    "GetUserAttributeVerificationCode": profile.get_user_attribute_verification_code,
    "VerifyUserAttribute": profile.verify_user_attribute,
    "DeleteUser": profile.delete_user,
    "AssociateSoftwareToken": profile.associate_software_token,
    "VerifySoftwareToken": profile.verify_software_token,
    "SetUserMFAPreference": profile.set_user_mfa_preference,
    "GetUserAuthFactors": profile.get_user_auth_factors,
    "StartWebAuthnRegistration": passkeys.start_registration,
    "CompleteWebAuthnRegistration": passkeys.complete_registration,
    "ListWebAuthnCredentials": passkeys.list_credentials,
    "DeleteWebAuthnCredential": passkeys.delete_credential,
    # Devices
    "ConfirmDevice": devices.confirm_device,
    "GetDevice": devices.get_device,
    "ListDevices": devices.list_devices,
    "ForgetDevice": devices.forget_device,
    "UpdateDeviceStatus": devices.update_device_status,
    "AdminGetDevice": devices.admin_get_device,
    "AdminListDevices": devices.admin_list_devices,
    "AdminForgetDevice": devices.admin_forget_device,
    "AdminUpdateDeviceStatus": devices.admin_update_device_status,
    # Administrators
    "AdminCreateUser": admin.create_user,
    "AdminGetUser": admin.get_user,
    "AdminSetUserPassword": admin.set_user_password,
    "AdminConfirmSignUp": admin.confirm_sign_up,
    "AdminDisableUser": admin.disable_user,
    "AdminEnableUser": admin.enable_user,
    "AdminDeleteUser": admin.delete_user,
    "AdminResetUserPassword": admin.reset_user_password,
    "AdminAddUserToGroup": admin.add_user_to_group,
    "AdminUpdateUserAttributes": admin.update_user_attributes,
    "AdminDeleteSoftwareToken": admin.delete_software_token,
    "AdminSetUserMFAPreference": admin.set_user_mfa_preference,
    "ListUsers": admin.list_users,
    "DescribeUserPool": admin.describe_user_pool,
    "DescribeUserPoolClient": admin.describe_user_pool_client,
}
"""What a fake pool can do, by the names of the API."""
