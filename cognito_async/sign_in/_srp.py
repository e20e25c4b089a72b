"""The Secure Remote Password protocol (SRP-6a) as Cognito uses it. Pure: no input or output, no clock.

Numbers are hashed in the shortest big-endian two's complement form, including ``G`` in ``K``; RFC 5054 would
pad ``G`` to the length of ``N``. The session key is derived with HKDF.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TypeVar

from cognito_async._uncopyable import Uncopyable
from cognito_async.sign_in import _modpow
from cognito_async.sign_in._modpow import Steps, power, power_of_g

_T = TypeVar("_T")

N: Final = _modpow.N
G: Final = _modpow.G
SECRET_BITS: Final = 256
_MAX_DIGITS = 1024
_HEX = re.compile(f"[0-9A-Fa-f]{{1,{_MAX_DIGITS}}}")
_BASE64 = re.compile("([A-Za-z0-9+/]+)={0,2}")
# Not strftime: its names depend on the locale.
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class SRPValueError(ValueError):
    """A value of the challenge is malformed or unsafe. The message does not quote it."""


def pad(number: int) -> bytes:
    """Return the shortest big-endian two's complement form of a number that is not negative."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def hash_int(*parts: bytes) -> int:
    """Return the SHA-256 hash of the joined parts as a number."""
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big")


K: Final = hash_int(pad(N), pad(G))
"""The multiplier of SRP-6a."""


def private_key(group: str, name: str, password: str, salt: int) -> int:
    """Return ``x``, the number that stands for a password."""
    identity = hashlib.sha256(_utf8(f"{group}{name}:{password}")).digest()
    return hash_int(pad(salt), identity)


def session_key(shared: int, u: int) -> bytes:
    """Return the 16 bytes that sign, from the number that both sides know."""
    extracted = hmac.digest(pad(u), pad(shared), "sha256")
    return hmac.digest(extracted, b"Caldera Derived Key\x01", "sha256")[:16]


def sign(key: bytes, group: str, name: str, secret_block: bytes, timestamp: str) -> str:
    """Return the signature that proves knowledge of the password, in base64."""
    message = _utf8(group) + _utf8(name) + secret_block + timestamp.encode("ascii")
    return b64encode(hmac.digest(key, message, "sha256")).decode()


def timestamp(moment: datetime) -> str:
    """Return a time as Cognito expects it, such as ``Tue Sep 5 07:04:03 UTC 2023``."""
    utc = moment.astimezone(UTC)
    day = f"{_WEEKDAYS[utc.weekday()]} {_MONTHS[utc.month - 1]} {utc.day}"
    return f"{day} {utc.hour:02}:{utc.minute:02}:{utc.second:02} UTC {utc.year:04}"


def pool_name(user_pool_id: str) -> str:
    """Return the part of a user pool id that is hashed: everything after the first ``_``."""
    return user_pool_id.partition("_")[2]


def parse_hex(text: str) -> int:
    """Return a number from its hexadecimal digits; leading zeros may be missing.

    Raises:
        SRPValueError: There are other characters, no digits, or more than 1,024.
    """
    if not _HEX.fullmatch(text):
        raise SRPValueError(f"expected 1 to {_MAX_DIGITS:,} hexadecimal digits")
    return int(text, 16)


def parse_base64(text: str) -> bytes:
    """Return the bytes of base64, also of the URL-safe form and without padding.

    Raises:
        SRPValueError: It is not base64.
    """
    match = _BASE64.fullmatch(text.replace("-", "+").replace("_", "/"))
    if match is None or len(match[1]) % 4 == 1:
        raise SRPValueError("expected base64")
    return b64decode(match[1] + "=" * (-len(match[1]) % 4))


class Exchange(Uncopyable):
    """One SRP exchange. It signs once; another attempt needs another exchange.

    A secret of 256 bits is enough: the best known attacks on a short exponent take about 2 ** 128 steps, and
    ``N`` is a safe prime.

    Args:
        secret: For tests; random by default.
    """

    __slots__ = ("_public", "_secret")

    _instead = "its secret must be used only once; create another one"

    def __init__(self, secret: int | None = None) -> None:
        if secret is None:
            secret = secrets.randbits(SECRET_BITS) | 1 << (SECRET_BITS - 1)
        self._secret: int | None = secret
        self._public: int | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def public_value(self) -> Steps[str]:
        """Return ``SRP_A``."""
        if self._secret is None or self._public is not None:
            raise RuntimeError("an SRP exchange can be used only once")
        public = yield from power_of_g(self._secret)
        if public % N == 0:
            raise SRPValueError("SRP_A is 0")
        self._public = public
        return f"{public:x}"

    def signature(
        self,
        *,
        group: str,
        name: str,
        password: str,
        salt: str,
        srp_b: str,
        secret_block: str,
        timestamp: str,
    ) -> Steps[str]:
        """Return ``PASSWORD_CLAIM_SIGNATURE``.

        Args:
            group: Name of the pool, see ``pool_name``, or the key of a device group.
            name: ``USER_ID_FOR_SRP`` or the key of a device.
            password: Password of the user or the device.
            salt: ``SALT`` of the challenge.
            srp_b: ``SRP_B`` of the challenge.
            secret_block: ``SECRET_BLOCK`` of the challenge.
            timestamp: ``TIMESTAMP`` of the response, see ``timestamp``.

        Raises:
            SRPValueError: A value of the challenge is malformed or unsafe.
        """
        secret, public = self._secret, self._public
        if secret is None or public is None:
            raise RuntimeError("an SRP exchange signs once, after public_value")
        self._secret = None
        server = _parsed("SRP_B", parse_hex, srp_b)
        x = private_key(group, name, password, _parsed("SALT", parse_hex, salt))
        block = _parsed("SECRET_BLOCK", parse_base64, secret_block)
        if server % N == 0:
            raise SRPValueError("SRP_B is a multiple of N")
        u = hash_int(pad(public), pad(server))
        if u == 0:
            raise SRPValueError("the hash of SRP_A and SRP_B is 0")
        base = (server - K * (yield from power_of_g(x))) % N
        shared = yield from power(base, secret + u * x)
        return sign(session_key(shared, u), group, name, block, timestamp)


def device_verifier(group_key: str, device_key: str, password: str, salt: int) -> Steps[tuple[str, str]]:
    """Return ``PasswordVerifier`` and ``Salt`` of a new device, in base64."""
    verifier = yield from power_of_g(private_key(group_key, device_key, password, salt))
    return b64encode(pad(verifier)).decode(), b64encode(pad(salt)).decode()


def _parsed(name: str, parse: Callable[[str], _T], text: str) -> _T:
    try:
        return parse(text)
    except SRPValueError as error:
        raise SRPValueError(f"{name}: {error}") from None


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        pass  # it holds the text
    raise SRPValueError("a name or a password contains half of a surrogate pair")
