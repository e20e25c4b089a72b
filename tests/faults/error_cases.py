"""Every way to make the package raise an error, as far as it reads differently from the others."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import chdir
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args, get_origin
from unittest.mock import patch

import aiohttp
import attrs
from attrs import frozen
from faults import table
from faults.fixtures import fixtures_for
from support.strategies import operation_model, operation_names
from support.transports import (
    CREDENTIALS,
    HANG,
    REGION,
    FakeClock,
    ScriptedTransport,
    client_with,
    error_response,
    http_response,
)

from cognito_async import CognitoClient, Credentials, endpoints, errors, filters, types, updates, waiters
from cognito_async._model import AtLeast, Request
from cognito_async._model.fields import core_type, is_shape, shape_fields
from cognito_async.transport import HTTPResponse

POOL = "eu-west-1_AbC123"
WORDS = "What the service says about it."

Provoke = Callable[[], Awaitable[Any]]


@frozen
class Provoked:
    """A group, how an error comes about, and a function that makes it."""

    group: str
    how: str
    provoke: Provoke


PROVOKED: list[Provoked] = []


def provoke(group: str, how: str, function: Callable[..., Any], /, *arguments: Any, **options: Any) -> None:
    async def run() -> Any:
        result = function(*arguments, **options)
        return await result if isinstance(result, Awaitable) else result

    PROVOKED.append(Provoked(group, how, run))


def surroundings(folder: Path, variables: Mapping[str, str] = {}) -> tuple[Any, Any]:
    """Context managers: nothing of this machine's AWS settings, and files of ``folder`` by short names."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AWS_") and not name.lower().endswith("_proxy")
    }
    kept |= {"AWS_CONFIG_FILE": "config", "AWS_SHARED_CREDENTIALS_FILE": "credentials"}
    kept |= {"AWS_EC2_METADATA_DISABLED": "true"}
    return patch.dict(os.environ, kept | dict(variables), clear=True), chdir(folder)


# Errors of the service


def request_of(name: str) -> Request[Any]:
    """A request with as little in it as is accepted."""
    made: Request[Any] = smallest(getattr(types, f"{name}Request"))
    return made


def smallest(shape: type[Any]) -> Any:
    needed = [field for field in shape_fields(shape) if field.default is attrs.NOTHING]
    return shape(**{field.name: _value(field.type) for field in needed})


def _value(annotation: Any) -> Any:
    kind, marks = core_type(annotation)
    if is_shape(kind):
        return smallest(kind)
    if kind in (bool, int):
        return kind(1)
    if get_origin(kind) is Sequence:
        least = any(isinstance(mark, AtLeast) and mark.minimum for mark in marks)
        return [_value(get_args(kind)[0])] if least else []
    return {} if get_origin(kind) is Mapping else "x" * 64


async def sent(request: Request[Any], *steps: HTTPResponse | Exception | object, **arguments: Any) -> Any:
    """Send a request through a scripted transport, in a clock where waiting takes no time."""
    async with client_with(ScriptedTransport(*steps), FakeClock(), **arguments) as client:
        return await client.send(request)


def raising(code: str) -> str:
    """An operation that the model gives this error to."""
    names = [
        name
        for name in operation_names()
        if code in {shape.name for shape in operation_model(name).error_shapes}
    ]
    if not names or "AdminGetUser" in names:  # none in an older botocore, where the page is not compared
        return "AdminGetUser"
    return names[0]


GET_USER = request_of("AdminGetUser")
MODELLED = [
    name
    for name in errors.__all__
    if issubclass(getattr(errors, name), errors.ServiceError) and name != "ServiceError"
]
for name in MODELLED:
    answer = http_response(500 if name.startswith("Internal") else 400, {"__type": name, "message": WORDS})
    provoke(
        "Errors of the API", f"answer to `{raising(name)}`", sent, request_of(raising(name)), *[answer] * 3
    )

OTHERS = "Other errors of the service, and of what stands before it"
for status, code in (
    (400, "BrandNewException"),
    (400, "ThrottlingException"),
    (400, "UnrecognizedClientException"),
    (400, "ExpiredTokenException"),
    (400, "InvalidSignatureException"),
    (400, "IncompleteSignatureException"),
    (400, "MissingAuthenticationTokenException"),
    (400, "OptInRequired"),
    (400, "SerializationException"),
    (400, "ValidationException"),
    (400, "UnknownOperationException"),
    (403, "AccessDenied"),
    (500, "InternalFailure"),
):
    answer = http_response(status, {"__type": code, "message": WORDS})
    provoke(OTHERS, f"HTTP {status} with the code {code}", sent, GET_USER, *[answer] * 3)
