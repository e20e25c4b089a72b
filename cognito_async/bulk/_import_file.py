"""The input of an import, its journal and its failures."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Generator, Iterator, Sequence
from io import FileIO
from itertools import count, islice
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from attrs import frozen

from cognito_async.bulk._entries import (
    MFA_ENABLED,
    USERNAME,
    EntryError,
    Format,
    ImportEntry,
    csv_values,
    entry_as_json,
    entry_of_csv,
    entry_of_json,
    json_line,
)
from cognito_async.bulk._errors import BulkError
from cognito_async.bulk._files import open_private, sync, write_all
from cognito_async.bulk._journal import Record

BATCH = 500
"""Lines that are read at once, and recorded as begun."""

Outcome: TypeAlias = Literal["created", "updated", "existing", "skipped", "failed"]


@frozen(kw_only=True)
class ImportFailure:
    """A line that could not be imported."""

    line: int
    """Number of the line in the file, from 1."""

    username: str
    """Username in the line; empty if the line is not a user."""

    error: str
    """Name of the error, such as ``InvalidParameterException``."""

    message: str
    """What is wrong."""

    created: bool = False
    """Whether the user was created, and lacks what failed and what follows: disabling, groups, password."""


class Line(NamedTuple):
    """A line of the input that is not blank."""

    position: int
    """Position among the lines that are users, from 1."""

    number: int
    """Number of the line in the file, from 1."""

    text: str


class Source:
    """The input: its identity, and its lines in batches, read with one descriptor.

    Raises:
        BulkError: It is no regular file, or changes while it is read.
    """

    def __init__(self, path: Path, form: Format) -> None:
        self.path = path
        self.form = form
        digest, self.size, lines = hashlib.sha256(), 0, 0
        self.columns: list[str] = []
        if path.exists() and not path.is_file():  # a pipe can be read only once, and opening it may wait
            raise BulkError(f"{path} is not a regular file; write the users to one first")
        self._file = path.open("rb")
        try:
            self._version = self._found_version()
            for line in self._file:
                digest.update(line)
                self.size += len(line)
                lines += not line.isspace()
            self.sha256 = digest.hexdigest()
            if form == "csv":
                self.columns = self._read_columns()
                lines -= 1
            self.lines = lines
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def batches(self) -> Generator[list[Line], None, None]:
        """Yield the lines that are users, in batches."""
        lines = self._lines(self._text())
        while True:
            batch = list(islice(lines, BATCH))
            if self._found_version() != self._version:
                raise BulkError(f"{self.path} has changed during the import; resume=False starts over")
            if not batch:
                return
            yield batch

    def entry(self, line: Line) -> ImportEntry:
        """Return the user in a line.

        Raises:
            EntryError: There is none.
        """
        if not line.text.isascii() and any(
            "\udc80" <= each <= "\udcff" for each in line.text
        ):  # bytes that are no UTF-8
            raise EntryError("not UTF-8")
        if self.form == "csv":
            return entry_of_csv(line.number, line.text, self.columns)
        return entry_of_json(line.number, line.text)

    def _found_version(self) -> tuple[int, int]:
        found = os.fstat(self._file.fileno())
        return found.st_size, found.st_mtime_ns

    def _text(self) -> Iterator[str]:
        """Yield the lines from the start; bytes that are no UTF-8 become halves of surrogate pairs."""
        self._file.seek(0)
        encoding = "utf-8-sig"
        for line in self._file:
            yield line.decode(encoding, errors="surrogateescape")
            encoding = "utf-8"

    def _lines(self, file: Iterator[str]) -> Iterator[Line]:
        texts = ((number, text) for number, text in enumerate(file, 1) if text.strip())
        if self.columns:
            next(texts)
        for position, (number, text) in enumerate(texts, 1):
            yield Line(position, number, text)

    def _read_columns(self) -> list[str]:
        header = next((line for line in self._text() if line.strip()), "")
        columns = [name.strip() for name in csv_values(header)]
        missing = {USERNAME, MFA_ENABLED} - set(columns)
        if missing or len(set(columns)) < len(columns):
            what = f"lacks {', '.join(sorted(missing))}" if missing else "has a column twice"
            raise BulkError(f"the header of {self.path} {what}; get_csv_header returns the columns of a pool")
        return columns


class State:
    """What an import has done, as its journal says: lines are known by their position only."""

    def __init__(self) -> None:
        self.begun = 0
        """Lines up to this position may have been sent by an earlier run."""

        self.started: float | None = None
        """Start of the import, in seconds since the epoch by the clock of the service."""

        self.counts: dict[Outcome, int] = dict.fromkeys(
            ("created", "updated", "existing", "skipped", "failed"), 0
        )
        self.failures_size = 0
        self.failures_begun = False
        """Whether the file of failures belongs to this import."""
        self.created: dict[int, str] = {}
        """``sub`` of the users whose lines are not done, by position."""
        self._subs: tuple[set[str], set[str]] = (set(), set())
        """``sub`` of the users that this import created since the last but one record of ``begun``."""
        self._all_up_to = 0
        self._beyond: set[int] = set()

    @property
    def done(self) -> int:
        """Lines that are done."""
        return sum(self.counts.values())

    def is_done(self, position: int) -> bool:
        """Return whether a line is done."""
        return position <= self._all_up_to or position in self._beyond

    def replay(self, record: Record) -> None:
        """Take over a record of the journal."""
        if "started" in record:
            self.started = record["started"]
        elif "begun" in record:
            self.begin(record["begun"])
        elif "created" in record:
            self.add_created(record["created"], record["sub"])
        elif "failures" in record:
            self.failures_begun = True
        else:
            self.failures_size = record.get("failures_size", self.failures_size)
            self.add(record["done"], record["outcome"])

    def begin(self, position: int) -> None:
        """Set up to where lines may have been sent."""
        self.begun = position
        self._subs = (self._subs[1], set())

    def add_created(self, position: int, sub: str) -> None:
        """Take over that the user of a line was created."""
        self.created[position] = sub
        self._subs[1].add(sub)

    def is_of_another(self, position: int, sub: str) -> bool:
        """Return whether a user was created for another line, as far as it is known: not long before."""
        return self.created.get(position) != sub and any(sub in subs for subs in self._subs)

    def add(self, position: int, outcome: Outcome) -> None:
        """Count a line. Memory is that of the lines in flight: they are done nearly in order."""
        self.counts[outcome] += 1
        self.created.pop(position, None)
        self._beyond.add(position)
        while self._all_up_to + 1 in self._beyond:
            self._all_up_to += 1
            self._beyond.remove(self._all_up_to)


class Failures:
    """The file of failures: lines of users in the form of an export, each with its failure.

    Of a line that is no user, only the failure is written: its text may contain a password.
    """

    def __init__(self, path: Path, size: int, *, begun: bool) -> None:
        self.path = path
        self.size = size
        self._file: FileIO | None = None
        if begun:
            self._open()

    def set_aside(self) -> None:
        """Rename an existing file, of an earlier import or of somebody else: it may have corrections."""
        if self.path.exists():
            names = (self.path.with_name(f"{self.path.name}.{number}") for number in count(1))
            self.path.rename(next(each for each in names if not each.exists()))

    def discard_if_empty(self) -> None:
        """Delete the file if a run that was killed created it, and nothing failed in the end."""
        if self._file is not None and not self.size:
            self._file.close()
            self.path.unlink()

    def add(self, failure: ImportFailure, entry: ImportEntry | None, sub: str | None) -> None:
        """Write a failure to the disk, in a thread."""
        file = self._file or self._open()
        reason: dict[str, Any] = {
            "line": failure.line,
            "error": failure.error,
            "message": failure.message,
        }
        if failure.created:  # so that an import of this file completes the user
            reason["created"] = sub or ""
        data = {} if entry is None else entry_as_json(entry)
        # Half a surrogate pair, which UTF-8 cannot have, becomes an escape of JSON.
        line = json_line({**data, "failure": reason}).encode(errors="backslashreplace")
        try:
            write_all(file, line)
            sync(file)
        except OSError:  # such as a full disk: the next line must not follow half a line
            file.truncate(self.size)
            file.seek(self.size)
            raise
        self.size += len(line)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _open(self) -> FileIO:
        self._file = file = open_private(self.path)
        found = os.fstat(file.fileno()).st_size
        if found < self.size:
            file.close()
            raise BulkError(
                f"{self.path} has {found} bytes, and the journal says {self.size}; resume=False starts over"
            )
        file.truncate(self.size)
        file.seek(self.size)
        return file


def read_failures(path: Path, limit: int) -> Sequence[ImportFailure]:
    """Return the first failures of a file."""
    with path.open(encoding="utf-8") as file:
        found = [json.loads(line) for line in islice(file, limit)]
    return tuple(_as_failure(each.get("username", ""), **each["failure"]) for each in found)


def _as_failure(
    username: str, *, line: int, error: str, message: str, created: str | None = None
) -> ImportFailure:
    return ImportFailure(
        line=line, username=username, error=error, message=message, created=created is not None
    )
