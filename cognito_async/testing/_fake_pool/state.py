"""The state of a fake pool, and how its operations find users, app clients and sessions."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from cognito_async.testing._fake_pool.attempts import Attempts
from cognito_async.testing._fake_pool.clients import FakeAppClient
from cognito_async.testing._fake_pool.clock import FakeClock
from cognito_async.testing._fake_pool.faults import (
    FaultError,
    code_mismatch,
    expired_code,
    invalid_parameter,
    not_found,
    user_not_found,
)
from cognito_async.testing._fake_pool.keys import SigningKeys
from cognito_async.testing._fake_pool.requests import Incoming
from cognito_async.testing._fake_pool.settings import Settings
from cognito_async.testing._fake_pool.stored_user import Code, StoredUser
from cognito_async.testing._fake_pool.tokens import Tokens
from cognito_async.testing._fake_pool.users import FakeMessage

_MEDIA = {"SMS": "phone_number", "EMAIL": "email"}


class State:
    """Everything that a fake pool knows."""

    def __init__(self, settings: Settings, clock: FakeClock) -> None:
        self.settings = settings
        self.clock = clock
        self.users: dict[str, StoredUser] = {}
        self.clients: dict[str, FakeAppClient] = {}
        self.keys = SigningKeys()
        self.issuer = self.default_issuer
        self.attempts = Attempts(clock)
        self.tokens = Tokens(settings, clock, self.keys)
        self._ghosts: dict[str, StoredUser] = {}
        self._ghost_key = secrets.token_bytes(32)

    @property
    def default_issuer(self) -> str:
        """The ``iss`` of tokens while no server runs."""
        return f"https://cognito-idp.{self.settings.region}.amazonaws.com/{self.settings.pool_id}"

    @property
    def domain(self) -> str:
        """URL of the user pool domain: that of the server while one runs."""
        if self.issuer == self.default_issuer:
            name = self.settings.srp_name.lower()
            return f"https://{name}.auth.{self.settings.region}.amazoncognito.com"
        return self.issuer.removesuffix(f"/{self.settings.pool_id}")

    # App clients and pools

    def client(self, request: Incoming) -> FakeAppClient:
        """Return the app client that a request names."""
        client_id = request.text("ClientId")
        client = self.clients.get(client_id)
        if client is None:
            raise not_found(f"User pool client {client_id} does not exist.")
        return client

    def check_pool(self, request: Incoming) -> None:
        """Check the pool that a request names."""
        pool_id = request.text("UserPoolId")
        if pool_id != self.settings.pool_id:
            raise not_found(f"User pool {pool_id} does not exist.")

    # Users

    def new_user(self, name: str, password: str | None, attributes: Mapping[str, str]) -> StoredUser:
        """Add a user; ``name`` is an alias in a pool with ``username_attributes``."""
        sub = str(uuid.uuid4())
        values = {"sub": sub, **attributes}
        username = name
        if self.settings.username_attributes:
            alias = self.alias_for(name)
            if values.setdefault(alias, name) != name:
                raise invalid_parameter(f"Username and the attribute {alias} differ.")
            username = sub
        if self.find(name, verified=False) is not None:
            raise FaultError("UsernameExistsException", "User already exists")
        user = StoredUser(
            username=username,
            password=password,
            attributes=values,
            clock=self.clock,
            pool_name=self.settings.srp_name,
        )
        self.users[username] = user
        return user

    def alias_for(self, name: str) -> str:
        """Return the attribute whose value a user name is, in a pool with ``username_attributes``."""
        attributes = self.settings.username_attributes
        if "email" in attributes and "@" in name:
            return "email"
        if "phone_number" in attributes and name.startswith("+") and name[1:].isdigit():
            return "phone_number"
        kinds = {"email": "an email", "phone_number": "a phone number"}
        raise invalid_parameter(f"Username should be {' or '.join(kinds[each] for each in attributes)}.")

    def find(self, name: str, *, verified: bool = True) -> StoredUser | None:
        """Return a user by user name or alias.

        Args:
            name: User name or alias.
            verified: Whether an address or number must be verified to be an alias.
        """
        user = self.users.get(name)
        return user if user is not None else next(self._with_alias(name, verified=verified), None)

    def _with_alias(self, name: str, *, verified: bool) -> Iterator[StoredUser]:
        for user in self.users.values():
            for attribute in self.settings.username_attributes:
                if user.attributes.get(attribute) == name:
                    yield user
            for attribute in self.settings.alias_attributes:
                is_alias = (
                    not verified
                    or attribute == "preferred_username"
                    or user.attributes.get(f"{attribute}_verified") == "true"
                )
                if is_alias and user.attributes.get(attribute) == name:
                    yield user

    def take_aliases(self, user: StoredUser, *, force: bool) -> None:
        """Let a user who is confirmed sign in by address and number.

        Args:
            user: The user.
            force: Whether to take them from another user.
        """
        for attribute in {"email", "phone_number"}.intersection(self.settings.alias_attributes):
            value = user.attributes.get(attribute, "")
            for other in tuple(self._with_alias(value, verified=True)):
                if other is user:
                    continue
                if not force:
                    message = f"An account with the given {attribute} already exists."
                    raise FaultError("AliasExistsException", message)
                other.attributes.pop(f"{attribute}_verified")

    def named(self, request: Incoming) -> StoredUser:
        """Return the user that a request of an administrator names by user name, alias or sub."""
        self.check_pool(request)
        name = request.text("Username")
        by_sub = (user for user in self.users.values() if user.sub == name)
        user = self.find(name) or next(by_sub, None)
        if user is None:
            raise user_not_found()
        return user

    def signing_in(self, client: FakeAppClient, name: str) -> StoredUser:
        """Return the user of a sign-in, or a stand-in for an unknown one if the app client hides them."""
        user = self.find(name)
        if user is not None:
            return user
        if not client.prevent_user_existence_errors:
            raise user_not_found()
        if name not in self._ghosts:
            digest = hmac.digest(self._ghost_key, name.encode(), hashlib.sha256)
            ghost_id = str(uuid.UUID(bytes=digest[16:]))
            ghost = StoredUser(
                username=ghost_id if self.settings.username_attributes else name,
                password=secrets.token_hex(),
                attributes={"sub": ghost_id},
                salt=int.from_bytes(digest[:16], "big"),
                clock=self.clock,
                pool_name=self.settings.srp_name,
            )
            ghost.exists = False
            self._ghosts[name] = ghost
        return self._ghosts[name]

    def signed_in(self, request: Incoming) -> StoredUser:
        """Return the user of a request's access token."""
        return self.tokens.owner(request.text("AccessToken"))

    def refresh(
        self, client: FakeAppClient, token: str, device_key: str | None, metadata: Mapping[str, str]
    ) -> dict[str, Any]:
        """Return ``AuthenticationResult`` for a refresh token."""
        sign_in = self.tokens.use_refresh_token(token, client, device_key)
        self.run_trigger("PreTokenGeneration", sign_in.user, metadata, "RefreshTokens")
        rotates = client.refresh_grace is not None
        return self.tokens.result(sign_in, self.issuer, with_refresh_token=rotates)

    # Passwords, codes and triggers

    def check_password(self, password: str) -> None:
        """Check a new password against the policy."""
        if len(password) < self.settings.minimum_password_length:
            raise FaultError(
                "InvalidPasswordException", "Password did not conform with policy: Password not long enough"
            )

    def set_password(self, user: StoredUser, password: str) -> None:
        """Set a password that the policy accepts."""
        self.check_password(password)
        length = self.settings.password_history
        if length and any(
            hmac.compare_digest(old.encode(), password.encode()) for old in user.password_history[-length:]
        ):
            raise FaultError("PasswordHistoryPolicyViolationException", "Password has previously been used.")
        user.password = password
        user.password_history.append(password)
        user.failures = 0

    def send(self, user: StoredUser, medium: str, reason: str, *, digits: int = 6, lifetime: float) -> Code:
        """Send a code to a user."""
        self.run_trigger("CustomMessage", user, reason=reason)
        code = Code(
            "".join(secrets.choice("0123456789") for _ in range(digits)), self.clock.time() + lifetime
        )
        user.messages.append(FakeMessage(medium, user.attributes[_MEDIA[medium]], code.value, reason))
        return code

    def check_code(self, user: StoredUser, purpose: str, received: str) -> None:
        """Check a code that waits for its confirmation; the caller deletes it."""
        code = user.codes.get(purpose)
        if code is None:
            raise expired_code()
        if not code.is_equal(received):
            raise code_mismatch()
        if self.clock.time() >= code.expires:
            raise expired_code()

    def run_trigger(
        self, name: str, user: StoredUser, metadata: Mapping[str, str] | None = None, reason: str = ""
    ) -> object:
        """Call the function of a Lambda trigger, if there is one; its exception is the service's error."""
        function = self.settings.triggers.get(name)
        if function is None:
            return None
        event: dict[str, Any] = {
            "triggerSource": f"{name}_{reason or 'Authentication'}",
            "userPoolId": self.settings.pool_id,
            "userName": user.username,
            "request": {"userAttributes": dict(user.attributes), "clientMetadata": dict(metadata or {})},
        }
        try:
            return function(event)
        except Exception as error:
            text = str(error).rstrip(".")
            raise FaultError("UserLambdaValidationException", f"{name} failed with error {text}.") from error


def masked(medium: str, destination: str) -> str:
    """Return an address or number as the service shows it."""
    if medium == "SMS":
        return f"+{'*' * (len(destination) - 5)}{destination[-4:]}"
    name, _, host = destination.partition("@")
    return f"{name[:1]}***@{host[:1]}***"


def delivery(user: StoredUser, medium: str) -> dict[str, str]:
    """Return ``CodeDeliveryDetails``."""
    attribute = _MEDIA[medium]
    return {
        "Destination": masked(medium, user.attributes[attribute]),
        "DeliveryMedium": medium,
        "AttributeName": attribute,
    }


def medium_for(user: StoredUser, *, verified: bool = False) -> str | None:
    """Return how a user can be reached: by e-mail, else by SMS; None if there is neither.

    Args:
        user: The user.
        verified: Whether the address or number must be verified.
    """
    for medium, attribute in (("EMAIL", "email"), ("SMS", "phone_number")):
        is_verified = user.attributes.get(f"{attribute}_verified") == "true"
        if attribute in user.attributes and (is_verified or not verified):
            return medium
    return None
