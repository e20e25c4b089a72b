"""What the fake pool checks in requests, each with a wrong input."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cached_property
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cognito_async.sign_in import secret_hash
from cognito_async.testing import FakeClock, FakeUserPool
from cognito_async.testing._fake_pool.operations import OPERATIONS
from cognito_async.testing._fake_pool.requests import _members
from support.pool_requests import ServiceFaultError, SignIn, call, make_pool, send, signed_in

WRONG = "NotAuthorizedException: Incorrect username or password"
HASH = "NotAuthorizedException: Unable to verify secret hash for client"


def wrong(text: str) -> Any:
    return pytest.raises(ServiceFaultError, match=text)


def pool(**settings: Any) -> FakeUserPool:
    return make_pool({"ana": "pw"}, **settings)


# Parameters

PROOF = ("PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP")


@pytest.mark.parametrize(
    ("flow", "parameters", "error"),
    [
        ("USER_SRP_AUTH", {}, "Missing required parameter SRP_A"),
        ("USER_SRP_AUTH", {"SRP_A": "2", "USERNAME": ""}, "Missing required parameter USERNAME"),
        (
            "USER_SRP_AUTH",
            {"SRP_A": "2", "PASSWORD": "pw"},
            "strict: USER_SRP_AUTH has no parameter PASSWORD",
        ),
        ("USER_PASSWORD_AUTH", {"PASSWORD": None}, "Missing required parameter PASSWORD"),
        ("USER_PASSWORD_AUTH", {"PASSWORD": "pw", "SRP_A": "2"}, "strict: .* no parameter SRP_A"),
        ("CUSTOM_AUTH", {"PASSWORD": "pw"}, "strict: CUSTOM_AUTH has no parameter PASSWORD"),
        ("USER_AUTH", {"PASSWORD": "pw"}, "strict: USER_AUTH has no parameter PASSWORD"),
        (
            "USER_AUTH",
            {"PREFERRED_CHALLENGE": "PASSWORD", "SRP_A": "2"},
            "strict: USER_AUTH has no parameter SRP_A",
        ),
        ("REFRESH_TOKEN_AUTH", {"USERNAME": None}, "Missing required parameter REFRESH_TOKEN"),
        (
            "REFRESH_TOKEN_AUTH",
            {"REFRESH_TOKEN": "x"},
            "strict: REFRESH_TOKEN_AUTH has no parameter USERNAME",
        ),
    ],
)
def test_the_keys_of_each_flow(flow: str, parameters: dict[str, Any], error: str) -> None:
    with wrong(f"InvalidParameterException: .*{error}"):
        SignIn(pool()).start(flow, **parameters)


@pytest.mark.parametrize("missing", [*PROOF, "USERNAME"])
def test_the_keys_of_the_proof(missing: str) -> None:
    sign_in = SignIn(pool())
    sign_in.start_srp()
    proof = sign_in.proof()
    with wrong(f"Missing required parameter {missing}"):
        sign_in.respond(**{**proof, missing: None})
    with wrong("strict: PASSWORD_VERIFIER has no parameter ANSWER"):
        sign_in.respond(**proof, ANSWER="x")
    sign_in.respond(**proof)
    assert sign_in.tokens


@pytest.mark.parametrize(("answer", "missing"), [("PASSWORD", "PASSWORD"), ("PASSWORD_SRP", "SRP_A")])
def test_the_keys_of_a_choice(answer: str, missing: str) -> None:
    sign_in = SignIn(pool())
    sign_in.start("USER_AUTH")
    with wrong(f"Missing required parameter {missing}"):
        sign_in.respond(ANSWER=answer)
    with wrong("strict: SELECT_CHALLENGE has no parameter PASSWORD"):
        sign_in.respond(ANSWER="EMAIL_OTP", PASSWORD="pw")


def test_a_lenient_pool_ignores_what_the_service_ignores() -> None:
    sign_in = SignIn(pool(strict=False), UserContextData={"IpAddress": "192.0.2.1"})
    sign_in.start_srp(ANSWER="x")
    sign_in.respond(None, {"UserContextData": None}, **sign_in.proof(), ANSWER="x")
    assert sign_in.tokens
    assert call(sign_in.pool, "GetUser", signed=True, AccessToken=sign_in.access_token, Extra=1)


# Names and hashes


@pytest.mark.parametrize(
    ("flow", "parameters"), [("USER_SRP_AUTH", {"SRP_A": "2"}), ("USER_PASSWORD_AUTH", {"PASSWORD": "pw"})]
)
def test_the_secret_hash_of_the_start(flow: str, parameters: dict[str, str]) -> None:
    with wrong(HASH):
        SignIn(pool(client_secret="client_secret_for_the_tests")).start(
            flow, SECRET_HASH="wrong", **parameters
        )
    with wrong("is configured with secret but SECRET_HASH was not received"):
        SignIn(pool(client_secret="client_secret_for_the_tests")).start(flow, SECRET_HASH=None, **parameters)
    with wrong(HASH):  # a needless one
        SignIn(pool()).start(
            flow, SECRET_HASH=secret_hash("ana", "id", "client_secret_for_the_tests"), **parameters
        )


def test_the_secret_hash_and_the_name_of_a_response() -> None:
    fake = make_pool(
        {"ana@example.com": "pw"}, username_attributes=["email"], client_secret="client_secret_for_the_tests"
    )
    sign_in = SignIn(fake, "ana@example.com")
    sign_in.start_srp()
    proof = sign_in.proof()
    of_the_alias = secret_hash("ana@example.com", fake.client_id, "client_secret_for_the_tests")
    with wrong(HASH):
        sign_in.respond(**proof, SECRET_HASH=of_the_alias)
    with wrong("SECRET_HASH was not received"):
        sign_in.respond(**proof, SECRET_HASH=None)
    with wrong("Invalid session for the user"):
        sign_in.respond(**proof, USERNAME="ana@example.com", SECRET_HASH=of_the_alias)
    sign_in.respond(**proof)
    assert sign_in.tokens


def test_the_alias_is_accepted_until_a_challenge_tells_the_user_name() -> None:
    fake = make_pool(username_attributes=["email"], mfa="optional")
    fake.add_user("ana@example.com", "pw", mfa=["totp"])
    sign_in = SignIn(fake, "ana@example.com")
    sign_in.start("USER_AUTH")
    sign_in.respond(ANSWER="PASSWORD", PASSWORD="pw")
    code = fake.user("ana@example.com").totp_code()
    with wrong("Invalid session for the user"):
        sign_in.respond(SOFTWARE_TOKEN_MFA_CODE=code, USERNAME="ana@example.com")
    sign_in.respond(SOFTWARE_TOKEN_MFA_CODE=code)


# SRP


@pytest.mark.parametrize("public", ["0", "0x2", "zz", "1" * 1025, "-2"])
def test_the_range_of_the_public_value(public: str) -> None:
    with wrong("InvalidParameterException: Invalid SRP_A"):
        SignIn(pool()).start("USER_SRP_AUTH", SRP_A=public)


@pytest.mark.parametrize(
    "timestamp",
    [
        "Mon Sep 5 07:04:03 UTC 2023",
        "Tue Sep 05 07:04:03 UTC 2023",
        "Sun Sep 5 07:04:03 UTC 1999",
        "Tue Sep 5 07:14:03 UTC 2023",
    ],
)
def test_a_wrong_timestamp_counts_as_a_wrong_password(timestamp: str) -> None:
    fake = make_pool({"ana": "pw"}, clock=clock_on_the_fifth())
    sign_in = SignIn(fake)
    sign_in.start_srp()
    with wrong(WRONG):
        sign_in.respond(**sign_in.proof(timestamp=timestamp))


def test_the_right_timestamp() -> None:
    sign_in = SignIn(make_pool({"ana": "pw"}, clock=clock_on_the_fifth()))
    sign_in.start_srp()
    sign_in.respond(**sign_in.proof(timestamp="Tue Sep 5 07:04:03 UTC 2023"))
    assert sign_in.tokens


def clock_on_the_fifth() -> FakeClock:
    return FakeClock(1693897443)


def test_a_timestamp_of_another_form() -> None:
    sign_in = SignIn(pool())
    sign_in.start_srp()
    with wrong("InvalidParameterException: TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english"):
        sign_in.respond(**{**sign_in.proof(), "TIMESTAMP": "2023-09-05"})


def test_the_secret_block_belongs_to_its_exchange() -> None:
    fake = pool()
    first, second = SignIn(fake), SignIn(fake)
    first.start_srp()
    second.start_srp()
    other = second.answer["ChallengeParameters"]["SECRET_BLOCK"]
    with wrong(WRONG):  # the proof of one exchange for another
        first.respond(**first.proof(PASSWORD_CLAIM_SECRET_BLOCK=other))
    with wrong("Invalid session for the user"):
        SignIn(fake).respond("PASSWORD_VERIFIER", **dict.fromkeys(PROOF, "x"))


# Sessions


def test_the_proof_of_user_srp_auth_has_no_session() -> None:
    sign_in = SignIn(pool())
    sign_in.start_srp()
    with wrong("Invalid session for the user"):
        sign_in.respond(None, {"Session": "x" * 20}, **sign_in.proof())


def test_the_proof_of_user_auth_has_one() -> None:
    sign_in = SignIn(pool())
    sign_in.start_srp("USER_AUTH", PREFERRED_CHALLENGE="PASSWORD_SRP")
    proof = sign_in.proof()
    with wrong("Invalid session for the user"):
        sign_in.respond(None, {"Session": None}, **proof)
    with wrong("Invalid session for the user"):
        sign_in.respond(**{**proof, "PASSWORD_CLAIM_SECRET_BLOCK": "eA=="})
    other = SignIn(sign_in.pool)
    other.start("USER_AUTH")
    with wrong("Invalid session for the user"):  # a session without an exchange
        sign_in.respond(None, {"Session": other.answer["Session"]}, **proof)
    sign_in.respond(**proof)
    assert sign_in.tokens


def totp_pool() -> FakeUserPool:
    fake = make_pool(mfa="optional")
    fake.add_user("ana", "pw", mfa=["totp"])
    return fake


def test_a_session_is_used_once_and_expires() -> None:
    fake = totp_pool()
    sign_in = SignIn(fake)
    sign_in.srp()
    challenge = sign_in.answer
    with wrong("Missing required parameter Session"):
        sign_in.respond(None, {"Session": None}, SOFTWARE_TOKEN_MFA_CODE=fake.user("ana").totp_code())
    sign_in.respond(SOFTWARE_TOKEN_MFA_CODE=fake.user("ana").totp_code())
    sign_in.answer = challenge
    with wrong("Invalid session for the user, session can only be used once"):
        sign_in.respond(SOFTWARE_TOKEN_MFA_CODE="123456")
    sign_in.srp()
    fake.clock.advance(180)
    with wrong("Invalid session for the user, session is expired"):
        sign_in.respond(SOFTWARE_TOKEN_MFA_CODE="123456")
    sign_in.start_srp()
    proof = sign_in.proof()
    fake.clock.advance(180)
    with wrong("session is expired"):
        sign_in.respond(**proof)


@pytest.mark.parametrize("change", ["client", "admin", "challenge"])
def test_a_session_belongs_to_its_app_client_its_family_and_its_challenge(change: str) -> None:
    fake = totp_pool()
    sign_in = SignIn(fake)
    sign_in.srp()
    code = {"SOFTWARE_TOKEN_MFA_CODE": fake.user("ana").totp_code()}
    name = None
    if change == "client":
        sign_in.client = fake.add_client()
    elif change == "admin":
        sign_in.admin = True
    else:
        name, code = "SMS_MFA", {"SMS_MFA_CODE": "123456"}
    with wrong("Invalid session for the user[.]"):
        sign_in.respond(name, **code)


# What is repeated


@pytest.mark.parametrize("admin", [False, True])
def test_the_context_is_repeated(*, admin: bool) -> None:
    name = "ContextData" if admin else "UserContextData"
    context = {"IpAddress": "192.0.2.1", "ServerName": "s", "ServerPath": "/", "HttpHeaders": []}
    context = context if admin else {"IpAddress": "192.0.2.1"}
    sign_in = SignIn(pool(), admin=admin, **{name: context})
    sign_in.start_srp()
    proof = sign_in.proof()
    with wrong(f"strict: {name} differs from that of the start"):
        sign_in.respond(None, {name: None}, **proof)
    with wrong(f"strict: {name} differs"):
        sign_in.respond(None, {name: {**context, "IpAddress": "192.0.2.2"}}, **proof)
    sign_in.respond(**proof)
    assert sign_in.tokens


@pytest.mark.parametrize("missing", ["IpAddress", "ServerName", "ServerPath", "HttpHeaders"])
def test_the_context_of_administrators_is_complete(missing: str) -> None:
    context = {"IpAddress": "192.0.2.1", "ServerName": "s", "ServerPath": "/", "HttpHeaders": []}
    del context[missing]
    with wrong(f"ContextData: Missing required parameter {missing}"):
        SignIn(pool(), admin=True, ContextData=context).start_srp()


# Requests


def test_pools_and_app_clients_that_do_not_exist() -> None:
    with wrong("ResourceNotFoundException: User pool client nobody does not exist"):
        call(pool(), "InitiateAuth", ClientId="nobody", AuthFlow="USER_AUTH")
    with wrong("ResourceNotFoundException: User pool eu-west-1_other does not exist"):
        call(pool(), "AdminGetUser", UserPoolId="eu-west-1_other", Username="ana")
    with wrong("ResourceNotFoundException: User pool eu-west-1_other does not exist"):
        SignIn(pool(), admin=True, UserPoolId="eu-west-1_other").start_srp()


def test_signatures_are_as_in_the_model() -> None:
    with wrong("MissingAuthenticationTokenException: Missing Authentication Token"):
        call(pool(), "AdminGetUser", signed=False, Username="ana")
    with wrong("strict: GetUser is not signed in the model"):
        call(pool(), "GetUser", signed=True, AccessToken="x")


@pytest.mark.parametrize(
    ("operation", "members", "error"),
    [
        ("GetUser", {}, "InvalidParameterException: .*Value at 'accessToken' .* Member must not be null"),
        ("GetUser", {"AccessToken": ""}, "Value at 'accessToken'"),
        ("GetUser", {"AccessToken": 1}, "SerializationException: AccessToken is not a string"),
        (
            "ConfirmSignUp",
            {"ForceAliasCreation": 1},
            "SerializationException: ForceAliasCreation is not a boolean",
        ),
        ("InitiateAuth", {"AuthFlow": 1}, "SerializationException: AuthFlow is not a string"),
        ("GetUser", {"AccessToken": "x", "Token": "x"}, "strict: GetUser has no member Token"),
        (
            "InitiateAuth",
            {"AuthFlow": "USER_AUTH", "AuthParameters": []},
            "SerializationException: AuthParameters is not an object",
        ),
        (
            "InitiateAuth",
            {"AuthFlow": "USER_AUTH", "AuthParameters": {"USERNAME": 1}},
            "AuthParameters has a value that is not a string",
        ),
        (
            "SignUp",
            {"Username": "bob", "UserAttributes": [{"Value": "x"}]},
            "UserAttributes is not a list of names and values",
        ),
        (
            "SignUp",
            {"Username": "bob", "UserAttributes": "x"},
            "UserAttributes is not a list of names and values",
        ),
        (
            "SignUp",
            {"Username": "bob", "UserAttributes": [{"Name": "x", "Value": 1}]},
            "UserAttributes has a value that is not a string",
        ),
    ],
)
def test_members_are_as_in_the_model(operation: str, members: dict[str, Any], error: str) -> None:
    fake = pool()
    if operation == "ConfirmSignUp":
        members = {"Username": "ana", "ConfirmationCode": "1", **members}
    if operation != "GetUser":
        members = {"ClientId": fake.client_id, **members}
    with wrong(error):
        call(fake, operation, **members)


@pytest.mark.parametrize("names", ["name", [1]])
def test_lists_of_names_are_lists_of_strings(names: object) -> None:
    sign_in = signed_in(pool())
    with wrong("UserAttributeNames is not a list of strings"):
        call(sign_in.pool, "DeleteUserAttributes", AccessToken=sign_in.access_token, UserAttributeNames=names)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", rb'{"AccessToken": "\ud800"}'])
def test_a_body_that_is_not_a_json_object(body: bytes) -> None:
    with wrong("SerializationException"):
        send(pool(), "GetUser", body)


@pytest.mark.parametrize("operation", ["Magic", "", "AdminGetUser.x"])
def test_operations_that_do_not_exist(operation: str) -> None:
    with wrong("UnknownOperationException"):
        send(pool(), operation, b"{}")


def test_operations_that_the_fake_pool_lacks() -> None:
    fake = pool()
    with wrong("UnknownOperationException: FakeUserPool has no operation CreateUserPool"):
        send(fake, "CreateUserPool", json.dumps({"PoolName": "x"}).encode(), signed=True)
    assert [each.operation for each in fake.requests] == ["CreateUserPool"]


class Shared:
    """A pool for many requests, and members that fit it."""

    @cached_property
    def pool(self) -> FakeUserPool:
        fake = make_pool({"ana": "pw"}, strict=False)
        fake.add_user("ana2", "pw", email="a@example.com")
        return fake

    @property
    def right(self) -> dict[str, Any]:
        if "ana" not in [user.username for user in self.pool.users]:
            self.pool.add_user("ana", "pw")
        user = self.pool.user("ana")
        user.password, user.disabled, user.status = "pw", False, "CONFIRMED"
        sign_in = signed_in(self.pool)
        return {
            "AccessToken": sign_in.access_token,
            "ClientId": self.pool.client_id,
            "RefreshToken": sign_in.tokens["RefreshToken"],
            "Token": sign_in.tokens["RefreshToken"],
            "UserPoolId": self.pool.pool_id,
            "Username": "ana",
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ChallengeName": "PASSWORD_VERIFIER",
            "Password": "password",
        }


SHARED = Shared()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.just("\ud800"),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
    max_leaves=5,
)
FUZZED = {operation: sorted(_members(operation)) for operation in sorted(OPERATIONS)}


@pytest.mark.parametrize("operation", FUZZED)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_no_request_breaks_the_pool(operation: str, data: st.DataObject) -> None:
    """Any JSON gets a response; the names of the members are right, and often their values."""
    fake = SHARED.pool
    right = {
        **SHARED.right,
        "AuthParameters": {"USERNAME": "ana", "PASSWORD": "pw"},
        "UserAttributes": [{"Name": "email", "Value": "a@example.com"}],
    }
    members = {}
    for name in FUZZED[operation]:
        if data.draw(st.booleans()) and name in right:
            members[name] = right[name]
        elif data.draw(st.booleans()):
            members[name] = data.draw(VALUES)
    with suppress(ServiceFaultError):
        send(fake, operation, json.dumps(members).encode(), signed=data.draw(st.booleans()))
