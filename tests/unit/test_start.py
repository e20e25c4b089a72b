"""Modules loaded by the import of the package and by the creation of a client, in separate processes."""

from __future__ import annotations

import json
import subprocess
import sys

CREATE_CLIENT = "from cognito_async import CognitoClient; client = CognitoClient(region='eu-west-1')"
PRINT_MODULES = "import json, sys; print(json.dumps(sorted(sys.modules)))"


def run(*lines: str) -> str:
    """Run a program in a separate process; return its output."""
    command = [sys.executable, "-c", "\n".join(lines)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def loaded(*lines: str) -> set[str]:
    """Return the modules that a program loads."""
    return set(json.loads(run(*lines, PRINT_MODULES)))


def test_creating_a_client_loads_no_shape_codec_or_paginator_and_nothing_of_botocore() -> None:
    modules = loaded(CREATE_CLIENT)
    assert "cognito_async.client" in modules
    unused_modules = ("types", "operations.", "pagination", "_codec", "credentials._botocore", "hooks")
    for unused in unused_modules:
        assert {name for name in modules if name.startswith(f"cognito_async.{unused}")} == set()
    assert modules & {"botocore", "cattrs", "msgspec", "jmespath", "cognito_async.errors"} == set()


def test_creating_a_client_builds_no_tls_context() -> None:
    code = (
        "import ssl, aiohttp",
        "created = []",
        "class CountedContext(ssl.SSLContext):",
        "    def __new__(cls, *arguments, **options):",
        "        created.append(cls)",
        "        return super().__new__(cls, *arguments, **options)",
        "ssl.SSLContext = CountedContext",
        CREATE_CLIENT,
        "print(len(created))",
    )
    assert run(*code).strip() == "0"


def test_the_package_alone_loads_neither_aiohttp_nor_attrs() -> None:
    modules = loaded("import cognito_async")
    assert modules & {"aiohttp", "attr", "attrs"} == set()
    assert {name for name in modules if name.startswith("cognito_async.")} == {
        "cognito_async._lazy",
        "cognito_async._version",
    }


def test_a_call_with_a_map_of_known_keys_does_not_load_their_types() -> None:
    call = (
        CREATE_CLIENT,
        "import asyncio",
        "from cognito_async.testing import StubTransport",
        "from cognito_async.types import InitiateAuthResponse",
        "stub = StubTransport()",
        "stub.add(InitiateAuthResponse())",
        "client = stub.client()",
        "flow = 'USER_PASSWORD_AUTH'",
        "keys = {'USERNAME': 'ana', 'PASSWORD': 'p'}",
        "call = client.initiate_auth(client_id='c', auth_flow=flow, auth_parameters=keys)",
        "asyncio.run(call)",
    )
    modules = loaded(*call)
    assert "cognito_async.types.auth" in modules
    assert not modules & {"cognito_async.types.map_keys", "cognito_async.operations.overloads"}


def test_a_call_loads_the_area_of_its_operation_and_no_other() -> None:
    call = (
        CREATE_CLIENT,
        "import asyncio",
        "client.admin_get_user",
        "from cognito_async.types import AdminGetUserRequest",
    )
    modules = loaded(*call)
    areas = {
        name for name in modules if name.startswith(("cognito_async.types.", "cognito_async.operations."))
    }
    assert areas == {
        "cognito_async.operations.users",
        "cognito_async.types.common",
        "cognito_async.types.users",
    }


def test_cattrs_is_loaded_only_for_a_malformed_response() -> None:
    decode = (
        "from cognito_async._codec.codec import decode",
        "from cognito_async.types import AdminGetUserResponse",
        "decode(AdminGetUserResponse, b'{\"Username\": %s}')",
    )
    assert "cattrs" not in loaded(*decode[:2], decode[2] % '\\"ana\\"')
    assert "cattrs" in loaded(*decode[:2], decode[2] % "[]")
