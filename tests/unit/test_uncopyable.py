"""Objects with connections or a process cannot be pickled or copied; the error says what to do instead."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from cognito_async import CognitoClient, Credentials, types
from cognito_async.errors import UserNotFoundException
from cognito_async.testing import MotoServer, StubTransport
from support.calls import POOL, get_user
from support.transports import REGION, ScriptedTransport, client_with

WAYS: dict[str, Callable[[Any], object]] = {
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
    "pickle 0": lambda value: pickle.loads(pickle.dumps(value, 0)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}
with_each_way = pytest.mark.parametrize("way", WAYS)


class Subclass(CognitoClient):
    """A client with attributes of its own."""

    __slots__ = ("tenant",)

    def __init__(self, tenant: str) -> None:
        super().__init__(region=REGION)
        self.tenant = tenant
        self.label = f"client of {tenant}"


@with_each_way
@pytest.mark.parametrize("used", [False, True], ids=["new", "used"])
@pytest.mark.parametrize("view", [False, True], ids=["client", "view"])
async def test_a_client_says_that_each_process_needs_its_own(way: str, *, used: bool, view: bool) -> None:
    client = client_with(ScriptedTransport())
    if used:
        await get_user(client)
    if view:
        client = client.with_options(timeout=5)
    with pytest.raises(
        TypeError, match=r"^CognitoClient cannot be pickled or copied: .*Each process needs a client"
    ):
        WAYS[way](client)
    await get_user(client)


def test_a_task_with_a_method_of_the_client_says_the_same() -> None:
    client = client_with(ScriptedTransport())
    with pytest.raises(TypeError, match="Each process needs a client of its own"):
        pickle.dumps((client.admin_get_user, {"user_pool_id": POOL, "username": "ana"}))


@with_each_way
async def test_paginators_and_pages_say_what_to_call_there(way: str) -> None:
    paginator = StubTransport().client().get_paginator("list_users")
    pages = paginator.paginate(user_pool_id=POOL)
    with pytest.raises(TypeError, match=r"^ListUsersPaginator cannot be pickled .* get_paginator\(\) there"):
        WAYS[way](paginator)
    with pytest.raises(TypeError, match=r"^Pages cannot be pickled .* starting_token=pages\.resume_token"):
        WAYS[way](pages)


@with_each_way
def test_the_testing_kit_and_the_transport_say_what_to_do(way: str) -> None:
    client = CognitoClient(region=REGION)
    transport = client._pipeline._make_transport(client.config)
    for value, text in (
        (StubTransport(), "^StubTransport cannot .* Create a stub in each test"),
        (MotoServer(), "^MotoServer cannot .* endpoint_url=url"),
        (transport, "^AiohttpTransport cannot .* Each process needs a client"),
    ):
        with pytest.raises(TypeError, match=text):
            WAYS[way](value)


@with_each_way
def test_values_are_copied(way: str) -> None:
    response = types.AdminGetUserResponse.from_wire({"Username": "ana", "UserAttributes": []})
    for value in (
        response,
        types.AdminGetUserRequest(user_pool_id=POOL, username="ana"),
        types.AttributeType(name="email", value="ana@example.com"),
        CognitoClient(region=REGION).config,
        Credentials(access_key_id="a", secret_access_key="b"),
    ):
        assert WAYS[way](value) == value
    error = UserNotFoundException("gone", code="UserNotFoundException", operation="AdminGetUser", status=400)
    assert str(WAYS[way](error)) == str(error)


def test_a_view_of_a_subclass_has_its_attributes() -> None:
    client = Subclass("acme")
    view = client.with_options(timeout=5)
    assert type(view) is Subclass
    assert (view.tenant, view.label) == ("acme", "client of acme")
    assert (view._options.timeout, client._options.timeout) == (5.0, None)
