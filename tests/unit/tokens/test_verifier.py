"""``TokenVerifier``: valid tokens give typed claims, and each wrong one its own error."""

from __future__ import annotations

import copy
import json
import pickle
import sys
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest
from joserfc.errors import JoseError

from cognito_async.errors import CognitoError, ConfigurationError, InvalidRequestError
from cognito_async.tokens import (
    AccessClaims,
    BadSignatureError,
    ExpiredTokenError,
    IdClaims,
    KeysUnavailableError,
    MalformedTokenError,
    MissingGroupError,
    MissingScopeError,
    NotYetValidError,
    TokenError,
    TokenVerifier,
    UnknownKeyError,
    WrongAudienceError,
    WrongClientError,
    WrongIssuerError,
    WrongNonceError,
    WrongUseError,
    _jose,
    _verifier,
)
from cognito_async.tokens._checks import MAX_LENGTH
from cognito_async.tokens._jose import read_keys
from support import tokens
from support.tokens import ACCESS, CLIENT, ID, ISSUER, NOW, POOL, jwk, jwks, signed, token

HEADER = {"kid": "kid-0", "alg": "RS256"}
OTHER_POOL = "us-east-2_Other"


# Valid tokens


async def test_an_access_token_gives_its_claims(make_verifier: Any) -> None:
    claims = await make_verifier().access(token())
    assert claims == AccessClaims(
        sub="sub-of-ana",
        client_id=CLIENT,
        user_pool_id=POOL,
        issuer=ISSUER,
        username="ana",
        groups=frozenset({"admins", "staff"}),
        scopes=frozenset({"openid", "orders/read"}),
        auth_time=datetime.fromtimestamp(NOW - 60, UTC),
        issued_at=datetime.fromtimestamp(NOW, UTC),
        expires_at=datetime.fromtimestamp(NOW + 3600, UTC),
        jti="jti-1",
        origin_jti="origin-1",
        event_id="event-1",
        extra={"version": 2},
    )


async def test_an_id_token_gives_its_claims(make_verifier: Any) -> None:
    claims = await make_verifier().id(token(ID, phone_number="+1", phone_number_verified="true"), nonce="n-1")
    assert isinstance(claims, IdClaims)
    assert (claims.username, claims.email, claims.email_verified) == ("ana", "ana@example.com", True)
    assert (claims.phone_number, claims.phone_number_verified) == ("+1", True)
    assert (claims.custom, claims.client_id, claims.nonce) == ({"team": "red"}, CLIENT, "n-1")
    assert (claims.roles, claims.preferred_role) == (
        {"arn:aws:iam::1:role/admin"},
        "arn:aws:iam::1:role/admin",
    )
    assert claims.extra["identities"] == ({"providerName": "Google", "dates": ("1",)},)


async def test_the_token_of_a_machine_has_no_user(make_verifier: Any) -> None:
    claims = await make_verifier().access(
        token(username=None, sub=CLIENT, cognito__groups=None, auth_time=None, scope=None)
    )
    assert (claims.username, claims.groups, claims.scopes, claims.auth_time) == (None, set(), set(), None)


@pytest.mark.parametrize("aud", ["https://api.example.com", ["https://api.example.com"]])
async def test_a_token_that_is_bound_to_an_api_names_it(make_verifier: Any, aud: Any) -> None:
    assert (await make_verifier().access(token(aud=aud))).audience == {"https://api.example.com"}


async def test_claims_are_frozen_and_their_repr_has_no_personal_data(make_verifier: Any) -> None:
    claims = await make_verifier().id(token(ID))
    with pytest.raises(AttributeError):
        claims.sub = "bea"
    assert isinstance(claims.custom, MappingProxyType)
    assert isinstance(claims.extra["identities"][0], MappingProxyType)
    assert not any(text in repr(claims) for text in ("ana@example.com", "red", "Google", "username"))
    assert len({claims, await make_verifier().id(token(ID))}) == 1


async def test_claims_are_copied_and_pickled(make_verifier: Any) -> None:
    claims = await make_verifier().id(token(ID))
    for other in (copy.copy(claims), copy.deepcopy(claims), pickle.loads(pickle.dumps(claims))):
        assert other == claims
        assert type(other.extra) is type(other.extra["identities"][0]) is MappingProxyType


@pytest.mark.parametrize(("begin", "inner", "end"), [("[", "", "]"), ('{"a":', "1", "}")])
async def test_a_claim_that_is_nested_deep_is_rejected(
    make_verifier: Any, begin: str, inner: str, end: str
) -> None:
    def nested(depth: int) -> str:
        value = f"{begin * depth}{inner}{end * depth}"
        text = json.dumps({**ACCESS, "x": 0}).replace('"x": 0', f'"x": {value}')
        return signed(HEADER, text.encode())

    assert (await make_verifier().access(nested(32))).extra["x"]
    for depth in (33, 500):
        await rejected(make_verifier(), nested(depth), MalformedTokenError, "more than 32 levels deep")
    await rejected(make_verifier(), nested(3000), MalformedTokenError)


