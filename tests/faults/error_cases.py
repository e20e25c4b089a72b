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
from unittest.mock import MagicMock, patch

import aiohttp
import attrs
from attrs import frozen

from cognito_async import (
    CognitoClient,
    Credentials,
    HTTPRequest,
    _endpoints,
    errors,
    filters,
    preload,
    types,
    updates,
    waiters,
)
from cognito_async._model import MinLength, Request
from cognito_async._model.fields import core_type, is_shape, shape_fields
from cognito_async.credentials import UNSIGNED
from cognito_async.hooks import Hooks
from cognito_async.rate_limit import QuotaRateLimiter
from cognito_async.transport import HTTPResponse
from faults import server, table
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


def isolated(folder: Path) -> tuple[Any, Any]:
    """Return two context managers: one hides the AWS settings of this machine, one enters ``folder``.

    Shared files have short relative names, which messages quote.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AWS_") and not name.lower().endswith("_proxy")
    }
    kept |= {"AWS_CONFIG_FILE": "config", "AWS_SHARED_CREDENTIALS_FILE": "credentials"}
    kept |= {"AWS_EC2_METADATA_DISABLED": "true"}
    return patch.dict(os.environ, kept, clear=True), chdir(folder)


# Errors of the service


def request_of(name: str) -> Request[Any]:
    """Return a request with the required members only."""
    request: Request[Any] = with_required_members(getattr(types, f"{name}Request"))
    return request


def with_required_members(shape: type[Any]) -> Any:
    required = [field for field in shape_fields(shape) if field.default is attrs.NOTHING]
    return shape(**{field.name: _value(field.type) for field in required})


def _value(annotation: Any) -> Any:
    kind, traits = core_type(annotation)
    if is_shape(kind):
        return with_required_members(kind)
    if kind in (bool, int):
        return kind(1)
    if get_origin(kind) is Sequence:
        needs_item = any(isinstance(trait, MinLength) for trait in traits)
        return [_value(get_args(kind)[0])] if needs_item else []
    return {} if get_origin(kind) is Mapping else "x" * 64


async def send(request: Request[Any], *steps: HTTPResponse | Exception | object, **arguments: Any) -> Any:
    """Send a request through a scripted transport; waiting takes no time."""
    async with client_with(ScriptedTransport(*steps), FakeClock(), **arguments) as client:
        return await client.send(request)


def operation_with(code: str) -> str:
    """Return an operation that can raise this error."""
    names = [
        name
        for name in operation_names()
        if code in {shape.name for shape in operation_model(name).error_shapes}
    ]
    # An older botocore may have none; the snapshot is not compared with it.
    if not names or "AdminGetUser" in names:
        return "AdminGetUser"
    return names[0]


GET_USER = request_of("AdminGetUser")
SIGN_OUT = types.AdminUserGlobalSignOutRequest(user_pool_id=POOL, username="ana")
MODELED = [
    name
    for name in errors.__all__
    if issubclass(getattr(errors, name), errors.ServiceError) and name != "ServiceError"
]
for name in MODELED:
    operation = operation_with(name)
    status = 500 if name.startswith("Internal") else 400
    response = http_response(status, {"__type": name, "message": MESSAGE})
    add_case("Errors of the API", f"response of {operation}", send, request_of(operation), *[response] * 3)

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
    add_case(OTHERS, f"HTTP {status} with code {code}", send, GET_USER, *[response] * 3)
for status in (302, 400, 403, 404, 407, 418, 429, 501, 503):
    page = HTTPResponse(status, {"content-type": "text/html"}, b"<html>no</html>")
    add_case(OTHERS, f"HTTP {status} with an HTML page", send, GET_USER, *[page] * 3)
add_case(OTHERS, "HTTP 502 without a body", send, GET_USER, *[HTTPResponse(502, {}, b"")] * 3)
add_case(
    OTHERS,
    "three different failures",
    send,
    GET_USER,
    errors.ConnectError("refused"),
    error_response("TooManyRequestsException"),
    http_response(500, {"__type": "InternalErrorException", "message": MESSAGE}),
)

# No response, or an invalid one

NO_RESPONSE = "No response"
INVALID_RESPONSES = "Invalid responses"


async def with_fault(case: table.Case) -> Any:
    """Make a call to a server or through a proxy with a fault."""
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


# A reset on connect arrives at any moment, and aiohttp's exceptions differ.
VARYING = {server.RESET_ON_CONNECT}
for case in table.CASES:
    if case.error not in ("", "ServiceError") and case.group != table.STATUSES and case.fault not in VARYING:
        group = INVALID_RESPONSES if case.error == "InvalidResponseError" else NO_RESPONSE
        add_case(group, case.name, with_fault, case)


class FailingSession:
    """An aiohttp session that raises an error, or is closed without one."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.closed = error is None

    async def request(self, *_: object, **__: object) -> Any:
        raise self.error or AssertionError


