"""Mistakes of users: mypy, pyright and ty must report every line marked ``# error``."""

from typing import assert_never

from cognito_async import CognitoClient, HTTPRequest, HTTPResponse, Transport, errors, filters, types
from cognito_async.sign_in import AppClient, SignedIn, SignInStep, TotpRequired
from cognito_async.testing import FakeUserPool, StubTransport
from cognito_async.tokens import TokenVerifier
from cognito_async.types import NoSuchShapeEither  # error
from cognito_async.updates import merge_user_pool
from cognito_async.waiters import wait_for_domain


async def wrong(client: CognitoClient) -> None:
    await client.admin_get_user(user_pool_id="p", usernam="u")  # error
    await client.admin_get_user(user_pool_id="p")  # error
    await client.admin_get_user("p", "u")  # error
    await client.admin_get_user(user_pool_id=5, username="u")  # error
    await client.admin_create_user(user_pool_id="p", username="u", message_action="SUPRESS")  # error
    await client.admin_create_user(user_pool_id="p", username="u", user_attributes=[5])  # error
    await client.sign_up(client_id="c", username="u", user_attributes={"email": 1.5})  # error
    await client.sign_up(client_id="c", username="u", user_attributes={"email": ["a@b"]})  # error
    await client.sign_up(client_id="c", username="u", user_attributes="email")  # error
    types.SignUpRequest(client_id="c", username="u", validation_data={"code": b"x"})  # error
    await client.admin_get_usr(user_pool_id="p", username="u")  # error
    await client.initiate_auth(client_id="c", auth_flow="PASSWORD")  # error
    await client.initiate_auth(client_id="c", auth_flow="USER_AUTH", auth_parameters={"MAX_AGE": 5})  # error
    await client.initiate_auth(auth_flow="USER_AUTH", auth_parameters={"USERNAME": "u"})  # error
    srp: types.SrpAuthParameters = {"USERNAME": "u", "SRP_A": "a"}
    await client.initiate_auth(client_id="c", auth_flow="USER_PASSWORD_AUTH", auth_parameters=srp)  # error
    types.InitiateAuthRequest(client_id="c", auth_flow="USER_AUTH", auth_parameters={"MAX_AGE": 5})  # error
    await client.update_identity_provider(user_pool_id="p", provider_name="n", provider_details=5)  # error
    await client.send(types.AttributeType(name="a"))  # error
    response = await client.admin_get_user(user_pool_id="p", username="u")
    print(response.user_name)  # error
    response.username = "other"  # error
    response.attribute_map["email"] = "a@b"  # error
    response.attribute_map["email_verified"].lower()  # error
    print(response.attribute_map["email"] + 1)  # error
    print(response.attributes_map)  # error
    tokens = await client.initiate_auth(client_id="c", auth_flow="USER_AUTH")
    print(tokens.authentication_result.access_token)  # error
    await merge_user_pool(client, types.UpdateUserPoolClientRequest(user_pool_id="p", client_id="c"))  # error
    await wait_for_domain(client, domain="auth", timeout="5")  # error
    client.get_paginator("list_user")  # error
    client.get_paginator("get_user")  # error
    users = client.get_paginator("list_users")
    users.paginate(user_pool="p")  # error
    users.paginate()  # error
    users.paginate(user_pool_id="p", limit=5)  # error
    users.paginate(user_pool_id="p", page_size="5")  # error
    users.paginate(user_pool_id="p", prefetch=2)  # error
    client.get_paginator("list_user_sessions").paginate(access_token="t", page_size=5)  # error
    async for user in users.paginate(user_pool_id="p").items():
        print(user.user_name)  # error
    for page in users.paginate(user_pool_id="p"):  # error
        print(page)


def respond(request: types.ListUsersRequest) -> types.ListUsersResponse:
    return types.ListUsersResponse(users=[])


def stubbed(stub: StubTransport) -> None:
    stub.add({"Users": []})  # error
    stub.add(respond, to=types.AdminGetUserRequest)  # error
    stub.add(types.EmptyResponse(), to="delete_user")  # error
    stub.add(types.EmptyResponse(), types.DeleteUserRequest)  # error
    CognitoClient(transport=object())  # error


class PostTransport:
    """A transport without ``send``."""

    async def prepare(self, url: str) -> None: ...

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> HTTPResponse:
        return HTTPResponse(200, headers, body)

    async def close(self) -> None: ...


async def transported(transport: Transport) -> None:
    request = HTTPRequest("GET", "https://example.com", {})
    await transport.send(request)  # error
    await transport.send(request, timeout="5", resend=False)  # error
    await transport.send(("GET", "https://example.com"), timeout=None, resend=False)  # error
    response = await transport.send(request, timeout=None, resend=False)
    response.status = 500  # error
    print(response.text)  # error
    HTTPRequest("POST", "https://example.com", {}, "text")  # error
    HTTPRequest("POST", "https://example.com", headers=[("a", "b")])  # error
    HTTPResponse(status="200", headers={}, body=b"")  # error
    CognitoClient(transport=PostTransport())  # error


async def signed_in(app: AppClient, step: SignInStep) -> str:
    await app.sign_in("ana", b"password")  # error
    await app.sign_in("ana", "password", flow="magic")  # error
    await app.sign_in("ana", "password", device="text")  # error
    await app.sign_in_with("ana", prefer="pigeon")  # error
    await step.answer("123456")  # error
    match step:
        case SignedIn():
            step.on_tokens = "save"  # error
            return step.access_token()  # error
        case TotpRequired():
            await step.choose("totp")  # error
            await step.answer(123456)  # error
        case _:
            assert_never(step)  # error
    return app.session(refresh_token=5).id_token  # error


filters.equals("custom:level", "3")  # error
filters.starts_with("email", 3)  # error
print(types.NoSuchShape)  # error
print(errors.NoSuchException)  # error
types.AttributeType(nam="a")  # error
types.AttributeType()  # error
CognitoClient("eu-west-1")  # error
CognitoClient(credentials="AKID")  # error
CognitoClient(credentials=False)  # error
CognitoClient(hooks=[print])  # error
types.AttributeType(name="a").to_wire(metadata=True)  # error
types.AttributeType.from_wire({}, unknown="skip")  # error
print(NoSuchShapeEither)


async def verified(verifier: TokenVerifier, token: str) -> str:
    TokenVerifier("eu-west-1_a")  # error
    TokenVerifier("eu-west-1_a", client_id=7)  # error
    await verifier.access(token, nonce="n")  # error
    await verifier.id(token, scopes={"openid"})  # error
    FakeUserPool().verifier(leeway="5")  # error
    claims = await verifier.access(token)
    claims.groups = frozenset()  # error
    return claims.username  # error
