"""Accounts, attributes, passkeys and administration of the fake pool."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async.sign_in import secret_hash
from cognito_async.testing import FakePasskey, FakeUserPool
from support.pool_requests import ServiceFaultError, SignIn, call, make_pool, signed_in

EMAIL, PHONE = "bob@example.com", "+15550100123"
DETAILS = {"Destination": "b***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}


def wrong(text: str) -> Any:
    return pytest.raises(ServiceFaultError, match=text)


def attributes(**values: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


def own(pool: FakeUserPool, name: str = "bob") -> dict[str, str]:
    members = {"ClientId": pool.client_id, "Username": name}
    if pool.client_secret is not None:
        members["SecretHash"] = secret_hash(name, pool.client_id, pool.client_secret)
    return members


def sign_up(pool: FakeUserPool, name: str = "bob", **members: Any) -> dict[str, Any]:
    return call(pool, "SignUp", **own(pool, name), **_without_none({"Password": "password", **members}))


def _without_none(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


# Sign-up


@pytest.mark.parametrize("secret", [None, "client_secret_for_the_tests"])
def test_sign_up(secret: str | None) -> None:
    pool = make_pool(client_secret=secret)
    answer = sign_up(pool, UserAttributes=attributes(email=EMAIL))
    user = pool.user("bob")
    assert answer["UserSub"] == user.sub
    assert (answer["UserConfirmed"], answer["CodeDeliveryDetails"]) == (False, DETAILS)
    with wrong("UserNotConfirmedException"):
        SignIn(pool, "bob", "password").srp()
    assert call(pool, "ResendConfirmationCode", **own(pool)) == {"CodeDeliveryDetails": DETAILS}
    with wrong("CodeMismatchException"):
        call(pool, "ConfirmSignUp", **own(pool), ConfirmationCode="x")
    assert len(user.messages) == 2
    call(pool, "ConfirmSignUp", **own(pool), ConfirmationCode=user.last_code, Session=answer["Session"])
    assert (user.status, user.attributes["email_verified"]) == ("CONFIRMED", "true")
    SignIn(pool, "bob", "password").srp()
    with wrong("NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED"):
        call(pool, "ConfirmSignUp", **own(pool), ConfirmationCode="x")
    with wrong("InvalidParameterException: User is already confirmed"):
        call(pool, "ResendConfirmationCode", **own(pool))


@pytest.mark.parametrize(
    "operation",
    ["SignUp", "ConfirmSignUp", "ResendConfirmationCode", "ForgotPassword", "ConfirmForgotPassword"],
)
def test_the_secret_hash_of_accounts(operation: str) -> None:
    pool = make_pool({"bob": "pw"}, client_secret="client_secret_for_the_tests")
    more = {"Password": "password"} if operation in ("SignUp", "ConfirmForgotPassword") else {}
    more |= {"ConfirmationCode": "1"} if operation.startswith("Confirm") else {}
    with wrong("Unable to verify secret hash"):
        call(pool, operation, **{**own(pool), "SecretHash": "x"}, **more)
    with wrong("SECRET_HASH was not received"):
        call(pool, operation, ClientId=pool.client_id, Username="bob", **more)


def test_the_session_of_a_sign_up_signs_in() -> None:
    pool = make_pool()
    first = sign_up(pool, Password=None, UserAttributes=attributes(email=EMAIL))["Session"]
    arguments = {**own(pool), "ConfirmationCode": pool.user("bob").last_code}
    other = sign_up(pool, "eve")["Session"]
    for session, error in (
        (other, "Invalid session for the user"),
        ("x" * 20, "Invalid session for the user"),
    ):
        with wrong(error):
            call(pool, "ConfirmSignUp", **arguments, Session=session)
    session = call(pool, "ConfirmSignUp", **arguments, Session=first)["Session"]
    with wrong("Session is only for USER_AUTH"):
        SignIn(pool, "bob").start("USER_SRP_AUTH", {"Session": session}, SRP_A="2")
    for bad in (first, other, "x" * 20):
        with wrong("Invalid session for the user"):
            SignIn(pool, "bob").start("USER_AUTH", {"Session": bad})
    assert "AuthenticationResult" in SignIn(pool, "bob").start("USER_AUTH", {"Session": session})
    with wrong("session can only be used once"):
        SignIn(pool, "bob").start("USER_AUTH", {"Session": session})


def test_an_app_client_without_user_auth_gets_no_session() -> None:
    pool = make_pool(explicit_auth_flows=["ALLOW_USER_SRP_AUTH"])
    assert "Session" not in sign_up(pool, UserAttributes=attributes(phone_number=PHONE))
    user = pool.user("bob")
    assert user.messages[-1].medium == "SMS"
    assert call(pool, "ConfirmSignUp", **own(pool), ConfirmationCode=user.last_code) == {}
    assert user.attributes["phone_number_verified"] == "true"


@pytest.mark.parametrize(
    ("settings", "members", "error"),
    [
        ({"users": {"bob": "pw"}}, {}, "UsernameExistsException: User already exists"),
        ({}, {"Password": "short"}, "InvalidPasswordException: Password did not conform with policy"),
        (
            {},
            {"UserAttributes": attributes(sub="x")},
            "NotAuthorizedException: .*unauthorized attribute: sub",
        ),
        ({}, {"UserAttributes": attributes(email_verified="true")}, "unauthorized attribute: email_verified"),
        (
            {"required_attributes": ["name"]},
            {},
            "InvalidParameterException: .*name: The attribute is required",
        ),
        ({"username_attributes": ["email"]}, {}, "InvalidParameterException: Username should be an email[.]"),
        ({"username_attributes": ["email", "phone_number"]}, {}, "should be an email or a phone number"),
    ],
)
def test_a_sign_up_that_is_rejected(settings: dict[str, Any], members: dict[str, Any], error: str) -> None:
    pool = make_pool(**settings)
    number = len(pool.users)
    with wrong(error):
        sign_up(pool, **members)
    assert len(pool.users) == number


def test_a_trigger_rejects_a_sign_up() -> None:
    def reject(event: Any) -> None:
        raise ValueError(f"{event['userName']} is not welcome")

    pool = make_pool(triggers={"PreSignUp": reject})
    with wrong("UserLambdaValidationException: PreSignUp failed with error bob is not welcome"):
        sign_up(pool)
    with wrong("PreSignUp failed"):
        call(pool, "AdminCreateUser", Username="bob")
    assert pool.users == []


def test_a_user_name_that_is_an_address_or_a_number() -> None:
    pool = make_pool(username_attributes=["email", "phone_number"])
    sign_up(pool, EMAIL)
    sign_up(pool, PHONE)
    assert pool.user(PHONE).attributes["phone_number"] == PHONE
    with wrong("UsernameExistsException"):
        sign_up(pool, EMAIL)
    with wrong("Username and the attribute email differ"):
        sign_up(pool, "eve@example.com", UserAttributes=attributes(email=EMAIL))


def test_a_user_who_cannot_be_reached() -> None:
    pool = make_pool()
    assert "CodeDeliveryDetails" not in sign_up(pool)
    with wrong("ExpiredCodeException"):
        call(pool, "ConfirmSignUp", **own(pool), ConfirmationCode="1")
    with wrong("no registered/verified email or phone_number"):
        call(pool, "ResendConfirmationCode", **own(pool))
    call(pool, "AdminConfirmSignUp", Username="bob")
    assert pool.user("bob").attributes.keys() == {"sub"}
    with wrong("User cannot be confirmed"):
        call(pool, "AdminConfirmSignUp", Username="bob")


def test_a_sign_up_code_that_is_too_old() -> None:
    pool = make_pool()
    sign_up(pool, UserAttributes=attributes(email=EMAIL))
    pool.clock.advance(86400)
    with wrong("ExpiredCodeException"):
        call(pool, "ConfirmSignUp", **own(pool), ConfirmationCode=pool.user("bob").last_code)


def test_an_address_that_is_deleted_before_its_confirmation() -> None:
    pool = make_pool()
    sign_up(pool, UserAttributes=attributes(email=EMAIL))
    del pool.user("bob").attributes["email"]
    call(pool, "ConfirmSignUp", **own(pool), ConfirmationCode=pool.user("bob").last_code)
    assert pool.user("bob").attributes.keys() == {"sub"}


def test_an_alias_of_another_user() -> None:
    pool = make_pool(alias_attributes=["email", "preferred_username"])
    pool.add_user("ana", "pw", email=EMAIL)
    sign_up(pool, UserAttributes=attributes(email=EMAIL))
    arguments = {**own(pool), "ConfirmationCode": pool.user("bob").last_code}
    with wrong("AliasExistsException: An account with the given email already exists"):
        call(pool, "ConfirmSignUp", **arguments)
    call(pool, "ConfirmSignUp", **arguments, ForceAliasCreation=True)
    assert "email_verified" not in pool.user("ana").attributes
    SignIn(pool, EMAIL, "password").srp()


def test_an_unconfirmed_user_with_a_verified_address() -> None:
    pool = make_pool(alias_attributes=["email"])
    user = pool.add_user("bob", "password", email=EMAIL, status="UNCONFIRMED")
    assert "email_verified" not in user.attributes
    call(pool, "ResendConfirmationCode", **own(pool))
    user.attributes["email_verified"] = "true"
    call(pool, "ConfirmSignUp", **own(pool), ConfirmationCode=user.last_code)
    assert user.status == "CONFIRMED"


def test_a_code_for_a_new_password_needs_a_verified_address() -> None:
    pool = make_pool()
    pool.add_user("bob", "pw", email=EMAIL, email_verified="false")
    with wrong("InvalidParameterException: .*no registered/verified email or phone_number"):
        call(pool, "ForgotPassword", **own(pool))
    pool.user("bob").attributes.update(phone_number=PHONE, phone_number_verified="true")
    answer = call(pool, "ForgotPassword", **own(pool))
    assert answer["CodeDeliveryDetails"]["DeliveryMedium"] == "SMS"


@pytest.mark.parametrize("operation", ["ResendConfirmationCode", "ForgotPassword"])
@pytest.mark.parametrize("name", ["bob", "b"])
def test_unknown_users_seem_to_get_a_code(operation: str, name: str) -> None:
    pool = make_pool()
    answer = call(pool, operation, **own(pool, name))
    assert answer["CodeDeliveryDetails"].keys() == DETAILS.keys()
    pool.app_client.prevent_user_existence_errors = False
    with wrong("UserNotFoundException"):
        call(pool, operation, **own(pool, name))


def test_unknown_users_have_no_right_code() -> None:
    pool = make_pool()
    with wrong("ExpiredCodeException"):
        call(pool, "ConfirmForgotPassword", **own(pool), ConfirmationCode="1", Password="password")
    with wrong("ExpiredCodeException"):
        call(pool, "ConfirmSignUp", **own(pool), ConfirmationCode="1")


# Passwords


def bob(**settings: Any) -> FakeUserPool:
    pool = make_pool(**settings)
    pool.add_user("bob", "old password", email=EMAIL)
    return pool


def test_a_forgotten_password() -> None:
    pool = bob()
    assert call(pool, "ForgotPassword", **own(pool)) == {"CodeDeliveryDetails": DETAILS}
    code = pool.user("bob").last_code
    new = {"Password": "new password", "ConfirmationCode": code}
    with wrong("CodeMismatchException"):
        call(pool, "ConfirmForgotPassword", **own(pool), **{**new, "ConfirmationCode": "x"})
    with wrong("InvalidPasswordException"):
        call(pool, "ConfirmForgotPassword", **own(pool), **{**new, "Password": "short"})
    call(pool, "ConfirmForgotPassword", **own(pool), **new)
    SignIn(pool, "bob", "new password").srp()
    with wrong("ExpiredCodeException"):
        call(pool, "ConfirmForgotPassword", **own(pool), **new)


def test_a_password_that_cannot_be_forgotten() -> None:
    pool = bob()
    pool.user("bob").status = "FORCE_CHANGE_PASSWORD"
    with wrong("User password cannot be reset in the current state"):
        call(pool, "ForgotPassword", **own(pool))
    pool.user("bob").disabled = True
    with wrong("User is disabled"):
        call(pool, "ForgotPassword", **own(pool))


def test_a_reset_by_an_administrator() -> None:
    pool = bob()
    call(pool, "AdminResetUserPassword", Username="bob")
    with wrong("PasswordResetRequiredException"):
        SignIn(pool, "bob", "old password").srp()
    new = {"Password": "new password", "ConfirmationCode": pool.user("bob").last_code}
    call(pool, "ConfirmForgotPassword", **own(pool), **new)
    SignIn(pool, "bob", "new password").srp()
    pool.user("bob").attributes.pop("email")
    with wrong("no registered/verified"):
        call(pool, "AdminResetUserPassword", Username="bob")
    assert pool.user("bob").status == "CONFIRMED"


def test_a_change_of_the_password() -> None:
    pool = bob(password_history=2)
    token = {"AccessToken": signed_in(pool, "bob", "old password").access_token}
    with wrong("Incorrect username or password"):
        call(pool, "ChangePassword", **token, PreviousPassword="x", ProposedPassword="new password")
    with wrong("Incorrect username or password"):
        call(pool, "ChangePassword", **token, ProposedPassword="new password")
    right = {**token, "PreviousPassword": "old password"}
    with wrong("InvalidPasswordException"):
        call(pool, "ChangePassword", **right, ProposedPassword="short")
    with wrong("PasswordHistoryPolicyViolationException"):
        call(pool, "ChangePassword", **right, ProposedPassword="old password")
    call(pool, "ChangePassword", **right, ProposedPassword="new password")
    SignIn(pool, "bob", "new password").srp()
    for _ in range(5):
        with wrong("Incorrect"):
            call(pool, "ChangePassword", **right, ProposedPassword="other password")
    with wrong("Password attempts exceeded"):
        call(pool, "ChangePassword", **right, ProposedPassword="other password")
    pool.clock.advance(60)
    pool.user("bob").password = None
    call(pool, "ChangePassword", **token, ProposedPassword="first password")
    assert pool.user("bob").has_password("first password")


# Attributes


def test_the_attributes_of_a_user() -> None:
    pool = bob(required_attributes=["name"])
    token = {"AccessToken": signed_in(pool, "bob", "old password").access_token}
    changes = attributes(name="Bob", email="new@example.com")
    answer = call(pool, "UpdateUserAttributes", **token, UserAttributes=changes)
    [details] = answer["CodeDeliveryDetailsList"]
    assert details == {**DETAILS, "Destination": "n***@e***"}
    user = pool.user("bob")
    assert "email_verified" not in user.attributes
    with wrong("CodeMismatchException"):
        call(pool, "VerifyUserAttribute", **token, AttributeName="email", Code="x")
    call(pool, "VerifyUserAttribute", **token, AttributeName="email", Code=user.last_code)
    assert user.attributes["email_verified"] == "true"
    again = call(pool, "GetUserAttributeVerificationCode", **token, AttributeName="email")
    assert again == {"CodeDeliveryDetails": details}
    for name in ("phone_number", "name"):
        with wrong(f"Cannot verify attribute {name}"):
            call(pool, "GetUserAttributeVerificationCode", **token, AttributeName=name)
    with wrong("unauthorized attribute: sub"):
        call(pool, "UpdateUserAttributes", **token, UserAttributes=attributes(sub="x"))
    with wrong("unauthorized attribute: email_verified"):
        call(pool, "DeleteUserAttributes", **token, UserAttributeNames=["email_verified"])
    with wrong("user.name: Attribute is required"):
        call(pool, "DeleteUserAttributes", **token, UserAttributeNames=["name"])
    call(pool, "DeleteUserAttributes", **token, UserAttributeNames=["email", "nickname"])
    assert user.attributes == {"sub": user.sub, "name": "Bob"}
    assert call(pool, "GetUser", **token)["UserAttributes"] == attributes(**user.attributes)


def test_an_address_that_another_user_signs_in_with() -> None:
    pool = make_pool({"a@example.com": "pw", "b@example.com": "pw"}, username_attributes=["email"])
    token = signed_in(pool, "a@example.com").access_token
    with wrong("AliasExistsException"):
        call(
            pool, "UpdateUserAttributes", AccessToken=token, UserAttributes=attributes(email="b@example.com")
        )
    for address in ("a@example.com", "c@example.com"):
        call(pool, "UpdateUserAttributes", AccessToken=token, UserAttributes=attributes(email=address))
    assert pool.user("c@example.com")


def test_attributes_set_by_an_administrator() -> None:
    pool = bob()
    changes = attributes(email="new@example.com", email_verified="true")
    call(pool, "AdminUpdateUserAttributes", Username="bob", UserAttributes=changes)
    assert pool.user("bob").attributes["email_verified"] == "true"
    with wrong("Cannot modify the non-mutable attribute sub"):
        call(pool, "AdminUpdateUserAttributes", Username="bob", UserAttributes=attributes(sub="x"))


# Passkeys


def test_passkeys() -> None:
    pool = bob()
    user = pool.user("bob")
    token = {"AccessToken": signed_in(pool, "bob", "old password").access_token}
    passkey = FakePasskey()
    with wrong("WebAuthnChallengeNotFoundException"):
        call(pool, "CompleteWebAuthnRegistration", **token, Credential=passkey.create({"challenge": "AAAA"}))
    options = call(pool, "StartWebAuthnRegistration", **token)["CredentialCreationOptions"]
    assert options["user"]["name"] == "bob"
    credential = passkey.create(options)
    for bad in (
        passkey.create({"challenge": "AAAA"}),
        passkey.get(options),
        {},
        "x",
        None,
        {**credential, "response": 1},
    ):
        with wrong("WebAuthnCredentialNotSupportedException|Value at 'credential'"):
            call(pool, "CompleteWebAuthnRegistration", **token, Credential=bad)
    call(pool, "CompleteWebAuthnRegistration", **token, Credential=credential)
    assert [each.id for each in user.passkeys] == [passkey.id]
    options = call(pool, "StartWebAuthnRegistration", **token)["CredentialCreationOptions"]
    assert options["excludeCredentials"] == [{"type": "public-key", "id": passkey.id}]
    [listed] = call(pool, "ListWebAuthnCredentials", **token)["Credentials"]
    assert (listed["CredentialId"], listed["FriendlyCredentialName"]) == (passkey.id, "Passkey 1")
    assert "WEB_AUTHN" in call(pool, "GetUserAuthFactors", **token)["ConfiguredUserAuthFactors"]
    with wrong("ResourceNotFoundException"):
        call(pool, "DeleteWebAuthnCredential", **token, CredentialId="other")
    call(pool, "DeleteWebAuthnCredential", **token, CredentialId=passkey.id)
    assert user.passkeys == []


# Administration


def test_a_user_that_an_administrator_creates() -> None:
    pool = make_pool()
    user_attributes = attributes(email=EMAIL)
    answer = call(pool, "AdminCreateUser", Username="bob", UserAttributes=user_attributes)["User"]
    assert answer["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    user = pool.user("bob")
    [message] = user.messages
    assert message.reason == "AdminCreateUser"
    sign_in = SignIn(pool, "bob", user.last_code)
    assert sign_in.srp()["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    call(pool, "AdminCreateUser", Username="bob", MessageAction="RESEND")
    assert len(user.messages) == 2
    with wrong("UsernameExistsException"):
        call(pool, "AdminCreateUser", Username="bob")
    with wrong("InvalidPasswordException"):
        call(pool, "AdminCreateUser", Username="eve", TemporaryPassword="short")
    silent = {"TemporaryPassword": "temporary", "MessageAction": "SUPPRESS"}
    call(pool, "AdminCreateUser", Username="eve", UserAttributes=attributes(phone_number=PHONE), **silent)
    assert pool.user("eve").messages == []
    assert pool.user("eve").has_password("temporary")
    call(pool, "AdminCreateUser", Username="eve", MessageAction="RESEND")
    assert pool.user("eve").messages[0].destination == PHONE


def test_operations_of_administrators() -> None:
    pool = bob()
    user = pool.user("bob")
    call(pool, "AdminAddUserToGroup", Username="bob", GroupName="admins")
    call(pool, "AdminAddUserToGroup", Username="bob", GroupName="admins")
    assert user.groups == ["admins"]
    call(pool, "AdminDisableUser", Username=user.sub)
    assert call(pool, "AdminGetUser", Username="bob")["Enabled"] is False
    call(pool, "AdminEnableUser", Username="bob")
    call(pool, "AdminSetUserPassword", Username="bob", Password="temporary")
    assert user.status == "FORCE_CHANGE_PASSWORD"
    call(pool, "AdminSetUserPassword", Username="bob", Password="permanent", Permanent=True)
    SignIn(pool, "bob", "permanent").srp()
    described = call(pool, "AdminGetUser", Username="bob")
    assert (described["Username"], described["UserStatus"]) == ("bob", "CONFIRMED")
    assert described["UserAttributes"] == attributes(**user.attributes)
    call(pool, "AdminDeleteUser", Username="bob")
    with wrong("UserNotFoundException"):
        call(pool, "AdminGetUser", Username="bob")


def test_the_list_of_users() -> None:
    pool = make_pool()
    for name in ("ana", "bob", "eve"):
        pool.add_user(name, "pw", email=f"{name}@example.com")
    pool.user("eve").disabled = True

    def names(**members: Any) -> list[str]:
        return [each["Username"] for each in call(pool, "ListUsers", **members)["Users"]]

    assert names() == ["ana", "bob", "eve"]
    assert names(Filter='email = "bob@example.com"') == ["bob"]
    assert names(Filter='username ^= "a"') == ["ana"]
    assert names(Filter='"status"="Disabled"') == ["eve"]
    assert names(Filter='cognito:user_status = "CONFIRMED"') == ["ana", "bob", "eve"]
    assert names(Filter=r'name = "a\"b"') == []
    first = call(pool, "ListUsers", Limit=2)
    assert len(first["Users"]) == 2
    assert names(Limit=2, PaginationToken=first["PaginationToken"]) == ["eve"]
    with wrong("Error while parsing filter string"):
        names(Filter="email")
    with wrong("Invalid pagination token given"):
        names(PaginationToken="x")


def test_descriptions() -> None:
    pool = make_pool(
        client_secret="client_secret_for_the_tests",
        alias_attributes=["email"],
        device_tracking="opt_in",
        refresh_grace=5,
    )
    description = call(pool, "DescribeUserPool")["UserPool"]
    assert description["AliasAttributes"] == ["email"]
    assert description["DeviceConfiguration"]["DeviceOnlyRememberedOnUserPrompt"] is True
    client = call(pool, "DescribeUserPoolClient", ClientId=pool.client_id)["UserPoolClient"]
    assert client["ClientSecret"] == "client_secret_for_the_tests"
    assert client["RefreshTokenRotation"]["RetryGracePeriodSeconds"] == 5
    simple = make_pool(username_attributes=["email"], prevent_user_existence_errors=False)
    assert call(simple, "DescribeUserPool")["UserPool"]["UsernameAttributes"] == ["email"]
    client = call(simple, "DescribeUserPoolClient", ClientId=simple.client_id)["UserPoolClient"]
    assert client["PreventUserExistenceErrors"] == "LEGACY"
    assert client.keys().isdisjoint({"ClientSecret", "RefreshTokenRotation"})
