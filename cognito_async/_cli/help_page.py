"""Help pages: plain text that fits the terminal, without frames, and without words cut in two."""

from __future__ import annotations

import os
import re
import shutil
from abc import abstractmethod
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from textwrap import TextWrapper
from typing import Any, NamedTuple

import attrs
import typer
from typer.core import TyperCommand, TyperGroup

from cognito_async._cli.errors import UsageError
from cognito_async._cli.exit_codes import EXIT_USAGE
from cognito_async._cli.program import program_name

MAX_WIDTH = 100
"""Longer lines are hard to read, also on a wide terminal."""
_MIN_WIDTH = 40
_MAX_TERM = 24
"""Characters of a term beside its text; the text of a longer one begins on the next line."""
HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}
_OPTIONS = "Options"
_RANGE = re.compile(r"\b(\d[\d,]*) to (?=\d)")
_TyperUsageError: Any = typer.BadParameter.__bases__[0]  # typer does not export it


class Section(NamedTuple):
    """A heading, and terms with their texts."""

    title: str
    entries: Sequence[tuple[str, str]]


def page_width() -> int:
    """Return the width of a page on this terminal."""
    return max(_MIN_WIDTH, min(shutil.get_terminal_size().columns, MAX_WIDTH))


def render_page(usage: str, text: str, sections: Iterable[Section], *, width: int) -> str:
    """Return a page; ``typer.echo`` removes its styles where there is no terminal.

    Args:
        usage: How the command is called; without a usage the page starts with the text.
        text: Paragraphs, separated by empty lines; indented lines are kept as they are.
        sections: What follows; those without entries are left out.
        width: Largest number of characters in a line.
    """
    blocks = [_wrapped(usage, width, prefix="Usage: ")] if usage else []
    blocks += [_paragraph(paragraph, width) for paragraph in text.split("\n\n") if paragraph]
    for section in sections:
        if section.entries:
            lines = [styled(f"{section.title}:", bold=True), *_entries(section.entries, width)]
            blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def styled(text: str, **style: Any) -> str:
    """Return text in a style, unless the user wants none."""
    return text if os.environ.get("NO_COLOR") else typer.style(text, **style)


def _wrapped(text: str, width: int, prefix: str = "") -> str:
    wrapper = TextWrapper(width, break_long_words=False, break_on_hyphens=False)
    wrapper.initial_indent, wrapper.subsequent_indent = prefix, " " * len(prefix)
    # Ranges such as "1 to 128" stay on one line: the wrapper does not break at this character.
    return wrapper.fill(_RANGE.sub("\\1\xa0to\xa0", text)).replace("\xa0", " ")


def _paragraph(text: str, width: int) -> str:
    return text if text.startswith(" ") else _wrapped(text, width)


def _entries(entries: Sequence[tuple[str, str]], width: int) -> list[str]:
    column = min(max(len(term) for term, _ in entries), _MAX_TERM) + 4
    lines: list[str] = []
    for term, text in entries:
        first, *rest = _wrapped(text, width - column).split("\n")
        head = f"  {styled(term, fg='cyan')}"
        if len(term) + 4 > column:
            lines.append(head)
            lines += [" " * column + line for line in (first, *rest) if line]
        else:
            lines.append(f"{head}{' ' * (column - 2 - len(term))}{first}" if first else head)
            lines += [" " * column + line for line in rest]
    return lines


