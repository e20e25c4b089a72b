"""Correct code of users: mypy --strict, pyright strict and ty must report nothing. It is not run."""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, assert_never, assert_type

from fastapi import Depends, FastAPI, Security
from fastapi.requests import HTTPConnection
from fastapi.security import HTTPBearer, SecurityScopes
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware

from cognito_async import (
    CognitoClient,
    Credentials,
    HTTPRequest,
    HTTPResponse,
    Pages,
    Transport,
    errors,
    filters,
    types,
)
from cognito_async.attributes import Attributes
from cognito_async.bulk import (
    Failed,
    ImportFailure,
    Ok,
    Progress,
    copy_pool,
    export_users,
    gather,
    gather_iter,
    import_users,
    list_all_users,
)
from cognito_async.credentials import UNSIGNED
from cognito_async.errors import ServiceError, UsernameExistsException
from cognito_async.hooks import AttemptInfo, AttemptResult, CallInfo, CallResult, Connections, Hooks
from cognito_async.integrations.fastapi import RequireAccess, add_error_handlers
from cognito_async.integrations.starlette import AccessTokenBackend, AccessTokenUser
from cognito_async.oauth import (
    AuthorizationRequest,
    ClientCredentials,
    IdTokenVerifier,
    ManagedLogin,
    OAuthError,
    UserInfo,
    discover,
)
from cognito_async.opentelemetry import OpenTelemetry
from cognito_async.rate_limit import LimitedRequest, Quota, QuotaRateLimiter, RateLimiter, quota_of
from cognito_async.sign_in import (
    AppClient,
    CustomChallenge,
    Device,
    EmailCodeRequired,
    MethodChoiceRequired,
    MfaChoiceRequired,
    MfaSetupChoiceRequired,
    NewPasswordRequired,
    PasskeyRequired,
    PasswordRequired,
    PendingStep,
    SignedIn,
    SignedOutError,
    SignInStep,
    SmsCodeRequired,
    Tokens,
    TotpRequired,
    TotpSetup,
    TotpSetupRequired,
    UnknownChallenge,
    UserContext,
    WrongPasswordError,
    secret_hash,
)
from cognito_async.testing import FakeUserPool, MotoServer, SentRequest, StubTransport
from cognito_async.tokens import AccessClaims, Claims, IdClaims, MissingScopeError, TokenError, TokenVerifier
from cognito_async.types import AdminGetUserRequest, AttributeType, UserType
from cognito_async.updates import merge_user_pool, merge_user_pool_client
from cognito_async.waiters import wait_for_domain, wait_for_import_job


async def provider() -> Credentials:
    return Credentials(access_key_id="a", secret_access_key="b", session_token=None)


def clients() -> list[CognitoClient]:
    return [
        CognitoClient(),
        CognitoClient(region="eu-west-1", endpoint_url="http://127.0.0.1:5000", max_connections=5),
        CognitoClient(credentials=Credentials(access_key_id="a", secret_access_key="b")),
        CognitoClient(credentials=provider),
    ]


async def users(client: CognitoClient, pool_id: str) -> list[str]:
    created = await client.admin_create_user(
        user_pool_id=pool_id,
        username="ana",
        user_attributes=[AttributeType(name="email", value="a@b"), {"Name": "name", "Value": "Ana"}],
        desired_delivery_mediums=("EMAIL",),
        message_action="SUPPRESS",
        client_metadata={"source": "test"},
    )
    assert_type(created, types.AdminCreateUserResponse)
    assert_type(created.user, UserType)
    assert_type(created.user.username, str)
    assert_type(created.user.user_create_date, datetime)
    assert_type(created.response_metadata.request_id, str | None)
    starting = filters.starts_with("email", "a")
    assert_type(starting, str)
    page = await client.list_users(user_pool_id=pool_id, filter=starting, limit=60)
    names = [user.username for user in page.users]
    assert_type(page.pagination_token, str | None)
    found = await client.send(AdminGetUserRequest(user_pool_id=pool_id, username="ana"))
    assert_type(found, types.AdminGetUserResponse)
    return [*names, found.username]


