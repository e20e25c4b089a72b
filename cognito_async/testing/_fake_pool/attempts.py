"""Sign-ins that have begun, and their sessions."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import attrs

from cognito_async.testing._fake_pool.clients import FakeAppClient
from cognito_async.testing._fake_pool.clock import FakeClock
from cognito_async.testing._fake_pool.faults import invalid_session
from cognito_async.testing._fake_pool.stored_user import Code, StoredUser
from cognito_async.testing._srp_server import ServerExchange

_WRONG_CODES = 5
"""Wrong codes after which a session ends; the number of the service is not documented."""


@attrs.define(kw_only=True, eq=False)
class Attempt:
    """A sign-in that has begun."""

    client: FakeAppClient
    user: StoredUser
    typed: str
    """User name as typed."""

    flow: str
    admin: bool
    """Whether it was started by ``AdminInitiateAuth``."""

    context: Mapping[str, Any] = attrs.field(factory=dict)
    """``UserContextData`` or ``ContextData`` of the start."""

    device_key: str | None = None
    metadata: Mapping[str, str] = attrs.field(factory=dict)
    challenge: str = ""
    session: str | None = None
    expires: float = 0
    announced: bool = False
    """Whether a challenge has told the canonical user name."""

    proved: bool = False
    """Whether the password, a code or a passkey was right."""

    exchange: ServerExchange | None = None
    code: Code | None = None
    choices: list[str] = attrs.field(factory=list)
    webauthn_challenge: str = ""
    custom_answer: str = ""
    custom_results: list[bool] = attrs.field(factory=list)
    totp_secret: str | None = None
    totp_is_set_up: bool = False
    wrong_codes: int = 0

    @property
    def names(self) -> set[str]:
        """Values of ``USERNAME`` that a response may have."""
        return {self.user.username} if self.announced else {self.user.username, self.typed}


class Attempts:
    """Sign-ins by their sessions, and by their SRP exchanges if they have no session."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._by_session: dict[str, Attempt] = {}
        self._by_block: dict[str, Attempt] = {}
        self._spent: set[str] = set()

    def with_new_session(self, attempt: Attempt) -> str:
        """Give an attempt a session in place of its old one."""
        self.end(attempt)
        attempt.session = secrets.token_urlsafe(300)
        attempt.expires = self._clock.time() + attempt.client.session_lifetime
        self._by_session[attempt.session] = attempt
        return attempt.session

    def without_session(self, attempt: Attempt, block: str) -> None:
        """Find an attempt by its ``SECRET_BLOCK``."""
        self.end(attempt)
        attempt.expires = self._clock.time() + attempt.client.session_lifetime
        self._by_block[block] = attempt

    def by_session(self, session: str) -> Attempt:
        """Return the attempt of a session."""
        attempt = self._by_session.get(session)
        if attempt is None:
            raise invalid_session("session can only be used once" if session in self._spent else "")
        self._check_expiry(attempt)
        return attempt

    def by_block(self, block: str | None, session: str | None) -> Attempt:
        """Return the attempt of an SRP exchange; its session too must fit, if it has one."""
        if session is not None:
            attempt = self.by_session(session)
            exchange = attempt.exchange
            if exchange is None or exchange.secret_block != block:
                raise invalid_session()
            return attempt
        found = self._by_block.get(block or "")
        if found is None:
            raise invalid_session()
        self._check_expiry(found)
        return found

    def newest(self, username: str, challenge: str) -> Attempt | None:
        """Return the newest attempt of a user that waits for a challenge."""
        for attempt in reversed(self._by_session.values()):
            if attempt.challenge == challenge and username in (attempt.user.username, attempt.typed):
                return attempt
        return None

    def end(self, attempt: Attempt) -> None:
        """Make the session and the exchange of an attempt unusable."""
        if attempt.session is not None:
            self._by_session.pop(attempt.session, None)
            self._spent.add(attempt.session)
            attempt.session = None
        if attempt.exchange is not None:
            self._by_block.pop(attempt.exchange.secret_block, None)

    def count_wrong_code(self, attempt: Attempt) -> None:
        """Keep the session after a wrong code, a few times."""
        attempt.wrong_codes += 1
        if attempt.wrong_codes >= _WRONG_CODES:
            self.end(attempt)

    def _check_expiry(self, attempt: Attempt) -> None:
        if self._clock.time() >= attempt.expires:
            raise invalid_session("session is expired")
