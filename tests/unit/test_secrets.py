"""Secrets appear nowhere: a canary in every one of them, and a look at everything that is shown."""

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
from support.strategies import operation_model, operation_names
from support.transports import FakeClock, ScriptedTransport, client_with

from cognito_async import CognitoClient, Credentials, errors, types
from cognito_async._model import Request, Shape, mask, mask_unless_shape
from cognito_async.errors import CognitoError, InvalidRequestError
from cognito_async.transport import HTTPResponse

CANARY = "kanarienvogel"
KEYS = {
    "access_key_id": f"AKID{CANARY}",
    "secret_access_key": f"secret/{CANARY}",
    "session_token": f"token/{CANARY}",
}
# Those of the installed botocore, which may know others or fewer.
NAMES = [name for name in operation_names() if hasattr(types, f"{name}Request")]


# Requests and answers with canaries where our classes mask


def python_name(member: str) -> str:
    name = xform_name(member)
    return f"{name}_" if name in ("bytes", "from") else name


def is_document(shape: Model) -> bool:
    return bool(shape.name == "Document" or shape.metadata.get("document"))


def class_of(shape: Model, fallback: type[Any] | None = None) -> type[Any]:
    return getattr(types, shape.name, None) or fallback  # type: ignore[return-value]


def sample(shape: Model, cls: type[Any] | None, *, secret: bool, blobs: bool) -> Any:
    """A value of every member; those that a class of ours masks hold the canary wherever text fits.

    Names in a map hold none: they are no secrets, and an error tells by them where a mistake is.
    """
    match shape.type_name:
        case "structure" if is_document(shape):
            return {"key": [CANARY, {"key": CANARY}]} if secret else {"key": "value"}
        case "structure":
            ours = class_of(shape, cls)
            masks = {field.name: field.repr is mask for field in attrs.fields(ours)}
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
    found: type[Any] = getattr(types, f"{name}Request")
    return found


def request_of(name: str) -> Request[Any]:
    cls = request_class(name)
    made: Request[Any] = cls.from_wire(
        sample(operation_model(name).input_shape, cls, secret=False, blobs=True)
    )
    return made


def answer_of(name: str) -> dict[str, Any]:
    shape = operation_model(name).output_shape
    response = request_class(name).operation.response
    return sample(shape, response, secret=False, blobs=False) if shape else {}


def masked_fields(value: Any) -> Iterator[tuple[Shape, str]]:
    """Every member of a tree of shapes that is masked."""
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


# Looking everywhere


def shown(error: BaseException) -> str:
    """All that people and log files get to see of an exception."""
    parts = ["".join(traceback.format_exception(error))]
    link: BaseException | None = error
    while link is not None:
        parts += [str(link), repr(link), repr(link.args)]
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    if isinstance(error, InvalidRequestError):
        parts += error.problems
    return "\n".join(parts)


def is_hidden(text: str) -> bool:
    encoded = base64.b64encode(CANARY.encode()).decode().rstrip("=")[:12]
    return CANARY not in text and CANARY[::-1] not in text and encoded not in text


class Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__(0)
        self.text: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.text += [record.name, record.getMessage(), repr(vars(record))]
        if record.exc_info and record.exc_info[1]:
            self.text.append(shown(record.exc_info[1]))


@pytest.fixture(autouse=True)
def logs() -> Iterator[Records]:
    """Every record of every logger, at DEBUG; checked after each test."""
    records, root = Records(), logging.getLogger()
    level = root.level
    root.addHandler(records)
    root.setLevel(0)
    yield records
    root.removeHandler(records)
    root.setLevel(level)
    assert is_hidden("\n".join(records.text))


def client_of(transport: ScriptedTransport, **arguments: Any) -> CognitoClient:
    return client_with(transport, FakeClock(), **{"credentials": Credentials(**KEYS)} | arguments)


async def failing(
    client: CognitoClient, request: Any, kind: type[CognitoError] = CognitoError
) -> CognitoError:
    """The error of a call; nothing that is shown of it may have the canary."""
    with pytest.raises(kind) as caught:
        await client.send(request)
    assert is_hidden(shown(caught.value))
    return caught.value


@pytest.mark.made_from("model")
def test_there_are_canaries_in_most_operations() -> None:
    inside = [name for name in NAMES if list(masked_fields(request_of(name)))]
    outside = [name for name in NAMES if CANARY in json.dumps(answer_of(name))]
    assert len(inside) > 40
    assert len(outside) > 20
    assert is_hidden("plain")
    assert not is_hidden(f"x{CANARY}")


# Success


@pytest.mark.parametrize("name", NAMES)
async def test_a_successful_call_shows_no_secret(name: str, logs: Records) -> None:
    request = request_of(name)
    transport = ScriptedTransport(HTTPResponse(200, {"x-amzn-requestid": "r"}, json.dumps(answer_of(name)).encode()))
    client = client_of(transport)
    answer = await client.send(request)
    for value in (request, answer, answer.response_metadata, client, client.config):
        assert is_hidden(repr(value) + str(value) + f"{value}")
    for owner, member in (*masked_fields(request), *masked_fields(answer)):
        assert is_hidden(repr(owner))
        # None is what an older botocore's model has no member for.
        assert f"{member}={mask(getattr(owner, member))}" in repr(owner)
    sent = (transport.sent[0][2] + json.dumps(dict(transport.headers)).encode()).decode()
    assert (CANARY in sent) is (bool(list(masked_fields(request))) or "Authorization" in transport.headers)
    assert any("attempt 1: 200" in text for text in logs.text)


