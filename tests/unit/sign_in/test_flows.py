"""Every flow against FakeUserPool: also by alias, with a secret, and with a wrong answer on the way."""

from __future__ import annotations

import json
import traceback
from collections.abc import Mapping
from typing import Any, TypeVar

import pytest
from attr import evolve

from cognito_async import errors
from cognito_async.errors import CodeMismatchException, ConnectionLostError, InternalErrorException
from cognito_async.sign_in import (
    AppClient,
    AttemptsExceededError,
    CustomChallenge,
    Device,
    DeviceRefusedError,
    EmailCodeRequired,
    MethodChoiceRequired,
    MfaChoiceRequired,
    MfaSetupChoiceRequired,
    NewPasswordRequired,
    PasskeyRequired,
    PasswordRequired,
    SecretHashError,
    SessionExpiredError,
    SignedIn,
    SignedOutError,
    SmsCodeRequired,
    TotpRequired,
    TotpSetup,
    TotpSetupRequired,
    UnknownChallenge,
    UserContext,
    UserDisabledError,
    WrongAnswerError,
    WrongPasswordError,
)
from cognito_async.sign_in._deadline import Deadline
from cognito_async.testing import FakePasskey, FakeUserPool
from cognito_async.transport import HTTPRequest, HTTPResponse

PASSWORD = "Pässwörd-日本-🔑1"
SECRET = "client-secret-of-at-least-24-characters"
CONTEXT = UserContext(ip="192.0.2.1", server_name="example.com", server_path="/", http_headers={"a": "b"})
StepT = TypeVar("StepT")


def as_(cls: type[StepT], step: object) -> StepT:
    assert type(step) is cls, step
    return step


def sent(pool: FakeUserPool) -> list[str]:
    return [request.operation for request in pool.requests]


def answers(pool: FakeUserPool) -> list[Mapping[str, str]]:
    return [
        request.members["ChallengeResponses"]
        for request in pool.requests
        if "ChallengeResponses" in request.members
    ]


def is_step(request: Any) -> bool:
    return request.operation.endswith(("InitiateAuth", "RespondToAuthChallenge"))


class Case:
    """A pool, a user, and the name with which the user signs in."""

    def __init__(self, *, alias: bool, secret: bool, admin: bool, **settings: Any) -> None:
        self.pool = FakeUserPool(
            client_secret=SECRET if secret else None, alias_attributes=["email"] if alias else [], **settings
        )
        self.alias = alias
        self.admin = admin
        self.app = self.pool.app(admin=admin)
        self.name = "ana@example.com" if alias else "ana"
        self.arguments: dict[str, Any] = {"context": CONTEXT, "client_metadata": {"shop": "7"}}

    def add_user(self, **settings: Any) -> Any:
        attributes = {"email": "ana@example.com", "phone_number": "+15550100", **settings}
        return self.pool.add_user("ana", PASSWORD, **attributes)

    def check(self, step: object) -> SignedIn:
        session = as_(SignedIn, step)
        assert session.username == "ana"
        assert session.claims["cognito:username"] == "ana"
        families = {
            request.operation.startswith("Admin") for request in self.pool.requests if is_step(request)
        }
        assert families <= {self.admin}
        for request in self.pool.requests:
            if is_step(request):
                assert request.members["ClientMetadata"] == {"shop": "7"}
                assert request.signed is self.admin
                data = request.members["ContextData" if self.admin else "UserContextData"]
                assert data["IpAddress"] == "192.0.2.1"
        return session


KINDS = {
    "plain": {"alias": False, "secret": False, "admin": False},
    "alias and secret": {"alias": True, "secret": True, "admin": False},
    "admin, alias and secret": {"alias": True, "secret": True, "admin": True},
}


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.mark.parametrize("flow", ["srp", "password"])
async def test_password(kind: Any, flow: Any) -> None:
    case = Case(**kind)
    case.add_user()
    with pytest.raises(WrongPasswordError):
        await case.app.sign_in(case.name, "wrong", flow=flow)
    with pytest.raises(WrongPasswordError):
        await case.app.sign_in("nobody", PASSWORD, flow=flow)
    case.pool.requests.clear()
    session = case.check(await case.app.sign_in(case.name, PASSWORD, flow=flow, **case.arguments))
    assert len(case.pool.requests) == (2 if flow == "srp" else 1)
    assert (await session.get_user()).username == "ana"


async def test_the_password_as_an_administrator() -> None:
    case = Case(alias=True, secret=True, admin=False)
    case.add_user()
    with pytest.raises(WrongPasswordError):
        await case.app.sign_in(case.name, "wrong", flow="admin")
    step = await case.app.sign_in(case.name, PASSWORD, flow="admin", context=CONTEXT)
    assert as_(SignedIn, step).username == "ana"
    assert set(sent(case.pool)) == {"AdminInitiateAuth"}