async def test_the_issue_time_may_be_in_the_future(make_verifier: Any) -> None:
    assert (await make_verifier().access(token(iat=NOW + 30))).sub == "sub-of-ana"


@pytest.mark.parametrize("client_id", [None, CLIENT, ["other", CLIENT], {CLIENT}])
async def test_app_clients_of_the_list_are_accepted(make_verifier: Any, client_id: Any) -> None:
    assert (await make_verifier(client_id=client_id).access(token())).client_id == CLIENT


def test_the_sync_methods_use_the_keys_that_are_there(make_verifier: Any) -> None:
    verifier = make_verifier(cache=8)
    for _ in range(2):
        assert verifier.access_sync(token(), scopes="openid").username == "ana"
        assert verifier.id_sync(token(ID), nonce="n-1").username == "ana"
    with pytest.raises(WrongUseError):
        verifier.id_sync(token())
    with pytest.raises(UnknownKeyError):
        verifier.access_sync(token(number=1))


def test_the_sync_methods_need_keys() -> None:
    with pytest.raises(KeysUnavailableError, match="hydrate"):
        TokenVerifier(POOL, client_id=CLIENT).access_sync(token())


@pytest.mark.parametrize(
    "name", ["scope", "cognito:groups", "aud", "username", "auth_time", "nbf", "version"]
)
def test_null_is_a_claim_that_is_not_there(make_verifier: Any, name: str) -> None:
    with_null = signed(HEADER, {**ACCESS, name: None})
    without = signed(HEADER, {other: value for other, value in ACCESS.items() if other != name})
    assert make_verifier().access_sync(with_null) == make_verifier().access_sync(without)


@pytest.mark.parametrize(
    "name", ["cognito:groups", "cognito:roles", "cognito:preferred_role", "email", "custom:team"]
)
def test_null_in_an_id_token_too(make_verifier: Any, name: str) -> None:
    with_null = signed(HEADER, {**ID, name: None})
    without = signed(HEADER, {other: value for other, value in ID.items() if other != name})
    assert make_verifier().id_sync(with_null) == make_verifier().id_sync(without)


@pytest.mark.parametrize(
    ("value", "verified"),
    [(True, True), ("true", True), ("True", False), (1, False), (1.0, False), ([], False)],
)
def test_only_true_is_verified(make_verifier: Any, value: Any, *, verified: bool) -> None:
    claims = make_verifier().id_sync(token(ID, email_verified=value, phone_number_verified=value))
    assert (claims.email_verified, claims.phone_number_verified) == (verified, verified)


def test_scopes_are_separated_by_spaces_alone(make_verifier: Any) -> None:
    claims = make_verifier().access_sync(token(scope=" a\u00a0admin  b\x1cc\td "))
    assert claims.scopes == {"a\u00a0admin", "b\x1cc\td"}


API = "https://api.example.com"


@pytest.mark.parametrize("audience", [API, ["https://other.example.com", API]])
@pytest.mark.parametrize("size", [None, 8])
async def test_access_tokens_must_be_bound_to_an_api_of_the_verifier(
    make_verifier: Any, audience: Any, size: int | None
) -> None:
    verifier = make_verifier(audience=audience, cache=size)
    for aud in (API, [API, "https://third.example.com"]):
        assert API in (await verifier.access(token(aud=aud))).audience
        assert API in verifier.access_sync(token(aud=aud)).audience
    for aud, match in (
        (None, "bound to no API"),
        ([], "bound to no API"),
        (f"{API}/", "bound to another API"),
    ):
        for _ in range(2):
            await rejected(verifier, token(aud=aud), WrongAudienceError, match)
        with pytest.raises(WrongAudienceError):
            verifier.access_sync(token(aud=aud))
    assert (await verifier.id(token(ID))).client_id == CLIENT


# One error for each reason