for status in (302, 400, 403, 404, 407, 418, 429, 501, 503):
    page = HTTPResponse(status, {"content-type": "text/html"}, b"<html>no</html>")
    provoke(OTHERS, f"HTTP {status} with a page in HTML", sent, GET_USER, *[page] * 3)
provoke(OTHERS, "HTTP 502 without a body", sent, GET_USER, *[HTTPResponse(502, {}, b"")] * 3)
provoke(
    OTHERS,
    "different failures, one after the other",
    sent,
    GET_USER,
    errors.ConnectError("refused"),
    error_response("TooManyRequestsException"),
    http_response(500, {"__type": "InternalErrorException", "message": WORDS}),
)

# No answer, or one that cannot be read

NO_ANSWER = "No answer"


async def met(case: table.Case) -> Any:
    """Call a server that misbehaves, or a proxy."""
    async with fixtures_for(case, Path.cwd()) as fixtures:
        client = CognitoClient(
            region=REGION,
            credentials=CREDENTIALS,
            proxy=fixtures.proxy or "",
            endpoint_url=fixtures.server.url,
            ca_bundle=fixtures.ca_bundle,
            **case.options,
        )
        client._pipeline.effects = FakeClock().effects
        if case.max_response_size is not None:
            config = attrs.evolve(client.config, max_response_size=case.max_response_size)
            client._pipeline.config = config
        async with client:
            if case.warm:
                await client.get_user(access_token="token")
            return await client.respond_to_auth_challenge(client_id="client", challenge_name="SMS_MFA")


for case in table.CASES:
    if case.error and case.group != table.STATUSES and case.error != "ServiceError":
        provoke(NO_ANSWER if case.error != "InvalidResponseError" else "Answers", case.name, met, case)


