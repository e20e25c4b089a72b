"""Settings of a fake pool."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

import attrs

from cognito_async.testing._fake_pool.clients import bad_setting

MfaSetting: TypeAlias = Literal["off", "optional", "on"]
DeviceTracking: TypeAlias = Literal["off", "always", "opt_in"]
CustomChallenges: TypeAlias = (
    Sequence[tuple[Mapping[str, str], str]]
    | Callable[[str, Sequence[bool]], tuple[Mapping[str, str], str] | bool]
)
Trigger: TypeAlias = Callable[[Mapping[str, Any]], object]

TRIGGERS: Final = (
    "CustomMessage",
    "PostAuthentication",
    "PostConfirmation",
    "PreAuthentication",
    "PreSignUp",
    "PreTokenGeneration",
)
ALIASES: Final = ("email", "phone_number", "preferred_username")
METHODS: Final = ("totp", "sms", "email")


def _one_of(*values: str) -> Any:
    def check(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if value not in values:
            raise bad_setting(f"{attribute.name}: expected one of {', '.join(values)}, got {value!r}")

    return check


def _some_of(*values: str) -> Any:
    def check(_: object, attribute: attrs.Attribute[Any], value: Collection[str]) -> None:
        unknown = [value] if isinstance(value, str) else [each for each in value if each not in values]
        if unknown:
            raise bad_setting(f"{attribute.name}: expected some of {', '.join(values)}, got {unknown[0]!r}")

    return check


def _pool_id(_: object, attribute: attrs.Attribute[Any], value: str) -> None:
    region, _, name = value.partition("_")
    if not (region and name):
        raise bad_setting(f"{attribute.name}: expected an id such as 'eu-west-1_AbC123xyz', got {value!r}")


@attrs.define(kw_only=True, eq=False)
class Settings:
    """What a fake pool does; described in ``FakeUserPool``."""

    pool_id: str = attrs.field(validator=_pool_id)
    mfa: str = attrs.field(default="off", validator=_one_of("off", "optional", "on"))
    mfa_methods: Collection[str] = attrs.field(default=("totp", "sms"), validator=_some_of(*METHODS))
    device_tracking: str = attrs.field(default="off", validator=_one_of("off", "always", "opt_in"))
    username_attributes: Collection[str] = attrs.field(
        default=(), validator=_some_of("email", "phone_number")
    )
    alias_attributes: Collection[str] = attrs.field(default=(), validator=_some_of(*ALIASES))
    required_attributes: Collection[str] = ()
    custom_challenges: CustomChallenges | None = None
    triggers: Mapping[str, Trigger] = attrs.field(factory=dict[str, Trigger], validator=_some_of(*TRIGGERS))
    minimum_password_length: int = 8
    password_history: int = 0
    strict: bool = True

    def __attrs_post_init__(self) -> None:
        if self.username_attributes and self.alias_attributes:
            raise bad_setting("username_attributes and alias_attributes exclude each other")

    @property
    def region(self) -> str:
        """Region of the pool."""
        return self.pool_id.partition("_")[0]

    @property
    def srp_name(self) -> str:
        """The part of the pool's id that is hashed."""
        return self.pool_id.partition("_")[2]
