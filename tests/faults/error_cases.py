"""Cases that raise every error message of the package."""

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

from cognito_async import (
    CognitoClient,
    Credentials,
    HTTPRequest,
    _endpoints,
    errors,
    filters,
    types,
    updates,
    waiters,
)
from cognito_async._model import MinLength, Request
from cognito_async._model.fields import core_type, is_shape, shape_fields
from cognito_async.transport import HTTPResponse

POOL = "eu-west-1_AbC123"
MESSAGE = "Message of the service."

Action = Callable[[], Awaitable[Any]]


@frozen
class ErrorCase:
    """A cause of an error, and a coroutine function that raises it."""

    group: str
    cause: str
    run: Action


ERROR_CASES: list[ErrorCase] = []


def add_case(
    group: str, cause: str, function: Callable[..., Any], /, *arguments: Any, **options: Any
) -> None:
    async def run() -> Any:
        result = function(*arguments, **options)
        return await result if isinstance(result, Awaitable) else result

    ERROR_CASES.append(ErrorCase(group, cause, run))


def isolated(folder: Path, variables: Mapping[str, str] = {}) -> tuple[Any, Any]:
    """Return context managers: without the AWS settings of this machine, and with ``folder`` as current one."""
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
    """Return a request with the required members only."""
    request: Request[Any] = smallest(getattr(types, f"{name}Request"))
    return request


def smallest(shape: type[Any]) -> Any:
    required = [field for field in shape_fields(shape) if field.default is attrs.NOTHING]
    return shape(**{field.name: _value(field.type) for field in required})


def _value(annotation: Any) -> Any:
    kind, traits = core_type(annotation)
    if is_shape(kind):
        return smallest(kind)
    if kind in (bool, int):
        return kind(1)
    if get_origin(kind) is Sequence:
        minimum = any(isinstance(trait, MinLength) for trait in traits)
        return [_value(get_args(kind)[0])] if minimum else []
    return {} if get_origin(kind) is Mapping else "x" * 64


async def sent(request: Request[Any], *steps: HTTPResponse | Exception | object, **arguments: Any) -> Any:
    """Send a request through a scripted transport; delays take no time."""
    async with client_with(ScriptedTransport(*steps), FakeClock(), **arguments) as client:
        return await client.send(request)


def raising(code: str) -> str:
    """Return an operation that can raise this error."""
    names = [
        name
        for name in operation_names()
        if code in {shape.name for shape in operation_model(name).error_shapes}
    ]
    if (
        not names or "AdminGetUser" in names
    ):  # none in an older botocore, with which the snapshot is not compared
        return "AdminGetUser"
    return names[0]


GET_USER = request_of("AdminGetUser")
MODELED = [
    name
    for name in errors.__all__
    if issubclass(getattr(errors, name), errors.ServiceError) and name != "ServiceError"
]
for name in MODELED:
    response = http_response(
        500 if name.startswith("Internal") else 400, {"__type": name, "message": MESSAGE}
    )
    add_case(
        "Errors of the API", f"response of {raising(name)}", sent, request_of(raising(name)), *[response] * 3
    )

OTHERS = "Other errors of the service or of a proxy"
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
    response = http_response(status, {"__type": code, "message": MESSAGE})
    add_case(OTHERS, f"HTTP {status} with code {code}", sent, GET_USER, *[response] * 3)
for status in (302, 400, 403, 404, 407, 418, 429, 501, 503):
    page = HTTPResponse(status, {"content-type": "text/html"}, b"<html>no</html>")
    add_case(OTHERS, f"HTTP {status} with an HTML page", sent, GET_USER, *[page] * 3)
add_case(OTHERS, "HTTP 502 without a body", sent, GET_USER, *[HTTPResponse(502, {}, b"")] * 3)
add_case(
    OTHERS,
    "three different failures",
    sent,
    GET_USER,
    errors.ConnectError("refused"),
    error_response("TooManyRequestsException"),
    http_response(500, {"__type": "InternalErrorException", "message": MESSAGE}),
)

# No response, or an invalid one

NO_RESPONSE = "No response"
INVALID_RESPONSES = "Invalid responses"


async def met(case: table.Case) -> Any:
    """Call a server or proxy with a fault."""
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
        add_case(
            NO_RESPONSE if case.error != "InvalidResponseError" else INVALID_RESPONSES, case.name, met, case
        )


