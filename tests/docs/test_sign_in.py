"""The page about signing in: its tables and tree are those of the code, and its programs run."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import attrs
import pytest
from docs.guide_examples import blocks
from docs.guide_tables import page

from cognito_async import errors, sign_in
from cognito_async.sign_in import (
    AppClient,
    SignedIn,
    SignInFlow,
    SignInMethod,
    SignInStep,
    Tokens,
    _app_client,
    _challenges,
    _errors,
)
from cognito_async.testing import FakeUserPool
from cognito_async.testing._fake_pool.clients import FLOWS

PASSWORD = "Correct-Horse-7"
PAGE = page("sign-in")


def section(title: str) -> str:
    """Return the text of a section."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    """Return the cells of the first table of a section, without its head."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def code(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


# The tables


def test_every_step_has_a_row_with_attributes_and_methods_that_exist() -> None:
    table = {code(row[0])[0]: row for row in rows("Steps")}
    assert list(table) == [step.__name__ for step in get_args(SignInStep)]
    for name, (_, attributes, methods, _, _) in table.items():
        step = getattr(sign_in, name)
        fields = {field.name for field in attrs.fields(step)} if attrs.has(step) else set()
        source = inspect.getsource(step)
        for attribute in code(attributes):
            assert attribute in fields or hasattr(step, attribute) or f"self.{attribute}" in source
        for method in code(methods):
            owner = sign_in.TotpSetup if method.startswith("confirm") else step
            assert callable(getattr(owner, method.partition("(")[0]))
        own = {field for field in fields if not field.startswith("_")}
        assert own <= set(code(attributes))


def test_every_challenge_has_a_row() -> None:
    shown = {name for row in rows("Steps") for name in code(row[3])}
    assert shown == set(_challenges._STEPS)


def test_every_flow_and_method_has_a_row() -> None:
    calls = " ".join(row[0] for row in rows("Flows"))
    for flow in get_args(SignInFlow):
        assert flow == "srp" or f'flow="{flow}"' in calls
    for method in get_args(SignInMethod):
        assert f'prefer="{method}"' in calls
    flows = {code(row[1])[0] for row in rows("Flows")}
    operations = {"GetTokensFromRefreshToken"}
    assert {f"ALLOW_{flow}" for flow in flows - operations} == set(FLOWS) - {"ALLOW_REFRESH_TOKEN_AUTH"}


def test_every_call_in_the_table_of_flows_has_these_parameters() -> None:
    for row in rows("Flows"):
        call = ast.parse(code(row[0])[0].removeprefix("app.").replace("(...", "(name")).body[0]
        assert isinstance(call, ast.Expr)
        assert isinstance(call.value, ast.Call)
        assert isinstance(call.value.func, ast.Name)
        method = getattr(_app_client.AppClient, call.value.func.id)
        parameters = inspect.signature(method).parameters
        assert {keyword.arg for keyword in call.value.keywords} <= set(parameters)


def test_the_members_of_the_session_exist() -> None:
    names = [name for row in rows("The session") for name in code(row[0])]
    assert len(names) > 20
    for name in names:
        attribute = name.removeprefix("await ").removeprefix("session.").partition("(")[0]
        assert hasattr(SignedIn, attribute) or attribute in (inspect.getdoc(SignedIn) or "")


# The errors


def test_the_tree_of_errors_is_that_of_the_code() -> None:
    tree = re.findall(
        r"^([│├└─ ]*)(\w+)$", section("Errors").partition("```text")[2].partition("```")[0], re.MULTILINE
    )
    parents: dict[int, str] = {}
    for indent, name in tree:
        depth = len(indent) // 4
        parents[depth] = name
        if depth:
            cls: Any = getattr(sign_in, name, None) or getattr(errors, name)
            assert cls.__bases__[0].__name__ == parents[depth - 1]
    own = [
        name
        for name, value in vars(_errors).items()
        if inspect.isclass(value) and value.__module__ == sign_in.__name__
    ]
    assert own
    assert {name for _, name in tree} >= set(own)


def test_every_error_of_sign_in_has_a_row() -> None:
    shown = {name for row in rows("Errors") for name in code(row[1])}
    leaves = {cls.__name__ for _, cls in _errors._BY_TEXT} | {"SignedOutError"}
    assert leaves <= shown
    exceptions = [name for name in shown if not hasattr(sign_in, name)]
    assert all(hasattr(errors, name) for name in exceptions)


# The picture


def test_the_picture_has_every_step() -> None:
    picture = (Path(__file__).parents[2] / "docs" / "sign-in.svg").read_text(encoding="utf-8")
    names = set(re.findall(r'class="name"[^>]*>(\w+)<', picture))
    steps = {step.__name__ for step in get_args(SignInStep)} - {"UnknownChallenge"}
    assert names == steps | {"sign_in", "sign_in_with", "custom"}


# The programs


@pytest.fixture(scope="module")
def programs() -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    """Return the functions of the page with their namespaces, by name."""
    functions: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {}
    for block in blocks("sign-in", "python"):
        names: dict[str, Any] = {"__name__": "example"}
        exec(compile(block, "sign-in", "exec"), names)
        for node in ast.parse(block).body:
            if isinstance(node, ast.AsyncFunctionDef):
                functions[node.name] = names[node.name], names
    return functions


