"""``copy``: copies a pool to another one or to a new one, and continues where an earlier run ended."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import attrs
import typer

from cognito_async._cli.bulk_options import MAX_CONCURRENCY, ShareOption, limiter, run_job
from cognito_async._cli.errors import UsageError
from cognito_async._cli.exit_codes import EXIT_PARTIAL
from cognito_async._cli.formats import none_in_words, print_table, print_value
from cognito_async._cli.options import (
    ClientOptions,
    Format,
    OutputOption,
    chosen_format,
    comma_separated,
    completion_of,
    with_client_options,
)
from cognito_async._cli.output import print_message
from cognito_async._cli.progress_bar import progress_bar
from cognito_async._cli.runner import command, run

if TYPE_CHECKING:
    from cognito_async.bulk import CopyReport

PARTS = (
    "settings",
    "resource_servers",
    "identity_providers",
    "app_clients",
    "groups",
    "users",
    "memberships",
)
"""Those of ``cognito_async.bulk``, which is loaded only when the command runs."""
_TARGET = "Target"
_LONGEST_NAME = 200
"""Characters of the name of a file, which may have 255; a pool's name alone may have 128."""
_NOT_IN_FILE_NAMES = re.compile(r"[^\w.-]", re.ASCII)


@with_client_options
def copy_pool(
    source_pool: Annotated[str, typer.Argument(metavar="SOURCE_POOL", help="Id of the pool to copy.")],
    target_pool: Annotated[
        str | None,
        typer.Argument(metavar="[TARGET_POOL]", help="Id of an existing pool to copy to; otherwise --new."),
    ] = None,
    *,
    new: Annotated[bool, typer.Option("--new", help="Create the target.")] = False,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="Name of the new pool. By default that of the source."),
    ] = None,
    parts: Annotated[
        str | None,
        typer.Option(
            "--parts",
            metavar="A,B",
            help=f"What to copy, of {', '.join(PARTS)}. By default everything.",
            autocompletion=completion_of(lambda: PARTS, separator=","),
        ),
    ] = None,
    confirm_users: Annotated[
        bool,
        typer.Option(
            help="Whether confirmed users are so in the target, with a random password that nobody knows. "
            "By default they are."
        ),
    ] = True,
    concurrency: Annotated[
        int,
        typer.Option(
            "--concurrency",
            metavar="N",
            min=1,
            max=MAX_CONCURRENCY,
            help="Users at the same time. By default 20.",
        ),
    ] = 20,
    journal: Annotated[
        Path | None,
        typer.Option(
            "--journal",
            metavar="FILE",
            help="Journal of what is done, which stays. By default in this folder, named after the pools.",
        ),
    ] = None,
    restart: Annotated[
        bool,
        typer.Option(
            "--restart",
            help="Go through everything again, and copy what the target lacks. The journal stays, so that "
            "nothing is created twice.",
        ),
    ] = False,
    share: ShareOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be created; change nothing.")
    ] = False,
    output: OutputOption = None,
    target_region: Annotated[
        str | None,
        typer.Option(
            "--target-region",
            metavar="NAME",
            help="Region of the target. By default as for the source.",
            rich_help_panel=_TARGET,
        ),
    ] = None,
    target_profile: Annotated[
        str | None,
        typer.Option(
            "--target-profile",
            metavar="NAME",
            help="Profile for the target, such as of another account. By default as for the source.",
            rich_help_panel=_TARGET,
        ),
    ] = None,
    target_endpoint_url: Annotated[
        str | None,
        typer.Option(
            "--target-endpoint-url",
            metavar="URL",
            help="Endpoint of the target. By default as for the source.",
            rich_help_panel=_TARGET,
        ),
    ] = None,
    options: ClientOptions,
) -> None:
    """Copy a pool: settings, app clients, groups, users.

    What exists in the target is left unchanged. A run that was interrupted continues if the same command is
    run again; nothing is created twice. Passwords cannot be copied.
    """
    with command(debug=options.debug):
        _check_target(target_pool, name, new=new)
        chosen = None if parts is None else comma_separated(parts, "--parts", "groups,users")
        chosen = chosen and [part.replace("-", "_") for part in chosen]
        places = (target_region, target_profile, target_endpoint_url)
        path = journal or default_journal(source_pool, target_pool, name, *places, *sorted(chosen or ()))
        settings: dict[str, Any] = {
            "pool_name": name,
            "confirm_users": confirm_users,
            "concurrency": concurrency,
            "journal": path,
            "dry_run": dry_run,
            "resume": not restart,
            **({} if chosen is None else {"parts": chosen}),
        }
        target_options = attrs.evolve(
            options,
            region=target_region or options.region,
            profile=target_profile or options.profile,
            endpoint_url=target_endpoint_url or options.endpoint_url,
        )
        with progress_bar() as progress:
            settings["progress"] = progress
            job = _copy(options, source_pool, target_options, target_pool, share, **settings)
            report = run(job) if dry_run else run_job(job, restart=restart)
        if dry_run:
            print_message("nothing was changed")
        if report.was_complete:
            print_message(
                f"{path}: this copy is complete, so nothing was copied; to copy what the target lacks, pass "
                "--restart"
            )
        _print(report, None if dry_run else path, chosen_format(output))
        if report.failed:
            raise typer.Exit(EXIT_PARTIAL)


