"""The programs of the cookbook run: on the emulator, on a fake pool, or on stubbed responses."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cognito_async import CognitoClient
from cognito_async.errors import NotAuthorizedException
from cognito_async.sign_in import (
    Device,
    SignedIn,
    SignedOutError,
    TotpRequired,
    TotpSetupRequired,
    UserDisabledError,
)
from cognito_async.testing import FakeUserPool, StubTransport
from cognito_async.types import (
    AddUserPoolClientSecretResponse,
    AdminLinkProviderForUserRequest,
    AdminLinkProviderForUserResponse,
    DeleteUserPoolClientSecretRequest,
    DeleteUserPoolClientSecretResponse,
    ListUserPoolClientSecretsResponse,
    ListUsersResponse,
    ProviderUserIdentifierType,
    SchemaAttributeType,
)
from examples.example import EXAMPLES, Completed, load
from examples.proxy import ControlledProxy, Fail

POOL = "eu-west-1_AbC123"
PASSWORD = "Correct-Horse-7"
PAGE = (EXAMPLES.parent / "cookbook.md").read_text(encoding="utf-8")
NAMES = sorted(path.stem for path in (EXAMPLES / "cookbook").glob("*.py"))
Run = Callable[..., Awaitable[Completed]]
Practice = Callable[[int], Awaitable[str]]


def recipe(name: str) -> ModuleType:
    return load(f"cookbook/{name}")


# The page


def test_the_page_shows_every_program_once_with_its_traps() -> None:
    sections = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    shown = [
        re.findall(r"^```\{literalinclude\} examples/cookbook/(\w+)\.py\n", text, re.MULTILINE)
        for text in sections
    ]
    assert sorted(name for names in shown for name in names) == NAMES
    assert [
        text.partition("\n")[0] for text, names in zip(sections, shown, strict=True) if len(names) != 1
    ] == []
    assert [text.partition("\n")[0] for text in sections if "\n- " not in text] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_program_is_short(name: str) -> None:
    lines = (EXAMPLES / "cookbook" / f"{name}.py").read_text(encoding="utf-8").splitlines()
    assert 15 <= len(list(filter(None, lines))) <= 42


def test_every_task_is_in_the_table() -> None:
    titles = re.findall(r"^## (.*)", PAGE, re.MULTILINE)
    assert re.findall(r"^\| \[([^]]*)\]\(#", PAGE, re.MULTILINE) == titles


def test_commands_on_the_page_name_programs() -> None:
    commands = re.findall(r"nox -s demo -- cookbook/(\w+)", PAGE)
    assert commands
    assert set(commands) <= set(NAMES)


# Users


async def test_users_are_found_by_email(
    run: Run, proxy: ControlledProxy, practice: Practice, emulator: CognitoClient
) -> None:
    pool_id = await practice(2)
    await emulator.admin_create_user(
        user_pool_id=pool_id,
        username="other",
        message_action="SUPPRESS",
        user_attributes={"email": "user-002@example.com"},
    )
    completed = await run("cookbook/find_by_email", "user-002@example.com")
    assert (completed.code, completed.err) == (0, "")
    assert sorted(completed.out.splitlines()) == [
        "other FORCE_CHANGE_PASSWORD email_verified=False",
        "user-002 FORCE_CHANGE_PASSWORD email_verified=True",
    ]
    nobody = await run("cookbook/find_by_email", 'x" or "')
    assert (nobody.code, nobody.out, nobody.err) == (1, "", "nobody has this address\n")


async def test_a_second_factor_is_reset() -> None:
    pool = FakeUserPool(mfa="on", mfa_methods=["totp"], device_tracking="always")
    ana = pool.add_user("ana", PASSWORD, mfa=["totp"])
    device = await remembered(pool)
    assert ana.devices
    session = await pool.app().sign_in("ana", PASSWORD, device=device)
    assert isinstance(session, SignedIn)
    assert await recipe("reset_mfa").reset_mfa(pool.client(), pool.pool_id, "ana") == []
    assert not ana.devices
    with pytest.raises(SignedOutError):
        await session.refresh()
    assert isinstance(await pool.app().sign_in("ana", PASSWORD), TotpSetupRequired)


async def test_devices_and_sessions_end_before_the_app_is_deleted_and_a_reset_can_be_repeated() -> None:
    pool = FakeUserPool(mfa="on", mfa_methods=["totp"], device_tracking="always")
    ana = pool.add_user("ana", PASSWORD, mfa=["totp"])
    await remembered(pool)
    order = len(pool.requests)
    reset = recipe("reset_mfa").reset_mfa
    for _ in range(2):
        assert await reset(pool.client(), pool.pool_id, "ana") == []
    sent = [request.operation for request in pool.requests[order:]]
    changes = [name for name in sent if name not in ("AdminListDevices", "AdminGetUser")]
    assert changes == [
        "AdminForgetDevice",
        "AdminUserGlobalSignOut",
        "AdminDeleteSoftwareToken",
        "AdminUserGlobalSignOut",
        "AdminDeleteSoftwareToken",
    ]
    assert not ana.devices


async def remembered(pool: FakeUserPool) -> Device:
    """Sign in with a code, and return the device that is remembered from then on."""
    step = await pool.app().sign_in("ana", PASSWORD)
    assert isinstance(step, TotpRequired)
    session = await step.answer(pool.user("ana").totp_code())
    assert isinstance(session, SignedIn)
    assert session.new_device is not None
    return await session.new_device.confirm(name="phone")


async def test_a_program_resets_a_user(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    pool = FakeUserPool(mfa="optional", mfa_methods=["totp", "sms"])
    pool.add_user("ana", PASSWORD, phone_number="+15550100", mfa=["totp", "sms"])
    with pool.serve() as url:
        for name, value in settings(pool, url).items():
            monkeypatch.setenv(name, value)
        completed = await run("cookbook/reset_mfa", "ana")
    assert (completed.out, completed.err) == ("ana now has SMS_MFA\n", "")


def settings(pool: FakeUserPool, url: str) -> dict[str, str]:
    """Return the environment of a program."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": pool.region,
        "AWS_ACCESS_KEY_ID": "fake",
        "AWS_SECRET_ACCESS_KEY": "fake",
        "COGNITO_USER_POOL_ID": pool.pool_id,
    }