class Session:
    """A session of aiohttp that fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.closed = error is None

    async def post(self, *_: object, **__: object) -> Any:
        raise self.error or AssertionError


async def through(session: Any, operation: str = "AdminGetUser") -> Any:
    async with CognitoClient(region=REGION, credentials=CREDENTIALS, session=session) as client:
        client._pipeline.effects = FakeClock().effects
        return await client.send(request_of(operation))


KEY: Any = SimpleNamespace(host="cognito-idp.eu-west-1.amazonaws.com", port=443, is_ssl=True, ssl=True)
ABROAD: Any = SimpleNamespace(
    real_url="https://cognito-idp.eu-west-1.amazonaws.com/", headers={}, method="POST"
)
for how, error in {
    "the host name does not exist": aiohttp.ClientConnectorDNSError(
        KEY, socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    ),
    "no way to the host": aiohttp.ClientConnectorError(KEY, OSError(113, "Connect call failed")),
    "the firewall drops what is sent": aiohttp.ConnectionTimeoutError(),
    "the handshake fails": aiohttp.ClientConnectorSSLError(KEY, ssl.SSLError(1, "handshake failure")),
    "the answer is late": aiohttp.SocketTimeoutError(),
    "the answer breaks off": aiohttp.ClientPayloadError("hunter2"),
    "reset": aiohttp.ClientOSError(104, "Connection reset by peer"),
    "reset while it is written": aiohttp.ClientConnectionResetError("closing"),
    "closed": aiohttp.ServerDisconnectedError(),
    "the session has a timeout of its own": TimeoutError(),
    "the answer is not HTTP": aiohttp.ClientResponseError(ABROAD, ()),
    "something else of aiohttp": aiohttp.ClientError("hunter2"),
    "something else of the system": OSError(24, "Too many open files"),
}.items():
    provoke(NO_ANSWER, how, through, Session(error))
provoke(NO_ANSWER, "the session that was given is closed", through, Session())


async def after_close() -> Any:
    client = CognitoClient(region=REGION, credentials=CREDENTIALS)
    await client.close()
    return await client.send(GET_USER)


async def closed_transport(*, late: bool) -> Any:
    """The transport alone; a client that is closed does not get so far."""
    client = CognitoClient(region=REGION, credentials=CREDENTIALS)
    await client._pipeline.prepare()
    assert client._pipeline._prepared is not None
    transport: Any = client._pipeline._prepared.transport
    await client.close()
    if late:
        transport._closed = False
        opened = transport._open

        async def close_meanwhile(loop: Any) -> Any:
            line = await opened(loop)
            transport._closed = True
            return line

        transport._open = close_meanwhile
    try:
        return await transport.post(
            "https://cognito-idp.eu-west-1.amazonaws.com/", {}, b"", seconds=1, resend=True
        )
    finally:
        await transport.close()


async def closed_while_waiting() -> Any:
    asked = asyncio.Event()

    async def provide() -> Credentials:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    client = client_with(ScriptedTransport(), credentials=provide)
    call = asyncio.create_task(client.send(GET_USER))
    await asked.wait()
    await client.close()
    return await call


async def late(what: str) -> Any:
    """Let the time of a call pass before it is sent."""

    async def forever(*_: object) -> Any:
        await asyncio.Event().wait()

    client = client_with(
        ScriptedTransport(HANG), timeout=0.01, **({"credentials": forever} if what == "credentials" else {})
    )
    if what == "preparation":
        client._pipeline.prepare = forever  # type: ignore[method-assign]
    if what == "turn":
        await client._pipeline.prepare()
        client._pipeline.effects = client._pipeline.effects._replace(sleep=forever)
        client._pipeline._limiter = SimpleNamespace(enabled=True, reserve=lambda: 9.0)  # type: ignore[assignment]
    async with client:
        return await client.send(GET_USER)


provoke(NO_ANSWER, "a call after `close()`", after_close)
provoke(NO_ANSWER, "`close()` while a call gets ready", closed_transport, late=False)
provoke(NO_ANSWER, "`close()` while a call opens its session", closed_transport, late=True)
provoke(NO_ANSWER, "`close()` while a call waits for credentials", closed_while_waiting)
provoke(NO_ANSWER, "`timeout` over, the server is silent", late, "answer")
provoke(NO_ANSWER, "`timeout` over, the provider of credentials is silent", late, "credentials")
provoke(NO_ANSWER, "`timeout` over at the first call, files are slow to read", late, "preparation")
provoke(NO_ANSWER, "`timeout` over, many calls wait after throttling", late, "turn")

ANSWERS = "Answers"
for body, how in ((b"null", "null"), (b"5", "a number"), (b"true", "a boolean"), (b'"a"', "a string")):
    provoke(ANSWERS, f"the answer is {how}", sent, GET_USER, HTTPResponse(200, {}, body))


async def listed(*pages: HTTPResponse, **options: Any) -> Any:
    async with client_with(ScriptedTransport(*pages)) as client:
        return await client.get_paginator("list_users").paginate(user_pool_id=POOL, **options).collect()


more = http_response(200, {"Users": [], "PaginationToken": "t1"})
provoke(
    ANSWERS, "a page without a list in it", listed, http_response(200, {"Users": 5, "PaginationToken": "t1"})
)
provoke(ANSWERS, "a list that goes in circles", listed, more, more)

# Credentials

KEYS = "Credentials"


async def with_variables(work: Callable[[], Awaitable[Any]], **variables: str) -> Any:
    with patch.dict(os.environ, variables):
        return await work()


async def call(**arguments: Any) -> Any:
    """Make a client that finds its own settings, and a signed call."""
    given = {"region": REGION} | arguments
    client = CognitoClient(**given)
    client._pipeline._make_transport = lambda config: ScriptedTransport()
    async with client:
        return await client.send(GET_USER)


async def returns(value: Any) -> Any:
    async def provide() -> Any:
        if isinstance(value, Exception):
            raise value
        return value

    return await call(credentials=provide)


def credentials_of(**arguments: Any) -> Credentials:
    return Credentials(**{"access_key_id": "AKIDEXAMPLE", "secret_access_key": "hunter2"} | arguments)


def role_of_a_missing_profile() -> Any:
    role = "role_arn = arn:aws:iam::123456789012:role/app\nsource_profile = base"
    return with_files(lambda: call(profile="work"), f"[profile work]\n{role}\n")


provoke(KEYS, "nothing is set", call)
provoke(KEYS, "half is set", with_variables, call, AWS_ACCESS_KEY_ID="AKIDEXAMPLE")
provoke(KEYS, "the other half is set", with_variables, call, AWS_SECRET_ACCESS_KEY="hunter2")
provoke(
    KEYS,
    "`AWS_CREDENTIAL_EXPIRATION` is no time",
    with_variables,
    call,
    AWS_ACCESS_KEY_ID="AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY="hunter2",
    AWS_CREDENTIAL_EXPIRATION="tomorrow",
)
provoke(KEYS, "a profile that names another one which is missing", role_of_a_missing_profile)
provoke(KEYS, "`credentials` is a text", CognitoClient, credentials="hunter2")
provoke(KEYS, "`Credentials(secret_access_key=None)`", credentials_of, secret_access_key=None)
provoke(KEYS, "`Credentials` with a line break", credentials_of, secret_access_key="hunter2\n")
provoke(KEYS, "`expires_at` without time zone", credentials_of, expires_at=datetime(2030, 1, 1))  # noqa: DTZ001
provoke(KEYS, "`expires_at` is a text", credentials_of, expires_at="2030-01-01")
provoke(KEYS, "a provider that fails", returns, LookupError("hunter2"))
provoke(KEYS, "a provider that returns something else", returns, {"AccessKeyId": "hunter2"})
provoke(
    KEYS,
    "a provider that returns old ones",
    returns,
    credentials_of(expires_at=datetime.now(UTC) - timedelta(hours=1)),
)


async def chain_is_empty() -> Any:
    from cognito_async.credentials._environment import credentials_from_environment

    return credentials_from_environment({})


provoke(KEYS, "the variables were taken away meanwhile", chain_is_empty)

# Settings

SETTINGS = "Settings"
for given in (
    {"region": "eu west 1"},
    {"profile": ""},
    {"endpoint_url": "localhost:5000"},
    {"endpoint_url": "https://ana:hunter2@example.com"},
    {"use_fips": 1},
    {"retry_mode": "fast"},
    {"max_attempts": 0},
    {"timeout": -1},
    {"proxy": "proxy:3128"},
    {"app_id": "shop\n"},
    {"client_cert": ("cert.pem", "")},
):
    [(name, _)] = given.items()
    provoke(SETTINGS, f"`CognitoClient({name}=...)`", call, **given)


async def with_files(work: Provoke, config: str) -> Any:
    Path("config").write_text(config, encoding="utf-8")
    try:
        return await work()
    finally:
        Path("config").unlink()


async def made_and_called(**arguments: Any) -> Any:
    return await call(**{"region": None, "credentials": CREDENTIALS} | arguments)


async def with_options(**options: Any) -> Any:
    CognitoClient(region=REGION).with_options(**options)


async def tls(**arguments: Any) -> Any:
    async with CognitoClient(region=REGION, credentials=CREDENTIALS, **arguments) as client:
        return await client.send(GET_USER)


def profile(text: str, **arguments: Any) -> Any:
    return with_files(lambda: made_and_called(**arguments), text)


provoke(SETTINGS, "a variable", with_variables, call, AWS_MAX_ATTEMPTS="many")
provoke(SETTINGS, "a key of a profile", profile, "[default]\nregion = eu-west-1\nretry_mode = fast\n")
provoke(
    SETTINGS, "`HTTPS_PROXY` with a password", with_variables, call, HTTPS_PROXY="socks5://ana:hunter2@proxy"
)
provoke(SETTINGS, "no region", made_and_called)
provoke(
    SETTINGS,
    "an endpoint but no region, and a signed call",
    made_and_called,
    endpoint_url="http://127.0.0.1:5000",
)
provoke(SETTINGS, "no profile of this name", profile, "[profile dev]\nregion = eu-west-1\n", profile="prod")
provoke(SETTINGS, "no profile at all", made_and_called, profile="prod")
provoke(SETTINGS, "no section for `services`", profile, "[default]\nservices = local\n")
provoke(SETTINGS, "`services` with lines below it", profile, "[default]\nservices =\n  s3 = a\n")
provoke(SETTINGS, "a file that cannot be parsed", profile, "[default\n")
provoke(SETTINGS, "FIPS and an endpoint", call, use_fips=True, endpoint_url="https://idp.example")
provoke(SETTINGS, "dual-stack and an endpoint", call, use_dualstack=True, endpoint_url="https://idp.example")


async def where_there_is_neither(**arguments: Any) -> Any:
    """Call in a partition that has neither; today's all have both."""
    partition = endpoints.PARTITIONS[0]._replace(supports_fips=False, supports_dual_stack=False)
    with patch.object(endpoints, "partition_of", lambda _: partition):
        return await call(**arguments)