async def rejected(verifier: TokenVerifier, text: Any, error: type[TokenError], match: str = ".") -> None:
    with pytest.raises(error, match=match or ".") as caught:
        await verifier.access(text)
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("changes", "error", "match"),
    [
        ({"exp": NOW}, ExpiredTokenError, "expired 0 seconds ago"),
        ({"exp": NOW - 90.5}, ExpiredTokenError, "expired 91 seconds ago"),
        ({"exp": None}, MalformedTokenError, "exp is missing"),
        ({"exp": "1"}, MalformedTokenError, "exp is not a time"),
        ({"exp": True}, MalformedTokenError, "exp is not a time"),
        ({"exp": 10**30}, MalformedTokenError, "exp is not a time"),
        ({"nbf": NOW + 0.25}, NotYetValidError, "valid in 1 second\\."),
        ({"nbf": NOW + 1}, NotYetValidError, "valid in 1 second\\."),
        ({"nbf": "x"}, MalformedTokenError, "nbf is not a time"),
        ({"iat": None}, MalformedTokenError, "iat is missing"),
        ({"auth_time": []}, MalformedTokenError, "auth_time is not a time"),
        ({"iss": f"{ISSUER}x"}, WrongIssuerError, ""),
        ({"iss": None}, WrongIssuerError, ""),
        ({"iss": [ISSUER]}, WrongIssuerError, ""),
        ({"token_use": "id"}, WrongUseError, "not an access token"),
        ({"token_use": None}, WrongUseError, ""),
        ({"client_id": "other"}, WrongClientError, ""),
        ({"client_id": None, "aud": CLIENT}, MalformedTokenError, "client_id is missing"),
        ({"client_id": [CLIENT]}, MalformedTokenError, "client_id is not text"),
        ({"sub": ""}, MalformedTokenError, "sub is missing"),
        ({"scope": ["openid"]}, MalformedTokenError, "scope is not text"),
        ({"cognito__groups": "admins"}, MalformedTokenError, "cognito:groups is not a list of text"),
        ({"cognito__groups": [1]}, MalformedTokenError, "cognito:groups is not a list of text"),
        ({"aud": 7}, MalformedTokenError, "aud is not a list of text"),
    ],
)
async def test_a_wrong_claim_is_rejected(
    make_verifier: Any, changes: dict[str, Any], error: type[TokenError], match: str
) -> None:
    await rejected(make_verifier(), token(**changes), error, match)


async def test_an_id_token_is_no_access_token_and_the_reverse(make_verifier: Any) -> None:
    await rejected(make_verifier(client_id=None), token(ID), WrongUseError)
    with pytest.raises(WrongUseError, match="not an ID token"):
        await make_verifier(client_id=None).id(token())


async def test_the_audience_of_an_id_token_is_its_app_client(make_verifier: Any) -> None:
    for aud, error in (("other", WrongClientError), ([CLIENT], MalformedTokenError)):
        with pytest.raises(error):
            await make_verifier().id(token(ID, aud=aud, client_id=CLIENT))


async def test_leeway_extends_both_times(make_verifier: Any) -> None:
    verifier = make_verifier(leeway=5)
    assert await verifier.access(token(exp=NOW - 4, nbf=NOW + 5))
    await rejected(verifier, token(exp=NOW - 5), ExpiredTokenError)
    await rejected(verifier, token(nbf=NOW + 6), NotYetValidError)


async def test_all_scopes_are_required(make_verifier: Any) -> None:
    verifier = make_verifier(scopes="openid")
    assert await verifier.access(token(), scopes=["orders/read"])
    with pytest.raises(MissingScopeError, match="lacks the scopes orders/write") as caught:
        await verifier.access(token(), scopes={"orders/read", "orders/write"})
    assert caught.value.missing == {"orders/write"}
    await rejected(verifier, token(scope="orders/read"), MissingScopeError)
    assert pickle.loads(pickle.dumps(caught.value)).missing == {"orders/write"}


async def test_one_of_the_groups_is_required_of_the_verifier_and_of_the_call(make_verifier: Any) -> None:
    verifier = make_verifier(groups=["staff", "others"])
    assert await verifier.access(token(), groups="admins")
    with pytest.raises(MissingGroupError, match="none of the groups owners") as caught:
        await verifier.access(token(), groups={"owners"})
    assert caught.value.required == {"owners"}
    with pytest.raises(MissingGroupError, match="none of the groups others, staff"):
        await verifier.id(token(ID))


@pytest.mark.parametrize("claimed", [None, "n-2", "\ud800"])
async def test_a_nonce_must_be_that_of_the_request(make_verifier: Any, claimed: str | None) -> None:
    with pytest.raises(WrongNonceError):
        await make_verifier().id(token(ID, nonce=claimed), nonce="n-1")
    assert await make_verifier().id(token(ID, nonce=claimed))


@pytest.mark.parametrize("nonce", ["", b"n-1"])
async def test_an_empty_nonce_is_no_nonce(make_verifier: Any, nonce: Any) -> None:
    with pytest.raises(InvalidRequestError, match="nonce"):
        await make_verifier().id(token(ID), nonce=nonce)


@pytest.mark.parametrize("names", ["", [], [""], [7]])
async def test_an_empty_list_requires_nothing_and_is_a_mistake(make_verifier: Any, names: Any) -> None:
    for name in ("scopes", "groups"):
        with pytest.raises(InvalidRequestError, match=name):
            await make_verifier().access(token(), **{name: names})


# The form of a token


