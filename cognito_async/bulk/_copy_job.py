"""A running copy: its pools, and the records of what is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from cognito_async._errors import (
    CognitoError,
    InvalidRequestError,
    InvalidResponseError,
    ServiceError,
    TransportError,
)
from cognito_async.bulk._copy_state import CopyState, Item
from cognito_async.bulk._import_user import failure_of
from cognito_async.bulk._journal import Journal
from cognito_async.client import CognitoClient
from cognito_async.errors import InvalidLambdaResponseException, UnexpectedLambdaException

REJECTIONS = (ServiceError, InvalidRequestError)
"""Errors that may be failures of one thing only."""

ANOTHER_JOURNAL = (
    "Pass another journal=; to go on with a pool that this one's copy has created, also pass target_pool_id=."
)

T = TypeVar("T")

_FIRST_SERVER_ERROR = 500
_OF_TRIGGERS = (UnexpectedLambdaException, InvalidLambdaResponseException)
_TRIGGERS = (
    "A Lambda trigger of the target fails, so it would for the other users too. Allow the target to invoke "
    "each function in its lambda_config, with aws lambda add-permission; the page Bulk work has the command. "
    "The next call tries these users again."
)


class CopyJob:
    """A running copy.

    Before the first creation of a part, it records what the target has. So the next run knows what an
    interrupted run has created, also if the process ended before it could record that.

    Attributes:
        pool: Settings of the source, in wire form.
        same_region: Whether source and target are in the same Region.
    """

    def __init__(
        self,
        source: CognitoClient,
        source_pool_id: str,
        target: CognitoClient,
        state: CopyState,
        journal: Journal | None,
        *,
        pool_name: str | None,
        dry_run: bool,
    ) -> None:
        self.source = source
        self.source_pool_id = source_pool_id
        self.target = target
        self.state = state
        self.pool_name = pool_name
        self.dry_run = dry_run
        self.pool: Mapping[str, Any] = {}
        self.same_region = True
        self._journal = journal

    @property
    def journal_path(self) -> Path | None:
        """File of the journal, if there is one."""
        return None if self._journal is None else self._journal.path

    @property
    def has_target(self) -> bool:
        """Whether the target exists; False in a dry run that would create it."""
        return self.state.target_pool_id is not None

    @property
    def target_pool_id(self) -> str:
        """Id of the target."""
        return self.state.target_pool_id or ""

    def record(self, **record: Any) -> None:
        """Record what is done."""
        if self._journal is not None:
            self._journal.append(record)
        self.state.replay(record)

    def record_item(self, item: Item, **more: Any) -> None:
        """Record what became of something, once."""
        if not self.is_done(item.part, item.name):
            self.record(item=item, **more)

    def is_done(self, part: str, name: str) -> bool:
        """Return whether something is recorded."""
        return (part, name) in self.state.items

    async def sync(self) -> None:
        """Write the records to the disk."""
        if self._journal is not None:
            await self._journal.sync()

    async def begin(self, part: str, present: Sequence[str]) -> Collection[str]:
        """Return what the target had before the first run; ``present`` is what it has now."""
        if part not in self.state.existing:
            self.record(begin=part, existing=list(present))
            await self.sync()
        return self.state.existing[part]

    def note(self, what: str, reason: str) -> None:
        """Record what the target does not have."""
        if what not in self.state.notes:
            self.record(note=what, reason=reason)

    def compare_regions(self, target: str) -> None:
        """Compare the Regions; the id of a pool starts with its Region."""
        self.same_region = self.source_pool_id.partition("_")[0] == target.partition("_")[0]


async def create_once(
    send: Callable[[], Awaitable[T]],
    find: Callable[[], Awaitable[T | None]],
    rejected: Callable[[], object],
) -> T:
    """Create something whose name is not unique, and return it.

    Args:
        send: Sends the request; its operation is not idempotent, so the client does not send it twice.
        find: Returns what the request has created, if its response was lost.
        rejected: Called if nothing was created.
    """
    try:
        return await send()
    except CognitoError as error:
        if not _may_have_worked(error):
            rejected()
            raise
        found = await find()
        if found is None:
            raise
        return found


def _may_have_worked(error: CognitoError) -> bool:
    """Return whether the request may have been carried out."""
    if isinstance(error, ServiceError):
        return error.status >= _FIRST_SERVER_ERROR or (error.retryable and not error.throttling)
    if isinstance(error, TransportError):
        return error.may_have_arrived
    return isinstance(error, InvalidResponseError)


def failed_item(part: str, name: str, error: Exception) -> Item:
    """Return the failure of something; raise an error that would affect the rest too."""
    if isinstance(error, _OF_TRIGGERS):
        error.add_note(_TRIGGERS)
        raise error
    failure = failure_of(error, 0, None)
    if failure is None:
        raise error
    return Item(part, "failed", name, failure.error, failure.message)
