"""Users of a fake pool, and what they receive."""

from __future__ import annotations

import hmac
import secrets
from base64 import b32decode, b32encode
from typing import NamedTuple

import attrs

from cognito_async.testing._fake_pool.clock import FakeClock
from cognito_async.testing._fake_pool.device import FakeDevice
from cognito_async.testing._fake_pool.passkey import FakePasskey
from cognito_async.testing._srp_server import make_verifier

TOTP_METHOD, SMS_METHOD, EMAIL_METHOD = "SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP"
MFA_METHODS = {"totp": TOTP_METHOD, "sms": SMS_METHOD, "email": EMAIL_METHOD}
"""Names in the API of the methods, by their names in this package."""

_STEP = 30
_DIGITS = 6
_TOTP_WINDOW = (-1, 0, 1)
_FAILURES_BEFORE_LOCK = 5
_LONGEST_LOCK = 900
_SALT_BITS = 128


class Message(NamedTuple):
    """An SMS or an e-mail to a user."""

    medium: str
    """``SMS`` or ``EMAIL``."""

    destination: str
    """Phone number or address."""

    code: str
    """The code, or the temporary password of an invitation."""

    reason: str
    """Operation or challenge that sent it, such as ``SignUp`` or ``SMS_MFA``."""

    def __repr__(self) -> str:
        return f"Message(medium={self.medium!r}, destination={self.destination!r}, reason={self.reason!r})"


class Code(NamedTuple):
    """A code that was sent, and until when it is valid."""

    value: str
    expires: float

    def is_equal(self, received: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self.value.encode(), received.encode())


