"""Remembers verified tokens by digest, until they expire or the keys change."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from cognito_async.tokens._claims import Claims
from cognito_async.tokens._jwks import KeyCache


class Entry(NamedTuple):
    """A verified token."""

    claims: Claims
    expires: float
    cache: KeyCache
    keys: Mapping[str, Any] | None


class TokenCache:
    """The tokens that were used last.

    The key is a digest of the whole token, signature included, so that the memory of a process has no tokens
    to steal, and a changed token is another one.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: dict[bytes, Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, token: bytes, now: float) -> Entry | None:
        """Return a token unless it has expired or the keys have changed."""
        digest = sha256(token).digest()
        entry = self._entries.pop(digest, None)
        if entry is None or now >= entry.expires or entry.keys is not entry.cache.keys:
            return None
        self._entries[digest] = entry  # the last one again
        return entry

    def put(self, token: bytes, entry: Entry) -> None:
        """Remember a token; forget the one whose last use is longest ago."""
        self._entries[sha256(token).digest()] = entry
        while len(self._entries) > self._size:
            try:
                del self._entries[next(iter(self._entries))]
            except (KeyError, RuntimeError, StopIteration):
                continue  # another thread changed the mapping
