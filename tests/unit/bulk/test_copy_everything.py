"""A pool with every member that descriptions have, compared with its copy member by member.

Every difference is listed here. A new member of the API is in the samples, so it is copied or a test fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import Shape

from cognito_async.bulk import CopyReport, copy_pool
from cognito_async.bulk._copy_target import TAG
from support.fake_account import FakeAccount, FakePool, Wire, as_list
from support.samples import sample
from support.strategies import service_model

LOST = "lost"
NEW = "new"
SETTINGS = "CreateUserPool"


def shape(name: str) -> Shape:
    return service_model().shape_for(name)


def full(name: str, **members: Any) -> Wire:
    """Return a description with every member of a shape."""
    values: Wire = sample(shape(name))
    assert set(members) <= set(values)
    return values | members


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from leaves(member, f"{path}.{name}" if path else name)
    else:
        yield path, value


def differences(source: Wire, target: Wire) -> dict[str, Any]:
    """Return what differs, by path: ``lost``, or the value in the target."""
    before, after = dict(leaves(source)), dict(leaves(target))
    return {
        path: after.get(path, LOST)
        for path in sorted(before.keys() | after.keys())
        if before.get(path, LOST) != after.get(path, LOST)
    }


@pytest.fixture
def account() -> FakeAccount:
    return FakeAccount()


@pytest.fixture
def source(account: FakeAccount) -> FakePool:
    return account.add_pool(Name="shop")


async def copy(account: FakeAccount, source: FakePool) -> tuple[CopyReport, FakePool]:
    client = account.client()
    report = await copy_pool(client, source.id, client, None)
    assert (report.failed, report.failures) == (0, ())
    return report, account.pools[report.target_pool_id or ""]


GENERATED = {"Id", "Arn", "CreationDate", "LastModifiedDate", "EstimatedNumberOfUsers", "SchemaAttributes"}
MESSAGES = "VerificationMessageTemplate"


async def test_settings_of_a_pool(account: FakeAccount, source: FakePool) -> None:
    described = full("UserPoolType", Name="shop", UserPoolTags={"team": "red", "aws:stack": "x"})
    described["LambdaConfig"]["PreTokenGenerationConfig"]["LambdaArn"] = described["LambdaConfig"][
        "PreTokenGeneration"
    ]
    source.mfa = full("GetUserPoolMfaConfigResponse", MfaConfiguration=described.pop("MfaConfiguration"))
    source.settings = {name: value for name, value in described.items() if name not in GENERATED}
    _, target = await copy(account, source)
    assert differences(source.settings, target.settings) == {
        # States, not settings; a domain belongs to one pool.
        "CustomDomain": LOST,
        "Domain": LOST,
        "EmailConfigurationFailure": LOST,
        "SmsConfigurationFailure": LOST,
        "Status": LOST,
        # Only AWS sets such tags.
        "UserPoolTags.aws:stack": LOST,
        # Proves which copy has created the pool.
        f"UserPoolTags.{TAG}": target.settings["UserPoolTags"][TAG],
        # The service accepts one of the two validities.
        "AdminCreateUserConfig.UnusedAccountValidityDays": LOST,
        # The service accepts messages with a link or with a code; the template has the legacy ones too.
        "EmailVerificationMessage": LOST,
        "EmailVerificationSubject": LOST,
        "SmsVerificationMessage": LOST,
        f"{MESSAGES}.EmailMessage": LOST,
        f"{MESSAGES}.EmailSubject": LOST,
    }
    assert differences(source.mfa, target.mfa) == {}


async def test_attributes_of_a_pool(account: FakeAccount, source: FakePool) -> None:
    attribute = full("SchemaAttributeType")
    source.schema = [
        attribute | {"Name": "custom:team", "DeveloperOnlyAttribute": False},
        attribute | {"Name": "dev:custom:note", "DeveloperOnlyAttribute": True},
        attribute | {"Name": "nickname", "DeveloperOnlyAttribute": False},
    ]
    await copy(account, source)
    ((_, request),) = [each for each in account.requests if each[0] == SETTINGS]
    found = [differences(*each) for each in zip(source.schema, request["Schema"], strict=True)]
    assert found == [{"Name": "team"}, {"Name": "note"}, {}]


@pytest.mark.parametrize("secret", ["ClientSecret", "ClientSecretArn", None])
async def test_app_clients(account: FakeAccount, source: FakePool, secret: str | None) -> None:
    described = full(
        "UserPoolClientType",
        UserPoolId=source.id,
        ClientId="old",
        SupportedIdentityProviders=["COGNITO", "Work"],
        AllowedOAuthScopes=["openid", "orders/read"],
    )
    for name in {"ClientSecret", "ClientSecretArn"} - {secret}:
        del described[name]
    source.clients["old"] = described
    source.providers["Work"] = {"UserPoolId": source.id, "ProviderName": "Work", "ProviderType": "OIDC"}
    source.servers["orders"] = {"UserPoolId": source.id, "Identifier": "orders", "Name": "Orders"}
    report, target = await copy(account, source)
    new = report.client_ids["old"]
    found = differences(described, target.clients[new])
    generated = {"UserPoolId": target.id, "ClientId": new, "CreationDate": LOST, "LastModifiedDate": LOST}
    excluded = {"AnalyticsConfiguration.ApplicationArn": LOST, "ClientType": LOST}  # two names, and a state
    secrets: Wire = {}
    if secret is not None:
        secrets["ClientSecret"] = target.clients[new]["ClientSecret"]
    if secret == "ClientSecretArn":
        secrets |= {"ClientSecretArn": LOST, "PublishSecretsInAWSSecretsManager": True}
    assert found == generated | excluded | secrets


async def test_resource_servers(account: FakeAccount, source: FakePool) -> None:
    described = full("ResourceServerType", UserPoolId=source.id)
    managed = described | {"Identifier": "managed"}
    del described["ManagedBy"]
    source.servers = {each["Identifier"]: each for each in (described, managed)}
    report, target = await copy(account, source)
    (server,) = target.servers.values()
    assert differences(described, server) == {"UserPoolId": target.id}
    assert report.not_copied["resource server managed"] == "the service manages it"


async def test_groups(account: FakeAccount, source: FakePool) -> None:
    described = full("GroupType", UserPoolId=source.id)
    source.groups[described["GroupName"]] = described
    _, target = await copy(account, source)
    assert differences(described, target.groups[described["GroupName"]]) == {
        "UserPoolId": target.id,
        "CreationDate": LOST,
        "LastModifiedDate": LOST,
    }


@pytest.mark.parametrize("kind", shape("IdentityProviderTypeType").enum)
async def test_identity_providers(account: FakeAccount, source: FakePool, kind: str) -> None:
    details = {"client_id": "x", "MetadataURL": "https://x", "MetadataFile": "x", "authorize_scopes": "x"}
    described = full(
        "IdentityProviderType",
        UserPoolId=source.id,
        ProviderName="Name",
        ProviderType=kind,
        ProviderDetails=details | {"attributes_url_add_attributes": "false"},
    )
    source.providers["Name"] = described
    report, target = await copy(account, source)
    if kind == "SignInWithApple":
        assert not target.providers
        assert "identity provider Name" in report.not_copied
        return
    assert differences(described, target.providers["Name"]) == {
        "UserPoolId": target.id,
        "CreationDate": LOST,
        "LastModifiedDate": LOST,
        # The service derives it; the file is that of the URL.
        "ProviderDetails.attributes_url_add_attributes": LOST,
        "ProviderDetails.MetadataFile": LOST,
    }


STATUS = {
    "UNCONFIRMED": None,
    "CONFIRMED": "CONFIRMED",
    "ARCHIVED": "FORCE_CHANGE_PASSWORD",
    "COMPROMISED": "FORCE_CHANGE_PASSWORD",
    "UNKNOWN": "FORCE_CHANGE_PASSWORD",
    "RESET_REQUIRED": "CONFIRMED",
    "FORCE_CHANGE_PASSWORD": "FORCE_CHANGE_PASSWORD",
    "EXTERNAL_PROVIDER": None,
}
"""Status of a user in the target by that in the source; None for users who are skipped."""


def test_every_status_is_known() -> None:
    assert set(STATUS) == set(shape("UserStatusType").enum)


@pytest.mark.parametrize(("before", "after"), STATUS.items())
@pytest.mark.parametrize("enabled", [True, False])
async def test_users(
    account: FakeAccount, source: FakePool, before: str, after: str | None, *, enabled: bool
) -> None:
    source.providers["Google"] = {"UserPoolId": source.id, "ProviderName": "Google", "ProviderType": "Google"}
    source.schema = [{"Name": "custom:team", "AttributeDataType": "String"}]
    attributes = {"email": "a@example.com", "email_verified": "true", "phone_number": "+15550100"}
    attributes |= {"phone_number_verified": "false", "name": "Ana", "custom:team": "red"}
    identity = {"userId": "1", "providerName": "Google"}
    user = full(
        "UserType", Username="ana", Enabled=enabled, UserStatus=before, Attributes=as_list(attributes)
    )
    user["Attributes"] = as_list({"sub": "old", "identities": json.dumps([identity])} | attributes)
    source.users["ana"] = user
    source.groups["staff"] = {"UserPoolId": source.id, "GroupName": "staff"}
    source.members["staff"] = ["ana"]
    report, target = await copy(account, source)
    if after is None:
        assert (target.users, target.members) == ({}, {})
        assert sum(why.startswith("1 of them") for why in report.not_copied.values()) == 2
        return
    copied = target.users["ana"]
    found, wanted = (dict(each, Attributes=_by_name(each)) for each in (copied, user))
    expected = {
        "Attributes.sub": found["Attributes"]["sub"],
        "UserCreateDate": copied["UserCreateDate"],
        "UserLastModifiedDate": copied["UserLastModifiedDate"],
        "UserStatus": after,
        "MFAOptions": LOST,  # legacy; reported as multi-factor settings of users
    }
    if before == after:
        del expected["UserStatus"]
    assert differences(wanted, found) == expected
    assert target.members == {"staff": ["ana"]}


def _by_name(user: Wire) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in user["Attributes"]}
