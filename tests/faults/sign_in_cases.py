"""Causes of every error of ``cognito_async.sign_in``, added to those of ``error_cases``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cognito_async import sign_in
from cognito_async._cli.commands.sign_in_steps import _json_object
from cognito_async.sign_in import AppClient, Device, Tokens, UserContext, secret_hash
from cognito_async.sign_in._challenges import TotpSetup, step_for, totp_setup
from cognito_async.sign_in._deadline import Deadline
from cognito_async.sign_in._flow import Challenge, Flow
from faults.error_cases import ERROR_CASES, add_case
from support.transports import FakeClock, ScriptedTransport, client_with, http_response

SIGN_IN = "Sign-in"
STEPS = "Steps of a sign-in"
STATE = "Stored steps, devices and tokens"
SESSIONS = "Sessions of signed-in users"
POOL = "eu-west-1_AbC123"
SECRET = "hunter2"


def app_client(*responses: Any, pool: str = POOL, admin: bool = False) -> AppClient:
    client = client_with(ScriptedTransport(*responses), FakeClock(), retry_mode="off")
    return AppClient(client, pool, "client1", admin=admin)


def refused(code: str, message: str) -> Any:
    return http_response(400, {"__type": code, "message": message})


def challenge(name: str | None = None, **parameters: str) -> Any:
    return http_response(body={"ChallengeName": name, "ChallengeParameters": parameters})


def sign_up(call: str, *arguments: Any) -> Any:
    return getattr(app_client(), call)(*arguments)


def start(*responses: Any, password: Any = SECRET, admin: bool = False, **arguments: Any) -> Any:
    return app_client(*responses, admin=admin).sign_in("ana", password, **arguments)


def choose(**arguments: Any) -> Any:
    return app_client().sign_in_with("ana", **arguments)


def step(name: str, *responses: Any, device: bool = False, **parameters: str) -> Any:
    app = app_client(*responses)
    flow = Flow(
        app=app._app,
        admin=False,
        username="ana",
        session="session-of-this-sign-in",
        device=Device("eu-west-1_device", "-group", SECRET) if device else None,
    )
    if name == "TOTP_SETUP":
        return totp_setup(flow, Challenge(name, parameters))
    return step_for(flow, Challenge(name, parameters))


def answer(
    name: str, *arguments: Any, responses: tuple[Any, ...] = (), device: bool = False, **options: Any
) -> Any:
    return step(name, *responses, device=device).answer(*arguments, **options)


def endless() -> Any:
    while True:
        yield


async def slow_proof() -> Any:
    return await Deadline(app_client()._app.client, 0.001).run(endless())


def set_up_totp(*responses: Any) -> Any:
    return step("MFA_SETUP", *responses).begin()


def confirm_totp(code: str, *responses: Any) -> Any:
    setup = step("TOTP_SETUP", *responses, SECRET="ABCD")
    assert isinstance(setup, TotpSetup)
    return setup.confirm(code)


def resume(text: Any, pool: str = POOL) -> Any:
    return app_client(pool=pool).resume(text)


def session(*responses: Any, **stored: Any) -> Any:
    return app_client(*responses).session(**stored)


def access_token(*responses: Any) -> Any:
    return session(*responses, refresh_token=SECRET).access_token()


SECRET_HASH = "secret_hash"
add_case(SECRET_HASH, "a secret that is not text", secret_hash, "ana", "client", b"hunter2")
add_case(SECRET_HASH, "no username", secret_hash, "", "client", SECRET)
add_case(SECRET_HASH, "a username that cannot be sent", secret_hash, "ana\ud800", "client", SECRET)

add_case(SIGN_IN, "something else as the client", AppClient, None, POOL, "client1")
add_case(SIGN_IN, "a malformed pool id", app_client, pool="AbC123")
add_case(SIGN_IN, "a short client secret", AppClient, app_client()._app.client, POOL, "client1", SECRET)
add_case(SIGN_IN, "an empty pool id", app_client, pool="")
add_case(SIGN_IN, "an empty password", start, password="")
add_case(SIGN_IN, "a password as bytes", start, password=SECRET.encode())
add_case(SIGN_IN, "an unknown flow", start, flow="magic")
add_case(SIGN_IN, "text as the device", start, device=SECRET)
add_case(SIGN_IN, "timeout=0", start, timeout=0)
add_case(SIGN_IN, "a list as metadata", start, client_metadata=[SECRET])
add_case(SIGN_IN, "a number as metadata", start, client_metadata={"age": 3})
add_case(SIGN_IN, "no address of the user", start, admin=True, context=UserContext(server_name="example.com"))
add_case(SIGN_IN, "no password for the preferred method", choose, prefer="srp")
add_case(SIGN_IN, "an unknown method", choose, prefer="magic")
add_case(
    SIGN_IN, "a wrong password", start, refused("NotAuthorizedException", "Incorrect username or password.")
)
add_case(SIGN_IN, "too many attempts", start, refused("NotAuthorizedException", "Password attempts exceeded"))
add_case(SIGN_IN, "a wrong secret hash", start, refused("NotAuthorizedException", "Unable to verify secret hash for client client1"))  # fmt: skip
add_case(SIGN_IN, "a disabled user", start, refused("NotAuthorizedException", "User is disabled."))
add_case(SIGN_IN, "neither tokens nor a challenge", start, http_response())
add_case(SIGN_IN, "an SRP challenge without its values", start, challenge("PASSWORD_VERIFIER"))
add_case(SIGN_IN, "a code with a blank", sign_up, "confirm_sign_up", "ana", "123 456")

add_case(STEPS, "an attribute is missing and another has a value", step("NEW_PASSWORD_REQUIRED", requiredAttributes='["userAttributes.name"]', userAttributes='{"email": "a@b"}').answer, SECRET, attributes={"email": "c@d"})  # fmt: skip
add_case(STEPS, "a code with five digits", answer, "SOFTWARE_TOKEN_MFA", "12345")
add_case(STEPS, "a code as a number", answer, "SMS_MFA", 123456)
add_case(STEPS, "a wrong code", answer, "SOFTWARE_TOKEN_MFA", "123456", responses=(refused("CodeMismatchException", "Invalid code received for user"),))  # fmt: skip
add_case(STEPS, "a session that has expired", answer, "SMS_MFA", "123456", responses=(refused("NotAuthorizedException", "Invalid session for the user, session is expired."),))  # fmt: skip
add_case(STEPS, "a method that is not offered", step("SELECT_MFA_TYPE", MFAS_CAN_CHOOSE='["SMS_MFA"]').choose, "totp")  # fmt: skip
add_case(STEPS, "no methods at all", step("SELECT_MFA_TYPE").choose, "totp")
add_case(STEPS, "a passkey that is not JSON", answer, "WEB_AUTHN", SECRET)
add_case(STEPS, "a passkey with bytes", answer, "WEB_AUTHN", {"id": SECRET.encode()})
add_case(STEPS, "no secret for the authenticator app", set_up_totp, http_response())
add_case(STEPS, "a code that the service does not accept", confirm_totp, "123456", http_response(body={"Status": "ERROR"}))  # fmt: skip
add_case(STEPS, "ChallengeResponses on the command line that are a list", _json_object, "[]")

add_case(STEPS, "a wrong answer to a custom challenge", answer, "CUSTOM_CHALLENGE", "5", responses=(refused("NotAuthorizedException", "Incorrect username or password."),))  # fmt: skip
add_case(STEPS, "a wrong proof of the device", answer, "NEW_THING", {}, responses=(challenge("DEVICE_SRP_AUTH"), refused("NotAuthorizedException", "Incorrect username or password.")), device=True)  # fmt: skip
add_case(STEPS, "the proof of the device is asked for again", answer, "NEW_THING", {}, responses=(challenge("DEVICE_SRP_AUTH"), challenge("DEVICE_SRP_AUTH")), device=True)  # fmt: skip
add_case(STEPS, "SRP takes too long", slow_proof)

DEVICE = Device("eu-west-1_device", "-group", SECRET)
add_case(STATE, "no text", resume, None)
add_case(STATE, "text that was cut", resume, DEVICE.to_state()[:-5])
add_case(STATE, "a device in place of a step", resume, DEVICE.to_state())
add_case(STATE, "the state of another release", resume, "eyJ2IjogMn0")
add_case(STATE, "a step of another pool", resume, step("SMS_MFA").to_state(), pool="eu-west-1_Other")
add_case(STATE, "a step of a server", resume, "eyJ2IjoxLCJraW5kIjoic3RlcCIsInBvb2wiOiJldS13ZXN0LTFfQWJDMTIzIiwiY2xpZW50IjoiY2xpZW50MSIsImFkbWluIjp0cnVlfQ")  # fmt: skip
add_case(STATE, "a changed step", resume, "eyJ2IjoxLCJraW5kIjoic3RlcCIsInBvb2wiOiJldS13ZXN0LTFfQWJDMTIzIiwiY2xpZW50IjoiY2xpZW50MSJ9")  # fmt: skip
add_case(STATE, "a step with a changed device", resume, "eyJ2IjoxLCJraW5kIjoic3RlcCIsInBvb2wiOiJldS13ZXN0LTFfQWJDMTIzIiwiY2xpZW50IjoiY2xpZW50MSIsInVzZXJuYW1lIjoiYW5hIiwiZGV2aWNlIjo3fQ")  # fmt: skip
add_case(STATE, "tokens without a time", Tokens.from_state, "eyJ2IjoxLCJraW5kIjoidG9rZW4gc2V0In0")

add_case(SESSIONS, "nothing to start from", session)
add_case(SESSIONS, "text as tokens", session, tokens=SECRET)
add_case(SESSIONS, "text as on_tokens", session, refresh_token=SECRET, on_tokens=SECRET)
add_case(SESSIONS, "a time without a zone", Tokens, access_token=SECRET, expires_at=datetime(2020, 1, 1))  # noqa: DTZ001
add_case(SESSIONS, "no tokens in the response", access_token, http_response())
add_case(
    SESSIONS,
    "a lifetime that is no time",
    access_token,
    http_response(body={"AuthenticationResult": {"AccessToken": SECRET, "ExpiresIn": 10**30}}),
)
add_case(
    SESSIONS,
    "no access token in the response",
    access_token,
    http_response(body={"AuthenticationResult": {}}),
)
add_case(SESSIONS, "no second factor", session(refresh_token=SECRET).set_mfa)
add_case(SESSIONS, "a preferred method that is turned off", session(refresh_token=SECRET).set_mfa, totp=False, preferred="totp")  # fmt: skip
add_case(SESSIONS, "a revoked refresh token", access_token, refused("NotAuthorizedException", "Refresh Token has been revoked"))  # fmt: skip
add_case(SESSIONS, "a refresh token that was used before", access_token, refused("RefreshTokenReuseException", "Refresh token reuse detected"))  # fmt: skip
add_case(SESSIONS, "no refresh token", session(tokens=Tokens(access_token="a", expires_at=datetime(2020, 1, 1, tzinfo=UTC))).access_token)  # fmt: skip

__all__ = ["ERROR_CASES", "EXCEPTIONS"]
EXCEPTIONS = {name for name in sign_in.__all__ if name.endswith("Error")}
