"""``add_error_handlers``: the response for each error, what it hides, and what is logged."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from cognito_async import _errors, errors, oauth, sign_in, tokens, types
from cognito_async._model.shapes import Request as RequestShape
from cognito_async.errors import CognitoError, ConfigurationError, ServiceError
from cognito_async.integrations._responses import CODES, OF_CALLERS, TABLE, error_response
from cognito_async.integrations.starlette import add_error_handlers
from support.asgi import Response, connect, get

ROWS = {name: (status, text) for status, text, names in TABLE for name in names.split()}
SECRET = "hunter2 arn:aws:iam::123456789012:role/admin"


def failing(error: Exception, **settings: Any) -> Starlette:
    """Return an application whose endpoint raises an error."""

    async def endpoint(_: Any) -> Any:
        raise error

    async def before_accept(_: WebSocket) -> None:
        raise error

    async def after_accept(websocket: WebSocket) -> None:
        await websocket.accept()
        raise error

    async def after_close(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()
        raise error

    app = Starlette(
        routes=[
            Route("/", endpoint),
            WebSocketRoute("/before", before_accept),
            WebSocketRoute("/after", after_accept),
            WebSocketRoute("/closed", after_close),
        ]
    )
    add_error_handlers(app, **settings)
    return app


async def status_of(error: Exception) -> tuple[int, str, str | None]:
    """Return status, code and Retry-After."""
    response = await get(failing(error), "/")
    assert response.json()["detail"] == error_response(error).detail  # type: ignore[arg-type]
    return response.status, response.json()["code"], response.headers.get("retry-after")


def service_error(name: str, message: str = SECRET, **settings: Any) -> ServiceError:
    error: ServiceError = getattr(errors, name, getattr(sign_in, name, None))(message, **settings)
    return error


# The table


def every_class() -> Iterator[type[CognitoError]]:
    for module in (errors, sign_in, oauth, tokens):
        for name in module.__all__:
            if isinstance(cls := getattr(module, name), type) and issubclass(cls, CognitoError):
                yield cls


def test_every_error_of_the_service_has_a_row_and_every_row_stands_for_something() -> None:
    missing = {
        cls.__name__
        for cls in ServiceError.__subclasses__()
        if cls.__module__ == "cognito_async.errors" and cls.__name__ not in ROWS
    }
    assert missing == set()
    names = {cls.__name__ for cls in every_class()}
    codes = set(oauth._errors._ADVICE)
    assert ROWS.keys() - names == codes
    assert len(ROWS) == sum(len(names.split()) for _, _, names in TABLE)


def test_operations_of_callers_are_those_without_iam_credentials_and_sign_in_as_administrator() -> None:
    unsigned = {
        shape.operation.name
        for name in types.__all__
        if isinstance(shape := getattr(types, name), type)
        and issubclass(shape, RequestShape)
        and not shape.operation.signed
    }
    assert unsigned | {"AdminInitiateAuth", "AdminRespondToAuthChallenge"} == OF_CALLERS


@pytest.mark.parametrize("name", [name for name in ROWS if name in dir(errors) and "Exception" in name])
async def test_the_row_of_an_error_is_its_response(name: str) -> None:
    error = service_error(name, operation="AdminGetUser", status=400)
    expected = {"NotAuthorizedException": 500, "LimitExceededException": 500}.get(name, ROWS[name][0])
    status, code, retry_after = await status_of(error)
    assert status == expected
    assert code == CODES.get(HTTPStatus(status), name)
    assert (retry_after is None) is (status != 503)


async def test_every_error_of_the_package_has_a_response_without_its_text() -> None:
    for cls in every_class():
        error = cls.__new__(cls)
        error.args = (SECRET,)
        error.__dict__.update(
            code=cls.__name__, message=SECRET, operation="SignUp", status=400, headers={}, missing=frozenset()
        )
        error.__dict__ |= {"required": frozenset({SECRET}), "reason": SECRET, "attempts": 1}
        error.__dict__ |= {"retry_reasons": (), "request_id": None, "shape": "S", "problems": (SECRET,)}
        response = await get(failing(error), "/")
        assert 400 <= response.status < 600
        assert "hunter2" not in str(response)
        assert (response.status == 401) <= ("www-authenticate" in response.headers)


# Errors whose meaning depends on more than the class


@pytest.mark.parametrize("operation", ["InitiateAuth", "AdminInitiateAuth", "GetUser", ""])
async def test_wrong_credentials_of_a_user_are_401_with_a_challenge(operation: str) -> None:
    error = service_error("NotAuthorizedException", operation=operation)
    response = await get(failing(error, realm="orders"), "/")
    assert response.headers["www-authenticate"] == 'Bearer realm="orders"'
    assert response.json() == {"detail": "Not authorized", "code": "NotAuthorizedException"}
    assert response.status == 401


@pytest.mark.parametrize(
    "error",
    [
        service_error("NotAuthorizedException", operation="AdminCreateUser"),
        service_error("NotAuthorizedException", "Unable to verify secret hash for client x", operation="SignUp"),
        service_error("SecretHashError", "Unable to verify secret hash for client x", operation="SignUp"),
        service_error("InvalidParameterException", "USER_SRP_AUTH flow not enabled for this client", operation="InitiateAuth"),
        service_error("AccessDeniedException", operation="ListUsers"),
        service_error("LimitExceededException", operation="CreateGroup"),
        ConfigurationError(SECRET),
        errors.CredentialsError(SECRET),
    ],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
async def test_credentials_and_limits_of_the_service_are_its_own_fault(error: Exception) -> None:
    assert await status_of(error) == (500, "InternalError", None)


@pytest.mark.parametrize("operation", ["InitiateAuth", "ForgotPassword", "AdminInitiateAuth"])
async def test_an_unknown_user_has_the_response_of_a_wrong_password(operation: str) -> None:
    unknown = service_error("UserNotFoundException", operation=operation)
    wrong = service_error("WrongPasswordError", operation=operation)
    assert await get(failing(unknown), "/") == await get(failing(wrong), "/")
    for name in ("UserDisabledError", "DeviceRefusedError", "WrongAnswerError"):
        assert await get(failing(service_error(name)), "/") == await get(failing(wrong), "/")


async def test_an_administrator_sees_that_there_is_no_such_user() -> None:
    error = service_error("UserNotFoundException", operation="AdminGetUser")
    assert await status_of(error) == (404, "UserNotFoundException", None)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (service_error("LimitExceededException", operation="ForgotPassword"), (429, "LimitExceededException", None)),
        (service_error("AttemptsExceededError", operation="InitiateAuth"), (429, "AttemptsExceededError", None)),
        (service_error("SessionExpiredError", operation="InitiateAuth"), (401, "SessionExpiredError", None)),
        (sign_in.SignedOutError(SECRET), (401, "SignedOutError", None)),
        (service_error("RefreshTokenReusedError"), (401, "SignedOutError", None)),
        (oauth.StateMismatchError(SECRET), (400, "CallbackError", None)),
        (oauth.OAuthError(SECRET, code="access_denied"), (403, "access_denied", None)),
        (oauth.OAuthError(SECRET, code="invalid_grant"), (401, "invalid_grant", None)),
        (oauth.OAuthError(SECRET, code="invalid_client"), (500, "InternalError", None)),
        (oauth.OAuthError(SECRET, code="hunter2"), (502, "BadGateway", None)),
        (oauth.OAuthError(SECRET, code="temporarily_unavailable"), (503, "Unavailable", "2")),
        (ServiceError(SECRET, code="NextYearsException"), (502, "BadGateway", None)),
        (ServiceError(SECRET, code="500", status=500), (502, "BadGateway", None)),
        (ServiceError(SECRET, code="Throttling"), (503, "Unavailable", "2")),
        (errors.InvalidRequestError("S", [SECRET]), (400, "InvalidRequestError", None)),
        (errors.InvalidResponseError(SECRET, operation="GetUser", status=200), (502, "BadGateway", None)),
        (errors.ConnectError(SECRET), (503, "Unavailable", "2")),
        (errors.TLSError(SECRET), (503, "Unavailable", "2")),
        (errors.ConnectTimeoutError(SECRET), (503, "Unavailable", "2")),
        (errors.ConnectionLostError(SECRET), (503, "Unavailable", None)),
        (errors.ClientClosedError(SECRET), (503, "Unavailable", None)),
        (errors.ResponseTooLargeError(SECRET), (502, "BadGateway", None)),
        (errors.ReadTimeoutError(SECRET), (504, "Timeout", None)),
        (errors.RequestTimeoutError(SECRET), (504, "Timeout", None)),
        (errors.WaiterTimeoutError(SECRET), (504, "Timeout", None)),
        (errors.PaginationError(SECRET), (500, "InternalError", None)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)  # fmt: skip
async def test_the_response_fits_the_cause(error: Exception, expected: tuple[int, str, str | None]) -> None:
    assert await status_of(error) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [("7", "7"), ("86400", "2"), ("9999", "9999"), ("0", "0"), ("-1", "2"), ("٣", "2"), ("7\r\nX: y", "2"), ("", "2"),
     ("Wed, 21 Oct 2026 07:28:00 GMT", "2")],
)  # fmt: skip
async def test_retry_after_is_that_of_the_service_if_it_is_a_few_seconds(header: str, expected: str) -> None:
    error = service_error("TooManyRequestsException", headers={"retry-after": header})
    assert await status_of(error) == (503, "Unavailable", expected)


# Applications


async def test_a_handler_of_the_application_takes_precedence() -> None:
    app = failing(service_error("InvalidPasswordException", "too short"))
    app.add_exception_handler(
        errors.InvalidPasswordException, lambda _, error: PlainTextResponse(error.message, 422)
    )
    response = await get(app, "/")
    assert (response.status, response.body) == (422, b"too short")


async def test_errors_of_others_are_not_handled() -> None:
    with pytest.raises(ZeroDivisionError):
        await get(failing(ZeroDivisionError()), "/")


async def test_fastapi_has_the_same_responses() -> None:
    app = FastAPI()
    add_error_handlers(app)
    error = service_error("UsernameExistsException", operation="SignUp")

    @app.get("/")
    async def endpoint() -> None:
        raise error

    response = await get(app, "/")
    assert response == await get(failing(error), "/")
    assert response.json() == {"detail": "It exists already", "code": "UsernameExistsException"}


def test_an_invalid_realm_is_rejected() -> None:
    with pytest.raises(ConfigurationError, match="realm: "):
        add_error_handlers(Starlette(), realm="é")


# WebSockets


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (service_error("NotAuthorizedException"), 1008),
        (service_error("AccessDeniedException"), 1011),
        (service_error("InternalErrorException"), 1011),
        (service_error("TooManyRequestsException"), 1013),
        (errors.ReadTimeoutError(SECRET), 1013),
    ],
)
async def test_a_websocket_gets_the_response_or_a_code(error: Exception, code: int) -> None:
    app = failing(error)
    refused = await connect(app, "/before")
    assert isinstance(refused, Response)
    assert refused == await get(app, "/")
    closed = await connect(app, "/before", denial=False)
    assert closed == [{"type": "websocket.close", "code": 1008, "reason": ""}]
    messages = await connect(app, "/after")
    assert isinstance(messages, list)
    assert messages[1:] == [{"type": "websocket.close", "code": code, "reason": ""}]
    messages = await connect(app, "/closed")
    assert isinstance(messages, list)
    assert [each["type"] for each in messages] == ["websocket.accept", "websocket.close"]


# Logs


@pytest.mark.parametrize(
    ("error", "level", "traceback"),
    [
        (service_error("WrongPasswordError", operation="InitiateAuth"), "INFO", False),
        (service_error("TooManyRequestsException", operation="GetUser"), "WARNING", False),
        (_errors.ReadTimeoutError("no response"), "WARNING", False),
        (service_error("AccessDeniedException", operation="ListUsers"), "ERROR", True),
        (ServiceError("x", code="NextYearsException", operation="GetUser"), "ERROR", True),
    ],
)
async def test_an_error_is_logged_once(
    error: CognitoError, level: str, traceback: object, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "cognito_async")
    await get(failing(error), "/")
    [record] = caplog.records
    assert (record.name, record.levelname) == ("cognito_async", level)
    assert bool(record.exc_info) is traceback
    status = error_response(error).status
    assert record.getMessage() == f"responded with HTTP {status.value} to {type(error).__name__}: {error}"
