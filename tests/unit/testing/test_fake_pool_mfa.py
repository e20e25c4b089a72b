"""Second factors of the fake pool."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cognito_async.testing import FakeClock, FakeUserPool
from support.pool_requests import ServiceFaultError, SignIn, call, make_pool, signed_in

PHONE, EMAIL = "+15550100123", "ana@example.com"
ALL = ("totp", "sms", "email")


def wrong(text: str) -> Any:
    return pytest.raises(ServiceFaultError, match=text)


def mfa_pool(*methods: str, **settings: Any) -> FakeUserPool:
    fake = make_pool(**{"mfa": "optional", "mfa_methods": ALL, **settings})
    fake.add_user("ana", "pw", phone_number=PHONE, email=EMAIL, mfa=methods)
    return fake


def challenged(fake: FakeUserPool, **options: Any) -> SignIn:
    sign_in = SignIn(fake, **options)
    sign_in.srp()
    return sign_in


@pytest.mark.parametrize("secret", [None, "client_secret_for_the_tests"])
@pytest.mark.parametrize("admin", [False, True])
def test_totp(secret: str | None, *, admin: bool) -> None:
    fake = mfa_pool("totp", client_secret=secret)
    fake.user("ana").totp_name = "phone"
    sign_in = challenged(fake, admin=admin)
    assert sign_in.answer["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert sign_in.answer["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"] == "phone"
    sign_in.respond(SOFTWARE_TOKEN_MFA_CODE=fake.user("ana").totp_code())
    assert sign_in.tokens


def test_the_codes_are_those_of_rfc_6238() -> None:
    fake = mfa_pool("totp", clock=FakeClock(1111111109))
    fake.user("ana").totp_secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert fake.user("ana").totp_code() == "081804"


def test_a_totp_code_counts_once() -> None:
    fake = mfa_pool("totp")
    code = fake.user("ana").totp_code()
    challenged(fake).respond(SOFTWARE_TOKEN_MFA_CODE=code)
    again = challenged(fake)
    with wrong("ExpiredCodeException: Your software token has already been used once"):
        again.respond(SOFTWARE_TOKEN_MFA_CODE=code)
    fake.clock.advance(30)
    again.respond(SOFTWARE_TOKEN_MFA_CODE=fake.user("ana").totp_code())
    assert again.tokens


@pytest.mark.parametrize(("seconds", "accepted"), [(30, True), (90, False)])
def test_the_window_of_totp_codes(seconds: int, *, accepted: bool) -> None:
    fake = mfa_pool("totp")
    code = fake.user("ana").totp_code()
    sign_in = challenged(fake)
    fake.clock.advance(seconds)
    if accepted:
        sign_in.respond(SOFTWARE_TOKEN_MFA_CODE=code)
    else:
        with wrong("CodeMismatchException: Invalid code received for user"):
            sign_in.respond(SOFTWARE_TOKEN_MFA_CODE=code)


@pytest.mark.parametrize("method", ALL)
def test_a_wrong_code_keeps_the_session_a_few_times(method: str) -> None:
    fake = mfa_pool(method)
    sign_in = challenged(fake)
    key = f"{sign_in.answer['ChallengeName']}_CODE"
    for _ in range(4):
        with wrong("CodeMismatchException"):
            sign_in.respond(**{key: "0"})
    code = fake.user("ana").totp_code() if method == "totp" else fake.user("ana").last_code
    kept = sign_in.answer
    sign_in.respond(**{key: code})
    assert sign_in.tokens
    fake.clock.advance(30)
    sign_in = challenged(fake)
    assert sign_in.answer["Session"] != kept["Session"]
    for _ in range(5):
        with wrong("CodeMismatchException"):
            sign_in.respond(**{key: "0"})
    with wrong("Invalid session for the user"):
        sign_in.respond(**{key: "0"})


@pytest.mark.parametrize(
    ("method", "challenge", "medium", "destination"),
    [("sms", "SMS_MFA", "SMS", "+*******0123"), ("email", "EMAIL_OTP", "EMAIL", "a***@e***")],
)
def test_codes_that_are_sent(method: str, challenge: str, medium: str, destination: str) -> None:
    fake = mfa_pool(method)
    sign_in = challenged(fake)
    told = sign_in.answer["ChallengeParameters"]
    assert sign_in.answer["ChallengeName"] == challenge
    assert told["CODE_DELIVERY_DELIVERY_MEDIUM"] == medium
    assert told["CODE_DELIVERY_DESTINATION"] == destination
    [message] = fake.user("ana").messages
    assert (message.medium, message.reason, len(message.code)) == (medium, challenge, 6)
    assert message.code not in repr(message)
    sign_in.respond(**{f"{challenge}_CODE": message.code})
    assert sign_in.tokens


def test_a_code_that_is_too_old() -> None:
    fake = mfa_pool("sms", session_lifetime=900)
    sign_in = challenged(fake)
    fake.clock.advance(180)
    with wrong("ExpiredCodeException: Invalid code provided, please request a code again"):
        sign_in.respond(SMS_MFA_CODE=fake.user("ana").last_code)


def test_a_choice_of_second_factors() -> None:
    fake = mfa_pool(*ALL)
    sign_in = challenged(fake)
    assert sign_in.answer["ChallengeName"] == "SELECT_MFA_TYPE"
    methods = json.loads(sign_in.answer["ChallengeParameters"]["MFAS_CAN_CHOOSE"])
    assert methods == ["SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP"]
    with wrong("Unsupported ANSWER EMAIL_MFA"):
        sign_in.respond(ANSWER="EMAIL_MFA")
    assert sign_in.respond(ANSWER="SMS_MFA")["ChallengeName"] == "SMS_MFA"
    sign_in.respond(SMS_MFA_CODE=fake.user("ana").last_code)
    assert sign_in.tokens


def test_the_preferred_factor() -> None:
    fake = mfa_pool()
    fake.user("ana").enable_mfa("totp", "sms", preferred="sms")
    assert challenged(fake).answer["ChallengeName"] == "SMS_MFA"


@pytest.mark.parametrize(
    ("mfa", "allowed", "enabled", "challenge"),
    [
        ("off", ALL, ("totp",), None),
        ("optional", ALL, (), None),
        ("optional", ("sms",), ("totp",), None),
        ("optional", ALL, ("totp",), "SOFTWARE_TOKEN_MFA"),
        ("on", ALL, ("sms",), "SMS_MFA"),
        ("on", ALL, (), "MFA_SETUP"),
    ],
)
def test_when_a_second_factor_is_asked_for(
    mfa: str, allowed: tuple[str, ...], enabled: tuple[str, ...], challenge: str | None
) -> None:
    fake = mfa_pool(*enabled, mfa=mfa, mfa_methods=allowed)
    assert challenged(fake).answer.get("ChallengeName") == challenge


def test_a_pool_that_requires_what_cannot_be_set_up() -> None:
    with wrong("InvalidParameterException: User has no MFA method"):
        challenged(mfa_pool(mfa="on", mfa_methods=["sms"]))


def test_a_factor_without_its_requirement() -> None:
    fake = make_pool({"ana": "pw"})
    with pytest.raises(LookupError, match="no attribute phone_number"):
        fake.user("ana").enable_mfa("sms")
    with pytest.raises(LookupError, match="unknown method 'fax': expected some of totp, sms, email"):
        fake.user("ana").enable_mfa("totp", preferred="fax")
    with pytest.raises(LookupError, match="the user 'ana' has no authenticator app; see enable_mfa"):
        fake.user("ana").totp_code()
    with pytest.raises(LookupError, match="the user 'ana' has received no message"):
        _ = fake.user("ana").last_code
    fake.user("ana").enable_mfa()
    assert fake.user("ana").mfa_methods == []


# Setup during a sign-in


def code_for(secret: str, fake: FakeUserPool) -> str:
    fake.user("ana").totp_secret, kept = secret, fake.user("ana").totp_secret
    code = fake.user("ana").totp_code()
    fake.user("ana").totp_secret = kept
    return code


@pytest.mark.parametrize("secret", [None, "client_secret_for_the_tests"])
def test_setup_of_an_authenticator_app(secret: str | None) -> None:
    fake = mfa_pool(mfa="on", mfa_methods=["totp"], client_secret=secret)
    sign_in = challenged(fake)
    assert json.loads(sign_in.answer["ChallengeParameters"]["MFAS_CAN_SETUP"]) == ["SOFTWARE_TOKEN_MFA"]
    first = sign_in.answer["Session"]
    associated = call(fake, "AssociateSoftwareToken", Session=first)
    with wrong("session can only be used once"):
        call(fake, "AssociateSoftwareToken", Session=first)
    session = associated["Session"]
    with wrong("EnableSoftwareTokenMFAException: Code mismatch"):
        call(fake, "VerifySoftwareToken", Session=session, UserCode="000000")
    with wrong("The session is not that of VerifySoftwareToken"):
        sign_in.respond(None, {"Session": session})
    code = code_for(associated["SecretCode"], fake)
    verified = call(fake, "VerifySoftwareToken", Session=session, UserCode=code, FriendlyDeviceName="phone")
    assert verified["Status"] == "SUCCESS"
    sign_in.respond(None, {"Session": verified["Session"]})
    assert sign_in.tokens
    again = challenged(fake)
    assert again.answer["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"] == "phone"
    with wrong("already been used once"):  # by the setup
        again.respond(SOFTWARE_TOKEN_MFA_CODE=code)


def test_setup_of_codes_by_e_mail() -> None:
    fake = mfa_pool(mfa="on")
    del fake.user("ana").attributes["email"]
    sign_in = challenged(fake)
    assert json.loads(sign_in.answer["ChallengeParameters"]["MFAS_CAN_SETUP"]) == [
        "SOFTWARE_TOKEN_MFA",
        "EMAIL_OTP",
    ]
    assert sign_in.respond(EMAIL="new@example.com")["ChallengeName"] == "EMAIL_OTP"
    sign_in.respond(EMAIL_OTP_CODE=fake.user("ana").last_code)
    assert sign_in.tokens
    assert fake.user("ana").attributes["email_verified"] == "true"


def test_setup_of_codes_by_e_mail_in_a_pool_without_them() -> None:
    sign_in = challenged(mfa_pool(mfa="on", mfa_methods=["totp"]))
    with wrong("Unsupported parameter EMAIL"):
        sign_in.respond(EMAIL="new@example.com")


def test_setup_in_the_wrong_order() -> None:
    sign_in = challenged(mfa_pool("sms"))
    for operation, members in (
        ("AssociateSoftwareToken", {}),
        ("VerifySoftwareToken", {"UserCode": "123456"}),
    ):
        with wrong("The session is not that of MFA_SETUP"):
            call(sign_in.pool, operation, Session=sign_in.answer["Session"], **members)
    setup = challenged(mfa_pool(mfa="on"))
    with wrong("ResourceNotFoundException: User has not associated a software token"):
        call(setup.pool, "VerifySoftwareToken", Session=setup.answer["Session"], UserCode="123456")


def test_an_authenticator_app_needs_a_session_or_an_access_token() -> None:
    with wrong("InvalidParameterException: .*Value at 'accessToken'"):
        call(make_pool(), "AssociateSoftwareToken")


def test_an_authenticator_app_that_is_deleted_in_between() -> None:
    sign_in = challenged(mfa_pool("totp"))
    sign_in.pool.user("ana").totp_secret = None
    with wrong("SoftwareTokenMFANotFoundException"):
        sign_in.respond(SOFTWARE_TOKEN_MFA_CODE="123456")


# Setup by a signed-in user


def test_an_authenticator_app_of_a_signed_in_user() -> None:
    fake = mfa_pool()
    token = {"AccessToken": signed_in(fake).access_token}
    with wrong("InvalidParameterException: User has not verified software token mfa"):
        call(fake, "SetUserMFAPreference", **token, SoftwareTokenMfaSettings={"Enabled": True})
    secret = call(fake, "AssociateSoftwareToken", **token)["SecretCode"]
    with wrong("EnableSoftwareTokenMFAException"):
        call(fake, "VerifySoftwareToken", **token, UserCode="000000")
    code = code_for(secret, fake)
    assert call(fake, "VerifySoftwareToken", **token, UserCode=code) == {"Status": "SUCCESS"}
    with wrong("User has not associated a software token"):
        call(fake, "VerifySoftwareToken", **token, UserCode=code)
    settings = {"Enabled": True, "PreferredMfa": True}
    call(fake, "SetUserMFAPreference", **token, SoftwareTokenMfaSettings=settings)
    user = call(fake, "GetUser", **token)
    assert user["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"]
    assert user["PreferredMfaSetting"] == "SOFTWARE_TOKEN_MFA"
    fake.clock.advance(30)
    sign_in = challenged(fake)
    sign_in.respond(SOFTWARE_TOKEN_MFA_CODE=fake.user("ana").totp_code())
    assert sign_in.tokens


@pytest.mark.parametrize("operation", ["SetUserMFAPreference", "AdminSetUserMFAPreference"])
def test_the_preference(operation: str) -> None:
    fake = mfa_pool()
    who = {"AccessToken": signed_in(fake).access_token} if operation[0] == "S" else {"Username": "ana"}
    call(fake, operation, **who, SMSMfaSettings={"Enabled": True, "PreferredMfa": True})
    call(fake, operation, **who, EmailMfaSettings={"Enabled": True})
    assert fake.user("ana").mfa_methods == ["SMS_MFA", "EMAIL_OTP"]
    assert fake.user("ana").preferred_mfa == "SMS_MFA"
    call(fake, operation, **who, SMSMfaSettings={"Enabled": True, "PreferredMfa": False})
    assert fake.user("ana").preferred_mfa is None
    call(fake, operation, **who, SMSMfaSettings={"Enabled": False, "PreferredMfa": True})
    assert (fake.user("ana").mfa_methods, fake.user("ana").preferred_mfa) == (["EMAIL_OTP"], None)
    del fake.user("ana").attributes["phone_number"]
    with wrong("User does not have phone_number set"):
        call(fake, operation, **who, SMSMfaSettings={"Enabled": True})


def test_an_administrator_deletes_the_authenticator_app() -> None:
    fake = mfa_pool("totp", mfa="on", mfa_methods=["totp"])
    fake.user("ana").preferred_mfa = "SOFTWARE_TOKEN_MFA"
    call(fake, "AdminDeleteSoftwareToken", Username="ana")
    assert (fake.user("ana").mfa_methods, fake.user("ana").preferred_mfa) == ([], None)
    assert challenged(fake).answer["ChallengeName"] == "MFA_SETUP"
    call(fake, "AdminDeleteSoftwareToken", Username="ana")  # without an app, nothing changes


def test_deleting_the_authenticator_app_leaves_other_factors() -> None:
    fake = mfa_pool("totp", "sms")
    fake.user("ana").preferred_mfa = "SMS_MFA"
    call(fake, "AdminDeleteSoftwareToken", Username="ana")
    assert (fake.user("ana").mfa_methods, fake.user("ana").preferred_mfa) == (["SMS_MFA"], "SMS_MFA")


def test_the_factors_of_a_user() -> None:
    fake = mfa_pool("totp", mfa="off")
    token = signed_in(fake).access_token
    factors = call(fake, "GetUserAuthFactors", AccessToken=token)
    assert factors["ConfiguredUserAuthFactors"] == ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]
    assert factors["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"]
    fake.user("ana").attributes = {"sub": fake.user("ana").sub}
    fake.user("ana").password = None
    assert call(fake, "GetUserAuthFactors", AccessToken=token)["ConfiguredUserAuthFactors"] == []


@pytest.mark.parametrize(
    ("moment", "code"), [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")]
)
def test_the_codes_are_those_of_the_standard(moment: int, code: str) -> None:
    """The secret and the times of RFC 6238, appendix B; last six digits."""
    pool = FakeUserPool({"ana": "Correct-Horse-7"}, clock=FakeClock(moment))
    assert pool.user("ana").totp_code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ") == code