async def test_new_password(kind: Any) -> None:
    case = Case(**kind, required_attributes=["name"])
    user = case.add_user(status="FORCE_CHANGE_PASSWORD")
    step = as_(NewPasswordRequired, await case.app.sign_in(case.name, PASSWORD, **case.arguments))
    assert step.missing == ("name",)
    assert step.attributes["email"] == "ana@example.com"
    with pytest.raises(errors.InvalidPasswordException):
        await step.answer("short", attributes={"name": "Ana"})
    case.check(await step.answer("A new passphrase", attributes={"name": "Ana"}))
    assert user.attributes["name"] == "Ana"
    assert not [name for name in answers(case.pool)[-1] if name.startswith("PASSWORD_CLAIM")]


async def test_totp(kind: Any) -> None:
    case = Case(**kind, mfa="optional")
    user = case.add_user(mfa=["totp"])
    user.totp_name = "phone"
    step = as_(TotpRequired, await case.app.sign_in(case.name, PASSWORD, **case.arguments))
    assert step.device_name == "phone"
    code = user.totp_code()
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    with pytest.raises(CodeMismatchException):
        await step.answer(wrong)
    case.check(await step.answer(code))
    with pytest.raises(SessionExpiredError):
        await step.answer(code)
    again = as_(TotpRequired, await case.app.sign_in(case.name, PASSWORD, **case.arguments))
    with pytest.raises(errors.ExpiredCodeException):
        await again.answer(code)
    case.pool.clock.advance(30)
    case.check(await again.answer(user.totp_code()))


@pytest.mark.parametrize(("method", "cls"), [("sms", SmsCodeRequired), ("email", EmailCodeRequired)])
async def test_codes_as_a_second_factor(kind: Any, method: str, cls: Any) -> None:
    case = Case(**kind, mfa="optional", mfa_methods=["sms", "email"])
    user = case.add_user(mfa=[method])
    step = as_(cls, await case.app.sign_in(case.name, PASSWORD, **case.arguments))
    assert step.destination
    wrong = f"{int(user.last_code) ^ 1:0{len(user.last_code)}}"
    with pytest.raises(CodeMismatchException):
        await step.answer(wrong)
    restored = case.app.resume(step.to_state())
    case.check(await as_(cls, restored).answer(user.last_code))


async def test_choice_of_the_second_factor(kind: Any) -> None:
    case = Case(**kind, mfa="optional", mfa_methods=["totp", "sms"])
    user = case.add_user(mfa=["totp", "sms"])
    step = as_(MfaChoiceRequired, await case.app.sign_in(case.name, PASSWORD, **case.arguments))
    assert step.methods == ("totp", "sms")
    code_step = as_(SmsCodeRequired, await step.choose("sms"))
    case.check(await code_step.answer(user.last_code))


async def test_setup_of_an_authenticator_app(kind: Any) -> None:
    case = Case(**kind, mfa="on", mfa_methods=["totp"])
    user = case.add_user()
    step = as_(TotpSetupRequired, await case.app.sign_in(case.name, PASSWORD, **case.arguments))
    setup = as_(TotpSetup, case.app.resume((await step.begin()).to_state()))
    assert setup.uri("Shop").startswith("otpauth://totp/Shop:ana?secret=" + setup.secret)
    with pytest.raises((CodeMismatchException, errors.EnableSoftwareTokenMFAException)):
        await setup.confirm("000000")
    code = user.totp_code(setup.secret)
    case.check(await setup.confirm(code, device_name="phone"))
    assert user.totp_name == "phone"


async def test_setup_of_a_method_of_choice(kind: Any) -> None:
    case = Case(**kind, mfa="on", mfa_methods=["totp", "email"])
    user = case.add_user()
    step = as_(MfaSetupChoiceRequired, await case.app.sign_in(case.name, PASSWORD, **case.arguments))
    assert step.methods == ("totp", "email")
    code_step = as_(EmailCodeRequired, await step.email("ana@example.org"))
    case.check(await code_step.answer(user.last_code))
    assert user.attributes["email"] == "ana@example.org"
    other = Case(**kind, mfa="on", mfa_methods=["totp", "email"])
    other.add_user()
    choice = as_(MfaSetupChoiceRequired, await other.app.sign_in(other.name, PASSWORD, **other.arguments))
    assert as_(TotpSetup, await choice.totp()).secret


@pytest.mark.parametrize("with_password", [True, False])
async def test_custom_challenges(kind: Any, *, with_password: bool) -> None:
    challenges = [({"question": "2+2"}, "4"), ({"question": "colour"}, "blue")]
    case = Case(**kind, custom_challenges=challenges)
    case.add_user()
    password = PASSWORD if with_password else None
    step = as_(CustomChallenge, await case.app.custom(case.name, password=password, **case.arguments))
    assert step.parameters == {"question": "2+2"}
    assert "2+2" not in repr(step)
    step = as_(CustomChallenge, await step.answer("4"))
    case.check(await step.answer("blue"))
    wrong = as_(CustomChallenge, await case.app.custom(case.name, password=password, **case.arguments))
    with pytest.raises(WrongAnswerError):
        await wrong.answer("5")
    if with_password:
        with pytest.raises(WrongPasswordError):
            await case.app.custom(case.name, password="wrong")


