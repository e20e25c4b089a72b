"""Export all users of a pool to JSON Lines, with a progress bar; an interrupted export can be resumed.

``python export_users.py users.jsonl --pool eu-west-1_AbC123`` writes one line per user. After each page, the
progress is saved in ``users.jsonl.state``. The same command resumes an interrupted export, whatever stopped
it, and no user is missing or duplicated. A complete export deletes the state file.

The region and credentials come from the environment or a profile, as with the AWS CLI. The required
permissions are cognito-idp:DescribeUserPool and cognito-idp:ListUsers. Passwords and the secrets of
authenticator apps cannot be exported.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cognito_async import CognitoClient
from cognito_async.errors import CognitoError, InvalidParameterException
from cognito_async.types import UserType

INTERRUPTED = 130
"""Exit code after Ctrl-C: by convention, 128 plus the number of the signal."""


class ExportError(Exception):
    """The existing files do not match the requested export."""


@dataclass(frozen=True, kw_only=True)
class State:
    """Progress of an export."""

    pool_id: str
    token: str | None = None
    """Where the next page starts; None for the first."""

    users: int = 0
    """Users in the file."""

    size: int = 0
    """Valid bytes of the file. Bytes after them were being written when the export stopped."""


class ExportFile:
    """A file of users that grows by whole pages, and a second file with its state.

    Every page is written to disk before the state that includes it. So even if the program is killed, the
    state describes the start of the file, and the export can resume from there.
    """

    def __init__(self, path: Path, pool_id: str) -> None:
        self.path = path
        self.state_path = path.with_name(f"{path.name}.state")
        self._new_state_path = path.with_name(f"{path.name}.state.new")
        if self.state_path.exists():
            self.state = self._read_state(pool_id)
        elif path.exists():
            raise ExportError(f"{path} already exists; --start-over replaces it")
        else:
            self.state = State(pool_id=pool_id)
            self._write_state()  # before the file itself: a file without a state is a complete export
        self._file = path.open("ab")
        self._file.truncate(self.state.size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, users: Sequence[UserType], token: str | None) -> None:
        """Add a page; the token is the start of the next page, None after the last page."""
        lines = "".join(json.dumps(as_json(user), ensure_ascii=False) + "\n" for user in users).encode()
        self._file.write(lines)
        self._file.flush()
        os.fsync(self._file.fileno())
        count, size = self.state.users + len(users), self.state.size + len(lines)
        self.state = replace(self.state, token=token, users=count, size=size)
        if token is None:  # complete
            self.state_path.unlink()
            self._new_state_path.unlink(missing_ok=True)
        else:
            self._write_state()

    def _read_state(self, pool_id: str) -> State:
        try:
            state = State(**json.loads(self.state_path.read_text(encoding="utf-8")))
        except (ValueError, TypeError):
            raise ExportError(f"{self.state_path} is damaged; --start-over starts a new export") from None
        size = self.path.stat().st_size if self.path.exists() else 0
        if state.pool_id != pool_id:
            raise ExportError(f"{self.path} is an export of pool {state.pool_id}; --start-over replaces it")
        if size < state.size:
            raise ExportError(f"{self.path} is shorter than before; --start-over starts a new export")
        return state

    def _write_state(self) -> None:
        """Replace the state file atomically."""
        with self._new_state_path.open("w", encoding="utf-8") as file:
            json.dump(asdict(self.state), file)
            file.flush()
            os.fsync(file.fileno())
        self._new_state_path.replace(self.state_path)


def as_json(user: UserType) -> dict[str, Any]:
    """Return everything about a user, in the form that ``import_users.py`` reads."""
    return {
        "username": user.username,
        "status": user.user_status,
        "enabled": user.enabled,
        "created": user.user_create_date.isoformat(),
        "modified": user.user_last_modified_date.isoformat(),
        "attributes": dict(user.attribute_map),
    }


async def export_users(client: CognitoClient, file: ExportFile, progress: Progress) -> None:
    """Write all users that are not in the file yet."""
    state = file.state
    pool = (await client.describe_user_pool(user_pool_id=state.pool_id)).user_pool
    bar = progress.add_task("users", total=pool.estimated_number_of_users, completed=state.users)
    # The next page is fetched while this one is written. Writing is fast enough to do it on the event loop.
    pages = client.get_paginator("list_users").paginate(
        user_pool_id=state.pool_id, starting_token=state.token, prefetch=1
    )
    async for page in pages:
        file.add(page.users, pages.resume_token)
        progress.update(bar, completed=file.state.users)
    progress.update(bar, total=file.state.users)  # the previous total was an estimate


async def run(pool_id: str, path: Path) -> int:
    """Export with a progress bar; return the number of users in the file."""
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    # ListUsers has a low quota. When the service throttles, adaptive mode adapts to the rate that it allows.
    async with CognitoClient(retry_mode="adaptive", max_attempts=8) as client:
        with ExportFile(path, pool_id) as file, progress:
            if file.state.users:
                progress.console.print(f"{path} has {file.state.users:,} users already, resuming")
            await export_users(client, file, progress)
    return file.state.users


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Export all users of a Cognito user pool to JSON Lines.")
    parser.add_argument("file", type=Path, help="output file, such as users.jsonl")
    pool = os.environ.get("COGNITO_USER_POOL_ID")
    parser.add_argument(
        "--pool",
        default=pool,
        required=pool is None,
        help="id of the user pool, such as eu-west-1_AbC123; default: COGNITO_USER_POOL_ID",
    )
    parser.add_argument("--start-over", action="store_true", help="replace the output of an earlier run")
    return parser.parse_args()


def main() -> int:
    """Export; if the export stops early, print how to resume it."""
    arguments = parse()
    path: Path = arguments.file
    if arguments.start_over:
        path.unlink(missing_ok=True)
        path.with_name(f"{path.name}.state").unlink(missing_ok=True)
    try:
        users = asyncio.run(run(arguments.pool, path))
    except CognitoError as error:
        print(f"{error}\nRun the same command again to resume.", file=sys.stderr)
        if isinstance(error, InvalidParameterException):
            print("If the service rejects the saved position, use --start-over.", file=sys.stderr)
        return 1
    except (ExportError, OSError) as error:  # after CognitoError, because a timeout is also an OSError
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Run the same command again to resume.", file=sys.stderr)
        return INTERRUPTED
    print(f"{users:,} users in {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
