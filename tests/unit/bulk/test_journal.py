"""The journal: records survive a kill at any byte, other jobs and second runs are refused."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cognito_async.bulk import JournalError, JournalLockedError, _files, _journal
from cognito_async.bulk._files import in_thread, open_private, try_lock, write_all
from cognito_async.bulk._journal import Journal

JOB = {"job": "test", "user_pool_id": "eu-west-1_AbC123"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "users.jsonl.journal"


async def opened(path: Path, job: Any = JOB, **options: Any) -> tuple[Journal, list[Any]]:
    records: list[Any] = []
    return await Journal.open(path, job, records.append, **options), records


async def written(path: Path, *records: Any) -> bytes:
    journal, _ = await opened(path)
    for record in records:
        journal.append(record)
    journal.close()
    return path.read_bytes()


async def test_the_next_run_gets_the_records(path: Path) -> None:
    await written(path, {"line": 1}, {"line": 2})
    journal, records = await opened(path)
    assert records == [{"line": 1}, {"line": 2}]
    assert journal.resumed
    journal.append({"line": 3})
    journal.close()
    assert json.loads(path.read_text().splitlines()[3]) == {"line": 3}


async def test_a_record_may_have_half_a_surrogate_pair(path: Path) -> None:
    await written(path, {"name": "\ud83d"})
    assert (await opened_and_closed(path)) == [{"name": "\ud83d"}]


async def test_a_new_journal_has_the_job_before_any_record(path: Path) -> None:
    journal, records = await opened(path)
    assert (records, journal.resumed) == ([], False)
    assert json.loads(path.read_text()) == {"cognito_async_journal": 1, **JOB}
    journal.close()


@pytest.mark.skipif(os.name == "nt", reason="no such permissions")
async def test_only_its_owner_may_read_it(path: Path) -> None:
    await written(path)
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_file_cut_at_any_byte_has_the_complete_records(path: Path) -> None:
    whole = await written(path, {"line": 1}, {"line": "ü"})
    ends = [index + 1 for index, byte in enumerate(whole) if byte == ord("\n")]
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        journal, records = await opened(path)
        assert len(records) == max(sum(end <= size for end in ends) - 1, 0)
        assert journal.resumed is (size >= ends[0])
        journal.append({"line": 3})
        journal.close()
        assert (await opened_and_closed(path))[-1] == {"line": 3}


async def opened_and_closed(path: Path) -> list[Any]:
    journal, records = await opened(path)
    journal.close()
    return records


@pytest.mark.parametrize("tail", [b"\0" * 50, b"\0" * 50 + b"\n", b"[1]\n", b"{\n", b"\xff\n"])
async def test_a_last_line_that_is_no_record_is_ignored(path: Path, tail: bytes) -> None:
    """After a power failure, a file may have its new size without its new content."""
    whole = await written(path, {"line": 1})
    path.write_bytes(whole + tail)
    assert await opened_and_closed(path) == [{"line": 1}]
    assert path.read_bytes() == whole


async def test_damage_before_the_last_line_is_an_error(path: Path) -> None:
    whole = await written(path, {"line": 1})
    path.write_bytes(whole + b"{oops\n" + b'{"line":3}\n')
    with pytest.raises(
        JournalError, match=r"journal is damaged at line 3\. To start over, pass resume=False"
    ):
        await opened(path)


@pytest.mark.parametrize("content", [b"precious", b"precious\n", b'{"username": "ana"}\n', b"[]\n"])
async def test_another_file_is_not_overwritten(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(JournalError, match="exists and is not a journal"):
        await opened(path)
    assert path.read_bytes() == content


async def test_another_job_is_refused(path: Path) -> None:
    whole = await written(path, {"line": 1})
    with pytest.raises(
        JournalError,
        match=r"belongs to another job: its user_pool_id is 'eu-west-1_AbC123', not 'eu-west-1_other'",
    ):
        await opened(path, {**JOB, "user_pool_id": "eu-west-1_other"})
    assert path.read_bytes() == whole


async def test_another_format_is_refused(path: Path) -> None:
    path.write_text('{"cognito_async_journal": 2}\n')
    with pytest.raises(JournalError, match="has format 2, and this version of cognito_async reads 1"):
        await opened(path)


async def test_without_resume_the_records_are_deleted(path: Path) -> None:
    await written(path, {"line": 1})
    journal, records = await opened(path, {**JOB, "user_pool_id": "eu-west-1_other"}, resume=False)
    assert (records, journal.resumed) == ([], False)
    journal.close()


@pytest.mark.parametrize("content", [b"precious\n", b"{}\n", b'{"cog'])
async def test_without_resume_another_file_stays(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    if content == b'{"cog':  # the process ended while it wrote the header
        (await opened(path, resume=False))[0].close()
        return
    with pytest.raises(JournalError, match="exists and is not a journal"):
        await opened(path, resume=False)
    assert path.read_bytes() == content


async def test_a_file_becomes_private_where_that_is_possible(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.touch()
    path.chmod(0o644)
    (await opened(path))[0].close()
    assert path.stat().st_mode & 0o777 == 0o600

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "fchmod", refuse)  # such as on a file system without permissions
    (await opened(path, resume=False))[0].close()
    monkeypatch.delattr(os, "fchmod")  # Windows
    (await opened(path, resume=False))[0].close()


async def test_two_runs_at_once_are_refused(path: Path) -> None:
    journal, _ = await opened(path)
    with pytest.raises(JournalLockedError, match="in use by another run of this job"):
        await opened(path)
    journal.close()
    journal, _ = await opened(path)
    journal.close()


async def test_a_journal_that_the_other_run_deletes_meanwhile_is_created_anew(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await written(path, {"line": 1})
    real = _journal.try_lock

    def lock_after_the_deletion(file: Any) -> bool:
        if path.exists() and b"line" in path.read_bytes():
            path.unlink()
        return real(file)

    with monkeypatch.context() as patch:
        patch.setattr(_journal, "try_lock", lock_after_the_deletion)
        journal, records = await opened(path)
    assert records == []
    journal.append({"line": 2})
    journal.close()
    assert await opened_and_closed(path) == [{"line": 2}]


async def test_a_complete_job_leaves_no_journal(path: Path) -> None:
    journal, _ = await opened(path)
    await journal.complete()
    assert not path.exists()


async def test_a_journal_that_cannot_be_deleted_while_open_is_closed_first(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, _ = await opened(path)
    unlink = Path.unlink

    def unlink_as_windows(each: Path) -> None:
        if not journal._file.closed:
            raise PermissionError(13, "The process cannot access the file")
        unlink(each)

    monkeypatch.setattr(Path, "unlink", unlink_as_windows)
    await journal.complete()
    assert not path.exists()


async def test_a_failed_write_leaves_the_file_as_before(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal, _ = await opened(path)
    journal.append({"line": 1})
    before = path.read_bytes()

    def disk_full(file: Any, data: bytes) -> None:
        write_all(file, data[:5])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(_journal, "write_all", disk_full)
        with pytest.raises(OSError, match="No space left"):
            journal.append({"line": 2})
    assert path.read_bytes() == before
    journal.append({"line": 3})
    journal.close()
    assert await opened_and_closed(path) == [{"line": 1}, {"line": 3}]


async def test_records_are_synced_when_there_are_new_ones_and_the_last_time_is_long_ago(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, _ = await opened(path)
    now, synced = 100.0, []
    monkeypatch.setattr(_journal, "sync", synced.append)
    monkeypatch.setattr(_journal.time, "monotonic", lambda: now)
    await journal.sync()
    assert len(synced) == 0  # nothing is new
    journal.append({"line": 1})
    await journal.sync()
    assert len(synced) == 1
    journal.append({"line": 2})
    now += 0.4
    await journal.sync_if_due()
    assert len(synced) == 1
    now += 0.2
    await journal.sync_if_due()
    assert len(synced) == 2
    journal.close()


async def test_an_unreadable_folder_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await opened(tmp_path / "missing" / "journal")


async def test_work_in_a_thread_is_finished_before_a_cancellation_is_raised() -> None:
    entered, leave, finished = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        entered.set()
        assert leave.wait(60)
        finished.set()

    task = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(entered.wait, 60)
    for _ in range(2):
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
    leave.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert finished.is_set()


@pytest.mark.parametrize("result", ["a file", None])
async def test_what_a_thread_opened_is_closed_after_a_cancellation(path: Path, result: str | None) -> None:
    entered, leave = threading.Event(), threading.Event()
    file = open_private(path)

    def work() -> Any:
        entered.set()
        assert leave.wait(60)
        return result and file

    task = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(entered.wait, 60)
    task.cancel()
    await asyncio.sleep(0)
    leave.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert file.closed == (result is not None)
    file.close()


async def test_an_error_of_a_cancelled_thread_is_retrieved() -> None:
    entered, leave = threading.Event(), threading.Event()

    def work() -> None:
        entered.set()
        assert leave.wait(60)
        raise ZeroDivisionError

    task = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(entered.wait, 60)
    task.cancel()
    await asyncio.sleep(0)
    leave.set()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_file_system_without_locks_is_no_other_run(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(OSError, match="No locks available"):
        await opened(path)


async def test_a_journal_of_another_job_that_has_done_nothing_is_replaced(path: Path) -> None:
    await written(path)
    other = {**JOB, "user_pool_id": "eu-west-1_other"}
    journal, records = await opened(path, other)
    journal.append({"line": 1})
    journal.close()
    assert records == []
    assert b"eu-west-1_other" in path.read_bytes()
    assert b"AbC123" not in path.read_bytes()


async def test_errors_of_a_thread_are_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 // 0)


def test_a_short_write_is_continued(tmp_path: Path) -> None:
    written: list[bytes] = []

    class Slow:
        def write(self, data: Any) -> int:
            written.append(bytes(data[:2]))
            return min(len(data), 2)

    write_all(Slow(), b"12345")  # type: ignore[arg-type]
    assert b"".join(written) == b"12345"


def test_windows_has_another_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[int, int]] = []
    module: Any = ModuleType("msvcrt")
    module.LK_NBLCK = 2

    def locking(_number: int, mode: int, size: int) -> None:
        calls.append((mode, size))
        if len(calls) > 1:
            raise PermissionError(errno.EACCES, "Permission denied")

    module.locking = locking
    monkeypatch.setitem(sys.modules, "msvcrt", module)
    monkeypatch.setattr(_files.sys, "platform", "win32")
    with open_private(tmp_path / "file") as file:
        assert try_lock(file)
        assert not try_lock(file)
    assert calls == [(2, 1), (2, 1)]
