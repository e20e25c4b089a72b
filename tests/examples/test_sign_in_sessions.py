"""Sessions, devices and steps as text, on a fake pool that verifies them."""

from __future__ import annotations

import pytest

from examples.example import load

example = load("sign_in_sessions")
LINES = {
    "refresh": ["SignedIn", "1 new token for 50 callers: True"],
    "rotation": [
        "SignedIn",
        "saved 1 set of tokens",
        "restored the session of ana",
        "RefreshTokenReusedError",
    ],
    "device": ["TotpRequired", "SignedIn", "SignedIn", "TotpRequired"],
    "two_requests": ["TotpRequired", "TotpRequired", "SignedIn"],
    "threat_protection": ["SignedIn"],
    "sign_out": ["SignedIn", "the session has ended: the user signed out"],
}


def test_every_flow_has_a_test() -> None:
    assert [flow.__name__ for flow in example.FLOWS] == list(LINES)


@pytest.mark.parametrize("name", LINES)
async def test_a_flow_prints_these_lines(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    await getattr(example, name)()
    assert [line.strip() for line in capsys.readouterr().out.splitlines()] == LINES[name]
