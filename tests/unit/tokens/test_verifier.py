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
    WrongClientError,
    WrongIssuerError,
    WrongNonceError,
    WrongUseError,
    _verifier,
)
from cognito_async.tokens._checks import MAX_LENGTH
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
        ("x" * (MAX_LENGTH + 1), "longer than"),
        (f"{'e' * 600}.e30.e30", "header is longer than"),
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
        (signed(HEADER, b'{"exp":1e999}'), ""),
        (signed(HEADER, b"{" + b'"a":[' * 4000), "claims are not a JSON object"),
        (signed(HEADER, b"[" * 20000), "claims are not a JSON object"),
        (signed(HEADER, b'"text"'), "claims are not a JSON object"),
        (signed(HEADER, b""), "claims are not a JSON object"),
        (signed(HEADER, '{"iss":""}'.encode("utf-16")), "claims are not a JSON object"),
    ],
)
async def test_a_malformed_token_is_rejected(make_verifier: Any, text: Any, match: str) -> None:
    error = WrongIssuerError if not match else MalformedTokenError
    await rejected(make_verifier(), text, error, match)


async def test_an_infinite_time_is_no_time(make_verifier: Any) -> None:
    payload = json.dumps({**ACCESS, "exp": 0}).replace('"exp": 0', '"exp": 1e999').encode()
    await rejected(make_verifier(), signed(HEADER, payload), MalformedTokenError, "exp is not a time")


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
    "members", [{"use": None}, {"alg": None}, {"use": None, "alg": None}, {"extra": 1}, {"d": "AQAB"}]
)
async def test_use_and_algorithm_of_a_key_may_be_missing(make_verifier: Any, members: dict[str, Any]) -> None:
    assert await make_verifier(jwks=jwks(jwk(**members))).access(token())


@pytest.mark.parametrize(
    "members",
    [
        {"kty": "EC"}, {"kty": None}, {"use": "enc"}, {"alg": "RS512"}, {"alg": "HS256"}, {"kid": None},
        {"kid": 7}, {"n": None}, {"n": 7}, {"n": "="}, {"n": "AQAB"}, {"e": None}, {"e": "AQ"}, {"e": ""},
    ],
)  # fmt: skip
async def test_a_key_for_something_else_is_ignored(make_verifier: Any, members: dict[str, Any]) -> None:
    verifier = make_verifier(jwks=jwks(jwk(**members), jwk(1), "text"))
    await rejected(verifier, token(), UnknownKeyError)
    assert await verifier.access(token(number=1))


async def test_a_short_key_is_ignored(make_verifier: Any) -> None:
    verifier = make_verifier(jwks=jwks(jwk(2, bits=1024)))
    await rejected(verifier, token(), KeysUnavailableError, "jwks= is not usable: it has no RSA key")


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
    (pool,) = TokenVerifier(pool_id, client_id=None)._pools.values()
    assert (pool.issuer, pool.keys._url) == (issuer, f"{issuer}/.well-known/jwks.json")


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
    assert await verifier.access(token())
    clock.now = NOW + 3609
    assert await verifier.access(token())
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


def test_another_thread_may_change_the_cache_meanwhile(make_verifier: Any) -> None:
    class Changing(dict[bytes, Any]):
        raises = 1

        def __iter__(self) -> Any:
            if self.raises:
                self.raises = 0
                raise RuntimeError("changed during iteration")
            return super().__iter__()

    verifier = make_verifier(cache=1)
    verifier._cache._entries = Changing()
    for name in "ab":
        verifier.access_sync(token(jti=name))
    assert len(verifier._cache) == 1


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
        ({"user_pool_id": [POOL, OTHER_POOL], "issuer": ISSUER}, "one user pool only"),
        ({"user_pool_id": [POOL, OTHER_POOL], "jwks_url": ISSUER}, "one user pool only"),
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
    (pool,) = TokenVerifier("local_x", client_id=None, issuer=issuer, **arguments)._pools.values()
    assert pool.issuer == issuer


@pytest.mark.parametrize("name", ["groups", "scopes"])
def test_an_empty_requirement_is_rejected(name: str) -> None:
    with pytest.raises(InvalidRequestError, match=name):
        TokenVerifier(POOL, client_id=None, **{name: []})  # type: ignore[arg-type]


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
