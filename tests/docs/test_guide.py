"""The guide matches the code: tables are current, numbers are right, examples run."""

from __future__ import annotations

import ast
import asyncio
import builtins
import inspect
import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import attrs
import botocore.exceptions
import fastapi
import httpx
import pycognito.exceptions
import pytest
from docs.guide_examples import blocks, create_resources, run
from docs.guide_tables import page

import cognito_async
from cognito_async import (
    CognitoClient,
    bulk,
    errors,
    filters,
    oauth,
    rate_limit,
    retry,
    sign_in,
    tokens,
    types,
)
from cognito_async._errors import service
from cognito_async.config import Config, _resolve
from cognito_async.errors import InternalErrorException
from cognito_async.integrations._responses import CODES
from cognito_async.testing import StubTransport
from docs import guide_tables

# Tables


@pytest.mark.parametrize("name", [path.stem for path in guide_tables.PAGES if guide_tables.tables_on([path])])
def test_generated_parts_are_current(name: str) -> None:
    """``nox -s pages`` writes them."""
    assert page(name) == guide_tables.current(page(name))


def test_every_generated_part_is_on_one_page() -> None:
    assert sorted(guide_tables.tables_on(guide_tables.PAGES)) == sorted(guide_tables.TABLES)


def test_every_argument_of_the_client_is_in_the_table_of_settings() -> None:
    rows = re.findall(r"^\| `(\w+)`", guide_tables.settings(), re.MULTILINE)
    assert rows == list(inspect.signature(CognitoClient).parameters)


def test_every_variable_and_profile_key_is_in_the_table_of_settings() -> None:
    fields = [field for field in attrs.fields(Config) if field.name not in ("sources", guide_tables.FIXED)]
    names = [
        name for field in fields for name in (*field.metadata["variables"], field.metadata["key"]) if name
    ]
    assert len(names) > 20
    assert [name for name in names if f"`{name}`" not in guide_tables.settings()] == []


def test_the_readme_has_the_number_of_paginators() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert f"all {len(guide_tables.paginators())} paginated lists" in readme


def test_requests_ca_bundle_is_read() -> None:
    config = Config(region="eu-west-1")
    complete = _resolve.complete_config(config, {}, {"REQUESTS_CA_BUNDLE": "/ca.pem"})
    assert complete.sources == {"ca_bundle": "REQUESTS_CA_BUNDLE"}


