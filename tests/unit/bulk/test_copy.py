"""``copy_pool``: everything that the API returns, nothing twice, secrets nowhere, and what is missing with its reason."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from cognito_async.bulk import CopyCounts, CopyReport, Progress, copy_pool
from cognito_async.bulk._copy_target import TAG
from cognito_async.errors import (
    InvalidRequestError,
    InvalidResponseError,
    NotAuthorizedException,
    ResourceNotFoundException,
)
from cognito_async.transport import HTTPResponse
from support.bulk_pool import Killed
from support.copied_pools import CANARIES, full_pool, state
from support.fake_account import FakeAccount, FakePool, attributes_of
from support.transports import FakeClock, client_with, error_response


@pytest.fixture
def account() -> FakeAccount:
    return FakeAccount()


async def copied(
    account: FakeAccount, source: FakePool, target: FakePool | None = None, **options: Any
) -> CopyReport:
    client = account.client()
    return await copy_pool(client, source.id, client, target and target.id, **options)


def counts(report: CopyReport) -> dict[str, tuple[int, int, int, int]]:
    return {
        part: (each.created, each.existing, each.skipped, each.failed) for part, each in report.counts.items()
    }


async def test_a_new_pool_is_like_the_source(account: FakeAccount) -> None:
    source = full_pool(account)
    report = await copied(account, source)
    target = account.pools[report.target_pool_id or ""]
    found, expected = state(target), state(source)
    assert counts(report) == {
        "settings": (1, 0, 0, 0),
        "resource_servers": (1, 0, 0, 0),
        "identity_providers": (3, 0, 1, 0),
        "app_clients": (3, 0, 0, 0),
        "groups": (2, 0, 0, 0),
        "users": (9, 0, 2, 0),
        "identities": (2, 0, 0, 0),
        "memberships": (4, 0, 2, 0),
    }
    assert (report.failed, report.failures, report.dry_run) == (0, (), False)
    for part in ("schema", "mfa", "servers", "groups"):
        assert found[part] == expected[part], part
    settings = expected["settings"] | {"UserPoolTags": {"team": "red"}}
    assert found["settings"] == settings
    assert set(found["providers"]) == {"Google", "Work", "Old"}
    assert found["members"] == {"staff": expected["members"]["staff"], "admins": ["i@example.com"]}
    users = {
        name: each
        for name, each in expected["users"].items()
        if name not in ("g@example.com", "new@example.com")
    }
    for status, enabled, attributes in users.values():
        if "identities" in attributes:
            identities = json.loads(attributes["identities"])
            for each in identities:
                del each["providerType"]
            attributes["identities"] = json.dumps(identities)
        assert status
        assert enabled in (True, False)
    assert found["users"] == users
    assert found["passwords"] == sorted(name for name in users if name != "i@example.com")


async def test_app_clients_have_new_ids_and_secrets(account: FakeAccount) -> None:
    source = full_pool(account)
    report = await copied(account, source)
    target = account.pools[report.target_pool_id or ""]
    assert set(report.client_ids) == set(source.clients)
    for old, new in report.client_ids.items():
        before, after = source.clients[old], target.clients[new]
        assert after["ClientName"] == before["ClientName"]
        assert after["CallbackURLs"] == before["CallbackURLs"]
        assert ("ClientSecret" in after) is ("ClientSecret" in before)
        assert after.get("ClientSecret") not in CANARIES
        assert after["SupportedIdentityProviders"] == ["COGNITO", "Google"]
        assert after["AnalyticsConfiguration"] == {"ApplicationId": "app"}
    assert "identity provider Apple of app client web" in report.not_copied
    assert report.not_copied["identity provider Apple"] == "the service does not return its private key"


async def test_derived_details_of_identity_providers_are_not_sent(account: FakeAccount) -> None:
    report = await copied(account, full_pool(account))
    providers = account.pools[report.target_pool_id or ""].providers
    assert set(providers["Google"]["ProviderDetails"]) == {"client_id", "client_secret", "authorize_scopes"}
    assert "token_url" in providers["Work"]["ProviderDetails"]
    assert providers["Old"]["ProviderDetails"] == {"MetadataURL": "https://metadata"}


async def test_secrets_are_in_no_report_and_no_journal(account: FakeAccount, tmp_path: Path) -> None:
    source = full_pool(account)
    account.errors["CreateIdentityProvider"] = "InvalidParameterException"
    report = await copied(account, source, journal=tmp_path / "copy.journal")
    text = repr(report) + (tmp_path / "copy.journal").read_text()
    target = account.pools[report.target_pool_id or ""]
    secrets = [each["ClientSecret"] for each in target.clients.values() if "ClientSecret" in each]
    assert len(secrets) == 2
    for secret in (*CANARIES, *secrets, *target.passwords.values()):
        assert secret not in text


async def test_what_cannot_be_copied_is_listed(account: FakeAccount) -> None:
    report = await copied(account, full_pool(account))
    for what in ("passwords", "multi-factor settings of users", "remembered devices", "domains"):
        assert report.not_copied[what]


async def test_skipped_users_and_their_memberships_are_listed_with_their_numbers(
    account: FakeAccount, tmp_path: Path
) -> None:
    source = full_pool(account)
    account.add_user(source, "Google_2", status="EXTERNAL_PROVIDER")
    for _ in range(2):  # the second report is that of the journal
        report = await copied(account, source, journal=tmp_path / "copy.journal")
        assert {what: why for what, why in report.not_copied.items() if "of them: " in why} == {
            "users of identity providers": "2 of them: their first sign-in creates them",
            "users who have not confirmed their sign-up": "1 of them: they sign up again",
            "memberships of users of identity providers": (
                "1 of them: add them to their groups after their first sign-in"
            ),
            "memberships of users who have not confirmed their sign-up": (
                "1 of them: add them to their groups after they have signed up again"
            ),
        }
    assert report.was_complete


@pytest.mark.parametrize("concurrency", [1, 8, 50])
async def test_memberships_of_many_small_groups_are_copied_at_the_same_time(
    account: FakeAccount, concurrency: int
) -> None:
    source, target = account.add_pool(), account.add_pool()
    account.add_users(source, 60, email_verified="true")
    account.add_users(target, 60, email_verified="true")
    for number in range(60):
        for pool in (source, target):
            pool.groups[f"g{number}"] = {"UserPoolId": pool.id, "GroupName": f"g{number}"}
        source.members[f"g{number}"] = [f"user-{number}"]
    seen: list[int] = []

    async def wait(operation: str) -> None:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if operation in {"AdminGetUser", "AdminAddUserToGroup"}:
            seen.append(account.in_flight)

    account.during = wait
    await copied(account, source, target, parts=("memberships",), concurrency=concurrency)
    assert target.members == source.members
    lists = min(concurrency, 20)
    assert min(concurrency, 10) <= max(seen) <= concurrency + lists


async def test_an_existing_target_keeps_what_it_has(account: FakeAccount) -> None:
    source = full_pool(account)
    target = account.add_pool(Name="other")
    target.schema = [
        {"Name": "custom:team", "AttributeDataType": "Number"},
        {"Name": "custom:own", "AttributeDataType": "String"},
    ]
    target.groups["staff"] = {"UserPoolId": target.id, "GroupName": "staff", "Description": "Own"}
    target.clients["own"] = {"UserPoolId": target.id, "ClientId": "own", "ClientName": "web"}
    account.add_user(target, "user-001", status="FORCE_CHANGE_PASSWORD", email="own@example.com")
    report = await copied(account, source, target)
    assert counts(report) == {
        "attributes": (2, 1, 0, 0),
        "resource_servers": (1, 0, 0, 0),
        "identity_providers": (3, 0, 1, 0),
        "app_clients": (2, 1, 0, 0),
        "groups": (1, 1, 0, 0),
        "users": (8, 1, 2, 0),
        "identities": (2, 0, 0, 0),
        "memberships": (4, 0, 2, 0),
    }
    assert target.settings == {"Name": "other"}
    assert [each["Name"] for each in target.schema][2:] == ["custom:level", "dev:custom:note"]
    assert target.groups["staff"]["Description"] == "Own"
    assert report.client_ids["old-0"] == "own"
    assert attributes_of(target.users["user-001"])["email"] == "own@example.com"
    assert target.users["user-001"]["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert report.not_copied["settings of the pool"] == "the target exists, and keeps its own"
    assert "type of the attribute custom:team" in report.not_copied


async def test_the_same_copy_again_creates_nothing(account: FakeAccount) -> None:
    source = full_pool(account)
    first = await copied(account, source)
    target = account.pools[first.target_pool_id or ""]
    before = state(target)
    report = await copied(account, source, target)
    assert state(target) == before
    assert {part: each.created for part, each in report.counts.items() if each.created} == {"memberships": 4}
    assert report.counts["users"] == CopyCounts(existing=9, skipped=2)
    assert report.client_ids == first.client_ids


async def test_a_dry_run_only_reads(account: FakeAccount, tmp_path: Path) -> None:
    source = full_pool(account)
    journal = tmp_path / "copy.journal"
    report = await copied(account, source, dry_run=True, journal=journal)
    assert not journal.exists()
    assert {name.startswith(("List", "Describe", "Get")) for name in account.calls} == {True}
    assert (report.dry_run, report.target_pool_id) == (True, None)
    assert counts(report) == {
        "settings": (1, 0, 0, 0),
        "resource_servers": (1, 0, 0, 0),
        "identity_providers": (4, 0, 0, 0),
        "app_clients": (3, 0, 0, 0),
        "groups": (2, 0, 0, 0),
        "users": (11, 0, 0, 0),
    }
    target = account.add_pool()
    target.groups["staff"] = {"UserPoolId": target.id, "GroupName": "staff"}
    report = await copied(account, source, target, dry_run=True, parts=("settings", "groups"))
    assert counts(report) == {"attributes": (3, 0, 0, 0), "groups": (1, 1, 0, 0)}
    assert {name.startswith(("List", "Describe", "Get")) for name in account.calls} == {True}


async def test_only_the_parts_asked_for_are_copied(account: FakeAccount) -> None:
    source, target = full_pool(account), account.add_pool()
    report = await copied(account, source, target, parts=["groups"])
    assert counts(report) == {"groups": (2, 0, 0, 0)}
    assert (target.users, target.schema) == ({}, [])
    report = await copied(account, source, target, parts=["users"])
    assert counts(report)["users"] == (7, 0, 2, 2)
    assert {each.part for each in report.failures} == {"users", "identities"}


async def test_memberships_are_copied_for_users_who_exist(account: FakeAccount) -> None:
    source, target = full_pool(account), account.add_pool()
    account.add_user(target, "user-000", email="user-000@example.com", email_verified="true")
    report = await copied(account, source, target, parts=["groups", "memberships"])
    assert counts(report)["memberships"] == (1, 0, 2, 3)
    assert {each.error for each in report.failures} == {"UserNotFoundException"}


@pytest.mark.parametrize("providers", [[], ["COGNITO", "Google"], ["Apple"]])
async def test_app_clients_keep_the_providers_that_the_target_has(
    account: FakeAccount, providers: list[str]
) -> None:
    source = full_pool(account)
    source.clients["old-1"]["SupportedIdentityProviders"] = providers
    report = await copied(
        account, source, parts=["settings", "resource_servers", "identity_providers", "app_clients"]
    )
    copy = account.pools[report.target_pool_id or ""].clients[report.client_ids["old-1"]]
    assert copy.get("SupportedIdentityProviders", []) == [each for each in providers if each != "Apple"]


async def test_memberships_of_a_group_that_the_target_lacks_are_listed(account: FakeAccount) -> None:
    source, target = full_pool(account), account.add_pool()
    account.errors["CreateGroup admins"] = "InvalidParameterException"
    report = await copied(account, source, target)
    assert counts(report)["memberships"] == (3, 0, 0, 0)
    assert report.not_copied["members of the group admins"] == "the target does not have the group"
    assert [(each.part, each.name, each.error) for each in report.failures] == [
        ("groups", "admins", "InvalidParameterException")
    ]


ROLE = "arn:aws:iam::123456789012:role/staff"
ROLE_NOTE = "role of the group staff"


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "NotAuthorizedException", "InvalidParameterException"]
)
async def test_a_group_is_created_without_a_role_that_is_rejected(account: FakeAccount, code: str) -> None:
    source, target = full_pool(account), account.add_pool()
    account.role_errors[ROLE] = code
    report = await copied(account, source, target)
    assert report.failed == 0
    assert "RoleArn" not in target.groups["staff"]
    assert target.groups["staff"]["Description"] == "Staff"
    assert target.groups["admins"]["RoleArn"]
    assert {what for what in report.not_copied if what.startswith("role")} == {ROLE_NOTE}
    assert "iam:PassRole" in report.not_copied[ROLE_NOTE]
    assert len(target.members["staff"]) == 3


async def test_the_note_of_a_role_survives_a_kill(account: FakeAccount, tmp_path: Path) -> None:
    source, target = full_pool(account), account.add_pool()
    account.role_errors[ROLE] = "AccessDeniedException"

    async def kill(operation: str) -> HTTPResponse | None:
        if operation == "CreateGroup" and "staff" in target.groups:
            raise Killed
        return None

    account.after = kill
    journal = tmp_path / "copy.journal"
    with pytest.raises(Killed):
        await copied(account, source, target, parts=("groups",), journal=journal)
    account.after = None
    report = await copied(account, source, target, parts=("groups",), journal=journal)
    assert counts(report) == {"groups": (2, 0, 0, 0)}
    assert ROLE_NOTE in report.not_copied


async def test_a_group_without_a_role_that_is_rejected_is_a_failure(account: FakeAccount) -> None:
    source, target = full_pool(account), account.add_pool()
    for group in source.groups.values():
        del group["RoleArn"]
    target.groups["admins"] = {"UserPoolId": target.id, "GroupName": "admins"}
    account.errors["CreateGroup staff"] = "InvalidParameterException"
    report = await copied(account, source, target, parts=("groups",))
    assert counts(report) == {"groups": (0, 1, 0, 1)}
    assert account.calls["CreateGroup"] == 1
    assert account.calls["ListGroups"] == 2


async def test_another_region_has_its_own_resources(account: FakeAccount) -> None:
    source = full_pool(account)
    source.settings["Policies"] = {"PasswordPolicy": {"MinimumLength": 12}}
    there = FakeAccount(region="us-east-1", seed=2)
    report = await copy_pool(account.client(), source.id, there.client(), None, pool_name="shop-us")
    target = there.pools[report.target_pool_id or ""]
    assert target.settings == {
        "Name": "shop-us",
        "DeletionProtection": "ACTIVE",
        "Policies": {"PasswordPolicy": {"MinimumLength": 12}},
        "AutoVerifiedAttributes": ["email"],
        "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": []},
        "UserPoolTags": {"team": "red", TAG: target.settings["UserPoolTags"][TAG]},
    }
    assert target.mfa == {
        "MfaConfiguration": "OPTIONAL",
        "SoftwareTokenMfaConfiguration": {"Enabled": True},
    }
    assert all("AnalyticsConfiguration" not in each for each in target.clients.values())
    missing = {name for name in report.not_copied if name.startswith("setting ")}
    verified = "UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate"
    assert missing == {
        "setting LambdaConfig",
        "setting SmsConfiguration",
        "setting SmsMfaConfiguration",
        "setting AutoVerifiedAttributes: phone_number",
        f"setting {verified}: phone_number",
    }
    assert len(target.users) == 9
    assert there.calls["AdminCreateUser"] == 9
    assert account.calls["AdminCreateUser"] == 0


async def test_without_a_factor_in_the_other_region_there_is_none(account: FakeAccount) -> None:
    source = account.add_pool(Name="shop", SmsConfiguration={"SnsCallerArn": "arn:aws:iam::1:role/sns"})
    source.mfa = {"MfaConfiguration": "ON", "SmsMfaConfiguration": {"SmsAuthenticationMessage": "{####}"}}
    there = FakeAccount(region="us-east-1")
    report = await copy_pool(account.client(), source.id, there.client(), None)
    assert there.pools[report.target_pool_id or ""].mfa == {"MfaConfiguration": "OFF"}
    assert there.calls["SetUserPoolMfaConfig"] == 0
    assert "so it is OFF" in report.not_copied["setting MfaConfiguration"]
    assert "SmsConfiguration" in report.not_copied["setting SmsMfaConfiguration"]


SMS = {"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::1:role/sns"}}
SES = {"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER", "SourceArn": "arn:aws:ses:eu-west-1:1:x"}}
FACTORS = "Policies.SignInPolicy.AllowedFirstAuthFactors"
RECOVERY = "AccountRecoverySetting.RecoveryMechanisms"


def first_factors(*names: str) -> dict[str, Any]:
    return {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": list(names)}}}


def recovery(*names: str) -> dict[str, Any]:
    options = [{"Name": name, "Priority": number} for number, name in enumerate(names, 1)]
    return {"AccountRecoverySetting": {"RecoveryMechanisms": options}}


@pytest.mark.parametrize(
    ("before", "after", "noted"),
    [
        (SMS | first_factors("PASSWORD", "SMS_OTP"), first_factors("PASSWORD"), {f"{FACTORS}: SMS_OTP"}),
        (SMS | first_factors("SMS_OTP"), first_factors("PASSWORD"), {f"{FACTORS}: SMS_OTP"}),
        (SMS | first_factors("EMAIL_OTP"), first_factors("EMAIL_OTP"), set()),
        (SES | first_factors("PASSWORD", "EMAIL_OTP"), first_factors("PASSWORD"), {f"{FACTORS}: EMAIL_OTP"}),
        (SES | first_factors("SMS_OTP"), first_factors("SMS_OTP"), set()),
        (first_factors("SMS_OTP", "EMAIL_OTP"), first_factors("SMS_OTP", "EMAIL_OTP"), set()),
        (SMS | recovery("verified_email"), recovery("verified_email"), set()),
        (
            SMS | recovery("verified_email", "verified_phone_number"),
            recovery("verified_email"),
            {f"{RECOVERY}: verified_phone_number"},
        ),
        (
            SMS | recovery("verified_phone_number"),
            recovery("admin_only"),
            {f"{RECOVERY}: verified_phone_number"},
        ),
        (SES | recovery("verified_email"), recovery("verified_email"), set()),
    ],
)
async def test_what_needs_messages_of_another_region_is_left_out_and_listed(
    account: FakeAccount, before: dict[str, Any], after: dict[str, Any], noted: set[str]
) -> None:
    source, there = account.add_pool(Name="shop", **before), FakeAccount(region="us-east-1")
    report = await copy_pool(account.client(), source.id, there.client(), None)
    assert _settings(there, report) == {"Name": "shop"} | after
    notes = {
        name.removeprefix("setting "): why for name, why in report.not_copied.items() if "setting " in name
    }
    channel = {"SmsConfiguration", "EmailConfiguration"} & set(before)
    assert set(notes) == noted | channel
    assert all("merge_user_pool" in why for why in notes.values())
    here = await copy_pool(account.client(), source.id, account.client(), None)
    assert _settings(account, here) == {"Name": "shop"} | before


def _settings(account: FakeAccount, report: CopyReport) -> dict[str, Any]:
    """Return the settings of a target, without the tag of the copy."""
    settings = dict(account.pools[report.target_pool_id or ""].settings)
    assert settings.pop("UserPoolTags").keys() == {TAG}
    return settings


@pytest.mark.parametrize(
    ("attribute", "sent"),
    [
        ({"Required": True}, 1),
        ({"Mutable": False}, 1),
        ({"StringAttributeConstraints": {"MinLength": "0", "MaxLength": "2048"}}, 0),
        ({"StringAttributeConstraints": {}}, 0),
        ({"StringAttributeConstraints": {"MinLength": "5", "MaxLength": "2048"}}, 1),
        ({"StringAttributeConstraints": {"MinLength": "0", "MaxLength": "50"}}, 1),
        ({"Name": "birthdate", "StringAttributeConstraints": {"MinLength": "10", "MaxLength": "10"}}, 0),
        ({"Name": "birthdate", "StringAttributeConstraints": {"MinLength": "0", "MaxLength": "10"}}, 1),
        ({"Name": "updated_at", "NumberAttributeConstraints": {"MinValue": "0"}}, 0),
        ({"Name": "updated_at", "NumberAttributeConstraints": {"MinValue": "0", "MaxValue": "9"}}, 1),
        ({"Name": "updated_at", "NumberAttributeConstraints": {"MinValue": "1"}}, 1),
    ],
)
async def test_standard_attributes_that_differ_from_the_default_are_created_so(
    account: FakeAccount, attribute: dict[str, Any], sent: int
) -> None:
    source = account.add_pool(Name="shop")
    attribute = {"Name": "nickname", "AttributeDataType": "String", "Required": False} | attribute
    source.schema = [attribute, {"Name": "custom:team", "AttributeDataType": "String"}]
    await copied(account, source)
    ((_, members),) = [each for each in account.requests if each[0] == "CreateUserPool"]
    assert members["Schema"][0]["Name"] == "team"
    assert members["Schema"][1:] == [attribute] * sent


async def test_attributes_that_a_new_pool_cannot_have_are_listed(account: FakeAccount) -> None:
    source = account.add_pool(Name="shop")
    source.schema = [{"Name": f"custom:a{number}", "AttributeDataType": "String"} for number in range(49)]
    limits = {"StringAttributeConstraints": {"MinLength": "5"}}
    source.schema += [
        {"Name": "nickname", "AttributeDataType": "String"} | limits,
        {"Name": "name", "AttributeDataType": "String", "Required": True},
        {"Name": "phone_number_verified", "AttributeDataType": "Boolean", "Mutable": False},
    ]
    report = await copied(account, source)
    ((_, members),) = [each for each in account.requests if each[0] == "CreateUserPool"]
    assert [each["Name"] for each in members["Schema"]] == [*(f"a{number}" for number in range(49)), "name"]
    what = "setting limits of the attribute {}, and whether it is required or can change"
    assert "50 attributes" in report.not_copied[what.format("nickname")]
    assert "20 characters" in report.not_copied[what.format("phone_number_verified")]


async def test_users_of_pools_that_sign_in_with_email_keep_their_groups(account: FakeAccount) -> None:
    source = full_pool(account, UsernameAttributes=["email"])
    report = await copied(account, source)
    target = account.pools[report.target_pool_id or ""]
    assert state(target)["members"]["staff"] == state(source)["members"]["staff"]
    assert not set(target.users) & set(source.users)
    assert counts(report)["identities"] == (2, 0, 0, 0)


async def test_users_are_not_confirmed_if_asked_so(account: FakeAccount) -> None:
    report = await copied(account, full_pool(account), confirm_users=False)
    target = account.pools[report.target_pool_id or ""]
    assert {user["UserStatus"] for user in target.users.values()} == {"FORCE_CHANGE_PASSWORD"}
    assert target.passwords == {}


@pytest.mark.parametrize(("policies", "length"), [({}, 64), ({"PasswordPolicy": {"MinimumLength": 99}}, 99)])
async def test_random_passwords_differ_and_fit_the_policy(
    account: FakeAccount, policies: dict[str, Any], length: int
) -> None:
    report = await copied(account, full_pool(account, Policies=policies))
    passwords = list(account.pools[report.target_pool_id or ""].passwords.values())
    assert len(set(passwords)) == len(passwords) == 8
    assert {len(each) for each in passwords} == {length}


@pytest.mark.parametrize(
    ("operation", "part"),
    [
        ("SetUserPoolMfaConfig", "settings"),
        ("CreateResourceServer", "resource_servers"),
        ("CreateIdentityProvider", "identity_providers"),
        ("CreateUserPoolClient mobile", "app_clients"),
        ("CreateGroup staff", "groups"),
        ("AdminCreateUser user-001", "users"),
        ("AdminLinkProviderForUser", "identities"),
        ("AdminAddUserToGroup user-003", "memberships"),
    ],
)
async def test_what_the_service_rejects_is_a_failure_and_the_rest_is_copied(
    account: FakeAccount, operation: str, part: str
) -> None:
    account.errors[operation] = "InvalidParameterException"
    report = await copied(account, full_pool(account))
    assert {each.part for each in report.failures} >= {part}
    assert report.counts[part].failed > 0
    assert report.failed == sum(each.failed for each in report.counts.values())
    assert report.counts["users"].created >= 8


async def test_custom_attributes_that_are_rejected_are_failures(account: FakeAccount) -> None:
    source, target = full_pool(account), account.add_pool()
    account.errors["AddCustomAttributes"] = "InvalidParameterException"
    report = await copied(account, source, target, parts=("settings",))
    assert {each.name for each in report.failures} == {"custom:team", "custom:level", "dev:custom:note"}


async def test_many_custom_attributes_take_several_requests(account: FakeAccount) -> None:
    source, target = account.add_pool(), account.add_pool()
    source.schema = [{"Name": f"custom:a{n}", "AttributeDataType": "String"} for n in range(51)]
    await copied(account, source, target, parts=("settings",))
    assert account.calls["AddCustomAttributes"] == 3
    assert target.schema == source.schema


@pytest.mark.parametrize(
    ("operation", "code", "error"),
    [
        ("AdminCreateUser", "NotAuthorizedException", NotAuthorizedException),
        ("AdminAddUserToGroup", "ResourceNotFoundException", ResourceNotFoundException),
        ("CreateGroup", "NotAuthorizedException", NotAuthorizedException),
    ],
)
async def test_an_error_that_would_affect_the_rest_is_raised(
    account: FakeAccount, operation: str, code: str, error: type[Exception]
) -> None:
    account.errors[operation] = code
    with pytest.raises(error):
        await copied(account, full_pool(account))


async def test_a_group_or_provider_that_somebody_else_created_meanwhile_exists(account: FakeAccount) -> None:
    source, target = full_pool(account), account.add_pool()
    account.errors |= {
        "CreateGroup": "GroupExistsException",
        "CreateIdentityProvider": "DuplicateProviderException",
    }
    report = await copied(account, source, target, parts=("groups", "identity_providers"))
    assert counts(report) == {"groups": (0, 2, 0, 0), "identity_providers": (0, 3, 1, 0)}


async def test_a_lost_response_to_a_creation_counts_as_created(account: FakeAccount) -> None:
    source, target = full_pool(account), account.add_pool()
    lost = 0

    async def lose(operation: str) -> HTTPResponse | None:
        nonlocal lost
        if operation != "CreateGroup" or lost:
            return None
        lost += 1
        return error_response("InternalErrorException", 500)

    account.after = lose
    client = client_with(account, FakeClock())
    report = await copy_pool(client, source.id, client, target.id, parts=("groups",))
    assert lost == 1
    assert account.calls["CreateGroup"] == 3
    assert counts(report) == {"groups": (2, 0, 0, 0)}


async def test_settings_that_are_unknown_to_this_release_end_the_copy(account: FakeAccount) -> None:
    source = full_pool(account)
    source.settings["QuantumConfiguration"] = {"Qubits": 5}
    with pytest.raises(InvalidResponseError, match="unknown to this release: QuantumConfiguration") as caught:
        await copied(account, source)
    assert "It was not copied" in str(caught.value)
    assert account.calls["CreateUserPool"] == 0


async def test_an_app_client_with_unknown_settings_is_a_failure(account: FakeAccount) -> None:
    source = full_pool(account)
    source.clients["old-1"]["Quantum"] = True
    report = await copied(account, source)
    ((part, name, error),) = [(each.part, each.name, each.error) for each in report.failures]
    assert (part, name, error) == ("app_clients", "old-1", "InvalidResponseError")
    assert set(report.client_ids) == {"old-0", "old-2"}


async def test_progress_counts_users_and_memberships(account: FakeAccount) -> None:
    seen: list[Progress] = []
    await copied(account, full_pool(account, users=130), progress=seen.append)
    assert seen[0][:3] == (0, 133, 0)
    assert seen[-1].done == seen[-1].total == 133 + 44 + 3


async def test_malformed_identities_are_none(account: FakeAccount) -> None:
    source = account.add_pool()
    for number, identities in enumerate(("no json", "{}", "5", '[{"userId": "x"}]')):
        account.add_user(source, f"user-{number}", identities=identities)
    report = await copied(account, source)
    assert counts(report)["users"] == (4, 0, 0, 0)
    assert account.calls["AdminLinkProviderForUser"] == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "source"}, "target_pool_id: is the source; to create a pool like it, pass None"),
        ({"parts": "users"}, "parts: expected a list of names, got 'users'"),
        ({"parts": ["settings", "user"]}, "parts: there is no part 'user', did you mean 'users'?"),
        ({"parts": ["users"]}, 'parts: "settings" are needed to create the target'),
        ({"concurrency": 0}, "concurrency: expected a number of at least 1, got 0"),
    ],
)
async def test_a_wrong_argument_is_an_error(
    account: FakeAccount, options: dict[str, Any], message: str
) -> None:
    source = full_pool(account)
    target = source if options.pop("target", None) else None
    with pytest.raises(InvalidRequestError) as caught:
        await copied(account, source, target, **options)
    assert message in str(caught.value)
    assert account.requests == []


async def test_a_pool_that_does_not_exist_is_an_error(account: FakeAccount) -> None:
    with pytest.raises(ResourceNotFoundException):
        await copied(account, full_pool(account), FakePool("eu-west-1_none", {}))
