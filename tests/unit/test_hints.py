"""Errors about names of boto3 say the right name; correct code sees no difference."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Callable
from typing import Any, get_type_hints
from unittest.mock import create_autospec

import pytest

from cognito_async import CognitoClient, types
from cognito_async._codec.codec import decode
from cognito_async._hints import _set_coroutine_flag, compiled_with_hints, with_hints
from cognito_async._model.fields import shape_fields, wire_name
from cognito_async.operations import METHODS
from cognito_async.testing import StubTransport
from support.calls import POOL
from support.transports import REGION

OPERATIONS = [name for names in METHODS.values() for name in names]
REQUESTS = {
    name.removesuffix("Request"): getattr(types, name) for name in types.__all__ if name[-7:] == "Request"
}
METHOD_NAMES = {name.replace("_", "").lower(): name for name in OPERATIONS}


def client() -> CognitoClient:
    return StubTransport().client()


def message(kind: type[Exception], function: Callable[..., object], *arguments: Any, **keywords: Any) -> str:
    with pytest.raises(kind) as caught:
        function(*arguments, **keywords)
    assert type(caught.value) is kind
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return str(caught.value)


# Keywords


@pytest.mark.parametrize("operation", REQUESTS)
def test_wire_names_as_keywords_of_a_method_and_a_request_are_explained(operation: str) -> None:
    request = REQUESTS[operation]
    method = getattr(CognitoClient(region=REGION), METHOD_NAMES[operation.lower()])
    for field in shape_fields(request):
        wrong = wire_name(field)
        for function, name in ((method, method.__qualname__), (request, f"{request.__name__}.__init__")):
            assert message(TypeError, function, **{wrong: "hunter2"}) == (
                f"{name}() got an unexpected keyword argument {wrong!r}: use {field.name}"
            )


def test_several_wrong_keywords_are_explained_at_once_beside_right_and_unknown_ones() -> None:
    keywords = {"UserPoolId": POOL, "Username": "ana", "client_metadata": {}, "nonsense": 1}
    assert message(TypeError, client().admin_confirm_sign_up, **keywords) == (
        "CognitoClient.admin_confirm_sign_up() got unexpected keyword arguments 'UserPoolId', 'Username': "
        "use user_pool_id and username"
    )


@pytest.mark.parametrize("name", ["admin_get_user", "admin_create_user", "list_user_pools"])
def test_other_wrong_calls_have_pythons_own_message(name: str) -> None:
    method = getattr(CognitoClient, name)
    request = REQUESTS["".join(part.capitalize() for part in name.split("_"))]
    for function, original in (
        (method, method.__wrapped__),
        (request.__init__, request.__init__.__wrapped__),
    ):
        for keywords in ({"nonsense": 1}, {"user_pool_id": POOL, "user": "ana"}, {}):
            assert message(TypeError, function, self=None, **keywords) == (
                message(TypeError, original, self=None, **keywords)
            )
        with pytest.raises(TypeError, match=r"takes 1 positional argument but 2 were given"):
            function(None, POOL)


def test_arguments_of_boto3_and_botocore_are_explained_by_the_constructor() -> None:
    for wrong, right in {
        "region_name": "region",
        "profile_name": "profile",
        "aws_secret_access_key": "credentials=Credentials(access_key_id=..., secret_access_key=..., session_token=...)",
        "config": "arguments such as max_attempts and read_timeout",
        "max_pool_connections": "max_connections",
        "Region": "region",
    }.items():
        assert message(TypeError, CognitoClient, **{wrong: "hunter2"}) == (
            f"CognitoClient.__init__() got an unexpected keyword argument {wrong!r}: use {right}"
        )
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "hunter2", "aws_session_token": "hunter2"}
    assert message(TypeError, CognitoClient, region_name=REGION, **keys) == (
        "CognitoClient.__init__() got unexpected keyword arguments 'region_name', 'aws_access_key_id', "
        "'aws_secret_access_key', 'aws_session_token': use region and "
        "credentials=Credentials(access_key_id=..., secret_access_key=..., session_token=...)"
    )
    assert message(TypeError, CognitoClient, nonsense=1) == (
        "CognitoClient.__init__() got an unexpected keyword argument 'nonsense'"
    )


def test_arguments_of_boto3s_paginators_are_explained() -> None:
    paginate = client().get_paginator("list_users").paginate
    for wrong, right in {
        "UserPoolId": "user_pool_id",
        "PaginationConfig": "page_size, max_items and starting_token",
        "Limit": "page_size",
        "PaginationToken": "starting_token",
        "MaxItems": "max_items",
    }.items():
        assert message(TypeError, paginate, **{wrong: 1}) == (
            f"ListUsersPaginator.paginate() got an unexpected keyword argument {wrong!r}: use {right}"
        )


# Attributes of the client


@pytest.mark.parametrize("operation", REQUESTS)
def test_the_name_of_an_operation_as_attribute_is_explained(operation: str) -> None:
    assert message(AttributeError, getattr, client(), operation) == (
        f"'CognitoClient' object has no attribute {operation!r}: use client.{METHOD_NAMES[operation.lower()]}"
    )


def test_attributes_of_boto3s_client_are_explained() -> None:
    for wrong, right in {
        "exceptions": "cognito_async.errors",
        "meta": "client.config",
        "waiter_names": "cognito_async.waiters",
    }.items():
        assert message(AttributeError, getattr, client(), wrong) == (
            f"'CognitoClient' object has no attribute {wrong!r}: use {right}"
        )


@pytest.mark.parametrize("name", ["nonsense", "_AdminGetUser", "__wrapped__"])
def test_other_unknown_attributes_have_pythons_own_error(name: str) -> None:
    response = types.AdminGetUserResponse.from_wire({})
    pages = client().get_paginator("list_users").paginate(user_pool_id=POOL)
    for value in (client(), response, pages):
        with pytest.raises(AttributeError) as caught:
            getattr(value, name)
        assert str(caught.value) == f"{type(value).__name__!r} object has no attribute {name!r}"
        assert (caught.value.name, caught.value.obj) == (name, value)


def test_the_error_of_a_property_is_raised_unchanged() -> None:
    class Subclass(CognitoClient):
        @property
        def tenant(self) -> str:
            raise AttributeError("no tenant yet")

    assert message(AttributeError, lambda: Subclass(region=REGION).tenant) == "no tenant yet"


# Pages


async def test_pages_say_how_to_read_them() -> None:
    pages: Any = client().get_paginator("list_users").paginate(user_pool_id=POOL)
    with pytest.raises(
        TypeError, match=r"^'Pages' object is not iterable: use async for, or await pages\.collect"
    ):
        list(pages)
    with pytest.raises(
        TypeError, match=r"^'Pages' object cannot be awaited: use async for, or await pages\.coll"
    ):
        await pages
    assert message(AttributeError, getattr, pages, "build_full_result") == (
        "'Pages' object has no attribute 'build_full_result': use await pages.collect()"
    )


# Shapes


CREATED = b'{"User": {"Username": "ana", "Attributes": [{"Name": "email", "Value": "a@example.com"}]}}'


@pytest.mark.parametrize("read", [decode, lambda kind, _: kind.from_wire({"User": {"Username": "ana"}})])
def test_a_response_that_is_read_like_a_dict_says_which_attribute_to_read(read: Any) -> None:
    response: Any = read(types.AdminCreateUserResponse, CREATED)
    no_attribute = "'AdminCreateUserResponse' object has no attribute"
    not_subscriptable = "'AdminCreateUserResponse' object is not subscriptable"
    dicts = "to_wire(), which returns boto3's dicts"
    assert message(AttributeError, lambda: response.User) == f"{no_attribute} 'User': use response.user"
    assert message(AttributeError, lambda: response.Username) == (
        f"{no_attribute} 'Username': use response.user.username"
    )
    assert message(AttributeError, lambda: response.username) == (
        f"{no_attribute} 'username': use response.user.username"
    )
    assert message(AttributeError, lambda: response.ResponseMetadata) == (
        f"{no_attribute} 'ResponseMetadata': use response.response_metadata"
    )
    for method in ("get", "keys", "items", "values"):
        assert message(AttributeError, getattr, response, method) == (
            f"{no_attribute} {method!r}: use its members as attributes, or {dicts}"
        )
    assert message(TypeError, lambda: response["User"]) == f"{not_subscriptable}: use response.user"
    assert message(TypeError, lambda: response["user"]) == f"{not_subscriptable}: use response.user"
    for other in ("Nonsense", "_x", 0):
        assert message(TypeError, lambda key=other: response[key]) == f"{not_subscriptable}: use {dicts}"
    assert message(TypeError, lambda: "User" in response) == (
        "'AdminCreateUserResponse' object is not a container: use response.user"
    )
    assert message(TypeError, lambda: "Nonsense" in response) == (
        f"'AdminCreateUserResponse' object is not a container: use {dicts}"
    )
    assert message(TypeError, lambda: list(response)) == "'AdminCreateUserResponse' object is not iterable"
    assert message(TypeError, lambda: response.user["Attributes"]) == (
        "'UserType' object is not subscriptable: use the attribute attributes"
    )


def test_a_response_that_was_not_initialized_has_pythons_own_errors() -> None:
    response = types.AdminCreateUserResponse.__new__(types.AdminCreateUserResponse)
    for name in ("user", "response_metadata"):
        # Newer versions of Python name the module too.
        with pytest.raises(
            AttributeError, match=rf"^'([\w.]+\.)?AdminCreateUserResponse' object has no attribute '{name}'$"
        ):
            getattr(response, name)


@pytest.mark.parametrize("operation", REQUESTS)
def test_no_member_of_a_decoded_response_can_be_read_by_its_wire_name(operation: str) -> None:
    kind = REQUESTS[operation].operation.response
    response = decode(kind, b"{}")
    assert type(response) is kind
    for field in shape_fields(kind):
        getattr(response, field.name)
        wrong = wire_name(field)
        assert message(AttributeError, getattr, response, wrong) == (
            f"{kind.__name__!r} object has no attribute {wrong!r}: use response.{field.name}"
        )


# What correct code sees


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_method_is_a_coroutine_function_with_its_signature_and_docstring(name: str) -> None:
    for method in (getattr(CognitoClient, name), getattr(client(), name)):
        assert inspect.iscoroutinefunction(method)
        if sys.version_info < (3, 14):  # deprecated since
            assert asyncio.iscoroutinefunction(method)
        function = getattr(method, "__func__", method)
        original = function.__wrapped__
        assert inspect.signature(function) == inspect.signature(original)
        assert (method.__doc__, method.__name__) == (original.__doc__, name)
        assert inspect.getsource(method).lstrip().startswith(f"async def {name}(")
        assert get_type_hints(method).keys() == get_type_hints(original).keys()


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="inspect.markcoroutinefunction does it")
def test_a_function_can_be_marked_as_coroutine_function_on_python_3_11() -> None:
    def function() -> str:
        return "result"

    _set_coroutine_flag(function)
    assert inspect.iscoroutinefunction(function)


async def test_a_call_returns_a_coroutine() -> None:
    stub = StubTransport()
    stub.add(types.AdminGetUserResponse.from_wire({"Username": "ana"}))
    call = stub.client().admin_get_user(user_pool_id=POOL, username="ana")
    assert inspect.iscoroutine(call)
    assert call.__qualname__ == "CognitoClient.admin_get_user"
    assert (await call).username == "ana"


async def test_a_mock_of_the_client_has_async_methods_and_no_other_names() -> None:
    mock = create_autospec(CognitoClient, instance=True)
    mock.admin_get_user.return_value = "response"
    assert await mock.admin_get_user(user_pool_id=POOL, username="ana") == "response"
    for name in ("AdminGetUser", "exceptions", "meta"):
        assert not hasattr(mock, name)
        assert name not in dir(client())


def test_signatures_of_the_constructor_of_requests_and_of_paginate_are_kept() -> None:
    assert "region" in inspect.signature(CognitoClient).parameters
    for _ in range(2):  # before and after the first use
        assert list(inspect.signature(types.DescribeTermsRequest).parameters) == ["terms_id", "user_pool_id"]
        types.DescribeTermsRequest(terms_id="t", user_pool_id=POOL)
    paginate = client().get_paginator("list_users").paginate
    assert {"user_pool_id", "page_size", "prefetch"} <= inspect.signature(paginate).parameters.keys()


def test_a_method_with_defaults_or_without_parameters_can_be_compiled() -> None:
    default = object()

    class Shape:
        def area(self, *, scale: object = default, unit: str) -> object:
            return scale, unit

        def draw(self) -> str:
            return "drawn"

    area, draw = compiled_with_hints(Shape.area), compiled_with_hints(Shape.draw)
    assert area(Shape(), unit="m") == (default, "m")
    assert area(Shape(), unit=None, scale=2) == (2, None)
    assert draw(Shape()) == "drawn"
    assert not inspect.iscoroutinefunction(area)
    assert message(TypeError, draw, self=Shape(), colour=1).endswith("unexpected keyword argument 'colour'")
    assert message(TypeError, area, self=Shape(), Unit="m").endswith("argument 'Unit': use unit")


def test_a_type_error_of_the_function_itself_is_raised_unchanged() -> None:
    error = TypeError("of the function")

    def function(*, name: str) -> None:
        raise error

    with pytest.raises(TypeError) as caught:
        with_hints(function)(name="n")
    assert caught.value is error
