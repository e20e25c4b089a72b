"""Second factors: authenticator app, SMS, email, the choice between them, and their setup.

``python sign_in_mfa.py`` runs all of them on a ``FakeUserPool`` in this process; with a name, such as
``totp``, only that one. On AWS, ``AppClient(client, pool_id, client_id)`` replaces ``pool.app()``. Codes
are taken from the fake pool, where a program would ask the user.
"""

from __future__ import annotations

import argparse
import asyncio
import inspect
import shutil
import textwrap
from typing import TypeVar

from cognito_async.errors import CodeMismatchException
from cognito_async.sign_in import (
    EmailCodeRequired,
    MfaChoiceRequired,
    MfaSetupChoiceRequired,
    SignedIn,
    SmsCodeRequired,
    TotpRequired,
    TotpSetupRequired,
)
from cognito_async.testing import FakeUserPool

PASSWORD = "Correct-Horse-7"

T = TypeVar("T")


def expect(kind: type[T], step: object) -> T:
    """Print the class of a step, and return it as that class."""
    print(f"    {type(step).__name__}")
    if not isinstance(step, kind):
        raise TypeError(f"expected {kind.__name__}, got {step!r}")
    return step


async def totp() -> None:
    """The code of an authenticator app; a wrong one can be corrected."""
    pool = FakeUserPool(mfa="optional")
    ana = pool.add_user("ana", PASSWORD, mfa=["totp"])
    step = expect(TotpRequired, await pool.app().sign_in("ana", PASSWORD))
    try:
        await step.answer("000000" if ana.totp_code() != "000000" else "000001")
    except CodeMismatchException as error:
        print(f"    {error.message}")
    expect(SignedIn, await step.answer(ana.totp_code()))


async def sms() -> None:
    """A code by SMS."""
    pool = FakeUserPool(mfa="optional")
    ana = pool.add_user("ana", PASSWORD, phone_number="+15550100", mfa=["sms"])
    step = expect(SmsCodeRequired, await pool.app().sign_in("ana", PASSWORD))
    expect(SignedIn, await step.answer(ana.last_code))


async def email() -> None:
    """A code by email."""
    pool = FakeUserPool(mfa="optional", mfa_methods=["email"])
    ana = pool.add_user("ana", PASSWORD, email="ana@example.com", mfa=["email"])
    step = expect(EmailCodeRequired, await pool.app().sign_in("ana", PASSWORD))
    expect(SignedIn, await step.answer(ana.last_code))


async def choice() -> None:
    """A user with several methods, none of them preferred."""
    pool = FakeUserPool(mfa="optional")
    ana = pool.add_user("ana", PASSWORD, phone_number="+15550100", mfa=["sms", "totp"])
    step = expect(MfaChoiceRequired, await pool.app().sign_in("ana", PASSWORD))
    print(f"    methods: {', '.join(step.methods)}")
    code = expect(TotpRequired, await step.choose("totp"))
    expect(SignedIn, await code.answer(ana.totp_code()))


async def setup_required() -> None:
    """The pool requires MFA, and the user has none: the sign-in sets up an authenticator app."""
    pool = FakeUserPool({"ana": PASSWORD}, mfa="on", mfa_methods=["totp"])
    step = expect(TotpSetupRequired, await pool.app().sign_in("ana", PASSWORD))
    setup = await step.begin()
    print(f"    QR code of {setup.uri('My shop').partition('?')[0]}")
    expect(SignedIn, await setup.confirm(pool.user("ana").totp_code(setup.secret)))


async def setup_choice() -> None:
    """As above, with email as another method."""
    pool = FakeUserPool({"ana": PASSWORD}, mfa="on", mfa_methods=["totp", "email"])
    step = expect(MfaSetupChoiceRequired, await pool.app().sign_in("ana", PASSWORD))
    print(f"    methods: {', '.join(step.methods)}")
    code = expect(EmailCodeRequired, await step.email("ana@example.com"))
    expect(SignedIn, await code.answer(pool.user("ana").last_code))


async def set_up_later() -> None:
    """A signed-in user sets up an authenticator app, which the next sign-in asks for."""
    pool = FakeUserPool({"ana": PASSWORD}, mfa="optional")
    app = pool.app()
    session = expect(SignedIn, await app.sign_in("ana", PASSWORD))
    setup = await session.set_up_totp()
    await setup.confirm(pool.user("ana").totp_code(setup.secret))
    pool.clock.advance(30)  # a code counts once
    step = expect(TotpRequired, await app.sign_in("ana", PASSWORD))
    expect(SignedIn, await step.answer(pool.user("ana").totp_code()))


FLOWS = (totp, sms, email, choice, setup_required, setup_choice, set_up_later)


def main() -> None:
    """Run the flows that are named on the command line, or all."""
    parser = argparse.ArgumentParser(description="Sign in to a fake user pool in many ways.")
    names = [flow.__name__ for flow in FLOWS]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all, or some of {', '.join(names)}")
    chosen = parser.parse_args().names
    if unknown := sorted(set(chosen) - set(names)):
        parser.error(f"there is no {unknown[0]}")
    for flow in FLOWS:
        if not chosen or flow.__name__ in chosen:
            text = f"{flow.__name__}: {inspect.getdoc(flow)}"
            print(textwrap.fill(text, shutil.get_terminal_size().columns, subsequent_indent="  "))
            asyncio.run(flow())


if __name__ == "__main__":
    main()
