"""Remembered devices."""

from __future__ import annotations

from typing import Self

from cognito_async._model.record import Record, field, frozen
from cognito_async.sign_in import _state
from cognito_async.sign_in._inputs import required_text


@frozen
class Device(Record):
    """A device that the pool remembers: signing in from it skips MFA. Keep one per user, as a secret.

    Example: ``store[session.username] = device.to_state()``.
    """

    key: str = field(validator=required_text)
    """Key of the device."""

    group_key: str = field(validator=required_text)
    """Key of its group, an input of the proof."""

    password: str = field(repr=False, validator=required_text)
    """Password of the device, which only its owner knows."""

    def to_state(self) -> str:
        """Return the device as text, password included."""
        return _state.dump(
            "device", {"key": self.key, "group_key": self.group_key, "password": self.password}
        )

    @classmethod
    def from_state(cls, text: str) -> Self:
        """Return the device that ``to_state`` wrote.

        Raises:
            InvalidRequestError: The text does not come from ``to_state``.
        """
        state = _state.load("device", text)
        return cls(
            key=_state.text(state, "key"),
            group_key=_state.text(state, "group_key"),
            password=_state.text(state, "password"),
        )
