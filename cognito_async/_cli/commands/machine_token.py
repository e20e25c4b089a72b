"""``token``: gets an access token for a service itself, with client credentials."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import attrs
import typer

from cognito_async._cli.options import ClientOptions, PoolOption, with_client_options
from cognito_async._cli.output import json_text
from cognito_async._cli.prompts import ask_missing
from cognito_async._cli.runner import command, run

_DISCOVER = "discover"


class Format(StrEnum):
    """Output format."""

    TOKEN = "token"  # noqa: S105  the name of a format
    JSON = "json"


@with_client_options
def token(
    *,
    pool: PoolOption = None,
    client_id: Annotated[
        str | None,
        typer.Option(
            "--client-id",
            metavar="ID",
            envvar="COGNITO_CLIENT_ID",
            help="App client with a secret; or from COGNITO_CLIENT_ID.",
        ),
    ] = None,
    domain: Annotated[
        str,
        typer.Option(
            "--domain",
            metavar="DOMAIN",
            help="Domain of the pool: prefix, host name or URL. By default the pool is asked for it.",
        ),
    ] = _DISCOVER,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            metavar="SCOPE",
            help="Scope, such as orders/read; repeat it for several. By default all of the app client.",
        ),
    ] = None,
    resource: Annotated[
        str | None,
        typer.Option("--resource", metavar="URI", help="API that the token is for, which becomes its aud."),
    ] = None,
    output: Annotated[
        Format,
        typer.Option(
            "--output",
            "-o",
            metavar="token|json",
            help="By default token, which prints nothing else; json adds scope and expiry.",
        ),
    ] = Format.TOKEN,
    options: ClientOptions,
) -> None:
    """Get an access token for a service itself (client credentials).

    The secret of the app client comes from COGNITO_CLIENT_SECRET; otherwise it is asked for.

    Needs no AWS credentials. Standard output has nothing but the token.
    """
    with command(debug=options.debug):
        pool = pool or ask_missing("--pool", "User pool")
        client_id = client_id or ask_missing("--client-id", "App client")
        secret = os.environ.get("COGNITO_CLIENT_SECRET") or ask_missing("", "Client secret")
        if options.region is None:
            options = attrs.evolve(options, region=pool.partition("_")[0])  # that of the pool, always
        text = run(_request(options, (pool, client_id, secret), domain, scope, resource))
        typer.echo(text if output is Format.TOKEN else json_text(_described(text), indent=2))


async def _request(
    options: ClientOptions,
    identity: tuple[str, str, str],
    domain: str,
    scopes: list[str] | None,
    resource: str | None,
) -> str:
    """Return a new token."""
    from cognito_async.oauth import ClientCredentials, discover  # noqa: PLC0415  loaded by this command only
    from cognito_async.sign_in import AppClient  # noqa: PLC0415  as above

    async with options.client() as client:
        app = AppClient(client, *identity)
        if domain == _DISCOVER:
            domain = await discover(app)
        return await ClientCredentials(app, domain=domain, scopes=scopes or None, resource=resource).token()


def _described(token: str) -> dict[str, object]:
    """Return a token with its scope and its expiry, as it claims them."""
    from cognito_async.sign_in._tokens import unverified_claims  # noqa: PLC0415  as above
    from cognito_async.tokens import TokenError  # noqa: PLC0415  as above
    from cognito_async.tokens._claims import time_claim  # noqa: PLC0415  as above

    claims = unverified_claims(token)
    try:
        expires_at = time_claim(claims, "exp")
    except TokenError:
        expires_at = None
    return {"access_token": token, "scope": claims.get("scope"), "expires_at": expires_at}
