"""Options of the client, declared once for all commands."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import attrs
import typer

from cognito_async._cli.docs import attribute_docs, plain
from cognito_async._cli.errors import UsageError
from cognito_async.config import _config

if TYPE_CHECKING:
    from cognito_async.client import CognitoClient  # loads aiohttp

_PANEL = "Client"


def setting_docs() -> dict[str, str]:
    """Return the descriptions of the settings: the strings below the attributes of ``Config``."""
    return attribute_docs(_config.__name__).get("Config", {})


_DOCS = setting_docs()


def _setting(name: str, metavar: str) -> Any:
    """Return the option of a setting, described as in ``Config``."""
    default = attrs.fields_dict(_config.Config)[name].default
    # None cannot be passed on the command line.
    text = plain(_DOCS.get(name, "")).replace("; None for no limit", "").replace("\n\n", " ")
    if default is not None:
        text = f"{text.removesuffix('.')}. By default {default:g}."
    return typer.Option(metavar=metavar, help=text, rich_help_panel=_PANEL)


PoolOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--pool",
        "--user-pool-id",
        metavar="ID",
        envvar="COGNITO_USER_POOL_ID",
        help="Pool, such as eu-west-1_AbC123; or from COGNITO_USER_POOL_ID.",
    ),
]


def completion_of(
    values: Callable[[], Sequence[str]], *, separator: str | None = None
) -> Callable[[str], list[str]]:
    """Return what completes the value of an option with fixed choices.

    Args:
        values: Returns the choices.
        separator: What separates several values, which are completed one after another.
    """

    def complete(incomplete: str) -> list[str]:
        before, found, last = incomplete.rpartition(separator) if separator else ("", "", incomplete)
        chosen = before.split(separator) if found else []
        return [f"{before}{found}{each}" for each in values() if each.startswith(last) and each not in chosen]

    return complete


class Format(StrEnum):
    """Output format of all commands."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


def output_option(defaults: str, panel: str | None = None) -> Any:
    """Return the option for the output format, which is the same for all commands.

    Args:
        defaults: The sentence about the default.
        panel: Section of the help.
    """
    return typer.Option(
        "--output",
        "-o",
        metavar="FORMAT",
        help=f"table, json, jsonl or csv. {defaults}",
        rich_help_panel=panel,
    )


OutputOption: TypeAlias = Annotated[
    Format | None, output_option("By default table on a terminal, json elsewhere.")
]


def chosen_format(output: Format | None) -> Format:
    """Return the chosen format; by default a table on a terminal, and JSON elsewhere."""
    return output or (Format.TABLE if sys.stdout.isatty() else Format.JSON)


def attribute_names(text: str) -> list[str]:
    """Return the names of ``--attributes``.

    Raises:
        UsageError: One is empty.
    """
    return comma_separated(text, "--attributes", "email,name")


def comma_separated(text: str, option: str, example: str) -> list[str]:
    """Return the names in the value of an option, each once.

    Raises:
        UsageError: One is empty.
    """
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise UsageError(f"{option}: expected names separated by commas, such as {example}")
    return list(dict.fromkeys(names))


_NO_SIGN_REQUEST = typer.Option(
    "--no-sign-request",  # the name in the AWS CLI
    help="Use no credentials; signed operations fail.",
    rich_help_panel=_PANEL,
)
_ALLOW_HTTP = typer.Option(
    "--allow-http",
    help="Accept an endpoint of http on another machine; secrets are sent unencrypted.",
    rich_help_panel=_PANEL,
)
_DEBUG = typer.Option("--debug", help="Log every attempt to standard error.", rich_help_panel=_PANEL)


def required_pool(pool: str | None) -> str:
    """Return the pool of an option.

    Raises:
        UsageError: There is none.
    """
    if not pool:
        raise UsageError("pass --pool, or set COGNITO_USER_POOL_ID")
    return pool


@attrs.frozen(kw_only=True)
class ClientOptions:
    """The options that every command accepts; an attribute is an option."""

    region: Annotated[str | None, _setting("region", "NAME")] = None
    profile: Annotated[str | None, _setting("profile", "NAME")] = None
    endpoint_url: Annotated[str | None, _setting("endpoint_url", "URL")] = None
    timeout: Annotated[float | None, _setting("timeout", "SECONDS")] = None
    max_attempts: Annotated[int | None, _setting("max_attempts", "N")] = None
    no_sign_request: Annotated[bool, _NO_SIGN_REQUEST] = False
    allow_http: Annotated[bool, _ALLOW_HTTP] = False
    debug: Annotated[bool, _DEBUG] = False

    @property
    def timeout_argument(self) -> dict[str, Any]:
        """The timeout as an argument of the client, if there is one; None would mean no limit."""
        return {} if self.timeout is None else {"timeout": self.timeout}

    def client(self, **settings: Any) -> CognitoClient:
        """Return a client with these options."""
        from cognito_async.credentials import UNSIGNED  # noqa: PLC0415  not needed for help and completion

        if self.no_sign_request:
            settings["credentials"] = UNSIGNED
        if self.allow_http:
            settings["allow_http"] = True
        return new_client(
            region=self.region,
            profile=self.profile,
            endpoint_url=self.endpoint_url,
            max_attempts=self.max_attempts,
            **self.timeout_argument,
            **settings,
        )


def new_client(**settings: Any) -> CognitoClient:
    """Return a client."""
    from cognito_async.client import CognitoClient  # noqa: PLC0415  loads aiohttp

    return CognitoClient(**settings)


def with_client_options(
    function: Callable[..., None], more: Sequence[inspect.Parameter] = (), without: Sequence[str] = ()
) -> Callable[..., None]:
    """Add the client's options to a command, which receives them as its parameter ``options``.

    Args:
        function: The command.
        more: Further parameters, in front, for a command that accepts any.
        without: Names of the command's own parameters that it is to have no option for.
    """
    signature = inspect.signature(function, eval_str=True)
    any_or_options = ("options", "arguments", *without)
    own = [*more, *(each for name, each in signature.parameters.items() if name not in any_or_options)]
    hints = inspect.get_annotations(ClientOptions, eval_str=True)
    shared = [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
        )
        for field in attrs.fields(ClientOptions)
    ]

    @functools.wraps(function)
    def command(**arguments: Any) -> None:
        options = ClientOptions(**{parameter.name: arguments.pop(parameter.name) for parameter in shared})
        function(options=options, **arguments)

    # typer reads the options from here.
    vars(command)["__signature__"] = signature.replace(parameters=[*own, *shared])
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in [*own, *shared]}
    return command