def test_proxy_variables_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "https_proxy",
        "http_proxy",
        "no_proxy",
        "all_proxy",
        "NO_PROXY",
        "HTTP_PROXY",
        "HTTPS_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)
    variables = {"HTTPS_PROXY": "http://proxy:1", "HTTP_PROXY": "http://proxy:2"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    secure = Config(region="eu-west-1")
    plain = Config(region="eu-west-1", endpoint_url="http://127.0.0.1:5000")
    assert _resolve.with_proxy(secure, variables).proxy == "http://proxy:1"
    assert _resolve.with_proxy(plain, variables).proxy == "http://proxy:2"
    monkeypatch.setenv("NO_PROXY", "amazonaws.com")
    assert _resolve.with_proxy(secure, variables).proxy is None


def test_every_environment_variable_of_the_package_is_on_a_page() -> None:
    package = Path(cognito_async.__file__).parent
    paths = [
        path
        for path in package.rglob("*.py")
        if path.parent.name not in ("types", "_endpoints")  # they have AWS_OWNED_KEY, a value
    ]
    sources = [path.read_text(encoding="utf-8") for path in paths]
    constants = {
        node.value
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and re.fullmatch(r"_?[A-Z]+(_[A-Z]+)+", str(node.value))
    }
    variables = {name for name in constants if name.startswith(("AWS_", "_X_"))}
    assert len(variables) > 15
    assert [
        name for name in variables if f"`{name}`" not in page("configuration") + page("credentials")
    ] == []


GUIDE = (
    "quickstart configuration credentials errors responses retries pagination attributes "
    "migrating-from-boto3 migrating-from-aiobotocore migrating-from-pycognito sign-in "
    "managed-login machine-to-machine verify-tokens fastapi bulk observability rate-limits cookbook"
).split()


CODES_WITHOUT_CLASS = {
    *CODES.values(),
    *service.THROTTLING_CODES,
    *service.TRANSIENT_CODES,
    *retry._SKEW_CODES,
    "ExpiredTokenException",
    "UnrecognizedClientException",
}


@pytest.mark.parametrize("name", GUIDE)
def test_exceptions_named_on_the_page_exist(name: str) -> None:
    modules = (
        errors,
        bulk,
        oauth,
        sign_in,
        tokens,
        builtins,
        asyncio,
        botocore.exceptions,
        pycognito.exceptions,
    )
    named = set(re.findall(r"\b[A-Z]\w+(?:Exception|Error)\b", page(name)))
    unknown = {error for error in named if not any(hasattr(module, error) for module in modules)}
    assert unknown - CODES_WITHOUT_CLASS - {fastapi.HTTPException.__name__} == set()


@pytest.mark.parametrize("name", GUIDE)
def test_tables_are_aligned_in_the_source(name: str) -> None:
    lines = page(name).splitlines()
    pairs = [(a, b) for a, b in pairwise(lines) if a.startswith("|") and b.startswith("|")]
    assert [a for a, b in pairs if len(a) != len(b)] == []


# Numbers in the text


def test_limits_in_the_quickstart_are_the_defaults() -> None:
    config = Config()
    assert f"at most {config.max_attempts} requests and {config.timeout:g} seconds" in page("quickstart")
    assert f"up to {config.max_connections} connections" in page("quickstart")


def test_defaults_on_the_migration_pages_are_those_of_config() -> None:
    config = Config()
    for name in ("migrating-from-boto3", "migrating-from-aiobotocore"):
        defaults = re.findall(
            r"`(\w+)=([\d.]+)`(?:, `\w+=[\d.]+`)* \(defaults?\)[^|]*\|$", page(name), re.MULTILINE
        )
        assert defaults
        assert [(key, value) for key, value in defaults if getattr(config, key) != float(value)] == []


def test_a_requested_delay_adds_at_most_five_seconds() -> None:
    operation = guide_tables.operation_of("admin_get_user")
    error = InternalErrorException(status=500, headers={"x-amz-retry-after": "60000"})
    assert retry.is_retryable(error, operation)
    assert retry.retry_delay(error, 0, 1.0) == retry._BASE_DELAY + 5
    assert "at most 5 seconds longer" in page("retries")


def test_the_adaptive_mode_slows_down_to_70_percent_with_a_minimum_of_half_a_request_per_second() -> None:
    now = 1000.0
    limiter = rate_limit.AdaptiveRateLimiter(lambda: now)
    for _ in range(200):  # ten requests per second
        now += 0.1
        limiter.update(throttled=False)
    limiter.update(throttled=True)
    assert 0.7 * 9 < limiter._rate < 0.7 * 11
    for _ in range(20):
        now += 100
        limiter.update(throttled=True)
    assert limiter._rate == 0.5
    assert "70 % of what was measured, and never below one request in two seconds" in page("retries")


def test_the_filter_table_has_the_results_of_the_functions() -> None:
    rows = re.findall(r"^\| `filters\.(\w+)\((.*)\)` +\| `(.*)` +\|$", page("attributes"), re.MULTILINE)
    assert len(rows) == 3
    for function, arguments, text in rows:
        assert getattr(filters, function)(*ast.literal_eval(f"({arguments})")) == text


def test_the_searchable_attributes_are_those_of_filters() -> None:
    rows = page("attributes").partition("Searchable attributes:")[2].partition("\n\nThere is no")[0]
    cells = [line.split("|")[1] for line in rows.splitlines() if line.startswith("| `")]
    names = re.findall(r"`(\S+)`", "".join(cells))
    assert sorted(names) == sorted(get_args(filters.Searchable))
    assert f"more than {filters._MAX_LENGTH}" in re.sub(r"\s+", " ", page("attributes"))


def test_every_shape_in_the_attribute_table_has_attribute_map() -> None:
    rows = re.findall(
        r"^\| `(\w+)` +\| `(\w+)` +\| (.*?) +\|$", guide_tables.attribute_members(), re.MULTILINE
    )
    readers = [name for name, _, how in rows if how == "`attribute_map`"]
    assert readers
    assert all(hasattr(getattr(types, name), "attribute_map") for name in readers)


# Examples


@pytest.mark.parametrize(
    "name", ["configuration", "credentials", "errors", "retries", "pagination", "attributes"]
)
@pytest.mark.usefixtures("moto")
def test_examples_run_against_the_emulator(name: str) -> None:
    resources = asyncio.run(create_resources())
    for block in blocks(name, "python"):
        run(block, resources.arguments())


@pytest.mark.usefixtures("moto")
def test_the_quickstart_runs_against_the_emulator(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    resources = asyncio.run(create_resources(with_user=False))
    monkeypatch.setenv("USER_POOL_ID", resources.pool_id)
    monkeypatch.setattr(sys, "argv", ["delete.py", resources.pool_id])
    for block in blocks("quickstart", "python"):
        names = run(block, resources.arguments())
        if "app" in names:
            asyncio.run(check_service(names["app"]))
    printed = capsys.readouterr().out
    assert "ana ana@example.com" in printed
    assert "bea FORCE_CHANGE_PASSWORD" in printed
    assert "bea bea@example.com" in printed
    assert not asyncio.run(pool_exists(resources.pool_id))


async def pool_exists(pool_id: str) -> bool:
    async with CognitoClient() as client:
        return pool_id in [
            pool.id async for pool in client.get_paginator("list_user_pools").paginate().items()
        ]


@pytest.mark.usefixtures("moto")
def test_the_combined_file_of_the_quickstart_runs_twice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    resources = asyncio.run(create_resources(with_user=False))
    text = page("quickstart").partition("## Sign up, sign in")[2].partition("## Many calls")[0]
    program = "\n".join(re.findall(r"^```py(?:thon)?\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
    monkeypatch.setattr(sys, "argv", ["users.py", resources.pool_id, resources.client_id])
    monkeypatch.setattr(builtins, "input", lambda _: "123456")
    exec(compile(program, "users.py", "exec"), {"__name__": "__main__"})
    first = capsys.readouterr().out
    assert "ana ana@example.com\nwrong password\nbea FORCE_CHANGE_PASSWORD" in first
    assert "already" not in first
    exec(compile(program, "users.py", "exec"), {"__name__": "__main__"})
    second = capsys.readouterr().out
    for name in ("ana", "bea", "admins"):
        assert f"{name} exists already" in second


def test_the_export_on_the_page_waits_after_temporary_errors_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names: dict[str, Any] = {}
    exec(next(block for block in blocks("pagination", "python") if "def export" in block), names)
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        if seconds:  # the stub calls sleep(0) to let other tasks run
            waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)

    async def export(*responses: Any) -> None:
        with StubTransport() as stub:
            for response in responses:
                stub.add(response, to=types.ListUsersRequest)
            await names["export"](stub.client(retry_mode="off"), "eu-west-1_AbC123")

    first = types.ListUsersResponse.from_wire({"Users": [{"Username": "ana"}], "PaginationToken": "2"})
    last = types.ListUsersResponse.from_wire({"Users": [{"Username": "bea"}]})
    temporary = (errors.TooManyRequestsException(), errors.ConnectError(), errors.RequestTimeoutError())
    asyncio.run(export(first, *temporary, last))
    assert capsys.readouterr().out == "ana\nbea\n"
    assert waited == [60, 60, 60]
    for permanent in (errors.ClientClosedError(), errors.TLSError(), errors.ResourceNotFoundException()):
        with pytest.raises(type(permanent)):
            asyncio.run(export(first, permanent))
    assert waited == [60, 60, 60]


async def check_service(app: Any) -> None:
    """Request an existing and an unknown user from the web service of an example."""
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://x") as web,
    ):
        assert (await web.get("/users/bea")).json() == {"username": "bea", "status": "CONFIRMED"}
        assert (await web.get("/users/nobody")).status_code == 404
