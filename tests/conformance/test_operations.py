"""Every operation: the method exists, sends all parameters, and returns all members of the response."""

from __future__ import annotations

import inspect
import json
import re
import typing
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from botocore import xform_name
from botocore.model import Shape

from cognito_async import CognitoClient, errors, types
from cognito_async._model import Request, Response
from cognito_async._model import Shape as OurShape
from cognito_async.credentials import Credentials
from support.samples import sample
from support.strategies import (
    missing_in_package,
    operation_model,
    operation_names,
    service_model,
)
from support.transports import CREDENTIALS, ScriptedTransport, always, client_with


def python_form(value: Any, shape: Shape) -> Any:
    """Return a value in wire form as client methods accept it: blobs as bytes, timestamps as datetimes."""
    match shape.type_name:
        case "structure" if shape.name != "Document":
            return {key: python_form(part, shape.members[key]) for key, part in value.items()}
        case "list":
            return [python_form(part, shape.member) for part in value]
        case "blob":
            return b"\0\1\2"
        case "timestamp":
            return datetime.fromtimestamp(value, UTC)
        case _:
            return value


def arguments_of(name: str) -> dict[str, Any]:
    shape = operation_model(name).input_shape
    wire = python_form(sample(shape), shape)
    return {python_name(member): value for member, value in wire.items()}


def python_name(member: str) -> str:
    name = xform_name(member)
    return f"{name}_" if name in ("bytes", "from") else name


def is_signed(name: str) -> bool:
    return operation_model(name).auth_type != "none"


@pytest.mark.made_from("model")
def test_the_model_and_the_client_have_the_same_operations() -> None:
    model = {xform_name(name) for name in service_model().operation_names}
    ours = {name for name, _ in inspect.getmembers(CognitoClient, inspect.iscoroutinefunction)}
    assert model == {name for name in ours if not name.startswith("_")} - {"call", "close", "send"}


@pytest.mark.made_from("model")
def test_the_package_has_every_operation_and_member_of_the_model() -> None:
    assert missing_in_package() == []


@pytest.mark.parametrize("name", operation_names())
async def test_an_operation_sends_every_parameter_and_returns_every_member(name: str) -> None:
    model = operation_model(name)
    expected = sample(model.output_shape) if model.output_shape else {}
    transport = always(json.dumps(expected).encode())
    client = client_with(transport)
    response = await getattr(client, xform_name(name))(**arguments_of(name))

    [request] = transport.sent
    assert (request.method, request.url) == ("POST", "https://cognito-idp.eu-west-1.amazonaws.com")
    assert transport.json == sample(model.input_shape)
    assert transport.headers["X-Amz-Target"] == f"AWSCognitoIdentityProviderService.{name}"
    assert transport.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert ("Authorization" in transport.headers) is is_signed(name)
    assert type(response).__name__ == (f"{name}Response" if model.output_shape else "EmptyResponse")
    assert response.response_metadata.request_id == "request-1"
    assert_same(response, expected)


def assert_same(value: Any, wire: Any) -> None:
    """Compare a decoded value with its wire form, member by member."""
    match value:
        case OurShape():
            fields = [field for field in attrs.fields(type(value)) if field.name != "response_metadata"]
            assert {python_name(key) for key in wire} == {field.name for field in fields}
            for key, part in wire.items():
                assert_same(getattr(value, python_name(key)), part)
        case list():
            assert len(value) == len(wire)
            for ours, theirs in zip(value, wire, strict=True):
                assert_same(ours, theirs)
        case dict():
            assert value.keys() == wire.keys()
            for key, part in value.items():
                assert_same(part, wire[key])
        case bytes():
            assert value == b"\0\1\2"
        case _ if hasattr(value, "timestamp"):
            assert value.timestamp() == wire
            assert value.utcoffset().total_seconds() == 0
        case _:
            assert value == wire


