"""Export of all users of a pool to a file."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from functools import partial
from io import FileIO
from pathlib import Path
from typing import Any

from attrs import frozen

from cognito_async import types
from cognito_async._errors import InvalidRequestError
from cognito_async.bulk._entries import Format, csv_line, format_of, json_line, user_as_csv, user_as_json
from cognito_async.bulk._errors import BulkError
from cognito_async.bulk._files import in_thread, open_private, sync, write_all
from cognito_async.bulk._gather import gather
from cognito_async.bulk._journal import Journal, Record
from cognito_async.bulk._progress import ProgressCallback, ProgressReporter
from cognito_async.client import CognitoClient
from cognito_async.errors import InvalidParameterException

_GROUP_REQUESTS = 10
"""Requests for the groups of users at the same time."""


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
    journal: str | os.PathLike[str] | None = None,
    progress: ProgressCallback | None = None,
    resume: bool = True,
) -> ExportReport:
    """Write all users of a pool to a file, page by page; memory is independent of the number of users.

    A run that was killed or failed continues when it is called again with the same arguments: the file is
    then as if there had been no interruption. Until the export is complete, there is a journal beside the
    file. A user that is created or deleted meanwhile may be in the file or not.

    JSON Lines have a user on each line, with everything that ``list_users`` returns. CSV has the columns of
    ``get_csv_header``, for an import job. Passwords, TOTP secrets and devices cannot be read from a pool.

    Args:
        client: Client that sends the requests; they are signed.
        user_pool_id: Pool to export.
        path: File to write. Only its owner may read it.
        format: ``jsonl`` or ``csv``; by default from the suffix of the file.
        filter: As in ``list_users``, such as ``status = "Enabled"``; see ``cognito_async.filters``.
        attributes_to_get: Names of attributes, for a part of them.
        groups: Whether to write the groups of each user: one more request for each, JSON Lines only.
        journal: File of the journal; by default the path with ``.journal`` at its end.
        progress: Called with a ``Progress``, at most ten times per second. The total is the service's
            estimate, from ``describe_user_pool``.
        resume: False to start over, and replace an existing file.

    Raises:
        BulkError: The file exists and is complete, or does not fit the journal.
        JournalError: The journal belongs to another export.
        JournalLockedError: The same export is running already.
        InvalidRequestError: An argument is invalid.
        CognitoError: A request failed. Call again to continue.
        OSError: A file cannot be written.
    """
    target = Path(path)
    form = format_of(target, format, "export_users")
    if groups and form == "csv":
        raise InvalidRequestError("export_users", ["groups: CSV has no column for them; use JSON Lines"])
    job: dict[str, str | int | bool | None] = {
        "job": "export_users",
        "user_pool_id": user_pool_id,
        "format": form,
        # A filter may contain personal data.
        "filter_sha256": filter and hashlib.sha256(filter.encode()).hexdigest(),
        "attributes_to_get": None if attributes_to_get is None else ",".join(attributes_to_get),
        "groups": groups,
    }
    state = _State()

    def check_target() -> None:
        if resume and target.exists():
            raise BulkError(f"{target} exists and is no unfinished export; resume=False replaces it")

    log = await Journal.open(
        Path(journal) if journal is not None else target.with_name(f"{target.name}.journal"),
        job,
        state.replay,
        resume=resume,
        before_create=check_target,
    )
    try:
        file = await in_thread(_open_target, target, state.size)
        try:
            export = _Export(client, user_pool_id, file, log, state, csv=form == "csv", with_groups=groups)
            report = await export.run(target, filter, attributes_to_get, progress)
        finally:
            file.close()
        await log.complete()
    finally:
        log.close()
    return report


class _State:
    """Position of an export, as its journal says."""

    def __init__(self) -> None:
        self.token: str | None = None
        self.size = 0
        self.users = 0
        self.columns: list[str] = []

    def replay(self, record: Record) -> None:
        self.token, self.size, self.users = record["token"], record["size"], record["users"]
        self.columns = record.get("columns", self.columns)


class _Export:
    """A running export."""

    def __init__(
        self,
        client: CognitoClient,
        user_pool_id: str,
        file: FileIO,
        journal: Journal,
        state: _State,
        *,
        csv: bool,
        with_groups: bool,
    ) -> None:
        self.client = client
        self.user_pool_id = user_pool_id
        self.file = file
        self.journal = journal
        self.state = state
        self.csv = csv
        self.with_groups = with_groups

    async def run(
        self,
        target: Path,
        user_filter: str | None,
        attributes_to_get: Sequence[str] | None,
        progress: ProgressCallback | None,
    ) -> ExportReport:
        state = self.state
        start, resumed = time.monotonic(), state.users
        total = await self._estimate() if progress is not None and user_filter is None else None
        reporter = ProgressReporter(progress, total=total, done=state.users)
        reporter.start()
        if self.csv and not state.columns:
            await self._write_header()
        pages = self.client.get_paginator("list_users").paginate(
            user_pool_id=self.user_pool_id,
            filter=user_filter,
            attributes_to_get=attributes_to_get,
            starting_token=state.token,
            prefetch=1,
        )
        try:
            async for page in pages:
                await self._write(page.users, pages.resume_token)
                reporter.advance(len(page.users))
        except InvalidParameterException as error:
            if resumed and error.resume_token == state.token:
                error.add_note("The service may have rejected the saved position: resume=False starts over.")
            raise
        finally:
            await self.journal.sync()
        reporter.finish()
        seconds = time.monotonic() - start
        return ExportReport(path=target, users=state.users, resumed=resumed, seconds=seconds)

    async def _estimate(self) -> int | None:
        response = await self.client.describe_user_pool(user_pool_id=self.user_pool_id)
        return response.user_pool.estimated_number_of_users

    async def _write_header(self) -> None:
        response = await self.client.get_csv_header(user_pool_id=self.user_pool_id)
        columns = list(response.csv_header or ())
        self.state.size += await in_thread(_append, self.file, csv_line(columns))
        self.state.columns = columns
        self._record(None, columns=columns)

    async def _write(self, users: Sequence[types.UserType], token: str | None) -> None:
        groups: Sequence[Sequence[str]] | None = None
        if self.with_groups:
            groups = await gather(
                (partial(self._groups, user) for user in users), concurrency=_GROUP_REQUESTS, on_error="raise"
            )
        self.state.size += await in_thread(self._append_users, users, groups)
        self.state.users += len(users)
        if token is not None:  # the last page ends the export
            self._record(token)
            await self.journal.sync_if_due()

    async def _groups(self, user: types.UserType) -> list[str]:
        groups = self.client.get_paginator("admin_list_groups_for_user").paginate(
            user_pool_id=self.user_pool_id, username=user.username
        )
        return [group.group_name async for group in groups.items()]

    def _append_users(self, users: Sequence[types.UserType], groups: Sequence[Sequence[str]] | None) -> int:
        """Write users, in a thread: the journal may have them only when they are on the disk."""
        if self.csv:
            lines = [user_as_csv(user, self.state.columns) for user in users]
        else:
            lines = [
                json_line(user_as_json(user, None if groups is None else groups[index]))
                for index, user in enumerate(users)
            ]
        return _append(self.file, "".join(lines))

    def _record(self, token: str | None, **more: Any) -> None:
        state = self.state
        self.journal.append({"size": state.size, "users": state.users, "token": token, **more})


def _append(file: FileIO, text: str) -> int:
    data = text.encode()
    write_all(file, data)
    sync(file)
    return len(data)


def _open_target(path: Path, size: int) -> FileIO:
    """Open the file of the export at the position of the journal."""
    file = open_private(path)
    found = os.fstat(file.fileno()).st_size
    if found < size:
        file.close()
        raise BulkError(f"{path} has {found} bytes, and its journal says {size}; resume=False starts over")
    file.truncate(size)
    file.seek(size)
    return file
