"""The response for each error: one table, by the names of the errors.

Names and not classes, so that the table imports neither the errors of the service nor those of sign-in.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from cognito_async._errors import CognitoError, ConnectError, ConnectTimeoutError, ServiceError
from cognito_async.integrations._bearer import RETRY_AFTER, ErrorResponse, challenge, token_response
from cognito_async.tokens._errors import TokenError

_SECONDS = r"[0-9]{1,4}"  # and no date: the clock of the caller may be wrong

TABLE: tuple[tuple[HTTPStatus, str, str], ...] = (
    # Errors of the caller
    (
        HTTPStatus.BAD_REQUEST,
        "A value in the request is invalid",
        "InvalidParameterException InvalidRequestError",
    ),
    (
        HTTPStatus.BAD_REQUEST,
        "The password does not meet the requirements",
        "InvalidPasswordException PasswordHistoryPolicyViolationException",
    ),
    (
        HTTPStatus.BAD_REQUEST,
        "The code is wrong",
        "CodeMismatchException EnableSoftwareTokenMFAException",
    ),
    (HTTPStatus.BAD_REQUEST, "The code has expired", "ExpiredCodeException"),
    (HTTPStatus.BAD_REQUEST, "The request was rejected", "UserLambdaValidationException"),
    (
        HTTPStatus.BAD_REQUEST,
        "The user has no such second factor",
        "MFAMethodNotFoundException SoftwareTokenMFANotFoundException",
    ),
    (
        HTTPStatus.BAD_REQUEST,
        "The passkey was not accepted",
        """WebAuthnChallengeNotFoundException WebAuthnClientMismatchException
        WebAuthnCredentialNotSupportedException WebAuthnOriginNotAllowedException
        WebAuthnRelyingPartyMismatchException""",
    ),
    (HTTPStatus.BAD_REQUEST, "Start the sign-in again", "CallbackError"),
    (
        HTTPStatus.UNAUTHORIZED,
        "Not authorized",
        "NotAuthorizedException UnauthorizedException",
    ),
    (
        HTTPStatus.UNAUTHORIZED,
        "Sign in again",
        """RefreshTokenReuseException SessionExpiredError SignedOutError
        consent_required interaction_required invalid_grant invalid_token login_required""",
    ),
    (HTTPStatus.FORBIDDEN, "The account is not confirmed", "UserNotConfirmedException"),
    (HTTPStatus.FORBIDDEN, "The password must be reset", "PasswordResetRequiredException"),
    (HTTPStatus.FORBIDDEN, "Access denied", "ForbiddenException access_denied"),
    (HTTPStatus.NOT_FOUND, "No such user", "UserNotFoundException"),
    (
        HTTPStatus.CONFLICT,
        "It exists already",
        """AliasExistsException DeviceKeyExistsException DuplicateProviderException GroupExistsException
        ManagedLoginBrandingExistsException TermsExistsException UsernameExistsException""",
    ),
    (
        HTTPStatus.CONFLICT,
        "Not possible in the current state",
        """ConcurrentModificationException PreconditionNotMetException UnsupportedUserStateException
        UserImportInProgressException""",
    ),
    (
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too many attempts",
        "AttemptsExceededError LimitExceededException TooManyFailedAttemptsException",
    ),
    # Errors of the service that calls Cognito: its settings, its permissions, its code
    (
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Internal server error",
        """AccessDeniedException CachedCIMDURLDoesNotExistException FeatureUnavailableInTierException
        InvalidEmailRoleAccessPolicyException InvalidOAuthFlowException InvalidSmsRoleAccessPolicyException
        InvalidSmsRoleTrustRelationshipException InvalidUserPoolConfigurationException
        OperationNotEnabledException ResourceNotFoundException ScopeDoesNotExistException SecretHashError
        ServiceQuotaExceededException TierChangeNotAllowedException UnsupportedIdentityProviderException
        UnsupportedOperationException UnsupportedTokenTypeException UserPoolAddOnNotEnabledException
        UserPoolTaggingException WebAuthnConfigurationMissingException WebAuthnNotEnabledException
        invalid_client invalid_request invalid_scope unauthorized_client unsupported_grant_type
        unsupported_response_type unsupported_token_type CognitoError""",
    ),
    # Errors of Cognito and of the network
    (
        HTTPStatus.BAD_GATEWAY,
        "A service in the background failed",
        """CodeDeliveryFailureException InternalErrorException InternalServerException
        InvalidLambdaResponseException UnexpectedLambdaException InvalidResponseError ResponseTooLargeError
        server_error ServiceError""",
    ),
    (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Not available at the moment",
        "TooManyRequestsException temporarily_unavailable ConnectError ConnectTimeoutError TransportError",
    ),
    (
        HTTPStatus.GATEWAY_TIMEOUT,
        "No response in time",
        "RequestTimeoutError WaiterTimeoutError",
    ),
)
"""Status, text for the caller, and names of classes, or codes of OAuth 2.0.