class Session:
    """An aiohttp session that fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.closed = error is None

    async def request(self, *_: object, **__: object) -> Any:
        raise self.error or AssertionError


async def through(session: Any, operation: str = "AdminGetUser") -> Any:
    async with CognitoClient(region=REGION, credentials=CREDENTIALS, session=session) as client:
        client._pipeline.effects = FakeClock().effects
        return await client.send(request_of(operation))


KEY: Any = SimpleNamespace(host="cognito-idp.eu-west-1.amazonaws.com", port=443, is_ssl=True, ssl=True)
REQUEST_INFO: Any = SimpleNamespace(
    real_url="https://cognito-idp.eu-west-1.amazonaws.com/", headers={}, method="POST"
)
for cause, error in {
    "the host name does not exist": aiohttp.ClientConnectorDNSError(
        KEY, socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    ),
    "the host is unreachable": aiohttp.ClientConnectorError(KEY, OSError(113, "Connect call failed")),
    "a firewall drops packets": aiohttp.ConnectionTimeoutError(),
    "the handshake fails": aiohttp.ClientConnectorSSLError(KEY, ssl.SSLError(1, "handshake failure")),
    "the response is late": aiohttp.SocketTimeoutError(),
    "the response is incomplete": aiohttp.ClientPayloadError("hunter2"),
    "reset": aiohttp.ClientOSError(104, "Connection reset by peer"),
    "reset while the request is sent": aiohttp.ClientConnectionResetError("closing"),
    "closed": aiohttp.ServerDisconnectedError(),
    "the session has its own timeout": TimeoutError(),
    "the response is not HTTP": aiohttp.ClientResponseError(REQUEST_INFO, ()),
    "another error of aiohttp": aiohttp.ClientError("hunter2"),
    "another error of the operating system": OSError(24, "Too many open files"),
}.items():
    add_case(NO_RESPONSE, cause, through, Session(error))
add_case(NO_RESPONSE, "the caller's session is closed", through, Session())


async def after_close() -> Any:
    client = CognitoClient(region=REGION, credentials=CREDENTIALS)
    await client.close()
    return await client.send(GET_USER)


async def closed_transport(*, late: bool) -> Any:
    """Use the transport alone; a closed client does not call it."""
    client = CognitoClient(region=REGION, credentials=CREDENTIALS)
    await client._pipeline.prepare()
    assert client._pipeline._state is not None
    transport: Any = client._pipeline._state.transport
    await client.close()
    if late:
        transport._closed = False
        open_ = transport._open

        async def close_meanwhile(loop: Any) -> Any:
            state = await open_(loop)
            transport._closed = True
            return state

        transport._open = close_meanwhile
    try:
        request = HTTPRequest("POST", "https://cognito-idp.eu-west-1.amazonaws.com/", {})
        return await transport.send(request, timeout=1, resend=True)
    finally:
        await transport.close()


async def closed_while_waiting() -> Any:
    waiting = asyncio.Event()

    async def provide() -> Credentials:
        waiting.set()
        await asyncio.Event().wait()
        raise AssertionError

    client = client_with(ScriptedTransport(), credentials=provide)
    call = asyncio.create_task(client.send(GET_USER))
    await waiting.wait()
    await client.close()
    return await call


async def late(what: str) -> Any:
    """Let a call time out in one of its steps."""

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


add_case(NO_RESPONSE, "a call after close()", after_close)
add_case(NO_RESPONSE, "close() during the preparation", closed_transport, late=False)
add_case(NO_RESPONSE, "close() while a session is opened", closed_transport, late=True)
add_case(NO_RESPONSE, "close() while a call waits for credentials", closed_while_waiting)
add_case(NO_RESPONSE, "timeout, the server does not respond", late, "response")
add_case(NO_RESPONSE, "timeout, the credentials provider does not return", late, "credentials")
add_case(NO_RESPONSE, "timeout during the preparation", late, "preparation")
add_case(NO_RESPONSE, "timeout, many calls are delayed after throttling", late, "turn")

for body, how in ((b"null", "null"), (b"5", "a number"), (b"true", "a boolean"), (b'"a"', "a string")):
    add_case(INVALID_RESPONSES, f"the response is {how}", sent, GET_USER, HTTPResponse(200, {}, body))


async def listed(*pages: HTTPResponse, **options: Any) -> Any:
    async with client_with(ScriptedTransport(*pages)) as client:
        return await client.get_paginator("list_users").paginate(user_pool_id=POOL, **options).collect()


more = http_response(200, {"Users": [], "PaginationToken": "t1"})
add_case(
    INVALID_RESPONSES,
    "a page without a list",
    listed,
    http_response(200, {"Users": 5, "PaginationToken": "t1"}),
)
add_case(INVALID_RESPONSES, "a page token repeats", listed, more, more)

# Credentials

KEYS = "Credentials"


async def with_variables(work: Callable[[], Awaitable[Any]], **variables: str) -> Any:
    with patch.dict(os.environ, variables):
        return await work()


async def call(**arguments: Any) -> Any:
    """Create a client that resolves its own settings, and make a signed call."""
    settings = {"region": REGION} | arguments
    client = CognitoClient(**settings)
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


add_case(KEYS, "no credentials", call)
add_case(KEYS, "only an access key id", with_variables, call, AWS_ACCESS_KEY_ID="AKIDEXAMPLE")
add_case(KEYS, "only a secret access key", with_variables, call, AWS_SECRET_ACCESS_KEY="hunter2")
add_case(
    KEYS,
    "AWS_CREDENTIAL_EXPIRATION is not a time",
    with_variables,
    call,
    AWS_ACCESS_KEY_ID="AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY="hunter2",
    AWS_CREDENTIAL_EXPIRATION="tomorrow",
)
add_case(KEYS, "a profile with a missing source profile", role_of_a_missing_profile)
add_case(KEYS, "credentials is a string", CognitoClient, credentials="hunter2")
add_case(KEYS, "Credentials(secret_access_key=None)", credentials_of, secret_access_key=None)
add_case(KEYS, "Credentials with a line break", credentials_of, secret_access_key="hunter2\n")
add_case(KEYS, "expires_at without time zone", credentials_of, expires_at=datetime(2030, 1, 1))  # noqa: DTZ001
add_case(KEYS, "expires_at is a string", credentials_of, expires_at="2030-01-01")
add_case(KEYS, "a provider that fails", returns, LookupError("hunter2"))
add_case(KEYS, "a provider that returns another type", returns, {"AccessKeyId": "hunter2"})
add_case(
    KEYS,
    "a provider that returns expired credentials",
    returns,
    credentials_of(expires_at=datetime.now(UTC) - timedelta(hours=1)),
)


async def chain_is_empty() -> Any:
    from cognito_async.credentials._environment import credentials_from_environment

    return credentials_from_environment({})


add_case(KEYS, "the variables were removed in the meantime", chain_is_empty)

# Settings

SETTINGS = "Settings"
for argument in (
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
    [(name, _)] = argument.items()
    add_case(SETTINGS, f"CognitoClient({name}=...)", call, **argument)


async def with_files(work: Action, config: str) -> Any:
    Path("config").write_text(config, encoding="utf-8")
    try:
        return await work()
    finally:
        Path("config").unlink()


async def create_and_call(**arguments: Any) -> Any:
    return await call(**{"region": None, "credentials": CREDENTIALS} | arguments)


async def with_options(**options: Any) -> Any:
    CognitoClient(region=REGION).with_options(**options)


async def tls(**arguments: Any) -> Any:
    async with CognitoClient(region=REGION, credentials=CREDENTIALS, **arguments) as client:
        return await client.send(GET_USER)


def profile(text: str, **arguments: Any) -> Any:
    return with_files(lambda: create_and_call(**arguments), text)


add_case(SETTINGS, "an environment variable", with_variables, call, AWS_MAX_ATTEMPTS="many")
add_case(SETTINGS, "a key of a profile", profile, "[default]\nregion = eu-west-1\nretry_mode = fast\n")
add_case(
    SETTINGS, "HTTPS_PROXY with a password", with_variables, call, HTTPS_PROXY="socks5://ana:hunter2@proxy"
)
add_case(SETTINGS, "no region", create_and_call)
add_case(
    SETTINGS,
    "an endpoint but no region, and a signed call",
    create_and_call,
    endpoint_url="http://127.0.0.1:5000",
)
add_case(SETTINGS, "no profile of this name", profile, "[profile dev]\nregion = eu-west-1\n", profile="prod")
add_case(SETTINGS, "no profile at all", create_and_call, profile="prod")
add_case(SETTINGS, "no section for services", profile, "[default]\nservices = local\n")
add_case(SETTINGS, "services with indented lines", profile, "[default]\nservices =\n  s3 = a\n")
add_case(SETTINGS, "a file that cannot be parsed", profile, "[default\n")
add_case(SETTINGS, "FIPS and an endpoint", call, use_fips=True, endpoint_url="https://idp.example")
add_case(SETTINGS, "dual-stack and an endpoint", call, use_dualstack=True, endpoint_url="https://idp.example")


async def in_limited_partition(**arguments: Any) -> Any:
    """Call in a partition without FIPS and dual-stack; all current ones have both."""
    partition = _endpoints.PARTITIONS[0]._replace(supports_fips=False, supports_dual_stack=False)
    with patch.object(_endpoints, "partition_of", lambda _: partition):
        return await call(**arguments)


add_case(SETTINGS, "no FIPS in this region", in_limited_partition, use_fips=True)
add_case(SETTINGS, "no dual-stack in this region", in_limited_partition, use_dualstack=True)
add_case(SETTINGS, "neither in this region", in_limited_partition, use_fips=True, use_dualstack=True)
add_case(SETTINGS, "an http endpoint", call, endpoint_url="http://idp.example:5000")
add_case(SETTINGS, "ca_bundle does not exist", with_variables, tls, AWS_CA_BUNDLE="ca.pem")
add_case(SETTINGS, "client_cert does not exist", tls, client_cert="cert.pem")
add_case(SETTINGS, "with_options(timeout=0)", with_options, timeout=0)
add_case(SETTINGS, "with_options(retries=-1)", with_options, retries=-1)

# Requests

REQUESTS = "Requests"


def create(**members: Any) -> Any:
    return sent(types.AdminCreateUserRequest(**{"user_pool_id": POOL, "username": "ana"} | members))


def deep() -> Any:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    return value


def branding(settings: Any) -> Any:
    return sent(types.UpdateManagedLoginBrandingRequest(settings=settings))


class OwnRequest(Request[types.EmptyResponse]):
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


add_case(REQUESTS, "a required member is None", create, username=None)
add_case(REQUESTS, "a required member is empty", create, username="")
add_case(REQUESTS, "a number for a string", create, username=5)
add_case(REQUESTS, "a secret of the wrong type", create, temporary_password=["hunter2"])
add_case(
    REQUESTS, "several problems", create, username=None, force_alias_creation="yes", user_attributes="email"
)
add_case(REQUESTS, "a string for a list", create, desired_delivery_mediums="EMAIL")
add_case(REQUESTS, "a list for a map", create, client_metadata=["a"])
add_case(REQUESTS, "an invalid value in a map", create, client_metadata={"app": 5, "not a name": None})
add_case(REQUESTS, "half of a surrogate pair", create, username="\ud800")
add_case(REQUESTS, "a snake case name in a dict", create, user_attributes=[{"name": "email"}])
add_case(REQUESTS, "an unknown name in a dict", create, user_attributes=[{"Name": "email", "Quux": "x"}])
add_case(REQUESTS, "a string for a structure", create, user_attributes=["email"])
add_case(
    REQUESTS,
    "an empty list with a minimum of one item",
    sent,
    types.AddCustomAttributesRequest(user_pool_id=POOL, custom_attributes=[]),
)
add_case(
    REQUESTS,
    "a string for bytes",
    sent,
    types.SetUICustomizationRequest(user_pool_id=POOL, image_file="logo.png"),  # type: ignore[arg-type]
)
add_case(REQUESTS, "a boolean for a number", sent, types.ListUsersRequest(user_pool_id=POOL, limit=True))
add_case(REQUESTS, "a number below its minimum", sent, types.ListGroupsRequest(user_pool_id=POOL, limit=-1))
add_case(
    REQUESTS, "a number of 5,000 digits", sent, types.ListUsersRequest(user_pool_id=POOL, limit=10**5000)
)
add_case(REQUESTS, "a document with a set", branding, {"a": {1, 2}})
add_case(REQUESTS, "a document with infinity", branding, {"a": float("inf")})
add_case(REQUESTS, "a document with a negative number", branding, {"a": -1})
add_case(REQUESTS, "a document nested too deeply", branding, deep())
add_case(REQUESTS, "send() of a dict", sent, {"Username": "ana"})  # type: ignore[arg-type]
add_case(REQUESTS, "send() of an own request class", sent, OwnRequest())
add_case(
    REQUESTS, "from_wire with an invalid timestamp", from_wire, types.UserType, {"UserCreateDate": "noon"}
)
add_case(REQUESTS, "from_wire of a base class", from_wire, Request, {})
add_case(
    REQUESTS,
    "from_wire with invalid metadata",
    from_wire,
    types.AdminGetUserResponse,
    {"Username": "ana", "ResponseMetadata": "request-1"},
)
add_case(REQUESTS, "a misspelled paginator", paginator, "list_user")
add_case(REQUESTS, "a paginator of an operation without pages", paginator, "admin_get_user")
add_case(REQUESTS, "page_size=0", listed, page_size=0)
add_case(REQUESTS, "page_size for an operation without one", secrets, page_size=10)
add_case(REQUESTS, "prefetch=2, max_items=0", listed, prefetch=2, max_items=0)
add_case(REQUESTS, "an invalid starting_token", listed, starting_token="t1")
add_case(REQUESTS, "a starting_token of another list", listed, starting_token="eyJOZXh0VG9rZW4iOiAidDEifQ==")
add_case(
    REQUESTS,
    "a starting_token with an invalid token",
    listed,
    starting_token="eyJQYWdpbmF0aW9uVG9rZW4iOiA1fQ==",
)
add_case(REQUESTS, "a float as an attribute", create, user_attributes={"custom:age": 1.5})
add_case(SETTINGS, "session and transport", CognitoClient, session=Session(), transport=ScriptedTransport())

# Helpers

HELPERS = "Waiting, updates and filters"


async def helped(wait: Callable[..., Awaitable[Any]], *responses: Any, **arguments: Any) -> Any:
    async with client_with(ScriptedTransport(*responses), FakeClock()) as client:
        return await wait(client, **arguments)


JOB: dict[str, Any] = {"user_pool_id": POOL, "job_id": "import-1"}


def job(*statuses: str, message: str = "", **arguments: Any) -> Any:
    described = {"JobId": "import-1", "CompletionMessage": message}
    responses = [http_response(200, {"UserImportJob": described | {"Status": status}}) for status in statuses]
    return helped(waiters.wait_for_import_job, *responses, **JOB, **arguments)


def domain(**description: str) -> Any:
    response = http_response(200, {"DomainDescription": description})
    return helped(waiters.wait_for_domain, response, domain="auth")


async def hanging_job() -> Any:
    """Use the clock of the machine, because the call must time out."""
    async with client_with(ScriptedTransport(HANG)) as client:
        return await waiters.wait_for_import_job(client, **JOB, timeout=0.01)


def merged(request: Any, pool_id: str = POOL, **settings: Any) -> Any:
    response = http_response(200, {"UserPool": {"Id": pool_id} | settings})
    return helped(updates.merge_user_pool, response, request=request)


add_case(HELPERS, "an import job that failed", job, "Pending", "Failed", message=MESSAGE)
add_case(HELPERS, "an import job that was stopped", job, "Stopped")
add_case(HELPERS, "an import job that takes too long", job, *["Pending"] * 9, timeout=5)
add_case(HELPERS, "the service does not respond", hanging_job)
add_case(HELPERS, "a domain that does not exist", domain)
add_case(HELPERS, "a domain that failed", domain, Domain="auth", Status="FAILED")
add_case(HELPERS, "no job in the response", helped, waiters.wait_for_import_job, http_response(200), **JOB)
add_case(HELPERS, "an invalid timeout", job, "Pending", timeout=-1)
add_case(HELPERS, "a request of another operation", merged, types.DescribeUserPoolRequest(user_pool_id=POOL))
UPDATE = types.UpdateUserPoolRequest(user_pool_id=POOL)
add_case(HELPERS, "the description of another pool", merged, UPDATE, "eu-west-1_Other")
add_case(HELPERS, "settings newer than the release", merged, UPDATE, NewProtection="ON")
add_case(HELPERS, "a filter for a custom attribute", filters.equals, "custom:team", 5)
add_case(HELPERS, "a filter that is too long", filters.starts_with, "email", "a" * 300)
