"""``export`` and ``import``: options, results, exit codes, and how a run continues."""

from __future__ import annotations

import gc
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from cognito_async._cli.progress_bar import progress_bar, progress_text
from cognito_async.bulk import Progress
from support.bulk_pool import POOL_ID, BulkPool, PoolError
from support.cli import CommandLine


@pytest.fixture
def pool(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> BulkPool:
    monkeypatch.setenv("COGNITO_USER_POOL_ID", POOL_ID)
    pool = BulkPool()
    run.transport_class = lambda *_: pool  # type: ignore[assignment]
    return pool


def fill(pool: BulkPool, count: int) -> None:
    for number in range(count):
        pool.add(f"user{number:03}", email=f"user{number}@example.com")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def write(path: Path, *names: str) -> Path:
    path.write_text("".join(json.dumps({"username": name, "attributes": {}}) + "\n" for name in names))
    return path


# export


def test_all_users_are_written_and_the_result_is_printed(
    run: CommandLine, pool: BulkPool, tmp_path: Path
) -> None:
    fill(pool, 130)
    path = tmp_path / "users.jsonl"
    result = run("export", str(path))
    assert (result.exit_code, result.stderr) == (0, "")
    report = json.loads(result.stdout)
    assert report.pop("seconds") >= 0
    assert report == {"file": str(path), "users": 130, "resumed": 0}
    assert [line["username"] for line in lines(path)] == list(pool.users)


def test_the_options_of_an_export_are_passed_on(run: CommandLine, pool: BulkPool, tmp_path: Path) -> None:
    requests: list[Any] = []
    pool.before = lambda operation, parameters: requests.append((operation, parameters))
    pool.groups = {"admins": ["user000"]}
    fill(pool, 1)
    options = ("--filter", 'username ^= "u"', "--attributes", "email, sub", "--groups", "--pool", "eu_x")
    result = run("export", str(tmp_path / "users"), "--format", "jsonl", *options, "--output", "csv")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0] == "file,users,resumed,seconds"
    listed = dict(requests)["ListUsers"]
    assert listed["UserPoolId"] == "eu_x"
    assert listed["Filter"] == 'username ^= "u"'
    assert listed["AttributesToGet"] == ["email", "sub"]
    assert lines(tmp_path / "users")[0]["groups"] == ["admins"]


@pytest.mark.parametrize(("concurrency", "filters"), [("1", 0), ("8", 16)])
def test_an_export_reads_parts_of_the_pool_at_the_same_time(
    run: CommandLine, pool: BulkPool, tmp_path: Path, concurrency: str, filters: int
) -> None:
    used: list[str] = []
    pool.filters = True
    pool.before = lambda _, parameters: used.append(parameters.get("Filter", ""))
    fill(pool, 130)
    result = run("export", str(tmp_path / "users.jsonl"), "--concurrency", concurrency)
    assert json.loads(result.stdout)["users"] == 130
    assert len({each for each in used if len(each) == len('sub ^= "a"')}) == filters


def test_after_a_failure_of_the_filter_the_same_command_starts_over(
    run: CommandLine, pool: BulkPool, tmp_path: Path
) -> None:
    pool.filters = True
    fill(pool, 130)
    path = tmp_path / "users.jsonl"

    def stop_filtering(_operation: str, _parameters: Any) -> None:
        pool.filters = pool.calls["ListUsers"] < 4

    pool.before = stop_filtering
    result = run("export", str(path))
    assert result.exit_code == 1
    assert "starts over, page after page. A new one does so with --concurrency 1" in " ".join(
        result.stderr.split()
    )
    assert json.loads(run("export", str(path)).stdout)["users"] == 130
    assert [line["username"] for line in lines(path)] == list(pool.users)


def test_a_failed_export_says_how_to_continue_and_continues(
    run: CommandLine, pool: BulkPool, tmp_path: Path
) -> None:
    fill(pool, 130)
    path = tmp_path / "users.jsonl"

    def fail(operation: str, parameters: Any) -> None:
        if parameters.get("PaginationToken") == "60":
            raise PoolError("NotAuthorizedException: no")

    pool.before = fail
    result = run("export", str(path))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("\nrun the same command again to continue\n")
    result = run("export", str(path), "--restart")
    assert result.stderr.endswith("\nrun the same command without --restart to continue\n")
    pool.before = lambda _operation, _parameters: None
    report = json.loads(run("export", str(path)).stdout)
    assert (report["users"], report["resumed"]) == (130, 60)
    assert [line["username"] for line in lines(path)] == list(pool.users)


