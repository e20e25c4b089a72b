"""Steps, devices and tokens as text, and back."""

from __future__ import annotations

import base64
import copy
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from cognito_async.errors import InvalidRequestError
from cognito_async.sign_in import (
    AppClient,
    Device,
    Tokens,
    TotpRequired,
    TotpSetup,
    UnknownChallenge,
    UserContext,
    _state,
)
from cognito_async.sign_in._challenges import _STEPS, step_for, totp_setup
from cognito_async.sign_in._flow import Challenge, Flow
from cognito_async.testing import StubTransport

SECRET = "kanarienvogel"
DEVICE = Device("eu-west-1_device", "-group", SECRET)
TOKENS = Tokens(
    access_token=SECRET,
    id_token=SECRET,
    refresh_token=SECRET,
    expires_at=datetime(2030, 1, 2, 3, 4, 5, 6, UTC),
)


def app_client(*, admin: bool = True) -> AppClient:
    return AppClient(StubTransport().client(), "eu-west-1_AbC123", "client1", SECRET * 2, admin=admin)


def full_flow(app: AppClient) -> Flow:
    context = UserContext(
        ip="192.0.2.1", encoded_data=SECRET, server_name="example.com", http_headers={"a": "b"}
    )
    return Flow(
        app=app._app,
        admin=True,
        username="ana",
        session=SECRET,
        device=DEVICE,
        context=context,
        client_metadata={"shop": SECRET},
        timeout=12.5,
    )


@pytest.mark.parametrize("name", [*_STEPS, "NEW_THING"])
@pytest.mark.parametrize("full", [True, False])
def test_every_step_is_restored(name: str, *, full: bool) -> None:
    app = app_client()
    flow = full_flow(app) if full else Flow(app=app._app, admin=False, username="ana", session=None)
    parameters = {"CODE_DELIVERY_DESTINATION": "+*1", "requiredAttributes": '["userAttributes.name"]'}
    challenge = Challenge(name, parameters if full else {}, ("WEB_AUTHN",) if full else ())
    step = step_for(flow, challenge)
    assert type(step) is not UnknownChallenge or name == "NEW_THING"
    restored = app.resume(step.to_state())
    assert restored == step
    assert repr(restored) == repr(step)
    assert SECRET not in repr(step)
    assert restored.username == "ana"


def test_the_setup_of_an_authenticator_app_is_restored() -> None:
    app = app_client()
    setup = totp_setup(full_flow(app), Challenge("TOTP_SETUP", {"SECRET": SECRET}))
    restored = app.resume(setup.to_state())
    assert isinstance(restored, TotpSetup)
    assert restored == setup
    assert restored.secret == SECRET
    assert SECRET not in repr(restored)
    assert restored.uri("My shop") == f"otpauth://totp/My%20shop:ana?secret={SECRET}&issuer=My%20shop"
    assert "My%20shop:a%2Fb@example.com?" in restored.uri("My shop", "a/b@example.com")


def test_devices_and_tokens_are_restored_and_masked() -> None:
    assert Device.from_state(DEVICE.to_state()) == DEVICE
    assert Tokens.from_state(TOKENS.to_state()) == TOKENS
    only = Tokens(access_token="a", expires_at=datetime(2030, 1, 1, tzinfo=UTC))
    assert Tokens.from_state(only.to_state()) == only
    assert SECRET not in repr([DEVICE, TOKENS])
    assert repr(DEVICE) == "Device(key='eu-west-1_device', group_key='-group')"


def encoded(state: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(state).encode()).decode()


def changed(**members: Any) -> str:
    step = step_for(full_flow(app_client()), Challenge("SMS_MFA", {}))
    text = step.to_state()
    state = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return encoded(state | members)


BAD: list[tuple[str, Callable[[], Any]]] = [
    ("expected text, got NoneType", lambda: None),
    ("not text that to_state() wrote", lambda: ""),
    ("not text that to_state() wrote", lambda: "not base64!"),
    ("not text that to_state() wrote", lambda: "ü"),
    ("not text that to_state() wrote", lambda: DEVICE.to_state()[:-7]),
    ("not text that to_state() wrote", lambda: encoded("x")[:3]),
    ("not text that to_state() wrote", lambda: base64.urlsafe_b64encode(b"[" * 100_000).decode()),
    ("not text that to_state() of this release wrote", lambda: encoded([SECRET])),
    ("not text that to_state() of this release wrote", lambda: changed(v=99)),
    ("the state of something else; expected that of a step", DEVICE.to_state),
    ("the state of something else; expected that of a step", TOKENS.to_state),
    ("it belongs to another app client or user pool", lambda: changed(client="client2")),
    ("it belongs to another app client or user pool", lambda: changed(pool="eu-west-1_other")),
    ("username is missing; the text was changed", lambda: changed(username="")),
    ("challenge is missing; the text was changed", lambda: changed(challenge=1)),
    ("session is missing; the text was changed", lambda: changed(session=[1])),
    ("the text was changed", lambda: changed(device=[SECRET])),
    ("the text was changed", lambda: changed(device=7)),
    ("the text was changed", lambda: changed(context={SECRET: 1})),
    ("the text was changed", lambda: changed(parameters=[SECRET])),
    ("the text was changed", lambda: changed(metadata=[SECRET])),
    ("the text was changed", lambda: changed(timeout=SECRET)),
    ("the text was changed", lambda: changed(available=7)),
    ("SECRET is missing", lambda: changed(challenge="TOTP_SETUP")),
]


@pytest.mark.parametrize(("problem", "text"), BAD)
def test_foreign_or_changed_text_is_rejected(problem: str, text: Callable[[], Any]) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        app_client().resume(text())
    assert problem in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_state_does_not_turn_unsigned_requests_into_signed_ones() -> None:
    with pytest.raises(InvalidRequestError, match="it belongs to an AppClient with admin=True"):
        app_client(admin=False).resume(changed())


def test_a_server_can_replace_context_and_metadata() -> None:
    app = app_client()
    context = UserContext(ip="198.51.100.1")
    step = app.resume(changed(), context=context, client_metadata={"shop": "8"})
    assert step._flow.context == context
    assert step._flow.client_metadata == {"shop": "8"}
    again = step.with_client_metadata({"shop": "9"})
    assert type(again) is type(step)
    assert again._flow.client_metadata == {"shop": "9"}
    with pytest.raises(InvalidRequestError, match="client_metadata: expected a mapping"):
        step.with_client_metadata([])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "members", [{}, {"access": "a"}, {"expires": "soon"}, {"expires": 1e300}, {"expires": 1}]
)
def test_incomplete_tokens_are_rejected(members: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError, match="state of a token set"):
        Tokens.from_state(encoded({"v": 1, "kind": "token set"} | members))


def test_steps_are_neither_copied_nor_pickled() -> None:
    step = step_for(full_flow(app_client()), Challenge("SOFTWARE_TOKEN_MFA", {}))
    assert isinstance(step, TotpRequired)
    for function in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match=r"TotpRequired cannot be pickled or copied.*to_state\(\)"):
            function(step)
    for uncopyable in (app_client(), app_client().session(refresh_token=SECRET)):
        with pytest.raises(TypeError, match="cannot be pickled or copied"):
            pickle.dumps(uncopyable)


@pytest.mark.parametrize("value", ["\ud800", ["\udcff"], {"a": "\udcff"}, {"\udcff": "a"}])
def test_half_of_a_surrogate_pair_is_rejected(value: Any) -> None:
    text = _state.dump("token set", {"access": value})
    with pytest.raises(InvalidRequestError, match="not text that to_state"):
        _state.load("token set", text)
