"""The report of a copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias, get_args

from attrs import field, frozen

CopyPart: TypeAlias = Literal[
    "settings", "resource_servers", "identity_providers", "app_clients", "groups", "users", "memberships"
]
"""A part of a user pool."""

PARTS: Final[tuple[CopyPart, ...]] = get_args(CopyPart)

CopyOutcome: TypeAlias = Literal["created", "existing", "skipped", "failed"]

NEVER_COPIED: Final = {
    "passwords": "the service returns no passwords; see the page Bulk work for what users can do",
    "multi-factor settings of users": "the service returns no TOTP secrets and no passkeys",
    "remembered devices": "their secrets are on the devices",
    "sub, dates, usernames of pools that sign in with email or phone number": "the service sets them",
    "domains": "a domain belongs to one pool: remove it from the source, then add it to the target",
    "secrets of app clients": "the target has new ones; describe_user_pool_client returns them",
    "permissions of Lambda triggers": "each function must allow the target to invoke it",
    "branding, terms, threat protection, log delivery, tags of WAF": "copy them with their own operations",
}
"""What no copy has, and why."""


@frozen(kw_only=True)
class CopyCounts:
    """Numbers of a part."""

    created: int = 0
    """Created in the target; in a dry run, what would be created."""

    existing: int = 0
    """Existed in the target, and left unchanged."""

    skipped: int = 0
    """Not copied; ``CopyReport.not_copied`` says why."""

    failed: int = 0
    """Rejected by the service."""


@frozen(kw_only=True)
class CopyFailure:
    """Something that the service rejected."""

    part: str
    """Part of the pool, such as ``users``."""

    name: str = field(repr=False)
    """Name of the user, group and so on."""

    error: str
    """Name of the error, such as ``InvalidParameterException``.

    ``UserCollision`` means that the user of this name in the target may be somebody else, and
    ``ProviderMismatch`` that the target lacks the identity provider or has another one of its name.
    """

    message: str = field(repr=False)
    """Message of the service."""


@frozen(kw_only=True)
class CopyReport:
    """Result of a copy, earlier runs included."""

    target_pool_id: str | None
    """Pool with the copy; None if a dry run would create it."""

    dry_run: bool
    """Whether nothing was changed."""

    was_complete: bool
    """Whether an earlier run completed the copy, as the journal says; this run copied nothing then."""

    counts: Mapping[str, CopyCounts]
    """Numbers by part; also ``attributes`` (custom ones) and ``identities`` (linked to users)."""

    client_ids: Mapping[str, str]
    """Ids of app clients in the target by their ids in the source."""

    not_copied: Mapping[str, str]
    """What the target does not have, and why."""

    failed: int
    """Number of failures."""

    failures: Sequence[CopyFailure]
    """The first hundred of them."""

    seconds: float
    """Seconds of this run."""
