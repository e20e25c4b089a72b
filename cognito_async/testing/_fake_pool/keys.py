"""Signing keys of a fake pool, and its JSON Web Tokens."""

from __future__ import annotations

import secrets
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_EXPONENT = 65537
_BITS = 2048
_USES = ("id", "access")


@cache
def _key(_number: int) -> tuple[str, RSAPrivateKey]:
    """Return the id and the key of a number; made once per process, because it takes 0.1 seconds."""
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415  an optional requirement

    kid = b64encode(secrets.token_bytes(32)).decode()
    return kid, rsa.generate_private_key(public_exponent=_EXPONENT, key_size=_BITS)


class SigningKeys:
    """Two keys, one for ID tokens and one for access tokens, and those before a rotation."""

    def __init__(self) -> None:
        self._current = 0
        self._oldest = 0

    def rotate(self, *, keep_old: bool) -> None:
        """Sign with new keys; publish the old ones too if ``keep_old``."""
        self._current += 1
        if not keep_old:
            self._oldest = self._current

    def token(self, use: str, claims: Mapping[str, Any]) -> str:
        """Return a token of a use, ``id`` or ``access``, signed with RS256."""
        from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415  an optional requirement
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415  as above

        kid, key = _key(self._number(self._current, use))
        header = {"kid": kid, "alg": "RS256"}
        signed = b".".join(_base64url(msgspec.json.encode(part)) for part in (header, claims))
        signature = key.sign(signed, padding.PKCS1v15(), SHA256())
        return b".".join((signed, _base64url(signature))).decode()

    def jwks(self) -> dict[str, Any]:
        """Return the JSON Web Key Set."""
        numbers = [
            self._number(each, use) for each in range(self._oldest, self._current + 1) for use in _USES
        ]
        return {"keys": [_public(*_key(number)) for number in numbers]}

    def _number(self, rotation: int, use: str) -> int:
        return rotation * len(_USES) + _USES.index(use)


def _public(kid: str, key: RSAPrivateKey) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    modulus, exponent = numbers.n.to_bytes(_BITS // 8, "big"), numbers.e.to_bytes(3, "big")
    return {
        "alg": "RS256",
        "e": _base64url(exponent).decode(),
        "kid": kid,
        "kty": "RSA",
        "n": _base64url(modulus).decode(),
        "use": "sig",
    }


def _base64url(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")
