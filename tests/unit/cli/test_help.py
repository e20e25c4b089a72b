"""Help pages: they fit the terminal, cut no word, and say everything."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from cognito_async._cli import app
from cognito_async._cli.docs import methods
from cognito_async._cli.exit_codes import EXIT_CODES
from cognito_async._cli.help_page import Section, render_page, styled
from cognito_async._cli.members import is_required, option_name
from cognito_async._cli.request_builder import find_operation
from cognito_async._model.fields import shape_fields
from support.cli import ADMIN_GET_USER, CommandLine

OPERATIONS = [method.command for method in methods().values()]
HAS_VALUE = re.compile(r"^  (?:-\w, )?--[\w-]+(?:, --[\w-]+)*( \S.*?)?(?:  |$)")
PAGES = [
    (),
    *((name,) for name in app.COMMANDS),
    *(("call", name) for name in OPERATIONS),
]


def words(text: str) -> list[str]:
    return re.findall(r"[\w-]+", text)


@pytest.mark.parametrize("width", [80, 120, 40])
def test_every_help_page_fits_the_terminal_and_breaks_no_word(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", "10000")
    # 100 columns are the most that a page uses; without a terminal's limit, its words are the same.
    pages = PAGES if width == 80 else PAGES[:12]
    for page in pages:
        monkeypatch.setenv("COLUMNS", "10000")
        wide = run(*page, "--help")
        monkeypatch.setenv("COLUMNS", str(width))
        result = run(*page, "--help")
        assert (result.exit_code, result.stderr) == (0, "")
        if width >= 80:
            assert max(map(len, result.output.splitlines())) <= min(width, 100), page
        assert "<bool>" not in result.output
        assert words(result.output) == words(wide.output), page
        assert "\x1b" not in result.output


def test_the_help_of_an_operation_has_every_member_with_a_text(run: CommandLine) -> None:
    for name in OPERATIONS:
        page = run("call", name, "--help").output
        members = shape_fields(find_operation(name))
        for member in members:
            option = option_name(member)
            assert option in page or f"--[no-]{option[2:]}" in page, (name, option)
        assert page.count("Required.") == sum(map(is_required, members))
        own = page.partition("Members of the request:")[2].partition("Request and output:")[0]
        for line in own.splitlines():
            entry = HAS_VALUE.match(line)
            if entry:
                assert entry[1], (name, line)  # every option that is no flag names its value


def test_the_summary_of_each_command_is_the_first_line_of_its_help() -> None:
    for name, entry in app.COMMANDS.items():
        if name != "call":
            function = getattr(import_module(f"cognito_async._cli.commands.{entry.module}"), entry.function)
            assert (function.__doc__ or "").splitlines()[0] == entry.summary, name


def test_the_help_of_the_program_lists_the_exit_codes_and_the_commands(run: CommandLine) -> None:
    page = " ".join(run("--help").output.split())
    for code, text in EXIT_CODES:
        assert f"{code} {text}" in page
    for name, entry in app.COMMANDS.items():
        assert f"{name} {entry.summary}" in page


def test_the_help_of_call_has_the_options_of_all_operations(run: CommandLine) -> None:
    page = run("call", "--help").output
    assert "call OPERATION [OPTIONS]" in page
    assert all(option in page for option in ("--json", "--param", "--ask", "--dry-run", "--region"))
    assert "--user-pool-id TEXT" not in page
    assert "--all " not in page  # of paginated lists only


def test_without_docstrings_the_help_still_has_every_option(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cognito_async.operations.users import UsersOperations

    monkeypatch.setattr(vars(UsersOperations)["admin_get_user"], "__doc__", None)
    result = run("call", "admin-get-user", "--help")
    assert result.exit_code == 0
    assert "--user-pool-id" in result.output
    assert "--username TEXT" in result.output


def test_a_page_keeps_indented_lines_and_leaves_out_empty_sections() -> None:
    page = render_page("x [OPTIONS]", "One.\n\n  kept   as it is", [Section("None", [])], width=40)
    assert page == "Usage: x [OPTIONS]\n\nOne.\n\n  kept   as it is"


def test_a_range_stays_on_one_line() -> None:
    page = render_page("", "A name of the user pools, with 1 to 1,128 characters.", [], width=40)
    assert page == "A name of the user pools, with\n1 to 1,128 characters."


def test_a_term_without_a_text_is_a_line_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    long = "--" + "x" * 40
    page = render_page("", "", [Section("S", [("a", ""), (long, ""), ("b", "text")])], width=80)
    assert [line.rstrip() for line in page.splitlines()] == [
        "S:",
        "  a",
        f"  {long}",
        "  b" + " " * 25 + "text",
    ]


def test_no_color_leaves_out_styles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert styled("x", bold=True) != "x"
    monkeypatch.setenv("NO_COLOR", "1")
    assert styled("x", bold=True) == "x"


# Errors of the command line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("foo",), "there is no command 'foo'; python -m cognito_async --help lists the commands"),
        (("Kanarienvogel-1!",), "there is no command of this name; python -m cognito_async --help lists"),
        (("operation",), "there is no command 'operation', did you mean 'operations'?"),
        (
            ("admin-get-user",),
            "there is no command 'admin-get-user'; call admin-get-user calls the operation",
        ),
        (("describe",), "missing argument 'OPERATION'; python -m cognito_async operations lists them"),
        (("--foo", "whoami"), "no such option: --foo; root --help lists the options"),
        (("whoami", "--foo"), "no such option: --foo; root whoami --help lists the options"),
        (("whoami", "--timeout", "soon"), "invalid value for '--timeout'"),
        (("whoami", "--output", "xml"), "is not one of 'table', 'json', 'jsonl', 'csv'"),
        (("whoami", "--region"), "option '--region' requires an argument"),
        (
            ("whoami", "Kanarienvogel"),
            "unexpected argument; it is not shown here, because it may be a secret",
        ),
        (("call", "admin-get-usr"), "there is no operation 'admin-get-usr', did you mean 'admin-get-user'?"),
        (
            ("call", "--region", "x", "admin-get-user"),
            "--region follows the operation: root call OPERATION --region ...",
        ),
        (("call", "admin-get-user", "--usernme", "x"), "no such option: --usernme"),
    ],
)
def test_an_invalid_command_line_is_one_line_and_exit_code_2(
    run: CommandLine, arguments: tuple[str, ...], message: str
) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert "Kanarienvogel" not in result.output
    assert run.clients == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--region", "eu-west-1", "whoami"), "--region follows the command: "),
        (("--allow-http", "whoami"), "--allow-http follows the command: "),
        (("call", "--timeout=1", "get-user"), "--timeout follows the operation: "),
    ],
)
def test_an_option_in_front_of_the_command_is_told_its_place(
    run: CommandLine, arguments: tuple[str, ...], message: str
) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {message}")


def test_the_help_of_a_call_has_no_python_names(run: CommandLine) -> None:
    page = " ".join(run("call", "confirm-sign-up", "--help").stdout.split())
    assert "confirm_sign_up" not in page
    for method in methods().values():
        page = run("call", method.command, "--help").stdout
        names = {each.name for each in methods().values() if "_" in each.name}
        assert not names & set(re.findall(r"[a-z0-9_]+", page)), method.command


def test_an_endpoint_of_http_is_accepted_with_an_option(run: CommandLine) -> None:
    command = (*ADMIN_GET_USER, "--endpoint-url", "http://example.com")
    result = run(*command)
    assert result.exit_code == 2
    assert "use https, or --allow-http" in result.stderr.replace("\n", " ")
    assert run(*command, "--allow-http").exit_code == 0
