"""The sign-in on a terminal: every step is asked for, and wrong answers can be corrected."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from cognito_async.sign_in import AppClient, SignedIn
from cognito_async.testing import FakePasskey, FakeUserPool, StubTransport
from cognito_async.types import InitiateAuthResponse
from examples.example import Completed, load

example = load("sign_in")
PASSWORD = "Correct-Horse-7"
SECRET = "clientsecretofthefakepool"
Typed = str | Callable[[], str]
SignIn = Callable[..., list[str]]


@pytest.fixture
def sign_in(monkeypatch: pytest.MonkeyPatch) -> SignIn:
    """Return a function that signs in with what is typed, and returns the prompts."""

    def sign_in(pool: FakeUserPool, *typed: Typed, flow: str = "srp") -> list[str]:
        prompts: list[str] = []
        lines = iter(typed)

        def answer(prompt: str) -> str:
            prompts.append(prompt)
            line = next(lines)
            return line if isinstance(line, str) else line()

        monkeypatch.setattr(example, "ask", answer)
        app = pool.app()
        arguments = argparse.Namespace(username="ana", flow=flow)
        with asyncio.Runner() as runner:
            session = example.sign_in(runner, app, arguments)
        assert isinstance(session, SignedIn)
        assert list(lines) == []
        return prompts

    return sign_in


@pytest.mark.parametrize("flow", ["srp", "password", "admin"])
def test_a_password_signs_in(sign_in: SignIn, flow: str) -> None:
    assert sign_in(FakeUserPool({"ana": PASSWORD}), PASSWORD, flow=flow) == ["Password"]


def test_a_new_password_that_the_policy_rejects_is_asked_for_again(sign_in: SignIn) -> None:
    pool = FakeUserPool(required_attributes=["name"])
    pool.add_user("ana", "Temporary-1", status="FORCE_CHANGE_PASSWORD")
    prompts = sign_in(pool, "Temporary-1", "short", "Ana", PASSWORD, "Ana")
    assert prompts == ["Password", "New password", "name", "New password", "name"]


@pytest.mark.parametrize(("method", "destination"), [("sms", "+*******0100"), ("email", "a***@e***")])
def test_a_wrong_code_is_asked_for_again(sign_in: SignIn, method: str, destination: str) -> None:
    pool = FakeUserPool(mfa="optional", mfa_methods=["sms", "email"])
    ana = pool.add_user("ana", PASSWORD, email="ana@example.com", phone_number="+15550100", mfa=[method])
    prompts = sign_in(pool, PASSWORD, "12ab", lambda: ana.last_code)
    assert prompts[0] == "Password"
    assert prompts[1] == prompts[2]
    assert prompts[1].startswith("Code that was sent to ")


def test_a_second_factor_is_chosen(sign_in: SignIn, capsys: pytest.CaptureFixture[str]) -> None:
    pool = FakeUserPool(mfa="optional")
    ana = pool.add_user("ana", PASSWORD, phone_number="+15550100", mfa=["sms", "totp"])
    prompts = sign_in(pool, PASSWORD, "fax", "totp", ana.totp_code)
    assert prompts[1:] == [*["Second factor (sms, totp)"] * 2, "Code of the authenticator app"]
    assert "That is none of them." in capsys.readouterr().err


def test_an_authenticator_app_is_set_up(sign_in: SignIn, capsys: pytest.CaptureFixture[str]) -> None:
    pool = FakeUserPool({"ana": PASSWORD}, mfa="on", mfa_methods=["totp"])

    def code() -> str:
        secret = capsys.readouterr().out.partition("authenticator app: ")[2].split()[0]
        return pool.user("ana").totp_code(secret)

    assert sign_in(pool, PASSWORD, code)[1:] == ["Code of the authenticator app"]


@pytest.mark.parametrize("method", ["email", "totp"])
def test_the_second_factor_to_set_up_is_chosen(
    sign_in: SignIn, capsys: pytest.CaptureFixture[str], method: str
) -> None:
    pool = FakeUserPool({"ana": PASSWORD}, mfa="on", mfa_methods=["totp", "email"])

    def totp() -> str:
        secret = capsys.readouterr().out.partition("authenticator app: ")[2].split()[0]
        return pool.user("ana").totp_code(secret)

    answers = {"email": ["ana@example.com", lambda: pool.user("ana").last_code], "totp": [totp]}
    prompts = sign_in(pool, PASSWORD, method, *answers[method])
    assert prompts[1] == "Second factor to set up (totp, email)"


@pytest.mark.parametrize("method", ["srp", "password", "email_otp", "sms_otp", "passkey"])
def test_a_method_is_chosen(sign_in: SignIn, capsys: pytest.CaptureFixture[str], method: str) -> None:
    pool = FakeUserPool()
    ana = pool.add_user("ana", PASSWORD, email="ana@example.com", phone_number="+15550100")
    browser = FakePasskey()
    ana.passkeys.append(browser)

    def passkey() -> str:
        return json.dumps(browser.get(json.loads(capsys.readouterr().out)))

    def code() -> str:
        return ana.last_code

    answers: dict[str, Typed] = {"email_otp": code, "sms_otp": code, "passkey": passkey}
    prompts = sign_in(pool, method, answers.get(method, PASSWORD), flow="choice")
    assert prompts[0].startswith("Sign in with (password, srp, ")


def test_a_custom_challenge_is_answered(sign_in: SignIn, capsys: pytest.CaptureFixture[str]) -> None:
    pool = FakeUserPool({"ana": PASSWORD}, custom_challenges=[({"question": "6 x 7"}, "42")])
    assert sign_in(pool, "42", flow="custom") == ["Answer"]
    assert capsys.readouterr().out == '{"question": "6 x 7"}\n'


@pytest.mark.parametrize(
    ("name", "error"), [("NEXT_YEARS_CHALLENGE", SystemExit), ("PASSWORD", StopIteration)]
)
def test_other_challenges_of_the_service(sign_in: SignIn, name: str, error: type[BaseException]) -> None:
    """An unknown challenge ends the program; a password that the service asks for is prompted for."""
    with StubTransport() as stub:
        stub.add(InitiateAuthResponse.from_wire({"ChallengeName": name, "Session": "s" * 20}))
        app = AppClient(stub.client(), "eu-west-1_AbC123", "web")
        pool: Any = argparse.Namespace(app=lambda: app)
        with pytest.raises(error):
            sign_in(pool, flow="choice")


def test_a_signed_in_user_has_nothing_to_answer() -> None:
    session = FakeUserPool().app().session(refresh_token="x")
    with pytest.raises(ValueError, match="signed in"):
        example.answer(session)


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeUserPool]:
    """Return a pool that scripts find in the environment."""
    pool = FakeUserPool({"ana": PASSWORD}, client_secret=SECRET)
    pool.add_user("ben", PASSWORD, status="UNCONFIRMED")
    pool.add_user("chloe", PASSWORD, status="RESET_REQUIRED")
    with pool.serve() as url:
        settings = {
            "AWS_ENDPOINT_URL": url,
            "AWS_REGION": pool.region,
            "COGNITO_USER_POOL_ID": pool.pool_id,
            "COGNITO_CLIENT_ID": pool.client_id,
            "COGNITO_CLIENT_SECRET": SECRET,
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield pool


Run = Callable[..., Awaitable[Completed]]


async def test_the_command_signs_in_and_out(run: Run, pool: FakeUserPool) -> None:
    completed = await run("sign_in", "ana", text=f"{PASSWORD}\n")
    assert (completed.code, completed.err) == (0, "Password: ")
    assert completed.out.startswith("Hello ana, you are signed in until ")
    assert [request.operation for request in pool.requests][-2:] == ["GetUser", "RevokeToken"]


@pytest.mark.parametrize(
    ("username", "text", "message"),
    [
        ("ana", "Wrong-Horse-7\n", "Not signed in: Incorrect username or password.\n"),
        ("ben", f"{PASSWORD}\n", "Confirm your sign-up first.\n"),
        ("chloe", f"{PASSWORD}\n", "Your password was reset: choose a new one.\n"),
        ("ana", "", "Interrupted.\n"),
    ],
)
@pytest.mark.usefixtures("pool")
async def test_the_command_says_why_nobody_is_signed_in(
    run: Run, username: str, text: str, message: str
) -> None:
    completed = await run("sign_in", username, text=text)
    assert (completed.code, completed.out, completed.err) == (1, "", f"Password: {message}")


async def test_the_command_reports_other_errors(run: Run, pool: FakeUserPool) -> None:
    completed = await run("sign_in", "ana", "--client-id", "unknown", text=f"{PASSWORD}\n")
    assert (completed.code, completed.out) == (1, "")
    assert completed.err.startswith("Password: Failed: InitiateAuth failed with ResourceNotFoundException")
    assert PASSWORD not in completed.err
