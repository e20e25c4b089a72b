"""Devices of the users of a fake pool."""

from __future__ import annotations

import attrs


@attrs.define(kw_only=True, eq=False)
class FakeDevice:
    """A device of a user."""

    key: str
    """Key of the device, the region and a UUID."""

    group_key: str
    """Key of its group."""

    name: str | None = None
    """Name of the device."""

    remembered: bool = False
    """Whether a sign-in from it needs no second factor."""

    confirmed: bool = False
    """Whether ``ConfirmDevice`` has registered it."""

    created: float = attrs.field(repr=False)
    """Seconds since 1970."""

    modified: float = attrs.field(repr=False)
    """Seconds since 1970."""

    last_signed_in: float = attrs.field(repr=False)
    """Seconds since 1970."""

    salt: int = attrs.field(default=0, repr=False)
    """Salt of ``ConfirmDevice``."""

    verifier: int = attrs.field(default=0, repr=False)
    """Verifier of ``ConfirmDevice``."""
