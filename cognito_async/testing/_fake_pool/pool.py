"""``FakeUserPool``: a user pool for tests, in process or as a server on this machine."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib.util import find_spec
from typing import Any, Self

from cognito_async._uncopyable import Uncopyable
from cognito_async.testing._fake_pool.access import Access
from cognito_async.testing._fake_pool.clients import FLOWS, FakeAppClient, bad_setting, random_text
from cognito_async.testing._fake_pool.clock import FakeClock
from cognito_async.testing._fake_pool.faults import FaultError
from cognito_async.testing._fake_pool.service import Service
from cognito_async.testing._fake_pool.settings import (
    CustomChallenges,
    DeviceTracking,
    MfaSetting,
    Settings,
    Trigger,
)
from cognito_async.testing._fake_pool.state import State
from cognito_async.testing._fake_pool.users import FakeUser

_ID_LENGTH = 9
_STATUSES = ("UNCONFIRMED", "CONFIRMED", "FORCE_CHANGE_PASSWORD", "RESET_REQUIRED")


class FakeUserPool(Access, Uncopyable):
    """A user pool for tests: sign-in, sign-up, tokens, second factors and devices, without AWS.

    ::

        async with FakeUserPool(users={"ana": "correct horse"}) as pool:
            response = await pool.client().initiate_auth(
                client_id=pool.client_id,
                auth_flow="USER_PASSWORD_AUTH",
                auth_parameters={"USERNAME": "ana", "PASSWORD": "correct horse"},
            )

    It verifies what it receives: passwords over SRP, secret hashes, codes, sessions, devices and refresh
    tokens. Wrong ones get the service's errors. Nothing sleeps; ``pool.clock.advance(3600)`` lets tokens
    expire. Requires ``pip install "cognito-async[testing]"``. It needs no ``with`` block: that is for
    ``serve()``, and to show how long a test uses it.

    Args:
        users: Passwords by user name; more by ``add_user``.
        client_secret: Secret of the app client ``client_id``, at least 24 characters; None for a public one.
            More app clients by ``add_client``.
        region: Region of the pool and its clients.
        pool_id: Id of the pool, in place of ``region``; by default the region and random text.
        client_id: Id of the first app client; random by default.
        mfa: Whether users have a second factor: ``off``, ``optional`` (those who have set one up) or ``on``.
        mfa_methods: Second factors that the pool allows: ``totp``, ``sms``, ``email``.
        device_tracking: Whether the pool knows devices: ``off``, ``always`` (remembers confirmed devices) or
            ``opt_in`` (the user decides, by ``UpdateDeviceStatus``).
        username_attributes: ``email``, ``phone_number`` or both in place of user names; the user name is a
            UUID then.
        alias_attributes: Further names with which to sign in: ``email``, ``phone_number``,
            ``preferred_username``.
        required_attributes: Attributes that each user must have.
        custom_challenges: Challenges of ``CUSTOM_AUTH``: pairs of public parameters and the right answer, one
            after the other. Or a function of the user name and the results so far, ``True`` for each right
            answer, which returns such a pair, True for tokens, or False for an error.
        triggers: Functions of Lambda triggers, by name, such as ``PreSignUp``. A function takes the event as
            a dict; its exception becomes ``UserLambdaValidationException``.
        explicit_auth_flows: As in ``FakeAppClient``, for the first app client; all by default.
        prevent_user_existence_errors: As above.
        refresh_grace: As above.
        access_token_lifetime: As above.
        id_token_lifetime: As above.
        refresh_token_lifetime: As above.
        session_lifetime: As above.
        minimum_password_length: For passwords that are set by requests.
        password_history: Number of former passwords that may not be used again.
        strict: Whether to reject also what the service accepts but what is wrong in a client: unknown
            members and parameters, ``UserContextData`` or ``DEVICE_KEY`` that a response does not repeat,
            needless signatures. These messages begin with ``FakeUserPool, strict``. If not strict, tokens of
            client credentials are bound to ``resource``, which the service does not do.
        clock: Clock; by default the time of this machine, plus what was advanced.

    Raises:
        ModuleNotFoundError: cryptography is not installed.
        ValueError: A setting is invalid.
    """

    _instead = "it has users and sessions. Create one in each test, or pass the URL of serve()"

    def __init__(
        self,
        users: Mapping[str, str] | None = None,
        *,
        client_secret: str | None = None,
        region: str = "eu-west-1",
        pool_id: str | None = None,
        client_id: str | None = None,
        mfa: MfaSetting = "off",
        mfa_methods: Collection[str] = ("totp", "sms"),
        device_tracking: DeviceTracking = "off",
        username_attributes: Collection[str] = (),
        alias_attributes: Collection[str] = (),
        required_attributes: Collection[str] = (),
        custom_challenges: CustomChallenges | None = None,
        triggers: Mapping[str, Trigger] | None = None,
        explicit_auth_flows: Collection[str] = FLOWS,
        prevent_user_existence_errors: bool = True,
        refresh_grace: float | None = None,
        access_token_lifetime: float = 3600,
        id_token_lifetime: float = 3600,
        refresh_token_lifetime: float = 30 * 86400,
        session_lifetime: float = 180,
        minimum_password_length: int = 8,
        password_history: int = 0,
        strict: bool = True,
        clock: FakeClock | None = None,
    ) -> None:
        if find_spec("cryptography") is None:
            raise ModuleNotFoundError(
                'FakeUserPool needs cryptography: pip install "cognito-async[testing]"', name="cryptography"
            )
        settings = Settings(
            pool_id=f"{region}_{random_text(_ID_LENGTH)}" if pool_id is None else pool_id,
            mfa=mfa,
            mfa_methods=mfa_methods,
            device_tracking=device_tracking,
            username_attributes=username_attributes,
            alias_attributes=alias_attributes,
            required_attributes=required_attributes,
            custom_challenges=custom_challenges,
            triggers=triggers or {},
            minimum_password_length=minimum_password_length,
            password_history=password_history,
            strict=strict,
        )
        self.clock = FakeClock() if clock is None else clock
        """The clock; ``advance`` it in place of waiting."""

        self._state = State(settings, self.clock)
        self._service = Service(self._state)
        client = FakeAppClient(
            **({} if client_id is None else {"id": client_id}),
            secret=client_secret,
            explicit_auth_flows=explicit_auth_flows,
            prevent_user_existence_errors=prevent_user_existence_errors,
            refresh_grace=refresh_grace,
            access_token_lifetime=access_token_lifetime,
            id_token_lifetime=id_token_lifetime,
            refresh_token_lifetime=refresh_token_lifetime,
            session_lifetime=session_lifetime,
        )
        self._state.clients[client.id] = client
        self.app_client = client
        """The first app client; its settings may be changed."""

        for name, password in (users or {}).items():
            self.add_user(name, password)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(pool_id={self.pool_id!r}, users={len(self._state.users)})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing; it holds nothing that must be closed."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Do nothing, as ``__exit__``."""

    # Names

    @property
    def pool_id(self) -> str:
        """Id of the pool."""
        return self._state.settings.pool_id

    @property
    def region(self) -> str:
        """Region of the pool."""
        return self._state.settings.region

    @property
    def client_id(self) -> str:
        """Id of the first app client."""
        return self.app_client.id

    @property
    def client_secret(self) -> str | None:
        """Secret of the first app client; None if it has none."""
        return self.app_client.secret

    @property
    def issuer(self) -> str:
        """``iss`` of the tokens; below the URL of the server while one runs."""
        return self._state.issuer

    # Users and app clients

    def add_user(
        self,
        username: str,
        password: str | None = None,
        *,
        status: str = "CONFIRMED",
        groups: Collection[str] = (),
        mfa: Collection[str] = (),
        **attributes: str,
    ) -> FakeUser:
        """Add a user. The password policy and required attributes do not apply.

        Args:
            username: User name; an e-mail address or phone number in a pool with ``username_attributes``.
            password: Password; None for a user who signs in without one.
            status: ``CONFIRMED``, ``UNCONFIRMED``, ``FORCE_CHANGE_PASSWORD`` or ``RESET_REQUIRED``.
            groups: Names of groups.
            mfa: Second factors: ``totp``, ``sms``, ``email``; see ``FakeUser.enable_mfa``.
            attributes: Attributes, such as ``email="ana@example.com"``; an address and a phone number are
                verified unless the user is unconfirmed or ``email_verified="false"`` is passed. Custom ones
                by ``**{"custom:team": "red"}``.

        Raises:
            ValueError: The name is taken or of the wrong form, or the status is unknown.
            LookupError: An attribute for ``mfa`` is missing.
        """
        if status not in _STATUSES:
            raise bad_setting(f"status: expected one of {', '.join(_STATUSES)}, got {status!r}")
        try:
            user = self._state.new_user(username, password, attributes)
        except FaultError as fault:
            raise bad_setting(f"add_user({username!r}): {fault.message}") from None
        for name in ("email", "phone_number"):
            if name in user.attributes and status != "UNCONFIRMED":
                user.attributes.setdefault(f"{name}_verified", "true")
        user.status = status
        user.groups = list(groups)
        if mfa:
            user.enable_mfa(*mfa)
        return user

    def user(self, name: str) -> FakeUser:
        """Return a user by user name or alias, verified or not.

        Raises:
            LookupError: There is no such user.
        """
        user = self._state.find(name, verified=False)
        if user is None:
            raise LookupError(f"the fake pool has no user {name!r}")
        return user

    @property
    def users(self) -> list[FakeUser]:
        """All users, oldest first."""
        return list(self._state.users.values())

    def add_client(self, secret: str | None = None, **settings: Any) -> FakeAppClient:
        """Add an app client.

        Args:
            secret: Client secret, at least 24 characters; None for a public app client.
            settings: Further fields of ``FakeAppClient``, such as ``refresh_grace``.

        Raises:
            ValueError: A setting is invalid.
        """
        client = FakeAppClient(secret=secret, **settings)
        self._state.clients[client.id] = client
        return client
