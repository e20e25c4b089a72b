"""Tokens of the fake pool, verified with cryptography alone."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from cognito_async.sign_in import secret_hash
from cognito_async.testing import FakeUserPool
from support.pool_requests import NOW, ServiceFaultError, SignIn, call, make_pool, signed_in


def wrong(text: str) -> Any:
    return pytest.raises(ServiceFaultError, match=text)


def decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def verified(token: str, jwks: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of a token after a check of its signature."""
    header_part, claims_part, signature = token.split(".")
    header = json.loads(decoded(header_part))
    [key] = [key for key in jwks["keys"] if key["kid"] == header["kid"]]
    assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")
    numbers = RSAPublicNumbers(*(int.from_bytes(decoded(key[name]), "big") for name in "en"))
    signed = f"{header_part}.{claims_part}".encode()
    numbers.public_key().verify(decoded(signature), signed, PKCS1v15(), SHA256())
    return header, json.loads(decoded(claims_part))


def test_the_claims() -> None:
    pool = make_pool(access_token_lifetime=600, id_token_lifetime=300)
    attributes = {"email": "ana@example.com", "custom:team": "red"}
    user = pool.add_user(
        "ana",
        "pw",
        groups=["admins"],
        phone_number="+15550100123",
        phone_number_verified="false",
        **attributes,
    )
    tokens = signed_in(pool).tokens
    assert tokens["ExpiresIn"] == 600
    assert tokens["TokenType"] == "Bearer"
    id_header, id_claims = verified(tokens["IdToken"], pool.jwks())
    header, claims = verified(tokens["AccessToken"], pool.jwks())
    assert id_header.keys() == header.keys() == {"kid", "alg"}
    assert id_header["kid"] != header["kid"]
    assert header["alg"] == id_header["alg"] == "RS256"
    issuer = f"https://cognito-idp.eu-west-1.amazonaws.com/{pool.pool_id}"
    assert pool.issuer == issuer
    common = {
        "sub": user.sub,
        "iss": issuer,
        "auth_time": NOW,
        "iat": NOW,
        "cognito:groups": ["admins"],
        "origin_jti": claims["origin_jti"],
        "event_id": claims["event_id"],
    }
    assert claims == {
        **common,
        "client_id": pool.client_id,
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin",
        "exp": NOW + 600,
        "jti": claims["jti"],
        "username": "ana",
        "version": 2,
    }
    assert id_claims == {
        **common,
        **attributes,
        "email_verified": True,
        "phone_number": "+15550100123",
        "phone_number_verified": False,
        "aud": pool.client_id,
        "token_use": "id",
        "exp": NOW + 300,
        "jti": id_claims["jti"],
        "cognito:username": "ana",
    }
    assert claims["jti"] != id_claims["jti"]


def test_the_claims_of_a_user_without_groups_and_with_a_device() -> None:
    pool = make_pool({"ana": "pw"}, device_tracking="always")
    tokens = signed_in(pool).tokens
    _, claims = verified(tokens["AccessToken"], pool.jwks())
    assert "cognito:groups" not in claims
    assert claims["device_key"] == tokens["NewDeviceMetadata"]["DeviceKey"]


def test_a_changed_token_is_found() -> None:
    pool = make_pool({"ana": "pw"})
    header, claims, signature = signed_in(pool).access_token.split(".")
    with pytest.raises(InvalidSignature):
        verified(f"{header}.{claims[:-1]}.{signature}", pool.jwks())


def test_key_rotation() -> None:
    pool = make_pool({"ana": "pw"})
    old = signed_in(pool).access_token
    pool.rotate_keys()
    new = signed_in(pool).access_token
    assert verified(old, pool.jwks())[0]["kid"] != verified(new, pool.jwks())[0]["kid"]
    assert len(pool.jwks()["keys"]) == 4
    pool.rotate_keys(keep_old=False)
    assert len(pool.jwks()["keys"]) == 2
    for token in (old, new):
        with pytest.raises(ValueError, match="not enough values"):
            verified(token, pool.jwks())
    verified(signed_in(pool).access_token, pool.jwks())


# Refresh


def refresh(pool: FakeUserPool, token: str, client: Any = None, **members: Any) -> dict[str, Any]:
    client = client or pool.app_client
    secret = {} if client.secret is None else {"ClientSecret": client.secret}
    arguments = {"ClientId": client.id, "RefreshToken": token, **secret, **members}
    return call(pool, "GetTokensFromRefreshToken", **arguments)["AuthenticationResult"]