provoke(SETTINGS, "no FIPS in this region", where_there_is_neither, use_fips=True)
provoke(SETTINGS, "no dual-stack in this region", where_there_is_neither, use_dualstack=True)
provoke(SETTINGS, "neither in this region", where_there_is_neither, use_fips=True, use_dualstack=True)
provoke(SETTINGS, "unencrypted", call, endpoint_url="http://idp.example:5000")
provoke(SETTINGS, "no such `ca_bundle`", with_variables, tls, AWS_CA_BUNDLE="ca.pem")
provoke(SETTINGS, "no such `client_cert`", tls, client_cert="cert.pem")
provoke(SETTINGS, "`with_options(timeout=0)`", with_options, timeout=0)
provoke(SETTINGS, "`with_options(retries=-1)`", with_options, retries=-1)

# Requests

REQUESTS = "Requests"


def create(**members: Any) -> Any:
    given = {"user_pool_id": POOL, "username": "ana"} | members
    return sent(types.AdminCreateUserRequest(**given))


def deep() -> Any:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    return value


def branding(settings: Any) -> Any:
    return sent(types.UpdateManagedLoginBrandingRequest(settings=settings))


class Mine(Request[types.EmptyResponse]):
    pass


async def from_wire(shape: type[Any], wire: Any) -> Any:
    return shape.from_wire(wire)


