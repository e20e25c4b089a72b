"""Secrets appear in no output: each contains a canary, which must not appear in errors, logs and reprs."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import traceback
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest
from botocore import xform_name
from botocore.model import Shape as Model

from cognito_async import CognitoClient, Credentials, errors, types
from cognito_async._model import Request, Shape, mask, mask_unless_shape
from cognito_async.errors import CognitoError, InvalidRequestError
from cognito_async.transport import HTTPResponse
from support.strategies import operation_model, operation_names
from support.transports import FakeClock, ScriptedTransport, client_with

CANARY = "kanarienvogel"
KEYS = {
    "access_key_id": f"AKID{CANARY}",
    "secret_access_key": f"secret/{CANARY}",
    "session_token": f"token/{CANARY}",
}
# Operations that both the installed botocore and this package have.
NAMES = [name for name in operation_names() if hasattr(types, f"{name}Request")]


# Requests and responses with a canary in each masked member


def python_name(member: str) -> str:
    name = xform_name(member)
    return f"{name}_" if name in ("bytes", "from") else name


def is_document(shape: Model) -> bool:
    return bool(shape.name == "Document" or shape.metadata.get("document"))


def class_of(shape: Model, fallback: type[Any] | None = None) -> type[Any]:
    return getattr(types, shape.name, None) or fallback  # type: ignore[return-value]


def sample(shape: Model, cls: type[Any] | None, *, secret: bool, blobs: bool) -> Any:
    """Return a value with every member; masked members contain the canary wherever text is allowed.

    Keys of maps contain none: they are not secret, and errors name them in paths.
    """
    match shape.type_name:
        case "structure" if is_document(shape):
            return {"key": [CANARY, {"key": CANARY}]} if secret else {"key": "value"}
        case "structure":
            shape_class = class_of(shape, cls)
            masks = {field.name: field.repr is mask for field in attrs.fields(shape_class)}
            return {
                name: sample(member, None, secret=secret or masks[python_name(name)], blobs=blobs)
                for name, member in shape.members.items()
                if python_name(name) in masks
            }
        case "list":
            return [sample(shape.member, None, secret=secret, blobs=blobs)]
        case "map":
            value = sample(shape.value, None, secret=secret, blobs=blobs)
            return {"key": value}
        case "string" if shape.enum:
            return shape.enum[0]
        case "string":
            length = max(40, shape.metadata.get("min", 1))
            return (CANARY if secret else "plain").ljust(length, "-")
        case "integer" | "long":
            return max(1, shape.metadata.get("min", 1))
        case "boolean":
            return True
        case "timestamp":
            return 1_700_000_000.5
        case "blob":
            raw = CANARY.encode() if secret else b"plain"
            return raw if blobs else base64.b64encode(raw).decode()
        case kind:
            raise AssertionError(kind)


def request_class(name: str) -> type[Any]:
    cls: type[Any] = getattr(types, f"{name}Request")
    return cls


def request_of(name: str) -> Request[Any]:
    cls = request_class(name)
    request: Request[Any] = cls.from_wire(
        sample(operation_model(name).input_shape, cls, secret=False, blobs=True)
    )
    return request


def response_body_of(name: str) -> dict[str, Any]:
    shape = operation_model(name).output_shape
    response = request_class(name).operation.response
    return sample(shape, response, secret=False, blobs=False) if shape else {}


def masked_fields(value: Any) -> Iterator[tuple[Shape, str]]:
    """Yield the masked members of a tree of shapes, with their owners."""
    match value:
        case Shape():
            for field in attrs.fields(type(value)):
                if field.repr is mask:
                    yield value, field.name
                else:
                    yield from masked_fields(getattr(value, field.name))
        case list() | tuple():
            for item in value:
                yield from masked_fields(item)
        case dict():
            for item in value.values():
                yield from masked_fields(item)


# Places with text


def visible_text(error: BaseException) -> str:
    """Return all text of an exception that people, log files and error reports can see.

    That includes what errors of parsers and codecs hold, and errors that ``from None`` only hides.
    """
    parts = ["".join(traceback.format_exception(error))]
    link: BaseException | None = error
    while link is not None:
        held = [getattr(link, name, "") for name in ("doc", "object")]
        parts += [str(link), repr(link), repr(link.args), repr(held)]
        link = link.__cause__ or link.__context__
    if isinstance(error, InvalidRequestError):
        parts += error.problems
    return "\n".join(parts)


def is_hidden(text: str) -> bool:
    encoded = base64.b64encode(CANARY.encode()).decode().rstrip("=")[:12]
    return CANARY not in text and CANARY[::-1] not in text and encoded not in text


class RecordedLogs(logging.Handler):
    """Keeps the text of all log records."""

    def __init__(self) -> None:
        super().__init__(0)
        self.text: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.text += [record.name, record.getMessage(), repr(vars(record))]
        if record.exc_info and record.exc_info[1]:
            self.text.append(visible_text(record.exc_info[1]))


@pytest.fixture(autouse=True)
def logs() -> Iterator[RecordedLogs]:
    """Record the output of every logger at every level, and check it after each test."""
    records, root = RecordedLogs(), logging.getLogger()
    level = root.level
    root.addHandler(records)
    root.setLevel(0)
    yield records
    root.removeHandler(records)
    root.setLevel(level)
    assert is_hidden("\n".join(records.text))


def client_of(transport: ScriptedTransport, **arguments: Any) -> CognitoClient:
    return client_with(transport, FakeClock(), **{"credentials": Credentials(**KEYS)} | arguments)


async def error_of(
    client: CognitoClient, request: Any, kind: type[CognitoError] = CognitoError
) -> CognitoError:
    """Return the error of a call, after checking that its text does not contain the canary."""
    with pytest.raises(kind) as caught:
        await client.send(request)
    assert is_hidden(visible_text(caught.value))
    return caught.value


@pytest.mark.made_from("model")
def test_many_operations_have_canaries() -> None:
    in_requests = [name for name in NAMES if list(masked_fields(request_of(name)))]
    in_responses = [name for name in NAMES if CANARY in json.dumps(response_body_of(name))]
    assert len(in_requests) > 40
    assert len(in_responses) > 20
    assert is_hidden("plain")
    assert not is_hidden(f"x{CANARY}")


# Success


@pytest.mark.parametrize("name", NAMES)
async def test_a_successful_call_shows_no_secret(name: str, logs: RecordedLogs) -> None:
    request = request_of(name)
    transport = ScriptedTransport(
        HTTPResponse(200, {"x-amzn-requestid": "r"}, json.dumps(response_body_of(name)).encode())
    )
    client = client_of(transport)
    response = await client.send(request)
    for value in (request, response, response.response_metadata, client, client.config):
        assert is_hidden(repr(value) + str(value) + f"{value}")
    for owner, member in (*masked_fields(request), *masked_fields(response)):
        assert is_hidden(repr(owner))
        # The value is None if the installed botocore has no such member.
        assert f"{member}={mask(getattr(owner, member))}" in repr(owner)
    sent = (transport.sent[0].body + json.dumps(dict(transport.headers)).encode()).decode()
    assert (CANARY in sent) is (bool(list(masked_fields(request))) or "Authorization" in transport.headers)
    assert any("attempt 1: 200" in text for text in logs.text)


# Errors of the service


def error_body(name: str, code: str) -> bytes:
    """Return the body of an error that repeats secrets."""
    return json.dumps({"__type": code, "message": "no"} | response_body_of(name) | {"Sent": CANARY}).encode()


@pytest.mark.parametrize("name", NAMES)
async def test_an_error_of_the_service_shows_no_secret(name: str) -> None:
    headers = {"set-cookie": CANARY, "x-canary": CANARY}
    transport = ScriptedTransport(
        HTTPResponse(500, headers, error_body(name, "InternalErrorException")),
        HTTPResponse(400, headers, error_body(name, "NotAuthorizedException")),
        HTTPResponse(502, headers | {"content-type": "text/html"}, f"<html>{CANARY}".encode()),
        HTTPResponse(403, headers, f'"{CANARY}"'.encode()),
        HTTPResponse(400, headers, f'{{"__type": ["{CANARY}"], "message": ["{CANARY}"]}}'.encode()),
    )
    client = client_of(transport, max_attempts=1)
    kinds = []
    while transport.steps:
        error = await error_of(client, request_of(name), errors.ServiceError)
        assert isinstance(error, errors.ServiceError)
        kinds.append((error.code, error.status))
    assert kinds[1:3] == [("NotAuthorizedException", 400), ("502", 502)]


# Responses that cannot be decoded


@pytest.mark.parametrize("name", NAMES)
async def test_a_response_that_cannot_be_decoded_shows_no_secret(name: str) -> None:
    valid = json.dumps(response_body_of(name) | {"More": CANARY}).encode()
    bodies = [
        f"<html>{CANARY}</html>".encode(),
        f'["{CANARY}"]'.encode(),
        f'"{CANARY}"'.encode(),
        valid[:-1],
        b"\xff" + valid,
        valid + valid,
        b"\x00" + valid,
    ]
    for body in bodies:
        transport = ScriptedTransport(HTTPResponse(200, {"x-canary": CANARY}, body))
        await error_of(client_of(transport), request_of(name), errors.InvalidResponseError)


@pytest.mark.parametrize("name", [name for name in NAMES if CANARY in json.dumps(response_body_of(name))])
async def test_malformed_unicode_shows_no_secret(name: str) -> None:
    valid = json.dumps(response_body_of(name)).encode()
    for malformed in (b"\xff", b"\\ud800", b"\\x", b"\n"):
        body = valid.replace(CANARY.encode(), CANARY.encode() + malformed)
        transport = ScriptedTransport(HTTPResponse(200, {}, body))
        try:
            response = await client_of(transport).send(request_of(name))
        except CognitoError as error:
            assert is_hidden(visible_text(error))  # noqa: PT017
        else:
            assert is_hidden(repr(response))


def with_bad_secrets(value: Any, bad: Any) -> Iterator[Any]:
    """Yield copies of a response, each with one member that contains a secret replaced by ``bad``."""
    match value:
        case dict():
            for key, part in value.items():
                if CANARY in json.dumps(part):
                    yield value | {key: bad}
                for other in with_bad_secrets(part, bad):
                    yield value | {key: other}
        case list():
            for part in value:
                yield from ([other] for other in with_bad_secrets(part, bad))


@pytest.mark.parametrize("name", [name for name in NAMES if CANARY in json.dumps(response_body_of(name))])
async def test_members_of_the_wrong_type_show_no_secret(name: str) -> None:
    for bad in ([CANARY], {CANARY: CANARY}, CANARY, 5):
        for body in with_bad_secrets(response_body_of(name), bad):
            transport = ScriptedTransport(HTTPResponse(200, {}, json.dumps(body).encode()))
            try:
                response = await client_of(transport).send(request_of(name))
            except CognitoError as error:
                assert is_hidden(visible_text(error))  # noqa: PT017
            else:
                for owner, _ in masked_fields(response):
                    assert is_hidden(repr(owner))


# No response


@pytest.mark.parametrize("name", NAMES)
async def test_a_call_without_a_response_shows_no_secret(name: str) -> None:
    for kind in (errors.ReadTimeoutError, errors.ConnectionLostError, errors.ConnectError):
        transport = ScriptedTransport(*[kind("no response")] * 9)
        await error_of(client_of(transport), request_of(name), kind)


# Invalid requests


class Leaky:
    """An object whose ``repr`` contains a secret."""

    def __repr__(self) -> str:
        return CANARY

    __str__ = __repr__


INVALID_VALUES = [
    [CANARY],
    (CANARY, CANARY),
    {"key": [CANARY]},
    {"key": Leaky()},
    {5: CANARY},
    {"key": [[CANARY]]},
    CANARY.encode(),
    {CANARY},
    Leaky(),
    Leaky,
    CANARY,
    f"{CANARY}\ud800",
    {"key": f"{CANARY}\ud800"},
]


def with_bad_members(value: Any, bad: Any) -> Iterator[Any]:
    """Yield copies of a tree of shapes, each with one masked member replaced by ``bad``."""
    match value:
        case Shape():
            for field in attrs.fields(type(value)):
                part = getattr(value, field.name)
                if field.repr in (mask, mask_unless_shape):
                    yield attrs.evolve(value, **{field.name: bad})
                if field.repr is not mask:
                    for other in with_bad_members(part, bad):
                        yield attrs.evolve(value, **{field.name: other})
        case list():
            for part in value:
                yield from ([other] for other in with_bad_members(part, bad))
        case dict():
            for key, part in value.items():
                yield from ({key: other} for other in with_bad_members(part, bad))


@pytest.mark.parametrize("name", [name for name in NAMES if list(masked_fields(request_of(name)))])
async def test_an_invalid_request_shows_no_secret(name: str) -> None:
    client = client_of(ScriptedTransport())
    errors_raised = 0
    for bad in INVALID_VALUES:
        for request in with_bad_members(request_of(name), bad):
            try:
                await client.send(request)
            except InvalidRequestError as error:
                errors_raised += 1
                assert is_hidden(visible_text(error))  # noqa: PT017
            assert is_hidden(repr(request))
    assert errors_raised


def wire_with_bad_members(value: Any, bad: Any) -> Iterator[Any]:
    """Yield copies of a wire form, each with one canary replaced by ``bad``."""
    match value:
        case dict():
            for key, part in value.items():
                if CANARY in repr(part) and not isinstance(part, dict | list):
                    yield value | {key: bad}
                for other in wire_with_bad_members(part, bad):
                    yield value | {key: other}
        case list():
            for part in value:
                yield from ([other] for other in wire_with_bad_members(part, bad))


@pytest.mark.parametrize("name", [name for name in NAMES if list(masked_fields(request_of(name)))])
def test_an_invalid_wire_form_shows_no_secret(name: str) -> None:
    cls = request_class(name)
    wire = sample(operation_model(name).input_shape, cls, secret=False, blobs=True)
    for bad in INVALID_VALUES:
        for changed in wire_with_bad_members(wire, bad):
            try:
                request = cls.from_wire(changed)
            except InvalidRequestError as error:
                assert is_hidden(visible_text(error))  # noqa: PT017
            else:
                assert is_hidden(repr(request))


# Credentials


async def test_a_failed_fetch_of_credentials_shows_no_key() -> None:
    async def fail() -> Credentials:
        Credentials(**KEYS)
        raise LookupError("sealed")

    request = types.AdminGetUserRequest(user_pool_id="eu-west-1_A", username="ana")
    await error_of(client_of(ScriptedTransport(), credentials=fail), request, errors.CredentialsError)


@pytest.mark.parametrize("name", KEYS)
def test_an_invalid_key_is_not_shown(name: str) -> None:
    for bad in (f"{CANARY}\n", CANARY.encode(), [CANARY], f"{CANARY}ü"):
        with pytest.raises(errors.CredentialsError) as caught:
            Credentials(**KEYS | {name: bad})
        assert is_hidden(visible_text(caught.value))


async def test_invalid_keys_of_the_environment_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS["access_key_id"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS["secret_access_key"] + "\n")
    request = types.AdminGetUserRequest(user_pool_id="eu-west-1_A", username="ana")
    await error_of(client_of(ScriptedTransport(), credentials=None), request, errors.CredentialsError)


# Real sockets: exceptions of aiohttp quote responses and headers


@asynccontextmanager
async def serve(response: bytes) -> AsyncGenerator[int]:
    """Send these bytes to every request and close the connection; yields the port."""

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(response)
            await writer.drain()
        finally:
            writer.close()

    listener = await asyncio.start_server(respond, "127.0.0.1", 0)
    async with listener:
        yield listener.sockets[0].getsockname()[1]


BODY = json.dumps({"AuthenticationResult": {"AccessToken": CANARY}}).encode()
RESPONSES = {
    "malformed chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + BODY + b"\r\n",
    "not HTTP": BODY + b"\r\n\r\n",
    "a body in place of a header": b"HTTP/1.1 200 OK\r\n" + BODY + b"\r\n\r\n",
    "a malformed header": b"HTTP/1.1 200 OK\r\nX-Canary\x00: " + CANARY.encode() + b"\r\n\r\n",
    "a malformed status": b"HTTP/1.1 2" + CANARY.encode() + b" OK\r\n\r\n",
    "a malformed length": b"HTTP/1.1 200 OK\r\nContent-Length: " + CANARY.encode() + b"\r\n\r\n",
    "a truncated body": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + BODY,
    "a redirect": b"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:1/?" + CANARY.encode() + b"\r\n\r\n",
    "an empty response": b"",
}


@pytest.mark.parametrize("kind", RESPONSES)
async def test_an_unusable_http_response_shows_no_secret(kind: str) -> None:
    async with (
        serve(RESPONSES[kind]) as port,
        CognitoClient(
            region="eu-west-1",
            endpoint_url=f"http://127.0.0.1:{port}",
            credentials=Credentials(**KEYS),
            retry_mode="off",
            proxy="",
        ) as client,
    ):
        await error_of(client, request_of("AdminInitiateAuth"))


@pytest.mark.parametrize(
    "response", [b"", b"HTTP/1.1 407 No\r\nX: " + CANARY.encode() + b"\r\n\r\n", b"\x00"]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_failed_proxy_shows_neither_its_password_nor_the_headers_sent_to_it(
    response: bytes, scheme: str
) -> None:
    async with (
        serve(response) as port,
        CognitoClient(
            region="eu-west-1",
            endpoint_url=f"{scheme}://127.0.0.1:9",
            credentials=Credentials(**KEYS),
            retry_mode="off",
            proxy=f"http://user:{CANARY}@127.0.0.1:{port}",
        ) as client,
    ):
        await error_of(client, request_of("AdminInitiateAuth"))
        assert is_hidden(repr(client.config) + str(client.config))


async def test_a_refused_connection_shows_no_secret() -> None:
    async with serve(b"") as port:
        pass
    for proxy, url in (
        ("", f"http://127.0.0.1:{port}"),
        (f"http://u:{CANARY}@127.0.0.1:{port}", "http://127.0.0.1:9"),
    ):
        async with CognitoClient(
            region="eu-west-1",
            endpoint_url=url,
            credentials=Credentials(**KEYS),
            retry_mode="off",
            proxy=proxy,
        ) as client:
            await error_of(client, request_of("AdminInitiateAuth"), errors.ConnectError)
