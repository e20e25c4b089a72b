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
import traceback
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
import trustme

from cognito_async import CognitoClient
from cognito_async.credentials import UNSIGNED
from cognito_async.errors import CognitoError
from cognito_async.oauth import AuthorizationRequest, ClientCredentials, ManagedLogin, discover
from cognito_async.sign_in import AppClient, SignedIn
from cognito_async.testing import FakeUserPool
from cognito_async.tokens import TokenError, TokenVerifier
from cognito_async.transport import HTTPRequest, HTTPResponse
from support import tokens
from support.cli import CommandLine

SECRET = "clientsecretkanarienvogel"
PASSWORD = "Kanarienvogel-1!"
REDIRECT = "https://app.example/callback"
SHORTEST = 16
"""Characters of the shortest part of a token that is looked for."""
RAW = ("headers", "members")
"""Attributes of errors that hold the response of the service as it is, for programs."""


class Watch(logging.Handler):
    """Collects secrets, and all text in which none of them may appear."""

    def __init__(self) -> None:
        super().__init__(0)
        self.secrets: set[str] = set()
        self.text: list[str] = []

    def hide(self, *values: str | None) -> None:
        """Add secrets, and the segments of those that are tokens."""
        for value in filter(None, values):
            self.secrets |= {value, quote(value, safe=""), value[::-1]}
            self.secrets |= {part for part in value.split(".") if len(part) >= SHORTEST}

    def see(self, *values: object) -> None:
        """Add what users can see of objects."""
        for value in values:
            self.text += [repr(value), str(value), f"{value}"]

    def emit(self, record: logging.LogRecord) -> None:
        fields = {name: value for name, value in vars(record).items() if name not in {"exc_info", "exc_text"}}
        self.text += [record.getMessage(), repr(fields), logging.Formatter().format(record)]
        if record.exc_info and record.exc_info[1] is not None:
            self.see_error(record.exc_info[1])

    def see_error(self, error: BaseException) -> None:
        """Add all text of an exception and of those before it, suppressed ones too."""
        self.text.append(
            "".join(traceback.TracebackException.from_exception(error, capture_locals=False).format())
        )
        links: list[BaseException] = [error]
        for link in links:
            attributes = {name: value for name, value in vars(link).items() if name not in RAW}
            slots = {
                name: getattr(link, name) for name in ("doc", "object", "headers") if hasattr(link, name)
            }
            if isinstance(link, CognitoError):
                slots.pop("headers", None)
            self.see(link, link.args, attributes, slots, getattr(link, "__notes__", ()))
            links += [
                each for each in (link.__cause__, link.__context__) if each is not None and each not in links
            ]

    def check(self) -> None:
        """Fail if a secret is in the text; the message shows the text and not the secret."""
        found = [text for text in self.text if any(secret in text for secret in self.secrets)]
        assert self.secrets
        assert found == []


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


# The server: a fake pool, one of whose endpoints may have a fault

Fault = Callable[[str, HTTPResponse], bytes | None]
"""Returns what to write in place of a response to a request; None to close the connection."""