@pytest.mark.parametrize("prefer", ["srp", "password"])
async def test_the_password_as_the_preferred_method(kind: Any, prefer: Any) -> None:
    case = Case(**kind)
    case.add_user()
    with pytest.raises(WrongPasswordError):
        await case.app.sign_in_with(case.name, prefer=prefer, password="wrong")
    case.pool.requests.clear()
    case.check(await case.app.sign_in_with(case.name, prefer=prefer, password=PASSWORD, **case.arguments))


@pytest.mark.parametrize(("prefer", "cls"), [("email_otp", EmailCodeRequired), ("sms_otp", SmsCodeRequired)])
async def test_a_code_in_place_of_the_password(kind: Any, prefer: Any, cls: Any) -> None:
    case = Case(**kind)
    user = case.add_user()
    step = as_(cls, await case.app.sign_in_with(case.name, prefer=prefer, **case.arguments))
    with pytest.raises(CodeMismatchException):
        await step.answer(f"{int(user.last_code) ^ 1:0{len(user.last_code)}}")
    case.check(await step.answer(user.last_code))


async def test_choice_of_the_method(kind: Any) -> None:
    case = Case(**kind)
    user = case.add_user()
    passkey = FakePasskey()
    user.passkeys.append(passkey)

    async def choice() -> MethodChoiceRequired:
        return as_(MethodChoiceRequired, await case.app.sign_in_with(case.name, **case.arguments))

    assert set((await choice()).methods) == {"srp", "password", "passkey", "email_otp", "sms_otp"}
    with pytest.raises(WrongPasswordError):
        await (await choice()).password("wrong")
    case.check(await (await choice()).password(PASSWORD))
    plain = evolve(await choice(), methods=("password",))
    case.check(await plain.password(PASSWORD))
    step = as_(EmailCodeRequired, await (await choice()).email_code())
    case.check(await step.answer(user.last_code))
    step = as_(SmsCodeRequired, await (await choice()).sms_code())
    case.check(await step.answer(user.last_code))
    browser = as_(PasskeyRequired, await (await choice()).passkey())
    case.check(await browser.answer(passkey.get(browser.options)))


async def test_passkey(kind: Any) -> None:
    case = Case(**kind)
    user = case.add_user()
    passkey = FakePasskey()
    session = case.check(await case.app.sign_in(case.name, PASSWORD, **case.arguments))
    await session.finish_passkey(passkey.create(await session.start_passkey()))
    [description] = await session.passkeys()
    step = as_(PasskeyRequired, await case.app.sign_in_with(case.name, prefer="passkey", **case.arguments))
    credential = passkey.get(step.options)
    with pytest.raises(errors.NotAuthorizedException):
        await step.answer({**credential, "id": "AAAA", "rawId": "AAAA"})
    step = as_(PasskeyRequired, await case.app.sign_in_with(case.name, prefer="passkey", **case.arguments))
    case.check(await step.answer(json.dumps(passkey.get(step.options))))
    await session.delete_passkey(description.credential_id)
    assert user.passkeys == []


async def test_sign_up_and_sign_in_at_once() -> None:
    pool = FakeUserPool(client_secret=SECRET)
    app = pool.app()
    attributes = {"email": "ana@example.com", "phone_number": None}
    await app.sign_up(
        "ana", "A good passphrase", attributes=attributes, client_metadata={"a": "b"}, context=CONTEXT
    )
    with pytest.raises(errors.UserNotConfirmedException):
        await app.sign_in("ana", "A good passphrase")
    await app.resend_code("ana")
    user = pool.user("ana")
    with pytest.raises(CodeMismatchException):
        await app.confirm_sign_up("ana", f"{int(user.last_code) ^ 1:0{len(user.last_code)}}")
    confirmed = await app.confirm_sign_up("ana", user.last_code)
    step = await app.sign_in_with("ana", session=confirmed.session)
    assert as_(SignedIn, step).username == "ana"


async def test_a_forgotten_password() -> None:
    pool = FakeUserPool(users={"ana": PASSWORD}, client_secret=SECRET)
    pool.user("ana").attributes |= {"email": "ana@example.com", "email_verified": "true"}
    pool.user("ana").status = "RESET_REQUIRED"
    app = pool.app()
    with pytest.raises(errors.PasswordResetRequiredException):
        await app.sign_in("ana", PASSWORD)
    await app.forgot_password("ana")
    with pytest.raises(errors.InvalidPasswordException):
        await app.confirm_forgot_password("ana", pool.user("ana").last_code, "short")
    await app.confirm_forgot_password("ana", pool.user("ana").last_code, "A new passphrase")
    as_(SignedIn, await app.sign_in("ana", "A new passphrase"))


