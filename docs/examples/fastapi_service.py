"""A FastAPI service with sign-up, sign-in and profile, with one client for the lifetime of the service.

Run it with ``uvicorn fastapi_service:app``; ``/docs`` shows its API. ``COGNITO_CLIENT_ID`` is the id of an
app client without a secret that allows USER_PASSWORD_AUTH, and ``AWS_REGION`` is the region. AWS credentials
are not needed: the service only calls operations that users may call themselves.

Passwords, codes and tokens are neither logged nor echoed.
"""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field, SecretStr

from cognito_async import CognitoClient
from cognito_async.errors import (
    AliasExistsException,
    CodeMismatchException,
    ConnectError,
    ExpiredCodeException,
    InvalidParameterException,
    InvalidPasswordException,
    InvalidRequestError,
    InvalidResponseError,
    LimitExceededException,
    NotAuthorizedException,
    PasswordResetRequiredException,
    RequestTimeoutError,
    ServiceError,
    TransportError,
    UserLambdaValidationException,
    UsernameExistsException,
    UserNotConfirmedException,
    UserNotFoundException,
)

logger = logging.getLogger("accounts")

STATUSES: dict[type[ServiceError], HTTPStatus] = {
    AliasExistsException: HTTPStatus.CONFLICT,
    CodeMismatchException: HTTPStatus.BAD_REQUEST,
    ExpiredCodeException: HTTPStatus.BAD_REQUEST,
    InvalidParameterException: HTTPStatus.BAD_REQUEST,
    InvalidPasswordException: HTTPStatus.BAD_REQUEST,
    LimitExceededException: HTTPStatus.TOO_MANY_REQUESTS,
    NotAuthorizedException: HTTPStatus.UNAUTHORIZED,
    PasswordResetRequiredException: HTTPStatus.FORBIDDEN,
    UserLambdaValidationException: HTTPStatus.BAD_REQUEST,
    UserNotConfirmedException: HTTPStatus.FORBIDDEN,
    UserNotFoundException: HTTPStatus.NOT_FOUND,
    UsernameExistsException: HTTPStatus.CONFLICT,
}
"""Status of each error that a caller can cause; all other errors are ours."""

RETRY_AFTER = {"Retry-After": "2"}
"""Seconds that callers should wait; the client itself has retried already."""


# Request and response bodies.


class SignUp(BaseModel):
    """Request for a new account."""

    username: str = Field(min_length=1, max_length=128)
    password: SecretStr
    email: str


class Confirmation(BaseModel):
    """Code that the user received by email."""

    code: SecretStr


class SignIn(BaseModel):
    """Username and password of an account."""

    username: str
    password: SecretStr


class Account(BaseModel):
    """A new account."""

    username: str
    confirmed: bool


class Tokens(BaseModel):
    """Tokens of a sign-in."""

    access_token: str
    id_token: str | None
    refresh_token: str | None
    expires_in: int | None


class Profile(BaseModel):
    """Profile of the signed-in user."""

    username: str
    email: str | None
    name: str | None


class ProfileChange(BaseModel):
    """Change of a profile."""

    name: str = Field(min_length=1, max_length=2048)


# The client and other dependencies of the endpoints.


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None, None]:
    """Open the client when the service starts and close it when the service stops."""
    # The default of one minute is too long for a caller of this service.
    async with CognitoClient(timeout=10) as client:
        app.state.client = client
        app.state.client_id = os.environ["COGNITO_CLIENT_ID"]
        yield


def get_client(request: Request) -> CognitoClient:
    """Return the client; tests override this dependency."""
    client: CognitoClient = request.app.state.client
    return client


def get_client_id(request: Request) -> str:
    """Return the id of the app client."""
    client_id: str = request.app.state.client_id
    return client_id


def get_access_token(
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())],
) -> str:
    """Return the token of the ``Authorization`` header; without one, FastAPI responds with 401."""
    return credentials.credentials


Client = Annotated[CognitoClient, Depends(get_client)]
ClientId = Annotated[str, Depends(get_client_id)]
AccessToken = Annotated[str, Depends(get_access_token)]

app = FastAPI(title="Accounts", lifespan=lifespan)


# Endpoints.


@app.post("/accounts", status_code=HTTPStatus.CREATED)
async def sign_up(body: SignUp, client: Client, client_id: ClientId) -> Account:
    """Create an account; Cognito sends a code by email."""
    response = await client.sign_up(
        client_id=client_id,
        username=body.username,
        password=body.password.get_secret_value(),
        user_attributes={"email": body.email},
    )
    return Account(username=body.username, confirmed=response.user_confirmed)


