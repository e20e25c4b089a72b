"""The server side of SRP-6a as Cognito uses it, for tests."""

from __future__ import annotations

import hmac
import re
import secrets
from base64 import b64encode
from datetime import UTC, datetime, timedelta

from cognito_async.sign_in._modpow import power, power_of_g, run
from cognito_async.sign_in._srp import (
    SECRET_BITS,
    K,
    N,
    SRPValueError,
    hash_int,
    pad,
    parse_hex,
    private_key,
    session_key,
    sign,
    timestamp,
)

TIMESTAMP_WINDOW = timedelta(minutes=5)
"""Accepted difference between ``TIMESTAMP`` and the clock; that of the service is not documented."""

_TIMESTAMP = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d{1,2} \d{2}:\d{2}:\d{2} UTC \d{4}", re.ASCII)


def make_verifier(group: str, name: str, password: str, salt: int) -> int:
    """Return the number that a server stores in place of a password."""
    return run(power_of_g(private_key(group, name, password, salt)))


def parse_public_value(text: str) -> int:
    """Return the number of ``SRP_A``.

    Raises:
        SRPValueError: It is not hexadecimal, 0, or not below the prime.
    """
    number = parse_hex(text)
    if not 0 < number < N:
        raise SRPValueError("SRP_A is not between 1 and the prime")
    return number


def parse_timestamp(text: str) -> datetime:
    """Return the time of a ``TIMESTAMP``; whether its weekday and its zeros are right is not checked.

    Raises:
        ValueError: It has another form, or there is no such date.
    """
    if not _TIMESTAMP.fullmatch(text):
        raise SRPValueError("TIMESTAMP has another form")
    _, _, rest = text.partition(" ")
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    month, day, time, _, year = rest.split(" ")
    hour, minute, second = map(int, time.split(":"))
    return datetime(int(year), months.index(month) + 1, int(day), hour, minute, second, tzinfo=UTC)


class ServerExchange:
    """The server's side of one SRP exchange.

    Args:
        group: Name of the pool, or key of the device group.
        name: ``USER_ID_FOR_SRP``, or key of the device.
        salt: Salt of the verifier.
        verifier: The number stored in place of the password.
        public: The client's number, see ``parse_public_value``.
        secret: Random by default.
    """

    def __init__(
        self, *, group: str, name: str, salt: int, verifier: int, public: int, secret: int | None = None
    ) -> None:
        if secret is None:
            secret = secrets.randbits(SECRET_BITS) | 1 << (SECRET_BITS - 1)
        self._group = group
        self._name = name
        self._salt = salt
        self._block = secrets.token_bytes(96)
        server = (K * verifier + run(power_of_g(secret))) % N
        self._server = server
        self._verifier = verifier
        self._client = public
        self._secret = secret

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    @property
    def secret_block(self) -> str:
        """``SECRET_BLOCK``, which identifies the exchange."""
        return b64encode(self._block).decode()

    @property
    def parameters(self) -> dict[str, str]:
        """The challenge; numbers without leading zeros."""
        return {"SRP_B": f"{self._server:x}", "SALT": f"{self._salt:x}", "SECRET_BLOCK": self.secret_block}

    def is_signed(self, signature: str, timestamp: str) -> bool:
        """Return whether a signature proves knowledge of the password."""
        u = hash_int(pad(self._client), pad(self._server))
        base = self._client * run(power(self._verifier, u)) % N
        key = session_key(run(power(base, self._secret)), u)
        expected = sign(key, self._group, self._name, self._block, timestamp)
        return hmac.compare_digest(expected.encode(), signature.encode())


def is_current(text: str, now: datetime) -> bool:
    """Return whether a ``TIMESTAMP`` has no needless zero, the right weekday, and is close to ``now``.

    Raises:
        ValueError: It has another form, or there is no such date.
    """
    moment = parse_timestamp(text)
    return timestamp(moment) == text and abs(moment - now) <= TIMESTAMP_WINDOW
