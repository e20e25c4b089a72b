"""Files of bulk jobs: work in threads, complete writes, a lock that ends with the process."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from io import FileIO
from itertools import combinations
from pathlib import Path
from typing import TypeVar

from cognito_async.bulk._errors import BulkError

T = TypeVar("T")


async def in_thread(function: Callable[..., T], *arguments: object) -> T:
    """Run a function in a thread; a cancellation is raised when the function has returned.

    So no thread works on a file that the job has closed. What the function has opened is closed then.
    """
    future = asyncio.get_running_loop().run_in_executor(None, function, *arguments)
    cancelled: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait({future})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        if future.exception() is None:  # retrieved: asyncio would log it otherwise
            close = getattr(future.result(), "close", None)
            if close is not None:
                close()
        raise cancelled
    return future.result()


def open_private(path: Path) -> FileIO:
    """Open a file to read and write, unbuffered; only its owner may read a new one, it has personal data."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    return FileIO(os.open(path, flags, 0o600), "r+")


def make_private(file: FileIO) -> None:
    """Let only the owner read a file that exists, where the file system has permissions and allows it."""
    if hasattr(os, "fchmod"):
        with suppress(PermissionError):
            os.fchmod(file.fileno(), 0o600)


def target_of(path: str | os.PathLike[str]) -> Path:
    """Return the file itself if the path is a symbolic link: a job has one journal, by whatever name."""
    found = Path(path)
    return found.resolve() if found.is_symlink() else found


def check_distinct(**paths: Path) -> None:
    """Raise BulkError if two arguments name the same file: one would be overwritten."""
    for (name, path), (other_name, other) in combinations(paths.items(), 2):
        if path.resolve() == other.resolve() or (path.exists() and other.exists() and path.samefile(other)):
            raise BulkError(f"{name} and {other_name} are the same file: {path}")


def write_all(file: FileIO, data: bytes) -> None:
    """Write everything at the current position; one call may write less, such as on a full disk."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def sync(file: FileIO) -> None:
    """Write the file to the disk, so that it survives a power failure."""
    os.fsync(file.fileno())


def try_lock(file: FileIO) -> bool:
    """Lock a file until it is closed or the process ends; return False if somebody else has the lock."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415  exists on Windows only

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415  exists on POSIX only

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            raise  # such as a file system without locks
        return False
    return True
