"""``sign-in``: signs a user in, step by step, and shows who it is and for how long."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cognito_async._cli.formats import print_value
from cognito_async._cli.options import (
    ClientOptions,
    Format,
    OutputOption,
    PoolOption,
    chosen_format,
    with_client_options,
)
from cognito_async._cli.output import json_text, print_message, print_rows
from cognito_async._cli.prompts import ask_missing
from cognito_async._cli.runner import command, event_loop

if TYPE_CHECKING:
    from cognito_async.sign_in import SignedIn

_TIMES = ("auth_time", "exp", "iat")


class Flow(StrEnum):
    """How to sign in."""

    SRP = "srp"
    PASSWORD = "password"  # noqa: S105  the name of a flow
    CHOICE = "choice"
    CUSTOM = "custom"
    CUSTOM_SRP = "custom-srp"


@with_client_options
def sign_in(
    *,
    pool: PoolOption = None,
    client_id: Annotated[
        str | None,
        typer.Option(
            "--client-id",
            metavar="ID",
            envvar="COGNITO_CLIENT_ID",
            help="App client; or from COGNITO_CLIENT_ID.",
        ),
    ] = None,
    client_secret: Annotated[
        str | None,
        typer.Option(
            "--client-secret",
            metavar="TEXT",
            envvar="COGNITO_CLIENT_SECRET",
            help="Secret of the app client; better from COGNITO_CLIENT_SECRET, which other users cannot see.",
        ),
    ] = None,
    username: Annotated[
        str | None,
        typer.Option("--username", metavar="NAME", help="User name, email address or phone number."),
    ] = None,
    flow: Annotated[
        Flow,
        typer.Option(
            "--flow",
            metavar="FLOW",
            help="srp, password, choice, custom or custom-srp. With srp, the password is not sent.",
        ),
    ] = Flow.SRP,
    admin: Annotated[
        bool,
        typer.Option("--admin", help="Use the operations for servers, with AWS credentials."),
    ] = False,
    show_tokens: Annotated[
        bool, typer.Option("--show-tokens", help="Show the tokens, which are secrets.")
    ] = False,
    output: OutputOption = None,
    options: ClientOptions,
) -> None:
    """Sign a user in, and show name, groups, claims and expiry.

    Asks for what is missing: password, codes, choices. What is secret is not shown while it is typed.
    """
    from cognito_async._cli.commands.sign_in_steps import complete  # noqa: PLC0415  loaded by this command only
    from cognito_async.sign_in import AppClient  # noqa: PLC0415  as above

    with command(debug=options.debug):
        values = [
            ("--pool", "User pool", pool),
            ("--client-id", "App client", client_id),
            ("--username", "User name", username),
        ]
        pool, client_id, username = (value or ask_missing(*names) for *names, value in values)
        password = None if flow in {Flow.CHOICE, Flow.CUSTOM} else ask_missing("", "Password")
        with event_loop() as runner:
            client = options.client()
            try:
                app = AppClient(client, pool, client_id, client_secret or None, admin)
                session = complete(runner, app, flow, username, password)
            finally:
                runner.run(client.close())
        form = chosen_format(output)
        if form is Format.TABLE:
            _print_table(session, show_tokens=show_tokens)
        else:
            print_value(_result(session, show_tokens=show_tokens), form)
        if not show_tokens:
            print_message("tokens hidden; --show-tokens shows them")


def _tokens(session: SignedIn) -> dict[str, str | None]:
    tokens = session.tokens
    return {
        "access_token": tokens.access_token,
        "id_token": tokens.id_token,
        "refresh_token": tokens.refresh_token,
    }


def _groups(session: SignedIn) -> list[str]:
    groups = session.claims.get("cognito:groups", [])
    return list(map(str, groups)) if isinstance(groups, list) else []


def _result(session: SignedIn, *, show_tokens: bool) -> dict[str, Any]:
    result = {
        "username": session.username,
        "expires_at": session.tokens.expires_at,
        "groups": _groups(session),
        "claims": dict(session.claims),
    }
    return result | (_tokens(session) if show_tokens else {})


def _print_table(session: SignedIn, *, show_tokens: bool) -> None:
    rows = [
        ("user name", session.username or ""),
        ("expires", f"{session.tokens.expires_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("refresh token", "no" if session.tokens.refresh_token is None else "yes"),
        ("groups", ", ".join(_groups(session)) or "none"),
    ]
    if session.new_device:
        rows.append(("new device", f"{session.new_device.key}, not confirmed"))
    print_rows(rows)
    claims = [(name, _claim(name, value)) for name, value in sorted(session.claims.items())]
    if claims:
        typer.echo()
        print_rows(claims)
    if show_tokens:
        for name, token in _tokens(session).items():
            typer.echo(f"\n{name}\n{token or 'none'}")  # not wrapped, so that it can be copied


def _claim(name: str, value: object) -> str:
    if name in _TIMES and isinstance(value, int):
        return f"{value} ({datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%S} UTC)"
    return value if isinstance(value, str) else json_text(value)
