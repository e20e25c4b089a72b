"""Operations that each emulator knows, and its deviations from the service; a run checks both.

The run fails if an operation listed here was not called or another operation is known. It also fails if a deviating
step succeeds, so an entry is removed when a release of the emulator fixes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

VERSIONS: Mapping[str, str] = {"moto": "5.2.5", "ministack": "1.5.33", "cognito-local": "5.3.0"}
"""Tested releases; other releases are skipped."""

KNOWN: Mapping[str, frozenset[str]] = {
    "moto": frozenset(
        """
        AddCustomAttributes AdminAddUserToGroup AdminConfirmSignUp AdminCreateUser AdminDeleteUser
        AdminDeleteUserAttributes AdminDisableUser AdminEnableUser AdminGetUser AdminInitiateAuth
        AdminListGroupsForUser AdminRemoveUserFromGroup AdminResetUserPassword AdminRespondToAuthChallenge
        AdminSetUserMFAPreference AdminSetUserPassword AdminUpdateUserAttributes AdminUserGlobalSignOut
        AssociateSoftwareToken ChangePassword ConfirmForgotPassword ConfirmSignUp CreateGroup
        CreateIdentityProvider CreateResourceServer CreateUserPool CreateUserPoolClient CreateUserPoolDomain
        DeleteGroup DeleteIdentityProvider DeleteUserPool DeleteUserPoolClient DeleteUserPoolDomain
        DescribeIdentityProvider DescribeResourceServer DescribeUserPool DescribeUserPoolClient
        DescribeUserPoolDomain ForgotPassword GetGroup GetUser GetUserPoolMfaConfig GlobalSignOut InitiateAuth
        ListGroups ListIdentityProviders ListResourceServers ListUserPoolClients ListUserPools ListUsers
        ListUsersInGroup RespondToAuthChallenge SetUserMFAPreference SetUserPoolMfaConfig SignUp UpdateGroup
        UpdateIdentityProvider UpdateUserAttributes UpdateUserPool UpdateUserPoolClient UpdateUserPoolDomain
        VerifySoftwareToken
        """.split()
    ),
    "ministack": frozenset(
        """
        AddCustomAttributes AdminAddUserToGroup AdminConfirmSignUp AdminCreateUser AdminDeleteUser
        AdminDisableProviderForUser AdminDisableUser AdminEnableUser AdminGetUser AdminInitiateAuth
        AdminLinkProviderForUser AdminListGroupsForUser AdminListUserAuthEvents AdminRemoveUserFromGroup
        AdminResetUserPassword AdminRespondToAuthChallenge AdminSetUserMFAPreference AdminSetUserPassword
        AdminUpdateAuthEventFeedback AdminUpdateUserAttributes AdminUserGlobalSignOut AssociateSoftwareToken
        ChangePassword ConfirmForgotPassword ConfirmSignUp CreateGroup CreateIdentityProvider
        CreateResourceServer CreateUserPool CreateUserPoolClient CreateUserPoolDomain DeleteGroup
        DeleteIdentityProvider DeleteResourceServer DeleteUser DeleteUserPool DeleteUserPoolClient
        DeleteUserPoolDomain DescribeIdentityProvider DescribeResourceServer DescribeUserPool
        DescribeUserPoolClient DescribeUserPoolDomain ForgotPassword GetGroup GetIdentityProviderByIdentifier
        GetTokensFromRefreshToken GetUICustomization GetUser GetUserPoolMfaConfig GlobalSignOut InitiateAuth
        ListGroups ListIdentityProviders ListResourceServers ListTagsForResource ListUserPoolClients
        ListUserPools ListUsers ListUsersInGroup ResendConfirmationCode RespondToAuthChallenge RevokeToken
        SetUICustomization SetUserMFAPreference SetUserPoolMfaConfig SignUp TagResource UntagResource
        UpdateAuthEventFeedback UpdateIdentityProvider UpdateResourceServer UpdateUserAttributes UpdateUserPool
        UpdateUserPoolClient UpdateUserPoolDomain VerifySoftwareToken
        """.split()
    ),
    "cognito-local": frozenset(
        """
        AddCustomAttributes AdminAddUserToGroup AdminConfirmSignUp AdminCreateUser AdminDeleteUser
        AdminDeleteUserAttributes AdminDisableUser AdminEnableUser AdminGetUser AdminInitiateAuth
        AdminListGroupsForUser AdminRemoveUserFromGroup AdminSetUserPassword AdminUpdateUserAttributes
        AssociateSoftwareToken ChangePassword ConfirmForgotPassword ConfirmSignUp CreateGroup CreateUserPool
        CreateUserPoolClient DeleteGroup DeleteUser DeleteUserAttributes DeleteUserPool DeleteUserPoolClient
        DescribeUserPool DescribeUserPoolClient ForgotPassword GetGroup GetUser
        GetUserAttributeVerificationCode GetUserPoolMfaConfig InitiateAuth ListGroups ListUserPoolClients
        ListUserPools ListUsers ListUsersInGroup RespondToAuthChallenge RevokeToken SetUserMFAPreference
        SetUserPoolMfaConfig SignUp UpdateGroup UpdateUserAttributes UpdateUserPool UpdateUserPoolClient
        VerifySoftwareToken VerifyUserAttribute
        """.split()
    ),
}


@frozen
class Deviation:
    """A step of a scenario that fails on an emulator."""

    emulator: str
    step: str
    operation: str
    """The operation that causes it."""

    reason: str
    failure: str
    """Beginning of the failure message, or the class of an error of the client."""

    does_not_work: bool = False
    """Whether the operation does not work at all."""


def _of(emulator: str, *deviations: tuple[Any, ...]) -> tuple[Deviation, ...]:
    return tuple(Deviation(emulator, *values) for values in deviations)


# Step, operation, reason, failure.
DEVIATIONS = (
    *_of(
        "moto",
        (
            "a wrong secret hash is rejected",
            "InitiateAuth",
            "accepts any SECRET_HASH with a password",
            "DID NOT RAISE",
        ),
        (
            "a flow that is not allowed is rejected",
            "InitiateAuth",
            "accepts flows that the app client does not allow",
            "DID NOT RAISE",
        ),
        (
            "a sign-in returns MFA_SETUP if the pool requires MFA",
            "InitiateAuth",
            "signs in without a required second factor",
            "assert None == 'MFA_SETUP'",
        ),
        (
            "the ID token contains the email address",
            "InitiateAuth",
            "omits the attributes of ID tokens",
            "assert None == 'ana@example.com'",
        ),
        (
            "sign-in of a user with a reset password fails with its error",
            "InitiateAuth",
            "signs in with a password that must be reset",
            "DID NOT RAISE",
        ),
        (
            "a second provider with the same name is rejected",
            "CreateIdentityProvider",
            "replaces a provider with the same name",
            "DID NOT RAISE",
        ),
        (
            "a pool with a schema keeps the standard attributes",
            "CreateUserPool",
            "omits the standard attributes of a pool that is created with a schema",
            "assert None == 'String'",
        ),
        (
            "a domain shows its certificate",
            "DescribeUserPoolDomain",
            "omits the certificate of a domain",
            "assert None is not None",
        ),
        ("a wrong code does not confirm", "ConfirmSignUp", "accepts any code", "DID NOT RAISE"),
        ("a wrong code sets no password", "ConfirmForgotPassword", "accepts any code", "DID NOT RAISE"),
        (
            "sign_up returns the delivery details",
            "SignUp",
            "returns SMS for a code that is sent to an email address",
            "assert 'SMS' == 'EMAIL'",
        ),
        (
            "forgot_password returns the delivery details",
            "ForgotPassword",
            "returns SMS for a code that is sent to an email address",
            "assert 'SMS' == 'EMAIL'",
        ),
    ),
    *_of(
        "ministack",
        (
            "only an enrolled factor can be preferred",
            "SetUserMFAPreference",
            "accepts a factor that is not enrolled",
            "DID NOT RAISE",
        ),
        (
            "a sign-in returns MFA_SETUP if the pool requires MFA",
            "InitiateAuth",
            "signs in without a required second factor",
            "assert None == 'MFA_SETUP'",
        ),
        (
            "an invited user sets up required MFA",
            "RespondToAuthChallenge",
            "signs in without a required second factor",
            "assert None == 'MFA_SETUP'",
        ),
        (
            "a domain cannot be deleted twice",
            "DeleteUserPoolDomain",
            "succeeds for a domain that does not exist",
            "DID NOT RAISE",
        ),
        (
            "a logo has a URL",
            "SetUICustomization",
            "does not store the logo",
            "assert None is not None",
        ),
        (
            "a user gives feedback on a sign-in",
            "UpdateAuthEventFeedback",
            "rejects every call, because the emulator sends no email with the required token",
            "NotAuthorizedException",
            True,
        ),
    ),
    *_of(
        "cognito-local",
        (
            "app clients are paginated",
            "ListUserPoolClients",
            "returns the whole list as one page",
            "assert 3 == 2",
        ),
        ("groups are paginated", "ListGroups", "returns the whole list as one page", "assert 3 == 2"),
        ("pools are paginated", "ListUserPools", "returns the whole list as one page", "assert 3 == 1"),
        ("users are paginated", "ListUsers", "returns the whole list as one page", "assert 5 == 2"),
        ("a wrong secret hash is rejected", "InitiateAuth", "accepts any SECRET_HASH", "DID NOT RAISE"),
        (
            "a flow that is not allowed is rejected",
            "InitiateAuth",
            "accepts flows that the app client does not allow",
            "DID NOT RAISE",
        ),
        ("a disabled user is rejected", "InitiateAuth", "signs in disabled users", "DID NOT RAISE"),
        (
            "a sign-in returns the token type",
            "InitiateAuth",
            "omits the type of the tokens",
            "assert None == 'Bearer'",
        ),
        (
            "a wrong password is rejected",
            "InitiateAuth",
            "returns InvalidPasswordException for a wrong password",
            "InvalidPasswordException",
        ),
        (
            "a sign-in returns MFA_SETUP if the pool requires MFA",
            "InitiateAuth",
            "rejects users who have not set up a required second factor, instead of sending MFA_SETUP",
            "NotAuthorizedException",
        ),
        (
            "an invited user sets up required MFA",
            "RespondToAuthChallenge",
            "signs in without a required second factor",
            "assert None == 'MFA_SETUP'",
        ),
        (
            "a wrong password is rejected in an admin sign-in",
            "AdminInitiateAuth",
            "returns InvalidPasswordException for a wrong password",
            "InvalidPasswordException",
        ),
        (
            "an admin sign-in returns NEW_PASSWORD_REQUIRED",
            "AdminInitiateAuth",
            "signs in with a temporary password",
            "assert None == 'NEW_PASSWORD_REQUIRED'",
        ),
        (
            "a wrong old password is rejected",
            "ChangePassword",
            "returns InvalidPasswordException for a wrong password",
            "InvalidPasswordException",
        ),
        (
            "a second group with the same name is rejected",
            "CreateGroup",
            "replaces a group with the same name",
            "DID NOT RAISE",
        ),
        (
            "a password that violates the policy is rejected",
            "AdminSetUserPassword",
            "does not check the password policy",
            "DID NOT RAISE",
        ),
        (
            "an invalid token is rejected",
            "GetUser",
            "returns InvalidParameterException for an invalid token",
            "InvalidParameterException",
        ),
        (
            "a verification returns the delivery details",
            "GetUserAttributeVerificationCode",
            "omits the destination of the code",
            "assert None is not None",
        ),
    ),
)
