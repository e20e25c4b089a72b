"""export_users: complete files, whatever interrupts the export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cognito_async import CognitoClient
from cognito_async.bulk import BulkError, ExportReport, JournalError, Progress, export_users
from cognito_async.errors import InvalidParameterException, InvalidRequestError
from support.bulk_pool import CSV_HEADER, POOL_ID, BulkPool, Killed, PoolError

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
    report = await export_users(client, POOL_ID, path)
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


async def test_csv_is_that_of_an_import_job(client: CognitoClient, pool: BulkPool, path: Path) -> None:
    pool.add("ana,bo", name="a\\b", address="1 Main St,\r\nCork", custom__plan="pro", email="a@example.com")
    pool.users["ana,bo"]["MFAOptions"] = [{"DeliveryMedium": "SMS"}]
    target = path.with_suffix(".CSV")
    await export_users(client, POOL_ID, target)
    header, row = target.read_text().splitlines()
    assert header == ",".join(CSV_HEADER)
    assert row == ("a\\\\b,,,,,,,,,a@example.com,false,,,,,,false,1 Main St\\, Cork,,pro,true,ana\\,bo")


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
    await export_users(client, POOL_ID, path)
    expected = path.read_bytes()
    path.unlink()
    filled.calls.clear()

    def fail(operation: str, _parameters: Any) -> None:
        if operation == "ListUsers" and filled.calls["ListUsers"] > good:
            raise PoolError("NotAuthorizedException")

    filled.before = fail
    with pytest.raises(Exception, match="NotAuthorizedException"):
        await export_users(client, POOL_ID, path)
    filled.before = lambda *_: None
    reports: list[Progress] = []
    report = await export_users(client, POOL_ID, path, progress=reports.append)
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
    with pytest.raises(BulkError, match=r"exists and is no unfinished export; resume=False replaces it"):
        await export_users(client, POOL_ID, path)
    assert path.read_text() == "precious\n"
    assert files(path) == {"users.jsonl"}
    await export_users(client, POOL_ID, path, resume=False)
    assert len(path.read_text().splitlines()) == USERS


async def test_another_export_is_refused(client: CognitoClient, filled: BulkPool, path: Path) -> None:
    filled.before = lambda *_: stop()
    with pytest.raises(Killed):
        await export_users(client, POOL_ID, path, filter='email ^= "secret@"')
    journal = path.with_name("users.jsonl.journal").read_text()
    assert "secret" not in journal
    with pytest.raises(JournalError, match="belongs to another job: its filter_sha256 is"):
        await export_users(client, POOL_ID, path)


async def test_a_file_that_became_shorter_is_refused(
    client: CognitoClient, filled: BulkPool, path: Path
) -> None:
    filled.before = lambda *_: filled.calls["ListUsers"] < 2 or stop()
    with pytest.raises(Killed):
        await export_users(client, POOL_ID, path)
    path.write_text("")
    with pytest.raises(BulkError, match=r"has 0 bytes, and its journal says \d+; resume=False starts over"):
        await export_users(client, POOL_ID, path)


async def test_a_rejected_position_suggests_to_start_over(
    client: CognitoClient, filled: BulkPool, path: Path
) -> None:
    def fail(_operation: str, _parameters: Any) -> None:
        if filled.calls["ListUsers"] >= 2:
            raise PoolError("InvalidParameterException: bad token")

    filled.before = fail
    with pytest.raises(InvalidParameterException) as caught:
        await export_users(client, POOL_ID, path)
    assert not hasattr(caught.value, "__notes__")
    with pytest.raises(InvalidParameterException) as caught:
        await export_users(client, POOL_ID, path)
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


async def test_journal_and_format_can_be_chosen(
    client: CognitoClient, filled: BulkPool, tmp_path: Path
) -> None:
    filled.before = lambda *_: stop()
    with pytest.raises(Killed):
        await export_users(client, POOL_ID, tmp_path / "out", format="jsonl", journal=str(tmp_path / "state"))
    assert {each.name for each in tmp_path.iterdir()} == {"out", "state"}