async def attributes(client: CognitoClient, pool_id: str, validation_data: types.AttributeMapping) -> str:
    await client.admin_create_user(
        user_pool_id=pool_id,
        username="ana",
        user_attributes={"email": "a@b", "email_verified": True, "custom:level": 3, "name": None},
        validation_data=validation_data,
    )
    born: dict[str, date] = {"birthdate": date(2001, 12, 31)}
    await client.admin_update_user_attributes(user_pool_id=pool_id, username="ana", user_attributes=born)
    texts: dict[str, str] = {"email": "a@b"}
    await client.sign_up(client_id="c", username="ana", password="p", user_attributes=texts)
    found = await client.admin_get_user(user_pool_id=pool_id, username="ana")
    assert_type(found.attribute_map, Attributes)
    assert_type(found.attribute_map["email"], str)
    assert_type(found.attribute_map["email_verified"], bool)
    assert_type(found.attribute_map["phone_number_verified"], bool)
    assert_type(found.attribute_map.get("name"), str | None)
    assert_type(found.attribute_map.get("name", ""), str)
    assert_type(found.attribute_map.get("email_verified"), bool | None)
    assert_type(found.attribute_map.get("email_verified", False), bool)
    async for user in client.get_paginator("list_users").paginate(user_pool_id=pool_id).items():
        values: Mapping[str, str | bool] = user.attribute_map
        await client.admin_update_user_attributes(
            user_pool_id=pool_id, username=user.username, user_attributes={**values, "sub": None}
        )
        await client.update_user_attributes(access_token="t", user_attributes=user.attribute_map)
    request = types.SignUpRequest(client_id="c", username="u", user_attributes=found.attribute_map)
    await client.send(request)
    return found.attribute_map["email"].lower()


async def lists(client: CognitoClient, pool_id: str) -> list[str]:
    pages = client.get_paginator("list_users").paginate(
        user_pool_id=pool_id, filter='email ^= "a"', page_size=20, max_items=50, prefetch=1
    )
    assert_type(pages, Pages[types.ListUsersResponse, UserType])
    async for page in pages:
        assert_type(page, types.ListUsersResponse)
    names: list[str] = []
    async for user in pages.items():
        assert_type(user, UserType)
        names.append(user.username)
    async for found in pages.search("Users[].Username"):
        assert_type(found, Any)
    assert_type(await pages.collect(), list[UserType])
    assert_type(pages.resume_token, str | None)
    pools = client.get_paginator("list_user_pools")
    async with aclosing(pools.paginate(starting_token=pages.resume_token).items()) as items:
        assert_type(await anext(items), types.UserPoolDescriptionType)
    sessions = client.get_paginator("list_user_sessions").paginate(access_token="t", page_size=None)
    async with aclosing(aiter(sessions)) as iterator:
        assert_type(await anext(iterator), types.ListUserSessionsResponse)
    assert_type(client.can_paginate("get_user"), bool)
    return [*names, *await count(pages)]


async def count(pages: Pages[Any, object]) -> list[str]:
    """Accept the pages of any list."""
    return [str(item) for item in await pages.collect()]


async def resumed(client: CognitoClient, token: str | None = None) -> str | None:
    pages = client.get_paginator("list_groups").paginate(user_pool_id="p", starting_token=token)
    try:
        await pages.collect()
    except errors.CognitoError as error:
        assert_type(error.resume_token, str | None)
        return error.resume_token
    return None


async def waited(client: CognitoClient) -> int:
    job = await wait_for_import_job(client, user_pool_id="p", job_id="j", timeout=60, delay=1.5)
    assert_type(job, types.UserImportJobType)
    try:
        domain = await wait_for_domain(client, domain="auth")
        assert_type(domain, types.DomainDescriptionType)
    except errors.WaiterTimeoutError as error:
        assert_type(error.last, Any)
    except errors.WaiterError:
        return 0
    return job.imported_users or 0


async def merged(client: CognitoClient) -> str:
    pool = types.UpdateUserPoolRequest(user_pool_id="p", deletion_protection="ACTIVE")
    assert_type(await merge_user_pool(client, pool), types.UpdateUserPoolResponse)
    app = types.UpdateUserPoolClientRequest(user_pool_id="p", client_id="c", callback_urls=["https://a"])
    return (await merge_user_pool_client(client, app)).user_pool_client.client_id


