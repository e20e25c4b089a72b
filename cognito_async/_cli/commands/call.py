"""``call``: calls one operation and prints its response."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Annotated, Any

import typer

from cognito_async._cli.docs import methods
from cognito_async._cli.errors import UsageError
from cognito_async._cli.masking import MaskedJSON
from cognito_async._cli.members import TOKENS, is_paginated, option_name
from cognito_async._cli.options import ClientOptions, Format, output_option
from cognito_async._cli.output import print_message
from cognito_async._cli.prompts import ask_missing
from cognito_async._cli.query import make_search
from cognito_async._cli.request_builder import Arguments, Inputs, make_request, visible_secrets
from cognito_async._cli.response_printer import ResponsePrinter
from cognito_async._cli.runner import command, run
from cognito_async._cli.unknown_values import unknown_values
from cognito_async._cli.values import is_list_of_values
from cognito_async._codec.codec import encode
from cognito_async._errors import CognitoError
from cognito_async._messages import normalize_name
from cognito_async._model import Request, Response
from cognito_async._model.fields import shape_fields, wire_name

OUTPUT_PANEL = "Request and output"
PAGING = ("all_pages", "max_items", "starting_token")
"""Parameters of ``call`` that only paginated lists have."""
POOL_VARIABLE = "COGNITO_USER_POOL_ID"
NOT_FROM_ENVIRONMENT = ("DeleteUserPool",)
"""Operations that take the id of the pool from the command line only: a variable must not delete a pool."""


def call(
    *,
    shape: type[Request[Any]],
    members: Mapping[str, Sequence[str] | bool],
    document: Annotated[
        str | None,
        typer.Option(
            "--json",
            "--cli-input-json",
            metavar="TEXT",
            help="Whole request as JSON, with the names of the API; @FILE or file://FILE reads a file, - "
            "standard input. Other options take precedence.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
    params: Annotated[
        list[str] | None,
        typer.Option(
            "--param",
            metavar="NAME=VALUE",
            help="Member of the request, the name in any spelling; NAME=@FILE reads a file.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
    asked: Annotated[
        list[str] | None,
        typer.Option(
            "--ask",
            metavar="NAME",
            help="Member to prompt for without echo, such as a password.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
    all_pages: Annotated[
        bool, typer.Option("--all", help="Read all pages of the list.", rich_help_panel=OUTPUT_PANEL)
    ] = False,
    max_items: Annotated[
        int | None,
        typer.Option(
            "--max-items",
            metavar="N",
            min=1,
            help="Read pages until there are N items.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
    starting_token: Annotated[
        str | None,
        typer.Option(
            "--starting-token",
            metavar="TOKEN",
            help="Continue where a run with --all or --max-items ended.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
    query: Annotated[
        str | None,
        typer.Option(
            "--query",
            metavar="JMESPATH",
            help="Part of the response to print, such as UserPool.Id.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
    output: Annotated[Format, output_option("By default json.", OUTPUT_PANEL)] = Format.JSON,
    show_secrets: Annotated[
        bool,
        typer.Option(
            "--show-secrets",
            help="Show tokens, codes and secrets of the response.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Validate and show the request; send nothing.", rich_help_panel=OUTPUT_PANEL
        ),
    ] = False,
    options: ClientOptions,
) -> None:
    """Call an operation and print its response."""
    with command(debug=options.debug):
        printer = ResponsePrinter(output, None if query is None else make_search(query))
        paging = all_pages or max_items is not None or starting_token is not None
        arguments = Arguments(
            document=document,
            params=params or (),
            options=members,
            asked=asked or (),
            defaults=_defaults(shape, paging=paging),
            variables={} if shape.operation.name in NOT_FROM_ENVIRONMENT else {"user_pool_id": POOL_VARIABLE},
        )
        request = make_request(shape, arguments, Inputs(ask=lambda name: ask_missing("", name)))
        secrets = visible_secrets(shape, arguments)
        if secrets:
            names = " and ".join(map(wire_name, secrets))
            print_message(
                f"warning: {names} on the command line can be seen by other users of this machine; use "
                f"--ask {option_name(secrets[0]).removeprefix('--')}",
                wrap=True,
            )
        for unknown in unknown_values(request):
            print_message(f"warning: {unknown}", wrap=True)
        masked = MaskedJSON(show_secrets=show_secrets)
        if dry_run:
            encode(request)  # finds the problems that otherwise only sending finds
            print_message(f"{request.operation.name} is valid; nothing was sent")
            printer.print_value(masked.members(request))
        elif paging:
            _print_all(_Reader(request, max_items, starting_token), options, printer, masked)
        else:
            _print_one(run(_send(options, request)), printer, masked)
        printer.report_masks()


def _defaults(shape: type[Request[Any]], *, paging: bool) -> dict[str, Any]:
    """Return members that neither an option nor a document has to set."""
    defaults: dict[str, Any] = {}
    members = [member.name for member in shape_fields(shape)]
    pool = os.environ.get(POOL_VARIABLE)
    if pool and "user_pool_id" in members and shape.operation.name not in NOT_FROM_ENVIRONMENT:
        defaults["user_pool_id"] = pool
    if paging:
        pagination = _paginator(shape).pagination
        if pagination.limit is not None:
            defaults[pagination.limit] = pagination.maximum
    return defaults


def _paginator(shape: type[Request[Any]]) -> Any:
    from cognito_async.operations.pagination import PaginationOperations  # noqa: PLC0415  loaded only for lists

    name = methods()[normalize_name(shape.operation.name)].name
    return PaginationOperations._paginators[name]  # noqa: SLF001  private access within the package


async def _send(options: ClientOptions, request: Request[Any]) -> Response:
    async with options.client() as client:
        response: Response = await client.send(request)
        return response


class _Reader:
    """Reads the items of all pages of a list."""

    def __init__(self, request: Request[Any], max_items: int | None, starting_token: str | None) -> None:
        self._paginator = _paginator(type(request))
        pagination = self._paginator.pagination
        arguments = {member.name: getattr(request, member.name) for member in shape_fields(type(request))}
        if arguments.pop(pagination.token) is not None:
            option = f"--{pagination.token.replace('_', '-')}"
            raise UsageError(f"{option} is for one page: with --all or --max-items, pass --starting-token")
        if pagination.limit is not None:
            arguments["page_size"] = arguments.pop(pagination.limit)
        self._arguments = arguments | {"max_items": max_items, "starting_token": starting_token}
        response = request.operation.response
        self.member = next(each for each in shape_fields(response) if each.name == pagination.items)
        self.resume_token: str | None = None

    async def read(self, options: ClientOptions, write: Callable[[Any], None]) -> None:
        """Pass each item on as soon as it is received."""
        async with options.client() as client:
            pages = self._paginator(client).paginate(**self._arguments)
            try:
                async with aclosing(pages.items()) as items:
                    async for item in items:
                        write(item)
            finally:
                self.resume_token = pages.resume_token


def _print_all(reader: _Reader, options: ClientOptions, printer: ResponsePrinter, masked: MaskedJSON) -> None:
    """Print all items; JSON lines one by one, so that memory does not grow."""
    items: list[Any] = []

    def write(item: Any) -> None:
        part = masked.part(item, reader.member)
        if printer.streams:
            printer.print_item(part)
        else:
            items.append(part)

    try:
        run(reader.read(options, write))
    except (CognitoError, KeyboardInterrupt) as error:
        if printer.streams and reader.resume_token:  # otherwise nothing was printed
            error.add_note(f"continue with: --starting-token {reader.resume_token}")
        raise
    if not printer.streams:
        printer.print_response({wire_name(reader.member): items}, reader.member)
    if reader.resume_token:
        print_message(f"there are more items; continue with: --starting-token {reader.resume_token}")


def _print_one(response: Response, printer: ResponsePrinter, masked: MaskedJSON) -> None:
    """Print a response."""
    members = shape_fields(type(response))
    items = next((each for each in members if is_list_of_values(each.type)), None)
    printer.print_response(masked.members(response), items if is_paginated(members) else None)
    more = any(getattr(response, token, None) for token in TOKENS)
    if more and printer.form is not Format.JSON:  # JSON shows the token
        print_message("there are more items; --all reads all pages")
