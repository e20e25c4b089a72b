"""The text of every error; run as a script, it writes tests/snapshots/current/error_messages.txt.

``error_cases``, ``sign_in_cases``, ``oauth_cases``, ``token_cases`` and ``bulk_cases`` raise the errors. Meanwhile this
module records which lines of the package create them, so that a line without a case is found.
"""

from __future__ import annotations

import ast
import asyncio
import logging
import re
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

from attrs import field, frozen

import cognito_async
from cognito_async import errors
from cognito_async._codec.validation import Problem, ValidationFailed
from faults import bulk_cases, error_cases
from faults.oauth_cases import ERROR_CASES
from faults.token_cases import EXCEPTIONS
from snapshots.write import CURRENT, ERROR_MESSAGES

PACKAGE = Path(cognito_async.__file__).parent
SNAPSHOT = CURRENT / ERROR_MESSAGES
COMMAND = "PYTHONPATH=tests python tests/faults/messages.py"
Line = tuple[str, int]
"""A file, relative to the package, and the number of a line."""


@frozen
class Message:
    """An error and its cause."""

    group: str
    cause: str
    kind: str
    """Name of the class."""

    text: str


@frozen
class Collected:
    """All messages, and the lines of the package on the stack when an error was created."""

    messages: list[Message] = field(factory=list)
    lines: set[Line] = field(factory=set)


async def collect() -> Collected:
    """Run all cases."""
    collected = Collected()
    with tempfile.TemporaryDirectory() as folder, _recorded(collected.lines):
        environment, current_folder = error_cases.isolated(Path(folder))
        with environment, current_folder:
            for case in ERROR_CASES:
                try:
                    await case.run()
                except errors.CognitoError as error:
                    collected.lines.update(_lines_of_tracebacks(error))
                    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:5000", str(error))
                    # aiohttp's parser has other words in other releases.
                    text = re.sub(r"(is not HTTP) \([^)]*\)", r"\1 (<reason>)", text)
                    collected.messages.append(Message(case.group, case.cause, type(error).__name__, text))
                else:
                    raise AssertionError(f"{case.group}, {case.cause}: no error")
    return collected


@contextmanager
def _recorded(lines: set[Line]) -> Iterator[None]:
    """Record the stack whenever an error is created."""

    def record(frame: FrameType | None) -> None:
        while frame is not None:
            lines.update(_package_line(frame.f_code.co_filename, frame.f_lineno))
            frame = frame.f_back

    def init_error(error: Any, *arguments: Any) -> None:
        record(sys._getframe(1))
        super(errors.CognitoError, error).__init__(*arguments)

    def init_validation_failed(error: Any, *problems: Any) -> None:
        record(sys._getframe(1))
        error.problems = problems

    def init_problem(*_: Any, **__: Any) -> None:
        record(sys._getframe(1))

    with (
        patch.object(errors.CognitoError, "__init__", init_error),
        patch.object(ValidationFailed, "__init__", init_validation_failed),
        patch.object(Problem, "__init__", init_problem),
    ):
        yield


def _lines_of_tracebacks(error: BaseException) -> Iterator[Line]:
    """Return the lines that raised an error and the errors before it, such as a ValueError."""
    link: BaseException | None = error
    while link is not None:
        step = link.__traceback__
        while step is not None:
            yield from _package_line(step.tb_frame.f_code.co_filename, step.tb_lineno)
            step = step.tb_next
        link = link.__context__


def _package_line(file: str, line: int) -> Iterator[Line]:
    if file.startswith(str(PACKAGE)):
        yield str(Path(file).relative_to(PACKAGE)), line


# Places in the package that create errors

_GENERATED = ("types", "operations", "errors")
_FUNCTIONS = {
    *errors.__all__,
    *EXCEPTIONS,
    *bulk_cases.EXCEPTIONS,
    "Problem",
    "UndecodableError",
    "ValidationFailed",
}
_FUNCTIONS |= {"from_metadata", "invalid"}
_BUILTIN_ERRORS = {"KeyError", "ValueError"}
WITHOUT_CASE = {
    "true or false": "the text of a warning about a variable or key, not of an error",
    "having= names ": "a ValueError of cognito_async.testing, for the author of a test",
    "times=": "a ValueError of cognito_async.testing, for the author of a test",
    "the client sets ": "a ValueError that is logged: a hook added this header",
    "a header has an invalid name": "as above",
    "no operation ": "a KeyError, as in boto3",
    "Waiter does not exist: ": "a ValueError, as in boto3",
    ": ": "a TransportError for errors that are not in the error map; all that are caught are in it",
}
"""Places that need no case, by the beginning of their text, and why."""


def places() -> Iterator[tuple[str, ast.AST]]:
    """Return every expression of the package that creates an error, with the name of its file."""
    for path in sorted(PACKAGE.rglob("*.py")):
        file = path.relative_to(PACKAGE)
        if file.parts[0] in _GENERATED:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (isinstance(node, ast.Call) and _name(node.func) in _FUNCTIONS) or (
                isinstance(node, ast.Raise)
                and isinstance(node.exc, ast.Call)
                and _name(node.exc.func) in _BUILTIN_ERRORS
            ):
                yield str(file), node


def _name(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def places_without_case(collected: Collected) -> list[str]:
    """Return the places that created no error and whose text is in no message."""
    texts = "\n".join(message.text for message in collected.messages)
    missing = []
    for file, node in places():
        lines = {(file, line) for line in range(node.lineno, node.end_lineno + 1)}  # type: ignore[attr-defined]
        text = first_text(node)
        is_in_message = len(text) > len("expected") and text in texts
        if not (lines & collected.lines or text in WITHOUT_CASE or is_in_message):
            missing.append(f"{file}:{node.lineno}: {ast.unparse(node)}")  # type: ignore[attr-defined]
    return missing


def first_text(node: ast.AST) -> str:
    """Return the first string literal of an expression."""
    literals = (part.value for part in ast.walk(node) if isinstance(part, ast.Constant))
    return next((value for value in literals if isinstance(value, str)), "")


# The snapshot


def snapshot(messages: Sequence[Message]) -> str:
    """Return the text of the snapshot; of equal messages in a group only the first."""
    blocks = [f'# The text of every error. Written by "{COMMAND}".']
    for group in dict.fromkeys(message.group for message in messages):
        blocks.append(f"# {group}")
        seen: set[str] = set()
        for message in messages:
            if message.group == group and message.text not in seen:
                seen.add(message.text)
                blocks.append(f"{message.kind}: {message.cause}\n{_wrapped(message.text)}")
    return "\n\n".join(blocks) + "\n"


def _wrapped(text: str) -> str:
    lines = []
    for line in text.split("\n"):
        indent = " " * (4 + len(line) - len(line.lstrip()))
        lines += textwrap.wrap(
            line.lstrip(), 110, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
        )
    return "\n".join(lines)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    collected = asyncio.run(collect())
    SNAPSHOT.write_text(snapshot(collected.messages), encoding="utf-8")
    print(f"{SNAPSHOT}: {len(collected.messages)} errors", *places_without_case(collected), sep="\n")
