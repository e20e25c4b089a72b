"""Refreshes of tokens: one request for all sessions of an app client that have the same refresh token."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import Any

from cognito_async import types
from cognito_async._single_flight import SingleFlight

_MEMORY = 10.0
"""Seconds for which the result of a rotation is remembered for sessions that still have the old token."""


class _Refresh:
    def __init__(self, run: SingleFlight[types.AuthenticationResultType]) -> None:
        self.run = run
        self.result: types.AuthenticationResultType | None = None
        self.ended_at = 0.0


class Refreshes:
    """The refreshes that run, and the rotations of the last seconds, by refresh token."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._by_token: dict[str, _Refresh] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    async def tokens(
        self, token: str, request: Callable[[], Coroutine[Any, Any, types.AuthenticationResultType]]
    ) -> types.AuthenticationResultType:
        """Return new tokens for a refresh token.

        Args:
            token: Refresh token.
            request: Sends the request if none runs, and no other session has just rotated this token.
        """
        now = self._monotonic()
        self._by_token = {
            each: refresh
            for each, refresh in self._by_token.items()
            if refresh.result is None or now - refresh.ended_at < _MEMORY
        }
        refresh = self._by_token.get(token)
        if refresh is None:
            refresh = self._by_token[token] = _Refresh(SingleFlight(request))
        if refresh.result is not None:
            return refresh.result
        try:
            result = await refresh.run.wait()
        except BaseException:
            self._forget(token, refresh)
            raise
        if result.refresh_token in (None, token):
            self._forget(token, refresh)
        else:
            refresh.result, refresh.ended_at = result, self._monotonic()
        return result

    def _forget(self, token: str, refresh: _Refresh) -> None:
        if self._by_token.get(token) is refresh:
            del self._by_token[token]
