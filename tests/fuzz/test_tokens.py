"""Tokens and key sets: any text gives claims or an error of the package, and never another one."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cognito_async.tokens import KeysUnavailableError, TokenError, TokenVerifier, UnknownKeyError
from cognito_async.tokens._json import load_object
from support.tokens import ACCESS, ID, POOL, b64, jwk, jwks, signed, token

VERIFIER = TokenVerifier(POOL, client_id=None, jwks=jwks(), cache=100)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
HEADER = {"kid": "kid-0", "alg": "RS256"}
BYTES = st.binary() | JSON.map(lambda value: json.dumps(value).encode())


def verify(text: Any) -> None:
    for method in (VERIFIER.access_sync, VERIFIER.id_sync):
        try:
            claims = method(text)
        except TokenError as error:
            str(error)
        else:
            repr(claims)
            hash(claims)


@given(st.text() | st.lists(BYTES.map(b64), min_size=1, max_size=4).map(".".join))
def test_any_text_is_rejected_with_an_error_of_the_package(text: str) -> None:
    verify(text)


@given(st.dictionaries(st.sampled_from(["kid", "alg", "typ", "crit", "b64", "jwk", "x"]), JSON))
def test_any_header(header: dict[str, Any]) -> None:
    verify(signed({**HEADER, **header}, ACCESS))


@given(BYTES, BYTES)
def test_any_signed_parts(header: bytes, payload: bytes) -> None:
    verify(signed(header, payload))
    verify(signed(HEADER, payload))


@given(
    st.dictionaries(st.sampled_from([*ACCESS, *ID, "nbf", "custom:x", "x"]), JSON),
    st.sampled_from([ACCESS, ID]),
)
def test_any_claims(claims: dict[str, Any], base: dict[str, Any]) -> None:
    verify(signed(HEADER, {**base, "exp": 4e9, **claims}))


@given(
    JSON
    | st.lists(st.dictionaries(st.sampled_from([*jwk(), "d", "x"]), JSON).map(lambda key: {**jwk(), **key}))
)
def test_any_key_set(keys: Any) -> None:
    verifier = TokenVerifier(POOL, client_id=None, jwks={"keys": keys})
    try:
        verifier.access_sync(token(exp=4_000_000_000))
    except (KeysUnavailableError, UnknownKeyError):
        return


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_strict_json_is_json(data: bytes) -> None:
    try:
        value = load_object(data)
    except ValueError:
        return
    assert value == json.loads(data)
