"""The pytest fixtures of the package, in separate pytest processes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from support.moto import responds

pytest_plugins = ["pytester"]

IS_INSTALLED = bool(entry_points(group="pytest11", name="cognito_async"))
LOADED = ("-pno:cacheprovider", *(() if IS_INSTALLED else ("-pcognito_async._pytest_plugin",)))
ASYNCIO = ("-oasyncio_mode=auto", "-oasyncio_default_fixture_loop_scope=function")
PREAMBLE = """
import pytest
from cognito_async.errors import UserNotFoundException
from cognito_async.testing import MotoServer, StubTransport
from cognito_async.types import AdminGetUserRequest, AdminGetUserResponse

ANA = AdminGetUserResponse.from_wire({"Username": "ana"})
POOL = "eu-west-1_AbC123"
"""


def run(pytester: pytest.Pytester, code: str, *options: str) -> pytest.RunResult:
    """Run a test module in a separate process."""
    pytester.makepyfile(PREAMBLE + code)
    return pytester.runpytest_subprocess("-Werror", *LOADED, *ASYNCIO, *options)


@pytest.mark.skipif(not IS_INSTALLED, reason="the package is importable but not installed")
def test_the_package_installs_the_plugin() -> None:
    [entry] = entry_points(group="pytest11", name="cognito_async")
    assert entry.value == "cognito_async._pytest_plugin"


def test_the_plugin_imports_three_small_modules_before_a_fixture_is_used(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_modules():
            loaded = {name for name in sys.modules if name.split(".")[0] in ("cognito_async", "aiohttp", "moto")}
            own = {"_lazy", "_pytest_plugin", "_version"}
            assert loaded == {"cognito_async", *(f"cognito_async.{name}" for name in own)}
        """
    )
    pytester.runpytest_subprocess("-Werror", *LOADED, *ASYNCIO).assert_outcomes(passed=1)


# cognito_stub


BOTH_KINDS_OF_TESTS = """
@pytest.fixture
def anyio_backend():
    return "asyncio"

@pytest.mark.MARK
async def test_async(cognito_stub):
    cognito_stub.add(ANA)
    async with cognito_stub.client() as client:
        assert await client.admin_get_user(user_pool_id=POOL, username="ana") == ANA
    assert cognito_stub.requests == [AdminGetUserRequest(user_pool_id=POOL, username="ana")]

def test_sync(cognito_stub):
    assert isinstance(cognito_stub, StubTransport)
"""


@pytest.mark.parametrize(
    ("mark", "options"), [("anyio", ("-pno:asyncio",)), ("asyncio", (ASYNCIO[1], "-pno:anyio"))]
)
def test_the_stub_works_with_both_plugins_for_async_tests(
    pytester: pytest.Pytester, mark: str, options: tuple[str, ...]
) -> None:
    pytester.makepyfile(PREAMBLE + BOTH_KINDS_OF_TESTS.replace("MARK", mark))
    pytester.runpytest_subprocess("-Werror", *LOADED, *options).assert_outcomes(passed=2)


def test_a_test_that_leaves_a_response_unused_fails(pytester: pytest.Pytester) -> None:
    code = """
def test_it(cognito_stub):
    cognito_stub.add(ANA, times=2)
"""
    result = run(pytester, code)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*1. AdminGetUserResponse to AdminGetUser, used 0 of 2"])


def test_unused_responses_of_a_failed_test_are_not_reported(pytester: pytest.Pytester) -> None:
    code = """
def test_it(cognito_stub):
    cognito_stub.add(ANA)
    assert False, "a failure of the test itself"

def test_next(cognito_stub):
    cognito_stub.add(ANA)
"""
    run(pytester, code).assert_outcomes(failed=1, passed=1, errors=1)


def test_a_test_that_did_not_pass_may_leave_responses_unused(pytester: pytest.Pytester) -> None:
    code = """
@pytest.fixture
def with_response(cognito_stub):
    cognito_stub.add(ANA)

def test_skipped(with_response):
    pytest.skip("not here")

@pytest.mark.xfail(strict=True)
def test_failing(with_response):
    assert False

@pytest.fixture
def skipping(with_response):
    pytest.skip("not here either")

def test_skipped_by_a_fixture(skipping):
    pass

@pytest.fixture
def broken(with_response):
    raise LookupError

def test_with_a_broken_fixture(broken):
    pass
"""
    run(pytester, code).assert_outcomes(skipped=2, xfailed=1, errors=1)