async def sign_in(client: CognitoClient, client_id: str) -> str | None:
    response = await client.initiate_auth(
        client_id=client_id, auth_flow="USER_PASSWORD_AUTH", auth_parameters={"USERNAME": "a"}
    )
    if response.challenge_name == "NEW_PASSWORD_REQUIRED":
        await client.respond_to_auth_challenge(
            client_id=client_id, challenge_name="NEW_PASSWORD_REQUIRED", session=response.session
        )
    return response.authentication_result.access_token if response.authentication_result else None


async def keyed_maps(client: CognitoClient, flow: types.AuthFlowType, given: dict[str, str]) -> str:
    """Maps whose keys depend on another parameter accept any mapping of strings, also one built at run time."""
    built = {key.upper(): value for key, value in given.items()}
    await client.initiate_auth(client_id="c", auth_flow=flow, auth_parameters=built)
    await client.initiate_auth(client_id="c", auth_flow=flow, auth_parameters={"USERNAME": "ana", **given})
    await client.initiate_auth(client_id="c", auth_flow="CUSTOM_AUTH", auth_parameters=given)
    await client.initiate_auth(client_id="c", auth_flow="USER_AUTH", auth_parameters={"ADDED_LATER": "1"})
    parameters: types.SrpAuthParameters = {"USERNAME": "ana", "SRP_A": "a1"}
    await client.initiate_auth(client_id="c", auth_flow="USER_SRP_AUTH", auth_parameters=parameters)
    request = types.InitiateAuthRequest(client_id="c", auth_flow=flow, auth_parameters=parameters)
    await client.send(types.InitiateAuthRequest(client_id="c", auth_flow=flow, auth_parameters=given))
    response = await client.send(request)
    challenge: Mapping[str, str] = response.challenge_parameters or {}
    answers: dict[str, str] = {"USERNAME": challenge["USERNAME"], "userAttributes.name": "Ana"}
    for name in ("NEW_PASSWORD", "SECRET_HASH"):
        answers[name] = given[name]
    await client.admin_respond_to_auth_challenge(
        user_pool_id="p",
        client_id="c",
        challenge_name="NEW_PASSWORD_REQUIRED",
        challenge_responses=answers,
        session=response.session,
    )
    await client.create_identity_provider(
        user_pool_id="p",
        provider_name="Google",
        provider_type="Google",
        provider_details={"client_id": "c", "client_secret": "s", "authorize_scopes": "openid email"},
        attribute_mapping={"email": "email"},
    )
    found = await client.describe_identity_provider(user_pool_id="p", provider_name="Google")
    details = found.identity_provider.provider_details or {}
    await client.update_identity_provider(user_pool_id="p", provider_name="Google", provider_details=details)
    await client.update_identity_provider(
        user_pool_id="p", provider_name="Google", provider_details={**details, "client_secret": "new"}
    )
    copied: dict[str, str] = dict(details)
    return copied["client_id"] + details.get("oidc_issuer", "") + ",".join(details)


async def pool(client: CognitoClient) -> str:
    created = await client.create_user_pool(
        pool_name="p",
        policies=types.UserPoolPolicyType(password_policy=types.PasswordPolicyType(minimum_length=12)),
    )
    assert_type(await client.delete_user_pool(user_pool_id=created.user_pool.id), types.EmptyResponse)
    return created.user_pool.id


async def caught(client: CognitoClient) -> tuple[str, bool]:
    try:
        await client.admin_create_user(user_pool_id="p", username="u")
    except UsernameExistsException as error:
        return error.code, error.retryable
    except errors.InvalidParameterException as error:
        assert_type(error.reason_code, str | None)
    except ServiceError as error:
        assert_type(error.request_id, str | None)
    return "", False


def wire() -> Mapping[str, Any]:
    request = AdminGetUserRequest.from_wire({"UserPoolId": "p", "Username": "u"})
    assert_type(request, AdminGetUserRequest)
    assert_type(request.to_json(), str)
    AdminGetUserRequest.from_wire({}, unknown="ignore")
    return request.to_wire(json=True)


