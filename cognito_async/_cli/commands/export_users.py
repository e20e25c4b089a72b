"""``export``: writes all users of a pool to a file, and continues where an earlier run ended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
from cognito_async._cli.formats import print_value
from cognito_async._cli.options import (
    ClientOptions,
    OutputOption,
    PoolOption,
    attribute_names,
    chosen_format,
    required_pool,
    with_client_options,
)
from cognito_async._cli.progress_bar import progress_bar
from cognito_async._cli.runner import command

if TYPE_CHECKING:
    from cognito_async.bulk import ExportReport


@with_client_options
def export_users(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to write: .jsonl or .csv.")],
    *,
    pool: PoolOption = None,
    filter_: Annotated[
        str | None,
        typer.Option("--filter", metavar="TEXT", help="""Only these users, such as 'email ^= "ana"'."""),
    ] = None,
    attributes: Annotated[
        str | None,
        typer.Option("--attributes", metavar="A,B", help="Attributes to write. By default all."),
    ] = None,
    groups: Annotated[
        bool, typer.Option("--groups", help="Write the groups of each user: one more request for each.")
    ] = False,
    concurrency: Annotated[
        int,
        typer.Option(
            "--concurrency",
            metavar="N",
            min=1,
            max=MAX_CONCURRENCY,
            help="Requests at the same time, at most 16. By default 8.",
        ),
    ] = 8,
    form: FileFormatOption = None,
    journal: JournalOption = None,
    restart: RestartOption = False,
    share: ShareOption = None,
    output: OutputOption = None,
    options: ClientOptions,
) -> None:
    """Write all users of a pool to a file.

    A run that was interrupted continues if the same command is run again. Passwords cannot be exported.
    """
    with command(debug=options.debug):
        settings: dict[str, Any] = {
            "format": form,
            "filter": filter_,
            "attributes_to_get": None if attributes is None else attribute_names(attributes),
            "groups": groups,
            "concurrency": concurrency,
            "journal": journal,
            "resume": not restart,
        }
        with progress_bar() as progress:
            report = run_job(
                _export(options, share, required_pool(pool), file, progress=progress, **settings),
                restart=restart,
            )
        result = {
            "file": str(report.path),
            "users": report.users,
            "resumed": report.resumed,
            "seconds": round(report.seconds, 3),
        }
        print_value(result, chosen_format(output))


async def _export(
    options: ClientOptions, share: float | None, pool: str, file: Path, **settings: Any
) -> ExportReport:
    from cognito_async.bulk import export_users as export  # noqa: PLC0415  loaded by this command only

    async with options.client(**limiter(share)) as client:
        return await export(client, pool, file, **settings)
