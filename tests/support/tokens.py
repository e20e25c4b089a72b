"""Tokens for tests, made with cryptography alone: any header, any claims, any key."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

POOL = "eu-west-1_AbC123"
ISSUER = f"https://cognito-idp.eu-west-1.amazonaws.com/{POOL}"
CLIENT = "1h57kf5cpq17m0eml12EXAMPLE"
NOW = 1_800_000_000

ACCESS: dict[str, Any] = {
    "sub": "sub-of-ana",
    "iss": ISSUER,
    "client_id": CLIENT,
    "token_use": "access",
    "scope": "openid orders/read",
    "cognito:groups": ["admins", "staff"],
    "auth_time": NOW - 60,
    "iat": NOW,
    "exp": NOW + 3600,
    "jti": "jti-1",
    "origin_jti": "origin-1",
    "event_id": "event-1",
    "username": "ana",
    "version": 2,
}
ID: dict[str, Any] = {
    "sub": "sub-of-ana",
    "iss": ISSUER,
    "aud": CLIENT,
    "token_use": "id",
    "cognito:username": "ana",
    "cognito:groups": ["admins"],
    "cognito:roles": ["arn:aws:iam::1:role/admin"],
    "cognito:preferred_role": "arn:aws:iam::1:role/admin",
    "email": "ana@example.com",
    "email_verified": True,
    "custom:team": "red",
    "nonce": "n-1",
    "iat": NOW,
    "exp": NOW + 3600,
    "identities": [{"providerName": "Google", "dates": ["1"]}],
}


def private_key(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return a key; made once per process, because it takes 0.1 seconds."""
    return _generated(number, bits)


@cache
def _generated(_number: int, bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwk(number: int = 0, bits: int = 2048, **members: Any) -> dict[str, Any]:
    """Return the public key; members that are None are left out."""
    numbers = private_key(number, bits).public_key().public_numbers()
    key = {
        "kty": "RSA",
        "kid": f"kid-{number}",
        "use": "sig",
        "alg": "RS256",
        "n": b64(numbers.n.to_bytes(bits // 8, "big")),
        "e": b64(numbers.e.to_bytes(3, "big")),
    } | members
    return {name: value for name, value in key.items() if value is not None}


def jwks(*keys: dict[str, Any]) -> dict[str, Any]:
    return {"keys": list(keys or (jwk(),))}


def jwks_body(*keys: dict[str, Any]) -> bytes:
    return json.dumps(jwks(*keys)).encode()


def public_pem(number: int = 0) -> bytes:
    return private_key(number).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def signed(header: bytes | Mapping[str, Any], payload: bytes | Mapping[str, Any], number: int = 0) -> str:
    """Return a token with a valid signature over any two parts."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload)]
    message = ".".join(map(b64, parts))
    signature = private_key(number).sign(message.encode(), padding.PKCS1v15(), SHA256())
    return f"{message}.{b64(signature)}"


def token(base: Mapping[str, Any] = ACCESS, /, *, number: int = 0, **changes: Any) -> str:
    """Return a token of a key; claims that are None are left out, and ``__`` in a name stands for ``:``."""
    claims = dict(base) | {name.replace("__", ":"): value for name, value in changes.items()}
    header = {"kid": f"kid-{number}", "alg": "RS256"}
    return signed(header, {name: value for name, value in claims.items() if value is not None}, number)