def part(value: Any) -> str:
    return tokens.b64(value if isinstance(value, bytes) else json.dumps(value).encode())


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (None, "expected text, got NoneType"),
        (b"a.b.c", "expected text, got bytes"),
        ("", "three parts"),
        ("a.b", "three parts"),
        (f"{token()}.x", "three parts"),
        (f"Bearer {token()}", "header"),
        (f"{token()}é", "not ASCII"),
        (f"{token()}\ud800", "not ASCII"),
        ("x" * MAX_LENGTH, "three parts"),
        ("x" * (MAX_LENGTH + 1), "longer than"),
        (f"{'e' * 513}.e30.e30", "header is longer than"),
        (f"{'e' * 512}.e30.e30", "header is not"),
        (f"{token()}=", "base64url"),
        (token().replace(".", "=.", 1), "header"),
        (f"{token()[:-1]}~", "base64url"),
        (signed(b"[]", ACCESS), "header"),
        (signed(b"{", ACCESS), "header"),
        (signed(b"\xff", ACCESS), "header"),
        (signed({**HEADER, "alg": "none"}, ACCESS), "not RS256"),
        (signed({**HEADER, "alg": "HS256"}, ACCESS), "not RS256"),
        (signed({**HEADER, "alg": "RS512"}, ACCESS), "not RS256"),
        (signed({**HEADER, "alg": ["RS256"]}, ACCESS), "not RS256"),
        (signed({"kid": "kid-0"}, ACCESS), "not RS256"),
        (signed({**HEADER, "crit": ["exp"], "exp": 1}, ACCESS), "extension"),
        (signed({**HEADER, "crit": 7}, ACCESS), "extension"),
        (signed({**HEADER, "b64": False}, ACCESS), "extension"),
        (signed({"alg": "RS256"}, ACCESS), "names no key"),
        (signed({**HEADER, "kid": 7}, ACCESS), "names no key"),
        (signed({**HEADER, "kid": ""}, ACCESS), "names no key"),
        (signed(b'{"kid":"kid-1","kid":"kid-0","alg":"RS256"}', ACCESS), "header"),
        (signed(HEADER, b'{"sub":"a","sub":"b"}'), "claims are not a JSON object"),
        (signed(HEADER, b'{"a":{"b":1,"b":1}}'), "claims are not a JSON object"),
        (signed(HEADER, b'{"exp":NaN}'), "claims are not a JSON object"),
        (signed(HEADER, b'{"exp":1e999}'), "claims are not a JSON object"),
        (signed(HEADER, b'{"a":[-1e999]}'), "claims are not a JSON object"),
        (signed(HEADER, b"{" + b'"a":[' * 4000), "claims are not a JSON object"),
        (signed(HEADER, b"[" * 20000), "claims are not a JSON object"),
        (signed(HEADER, b'"text"'), "claims are not a JSON object"),
        (signed(HEADER, b""), "claims are not a JSON object"),
        (signed(HEADER, '{"iss":""}'.encode("utf-16")), "claims are not a JSON object"),
    ],
)
async def test_a_malformed_token_is_rejected(make_verifier: Any, text: Any, match: str) -> None:
    await rejected(make_verifier(), text, MalformedTokenError, match)


@pytest.mark.parametrize("number", ["1e999", "-1e400"])
async def test_an_infinite_number_is_not_json(make_verifier: Any, number: str) -> None:
    for name in ("exp", "x"):
        payload = json.dumps({**ACCESS, name: 0}).replace(f'"{name}": 0', f'"{name}": {number}').encode()
        await rejected(make_verifier(), signed(HEADER, payload), MalformedTokenError, "not a JSON object")


async def test_a_wrong_signature_is_rejected(make_verifier: Any) -> None:
    verifier = make_verifier()
    header, payload, signature = token().split(".")
    await rejected(verifier, f"{header}.{payload}.", BadSignatureError)
    await rejected(verifier, f"{header}.{part({**ACCESS, 'sub': 'bea'})}.{signature}", BadSignatureError)
    await rejected(verifier, signed(HEADER, ACCESS, number=1), BadSignatureError)


async def test_the_signature_is_checked_before_the_claims(make_verifier: Any) -> None:
    await rejected(make_verifier(), signed(HEADER, {**ACCESS, "exp": 1}, number=1), BadSignatureError)


async def test_another_key_is_unknown(make_verifier: Any) -> None:
    await rejected(make_verifier(), token(number=1), UnknownKeyError)


# Keys


@pytest.mark.parametrize(
    "members",
    [
        {"use": None},
        {"alg": None},
        {"use": None, "alg": None},
        {"extra": 1},
        {"d": "AQAB"},
        {"key_ops": ["verify"]},
    ],
)
async def test_use_and_algorithm_of_a_key_may_be_missing(make_verifier: Any, members: dict[str, Any]) -> None:
    assert await make_verifier(jwks=jwks(jwk(**members))).access(token())