# Errors of the service


def error_body(name: str, code: str) -> bytes:
    """An error that sends back all that it was given."""
    return json.dumps({"__type": code, "message": "no"} | answer_of(name) | {"Sent": CANARY}).encode()


@pytest.mark.parametrize("name", NAMES)
async def test_an_error_of_the_service_shows_no_secret(name: str) -> None:
    noise = {"set-cookie": CANARY, "x-canary": CANARY}
    transport = ScriptedTransport(
        HTTPResponse(500, noise, error_body(name, "InternalErrorException")),
        HTTPResponse(400, noise, error_body(name, "NotAuthorizedException")),
        HTTPResponse(502, noise | {"content-type": "text/html"}, f"<html>{CANARY}".encode()),
        HTTPResponse(403, noise, f'"{CANARY}"'.encode()),
        HTTPResponse(400, noise, f'{{"__type": ["{CANARY}"], "message": ["{CANARY}"]}}'.encode()),
    )
    client = client_of(transport, max_attempts=1)
    kinds = []
    while transport.steps:
        error = await failing(client, request_of(name), errors.ServiceError)
        assert isinstance(error, errors.ServiceError)
        kinds.append((error.code, error.status))
    assert kinds[1:3] == [("NotAuthorizedException", 400), ("502", 502)]


# Answers that cannot be read


@pytest.mark.parametrize("name", NAMES)
async def test_an_answer_that_cannot_be_read_shows_no_secret(name: str) -> None:
    good = json.dumps(answer_of(name) | {"More": CANARY}).encode()
    bodies = [
        f"<html>{CANARY}</html>".encode(),
        f'["{CANARY}"]'.encode(),
        f'"{CANARY}"'.encode(),
        good[:-1],
        b"\xff" + good,
        good + good,
        b"\x00" + good,
    ]
    for body in bodies:
        transport = ScriptedTransport(HTTPResponse(200, {"x-canary": CANARY}, body))
        await failing(client_of(transport), request_of(name), errors.InvalidResponseError)


@pytest.mark.parametrize("name", [name for name in NAMES if CANARY in json.dumps(answer_of(name))])
async def test_text_that_is_no_unicode_shows_no_secret(name: str) -> None:
    good = json.dumps(answer_of(name)).encode()
    for odd in (b"\xff", b"\\ud800", b"\\x", b"\n"):
        body = good.replace(CANARY.encode(), CANARY.encode() + odd)
        transport = ScriptedTransport(HTTPResponse(200, {}, body))
        try:
            answer = await client_of(transport).send(request_of(name))
        except CognitoError as error:
            assert is_hidden(shown(error))  # noqa: PT017
        else:
            assert is_hidden(repr(answer))


def broken(value: Any, bad: Any) -> Iterator[Any]:
    """The answer with each of its members replaced that hold a secret."""
    match value:
        case dict():
            for key, part in value.items():
                if CANARY in json.dumps(part):
                    yield value | {key: bad}
                for other in broken(part, bad):
                    yield value | {key: other}
        case list():
            for part in value:
                yield from ([other] for other in broken(part, bad))


@pytest.mark.parametrize("name", [name for name in NAMES if CANARY in json.dumps(answer_of(name))])
async def test_members_of_the_wrong_type_show_no_secret(name: str) -> None:
    for bad in ([CANARY], {CANARY: CANARY}, CANARY, 5):
        for body in broken(answer_of(name), bad):
            transport = ScriptedTransport(HTTPResponse(200, {}, json.dumps(body).encode()))
            try:
                answer = await client_of(transport).send(request_of(name))
            except CognitoError as error:
                assert is_hidden(shown(error))  # noqa: PT017
            else:
                for owner, _ in masked_fields(answer):
                    assert is_hidden(repr(owner))


# No answer


@pytest.mark.parametrize("name", NAMES)
async def test_a_call_without_an_answer_shows_no_secret(name: str) -> None:
    for kind in (errors.ReadTimeoutError, errors.ConnectionLostError, errors.ConnectError):
        transport = ScriptedTransport(*[kind("no answer")] * 9)
        await failing(client_of(transport), request_of(name), kind)


# Requests that are refused


class Chatty:
    """Something that tells its secret when it is shown."""

    def __repr__(self) -> str:
        return CANARY

    __str__ = __repr__


BAD = [
    [CANARY],
    (CANARY, CANARY),
    {"key": [CANARY]},
    {"key": Chatty()},
    {5: CANARY},
    {"key": [[CANARY]]},
    CANARY.encode(),
    {CANARY},
    Chatty(),
    Chatty,
    CANARY,
    f"{CANARY}\ud800",
    {"key": f"{CANARY}\ud800"},
]