@app.post("/accounts/{username}/confirmation", status_code=HTTPStatus.NO_CONTENT)
async def confirm(username: str, body: Confirmation, client: Client, client_id: ClientId) -> None:
    """Confirm an account with the code."""
    await client.confirm_sign_up(
        client_id=client_id, username=username, confirmation_code=body.code.get_secret_value()
    )


@app.post("/sessions", response_model=Tokens)
async def sign_in(body: SignIn, client: Client, client_id: ClientId) -> Tokens | JSONResponse:
    """Sign in; respond with 403 and the name of the challenge if Cognito requires more than a password."""
    response = await client.initiate_auth(
        client_id=client_id,
        auth_flow="USER_PASSWORD_AUTH",
        auth_parameters={"USERNAME": body.username, "PASSWORD": body.password.get_secret_value()},
    )
    tokens = response.authentication_result
    if tokens is None or tokens.access_token is None:
        return problem(HTTPStatus.FORBIDDEN, str(response.challenge_name), "A password is not enough.")
    return Tokens(
        access_token=tokens.access_token,
        id_token=tokens.id_token,
        refresh_token=tokens.refresh_token,
        expires_in=tokens.expires_in,
    )


@app.get("/profile")
async def get_profile(token: AccessToken, client: Client) -> Profile:
    """Return the profile of the user of the access token."""
    user = await client.get_user(access_token=token)
    attributes = user.attribute_map
    return Profile(username=user.username, email=attributes.get("email"), name=attributes.get("name"))


@app.patch("/profile")
async def change_profile(body: ProfileChange, token: AccessToken, client: Client) -> Profile:
    """Change the profile and return it."""
    await client.update_user_attributes(access_token=token, user_attributes={"name": body.name})
    return await get_profile(token, client)


# Errors. Their messages contain the operation, code and request id, but not the request.


def problem(
    status: HTTPStatus, error: str, message: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """Return a response for an error."""
    return JSONResponse({"error": error, "message": message}, status, headers)


def our_fault() -> JSONResponse:
    """Return a response for an error that the caller did not cause."""
    return problem(HTTPStatus.BAD_GATEWAY, "InternalError", "Something went wrong on our side.")


@app.exception_handler(ServiceError)
async def service_error(_request: Request, error: ServiceError) -> JSONResponse:
    """Return errors that the caller can act on; hide all others."""
    if error.throttling:
        logger.warning("%s", error)
        return problem(HTTPStatus.TOO_MANY_REQUESTS, error.code, "Too busy right now.", RETRY_AFTER)
    status = STATUSES.get(type(error))
    if status is None:
        logger.error("%s", error)
        return our_fault()
    if error.operation == "InitiateAuth" and status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND}:
        # The same response for both: a difference would reveal who has an account.
        return problem(HTTPStatus.UNAUTHORIZED, "NotAuthorizedException", "Username or password is wrong.")
    headers = {"WWW-Authenticate": "Bearer"} if status is HTTPStatus.UNAUTHORIZED else None
    return problem(status, error.code, error.message, headers)


@app.exception_handler(TransportError)
async def transport_error(_request: Request, error: TransportError) -> JSONResponse:
    """Return 503 if a retry is likely to help, otherwise 502."""
    logger.warning("%s", error)
    if isinstance(error, ConnectError | RequestTimeoutError):
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, "Unavailable", "No response in time.", RETRY_AFTER)
    return our_fault()


@app.exception_handler(InvalidResponseError)
async def invalid_response(_request: Request, error: InvalidResponseError) -> JSONResponse:
    """Return 502 for a malformed response, such as one from a proxy between this service and Cognito."""
    logger.error("%s", error)
    return our_fault()


@app.exception_handler(InvalidRequestError)
async def invalid_request(_request: Request, error: InvalidRequestError) -> JSONResponse:
    """Return the problems that the client found before sending; they name members and mask secrets."""
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "InvalidRequest", "; ".join(error.problems))


@app.exception_handler(RequestValidationError)
async def invalid_body(_request: Request, error: RequestValidationError) -> JSONResponse:
    """Return the problems of a body without its values: FastAPI's default would echo a password in it."""
    texts = [f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors()]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "InvalidRequest", "; ".join(texts))
