"""Steps as text, and back, between two requests of a web server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cognito_async._errors import InvalidRequestError
from cognito_async.config import _validators
from cognito_async.sign_in import _state
from cognito_async.sign_in._devices import Device
from cognito_async.sign_in._flow import App, Challenge, Flow
from cognito_async.sign_in._user_context import UserContext, context_arguments

_KIND = "step"
TOTP_SETUP = "TOTP_SETUP"
"""Name of a step that is no challenge of the service: an authenticator app whose secret is known."""


def dump_step(flow: Flow, challenge: Challenge) -> str:
    """Return a step as text."""
    device, context = flow.device, flow.context
    state: dict[str, Any] = {
        "pool": flow.app.user_pool_id,
        "client": flow.app.client_id,
        "admin": flow.admin,
        "username": flow.username,
        "session": flow.session,
        "device": device and [device.key, device.group_key, device.password],
        "context": context and context_arguments(context),
        "metadata": flow.client_metadata and dict(flow.client_metadata),
        "timeout": flow.timeout,
        "challenge": challenge.name,
        "parameters": dict(challenge.parameters),
        "available": challenge.available,
    }
    return _state.dump(_KIND, {name: value for name, value in state.items() if value not in (None, (), {})})


def load_step(app: App, text: str) -> tuple[Flow, Challenge]:
    """Return the step that ``dump_step`` wrote.

    Raises:
        InvalidRequestError: The text does not come from ``to_state``, or from one of another app client.
    """
    state = _state.load(_KIND, text)
    if (state.get("pool"), state.get("client")) != (app.user_pool_id, app.client_id):
        raise _state.invalid(_KIND, "it belongs to another app client or user pool")
    if state.get("admin") and not app.admin:
        # It may come from a cookie, which must not turn unsigned requests into signed ones.
        raise _state.invalid(_KIND, "it belongs to an AppClient with admin=True")
    try:
        device, context, timeout = state.get("device"), state.get("context"), state.get("timeout")
        flow = Flow(
            app=app,
            admin=bool(state.get("admin")),
            username=_state.text(state, "username"),
            session=state.get("session") and _state.text(state, "session"),
            device=None if device is None else Device(*device),
            context=None if context is None else UserContext(**context),
            client_metadata=_texts(state.get("metadata")) or None,
            timeout=None if timeout is None else _validators.seconds(timeout),
        )
        challenge = Challenge(
            _state.text(state, "challenge"),
            _texts(state.get("parameters")),
            tuple(map(str, state.get("available", ()))),
        )
    except InvalidRequestError:
        raise
    except (TypeError, AttributeError, ValueError):
        raise _state.invalid(_KIND, "the text was changed") from None
    if challenge.name == TOTP_SETUP:
        _state.text(challenge.parameters, "SECRET")
    return flow, challenge


def _texts(values: Mapping[str, Any] | None) -> dict[str, str]:
    return {str(name): str(value) for name, value in (values or {}).items()}
