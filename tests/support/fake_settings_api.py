"""A fake API of user pools and app clients: an update resets all settings that it leaves out.

Like the service, it rejects settings that exclude each other, and describes some settings in two places.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

from cognito_async import types
from cognito_async.transport import HTTPRequest, HTTPResponse
from cognito_async.updates import merge_user_pool, merge_user_pool_client
from support.transports import ScriptedTransport, client_with, error_response, http_response

POOL_ID = "eu-west-1_AbC123"
CLIENT_ID = "client-1"
LEGACY_MESSAGES = {
    "SmsVerificationMessage": "SmsMessage",
    "EmailVerificationMessage": "EmailMessage",
    "EmailVerificationSubject": "EmailSubject",
}
"""Legacy members of a pool, and the members of ``VerificationMessageTemplate`` with the same value."""

READ_ONLY = {
    "UserPool": {"Id", "Arn", "Status", "LastModifiedDate", "CreationDate", "SchemaAttributes", "Domain"}
    | {"AliasAttributes", "UsernameAttributes", "UsernameConfiguration", "EstimatedNumberOfUsers"}
    | {"SmsConfigurationFailure", "EmailConfigurationFailure", "CustomDomain"},
    "UserPoolClient": {
        "UserPoolId",
        "ClientId",
        "ClientSecret",
        "ClientSecretArn",
        "LastModifiedDate",
        "CreationDate",
        "ClientType",
    },
}

UNCHANGED_IF_OMITTED = {"PublishSecretsInAWSSecretsManager"}
"""Members of updates that no description has, because an update without them changes nothing."""


def at(values: Any, *path: str) -> Any:
    """Return a nested value; None if any part of the path is missing."""
    for name in path:
        values = (values or {}).get(name)
    return values


def contradictions(settings: Mapping[str, Any]) -> list[str]:
    """Return the reasons for which the service rejects an update with these settings."""
    template = settings.get("VerificationMessageTemplate", {})
    arn = at(settings, "LambdaConfig", "PreTokenGenerationConfig", "LambdaArn")
    sms = settings.get("SmsConfiguration", {})
    flows = settings.get("ExplicitAuthFlows", [])
    analytics = settings.get("AnalyticsConfiguration", {})
    rules = {
        "two lifetimes of temporary passwords": at(
            settings, "AdminCreateUserConfig", "UnusedAccountValidityDays"
        )
        is not None
        and at(settings, "Policies", "PasswordPolicy", "TemporaryPasswordValidityDays") is not None,
        "two emails": "EmailMessage" in template and "EmailMessageByLink" in template,
        "a legacy message": any(
            legacy in settings and settings[legacy] != template.get(name, settings[legacy])
            for legacy, name in LEGACY_MESSAGES.items()
        ),
        "an email with a code": template.get("DefaultEmailOption") == "CONFIRM_WITH_LINK"
        and "EmailVerificationMessage" in settings,
        "two functions": at(settings, "LambdaConfig", "PreTokenGeneration") not in (None, arn)
        and arn is not None,
        "two SMS providers": "EumsSms" in sms and "SnsCallerArn" in sms,
        "tags of AWS": any(tag.lower().startswith("aws:") for tag in settings.get("UserPoolTags", {})),
        "rotation": at(settings, "RefreshTokenRotation", "Feature") == "ENABLED"
        and "ALLOW_REFRESH_TOKEN_AUTH" in flows,
        "two applications": "ApplicationId" in analytics and "ApplicationArn" in analytics,
    }
    return [name for name, is_broken in rules.items() if is_broken]


def as_described(settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings as the service describes them: some are in two places."""
    days = at(settings, "Policies", "PasswordPolicy", "TemporaryPasswordValidityDays")
    if days is not None:
        settings.setdefault("AdminCreateUserConfig", {})["UnusedAccountValidityDays"] = days
    template = settings.get("VerificationMessageTemplate", {})
    for legacy, name in LEGACY_MESSAGES.items():
        if name in template:
            settings[legacy] = template[name]
        elif legacy in settings:
            settings.setdefault("VerificationMessageTemplate", template)[name] = settings[legacy]
    arn = at(settings, "LambdaConfig", "PreTokenGenerationConfig", "LambdaArn")
    if arn is not None:
        settings["LambdaConfig"]["PreTokenGeneration"] = arn
    return settings


