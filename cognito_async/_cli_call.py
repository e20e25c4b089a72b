"""``call``: one operation, its answer as JSON."""

from __future__ import annotations

import base64
import getpass
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.highlighter import JSONHighlighter

from cognito_async import _cli_run
from cognito_async._annotations import shape_fields, wire_name
from cognito_async._cli_request import Inputs, find_operation, make_request
from cognito_async._cli_run import Connection, UsageError, command, json_text, tell
from cognito_async._codec import encode
from cognito_async._model import Request, Response, Shape, mask, mask_unless_shape

_MASK = "***"


def call(
    context: typer.Context,
    operation: Annotated[
        str,
        typer.Argument(
            metavar="OPERATION", help="AdminGetUser, admin_get_user or admin-get-user.", show_default=False
        ),
    ],
    *,
    document: Annotated[
        str | None,
        typer.Option(
            "--json",
            metavar="TEXT",
            help="Request in JSON, names as in the API; @FILE, or - for stdin.",
        ),
    ] = None,
    params: Annotated[
        list[str] | None,
        typer.Option(
            "--param",
            metavar="NAME=VALUE",
            help="A member of the request; NAME=@FILE reads a file.",
        ),
    ] = None,
    asked: Annotated[
        list[str] | None,
        typer.Option("--ask", metavar="NAME", help="A member to ask for without showing what is typed."),
    ] = None,
    show_secrets: Annotated[
        bool, typer.Option("--show-secrets", metavar="", help="Show tokens, codes and secrets of the answer.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", metavar="", help="Check the request and show it, and send nothing.")
    ] = False,
    region: _cli_run.Region = None,
    profile: _cli_run.Profile = None,
    endpoint_url: _cli_run.EndpointUrl = None,
    timeout: _cli_run.Timeout = None,
    max_attempts: _cli_run.MaxAttempts = None,
    debug: _cli_run.Debug = False,
) -> None:
    """Call an operation and print its answer as JSON.

    Give secrets with --ask, or from a file or stdin: others on the machine can see what a command says.
    """
    connection = Connection(
        region=region,
        profile=profile,
        endpoint_url=endpoint_url,
        timeout=timeout,
        max_attempts=max_attempts,
    )
    with command(debug=debug):
        if context.args:  # not shown, as it may be a password
            raise UsageError("there are more arguments than the operation; members are --param NAME=VALUE")
        inputs = Inputs(ask=_ask)
        request = make_request(find_operation(operation), document, params or (), asked or (), inputs)
        if dry_run:
            encode(request)  # finds what only shows when a request is sent
            tell(f"{request.operation.name} fits, and nothing was sent")
            _print(request, show_secrets=show_secrets)
        else:
            _print(_cli_run.run(_send(connection, request)), show_secrets=show_secrets)


def _ask(name: str) -> str:
    try:
        return getpass.getpass(f"{name}: ")
    except EOFError:
        raise UsageError(f"{name}: nothing was typed") from None


async def _send(connection: Connection, request: Request[Any]) -> Response:
    async with connection.client() as client:
        response: Response = await client.send(request)
        return response


def _print(shape: Shape, *, show_secrets: bool) -> None:
    shown = _Shown(show_secrets=show_secrets)
    text = json_text(shown.members(shape), indent=2)
    if sys.stdout.isatty():
        # Not print_json, which would write the text anew, control characters and all.
        Console().print(JSONHighlighter()(text), soft_wrap=True)
    else:
        typer.echo(text)
    if shown.masked:
        tell(f"secret values masked: {shown.masked}; --show-secrets shows them")


class _Shown:
    """Turns a shape into JSON in wire form, without its secrets, and counts them."""

    def __init__(self, *, show_secrets: bool) -> None:
        self.masked = 0
        self._show_secrets = show_secrets

    def members(self, shape: Shape) -> dict[str, Any]:
        """Return the members that are there."""
        parts = ((member, getattr(shape, member.name)) for member in shape_fields(type(shape)))
        return {
            wire_name(member): self._part(part, () if self._show_secrets else (member.repr,))
            for member, part in parts
            if part is not None
        }

    def _part(self, value: Any, marks: tuple[object, ...]) -> Any:
        if mask in marks:
            self.masked += 1
            return _MASK
        if isinstance(value, Shape):
            return self.members(value)
        if isinstance(value, Mapping):
            return {str(key): self._part(part, marks) for key, part in value.items()}
        if isinstance(value, Sequence) and not isinstance(value, str | bytes):
            return [self._part(part, marks) for part in value]
        if mask_unless_shape in marks:  # not what the model says it is, so it may be anything
            self.masked += 1
            return _MASK
        if isinstance(value, bytes):
            return base64.b64encode(value).decode()
        return value.isoformat() if isinstance(value, datetime) else value
