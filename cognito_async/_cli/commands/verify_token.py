"""``verify-token``: shows the result of every check of a token, and its claims."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cognito_async._cli.errors import UsageError
from cognito_async._cli.exit_codes import EXIT_FAILURE
from cognito_async._cli.options import OutputOption, PoolOption, chosen_format
from cognito_async._cli.output import print_message
from cognito_async._cli.program import program_name
from cognito_async._cli.prompts import ask_missing
from cognito_async._cli.runner import command, run

_MAX_INPUT = 1024 * 1024
_BEARER = re.compile(r"(authorization:\s*)?bearer\s+", re.IGNORECASE)
_QUOTES = "\"'"
_CUT = (
    "terminals cut long lines, on macOS after 1,024 characters, on Linux after 4,095: pipe a longer token, "
    "as in: pbpaste | {program} verify-token"
)


class Use(StrEnum):
    """Kind of token."""

    ACCESS = "access"
    ID = "id"


def verify_token(
    *,
    pool: PoolOption = None,
    client_id: Annotated[
        list[str] | None,
        typer.Option(
            "--client-id",
            metavar="ID",
            envvar="COGNITO_CLIENT_ID",
            help="App client whose tokens are accepted; repeat it for several. Or from COGNITO_CLIENT_ID.",
        ),
    ] = None,
    use: Annotated[
        Use | None,
        typer.Option(
            "--use",
            metavar="access|id",
            help="Required kind of token. By default the one that it claims to be.",
        ),
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope", metavar="SCOPE", help="Scope that an access token must have; repeat it for several."
        ),
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(
            "--group",
            metavar="NAME",
            help="Group that the user must be in; if repeated, one of them is enough.",
        ),
    ] = None,
    audience: Annotated[
        list[str] | None,
        typer.Option(
            "--audience",
            metavar="URL",
            help="API that an access token must be bound to; if repeated, one of them is enough.",
        ),
    ] = None,
    nonce: Annotated[
        str | None, typer.Option("--nonce", metavar="TEXT", help="Nonce that an ID token must have.")
    ] = None,
    leeway: Annotated[
        float, typer.Option("--leeway", metavar="SECONDS", help="Seconds by which clocks may differ.")
    ] = 0,
    issuer: Annotated[
        str | None,
        typer.Option("--issuer", metavar="URL", help="Issuer of the tokens if it is not that of AWS."),
    ] = None,
    jwks_url: Annotated[
        str | None, typer.Option("--jwks-url", metavar="URL", help="URL of the keys of the pool.")
    ] = None,
    jwks: Annotated[
        Path | None,
        typer.Option("--jwks", metavar="FILE", help="File with the keys; nothing is fetched then."),
    ] = None,
    output: OutputOption = None,
) -> None:
    """Check a token, and show its claims.

    The token is read from standard input; on a terminal, it is asked for and not shown while it is typed.
    Shows the result of every check.

    The exit code is 0 if the token is valid, else 1.
    """
    with command(debug=False):
        _require_library()
        from cognito_async._cli.commands import verify_token_output as texts  # noqa: PLC0415  imports joserfc
        from cognito_async.tokens import MalformedTokenError, TokenVerifier  # noqa: PLC0415  only here
        from cognito_async.tokens._report import examine  # noqa: PLC0415  imports joserfc

        required = _required_use(use, {"--scope": scope, "--audience": audience}, nonce)
        keys = None if jwks is None else _read_keys(jwks)
        typed = sys.stdin.isatty()
        token = _pasted_token(ask_missing("", "Token") if typed else _read_input())
        if not pool:
            hint = texts.claimed_pool(token)
            raise UsageError(f"pass --pool, or set COGNITO_USER_POOL_ID{hint}")
        verifier = TokenVerifier(
            pool,
            client_id=client_id or None,
            leeway=leeway,
            audience=audience or None,
            groups=group or None,
            scopes=scope or None,
            issuer=issuer,
            jwks_url=jwks_url,
            jwks=keys,
        )

        async def work() -> Any:
            async with verifier:
                return await examine(verifier, token, use=required, nonce=nonce)

        report = run(work())
        texts.print_report(report, chosen_format(output))
        if typed and isinstance(report.error, MalformedTokenError):
            print_message(_CUT.format(program=program_name()))
        if report.error is not None:
            raise typer.Exit(EXIT_FAILURE)


def _require_library() -> None:
    try:
        import_module("cognito_async.tokens._jose")
    except ModuleNotFoundError as error:
        raise UsageError(
            f'verify-token needs {error.name}: pip install "cognito-async[cli,tokens]"'
        ) from None


def _required_use(
    use: Use | None, of_access_tokens: Mapping[str, list[str] | None], nonce: str | None
) -> Literal["access", "id"] | None:
    """Return the kind of token that the options require: scopes are of access tokens, nonces of ID tokens."""
    if nonce == "":
        raise UsageError("--nonce: expected text of at least one character")
    named = [option for option, values in of_access_tokens.items() if values]
    kinds = {use} - {None}
    kinds |= {Use.ACCESS} if named else set()
    kinds |= {Use.ID} if nonce else set()
    if len(kinds) > 1:
        option = (named or ["--scope"])[0]
        raise UsageError(f"{option} is for access tokens, --nonce for ID tokens: no token has both")
    if not kinds:
        return None
    return "id" if Use.ID in kinds else "access"


def _read_keys(path: Path) -> Mapping[str, Any]:
    from cognito_async.tokens._json import load_object  # noqa: PLC0415  loaded by this command only

    try:
        return load_object(path.read_bytes())
    except OSError as error:
        raise UsageError(f"--jwks: cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"--jwks: {path} is not usable: {error}") from None


def _read_input() -> str:
    # PowerShell puts a byte order mark before the text that it pipes.
    return sys.stdin.buffer.read(_MAX_INPUT).decode("utf-8-sig", errors="replace")


def _pasted_token(text: str) -> str:
    """Return a token without what is often copied with it."""
    token = text.strip()
    quotes = len(token) > 1 and token[0] == token[-1] and token[0] in _QUOTES
    if quotes:
        token = token[1:-1].strip()
    bearer = _BEARER.match(token)
    if bearer:
        token = token[bearer.end() :]
    if not token:
        raise UsageError("there is no token on standard input")
    if len(token.split()) > 1:
        raise UsageError("expected one token on standard input, got text with blanks or several lines")
    ignored = ["the quotes around it"] * quotes + ["the word Bearer before it"] * (bearer is not None)
    if ignored:
        print_message(f"not part of the token, ignored: {' and '.join(ignored)}")
    return token