MOVED = [
    "attributes: 1 new, 0 existing, 0 skipped, 0 failed",
    "groups: 2 new, 0 existing, 0 skipped, 0 failed",
    "users: 3 new, 0 existing, 0 skipped, 0 failed",
    "memberships: 3 new, 0 existing, 0 skipped, 0 failed",
]


async def test_users_are_moved_and_a_second_run_says_that_it_copies_nothing(
    run: Run, proxy: ControlledProxy, practice: Practice, emulator: CognitoClient
) -> None:
    old, new = await practice(3), (await emulator.create_user_pool(pool_name="new")).user_pool.id
    team = SchemaAttributeType(name="team", attribute_data_type="String", mutable=True)
    await emulator.add_custom_attributes(user_pool_id=old, custom_attributes=[team])
    first = await run("cookbook/move_users", old, new)
    assert (first.code, first.err) == (0, "")
    assert first.out.splitlines()[:4] == MOVED
    left_out = first.out.splitlines()[4:]
    assert left_out
    assert all(re.match(r"not copied: [^:]+: .", line) for line in left_out)
    second = await run("cookbook/move_users", old, new)
    assert (second.code, second.err) == (0, "")
    assert second.out == f"already complete; nothing was copied. The earlier run:\n{first.out}"
    moved = emulator.get_paginator("list_users_in_group").paginate(user_pool_id=new, group_name="admins")
    assert sorted([user.username async for user in moved.items()]) == ["user-001", "user-002"]


