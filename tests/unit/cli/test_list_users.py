"""``list-users``: formats, attributes, files, and how to continue after an interruption."""

from __future__ import annotations

import csv
import io
import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from cognito_async.pagination._resume_token import Position
from cognito_async.transport import HTTPRequest, HTTPResponse
from support.cli import POOL, CommandLine
from support.transports import HANG, ScriptedTransport, error_response, http_response

HEADER = ["username", "status", "enabled", "created", "modified"]
MOMENT = "2023-11-14T22:13:20+00:00"


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
    return http_response(body=body | ({"PaginationToken": token} if token else {}))


TWO_PAGES = (page(user("ana", email="ana@example.com", name="Ana"), token="t1"), page(user("ben")))


def starting_token(text: str, done: int = 0) -> str:
    return str(Position(text, done).encode("PaginationToken"))


def list_users(run: CommandLine, *options: str, steps: tuple[Any, ...] = TWO_PAGES) -> Any:
    return run("list-users", "--pool", POOL, *options, steps=steps)


def json_line(name: str, attributes: dict[str, str]) -> dict[str, Any]:
    return {
        "username": name,
        "status": "CONFIRMED",
        "enabled": True,
        "created": MOMENT,
        "modified": MOMENT,
        "attributes": attributes,
    }


def test_without_a_terminal_the_format_is_json_lines(run: CommandLine) -> None:
    result = list_users(run)
    assert (result.exit_code, result.stderr) == (0, "")
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        json_line("ana", {"email": "ana@example.com", "name": "Ana"}),
        json_line("ben", {}),
    ]
    assert [json.loads(request.body) for request in run.transport.sent] == [
        {"UserPoolId": POOL, "Limit": 60},
        {"UserPoolId": POOL, "Limit": 60, "PaginationToken": "t1"},
    ]


def test_json_lines_have_the_requested_attributes_that_a_user_has(run: CommandLine) -> None:
    result = list_users(run, "--output", "jsonl", "--attributes", "name, zoneinfo")
    assert [json.loads(line)["attributes"] for line in result.stdout.splitlines()] == [{"name": "Ana"}, {}]
    # With AttributesToGet, the service returns an error for a user without one of them.
    assert b"AttributesToGet" not in run.transport.sent[0].body


def test_json_is_one_array_with_the_requested_attributes(run: CommandLine) -> None:
    result = list_users(run, "--output", "json", "--attributes", "email")
    assert json.loads(result.stdout) == [json_line("ana", {"email": "ana@example.com"}), json_line("ben", {})]
    assert list_users(run, "--output", "json", steps=(page(),)).stdout == "[]\n"


def test_json_is_one_array_also_after_an_error(run: CommandLine) -> None:
    steps = (page(user("ana"), token="t1"), error_response("NotAuthorizedException"))
    result = list_users(run, "--output", "json", steps=steps)
    assert (result.exit_code, json.loads(result.stdout)) == (1, [json_line("ana", {})])


def test_a_json_array_in_a_file_cannot_be_continued(run: CommandLine, tmp_path: Path) -> None:
    options = (
        "--output",
        "json",
        "--file",
        str(tmp_path / "users"),
        "--starting-token",
        starting_token("t1"),
    )
    result = list_users(run, *options)
    assert (result.exit_code, run.transport.sent) == (2, [])
    assert result.stderr == "error: --output json: a JSON array cannot be continued in a file; use jsonl\n"


