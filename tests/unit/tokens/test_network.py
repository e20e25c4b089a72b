"""Keys over TLS on this machine, with aiohttp; and tokens of ``FakeUserPool``."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from cognito_async.sign_in import SignedIn, Tokens
from cognito_async.testing import FakeUserPool
from cognito_async.tokens import ExpiredTokenError, KeysUnavailableError, TokenVerifier, UnknownKeyError
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
    assert "authorization" not in request.lower()


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
        (Server(b"{" * 70_000), "jwks.json is longer than 65536 bytes"),
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
