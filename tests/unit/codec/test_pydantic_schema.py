"""Shapes as types of pydantic and FastAPI."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from typing import Annotated, Any

import pytest
from fastapi import Body, FastAPI
from openapi_spec_validator import validate
from pydantic import BaseModel, TypeAdapter, ValidationError

from cognito_async import types
from cognito_async._model import Request, Shape

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # starlette announces that it will use another HTTP client
    from fastapi.testclient import TestClient

ANA = {
    "Username": "ana",
    "Attributes": [{"Name": "email", "Value": "ana@example.com"}],
    "UserCreateDate": "2023-11-14T22:13:20.500000Z",
    "UserLastModifiedDate": "2023-11-14T22:13:20Z",
    "Enabled": True,
    "UserStatus": "CONFIRMED",
}
USER = types.UserType.from_wire(ANA)
SHAPES = [
    shape
    for name in dir(types)
    if isinstance(shape := getattr(types, name), type) and issubclass(shape, Shape)
]


class Page(BaseModel):
    owner: types.UserType
    users: list[types.UserType] = []
    sign_in: types.InitiateAuthResponse | None = None


# Validation and serialization


def test_a_model_takes_instances_as_they_are() -> None:
    page = Page(owner=USER, users=[USER])
    assert page.owner is USER
    assert page.users[0] is USER


def test_a_model_takes_dicts_in_wire_form_and_json() -> None:
    document = {"owner": ANA, "users": [ANA], "sign_in": {"Session": "s"}}
    for page in (Page.model_validate(document), Page.model_validate_json(json.dumps(document))):
        assert page.owner == USER
        assert page.users == [USER]
        assert page.sign_in == types.InitiateAuthResponse(session="s")


def test_a_model_is_serialized_to_the_wire_form() -> None:
    page = Page(owner=USER)
    assert page.model_dump() == {"owner": USER.to_wire(), "users": [], "sign_in": None}
    assert page.model_dump(mode="json")["owner"] == json.loads(page.model_dump_json())["owner"] == ANA
    assert Page.model_validate(page.model_dump()) == Page.model_validate_json(page.model_dump_json()) == page


def test_a_value_that_was_not_validated_is_serialized_as_it_is() -> None:
    assert Page.model_construct(owner="ana").model_dump() == {"owner": "ana", "users": [], "sign_in": None}


def test_a_union_takes_the_shape_that_fits() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(types.AdminGetUserResponse | types.ListUsersResponse)
    page = types.ListUsersResponse(users=[USER])
    assert adapter.validate_python(page) is page
    assert adapter.validate_python({"Users": [ANA]}) == page
    assert adapter.dump_python(page, mode="json") == {"Users": [ANA]}


def test_problems_have_the_location_of_the_member() -> None:
    with pytest.raises(ValidationError) as caught:
        Page.model_validate({"owner": ANA | {"Attributes": [{"Name": 5}], "Quux": 1}})
    assert [(error["loc"], error["msg"]) for error in caught.value.errors()] == [
        (("owner", "Attributes", 0, "Name"), "expected str, got int 5"),
        (("owner", "Quux"), f"unknown member, UserType has {', '.join(ANA)}, MFAOptions"),
    ]


@pytest.mark.parametrize(
    ("shape", "value", "message"),
    [
        (types.UserType, "ana", "expected UserType or a dict in wire form, got str"),
        (types.UserType, types.ListUsersResponse(), "got ListUsersResponse"),
        (types.TagResourceRequest, {"ResourceArn": "a", "Tags": {"a: b": 5}}, "Tags['a: b']: expected str"),
        (Request, {}, "has no members of its own"),
    ],
)
def test_other_problems_have_the_location_of_the_shape(shape: Any, value: Any, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(shape).validate_python(value)
    (error,) = caught.value.errors()
    assert error["loc"] == ()
    assert message in error["msg"]


def test_no_error_quotes_a_secret() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(types.ChangePasswordRequest).validate_python(
            {"AccessToken": ["canary"], "Quux": "canary"}
        )
    assert "canary" not in f"{caught.value} {caught.value.errors()}"


# FastAPI


@pytest.fixture(scope="module")
def app() -> FastAPI:
    app = FastAPI()

    @app.post("/users")
    async def create(
        request: Annotated[types.AdminCreateUserRequest, Body()],
    ) -> types.AdminCreateUserResponse:
        user = ANA | {"Username": request.username}
        return types.AdminCreateUserResponse.from_wire({"User": user})

    @app.get("/users", response_model=types.ListUsersResponse)
    async def list_users() -> Any:
        return {"Users": [ANA]}

    @app.get("/page")
    async def page() -> Page:
        return Page(owner=USER)

    @app.post("/echo")
    async def echo(user: Annotated[types.UserType, Body()]) -> types.UserType:
        return user

    return app


def test_endpoints_take_requests_and_return_responses(app: FastAPI) -> None:
    client = TestClient(app)
    created = client.post("/users", json={"UserPoolId": "p", "Username": "bea", "TemporaryPassword": "x"})
    assert created.json() == {"User": ANA | {"Username": "bea"}}
    assert client.get("/users").json() == {"Users": [ANA]}
    assert client.get("/page").json()["owner"] == ANA
    assert client.post("/echo", json=ANA).json() == ANA


def test_an_invalid_body_is_reported_without_its_secrets(app: FastAPI) -> None:
    response = TestClient(app).post("/users", json={"UserPoolId": "p", "TemporaryPassword": ["canary"]})
    assert response.status_code == 422
    assert [problem["loc"] for problem in response.json()["detail"]] == [
        ["body", "TemporaryPassword"],
        ["body", "Username"],
    ]
    assert "canary" not in response.text


def test_the_openapi_document_is_valid_and_has_each_shape_once(app: FastAPI) -> None:
    document = app.openapi()
    validate(document)
    schemas = document["components"]["schemas"]
    assert [name for name in schemas if "UserType" in name] == ["UserType"]
    assert schemas["AdminCreateUserResponse"]["properties"]["User"] == {
        "$ref": "#/components/schemas/UserType"
    }
    assert schemas["Page"]["properties"]["owner"] == {"$ref": "#/components/schemas/UserType"}


# JSON schema


def schema_of(shape: Any, mode: Any = "validation") -> Any:
    return TypeAdapter(shape).json_schema(mode=mode)


def test_the_schema_has_title_description_types_and_required_members() -> None:
    schema = schema_of(types.UserType)
    assert (schema["title"], schema["type"]) == ("UserType", "object")
    assert schema["description"] == "A user, with attributes, status and dates."
    assert schema["required"] == [name for name in ANA if name != "Attributes"]
    assert schema["properties"]["UserCreateDate"] == {"type": "string", "format": "date-time"}
    assert schema["properties"]["Enabled"] == {"type": "boolean"}
    assert schema["properties"]["Attributes"] == {"type": "array", "items": {"$ref": "#/$defs/AttributeType"}}


def test_an_enum_is_open() -> None:
    known, other = schema_of(types.UserType)["properties"]["UserStatus"]["anyOf"]
    assert "CONFIRMED" in known["enum"]
    assert other == {"type": "string"}


def test_secrets_are_passwords_and_those_of_requests_are_only_written() -> None:
    secret = {"type": "string", "format": "password"}
    assert schema_of(types.AuthenticationResultType)["properties"]["AccessToken"] == secret
    request = schema_of(types.AdminCreateUserRequest)["properties"]
    assert request["TemporaryPassword"] == secret | {"writeOnly": True}
    assert request["ClientMetadata"] == {"type": "object", "additionalProperties": secret, "writeOnly": True}
    assert request["Username"] == {"type": "string", "minLength": 1}


def test_a_list_of_attributes_may_be_validated_from_a_mapping_and_is_returned_as_a_list() -> None:
    attributes = schema_of(types.AdminCreateUserRequest)["properties"]["UserAttributes"]
    assert [choice["type"] for choice in attributes["anyOf"]] == ["array", "object"]
    returned = schema_of(types.AdminCreateUserRequest, "serialization")["properties"]["UserAttributes"]
    assert returned["type"] == "array"


def test_other_members_have_their_types_and_limits() -> None:
    branding = schema_of(types.CreateManagedLoginBrandingRequest)
    assert branding["properties"]["Settings"] == {"writeOnly": True}  # any JSON value, and masked
    assert branding["$defs"]["AssetType"]["properties"]["Bytes"] == {
        "type": "string",
        "contentEncoding": "base64",
    }
    assert schema_of(types.ListGroupsRequest)["properties"]["Limit"] == {"type": "integer", "minimum": 0}
    attributes = schema_of(types.AddCustomAttributesRequest)["properties"]["CustomAttributes"]
    assert attributes["minItems"] == 1


def test_base_classes_and_classes_without_a_docstring_have_a_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    assert schema_of(Request)["properties"] == {}
    monkeypatch.setattr(types.AttributeType, "__doc__", None)  # as with python -OO
    assert "description" not in schema_of(types.AttributeType)


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_every_shape_has_a_schema(mode: Any) -> None:
    assert len(SHAPES) > 300
    for shape in SHAPES:
        assert schema_of(shape, mode)["title"] == shape.__name__


def test_pydantic_is_loaded_only_by_those_who_use_it() -> None:
    code = """if True:
    import sys
    from cognito_async import types
    types.ListUsersResponse.from_wire({"Users": []}).to_json()
    print("pydantic" in sys.modules, "pydantic_core" in sys.modules)
    """
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False False"
