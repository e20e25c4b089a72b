"""Keys over TLS on this machine, with aiohttp; and tokens of ``FakeUserPool``."""

from __future__ import annotations

import asyncio
import inspect
import ssl
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from cognito_async._http.aiohttp_transport import AiohttpTransport
from cognito_async.errors import ConfigurationError
from cognito_async.sign_in import SignedIn, Tokens
from cognito_async.testing import FakeUserPool
from cognito_async.testing._fake_pool.access import VerifierSettings
from cognito_async.tokens import ExpiredTokenError, KeysUnavailableError, TokenVerifier, UnknownKeyError
from cognito_async.tokens._download import MAX_SIZE
from support.tokens import CLIENT, POOL, jwks_body, token

PASSWORD = "Correct-Horse-7"


class Server:
    """Answers each request with the same bytes, over TLS."""

    def __init__(self, body: bytes = b"", head: str = "200 OK") -> None:
        self.response = f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        self.requests: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                self.requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
                writer.write(self.response)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the authority in the environment, as programs behind a company's proxy do."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("AWS_CA_BUNDLE", str(path))
    monkeypatch.setenv("AWS_REGION", "not a region!")  # nothing else of the environment counts


@asynccontextmanager
async def serve(authority: trustme.CA, server: Server) -> AsyncIterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    listener = await asyncio.start_server(server, "127.0.0.1", 0, ssl=context)
    async with listener:
        yield f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}/{POOL}"


@pytest.mark.usefixtures("trusted")
async def test_keys_come_over_tls(authority: trustme.CA) -> None:
    server = Server(jwks_body())
    async with (
        serve(authority, server) as issuer,
        TokenVerifier(POOL, client_id=CLIENT, issuer=issuer) as verifier,
    ):
        for _ in range(3):
            assert (await verifier.access(token(iss=issuer, exp=4_000_000_000))).issuer == issuer
    (request,) = server.requests
    assert request.startswith(f"GET /{POOL}/.well-known/jwks.json HTTP/1.1\r\n")
    assert "user-agent: cognito_async/" in request.lower()
    assert "accept-encoding: identity\r\n" in request.lower()
    assert "authorization" not in request.lower()


