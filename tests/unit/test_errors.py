"""The exceptions, and the way from an error body to one of them."""

from __future__ import annotations

import copy
import json
import pickle
import re
from typing import Any

import pytest
from botocore.retries.standard import ThrottledRetryableChecker

from cognito_async import CognitoClient, Config, _error_body, _errors, errors, types
from cognito_async.errors import (
    CognitoError,
    InvalidRequestError,
    InvalidResponseError,
    ServiceError,
    UserNotFoundException,
)

CLASSES = [getattr(errors, name) for name in errors.__all__]
MODELLED = [kind for kind in CLASSES if issubclass(kind, ServiceError) and kind is not ServiceError]
# Modules and functions beside the API.
UPDATES = {"cognito_async", "merge_user_pool"}
REQUEST = {"operation": "Op", "status": 500, "request_id": "id-1", "attempts": 3}
# Ours differ by one: a quota that is used up does not come back with a pause.
THROTTLING_CODES = sorted({*ThrottledRetryableChecker._THROTTLED_ERROR_CODES} - {"LimitExceededException"})
HTML = b"<html><body><h1>Bad gateway: hunter2</h1></body></html>"


def made(body: bytes | dict[str, Any] = b"", status=400, attempts=1, **headers: str) -> ServiceError:
    if isinstance(body, dict):
        body = json.dumps(body).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return _error_body.service_error(
        "AdminGetUser", status=status, headers=names, body=body, attempts=attempts
    )


def fields_of(shape: Any) -> Any:
    return getattr(shape, "__attrs_attrs__", ())


def drawn_tree() -> dict[str, set[str]]:
    """Class -> bases, read from the picture in the module docstring."""
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
    assert {kind.__name__: {base.__name__ for base in kind.__bases__} for kind in own} == drawn_tree()
    assert len(own) > 10


def test_a_modelled_error_stands_directly_below_service_error() -> None:
    assert len(MODELLED) > 50
    assert [kind for kind in MODELLED if kind.__bases__ != (ServiceError,)] == []


@pytest.mark.parametrize("name", ["RequestTimeoutError", "ConnectTimeoutError", "ReadTimeoutError"])
def test_a_timeout_is_a_timeout_error(name: str) -> None:
    with pytest.raises(TimeoutError, match="no answer in time"):
        raise getattr(errors, name)("no answer in time")


def test_an_invalid_request_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="username"):
        raise InvalidRequestError("AdminGetUserRequest", ["username: missing"])


def test_all_has_every_public_name_of_the_namespace() -> None:
    # pytest rewrites what has a plugin, and adds names with an @; the other name is from __future__.
    public = {name for name in vars(errors) if not name.startswith(("_", "@"))} - {"annotations"}
    assert sorted(errors.__all__) == sorted(public)


def test_every_class_of_the_tree_is_in_the_namespace() -> None:
    assert [name for name in drawn_tree() if getattr(errors, name) is not getattr(_errors, name)] == []


def example(kind: type[Exception]) -> Exception:
    if issubclass(kind, ServiceError):
        return kind(
            "a message", code="Other", headers={"date": "now"}, members={"reasonCode": "r"}, **REQUEST
        )
    if kind is InvalidRequestError:
        return kind("AdminGetUserRequest", ["username: missing", "limit: no number"])
    return kind("no JSON", **REQUEST) if kind is InvalidResponseError else kind("a message")


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_survives_pickle_and_copy_with_all_it_knows(kind: type[Exception]) -> None:
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
        (InvalidResponseError("no JSON", operation="Op", status=200), "Op failed: no JSON (HTTP 200). {}"),
        (
            InvalidResponseError("no JSON", **REQUEST),
            "Op failed: no JSON (HTTP 500, request id id-1, 3 attempts). {}",
        ),
        (errors.TLSError("host: refused"), "host: refused. {}"),
        (errors.CredentialsError("none"), "none"),
        (errors.CognitoError("something"), "something"),
    ],
)
def test_the_text_of_an_error_says_what_is_known_and_what_to_do(error: CognitoError, text: str) -> None:
    assert str(error) == text.format(error.advice)
    assert bool(error.advice) is ("{}" in text)


