"""botocore's credential chain: profiles, SSO, assumed roles, web identity, processes, containers, EC2.

botocore blocks, so it runs in a thread. It is imported only when the chain is used.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import define, field

from cognito_async._errors import CredentialsError
from cognito_async._thread_switches import frequent_thread_switches
from cognito_async.credentials import BotocoreCredentials, Credentials
from cognito_async.credentials._provider import NO_CREDENTIALS_HELP
from cognito_async.credentials._refreshing import ADVISORY_REFRESH, MANDATORY_REFRESH, RefreshingProvider


@define
class BotocoreSource:
    """A botocore credentials object, which refreshes itself shortly before it expires."""

    credentials: BotocoreCredentials | None = field(default=None, repr=False)
    profile: str | None = None

    async def fetch(self) -> Credentials:
        """Get credentials from botocore, in a thread."""
        return await asyncio.to_thread(self._fetch)

    def seconds_left(self, credentials: Credentials) -> float | None:
        """Return the time until expiry; approximate, because botocore only compares it with a threshold."""
        del credentials
        needed = getattr(self.credentials, "refresh_needed", None)
        if needed is None or not needed(ADVISORY_REFRESH):
            return None
        return next((left + 1.0 for left in (MANDATORY_REFRESH, 0) if not needed(left + 1)), 0.0)

    def latest(self, credentials: Credentials) -> Credentials:
        """Return the object's current keys if other code has refreshed them; does not block."""
        current = self.credentials
        needed = getattr(current, "refresh_needed", None)
        # needed() without an argument applies botocore's own threshold.
        if current is None or needed is None or needed(ADVISORY_REFRESH) or needed():
            return credentials
        frozen = current.get_frozen_credentials()
        same = frozen.access_key == credentials.access_key_id and frozen.token == credentials.session_token
        return credentials if same else _credentials(frozen)

    def _fetch(self) -> Credentials:
        if self.credentials is None:
            self.credentials = _from_chain(self.profile)
        return _credentials(self.credentials.get_frozen_credentials())


def parse_time(text: str) -> datetime:
    """Parse a time in any form that botocore accepts.

    Raises:
        ValueError: The text is not a time.
    """
    from botocore.utils import parse_timestamp  # noqa: PLC0415  50 ms, rarely needed

    moment: datetime = parse_timestamp(text)
    return moment


def _credentials(frozen: Any) -> Credentials:
    return Credentials(
        access_key_id=frozen.access_key,
        secret_access_key=frozen.secret_key,
        session_token=frozen.token or None,
    )


def _from_chain(profile: str | None) -> BotocoreCredentials:
    with frequent_thread_switches():
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415  100 ms, needed only here
        from botocore.session import Session  # noqa: PLC0415

    # botocore would prefer AWS_DEFAULT_PROFILE, even an empty one; the other AWS SDKs prefer AWS_PROFILE. The
    # name is a default and not an argument: an argument would disable a web identity of the environment.
    default = os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE") or None
    try:
        session = Session(session_vars={"profile": (None, None, default, None)}, profile=profile)
        credentials: BotocoreCredentials | None = session.get_credentials()
    except BotoCoreError as error:
        named = f" of profile {profile or default!r}" if profile or default else ""
        raise CredentialsError(f"botocore could not load credentials{named}: {error}") from error
    if credentials is None:
        raise CredentialsError(f"no AWS credentials: {NO_CREDENTIALS_HELP}")
    return credentials


_shared: dict[object, RefreshingProvider] = {}
_lock = threading.Lock()


def shared_botocore_provider(profile: str | None, environment: Mapping[str, str]) -> RefreshingProvider:
    """Return the provider of a profile; clients with the same ``AWS_*`` variables share one."""
    settings = frozenset((name, value) for name, value in environment.items() if name.startswith("AWS_"))
    with _lock:
        return _shared.setdefault(
            (profile, settings), RefreshingProvider(BotocoreSource(profile=profile), shared=True)
        )
