"""``whoami``: what a client would use here, and whether it works."""

from __future__ import annotations

import asyncio
import os
import platform
import time
from collections.abc import Awaitable
from typing import Annotated, Any

import attrs
import typer
from attrs import frozen
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cognito_async import _cli_run
from cognito_async._cli_run import FAILED, Connection, command, in_a_shell, printable
from cognito_async._errors import CognitoError, ConfigurationError, CredentialsError, ServiceError
from cognito_async._providers import Provider, has_environment_credentials, provider_of
from cognito_async._settings import ARGUMENT, resolve_config
from cognito_async._version import __version__
from cognito_async.config import Config
from cognito_async.credentials import Credentials

_SHOWN_ALWAYS = ("region", "endpoint_url", "profile", "proxy")
_RIGHT = "cognito-idp:ListUserPools"
_LONG = 16  # characters from which an id may be shown at both ends; AWS's have 20
_WIDTH = 10_000  # where no terminal limits it
_SLOW = "see whether what gives them waits for something, or give a longer --timeout"
_METHODS = {  # names in botocore
    "assume-role": "an assumed role",
    "assume-role-with-web-identity": "a role assumed with a web identity",
    "config-file": "the config file",
    "container-role": "the role of this container",
    "custom-process": "the credential process of the profile",
    "env": "environment variables",
    "iam-role": "the role of this EC2 instance",
    "login": "aws login",
    "shared-credentials-file": "the shared credentials file",
    "sso": "SSO",
}


def whoami(
    *,
    no_call: Annotated[
        bool, typer.Option("--no-call", metavar="", help="Call nothing, only say what is set.")
    ] = False,
    region: _cli_run.Region = None,
    profile: _cli_run.Profile = None,
    endpoint_url: _cli_run.EndpointUrl = None,
    timeout: _cli_run.Timeout = None,
    max_attempts: _cli_run.MaxAttempts = None,
    debug: _cli_run.Debug = False,
) -> None:
    """Say which region, endpoint and credentials are used, where they come from, and whether calls work.

    Ends with exit code 0 when they do. Of a secret nothing is shown.
    """
    connection = Connection(
        region=region,
        profile=profile,
        endpoint_url=endpoint_url,
        timeout=timeout,
        max_attempts=max_attempts,
    )
    with command(debug=debug):
        report = _cli_run.run(_examine(connection, calls=not no_call))
        report.show()
        if not report.works:
            raise typer.Exit(FAILED)


@frozen
class Report:
    """What was found out: rows of name, value and origin, and then of the calls."""

    works: bool
    settings: list[tuple[str, str, str]]
    outcomes: list[tuple[str, str, str]]

    def show(self) -> None:
        """Print it, in colours where that is a terminal."""
        console = Console(highlight=False)
        if not console.is_terminal:
            console.width = _WIDTH
        for rows in (self.settings, self.outcomes):
            table = Table.grid(padding=(0, 2, 0, 0))
            table.add_column(no_wrap=True, style="bold")
            for _ in range(2):
                table.add_column(overflow="fold")
            for name, value, origin in rows:
                colour = {"works": "green", "fails": "red"}.get(value, "")
                table.add_row(name, Text(printable(value), style=colour), Text(printable(origin)))
            console.print(table)
            if rows is self.settings and self.outcomes:
                console.print()


async def _examine(connection: Connection, *, calls: bool) -> Report:
    """Fetch credentials once, settle all settings, and try one call with credentials and one without."""
    credentials: Credentials | None = None
    origin = ""
    failures: list[tuple[str, str, str]] = []
    seconds = resolve_config(connection.limits, {}).timeout
    try:
        provider = provider_of(None, connection.profile, os.environ)
        async with asyncio.timeout(seconds):
            credentials = provider.ready() or await provider()
        origin = _origin(provider, connection.profile)
    except CredentialsError as error:
        failures.append(("credentials", "fails", in_a_shell(error)))
    except TimeoutError:
        failures.append(("credentials", "fails", f"none within {seconds:g} seconds: {_SLOW}"))
    async with connection.client(credentials=credentials) as client:
        try:
            await client._pipeline.prepare()  # noqa: SLF001  settles the settings without a call
        except ConfigurationError as error:
            failures.append(("settings", "fails", str(error)))
            calls = False
        outcomes: list[tuple[str, str, str]] = []
        if calls:
            tried = [_outcome("unsigned call", client.get_user(access_token="whoami"), signed=False)]  # noqa: S106
            if credentials is not None:
                tried.append(_outcome("signed call", client.list_user_pools(max_results=1), signed=True))
            outcomes = list(await asyncio.gather(*tried))
        key = "none" if credentials is None else _hidden(credentials.access_key_id)
        settings = [
            ("cognito_async", __version__, f"Python {platform.python_version()}, {platform.system()}"),
            *_settings(client.config),
            ("credentials", key, origin),
        ]
    outcomes = failures + outcomes
    return Report(all(value == "works" for _, value, _ in outcomes), settings, outcomes)


def _settings(config: Config) -> list[tuple[str, str, str]]:
    """What is always of interest, and every other setting that is not its default."""
    rows: list[tuple[str, str, str]] = []
    for setting in attrs.fields(Config):
        value, origin = getattr(config, setting.name), config.sources.get(setting.name, "default")
        if setting.name == "sources" or (origin == "default" and setting.name not in _SHOWN_ALWAYS):
            continue
        if setting.name == "endpoint_url" and value is None:
            value, origin = _endpoint(config), "that of the region"
        elif origin == ARGUMENT:
            origin = "command line"
        rows.append((setting.name, _text(setting, value), origin))
    return rows


def _endpoint(config: Config) -> str | None:
    try:
        return config.url
    except ConfigurationError:
        return None


def _text(setting: attrs.Attribute[Any], value: object) -> str:
    if value is None:
        return "none"
    # A setting that may hold a password shows itself without.
    return str(setting.repr(value)).strip("'") if callable(setting.repr) else str(value)


def _hidden(key: str) -> str:
    """Show enough of the id of a key to tell it from others."""
    return f"{key[:4]}...{key[-4:]}" if len(key) >= _LONG else f"{key[:2]}..."


def _origin(provider: Provider, profile: str | None) -> str:
    if profile is None and has_environment_credentials(os.environ):
        return "environment variables"
    held = getattr(getattr(provider, "_source", None), "held", None)
    method = str(getattr(held, "method", "unknown"))
    return _METHODS.get(method, method)


async def _outcome(name: str, answer: Awaitable[Any], *, signed: bool) -> tuple[str, str, str]:
    started = time.perf_counter()
    told = "answered"
    try:
        await answer
    except CognitoError as error:
        code = error.code if isinstance(error, ServiceError) else ""
        # A token that is none has to be refused; a right that is missing says that the keys are known.
        if code != ("AccessDeniedException" if signed else "NotAuthorizedException"):
            return name, "fails", in_a_shell(error)
        told = f"the credentials work, but may not do {_RIGHT}" if signed else "the service answers"
    milliseconds = 1000 * (time.perf_counter() - started)
    return name, "works", f"{told} ({milliseconds:.0f} ms)"
