"""Pools and app clients that lose whatever an update leaves out, and refuse what contradicts itself, as the service."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

from support.transports import ScriptedTransport, error_response, http_response

from cognito_async.transport import HTTPResponse

POOL_ID = "eu-west-1_AbC123"
CLIENT_ID = "client-1"
SAME_MESSAGES = {
    "SmsVerificationMessage": "SmsMessage",
    "EmailVerificationMessage": "EmailMessage",
    "EmailVerificationSubject": "EmailSubject",
}
READ_ONLY = {
    "UserPool": {"Id", "Arn", "Status", "LastModifiedDate", "CreationDate", "SchemaAttributes", "Domain"}
    | {"AliasAttributes", "UsernameAttributes", "UsernameConfiguration", "EstimatedNumberOfUsers"}
    | {"SmsConfigurationFailure", "EmailConfigurationFailure", "CustomDomain"},
    "UserPoolClient": {
        "UserPoolId",
        "ClientId",
        "ClientSecret",
        "LastModifiedDate",
        "CreationDate",
        "ClientType",
    },
}


def at(values: Any, *path: str) -> Any:
    """A value deep within, None where something is missing on the way."""
    for step in path:
        values = (values or {}).get(step)
    return values


def contradictions(settings: Mapping[str, Any]) -> list[str]:
    """What the service refuses in one update."""
    template = settings.get("VerificationMessageTemplate", {})
    arn = at(settings, "LambdaConfig", "PreTokenGenerationConfig", "LambdaArn")
    sms = settings.get("SmsConfiguration", {})
    flows = settings.get("ExplicitAuthFlows", [])
    analytics = settings.get("AnalyticsConfiguration", {})
    found = {
        "two lives of temporary passwords": at(settings, "AdminCreateUserConfig", "UnusedAccountValidityDays")
        is not None
        and at(settings, "Policies", "PasswordPolicy", "TemporaryPasswordValidityDays") is not None,
        "two emails": "EmailMessage" in template and "EmailMessageByLink" in template,
        "a message of old": any(
            old in settings and settings[old] != template.get(new, settings[old])
            for old, new in SAME_MESSAGES.items()
        ),
        "an email with a code": template.get("DefaultEmailOption") == "CONFIRM_WITH_LINK"
        and "EmailVerificationMessage" in settings,
        "two functions": at(settings, "LambdaConfig", "PreTokenGeneration") not in (None, arn)
        and arn is not None,
        "two ways of SMS": "EumsSms" in sms and "SnsCallerArn" in sms,
        "tags of AWS": any(tag.lower().startswith("aws:") for tag in settings.get("UserPoolTags", {})),
        "rotation": at(settings, "RefreshTokenRotation", "Feature") == "ENABLED"
        and "ALLOW_REFRESH_TOKEN_AUTH" in flows,
        "two applications": "ApplicationId" in analytics and "ApplicationArn" in analytics,
    }
    return [name for name, is_so in found.items() if is_so]


def shown_twice(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings as the service describes them: some in two places."""
    days = at(settings, "Policies", "PasswordPolicy", "TemporaryPasswordValidityDays")
    if days is not None:
        settings.setdefault("AdminCreateUserConfig", {})["UnusedAccountValidityDays"] = days
    template = settings.get("VerificationMessageTemplate", {})
    for old, new in SAME_MESSAGES.items():
        if new in template:
            settings[old] = template[new]
        elif old in settings:
            settings.setdefault("VerificationMessageTemplate", template)[new] = settings[old]
    arn = at(settings, "LambdaConfig", "PreTokenGenerationConfig", "LambdaArn")
    if arn is not None:
        settings["LambdaConfig"]["PreTokenGeneration"] = arn
    return settings


def consistent(settings: dict[str, Any]) -> dict[str, Any]:
    """The same settings without what no pool and no app client can have at the same time."""
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
    return shown_twice(settings)


class ForgetfulTransport(ScriptedTransport):
    """Describes and updates one thing, a ``UserPool`` or a ``UserPoolClient``, in wire form."""

    def __init__(self, kind: str, settings: dict[str, Any]) -> None:
        super().__init__()
        self.kind = kind
        self.settings = copy.deepcopy(settings)
        self.operations: list[str] = []

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, seconds: float | None, resend: bool
    ) -> HTTPResponse:
        await super().post(url, headers, body, seconds=seconds, resend=resend)
        operation = headers["X-Amz-Target"].rpartition(".")[2]
        self.operations.append(operation)
        if operation == f"Describe{self.kind}":
            return http_response(body={self.kind: self.settings})
        assert operation == f"Update{self.kind}"
        sent = json.loads(body)
        if contradictions(sent):
            return error_response("InvalidParameterException")
        kept = {name: value for name, value in self.settings.items() if name in READ_ONLY[self.kind]}
        sent.pop("UserPoolId")
        sent.pop("ClientId", None)
        if "PoolName" in sent:
            sent["Name"] = sent.pop("PoolName")
        tags = self.settings.get("UserPoolTags", {})
        if theirs := {tag: value for tag, value in tags.items() if tag.lower().startswith("aws:")}:
            sent["UserPoolTags"] = sent.get("UserPoolTags", {}) | theirs
        self.settings = kept | shown_twice(sent)
        return http_response(body={self.kind: self.settings} if self.kind == "UserPoolClient" else {})
