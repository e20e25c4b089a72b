"""``import``: creates the users of a file, and continues where an earlier run ended."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from contextlib import closing
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import attrs
import typer

from cognito_async._cli.bulk_options import (
    MAX_CONCURRENCY,
    FileFormatOption,
    JournalOption,
    RestartOption,
    ShareOption,
    limiter,
    run_job,
)
from cognito_async._cli.exit_codes import EXIT_PARTIAL
from cognito_async._cli.formats import none_in_words, print_table, print_value
from cognito_async._cli.options import (
    ClientOptions,
    Format,
    OutputOption,
    PoolOption,
    chosen_format,
    required_pool,
    with_client_options,
)
from cognito_async._cli.output import print_message
from cognito_async._cli.progress_bar import progress_bar
from cognito_async._cli.runner import command

if TYPE_CHECKING:
    from cognito_async.bulk import ImportFailure, ImportReport

_COUNTS = ("created", "updated", "existing", "skipped", "failed", "resumed")
_SHOWN_FAILURES = 100


class OnExisting(StrEnum):
    """What to do with a user that exists."""

    SKIP = "skip"
    UPDATE = "update"
    ERROR = "error"


@with_client_options
def import_users(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File of export, or of an import job.")],
    *,
    pool: PoolOption = None,
    on_existing: Annotated[
        OnExisting,
        typer.Option(
            "--on-existing",
            metavar="skip|update|error",
            help="What to do with users that exist. By default skip.",
        ),
    ] = OnExisting.SKIP,
    groups: Annotated[bool, typer.Option(help="Whether users join their groups, which must exist.")] = True,
    invite: Annotated[bool, typer.Option("--invite", help="Send invitations to the new users.")] = False,
    concurrency: Annotated[
        int,
        typer.Option(
            "--concurrency",
            metavar="N",
            min=1,
            max=MAX_CONCURRENCY,
            help="Users at the same time. By default 10.",
        ),
    ] = 10,
    form: FileFormatOption = None,
    journal: JournalOption = None,
    failures: Annotated[
        Path | None,
        typer.Option("--failures", metavar="FILE", help="File for the failures. By default beside the file."),
    ] = None,
    restart: RestartOption = False,
    share: ShareOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the file; send nothing.")] = False,
    output: OutputOption = None,
    options: ClientOptions,
) -> None:
    """Create the users of a file.

    A run that was interrupted continues if the same command is run again; no user is created twice. Users get
    no message, and no password that is known to anybody.
    """
    with command(debug=options.debug):
        pool = required_pool(pool)
        if dry_run:
            result, failed = _check(file, form)
            print_message("nothing was sent; whether the groups exist was not checked")
        else:
            settings: dict[str, Any] = {
                "format": form,
                "concurrency": concurrency,
                "on_existing": str(on_existing),
                "groups": groups,
                "message_action": None if invite else "SUPPRESS",
                "journal": journal,
                "failures": failures,
                "resume": not restart,
            }
            with progress_bar() as progress:
                report = run_job(
                    _import(options, share, pool, file, progress=progress, **settings), restart=restart
                )
            result, failed = _result(report), report.failures
        _print(result, failed, chosen_format(output))
        if result["failed"]:
            raise typer.Exit(EXIT_PARTIAL)


async def _import(
    options: ClientOptions, share: float | None, pool: str, file: Path, **settings: Any
) -> ImportReport:
    from cognito_async.bulk import import_users as import_  # noqa: PLC0415  loaded by this command only

    async with options.client(**limiter(share)) as client:
        return await import_(client, pool, file, **settings)


def _result(report: ImportReport) -> dict[str, Any]:
    counts = {name: getattr(report, name) for name in _COUNTS}
    path = None if report.failures_path is None else str(report.failures_path)
    return {"file": str(report.path), **counts, "seconds": round(report.seconds, 3), "failures_file": path}


def _check(file: Path, form: str | None) -> tuple[dict[str, Any], Sequence[ImportFailure]]:
    """Read a file as an import does."""
    from cognito_async.bulk import ImportFailure  # noqa: PLC0415  as above
    from cognito_async.bulk._entries import EntryError, format_of  # noqa: PLC0415  as above
    from cognito_async.bulk._import_file import Source  # noqa: PLC0415  as above

    failures: list[ImportFailure] = []
    failed = 0
    names = _Names()
    with closing(Source(file, format_of(file, form, "import_users"))) as source:
        for line in (line for batch in source.batches() for line in batch):
            try:
                username = source.entry(line).username
            except EntryError as error:
                failed += 1
                failures.append(
                    ImportFailure(line=line.number, username="", error="InvalidEntry", message=str(error))
                )
                del failures[_SHOWN_FAILURES:]
            else:
                names.add(username)
    counts = {"users": source.lines - failed, "duplicates": names.repetitions(), "failed": failed}
    return {"file": str(file), **counts}, failures


class _Names:
    """Counts names that occur again, in 9 bytes for each name.

    It keeps digests of 8 bytes. Two of ten million different names have the same one with a probability of
    1 in 370,000, and then the count is too high by one; nothing else depends on it.
    """

    def __init__(self) -> None:
        self._digests = [array("Q") for _ in range(256)]  # by the last byte: only one becomes a set at a time

    def add(self, name: str) -> None:
        digest = blake2b(name.encode(errors="surrogatepass"), digest_size=8).digest()
        self._digests[digest[-1]].frombytes(digest)

    def repetitions(self) -> int:
        return sum(len(each) - len(set(each)) for each in self._digests)


def _print(result: dict[str, Any], failures: Sequence[ImportFailure], form: Format) -> None:
    shown = [attrs.asdict(each) for each in failures]
    if form is not Format.TABLE:
        print_value({**result, "failures": shown}, form)
        return
    print_value(none_in_words(result), form)
    if shown:
        typer.echo()
        columns = ("line", "username", "error", "message")
        print_table(columns, [[str(each[name]) for name in columns] for each in shown])
