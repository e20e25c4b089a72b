"""A FastAPI service that signs users in, with MFA, and keeps them signed in by a cookie.

Run it with ``uvicorn fastapi_sign_in:app``; ``/docs`` shows its API. ``COGNITO_USER_POOL_ID`` and
``COGNITO_CLIENT_ID`` name the app client, ``COGNITO_CLIENT_SECRET`` is its secret, if it has one. AWS
credentials are not needed.

The browser gets a random id in a cookie and nothing else: steps and tokens stay on the server, as text that
any process of the service can load. The id changes when the user has signed in.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Annotated, Any, TypeAlias, assert_never
from weakref import WeakValueDictionary

from attrs import define, field
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, SecretStr

from cognito_async import CognitoClient
from cognito_async.errors import InvalidPasswordException
from cognito_async.integrations.fastapi import add_error_handlers
from cognito_async.sign_in import (
    AppClient,
    CustomChallenge,
    EmailCodeRequired,
    MethodChoiceRequired,
    MfaChoiceRequired,
    MfaSetupChoiceRequired,
    NewPasswordRequired,
    PasskeyRequired,
    PasswordRequired,
    SignedIn,
    SignInStep,
    SmsCodeRequired,
    Tokens,
    TotpRequired,
    TotpSetup,
    TotpSetupRequired,
    UnknownChallenge,
    UserContext,
)

Step: TypeAlias = SignInStep | TotpSetup

COOKIE = "session"
STEP_SECONDS = 15 * 60
SESSION_SECONDS = 30 * 24 * 3600


# What the server keeps for each cookie.


@define
class Store:
    """Secret texts by id, each for a time; several processes need a shared one, such as Redis."""

    _texts: dict[str, tuple[float, str]] = field(factory=dict, repr=False)

    async def save(self, key: str, text: str, seconds: float) -> None:
        """Save a text."""
        self._texts[key] = time.monotonic() + seconds, text

    async def load(self, key: str) -> str | None:
        """Return a text that has not expired."""
        end, text = self._texts.get(key, (0.0, ""))
        return text if time.monotonic() < end else None

    async def delete(self, key: str) -> None:
        """Delete a text."""
        self._texts.pop(key, None)


@define
class Accounts:
    """Sign-ins in progress and sessions, by the id in the cookie."""

    app: AppClient
    store: Store = field(factory=Store)
    _sessions: WeakValueDictionary[str, SignedIn] = field(factory=WeakValueDictionary, repr=False)

    async def begin(self, step: Step) -> str:
        """Keep a step, or the tokens of a session, under a new id; return the id."""
        key = secrets.token_urlsafe()
        if isinstance(step, SignedIn):
            await self.store.save(f"tokens:{key}", step.tokens.to_state(), SESSION_SECONDS)
        else:
            await self.store.save(f"step:{key}", step.to_state(), STEP_SECONDS)
        return key

    async def step(self, key: str) -> Step:
        """Return the step that the user has to answer."""
        state = await self.store.load(f"step:{key}")
        if state is None:
            raise HTTPException(HTTPStatus.UNAUTHORIZED, "start with POST /sign-in")
        return self.app.resume(state)

    async def session(self, key: str) -> SignedIn:
        """Return the session; concurrent requests share one object, and so one refresh."""
        if session := self._sessions.get(key):
            return session
        state = await self.store.load(f"tokens:{key}")
        if state is None:
            raise HTTPException(HTTPStatus.UNAUTHORIZED, "not signed in")

        async def save(tokens: Tokens) -> None:
            await self.store.save(f"tokens:{key}", tokens.to_state(), SESSION_SECONDS)

        session = self.app.session(tokens=Tokens.from_state(state), on_tokens=save)
        return self._sessions.setdefault(key, session)

    async def end(self, key: str) -> None:
        """Forget an id."""
        self._sessions.pop(key, None)
        await self.store.delete(f"step:{key}")
        await self.store.delete(f"tokens:{key}")


# Request and response bodies.


class SignIn(BaseModel):
    """User name and password."""

    username: str
    password: SecretStr


class Answer(BaseModel):
    """Answer to a step: a code, a new password, the name of a method, or a passkey."""

    value: SecretStr
    attributes: dict[str, str] = {}


class NextStep(BaseModel):
    """What the browser has to show next."""

    step: str
    destination: str | None = None
    choices: list[str] = []
    missing: list[str] = []
    secret: str | None = None
    parameters: dict[str, Any] = {}


class Profile(BaseModel):
    """The signed-in user."""

    username: str
    attributes: Mapping[str, Any]


def described(step: Step) -> NextStep:
    """Return what the browser has to know about a step, which is never its state."""
    shown = NextStep(step=type(step).__name__)
    match step:
        case NewPasswordRequired(missing=missing):
            shown.missing = list(missing)
        case SmsCodeRequired(destination=destination) | EmailCodeRequired(destination=destination):
            shown.destination = destination
        case (
            MfaChoiceRequired(methods=m) | MfaSetupChoiceRequired(methods=m) | MethodChoiceRequired(methods=m)
        ):
            shown.choices = list(m)
        case TotpSetup():
            shown.secret = step.uri("Example")
        case PasskeyRequired(options=parameters) | CustomChallenge(parameters=parameters):
            shown.parameters = dict(parameters)
        case SignedIn() | TotpRequired() | TotpSetupRequired() | PasswordRequired() | UnknownChallenge():
            pass
        case _:
            assert_never(step)
    return shown


async def answered(step: Step, answer: Answer) -> Step:  # noqa: C901, PLR0912  one case for each step
    """Answer a step."""
    value = answer.value.get_secret_value()
    match step:
        case NewPasswordRequired():
            return await step.answer(value, attributes=answer.attributes)
        case TotpRequired() | SmsCodeRequired() | EmailCodeRequired():
            return await step.answer(value)
        case PasswordRequired() | PasskeyRequired() | CustomChallenge():
            return await step.answer(value)
        case TotpSetup():
            return await step.confirm(value)
        case MfaChoiceRequired():
            return await step.choose(value)
        case MfaSetupChoiceRequired():
            return await (step.totp() if value == "totp" else step.email(value))
        case MethodChoiceRequired():
            match value:
                case "passkey":
                    return await step.passkey()
                case "email_otp":
                    return await step.email_code()
                case "sms_otp":
                    return await step.sms_code()
                case password:
                    return await step.password(password)
        case TotpSetupRequired():
            return await step.begin()
        case UnknownChallenge() | SignedIn():
            raise HTTPException(HTTPStatus.NOT_IMPLEMENTED, "this service cannot answer that")
        case _:
            assert_never(step)


# The service.


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None, None]:
    """Open the client when the service starts and close it when the service stops."""
    async with CognitoClient(timeout=10) as client:
        pool, client_id = os.environ["COGNITO_USER_POOL_ID"], os.environ["COGNITO_CLIENT_ID"]
        secret = os.environ.get("COGNITO_CLIENT_SECRET")
        app.state.accounts = Accounts(AppClient(client, pool, client_id, secret))
        yield


def get_accounts(request: Request) -> Accounts:
    """Return the accounts; tests override this dependency."""
    accounts: Accounts = request.app.state.accounts
    return accounts


def get_key(request: Request) -> str:
    """Return the id in the cookie."""
    key = request.cookies.get(COOKIE)
    if key is None:
        raise HTTPException(HTTPStatus.UNAUTHORIZED, "no cookie; start with POST /sign-in")
    return key


AccountsOf = Annotated[Accounts, Depends(get_accounts)]
Key = Annotated[str, Depends(get_key)]

app = FastAPI(title="Sign in", lifespan=lifespan)


async def respond(accounts: Accounts, step: Step, response: Response) -> NextStep:
    """Keep the step for the next request, set the cookie, and say what is next."""
    if isinstance(step, TotpSetupRequired):
        step = await step.begin()
    key = await accounts.begin(step)
    seconds = SESSION_SECONDS if isinstance(step, SignedIn) else STEP_SECONDS
    # Not readable by scripts, not sent without TLS, and not sent with requests from other sites.
    response.set_cookie(COOKIE, key, max_age=seconds, httponly=True, secure=True, samesite="strict")
    return described(step)


@app.post("/sign-in")
async def sign_in(body: SignIn, request: Request, response: Response, accounts: AccountsOf) -> NextStep:
    """Start to sign in."""
    # Behind a load balancer, take the address from what it says.
    context = UserContext(ip=request.client.host if request.client else None)
    password = body.password.get_secret_value()
    step = await accounts.app.sign_in(body.username, password, context=context)
    return await respond(accounts, step, response)


@app.post("/sign-in/answer")
async def answer(body: Answer, key: Key, response: Response, accounts: AccountsOf) -> NextStep:
    """Answer the step that the last response described; after an error with status 400, answer it again."""
    step = await answered(await accounts.step(key), body)
    await accounts.end(key)
    return await respond(accounts, step, response)


@app.get("/me")
async def me(key: Key, accounts: AccountsOf) -> Profile:
    """Return the signed-in user; the tokens are refreshed on the way if they have to be."""
    session = await accounts.session(key)
    user = await session.get_user()
    return Profile(username=user.username, attributes=dict(user.attribute_map))


@app.post("/sign-out", status_code=HTTPStatus.NO_CONTENT)
async def sign_out(key: Key, response: Response, accounts: AccountsOf) -> None:
    """Revoke the tokens and delete the cookie."""
    session = await accounts.session(key)
    await session.sign_out()
    await accounts.end(key)
    response.delete_cookie(COOKIE, httponly=True, secure=True, samesite="strict")


# Errors.


add_error_handlers(app)


@app.exception_handler(InvalidPasswordException)
async def invalid_password(_request: Request, error: InvalidPasswordException) -> JSONResponse:
    """Say which rule the password breaks; the common handlers show no text of the service."""
    body = {"detail": error.message, "code": error.code}
    return JSONResponse(body, HTTPStatus.BAD_REQUEST)


@app.exception_handler(RequestValidationError)
async def invalid_body(_request: Request, error: RequestValidationError) -> JSONResponse:
    """Return the problems of a body without its values: FastAPI's default would echo a password in it."""
    texts = [f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors()]
    body = {"detail": "; ".join(texts), "code": "InvalidRequestError"}
    return JSONResponse(body, HTTPStatus.UNPROCESSABLE_ENTITY)
