"""The exceptions: their tree, texts and attributes, and which of them are worth a retry."""

from __future__ import annotations

import copy
import pickle
import pickletools
import re
import traceback

import pytest
from botocore.retries.standard import ThrottledRetryableChecker

from cognito_async import _errors, errors
from cognito_async._model import ResponseMetadata
from cognito_async.errors import (
    CognitoError,
    InvalidRequestError,
    InvalidResponseError,
    ServiceError,
    UserNotFoundException,
)

CLASSES = [getattr(errors, name) for name in errors.__all__]
MODELED = [kind for kind in CLASSES if issubclass(kind, ServiceError) and kind is not ServiceError]
REQUEST = {"operation": "Op", "status": 500, "request_id": "id-1", "attempts": 3}
# One code fewer than in botocore: a pause does not help against an exhausted quota.
THROTTLING_CODES = sorted({*ThrottledRetryableChecker._THROTTLED_ERROR_CODES} - {"LimitExceededException"})


def tree_in_docstring() -> dict[str, set[str]]:
    """Return the bases of each class, as the module docstring draws them."""
    tree = {"CognitoError": {"Exception"}}
    above = ["CognitoError"]
    for branch, name, text in re.findall(r"^ +([│├└─ ]*── )(\w+)(.*)$", _errors.__doc__, re.MULTILINE):
        depth = len(branch) // 4
        tree[name] = {above[depth - 1], *re.findall(r"also an? (\w+)", text)}
        above[depth:] = [name]
    return tree


def test_the_classes_are_those_of_the_tree_in_the_docstring() -> None:
    classes = [kind for kind in vars(_errors).values() if isinstance(kind, type)]
    own = [kind for kind in classes if issubclass(kind, CognitoError)]
    assert {kind.__name__: {base.__name__ for base in kind.__bases__} for kind in own} == tree_in_docstring()
    assert len(own) > 10


def test_modeled_errors_are_direct_subclasses_of_service_error() -> None:
    assert len(MODELED) > 50
    assert [kind for kind in MODELED if kind.__bases__ != (ServiceError,)] == []


def test_every_class_of_the_tree_is_public() -> None:
    assert [name for name in tree_in_docstring() if getattr(errors, name) is not getattr(_errors, name)] == []


def test_all_lists_every_public_name() -> None:
    # pytest adds names with an @ to modules of plugins; "annotations" is from __future__.
    public = {name for name in vars(errors) if not name.startswith(("_", "@"))} - {"annotations"}
    assert sorted(errors.__all__) == sorted(public)


@pytest.mark.parametrize("name", ["RequestTimeoutError", "ConnectTimeoutError", "ReadTimeoutError"])
def test_timeouts_are_timeout_errors(name: str) -> None:
    with pytest.raises(TimeoutError, match="no response within the timeout"):
        raise getattr(errors, name)("no response within the timeout")


def test_an_invalid_request_error_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="username"):
        raise InvalidRequestError("AdminGetUserRequest", ["username: missing"])


def example(kind: type[Exception]) -> Exception:
    if issubclass(kind, ServiceError):
        return kind(
            "a message", code="Other", headers={"date": "now"}, members={"reasonCode": "r"}, **REQUEST
        )
    if kind is InvalidRequestError:
        return kind("AdminGetUserRequest", ["username: missing", "limit: not a number"])
    return kind("not JSON", **REQUEST) if kind is InvalidResponseError else kind("a message")


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_pickles_and_copies_with_all_attributes(kind: type[Exception]) -> None:
    error = example(kind)
    error.add_note("a note")
    protocols = range(pickle.HIGHEST_PROTOCOL + 1)
    pickled = [pickle.loads(pickle.dumps(error, protocol)) for protocol in protocols]
    for again in [*pickled, copy.copy(error), copy.deepcopy(error)]:
        assert again is not error
        assert type(again) is kind
        assert (again.args, str(again), repr(again)) == (error.args, str(error), repr(error))
        assert vars(again) == vars(error)
        assert again.__notes__ == ["a note"]


@pytest.mark.parametrize("kind", CLASSES)
def test_every_class_names_its_public_module_in_tracebacks_and_pickles(kind: type[Exception]) -> None:
    assert kind.__module__ == "cognito_async.errors"
    assert kind.__qualname__ == kind.__name__
    error = example(kind)
    (line, *_) = traceback.format_exception_only(error)
    assert line.startswith(f"cognito_async.errors.{kind.__name__}: ")
    globals_of_pickle = [
        argument for code, argument, _ in pickletools.genops(pickle.dumps(error, 0)) if code.name == "GLOBAL"
    ]
    assert f"cognito_async.errors {kind.__name__}" in globals_of_pickle


