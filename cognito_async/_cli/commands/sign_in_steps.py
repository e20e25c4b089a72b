"""Asks on the terminal for what a step of a sign-in needs."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Coroutine, Sequence
from typing import Any, TypeAlias, assert_never

import typer

from cognito_async._cli.output import json_text, print_message, printable
from cognito_async._errors import InvalidRequestError
from cognito_async.sign_in import (
    CustomChallenge,
    EmailCodeRequired,
    MethodChoiceRequired,
    MfaChoiceRequired,
    MfaSetupChoiceRequired,
    NewPasswordRequired,
    PasskeyRequired,
    PasswordRequired,
    SignedIn,
    SignInStep,
    SmsCodeRequired,
    TotpRequired,
    TotpSetup,
    TotpSetupRequired,
    UnknownChallenge,
)

Step: TypeAlias = SignInStep | TotpSetup
_Next: TypeAlias = Coroutine[Any, Any, Step]

_APP_CODE = "Code of the authenticator app"


def ask(what: str) -> str:
    """Ask for a text on standard error, so that standard output has only the result.

    Raises:
        EOFError: There is no more input.
    """
    typer.echo(printable(f"{what}: "), nl=False, err=True)
    try:
        return input()
    except EOFError:
        typer.echo(err=True)
        raise EOFError(f"{what}: no input") from None


def ask_secret(what: str) -> str:
    """Ask for a text that is not shown while it is typed.

    Raises:
        EOFError: As ``ask``.
    """
    if not sys.stdin.isatty():
        return ask(what)
    try:
        return getpass.getpass(printable(f"{what}: "))
    except EOFError:
        raise EOFError(f"{what}: no input") from None


def _ask_one_of(what: str, choices: Sequence[str]) -> str:
    """Ask for one of several texts; the only one is taken unasked."""
    if len(choices) == 1:
        return choices[0]
    while (choice := ask(f"{what} ({', '.join(choices)})")) not in choices:
        print_message(f"expected one of: {', '.join(choices)}")
    return choice


def answer(step: Step) -> _Next:  # noqa: C901, PLR0912  one case for each step
    """Ask for what a step needs, and return the call that answers it."""
    match step:
        case NewPasswordRequired(missing=missing):
            password = ask_secret("New password")
            return step.answer(password, attributes={name: ask(name) for name in missing})
        case TotpRequired(device_name=name):
            return step.answer(ask_secret(f"{_APP_CODE}{f' on {name}' if name else ''}"))
        case SmsCodeRequired(destination=destination) | EmailCodeRequired(destination=destination):
            return step.answer(ask_secret(f"Code sent to {destination or 'you'}"))
        case MfaChoiceRequired(methods=methods):
            return step.choose(_ask_one_of("Second factor", methods))
        case TotpSetupRequired():
            return step.begin()
        case MfaSetupChoiceRequired(methods=methods):
            if _ask_one_of("Second factor to set up", methods) == "email":
                return step.email(ask("Email address"))
            return step.totp()
        case TotpSetup(secret=secret):
            print_message(f"Set up your authenticator app with {secret} or\n{step.uri('Amazon Cognito')}")
            return step.confirm(ask_secret(_APP_CODE))
        case MethodChoiceRequired(methods=methods):
            return _with_method(step, _ask_one_of("Sign in with", methods))
        case PasswordRequired():
            return step.answer(ask_secret("Password"))
        case PasskeyRequired(options=options):
            print_message(f"For navigator.credentials.get in a browser:\n{json_text(dict(options))}")
            return step.answer(ask_secret("Its response as JSON"))
        case CustomChallenge(parameters=parameters):
            print_message(f"Challenge: {json_text(dict(parameters))}")
            return step.answer(ask_secret("Answer"))
        case UnknownChallenge(name=name, parameters=parameters):
            print_message(f"{name}, unknown to this release: {json_text(dict(parameters))}")
            return step.answer(_json_object(ask_secret("ChallengeResponses as JSON")))
        case SignedIn():
            raise ValueError("nothing to answer")
        case _:
            assert_never(step)


def _with_method(step: MethodChoiceRequired, method: str) -> _Next:
    match method:
        case "passkey":
            return step.passkey()
        case "email_otp":
            return step.email_code()
        case "sms_otp":
            return step.sms_code()
        case _:
            return step.password(ask_secret("Password"))


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise InvalidRequestError("ChallengeResponses", ["expected a JSON object"])
    return value
