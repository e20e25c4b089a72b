"""Signs in step by step, and asks on the terminal for what each step needs.

Loaded by ``sign-in`` only: other commands start without ``cognito_async.sign_in``.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Any, TypeAlias, assert_never

from cognito_async._cli.output import json_text, print_message
from cognito_async._cli.prompts import ask, ask_one_of, ask_secret
from cognito_async._errors import InvalidRequestError
from cognito_async.errors import (
    CodeMismatchException,
    EnableSoftwareTokenMFAException,
    ExpiredCodeException,
    InvalidPasswordException,
    PasswordHistoryPolicyViolationException,
)
from cognito_async.sign_in import (
    AppClient,
    CustomChallenge,
    EmailCodeRequired,
    MethodChoiceRequired,
    MfaChoiceRequired,
    MfaSetupChoiceRequired,
    NewPasswordRequired,
    PasskeyRequired,
    PasswordRequired,
    SecretHashError,
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
_ANSWER_AGAIN = (
    CodeMismatchException,
    EnableSoftwareTokenMFAException,
    ExpiredCodeException,
    InvalidPasswordException,
    PasswordHistoryPolicyViolationException,
)


def complete(
    runner: asyncio.Runner, app: AppClient, flow: str, username: str, password: str | None
) -> SignedIn:
    """Sign in, and ask again after answers that leave the step usable.

    Raises:
        CognitoError: Other errors of the steps.
        EOFError: There is no more input.
    """
    try:
        step = runner.run(_start(app, flow, username, password))
        while not isinstance(step, SignedIn):
            try:
                step = runner.run(answer(step))
            except _ANSWER_AGAIN as error:
                _print_error(f"{error.code}: {error.message}")
            except InvalidRequestError as error:
                _print_error("; ".join(error.problems))
    except SecretHashError as error:
        error.add_note("COGNITO_CLIENT_SECRET has the secret of the app client, if it has one")
        raise
    return step


def _print_error(text: str) -> None:
    print_message(f"error: {text}", style="bold red", wrap=True)


def _start(app: AppClient, flow: str, username: str, password: str | None) -> _Next:
    match flow:
        case "choice":
            return app.sign_in_with(username)
        case "custom" | "custom-srp":
            return app.custom(username, password=password)
        case _:
            return app.sign_in(username, password or "", flow="srp" if flow == "srp" else "password")


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
            return step.choose(ask_one_of("Second factor", methods))
        case TotpSetupRequired():
            return step.begin()
        case MfaSetupChoiceRequired(methods=methods):
            if ask_one_of("Second factor to set up", methods) == "email":
                return step.email(ask("Email address"))
            return step.totp()
        case TotpSetup(secret=secret):
            print_message(f"Set up your authenticator app with {secret} or\n{step.uri('Amazon Cognito')}")
            return step.confirm(ask_secret(_APP_CODE))
        case MethodChoiceRequired(methods=methods):
            return _with_method(step, ask_one_of("Sign in with", methods))
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
            return _unchanged(step)
        case _:
            assert_never(step)


async def _unchanged(session: SignedIn) -> SignedIn:
    return session


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
