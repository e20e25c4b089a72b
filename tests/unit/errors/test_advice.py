"""The advice of errors: what to do next, by class, code and status."""

from __future__ import annotations

import pickle
import re
from typing import Any

import pytest
from botocore.retries.standard import ThrottledRetryableChecker

from cognito_async import CognitoClient, Config, errors, types
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


def test_names_in_advice_exist_in_the_api_or_in_the_settings() -> None:
    members = {field.name for name in types.__all__ for field in members_of(getattr(types, name))}
    known = {*members, *dir(CognitoClient), *dir(Config), "max_response_size", "expires_at", *OTHER_NAMES}
    for kind in CLASSES:
        words = re.findall(r"[A-Za-z_]*_[A-Za-z_]+", getattr(kind, "advice", ""))
        assert [word for word in words if word.islower() and word not in known] == [], kind
