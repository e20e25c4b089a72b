"""For tests of code that calls Cognito: a transport that answers as told, and an emulator on this machine.

::

    async def test_greets_by_name() -> None:
        with StubTransport() as stub:
            stub.add(AdminGetUserResponse.from_wire({"Username": "ana"}))
            assert await greeting(stub.client(), "ana") == "Hello, ana!"

Requests are checked, signed, retried and read as ever; only the network is left out. The pytest fixtures
``cognito_stub`` and ``cognito_emulator`` come with the package.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self

from multidict import CIMultiDict

from cognito_async import types
from cognito_async._canned import Answer, Prepared, RequestT, check, reply, request_of
from cognito_async._codec import json_object
from cognito_async._errors import TransportError
from cognito_async._expectation import Expectation, brief
from cognito_async._headers import TARGET, Headers
from cognito_async._made_up import made_up_client
from cognito_async._model import Request, Response
from cognito_async._moto_server import MotoServer
from cognito_async._protocol import Reply
from cognito_async._reading import read
from cognito_async.client import CognitoClient

__all__ = ["MotoServer", "SentRequest", "StubTransport"]


class SentRequest(NamedTuple):
    """A request that reached the transport."""

    request: Request[Any]
    """The request as an object of ``cognito_async.types``, read back from its JSON."""

    headers: Mapping[str, str]
    """All that were sent; names in lower case, looked up in any."""

    @property
    def signed(self) -> bool:
        """Whether it was signed with AWS credentials."""
        return "authorization" in self.headers

    def __repr__(self) -> str:
        return f"SentRequest({brief(self.request)}, {'signed' if self.signed else 'not signed'})"


class StubTransport:
    """A transport without network that gives prepared answers and keeps the requests.

    What does not fit raises an ``AssertionError`` in the call, and again at the end of a ``with`` block, in
    case that the tested code has caught it. The same goes for what a function raises that is no answer.

    Args:
        in_order: Whether calls have to come in the order of the answers. Else each call gets the first
            answer that fits it and is left.
    """

    def __init__(self, *, in_order: bool = True) -> None:
        self.in_order = in_order
        self.sent: list[SentRequest] = []
        """Every request so far, in order; a retried one counts as often as it was sent."""

        self._prepared: list[Prepared] = []
        self._used: list[int] = []
        self._failures: list[str] = []

    @property
    def requests(self) -> list[Request[Any]]:
        """The requests of ``sent`` alone, to compare them with a list of request objects."""
        return [sent.request for sent in self.sent]

    def add(
        self,
        answer: Answer | Callable[[RequestT], Answer],
        *,
        to: type[RequestT] | RequestT | None = None,
        having: Mapping[str, Any] | None = None,
        times: int | None = 1,
    ) -> None:
        """Prepare an answer.

        Args:
            answer: A response; an error of the service, which is sent as the service would send it; a
                ``TransportError``, which is raised as if there were no answer; or a function that takes the
                request object and returns or raises one of these.
            to: For which calls: the class of the request, or a request object that has to be equal. What is
                no response and has no ``to`` is for any call.
            having: Members that the request has to have, by their name in Python, whatever else it has.
            times: How many requests get this answer, retries included; None for any number, also none.

        Raises:
            TypeError: The answer is none, or not one of this operation.
            ValueError: ``times`` is below 1, or ``having`` names what the request has not.
            InvalidRequestError: A member of the answer or of what is expected is of the wrong type.
        """
        if times is not None and times < 1:
            raise ValueError(f"times={times}: expected a number of at least 1, or None for any")
        kind = request_of(answer) if to is None and isinstance(answer, Response) else None
        expected = Expectation.of(to or kind, having)
        if isinstance(answer, type) or not callable(answer):
            check(answer, expected.kind)  # what cannot be sent shows here and not in the call
        self._prepared.append(Prepared(answer, expected, times))
        self._used.append(0)

    def client(self, **settings: Any) -> CognitoClient:
        """Make a client that sends through this transport; it needs neither environment nor files.

        It does not wait between attempts. All else is as ever, so a throttled call is tried three times.

        Args:
            settings: Arguments of ``CognitoClient``, such as ``retry_mode="off"``; the region is eu-west-1
                and the credentials are made up unless they are given.
        """
        return made_up_client({"region": "eu-west-1", "transport": self, **settings}, sleep=_do_not_wait)

    def assert_all_used(self) -> None:
        """Raise an AssertionError if a call got no answer or an answer was used less often than it is for."""
        if self._failures:
            raise AssertionError("\n".join(self._failures))
        left = [
            line
            for line, prepared, used in zip(self._listed(), self._prepared, self._used, strict=True)
            if prepared.times not in (None, used)
        ]
        if left:
            raise AssertionError(_sections({"not all answers were used": left}))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:  # else that one says more
            self.assert_all_used()

    # What a client asks of a transport

    async def prepare(self, url: str) -> None:
        """Nothing to get ready."""

    async def post(
        self,
        url: str,  # noqa: ARG002  nothing is sent there
        headers: Mapping[str, str],
        body: bytes,
        *,
        seconds: float | None,  # noqa: ARG002  answers take no time
        resend: bool,  # noqa: ARG002  there are no connections
    ) -> Reply:
        """Keep a request and give the answer that was prepared for it."""
        await asyncio.sleep(0)  # other tasks get their turn, as with a network
        operation = headers[TARGET].rpartition(".")[2]
        request = read(json_object(body), getattr(types, f"{operation}Request"))
        self.sent.append(SentRequest(request, Headers(CIMultiDict(headers))))
        answer = self._take(request)
        if isinstance(answer, TransportError):
            raise copy.copy(answer)  # the client notes on it what it tried
        return reply(answer, f"stub-{len(self.sent)}")

    async def close(self) -> None:
        """Nothing to let go of; the stub may go on with another client."""

    def _take(self, request: Request[Any]) -> Answer:
        """Choose the answer for a request, and count it as used."""
        reasons: list[str] = []
        for index, prepared in enumerate(self._prepared):
            if self._used[index] == prepared.times:
                continue
            problems = prepared.expected.problems(request)
            if not problems:
                self._used[index] += 1
                try:
                    return prepared.answer_to(request)
                except Exception as error:
                    made = {"no answer came of": [f"{prepared}"], "why": [f"{type(error).__name__}: {error}"]}
                    self._failures.append(_sections(made))
                    raise
            reasons += [f"{index + 1}. {problem}" for problem in problems]
            if self.in_order and prepared.times is not None:
                break
        text = _sections(
            {
                "no prepared answer fits": [brief(request)],
                "why": reasons or ["all are used"],
                "prepared": self._listed() or ["nothing"],
            }
        )
        self._failures.append(text)
        raise AssertionError(text)

    def _listed(self) -> list[str]:
        """The prepared answers for messages, a line each."""
        return [
            f"{index + 1}. {prepared}, used {self._used[index]} of {prepared.times or 'any number'}"
            for index, prepared in enumerate(self._prepared)
        ]


def _sections(sections: Mapping[str, list[str]]) -> str:
    return "\n".join("\n  ".join([f"{title}:", *lines]) for title, lines in sections.items())


async def _do_not_wait(_seconds: float) -> None:
    """Between attempts, let other tasks have their turn."""
    await asyncio.sleep(0)
