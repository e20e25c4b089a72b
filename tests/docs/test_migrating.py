"""The migration pages are right: both sides run and are compared."""

from __future__ import annotations

import asyncio
import inspect
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import attrs
import boto3
import botocore.exceptions
import pytest
from botocore.config import Config
from docs.guide_examples import blocks, create_resources, run
from docs.guide_tables import page
from moto.cognitoidp.utils import check_secret_hash

from cognito_async import CognitoClient, errors, types

FROM_BOTO3 = "migrating-from-boto3"

pytestmark = pytest.mark.botocore_since("1.44", "the behaviour described on the page")


def closed_port() -> int:
    """Return a local port where nothing listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port


@pytest.mark.usefixtures("moto")
def test_both_sides_of_the_page_print_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    before, after = (asyncio.run(create_resources()) for _ in range(2))
    names: dict[str, Any] = {"pool_id": before.pool_id}
    ours = [block for block in blocks(FROM_BOTO3, "python") if "secret_hash" not in block]
    for old, new in zip(blocks(FROM_BOTO3, "py"), ours, strict=True):
        exec(compile(old, "boto3", "exec"), names)
        expected = capsys.readouterr().out
        namespace = run(new, after.arguments())
        if "stubbed" in namespace:
            asyncio.run(namespace["stubbed"]())
        assert capsys.readouterr().out == expected != ""


@pytest.mark.usefixtures("moto")
def test_moto_accepts_the_secret_hash() -> None:
    resources = asyncio.run(create_resources(with_secret=True))
    block = next(block for block in blocks(FROM_BOTO3, "python") if "secret_hash" in block)
    result = run(block, resources.arguments())["secret_hash"](
        "ana", resources.client_id, resources.client_secret
    )
    assert check_secret_hash(resources.client_secret, resources.client_id, "ana", result)
    assert not check_secret_hash(resources.client_secret, resources.client_id, "bea", result)


@pytest.mark.usefixtures("moto")
def test_examples_for_aiobotocore_run() -> None:
    resources = asyncio.run(create_resources())
    for block in blocks("migrating-from-aiobotocore", "python"):
        names = run(block, resources.arguments())
        if "show" in names:
            asyncio.run(names["show"](resources.pool_id))


@pytest.mark.usefixtures("moto")
def test_responses_have_the_same_values() -> None:
    resources = asyncio.run(create_resources())
    client = boto3.client("cognito-idp")
    theirs = client.admin_get_user(UserPoolId=resources.pool_id, Username="ana")

    async def get() -> types.AdminGetUserResponse:
        async with CognitoClient() as client:
            return await client.admin_get_user(user_pool_id=resources.pool_id, username="ana")

    ours = asyncio.run(get())
    metadata = theirs.pop("ResponseMetadata")
    assert ours.to_wire() == theirs
    assert ours.response_metadata.http_status == metadata["HTTPStatusCode"]
    assert ours.response_metadata.attempts - 1 == metadata["RetryAttempts"]
    assert type(ours).from_wire(theirs) == ours
    assert attrs.evolve(ours, enabled=False).enabled is False
    assert client.meta.method_to_api_mapping["get_user"] == types.GetUserRequest.operation.name
    assert client.meta.region_name == "eu-west-1"


@pytest.mark.usefixtures("moto")
def test_an_operation_called_by_name_takes_the_kwargs_of_boto3() -> None:
    line = re.search(r"^`await (client\.call\(.*?\))`", page(FROM_BOTO3), re.MULTILINE)
    assert line
    resources = asyncio.run(create_resources())
    kwargs = {"UserPoolId": resources.pool_id, "Username": "ana"}

    def call(client: CognitoClient) -> Any:
        return eval(line[1], {"client": client, "kwargs": kwargs})

    ours = asyncio.run(with_client(call))
    theirs = boto3.client("cognito-idp").admin_get_user(**kwargs)
    del ours["ResponseMetadata"], theirs["ResponseMetadata"]
    assert ours == theirs
    requests = [name for name in types.__all__ if hasattr(getattr(types, name), "operation")]
    assert len(requests) > 100
    assert [name for name in requests if name != f"{getattr(types, name).operation.name}Request"] == []


@pytest.mark.usefixtures("moto")
def test_resume_tokens_work_on_both_sides() -> None:
    resources = asyncio.run(create_resources())
    options: dict[str, Any] = {"UserPoolId": resources.pool_id}

    async def fill() -> None:
        async with CognitoClient() as client:
            await client.admin_create_user(user_pool_id=resources.pool_id, username="bea")

    async def rest(token: str | None, **limits: Any) -> tuple[list[str], str | None]:
        async with CognitoClient() as client:
            pages = client.get_paginator("list_users").paginate(
                user_pool_id=resources.pool_id, starting_token=token, **limits
            )
            return [user.username async for user in pages.items()], pages.resume_token

    asyncio.run(fill())
    paginator = boto3.client("cognito-idp").get_paginator("list_users")
    first = paginator.paginate(**options, PaginationConfig={"MaxItems": 1}).build_full_result()
    assert [user["Username"] for user in first["Users"]] == ["ana"]
    assert asyncio.run(rest(first["NextToken"])) == (["bea"], None)
    ours, token = asyncio.run(rest(None, max_items=1))
    assert ours == ["ana"]
    second = paginator.paginate(**options, PaginationConfig={"StartingToken": token}).build_full_result()
    assert [user["Username"] for user in second["Users"]] == ["bea"]


@pytest.mark.usefixtures("moto")
def test_a_second_iteration_differs_as_on_the_page() -> None:
    resources = asyncio.run(create_resources())
    options: dict[str, Any] = {"UserPoolId": resources.pool_id, "PaginationConfig": {"PageSize": 1}}
    client = boto3.client("cognito-idp")
    client.admin_create_user(UserPoolId=resources.pool_id, Username="bea")
    theirs = client.get_paginator("list_users").paginate(**options)
    assert [len(list(theirs)) for _ in range(2)] == [2, 1]

    async def read(client: CognitoClient) -> list[int]:
        pages = client.get_paginator("list_users").paginate(user_pool_id=resources.pool_id, page_size=1)
        return [len([page async for page in pages]) for _ in range(2)]

    assert asyncio.run(with_client(read)) == [2, 2]


def test_boto3_lacks_paginators_and_neither_side_has_waiters() -> None:
    theirs, ours = boto3.client("cognito-idp", region_name="eu-west-1"), CognitoClient(region="eu-west-1")
    assert not theirs.can_paginate("list_devices")
    assert ours.can_paginate("list_devices")
    for client in (theirs, ours):
        with pytest.raises(ValueError, match="Waiter does not exist"):
            client.get_waiter("user_pool_exists")


@pytest.mark.usefixtures("moto")
def test_a_closed_boto3_client_still_works_and_ours_does_not() -> None:
    theirs = boto3.client("cognito-idp")
    theirs.close()
    list_theirs(theirs)

    async def call(client: CognitoClient) -> None:
        await client.close()
        await list_ours(client)

    with pytest.raises(errors.ClientClosedError):
        asyncio.run(with_client(call))


@pytest.mark.usefixtures("moto")
def test_none_is_rejected_by_boto3_and_not_sent_here() -> None:
    with pytest.raises(botocore.exceptions.ParamValidationError):
        boto3.client("cognito-idp").list_user_pools(MaxResults=1, NextToken=None)
    asyncio.run(with_client(lambda client: client.list_user_pools(max_results=1, next_token=None)))


def test_the_region_is_read_from_the_variables_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    with pytest.raises(botocore.exceptions.NoRegionError):
        boto3.Session().client("cognito-idp")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert boto3.Session().client("cognito-idp").meta.region_name == "us-east-1"
    assert CognitoClient().config.region == "eu-west-1"


def test_fips_with_an_endpoint_is_ignored_by_boto3_and_an_error_here() -> None:
    url = "http://127.0.0.1:5000"
    theirs = boto3.client(
        "cognito-idp", region_name="us-east-1", endpoint_url=url, config=Config(use_fips_endpoint=True)
    )
    assert theirs.meta.endpoint_url == url
    with pytest.raises(errors.ConfigurationError, match="exclude each other"):
        CognitoClient(region="us-east-1", endpoint_url=url, use_fips=True).config.url  # noqa: B018  raises


# Errors


def pairs() -> dict[str, str]:
    """Return the pairs of botocore's exceptions and ours on the page."""
    rows = page(FROM_BOTO3).partition("| botocore.exceptions ")[2].partition("\n\n")[0]
    return dict(re.findall(r"^\| `(\w+)` +\| `(\w+)` +\|$", rows, re.MULTILINE))


