"""Runs a command: event loop, logging, errors and exit codes.

``exit_codes`` has the exit codes of all commands.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

import typer

from cognito_async._cli.errors import UsageError
from cognito_async._cli.exit_codes import EXIT_FAILURE, EXIT_SIGINT, EXIT_SIGPIPE, EXIT_USAGE
from cognito_async._cli.output import print_message, shell_message
from cognito_async._errors import CognitoError, ConfigurationError, InvalidRequestError

T = TypeVar("T")
P = ParamSpec("P")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine as ``asyncio.run`` does, but without waiting for threads at the end.

    botocore fetches credentials in a thread, which may wait for another program longer than the timeout.
    """
    with event_loop() as runner:
        return runner.run(main)


@contextmanager
def event_loop() -> Generator[asyncio.Runner]:
    """Provide an event loop for several coroutines, with prompts between them.

    Ctrl-C would not end a prompt inside of a coroutine: asyncio's handler of the signal cancels the task,
    which has an effect only when the prompt returns.
    """
    with asyncio.Runner() as runner:
        runner.get_loop().set_default_executor(_DaemonThreads())
        yield runner


class _DaemonThreads(ThreadPoolExecutor):
    """Runs functions in daemon threads, for which neither the loop nor the process waits at its end."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()  # so that its result can always be set

        def work() -> None:
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001  raised again where the future is awaited
                future.set_exception(error)

        threading.Thread(target=work, daemon=True).start()
        return future


@contextmanager
def command(*, debug: bool) -> Generator[None]:
    """Run the body of a command: an error becomes a message and an exit code.

    The notes of an exception are printed after it; they say how to continue.
    """
    try:
        with _logging(debug=debug):
            yield
            sys.stdout.flush()  # raises BrokenPipeError here if the reader has gone
    except (UsageError, InvalidRequestError, ConfigurationError) as error:
        raise _exit(error, EXIT_USAGE) from None
    except BrokenPipeError:
        # The rest of the buffer would fail again when Python exits, and print an error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(EXIT_SIGPIPE) from None
    except (CognitoError, EOFError, OSError) as error:
        raise _exit(error, EXIT_FAILURE) from None
    except KeyboardInterrupt as error:
        raise _exit(error, EXIT_SIGINT) from None


def _exit(error: BaseException, code: int) -> typer.Exit:
    if code == EXIT_SIGINT and sys.stderr.isatty():
        typer.echo(err=True)  # the terminal shows ^C on this line
    message = "interrupted" if code == EXIT_SIGINT else f"error: {shell_message(error)}"
    print_message(message, style="bold red", wrap=True)
    for note in getattr(error, "__notes__", ()):
        print_message(note)
    return typer.Exit(code)


class _Formatter(logging.Formatter):
    """Adds the request id, which a request without response does not have."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        request_id = getattr(record, "request_id", None)
        return text if request_id is None else f"{text} (request id {request_id})"


@contextmanager
def _logging(*, debug: bool) -> Generator[None]:
    """Write the log records of the client, which contain no secrets, to standard error; or discard them."""
    log = logging.getLogger("cognito_async")
    handler = logging.StreamHandler() if debug else logging.NullHandler()
    handler.setFormatter(_Formatter("debug: %(message)s"))
    level = log.level
    log.setLevel(logging.DEBUG if debug else level)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
