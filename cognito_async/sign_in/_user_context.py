"""Facts about the user's device for threat protection."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cognito_async import types
from cognito_async._errors import InvalidRequestError
from cognito_async._model.record import Record, field, frozen
from cognito_async.sign_in import _inputs

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


def _headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    return _inputs.checked_texts("UserContext", "http_headers", headers)


@frozen(kw_only=True)
class UserContext(Record):
    """Address and device of the user, which threat protection rates.

    A server that signs users in passes it, or the service sees one address for all of them. Without IAM
    credentials it counts only if the app client has ``enable_propagate_additional_user_context_data``.
    """

    ip: str | None = None
    """IP address of the user's device; required for ``admin=True``."""

    encoded_data: str | None = field(default=None, repr=False)
    """Fingerprint as encoded by AWS's script for browsers or mobile apps."""

    server_name: str = ""
    """Host name in the user's request to your server; used only for ``admin=True``."""

    server_path: str = ""
    """Path in the user's request to your server; used only for ``admin=True``."""

    http_headers: Mapping[str, str] = field(default=_NO_HEADERS, repr=False, converter=_headers)
    """Headers of the user's request to your server; used only for ``admin=True``."""


def context_arguments(context: UserContext) -> dict[str, Any]:
    """Return the arguments that make this context again."""
    members = {
        "ip": context.ip,
        "encoded_data": context.encoded_data,
        "server_name": context.server_name,
        "server_path": context.server_path,
        "http_headers": dict(context.http_headers),
    }
    return {name: value for name, value in members.items() if value}


def user_context_data(context: UserContext) -> types.UserContextDataType:
    """Return the member of unsigned operations."""
    return types.UserContextDataType(ip_address=context.ip, encoded_data=context.encoded_data)


def context_data(context: UserContext) -> types.ContextDataType:
    """Return the member of signed operations.

    Raises:
        InvalidRequestError: There is no ``ip``.
    """
    if context.ip is None:
        raise InvalidRequestError("UserContext", ["ip: required for an AppClient with admin=True"])
    return types.ContextDataType(
        ip_address=context.ip,
        encoded_data=context.encoded_data,
        server_name=context.server_name,
        server_path=context.server_path,
        http_headers=[
            types.HttpHeader(header_name=name, header_value=value)
            for name, value in context.http_headers.items()
        ],
    )
