"""``operations``: lists the operations, or finds them by words."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from textwrap import TextWrapper
from typing import Annotated

import typer
from attrs import asdict, frozen
from rich.console import Console
from rich.text import Text

from cognito_async._cli.docs import Method, methods
from cognito_async._cli.exit_codes import EXIT_FAILURE
from cognito_async._cli.formats import print_records, print_table
from cognito_async._cli.options import Format, output_option
from cognito_async._cli.output import print_message
from cognito_async._cli.request_builder import find_operation
from cognito_async._cli.runner import command
from cognito_async._messages import normalize_name

_SIMILAR = 5
_MOST = 15
"""Operations listed for some of the words."""
_CUTOFF = 0.7
_TABLE_WIDTH = 100
"""On narrower terminals most summaries would not fit beside the names."""
_UNSIGNED = "*"


@frozen(kw_only=True)
class OperationFacts:
    """A line of the list."""

    operation: str
    name: str
    area: str
    signed: bool
    quota: str | None
    summary: str

    @property
    def text(self) -> str:
        """What the words are searched in."""
        return f"{self.operation} {self.name} {self.summary}".lower()


def operations(
    *,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WORDS...]", help="Words in the name or the summary; all must be there."),
    ] = None,
    output: Annotated[Format, output_option("By default table.")] = Format.TABLE,
) -> None:
    """List the operations, or those with given words.

    describe OPERATION shows more about one. A * marks operations that need no IAM credentials.
    """
    with command(debug=False):
        wanted = [word.lower() for word in words or ()]
        listed = [facts_of(method) for method in methods().values()]
        found = [each for each in listed if all(word in each.text for word in wanted)]
        if not found:
            found, how = _similar(wanted, listed), "are similar"
            if not found:
                found, how = _with_some(wanted, listed), "have some of them"
            if not found:
                print_message("no operation has any of these words in its name or summary")
                raise typer.Exit(EXIT_FAILURE)
            print_message(f"no operation has all of these words; these {how}:")
        if output is Format.TABLE:
            _print_table(found)
        else:
            print_records([asdict(each) for each in found], output)


def _print_table(found: Sequence[OperationFacts]) -> None:
    """Print names and summaries beside each other, or below each other on a narrow terminal."""
    rows = [
        (each.operation if each.signed else f"{each.operation} {_UNSIGNED}", each.summary) for each in found
    ]
    console = Console(highlight=False)
    if console.is_terminal and console.width < _TABLE_WIDTH:
        wrapper = TextWrapper(console.width, initial_indent="  ", subsequent_indent="  ")
        for name, summary in rows:
            console.print(Text(name, style="bold"))
            console.print(Text(wrapper.fill(summary)))
    else:
        print_table(("operation", "summary"), rows)
    if not all(each.signed for each in found):
        print_message(f"{_UNSIGNED} needs no IAM credentials")


def facts_of(method: Method) -> OperationFacts:
    """Return the facts about an operation; loads the operations of its area."""
    operation = find_operation(method.name).operation
    return OperationFacts(
        operation=method.command,
        name=operation.name,
        area=method.area,
        signed=operation.signed,
        quota=operation.quota,
        summary=method.docs().summary,
    )


def _similar(words: Sequence[str], listed: Sequence[OperationFacts]) -> list[OperationFacts]:
    """Return the operations whose name, or a word of it, is similar to the words."""
    by_name = {normalize_name(each.operation): each for each in listed}
    names = get_close_matches(normalize_name("".join(words)), by_name, n=_SIMILAR, cutoff=_CUTOFF)
    if names:
        return [by_name[name] for name in names]
    parts = {part for each in listed for part in each.operation.split("-")}
    meant = [set(get_close_matches(word, parts, n=_SIMILAR, cutoff=_CUTOFF)) for word in words]
    return [each for each in listed if all(near & set(each.operation.split("-")) for near in meant)]


def _with_some(words: Sequence[str], listed: Sequence[OperationFacts]) -> list[OperationFacts]:
    """Return operations that have some of the words, those with most of them first."""
    counts = {each: sum(word in each.text for word in words) for each in listed}
    found = [each for each in listed if counts[each]]
    return sorted(found, key=lambda each: -counts[each])[:_MOST]
