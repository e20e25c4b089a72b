"""``copy``: its target, options, report and exit codes, and how a run continues."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from cognito_async._cli.commands.copy_pool import default_journal
from cognito_async.bulk._copy_report import NEVER_COPIED, PARTS
from support.cli import CommandLine
from support.copied_pools import CANARIES, full_pool
from support.fake_account import FakeAccount, FakePool


@pytest.fixture
def account(run: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeAccount:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    account = FakeAccount()
    run.transport_class = lambda *_: account  # type: ignore[assignment]
    run.settings |= {"region": account.region, "profile": None}  # there are no files with profiles
    return account


@pytest.fixture
def source(account: FakeAccount) -> FakePool:
    return full_pool(account)


@pytest.fixture
def target(account: FakeAccount, source: FakePool) -> FakePool:
    return account.add_pool(Name="other")


def journals() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def writes(account: FakeAccount) -> list[str]:
    return [name for name in account.calls if not name.startswith(("List", "Describe", "Get"))]


def test_a_new_pool_gets_everything_and_the_report_says_what(
    run: CommandLine, account: FakeAccount, source: FakePool
) -> None:
    result = run("copy", source.id, "--new")
    assert (result.exit_code, result.stderr) == (0, "")
    report = json.loads(result.stdout)
    (made,) = [pool for pool in account.pools.values() if pool is not source]
    journal = f"copy-{source.id}-new.journal"
    assert (report["target_pool_id"], report["failed"], report["journal"]) == (made.id, 0, journal)
    assert report["counts"]["users"] == {"created": 9, "existing": 0, "skipped": 2, "failed": 0}
    assert set(PARTS) <= set(report["counts"])
    assert set(report["client_ids"]) == set(source.clients)
    assert set(report["client_ids"].values()) == set(made.clients)
    assert report["not_copied"]["passwords"] == NEVER_COPIED["passwords"]
    assert made.settings["Name"] == "shop"
    assert len(made.passwords) == 8
    assert journals() == [journal]
    assert len(run.clients) == 1  # one pool of connections is enough


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
def test_no_format_has_a_secret(run: CommandLine, account: FakeAccount, source: FakePool, form: str) -> None:
    account.errors["CreateGroup staff"] = "InvalidParameterException"
    result = run("copy", source.id, "--new", "--output", form, "--debug")
    made = list(account.pools.values())[-1]
    secrets = [client["ClientSecret"] for client in made.clients.values() if "ClientSecret" in client]
    assert len(secrets) == 2
    for secret in (*CANARIES, *secrets, *made.passwords.values()):
        assert secret not in result.output
        assert secret not in Path(journals()[0]).read_text()
    for text in (made.id, *made.clients, "InvalidParameterException", NEVER_COPIED["domains"]):
        assert text in result.stdout


def test_a_table_has_a_section_for_each_list(run: CommandLine, source: FakePool, target: FakePool) -> None:
    result = run("copy", source.id, target.id, "--output", "table", "--parts", "settings,groups")
    assert result.exit_code == 0
    blocks = [block.splitlines() for block in result.stdout.split("\n\n")]
    assert [block[0].split()[0] for block in blocks] == ["target_pool_id", "part", "not"]
    assert [line.split() for line in blocks[1]] == [
        ["part", "created", "existing", "skipped", "failed"],
        ["attributes", "3", "0", "0", "0"],
        ["groups", "2", "0", "0", "0"],
    ]


def test_one_line_of_csv_has_the_report(run: CommandLine, source: FakePool, target: FakePool) -> None:
    result = run("copy", source.id, target.id, "--output", "csv", "--parts", "groups")
    (row,) = csv.DictReader(io.StringIO(result.stdout))
    assert row["target_pool_id"] == target.id
    assert json.loads(row["counts"])["groups"]["created"] == 2
    assert json.loads(row["failures"]) == []


def test_failed_parts_are_listed_and_are_exit_code_3(
    run: CommandLine, account: FakeAccount, source: FakePool, target: FakePool
) -> None:
    account.errors["CreateGroup staff"] = "InvalidParameterException"
    result = run("copy", source.id, target.id, "--output", "table", "--parts", "groups")
    assert result.exit_code == 3
    assert "\n\npart    name   error                      message\n" in result.stdout
    assert "\ngroups  staff  InvalidParameterException  " in result.stdout
    assert list(target.groups) == ["admins"]


def test_a_dry_run_shows_the_plan_and_changes_nothing(
    run: CommandLine, account: FakeAccount, source: FakePool
) -> None:
    result = run("copy", source.id, "--new", "--dry-run")
    assert (result.exit_code, result.stderr) == (0, "nothing was changed\n")
    report = json.loads(result.stdout)
    assert (report["target_pool_id"], report["journal"]) == (None, None)
    assert report["counts"]["groups"]["created"] == 2
    rows = [
        line.split()
        for line in run("copy", source.id, "--new", "--dry-run", "-o", "table").stdout.splitlines()
    ]
    assert ["target_pool_id", "none"] in rows
    assert ["journal", "none"] in rows
    assert writes(account) == journals() == []


def test_a_failed_dry_run_has_nothing_to_continue(
    run: CommandLine, account: FakeAccount, source: FakePool
) -> None:
    account.errors["DescribeUserPool"] = "NotAuthorizedException"
    result = run("copy", source.id, "--new", "--dry-run")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "to continue" not in result.stderr


def test_the_options_are_passed_on(run: CommandLine, account: FakeAccount, source: FakePool) -> None:
    options = ("--name", "shop/2", "--no-confirm-users", "--concurrency", "1", "--journal", "my.journal")
    result = run("copy", source.id, "--new", *options)
    assert result.exit_code == 0, result.output
    made = list(account.pools.values())[-1]
    assert made.settings["Name"] == "shop/2"
    assert made.passwords == {}
    assert account.max_in_flight <= 2  # a user, and the next page of users
    assert journals() == ["my.journal"]


def test_parts_may_be_written_as_options_are(run: CommandLine, source: FakePool, target: FakePool) -> None:
    result = run("copy", source.id, target.id, "--parts", "resource-servers,groups, groups")
    assert list(json.loads(result.stdout)["counts"]) == ["resource_servers", "groups"]
    assert journals() == [f"copy-{source.id}-{target.id}-groups-resource_servers.journal"]


def test_the_help_names_every_part(run: CommandLine) -> None:
    assert ", ".join(PARTS) in " ".join(run("copy", "--help").stdout.split())


# Continuing


def test_an_interrupted_copy_says_how_to_continue_and_continues(
    run: CommandLine, account: FakeAccount, source: FakePool
) -> None:
    async def interrupt(operation: str) -> None:
        if operation == "AdminCreateUser" and account.created["user-000"]:
            raise KeyboardInterrupt

    account.during = interrupt
    result = run("copy", source.id, "--new", "--concurrency", "1")
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr == "interrupted\nrun the same command again to continue\n"
    account.during = None
    report = json.loads(run("copy", source.id, "--new", "--concurrency", "1").stdout)
    assert report["counts"]["users"]["created"] == 9
    assert len(account.pools) == 2
    assert max(account.created.values()) == 1


@pytest.mark.parametrize("option", ["--new", ""])
def test_a_complete_copy_copies_nothing_and_says_how_to_copy_more(
    run: CommandLine, account: FakeAccount, source: FakePool, target: FakePool, option: str
) -> None:
    arguments = (source.id, option or target.id)
    first = run("copy", *arguments)
    sent = account.calls.total()
    result = run("copy", *arguments)
    assert [operation for operation, _ in account.requests[sent:]] == ["DescribeUserPool"]
    assert json.loads(result.stdout)["counts"] == json.loads(first.stdout)["counts"]
    assert result.stderr == (
        f"{journals()[0]}: this copy is complete, so nothing was copied; "
        "to copy what the target lacks, pass --restart\n"
    )
    account.add_user(source, "late", email="late@example.com", email_verified="true")
    again = json.loads(run("copy", *arguments, "--restart").stdout)
    assert again["target_pool_id"] == json.loads(first.stdout)["target_pool_id"]
    assert (again["counts"]["users"]["created"], again["counts"]["users"]["existing"]) == (1, 9)
    assert len(account.pools) == (3 if option else 2)


def test_errors_name_options_instead_of_arguments(
    run: CommandLine, account: FakeAccount, source: FakePool
) -> None:
    result = run("copy", source.id, source.id)
    assert result.stderr.endswith("is the source; to create a pool like it, pass --new\n")

    source.settings["UserPoolTags"] = {f"tag-{number}": "x" for number in range(50)}  # no room for another

    async def stop(operation: str) -> None:
        if operation == "CreateUserPool":
            raise KeyboardInterrupt

    account.during = stop
    assert run("copy", source.id, "--new").exit_code == 130
    others = account.add_pool(Name="shop"), account.add_pool(Name="shop")
    result = run("copy", source.id, "--new")
    assert result.exit_code == 1
    assert f"{others[0].id}, {others[1].id}; pass the one to use as TARGET_POOL" in result.stderr
    assert "target_pool_id" not in result.stderr
    result = run("copy", source.id, "--new", "--name", "x", "--journal", journals()[0], "--restart")
    assert result.exit_code == 1
    assert "Pass another --journal; to go on with a pool that this one's copy has created" in result.stderr
    assert result.stderr.endswith("also pass TARGET_POOL.\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a_1",), "pass either TARGET_POOL, or --new to create the target"),
        (("a_1", "a_2", "--new"), "pass either TARGET_POOL, or --new to create the target"),
        (("a_1", "a_2", "--name", "x"), "--name: an existing pool keeps its name; it is for --new"),
        (("a_1", "a_2", "--parts", "groups,"), "--parts: expected names separated by commas, such as groups"),
        (("a_1", "a_2", "--parts", "grups"), "there is no part 'grups', did you mean 'groups'?"),
        (("a_1", "--new", "--parts", "users"), '"settings" are needed to create the target'),
        (("a_1", "--new", "--concurrency", "0"), "--concurrency"),
        (("a_1", "--new", "--share", "2"), "--share 2.0: expected a number from 0.000001 to 1"),
    ],
)
def test_invalid_options_of_a_copy_are_exit_code_2(
    run: CommandLine, account: FakeAccount, arguments: tuple[str, ...], message: str
) -> None:
    result = run("copy", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert not account.calls
    assert journals() == []


# The target


NO_SETTINGS = dict.fromkeys(("region", "profile", "endpoint_url", "max_attempts"))


@pytest.mark.parametrize(
    ("options", "of_source", "of_target"),
    [
        (("--target-region", "us-east-1"), {}, {"region": "us-east-1"}),
        (("--target-profile", "b"), {}, {"profile": "b"}),
        (("--target-endpoint-url", "http://b"), {}, {"endpoint_url": "http://b"}),
        (
            ("--region", "eu-west-1", "--profile", "a", "--target-region", "us-east-1", "--timeout", "5"),
            {"region": "eu-west-1", "profile": "a", "timeout": 5},
            {"region": "us-east-1", "profile": "a", "timeout": 5},
        ),
    ],
)
@pytest.mark.usefixtures("account")
def test_the_target_has_the_settings_of_the_source_but_for_its_own(
    run: CommandLine, options: tuple[str, ...], of_source: dict[str, Any], of_target: dict[str, Any]
) -> None:
    run("copy", "a_1", "a_2", *options)
    assert run.clients == [NO_SETTINGS | of_source, NO_SETTINGS | of_target]


def test_a_target_like_the_source_has_the_same_client(
    run: CommandLine, source: FakePool, target: FakePool
) -> None:
    same = ("--profile", "a", "--target-profile", "a")
    assert run("copy", source.id, target.id, "--parts", "groups", *same).exit_code == 0
    assert len(run.clients) == 1


@pytest.mark.parametrize(("option", "limiters"), [("--target-region", 1), ("--target-profile", 2)])
@pytest.mark.usefixtures("account")
def test_both_clients_share_the_quotas_of_one_account(run: CommandLine, option: str, limiters: int) -> None:
    run("copy", "a_1", "a_2", "--share", "0.5", option, "us-east-1")
    used = [client["limiter"] for client in run.clients]
    assert [repr(each) for each in used] == ["QuotaRateLimiter(share=0.5)"] * 2
    assert len(set(map(id, used))) == limiters


def test_journals_of_different_copies_have_different_names() -> None:
    assert default_journal("a_1", "b_2") == Path("copy-a_1-b_2.journal")
    name = default_journal("a_1", None, "My shop/é", None, "https://b:1").name
    assert name == "copy-a_1-new-My_shop__-https___b_1.journal"
    long = [default_journal("a_1", None, "x" * 250 + end).name for end in "ab"]
    assert len(set(long)) == 2
    assert max(map(len, long)) < 255
