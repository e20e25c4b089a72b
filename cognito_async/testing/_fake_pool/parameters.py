"""Checks of ``AuthParameters`` and ``ChallengeResponses``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from cognito_async.testing._fake_pool.attempts import Attempt
from cognito_async.testing._fake_pool.clients import check_hash
from cognito_async.testing._fake_pool.faults import FaultError, invalid_parameter, invalid_session
from cognito_async.testing._fake_pool.requests import Incoming

_COMMON = {"SECRET_HASH", "DEVICE_KEY"}
_ATTRIBUTE = "userAttributes."
_CONTEXT_MEMBERS = ("IpAddress", "ServerName", "ServerPath", "HttpHeaders")


def check_keys(
    received: Mapping[str, str],
    required: Collection[str],
    optional: Collection[str] = (),
    *,
    where: str,
    strict: bool,
) -> None:
    """Check which keys a flow or challenge has."""
    for name in required:
        if not received.get(name):
            raise invalid_parameter(f"Missing required parameter {name}")
    unknown = sorted(received.keys() - set(required) - set(optional) - _COMMON)
    if where == "NEW_PASSWORD_REQUIRED":
        unknown = [name for name in unknown if not name.startswith(_ATTRIBUTE)]
    if strict and unknown:
        raise invalid_parameter(f"FakeUserPool, strict: {where} has no parameter {unknown[0]}")


def new_attributes(received: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes of a response to ``NEW_PASSWORD_REQUIRED``."""
    return {
        name.removeprefix(_ATTRIBUTE): value
        for name, value in received.items()
        if name.startswith(_ATTRIBUTE)
    }


def context(request: Incoming, *, admin: bool) -> dict[str, Any]:
    """Return what a request says about the user's device; complete if it is for an administrator."""
    values = request.map("ContextData" if admin else "UserContextData")
    if admin and values:
        for name in _CONTEXT_MEMBERS:
            if name not in values:
                raise invalid_parameter(f"ContextData: Missing required parameter {name}")
    return values


def check_username(attempt: Attempt, received: Mapping[str, str]) -> None:
    """Check ``USERNAME`` and its ``SECRET_HASH``: the name is the one that a challenge has told."""
    name = received["USERNAME"]
    check_hash(attempt.client, received.get("SECRET_HASH"), name)
    if name not in attempt.names:
        raise invalid_session()


def check_device_key(attempt: Attempt, received: Mapping[str, str], *, strict: bool) -> None:
    """Check that a response repeats ``DEVICE_KEY``; it may come in the first response only."""
    key = received.get("DEVICE_KEY")
    if attempt.device_key is None:
        attempt.device_key = key
    elif key is None and strict:
        raise invalid_parameter("FakeUserPool, strict: the start had DEVICE_KEY, this response lacks it")
    elif key is not None and key != attempt.device_key:
        raise FaultError("ResourceNotFoundException", "Device does not exist.")


def check_context(attempt: Attempt, received: Mapping[str, Any], *, strict: bool) -> None:
    """Check that a response repeats the context of the start."""
    if strict and received != attempt.context:
        name = "ContextData" if attempt.admin else "UserContextData"
        raise invalid_parameter(f"FakeUserPool, strict: {name} differs from that of the start")