@pytest.mark.parametrize(
    "members",
    [
        {"kty": "EC"}, {"kty": None}, {"use": "enc"}, {"alg": "RS512"}, {"alg": "HS256"}, {"kid": None},
        {"kid": 7}, {"key_ops": ["encrypt"]}, {"key_ops": []}, {"key_ops": "verify"}, {"key_ops": 7},
        {"n": tokens.b64(b"\x80" + bytes(2047) + b"\x01")}, {"n": None}, {"n": 7}, {"n": "="}, {"n": "AQAB"}, {"e": None}, {"e": "AQ"}, {"e": ""},
    ],
)  # fmt: skip
async def test_a_key_for_something_else_is_ignored(make_verifier: Any, members: dict[str, Any]) -> None:
    verifier = make_verifier(jwks=jwks(jwk(**members), jwk(1), "text"))
    await rejected(verifier, token(), UnknownKeyError)
    assert await verifier.access(token(number=1))


async def test_a_short_key_is_ignored(make_verifier: Any) -> None:
    for number in (private_numbers(1024), (1 << 2046) + 1):
        verifier = make_verifier(jwks=jwks(jwk(n=tokens.b64(number.to_bytes(256, "big")))))
        await rejected(verifier, token(), KeysUnavailableError, "jwks= is not usable: it has no RSA key")


def private_numbers(bits: int) -> int:
    return tokens.private_key(2, bits).public_key().public_numbers().n


@pytest.mark.parametrize(("bits", "is_read"), [(2047, False), (2048, True), (16384, True), (16385, False)])
def test_keys_have_2048_to_16384_bits(bits: int, *, is_read: bool) -> None:
    modulus = tokens.b64(((1 << bits - 1) + 1).to_bytes(2049, "big"))
    keys = read_keys(jwks(jwk(n=modulus), jwk(1)))
    assert set(keys) == ({"kid-0", "kid-1"} if is_read else {"kid-1"})