# Texts


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (UserNotFoundException("gone"), "request failed with UserNotFoundException: gone (HTTP 400). {}"),
        (ServiceError(code="X", operation="Op"), "Op failed with X (HTTP 400). {}"),
        (errors.PaginationError("ListUsers: twice"), "ListUsers: twice. {}"),
        (
            ServiceError("no", code="X", **REQUEST),
            "Op failed with X: no (HTTP 500, request id id-1, 3 attempts). {}",
        ),
        (InvalidRequestError("Shape", ["a: missing"]), "Shape: a: missing"),
        (InvalidRequestError("Shape", ["a: b", "c: d"]), "Shape: 2 problems\n  a: b\n  c: d"),
        (InvalidResponseError("not JSON", operation="Op", status=200), "Op failed: not JSON (HTTP 200). {}"),
        (
            InvalidResponseError("not JSON", **REQUEST),
            "Op failed: not JSON (HTTP 500, request id id-1, 3 attempts). {}",
        ),
        (errors.TLSError("host: refused"), "host: refused. {}"),
        (errors.CredentialsError("none"), "none"),
        (errors.CognitoError("something"), "something"),
    ],
)
def test_the_text_of_an_error_has_facts_and_advice(error: CognitoError, text: str) -> None:
    assert str(error) == text.format(error.advice)
    assert bool(error.advice) is ("{}" in text)


def test_the_text_has_the_number_of_attempts_and_the_reasons_for_retries() -> None:
    error = errors.ReadTimeoutError("late")
    error.operation, error.attempts = "Op", 4
    error.retry_reasons = ("ConnectError", "429", "ConnectError")
    assert str(error).startswith("Op failed: late (4 attempts, retried after ConnectError and 429). ")
    error.attempts, error.retry_reasons = 0, ()
    assert str(error).startswith("Op failed: late (nothing was sent). ")


def test_an_invalid_response_error_has_the_facts_of_the_response_metadata() -> None:
    metadata = ResponseMetadata(
        request_id="id-1", http_status=201, attempts=3, retry_reasons=("ConnectError", "429")
    )
    error = InvalidResponseError.from_metadata(
        "no user pool", operation="DescribeUserPool", metadata=metadata
    )
    assert type(error) is InvalidResponseError
    assert (error.reason, error.operation, error.status) == ("no user pool", "DescribeUserPool", 201)
    assert (error.request_id, error.attempts, error.retry_reasons) == ("id-1", 3, ("ConnectError", "429"))
    assert error.advice == InvalidResponseError.advice
    assert str(error) == (
        "DescribeUserPool failed: no user pool (HTTP 201, request id id-1, 3 attempts, "
        f"retried after ConnectError and 429). {error.advice}"
    )


def test_an_invalid_response_error_may_have_its_own_advice() -> None:
    metadata = ResponseMetadata()
    error = InvalidResponseError.from_metadata("no page", operation="Op", metadata=metadata, advice="Wait.")
    assert str(error) == "Op failed: no page (HTTP 200). Wait."
    assert error.request_id is None
    assert InvalidResponseError.advice != "Wait."
    again = pickle.loads(pickle.dumps(error))
    assert (again.advice, str(again)) == ("Wait.", str(error))
    silent = InvalidResponseError.from_metadata("no page", operation="Op", metadata=metadata, advice="")
    assert str(silent) == "Op failed: no page (HTTP 200)"


# Retries


@pytest.mark.parametrize(
    ("code", "status", "throttling", "retryable"),
    [
        *((code, 400, True, True) for code in THROTTLING_CODES),
        ("TooManyRequestsException", 400, True, True),
        ("AnythingElse", 429, True, True),
        ("UserNotFoundException", 429, False, False),
        *(
            (f"{name}Exception", 400, False, False)
            for name in ("LimitExceeded", "InternalError", "UserNotFound")
        ),
        *(
            (f"{name}Exception", 400, False, False)
            for name in ("TooManyFailedAttempts", "ServiceQuotaExceeded")
        ),
        *(("InternalErrorException", status, False, True) for status in (500, 502, 503, 504)),
        *(("AnythingElse", status, False, False) for status in (301, 403, 404, 408, 413, 501, 505, 509)),
        *((code, 400, False, True) for code in ("RequestTimeout", "RequestTimeoutException")),
    ],
)
def test_code_and_status_decide_whether_an_error_is_throttling_and_retryable(
    code: str, status: int, *, throttling: bool, retryable: bool
) -> None:
    error = getattr(errors, code, ServiceError)(code=code, status=status)
    assert (error.throttling, error.retryable) == (throttling, retryable)


def test_the_response_has_the_form_of_boto3() -> None:
    error = errors.InvalidParameterException(
        "no",
        request_id="request-1",
        headers={"x-amzn-requestid": "request-1"},
        attempts=2,
        members={"__type": "InvalidParameterException", "message": "no", "reasonCode": "because", "Newer": 1},
    )
    assert error.response == {
        "Error": {"Code": "InvalidParameterException", "Message": "no"},
        "ResponseMetadata": {
            "RequestId": "request-1",
            "HTTPStatusCode": 400,
            "HTTPHeaders": {"x-amzn-requestid": "request-1"},
            "RetryAttempts": 1,
        },
        "message": "no",
        "reasonCode": "because",
    }
