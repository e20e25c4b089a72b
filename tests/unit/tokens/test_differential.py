"""The verifier against PyJWT and against cryptography alone, on tokens that hypothesis makes."""

from __future__ import annotations

import hmac
import json
import re
from base64 import urlsafe_b64decode
from typing import Any

import jwt
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import example, given
from hypothesis import strategies as st

from cognito_async.tokens import TokenError, TokenVerifier
from support.tokens import (
    ACCESS,
    CLIENT,
    ISSUER,
    POOL,
    b64,
    jwk,
    jwks,
    private_key,
    public_pem,
    signed,
    token,
)

FUTURE = 4_000_000_000
CLAIMS = {**ACCESS, "exp": FUTURE}
VALID = token(CLAIMS)
KEYS = {f"kid-{number}": private_key(number).public_key() for number in range(2)}
VERIFIER = TokenVerifier(POOL, client_id=CLIENT, jwks=jwks(jwk(0), jwk(1)))
REMEMBERING = TokenVerifier(POOL, client_id=CLIENT, jwks=jwks(jwk(0), jwk(1)), cache=1000)
CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n"
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1)


def ours(text: str) -> Any:
    """Return the claims, or None if the token is rejected; with a cache of tokens it is the same."""
    results = []
    for verifier in (VERIFIER, REMEMBERING, REMEMBERING):
        try:
            results.append(verifier.access_sync(text))
        except TokenError as error:
            results.append(type(error))
    assert results[0] == results[1] == results[2]
    return None if isinstance(results[0], type) else results[0]


def pyjwt(text: str) -> dict[str, Any] | None:
    """Return the claims if PyJWT accepts the token as an access token of the app client."""
    try:
        key = KEYS[jwt.get_unverified_header(text)["kid"]]
        claims = jwt.decode(
            text,
            key,
            algorithms=["RS256"],
            issuer=ISSUER,
            options={"verify_aud": False, "verify_iat": False, "require": ["exp", "iat", "sub"]},
        )
    except (jwt.PyJWTError, KeyError, TypeError, UnicodeError):
        return None
    return claims if claims.get("token_use") == "access" and claims.get("client_id") == CLIENT else None


def cryptography_alone(text: str) -> dict[str, Any] | None:
    """Return the payload if the signature fits, without any other check."""

    def decoded(part: str) -> bytes:
        return urlsafe_b64decode(part + "=" * (-len(part) % 4))

    try:
        header, payload, signature = text.split(".")
        key = KEYS[json.loads(decoded(header))["kid"]]
        key.verify(decoded(signature), f"{header}.{payload}".encode(), padding.PKCS1v15(), SHA256())
        claims: dict[str, Any] = json.loads(decoded(payload))
    except (InvalidSignature, ValueError, KeyError, TypeError):
        return None
    return claims


def agree(text: str) -> None:
    """Check that all accept the token, or that the verifier and PyJWT reject it."""
    claims, theirs = ours(text), pyjwt(text)
    assert (claims is None) == (theirs is None)
    if claims is not None and theirs is not None:
        assert theirs == cryptography_alone(text)
        assert (claims.sub, claims.username) == (theirs["sub"], theirs.get("username"))
        assert claims.expires_at.timestamp() == theirs["exp"]
        assert claims.scopes == set(re.findall("[^ ]+", theirs.get("scope", "")))
        assert claims.groups == set(theirs.get("cognito:groups", ()))


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "sub": TEXTS,
        "username": st.none() | TEXTS,
        "scope": st.none() | TEXTS,
        "cognito__groups": st.none() | st.lists(TEXTS),
        "exp": st.sampled_from([1, FUTURE, FUTURE + 0.5, None]),
        "nbf": st.sampled_from([1, FUTURE]),
        "iat": st.sampled_from([1, FUTURE, None]),
        "iss": st.sampled_from([ISSUER, f"{ISSUER}/", None]),
        "token_use": st.sampled_from(["access", "id", None]),
        "client_id": st.sampled_from([CLIENT, "other"]),
        "aud": st.sampled_from([CLIENT, [CLIENT], None]),
        "email": TEXTS,
    },
)


