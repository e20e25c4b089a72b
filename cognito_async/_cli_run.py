"""What all commands share: options of the client, and how a command ends.

Exit codes: 0 done, 1 the service or the way to it said no, 2 the command or a setting is wrong and nothing
was sent, 130 interrupted, 141 nobody reads the output any more.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import sys
import threading
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, ParamSpec, TypeAlias, TypeVar

import typer
from attrs import frozen
from rich.console import Console
from rich.text import Text

from cognito_async._errors import CognitoError, ConfigurationError, InvalidRequestError
from cognito_async.client import CognitoClient

FAILED = 1
MISUSED = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells count
UNREAD = 141  # 128 + SIGPIPE

T = TypeVar("T")
P = ParamSpec("P")

_PANEL = "Client"
# What was raised may hold secrets, so it is not shown.
_FOR_A_PROGRAM = "what the provider raised is the __cause__ of this error"
_FOR_A_SHELL = (
    "`aws sts get-caller-identity` with the same profile says why, and `aws sso login` renews a sign-in that "
    "has ended"
)
# What JSON lets stand: U+009B begins a command to some terminals, others turn the direction of what follows.
_CONTROLS = re.compile(r"[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

Region: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Region, such as eu-west-1.", rich_help_panel=_PANEL),
]
Profile: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Profile in ~/.aws.", rich_help_panel=_PANEL),
]
EndpointUrl: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Another endpoint, such as an emulator's.", rich_help_panel=_PANEL),
]
Timeout: TypeAlias = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS", help="Time for a call with its retries; 60 by default.", rich_help_panel=_PANEL
    ),
]
MaxAttempts: TypeAlias = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="Requests for one call at the most; 3 by default.", rich_help_panel=_PANEL
    ),
]
Debug: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--debug", metavar="", help="Tell of every attempt on standard error.", rich_help_panel=_PANEL
    ),
]


class UsageError(Exception):
    """The command makes no sense as it was given; the message says why, without secrets."""


@frozen(kw_only=True)
class Connection:
    """What the options of a command say about the client."""

    region: str | None
    profile: str | None
    endpoint_url: str | None
    timeout: float | None
    max_attempts: int | None

    @property
    def limits(self) -> dict[str, Any]:
        """The timeout, where there is one; None would mean no limit."""
        return {} if self.timeout is None else {"timeout": self.timeout}

    def client(self, **more: Any) -> CognitoClient:
        """Make the client."""
        return CognitoClient(
            region=self.region,
            profile=self.profile,
            endpoint_url=self.endpoint_url,
            max_attempts=self.max_attempts,
            **self.limits,
            **more,
        )


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine as ``asyncio.run`` does, but leave threads behind that are not done.

    botocore fetches credentials in one, which may wait for another program longer than the command may take.
    """
    return asyncio.run(_with_threads(main))


async def _with_threads(main: Coroutine[Any, Any, T]) -> T:
    asyncio.get_running_loop().set_default_executor(_DaemonThreads())
    return await main


class _DaemonThreads(ThreadPoolExecutor):
    """A thread for each function; neither the end of the loop nor that of the process waits for it."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()  # so that its outcome can always be set

        def work() -> None:
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001  whoever waits gets it
                future.set_exception(error)

        threading.Thread(target=work, daemon=True).start()
        return future


@contextmanager
def command(*, debug: bool) -> Generator[None]:
    """Run a command in this: what ends it early is told in one block, and becomes the exit code.

    The notes of an exception are told after it; they say how to go on.
    """
    try:
        with _logging(debug=debug):
            yield
            sys.stdout.flush()  # here, where an output that nobody reads is noticed
    except (UsageError, InvalidRequestError, ConfigurationError) as error:
        raise _end(error, MISUSED) from None
    except BrokenPipeError:
        # What is left in the buffer would fail again when Python ends, and be told as an error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(UNREAD) from None
    except (CognitoError, OSError) as error:
        raise _end(error, FAILED) from None
    except KeyboardInterrupt as error:
        raise _end(error, INTERRUPTED) from None


def _end(error: BaseException, code: int) -> typer.Exit:
    told = "interrupted" if code == INTERRUPTED else f"error: {in_a_shell(error)}"
    tell(told, style="bold red", wrap=True)
    for note in getattr(error, "__notes__", ()):
        tell(note)
    return typer.Exit(code)


def in_a_shell(error: BaseException) -> str:
    """Return the text of an error, with a hint for a shell where it has one for a program."""
    return str(error).replace(_FOR_A_PROGRAM, _FOR_A_SHELL)


def tell(text: str, *, style: str = "", wrap: bool = False) -> None:
    """Write a block to standard error; on a terminal its first word is coloured, and it wraps at words.

    What is not to wrap can be copied as it is, such as a token.
    """
    console = Console(stderr=True, highlight=False)
    block = Text(printable(text))
    block.stylize(style, 0, len(text.split(" ", 1)[0]))
    console.print(block, soft_wrap=not (wrap and console.is_terminal))


def printable(text: str) -> str:
    """Replace what would move the cursor or change the terminal; a username may hold anything."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def json_text(value: Any, *, indent: int | None = None) -> str:
    """Write JSON with all letters as they are, but with no control character."""
    text = json.dumps(value, indent=indent, ensure_ascii=False, default=datetime.isoformat)
    return _CONTROLS.sub(lambda control: f"\\u{ord(control[0]):04x}", text)


@contextmanager
def _logging(*, debug: bool) -> Generator[None]:
    """Write what the client logs, which has no secrets, to standard error, or nowhere."""
    log = logging.getLogger("cognito_async")
    handler = logging.StreamHandler() if debug else logging.NullHandler()
    handler.setFormatter(
        logging.Formatter("debug: %(message)s (request id %(request_id)s)", defaults={"request_id": None})
    )
    level = log.level
    log.setLevel(logging.DEBUG if debug else level)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