async def test_a_secret_hash_of_the_caller_takes_precedence() -> None:
    pool = FakeUserPool(users={"ana": PASSWORD}, client_secret=SECRET)
    app = pool.app()
    with pytest.raises(SecretHashError):
        await app.sign_in("ana", PASSWORD, auth_parameters={"SECRET_HASH": "own"})
    with pytest.raises(SecretHashError):
        await app.sign_up("bo", PASSWORD, secret_hash="own")
    assert pool.requests[-1].members["SecretHash"] == "own"
    without = AppClient(pool.client(), pool.pool_id, pool.client_id)
    with pytest.raises(SecretHashError):
        await without.sign_in("ana", PASSWORD)


async def test_lockout_and_disabled_users() -> None:
    pool = FakeUserPool(users={"ana": PASSWORD})
    app = pool.app()
    for _ in range(5):
        with pytest.raises(WrongPasswordError):
            await app.sign_in("ana", "wrong")
    with pytest.raises(AttemptsExceededError):
        await app.sign_in("ana", PASSWORD)
    pool.clock.advance(900)
    pool.user("ana").disabled = True
    with pytest.raises(UserDisabledError):
        await app.sign_in("ana", PASSWORD)


async def test_a_session_that_took_too_long() -> None:
    pool = FakeUserPool(mfa="optional")
    user = pool.add_user("ana", PASSWORD, mfa=["totp"])
    step = as_(TotpRequired, await pool.app().sign_in("ana", PASSWORD))
    pool.clock.advance(181)
    with pytest.raises(SessionExpiredError):
        await step.answer(user.totp_code())


async def test_the_clock_of_the_service_counts() -> None:
    """The machine's clock may be wrong: the timestamp comes from the response's Date header."""
    pool = FakeUserPool(users={"ana": PASSWORD})
    pool.clock.advance(86400 * 365)
    as_(SignedIn, await pool.app().sign_in("ana", PASSWORD))


async def test_without_a_date_the_clock_of_the_machine_counts() -> None:
    pool = FakeUserPool(users={"ana": PASSWORD})

    def remove_date(response: HTTPResponse) -> HTTPResponse:
        return response._replace(headers={k: v for k, v in response.headers.items() if k != "date"})

    as_(
        SignedIn,
        await app_through(pool, lambda _number, response: remove_date(response)).sign_in("ana", PASSWORD),
    )


def app_through(
    pool: FakeUserPool,
    change: Any,
    *,
    timeouts: list[float] | None = None,
    rejected: list[HTTPResponse] | None = None,
    **settings: Any,
) -> AppClient:
    """Return an app client whose responses go through a function of their number and themselves."""
    app = pool.app(**settings)
    pipeline = app._app.client._pipeline
    make_transport = pipeline._make_transport

    def make(config: Any) -> Any:
        transport = make_transport(config)
        respond = transport.send
        count = 0

        async def send(request: HTTPRequest, **options: Any) -> HTTPResponse:
            nonlocal count
            count += 1
            if rejected and sent(pool)[-1:] == ["VerifySoftwareToken"]:
                return rejected.pop()
            if timeouts is not None:
                timeouts.append(options["timeout"])
                if options["timeout"] < 1e-6:
                    raise errors.RequestTimeoutError("no time is left")
            response = change(count, await respond(request, **options))
            if isinstance(response, Exception):
                raise response
            return response

        transport.send = send
        return transport

    pipeline._make_transport = make
    return app


LOST = ConnectionLostError("the connection broke")
FAILED = HTTPResponse(500, {}, b'{"__type": "InternalErrorException"}')


@pytest.mark.parametrize("failure", [LOST, FAILED])
@pytest.mark.parametrize("number", [1, 2])
async def test_a_lost_exchange_starts_over_with_a_new_secret(failure: Any, number: int) -> None:
    pool = FakeUserPool(users={"ana": PASSWORD})
    app = app_through(pool, lambda count, response: failure if count == number else response)
    as_(SignedIn, await app.sign_in("ana", PASSWORD))
    secrets = [
        each.members["AuthParameters"]["SRP_A"] for each in pool.requests if each.operation == "InitiateAuth"
    ]
    # A start that was lost is repeated by the client itself: its secret has proved nothing yet.
    assert (len(secrets), len(set(secrets))) == (2, number)


async def test_it_starts_over_only_once_and_not_at_all_without_retries() -> None:
    pool = FakeUserPool(users={"ana": PASSWORD})
    with pytest.raises(ConnectionLostError):
        await app_through(pool, lambda count, response: response if count % 2 else LOST).sign_in(
            "ana", PASSWORD
        )
    assert len(pool.requests) == 4
    pool.requests.clear()
    for settings in ({"retry_mode": "off"}, {"max_attempts": 1}):
        app = app_through(pool, lambda count, response: response if count % 2 else LOST, **settings)
        with pytest.raises(ConnectionLostError):
            await app.sign_in("ana", PASSWORD)
    assert len(pool.requests) == 4
    with pytest.raises(InternalErrorException):
        await app_through(pool, lambda _, response: FAILED).sign_in("ana", PASSWORD, flow="password")