@given(CHANGES, st.integers(0, 2))
def test_the_same_tokens_are_accepted(changes: dict[str, Any], number: int) -> None:
    agree(token(CLAIMS, number=number, **changes))


@given(
    CHANGES.filter(
        lambda changes: not changes.keys() & {"exp", "nbf", "iat", "iss", "token_use", "client_id"}
    )
)
def test_valid_tokens_are_accepted(changes: dict[str, Any]) -> None:
    assert ours(token(CLAIMS, **changes)) is not None


@pytest.mark.parametrize("character", ["A", "_"])
def test_no_changed_character_is_accepted(character: str) -> None:
    for position, old in enumerate(VALID):
        text = VALID[:position] + (character if old != character else "B") + VALID[position + 1 :]
        assert ours(text) is None
        assert pyjwt(text) is None


@given(st.integers(0, len(VALID) - 1), st.integers(0, 3), st.text(CHARACTERS, max_size=3))
@example(len(VALID) - 1, 1, chr(ord(VALID[-1]) + 1))  # other unused bits: the same bytes in lenient base64
@example(len(VALID), 0, "==")
def test_no_other_text_is_accepted(position: int, removed: int, added: str) -> None:
    text = VALID[:position] + added + VALID[position + removed :]
    assert (ours(text) is None) == (text != VALID)


def signed_with_hmac(algorithm: str, secret: bytes) -> str:
    header = {"alg": algorithm, "kid": "kid-0"}
    message = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(CLAIMS).encode())}"
    return f"{message}.{b64(hmac.digest(secret, message.encode(), 'sha256'))}"


NUMBERS = private_key(0).public_key().public_numbers()


@pytest.mark.parametrize(
    "text",
    [
        *(signed_with_hmac("HS256", secret) for secret in (public_pem(), b"", NUMBERS.n.to_bytes(256, "big"))),
        signed_with_hmac("RS256", public_pem()),
        *(signed({"alg": name, "kid": "kid-0"}, CLAIMS) for name in ("none", "None", "", "RS384", "PS256", "rs256")),
        *(f"{b64(json.dumps({'alg': name, 'kid': 'kid-0'}).encode())}.{VALID.split('.')[1]}." for name in ("none", "RS256")),
        signed({"alg": "RS256", "kid": "kid-1"}, CLAIMS),
        signed({"alg": "RS256", "kid": "kid-2", "jwk": jwk(2)}, CLAIMS, number=2),
        signed({"alg": "RS256", "kid": "kid-0", "jwk": jwk(2)}, CLAIMS, number=2),
        signed({"alg": "RS256", "kid": "kid-0", "jku": "https://example.com", "x5u": "x"}, CLAIMS, number=2),
        signed({"alg": "RS256", "kid": "kid-0", "crit": ["x"], "x": 1}, CLAIMS),
        f"{VALID}.{VALID}",
        VALID.replace(".", ".."),
    ],
)  # fmt: skip
def test_known_attacks_are_rejected_by_all(text: str) -> None:
    assert ours(text) is None
    assert pyjwt(text) is None


def test_headers_that_need_no_check_are_ignored() -> None:
    header = {"alg": "RS256", "kid": "kid-0", "typ": "JWT", "jku": "https://example.com", "extra": 7}
    agree(signed(header, CLAIMS))
    assert ours(signed(header, CLAIMS)) is not None


@pytest.mark.parametrize(
    "text",
    [
        f"{VALID}==",  # PyJWT accepts the padding of other issuers
        signed(b'{"alg":"none","alg":"RS256","kid":"kid-0"}', CLAIMS),
        signed(
            {"alg": "RS256", "kid": "kid-0"}, json.dumps(CLAIMS).replace("{", '{"sub":"bea",', 1).encode()
        ),
        signed({"alg": "RS256", "kid": "kid-0"}, {**CLAIMS, "x": "y" * 33_000}),
    ],
)
def test_some_texts_that_pyjwt_accepts_are_rejected(text: str) -> None:
    assert pyjwt(text) is not None
    assert ours(text) is None
