"""An app client of a user pool: sign-in and sign-up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from attr import evolve

from cognito_async._errors import ConfigurationError, InvalidRequestError
from cognito_async._uncopyable import Uncopyable
from cognito_async.client import CognitoClient
from cognito_async.sign_in import _inputs
from cognito_async.sign_in._challenges import PendingStep, SignInStep, TotpSetup, step_for, totp_setup
from cognito_async.sign_in._devices import Device
from cognito_async.sign_in._flow import App
from cognito_async.sign_in._registration import Registration
from cognito_async.sign_in._resume import TOTP_SETUP, load_step
from cognito_async.sign_in._session import OnTokens, SignedIn
from cognito_async.sign_in._start import flow_for, start
from cognito_async.sign_in._tokens import Tokens
from cognito_async.sign_in._user_context import UserContext
from cognito_async.sign_in._user_devices import UserDevices

SignInFlow: TypeAlias = Literal["srp", "password", "admin"]
"""How ``AppClient.sign_in`` sends the password."""

SignInMethod: TypeAlias = Literal["srp", "password", "passkey", "email_otp", "sms_otp"]
"""Ways to sign in with ``AppClient.sign_in_with``."""

_SECRET_LENGTH = 24  # in the model; other operations than those of a sign-in reject a shorter one
_FLOWS = ("srp", "password", "admin")
_METHODS = {
    "srp": "PASSWORD_SRP",
    "password": "PASSWORD",
    "passkey": "WEB_AUTHN",
    "email_otp": "EMAIL_OTP",
    "sms_otp": "SMS_OTP",
}


class AppClient(Registration, UserDevices, Uncopyable):
    """An app client of a user pool, with which users sign in and sign up.

    It holds no connection and no state of users: create one, and share it. Secret hashes are added wherever
    the app client needs them.

    Args:
        client: Client that sends the requests; it stays yours to close.
        user_pool_id: Id of the pool, such as ``eu-west-1_AbC123``.
        client_id: Id of the app client.
        client_secret: Secret of the app client, if it has one.
        admin: Whether to sign in by the operations for servers, which are signed with IAM credentials.

    Raises:
        ConfigurationError: A value is of the wrong form.
    """

    _instead = "it uses a client; share it, or create one in each process"

    def __init__(
        self,
        client: CognitoClient,
        user_pool_id: str,
        client_id: str,
        client_secret: str | None = None,
        admin: bool = False,  # noqa: FBT001, FBT002  the last of the values that describe an app client
    ) -> None:
        if not isinstance(client, CognitoClient):
            raise ConfigurationError(f"client: expected a CognitoClient, got {type(client).__name__}")
        try:
            _inputs.checked_text("AppClient", "user_pool_id", user_pool_id)
            _inputs.checked_text("AppClient", "client_id", client_id)
            if client_secret is not None:
                _inputs.checked_text("AppClient", "client_secret", client_secret)
        except InvalidRequestError as error:
            raise ConfigurationError(str(error)) from None
        if client_secret is not None and len(client_secret) < _SECRET_LENGTH:
            raise ConfigurationError(f"client_secret: expected at least {_SECRET_LENGTH} characters")
        region, _, name = user_pool_id.partition("_")
        if not (region and name):
            raise ConfigurationError(
                f"user_pool_id: expected an id such as 'eu-west-1_AbC123', got {user_pool_id!r}"
            )
        self._app = App(
            client=client,
            user_pool_id=user_pool_id,
            client_id=client_id,
            client_secret=client_secret,
            admin=admin,
        )

    def __repr__(self) -> str:
        app = self._app
        return f"{type(self).__name__}(user_pool_id={app.user_pool_id!r}, client_id={app.client_id!r})"

    async def sign_in(
        self,
        username: str,
        password: str,
        *,
        flow: SignInFlow = "srp",
        device: Device | None = None,
        context: UserContext | None = None,
        client_metadata: Mapping[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  the client's own deadline: its error says what was sent
        auth_parameters: Mapping[str, str] | None = None,
    ) -> SignInStep:
        """Sign in with a password.

        Args:
            username: User name or alias, as typed.
            password: Password, as typed.
            flow: ``srp`` proves the password without sending it. ``password`` sends it, for a user migration
                trigger. ``admin`` sends it in the operation for servers; its steps can be resumed only by an
                ``AppClient`` with ``admin=True``.
            device: Device that the user signed in from before. If the pool has forgotten it, the sign-in goes
                on without it, and the ``device`` of the session is None.
            context: Address and device of the user, for threat protection; sent with every step.
            client_metadata: Custom values for Lambda triggers; sent with every step.
            timeout: Seconds for this method and for each method of the steps, all of their requests included;
                None for the timeout of the client for each request.
            auth_parameters: Further ``AuthParameters``; they take precedence over those of this package.

        Returns:
            ``SignedIn``, or the step that follows.

        Raises:
            InvalidRequestError: A value is empty or of the wrong type; nothing was sent.
            WrongPasswordError: User name or password is wrong.
            AttemptsExceededError: Too many wrong passwords; the user is locked out for up to 15 minutes.
            UserNotConfirmedException: The user has to confirm the sign-up first: ``confirm_sign_up``.
            PasswordResetRequiredException: The user has to choose a new password: ``forgot_password``.
            UserNotFoundException: There is no such user, in a pool that does not hide it.
            UserLambdaValidationException: A Lambda trigger rejected the sign-in.
            CognitoError: Other errors of the requests.
        """
        where = "sign_in"
        _inputs.checked_text(where, "password", password)
        _inputs.one_of(where, "flow", flow, _FLOWS)
        own = _inputs.checked_texts(where, "auth_parameters", auth_parameters)
        first = flow_for(
            self._app,
            where,
            username,
            device=device,
            context=context,
            metadata=client_metadata,
            timeout=timeout,
        )
        if flow == "srp":
            return await start(first, "USER_SRP_AUTH", own, srp_password=password)
        if flow == "admin" or self._app.admin:
            first, auth_flow = evolve(first, admin=True), "ADMIN_USER_PASSWORD_AUTH"
        else:
            auth_flow = "USER_PASSWORD_AUTH"
        return await start(first, auth_flow, {"PASSWORD": password, **own})

    async def sign_in_with(
        self,
        username: str,
        *,
        prefer: SignInMethod | None = None,
        password: str | None = None,
        session: str | None = None,
        device: Device | None = None,
        context: UserContext | None = None,
        client_metadata: Mapping[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  as sign_in
        auth_parameters: Mapping[str, str] | None = None,
    ) -> SignInStep:
        """Sign in with a method of choice: password, passkey, or a code by e-mail or SMS (``USER_AUTH``).

        The pool needs the Essentials plan.

        Args:
            username: User name or alias, as typed.
            prefer: Method to go on with if the user has it; by default the service lists the methods.
            password: Password, for ``prefer="srp"`` and ``prefer="password"``.
            session: ``session`` of a ``confirm_sign_up`` response: the new user is signed in at once.
            device: As for ``sign_in``.
            context: As for ``sign_in``.
            client_metadata: As for ``sign_in``.
            timeout: As for ``sign_in``.
            auth_parameters: Further ``AuthParameters``, such as ``TARGET_ACR_VALUES``, ``MAX_AGE`` and
                ``ACCESS_TOKEN`` for a step-up.

        Raises:
            InvalidRequestError: A value is missing, empty or of the wrong type; nothing was sent.
            CognitoError: As ``sign_in``.
        """
        where = "sign_in_with"
        own = _inputs.checked_texts(where, "auth_parameters", auth_parameters)
        parameters: dict[str, str] = {}
        if prefer is not None:
            _inputs.one_of(where, "prefer", prefer, tuple(_METHODS))
            parameters["PREFERRED_CHALLENGE"] = _METHODS[prefer]
        if (password is not None) != (prefer in {"srp", "password"}):
            raise InvalidRequestError(
                where, ["password: required for prefer='srp' or 'password', and only then"]
            )
        if password is not None:
            _inputs.checked_text(where, "password", password)
            if prefer == "password":
                parameters["PASSWORD"] = password
        if session is not None:
            _inputs.checked_text(where, "session", session)
        first = flow_for(
            self._app,
            where,
            username,
            device=device,
            context=context,
            metadata=client_metadata,
            timeout=timeout,
            session=session,
        )
        srp_password = password if prefer == "srp" else None
        return await start(first, "USER_AUTH", {**parameters, **own}, srp_password=srp_password)

    async def custom(
        self,
        username: str,
        *,
        password: str | None = None,
        device: Device | None = None,
        context: UserContext | None = None,
        client_metadata: Mapping[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  as sign_in
        auth_parameters: Mapping[str, str] | None = None,
    ) -> SignInStep:
        """Sign in by challenges of the pool's own Lambda functions (``CUSTOM_AUTH``).

        Args:
            username: User name or alias, as typed.
            password: Password to prove over SRP before the first challenge; None for no password.
            device: As for ``sign_in``.
            context: As for ``sign_in``.
            client_metadata: As for ``sign_in``.
            timeout: As for ``sign_in``.
            auth_parameters: As for ``sign_in``.

        Raises:
            CognitoError: As ``sign_in``.
        """
        where = "custom"
        own = _inputs.checked_texts(where, "auth_parameters", auth_parameters)
        first = flow_for(
            self._app,
            where,
            username,
            device=device,
            context=context,
            metadata=client_metadata,
            timeout=timeout,
        )
        if password is None:
            return await start(first, "CUSTOM_AUTH", own)
        _inputs.checked_text(where, "password", password)
        parameters = {"CHALLENGE_NAME": "SRP_A", **own}
        return await start(first, "CUSTOM_AUTH", parameters, srp_password=password)

    def resume(
        self,
        text: str,
        *,
        context: UserContext | None = None,
        client_metadata: Mapping[str, str] | None = None,
    ) -> PendingStep | TotpSetup:
        """Return the step whose ``to_state`` wrote this text.

        Args:
            text: Text from where the user cannot have changed it.
            context: Address and device of the user, in place of those in the text.
            client_metadata: Custom values for Lambda triggers, in place of those in the text.

        Raises:
            InvalidRequestError: It does not come from ``to_state``, or from a step of another app client.
        """
        flow, challenge = load_step(self._app, text)
        if context is not None:
            flow = evolve(flow, context=_inputs.checked_type("resume", "context", context, UserContext))
        if client_metadata is not None:
            metadata = _inputs.checked_texts("resume", "client_metadata", client_metadata)
            flow = evolve(flow, client_metadata=metadata)
        if challenge.name == TOTP_SETUP:
            return totp_setup(flow, challenge)
        return step_for(flow, challenge)

    def session(
        self,
        *,
        refresh_token: str | None = None,
        tokens: Tokens | None = None,
        username: str | None = None,
        device: Device | None = None,
        on_tokens: OnTokens | None = None,
        client_metadata: Mapping[str, str] | None = None,
    ) -> SignedIn:
        """Return a session from what you have stored. Sends nothing.

        Sessions of one ``AppClient`` with the same refresh token share its refresh, and for ten seconds its
        result. Those of other processes do not: with rotation, let one of them refresh.

        Args:
            refresh_token: Refresh token; the first use of the session gets an access token for it.
            tokens: All tokens, in place of ``refresh_token``; they are used until they expire. Nothing of
                them is verified: keep them where the user cannot change them.
            username: Name of the user, if you know it.
            device: Device of the user, which the pool may require for a refresh.
            on_tokens: Function that saves new tokens, see ``SignedIn``.
            client_metadata: Custom values for the pre token generation trigger of a refresh.

        Raises:
            InvalidRequestError: Neither or both of the first two were passed.
        """
        where = "AppClient.session"
        if (refresh_token is None) == (tokens is None):
            raise InvalidRequestError(where, ["expected either refresh_token or tokens"])
        if tokens is not None:
            refresh_token = _inputs.checked_type(where, "tokens", tokens, Tokens).refresh_token
        else:
            refresh_token = _inputs.checked_text(where, "refresh_token", refresh_token)
        if device is not None:
            _inputs.checked_type(where, "device", device, Device)
        if client_metadata is not None:
            client_metadata = _inputs.checked_texts(where, "client_metadata", client_metadata)
        _inputs.checked_function(where, "on_tokens", on_tokens)
        return SignedIn(
            self._app,
            tokens=tokens,
            refresh_token=refresh_token,
            username=username,
            device=device,
            on_tokens=on_tokens,
            client_metadata=client_metadata,
        )
