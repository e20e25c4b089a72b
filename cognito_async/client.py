"""The client: its lifetime, and the way of a request to the service and back."""

from __future__ import annotations

import os
import platform
import time
from functools import cache, cached_property
from http import HTTPStatus
from types import TracebackType
from typing import Self

from cognito_async._codec import UndecodableError, decode, encode
from cognito_async._errors import InvalidRequestError, InvalidResponseError, service_error
from cognito_async._model import Operation, Request, ResponseMetadata, ResponseT_co, set_metadata
from cognito_async._signer import CONTENT_TYPE, Endpoint, sign
from cognito_async._transport import AiohttpTransport, Reply, Transport
from cognito_async._version import __version__
from cognito_async.config import resolve_config
from cognito_async.credentials import Credentials, CredentialsProvider, provider_of
from cognito_async.endpoints import SIGNING_NAME, TARGET_PREFIX
from cognito_async.operations import AllOperations


class CognitoClient(AllOperations):
    """Amazon Cognito user pools.

    One client serves a whole application: it is safe to share between tasks and keeps its connections
    open. Use it with ``async with``, or make it anywhere and ``await client.close()`` at the end; making
    one does no I/O.

    Args:
        region: Region of the user pools, such as ``eu-west-1``; else ``AWS_REGION`` or
            ``AWS_DEFAULT_REGION``.
        credentials: What signs requests, or a coroutine function that returns it; else
            ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY`` and ``AWS_SESSION_TOKEN``. Sign-up, sign-in
            and the operations of signed-in users need none.
        endpoint_url: Another endpoint than the region's, such as that of an emulator.
        max_connections: Connections open at one time; further calls wait for one.

    Raises:
        ConfigurationError: A value cannot be right. A missing region shows at the first call.
    """

    def __init__(
        self,
        *,
        region: str | None = None,
        credentials: Credentials | CredentialsProvider | None = None,
        endpoint_url: str | None = None,
        max_connections: int = 50,
    ) -> None:
        self._config = resolve_config(
            region=region,
            endpoint_url=endpoint_url,
            max_connections=max_connections,
            environment=os.environ,
        )
        self._credentials = provider_of(credentials, os.environ)
        self._transport: Transport = AiohttpTransport(self._config)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection. Later calls raise ``ClientClosedError``; closing twice is fine."""
        await self._transport.close()

    async def send(self, request: Request[ResponseT_co]) -> ResponseT_co:
        """Send a request object and return its response; every operation's method ends here.

        Raises:
            InvalidRequestError: A member is missing or of the wrong type; nothing was sent.
            ConfigurationError: No region is set.
            CredentialsError: The operation is signed and there are no credentials.
            ServiceError: The service answered with an error; see ``cognito_async.errors``.
            TransportError: No answer came.
            InvalidResponseError: The answer is not one of this API.
        """
        if not isinstance(request, Request):
            raise InvalidRequestError("send", [f"expected a request, got {type(request).__name__}"])
        operation = request.operation
        body = encode(request)
        headers = self._headers(operation)
        if operation.signed:
            headers |= sign(
                endpoint=self._endpoint,
                region=self._config.signing_region,
                service=SIGNING_NAME,
                target=headers["X-Amz-Target"],
                body=body,
                credentials=await self._credentials(),
                now=time.time(),
            )
        reply = await self._transport.post(self._endpoint.url, headers, body)
        return _read(type(request), reply)

    @cached_property
    def _endpoint(self) -> Endpoint:
        return Endpoint.of(self._config.url)

    def _headers(self, operation: Operation) -> dict[str, str]:
        return {
            "Host": self._endpoint.host,
            "Accept-Encoding": "identity",
            "X-Amz-Target": f"{TARGET_PREFIX}.{operation.name}",
            "Content-Type": CONTENT_TYPE,
            "User-Agent": user_agent(),
        }


def _read(request: type[Request[ResponseT_co]], reply: Reply) -> ResponseT_co:
    """Turn an answer into a response, or raise what it says."""
    operation, attempts = request.operation, 1
    if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
        raise service_error(
            operation.name,
            status=reply.status,
            headers=reply.headers,
            body=reply.body,
            attempts=attempts,
        )
    request_id = reply.headers.get("x-amzn-requestid")
    try:
        response: ResponseT_co = decode(operation.response, reply.body)
    except UndecodableError as error:
        raise InvalidResponseError(
            str(error),
            operation=operation.name,
            status=reply.status,
            request_id=request_id,
            attempts=attempts,
        ) from None
    metadata = ResponseMetadata(
        request_id=request_id, http_status=reply.status, headers=reply.headers, attempts=attempts
    )
    set_metadata(response, metadata)
    return response


@cache
def user_agent() -> str:
    """Name this package, the system and Python, in the form that the AWS SDKs use."""
    return (
        f"cognito_async/{__version__} ua/2.1 os/{platform.system().lower()}#{platform.release()} "
        f"md/arch#{platform.machine()} lang/python#{platform.python_version()} "
        f"md/pyimpl#{platform.python_implementation()}"
    )
