"""Lets the event loop run while another thread imports modules."""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager

# Seconds; Python's default is 5 ms, and so long would each step of the loop wait.
_INTERVAL = 0.0005

_lock = threading.Lock()
_users = 0
_previous = 0.0


@contextmanager
def frequent_thread_switches() -> Generator[None]:
    """Shorten the interval at which Python switches threads, for some milliseconds of work in a thread."""
    global _users, _previous  # noqa: PLW0603  a setting of the interpreter
    with _lock:
        if _users == 0:
            _previous = sys.getswitchinterval()
            sys.setswitchinterval(min(_previous, _INTERVAL))
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                sys.setswitchinterval(_previous)
