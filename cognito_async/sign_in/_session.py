"""The session of a signed-in user: tokens that are refreshed when they are needed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from inspect import isawaitable
from types import TracebackType
from typing import Any, Self, TypeAlias

from cognito_async import types
from cognito_async._errors import CognitoError, ServiceError, TransportError
from cognito_async._single_flight import SingleFlight
from cognito_async._uncopyable import Uncopyable
from cognito_async.errors import NotAuthorizedException, RefreshTokenReuseException, UserNotFoundException
from cognito_async.sign_in._devices import Device
from cognito_async.sign_in._errors import SecretHashError, SignedOutError, with_refined_errors
from cognito_async.sign_in._flow import App, Flow
from cognito_async.sign_in._new_device import NewDevice
from cognito_async.sign_in._tokens import Tokens, unverified_claims
from cognito_async.sign_in._user_operations import UserOperations

OnTokens: TypeAlias = Callable[[Tokens], Awaitable[None] | None]
"""Saves new tokens; a coroutine function is awaited."""

_EARLY = 60.0
"""Seconds before its end at which an access token is replaced; for a short one, half of its lifetime."""

_DEFAULT_LIFETIME = 3600


class SignedIn(UserOperations, Uncopyable):
    """A signed-in user: the last step of a sign-in, or the result of ``AppClient.session``.

    A session belongs to one event loop at a time. Its ``repr`` shows no token.

    Attributes:
        device: Device that the user signed in from, or None. None after a sign-in with a device means that
            the pool has forgotten it: delete what you stored.
        new_device: Keys of a new device, if the pool tracks devices and this one is unknown to it.
        on_tokens: Function, or coroutine function, that is called with the new tokens after each refresh,
            before anybody gets them. With refresh token rotation, tokens that are not saved here are lost
            when the program ends. If it raises, callers get that error, and the next one calls it again.
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
        self._client_metadata = client_metadata
        self._refreshing = SingleFlight(self._refresh)
        self._unsaved = False
        self._end: tuple[str, CognitoError | None] | None = None
        self._lifetime = _DEFAULT_LIFETIME
        self._monotonic_end = float("inf")

    @classmethod
    def from_result(cls, flow: Flow, result: types.AuthenticationResultType) -> Self:
        """Return the session of a completed sign-in."""
        session = cls(
            flow.app,
            tokens=None,
            refresh_token=None,
            username=flow.username,
            device=flow.device,
            client_metadata=flow.client_metadata,
        )
        session._adopt(result)
        metadata = result.new_device_metadata
        if metadata is not None and metadata.device_key and metadata.device_group_key:
            session.new_device = NewDevice(session, metadata.device_key, metadata.device_group_key)
        return session

    def __repr__(self) -> str:
        end = f"{self._tokens.expires_at:%Y-%m-%d %H:%M:%S} UTC" if self._tokens else "unknown"
        return f"{type(self).__name__}(username={self.username!r}, expires_at={end!r})"

    @property
    def username(self) -> str | None:
        """Name that the service uses for the user; None before the first refresh if it was not passed."""
        tokens = self._tokens
        name = tokens and (
            unverified_claims(tokens.access_token).get("username")
            or unverified_claims(tokens.id_token).get("cognito:username")
        )
        return str(name) if name else self._username

    @property
    def claims(self) -> Mapping[str, Any]:
        """Claims of the ID token, which came from the service itself; empty if there is none."""
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
            RefreshTokenReuseException: Somebody used the refresh token before; the session has ended.
            CognitoError: Other errors of ``get_tokens_from_refresh_token``; the next call tries again.
        """
        return (await self._valid_tokens()).access_token

    async def id_token(self) -> str:
        """Return a valid ID token; as ``access_token``.

        Raises:
            SignedOutError: As above, or there is no ID token.
        """
        token = (await self._valid_tokens()).id_token
        if token is None:
            raise SignedOutError("the service returned no ID token")
        return token

    async def refresh(self) -> Tokens:
        """Refresh the tokens now, for example to see changed attributes or groups in their claims.

        Raises:
            SignedOutError: As ``access_token``.
        """
        self._raise_if_ended()
        return await self._refreshing.wait()

    async def sign_out(self, *, everywhere: bool = False) -> None:
        """Revoke the refresh token and the access tokens made from it. The session ends.

        Whoever verifies access tokens without asking the service accepts them until they expire.

        Args:
            everywhere: Whether to sign the user out of all sessions and devices.

        Raises:
            CognitoError: The call failed; the session has not ended.
        """
        if everywhere:
            await self._app.client.global_sign_out(access_token=await self.access_token())
        else:
            self._raise_if_ended()
            app = self._app
            token = self._refresh_token
            if token is not None:
                await app.client.revoke_token(
                    token=token, client_id=app.client_id, client_secret=app.client_secret
                )
        self._end = "the user signed out", None

    async def close(self) -> None:
        """Wait for a refresh that is running, so that its tokens are saved. Optional."""
        if self._refreshing.running:
            await self._refreshing.wait()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def _raise_if_ended(self) -> None:
        if self._end is not None:
            reason, cause = self._end
            raise SignedOutError(f"the session has ended: {reason}") from cause

    def _seconds_left(self) -> float:
        """Return the seconds until the access token expires, by the clock that shows fewer.

        The monotonic clock may stand still while a machine sleeps, and the time of day may be set back.
        """
        if self._tokens is None:
            return 0.0
        by_date = self._tokens.expires_at.timestamp() - self._app.now()
        return min(by_date, self._monotonic_end - self._app.monotonic())

    async def _valid_tokens(self) -> Tokens:
        self._raise_if_ended()
        left = self._seconds_left()
        if self._tokens is not None and not self._unsaved and left > min(_EARLY, self._lifetime / 2):
            return self._tokens
        try:
            return await self._refreshing.wait()
        except (TransportError, ServiceError) as error:
            if self._tokens is None or self._unsaved or self._seconds_left() <= 0 or not _temporary(error):
                raise
            return self._tokens

    async def _refresh(self) -> Tokens:
        if not self._unsaved:
            if self._refresh_token is None:
                self._end = "the access token has expired, and there is no refresh token", None
                self._raise_if_ended()
            self._adopt(await self._new_tokens())
            self._unsaved = self.on_tokens is not None
        tokens = self.tokens
        if self.on_tokens is not None and self._unsaved:
            saving = self.on_tokens(tokens)
            if isawaitable(saving):
                await saving
            self._unsaved = False
        self._raise_if_ended()
        return tokens

    async def _new_tokens(self) -> types.AuthenticationResultType:
        app = self._app
        assert self._refresh_token is not None  # noqa: S101  checked by the only caller
        try:
            response = await with_refined_errors(
                app.client.get_tokens_from_refresh_token(
                    refresh_token=self._refresh_token,
                    client_id=app.client_id,
                    client_secret=app.client_secret,
                    device_key=None if self.device is None else self.device.key,
                    client_metadata=self._client_metadata,
                )
            )
        except RefreshTokenReuseException as error:
            self._end = "the refresh token was used before", error
            raise
        except SecretHashError:
            raise
        except (NotAuthorizedException, UserNotFoundException) as error:
            if self.new_device is not None:
                # The pool refuses refresh tokens of a device that is not confirmed.
                reason = "the refresh was refused: confirm session.new_device before the first refresh"
                raise SignedOutError(reason) from error
            self._end = "the service refused the refresh token", error
            raise SignedOutError(f"the session has ended: {self._end[0]}") from error
        return response.authentication_result

    def _adopt(self, result: types.AuthenticationResultType) -> None:
        """Keep new tokens; what the service does not renew stays."""
        lifetime = result.expires_in or _DEFAULT_LIFETIME
        previous = self._tokens
        self._refresh_token = result.refresh_token or self._refresh_token
        self._tokens = Tokens(
            access_token=result.access_token or "",
            id_token=result.id_token or (None if previous is None else previous.id_token),
            refresh_token=self._refresh_token,
            expires_at=datetime.fromtimestamp(self._app.now() + lifetime, UTC),
        )
        self._lifetime = lifetime
        self._monotonic_end = self._app.monotonic() + lifetime


def _temporary(error: TransportError | ServiceError) -> bool:
    return isinstance(error, TransportError) or error.retryable
