"""Requests that a fake pool receives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, NamedTuple, get_origin

import attrs

from cognito_async import types
from cognito_async._codec.codec import UndecodableError, json_object
from cognito_async._http.headers import AUTHORIZATION, TARGET
from cognito_async._model.fields import core_type, shape_fields, wire_name
from cognito_async.testing._fake_pool.faults import FaultError, invalid_parameter

_SERVICE = "AWSCognitoIdentityProviderService."


class ReceivedRequest(NamedTuple):
    """A request that a fake pool received."""

    operation: str
    """Name in the API, such as ``InitiateAuth``."""

    members: Mapping[str, Any]
    """The JSON object, by the names of the API, such as ``{"AccessToken": ...}``."""

    signed: bool
    """Whether it was signed with AWS credentials."""

    def __repr__(self) -> str:
        signed = "signed" if self.signed else "not signed"
        return f"ReceivedRequest({self.operation}, members {', '.join(self.members) or 'none'}, {signed})"


class Incoming(ReceivedRequest):
    """A request, and how the operations read it."""

    __slots__ = ()

    def text(self, name: str) -> str:
        """Return a string; ``check`` has checked its type."""
        value: str | None = self.members.get(name)
        if value is None:
            raise _missing(name)
        return value

    def optional_text(self, name: str) -> str | None:
        """Return a string, or None if it is missing."""
        value: str | None = self.members.get(name)
        return value

    def map(self, name: str) -> dict[str, Any]:
        """Return an object; empty if it is missing."""
        value = self.members.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise FaultError("SerializationException", f"{name} is not an object")
        return value

    def texts(self, name: str) -> dict[str, str]:
        """Return an object of strings; empty if it is missing."""
        value = self.map(name)
        if not all(isinstance(each, str) for each in value.values()):
            raise FaultError("SerializationException", f"{name} has a value that is not a string")
        return value

    def attributes(self, name: str = "UserAttributes") -> dict[str, str]:
        """Return a list of names and values as a dict; empty if it is missing."""
        try:
            pairs = {each["Name"]: each.get("Value", "") for each in self.members.get(name) or ()}
        except (AttributeError, KeyError, TypeError):
            raise FaultError("SerializationException", f"{name} is not a list of names and values") from None
        if not all(isinstance(part, str) for pair in pairs.items() for part in pair):
            raise FaultError("SerializationException", f"{name} has a value that is not a string")
        return pairs

    def names(self, name: str) -> list[str]:
        """Return a list of strings; empty if it is missing."""
        value = self.members.get(name) or []
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise FaultError("SerializationException", f"{name} is not a list of strings")
        return value


class _Member(NamedTuple):
    required: bool
    kind: type | None
    """Type of its value; None for lists and objects, which the operations check."""


def _kind(annotation: Any) -> type | None:
    kind = core_type(annotation)[0]
    if get_origin(kind) is Literal:
        kind = str
    return kind if kind in (str, int, bool) else None


@cache
def _members(operation: str) -> dict[str, _Member]:
    """Return the members that the model has for an operation."""
    shape = getattr(types, f"{operation}Request")
    return {
        wire_name(field): _Member(field.default is attrs.NOTHING, _kind(field.type))
        for field in shape_fields(shape)
    }


def receive(headers: Mapping[str, str], body: bytes) -> Incoming:
    """Return the request of an HTTP request, whose header names may be of any case."""
    lower = {name.lower(): value for name, value in headers.items()}
    service, dot, operation = lower.get(TARGET.lower(), "").partition(".")
    if f"{service}{dot}" != _SERVICE or not hasattr(types, f"{operation}Request"):
        raise FaultError("UnknownOperationException", "")
    try:
        members = json_object(body)
        json.dumps(members, ensure_ascii=False).encode()
    except UndecodableError as error:
        raise FaultError("SerializationException", str(error)) from None
    except UnicodeEncodeError:
        raise FaultError("SerializationException", "half of a surrogate pair") from None
    signed = lower.get(AUTHORIZATION.lower(), "").startswith("AWS4-HMAC-SHA256 ")
    return Incoming(operation, members, signed)


def check(request: Incoming, *, strict: bool) -> None:
    """Compare a request with the model: signature and members."""
    operation = getattr(types, f"{request.operation}Request").operation
    if operation.signed and not request.signed:
        raise FaultError("MissingAuthenticationTokenException", "Missing Authentication Token")
    if strict and request.signed and not operation.signed:
        raise invalid_parameter(f"FakeUserPool, strict: {request.operation} is not signed in the model")
    members = _members(request.operation)
    unknown = sorted(request.members.keys() - members.keys())
    if strict and unknown:
        raise invalid_parameter(f"FakeUserPool, strict: {request.operation} has no member {unknown[0]}")
    for name, member in members.items():
        value = request.members.get(name)
        if member.required and value in (None, ""):
            raise _missing(name)
        if member.kind is not None and value is not None and type(value) is not member.kind:
            kind = {str: "a string", int: "an integer", bool: "a boolean"}[member.kind]
            raise FaultError("SerializationException", f"{name} is not {kind}")


def _missing(name: str) -> FaultError:
    camel = name[:1].lower() + name[1:]
    problem = f"Value at '{camel}' failed to satisfy constraint: Member must not be null"
    return invalid_parameter(f"1 validation error detected: {problem}")
