"""Import users from JSON Lines into a pool: limited concurrency, a progress bar, a report at the end.

``python import_users.py users.jsonl --pool eu-west-1_AbC123`` creates a user for each line, such as
``{"username": "ana", "attributes": {"email": "ana@example.com", "email_verified": true}}``, the format of
``export_users.py``. Lines that fail are written to ``users.failed.jsonl``, which you can fix and import.
Existing users are left unchanged, so the same command continues an interrupted import.

Each user receives an invitation with a temporary password, unless ``--no-invitations`` is set.

The region and credentials come from the environment or a profile, as with the AWS CLI. The required
permission is cognito-idp:AdminCreateUser.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from cognito_async import CognitoClient
from cognito_async.errors import (
    AccessDeniedException,
    CognitoError,
    ConnectError,
    InvalidRequestError,
    NotAuthorizedException,
    ResourceNotFoundException,
    ServiceError,
    TransportError,
    UsernameExistsException,
)
from cognito_async.types import MessageActionType

INTERRUPTED = 130
"""Exit code after Ctrl-C: by convention, 128 plus the number of the signal."""

READ_ONLY = {"sub", "identities"}
"""Attributes of an export that cannot be set."""


@dataclass(frozen=True)
class Failure:
    """A line that could not be imported."""

    number: int
    username: str
    reason: str


@dataclass
class Report:
    """Counts and failures of an import."""

    lines: int
    created: int = 0
    existing: int = 0
    failures: list[Failure] = field(default_factory=list)
    stopped_by: str = ""
    """Reason for stopping early; empty if all lines were processed."""

    @property
    def done(self) -> int:
        """Number of lines processed."""
        return self.created + self.existing + len(self.failures)


class Importer:
    """Creates users concurrently."""

    def __init__(
        self,
        client: CognitoClient,
        pool_id: str,
        report: Report,
        *,
        message_action: MessageActionType | None,
        on_progress: Callable[[], None],
        on_failure: Callable[[str], None],
    ) -> None:
        self.client = client
        self.pool_id = pool_id
        self.report = report
        self.message_action: MessageActionType | None = message_action
        self.on_progress = on_progress
        self.on_failure = on_failure

    async def run(self, lines: Iterable[str], workers: int) -> None:
        """Import all lines. The report is valid at any time, also after a cancellation."""
        # All workers share one iterator, so no line is read before a worker is free.
        numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(workers):
                    tasks.create_task(self._work(numbered))
        except* CognitoError as group:
            self.report.stopped_by = str(_first(group))

    async def _work(self, lines: Iterator[tuple[int, str]]) -> None:
        for number, line in lines:
            await self._import(number, line)
            self.on_progress()

    async def _import(self, number: int, line: str) -> None:
        username = ""
        try:
            username, attributes = parse_line(line)
            await self._create(username, attributes)
        except UsernameExistsException:
            # Created by an earlier import, or by a first attempt whose response was lost.
            self.report.existing += 1
        except ValueError as error:  # also InvalidRequestError
            self._failed(number, username, line, error)
        except (ServiceError, TransportError) as error:
            if affects_all(error):
                raise
            self._failed(number, username, line, error)
        else:
            self.report.created += 1

    async def _create(self, username: str, attributes: dict[str, Any]) -> None:
        await self.client.admin_create_user(
            user_pool_id=self.pool_id,
            username=username,
            user_attributes=attributes,
            message_action=self.message_action,
        )

    def _failed(self, number: int, username: str, line: str, error: Exception) -> None:
        self.report.failures.append(Failure(number, username, reason_of(error)))
        self.on_failure(line)


def parse_line(line: str) -> tuple[str, dict[str, Any]]:
    """Return the username and the attributes; other values of an export cannot be set."""
    try:
        user = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error}") from None
    match user:
        case {"username": str(username), "attributes": dict(attributes)}:
            return username, {name: attributes[name] for name in attributes if name not in READ_ONLY}
        case _:
            raise ValueError('expected {"username": "...", "attributes": {...}}')


def affects_all(error: ServiceError | TransportError) -> bool:
    """Return whether the other lines would fail too: no such pool, no permission, no network."""
    if isinstance(
        error, ResourceNotFoundException | NotAuthorizedException | AccessDeniedException | ConnectError
    ):
        return True
    # Codes that the API does not list come from the layer in front of it, which checks only the caller.
    return type(error) is ServiceError and not error.retryable


def reason_of(error: Exception) -> str:
    """Return one line that explains why a user was not created."""
    if isinstance(error, InvalidRequestError):
        return "; ".join(error.problems)
    if isinstance(error, ServiceError):
        return f"{error.code}: {error.message}"
    return str(error)


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def show(report: Report, failed: Path, console: Console) -> None:
    """Print the report."""
    counts = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    counts.add_column()
    counts.add_column(justify="right")
    counts.add_row("created", f"{report.created:,}")
    counts.add_row("existing", f"{report.existing:,}")
    counts.add_row("failed", f"{len(report.failures):,}")
    if report.done < report.lines:
        counts.add_row("not done", f"{report.lines - report.done:,}")
    console.print(counts)
    if report.failures:
        table = Table("line", "username", "reason", box=None, header_style="bold", padding=(0, 2, 0, 0))
        table.columns[0].justify = "right"
        for failure in sorted(report.failures, key=lambda failure: failure.number):
            # As Text, so that brackets are not read as markup.
            table.add_row(str(failure.number), Text(failure.username), Text(failure.reason))
        console.print()
        console.print(table)
        console.print(f"\nThe lines that failed are in {failed}", soft_wrap=True)
    if report.stopped_by:
        console.print(Text(f"\nStopped: {report.stopped_by}"), soft_wrap=True)
        console.print("Run the same command again to continue; existing users are left unchanged.")


async def run(arguments: argparse.Namespace, report: Report, failed: Path) -> None:
    """Import with a progress bar."""
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    bar = progress.add_task("users", total=report.lines)
    # In adaptive mode the client adapts to the rate that the service allows.
    async with CognitoClient(retry_mode="adaptive", max_attempts=8) as client:
        with (
            arguments.file.open(encoding="utf-8") as lines,
            failed.open("w", encoding="utf-8") as failed_lines,
            progress,
        ):
            importer = Importer(
                client,
                arguments.pool,
                report,
                message_action="SUPPRESS" if arguments.no_invitations else None,
                on_progress=lambda: progress.update(bar, completed=report.done),
                on_failure=lambda line: print(line.rstrip("\n"), file=failed_lines),
            )
            await importer.run(lines, arguments.workers)


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Import users from JSON Lines into a Cognito user pool.")
    parser.add_argument("file", type=Path, help="input file with one user per line, such as users.jsonl")
    pool = os.environ.get("COGNITO_USER_POOL_ID")
    parser.add_argument(
        "--pool",
        default=pool,
        required=pool is None,
        help="id of the user pool, such as eu-west-1_AbC123; default: COGNITO_USER_POOL_ID",
    )
    parser.add_argument(
        "--workers",
        type=int,
        choices=range(1, 51),
        default=8,
        metavar="N",
        help="users created at the same time, 1 to 50 (default: 8)",
    )
    parser.add_argument("--no-invitations", action="store_true", help="send no messages to users")
    arguments = parser.parse_args()
    if not arguments.file.is_file():
        parser.error(f"file not found: {arguments.file}")
    return arguments


def main() -> int:
    """Import, and print the report in every case."""
    arguments = parse()
    failed: Path = arguments.file.with_suffix(".failed.jsonl")
    with arguments.file.open(encoding="utf-8") as file:
        report = Report(lines=sum(1 for line in file if line.strip()))
    code = 0
    try:
        asyncio.run(run(arguments, report, failed))
    except KeyboardInterrupt:
        report.stopped_by = "Ctrl-C"
        code = INTERRUPTED
    if not report.failures:
        failed.unlink(missing_ok=True)
    show(report, failed, Console())
    return code or bool(report.failures or report.stopped_by)


if __name__ == "__main__":
    sys.exit(main())