@pytest.mark.parametrize("secret", [None, "client_secret_for_the_tests"])
def test_refresh(secret: str | None) -> None:
    seen: list[Any] = []
    pool = make_pool({"ana": "pw"}, client_secret=secret, triggers={"PreTokenGeneration": seen.append})
    first = signed_in(pool).tokens
    pool.clock.advance(100)
    second = refresh(pool, first["RefreshToken"], ClientMetadata={"k": "v"})
    assert second.keys() == {"AccessToken", "ExpiresIn", "TokenType", "IdToken"}
    claims = [verified(each["AccessToken"], pool.jwks())[1] for each in (first, second)]
    assert claims[0]["origin_jti"] == claims[1]["origin_jti"]
    assert claims[0]["auth_time"] == claims[1]["auth_time"]
    assert claims[0]["jti"] != claims[1]["jti"]
    assert seen[-1]["triggerSource"] == "PreTokenGeneration_RefreshTokens"
    assert seen[-1]["request"]["clientMetadata"] == {"k": "v"}


@pytest.mark.parametrize("flow", ["REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"])
def test_the_flow_for_a_refresh(flow: str) -> None:
    pool = make_pool(
        {"ana@example.com": "pw"}, username_attributes=["email"], client_secret="client_secret_for_the_tests"
    )
    sign_in = SignIn(pool, "ana@example.com")
    sign_in.srp()
    token = sign_in.tokens["RefreshToken"]
    user = pool.user("ana@example.com")
    of_the_alias, right = (
        secret_hash(name, pool.client_id, "client_secret_for_the_tests")
        for name in ("ana@example.com", user.username)
    )
    call_ = {"REFRESH_TOKEN": token, "USERNAME": None}
    with wrong("Unable to verify secret hash"):
        sign_in.start(flow, **call_, SECRET_HASH=of_the_alias)
    with wrong("NotAuthorizedException: Invalid Refresh Token"):
        sign_in.start(flow, USERNAME=None, REFRESH_TOKEN="x", SECRET_HASH=right)
    assert "RefreshToken" not in sign_in.start(flow, **call_, SECRET_HASH=right)["AuthenticationResult"]


def test_errors_of_a_refresh() -> None:
    pool = make_pool({"ana": "pw"}, client_secret="client_secret_for_the_tests", refresh_token_lifetime=3600)
    other = pool.add_client(secret="client_secret_for_the_tests")
    token = signed_in(pool).tokens["RefreshToken"]
    with wrong("NotAuthorizedException: Invalid Refresh Token"):
        refresh(pool, "x")
    with wrong("Invalid Refresh Token"):
        refresh(pool, token, other)
    with wrong("NotAuthorizedException: Invalid client secret"):
        refresh(pool, token, ClientSecret="wrong")
    pool.user("ana").disabled = True
    with wrong("User is disabled"):
        refresh(pool, token)
    pool.user("ana").disabled = False
    refresh(pool, token)
    pool.clock.advance(3600)
    with wrong("Refresh Token has expired"):
        refresh(pool, token)
    token = signed_in(pool).tokens["RefreshToken"]
    call(pool, "AdminDeleteUser", Username="ana")
    with wrong("Invalid Refresh Token"):
        refresh(pool, token)


def test_rotation_with_grace() -> None:
    pool = make_pool({"ana": "pw"}, refresh_grace=10, refresh_token_lifetime=3600)
    sign_in = signed_in(pool)
    first = sign_in.tokens["RefreshToken"]
    pool.clock.advance(1800)
    second = refresh(pool, first)["RefreshToken"]
    assert second != first
    pool.clock.advance(10)
    third = refresh(pool, first)["RefreshToken"]
    assert len({first, second, third}) == 3
    pool.clock.advance(1)
    with wrong("RefreshTokenReuseException"):
        refresh(pool, first)
    refresh(pool, third)
    with wrong("InvalidParameterException: REFRESH_TOKEN_AUTH flow not enabled for this client"):
        sign_in.start("REFRESH_TOKEN_AUTH", USERNAME=None, REFRESH_TOKEN=second)
    pool.clock.advance(1800)
    with wrong("Refresh Token has expired"):  # the rest of the first one's life
        refresh(pool, second)


def test_rotation_without_grace() -> None:
    pool = make_pool({"ana": "pw"}, refresh_grace=0)
    token = signed_in(pool).tokens["RefreshToken"]
    refresh(pool, token)
    with wrong("RefreshTokenReuseException"):
        refresh(pool, token)


