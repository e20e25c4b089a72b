"""Every error as a user reads it; run as a script, it writes docs/error-messages.md.

The errors are raised for real, by ``error_cases``. While they are, it is written down which lines of the package
took part, so that an error that nobody provokes is found.
"""

from __future__ import annotations

import ast
import asyncio
import re
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any
from unittest.mock import patch

from attrs import field, frozen

ROOT = Path(__file__).parent.parent.parent
sys.path += [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "faults")]

from faults import error_cases  # noqa: E402
from faults.error_cases import PROVOKED  # noqa: E402

import cognito_async  # noqa: E402
from cognito_async import _problems, errors  # noqa: E402

DOCUMENT = ROOT / "docs" / "error-messages.md"
PACKAGE = Path(cognito_async.__file__).parent
Place = tuple[str, int]

INTRODUCTION = """\
# Error messages

<!-- Written by `python tests/faults/messages.py`, which raises all of them. -->

Every error as `str(error)` gives it, and how it came about. An error says what was tried and what came back, in
brackets what is known about it (HTTP status, request id, attempts), and then what to do next. The parts are
attributes too: `error.message` is what the service wrote, `error.advice` is what to do. Which error to catch when is
in [errors](errors.md), which fault gives which error in [faults](faults.md).

Long lines are broken here; an error is one paragraph, but for a request with several problems. Passwords, tokens and
codes appear in none.
"""

GROUPS = {
    "Errors of the API": "One class for each; the words of the service are left open here.",
    error_cases.OTHERS: "These come as `ServiceError`, with what was sent as `error.code`; without a code it is the status.",
    error_cases.NO_ANSWER: "",
    error_cases.ANSWERS: "The service, or something in its place, said success.",
    error_cases.KEYS: "",
    error_cases.SETTINGS: "Raised when the client is made or, where files have to be read, by its first call.",
    error_cases.REQUESTS: "Found before anything is sent.",
    error_cases.HELPERS: "Of `cognito_async.waiters`, `cognito_async.updates` and `cognito_async.filters`.",
}


@frozen
class Message:
    """An error and how it came about."""

    group: str
    how: str
    kind: str
    text: str


@frozen
class Told:
    """All messages, and the lines of the package that were under way when an error was made."""

    messages: list[Message] = field(factory=list)
    lines: set[Place] = field(factory=set)


async def tell() -> Told:
    """Provoke everything."""
    told = Told()
    with tempfile.TemporaryDirectory() as folder, _watched(told.lines):
        first, second = error_cases.surroundings(Path(folder))
        with first, second:
            for case in PROVOKED:
                try:
                    await case.provoke()
                except errors.CognitoError as error:
                    told.lines.update(_lines_of(error))
                    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:5000", str(error))
                    told.messages.append(Message(case.group, case.how, type(error).__name__, text))
                else:
                    raise AssertionError(f"{case.group}, {case.how}: no error")
    return told


@contextmanager
def _watched(lines: set[Place]) -> Iterator[None]:
    def note(frame: Any) -> None:
        while frame is not None:
            lines.update(_place(frame.f_code.co_filename, frame.f_lineno))
            frame = frame.f_back

    def made(error: Any, *arguments: Any) -> None:
        note(sys._getframe(1))
        super(errors.CognitoError, error).__init__(*arguments)

    def refused(error: Any, *problems: Any) -> None:
        note(sys._getframe(1))
        error.problems = problems

    def found(*_: Any, **__: Any) -> None:
        note(sys._getframe(1))

    with (
        patch.object(errors.CognitoError, "__init__", made),
        patch.object(_problems.RefusedError, "__init__", refused),
        patch.object(_problems.Problem, "__init__", found),
    ):
        yield


def _lines_of(error: BaseException) -> Iterator[Place]:
    """Where an error and those that led to it were raised."""
    link: BaseException | None = error
    while link is not None:
        step: TracebackType | None = link.__traceback__
        while step is not None:
            yield from _place(step.tb_frame.f_code.co_filename, step.tb_lineno)
            step = step.tb_next
        link = link.__context__


def _place(file: str, line: int) -> Iterator[Place]:
    if file.startswith(str(PACKAGE)):
        yield str(Path(file).relative_to(PACKAGE)), line


# Where the package makes errors

_MAKERS = {*errors.__all__, "Problem", "RefusedError", "UndecodableError", "refuse"}
_BUILTIN = {"KeyError", "ValueError"}
NOT_HERE = {
    "having= names ": "a ValueError in a test, of cognito_async.testing",
    "times=": "a ValueError in a test, of cognito_async.testing",
    "no operation ": "a KeyError, as with boto3",
    "Waiter does not exist: ": "a ValueError, as with boto3",
    ": ": "what TransportError says of an error that is in no table, and all that are caught are in one",
}


def places() -> Iterator[tuple[str, ast.AST]]:
    """Every line of the package that makes an error, by the name of its file."""
    for path in sorted([*PACKAGE.glob("*.py"), PACKAGE / "endpoints" / "__init__.py"]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (isinstance(node, ast.Call) and _name(node.func) in _MAKERS) or (
                isinstance(node, ast.Raise)
                and isinstance(node.exc, ast.Call)
                and _name(node.exc.func) in _BUILTIN
            ):
                yield str(path.relative_to(PACKAGE)), node


def _name(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def unprovoked(told: Told) -> list[str]:
    """Lines that make an error, took no part, and whose words are in no message."""
    texts = "\n".join(message.text for message in told.messages)
    missing = []
    for file, node in places():
        lines = {(file, line) for line in range(node.lineno, node.end_lineno + 1)}  # type: ignore[attr-defined]
        words = _first_words(node)
        if not (lines & told.lines or words in NOT_HERE or (len(words) > len("expected") and words in texts)):
            missing.append(f"{file}:{node.lineno}: {ast.unparse(node)}")  # type: ignore[attr-defined]
    return missing


def _first_words(node: ast.AST) -> str:
    return next(
        (
            part.value
            for part in ast.walk(node)
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ),
        "",
    )


# The document


def document(messages: Sequence[Message]) -> str:
    """The text of docs/error-messages.md; of messages that read alike, the first."""
    parts = [INTRODUCTION]
    for group, words in GROUPS.items():
        parts.append(f"## {group}\n")
        if words:
            parts.append(f"{words}\n")
        seen: set[str] = set()
        for message in messages:
            if message.group == group and message.text not in seen:
                seen.add(message.text)
                parts.append(_entry(message))
    return "\n".join(parts)


def _entry(message: Message) -> str:
    lines = [
        line
        for paragraph in message.text.split("\n")
        for line in textwrap.wrap(
            paragraph, 80, subsequent_indent="  " * paragraph.startswith("  "), break_on_hyphens=False
        )
    ]
    return "\n".join([f"**`{message.kind}`**: {message.how}", "", "```text", *lines, "```", ""])


if __name__ == "__main__":
    told = asyncio.run(tell())
    DOCUMENT.write_text(document(told.messages), encoding="utf-8")
    print(f"{DOCUMENT}: {len(told.messages)} errors", *unprovoked(told), sep="\n")