async def test_a_timeout_covers_all_requests_of_a_method() -> None:
    pool = FakeUserPool(users={"ana": PASSWORD}, mfa="optional")
    user = pool.user("ana")
    user.enable_mfa("totp")
    step = as_(TotpRequired, await pool.app().sign_in("ana", PASSWORD, timeout=60))
    as_(SignedIn, await as_(TotpRequired, pool.app().resume(step.to_state())).answer(user.totp_code()))
    timeouts: list[float] = []
    app = app_through(pool, lambda _, response: response, timeouts=timeouts)
    await app.sign_in("ana", PASSWORD, timeout=30)
    assert 30 > timeouts[0] > timeouts[1] > 0
    with pytest.raises(errors.RequestTimeoutError):
        await app.sign_in("ana", PASSWORD, timeout=1e-9)


async def test_unusable_responses_of_the_service() -> None:
    pool = FakeUserPool(users={"ana": PASSWORD})

    def spoil(name: str, value: str) -> Any:
        def change(count: int, response: HTTPResponse) -> HTTPResponse:
            body = json.loads(response.body)
            body.get("ChallengeParameters", {})[name] = value
            return response._replace(body=json.dumps(body).encode())

        return change

    from cognito_async.sign_in._srp import N

    for name, value in [("SRP_B", "0"), ("SRP_B", f"{N:x}"), ("SALT", "xyz"), ("SECRET_BLOCK", "!")]:
        with pytest.raises(errors.InvalidResponseError) as caught:
            await app_through(pool, spoil(name, value)).sign_in("ana", PASSWORD)
        assert name in str(caught.value)
        assert PASSWORD not in str(caught.value)


async def test_a_challenge_of_a_later_release_can_be_answered() -> None:
    pool = FakeUserPool(mfa="optional")
    user = pool.add_user("ana", PASSWORD, mfa=["totp"])
    known = as_(TotpRequired, await pool.app().sign_in("ana", PASSWORD))
    step = UnknownChallenge(
        flow=known._flow, challenge=known._challenge, name="SOFTWARE_TOKEN_MFA", parameters={}
    )
    as_(SignedIn, await step.answer({"SOFTWARE_TOKEN_MFA_CODE": user.totp_code()}))


async def test_the_password_that_the_service_asks_for(kind: Any) -> None:
    case = Case(**kind)
    case.add_user()
    for name in ("PASSWORD", "PASSWORD_SRP"):
        choice = as_(MethodChoiceRequired, await case.app.sign_in_with(case.name, **case.arguments))
        step = PasswordRequired(flow=choice._flow, challenge=evolve(choice._challenge, name=name))
        # The fake pool does not ask by these challenges: it knows them as the answer to SELECT_CHALLENGE.
        with pytest.raises((SessionExpiredError, errors.InvalidParameterException)):
            await step.answer(PASSWORD)
        assert answers(case.pool)[-1].keys() >= {"PASSWORD" if name == "PASSWORD" else "SRP_A"}


@pytest.mark.parametrize("tracking", ["always", "opt_in"])
@pytest.mark.parametrize("flow", ["srp", "password"])
async def test_devices(kind: Any, tracking: Any, flow: Any) -> None:
    case = Case(**kind, mfa="optional", device_tracking=tracking)
    user = case.add_user(mfa=["sms"])
    code_step = as_(SmsCodeRequired, await case.app.sign_in(case.name, PASSWORD, flow=flow, **case.arguments))
    session = case.check(await code_step.answer(user.last_code))
    assert session.new_device is not None
    assert session.new_device.key in repr(session.new_device)
    device = await session.new_device.confirm(name="laptop", remember=True)
    assert session.device is device
    assert session.new_device is None
    await session.refresh()
    [listed] = await session.devices()
    assert listed.device_key == device.key
    assert len(await case.app.devices("ana")) == 1

    # The device skips the second factor, and is named in each step.
    kept = Device.from_state(device.to_state())
    case.pool.requests.clear()
    again = case.check(await case.app.sign_in(case.name, PASSWORD, flow=flow, device=kept, **case.arguments))
    assert again.device == kept
    assert again.new_device is None
    assert {answer["DEVICE_KEY"] for answer in answers(case.pool)} == {kept.key}
    await again.refresh()

    # A device whose proof is wrong is dropped, and a forgotten one too.
    wrong = Device(kept.key, kept.group_key, "wrong")
    step = await case.app.sign_in(case.name, PASSWORD, flow=flow, device=wrong, **case.arguments)
    unknown = case.check(await as_(SmsCodeRequired, step).answer(user.last_code))
    assert unknown.device is None
    await session.remember_device(device.key, remember=False)
    await session.forget_device(device.key)
    step = as_(
        SmsCodeRequired, await case.app.sign_in(case.name, PASSWORD, flow=flow, device=kept, **case.arguments)
    )
    forgotten = case.check(await step.answer(user.last_code))
    assert forgotten.device is None


