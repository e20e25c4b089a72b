"""Options of the client, declared once for all commands."""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Callable
from itertools import pairwise
from typing import Annotated, Any, TypeAlias

import attrs
import typer

from cognito_async.client import CognitoClient
from cognito_async.config import _config
from cognito_async.credentials import UNSIGNED

_PANEL = "Client"


class UsageError(Exception):
    """The command line is invalid; the message says why, without secrets."""


def setting_docs() -> dict[str, str]:
    """Return the descriptions of the settings: the strings below the attributes of ``Config``."""
    try:
        source = inspect.getsource(_config)
    except OSError:  # an installation without sources
        return {}
    body = next(
        node.body
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef) and node.name == "Config"
    )
    return {
        setting.target.id: inspect.cleandoc(doc.value.value)
        for setting, doc in pairwise(body)
        if isinstance(setting, ast.AnnAssign)
        and isinstance(setting.target, ast.Name)
        and isinstance(doc, ast.Expr)
        and isinstance(doc.value, ast.Constant)
        and isinstance(doc.value.value, str)
    }


_DOCS = setting_docs()


def _setting(name: str, metavar: str) -> Any:
    """Return the option of a setting, described as in ``Config``."""
    default = attrs.fields_dict(_config.Config)[name].default
    # None cannot be passed on the command line.
    text = _DOCS.get(name, "").replace("``", "").replace("; None for no limit", "")
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
        show_envvar=False,
        help="Pool, such as eu-west-1_AbC123; or from COGNITO_USER_POOL_ID.",
    ),
]

_NO_SIGN_REQUEST = typer.Option(
    "--no-sign-request",  # the name in the AWS CLI
    metavar="",
    help="Use no credentials; signed operations fail.",
    rich_help_panel=_PANEL,
)
_DEBUG = typer.Option(
    "--debug", metavar="", help="Log every attempt to standard error.", rich_help_panel=_PANEL
)


@attrs.frozen(kw_only=True)
class ClientOptions:
    """The options that every command accepts; an attribute is an option."""

    region: Annotated[str | None, _setting("region", "NAME")] = None
    profile: Annotated[str | None, _setting("profile", "NAME")] = None
    endpoint_url: Annotated[str | None, _setting("endpoint_url", "URL")] = None
    timeout: Annotated[float | None, _setting("timeout", "SECONDS")] = None
    max_attempts: Annotated[int | None, _setting("max_attempts", "N")] = None
    no_sign_request: Annotated[bool, _NO_SIGN_REQUEST] = False
    debug: Annotated[bool, _DEBUG] = False

    @property
    def timeout_argument(self) -> dict[str, Any]:
        """The timeout as an argument of the client, if there is one; None would mean no limit."""
        return {} if self.timeout is None else {"timeout": self.timeout}

    def client(self, **settings: Any) -> CognitoClient:
        """Return a client with these options."""
        if self.no_sign_request:
            settings["credentials"] = UNSIGNED
        return CognitoClient(
            region=self.region,
            profile=self.profile,
            endpoint_url=self.endpoint_url,
            max_attempts=self.max_attempts,
            **self.timeout_argument,
            **settings,
        )


def with_client_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the client's options to a command, which receives them as its parameter ``options``."""
    signature = inspect.signature(function, eval_str=True)
    own = [parameter for name, parameter in signature.parameters.items() if name != "options"]
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
