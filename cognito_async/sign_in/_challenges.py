"""The steps of a sign-in: one class for each challenge, with the methods that answer it.

A method returns the next step. If it raises an error of a wrong code or a rejected password, the step can be
answered again; a session lasts 3 to 15 minutes, as the app client is configured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self, TypeAlias

from attr import evolve

from cognito_async._errors import InvalidRequestError
from cognito_async._model.record import Record, field, frozen
from cognito_async._uncopyable import Uncopyable
from cognito_async.sign_in import _inputs
from cognito_async.sign_in._deadline import Deadline
from cognito_async.sign_in._errors import with_refined_errors
from cognito_async.sign_in._flow import Challenge, Flow, Outcome, new_proof
from cognito_async.sign_in._naming import name_methods
from cognito_async.sign_in._parameters import credential_text, json_list, json_object
from cognito_async.sign_in._resume import TOTP_SETUP, dump_step
from cognito_async.sign_in._session import SignedIn, session_of
from cognito_async.sign_in._totp import raise_if_rejected, secret_code, totp_uri

_MFA_NAMES = {"SOFTWARE_TOKEN_MFA": "totp", "SMS_MFA": "sms", "EMAIL_OTP": "email", "EMAIL_MFA": "email"}
_VERIFIED = ("email_verified", "phone_number_verified")
_METHOD_NAMES = {
    "PASSWORD": "password",
    "PASSWORD_SRP": "srp",
    "WEB_AUTHN": "passkey",
    "EMAIL_OTP": "email_otp",
    "SMS_OTP": "sms_otp",
}


@frozen(kw_only=True)
class _Step(Uncopyable, Record):
    """A step that waits for the user."""

    _instead = "it uses a client; to_state() returns it as text, and AppClient.resume() restores it"

    _flow: Flow = field(alias="flow", repr=False)
    _challenge: Challenge = field(alias="challenge", repr=False)

    @property
    def username(self) -> str:
        """Name that the service uses for the user, or the one that was typed if it has not said it yet."""
        return self._flow.username

    def to_state(self) -> str:
        """Return the step as text, for ``AppClient.resume``.

        It contains the session, the values for Lambda triggers and the attributes of the user, a device with
        its password, and the secret of an authenticator app. Nothing of it is encrypted or signed: keep it on
        the server, or in a cookie that is encrypted and signed.
        """
        return dump_step(self._flow, self._challenge)

    def with_client_metadata(self, client_metadata: Mapping[str, str]) -> Self:
        """Return the step with other values for Lambda triggers; the steps that follow have them too."""
        metadata = _inputs.checked_texts("with_client_metadata", "client_metadata", client_metadata)
        return evolve(self, flow=evolve(self._flow, client_metadata=metadata))

    async def _answer(self, responses: Mapping[str, str]) -> SignInStep:
        return next_step(await self._flow.respond(self._challenge.name, responses))

    async def _answer_with_proof(self, responses: Mapping[str, str], password: str) -> SignInStep:
        deadline = self._flow.deadline()
        proof, public = await new_proof(password, deadline)
        responses = {**responses, "SRP_A": public}
        outcome = await self._flow.respond(self._challenge.name, responses, proof=proof, deadline=deadline)
        return next_step(outcome)


name_methods(_Step, None)


@frozen(kw_only=True)
class NewPasswordRequired(_Step):
    """The user must choose a new password: the account was created by an administrator."""

    missing: tuple[str, ...]
    """Attributes that the pool requires and the user lacks."""

    attributes: Mapping[str, str] = field(repr=False)
    """Attributes that the user has."""

    async def answer(self, new_password: str, *, attributes: Mapping[str, str] | None = None) -> SignInStep:
        """Set the password.

        Args:
            new_password: Password to set.
            attributes: A value for each name in ``missing``, and for others that have none yet.

        Raises:
            InvalidRequestError: An attribute is missing or has a value already; nothing was sent.
            InvalidPasswordException: The pool's policy rejects the password; answer again with another one.
            PasswordHistoryPolicyViolationException: The user had this password before; as above.
            SessionExpiredError: It took too long; start over.
        """
        where = "NewPasswordRequired.answer"
        _inputs.checked_text(where, "new_password", new_password)
        values = _inputs.checked_texts(where, "attributes", attributes)
        problems = [f"attributes: {name!r} is required" for name in self.missing if name not in values]
        problems += [
            f"attributes: {name!r} cannot be set here: it has a value; update it after the sign-in"
            for name in values
            if (name in self.attributes and name not in self.missing) or name in _VERIFIED
        ]
        if problems:
            raise InvalidRequestError(where, problems)
        flat = {f"userAttributes.{name}": value for name, value in values.items()}
        return await self._answer({"NEW_PASSWORD": new_password, **flat})


@frozen(kw_only=True)
class TotpRequired(_Step):
    """The user must enter the code of the authenticator app."""

    device_name: str | None
    """Name of the app or phone, as given when it was set up."""

    async def answer(self, code: str) -> SignInStep:
        """Send the code.

        Args:
            code: Six digits.

        Raises:
            InvalidRequestError: The code is not six digits; nothing was sent.
            CodeMismatchException: The code is wrong; answer again.
            ExpiredCodeException: The code was used before; wait for the next one.
            SessionExpiredError: It took too long; start over.
        """
        return await self._answer(
            {"SOFTWARE_TOKEN_MFA_CODE": _inputs.checked_totp("TotpRequired.answer", code)}
        )


@frozen(kw_only=True)
class _CodeRequired(_Step):
    destination: str | None
    """Where the code was sent, masked by the service, such as ``+*******1234``."""

    async def answer(self, code: str) -> SignInStep:
        """Send the code.

        Args:
            code: Digits that the user received.

        Raises:
            InvalidRequestError: The code has other characters than digits; nothing was sent.
            CodeMismatchException: The code is wrong; answer again.
            ExpiredCodeException: The code is too old; start over.
            SessionExpiredError: It took too long; start over.
        """
        checked = _inputs.checked_code(f"{type(self).__name__}.answer", code)
        return await self._answer({f"{self._challenge.name}_CODE": checked})


name_methods(_CodeRequired, None)


@frozen(kw_only=True)
class SmsCodeRequired(_CodeRequired):
    """The user must enter the code that was sent by SMS."""


@frozen(kw_only=True)
class EmailCodeRequired(_CodeRequired):
    """The user must enter the code that was sent by e-mail."""


@frozen(kw_only=True)
class MfaChoiceRequired(_Step):
    """The user must choose the second factor."""

    methods: tuple[str, ...]
    """Methods to choose from: ``totp``, ``sms``, ``email``, or a name that is unknown to this release."""

    async def choose(self, method: str) -> SignInStep:
        """Choose a method; an SMS or e-mail is sent now.

        Raises:
            InvalidRequestError: The method is not in ``methods``; nothing was sent.
        """
        _inputs.one_of("MfaChoiceRequired.choose", "method", method, self.methods)
        names = json_list(self._challenge.parameters.get("MFAS_CAN_CHOOSE"))
        return await self._answer({"ANSWER": names[self.methods.index(method)]})


@frozen(kw_only=True)
class _MfaSetup(_Step):
    async def _begin(self) -> TotpSetup:
        flow = self._flow
        client = flow.deadline().client()
        response = await with_refined_errors(client.associate_software_token(session=flow.session))
        secret = secret_code(response)
        flow = evolve(flow, session=response.session or flow.session)
        return totp_setup(flow, Challenge(TOTP_SETUP, {"SECRET": secret}))


@frozen(kw_only=True)
class TotpSetupRequired(_MfaSetup):
    """The user must set up an authenticator app: the pool requires MFA."""

    async def begin(self) -> TotpSetup:
        """Return the secret to show to the user.

        It replaces this step: another ``begin`` needs a new sign-in.
        """
        return await self._begin()


@frozen(kw_only=True)
class MfaSetupChoiceRequired(_MfaSetup):
    """The user must set up MFA, and the pool offers other methods than, or besides, an authenticator app."""

    methods: tuple[str, ...]
    """Methods to choose from: ``totp``, ``sms``, ``email``, or a name that is unknown to this release."""

    async def totp(self) -> TotpSetup:
        """Set up an authenticator app.

        Raises:
            InvalidRequestError: ``totp`` is not in ``methods``; nothing was sent.
        """
        _inputs.one_of("MfaSetupChoiceRequired", "totp()", "totp", self.methods)
        return await self._begin()

    async def email(self, address: str) -> SignInStep:
        """Set up codes by e-mail.

        Args:
            address: Address to send them to.

        Raises:
            InvalidRequestError: ``email`` is not in ``methods``; nothing was sent.
        """
        where = "MfaSetupChoiceRequired"
        _inputs.one_of(where, "email()", "email", self.methods)
        return await self._answer({"EMAIL": _inputs.checked_text(where, "address", address)})


@frozen(kw_only=True)
class TotpSetup(_Step):
    """The secret of an authenticator app that is being set up during a sign-in."""

    secret: str = field(repr=False)
    """Secret to type into the app, in base32."""

    _verified: list[str | None] = field(factory=list[str | None], init=False, repr=False, eq=False)
    """The session after the code was accepted: confirming again need not repeat that."""

    def uri(self, issuer: str, account: str | None = None) -> str:
        """Return the URI to show as a QR code.

        Args:
            issuer: Name of your application, which the app shows.
            account: Name of the user, which the app shows; by default the user name.
        """
        return totp_uri(self.secret, issuer, self.username if account is None else account)

    async def confirm(self, code: str, *, device_name: str | None = None) -> SignInStep:
        """Finish the setup with a code of the app, and go on with the sign-in.

        Args:
            code: Six digits.
            device_name: Name of the app or phone, for later sign-ins.

        Raises:
            InvalidRequestError: The code is not six digits; nothing was sent.
            EnableSoftwareTokenMFAException: The code is wrong; confirm again.
            CodeMismatchException: As above.
            SessionExpiredError: It took too long; start over.
        """
        _inputs.checked_totp("TotpSetup.confirm", code)
        deadline = self._flow.deadline()
        if not self._verified:
            await self._verify(code, device_name, deadline)
        flow = evolve(self._flow, session=self._verified[0])
        return next_step(await flow.respond("MFA_SETUP", {}, deadline=deadline))

    async def _verify(self, code: str, device_name: str | None, deadline: Deadline) -> None:
        flow, client = self._flow, deadline.client()
        response = await with_refined_errors(
            client.verify_software_token(
                user_code=code, session=flow.session, friendly_device_name=device_name
            )
        )
        raise_if_rejected(response)
        self._verified.append(response.session or flow.session)


@frozen(kw_only=True)
class MethodChoiceRequired(_Step):
    """The user must choose how to sign in (``sign_in_with``)."""

    methods: tuple[str, ...]
    """Methods to choose from: ``srp`` and ``password``, ``passkey``, ``email_otp``, ``sms_otp``, or a name
    that is unknown to this release."""

    async def password(self, password: str) -> SignInStep:
        """Sign in with the password, over SRP if the pool allows it.

        Raises:
            InvalidRequestError: Neither ``srp`` nor ``password`` is in ``methods``; nothing was sent.
            WrongPasswordError: The password is wrong; start over.
        """
        where = "MethodChoiceRequired"
        _inputs.checked_text(where, "password", password)
        if "srp" in self.methods:
            return await self._answer_with_proof({"ANSWER": "PASSWORD_SRP"}, password)
        _inputs.one_of(where, "password()", "password", self.methods)
        return await self._answer({"ANSWER": "PASSWORD", "PASSWORD": password})

    async def passkey(self) -> SignInStep:
        """Sign in with a passkey: the next step has the options for the browser."""
        return await self._choose("passkey", "WEB_AUTHN")

    async def email_code(self) -> SignInStep:
        """Sign in with a code that is sent by e-mail now."""
        return await self._choose("email_otp", "EMAIL_OTP")

    async def sms_code(self) -> SignInStep:
        """Sign in with a code that is sent by SMS now."""
        return await self._choose("sms_otp", "SMS_OTP")

    async def _choose(self, method: str, answer: str) -> SignInStep:
        _inputs.one_of("MethodChoiceRequired", "method", method, self.methods)
        return await self._answer({"ANSWER": answer})


@frozen(kw_only=True)
class PasswordRequired(_Step):
    """The user must enter the password."""

    async def answer(self, password: str) -> SignInStep:
        """Send the password, or its proof over SRP if the service asks for that.

        Raises:
            WrongPasswordError: The password is wrong; start over.
        """
        _inputs.checked_text("PasswordRequired.answer", "password", password)
        if self._challenge.name == "PASSWORD":
            return await self._answer({"PASSWORD": password})
        return await self._answer_with_proof({}, password)


@frozen(kw_only=True)
class PasskeyRequired(_Step):
    """The user must sign in with a passkey."""

    options: Mapping[str, Any]
    """Request options for ``navigator.credentials.get`` (``PublicKeyCredentialRequestOptionsJSON``)."""

    async def answer(self, credential: Mapping[str, Any] | str) -> SignInStep:
        """Send the browser's response.

        Args:
            credential: ``AuthenticationResponseJSON`` of the browser, parsed or as text.

        Raises:
            InvalidRequestError: It is not a JSON object; nothing was sent.
            WebAuthnNotEnabledException: The pool does not offer passkeys.
        """
        return await self._answer({"CREDENTIAL": credential_text("PasskeyRequired.answer", credential)})


@frozen(kw_only=True)
class CustomChallenge(_Step):
    """A challenge of the pool's own Lambda functions."""

    parameters: Mapping[str, str] = field(repr=False)
    """``publicChallengeParameters`` of the function that created the challenge."""

    async def answer(self, answer: str) -> SignInStep:
        """Send the answer; a wrong one leads to another challenge or an error, as the functions decide."""
        return await self._answer(
            {"ANSWER": _inputs.checked_text("CustomChallenge.answer", "answer", answer)}
        )


