"""The report on a token: its checks agree with the verifier, and go on after one that fails."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any, Literal

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st

from cognito_async import HTTPResponse
from cognito_async.tokens import KeysUnavailableError, TokenVerifier
from cognito_async.tokens._report import NOT_REQUIRED, Report, examine
from support.tokens import ACCESS, CLIENT, ID, ISSUER, NOW, POOL, jwk, jwks, private_key, signed, token
from support.transports import ScriptedTransport

API = "https://api.example.com"
HEADER = {"kid": "kid-0", "alg": "RS256"}
NAMES = ["form", "algorithm", "issuer", "key", "signature", "expiry", "not before", "use", "claims",
         "app client", "audience", "groups", "scopes", "nonce"]  # fmt: skip


async def report(text: str, *, use: Any = None, nonce: str | None = None, **arguments: Any) -> Report:
    defaults: dict[str, Any] = {"client_id": CLIENT}
    if "transport" not in arguments:
        defaults["jwks"] = jwks()
    verifier = TokenVerifier(POOL, **{**defaults, **arguments})
    verifier._set_clock(lambda: NOW)
    made = await examine(verifier, text, use=use, nonce=nonce)
    assert [check.name for check in made.checks] == NAMES
    return made


def results(made: Report) -> dict[str, str]:
    return {check.name: check.result for check in made.checks}


def details(made: Report) -> dict[str, str]:
    return {check.name: check.detail for check in made.checks}


def failed(made: Report) -> set[str]:
    return {name for name, result in results(made).items() if result == "failed"}


def not_checked(made: Report) -> set[str]:
    return {name for name, result in results(made).items() if result == "not checked"}


# Valid tokens


async def test_every_check_of_a_valid_access_token_is_ok() -> None:
    valid = token(nbf=NOW - 1, aud=API)
    made = await report(
        valid, use="access", groups=["staff", "owners"], scopes=["openid"], audience=[API, "other"]
    )
    assert (made.error, made.verified, made.use, made.claims) == (
        None,
        True,
        "access",
        {**ACCESS, "nbf": NOW - 1, "aud": API},
    )
    assert not_checked(made) == {"nonce"}
    assert details(made) == {
        "form": f"three parts, {len(valid)} characters",
        "algorithm": "RS256",
        "issuer": ISSUER,
        "key": "kid-0",
        "signature": "made with this key",
        "expiry": "in 60 minutes",
        "not before": "reached",
        "use": "access token",
        "claims": "complete, and of the right types",
        "app client": CLIENT,
        "audience": API,
        "groups": "staff",
        "scopes": "openid",
        "nonce": "only ID tokens have a nonce",
    }  # fmt: skip


async def test_every_check_of_a_valid_id_token_is_ok() -> None:
    made = await report(token(ID), use="id", nonce="n-1", groups="admins")
    assert (made.error, made.use, made.claims) == (None, "id", ID)
    assert not_checked(made) == {"scopes", "audience"}
    assert details(made)["not before"] == "the token names no such time"


@pytest.mark.parametrize(("base", "use"), [(ACCESS, "access"), (ID, "id")])
async def test_what_is_not_required_is_not_checked(base: Any, use: str) -> None:
    made = await report(token(base), client_id=None)
    assert (made.error, made.use) == (None, use)
    unused = {name for name, detail in details(made).items() if detail == NOT_REQUIRED}
    assert unused == {"use", "app client", "groups", *(["nonce"] if use == "id" else ["scopes", "audience"])}
    assert not_checked(made) == unused | {"nonce", "scopes", "audience"}


async def test_leeway_is_shown() -> None:
    made = await report(token(exp=NOW - 3), leeway=5)
    assert details(made)["expiry"] == "3 seconds ago, within the leeway"


# Checks go on


async def test_all_that_is_wrong_is_shown() -> None:
    wrong = token(exp=NOW - 300, nbf=NOW + 9, client_id="other", cognito__groups=["x"], scope="openid")
    made = await report(wrong, use="id", groups="staff", scopes=["orders/read"], audience=API)
    assert failed(made) == {"expiry", "not before", "use", "app client", "audience", "groups", "scopes"}
    assert made.verified


@pytest.mark.parametrize(
    ("text", "expected", "skipped"),
    [
        ("x", {"form"}, set(NAMES) - {"form"}),
        ("x" * 40_000, {"form"}, set(NAMES) - {"form"}),
        ("é", {"form"}, set(NAMES) - {"form"}),
        (signed(b"[]", {**ACCESS, "exp": 1}), {"form", "expiry"}, {"algorithm", "key", "signature"}),
        (signed(HEADER, b"[]"), {"form"}, set(NAMES) - {"form", "algorithm"}),
        (f"{token()}~", {"form"}, {"signature"}),
        (signed({**HEADER, "alg": "none"}, ACCESS), {"algorithm"}, {"signature"}),
        (signed({"alg": "RS256"}, ACCESS), {"key"}, {"signature"}),
        (token(iss="x"), {"issuer"}, {"key", "signature"}),
        (token(number=1), {"key"}, {"signature"}),
        (signed(HEADER, ACCESS, number=1), {"signature"}, set()),
        (token(exp=None), {"expiry", "claims"}, {"app client"}),
        (token(token_use="refresh"), {"use"}, {"claims", "app client"}),
        (token(scope=["openid"]), {"claims"}, {"app client"}),
    ],
)
async def test_what_depends_on_a_failed_check_is_not_checked(
    text: str, expected: set[str], skipped: set[str]
) -> None:
    made = await report(text)
    assert failed(made) == expected
    assert made.error is not None
    not_required = {"audience", "groups", "scopes", "nonce", "use"}
    assert not_checked(made) - not_required == skipped - not_required
    assert made.verified is ("signature" not in expected | skipped)


async def test_a_scope_is_not_looked_for_in_an_id_token_nor_a_nonce_in_an_access_token() -> None:
    assert details(await report(token(ID), use="access", scopes="openid"))["scopes"] == (
        "only access tokens have scopes"
    )
    assert details(await report(token(), use="id", nonce="n-1"))["nonce"] == "only ID tokens have a nonce"
    assert details(await report(token(ID), audience=API))["audience"] == (
        "only access tokens are bound to an API"
    )
    wrong = await report(token(token_use="x"), audience="d", groups="a", scopes="b", nonce="c")
    assert {details(wrong)[name] for name in ("audience", "groups", "scopes", "nonce")} == {
        "the claims are wrong"
    }


async def test_keys_are_fetched_once_for_checks_and_verdict() -> None:
    transport = ScriptedTransport(default=fetched(404))
    made = await report(token(), transport=transport)
    assert isinstance(made.error, KeysUnavailableError)
    assert (failed(made), len(transport.sent)) == ({"key"}, 1)
    transport = ScriptedTransport(default=fetched(200))
    made = await report(token(number=1), transport=transport)
    assert (failed(made), len(transport.sent)) == ({"key"}, 1)


def fetched(status: int) -> HTTPResponse:
    return HTTPResponse(status, {}, json.dumps(jwks()).encode())


# For any token, the checks agree with the verifier

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
LIKELY = [
    *[("exp", NOW + seconds) for seconds in (-10, -9, -1, 0, 1)],
    *[("nbf", NOW + seconds) for seconds in (-1, 0, 1, 10, 11)],
    *[("iat", NOW + 99), ("iss", f"{ISSUER}x")],
    *[("token_use", use) for use in ("access", "id", "refresh")],
    *[("client_id", "other"), ("aud", "other"), ("nonce", "n-2"), ("nonce", None)],
    *[("cognito:groups", groups) for groups in ([], ["staff"], "admins")],
    *[("scope", scope) for scope in ("orders/read", "", ["openid"])],
]
CLAIMS = st.lists(st.sampled_from(LIKELY), max_size=2) | st.lists(
    st.tuples(st.sampled_from([*ACCESS, *ID, "nbf", "x"]), JSON), max_size=2
)
HEADERS = st.dictionaries(
    st.sampled_from(["kid", "alg", "typ", "crit", "b64"]),
    st.sampled_from(["RS256", "none", "kid-1", "kid-2", None]) | JSON,
    min_size=1,
    max_size=2,
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Return a token that is valid, or has one part changed: claims, header, key or characters."""
    base = draw(st.sampled_from([ACCESS, ID]))
    match draw(st.sampled_from(["claims", "claims", "claims", "header", "key", "characters"])):
        case "claims":
            return signed(HEADER, {**base, **dict(draw(CLAIMS))})
        case "header":
            return signed({**HEADER, **draw(HEADERS)}, base)
        case "key":
            return signed(HEADER, base, number=1)
        case _:
            text, new = signed(HEADER, base), draw(st.sampled_from(["", "A", ".", "=", " ", "é"]))
            place = draw(st.integers(0, len(text)))
            return text[:place] + new + text[place + draw(st.integers(0, 2)) :]


