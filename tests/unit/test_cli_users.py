"""``list-users`` of the command line."""

from __future__ import annotations

import csv
import io
import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from command import Run
from stub import HANG, ScriptedTransport, failure, reply

from cognito_async._resume import Position

POOL = "eu-west-1_AbC123"
HEADER = ["username", "status", "enabled", "created", "modified"]
MOMENT = "2023-11-14T22:13:20+00:00"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    return Run(monkeypatch)


@pytest.fixture(autouse=True)
def _plain_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def user(name: str, /, **attributes: str) -> dict[str, Any]:
    return {
        "Username": name,
        "UserStatus": "CONFIRMED",
        "Enabled": True,
        "UserCreateDate": 1_700_000_000,
        "UserLastModifiedDate": 1_700_000_000,
        "Attributes": [{"Name": key, "Value": value} for key, value in attributes.items()],
    }


def page(*users: dict[str, Any], token: str | None = None) -> Any:
    body: dict[str, Any] = {"Users": list(users)}
    return reply(body=body | ({"PaginationToken": token} if token else {}))


TWO_PAGES = (page(user("ana", email="ana@example.com", name="Ana"), token="t1"), page(user("ben")))


def token(text: str, done: int = 0) -> str:
    return str(Position(text, done).encode("PaginationToken"))


def list_users(run: Run, *options: str, steps: tuple[Any, ...] = TWO_PAGES) -> Any:
    return run("list-users", "--pool", POOL, *options, steps=steps)


def fact_line(name: str, attributes: dict[str, str]) -> dict[str, Any]:
    return {
        "username": name,
        "status": "CONFIRMED",
        "enabled": True,
        "created": MOMENT,
        "modified": MOMENT,
        "attributes": attributes,
    }


def test_where_there_is_no_terminal_users_are_lines_of_json(run: Run) -> None:
    result = list_users(run)
    assert (result.exit_code, result.stderr) == (0, "")
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        fact_line("ana", {"email": "ana@example.com", "name": "Ana"}),
        fact_line("ben", {}),
    ]
    assert [json.loads(body) for _, _, body in run.transport.sent] == [
        {"UserPoolId": POOL, "Limit": 60},
        {"UserPoolId": POOL, "Limit": 60, "PaginationToken": "t1"},
    ]


def test_lines_of_json_have_the_attributes_that_were_asked_for_where_they_are(run: Run) -> None:
    result = list_users(run, "--format", "jsonl", "--attributes", "name, zoneinfo")
    assert [json.loads(line)["attributes"] for line in result.stdout.splitlines()] == [{"name": "Ana"}, {}]
    # Asked of the service, a user without one of them would be an error.
    assert b"AttributesToGet" not in run.transport.sent[0][2]


def test_lines_of_json_hold_no_control_character_and_read_back_the_same(run: Run) -> None:
    name = "\x1b\x9b2J\u202eÁnà"
    result = list_users(run, steps=(page(user(name, name=name)),))
    assert result.stdout.count(r'"\u001b\u009b2J\u202eÁnà"') == 2
    assert json.loads(result.stdout) == fact_line(name, {"name": name})


def test_csv_has_the_same_columns_on_every_line(run: Run) -> None:
    result = list_users(run, "--format", "csv", "--attributes", "email,custom:plan,email")
    assert list(csv.reader(io.StringIO(result.stdout))) == [
        [*HEADER, "email", "custom:plan"],
        ["ana", "CONFIRMED", "true", MOMENT, MOMENT, "ana@example.com", ""],
        ["ben", "CONFIRMED", "true", MOMENT, MOMENT, "", ""],
    ]


@pytest.mark.parametrize("name", ['a,"b"\nc', "a\r=1+1"])
def test_csv_quotes_what_would_break_a_line(run: Run, name: str) -> None:
    result = list_users(run, "--format", "csv", "--attributes", "name", steps=(page(user("ana", name=name)),))
    assert [row[-1] for row in csv.reader(io.StringIO(result.stdout, newline=""))] == ["name", name]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-1+1", "'-1+1"),
        ("+49 30 901820", "+49 30 901820"),
        ("-5", "-5"),
        ("a=1", "a=1"),
        ("", ""),
    ],
)
def test_csv_holds_no_formula_that_a_user_chose(run: Run, value: str, cell: str) -> None:
    result = list_users(run, "--format", "csv", "--attributes", "name", steps=(page(user("x", name=value)),))
    assert [row[-1] for row in csv.reader(io.StringIO(result.stdout, newline=""))] == ["name", cell]