@frozen(kw_only=True)
class UnknownChallenge(_Step):
    """A challenge that is unknown to this release."""

    name: str
    """``ChallengeName``."""

    parameters: Mapping[str, str] = field(repr=False)
    """``ChallengeParameters``."""

    async def answer(self, responses: Mapping[str, str]) -> SignInStep:
        """Send ``ChallengeResponses``; ``USERNAME``, ``SECRET_HASH`` and ``DEVICE_KEY`` need not be in it."""
        return await self._answer(_inputs.checked_texts("UnknownChallenge.answer", "responses", responses))


PendingStep: TypeAlias = (
    NewPasswordRequired
    | TotpRequired
    | SmsCodeRequired
    | EmailCodeRequired
    | MfaChoiceRequired
    | TotpSetupRequired
    | MfaSetupChoiceRequired
    | MethodChoiceRequired
    | PasswordRequired
    | PasskeyRequired
    | CustomChallenge
    | UnknownChallenge
)
"""A step that waits for the user."""

SignInStep: TypeAlias = SignedIn | PendingStep
"""Where a sign-in stands: ``SignedIn``, or a step that waits for the user. A ``match`` can be exhaustive."""


def next_step(outcome: Outcome) -> SignInStep:
    """Return what follows."""
    if outcome.challenge is None:
        return session_of(outcome.flow, outcome.response)
    return step_for(outcome.flow, outcome.challenge)


