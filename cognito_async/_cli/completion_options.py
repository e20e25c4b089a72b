"""``--install-completion`` and ``--show-completion``: for the named shell, or the running one."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from importlib import import_module
from typing import Annotated, Any, TypeAlias

import typer

from cognito_async._cli.help_page import usage_exit

_completion: Any = import_module("typer.completion")
_INSTALL, _SHOW = "--install-completion", "--show-completion"


class Shell(StrEnum):
    """A shell that can complete."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"
    PWSH = "pwsh"


def enable_completion() -> None:
    """Let the program answer shells that ask it for completions."""
    _completion.completion_init()


def with_shell(arguments: Sequence[str]) -> list[str]:
    """Add the name of the running shell after an option of completion that has no value."""
    arguments = list(arguments)
    for place, argument in enumerate(arguments):
        if not argument.startswith("-"):
            break
        following = arguments[place + 1 : place + 2]
        if argument in (_INSTALL, _SHOW) and (not following or following[0].startswith("-")):
            shell = _completion._get_shell_name()  # noqa: SLF001  typer has no public function for it
            if shell not in list(Shell):
                raise usage_exit(f"{argument}: the shell is not known; pass one of {', '.join(Shell)}")
            arguments.insert(place + 1, shell)
            break
    return arguments


def _install(context: typer.Context, shell: Shell | None) -> None:
    if shell is None or context.resilient_parsing:
        return
    from cognito_async._cli.runner import command  # noqa: PLC0415  loads what completion does not need

    with command(debug=False):
        _, path = _completion.install(shell=str(shell))
        typer.echo(f"completion for {shell} installed in {path}; it works in new shells")
    raise typer.Exit


def _show(context: typer.Context, shell: Shell | None) -> None:
    if shell is None or context.resilient_parsing:
        return
    name = context.find_root().info_name or ""
    variable = f"_{name.replace('-', '_').upper()}_COMPLETE"
    typer.echo(_completion.get_completion_script(prog_name=name, complete_var=variable, shell=str(shell)))
    raise typer.Exit


InstallOption: TypeAlias = Annotated[
    Shell | None,
    typer.Option(
        _INSTALL,
        metavar="[SHELL]",
        callback=_install,
        is_eager=True,
        help=f"Install completion for the shell that runs this, or for {', '.join(Shell)}.",
    ),
]
ShowOption: TypeAlias = Annotated[
    Shell | None,
    typer.Option(
        _SHOW,
        metavar="[SHELL]",
        callback=_show,
        is_eager=True,
        help="Print the script that does it.",
    ),
]
