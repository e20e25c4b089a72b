"""Second factors and their setup, on a fake pool that verifies the codes."""

from __future__ import annotations

import pytest

from examples.example import load
from support.fake_pool import steps_printed

example = load("sign_in_mfa")
STEPS = {
    "totp": ["TotpRequired", "SignedIn"],
    "sms": ["SmsCodeRequired", "SignedIn"],
    "email": ["EmailCodeRequired", "SignedIn"],
    "choice": ["MfaChoiceRequired", "TotpRequired", "SignedIn"],
    "setup_required": ["TotpSetupRequired", "SignedIn"],
    "setup_choice": ["MfaSetupChoiceRequired", "EmailCodeRequired", "SignedIn"],
    "set_up_later": ["SignedIn", "TotpRequired", "SignedIn"],
}


def test_every_flow_has_a_test() -> None:
    assert [flow.__name__ for flow in example.FLOWS] == list(STEPS)


@pytest.mark.parametrize("name", STEPS)
async def test_a_flow_has_these_steps(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    await getattr(example, name)()
    assert steps_printed(capsys.readouterr().out) == STEPS[name]
