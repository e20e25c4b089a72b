"""Users of a fake pool, and what they receive."""

from __future__ import annotations

import secrets
from base64 import b32decode, b32encode
from typing import NamedTuple

import attrs

from cognito_async.testing._fake_pool.clock import FakeClock
from cognito_async.testing._fake_pool.device import FakeDevice
from cognito_async.testing._fake_pool.passkey import FakePasskey

TOTP_METHOD, SMS_METHOD, EMAIL_METHOD = "SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP"
MFA_METHODS = {"totp": TOTP_METHOD, "sms": SMS_METHOD, "email": EMAIL_METHOD}
"""Names in the API of the methods, by their names in this package."""

TOTP_STEP = 30
"""Seconds for which an authenticator app shows a code."""

_DIGITS = 6


class FakeMessage(NamedTuple):
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
        return (
            f"FakeMessage(medium={self.medium!r}, destination={self.destination!r}, reason={self.reason!r})"
        )


@attrs.define(kw_only=True, eq=False)
class FakeUser:
    """A user of a fake pool. A test may read and change everything."""

    username: str
    """Name that the service uses: that of the sign-up, or a UUID in a pool with ``username_attributes``."""

    password: str | None = attrs.field(default=None, repr=False)
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

    totp_name: str = ""
    """Name of the authenticator app."""

    messages: list[FakeMessage] = attrs.field(factory=list, repr=False)
    """All SMS and e-mails, oldest first."""

    devices: dict[str, FakeDevice] = attrs.field(factory=dict, repr=False)
    """Devices by key; confirmed or not."""

    passkeys: list[FakePasskey] = attrs.field(factory=list, repr=False)
    """Registered passkeys."""

    _clock: FakeClock = attrs.field(alias="clock", repr=False)

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

    def totp_code(self, secret: str | None = None) -> str:
        """Return the code that the authenticator app shows now; it counts once.

        Args:
            secret: Secret of an app that is being set up; by default that of the user's own.

        Raises:
            LookupError: The user has no authenticator app.
        """
        if secret is not None:
            return totp_code(secret, self._clock.time())
        if self.totp_secret is None:
            raise LookupError(f"the user {self.username!r} has no authenticator app; see enable_mfa")
        return totp_code(self.totp_secret, self._clock.time())

    def enable_mfa(self, *methods: str, preferred: str | None = None) -> None:
        """Set the second factors, ``totp``, ``sms`` and ``email``; none turns them off.

        Args:
            methods: The methods; ``totp`` creates a ``totp_secret`` if there is none.
            preferred: The one that is asked for if there are several; by default the user chooses.

        Raises:
            LookupError: A name is unknown, or the user has no phone number or address for the method.
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


def new_totp_secret() -> str:
    """Return a new secret for an authenticator app."""
    return b32encode(secrets.token_bytes(20)).decode()


def totp_code(secret: str, moment: float) -> str:
    """Return the code of RFC 6238 for a time."""
    from cryptography.hazmat.primitives.hashes import SHA1  # noqa: PLC0415  an optional requirement
    from cryptography.hazmat.primitives.twofactor.totp import TOTP  # noqa: PLC0415  as above

    key = b32decode(secret)
    sha1 = SHA1()  # noqa: S303  as RFC 6238 has it
    return TOTP(key, _DIGITS, sha1, TOTP_STEP, enforce_key_length=False).generate(moment).decode()
