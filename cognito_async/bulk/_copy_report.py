"""The report of a copy, and its state as the journal says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias, get_args

from attrs import field, frozen

from cognito_async.bulk._journal import Record

CopyPart: TypeAlias = Literal[
    "settings", "resource_servers", "identity_providers", "app_clients", "groups", "users", "memberships"
]
"""A part of a user pool."""

PARTS: Final[tuple[CopyPart, ...]] = get_args(CopyPart)

CopyOutcome: TypeAlias = Literal["created", "existing", "skipped", "failed"]

COLLISION = "UserCollision"
"""Error of users, memberships and identities whose user in the target may be somebody else."""

_SHOWN_FAILURES = 100
_SKIPPED: Final = {
    ("users", "EXTERNAL_PROVIDER"): ("users of identity providers", "their first sign-in creates them"),
    ("users", "UNCONFIRMED"): ("users who have not confirmed their sign-up", "they sign up again"),
    ("memberships", "EXTERNAL_PROVIDER"): (
        "memberships of users of identity providers",
        "add them to their groups after their first sign-in",
    ),
    ("memberships", "UNCONFIRMED"): (
        "memberships of users who have not confirmed their sign-up",
        "add them to their groups after they have signed up again",
    ),
}
"""What is skipped, by part and status of the user, and why."""

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
    """Whether an earlier run completed the copy, as the journal says; this run sent nothing then."""

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


class Item(NamedTuple):
    """What became of something."""

    part: str
    outcome: CopyOutcome
    name: str = ""
    error: str = ""
    message: str = ""


class PagePosition:
    """Position in a list that is copied page by page."""

    def __init__(self) -> None:
        self.token: str | None = None
        self.done = 0
        """Pages that are done."""

        self.begun = 0
        """Pages that may have been copied in part."""

        self.complete = False


class CopyState:
    """What a copy has done. Each change is a record, which is replayed by the next run."""

    def __init__(self) -> None:
        self.target_pool_id: str | None = None
        self.started: float | None = None
        self.complete = False
        self.existing: dict[str, list[str]] = {}
        """Names in the target by part, before anything was created."""

        self.ended: set[str] = set()
        self.items: set[tuple[str, str]] = set()
        """Parts and names that are done."""

        self.client_ids: dict[str, str] = {}
        self.notes: dict[str, str] = {}
        self.counts: Counter[tuple[str, str]] = Counter()
        self.skipped: Counter[tuple[str, str]] = Counter()
        """Numbers by part and status of the user."""

        self.collided: set[str] = set()
        """Users who were not created because the target may have somebody else of their name."""

        self.failures: list[CopyFailure] = []
        self._positions: dict[str, PagePosition] = {}

    def position(self, key: str) -> PagePosition:
        """Return the position in a list."""
        return self._positions.setdefault(key, PagePosition())

    @property
    def copied(self) -> tuple[int, int]:
        """Users and memberships that were processed, and those of them that failed."""
        counts = [(outcome, n) for (part, outcome), n in self.counts.items() if part in _WITH_PROGRESS]
        return sum(n for _, n in counts), sum(n for outcome, n in counts if outcome == "failed")

    def replay(self, record: Record) -> None:
        """Take over a record."""
        self.target_pool_id = record.get("target", self.target_pool_id)
        self.started = record.get("started", self.started)
        self.complete = record.get("complete", self.complete)
        match record:
            case {"begin": part, "existing": existing}:
                self.existing[part] = existing
            case {"end": part}:
                self.ended.add(part)
            case {"note": what, "reason": reason}:
                self.notes[what] = reason
            case {"list": key, "begun": begun}:
                self.position(key).begun = begun
            case {"list": key, "done": done, "token": token, "items": items, "counts": counts}:
                position = self.position(key)
                position.done, position.token, position.complete = done, token, token is None
                for part, outcome, *status, number in counts:
                    self.counts[part, outcome] += number
                    self.skipped.update({(part, each): number for each in status})
                self._fail(items)
            case {"item": item, **more}:
                self.items.add((item[0], item[2]))
                self.counts[item[0], item[1]] += 1
                self._fail([item])
                if "client" in more:
                    self.client_ids[item[2]] = more["client"]
            case _:
                pass

    def report(self, *, dry_run: bool, was_complete: bool, seconds: float) -> CopyReport:
        """Return the report."""
        numbers: dict[str, dict[str, int]] = {}
        for (part, outcome), number in self.counts.items():
            numbers.setdefault(part, {})[outcome] = number
        return CopyReport(
            target_pool_id=self.target_pool_id,
            dry_run=dry_run,
            was_complete=was_complete,
            counts={part: CopyCounts(**each) for part, each in numbers.items()},
            client_ids=dict(self.client_ids),
            not_copied=self.notes | self._skipped_notes() | NEVER_COPIED,
            failed=sum(number for (_, outcome), number in self.counts.items() if outcome == "failed"),
            failures=tuple(self.failures),
            seconds=seconds,
        )

    def _skipped_notes(self) -> dict[str, str]:
        found = [(*_SKIPPED[each], number) for each, number in sorted(self.skipped.items())]
        return {what: f"{number} of them: {reason}" for what, reason, number in found}

    def _fail(self, items: Iterable[Sequence[Any]]) -> None:
        for part, outcome, name, error, message in items:
            if (part, error) == ("users", COLLISION):
                self.collided.add(name)
            if outcome == "failed" and len(self.failures) < _SHOWN_FAILURES:
                self.failures.append(CopyFailure(part=part, name=name, error=error, message=message))


_WITH_PROGRESS = ("users", "memberships")
