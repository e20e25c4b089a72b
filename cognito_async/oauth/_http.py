"""Requests to the endpoints of a domain, over the connections of the client."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from cognito_async._errors import InvalidResponseError, ServiceError
from cognito_async._http.headers import ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE
from cognito_async._model import EmptyResponse, Operation, ResponseMetadata
from cognito_async.oauth._errors import INVALID_RESPONSE_ADVICE, error_of_response
from cognito_async.sign_in._flow import App
from cognito_async.transport import HTTPRequest, HTTPResponse

_SECRETS = ("code", "code_verifier", "refresh_token", "token")

_QUOTAS = {"client_credentials": "ClientAuthentication", "refresh_token": "UserAuthentication"}
"""Quota categories of grants. Codes have a rate of their own, and each follows a sign-in that counted."""

Invalid = Callable[[str], InvalidResponseError]
"""Returns the error for a response that cannot be used, for a reason."""


class Endpoints:
    """The endpoints below a URL, and the app client that calls them; an empty URL is that of the API."""

    def __init__(self, app: App, url: str) -> None:
        self.app = app
        self.url = url

    async def json(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        bearer: str | None = None,
        idempotent: bool = True,
    ) -> tuple[dict[str, Any], Invalid]:
        """Send a request, and return the JSON object of its response; and how to reject that.

        Args:
            operation: Name for errors and logs.
            method: HTTP method.
            path: Path below the URL.
            form: Parameters of a form; the app client authenticates itself.
            bearer: Access token to authenticate with.
            idempotent: Whether it may be sent again after a first request that may have arrived.
        """
        response, metadata = await self.send(
            operation, method, path, form=form, bearer=bearer, idempotent=idempotent
        )

        def invalid(reason: str) -> InvalidResponseError:
            return InvalidResponseError.from_metadata(
                reason, operation=operation, metadata=metadata, advice=INVALID_RESPONSE_ADVICE
            )

        try:
            value = json.loads(response.body)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise invalid("the body is not a JSON object")
        return value, invalid

    async def send(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        bearer: str | None = None,
        idempotent: bool = True,
    ) -> tuple[HTTPResponse, ResponseMetadata]:
        """Send a request, and return its response; the arguments are those of ``json``."""
        app = self.app
        headers = {ACCEPT_ENCODING: "identity", "Accept": "application/json"}
        credentials = None if app.client_secret is None else basic(app.client_id, app.client_secret)
        secrets = [each for each in (bearer, app.client_secret, credentials) if each is not None]
        body = b""
        if bearer is not None:
            headers[AUTHORIZATION] = f"Bearer {bearer}"
        if form is not None:
            headers[CONTENT_TYPE] = "application/x-www-form-urlencoded"
            secrets += [form[name] for name in _SECRETS if name in form]
            if credentials is None:
                form = {**form, "client_id": app.client_id}
            else:
                headers[AUTHORIZATION] = f"Basic {credentials}"
            body = urlencode(form).encode()

        def to_error(response: HTTPResponse, attempts: int) -> ServiceError:
            return error_of_response(operation, response, attempts, secrets)

        quota = None if form is None else _QUOTAS.get(form.get("grant_type", ""))
        client = app.client
        response, call = await client._pipeline.send_http(  # noqa: SLF001  private to the package
            Operation(operation, EmptyResponse, signed=False, idempotent=idempotent, quota=quota),
            HTTPRequest(method, f"{self.url}{path}", headers, body),
            client._options,  # noqa: SLF001  as above
            to_error,
        )
        metadata = ResponseMetadata(
            request_id=response.headers.get("x-amzn-requestid"),
            http_status=response.status,
            headers=response.headers,
            attempts=call.attempts,
            retry_reasons=call.reasons,
        )
        return response, metadata


def basic(client_id: str, client_secret: str) -> str:
    """Return the credentials of HTTP Basic authentication, RFC 7617.

    RFC 6749 wants both values form-encoded first; the service does not, and its own need no encoding.
    """
    return b64encode(f"{client_id}:{client_secret}".encode()).decode()
