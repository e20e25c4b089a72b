"""Requests that create a pool, its app clients and its identity providers like those of another pool."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
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
) -> tuple[types.CreateUserPoolRequest, list[str]]:
    """Return the request that creates a pool like another one, and the settings that it lacks.

    Multi-factor settings come later, with an operation of their own: ``ON`` needs them to be complete.
    """
    settings = merge_members(types.CreateUserPoolRequest, {}, pool)
    settings.pop("MfaConfiguration", None)
    resolve_user_pool_conflicts(settings, {})
    settings["Schema"] = list(_schema(pool)) or None
    if name is not None:
        settings["PoolName"] = name
    lacking = [] if same_region else [each for each, value in settings.items() if _has_arn(value)]
    for each in lacking:
        del settings[each]
    if "SmsConfiguration" in lacking:
        _without_phone(settings)
    return request_of(types.CreateUserPoolRequest, settings), lacking


def mfa_request(
    source: types.GetUserPoolMfaConfigResponse, user_pool_id: str, *, same_region: bool
) -> tuple[types.SetUserPoolMfaConfigRequest | None, list[str]]:
    """Return the request for the multi-factor settings, None if there are none, and what it lacks."""
    settings = source.to_wire()
    lacking: list[str] = []
    if not same_region:  # they need SNS and SES of the region
        lacking = [each for each in ("SmsMfaConfiguration", "EmailMfaConfiguration") if settings.pop(each, 0)]
    totp = settings.get("SoftwareTokenMfaConfiguration", {}).get("Enabled")
    if lacking and not totp and settings.get("MfaConfiguration", "OFF") != "OFF":
        settings["MfaConfiguration"] = "OFF"
        lacking.append("MfaConfiguration")
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
    has_secret = settings.pop("ClientSecret", None) is not None
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


def _schema(pool: Mapping[str, Any]) -> Iterator[WireDict]:
    """Yield the custom attributes, and the standard ones that differ from the default."""
    yield from custom_attributes(pool).values()
    for attribute in pool.get("SchemaAttributes", ()):
        name = attribute.get("Name", "sub")
        is_fixed = name == "sub" or name.startswith(_PREFIXES)
        if not is_fixed and (attribute.get("Required") or attribute.get("Mutable") is False):
            yield attribute


def _has_arn(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_arn, value.values()))
    return isinstance(value, str) and value.startswith("arn:")


def _without_phone(settings: WireDict) -> None:
    """Remove what needs messages to phone numbers."""
    update = settings.get("UserAttributeUpdateSettings", {})
    for owner, name in (
        (settings, "AutoVerifiedAttributes"),
        (update, "AttributesRequireVerificationBeforeUpdate"),
    ):
        if name in owner:
            owner[name] = [each for each in owner[name] if each != _PHONE]
