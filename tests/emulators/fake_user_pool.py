"""Runs a ``FakeUserPool`` on a free loopback port while a script runs, and prints the codes that it sends.

``python tests/emulators/fake_user_pool.py SCRIPT [ARGUMENT ...]`` runs a script, which finds address, region
and app client in the environment. Without a script it prints these settings and serves until Ctrl-C.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

from cognito_async.testing import FakeMessage, FakeUserPool

PASSWORD = "Correct-Horse-7"
"""Password of all users."""

USERS = """ana signs in with a password, ben has to choose a new one,
chloe gets a code by SMS, dev by e-mail"""
# The environment of the caller must not lead to another pool.
VARIABLES = ("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "AWS_PROFILE", "COGNITO_CLIENT_SECRET")


class PrintedMessages(list[FakeMessage]):
    """The messages to a user, each printed when it is sent."""

    def append(self, message: FakeMessage) -> None:
        """Print the message, in place of a phone that rings."""
        super().append(message)
        print(f"[{message.medium} to {message.destination}: {message.code}]", file=sys.stderr, flush=True)


def make_pool() -> FakeUserPool:
    """Return a pool with four users."""
    pool = FakeUserPool(mfa="optional", mfa_methods=["totp", "sms", "email"])
    pool.add_user("ana", PASSWORD, groups=["admins"], email="ana@example.com")
    pool.add_user("ben", PASSWORD, status="FORCE_CHANGE_PASSWORD")
    pool.add_user("chloe", PASSWORD, phone_number="+15550100", mfa=["sms"])
    pool.add_user("dev", PASSWORD, email="dev@example.com", mfa=["email"])
    for user in pool.users:
        user.messages = PrintedMessages()
    return pool


def main() -> int:
    """Run a script against the pool and return its exit code."""
    pool = make_pool()
    with pool.serve() as url:
        settings = {
            "AWS_ENDPOINT_URL": url,
            "AWS_REGION": pool.region,
            "AWS_ACCESS_KEY_ID": "fake",
            "AWS_SECRET_ACCESS_KEY": "fake",
            "COGNITO_USER_POOL_ID": pool.pool_id,
            "COGNITO_CLIENT_ID": pool.client_id,
            "COGNITO_ISSUER": pool.issuer,
        }
        users = f"{USERS}.\nTheir password is {PASSWORD}."
        if len(sys.argv) == 1:
            print(f"A fake user pool, until Ctrl-C.\n{users}\nFor another terminal:\n")
            print("\n".join(f"export {name}={value}" for name, value in settings.items()), flush=True)
            with suppress(KeyboardInterrupt):
                threading.Event().wait()
            return 0
        print(users, file=sys.stderr, flush=True)
        # Ctrl-C also reaches the script, which decides whether it exits; the pool runs until then.
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, lambda _number, _frame: None)
        environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
        command = [sys.executable, *sys.argv[1:]]
        return subprocess.run(command, env=environment | settings, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
