"""Causes of every error of ``cognito_async.tokens``, added to those of ``sign_in_cases``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

from cognito_async import HTTPResponse, tokens
from cognito_async.errors import TLSError
from cognito_async.integrations.fastapi import RequireAccess
from cognito_async.integrations.starlette import AccessTokenBackend
from cognito_async.tokens import TokenVerifier
from faults.error_cases import add_case
from faults.sign_in_cases import ERROR_CASES
from support.tokens import ACCESS, CLIENT, ID, ISSUER, NOW, POOL, jwk, jwks, jwks_body, signed, token
from support.transports import HANG, ScriptedTransport

TOKENS = "Tokens"
KEYS = "Keys of tokens"
ARGUMENTS = "Arguments of TokenVerifier"
INTEGRATIONS = "Arguments of cognito_async.integrations"
HEADER = {"kid": "kid-0", "alg": "RS256"}


def verifier(**settings: Any) -> TokenVerifier:
    keys = {} if "transport" in settings else {"jwks": jwks()}
    made = TokenVerifier(**{"user_pool_id": POOL, "client_id": CLIENT, **keys, **settings})
    made._set_clock(lambda: NOW)
    return made


async def access(text: Any, **required: Any) -> Any:
    return await verifier().access(text, **required)


async def identity(text: Any, **required: Any) -> Any:
    return await verifier().id(text, **required)


async def fetch(*steps: Any) -> Any:
    return await verifier(transport=ScriptedTransport(*steps)).access(token())


def response(body: bytes = b"", status: int = 200) -> HTTPResponse:
    return HTTPResponse(status, {}, body)


async def after_close() -> Any:
    closed = verifier(transport=ScriptedTransport())
    await closed.close()
    return await closed.hydrate()


async def closed_meanwhile() -> Any:
    transport = ScriptedTransport(HANG)
    closed = verifier(transport=transport)
    call = asyncio.create_task(closed.access(token()))
    await transport.hanging.wait()
    await closed.close()
    return await call


async def after_a_failure() -> Any:
    failing = verifier(transport=ScriptedTransport(response(status=404)))
    try:
        await failing.access(token())
    except tokens.KeysUnavailableError:
        return await failing.access(token())


async def no_response() -> Any:
    class Hanging(ScriptedTransport):
        async def prepare(self, url: str) -> None:
            await asyncio.Event().wait()

    hanging = verifier(transport=Hanging(), jwks_url="https://example.com/keys?hunter2")
    try:
        with patch("cognito_async.tokens._download.DEADLINE", 0.01):
            return await hanging.access(token())
    finally:
        await hanging.close()


def secret_claims(**changes: Any) -> Mapping[str, Any]:
    return {**ACCESS, "username": "hunter2", **changes}


add_case(TOKENS, "no text", access, None)
add_case(TOKENS, "a text that is too long", access, "hunter2" * 5000)
add_case(TOKENS, "characters that are not ASCII", access, "hünter2")
add_case(TOKENS, "the word Bearer in front", access, f"Bearer {token()}")
add_case(TOKENS, "a text without dots", access, "hunter2")
add_case(TOKENS, "a header that is too long", access, f"{'hunter2' * 80}.e30.e30")
add_case(TOKENS, "an unsigned token", access, signed({"kid": "hunter2", "alg": "none"}, secret_claims()))
add_case(TOKENS, "a critical extension", access, signed({**HEADER, "crit": ["hunter2"]}, secret_claims()))
add_case(TOKENS, "no key id", access, signed({"alg": "RS256"}, secret_claims()))
add_case(TOKENS, "claims that are not JSON", access, signed(HEADER, b"hunter2"))
add_case(TOKENS, "a signature that is cut", access, token()[:-5])
add_case(TOKENS, "the token of another pool", access, token(iss="hunter2"))
add_case(TOKENS, "a token that was changed", access, f"{token()[:-40]}{'A' * 36}{token()[-4:]}")
add_case(TOKENS, "an expired token", access, token(exp=NOW - 35))
add_case(TOKENS, "a token for later", access, token(nbf=NOW + 35))
add_case(TOKENS, "no time of expiry", access, token(exp=None))
add_case(TOKENS, "a time that is text", access, token(exp="hunter2"))
add_case(TOKENS, "no user", access, token(sub=None))
add_case(TOKENS, "a scope that is not text", access, token(scope=["hunter2"]))
add_case(TOKENS, "groups that are not a list", access, token(cognito__groups="hunter2"))
add_case(TOKENS, "a claim that is nested deep", access, signed(HEADER, json.dumps(ACCESS)[:-1].encode() + b',"x":%b}' % (b"[" * 40 + b"]" * 40)))  # fmt: skip
add_case(TOKENS, "an ID token", access, token(ID))
add_case(TOKENS, "an access token", identity, token())
add_case(TOKENS, "the token of another app client", access, token(client_id="hunter2"))
add_case(TOKENS, "the token of another API", lambda: verifier(audience="https://api.example.com").access(token(aud="https://hunter2.example.com")))  # fmt: skip
add_case(TOKENS, "a token of no API", lambda: verifier(audience="https://api.example.com").access(token()))
add_case(TOKENS, "a scope that is missing", access, token(), scopes=["orders/read", "orders/write"])
add_case(TOKENS, "a group that is missing", access, token(), groups=["owners", "auditors"])
add_case(TOKENS, "another nonce", identity, token(ID, nonce="hunter2"), nonce="hunter2-of-the-request")
add_case(TOKENS, "an empty nonce", identity, token(ID), nonce="")
add_case(TOKENS, "an empty list of scopes", access, token(), scopes=[])
add_case(TOKENS, "two scopes as one text", access, token(), scopes="openid orders/read")

add_case(KEYS, "a key that the pool does not have", access, token(number=1))
add_case(KEYS, "no keys yet", TokenVerifier(POOL, client_id=None).access_sync, token())
add_case(KEYS, "an unknown authority", fetch, TLSError("127.0.0.1: certificate verify failed"))
add_case(KEYS, "a pool that does not exist", fetch, response(status=404))
add_case(KEYS, "a pool that does not exist, a moment later", after_a_failure)
add_case(KEYS, "a response that is too long", fetch, response(b"hunter2" * 10_000))
add_case(KEYS, "the page of a proxy", fetch, response(b"<html>hunter2</html>"))
add_case(KEYS, "JSON that is no object", fetch, response(b"[]"))
add_case(KEYS, "JSON that nests deep", fetch, response(b"[" * 60_000))
add_case(KEYS, "JSON with a name that occurs twice", fetch, response(b'{"keys":[],"keys":[]}'))
add_case(KEYS, "JSON with a number that is none", fetch, response(b'{"keys":NaN}'))
add_case(KEYS, "JSON with a number that is infinite", fetch, response(b'{"keys":1e999}'))
add_case(KEYS, "JSON without keys", fetch, response(b"{}"))
add_case(KEYS, "keys for something else", fetch, response(jwks_body(jwk(use="enc"))))
add_case(KEYS, "jwks= without keys", lambda: verifier(jwks=jwks(jwk(use="enc"))).access_sync(token()))
add_case(KEYS, "a verifier that is closed", after_close)
add_case(KEYS, "close() during a fetch", closed_meanwhile)
add_case(KEYS, "a transport that raises another error", fetch, RuntimeError("hunter2"))
add_case(KEYS, "a transport that does not respond", no_response)

add_case(ARGUMENTS, "a name as the id of a pool", verifier, user_pool_id="my-pool")
add_case(ARGUMENTS, "no pools", verifier, user_pool_id=[])
add_case(ARGUMENTS, "an empty id of an app client", verifier, client_id="")
add_case(ARGUMENTS, "a negative leeway", verifier, leeway=-5)
add_case(ARGUMENTS, "an issuer without a scheme", verifier, issuer="localhost:5000")
add_case(ARGUMENTS, "an issuer over http", verifier, issuer="http://example.com/eu-west-1_AbC123", jwks=None)
add_case(
    ARGUMENTS, "an issuer for two pools", verifier, user_pool_id=[POOL, "eu-west-1_b"], issuer="https://a"
)
add_case(ARGUMENTS, "an issuer with a query", verifier, issuer="https://example.com/?hunter2")
add_case(
    ARGUMENTS, "a URL of keys with a user", verifier, jwks=None, jwks_url="https://a:hunter2@example.com/"
)
add_case(ARGUMENTS, "an issuer of another pool", verifier, issuer={"eu-west-1_b": "https://example.com"})
add_case(ARGUMENTS, "two pools with an issuer", verifier, user_pool_id=[POOL, "eu-west-1_b"], jwks=None, issuer={"eu-west-1_b": ISSUER})  # fmt: skip
add_case(ARGUMENTS, "keys and a URL of keys", verifier, jwks_url="https://example.com/?hunter2")
add_case(ARGUMENTS, "a Region that AWS does not have", verifier, user_pool_id="local_a")
add_case(ARGUMENTS, "text as allow_http", verifier, allow_http="false")
add_case(ARGUMENTS, "a number as transport", verifier, transport=7)
add_case(ARGUMENTS, "an empty audience", verifier, audience="")
add_case(ARGUMENTS, "a list as jwks", verifier, jwks=[])
add_case(ARGUMENTS, "true as cache", verifier, cache=True)
add_case(ARGUMENTS, "no groups", verifier, groups=[])

add_case(INTEGRATIONS, "the id of a pool in place of a verifier", AccessTokenBackend, POOL)
add_case(INTEGRATIONS, "a realm with quotes", RequireAccess, verifier(), realm='say "hi"')
add_case(INTEGRATIONS, "two scopes in one text", RequireAccess, verifier(), scopes="orders/read orders/write")
add_case(INTEGRATIONS, "no groups", AccessTokenBackend, verifier(), groups=[])
add_case(INTEGRATIONS, "a name as scheme", RequireAccess, verifier(), scheme="ManagedLogin")

__all__ = ["ERROR_CASES", "EXCEPTIONS"]
EXCEPTIONS = {name for name in tokens.__all__ if name.endswith("Error")}