async def secrets(**options: Any) -> Any:
    return (
        client_with(ScriptedTransport())
        .get_paginator("list_user_pool_client_secrets")
        .paginate(user_pool_id=POOL, client_id="client", **options)
    )


async def paginator(name: str) -> Any:
    return client_with(ScriptedTransport()).get_paginator(name)  # type: ignore[call-overload]


provoke(REQUESTS, "a required member is None", create, username=None)
provoke(REQUESTS, "a required member is empty", create, username="")
provoke(REQUESTS, "a number for a text", create, username=5)
provoke(REQUESTS, "a secret of the wrong type", create, temporary_password=["hunter2"])
provoke(
    REQUESTS, "several at once", create, username=None, force_alias_creation="yes", user_attributes="email"
)
provoke(REQUESTS, "a text for a list", create, desired_delivery_mediums="EMAIL")
provoke(REQUESTS, "a list for a map", create, client_metadata=["a"])
provoke(REQUESTS, "a wrong value in a map", create, client_metadata={"app": 5, "not a name": None})
provoke(REQUESTS, "half of a surrogate pair", create, username="\ud800")
provoke(REQUESTS, "a name in snake case in a dict", create, user_attributes=[{"name": "email"}])
provoke(REQUESTS, "a name that is not near any", create, user_attributes=[{"Name": "email", "Quux": "x"}])
provoke(REQUESTS, "a text for a structure", create, user_attributes=["email"])
provoke(
    REQUESTS,
    "an empty list where one item is due",
    sent,
    types.AddCustomAttributesRequest(user_pool_id=POOL, custom_attributes=[]),
)
provoke(
    REQUESTS,
    "a text for bytes",
    sent,
    types.SetUICustomizationRequest(user_pool_id=POOL, image_file="logo.png"),  # type: ignore[arg-type]
)
provoke(REQUESTS, "a boolean for a number", sent, types.ListUsersRequest(user_pool_id=POOL, limit=True))
provoke(REQUESTS, "a number below its minimum", sent, types.ListGroupsRequest(user_pool_id=POOL, limit=-1))
provoke(REQUESTS, "a number of 5,000 digits", sent, types.ListUsersRequest(user_pool_id=POOL, limit=10**5000))
provoke(REQUESTS, "a document with what JSON does not have", branding, {"a": {1, 2}})
provoke(REQUESTS, "a document with infinity", branding, {"a": float("inf")})
provoke(REQUESTS, "a document with a negative number", branding, {"a": -1})
provoke(REQUESTS, "a document that is too deep", branding, deep())
provoke(REQUESTS, "`send` of something else", sent, {"Username": "ana"})  # type: ignore[arg-type]
provoke(REQUESTS, "`send` of a class of one's own", sent, Mine())
provoke(
    REQUESTS, "`from_wire` with a time that is none", from_wire, types.UserType, {"UserCreateDate": "noon"}
)
provoke(REQUESTS, "`from_wire` of a base class", from_wire, Request, {})
provoke(
    REQUESTS,
    "`from_wire` with metadata that are none",
    from_wire,
    types.AdminGetUserResponse,
    {"Username": "ana", "ResponseMetadata": "request-1"},
)
provoke(REQUESTS, "a misspelt paginator", paginator, "list_user")
provoke(REQUESTS, "a paginator of an operation without pages", paginator, "admin_get_user")
provoke(REQUESTS, "`page_size=0`", listed, page_size=0)
provoke(REQUESTS, "`page_size` where there is none", secrets, page_size=10)
provoke(REQUESTS, "`prefetch=2`, `max_items=0`", listed, prefetch=2, max_items=0)
provoke(REQUESTS, "a `starting_token` that is none", listed, starting_token="t1")
provoke(REQUESTS, "a `starting_token` of another list", listed, starting_token="eyJOZXh0VG9rZW4iOiAidDEifQ==")
provoke(
    REQUESTS,
    "a `starting_token` with a count that is none",
    listed,
    starting_token="eyJQYWdpbmF0aW9uVG9rZW4iOiA1fQ==",
)
provoke(REQUESTS, "a number with a fraction as an attribute", create, user_attributes={"custom:age": 1.5})
provoke(
    SETTINGS, "`session` and `transport`", CognitoClient, session=Session(), transport=ScriptedTransport()
)

