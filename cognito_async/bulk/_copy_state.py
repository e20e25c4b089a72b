"""The state of a copy, as its journal says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from cognito_async.bulk._copy_report import (
    NEVER_COPIED,
    CopyCounts,
    CopyFailure,
    CopyOutcome,
    CopyReport,
)
from cognito_async.bulk._journal import Record

COLLISION = "UserCollision"
"""Error of users, memberships and identities whose user in the target may be somebody else."""

_SHOWN_FAILURES = 100
_WITH_PROGRESS = ("users", "memberships")

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
        self.skipped: Counter[tuple[str, str]] = Counter()
        self.collided: set[str] = set()
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
                for part, outcome, *status, number in counts:
                    position.counts[part, outcome] += number
                    position.skipped.update({(part, each): number for each in status})
                    self.counts[part, outcome] += number
                    self.skipped.update({(part, each): number for each in status})
                found = {name for part, _, name, error, _ in items if (part, error) == ("users", COLLISION)}
                position.collided |= found
                self.collided |= found
                position.failures += self._fail(items)
            case _:  # restart
                self.counts -= position.counts
                self.skipped -= position.skipped
                self.collided -= position.collided
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
        for done in (self.items, self.notes, self.counts, self.skipped, self.collided, self.failures):
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
            not_copied=self.notes | self._skipped_notes() | NEVER_COPIED,
            failed=sum(number for (_, outcome), number in self.counts.items() if outcome == "failed"),
            failures=tuple(self.failures),
            seconds=seconds,
        )

    def _skipped_notes(self) -> dict[str, str]:
        found = [(*_SKIPPED[each], number) for each, number in sorted(self.skipped.items())]
        return {what: f"{number} of them: {reason}" for what, reason, number in found}

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