def test_the_exceptions_on_the_page_exist() -> None:
    assert len(pairs()) > 10
    for theirs, ours in pairs().items():
        assert issubclass(getattr(botocore.exceptions, theirs), Exception)
        assert issubclass(getattr(errors, ours), errors.CognitoError)


def test_service_errors_are_subclasses_of_the_base_error_here_and_not_in_botocore() -> None:
    assert not issubclass(botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError)
    assert issubclass(errors.ServiceError, getattr(errors, pairs()["BotoCoreError"]))


def list_theirs(client: Any) -> None:
    client.list_user_pools(MaxResults=1)


def list_ours(client: CognitoClient) -> Any:
    return client.list_user_pools(max_results=1)


async def with_client(call: Callable[[CognitoClient], Any]) -> Any:
    async with CognitoClient() as client:
        return await call(client)


MISTAKES: dict[str, tuple[Callable[[Any], Any], Callable[[CognitoClient], Any]]] = {
    "ClientError": (
        lambda client: client.get_group(UserPoolId="x", GroupName="x"),
        lambda client: client.get_group(user_pool_id="x", group_name="x"),
    ),
    "ParamValidationError": (
        lambda client: client.list_user_pools(MaxResults="many"),
        lambda client: client.list_user_pools(max_results="many"),
    ),
    "OperationNotPageableError": (
        lambda client: client.get_paginator("get_user"),
        lambda client: client.get_paginator("get_user"),
    ),
}


