"""The advice of errors: what to do next, by class, code and status."""

from __future__ import annotations

import pickle
import re
from functools import cache
from typing import Any

import pytest
from botocore.retries.standard import ThrottledRetryableChecker

from cognito_async import CognitoClient, Config, errors, types
from cognito_async._errors import advice
from cognito_async.errors import ServiceError

CLASSES = [getattr(errors, name) for name in errors.__all__]
MODELED = [kind for kind in CLASSES if issubclass(kind, ServiceError) and kind is not ServiceError]
# Names of the package beside those of the API.
OTHER_NAMES = {"cognito_async", "merge_user_pool"}
# One code fewer than in botocore: a pause does not help against an exhausted quota.
THROTTLING_CODES = sorted({*ThrottledRetryableChecker._THROTTLED_ERROR_CODES} - {"LimitExceededException"})


def members_of(shape: Any) -> Any:
    return getattr(shape, "__attrs_attrs__", ())


@pytest.mark.parametrize("kind", MODELED)
def test_a_modeled_error_has_its_own_advice_whatever_the_status(kind: type[ServiceError]) -> None:
    assert kind.advice.endswith(".")
    for status in (400, 403, 500):
        assert kind("text", status=status).advice == kind.advice


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        *((code, 400, "adaptive") for code in THROTTLING_CODES if code not in errors.__all__),
        ("BrandNewException", 429, "adaptive"),
        ("ExpiredTokenException", 400, "new credentials"),
        ("ExpiredToken", 403, "new credentials"),
        ("UnrecognizedClientException", 400, "access key"),
        ("InvalidClientTokenId", 403, "access key"),
        ("InvalidSignatureException", 400, "clock"),
        ("SignatureDoesNotMatch", 403, "clock"),
        ("MissingAuthenticationToken", 403, "Authorization"),
        ("MissingAuthenticationTokenException", 400, "Authorization"),
        ("UnknownOperationException", 400, "emulators"),
        ("", 301, "Something other than the service"),
        ("", 400, "Something other than the service"),
        ("", 404, "Something other than the service"),
        ("BrandNewException", 400, "API reference"),
        ("BrandNewException", 403, "API reference"),
        ("", 403, "proxy or firewall"),
        ("", 413, "less"),
        ("", 407, "user and password"),
        ("", 501, "emulators"),
        ("", 503, "later"),
        ("BrandNewException", 500, "later"),
    ],
)
def test_the_advice_of_an_unmodeled_error_depends_on_code_and_status(
    code: str, status: int, words: str
) -> None:
    error = ServiceError(code=code or str(status), status=status)
    assert words in error.advice
    assert pickle.loads(pickle.dumps(error)).advice == error.advice


@cache
def known_names() -> frozenset[str]:
    members = {field.name for name in types.__all__ for field in members_of(getattr(types, name))}
    return frozenset({*members, *dir(CognitoClient), *dir(Config), "expires_at", *OTHER_NAMES})


def unknown_names(text: str) -> list[str]:
    words = re.findall(r"[A-Za-z_]*_[A-Za-z_]+", text)
    return [word for word in words if word.islower() and word not in known_names()]


def test_names_in_advice_exist_in_the_api_or_in_the_settings() -> None:
    for kind in CLASSES:
        assert unknown_names(getattr(kind, "advice", "")) == [], kind


# Errors with several meanings

TEXTS = [
    ("NotAuthorizedException", "Incorrect username or password.", "start the sign-in again"),
    ("NotAuthorizedException", "Password attempts exceeded", "15 minutes"),
    ("NotAuthorizedException", "Invalid session for the user.", "3 to 15 minutes"),
    (
        "NotAuthorizedException",
        "Invalid session for the user, session is expired.",
        "Start the sign-in again",
    ),
    ("NotAuthorizedException", "Invalid session for the user, session can only be used once.", "latest"),
    ("NotAuthorizedException", "Unable to verify secret hash for client abc", "USERNAME of the challenge"),
    (
        "NotAuthorizedException",
        "Client abc is configured with secret but SECRET_HASH was not received",
        "SECRET_HASH among",
    ),
    ("NotAuthorizedException", "User is disabled.", "admin_enable_user"),
    (
        "NotAuthorizedException",
        "Temporary password has expired and must be reset by an administrator.",
        "RESEND",
    ),
    ("NotAuthorizedException", "Refresh Token has been revoked", "sign in again"),
    ("NotAuthorizedException", "Refresh Token has expired", "sign in again"),
    ("NotAuthorizedException", "Invalid Refresh Token.", "device_key"),
    ("NotAuthorizedException", "Access Token has been revoked", "must sign in again"),
    ("NotAuthorizedException", "Access Token has expired", "with the refresh token"),
    ("NotAuthorizedException", "Invalid Access Token", "not the ID token"),
    ("NotAuthorizedException", "Access Token does not have required scopes", "signin.user.admin"),
    ("NotAuthorizedException", "PreAuthentication failed with error Email not verified.", "Lambda trigger"),
    ("CodeMismatchException", "Invalid code or auth state for the user.", "latest session"),
    ("ExpiredCodeException", "Your software token has already been used once.", "next code"),
    (
        "LimitExceededException",
        "Attempt limit exceeded, please try after some time.",
        "attempt limit of this user",
    ),
    (
        "SoftwareTokenMFANotFoundException",
        "Software Token MFA does not exist for the user.",
        "verify_software_token",
    ),
]
GENERAL = [
    ("NotAuthorizedException", "", "IAM credentials, check their policy"),
    ("NotAuthorizedException", "A text that is new", "IAM credentials, check their policy"),
    ("CodeMismatchException", "Invalid verification code provided, please try again.", "same session"),
    ("ExpiredCodeException", "Invalid code provided, please request a code again.", "Send a new code"),
    ("EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA", "current code"),
    ("PasswordResetRequiredException", "Password reset required for the user", "forgot_password"),
    ("UserNotConfirmedException", "User is not confirmed.", "confirm_sign_up"),
    ("MFAMethodNotFoundException", "", "Set up a factor"),
    ("SoftwareTokenMFANotFoundException", "", "set_user_pool_mfa_config"),
    ("RefreshTokenReuseException", "", "latest refresh token"),
    ("InvalidPasswordException", "Password did not conform with policy", "same challenge"),
    ("LimitExceededException", "You have exceeded a quota", "Service Quotas"),
]


@pytest.mark.parametrize(("code", "message", "words"), [*TEXTS, *GENERAL])
def test_the_advice_of_a_sign_in_error_depends_on_its_text(code: str, message: str, words: str) -> None:
    kind = getattr(errors, code)
    error = kind(message)
    assert words in error.advice
    assert (error.advice != kind.advice) is ((code, message, words) in TEXTS)
    assert error.message == message
    assert str(error).endswith(error.advice)
    assert pickle.loads(pickle.dumps(error)).advice == error.advice


def test_every_text_is_tested_and_its_advice_names_what_exists() -> None:
    messages = [(code, message.lower()) for code, message, _ in TEXTS]
    for code, parts in advice._BY_TEXT.items():
        for part, text in parts.items():
            assert any(code == each and part in message for each, message in messages), part
            assert text.endswith(".")
            assert unknown_names(text) == []
