"""export_users: complete files, whatever interrupts the export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cognito_async import CognitoClient
from cognito_async.bulk import BulkError, ExportReport, JournalError, Progress, export_users
from cognito_async.bulk._journal import Journal
from cognito_async.errors import (
    InvalidParameterException,
    InvalidRequestError,
    InvalidResponseError,
    NotAuthorizedException,
)
from support.bulk_pool import CSV_HEADER, NOW, POOL_ID, BulkPool, Killed, PoolError
from support.transports import client_with

USERS = 130


@pytest.fixture
def filled(pool: BulkPool) -> BulkPool:
    for number in range(USERS):
        pool.add(f"user-{number:03}", email=f"{number}@example.com", email_verified="true")
    return pool


def files(path: Path) -> set[str]:
    return {each.name for each in path.parent.iterdir()}


async def test_all_users_are_written_with_all_their_data(
    client: CognitoClient, filled: BulkPool, path: Path
) -> None:
    filled.users["user-000"]["MFAOptions"] = [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]
    report = await export_users(client, POOL_ID, path, concurrency=1)
    assert report == ExportReport(path=path, users=USERS, resumed=0, seconds=report.seconds)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["username"] for line in lines] == list(filled.users)
    assert lines[0] == {
        "username": "user-000",
        "status": "CONFIRMED",
        "enabled": True,
        "created": "2027-01-14T08:00:00+00:00",
        "modified": "2027-01-14T08:00:00+00:00",
        "attributes": {"sub": "sub-user-000", "email": "0@example.com", "email_verified": True},
        "mfa_options": [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}],
    }
    assert files(path) == {"users.jsonl"}
    assert filled.calls == {"ListUsers": 3}


async def test_groups_are_written_if_asked_for(client: CognitoClient, pool: BulkPool, path: Path) -> None:
    pool.add("ana")
    pool.add("bo")
    pool.groups = {"admins": ["ana"], "staff": ["ana", "bo"]}
    await export_users(client, POOL_ID, path, groups=True)
    assert [json.loads(line)["groups"] for line in path.read_text().splitlines()] == [
        ["admins", "staff"],
        ["staff"],
    ]


async def test_a_user_who_is_deleted_before_the_groups_are_read_is_left_out(
    client: CognitoClient, pool: BulkPool, path: Path
) -> None:
    pool.add("ana")
    pool.add("bo")
    pool.groups = {"staff": ["bo"]}

    def fail(operation: str, parameters: Any) -> None:
        if operation == "AdminListGroupsForUser" and parameters["Username"] == "ana":
            raise PoolError("UserNotFoundException: User does not exist.")

    pool.before = fail
    report = await export_users(client, POOL_ID, path, groups=True)
    users = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(each["username"], each["groups"]) for each in users] == [("bo", ["staff"])]
    assert report.users == 1


async def test_csv_is_that_of_an_import_job(client: CognitoClient, pool: BulkPool, path: Path) -> None:
    pool.add("ana,bo", name="a\\b", address="1 Main St,\r\nCork", custom__plan="pro", email="a@example.com")
    pool.users["ana,bo"]["MFAOptions"] = [{"DeliveryMedium": "SMS"}]
    target = path.with_suffix(".CSV")
    await export_users(client, POOL_ID, target)
    header, row = target.read_text().splitlines()
    assert header == ",".join(CSV_HEADER)
    assert row == ("a\\\\b,,,,,,,,,a@example.com,false,,,,,,false,1 Main St\\, Cork,,pro,true,ana\\,bo")


@pytest.fixture
def in_parts() -> BulkPool:
    """A large pool that can be listed by prefixes of ``sub``."""
    pool = BulkPool(filters=True)
    for number in range(1000):
        pool.add(f"user-{number:03}", email=f"{number}@example.com")
    return pool


def usernames(path: Path) -> list[str]:
    return [json.loads(line)["username"] for line in path.read_text().splitlines()]


@pytest.mark.parametrize("concurrency", [2, 8, 99])
async def test_a_pool_is_read_in_parts_at_the_same_time(
    in_parts: BulkPool, path: Path, concurrency: int
) -> None:
    client = client_with(in_parts, retry_mode="off")
    in_parts.groups = {"staff": ["user-007"]}
    report = await export_users(client, POOL_ID, path, concurrency=concurrency, groups=True)
    assert report.users == 1000
    assert sorted(usernames(path)) == list(in_parts.users)
    assert in_parts.most_running > 1
    assert files(path) == {"users.jsonl"}


async def test_parts_have_the_attributes_asked_for(in_parts: BulkPool, path: Path) -> None:
    sent: list[Any] = []
    in_parts.before = lambda _, parameters: sent.append(parameters)
    await export_users(client_with(in_parts), POOL_ID, path, attributes_to_get=["email"])
    assert {tuple(each["AttributesToGet"]) for each in sent} == {("email", "sub")}
    assert sorted(usernames(path)) == list(in_parts.users)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert all(set(line["attributes"]) == {"email"} for line in lines)


async def test_an_export_in_parts_continues_with_the_parts_that_are_left(
    in_parts: BulkPool, path: Path
) -> None:
    client = client_with(in_parts, retry_mode="off")

    def fail(_operation: str, _parameters: Any) -> None:
        if in_parts.calls["ListUsers"] > 15:
            raise PoolError("InvalidParameterException: bad token")

    in_parts.before = fail
    with pytest.raises(InvalidParameterException) as caught:
        await export_users(client, POOL_ID, path)
    assert caught.value.resume_token is None
    assert not hasattr(caught.value, "__notes__")
    with pytest.raises(InvalidParameterException) as caught:
        await export_users(client, POOL_ID, path)
    assert "resume=False starts over" in caught.value.__notes__[0]
    done = len(path.read_text().splitlines())
    assert 0 < done < 1000
    in_parts.before = lambda *_: None
    in_parts.calls.clear()
    report = await export_users(client, POOL_ID, path, concurrency=1)  # also one at a time
    assert (report.users, report.resumed) == (1000, done)
    assert in_parts.calls["ListUsers"] < 25
    assert sorted(usernames(path)) == list(in_parts.users)


@pytest.mark.parametrize("name", ["users.jsonl", "users.csv"])
@pytest.mark.parametrize("concurrency", [1, 8])
async def test_after_a_filter_that_leaves_out_users_the_next_call_reads_page_after_page(
    in_parts: BulkPool, path: Path, name: str, concurrency: int
) -> None:
    client, path = client_with(in_parts), path.with_name(name)
    in_parts.hidden = {"user-007", "user-500"}
    with pytest.raises(
        InvalidResponseError, match=r"has left out users .* Call again: the export starts over"
    ):
        await export_users(client, POOL_ID, path)
    in_parts.calls.clear()
    report = await export_users(client, POOL_ID, path, concurrency=concurrency)
    assert (report.users, report.resumed) == (1000, 0)
    assert in_parts.calls["ListUsers"] == 17
    assert files(path) == {name}
    lines = path.read_text().splitlines()
    if name == "users.jsonl":
        assert usernames(path) == list(in_parts.users)
    else:
        assert [line.rpartition(",")[2] for line in lines] == ["cognito:username", *in_parts.users]


async def test_after_a_filter_that_stops_working_the_next_call_reads_page_after_page(
    in_parts: BulkPool, path: Path
) -> None:
    client = client_with(in_parts)

    def stop_filtering(_operation: str, _parameters: Any) -> None:
        in_parts.filters = in_parts.calls["ListUsers"] < 6

    in_parts.before = stop_filtering
    with pytest.raises(InvalidResponseError, match=r"does not match the filter .* Call again: the export"):
        await export_users(client, POOL_ID, path)
    in_parts.calls.clear()
    in_parts.before = lambda *_: in_parts.calls["ListUsers"] != 4 or stop()
    with pytest.raises(Killed):  # page after page, and this run continues too
        await export_users(client, POOL_ID, path)
    report = await export_users(client, POOL_ID, path)
    assert report.users == 1000
    assert usernames(path) == list(in_parts.users)


@pytest.mark.parametrize("requests", [3, 6, 12, 20, 24])
async def test_an_export_that_continues_also_notices_users_left_out(
    in_parts: BulkPool, path: Path, requests: int
) -> None:
    client = client_with(in_parts, retry_mode="off")
    in_parts.hidden = {"user-007"}

    def fail(_operation: str, _parameters: Any) -> None:
        if in_parts.calls["ListUsers"] > requests:
            stop()

    in_parts.before = fail
    with pytest.raises(Killed):
        await export_users(client, POOL_ID, path)
    in_parts.before = lambda *_: None
    with pytest.raises(InvalidResponseError, match="has left out users"):
        await export_users(client, POOL_ID, path)
    assert (await export_users(client, POOL_ID, path)).users == 1000
    assert usernames(path) == list(in_parts.users)


@pytest.mark.parametrize("kill", [True, False])
async def test_users_created_just_before_are_asked_for_by_name(
    in_parts: BulkPool,
    path: Path,
    kill: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    client = client_with(in_parts, retry_mode="off")
    new = ["user-007", "user-013", "user-020"]
    for name in new:
        in_parts.users[name]["UserCreateDate"] = NOW - 60
    in_parts.hidden = set(new)
    asked: list[str] = []

    def stop_at_second(_operation: str, parameters: Any) -> None:
        if parameters.get("Filter", "").startswith("username"):
            asked.append(parameters["Filter"])
            if kill and len(asked) == 2:
                stop()

    in_parts.before = stop_at_second
    if kill:
        with pytest.raises(Killed):
            await export_users(client, POOL_ID, path)
    report = await export_users(client, POOL_ID, path)
    assert report.users == 1000
    assert sorted(usernames(path)) == list(in_parts.users)
    assert sorted(set(asked)) == [f'username = "{name}"' for name in new]
    assert len(asked) == 3 + kill


async def test_the_journal_of_an_earlier_version_has_no_users_that_must_be_found(
    in_parts: BulkPool, path: Path
) -> None:
    client = client_with(in_parts, retry_mode="off")
    in_parts.before = lambda *_: in_parts.calls["ListUsers"] < 9 or stop()
    with pytest.raises(Killed):
        await export_users(client, POOL_ID, path)
    journal = path.with_name("users.jsonl.journal")
    records = [json.loads(line) for line in journal.read_text().splitlines()]
    for record in records:
        record.pop("sample", None)
        record.pop("found", None)
    journal.write_text("".join(json.dumps(record) + "\n" for record in records))
    in_parts.before = lambda *_: None
    assert (await export_users(client, POOL_ID, path)).users == 1000


async def test_a_csv_of_one_page_is_complete_without_a_record(
    client: CognitoClient, pool: BulkPool, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool.add("ana")
    path = path.with_suffix(".csv")

    async def fail(_: object) -> None:
        stop()

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "complete", fail)
        with pytest.raises(Killed):
            await export_users(client, POOL_ID, path)
    report = await export_users(client, POOL_ID, path)
    assert (report.users, report.resumed) == (1, 0)
    assert len(path.read_text().splitlines()) == 2


async def test_filter_and_attributes_are_passed_on(client: CognitoClient, pool: BulkPool, path: Path) -> None:
    sent: list[Any] = []
    pool.before = lambda _, parameters: sent.append(parameters)
    await export_users(
        client, POOL_ID, path, filter='email ^= "ana"', attributes_to_get=["email"], progress=print
    )
    assert sent == [
        {"UserPoolId": POOL_ID, "Filter": 'email ^= "ana"', "AttributesToGet": ["email"], "Limit": 60}
    ]


async def test_progress_has_the_estimate_of_the_service(
    client: CognitoClient, filled: BulkPool, path: Path
) -> None:
    reports: list[Progress] = []
    await export_users(client, POOL_ID, path, progress=reports.append)
    assert reports[0][:3] == (0, USERS, 0)
    assert reports[-1][:3] == (USERS, USERS, 0)


@pytest.mark.parametrize("name", ["users.jsonl", "users.csv"])
@pytest.mark.parametrize("good", range(3))
async def test_an_export_continues_after_a_failed_page(
    client: CognitoClient, filled: BulkPool, path: Path, name: str, good: int
) -> None:
    path = path.with_name(name)
    await export_users(client, POOL_ID, path, concurrency=1)
    expected = path.read_bytes()
    path.unlink()
    filled.calls.clear()

    def fail(operation: str, _parameters: Any) -> None:
        if operation == "ListUsers" and filled.calls["ListUsers"] > good:
            raise PoolError("NotAuthorizedException")

    filled.before = fail
    with pytest.raises(Exception, match="NotAuthorizedException"):
        await export_users(client, POOL_ID, path, concurrency=1)
    filled.before = lambda *_: None
    reports: list[Progress] = []
    report = await export_users(client, POOL_ID, path, concurrency=1, progress=reports.append)
    assert path.read_bytes() == expected
    assert (report.users, report.resumed) == (USERS, good * 60)
    assert reports[0].done == reports[0].resumed == good * 60
    assert filled.calls["ListUsers"] == 3 + 1
    assert files(path) == {name}


async def test_what_the_journal_does_not_have_is_written_again(
    client: CognitoClient, filled: BulkPool, path: Path
) -> None:
    filled.before = lambda *_: filled.calls["ListUsers"] < 3 or stop()
    with pytest.raises(Killed):
        await export_users(client, POOL_ID, path)
    with path.open("ab") as file:
        file.write(b'{"username": "half a li' + b"x" * 100_000)
    filled.before = lambda *_: None
    await export_users(client, POOL_ID, path)
    assert len({json.loads(line)["username"] for line in path.read_text().splitlines()}) == USERS


def stop() -> None:
    raise Killed


async def test_a_complete_export_is_replaced_only_if_asked_for(
    client: CognitoClient, filled: BulkPool, path: Path
) -> None:
    path.write_text("precious\n")
    with pytest.raises(BulkError, match=r"exists and is not an unfinished export; resume=False replaces it"):
        await export_users(client, POOL_ID, path)
    assert path.read_text() == "precious\n"
    assert files(path) == {"users.jsonl"}
    await export_users(client, POOL_ID, path, resume=False)
    assert len(path.read_text().splitlines()) == USERS


async def test_another_export_is_refused(client: CognitoClient, filled: BulkPool, path: Path) -> None:
    filled.before = lambda *_: filled.calls["ListUsers"] < 2 or stop()
    with pytest.raises(Killed):
        await export_users(client, POOL_ID, path, filter='email ^= "secret@"')
    journal = path.with_name("users.jsonl.journal").read_text()
    assert "secret" not in journal
    with pytest.raises(JournalError, match="belongs to another job: its filter_sha256 is"):
        await export_users(client, POOL_ID, path)


async def test_an_export_that_has_done_nothing_does_not_block_another(
    client: CognitoClient, filled: BulkPool, path: Path
) -> None:
    filled.before = lambda *_: stop()
    with pytest.raises(Killed):
        await export_users(client, POOL_ID, path, filter='email ^= "secret@"')
    filled.before = lambda *_: None
    assert (await export_users(client, POOL_ID, path)).users == len(filled.users)


async def test_a_file_that_became_shorter_is_refused(
    client: CognitoClient, filled: BulkPool, path: Path
) -> None:
    filled.before = lambda *_: filled.calls["ListUsers"] < 2 or stop()
    with pytest.raises(Killed):
        await export_users(client, POOL_ID, path, concurrency=1)
    path.write_text("")
    with pytest.raises(BulkError, match=r"has 0 bytes, and its journal says \d+; resume=False starts over"):
        await export_users(client, POOL_ID, path, concurrency=1)


async def test_a_rejected_position_suggests_to_start_over(
    client: CognitoClient, filled: BulkPool, path: Path
) -> None:
    def fail(_operation: str, _parameters: Any) -> None:
        if filled.calls["ListUsers"] >= 2:
            raise PoolError("InvalidParameterException: bad token")

    filled.before = fail
    with pytest.raises(InvalidParameterException) as caught:
        await export_users(client, POOL_ID, path, concurrency=1)
    assert not hasattr(caught.value, "__notes__")
    with pytest.raises(InvalidParameterException) as caught:
        await export_users(client, POOL_ID, path, concurrency=1)
    assert "resume=False starts over" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"format": "xml"}, "export_users: format: expected jsonl or csv, got 'xml'"),
        ({"path": "users.txt"}, "format: the suffix of users.txt is neither .jsonl nor .csv; pass format="),
        ({"path": "users.csv", "groups": True}, "groups: CSV has no column for them; use JSON Lines"),
    ],
)
async def test_wrong_arguments(client: CognitoClient, arguments: Any, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        await export_users(client, POOL_ID, **{"path": "users.jsonl", **arguments})


@pytest.mark.parametrize("name", ["users.jsonl", "users.csv"])
async def test_a_file_is_replaced_when_the_first_page_is_there(
    client: CognitoClient, pool: BulkPool, path: Path, name: str
) -> None:
    path = path.with_name(name)
    path.write_text("precious\n" * 1000)
    path.chmod(0o644)
    pool.add("ana")

    def fail(operation: str, _parameters: Any) -> None:
        if operation == "ListUsers":
            raise PoolError("NotAuthorizedException: no")

    pool.before = fail
    with pytest.raises(NotAuthorizedException):
        await export_users(client, POOL_ID, path, resume=False)
    assert path.read_text() == "precious\n" * 1000
    pool.before = lambda *_: None
    report = await export_users(client, POOL_ID, path)
    assert (report.users, report.resumed) == (1, 0)
    assert "precious" not in path.read_text()
    assert len(path.read_text().splitlines()) == 1 + (name == "users.csv")
    assert path.stat().st_mode & 0o777 == 0o600


async def test_the_journal_is_another_file(client: CognitoClient, path: Path) -> None:
    path.write_text("precious")
    with pytest.raises(BulkError, match="path and journal are the same file"):
        await export_users(client, POOL_ID, path, journal=path, resume=False)
    assert path.read_text() == "precious"


async def test_journal_and_format_can_be_chosen(
    client: CognitoClient, filled: BulkPool, tmp_path: Path
) -> None:
    filled.before = lambda *_: stop()
    with pytest.raises(Killed):
        await export_users(client, POOL_ID, tmp_path / "out", format="jsonl", journal=str(tmp_path / "state"))
    assert {each.name for each in tmp_path.iterdir()} == {"out", "state"}