Subclasses that have no row of their own have that of their base class; ``ServiceError`` stands for codes that
this release does not know.
"""

CODES = {
    HTTPStatus.INTERNAL_SERVER_ERROR: "InternalError",
    HTTPStatus.BAD_GATEWAY: "BadGateway",
    HTTPStatus.SERVICE_UNAVAILABLE: "Unavailable",
    HTTPStatus.GATEWAY_TIMEOUT: "Timeout",
}
"""What callers see in place of the name of an error that is not theirs."""

_OF_CALLERS = """
AdminInitiateAuth AdminRespondToAuthChallenge AssociateSoftwareToken ChangePassword
CompleteWebAuthnRegistration ConfirmDevice ConfirmForgotPassword ConfirmSignUp DeleteUser DeleteUserAttributes
DeleteWebAuthnCredential ForgetDevice ForgotPassword GetDevice GetTokensFromRefreshToken GetUser
GetUserAttributeVerificationCode GetUserAuthFactors GlobalSignOut InitiateAuth ListDevices ListUserSessions
ListWebAuthnCredentials ResendConfirmationCode RespondToAuthChallenge RevokeToken RevokeUserSession
SetUserMFAPreference SetUserSettings SignUp StartWebAuthnRegistration UpdateAuthEventFeedback
UpdateDeviceStatus UpdateUserAttributes VerifySoftwareToken VerifyUserAttribute
"""
OF_CALLERS = frozenset(_OF_CALLERS.split())
"""Operations whose password, code or token is that of the user: all without IAM credentials, two with."""

_ROWS: dict[str, tuple[HTTPStatus, str]] = {
    name: (status, text) for status, text, names in TABLE for name in names.split()
}


def error_response(error: CognitoError, realm: str | None = None) -> ErrorResponse:
    """Return the response for an error: nothing of its text, and names of errors of the caller alone."""
    if isinstance(error, TokenError):
        return token_response(error, realm)
    name = _row_of(error)
    status, text = _ROWS[name]
    headers: dict[str, str] = {}
    if status is HTTPStatus.UNAUTHORIZED:
        headers = challenge(realm)  # RFC 9110, section 15.5.2, requires one
    elif status is HTTPStatus.SERVICE_UNAVAILABLE and _nothing_was_done(error):
        headers = {"Retry-After": _retry_after(error)}
    return ErrorResponse(status, text, headers, CODES.get(status, name))


def _row_of(error: CognitoError) -> str:
    """Return the name of the row of an error: of its class or the nearest base class that has one."""
    if isinstance(error, ServiceError):
        if error.throttling:
            return "TooManyRequestsException"
        if name := _by_operation(error):
            return name
    names = [cls.__name__ for cls in type(error).__mro__]
    if isinstance(error, ServiceError):
        names.insert(names.index(ServiceError.__name__), error.code)  # a code of OAuth 2.0
    return next(name for name in names if name in _ROWS)


def _by_operation(error: ServiceError) -> str | None:
    """Return the name of the row of an error whose meaning depends on the operation; None for all others."""
    of_callers = not error.operation or error.operation in OF_CALLERS
    match error.code:
        case "NotAuthorizedException" if not of_callers or "secret" in error.message.lower():
            return "AccessDeniedException"  # the IAM credentials or the client secret of the service
        case "InvalidParameterException" if "not enabled for this client" in error.message:
            return "UnsupportedOperationException"  # a flow that the app client does not allow
        case "LimitExceededException" if not of_callers:
            return "ServiceQuotaExceededException"
        case "UserNotFoundException" if of_callers:
            return "NotAuthorizedException"  # a difference would reveal who has an account
        case _:
            return None


def _nothing_was_done(error: CognitoError) -> bool:
    """Return whether a caller can repeat the request without doing something twice."""
    return isinstance(error, ServiceError | ConnectError | ConnectTimeoutError)


def _retry_after(error: CognitoError) -> str:
    """Return the seconds that the service names, else a few."""
    value = error.headers.get("retry-after", "") if isinstance(error, ServiceError) else ""
    return value if re.fullmatch(_SECONDS, value) else RETRY_AFTER
