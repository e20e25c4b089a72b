"""The request for new tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from cognito_async import types
from cognito_async._errors import InvalidResponseError, ServiceError, TransportError
from cognito_async.sign_in._deadline import Deadline
from cognito_async.sign_in._devices import Device
from cognito_async.sign_in._errors import response_lost, with_refined_errors
from cognito_async.sign_in._flow import App


async def request_tokens(
    app: App, refresh_token: str, *, device: Device | None, client_metadata: Mapping[str, str] | None
) -> types.AuthenticationResultType:
    """Return new tokens for a refresh token.

    If the response is lost, the request is sent once more at once: a rotated token is accepted again within
    the grace period of the app client, and never after it.
    """
    deadline = Deadline(app.client, app.timeout)
    may_repeat = app.retries
    while True:
        try:
            response = await with_refined_errors(
                deadline.client().get_tokens_from_refresh_token(
                    refresh_token=refresh_token,
                    client_id=app.client_id,
                    client_secret=app.client_secret,
                    device_key=None if device is None else device.key,
                    client_metadata=client_metadata,
                )
            )
        except (TransportError, ServiceError) as error:
            if not (may_repeat and response_lost(error)):
                raise
            may_repeat = False
        else:
            # The model requires it, but a response without it is decoded.
            result = cast("types.AuthenticationResultType | None", response.authentication_result)
            if result is None:
                raise InvalidResponseError.from_metadata(
                    "there are no tokens",
                    operation="GetTokensFromRefreshToken",
                    metadata=response.response_metadata,
                )
            return result
