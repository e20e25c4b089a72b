"""What botocore and this client make of the same parameters and answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ParamValidationError
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from botocore.validate import ParamValidationDecorator, ParamValidator
from support.strategies import operation_model

from cognito_async import types
from cognito_async._codec.codec import decode, encode
from cognito_async._pipeline.error_response import service_error
from cognito_async.errors import InvalidRequestError

POOL = "eu-west-1_AbC123"
_serializer = ParamValidationDecorator(ParamValidator(), create_serializer("json"))
_parser = create_parser("json")


def _outcome(make: Callable[[], Any]) -> Any:
    """Return what comes out, the name of the exception if that is it."""
    try:
        return make()
    except Exception as error:  # noqa: BLE001  whatever comes is the outcome
        return type(error).__name__


def sent(operation: str, parameters: dict[str, Any]) -> tuple[Any, Any]:
    """Return what both would send."""
    model = operation_model(operation)
    request = getattr(types, f"{operation}Request")
    return (
        _outcome(lambda: json.loads(_serializer.serialize_to_request(parameters, model)["body"])),
        _outcome(lambda: json.loads(encode(request.from_wire(parameters)))),
    )


def refused(operation: str, parameters: dict[str, Any], secret: str) -> tuple[bool, bool]:
    """Say whether the errors of both quote a secret."""
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


def read(operation: str, body: bytes, show: Callable[[Any], Any] = lambda answer: answer) -> tuple[Any, Any]:
    """Return what both make of a successful answer; ours as it is shown."""

    def theirs() -> Any:
        answer = {"body": body, "headers": {}, "status_code": 200}
        parsed = _parser.parse(answer, operation_model(operation).output_shape)
        return {key: value for key, value in parsed.items() if key != "ResponseMetadata"}

    shape = getattr(types, f"{operation}Request").operation.response
    return _outcome(theirs), _outcome(lambda: show(decode(shape, body)))


def failed(body: bytes, status: int = 400, **headers: str) -> tuple[Any, Any]:
    """Return code and message as both understand an answer that is an error."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}

    def theirs() -> Any:
        answer = {"body": body, "headers": names, "status_code": status}
        error = _parser.parse(answer, operation_model("AdminGetUser").output_shape)["Error"]
        return error["Code"], error["Message"]

    def ours() -> Any:
        error = service_error("AdminGetUser", status=status, headers=names, body=body, attempts=1)
        return error.code, error.message

    return _outcome(theirs), _outcome(ours)


def documents(number: float) -> tuple[Any, Any]:
    parameters = {"UserPoolId": POOL, "ClientId": "c", "Settings": {"a": number}}
    model = operation_model("CreateManagedLoginBranding")
    body = _serializer.serialize_to_request(parameters, model)["body"]
    return repr(body[-10:-2]), sent("CreateManagedLoginBranding", parameters)[1]


def zones(theirs: Any, ours: Any) -> tuple[str, str]:
    moment = theirs["Users"][0]["UserCreateDate"]
    if moment != ours:
        return f"{moment}", f"{ours}"
    return type(moment.tzinfo).__name__, type(ours.tzinfo).__name__
