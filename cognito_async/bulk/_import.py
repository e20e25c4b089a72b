"""Import of users from a file into a pool."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, closing
from functools import partial
from pathlib import Path
from typing import Literal

from attrs import frozen

from cognito_async._errors import InvalidRequestError
from cognito_async._messages import safe_repr
from cognito_async.bulk._entries import Format, ImportEntry, created_sub, format_of
from cognito_async.bulk._files import check_distinct, in_thread, target_of
from cognito_async.bulk._gather import check_concurrency, gather_iter
from cognito_async.bulk._import_file import (
    Failures,
    ImportFailure,
    Line,
    Outcome,
    Source,
    State,
    read_failures,
)
from cognito_async.bulk._import_user import Creation, Settings, UserImporter, failure_of
from cognito_async.bulk._journal import Journal
from cognito_async.bulk._progress import ProgressCallback, ProgressReporter
from cognito_async.bulk._time import time_of
from cognito_async.client import CognitoClient
from cognito_async.types import MessageActionType

_SHOWN_FAILURES = 100
_ON_EXISTING = ("skip", "update", "error")


@frozen(kw_only=True)
class ImportReport:
    """Result of a complete import, earlier runs included."""

    path: Path
    """File with the users."""

    created: int
    """Users that were created."""

    updated: int
    """Existing users that were updated."""

    existing: int
    """Existing users that were left unchanged."""

    skipped: int
    """Users of identity providers: they are created when they sign in for the first time."""

    failed: int
    """Lines that could not be imported."""

    failures: Sequence[ImportFailure]
    """The first hundred of them."""

    failures_path: Path | None
    """File with all of them, which can be corrected and imported; None if there are none."""

    resumed: int
    """Lines that earlier runs processed."""

    seconds: float
    """Seconds of this run."""


async def import_users(
    client: CognitoClient,
    user_pool_id: str,
    path: str | os.PathLike[str],
    *,
    format: Format | None = None,  # noqa: A002  the usual name
    concurrency: int = 10,
    on_existing: Literal["skip", "update", "error"] = "skip",
    groups: bool = True,
    temporary_password: Callable[[ImportEntry], str | None] | None = None,
    password: Callable[[ImportEntry], str | None] | None = None,
    message_action: MessageActionType | None = "SUPPRESS",
    journal: str | os.PathLike[str] | None = None,
    failures: str | os.PathLike[str] | None = None,
    progress: ProgressCallback | None = None,
    resume: bool = True,
) -> ImportReport:
    """Create the users of a file, with attributes, groups and state; memory is independent of their number.

    The file is one of ``export_users`` or of an import job. A run that was killed or failed continues when it
    is called again with the same arguments, and no user is created twice. Until the import is complete, there
    is a journal beside the file.

    Passwords cannot be exported, so a new user has the status ``FORCE_CHANGE_PASSWORD``, or a password of
    yours. ``sub`` and the dates of a user are new. In a pool whose users sign in with email or phone number,
    these are the usernames.

    A line that the service rejects is a failure: it is written to a file, and the import goes on. What would
    affect the other lines too, such as missing permissions, throttling or a lost connection, ends the run
    after the client's retries; call again to continue.

    Args:
        client: Client that sends the requests; they are signed.
        user_pool_id: Pool that the users are created in.
        path: File with the users.
        format: ``jsonl`` or ``csv``; by default from the suffix of the file.
        concurrency: Users processed at the same time.
        on_existing: What to do with a user that exists: ``skip``; ``update`` sets attributes, groups and
            state; ``error`` makes it a failure.
        groups: Whether users join their groups, which must exist.
        temporary_password: Returns the temporary password of a user, or None: the service generates it.
        password: Returns a permanent password for a new user, or None. The status is ``CONFIRMED`` then.
        message_action: ``SUPPRESS`` for no invitations, None to send them.
        journal: File of the journal; by default the path with ``.journal`` at its end. It has no names and no
            passwords.
        failures: File for the failures; by default the path with ``.failures.jsonl`` at its end. An existing
            file is renamed when there is a failure.
        progress: Called with a ``Progress``, at most ten times per second.
        resume: False to start over.

    Raises:
        BulkError: A file does not fit, or two arguments name the same file.
        JournalError: The journal belongs to another import or is no journal, or the file has changed.
        JournalLockedError: The same import is running already.
        InvalidRequestError: An argument is invalid.
        CognitoError: A request failed that would fail for other users too. Call again to continue.
        OSError: A file cannot be read or written.
    """
    start = time.monotonic()
    source_path = await in_thread(target_of, path)
    form = format_of(source_path, format, "import_users")
    if on_existing not in _ON_EXISTING:
        problem = f"on_existing: expected {', '.join(_ON_EXISTING)}, got {safe_repr(on_existing)}"
        raise InvalidRequestError("import_users", [problem])
    check_concurrency(concurrency, "import_users")
    log_path = _beside(source_path, journal, ".journal")
    failures_path = _beside(source_path, failures, ".failures.jsonl")
    await in_thread(partial(check_distinct, path=source_path, journal=log_path, failures=failures_path))
    with closing(await in_thread(Source, source_path, form)) as source:
        job: dict[str, str | int | bool | None] = {
            "job": "import_users",
            "user_pool_id": user_pool_id,
            "format": form,
            "source_size": source.size,
            "source_sha256": source.sha256,
            "on_existing": on_existing,
            "groups": groups,
        }
        state = State()
        log = await Journal.open(log_path, job, state.replay, resume=resume)
        try:
            failed = await in_thread(
                partial(Failures, failures_path, state.failures_size, begun=state.failures_begun)
            )
            try:
                importer = _Import(source, log, state, failed)
                settings = Settings(
                    user_pool_id, on_existing, groups, temporary_password, password, message_action
                )
                await importer.run(client, settings, concurrency, progress)
                await in_thread(failed.discard_if_empty)
            finally:
                failed.close()
            shown: Sequence[ImportFailure] = ()
            if state.counts["failed"]:
                shown = await in_thread(read_failures, failures_path, _SHOWN_FAILURES)
            await log.complete()
        finally:
            log.close()
    return ImportReport(
        path=Path(path),
        **state.counts,
        failures=shown,
        failures_path=failures_path if shown else None,
        resumed=importer.resumed,
        seconds=time.monotonic() - start,
    )


class _Import:
    """A running import."""

    def __init__(self, source: Source, journal: Journal, state: State, failures: Failures) -> None:
        self.source = source
        self.journal = journal
        self.state = state
        self.failures = failures
        self.resumed = state.done
        self._begun_before = state.begun
        self._writing_failure = asyncio.Lock()
        self._stopped = False

    async def run(
        self,
        client: CognitoClient,
        settings: Settings,
        concurrency: int,
        progress: ProgressCallback | None,
    ) -> None:
        """Import all lines that are not done."""
        state = self.state
        reporter = ProgressReporter(
            progress, total=self.source.lines, done=state.done, failed=state.counts["failed"]
        )
        reporter.start()
        response = await client.describe_user_pool(user_pool_id=settings.user_pool_id)
        if state.started is None:
            state.started = time_of(response)
            self.journal.append({"started": state.started})
        users = UserImporter(client, settings, response.user_pool, state.started)
        try:
            async with aclosing(gather_iter(self._calls(users), concurrency=concurrency)) as results:
                async for _, result in results:
                    outcome = result.unwrap()
                    reporter.advance(failed=outcome == "failed")
                    await self.journal.sync_if_due()
        finally:
            await self.journal.sync()
        reporter.finish()

    async def _calls(self, users: UserImporter) -> AsyncGenerator[Callable[[], Awaitable[Outcome]], None]:
        batches = self.source.batches()
        try:
            while batch := await in_thread(lambda: next(batches, None)):
                # Recorded before any of it is sent: a line that is begun and not done may be in the pool.
                last = batch[-1].position
                if last > self.state.begun:
                    self.journal.append({"begun": last})
                    await self.journal.sync()
                    self.state.begin(last)
                for line in batch:
                    if self._stopped:
                        return
                    if not self.state.is_done(line.position):
                        yield partial(self._import, users, line)
        finally:
            batches.close()

    async def _import(self, users: UserImporter, line: Line) -> Outcome:
        try:
            return await self._import_line(users, line)
        except Exception:
            self._stopped = True
            raise

    async def _import_line(self, users: UserImporter, line: Line) -> Outcome:
        entry: ImportEntry | None = None
        try:
            entry = self.source.entry(line)
            outcome = await users.add(
                entry, may_be_ours=line.position <= self._begun_before, creation=self._creation(line)
            )
        except Exception as error:
            sub = self.state.created.get(line.position)
            if sub is None and entry is not None:
                sub = created_sub(entry)
            failure = failure_of(error, line.number, entry, created=sub is not None)
            if failure is None:
                error.add_note(f"line {line.number} of {self.source.path.name}")
                raise
            outcome = "failed"
            async with self._writing_failure:
                if not self.state.failures_begun:
                    await in_thread(self.failures.set_aside)
                    self.journal.append({"failures": True})  # from now on the next run may truncate it
                    self.state.failures_begun = True
                # After a cancellation here, the next run removes the failure and tries again.
                await in_thread(self.failures.add, failure, entry, sub)
                self._record(line, outcome, failures_size=self.failures.size)
        else:
            self._record(line, outcome)
        return outcome

    def _creation(self, line: Line) -> Creation:
        def record(sub: str) -> None:
            self.journal.append({"created": line.position, "sub": sub})
            self.state.add_created(line.position, sub)

        return Creation(
            sub=self.state.created.get(line.position),
            record=record,
            is_of_another=partial(self.state.is_of_another, line.position),
        )

    def _record(self, line: Line, outcome: Outcome, **more: int) -> None:
        self.journal.append({"done": line.position, "outcome": outcome, **more})
        self.state.add(line.position, outcome)


def _beside(source: Path, path: str | os.PathLike[str] | None, suffix: str) -> Path:
    return source.with_name(source.name + suffix) if path is None else Path(path)
