"""Clients with a transport of the user, and with a mock of aiohttp."""

from __future__ import annotations

import aiohttp
import pytest
from aioresponses import aioresponses

import cognito_async
from cognito_async import CognitoClient, Credentials, HTTPRequest, HTTPResponse, Transport
from cognito_async.errors import ConfigurationError, ConnectError, UserNotFoundException
from cognito_async.testing import StubTransport
from support.calls import get_user


class CustomTransport:
    """A transport of a user, which records its calls. It is false, so a test like ``if transport`` fails."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __bool__(self) -> bool:
        return False

    async def prepare(self, url: str) -> None:
        self.calls.append(f"prepare {url}")

    async def send(self, request: HTTPRequest, *, timeout: float | None, resend: bool) -> HTTPResponse:
        self.calls.append(f"{request.method} {request.url} {request.body.decode()}")
        return HTTPResponse(200, {}, b'{"Username": "ana"}')

    async def close(self) -> None:
        self.calls.append("close")


async def test_a_client_accepts_any_transport_and_closes_it() -> None:
    transport = CustomTransport()
    checked: Transport = transport  # for the type checkers
    credentials = Credentials(access_key_id="a", secret_access_key="b")
    async with CognitoClient(region="eu-west-1", credentials=credentials, transport=checked) as client:
        assert (await get_user(client)).username == "ana"
    url = "https://cognito-idp.eu-west-1.amazonaws.com"
    body = '{"UserPoolId":"eu-west-1_AbC123","Username":"ana"}'
    assert transport.calls == [f"prepare {url}", f"POST {url} {body}", "close"]


async def test_a_client_without_calls_closes_its_transport() -> None:
    transport = CustomTransport()
    async with CognitoClient(region="eu-west-1", transport=transport):
        pass
    assert transport.calls == ["close"]


async def test_a_transport_whose_preparation_failed_is_closed_with_the_client() -> None:
    class BrokenTransport(CustomTransport):
        async def prepare(self, url: str) -> None:
            raise ConnectError(f"{url}: not ready")

    transport = BrokenTransport()
    async with CognitoClient(region="eu-west-1", transport=transport) as client:
        with pytest.raises(ConnectError):
            await client.confirm_sign_up(client_id="c", username="ana", confirmation_code="123456")
    assert transport.calls == ["close"]


async def test_a_transport_and_a_session_exclude_each_other() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(ConfigurationError, match="session= and transport="):
            CognitoClient(region="eu-west-1", session=session, transport=StubTransport())


async def test_aioresponses_intercepts_the_calls_of_an_ordinary_client() -> None:
    url = "https://cognito-idp.eu-west-1.amazonaws.com/"
    credentials = Credentials(access_key_id="a", secret_access_key="b")
    with aioresponses() as mocked:
        mocked.post(url, payload={"Username": "ana"}, headers={"x-amzn-requestid": "r"})
        mocked.post(url, status=400, payload={"__type": "UserNotFoundException", "message": "no such user"})
        mocked.post(url, exception=aiohttp.ServerDisconnectedError())
        mocked.post(url, payload={"Username": "bob"})
        async with CognitoClient(region="eu-west-1", credentials=credentials) as client:
            response = await get_user(client)
            assert (response.username, response.response_metadata.request_id) == ("ana", "r")
            with pytest.raises(UserNotFoundException, match="no such user"):
                await get_user(client)
            response = await get_user(client)
            assert response.username == "bob"
            assert response.response_metadata.retry_reasons == ("ConnectionLostError",)
        mocked.assert_called()


def test_the_types_of_a_transport_are_exported_by_the_package() -> None:
    assert {"HTTPRequest", "HTTPResponse", "Transport"} <= set(cognito_async.__all__)
