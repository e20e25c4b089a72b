"""The file of an export, and the position in it."""

from __future__ import annotations

import os
from io import FileIO
from pathlib import Path

from cognito_async.bulk._errors import BulkError
from cognito_async.bulk._files import make_private, open_private, sync, write_all
from cognito_async.bulk._journal import Record
from cognito_async.bulk._parts import PREFIXES


class ExportState:
    """Position of an export, as its journal says."""

    def __init__(self) -> None:
        self.token: str | None = None
        """Where the next page begins, if the list is read page after page."""
        self.parts: dict[str, str | None] | None = None
        """Where the next page of each unfinished part begins, if the list is read in parts."""
        self.missing: dict[str, bool] = {}
        """Users of the first page that no part has contained yet, and whether the filter must find them."""
        self.only_pages = False
        """Whether the filter has failed: the list is read page after page."""
        self.size = 0
        self.users = 0
        self.columns: list[str] = []

    def replay(self, record: Record) -> None:
        self.size, self.users = record["size"], record["users"]
        self.columns = record.get("columns", self.columns)
        if record.get("parts"):
            self.parts, self.missing = dict.fromkeys(PREFIXES), dict(record.get("sample", {}))
        elif "parts" in record:  # the filter has failed
            self.parts, self.missing, self.only_pages = None, {}, True
        for name in record.get("found", ()):
            self.missing.pop(name, None)
        part, token = record.get("part"), record["token"]
        if part is None or self.parts is None:
            self.token = token
        elif token is None:
            del self.parts[part]
        else:
            self.parts[part] = token


def open_target(path: Path, size: int) -> FileIO:
    """Open the file at the position of the journal; an earlier file stays until there is a page."""
    file = open_private(path)
    found = os.fstat(file.fileno()).st_size
    if found < size:
        file.close()
        raise BulkError(f"{path} has {found} bytes, and its journal says {size}; resume=False starts over")
    file.seek(size)
    return file


def append(file: FileIO, text: str, size: int) -> int:
    """Write to the disk at the position of the journal, in place of what follows; return the bytes."""
    if not size:
        make_private(file)
    file.truncate(size)
    data = text.encode(errors="backslashreplace")  # half a surrogate pair in JSON becomes its escape
    write_all(file, data)
    sync(file)
    return len(data)
