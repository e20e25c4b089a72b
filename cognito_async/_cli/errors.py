"""The error of an invalid command line."""

from __future__ import annotations


class UsageError(Exception):
    """The command line is invalid; the message says why, without secrets."""
