"""Claims of verified tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

from cognito_async._model.record import Record, field, frozen, members_of
from cognito_async.tokens._errors import MalformedTokenError

ClaimsT = TypeVar("ClaimsT", "AccessClaims", "IdClaims")

_CUSTOM = "custom:"
_NOT_EXTRA = frozenset({"token_use", "exp", "iat", "auth_time"})
_MAX_LEVELS = 32
_MAPPINGS = ("custom", "extra")
_EMPTY = frozenset({""})  # RFC 6749, section 3.3: scopes are separated by spaces, not by other white space
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@frozen(kw_only=True)
class Claims(Record):
    """Claims that both kinds of tokens have. Their ``repr`` contains no personal data."""

    sub: str
    """Id of the user, which never changes; of a machine (client credentials), the id of its app client."""

    client_id: str
    """Id of the app client."""

    user_pool_id: str
    """Id of the user pool, as passed to the verifier."""

    issuer: str = field(repr=False)
    """URL of the user pool."""

    groups: frozenset[str]
    """Groups of the user."""

    expires_at: datetime
    """When the token expires, in UTC."""

    issued_at: datetime
    """When the token was issued, in UTC."""

    auth_time: datetime | None = field(default=None, repr=False)
    """When the user signed in, in UTC; refreshed tokens keep it."""

    jti: str | None = field(default=None, repr=False)
    """Id of the token."""

    origin_jti: str | None = field(default=None, repr=False)
    """Id that the tokens of a sign-in share."""

    event_id: str | None = field(default=None, repr=False)
    """Id of the sign-in in the logs of the user pool."""

    custom: Mapping[str, Any] = field(default=_NOTHING, repr=False)
    """Custom attributes, without ``custom:`` in front."""

    extra: Mapping[str, Any] = field(default=_NOTHING, repr=False)
    """All other claims, such as those that a Lambda trigger added. Lists are tuples."""

    def __hash__(self) -> int:
        return hash((type(self), self.issuer, self.sub, self.jti, self.expires_at))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy with mappings as dicts, which the copy freezes again."""
        members = {member.name: getattr(self, member.name) for member in members_of(self)}
        return _rebuilt, (type(self), members | {name: _thawed(members[name]) for name in _MAPPINGS})


@frozen(kw_only=True)
class AccessClaims(Claims):
    """Claims of a verified access token."""

    username: str | None = field(default=None, repr=False)
    """User name; None for a machine (client credentials)."""

    scopes: frozenset[str]
    """Scopes, such as ``orders/read``."""

    audience: frozenset[str] = frozenset()
    """APIs that the token is bound to (RFC 8707); empty for most tokens."""

    device_key: str | None = field(default=None, repr=False)
    """Device that the user signed in from, in pools that remember devices."""


@frozen(kw_only=True)
class IdClaims(Claims):
    """Claims of a verified ID token."""

    username: str = field(repr=False)
    """User name."""

    roles: frozenset[str] = field(default=frozenset(), repr=False)
    """IAM roles of the groups."""

    preferred_role: str | None = field(default=None, repr=False)
    """IAM role of the group that takes precedence."""

    email: str | None = field(default=None, repr=False)
    """Email address."""

    email_verified: bool = field(default=False, repr=False)
    """Whether the email address is verified."""

    phone_number: str | None = field(default=None, repr=False)
    """Phone number."""

    phone_number_verified: bool = field(default=False, repr=False)
    """Whether the phone number is verified."""

    nonce: str | None = field(default=None, repr=False)
    """Nonce of the authorization request; only tokens of managed login have one."""


def access_claims(payload: dict[str, Any], user_pool_id: str) -> AccessClaims:
    """Return the typed claims of an access token; takes them out of ``payload``.

    Raises:
        MalformedTokenError: A required claim is missing, or one has another type.
    """
    scope, audience = _text(payload, "scope"), payload.get("aud")
    if isinstance(audience, str):
        payload["aud"] = [audience]
    return AccessClaims(
        client_id=_required_text(payload, "client_id"),
        username=_text(payload, "username"),
        scopes=frozenset(scope.split(" ")) - _EMPTY if scope else frozenset(),
        audience=_texts(payload, "aud"),
        device_key=_text(payload, "device_key"),
        **_common(payload, user_pool_id),
    )


