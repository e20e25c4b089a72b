"""What ``verify-token`` prints; loaded by that command only, because it imports joserfc."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from cognito_async._cli.formats import print_records, print_value
from cognito_async._cli.options import Format
from cognito_async._cli.output import json_text, print_message, print_rows
from cognito_async.tokens import KeysUnavailableError, TokenError
from cognito_async.tokens._claims import time_claim
from cognito_async.tokens._jose import read_claims, split
from cognito_async.tokens._report import NOT_REQUIRED, Check, Report
from cognito_async.tokens._settings import POOL_ID, duration

_TIMES = ("auth_time", "exp", "iat", "nbf")
_COLORS = {"ok": "green", "failed": "bold red", "not checked": "yellow"}
_OPTIONS = {
    "use": "--use",
    "app client": "--client-id",
    "audience": "--audience",
    "groups": "--group",
    "scopes": "--scope",
    "nonce": "--nonce",
}
_MAX_LEVELS = 32
_NAMES = {"access": "access token", "id": "ID token"}


def print_report(report: Report, form: Format) -> None:
    """Print verdict, checks and claims."""
    if form is Format.TABLE:
        _print_table(report)
    elif form is Format.CSV:
        print_records(_checks(report), form)
    else:
        shown = {
            "valid": report.error is None,
            "verified": report.verified,
            "checks": _checks(report),
            "claims": _plain(report.claims, _MAX_LEVELS + 1),
        }
        print_value(shown, form)


def _print_table(report: Report) -> None:
    """Print verdict, checks and claims for people."""
    if report.error is None:
        of_any = any(check.name == "app client" and check.result != "ok" for check in report.checks)
        whose = ", of any app client: --client-id was not passed" if of_any else ""
        print_message(f"VALID {_NAMES[report.use]}{whose}", style="bold green", wrap=True, err=False)
    else:
        unknown = isinstance(report.error, KeysUnavailableError)
        verdict = "NOT VERIFIED" if unknown else "INVALID"
        print_message(f"{verdict}: {report.error.args[0]}", style="bold red", wrap=True, err=False)
    typer.echo()
    print_rows(
        [(check.name, check.result, _detail(check, report)) for check in report.checks],
        styles=[("", _COLORS[check.result], "") for check in report.checks],
    )
    if report.claims is None:
        return
    typer.echo()
    if not report.verified:
        warning = "UNVERIFIED CLAIMS: the signature was not verified, anybody may have written them"
        print_message(warning, style="bold red", wrap=True, err=False)
    rows = [(name, _claim(name, report.claims, report.now)) for name in sorted(report.claims)]
    print_rows(rows)


def _checks(report: Report) -> list[dict[str, str]]:
    return [
        {"name": check.name, "result": check.result, "detail": _detail(check, report)}
        for check in report.checks
    ]


def claimed_pool(token: str) -> str:
    """Return a hint at the user pool that a token claims to be from; empty if it claims none."""
    try:
        issuer = read_claims(split(token.encode())[1]).get("iss")
    except TokenError:
        return ""
    pool = str(issuer).rpartition("/")[2]
    if not POOL_ID.fullmatch(pool):
        return ""
    return f". The token claims to be from {pool}, which is unverified: anybody can write that into a token"


def _detail(check: Check, report: Report) -> str:
    if check.detail != NOT_REQUIRED:
        return check.detail
    if check.name == "use":
        return f"{_OPTIONS[check.name]} was not passed; the token says that it is an {_NAMES[report.use]}"
    return f"{_OPTIONS[check.name]} was not passed"


def _claim(name: str, claims: Mapping[str, Any], now: float) -> str:
    value = claims[name]
    if name in _TIMES:
        try:
            time = time_claim(claims, name)
        except TokenError:
            time = None  # shown as it is
        if time is not None:
            return f"{value} ({time:%Y-%m-%d %H:%M:%S} UTC, {_relative(value - now)})"
    return value if isinstance(value, str) else json_text(_plain(value))


def _relative(seconds: float) -> str:
    return f"in {duration(seconds)}" if seconds > 0 else f"{duration(-seconds)} ago"


def _plain(value: Any, levels: int = _MAX_LEVELS) -> Any:
    """Return a value that JSON has a form for; unverified claims may be anything."""
    if not isinstance(value, (dict, list)):
        return value
    if not levels:
        return "(nested too deep to show)"
    if isinstance(value, dict):
        return {name: _plain(each, levels - 1) for name, each in value.items()}
    return [_plain(each, levels - 1) for each in value]