async def wire_names(parameters: Mapping[str, Any]) -> dict[str, Any]:
    client = CognitoClient(credentials=UNSIGNED)
    assert_type(
        (await client.admin_get_user(user_pool_id="p", username="u")).to_wire(metadata=True), dict[str, Any]
    )
    try:
        return await client.call("AdminGetUser", parameters)
    except ServiceError as error:
        return error.response


class Offline:
    async def prepare(self, url: str) -> None: ...

    async def send(self, request: HTTPRequest, *, timeout: float | None, resend: bool) -> HTTPResponse:
        assert_type(request.headers, Mapping[str, str])
        assert_type(request.body, bytes)
        return HTTPResponse(status=200, headers={}, body=b"{}")

    async def close(self) -> None: ...


def custom_transports() -> list[CognitoClient]:
    transports: list[Transport] = [Offline(), StubTransport()]
    return [CognitoClient(region="eu-west-1", transport=transport) for transport in transports]


async def fetched(transport: Transport) -> bytes:
    """Send a request to another service."""
    request = HTTPRequest("GET", "https://example.com/keys.json", {"Accept": "application/json"})
    assert_type(request.method, str)
    response = await transport.send(request, timeout=5, resend=True)
    assert_type(response, HTTPResponse)
    assert_type(response.status, int)
    assert_type(response.headers, Mapping[str, str])
    return response.body


def respond(request: AdminGetUserRequest) -> types.AdminGetUserResponse | ServiceError:
    return errors.UserNotFoundException(request.username)


async def stubbed(emulator: MotoServer) -> None:
    with StubTransport(in_order=False) as stub:
        stub.add(types.ListUsersResponse(users=[]), having={"limit": 5}, times=None)
        stub.add(types.EmptyResponse(), to=types.AdminDeleteUserRequest)
        stub.add(respond, to=AdminGetUserRequest, times=2)
        stub.add(
            lambda request: errors.UserNotFoundException(request.username),
            to=AdminGetUserRequest(user_pool_id="p", username="u"),
        )
        stub.add(lambda _: errors.ReadTimeoutError("late"))
        stub.add(errors.TooManyRequestsException("slow down"))
        assert_type(stub.client(retry_mode="off"), CognitoClient)
        assert_type(stub.sent, list[SentRequest])
        assert_type(stub.sent[0].signed, bool)
    assert_type(emulator.client(), CognitoClient)
    assert_type(emulator.url, str)


# Sign-in


async def signed_in(  # noqa: PLR0912  one case for each step
    client: CognitoClient, ask: Callable[[str], str]
) -> SignedIn:
    app = AppClient(client, "eu-west-1_AbC123", "client1", client_secret="secret")
    step: SignInStep = await app.sign_in(
        "ana@example.com", ask("password"), context=UserContext(ip="192.0.2.1")
    )
    while True:
        match step:
            case SignedIn():
                return step
            case NewPasswordRequired(missing=names):
                attributes = {name: ask(name) for name in names}
                step = await step.answer(ask("new password"), attributes=attributes)
            case TotpRequired() | SmsCodeRequired() | EmailCodeRequired():
                try:
                    step = await step.answer(ask("code"))
                except errors.CodeMismatchException:
                    continue
            case MfaChoiceRequired(methods=methods):
                step = await step.choose(ask(", ".join(methods)))
            case TotpSetupRequired():
                setup = await step.begin()
                print(setup.secret, setup.uri("My app"))
                step = await setup.confirm(ask("code"), device_name="phone")
            case MfaSetupChoiceRequired():
                step = await step.email(ask("address"))
            case MethodChoiceRequired(methods=methods):
                step = await (step.passkey() if "passkey" in methods else step.password(ask("password")))
            case PasswordRequired():
                step = await step.answer(ask("password"))
            case PasskeyRequired(options=options):
                step = await step.answer({"id": str(options)})
            case CustomChallenge(parameters=parameters):
                step = await step.answer(ask(parameters["question"]))
            case UnknownChallenge(name=name, parameters=parameters):
                step = await step.answer({"ANSWER": ask(name)})
            case _:
                assert_never(step)