async def test_a_device_that_is_forgotten_between_two_steps() -> None:
    pool = FakeUserPool(device_tracking="always", custom_challenges=[({"q": "2+2"}, "4")])
    pool.add_user("ana", PASSWORD)
    app = pool.app()
    session = as_(SignedIn, await app.sign_in("ana", PASSWORD))
    assert session.new_device is not None
    device = await session.new_device.confirm()
    step = as_(CustomChallenge, await app.custom("ana", device=device))
    await session.forget_device(device.key)
    signed_in = as_(SignedIn, await step.answer("4"))
    assert signed_in.device is None


@pytest.mark.parametrize(("tracking", "remember", "updates"), [
    ("always", None, 0), ("always", True, 0), ("always", False, 1),
    ("opt_in", None, 0), ("opt_in", True, 1), ("opt_in", False, 0),
])  # fmt: skip
async def test_whether_a_device_is_remembered(tracking: Any, remember: Any, updates: int) -> None:
    pool = FakeUserPool(users={"ana": PASSWORD}, device_tracking=tracking)
    session = as_(SignedIn, await pool.app().sign_in("ana", PASSWORD))
    assert session.new_device is not None
    await session.new_device.confirm(remember=remember)
    assert sent(pool).count("UpdateDeviceStatus") == updates


@pytest.mark.parametrize("failure", [LOST, FAILED])
async def test_confirming_a_device_can_be_repeated(failure: Any) -> None:
    pool = FakeUserPool(users={"ana": PASSWORD}, device_tracking="opt_in")
    outcomes: dict[str, list[Any]] = {"ConfirmDevice": [failure], "UpdateDeviceStatus": [LOST]}

    def change(_count: int, response: HTTPResponse) -> Any:
        failures = outcomes.get(pool.requests[-1].operation)
        return failures.pop() if failures else response

    app = app_through(pool, change, retry_mode="off")
    session = as_(SignedIn, await app.sign_in("ana", PASSWORD))
    new = session.new_device
    assert new is not None
    with pytest.raises((ConnectionLostError, InternalErrorException)):
        await new.confirm(remember=True)
    assert session.device is None
    with pytest.raises(ConnectionLostError):
        await new.confirm(remember=True)
    assert session.device is not None
    device = await new.confirm(remember=True)
    as_(SignedIn, await app.sign_in("ana", PASSWORD, device=device))
    assert pool.user("ana").devices[device.key].remembered


async def test_a_device_key_that_exists_is_an_error_if_no_response_was_lost() -> None:
    pool = FakeUserPool(users={"ana": PASSWORD}, device_tracking="always")
    exists = HTTPResponse(400, {}, b'{"__type": "DeviceKeyExistsException"}')
    app = app_through(pool, lambda _, response: exists if sent(pool)[-1] == "ConfirmDevice" else response)
    session = as_(SignedIn, await app.sign_in("ana", PASSWORD))
    assert session.new_device is not None
    with pytest.raises(errors.DeviceKeyExistsException):
        await session.new_device.confirm()


async def test_a_refresh_before_the_device_is_confirmed() -> None:
    pool = FakeUserPool(users={"ana": PASSWORD}, device_tracking="always")
    session = as_(SignedIn, await pool.app().sign_in("ana", PASSWORD))
    with pytest.raises(SignedOutError, match=r"confirm session\.new_device before the first refresh"):
        await session.refresh()
    assert session.new_device is not None
    await session.new_device.confirm()
    await session.refresh()


@pytest.mark.parametrize("grace", [None, 0, 30])
async def test_refresh_rotation_and_sign_out(grace: int | None) -> None:
    pool = FakeUserPool(users={"ana": PASSWORD}, client_secret=SECRET, refresh_grace=grace)
    app = pool.app()
    session = as_(SignedIn, await app.sign_in("ana", PASSWORD))
    first = session.tokens
    assert await session.access_token() == first.access_token
    pool.clock.advance(3600)
    assert await session.access_token() != first.access_token
    assert (session.tokens.refresh_token == first.refresh_token) is (grace is None)
    stored = app.session(refresh_token=session.tokens.refresh_token)
    await stored.access_token()
    assert stored.username == "ana"
    if grace is not None:
        pool.clock.advance(grace + 11)  # sessions of this process remember a rotation for ten seconds
        stale = app.session(refresh_token=first.refresh_token)
        with pytest.raises(errors.RefreshTokenReuseException):
            await stale.access_token()
        with pytest.raises(SignedOutError):
            await stale.access_token()
    fresh = as_(SignedIn, await app.sign_in("ana", PASSWORD))
    other = as_(SignedIn, await app.sign_in("ana", PASSWORD))
    copy = app.session(refresh_token=fresh.tokens.refresh_token)
    await fresh.sign_out()
    with pytest.raises(SignedOutError):
        await copy.access_token()
    await other.refresh()
    await other.sign_out(everywhere=True)