class Server:
    """A fake pool over a socket."""

    def __init__(self) -> None:
        self.pool = FakeUserPool(client_secret=SECRET)
        self.pool.add_user("ana", PASSWORD, email="ana@example.com", groups=["admins"])
        self.pool.app_client.callback_urls = [REDIRECT]
        self.machine = self.pool.add_client(
            f"{SECRET}-2", oauth_flows=["client_credentials"], scopes=["orders/read"]
        )
        self.fault: Fault | None = None
        self.path = ""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._respond(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _respond(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = dict(line.split(": ", 1) for line in lines)
        length = int({name.lower(): value for name, value in headers.items()}.get("content-length", "0"))
        body = await reader.readexactly(length)
        path = target.partition("?")[0]
        response = self.pool._service.respond(HTTPRequest(method, target, headers, body), path)
        data: bytes | None = http(response.status, response.body, **response.headers)
        if self.fault is not None and path.endswith(self.path):
            data = self.fault(head + body.decode(), response)
        if data is None:
            return False
        writer.write(data)
        await writer.drain()
        return data.startswith(b"HTTP/1.1 ") and b"Content-Length" in data


def http(status: int, body: bytes = b"", **headers: str) -> bytes:
    """Return an HTTP response."""
    lines = [f"HTTP/1.1 {status} Text", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@asynccontextmanager
async def listening(server: Server, context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    listener = await asyncio.start_server(server, "127.0.0.1", 0, ssl=context)
    async with listener:
        scheme = "http" if context is None else "https"
        yield f"{scheme}://127.0.0.1:{listener.sockets[0].getsockname()[1]}"


# What the server does


def as_json(status: int, body: Any) -> bytes:
    return http(status, json.dumps(body).encode(), **{"Content-Type": "application/json"})


def one_line(request: str) -> str:
    return request.replace("\r\n", " ")


def described(request: str, response: HTTPResponse) -> bytes:
    return as_json(400, {"error": "invalid_request", "error_description": f"cannot accept {request}"})


def named(request: str, response: HTTPResponse) -> bytes:
    return as_json(400, {"error": re.sub(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]", " ", request)[-60:]})


def each_named(request: str, response: HTTPResponse) -> bytes:
    """Return an error whose code is a value of the form."""
    values = [value for _, value in parse_qsl(request.rpartition("\r\n\r\n")[2])]
    return as_json(400, {"error": max(values, key=len, default="x")[:60]})


def challenged(request: str, response: HTTPResponse) -> bytes:
    text = one_line(request).replace('"', "")
    return http(401, **{"WWW-Authenticate": f'Bearer error="invalid_token", error_description="{text}"'})


def cut(request: str, response: HTTPResponse) -> bytes:
    return http(200, response.body[:-1] or b"{", **{"Content-Type": "application/json"})


def doubled(request: str, response: HTTPResponse) -> bytes:
    return http(200, (response.body or b"{}") * 2)


def broken_text(request: str, response: HTTPResponse) -> bytes:
    return http(200, b"\xff" + response.body)


def in_list(request: str, response: HTTPResponse) -> bytes:
    return http(200, b"[%s]" % (response.body or b"{}"))


def page(request: str, response: HTTPResponse) -> bytes:
    return http(200, f"<html>{request}{response.body.decode()}".encode(), **{"Content-Type": "text/html"})


def blocked(request: str, response: HTTPResponse) -> bytes:
    return http(403, f"<html>{request}{response.body.decode()}".encode(), **{"Content-Type": "text/html"})


def members_of_another_type(request: str, response: HTTPResponse) -> bytes:
    members = json.loads(response.body or b"{}")
    return as_json(200, {name: [value] for name, value in members.items()})


def token_with_blank(request: str, response: HTTPResponse) -> bytes:
    members = json.loads(response.body or b"{}")
    return as_json(
        200, {name: f" {value}" if isinstance(value, str) else value for name, value in members.items()}
    )


def token_type_is_token(request: str, response: HTTPResponse) -> bytes:
    members = json.loads(response.body or b"{}")
    return as_json(
        200, {**members, "token_type": members.get("access_token"), "sub": members.get("access_token")}
    )


def lifetime_is_token(request: str, response: HTTPResponse) -> bytes:
    members = json.loads(response.body or b"{}")
    return as_json(200, {**members, "expires_in": members.get("access_token", "x")})


def foreign_id_token(request: str, response: HTTPResponse) -> bytes:
    members = json.loads(response.body or b"{}")
    return as_json(200, {**members, "id_token": tokens.token(tokens.ID)})


def access_for_id_token(request: str, response: HTTPResponse) -> bytes:
    members = json.loads(response.body or b"{}")
    return as_json(200, {**members, "id_token": members.get("access_token")})


def redirected(request: str, response: HTTPResponse) -> bytes:
    to = quote(one_line(request) + response.body.decode(), safe="=&. ").replace(" ", "%20")
    return http(302, Location=f"https://example.com/?{to}")


def throttled(request: str, response: HTTPResponse) -> bytes:
    return as_json(429, {"error": "slow_down", "error_description": request})


def unavailable(request: str, response: HTTPResponse) -> bytes:
    return http(503, f"{request}{response.body.decode()}".encode())


def bad_status(request: str, response: HTTPResponse) -> bytes:
    return f"HTTP/1.1 {one_line(request)}\r\n\r\n".encode()


def bad_header(request: str, response: HTTPResponse) -> bytes:
    return b"HTTP/1.1 200 OK\r\n" + one_line(request).encode() + response.body + b"\r\n\r\n"


def bad_chunk(request: str, response: HTTPResponse) -> bytes:
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + response.body + request.encode()


def incomplete(request: str, response: HTTPResponse) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-length: 99999\r\n\r\n" + response.body


def closed(request: str, response: HTTPResponse) -> None:
    return None


def not_ended(request: str, response: HTTPResponse) -> bytes:
    """Return headers after which nothing follows until the timeout."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + response.body


def too_long(request: str, response: HTTPResponse) -> bytes:
    return http(200, (response.body or b"{}") + b" " * 1_000_000)


FAULTS: list[Fault] = [
    described, named, each_named, challenged, cut, doubled, broken_text, in_list, page, blocked,
    members_of_another_type, token_with_blank, token_type_is_token, lifetime_is_token, foreign_id_token,
    access_for_id_token, redirected, throttled, unavailable, bad_status, bad_header, bad_chunk, incomplete,
    closed, not_ended, too_long,
]  # fmt: skip


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

    async def run(self, path: str, fault: Fault | None) -> None:
        """Run all steps; those of a path get a fault."""
        session = await self.sign_in()
        assert session is not None
        access, refresh = session.tokens.access_token, session.tokens.refresh_token or ""

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
            "timeout": 20, "read_timeout": 0.2,
        }  # fmt: skip
        async with CognitoClient(**{**defaults, **settings}) as client:
            made = Flow(server, url, watch, client)
            async with made.verifier:
                yield made


async def test_without_a_fault(watch: Watch) -> None:
    async with flow(watch, read_timeout=20) as made:
        await made.run("", None)
    assert any("Executing" in text for text in watch.text)
    assert any("OAuthToken attempt 1: 200" in text for text in watch.text)


PATHS = ["/oauth2/token", "/oauth2/revoke", "/oauth2/userInfo", "/openid-configuration", "/jwks.json"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("path", PATHS)
async def test_a_response_of_any_form(watch: Watch, path: str, fault: Fault) -> None:
    async with flow(watch) as made:
        await made.run(path, fault)


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
    session = await made.sign_in()
    assert session is not None
    access, refresh = session.tokens.access_token, session.tokens.refresh_token or ""
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
    async with flow(watch, read_timeout=20) as made:
        session = await made.sign_in()
        assert session is not None
        received = asyncio.Event()

        def silent(request: str, response: HTTPResponse) -> bytes:
            received.set()
            made.hide_response(response)
            return not_ended(request, response)

        made.server.path, made.server.fault = "/oauth2/token", silent
        task = asyncio.create_task(made.login.refresh(session.tokens.refresh_token or ""))
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
    for pool in (("--pool", tokens.POOL), ()):
        result = run("verify-token", *pool, "--jwks", str(keys), "--format", form, stdin=f"Bearer '{text}'")
        watch.see(result.stdout, result.stderr)
        result = run("verify-token", *pool, "--jwks", str(keys), "--format", form, stdin=text)
        watch.see(result.stdout, result.stderr)
        if result.exception is not None:
            assert isinstance(result.exception, SystemExit)
            watch.see_error(result.exception)


@pytest.mark.parametrize("fault", [None, *FAULTS])
@pytest.mark.parametrize("path", ["/oauth2/token", "/openid-configuration"])
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
        arguments += ["--endpoint-url", made.url, "--max-attempts", "1", "--timeout", "0.5", "--debug"]
        result = await asyncio.to_thread(CliRunner().invoke, app.app, arguments)
        watch.see(result.stderr)
        assert (result.exit_code == 0) is (result.stdout != "")
        assert result.stdout.count("\n") == (result.exit_code == 0)
