"""Sign in on a terminal: a ``match`` over all steps, checked for completeness by mypy and pyright.

``python sign_in.py ana@example.com --pool eu-west-1_AbC123 --client-id 4abc...`` asks for the password, and
for whatever follows: codes, a new password, the setup of an authenticator app. The secret of the app client,
if it has one, is read from COGNITO_CLIENT_SECRET. AWS credentials are not needed.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import os
import sys
from collections.abc import Coroutine, Sequence
from typing import Any, TypeAlias, assert_never

from cognito_async import CognitoClient
from cognito_async.errors import (
    CodeMismatchException,
    CognitoError,
    EnableSoftwareTokenMFAException,
    ExpiredCodeException,
    InvalidPasswordException,
    InvalidRequestError,
    PasswordHistoryPolicyViolationException,
    PasswordResetRequiredException,
    UserNotConfirmedException,
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
    SignedIn,
    SignInError,
    SignInStep,
    SmsCodeRequired,
    TotpRequired,
    TotpSetup,
    TotpSetupRequired,
    UnknownChallenge,
)

Step: TypeAlias = SignInStep | TotpSetup
NextStep: TypeAlias = Coroutine[Any, Any, Step]

ANSWER_AGAIN = (
    CodeMismatchException,
    EnableSoftwareTokenMFAException,
    ExpiredCodeException,
    InvalidPasswordException,
    PasswordHistoryPolicyViolationException,
)
"""Errors of the service that leave the step as it was."""


def ask(what: str) -> str:
    """Ask for a text."""
    print(f"{what}: ", end="", file=sys.stderr, flush=True)
    return input()


def ask_secret(what: str) -> str:
    """Ask for a text that is not shown."""
    return getpass.getpass(f"{what}: ") if sys.stdin.isatty() else ask(what)


def ask_one_of(what: str, choices: Sequence[str]) -> str:
    """Ask for one of several texts."""
    while (choice := ask(f"{what} ({', '.join(choices)})")) not in choices:
        print("That is none of them.", file=sys.stderr)
    return choice


def answer(step: Step) -> NextStep:  # noqa: C901, PLR0912  one case for each step
    """Ask for what a step needs, and return the call that answers it."""
    match step:
        case SignedIn():
            raise ValueError("the user is signed in")
        case NewPasswordRequired(missing=missing):
            password = ask_secret("New password")
            return step.answer(password, attributes={name: ask(name) for name in missing})
        case TotpRequired():
            return step.answer(ask("Code of the authenticator app"))
        case SmsCodeRequired(destination=destination) | EmailCodeRequired(destination=destination):
            return step.answer(ask(f"Code that was sent to {destination}"))
        case MfaChoiceRequired(methods=methods):
            return step.choose(ask_one_of("Second factor", methods))
        case TotpSetupRequired():
            return step.begin()
        case MfaSetupChoiceRequired(methods=methods):
            if ask_one_of("Second factor to set up", methods) == "email":
                return step.email(ask("E-mail address"))
            return step.totp()
        case TotpSetup(secret=secret):
            print(f"Add this to your authenticator app: {secret}\n{step.uri('Example')}")
            return step.confirm(ask("Code of the authenticator app"))
        case MethodChoiceRequired(methods=methods):
            return answer_choice(step, ask_one_of("Sign in with", methods))
        case PasswordRequired():
            return step.answer(ask_secret("Password"))
        case PasskeyRequired(options=options):
            # A browser does this: navigator.credentials.get({publicKey: options}).
            print(json.dumps(options))
            return step.answer(ask("Response of the browser, as JSON"))
        case CustomChallenge(parameters=parameters):
            print(json.dumps(dict(parameters)))
            return step.answer(ask("Answer"))
        case UnknownChallenge(name=name):
            raise SystemExit(f"this program cannot answer {name}")
        case _:
            assert_never(step)


def answer_choice(step: MethodChoiceRequired, method: str) -> NextStep:
    """Return the call that goes on with a method."""
    match method:
        case "passkey":
            return step.passkey()
        case "email_otp":
            return step.email_code()
        case "sms_otp":
            return step.sms_code()
        case _:
            return step.password(ask_secret("Password"))


def first_step(app: AppClient, arguments: argparse.Namespace) -> NextStep:
    """Return the call that starts the sign-in."""
    username = arguments.username
    match arguments.flow:
        case "choice":
            return app.sign_in_with(username)
        case "custom":
            return app.custom(username)
        case flow:
            return app.sign_in(username, ask_secret("Password"), flow=flow)


def sign_in(runner: asyncio.Runner, app: AppClient, arguments: argparse.Namespace) -> SignedIn:
    """Sign in, step by step.

    The questions are asked while the event loop stands still: asyncio's handler of Ctrl-C would not end them.
    """
    step = runner.run(first_step(app, arguments))
    while not isinstance(step, SignedIn):
        try:
            step = runner.run(answer(step))
        except ANSWER_AGAIN as error:
            print(f"{error.message}\nOnce more:", file=sys.stderr)
        except InvalidRequestError as error:
            print(f"{'; '.join(error.problems)}\nOnce more:", file=sys.stderr)
    return step


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Sign in to a Cognito user pool.")
    parser.add_argument("username", help="user name, email address or phone number")
    for option, variable in (("--pool", "COGNITO_USER_POOL_ID"), ("--client-id", "COGNITO_CLIENT_ID")):
        default = os.environ.get(variable)
        parser.add_argument(
            option, default=default, required=default is None, metavar="ID", help=f"default: {variable}"
        )
    flows = ("srp", "password", "admin", "choice", "custom")
    parser.add_argument("--flow", choices=flows, default="srp", help="default: srp")
    return parser.parse_args()


def main() -> int:
    """Sign in, and print who is signed in."""
    arguments = parse()
    client = CognitoClient()
    with asyncio.Runner() as runner:
        try:
            secret = os.environ.get("COGNITO_CLIENT_SECRET")
            app = AppClient(client, arguments.pool, arguments.client_id, secret)
            session = sign_in(runner, app, arguments)
            user = runner.run(session.get_user())
            print(f"Hello {user.username}, you are signed in until {session.tokens.expires_at:%H:%M} UTC.")
            runner.run(session.sign_out())
        except UserNotConfirmedException:
            print("Confirm your sign-up first.", file=sys.stderr)
        except PasswordResetRequiredException:
            print("Your password was reset: choose a new one.", file=sys.stderr)
        except SignInError as error:
            print(f"Not signed in: {error.message}", file=sys.stderr)
        except CognitoError as error:
            print(f"Failed: {error}", file=sys.stderr)
        except (EOFError, KeyboardInterrupt):
            print("Interrupted.", file=sys.stderr)
        else:
            return 0
        finally:
            runner.run(client.close())
    return 1


if __name__ == "__main__":
    sys.exit(main())