def test_the_pool_comes_from_the_environment(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run("list-users")
    assert (result.exit_code, result.stderr) == (2, "error: pass --pool, or set COGNITO_USER_POOL_ID\n")
    monkeypatch.setenv("COGNITO_USER_POOL_ID", POOL)
    assert run("list-users", steps=TWO_PAGES).exit_code == 0
    assert run.sent_body["UserPoolId"] == POOL


def test_control_characters_are_escaped_in_json_lines(run: CommandLine) -> None:
    name = "\x1b\x9b2J\u202eÁnà"
    result = list_users(run, steps=(page(user(name, name=name)),))
    assert result.stdout.count(r'"\u001b\u009b2J\u202eÁnà"') == 2
    assert json.loads(result.stdout) == json_line(name, {"name": name})


def test_csv_has_the_same_columns_in_every_line(run: CommandLine) -> None:
    result = list_users(run, "--output", "csv", "--attributes", "email,custom:plan,email")
    assert list(csv.reader(io.StringIO(result.stdout))) == [
        [*HEADER, "email", "custom:plan"],
        ["ana", "CONFIRMED", "true", MOMENT, MOMENT, "ana@example.com", ""],
        ["ben", "CONFIRMED", "true", MOMENT, MOMENT, "", ""],
    ]


@pytest.mark.parametrize("name", ['a,"b"\nc', "a\r=1+1"])
def test_csv_quotes_separators_and_line_breaks(run: CommandLine, name: str) -> None:
    result = list_users(run, "--output", "csv", "--attributes", "name", steps=(page(user("ana", name=name)),))
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
def test_csv_escapes_formulas(run: CommandLine, value: str, cell: str) -> None:
    result = list_users(run, "--output", "csv", "--attributes", "name", steps=(page(user("x", name=value)),))
    assert [row[-1] for row in csv.reader(io.StringIO(result.stdout, newline=""))] == ["name", cell]


def test_a_table_is_aligned_and_shows_days(run: CommandLine) -> None:
    steps = (page(user("a" * 60, email="ana@example.com"), user("ben\x1b[2J")),)
    result = list_users(run, "--output", "table", "--attributes", "email", steps=steps)
    heading, ana, ben = (line.split() for line in result.stdout.splitlines())
    assert heading == ["username", "status", "enabled", "created", "email"]
    assert ana == ["a" * 60, "CONFIRMED", "true", "2023-11-14", "ana@example.com"]
    assert ben == [r"ben\x1b[2J", "CONFIRMED", "true", "2023-11-14"]
    columns = [re.split(r"  +", line) for line in result.stdout.splitlines()]
    assert (
        len({line.index(cells[3]) for line, cells in zip(result.stdout.splitlines(), columns, strict=True)})
        == 1
    )
    assert [line for line in result.stdout.splitlines() if line != line.rstrip()] == []


def test_a_table_without_users_is_a_message(run: CommandLine) -> None:
    result = list_users(run, "--output", "table", steps=(page(),))
    assert (result.exit_code, result.stdout) == (0, "no users\n")


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_missing_members_are_empty(run: CommandLine, form: str) -> None:
    steps = (page({"Username": "ana", "UserCreateDate": "never"}),)
    result = list_users(run, "--output", form, steps=steps)
    assert (result.exit_code, result.stderr) == (0, "")
    if form == "csv":
        assert result.stdout.splitlines()[1] == "ana,,,never,"
    else:
        assert list(json.loads(result.stdout).values()) == ["ana", None, None, "never", None, {}]


@pytest.mark.parametrize("form", ["jsonl", "csv", "table"])
@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"Name": "email", "Value": "x"}, {}),
        (["email", 5, None, {"Name": ["email"], "Value": "x"}, {"Name": "email", "Value": ["x"]}], {}),
        ([{"Name": "email_verified", "Value": True}], {"email_verified": True}),
        ([{"Name": "email_verified", "Value": "TRUE"}, {"Name": "email"}], {"email_verified": True}),
    ],
)
def test_malformed_attributes_are_skipped(
    run: CommandLine, form: str, attributes: Any, expected: dict[str, Any]
) -> None:
    steps = (page({"Username": "ana", "Attributes": attributes}),)
    result = list_users(run, "--output", form, "--attributes", "email,email_verified", steps=steps)
    assert (result.exit_code, result.stderr) == (0, "")
    if form == "jsonl":
        assert json.loads(result.stdout)["attributes"] == expected
    else:
        assert ("true" in result.stdout) == bool(expected)


