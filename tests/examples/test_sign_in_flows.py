"""Every way to start a sign-in, on a fake pool that verifies it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from examples.example import Completed, load
from support.fake_pool import steps_printed

example = load("sign_in_flows")
STEPS = {
    "srp": ["SignedIn", "WrongPasswordError"],
    "alias_and_secret": ["SignedIn"],
    "password": ["SignedIn"],
    "admin": ["SignedIn"],
    "admin_srp": ["SignedIn"],
    "new_password": ["NewPasswordRequired", "SignedIn"],
    "choice": ["MethodChoiceRequired", "SignedIn", "MethodChoiceRequired", "SmsCodeRequired", "SignedIn"],
    "preferred_password": ["SignedIn", "SignedIn"],
    "email_code": ["EmailCodeRequired", "SignedIn"],
    "sms_code": ["SmsCodeRequired", "SignedIn"],
    "passkey": ["SignedIn", "PasskeyRequired", "SignedIn"],
    "after_sign_up": ["SignedIn"],
    "custom": ["CustomChallenge", "SignedIn"],
    "custom_after_srp": ["CustomChallenge", "SignedIn"],
}


def test_every_flow_has_a_test() -> None:
    assert [flow.__name__ for flow in example.FLOWS] == list(STEPS)


@pytest.mark.parametrize("name", STEPS)
async def test_a_flow_has_these_steps(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    await getattr(example, name)()
    assert steps_printed(capsys.readouterr().out) == STEPS[name]


def test_another_step_than_the_expected_one_is_an_error() -> None:
    with pytest.raises(TypeError, match=r"^expected SignedIn, got 'x'$"):
        example.expect(example.SignedIn, "x")


async def test_the_command_runs_the_named_flows(run: Callable[..., Awaitable[Completed]]) -> None:
    completed: Any = await run("sign_in_flows", "srp", "admin")
    assert (completed.code, completed.err) == (0, "")
    headings = [line for line in completed.out.splitlines() if not line.startswith(" ")]
    assert [line.partition(":")[0] for line in headings] == ["srp", "admin"]
    assert max(map(len, completed.out.splitlines())) <= 100
    completed = await run("sign_in_flows", "srpx")
    assert (completed.code, completed.out) == (2, "")
    assert "there is no srpx" in completed.err