def test_a_complete_export_is_replaced_only_on_request(
    run: CommandLine, pool: BulkPool, tmp_path: Path
) -> None:
    fill(pool, 2)
    path = tmp_path / "users.jsonl"
    assert run("export", str(path)).exit_code == 0
    result = run("export", str(path))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "--restart replaces it" in result.stderr
    assert "resume=" not in result.stderr
    assert "to continue" not in result.stderr
    assert run("export", str(path), "--restart").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("export", "users.txt"), "the suffix of users.txt is neither .jsonl nor .csv; pass --format"),
        (("export", "users.jsonl", "--attributes", "a,"), "--attributes: expected names separated by commas"),
        (("export", "users.jsonl", "--concurrency", "0"), "invalid value for '--concurrency'"),
        (("export", "users.jsonl", "--concurrency", "1001"), "invalid value for '--concurrency'"),
        (("import", "users.jsonl", "--concurrency", "1001"), "invalid value for '--concurrency'"),
        (("copy", "x", "--new", "--concurrency", "1001"), "invalid value for '--concurrency'"),
        (("export", "users.csv", "--groups"), "--groups: CSV has no column for them"),
        (("import", "users.jsonl", "--on-existing", "x"), "is not one of 'skip', 'update', 'error'"),
        (("import", "users.jsonl", "--concurrency", "0"), "invalid value for '--concurrency'"),
        (("export", "users.jsonl", "--share", "2"), "--share 2.0: expected a number from"),
        (("export", "users.jsonl", "--format", "x"), "--format: expected jsonl or csv"),
    ],
)
def test_invalid_options_of_bulk_commands_are_exit_code_2(
    run: CommandLine, pool: BulkPool, arguments: tuple[str, ...], message: str
) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr.replace("\n", " ")
    assert not pool.calls


