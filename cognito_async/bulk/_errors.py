"""Errors of bulk jobs: files that do not fit the job."""

from __future__ import annotations

from cognito_async._errors import CognitoError


class BulkError(CognitoError):
    """A bulk job cannot start or continue: a file or an argument does not fit."""


class JournalError(BulkError):
    """The journal belongs to another job, was written by another version, or is damaged."""

    advice = "To start over, pass resume=False; to keep both jobs, pass another journal=."


class JournalLockedError(JournalError):
    """Another run of the same job holds the journal."""

    advice = "Wait for the other run, or stop it: two runs of a job would do the work twice."


for _error in (BulkError, JournalError, JournalLockedError):
    _error.__module__ = "cognito_async.bulk"  # tracebacks and pickles name the module that users import from
