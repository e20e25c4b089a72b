"""Groups and linked identities of a copy are for the same person only, whatever names the target knows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cognito_async.bulk import CopyReport, copy_pool
from cognito_async.errors import NotAuthorizedException
from support.fake_account import FakeAccount, FakePool, Wire, as_list, attributes_of

EMAIL = "boss@example.com"
VERIFIED = {"email": EMAIL, "email_verified": "true"}
UNVERIFIED = {"email": EMAIL, "email_verified": "false"}
PHONE = {"phone_number": "+15550100", "phone_number_verified": "true"}
ANY_CASE = {"UsernameConfiguration": {"CaseSensitive": False}}
COLLISION = "UserCollision"


@pytest.fixture
def account() -> FakeAccount:
    return FakeAccount()


def source_of(account: FakeAccount, members: dict[str, dict[str, str]], **settings: Any) -> FakePool:
    """Return a pool with these users, who are administrators but for mallory."""
    pool = account.add_pool(Name="source", **settings)
    pool.groups["admins"] = {"UserPoolId": pool.id, "GroupName": "admins"}
    for name, attributes in members.items():
        user = account.add_user(pool, name, **attributes)
        if name != "mallory":
            pool.members.setdefault("admins", []).append(user["Username"])
    return pool


def target_of(account: FakeAccount, **settings: Any) -> FakePool:
    pool = account.add_pool(Name="target", **settings)
    pool.groups["admins"] = {"UserPoolId": pool.id, "GroupName": "admins"}
    return pool


async def copied(
    account: FakeAccount, source: FakePool, target: FakePool, *parts: Any, **options: Any
) -> CopyReport:
    client = account.client()
    chosen = parts or ("users", "memberships")
    return await copy_pool(client, source.id, client, target.id, parts=chosen, **options)


def failures(report: CopyReport) -> list[tuple[str, str, str]]:
    return [(each.part, each.name, each.error) for each in report.failures]


BOTH = [("users", "boss", COLLISION), ("memberships", "boss in admins", COLLISION)]
MEMBERSHIP = BOTH[1:]


# In the source, somebody has the name of another user


@pytest.mark.parametrize("first", ["mallory", "boss"])
async def test_an_address_that_is_not_verified_is_no_sign_in_name(account: FakeAccount, first: str) -> None:
    users = {"mallory": UNVERIFIED, "boss": VERIFIED}
    source = source_of(account, {first: users.pop(first)} | users)
    target = target_of(account, UsernameAttributes=["email"])
    report = await copied(account, source, target)
    (user,) = target.users.values()
    assert attributes_of(user)["email_verified"] == "true"
    assert target.members == {"admins": [user["Username"]]}
    assert failures(report) == [("users", "mallory", COLLISION)]
    assert "sign in with email, and that of this one is not verified" in report.failures[0].message


async def test_a_username_that_looks_like_an_address_is_no_address(account: FakeAccount) -> None:
    source = source_of(account, {EMAIL: {"name": "Mallory"}, "boss": VERIFIED})
    target = target_of(account, UsernameAttributes=["email"])
    report = await copied(account, source, target)
    (user,) = target.users.values()
    assert "name" not in attributes_of(user)
    assert target.members == {"admins": [user["Username"]]}
    assert [each[1] for each in failures(report)] == [EMAIL, f"{EMAIL} in admins"]
    assert "sign in with email, and this one has none" in report.failures[0].message


async def test_every_sign_in_name_of_a_user_must_be_trusted(account: FakeAccount) -> None:
    source = source_of(account, {"boss": PHONE | UNVERIFIED, "other": PHONE | {"phone_number": "+15550111"}})
    target = target_of(account, UsernameAttributes=["email", "phone_number"])
    report = await copied(account, source, target)
    assert [attributes_of(each)["phone_number"] for each in target.users.values()] == ["+15550111"]
    assert failures(report) == BOTH


@pytest.mark.parametrize("attributes", [VERIFIED, UNVERIFIED])
async def test_a_username_of_the_source_is_trusted(account: FakeAccount, attributes: dict[str, str]) -> None:
    source = source_of(account, {"boss": attributes}, UsernameAttributes=["email"])
    target = target_of(account, UsernameAttributes=["email"])
    report = await copied(account, source, target)
    assert failures(report) == []
    assert target.members == {"admins": list(target.users)}


async def test_users_who_share_an_address_do_not_share_groups(account: FakeAccount) -> None:
    source = source_of(account, {"mallory": VERIFIED, "boss": VERIFIED})
    target = target_of(account, UsernameAttributes=["email"])
    report = await copied(account, source, target)
    assert failures(report) == BOTH
    assert target.members == {}


async def test_names_that_differ_in_case_do_not_share_groups(account: FakeAccount) -> None:
    source = source_of(account, {"mallory": {}, "Boss": VERIFIED, "boss": VERIFIED | {"name": "x"}})
    source.members["admins"].remove("Boss")
    target = target_of(account, **ANY_CASE)
    report = await copied(account, source, target)
    assert failures(report) == BOTH
    assert target.members == {}
    source.members["admins"] = ["Boss"]
    target = target_of(account, **ANY_CASE)
    report = await copied(account, source, target)
    assert target.members == {"admins": ["Boss"]}


async def test_who_chooses_the_username_of_another_user_as_alias_gets_no_group(account: FakeAccount) -> None:
    source = source_of(account, {"mallory": {"preferred_username": "boss"}, "boss": VERIFIED})
    target = target_of(account, AliasAttributes=["preferred_username"])
    report = await copied(account, source, target, concurrency=1)
    assert set(target.users) == {"mallory"}
    assert target.members == {}
    assert failures(report) == BOTH


# In the target, somebody else has the name


@pytest.mark.parametrize(
    ("name", "attributes", "settings"),
    [
        ("boss", {"email": "other@example.com", "email_verified": "true"}, {}),
        ("boss", UNVERIFIED, {}),
        ("boss", {}, {}),
        ("BOSS", {"email": "other@example.com"}, ANY_CASE),
        ("mallory", {"preferred_username": "boss"}, {"AliasAttributes": ["preferred_username"]}),
        ("mallory", UNVERIFIED, {"UsernameAttributes": ["email"]}),
        ("mallory", UNVERIFIED, {"UsernameAttributes": ["email"]} | ANY_CASE),
        ("mallory", UNVERIFIED | {"email": EMAIL.upper()}, {"UsernameAttributes": ["email"]} | ANY_CASE),
        ("mallory", UNVERIFIED, {"UsernameAttributes": ["email", "phone_number"]}),
    ],
)
@pytest.mark.parametrize("parts", [("users", "memberships"), ("memberships",)])
async def test_somebody_else_of_the_name_gets_no_group(
    account: FakeAccount,
    name: str,
    attributes: dict[str, str],
    settings: dict[str, Any],
    parts: tuple[str, ...],
) -> None:
    source = source_of(account, {"boss": VERIFIED})
    target = target_of(account, **settings)
    account.add_user(target, name, **attributes)
    report = await copied(account, source, target, *parts)
    assert len(target.users) == 1
    assert target.members == {}
    has_username = name.lower() == "boss"  # then it exists, and stays as it is
    assert failures(report) == (MEMBERSHIP if has_username or "users" not in parts else BOTH)


@pytest.mark.parametrize("contact", [VERIFIED, PHONE])
async def test_a_verified_contact_of_somebody_else_is_a_collision(
    account: FakeAccount, contact: dict[str, str]
) -> None:
    source = source_of(account, {"boss": VERIFIED | PHONE})
    target = target_of(account, AliasAttributes=["email", "phone_number"])
    account.add_user(target, "mallory", **contact)
    report = await copied(account, source, target)
    assert target.members == {}
    assert failures(report) == BOTH


async def test_an_alias_of_somebody_else_is_a_collision_with_any_error(account: FakeAccount) -> None:
    source = source_of(account, {"boss": VERIFIED, "other": {}})
    target = target_of(account, AliasAttributes=["email"])
    account.errors["AdminCreateUser boss"] = "AliasExistsException"
    report = await copied(account, source, target)
    assert target.members == {"admins": ["other"]}
    assert failures(report) == BOTH


@pytest.mark.parametrize("code", [None, "InvalidParameterException"])
async def test_the_sub_of_somebody_else_is_no_username(account: FakeAccount, code: str | None) -> None:
    target = target_of(account)
    other = account.add_user(target, "mallory")
    sub = attributes_of(other)["sub"]
    source = source_of(account, {sub: VERIFIED})
    if code is not None:
        account.errors["AdminCreateUser"] = code
    report = await copied(account, source, target)
    assert target.members == {}
    assert failures(report) == [
        ("users", sub, code or COLLISION),
        ("memberships", f"{sub} in admins", COLLISION),
    ]


@pytest.mark.parametrize(
    ("settings", "status"), [({}, "UNCONFIRMED"), ({}, "CONFIRMED"), (ANY_CASE, "CONFIRMED")]
)
async def test_who_signs_up_with_the_name_during_the_copy_gets_no_group(
    account: FakeAccount, settings: dict[str, Any], status: str
) -> None:
    source = source_of(account, {"boss": UNVERIFIED})
    target = target_of(account, **settings)

    async def sign_up(operation: str) -> None:
        if operation == "AdminCreateUser":
            account.add_user(target, "boss", status=status, **UNVERIFIED)["UserCreateDate"] = 1.9e9

    account.during = sign_up
    report = await copied(account, source, target)
    assert failures(report) == BOTH
    assert target.members == {}


async def test_who_signed_up_with_the_name_is_not_taken_over(account: FakeAccount) -> None:
    source = source_of(account, {"boss": {}})
    target = target_of(account)
    account.add_user(target, "boss", status="UNCONFIRMED")["UserCreateDate"] = 1.9e9
    report = await copied(account, source, target)
    assert failures(report) == BOTH


# The same person


@pytest.mark.parametrize(
    ("name", "found", "wanted", "settings"),
    [
        ("boss", VERIFIED | {"name": "new"}, VERIFIED | {"name": "old"}, {}),
        ("boss", PHONE, PHONE | UNVERIFIED, {}),
        ("BOSS", VERIFIED | {"email": EMAIL.upper()}, VERIFIED, ANY_CASE),
        ("any", VERIFIED, VERIFIED, {"UsernameAttributes": ["email"]}),
        ("boss", UNVERIFIED, VERIFIED, {"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}}),
    ],
)
@pytest.mark.parametrize("parts", [("users", "memberships"), ("memberships",)])
async def test_an_existing_user_who_is_the_same_gets_the_groups(  # noqa: PLR0917  parameters
    account: FakeAccount,
    name: str,
    found: dict[str, str],
    wanted: dict[str, str],
    settings: dict[str, Any],
    parts: tuple[str, ...],
) -> None:
    source = source_of(account, {"boss": wanted}, **(ANY_CASE if settings is ANY_CASE else {}))
    target = target_of(account, **settings)
    user = account.add_user(target, name, **found)
    report = await copied(account, source, target, *parts)
    assert failures(report) == []
    assert target.members == {"admins": [user["Username"]]}
    assert attributes_of(user) == found | {"sub": attributes_of(user)["sub"]}


@pytest.mark.parametrize(("name", "groups"), [("new", 0), ("old", 1)])
async def test_without_unique_names_all_attributes_must_be_the_same(
    account: FakeAccount, name: str, groups: int
) -> None:
    source = source_of(account, {"boss": VERIFIED | {"name": "old"}})
    target = target_of(account, UsernameAttributes=["email"])
    account.add_user(target, "", **VERIFIED, name=name)
    await copied(account, source, target)
    assert len(target.members) == groups


async def test_who_was_created_by_an_administrator_gets_the_groups(account: FakeAccount) -> None:
    source = source_of(account, {"boss": UNVERIFIED, "none": {}})
    target = target_of(account)
    for name, attributes in (("boss", UNVERIFIED), ("none", {})):
        account.add_user(target, name, status="FORCE_CHANGE_PASSWORD", **attributes)
    report = await copied(account, source, target)
    assert target.members == {"admins": ["boss"]}
    assert failures(report) == [("memberships", "none in admins", COLLISION)]


async def test_a_migrated_user_who_signs_in_during_the_copy_gets_the_groups(account: FakeAccount) -> None:
    source = source_of(account, {"boss": VERIFIED})
    target = target_of(account)
    account.add_user(target, "boss", **VERIFIED)["UserCreateDate"] = 1.9e9
    report = await copied(account, source, target)
    assert failures(report) == []
    assert target.members == {"admins": ["boss"]}


# Linked identities


def with_identity(account: FakeAccount, *providers: str) -> tuple[FakePool, FakePool]:
    """Return a source with a linked user and both pools with these providers."""
    identities = json.dumps([{"userId": "1", "providerName": each} for each in providers])
    source = source_of(account, {"boss": VERIFIED | {"identities": identities}})
    target = target_of(account)
    for pool in (source, target):
        for name in providers:
            pool.providers[name] = provider(pool, name)
    return source, target


def provider(pool: FakePool, name: str) -> Wire:
    kind = name if name in ("Google", "Facebook", "SAML") else "OIDC"
    details = {"client_id": "id", "oidc_issuer": "https://idp"} if kind != "SAML" else {"MetadataFile": "x"}
    return {
        "UserPoolId": pool.id,
        "ProviderName": name,
        "ProviderType": kind,
        "ProviderDetails": details,
    }


def linked(target: FakePool) -> list[str]:
    (user,) = target.users.values()
    return [each["providerName"] for each in json.loads(attributes_of(user).get("identities", "[]"))]


@pytest.mark.parametrize(
    ("name", "changed", "links"),
    [
        ("Work", {}, 1),
        ("Work", {"oidc_issuer": "https://other"}, 0),
        ("Work", {"client_id": "other"}, 0),
        ("Facebook", {"client_id": "other"}, 0),
        ("Google", {"client_id": "other"}, 1),
        ("SAML", {"MetadataFile": "other"}, 0),
        ("SAML", {"MetadataURL": "https://other"}, 0),
        ("SAML", {}, 1),
    ],
)
async def test_identities_are_linked_if_the_provider_is_the_same(
    account: FakeAccount, name: str, changed: dict[str, str], links: int
) -> None:
    source, target = with_identity(account, name)
    target.providers[name]["ProviderDetails"] |= changed
    report = await copied(account, source, target)
    assert len(linked(target)) == links
    assert failures(report) == [("identities", "boss", "ProviderMismatch")][links:]


async def test_a_provider_of_another_kind_is_another_one(account: FakeAccount) -> None:
    source, target = with_identity(account, "Work", "Google")
    target.providers["Work"]["ProviderType"] = "SAML"
    await copied(account, source, target)
    assert linked(target) == ["Google"]


async def test_providers_are_read_once(account: FakeAccount) -> None:
    source, target = with_identity(account, "Work")
    identities = json.dumps([{"userId": "2", "providerName": "Work"}])
    account.add_user(source, "second", email="2@example.com", identities=identities)
    report = await copied(account, source, target)
    assert account.calls["DescribeIdentityProvider"] == 2
    assert report.counts["identities"].created == 2


async def test_existing_users_get_no_identities(account: FakeAccount) -> None:
    source, target = with_identity(account, "Google")
    account.add_user(target, "boss", **VERIFIED)
    await copied(account, source, target)
    assert linked(target) == []


async def test_a_user_who_was_replaced_gets_no_identities(account: FakeAccount) -> None:
    source, target = with_identity(account, "Google", "Work")

    async def replace(operation: str) -> None:
        if operation == "AdminGetUser":
            target.users["boss"]["Attributes"] = as_list(VERIFIED | {"sub": "other"})

    account.during = replace
    report = await copied(account, source, target, "users")
    assert linked(target) == []
    assert failures(report) == [("identities", "boss", COLLISION)] * 2


async def test_identities_of_a_user_who_cannot_be_read_are_failures(account: FakeAccount) -> None:
    source, target = with_identity(account, "Google", "Work")
    account.add_user(source, "next", email="next@example.com")
    account.errors["AdminGetUser boss"] = "UserNotFoundException"
    report = await copied(account, source, target, "users")
    assert failures(report) == [("identities", "boss", "UserNotFoundException")] * 2
    assert set(target.users) == {"boss", "next"}


async def test_a_missing_permission_to_read_users_ends_the_copy(account: FakeAccount) -> None:
    source, target = with_identity(account, "Google")
    account.errors["AdminGetUser"] = "NotAuthorizedException"
    with pytest.raises(NotAuthorizedException):
        await copied(account, source, target, "users")
