"""Requests that create a pool, its app clients and its identity providers like those of another pool."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from cognito_async import types
from cognito_async.client import CognitoClient
from cognito_async.updates._conflicts import resolve_user_pool_client_conflicts, resolve_user_pool_conflicts
from cognito_async.updates._describe import UpdateSpec, WireDict, current_settings, with_raw_response
from cognito_async.updates._merge import merge_members, request_of

POOL = UpdateSpec(described=types.UserPoolType, update=types.CreateUserPoolRequest)
APP_CLIENT = UpdateSpec(described=types.UserPoolClientType, update=types.CreateUserPoolClientRequest)

_PREFIXES = ("dev:custom:", "custom:")
_PHONE = "phone_number"
_ATTRIBUTES_PER_POOL = 50
_NAME_LENGTH = 20
_LIMITS: Final = ("StringAttributeConstraints", "NumberAttributeConstraints")
_DEFAULT_LIMITS: Final = {"MinLength": "0", "MaxLength": "2048", "MinValue": "0"}
_LIMITS_OF_DATES: Final = {"MinLength": "10", "MaxLength": "10"}

_OTHER_REGION = (
    "names resources of the source's Region: create them in the target's, and set it with merge_user_pool"
)
_NEEDS_SMS = "needs SmsConfiguration, which the target lacks: set both with merge_user_pool"
_NEEDS_SES = "needs EmailConfiguration with SES, which the target lacks: set both with merge_user_pool"
_NO_RECOVERY = f"{_NEEDS_SMS}; until then, only administrators can reset passwords"
_REGIONAL_FACTORS: Final = {
    "SmsMfaConfiguration": (
        "needs SNS in the target's Region: set SmsConfiguration with merge_user_pool, and it with "
        "set_user_pool_mfa_config"
    ),
    "EmailMfaConfiguration": (
        "needs SES in the target's Region: set EmailConfiguration with merge_user_pool, and it with "
        "set_user_pool_mfa_config"
    ),
}
_NO_FACTOR = (
    "the target has no second factor, so it is OFF: sign-in is less safe until it is set with "
    "set_user_pool_mfa_config"
)

_FIRST_FACTORS = ("Policies", "SignInPolicy", "AllowedFirstAuthFactors")
_SMS_VALUES: Final = (
    (("AutoVerifiedAttributes",), _PHONE),
    (("UserAttributeUpdateSettings", "AttributesRequireVerificationBeforeUpdate"), _PHONE),
    (_FIRST_FACTORS, "SMS_OTP"),
)
_EMAIL_VALUES: Final = ((_FIRST_FACTORS, "EMAIL_OTP"),)
"""Values of settings that need messages to phone numbers, and emails of SES."""

_DERIVED = frozenset({"attributes_url_add_attributes"})
_DERIVED_SOCIAL = _DERIVED | {
    "attributes_url", "authorize_url", "jwks_uri", "oidc_issuer", "token_request_method", "token_url"
}  # fmt: skip
_DERIVED_DETAILS: Final = {
    "SAML": _DERIVED | {"ActiveEncryptionCertificate", "SLORedirectBindingURI", "SSORedirectBindingURI"},
    "OIDC": _DERIVED,
}
"""Details in the description of a provider that the service derives; others than these are social providers.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateIdentityProvider.html
"""


async def described_pool(client: CognitoClient, user_pool_id: str) -> WireDict:
    """Return the settings of a pool, in wire form."""
    request = types.DescribeUserPoolRequest(user_pool_id=user_pool_id)
    response = await client.send(with_raw_response(request))
    return current_settings(POOL, response, response.user_pool, {"id": user_pool_id}, {})


def pool_request(
    pool: Mapping[str, Any], name: str | None, *, same_region: bool
) -> tuple[types.CreateUserPoolRequest, dict[str, str]]:
    """Return the request that creates a pool like another one, and the settings that it lacks, with reasons.

    Multi-factor settings come later, with an operation of their own: ``ON`` needs them to be complete.
    """
    settings = merge_members(types.CreateUserPoolRequest, {}, pool)
    settings.pop("MfaConfiguration", None)
    resolve_user_pool_conflicts(settings, {})
    settings["Schema"], lacking = _schema(pool)
    if name is not None:
        settings["PoolName"] = name
    if not same_region:
        lacking |= _remove_resources(settings)
    return request_of(types.CreateUserPoolRequest, settings), lacking


def mfa_request(
    source: types.GetUserPoolMfaConfigResponse, user_pool_id: str, *, same_region: bool
) -> tuple[types.SetUserPoolMfaConfigRequest | None, dict[str, str]]:
    """Return the request for the multi-factor settings, None if there are none, and what it lacks and why."""
    settings = source.to_wire()
    lacking: dict[str, str] = {}
    if not same_region:
        lacking = {name: reason for name, reason in _REGIONAL_FACTORS.items() if settings.pop(name, None)}
    totp = settings.get("SoftwareTokenMfaConfiguration", {}).get("Enabled")
    if lacking and not totp and settings.get("MfaConfiguration", "OFF") != "OFF":
        settings["MfaConfiguration"] = "OFF"
        lacking["MfaConfiguration"] = _NO_FACTOR
    if settings in ({}, {"MfaConfiguration": "OFF"}):
        return None, lacking
    return request_of(types.SetUserPoolMfaConfigRequest, settings | {"UserPoolId": user_pool_id}), lacking


def custom_attributes(pool: Mapping[str, Any]) -> dict[str, WireDict]:
    """Return the custom attributes in a schema by their full names, as they are created."""
    return {
        attribute["Name"]: attribute | {"Name": attribute["Name"].rpartition(":")[2]}
        for attribute in pool.get("SchemaAttributes", ())
        if attribute.get("Name", "").startswith(_PREFIXES)
    }


async def app_client_request(
    client: CognitoClient, pool_id: str, client_id: str, target_pool_id: str, *, same_region: bool
) -> types.CreateUserPoolClientRequest:
    """Return the request that creates an app client like another one, with a secret of its own."""
    expected = {"user_pool_id": pool_id, "client_id": client_id}
    response = await client.send(with_raw_response(types.DescribeUserPoolClientRequest(**expected)))
    described = current_settings(APP_CLIENT, response, response.user_pool_client, expected, {})
    settings = merge_members(types.CreateUserPoolClientRequest, {}, described)
    resolve_user_pool_client_conflicts(settings, {})
    is_published = "ClientSecretArn" in described  # instead of the secret
    has_secret = settings.pop("ClientSecret", None) is not None or is_published
    if is_published:
        settings["PublishSecretsInAWSSecretsManager"] = True
    if not same_region:
        settings.pop("AnalyticsConfiguration", None)
    if "ApplicationId" in (analytics := settings.get("AnalyticsConfiguration", {})):
        analytics.pop("ApplicationArn", None)  # they exclude each other
    settings |= {"UserPoolId": target_pool_id, "GenerateSecret": has_secret}
    return request_of(types.CreateUserPoolClientRequest, settings)


def provider_request(
    provider: types.IdentityProviderType, target_pool_id: str
) -> types.CreateIdentityProviderRequest | None:
    """Return the request that creates an identity provider like another one; None if that is impossible."""
    settings = provider.to_wire()
    kind, details = settings["ProviderType"], settings.get("ProviderDetails", {})
    if kind == "SignInWithApple":  # the service does not return the key
        return None
    derived = _DERIVED_DETAILS.get(kind, _DERIVED_SOCIAL)
    details = {name: value for name, value in details.items() if name not in derived}
    if "MetadataURL" in details:
        details.pop("MetadataFile", None)
    settings |= {"UserPoolId": target_pool_id, "ProviderDetails": details}
    for name in ("AttributeMapping", "IdpIdentifiers", "AcrMapping"):
        if not settings.get(name):
            settings.pop(name, None)
    return request_of(types.CreateIdentityProviderRequest, settings)


def known_providers(
    request: types.CreateUserPoolClientRequest, providers: Collection[str]
) -> tuple[types.CreateUserPoolClientRequest, list[str]]:
    """Return the request without identity providers that the target lacks, and their names."""
    wire = request.to_wire()
    listed: list[str] = wire.get("SupportedIdentityProviders", [])
    lacking = [name for name in listed if name != "COGNITO" and name not in providers]
    if not lacking:
        return request, []
    wire["SupportedIdentityProviders"] = [name for name in listed if name not in lacking] or None
    return request_of(types.CreateUserPoolClientRequest, wire), lacking


def has_settings(found: object, wanted: object) -> bool:
    """Return whether a description has these settings, in wire form; more members do not matter."""
    if not wanted:
        return not found
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return all(has_settings(found.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        return sorted(map(repr, found)) == sorted(map(repr, wanted))  # the service may sort them
    return found == wanted


def _schema(pool: Mapping[str, Any]) -> tuple[list[WireDict] | None, dict[str, str]]:
    """Return custom attributes and the standard ones that differ from the default, and what is left out."""
    standard = [each for each in pool.get("SchemaAttributes", ()) if _differs(each)]
    standard.sort(key=lambda each: not _is_strict(each))
    schema: list[WireDict] = list(custom_attributes(pool).values())
    lacking: dict[str, str] = {}
    for attribute in standard:
        name = attribute["Name"]
        what = f"limits of the attribute {name}, and whether it is required or can change"
        if len(name) > _NAME_LENGTH:  # phone_number_verified
            lacking[what] = f"the service accepts only names of up to {_NAME_LENGTH} characters"
        elif len(schema) == _ATTRIBUTES_PER_POOL:
            lacking[what] = f"the service accepts only {_ATTRIBUTES_PER_POOL} attributes of a new pool"
        else:
            schema.append(attribute)
    return schema or None, lacking


def _differs(attribute: Mapping[str, Any]) -> bool:
    """Return whether a standard attribute differs from that of a pool without a schema."""
    name = attribute.get("Name", "sub")
    if name == "sub" or name.startswith(_PREFIXES):
        return False
    defaults = _LIMITS_OF_DATES if name == "birthdate" else _DEFAULT_LIMITS
    limits = [limit for each in _LIMITS for limit in attribute.get(each, {}).items()]
    return _is_strict(attribute) or any(defaults.get(limit) != value for limit, value in limits)


def _is_strict(attribute: Mapping[str, Any]) -> bool:
    return bool(attribute.get("Required")) or attribute.get("Mutable") is False


def _remove_resources(settings: WireDict) -> dict[str, str]:
    """Remove what names resources of a Region, and what needs it; return what was removed, and why."""
    lacking = {name: _OTHER_REGION for name, value in settings.items() if _has_arn(value)}
    for name in lacking:
        del settings[name]
    if "SmsConfiguration" in lacking:
        lacking |= _remove_values(settings, _SMS_VALUES, _NEEDS_SMS)
        lacking |= _remove_recovery(settings.get("AccountRecoverySetting", {}))
    if "EmailConfiguration" in lacking:
        lacking |= _remove_values(settings, _EMAIL_VALUES, _NEEDS_SES)
    factors = settings.get("Policies", {}).get("SignInPolicy", {})
    if factors.get("AllowedFirstAuthFactors") == []:
        factors["AllowedFirstAuthFactors"] = ["PASSWORD"]
    return lacking


def _has_arn(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_arn, value.values()))
    return isinstance(value, str) and value.startswith("arn:")


def _remove_values(
    settings: WireDict, values: Iterable[tuple[Sequence[str], str]], reason: str
) -> dict[str, str]:
    """Remove values from lists, each with the path to its list; return what was removed, and why."""
    lacking: dict[str, str] = {}
    for (*path, name), value in values:
        owner = settings
        for step in path:
            owner = owner.get(step, {})
        if value in owner.get(name, ()):
            owner[name] = [each for each in owner[name] if each != value]
            lacking[f"{'.'.join((*path, name))}: {value}"] = reason
    return lacking


def _remove_recovery(recovery: WireDict) -> dict[str, str]:
    """Remove the recovery of accounts by messages to phone numbers."""
    options = recovery.get("RecoveryMechanisms", ())
    others = [each for each in options if each["Name"] != "verified_phone_number"]
    if len(others) == len(options):
        return {}
    recovery["RecoveryMechanisms"] = others or [{"Name": "admin_only", "Priority": 1}]
    reason = _NEEDS_SMS if others else _NO_RECOVERY
    return {"AccountRecoverySetting.RecoveryMechanisms: verified_phone_number": reason}
