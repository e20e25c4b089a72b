"""Entry points of the codec: ``encode`` requests, ``decode`` responses, convert both from and to dicts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from cognito_async._codec.decoder import decoders, make_decoder, set_class
from cognito_async._codec.encoder import (
    LENIENT_PYTHON,
    LENIENT_TEXT,
    STRICT_JSON,
    STRICT_PYTHON,
    structure_encoder,
    unstructure,
)
from cognito_async._errors import InvalidRequestError
from cognito_async._errors.service import metadata_to_wire
from cognito_async._messages import safe_repr
from cognito_async._model import EmptyResponse, Request, Response, ResponseMetadata, Shape, set_metadata

ShapeT = TypeVar("ShapeT", bound=Shape)
ResponseT = TypeVar("ResponseT", bound=Response)


_NO_METADATA = ResponseMetadata()

_encode_json = msgspec.json.Encoder().encode


class UndecodableError(ValueError):
    """The body is not a JSON object; the message describes it without quoting it."""


def encode(request: Request[Any]) -> bytes:
    """Return the JSON body of a request.

    Raises:
        InvalidRequestError: A member is missing, of the wrong type or below its minimum.
    """
    return _json_bytes(unstructure(request, type(request), STRICT_JSON), type(request))


def _json_bytes(wire: dict[str, Any], shape: type[Shape]) -> bytes:
    try:
        return _encode_json(wire)
    except ValueError:  # the only check that msgspec makes
        raise InvalidRequestError(shape.__name__, ["a number has too many digits"]) from None


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
    value: Any = None
    try:
        value = msgspec.json.decode(body)
        is_malformed = False
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        is_malformed = True
    if is_malformed:
        value = _parse_leniently(body)  # here: the error above may hold the body
    if not isinstance(value, dict):
        kind = _JSON_KINDS.get(type(value), "a number")
        raise UndecodableError(f"the body is JSON, but {kind} instead of an object")
    return value


def _parse_leniently(body: bytes) -> Any:
    """Parse JSON that msgspec rejects: a malformed value is better than a lost response."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        pass  # it holds the body
    raise UndecodableError(f"the body is not JSON ({len(body)} bytes)")


_JSON_KINDS = {type(None): "null", list: "an array", str: "a string", bool: "a boolean"}


def from_wire(shape: type[ShapeT], wire: Mapping[str, Any], *, unknown: str) -> ShapeT:
    """Return a shape for its wire form, after validation.

    A response may lack any member that the service may omit.
    """
    from cognito_async._codec.lenient_decoder import structure  # noqa: PLC0415  cattrs is rarely needed

    if not hasattr(shape, "__attrs_attrs__"):
        raise InvalidRequestError(
            shape.__name__, ["has no members of its own; use one of cognito_async.types"]
        )
    if unknown not in ("error", "ignore"):
        raise InvalidRequestError(
            shape.__name__, [f'unknown= takes "error" or "ignore", got {safe_repr(unknown)}']
        )
    is_response = issubclass(shape, Response)
    rules = (LENIENT_PYTHON if is_response else STRICT_PYTHON)._replace(
        from_text=True, ignore_unknown=unknown == "ignore"
    )
    metadata = None
    if is_response and isinstance(wire, Mapping) and "ResponseMetadata" in wire:
        metadata = _metadata(shape, wire["ResponseMetadata"])
        wire = {key: value for key, value in wire.items() if key != "ResponseMetadata"}
    value = structure(unstructure(wire, shape, rules), shape)
    if metadata is not None:
        set_metadata(value, metadata)
    return value


def to_wire(value: Shape, *, json: bool = False) -> dict[str, Any]:
    """Return the wire form: the dicts of boto3, or what JSON can represent of them."""
    wire: dict[str, Any] = unstructure(value, type(value), LENIENT_TEXT if json else LENIENT_PYTHON)
    return wire


def to_json(value: Shape) -> str:
    """Return the wire form as a JSON document."""
    return _json_bytes(to_wire(value, json=True), type(value)).decode()


def response_to_wire(
    response: Response, *, json: bool = False, metadata: bool = False, as_received: bool = False
) -> dict[str, Any]:
    """Return the wire form of a response.

    Args:
        response: Response of the service.
        json: As in ``to_wire``.
        metadata: Whether to add boto3's ``ResponseMetadata``.
        as_received: Whether values of an unexpected type are kept; otherwise they are an error.
    """
    rules = (LENIENT_TEXT if json else LENIENT_PYTHON)._replace(keep_invalid=as_received)
    wire: dict[str, Any] = unstructure(response, type(response), rules)
    if metadata:
        source = response.response_metadata
        wire["ResponseMetadata"] = metadata_to_wire(
            source.request_id, source.http_status, source.headers, source.attempts
        )
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