async def test_settings_of_a_signed_in_user() -> None:
    pool = FakeUserPool(mfa="optional")
    user = pool.add_user("ana", PASSWORD, email="ana@example.com")
    session = as_(SignedIn, await pool.app().sign_in("ana", PASSWORD))
    await session.update_attributes({"name": "Ana", "email": "ana@example.org"})
    await session.send_attribute_code("email")
    await session.verify_attribute("email", user.last_code)
    await session.delete_attributes("name")
    me = await session.get_user()
    assert me.attribute_map["email"] == "ana@example.org"
    assert me.attribute_map["email_verified"]
    await session.change_password(PASSWORD, "A new passphrase")
    with pytest.raises(WrongPasswordError):
        await session.change_password(PASSWORD, "A new passphrase")
    setup = await session.set_up_totp()
    await setup.confirm(pool.user("ana").totp_code(setup.secret))
    assert user.preferred_mfa == "SOFTWARE_TOKEN_MFA"
    as_(TotpRequired, await pool.app().sign_in("ana", "A new passphrase"))
    await session.set_mfa(totp=False)
    as_(SignedIn, await pool.app().sign_in("ana", "A new passphrase"))


async def test_odd_responses() -> None:
    pool = FakeUserPool(users={"ana": PASSWORD}, mfa="on", mfa_methods=["totp"])

    def replaced(operation: str, status: int = 200, **body: Any) -> AppClient:
        response = HTTPResponse(status, {}, json.dumps(body).encode())
        return app_through(pool, lambda _, usual: response if sent(pool)[-1] == operation else usual)

    with pytest.raises(errors.InvalidResponseError, match="neither tokens nor a challenge"):
        await replaced("InitiateAuth").sign_in("ana", PASSWORD)
    step = as_(TotpSetupRequired, await replaced("AssociateSoftwareToken").sign_in("ana", PASSWORD))
    with pytest.raises(errors.InvalidResponseError, match="there is no secret code"):
        await step.begin()
    step = as_(
        TotpSetupRequired, await replaced("VerifySoftwareToken", Status="ERROR").sign_in("ana", PASSWORD)
    )
    with pytest.raises(errors.EnableSoftwareTokenMFAException, match="the code was not accepted"):
        await (await step.begin()).confirm("123456")


async def test_a_missing_app_client_is_not_a_missing_device() -> None:
    pool = FakeUserPool(users={"ana": PASSWORD})
    app = AppClient(pool.client(), pool.pool_id, "unknown")
    with pytest.raises(errors.ResourceNotFoundException):
        await app.sign_in("ana", PASSWORD, device=Device("key", "-group", "password"))
    assert len(pool.requests) == 1
    assert repr(app) == f"AppClient(user_pool_id={pool.pool_id!r}, client_id='unknown')"


async def test_sign_up_without_a_password() -> None:
    pool = FakeUserPool()
    await pool.app().sign_up("ana", attributes={"email": "ana@example.com"})
    assert "Password" not in pool.requests[-1].members
    assert pool.user("ana").password is None


@pytest.mark.parametrize("number", range(4))
async def test_no_secret_in_errors_of_the_way(number: int) -> None:
    """Errors of each request, with their causes, show neither password nor session nor device password."""
    pool = FakeUserPool(client_secret=SECRET, device_tracking="always", mfa="optional")
    pool.add_user("ana", PASSWORD, phone_number="+15550100")
    session = as_(SignedIn, await pool.app().sign_in("ana", PASSWORD))
    assert session.new_device is not None
    device = await session.new_device.confirm()
    pool.user("ana").enable_mfa("sms")
    app = app_through(
        pool, lambda count, response: FAILED if count == number + 1 else response, retry_mode="off"
    )
    with pytest.raises(InternalErrorException) as caught:
        await app.sign_in("ana", PASSWORD, device=device)
    text = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    for secret in (PASSWORD, SECRET, device.password, str(session.tokens.refresh_token)):
        assert secret not in text


async def test_steps_of_an_authenticator_app_say_when_the_session_is_over() -> None:
    pool = FakeUserPool(users={"ana": PASSWORD}, mfa="on", mfa_methods=["totp"])
    step = as_(TotpSetupRequired, await pool.app().sign_in("ana", PASSWORD))
    setup = await step.begin()
    pool.clock.advance(181)
    with pytest.raises(SessionExpiredError):
        await step.begin()
    with pytest.raises(SessionExpiredError):
        await setup.confirm("123456")


async def test_confirming_an_authenticator_app_goes_on_after_an_error() -> None:
    pool = FakeUserPool(users={"ana": PASSWORD}, mfa="on", mfa_methods=["totp"])
    failures = [HTTPResponse(400, {}, b'{"__type": "TooManyRequestsException"}')]

    # The answer after VerifySoftwareToken does not reach the pool.
    app = app_through(pool, lambda _, response: response, retry_mode="off", rejected=failures)
    setup = await as_(TotpSetupRequired, await app.sign_in("ana", PASSWORD)).begin()
    code = pool.user("ana").totp_code(setup.secret)
    with pytest.raises(errors.TooManyRequestsException):
        await setup.confirm(code)
    as_(SignedIn, await setup.confirm(code))
    assert sent(pool).count("VerifySoftwareToken") == 1


