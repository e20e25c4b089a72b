"""Answers that are prepared for a stub, and how they look as HTTP."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple, TypeAlias, TypeVar

import msgspec

from cognito_async import types
from cognito_async._errors import ServiceError, TransportError
from cognito_async._expectation import AS_JSON, Expectation
from cognito_async._model import Request, Response
from cognito_async._protocol import Reply
from cognito_async._signer import BODY_TYPE
from cognito_async._writing import write

Answer: TypeAlias = Response | ServiceError | TransportError
RequestT = TypeVar("RequestT", bound=Request[Any])

_STATUSES = {
    "ForbiddenException": HTTPStatus.FORBIDDEN,
    "InternalErrorException": HTTPStatus.INTERNAL_SERVER_ERROR,
    "InternalServerException": HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""Of the errors that do not come with 400: a firewall's refusal, and what the model marks as faults."""


class Prepared(NamedTuple):
    """An answer, for what, and how often."""

    answer: Answer | Callable[[Any], Answer]
    expected: Expectation
    times: int | None
    """None for any number."""

    def answer_to(self, request: Request[Any]) -> Answer:
        """Return the answer, or what the function in its place makes of the request."""
        answer = self.answer
        if not callable(answer):
            return answer
        try:
            answer = answer(request)
        except (ServiceError, TransportError) as error:
            answer = error
        check(answer, type(request))
        return answer

    def __str__(self) -> str:
        name = type(self.answer).__name__
        if callable(self.answer):
            name = f"what {getattr(self.answer, '__name__', name)} returns"
        return f"{name} to {self.expected}"


def request_of(answer: Response) -> type[Request[Any]]:
    """Class of the request that a response answers."""
    name = type(answer).__name__
    request: type[Request[Any]] | None = getattr(types, f"{name.removesuffix('Response')}Request", None)
    if request is None:
        raise TypeError(f"{name} answers more than one operation: say which, such as to=DeleteUserRequest")
    return request


def check(answer: object, request: type[Request[Any]] | None) -> None:
    """Refuse what is no answer, belongs to another operation or cannot be sent."""
    if not isinstance(answer, Answer):
        name = f"the class {answer.__name__}" if isinstance(answer, type) else type(answer).__name__
        raise TypeError(f"expected a response, an error or a function that returns one of these, got {name}")
    if isinstance(answer, TransportError):
        return
    if request is not None and isinstance(answer, Response):
        expected = request.operation.response
        if type(answer) is not expected:
            raise TypeError(
                f"{request.operation.name} answers with {expected.__name__}, not {type(answer).__name__}"
            )
    reply(answer, "")


def reply(answer: Response | ServiceError, request_id: str) -> Reply:
    """The HTTP answer as the service would send it; what the answer says of status and headers counts."""
    if isinstance(answer, Response):
        metadata = answer.response_metadata
        status, given, more = metadata.http_status, metadata.request_id, metadata.headers
        body = write(answer, type(answer), AS_JSON)
    else:
        status, given, more = answer.status, answer.request_id, answer.headers
        if status == HTTPStatus.BAD_REQUEST:
            status = _STATUSES.get(answer.code, status)
        body = {**answer.members, "__type": answer.code, "message": answer.message}
    headers = {"content-type": BODY_TYPE, "x-amzn-requestid": given or request_id, **more}
    return Reply(status, headers, msgspec.json.encode(body))
