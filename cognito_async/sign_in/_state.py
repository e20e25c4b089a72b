"""Steps, devices and tokens as text: JSON in base64, without encryption or signature."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from cognito_async._errors import InvalidRequestError

_VERSION = 1


def dump(kind: str, state: Mapping[str, Any]) -> str:
    """Return the state as text, for URLs and cookies too."""
    text = json.dumps({"v": _VERSION, "kind": kind, **state}, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def load(kind: str, text: str) -> dict[str, Any]:
    """Return the state that ``dump`` wrote.

    Raises:
        InvalidRequestError: It did not write this text, or another release did in another form.
    """
    if not isinstance(text, str):
        raise invalid(kind, f"expected text, got {type(text).__name__}")
    state: Any = None
    try:
        state = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        json.dumps(state, ensure_ascii=False).encode()  # rejects halves of surrogate pairs
        is_damaged = False
    except (ValueError, RecursionError):
        is_damaged = True
    if is_damaged:  # here: the error of the parser holds the text
        raise invalid(kind, "not text that to_state() wrote, or it was cut")
    if not isinstance(state, dict) or state.get("v") != _VERSION:
        raise invalid(kind, "not text that to_state() of this release wrote")
    if state.get("kind") != kind:
        raise invalid(kind, "the state of something else; expected that of a " + kind)
    return state


def text(state: Mapping[str, Any], name: str) -> str:
    """Return a member that is text.

    Raises:
        InvalidRequestError: It is missing or of another type.
    """
    value = state.get(name)
    if not isinstance(value, str) or not value:
        raise invalid(str(state.get("kind")), f"{name} is missing; the text was changed")
    return value


def invalid(kind: str, problem: str) -> InvalidRequestError:
    """Return the error for text that cannot be used; it does not quote the text."""
    return InvalidRequestError(f"state of a {kind}", [problem])
