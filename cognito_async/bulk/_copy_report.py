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

_SHOWN_FAILURES = 100

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
    """Name of the error, such as ``InvalidParameterException``."""

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


class Item(NamedTuple):
    """What became of something."""

    part: str
    outcome: CopyOutcome
    name: str = ""
    error: str = ""
    message: str = ""


class PagePosition:
    """Position in a list that is copied page by page, and what became of its users."""

    def __init__(self, *, restarted: bool = False) -> None:
        self.token: str | None = None
        self.done = 0
        """Users of the pages that are done."""

        self.begun = 0
        """Users of these pages, and of those that may have been copied in part."""

        self.complete = False
        self.restarted = restarted
        """Whether an earlier run may have copied any user of the list."""

        self.counts: Counter[tuple[str, str]] = Counter()
        self.failures: list[CopyFailure] = []

    @property
    def copied(self) -> tuple[int, int]:
        """Users that were processed, and those of them that failed."""
        return _copied(self.counts)


class CopyState:
    """What a copy has done. Each change is a record, which is replayed by the next run."""

    def __init__(self) -> None:
        self.target_pool_id: str | None = None
        self.account: str | None = None
        """Account of the target."""

        self.has_old_target = False
        """Whether an earlier copy, which is complete, created the target."""

        self.creating: str | None = None
        """Tag of the pool that a request may have created; empty for a request without a tag."""

        self.creating_clients: set[str] = set()
        """App clients of the source for which a request was sent."""

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
        self.failures: list[CopyFailure] = []
        self._positions: dict[str, PagePosition] = {}

    def position(self, key: str) -> PagePosition:
        """Return the position in a list."""
        return self._positions.setdefault(key, PagePosition())

    @property
    def copied(self) -> tuple[int, int]:
        """Users and memberships that were processed, and those of them that failed."""
        return _copied(self.counts)

    def replay(self, record: Record) -> None:
        """Take over a record."""
        self.target_pool_id = record.get("target", self.target_pool_id)
        self.account = record.get("account", self.account)
        self.started = record.get("started", self.started)
        self.complete = record.get("complete", self.complete)
        if "list" in record:
            self._replay_list(record)
            return
        match record:
            case {"begin": part, "existing": existing}:
                self.existing[part] = existing
            case {"end": part}:
                self.ended.add(part)
            case {"note": what, "reason": reason}:
                self.notes[what] = reason
            case {"item": item, **more}:
                self.items.add((item[0], item[2]))
                self.counts[item[0], item[1]] += 1
                self._fail([item])
                if "client" in more:
                    self.client_ids[item[2]] = more["client"]
            case {"again": _}:
                self._go_through_again()
            case _:
                self._replay_creation(record)

    def _replay_creation(self, record: Record) -> None:
        match record:
            case {"creating": tag, "existing": existing}:
                self.creating, self.existing["settings"] = tag, existing
            case {"rejected": "settings"}:
                self.creating = None
            case {"creating_client": client_id}:
                self.creating_clients.add(client_id)
            case {"rejected_client": client_id}:
                self.creating_clients.discard(client_id)
            case _:
                pass

    def _replay_list(self, record: Record) -> None:
        position = self.position(record["list"])
        match record:
            case {"begun": begun}:
                position.begun = begun
            case {"done": done, "token": token, "items": items, "counts": counts}:
                position.done, position.token, position.complete = done, token, token is None
                for part, outcome, number in counts:
                    position.counts[part, outcome] += number
                    self.counts[part, outcome] += number
                position.failures += self._fail(items)
            case _:  # restart
                self.counts -= position.counts
                self.failures = [each for each in self.failures if each not in position.failures]
                self._positions[record["list"]] = PagePosition(restarted=True)

    def _go_through_again(self) -> None:
        """Forget what is done. What an incomplete copy has created is still known to be its own."""
        if self.complete:
            self.complete, self.started, self.has_old_target = False, None, True
            self.existing.clear()
            self.creating_clients.clear()
            self._positions.clear()
        else:
            self._positions = {key: PagePosition(restarted=True) for key in self._positions}
        is_set = "settings" in self.ended and not any(each.part == "settings" for each in self.failures)
        self.ended = {"settings"} if is_set else set()
        for done in (self.items, self.notes, self.counts, self.failures):
            done.clear()

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
            not_copied=self.notes | NEVER_COPIED,
            failed=sum(number for (_, outcome), number in self.counts.items() if outcome == "failed"),
            failures=tuple(self.failures),
            seconds=seconds,
        )

    def _fail(self, items: Iterable[Sequence[Any]]) -> list[CopyFailure]:
        failures = [
            CopyFailure(part=part, name=name, error=error, message=message)
            for part, outcome, name, error, message in items
            if outcome == "failed"
        ][: _SHOWN_FAILURES - len(self.failures)]
        self.failures += failures
        return failures


def _copied(counts: Mapping[tuple[str, str], int]) -> tuple[int, int]:
    numbers = [(outcome, n) for (part, outcome), n in counts.items() if part in _WITH_PROGRESS]
    return sum(n for _, n in numbers), sum(n for outcome, n in numbers if outcome == "failed")


_WITH_PROGRESS = ("users", "memberships")
