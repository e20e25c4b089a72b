"""A pool with everything that ``copy_pool`` copies, and the state of a copy of it."""

from __future__ import annotations

import json
from typing import Any

from cognito_async.bulk._copy_target import TAG
from support.fake_account import FakeAccount, FakePool, Wire, attributes_of

CANARIES = ("canary-client-secret", "canary-provider-secret", "canary-file")
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:trigger"


def full_pool(account: FakeAccount, users: int = 8, **settings: Any) -> FakePool:
    """Add a pool with settings, users and everything else."""
    pool = account.add_pool(
        Name="shop",
        DeletionProtection="ACTIVE",
        LambdaConfig={"PreSignUp": ARN},
        AutoVerifiedAttributes=["email", "phone_number"],
        UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["phone_number"]},
        SmsConfiguration={"SnsCallerArn": "arn:aws:iam::123456789012:role/sns"},
        UserPoolTags={"team": "red", "aws:cloudformation:stack-name": "x"},
        **settings,
    )
    pool.mfa = {
        "MfaConfiguration": "OPTIONAL",
        "SoftwareTokenMfaConfiguration": {"Enabled": True},
        "SmsMfaConfiguration": {"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::123456789012:role/sns"}},
    }
    pool.schema = [
        {"Name": f"custom:{name}", "AttributeDataType": "String", "Mutable": True, "Required": False}
        for name in ("team", "level")
    ]
    pool.schema.append(
        {"Name": "dev:custom:note", "AttributeDataType": "String", "DeveloperOnlyAttribute": True}
    )
    pool.servers["orders"] = {
        "UserPoolId": pool.id,
        "Identifier": "orders",
        "Name": "Orders",
        "Scopes": [{"ScopeName": "read", "ScopeDescription": "Read"}],
    }
    add_providers(pool)
    for number, name in enumerate(("web", "mobile", "web")):
        pool.clients[f"old-{number}"] = {
            "UserPoolId": pool.id,
            "ClientId": f"old-{number}",
            "ClientName": name,
            "CallbackURLs": [f"https://example.com/{number}"],
            "AllowedOAuthScopes": ["openid", "orders/read"],
            "SupportedIdentityProviders": ["COGNITO", "Google", "Apple"],
            "AnalyticsConfiguration": {"ApplicationId": "app", "ApplicationArn": "arn:aws:mobiletargeting:1"},
            **({"ClientSecret": "canary-client-secret"} if number else {}),
        }
    for number, name in enumerate(("staff", "admins")):
        pool.groups[name] = {
            "UserPoolId": pool.id,
            "GroupName": name,
            "Description": name.title(),
            "Precedence": number,
            "RoleArn": f"arn:aws:iam::123456789012:role/{name}",
        }
    add_users(account, pool, users)
    return pool


def add_providers(pool: FakePool) -> None:
    details = {"client_id": "id", "client_secret": "canary-provider-secret", "authorize_scopes": "openid"}
    derived = {"token_url": "https://derived", "attributes_url_add_attributes": "true"}
    saml = {"MetadataURL": "https://metadata", "MetadataFile": "canary-file", "SSORedirectBindingURI": "x"}
    for name, kind, each in (
        ("Google", "Google", details | derived),
        ("Apple", "SignInWithApple", {"client_id": "id", "team_id": "t", "key_id": "k"}),
        ("Work", "OIDC", details | derived),
        ("Old", "SAML", saml),
    ):
        pool.providers[name] = {
            "UserPoolId": pool.id,
            "ProviderName": name,
            "ProviderType": kind,
            "ProviderDetails": each,
            "AttributeMapping": {"email": "email"} if name == "Work" else {},
        }


def add_users(account: FakeAccount, pool: FakePool, count: int) -> None:
    """Add users of all kinds."""
    for number in range(count):
        name, more = f"user-{number:03}", {}
        if number % 5 == 1:
            more["custom:team"] = "red"
        if number % 6 == 2:
            identity = {"userId": f"g-{number}", "providerName": "Google", "providerType": "Google"}
            more["identities"] = json.dumps([identity, identity | {"providerName": "Work"}])
        user = account.add_user(
            pool, name, email=f"{name}@example.com", email_verified="true", **more, status="CONFIRMED"
        )
        user["Enabled"] = number % 7 != 3
        if number % 3 == 0:
            pool.members.setdefault("staff", []).append(user["Username"])
    account.add_user(pool, "Google_1", status="EXTERNAL_PROVIDER", email="g@example.com")
    account.add_user(pool, "new", status="UNCONFIRMED", email="new@example.com")
    invited = account.add_user(pool, "invited", status="FORCE_CHANGE_PASSWORD", email="i@example.com")
    pool.members["admins"] = [each["Username"] for each in list(pool.users.values())[-3:-1]]
    pool.members["admins"].append(invited["Username"])


def state(pool: FakePool) -> Wire:
    """Return everything in a pool but generated values: ``sub``, dates, ids and secrets."""

    def login(user: Wire) -> str:
        return attributes_of(user).get("email", user["Username"])

    return {
        "settings": without_tag(pool.settings),
        "schema": pool.schema,
        "mfa": pool.mfa,
        "servers": without(pool.servers, "UserPoolId"),
        "providers": without(pool.providers, "UserPoolId"),
        "groups": without(pool.groups, "UserPoolId"),
        "clients": sorted(
            json.dumps(
                {name: value for name, value in each.items() if name not in ("UserPoolId", "ClientId")}
                | {"ClientSecret": "ClientSecret" in each},
                sort_keys=True,
            )
            for each in pool.clients.values()
        ),
        "users": {
            login(user): (
                user["UserStatus"],
                user["Enabled"],
                {name: value for name, value in attributes_of(user).items() if name != "sub"},
            )
            for user in pool.users.values()
        },
        "members": {
            name: sorted(login(pool.users[each]) for each in members)
            for name, members in pool.members.items()
        },
        "passwords": sorted(login(pool.users[name]) for name in pool.passwords),
    }


def without_tag(settings: Wire) -> Wire:
    """Return settings without the tag of a copy, whose value is random."""
    tags = {name: value for name, value in settings.get("UserPoolTags", {}).items() if name != TAG}
    return settings | {"UserPoolTags": tags} if "UserPoolTags" in settings else settings


def without(values: dict[str, Wire], name: str) -> dict[str, Wire]:
    return {
        key: {each: member for each, member in value.items() if each != name} for key, value in values.items()
    }
