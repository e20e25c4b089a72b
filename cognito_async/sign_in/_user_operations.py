"""Operations of a signed-in user, without the access token as an argument."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from cognito_async import types
from cognito_async._model import AttributeMapping
from cognito_async._preload import import_off_loop
from cognito_async.client import CognitoClient
from cognito_async.sign_in import _inputs
from cognito_async.sign_in._devices import Device
from cognito_async.sign_in._errors import with_refined_errors
from cognito_async.sign_in._flow import App
from cognito_async.sign_in._naming import name_methods
from cognito_async.sign_in._parameters import json_object
from cognito_async.sign_in._totp import totp_uri

_SettingsT = TypeVar("_SettingsT")

_MFA_METHODS = ("totp", "sms", "email")


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
        """Finish the setup with a code of the app, and use it as the second factor from now on.

        Args:
            code: Six digits.
            device_name: Name of the app or phone, for later sign-ins.
            prefer: Whether it is the preferred method if the user has several.

        Raises:
            InvalidRequestError: The code is not six digits; nothing was sent.
            EnableSoftwareTokenMFAException: The code is wrong; confirm again.
            CodeMismatchException: As above.
        """
        _inputs.checked_totp("TotpRegistration.confirm", code)
        session = self._session
        await session.client.verify_software_token(
            access_token=await session.access_token(), user_code=code, friendly_device_name=device_name
        )
        await session.set_mfa(totp=True, preferred="totp" if prefer else None)


class UserOperations:
    """Base of ``SignedIn``: operations that the access token authorizes."""

    _app: App
    device: Device | None

    @property
    def client(self) -> CognitoClient:
        """The client that sends the requests."""
        return self._app.client

    @abstractmethod
    async def access_token(self) -> str:
        """Return a valid access token."""

    async def get_user(self) -> types.GetUserResponse:
        """Get the user's attributes and MFA settings."""
        return await self.client.get_user(access_token=await self.access_token())

    async def update_attributes(
        self, attributes: AttributeMapping, *, client_metadata: Mapping[str, str] | None = None
    ) -> types.UpdateUserAttributesResponse:
        """Change attributes; a new e-mail address or phone number gets a code, see ``verify_attribute``."""
        return await self.client.update_user_attributes(
            access_token=await self.access_token(),
            user_attributes=attributes,
            client_metadata=client_metadata,
        )

    async def delete_attributes(self, *names: str) -> None:
        """Delete attributes."""
        await self.client.delete_user_attributes(
            access_token=await self.access_token(), user_attribute_names=names
        )

    async def send_attribute_code(
        self, name: str, *, client_metadata: Mapping[str, str] | None = None
    ) -> types.GetUserAttributeVerificationCodeResponse:
        """Send a code that verifies ``email`` or ``phone_number``."""
        return await self.client.get_user_attribute_verification_code(
            access_token=await self.access_token(), attribute_name=name, client_metadata=client_metadata
        )

    async def verify_attribute(self, name: str, code: str) -> None:
        """Verify ``email`` or ``phone_number`` with the code that was sent to it.

        Raises:
            InvalidRequestError: The code has other characters than digits; nothing was sent.
            CodeMismatchException: The code is wrong.
        """
        _inputs.checked_code("verify_attribute", code)
        await self.client.verify_user_attribute(
            access_token=await self.access_token(), attribute_name=name, code=code
        )

    async def change_password(self, previous: str, proposed: str) -> None:
        """Change the password.

        Raises:
            WrongPasswordError: The previous password is wrong.
            InvalidPasswordException: The pool's policy rejects the new one.
        """
        where = "change_password"
        _inputs.checked_text(where, "previous", previous)
        _inputs.checked_text(where, "proposed", proposed)
        await with_refined_errors(
            self.client.change_password(
                access_token=await self.access_token(),
                previous_password=previous,
                proposed_password=proposed,
            )
        )

    async def set_up_totp(self) -> TotpRegistration:
        """Start to set up an authenticator app; a code of it finishes the setup."""
        response = await self.client.associate_software_token(access_token=await self.access_token())
        return TotpRegistration(self, response.secret_code or "")

    async def set_mfa(
        self,
        *,
        totp: bool | None = None,
        sms: bool | None = None,
        email: bool | None = None,
        preferred: str | None = None,
    ) -> None:
        """Turn second factors on or off.

        Args:
            totp: Whether to use the authenticator app; None leaves the setting unchanged, here and below.
            sms: Whether to use codes by SMS.
            email: Whether to use codes by e-mail.
            preferred: ``totp``, ``sms`` or ``email``, which is turned on by this.
        """
        if preferred is not None:
            _inputs.one_of("set_mfa", "preferred", preferred, _MFA_METHODS)

        def settings(cls: Callable[..., _SettingsT], method: str, enabled: bool | None) -> _SettingsT | None:  # noqa: FBT001
            if enabled is None and method != preferred:
                return None
            return cls(enabled=enabled or method == preferred, preferred_mfa=method == preferred)

        await self.client.set_user_mfa_preference(
            access_token=await self.access_token(),
            software_token_mfa_settings=settings(types.SoftwareTokenMfaSettingsType, "totp", totp),
            sms_mfa_settings=settings(types.SMSMfaSettingsType, "sms", sms),
            email_mfa_settings=settings(types.EmailMfaSettingsType, "email", email),
        )

    async def start_passkey(self) -> Mapping[str, Any]:
        """Return the options for ``navigator.credentials.create`` in the browser."""
        response = await self.client.start_web_authn_registration(access_token=await self.access_token())
        options = response.credential_creation_options
        return json_object(options) if isinstance(options, str) else dict(options)

    async def finish_passkey(self, credential: Mapping[str, Any]) -> None:
        """Register the passkey.

        Args:
            credential: ``RegistrationResponseJSON`` of the browser, parsed.
        """
        await self.client.complete_web_authn_registration(
            access_token=await self.access_token(), credential=credential
        )

    async def passkeys(self) -> list[types.WebAuthnCredentialDescription]:
        """Return the passkeys of the user."""
        await import_off_loop("cognito_async.operations.pagination")
        pages = self.client.get_paginator("list_web_authn_credentials").paginate(
            access_token=await self.access_token()
        )
        return [credential async for credential in pages.items()]

    async def delete_passkey(self, credential_id: str) -> None:
        """Delete a passkey."""
        await self.client.delete_web_authn_credential(
            access_token=await self.access_token(), credential_id=credential_id
        )

    async def devices(self) -> list[types.DeviceType]:
        """Return the devices of the user."""
        await import_off_loop("cognito_async.operations.pagination")
        pages = self.client.get_paginator("list_devices").paginate(access_token=await self.access_token())
        return [device async for device in pages.items()]

    async def remember_device(self, key: str, *, remember: bool = True) -> None:
        """Mark a device as remembered, so that it skips MFA, or as not remembered."""
        await self.client.update_device_status(
            access_token=await self.access_token(),
            device_key=key,
            device_remembered_status="remembered" if remember else "not_remembered",
        )

    async def forget_device(self, key: str) -> None:
        """Forget a device; sign-ins from it need MFA again."""
        await self.client.forget_device(access_token=await self.access_token(), device_key=key)


name_methods(UserOperations, "SignedIn")