async def session_of(app: AppClient, store: dict[str, str]) -> str:
    async def save(tokens: Tokens) -> None:
        store["tokens"] = tokens.to_state()

    device = Device.from_state(store["device"])
    session = app.session(refresh_token=store["refresh"], device=device, on_tokens=save)
    if session.new_device is not None:
        store["device"] = (await session.new_device.confirm(name="laptop", remember=True)).to_state()
    assert_type(await session.access_token(), str)
    assert_type((await session.get_user()).attribute_map.get("email"), str | None)
    assert_type(app.resume(store["step"]), PendingStep | TotpSetup)
    assert_type(await app.sign_in_with("ana", prefer="email_otp"), SignInStep)
    try:
        await session.sign_out(everywhere=True)
    except (WrongPasswordError, SignedOutError) as error:
        print(error.advice)
    return secret_hash("ana", "client1", "secret")


async def verify_tokens(transport: Transport, token: str) -> int:
    async with TokenVerifier(
        ["eu-west-1_a", "eu-west-1_b"], client_id={"web"}, leeway=5, groups="staff", transport=transport
    ) as verifier:
        await verifier.hydrate()
        try:
            access = await verifier.access(token, scopes={"orders/read"}, groups=["admins"])
        except MissingScopeError as error:
            assert_type(error.missing, frozenset[str])
            assert_type(error.required, frozenset[str])
            return 403
        except TokenError as error:
            print(error.advice)
            return 401
    assert_type(access, AccessClaims)
    assert_type(access.username, str | None)
    assert_type(access.scopes, frozenset[str])
    assert_type(access.expires_at, datetime)
    identity = await TokenVerifier("eu-west-1_a", client_id=None, jwks={}, cache=100).id(token, nonce="n")
    assert_type(identity, IdClaims)
    assert_type(identity.username, str)
    assert_type(identity.custom, Mapping[str, Any])
    assert_type(verifier.access_sync(token), AccessClaims)
    assert_type(verifier.id_sync(token), IdClaims)
    either: Claims = access
    assert_type(either.sub, str)
    assert_type(FakeUserPool().verifier(client_id=None, cache=10, audience=["https://a"]), TokenVerifier)
    return 200


# Web frameworks


async def sync_or_async(verifier: TokenVerifier, connection: HTTPConnection) -> None:
    async def get_verifier(connection: HTTPConnection) -> TokenVerifier:
        return verifier

    def get_verifier_sync() -> TokenVerifier:
        return verifier

    require = RequireAccess(verifier, scopes={"orders/read"}, groups="staff", realm="orders")
    RequireAccess(get_verifier, scheme=HTTPBearer())
    RequireAccess(get_verifier_sync, scopes=["orders/read", "orders/write"])
    assert_type(
        await require(connection=connection, security_scopes=SecurityScopes(["orders/write"])), AccessClaims
    )
    app = FastAPI(dependencies=[Depends(require), Security(require, scopes=["orders/write"])])
    add_error_handlers(app)
    add_error_handlers(Starlette(), realm="orders")
    backend = AccessTokenBackend(lambda connection: verifier, groups={"staff"})
    Middleware(AuthenticationMiddleware, backend=backend, on_error=backend.on_error)
    result = await backend.authenticate(connection)
    if result is not None:
        assert_type(result[1], AccessTokenUser)
        assert_type(result[1].claims, AccessClaims)
        assert_type(result[1].identity, str)


# Managed login


class Verifier:
    async def id(self, token: str, *, nonce: str | None = None) -> dict[str, Any]:
        return {"token": token, "nonce": nonce}


