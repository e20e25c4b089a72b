"""What each emulator knows, and where it does not do what the service does; all of it is checked by the run.

An operation that is not named here has to be refused as unknown, and one that is named has to be exercised.
A step of a scenario that deviates has to go wrong: when a release of the emulator mends it, the run fails and
the entry goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

VERSIONS: Mapping[str, str] = {"moto": "5.2.5", "ministack": "1.5.33", "cognito-local": "5.3.0"}
"""Releases that this is about; an emulator of another one is left out."""

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
    """A step of a scenario that goes wrong on an emulator."""

    emulator: str
    step: str
    operation: str
    """The operation that is to blame."""

    reason: str
    shows: str
    """What the failure of the step begins with or, where it is an error of the client, its class."""

    useless: bool = False
    """Whether the operation does not do its work at all, and not only one thing differently."""


def _on(emulator: str, *rest: tuple[Any, ...]) -> tuple[Deviation, ...]:
    return tuple(Deviation(emulator, *facts) for facts in rest)


# Step, operation, reason, and how it shows.
DEVIATIONS = (
    *_on(
        "moto",
        (
            "a wrong secret hash is refused",
            "InitiateAuth",
            "accepts any SECRET_HASH with a password",
            "DID NOT RAISE",
        ),
        (
            "a flow that is not allowed is refused",
            "InitiateAuth",
            "accepts flows that the app client does not allow",
            "DID NOT RAISE",
        ),
        (
            "a sign-in asks for the factor that a pool demands",
            "InitiateAuth",
            "signs in without a required second factor",
            "assert None == 'MFA_SETUP'",
        ),
        (
            "an id token names the email address",
            "InitiateAuth",
            "omits the attributes of ID tokens",
            "assert None == 'ana@example.com'",
        ),
        (
            "who has to reset the password is told so",
            "InitiateAuth",
            "signs in with a password that must be reset",
            "DID NOT RAISE",
        ),
        (
            "a second provider of the name is refused",
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
            "a sign-up tells where the code went",
            "SignUp",
            "returns SMS for a code that is sent to an email address",
            "assert 'SMS' == 'EMAIL'",
        ),
        (
            "who forgot a password is told where the code went",
            "ForgotPassword",
            "returns SMS for a code that is sent to an email address",
            "assert 'SMS' == 'EMAIL'",
        ),
    ),
    *_on(
        "ministack",
        (
            "a factor has to be enrolled to be chosen",
            "SetUserMFAPreference",
            "accepts a factor that is not enrolled",
            "DID NOT RAISE",
        ),
        (
            "a sign-in asks for the factor that a pool demands",
            "InitiateAuth",
            "signs in without a required second factor",
            "assert None == 'MFA_SETUP'",
        ),
        (
            "an invited user sets up the factor that a pool demands",
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
            "a logo gets an address",
            "SetUICustomization",
            "does not store the logo",
            "assert None is not None",
        ),
        (
            "a user judges a sign-in",
            "UpdateAuthEventFeedback",
            "rejects every call, because the emulator sends no email with the required token",
            "NotAuthorizedException",
            True,
        ),
    ),
    *_on(
        "cognito-local",
        (
            "app clients come in pages",
            "ListUserPoolClients",
            "returns the whole list as one page",
            "assert 3 == 2",
        ),
        ("groups come in pages", "ListGroups", "returns the whole list as one page", "assert 3 == 2"),
        ("pools come in pages", "ListUserPools", "returns the whole list as one page", "assert 3 == 1"),
        ("users come in pages", "ListUsers", "returns the whole list as one page", "assert 5 == 2"),
        ("a wrong secret hash is refused", "InitiateAuth", "accepts any SECRET_HASH", "DID NOT RAISE"),
        (
            "a flow that is not allowed is refused",
            "InitiateAuth",
            "accepts flows that the app client does not allow",
            "DID NOT RAISE",
        ),
        ("a disabled user is refused", "InitiateAuth", "signs in disabled users", "DID NOT RAISE"),
        (
            "a sign-in tells the type of the tokens",
            "InitiateAuth",
            "omits the type of the tokens",
            "assert None == 'Bearer'",
        ),
        (
            "a wrong password is refused",
            "InitiateAuth",
            "returns InvalidPasswordException for a wrong password",
            "InvalidPasswordException",
        ),
        (
            "a sign-in asks for the factor that a pool demands",
            "InitiateAuth",
            "rejects users who have not set up a required second factor, instead of sending MFA_SETUP",
            "NotAuthorizedException",
        ),
        (
            "an invited user sets up the factor that a pool demands",
            "RespondToAuthChallenge",
            "signs in without a required second factor",
            "assert None == 'MFA_SETUP'",
        ),
        (
            "a wrong password is refused to a server too",
            "AdminInitiateAuth",
            "returns InvalidPasswordException for a wrong password",
            "InvalidPasswordException",
        ),
        (
            "a server is asked for a new password",
            "AdminInitiateAuth",
            "signs in with a temporary password",
            "assert None == 'NEW_PASSWORD_REQUIRED'",
        ),
        (
            "a password is not changed with a wrong one",
            "ChangePassword",
            "returns InvalidPasswordException for a wrong password",
            "InvalidPasswordException",
        ),
        (
            "a second group of the name is refused",
            "CreateGroup",
            "replaces a group with the same name",
            "DID NOT RAISE",
        ),
        (
            "a password against the policy is refused",
            "AdminSetUserPassword",
            "does not check the password policy",
            "DID NOT RAISE",
        ),
        (
            "a made-up token is refused as one",
            "GetUser",
            "returns InvalidParameterException for an invented token",
            "InvalidParameterException",
        ),
        (
            "a verification tells where the code went",
            "GetUserAttributeVerificationCode",
            "omits the destination of the code",
            "assert None is not None",
        ),
    ),
)
