"""botocore's own ways to credentials: profiles, SSO, assumed roles, web identity, processes, containers, EC2.

botocore blocks, so it runs in a thread; it is imported only when this module is used.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from typing import Any

from attrs import define, field

from cognito_async._errors import CredentialsError
from cognito_async._providers import HOW_TO_GIVE
from cognito_async._refresh import EARLY, LATE, RefreshingProvider
from cognito_async.credentials import BotocoreCredentials, Credentials


@define
class BotocoreSource:
    """Credentials of a botocore object, which renews itself when it is asked late enough."""

    held: BotocoreCredentials | None = field(default=None, repr=False)
    profile: str | None = None

    async def fetch(self) -> Credentials:
        """Ask botocore, in a thread."""
        return await asyncio.to_thread(self._fetch)

    def seconds_left(self, credentials: Credentials) -> float | None:
        """Steps rather than seconds: botocore says only whether the end is nearer than a time."""
        del credentials
        needed = getattr(self.held, "refresh_needed", None)
        if needed is None or not needed(EARLY):
            return None
        return next((left + 1.0 for left in (LATE, 0) if not needed(left + 1)), 0.0)

    def latest(self, credentials: Credentials) -> Credentials:
        """Notice that somebody else has had the object renew its keys; does not block."""
        held = self.held
        needed = getattr(held, "refresh_needed", None)
        if (
            held is None or needed is None or needed(EARLY) or needed()
        ):  # the last is the object's own measure
            return credentials
        frozen = held.get_frozen_credentials()
        same = frozen.access_key == credentials.access_key_id and frozen.token == credentials.session_token
        return credentials if same else _credentials(frozen)

    def _fetch(self) -> Credentials:
        if self.held is None:
            self.held = _from_chain(self.profile)
        return _credentials(self.held.get_frozen_credentials())


def _credentials(frozen: Any) -> Credentials:
    return Credentials(
        access_key_id=frozen.access_key,
        secret_access_key=frozen.secret_key,
        session_token=frozen.token or None,
    )


def _from_chain(profile: str | None) -> BotocoreCredentials:
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415  100 ms, and only here
    from botocore.session import Session  # noqa: PLC0415

    try:
        found: BotocoreCredentials | None = Session(profile=profile).get_credentials()
    except BotoCoreError as error:
        named = f" of profile {profile!r}" if profile else ""
        raise CredentialsError(f"botocore could not load credentials{named}: {error}") from error
    if found is None:
        raise CredentialsError(f"no AWS credentials: {HOW_TO_GIVE}")
    return found


_shared: dict[object, RefreshingProvider] = {}
_lock = threading.Lock()


def shared_chain(profile: str | None, environment: Mapping[str, str]) -> RefreshingProvider:
    """Return the provider of a profile, one for the whole process as long as its settings stay."""
    settings = frozenset((name, value) for name, value in environment.items() if name.startswith("AWS_"))
    with _lock:
        return _shared.setdefault(
            (profile, settings), RefreshingProvider(BotocoreSource(profile=profile), shared=True)
        )