def test_a_table_is_aligned_and_has_days(run: Run) -> None:
    steps = (page(user("a" * 60, email="ana@example.com"), user("ben\x1b[2J")),)
    result = list_users(run, "--format", "table", "--attributes", "email", steps=steps)
    heading, ana, ben = (line.split() for line in result.stdout.splitlines())
    assert heading == ["username", "status", "enabled", "created", "email"]
    assert ana == ["a" * 60, "CONFIRMED", "true", "2023-11-14", "ana@example.com"]
    assert ben == [r"ben\x1b[2J", "CONFIRMED", "true", "2023-11-14"]
    assert len({len(line) for line in result.stdout.splitlines()}) == 1


def test_a_table_without_users_says_so(run: Run) -> None:
    result = list_users(run, "--format", "table", steps=(page(),))
    assert (result.exit_code, result.stdout) == (0, "no users\n")


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_what_the_service_leaves_out_is_empty(run: Run, form: str) -> None:
    steps = (page({"Username": "ana", "UserCreateDate": "never"}),)
    result = list_users(run, "--format", form, steps=steps)
    assert (result.exit_code, result.stderr) == (0, "")
    if form == "csv":
        assert result.stdout.splitlines()[1] == "ana,,,never,"
    else:
        assert list(json.loads(result.stdout).values()) == ["ana", None, None, "never", None, {}]


@pytest.mark.parametrize("form", ["jsonl", "csv", "table"])
@pytest.mark.parametrize(
    ("attributes", "read"),
    [
        ({"Name": "email", "Value": "x"}, {}),
        (["email", 5, None, {"Name": ["email"], "Value": "x"}, {"Name": "email", "Value": ["x"]}], {}),
        ([{"Name": "email_verified", "Value": True}], {"email_verified": True}),
        ([{"Name": "email_verified", "Value": "TRUE"}, {"Name": "email"}], {"email_verified": True}),
    ],
)
def test_attributes_of_another_form_than_promised_do_no_harm(
    run: Run, form: str, attributes: Any, read: dict[str, Any]
) -> None:
    steps = (page({"Username": "ana", "Attributes": attributes}),)
    result = list_users(run, "--format", form, "--attributes", "email,email_verified", steps=steps)
    assert (result.exit_code, result.stderr) == (0, "")
    if form == "jsonl":
        assert json.loads(result.stdout)["attributes"] == read
    else:
        assert ("true" in result.stdout) == bool(read)


