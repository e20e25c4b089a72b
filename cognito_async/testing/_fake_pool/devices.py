"""Operations of devices."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Any

from cognito_async.sign_in._srp import N, pad
from cognito_async.testing._fake_pool.device import FakeDevice
from cognito_async.testing._fake_pool.faults import FaultError, invalid_parameter, not_found
from cognito_async.testing._fake_pool.requests import Incoming
from cognito_async.testing._fake_pool.state import State
from cognito_async.testing._fake_pool.stored_user import StoredUser

_STATUSES = ("remembered", "not_remembered")


def confirm_device(state: State, request: Incoming) -> dict[str, Any]:
    """Register the new device of a sign-in."""
    sign_in, key = state.tokens.access(request.text("AccessToken")), request.text("DeviceKey")
    device = sign_in.user.devices.get(key)
    if key != sign_in.device_key or device is None:
        raise not_found("Device does not exist.")
    if device.confirmed:
        raise FaultError("DeviceKeyExistsException", "Device already exists.")
    config = request.texts("DeviceSecretVerifierConfig")
    salt, verifier = _number(config, "Salt"), _number(config, "PasswordVerifier")
    if not 0 < verifier < N:
        raise invalid_parameter("Invalid PasswordVerifier given.")
    device.salt, device.verifier = salt, verifier
    device.name = request.optional_text("DeviceName")
    device.confirmed = True
    device.remembered = state.settings.device_tracking == "always"
    device.modified = state.clock.time()
    return {"UserConfirmationNecessary": not device.remembered}


def _number(config: dict[str, str], name: str) -> int:
    """Return the number of base64 in its shortest form; with needless zeros it could never sign in."""
    try:
        data = b64decode(config.get(name, ""), validate=True)
    except binascii.Error:
        raise invalid_parameter(f"Invalid {name} given.") from None
    number = int.from_bytes(data, "big")
    if data != pad(number):
        raise invalid_parameter(f"Invalid {name} given.")
    return number


def get_device(state: State, request: Incoming) -> dict[str, Any]:
    """Return a device of the signed-in user."""
    return {"Device": _described(_found(state.signed_in(request), request))}


def list_devices(state: State, request: Incoming) -> dict[str, Any]:
    """Return the devices of the signed-in user."""
    return _listed(state.signed_in(request))


def forget_device(state: State, request: Incoming) -> dict[str, Any]:
    """Forget a device; without an access token, the request names it alone."""
    if request.optional_text("AccessToken") is None:
        for user in state.users.values():
            if request.text("DeviceKey") in user.devices:
                return _forget(user, request)
        raise not_found("Device does not exist.")
    return _forget(state.signed_in(request), request)


def update_device_status(state: State, request: Incoming) -> dict[str, Any]:
    """Remember a device of the signed-in user, or not."""
    return _update(state.signed_in(request), request)


def admin_get_device(state: State, request: Incoming) -> dict[str, Any]:
    """Return a device of a user."""
    return {"Device": _described(_found(state.named(request), request))}


def admin_list_devices(state: State, request: Incoming) -> dict[str, Any]:
    """Return the devices of a user."""
    return _listed(state.named(request))


def admin_forget_device(state: State, request: Incoming) -> dict[str, Any]:
    """Forget a device of a user."""
    return _forget(state.named(request), request)


def admin_update_device_status(state: State, request: Incoming) -> dict[str, Any]:
    """Remember a device of a user, or not."""
    return _update(state.named(request), request)


def _found(user: StoredUser, request: Incoming) -> FakeDevice:
    device = user.devices.get(request.text("DeviceKey"))
    if device is None or not device.confirmed:
        raise not_found("Device does not exist.")
    return device


def _forget(user: StoredUser, request: Incoming) -> dict[str, Any]:
    del user.devices[_found(user, request).key]
    return {}


def _update(user: StoredUser, request: Incoming) -> dict[str, Any]:
    device, status = _found(user, request), request.optional_text("DeviceRememberedStatus")
    if status not in _STATUSES:
        raise invalid_parameter("Invalid DeviceRememberedStatus given.")
    device.remembered = status == "remembered"
    return {}


def _listed(user: StoredUser) -> dict[str, Any]:
    return {"Devices": [_described(device) for device in user.devices.values() if device.confirmed]}


def _described(device: FakeDevice) -> dict[str, Any]:
    attributes = {
        "device_status": "valid",
        "device_name": device.name or "",
        "last_ip_used": "127.0.0.1",
    }
    return {
        "DeviceKey": device.key,
        "DeviceAttributes": [{"Name": name, "Value": value} for name, value in attributes.items()],
        "DeviceCreateDate": device.created,
        "DeviceLastModifiedDate": device.modified,
        "DeviceLastAuthenticatedDate": device.last_signed_in,
    }
