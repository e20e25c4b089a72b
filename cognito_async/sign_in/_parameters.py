"""Challenge parameters that are JSON in text. They are read leniently: the service documents few of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cognito_async._errors import InvalidRequestError


def json_list(text: str | None) -> tuple[str, ...]:
    """Return the texts of a JSON list; empty if there is none."""
    values = _parsed(text)
    return tuple(map(str, values)) if isinstance(values, list) else ()


def json_object(text: str | None) -> dict[str, Any]:
    """Return a JSON object; empty if there is none."""
    value = _parsed(text)
    return value if isinstance(value, dict) else {}


def _parsed(text: str | None) -> Any:
    try:
        return json.loads(text or "null")
    except (ValueError, RecursionError):
        return None


def credential_text(where: str, credential: Mapping[str, Any] | str) -> str:
    """Return a passkey response of a browser as JSON text.

    Raises:
        InvalidRequestError: It is not a JSON object.
    """
    value = _parsed(credential) if isinstance(credential, str) else credential
    if not isinstance(value, Mapping):
        problem = "credential: expected the AuthenticationResponseJSON of the browser, a JSON object"
        raise InvalidRequestError(where, [problem])
    try:
        return json.dumps(dict(value), separators=(",", ":"))
    except (TypeError, ValueError):
        problem = "credential: contains values that JSON does not have; toJSON() in the browser converts them"
        raise InvalidRequestError(where, [problem]) from None