def consistent(settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings as described, without those that exclude others: no pool or app client has both."""
    settings = copy.deepcopy(settings)
    template = settings.get("VerificationMessageTemplate", {})
    by_link = template.get("DefaultEmailOption") == "CONFIRM_WITH_LINK"
    for name in ("EmailMessage", "EmailSubject") if by_link else ("EmailMessageByLink", "EmailSubjectByLink"):
        template.pop(name, None)
    if by_link:
        settings.pop("EmailVerificationMessage", None)
        settings.pop("EmailVerificationSubject", None)
    if "EumsSms" in settings.get("SmsConfiguration", {}):
        settings["SmsConfiguration"] = {"EumsSms": settings["SmsConfiguration"]["EumsSms"]}
    if "ApplicationArn" in settings.get("AnalyticsConfiguration", {}):
        settings["AnalyticsConfiguration"].pop("ApplicationId", None)
    if at(settings, "RefreshTokenRotation", "Feature") == "ENABLED":
        flows = settings.get("ExplicitAuthFlows", [])
        settings["ExplicitAuthFlows"] = [flow for flow in flows if flow != "ALLOW_REFRESH_TOKEN_AUTH"]
    return as_described(settings)


class FakeSettingsAPI(ScriptedTransport):
    """Describes and updates one ``UserPool`` or ``UserPoolClient``, kept in wire form."""

    def __init__(self, kind: str, settings: dict[str, Any]) -> None:
        super().__init__()
        self.kind = kind
        self.settings = copy.deepcopy(settings)
        self.operations: list[str] = []
        """Names of the operations called so far."""

    async def send(self, request: HTTPRequest, **options: Any) -> HTTPResponse:
        await super().send(request, **options)
        operation = request.headers["X-Amz-Target"].rpartition(".")[2]
        self.operations.append(operation)
        if operation == f"Describe{self.kind}":
            return http_response(body={self.kind: self.settings})
        assert operation == f"Update{self.kind}"
        sent = json.loads(request.body)
        if contradictions(sent):
            return error_response("InvalidParameterException")
        kept = {name: value for name, value in self.settings.items() if name in READ_ONLY[self.kind]}
        sent.pop("UserPoolId")
        sent.pop("ClientId", None)
        if "PoolName" in sent:
            sent["Name"] = sent.pop("PoolName")
        tags = self.settings.get("UserPoolTags", {})
        if reserved := {tag: value for tag, value in tags.items() if tag.lower().startswith("aws:")}:
            sent["UserPoolTags"] = sent.get("UserPoolTags", {}) | reserved
        match sent.pop("PublishSecretsInAWSSecretsManager", None):
            case True:
                kept.pop("ClientSecret")
                kept["ClientSecretArn"] = "arn"
            case False:
                kept.pop("ClientSecretArn")
                kept["ClientSecret"] = "s"
        self.settings = kept | as_described(sent)
        return http_response(body={self.kind: self.settings} if self.kind == "UserPoolClient" else {})


async def update_pool(settings: dict[str, Any], **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Merge changes into a user pool that has these settings.

    Returns:
        The update request and the settings after it, both in wire form.
    """
    transport = FakeSettingsAPI("UserPool", {"Id": POOL_ID} | settings)
    request = types.UpdateUserPoolRequest(user_pool_id=POOL_ID, **changes)
    await merge_user_pool(client_with(transport), request)
    return transport.json, transport.settings


async def update_app_client(
    settings: dict[str, Any], **changes: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Merge changes into an app client, like ``update_pool``."""
    transport = FakeSettingsAPI("UserPoolClient", {"UserPoolId": POOL_ID, "ClientId": CLIENT_ID} | settings)
    request = types.UpdateUserPoolClientRequest(user_pool_id=POOL_ID, client_id=CLIENT_ID, **changes)
    response = await merge_user_pool_client(client_with(transport), request)
    assert response.user_pool_client.to_wire() == transport.settings
    return transport.json, transport.settings
