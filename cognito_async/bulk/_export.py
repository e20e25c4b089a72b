"""Export of all users of a pool to a file."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from contextlib import aclosing
from functools import partial
from io import FileIO
from pathlib import Path
from typing import Any

from attrs import frozen

from cognito_async import types
from cognito_async._errors import InvalidRequestError
from cognito_async.bulk._entries import Format, csv_line, format_of, json_line, user_as_csv, user_as_json
from cognito_async.bulk._errors import BulkError
from cognito_async.bulk._export_file import ExportState, append, open_target
from cognito_async.bulk._files import check_distinct, in_thread, target_of
from cognito_async.bulk._gather import check_concurrency, gather
from cognito_async.bulk._journal import Journal
from cognito_async.bulk._parts import (
    PREFIXES,
    PoolList,
    UnreliableFilterError,
    filter_works,
    find_missing,
    read_parts,
    read_sample,
)
from cognito_async.bulk._progress import ProgressCallback, ProgressReporter
from cognito_async.client import CognitoClient
from cognito_async.errors import InvalidParameterException, UserNotFoundException

_GROUP_REQUESTS = 10
"""Requests for the groups of users at the same time."""
_START_OVER = "Call again: the export starts over, page after page. A new one does so with concurrency=1."


@frozen(kw_only=True)
class ExportReport:
    """Result of a complete export."""

    path: Path
    """File with the users."""

    users: int
    """Users in the file."""

    resumed: int
    """Users that earlier runs wrote."""

    seconds: float
    """Seconds of this run."""


async def export_users(
    client: CognitoClient,
    user_pool_id: str,
    path: str | os.PathLike[str],
    *,
    format: Format | None = None,  # noqa: A002  the usual name
    filter: str | None = None,  # noqa: A002  name of the parameter of list_users
    attributes_to_get: Sequence[str] | None = None,
    groups: bool = False,
    concurrency: int = 8,
    journal: str | os.PathLike[str] | None = None,
    progress: ProgressCallback | None = None,
    resume: bool = True,
) -> ExportReport:
    """Write all users of a pool to a file; memory is independent of the number of users.

    The pool is read in 16 parts at the same time, as by ``list_all_users``, and page after page with a
    ``filter``, with ``concurrency=1``, or if the service does not filter by a prefix of ``sub``. Users who
    are read page after page are in the order of ``list_users``, otherwise the order is arbitrary. Parts are
    checked as by ``list_all_users``; after an error of that check, the next call starts over, page after
    page.

    A run that was killed or failed continues when it is called again with the same arguments; the file then
    has each user once, as if there had been no interruption. Until the export is complete, there is a
    journal beside the file. A user that is created or deleted meanwhile may be in the file or not.

    JSON Lines have a user on each line, with everything that ``list_users`` returns. CSV has the columns of
    ``get_csv_header``, for an import job. Passwords, TOTP secrets and devices cannot be read from a pool.

    Args:
        client: Client that sends the requests; they are signed.
        user_pool_id: Pool to export.
        path: File to write. On POSIX systems, only its owner may read it.
        format: ``jsonl`` or ``csv``; by default from the suffix of the file.
        filter: As in ``list_users``, such as ``status = "Enabled"``; see ``cognito_async.filters``.
        attributes_to_get: Names of attributes, for a part of them.
        groups: Whether to write the groups of each user: one more request for each, JSON Lines only.
        concurrency: Maximum number of requests for pages at the same time, at most 16. The quota of
            ``ListUsers`` is 30 requests per second for the account and Region. A run that continues reads
            in parts, or page after page, as the one before.
        journal: File of the journal; by default the path with ``.journal`` at its end.
        progress: Called with a ``Progress``, at most ten times per second. The total is the service's
            estimate, from ``describe_user_pool``.
        resume: False to start over, and replace an existing file when the first page is there.

    Raises:
        BulkError: The file exists and is complete, or does not fit the journal, or is the journal.
        JournalError: The journal belongs to another export, or the file is no journal.
        JournalLockedError: The same export is running already.
        InvalidRequestError: An argument is invalid.
        InvalidResponseError: The filter by ``sub`` has returned wrong users or too few. Call again.
        CognitoError: A request failed. Call again to continue.
        OSError: A file cannot be written.
    """
    target = await in_thread(target_of, path)
    form = format_of(target, format, "export_users")
    if groups and form == "csv":
        raise InvalidRequestError("export_users", ["groups: CSV has no column for them; use JSON Lines"])
    check_concurrency(concurrency, "export_users")
    job: dict[str, str | int | bool | None] = {
        "job": "export_users",
        "user_pool_id": user_pool_id,
        "format": form,
        # A filter may contain personal data.
        "filter_sha256": filter and hashlib.sha256(filter.encode()).hexdigest(),
        "attributes_to_get": None if attributes_to_get is None else ",".join(attributes_to_get),
        "groups": groups,
    }
    log_path = target.with_name(f"{target.name}.journal") if journal is None else Path(journal)
    await in_thread(partial(check_distinct, path=target, journal=log_path))
    state = ExportState()

    def check_target() -> None:
        if resume and target.exists() and target.stat().st_size:
            raise BulkError(f"{target} exists and is not an unfinished export; resume=False replaces it")

    log = await Journal.open(
        log_path,
        job,
        state.replay,
        resume=resume,
        before_create=check_target,
    )
    try:
        file = await in_thread(open_target, target, state.size)
        try:
            pool = PoolList(client, user_pool_id, attributes_to_get)
            export = _Export(pool, file, log, state, csv=form == "csv", with_groups=groups)
            report = await export.run(Path(path), filter, min(concurrency, len(PREFIXES)), progress)
        finally:
            file.close()
        await log.complete()
    finally:
        log.close()
    return report


class _Export:
    """A running export."""

    def __init__(
        self,
        pool: PoolList,
        file: FileIO,
        journal: Journal,
        state: ExportState,
        *,
        csv: bool,
        with_groups: bool,
    ) -> None:
        self.pool = pool
        self.client = pool.client
        self.user_pool_id = pool.user_pool_id
        self.file = file
        self.journal = journal
        self.state = state
        self.csv = csv
        self.with_groups = with_groups

    async def run(
        self,
        target: Path,
        user_filter: str | None,
        concurrency: int,
        progress: ProgressCallback | None,
    ) -> ExportReport:
        state = self.state
        start, resumed = time.monotonic(), state.users
        total = await self._estimate() if progress is not None and user_filter is None else None
        reporter = ProgressReporter(progress, total=total, done=state.users)
        reporter.start()
        if self.csv and not state.columns:
            await self._read_columns()
        try:
            if await self._in_parts(user_filter, concurrency):
                await self._read_in_parts(concurrency, reporter)
            else:
                await self._read(user_filter, reporter)
        except InvalidParameterException as error:
            if resumed:
                error.add_note("The service may have rejected the saved position: resume=False starts over.")
            raise
        finally:
            await self.journal.sync()
        reporter.finish()
        seconds = time.monotonic() - start
        return ExportReport(path=target, users=state.users, resumed=resumed, seconds=seconds)

    async def _in_parts(self, user_filter: str | None, concurrency: int) -> bool:
        """Return whether to read the list in parts; a run that continues does what the first one did."""
        state = self.state
        is_new = state.parts is None and not state.users and not state.only_pages
        if is_new and user_filter is None and concurrency > 1:
            sample = await read_sample(self.pool)
            if not sample.is_whole and await filter_works(self.pool, sample):
                self._record(None, parts=True, sample=sample.names())
        return state.parts is not None

    async def _read(self, user_filter: str | None, reporter: ProgressReporter) -> None:
        pages = self.client.get_paginator("list_users").paginate(
            user_pool_id=self.user_pool_id,
            filter=user_filter,
            attributes_to_get=self.pool.attributes_to_get,
            starting_token=self.state.token,
            prefetch=1,
        )
        async for page in pages:
            await self._write(page.users, pages.resume_token)
            reporter.advance(len(page.users))

    async def _read_in_parts(self, concurrency: int, reporter: ProgressReporter) -> None:
        state = self.state
        try:
            async with aclosing(read_parts(self.pool, state.parts or {}, concurrency)) as pages:
                async for page in pages:
                    await self._write(page.users, page.next_token, page.prefix)
                    reporter.advance(len(page.users))
                    del page  # not held while the next one is awaited
            async with aclosing(find_missing(self.pool, state.missing)) as found:
                async for users in found:
                    await self._write(users, None)
                    reporter.advance(len(users))
        except UnreliableFilterError as fault:
            self._record(None, size=0, users=0, parts=False)
            raise fault.with_advice(_START_OVER) from None

    async def _estimate(self) -> int | None:
        response = await self.client.describe_user_pool(user_pool_id=self.user_pool_id)
        return response.user_pool.estimated_number_of_users

    async def _read_columns(self) -> None:
        response = await self.client.get_csv_header(user_pool_id=self.user_pool_id)
        self.state.columns = list(response.csv_header or ())

    async def _write(
        self, users: Sequence[types.UserType], token: str | None, part: str | None = None
    ) -> None:
        groups: Sequence[Sequence[str]] | None = None
        more: dict[str, Any] = {} if part is None else {"part": part}
        if expected := [user.username for user in users if user.username in self.state.missing]:
            more["found"] = expected
        ends_export = token is None and not more
        if self.with_groups:
            found = await gather(
                (partial(self._groups, user) for user in users), concurrency=_GROUP_REQUESTS, on_error="raise"
            )
            kept = [(user, names) for user, names in zip(users, found, strict=True) if names is not None]
            users, groups = [user for user, _ in kept], [names for _, names in kept]
        if self.csv and not self.state.size:
            more["columns"] = self.state.columns
        self.state.size += await in_thread(self._append_users, users, groups)
        self.state.users += len(users)
        if not ends_export:
            self._record(token, **more)
            await self.journal.sync_if_due()

    async def _groups(self, user: types.UserType) -> list[str] | None:
        """Return the names of the groups; None if the user was deleted since the page was read."""
        groups = self.client.get_paginator("admin_list_groups_for_user").paginate(
            user_pool_id=self.user_pool_id, username=user.username
        )
        try:
            return [group.group_name async for group in groups.items()]
        except UserNotFoundException:
            return None

    def _append_users(self, users: Sequence[types.UserType], groups: Sequence[Sequence[str]] | None) -> int:
        """Write users, in a thread: the journal may have them only when they are on the disk."""
        if self.csv:
            header = [] if self.state.size else [csv_line(self.state.columns)]
            lines = header + [user_as_csv(user, self.state.columns) for user in users]
        else:
            lines = [
                json_line(user_as_json(user, None if groups is None else groups[index]))
                for index, user in enumerate(users)
            ]
        return append(self.file, "".join(lines), self.state.size)

    def _record(self, token: str | None, **more: Any) -> None:
        record = {"size": self.state.size, "users": self.state.users, "token": token, **more}
        self.journal.append(record)
        self.state.replay(record)
