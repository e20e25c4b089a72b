"""Every way to start a sign-in: SRP, password, administrator, choice of a method, custom challenges.

``python sign_in_flows.py`` runs all of them on a ``FakeUserPool`` in this process; with a name, such as
``srp``, only that one. On AWS, ``AppClient(client, pool_id, client_id)`` replaces ``pool.app()``. Codes
are taken from the fake pool, where a program would ask the user.
"""

from __future__ import annotations

import argparse
import asyncio
import inspect
import shutil
import textwrap
from typing import TypeVar

from cognito_async.sign_in import (
    CustomChallenge,
    EmailCodeRequired,
    MethodChoiceRequired,
    NewPasswordRequired,
    PasskeyRequired,
    SignedIn,
    SmsCodeRequired,
    WrongPasswordError,
)
from cognito_async.testing import FakePasskey, FakeUserPool

PASSWORD = "Correct-Horse-7"

T = TypeVar("T")


def expect(kind: type[T], step: object) -> T:
    """Print the class of a step, and return it as that class."""
    print(f"    {type(step).__name__}")
    if not isinstance(step, kind):
        raise TypeError(f"expected {kind.__name__}, got {step!r}")
    return step


async def srp() -> None:
    """The password is proved, and not sent."""
    pool = FakeUserPool({"ana": PASSWORD})
    app = pool.app()
    expect(SignedIn, await app.sign_in("ana", PASSWORD))
    try:
        await app.sign_in("ana", "Wrong-Horse-7")
    except WrongPasswordError as error:
        print(f"    {type(error).__name__}")


async def alias_and_secret() -> None:
    """An email address as the name, and an app client with a secret: the hashes are computed."""
    pool = FakeUserPool(client_secret="clientsecretofthefakepool", alias_attributes=["email"])  # noqa: S106  it is none
    pool.add_user("ana", PASSWORD, email="ana@example.com")
    session = expect(SignedIn, await pool.app().sign_in("ana@example.com", PASSWORD))
    print(f"    the user name is {session.username}")


async def password() -> None:
    """The password is sent, as a user migration trigger needs it."""
    pool = FakeUserPool({"ana": PASSWORD})
    expect(SignedIn, await pool.app().sign_in("ana", PASSWORD, flow="password"))


async def admin() -> None:
    """The same by the operation for servers, which is signed with IAM credentials."""
    pool = FakeUserPool({"ana": PASSWORD})
    expect(SignedIn, await pool.app().sign_in("ana", PASSWORD, flow="admin"))


async def admin_srp() -> None:
    """All steps by the operations for servers; the password is proved."""
    pool = FakeUserPool({"ana": PASSWORD})
    app = pool.app(admin=True)
    expect(SignedIn, await app.sign_in("ana", PASSWORD))


async def new_password() -> None:
    """An administrator created the user, who has to choose a password."""
    pool = FakeUserPool(required_attributes=["name"])
    pool.add_user("ana", "Temporary-1", status="FORCE_CHANGE_PASSWORD")
    step = expect(NewPasswordRequired, await pool.app().sign_in("ana", "Temporary-1"))
    print(f"    required attributes: {', '.join(step.missing)}")
    expect(SignedIn, await step.answer(PASSWORD, attributes={"name": "Ana"}))


async def choice() -> None:
    """The user chooses between all methods that the account has."""
    pool = FakeUserPool()
    pool.add_user("ana", PASSWORD, email="ana@example.com", phone_number="+15550100")
    app = pool.app()
    step = expect(MethodChoiceRequired, await app.sign_in_with("ana"))
    print(f"    methods: {', '.join(step.methods)}")
    expect(SignedIn, await step.password(PASSWORD))
    step = expect(MethodChoiceRequired, await app.sign_in_with("ana"))
    code = expect(SmsCodeRequired, await step.sms_code())
    expect(SignedIn, await code.answer(pool.user("ana").last_code))


async def preferred_password() -> None:
    """The password without a choice: proved with "srp", sent with "password"."""
    pool = FakeUserPool({"ana": PASSWORD})
    app = pool.app()
    expect(SignedIn, await app.sign_in_with("ana", prefer="srp", password=PASSWORD))
    expect(SignedIn, await app.sign_in_with("ana", prefer="password", password=PASSWORD))


async def email_code() -> None:
    """A code by email in place of a password."""
    pool = FakeUserPool()
    ana = pool.add_user("ana", email="ana@example.com")
    step = expect(EmailCodeRequired, await pool.app().sign_in_with("ana", prefer="email_otp"))
    print(f"    sent to {step.destination}")
    expect(SignedIn, await step.answer(ana.last_code))


async def sms_code() -> None:
    """A code by SMS in place of a password."""
    pool = FakeUserPool()
    ana = pool.add_user("ana", phone_number="+15550100")
    step = expect(SmsCodeRequired, await pool.app().sign_in_with("ana", prefer="sms_otp"))
    expect(SignedIn, await step.answer(ana.last_code))


async def passkey() -> None:
    """A passkey; in a browser, navigator.credentials does what FakePasskey does here."""
    pool = FakeUserPool({"ana": PASSWORD})
    app = pool.app()
    browser = FakePasskey()
    session = expect(SignedIn, await app.sign_in("ana", PASSWORD))
    await session.finish_passkey(browser.create(await session.start_passkey()))
    step = expect(PasskeyRequired, await app.sign_in_with("ana", prefer="passkey"))
    expect(SignedIn, await step.answer(browser.get(step.options)))


async def after_sign_up() -> None:
    """A new user is signed in by the session of the confirmation, without a password."""
    pool = FakeUserPool()
    app = pool.app()
    await app.sign_up("ana", PASSWORD, attributes={"email": "ana@example.com"})
    confirmed = await app.confirm_sign_up("ana", pool.user("ana").last_code)
    expect(SignedIn, await app.sign_in_with("ana", session=confirmed.session))


async def custom() -> None:
    """Challenges of the pool's own Lambda functions."""
    pool = FakeUserPool({"ana": PASSWORD}, custom_challenges=[({"question": "6 x 7"}, "42")])
    step = expect(CustomChallenge, await pool.app().custom("ana"))
    print(f"    {step.parameters['question']}")
    expect(SignedIn, await step.answer("42"))


async def custom_after_srp() -> None:
    """The password over SRP first, then the challenges of the Lambda functions."""
    pool = FakeUserPool({"ana": PASSWORD}, custom_challenges=[({"question": "6 x 7"}, "42")])
    step = expect(CustomChallenge, await pool.app().custom("ana", password=PASSWORD))
    expect(SignedIn, await step.answer("42"))


FLOWS = (
    srp,
    alias_and_secret,
    password,
    admin,
    admin_srp,
    new_password,
    choice,
    preferred_password,
    email_code,
    sms_code,
    passkey,
    after_sign_up,
    custom,
    custom_after_srp,
)


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
