"""Measure the parts of a call separately, without a network, with pytest-benchmark.

``nox -s bench -- micro`` runs it. pytest does not collect the file by itself because of its name.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.clients import PARAMETERS
from benchmarks.server import RESPONSES
from cognito_async import CognitoClient, types
from cognito_async._codec.codec import decode, encode
from cognito_async._endpoints import SIGNING_NAME, TARGET_PREFIX
from cognito_async._sigv4 import Endpoint, sign
from cognito_async.transport import HTTPResponse
from support.transports import CREDENTIALS, REGION, ScriptedTransport, client_with

OPERATIONS = ("AdminGetUser", "AdminCreateUser", "InitiateAuth", "ListUsers")
CALLS = 200
"""Calls per round, so that starting the event loop does not count."""


class SilentTransport(ScriptedTransport):
    """Returns the same response each time and records nothing."""

    async def send(self, *_: object, **__: object) -> HTTPResponse:
        return self.default


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def test_sign(benchmark: BenchmarkFixture) -> None:
    endpoint = Endpoint.from_url("https://cognito-idp.eu-west-1.amazonaws.com")
    body = json.dumps(PARAMETERS["AdminGetUser"]).encode()
    benchmark(
        sign,
        endpoint=endpoint,
        region=REGION,
        service=SIGNING_NAME,
        target=f"{TARGET_PREFIX}.AdminGetUser",
        body=body,
        credentials=CREDENTIALS,
        now=1_800_000_000.0,
    )


@pytest.mark.parametrize("name", OPERATIONS)
def test_encode(benchmark: BenchmarkFixture, name: str) -> None:
    request = getattr(types, f"{name}Request").from_wire(PARAMETERS[name])
    assert json.loads(benchmark(encode, request)) == PARAMETERS[name]


@pytest.mark.parametrize("name", OPERATIONS)
def test_decode(benchmark: BenchmarkFixture, name: str) -> None:
    shape = getattr(types, f"{name}Request").operation.response
    assert isinstance(benchmark(decode, shape, json.dumps(RESPONSES[name]).encode()), shape)


@pytest.mark.parametrize("name", OPERATIONS)
def test_json_loads_for_comparison(benchmark: BenchmarkFixture, name: str) -> None:
    assert benchmark(json.loads, json.dumps(RESPONSES[name]).encode())


@pytest.mark.parametrize("name", OPERATIONS)
def test_200_calls_with_the_transport_stubbed(
    benchmark: BenchmarkFixture, runner: asyncio.Runner, name: str
) -> None:
    request = getattr(types, f"{name}Request").from_wire(PARAMETERS[name])
    client: CognitoClient = client_with(
        SilentTransport(default=HTTPResponse(200, {}, json.dumps(RESPONSES[name]).encode()))
    )

    async def call() -> None:
        for _ in range(CALLS):
            await client.send(request)

    runner.run(call())
    benchmark(lambda: runner.run(call()))
