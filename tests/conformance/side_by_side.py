"""The same parameters and responses, processed by botocore and by this client."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ParamValidationError
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from botocore.validate import ParamValidationDecorator, ParamValidator

from cognito_async import types
from cognito_async._codec.codec import decode, encode
from cognito_async._pipeline.error_response import service_error
from cognito_async.errors import InvalidRequestError
from support.strategies import operation_model

POOL = "eu-west-1_AbC123"
_serializer = ParamValidationDecorator(ParamValidator(), create_serializer("json"))
_parser = create_parser("json")


def _outcome(make: Callable[[], Any]) -> Any:
    """Return the result of a function, or the name of its exception."""
    try:
        return make()
    except Exception as error:  # noqa: BLE001  any exception is an outcome
        return type(error).__name__


def sent_bodies(operation: str, parameters: dict[str, Any]) -> tuple[Any, Any]:
    """Return the request bodies of botocore and of this client."""
    model = operation_model(operation)
    request = getattr(types, f"{operation}Request")
    return (
        _outcome(lambda: json.loads(_serializer.serialize_to_request(parameters, model)["body"])),
        _outcome(lambda: json.loads(encode(request.from_wire(parameters)))),
    )


def secret_in_errors(operation: str, parameters: dict[str, Any], secret: str) -> tuple[bool, bool]:
    """Return whether the validation errors of botocore and of this client contain a secret."""
    texts = []
    for attempt in (
        lambda: _serializer.serialize_to_request(parameters, operation_model(operation)),
        lambda: getattr(types, f"{operation}Request").from_wire(parameters),
    ):
        try:
            attempt()
        except (ParamValidationError, InvalidRequestError) as error:
            texts.append(str(error))
    theirs, ours = texts
    return secret in theirs, secret in ours


def parsed_responses(
    operation: str, body: bytes, select: Callable[[Any], Any] = lambda response: response
) -> tuple[Any, Any]:
    """Return a successful response as parsed by botocore, and the selected part as parsed by this client."""

    def theirs() -> Any:
        response = {"body": body, "headers": {}, "status_code": 200}
        parsed = _parser.parse(response, operation_model(operation).output_shape)
        return {key: value for key, value in parsed.items() if key != "ResponseMetadata"}

    shape = getattr(types, f"{operation}Request").operation.response
    return _outcome(theirs), _outcome(lambda: select(decode(shape, body)))


def parsed_errors(body: bytes, status: int = 400, **headers: str) -> tuple[Any, Any]:
    """Return code and message of an error response, as parsed by botocore and by this client."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}

    def theirs() -> Any:
        response = {"body": body, "headers": names, "status_code": status}
        error = _parser.parse(response, operation_model("AdminGetUser").output_shape)["Error"]
        return error["Code"], error["Message"]

    def ours() -> Any:
        error = service_error("AdminGetUser", status=status, headers=names, body=body, attempts=1)
        return error.code, error.message

    return _outcome(theirs), _outcome(ours)


def sent_documents(number: float) -> tuple[Any, Any]:
    """Return the end of botocore's body for a document with a number, and the outcome of this client."""
    parameters = {"UserPoolId": POOL, "ClientId": "c", "Settings": {"a": number}}
    model = operation_model("CreateManagedLoginBranding")
    body = _serializer.serialize_to_request(parameters, model)["body"]
    return repr(body[-10:-2]), sent_bodies("CreateManagedLoginBranding", parameters)[1]


def time_zones(theirs: Any, ours: Any) -> tuple[str, str]:
    """Return the types of both time zones if the instants are equal, else the times."""
    moment = theirs["Users"][0]["UserCreateDate"]
    if moment != ours:
        return f"{moment}", f"{ours}"
    return type(moment.tzinfo).__name__, type(ours.tzinfo).__name__