def test_every_test_has_its_own_stub(pytester: pytest.Pytester) -> None:
    code = """
@pytest.mark.parametrize("number", [1, 2])
async def test_it(cognito_stub, number):
    assert cognito_stub.sent == []
    cognito_stub.add(UserNotFoundException("no"))
    with pytest.raises(UserNotFoundException):
        await cognito_stub.client().admin_get_user(user_pool_id=POOL, username="ana")
"""
    run(pytester, code).assert_outcomes(passed=2)


# cognito_user_pool

POOL_TESTS = """
@pytest.mark.parametrize("number", [1, 2])
async def test_sign_in(cognito_user_pool, number):
    cognito_user_pool.add_user("ana", "correct horse")
    response = await cognito_user_pool.client().initiate_auth(
        client_id=cognito_user_pool.client_id,
        auth_flow="USER_PASSWORD_AUTH",
        auth_parameters={"USERNAME": "ana", "PASSWORD": "correct horse"},
    )
    assert response.authentication_result
"""


def test_every_test_has_its_own_user_pool(pytester: pytest.Pytester) -> None:
    run(pytester, POOL_TESTS).assert_outcomes(passed=2)


def test_tests_are_skipped_if_cryptography_is_not_installed(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        "import importlib.util\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *rest: None if name == 'cryptography' else find(name, *rest)\n"
    )
    result = run(pytester, POOL_TESTS, "-rs")
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(["*cognito_user_pool: FakeUserPool needs cryptography: pip install*testing*"])


# cognito_emulator

EMULATED = """
async def make_pool(emulator):
    async with emulator.client() as client:
        pools = await client.list_user_pools(max_results=60)
        assert pools.user_pools == []
        await client.create_user_pool(pool_name="people")

async def test_first(cognito_emulator):
    print("URL", cognito_emulator.url)
    await make_pool(cognito_emulator)

async def test_second(cognito_emulator):
    assert isinstance(cognito_emulator, MotoServer)
    print("URL", cognito_emulator.url)
    await make_pool(cognito_emulator)
"""


def test_the_emulator_is_started_once_empty_in_every_test_and_stopped(pytester: pytest.Pytester) -> None:
    result = run(pytester, EMULATED, "-s")
    result.assert_outcomes(passed=2)
    urls = {line.partition("URL ")[2] for line in result.outlines if "URL " in line}
    [url] = urls
    assert not responds(url)


def test_the_emulator_is_reached_without_the_proxy(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    run(pytester, EMULATED).assert_outcomes(passed=2)


def test_tests_are_skipped_if_moto_is_not_installed(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("import sys\nsys.modules['moto'] = None\n")
    result = run(pytester, EMULATED, "-rs")
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(["*cognito_emulator: MotoServer needs moto: pip install 'moto?server?'*"])


def test_the_plugin_does_not_change_the_coverage_of_the_users_code(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(shop="def double(x):\n    return 2 * x\n")
    pytester.makepyfile(
        PREAMBLE + "import shop\n\ndef test_it(cognito_emulator):\n    assert shop.double(1) == 2\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    command = [sys.executable, "-m", "coverage", "run", "--rcfile=", "--source=shop", "-m", "pytest", *LOADED]
    subprocess.run(command, check=True, capture_output=True, env=environment)
    report = [sys.executable, "-m", "coverage", "report", "--rcfile=", "--fail-under=100"]
    result = subprocess.run(report, capture_output=True, text=True, env=environment, check=False)
    assert result.returncode == 0, result.stdout
    assert [line.split()[0] for line in result.stdout.splitlines()[2:3]] == ["shop.py"]


# Documentation


def test_the_examples_of_the_page_on_testing_pass(pytester: pytest.Pytester) -> None:
    page = Path(__file__).parents[2] / "docs" / "testing.md"
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    settings = re.findall(r"^```toml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    pytester.makepyprojecttoml("\n".join(settings))
    pytester.makepyfile(**{f"test_{number}": block for number, block in enumerate(blocks)})
    result = pytester.runpytest_subprocess("-Werror", *LOADED)
    result.assert_outcomes(passed=len(re.findall(r"^ *(?:async )?def test_", text, re.MULTILINE)))
