"""The service of a fake pool: HTTP requests in, HTTP responses out."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

import msgspec

from cognito_async import types
from cognito_async._http.headers import BODY_TYPE
from cognito_async._model import EmptyResponse
from cognito_async.testing._fake_pool.faults import FaultError
from cognito_async.testing._fake_pool.oauth import OAuth
from cognito_async.testing._fake_pool.operations import OPERATIONS
from cognito_async.testing._fake_pool.requests import Incoming, ReceivedRequest, check, receive
from cognito_async.testing._fake_pool.state import State
from cognito_async.transport import HTTPRequest, HTTPResponse

JWKS_PATH = "/.well-known/jwks.json"


class Service:
    """Answers HTTP requests, one at a time, from any thread."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.requests: list[ReceivedRequest] = []
        self.jwks_requests = 0
        self.oauth = OAuth(state, self.requests)
        self._lock = threading.Lock()

    def respond(self, request: HTTPRequest, path: str) -> HTTPResponse:
        """Return the response to a request for a path."""
        with self._lock:
            if request.method == "POST" and path == "/":
                return self._operation(request)
            if request.method == "GET" and path == f"/{self.state.settings.pool_id}{JWKS_PATH}":
                self.jwks_requests += 1
                return self._response(HTTPStatus.OK, self.state.keys.jwks(), "application/json")
            if (response := self.oauth.respond(request, path)) is not None:
                return response
            return self._response(
                HTTPStatus.NOT_FOUND, {"message": f"no {request.method} {path}"}, "application/json"
            )

    def _operation(self, http: HTTPRequest) -> HTTPResponse:
        try:
            request, body = self._result(http)
        except FaultError as fault:
            error = {"__type": fault.code, "message": fault.message}
            return self._response(HTTPStatus.BAD_REQUEST, error, BODY_TYPE, fault.code)
        if getattr(types, f"{request.operation}Request").operation.response is EmptyResponse:
            return self._response(HTTPStatus.OK, None, BODY_TYPE)
        return self._response(HTTPStatus.OK, body, BODY_TYPE)

    def _result(self, http: HTTPRequest) -> tuple[Incoming, Mapping[str, Any]]:
        request = receive(http.headers, http.body)
        self.requests.append(request)
        operation = OPERATIONS.get(request.operation)
        if operation is None:
            raise FaultError(
                "UnknownOperationException", f"FakeUserPool has no operation {request.operation}"
            )
        check(request, strict=self.state.settings.strict)
        return request, operation(self.state, request)

    def _response(
        self, status: int, body: Mapping[str, Any] | None, content_type: str, error: str | None = None
    ) -> HTTPResponse:
        headers = {
            "content-type": content_type,
            "date": formatdate(self.state.clock.time(), usegmt=True),
            "x-amzn-requestid": str(uuid.uuid4()),
        }
        if error is not None:
            headers["x-amzn-errortype"] = f"{error}:"
        return HTTPResponse(status, headers, b"" if body is None else msgspec.json.encode(body))
