"""A fake pool with managed login, and a verifier of its ID tokens."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import define, field

from cognito_async.oauth import ManagedLogin
from cognito_async.sign_in import AppClient
from cognito_async.testing import FakeUserPool
from cognito_async.tokens import TokenVerifier

REDIRECT = "https://app.example/callback"
BYE = "https://app.example/bye"
SECRET = "client_secret_for_the_tests"


@define
class Verifier:
    """Checks nothing, for responses whose tokens no user pool has signed."""

    calls: list[tuple[str, str | None]] = field(factory=list)

    async def id(self, token: str, *, nonce: str | None = None) -> Any:
        self.calls.append((token, nonce))


@pytest.fixture
def verifier(pool: FakeUserPool) -> TokenVerifier:
    return pool.verifier()


@pytest.fixture(params=[None, SECRET], ids=["public", "secret"])
def pool(request: pytest.FixtureRequest) -> FakeUserPool:
    pool = FakeUserPool(client_secret=request.param)
    pool.add_user("ana", "correct horse", email="ana@example.com", phone_number="+15550100")
    pool.app_client.callback_urls = [REDIRECT]
    pool.app_client.logout_urls = [BYE]
    return pool


@pytest.fixture
def app(pool: FakeUserPool) -> AppClient:
    return pool.app()


@pytest.fixture
def login(pool: FakeUserPool, app: AppClient, verifier: TokenVerifier) -> ManagedLogin:
    return ManagedLogin(app, domain=pool.domain, redirect_uri=REDIRECT, verifier=verifier)
