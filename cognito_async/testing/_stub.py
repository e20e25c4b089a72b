"""``StubTransport``: stubbed responses in place of the network, and a record of the requests."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self

from multidict import CIMultiDict

from cognito_async import types
from cognito_async._codec.codec import json_object
from cognito_async._codec.lenient_decoder import structure
from cognito_async._errors import TransportError
from cognito_async._http.headers import TARGET, Headers
from cognito_async._model import Request, Response
from cognito_async._uncopyable import Uncopyable
from cognito_async.client import CognitoClient
from cognito_async.testing._client import isolated_client
from cognito_async.testing._matching import RequestMatcher, short_repr
from cognito_async.testing._responses import RequestT, Stub, StubbedResponse, check, http_response, request_of
from cognito_async.transport import HTTPRequest, HTTPResponse


class SentRequest(NamedTuple):
    """A request that reached the transport."""

    request: Request[Any]
    """The request as an object of ``cognito_async.types``, decoded from its JSON."""

    headers: Mapping[str, str]
    """All headers of the request; names in lower case, lookup ignores case."""

    @property
    def signed(self) -> bool:
        """Whether it was signed with AWS credentials."""
        return "authorization" in self.headers

    def __repr__(self) -> str:
        return f"SentRequest({short_repr(self.request)}, {'signed' if self.signed else 'not signed'})"


class StubTransport(Uncopyable):
    """A transport without network, which returns stubbed responses and records the requests.

    A call without a matching response raises an ``AssertionError``, which is raised again at the end of a
    ``with`` block, in case the tested code has caught it. The same applies to unexpected errors of a response
    function.

    Args:
        in_order: Whether calls must come in the order of the responses. If not, each call gets the first
            matching response that is not used up.
    """

    _instead = "it records the requests of its clients. Create a stub in each test and each process"

    def __init__(self, *, in_order: bool = True) -> None:
        self.in_order = in_order
        self.sent: list[SentRequest] = []
        """All requests so far, in order; each retry counts."""

        self._stubs: list[StubbedResponse] = []
        self._used: list[int] = []
        self._failures: list[str] = []

    @property
    def requests(self) -> list[Request[Any]]:
        """The requests of ``sent`` alone, to compare with a list of request objects."""
        return [sent.request for sent in self.sent]

    def add(
        self,
        response: Stub | Callable[[RequestT], Stub],
        *,
        to: type[RequestT] | RequestT | None = None,
        having: Mapping[str, Any] | None = None,
        times: int | None = 1,
    ) -> None:
        """Add a stubbed response.

        Args:
            response: A response; an error of the service, which is returned as the service would return it; a
                ``TransportError``, which is raised; or a function that takes the request object and returns
                or raises one of these.
            to: Requests it is for: the class of a request, or a request object to be equal to. Without
                ``to``, a response is for the requests of its operation, and anything else for any request.
            having: Members that the request must have, by their Python names; its other members do not
                matter.
            times: Number of requests that get this response, including retries; None for any number, also 0.

        Raises:
            TypeError: ``response`` is not a response, or not one of this operation.
            ValueError: ``times`` is below 1, or ``having`` names a member that the request does not have.
            InvalidRequestError: A member of the response or of the expected request is of the wrong type.
        """
        if times is not None and times < 1:
            raise ValueError(f"times={times}: expected a number of at least 1, or None for any")
        kind = request_of(response) if to is None and isinstance(response, Response) else None
        matcher = RequestMatcher.create(to or kind, having)
        if isinstance(response, type) or not callable(response):
            check(response, matcher.kind)  # raises here, and not in the call
        self._stubs.append(StubbedResponse(response, matcher, times))
        self._used.append(0)

    def client(self, **settings: Any) -> CognitoClient:
        """Return a client that sends through this transport; it needs neither environment nor shared files.

        It does not wait between attempts. Everything else is unchanged: a throttled call is sent three times.

        Args:
            settings: Arguments of ``CognitoClient``, such as ``retry_mode="off"``. By default the region is
                eu-west-1 and the credentials are dummies.
        """
        return isolated_client({"region": "eu-west-1", "transport": self, **settings}, sleep=do_not_wait)

    def assert_all_used(self) -> None:
        """Raise an AssertionError if a call got no response, or a response was not used ``times`` times."""
        if self._failures:
            raise AssertionError("\n".join(self._failures))
        unused = [
            line
            for line, stub, used in zip(self._lines(), self._stubs, self._used, strict=True)
            if stub.times not in (None, used)
        ]
        if unused:
            raise AssertionError(_sections({"not all responses were used": unused}))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:  # otherwise the error of the block is more useful
            self.assert_all_used()

    # The Transport protocol

    async def prepare(self, url: str) -> None:
        """Do nothing; there is nothing to prepare."""

    async def send(
        self,
        request: HTTPRequest,
        *,
        timeout: float | None,  # noqa: ARG002, ASYNC109  responses take no time
        resend: bool,  # noqa: ARG002  there are no connections
    ) -> HTTPResponse:
        """Record a request and return its stubbed response."""
        await asyncio.sleep(0)  # let other tasks run, as a network would
        target = request.headers.get(TARGET)
        if target is None:
            text = f"{request.method} {request.url} is not a call of the user pools API"
            self._failures.append(text)
            raise AssertionError(text)
        operation = target.rpartition(".")[2]
        decoded = structure(json_object(request.body), getattr(types, f"{operation}Request"))
        self.sent.append(SentRequest(decoded, Headers(CIMultiDict(request.headers))))
        response = self._response_to(decoded)
        if isinstance(response, TransportError):
            raise copy.copy(response)  # the client sets its attributes
        return http_response(response, f"stub-{len(self.sent)}")

    async def close(self) -> None:
        """Do nothing; another client may use the stub."""

    def _response_to(self, request: Request[Any]) -> Stub:
        """Return the response for a request, and count it as used."""
        reasons: list[str] = []
        for index, stub in enumerate(self._stubs):
            if self._used[index] == stub.times:
                continue
            differences = stub.matcher.differences(request)
            if not differences:
                self._used[index] += 1
                try:
                    return stub.response_to(request)
                except Exception as error:
                    failure = {"no response from": [f"{stub}"], "error": [f"{type(error).__name__}: {error}"]}
                    self._failures.append(_sections(failure))
                    raise
            reasons += [f"{index + 1}. {difference}" for difference in differences]
            if self.in_order and stub.times is not None:
                break
        text = _sections(
            {
                "no stubbed response matches": [short_repr(request)],
                "because": reasons or ["all are used"],
                "stubbed": self._lines() or ["nothing"],
            }
        )
        self._failures.append(text)
        raise AssertionError(text)

    def _lines(self) -> list[str]:
        """Return the stubbed responses for messages, one per line."""
        return [
            f"{index + 1}. {stub}, used {self._used[index]} of {stub.times or 'any number'}"
            for index, stub in enumerate(self._stubs)
        ]


def _sections(sections: Mapping[str, list[str]]) -> str:
    return "\n".join("\n  ".join([f"{title}:", *lines]) for title, lines in sections.items())


async def do_not_wait(_seconds: float) -> None:
    """Let other tasks run between two attempts, without a delay."""
    await asyncio.sleep(0)
