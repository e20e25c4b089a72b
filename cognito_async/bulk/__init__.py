"""Bulk work: many calls at once, and jobs over all users of a pool that continue after an interruption.

::

    report = await export_users(client, "eu-west-1_AbC123", "users.jsonl", progress=print)
    report = await import_users(client, "eu-west-1_XyZ789", "users.jsonl")

    results = await gather(client.admin_get_user(...) for name in names)
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cognito_async.bulk._errors import BulkError as BulkError
    from cognito_async.bulk._errors import JournalError as JournalError
    from cognito_async.bulk._errors import JournalLockedError as JournalLockedError
    from cognito_async.bulk._gather import Failed as Failed
    from cognito_async.bulk._gather import Ok as Ok
    from cognito_async.bulk._gather import Result as Result
    from cognito_async.bulk._gather import gather as gather
    from cognito_async.bulk._gather import gather_iter as gather_iter
    from cognito_async.bulk._progress import Progress as Progress
else:  # hidden from type checkers: with __getattr__ they accept any name
    from cognito_async._lazy import lazy_names

    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "_errors": ("BulkError", "JournalError", "JournalLockedError"),
            "_gather": ("Failed", "Ok", "Result", "gather", "gather_iter"),
            "_progress": ("Progress",),
        },
    )
