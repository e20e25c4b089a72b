"""For any callback, domain, state and response, the OAuth package returns a result or raises its own error."""

from __future__ import annotations

import asyncio
import json
import pickle
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_async.errors import CognitoError, ConfigurationError, InvalidRequestError
from cognito_async.oauth import AuthorizationRequest, ClientCredentials, ManagedLogin, discover
from cognito_async.oauth._authorization import code_of_callback
from cognito_async.oauth._domains import base_url
from cognito_async.sign_in import AppClient
from support.transports import ScriptedTransport, always, client_with

POOL = "eu-west-1_AbC123"
REDIRECT = "https://app.example/callback"
CANARY = "canary-7f3a9b1c2d"
SECRET = "client_secret_for_the_tests"


class Verifier:
    async def id(self, token: str, *, nonce: str | None = None) -> None: ...


def app_client(transport: ScriptedTransport) -> AppClient:
    return AppClient(client_with(transport, retry_mode="off"), POOL, "client1", SECRET)


def managed_login(transport: ScriptedTransport) -> ManagedLogin:
    app = app_client(transport)
    return ManagedLogin(app, domain="my-app", redirect_uri=REDIRECT, verifier=Verifier())


# What comes from the browser

PARAMETERS = st.lists(
    st.tuples(st.sampled_from(["code", "state", "error", "error_description", "x"]), st.text()), max_size=5
)
CALLBACKS = (
    st.text()
    | st.builds(lambda query: f"{REDIRECT}?{query}", st.text())
    | st.builds(
        lambda pairs: f"{REDIRECT}?{urlencode(pairs, errors='surrogatepass')}",
        PARAMETERS,
    )
)


@given(CALLBACKS)
def test_no_callback_without_the_state_is_accepted(url: str) -> None:
    request = managed_login(always()).authorize()
    with pytest.raises(CognitoError) as caught:
        code_of_callback(url, request)
    assert request.state not in str(caught.value)
    assert len(str(caught.value)) < 2000


@given(PARAMETERS)
def test_a_callback_with_the_state_returns_its_code_or_raises(pairs: list[tuple[str, str]]) -> None:
    request = managed_login(always()).authorize()
    own = [(name, value.encode(errors="replace").decode()) for name, value in pairs if name != "state"]
    try:
        code = code_of_callback(f"{REDIRECT}?{urlencode([*own, ('state', request.state)])}", request)
    except CognitoError:
        return
    assert [value for name, value in own if name == "code"] == [code]


@given(st.text() | st.binary().map(lambda data: data.hex()))
def test_any_text_is_a_request_or_an_error(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        AuthorizationRequest.from_state(text)


@given(st.text())
def test_any_text_is_a_domain_or_a_configuration_error(domain: str) -> None:
    try:
        url = base_url(domain, POOL)
    except ConfigurationError:
        return
    assert url.startswith(("https://", "http://localhost", "http://127.", "http://[::1]"))


# Responses

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(CANARY),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3),
)
NAMES = st.sampled_from(
    [
        "access_token",
        "error",
        "error_description",
        "expires_in",
        "id_token",
        "issuer",
        "refresh_token",
        "sub",
        "token_endpoint",
        "token_type",
    ]
)
BODIES = st.binary() | st.builds(
    lambda value: json.dumps(value).encode(), JSON | st.dictionaries(NAMES, JSON)
)


async def redeem(transport: ScriptedTransport) -> Any:
    login = managed_login(transport)
    request = login.authorize()
    return await login.redeem(f"{REDIRECT}?code={CANARY}&state={request.state}", request)


CALLS: dict[str, Callable[[ScriptedTransport], Any]] = {
    "redeem": redeem,
    "refresh": lambda transport: managed_login(transport).refresh(CANARY),
    "revoke": lambda transport: managed_login(transport).revoke(CANARY),
    "user_info": lambda transport: managed_login(transport).user_info(CANARY),
    "machine": lambda transport: ClientCredentials(app_client(transport), domain="my-app").token(),
    "discover": lambda transport: discover(app_client(transport)),
}


@pytest.mark.parametrize("name", CALLS)
@given(
    status=st.sampled_from([200, 204, 301, 400, 401, 403, 429, 500, 999]),
    body=BODIES,
    header=st.text(max_size=40),
)
def test_any_response_is_a_result_or_an_error_without_secrets(
    name: str, status: int, body: bytes, header: str
) -> None:
    transport = always(body, status, {"www-authenticate": header, "content-type": header})

    async def call() -> CognitoError | None:
        try:
            await CALLS[name](transport)
        except CognitoError as error:
            return error
        return None

    error = asyncio.run(call())
    if error is None:
        return
    if name not in ("machine", "discover"):  # these send no canary
        assert CANARY not in str(error)
    assert SECRET not in repr(error.__dict__)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