def test_the_text_says_how_often_a_call_was_tried_and_why() -> None:
    error = errors.ReadTimeoutError("late")
    error.operation, error.attempts = "Op", 4
    error.retry_reasons = ("ConnectError", "429", "ConnectError")
    assert str(error).startswith("Op failed: late (4 attempts, retried after ConnectError and 429). ")
    error.attempts, error.retry_reasons = 0, ()
    assert str(error).startswith("Op failed: late (nothing was sent). ")


@pytest.mark.parametrize("kind", MODELLED)
def test_a_modelled_error_has_advice_of_its_own_whatever_its_status(kind: type[ServiceError]) -> None:
    assert kind.advice.endswith(".")
    for status in (400, 403, 500):
        error = made({"__type": kind.__name__, "message": "text"}, status)
        assert (error.message, error.advice) == ("text", kind.advice)


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
        ("", 301, "Something else than the service"),
        ("", 400, "Something else than the service"),
        ("", 404, "Something else than the service"),
        ("BrandNewException", 400, "API reference"),
        ("BrandNewException", 403, "API reference"),
        ("", 403, "Something before the service"),
        ("", 413, "less"),
        ("", 407, "user and password"),
        ("", 501, "emulators"),
        ("", 503, "later"),
        ("BrandNewException", 500, "later"),
    ],
)
def test_a_code_that_the_model_does_not_have_has_advice_by_code_or_status(
    code: str, status: int, words: str
) -> None:
    error = made({"__type": code}, status)
    assert type(error) is ServiceError
    assert words in error.advice
    assert pickle.loads(pickle.dumps(error)).advice == error.advice


def test_names_in_advice_are_those_of_the_api_and_of_settings() -> None:
    members = {field.name for name in types.__all__ for field in fields_of(getattr(types, name))}
    known = {*members, *dir(CognitoClient), *dir(Config), "max_response_size", "expires_at", *UPDATES}
    for kind in CLASSES:
        words = re.findall(r"[A-Za-z_]*_[A-Za-z_]+", getattr(kind, "advice", ""))
        assert [word for word in words if word.islower() and word not in known] == [], kind


@pytest.mark.parametrize("kind", MODELLED)
def test_the_code_in_the_body_chooses_the_class(kind: type[ServiceError]) -> None:
    error = made({"__type": kind.__name__, "message": "text"})
    assert (type(error), error.code, error.message) == (kind, kind.__name__, "text")


@pytest.mark.parametrize("start", ["", " ", "ns#", "com.amazonaws.cognito#", "a#b#"])
@pytest.mark.parametrize("end", ["", " ", ":http://internal.example/", ":http://internal.example/x#y", ":"])
def test_namespace_and_address_around_a_code_are_cut_off(start: str, end: str) -> None:
    code = f"{start}UserNotFoundException{end}"
    for error in (made({"__type": code}), made(x_amzn_errortype=code)):
        assert (type(error), error.code) == (UserNotFoundException, "UserNotFoundException")


@pytest.mark.parametrize("body", [b"", b"{}", HTML, b'{"__type": 5}', b'{"__type": ""}', b'{"__type": null}'])
def test_without_a_code_in_the_body_the_header_says_it(body: bytes) -> None:
    assert type(made(body, x_amzn_errortype="UserNotFoundException")) is UserNotFoundException


def test_the_code_in_the_body_precedes_the_header() -> None:
    error = made({"__type": "UserNotFoundException"}, x_amzn_errortype="NotAuthorizedException")
    assert type(error) is UserNotFoundException