async def test_a_service_that_asks_for_the_device_again_and_again() -> None:
    pool = FakeUserPool(users={"ana": PASSWORD}, device_tracking="always")
    session = as_(SignedIn, await pool.app().sign_in("ana", PASSWORD))
    assert session.new_device is not None
    device = await session.new_device.confirm()
    challenge = {"ChallengeName": "DEVICE_SRP_AUTH", "ChallengeParameters": {}, "Session": "s" * 20}
    response = HTTPResponse(200, {}, json.dumps(challenge).encode())
    app = app_through(pool, lambda _count, _response: response)
    with pytest.raises(errors.InvalidResponseError, match="it asks for the proof of the device again"):
        await app.sign_in("ana", PASSWORD, device=device)


async def test_a_device_that_is_not_accepted_after_a_choice_of_the_user() -> None:
    pool = FakeUserPool(users={"ana": PASSWORD}, device_tracking="always", mfa="optional")
    pool.user("ana").attributes["phone_number"] = "+15550100"
    app = pool.app()
    session = as_(SignedIn, await app.sign_in("ana", PASSWORD))
    assert session.new_device is not None
    device = await session.new_device.confirm()
    pool.user("ana").enable_mfa("sms")
    wrong = Device(device.key, device.group_key, "wrong")
    choice = as_(MethodChoiceRequired, await app.sign_in_with("ana", device=wrong))
    with pytest.raises(DeviceRefusedError):
        await choice.password(PASSWORD)


async def test_a_timeout_ends_the_computation_too() -> None:
    pool = FakeUserPool(users={"ana": PASSWORD})
    app = pool.app()

    def endless() -> Any:
        while True:
            yield

    with pytest.raises(errors.RequestTimeoutError, match=r"SRP failed: not computed within 0\.01 seconds"):
        await Deadline(app._app.client, 0.01).run(endless())


async def test_a_confirmation_that_the_client_itself_repeats() -> None:
    """The client sends ConfirmDevice again after a lost response, and then the key exists."""
    pool = FakeUserPool(users={"ana": PASSWORD}, device_tracking="always")
    lost = [LOST]
    app = app_through(
        pool, lambda _, response: lost.pop() if lost and sent(pool)[-1] == "ConfirmDevice" else response
    )
    session = as_(SignedIn, await app.sign_in("ana", PASSWORD))
    assert session.new_device is not None
    device = await session.new_device.confirm(remember=True)
    assert sent(pool).count("ConfirmDevice") == 2
    assert as_(SignedIn, await app.sign_in("ana", PASSWORD, device=device)).device == device


async def test_a_refused_confirmation_of_a_device_can_be_repeated() -> None:
    pool = FakeUserPool(users={"ana": PASSWORD}, device_tracking="always")
    refused = [HTTPResponse(400, {}, b'{"__type": "InvalidParameterException"}')]
    exists = HTTPResponse(400, {}, b'{"__type": "DeviceKeyExistsException"}')

    def change(_count: int, response: HTTPResponse) -> HTTPResponse:
        if sent(pool)[-1] != "ConfirmDevice":
            return response
        return refused.pop() if refused else exists

    session = as_(SignedIn, await app_through(pool, change).sign_in("ana", PASSWORD))
    new = session.new_device
    assert new is not None
    with pytest.raises(errors.InvalidParameterException):
        await new.confirm()
    with pytest.raises(errors.DeviceKeyExistsException):
        await new.confirm()


async def test_no_secret_in_logs_and_reprs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    pool = FakeUserPool(client_secret=SECRET, device_tracking="always", mfa="optional", refresh_grace=0)
    user = pool.add_user("ana", PASSWORD, mfa=["totp"])
    app = pool.app()
    step = as_(TotpRequired, await app.sign_in("ana", PASSWORD, client_metadata={"card": "kanarienvogel"}))
    code = user.totp_code()
    session = as_(SignedIn, await step.answer(code))
    new = session.new_device
    assert new is not None
    device = await new.confirm()
    shown = [app, app._app, step, step._flow, session, session.tokens, new, device]
    secrets = [
        PASSWORD,
        SECRET,
        "kanarienvogel",
        code,
        device.password,
        str(user.totp_secret),
        step.to_state(),
    ]
    secrets += [str(step._flow.session), session.tokens.access_token, str(session.tokens.refresh_token)]
    await session.refresh()
    await session.change_password(PASSWORD, "A new passphrase")
    secrets += ["A new passphrase", session.tokens.access_token, str(session.tokens.refresh_token)]
    await session.sign_out()
    text = caplog.text + repr(shown) + str(shown)
    assert "RespondToAuthChallenge" in caplog.text
    assert [secret for secret in secrets if secret in text] == []
