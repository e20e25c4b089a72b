"""Bulk work: many calls at once, and jobs over all users of a pool that continue after an interruption.

::

    report = await export_users(client, "eu-west-1_AbC123", "users.jsonl", progress=print)
    report = await import_users(client, "eu-west-1_XyZ789", "users.jsonl")

    report = await copy_pool(client, "eu-west-1_AbC123", client, None, journal="copy.journal")

    results = await gather(client.admin_get_user(...) for name in names)
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cognito_async.bulk._copy import copy_pool as copy_pool
    from cognito_async.bulk._copy_report import CopyCounts as CopyCounts
    from cognito_async.bulk._copy_report import CopyFailure as CopyFailure
    from cognito_async.bulk._copy_report import CopyPart as CopyPart
    from cognito_async.bulk._copy_report import CopyReport as CopyReport
    from cognito_async.bulk._entries import ImportEntry as ImportEntry
    from cognito_async.bulk._errors import BulkError as BulkError
    from cognito_async.bulk._errors import JournalError as JournalError
    from cognito_async.bulk._errors import JournalLockedError as JournalLockedError
    from cognito_async.bulk._export import ExportReport as ExportReport
    from cognito_async.bulk._export import export_users as export_users
    from cognito_async.bulk._gather import Failed as Failed
    from cognito_async.bulk._gather import Ok as Ok
    from cognito_async.bulk._gather import Result as Result
    from cognito_async.bulk._gather import gather as gather
    from cognito_async.bulk._gather import gather_iter as gather_iter
    from cognito_async.bulk._import import ImportReport as ImportReport
    from cognito_async.bulk._import import import_users as import_users
    from cognito_async.bulk._import_file import ImportFailure as ImportFailure
    from cognito_async.bulk._listing import list_all_users as list_all_users
    from cognito_async.bulk._progress import Progress as Progress
else:  # hidden from type checkers: with __getattr__ they accept any name
    from cognito_async._lazy import lazy_names

    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "_copy": ("copy_pool",),
            "_copy_report": ("CopyCounts", "CopyFailure", "CopyPart", "CopyReport"),
            "_entries": ("ImportEntry",),
            "_errors": ("BulkError", "JournalError", "JournalLockedError"),
            "_export": ("ExportReport", "export_users"),
            "_gather": ("Failed", "Ok", "Result", "gather", "gather_iter"),
            "_import": ("ImportReport", "import_users"),
            "_import_file": ("ImportFailure",),
            "_listing": ("list_all_users",),
            "_progress": ("Progress",),
        },
    )
