"""``call``: calls one operation and prints its response as JSON."""

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

from cognito_async._cli.options import ClientOptions, UsageError, with_client_options
from cognito_async._cli.output import json_text, print_message
from cognito_async._cli.request_builder import Inputs, find_operation, make_request
from cognito_async._cli.runner import command, run
from cognito_async._codec.codec import encode
from cognito_async._model import Request, Response, Shape, mask, mask_unless_shape
from cognito_async._model.fields import shape_fields, wire_name

_MASK = "***"


@with_client_options
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
            help="Request as JSON, names as in the API; @FILE, or - for stdin.",
        ),
    ] = None,
    params: Annotated[
        list[str] | None,
        typer.Option(
            "--param",
            metavar="NAME=VALUE",
            help="Member of the request; NAME=@FILE reads a file.",
        ),
    ] = None,
    asked: Annotated[
        list[str] | None,
        typer.Option("--ask", metavar="NAME", help="Member to prompt for without echo, such as a password."),
    ] = None,
    show_secrets: Annotated[
        bool,
        typer.Option("--show-secrets", metavar="", help="Show tokens, codes and secrets of the response."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", metavar="", help="Validate and show the request; send nothing.")
    ] = False,
    options: ClientOptions,
) -> None:
    """Call an operation and print its response as JSON.

    Pass secrets with --ask, or from a file or stdin: other users of the machine can see command lines.
    """
    with command(debug=options.debug):
        if context.args:  # not shown: it may be a password
            raise UsageError("unexpected arguments after the operation; pass members as --param NAME=VALUE")
        inputs = Inputs(ask=_ask)
        request = make_request(find_operation(operation), document, params or (), asked or (), inputs)
        if dry_run:
            encode(request)  # finds the problems that otherwise only sending finds
            print_message(f"{request.operation.name} is valid; nothing was sent")
            _print(request, show_secrets=show_secrets)
        else:
            _print(run(_send(options, request)), show_secrets=show_secrets)


def _ask(name: str) -> str:
    try:
        return getpass.getpass(f"{name}: ")
    except EOFError:
        raise UsageError(f"{name}: no input") from None


async def _send(options: ClientOptions, request: Request[Any]) -> Response:
    async with options.client() as client:
        response: Response = await client.send(request)
        return response


def _print(shape: Shape, *, show_secrets: bool) -> None:
    masked = _MaskedJSON(show_secrets=show_secrets)
    text = json_text(masked.members(shape), indent=2)
    if sys.stdout.isatty():
        # print_json would serialize the text again, with control characters.
        Console().print(JSONHighlighter()(text), soft_wrap=True)
    else:
        typer.echo(text)
    if masked.count:
        print_message(f"secret values masked: {masked.count}; --show-secrets shows them")


class _MaskedJSON:
    """Converts a shape to JSON in wire form; masks and counts its secrets."""

    def __init__(self, *, show_secrets: bool) -> None:
        self.count = 0
        self._show_secrets = show_secrets

    def members(self, shape: Shape) -> dict[str, Any]:
        """Return the members that are not None, by wire name."""
        parts = ((member, getattr(shape, member.name)) for member in shape_fields(type(shape)))
        return {
            wire_name(member): self._part(part, () if self._show_secrets else (member.repr,))
            for member, part in parts
            if part is not None
        }

    def _part(self, value: Any, traits: tuple[object, ...]) -> Any:
        if mask in traits:
            self.count += 1
            return _MASK
        if isinstance(value, Shape):
            return self.members(value)
        if isinstance(value, Mapping):
            return {str(key): self._part(part, traits) for key, part in value.items()}
        if isinstance(value, Sequence) and not isinstance(value, str | bytes):
            return [self._part(part, traits) for part in value]
        if mask_unless_shape in traits:  # not of the modeled type, so it may contain secrets
            self.count += 1
            return _MASK
        if isinstance(value, bytes):
            return base64.b64encode(value).decode()
        return value.isoformat() if isinstance(value, datetime) else value
