"""Confirms a device that the pool does not know yet."""

from __future__ import annotations

import secrets
from base64 import b64encode
from typing import Protocol

from cognito_async import types
from cognito_async._errors import ServiceError
from cognito_async._preload import import_off_loop
from cognito_async._uncopyable import Uncopyable
from cognito_async.client import CognitoClient
from cognito_async.errors import DeviceKeyExistsException
from cognito_async.sign_in import _srp
from cognito_async.sign_in._devices import Device
from cognito_async.sign_in._errors import response_lost
from cognito_async.sign_in._modpow import run_sliced

_PASSWORD_BYTES = 40
_SALT_BITS = 128


class _Session(Protocol):
    """The parts of a session that confirming a device needs."""

    device: Device | None
    new_device: NewDevice | None

    @property
    def client(self) -> CognitoClient: ...
    async def access_token(self) -> str: ...
    async def remember_device(self, key: str, *, remember: bool) -> None: ...


class NewDevice(Uncopyable):
    """The device of this sign-in, unknown to a pool that tracks devices.

    Confirm it before the first refresh: the pool refuses refresh tokens of a device that is not confirmed. To
    ask the user whether to remember it, confirm it first, and call ``session.remember_device`` with the
    answer, which may come with another request.
    """

    _instead = "it belongs to a session; confirm() returns a Device, which can be stored"

    def __init__(self, session: _Session, key: str, group_key: str) -> None:
        self._session = session
        password = b64encode(secrets.token_bytes(_PASSWORD_BYTES)).decode()
        self._device = Device(key, group_key, password)
        self._salt = secrets.randbits(_SALT_BITS)
        self._perhaps_confirmed = False

    def __repr__(self) -> str:
        return f"{type(self).__name__}(key={self.key!r})"

    @property
    def key(self) -> str:
        """Key that the service gave the device."""
        return self._device.key

    async def confirm(self, *, name: str | None = None, remember: bool | None = None) -> Device:
        """Register the device, so that the user can sign in from it with less.

        Can be called again after an error.

        Args:
            name: Name that the user recognizes, such as ``laptop``.
            remember: Whether the pool shall remember the device, which then skips MFA. None leaves it to the
                pool: either all devices, or those that the user agreed to.

        Returns:
            The device; store it for this user, as a secret.
        """
        session, device = self._session, self._device
        if session.device is not device:
            remembered = await self._register(name)
            session.device, session.new_device = device, None
        else:
            remembered = None  # confirmed by an earlier call
        if remember is not None and remember is not remembered:
            await session.remember_device(device.key, remember=remember)
        return device

    async def _register(self, name: str | None) -> bool | None:
        """Send the verifier; return whether the pool remembers the device by itself, None if unknown."""
        await import_off_loop("cognito_async.types.devices")
        device = self._device
        steps = _srp.device_verifier(device.group_key, device.key, device.password, self._salt)
        verifier, salt = await run_sliced(steps)
        sent_before, self._perhaps_confirmed = self._perhaps_confirmed, True
        try:
            response = await self._session.client.confirm_device(
                access_token=await self._session.access_token(),
                device_key=device.key,
                device_name=name,
                device_secret_verifier_config=types.DeviceSecretVerifierConfigType(
                    password_verifier=verifier, salt=salt
                ),
            )
        except DeviceKeyExistsException as error:
            if not sent_before and error.attempts == 1:
                raise
            return None  # by an earlier request, whose response was lost
        except ServiceError as error:
            if not response_lost(error) and error.attempts == 1:
                self._perhaps_confirmed = sent_before
            raise
        return not response.user_confirmation_necessary
