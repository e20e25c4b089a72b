"""import_users: every line is imported once or reported."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from cognito_async import CognitoClient
from cognito_async.bulk import (
    BulkError,
    ImportEntry,
    ImportFailure,
    JournalError,
    Progress,
    export_users,
    import_users,
)
from cognito_async.bulk._files import write_all
from cognito_async.bulk._import_file import BATCH
from cognito_async.errors import ConnectionLostError, InvalidRequestError, NotAuthorizedException
from support.bulk_pool import NOW, POOL_ID, BulkPool, Killed, PoolError
from support.fake_account import FakeAccount
from support.transports import client_with


def line(username: str, **members: Any) -> str:
    attributes = {"email": f"{username}@example.com", "email_verified": True}
    data = {"username": username, "attributes": attributes, **members}
    return json.dumps(data) + "\n"


def files(path: Path) -> set[str]:
    return {each.name for each in path.parent.iterdir()}


def attributes(pool: BulkPool, username: str) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in pool.users[username]["Attributes"]}


async def test_an_export_is_imported_with_attributes_groups_and_state(
    client: CognitoClient, pool: BulkPool, path: Path
) -> None:
    pool.add("ana", email="ana@example.com", email_verified="true", custom__plan="pro")
    pool.add("bo")["Enabled"] = False
    pool.add("Google_1", identities="[]")["UserStatus"] = "EXTERNAL_PROVIDER"
    pool.groups = {"admins": ["ana"], "staff": ["ana", "bo"]}
    await export_users(client, POOL_ID, path, groups=True)
    other = BulkPool()
    other.groups = {"admins": [], "staff": []}
    report = await import_users(client_with(other), POOL_ID, path, concurrency=1)
    assert (report.created, report.skipped, report.failed, report.resumed) == (2, 1, 0, 0)
    assert (report.failures, report.failures_path, report.path) == ((), None, path)
    assert attributes(other, "ana") == {
        "sub": "sub-ana",
        "email": "ana@example.com",
        "email_verified": "true",
        "custom:plan": "pro",
    }
    assert other.users["ana"]["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert (other.users["ana"]["Enabled"], other.users["bo"]["Enabled"]) == (True, False)
    assert other.groups == {"admins": ["ana"], "staff": ["ana", "bo"]}
    assert files(path) == {"users.jsonl"}
    assert other.calls["ListGroups"] == 1


async def test_csv_of_an_import_job_is_imported(client: CognitoClient, pool: BulkPool, path: Path) -> None:
    path = path.with_suffix(".csv")
    pool.add("ana,bo", name="a\\b", address="Main St, Cork", email="a@example.com", email_verified="true")
    pool.add("cy", phone_number="+3531", phone_number_verified="false")
    await export_users(client, POOL_ID, path)
    path.write_text("\ufeff\n" + path.read_text().replace("\n", "\r\n\r\n"), encoding="utf-8")
    other = BulkPool()
    report = await import_users(client_with(other), POOL_ID, path)
    assert report.created == 2
    assert attributes(other, "ana,bo") == attributes(pool, "ana,bo") | {"sub": "sub-ana,bo"}
    assert attributes(other, "cy") == attributes(pool, "cy")


async def test_every_line_is_imported_or_reported(client: CognitoClient, pool: BulkPool, path: Path) -> None:
    bad = [
        "{no json\n",
        '{"username": 7, "attributes": {}}\n',
        line("eve", attributes={"nickname": [7]}),
        line("flo", groups=["nobody"]),
        line("gus", groups=7),
        line("hal", enabled="yes"),
    ]
    path.write_text("".join([line("ana"), "\n", *bad, line("bo")]))

    def fail(operation: str, parameters: Any) -> None:
        if operation == "AdminCreateUser" and parameters["Username"] == "bo":
            raise PoolError("InvalidPasswordException: too short")

    pool.before = fail
    report = await import_users(client, POOL_ID, path, concurrency=1)
    assert (report.created, report.failed) == (1, 7)
    assert report.failures[0].message.startswith("not JSON: Expecting property name")
    assert list(report.failures[1:]) == [
        ImportFailure(
            line=4,
            username="",
            error="InvalidEntry",
            message='expected {"username": "...", "attributes": {...}}',
        ),
        ImportFailure(
            line=5,
            username="eve",
            error="InvalidRequestError",
            message="user_attributes.nickname: expected str, bool, int, date or None, got list",
        ),
        ImportFailure(
            line=6,
            username="flo",
            error="InvalidEntry",
            message="the pool has no group nobody; create it, or pass groups=False",
        ),
        ImportFailure(line=7, username="", error="InvalidEntry", message="groups: expected a list of names"),
        ImportFailure(
            line=8,
            username="",
            error="InvalidEntry",
            message="status: expected text; enabled: expected true or false",
        ),
        ImportFailure(line=9, username="bo", error="InvalidPasswordException", message="too short"),
    ]
    assert report.failures_path == path.with_name("users.jsonl.failures.jsonl")
    failed = [json.loads(each) for each in report.failures_path.read_text().splitlines()]
    assert failed[0] == {
        "failure": {"line": 3, "error": "InvalidEntry", "message": report.failures[0].message}
    }
    assert failed[-1] == {
        "username": "bo",
        "status": None,
        "enabled": True,
        "attributes": {"email": "bo@example.com", "email_verified": True},
        "groups": [],
        "failure": {"line": 9, "error": "InvalidPasswordException", "message": "too short"},
    }


async def test_corrected_failures_can_be_imported(client: CognitoClient, pool: BulkPool, path: Path) -> None:
    path.write_text(line("ana", groups=["staff"]))
    report = await import_users(client, POOL_ID, path)
    assert report.failures_path is not None
    pool.groups = {"staff": []}
    report = await import_users(client, POOL_ID, report.failures_path)
    assert (report.created, report.failed) == (1, 0)
    assert pool.groups == {"staff": ["ana"]}


@pytest.mark.parametrize("operation", ["AdminDisableUser", "AdminAddUserToGroup", "AdminSetUserPassword"])
async def test_a_user_that_failed_after_the_creation_is_completed_from_the_failures(
    client: CognitoClient, pool: BulkPool, path: Path, operation: str
) -> None:
    pool.groups = {"staff": []}
    path.write_text(line("ana", groups=["staff"], enabled=False))

    def fail(found: str, _parameters: Any) -> None:
        if found == operation:
            raise PoolError("InvalidParameterException: no")

    pool.before = fail
    report = await import_users(client, POOL_ID, path, password=lambda _: "hunter2")
    assert [(each.username, each.created) for each in report.failures] == [("ana", True)]
    assert pool.passwords == {}
    assert report.failures_path is not None
    again = path.with_name("again.jsonl")
    again.write_text(report.failures_path.read_text().replace("ana@", "ana2@"))
    pool.groups = {}  # fails before the creation: the user is still known
    report = await import_users(client, POOL_ID, again, password=lambda _: "hunter2")
    assert [each.created for each in report.failures] == [True]
    assert report.failures_path is not None
    pool.groups, pool.before = {"staff": []}, lambda *_: None
    report = await import_users(client, POOL_ID, report.failures_path, password=lambda _: "hunter2")
    assert (report.created, report.existing) == (1, 0)
    assert attributes(pool, "ana")["email"] == "ana2@example.com"
    assert not pool.users["ana"]["Enabled"]
    assert pool.groups == {"staff": ["ana"]}
    assert pool.passwords == {"ana": ("hunter2", True)}
    assert pool.created["ana"] == 1


async def test_a_corrected_line_whose_user_is_another_one_now_is_existing(
    client: CognitoClient, pool: BulkPool, path: Path
) -> None:
    pool.add("ana")
    path.write_text(line("ana", failure={"created": "sub of the first ana"}))
    report = await import_users(client, POOL_ID, path, password=lambda _: "hunter2")
    assert (report.created, report.existing) == (0, 1)
    assert pool.passwords == {}


async def test_what_a_user_has_changed_before_the_next_run_stays(
    client: CognitoClient, pool: BulkPool, path: Path
) -> None:
    path.write_text(line("ana", enabled=False))

    def stop(operation: str, _parameters: Any) -> None:
        if operation == "AdminDisableUser":
            raise Killed

    pool.before = stop
    with pytest.raises(Killed):
        await import_users(client, POOL_ID, path, password=lambda _: "hunter2")
    pool.before = lambda *_: None
    pool.AdminSetUserPassword(POOL_ID, "ana", "her own", True)
    email = [{"Name": "email", "Value": "new@example.com"}]
    pool.AdminUpdateUserAttributes(POOL_ID, "ana", email)
    report = await import_users(client, POOL_ID, path, password=lambda _: "hunter2")
    assert (report.created, report.existing) == (1, 0)
    assert pool.passwords == {"ana": ("her own", True)}
    assert attributes(pool, "ana")["email"] == "new@example.com"
    assert not pool.users["ana"]["Enabled"]  # the file says so


async def test_of_equal_lines_one_is_created_also_after_a_kill(
    client: CognitoClient, pool: BulkPool, path: Path
) -> None:
    path.write_text(line("ana") + line("bo") + line("ana"))

    def stop(operation: str, parameters: Any) -> None:
        if operation == "AdminCreateUser" and parameters["Username"] == "bo":
            raise Killed

    pool.before = stop
    with pytest.raises(Killed):
        await import_users(client, POOL_ID, path, concurrency=1)
    pool.before = lambda *_: None
    report = await import_users(client, POOL_ID, path, concurrency=1)
    assert (report.created, report.existing) == (2, 1)


async def test_an_existing_file_of_failures_is_renamed_when_there_are_new_ones(
    client: CognitoClient, pool: BulkPool, path: Path
) -> None:
    failures = path.with_name("notes.txt")
    failures.write_text("precious")
    path.write_text(line("ana"))
    assert (await import_users(client, POOL_ID, path, failures=failures)).failures_path is None
    assert failures.read_text() == "precious"
    path.write_text("{\n")
    for _ in range(2):
        report = await import_users(client, POOL_ID, path, failures=failures)
        assert report.failures_path == failures
    assert files(path) == {"users.jsonl", "notes.txt", "notes.txt.1", "notes.txt.2"}
    assert path.with_name("notes.txt.1").read_text() == "precious"


async def test_failures_that_are_none_in_the_end_leave_no_file(
    client: CognitoClient, pool: BulkPool, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text(line("ana", groups=["staff"]))

    def kill(_file: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("cognito_async.bulk._import_file.sync", kill)
        with pytest.raises(Killed):
            await import_users(client, POOL_ID, path)
    assert "users.jsonl.failures.jsonl" in files(path)
    pool.groups = {"staff": []}
    report = await import_users(client, POOL_ID, path)
    assert (report.created, report.failures_path) == (1, None)
    assert files(path) == {"users.jsonl"}


async def test_a_full_disk_leaves_the_file_of_failures_whole(
    client: CognitoClient, pool: BulkPool, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text("{\n" * 3 + "".join(line(f"user-{number}") for number in range(20)))
    failures = path.with_name("users.jsonl.failures.jsonl")
    lines = 0

    def write(file: Any, data: bytes) -> None:
        nonlocal lines
        lines += 1
        if lines == 2:
            write_all(file, data[:9])
            raise OSError(errno.ENOSPC, "No space left on device")
        write_all(file, data)

    with monkeypatch.context() as patch:
        patch.setattr("cognito_async.bulk._import_file.write_all", write)
        with pytest.raises(OSError, match="No space left"):
            await import_users(client, POOL_ID, path, concurrency=2)
    assert json.loads(failures.read_text().splitlines()[0])["failure"]["line"] == 1
    assert len(pool.users) <= 2  # no line starts after the error
    report = await import_users(client, POOL_ID, path)
    assert (report.created, report.failed) == (20, 3)
    found = [json.loads(each)["failure"]["line"] for each in failures.read_text().splitlines()]
    assert sorted(found) == [1, 2, 3]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"failures": "users.jsonl"}, "path and failures are the same file"),
        ({"journal": "users.jsonl"}, "path and journal are the same file"),
        ({"journal": "a/../link", "resume": False}, "path and journal are the same file"),
        ({"journal": "hard", "resume": False}, "path and journal are the same file"),
        ({"journal": "state", "failures": "state"}, "journal and failures are the same file"),
    ],
)
async def test_files_must_be_different(
    client: CognitoClient, path: Path, monkeypatch: pytest.MonkeyPatch, arguments: Any, message: str
) -> None:
    monkeypatch.chdir(path.parent)
    path.write_text(line("ana"))
    path.with_name("a").mkdir()
    path.with_name("link").symlink_to(path)
    path.with_name("hard").hardlink_to(path)
    with pytest.raises(BulkError, match=message):
        await import_users(client, POOL_ID, path, **arguments)
    assert path.read_text() == line("ana")


async def test_a_link_and_its_file_have_one_journal(
    client: CognitoClient, pool: BulkPool, path: Path
) -> None:
    (path.parent / "link").mkdir()
    link = path.parent / "link" / "users.jsonl"
    link.symlink_to(path)
    path.write_text(line("ana"))
    pool.after = stop_after_creation
    with pytest.raises(Killed):
        await import_users(client, POOL_ID, link)
    assert "users.jsonl.journal" in files(path)
    pool.after = lambda *_: None
    report = await import_users(client, POOL_ID, link)
    assert (report.created, report.path) == (1, link)


async def test_existing_users_are_left_unchanged_by_default(
    client: CognitoClient, pool: BulkPool, path: Path
) -> None:
    pool.add("ana", email="old@example.com")
    before = pool.state()
    path.write_text(line("ana"))
    report = await import_users(client, POOL_ID, path, password=lambda _: "hunter2")
    assert (report.existing, report.created) == (1, 0)
    assert pool.state() == before


async def test_existing_users_are_updated_if_asked_for(
    client: CognitoClient, pool: BulkPool, path: Path
) -> None:
    pool.groups = {"staff": []}
    pool.add("ana", email="old@example.com")["Enabled"] = False
    pool.add("bo", email="bo@example.com", email_verified="true")
    path.write_text(line("ana", groups=["staff"]) + line("bo", enabled=False))
    report = await import_users(client, POOL_ID, path, on_existing="update", password=lambda _: "hunter2")
    assert report.updated == 2
    assert attributes(pool, "ana")["email"] == "ana@example.com"
    assert (pool.users["ana"]["Enabled"], pool.users["bo"]["Enabled"]) == (True, False)
    assert pool.groups == {"staff": ["ana"]}
    assert pool.passwords == {}  # of a user that exists, the password is not replaced
    assert pool.calls["AdminUpdateUserAttributes"] == 1  # only what differs


async def test_existing_users_are_failures_if_asked_for(
    client: CognitoClient, pool: BulkPool, path: Path
) -> None:
    pool.add("ana")
    path.write_text(line("ana"))
    report = await import_users(client, POOL_ID, path, on_existing="error")
    assert [each.error for each in report.failures] == ["UsernameExistsException"]


async def test_passwords_come_from_functions(client: CognitoClient, pool: BulkPool, path: Path) -> None:
    path.write_text(line("ana", secret="hunter2") + line("bo") + line("cy"))

    def temporary(entry: ImportEntry) -> str | None:
        return "temporary" if entry.username == "bo" else None

    def permanent(entry: ImportEntry) -> str | None:
        return entry.data.get("secret")

    await import_users(client, POOL_ID, path, temporary_password=temporary, password=permanent)
    assert pool.passwords == {"ana": ("hunter2", True), "bo": ("temporary", False)}
    assert pool.users["ana"]["UserStatus"] == "CONFIRMED"


@pytest.mark.parametrize("function", ["password", "temporary_password"])
async def test_an_error_of_a_function_names_the_line(
    client: CognitoClient, path: Path, function: str
) -> None:
    path.write_text("\n" + line("ana"))
    with pytest.raises(KeyError) as raised:
        await import_users(client, POOL_ID, path, **{function: lambda entry: entry.data["secret"]})
    assert raised.value.__notes__ == ["line 2 of users.jsonl"]


async def test_no_password_reaches_a_file(client: CognitoClient, pool: BulkPool, path: Path) -> None:
    path.write_text(line("ana", secret="hunter2") + line("bo", secret="hunter2"))
    found: list[str] = []

    def fail(operation: str, parameters: Any) -> None:
        found.extend(each.read_text() for each in path.parent.iterdir() if each != path)
        if operation == "AdminSetUserPassword":
            raise PoolError("InvalidPasswordException: too short")

    pool.before = fail
    report = await import_users(
        client, POOL_ID, path, password=lambda entry: entry.data["secret"], concurrency=1
    )
    assert report.failed == 2
    assert "hunter2" not in repr(report)
    assert report.failures_path is not None
    assert found
    assert not any("hunter2" in each for each in [*found, report.failures_path.read_text()])


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        (".jsonl", '{"username": "ana", "password": "hunter2"}\n{"username": "bo", "password": "hunter2",\n'),
        (".csv", "cognito:username,cognito:mfa_enabled,password\nana,false,hunter2,\nbo,false,x,hunter2\n"),
        (".csv", "cognito:username,cognito:mfa_enabled,password,custom:a\nbo,false,hunter2,x\n"),
    ],
)
async def test_the_text_of_a_line_that_fails_reaches_no_file(
    client: CognitoClient, pool: BulkPool, path: Path, suffix: str, content: str
) -> None:
    def fail(operation: str, _parameters: Any) -> None:
        if operation == "AdminCreateUser":
            raise PoolError("InvalidParameterException: no")

    pool.before = fail
    path = path.with_suffix(suffix)
    path.write_text(content)
    report = await import_users(client, POOL_ID, path)
    assert report.failed == len(content.splitlines()) - (suffix == ".csv")
    assert report.failures_path is not None
    assert "hunter2" not in report.failures_path.read_text() + repr(report)


async def test_other_columns_of_csv_are_values_of_the_caller(
    client: CognitoClient, pool: BulkPool, path: Path
) -> None:
    path = path.with_suffix(".csv")
    path.write_text("cognito:username,cognito:mfa_enabled,secret,custom:plan\nana,false,hunter2,pro\n")
    await import_users(client, POOL_ID, path, password=lambda entry: entry.data["secret"])
    assert attributes(pool, "ana") == {"sub": "sub-ana", "custom:plan": "pro"}
    assert pool.passwords == {"ana": ("hunter2", True)}


async def test_invitations_are_sent_if_asked_for(client: CognitoClient, pool: BulkPool, path: Path) -> None:
    sent: list[Any] = []
    pool.before = lambda operation, parameters: operation == "AdminCreateUser" and sent.append(parameters)
    path.write_text(line("ana"))
    await import_users(client, POOL_ID, path, message_action=None)
    path.write_text(line("bo"))
    await import_users(client, POOL_ID, path)
    assert [each.get("MessageAction") for each in sent] == [None, "SUPPRESS"]


async def test_where_email_is_the_username_users_are_created_by_email(path: Path) -> None:
    pool = BulkPool(username_attributes=["email", "phone_number"])
    pool.groups = {"staff": []}
    path.write_text(line("0b5f", groups=["staff"]) + line("1c6f", attributes={"phone_number": "+3531"}))
    report = await import_users(client_with(pool), POOL_ID, path)
    assert report.created == 2
    assert set(pool.users) == {"sub-0b5f@example.com", "sub-+3531"}
    assert pool.groups == {"staff": ["sub-0b5f@example.com"]}


async def test_a_user_without_an_alias_keeps_its_username(path: Path) -> None:
    pool = BulkPool(username_attributes=["email"])
    path.write_text(line("+3531", attributes={}))
    await import_users(client_with(pool), POOL_ID, path)
    assert set(pool.users) == {"sub-+3531"}


@pytest.mark.parametrize(
    "error", [NotAuthorizedException("no"), ConnectionLostError("lost"), ZeroDivisionError("a bug")]
)
async def test_what_affects_other_users_ends_the_run_which_can_be_continued(
    client: CognitoClient, pool: BulkPool, path: Path, error: Exception
) -> None:
    path.write_text("".join(line(f"user-{number}") for number in range(20)))

    def fail(operation: str, _parameters: Any) -> None:
        if operation == "AdminCreateUser" and pool.calls[operation] >= 10:
            raise error if not isinstance(error, NotAuthorizedException) else PoolError(type(error).__name__)

    pool.after = fail
    with pytest.raises(type(error)):
        await import_users(client, POOL_ID, path, concurrency=3)
    pool.after = lambda *_: None
    reports: list[Progress] = []
    report = await import_users(client, POOL_ID, path, progress=reports.append)
    assert (report.created, report.existing, report.failed) == (20, 0, 0)
    assert report.resumed == reports[0].resumed >= 7
    assert set(pool.created.values()) == {1}
    assert reports[-1][:3] == (20, 20, 0)


async def test_a_user_that_a_lost_first_attempt_created_is_created(pool: BulkPool, path: Path) -> None:
    path.write_text(line("ana"))

    def lose(operation: str, _parameters: Any) -> None:
        if pool.calls["AdminCreateUser"] == 1 and operation == "AdminCreateUser":
            raise ConnectionLostError("lost")

    pool.after = lose
    report = await import_users(client_with(pool), POOL_ID, path, password=lambda _: "hunter2")
    assert report.created == 1
    assert pool.passwords == {"ana": ("hunter2", True)}


@pytest.mark.parametrize("on_existing", ["skip", "error"])
@pytest.mark.parametrize(
    ("created", "email"),
    [(NOW - 3600, "ana@example.com"), (NOW, "another@example.com")],
)
async def test_a_user_in_flight_that_somebody_else_created_is_not_ours(  # noqa: PLR0917
    client: CognitoClient, pool: BulkPool, path: Path, on_existing: Any, created: float, email: str
) -> None:
    path.write_text(line("ana"))

    def stop(operation: str, _parameters: Any) -> None:
        if operation == "AdminCreateUser":
            raise Killed

    pool.before = stop
    with pytest.raises(Killed):
        await import_users(client, POOL_ID, path, on_existing=on_existing)
    pool.before = lambda *_: None
    pool.add("ana", created=created, email=email, email_verified="true")
    report = await import_users(client, POOL_ID, path, on_existing=on_existing, password=lambda _: "hunter2")
    assert (report.created, report.existing, report.failed) == (
        0,
        on_existing == "skip",
        on_existing == "error",
    )
    assert pool.passwords == {}


async def test_without_a_time_of_the_service_that_of_this_machine_is_used(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = BulkPool(date=None)
    monkeypatch.setattr("cognito_async.bulk._import.time.time", lambda: NOW + 200)
    path.write_text(line("ana") + line("bo"))
    pool.after = stop_after_creation
    with pytest.raises(Killed):
        await import_users(client_with(pool), POOL_ID, path)
    pool.after = lambda *_: None
    assert (await import_users(client_with(pool), POOL_ID, path)).created == 2


def stop_after_creation(operation: str, _parameters: Any) -> None:
    if operation == "AdminCreateUser":
        raise Killed


async def test_a_changed_file_is_refused(client: CognitoClient, pool: BulkPool, path: Path) -> None:
    path.write_text(line("ana"))
    pool.before = stop_after_creation
    with pytest.raises(Killed):
        await import_users(client, POOL_ID, path)
    path.write_text(line("bob"))
    with pytest.raises(JournalError, match="belongs to another job: its source_sha256 is"):
        await import_users(client, POOL_ID, path)
    pool.before = lambda *_: None
    assert (await import_users(client, POOL_ID, path, resume=False)).created == 1


async def test_a_file_of_failures_that_became_shorter_is_refused(
    client: CognitoClient, pool: BulkPool, path: Path
) -> None:
    path.write_text("{\n" + line("ana"))
    pool.after = stop_after_creation
    with pytest.raises(Killed):
        await import_users(client, POOL_ID, path, concurrency=1)
    path.with_name("users.jsonl.failures.jsonl").write_text("")
    with pytest.raises(BulkError, match=r"has 0 bytes, and the journal says \d+; resume=False starts over"):
        await import_users(client, POOL_ID, path)


async def test_failures_that_the_journal_does_not_have_are_removed(
    client: CognitoClient, pool: BulkPool, path: Path
) -> None:
    path.write_text("{\n" + line("ana"))
    pool.after = stop_after_creation
    with pytest.raises(Killed):
        await import_users(client, POOL_ID, path, concurrency=1)
    failures = path.with_name("users.jsonl.failures.jsonl")
    expected = failures.read_bytes()
    failures.write_bytes(expected + b"half a line")
    pool.after = lambda *_: None
    report = await import_users(client, POOL_ID, path)
    assert (report.created, report.failed) == (1, 1)
    assert failures.read_bytes() == expected


async def test_the_journal_has_no_names(client: CognitoClient, pool: BulkPool, path: Path) -> None:
    path.write_text(line("ana") + line("bo"))
    pool.after = stop_after_creation
    with pytest.raises(Killed):
        await import_users(client, POOL_ID, path, journal=path.with_name("state"))
    journal = path.with_name("state").read_text()
    assert "begun" in journal
    assert "ana" not in journal
    assert "example.com" not in journal


async def test_users_are_processed_at_the_same_time(
    client: CognitoClient, pool: BulkPool, path: Path
) -> None:
    path.write_text("".join(line(f"user-{number}") for number in range(30)))
    pool.turns = 20
    await import_users(client, POOL_ID, path, concurrency=4)
    assert pool.most_running == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"on_existing": "replace"}, "on_existing: expected skip, update, error, got 'replace'"),
        ({"concurrency": 0}, "concurrency: expected a number of at least 1, got 0"),
        ({"format": "xml"}, "import_users: format: expected jsonl or csv"),
    ],
)
async def test_wrong_arguments(client: CognitoClient, path: Path, arguments: Any, message: str) -> None:
    path.write_text(line("ana"))
    with pytest.raises(InvalidRequestError, match=message):
        await import_users(client, POOL_ID, path, **arguments)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "lacks cognito:mfa_enabled, cognito:username"),
        ("email,cognito:username\n", "lacks cognito:mfa_enabled"),
        ("email,email,cognito:mfa_enabled,cognito:username\n", "has a column twice"),
    ],
)
async def test_csv_needs_the_columns_of_an_import_job(
    client: CognitoClient, path: Path, content: str, message: str
) -> None:
    path = path.with_suffix(".csv")
    path.write_text(content)
    with pytest.raises(BulkError, match=f"users.csv {message}; get_csv_header returns the columns"):
        await import_users(client, POOL_ID, path)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("ana@example.com,true,false", "3 values for 4 columns; a comma within a value needs a backslash"),
        ("a@example.com,true,false,", "no cognito:username"),
    ],
)
async def test_rows_that_are_no_users_are_failures(
    client: CognitoClient, path: Path, row: str, message: str
) -> None:
    path = path.with_suffix(".csv")
    path.write_text(f"email,email_verified,cognito:mfa_enabled,cognito:username\n{row}\n")
    report = await import_users(client, POOL_ID, path)
    assert [(each.line, each.message) for each in report.failures] == [(2, message)]


async def test_text_that_is_no_unicode_is_a_failure(
    client: CognitoClient, pool: BulkPool, path: Path
) -> None:
    path.write_bytes(line("ana").encode("utf-16") + b"\n" + line("zo\u00eb").encode("latin-1"))
    with path.open("ab") as file:
        file.write(b'{"username": "z\xeb", "attributes": {}}\n')
        file.write(b'{"username": "\\ud800", "attributes": {}}\n')
    report = await import_users(client, POOL_ID, path, concurrency=1)
    assert [each.message for each in report.failures][-2] == "not UTF-8"
    assert report.failures[-1].username == "\ud800"
    assert report.failures_path is not None
    assert b'"\\ud800"' in report.failures_path.read_bytes()
    assert pool.users.keys() <= {"zo\u00eb"}


async def test_a_file_that_changes_during_the_import_ends_it(
    client: CognitoClient, pool: BulkPool, path: Path
) -> None:
    path.write_text("".join(line(f"user-{number}") for number in range(BATCH + 1)))

    def change(operation: str, _parameters: Any) -> None:
        if operation == "AdminCreateUser" and len(pool.users) == 3:
            with path.open("a") as file:
                file.write(line("late"))

    pool.before = change
    with pytest.raises(BulkError, match="has changed during the import"):
        await import_users(client, POOL_ID, path, concurrency=1)
    assert len(pool.users) == BATCH


async def test_a_file_that_becomes_empty_is_no_success(
    client: CognitoClient, pool: BulkPool, path: Path
) -> None:
    path.write_text(line("ana"))
    pool.before = lambda operation, _: operation == "DescribeUserPool" and path.write_text("")
    with pytest.raises(BulkError, match="has changed during the import"):
        await import_users(client, POOL_ID, path)
    assert not pool.users


async def test_a_pipe_is_refused(client: CognitoClient, path: Path) -> None:
    os.mkfifo(path)
    with pytest.raises(BulkError, match="is not a regular file"):
        await import_users(client, POOL_ID, path)
    assert files(path) == {"users.jsonl"}


async def test_a_missing_file_is_an_os_error(client: CognitoClient, path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await import_users(client, POOL_ID, path)
    assert files(path) == set()


@pytest.mark.parametrize("on_existing", ["update", "error", "skip"])
@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("alias", ["preferred_username", "email"])
async def test_a_name_that_is_an_alias_of_somebody_else_changes_nobody(
    path: Path, on_existing: Any, alias: str, *, killed: bool
) -> None:
    account = FakeAccount()
    pool = account.add_pool(AliasAttributes=["email", "preferred_username"])
    value = "ana" if alias == "preferred_username" else "ana@example.com"
    other = account.add_user(pool, "other", email_verified="true", **{alias: value})
    before = json.dumps(other)
    pool.groups["admins"] = {"UserPoolId": pool.id, "GroupName": "admins"}
    path.write_text(line("ana", groups=["admins"], enabled=False))

    async def kill(operation: str) -> None:
        if operation == "AdminCreateUser":
            raise Killed

    if killed:  # then the next run does not know whether it has created the user
        account.during = kill
        with pytest.raises(Killed):
            await import_users(account.client(), pool.id, path, on_existing=on_existing)
        account.during = None
    report = await import_users(account.client(), pool.id, path, on_existing=on_existing)
    assert (json.dumps(other), pool.members) == (before, {})
    assert (report.existing, report.failed) == ((1, 0) if on_existing == "skip" else (0, 1))
    assert [each.error for each in report.failures] == ["UsernameExistsException"] * report.failed
