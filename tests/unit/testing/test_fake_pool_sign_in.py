"""Flows and challenges of the fake pool, by hand-made requests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from cognito_async.testing import FakePasskey, FakeUserPool
from support.pool_requests import ServiceFaultError, SignIn, call, make_pool, signed_in

EMAIL = "ana@example.com"
WRONG = "NotAuthorizedException: Incorrect username or password"


def wrong(text: str) -> Any:
    return pytest.raises(ServiceFaultError, match=text)


# Passwords


@pytest.mark.parametrize("secret", [None, "client_secret_for_the_tests"])
@pytest.mark.parametrize("admin", [False, True])
def test_srp(secret: str | None, *, admin: bool) -> None:
    pool = make_pool({"ana": "pw"}, client_secret=secret)
    sign_in = SignIn(pool, admin=admin)
    challenge = sign_in.start_srp()
    assert challenge.keys() == {"ChallengeName", "ChallengeParameters"}  # and no session
    assert challenge["ChallengeParameters"].keys() == {
        "USERNAME",
        "USER_ID_FOR_SRP",
        "SRP_B",
        "SALT",
        "SECRET_BLOCK",
    }
    assert sign_in.respond(**sign_in.proof()).keys() == {"ChallengeParameters", "AuthenticationResult"}
    assert sign_in.tokens.keys() == {"AccessToken", "ExpiresIn", "TokenType", "IdToken", "RefreshToken"}


@pytest.mark.parametrize(
    ("flow", "admin"),
    [("USER_PASSWORD_AUTH", False), ("ADMIN_USER_PASSWORD_AUTH", True), ("ADMIN_NO_SRP_AUTH", True)],
)
def test_a_password_that_is_sent(flow: str, *, admin: bool) -> None:
    sign_in = SignIn(make_pool({"ana": "pw"}), admin=admin)
    assert "AuthenticationResult" in sign_in.start(flow, PASSWORD="pw")
    with wrong(WRONG):
        SignIn(sign_in.pool, admin=admin).start(flow, PASSWORD="other")


@pytest.mark.parametrize(
    ("flow", "admin"),
    [("USER_PASSWORD_AUTH", True), ("ADMIN_USER_PASSWORD_AUTH", False), ("ADMIN_NO_SRP_AUTH", False)],
)
def test_flows_of_the_other_family(flow: str, *, admin: bool) -> None:
    with wrong("InvalidParameterException: Initiate Auth method not supported"):
        SignIn(make_pool({"ana": "pw"}), admin=admin).start(flow, PASSWORD="pw")


def test_flows_and_challenges_that_do_not_exist() -> None:
    sign_in = SignIn(make_pool({"ana": "pw"}))
    with wrong("Unsupported authentication flow MAGIC"):
        sign_in.start("MAGIC")
    with wrong("Unsupported challenge MAGIC"):
        sign_in.respond("MAGIC")


def test_a_flow_that_is_not_allowed() -> None:
    pool = make_pool({"ana": "pw"}, explicit_auth_flows=["ALLOW_USER_SRP_AUTH"])
    with wrong("InvalidParameterException: USER_PASSWORD_AUTH flow not enabled for this client"):
        SignIn(pool).start("USER_PASSWORD_AUTH", PASSWORD="pw")


@pytest.mark.parametrize("password", ["other", "pw ", ""])
def test_a_wrong_password_over_srp(password: str) -> None:
    sign_in = SignIn(make_pool({"ana": "pw"}), password=password)
    with wrong(WRONG):
        sign_in.srp()
    block = sign_in.answer["ChallengeParameters"]["SECRET_BLOCK"]
    again = {"PASSWORD_CLAIM_SECRET_BLOCK": block, "PASSWORD_CLAIM_SIGNATURE": "x", "TIMESTAMP": "x"}
    with wrong("Invalid session for the user"):
        sign_in.respond(**again)


def test_a_user_without_password() -> None:
    pool = make_pool()
    pool.add_user("ana")
    with wrong(WRONG):
        SignIn(pool, password="").srp()
    with wrong(WRONG):
        SignIn(pool).start("USER_PASSWORD_AUTH", PASSWORD="pw")


def test_a_password_that_the_test_changes() -> None:
    pool = make_pool({"ana": "pw"})
    SignIn(pool).srp()
    pool.user("ana").password = "other"
    SignIn(pool, password="other").srp()
    pool.user("ana").password = None
    with wrong(WRONG):
        SignIn(pool, password="other").srp()


def test_five_wrong_passwords_lock_the_user_for_longer_and_longer() -> None:
    pool = make_pool({"ana": "pw"})
    for _ in range(5):
        with wrong(WRONG):
            SignIn(pool).start("USER_PASSWORD_AUTH", PASSWORD="other")
    locked = "NotAuthorizedException: Password attempts exceeded"
    with wrong(locked):
        SignIn(pool).start("USER_PASSWORD_AUTH", PASSWORD="pw")
    with wrong(locked):
        SignIn(pool).start_srp()
    pool.clock.advance(1)
    with wrong(WRONG):
        SignIn(pool, password="other").srp()
    pool.clock.advance(1)
    with wrong(locked):
        SignIn(pool).start_srp()
    pool.clock.advance(1)
    SignIn(pool).srp()
    assert pool.user("ana").failures == 0


# Names


def test_an_unknown_user_is_hidden() -> None:
    pool = make_pool({"ana": "pw"})
    first, second = SignIn(pool, "bob"), SignIn(pool, "bob")
    assert (
        first.start_srp()["ChallengeParameters"]["SALT"] == second.start_srp()["ChallengeParameters"]["SALT"]
    )
    assert first.answer["ChallengeParameters"]["USER_ID_FOR_SRP"] == "bob"
    with wrong(WRONG):
        first.respond(**first.proof())
    with wrong(WRONG):
        SignIn(pool, "bob").start("USER_PASSWORD_AUTH", PASSWORD="pw")
    for _ in range(3):
        with wrong(WRONG):
            SignIn(pool, "bob").start("USER_PASSWORD_AUTH", PASSWORD="pw")
    with wrong("Password attempts exceeded"):
        SignIn(pool, "bob").start("USER_PASSWORD_AUTH", PASSWORD="pw")


def test_an_unknown_user_is_reported() -> None:
    pool = make_pool({"ana": "pw"}, prevent_user_existence_errors=False)
    with wrong("UserNotFoundException: User does not exist"):
        SignIn(pool, "bob").start_srp()


def test_an_unknown_alias_looks_like_a_known_one() -> None:
    pool = make_pool({EMAIL: "pw"}, username_attributes=["email"])
    known, unknown = SignIn(pool, EMAIL).start_srp(), SignIn(pool, "bob@example.com").start_srp()
    ids = [len(each["ChallengeParameters"]["USER_ID_FOR_SRP"]) for each in (known, unknown)]
    assert ids == [36, 36]


@pytest.mark.parametrize("secret", [None, "client_secret_for_the_tests"])
def test_a_user_name_that_is_an_address(secret: str | None) -> None:
    pool = make_pool({EMAIL: "pw"}, username_attributes=["email"], client_secret=secret)
    sign_in = SignIn(pool, EMAIL)
    sign_in.srp()
    assert sign_in.name == pool.user(EMAIL).sub
    assert pool.user(EMAIL).username == sign_in.name


def test_aliases_must_be_verified() -> None:
    pool = make_pool(alias_attributes=["email", "preferred_username"])
    pool.add_user("ana", "pw", email=EMAIL, email_verified="false", preferred_username="Ana!")
    SignIn(pool, "Ana!").srp()
    with wrong(WRONG):
        SignIn(pool, EMAIL).srp()
    pool.user("ana").attributes["email_verified"] = "true"
    SignIn(pool, EMAIL).srp()


def test_the_sub_is_no_user_name() -> None:
    pool = make_pool({"ana": "pw"}, prevent_user_existence_errors=False)
    with wrong("UserNotFoundException"):
        SignIn(pool, pool.user("ana").sub).start_srp()


# States of users


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"disabled": True}, "NotAuthorizedException: User is disabled"),
        ({"status": "UNCONFIRMED"}, "UserNotConfirmedException: User is not confirmed"),
        (
            {"status": "RESET_REQUIRED"},
            "PasswordResetRequiredException: Password reset required for the user",
        ),
    ],
)
def test_users_who_may_not_sign_in(changes: Mapping[str, Any], error: str) -> None:
    pool = make_pool({"ana": "pw"}, custom_challenges=[])
    for name, value in changes.items():
        setattr(pool.user("ana"), name, value)
    with wrong(error):
        SignIn(pool).srp()
    with wrong(error):
        SignIn(pool).start("USER_PASSWORD_AUTH", PASSWORD="pw")
    with wrong(error):
        SignIn(pool).start("CUSTOM_AUTH")
    with wrong(WRONG):  # only those who know the password learn it
        SignIn(pool, password="other").srp()


def new_password_pool(**settings: Any) -> FakeUserPool:
    pool = make_pool(required_attributes=["email", "name"], **settings)
    pool.add_user("ana", "temporary", email=EMAIL, status="FORCE_CHANGE_PASSWORD")
    return pool


@pytest.mark.parametrize("secret", [None, "client_secret_for_the_tests"])
def test_a_new_password(secret: str | None) -> None:
    pool = new_password_pool(client_secret=secret)
    sign_in = SignIn(pool, password="temporary")
    told = sign_in.srp()["ChallengeParameters"]
    assert sign_in.answer["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert json.loads(told["requiredAttributes"]) == ["userAttributes.name"]
    assert json.loads(told["userAttributes"]) == {"email": EMAIL, "email_verified": "true"}
    sign_in.respond(NEW_PASSWORD="new password", **{"userAttributes.name": "Ana"})
    assert sign_in.tokens
    assert pool.user("ana").attributes["name"] == "Ana"
    SignIn(pool, password="new password").srp()


@pytest.mark.parametrize(
    ("responses", "error"),
    [
        ({}, "InvalidParameterException: .*name is missing"),
        ({"userAttributes.name": ""}, "name is missing"),
        (
            {"userAttributes.name": "A", "userAttributes.email": "b@example.com"},
            "NotAuthorized.*already provided email",
        ),
        (
            {"userAttributes.name": "A", "userAttributes.phone_number_verified": "true"},
            "already provided phone_number",
        ),
        (
            {"userAttributes.name": "A", "NEW_PASSWORD": "short"},
            "InvalidPasswordException: .*not long enough",
        ),
        (
            {"userAttributes.name": "A", "NEW_PASSWORD": "temporary"},
            "PasswordHistoryPolicyViolationException",
        ),
        ({"userAttributes.name": "A", "name": "A"}, "strict: NEW_PASSWORD_REQUIRED has no parameter name"),
        ({"userAttributes.name": "A", "TIMESTAMP": "x"}, "no parameter TIMESTAMP"),
        ({"userAttributes.name": "A", "NEW_PASSWORD": None}, "Missing required parameter NEW_PASSWORD"),
    ],
)
def test_a_new_password_that_is_rejected_can_be_answered_again(responses: dict[str, Any], error: str) -> None:
    sign_in = SignIn(new_password_pool(password_history=2), password="temporary")
    sign_in.srp()
    with wrong(error):
        sign_in.respond(**{"NEW_PASSWORD": "new password", **responses})
    sign_in.respond(NEW_PASSWORD="new password", **{"userAttributes.name": "Ana"})
    assert sign_in.tokens


# CUSTOM_AUTH

PAIRS: Sequence[tuple[Mapping[str, str], str]] = [({"question": "1 + 1"}, "2"), ({"question": "2 + 2"}, "4")]


def test_challenges_of_the_pools_own() -> None:
    sign_in = SignIn(make_pool({"ana": "pw"}, custom_challenges=PAIRS))
    challenge = sign_in.start("CUSTOM_AUTH")
    assert challenge["ChallengeParameters"] == {"USERNAME": "ana", "question": "1 + 1"}
    first = challenge["Session"]
    second = sign_in.respond(ANSWER="2")
    assert second["ChallengeParameters"]["question"] == "2 + 2"
    assert second["Session"] != first
    assert "AuthenticationResult" in sign_in.respond(ANSWER="4")


def test_a_wrong_answer_ends_the_sign_in() -> None:
    sign_in = SignIn(make_pool({"ana": "pw"}, custom_challenges=PAIRS))
    sign_in.start("CUSTOM_AUTH")
    with wrong(WRONG):
        sign_in.respond(ANSWER="3")
    with wrong("session can only be used once"):
        sign_in.respond(ANSWER="2")


def test_a_function_decides_on_the_challenges() -> None:
    seen = []

    def challenge(username: str, results: Sequence[bool]) -> tuple[Mapping[str, str], str] | bool:
        seen.append((username, results))
        return True if results and results[-1] else ({"try": str(len(results))}, "yes")

    sign_in = SignIn(make_pool({"ana": "pw"}, custom_challenges=challenge))
    sign_in.start("CUSTOM_AUTH")
    sign_in.respond(ANSWER="no")
    assert "AuthenticationResult" in sign_in.respond(ANSWER="yes")
    assert seen == [("ana", ()), ("ana", (False,)), ("ana", (False, True))]


def test_custom_auth_after_srp() -> None:
    sign_in = SignIn(make_pool({"ana": "pw"}, custom_challenges=PAIRS[:1]))
    assert "Session" in sign_in.start_srp("CUSTOM_AUTH", CHALLENGE_NAME="SRP_A")
    assert sign_in.respond(**sign_in.proof())["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert "AuthenticationResult" in sign_in.respond(ANSWER="2")


def test_custom_auth_after_srp_and_a_new_password() -> None:
    pool = make_pool(custom_challenges=PAIRS[:1])
    pool.add_user("ana", "pw", status="FORCE_CHANGE_PASSWORD")
    sign_in = SignIn(pool)
    sign_in.srp("CUSTOM_AUTH", CHALLENGE_NAME="SRP_A")
    assert sign_in.respond(NEW_PASSWORD="new password")["ChallengeName"] == "CUSTOM_CHALLENGE"


@pytest.mark.parametrize(
    "parameters",
    [{"CHALLENGE_NAME": "SRP_A"}, {"SRP_A": "2"}, {"SRP_A": "2", "CHALLENGE_NAME": "PASSWORD_VERIFIER"}],
)
def test_custom_auth_with_half_of_srp(parameters: dict[str, str]) -> None:
    with wrong("CUSTOM_AUTH with SRP needs SRP_A and CHALLENGE_NAME=SRP_A"):
        SignIn(make_pool({"ana": "pw"}, custom_challenges=[])).start("CUSTOM_AUTH", **parameters)


def test_custom_auth_in_a_pool_without_it() -> None:
    with wrong("InvalidParameterException: Custom auth lambda trigger is not configured"):
        SignIn(make_pool({"ana": "pw"})).start("CUSTOM_AUTH")


def test_an_unknown_user_never_gives_the_right_answer() -> None:
    sign_in = SignIn(make_pool(custom_challenges=PAIRS), "bob")
    sign_in.start("CUSTOM_AUTH")
    with wrong(WRONG):
        sign_in.respond(ANSWER="2")


# USER_AUTH


def choice_pool(**settings: Any) -> FakeUserPool:
    pool = make_pool(**settings)
    user = pool.add_user("ana", "pw", email=EMAIL, phone_number="+15550100123")
    user.passkeys.append(FakePasskey())
    return pool


@pytest.mark.parametrize("secret", [None, "client_secret_for_the_tests"])
@pytest.mark.parametrize("admin", [False, True])
def test_the_methods_to_choose_from(secret: str | None, *, admin: bool) -> None:
    pool = choice_pool(client_secret=secret)
    sign_in = SignIn(pool, admin=admin)
    answer = sign_in.start("USER_AUTH")
    assert answer["ChallengeName"] == "SELECT_CHALLENGE"
    assert answer["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]
    assert "AuthenticationResult" in sign_in.respond(ANSWER="PASSWORD", PASSWORD="pw")


def test_the_methods_of_a_user_with_nothing_but_a_password() -> None:
    pool = make_pool({"ana": "pw"})
    assert SignIn(pool).start("USER_AUTH")["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP"]
    assert SignIn(pool, "bob").start("USER_AUTH")["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP"]


def test_codes_are_no_first_factor_where_mfa_is_required() -> None:
    assert "EMAIL_OTP" not in SignIn(choice_pool(mfa="on")).start("USER_AUTH")["AvailableChallenges"]


def test_a_choice_of_srp() -> None:
    sign_in = SignIn(choice_pool())
    sign_in.start("USER_AUTH")
    challenge = sign_in.respond(ANSWER="PASSWORD_SRP", SRP_A=sign_in.public_value())
    assert "Session" in challenge
    assert "AuthenticationResult" in sign_in.respond(**sign_in.proof())


@pytest.mark.parametrize(("method", "digits"), [("EMAIL_OTP", 8), ("SMS_OTP", 8)])
@pytest.mark.parametrize("preferred", [False, True])
def test_a_code_in_place_of_a_password(method: str, digits: int, *, preferred: bool) -> None:
    pool = choice_pool(mfa="optional")
    pool.user("ana").enable_mfa("totp")
    sign_in = SignIn(pool)
    if preferred:
        challenge = sign_in.start("USER_AUTH", PREFERRED_CHALLENGE=method)
    else:
        sign_in.start("USER_AUTH")
        challenge = sign_in.respond(ANSWER=method)
    assert challenge["ChallengeName"] == method
    told = challenge["ChallengeParameters"]
    expected = {"EMAIL_OTP": ("EMAIL", "a***@e***"), "SMS_OTP": ("SMS", "+*******0123")}[method]
    assert (told["CODE_DELIVERY_DELIVERY_MEDIUM"], told["CODE_DELIVERY_DESTINATION"]) == expected
    assert len(pool.user("ana").last_code) == digits
    assert "AuthenticationResult" in sign_in.respond(**{f"{method}_CODE": pool.user("ana").last_code})


@pytest.mark.parametrize(
    ("parameters", "challenge"),
    [
        ({"PREFERRED_CHALLENGE": "PASSWORD"}, "PASSWORD"),
        ({"PREFERRED_CHALLENGE": "PASSWORD_SRP"}, "PASSWORD_SRP"),
        ({"PREFERRED_CHALLENGE": "WEB_AUTHN"}, "WEB_AUTHN"),
    ],
)
def test_a_preferred_method_without_its_input(parameters: dict[str, str], challenge: str) -> None:
    sign_in = SignIn(choice_pool())
    assert sign_in.start("USER_AUTH", **parameters)["ChallengeName"] == challenge
    if challenge == "PASSWORD":
        sign_in.respond(PASSWORD="pw")
    elif challenge == "PASSWORD_SRP":
        sign_in.respond(SRP_A=sign_in.public_value())
        sign_in.respond(**sign_in.proof())
    else:
        options = json.loads(sign_in.answer["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
        sign_in.respond(CREDENTIAL=json.dumps(sign_in.pool.user("ana").passkeys[0].get(options)))
    assert sign_in.tokens


def test_preferred_passwords() -> None:
    assert "AuthenticationResult" in SignIn(choice_pool()).start(
        "USER_AUTH", PREFERRED_CHALLENGE="PASSWORD", PASSWORD="pw"
    )
    sign_in = SignIn(choice_pool())
    sign_in.srp("USER_AUTH", PREFERRED_CHALLENGE="PASSWORD_SRP")
    assert sign_in.tokens


def test_a_preferred_method_that_the_user_lacks_leads_to_the_list() -> None:
    sign_in = SignIn(make_pool({"ana": "pw"}))
    assert sign_in.start("USER_AUTH", PREFERRED_CHALLENGE="WEB_AUTHN")["ChallengeName"] == "SELECT_CHALLENGE"
    with wrong("Unsupported ANSWER WEB_AUTHN"):
        sign_in.respond(ANSWER="WEB_AUTHN")
    with wrong("Unsupported PREFERRED_CHALLENGE MAGIC"):
        SignIn(sign_in.pool).start("USER_AUTH", PREFERRED_CHALLENGE="MAGIC")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda credential: "{", "malformed"),
        (lambda credential: json.dumps([]), "malformed"),
        (lambda credential: json.dumps({**credential, "type": "password"}), "another type"),
        (lambda credential: json.dumps({**credential, "id": "b", "rawId": "b"}), "malformed"),
        (lambda credential: json.dumps({**credential, "id": "", "rawId": ""}), "another type"),
        (lambda credential: json.dumps({**credential, "id": "YmJi=", "rawId": "YmJi="}), "malformed"),
        (lambda credential: json.dumps({**credential, "id": "YmJi", "rawId": "YmJi"}), "not registered"),
    ],
)
def test_a_wrong_passkey(change: Any, error: str) -> None:
    sign_in = SignIn(choice_pool())
    told = sign_in.start("USER_AUTH", PREFERRED_CHALLENGE="WEB_AUTHN")["ChallengeParameters"]
    options = json.loads(told["CREDENTIAL_REQUEST_OPTIONS"])
    passkey = sign_in.pool.user("ana").passkeys[0]
    assert options["allowCredentials"] == [{"type": "public-key", "id": passkey.id}]
    with wrong(f"NotAuthorizedException: Invalid passkey credential: .*{error}"):
        sign_in.respond(CREDENTIAL=change(passkey.get(options)))
    with wrong("another challenge"):
        sign_in.respond(CREDENTIAL=json.dumps(passkey.get({"challenge": "AAAA"})))
    with wrong("another challenge"):
        sign_in.respond(CREDENTIAL=json.dumps({**passkey.get(options), "rawId": "AAAA"}))
    sign_in.respond(CREDENTIAL=json.dumps(passkey.get(options)))
    assert sign_in.tokens


def test_a_user_who_may_not_sign_in_gets_no_code() -> None:
    pool = choice_pool()
    pool.user("ana").disabled = True
    with wrong("User is disabled"):
        SignIn(pool).start("USER_AUTH", PREFERRED_CHALLENGE="EMAIL_OTP")
    assert pool.user("ana").messages == []


def test_a_step_up_with_an_access_token() -> None:
    pool = make_pool({"ana": "pw", "bob": "pw"})
    token = signed_in(pool).access_token
    sign_in = SignIn(pool)
    sign_in.start("USER_AUTH", ACCESS_TOKEN=token, MAX_AGE="60", TARGET_ACR_VALUES="x")
    assert "AuthenticationResult" in sign_in.respond(ANSWER="PASSWORD", PASSWORD="pw")
    with wrong("Invalid Access Token"):
        SignIn(pool, "bob").start("USER_AUTH", ACCESS_TOKEN=token)


# Triggers


@pytest.mark.parametrize("trigger", ["PreAuthentication", "PostAuthentication", "PreTokenGeneration"])
def test_triggers_may_reject_a_sign_in(trigger: str) -> None:
    def reject(event: Mapping[str, Any]) -> None:
        assert event["userName"] == "ana"
        assert event["request"]["clientMetadata"] == {"k": "v"}
        raise PermissionError("not today.")

    pool = make_pool({"ana": "pw"}, triggers={trigger: reject})
    with wrong(f"UserLambdaValidationException: {trigger} failed with error not today[.]$"):
        SignIn(pool, ClientMetadata={"k": "v"}).srp()


def test_no_trigger_for_unknown_users() -> None:
    seen: list[object] = []
    pool = make_pool({"ana": "pw"}, triggers={"PreAuthentication": seen.append})
    with wrong(WRONG):
        SignIn(pool, "bob").srp()
    SignIn(pool).srp()
    assert len(seen) == 1


def test_sign_ins_do_not_disturb_each_other() -> None:
    pool = make_pool({"ana": "pw", "bob": "pw"})
    first, second = SignIn(pool), SignIn(pool)
    first.start_srp()
    second.start_srp()
    second.respond(**second.proof())
    first.respond(**first.proof())
    assert call(pool, "GetUser", AccessToken=first.access_token)["Username"] == "ana"