async def managed_login(app: AppClient, callback_url: str, cookie: str) -> str:
    verifier: IdTokenVerifier = Verifier()
    domain = await discover(app)
    login = ManagedLogin(app, domain=domain, redirect_uri="https://example.com/cb", verifier=verifier)
    request = login.authorize(scopes={"openid"}, provider="Google", parameters={"idp_identifier": "a"})
    print(request.url, request.to_state())
    try:
        session = await login.redeem(callback_url, AuthorizationRequest.from_state(cookie))
    except OAuthError as error:
        return f"{error.error}: {error.description}"
    assert_type(session, SignedIn)
    assert_type(await login.user_info(await session.access_token()), UserInfo)
    assert_type(await login.refresh("refresh"), Tokens)
    m2m = ClientCredentials(app, domain=domain, scopes=["orders/read"])
    assert_type(await m2m.token(), str)
    return login.logout_url(to="https://example.com/bye")


class Observed(Hooks):
    def attach(self, connections: Callable[[], Connections | None]) -> None:
        counts = connections()
        if counts is not None:
            assert_type(counts.in_use + counts.waiting, int)

    def before_call(self, call: CallInfo) -> list[float]:
        assert_type(call.quota, str | None)
        return []

    def before_attempt(
        self, call: CallInfo, attempt: AttemptInfo, state: list[float]
    ) -> Mapping[str, str] | None:
        assert_type(attempt.number, int)
        return {"traceparent": "00-1"} if call.signed else None

    def after_attempt(
        self, call: CallInfo, attempt: AttemptInfo, result: AttemptResult, state: list[float]
    ) -> None:
        assert_type(result.error, str | None)
        state.append(result.seconds)

    def after_call(self, call: CallInfo, result: CallResult, state: list[float]) -> None:
        assert_type(result.status, int | None)


async def observe_calls() -> None:
    async with CognitoClient(hooks=[Observed(), OpenTelemetry(attempt_spans=False)]) as client:
        await client.with_options(timeout=5).get_user(access_token="token")


# Bulk work


async def many_calls(client: CognitoClient, names: list[str]) -> None:
    calls = [client.admin_get_user(user_pool_id="a", username=name) for name in names]
    results = await gather(calls)
    assert_type(results, list[Ok[types.AdminGetUserResponse] | Failed])
    for result in results:
        print(result.unwrap().username, result.error)
        match result:
            case Ok(user):
                # ty 0.0.108 does not infer it.
                assert_type(user, types.AdminGetUserResponse)  # ty: ignore[type-assertion-failure]
            case Failed(error):
                assert_type(error, Exception)
    lazy = (partial(client.describe_user_pool, user_pool_id=name) for name in names)
    assert_type(await gather(lazy, on_error="raise", concurrency=5), list[types.DescribeUserPoolResponse])

    async def numbers() -> AsyncIterator[Coroutine[Any, Any, int]]:
        yield number()

    async def number() -> int:
        return 1

    async for position, outcome in gather_iter(numbers()):
        assert_type(position, int)
        # ty 0.0.108 does not infer it.
        assert_type(outcome.unwrap(), int)  # ty: ignore[type-assertion-failure]


async def jobs(client: CognitoClient) -> None:
    def show(progress: Progress) -> None:
        assert_type(progress.seconds_left, float | None)

    exported = await export_users(client, "a", Path("users.csv"), progress=show, attributes_to_get=["email"])
    assert_type(exported.users, int)
    report = await import_users(
        client, "a", "users.jsonl", on_existing="update", password=lambda entry: entry.username
    )
    assert_type(report.failures, Sequence[ImportFailure])
    copied = await copy_pool(client, "a", client, None, parts=("settings", "users"), progress=show)
    assert_type(copied.target_pool_id, str | None)
    assert_type(copied.counts["users"].created, int)
    async for user in list_all_users(client, "a", attributes_to_get=["email"]):
        assert_type(user, types.UserType)


# Rate limits


class OwnLimiter:
    async def acquire(self, request: LimitedRequest, /) -> None:
        print(request.operation, request.quota, await request.provisioned_rate("UserRead"))

    def feedback(self, request: LimitedRequest, /, *, throttled: bool, seconds: float) -> None:
        print(request.user_pool_id, throttled, seconds)


def limited_clients() -> None:
    limiters: list[RateLimiter] = [OwnLimiter(), QuotaRateLimiter(share=0.5, rates={"UserRead": 240})]
    for limiter in limiters:
        CognitoClient(limiter=limiter)
    assert_type(quota_of(types.ListUsersRequest.operation), Quota | None)