# Helpers

HELPERS = "Waiting, updates and filters"


async def waiting(wait: Callable[..., Awaitable[Any]], *answers: Any, **arguments: Any) -> Any:
    async with client_with(ScriptedTransport(*answers), FakeClock()) as client:
        return await wait(client, **arguments)


JOB: dict[str, Any] = {"user_pool_id": POOL, "job_id": "import-1"}


def job(*statuses: str, message: str = "", **arguments: Any) -> Any:
    retry_reason = {"JobId": "import-1", "CompletionMessage": message}
    answers = [
        http_response(200, {"UserImportJob": retry_reason | {"Status": status}}) for status in statuses
    ]
    return waiting(waiters.wait_for_import_job, *answers, **JOB, **arguments)


def domain(**description: str) -> Any:
    answer = http_response(200, {"DomainDescription": description})
    return waiting(waiters.wait_for_domain, answer, domain="auth")


async def hanging_job() -> Any:
    """With the clock of the machine, as the call has to end."""
    async with client_with(ScriptedTransport(HANG)) as client:
        return await waiters.wait_for_import_job(client, **JOB, timeout=0.01)


def merged(request: Any, pool_id: str = POOL, **settings: Any) -> Any:
    answer = http_response(200, {"UserPool": {"Id": pool_id} | settings})
    return waiting(updates.merge_user_pool, answer, request=request)


provoke(HELPERS, "an import job that failed", job, "Pending", "Failed", message=WORDS)
provoke(HELPERS, "an import job that somebody stopped", job, "Stopped")
provoke(HELPERS, "an import job that takes long", job, *["Pending"] * 9, timeout=5)
provoke(HELPERS, "the service is silent meanwhile", hanging_job)
provoke(HELPERS, "a domain that there is not", domain)
provoke(HELPERS, "a domain that failed", domain, Domain="auth", Status="FAILED")
provoke(HELPERS, "no job in the answer", waiting, waiters.wait_for_import_job, http_response(200), **JOB)
provoke(HELPERS, "`timeout` is none", job, "Pending", timeout=-1)
provoke(HELPERS, "an update that is none", merged, types.DescribeUserPoolRequest(user_pool_id=POOL))
UPDATE = types.UpdateUserPoolRequest(user_pool_id=POOL)
provoke(HELPERS, "the description of another pool", merged, UPDATE, "eu-west-1_Other")
provoke(HELPERS, "settings that are newer than the release", merged, UPDATE, NewProtection="ON")
provoke(HELPERS, "a filter for a custom attribute", filters.equals, "custom:team", 5)
provoke(HELPERS, "a filter that is too long", filters.starts_with, "email", "a" * 300)