@pytest.mark.parametrize("form", ["table", "jsonl", "csv"])
def test_a_malformed_user_is_an_error_without_traceback(run: CommandLine, form: str) -> None:
    result = list_users(run, "--output", form, steps=(http_response(body={"Users": ["x"]}),))
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ListUsers failed: a user is not an object (HTTP 200, ")


def test_a_filter_is_sent(run: CommandLine) -> None:
    assert list_users(run, "--filter", 'email ^= "ana"', steps=(page(),)).exit_code == 0
    assert run.sent_body["Filter"] == 'email ^= "ana"'


def test_a_limit_ends_the_list_and_prints_the_token_to_continue(run: CommandLine) -> None:
    result = list_users(run, "--limit", "1")
    assert (result.exit_code, len(result.stdout.splitlines()), len(run.transport.sent)) == (0, 1, 1)
    assert result.stderr == f"there are more users; continue with: --starting-token {starting_token('t1')}\n"


def test_a_file_is_replaced_and_with_a_starting_token_appended_to(run: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_text("old content", encoding="utf-8")
    options = ("--output", "csv", "--file", str(path))
    first = list_users(run, *options, "--limit", "1")
    assert (first.exit_code, first.stdout) == (0, "")
    second = list_users(run, *options, "--starting-token", starting_token("t1"), steps=TWO_PAGES[1:])
    assert (second.exit_code, second.output) == (0, "")
    assert run.sent_body["PaginationToken"] == "t1"
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert [row[0] for row in rows] == ["username", "ana", "ben"]


def test_a_file_is_utf_8(run: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "users.jsonl"
    list_users(run, "--file", str(path), steps=(page(user("Ánà")),))
    assert json.loads(path.read_text(encoding="utf-8"))["username"] == "Ánà"
    assert "Ánà" in path.read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written_is_an_error(run: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "no" / "users"
    result = list_users(run, "--file", str(path))
    assert (result.exit_code, result.stderr) == (1, f"error: {path}: No such file or directory\n")


def test_an_error_between_pages_keeps_the_users_received_so_far_and_prints_the_token_to_continue(
    run: CommandLine,
) -> None:
    result = list_users(run, steps=(TWO_PAGES[0], error_response("InternalErrorException", 500)))
    assert (result.exit_code, len(result.stdout.splitlines())) == (1, 1)
    error, hint = result.stderr.splitlines()
    assert error.startswith("error: ListUsers failed with InternalErrorException: no (HTTP 500, ")
    assert hint == f"continue with: --starting-token {starting_token('t1')}"


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "table"])
def test_an_error_of_the_first_page_writes_nothing_and_has_no_token(run: CommandLine, form: str) -> None:
    result = list_users(run, "--output", form, steps=(error_response("ResourceNotFoundException"),))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "--starting-token" not in result.stderr


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "table"])
def test_an_error_of_the_first_page_keeps_an_existing_file(
    run: CommandLine, tmp_path: Path, form: str
) -> None:
    path = tmp_path / "users"
    path.write_text("old content", encoding="utf-8")
    steps = (error_response("ResourceNotFoundException"),)
    assert list_users(run, "--output", form, "--file", str(path), steps=steps).exit_code == 1
    assert path.read_text(encoding="utf-8") == "old content"


def test_an_empty_page_replaces_the_file_that_the_starting_token_appends_to(
    run: CommandLine, tmp_path: Path
) -> None:
    path = tmp_path / "users"
    path.write_text("old content", encoding="utf-8")
    steps = (page(token="t1"), error_response("InternalErrorException", 500))
    result = list_users(run, "--file", str(path), steps=steps)
    assert result.stderr.endswith(f"continue with: --starting-token {starting_token('t1')}\n")
    assert path.read_text(encoding="utf-8") == ""


def test_an_incomplete_table_does_not_print_that_there_are_no_users(run: CommandLine) -> None:
    steps = (page(token="t1"), error_response("InternalErrorException", 500))
    result = list_users(run, "--output", "table", steps=steps)
    assert (result.exit_code, result.stdout) == (1, "")


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.parametrize("form", ["jsonl", "csv", "table"])
def test_ctrl_c_keeps_the_users_received_so_far_and_prints_the_token_to_continue(
    run: CommandLine, form: str
) -> None:
    class InterruptedTransport(ScriptedTransport):
        async def send(self, request: HTTPRequest, **options: Any) -> HTTPResponse:
            if self.sent:
                signal.raise_signal(signal.SIGINT)
            return await super().send(request, **options)

    run.transport_class = InterruptedTransport
    result = list_users(run, "--output", form, steps=(TWO_PAGES[0], HANG))
    assert result.exit_code == 130
    assert result.stderr == f"interrupted\ncontinue with: --starting-token {starting_token('t1')}\n"
    assert "ana" in result.stdout
    assert "ben" not in result.stdout
    assert run.transport.closed == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--attributes", "email,,name"), "--attributes: expected names separated by commas, such as email,name"),
        (("--starting-token", "x"), "ListUsersRequest: starting_token: not a resume_token of a paginator, or damaged"),
    ],
)  # fmt: skip
def test_an_invalid_argument_is_reported_in_one_line_and_nothing_is_sent(
    run: CommandLine, options: tuple[str, ...], message: str
) -> None:
    result = list_users(run, *options)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"error: {message}\n")
    assert run.transport.sent == []


@pytest.mark.parametrize("options", [("--limit", "0"), ("--output", "xml"), ("--no-such",)])
def test_invalid_options_are_exit_code_2(run: CommandLine, options: tuple[str, ...]) -> None:
    assert list_users(run, *options).exit_code == 2


def test_a_table_is_no_wider_than_the_terminal(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    result = list_users(run, "--output", "table", steps=(page(user("a" * 100)),))
    lines = re.sub(r"\x1b\[[\d;]*m", "", result.stdout).splitlines()
    assert max(map(len, lines)) == 80
    assert sum(line.count("a" * 3) > 0 for line in lines) > 1
