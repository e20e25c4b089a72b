"""Operations of a signed-in user, without the access token as an argument."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal, TypeVar

from cognito_async import types
from cognito_async._errors import CognitoError, InvalidRequestError
from cognito_async._model import AttributeMapping
from cognito_async._preload import import_off_loop
from cognito_async.client import CognitoClient
from cognito_async.errors import NotAuthorizedException
from cognito_async.sign_in import _inputs
from cognito_async.sign_in._devices import Device
from cognito_async.sign_in._errors import SignedOutError, with_refined_errors
from cognito_async.sign_in._flow import App
from cognito_async.sign_in._naming import name_methods
from cognito_async.sign_in._parameters import credential_text, json_object
from cognito_async.sign_in._totp import raise_if_rejected, secret_code, totp_uri

T = TypeVar("T")

_REVOKED: Final = re.compile("access token.*revoked", re.IGNORECASE)


class TotpRegistration:
    """The secret of an authenticator app that a signed-in user sets up."""

    def __init__(self, session: UserOperations, secret: str) -> None:
        self._session = session
        self.secret = secret
        """Secret to type into the app, in base32."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def uri(self, issuer: str, account: str) -> str:
        """Return the URI to show as a QR code.

        Args:
            issuer: Name of your application, which the app shows.
            account: Name of the user, which the app shows.
        """
        return totp_uri(self.secret, issuer, account)

    async def confirm(self, code: str, *, device_name: str | None = None, prefer: bool = True) -> None:
        """Finish the setup, see ``SignedIn.confirm_totp``."""
        await self._session.confirm_totp(code, device_name=device_name, prefer=prefer)


