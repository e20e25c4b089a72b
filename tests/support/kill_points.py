"""Kills a bulk job at one of its steps: requests, writes and syncs."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from cognito_async.bulk import _export_file, _files, _import_file, _journal
from support.bulk_pool import Killed


class Steps:
    """Counts every request, write and sync, and kills the job at one of them; from then on every step fails.

    A write is three steps: before, within and after it.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.kill_at: int | None = None
        self._lock = threading.Lock()
        for module in (_journal, _import_file, _export_file):
            monkeypatch.setattr(module, "write_all", self.write_all)
            monkeypatch.setattr(module, "sync", lambda _file: self.step())
        unlink = Path.unlink

        def unlink_in_steps(path: Path, **options: Any) -> None:
            self.step()
            unlink(path, **options)
            self.step()

        monkeypatch.setattr(Path, "unlink", unlink_in_steps)

    def start(self, kill_at: int | None) -> None:
        self.count, self.kill_at = 0, kill_at

    def step(self) -> None:
        with self._lock:
            self.count += 1
            if self.kill_at is not None and self.count >= self.kill_at:
                raise Killed

    def write_all(self, file: Any, data: bytes) -> None:
        self.step()
        _files.write_all(file, data[: len(data) // 2])
        self.step()
        _files.write_all(file, data[len(data) // 2 :])
        self.step()