@attrs.define(kw_only=True, eq=False)
class FakeUser:
    """A user of a fake pool. A test may read and change everything."""

    username: str
    """Name that the service uses: that of the sign-up, or a UUID in a pool with ``username_attributes``."""

    password: str | None = attrs.field(
        default=None, repr=False, on_setattr=lambda user, _, new: _with_new_password(user, new)
    )
    """Password; None for a user without one."""

    attributes: dict[str, str] = attrs.field(repr=False)
    """User attributes, with ``sub``."""

    status: str = "CONFIRMED"
    """``UNCONFIRMED``, ``CONFIRMED``, ``FORCE_CHANGE_PASSWORD`` or ``RESET_REQUIRED``."""

    disabled: bool = False
    """Whether the user may not sign in."""

    groups: list[str] = attrs.field(factory=list)
    """Names of the groups, by precedence."""

    mfa_methods: list[str] = attrs.field(factory=list)
    """Active methods: ``SOFTWARE_TOKEN_MFA``, ``SMS_MFA``, ``EMAIL_OTP``."""

    preferred_mfa: str | None = None
    """The method that is asked for if there are several."""

    totp_secret: str | None = attrs.field(default=None, repr=False)
    """Secret of the authenticator app in base32; None if there is none."""

    pending_totp_secret: str | None = attrs.field(init=False, default=None, repr=False)
    """Secret of an authenticator app that is not verified yet."""

    totp_name: str = ""
    """Name of the authenticator app."""

    messages: list[Message] = attrs.field(factory=list, repr=False)
    """All SMS and e-mails, oldest first."""

    devices: dict[str, FakeDevice] = attrs.field(factory=dict, repr=False)
    """Devices by key; confirmed or not."""

    passkeys: list[FakePasskey] = attrs.field(factory=list, repr=False)
    """Registered passkeys."""

    passkey_challenge: str | None = attrs.field(init=False, default=None, repr=False)
    clock: FakeClock = attrs.field(repr=False)
    pool_name: str = attrs.field(repr=False)
    created: float = attrs.field(init=False, repr=False)
    modified: float = attrs.field(init=False, repr=False)
    salt: int = attrs.field(repr=False, factory=lambda: secrets.randbits(_SALT_BITS))
    codes: dict[str, Code] = attrs.field(init=False, factory=dict, repr=False)
    """Codes that wait for their confirmation, by purpose."""

    password_history: list[str] = attrs.field(init=False, factory=list, repr=False)
    used_totp_step: int = attrs.field(init=False, default=-1, repr=False)
    failures: int = attrs.field(init=False, default=0, repr=False)
    locked_until: float = attrs.field(init=False, default=0, repr=False)
    exists: bool = attrs.field(init=False, default=True, repr=False)
    """False for the stand-in of an unknown user, and after ``DeleteUser``."""

    verifier_of_password: int | None = attrs.field(init=False, default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        self.created = self.modified = self.clock.time()
        if self.password is not None:
            self.password_history = [self.password]

    @property
    def sub(self) -> str:
        """The unchangeable id, a UUID."""
        return self.attributes["sub"]

    @property
    def last_code(self) -> str:
        """The code of the last SMS or e-mail.

        Raises:
            LookupError: The user has received none.
        """
        if not self.messages:
            raise LookupError(f"the user {self.username!r} has received no message")
        return self.messages[-1].code

    def totp_code(self) -> str:
        """Return the code that the authenticator app shows now; it counts once.

        Raises:
            LookupError: The user has no authenticator app.
        """
        if self.totp_secret is None:
            raise LookupError(f"the user {self.username!r} has no authenticator app; see enable_mfa")
        return totp_code(self.totp_secret, self.clock.time())

    def enable_mfa(self, *methods: str, preferred: str | None = None) -> None:
        """Set the second factors, ``totp``, ``sms`` and ``email``; none turns them off.

        Args:
            methods: The methods; ``totp`` creates a ``totp_secret`` if there is none.
            preferred: The one that is asked for if there are several; by default the user chooses.

        Raises:
            LookupError: The user has no phone number or address for the method.
            ValueError: A name is unknown.
        """
        for method in (*methods, *([] if preferred is None else [preferred])):
            if method not in MFA_METHODS:
                raise LookupError(f"unknown method {method!r}: expected some of {', '.join(MFA_METHODS)}")
        for method, attribute in (("sms", "phone_number"), ("email", "email")):
            if method in methods and attribute not in self.attributes:
                raise LookupError(f"the user {self.username!r} has no attribute {attribute}")
        if "totp" in methods and self.totp_secret is None:
            self.totp_secret = new_totp_secret()
        self.mfa_methods = [MFA_METHODS[method] for method in methods]
        self.preferred_mfa = None if preferred is None else MFA_METHODS[preferred]

    def verifier(self) -> int:
        """Return what the server stores for SRP."""
        if self.verifier_of_password is None:
            password = secrets.token_hex() if self.password is None else self.password
            self.verifier_of_password = make_verifier(self.pool_name, self.username, password, self.salt)
        return self.verifier_of_password

    def has_password(self, received: str) -> bool:
        """Compare a password in constant time."""
        return self.password is not None and hmac.compare_digest(self.password.encode(), received.encode())

    def accept_totp(self, code: str, secret: str | None = None) -> str:
        """Return ``right``, ``used`` or ``wrong`` for a code; a right one is used from now on."""
        now = self.clock.time()
        secret = secret or self.totp_secret or ""
        for offset in _TOTP_WINDOW:
            step = int(now // _STEP) + offset
            if hmac.compare_digest(totp_code(secret, step * _STEP).encode(), code.encode()):
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
            self.locked_until = self.clock.time() + min(1 << excess, _LONGEST_LOCK)


def _with_new_password(user: FakeUser, password: str | None) -> str | None:
    """Note a new password before it is set."""
    user.verifier_of_password = None
    user.salt = secrets.randbits(_SALT_BITS)
    if password is not None:
        user.password_history.append(password)
    return password


def new_totp_secret() -> str:
    """Return a new secret for an authenticator app."""
    return b32encode(secrets.token_bytes(20)).decode()


def totp_code(secret: str, moment: float) -> str:
    """Return the code of RFC 6238 for a time."""
    from cryptography.hazmat.primitives.hashes import SHA1  # noqa: PLC0415  an optional requirement
    from cryptography.hazmat.primitives.twofactor.totp import TOTP  # noqa: PLC0415  as above

    key = b32decode(secret)
    sha1 = SHA1()  # noqa: S303  as RFC 6238 has it
    return TOTP(key, _DIGITS, sha1, _STEP, enforce_key_length=False).generate(moment).decode()