def with_bad_members(value: Any, bad: Any) -> Iterator[Any]:
    """The tree with each of its members that are masked replaced by ``bad``, one at a time."""
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
async def test_a_request_that_is_refused_shows_no_secret(name: str) -> None:
    client = client_of(ScriptedTransport())
    refused = 0
    for bad in BAD:
        for request in with_bad_members(request_of(name), bad):
            try:
                await client.send(request)
            except InvalidRequestError as error:
                refused += 1
                assert is_hidden(shown(error))  # noqa: PT017
            assert is_hidden(repr(request))
    assert refused


def wire_with_bad(value: Any, bad: Any) -> Iterator[Any]:
    """The wire form with each canary replaced."""
    match value:
        case dict():
            for key, part in value.items():
                if CANARY in repr(part) and not isinstance(part, dict | list):
                    yield value | {key: bad}
                for other in wire_with_bad(part, bad):
                    yield value | {key: other}
        case list():
            for part in value:
                yield from ([other] for other in wire_with_bad(part, bad))


@pytest.mark.parametrize("name", [name for name in NAMES if list(masked_fields(request_of(name)))])
def test_a_wire_form_that_is_refused_shows_no_secret(name: str) -> None:
    cls = request_class(name)
    wire = sample(operation_model(name).input_shape, cls, secret=False, blobs=True)
    for bad in BAD:
        for changed in wire_with_bad(wire, bad):
            try:
                made = cls.from_wire(changed)
            except InvalidRequestError as error:
                assert is_hidden(shown(error))  # noqa: PT017
            else:
                assert is_hidden(repr(made))


# Credentials


async def test_an_error_while_signing_shows_no_key() -> None:
    async def fail() -> Credentials:
        Credentials(**KEYS)
        raise LookupError("sealed")

    request = types.AdminGetUserRequest(user_pool_id="eu-west-1_A", username="ana")
    await failing(client_of(ScriptedTransport(), credentials=fail), request, errors.CredentialsError)


@pytest.mark.parametrize("name", KEYS)
def test_a_key_that_is_refused_is_not_shown(name: str) -> None:
    for bad in (f"{CANARY}\n", CANARY.encode(), [CANARY], f"{CANARY}ü"):
        with pytest.raises(errors.CredentialsError) as caught:
            Credentials(**KEYS | {name: bad})
        assert is_hidden(shown(caught.value))


async def test_keys_of_the_environment_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS["access_key_id"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS["secret_access_key"] + "\n")
    request = types.AdminGetUserRequest(user_pool_id="eu-west-1_A", username="ana")
    await failing(client_of(ScriptedTransport(), credentials=None), request, errors.CredentialsError)


# Real sockets: what aiohttp quotes in its own exceptions


@asynccontextmanager
async def server(answer: bytes) -> AsyncGenerator[int]:
    """Answer every request with these bytes and close; yields the port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
        finally:
            writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listener:
        yield listener.sockets[0].getsockname()[1]


BODY = json.dumps({"AuthenticationResult": {"AccessToken": CANARY}}).encode()
ANSWERS = {
    "chunked that is not": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + BODY + b"\r\n",
    "no HTTP": BODY + b"\r\n\r\n",
    "a body for a header": b"HTTP/1.1 200 OK\r\n" + BODY + b"\r\n\r\n",
    "a bad header": b"HTTP/1.1 200 OK\r\nX-Canary\x00: " + CANARY.encode() + b"\r\n\r\n",
    "a bad status": b"HTTP/1.1 2" + CANARY.encode() + b" OK\r\n\r\n",
    "a bad length": b"HTTP/1.1 200 OK\r\nContent-Length: " + CANARY.encode() + b"\r\n\r\n",
    "short": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + BODY,
    "a redirect": b"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:1/?" + CANARY.encode() + b"\r\n\r\n",
    "nothing": b"",
}


@pytest.mark.parametrize("kind", ANSWERS)
async def test_what_aiohttp_quotes_of_an_answer_is_not_passed_on(kind: str) -> None:
    async with (
        server(ANSWERS[kind]) as port,
        CognitoClient(
            region="eu-west-1",
            endpoint_url=f"http://127.0.0.1:{port}",
            credentials=Credentials(**KEYS),
            retry_mode="off",
            proxy="",
        ) as client,
    ):
        await failing(client, request_of("AdminInitiateAuth"))


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 407 No\r\nX: " + CANARY.encode() + b"\r\n\r\n", b"\x00"])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_s_password_and_the_headers_sent_to_it_are_not_passed_on(
    answer: bytes, scheme: str
) -> None:
    async with (
        server(answer) as port,
        CognitoClient(
            region="eu-west-1",
            endpoint_url=f"{scheme}://127.0.0.1:9",
            credentials=Credentials(**KEYS),
            retry_mode="off",
            proxy=f"http://user:{CANARY}@127.0.0.1:{port}",
        ) as client,
    ):
        await failing(client, request_of("AdminInitiateAuth"))
        assert is_hidden(repr(client.config) + str(client.config))


async def test_a_refused_connection_shows_no_secret() -> None:
    async with server(b"") as port:
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
            await failing(client, request_of("AdminInitiateAuth"), errors.ConnectError)