def _check_target(target_pool: str | None, name: str | None, *, new: bool) -> None:
    """Check that there is one target.

    Raises:
        UsageError: There is none, or there are two.
    """
    if new == (target_pool is not None):
        raise UsageError("pass either TARGET_POOL, or --new to create the target")
    if name is not None and not new:
        raise UsageError("--name: an existing pool keeps its name; it is for --new")


def default_journal(source: str, target: str | None, *more: str | None) -> Path:
    """Return the journal of a copy in the current folder.

    Args:
        source: Id of the source.
        target: Id of the target; None for a new one.
        more: What else distinguishes the copy, such as the Region: a complete journal keeps a new pool from
            being created again, but not one somewhere else.
    """
    words = [source, target or "new", *(word for word in more if word)]
    name = _NOT_IN_FILE_NAMES.sub("_", "-".join(["copy", *words]))
    if len(name) > _LONGEST_NAME:
        digest = hashlib.sha256(name.encode()).hexdigest()
        name = f"{name[:_LONGEST_NAME]}-{digest[:8]}"
    return Path(f"{name}.journal")


async def _copy(
    source_options: ClientOptions,
    source_pool: str,
    target_options: ClientOptions,
    target_pool: str | None,
    share: float | None,
    **settings: Any,
) -> CopyReport:
    from cognito_async.bulk import copy_pool as copy  # noqa: PLC0415  loaded by this command only

    limit = limiter(share)
    async with AsyncExitStack() as clients:
        source = target = await clients.enter_async_context(source_options.client(**limit))
        if target_options != source_options:
            if target_options.profile != source_options.profile:
                limit = limiter(share)  # another account has quotas of its own
            target = await clients.enter_async_context(target_options.client(**limit))
        return await copy(source, source_pool, target, target_pool, **settings)


def _print(report: CopyReport, journal: Path | None, form: Format) -> None:
    failures = [attrs.asdict(each) for each in report.failures]
    counts = {part: attrs.asdict(numbers) for part, numbers in report.counts.items()}
    result = {
        "target_pool_id": report.target_pool_id,
        "failed": report.failed,
        "seconds": round(report.seconds, 3),
        "journal": None if journal is None else str(journal),
    }
    lists = {"client_ids": dict(report.client_ids), "not_copied": dict(report.not_copied)}
    if form is not Format.TABLE:
        print_value({**result, "counts": counts, **lists, "failures": failures}, form)
        return
    print_value(none_in_words(result), form)
    numbers = ("created", "existing", "skipped", "failed")
    _section(("part", *numbers), [[part, *(each[n] for n in numbers)] for part, each in counts.items()])
    _section(("app client", "in the target"), _pairs(report.client_ids))
    _section(("not copied", "reason"), _pairs(report.not_copied))
    columns = ("part", "name", "error", "message")
    _section(columns, [[each[column] for column in columns] for each in failures])


def _pairs(mapping: Mapping[str, str]) -> list[tuple[str, str]]:
    return list(mapping.items())


def _section(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        typer.echo()
        print_table(columns, [[str(cell) for cell in row] for row in rows])
