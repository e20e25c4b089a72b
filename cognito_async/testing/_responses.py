"""Stubbed responses, and their HTTP form."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple, TypeAlias, TypeVar

import msgspec

from cognito_async import types
from cognito_async._codec.encoder import unstructure
from cognito_async._errors import ServiceError, TransportError
from cognito_async._http.headers import BODY_TYPE
from cognito_async._model import Request, Response
from cognito_async.testing._matching import LENIENT_JSON, RequestMatcher
from cognito_async.transport import HTTPResponse

Stub: TypeAlias = Response | ServiceError | TransportError
"""A response to return, or an error to return or raise in its place."""

RequestT = TypeVar("RequestT", bound=Request[Any])

_STATUSES = {
    "ForbiddenException": HTTPStatus.FORBIDDEN,
    "InternalErrorException": HTTPStatus.INTERNAL_SERVER_ERROR,
    "InternalServerException": HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""Status of the errors without status 400: that of a firewall, and those that the model marks as faults."""


class StubbedResponse(NamedTuple):
    """A response, the requests it is for, and how often it is used."""

    response: Stub | Callable[[Any], Stub]
    matcher: RequestMatcher
    times: int | None
    """None for any number."""

    def response_to(self, request: Request[Any]) -> Stub:
        """Return the response; a function in its place is called with the request."""
        response = self.response
        if not callable(response):
            return response
        try:
            response = response(request)
        except (ServiceError, TransportError) as error:
            response = error
        check(response, type(request))
        return response

    def __str__(self) -> str:
        name = type(self.response).__name__
        if callable(self.response):
            name = f"result of {getattr(self.response, '__name__', name)}"
        return f"{name} to {self.matcher}"


def request_of(response: Response) -> type[Request[Any]]:
    """Return the class of the request that a response belongs to."""
    name = type(response).__name__
    request: type[Request[Any]] | None = getattr(types, f"{name.removesuffix('Response')}Request", None)
    if request is None:
        raise TypeError(f"{name} belongs to more than one operation: name one, such as to=DeleteUserRequest")
    return request


def check(response: object, request: type[Request[Any]] | None) -> None:
    """Raise TypeError for an object that is not a response, or not one of this operation."""
    if not isinstance(response, Stub):
        name = f"the class {response.__name__}" if isinstance(response, type) else type(response).__name__
        raise TypeError(f"expected a response, an error or a function that returns one of these, got {name}")
    if isinstance(response, TransportError):
        return
    if request is not None and isinstance(response, Response):
        expected = request.operation.response
        if type(response) is not expected:
            raise TypeError(
                f"{request.operation.name} returns {expected.__name__}, not {type(response).__name__}"
            )
    http_response(response, "")


def http_response(response: Response | ServiceError, request_id: str) -> HTTPResponse:
    """Return the HTTP response that the service would send; status and headers of ``response`` are kept."""
    if isinstance(response, Response):
        metadata = response.response_metadata
        status, own_id, own_headers = metadata.http_status, metadata.request_id, metadata.headers
        body = unstructure(response, type(response), LENIENT_JSON)
    else:
        status, own_id, own_headers = response.status, response.request_id, response.headers
        if status == HTTPStatus.BAD_REQUEST:
            status = _STATUSES.get(response.code, status)
        body = {**response.members, "__type": response.code, "message": response.message}
    headers = {"content-type": BODY_TYPE, "x-amzn-requestid": own_id or request_id, **own_headers}
    return HTTPResponse(status, headers, msgspec.json.encode(body))
