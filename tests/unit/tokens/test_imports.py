"""What a service that only verifies tokens loads, in separate processes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PRINT = "print(json.dumps(sorted(sys.modules)))"
CREATE = (
    "from cognito_async.tokens import TokenVerifier",
    "verifier = TokenVerifier('eu-west-1_AbC123', client_id=None, jwks=jwks())",
)


def loaded(*lines: str) -> set[str]:
    """Return the modules that a program loads."""
    prefix = ("import json, sys", "def jwks(): return {'keys': []}")
    command = [sys.executable, "-c", "\n".join((*prefix, *lines, PRINT))]
    return set(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))


def of_the_package(modules: set[str]) -> set[str]:
    return {name.removeprefix("cognito_async.") for name in modules if name.startswith("cognito_async.")}


def test_the_package_alone_imports_nothing() -> None:
    modules = loaded("import cognito_async.tokens")
    assert of_the_package(modules) == {"_lazy", "_version", "tokens"}


def test_a_verifier_loads_neither_client_nor_aiohttp_nor_shapes_nor_the_library() -> None:
    modules = loaded(*CREATE)
    assert modules & {"aiohttp", "joserfc", "cryptography", "yarl", "msgspec", "botocore"} == set()
    unused = (
        "client",
        "types",
        "operations",
        "_http",
        "_codec",
        "_pipeline",
        "config",
        "credentials",
        "sign_in",
    )
    assert {name for name in of_the_package(modules) if name.startswith(unused)} == set()


def test_verification_with_keys_that_are_there_loads_the_library_and_no_aiohttp() -> None:
    tests = Path(__file__).parent.parent.parent
    modules = loaded(
        f"sys.path.insert(0, {str(tests)!r})",
        "from support.tokens import POOL, jwks, token",
        "from cognito_async.tokens import TokenVerifier",
        "import asyncio",
        "verifier = TokenVerifier(POOL, client_id=None, jwks=jwks())",
        "asyncio.run(verifier.access(token(exp=4_000_000_000)))",
    )
    assert modules >= {"joserfc", "cryptography"}
    assert "aiohttp" not in modules
    assert {
        name for name in of_the_package(modules) if name.startswith(("client", "types", "_http"))
    } == set()


def test_every_name_can_be_imported() -> None:
    from cognito_async import tokens

    assert len(tokens.__all__) == 18
    assert all(getattr(tokens, name).__name__ == name for name in tokens.__all__)
