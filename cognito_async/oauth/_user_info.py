"""The attributes of a user from the userInfo endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cognito_async._model.record import Record, field, frozen
from cognito_async.oauth._http import Endpoints

_FLAGS = {"true": True, "false": False}


@frozen(kw_only=True)
class UserInfo(Record):
    """Attributes of a user; ``repr`` shows only ``sub``."""

    sub: str
    """Id of the user, which never changes."""

    attributes: Mapping[str, Any] = field(repr=False)
    """All attributes by name, ``sub`` too; ``email_verified`` and ``phone_number_verified`` are booleans."""

    @property
    def username(self) -> str | None:
        """Name of the user."""
        return self._text("username")

    @property
    def email(self) -> str | None:
        """E-mail address, verified or not."""
        return self._text("email")

    @property
    def email_verified(self) -> bool:
        """Whether the user has proved to own the e-mail address."""
        return self.attributes.get("email_verified") is True

    @property
    def phone_number(self) -> str | None:
        """Phone number, verified or not."""
        return self._text("phone_number")

    @property
    def phone_number_verified(self) -> bool:
        """Whether the user has proved to own the phone number."""
        return self.attributes.get("phone_number_verified") is True

    def __hash__(self) -> int:
        return hash((type(self), self.sub))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy with a dict, which the copy makes read-only again."""
        return _rebuilt, (self.sub, dict(self.attributes))

    def _text(self, name: str) -> str | None:
        value = self.attributes.get(name)
        return value if isinstance(value, str) else None


async def request_user_info(endpoints: Endpoints, access_token: str, sub: str | None) -> UserInfo:
    """Return the attributes of the user of an access token.

    Raises:
        InvalidResponseError: The response has no ``sub``, or not the expected one.
        CognitoError: Other errors of the request.
    """
    body, invalid = await endpoints.json("OAuthUserInfo", "GET", "/oauth2/userInfo", bearer=access_token)
    received = body.get("sub")
    if not isinstance(received, str) or not received:
        raise invalid("there is no sub")
    if sub is not None and received != sub:
        raise invalid("it is about another user")
    for name in ("email_verified", "phone_number_verified"):
        value = body.get(name)
        if isinstance(value, str):  # the service sends these flags as text
            body[name] = _FLAGS.get(value, value)
    return _rebuilt(received, body)


def _rebuilt(sub: str, attributes: dict[str, Any]) -> UserInfo:
    return UserInfo(sub=sub, attributes=MappingProxyType(attributes))