@pytest.mark.parametrize(
    "code", ["BrandNewException", "RequestTimeout", "CognitoError", "TLSError", "__doc__"]
)
def test_an_unknown_code_comes_as_service_error_and_is_kept(code: str) -> None:
    error = made({"__type": code, "message": "text"})
    assert (type(error), error.code, error.message) == (ServiceError, code, "text")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"message": "lower"}, "lower"),
        ({"Message": "upper"}, "upper"),
        ({"message": "lower", "Message": "upper"}, "lower"),
        ({"message": None, "Message": "upper"}, "upper"),
        ({"message": "Fehler \u2013 \U0001f600"}, "Fehler \u2013 \U0001f600"),
        ({"message": None}, ""),
        ({"message": 5}, ""),
        ({"message": ["hunter2"]}, ""),
        ({}, ""),
    ],
)
def test_the_message_is_read_in_either_case_and_is_always_text(body: dict[str, Any], message: str) -> None:
    assert made({"__type": "UserNotFoundException"} | body).message == message


no_errors_of_this_api = {
    "HTML": HTML,
    "truncated JSON": b'{"__type": "UserNotFoundException", "message": "hunter2',
    "null": b"null",
    "list": b'[{"__type": "UserNotFoundException", "message": "hunter2"}]',
    "number": b"42",
    "huge number": b"9" * 10_000,
    "string": b'"hunter2"',
    "invalid UTF-8": b'{"__type": "UserNotFoundException", "message": "\xff hunter2"}',
    "UTF-16 cut off": b"\xff\xfe{",
    "deep list": b"[" * 100_000,
    "deep object": b'{"a":' * 100_000,
    "white space": b" \r\n",
}


@pytest.mark.parametrize("body", no_errors_of_this_api.values(), ids=no_errors_of_this_api)
def test_a_body_that_is_no_json_object_is_described_and_not_quoted(body: bytes) -> None:
    error = made(body, 502, content_type="text/html; charset=utf-8")
    text = f"Bad Gateway; the body is not an error of this API (text/html, {len(body)} bytes)"
    assert (type(error), error.code, error.message, error.members) == (ServiceError, "502", text, {})
    assert not re.search("hunter2|<html", f"{error} {error!r}")
    assert "no content type" in made(body).message


@pytest.mark.parametrize(
    ("status", "message"), [(400, "Bad Request"), (503, "Service Unavailable"), (599, "unknown status")]
)
def test_an_empty_body_leaves_the_status_as_code_and_its_phrase_as_message(status: int, message: str) -> None:
    error = made(b"", status)
    assert (type(error), error.code, error.message) == (ServiceError, str(status), message)


@pytest.mark.parametrize("code", [5, None, True, ["UserNotFoundException"], {"a": 1}, "", "#", ":x", "ns#"])
def test_a_type_that_is_no_code_leaves_the_status_as_code(code: object) -> None:
    error = made({"__type": code, "message": "text"}, 403)
    assert (type(error), error.code, error.message) == (ServiceError, "403", "text")


def test_an_error_knows_its_request() -> None:
    body = {"__type": "UserNotFoundException", "message": "gone", "extra": [1]}
    error = made(body, 404, 3, x_amzn_requestid="id-1", date="now")
    assert (error.operation, error.status, error.attempts) == ("AdminGetUser", 404, 3)
    assert (error.request_id, made(body).request_id) == ("id-1", None)
    assert (error.members, error.headers) == (body, {"x-amzn-requestid": "id-1", "date": "now"})


def test_an_invalid_parameter_has_a_reason_code_when_the_service_gives_one() -> None:
    body = {"__type": "InvalidParameterException", "message": "no"}
    assert made(body | {"reasonCode": "TooLong"}).reason_code == "TooLong"
    assert made(body).reason_code is None


@pytest.mark.parametrize(
    ("code", "status", "throttling", "retryable"),
    [
        *((code, 400, True, True) for code in THROTTLING_CODES),
        ("TooManyRequestsException", 400, True, True),
        *((code, 429, True, True) for code in ("AnythingElse", "UserNotFoundException")),
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
def test_which_errors_ask_for_a_pause_and_which_may_be_tried_again(
    code: str, status: int, *, throttling: bool, retryable: bool
) -> None:
    error = made({"__type": code}, status)
    assert (error.throttling, error.retryable) == (throttling, retryable)