async def test_users_who_were_added_since_are_moved_when_asked(
    run: Run, proxy: ControlledProxy, practice: Practice, emulator: CognitoClient
) -> None:
    old, new = await practice(1), (await emulator.create_user_pool(pool_name="new")).user_pool.id
    await run("cookbook/move_users", old, new)
    await emulator.admin_create_user(user_pool_id=old, username="bea", message_action="SUPPRESS")
    again = await run("cookbook/move_users", old, new, "--again")
    assert (again.code, again.err) == (0, "")
    assert "already complete" not in again.out
    assert (await emulator.admin_get_user(user_pool_id=new, username="bea")).username == "bea"


async def test_users_that_cannot_be_moved_are_named(
    run: Run, proxy: ControlledProxy, practice: Practice, emulator: CognitoClient
) -> None:
    old = await practice(1)
    strict: dict[str, Any] = {"PasswordPolicy": {"MinimumLength": 99}}
    new = (await emulator.create_user_pool(pool_name="new", policies=strict)).user_pool.id
    completed = await run("cookbook/move_users", old, new)
    assert completed.code == 1
    assert completed.err.startswith("users user-001: ")


async def test_a_disabled_user_cannot_sign_in_or_refresh_but_keeps_a_token_that_verifies(
    monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    pool = FakeUserPool({"ana": PASSWORD})
    session = await pool.app().sign_in("ana", PASSWORD)
    assert isinstance(session, SignedIn)
    token = await session.access_token()
    with pool.serve() as url:
        for name, value in settings(pool, url).items():
            monkeypatch.setenv(name, value)
        completed = await run("cookbook/disable_user", "ana")
    assert (completed.out, completed.err) == ("ana is disabled and signed out\n", "")
    with pytest.raises(UserDisabledError):
        await pool.app().sign_in("ana", PASSWORD)
    with pytest.raises(SignedOutError):
        await session.refresh()
    with pytest.raises(NotAuthorizedException):
        await pool.client().get_user(access_token=token)
    assert (await pool.verifier().access(token)).username == "ana"  # the trap that the page names


async def test_an_attribute_is_added_once(
    run: Run, proxy: ControlledProxy, practice: Practice, emulator: CognitoClient
) -> None:
    pool_id = await practice(1)
    assert (await run("cookbook/add_attribute", "team")).out == "custom:team added\n"
    assert (await run("cookbook/add_attribute", "team")).out == "custom:team exists already\n"
    seats = SchemaAttributeType(name="seats", attribute_data_type="Number", mutable=True)
    await emulator.add_custom_attributes(user_pool_id=pool_id, custom_attributes=[seats])
    with pytest.raises(ValueError, match="custom:seats is Number, mutable=True"):
        await recipe("add_attribute").add_text_attribute(emulator, pool_id, "seats")


async def test_a_name_with_a_prefix_is_refused() -> None:
    with StubTransport() as stub, pytest.raises(ValueError, match="custom:team: give the name without"):
        await recipe("add_attribute").add_text_attribute(stub.client(), POOL, "custom:team")


CSV = """\ufeffLogin,E-mail,Full name
bea, Bea@Example.com,"Smith, Bea"
user-001,user-001@example.com,Ana
"""


async def test_users_of_a_csv_file_are_imported(
    run: Run, proxy: ControlledProxy, practice: Practice, emulator: CognitoClient, tmp_path: Path
) -> None:
    pool_id = await practice(1)
    (tmp_path / "people.csv").write_text(CSV, encoding="utf-8")
    (tmp_path / "people.jsonl").write_text("of another program")
    completed = await run("cookbook/import_csv", "people.csv")
    assert (completed.code, completed.out, completed.err) == (0, "1 new, 1 existing, 0 failed\n", "")
    bea = (await emulator.admin_get_user(user_pool_id=pool_id, username="bea")).attribute_map
    assert (bea["email"], bea["email_verified"], bea["name"]) == ("bea@example.com", True, "Smith, Bea")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["people.csv", "people.jsonl"]
    assert (tmp_path / "people.jsonl").read_text() == "of another program"


async def test_an_imported_user_gets_in_with_forgot_password(
    monkeypatch: pytest.MonkeyPatch, run: Run, tmp_path: Path
) -> None:
    pool = FakeUserPool()
    (tmp_path / "people.csv").write_text("Login,E-mail,Full name\n" + 2 * "ana,ana@example.com,Ana\n")
    with pool.serve() as url:
        for name, value in settings(pool, url).items():
            monkeypatch.setenv(name, value)
        completed = await run("cookbook/import_csv", "people.csv")
    assert (completed.code, completed.out, completed.err) == (0, "1 new, 1 existing, 0 failed\n", "")
    app = pool.app()
    await app.forgot_password("ana")
    await app.confirm_forgot_password("ana", pool.user("ana").last_code, PASSWORD)
    assert isinstance(await app.sign_in("ana", PASSWORD), SignedIn)


async def test_a_user_who_was_created_without_the_password_counts_as_existing_then(
    run: Run, proxy: ControlledProxy, practice: Practice, emulator: CognitoClient, tmp_path: Path
) -> None:
    pool_id = await practice(1)
    (tmp_path / "people.csv").write_text("Login,E-mail,Full name\nana,ana@example.com,Ana\n")
    proxy.plans["AdminSetUserPassword"] = [Fail("InvalidPasswordException")]
    completed = await run("cookbook/import_csv", "people.csv")
    assert completed.out.startswith("0 new, 0 existing, 1 failed\nline 2, ana: ")
    assert (await run("cookbook/import_csv", "people.csv")).out == "0 new, 1 existing, 0 failed\n"
    user = await emulator.admin_get_user(user_pool_id=pool_id, username="ana")
    assert user.user_status == "FORCE_CHANGE_PASSWORD"  # the trap that the page names


def test_users_have_the_lines_of_the_csv_and_no_empty_values(tmp_path: Path) -> None:
    source, target = tmp_path / "people.csv", tmp_path / "people.csv.jsonl"
    source.write_text('Login,E-mail,Full name\nana,,\n\n\nbea,b@example.com,"Bea\nB."\ncid\n')
    target.touch(mode=0o644)  # of an earlier run
    recipe("import_csv").convert(source, target)
    lines = target.read_text().split("\n")
    assert [(number, json.loads(line)) for number, line in enumerate(lines, 1) if line] == [
        (2, {"username": "ana", "attributes": {}}),
        (
            6,
            {
                "username": "bea",
                "attributes": {"email": "b@example.com", "email_verified": "true", "name": "Bea\nB."},
            },
        ),
        (7, {"username": "cid", "attributes": {}}),
    ]
    if os.name == "posix":
        assert target.stat().st_mode & 0o077 == 0


async def test_an_import_that_was_interrupted_continues(
    run: Run, proxy: ControlledProxy, practice: Practice, tmp_path: Path
) -> None:
    await practice(1)
    (tmp_path / "people.csv").write_text(CSV, encoding="utf-8")
    proxy.plans["AdminCreateUser"] = [Fail("NotAuthorizedException")] * 2
    completed = await run("cookbook/import_csv", "people.csv")
    assert completed.code == 1
    assert "NotAuthorizedException" in completed.err
    assert (tmp_path / "people.csv.jsonl.journal").exists()
    proxy.plans.clear()
    completed = await run("cookbook/import_csv", "people.csv")
    assert (completed.code, completed.out) == (0, "1 new, 1 existing, 0 failed\n")


async def test_lines_that_fail_are_named(
    run: Run, proxy: ControlledProxy, practice: Practice, tmp_path: Path
) -> None:
    await practice(1)
    (tmp_path / "people.csv").write_text(CSV, encoding="utf-8")
    proxy.plans["AdminCreateUser"] = [Fail("InvalidParameterException")]
    completed = await run("cookbook/import_csv", "people.csv")
    assert completed.code == 1
    assert re.search(r"1 failed\nline (2, bea|3, user-001): ", completed.out)


# App clients


async def test_a_second_secret_is_added_and_the_older_one_removed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = recipe("rotate_secret")
    monkeypatch.setenv("COGNITO_USER_POOL_ID", POOL)
    with StubTransport() as stub:
        monkeypatch.setattr(module, "CognitoClient", stub.client)
        secret = {"ClientSecretId": "app--1764300000", "ClientSecretValue": "n" * 24}
        stub.add(AddUserPoolClientSecretResponse.from_wire({"ClientSecretDescriptor": secret}))
        await module.main("add", "app")
        assert capsys.readouterr().out == f"{'n' * 24}\n"
        ids = [{"ClientSecretId": f"app--{time}"} for time in ("1764300000", "999999999")]
        stub.add(ListUserPoolClientSecretsResponse.from_wire({"ClientSecrets": ids}))
        old = DeleteUserPoolClientSecretRequest(
            user_pool_id=POOL, client_id="app", client_secret_id="app--999999999"
        )
        stub.add(DeleteUserPoolClientSecretResponse(), to=old)
        await module.main("remove", "app")
        assert capsys.readouterr().out == "app--999999999\n"
        with pytest.raises(SystemExit, match="add or remove"):
            await module.main("delete", "app")


async def test_the_date_of_a_secret_says_which_one_is_older() -> None:
    with StubTransport() as stub:
        secrets = [
            {"ClientSecretId": f"app--{number}", "ClientSecretCreateDate": date}
            for number, date in ((1, 1764300000), (2, 999999999))
        ]
        stub.add(ListUserPoolClientSecretsResponse.from_wire({"ClientSecrets": secrets}))
        stub.add(DeleteUserPoolClientSecretResponse())
        assert await recipe("rotate_secret").remove_old_secret(stub.client(), POOL, "app") == "app--2"


async def test_the_only_secret_is_not_removed() -> None:
    with StubTransport() as stub:
        stub.add(
            ListUserPoolClientSecretsResponse.from_wire({"ClientSecrets": [{"ClientSecretId": "app--1"}]})
        )
        with pytest.raises(LookupError, match="there is no new secret yet"):
            await recipe("rotate_secret").remove_old_secret(stub.client(), POOL, "app")


async def test_an_added_secret_without_a_value_is_an_error() -> None:
    with StubTransport() as stub:
        descriptor = {"ClientSecretDescriptor": {"ClientSecretId": "app--1"}}
        stub.add(AddUserPoolClientSecretResponse.from_wire(descriptor))
        with pytest.raises(LookupError, match="the response has no secret"):
            await recipe("rotate_secret").add_secret(stub.client(), POOL, "app")


async def test_a_service_may_get_the_scope_that_the_api_asks_for(
    run: Run, proxy: ControlledProxy, practice: Practice, emulator: CognitoClient
) -> None:
    pool_id = await practice(1)
    completed = await run("cookbook/machine_to_machine", "set-up")
    assert (completed.code, completed.err) == (0, "")
    client_id, secret = re.findall(r"COGNITO_CLIENT_(?:ID|SECRET)=(\S+)", completed.out)
    created = await emulator.describe_user_pool_client(user_pool_id=pool_id, client_id=client_id)
    app = created.user_pool_client
    assert (app.allowed_o_auth_scopes, app.allowed_o_auth_flows) == (["orders/read"], ["client_credentials"])
    assert app.explicit_auth_flows == ["ALLOW_REFRESH_TOKEN_AUTH"]
    assert app.client_secret == secret


async def test_the_program_prints_the_claims_of_a_token(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = recipe("machine_to_machine")
    pool = FakeUserPool(client_secret="client_secret_for_the_tests")
    pool.app_client.oauth_flows = ["client_credentials"]
    pool.app_client.scopes = ["orders/read"]
    with pool.serve() as url:
        monkeypatch.setattr(module, "CognitoClient", pool.client)
        monkeypatch.setattr(module, "TokenVerifier", lambda *_, **__: pool.verifier())
        monkeypatch.setenv("COGNITO_USER_POOL_ID", pool.pool_id)
        monkeypatch.setenv("COGNITO_CLIENT_ID", pool.client_id)
        monkeypatch.setenv("COGNITO_CLIENT_SECRET", "client_secret_for_the_tests")
        monkeypatch.setenv("COGNITO_DOMAIN", url)
        for _ in range(2):
            await module.main("token")
    assert capsys.readouterr().out == f"{pool.client_id} ['orders/read']\n" * 2


# Social logins


def sign_up(**changes: Any) -> dict[str, Any]:
    """Return the event of a first sign-in with Google."""
    attributes = {"email": "ana@example.com", "email_verified": "true"}
    return {
        "triggerSource": "PreSignUp_ExternalProvider",
        "userPoolId": POOL,
        "userName": "google_115290504606846976",
        "request": {"userAttributes": attributes},
        **changes,
    }


def listed(*users: tuple[str, str, str]) -> ListUsersResponse:
    """Return users with a name, a status and whether the address is verified."""
    return ListUsersResponse.from_wire(
        {
            "Users": [
                {
                    "Username": name,
                    "UserStatus": status,
                    "Attributes": [{"Name": "email_verified", "Value": verified}],
                }
                for name, status, verified in users
            ]
        }
    )


LINK = AdminLinkProviderForUserRequest(
    user_pool_id=POOL,
    destination_user=ProviderUserIdentifierType(provider_name="Cognito", provider_attribute_value="ana"),
    source_user=ProviderUserIdentifierType(
        provider_name="Google",
        provider_attribute_name="Cognito_Subject",
        provider_attribute_value="115290504606846976",
    ),
)


def test_the_identity_is_linked_to_the_user_with_the_same_verified_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = recipe("link_social_login")
    with StubTransport() as stub, module.RUNNER:
        monkeypatch.setattr(module, "CLIENT", stub.client())
        others = ("google_2", "EXTERNAL_PROVIDER", "true")
        having = {"filter": 'email = "ana@example.com"'}
        stub.add(listed(("ana", "CONFIRMED", "true"), others), having=having)
        stub.add(AdminLinkProviderForUserResponse(), to=LINK)
        event = sign_up()
        assert module.handler(event, None) == sign_up()


@pytest.mark.parametrize(
    "users",
    [
        (),
        (("ana", "CONFIRMED", "false"),),
        (("ana", "UNCONFIRMED", "true"),),
        (("ana", "CONFIRMED", "true"), ("bea", "CONFIRMED", "true")),
    ],
)
async def test_users_who_may_be_somebody_else_are_not_linked(users: Any) -> None:
    with StubTransport() as stub:
        stub.add(listed(*users))
        assert not await recipe("link_social_login").link(stub.client(), sign_up())


@pytest.mark.parametrize(
    "changes",
    [
        {"request": {"userAttributes": {"email": "ana@example.com", "email_verified": "false"}}},
        {"request": {"userAttributes": {"email": "ana@example.com"}}},
        {"request": {"userAttributes": {"email_verified": "true"}}},
        {"userName": "facebook_1"},
    ],
)
async def test_addresses_that_nobody_verified_are_not_linked(changes: dict[str, Any]) -> None:
    with StubTransport() as stub:
        assert not await recipe("link_social_login").link(stub.client(), sign_up(**changes))


def test_the_trigger_ends_before_the_service_stops_waiting() -> None:
    assert recipe("link_social_login").CLIENT.config.timeout == 4


def test_a_sign_up_with_a_password_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    module = recipe("link_social_login")
    event = sign_up(triggerSource="PreSignUp_SignUp", userName="ana")
    with StubTransport() as stub, module.RUNNER:
        monkeypatch.setattr(module, "CLIENT", stub.client())
        assert module.handler(event, None) == event


# Tests


def test_the_tests_of_the_page_pass() -> None:
    options = ["-q", "-Werror", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto"]
    options += ["-o", "asyncio_default_fixture_loop_scope=function"]
    path = EXAMPLES / "cookbook" / "test_without_aws.py"
    command = [
        sys.executable,
        "-m",
        "pytest",
        *options,
        "--rootdir",
        str(path.parent),
        "-c",
        os.devnull,
        str(path),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "2 passed" in result.stdout, result.stdout
