"""Change some settings of a user pool or an app client, and keep all others.

``update_user_pool`` and ``update_user_pool_client`` set to its default whatever a request leaves out. The
functions here read what is there, put it where the request says nothing, and update::

    await merge_user_pool(client, UpdateUserPoolRequest(user_pool_id=pool_id, deletion_protection="ACTIVE"))

Structures are merged member by member; lists and maps of the request take the place of what was there. None
keeps what is there, so nothing can be taken away like this: that is for ``update_user_pool`` itself.

This is not atomic: two calls, and a change that somebody else makes between them is lost.

A description may have members that are newer than this release, within structures too, and it cannot repeat
them. Then nothing is changed, and ``InvalidResponseError`` names them. Members that can only be read count as
well, since nobody can tell before the release that knows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from cognito_async import types
from cognito_async._annotations import core_type, is_shape, shape_fields, wire_name
from cognito_async._described import DESCRIBED_AS, Kind, Wire, settings_of, undecoded
from cognito_async._errors import InvalidRequestError
from cognito_async._model import AtLeast, Request
from cognito_async.client import CognitoClient

__all__ = ["merge_user_pool", "merge_user_pool_client"]

_RequestT = TypeVar("_RequestT", bound=Request[Any])

_SAME_MESSAGES = {
    "SmsVerificationMessage": "SmsMessage",
    "EmailVerificationMessage": "EmailMessage",
    "EmailVerificationSubject": "EmailSubject",
}
"""Members of old, and those of the template that took their place; the service shows each message in both."""

_TEMPLATE = "VerificationMessageTemplate"
_WITH_CODE = ("EmailMessage", "EmailSubject")
_WITH_LINK = ("EmailMessageByLink", "EmailSubjectByLink")


async def merge_user_pool(
    client: CognitoClient, request: types.UpdateUserPoolRequest
) -> types.UpdateUserPoolResponse:
    """Change the settings of a user pool that the request gives, and keep the others.

    Not atomic: ``describe_user_pool``, then ``update_user_pool``.

    Some settings exclude each other or say the same twice. What is given then goes before what is there:

    - Of ``temporary_password_validity_days`` in the password policy and ``unused_account_validity_days`` in
      ``admin_create_user_config``, which the service refuses together, the one that is given is kept, else
      that of the password policy.
    - The three verification messages of old are not repeated where ``verification_message_template`` has
      them; one that is given takes the place of the template's.
    - Of the template's emails with a code and with a link, only those are repeated that
      ``default_email_option`` names, when there are both.
    - ``lambda_config.pre_token_generation`` and ``pre_token_generation_config`` name the same function.
    - Of the SMS configuration, that of SNS is not repeated where ``eums_sms`` is given, nor the other way.
    - Tags that start with ``aws:`` are not repeated: only AWS may set them.

    Args:
        client: Signs the requests.
        request: Id of the pool, and what is to change.

    Raises:
        InvalidRequestError: A member is of the wrong type; nothing was changed.
        InvalidResponseError: The description is not that of the pool, or has members that this release does
            not know; nothing was changed.
        ResourceNotFoundException: There is no such pool.
        ConcurrentModificationException: Somebody else changes the pool at this moment.

    Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html
    """
    given = _wire_of(request, types.UpdateUserPoolRequest)
    kind = Kind(described=types.UserPoolType, update=types.UpdateUserPoolRequest)
    expected = {"id": request.user_pool_id}
    answer = await client.send(undecoded(types.DescribeUserPoolRequest(user_pool_id=request.user_pool_id)))
    current = settings_of(kind, answer, answer.user_pool, expected, given)
    merged = _merge(types.UpdateUserPoolRequest, given, current)
    _settle_user_pool(merged, given)
    return await client.send(_request_of(types.UpdateUserPoolRequest, merged))


async def merge_user_pool_client(
    client: CognitoClient, request: types.UpdateUserPoolClientRequest
) -> types.UpdateUserPoolClientResponse:
    """Change the settings of an app client that the request gives, and keep the others.

    Not atomic: ``describe_user_pool_client``, then ``update_user_pool_client``.

    A validity without its unit counts in the unit that the app client has. When the request turns on
    ``refresh_token_rotation`` and gives no ``explicit_auth_flows``, those that are there are repeated without
    ``ALLOW_REFRESH_TOKEN_AUTH``, which excludes rotation. Of ``application_id`` and ``application_arn`` in
    the analytics configuration, the one that is given is kept.

    Args:
        client: Signs the requests.
        request: Ids of the pool and of the app client, and what is to change.

    Raises:
        InvalidRequestError: A member is of the wrong type; nothing was changed.
        InvalidResponseError: The description is not that of the app client, or has members that this release
            does not know; nothing was changed.
        ResourceNotFoundException: There is no such pool or app client.
        ConcurrentModificationException: Somebody else changes the app client at this moment.

    Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPoolClient.html
    """
    given = _wire_of(request, types.UpdateUserPoolClientRequest)
    kind = Kind(described=types.UserPoolClientType, update=types.UpdateUserPoolClientRequest)
    expected = {"user_pool_id": request.user_pool_id, "client_id": request.client_id}
    answer = await client.send(undecoded(types.DescribeUserPoolClientRequest(**expected)))
    current = settings_of(kind, answer, answer.user_pool_client, expected, given)
    merged = _merge(types.UpdateUserPoolClientRequest, given, current)
    _settle_user_pool_client(merged, given)
    return await client.send(_request_of(types.UpdateUserPoolClientRequest, merged))


# Reading and merging


def _wire_of(request: object, kind: type[Request[Any]]) -> Wire:
    if not isinstance(request, kind):
        raise InvalidRequestError("updates", [f"expected {kind.__name__}, got {type(request).__name__}"])
    return request.to_wire()


def _merge(shape: Any, given: Mapping[str, Any], current: Mapping[str, Any]) -> Wire:
    """Return the members of a shape, those that are given before those that are there."""
    merged: Wire = {}
    for field in shape_fields(shape):
        wire = wire_name(field)
        new, old = given.get(wire), current.get(DESCRIBED_AS.get(wire, wire))
        kind, marks = core_type(field.type)
        if is_shape(kind) and old is not None:
            new = _merge(kind, new or {}, old)
        elif new is None:
            # Empty where something has to be: how some emulators describe that there is nothing.
            is_nothing = old in ("", []) and any(isinstance(mark, AtLeast) for mark in marks)
            new = None if is_nothing else old
        if new is not None:
            merged[wire] = new
    return merged


def _request_of(kind: type[_RequestT], merged: Mapping[str, Any]) -> _RequestT:
    return kind(**{field.name: merged.get(wire_name(field)) for field in shape_fields(kind)})


# What excludes each other


def _settle_user_pool(merged: Wire, given: Wire) -> None:
    if _has(given, "AdminCreateUserConfig", "UnusedAccountValidityDays"):
        policies, policies_given = merged.get("Policies", {}), given.get("Policies", {})
        _keep_only_given(policies, policies_given, "PasswordPolicy", "TemporaryPasswordValidityDays")
    elif _has(merged, "Policies", "PasswordPolicy", "TemporaryPasswordValidityDays"):
        merged.get("AdminCreateUserConfig", {}).pop("UnusedAccountValidityDays", None)
    _settle_messages(merged, given)
    _settle_triggers(merged, given)
    if _has(given, "SmsConfiguration", "EumsSms"):
        _keep_only_given(merged, given, "SmsConfiguration", "SnsCallerArn", "ExternalId", "SnsRegion")
    elif _has(given, "SmsConfiguration", "SnsCallerArn"):
        _keep_only_given(merged, given, "SmsConfiguration", "EumsSms")
    if "UserPoolTags" in merged and "UserPoolTags" not in given:
        tags = merged["UserPoolTags"].items()
        merged["UserPoolTags"] = {key: value for key, value in tags if not key.lower().startswith("aws:")}


def _settle_messages(merged: Wire, given: Wire) -> None:
    by_link = merged.get(_TEMPLATE, {}).get("DefaultEmailOption") == "CONFIRM_WITH_LINK"
    for old, new in _SAME_MESSAGES.items():
        if old in given:
            _keep_only_given(merged, given, _TEMPLATE, new)
    if _has(merged, _TEMPLATE, "EmailMessage") and _has(merged, _TEMPLATE, "EmailMessageByLink"):
        _keep_only_given(merged, given, _TEMPLATE, *(_WITH_CODE if by_link else _WITH_LINK))
    for old, new in _SAME_MESSAGES.items():
        if old not in given and (_has(merged, _TEMPLATE, new) or (by_link and new in _WITH_CODE)):
            merged.pop(old, None)


def _settle_triggers(merged: Wire, given: Wire) -> None:
    if _has(given, "LambdaConfig", "PreTokenGenerationConfig"):
        _keep_only_given(merged, given, "LambdaConfig", "PreTokenGeneration")
    elif _has(given, "LambdaConfig", "PreTokenGeneration"):
        triggers = merged["LambdaConfig"]
        if "PreTokenGenerationConfig" in triggers:
            triggers["PreTokenGenerationConfig"]["LambdaArn"] = triggers["PreTokenGeneration"]


def _settle_user_pool_client(merged: Wire, given: Wire) -> None:
    rotation = given.get("RefreshTokenRotation", {}).get("Feature")
    if rotation == "ENABLED" and "ExplicitAuthFlows" in merged and "ExplicitAuthFlows" not in given:
        flows = merged["ExplicitAuthFlows"]
        merged["ExplicitAuthFlows"] = [flow for flow in flows if flow != "ALLOW_REFRESH_TOKEN_AUTH"]
    for name, other in (("ApplicationId", "ApplicationArn"), ("ApplicationArn", "ApplicationId")):
        if _has(given, "AnalyticsConfiguration", name):
            _keep_only_given(merged, given, "AnalyticsConfiguration", other)


def _has(values: Mapping[str, Any], *path: str) -> bool:
    for step in path:
        if step not in values:
            return False
        values = values[step]
    return True


def _keep_only_given(merged: Wire, given: Wire, owner: str, *names: str) -> None:
    """Take members out of a structure, unless they are from the request."""
    for name in names:
        if not _has(given, owner, name):
            merged.get(owner, {}).pop(name, None)
