"""Tokens and key sets: any text gives claims or an error of the package; and what is valid gives claims."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cognito_async.tokens import KeysUnavailableError, TokenError, TokenVerifier, UnknownKeyError
from cognito_async.tokens._json import load_object
from support.tokens import ACCESS, ID, POOL, b64, jwk, jwks, signed, token

FUTURE = 4_000_000_000
VERIFIER = TokenVerifier(POOL, client_id=None, jwks=jwks(), cache=100)


def json_of(numbers: st.SearchStrategy[float]) -> st.SearchStrategy[Any]:
    return st.recursive(
        st.none() | st.booleans() | st.integers() | numbers | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=6,
    )


JSON = json_of(st.floats())
VALID_JSON = json_of(st.floats(allow_nan=False, allow_infinity=False))
HEADER = {"kid": "kid-0", "alg": "RS256"}
BYTES = st.binary() | JSON.map(lambda value: json.dumps(value).encode())
OWN_NAMES = st.text().map(lambda name: f"own:{name}")
KEYS = st.dictionaries(st.sampled_from([*jwk(), "d", "key_ops", "x"]), JSON).map(lambda key: {**jwk(), **key})


def verify(text: Any) -> None:
    for method in (VERIFIER.access_sync, VERIFIER.id_sync):
        try:
            claims = method(text)
        except TokenError as error:
            str(error)
        else:
            repr(claims)
            hash(claims)


def plain(value: Any) -> Any:
    """Return frozen JSON as ``json`` returns it."""
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, tuple) else value


@given(st.text() | st.lists(BYTES.map(b64), min_size=1, max_size=4).map(".".join))
def test_any_text_is_rejected_with_an_error_of_the_package(text: str) -> None:
    verify(text)
    assert VERIFIER.access_sync(token(exp=FUTURE)).username == "ana"


@given(st.dictionaries(st.sampled_from(["kid", "alg", "typ", "crit", "b64", "jwk", "x"]), JSON))
def test_any_header(header: dict[str, Any]) -> None:
    verify(signed({**HEADER, **header}, ACCESS))


@given(st.dictionaries(st.sampled_from(["typ", "jwk", "jku", "x"]), VALID_JSON, max_size=1))
def test_other_members_of_a_header_are_ignored(header: dict[str, Any]) -> None:
    text = signed({**header, **HEADER}, {**ACCESS, "exp": FUTURE})
    if len(text.partition(".")[0]) <= 512:
        assert VERIFIER.access_sync(text).sub == ACCESS["sub"]


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


@given(st.dictionaries(OWN_NAMES, VALID_JSON), st.dictionaries(OWN_NAMES, VALID_JSON))
def test_claims_of_a_trigger_are_accepted_as_they_are(extra: dict[str, Any], custom: dict[str, Any]) -> None:
    own = {**extra, **{f"custom:{name}": value for name, value in custom.items()}}
    for base, method in ((ACCESS, VERIFIER.access_sync), (ID, VERIFIER.id_sync)):
        claims = method(signed(HEADER, {**base, **own, "exp": FUTURE}))
        for shown, values in ((claims.extra, extra), (claims.custom, custom)):
            kept = {name: value for name, value in plain(shown).items() if name.startswith("own:")}
            assert kept == {name: value for name, value in values.items() if value is not None}


@given(JSON | st.lists(KEYS))
def test_any_key_set(keys: Any) -> None:
    verifier = TokenVerifier(POOL, client_id=None, jwks={"keys": keys})
    try:
        verifier.access_sync(token(exp=FUTURE))
    except (KeysUnavailableError, UnknownKeyError):
        return


@given(st.lists(JSON, max_size=3))
def test_a_key_is_found_between_others(others: list[Any]) -> None:
    verifier = TokenVerifier(POOL, client_id=None, jwks={"keys": [*others, jwk(), *others]})
    assert verifier.access_sync(token(exp=FUTURE)).sub == ACCESS["sub"]


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_strict_json_is_json(data: bytes) -> None:
    try:
        value = load_object(data)
    except ValueError:
        return
    assert value == json.loads(data)


@given(st.dictionaries(st.text(), VALID_JSON))
def test_valid_objects_are_accepted(value: dict[str, Any]) -> None:
    for ascii_alone in (True, False):
        assert load_object(json.dumps(value, ensure_ascii=ascii_alone).encode()) == value
