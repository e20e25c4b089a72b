"""``merge_user_pool`` and ``merge_user_pool_client``: describe, merge, resolve conflicts, update."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from cognito_async import types
from cognito_async._errors import InvalidRequestError
from cognito_async._model import MinLength, Request
from cognito_async._model.fields import core_type, is_shape, shape_fields, wire_name
from cognito_async.client import CognitoClient
from cognito_async.updates._conflicts import resolve_user_pool_client_conflicts, resolve_user_pool_conflicts
from cognito_async.updates._describe import (
    DESCRIBED_AS,
    UpdateSpec,
    WireDict,
    current_settings,
    with_raw_response,
)

_RequestT = TypeVar("_RequestT", bound=Request[Any])


async def merge_user_pool(
    client: CognitoClient, request: types.UpdateUserPoolRequest
) -> types.UpdateUserPoolResponse:
    """Change the settings of a user pool that the request contains, and keep the others.

    Not atomic: ``describe_user_pool``, then ``update_user_pool``.

    Some settings exclude each other or have two names. A requested setting then takes precedence over a
    current one:

    - The service rejects ``temporary_password_validity_days`` in the password policy together with
      ``unused_account_validity_days`` in ``admin_create_user_config``. The requested one is kept, or that of
      the password policy if neither is requested.
    - The three legacy verification messages are dropped if ``verification_message_template`` contains them.
      A requested legacy message replaces that of the template.
    - If the template has emails with a code and with a link, only the one that ``default_email_option``
      selects is kept.
    - ``lambda_config.pre_token_generation`` and ``pre_token_generation_config`` always name the same
      function.
    - The SMS settings of SNS are dropped if ``eums_sms`` is requested, and the other way round.
    - Tags that start with ``aws:`` are dropped: only AWS may set them.

    Args:
        client: Client that sends both requests; they are signed.
        request: Id of the pool, and the settings to change.

    Raises:
        InvalidRequestError: A member is of the wrong type; nothing was changed.
        InvalidResponseError: The description is that of another pool, or has members that are unknown
            to this release; nothing was changed.
        ResourceNotFoundException: The pool does not exist.
        ConcurrentModificationException: Somebody else is changing the pool.

    Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html
    """
    requested = _wire_of(request, types.UpdateUserPoolRequest)
    spec = UpdateSpec(described=types.UserPoolType, update=types.UpdateUserPoolRequest)
    expected = {"id": request.user_pool_id}
    describe = types.DescribeUserPoolRequest(user_pool_id=request.user_pool_id)
    response = await client.send(with_raw_response(describe))
    current = current_settings(spec, response, response.user_pool, expected, requested)
    merged = merge_members(types.UpdateUserPoolRequest, requested, current)
    resolve_user_pool_conflicts(merged, requested)
    return await client.send(request_of(types.UpdateUserPoolRequest, merged))


async def merge_user_pool_client(
    client: CognitoClient, request: types.UpdateUserPoolClientRequest
) -> types.UpdateUserPoolClientResponse:
    """Change the settings of an app client that the request contains, and keep the others.

    Not atomic: ``describe_user_pool_client``, then ``update_user_pool_client``.

    A validity without a unit is in the current unit of the app client. If the request turns on
    ``refresh_token_rotation`` without ``explicit_auth_flows``, the current flows are kept without
    ``ALLOW_REFRESH_TOKEN_AUTH``, which excludes rotation. If the request contains ``application_id`` or
    ``application_arn`` of the analytics configuration, the other one is dropped. The client secret stays
    where it is, unless the request contains ``publish_secrets_in_aws_secrets_manager``.

    Args:
        client: Client that sends both requests; they are signed.
        request: Ids of the pool and the app client, and the settings to change.

    Raises:
        InvalidRequestError: A member is of the wrong type; nothing was changed.
        InvalidResponseError: The description is that of another app client, or has members that are
            unknown to this release; nothing was changed.
        ResourceNotFoundException: The pool or the app client does not exist.
        ConcurrentModificationException: Somebody else is changing the app client.

    Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPoolClient.html
    """
    requested = _wire_of(request, types.UpdateUserPoolClientRequest)
    spec = UpdateSpec(described=types.UserPoolClientType, update=types.UpdateUserPoolClientRequest)
    expected = {"user_pool_id": request.user_pool_id, "client_id": request.client_id}
    response = await client.send(with_raw_response(types.DescribeUserPoolClientRequest(**expected)))
    current = current_settings(spec, response, response.user_pool_client, expected, requested)
    merged = merge_members(types.UpdateUserPoolClientRequest, requested, current)
    resolve_user_pool_client_conflicts(merged, requested)
    return await client.send(request_of(types.UpdateUserPoolClientRequest, merged))


def _wire_of(request: object, kind: type[Request[Any]]) -> WireDict:
    if not isinstance(request, kind):
        raise InvalidRequestError("updates", [f"expected {kind.__name__}, got {type(request).__name__}"])
    return request.to_wire()


def merge_members(shape: Any, requested: Mapping[str, Any], current: Mapping[str, Any]) -> WireDict:
    """Return the members of a shape; requested values take precedence over current ones."""
    merged: WireDict = {}
    for field in shape_fields(shape):
        wire = wire_name(field)
        new, old = requested.get(wire), current.get(DESCRIBED_AS.get(wire, wire))
        kind, traits = core_type(field.type)
        if is_shape(kind) and old is not None:
            new = merge_members(kind, new or {}, old)
        elif new is None:
            # Some emulators describe a missing value as an empty one, which the request does not allow.
            is_missing = old in ("", []) and any(isinstance(trait, MinLength) for trait in traits)
            new = None if is_missing else old
        if new is not None:
            merged[wire] = new
    return merged


def request_of(kind: type[_RequestT], merged: Mapping[str, Any]) -> _RequestT:
    """Return a request with members in wire form."""
    return kind(**{field.name: merged.get(wire_name(field)) for field in shape_fields(kind)})