@pytest.mark.parametrize("error", [JoseError("no"), ValueError("no"), OverflowError("no")])
def test_a_key_that_the_library_rejects_is_ignored(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    import_key = _jose.RSAKey.import_key

    def reject_first(key: dict[str, str]) -> Any:
        if key["n"] == jwk()["n"]:
            raise error
        return import_key(key)

    monkeypatch.setattr(_jose.RSAKey, "import_key", reject_first)
    assert set(read_keys(jwks(jwk(), jwk(1)))) == {"kid-1"}


def test_only_the_first_keys_of_a_large_set_are_read() -> None:
    keys = read_keys({"keys": [*(7,) * 50, *(jwk(kid=f"k-{number}") for number in range(100))]})
    assert len(keys) == 50


@pytest.mark.parametrize("keys", [[], {}, None, [None]])
async def test_a_key_set_needs_a_key(make_verifier: Any, keys: Any) -> None:
    verifier = make_verifier(jwks={"keys": keys})
    with pytest.raises(KeysUnavailableError, match="jwks= is not usable"):
        verifier.access_sync(token())
    with pytest.raises(KeysUnavailableError, match="jwks= is not usable"):
        await verifier.hydrate()


async def test_of_two_keys_with_an_id_the_first_counts(make_verifier: Any) -> None:
    verifier = make_verifier(jwks=jwks(jwk(), jwk(1, kid="kid-0")))
    assert await verifier.access(token())
    await rejected(verifier, signed(HEADER, ACCESS, number=1), BadSignatureError)


# Several user pools


async def test_each_pool_has_its_own_keys(make_verifier: Any) -> None:
    verifier = make_verifier([POOL, OTHER_POOL], jwks={POOL: jwks(), OTHER_POOL: jwks(jwk(1, kid="kid-0"))})
    other = f"https://cognito-idp.us-east-2.amazonaws.com/{OTHER_POOL}"
    assert (await verifier.access(token())).user_pool_id == POOL
    claims = await verifier.access(signed(HEADER, {**ACCESS, "iss": other}, number=1))
    assert (claims.user_pool_id, claims.issuer) == (OTHER_POOL, other)
    await rejected(verifier, token(iss=other), BadSignatureError)
    assert repr(verifier) == f"TokenVerifier({POOL}, {OTHER_POOL})"


@pytest.mark.parametrize(
    ("pool_id", "issuer"),
    [
        ("us-gov-west-1_a", "https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_a"),
        ("cn-north-1_a", "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_a"),
    ],
)
def test_the_issuer_is_that_of_the_partition(pool_id: str, issuer: str) -> None:
    ((name, pool),) = TokenVerifier(pool_id, client_id=None)._pools.items()
    assert (name, pool.keys._url) == (issuer, f"{issuer}/.well-known/jwks.json")


async def test_an_issuer_of_an_emulator(make_verifier: Any) -> None:
    issuer = f"http://localhost:5000/{POOL}"
    verifier = make_verifier(issuer=issuer)
    assert (await verifier.access(token(iss=issuer))).issuer == issuer
    await rejected(verifier, token(), WrongIssuerError)


# The cache


async def test_a_token_is_verified_once(make_verifier: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    verifier = make_verifier(cache=2)
    claims = await verifier.access(token())
    monkeypatch.setattr(_verifier.TokenVerifier, "_read", None)
    assert await verifier.access(token()) is claims
    assert verifier.access_sync(token()) is claims


async def test_a_remembered_token_is_checked_for_what_calls_require(make_verifier: Any) -> None:
    verifier = make_verifier(cache=8)
    for _ in range(2):
        assert await verifier.access(token())
        assert await verifier.id(token(ID))
        with pytest.raises(MissingScopeError):
            await verifier.access(token(), scopes="orders/write")
        with pytest.raises(MissingGroupError):
            await verifier.access(token(), groups="owners")
        with pytest.raises(WrongNonceError):
            await verifier.id(token(ID), nonce="n-2")
        with pytest.raises(WrongUseError):
            await verifier.id(token())


async def test_a_remembered_token_expires(make_verifier: Any, clock: Any) -> None:
    verifier = make_verifier(cache=2, leeway=10)
    claims = await verifier.access(token())
    clock.now = NOW + 3609
    assert await verifier.access(token()) is claims
    clock.now = NOW + 3610
    await rejected(verifier, token(), ExpiredTokenError)
    assert len(verifier._cache) == 0


async def test_the_token_that_was_not_used_longest_is_forgotten(make_verifier: Any) -> None:
    verifier = make_verifier(cache=2)
    first, second, third = (token(jti=name) for name in "abc")
    for text in (first, second, first, third):
        await verifier.access(text)
    kept = {entry.claims.jti for entry in verifier._cache._entries.values()}
    assert kept == {"a", "c"}
    assert not any(text.encode() in verifier._cache._entries for text in (first, third))


async def test_a_changed_token_is_another_one(make_verifier: Any) -> None:
    verifier = make_verifier(cache=8)
    text = token()
    await verifier.access(text)
    for position in range(0, len(text), 7):
        changed = f"{text[:position]}{'A' if text[position] != 'A' else 'B'}{text[position + 1 :]}"
        with pytest.raises(TokenError):
            await verifier.access(changed)


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("__iter__", RuntimeError("changed during iteration")),
        ("__iter__", StopIteration()),  # emptied
        ("__delitem__", KeyError("deleted")),
    ],
)
def test_another_thread_may_change_the_cache_meanwhile(
    make_verifier: Any, method: str, error: Exception
) -> None:
    raised = []

    def once(self: Any, *arguments: Any) -> Any:
        if not raised:
            raised.append(error)
            raise error
        return getattr(dict, method)(self, *arguments)

    Changing = type("Changing", (dict,), {method: once})  # noqa: N806  a class
    verifier = make_verifier(cache=1)
    verifier._cache._entries = Changing()
    for name in "ab":
        verifier.access_sync(token(jti=name))
    assert len(verifier._cache) == 1
    assert raised == [error]