def step_for(flow: Flow, challenge: Challenge) -> PendingStep:
    """Return the step for a challenge."""
    return _STEPS.get(challenge.name, _unknown)(flow, challenge)


def totp_setup(flow: Flow, challenge: Challenge) -> TotpSetup:
    """Return the setup of an authenticator app for a secret."""
    return TotpSetup(flow=flow, challenge=challenge, secret=challenge.parameters["SECRET"])


def _unknown(flow: Flow, challenge: Challenge) -> PendingStep:
    return UnknownChallenge(
        flow=flow, challenge=challenge, name=challenge.name, parameters=challenge.parameters
    )


def _new_password(flow: Flow, challenge: Challenge) -> PendingStep:
    names = json_list(challenge.parameters.get("requiredAttributes"))
    return NewPasswordRequired(
        flow=flow,
        challenge=challenge,
        missing=tuple(name.removeprefix("userAttributes.") for name in names),
        attributes=json_object(challenge.parameters.get("userAttributes")),
    )


def _totp(flow: Flow, challenge: Challenge) -> PendingStep:
    name = challenge.parameters.get("FRIENDLY_DEVICE_NAME")
    return TotpRequired(flow=flow, challenge=challenge, device_name=name or None)


def _code(cls: type[SmsCodeRequired | EmailCodeRequired]) -> Callable[[Flow, Challenge], PendingStep]:
    def step(flow: Flow, challenge: Challenge) -> PendingStep:
        destination = challenge.parameters.get("CODE_DELIVERY_DESTINATION")
        return cls(flow=flow, challenge=challenge, destination=destination or None)

    return step


