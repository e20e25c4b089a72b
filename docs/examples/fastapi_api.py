"""A FastAPI service that takes access tokens: endpoints for any user, for a scope, and for a group.

Run it with ``uvicorn fastapi_api:app``; ``/docs`` shows its API. ``COGNITO_USER_POOL_ID`` is the user pool,
and ``COGNITO_CLIENT_ID`` the app client whose tokens are accepted. ``COGNITO_ISSUER`` is only for emulators.
The endpoint for administrators calls Cognito, with AWS credentials that allow ``cognito-idp:AdminGetUser``.

Tokens are neither logged nor stored.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.requests import HTTPConnection
from pydantic import BaseModel

from cognito_async import CognitoClient
from cognito_async.integrations.fastapi import RequireAccess, add_error_handlers
from cognito_async.tokens import AccessClaims, TokenVerifier


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None, None]:
    """Fetch the keys before the first request; close verifier and client when the service stops."""
    async with (
        TokenVerifier(
            os.environ["COGNITO_USER_POOL_ID"],
            client_id=os.environ["COGNITO_CLIENT_ID"],
            issuer=os.environ.get("COGNITO_ISSUER"),
        ) as verifier,
        CognitoClient(timeout=10) as client,
    ):
        await verifier.hydrate()
        app.state.verifier = verifier
        app.state.client = client
        yield


# What the endpoints depend on. These are coroutines, because FastAPI runs other functions in a thread.


async def get_verifier(connection: HTTPConnection) -> TokenVerifier:
    """Return the verifier; tests override this dependency."""
    verifier: TokenVerifier = connection.app.state.verifier
    return verifier


async def get_client(connection: HTTPConnection) -> CognitoClient:
    """Return the client; tests override this dependency."""
    client: CognitoClient = connection.app.state.client
    return client


User = Annotated[AccessClaims, Depends(RequireAccess(get_verifier))]
Reader = Annotated[AccessClaims, Depends(RequireAccess(get_verifier, scopes={"orders/read"}))]
Writer = Annotated[AccessClaims, Depends(RequireAccess(get_verifier, scopes={"orders/read", "orders/write"}))]
Administrator = Annotated[AccessClaims, Depends(RequireAccess(get_verifier, groups={"admins"}))]
Client = Annotated[CognitoClient, Depends(get_client)]


# Response bodies.


class Caller(BaseModel):
    """Who sent the request."""

    id: str
    username: str | None
    groups: list[str]
    scopes: list[str]


class Order(BaseModel):
    """An order of a user."""

    item: str


class Account(BaseModel):
    """An account, for administrators."""

    username: str
    status: str | None


# The service.

app = FastAPI(title="Orders", lifespan=lifespan)
add_error_handlers(app)

ORDERS: dict[str, list[Order]] = {}
"""Orders by the id of the user, which never changes, unlike names and addresses."""


@app.get("/me")
async def me(claims: User) -> Caller:
    """Return what the token says about its user."""
    return Caller(
        id=claims.sub,
        username=claims.username,
        groups=sorted(claims.groups),
        scopes=sorted(claims.scopes),
    )


@app.get("/orders")
async def list_orders(claims: Reader) -> list[Order]:
    """Return the orders of the user."""
    return ORDERS.get(claims.sub, [])


@app.post("/orders", status_code=HTTPStatus.CREATED)
async def create_order(order: Order, claims: Writer) -> Order:
    """Add an order of the user."""
    ORDERS.setdefault(claims.sub, []).append(order)
    return order


@app.get("/users/{username}")
async def get_user(username: str, _: Administrator, client: Client) -> Account:
    """Return an account; an unknown one is 404, without a line of code here."""
    user = await client.admin_get_user(user_pool_id=os.environ["COGNITO_USER_POOL_ID"], username=username)
    return Account(username=user.username, status=user.user_status)
