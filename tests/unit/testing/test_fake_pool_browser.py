"""The whole code flow in a real browser, headless Chromium, and with Authlib as the client."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, web
from aiohttp.test_utils import TestServer

from cognito_async.oauth import AuthorizationRequest, ManagedLogin
from cognito_async.sign_in import SignedIn
from cognito_async.sign_in._tokens import unverified_claims
from cognito_async.testing import FakeUserPool

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SECRET = "client_secret_for_the_tests"


@pytest.fixture(params=[None, SECRET], ids=["public", "secret"])
def pool(request: pytest.FixtureRequest) -> FakeUserPool:
    pool = FakeUserPool(client_secret=request.param)
    pool.add_user("ana", "correct horse", email="ana@example.com")
    return pool


@pytest.fixture
def url(pool: FakeUserPool) -> Any:
    with pool.serve() as url:
        yield url


# A web application and a browser


class Application:
    """A web application that signs in with the library."""

    def __init__(self, pool: FakeUserPool, url: str) -> None:
        self.pool = pool
        self.app = pool.app(endpoint_url=url, transport=None)
        self.url = url
        self.sessions: list[SignedIn] = []
        self.login: ManagedLogin

    def routes(self) -> web.Application:
        application = web.Application()
        application.add_routes(
            [web.get("/", self.start), web.get("/callback", self.callback), web.get("/bye", self.bye)]
        )
        return application

    def connect(self, home: str) -> None:
        self.home = home
        client = self.pool.app_client
        client.callback_urls, client.logout_urls = [f"{home}/callback"], [f"{home}/bye"]
        self.login = ManagedLogin(
            self.app, domain=self.url, redirect_uri=f"{home}/callback", verifier=self.pool.verifier()
        )

    async def start(self, _: web.Request) -> web.Response:
        request = self.login.authorize(scopes={"openid", "email"})
        response = web.Response(status=302, headers={"Location": request.url})
        response.set_cookie("sign-in", request.to_state(), httponly=True, samesite="Lax", max_age=600)
        return response

    async def callback(self, http: web.Request) -> web.Response:
        request = AuthorizationRequest.from_state(http.cookies["sign-in"])
        session = await self.login.redeem(f"{self.home}{http.raw_path}", request)
        self.sessions.append(session)
        return web.Response(text=f"<title>Hello {session.username}</title>", content_type="text/html")

    async def bye(self, _: web.Request) -> web.Response:
        return web.Response(text="<title>Bye</title>", content_type="text/html")


@pytest.fixture
async def application(pool: FakeUserPool, url: str) -> AsyncIterator[Application]:
    application = Application(pool, url)
    async with TestServer(application.routes()) as server, application.app._app.client:
        application.connect(str(server.make_url("")).rstrip("/"))
        yield application


class Browser:
    """A page of Chromium, driven over its debugging protocol."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0

    async def command(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            message = await self._socket.receive_json()
            if message.get("id") == self._number:
                assert "error" not in message, message
                return message["result"]

    async def evaluate(self, script: str) -> Any:
        result = await self.command("Runtime.evaluate", expression=script)
        return result["result"].get("value")

    async def wait_for_title(self, title: str) -> None:
        """Wait for a page; the test's own timeout is the limit."""
        while await self.evaluate("document.readyState == 'complete' && document.title") != title:  # noqa: ASYNC110  another process
            await asyncio.sleep(0.02)

    async def wait_for_text(self, text: str) -> None:
        """Wait for text on the page, as above."""
        while text not in str(await self.evaluate("document.body?.innerText")):  # noqa: ASYNC110  as above
            await asyncio.sleep(0.02)

    async def submit(self, **values: str) -> None:
        for name, value in values.items():
            await self.evaluate(f"document.querySelector('[name={name}]').value = {json.dumps(value)}")
        await self.evaluate("document.querySelector('[name=signInSubmitButton]').click()")


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    arguments = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-proxy-server",
    ]
    process = await asyncio.create_subprocess_exec(
        CHROMIUM,
        *arguments,
        "--remote-debugging-port=0",
        f"--user-data-dir={tmp_path}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        port_file = tmp_path / "DevToolsActivePort"
        while not (port_file.exists() and port_file.read_text().count("\n")):
            assert process.returncode is None, "Chromium has ended"
            await asyncio.sleep(0.05)
        port = port_file.read_text().split()[0]
        async with ClientSession() as http:
            async with http.get(f"http://127.0.0.1:{port}/json/list") as response:
                pages = await response.json()
            page = next(each for each in pages if each["type"] == "page")
            async with http.ws_connect(page["webSocketDebuggerUrl"]) as socket:
                yield Browser(socket)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def test_a_user_signs_in_and_out_with_a_browser(application: Application, browser: Browser) -> None:
    await browser.command("Page.navigate", url=f"{application.home}/")
    await browser.wait_for_title("Sign in")
    await browser.submit(username="ana", password="wrong")
    await browser.wait_for_text("Incorrect username or password.")
    await browser.submit(username="ana", password="correct horse")
    await browser.wait_for_title("Hello ana")
    await browser.command("Page.navigate", url="about:blank")
    await browser.command("Page.navigate", url=f"{application.home}/")  # the cookie signs in
    await browser.wait_for_title("Hello ana")
    assert [session.username for session in application.sessions] == ["ana", "ana"]
    logout = application.login.logout_url(to=f"{application.home}/bye")
    await browser.command("Page.navigate", url=logout)
    await browser.wait_for_title("Bye")
    await browser.command("Page.navigate", url=f"{application.home}/")
    await browser.wait_for_title("Sign in")


# Another client


def test_authlib_signs_in(pool: FakeUserPool, url: str) -> None:
    client_of = pytest.importorskip("authlib.integrations.requests_client", reason="Authlib is not installed")
    redirect = "https://app.example/callback"
    pool.app_client.callback_urls = [redirect]
    with client_of.OAuth2Session(
        client_id=pool.client_id,
        client_secret=pool.client_secret,
        token_endpoint_auth_method="none" if pool.client_secret is None else "client_secret_basic",
        scope="openid email",
        redirect_uri=redirect,
        code_challenge_method="S256",
    ) as client:
        client.trust_env = False
        document = client.get(
            f"{url}/{pool.pool_id}/.well-known/openid-configuration", withhold_token=True
        ).json()
        verifier = "verifier-of-at-least-43-characters-for-pkce-s256"
        target, state = client.create_authorization_url(
            document["authorization_endpoint"], code_verifier=verifier, nonce="n-1"
        )
        token = client.fetch_token(
            document["token_endpoint"],
            authorization_response=pool.managed_login(target, "ana"),
            code_verifier=verifier,
            state=state,
        )
        assert unverified_claims(token["id_token"])["nonce"] == "n-1"
        info = client.get(document["userinfo_endpoint"]).json()
        assert info["email_verified"] == "true"  # text, as the service sends it
        refreshed = client.refresh_token(document["token_endpoint"])
        assert refreshed["access_token"] != token["access_token"]
        response = client.revoke_token(document["revocation_endpoint"], token=token["refresh_token"])
        assert response.status_code == 200


def test_authlib_gets_a_machine_token() -> None:
    client_of = pytest.importorskip("authlib.integrations.requests_client", reason="Authlib is not installed")
    pool = FakeUserPool(client_secret=SECRET)
    pool.app_client.oauth_flows, pool.app_client.scopes = ["client_credentials"], ["orders/read"]
    with (
        pool.serve() as url,
        client_of.OAuth2Session(
            client_id=pool.client_id, client_secret=SECRET, scope="orders/read"
        ) as client,
    ):
        client.trust_env = False
        token = client.fetch_token(f"{url}/oauth2/token", grant_type="client_credentials")
    assert unverified_claims(token["access_token"])["scope"] == "orders/read"
