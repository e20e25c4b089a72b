"""Converts an error response to its exception."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from cognito_async._errors import ServiceError


def service_error(
    operation: str, *, status: int, headers: Mapping[str, str], body: bytes, attempts: int
) -> ServiceError:
    """Return the exception for an error response, whatever its body is.

    The code is that of the header ``x-amzn-errortype``, else of ``__type`` in the body, else of ``code``,
    else of the header ``x-amzn-query-error``, else the HTTP status. A body that is not a JSON object, such
    as the HTML page of a proxy, is described, not quoted.
    """
    members = _json_object(body)
    candidates = (
        headers.get("x-amzn-errortype"),
        members.get("__type"),
        members.get("code"),
        members.get("Code"),
        headers.get("x-amzn-query-error", "").partition(";")[0],
    )
    code = next(filter(None, map(_clean_code, candidates)), str(status))
    message = members.get("message") or members.get("Message")
    if not isinstance(message, str):
        message = "" if members else _describe_body(status, headers, body)
    return _classes().get(code, ServiceError)(
        message,
        code=code,
        operation=operation,
        status=status,
        request_id=headers.get("x-amzn-requestid"),
        attempts=attempts,
        headers=headers,
        members=members,
    )


_REGION = r"([a-z]+(?:-[a-z]+)+-\d+)"
_RESOURCES = {
    "pool id": rf"{_REGION}_\w+",
    "ARN": rf"arn:[a-z-]+:cognito-idp:{_REGION}:\d*:userpool/\S+",
}


def advise_on_region(error: ServiceError, resource: object, region: str | None) -> None:
    """Say so in the advice if a resource was not found because its pool id or ARN names another region."""
    if error.code != "ResourceNotFoundException" or not isinstance(resource, str) or region is None:
        return
    for name, pattern in _RESOURCES.items():
        match = re.fullmatch(pattern, resource)
        if match is not None and match[1] != region:
            error.advice = (
                f"The {name} belongs to {match[1]}, but the region of this client is {region}: use a client "
                f'with region="{match[1]}".'
            )


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _clean_code(text: object) -> str:
    """``ns#Code:http://...`` -> ``Code``."""
    return text.partition(":")[0].rpartition("#")[2].strip() if isinstance(text, str) else ""


def _describe_body(status: int, headers: Mapping[str, str], body: bytes) -> str:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "unknown status"
    if not body:
        return phrase
    kind = headers.get("content-type", "no content type").partition(";")[0]
    return f"{phrase}; the body is not an error of this API ({kind}, {len(body)} bytes)"


@cache
def _classes() -> dict[str, type[ServiceError]]:
    from cognito_async import errors  # noqa: PLC0415  not needed before the first error

    return {
        name: value
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, ServiceError) and value is not ServiceError
    }