def has_valid_signature(text: str) -> bool:
    message, _, signature = text.rpartition(".")
    try:
        raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
        private_key().public_key().verify(raw, message.encode(), padding.PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


@settings(max_examples=400)
@given(
    texts() | st.text(),
    st.sampled_from([None, None, "access", "id"]),
    st.fixed_dictionaries(
        {
            "client_id": st.sampled_from([CLIENT, CLIENT, None, "other"]),
            "leeway": st.sampled_from([0, 10]),
            "audience": st.sampled_from([None, None, None, API, "other"]),
            "groups": st.sampled_from(["admins", "admins", None, "staff"]),
            "scopes": st.sampled_from(["openid", "openid", None, "orders/write"]),
        }
    ),
    st.sampled_from(["n-1", "n-1", None, "n-2"]),
)
def test_the_checks_agree_with_the_verifier(
    text: str, use: Literal["access", "id"] | None, required: dict[str, Any], nonce: str | None
) -> None:
    made = asyncio.run(report(text, use=use, nonce=nonce, jwks=jwks(jwk(), jwk(1)), **required))
    reasons = [check.detail for check in made.checks if check.result == "failed"]
    if made.error is None:
        assert reasons == []
        assert made.verified
        assert not_checked(made) <= {"use", "app client", "audience", "groups", "scopes", "nonce"}
    else:
        assert made.error.args[0] in reasons
    if made.verified and "kid-0" in details(made)["key"]:
        assert has_valid_signature(text)