def _mfa_choice(flow: Flow, challenge: Challenge) -> PendingStep:
    names = json_list(challenge.parameters.get("MFAS_CAN_CHOOSE"))
    methods = tuple(_MFA_NAMES.get(name, name) for name in names)
    return MfaChoiceRequired(flow=flow, challenge=challenge, methods=methods)


def _mfa_setup(flow: Flow, challenge: Challenge) -> PendingStep:
    names = json_list(challenge.parameters.get("MFAS_CAN_SETUP")) or ("SOFTWARE_TOKEN_MFA",)
    methods = tuple(_MFA_NAMES.get(name, name) for name in names)
    if methods == ("totp",):
        return TotpSetupRequired(flow=flow, challenge=challenge)
    return MfaSetupChoiceRequired(flow=flow, challenge=challenge, methods=methods)


def _method_choice(flow: Flow, challenge: Challenge) -> PendingStep:
    methods = tuple(_METHOD_NAMES.get(name, name) for name in challenge.available)
    return MethodChoiceRequired(flow=flow, challenge=challenge, methods=methods)


def _password(flow: Flow, challenge: Challenge) -> PendingStep:
    return PasswordRequired(flow=flow, challenge=challenge)


def _passkey(flow: Flow, challenge: Challenge) -> PendingStep:
    options = json_object(challenge.parameters.get("CREDENTIAL_REQUEST_OPTIONS"))
    return PasskeyRequired(flow=flow, challenge=challenge, options=options)


def _custom(flow: Flow, challenge: Challenge) -> PendingStep:
    public = {name: value for name, value in challenge.parameters.items() if name != "USERNAME"}
    return CustomChallenge(flow=flow, challenge=challenge, parameters=public)


_STEPS: Mapping[str, Callable[[Flow, Challenge], PendingStep]] = {
    "NEW_PASSWORD_REQUIRED": _new_password,
    "SOFTWARE_TOKEN_MFA": _totp,
    "SMS_MFA": _code(SmsCodeRequired),
    "SMS_OTP": _code(SmsCodeRequired),
    "EMAIL_OTP": _code(EmailCodeRequired),
    "SELECT_MFA_TYPE": _mfa_choice,
    "MFA_SETUP": _mfa_setup,
    "SELECT_CHALLENGE": _method_choice,
    "PASSWORD": _password,
    "PASSWORD_SRP": _password,
    "WEB_AUTHN": _passkey,
    "CUSTOM_CHALLENGE": _custom,
}