@pytest.mark.parametrize("command", ["export", "import"])
def test_bulk_commands_need_a_pool(
    run: CommandLine, pool: BulkPool, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.delenv("COGNITO_USER_POOL_ID")
    result = run(command, "users.jsonl")
    assert (result.exit_code, result.stderr) == (2, "error: pass --pool, or set COGNITO_USER_POOL_ID\n")


# import


def test_the_users_of_a_file_are_created_and_counted(
    run: CommandLine, pool: BulkPool, tmp_path: Path
) -> None:
    pool.add("ben")
    path = write(tmp_path / "users.jsonl", "ana", "ben")
    report = json.loads(run("import", str(path)).stdout)
    assert report.pop("seconds") >= 0
    assert report == {
        "file": str(path), "created": 1, "updated": 0, "existing": 1, "skipped": 0, "failed": 0, "resumed": 0,
        "failures_file": None, "failures": [],
    }  # fmt: skip
    assert set(pool.users) == {"ana", "ben"}


@pytest.mark.parametrize(("option", "action"), [((), "SUPPRESS"), (("--invite",), None)])
def test_users_get_a_message_only_on_request(
    run: CommandLine, pool: BulkPool, tmp_path: Path, option: tuple[str, ...], action: str | None
) -> None:
    requests: list[Any] = []
    pool.before = lambda operation, parameters: requests.append((operation, parameters))
    assert run("import", str(write(tmp_path / "users.jsonl", "ana")), *option).exit_code == 0
    assert dict(requests)["AdminCreateUser"].get("MessageAction") == action


def test_a_table_without_failures_has_the_counts_only(
    run: CommandLine, pool: BulkPool, tmp_path: Path
) -> None:
    result = run("import", str(write(tmp_path / "users.jsonl", "ana")), "--output", "table")
    assert "created        1\n" in result.stdout
    assert "username" not in result.stdout


@pytest.mark.parametrize("form", ["table", "jsonl"])
def test_failures_are_listed_and_are_exit_code_3(
    run: CommandLine, pool: BulkPool, tmp_path: Path, form: str
) -> None:
    path = write(tmp_path / "users.jsonl", "ana", "ben")
    pool.add("ben")
    result = run("import", str(path), "--on-existing", "error", "--output", form)
    assert result.exit_code == 3
    assert "ben" in result.stdout
    failures = tmp_path / "users.jsonl.failures.jsonl"
    assert str(failures) in result.stdout.replace("\n", "")
    assert [line["username"] for line in lines(failures)] == ["ben"]
    if form == "table":
        assert "line  username  error" in result.stdout


def test_an_interrupted_import_says_how_to_continue(run: CommandLine, pool: BulkPool, tmp_path: Path) -> None:
    path = write(tmp_path / "users.jsonl", "ana", "ben", "chloe")

    def interrupt(operation: str, parameters: Any) -> None:
        if parameters.get("Username") == "ben":
            raise KeyboardInterrupt

    pool.before = interrupt
    result = run("import", str(path), "--concurrency", "1")
    assert (result.exit_code, result.stderr) == (130, "interrupted\nrun the same command again to continue\n")
    pool.before = lambda _operation, _parameters: None
    report = json.loads(run("import", str(path)).stdout)
    assert (report["created"], report["resumed"]) == (3, 1)
    assert pool.created == {"ana": 1, "ben": 1, "chloe": 1}


def test_a_dry_run_needs_few_bytes_for_each_user(run: CommandLine, pool: BulkPool, tmp_path: Path) -> None:
    few, many = 1_000, 31_000
    peaks = []
    for users in (few, few, many):  # the first run fills caches
        names = [*(f"user-{number:036}" for number in range(users)), "user-" + "7".zfill(36)]
        path = write(tmp_path / "users.jsonl", *names)
        del names
        gc.collect()
        tracemalloc.start()
        report = json.loads(run("import", str(path), "--dry-run").stdout)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert (report["users"], report["duplicates"]) == (users + 1, 1)
    assert peaks[2] - peaks[1] < 40 * (many - few)  # the names alone would take 90 bytes each


def test_a_dry_run_checks_the_file_and_sends_nothing(
    run: CommandLine, pool: BulkPool, tmp_path: Path
) -> None:
    path = write(tmp_path / "users.jsonl", "ana")
    result = run("import", str(path), "--dry-run")
    assert (result.exit_code, result.stderr) == (
        0,
        "nothing was sent; whether the groups exist was not checked\n",
    )
    expected = {"file": str(path), "users": 1, "duplicates": 0, "failed": 0, "failures": []}
    assert json.loads(result.stdout) == expected
    text = path.read_text()
    path.write_text(text * 3)
    report = json.loads(run("import", str(path), "--dry-run").stdout)
    assert (report["users"], report["duplicates"]) == (3, 2)
    path.write_text(text)
    path.write_text(path.read_text() + "x\n" * 150)
    result = run("import", str(path), "--dry-run")
    assert result.exit_code == 3
    report = json.loads(result.stdout)
    assert (report["users"], report["failed"], len(report["failures"])) == (1, 150, 100)
    first = report["failures"][0]
    assert (first["line"], first["error"]) == (2, "InvalidEntry")
    sent = json.loads(run("import", str(path)).stdout)["failures"][0]
    assert sent == first  # what an import reports
    for each in tmp_path.iterdir():
        if each != path:
            each.unlink()
    pool.calls.clear()
    assert not pool.calls
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_file_is_exit_code_1(run: CommandLine, pool: BulkPool, tmp_path: Path) -> None:
    result = run("import", str(tmp_path / "users.jsonl"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "No such file or directory" in result.stderr


@pytest.mark.parametrize("command", ["export", "import"])
def test_a_share_of_the_quotas_is_kept(
    run: CommandLine, pool: BulkPool, tmp_path: Path, command: str
) -> None:
    path = tmp_path / "users.jsonl"
    if command == "import":
        write(path, "ana")
    assert run(command, str(path), "--share", "0.5").exit_code == 0
    assert repr(run.clients[-1]["limiter"]) == "QuotaRateLimiter(share=0.5)"
    result = run(command, str(path), "--share", "2", "--restart")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: --share 2.0: expected a number from 0.000001 to 1\n"


# Progress


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress(1_200, 20_000, 2, 25), "1,200 of 20,000, 48 per second, 7 min left, 2 failed"),
        (Progress(1_200, None, 0, 25), "1,200, 48 per second"),
        (Progress(0, 10, 0, 0), "0 of 10, 0 per second"),
        (Progress(5, 10, 0, 5), "5 of 10, 1 per second, 5 s left"),
        (Progress(10, 10_000, 0, 10), "10 of 10,000, 1 per second, 2.8 h left"),
        (Progress(70, 100, 0, 10, 60), "70 of 100, 1 per second, 30 s left"),
    ],
)
def test_the_progress_in_words(progress: Progress, text: str) -> None:
    assert progress_text(progress) == text


def test_progress_is_shown_on_terminals_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress_bar() as show:
        show(Progress(1, 2, 0, 1))
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with progress_bar() as show:
        show(Progress(1, 2, 0, 1))
    output = capsys.readouterr()
    assert "1 of 2, 1 per second, 1 s left" in output.err
    assert output.out == ""