# Arguments


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"user_pool_id": "AbC123"}, "user_pool_id: expected an id such as"),
        ({"user_pool_id": "eu-west-1_a/../b"}, "user_pool_id"),
        ({"user_pool_id": []}, "user_pool_id"),
        ({"user_pool_id": None}, "user_pool_id"),
        ({"client_id": ""}, "client_id: expected text or a list of text, got ''"),
        ({"client_id": []}, "client_id"),
        ({"client_id": [None]}, "client_id"),
        ({"client_id": b"abc"}, "client_id"),
        ({"client_id": {"a": "b"}}, "client_id"),
        ({"leeway": -1}, "leeway: expected seconds from 0 to 3600, got -1"),
        ({"leeway": float("nan")}, "leeway"),
        ({"leeway": "5"}, "leeway"),
        ({"leeway": True}, "leeway"),
        ({"cache": 0}, "cache: expected the number of tokens"),
        ({"cache": True}, "cache"),
        ({"cache": "10"}, "cache"),
        ({"jwks": []}, "jwks: expected a key set"),
        ({"jwks": {POOL: 7}}, "jwks"),
        ({"user_pool_id": [POOL, OTHER_POOL], "jwks": jwks()}, "jwks"),
        ({"issuer": "eu-west-1"}, "issuer: expected a URL"),
        ({"issuer": "https://[::1/x"}, "issuer: expected a URL"),
        ({"issuer": "https://user@host/x"}, "issuer: expected a URL"),
        ({"issuer": 7}, "issuer: expected a URL"),
        ({"issuer": "http://example.com/x"}, "issuer: keys that come over http can be replaced"),
        ({"jwks_url": "http://example.com/x"}, "jwks_url: keys that come over http can be replaced"),
        ({"jwks_url": "http://127.999.0.1/x"}, "jwks_url: keys that come over http can be replaced"),
        ({"issuer": f"{ISSUER}?a=b"}, "issuer: expected a URL .*no query"),
        ({"issuer": f"{ISSUER}#a"}, "issuer: expected a URL"),
        ({"issuer": f"{ISSUER} "}, "issuer: expected a URL"),
        ({"issuer": "https://exa mple.com/x"}, "issuer: expected a URL"),
        ({"issuer": f"{ISSUER}\n"}, "issuer: expected a URL"),
        ({"issuer": "https://example.com\n/x"}, "issuer: expected a URL"),
        ({"issuer": "https://exämple.com/x"}, "issuer: expected a URL"),
        ({"issuer": "https://example.com/é"}, "issuer: expected a URL"),
        ({"issuer": "https://example.com:0/x"}, "issuer: expected a URL"),
        ({"issuer": "https://example.com:99999/x"}, "issuer: expected a URL"),
        ({"issuer": "https://a..b/x"}, "issuer: expected a URL"),
        ({"issuer": "https:///x"}, "issuer: expected a URL"),
        ({"issuer": "ftp://example.com/x"}, "issuer: expected a URL"),
        ({"issuer": ""}, "issuer: expected a URL"),
        (
            {"jwks_url": "https://example.com/x#a"},
            r"jwks_url: expected a URL \(http or https, no user, no #\)$",
        ),
        ({"jwks_url": "https://example.com/x y"}, "jwks_url: expected a URL"),
        ({"jwks_url": "https://user:pw@example.com/x"}, "jwks_url: expected a URL"),
        ({"jwks_url": "http://notlocalhost/x"}, "can be replaced"),
        ({"jwks_url": "http://localhost.example.com/x"}, "can be replaced"),
        (
            {"user_pool_id": [POOL, OTHER_POOL], "issuer": ISSUER},
            "issuer: for several user pools, pass a mapping",
        ),
        ({"user_pool_id": [POOL, OTHER_POOL], "jwks_url": ISSUER}, "jwks_url: for several user pools"),
        ({"issuer": {OTHER_POOL: ISSUER}}, f"issuer: the verifier has no user pool '{OTHER_POOL}'"),
        ({"jwks_url": {POOL: 7}}, "jwks_url: expected a URL"),
        (
            {"user_pool_id": [POOL, OTHER_POOL], "issuer": {OTHER_POOL: ISSUER}},
            f"issuer: {POOL} and {OTHER_POOL} have the same one",
        ),
        ({"jwks": jwks(), "jwks_url": "https://example.com/x"}, "jwks= and jwks_url= exclude each other"),
        ({"user_pool_id": "nowhere-9_x"}, "AWS has no region 'nowhere-9': pass issuer="),
        ({"user_pool_id": "fips-us-east-1_x"}, "AWS has no region 'fips-us-east-1'"),
        ({"user_pool_id": "us-east-1-fips_x"}, "AWS has no region"),
        ({"user_pool_id": "local_x"}, "AWS has no region 'local'"),
        ({"allow_http": "false"}, "allow_http: expected True or False, got 'false'"),
        ({"allow_http": 1}, "allow_http: expected True or False"),
        ({"transport": 7}, "transport: expected an object with prepare, send and close, got int"),
        ({"audience": ""}, "audience: expected text or a list of text, got ''"),
        ({"audience": []}, "audience"),
        ({"audience": [7]}, "audience"),
        ({"client_id": [CLIENT, b"abc"]}, "client_id: expected text or a list of text"),
        ({"client_id": bytearray(b"abc")}, "client_id"),
    ],
)
def test_a_wrong_argument_is_rejected(arguments: dict[str, Any], match: str) -> None:
    with pytest.raises(ConfigurationError, match=match):
        TokenVerifier(**{"user_pool_id": POOL, "client_id": CLIENT, **arguments})


@pytest.mark.parametrize(
    "arguments",
    [
        {"allow_http": True},
        {"jwks": jwks()},
        {"jwks_url": "https://cognito/keys"},
        {"jwks_url": "http://cognito/keys", "allow_http": True},
    ],
)
def test_an_issuer_over_http_is_only_a_name_if_nothing_is_fetched_from_it(arguments: dict[str, Any]) -> None:
    issuer = "http://cognito:9229/local_x"
    assert list(TokenVerifier("local_x", client_id=None, issuer=issuer, **arguments)._pools) == [issuer]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.12.0.9:80", "[::1]:5000", "a.localhost"])
def test_keys_may_come_over_http_from_this_machine(host: str) -> None:
    issuer = f"http://{host}/local_x"
    assert list(TokenVerifier("local_x", client_id=None, issuer=issuer)._pools) == [issuer]
    TokenVerifier(POOL, client_id=None, jwks_url=f"http://{host}/keys?a=b")


