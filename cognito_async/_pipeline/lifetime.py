"""Warns about a client that nobody uses any more and that was not closed."""

from __future__ import annotations

import sys
import warnings
from types import FrameType
from typing import Protocol

_PACKAGE = __name__.partition(".")[0]


class Connected(Protocol):
    """What may have connections open."""

    def has_connections(self) -> bool:
        """Return whether a running program should have closed it."""
        ...


class Lifetime:
    """Ends with the last view of a client; then a client that still has connections is a ``ResourceWarning``.

    The warning names the line that created the client. There is none when the interpreter exits: a client of
    a module, as in AWS Lambda, need not be closed. Nor is there one for a loop that has ended: its
    connections are closed with it.
    """

    __slots__ = ("_client", "_connected", "_line", "_path")

    def __init__(self, client: str, connected: Connected) -> None:
        self._client = client
        self._connected = connected
        frame = sys._getframe(1)  # noqa: SLF001  as logging and warnings do
        while _is_ours(frame) and frame.f_back is not None:
            frame = frame.f_back
        self._path, self._line = frame.f_code.co_filename, frame.f_lineno

    def __del__(self) -> None:
        if sys.is_finalizing() or not self._connected.has_connections():
            return
        message = f'{self._client} was not closed: use it with "async with", or await its close()'
        warnings.warn_explicit(message, ResourceWarning, self._path, self._line, source=self)


def _is_ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] == _PACKAGE
