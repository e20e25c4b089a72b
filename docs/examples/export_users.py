"""Export all users of a pool to JSON Lines, with a progress bar; after an interruption it goes on.

``python export_users.py users.jsonl --pool eu-west-1_AbC123`` writes one line per user. How far it is after
each page is kept in ``users.jsonl.state``, so that the same command goes on where the last one ended,
whatever ended it: no user is missing and none is there twice. The state is gone once the export is complete.

Region and credentials come from the environment or a profile, as with the tools of AWS. The permissions it
needs are cognito-idp:DescribeUserPool and cognito-idp:ListUsers. Passwords and the secrets of authenticator
apps cannot be exported.
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
"""Exit code after Ctrl-C, by custom 128 and the number of the signal."""


class ExportError(Exception):
    """The files that are there do not go with what was asked for."""


@dataclass(frozen=True, kw_only=True)
class State:
    """How far an export is."""

    pool_id: str
    token: str | None = None
    """Where the next page starts; None for the first."""

    users: int = 0
    """Users in the file."""

    size: int = 0
    """Bytes of the file that are good. What is behind them was being written when the export ended."""


class ExportFile:
    """A file of users that grows by whole pages, and beside it the file with its state.

    Every page goes to the disk before the state that counts it. So whenever the program is killed, the state
    describes a beginning of the file, and going on from there gives the rest.
    """

    def __init__(self, path: Path, pool_id: str) -> None:
        self.path = path
        self.state_path = path.with_name(f"{path.name}.state")
        self._new_state_path = path.with_name(f"{path.name}.state.new")
        if self.state_path.exists():
            self.state = self._read_state(pool_id)
        elif path.exists():
            raise ExportError(f"{path} is there already; --start-over replaces it")
        else:
            self.state = State(pool_id=pool_id)
            self._write_state()  # before there is a file, which without a state is a complete one
        self._file = path.open("ab")
        self._file.truncate(self.state.size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, users: Sequence[UserType], token: str | None) -> None:
        """Add a page; the token is where the next one starts, None after the last."""
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
            raise ExportError(f"{self.state_path} is damaged; --start-over begins anew") from None
        size = self.path.stat().st_size if self.path.exists() else 0
        if state.pool_id != pool_id:
            raise ExportError(f"{self.path} is of the pool {state.pool_id}; --start-over replaces it")
        if size < state.size:
            raise ExportError(f"{self.path} is shorter than it was; --start-over begins anew")
        return state

    def _write_state(self) -> None:
        """Replace the state in one step: there is the old one or the new one, never half of one."""
        with self._new_state_path.open("w", encoding="utf-8") as file:
            json.dump(asdict(self.state), file)
            file.flush()
            os.fsync(file.fileno())
        self._new_state_path.replace(self.state_path)


def as_json(user: UserType) -> dict[str, Any]:
    """Say what there is to say about a user, in a form that ``import_users.py`` reads."""
    return {
        "username": user.username,
        "status": user.user_status,
        "enabled": user.enabled,
        "created": user.user_create_date.isoformat(),
        "modified": user.user_last_modified_date.isoformat(),
        "attributes": dict(user.attribute_map),
    }


async def export_users(client: CognitoClient, file: ExportFile, progress: Progress) -> None:
    """Write the users that are not in the file yet."""
    state = file.state
    pool = (await client.describe_user_pool(user_pool_id=state.pool_id)).user_pool
    bar = progress.add_task("users", total=pool.estimated_number_of_users, completed=state.users)
    # The next page is on its way while one is written, which is short enough to do it on the event loop.
    pages = client.get_paginator("list_users").paginate(
        user_pool_id=state.pool_id, starting_token=state.token, prefetch=1
    )
    async for page in pages:
        file.add(page.users, pages.resume_token)
        progress.update(bar, completed=file.state.users)
    progress.update(bar, total=file.state.users)  # the number before was an estimate


async def run(pool_id: str, path: Path) -> int:
    """Export and show it; return the number of users in the file."""
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    # ListUsers is a slow lane of the service: when it says so, adaptive mode keeps to what it takes.
    async with CognitoClient(retry_mode="adaptive", max_attempts=8) as client:
        with ExportFile(path, pool_id) as file, progress:
            if file.state.users:
                progress.console.print(f"{path} has {file.state.users:,} users already, going on from there")
            await export_users(client, file, progress)
    return file.state.users


def parse() -> argparse.Namespace:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description="Export all users of a Cognito user pool to JSON Lines.")
    parser.add_argument("file", type=Path, help="where to write them, such as users.jsonl")
    pool = os.environ.get("COGNITO_USER_POOL_ID")
    parser.add_argument(
        "--pool",
        default=pool,
        required=pool is None,
        help="id of the user pool, such as eu-west-1_AbC123; else COGNITO_USER_POOL_ID",
    )
    parser.add_argument("--start-over", action="store_true", help="replace what an earlier run wrote")
    return parser.parse_args()


def main() -> int:
    """Export, and say how to go on when it does not get to the end."""
    arguments = parse()
    path: Path = arguments.file
    if arguments.start_over:
        path.unlink(missing_ok=True)
        path.with_name(f"{path.name}.state").unlink(missing_ok=True)
    try:
        users = asyncio.run(run(arguments.pool, path))
    except CognitoError as error:
        print(f"{error}\nThe same command goes on from here.", file=sys.stderr)
        if isinstance(error, InvalidParameterException):
            print("Should it be the place to go on from that is refused: --start-over.", file=sys.stderr)
        return 1
    except (ExportError, OSError) as error:  # after CognitoError, as a timeout is an OSError too
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. The same command goes on from here.", file=sys.stderr)
        return INTERRUPTED
    print(f"{users:,} users in {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