class HelpPage:
    """Mixin of commands and groups that renders their help."""

    usage_pieces: str = "[OPTIONS]"

    def sections(self, _context: Any, options: list[Section]) -> list[Section]:
        """Return the sections after the text, with those of the options."""
        return options

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help page."""
        command: Any = self
        parameters = command.get_params(ctx)
        arguments = [each for each in parameters if each.param_type_name == "argument"]
        usage = " ".join([ctx.command_path, *(each.metavar for each in arguments), self.usage_pieces])
        sections = [
            Section("Arguments", [(each.metavar, each.help or "") for each in arguments]),
            *self.sections(ctx, option_sections(parameters)),
        ]
        text = "\n\n".join(part for part in (command.help, command.epilog) if part)
        formatter.write(render_page(usage, text, sections, width=page_width()) + "\n")


def option_sections(parameters: Iterable[Any]) -> list[Section]:
    """Return a section for each panel of options."""
    panels: dict[str, list[tuple[str, str]]] = {}
    for each in parameters:
        if each.param_type_name == "option":
            # Typer 0.20 has a plain option of click for --help.
            panel = getattr(each, "rich_help_panel", None) or _OPTIONS
            panels.setdefault(panel, []).append((_term(each), each.help or ""))
    return [Section(title, entries) for title, entries in panels.items()]


def _term(option: Any) -> str:
    """Return the names of an option and its value, such as ``-o, --output FORMAT``."""
    names = sorted(option.opts, key=lambda name: name.startswith("--"))
    if option.secondary_opts:  # --flag/--no-flag
        names = [f"--[no-]{names[-1].removeprefix('--')}"]
    metavar = "" if option.is_flag or not option.metavar else f" {option.metavar}"
    return ", ".join(names) + metavar


class Command(HelpPage, TyperCommand):
    """A command; unexpected arguments, which may be secrets, are not shown in its errors."""

    unexpected = "unexpected argument; it is not shown here, because it may be a secret"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments."""
        ctx.allow_extra_args = True
        with as_usage_error(ctx):
            rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            raise usage_exit(self.unexpected)
        return rest


@contextmanager
def as_usage_error(context: Any) -> Generator[None]:
    """Show errors of typer as those of this package: one line, without the usage."""
    try:
        yield
    except _TyperUsageError as error:
        message = error.format_message().replace("Value error, ", "").strip().removesuffix(".")
        hint = f"{context.command_path} --help lists the options"
        if getattr(getattr(error, "param", None), "metavar", None) == "OPERATION":  # missing
            hint = f"{program_name()} operations lists them"
        raise usage_exit(f"{message[:1].lower()}{message[1:]}; {hint}") from None


def usage_exit(message: str) -> typer.Exit:
    """Print the error of an invalid command line; return what ends the command."""
    from cognito_async._cli.output import print_message  # noqa: PLC0415  help and completion need no rich

    print_message(f"error: {message}", style="bold red", wrap=True)
    return typer.Exit(EXIT_USAGE)


class Group(HelpPage, TyperGroup):
    """Commands that are loaded when one of them runs; lists and completion need only name and summary."""

    usage_pieces = "COMMAND [OPTIONS]"

    @abstractmethod
    def summaries(self) -> dict[str, str]:
        """Return the names of the commands with one line about each."""

    @abstractmethod
    def load(self, name: str) -> Any:
        """Return a command.

        Raises:
            UsageError: There is none of this name.
        """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments in front of the name of the command."""
        if not args and not ctx.resilient_parsing:
            typer.echo(ctx.get_help())
            raise typer.Exit(EXIT_USAGE)
        first = args[0].partition("=")[0] if args else ""
        if first.startswith("--") and not ctx.resilient_parsing and first in client_option_names():
            kind = self.usage_pieces.partition(" ")[0]
            raise usage_exit(f"{first} follows the {kind.lower()}: {ctx.command_path} {kind} {first} ...")
        with as_usage_error(ctx):
            return super().parse_args(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  as in the base class
        """Return the names of the commands."""
        return list(self.summaries())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  as in the base class
        """Return a placeholder, for lists of commands and completion."""
        return TyperCommand(cmd_name, help=self.summaries()[cmd_name], rich_markup_mode=None)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Load the command in the arguments."""
        try:
            command = self.load(args[0])
        except UsageError as error:
            if not ctx.resilient_parsing:
                raise usage_exit(str(error)) from None
            command = None
        return (None if command is None else command.name), command, args[1:]


def client_option_names() -> list[str]:
    """Return the options that every command accepts."""
    from cognito_async._cli.options import ClientOptions  # noqa: PLC0415  loads the settings of a client

    return [f"--{name.replace('_', '-')}" for name in attrs.fields_dict(ClientOptions)]


def single_command(
    function: Callable[..., None], name: str, *, cls: type[Command] = Command, text: str | None = None
) -> Any:
    """Return the command of a function that typer can read."""
    app = typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,  # they can show local variables, which contain secrets
        rich_markup_mode=None,
        context_settings=HELP_OPTIONS,
    )
    app.command(name, cls=cls, help=text)(function)
    return typer.main.get_command(app)
