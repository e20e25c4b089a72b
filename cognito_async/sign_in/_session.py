"""The session of a signed-in user: tokens that are refreshed when they are needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from inspect import isawaitable
from types import TracebackType
from typing import Any, Self, TypeAlias

from cognito_async import types
from cognito_async._errors import (
    CognitoError,
    InvalidResponseError,
    ServiceError,
    TransportError,
)
from cognito_async._single_flight import SingleFlight
from cognito_async._uncopyable import Uncopyable
from cognito_async.errors import NotAuthorizedException, RefreshTokenReuseException, UserNotFoundException
from cognito_async.sign_in._devices import Device
from cognito_async.sign_in._errors import (
    RefreshTokenReusedError,
    SecretHashError,
    SignedOutError,
    converted,
)
from cognito_async.sign_in._flow import App, Flow, Response
from cognito_async.sign_in._lifetime import LONGEST_LIFETIME, Lifetime, claimed_lifetime
from cognito_async.sign_in._new_device import NewDevice
from cognito_async.sign_in._token_request import request_tokens
from cognito_async.sign_in._tokens import Tokens, unverified_claims
from cognito_async.sign_in._user_operations import UserOperations

OnTokens: TypeAlias = Callable[[Tokens], object]
"""Saves new tokens; if it returns an awaitable, that is awaited."""

_DEFAULT_LIFETIME = 3600

_saving: ContextVar[SignedIn | None] = ContextVar("cognito_async_saving", default=None)
"""The session whose ``on_tokens`` runs: what it asks for must not wait for its own end."""


class SignedIn(UserOperations, Uncopyable):
    """A signed-in user: the last step of a sign-in, or the result of ``AppClient.session``.

    A session belongs to one event loop at a time. Its ``repr`` shows no token.

    Attributes:
        device: Device that the user signed in from, or None. None after a sign-in with a device means that
            the pool has forgotten it: delete what you stored.
        new_device: Keys of a new device, if the pool tracks devices and this one is unknown to it.
        on_tokens: Function, or coroutine function, that is called with the new tokens after each refresh,
            before anybody gets them. With refresh token rotation, tokens that are not saved here are lost
            when the program ends. If it raises, callers get that error, and the next one calls it again. It
            may use the session.
        client_metadata: Custom values for the pre token generation trigger of a refresh.
    """

    _instead = "it refreshes tokens; keep session.tokens and restore it with AppClient.session(tokens=...)"

    def __init__(
        self,
        app: App,
        *,
        tokens: Tokens | None,
        refresh_token: str | None,
        username: str | None = None,
        device: Device | None = None,
        on_tokens: OnTokens | None = None,
        client_metadata: Mapping[str, str] | None = None,
    ) -> None:
        self._app = app
        self._tokens = tokens
        self._refresh_token = refresh_token
        self._username = username
        self.device = device
        self.new_device: NewDevice | None = None
        self.on_tokens = on_tokens
        self.client_metadata = client_metadata
        self._refreshing = SingleFlight(self._refresh)
        self._due = False
        self._unsaved = False
        self._end: tuple[str, CognitoError | None] | None = None
        self._lifetime = Lifetime.of_access_token(tokens)
        self._id_lifetime = Lifetime.of_id_token(tokens)

    def __repr__(self) -> str:
        end = f"{self._tokens.expires_at:%Y-%m-%d %H:%M:%S} UTC" if self._tokens else "unknown"
        return f"{type(self).__name__}(username={self.username!r}, expires_at={end!r})"

    @property
    def username(self) -> str | None:
        """Name that the service uses for the user, from the tokens, which are not verified.

        None before the first refresh if it was not passed.
        """
        tokens = self._tokens
        name = tokens and (
            unverified_claims(tokens.access_token).get("username")
            or unverified_claims(tokens.id_token).get("cognito:username")
        )
        return str(name) if name else self._username

    @property
    def claims(self) -> Mapping[str, Any]:
        """Claims of the ID token; empty if there is none.

        Nothing is verified: trust them if the tokens came from the service itself, or from where the user
        cannot change them.
        """
        return unverified_claims(None if self._tokens is None else self._tokens.id_token)

    @property
    def tokens(self) -> Tokens:
        """The latest tokens, possibly expired.

        Raises:
            SignedOutError: There are none yet: ``access_token()`` gets them.
        """
        if self._tokens is None:
            raise SignedOutError("there are no tokens yet: await session.access_token()")
        return self._tokens

    async def access_token(self) -> str:
        """Return a valid access token; refresh it if less than a minute is left.

        Concurrent callers share one refresh. If it fails for lack of a connection or by throttling, a token
        that is still valid is returned.

        Raises:
            SignedOutError: The session has ended: signed out, token expired or revoked, user disabled.
            RefreshTokenReusedError: Somebody used the refresh token before; the session has ended.
            CognitoError: Other errors of ``get_tokens_from_refresh_token``; the next call tries again.
        """
        return (await self._valid_tokens(lambda: self._lifetime)).access_token

    async def id_token(self) -> str:
        """Return a valid ID token; as ``access_token``.

        Raises:
            SignedOutError: As above, or the service returns no ID token.
        """
        tokens = await self._valid_tokens(lambda: self._id_lifetime)
        if tokens.id_token is None or self._id_lifetime.seconds_left(self._app) <= 0:
            raise SignedOutError("the service returned no ID token")
        return tokens.id_token

    async def refresh(self) -> Tokens:
        """Refresh the tokens now, for example to see changed attributes or groups in their claims.

        Raises:
            SignedOutError: As ``access_token``.
        """
        self._raise_if_ended()
        if _saving.get() is self:
            return self.tokens
        self._due = True
        return await self._refreshing.wait()

    async def sign_out(self, *, everywhere: bool = False) -> None:
        """Revoke the refresh token and the access tokens made from it. The session ends.

        Whoever verifies access tokens without asking the service accepts them until they expire.

        Nothing is sent if it has ended already.

        Args:
            everywhere: Whether to sign the user out of all sessions and devices.

        Raises:
            CognitoError: The call failed; the session has not ended.
        """
        if self._end is not None:
            return
        if self._refreshing.running and _saving.get() is not self:
            with suppress(CognitoError):  # the refresh has told its callers
                await self._refreshing.wait()
        app = self._app
        if everywhere:
            await self._authorized(app.client.global_sign_out)
        elif self._refresh_token is not None:
            await app.client.revoke_token(
                token=self._refresh_token, client_id=app.client_id, client_secret=app.client_secret
            )
        self._end = "the user signed out", None

    async def close(self) -> None:
        """Wait for a refresh that is running, and save tokens that ``on_tokens`` has not saved. Optional."""
        if (self._refreshing.running or self._unsaved) and _saving.get() is not self:
            await self._refreshing.wait()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self.close()
        except CognitoError:
            if exception is None:
                raise

    def _raise_if_ended(self) -> None:
        if self._end is not None:
            raise self._ended()

    def _ended(self) -> SignedOutError:
        reason, cause = self._end or ("", None)
        error = SignedOutError(f"the session has ended: {reason}")
        error.__cause__ = cause
        return error

    async def _valid_tokens(self, lifetime: Callable[[], Lifetime]) -> Tokens:
        self._raise_if_ended()
        tokens = self._tokens
        if _saving.get() is self and tokens is not None:
            return tokens
        left = lifetime().seconds_left(self._app)
        if tokens is not None and not self._unsaved and left > lifetime().early:
            return tokens
        self._due = self._due or tokens is None or left <= lifetime().early
        try:
            return await self._refreshing.wait()
        except (TransportError, ServiceError) as error:
            if tokens is None or self._unsaved or lifetime().seconds_left(self._app) <= 0:
                raise
            if isinstance(error, ServiceError) and not error.retryable:
                raise
            return tokens

    async def _refresh(self) -> Tokens:
        """Save what was not saved, then get new tokens if they are due, and save them."""
        await self._save()
        if self._due or self._tokens is None:
            self._due = False
            refresh_token = self._refresh_token
            if refresh_token is None:
                self._end = "the access token has expired, and there is no refresh token", None
                raise self._ended()
            self._adopt(await self._new_tokens(refresh_token), "GetTokensFromRefreshToken")
            self._unsaved = True
            await self._save()
        self._raise_if_ended()
        return self.tokens

    async def _save(self) -> None:
        if self._unsaved and self._end is None and self.on_tokens is not None:
            token = _saving.set(self)
            try:
                saved = self.on_tokens(self.tokens)
                if isawaitable(saved):
                    await saved
            finally:
                _saving.reset(token)
        self._unsaved = False

    async def _new_tokens(self, refresh_token: str) -> types.AuthenticationResultType:
        async def request() -> types.AuthenticationResultType:
            return await request_tokens(
                self._app, refresh_token, device=self.device, client_metadata=self.client_metadata
            )

        try:
            return await self._app.refreshes.tokens(refresh_token, request)
        except RefreshTokenReuseException as error:
            self._end = "the refresh token was used before", error
            raise converted(error, RefreshTokenReusedError) from None
        except SecretHashError:
            raise
        except (NotAuthorizedException, UserNotFoundException) as error:
            if self.new_device is not None:
                # The pool refuses refresh tokens of a device that is not confirmed.
                reason = "the refresh was refused: confirm session.new_device before the first refresh"
                raise SignedOutError(reason) from error
            self._end = "the service refused the refresh token", error
            raise self._ended() from error

    def _adopt(self, result: types.AuthenticationResultType, operation: str) -> None:
        """Keep new tokens; what the service does not renew stays."""
        previous = self._tokens
        self._refresh_token = result.refresh_token or self._refresh_token
        if not result.access_token:
            raise InvalidResponseError("there is no access token", operation=operation, status=200)
        lifetime = result.expires_in or _DEFAULT_LIFETIME
        if type(lifetime) not in (int, float) or not 0 < lifetime <= LONGEST_LIFETIME:
            reason = "the lifetime of the access token is not a number of seconds"
            raise InvalidResponseError(reason, operation=operation, status=200)
        self._tokens = Tokens(
            access_token=result.access_token,
            id_token=result.id_token or (None if previous is None else previous.id_token),
            refresh_token=self._refresh_token,
            expires_at=datetime.fromtimestamp(self._app.now() + lifetime, UTC),
        )
        self._lifetime = Lifetime.starting_now(self._app, lifetime)
        if result.id_token:
            self._id_lifetime = Lifetime.starting_now(
                self._app, claimed_lifetime(result.id_token) or lifetime
            )


def session_of(flow: Flow, response: Response) -> SignedIn:
    """Return the session of a completed sign-in."""
    session = SignedIn(flow.app, tokens=None, refresh_token=None, username=flow.username, device=flow.device)
    result = response.authentication_result
    assert result is not None  # noqa: S101  the last response of a sign-in
    session._adopt(result, type(response).__name__.removesuffix("Response"))  # noqa: SLF001  the class above
    metadata = result.new_device_metadata
    if metadata is not None and metadata.device_key and metadata.device_group_key:
        session.new_device = NewDevice(session, metadata.device_key, metadata.device_group_key)
    return session