@pytest.mark.parametrize(
    "region", ["eu-west-1", "us-gov-west-1", "cn-north-1", "us-iso-east-1", "eusc-de-east-1"]
)
def test_regions_of_all_partitions_need_no_issuer(region: str) -> None:
    assert len(TokenVerifier(f"{region}_x", client_id=None)._pools) == 1


def test_each_pool_may_have_an_issuer_and_a_url_of_its_own() -> None:
    verifier = TokenVerifier(
        [POOL, "local_a", "local_b", POOL],
        client_id=None,
        issuer={"local_a": "http://127.0.0.1:1/local_a", "local_b": "http://cognito/local_b"},
        jwks_url={"local_b": "https://example.com/b"},
    )
    assert {name: (pool.id, pool.keys._url) for name, pool in verifier._pools.items()} == {
        ISSUER: (POOL, f"{ISSUER}/.well-known/jwks.json"),
        "http://127.0.0.1:1/local_a": ("local_a", "http://127.0.0.1:1/local_a/.well-known/jwks.json"),
        "http://cognito/local_b": ("local_b", "https://example.com/b"),
    }


@pytest.mark.parametrize("value", [[], "", 7, [["a"]], b"ab", {"a": 1}, ["a", 7], [""]])
@pytest.mark.parametrize("name", ["groups", "scopes"])
async def test_a_requirement_must_be_text(make_verifier: Any, name: str, value: Any) -> None:
    with pytest.raises(InvalidRequestError, match=f"{name}: expected text or a list of text"):
        TokenVerifier(POOL, client_id=None, **{name: value})
    with pytest.raises(InvalidRequestError, match=f"{name}: expected text or a list of text"):
        await make_verifier().access(token(), **{name: value})


async def test_a_group_may_have_white_space(make_verifier: Any) -> None:
    verifier = make_verifier(groups="my group")
    assert (await verifier.access(token(cognito__groups=["my group"]))).groups == {"my group"}


@pytest.mark.parametrize("scopes", ["orders/read openid", [" openid"], "openid\n", "a\tb", "\u00a0"])
async def test_a_scope_has_no_white_space(make_verifier: Any, scopes: Any) -> None:
    with pytest.raises(InvalidRequestError, match="a scope has no white space; pass several as a list"):
        await make_verifier().access(token(), scopes=scopes)


async def test_the_library_must_be_installed(make_verifier: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    verifier = make_verifier()
    monkeypatch.delitem(sys.modules, "cognito_async.tokens._jose", raising=False)
    monkeypatch.setitem(sys.modules, "joserfc", None)
    for call in (verifier.hydrate, lambda: verifier.access(token())):
        with pytest.raises(ModuleNotFoundError, match=r"cognito-async\[tokens\]"):
            await call()
    with pytest.raises(ModuleNotFoundError, match=r"cognito-async\[tokens\]"):
        verifier.access_sync(token())


def test_a_verifier_cannot_be_copied(make_verifier: Any) -> None:
    with pytest.raises(TypeError, match="cannot be pickled or copied"):
        copy.copy(make_verifier())


# No part of the token in an error


async def test_no_error_contains_a_part_of_the_token(make_verifier: Any) -> None:
    canary = "CANARY"
    claims = {**ACCESS, "username": canary, "jti": canary}
    texts = [
        canary,
        f"{canary}é",
        signed(HEADER, canary.encode() + b"\xff"),
        signed(f'{{"x":"{canary}"'.encode(), claims),
        signed({**HEADER, "kid": canary}, claims),
        signed({**HEADER, "alg": canary}, claims),
        signed(HEADER, claims, number=1),
        signed(HEADER, {**claims, "token_use": canary}),
        signed(HEADER, {**claims, "iss": canary}),
        signed(HEADER, {**claims, "client_id": canary}),
        signed(HEADER, {**claims, "scope": [canary]}),
        signed(HEADER, {**claims, "exp": canary}),
        signed(HEADER, {**claims, "exp": 1}),
        signed(HEADER, json.dumps(claims).encode() + canary.encode()),
    ]
    for text in texts:
        with pytest.raises(TokenError) as caught:
            await make_verifier().access(text)
        link: BaseException | None = caught.value
        while link is not None:
            assert canary not in str(link)
            assert text not in str(link)
            assert canary not in repr(vars(link))
            assert canary not in str(getattr(link, "doc", "")) + str(getattr(link, "object", ""))
            link = link.__cause__ or link.__context__
        assert isinstance(pickle.loads(pickle.dumps(caught.value)), CognitoError)
        assert caught.value.advice.endswith(".")
        assert type(caught.value).__module__ == "cognito_async.tokens"
