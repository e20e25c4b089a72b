"""Headers of an answer, turned into a dict only when somebody reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class Headers(Mapping[str, str]):
    """A view of aiohttp's headers: names in lower case, looked up in any; of one sent twice, the first."""

    __slots__ = ("_received",)

    def __init__(self, received: Mapping[str, str]) -> None:
        self._received = received

    def __getitem__(self, name: str) -> str:
        return self._received[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Value of a header, or the default."""
        return self._received.get(name, default)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name.lower() for name in self._received))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple[type[dict[str, str]], tuple[dict[str, str]]]:
        return dict, (dict(self),)  # what aiohttp holds does not pickle