@pytest.mark.usefixtures("moto")
@pytest.mark.parametrize("theirs", MISTAKES)
def test_the_same_mistake_raises_a_pair_of_exceptions(theirs: str) -> None:
    old, new = MISTAKES[theirs]
    with pytest.raises(getattr(botocore.exceptions, theirs)):
        old(boto3.client("cognito-idp"))
    with pytest.raises(getattr(errors, pairs()[theirs])):
        asyncio.run(with_client(new))


@contextmanager
def listening(response: bytes | None) -> Iterator[int]:
    """Listen on a local port; send the response to every connection and close it. None never responds."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):  # closed
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.recv(65536)
                        connection.sendall(response or b"")

        thread = threading.Thread(target=serve, daemon=True)
        if response is not None:
            thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        if response is not None:
            thread.join()


# Scheme of the endpoint and its response; None never responds.
FAULTS: dict[str, tuple[str, bytes | None]] = {
    "ConnectionClosedError": ("http", b""),
    "ReadTimeoutError": ("http", None),
    "SSLError": ("https", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
}


@pytest.mark.usefixtures("moto")
@pytest.mark.parametrize("theirs", FAULTS)
def test_the_same_fault_raises_a_pair_of_exceptions(theirs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scheme, response = FAULTS[theirs]
    with listening(response) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"{scheme}://127.0.0.1:{port}")
        assert_raises_pair(theirs, monkeypatch)


@pytest.mark.usefixtures("moto")
def test_a_closed_port_raises_a_pair_of_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed_port()}")
    assert_raises_pair("EndpointConnectionError", monkeypatch)


@pytest.mark.usefixtures("moto")
def test_an_unreachable_proxy_raises_a_pair_of_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("no_proxy", "")
    assert_raises_pair("ProxyConnectionError", monkeypatch)


def assert_raises_pair(theirs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    read_timeout = 0.2 if theirs == "ReadTimeoutError" else 60
    with pytest.raises(getattr(botocore.exceptions, theirs)):
        list_theirs(boto3.client("cognito-idp", config=Config(read_timeout=read_timeout)))

    async def call() -> None:
        async with CognitoClient(read_timeout=read_timeout) as client:
            await list_ours(client)

    with pytest.raises(getattr(errors, pairs()[theirs])):
        asyncio.run(call())


MISSING = {
    "NoCredentialsError": {"AWS_DEFAULT_REGION": "eu-west-1"},
    "PartialCredentialsError": {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "any"},
    "NoRegionError": {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"},
    "ProfileNotFound": {"AWS_PROFILE": "nobody"},
}


@pytest.mark.parametrize("theirs", MISSING)
def test_a_missing_setting_raises_a_pair_of_exceptions(theirs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in MISSING[theirs].items():
        monkeypatch.setenv(name, value)
    with pytest.raises(getattr(botocore.exceptions, theirs)):
        list_theirs(boto3.Session().client("cognito-idp"))
    with pytest.raises(getattr(errors, pairs()[theirs])):
        asyncio.run(with_client(list_ours))


# Settings


def test_the_settings_on_the_page_exist() -> None:
    table = page(FROM_BOTO3).partition("## Config")[2].partition("\n\n##")[0]
    theirs = re.findall(r"^\| `(\w+)=", table, re.MULTILINE)
    assert len(theirs) > 10
    assert [name for name in theirs if name not in Config.OPTION_DEFAULTS] == []
    ours = re.findall(r"^\| `\w+=.*?\| `(\w+)=", table, re.MULTILINE)
    assert [name for name in ours if name not in inspect.signature(CognitoClient).parameters] == []


def test_the_defaults_of_botocore_on_the_page_are_right() -> None:
    table = page(FROM_BOTO3).partition("## Config")[2].partition("\n\n##")[0]
    defaults = re.findall(r"^\| `(\w+)=(\d+)` \(default\)", table, re.MULTILINE)
    assert len(defaults) == 3
    assert [(name, value) for name, value in defaults if getattr(Config(), name) != int(value)] == []
