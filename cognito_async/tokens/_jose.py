"""The work of joserfc: strict base64url, RSA keys and signatures.

This is the only module that imports it; the first verification imports this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.util import base64_to_int, urlsafe_b64decode

from cognito_async.tokens._errors import BadSignatureError, MalformedTokenError
from cognito_async.tokens._json import load_object

ALGORITHM = "RS256"
_PARTS = 3
_MAX_HEADER = 512  # base64url characters; the headers of the service have about 110
_MIN_KEY_BITS = 2048  # RFC 7518, section 3.3
_MAX_KEY_BITS = 16384  # a verification takes 1 ms; larger ones would block the event loop
_MAX_KEYS = 100  # parsing takes 16 ms; those of the service have two
# Not jws.deserialize_compact, which parses the header of each token again: 7 of 54 us.
_rs256 = jws.JWSRegistry(algorithms=[ALGORITHM]).get_alg(ALGORITHM)


class Unverified:
    """A token that was decoded and not verified."""

    __slots__ = ("_signature", "_signed", "kid", "payload")

    def __init__(self, data: bytes) -> None:
        """Decode a token.

        Raises:
            MalformedTokenError: It is not a token with RS256 and a key id, or its JSON is malformed.
        """
        header, payload, signature = split(data)
        self.kid = _checked_key_id(header)
        self._signed = data[: -len(signature) - 1]
        self.payload = read_claims(payload)
        self._signature = read_signature(signature)

    def verify(self, key: RSAKey) -> None:
        """Verify the signature.

        Raises:
            BadSignatureError: It is not that of the key.
        """
        if not _rs256.verify(self._signed, self._signature, key):
            raise BadSignatureError("the signature is invalid")


# The steps of decoding; each raises MalformedTokenError.


def split(data: bytes) -> list[bytes]:
    """Return header, claims and signature, still encoded."""
    parts = data.split(b".")
    if len(parts) != _PARTS:
        raise MalformedTokenError("the token does not have three parts")
    if len(parts[0]) > _MAX_HEADER:
        raise MalformedTokenError(f"the header is longer than {_MAX_HEADER} characters")
    return parts


def read_header(segment: bytes) -> dict[str, Any]:
    """Return the header."""
    header = _json_object(segment)
    if header is None:
        raise MalformedTokenError("the header is not a JSON object in base64url")
    return header


def check_algorithm(header: Mapping[str, Any]) -> None:
    """Check that a token is signed with RS256, and by no other rules."""
    if header.get("alg") != ALGORITHM:
        raise MalformedTokenError(f"the algorithm is not {ALGORITHM}")
    if "crit" in header or "b64" in header:
        raise MalformedTokenError("the header has an extension (crit, b64)")


def key_id(header: Mapping[str, Any]) -> str:
    """Return the id of the key."""
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise MalformedTokenError("the header names no key")
    return kid


@lru_cache(maxsize=64)  # all tokens of a key have the same header
def _checked_key_id(segment: bytes) -> str:
    """Check the header, and return the id of the key."""
    header = read_header(segment)
    check_algorithm(header)
    return key_id(header)


def read_claims(segment: bytes) -> dict[str, Any]:
    """Return the claims."""
    claims = _json_object(segment)
    if claims is None:
        raise MalformedTokenError("the claims are not a JSON object in base64url")
    return claims


def read_signature(segment: bytes) -> bytes:
    """Return the signature."""
    try:
        return urlsafe_b64decode(segment)
    except ValueError:
        raise MalformedTokenError("the signature is not base64url") from None


def _json_object(segment: bytes) -> dict[str, Any] | None:
    """Return a JSON object; None if it is none: the error of the parser holds the text."""
    try:
        return load_object(urlsafe_b64decode(segment))
    except ValueError:
        return None


def read_keys(document: Mapping[str, Any]) -> dict[str, RSAKey]:
    """Return the keys of a JSON Web Key Set by id; keys for other purposes are ignored.

    Only the first 100 keys are read: reading blocks the event loop.

    Raises:
        ValueError: It is not a key set, or has no key for signatures with RS256.
    """
    entries = document.get("keys")
    if not isinstance(entries, list):
        raise ValueError("it is not a JSON Web Key Set")  # noqa: TRY004  callers handle one class
    keys: dict[str, RSAKey] = {}
    for entry in entries[:_MAX_KEYS]:
        if isinstance(entry, Mapping) and (key := _read_key(entry)) is not None:
            keys.setdefault(entry["kid"], key)
    if not keys:
        raise ValueError("it has no RSA key for signatures")
    return keys


def _read_key(entry: Mapping[str, Any]) -> RSAKey | None:
    kid, modulus, exponent = entry.get("kid"), entry.get("n"), entry.get("e")
    if (
        entry.get("kty") != "RSA"
        or entry.get("use", "sig") != "sig"
        or entry.get("alg", ALGORITHM) != ALGORITHM
        or not _is_for_verification(entry.get("key_ops", ("verify",)))
        or not (isinstance(kid, str) and kid and isinstance(modulus, str) and isinstance(exponent, str))
    ):
        return None
    try:
        if not _MIN_KEY_BITS <= base64_to_int(modulus).bit_length() <= _MAX_KEY_BITS:
            return None
        return RSAKey.import_key({"kty": "RSA", "n": modulus, "e": exponent})
    except (JoseError, ValueError, OverflowError):
        return None


def _is_for_verification(operations: object) -> bool:
    return isinstance(operations, (list, tuple)) and "verify" in operations
