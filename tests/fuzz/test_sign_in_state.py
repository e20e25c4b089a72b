"""Stored steps and parameters of challenges: any text gives a step or a clear error."""

from __future__ import annotations

import base64
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cognito_async.errors import InvalidRequestError
from cognito_async.sign_in import AppClient, Device, Tokens
from cognito_async.sign_in._challenges import _STEPS, step_for
from cognito_async.sign_in._flow import Challenge, Flow
from cognito_async.testing import StubTransport

APP = AppClient(StubTransport().client(), "eu-west-1_AbC123", "client1")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = (
    "v", "kind", "pool", "client", "admin", "username", "session", "device", "context", "metadata",
    "timeout", "challenge", "parameters", "available", "key", "group_key", "password", "access", "expires",
)  # fmt: skip
VALID = {
    "v": 1,
    "kind": "step",
    "pool": "eu-west-1_AbC123",
    "client": "client1",
    "username": "ana",
    "challenge": "SMS_MFA",
}


def encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


def restore(text: str) -> None:
    for function in (APP.resume, Device.from_state, Tokens.from_state):
        try:
            function(text)
        except InvalidRequestError:
            continue


@given(st.text() | st.binary().map(lambda data: base64.urlsafe_b64encode(data).decode()) | JSON.map(encoded))
def test_any_text_is_a_state_or_a_clear_error(text: str) -> None:
    restore(text)


@given(st.dictionaries(st.sampled_from(MEMBERS), JSON), st.sampled_from(["step", "device", "token set"]))
def test_changed_members_are_a_state_or_a_clear_error(members: dict[str, Any], kind: str) -> None:
    restore(encoded({**VALID, "kind": kind, **members}))


@given(
    st.sampled_from([*_STEPS, "NEW_THING"]),
    st.dictionaries(
        st.sampled_from(
            ["requiredAttributes", "userAttributes", "MFAS_CAN_CHOOSE", "MFAS_CAN_SETUP", "USERNAME"]
        ),
        st.text() | JSON.map(json.dumps),
    ),
    st.lists(st.text()),
)
def test_any_parameters_are_a_step_that_can_be_stored(
    name: str, parameters: dict[str, str], available: list[str]
) -> None:
    flow = Flow(app=APP._app, admin=False, username="ana", session="session")
    step: Any = step_for(flow, Challenge(name, parameters, tuple(available)))
    repr(step)
    assert APP.resume(step.to_state()) == step