TESTED = [
    "main", "register", "try_to_sign_in", "first_run", "next_run", "set_up", "remember", "sign_in_from_it",
    "first_request", "second_request", "from_address",
]  # fmt: skip


def test_every_program_has_a_test(programs: dict[str, Any]) -> None:
    assert list(programs) == TESTED


def test_the_longest_line_fits_on_the_page() -> None:
    lines = [line for block in blocks("sign-in", "python") for line in block.splitlines()]
    assert max(map(len, lines)) <= 100


async def test_the_first_program_signs_in(
    programs: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = FakeUserPool(mfa="optional", alias_attributes=["email"])
    ana = pool.add_user("ana", PASSWORD, email="ana@example.com", mfa=["totp"])
    with pool.serve() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        await programs["main"][0](pool.pool_id, pool.client_id, PASSWORD, ana.totp_code())
    assert capsys.readouterr().out.startswith("ana ey")


async def test_a_new_user_is_registered(programs: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    pool = FakeUserPool()
    app = pool.app()
    sign_up = app.sign_up

    sent: list[str] = []

    async def and_read_the_code(*arguments: Any, **named: Any) -> Any:
        result = await sign_up(*arguments, **named)
        sent.append(pool.user("ana").last_code)
        return result

    monkeypatch.setattr(app, "sign_up", and_read_the_code)
    confirm = app.confirm_sign_up
    monkeypatch.setattr(app, "confirm_sign_up", lambda username, _: confirm(username, sent[0]))
    assert isinstance(await programs["register"][0](app, PASSWORD, "code"), SignedIn)


@pytest.mark.parametrize(
    ("status", "password", "printed"),
    [
        ("CONFIRMED", "Wrong-Horse-7", "You cannot sign in: WrongPasswordError.\n"),
        ("UNCONFIRMED", PASSWORD, "Enter the code that we sent to you.\n"),
        ("RESET_REQUIRED", PASSWORD, "Choose a new password; we sent you a code.\n"),
        ("CONFIRMED", PASSWORD, ""),
    ],
)
async def test_errors_are_told_apart(
    programs: dict[str, Any], capsys: pytest.CaptureFixture[str], status: str, password: str, printed: str
) -> None:
    pool = FakeUserPool()
    pool.add_user("ana", PASSWORD, status=status, email="ana@example.com")
    step = await programs["try_to_sign_in"][0](pool.app(), "ana", password)
    assert capsys.readouterr().out == printed
    assert (step is None) is bool(printed)


async def signed_in(app: AppClient) -> SignedIn:
    session = await app.sign_in("ana", PASSWORD)
    assert isinstance(session, SignedIn)
    return session


async def test_a_session_is_continued_by_the_next_run(programs: dict[str, Any], tmp_path: Path) -> None:
    app = FakeUserPool({"ana": PASSWORD}, refresh_grace=0).app()
    first_run, names = programs["first_run"]
    names["FILE"] = tmp_path / "tokens.txt"
    session = await signed_in(app)
    await first_run(session)
    await session.refresh()
    restored = await programs["next_run"][0](app)
    assert restored.tokens == session.tokens
    await restored.refresh()
    assert Tokens.from_state(names["FILE"].read_text(encoding="ascii")) == restored.tokens


async def test_an_authenticator_app_is_set_up(
    programs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = FakeUserPool({"ana": PASSWORD}, mfa="optional")
    set_up, names = programs["set_up"]
    ana = pool.user("ana")

    def code(_: str) -> str:
        ana.totp_secret = ana.pending_totp_secret
        return ana.totp_code()

    monkeypatch.setitem(names, "input", code)
    await set_up(await signed_in(pool.app()))
    assert ana.preferred_mfa == "SOFTWARE_TOKEN_MFA"


async def test_a_device_is_remembered(programs: dict[str, Any]) -> None:
    pool = FakeUserPool(mfa="optional", device_tracking="opt_in")
    pool.add_user("ana", PASSWORD)
    app = pool.app()
    await programs["remember"][0](await signed_in(app))
    pool.user("ana").enable_mfa("totp")
    session = await programs["sign_in_from_it"][0](app, "ana", PASSWORD)
    assert isinstance(session, SignedIn)
    assert session.device is not None


async def test_a_step_is_continued_in_the_second_request(programs: dict[str, Any]) -> None:
    pool = FakeUserPool(mfa="optional")
    ana = pool.add_user("ana", PASSWORD, mfa=["totp"])
    state = await programs["first_request"][0](pool.app(), "ana", PASSWORD)
    step = await programs["second_request"][0](pool.app(), state, ana.totp_code())
    assert isinstance(step, SignedIn)


async def test_the_address_of_the_user_is_sent(programs: dict[str, Any]) -> None:
    pool = FakeUserPool({"ana": PASSWORD})
    await programs["from_address"][0](pool.app(), "ana", PASSWORD, "203.0.113.7")
    assert {request.members["UserContextData"]["IpAddress"] for request in pool.requests} == {"203.0.113.7"}
