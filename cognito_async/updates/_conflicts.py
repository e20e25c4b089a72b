"""Resolves settings that exclude each other, or that the service stores under two names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cognito_async.updates._describe import WireDict

_LEGACY_MESSAGES = {
    "SmsVerificationMessage": "SmsMessage",
    "EmailVerificationMessage": "EmailMessage",
    "EmailVerificationSubject": "EmailSubject",
}
"""Legacy members, and the members of the template that replaced them; a description contains both."""

_TEMPLATE = "VerificationMessageTemplate"
_WITH_CODE = ("EmailMessage", "EmailSubject")
_WITH_LINK = ("EmailMessageByLink", "EmailSubjectByLink")


def resolve_user_pool_conflicts(merged: WireDict, requested: WireDict) -> None:
    """Remove current settings of a user pool that conflict with requested ones."""
    if _has(requested, "AdminCreateUserConfig", "UnusedAccountValidityDays"):
        policies, requested_policies = merged.get("Policies", {}), requested.get("Policies", {})
        _remove_current(policies, requested_policies, "PasswordPolicy", "TemporaryPasswordValidityDays")
    elif _has(merged, "Policies", "PasswordPolicy", "TemporaryPasswordValidityDays"):
        merged.get("AdminCreateUserConfig", {}).pop("UnusedAccountValidityDays", None)
    _resolve_message_conflicts(merged, requested)
    _resolve_trigger_conflicts(merged, requested)
    if _has(requested, "SmsConfiguration", "EumsSms"):
        _remove_current(merged, requested, "SmsConfiguration", "SnsCallerArn", "ExternalId", "SnsRegion")
    elif _has(requested, "SmsConfiguration", "SnsCallerArn"):
        _remove_current(merged, requested, "SmsConfiguration", "EumsSms")
    if "UserPoolTags" in merged and "UserPoolTags" not in requested:
        tags = merged["UserPoolTags"].items()
        merged["UserPoolTags"] = {key: value for key, value in tags if not key.lower().startswith("aws:")}


def resolve_user_pool_client_conflicts(merged: WireDict, requested: WireDict) -> None:
    """Remove current settings of an app client that conflict with requested ones."""
    rotation = requested.get("RefreshTokenRotation", {}).get("Feature")
    if rotation == "ENABLED" and "ExplicitAuthFlows" in merged and "ExplicitAuthFlows" not in requested:
        flows = merged["ExplicitAuthFlows"]
        merged["ExplicitAuthFlows"] = [flow for flow in flows if flow != "ALLOW_REFRESH_TOKEN_AUTH"]
    for name, other in (("ApplicationId", "ApplicationArn"), ("ApplicationArn", "ApplicationId")):
        if _has(requested, "AnalyticsConfiguration", name):
            _remove_current(merged, requested, "AnalyticsConfiguration", other)


def _resolve_message_conflicts(merged: WireDict, requested: WireDict) -> None:
    by_link = merged.get(_TEMPLATE, {}).get("DefaultEmailOption") == "CONFIRM_WITH_LINK"
    for legacy, replacement in _LEGACY_MESSAGES.items():
        if legacy in requested:
            _remove_current(merged, requested, _TEMPLATE, replacement)
    if _has(merged, _TEMPLATE, "EmailMessage") and _has(merged, _TEMPLATE, "EmailMessageByLink"):
        _remove_current(merged, requested, _TEMPLATE, *(_WITH_CODE if by_link else _WITH_LINK))
    for legacy, replacement in _LEGACY_MESSAGES.items():
        in_template = _has(merged, _TEMPLATE, replacement) or (by_link and replacement in _WITH_CODE)
        if legacy not in requested and in_template:
            merged.pop(legacy, None)


def _resolve_trigger_conflicts(merged: WireDict, requested: WireDict) -> None:
    if _has(requested, "LambdaConfig", "PreTokenGenerationConfig"):
        _remove_current(merged, requested, "LambdaConfig", "PreTokenGeneration")
    elif _has(requested, "LambdaConfig", "PreTokenGeneration"):
        triggers = merged["LambdaConfig"]
        if "PreTokenGenerationConfig" in triggers:
            triggers["PreTokenGenerationConfig"]["LambdaArn"] = triggers["PreTokenGeneration"]


def _has(values: Mapping[str, Any], *path: str) -> bool:
    for step in path:
        if step not in values:
            return False
        values = values[step]
    return True


def _remove_current(merged: WireDict, requested: WireDict, owner: str, *names: str) -> None:
    """Remove members of a structure, unless the request contains them."""
    for name in names:
        if not _has(requested, owner, name):
            merged.get(owner, {}).pop(name, None)
