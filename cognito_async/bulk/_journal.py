"""The journal of a bulk job: what is done already, so that a killed run can continue.

A text file of JSON Lines. The first line is the job: a run of another job is refused. Each further line is a
record of the job. A record is in the file when ``append`` returns, so it survives the end of the process;
after ``sync`` it survives a power failure. A last line without its end was being written when the process
ended, and is ignored. A journal never contains secrets.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Any, TypeAlias

from cognito_async._messages import safe_repr
from cognito_async.bulk._errors import JournalError, JournalLockedError
from cognito_async.bulk._files import in_thread, make_private, open_private, sync, try_lock, write_all

FORMAT = 1
_FORMAT_KEY = "cognito_async_journal"
_START = f'{{"{_FORMAT_KEY}":'.encode()
_SYNC_INTERVAL = 0.5
"""Seconds that records may wait for ``sync_if_due``."""

Record: TypeAlias = dict[str, Any]


class Journal:
    """An open journal, locked for this process.

    Attributes:
        path: File of the journal.
        resumed: Whether an earlier run wrote it.
    """

    def __init__(self, path: Path, file: FileIO, *, size: int, resumed: bool) -> None:
        self.path = path
        self.resumed = resumed
        self._file = file
        self._size = size
        self._unsynced = False
        self._synced_at = time.monotonic()

    @classmethod
    async def open(
        cls,
        path: Path,
        job: Mapping[str, str | int | bool | None],
        replay: Callable[[Record], object],
        *,
        resume: bool = True,
        before_create: Callable[[], object] = lambda: None,
    ) -> Journal:
        """Open a journal, or create it.

        Args:
            path: File of the journal.
            job: What identifies the job, such as its kind, the pool, and size and digest of the input.
            replay: Called with each record of earlier runs, in order, in a thread.
            resume: False to delete the records of earlier runs, also of another job; a file that is no
                journal stays.
            before_create: Called before a new journal is created, in a thread and with the lock. What it
                raises is raised, and there is no journal.

        Raises:
            JournalLockedError: Another run has opened it.
            JournalError: It belongs to another job, or is damaged.
        """
        return await in_thread(cls._open, path, dict(job), replay, resume, before_create)

    @classmethod
    def _open(
        cls,
        path: Path,
        job: Record,
        replay: Callable[[Record], object],
        resume: bool,  # noqa: FBT001  arguments of a thread
        before_create: Callable[[], object],
    ) -> Journal:
        header = _line({_FORMAT_KEY: FORMAT, **job})
        file = _open_locked(path)
        try:
            if not resume:
                _check_start(path, file)
                file.truncate(0)
            size = _replay(path, file, job, replay)
            file.truncate(size)
            file.seek(size)
            if not size:
                before_create()
                make_private(file)
                write_all(file, header)
                sync(file)
        except BaseException:
            with file:
                if not file.seek(0, os.SEEK_END):
                    _delete(path, file)
            raise
        return cls(path, file, size=size or len(header), resumed=bool(size))

    def append(self, record: Mapping[str, Any]) -> None:
        """Add a record, in microseconds: the operating system writes it to the disk later, or ``sync`` does.

        If it fails, such as on a full disk, the file is as before.
        """
        line = _line(record)
        try:
            write_all(self._file, line)
        except OSError:
            self._file.truncate(self._size)
            self._file.seek(self._size)
            raise
        self._size += len(line)
        self._unsynced = True

    async def sync(self) -> None:
        """Write all records to the disk, in a thread."""
        if self._unsynced:
            self._unsynced = False
            await in_thread(sync, self._file)
            self._synced_at = time.monotonic()

    async def sync_if_due(self) -> None:
        """Write the records to the disk if the last time was half a second ago."""
        if time.monotonic() - self._synced_at >= _SYNC_INTERVAL:
            await self.sync()

    def close(self) -> None:
        """Close the journal; a later run continues from it."""
        self._file.close()

    async def complete(self) -> None:
        """Delete the journal: everything is done."""
        await in_thread(_delete, self.path, self._file)


def _delete(path: Path, file: FileIO) -> None:
    try:
        path.unlink()  # before the lock ends: the next run must not find it
    except PermissionError:  # Windows does not delete an open file
        file.close()
        path.unlink()
    finally:
        file.close()


def _line(record: Mapping[str, Any]) -> bytes:
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="backslashreplace") + b"\n"  # half a surrogate pair becomes its escape


def _open_locked(path: Path) -> FileIO:
    while True:
        file = open_private(path)
        try:
            locked = try_lock(file)
            # The other run may have deleted the file between open and lock: then this lock protects nothing.
            if locked and _is_at(path, file):
                return file
        except BaseException:
            file.close()
            raise
        file.close()
        if not locked:
            raise JournalLockedError(f"{path} is in use by another run of this job")


def _is_at(path: Path, file: FileIO) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _replay(path: Path, file: FileIO, job: Record, replay: Callable[[Record], object]) -> int:
    """Call ``replay`` with all complete records; return the valid bytes, 0 if there is no header."""
    reader = BufferedReader(file)
    try:
        header = reader.readline()
        if header.startswith(_START[: len(header)]) and not header.endswith(b"\n"):
            return 0  # empty, or the process ended while it wrote the header: nothing was done
        parsed = _parse(header)
        if parsed is not None and parsed.get(_FORMAT_KEY) == FORMAT and not reader.peek(1):
            return (
                len(header) if parsed == {_FORMAT_KEY: FORMAT, **job} else 0
            )  # nothing was done: another job may use the file
        _check_job(path, parsed, job)
        size = len(header)
        for number, line in enumerate(reader, 2):
            record = _parse(line)
            if record is None:
                if reader.peek(1):
                    raise JournalError(f"{path} is damaged at line {number}")
                break  # the process ended while it wrote this line
            replay(record)
            size += len(line)
        return size
    finally:
        reader.detach()


def _parse(line: bytes) -> Record | None:
    try:
        record = json.loads(line) if line.endswith(b"\n") else None
    except ValueError:
        record = None
    return record if isinstance(record, dict) else None


def _check_start(path: Path, file: FileIO) -> None:
    """Raise JournalError unless the file is empty or a journal, of whatever job."""
    start = file.read(len(_START)) or b""
    if not _START.startswith(start):
        raise JournalError(f"{path} exists and is not a journal")


def _check_job(path: Path, header: Record | None, job: Record) -> None:
    if header is None or _FORMAT_KEY not in header:
        raise JournalError(f"{path} exists and is not a journal")
    if header[_FORMAT_KEY] != FORMAT:
        found = safe_repr(header[_FORMAT_KEY])
        raise JournalError(f"{path} has format {found}, and this version of cognito_async reads {FORMAT}")
    for name, value in job.items():
        if header.get(name) != value:
            found = safe_repr(header.get(name))
            raise JournalError(
                f"{path} belongs to another job: its {name} is {found}, not {safe_repr(value)}"
            )