async def with_session(session: Any) -> Any:
    async with CognitoClient(region=REGION, credentials=CREDENTIALS, session=session) as client:
        client._pipeline.effects = FakeClock().effects
        return await client.send(GET_USER)


CONNECTION_KEY: Any = SimpleNamespace(
    host="cognito-idp.eu-west-1.amazonaws.com", port=443, is_ssl=True, ssl=True
)
REQUEST_INFO: Any = SimpleNamespace(
    real_url="https://cognito-idp.eu-west-1.amazonaws.com/", headers={}, method="POST"
)
for cause, error in {
    "the host name does not exist": aiohttp.ClientConnectorDNSError(
        CONNECTION_KEY, socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    ),
    "the host is unreachable": aiohttp.ClientConnectorError(
        CONNECTION_KEY, OSError(113, "Connect call failed")
    ),
    "a firewall drops packets": aiohttp.ConnectionTimeoutError(),
    "the handshake fails": aiohttp.ClientConnectorSSLError(
        CONNECTION_KEY, ssl.SSLError(1, "handshake failure")
    ),
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
    add_case(NO_RESPONSE, cause, with_session, FailingSession(error))
add_case(NO_RESPONSE, "the caller's session is closed", with_session, FailingSession())


async def after_close() -> Any:
    client = CognitoClient(region=REGION, credentials=CREDENTIALS)
    await client.close()
    return await client.send(GET_USER)


async def closed_transport(*, during_send: bool) -> Any:
    """Use the transport without a client; a closed client does not call it."""
    client = CognitoClient(region=REGION, credentials=CREDENTIALS)
    await client._pipeline.prepare()
    assert client._pipeline._state is not None
    transport: Any = client._pipeline._state.transport
    await client.close()
    if during_send:
        transport._closed = False
        open_session = transport._open

        async def open_and_close(loop: Any) -> Any:
            state = await open_session(loop)
            transport._closed = True
            return state

        transport._open = open_and_close
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


async def timed_out(step: str) -> Any:
    """Let a call time out in one of its steps."""

    async def hang(*_: object) -> Any:
        await asyncio.Event().wait()

    options: dict[str, Any] = {"credentials": hang} if step == "credentials" else {}
    if step == "rate limit":
        options["retry_mode"] = "adaptive"
    if step == "limiter":
        options["limiter"] = SimpleNamespace(acquire=hang, feedback=hang)
    client = client_with(ScriptedTransport(HANG), timeout=0.01, **options)
    pipeline: Any = client._pipeline
    if step == "preparation":
        pipeline.prepare = hang
    else:
        await pipeline.prepare()
    if step == "rate limit":
        pipeline.effects = pipeline.effects._replace(sleep=hang)
        pipeline._limits.adaptive.enabled = True
    async with client:
        return await client.send(GET_USER)


async def beyond_the_quota(
    request: Any, rates: dict[str, float] | None = None, *, throttled: bool = False
) -> Any:
    """Make a call whose turn comes after its deadline."""
    limiter = QuotaRateLimiter(rates=rates)
    limiter._clock = lambda: 0.0
    response = error_response("TooManyRequestsException") if throttled else None
    transport = ScriptedTransport(*filter(None, [response]))
    async with client_with(transport, limiter=limiter, timeout=0.1, retry_mode="off") as client:
        for _ in range(2):
            try:
                await client.send(request)
            except errors.TooManyRequestsException:
                continue


async def closed_during_the_wait() -> Any:
    """Close the client while a call waits for its limiter."""
    asked = asyncio.Event()

    async def acquire(_: Any) -> None:
        asked.set()
        await asyncio.Event().wait()

    limiter = SimpleNamespace(acquire=acquire, feedback=acquire)
    client = client_with(ScriptedTransport(), limiter=limiter)
    task = asyncio.create_task(client.send(GET_USER))
    await asked.wait()
    await client.close()
    return await task


add_case(NO_RESPONSE, "a call after close()", after_close)
add_case(NO_RESPONSE, "send() of a closed transport", closed_transport, during_send=False)
add_case(NO_RESPONSE, "close() of the transport during send()", closed_transport, during_send=True)
add_case(NO_RESPONSE, "close() while a call waits for credentials", closed_while_waiting)
add_case(NO_RESPONSE, "timeout, the server does not respond", timed_out, "response")
add_case(NO_RESPONSE, "timeout, the credentials provider does not return", timed_out, "credentials")
add_case(NO_RESPONSE, "timeout during the preparation", timed_out, "preparation")
add_case(NO_RESPONSE, "timeout, many calls are delayed after throttling", timed_out, "rate limit")
add_case(NO_RESPONSE, "timeout, the limiter does not let the call go", timed_out, "limiter")
for rule, request, settings in (
    ("quota", SIGN_OUT, {"rates": {"UserUpdate": 0.25}}),
    ("quota of the pool", types.GetGroupRequest(user_pool_id=POOL, group_name="a"), {}),
    ("quota after throttling", SIGN_OUT, {"throttled": True, "rates": {"UserUpdate": 10}}),
):
    case = f"timeout, the {rule} allows the call only after its deadline"
    add_case(NO_RESPONSE, case, beyond_the_quota, request, **settings)
add_case(NO_RESPONSE, "close() while a call waits for its limiter", closed_during_the_wait)

for body, how in ((b"null", "null"), (b"5", "a number"), (b"true", "a boolean"), (b'"a"', "a string")):
    add_case(INVALID_RESPONSES, f"the response is {how}", send, GET_USER, HTTPResponse(200, {}, body))


async def listed(*pages: HTTPResponse, **options: Any) -> Any:
    async with client_with(ScriptedTransport(*pages)) as client:
        return await client.get_paginator("list_users").paginate(user_pool_id=POOL, **options).collect()


async def listed_by_command(*pages: HTTPResponse) -> Any:
    """Read a list as ``python -m cognito_async list-users`` does."""
    from cognito_async._cli.commands import list_users

    client = client_with(ScriptedTransport(*pages))
    users = client.get_paginator("list_users").paginate(user_pool_id=POOL)
    await list_users._write(client, users, MagicMock(), MagicMock())


page = http_response(200, {"Users": [], "PaginationToken": "t1"})
invalid_page = http_response(200, {"Users": 5, "PaginationToken": "t1"})
add_case(INVALID_RESPONSES, "a page without a list", listed, invalid_page)
add_case(INVALID_RESPONSES, "a page token repeats", listed, page, page)
add_case(INVALID_RESPONSES, "a user is a number", listed_by_command, http_response(200, {"Users": [5]}))

# Credentials

CREDENTIALS_GROUP = "Credentials"


async def with_variables(action: Action, **variables: str) -> Any:
    with patch.dict(os.environ, variables):
        return await action()


async def call(**arguments: Any) -> Any:
    """Create a client that resolves its own settings, and make a signed call."""
    settings = {"region": REGION} | arguments
    client = CognitoClient(**settings)
    client._pipeline._make_transport = lambda config: ScriptedTransport()
    async with client:
        return await client.send(GET_USER)


async def with_provider(value: Any) -> Any:
    """Make a call with a credentials provider that returns this value or raises it."""

    async def provide() -> Any:
        if isinstance(value, Exception):
            raise value
        return value

    return await call(credentials=provide)


def credentials_of(**arguments: Any) -> Credentials:
    return Credentials(**{"access_key_id": "AKIDEXAMPLE", "secret_access_key": "hunter2"} | arguments)


def call_with_missing_source_profile() -> Any:
    role = "role_arn = arn:aws:iam::123456789012:role/app\nsource_profile = base"
    return with_config_file(lambda: call(profile="work"), f"[profile work]\n{role}\n")


add_case(CREDENTIALS_GROUP, "no credentials", call)
add_case(CREDENTIALS_GROUP, "only an access key id", with_variables, call, AWS_ACCESS_KEY_ID="AKIDEXAMPLE")
add_case(CREDENTIALS_GROUP, "only a secret access key", with_variables, call, AWS_SECRET_ACCESS_KEY="hunter2")
add_case(CREDENTIALS_GROUP, "a profile with a missing source profile", call_with_missing_source_profile)
add_case(CREDENTIALS_GROUP, "a signed operation with credentials=UNSIGNED", call, credentials=UNSIGNED)
add_case(CREDENTIALS_GROUP, "credentials is a string", CognitoClient, credentials="hunter2")
add_case(CREDENTIALS_GROUP, "Credentials(secret_access_key=None)", credentials_of, secret_access_key=None)
add_case(CREDENTIALS_GROUP, "Credentials with a line break", credentials_of, secret_access_key="hunter2\n")
add_case(CREDENTIALS_GROUP, "expires_at without time zone", credentials_of, expires_at=datetime(2030, 1, 1))  # noqa: DTZ001
add_case(CREDENTIALS_GROUP, "expires_at is a string", credentials_of, expires_at="2030-01-01")
add_case(CREDENTIALS_GROUP, "a provider that fails", with_provider, LookupError("hunter2"))
add_case(CREDENTIALS_GROUP, "a provider that returns another type", with_provider, {"AccessKeyId": "hunter2"})
add_case(
    CREDENTIALS_GROUP,
    "a provider that returns expired credentials",
    with_provider,
    credentials_of(expires_at=datetime.now(UTC) - timedelta(hours=1)),
)


async def without_variables() -> Any:
    from cognito_async.credentials._environment import credentials_from_environment

    return credentials_from_environment({})


add_case(CREDENTIALS_GROUP, "the variables were removed in the meantime", without_variables)

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


for limits in ({"share": 0}, {"rates": 120}, {"rates": {"UserReads": 120}}, {"rates": {"UserRead": 0}}):
    add_case(SETTINGS, f"QuotaRateLimiter({limits})", QuotaRateLimiter, **limits)
add_case(SETTINGS, "CognitoClient(limiter=QuotaRateLimiter)", CognitoClient, limiter=QuotaRateLimiter)


async def with_config_file(action: Action, text: str) -> Any:
    Path("config").write_text(text, encoding="utf-8")
    try:
        return await action()
    finally:
        Path("config").unlink()


async def call_with_credentials(**arguments: Any) -> Any:
    return await call(**{"region": None, "credentials": CREDENTIALS} | arguments)


async def with_options(**options: Any) -> Any:
    CognitoClient(region=REGION).with_options(**options)


async def call_over_tls(**arguments: Any) -> Any:
    async with CognitoClient(region=REGION, credentials=CREDENTIALS, **arguments) as client:
        return await client.send(GET_USER)


def call_with_profile(text: str, **arguments: Any) -> Any:
    return with_config_file(lambda: call_with_credentials(**arguments), text)


add_case(SETTINGS, "an environment variable", with_variables, call, AWS_ENDPOINT_URL="localhost")
add_case(SETTINGS, "a key of a profile", call_with_profile, "[default]\nregion = eu_west_1\n")
add_case(
    SETTINGS, "HTTPS_PROXY with a password", with_variables, call, HTTPS_PROXY="socks5://ana:hunter2@proxy"
)
add_case(SETTINGS, "no region", call_with_credentials)
add_case(
    SETTINGS,
    "an endpoint but no region, and a signed call",
    call_with_credentials,
    endpoint_url="http://127.0.0.1:5000",
)
add_case(
    SETTINGS,
    "no profile of this name",
    call_with_profile,
    "[profile dev]\nregion = eu-west-1\n",
    profile="prod",
)
add_case(SETTINGS, "no profile at all", call_with_credentials, profile="prod")
add_case(SETTINGS, "no section for services", call_with_profile, "[default]\nservices = local\n")
add_case(SETTINGS, "services with indented lines", call_with_profile, "[default]\nservices =\n  s3 = a\n")
add_case(SETTINGS, "a file that cannot be parsed", call_with_profile, "[default\n")
add_case(SETTINGS, "FIPS and an endpoint", call, use_fips=True, endpoint_url="https://idp.example")
add_case(SETTINGS, "dual-stack and an endpoint", call, use_dualstack=True, endpoint_url="https://idp.example")


async def call_in_limited_partition(**arguments: Any) -> Any:
    """Make a call in a partition without FIPS and dual-stack; all current ones have both."""
    partition = _endpoints.PARTITIONS[0]._replace(supports_fips=False, supports_dual_stack=False)
    with patch.object(_endpoints, "partition_of", lambda _: partition):
        return await call(**arguments)


add_case(SETTINGS, "no FIPS in this region", call_in_limited_partition, use_fips=True)
add_case(SETTINGS, "no dual-stack in this region", call_in_limited_partition, use_dualstack=True)
add_case(SETTINGS, "neither in this region", call_in_limited_partition, use_fips=True, use_dualstack=True)
add_case(SETTINGS, "an http endpoint", call, endpoint_url="http://idp.example:5000")
add_case(SETTINGS, "ca_bundle does not exist", with_variables, call_over_tls, AWS_CA_BUNDLE="ca.pem")
add_case(SETTINGS, "client_cert does not exist", call_over_tls, client_cert="cert.pem")
add_case(SETTINGS, "with_options(timeout=0)", with_options, timeout=0)
add_case(SETTINGS, "with_options(retries=-1)", with_options, retries=-1)


class AsyncHooks(Hooks):
    """Hooks as someone might write them by mistake."""

    async def after_call(self, *arguments: object) -> None:  # type: ignore[override]
        raise AssertionError


add_case(SETTINGS, "hooks is not a list", CognitoClient, hooks=Hooks())
add_case(SETTINGS, "a class in hooks", CognitoClient, hooks=[Hooks])
add_case(SETTINGS, "a function in hooks", CognitoClient, hooks=[print])
add_case(SETTINGS, "hooks with an async method", CognitoClient, hooks=[AsyncHooks()])

# Requests

REQUESTS = "Requests"


def create_user(**members: Any) -> Any:
    return send(types.AdminCreateUserRequest(**{"user_pool_id": POOL, "username": "ana"} | members))


def deeply_nested_list() -> Any:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    return value


def update_branding(settings: Any) -> Any:
    return send(types.UpdateManagedLoginBrandingRequest(settings=settings))


class CustomRequest(Request[types.EmptyResponse]):
    pass


async def from_wire(shape: type[Any], wire: Any) -> Any:
    return shape.from_wire(wire)


async def list_client_secrets(**options: Any) -> Any:
    return (
        client_with(ScriptedTransport())
        .get_paginator("list_user_pool_client_secrets")
        .paginate(user_pool_id=POOL, client_id="client", **options)
    )


async def call_by_name(operation: Any) -> Any:
    return await client_with(ScriptedTransport()).call(operation, {"UserPoolId": POOL})


async def get_paginator(name: str) -> Any:
    return client_with(ScriptedTransport()).get_paginator(name)  # type: ignore[call-overload]


add_case(REQUESTS, "a required member is None", create_user, username=None)
add_case(REQUESTS, "a required member is empty", create_user, username="")
add_case(REQUESTS, "a number for a string", create_user, username=5)
add_case(REQUESTS, "a secret of the wrong type", create_user, temporary_password=["hunter2"])
add_case(
    REQUESTS,
    "several problems",
    create_user,
    username=None,
    force_alias_creation="yes",
    user_attributes="email",
)
add_case(REQUESTS, "a string for a list", create_user, desired_delivery_mediums="EMAIL")
add_case(REQUESTS, "a list for a map", create_user, client_metadata=["a"])
add_case(REQUESTS, "an invalid value in a map", create_user, client_metadata={"app": 5, "not a name": None})
add_case(REQUESTS, "half of a surrogate pair", create_user, username="\ud800")
add_case(REQUESTS, "a snake case name in a dict", create_user, user_attributes=[{"name": "email"}])
add_case(REQUESTS, "an unknown name in a dict", create_user, user_attributes=[{"Name": "email", "Quux": "x"}])
add_case(REQUESTS, "a string for a structure", create_user, user_attributes=["email"])
add_case(
    REQUESTS,
    "an empty list with a minimum of one item",
    send,
    types.AddCustomAttributesRequest(user_pool_id=POOL, custom_attributes=[]),
)
add_case(
    REQUESTS,
    "a string for bytes",
    send,
    types.SetUICustomizationRequest(user_pool_id=POOL, image_file="logo.png"),  # type: ignore[arg-type]
)
add_case(REQUESTS, "a boolean for a number", send, types.ListUsersRequest(user_pool_id=POOL, limit=True))
add_case(REQUESTS, "a number below its minimum", send, types.ListGroupsRequest(user_pool_id=POOL, limit=-1))
add_case(
    REQUESTS, "a number of 5,000 digits", send, types.ListUsersRequest(user_pool_id=POOL, limit=10**5000)
)
add_case(REQUESTS, "a document with a set", update_branding, {"a": {1, 2}})
add_case(REQUESTS, "a document with infinity", update_branding, {"a": float("inf")})
add_case(REQUESTS, "a document with a negative number", update_branding, {"a": -1})
add_case(REQUESTS, "a document nested too deeply", update_branding, deeply_nested_list())
add_case(REQUESTS, "send() of a dict", send, {"Username": "ana"})  # type: ignore[arg-type]
add_case(REQUESTS, "send() of a custom request class", send, CustomRequest())
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
add_case(
    REQUESTS,
    "from_wire with an invalid value of unknown=",
    types.AdminGetUserRequest.from_wire,
    {},
    unknown="skip",
)
add_case(
    REQUESTS,
    "from_wire with text that is not base64",
    from_wire,
    types.AssetType,
    {"Category": "FAVICON_ICO", "ColorMode": "DARK", "Extension": "ICO", "Bytes": "hunter2!"},
)
add_case(
    REQUESTS,
    "to_json() of a number of 5,000 digits",
    types.ListUsersRequest(user_pool_id=POOL, limit=10**5000).to_json,
)
add_case(REQUESTS, "call() of a misspelled operation", call_by_name, "AdminGetUsr")
add_case(REQUESTS, "call() of no operation", call_by_name, "x")
add_case(REQUESTS, "call() without the name of an operation", call_by_name, {"Password": "hunter2"})
add_case(REQUESTS, "call() without a required parameter", call_by_name, "AdminGetUser")
add_case(REQUESTS, "a misspelled paginator", get_paginator, "list_user")
add_case(REQUESTS, "a paginator of an operation without pages", get_paginator, "admin_get_user")
add_case(REQUESTS, "page_size=0", listed, page_size=0)
add_case(REQUESTS, "page_size for an operation without one", list_client_secrets, page_size=10)
add_case(REQUESTS, "prefetch=2, max_items=0", listed, prefetch=2, max_items=0)
add_case(REQUESTS, "an invalid starting_token", listed, starting_token="t1")
add_case(REQUESTS, "a starting_token of another list", listed, starting_token="eyJOZXh0VG9rZW4iOiAidDEifQ==")
add_case(
    REQUESTS,
    "a starting_token with an invalid token",
    listed,
    starting_token="eyJQYWdpbmF0aW9uVG9rZW4iOiA1fQ==",
)
add_case(REQUESTS, "a float as an attribute", create_user, user_attributes={"custom:age": 1.5})
add_case(
    REQUESTS,
    "a datetime as an attribute",
    create_user,
    user_attributes={"birthdate": datetime(2001, 2, 3, tzinfo=UTC)},
)
add_case(
    SETTINGS, "session and transport", CognitoClient, session=FailingSession(), transport=ScriptedTransport()
)

# Waiters, updates and filters

HELPERS = "Waiters, updates, filters and preload"


async def call_helper(helper: Callable[..., Awaitable[Any]], *responses: Any, **arguments: Any) -> Any:
    async with client_with(ScriptedTransport(*responses), FakeClock()) as client:
        return await helper(client, **arguments)


JOB: dict[str, Any] = {"user_pool_id": POOL, "job_id": "import-1"}


def wait_for_job(*statuses: str, message: str = "", **arguments: Any) -> Any:
    job = {"JobId": "import-1", "CompletionMessage": message}
    responses = [http_response(200, {"UserImportJob": job | {"Status": status}}) for status in statuses]
    return call_helper(waiters.wait_for_import_job, *responses, **JOB, **arguments)


def wait_for_domain(**description: str) -> Any:
    response = http_response(200, {"DomainDescription": description})
    return call_helper(waiters.wait_for_domain, response, domain="auth")


async def wait_without_response() -> Any:
    """Use the real clock, because the call must time out."""
    async with client_with(ScriptedTransport(HANG)) as client:
        await client._pipeline.prepare()
        return await waiters.wait_for_import_job(client, **JOB, timeout=0.01)


def merge(request: Any, pool_id: str = POOL, **settings: Any) -> Any:
    response = http_response(200, {"UserPool": {"Id": pool_id} | settings})
    return call_helper(updates.merge_user_pool, response, request=request)


add_case(HELPERS, "an import job that failed", wait_for_job, "Pending", "Failed", message=MESSAGE)
add_case(HELPERS, "an import job that was stopped", wait_for_job, "Stopped")
add_case(HELPERS, "an import job that takes too long", wait_for_job, *["Pending"] * 9, timeout=5)
add_case(HELPERS, "the service does not respond", wait_without_response)
add_case(HELPERS, "a domain that does not exist", wait_for_domain)
add_case(HELPERS, "a domain that failed", wait_for_domain, Domain="auth", Status="FAILED")
add_case(
    HELPERS, "no job in the response", call_helper, waiters.wait_for_import_job, http_response(200), **JOB
)
add_case(HELPERS, "an invalid timeout", wait_for_job, "Pending", timeout=-1)
add_case(HELPERS, "a request of another operation", merge, types.DescribeUserPoolRequest(user_pool_id=POOL))
UPDATE = types.UpdateUserPoolRequest(user_pool_id=POOL)
add_case(HELPERS, "the description of another pool", merge, UPDATE, "eu-west-1_Other")
add_case(HELPERS, "settings newer than the release", merge, UPDATE, NewProtection="ON")
add_case(HELPERS, "a filter for a custom attribute", filters.equals, "custom:team", 5)
add_case(HELPERS, "an area that does not exist", preload, "user")
add_case(HELPERS, "a filter that is too long", filters.starts_with, "email", "a" * 300)