def test_a_refresh_requires_the_confirmed_device() -> None:
    pool = make_pool({"ana": "pw"}, device_tracking="always")
    sign_in = signed_in(pool)
    token = sign_in.tokens["RefreshToken"]
    key = sign_in.tokens["NewDeviceMetadata"]["DeviceKey"]
    invalid = "NotAuthorizedException: Invalid Refresh Token"
    with wrong(invalid):
        refresh(pool, token)
    with wrong(invalid):  # not confirmed
        refresh(pool, token, DeviceKey=key)
    sign_in.confirm_device()
    with wrong(invalid):
        refresh(pool, token)
    with wrong(invalid):
        refresh(pool, token, DeviceKey="other")
    refresh(pool, token, DeviceKey=key)
    sign_in.start("REFRESH_TOKEN_AUTH", USERNAME=None, REFRESH_TOKEN=token)
    call(pool, "ForgetDevice", AccessToken=sign_in.access_token, DeviceKey=key)
    with wrong(invalid):
        refresh(pool, token, DeviceKey=key)


# Access tokens, and their end


def test_access_tokens_expire() -> None:
    pool = make_pool({"ana": "pw"})
    token = signed_in(pool).access_token
    pool.clock.advance(3599)
    call(pool, "GetUser", AccessToken=token)
    pool.clock.advance(1)
    with wrong("NotAuthorizedException: Access Token has expired"):
        call(pool, "GetUser", AccessToken=token)


def test_what_is_no_access_token() -> None:
    pool = make_pool({"ana": "pw"})
    tokens = signed_in(pool).tokens
    for token in (tokens["IdToken"], tokens["RefreshToken"], "x"):
        with wrong("NotAuthorizedException: Invalid Access Token"):
            call(pool, "GetUser", AccessToken=token)


@pytest.mark.parametrize("how", ["GlobalSignOut", "AdminUserGlobalSignOut", "AdminDisableUser"])
def test_all_tokens_of_a_user_are_revoked(how: str) -> None:
    pool = make_pool({"ana": "pw", "bob": "pw"})
    first, second, other = signed_in(pool), signed_in(pool), signed_in(pool, "bob")
    call(pool, how, **({"AccessToken": first.access_token} if how[0] == "G" else {"Username": "ana"}))
    for each in (first, second):
        with wrong("Access Token has been revoked"):
            call(pool, "GetUser", AccessToken=each.access_token)
        with wrong("Refresh Token has been revoked"):
            refresh(pool, each.tokens["RefreshToken"])
    call(pool, "GetUser", AccessToken=other.access_token)


@pytest.mark.parametrize("secret", [None, "client_secret_for_the_tests"])
def test_a_refresh_token_is_revoked(secret: str | None) -> None:
    pool = make_pool({"ana": "pw"}, client_secret=secret)
    first, second = signed_in(pool), signed_in(pool)
    token = first.tokens["RefreshToken"]
    arguments = {"ClientId": pool.client_id, "Token": token, **({"ClientSecret": secret} if secret else {})}
    with wrong("UnauthorizedException: Invalid client secret"):
        call(pool, "RevokeToken", **{**arguments, "ClientSecret": "wrong"})
    with wrong("UnsupportedTokenTypeException"):
        call(pool, "RevokeToken", **{**arguments, "Token": first.access_token})
    with wrong("Invalid Refresh Token"):
        call(pool, "RevokeToken", **{**arguments, "Token": "x"})
    with wrong("UnauthorizedException"):
        call(pool, "RevokeToken", ClientId=pool.add_client().id, Token=token)
    assert call(pool, "RevokeToken", **arguments) == {}
    with wrong("Refresh Token has been revoked"):
        refresh(pool, token)
    with wrong("Access Token has been revoked"):
        call(pool, "GetUser", AccessToken=first.access_token)
    call(pool, "GetUser", AccessToken=second.access_token)


def test_tokens_of_a_deleted_and_of_a_disabled_user() -> None:
    pool = make_pool({"ana": "pw"})
    token = signed_in(pool).access_token
    pool.user("ana").disabled = True
    with wrong("User is disabled"):
        call(pool, "GetUser", AccessToken=token)
    pool.user("ana").disabled = False
    call(pool, "DeleteUser", AccessToken=token)
    with wrong("Invalid Access Token"):
        call(pool, "GetUser", AccessToken=token)
