"""No secret of managed login and of tokens appears in an output, whatever the endpoints respond.

The flows run against a fake pool over a socket whose server can replace the response of one endpoint. Every secret of a
run is looked for in log records (asyncio in its debug mode), exceptions, tracebacks, warnings and reprs.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
import ssl
import warnings
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import trustme

from cognito_async import CognitoClient
from cognito_async.credentials import UNSIGNED
from cognito_async.errors import CognitoError
from cognito_async.oauth import AuthorizationRequest, ClientCredentials, ManagedLogin, discover
from cognito_async.sign_in import AppClient, SignedIn
from cognito_async.tokens import TokenError, TokenVerifier
from cognito_async.transport import HTTPResponse
from support import tokens
from support.canaries import Watch
from support.cli import CommandLine
from support.faulty_pool import FAULTS, PASSWORD, REDIRECT, SECRET, Fault, Server, listening, not_ended


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Record every logger and every warning, and check them after the test."""
    watch, root = Watch(), logging.getLogger()
    level = root.level
    root.addHandler(watch)
    root.setLevel(0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield watch
    root.removeHandler(watch)
    root.setLevel(level)
    watch.see(*(warning.message for warning in caught))
    watch.hide(SECRET, PASSWORD)
    watch.check()


# The flows


class Flow:
    """A web application and a service that use a pool."""

    def __init__(self, server: Server, url: str, watch: Watch, client: CognitoClient) -> None:
        pool = self.pool = server.pool
        self.server, self.url, self.watch, self.client = server, url, watch, client
        self.app = AppClient(client, pool.pool_id, pool.client_id, SECRET)
        self.machine = AppClient(client, pool.pool_id, server.machine.id, server.machine.secret)
        keys = f"{url}/{pool.pool_id}/.well-known/jwks.json"
        self.verifier = TokenVerifier(
            pool.pool_id, client_id=pool.client_id, issuer=pool.issuer, jwks_url=keys, cache=10
        )
        self.login = ManagedLogin(self.app, domain=url, redirect_uri=REDIRECT, verifier=self.verifier)
        self.m2m = ClientCredentials(self.machine, domain=url)
        watch.hide(SECRET, server.machine.secret)
        for app in (pool.app_client, server.machine):
            watch.hide(base64.b64encode(f"{app.id}:{app.secret}".encode()).decode())
        watch.see(self.app, self.verifier, self.login, self.m2m, client, client.config)

    async def step(self, call: Awaitable[Any]) -> Any:
        """Return the result of a call, which must not show a secret; None if it raises."""
        try:
            result = await call
        except CognitoError as error:
            self.watch.see_error(error)
            return None
        if not isinstance(result, str):
            self.watch.see(result)
        return result

    def start(self) -> tuple[AuthorizationRequest, str]:
        """Return a request and the callback of the user."""
        request = self.login.authorize(scopes={"openid", "email", "aws.cognito.signin.user.admin"})
        callback = self.pool.managed_login(request.url, "ana")
        code = dict(parse_qsl(urlsplit(callback).query))["code"]
        self.watch.hide(request.state, request.nonce, request.code_verifier, code)
        self.watch.see(request)
        return request, callback

    async def sign_in(self) -> SignedIn | None:
        request, callback = self.start()
        session: SignedIn | None = await self.step(self.login.redeem(callback, request))
        if session is not None:
            own = session.tokens
            self.watch.hide(own.access_token, own.id_token, own.refresh_token)
            self.watch.see(own)
        return session

    async def tokens(self) -> tuple[str, str]:
        """Return access and refresh token of a sign-in that cannot fail: it uses no socket."""
        login = ManagedLogin(
            self.pool.app(), domain=self.pool.domain, redirect_uri=REDIRECT, verifier=self.pool.verifier()
        )
        request, callback = self.start()
        own = (await login.redeem(callback, request)).tokens
        self.watch.hide(own.access_token, own.id_token, own.refresh_token)
        return own.access_token, own.refresh_token or ""

    async def run(self, path: str, fault: Fault | None) -> None:
        """Run all steps; those of a path get a fault."""
        access, refresh = await self.tokens()

        def watched(request: str, response: HTTPResponse) -> bytes | None:
            self.hide_response(response)
            assert fault is not None
            return fault(request, response)

        self.server.path, self.server.fault = path, watched if fault else None
        await self.sign_in()
        await self.step(self.login.user_info(access))
        await self.step(self.login.user_info(access, sub="another"))
        renewed = await self.step(self.login.refresh(refresh))
        if renewed is not None:
            self.watch.hide(renewed.access_token, renewed.id_token)
        machine = await self.step(self.m2m.token())
        self.watch.hide(machine)
        await self.step(discover(self.app))
        fresh = TokenVerifier(
            self.pool.pool_id, client_id=None, issuer=self.pool.issuer,
            jwks_url=f"{self.url}/{self.pool.pool_id}/.well-known/jwks.json",
        )  # fmt: skip
        async with fresh:
            await self.step(fresh.access(access))
        await self.step(self.login.revoke(refresh))
        await self.step(self.login.refresh(refresh))
        await self.step(self.login.user_info(access))

    def hide_response(self, response: HTTPResponse) -> None:
        try:
            members = json.loads(response.body)
        except ValueError:
            return
        self.watch.hide(*(members.get(name) for name in ("access_token", "id_token", "refresh_token")))


@asynccontextmanager
async def flow(watch: Watch, server: Server | None = None, **settings: Any) -> AsyncIterator[Flow]:
    """Provide a flow over a socket, with asyncio in its debug mode."""
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    loop.slow_callback_duration = 0  # logs every callback
    server = server or Server()
    async with listening(server) as url:
        defaults: dict[str, Any] = {
            "region": "eu-west-1", "endpoint_url": url, "credentials": UNSIGNED, "retry_mode": "off",
            "timeout": 20,
        }  # fmt: skip
        async with CognitoClient(**{**defaults, **settings}) as client:
            made = Flow(server, url, watch, client)
            async with made.verifier:
                yield made


async def test_without_a_fault(watch: Watch) -> None:
    async with flow(watch) as made:
        await made.run("", None)
    assert any("Executing" in text for text in watch.text)
    assert any("OAuthToken attempt 1: 200" in text for text in watch.text)


PATHS = ["/oauth2/token", "/oauth2/revoke", "/oauth2/userInfo", "/openid-configuration", "/jwks.json"]


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_response_of_any_form(watch: Watch, fault: Fault) -> None:
    async with flow(watch, read_timeout=0.2 if fault is not_ended else 20) as made:
        for path in PATHS:
            await made.run(path, fault)
    assert watch.errors


async def test_an_unknown_authority(watch: Watch) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with flow(watch) as made, listening(made.server, context) as url:
        await unreachable(made, url)


async def test_no_tls_and_no_server(watch: Watch) -> None:
    async with flow(watch) as made:
        await unreachable(made, made.url.replace("http:", "https:"))
        async with listening(made.server) as url:
            pass
        await unreachable(made, url)


async def unreachable(made: Flow, url: str) -> None:
    """Run the steps with a domain that cannot be reached."""
    login = ManagedLogin(made.app, domain=url, redirect_uri=REDIRECT, verifier=made.verifier)
    request, callback = made.start()
    access, refresh = await made.tokens()
    m2m = ClientCredentials(made.machine, domain=url)
    verifier = TokenVerifier(
        made.pool.pool_id, client_id=None, issuer=made.pool.issuer, jwks_url=f"{url}/keys"
    )
    calls = [login.redeem(callback, request), login.user_info(access), login.refresh(refresh), m2m.token(),
             login.revoke(refresh), verifier.access(access)]  # fmt: skip
    async with verifier:
        for call in calls:
            assert await made.step(call) is None


async def test_wrong_callbacks(watch: Watch) -> None:
    async with flow(watch) as made:
        for change in (
            lambda url: url.replace("state=", "state=x"),
            lambda url: re.sub("state=[^&]*", "", url),
            lambda url: url.replace("code=", "code=x"),
            lambda url: re.sub("code=[^&]*", "", url),
            lambda url: url + "&code=2",
            lambda url: url.replace("app.example", "example.com"),
            lambda url: url.replace("code=", "error=access_denied&error_description=no&x="),
            lambda url: url.encode(),
            lambda url: url + "&a=b" * 60,
        ):
            request, callback = made.start()
            assert await made.step(made.login.redeem(change(callback), request)) is None
        request, callback = made.start()
        other, _ = made.start()
        await made.step(made.login.redeem(callback, other))
        unlike = AuthorizationRequest.from_state(
            request.to_state().replace(request.code_verifier, other.code_verifier)
        )
        await made.step(made.login.redeem(callback, unlike))
        wrong_nonce = made.pool.managed_login(request.url.replace(request.nonce, other.nonce), "ana")
        made.watch.hide(dict(parse_qsl(urlsplit(wrong_nonce).query))["code"])
        await made.step(made.login.redeem(wrong_nonce, request))
        for state in (
            request.to_state()[:-9],
            request.to_state() + "x",
            request.state,
            f'{{"x": "{request.nonce}"}}',
        ):
            with pytest.raises(CognitoError) as caught:
                AuthorizationRequest.from_state(state)
            watch.see_error(caught.value)


async def test_values_that_are_refused(watch: Watch) -> None:
    async with flow(watch) as made:
        for text in (f"{SECRET}\n", f"{SECRET} x", f"{SECRET}é", [SECRET], SECRET.encode()):
            value: Any = text
            for call in (made.login.user_info, made.login.refresh, made.login.revoke):
                await made.step(call(value))
            with pytest.raises(TokenError) as caught:
                await made.verifier.access(value)
            watch.see_error(caught.value)
        for secret in (SECRET.encode(), [SECRET], ""):
            try:
                AppClient(made.client, made.pool.pool_id, "client", secret)  # type: ignore[arg-type]
            except CognitoError as error:
                watch.see_error(error)


async def test_a_call_that_is_cancelled(watch: Watch) -> None:
    async with flow(watch) as made:
        _, refresh = await made.tokens()
        received = asyncio.Event()

        def silent(request: str, response: HTTPResponse) -> bytes:
            received.set()
            made.hide_response(response)
            return not_ended(request, response)

        made.server.path, made.server.fault = "/oauth2/token", silent
        task = asyncio.create_task(made.login.refresh(refresh))
        await received.wait()
        watch.see(task)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        watch.see_error(caught.value)


# Tokens

HEADER = {"kid": "kid-0", "alg": "RS256"}
WANTED = "claimkanarienvogel-of-the-request"
CLAIMS = {**tokens.ACCESS, "jti": "claimkanarienvogel", "username": "claimkanarienvogel"}
INVALID = {
    "not a token": "claimkanarienvogel",
    "not ASCII": f"{tokens.token(CLAIMS)}é",
    "too long": tokens.token(CLAIMS) * 60,
    "two parts": tokens.token(CLAIMS).rpartition(".")[0],
    "four parts": f"{tokens.token(CLAIMS)}.x",
    "padding": f"{tokens.token(CLAIMS)}=",
    "long header": f"{'e' * 600}.{tokens.token(CLAIMS)}",
    "header that is no JSON": tokens.signed(b'{"claimkanarienvogel', CLAIMS),
    "no algorithm": tokens.signed({**HEADER, "alg": "claimkanarienvogel"}, CLAIMS),
    "extension": tokens.signed({**HEADER, "crit": ["claimkanarienvogel"]}, CLAIMS),
    "no key id": tokens.signed({"alg": "RS256"}, CLAIMS),
    "claims that are no JSON": tokens.signed(HEADER, b'{"x": "claimkanarienvogel'),
    "claims that are no text": tokens.signed(HEADER, b"\xffclaimkanarienvogel"),
    "claim that occurs twice": tokens.signed(HEADER, b'{"claimkanarienvogel": 1, "claimkanarienvogel": 1}'),
    "nested": tokens.signed(HEADER, b'{"claimkanarienvogel":' + b"[" * 5000),
    "long number": tokens.signed(HEADER, b'{"exp":%s}' % (b"1" * 5000)),
    "signature": f"{tokens.token(CLAIMS)[:-20]}{'A' * 20}",
    "unknown key": tokens.token(CLAIMS, number=1),
    "other key": tokens.signed(HEADER, CLAIMS, number=1),
    "issuer": tokens.token(CLAIMS, iss="claimkanarienvogel"),
    "expired": tokens.token(CLAIMS, exp=1),
    "not yet valid": tokens.token(CLAIMS, nbf=4_000_000_000),
    "use": tokens.token(CLAIMS, token_use="claimkanarienvogel"),
    "client": tokens.token(CLAIMS, client_id="claimkanarienvogel"),
    "time": tokens.token(CLAIMS, auth_time="claimkanarienvogel"),
    "type": tokens.token(CLAIMS, scope=["claimkanarienvogel"]),
    "groups": tokens.token(CLAIMS, cognito__groups="claimkanarienvogel"),
    "nonce": tokens.token(tokens.ID, nonce="claimkanarienvogel", email="claimkanarienvogel"),
}


@pytest.mark.parametrize("text", INVALID.values(), ids=INVALID)
async def test_an_invalid_token(watch: Watch, text: str) -> None:
    asyncio.get_running_loop().set_debug(True)
    verifier = TokenVerifier(
        tokens.POOL,
        client_id=tokens.CLIENT,
        jwks=tokens.jwks(),
        groups="owners",
        scopes="orders/write",
        cache=10,
    )
    verifier._set_clock(lambda: tokens.NOW)
    watch.hide(text, "claimkanarienvogel", *re.findall(r"[\w-]{16,}", text))
    watch.secrets.discard("e" * 600)
    for call in (verifier.access, verifier.id, verifier.access_sync, verifier.id_sync):
        try:
            result = call(text)
            assert not isinstance(result, str)
            await result  # type: ignore[misc]
        except CognitoError as error:
            watch.see_error(error)
    with pytest.raises(TokenError) as caught:
        await verifier.id(text, nonce=WANTED)
    watch.see_error(caught.value)
    watch.see(verifier, verifier._cache)


async def test_the_claims_of_a_valid_token_show_neither_the_token_nor_personal_data(watch: Watch) -> None:
    verifier = TokenVerifier(tokens.POOL, client_id=tokens.CLIENT, jwks=tokens.jwks(), cache=10)
    verifier._set_clock(lambda: tokens.NOW)
    access = tokens.token(CLAIMS)
    nonce = "noncekanarienvogel"
    identity = tokens.token(tokens.ID, email="claimkanarienvogel@example.com", nonce=nonce)
    watch.hide(access, identity, "claimkanarienvogel", nonce)
    watch.see(await verifier.access(access), await verifier.id(identity, nonce=nonce))
    watch.see(verifier._cache)


# The command line


@pytest.mark.parametrize("form", ["table", "json"])
@pytest.mark.parametrize(
    "text", [*INVALID.values(), tokens.token(CLAIMS, exp=4_000_000_000)], ids=[*INVALID, "valid"]
)
def test_verify_token_shows_claims_and_never_the_token(
    watch: Watch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, form: str
) -> None:
    run = CommandLine(monkeypatch)
    keys = tmp_path / "jwks.json"
    keys.write_bytes(tokens.jwks_body())
    watch.hide(*(part for part in re.findall(r"[\w-]{16,}", text) if "kanarienvogel" not in part))
    watch.hide(text)
    two = f"{text} {text}"
    for pool, typed in ((("--pool", tokens.POOL), text), ((), f"Bearer '{text}'"), ((), two)):
        result = run("verify-token", *pool, "--jwks", str(keys), "--output", form, stdin=typed)
        watch.see(result.stdout, result.stderr)
        if result.exception is not None:
            assert isinstance(result.exception, SystemExit)
            watch.see_error(result.exception)


@pytest.mark.parametrize("fault", [None, *FAULTS])
@pytest.mark.parametrize("path", PATHS[::3])
async def test_token_shows_the_token_alone(
    watch: Watch, monkeypatch: pytest.MonkeyPatch, path: str, fault: Fault | None
) -> None:
    from typer.testing import CliRunner

    from cognito_async._cli import app

    monkeypatch.setenv("COGNITO_CLIENT_SECRET", f"{SECRET}-2")
    async with flow(watch) as made:
        made.server.path, made.server.fault = (
            path,
            fault and (lambda request, response: (made.hide_response(response), fault(request, response))[1]),
        )
        arguments = ["token", "--pool", made.pool.pool_id, "--client-id", made.server.machine.id]
        if path == "/oauth2/token":
            arguments += ["--domain", made.url]
        arguments += ["--endpoint-url", made.url, "--max-attempts", "1", "--debug"]
        arguments += ["--timeout", "0.5" if fault is not_ended else "20"]
        result = await asyncio.to_thread(CliRunner().invoke, app.app, arguments)
        watch.see(result.stderr)
        assert fault is not None or result.exit_code == 0
        assert (result.exit_code == 0) is (result.stdout != "")
        assert result.stdout.count("\n") == (result.exit_code == 0)