class UserOperations:
    """Base of ``SignedIn``: operations that the access token authorizes.

    All of them raise ``SignedOutError`` if the access token was revoked, by a sign-out elsewhere for example;
    the session has ended then.
    """

    _app: App
    device: Device | None
    _end: tuple[str, CognitoError | None] | None

    @property
    def client(self) -> CognitoClient:
        """The client that sends the requests."""
        return self._app.client

    @abstractmethod
    async def access_token(self) -> str:
        """Return a valid access token."""

    async def _authorized(self, call: Callable[..., Awaitable[T]], **arguments: Any) -> T:
        try:
            return await with_refined_errors(call(access_token=await self.access_token(), **arguments))
        except NotAuthorizedException as error:
            if not _REVOKED.search(error.message):
                raise
            self._end = "the access token was revoked", error
            raise SignedOutError(f"the session has ended: {self._end[0]}") from error

    async def get_user(self) -> types.GetUserResponse:
        """Get the user's attributes and MFA settings."""
        return await self._authorized(self.client.get_user)

    async def update_attributes(
        self, attributes: AttributeMapping, *, client_metadata: Mapping[str, str] | None = None
    ) -> types.UpdateUserAttributesResponse:
        """Change attributes; a new e-mail address or phone number gets a code, see ``verify_attribute``."""
        return await self._authorized(
            self.client.update_user_attributes, user_attributes=attributes, client_metadata=client_metadata
        )

    async def delete_attributes(self, *names: str) -> None:
        """Delete attributes."""
        await self._authorized(self.client.delete_user_attributes, user_attribute_names=names)

    async def send_attribute_code(
        self, name: str, *, client_metadata: Mapping[str, str] | None = None
    ) -> types.GetUserAttributeVerificationCodeResponse:
        """Send a code that verifies ``email`` or ``phone_number``."""
        return await self._authorized(
            self.client.get_user_attribute_verification_code,
            attribute_name=name,
            client_metadata=client_metadata,
        )

    async def verify_attribute(self, name: str, code: str) -> None:
        """Verify ``email`` or ``phone_number`` with the code that was sent to it.

        Raises:
            InvalidRequestError: The code has other characters than digits; nothing was sent.
            CodeMismatchException: The code is wrong.
        """
        _inputs.checked_code("verify_attribute", code)
        await self._authorized(self.client.verify_user_attribute, attribute_name=name, code=code)

    async def change_password(self, previous: str | None, proposed: str) -> None:
        """Change the password.

        Args:
            previous: Password until now; None for a user who has none yet.
            proposed: Password to set.

        Raises:
            WrongPasswordError: The previous password is wrong.
            InvalidPasswordException: The pool's policy rejects the new one.
        """
        where = "change_password"
        if previous is not None:
            _inputs.checked_text(where, "previous", previous)
        _inputs.checked_text(where, "proposed", proposed)
        await self._authorized(
            self.client.change_password, previous_password=previous, proposed_password=proposed
        )

    async def delete_user(self) -> None:
        """Delete the user; the session ends."""
        await self._authorized(self.client.delete_user)
        self._end = "the user was deleted", None

    async def set_up_totp(self) -> TotpRegistration:
        """Start to set up an authenticator app; a code of it finishes the setup."""
        response = await self._authorized(self.client.associate_software_token)
        return TotpRegistration(self, secret_code(response))

    async def confirm_totp(self, code: str, *, device_name: str | None = None, prefer: bool = True) -> None:
        """Finish the setup of an authenticator app with a code of it, and use it from now on.

        Args:
            code: Six digits.
            device_name: Name of the app or phone, for later sign-ins.
            prefer: Whether it becomes the preferred method.

        Raises:
            InvalidRequestError: The code is not six digits; nothing was sent.
            EnableSoftwareTokenMFAException: The code is wrong; confirm again.
            CodeMismatchException: As above.
        """
        _inputs.checked_totp("confirm_totp", code)
        response = await self._authorized(
            self.client.verify_software_token, user_code=code, friendly_device_name=device_name
        )
        raise_if_rejected(response)
        await self.set_mfa(totp=True, preferred="totp" if prefer else None)

    async def set_mfa(
        self,
        *,
        totp: bool | None = None,
        sms: bool | None = None,
        email: bool | None = None,
        preferred: Literal["totp", "sms", "email"] | None = None,
    ) -> None:
        """Turn second factors on or off. What is not passed stays as it is.

        Args:
            totp: Whether to use the authenticator app.
            sms: Whether to use codes by SMS.
            email: Whether to use codes by e-mail.
            preferred: ``totp``, ``sms`` or ``email``, which is turned on by this.

        Raises:
            InvalidRequestError: Nothing was passed, or a method is both preferred and off; nothing was sent.
        """
        where = "set_mfa"
        wanted = {"totp": totp, "sms": sms, "email": email}
        if preferred is not None:
            _inputs.one_of(where, "preferred", preferred, tuple(wanted))
            if wanted[preferred] is False:
                raise InvalidRequestError(where, [f"preferred: {preferred} is turned off in the same call"])
            wanted[preferred] = True
        if set(wanted.values()) == {None}:
            raise InvalidRequestError(where, ["expected totp, sms, email or preferred"])
        await import_off_loop("cognito_async.types.mfa")

        def settings(cls: Callable[..., T], method: str) -> T | None:
            if wanted[method] is None:
                return None
            return cls(enabled=wanted[method], preferred_mfa=True if method == preferred else None)

        await self._authorized(
            self.client.set_user_mfa_preference,
            software_token_mfa_settings=settings(types.SoftwareTokenMfaSettingsType, "totp"),
            sms_mfa_settings=settings(types.SMSMfaSettingsType, "sms"),
            email_mfa_settings=settings(types.EmailMfaSettingsType, "email"),
        )

    async def start_passkey(self) -> Mapping[str, Any]:
        """Return the options for ``navigator.credentials.create`` in the browser."""
        response = await self._authorized(self.client.start_web_authn_registration)
        options = response.credential_creation_options
        return json_object(options) if isinstance(options, str) else dict(options)

    async def finish_passkey(self, credential: Mapping[str, Any] | str) -> None:
        """Register the passkey.

        Args:
            credential: ``RegistrationResponseJSON`` of the browser, parsed or as text.

        Raises:
            InvalidRequestError: It is not a JSON object; nothing was sent.
        """
        text = credential_text("finish_passkey", credential)
        await self._authorized(self.client.complete_web_authn_registration, credential=json_object(text))

    async def passkeys(self) -> list[types.WebAuthnCredentialDescription]:
        """Return the passkeys of the user."""
        await import_off_loop("cognito_async.operations.pagination")
        pages = self.client.get_paginator("list_web_authn_credentials").paginate(
            access_token=await self.access_token()
        )
        return [credential async for credential in pages.items()]

    async def delete_passkey(self, credential_id: str) -> None:
        """Delete a passkey."""
        await self._authorized(self.client.delete_web_authn_credential, credential_id=credential_id)

    async def devices(self) -> list[types.DeviceType]:
        """Return the devices of the user."""
        await import_off_loop("cognito_async.operations.pagination")
        pages = self.client.get_paginator("list_devices").paginate(access_token=await self.access_token())
        return [device async for device in pages.items()]

    async def remember_device(self, key: str, *, remember: bool = True) -> None:
        """Mark a device as remembered, so that it skips MFA, or as not remembered."""
        await self._authorized(
            self.client.update_device_status,
            device_key=key,
            device_remembered_status="remembered" if remember else "not_remembered",
        )

    async def forget_device(self, key: str) -> None:
        """Forget a device; sign-ins from it need MFA again."""
        await self._authorized(self.client.forget_device, device_key=key)


name_methods(UserOperations, "SignedIn")