@pytest.mark.parametrize("form", ["table", "jsonl", "csv"])
def test_a_user_that_is_none_is_an_error_and_no_crash(run: Run, form: str) -> None:
    result = list_users(run, "--format", form, steps=(reply(body={"Users": ["x"]}),))
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ListUsers failed: a user is not an object (HTTP 200, ")


def test_a_filter_goes_to_the_service(run: Run) -> None:
    assert list_users(run, "--filter", 'email ^= "ana"', steps=(page(),)).exit_code == 0
    assert run.sent["Filter"] == 'email ^= "ana"'


def test_a_limit_ends_the_list_and_tells_how_to_go_on(run: Run) -> None:
    result = list_users(run, "--limit", "1")
    assert (result.exit_code, len(result.stdout.splitlines()), len(run.transport.sent)) == (0, 1, 1)
    assert result.stderr == f"there are more; go on with: --starting-token {token('t1')}\n"


def test_a_file_is_begun_anew_and_gone_on_with_after_a_token(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_text("something old", encoding="utf-8")
    options = ("--format", "csv", "--output", str(path))
    first = list_users(run, *options, "--limit", "1")
    assert (first.exit_code, first.stdout) == (0, "")
    second = list_users(run, *options, "--starting-token", token("t1"), steps=TWO_PAGES[1:])
    assert (second.exit_code, second.output) == (0, "")
    assert run.sent["PaginationToken"] == "t1"
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert [row[0] for row in rows] == ["username", "ana", "ben"]


def test_a_file_is_utf_8(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "users.jsonl"
    list_users(run, "--output", str(path), steps=(page(user("Ánà")),))
    assert json.loads(path.read_text(encoding="utf-8"))["username"] == "Ánà"
    assert "Ánà" in path.read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written_is_told(run: Run, tmp_path: Path) -> None:
    result = list_users(run, "--output", str(tmp_path / "no" / "users"))
    assert (result.exit_code, result.stderr.split("'")[0]) == (
        1,
        "error: [Errno 2] No such file or directory: ",
    )


def test_an_error_between_pages_keeps_what_was_read_and_tells_how_to_go_on(run: Run) -> None:
    result = list_users(run, steps=(TWO_PAGES[0], failure("InternalErrorException", 500)))
    assert (result.exit_code, len(result.stdout.splitlines())) == (1, 1)
    error, hint = result.stderr.splitlines()
    assert error.startswith("error: ListUsers failed with InternalErrorException: no (HTTP 500, ")
    assert hint == f"go on with: --starting-token {token('t1')}"


@pytest.mark.parametrize("form", ["jsonl", "csv", "table"])
def test_an_error_at_the_start_writes_nothing_and_has_no_token(run: Run, form: str) -> None:
    result = list_users(run, "--format", form, steps=(failure("ResourceNotFoundException"),))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "--starting-token" not in result.stderr


@pytest.mark.parametrize("form", ["jsonl", "csv", "table"])
def test_an_error_at_the_start_leaves_an_older_file_as_it_was(run: Run, tmp_path: Path, form: str) -> None:
    path = tmp_path / "users"
    path.write_text("something old", encoding="utf-8")
    steps = (failure("ResourceNotFoundException"),)
    assert list_users(run, "--format", form, "--output", str(path), steps=steps).exit_code == 1
    assert path.read_text(encoding="utf-8") == "something old"


def test_an_empty_page_begins_the_file_that_the_token_of_an_error_goes_on_with(
    run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "users"
    path.write_text("something old", encoding="utf-8")
    steps = (page(token="t1"), failure("InternalErrorException", 500))
    result = list_users(run, "--output", str(path), steps=steps)
    assert result.stderr.endswith(f"go on with: --starting-token {token('t1')}\n")
    assert path.read_text(encoding="utf-8") == ""


def test_a_table_does_not_say_that_there_are_no_users_when_nobody_knows(run: Run) -> None:
    steps = (page(token="t1"), failure("InternalErrorException", 500))
    result = list_users(run, "--format", "table", steps=steps)
    assert (result.exit_code, result.stdout) == (1, "")


@pytest.mark.parametrize("form", ["jsonl", "csv", "table"])
def test_ctrl_c_keeps_what_was_read_and_tells_how_to_go_on(run: Run, form: str) -> None:
    class Interrupted(ScriptedTransport):
        async def post(self, *arguments: Any, **options: Any) -> Any:
            if self.sent:
                signal.raise_signal(signal.SIGINT)
            return await super().post(*arguments, **options)

    run.transport_class = Interrupted
    result = list_users(run, "--format", form, steps=(TWO_PAGES[0], HANG))
    assert result.exit_code == 130
    assert result.stderr == f"interrupted\ngo on with: --starting-token {token('t1')}\n"
    assert "ana" in result.stdout
    assert "ben" not in result.stdout
    assert run.transport.closed == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--attributes", "email,,name"), "--attributes: expected names with commas between them, such as email,name"),
        (("--starting-token", "x"), "ListUsersRequest: starting_token: not the resume_token of a paginator, or damaged"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_a_line_and_nothing_is_sent(
    run: Run, options: tuple[str, ...], message: str
) -> None:
    result = list_users(run, *options)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"error: {message}\n")
    assert run.transport.sent == []


@pytest.mark.parametrize("options", [("--limit", "0"), ("--format", "xml"), ("--no-such",)])
def test_options_that_are_none_end_with_2(run: Run, options: tuple[str, ...]) -> None:
    assert list_users(run, *options).exit_code == 2


def test_on_a_terminal_a_table_is_no_wider_than_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    result = list_users(run, "--format", "table", steps=(page(user("a" * 100)),))
    lines = re.sub(r"\x1b\[[\d;]*m", "", result.stdout).splitlines()
    assert max(map(len, lines)) == 80
    assert sum(line.count("a" * 3) > 0 for line in lines) > 1
