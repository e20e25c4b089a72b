"""Devices of any user, for administrators."""

from __future__ import annotations

from cognito_async import types
from cognito_async._preload import import_off_loop
from cognito_async.sign_in import _inputs
from cognito_async.sign_in._flow import App
from cognito_async.sign_in._naming import name_methods


class UserDevices:
    """Base of ``AppClient``: devices of any user. Signed with IAM credentials."""

    _app: App

    async def devices(self, username: str) -> list[types.DeviceType]:
        """Return the devices of a user; ``session.devices()`` needs no IAM credentials.

        Raises:
            CognitoError: As ``client.admin_list_devices``.
        """
        _inputs.checked_text("devices", "username", username)
        await import_off_loop("cognito_async.operations.pagination")
        pages = self._app.client.get_paginator("admin_list_devices").paginate(
            user_pool_id=self._app.user_pool_id, username=username
        )
        return [device async for device in pages.items()]

    async def remember_device(self, username: str, key: str, *, remember: bool = True) -> None:
        """Mark a device of a user as remembered, so that it skips MFA, or as not remembered.

        Raises:
            CognitoError: As ``client.admin_update_device_status``.
        """
        await self._app.client.admin_update_device_status(
            user_pool_id=self._app.user_pool_id,
            username=_inputs.checked_text("remember_device", "username", username),
            device_key=key,
            device_remembered_status="remembered" if remember else "not_remembered",
        )

    async def forget_device(self, username: str, key: str) -> None:
        """Forget a device of a user; sign-ins from it need MFA again.

        Raises:
            CognitoError: As ``client.admin_forget_device``.
        """
        await self._app.client.admin_forget_device(
            user_pool_id=self._app.user_pool_id,
            username=_inputs.checked_text("forget_device", "username", username),
            device_key=key,
        )


name_methods(UserDevices, "AppClient")
