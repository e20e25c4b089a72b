"""``whoami``: shows the settings and credentials that a client uses here, and whether calls work."""

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

from cognito_async._cli.exit_codes import EXIT_FAILURE
from cognito_async._cli.formats import print_records, print_value
from cognito_async._cli.options import ClientOptions, Format, output_option, with_client_options
from cognito_async._cli.output import print_rows, shell_message
from cognito_async._cli.runner import command, run
from cognito_async._errors import CognitoError, ConfigurationError, CredentialsError, ServiceError
from cognito_async._version import __version__
from cognito_async.config import Config
from cognito_async.config._resolve import ARGUMENT, resolve_config
from cognito_async.credentials import Credentials
from cognito_async.credentials._environment import has_environment_credentials
from cognito_async.credentials._provider import Provider
from cognito_async.credentials._resolve import resolve_provider

_ALWAYS_SHOWN = ("region", "endpoint_url", "profile", "proxy")
_PERMISSION = "cognito-idp:ListUserPools"
_MIN_LENGTH = 16  # of a key id that is shown at both ends; those of AWS have 20 characters
_SLOW = "check whether their source waits for something, or pass a longer --timeout"
_METHODS = {  # botocore's names
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


@with_client_options
def whoami(
    *,
    output: Annotated[Format, output_option("By default table.")] = Format.TABLE,
    no_call: Annotated[bool, typer.Option("--no-call", help="Show the settings only; send nothing.")] = False,
    options: ClientOptions,
) -> None:
    """Show settings, credentials, and whether calls work.

    Each setting has its origin. The exit code is 0 if the calls work. Secrets are never shown.
    """
    with command(debug=options.debug):
        report = run(_examine(options, calls=not no_call))
        report.show(output)
        if not report.works:
            raise typer.Exit(EXIT_FAILURE)


@frozen
class Report:
    """The result: rows of name, value and origin; then the outcomes of the calls."""

    works: bool
    settings: list[tuple[str, str, str]]
    outcomes: list[tuple[str, str, str]]

    def show(self, form: Format) -> None:
        """Print the report; a table has colors on a terminal."""
        if form is not Format.TABLE:
            names = ("name", "value", "origin")
            settings = [dict(zip(names, row, strict=True)) for row in self.settings]
            calls = [{"name": name, "result": value, "detail": text} for name, value, text in self.outcomes]
            if form is Format.CSV:
                print_records(
                    [dict(zip(names, row, strict=True)) for row in (*self.settings, *self.outcomes)], form
                )
            else:
                print_value({"works": self.works, "settings": settings, "calls": calls}, form)
            return
        print_rows(self.settings)
        if self.outcomes:
            typer.echo()
            colours = {"works": "green", "fails": "red"}
            print_rows(self.outcomes, styles=[("", colours[value], "") for _, value, _ in self.outcomes])


async def _examine(options: ClientOptions, *, calls: bool) -> Report:
    """Fetch credentials, resolve the settings, and try one signed and one unsigned call."""
    failures: list[tuple[str, str, str]] = []
    credentials, origin = None, "--no-sign-request"
    if not options.no_sign_request:
        credentials, origin = await _find_credentials(options, failures)
    async with options.client(credentials=credentials) as client:
        try:
            await client._pipeline.prepare()  # noqa: SLF001  resolves the settings without a call
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


async def _find_credentials(
    options: ClientOptions, failures: list[tuple[str, str, str]]
) -> tuple[Credentials | None, str]:
    """Return the credentials and their origin; without them, add the reason to the failures."""
    seconds = resolve_config(options.timeout_argument, {}).timeout
    try:
        provider = resolve_provider(None, options.profile, os.environ)
        async with asyncio.timeout(seconds):
            credentials = provider.cached() or await provider()
    except CredentialsError as error:
        failures.append(("credentials", "fails", shell_message(error, settings="shown above")))
    except TimeoutError:
        failures.append(("credentials", "fails", f"none within {seconds:g} seconds: {_SLOW}"))
    else:
        return credentials, _origin(provider, options.profile)
    return None, ""


def _settings(config: Config) -> list[tuple[str, str, str]]:
    """Return the settings that matter most, and all others that are not at their default."""
    rows: list[tuple[str, str, str]] = []
    for setting in attrs.fields(Config):
        value, origin = getattr(config, setting.name), config.sources.get(setting.name, "default")
        if setting.name == "sources" or (origin == "default" and setting.name not in _ALWAYS_SHOWN):
            continue
        if setting.name == "endpoint_url" and value is None:
            value, origin = _endpoint(config), "derived from the region"
        elif origin == ARGUMENT:
            origin = "command line"
        default_profile = os.environ.get("AWS_DEFAULT_PROFILE", value)
        if setting.name == "profile" and origin == "AWS_PROFILE" and default_profile not in ("", value):
            origin = f"AWS_PROFILE; boto3 uses {default_profile} of AWS_DEFAULT_PROFILE"
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
    # The repr of a setting that may contain a password masks it.
    return str(setting.repr(value)).strip("'") if callable(setting.repr) else str(value)


def _hidden(key: str) -> str:
    """Return the ends of a key id, enough to distinguish keys."""
    return f"{key[:4]}...{key[-4:]}" if len(key) >= _MIN_LENGTH else f"{key[:2]}..."


def _origin(provider: Provider, profile: str | None) -> str:
    if profile is None and has_environment_credentials(os.environ):
        return "environment variables"
    credentials = getattr(getattr(provider, "_source", None), "credentials", None)
    method = str(getattr(credentials, "method", "unknown"))
    return _METHODS.get(method, method)


async def _outcome(name: str, call: Awaitable[Any], *, signed: bool) -> tuple[str, str, str]:
    started = time.perf_counter()
    result = "success"
    try:
        await call
    except CognitoError as error:
        code = error.code if isinstance(error, ServiceError) else ""
        # The dummy token must be rejected; a missing permission shows that the keys are valid.
        if code != ("AccessDeniedException" if signed else "NotAuthorizedException"):
            return name, "fails", shell_message(error, settings="shown above")
        result = f"the credentials work, but lack {_PERMISSION}" if signed else "the service responds"
    milliseconds = 1000 * (time.perf_counter() - started)
    return name, "works", f"{result} ({milliseconds:.0f} ms)"
