"""Users as a fake pool stores them."""

from __future__ import annotations

import hmac
import secrets
from typing import NamedTuple

import attrs

from cognito_async.testing._fake_pool.users import TOTP_STEP, FakeUser, totp_code
from cognito_async.testing._srp_server import make_verifier

_TOTP_WINDOW = (-1, 0, 1)
_FAILURES_BEFORE_LOCK = 5
_LONGEST_LOCK = 900
_SALT_BITS = 128


class Code(NamedTuple):
    """A code that was sent, and until when it is valid."""

    value: str
    expires: float

    def is_equal(self, received: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self.value.encode(), received.encode())


@attrs.define(kw_only=True, eq=False, repr=False)
class StoredUser(FakeUser):
    """A user with what only the pool knows."""

    pool_name: str
    """The part of the pool's id that is hashed."""

    salt: int = attrs.field(factory=lambda: secrets.randbits(_SALT_BITS))
    created: float = attrs.field(init=False)
    modified: float = attrs.field(init=False)
    codes: dict[str, Code] = attrs.field(init=False, factory=dict)
    """Codes that wait for their confirmation, by purpose."""

    pending_totp_secret: str | None = attrs.field(init=False, default=None)
    """Secret of an authenticator app that is not verified yet."""

    passkey_challenge: str | None = attrs.field(init=False, default=None)
    """Challenge for a new passkey."""

    password_history: list[str] = attrs.field(init=False, factory=list)
    used_totp_step: int = attrs.field(init=False, default=-1)
    failures: int = attrs.field(init=False, default=0)
    locked_until: float = attrs.field(init=False, default=0)
    exists: bool = attrs.field(init=False, default=True)
    """False for the stand-in of an unknown user, and after ``DeleteUser``."""

    _verifier: tuple[str, int] | None = attrs.field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        self.created = self.modified = self._clock.time()
        if self.password is not None:
            self.password_history = [self.password]

    def verifier(self) -> int:
        """Return what the server stores for SRP."""
        password = secrets.token_hex() if self.password is None else self.password
        if self._verifier is None or self._verifier[0] != password:
            verifier = make_verifier(self.pool_name, self.username, password, self.salt)
            self._verifier = password, verifier
        return self._verifier[1]

    def has_password(self, received: str) -> bool:
        """Compare a password in constant time."""
        return self.password is not None and hmac.compare_digest(self.password.encode(), received.encode())

    def accept_totp(self, code: str, secret: str) -> str:
        """Return ``right``, ``used`` or ``wrong`` for a code; a right one is used from now on."""
        now = self._clock.time()
        for offset in _TOTP_WINDOW:
            step = int(now // TOTP_STEP) + offset
            if hmac.compare_digest(totp_code(secret, step * TOTP_STEP).encode(), code.encode()):
                if step <= self.used_totp_step:
                    return "used"
                self.used_totp_step = step
                return "right"
        return "wrong"

    def count_failure(self) -> None:
        """Count a wrong password; the fifth and later ones lock the user, each twice as long."""
        self.failures += 1
        excess = self.failures - _FAILURES_BEFORE_LOCK
        if excess >= 0:
            self.locked_until = self._clock.time() + min(1 << excess, _LONGEST_LOCK)


# ``repr`` and errors name the class that users know.
StoredUser.__name__ = StoredUser.__qualname__ = FakeUser.__name__
StoredUser.__module__ = FakeUser.__module__