@pytest.mark.parametrize("name", [name for name in operation_names() if not is_signed(name)])
async def test_an_unsigned_operation_does_not_call_the_credentials_provider(name: str) -> None:
    async def fail() -> Credentials:
        raise AssertionError("the credentials provider was called")

    transport = ScriptedTransport()
    client = client_with(transport, credentials=fail)
    await getattr(client, xform_name(name))(**arguments_of(name))
    assert not {"Authorization", "X-Amz-Date", "X-Amz-Security-Token"} & transport.headers.keys()


@pytest.mark.parametrize("name", [name for name in operation_names() if is_signed(name)])
async def test_a_signed_operation_calls_the_credentials_provider_once(name: str) -> None:
    calls = []

    async def provide() -> Credentials:
        calls.append(name)
        return CREDENTIALS

    client = client_with(ScriptedTransport(), credentials=provide)
    await getattr(client, xform_name(name))(**arguments_of(name))
    assert calls == [name]


def documented_errors(documentation: str) -> set[str]:
    """Return the errors under "Raises:": those of the operation, and those common to its kind."""
    section = documentation.partition("\nRaises:")[2].partition("\n\n")[0]
    own = re.findall(r"\n    (\w+): ", section)
    common = re.findall(r"\w+", section.partition("\n    ServiceError: ")[2].rpartition(":")[2])
    return {*own, *common}


@pytest.mark.parametrize("name", operation_names())
def test_every_method_and_parameter_is_documented(name: str) -> None:
    method = getattr(CognitoClient, xform_name(name))
    documentation = inspect.getdoc(method) or ""
    assert f"API_{name}.html" in documentation
    for parameter in list(inspect.signature(method).parameters)[1:]:
        assert f"    {parameter}: " in documentation
    modeled = {shape.name for shape in operation_model(name).error_shapes}
    assert modeled <= documented_errors(documentation)
    assert ("Signed with IAM credentials." in documentation) is is_signed(name)


@pytest.mark.parametrize("name", operation_names())
def test_get_type_hints_works_for_every_method(name: str) -> None:
    method = getattr(CognitoClient, xform_name(name))
    hints = typing.get_type_hints(method)
    assert issubclass(hints.pop("return"), Response)
    assert list(hints) == list(inspect.signature(method).parameters)[1:]


@pytest.mark.parametrize("name", operation_names())
def test_parameters_are_required_if_they_are_in_the_model(name: str) -> None:
    method = getattr(CognitoClient, xform_name(name))
    parameters = list(inspect.signature(method).parameters.values())[1:]
    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in parameters)
    required = {parameter.name for parameter in parameters if parameter.default is parameter.empty}
    assert required == {python_name(member) for member in operation_model(name).input_shape.required_members}


@pytest.mark.parametrize("name", sorted(types.__all__))
def test_every_public_shape_is_a_documented_shape_or_an_alias(name: str) -> None:
    shape = getattr(types, name)
    if isinstance(shape, type):
        assert typing.is_typeddict(shape) or issubclass(shape, OurShape)
        assert shape.__doc__
        assert typing.get_type_hints(shape)
    else:
        assert typing.get_args(shape)


def test_requests_name_their_operation_and_response() -> None:
    for name in operation_names():
        request = getattr(types, f"{name}Request")
        assert issubclass(request, Request)
        assert request.operation.name == name
        assert request.operation.response.__name__ in (f"{name}Response", "EmptyResponse")


@pytest.mark.made_from("model")
def test_every_modeled_error_has_a_class() -> None:
    modeled = {shape.name for shape in service_model().error_shapes}
    assert modeled <= set(errors.__all__)
    assert all(issubclass(getattr(errors, name), errors.ServiceError) for name in modeled)


@pytest.mark.parametrize("name", sorted(errors.__all__))
def test_get_type_hints_works_for_every_error(name: str) -> None:
    kind = getattr(errors, name)
    typing.get_type_hints(kind)
    for member in vars(kind).values():
        if isinstance(member, property):
            assert typing.get_type_hints(member.fget)["return"]
        elif inspect.isfunction(member):
            typing.get_type_hints(member)
