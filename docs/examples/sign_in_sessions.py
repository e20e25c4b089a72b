"""After the sign-in: refresh, rotation, remembered devices, steps as text, sign-out.

``python sign_in_sessions.py`` runs all of them on a ``FakeUserPool`` in this process; with a name, such as
``refresh``, only that one. On AWS, ``AppClient(client, pool_id, client_id)`` replaces ``pool.app()``. Codes
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
    Device,
    RefreshTokenReusedError,
    SignedIn,
    SignedOutError,
    Tokens,
    TotpRequired,
    UserContext,
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


async def refresh() -> None:
    """Tokens are refreshed when they are needed; concurrent callers share one request."""
    pool = FakeUserPool({"ana": PASSWORD})
    session = expect(SignedIn, await pool.app().sign_in("ana", PASSWORD))
    first = await session.access_token()
    pool.clock.advance(3600)
    tokens = await asyncio.gather(*(session.access_token() for _ in range(50)))
    print(f"    {len(set(tokens))} new token for {len(tokens)} callers: {first not in tokens}")


async def rotation() -> None:
    """Each refresh returns a new refresh token; on_tokens saves it. The old one ends the session."""
    pool = FakeUserPool({"ana": PASSWORD}, refresh_grace=0)
    app = pool.app()
    saved: list[str] = []

    def save(tokens: Tokens) -> None:
        saved.append(tokens.to_state())

    session = expect(SignedIn, await app.sign_in("ana", PASSWORD))
    stolen = session.tokens.refresh_token
    session.on_tokens = save
    await session.refresh()
    print(f"    saved {len(saved)} set of tokens")
    restored = app.session(tokens=Tokens.from_state(saved[-1]), on_tokens=save)
    print(f"    restored the session of {(await restored.get_user()).username}")
    pool.clock.advance(60)  # sessions of one app client remember a refresh for a while
    try:
        await app.session(refresh_token=stolen).access_token()
    except RefreshTokenReusedError as error:
        print(f"    {type(error).__name__}")


async def device() -> None:
    """A remembered device skips the second factor. Stored as text, for this user."""
    pool = FakeUserPool(mfa="optional", device_tracking="always")
    ana = pool.add_user("ana", PASSWORD, mfa=["totp"])
    app = pool.app()
    step = expect(TotpRequired, await app.sign_in("ana", PASSWORD))
    session = expect(SignedIn, await step.answer(ana.totp_code()))
    if session.new_device is None:
        raise RuntimeError("the pool does not track devices")
    stored = (await session.new_device.confirm(name="laptop")).to_state()
    known = Device.from_state(stored)
    expect(SignedIn, await app.sign_in("ana", PASSWORD, device=known))
    await session.forget_device(known.key)
    step = expect(TotpRequired, await app.sign_in("ana", PASSWORD, device=known))


async def two_requests() -> None:
    """A step as text between two requests of a web server. It is a secret: encrypt it, or keep it."""
    pool = FakeUserPool(mfa="optional")
    ana = pool.add_user("ana", PASSWORD, mfa=["totp"])
    step = expect(TotpRequired, await pool.app().sign_in("ana", PASSWORD))
    state = step.to_state()
    restored = expect(TotpRequired, pool.app().resume(state))
    expect(SignedIn, await restored.answer(ana.totp_code()))


async def threat_protection() -> None:
    """Address of the user, sent with every step; and custom values for the triggers."""
    pool = FakeUserPool({"ana": PASSWORD})
    context = UserContext(ip="203.0.113.7")
    values = {"campaign": "spring"}
    app = pool.app()
    expect(SignedIn, await app.sign_in("ana", PASSWORD, context=context, client_metadata=values))


async def sign_out() -> None:
    """The refresh token is revoked; the session ends."""
    pool = FakeUserPool({"ana": PASSWORD})
    session = expect(SignedIn, await pool.app().sign_in("ana", PASSWORD))
    await session.sign_out()
    try:
        await session.access_token()
    except SignedOutError as error:
        print(f"    {error}")


FLOWS = (refresh, rotation, device, two_requests, threat_protection, sign_out)


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