def id_claims(payload: dict[str, Any], user_pool_id: str) -> IdClaims:
    """Return the typed claims of an ID token; takes them out of ``payload``.

    Raises:
        MalformedTokenError: A required claim is missing, or one has another type.
    """
    return IdClaims(
        client_id=_required_text(payload, "aud"),
        username=_required_text(payload, "cognito:username"),
        roles=_texts(payload, "cognito:roles"),
        preferred_role=_text(payload, "cognito:preferred_role"),
        email=_text(payload, "email"),
        email_verified=_verified(payload, "email_verified"),
        phone_number=_text(payload, "phone_number"),
        phone_number_verified=_verified(payload, "phone_number_verified"),
        nonce=_text(payload, "nonce"),
        **_common(payload, user_pool_id),
    )


class Kind(NamedTuple, Generic[ClaimsT]):
    """A kind of token."""

    use: str
    """Value of ``token_use``."""

    name: str
    claims: type[ClaimsT]
    build: Callable[[dict[str, Any], str], ClaimsT]


ACCESS = Kind("access", "access", AccessClaims, access_claims)
ID = Kind("id", "ID", IdClaims, id_claims)


def time_claim(payload: Mapping[str, Any], name: str) -> datetime | None:
    """Return a time of the claims; None if it is missing.

    Raises:
        MalformedTokenError: It is not a number of seconds.
    """
    value = payload.get(name)
    if value is None:
        return None
    if type(value) is int or type(value) is float:
        try:
            return datetime.fromtimestamp(value, UTC)
        except (ValueError, OverflowError, OSError):
            pass  # not a year that exists
    raise _malformed(name, "a time")


def required_time(payload: Mapping[str, Any], name: str) -> datetime:
    """Return a time that the claims must have.

    Raises:
        MalformedTokenError: It is missing or not a number of seconds.
    """
    value = time_claim(payload, name)
    if value is None:
        raise MalformedTokenError(f"the claim {name} is missing")
    return value


def _common(payload: dict[str, Any], user_pool_id: str) -> dict[str, Any]:
    """Return the arguments of ``Claims``; what is left becomes ``custom`` and ``extra``."""
    arguments = {
        "sub": _required_text(payload, "sub"),
        "user_pool_id": user_pool_id,
        "issuer": _required_text(payload, "iss"),
        "groups": _texts(payload, "cognito:groups"),
        "expires_at": required_time(payload, "exp"),
        "issued_at": required_time(payload, "iat"),
        "auth_time": time_claim(payload, "auth_time"),
        "jti": _text(payload, "jti"),
        "origin_jti": _text(payload, "origin_jti"),
        "event_id": _text(payload, "event_id"),
    }
    custom: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for name, value in payload.items():
        if value is None:
            continue  # as for the claims above: null is absent
        kept = _frozen(value) if isinstance(value, (dict, list)) else value
        if name.startswith(_CUSTOM):
            custom[name.removeprefix(_CUSTOM)] = kept
        elif name not in _NOT_EXTRA:
            extra[name] = kept
    return arguments | {"custom": MappingProxyType(custom), "extra": MappingProxyType(extra)}


def _text(payload: dict[str, Any], name: str) -> str | None:
    value = payload.pop(name, None)
    if value is None or isinstance(value, str):
        return value
    raise _malformed(name, "text")


def _required_text(payload: dict[str, Any], name: str) -> str:
    value = _text(payload, name)
    if not value:
        raise MalformedTokenError(f"the claim {name} is missing")
    return value


def _texts(payload: dict[str, Any], name: str) -> frozenset[str]:
    value = payload.pop(name, None)
    if value is None:
        return frozenset()
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return frozenset(value)
    raise _malformed(name, "a list of text")


def _verified(payload: dict[str, Any], name: str) -> bool:
    """Take a claim out that is a bool; federated users may have it as text."""
    value = payload.pop(name, None)
    return value is True or value == "true"


def _frozen(value: Any, levels: int = _MAX_LEVELS) -> Any:
    """Return a value of JSON that callers cannot change: the cache of tokens shares it."""
    if not isinstance(value, (dict, list)):
        return value
    if not levels:
        raise MalformedTokenError(f"a claim is nested more than {_MAX_LEVELS} levels deep")
    if isinstance(value, dict):
        return MappingProxyType({name: _frozen(each, levels - 1) for name, each in value.items()})
    return tuple(_frozen(each, levels - 1) for each in value)


def _thawed(value: Any) -> Any:
    """Return a frozen value as JSON has it."""
    if isinstance(value, Mapping):
        return {name: _thawed(each) for name, each in value.items()}
    return list(map(_thawed, value)) if isinstance(value, tuple) else value


def _rebuilt(cls: type[Claims], members: dict[str, Any]) -> Claims:
    return cls(**members | {name: _frozen(members[name]) for name in _MAPPINGS})


def _malformed(name: str, expected: str) -> MalformedTokenError:
    return MalformedTokenError(f"the claim {name} is not {expected}")