async def test_the_variable_of_requests_names_the_authority_too(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    async with (
        serve(authority, Server(jwks_body())) as issuer,
        TokenVerifier(POOL, client_id=CLIENT, issuer=issuer) as verifier,
    ):
        await verifier.hydrate()
        transport = verifier._downloader._transport
        assert isinstance(transport, AiohttpTransport)
        config = transport._config
        assert (config.max_response_size, config.connect_timeout, config.read_timeout) == (
            MAX_SIZE,
            None,
            None,
        )


@asynccontextmanager
async def proxy(monkeypatch: pytest.MonkeyPatch, scheme: str = "http") -> AsyncIterator[list[str]]:
    """Listen as a proxy that rejects all requests, and name it in the environment; yield the request lines."""
    lines: list[str] = []

    async def reject(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines.append(head.partition("\r\n")[0])
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    listener = await asyncio.start_server(reject, "127.0.0.1", 0)
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://user:hunter2@127.0.0.1:{port}")
        yield lines


def chain_text(error: BaseException) -> str:
    """Return all that a log may have of an error."""
    return "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))


@pytest.mark.parametrize("ids", [[POOL], [POOL, "us-east-2_b"]])
async def test_keys_come_through_the_proxy_of_the_environment(
    ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxy(monkeypatch) as lines, TokenVerifier(ids, client_id=None) as verifier:
        with pytest.raises(KeysUnavailableError, match="the proxy rejected the request") as caught:
            await verifier.hydrate()
    hosts = {f"cognito-idp.{pool_id.partition('_')[0]}.amazonaws.com" for pool_id in ids}
    assert set(lines) == {f"CONNECT {host}:443 HTTP/1.1" for host in hosts}
    assert "hunter2" not in chain_text(caught.value)


@pytest.mark.parametrize("ids", [[POOL], [POOL, "us-east-2_b"]])
async def test_a_proxy_that_cannot_be_used_is_an_error_without_its_password(
    ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxy(monkeypatch, "socks9"), TokenVerifier(ids, client_id=None) as verifier:
        for call in (verifier.hydrate, lambda: verifier.access(token())):
            with pytest.raises(ConfigurationError, match="HTTPS_PROXY") as caught:
                await call()
            assert "hunter2" not in chain_text(caught.value)


async def test_hosts_of_no_proxy_are_reached_directly(
    authority: trustme.CA, trusted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(jwks_body())
    async with proxy(monkeypatch) as lines, serve(authority, server) as issuer:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        async with TokenVerifier(POOL, client_id=None, issuer=issuer) as verifier:
            await verifier.hydrate()
    assert (lines, len(server.requests)) == ([], 1)


async def test_an_unknown_authority_gives_no_keys(authority: trustme.CA) -> None:
    async with (
        serve(authority, Server(jwks_body())) as issuer,
        TokenVerifier(POOL, client_id=CLIENT, issuer=issuer) as verifier,
    ):
        with pytest.raises(KeysUnavailableError, match="certificate"):
            await verifier.hydrate()


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("server", "match"),
    [
        (Server(b"{" * 66_000), "jwks.json is longer than 65536 bytes"),
        (Server(b"", "302 Found\r\nLocation: /other"), "HTTP 302"),
    ],
)
async def test_a_long_response_and_a_redirect_are_not_followed(
    authority: trustme.CA, server: Server, match: str
) -> None:
    async with (
        serve(authority, server) as issuer,
        TokenVerifier(POOL, client_id=CLIENT, issuer=issuer) as verifier,
    ):
        with pytest.raises(KeysUnavailableError, match=match):
            await verifier.hydrate()
    assert len(server.requests) == 1


# FakeUserPool


async def tokens_of(pool: FakeUserPool) -> Tokens:
    step = await pool.app().sign_in("ana", PASSWORD)
    assert isinstance(step, SignedIn)
    return step.tokens


async def test_tokens_of_the_fake_pool_are_valid() -> None:
    pool = FakeUserPool(region="eu-west-1")
    pool.add_user("ana", PASSWORD, groups=["admins"], email="ana@example.com", **{"custom:team": "red"})
    issued = await tokens_of(pool)
    verifier = TokenVerifier(pool.pool_id, client_id=pool.client_id, jwks=pool.jwks())
    access = await verifier.access(
        issued.access_token, groups="admins", scopes="aws.cognito.signin.user.admin"
    )
    identity = await verifier.id(issued.id_token or "")
    assert (access.username, access.extra) == ("ana", {"version": 2})
    assert (identity.email, identity.email_verified, identity.custom) == (
        "ana@example.com",
        True,
        {"team": "red"},
    )
    assert access.sub == identity.sub == pool.user("ana").sub


@pytest.mark.parametrize("keep_old", [True, False])
async def test_new_keys_of_the_pool_are_found(*, keep_old: bool) -> None:
    pool = FakeUserPool({"ana": PASSWORD})
    with pool.serve():
        async with TokenVerifier(pool.pool_id, client_id=pool.client_id, issuer=pool.issuer) as verifier:
            verifier._set_clock(pool.clock.time)
            old = (await tokens_of(pool)).access_token
            await verifier.access(old)
            pool.rotate_keys(keep_old=keep_old)
            new = (await tokens_of(pool)).access_token
            with pytest.raises(UnknownKeyError):  # the keys were fetched a moment ago
                await verifier.access(new)
            pool.clock.advance(10)
            await verifier.access(new)
            if keep_old:
                await verifier.access(old)
            else:
                with pytest.raises(UnknownKeyError):
                    await verifier.access(old)
    assert pool.jwks_requests == 2


async def test_the_verifier_of_the_pool_follows_its_clock() -> None:
    pool = FakeUserPool({"ana": PASSWORD})
    verifier = pool.verifier(cache=10)
    token = (await tokens_of(pool)).access_token
    for _ in range(2):
        assert (await verifier.access(token)).username == "ana"
    pool.clock.advance(3601)
    with pytest.raises(ExpiredTokenError):
        await verifier.access(token)
    assert (await pool.verifier(client_id=None, leeway=10).access(token)).client_id == pool.client_id
    assert pool.jwks_requests == 2


def test_the_settings_of_the_verifier_of_the_pool_are_those_of_a_verifier() -> None:
    parameters = inspect.signature(TokenVerifier).parameters
    hints = {name: parameter.annotation for name, parameter in parameters.items() if name != "user_pool_id"}
    assert {name: hint.__forward_arg__ for name, hint in VerifierSettings.__annotations__.items()} == hints
