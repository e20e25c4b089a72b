"""Between attrs classes and JSON: ``encode`` a request, ``decode`` a response, and the wire form as dicts.

``_writing`` checks and converts what is sent, ``_reading`` converts what is received, and both learn from
``_annotations`` what a class says of its members.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from cognito_async._errors import InvalidRequestError
from cognito_async._fast_reading import decoders, make_decoder
from cognito_async._model import EmptyResponse, Request, Response, ResponseMetadata, Shape, set_metadata
from cognito_async._writing import CHECK, LENIENT, SEND, write

ShapeT = TypeVar("ShapeT", bound=Shape)
ResponseT = TypeVar("ResponseT", bound=Response)


_NO_METADATA = ResponseMetadata()

_to_json = msgspec.json.Encoder().encode


class UndecodableError(ValueError):
    """A body that is no JSON object; the message says what it is instead, without quoting it."""


def encode(request: Request[Any]) -> bytes:
    """Turn a request into the bytes of its JSON body.

    Raises:
        InvalidRequestError: A member is missing, of the wrong type or below its minimum.
    """
    wire = write(request, type(request), SEND)
    try:
        return _to_json(wire)
    except ValueError:  # the one thing that is checked nowhere else
        raise InvalidRequestError(
            type(request).__name__, ["a number has too many digits to be sent"]
        ) from None


def decode(shape: type[ResponseT], body: bytes, metadata: ResponseMetadata = _NO_METADATA) -> ResponseT:
    """Turn the body of a successful answer into a response that carries ``metadata``.

    Raises:
        UndecodableError: The body is not a JSON object.
    """
    if shape is EmptyResponse:
        json_object(body or b"{}")
        return shape(response_metadata=metadata)
    try:
        response: ResponseT = (decoders.get(shape) or make_decoder(shape)).decode(body or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # ValidationError is a DecodeError
        from cognito_async._reading import read  # noqa: PLC0415  imports cattrs, which is seldom needed

        response = read(json_object(body), shape)
    set_metadata(response, metadata)
    return response


def json_object(body: bytes) -> dict[str, Any]:
    """Parse a JSON object.

    Raises:
        UndecodableError: The body is something else.
    """
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        value = _tolerantly(body)
    if not isinstance(value, dict):
        kind = _JSON_KINDS.get(type(value), "a number")
        raise UndecodableError(f"the body is JSON, but {kind} instead of an object")
    return value


def _tolerantly(body: bytes) -> Any:
    """Parse what msgspec is too strict for, half a surrogate pair for example: better odd than lost."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise UndecodableError(f"the body is not JSON ({len(body)} bytes)") from None


_JSON_KINDS = {type(None): "null", list: "an array", str: "a string", bool: "a boolean"}


def from_wire(shape: type[ShapeT], wire: Mapping[str, Any]) -> ShapeT:
    """Make a shape from the dicts that boto3 takes and returns, checking them.

    A response may lack whatever the service may leave out.
    """
    from cognito_async._reading import read  # noqa: PLC0415  imports cattrs, which is seldom needed

    if not hasattr(shape, "__attrs_attrs__"):
        raise InvalidRequestError(
            shape.__name__, ["has no members of its own; use one of cognito_async.types"]
        )
    if not issubclass(shape, Response):
        return read(write(wire, shape, CHECK), shape)
    metadata = None
    if isinstance(wire, Mapping) and "ResponseMetadata" in wire:
        metadata = _metadata(shape, wire["ResponseMetadata"])
        wire = {key: value for key, value in wire.items() if key != "ResponseMetadata"}
    made = read(write(wire, shape, LENIENT), shape)
    if metadata is not None:
        set_metadata(made, metadata)
    return made


def to_wire(value: Shape) -> dict[str, Any]:
    """Turn a shape into the dicts that boto3 takes and returns."""
    wire: dict[str, Any] = write(value, type(value), LENIENT)
    return wire


def _metadata(shape: type[Shape], wire: Any) -> ResponseMetadata:
    if not isinstance(wire, Mapping) or not isinstance(wire.get("RetryAttempts", 0), int):
        raise InvalidRequestError(shape.__name__, ["ResponseMetadata: expected what boto3 returns"])
    return ResponseMetadata(
        request_id=wire.get("RequestId"),
        http_status=wire.get("HTTPStatusCode", 200),
        headers=wire.get("HTTPHeaders", {}),
        attempts=wire.get("RetryAttempts", 0) + 1,
    )
