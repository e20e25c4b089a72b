"""The error of an invalid command line, and parts of messages."""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z][\w-]{0,63}", re.ASCII)


class UsageError(Exception):
    """The command line is invalid; the message says why, without secrets."""


def quoted(name: str) -> str:
    """Return a name in quotes; what cannot be a name is not shown, because it may be a secret."""
    return repr(name) if _NAME.fullmatch(name) else "of this name"


def os_error_text(error: OSError) -> str:
    """Return the text of an error of the operating system without its number: ``users.csv: No such file``."""
    if error.strerror is None:
        return str(error)
    return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
