"""Entry points of the codec: ``encode`` requests, ``decode`` responses, ``from_wire`` and ``to_wire``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from cognito_async._codec.decoder import decoders, make_decoder, set_class
from cognito_async._codec.encoder import (
    LENIENT_PYTHON,
    STRICT_JSON,
    STRICT_PYTHON,
    structure_encoder,
    unstructure,
)
from cognito_async._errors import InvalidRequestError
from cognito_async._model import EmptyResponse, Request, Response, ResponseMetadata, Shape, set_metadata

ShapeT = TypeVar("ShapeT", bound=Shape)
ResponseT = TypeVar("ResponseT", bound=Response)


_NO_METADATA = ResponseMetadata()

_to_json = msgspec.json.Encoder().encode


class UndecodableError(ValueError):
    """The body is not a JSON object; the message describes it without quoting it."""


def encode(request: Request[Any]) -> bytes:
    """Return the JSON body of a request.

    Raises:
        InvalidRequestError: A member is missing, of the wrong type or below its minimum.
    """
    wire = unstructure(request, type(request), STRICT_JSON)
    try:
        return _to_json(wire)
    except ValueError:  # the only check that msgspec makes
        raise InvalidRequestError(type(request).__name__, ["a number has too many digits"]) from None


def prepare(shape: Any) -> None:
    """Build the encoder of a request or the decoder of a response before its first use."""
    if issubclass(shape, Request):
        structure_encoder(shape, STRICT_JSON)
    elif shape not in decoders and shape is not EmptyResponse:
        make_decoder(shape)


def decode(shape: type[ResponseT], body: bytes, metadata: ResponseMetadata = _NO_METADATA) -> ResponseT:
    """Return the response for the body of a successful HTTP response; it carries ``metadata``.

    Raises:
        UndecodableError: The body is not a JSON object.
    """
    response = decode_strictly(shape, body, metadata)
    return decode_leniently(shape, body, metadata) if response is None else response


def decode_strictly(shape: type[ResponseT], body: bytes, metadata: ResponseMetadata) -> ResponseT | None:
    """Return the response if all its values are of the expected types, else None.

    Raises:
        UndecodableError: The operation has no output, and the body is not a JSON object.
    """
    if shape is EmptyResponse:
        json_object(body or b"{}")
        return shape(response_metadata=metadata)
    try:
        response: ResponseT = (decoders.get(shape) or make_decoder(shape)).decode(body or b"{}")
        set_class(response, shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # ValidationError is a DecodeError
        return None
    set_metadata(response, metadata)
    return response


def decode_leniently(shape: type[ResponseT], body: bytes, metadata: ResponseMetadata) -> ResponseT:
    """Return the response with values of unexpected types kept as they are.

    Raises:
        UndecodableError: The body is not a JSON object.
    """
    from cognito_async._codec.lenient_decoder import structure  # noqa: PLC0415  cattrs is rarely needed

    response = structure(json_object(body), shape)
    set_metadata(response, metadata)
    return response


def json_object(body: bytes) -> dict[str, Any]:
    """Parse a JSON object.

    Raises:
        UndecodableError: The body is not a JSON object.
    """
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        value = _parse_leniently(body)
    if not isinstance(value, dict):
        kind = _JSON_KINDS.get(type(value), "a number")
        raise UndecodableError(f"the body is JSON, but {kind} instead of an object")
    return value


def _parse_leniently(body: bytes) -> Any:
    """Parse JSON that msgspec rejects: a malformed value is better than a lost response."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise UndecodableError(f"the body is not JSON ({len(body)} bytes)") from None


_JSON_KINDS = {type(None): "null", list: "an array", str: "a string", bool: "a boolean"}


def from_wire(shape: type[ShapeT], wire: Mapping[str, Any]) -> ShapeT:
    """Return a shape for the dicts that boto3 accepts and returns, after validation.

    A response may lack any member that the service may omit.
    """
    from cognito_async._codec.lenient_decoder import structure  # noqa: PLC0415  cattrs is rarely needed

    if not hasattr(shape, "__attrs_attrs__"):
        raise InvalidRequestError(
            shape.__name__, ["has no members of its own; use one of cognito_async.types"]
        )
    if not issubclass(shape, Response):
        return structure(unstructure(wire, shape, STRICT_PYTHON), shape)
    metadata = None
    if isinstance(wire, Mapping) and "ResponseMetadata" in wire:
        metadata = _metadata(shape, wire["ResponseMetadata"])
        wire = {key: value for key, value in wire.items() if key != "ResponseMetadata"}
    response = structure(unstructure(wire, shape, LENIENT_PYTHON), shape)
    if metadata is not None:
        set_metadata(response, metadata)
    return response


def to_wire(value: Shape) -> dict[str, Any]:
    """Return the dicts that boto3 accepts and returns."""
    wire: dict[str, Any] = unstructure(value, type(value), LENIENT_PYTHON)
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
