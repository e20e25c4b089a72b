"""A FastAPI service with sign-up, sign-in and profile: one client for as long as the service runs.

``uvicorn fastapi_service:app`` serves it; ``/docs`` shows its API. The environment names the app client in
``COGNITO_CLIENT_ID``, one without a secret that allows USER_PASSWORD_AUTH, and the region in ``AWS_REGION``.
AWS credentials are not needed: the service does only what its users may do themselves.

Passwords, codes and tokens go through and are neither logged nor echoed.
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
"""Answers to errors of whoever uses this service; all others are the service's own."""

RETRY_AFTER = {"Retry-After": "2"}
"""Seconds that callers shall wait; the client itself has retried already."""


# What comes in and goes out.


class SignUp(BaseModel):
    """Somebody who wants an account."""

    username: str = Field(min_length=1, max_length=128)
    password: SecretStr
    email: str


class Confirmation(BaseModel):
    """What came by mail after the sign-up."""

    code: SecretStr


class SignIn(BaseModel):
    """Somebody who has an account."""

    username: str
    password: SecretStr


class Account(BaseModel):
    """A new account."""

    username: str
    confirmed: bool


class Tokens(BaseModel):
    """What a sign-in gives."""

    access_token: str
    id_token: str | None
    refresh_token: str | None
    expires_in: int | None


class Profile(BaseModel):
    """What a user may see and change."""

    username: str
    email: str | None
    name: str | None


class ProfileChange(BaseModel):
    """What a user wants to be changed; what is left out stays."""

    name: str = Field(min_length=1, max_length=2048)


# The client, and what the endpoints depend on.


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None, None]:
    """Open the client with the service and close it with the service."""
    # Whoever waits for an answer does not wait a minute, which is the default.
    async with CognitoClient(timeout=10) as client:
        app.state.client = client
        app.state.client_id = os.environ["COGNITO_CLIENT_ID"]
        yield


def get_client(request: Request) -> CognitoClient:
    """Give the client to an endpoint; tests put another one in its place."""
    client: CognitoClient = request.app.state.client
    return client


def get_client_id(request: Request) -> str:
    """Give the id of the app client to an endpoint."""
    client_id: str = request.app.state.client_id
    return client_id


def get_access_token(
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())],
) -> str:
    """Give the token of the ``Authorization`` header to an endpoint; 401 when there is none."""
    return credentials.credentials


Client = Annotated[CognitoClient, Depends(get_client)]
ClientId = Annotated[str, Depends(get_client_id)]
AccessToken = Annotated[str, Depends(get_access_token)]

app = FastAPI(title="Accounts", lifespan=lifespan)


# Endpoints.


@app.post("/accounts", status_code=HTTPStatus.CREATED)
async def sign_up(body: SignUp, client: Client, client_id: ClientId) -> Account:
    """Make an account; a code comes by mail."""
    answer = await client.sign_up(
        client_id=client_id,
        username=body.username,
        password=body.password.get_secret_value(),
        user_attributes={"email": body.email},
    )
    return Account(username=body.username, confirmed=answer.user_confirmed)


@app.post("/accounts/{username}/confirmation", status_code=HTTPStatus.NO_CONTENT)
async def confirm(username: str, body: Confirmation, client: Client, client_id: ClientId) -> None:
    """Confirm an account with the code."""
    await client.confirm_sign_up(
        client_id=client_id, username=username, confirmation_code=body.code.get_secret_value()
    )


@app.post("/sessions", response_model=Tokens)
async def sign_in(body: SignIn, client: Client, client_id: ClientId) -> Tokens | JSONResponse:
    """Sign in; 403 with the name of the challenge where more than a password is asked for."""
    answer = await client.initiate_auth(
        client_id=client_id,
        auth_flow="USER_PASSWORD_AUTH",
        auth_parameters={"USERNAME": body.username, "PASSWORD": body.password.get_secret_value()},
    )
    tokens = answer.authentication_result
    if tokens is None or tokens.access_token is None:
        return problem(HTTPStatus.FORBIDDEN, str(answer.challenge_name), "More than a password is asked for.")
    return Tokens(
        access_token=tokens.access_token,
        id_token=tokens.id_token,
        refresh_token=tokens.refresh_token,
        expires_in=tokens.expires_in,
    )


@app.get("/profile")
async def get_profile(token: AccessToken, client: Client) -> Profile:
    """Return the profile of whoever the access token is for."""
    user = await client.get_user(access_token=token)
    attributes = user.attribute_map
    return Profile(username=user.username, email=attributes.get("email"), name=attributes.get("name"))


@app.patch("/profile")
async def change_profile(body: ProfileChange, token: AccessToken, client: Client) -> Profile:
    """Change the profile and return it."""
    await client.update_user_attributes(access_token=token, user_attributes={"name": body.name})
    return await get_profile(token, client)


# Errors. Their texts have operation, code and request id; what was sent is not in them.


def problem(
    status: HTTPStatus, error: str, message: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """Return what every error looks like here."""
    return JSONResponse({"error": error, "message": message}, status, headers)


def our_fault() -> JSONResponse:
    """Return an error that is none of the caller's."""
    return problem(HTTPStatus.BAD_GATEWAY, "InternalError", "Something went wrong on our side.")


@app.exception_handler(ServiceError)
async def cognito_said_no(_request: Request, error: ServiceError) -> JSONResponse:
    """Answer with what the caller can do something about."""
    if error.throttling:
        logger.warning("%s", error)
        return problem(HTTPStatus.TOO_MANY_REQUESTS, error.code, "Too busy right now.", RETRY_AFTER)
    status = STATUSES.get(type(error))
    if status is None:
        logger.error("%s", error)
        return our_fault()
    if error.operation == "InitiateAuth" and status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND}:
        # One answer for both: the difference tells strangers who has an account.
        return problem(HTTPStatus.UNAUTHORIZED, "NotAuthorizedException", "Username or password is wrong.")
    headers = {"WWW-Authenticate": "Bearer"} if status is HTTPStatus.UNAUTHORIZED else None
    return problem(status, error.code, error.message, headers)


@app.exception_handler(TransportError)
async def no_answer(_request: Request, error: TransportError) -> JSONResponse:
    """Answer 503 where trying again is likely to help, else 502."""
    logger.warning("%s", error)
    if isinstance(error, ConnectError | RequestTimeoutError):
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, "Unavailable", "No answer in time.", RETRY_AFTER)
    return our_fault()


@app.exception_handler(InvalidResponseError)
async def odd_answer(_request: Request, error: InvalidResponseError) -> JSONResponse:
    """Answer for somebody between us and Cognito, such as a proxy, who said what Cognito does not say."""
    logger.error("%s", error)
    return our_fault()


@app.exception_handler(InvalidRequestError)
async def refused_unsent(_request: Request, error: InvalidRequestError) -> JSONResponse:
    """Answer with what the client refused to send; it names members and masks secrets."""
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "InvalidRequest", "; ".join(error.problems))


@app.exception_handler(RequestValidationError)
async def invalid_body(_request: Request, error: RequestValidationError) -> JSONResponse:
    """Say what is wrong with a body; FastAPI would also echo it, with the password that may be in it."""
    texts = [f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors()]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "InvalidRequest", "; ".join(texts))
